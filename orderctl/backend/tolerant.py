"""Reads what vendors answer, tolerantly: a value that cannot be read is kept as it came, and never breaks its order."""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, Generic, TypeVar

from orderctl.backend.vendor import Profile
from orderctl.model import Moment, Status
from orderctl.redaction import redact

T = TypeVar("T")

MAX_DIGITS = 40

ZEROS = bytes.maketrans(b"123456789", b"000000000")

USUAL = frozenset({b"0000-00-00 00:00:00", b"0000-00-00T00:00:00", b"0000-00-00T00:00:00Z"})
"""How times are written, every digit a zero."""

MOMENT = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|[+-]\d{2}:?\d{2})?)?",
    re.ASCII | re.IGNORECASE,
)


ReadValue = Callable[[Any], Any]
"""Returns the value of what an answer has. Raises ArithmeticError, TypeError or ValueError for what it cannot read."""

Fields = tuple[tuple[str, str, ReadValue], ...]
"""The fields of a value: the name that we have for each, the vendor's, and what reads it."""


def pop_fields(rest: dict[str, Any], fields: Fields) -> dict[str, Any]:
    """Take fields out of `rest` and return them by our names; an unreadable one stays in `rest`, an empty one nowhere.

    >>> rest = {"id": 7, "sum": "1.50", "count": "few", "note": "", "colour": "red"}
    >>> pop_fields(rest, (("id", "id", as_text), ("total", "sum", as_decimal), ("quantity", "count", as_decimal))), rest
    ({'id': '7', 'total': Decimal('1.50')}, {'count': 'few', 'note': '', 'colour': 'red'})
    """
    found = {}
    for name, key, read in fields:
        value = rest.get(key)
        if value is None or value == "":
            rest.pop(key, None)
            continue
        if read is not as_text or type(value) is not str:  # most are texts, which stay as they are
            try:
                value = read(value)
            except (ArithmeticError, TypeError, ValueError):
                continue
        found[name] = value
        del rest[key]
    return found


def pop_as(rest: dict[str, Any], key: str, read: Callable[[Any], T]) -> T | None:
    """Take a value out of `rest` and return it; None for an absent, empty or unreadable one, which stays in `rest`."""
    return pop_fields(rest, ((key, key, read),)).get(key)


def as_text(value: Any) -> str:
    """Return a scalar as text. Raises TypeError for a list or an object.

    >>> as_text(82806), as_text(Decimal("1E+2")), as_text(True)
    ('82806', '100', '1')
    """
    if type(value) is str:
        return value
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, list | Mapping):
        raise TypeError("not a text")
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value)


def as_decimal(value: Any) -> Decimal:
    """Return a finite number of a sensible size, from a number or its text. Raises ValueError, TypeError.

    >>> as_decimal("111.0000"), as_decimal(Decimal("1E+2"))
    (Decimal('111.0000'), Decimal('100'))
    """
    if type(value) is str and len(value) <= MAX_DIGITS:
        usual = _usual_number(value)
        if usual is not None:
            return usual
    if isinstance(value, bool | list | Mapping):
        raise TypeError("not a number")
    written = str(value).strip()
    if len(written) > 2 * MAX_DIGITS or "_" in written or not written.isascii():
        raise ValueError("not a number")
    try:
        number = Decimal(written)
    except InvalidOperation:
        raise ValueError("not a number") from None
    if not number.is_finite() or abs(number.adjusted()) > MAX_DIGITS or int(number.as_tuple().exponent) < -MAX_DIGITS:
        raise ValueError("not a number")
    return Decimal(format(number, "f"))


@lru_cache(maxsize=1024)
def _usual_number(text: str) -> Decimal | None:
    """Return a number that is written as nearly all are, None for any other text. Kept: prices come again and again."""
    return Decimal(text) if text.isascii() and text.replace(".", "", 1).isdecimal() else None


def as_moment(value: Any, zone: dt.tzinfo) -> Moment | None:
    """Return a date, or a time in UTC read in `zone` where it names none; None for zeros. Raises ValueError.

    Leading zeros, seconds and the whole time may be missing.

    >>> as_moment("2015-12-15 9:05", dt.UTC), as_moment("2015-12-15", dt.UTC), as_moment("0000-00-00 00:00:00", dt.UTC)
    (datetime.datetime(2015, 12, 15, 9, 5, tzinfo=datetime.timezone.utc), datetime.date(2015, 12, 15), None)
    """
    text = as_text(value)
    usual = _usual_time(text, zone)
    if usual is not None:
        return usual
    found = MOMENT.fullmatch(text.strip())
    if not found:
        raise ValueError("not a time")
    year, month, day, hour, minute, second, fraction, offset = found.groups()
    if int(year) == int(month) == int(day) == 0:
        return None
    if hour is None:
        return dt.date(int(year), int(month), int(day))
    if offset:
        zone = _offset(offset) or zone
    micro = int(fraction[:6].ljust(6, "0")) if fraction else 0
    time = dt.datetime(int(year), int(month), int(day), int(hour), int(minute), int(second or 0), micro, tzinfo=zone)
    return time if zone is dt.UTC else time.astimezone(dt.UTC)


