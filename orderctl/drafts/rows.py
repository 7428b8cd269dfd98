"""CSV to drafts: a header understood, rows grouped by reference, every cell's problem with its row and heading.

One row a line of an order. Headings are our columns (cells.ORDER_COLUMNS, cells.LINE_COLUMNS), `line.id`, `line.KEY`
and `set.KEY`; what follows `set.` or `line.` is what comes before the = of --set, so `set.KEY:TYPE` is typed and
`set.KEY:` holds JSON. A column `reason` and columns that begin with `_` are ignored: a rejects file has the first,
`orderctl list -o csv` writes what cannot be written back as the second.
"""

import csv
import datetime as dt
import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from shlex import quote
from typing import Any, Literal

from orderctl.backend.fields import nearest
from orderctl.drafts.clean import clean, said
from orderctl.drafts.jsontext import loads
from orderctl.drafts.source import MAX_ORDER, Unreadable
from orderctl.drafts.style import Dates, Numbers
from orderctl.drafts.table import Table
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
from orderctl.drafts.watch import CODES, Watch, check_code, watches
from orderctl.errors import UsageError
from orderctl.model import NOTHING, DraftLine, OrderChange, OrderDraft, Setting
from orderctl.words import KINDS, LINE_COLUMNS, LINE_WORDS, OPTION_WORDS, ORDER_COLUMNS, amount_of, fold, synonym_of

MAX_NAMED = 20
"""How many columns that are not read are named."""

CLOSE = 0.75
"""How alike a column that is not read and one of ours must be for a word about it."""

TURNED = "it is OURS=THEIRS; turned round?"

LOOKED_AT = 256
"""So many headings are looked at to tell whose they are."""

NAMELESS = "the line has neither a SKU nor a name; is it a row of totals?"

NUMBERS = frozenset({"number", "price", "quantity"})
"""The kinds of words that are numbers."""

OURS = {fold(name): name for name in (*ORDER_COLUMNS, *LINE_COLUMNS)}
"""Our columns, by how they are folded."""

_UNCOUNTED: Counter[str] = Counter()

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

    @property
    def watched(self) -> str:
        """The word whose damage is looked for, "" where for none; an order's id is a code as its reference is."""
        word = "reference" if (self.part, self.key) == ("order", "id") else self.key
        return word if not self.own and watches(word) else ""

    def reader(self, zone: dt.tzinfo, numbers: Numbers | None, dates: Dates | None) -> Callable[[str], Any]:
        """Return what reads a cell, chosen once for all rows. It raises ValueError."""
        if self.own:
            read = (lambda cell: plain(loads(cell))) if self.json else text
            return lambda cell: Setting(value=read(cell), kind=self.kind)
        word = line_reader(self.key) if self.part == "line" else word_reader(self.key, zone)
        if numbers is not None and KINDS[self.key] in NUMBERS:
            return lambda cell: word(numbers(cell))
        if dates is not None and KINDS[self.key] == "moment":
            return lambda cell: word(dates(cell))
        if self.watched not in CODES:
            return word

        def exact(cell: str) -> Any:
            check_code(self.watched, cell)
            return word(cell)

        return exact


