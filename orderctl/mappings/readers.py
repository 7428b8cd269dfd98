"""Files read with a mapping: a table by its headings, JSON by its paths."""

import datetime as dt
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from orderctl.drafts.clean import clean, removed
from orderctl.drafts.headings import amounts_left_out
from orderctl.drafts.items import Items
from orderctl.drafts.jsontext import loads
from orderctl.drafts.objects import json_rejects
from orderctl.drafts.rows import note_changed, refuse_endless
from orderctl.drafts.source import Unreadable
from orderctl.drafts.style import style_of
from orderctl.drafts.table import Known, Table, best_place, csv_row
from orderctl.drafts.values import Problems, clip, shown
from orderctl.drafts.watch import WIDE, Watch
from orderctl.errors import UsageError
from orderctl.frozen import replace
from orderctl.mappings import model
from orderctl.mappings.maker import Maker, Note
from orderctl.mappings.store import Loaded
from orderctl.mappings.terms import Fetch, Headings, Paths, Value, fits, path_steps, value_at
from orderctl.model import OrderDraft
from orderctl.words import OPTION_WORDS, fold, is_total, synonym_of

Skip = tuple[str, Fetch | None, model.Match]
"""A heading or path, what reads it, and what orders that are left out have there."""

Row = list[Any]
"""A row's number and its cells; with a second file, the cells of its row follow."""

NAMED = 5
"""So many orders that are left out are named without --verbose."""

MAX_PASSED = 10_000
"""How many orders that are left out are remembered."""

MAX_NOTES = 20
"""How many warnings of one kind are printed in full."""

UNCOUNTED: Counter[str] = Counter()


class _Mapped:
    """What both readers share: a name for what is read, notes, and how many orders were left out."""

    flags: set[str]

    def __init__(self, loaded: Loaded, name: str) -> None:
        self.loaded, self.name, self.mapping = loaded, name, loaded.shown
        self.skipped = self.skipped_rows = 0
        self.passed_over: list[str] = []
        self.flags = set()
        self._made_even: list[str] = []
        self._even = 0
        self._differ: list[str] = []
        self._differing: list[str] = []
        self._cleaned: Counter[str] = Counter()
        numbers = loaded.mapping.file.numbers
        decimal, fine = style_of(numbers)
        self._watch = Watch(decimal=decimal, strict=not numbers, fine=fine)

    def assume(self, currency: str | None) -> None:
        """Take a currency for that of the orders that name none."""
        self._watch.currency = currency

    def doubts(self) -> Mapping[str, tuple[str, str]]:
        """Return what the whole file says against orders that a cell was noted of, by its flag: column and problem."""
        return self._watch.doubts()

    def _noted(self, notes: list[Note]) -> None:
        for reference, text, differs in notes:
            if not differs:
                self._even += 1
            shown = self._differ if differs else self._made_even
            if len(shown) < MAX_NOTES:
                shown.append(text)
            elif differs:
                self._differing.append(reference)

    @property
    def notes(self) -> list[str]:
        """Return the notes about the whole file, after it was read: also which lines were divided."""
        found = removed(self._cleaned)
        counted = [
            f"{many:,} {what if many == 1 else f'{what}s'}"
            for many, what in ((self.skipped, "order"), (self.skipped_rows, "row"))
            if many
        ]
        if counted:
            are = "is" if self.skipped + self.skipped_rows == 1 else "are"
            more = ", …" if self.skipped + self.skipped_rows > NAMED else ""
            found.append(
                f"{' and '.join(counted)} {are} left out, as the mapping {self.loaded.name} says:"
                f" {', '.join(self.passed_over[:NAMED])}{more}"
            )
        found += self._made_even
        if self._even > len(self._made_even):
            found.append(f"… and {self._even - len(self._made_even):,} more like these")
        return found

    def _pass_over(self, reference: str, row: int, why: str) -> None:
        """Count an order, or a row that is none: without a reference, or with a word for totals in place of it."""
        total = is_total(reference)
        if reference and not total:
            self.skipped += 1
        else:
            self.skipped_rows += 1
        if len(self.passed_over) < MAX_PASSED:
            self.passed_over.append(
                f"row {row} ({clip(reference or why)})"
                if total or not reference
                else f"{clip(reference)} ({clip(why)})"
            )

    @property
    def warned(self) -> list[str]:
        """Return what is warned of once, after the file was read: every order that does not come to its total."""
        found = [*self._differ]
        if self._differing:
            names = ", ".join(self._differing)
            found.append(f"… and {len(self._differing):,} more orders that differ as little: {names}")
        return found


