"""From common words and a vendor's own field names to the values that its calls take, checked against its tables."""

import base64
import binascii
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from operator import attrgetter
from typing import Any

from orderctl.backend.vendor import Field, Kind
from orderctl.errors import Problem, UsageError
from orderctl.frozen import dataclass, field
from orderctl.model import NOTHING, Moment, Move, OrderChange, OrderDraft, Query, Setting
from orderctl.words import LINE_WORDS, OPTIONS

TRUE = frozenset({"1", "true", "yes"})
FALSE = frozenset({"0", "false", "no"})

_READ = tuple((word, attrgetter(word)) for word in OPTIONS)
"""What reads each word of a draft."""

UNSUPPORTED = "this vendor does not support it"
"""The problem of a word that no field is for."""

MAX_FOUND = 1_000
"""How many names are remembered for the fields of a call."""


class Table(tuple[Field, ...]):  # noqa: SLOT001  (a tuple, and what was found out of it)
    """The fields of a call, sorted once for all orders.

    `by_word` are those that a common word fills, `needed` those that a caller has to give, `found` what `resolve` found
    for a name.
    """

    def __init__(self, fields: Iterable[Field]) -> None:
        super().__init__()
        self.by_word = {f.word: f for f in fields if f.word}
        self.needed = tuple(f for f in fields if f.required and not f.reserved and f.word != "reference")
        self.found: dict[str, tuple[Field, str] | None] = {}


def tables(fields: Mapping[str, tuple[Field, ...]]) -> Mapping[str, Table]:
    """Return the fields of each call as a table."""
    return {call: Table(given) for call, given in fields.items()}


def _table(fields: Sequence[Field]) -> Table:
    return fields if isinstance(fields, Table) else Table(fields)


