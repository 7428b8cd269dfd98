"""How PHP reads a request: form and query variables into nested arrays, and JSON values into text.

Emulators of PHP servers owe their oddities to this module:

- `a[0][b]=1` makes arrays; `[]` takes the next number; text after a closing bracket is lost.
- A dot or a space in a top-level name becomes an underscore; a name that is empty is dropped.
- Only the first `MAX_INPUT_VARS` variables of a query, and of a form, are seen; the rest vanish without a word.
- A body above `POST_MAX_SIZE` bytes is dropped whole.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

MAX_DEPTH = 64
"""PHP's max_input_nesting_level: a variable nested deeper is dropped."""

MAX_INPUT_VARS = 1000
"""PHP's default of the same name."""

MAX_KEY = 19
"""Array keys of so many characters stay text, as they do not fit into PHP's integers."""

POST_MAX_SIZE = 8 * 1024 * 1024
"""PHP's default of the same name, in bytes."""

Array = dict[int | str, Any]


def query_variables(query: bytes) -> Array:
    """Return the variables of a query string or of an urlencoded body; every leaf is text."""
    pairs = (piece.partition(b"=") for piece in query.split(b"&") if piece)
    return variables((_text(name), _text(value)) for name, _, value in pairs)


def variables(pairs: Iterable[tuple[str, str]]) -> Array:
    """Return the array that PHP makes of names and values; those after the first `MAX_INPUT_VARS` are dropped."""
    array: Array = {}
    for number, (name, value) in enumerate(pairs):
        if number >= MAX_INPUT_VARS:
            break
        _register(array, name, value)
    return array


def multipart_variables(body: bytes, content_type: str) -> Array:
    """Return the variables of a multipart/form-data body. Files are left out."""
    from io import BytesIO  # noqa: PLC0415 - Werkzeug costs ten interpreter starts, and few send multipart

    from werkzeug.formparser import MultiPartParser  # noqa: PLC0415
    from werkzeug.http import parse_options_header  # noqa: PLC0415

    boundary = parse_options_header(content_type)[1].get("boundary", "")
    parser = MultiPartParser(lambda *_args, **_named: BytesIO(), cls=_Pairs)  # type: ignore[arg-type]
    try:
        pairs, _ = parser.parse(BytesIO(body), boundary.encode("latin-1"), len(body))
    except ValueError:
        return {}
    return variables(pairs)  # type: ignore[arg-type]


def json_variables(body: bytes) -> Array:
    """Return the members of a JSON object, as `json_decode` to an array would; anything else is empty."""
    try:
        value = json.loads(body)
        json.dumps(value, ensure_ascii=False).encode()  # PHP refuses a lone surrogate
    except (ValueError, RecursionError):
        return {}
    return as_array(value) if isinstance(value, dict) else {}


def as_array(value: Mapping[str, Any] | list[Any]) -> Array:
    """Return a decoded JSON object or list as a PHP array: lists have the keys 0, 1, and so on."""
    items = value.items() if isinstance(value, Mapping) else enumerate(value)
    return {_key(str(key)): as_array(item) if isinstance(item, dict | list) else item for key, item in items}


def plain(value: Any) -> Any:
    """Return an array as `json_encode` would write it: a list where its keys are 0, 1, and so on."""
    if not isinstance(value, dict):
        return value
    if value and list(value) == list(range(len(value))):
        return [plain(item) for item in value.values()]
    return {str(key): plain(item) for key, item in value.items()}


def text(value: Any) -> str:
    """Return a scalar as PHP's text of it: true is `1`, false and null are empty, 102.0 is `102`."""
    if value is None or value is False or isinstance(value, dict):
        return ""
    if value is True:
        return "1"
    if isinstance(value, float):
        mantissa, exponent, digits = f"{value:.14G}".partition("E")
        return f"{mantissa}.0E{digits}" if exponent and "." not in mantissa else mantissa + exponent + digits
    return str(value)


class _Pairs(list[tuple[str, str]]):
    """The fields of a form in the order in which they came, which a MultiDict forgets."""


def _text(encoded: bytes) -> str:
    return unquote_to_bytes(encoded.replace(b"+", b" ")).decode("utf-8", "replace")


def _register(array: Array, name: str, value: str) -> None:
    head, steps = _steps(name)
    if not head or len(steps) > MAX_DEPTH:
        return
    place: Array = array
    key: int | str = _key(head)
    for step in steps:
        inner = place.get(key)
        if not isinstance(inner, dict):
            inner = place[key] = {}
        place = inner
        key = _next(place) if step == "" else _key(step)
    place[key] = value


def _steps(name: str) -> tuple[str, list[str]]:
    """Split `a[0][b]` into `a` and its steps `0` and `b`."""
    head, bracket, rest = name.lstrip(" ").partition("[")
    head = head.replace(".", "_").replace(" ", "_")
    steps: list[str] = []
    while bracket:
        step, closed, rest = rest.partition("]")
        if not closed:  # `a[b` is a plain name with its bracket replaced
            return (f"{head}_{step}", []) if not steps else (head, steps)
        steps.append(step.strip(" ") if step.strip(" ") == "" else step)
        bracket, rest = rest[:1] if rest[:1] == "[" else "", rest[1:]
    return head, steps


def _key(name: str) -> int | str:
    is_number = len(name) < MAX_KEY and name.isascii() and name.removeprefix("-").isdigit()
    return int(name) if is_number and str(int(name)) == name else name


def _next(array: Array) -> int:
    return max((key for key in array if isinstance(key, int)), default=-1) + 1
