"""The OneBox emulator's box: what it holds from the start, and how it turns what is sent into what is kept.

Pure functions and literal tables; `orderctl.sandbox.onebox.emulator` answers requests with them.
All amounts are kept as text: money with two to four decimals, counts without needless zeros.
The box's clock shows UTC; its times are `Y-m-d H:i:s` and carry no zone.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from orderctl.sandbox.php import Array, text
from orderctl.sandbox.store import Document

ADDRESS_PARTS = ("country", "region", "district", "city", "street", "street_number", "apartment")

BASE_CURRENCY = "UAH"

CLIENT_FIELDS: Mapping[str, Mapping[str, str]] = {
    "add": {
        "clientcode": "code",
        "clientemail": "email",
        "clientnamefirst": "namefirst",
        "clientnamelast": "namelast",
        "clientnamemiddle": "namemiddle",
        "clientphone": "phone",
        "company": "company",
        "typesex": "typesex",
    },
    "update": {
        "clientcode": "code",
        "clientcompany": "company",
        "clientemail": "email",
        "clientexternalid": "externalid",
        "clientname": "namefirst",
        "clientnamelast": "namelast",
        "clientnamemiddle": "namemiddle",
        "clientphone": "phone",
        "clienttypesex": "typesex",
    },
}
"""What each call names a field of the customer's card, and what the card names it."""

CONTACTS: Mapping[int, Document] = {
    7: {"code": "SUPPLIER-7", "email": "supplier@example.org", "namefirst": "Supplier", "typesex": "company"},
}

CONTRACTORS = {"1": "Sandbox Trading"}

CUSTOM_PREFIXES = {"add": ("custom_", "customorder_"), "update": ("customorder_",)}
"""Extra fields of the order. add is documented with the first, and public clients send it the second."""

EXTRA_FIELDS = {"idKeydoppolya": "Extra field"}
"""The shown names of extra fields; any other key is shown as its own name."""

LINE_SUPPLIER = {"add": ("supplierid", "suppliercode1c"), "update": ("suplierid", "supliercode1c")}
"""update spells the supplier with one p; the other call's spelling is an unknown name."""

MANAGERS = {"Inna Leonova": {"managerid": "12", "managerrole": "Manager"}}

PRODUCTS: Mapping[str, Mapping[str, str]] = {
    "100500": {"articul": "GOODS1", "code1c": "1C-100500", "name": "Test GOODS1", "price": "102"},
    "123131": {"articul": "GOODS2", "code1c": "1C-123131", "name": "New testoviy produkt2", "price": "122"},
}

STORAGES = {"MAIN": "1", "SHOP": "2"}
"""Warehouses: external id -> the box's id."""

SUPPLIERS = {"7": {"suppliercode1c": "SUPPLIER-7", "suppliername": "Supplier"}}

WORKFLOWS: tuple[Mapping[str, Any], ...] = (
    {
        "id": "1",
        "name": "Order",
        "type": "order",
        "statuses": {"1": "New", "2": "Confirmed", "3": "In progress", "4": "Delivered", "5": "Cancelled"},
    },
    {
        "id": "2",
        "name": "Project",
        "type": "project",
        "statuses": {"11": "Planned", "12": "In progress", "13": "Done"},
    },
    {"id": "3", "name": "Task", "type": "task", "statuses": {"21": "New", "22": "Done"}},
)
"""The first is the default one, and the first status of each is its start."""

OWN_WORKFLOWS = re.compile(r"\d{1,9}:\d{1,9}(,\d{1,9})*(/\d{1,9}:\d{1,9}(,\d{1,9})*)*", re.ASCII)

NUMBER = re.compile(r"\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,2})?", re.ASCII)
MAX_AMOUNT = Decimal(10) ** 12
MOMENT = re.compile(r"\s*(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?\s*", re.ASCII)


def number(value: Any) -> Decimal:
    """Return PHP's reading of a number: the digits in front, so that `12,50` is 12 and `abc` is 0."""
    found = NUMBER.match(text(value))
    amount = Decimal(found.group().strip()) if found else Decimal(0)
    return max(-MAX_AMOUNT, min(MAX_AMOUNT, amount))


