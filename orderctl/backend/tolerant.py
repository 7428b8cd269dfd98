"""Reads what vendors answer, tolerantly: a value that cannot be read is kept as it came, and never breaks its order."""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, TypeVar

from orderctl.backend.vendor import Profile
from orderctl.model import Moment, Status
from orderctl.redaction import redact

T = TypeVar("T")

MAX_DIGITS = 40

MOMENT = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|[+-]\d{2}:?\d{2})?)?",
    re.ASCII | re.IGNORECASE,
)


def pop_as(rest: dict[str, Any], key: str, read: Callable[[Any], T]) -> T | None:
    """Take a value out of `rest` and return it; None for an absent, empty or unreadable one, which stays in `rest`."""
    value = rest.get(key)
    if value is None or value == "":
        rest.pop(key, None)
        return None
    try:
        result = read(value)
    except (ArithmeticError, TypeError, ValueError):
        return None
    del rest[key]
    return result


def as_text(value: Any) -> str:
    """Return a scalar as text. Raises TypeError for a list or an object.

    >>> as_text(82806), as_text(Decimal("1E+2")), as_text(True)
    ('82806', '100', '1')
    """
    if type(value) is str:
        return value
    if isinstance(value, list | Mapping):
        raise TypeError("not a text")
    if isinstance(value, bool):
        return "1" if value else "0"
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def as_decimal(value: Any) -> Decimal:
    """Return a finite number of a sensible size, from a number or its text. Raises ValueError, TypeError.

    >>> as_decimal("111.0000"), as_decimal(Decimal("1E+2"))
    (Decimal('111.0000'), Decimal('100'))
    """
    if type(value) is str and value.isascii() and value.replace(".", "", 1).isdecimal() and len(value) <= MAX_DIGITS:
        return Decimal(value)  # as nearly all are
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


def as_moment(value: Any, zone: dt.tzinfo) -> Moment | None:
    """Return a date, or a time in UTC read in `zone` where it names none; None for zeros. Raises ValueError.

    Leading zeros, seconds and the whole time may be missing.

    >>> as_moment("2015-12-15 9:05", dt.UTC), as_moment("2015-12-15", dt.UTC), as_moment("0000-00-00 00:00:00", dt.UTC)
    (datetime.datetime(2015, 12, 15, 9, 5, tzinfo=datetime.timezone.utc), datetime.date(2015, 12, 15), None)
    """
    found = MOMENT.fullmatch(as_text(value).strip())
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


@lru_cache(maxsize=64)
def _offset(text: str) -> dt.tzinfo | None:
    """Return the zone of an offset: Z, +02:00 or +0200. Kept, because a list has few and reading one is slow."""
    return dt.datetime.strptime(text.upper(), "%z").tzinfo


def readable(rows: Iterable[Any], read: Callable[[Any], T], place: str) -> tuple[tuple[T, ...], tuple[str, ...]]:
    """Return what `read` makes of the rows of `place`, objects all, and of each that it cannot read why not.

    >>> readable([{"id": "1"}, 7], lambda row: row["id"], "page 2")
    (('1',), ('page 2, row 2: is not an object',))
    """
    found, errors = [], []
    for number, row in enumerate(rows, 1):
        try:
            if not isinstance(row, Mapping):
                raise TypeError("is not an object")  # noqa: TRY301  (one way out)
            found.append(read(row))
        except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
            errors.append(f"{place}, row {number}: {error}")
    return tuple(found), tuple(errors)


def items(value: Any) -> list[Any]:
    """Return PHP's idea of a list: a list, or an object with numbers for keys; anything else is none."""
    if isinstance(value, Mapping):
        return list(value.values())
    return value if isinstance(value, list) else []


def status_of(word: str | None, known: Mapping[str, Status], profile: Profile) -> Status:
    """Return our word for a vendor's status: the profile's own mapping first, upper and lower case alike."""
    if word is None:
        return Status.UNKNOWN
    folded = word.casefold()
    mapped = {k.casefold(): v for k, v in profile.statuses.items()}
    return mapped.get(folded) or known.get(folded, Status.UNKNOWN)


def one_line(value: Any, *, longest: int = 500) -> str:
    """Return what a vendor says in whatever shape as one line of at most `longest` characters.

    >>> one_line({"0": "login_empty", "1": ["a", None, {"message": "b"}]})
    'login_empty; a; b'
    """
    said = redact("; ".join(_texts(value, levels=4)))  # before the cut, which would leave half a secret
    return said if len(said) <= longest else said[:longest] + "…"


def _texts(value: Any, *, levels: int) -> list[str]:
    if isinstance(value, Mapping | list):
        return [w for v in items(value)[:20] for w in _texts(v, levels=levels - 1)] if levels else ["…"]
    return [] if value is None or isinstance(value, bool) or not str(value).strip() else [as_text(value).strip()]
