"""The objects of a JSON file as texts, each with its row: of a list of any length, read piece by piece, or one a line.

The list may be inside an object, at a path that is known or wherever a list of orders is.
"""

import json
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any

from orderctl.drafts.jsontext import why
from orderctl.drafts.source import MAX_ORDER, Source, Unreadable
from orderctl.drafts.values import shown

CHUNK = 256 * 1024
"""How much text is read at a time, in characters."""

DEEPEST = 4
"""So deep in an object a list of orders is looked for."""

MAX_KEYS = 12
"""How many keys of an object are named."""

SLACK = 20
"""How near the end of what was read a failure may only mean that the rest is missing, in characters."""

_SPACE = re.compile(r"[ \t\r\n]*")
_SCANNER = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)

Like = Callable[[Any], int]
"""Returns how much a value looks like an order: 0 not at all, 1 a row of one, 2 with lines, 3 the whole of one."""


class Items:
    """The texts of a JSON file's orders, each with its row: its place in the list, or its line. The first may be seen.

    `path` is where the list was found inside an object, known once the first text was read. `paths` are where it may
    be; they are asked for only where the file is an object. An object without any of an order's `keys` must have the
    list there. With `looks`, which tells orders from other objects, a list of orders is found anywhere.
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
            texts = texts_of(self._source, paths=paths, keys=self._keys, looks=self._looks, found=self._found_at)
            yield from enumerate(texts, 1)

    def _found_at(self, path: str) -> None:
        self.path = path


def texts_of(
    source: Source,
    *,
    single: bool = False,
    paths: Callable[[], Sequence[str]] = tuple,
    keys: Collection[str] = (),
    looks: Like | None = None,
    found: Callable[[str], object] = str,
) -> Iterator[str]:
    """Yield the text of each value of a list, or of the one object that the file holds. Raises Unreadable.

    The list may be inside the object, at one of the `paths`; it must, where the object has none of an order's
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

    It ends where the text does, or is not JSON.
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
    """The part of a JSON file that is held: enough for the value that is being read.

    A list of 100,000 orders is read in the memory of one: `json.loads` of the whole file takes six times its size.
    """

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
        """Return the path of the list that holds the orders, "" where the object is one; None where none is known."""
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
