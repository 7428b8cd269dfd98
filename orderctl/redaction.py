"""What may never leave the process: every secret that was read, in every form in which it could show.

A secret is hidden by value (plain, base64, hex, and with any of its characters escaped as in JSON, HTML, XML or a url)
wherever text leaves, and by field in what we write about requests. Values under 8 characters and the word `sandbox`
are hidden by field only: hiding them by value would blacken innocent text.
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

SLASHES = r"\\\\{0,15}"
"""The backslashes before an escaped character, as a regular expression: every JSON document around it doubles them."""

SIGNS = {"\b": "b", "\t": "t", "\n": "n", "\f": "f", "\r": "r", '"': '"', "'": "'", "/": "/"}
"""Characters that have a short escape, with what follows its backslash."""

FIELDS = frozenset({"authorization", "cookie", "proxy-authorization", "set-cookie"})
"""Header and field names that are secret for every vendor, lower case."""


class Redactor:
    """Knows the secrets of this run. One per process: `hide` and `redact` below."""

    def __init__(self) -> None:
        self._fields = set(FIELDS)
        self._escaped: dict[str, re.Pattern[str]] = {}
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
        if self._values and _has_escapes(text):
            whole = any("\n" in value for value in self._values)
            lines = [text] if whole else text.split("\n")  # only those with an escape are searched: it takes its time
            text = "\n".join([self._unescaped(line) if _has_escapes(line) else line for line in lines])
        for pattern, shown in self._shapes.values():
            text = pattern.sub(shown, text)
        return text

    def _unescaped(self, text: str) -> str:
        """Return the text without the secrets that it holds with any of their characters escaped."""
        for value in sorted(self._values, key=len, reverse=True):
            text = self._pattern(value).sub(HIDDEN, text)
        return text

    def _pattern(self, value: str) -> "re.Pattern[str]":
        """Return what matches a secret with any of its characters escaped, made at the first text with an escape."""
        if value not in self._escaped:
            import re  # noqa: PLC0415  (few texts have an escape)

            self._escaped[value] = re.compile(_escapes(value))
        return self._escaped[value]


def _has_escapes(text: str) -> bool:
    return "&" in text or "\\" in text or "%" in text


def _forms(value: str) -> set[str]:
    raw = value.encode("utf-8", "surrogatepass")
    found = {value, quote(raw, safe=""), quote(raw), quote_plus(raw), quote(quote(raw, safe=""), safe="")}
    found |= {_lower_escapes(f) for f in found if "%" in f}
    found |= {raw.hex(), raw.hex().upper(), repr(value)[1:-1], value.replace('"', '""')}
    escaped = {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    found |= escaped | {e.replace("/", "\\/") for e in escaped}
    for lead in range(3):
        encoded = base64.b64encode(b"\0" * lead + raw).decode("ascii")
        start = (lead * 8 + 5) // 6
        whole = (lead + len(raw)) * 8 // 6
        found |= {encoded[start:whole], base64.urlsafe_b64encode(b"\0" * lead + raw).decode("ascii")[start:whole]}
    return {f for f in found if len(f) >= SHORTEST - 2}


def _escapes(value: str) -> str:
    r"""Return a regular expression for a text, each character as it is or as HTML, XML, JSON, Python or urls escape it.

    Entities are named, decimal or hexadecimal with any number of zeros; an escape may be escaped again.
    """
    from html.entities import html5  # noqa: PLC0415  (few texts have an escape)

    names: dict[str, list[str]] = {}
    for name, character in html5.items():
        if character in value and name.endswith(";"):
            names.setdefault(character, []).append(name[:-1])
    forms = {character: _any_form(character, names.get(character, [])) for character in set(value)}
    return "".join([forms[character] for character in value])


def _any_form(character: str, names: list[str]) -> str:
    """Return a regular expression for one character; `names` are those of its entities."""
    from re import escape  # noqa: PLC0415  (few texts have an escape)

    code = ord(character)
    units = character.encode("utf-16-be", "surrogatepass").hex()
    octets = character.encode("utf-8", "surrogatepass").hex()
    entity = "|".join([*names, f"#0*{code}", f"#[xX]0*{_any_case(f'{code:x}')}"])
    json_escape = "".join([f"{SLASHES}u{_any_case(units[n : n + 4])}" for n in range(0, len(units), 4)])
    forms = [
        f"&(?:amp;)*(?:{entity});?",
        f"{SLASHES}(?:x|u00|U000000){_any_case(f'{code:02x}')}" if code < 0x100 else json_escape,
        "".join([f"%(?:25)*{_any_case(octets[n : n + 2])}" for n in range(0, len(octets), 2)]),
        {'"': '""?', "\\": SLASHES, " ": "[ +]"}.get(character, escape(character)),
    ]
    if character in SIGNS:
        forms.insert(0, SLASHES + escape(SIGNS[character]))
    if code > 0xFFFF:
        forms.insert(0, f"{SLASHES}U{_any_case(f'{code:08x}')}")
    return f"(?:{'|'.join(forms)})"


def _any_case(digits: str) -> str:
    return "".join([digit if digit.isdecimal() else f"[{digit}{digit.upper()}]" for digit in digits])


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
