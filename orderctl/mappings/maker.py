"""One order of a foreign file to a draft: words, lines, what is added and taken off, and whether it all comes out."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from itertools import combinations
from typing import Any, NamedTuple

from orderctl.drafts.currencies import Currencies
from orderctl.drafts.style import Dates, Numbers, plain_number, plain_quantity
from orderctl.drafts.values import Problems, clip, draft_parts, shown, text, word_reader
from orderctl.drafts.watch import Watch, check_code, is_cut_short, totals_row
from orderctl.frozen import dataclass, replace
from orderctl.mappings import model
from orderctl.mappings.amounts import CENT, pieces, shares, unit_of
from orderctl.mappings.terms import (
    BadCell,
    Money,
    Place,
    Record,
    Records,
    See,
    Value,
    fetch_of,
    matcher,
    path_steps,
    value_at,
)
from orderctl.model import NOTHING, DraftLine, OrderChange, OrderDraft, Setting
from orderctl.words import KINDS, is_total

HUNDRED = Decimal(100)


class Note(NamedTuple):
    """A note on an order that is good; `differs` where it does not come to its total."""

    reference: str
    text: str
    differs: bool


@dataclass(frozen=True, kw_only=True)
class Made:
    """A line that was read: its words, how many pieces, what they come to, and the price of one where it was given."""

    row: int
    words: Mapping[str, Any]
    set: Mapping[str, Setting]
    quantity: Decimal
    total: Decimal | None
    price: Decimal | None
    added: bool = False


class Maker:
    """Makes drafts as a mapping says. `lines` is where the terms of lines are looked up, `orders` those of orders.

    `where` says which line of a mapping's file a part of it is in, "" of a built-in one. `watch` sees what only the
    whole file tells.
    """

    def __init__(
        self,
        mapping: model.Mapping,
        *,
        orders: Place,
        lines: Place,
        elements: Callable[[], Place],
        tables: Callable[[str], Mapping[str, str]],
        zone: dt.tzinfo,
        where: Callable[[str, str], str],
        watch: Watch,
    ) -> None:
        file = mapping.file
        self._flags: set[str] = set()
        self._currencies = Currencies()
        self._unit = CENT
        see = self._see
        self._numbers = Numbers(file.numbers) if file.numbers else None
        dates = Dates(file.dates)
        self._where, self._watch, self._mapping = where, watch, mapping
        self._words = [
            (word, Value(term, orders, tables), _reader(word, zone, dates, self._number))
            for word, term in mapping.order.items()
        ]
        line = mapping.line or model.Line()
        self._when = matcher(line.when, lines)
        self._once_per = fetch_of(line.once_per, lines) if line.once_per is not None else None
        self._texts = [
            (word, Value(term, lines, tables))
            for word, term in (("sku", line.sku), ("id", line.id), ("name", line.name))
            if term is not None
        ]
        self._quantity = Value(line.quantity, lines, tables, needed=True) if line.quantity is not None else None
        self._price = Money(line.price, lines, self._numbers, see, needed=True) if line.price is not None else None
        self._total = Money(line.total, lines, self._numbers, see, needed=True) if line.total is not None else None
        self._off = Money(line.percent_off, lines, self._numbers, _unseen) if line.percent_off is not None else None
        self._uneven = line.uneven == "split"
        self._sets = [(key, Value(term, lines, tables)) for key, term in line.set.items()]
        self._adds = [_Add(add, orders, lines, elements, tables, self._numbers, see) for add in mapping.add]
        off = mapping.discount
        self._discount = Money(off.amount, orders, self._numbers, see) if off and off.amount is not None else None
        self._down_to = Money(off.down_to, orders, self._numbers, see) if off and off.down_to is not None else None
        self._discount_per_line = mapping.discount is not None and mapping.discount.per == "line"
        check = mapping.check
        self._check = check
        self._sums = [
            None if amount is None else Money(amount, orders, self._numbers, see, needed=at == 0)
            for at, amount in enumerate((check.total, check.plus, check.minus) if check else (None, None, None))
        ]
        counted, kinds = (check.pieces, check.kinds) if check else (None, None)
        self._pieces = Money(counted, orders, self._numbers, _unseen, needed=True) if counted is not None else None
        self._kinds = Money(kinds, orders, self._numbers, _unseen) if kinds is not None else None
        self.reads_amounts = self._price is not None or self._total is not None

    def make(self, orders: Records, lines: Records, faults: Problems, flags: set[str], notes: list[Note]) -> OrderDraft:
        """Return the draft of one order, noting what is wrong, and in `notes` what was made even."""
        words: dict[str, Any] = {}
        settings: dict[str, Setting] = {}
        for word, value, read in self._words:
            self._put_word(word, value, read, orders, words, settings, faults, flags)
        self._flags, self._currencies = flags, Currencies()
        self._unit = unit_of(words.get("currency") or self._watch.currency)
        items = self._items(lines)
        made = [line for rows in items if (line := self._line_of_item(rows, faults, flags)) is not None]
        if not faults.count:
            made = self._settled(orders, items, made, words, faults, notes)
        self._agree(words, faults)
        drafted = tuple(_draft_line(line) for line in made)
        draft = OrderChange if "id" in words else OrderDraft  # an id names an order that exists
        return draft(**draft_parts(words), lines=drafted, set=settings or NOTHING, row=orders[0][0])

    def makes_line(self, record: Record) -> bool:
        """Return whether a record of the lines makes one."""
        return self._mapping.line is not None and (self._when is None or self._when(record))

    def may_repeat(self, record: Record) -> bool:
        """Return whether a record makes one more line each time that it is repeated."""
        return self.makes_line(record) and not (self._once_per is not None and self._once_per(record))

    def _items(self, lines: Records) -> list[Records]:
        """Return the records of each line: those with the same value in `once_per`, of which equal ones count once."""
        if self._once_per is None:
            return [(each,) for each in lines]
        found: dict[tuple[str, int], list[tuple[int, Record]]] = {}
        for at, (row, record) in enumerate(lines):
            name = self._once_per(record)
            name = "" if is_cut_short(name) else name  # a spreadsheet makes one of several
            rows = found.setdefault((name, 0 if name else at), [])
            if all(record != other for _, other in rows):
                rows.append((row, record))
        return list(found.values())

    def _line_of_item(self, rows: Records, faults: Problems, flags: set[str]) -> Made | None:
        """Return the line of an item, None where it makes none; that its records say different lines is a problem."""
        made = [line for row, record in rows if (line := self._line(row, record, faults, flags)) is not None]
        for line in made[1:]:
            if replace(line, row=made[0].row) != made[0]:
                heading = self._mapping.line.once_per if self._mapping.line else None
                said = f"is the line of row {made[0].row} again, with another article, quantity or amount"
                self._fault(faults, heading or "", said, line.row, "line", "once_per")
        return made[0] if made else None

    def _see(self, heading: str, cell: str, row: int) -> None:
        """Look at an amount of the order."""
        self._watch.see(heading, "price", cell, row, self._flags)
        if self._unit >= CENT:  # where amounts have three decimals, they say nothing about thousands
            self._watch.see_amount(heading, cell, self._flags)
        self._currencies.see(heading, cell, row)

    def _agree(self, words: Mapping[str, Any], faults: Problems) -> None:
        """Note an amount that is not in the order's currency, or that only amounts say which it is."""
        currency = words.get("currency") or self._watch.currency
        problem = self._currencies.problem(currency)
        if problem is not None:
            faults.add(*problem)
        elif currency is None and self._currencies.first:
            self._watch.unsaid(self._currencies.first)

    def _put_word(
        self,
        word: str,
        value: Value,
        read: Callable[[Any], Any],
        records: Records,
        words: dict[str, Any],
        settings: dict[str, Setting],
        faults: Problems,
        flags: set[str],
    ) -> None:
        """Read a word of the order off its records, of which the first that is not blank counts."""
        row, known = records[0][0], ""
        for at, record in records:
            found = value.raw(record)
            if found and known and found != known:
                said = f"{shown(found)} differs from {shown(known)} in row {row}; an order has one {word}"
                self._fault(faults, value.heading, said, at, "order", word)
                return
            if found and not known:
                row, known = at, found
        if not value.exact and known:
            self._watch.see(value.heading, word, known, row, flags)
        try:
            if not value.exact:
                check_code(word, known)
            given = value.finish(known)
            if given is None:
                return
            if word.startswith("set."):
                settings[word.removeprefix("set.")] = Setting(value=text(given) if isinstance(given, str) else given)
            else:
                words[word] = read(given)
        except ValueError as problem:
            self._fault(faults, value.heading, str(problem), row, "order", word)

    def _line(self, row: int, record: Record, faults: Problems, flags: set[str]) -> Made | None:
        """Return the line of a record, None where it makes none; what is wrong with it is noted."""
        if not self.makes_line(record):
            return None
        words: dict[str, Any] = {}
        count = faults.count
        for word, value in self._texts:
            try:
                raw = value.raw(record)
                if not value.exact:
                    self._watch.see(value.heading, word, raw, row, flags)
                    check_code(word, raw)
                given = value.finish(raw)
                if given is not None:
                    words[word] = text(given)
            except ValueError as problem:
                self._fault(faults, value.heading, str(problem), row, "line", word)
        if not words and faults.count == count:
            heading = self._texts[0][1].heading if self._texts else "sku"
            self._fault(
                faults, heading, "the line has neither a SKU nor a name; is it a row of totals?", row, "line", "sku"
            )
        quantity = self._quantity_of(row, record, faults, flags)
        total, price = self._amounts(row, record, quantity, faults, flags)
        settings = self._settings(row, record, faults)
        if not settings and words.keys() == {"name"} and is_total(words["name"]):
            heading = next(value.heading for word, value in self._texts if word == "name")
            self._fault(faults, heading, totals_row(words["name"]), row, "line", "name")
        if faults.count > count:
            return None
        return Made(row=row, words=words, set=settings, quantity=quantity, total=total, price=price)

    def _settings(self, row: int, record: Record, faults: Problems) -> dict[str, Setting]:
        """Return a vendor's own fields of a line."""
        settings: dict[str, Setting] = {}
        for key, value in self._sets:
            try:
                given = value.finish(value.raw(record))
            except ValueError as problem:
                self._fault(faults, value.heading, str(problem), row, "line", f"set.{key}")
                continue
            if given is not None:
                settings[key] = Setting(value=given)
        return settings

    def _quantity_of(self, row: int, record: Record, faults: Problems, flags: set[str]) -> Decimal:
        term = self._quantity
        if term is None:
            return Decimal(1)
        try:
            raw = term.raw(record)
            self._watch.see(term.heading, "quantity", raw, row, flags)
            given = term.finish(raw)
            if given is None:
                raise ValueError("is blank; a line needs a quantity")  # noqa: TRY301  (one way for every bad value)
            found = Decimal((self._numbers.quantity if self._numbers else plain_quantity)(_text(given)))
            if found <= 0:
                raise ValueError(f"must be above 0: {clip(format(found, 'f'))}")  # noqa: TRY301
        except ValueError as problem:
            self._fault(
                faults, term.heading, str(problem) + self._watch.advice("quantity", raw), row, "line", "quantity"
            )
            return Decimal(1)
        return found

    def _amounts(
        self, row: int, record: Record, quantity: Decimal, faults: Problems, flags: set[str]
    ) -> tuple[Decimal | None, Decimal | None]:
        """Return what a line comes to, and the price of one piece where that was given."""
        money, word = (self._price, "price") if self._price is not None else (self._total, "total")
        if money is None:
            return None, None
        texts = money.texts(record)
        try:
            found = money.of(texts, row)
            if found is None:
                raise ValueError("is blank; a line needs an amount")  # noqa: TRY301  (one way for every bad value)
            if self._off is not None and (off := self._off(record, row)):
                found = found * (HUNDRED - off) / HUNDRED
                return found * quantity, None if word == "total" else found
            if found < 0:
                raise ValueError(f"must not be below 0: {found:f}")  # noqa: TRY301
        except ValueError as problem:
            heading = problem.heading if isinstance(problem, BadCell) else money.heading
            advice = self._watch.advice("price", next(filter(None, texts), ""))
            self._fault(faults, heading, f"{problem}{advice}", row, "line", word)
            return None, None
        return (found * quantity, found) if word == "price" else (found, None)

    def _settled(
        self,
        orders: Records,
        items: list[Records],
        made: list[Made],
        words: Mapping[str, Any],
        faults: Problems,
        notes: list[Note],
    ) -> list[Made]:
        """Return the lines with what is added, less the discount, checked and divided by their pieces."""
        lines = [each for rows in items for each in rows]
        row = orders[0][0]
        try:
            self._count(orders, made)
            always, maybe, taken = self._additions(orders, items)
            discount = self._discount_of(orders, lines) + taken
            paid = self._down_to.once(orders) if self._down_to is not None else None
            wanted = self._wanted(orders)
        except BadCell as problem:
            self._fault(faults, problem.heading, str(problem), problem.row, "", "")
            return made
        reference = words.get("reference") or f"of row {row}"
        lines_ = [*made, *always]
        base = sum((line.total or Decimal(0) for line in lines_), Decimal(0)) - discount
        if paid is not None and paid < base:
            discount, base = discount + base - paid, paid
        if wanted is not None:
            needed = _needed(wanted[0] - base, maybe, self._tolerance)
            lines_ += needed
            come = base + sum((line.total or Decimal(0) for line in needed), Decimal(0))
            if not self._agrees(come, wanted, reference, faults, row, notes):
                return made
        else:
            lines_ += maybe
        if not self.reads_amounts:
            return lines_
        try:
            borne = _borne(lines_, discount, self._unit)
        except ValueError as problem:
            heading, row = self._place_of_discount(orders, lines)
            self._fault(faults, heading, str(problem), row, "discount", "")
            return made
        try:
            return self._divided(lines_, borne, reference, notes)
        except BadCell as problem:
            self._fault(faults, problem.heading, str(problem), problem.row, "line", "total")
            return made

    def _place_of_discount(self, orders: Records, lines: Records) -> tuple[str, int]:
        """Return the heading and the row of what is taken off an order."""
        money = self._discount or self._down_to
        if money is None:
            return "", orders[0][0]
        return money.heading, money.row_of(lines if self._discount_per_line and lines else orders)

    def _divided(
        self, lines: list[Made], borne: Mapping[int, Decimal], reference: str, notes: list[Note]
    ) -> list[Made]:
        """Return the lines less their share of the discount, each with a price of one piece. Raises BadCell.

        `borne` has the share of a line by its id().
        """
        heading = amount.heading if (amount := self._total or self._price) else ""
        divided: list[Made] = []
        for line in lines:
            off = borne.get(id(line), Decimal(0))
            if line.total is None or (line.price is not None and not off):
                divided.append(line)
                continue
            try:
                parts = pieces(line.total - off, line.quantity, self._unit)
            except ValueError as problem:
                raise BadCell(str(problem), heading=heading, row=line.row) from None
            if len(parts) > 1:
                said = " and ".join(f"{quantity:f} x {price:f}" for quantity, price in parts)
                name = line.words.get("sku") or line.words.get("name")
                if not (off or self._uneven):
                    raise BadCell(
                        f"{line.quantity:f} pieces of {name} for {line.total:f} do not come out even;"
                        f' uneven = "split" sends them as {said}',
                        heading=heading,
                        row=line.row,
                    )
                told = f"order {reference}, row {line.row}: {name} is sent as {said}"
                notes.append(Note(reference, told, differs=False))
            divided += [
                replace(line, quantity=quantity, price=price, total=quantity * price) for quantity, price in parts
            ]
        return divided

    def _additions(self, orders: Records, items: list[Records]) -> tuple[list[Made], list[Made], Decimal]:
        """Return what is always added, what is added if it is needed, and what comes off. Raises BadCell."""
        always: list[Made] = []
        maybe: list[Made] = []
        off = Decimal(0)
        for add in self._adds:
            for line in add.lines(orders, items):
                if (line.total or 0) < 0:
                    off -= line.total or Decimal(0)
                elif add.if_needed:
                    maybe.append(line)
                else:
                    always.append(line)
        return always, maybe, off

    def _discount_of(self, orders: Records, lines: Records) -> Decimal:
        """Return what is taken off an order; its sign does not count. Raises BadCell."""
        if self._discount is None:
            return Decimal(0)
        if self._discount_per_line:
            return sum((abs(self._discount(record, at) or Decimal(0)) for at, record in lines), Decimal(0))
        return abs(self._discount.once(orders) or Decimal(0))

    def _count(self, orders: Records, made: list[Made]) -> None:
        """Raise BadCell where the order says that it has more or other lines than were read."""
        row = orders[0][0]
        if self._pieces is not None:
            wanted, heading = self._pieces.once(orders), self._pieces.heading
            if wanted is None:
                raise BadCell("is blank, so that the lines cannot be counted", heading=heading, row=row)
            come = sum((line.quantity for line in made), Decimal(0))
            if come != wanted:
                said = f"the quantities of the lines add up to {come:f}, where {heading} is {wanted:f}"
                raise BadCell(said, heading=heading, row=row)
        if self._kinds is not None:
            kinds, heading = self._kinds.once(orders), self._kinds.heading
            if kinds is not None and kinds > len(made):
                said = f"the order has {len(made)} lines, where {heading} is {kinds:f}"
                raise BadCell(said, heading=heading, row=row)

    def _wanted(self, orders: Records) -> tuple[Decimal, str] | None:
        """Return what the lines must come to, and the heading that says so; None where nothing does. Raises BadCell."""
        total, plus, minus = self._sums
        if total is None:
            return None
        found = total.once(orders)
        if found is None:
            raise BadCell("is blank, so that the order cannot be checked", heading=total.heading, row=orders[0][0])
        more = (plus and plus.once(orders)) or Decimal(0)
        less = (minus and minus.once(orders)) or Decimal(0)
        return found - more + less, total.heading

    @property
    def _tolerance(self) -> Decimal:
        return Decimal(self._check.tolerance) if self._check else Decimal(0)

    def _agrees(
        self, come: Decimal, wanted: tuple[Decimal, str], reference: str, faults: Problems, row: int, notes: list[Note]
    ) -> bool:
        """Return whether the lines add up to what is wanted, or nearly so, which is noted."""
        total, heading = wanted
        if come == total:
            return True
        said = f"the lines add up to {come:f}, where {heading} is {total:f}"
        if abs(come - total) <= self._tolerance:
            notes.append(Note(reference, f"order {reference}, row {row}: {said}", differs=True))
            return True
        self._fault(faults, heading, said, row, "check", "total")
        return False

    def _number(self, value: Any) -> Decimal:
        """Return a number in the file's style. Raises ValueError."""
        return Decimal((self._numbers or plain_number)(_text(value)))

    def _fault(self, faults: Problems, heading: str, problem: str, row: int, section: str, key: str) -> None:
        faults.add(clip(heading), problem + self._where(section, key), row)


