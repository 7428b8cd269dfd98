"""What says who a customer is, and how it is masked in what others may read: a trace, the journal's views, a bundle.

Which values are personal follows from the names that they have: the model's (`model.PERSONAL`), those of a vendor's
fields, and for a name that no table of the vendor has, what others call the model's words. What a personal field holds
is masked wherever else it shows, so that a message that quotes it does not give it away.
"""

import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, TypeGuard
from urllib.parse import quote, quote_plus

from orderctl.model import PERSONAL
from orderctl.redaction import HIDDEN
from orderctl.words import CUSTOMER_WORDS, fold, part_of, synonym_of

MASKED = "[masked]"

MAX_VALUES = 2_000
"""So many values are remembered; of more, the newest."""

MAX_PHONES = 50
"""So many of them, the newest, are looked for however their digits are grouped."""

PHONE_DIGITS = 7
"""Digits and signs with so many digits are looked for however they are grouped."""

GROUPED = r"[ ().-]{0,3}"
"""What may be between two digits of a phone number, as a regular expression."""

HOLDERS = frozenset({"customer", "customer_name"})
"""The words whose names, such as `customer` or `contacts`, hold an object that is a person."""

NAMED = ("column", "field_key", "id", "key", "label", "name", "title")
"""Where an object such as {"key": "email", "value": …} has the name of its value."""

VALUES = frozenset({"fieldvalues", "value"})
"""What the value is called there, folded."""

_WORDS = {fold(name): name for name in CUSTOMER_WORDS}
"""The model's own words for a customer, folded."""