def money(amount: Decimal) -> str:
    """Return an amount as the box writes it: two decimals, or up to four where there are more."""
    exact = amount.quantize(Decimal("0.0001"), ROUND_HALF_UP)
    cents = exact.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{cents if cents == exact else exact.normalize():f}"


def count(amount: Decimal) -> str:
    """Return a quantity as the box writes it."""
    return f"{amount.quantize(Decimal('0.0001'), ROUND_HALF_UP).normalize():f}"


def moment(value: Any) -> str:
    """Return a date or date-time as `Y-m-d H:i:s`; seconds, time and leading zeros may lack. Else empty."""
    found = MOMENT.fullmatch(text(value))
    if not found:
        return ""
    try:
        return f"{datetime(*(int(part or 0) for part in found.groups())):%Y-%m-%d %H:%M:%S}"  # type: ignore[arg-type]  # noqa: DTZ001 - box-local time carries no zone
    except ValueError:
        return ""


def truth(value: Any) -> bool:
    """Return whether a flag is set: 1 and true are."""
    return text(value).strip().lower() in {"1", "true"}


def given(params: Mapping[int | str, Any], name: str) -> str:
    """Return the text of a parameter; empty when it lacks. The box does not tell the two apart."""
    return text(params.get(name))


def workflows_of(own: str) -> tuple[Mapping[str, Any], ...]:
    """Return the box's processes: those of WORKFLOWS, and those of `own`, such as `40:401,402/50:501`.

    Raises ValueError for a text that is none such, and for an id that is taken.
    """
    if own and not OWN_WORKFLOWS.fullmatch(own):
        raise ValueError("switch workflows must be ID:STATUS,STATUS, of several processes with / between")
    found = list(WORKFLOWS)
    for process in own.split("/") if own else ():
        number, _, statuses = process.partition(":")
        names = {status: f"Status {status}" for status in statuses.split(",")}
        if any(number == known["id"] or names.keys() & known["statuses"].keys() for known in found):
            raise ValueError(f"switch workflows: {process} has an id that another process or status of the box has")
        found.append({"id": number, "name": f"Process {number}", "type": "order", "statuses": names})
    return tuple(found)


