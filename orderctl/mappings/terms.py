"""Terms of a mapping to functions of a record: a row of a table by its headings, or an object by paths.

A record gives texts; "" is nothing. Every function is made once for a file.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol

from orderctl.drafts.clean import clean
from orderctl.drafts.style import Numbers, Numeral, plain_number
from orderctl.drafts.values import shown
from orderctl.mappings.model import Amount, Finish, Match, Term
from orderctl.words import fold

Record = Any
"""A row's cells, or an object."""

Records = Sequence[tuple[int, Record]]
"""Records, each with its row."""

Fetch = Callable[[Record], str]
"""Returns the text that a record has in one place, "" where it has none."""

See = Callable[[str, str, int], None]
"""Looks at an amount: its heading, its text and its row."""

CODES = re.compile(r"[A-Z]{3}")
SIGNS = re.compile(r"[A-Z]{0,3} ?\$|[€£¥₩₴₺₽₹₫฿₪¢₱₦]|[^\W\d_]{1,3}\.?")

_HOLE = re.compile(r"\{([^{}]+)\}")


class BadCell(ValueError):
    """What is wrong with a cell, with its heading and its row."""

    def __init__(self, problem: str, *, heading: str, row: int) -> None:
        super().__init__(problem)
        self.heading, self.row = heading, row


class Place(Protocol):
    """Where terms are looked up: the headings of a table, or the paths of objects."""

    def fetch(self, name: str) -> Fetch | None:
        """Return what reads a heading or path, None where the file has no such heading."""

    def need(self, names: Sequence[str], *, needed: bool) -> None:
        """Note that the file has none of some headings: a problem where one is needed, or they are not optional."""


def fetch_of(text: str, place: Place, *, needed: bool = False) -> Fetch:
    """Return what reads a heading, or a text with {A|B} holes in it."""
    found = place.fetch(text)
    if found is not None:
        return found
    holes = list(_HOLE.finditer(text))
    if not holes:
        place.need([text], needed=needed)
        return lambda _: ""
    parts: list[tuple[str, Fetch]] = []
    at = 0
    for hole in holes:
        names = hole[1].split("|")
        some = [each for name in names if (each := place.fetch(name)) is not None]
        if not some:
            place.need(names, needed=needed)
        parts.append((text[at : hole.start()], first_of(some)))
        at = hole.end()
    return _joined(parts, text[at:])


def first_of(fetches: Sequence[Fetch]) -> Fetch:
    """Return what reads the first place that is not blank."""
    if len(fetches) == 1:
        return fetches[0]
    return lambda record: next((text for fetch in fetches if (text := fetch(record))), "")


def _joined(parts: Sequence[tuple[str, Fetch]], end: str) -> Fetch:
    """Return what puts several texts together; a blank one takes the blanks and commas before it along."""
    if len(parts) == 1 and not parts[0][0] and not end:
        return parts[0][1]

    def joined(record: Record) -> str:
        made, between = "", ""
        for before, fetch in parts:
            between = max(between, before, key=len)
            text = fetch(record)
            if text:
                made += text if not made and not before.strip(" ,;") else between + text
                between = ""
        return made + end if made else ""

    return joined


class Value:
    """A word's term: `raw` reads its text of a record, `finish` makes of it what is wanted, None of nothing."""

    def __init__(
        self, term: Term, place: Place, table: Callable[[str], Mapping[str, str]], *, needed: bool = False
    ) -> None:
        self.heading = _heading(term)
        self._finish = term if isinstance(term, Finish) else None
        self._pattern = re.compile(term.pattern) if isinstance(term, Finish) and term.pattern else None
        self._table = table(term.table) if isinstance(term, Finish) and term.table else None
        self.exact = self._pattern is not None
        self.raw = self._raw(term, place, needed=needed)

    def _raw(self, term: Term, place: Place, *, needed: bool) -> Fetch:
        if isinstance(term, str):
            return fetch_of(term, place, needed=needed)
        if isinstance(term, list):
            return _first_there(term, place, needed=needed)
        if term.sign_of is not None:
            return fetch_of(term.sign_of, place)
        if term.first is not None:
            return first_of([fetch_of(text, place, needed=needed) for text in term.first])
        if term.column is None:
            fixed = _text(term.value)
            return lambda _: fixed
        if isinstance(term.column, list):
            return _first_there(term.column, place, needed=needed)
        return fetch_of(term.column, place, needed=needed)

    def finish(self, text: str) -> Any:
        """Return what is made of a text: a text, true or false; None of nothing. Raises ValueError."""
        how = self._finish
        if how is None:
            return text or None
        if how.sign_of is not None:
            return self._sign(text, how)
        if self._pattern is not None and text:
            found = self._pattern.search(text)
            if found is None:
                raise ValueError(f"{shown(text)} does not fit the pattern {how.pattern!r}")
            text = next((group for group in found.groups() if group is not None), "") if found.re.groups else found[0]
            text = text.strip()
        if how.values is not None:
            return self._of_values(text, how)
        if self._table is not None and text:
            ours = self._table.get(text)
            if ours is None:
                raise ValueError(f"{shown(text)} is not in the table {how.table}")
            text = ours
        if not text and how.default is not None:
            return _plain(how.default)
        return text or None

    def _of_values(self, text: str, how: Finish) -> Any:
        values = how.values or {}
        if text in values:
            return _plain(values[text])
        if text and "*" in values:
            return _plain(values["*"])
        if text:
            raise ValueError(f"{shown(text)} has no value in the mapping ({', '.join(map(repr, values))})")
        return None if how.default is None else _plain(how.default)

    def _sign(self, text: str, how: Finish) -> Any:
        code = CODES.search(text)
        if code and code[0] not in (how.values or {}):
            return code[0]
        sign = SIGNS.search(text)
        if sign is None:
            return None if how.default is None else _plain(how.default)
        found = (how.values or {}).get(sign[0])
        if found is None:
            raise ValueError(f"{shown(sign[0])} has no currency in the mapping; add it to values")
        return _plain(found)


