"""JSON to drafts. items.py finds the objects in the file.

Each is orderctl.draft/1: reference, title, note, customer {code, name, email, phone, address}, due, currency,
total, status, paid, lines [{sku, id, name, quantity, price, set}] and set. Keys `reason` and `code` are ignored: a
rejects file has them. In a file of changes an order may also have `id` and `replace_lines`. `row` in problems and
drafts is the position in the list, or the line of a JSON Lines file, from 1.
"""

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from orderctl.drafts.items import Items, texts_of
from orderctl.drafts.jsontext import dumps, loads
from orderctl.drafts.options import settings_of
from orderctl.drafts.source import Source
from orderctl.drafts.values import (
    LINE,
    Problems,
    clip,
    draft_line,
    draft_parts,
    line_value,
    meant,
    word_value,
)
from orderctl.frozen import replace
from orderctl.model import NOTHING, DraftLine, OrderChange, OrderDraft
from orderctl.words import CUSTOMER_WORDS, LINE_WORDS, OPTION_WORDS, ORDER, ORDER_COLUMNS, synonym_of

if TYPE_CHECKING:
    from orderctl.drafts.style import Numbers

SCHEMA = "orderctl.draft/1"

CUSTOMER_KEYS = {key: word for word, key in CUSTOMER_WORDS.items()}
WORD_KEYS = tuple(word.name for word in ORDER if word.name == word.path)
ORDER_KEYS = ("schema", *WORD_KEYS, "customer", "lines", "set")
LINE_KEYS = (*LINE_WORDS, "set")

_REASON = re.compile(r'\{\s*"reason"\s*:\s*"(?:[^"\\]|\\.)*"\s*(?:,\s*"code"\s*:\s*"[a-z_]+\.[a-z_.]+"\s*)?(?:,\s*)?')
Item = list[Any]
"""The row and the text of one order; a list, as it goes through JSON on its way to the rejects."""