class _Add:
    """A further line of an order."""

    def __init__(
        self,
        add: model.Add,
        orders: Place,
        lines: Place,
        elements: Callable[[], Place],
        tables: Callable[[str], Mapping[str, str]],
        numbers: Numbers | None,
        see: See,
    ) -> None:
        self.if_needed = add.if_needed
        self._per_line = add.per == "line"
        self._each = path_steps(add.each) if add.each else None
        place = elements() if add.each else lines if self._per_line else orders
        self._price = Money(add.price, place, numbers, see)
        self._texts = [
            (word, str(term) if _literal(term, add) else Value(term, place if add.each else orders, tables))
            for word, term in (("sku", add.sku), ("id", add.id), ("name", add.name))
            if term is not None
        ]
        self._sets = [(key, Value(term, place if add.each else orders, tables)) for key, term in add.set.items()]

    def lines(self, orders: Records, items: list[Records]) -> list[Made]:
        """Return the lines that are added, with amounts below zero among them. Raises BadCell."""
        if self._each is not None:
            row, record = orders[0]
            some = value_at(record, self._each)
            found = [(row, each, self._price(each, row)) for each in some] if isinstance(some, list) else []
        elif self._per_line:
            amounts = [self._price.once(rows) for rows in items]
            found = [(*orders[0], sum((a for a in amounts if a is not None), Decimal(0)))]
        else:
            found = [(*orders[0], self._price.once(orders))]
        for row, _, amount in found:
            # a discount on postage must not take anything off the goods
            if amount is not None and amount < 0 and self._price.lowered:
                raise BadCell(
                    f"comes to {amount:f}: more is taken off than there is", heading=self._price.heading, row=row
                )
        return [self._line(row, record, amount) for row, record, amount in found if amount]

    def _line(self, row: int, record: Record, amount: Decimal) -> Made:
        words = {
            word: given
            for word, value in self._texts
            if (given := value if isinstance(value, str) else _finished(value, record, row))
        }
        settings = {
            key: Setting(value=given)
            for key, value in self._sets
            if (given := _finished(value, record, row)) is not None
        }
        return Made(row=row, words=words, set=settings, quantity=Decimal(1), total=amount, price=amount, added=True)


