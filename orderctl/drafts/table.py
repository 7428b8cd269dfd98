"""A table of cells: a CSV file as people have it, or a sheet of a spreadsheet.

The separator is found where none is given, Excel's first line `sep=;` is heeded, and the row of headings is looked for
below titles that are above it. A spreadsheet's sheet gives the same rows: see `sheet`.
"""

import csv
import io
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain, islice

from orderctl.drafts.source import MAX_ORDER, Source, Unreadable
from orderctl.drafts.values import shown
from orderctl.errors import UsageError

MAX_CELL = 1024 * 1024
"""How long a cell may be, in characters."""

MAX_COLUMNS = 16_384
"""How many columns a file may have: as many as a spreadsheet."""

SEPARATORS = (",", ";", "\t", "|")
"""The separators that are tried, in this order."""

LOOKED_AT = 20
"""The row of headings is looked for in the first so many rows."""

LOOKED_INTO = 4096
"""How much of a line is looked at, in characters."""

Row = tuple[int, list[str]]
"""A row's number, from 1, and its cells."""

Known = Callable[[Sequence[str]], int]
"""Returns how many of some headings are known."""


class Table:
    """Rows that are not empty, each with its number. `delimiter` separates the cells of a CSV.

    The first rows may be looked at (`first`) before the rows are iterated. `faults` says what is wrong with cells of a
    spreadsheet that their text does not show, by row and column, once the row was read; `header` are the headings and
    `header_row` is their row, once they were taken. `named` is the separator that Excel's first line names. `sheet` is
    the sheet where a spreadsheet has several that hold something, and `others` are those that are not read; `given` are
    the options that the file was opened with, as they are typed.
    """

    def __init__(
        self,
        name: str,
        rows: Iterable[Row],
        *,
        delimiter: str = ",",
        encoding: str = "utf-8",
        faults: Mapping[int, Mapping[int, str]] | None = None,
        warnings: Sequence[str] = (),
    ) -> None:
        self.name, self.delimiter, self.encoding = name, delimiter, encoding
        self.faults: Mapping[int, Mapping[int, str]] = {} if faults is None else faults
        self.header: list[str] = []
        self.header_row = 1
        self.source: Source | None = None
        self.named: str | None = None
        self._above: Sequence[Row] = ()
        self.sheet = self.given = ""
        self.others: Sequence[str] = ()
        self._warnings = warnings
        self._rows = iter(rows)
        self._first: list[Row] = []
        self._looked = False

    def first(self) -> list[Row]:
        """Return the first rows, up to one that cannot be read, without taking them."""
        if not self._looked:
            self._looked = True
            later: Iterator[Row] = self._rows
            try:
                for row in islice(self._rows, LOOKED_AT):
                    self._first.append(row)
            except Unreadable as stop:
                later = _raising(stop)
            self._rows = chain(self._first, later)
        return self._first

    def begin(self, at: int) -> list[str]:
        """Take the rows up to the one at place `at` and return its cells, [] where there is none. Raises Unreadable.

        Raises UsageError where it has too many.
        """
        self.first()
        taken = list(islice(self._rows, at + 1))
        header = taken[-1][1] if len(taken) > at else []
        self.header_row = taken[-1][0] if taken else 1
        if len(header) > MAX_COLUMNS:
            many = f"{self.name}, row {taken[-1][0]}: has {len(header):,} columns; at most {MAX_COLUMNS:,} are read"
            raise UsageError(many, hint="that row holds the headings; is --delimiter right?")
        self.header = header
        self._above = taken[:-1]
        return header

    def whole(self, headings: str, rows: Iterator[str], *, quoted: bool = True) -> Iterator[str]:
        """Yield the text of a file with these headings and rows and, where it has rows, what is above the headings.

        The headings then are in the row in which they were. Without rows nobody reads it again.
        """
        first = next(rows, "")
        if first:
            yield from self._opening(quoted=quoted)
        yield headings
        yield first
        yield from rows

    def _opening(self, *, quoted: bool) -> Iterator[str]:
        """Yield the lines above the headings, empty ones among them."""
        lines = 0
        if self.named:
            yield f"sep={self.named}\r\n"
            lines = 1
        for row, cells in self._above:
            text = csv_row(cells, self.delimiter, quoted=quoted)
            yield "\r\n" * (row - 1 - lines) + text
            lines = max(lines, row - 1) + text.count("\n")
        yield "\r\n" * (self.header_row - 1 - lines)

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows that are left. Raises Unreadable."""
        return self._rows

    def blank(self, row: int, cells: Sequence[str], read: Container[int]) -> bool:
        """Return whether nothing is in a row, and nothing is wrong with its cells in the columns that are read."""
        return not any(map(str.strip, cells)) and not any(column in read for column in self.faults.get(row, ()))

    def ragged(self, cells: Sequence[str]) -> bool:
        """Return whether a row is shorter than the header, or has more in it than empty cells beyond."""
        many = len(self.header)
        return len(cells) != many and (len(cells) < many or any(map(str.strip, cells[many:])))

    @property
    def warned(self) -> list[str]:
        """Return what is warned of, once the rows were read."""
        cut = self.source is not None and self.source.lines > 0 and not self.source.ended
        ends = [f"{self.name}: the last row has no line end; is the file whole?"] if cut else []
        return [*self._warnings, *ends]


def best_place(first: Sequence[Row], known: Known) -> int:
    """Return the place of the row, among the first ones, that has the most headings that are known; else 0."""
    counts = [known(cells) for _, cells in first]
    return counts.index(max(counts)) if counts else 0


def csv_row(cells: Sequence[str], delimiter: str, *, quoted: bool = True) -> str:
    """Return a row as CSV, with its line end; where a file has no quotes, blanks take the place of its delimiters."""
    if not quoted:
        return delimiter.join(" ".join(cell.split(delimiter)) for cell in cells) + "\r\n"
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter).writerow(cells)
    return written.getvalue()


def _raising(stop: Unreadable) -> Iterator[Row]:
    """Raise what was met when the first rows were looked at, once they were taken."""
    yield from ()
    raise stop


def csv_table(source: Source, *, delimiter: str | None, quoted: bool = True, known: Sequence[Known] = ()) -> Table:
    """Return the rows of a CSV file. Without a `delimiter` it is found, by the headings that are `known`.

    Of several that count them, the first one that finds any decides. Raises Unreadable, UsageError.
    """
    given = _delimiter(delimiter)
    lines = _Lines(source)
    named = _separator_line(lines.peek())
    if named:
        lines.take()
    chosen = given or named or _found(lines.peek_all(), known)
    table = Table(source.name, _records(lines, chosen, quoted=quoted), delimiter=chosen, encoding=source.encoding)
    table.source, table.named = source, named
    return table


def _separator_line(line: str) -> str | None:
    """Return the separator that a first line such as Excel's `sep=;` names, None for any other line."""
    text = line.strip("\r\n").strip('"')
    head, found = text[:4].casefold(), text[4:5]
    return found if head == "sep=" and len(text) <= 5 and found else None


