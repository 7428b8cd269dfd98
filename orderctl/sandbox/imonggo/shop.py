"""What is in the emulated Imonggo account, its order fields and their checks, and its XML. The answers are Rails's."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from xml.etree.ElementTree import Element, ParseError, fromstring
from xml.sax.saxutils import escape

from orderctl.sandbox import web
from orderctl.sandbox.store import Document

BRANCHES: Mapping[int, str] = {1: "head office", 3: "active", 7: "active", 9: "inactive", 12: "active"}
"""The branches of the account; 3 is the warehouse that serves the others."""

ONE_BRANCH = 12
"""The only one that takes orders, in an account with one branch."""

PRODUCTS: Mapping[int, tuple[str, str]] = {
    9001: ("SOAP-36", "Soap"),
    11716: ("RICE-25", "Rice"),
    12806: ("MILK-12", "Milk"),
    54018: ("CUP-7", "Cup"),
}
"""The products that the vendor's examples name: stock number and name. The document names neither."""

TYPES: Mapping[str, str] = {
    "id": "integer",
    "line_no": "integer",
    "order_no": "integer",
    "product_id": "integer",
    "quantity": "decimal",
    "retail_price": "decimal",
    "serving_branch_id": "integer",
    "target_delivery_date": "date",
    "unit_content_quantity": "decimal",
    "unit_id": "integer",
    "unit_quantity": "decimal",
    "unit_retail_price": "decimal",
    "utc_created_at": "datetime",
    "utc_document_date": "datetime",
    "utc_updated_at": "datetime",
}
"""The `type` attribute of an element, by its name; all others are texts."""

ORDER_WRITABLE = (
    "reference",
    "order_type_code",
    "serving_branch_id",
    "target_delivery_date",
    "utc_document_date",
    "remark",
    "extras",
    "order_lines",
)
LINE_WRITABLE = (
    "line_no",
    "product_id",
    "quantity",
    "retail_price",
    "unit_id",
    "unit_name",
    "unit_quantity",
    "unit_content_quantity",
    "unit_retail_price",
    "brand",
    "extras",
)
"""What a create may hold; answers have the same order."""

DOCUMENTED = frozenset(
    {
        "order_lines",
        "product_id",
        "quantity",
        "remark",
        "target_delivery_date",
        "unit_content_quantity",
        "unit_id",
        "unit_name",
        "unit_quantity",
        "unit_retail_price",
    }
)
"""What the vendor's page shows; the rest is known from its app."""

CARRIAGE_RETURN: Mapping[str, str] = {"\r": "&#13;"}
"""How XML keeps one, which it would otherwise read as a line feed."""

ACTIVE, CANCELLED = "A", "D"


def read(body: bytes, root: str) -> Document:
    """Return the children of an XML document's root as Rails reads them. Raises ValueError for what is not XML."""
    try:
        if b"<!DOCTYPE" in body:
            raise ValueError("a DTD")
        element = fromstring(body)  # noqa: S314 - a DTD, and with it every entity, was refused
    except (ParseError, LookupError) as error:
        raise ValueError(str(error)) from error
    children = _value(element)
    return children if element.tag == root and isinstance(children, dict) else {}


def _value(element: Element) -> Any:
    if element.get("nil") == "true":
        return None
    if element.get("type") == "array":
        return [_value(child) for child in element]
    if not len(element):
        return element.text
    return {child.tag: _value(child) for child in element}


def document(root: str, value: Any, *, types: bool = True) -> bytes:
    """Write an answer. Without `types` only arrays are marked."""
    return ('<?xml version="1.0" encoding="UTF-8"?>\n' + "\n".join(_lines(root, value, types, "")) + "\n").encode()


def _lines(name: str, value: Any, types: bool, indent: str) -> Iterator[str]:  # noqa: FBT001 - a recursion's own
    mark = f' type="{TYPES[name]}"' if types and name in TYPES else ""
    if value is None:
        yield f'{indent}<{name}{mark} nil="true"/>'
    elif isinstance(value, list):
        yield f'{indent}<{name} type="array">' if value else f'{indent}<{name} type="array"/>'
        for child in value:
            yield from _lines(name.removesuffix("s"), child, types, indent + "  ")
        if value:
            yield f"{indent}</{name}>"
    elif isinstance(value, dict):
        yield f"{indent}<{name}>"
        for key, child in value.items():
            yield from _lines(key, child, types, indent + "  ")
        yield f"{indent}</{name}>"
    else:
        yield f"{indent}<{name}{mark}>{escape(str(value), CARRIAGE_RETURN)}</{name}>"