def _first_there(names: Sequence[str], place: Place, *, needed: bool) -> Fetch:
    """Return what reads the first of some headings that the file has."""
    for name in names:
        found = place.fetch(name)
        if found is not None:
            return found
    place.need(names, needed=needed)
    return lambda _: ""


class Money:
    """An amount: what its places of a record add up to, None where all are blank. Raises BadCell.

    `see` takes the heading, the text and the row of each.
    """

    def __init__(
        self, amount: Amount, place: Place, numbers: Numbers | None, see: See, *, needed: bool = False
    ) -> None:
        self._see = see
        parts = [amount] if isinstance(amount, str) else amount
        self.heading = _column(parts[0].lstrip("-"), place)
        self._read = numbers or plain_number
        self._parts = [
            (
                part.startswith("-"),
                fetch_of(part.removeprefix("-"), place, needed=needed),
                _column(part.lstrip("-"), place),
            )
            for part in parts
        ]

    @property
    def lowered(self) -> bool:
        """Return whether some of its places are taken off others."""
        return len({minus for minus, _, _ in self._parts}) > 1

    def texts(self, record: Record) -> tuple[str, ...]:
        """Return the texts that are added."""
        return tuple(fetch(record) for _, fetch, _ in self._parts)

    def of(self, texts: Sequence[str], row: int) -> Decimal | None:
        """Return what some texts of a row come to. Raises BadCell."""
        found: Decimal | None = None
        for (minus, _, heading), text in zip(self._parts, texts, strict=True):
            if text:
                number = self._number(heading, text, row)
                found = (found or Decimal(0)) + (-number if minus else number)
        return found

    def __call__(self, record: Record, row: int) -> Decimal | None:
        """Return the amount of a record, which is in a row. Raises BadCell."""
        return self.of(self.texts(record), row)

    def once(self, records: Records) -> Decimal | None:
        """Return an amount of several records: each of its places counts once. Raises BadCell where one differs.

        A place is filled in one record, and in the others blank, 0 or the same.
        """
        found: Decimal | None = None
        for minus, fetch, heading in self._parts:
            number = self._place_once(fetch, heading, records)
            if minus and self.lowered and number is not None and number < 0:
                raise BadCell(
                    f"{number:f} is below zero, and it is to be taken off", heading=heading, row=self.row_of(records)
                )
            if number is not None:
                found = (found or Decimal(0)) + (-number if minus else number)
        return found

    def row_of(self, records: Records) -> int:
        """Return the row of the first record that has the amount, that of the first one where none has."""
        return next((row for row, record in records if any(self.texts(record))), records[0][0])

    def _place_once(self, fetch: Fetch, heading: str, records: Records) -> Decimal | None:
        known: Decimal | None = None
        first = 0
        for row, record in records:
            text = fetch(record)
            found = self._number(heading, text, row) if text else None
            if found is None or (known is not None and found in (0, known)):
                continue
            if known:
                raise BadCell(f"{found:f} differs from {known:f} in row {first}", heading=heading, row=row)
            known, first = found, row
        return known

    def _number(self, heading: str, text: str, row: int) -> Decimal:
        self._see(heading, text, row)
        try:
            return Decimal(self._read(text))
        except ValueError as problem:
            raise BadCell(f"{problem}", heading=heading, row=row) from None


