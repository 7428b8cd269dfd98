"""Bytes to values and back, safely: JSON with Decimals, XML without DTDs, PHP's forms; BadAnswer on nonsense."""

import json
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import chain
from typing import Any, NoReturn
from urllib.parse import urlencode

from orderctl.errors import BadAnswer, UsageError
from orderctl.redaction import redact

SHOWN = 120
"""How much of a nonsensical answer an error shows, in characters."""

LONGEST = 400
"""How many characters a number may have, and digits when written out."""

NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))

DEEPEST = 64
"""How many levels of lists and objects an answer may have."""

TYPING = frozenset({"nil", "type"})
"""The attributes of XML that say what kind of value an element has, and nothing else."""

CONTAINERS = frozenset({dict, list})

MOST_NODES = 2_000_000
"""How many elements an XML answer may have."""


def read_json(body: bytes, *, vendor: str) -> Any:
    """Return a JSON answer, its numbers as int or Decimal. Raises BadAnswer for nonsense, NaN and absurd numbers."""
    try:
        value = json.loads(body.decode("utf-8-sig"), parse_float=_decimal, parse_int=_int, parse_constant=_refuse)
        if not _is_shallow(body):
            _check_depth(value)
    except (ArithmeticError, ValueError, RecursionError) as error:
        raise nonsense(body, vendor=vendor, why=_why(body, error)) from None
    return value


def read_xml(body: bytes, *, vendor: str) -> tuple[str, Any]:
    """Return an XML answer as the root's name and its value. Raises BadAnswer for nonsense, a DTD, too deep, too large.

    An element with children is a mapping of their names, one name's several values (or those of `type="array"`) a
    list; one without is its text, None where it is empty. An attribute that says more than a type stands beside the
    children as `@name`.

    >>> read_xml(b"<order><id type='integer'>7</id><jobs><job/><job>8</job></jobs></order>", vendor="X")
    ('order', {'id': '7', 'jobs': {'job': [None, '8']}})
    >>> read_xml(b'<response status="ok"><id>DVQLK</id></response>', vendor="X")
    ('response', {'@status': 'ok', 'id': 'DVQLK'})
    """
    from xml.etree.ElementTree import ParseError  # noqa: PLC0415  (only two vendors speak XML)

    try:
        try:
            root = _xml_tree(body, guarded=not _is_plain_xml(body))
        except ParseError:
            root = _xml_tree(body, guarded=True)  # which knows better what is wrong with it
        return root.tag, _xml_value(root)
    except (ParseError, ValueError, LookupError) as error:
        raise nonsense(body, vendor=vendor, why=_why_xml(body, error)) from None


def write_json(value: Any) -> bytes:
    """Return a document of texts, lists and objects. Raises UsageError for what is not text."""
    return _encoded(json.dumps(value, ensure_ascii=False))


def write_xml(root: str, value: Mapping[str, Any]) -> bytes:
    """Return an XML document, the reverse of `read_xml`: a list is a name's several elements, `@name` an attribute.

    Raises UsageError for what XML cannot hold (see `not_xml`); names are the caller's own, never a user's.

    >>> write_xml("order", {"remark": "a < b", "jobs": {"@type": "array", "job": [{"id": "1"}, {"id": "2"}]}})[39:]
    b'<order><remark>a &lt; b</remark><jobs type="array"><job><id>1</id></job><job><id>2</id></job></jobs></order>'
    """
    return _encoded(f'<?xml version="1.0" encoding="UTF-8"?>\n{_xml(root, value)}')


def not_xml(text: str) -> str:
    r"""Return the first character that XML cannot hold, escaped, "" where there is none.

    >>> not_xml("tab\t, 茶 & 🍵"), not_xml("a\x07b")
    ('', '\\x07')
    """
    for c in text:
        if (c < " " and c not in "\t\n\r") or "\ud800" <= c <= "\udfff" or c in "\ufffe\uffff":
            return c.encode("unicode_escape").decode("ascii")
    return ""


def write_form(pairs: Iterable[tuple[str, str]]) -> bytes:
    """Return the body of a form, or a query. Raises UsageError for what is not text.

    >>> write_form([("clientphone", "+380639370442"), ("name", "New 20%")])
    b'clientphone=%2B380639370442&name=New+20%25'
    """
    try:
        return urlencode(list(pairs)).encode("ascii")
    except UnicodeEncodeError as error:
        raise _not_text(error) from error