class TableReader(_Mapped):
    """A table as orders, as a mapping says. Raises UsageError where the headings do not fit it."""

    again = "the rows of one order must be adjacent"

    def __init__(
        self,
        table: Table,
        loaded: Loaded,
        *,
        zone: dt.tzinfo,
        second: Table | None = None,
        ignore_columns: bool = False,
    ) -> None:
        super().__init__(loaded, table.name)
        mapping = loaded.mapping
        self._table, self._file = table, mapping.file
        self._rows_cleaned: dict[int, list[str]] = {}
        self._ends = [self._file.end] if isinstance(self._file.end, str) else self._file.end or []
        self._ended = self._beyond = 0
        self.delimiter = table.delimiter
        self.header = table.begin(header_place(table.first(), mapping))
        headings = [clean(cell, UNCOUNTED, markup=True) for cell in self.header]
        self._headings = headings
        optional = mapping.optional
        orders = Headings(headings, optional=optional)
        lines: Headings = orders
        self._details: Mapping[str, list[list[str]]] | None = None
        self._second_faults: list[tuple[int, int, str]] = []
        if mapping.with_ is not None and second is not None:
            lines = self._joined(mapping.with_, second, orders)
        self._key = self._key_of(mapping, orders)
        self._maker = Maker(
            mapping,
            orders=orders,
            lines=lines,
            elements=lambda: orders,
            tables=loaded.table,
            zone=_zone(mapping, zone),
            where=loaded.where,
            watch=self._watch,
        )
        self._reference = self._reference_of(mapping, orders)
        self._skips = [(name, self._skipped_by(name, orders), wanted) for name, wanted in self._file.skip.items()]
        self._check(orders, lines, ignore=ignore_columns)
        used = orders.used | lines.used
        self._used = {at: clip(h) for at, h in enumerate(headings) if at in used}
        self._left_out = amounts_left_out(h for at, h in enumerate(headings) if h and at not in used)
        self.unread = tuple(clip(h) for at, h in enumerate(headings) if h and at not in used and not _ours(h))
        self.reference_path = self._reference.heading

    @property
    def warned(self) -> list[str]:
        """Return what is warned of once, after the file was read."""
        after = f", and {self._beyond} rows after it that name an order were not read" if self._beyond else ""
        ended = [f"row {self._ended} ends the data{after}"] if after else []
        return [*self._table.warned, *ended, *self._left_out, *super().warned, *self._watch.warned]

    @property
    def not_read(self) -> str:
        """Return a sentence that names the mapping, and the columns that are not read."""
        named = ", ".join(self.unread[:12]) + (f" and {len(self.unread) - 12} more" if len(self.unread) > 12 else "")
        return f"read as {self.loaded.name}; not read: {named}" if named else f"read as {self.loaded.name}"

    def __iter__(self) -> Iterator[list[Row]]:
        """Yield the rows of one order after another, but for orders that are passed over. Raises Unreadable."""
        rows: list[Row] = []
        current, size = "", 0
        try:
            for row, cells in self._rows():
                reference = self._reference_in(cells)
                if rows and reference and reference != current:
                    yield from self._kept(rows)
                    self._forget(rows)
                    rows, size = [], 0
                rows.append([row, cells])
                current = reference or current
                size += sum(map(len, cells)) + 64
                refuse_endless(size, current, rows[0][0])
        except Unreadable:
            if rows:
                yield rows
            raise
        yield from self._kept(rows)

    def draft(self, rows: list[Row], faults: Problems) -> OrderDraft:
        """Return the order that these rows describe, noting every problem."""
        self.flags = set()
        records: list[tuple[int, list[str]]] = []
        for row, cells in rows:
            if len(cells) == len(self.header):
                self._watch.even = True
            elif self._table.ragged(cells):
                counted = f"has {len(cells)} cells where the header has {len(self.header)}"
                faults.add("", f"{counted}; the order is not whole", row)
                continue
            else:
                self.flags.add(WIDE)
            if self._table.faults:
                note_changed(self._table, row, self._used, faults)
            records.append((row, self._cleaned_cells(cells)))
            if not self._file.fill_down and not self._reference.raw(records[-1][1]):
                faults.add(self.reference_path, "is blank; every row of an order needs it", row)
        if faults.count or not records:
            return OrderDraft(reference=self._name(rows), row=rows[0][0])
        notes: list[Note] = []
        lines = self._lines(records, faults)
        draft = self._maker.make(records, lines, faults, self.flags, notes)
        self._noted(notes)
        if len(lines) > 1 and self.loaded.mapping.check is None and not faults.count:
            self._watch.rows(draft.reference or "", (each for each in lines if self._maker.may_repeat(each[1])))
        return draft

    def place(self, rows: list[Row], path: str) -> tuple[str, int | None]:
        """Return the column for a path that names an option or a line."""
        return OPTION_WORDS.get(path, path), None

    def rejects(self, rejected: Iterator[tuple[list[Row], Mapping[int | None, str], str]]) -> Iterator[str]:
        """Yield the text of a rejects file: the rows as they were, a column that says why, and one with the code.

        What a long row has beyond the header comes after them.
        """
        old = {at for at, heading in enumerate(self._headings) if _ours(heading) and at not in self._used}
        quoted = self._file.quote != "none"
        kept = [h for at, h in enumerate(self.header) if at not in old]
        headings = csv_row([*kept, "reason", "code"], self.delimiter, quoted=quoted)
        yield from self._table.whole(headings, self._rejected(rejected, old, quoted=quoted), quoted=quoted)

    def _rejected(
        self,
        rejected: Iterator[tuple[list[Row], Mapping[int | None, str], str]],
        old: Container[int],
        *,
        quoted: bool,
    ) -> Iterator[str]:
        """Yield the rows of a rejects file, without the `old` columns that say why."""
        many = len(self.header)
        for rows, reasons, code in rejected:
            for row, cells in rows:
                as_it_was = [*cells, *[""] * (many - len(cells))][:many]
                why = reasons.get(row) or f"belongs to the order of row {rows[0][0]}"
                kept = [cell for at, cell in enumerate(as_it_was) if at not in old]
                yield csv_row([*kept, why, code, *cells[many:]], self.delimiter, quoted=quoted)

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the rows up to the one that ends the data."""
        for row, cells in self._table:
            if self._ended:
                self._beyond += self._key is not None and self._key < len(cells) and bool(cells[self._key].strip())
                continue
            if self._is_end(cells):
                self._ended = row
                continue
            if self._table.blank(row, cells, self._used):
                continue
            if why := self._dropped(cells):
                self._pass_over("", row, why)
                self._forget([[row, cells]])
            else:
                yield row, cells

    def _skipped_by(self, name: str, orders: Headings) -> Fetch | None:
        """Return what reads the column of a heading that orders are passed over by; `reference` may be our word."""
        found = orders.fetch(name)
        if found is None and fold(name) == "reference":
            return self._reference.raw
        if found is None:
            orders.need([name], needed=False)
        return found

    def _is_end(self, cells: list[str]) -> bool:
        """Return whether a row ends the data: its reference or its first filled cell begins with the words.

        Of a row that is cut short, or has two cells at most, any cell may.
        """
        if not self._ends:
            return False
        filled = [cell for cell in cells if cell.strip()]
        key = cells[self._key] if self._key is not None and self._key < len(cells) else ""
        some = filled if self._short(cells) or len(filled) < 3 else [filled[0], key]
        return any(_begins_with(cell, end) for cell in some for end in self._ends)

    def _dropped(self, cells: list[str]) -> str:
        """Return why a row is passed over alone: it names no order, and what is to be passed over fits it; else ""."""
        if not self._skips or self._file.fill_down or self._short(cells) or self._reference_in(cells):
            return ""
        return self._fits(cells)

    def _fits(self, cells: list[str]) -> str:
        """Return what is to be passed over in a row: a heading, and its cell; "" where nothing is."""
        return _why(self._skips, self._cleaned_cells(cells))

    def _reference_in(self, cells: list[str]) -> str:
        if self._key is None:
            return "" if self._short(cells) else self._reference.raw(self._cleaned_cells(cells))
        return self._cleaned_cells(cells)[self._key] if self._key < len(cells) else ""

    def _key_of(self, mapping: model.Mapping, orders: Headings) -> int | None:
        """Return the column of the reference where it is one column as it is."""
        term = mapping.name
        return orders.index.get(fold(term)) if isinstance(term, str) else None

    def _reference_of(self, mapping: model.Mapping, orders: Headings) -> Value:
        term = mapping.name
        if term is None:
            raise UsageError(
                f"the mapping {self.loaded.name} does not say where the reference is",
                hint='write under [order]: reference = "HEADING", with a heading of your file',
            )
        return Value(term, orders, self.loaded.table)

    def _kept(self, rows: list[Row]) -> Iterator[list[Row]]:
        """Yield the rows of an order that is not passed over."""
        if not rows:
            return
        for _, cells in rows:
            if self._short(cells):
                continue
            if why := self._fits(cells):
                self._pass_over(self._name(rows) or "", rows[0][0], why)
                return
        yield rows

    def _cleaned_cells(self, cells: list[str]) -> list[str]:
        """Return a row's cells, cleaned; once, as long as the row is held."""
        found = self._rows_cleaned.get(id(cells))
        if found is None:
            done = self._cleaned
            found = [cell and clean(cell, done, markup=True) for cell in cells]
            self._rows_cleaned[id(cells)] = found
        return found

    def _forget(self, rows: list[Row]) -> None:
        """Let go of rows that are not held any more."""
        for _, cells in rows:
            self._rows_cleaned.pop(id(cells), None)

    def _short(self, cells: list[str]) -> bool:
        return len(cells) < len(self.header)

    def _name(self, rows: list[Row]) -> str | None:
        return next((found for _, cells in rows if (found := self._reference_in(cells))), None)

    def _lines(self, records: list[tuple[int, list[str]]], faults: Problems) -> list[tuple[int, list[str]]]:
        """Return the records of an order's lines: its own rows, or those of the second file."""
        if self._details is None:
            return records
        row, cells = records[0]
        found = self._details.get(cells[self._on], [])
        if not found:
            faults.add(self._headings[self._on], f"{shown(cells[self._on])} has no row in the second file", row)
        return [(row, [*cells[: len(self.header)], *more]) for more in found]

    def _joined(self, join: model.With, second: Table, orders: Headings) -> Headings:
        """Read the second file and return the headings of both; those of the second come first. Raises UsageError."""
        (ours, theirs) = next(iter(join.on.items()))
        wanted = [theirs] if isinstance(theirs, str) else theirs
        place = best_place(second.first(), _counting({fold(name) for name in wanted}))
        header = [clean(cell, UNCOUNTED, markup=True) for cell in second.begin(place)]
        both = Headings(header, optional=self.loaded.mapping.optional, before=len(self.header))
        key = next((both.index[fold(name)] for name in wanted if fold(name) in both.index), None)
        on = orders.index.get(fold(ours))
        if key is None or on is None:
            raise UsageError(f"{second.name}: has no column {' or '.join(map(repr, wanted))} to join by")
        self._on = on
        details: dict[str, list[list[str]]] = {}
        for _, cells in second:
            padded = [clean(cell, self._cleaned, markup=True) for cell in [*cells, *[""] * (len(header) - len(cells))]]
            details.setdefault(padded[key - len(self.header)], []).append(padded)
        self._details = details
        self._second_faults = [(row, at, said) for row, cells in second.faults.items() for at, said in cells.items()]
        for name, at in orders.index.items():
            both.index.setdefault(name, at)
        return both

    def _check(self, orders: Headings, lines: Headings, *, ignore: bool) -> None:
        """Raise UsageError with the headings that the file lacks, and those of lines that the mapping leaves out."""
        faults, row = Problems(), self._table.header_row
        for name in dict.fromkeys([*orders.doubled, *lines.doubled]):
            faults.add(name, "the file has two columns of this name, and the mapping reads one", row)
        for name in dict.fromkeys([*orders.missing, *lines.missing]):
            faults.add(name, f"the mapping {self.loaded.name} reads this column, and the file has none", row)
        for at_row, at, said_ in self._second_faults:
            if at + len(self.header) in lines.used:
                faults.add("", f"column {at + 1} of the second file {said_}", at_row)
        line = self.loaded.mapping.line
        if not ignore:
            mapped = {"quantity"} if line and line.quantity is not None else set()
            mapped |= {"price"} if line and (line.price is not None or line.total is not None) else set()
            mapped |= {"sku", "name"} if line and (line.sku is not None or line.name is not None) else set()
            for heading in self._headings:
                word = fold(heading) if fold(heading) in {"sku", "quantity", "price"} else synonym_of(heading)
                if word in {"sku", "quantity", "price"} and word not in mapped:
                    faults.add(heading, f"is not read, but looks like {word}: map it, or add --ignore-columns", row)
        if faults.count:
            raise faults.error(self.name, hint=f"see what the mapping reads: orderctl mapping show {self.mapping}")