@dataclass()
class Encoded:
    """A draft in a vendor's own names: `values` of the order, one mapping a line, and what is wrong with it."""

    values: dict[str, Any] = field(default_factory=dict)
    lines: list[dict[str, Any]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def translate(
    draft: OrderDraft,
    *,
    order: Sequence[Field],
    line: Sequence[Field] = (),
    elsewhere: Sequence[Field] = (),
    instead: Mapping[str, str] = NOTHING,
    zone: dt.tzinfo,
) -> Encoded:
    """Return the draft in the vendor's names, every problem noted.

    Values are text, int digits as text, Decimal, bool, Moment, or a list of text. A common word without a place
    in `order` is a problem, never dropped, and so is a required field that is not given. `elsewhere` are fields of
    another call, so that a refusal can say so; `instead` says what to do for an option ("line name" for a line's word)
    without a place. `zone` reads times that have none.
    """
    result = Encoded()
    words = word_values(draft)
    put = FieldWriter(result, draft.row, zone, elsewhere, instead)
    order, line = _table(order), _table(line)
    by_word, by_line_word = order.by_word, line.by_word
    renamed = {"reference": "--set reference"} if isinstance(draft, OrderChange) else {}
    for word, value in words.items():
        place = renamed.get(word, OPTIONS[word])
        if word in by_word:
            put.value(result.values, by_word[word], place, value)
        elif f"order.{word}" not in by_line_word:
            put.no_place(place, word)
    put.settings(result.values, order, draft.set, "--set")
    put.missing({**result.values, "--line": draft.lines}, order)
    if draft.lines and not line:
        put.no_place("--line", "line")
        return result
    inherited = {f.name: words[f.word[6:]] for f in line if f.word.startswith("order.") and f.word[6:] in words}
    for number, given in enumerate(draft.lines, 1):
        place = f"line {number}"
        values: dict[str, Any] = {}
        for word in LINE_WORDS:
            value = getattr(given, word)
            if value is None:
                continue
            if word in by_line_word:
                put.value(values, by_line_word[word], f"{place} {word}", value)
            else:
                put.no_place(f"{place} {word}", word)
        put.settings(values, line, given.set, place)
        if "id" not in values:  # a line that exists has what it needs
            put.missing(values, line, place)
        result.lines.append({**inherited, **values})
    return result


def word_values(draft: OrderDraft) -> dict[str, Any]:
    """Return the common words that a draft fills, with their values."""
    found: dict[str, Any] = {}
    for word, read in _READ:
        value = read(draft)
        if value is not None:
            found[word] = value
    return found


def resolve(fields: Sequence[Field], name: str) -> tuple[Field, str] | None:
    """Return the field that `name` means and the name to send for it, or None where there is no such field."""
    if not isinstance(fields, Table):
        return _resolved(fields, name)
    try:
        return fields.found[name]
    except KeyError:
        found = _resolved(fields, name)
        if len(fields.found) < MAX_FOUND:
            fields.found[name] = found
        return found


def _resolved(fields: Sequence[Field], name: str) -> tuple[Field, str] | None:
    for spec in fields:
        if not (spec.prefix or spec.suffix) and (name == spec.name or name in spec.aliases):
            return spec, spec.name
    folded = name.casefold()
    for spec in fields:
        if not (spec.prefix or spec.suffix) and folded in (spec.name.casefold(), *(a.casefold() for a in spec.aliases)):
            return spec, spec.name
    for spec in fields:
        for prefix in (spec.prefix, *(a.partition("{")[0] for a in spec.aliases)):
            if spec.prefix and prefix and name.startswith(prefix) and len(name) > len(prefix):
                return spec, spec.prefix + name[len(prefix) :]
        if spec.suffix and name.endswith(spec.suffix) and len(name) > len(spec.suffix):
            return spec, name
    return None


def settings(
    fields: Sequence[Field], given: Mapping[str, Setting], *, place: str = "--set", zone: dt.tzinfo
) -> tuple[dict[str, Any], list[Problem]]:
    """Return the values of a vendor's own fields by the names to send, and what is wrong with them."""
    result = Encoded()
    FieldWriter(result, None, zone).settings(result.values, fields, given, place)
    return result.values, result.problems


def translate_query(
    query: Query, fields: Sequence[Field], *, vendor: str, zone: dt.tzinfo, words: Mapping[str, Any] = NOTHING
) -> tuple[dict[str, Any], list[Problem]]:
    """Return what a list asks for by the names to send, for a vendor that compares for equality only.

    That is --where KEY=VALUE, --set KEY=VALUE and the common words that have a field, with the values of `words` where
    the vendor's differ from the query's.
    """
    where = {key: Setting(value=given[0] if given else "") for key, (_, given) in query.where.items()}
    values, problems = settings(fields, where, place="--where", zone=zone)
    more, wrong = settings(fields, query.set, zone=zone)
    problems += wrong
    for key, (operator, given) in query.where.items():
        if operator or len(given) != 1:
            problems.append(Problem(f"--where {key}", f"{vendor} compares for equality only: KEY=VALUE"))
    ours = {f.name: words.get(f.word, getattr(query, f.word)) for f in fields if f.word}
    for name, value in (*ours.items(), *more.items()):
        if value is not None and values.setdefault(name, value) != value:
            problems.append(Problem(name, "is given twice, with different values"))
    return values, problems


def translate_move(
    move: Move, fields: Sequence[Field], *, instead: str, zone: dt.tzinfo
) -> tuple[dict[str, Any], list[Problem]]:
    """Return what a push asks for by the names to send; of a word without a field, `instead` says what to do."""
    result = Encoded()
    put = FieldWriter(result, None, zone)
    put.settings(result.values, fields, move.set, "--set")
    by_word = {f.word: f for f in fields if f.word}
    for word in ("to", "step", "by"):
        value = getattr(move, word)
        if value is not None and word in by_word:
            put.value(result.values, by_word[word], f"--{word}", value)
        elif value is not None:
            put.problem(f"--{word}", instead)
    return result.values, result.problems


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a phrase that names what was probably meant: "did you mean 'a'?", or the known names where few."""
    names = sorted(known)
    folded = {n.casefold(): n for n in names}
    close = [folded[m] for m in get_close_matches(name.casefold(), folded, n=3, cutoff=0.6)]
    if close:
        return "did you mean " + " or ".join(repr(c) for c in close) + "?"
    return f"known: {', '.join(names)}" if 0 < len(names) <= 12 else ""


def unknown_name(name: str, fields: Sequence[Field]) -> str:
    """Return why `name` is refused, with the nearest names of the vendor's own."""
    known = [n for f in fields if not f.reserved for n in (f.name, *f.aliases)]
    free = ", ".join(sorted(f"{f.prefix}…{f.suffix}" for f in fields if f.prefix or f.suffix))
    close = nearest(name, known)
    also = f" (allowed: {free})" if free and not close.startswith("did") else ""
    return f"unknown field; {close}{also}" if close else f"unknown field{also}"


def convert(spec: Field, value: Any, zone: dt.tzinfo) -> Any:
    """Return `value` as the field's kind. Raises ValueError, its text the problem."""
    if isinstance(value, bytes) and spec.kind is not Kind.BASE64:
        try:
            value = value.decode("utf-8")
        except UnicodeDecodeError:
            raise ValueError("the file is not UTF-8 text") from None
    converted = _CONVERT[spec.kind](value, zone)
    if spec.choices and converted not in spec.choices:
        raise ValueError(f"{converted!r} is not one of its values; {nearest(str(converted), spec.choices)}")
    if spec.max_length and isinstance(converted, str) and len(converted) > spec.max_length:
        raise ValueError(f"has {len(converted)} characters, at most {spec.max_length} fit")
    return converted


def page_number(cursor: str | None) -> int:
    """Return the page that a cursor names, the first without one. Raises UsageError for what no list has given."""
    if cursor is None:
        return 1
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) <= 9 and int(cursor) > 0):
        raise UsageError(
            f"--after {cursor[:40]}: not a cursor", hint='it is the "next" of an earlier list, such as 3:250'
        )
    return int(cursor)


