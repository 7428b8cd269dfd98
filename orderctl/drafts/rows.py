"""CSV to drafts: a header understood, rows grouped by reference, every cell's problem with its row and heading.

One row a line of an order. Headings are our columns (cells.ORDER_COLUMNS, cells.LINE_COLUMNS), `line.id`, `line.KEY`
and `set.KEY`; what follows `set.` or `line.` is what comes before the = of --set, so `set.KEY:TYPE` is typed and
`set.KEY:` holds JSON. A column `reason` and columns that begin with `_` are ignored: a rejects file has the first,
`orderctl list -o csv` writes what cannot be written back as the second.
"""

import csv
import datetime as dt
import io
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal

from orderctl.backend.fields import nearest
from orderctl.cells import GUARD, restore
from orderctl.drafts.jsontext import loads
from orderctl.drafts.source import MAX_ORDER, Source, Unreadable
from orderctl.drafts.values import (
    LINE,
    Problems,
    clip,
    draft_line,
    draft_parts,
    line_reader,
    meant,
    plain,
    setting_head,
    shown,
    text,
    word_reader,
)
from orderctl.errors import UsageError
from orderctl.model import NOTHING, DraftLine, OrderDraft, Setting
from orderctl.words import LINE_COLUMNS, LINE_WORDS, OPTION_WORDS, ORDER_COLUMNS, synonym_of

MAX_CELL = 1024 * 1024
"""How long a cell may be, in characters."""

MAX_COLUMNS = 16_384
"""How many columns a file may have: as many as a spreadsheet."""

MAX_NAMED = 20
"""How many columns that are not read are named."""

CLOSE = 0.75
"""How alike a column that is not read and one of ours must be for a word about it."""

TURNED = "it is OURS=THEIRS; turned round?"

SEPARATORS = (";", "\t", "|")
"""The separators that a header is searched for where ours is not in it."""

SPOILT_WORDS = frozenset({"reference", "sku", "customer", "phone"})
"""The words whose texts are often all digits, which a spreadsheet turns into 6.93E+18."""

_SPOILT = re.compile(r"\s*[+-]?[0-9](?:[.,][0-9]+)?[Ee][+-][0-9]{1,3}\s*")

Row = list[Any]
"""The row's number and its cells; a list, as it goes through JSON on its way to the rejects."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What a column of the file means: a word or own field (`key`) of the order or of the line."""

    part: Literal["order", "line"]
    own: bool
    key: str
    kind: str | None = None
    json: bool = False
    index: int = -1
    heading: str = ""

    def reader(self, zone: dt.tzinfo) -> Callable[[str], Any]:
        """Return what reads a cell, chosen once for all rows. It raises ValueError."""
        if self.own:
            read = (lambda cell: plain(loads(cell))) if self.json else text
            return lambda cell: Setting(value=read(cell), kind=self.kind)
        word = line_reader(self.key) if self.part == "line" else word_reader(self.key, zone)
        if self.key not in SPOILT_WORDS:
            return word

        def exact(cell: str) -> Any:
            if _SPOILT.fullmatch(cell):
                raise ValueError(f"{shown(cell)}: scientific notation is not accepted; write the whole number")
            return word(cell)

        return exact