def errors(*texts: str) -> bytes:
    """Write a refusal."""
    told = "".join(f"<error>{escape(text)}</error>" for text in texts)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<errors>{told}</errors>\n'.encode()


def number(text: Any) -> int:
    """Return the number at the beginning of a text, as Rails looks for an id: `12abc` is 12."""
    digits = str(text or "").strip()
    while digits and not (digits.isascii() and digits.isdigit()):
        digits = digits[:-1]
    return int(digits[:18] or 0)


def decimal(text: Any) -> Decimal | None:
    """Return a number, None for what is none."""
    try:
        found = Decimal(str(text).strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def shown(value: Decimal) -> str:
    """Write a number as Ruby does: without trailing zeros, but with one decimal."""
    text = format(value, "f")
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction.rstrip('0') or '0'}"


def moment(text: Any) -> str | None:
    """Return a time as answers show it, None for what is none. Without a zone it is UTC."""
    try:
        found = datetime.fromisoformat(str(text or "").strip().replace("/", "-"))
    except ValueError:
        return None
    return stamp(found if found.tzinfo else found.replace(tzinfo=UTC))


def stamp(time: datetime) -> str:
    """Write a time."""
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def day(text: Any) -> str | None:
    """Return a date as answers show it; None, without a word, for what is none."""
    try:
        return date.fromisoformat(str(text or "").strip()[:10]).isoformat()
    except ValueError:
        return None


def order_of(sent: Document, writable: Iterable[str], line_writable: Iterable[str], *, most: int) -> Document:
    """Return the order that a create makes. Raises Refused, every problem a line."""
    lines = sent.get("order_lines")
    lines = [line if isinstance(line, dict) else {} for line in lines] if isinstance(lines, list) else []
    names = [*(n for n in sent if n not in writable), *(n for line in lines for n in line if n not in line_writable)]
    problems = [f"{name} is not a valid writable field" for name in dict.fromkeys(names)]
    if not lines:
        problems.append("Order lines can't be blank")
    if most and len(lines) > most:
        problems.append(f"Order lines is too long (maximum is {most})")
    if sent.get("serving_branch_id") and BRANCHES.get(number(sent["serving_branch_id"])) != "active":
        problems.append("Serving branch can't be blank")
    made = [_line(place, line, problems) for place, line in enumerate(lines, 1)]
    if problems:
        raise web.Refused("\n".join(dict.fromkeys(problems)))
    order = {name: sent[name] for name in ORDER_WRITABLE if name in sent and name != "order_lines"}
    order |= {"order_type_code": order.get("order_type_code") or "stock_request"}
    if "serving_branch_id" in order:
        order["serving_branch_id"] = number(order["serving_branch_id"]) or None
    if "target_delivery_date" in order:
        order["target_delivery_date"] = day(order["target_delivery_date"])
    return {**order, "status": ACTIVE, "order_lines": made}


def _line(place: int, sent: Document, problems: list[str]) -> Document:
    if number(sent.get("product_id")) not in PRODUCTS:
        problems.append("Product can't be blank")
    line: Document = {"line_no": place}
    for name in LINE_WRITABLE:
        if name not in sent:
            continue
        value = sent[name]
        if TYPES.get(name) == "integer":
            line[name] = number(value) or None
        elif TYPES.get(name) == "decimal":
            line[name] = _decimal(name, value, problems)
        else:
            line[name] = value
    if sent.get("quantity") is None:
        problems.append("Quantity can't be blank")
    return {**line, "brand": line.get("brand")}


def _decimal(name: str, value: Any, problems: list[str]) -> str | None:
    found = decimal(value)
    if value is None:
        return None
    if found is None:
        problems.append(f"{name.replace('_', ' ').capitalize()} is not a number")
        return None
    return shown(found)
