"""What a word of a draft may hold: texts and JSON values to what a draft carries, and what is wrong with them.

The words are spelled as the CSV columns are (`customer_name`); options and JSON keys are translated to them.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from orderctl.backend.fields import FALSE, TRUE, is_unicode, nearest, parse_decimal, parse_moment
from orderctl.cells import ENDS
from orderctl.errors import Problem, UsageError
from orderctl.model import NOTHING, Customer, DraftLine, Moment, Setting
from orderctl.words import CUSTOMER_WORDS, KINDS, synonym_of

LINE = re.compile(r"line ([0-9]+) (.+)", re.DOTALL)
"""How a vendor's problem names a line, from 1, and a word or field of it."""

MAX_HELD = 1_000
"""How many problems are held to be shown; the others are only counted."""

MAX_SHOWN = 60
"""How much of a value a message shows, in characters."""

FIRST_YEAR = 1000
"""An earlier year is one that lost its century."""

_PLAIN = re.compile(r"-?[0-9]{1,20}(?:\.[0-9]{1,15})?")
"""What nearly every number in a file looks like; it needs no further check."""

_HEAD = re.compile(r"(?P<key>[^:]+)(?::(?P<kind>[^:]+))?(?P<json>:)?", re.DOTALL)


class Problems:
    """What is wrong with an input: the first thousand problems, and how many there are in all."""

    def __init__(self) -> None:
        self.held: list[Problem] = []
        self.count = 0

    def add(self, path: str, problem: str, row: int | None = None) -> None:
        """Note one problem."""
        self.extend([Problem(path, problem, row)])

    @property
    def full(self) -> bool:
        """Return whether further problems are counted only, so that what they say is of no use."""
        return len(self.held) >= MAX_HELD

    def extend(self, problems: Iterable[Problem], *, more: int = 0) -> None:
        """Note problems, and `more` that nobody held."""
        for problem in problems:
            self.count += 1
            if len(self.held) < MAX_HELD:
                self.held.append(problem)
        self.count += more

    def join(self, other: "Problems") -> None:
        """Note everything that another list of problems counted."""
        self.extend(other.held, more=other.count - len(other.held))

    def error(self, where: str, *, hint: str = "") -> UsageError:
        """Return the error that carries all problems: the only one in its message, or how many there are."""
        if self.count == 1:
            place = f"{where}, " if where and self.held[0].row is not None else f"{where}: " if where else ""
            return UsageError(f"{place}{self.held[0]}", hint=hint, fields=self.held)
        listed = f" (the first {len(self.held):,} are listed)" if self.count > len(self.held) else ""
        subject = f" in {where}" if where else " with the options"
        return UsageError(f"{self.count:,} problems{subject}{listed}; nothing was sent", hint=hint, fields=self.held)

    def check(self, where: str = "") -> None:
        """Raise UsageError where anything is wrong."""
        if self.count:
            raise self.error(where)