class CsvReader:
    """A CSV file as orders: iterating yields each order's rows, `draft` reads them."""

    again = "the rows of one order must be adjacent"

    def __init__(
        self, source: Source, *, delimiter: str | None, columns: Mapping[str, str], zone: dt.tzinfo, reference: bool
    ) -> None:
        self.delimiter = _delimiter(delimiter)
        self._given = reference
        self._records = _records(source, self.delimiter)
        _, self.header = next(self._records, (1, []))
        if len(self.header) > MAX_COLUMNS:
            many = f"{source.name}, row 1: has {len(self.header):,} columns; at most {MAX_COLUMNS:,} are read"
            raise UsageError(many, hint="the first row holds the headings; is --delimiter right?")
        self.columns = self._understood(columns, source.name)
        self._readers = tuple((c, c.own, c.key, c.reader(zone)) for c in self.columns)
        self._places = tuple((place, c.index, c.part == "line") for place, c in enumerate(self.columns))
        read = {c.index for c in self.columns}
        self.unread = tuple(
            clip(h) for i, h in enumerate(map(_heading, self.header)) if i not in read and not _ignored(h)
        )
        places = [c for c in self.columns if (c.part, c.key, c.own) == ("order", "reference", False)]
        self._reference = places[0].index if places else None
        self._nameless = [] if columns else [i for i, h in enumerate(self.header) if not h.strip()]
        self.reference_path = places[0].heading if places else "reference"

    def __iter__(self) -> Iterator[list[Row]]:
        """Yield the rows of one order after another. Raises Unreadable."""
        rows: list[Row] = []
        current, size = "", 0
        try:
            for row, cells in self._records:
                reference = self._reference_in(cells)
                if rows and (reference != current or not (reference or self._given)):
                    yield rows
                    rows, size = [], 0
                rows.append([row, cells])
                current = reference
                size += sum(map(len, cells)) + 64
                _refuse_endless(size, current, rows[0][0])
        except Unreadable:
            if rows:
                yield rows
            raise
        if rows:
            yield rows

    def draft(self, rows: list[Row], faults: Problems) -> OrderDraft:
        """Return the order that these rows describe, noting every problem."""
        order: dict[int, tuple[int, str]] = {}
        lines: list[DraftLine] = []
        for row, cells in rows:
            if self._ragged(cells):
                faults.add("", _ragged(len(cells), len(self.header), self.delimiter), row)
                continue
            if not (self._given or self._reference_in(cells)):
                faults.add(self.reference_path, "is empty; every row of an order repeats its reference", row)
            line = self._sorted(row, cells, order, faults)
            if line:
                lines.append(self._line(line, row, faults))
        words: dict[str, Any] = {}
        settings: dict[str, Setting] = {}
        for place, (row, cell) in order.items():
            self._put(place, cell, row, words, settings, faults)
        return OrderDraft(**draft_parts(words), lines=tuple(lines), set=settings or NOTHING, row=rows[0][0])

    @property
    def not_read(self) -> str:
        """Return a sentence that names the columns that are not read, with what was probably meant."""
        taken = {c.key for c in self.columns if not c.own}
        free = [word for word in (*ORDER_COLUMNS, *LINE_COLUMNS) if word not in taken]
        named = [f"{heading}{_perhaps(heading, free)}" for heading in self.unread[:MAX_NAMED]]
        more = f" and {len(self.unread) - MAX_NAMED} more" if len(self.unread) > MAX_NAMED else ""
        return f"not read: {', '.join(named)}{more}" if named else ""

    def place(self, rows: list[Row], path: str) -> tuple[str, int | None]:
        """Return the column for a path that names an option or a line, and the row of that line."""
        head, _, key = path.partition(" ")
        if found := LINE.fullmatch(path):
            indexes = [c.index for c in self.columns if c.part == "line"]
            lines = [row for row, cells in rows if any(cells[i].strip() for i in indexes)]
            number = int(found[1])
            return (self._heading("line", found[2]), lines[number - 1]) if 0 < number <= len(lines) else (path, None)
        if head == "--set" and key:
            return self._heading("order", key, own=True), None
        return (self._heading("order", OPTION_WORDS[path]) if path in OPTION_WORDS else path), None

    def rejects(self, rejected: Iterator[tuple[list[Row], Mapping[int | None, str]]]) -> Iterator[str]:
        """Yield the text of a rejects file: the rows as they were, and a column that says why.

        A short row gets empty cells up to that column; what a long one has beyond the header comes after it.
        """
        read = {c.index for c in self.columns}
        old = {i for i, h in enumerate(self.header) if h.strip() in ("reason", "_reason") and i not in read}
        kept = [h for i, h in enumerate(self.header) if i not in old]
        yield self._written([*kept, "_reason" if "reason" in map(str.strip, kept) else "reason"])
        for rows, reasons in rejected:
            elsewhere = f"belongs to the order of row {rows[0][0]}"
            for row, cells in rows:
                missing = [""] * (len(self.header) - len(cells))
                padded = "; empty cells were added at its end" if missing else ""
                as_it_was = [c for i, c in enumerate([*cells, *missing][: len(self.header)]) if i not in old]
                beyond = cells[len(self.header) :] if self._ragged(cells) else []
                yield self._written([*as_it_was, (reasons.get(row) or elsewhere) + padded, *beyond])

    def _written(self, cells: list[str]) -> str:
        written = io.StringIO()
        csv.writer(written, delimiter=self.delimiter).writerow(cells)
        return written.getvalue()

    def _reference_in(self, cells: list[str]) -> str:
        """Return the reference that a row names, "" where it names none."""
        if self._reference is None or self._reference >= len(cells) or not cells[self._reference].strip():
            return ""
        return restore(cells[self._reference])

    def _sorted(
        self, row: int, cells: list[str], order: dict[int, tuple[int, str]], faults: Problems
    ) -> list[tuple[int, str]]:
        """Return the row's cells of its line by their columns' place.

        Those of the order go to `order`, where they must not differ.
        """
        line: list[tuple[int, str]] = []
        for place, index, of_line in self._places:
            cell = cells[index]
            if not cell or cell.isspace():
                continue
            if of_line:
                line.append((place, cell))
                continue
            first, known = order.setdefault(place, (row, cell))
            if cell != known:
                column = self.columns[place]
                differs = f"{shown(cell)} differs from {shown(known)} in row {first}"
                faults.add(clip(column.heading), f"{differs}; an order has one {_name(column)}", row)
        for index in self._nameless:
            if cells[index].strip():
                faults.add("", f"has {shown(cells[index])} in column {index + 1}, which has no heading", row)
        return line

    def _ragged(self, cells: list[str]) -> bool:
        """Return whether a row is shorter than the header, or has more in it than empty cells beyond."""
        many = len(self.header)
        return len(cells) != many and (len(cells) < many or any(map(str.strip, cells[many:])))

    def _heading(self, part: str, key: str, *, own: bool | None = None) -> str:
        """Return the file's heading of a column, or how ours is called where the file has none."""
        for column in self.columns:
            if (column.part, column.key) == (part, key) and own in (None, column.own):
                return clip(column.heading)
        if part == "line":
            return key if key in LINE_COLUMNS else f"line.{key}"
        return f"set.{key}" if own else key

    def _line(self, cells: list[tuple[int, str]], row: int, faults: Problems) -> DraftLine:
        words: dict[str, Any] = {}
        settings: dict[str, Setting] = {}
        for place, cell in cells:
            self._put(place, cell, row, words, settings, faults)
        return draft_line(words, settings)

    def _put(
        self, place: int, cell: str, row: int, words: dict[str, Any], settings: dict[str, Setting], faults: Problems
    ) -> None:
        """Put a cell's value where its column says, or note what is wrong with it."""
        column, own, key, read = self._readers[place]
        target: dict[str, Any] = settings if own else words
        try:
            value = read(restore(cell) if cell[0] == GUARD else cell)
        except ValueError as problem:
            faults.add(clip(column.heading), str(problem), row)
            return
        if key in target:
            faults.add(clip(column.heading), f"gives {key} a second time", row)
        target[key] = value

    def _understood(self, columns: Mapping[str, str], name: str) -> tuple[Column, ...]:
        """Return what the header's columns mean. Raises UsageError with everything that is wrong with it."""
        faults = Problems()
        if not self.header:
            raise UsageError(f"{name} is empty; a CSV file begins with a row of headings", hint=_columns_hint())
        headings = [_heading(h) for h in self.header]
        found = _mapped(headings, columns, faults) if columns else []
        taken = {(c.part, c.own, c.key) for c in found}
        mapped = {c.index for c in found}
        for index, heading in enumerate(headings):
            if index in mapped or _ignored(heading):
                continue
            ours = _meaning(heading)
            if ours is None:
                if not columns:
                    faults.add(clip(heading), "" if faults.full else _unknown(heading), 1)
            elif (ours.part, ours.own, ours.key) not in taken or not columns:
                found.append(_at(ours, index, heading))
        _no_twins(found, faults)
        if columns:
            _refuse_missed_quantity(headings, found, faults)
        if not (self._given or any((c.part, c.key, c.own) == ("order", "reference", False) for c in found)):
            close = nearest("reference", headings)
            did = f"; {close}" if close.startswith("did") else ""
            faults.add("reference", f"the file has no such column, and every order needs one{did}", 1)
        if faults.count:
            raise faults.error(name, hint=self._separator_hint() or _columns_hint())
        return tuple(found)

    def _separator_hint(self) -> str:
        """Return the option to give where the header is separated by something else than --delimiter."""
        for separator in SEPARATORS:
            if len(self.header) == 1 and separator in self.header[0] and separator != self.delimiter:
                said = "tab" if separator == "\t" else f"'{separator}'"
                return f"the header has no {self.delimiter!r}, it seems separated by {said}: give --delimiter {said}"
        return ""


