"""The Qince emulator's queries: which rows a query_group asks for, in which order.

The vendor's operators are in an appendix that is not public. EQ, GT and LT are those that a client in production use
sends, with times as milliseconds since 1970 in text; the others are the emulator's own, and say nothing of what a real
account takes. Times are compared as instants. How several groups combine is not published; here all must be met.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import Any

from orderctl.sandbox.store import Document

OPERATORS: Mapping[str, Callable[[list[str], list[str]], bool]] = {
    "EQ": lambda have, asked: any(_same(h, a) for h in have or [""] for a in asked[:1]),
    "GE": lambda have, asked: any(_order(h, a) >= 0 for h in have for a in asked[:1]),
    "GT": lambda have, asked: any(_order(h, a) > 0 for h in have for a in asked[:1]),
    "IN": lambda have, asked: any(_same(h, a) for h in have for a in asked),
    "LE": lambda have, asked: any(_order(h, a) <= 0 for h in have for a in asked[:1]),
    "LT": lambda have, asked: any(_order(h, a) < 0 for h in have for a in asked[:1]),
    "LIKE": lambda have, asked: any(a in h for h in have for a in asked[:1]),
    "NE": lambda have, asked: not any(_same(h, a) for h in have for a in asked[:1]),
}
"""The operators: whether what a row has is what is asked for."""

LIVE = frozenset({"EQ", "GT", "LT"})
"""The operators that a client in production use sends."""

DOCUMENTED = frozenset(OPERATORS) - {"GT", "LT"}

TIMES = frozenset({"create_time", "modify_time"})

CHINA = timezone(timedelta(hours=8))

DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?: \d{2}:\d{2}(?::\d{2})?)?", re.ASCII)

MILLISECONDS = re.compile(r"\d{12,14}", re.ASCII)


class Failed(Exception):
    """The query is not one that can be answered."""


def count(value: Any) -> int:
    """Return a page or a number of rows, sent as a number or as its digits. Raises Failed."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not (text.isascii() and text.isdigit() and int(text[:9]) > 0):
        raise Failed
    return int(text[:9])


def conditions(groups: Any, kind: str = "own") -> list[tuple[str, list[tuple[str, str, list[str]]]]]:
    """Return the groups of a query: connector, and the key, operator and values of each filter. Raises Failed.

    `kind` says which are taken: `own` all, `live` those of LIVE, with times in milliseconds only, `strict` DOCUMENTED.
    """
    if not isinstance(groups, list):
        raise Failed
    found = [_group(group) for group in groups]
    allowed = {"live": LIVE, "strict": DOCUMENTED}.get(kind, frozenset(OPERATORS))
    for key, operator, values in (given for _, filters in found for given in filters):
        odd = kind == "live" and key in TIMES and not all(MILLISECONDS.fullmatch(value) for value in values)
        if operator not in allowed or odd:
            raise Failed
    return found


def sorting(sorts: Any) -> list[tuple[str, bool]]:
    """Return the keys to sort by and whether each descends; newest first without any. Raises Failed."""
    if not isinstance(sorts, list):
        raise Failed
    found = []
    for sort in sorts:
        key, way = (sort.get("field_key"), sort.get("type")) if isinstance(sort, Mapping) else (None, None)
        if not isinstance(key, str) or not 0 < len(key) <= 30 or way not in {"asc", "desc"}:
            raise Failed
        found.append((key, way == "desc"))
    return found or [("create_time", True)]


def meets(row: Document, groups: list[tuple[str, list[tuple[str, str, list[str]]]]]) -> bool:
    """Return whether a row meets every group."""
    return all(
        (all if connector == "AND" else any)(
            OPERATORS[operator](texts(row.get(key)), asked) for key, operator, asked in filters
        )
        for connector, filters in groups
    )


def arranged(rows: list[Document], sorts: list[tuple[str, bool]]) -> list[Document]:
    """Return the rows in order; rows without the key come first, as nulls do."""
    for key, descending in reversed(sorts):
        rows = sorted(rows, key=lambda row: _rank(texts(row.get(key))), reverse=descending)
    return rows


def texts(value: Any) -> list[str]:
    """Return what a filter compares: ids, codes and plain values."""
    if isinstance(value, list):
        return [text for inner in value for text in texts(inner)]
    if isinstance(value, Mapping):
        found = next((value[key] for key in ("id", "code", "value") if key in value), None)
        return [] if found is None else [str(found)]
    return [] if value is None else [str(value)]


def _group(group: Any) -> tuple[str, list[tuple[str, str, list[str]]]]:
    if not isinstance(group, Mapping) or group.get("connector") not in {"AND", "OR"}:
        raise Failed
    filters = group.get("filters")
    if not isinstance(filters, list) or not filters:
        raise Failed
    return group["connector"], [_filter(given) for given in filters]


def _filter(given: Any) -> tuple[str, str, list[str]]:
    if not isinstance(given, Mapping):
        raise Failed
    key, operator, values = (given.get(name) for name in ("field_key", "operator", "field_values"))
    if not isinstance(key, str) or not 0 < len(key) <= 32 or operator not in OPERATORS or not isinstance(values, list):
        raise Failed
    return key, str(operator), [str(value) for value in values]


def _number(text: str) -> Decimal | None:
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _instants(have: str, asked: str) -> tuple[Decimal, Decimal] | None:
    """Return a row's time and the one asked for in milliseconds since 1970; None where they are none."""
    if not DATE.fullmatch(have) or not (DATE.fullmatch(asked) or MILLISECONDS.fullmatch(asked)):
        return None
    try:
        left, right = (
            Decimal(text) if MILLISECONDS.fullmatch(text) else Decimal(milliseconds(text)) for text in (have, asked)
        )
    except ValueError:
        return None
    return left, right


def is_word(values: list[str]) -> bool:
    """Return whether a value is only ever equal to itself: neither empty nor a number, a time or half a character."""
    text = "".join(values)
    odd = any("\ud800" <= character <= "\udfff" for character in text)
    return bool(text) and not odd and _number(text) is None and not DATE.fullmatch(text)


def milliseconds(text: str) -> int:
    """Return a date or time of China's clock in milliseconds since 1970. Raises ValueError."""
    return int(_moment(text).timestamp()) * 1000


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


def _same(have: str, asked: str) -> bool:
    instants = _instants(have, asked)
    if instants:
        return instants[0] == instants[1]
    return have == asked or (_number(have) is not None and _number(have) == _number(asked))


def _order(have: str, asked: str) -> int:
    left, right = _instants(have, asked) or (_number(have), _number(asked))
    if left is not None and right is not None:
        return (left > right) - (left < right)
    return (have > asked) - (have < asked)


def _rank(found: list[str]) -> tuple[int, Decimal, str]:
    if not found:
        return 0, Decimal(0), ""
    amount = _number(found[0])
    return (1, amount, "") if amount is not None else (2, Decimal(0), found[0])
