"""JSON as people write it, read strictly: Decimals with all their digits, no NaN, no key twice, one line on failure."""

import base64
import datetime as dt
import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from orderctl.drafts.values import shown

MAX_DIGITS = 40
"""How many digits a number may have; as in orderctl.backend.fields.parse_decimal."""


class NotNumber:
    """A number that no order needs (NaN, 5,000 digits), kept until its place in the draft is known; `str` names it."""

    def __init__(self, literal: str) -> None:
        self.literal = literal

    def __str__(self) -> str:
        """Say what it is, in few words."""
        return self.literal if self.literal.strip("-").isalpha() else f"a number of {len(self.literal):,} characters"


def loads(text: str) -> Any:
    """Return a JSON value; bad numbers in it are NotNumber. Raises ValueError, its text one line."""
    try:
        return _READER.decode(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"is not JSON: {why(error)} (line {error.lineno}, column {error.colno})") from None
    except RecursionError:
        raise ValueError("is nested too deeply") from None


def dumps(value: Any, *, indent: bool = False, margin: str = "\n") -> str:
    """Return JSON in which a Decimal keeps its digits; bytes become base64, dates and times text."""
    inner = margin + "  " if indent else ""
    if isinstance(value, Mapping):
        parts = [f"{dumps(str(k))}: {dumps(v, indent=indent, margin=inner)}" for k, v in value.items()]
        return _joined("{}", parts, inner, margin if indent else "")
    if isinstance(value, list | tuple):
        return _joined("[]", [dumps(v, indent=indent, margin=inner) for v in value], inner, margin if indent else "")
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bytes):
        return json.dumps(base64.b64encode(value).decode("ascii"))
    if isinstance(value, dt.date):
        return json.dumps(moment_text(value))
    return json.dumps(value, ensure_ascii=False)


def moment_text(moment: dt.date) -> str:
    """Return a date or time as RFC 3339 text, UTC as Z."""
    return moment.isoformat().replace("+00:00", "Z")


def why(error: json.JSONDecodeError) -> str:
    """Return the reason of a failure, in lower case and without its place."""
    reason = error.msg[:1].lower() + error.msg[1:]
    return reason.removesuffix(" at").removesuffix(" starting")


def _joined(ends: str, parts: list[str], inner: str, margin: str) -> str:
    if not parts:
        return ends
    comma = "," if inner else ", "
    return ends[0] + inner + (comma + inner).join(parts) + margin + ends[1]


def _integer(literal: str) -> int | NotNumber:
    return int(literal) if len(literal) <= MAX_DIGITS else NotNumber(literal)


def _decimal(literal: str) -> Decimal | NotNumber:
    if len(literal) > 2 * MAX_DIGITS:
        return NotNumber(literal)
    try:
        number = Decimal(literal)
    except InvalidOperation:  # an exponent of twenty digits
        return NotNumber(literal)
    return number if abs(number.adjusted()) <= MAX_DIGITS else NotNumber(literal)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; a key given twice is refused, but for those that a rejects file adds in front each time."""
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen and key != "reason" and not (key == "code" and pairs[0][0] == "reason"):
                raise ValueError(f"has the key {shown(key)} twice")
            seen.add(key)
    return found


_READER = json.JSONDecoder(parse_float=_decimal, parse_int=_integer, parse_constant=NotNumber, object_pairs_hook=_once)
