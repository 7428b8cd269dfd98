"""Decimals, times and vendors' own JSON as plain JSON values that lose no digit."""

import math
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from orderctl.model import Moment

MAX_DIGITS = 1000
"""A number of more digits than this keeps its exponent: 1E+999999999 must not become a gigabyte of zeros."""


PLAIN = frozenset({bool, int, str, type(None)})
"""What is in JSON as it is here."""

TEXT = frozenset({str})


def decimal_text(number: Decimal) -> str:
    """Return a number as decimal text, every digit kept and no exponent."""
    text = str(number)
    if "E" in text and abs(number.adjusted()) < MAX_DIGITS:
        return format(number, "f")
    return text


def moment_text(moment: Moment) -> str:
    """Return a time as RFC 3339 in UTC, ending in Z; a date as YYYY-MM-DD."""
    if isinstance(moment, datetime):
        if moment.tzinfo is not UTC:
            moment = moment.astimezone(UTC)
        return moment.isoformat()[:-6] + "Z"
    return moment.isoformat()


def plain(value: Any) -> Any:
    """Return a value that JSON knows: Decimals and times as text, mappings as objects, sequences and sets as lists."""
    kind = type(value)
    if kind in PLAIN:
        return value
    if kind is dict:
        if not TEXT.issuperset(map(type, value)):
            value = {str(key): item for key, item in value.items()}
        if PLAIN.issuperset(map(type, value.values())):
            return value
        odd = {key: plain(item) for key, item in value.items() if type(item) not in PLAIN}
        return {**value, **odd}
    if kind is list or kind is tuple:
        return [plain(item) for item in value]
    return other(value)


def other(value: Any) -> Any:
    """Return a value as plain JSON; a JSON encoder calls it for what it does not know."""
    if isinstance(value, Decimal):
        return decimal_text(value)
    if isinstance(value, date):
        return moment_text(value)
    if isinstance(value, Mapping):
        return plain(dict(value))
    if isinstance(value, frozenset | set | tuple | list):
        return plain(sorted(value, key=str) if isinstance(value, frozenset | set) else list(value))
    if isinstance(value, int | float):
        return value if math.isfinite(value) else str(value)
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes | bytearray) else str(value)