def parse_moment(text: str, zone: dt.tzinfo) -> Moment:
    """Return a date, or a time in UTC read in `zone` where it has none of its own. Raises ValueError."""
    text = text.strip()
    try:
        if len(text) == 10:
            return dt.date.fromisoformat(text)
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text[:40]!r} is not a date or time (2026-03-09, 2026-03-09T14:30)") from None
    if not 1 < moment.year < 9999:  # the first and last years do not exist in every zone
        raise ValueError(f"{text[:40]!r} is out of range")
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    return moment.astimezone(dt.UTC)


def parse_decimal(value: Any) -> Decimal:
    """Return a finite number of at most 40 digits. Raises ValueError, its text the problem."""
    if isinstance(value, bool):
        raise ValueError("is not a number")  # noqa: TRY004  (one kind of failure for every bad value)
    if isinstance(value, Decimal) and _usual(value):
        return value
    text = str(value).strip()
    try:
        if "_" in text or not text.isascii():  # Python would take 1_000 and the digits of every script
            raise InvalidOperation  # noqa: TRY301  (one way out)
        number = Decimal(text)
    except InvalidOperation:
        hint = "; write 12.50, not 12,50" if "," in text else ""
        raise ValueError(f"{text[:40]!r} is not a number{hint}") from None
    if not number.is_finite():
        raise ValueError(f"{text[:40]!r} is not a number")
    _, digits, exponent = number.as_tuple()
    if len(digits) > 40 or abs(int(exponent)) > 40:
        raise ValueError(f"{text[:40]!r} has more digits than any order needs")
    if "e" in text.lower():
        raise ValueError(f"{text[:40]!r}: scientific notation is not accepted; write the whole number")
    return number


