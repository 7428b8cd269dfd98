"""CSV to drafts: a header understood, rows grouped by reference, every cell's problem with its row and heading.

One row a line of an order. Headings are our columns (words.ORDER_COLUMNS, words.LINE_COLUMNS), `line.id`, `line.KEY`
and `set.KEY`; what follows `set.` or `line.` is what comes before the = of --set, so `set.KEY:TYPE` is typed and
`set.KEY:` holds JSON. The columns `reason` and `code` of a rejects file are ignored, and those that begin with `_`:
`orderctl list -o csv` writes what cannot be written back under such headings.
"""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Container, Iterator, Mapping
from typing import Any

from orderctl.backend.fields import nearest
from orderctl.drafts.clean import clean, removed
from orderctl.drafts.currencies import Currencies
from orderctl.drafts.headings import (
    UNCOUNTED,
    Column,
    amounts_left_out,
    at_place,
    columns_hint,
    exactly,
    header_place,
    heading_of,
    ignored,
    meaning_of,
    named_by,
    no_twins,
    perhaps,
    refuse_missed,
    unknown,
    without_code,
)
from orderctl.drafts.source import MAX_ORDER, Unreadable
from orderctl.drafts.style import Dates, Numbers
from orderctl.drafts.table import Table, csv_row
from orderctl.drafts.values import (
    LINE,
    Problems,
    clip,
    draft_line,
    draft_parts,
    shown,
)
from orderctl.drafts.watch import WIDE, Watch, totals_row
from orderctl.errors import UsageError
from orderctl.model import NOTHING, DraftLine, OrderChange, OrderDraft, Setting
from orderctl.words import LINE_COLUMNS, OPTION_WORDS, ORDER_COLUMNS, is_total

MAX_NAMED = 20
"""How many columns that are not read are named."""

NAMELESS = "the line has neither a SKU nor a name; is it a row of totals?"

Row = list[Any]
"""The row's number and its cells; a list, as it goes through JSON on its way to the rejects."""