def write_multipart(parts: Iterable[tuple[str, str | None, bytes]]) -> tuple[str, bytes]:
    """Return the content type and the body of a form with files: parts of a name, a file's name (or None), a content.

    A file's name goes as UTF-8, with quotes and line ends escaped as browsers do. Raises UsageError for what is not
    text.
    """
    from secrets import token_hex  # noqa: PLC0415  (few send files)

    boundary = f"orderctl-{token_hex(16)}"
    body = bytearray()
    for name, file, content in parts:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{_quoted(name)}"'
        if file is not None:
            head += f'; filename="{_quoted(file)}"\r\nContent-Type: application/octet-stream'
        body += _encoded(f"{head}\r\n\r\n") + content + b"\r\n"
    body += f"--{boundary}--\r\n".encode("ascii")
    return f"multipart/form-data; boundary={boundary}", bytes(body)


def basic_auth(user: str, password: str) -> str:
    """Return the Authorization header of HTTP Basic.

    >>> basic_auth("token", "X")
    'Basic dG9rZW46WA=='
    """
    return "Basic " + b64encode(_encoded(f"{user}:{password}")).decode("ascii")


def php(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the pairs of a form, arrays in PHP's notation.

    >>> list(php({"sum": "320", "productArray": [{"id": "1"}], "type": ["call", "email"]}))
    [('sum', '320'), ('productArray[0][id]', '1'), ('type[0]', 'call'), ('type[1]', 'email')]
    """
    for name, value in values.items():
        yield from _php(name, value)


def no_rows(answer: Any, *, vendor: str, what: str) -> BadAnswer:
    """Return the error for an answer, read already, that holds nothing of `what` was asked for, showing its beginning.

    >>> no_rows({"runs": []}, vendor="X", what="orders").message
    'X answered no orders; it begins: {"runs": []}'
    """
    text = "" if answer is None else json.dumps(answer, ensure_ascii=False, default=str)
    return nonsense(text.encode(errors="replace"), vendor=vendor, why=f"no {what}")


def _xml(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_xml(name, one) for one in value)
    if not isinstance(value, Mapping):
        return f"<{name}>{_xml_text(str(value))}</{name}>"
    says = "".join(f' {k[1:]}="{_xml_text(str(v))}"' for k, v in value.items() if k[:1] == "@")
    return f"<{name}{says}>{''.join(_xml(k, v) for k, v in value.items() if k[:1] != '@')}</{name}>"


def _xml_text(text: str) -> str:
    if bad := not_xml(text):
        raise UsageError(f"XML cannot hold the character {bad}; nothing was sent")
    for character, escaped in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("\r", "&#13;")):
        text = text.replace(character, escaped)
    return text


def _php(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield name, value
    else:
        for key, inner in value.items() if isinstance(value, Mapping) else enumerate(value):
            yield from _php(f"{name}[{key}]", inner)


def _quoted(text: str) -> str:
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _is_plain_xml(body: bytes) -> bool:
    """Return whether a look at the bytes shows that an answer has no DTD and not too many elements.

    In every encoding that the parser knows, ASCII is itself, but for UTF-16, which is full of zero bytes.
    """
    return b"<!DOCTYPE" not in body and body.count(b"<") <= MOST_NODES and b"\0" not in body


def _xml_tree(body: bytes, *, guarded: bool) -> Any:
    """Return the root of an answer. Not `guarded`, it is read three times as fast, and may be of any depth."""
    from xml.etree.ElementTree import XMLParser  # noqa: PLC0415

    parser = XMLParser(target=_builder() if guarded else None)  # noqa: S314  (no DTD, so no entities and no bombs)
    parser.feed(body)
    return parser.close()


def _builder() -> Any:
    """Return an ElementTree builder that refuses a DTD and what nobody could walk through."""
    from xml.etree.ElementTree import TreeBuilder  # noqa: PLC0415

    class Bounded(TreeBuilder):
        depth = nodes = 0

        def doctype(self, *_: Any) -> NoReturn:
            raise ValueError("a DTD")

        def start(self, tag: Any, attrs: Any) -> Any:
            self.depth += 1
            self.nodes += 1
            if self.depth > DEEPEST or self.nodes > MOST_NODES:
                raise ValueError("too deep or too large")
            return super().start(tag, attrs)

        def end(self, tag: Any) -> Any:
            self.depth -= 1
            return super().end(tag)

    return Bounded()


def _xml_value(element: Any, levels: int = DEEPEST) -> Any:
    """Return what an element says. Raises ValueError where it has more than so many levels, its own among them."""
    says = {}
    if not TYPING.issuperset(element.keys()):
        says = {f"@{k}": v for k, v in element.items() if k not in TYPING}
    array = element.get("type") == "array"
    if not len(element) and not array:
        text = element.text
        if says:
            return {**says, "@text": text} if text else says
        return text if text and not text.isspace() else None
    if levels == 1 and len(element):
        raise ValueError("too deep or too large")
    if array:
        return [_xml_value(child, levels - 1) for child in element]
    found: dict[str, Any] = says
    for child in element:
        value = _xml_value(child, levels - 1)
        if child.tag not in found:
            found[child.tag] = value
        elif isinstance(found[child.tag], _Several):
            found[child.tag].append(value)
        else:
            found[child.tag] = _Several([found[child.tag], value])
    return found


class _Several(list[Any]):
    """The values of a name that occurs again."""


def _why_xml(body: bytes, error: Exception) -> str:
    if not body.strip():
        return "nothing where XML was expected"
    if body.lstrip()[:1] in b"{[":
        return "JSON where XML was expected"
    return f"XML that is not read here ({error})" if type(error) is ValueError else "XML that cannot be read"


def nonsense(body: bytes, *, vendor: str, why: str) -> BadAnswer:
    """Return the error for an answer that makes no sense, showing its beginning."""
    shown = redact(body[: SHOWN * 40].decode("utf-8", "replace"))[:SHOWN].strip()
    begins = f"; it begins: {shown}" if shown else ""
    return BadAnswer(
        f"{vendor} answered {why}{begins}",
        hint="check the profile's url; with --trace FILE the whole exchange is kept",
    )


def _encoded(text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise _not_text(error) from error


def _not_text(error: UnicodeEncodeError) -> UsageError:
    near = error.object[max(0, error.start - 20) : error.end].encode("ascii", "backslashreplace").decode("ascii")
    return UsageError(f"what should be sent is not text (UTF-8), near {near!r}; nothing was sent")


def _decimal(text: str) -> Decimal:
    """Return a Decimal; one that would be megabytes when written out (1E+999999999) is refused."""
    if len(text) <= LONGEST:
        number = Decimal(text)
        if abs(number.adjusted()) <= LONGEST:
            return number
    raise ValueError("a number of absurd length")


def _int(text: str) -> int:
    if len(text) > LONGEST:
        raise ValueError("a number of absurd length")
    return int(text)


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _is_shallow(body: bytes) -> bool:
    """Return whether JSON certainly nests no deeper than DEEPEST: its brackets alone, taken away from the inside out.

    A bracket in a text may stand in the way; then the values tell.
    """
    brackets = body.translate(None, NO_BRACKETS)
    for _ in range(DEEPEST // 2):  # each round takes away one level, or one of each kind
        left = brackets.replace(b"{}", b"").replace(b"[]", b"")
        if not left or left == brackets:
            return not left
        brackets = left
    return False


def _check_depth(value: Any) -> None:
    """Raise RecursionError for what nobody could walk through: it nests deeper than any order."""
    level: Iterable[Any] = [value]
    for _ in range(DEEPEST + 1):
        containers = [v for v in level if type(v) in CONTAINERS]
        if not containers:
            return
        level = chain.from_iterable([c.values() if type(c) is dict else c for c in containers])
    raise RecursionError


def _why(body: bytes, error: Exception) -> str:
    if not body.strip():
        return "nothing where JSON was expected"
    if body.lstrip()[:1] == b"<":
        return "HTML or XML where JSON was expected"
    if isinstance(error, RecursionError):
        return "JSON that is nested too deeply"
    if isinstance(error, UnicodeDecodeError):
        return "text that is not UTF-8"
    return "JSON that cannot be read" if body.lstrip()[:1] in b"{[" else "something that is not JSON"