def matcher(conditions: Mapping[str, Match], place: Place) -> Callable[[Record], bool] | None:
    """Return whether a record fits all conditions; None where there are none."""
    tests = [(fetch_of(name, place), wanted) for name, wanted in conditions.items()]
    if not tests:
        return None
    return lambda record: all(fits(fetch(record), wanted) for fetch, wanted in tests)


def fits(text: str, wanted: Match) -> bool:
    """Return whether a text is as wanted: "*" anything, "" nothing, else one of the texts; capitals do not count."""
    if isinstance(wanted, list):
        return any(fits(text, each) for each in wanted)
    if wanted == "*":
        return bool(text)
    return text.casefold() == wanted.casefold()


def _heading(term: Term) -> str:
    match term:
        case str():
            holes = _HOLE.findall(term)
            return holes[0].partition("|")[0] if holes else term
        case list():
            return term[0] if term else ""
        case _:
            column = term.column or term.sign_of or (term.first[0] if term.first else None)
            return _heading(column) if column is not None else "value"


def _column(text: str, place: Place) -> str:
    """Return the heading by which a message names an amount: the first in its text that the file has."""
    names: list[str] = [name for hole in _HOLE.findall(text) for name in hole.split("|")] or [text]
    return next((name for name in names if place.fetch(name) is not None), names[0])


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool) else str(value)


def plain_text(number: Decimal) -> str:
    """Return a number as text that no style takes for one with thousands: 1.2340 in place of 1.234."""
    text = format(number, "f")
    return f"{text}0" if text[-4:-3] == "." else text


class Headings:
    """The headings of a table: folded, the first of two alike. Notes what a mapping names and the file lacks."""

    def __init__(self, headings: Sequence[str], *, optional: Sequence[str], before: int = 0) -> None:
        self.index: dict[str, int] = {}
        self.twice: set[str] = set()
        for at, heading in enumerate(headings):
            if heading:
                first = self.index.setdefault(fold(heading), at + before)
                if first != at + before:
                    self.twice.add(fold(heading))
        self.used: set[int] = set()
        self.missing: list[str] = []
        self.doubled: list[str] = []
        self._optional = {fold(name) for name in optional}
        self._any = "*" in optional

    def fetch(self, name: str) -> Fetch | None:
        """Return what reads a heading's cell, None where there is no such heading."""
        at = self.index.get(fold(name))
        if at is None:
            return None
        self.used.add(at)
        if fold(name) in self.twice:
            self.doubled.append(name)
        return lambda cells: cells[at]

    def need(self, names: Sequence[str], *, needed: bool) -> None:
        """Note headings that the file lacks, each of which would do."""
        if not (self._any and not needed) and not {fold(name) for name in names} & self._optional:
            self.missing.append(names[0])


class Paths:
    """The paths of objects: a.b, a[0].b, a[key=x].b. Whether a path is there, only an object can tell.

    What is undone in their texts is counted in `cleaned`.
    """

    def __init__(self, cleaned: Counter[str]) -> None:
        self._cleaned = cleaned

    def fetch(self, name: str) -> Fetch | None:
        """Return what reads a path's text; None for a text with holes in it."""
        if "{" in name:
            return None
        steps, cleaned = path_steps(name), self._cleaned
        return lambda found: clean(text_at(found, steps), cleaned, markup=True, mark=False)

    def need(self, names: Sequence[str], *, needed: bool) -> None:
        """Note nothing."""


Step = str | int | tuple[str, str]

_PART = re.compile(r"([^.\[\]]+)|\[([0-9]+)\]|\[([^=\]]+)=([^\]]*)\]")


def path_steps(path: str) -> tuple[Step, ...]:
    """Return the steps of a path.

    >>> path_steps("a.b[0].meta[key=x].value")
    ('a', 'b', 0, 'meta', ('key', 'x'), 'value')
    """
    steps: list[Step] = []
    for found in _PART.finditer(path):
        name, index, key, value = found.groups()
        steps.append(name if name is not None else int(index) if index is not None else (key, value))
    return tuple(steps)


def value_at(found: Any, steps: Sequence[Step]) -> Any:
    """Return what is at a path, None where nothing is."""
    for step in steps:
        match step:
            case str():
                found = found.get(step) if isinstance(found, dict) else None
            case int():
                found = found[step] if isinstance(found, list) and step < len(found) else None
            case (key, value):
                some = found if isinstance(found, list) else []
                found = next((e for e in some if isinstance(e, dict) and _text(e.get(key)) == value), None)
        if found is None:
            return None
    return found


def text_at(found: Any, steps: Sequence[Step]) -> str:
    """Return the text at a path, "" where there is nothing, or a list or an object. Texts of a list are joined."""
    value = value_at(found, steps)
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return ", ".join(filter(None, map(str.strip, value)))
    if isinstance(value, int | Decimal):
        return Numeral(plain_text(value) if isinstance(value, Decimal) else value)
    return ""