class ObjectReader(_Mapped):
    """JSON as orders, as a mapping says."""

    again = "every order needs a reference of its own"
    unread: tuple[str, ...] = ()

    def __init__(self, items: Items, loaded: Loaded, name: str, *, zone: dt.tzinfo) -> None:
        super().__init__(loaded, name)
        mapping = loaded.mapping
        self._items = items
        paths, uncounted = Paths(self._cleaned), Paths(UNCOUNTED)
        self._maker = Maker(
            mapping,
            orders=paths,
            lines=paths,
            elements=lambda: paths,
            tables=loaded.table,
            zone=_zone(mapping, zone),
            where=loaded.where,
            watch=self._watch,
        )
        if mapping.name is None:
            raise UsageError(f"the mapping {loaded.name} does not say where the reference is")
        self._reference = Value(mapping.name, paths, loaded.table)
        self._named = Value(mapping.name, uncounted, loaded.table)
        self.reference_path = self._reference.heading
        self._skips = [
            (n, uncounted.fetch(self.reference_path if n == "reference" else n), m)
            for n, m in mapping.file.skip.items()
        ]
        self._lines_at = path_steps(mapping.file.lines) if mapping.file.lines else None

    @property
    def not_read(self) -> str:
        """Return a sentence that names the mapping."""
        return f"read as {self.loaded.name}"

    def __iter__(self) -> Iterator[list[Any]]:
        """Yield the row and the text of one order after another. Raises Unreadable."""
        for row, text in self._items:
            if not self._passed_over(row, text):
                yield [row, text]

    def draft(self, item: list[Any], faults: Problems) -> OrderDraft:
        """Return the order that a text describes, noting every problem."""
        self.flags = set()
        row, text = item
        own = Problems()
        draft = OrderDraft(row=row)
        try:
            given = loads(text)
        except ValueError as problem:
            own.add("", str(problem))
        else:
            notes: list[Note] = []
            lines = value_at(given, self._lines_at) if self._lines_at is not None else [given]
            whole = isinstance(lines, list) and all(isinstance(each, dict) for each in lines)
            if not whole:
                own.add(self.loaded.mapping.file.lines or "", "the order has no list of lines there")
            records = [(row, each) for each in lines] if whole else []
            draft = self._maker.make([(row, given)], records, own, self.flags, notes)
            self._noted(notes)
        faults.extend((replace(p, row=row) for p in own.held), more=own.count - len(own.held))
        return draft

    def place(self, item: list[Any], path: str) -> tuple[str, int | None]:
        """Return the path as it is; an object has no rows."""
        return OPTION_WORDS.get(path, path), None

    def rejects(self, rejected: Iterable[tuple[list[Any], Mapping[int | None, str], str]]) -> Iterator[str]:
        """Yield the text of a rejects file: the orders as they were, each with keys that say why."""
        return json_rejects(rejected, by_line=self._items.by_line)

    def _passed_over(self, row: int, text: str) -> bool:
        if not self._skips:
            return False
        try:
            given = loads(text)
        except ValueError:
            return False
        why = _why(self._skips, given)
        if why:
            self._pass_over(self._named.raw(given) or f"order {row}", row, why)
        return bool(why)