class CsvReader:
    """A CSV file as orders: iterating yields each order's rows, `draft` reads them."""

    again = "the rows of one order must be adjacent"

    def __init__(
        self,
        table: Table,
        *,
        columns: Mapping[str, str],
        zone: dt.tzinfo,
        reference: bool,
        numbers: Numbers | None = None,
        dates: Dates | None = None,
        ignore_columns: bool = False,
        changes: bool = False,
        replace_lines: bool = False,
    ) -> None:
        self.delimiter = table.delimiter
        self.flags: set[str] = set()
        self._given = reference
        self._changes, self._adds = changes, changes and not replace_lines
        self._table = table
        self._ignores = ignore_columns
        self._foreign = bool(columns)
        self.header = table.begin(_header_place(table.first(), columns, changes=changes))
        self.columns = self._understood(columns, table.name)
        self._readers = tuple((c, c.own, c.key, c.watched, c.reader(zone, numbers, dates)) for c in self.columns)
        self._places = tuple((place, c.index, c.part == "line") for place, c in enumerate(self.columns))
        self._watch = Watch(decimal=numbers.decimal if numbers else ".", strict=numbers is None)
        self._cleaned: Counter[str] = Counter()
        read = {c.index for c in self.columns}
        self.unread = tuple(
            clip(h)
            for i, h in enumerate(_without_code(list(map(_heading, self.header))))
            if i not in read and not _ignored(h)
        )
        names = ("id", "reference") if changes else ("reference",)
        places = [c for name in names for c in self.columns if (c.part, c.key, c.own) == ("order", name, False)]
        self._names = tuple((c.index, "" if c.key == "reference" else "id ") for c in places)
        self._nameless = [] if columns else [i for i, h in enumerate(self.header) if not h.strip()]
        self.reference_path = places[0].heading if places else "reference"

    def __iter__(self) -> Iterator[list[Row]]:
        """Yield the rows of one order after another. Raises Unreadable."""
        rows: list[Row] = []
        current, size = "", 0
        try:
            for row, cells in self._table:
                reference = self._reference_in(cells)
                if not (reference or self._given):
                    reference = current  # it can only belong to the order above, which is then not sent
                if rows and reference != current:
                    yield rows
                    rows, size = [], 0
                rows.append([row, cells])
                current = reference
                size += sum(map(len, cells)) + 64
                refuse_endless(size, current, rows[0][0])
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
        self.flags = set()
        for row, cells in rows:
            if self._ragged(cells):
                faults.add("", _ragged(len(cells), len(self.header), self.delimiter), row)
                continue
            if not (self._given or self._reference_in(cells)):
                names = "id or reference" if self._changes else "reference"
                faults.add(self.reference_path, f"is empty; every row of an order repeats its {names}", row)
            line = self._sorted(row, cells, order, faults)
            if line:
                before = faults.count
                one = self._line(line, row, faults)
                lines.append(one)
                if faults.count == before and not (one.sku or one.name or one.id or one.set):
                    faults.add(self._heading("line", "sku"), NAMELESS, row)
        words: dict[str, Any] = {}
        settings: dict[str, Setting] = {}
        for place, (row, cell) in order.items():
            self._put(place, cell, row, words, settings, faults)
        made = OrderChange if self._changes else OrderDraft
        return made(**draft_parts(words), lines=tuple(lines), set=settings or NOTHING, row=rows[0][0])

    def doubts(self) -> Mapping[str, tuple[str, str]]:
        """Return what the whole file says against orders that a cell was noted of, by its flag: column and problem."""
        return self._watch.doubts()

    @property
    def notes(self) -> list[str]:
        """Return what is said once of the whole file, after it was read."""
        return said(self._cleaned)

    @property
    def warned(self) -> list[str]:
        """Return what is warned of once, after the file was read."""
        return [*self._table.warned, *(amounts_left_out(self.unread) if not self._ignores else ())]

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

    def rejects(self, rejected: Iterator[tuple[list[Row], Mapping[int | None, str], str]]) -> Iterator[str]:
        """Yield the text of a rejects file: the rows as they were, a column that says why, and one with the code.

        A short row gets empty cells up to that column; what a long one has beyond the header comes after it.
        """
        read = {c.index for c in self.columns}
        old = {i for i, h in enumerate(self.header) if h.strip() in ("reason", "_reason") and i not in read}
        old |= {i for i in range(1, len(self.header)) if i - 1 in old and self.header[i].strip() == "code"}
        kept = [h for i, h in enumerate(self.header) if i not in old]
        yield self._written([*kept, "_reason" if "reason" in map(str.strip, kept) else "reason", "code"])
        for rows, reasons, code in rejected:
            elsewhere = f"belongs to the order of row {rows[0][0]}"
            for row, cells in rows:
                missing = [""] * (len(self.header) - len(cells))
                padded = "; empty cells were added at its end" if missing else ""
                as_it_was = [c for i, c in enumerate([*cells, *missing][: len(self.header)]) if i not in old]
                beyond = cells[len(self.header) :] if self._ragged(cells) else []
                yield self._written([*as_it_was, (reasons.get(row) or elsewhere) + padded, code, *beyond])

    def _written(self, cells: list[str]) -> str:
        written = io.StringIO()
        csv.writer(written, delimiter=self.delimiter).writerow(cells)
        return written.getvalue()

    def _reference_in(self, cells: list[str]) -> str:
        """Return the reference that a row names, or of a change "id " and the id; "" where it names none."""
        for index, prefix in self._names:
            if index < len(cells) and cells[index].strip():
                return prefix + clean(cells[index], _UNCOUNTED, markup=False, mark=self._foreign)
        return ""

    def _sorted(
        self, row: int, cells: list[str], order: dict[int, tuple[int, str]], faults: Problems
    ) -> list[tuple[int, str]]:
        """Return the row's cells of its line by their columns' place.

        Those of the order go to `order`, where they must not differ.
        """
        line: list[tuple[int, str]] = []
        for place, index, of_line in self._places:
            if place in order and cells[index] == order[place][1]:
                continue  # most rows repeat what the order's first one says
            cell = clean(cells[index], self._cleaned, markup=False, mark=self._foreign)
            if not cell:
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
        column, own, key, watched, read = self._readers[place]
        target: dict[str, Any] = settings if own else words
        if watched:
            self._watch.see(column.heading, watched, cell, row, self.flags)
        try:
            value = read(cell)
        except ValueError as problem:
            faults.add(clip(column.heading), str(problem) + self._watch.advice(key, cell), row)
            return
        if key in target:
            faults.add(clip(column.heading), f"gives {key} a second time", row)
        target[key] = value

    def _understood(self, columns: Mapping[str, str], name: str) -> tuple[Column, ...]:
        """Return what the header's columns mean. Raises UsageError with everything that is wrong with it."""
        faults = Problems()
        if not self.header:
            return ()
        headings = _without_code([_heading(h) for h in self.header])
        found = _mapped(headings, columns, faults, changes=self._changes) if columns else []
        taken = {(c.part, c.own, c.key) for c in found}
        mapped = {c.index for c in found}
        for index, heading in enumerate(headings):
            if index in mapped or _ignored(heading):
                continue
            ours = _meaning(heading, changes=self._changes)
            if ours is None:
                if not columns:
                    faults.add(clip(heading), "" if faults.full else _unknown(heading), 1)
            elif (ours.part, ours.own, ours.key) not in taken or not columns:
                found.append(_at(ours, index, heading))
        _no_twins(found, faults)
        if columns and not self._ignores:
            _refuse_missed(headings, found, faults)
        self._check_names(headings, found, faults)
        if faults.count:
            raise faults.error(name, hint=_columns_hint(headings, name))
        if self._adds and "_id" in headings and (lines := [c.heading for c in found if c.part == "line"]):
            raise UsageError(
                f"{name} is a list of orders with their lines (orderctl list -o csv), which would be added once more;"
                " nothing was sent",
                hint=f"take out the columns {', '.join(lines)}; or --replace-lines, if the file has all lines",
            )
        return tuple(found)

    def _check_names(self, headings: list[str], found: list[Column], faults: Problems) -> None:
        """Note where nothing names the orders."""
        names = {"id", "reference"} if self._changes else {"reference"}
        if not (self._given or any(c.part == "order" and c.key in names and not c.own for c in found)):
            close = nearest("reference", headings)
            did = f"; {close}" if close.startswith("did") else ""
            column = "column id or reference" if self._changes else "such column"
            faults.add("reference", f"the file has no {column}, and every order needs one{did}", 1)