def workflow_of(params: Array, workflows: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Return the process that is asked for by id, name or type, the default one, or None when there is none such."""
    known = list(workflows)
    for parameter, key in (("workflowid", "id"), ("workflowname", "name"), ("type", "type")):
        wanted = given(params, parameter)
        if wanted:
            return next((workflow for workflow in known if workflow[key] == wanted), None)
    return known[0]


def status_of(params: Array, workflow: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return id and name of the status of the process that is asked for, its start, or None: no such status."""
    statuses: Mapping[str, str] = workflow["statuses"]
    for parameter, place in (("statusid", 0), ("statusname", 1)):
        wanted = given(params, parameter)
        if wanted:
            return next((status for status in statuses.items() if status[place] == wanted), None)
    return next(iter(statuses.items()))


def place_of(workflow: Mapping[str, Any], status: tuple[str, str]) -> Document:
    """Return what an order keeps of its process and status."""
    return {
        "statusid": status[0],
        "statusname": status[1],
        "type": workflow["type"],
        "workflowid": workflow["id"],
        "workflowname": workflow["name"],
    }


def lines_of(params: Array, call: str) -> list[Document]:
    """Return the lines of `productArray`."""
    sent = params.get("productArray")
    items = sent.values() if isinstance(sent, dict) else ()
    return [_line(item, call) for item in items if isinstance(item, dict) and item]


def total_of(lines: Iterable[Document]) -> Decimal:
    """Return the sum of the lines, discounts taken off."""
    return sum((Decimal(line["pricewithdiscount"]) * Decimal(line["count"]) for line in lines), Decimal(0))


def sums_of(amount: Decimal, lines: list[Document], rates: Mapping[str, str]) -> Document:
    """Return an order's amount, and the same in the box's currency at the rate that was sent."""
    currencies = {line["currency"] for line in lines if line["currency"]}
    currency = currencies.pop() if len(currencies) == 1 else BASE_CURRENCY
    return {
        "currency": currency,
        "sum": money(amount),
        "sumbase": money(amount * number(rates.get(currency, "1"))),
    }


def extras_of(params: Mapping[int | str, Any], prefixes: Iterable[str]) -> dict[str, str]:
    """Return the extra fields that begin with one of the prefixes, by key."""
    return {
        str(name).removeprefix(prefix): text(value)
        for prefix in prefixes
        for name, value in params.items()
        if str(name).startswith(prefix)
    }


def card_of(params: Array, call: str) -> Document:
    """Return what was sent of the customer's card."""
    names = {**CLIENT_FIELDS[call], **{part: part for part in ADDRESS_PARTS}}
    return {key: given(params, name) for name, key in names.items() if given(params, name)}


def address_of(contact: Document) -> str:
    """Return the one line of an address that was given in parts."""
    return ", ".join(contact[part] for part in ADDRESS_PARTS if contact.get(part))


def name_of(contact: Document) -> str:
    """Return a customer's name as orders show it: first and last in one."""
    return " ".join(contact[part] for part in ("namefirst", "namelast") if contact.get(part))


def manager_of(params: Array) -> Document:
    """Return what an order keeps of its manager; one that the box does not know has no id and no role."""
    name = given(params, "managername")
    return {"managername": name, **MANAGERS.get(name, {"managerid": "0", "managerrole": ""})}


def is_supplied(order: Document) -> bool:
    """Return whether the order is tied to the sandbox's supplier, by a line or as its customer."""
    return order["clientId"] in SUPPLIERS or any(line["supplierid"] in SUPPLIERS for line in order["lines"])


def links_of(params: Array) -> list[str]:
    """Return the links in `files`, `files[]` or `files[0]`; anything else is not fetched."""
    sent = params.get("files")
    values = sent.values() if isinstance(sent, dict) else (sent,)
    return [text(value) for value in values if text(value).startswith(("http://", "https://"))]


def shown_extras(extras: Mapping[str, str]) -> list[Document]:
    """Return extra fields as answers show them."""
    return [{"key": key, "name": EXTRA_FIELDS.get(key, key), "value": value} for key, value in extras.items()]


def client_shown(card: Document, contact: Document) -> Document:
    """Return what a new order shows of its customer: what was sent with it, and else what the card says."""
    whole = {**contact, **card}
    return {
        "clientaddress": address_of(whole),
        "clientcode": whole.get("code", ""),
        "clientemail": whole.get("email", ""),
        "clientname": name_of(card) or name_of(contact),
        "clientphone": whole.get("phone", ""),
    }


def client_changed(card: Document, contact: Document) -> Document:
    """Return what an update of the customer's card changes in the order: nothing that was not sent."""
    sources = {
        "clientaddress": ADDRESS_PARTS,
        "clientcode": ("code",),
        "clientemail": ("email",),
        "clientname": ("namefirst", "namelast"),
        "clientphone": ("phone",),
    }
    shown = {**client_shown({}, contact)}
    return {key: shown[key] for key, parts in sources.items() if any(part in card for part in parts)}


def new_order(params: Array, card: Document, contact: Document, custom: Mapping[str, str]) -> Document:
    """Return the order that an add makes, without its place in a process and its customer's id."""
    lines = lines_of(params, "add")
    rates = extras_of(params, ("currencyrate_",))
    amount = number(params["sum"]) if given(params, "sum") else total_of(lines) - number(params.get("discountsum"))
    client = client_shown(card, contact)
    return {
        **client,
        **manager_of(params),
        **sums_of(amount, lines, rates),
        "cdate": moment(params.get("cdate")),
        "clientaddress": given(params, "clientaddress") or client["clientaddress"],
        "contractorid": given(params, "contractorid") or "0",
        "contractorname": CONTRACTORS.get(given(params, "contractorid"), ""),
        "custom": dict(custom),
        "dateto": moment(params.get("dateto")),
        "deliveriID": given(params, "deliveryid") or "0",
        "deliverinote": given(params, "deliverynote"),
        "deliveriprice": money(number(params.get("deliveryprice"))),
        "files": links_of(params),
        "lines": lines,
        "ordercode": given(params, "ordercode"),
        "ordername": given(params, "name"),
        "payed": str(int(truth(params.get("payed")))),
        "rates": rates,
    }


def changes_of(params: Array, order: Document, *, deletes_last: bool) -> Document:
    """Return what an update changes in an order, but for its place, its customer and its extra fields."""
    renamed = (("name", "ordername"), ("deliverynote", "deliverinote"), ("deliveryid", "deliveriID"))
    changes: Document = {key: given(params, name) for name, key in renamed if given(params, name)}
    added, deletes = lines_of(params, "update"), truth(params.get("deleteproducts"))
    if added or deletes:
        kept = [] if deletes else order["lines"]
        lines = [] if deletes and deletes_last else [*kept, *added]
        changes |= {"lines": lines, **sums_of(total_of(lines), lines, order["rates"])}
    elif given(params, "sum"):
        changes |= sums_of(number(params["sum"]), order["lines"], order["rates"])
    if given(params, "payed"):
        changes["payed"] = str(int(truth(params["payed"])))
    return {**changes, "files": [*order["files"], *links_of(params)]}


def _line(sent: Array, call: str) -> Document:
    product_id, product = _product(sent)
    price = number(given(sent, "price") or product.get("price", "0"))
    amount = number(given(sent, "count") or "1")
    percent = number(sent.get("discount_percent")) if call == "add" else Decimal(0)
    discounted = price - price * percent / 100
    return {
        "articul": given(sent, "articul"),
        "code1c": given(sent, "code1c"),
        "count": count(amount),
        "currency": given(sent, "currency"),
        "customfields": shown_extras(extras_of(sent, ("custom_",))),
        "discountpercent": count(percent),
        "discountsum": money((price - discounted) * amount),
        "id": product_id,
        "name": given(sent, "name") or product.get("name", ""),
        "price": money(price),
        "pricewithdiscount": money(discounted),
        "pricewithoutvat": money(price),
        "pricewithvat": money(price),
        "productpricewithoutvat": money(price * amount),
        "productpricewithvat": money(price * amount),
        "productsource": "product",
        "producttaxvalue": "0",
        **_storage(sent, call),
        **_supplier(sent, call),
    }


def _product(sent: Array) -> tuple[str, Mapping[str, str]]:
    """Find the product of the box that a line means, by id, external id or SKU; without one the id is 0."""
    tests: tuple[tuple[str, Callable[[str, Mapping[str, str]], str]], ...] = (
        ("id", lambda product_id, _: product_id),
        ("code1c", lambda _, product: product["code1c"]),
        ("articul", lambda _, product: product["articul"]),
    )
    for name, value_of in tests:
        wanted = given(sent, name)
        for product_id, product in PRODUCTS.items():
            if wanted and value_of(product_id, product) == wanted:
                return product_id, product
    return "0", {}


def _storage(sent: Array, call: str) -> Document:
    code = given(sent, "storagecode1c") if call == "update" else ""
    if code not in STORAGES or given(sent, "storagefromcode1c") not in {"", *STORAGES}:
        return {"storageExternalId": "", "storageId": "0"}
    return {"storageExternalId": code, "storageId": STORAGES[code]}


def _supplier(sent: Array, call: str) -> Document:
    by_id, by_code = (given(sent, name) for name in LINE_SUPPLIER[call])
    for supplier_id, supplier in SUPPLIERS.items():
        if supplier_id == by_id or supplier["suppliercode1c"] == by_code:
            return {"supplierid": supplier_id, **supplier}
    return {"supplierid": by_id or "0", "suppliercode1c": by_code, "suppliername": ""}