class JsonReader:
    """A JSON or JSON Lines file as orders: iterating yields each order's text, `draft` reads it."""

    again = "every order needs a reference of its own"
    mapping = ""
    passed_over: tuple[str, ...] = ()
    reference_path = "reference"
    unread: tuple[str, ...] = ()
    not_read = ""

    def __init__(
        self,
        items: "Items",
        *,
        zone: dt.tzinfo,
        columns: Mapping[str, str] = NOTHING,
        numbers: "Numbers | None" = None,
        changes: bool = False,
    ) -> None:
        self._items = items
        self._also = ("id", "replace_lines") if changes else ()
        self._by_line = items.by_line
        self._zone = zone
        self._columns = list(columns.items())
        self._numbers = numbers
        self.flags: set[str] = set()
        self.notes: list[str] = []
        self.warned: list[str] = []

    def assume(self, currency: str | None) -> None:
        """Do nothing: the amounts of our own JSON are numbers."""

    def doubts(self) -> Mapping[str, tuple[str, str]]:
        """Return an empty mapping: no JSON order depends on the rest of its file."""
        return {}

    def __iter__(self) -> Iterator[Item]:
        """Yield the row and the text of one order after another. Raises Unreadable."""
        for row, text in self._items:
            yield [row, text]

    def draft(self, item: Item, faults: Problems) -> OrderDraft:
        """Return the order that a text describes, noting every problem."""
        row, text = item
        own = Problems()
        parts: dict[str, Any] = {}
        try:
            given = loads(text)
        except ValueError as problem:
            own.add("", str(problem))
        else:
            self._rename(given, own)
            self._write_plain(given, own)
            parts = object_parts(given, zone=self._zone, faults=own, also=self._also)
            if self._also and isinstance(given, dict):
                parts |= _of_change(given, own)
            for at, line in enumerate(parts.get("lines", ())):
                if not (own.count or line.sku or line.name or line.id or line.set):
                    own.add(f"lines[{at}]", "the line has neither a SKU nor a name")
        faults.extend((replace(p, row=row) for p in own.held), more=own.count - len(own.held))
        return OrderChange(**parts, row=row) if self._also else OrderDraft(**parts, row=row)

    def _rename(self, given: Any, faults: Problems) -> None:
        """Put the values of the keys that --columns names in the places of our words."""
        for word, key in self._columns if isinstance(given, dict) else ():
            if word not in (*ORDER_COLUMNS, *self._also):
                faults.add("--columns", f"{word!r} is a field of a line; JSON files with lines need a mapping")
            elif key not in given:
                faults.add(key, f"is missing, but --columns reads {word} from it")
            else:
                put = given.setdefault("customer", {}) if word in CUSTOMER_WORDS else given
                put[CUSTOMER_WORDS.get(word, word)] = given.pop(key)

    def _write_plain(self, given: Any, faults: Problems) -> None:
        """Write the numbers of an order as our own files do, where they are texts in another style."""
        if self._numbers is None or not isinstance(given, dict):
            return
        lines = given.get("lines")
        some = [line for line in lines if isinstance(line, dict)] if isinstance(lines, list) else []
        for holder, word in ((given, "total"), *((line, word) for line in some for word in ("quantity", "price"))):
            if isinstance(holder.get(word), str):
                try:
                    read = self._numbers.quantity if word == "quantity" else self._numbers
                    holder[word] = read(holder[word])
                except ValueError as problem:
                    faults.add(word, str(problem))

    def place(self, item: Item, path: str) -> tuple[str, int | None]:
        """Return the key for a path that names an option or a line; a line has no row of its own."""
        head, _, key = path.partition(" ")
        if found := LINE.fullmatch(path):
            own = "" if found[2] in LINE_WORDS else "set."
            return f"lines[{int(found[1]) - 1}].{own}{found[2]}", None
        if head == "--set" and key:
            return f"set.{key}", None
        word = "lines" if head == "--line" else OPTION_WORDS.get(path, path)
        return (f"customer.{CUSTOMER_WORDS[word]}" if word in CUSTOMER_WORDS else word), None

    def rejects(self, rejected: Iterable[tuple[Item, Mapping[int | None, str], str]]) -> Iterator[str]:
        """Yield the text of a rejects file: the orders as they were, each with keys that say why."""
        return json_rejects(rejected, by_line=self._by_line)


def json_rejects(rejected: Iterable[tuple[Item, Mapping[int | None, str], str]], *, by_line: bool) -> Iterator[str]:
    """Yield the text of a rejects file, a list or one order a line: the orders as they were, each with its reason."""
    between = "" if by_line else "[\n"
    for (row, text), reasons, code in rejected:
        yield between + with_reason(text, reasons.get(row, ""), code)
        between = "\n" if by_line else ",\n"
    yield {"": "", "\n": "\n", "[\n": "[]\n", ",\n": "\n]\n"}[between]