def _found(lines: list[str], known: Sequence[Known]) -> str:
    """Return the separator that makes the most of some lines: of known headings first, then of cells in most rows."""
    for counter in known:
        best, headings = _best(lines, counter)
        if headings:
            return best
    return _best(lines, lambda _: 0)[0]


def _best(lines: list[str], known: Known) -> tuple[str, int]:
    """Return the best separator of some lines, and how many headings are known with it."""
    best, most = ",", (0, 0, 0)
    for separator in SEPARATORS:
        rows = [row for row in _split(lines, separator) if any(map(str.strip, row))]
        if not rows:
            continue
        counts = [len(row) for row in rows]
        usual = max(set(counts), key=lambda count: (counts.count(count), count))
        found = (max(map(known, rows)), counts.count(usual) * (usual > 1), usual)
        if found > most:
            best, most = separator, found
    return best, most[0]


def _split(lines: list[str], separator: str) -> list[list[str]]:
    rows: list[list[str]] = []
    with suppress(csv.Error):
        rows.extend(csv.reader([line[:LOOKED_INTO] for line in lines], delimiter=separator))
    return rows


def _records(lines: "_Lines", delimiter: str, *, quoted: bool) -> Iterator[Row]:
    """Yield the rows that are not empty, each with the number of its first line. Raises Unreadable."""
    csv.field_size_limit(MAX_CELL)
    if quoted:
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
    else:
        reader = csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    while True:
        lines.row = row = lines.number + 1
        lines.held = 0
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise Unreadable(_csv_problem(str(error)), row=row) from None
        text = "".join(cells)
        if text and not text.isspace():
            yield row, cells


class _Lines:
    """The lines of a source for csv.reader, which would otherwise hold an endless quoted row whole.

    The first ones may be looked at before they are taken.
    """

    def __init__(self, source: Source) -> None:
        self.row = 1
        self.held = 0
        self.number = 0
        self._source = source
        self._seen: list[str] = []

    def peek(self) -> str:
        """Return the next line, "" at the end. Raises Unreadable."""
        if not self._seen:
            self._seen.append(self._source.line())
        return self._seen[0]

    def peek_all(self) -> list[str]:
        """Return the next lines, as many as are looked at, and as are not too long. Raises Unreadable."""
        held = sum(map(len, self._seen))
        while len(self._seen) < LOOKED_AT and held < MAX_CELL:
            line = self._source.line()
            if not line:
                break
            self._seen.append(line)
            held += len(line)
        return [line for line in self._seen if line]

    def take(self) -> None:
        """Step over the next line."""
        self.peek()
        self.number += bool(self._seen.pop(0))

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._seen.pop(0) if self._seen else self._source.line()
        self.held += len(line)
        if not line:
            raise StopIteration
        self.number += 1
        if self.held > MAX_ORDER:
            raise Unreadable("one row is larger than 16 million characters; is a quote not closed?", row=self.row)
        return line


def _csv_problem(error: str) -> str:
    """Return the error of Python's csv reader, in words that name what to fix."""
    if "unexpected end" in error:
        return "a quote that is opened in this row is never closed"
    if "field limit" in error:
        return "a cell is longer than 1 MB; is a quote not closed?"
    if "expected after" in error:
        return "a closing quote must end its cell; a quote within a quoted cell is doubled"
    return f"is not CSV: {error}"


def _delimiter(given: str | None) -> str | None:
    """Return the separator of cells, None where none is given. Raises UsageError unless it is one character."""
    if given is None:
        return None
    delimiter = {"\\t": "\t", "tab": "\t"}.get(given, given)
    if len(delimiter) != 1 or delimiter in '"\r\n\0 ':
        raise UsageError(f"--delimiter {shown(delimiter)} cannot separate cells", hint="one character such as ; or tab")
    return delimiter
