"""JSON as text that a terminal may show: real characters, but nothing hidden and nothing that cannot be encoded."""

import json
from typing import Any

from orderctl.output.text import JOINERS, escaped
from orderctl.output.values import other

_compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=other).encode
_pretty = json.JSONEncoder(ensure_ascii=False, indent=2, default=other).encode


def compact(value: Any) -> str:
    """Return a value as JSON on one line."""
    text = _compact(value)
    return text if text.isprintable() else escaped(text, _unicode)


def pretty(value: Any) -> str:
    """Return a value as JSON on many lines, two spaces a level."""
    return escaped(_pretty(value), _unicode, keep=JOINERS + "\n")


def _unicode(char: str) -> str:
    code = ord(char)
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