class Mask:
    """Masks personal data, and remembers what it masked.

    `fields` are a vendor's names, each with whether it is personal, None where only a form of the account's own tells;
    one that ends in `{key}` is all that begin so. What is in a form is masked unless its title is known to be harmless.
    """

    def __init__(self, fields: Iterable[tuple[str, bool | None]] = ()) -> None:
        self._known: dict[str, bool] = {}
        heads: dict[bool | None, list[str]] = {True: [], None: [], False: []}
        for name, personal in fields:
            head, free, _ = name.lower().partition("{")
            if free:
                heads[personal].append(head or "\0")
            else:
                self._known[head] = self._known.get(head, False) or bool(personal)
        self._prefixes, self._forms = tuple(heads[True]), tuple(heads[None])
        self._values: dict[str, frozenset[str]] = {}

    def member(self, name: str, value: Any, holder: Mapping[str, Any] | None = None, within: str = "") -> Any:
        """Return the value that `holder`, the object under the name `within`, has under a name: masked if personal."""
        if self._is_personal(name, value, holder, within):
            return self._masked(value)
        if self._is_of_a_form(name, value, holder):
            return self._masked(value, learn=False)  # which may be anything, and short
        return self.document(value, name)

    def document(self, value: Any, within: str = "") -> Any:
        """Return a JSON value with all that is personal in it masked; one that is itself JSON in a text, too."""
        if isinstance(value, Mapping):
            self._learn_form(value)
            return {name: self.member(name, inner, value, within) for name, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.document(inner, within) for inner in value]
        if isinstance(value, str) and value.lstrip()[:1] in {"{", "["}:
            try:
                found = read_exact(value)
            except (ValueError, RecursionError):
                return value
            safe = self.document(found, within)
            return value if safe == found else write_exact(safe)
        return value

    def whole(self, value: Any) -> Any:
        """Return a JSON value masked by name, and every text in it by what is known or looks like an email address."""
        known = len(self._known)
        found = self.document(value)
        if len(self._known) > known:  # a form's design, which may follow its values
            found = self.document(value)
        patterns = [*self._patterns(json.dumps(found, ensure_ascii=False)), _EMAIL]
        return _replaced(found, patterns)

    def text(self, text: str, *, emails: bool = False) -> str:
        """Return a text with every value that is known to be personal masked, plain or escaped.

        Of one word the capitals count: Bill is a customer, and a bill is none. What is an email address by its looks
        is masked, too, where `emails` says so.
        """
        for pattern in self._patterns(text):
            text = pattern.sub(MASKED, text)
        return _EMAIL.sub(MASKED, text) if emails else text

    def _patterns(self, text: str) -> list["re.Pattern[str]"]:
        """Return what matches the known values that show in a text, the longest first."""
        folded = text.casefold()
        phones = [value for value in self._values if _is_phone(value)][-MAX_PHONES:]
        found = {value for value, forms in self._values.items() if any(form in folded for form in forms)}
        found |= {phone for phone in phones if _pattern(phone).search(text)}
        return [_pattern(value) for value in sorted(found, key=len, reverse=True)]

    def _is_personal(self, name: str, value: Any, holder: Mapping[str, Any] | None, within: str) -> bool:
        """Return whether a name says that its value is personal; what a vendor's table says goes before a guess."""
        folded, declared = fold(name), self._known.get(name.lower())
        if declared or name.lower().startswith(self._prefixes):
            return True
        if folded in PERSONAL and _word(_one(within)) in HOLDERS:
            return True
        if folded in VALUES and holder is not None:
            names = (holder.get(key) for key in NAMED)
            return any(_is_text(given) and self._is_personal(given, value, None, "") for given in names)
        if declared is None and folded == "name":  # that of a product, or of somebody who has an email beside it
            return any(_word(other) in {"email", "phone"} for other in holder or ())
        word = CUSTOMER_WORDS.get(_word(name))
        if word == "name" or (folded.endswith("name") and _word(folded[:-4]) in HOLDERS):
            return declared is None and (not isinstance(value, str) or any(map(str.isalpha, value)))  # no id
        inside = any(word in folded for word in PERSONAL - {"name"}) and not folded.endswith("id")
        return word in PERSONAL or inside or bool(part_of(name))

    def _is_of_a_form(self, name: str, value: Any, holder: Mapping[str, Any] | None) -> bool:
        """Return whether a value is in a form's field of which nobody knows what it is. A number may be a quantity."""
        if fold(name) in VALUES and holder is not None:
            return any(self._is_of_a_form(given, value, None) for given in map(holder.get, NAMED) if _is_text(given))
        if not name.lower().startswith(self._forms) or name.lower() in self._known:
            return False
        return not (str(value).replace(".", "", 1).isdecimal() and len(str(value)) < PHONE_DIGITS) and not _title(value)

    def _masked(self, value: Any, *, learn: bool = True) -> Any:
        """Return a personal value masked, and remember it; the ids inside an object stay, and what is empty."""
        if isinstance(value, Mapping):
            return {
                name: inner if fold(name) in {"id", "code"} else self._masked(inner, learn=learn)
                for name, inner in value.items()
            }
        if isinstance(value, list | tuple):
            return [self._masked(inner, learn=learn) for inner in value]
        if value in (None, "", HIDDEN, MASKED) or isinstance(value, bool):
            return value
        if learn:
            self._learn(str(value))
        return MASKED

    def _learn(self, value: str) -> None:
        """Remember a value that tells somebody apart; a short number may be anything."""
        value = value.strip()
        least = 6 if value.isdecimal() else 3 if value.isascii() else 2
        if len(value) < least:
            return
        forms = self._values.pop(value, None) or frozenset(form.casefold() for form in _forms(value))
        self._values[value] = forms  # the newest is the last
        if len(self._values) > MAX_VALUES:
            del self._values[next(iter(self._values))]

    def _learn_form(self, item: Mapping[str, Any]) -> None:
        """Remember what a form's field is by its title, as OMFlow's design or its sample of a call shows it."""
        name, config = item.get("id"), item.get("config")
        title = config.get("title") if isinstance(config, Mapping) else _title(item.get("value"))
        word = _word(title) if _is_text(title) else ""
        if not _is_text(name) or not _is_text(title):
            return
        if self._is_personal(title, title, None, "") or word in HOLDERS or fold(title) == "name":
            self._known[name.lower()] = True
        elif word:
            self._known[name.lower()] = False