def _unseen(heading: str, cell: str, row: int) -> None:
    """Look at nothing: a percentage or a count is not an amount."""


def _literal(term: model.Term, add: model.Add) -> bool:
    """Return whether what names an added line is a text of the mapping's own, such as SHIPPING, and no heading."""
    return isinstance(term, str) and "{" not in term and (add.each is None or term == term.upper())


def _finished(value: Value, record: Record, row: int) -> Any:
    """Return what is made of a record's text. Raises BadCell."""
    try:
        return value.finish(value.raw(record))
    except ValueError as problem:
        raise BadCell(str(problem), heading=value.heading, row=row) from None


def _borne(lines: list[Made], discount: Decimal, unit: Decimal) -> dict[int, Decimal]:
    """Return how much of the discount each line bears, by its id(). Raises ValueError where it is larger than they are.

    What a mapping adds, such as postage, bears some only where the other lines are worth less than the discount.
    """
    bearing = [line for line in lines if not line.added]
    if discount and sum((line.total or Decimal(0) for line in bearing), Decimal(0)) < discount:
        bearing = lines
    amounts = [line.total or Decimal(0) for line in bearing]
    return dict(zip(map(id, bearing), shares(amounts, discount, unit), strict=True))


def _needed(missing: Decimal, maybe: Sequence[Made], tolerance: Decimal) -> list[Made]:
    """Return those of the lines that may be added which make up for what is missing; none where nothing is."""
    if abs(missing) <= tolerance:
        return []
    for many in range(1, len(maybe) + 1):
        for some in combinations(maybe, many):
            if abs(missing - sum((line.total or Decimal(0) for line in some), Decimal(0))) <= tolerance:
                return list(some)
    return []


def _text(value: Any) -> str:
    """Return a value as text, and a text as it is: a Numeral stays one."""
    return value if isinstance(value, str) else str(value)


def _draft_line(line: Made) -> DraftLine:
    words = {word: line.words.get(word) for word in ("sku", "id", "name")}
    return DraftLine(**words, quantity=line.quantity, price=line.price, set=line.set or NOTHING)


def _reader(word: str, zone: dt.tzinfo, dates: Dates, number: Callable[[Any], Decimal]) -> Callable[[Any], Any]:
    """Return what reads a word of the order."""
    if word.startswith("set."):
        return str
    read = word_reader(word, zone)
    match KINDS[word]:
        case "moment":
            return lambda value: read(dates(str(value)))
        case "number":
            return lambda value: read(number(value))
        case _:
            return read
