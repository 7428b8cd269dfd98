"""JSON to drafts: one object, a list of any length read piece by piece, or one object a line.

The object is orderctl.draft/1: reference, title, note, customer {code, name, email, phone, address}, due, currency,
total, status, paid, lines [{sku, id, name, quantity, price, set}] and set. Keys `reason` and `code` are ignored: a
rejects file has them. In a file of changes an order may also have `id` and `replace_lines`. `row` in problems and
drafts is the position in the list, or the line of a JSON Lines file, from 1.
"""

import datetime as dt
import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any

from orderctl.drafts.jsontext import dumps, loads, why
from orderctl.drafts.options import settings_of
from orderctl.drafts.source import MAX_ORDER, Source, Unreadable
from orderctl.drafts.values import (
    LINE,
    Problems,
    clip,
    draft_line,
    draft_parts,
    line_value,
    meant,
    shown,
    word_value,
)
from orderctl.frozen import replace
from orderctl.model import NOTHING, DraftLine, OrderChange, OrderDraft
from orderctl.words import CUSTOMER_WORDS, LINE_WORDS, OPTION_WORDS, ORDER, ORDER_COLUMNS, synonym_of

SCHEMA = "orderctl.draft/1"

CHUNK = 256 * 1024
"""How much text is read at a time, in characters."""

DEEPEST = 4
"""So deep in an object a list of orders is looked for."""

MAX_KEYS = 12
"""How many keys of an object are named."""

SLACK = 20
"""How near the end of what was read a failure may only mean that the rest is missing, in characters."""

CUSTOMER_KEYS = {key: word for word, key in CUSTOMER_WORDS.items()}
WORD_KEYS = tuple(word.name for word in ORDER if word.name == word.path)
ORDER_KEYS = ("schema", *WORD_KEYS, "customer", "lines", "set")
LINE_KEYS = (*LINE_WORDS, "set")

_REASON = re.compile(r'\{\s*"reason"\s*:\s*"(?:[^"\\]|\\.)*"\s*(?:,\s*"code"\s*:\s*"[a-z_]+\.[a-z_.]+"\s*)?(?:,\s*)?')
_SPACE = re.compile(r"[ \t\r\n]*")
_SCANNER = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)

Like = Callable[[Any], int]
"""Returns how much a value looks like an order: 0 not at all, 1 a row of one, 2 with lines, 3 the whole of one."""

Item = list[Any]
"""The row and the text of one order; a list, as it goes through JSON on its way to the rejects."""


class Items:
    """The texts of a JSON file's orders, each with its row: its place in the list, or its line. The first may be seen.

    `path` is where the list stood inside an object, once the first was seen.

    `paths`, asked for only of a file that is an object, lead to the list inside it. An object that has
    none of an order's `keys` must have that list. What `looks` like an order may stand in any list of objects.
    """

    def __init__(
        self,
        source: Source,
        *,
        by_line: bool,
        paths: Callable[[], Sequence[str]] = tuple,
        keys: Collection[str] = (),
        looks: Like | None = None,
    ) -> None:
        self.name, self.by_line = source.name, by_line
        self.path = ""
        self._keys, self._looks = keys, looks
        self._source = source
        self._found = self._texts(paths)
        self._seen: list[tuple[int, str]] = []

    def first(self) -> str:
        """Return the first text without taking it, "" where there is none. Raises Unreadable."""
        if not self._seen:
            self._seen.extend(islice(self._found, 1))
        return self._seen[0][1] if self._seen else ""

    def __iter__(self) -> Iterator[tuple[int, str]]:
        """Yield rows and texts. Raises Unreadable."""
        yield from self._seen
        yield from self._found

    def _texts(self, paths: Callable[[], Sequence[str]]) -> Iterator[tuple[int, str]]:
        if self.by_line:
            for text in iter(self._source.line, ""):
                if text.strip():
                    yield self._source.lines, text.strip()
        else:
            texts = _items(self._source, paths=paths, keys=self._keys, looks=self._looks, found=self._found_at)
            yield from enumerate(texts, 1)

    def _found_at(self, path: str) -> None:
        self.path = path


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
        numbers: Callable[[str], str] | None = None,
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
        """Put the values of the keys that --columns names where our words stand."""
        for word, key in self._columns if isinstance(given, dict) else ():
            if word not in (*ORDER_COLUMNS, *self._also):
                faults.add("--columns", f"{word!r} is a word of a line; JSON lines are read with a mapping")
            elif key not in given:
                faults.add(key, f"is not there, and --columns reads {word} from it")
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
                    holder[word] = self._numbers(holder[word])
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
    items = list(_items(source, single=True))
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
            faults.add(f"{path}{clip(key)}", f"unknown key; {close}" if close else "unknown key; is it one for set?")


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


