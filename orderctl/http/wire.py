"""Bytes to values and back, safely: JSON with Decimals, XML without DTDs, PHP's forms; BadAnswer on nonsense."""

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, NoReturn
from urllib.parse import quote_plus

from orderctl.errors import BadAnswer, UsageError
from orderctl.model import Json
from orderctl.redaction import redact

SHOWN = 120
"""How much of a nonsensical answer an error shows, in characters."""

MAX_DIGITS = 400
"""How many characters a number may have, and digits when written out."""

NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))

MAX_DEPTH = 64
"""How many levels of lists and objects an answer may have; what is deeper is read as one text."""

HOPELESS = 10_000
"""How many levels make the whole answer nonsense."""

MAX_BRACKETS = 4_000_000
"""How many brackets of lists and objects a JSON answer may have."""

TYPING = frozenset({"nil", "type"})
"""The attributes of XML that say what kind of value an element has, and nothing else."""

CHUNK = 65_536
"""How many bytes of XML are read before it is seen whether they are too many, or too deep."""

MAX_CHARACTER = 0x10FFFF

MAX_REPAIRED = 8_000_000
"""How many bytes of XML are searched for characters that it cannot hold."""

MAX_NODES = 2_000_000
"""How many elements an XML answer may have."""


def read_json(body: bytes, *, vendor: str, exact: bool = False) -> Any:
    """Return a JSON answer, its numbers as int or Decimal. Raises BadAnswer for nonsense, and for too much of it.

    What no order can have is kept as text and harms nothing around it: NaN, a number of absurd length or size, what is
    nested too deeply. Bytes that are not UTF-8 become U+FFFD. `exact` refuses all that, for what is passed on as it is.

    >>> read_json(b'{"a": NaN, "b": 1e999, "c": 1.50}', vendor="X")
    {'a': 'NaN', 'b': '1e999', 'c': Decimal('1.50')}
    """
    real, whole, other = (_exact(_decimal), _exact(_int), _exact(str)) if exact else (_decimal, _int, str)
    try:
        text = _bounded(body, exact=exact)
        return json.loads(text, parse_float=real, parse_int=whole, parse_constant=other, strict=exact)
    except (ValueError, RecursionError) as error:
        raise nonsense(body, vendor=vendor, why=_why(body, error)) from None


def read_xml(body: bytes, *, vendor: str) -> tuple[str, Any]:
    """Return an XML answer as the root's name and its value. Raises BadAnswer for nonsense, a DTD, too deep, too large.

    What is nested deeper than MAX_DEPTH is read as the text in it; a character that XML cannot hold becomes U+FFFD.

    An element with children is a mapping of their names, one name's several values (or those of `type="array"`) a
    list; one without is its text, None where it is empty. An attribute that says more than a type is beside the
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
            root = _xml_tree(_legal_xml(body), guarded=True)  # which knows better what is wrong with it
        return root.tag, _xml_value(root)
    except (ParseError, ValueError, LookupError) as error:
        raise nonsense(body, vendor=vendor, why=_why_xml(body, error)) from None


def write_json(value: Any) -> bytes:
    """Return a document of texts, lists and objects. Raises UsageError for what is not text."""
    return _encoded(json.dumps(value, ensure_ascii=False))


def json_object(params: Iterable[tuple[str, str]]) -> bytes:
    """Return the parameters of a raw call as a JSON object: Json as it is, anything else a text.

    >>> json_object([("order", "82806"), ("rows", Json("[1.50, null]"))])
    b'{"order": "82806", "rows": [1.50, null]}'
    """
    values = {key: value if isinstance(value, Json) else json.dumps(value, ensure_ascii=False) for key, value in params}
    return _encoded("{" + ", ".join([f"{json.dumps(k, ensure_ascii=False)}: {v}" for k, v in values.items()]) + "}")


def form_pairs(params: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return the parameters of a raw call as a form or a query has them: lists and objects of Json as PHP reads them.

    >>> form_pairs([("order", "82806"), ("rows", Json('[{"id": 1.50}, true, null]'))])
    (('order', '82806'), ('rows[0][id]', '1.50'), ('rows[1]', '1'), ('rows[2]', ''))
    """
    return tuple([pair for key, value in params for pair in _pairs(key, value)])


def _pairs(key: str, value: str) -> Iterable[tuple[str, str]]:
    if not isinstance(value, Json):
        return [(key, value)]
    return _php(key, _texts(json.loads(value, parse_float=str, parse_int=str)), [])


