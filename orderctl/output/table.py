"""Rows as tables: columns of fixed widths on a terminal, tabs in a pipe.

The widths follow from the first MAX_ROWS rows; later ones are written as they come, so that memory does not grow.
"""

import sys
from collections.abc import Sequence
from itertools import compress
from operator import gt
from typing import NamedTuple

from orderctl.output.kinds import NUMBERS
from orderctl.output.text import fit, safe_text, width

MAX_ROWS = 500
"""As many rows are known when the widths are chosen."""

NARROWEST = 6
"""No column is cut to less than this."""

SPARE = 4
"""So much wider may numbers become in rows that are not known yet."""

GAP = 2
"""Spaces between two columns."""

PROSE = frozenset({
    "commands", "customer.name", "hint", "message", "note", "summary", "text", "title", "vendor_status",
})  # fmt: skip
"""Columns that are cut before any other."""

WORDS = frozenset({"outcome", "state", "status"})
"""Columns of our own words, in colour."""

WHOLE = NUMBERS | WORDS | {"id"}
"""Columns that are never cut: half a number is another number, half an id names nothing."""

STYLES = {
    "cancelled": 31,
    "completed": 32,
    "conflict": 31,
    "created": 32,
    "done": 32,
    "failed": 31,
    "in_progress": 33,
    "ok": 32,
    "open": 36,
    "pushed": 32,
    "refused": 31,
    "unknown": 35,
    "updated": 32,
    "warning": 33,
}
"""The colours of statuses and outcomes on a terminal: 31 red, 32 green, 33 yellow, 35 magenta, 36 cyan."""

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


def bold(text: str, style: TerminalStyle) -> str:
    """Return a text of our own as a heading."""
    return f"\x1b[1m{text}\x1b[0m" if style.colour and text else text


def coloured(word: str, style: TerminalStyle) -> str:
    """Return a word in its colour where it is one of ours."""
    return f"\x1b[{STYLES[word]}m{word}\x1b[0m" if style.colour and word in STYLES else word


class Table:
    """A table on a terminal, as wide as its first rows ask for; `columns` are paths with their headings.

    The first column is never cut where it is what names a row (`named`). Where `more` rows follow, numbers have room to
    grow.
    """

    def __init__(
        self,
        columns: Sequence[tuple[str, str]],
        first: Sequence[Row],
        style: TerminalStyle,
        *,
        named: bool = True,
        more: bool = False,
    ) -> None:
        self._style = style
        self._headings = [heading for _, heading in columns]
        self._right = [path in NUMBERS for path, _ in columns]
        self._whole = [n for n, (path, _) in enumerate(columns) if path in WHOLE or (named and n == 0)]
        self._words = [number for number, (path, _) in enumerate(columns) if path in WORDS and style.colour]
        self._painted: dict[tuple[str, int], str] = {}
        self._widths = widths(columns, first, style.width, named=named)
        if more:
            self._spread(style.width)
        self._most = [sys.maxsize if number in self._whole else wide for number, wide in enumerate(self._widths)]
        self._numbers = range(len(columns))
        self._length = sum(self._widths) + GAP * (len(columns) - 1)
        marks = ["" if right else "-" for right in self._right]
        self._format = (" " * GAP).join([f"%{m}{w}s" for m, w in zip(marks, self._widths, strict=True)])

    def heading(self) -> str:
        """Return the line of headings."""
        return bold(self.line(self._headings, "".join(self._headings)).rstrip("\n"), self._style) + "\n"

    def line(self, row: Row, whole: str | None = None) -> str:
        """Return one row; names and numbers are never cut, others end in an ellipsis where they do not fit.

        `whole` is all its text, where the caller has it already.
        """
        if whole is None:
            whole = "".join(row)
        if not whole.isprintable():
            row = [safe_text(text) for text in row]
        elif whole.isascii():  # a character is a column; most tables are so, and this is quick
            return self._ascii(row)
        shown = [
            fit(text, columns, right=right) for text, columns, right in zip(row, self._widths, self._right, strict=True)
        ]
        for number in self._whole:
            if width(row[number]) > self._widths[number]:
                shown[number] = row[number]
        for number in self._words:
            shown[number] = self._coloured(row[number], number)
        return (" " * GAP).join(shown).rstrip() + "\n"

    def _ascii(self, row: Row) -> str:
        length = self._length
        if self._words:
            row = row.copy()
            for number in self._words:
                row[number] = word = self._coloured(row[number], number)
                length += len(word) - self._widths[number]
        line = self._format % tuple(row)
        if len(line) != length:
            cut = list(compress(self._numbers, map(gt, map(len, row), self._most)))
            if cut:
                row = row.copy()
                for number in cut:
                    row[number] = row[number][: self._widths[number] - 1] + "…"
                line = self._format % tuple(row)
        return line.rstrip() + "\n"

    def _spread(self, room: int) -> None:
        for number in [number for number, right in enumerate(self._right) if right]:
            spare = room - sum(self._widths) - GAP * (len(self._widths) - 1)
            self._widths[number] += max(0, min(SPARE, spare))

    def _coloured(self, word: str, number: int) -> str:
        found = self._painted.get((word, number))
        if found is None:
            found = coloured(word, self._style) + " " * (self._widths[number] - width(word))
            if word in STYLES:
                self._painted[word, number] = found
        return found


def widths(columns: Sequence[tuple[str, str]], rows: Sequence[Row], room: int, *, named: bool = True) -> list[int]:
    """Return the width of each column: that of its cells, less where there is no room."""
    asked = [
        max([len(heading), *[width(safe_text(row[number])) for row in rows]])
        for number, (_, heading) in enumerate(columns)
    ]
    some = [n for n, (path, _) in enumerate(columns) if path not in WHOLE and not (named and n == 0)]
    prose = [number for number in some if columns[number][0] in PROSE]
    for shrinking in (prose, some):
        while sum(asked) + GAP * (len(asked) - 1) > room:
            widest = max(shrinking, key=asked.__getitem__, default=None)
            if widest is None or asked[widest] <= NARROWEST:
                break
            asked[widest] -= 1
    return asked