def is_unicode(text: str) -> bool:
    """Return whether a text can be sent: it has no half of a surrogate pair, as bytes that are not UTF-8 become."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _usual(number: Decimal) -> bool:
    """Return whether a number is written plainly: whole or with at most six decimals, and of at most 40 digits."""
    _, digits, exponent = number.as_tuple()
    return isinstance(exponent, int) and -6 <= exponent <= 0 and len(digits) <= 40


class FieldWriter:
    """Puts values where they belong, and notes what is wrong with them."""

    def __init__(
        self,
        result: Encoded,
        row: int | None,
        zone: dt.tzinfo,
        elsewhere: Sequence[Field] = (),
        instead: Mapping[str, str] = NOTHING,
    ) -> None:
        self._problems, self._row, self._zone = result.problems, row, zone
        self._elsewhere, self._instead = elsewhere, instead

    def value(self, values: dict[str, Any], spec: Field, place: str, value: Any, name: str = "") -> None:
        """Convert one value into its field."""
        name = name or spec.name
        if spec.reserved:
            self.problem(place, spec.instead or "orderctl fills this field itself")
            return
        try:
            converted = convert(spec, value, self._zone)
        except ValueError as error:
            self.problem(place, str(error))
            return
        if name in values and values[name] != converted:
            self.problem(place, f"is given twice, with different values ({name})")
            return
        values[name] = converted

    def settings(
        self, values: dict[str, Any], fields: Sequence[Field], given: Mapping[str, Setting], place: str
    ) -> None:
        """Convert a vendor's own fields."""
        for key, setting in given.items():
            found = resolve(fields, key)
            if setting.kind is not None and not (found and found[0].typed):
                self.problem(f"{place} {key}", f"takes no type; leave :{setting.kind} out")
            elif found is not None:
                self.value(values, found[0], f"{place} {key}", setting.value, found[1])
            elif resolve(self._elsewhere, key):
                self.problem(f"{place} {key}", "can be set only when the order is created")
            else:
                self.problem(f"{place} {key}", unknown_name(key, fields))

    def missing(self, values: Mapping[str, Any], fields: Sequence[Field], place: str = "") -> None:
        """Note the required fields, of the order or of the line at `place`, that are not given; a reference is made."""
        told = {p.path for p in self._problems}
        for spec in _table(fields).needed:
            lines = spec.kind is Kind.LINES
            option = f"{place} {spec.word or spec.name}" if place else OPTIONS.get(spec.word, f"--set {spec.name}")
            paths = {"--line" if lines else option, f"{place or '--set'} {spec.name}"}
            if values.get("--line" if lines else spec.name) in (None, "", ()) and not told & paths:
                self.problem("--line" if lines else option, f"is required: {spec.note}")

    def no_place(self, place: str, word: str) -> None:
        """Note a common word that the call has no field for."""
        if any(f.word == word for f in self._elsewhere):
            self.problem(place, "can be given only when the order is created")
        else:
            known = place if place in self._instead else f"line {word}"
            self.problem(place, self._instead.get(known, UNSUPPORTED))

    def problem(self, place: str, text: str) -> None:
        """Note what is wrong."""
        self._problems.append(Problem(place, text, self._row))


def _text(value: Any, _zone: dt.tzinfo) -> str:
    text = value if isinstance(value, str) else _as_text(value)
    if not (text.isascii() or is_unicode(text)):
        raise ValueError("is not text: it holds bytes that are not UTF-8")
    return text


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    if isinstance(value, list | dict) or value is None:
        raise ValueError("takes one text, not a list or an object")
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _int(value: Any, zone: dt.tzinfo) -> str:
    text = _text(value, zone).strip()
    digits = text[1:] if text[:1] == "-" else text
    if isinstance(value, bool) or not (digits.isascii() and digits.isdigit()):
        raise ValueError(f"{text[:40]!r} is not a whole number")
    if len(digits) > 40:
        raise ValueError("has more digits than any id")
    return text


def _bool(value: Any, zone: dt.tzinfo) -> bool:
    text = _text(value, zone).strip().lower()
    if text not in TRUE | FALSE:
        raise ValueError(f"{text[:40]!r} is neither true nor false")
    return text in TRUE


def _moment(value: Any, zone: dt.tzinfo) -> Moment:
    if isinstance(value, dt.datetime | dt.date):
        return value
    return parse_moment(_text(value, zone), zone)


def _base64(value: Any, zone: dt.tzinfo) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    text = _text(value, zone)
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("is not base64; name the file itself: KEY=@FILE") from None
    return text


def _json(value: Any, zone: dt.tzinfo) -> Any:
    return value if value is None or isinstance(value, bool | int | Decimal | list | dict) else _text(value, zone)


def _links(value: Any, zone: dt.tzinfo) -> list[str]:
    links = [_text(v, zone) for v in value] if isinstance(value, list) else [_text(value, zone)]
    for link in links:
        if not link.startswith(("https://", "http://")):
            raise ValueError(f"{link[:60]!r} is not a link; the vendor downloads the file from https://…")
    return links


def _lines(_value: Any, _zone: dt.tzinfo) -> Any:
    raise ValueError("order lines are given with --line, not --set")


_CONVERT = {
    Kind.BASE64: _base64,
    Kind.BOOL: _bool,
    Kind.DATETIME: _moment,
    Kind.DECIMAL: lambda value, _zone: parse_decimal(value),
    Kind.INT: _int,
    Kind.JSON: _json,
    Kind.LINES: _lines,
    Kind.LINKS: _links,
    Kind.TEXT: _text,
}