def _items(
    source: Source,
    *,
    single: bool = False,
    paths: Callable[[], Sequence[str]] = tuple,
    keys: Collection[str] = (),
    looks: Like | None = None,
    found: Callable[[str], object] = str,
) -> Iterator[str]:
    """Yield the text of each value of a list, or of the one object that the file holds. Raises Unreadable.

    The list may stand inside the object, at one of the `paths`; it must, where the object has none of an order's
    `keys`.
    """
    window = _Window(source)
    start = window.next()
    wanted = paths() if start == "{" else ()
    path = window.looking(looks) if looks and start == "{" else None
    path = window.holds(wanted) if path is None and wanted else path
    if wanted and path is None and keys and not set(keys) & set(window.keys()):
        yield from _required(window, wanted[0])
        return
    match "path" if path else start:
        case "path":
            found(path or "")
            yield from _inside(window, (path or "").split("."), [])
            return
        case "{":
            yield window.value()
            if window.next():
                raise window.stop("there is more after the draft", hint="one object a line is --format jsonl")
            return
        case "[" if not single:
            window.take()
        case "" if not single:
            return
        case _:
            expected = "one object: {…}" if single else "one draft, {…}, or a list of drafts, [{…}, …]"
            raise window.stop(f"is not JSON that can be read here: expected {expected}")
    yield from _listed(window)
    if window.next():
        raise window.stop("there is more after the end of the list")


def _required(window: "_Window", path: str) -> Iterator[str]:
    """Yield the values of the list that must be at a path of the object that begins here. Raises Unreadable."""
    keys = ", ".join(map(shown, window.keys()[:MAX_KEYS]))
    opened: list[str] = []
    nowhere = window.stop(
        f"the mapping reads the orders at {path}, and the object has no list there",
        hint=f"its keys are {keys}" if keys else "it has no keys",
    )
    yield from _inside(window, path.split("."), opened)
    if not opened:
        raise nowhere


def _listed(window: "_Window") -> Iterator[str]:
    """Yield the values of a list whose bracket was taken, up to its end."""
    if window.next() != "]":
        yield window.value()
        while window.next() == ",":
            window.take()
            yield window.value()
        if window.next() != "]":
            raise window.stop("is not JSON: expecting ',' or ']' after a draft")
    window.take()


def _inside(window: "_Window", path: Sequence[str], opened: list[str]) -> Iterator[str]:
    """Yield the values of the list at a path inside the object that begins here; what else it holds is passed over.

    `opened` gets the key of the list.
    """
    window.take()
    while window.next() == '"':
        key = json.loads(window.value())
        if window.next() != ":":
            raise window.stop("is not JSON: expecting ':' after a key")
        window.take()
        begins = window.next()
        if key == path[0] and begins == "[" and len(path) == 1:
            window.take()
            opened.append(key)
            yield from _listed(window)
        elif key == path[0] and begins == "{" and len(path) > 1:
            yield from _inside(window, path[1:], opened)
        else:
            window.value()
        if window.next() == ",":
            window.take()
    if window.next() != "}":
        raise window.stop("is not JSON: the file ends in the middle of its orders")
    window.take()


def _leads_to(text: str, at: int, paths: Sequence[tuple[str, ...]], before: str = "") -> str | None:
    """Return which of the paths leads to a list of objects in the object that begins at a place of a text."""
    at = _after_space(text, at + 1)
    while text[at : at + 1] == '"':
        try:
            key, at = _SCANNER.raw_decode(text, at)
        except json.JSONDecodeError:
            return None
        at = _after_space(text, _after_space(text, at) + 1)
        inner = [path[1:] for path in paths if path[0] == key]
        if () in inner and text[at : at + 1] == "[" and text[_after_space(text, at + 1) :][:1] in {"{", "]"}:
            return before + str(key)
        deeper = [path for path in inner if path]
        if deeper and text[at : at + 1] == "{" and (found := _leads_to(text, at, deeper, f"{before}{key}.")):
            return found
        try:
            _, at = _SCANNER.raw_decode(text, at)
        except (json.JSONDecodeError, RecursionError):
            return None
        at = _after_space(text, at)
        at = _after_space(text, at + 1) if text[at : at + 1] == "," else at
    return None


