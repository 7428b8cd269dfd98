"""A list as a spreadsheet, .xlsx, that a person opens and a program reads back: what a cell holds is what was meant.

Ids, references and words are text, also where they begin with = or 0. Dates are dates, times are times in UTC. Amounts
and quantities are numbers that show all their digits, text where a spreadsheet would lose some. The rows of an order
are those of its CSV. It is an extra, `orderctl[xlsx]`; without it one line says how to get it.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from orderctl.errors import MachineRefused, UsageError
from orderctl.output import csvtext
from orderctl.output.encoders import columns
from orderctl.output.kinds import KINDS, NUMBERS, Document, Picked, cell, getter
from orderctl.output.stream import Stream
from orderctl.output.text import escaped, visible
from orderctl.words import EXTRA

MAX_ROWS = 1_048_576
"""The rows of a sheet; more go to another one."""

MAX_DIGITS = 15
"""A spreadsheet keeps so many digits of a number."""

MAX_DECIMALS = 30
"""A format shows so many decimals."""

FIRST_YEAR = 1901
"""Spreadsheets count days from 1900, and take that year for a leap year."""

CHUNK = 1 << 16
"""Bytes that are handed on at once."""

AMOUNT = re.compile(r"-?([0-9]+)(?:\.([0-9]+))?")

WIDTHS = {"id": 22, "number": 18, "reference": 22, "note": 30, "title": 30, "address": 30}
"""How wide columns are, by the last word of their path."""


def require() -> None:
    """Raise UsageError where the package that writes spreadsheets is not installed."""
    try:
        import xlsxwriter  # type: ignore[import-untyped]  # noqa: F401, PLC0415  (an extra)
    except ImportError:
        raise UsageError("-o xlsx: the package that writes spreadsheets is not installed", hint=EXTRA) from None


class Sheet:
    """A list that becomes a spreadsheet: rows go to a temporary folder, and the whole to standard output at the end."""

    def __init__(
        self, kind: str, picked: Picked, stream: Stream, *, warning: Callable[[str], None], profiles: bool = False
    ) -> None:
        own = kind == "order" and not picked
        paths = [path for path, _ in columns(kind, picked, profiles=profiles)]
        self._columns = [(path, name) for name, path in csvtext.COLUMNS.items()] if own else [
            (path, name) for path, (_, name) in zip(paths, picked or [(path, path) for path in paths], strict=True)
        ]  # fmt: skip
        self._by_line = kind == "order" and (own or csvtext.by_line(picked))
        self._getters = [getter(path) for path, _ in self._columns]
        self._words = [path.rpartition(".")[2] for path, _ in self._columns]
        self._name = KINDS[kind].key.capitalize()
        self._stream = stream
        self._warning = warning
        self._folder: TemporaryDirectory[str] | None = None
        self._book: Any = None
        self._page: Any = None
        self._row = 0
        self._cut = 0

    def add(self, document: Document) -> None:
        """Write a document's row, an order's rows one a line. Raises MachineRefused where the disk does not take it."""
        with _disk():
            for one in csvtext.lines(document) if self._by_line else [document]:
                self._add([get(one) for get in self._getters])

    def write(self) -> None:
        """Write the spreadsheet to standard output. Raises as Stream.write does."""
        with _disk():
            if self._book is None:
                self._begin()
            self._book.close()
        if self._cut:
            were = "1 cell was" if self._cut == 1 else f"{self._cut:,} cells were"
            self._warning(f"{were} cut: a spreadsheet keeps 32,767 characters of each; CSV has them all")
        if self._folder is None:
            return
        with self._folder as folder, (Path(folder) / "list.xlsx").open("rb") as file:
            while chunk := file.read(CHUNK):
                self._stream.write_bytes(chunk)

    def _begin(self) -> None:
        from xlsxwriter import Workbook  # noqa: PLC0415  (an extra)

        self._folder = TemporaryDirectory(prefix="orderctl-")
        options = {"constant_memory": True, "tmpdir": self._folder.name}
        self._book = Workbook(Path(self._folder.name) / "list.xlsx", options)
        self._formats: dict[tuple[str, bool], Any] = {}
        self._begin_page()

    def _begin_page(self) -> None:
        number = len(self._book.worksheets()) + 1
        self._page = self._book.add_worksheet(self._name if number == 1 else f"{self._name} {number}")
        self._page.freeze_panes(1, 0)
        self._page.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
        for column, (path, name) in enumerate(self._columns):
            self._page.set_column(column, column, WIDTHS.get(path.rpartition(".")[2], max(len(name) + 2, 14)))
            self._page.write_string(0, column, name, self._format("@", bold=True))
        self._row = 1

    def _add(self, row: list[Any]) -> None:
        if self._book is None:
            self._begin()
        if self._row >= MAX_ROWS:
            self._begin_page()
        for column, found in enumerate(row):
            if found is not None and found not in ("", []):
                self._write(column, self._words[column], found)
        self._row += 1

    def _write(self, column: int, word: str, found: Any) -> None:
        page, row = self._page, self._row
        if isinstance(found, bool):
            page.write_boolean(row, column, found)
            return
        text = cell(found)
        shown = self._stream.redact(text)
        if shown == text and word in NUMBERS and (decimals := _decimals(text)) is not None:
            form = "#,##0" + (f".{'0' * decimals}" if decimals else "")
            page.write_number(row, column, float(text), self._format(form))
        elif word.endswith("_at") and (moment := _moment(text, due=word == "due_at")) is not None:
            form = "yyyy-mm-dd hh:mm:ss" if isinstance(moment, datetime) else "yyyy-mm-dd"
            page.write_datetime(row, column, moment, self._format(form))
        else:
            self._write_text(column, shown)

    def _write_text(self, column: int, text: str) -> None:
        shown = text if text.isprintable() else escaped(text, visible, keep=csvtext.KEPT)
        form = self._format("@")
        if shown.startswith("<r>") and shown.endswith("</r>"):  # xlsxwriter would take it for XML of its own
            self._page.write_rich_string(self._row, column, shown[:1], form, shown[1:], form)
        elif self._page.write_string(self._row, column, shown, form) == TOO_LONG:
            self._cut += 1

    def _format(self, form: str, *, bold: bool = False) -> Any:
        found = self._formats.get((form, bold))
        if found is None:
            found = self._formats[form, bold] = self._book.add_format({"num_format": form, "bold": bold})
        return found


TOO_LONG = -2
"""What xlsxwriter returns where it cut a text."""


def _decimals(text: str) -> int | None:
    """Return how many decimals a number has, None where a spreadsheet would not keep every digit."""
    found = AMOUNT.fullmatch(text)
    if found is None:
        return None
    whole, part = found[1], found[2] or ""
    digits = (whole + part.rstrip("0")).lstrip("0")
    return len(part) if len(digits) <= MAX_DIGITS and len(part) <= MAX_DECIMALS else None


def _moment(text: str, *, due: bool) -> datetime | date | None:
    """Return a date, or a time in UTC; None where a spreadsheet cannot hold it.

    A time at which an order is due stays text, with its zone: `create --from` reads one without as the profile's.
    """
    try:
        moment = date.fromisoformat(text) if len(text) == len("2026-11-27") else datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.year < FIRST_YEAR or (due and isinstance(moment, datetime)):
        return None
    return moment.replace(tzinfo=None) if isinstance(moment, datetime) else moment


@contextmanager
def _disk() -> Iterator[None]:
    """Raise MachineRefused where the folder of temporary files cannot be written."""
    try:
        yield
    except OSError as error:
        raise MachineRefused(
            f"cannot write the spreadsheet's temporary files: {error.strerror or error}",
            code="output.failed",
            hint="free disk space, or name another folder in TMPDIR",
        ) from error