class CsvReader:
    """A CSV file as orders: iterating yields each order's rows, `draft` reads them."""

    again = "the rows of one order must be adjacent"
    mapping = ""
    passed_over: tuple[str, ...] = ()

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
        supported: Collection[str] | None = None,
        changes: bool = False,
        replace_lines: bool = False,
    ) -> None:
        self._supported = supported
        self.delimiter = table.delimiter
        self.flags: set[str] = set()
        self._given = reference
        self._styled = numbers is not None
        self._currencies: Currencies | None = None
        self._changes, self._adds = changes, changes and not replace_lines
        self._table = table
        self._ignores = ignore_columns
        self._foreign = bool(columns)
        self.header = table.begin(header_place(table.first(), columns, changes=changes))
        self.columns = self._understood(columns, table.name)
        self._readers = tuple((c, c.own, c.key, c.watched, c.reader(zone, numbers, dates)) for c in self.columns)
        self._places = tuple((place, c.index, c.part == "line") for place, c in enumerate(self.columns))
        self._watch = Watch(
            decimal=numbers.decimal if numbers else ".",
            strict=numbers is None,
            fine=numbers is not None and numbers.fine,
            dated=dates is not None,
        )
        self._cleaned: Counter[str] = Counter()
        read = {c.index: clip(c.heading) for c in self.columns}
        self._read = read
        self.unread = tuple(
            clip(h)
            for i, h in enumerate(without_code(list(map(heading_of, self.header))))
            if i not in read and not ignored(h)
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
                if self._table.faults and self._table.blank(row, cells, self._read):
                    continue
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
        self._currencies = Currencies() if self._styled else None
        twins: list[tuple[int, list[str]]] = []
        for row, cells in rows:
            if self._unfit(cells):
                faults.add("", _ragged(len(cells), len(self.header), self.delimiter), row)
                continue
            if self._table.faults:
                note_changed(self._table, row, self._read, faults)
            if not (self._given or self._reference_in(cells)):
                names = "id or reference" if self._changes else "reference"
                faults.add(self.reference_path, f"is empty; every row of an order needs its {names}", row)
            line = self._sorted(row, cells, order, faults)
            if line:
                before = faults.count
                one = self._line(line, row, faults)
                lines.append(one)
                twins.append((row, cells))
                if faults.count == before:
                    self._check_product(one, row, faults)
        words: dict[str, Any] = {}
        settings: dict[str, Setting] = {}
        for place, (row, cell) in order.items():
            self._put(place, cell, row, words, settings, faults)
        if self._currencies is not None:
            self._agree(self._currencies, words.get("currency") or self._watch.currency, faults)
        if len(twins) > 1 and not faults.count:
            self._watch.rows(words.get("reference", ""), twins)
        made = OrderChange if self._changes else OrderDraft
        return made(**draft_parts(words), lines=tuple(lines), set=settings or NOTHING, row=rows[0][0])

    def assume(self, currency: str | None) -> None:
        """Take a currency for that of the orders that name none."""
        self._watch.currency = currency

    def _agree(self, currencies: Currencies, currency: str | None, faults: Problems) -> None:
        """Note an amount that is not in the order's currency, or that only amounts say which it is."""
        problem = currencies.problem(currency)
        if problem is not None:
            faults.add(*problem)
        elif currency is None and currencies.first:
            self._watch.unsaid(currencies.first)

    def doubts(self) -> Mapping[str, tuple[str, str]]:
        """Return what the whole file says against orders that a cell was noted of, by its flag: column and problem."""
        return self._watch.doubts()

    @property
    def notes(self) -> list[str]:
        """Return the notes about the whole file, after it was read."""
        as_ours = "as the heading is ours" if len(self._also_read) == 1 else "as the headings are ours"
        also = [f"also read, {as_ours}: {', '.join(self._also_read)}"] if self._also_read else []
        return [*also, *removed(self._cleaned)]

    @property
    def warned(self) -> list[str]:
        """Return what is warned of once, after the file was read."""
        left_out = amounts_left_out(self.unread) if not self._ignores else ()
        return [*self._table.warned, *left_out, *self._watch.warned]

    @property
    def not_read(self) -> str:
        """Return a sentence that names the columns that are not read, with what was probably meant."""
        taken = {c.key for c in self.columns if not c.own}
        free = [word for word in (*ORDER_COLUMNS, *LINE_COLUMNS) if word not in taken]
        named = [f"{heading}{perhaps(heading, free)}" for heading in self.unread[:MAX_NAMED]]
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
        reason = "_reason" if "reason" in map(str.strip, kept) else "reason"
        headings = csv_row([*kept, reason, "code"], self.delimiter)
        yield from self._table.whole(headings, self._rejected(rejected, old))

    def _rejected(
        self, rejected: Iterator[tuple[list[Row], Mapping[int | None, str], str]], old: Container[int]
    ) -> Iterator[str]:
        """Yield the rows of a rejects file, without the `old` columns that say why."""
        for rows, reasons, code in rejected:
            elsewhere = f"belongs to the order of row {rows[0][0]}"
            for row, cells in rows:
                missing = [""] * (len(self.header) - len(cells))
                padded = "; empty cells were added at its end" if missing else ""
                as_it_was = [c for i, c in enumerate([*cells, *missing][: len(self.header)]) if i not in old]
                beyond = cells[len(self.header) :] if self._table.ragged(cells) else []
                why = (reasons.get(row) or elsewhere) + padded
                yield csv_row([*as_it_was, why, code, *beyond], self.delimiter)

    def _reference_in(self, cells: list[str]) -> str:
        """Return the reference that a row names, or of a change "id " and the id; "" where it names none."""
        for index, prefix in self._names:
            if index < len(cells) and cells[index].strip():
                return prefix + clean(cells[index], UNCOUNTED, markup=False, mark=self._foreign)
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

    def _unfit(self, cells: list[str]) -> bool:
        """Return whether a row is ragged, and note what only the whole file tells of its width."""
        if len(cells) == len(self.header):
            self._watch.even = True
            return False
        if self._table.ragged(cells):
            return True
        self.flags.add(WIDE)
        return False

    def _heading(self, part: str, key: str, *, own: bool | None = None) -> str:
        """Return the file's heading of a column, or how ours is called where the file has none."""
        for column in self.columns:
            if (column.part, column.key) == (part, key) and own in (None, column.own):
                return clip(column.heading)
        if part == "line":
            return key if key in LINE_COLUMNS else f"line.{key}"
        return f"set.{key}" if own else key

    def _check_product(self, line: DraftLine, row: int, faults: Problems) -> None:
        """Note a line that names no product, or has a word for totals in place of one."""
        if line.sku or line.id or line.set:
            return
        if not line.name:
            faults.add(self._heading("line", "sku"), NAMELESS, row)
        elif is_total(line.name):
            faults.add(self._heading("line", "name"), totals_row(line.name), row)

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
            if column.numeric:
                self._watch.see_amount(column.heading, cell, self.flags, quantity=key == "quantity")
            if self._currencies is not None and key in {"price", "total"}:
                self._currencies.see(clip(column.heading), cell, row)
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
        faults, row = Problems(), self._table.header_row
        self._also_read: list[str] = []
        if not self.header:
            return ()
        headings = without_code([heading_of(h) for h in self.header])
        found = named_by(headings, columns, faults, changes=self._changes) if columns else []
        taken = {(c.part, c.own, c.key) for c in found}
        mapped = {c.index for c in found}
        for index, heading in enumerate(headings):
            if index in mapped or ignored(heading):
                continue
            ours = meaning_of(heading, changes=self._changes)
            if ours is None:
                if not columns:
                    faults.add(clip(heading), "" if faults.full else unknown(heading), row)
            elif not columns or (exactly(ours, heading) and (ours.part, ours.own, ours.key) not in taken):
                found.append(at_place(ours, index, heading))
        self._also_read = [clip(c.heading) for c in found if c.index not in mapped] if columns else []
        no_twins(found, row, faults)
        if columns and not self._ignores:
            refuse_missed(headings, found, row, faults)
        self._check_names(headings, found, row, faults)
        if faults.count:
            raise faults.error(name, hint=columns_hint(headings, name, self._supported, self._table.given))
        if self._adds and "_id" in headings and (lines := [c.heading for c in found if c.part == "line"]):
            raise UsageError(
                f"{name} is a list of orders with their lines (orderctl list -o csv), which would be added once more;"
                " nothing was sent",
                hint=f"remove the columns {', '.join(lines)}; or --replace-lines, if the file has all lines",
            )
        return tuple(found)

    def _check_names(self, headings: list[str], found: list[Column], row: int, faults: Problems) -> None:
        """Note where nothing names the orders."""
        names = {"id", "reference"} if self._changes else {"reference"}
        if not (self._given or any(c.part == "order" and c.key in names and not c.own for c in found)):
            close = nearest("reference", headings)
            did = f"; {close}" if close.startswith("did") else ""
            column = "column id or reference" if self._changes else "such column"
            faults.add("reference", f"the file has no {column}, and every order needs one{did}", row)


def refuse_endless(size: int, reference: str, row: int) -> None:
    """Raise Unreadable where the rows of one order are too many to be held."""
    if size > MAX_ORDER:
        raise Unreadable(f"order {shown(reference)} is larger than 16 million characters", row=row)


def note_changed(table: Table, row: int, read: Mapping[int, str], faults: Problems) -> None:
    """Note what is wrong with the cells of a row that their text does not show, in the columns that are read."""
    for column, problem in table.faults.get(row, {}).items():
        if column in read:
            faults.add(read[column], problem, row)


def _ragged(many: int, of: int, delimiter: str) -> str:
    counted = f"has {many} {'cell' if many == 1 else 'cells'} where the header has {of}"
    return counted if many < of else f"{counted}; is a cell with {delimiter!r} in it not quoted?"


def _name(column: Column) -> str:
    return f"{column.key}" if not column.own else f"set.{column.key}"
