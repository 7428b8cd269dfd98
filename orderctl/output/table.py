"""Rows as tables: by rich on a terminal, fixed columns where there are too many for it, tabs in a pipe.

The rows are the same everywhere. rich takes 300 times the time of csv.writer and half a gigabyte for 100,000 rows,
so it lays out no more than MAX_ROWS.
"""

from collections.abc import Sequence
from itertools import compress
from operator import gt
from typing import NamedTuple

from orderctl.output.kinds import NUMBERS
from orderctl.output.text import fit, safe_text, width

MAX_ROWS = 500
"""As many rows as rich lays out."""

NARROWEST = 6
"""No column is cut to less than this."""

GAP = 2
"""Spaces between two columns."""

PROSE = frozenset({"commands", "customer.name", "hint", "message", "note", "summary", "text", "title", "vendor_status"})
"""Columns that are cut before any other."""

STYLES = {
    "cancelled": "red",
    "completed": "green",
    "conflict": "red",
    "created": "green",
    "done": "green",
    "failed": "red",
    "in_progress": "yellow",
    "ok": "green",
    "pushed": "green",
    "refused": "red",
    "unknown": "magenta",
    "updated": "green",
    "warning": "yellow",
}
"""The colours of statuses and outcomes on a terminal."""

Row = list[str]


class TerminalStyle(NamedTuple):
    """How wide a terminal is, and whether it shows colours."""

    width: int
    colour: bool


def piped(row: Row) -> str:
    """Return a row for a pipe: whole cells, a tab between them, a line feed at the end."""
    if "".join(row).isprintable():
        return "\t".join(row) + "\n"
    return "\t".join([safe_text(text) for text in row]) + "\n"


def rich_table(columns: Sequence[tuple[str, str]], rows: Sequence[Row], style: TerminalStyle) -> str:
    """Return at most MAX_ROWS rows for a terminal; `columns` are paths with their headings, the first is never cut."""
    from io import StringIO  # noqa: PLC0415  (a run that prints JSON does not pay for tables)

    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    columns_wide = widths(columns, rows, style.width)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for (path, heading), wide in zip(columns, columns_wide, strict=True):
        right = path in NUMBERS
        table.add_column(
            Text(heading), justify="right" if right else "left", width=wide, no_wrap=True, overflow="ellipsis"
        )
    for row in rows:
        table.add_row(
            *[
                Text(safe_text(text), style=STYLES.get(text, "") if path in {"outcome", "state", "status"} else "")
                for (path, _), text in zip(columns, row, strict=True)
            ]
        )
    paper = StringIO()
    console = Console(
        file=paper,
        width=sum(columns_wide) + GAP * len(columns),
        force_terminal=style.colour,
        color_system="standard" if style.colour else None,
        legacy_windows=False,
        highlight=False,
        markup=False,
        emoji=False,
    )
    console.print(table)
    return "".join([line.rstrip() + "\n" for line in paper.getvalue().split("\n")[:-1]])


class FixedTable:
    """A table of fixed columns, for more rows than can be laid out together: as wide as the first rows ask for."""

    def __init__(self, columns: Sequence[tuple[str, str]], first: Sequence[Row], style: TerminalStyle) -> None:
        self._right = [path in NUMBERS for path, _ in columns]
        self._headings = [heading for _, heading in columns]
        self._widths = widths(columns, first, style.width)
        marks = ["" if right else "-" for right in self._right]
        self._format = (" " * GAP).join([f"%{m}{w}s" for m, w in zip(marks, self._widths, strict=True)])

    def heading(self) -> str:
        """Return the line of headings."""
        return self.line(self._headings)

    def line(self, row: Row) -> str:
        """Return one row; the first cell is never cut, others end in an ellipsis where they do not fit."""
        whole = "".join(row)
        if not whole.isprintable():
            row = [safe_text(text) for text in row]
        elif whole.isascii():  # a character is a column; most tables are so, and this is quick
            cut = list(compress(range(1, len(row)), map(gt, map(len, row[1:]), self._widths[1:])))
            if cut:
                row = row.copy()
                for number in cut:
                    row[number] = row[number][: self._widths[number] - 1] + "…"
            return (self._format % tuple(row)).rstrip() + "\n"
        shown = [
            fit(text, columns, right=right) for text, columns, right in zip(row, self._widths, self._right, strict=True)
        ]
        if width(row[0]) > self._widths[0]:
            shown[0] = row[0]
        return (" " * GAP).join(shown).rstrip() + "\n"


def widths(columns: Sequence[tuple[str, str]], rows: Sequence[Row], room: int) -> list[int]:
    """Return the width of each column: the width of its cells, less where there is no room. The first is never cut."""
    asked = [
        max([len(heading), *[width(safe_text(row[number])) for row in rows]])
        for number, (_, heading) in enumerate(columns)
    ]
    prose = [number for number, (path, _) in enumerate(columns) if number and path in PROSE]
    for shrinking in (prose, range(1, len(columns))):
        while sum(asked) + GAP * (len(asked) - 1) > room:
            widest = max(shrinking, key=asked.__getitem__, default=0)
            if asked[widest] <= NARROWEST or widest == 0:
                break
            asked[widest] -= 1
    return asked