def _records(source: Source, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not empty, each with the number of its first line. Raises Unreadable."""
    csv.field_size_limit(MAX_CELL)
    lines = _Lines(source)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        lines.row = row = source.lines + 1
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
    """The lines of a source for csv.reader, which would otherwise hold an endless quoted row whole."""

    def __init__(self, source: Source) -> None:
        self.row = 1
        self.held = 0
        self._source = source

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._source.line()
        self.held += len(line)
        if not line:
            raise StopIteration
        if self.held > MAX_ORDER:
            raise Unreadable("one row is larger than 16 million characters; is a quote not closed?", row=self.row)
        return line


def _refuse_endless(size: int, reference: str, row: int) -> None:
    if size > MAX_ORDER:
        raise Unreadable(f"order {shown(reference)} is larger than 16 million characters", row=row)


def _csv_problem(error: str) -> str:
    """Return the error of Python's csv reader, in words that name what to fix."""
    if "unexpected end" in error:
        return "a quote that is opened in this row is never closed"
    if "field limit" in error:
        return "a cell is longer than 1 MB; is a quote not closed?"
    if "expected after" in error:
        return "a closing quote must end its cell; a quote within a quoted cell is doubled"
    return f"is not CSV: {error}"


def _ragged(many: int, of: int, delimiter: str) -> str:
    counted = f"has {many} {'cell' if many == 1 else 'cells'} where the header has {of}"
    return counted if many < of else f"{counted}; is a cell with {delimiter!r} in it not quoted?"


def _heading(cell: str) -> str:
    return restore(cell).strip()


def _ignored(heading: str) -> bool:
    """Return whether a column is not meant for us: without a heading, a rejects file's reason, or begun with `_`."""
    return not heading or heading == "reason" or heading.startswith("_")


def _refuse_missed_quantity(headings: list[str], found: list[Column], faults: Problems) -> None:
    """Refuse a column of quantities that a mapping leaves out: each order would be of one piece."""
    if any(c.key == "quantity" and not c.own for c in found):
        return
    for heading in headings:
        if not _ignored(heading) and "quantity" in {heading.casefold(), synonym_of(heading)}:
            faults.add(heading, f"is not read, and means quantity: map it (quantity={heading}), or rename it", 1)


def _perhaps(heading: str, free: list[str]) -> str:
    """Return which of our columns a heading was probably meant to be, in brackets; "" where none is close."""
    close = get_close_matches(heading.casefold(), free, n=1, cutoff=CLOSE)
    word = synonym_of(heading)
    found = word if word in free else close[0] if close else ""
    return f" (did you mean {found}?)" if found else ""


def _meaning(name: str) -> Column | None:
    """Return what one of our own headings means, None where it is not ours."""
    if name in ORDER_COLUMNS:
        return Column(part="order", own=False, key=name)
    if name in LINE_COLUMNS:
        return Column(part="line", own=False, key=name)
    prefix, dot, head = name.partition(".")
    if not dot or prefix not in ("line", "set"):
        return None
    if prefix == "line" and head in LINE_WORDS:
        return Column(part="line", own=False, key=head)
    try:
        key, kind, json = setting_head(head)
    except ValueError:
        return None
    return Column(part="line" if prefix == "line" else "order", own=True, key=key, kind=kind, json=json)


def _mapped(headings: list[str], columns: Mapping[str, str], faults: Problems) -> list[Column]:
    """Return the columns that --columns names, noting those that are not there."""
    found = []
    for name, heading in columns.items():
        ours = _meaning(name)
        wanted = heading.strip()
        if ours is None and _meaning(wanted) is not None:
            faults.add("--columns", f"{shown(name)} is not a column of ours, {shown(wanted)} is: {TURNED}")
        elif ours is None:
            faults.add("--columns", f"{shown(name)} is not a column of ours; {_unknown(name)}")
        elif wanted not in headings:
            close = nearest(wanted, [h for h in headings if h])
            faults.add("--columns", f"the file has no column {shown(wanted)} for {name}; {close}".rstrip("; "))
        elif headings.count(wanted) > 1:
            faults.add("--columns", f"the file has {headings.count(wanted)} columns {shown(wanted)}")
        else:
            found.append(_at(ours, headings.index(wanted), wanted))
    return found


def _at(ours: Column, index: int, heading: str) -> Column:
    return Column(
        part=ours.part,
        own=ours.own,
        key=ours.key,
        kind=ours.kind,
        json=ours.json,
        index=index,
        heading=heading,
    )


def _no_twins(found: list[Column], faults: Problems) -> None:
    """Note columns that mean the same; columns of one field with other types, or JSON, are allowed side by side."""
    seen: dict[tuple[str, bool, str, str | None, bool], str] = {}
    for column in found:
        meaning = (column.part, column.own, column.key, column.kind, column.json)
        if meaning in seen:
            other = seen[meaning]
            twice = "is twice in the header" if other == column.heading else f"means the same as {shown(other)}"
            faults.add(clip(column.heading), twice, 1)
        seen[meaning] = column.heading


def _unknown(heading: str) -> str:
    if heading == "id":
        return "unknown column; line.id is the vendor's product or row, _id is ignored"
    close = meant(heading, (*ORDER_COLUMNS, *LINE_COLUMNS, "line.id"))
    return f"unknown column; {close}" if close else "unknown column"


def _columns_hint() -> str:
    return "ours are " + ",".join((*ORDER_COLUMNS, *LINE_COLUMNS)) + ", set.KEY and line.KEY; map others with --columns"


def _delimiter(given: str | None) -> str:
    """Return the separator of cells. Raises UsageError unless it is one character."""
    delimiter = {None: ",", "\\t": "\t", "tab": "\t"}.get(given, given) or ","
    if len(delimiter) != 1 or delimiter in '"\r\n\0 ':
        raise UsageError(f"--delimiter {shown(delimiter)} cannot separate cells", hint="one character such as ; or tab")
    return delimiter


def _name(column: Column) -> str:
    return f"{column.key}" if not column.own else f"set.{column.key}"