def refuse_endless(size: int, reference: str, row: int) -> None:
    """Raise Unreadable where the rows of one order are too many to be held."""
    if size > MAX_ORDER:
        raise Unreadable(f"order {shown(reference)} is larger than 16 million characters", row=row)


def _ragged(many: int, of: int, delimiter: str) -> str:
    counted = f"has {many} {'cell' if many == 1 else 'cells'} where the header has {of}"
    return counted if many < of else f"{counted}; is a cell with {delimiter!r} in it not quoted?"


def _heading(cell: str) -> str:
    return clean(cell, _UNCOUNTED, markup=False)


def _header_place(first: Sequence[tuple[int, list[str]]], columns: Mapping[str, str], *, changes: bool) -> int:
    """Return the place of the row of headings: the first one, or the one below titles that is understood best."""
    for counts in (
        [known(cells, columns, changes=changes) for _, cells in first],
        [sum(bool(synonym_of(cell)) for cell in cells[:LOOKED_AT]) for _, cells in first],
    ):
        best = max(counts, default=0)
        if best and counts[0]:
            return 0
        if best > 1:
            return counts.index(best)
    return 0


def known(cells: Sequence[str], columns: Mapping[str, str] = NOTHING, *, changes: bool = False) -> int:
    """Return how many headings are ours, or named by `columns`; `id` is one of ours in a file of `changes`."""
    theirs = {fold(heading) for heading in columns.values()}
    return sum(
        _meaning(h, changes=changes) is not None or fold(h) in theirs for h in map(_heading, cells[:LOOKED_AT]) if h
    )


def _without_code(headings: list[str]) -> list[str]:
    """Return headings without the one of a rejects file's codes, which stands behind the reasons."""
    return [
        "" if heading == "code" and at and headings[at - 1] in {"reason", "_reason"} else heading
        for at, heading in enumerate(headings)
    ]


def _ignored(heading: str) -> bool:
    """Return whether a column is not meant for us: without a heading, a rejects file's reason, or begun with `_`."""
    return not heading or heading == "reason" or heading.startswith("_")


