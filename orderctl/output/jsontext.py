"""JSON as text that a terminal may show: real characters, but nothing hidden and nothing that cannot be encoded."""

import json
from collections.abc import Callable
from typing import Any

from orderctl.output.text import JOINERS, escaped
from orderctl.output.values import other

_compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=other).encode
_pretty = json.JSONEncoder(ensure_ascii=False, indent=2, default=other).encode


def compact(value: Any) -> str:
    """Return a value as JSON on one line."""
    text = _compact(value)
    return text if text.isprintable() else escaped(text, _unicode)


LONG = 1000
"""After so many documents of a list the rest are written by pydantic-core, in half the time: its import has to pay."""

_MAY_HIDE = bytes.fromhex("7f c2 d8 db dc e0 e1 e2 ef f0 f3")
"""The first bytes of all characters in UTF-8 that a terminal must not be shown."""


def of_a_list() -> Callable[[Any], str]:
    """Return `compact` for the documents of a list. What is written is the same, faster where there are many."""
    encode: Callable[[Any], str] = compact
    left = LONG

    def text(value: Any) -> str:
        nonlocal encode, left
        left -= 1
        if left == 0:
            encode = _fast()
        return encode(value)

    return text


def _fast() -> Callable[[Any], str]:
    import re  # noqa: PLC0415  (long lists only)

    from pydantic_core import PydanticSerializationError, to_json  # noqa: PLC0415  (long lists only)

    maybe_decimal = re.compile(rb'E[+-][0-9]+"').search  # one that would be written with an exponent

    def text(value: Any) -> str:
        try:
            body = to_json(value)
        except PydanticSerializationError:  # half a character, or hundreds of levels
            return compact(value)
        if maybe_decimal(body):
            return compact(value)
        found = body.decode()
        if len(body.translate(None, _MAY_HIDE)) == len(body) or found.isprintable():
            return found
        return escaped(found, _unicode)

    return text


def pretty(value: Any) -> str:
    """Return a value as JSON on many lines, two spaces a level."""
    return escaped(_pretty(value), _unicode, keep=JOINERS + "\n")


def _unicode(char: str) -> str:
    code = ord(char)
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