def object_parts(given: Any, *, zone: dt.tzinfo, faults: Problems, also: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the fields of a draft that a JSON object describes, noting every problem under its path."""
    if not isinstance(given, dict):
        faults.add("", "an order must be an object: {…}")
        return {}
    if not _is_draft(given, faults):
        return {}
    rejected = ("reason", "code") if "reason" in given else ("reason",)
    _refuse_unknown(given, (*ORDER_KEYS, *rejected, *also), "", faults)
    words: dict[str, Any] = {}
    for key in WORD_KEYS:
        _put(words, key, key, given.get(key), zone, faults)
    customer = given.get("customer")
    if isinstance(customer, dict):
        _refuse_unknown(customer, tuple(CUSTOMER_KEYS), "customer.", faults)
        for key, word in CUSTOMER_KEYS.items():
            _put(words, word, f"customer.{key}", customer.get(key), zone, faults)
    elif customer is not None:
        faults.add("customer", 'must be an object: {"code": …, "name": …, "email": …, "phone": …, "address": …}')
    lines = given.get("lines")
    if lines is not None and not isinstance(lines, list):
        faults.add("lines", 'must be a list of objects: [{"sku": …, "quantity": …}]')
        lines = None
    made = tuple(_line(line, f"lines[{i}]", faults) for i, line in enumerate(lines or ()))
    settings = settings_of(_own(given, "set", faults), "set.", faults)
    return {**draft_parts(words), "lines": made, "set": settings or NOTHING}


def _of_change(given: Mapping[str, Any], faults: Problems) -> dict[str, Any]:
    """Return what a change of a file has besides: the id of its order, and whether its lines replace all."""
    found: dict[str, Any] = {}
    replaces = given.get("replace_lines")
    if isinstance(replaces, bool):
        found["replace_lines"] = replaces
    elif replaces is not None:
        faults.add("replace_lines", "must be true or false")
    _put(found, "id", "id", given.get("id"), dt.UTC, faults)
    return found


def whole(source: Source) -> str:
    """Return the text of the one object that a file holds. Raises Unreadable."""
    items = list(texts_of(source, single=True))
    return items[0]


def _is_draft(given: Mapping[str, Any], faults: Problems) -> bool:
    """Return whether an object can be a draft; documents that orderctl prints are named."""
    schema = given.get("schema", SCHEMA)
    if schema == SCHEMA:
        return True
    if isinstance(schema, str) and schema.startswith("orderctl."):
        faults.add(
            "schema",
            f"this is a document that orderctl prints ({clip(schema)}), not a draft; orderctl template shows a draft",
        )
    else:
        faults.add("schema", f"must be {SCHEMA!r}, or left out")
    return False


def _line(line: Any, path: str, faults: Problems) -> DraftLine:
    if not isinstance(line, dict):
        faults.add(path, 'must be an object: {"sku": …, "quantity": …}')
        return DraftLine()
    _refuse_unknown(line, LINE_KEYS, f"{path}.", faults)
    words: dict[str, Any] = {}
    for word in LINE_WORDS:
        value = line.get(word)
        if value is None:
            continue
        try:
            words[word] = line_value(word, value)
        except ValueError as problem:
            faults.add(f"{path}.{word}", str(problem))
    return draft_line(words, settings_of(_own(line, f"{path}.set", faults), f"{path}.set.", faults))


def _own(given: Mapping[str, Any], path: str, faults: Problems) -> Iterable[tuple[str, Any]]:
    """Return the pairs under `set`."""
    own = given.get("set")
    if own is None:
        return ()
    if not isinstance(own, dict):
        faults.add(path, 'must be an object of the vendor\'s own fields: {"KEY": VALUE}')
        return ()
    return own.items()


def _put(words: dict[str, Any], word: str, path: str, value: Any, zone: dt.tzinfo, faults: Problems) -> None:
    if value is None:
        return
    try:
        words[word] = word_value(word, value, zone)
    except ValueError as problem:
        faults.add(path, str(problem))


def _refuse_unknown(given: Mapping[str, Any], known: tuple[str, ...], path: str, faults: Problems) -> None:
    for key in given:
        if key not in known:
            close = _elsewhere(key, known) if not path else ""
            close = close or ("" if faults.full else meant(key, (k for k in known if k not in {"reason", "code"})))
            faults.add(
                f"{path}{clip(key)}",
                f"unknown key; {close}" if close else "unknown key; a vendor's own field belongs into set",
            )


def _elsewhere(key: str, known: tuple[str, ...]) -> str:
    """Return where a word belongs that is the customer's or a line's, "" where it is neither."""
    word = synonym_of(key) or key
    if word in known:
        return ""
    if word in CUSTOMER_WORDS:
        return f"did you mean 'customer.{CUSTOMER_WORDS[word]}'?"
    return f"did you mean {word!r} of a line, in 'lines'?" if word in LINE_WORDS else ""


def with_reason(text: str, reason: str, code: str) -> str:
    """Return an order's text with the reason and its code in front, in place of earlier ones.

    Any text but that of an object stays as it is.
    """
    if not (text.startswith("{") and text.endswith("}")):
        return text
    earlier = _REASON.match(text)
    rest = text[earlier.end() :] if earlier else text[1:].lstrip()
    comma = "" if rest == "}" else ", "
    return f'{{"reason": {dumps(reason)}, "code": {dumps(code)}{comma}{rest}'