def shown(text: str) -> str:
    """Return a value for a message: quoted, and cut at 60 characters."""
    return repr(text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…")


def clip(name: str) -> str:
    """Return a column's or key's name for a message, cut at 60 characters."""
    return name if len(name) <= MAX_SHOWN else name[: MAX_SHOWN - 1] + "…"


def meant(name: str, known: Iterable[str]) -> str:
    """Return a phrase that names which of the known words was probably meant: by a synonym, else by its spelling."""
    words = tuple(known)
    synonym = synonym_of(name)
    return f"did you mean {synonym!r}?" if synonym in words else nearest(name, words)


def word_value(word: str, value: Any, zone: dt.tzinfo) -> Any:
    """Return what the draft holds for a word of the order. Raises ValueError, its text the problem."""
    return word_reader(word, zone)(value)


def word_reader(word: str, zone: dt.tzinfo) -> Callable[[Any], Any]:
    """Return what reads the values of a word of the order, as `word_value` does."""
    kind = KINDS[word]
    return (lambda value: moment(value, zone)) if kind == "moment" else READERS[kind]


def line_value(word: str, value: Any) -> Any:
    """Return what the draft holds for a word of a line. Raises ValueError, its text the problem."""
    return line_reader(word)(value)


def line_reader(word: str) -> Callable[[Any], Any]:
    """Return what reads the values of a word of a line, as `line_value` does."""
    return READERS[KINDS[word]]


def quantity(value: Any) -> Decimal:
    """Return a number above 0. Raises ValueError."""
    found = number(value)
    if found <= 0:
        raise ValueError(f"must be above 0: {clip(format(found, 'f'))}")
    return found


def price(value: Any) -> Decimal:
    """Return a number that is not below 0. Raises ValueError."""
    found = number(value)
    if found < 0:
        raise ValueError(f"must not be below 0: {clip(format(found, 'f'))}")
    return found


def text(value: Any) -> str:
    """Return a text that can be sent; a whole number is its digits. Raises ValueError."""
    if not isinstance(value, str):
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        raise ValueError(f"must be a text in quotes, not {_noun(value)}")
    if "\0" in value:
        raise ValueError("has a NUL character")
    if not (value.isascii() or is_unicode(value)):
        raise ValueError("has a character that is not valid Unicode")
    return value


def reference(value: Any) -> str:
    """Return a reference. Raises ValueError.

    One with blanks at its ends is refused, not trimmed: trimmed, it would be another key than the one of a journal that
    has it as it is, and as it is, another than the one of a CSV, whose cells are trimmed. Both make a second order.
    """
    name = text(value)
    if name.strip() and ENDS.search(name):
        raise ValueError(f"{shown(name)} begins or ends with a blank or an invisible character; remove it")
    return name


def number(value: Any) -> Decimal:
    """Return a number from text or JSON. Raises ValueError."""
    if isinstance(value, str):
        if _PLAIN.fullmatch(value):
            return Decimal(value)
        if not value.strip():
            raise ValueError("is empty where a number is needed")
        if "_" in value or not value.isascii():
            raise ValueError(f"{shown(value)} is not a number")
    elif isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError(f"must be a number, not {_noun(value)}")  # noqa: TRY004  (as every bad value)
    return parse_decimal(value)


def moment(value: Any, zone: dt.tzinfo) -> Moment:
    """Return a date, or a time in UTC. Raises ValueError."""
    if not isinstance(value, str):
        raise ValueError(f"must be a date or time in quotes, not {_noun(value)}")  # noqa: TRY004  (as every bad value)
    if len(value) > MAX_SHOWN:
        raise ValueError(f"{shown(value)} is not a date or time (2026-03-09, 2026-03-09T14:30)")
    try:
        found = parse_moment(value, zone)
    except OverflowError:
        raise ValueError(f"{shown(value)} is out of range") from None
    if found.year < FIRST_YEAR:
        raise ValueError(f"{shown(value)} is in the year {found.year:04}; write it with four digits, such as 2026")
    return found


def currency(value: Any) -> str:
    """Return a currency's three letters, in upper case. Raises ValueError."""
    letters = text(value).strip()
    if not (len(letters) == 3 and letters.isascii() and letters.isalpha()):
        raise ValueError(f"{shown(letters)} is not a currency; it has three letters, such as EUR")
    return letters.upper()


def email(value: Any) -> str:
    """Return an email address, or the empty text that takes one away. Raises ValueError."""
    address = text(value)
    if address.strip() and "@" not in address:
        raise ValueError(f"{shown(address)} is not an email address; it has no @")
    return address


def flag(value: Any) -> bool:
    """Return true or false from JSON or from 1/0/true/false/yes/no. Raises ValueError."""
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower() if isinstance(value, str | int) else ""
    if word not in TRUE | FALSE:
        said = shown(value) if isinstance(value, str) else "this"
        raise ValueError(f"{said} is neither true nor false (1/0, true/false, yes/no)")
    return word in TRUE


READERS: dict[str, Callable[[Any], Any]] = {
    "currency": currency, "email": email, "flag": flag, "number": number, "price": price, "quantity": quantity,
    "reference": reference, "text": text,
}  # fmt: skip
"""What reads the values of each kind of word; a date or time is read in its time zone."""


def setting_head(head: str) -> tuple[str, str | None, bool]:
    """Return the key, the type if any, and whether JSON follows, from what comes before the =. Raises ValueError."""
    found = _HEAD.fullmatch(head)
    if found is None:
        raise ValueError("has no field's name: write KEY=VALUE, KEY:=JSON, KEY:TYPE=VALUE or KEY:TYPE:=JSON")
    key, kind = found["key"], found["kind"]
    if key != key.strip() or (kind and kind != kind.strip()):
        raise ValueError("has spaces around its field's name")
    return text(key), kind, found["json"] is not None


def plain(value: Any, *, depth: int = 32) -> Any:
    """Return a JSON value that can be sent. Raises ValueError: nested too deeply, or a text or number in it is bad."""
    if depth == 0:
        raise ValueError("is nested too deeply (more than 32 levels)")
    if isinstance(value, str):
        return text(value)
    if isinstance(value, list):
        return [plain(v, depth=depth - 1) for v in value]
    if isinstance(value, dict):
        return {text(k): plain(v, depth=depth - 1) for k, v in value.items()}
    if value is None or isinstance(value, bool | int | Decimal):
        return value
    raise ValueError(f"must not hold {_noun(value)}")


def draft_parts(words: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of an OrderDraft that these words fill."""
    customer = {field: words[word] for word, field in CUSTOMER_WORDS.items() if word in words}
    parts = {word: value for word, value in words.items() if word not in CUSTOMER_WORDS}
    return {**parts, "customer": Customer(**customer)} if customer else parts


def draft_line(words: Mapping[str, Any], settings: Mapping[str, Setting]) -> DraftLine:
    """Return a line of a draft."""
    return DraftLine(**words, set=settings or NOTHING)


def _noun(value: Any) -> str:
    """Return what a JSON value is, for a message; never the value itself where it may be large."""
    match value:
        case bool():
            return "true or false"
        case int() | Decimal():
            return "a number with a point or exponent"
        case list():
            return "a list"
        case dict():
            return "an object"
        case _:
            return str(value)