def _why(skips: Sequence[Skip], record: Any) -> str:
    """Return what says that a record is to be left out: a heading, and the text there; "" where nothing does."""
    for name, fetch, wanted in skips:
        if fetch is not None and fits(found := fetch(record), wanted):
            return f"{name}: {found}" if found and wanted != "*" else name
    return ""


def header_place(first: Sequence[tuple[int, list[str]]], mapping: model.Mapping) -> int:
    """Return the place of the row of headings among the first rows."""
    if isinstance(mapping.file.header, int):
        return next((at for at, (row, _) in enumerate(first) if row >= mapping.file.header), 0)
    known = {fold(heading) for each in mapping.known for heading in each.headings} | _named(mapping)
    return best_place(first, _counting(known))


def _counting(known: set[str]) -> Known:
    """Return what counts how many headings are among these."""
    return lambda cells: sum(fold(clean(cell, UNCOUNTED, markup=True)) in known for cell in cells)


def _named(mapping: model.Mapping) -> set[str]:
    """Return the headings that the words of a mapping name, as far as each is named alone."""
    line = mapping.line
    terms: list[Any] = [*mapping.order.values()]
    terms += [line.sku, line.name, line.quantity, line.price, line.total] if line else []
    found: set[str] = set()
    for term in terms:
        for each in term if isinstance(term, list) else [term]:
            column = each.column if isinstance(each, model.Finish) else each
            found |= {fold(name.lstrip("-")) for name in ([column] if isinstance(column, str) else column or [])}
    return found


def _begins_with(cell: str, words: str) -> bool:
    """Return whether a cell begins with some words, as words."""
    text = cell.strip().casefold()
    goes_on = words[-1:].isalnum() and text[len(words) : len(words) + 1].isalnum()
    return text.startswith(words.casefold()) and not goes_on


def _ours(heading: str) -> bool:
    """Return whether a heading is that of a rejects file."""
    return heading in {"reason", "code"}


def _zone(mapping: model.Mapping, zone: dt.tzinfo) -> dt.tzinfo:
    name = mapping.file.timezone
    if name is None:
        return zone
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise UsageError(f"the mapping's time zone {shown(name)} is not known", hint="such as Asia/Tokyo") from None