def _lists(text: str, at: int, before: str = "", depth: int = DEEPEST) -> Iterator[tuple[str, Any]]:
    """Yield the path of each list in the object that begins at a place of a text, and its first value.

    It ends where the text does, or is no JSON.
    """
    at = _after_space(text, at + 1)
    with suppress(json.JSONDecodeError, RecursionError):
        while text[at : at + 1] == '"':
            key, at = _SCANNER.raw_decode(text, at)
            at = _after_space(text, _after_space(text, at) + 1)
            inside = _after_space(text, at + 1)
            if text[at : at + 1] == "[" and text[inside : inside + 1] == "{":
                yield f"{before}{key}", _SCANNER.raw_decode(text, inside)[0]
            elif text[at : at + 1] == "{" and depth > 1:
                yield from _lists(text, at, f"{before}{key}.", depth - 1)
            _, at = _SCANNER.raw_decode(text, at)
            at = _after_space(text, _after_space(text, at) + 1)


def _first_keys(text: str, at: int) -> Iterator[str]:
    """Yield the keys of the object that begins at a place of a text, as far as they can be read."""
    at = _after_space(text, at + 1)
    with suppress(json.JSONDecodeError, RecursionError):
        while text[at : at + 1] == '"':
            key, at = _SCANNER.raw_decode(text, at)
            yield key
            _, at = _SCANNER.raw_decode(text, _after_space(text, _after_space(text, at) + 1))
            at = _after_space(text, _after_space(text, at) + 1)


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


class _Window:
    """The part of a JSON file that is held: enough for the value that is being read."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._text = ""
        self._at = 0
        self._line = 1
        self._column = 1
        self._ended = False

    def next(self) -> str:
        """Return the next character that is not white space, "" at the end."""
        while True:
            self._at = _SPACE.match(self._text, self._at).end()  # type: ignore[union-attr]  # it matches anything
            if self._at < len(self._text):
                return self._text[self._at]
            if self._ended:
                return ""
            self._fill()

    def holds(self, paths: Sequence[str]) -> str | None:
        """Return the path whose list of objects begins in what is held of the object, None where none does."""
        return _leads_to(self._text, self._at, [tuple(path.split(".")) for path in paths])

    def looking(self, like: Like) -> str | None:
        """Return the path of the list that holds the orders, "" where the object is one; None where neither is told."""
        lists = [(path, like(first)) for path, first in _lists(self._text, self._at)]
        listed = next((path for path, rank in lists if rank > 1), None)
        if listed is None:
            with suppress(json.JSONDecodeError, RecursionError):
                if like(_SCANNER.raw_decode(self._text, self._at)[0]) > 2:
                    return ""
        return listed or next((path for path, rank in lists if rank), None)

    def keys(self) -> list[str]:
        """Return the keys of the object that begins here, as far as it is held."""
        return list(_first_keys(self._text, self._at))

    def take(self) -> None:
        """Step over the character that `next` returned."""
        self._at += 1

    def value(self) -> str:
        """Return the text of the value that begins here, reading on as far as it goes. Raises Unreadable."""
        self.next()
        while True:
            try:
                _, end = _SCANNER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if self._ended or self._hopeless(error):
                    raise self.stop(self._failure(error), at=error.pos) from None
            except RecursionError:
                raise self.stop("is nested too deeply") from None
            else:
                if end < len(self._text) or self._ended:
                    text = self._text[self._at : end]
                    self._at = end
                    return text
            if len(self._text) - self._at > MAX_ORDER:
                raise self.stop("one order is larger than 16 million characters; is a quote or bracket not closed?")
            self._fill()

    def stop(self, problem: str, *, at: int | None = None, hint: str = "") -> Unreadable:
        """Return why reading ends, with the place."""
        line, column = self._place(self._at if at is None else at)
        return Unreadable(f"{problem} (line {line:,}, column {column:,})", hint=hint)

    def _failure(self, error: json.JSONDecodeError) -> str:
        if self._ended and error.pos >= len(self._text.rstrip()):
            return "is not JSON: the file ends in the middle of a value"
        return f"is not JSON: {why(error)}"

    def _hopeless(self, error: json.JSONDecodeError) -> bool:
        """Return whether more text cannot fix a failure."""
        return error.pos < len(self._text) - SLACK and not error.msg.startswith("Unterminated string")

    def _fill(self) -> None:
        """Drop what was read and read on: as much again as is held, so that a large value is not scanned too often."""
        self._line, self._column = self._place(self._at)
        held = self._text[self._at :]
        more = self._source.read(max(CHUNK, len(held)))
        self._ended = not more
        self._text = held + more
        self._at = 0

    def _place(self, at: int) -> tuple[int, int]:
        """Return the line and column of a place in the window."""
        newlines = self._text.count("\n", 0, at)
        if not newlines:
            return self._line, self._column + at
        return self._line + newlines, at - self._text.rfind("\n", 0, at)
