"""What may never leave the process: every secret that was read, in every form in which it could show.

A secret is hidden by value (plain, url-encoded, base64, hex, JSON- or HTML-escaped) wherever text leaves, and by field
in what we write about requests. Values under 8 characters and the word `sandbox` are hidden by field only: hiding
them by value would blacken innocent text.
"""

import base64
import json
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    import re

HIDDEN = "***"
SHORTEST = 8
PASSING = 16
"""How many values are hidden of those that are made anew for every call."""

FIELDS = frozenset({"authorization", "cookie", "proxy-authorization", "set-cookie"})
"""Header and field names that are secret for every vendor, lower case."""


class Redactor:
    """Knows the secrets of this run. One per process: `hide` and `redact` below."""

    def __init__(self) -> None:
        self._fields = set(FIELDS)
        self._forms: tuple[str, ...] = ()
        self._passing: tuple[str, ...] = ()
        self._shapes: dict[str, tuple[re.Pattern[str], str]] = {}
        self._values: set[str] = set()

    def hide(self, name: str, value: str) -> None:
        """Hide a field of that name, and its value wherever it shows."""
        self._fields.add(name.lower())
        if len(value) >= SHORTEST and value.lower() != "sandbox" and value not in self._values:
            self._values.add(value)
            self._forms = tuple(sorted({*self._forms, *_forms(value)}, key=len, reverse=True))

    def hide_passing(self, name: str, value: str) -> None:
        """Hide a field of that name, and the last of its values in lower and upper case: one of every call's own."""
        self._fields.add(name.lower())
        self._passing = (*self._passing, value.lower(), value.upper())[-2 * PASSING :]

    def hide_shape(self, pattern: str, shown: str) -> None:
        """Show whatever matches the regular expression as `shown`: secrets by their place, such as a signed path's."""
        import re  # noqa: PLC0415  (few vendors have any)

        self._shapes[pattern] = re.compile(pattern), shown

    def is_secret(self, name: str) -> bool:
        """Return whether a field, header or parameter of that name is hidden."""
        return name.lower() in self._fields

    def redact(self, text: str) -> str:
        """Return the text with every form of every secret's value replaced by ***."""
        for form in (*self._passing, *self._forms):
            if form in text:
                text = text.replace(form, HIDDEN)
        for pattern, shown in self._shapes.values():
            text = pattern.sub(shown, text)
        return text


def _forms(value: str) -> set[str]:
    raw = value.encode("utf-8", "surrogatepass")
    found = {value, quote(raw, safe=""), quote(raw), quote_plus(raw), quote(quote(raw, safe=""), safe="")}
    found |= {_lower_escapes(f) for f in found if "%" in f}
    found |= {raw.hex(), raw.hex().upper(), repr(value)[1:-1], _entities(value), value.replace('"', '""')}
    escaped = {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    found |= escaped | {e.replace("/", "\\/") for e in escaped}
    for lead in range(3):
        encoded = base64.b64encode(b"\0" * lead + raw).decode("ascii")
        start = (lead * 8 + 5) // 6
        whole = (lead + len(raw)) * 8 // 6
        found |= {encoded[start:whole], base64.urlsafe_b64encode(b"\0" * lead + raw).decode("ascii")[start:whole]}
    return {f for f in found if len(f) >= SHORTEST - 2}


def _entities(text: str) -> str:
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#x27;")):
        text = text.replace(character, entity)
    return text


def _lower_escapes(text: str) -> str:
    parts = text.split("%")
    return parts[0] + "".join(f"%{p[:2].lower()}{p[2:]}" for p in parts[1:])


SECRETS = Redactor()
"""The run's redactor: a secret is hidden from the moment it was read, whoever read it."""

hide = SECRETS.hide
hide_passing = SECRETS.hide_passing
hide_shape = SECRETS.hide_shape
is_secret = SECRETS.is_secret
redact = SECRETS.redact