def read_exact(text: str) -> Any:
    """Return a JSON value for `write_exact`, which keeps every digit of its numbers. Raises ValueError, RecursionError.

    >>> write_exact(read_exact('{"sum": 1.50}'))
    '{"sum": 1.50}'
    """
    return json.loads(text, parse_float=_NUMBER.__add__)


def write_exact(value: Any) -> str:
    """Return what `read_exact` has read as JSON text."""
    return _WRITTEN.sub(r"\1", json.dumps(value, ensure_ascii=False))


_NUMBER = "\0"
"""What marks the text of a number."""

_EMAIL = re.compile(r"[\w.+-]{1,64}(?:@|%40)[\w-]{1,63}(?:\.[\w-]{1,63})+", re.IGNORECASE)

_WRITTEN = re.compile(r'"\\u0000(-?[0-9.eE+-]+)"')


def _word(name: str) -> str:
    """Return the word of ours that a name means, "" where it means none."""
    return _WORDS.get(fold(name)) or synonym_of(name)


def _is_text(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and bool(value)


def _title(value: Any) -> str:
    """Return the title that a sample of a call has in the place of a value: <Item>, [<Options>,...]; "" for none."""
    found = re.match(r"\[?<(.+?)>", value) if isinstance(value, str) else None
    return found[1] if found else ""


def _one(name: str) -> str:
    """Return a name as it is for one of many: contacts is contact."""
    return name[:-1] if name[-1:] in {"s", "S"} else name


def _is_phone(value: str) -> bool:
    return sum(map(str.isdecimal, value)) >= PHONE_DIGITS and not any(map(str.isalpha, value))


def _replaced(value: Any, patterns: list["re.Pattern[str]"]) -> Any:
    """Return a JSON value in whose texts all that matches is masked."""
    if isinstance(value, dict):
        return {name: _replaced(inner, patterns) for name, inner in value.items()}
    if isinstance(value, list):
        return [_replaced(inner, patterns) for inner in value]
    if isinstance(value, str):
        for pattern in patterns:
            value = pattern.sub(MASKED, value)
    return value


def _forms(value: str) -> set[str]:
    """Return a value as it is, and as urls, JSON, HTML and XML have it."""
    from html import escape  # noqa: PLC0415  (few texts are masked)

    written = {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    raw = value.encode("utf-8", "surrogatepass")
    entities = escape(value).encode("ascii", "xmlcharrefreplace").decode("ascii")
    entities_16 = "".join([c if c.isascii() else f"&#x{ord(c):x};" for c in escape(value)])
    return {value, quote(raw, safe=""), quote(raw), quote_plus(raw), escape(value), entities, entities_16, *written}


@lru_cache(maxsize=MAX_VALUES)
def _pattern(value: str) -> "re.Pattern[str]":
    """Return what matches a value in any of its forms as a word of its own, a phone however it is grouped."""
    forms = [_alone(form) for form in sorted(_forms(value), key=len, reverse=True)]
    if _is_phone(value):
        digits = GROUPED.join([digit for digit in value if digit.isdecimal()])
        forms.append(rf"\+?(?<!\d){digits}(?!\d)")
    return re.compile("|".join(forms), 0 if value.isalpha() else re.IGNORECASE)


def _alone(form: str) -> str:
    """Return a regular expression for a text that is not part of a longer word, where its writing parts words."""
    plain = re.escape(form)
    if not form.isascii():
        return plain
    before = r"(?:(?<![^\W_])|(?<=%[0-9A-Fa-f]{2})|(?<=\\[nrt]))" if form[0].isalnum() else ""
    after = r"(?![^\W_])" if form[-1].isalnum() else ""
    return f"{before}{plain}{after}"