def _texts(value: Any) -> Any:
    """Return JSON with texts only: 1 and 0 for true and false, an empty one for null."""
    if isinstance(value, dict):
        return {key: _texts(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_texts(inner) for inner in value]
    return value if isinstance(value, str) else "1" if value else "0" if value is False else ""


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
        return "&".join([f"{_quoted_name(name)}={_quoted_value(value)}" for name, value in pairs]).encode("ascii")
    except UnicodeEncodeError as error:
        raise _not_text(error) from error


_quoted_name = lru_cache(maxsize=1024)(quote_plus)
"""Quotes the name of a field; every order has the same ones."""


_PLAIN = re.compile(r"[A-Za-z0-9_.~-]*")

_QUOTED = [quote_plus(bytes([octet])) for octet in range(256)]


def _quoted_value(value: str) -> str:
    return value if _PLAIN.fullmatch(value) else "".join(map(_QUOTED.__getitem__, value.encode()))


def write_multipart(parts: Iterable[tuple[str, str | None, bytes]]) -> tuple[str, bytes]:
    """Return the content type and the body of a form with files: parts of a name, a file's name (or None), a content.

    A file's name goes as UTF-8. Raises UsageError for what is not text, and for a file's name that would be stored as
    another one (see `not_file_name`).
    """
    from secrets import token_hex  # noqa: PLC0415  (few send files)

    boundary = f"orderctl-{token_hex(16)}"
    body = bytearray()
    for name, file, content in parts:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{_quoted(name)}"'
        if file is not None:
            if bad := not_file_name(file):
                raise UsageError(f"the file name {file!r} holds {bad}; nothing was sent", hint="rename the file")
            head += f'; filename="{file}"\r\nContent-Type: application/octet-stream'
        body += _encoded(f"{head}\r\n\r\n") + content + b"\r\n"
    body += f"--{boundary}--\r\n".encode("ascii")
    return f"multipart/form-data; boundary={boundary}", bytes(body)


def not_file_name(name: str) -> str:
    r"""Return what of a file's name cannot be sent in a form, "" where all of it can.

    Servers store a quotation mark as it is escaped, and cut a name after a backslash.

    >>> not_file_name("offer 1.pdf"), not_file_name('12" screen.pdf'), not_file_name("a\\b.pdf")
    ('', 'a quotation mark', 'a backslash')
    """
    if '"' in name:
        return "a quotation mark"
    if "\\" in name:
        return "a backslash"
    if any(c < " " or "\x7f" <= c <= "\x9f" or "\ud800" <= c <= "\udfff" or c in "\u2028\u2029" for c in name):
        return "a control character"
    return ""


def basic_auth(user: str, password: str) -> str:
    """Return the Authorization header of HTTP Basic.

    >>> basic_auth("token", "X")
    'Basic dG9rZW46WA=='
    """
    return "Basic " + b64encode(_encoded(f"{user}:{password}")).decode("ascii")


def php(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the pairs of a form, arrays in PHP's notation.

    >>> php({"sum": "320", "productArray": [{"id": "1"}], "type": ["call", "email"]})
    [('sum', '320'), ('productArray[0][id]', '1'), ('type[0]', 'call'), ('type[1]', 'email')]
    """
    pairs: list[tuple[str, str]] = []
    for name, value in values.items():
        _php(name, value, pairs)
    return pairs


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


def _php(name: str, value: Any, pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the pairs with those of one value added."""
    if isinstance(value, str):
        pairs.append((name, value))
        return pairs
    for key, inner in enumerate(value) if isinstance(value, list | tuple) else value.items():
        if isinstance(inner, str):
            pairs.append((f"{name}[{key}]", inner))
        else:
            _php(f"{name}[{key}]", inner, pairs)
    return pairs


def _quoted(text: str) -> str:
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _is_plain_xml(body: bytes) -> bool:
    """Return whether a look at the bytes shows that an answer has no DTD and not too many elements.

    In every encoding that the parser knows, ASCII is itself, but for UTF-16, which is full of zero bytes.
    """
    few = len(body) <= MAX_NODES or body.count(b"<") <= MAX_NODES
    return few and b"<!DOCTYPE" not in body and b"\0" not in body


def _xml_tree(body: bytes, *, guarded: bool) -> Any:
    """Return the root of an answer. Not `guarded`, it is read three times as fast, and may be of any depth."""
    from xml.etree.ElementTree import XMLParser  # noqa: PLC0415

    parser = XMLParser(target=_builder() if guarded else None)  # noqa: S314  (no DTD, so no entities and no bombs)
    step = CHUNK if guarded else max(1, len(body))  # the parser reads what it was fed to its end, whatever was raised
    for start in range(0, len(body), step):
        parser.feed(body[start : start + step])
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
            if self.depth > HOPELESS or self.nodes > MAX_NODES:
                raise ValueError("too deep or too large")
            return super().start(tag, attrs)

        def end(self, tag: Any) -> Any:
            self.depth -= 1
            return super().end(tag)

    return Bounded()


def _xml_value(element: Any, levels: int = MAX_DEPTH) -> Any:
    """Return what an element says; what is below so many levels, its own among them, is text.

    Raises ValueError for a pit.
    """
    attributes = element.attrib
    says = {}
    if not TYPING.issuperset(attributes):
        says = {f"@{k}": v for k, v in attributes.items() if k not in TYPING}
    array = attributes.get("type") == "array"
    if not len(element) and not array:
        text = element.text
        if says:
            return {**says, "@text": text} if text else says
        return text if text and not text.isspace() else None
    if levels == 1 and len(element):
        return _text_in(element)
    if array:
        return [_xml_value(child, levels - 1) for child in element]
    found: dict[str, Any] = says
    for child in element:
        name, attributes = child.tag, child.attrib
        if len(child) or (attributes and (len(attributes) > 1 or attributes.get("type", "array") == "array")):
            value = _xml_value(child, levels - 1)
        else:  # as nearly all are: a text, which need not be asked for one by one
            text = child.text
            value = text if text and not text.isspace() else None
        if name not in found:
            found[name] = value
        elif isinstance(found[name], _Several):
            found[name].append(value)
        else:
            found[name] = _Several([found[name], value])
    return found


def _text_in(element: Any) -> str:
    """Return the text of an element and of all that is in it. Raises ValueError where that has no bottom."""
    level = [element]
    for _ in range(HOPELESS):
        level = [child for one in level for child in one]
        if not level:
            return "".join(element.itertext())
    raise ValueError("too deep or too large")


def _legal_xml(body: bytes) -> bytes:
    """Return XML in UTF-8 with every character that XML cannot hold, raw or as a reference, as U+FFFD."""
    declared = re.match(rb"[^>]{0,99}encoding\s*=\s*.utf-?8", body, re.IGNORECASE)
    other = body[:2] in {b"\xff\xfe", b"\xfe\xff"} or (b"encoding" in body[:99] and not declared)
    if other or len(body) > MAX_REPAIRED:
        return body
    text = re.sub("[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "\ufffd", body.decode("utf-8", "replace"))
    return re.sub("&#(x[0-9a-fA-F]{1,6}|[0-9]{1,7});", _legal_reference, text).encode()


def _legal_reference(found: Any) -> str:
    number = int(found[1][1:], 16) if found[1][0] == "x" else int(found[1])
    return "\ufffd" if number > MAX_CHARACTER or not_xml(chr(number)) else found[0]


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


def _bounded(body: bytes, *, exact: bool) -> str:
    """Return JSON that can be walked through. Raises UnicodeDecodeError; RecursionError for too deep or too large."""
    brackets = body.translate(None, NO_BRACKETS)
    if len(brackets) > MAX_BRACKETS:
        raise RecursionError
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        if exact or body.lstrip()[:1] not in {b"[", b"{"}:
            raise
        text = body.decode("utf-8", "replace")
    if _is_shallow(brackets):
        return text
    shallow = _shallow(text)
    if exact and shallow != text:
        raise RecursionError
    return shallow


def _exact(read: Callable[[str], Any]) -> Callable[[str], Any]:
    """Return `read` that raises ValueError for a number that would stay text."""

    def number(text: str) -> Any:
        value = read(text)
        if type(value) is str:
            raise ValueError(f"{text[:9]} is not a number that an order can have")
        return value

    return number


def _decimal(text: str) -> Decimal | str:
    """Return a Decimal; one that would be megabytes when written out (1E+999999999) stays text."""
    if len(text) <= MAX_DIGITS:
        try:
            number = Decimal(text)
        except ArithmeticError:
            return text
        if abs(number.adjusted()) <= MAX_DIGITS:
            return number
    return text


def _int(text: str) -> int | str:
    return int(text) if len(text) <= MAX_DIGITS else text


def _is_shallow(brackets: bytes) -> bool:
    """Return whether JSON certainly nests no deeper than MAX_DEPTH: its brackets, taken away from the inside out.

    A bracket in a text may hide it; then the text decides.
    """
    for _ in range(MAX_DEPTH // 2):  # each round takes away one level, or one of each kind
        left = brackets.replace(b"{}", b"").replace(b"[]", b"")
        if not left or left == brackets:
            return not left
        brackets = left
    return False


def _shallow(text: str) -> str:
    """Return JSON with each list and object that is nested too deeply as a text. Raises RecursionError for a pit."""
    bracket = re.compile(r'(?:[^"\[\]{}]++|"(?:[^"\\]++|\\.)*+"?)*+([\[\]{}]?)', re.DOTALL)
    kept: list[str] = []
    depth = done = cut = 0
    for found in bracket.finditer(text):
        if not found[1]:
            break
        if found[1] in "[{":
            depth += 1
            if depth == MAX_DEPTH + 1:
                cut = found.start(1)
            elif depth > HOPELESS:
                raise RecursionError
        else:
            if depth == MAX_DEPTH + 1:
                kept += text[done:cut], json.dumps(text[cut : found.end()])
                done = found.end()
            depth -= 1
    return "".join([*kept, text[done:]])


def _why(body: bytes, error: Exception) -> str:
    if not body.strip():
        return "nothing where JSON was expected"
    if body.lstrip()[:1] == b"<":
        return "HTML or XML where JSON was expected"
    if isinstance(error, RecursionError):
        return "JSON that is nested too deeply, or too large"
    if isinstance(error, UnicodeDecodeError):
        return "text that is not UTF-8"
    return "JSON that cannot be read" if body.lstrip()[:1] in b"{[" else "something that is not JSON"