def _refuse_missed(headings: list[str], found: list[Column], faults: Problems) -> None:
    """Refuse columns of lines and amounts that a mapping leaves out: each order would lack them."""
    taken = {c.key for c in found if not c.own}
    for word in ("sku", "name", "quantity", "price"):
        if word in taken or (word in {"sku", "name"} and taken & {"sku", "name"}):
            continue
        for heading in headings:
            if not _ignored(heading) and word in {fold(heading), synonym_of(heading)}:
                faults.add(
                    heading,
                    f"is not read, and means {word}: map it ({word}={heading}), or say --ignore-columns",
                    1,
                )


def ours(cells: Sequence[str], columns: Mapping[str, str] = NOTHING) -> bool:
    """Return whether headings are all ours, or named by `columns`, or not meant for us."""
    theirs = {fold(heading) for heading in columns.values()}
    headings = _without_code([_heading(cell) for cell in cells[:LOOKED_AT]])
    return all(_ignored(h) or _meaning(h) is not None or fold(h) in theirs for h in headings)


def amounts_left_out(unread: Iterable[str]) -> list[str]:
    """Return a warning of columns that change what an order comes to, and are not read; none where there are none."""
    named = [heading for heading in unread if amount_of(heading)]
    said = "the orders may not come to what the shop shows; a mapping reads them (orderctl help mapping)"
    return [f"not read: {', '.join(map(clip, named))}: {said}"] if named else []


def _perhaps(heading: str, free: list[str]) -> str:
    """Return which of our columns a heading was probably meant to be, in brackets; "" where none is close."""
    close = get_close_matches(heading.casefold(), free, n=1, cutoff=CLOSE)
    word = synonym_of(heading)
    found = word if word in free else close[0] if close else ""
    return f" (did you mean {found}?)" if found else ""


def _meaning(name: str, *, changes: bool = False) -> Column | None:
    """Return what one of our own headings means, None where it is not ours; in a file of `changes` id is an order's."""
    if name in ORDER_COLUMNS or (changes and name == "id"):
        return Column(part="order", own=False, key=name)
    if name in LINE_COLUMNS:
        return Column(part="line", own=False, key=name)
    prefix, dot, head = name.partition(".")
    if not dot or prefix not in ("line", "set"):
        ours = OURS.get(fold(name))
        if changes and fold(name) == "id":
            return _meaning("id", changes=True)
        return _meaning(ours) if ours else None
    if prefix == "line" and head in LINE_WORDS:
        return Column(part="line", own=False, key=head)
    try:
        key, kind, json = setting_head(head)
    except ValueError:
        return None
    return Column(part="line" if prefix == "line" else "order", own=True, key=key, kind=kind, json=json)


def _mapped(headings: list[str], columns: Mapping[str, str], faults: Problems, *, changes: bool) -> list[Column]:
    """Return the columns that --columns names, noting those that are not there."""
    found = []
    for name, heading in columns.items():
        ours = _meaning(name, changes=changes)
        wanted = heading.strip()
        if ours is None and _meaning(wanted) is not None:
            faults.add("--columns", f"{shown(name)} is not a column of ours, {shown(wanted)} is: {TURNED}")
        elif ours is None:
            faults.add("--columns", f"{shown(name)} is not a column of ours; {_unknown(name)}")
        elif wanted not in headings and (folded := [h for h in headings if h and fold(h) == fold(wanted)]):
            if len(folded) > 1:
                faults.add("--columns", f"the file has {len(folded)} columns {shown(wanted)}")
            else:
                found.append(_at(ours, headings.index(folded[0]), folded[0]))
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


def _columns_hint(headings: Sequence[str], name: str) -> str:
    """Return what to do about headings that are not ours: the option that would map them, as far as they are known."""
    found: dict[str, str] = {}
    for heading in headings:
        word = OURS.get(fold(heading)) or synonym_of(heading)
        if word and word not in found and heading not in found.values():
            found[word] = heading
    if "reference" in found and found.keys() & {"sku", "name"}:
        pairs = ",".join(f"{word}={_quoted(heading)}" for word, heading in found.items())
        return f"try --columns {quote(pairs)}; or orderctl mapping suggest {quote(name)}"
    ours = "ours are " + ",".join((*ORDER_COLUMNS, *LINE_COLUMNS)) + ", set.KEY and line.KEY"
    return f"{ours}; map others with --columns, or orderctl mapping suggest {quote(name)}"


def _quoted(heading: str) -> str:
    """Return a heading as --columns takes it."""
    return f'"{heading}"' if "," in heading else heading


def _name(column: Column) -> str:
    return f"{column.key}" if not column.own else f"set.{column.key}"