def _usual_time(text: str, zone: dt.tzinfo) -> dt.datetime | None:
    """Return a time that is written as nearly all are, None for any other text.

    Python reads them at a fifth of the cost, but takes more notations than vendors have.
    """
    try:
        shape = text.encode().translate(ZEROS)
        if shape not in USUAL or text[11:13] == "24":
            return None
        if zone is dt.UTC or shape.endswith(b"Z"):
            return dt.datetime.fromisoformat(f"{text[:19]}Z")
        return dt.datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(dt.UTC)
    except ValueError:
        return None


@lru_cache(maxsize=64)
def _offset(text: str) -> dt.tzinfo | None:
    """Return the zone of an offset: Z, +02:00 or +0200. Kept, because a list has few and reading one is slow."""
    return dt.datetime.strptime(text.upper(), "%z").tzinfo


class Readable(Generic[T]):
    """What `read` returns for each row of `place`: an iterable that reads the rows anew each time, one by one.

    Using a value before the next row is read takes half the time of reading all rows first. After an iteration,
    `errors` has a line for each row that is not an object, or that `read` cannot read.

    >>> found = Readable([{"id": "1"}, 7], lambda row: row["id"], "page 2")
    >>> list(found), found.errors
    (['1'], ['page 2, row 2: is not an object'])
    """

    def __init__(self, rows: Iterable[Any], read: Callable[[Any], T], place: str) -> None:
        self.errors: list[str] = []
        self._rows, self._read, self._place = rows, read, place

    def __iter__(self) -> Iterator[T]:
        self.errors.clear()
        for number, row in enumerate(self._rows, 1):
            try:
                if type(row) is not dict and not isinstance(row, Mapping):  # an abstract class is asked slowly
                    raise TypeError("is not an object")  # noqa: TRY301  (one way out)
                found = self._read(row)
            except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
                self.errors.append(f"{self._place}, row {number}: {error}")
            else:
                yield found


def readable(rows: Iterable[Any], read: Callable[[Any], T], place: str) -> tuple[tuple[T, ...], tuple[str, ...]]:
    """Return what `read` returns for each row of `place`, and a line for each row that cannot be read.

    >>> readable([{"id": "1"}, 7], lambda row: row["id"], "page 2")
    (('1',), ('page 2, row 2: is not an object',))
    """
    found = Readable(rows, read, place)
    return tuple(found), tuple(found.errors)


def items(value: Any) -> list[Any]:
    """Return PHP's idea of a list: a list, or an object with numbers for keys; anything else is none."""
    if isinstance(value, list):
        return value
    return list(value.values()) if isinstance(value, Mapping) else []


def status_of(word: str | None, known: Mapping[str, Status], profile: Profile) -> Status:
    """Return our word for a vendor's status: the profile's own mapping first, upper and lower case alike."""
    if word is None:
        return Status.UNKNOWN
    folded = word.casefold()
    if profile.statuses:
        mapped = {k.casefold(): v for k, v in profile.statuses.items()}
        if folded in mapped:
            return mapped[folded]
    return known.get(folded, Status.UNKNOWN)


def one_line(value: Any, *, longest: int = 500) -> str:
    """Return what a vendor says in whatever shape as one line of at most `longest` characters.

    >>> one_line({"0": "login_empty", "1": ["a", None, {"message": "b"}]})
    'login_empty; a; b'
    """
    if value is None:
        return ""
    said = redact("; ".join(_texts(value, levels=4)))  # before the cut, which would leave half a secret
    return said if len(said) <= longest else said[:longest] + "…"


def _texts(value: Any, *, levels: int) -> list[str]:
    if isinstance(value, Mapping | list):
        return [w for v in items(value)[:20] for w in _texts(v, levels=levels - 1)] if levels else ["…"]
    return [] if value is None or isinstance(value, bool) or not str(value).strip() else [as_text(value).strip()]
