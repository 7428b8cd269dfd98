"""The OneBox emulator's answers: which keys they carry, and which orders a list's parameters ask for.

Answers carry the keys that the vendor documents and no others; the list has fewer than the single order.
"""

from collections.abc import Mapping
from decimal import Decimal

from orderctl.sandbox.onebox.box import ADDRESS_PARTS, count, extras_of, given, moment, number, shown_extras
from orderctl.sandbox.php import Array
from orderctl.sandbox.store import Condition, Document, Store

COMMENT_KEYS = (
    "id",
    "cdate",
    "type",
    "content",
    "showtoclient",
    "userid",
    "usercode",
    "username",
    "useremail",
    "userphone",
)

CONTACT_FILTERS: Mapping[str, str] = {
    **{f"contact{part.title().replace('_', '')}": part for part in ADDRESS_PARTS},
    "contactCode": "code",
    "contactCompany": "company",
    "contactEmail": "email",
    "contactPhone": "phone",
}
"""A list's filters on its customers: `contactCountry` is the vendor's example."""

EQUAL_FILTERS = ("clientId", "clientcode", "statusid", "statusname", "type", "workflowid", "workflowname")

NUMBER_KEYS = frozenset({"deliveriprice", "sum", "sumbase"})

ORDER_KEYS_LIST = (
    "orderid",
    "ordernumber",
    "ordercode",
    "ordername",
    "clientId",
    "clientcode",
    "clientname",
    "clientemail",
    "clientphone",
    "clientaddress",
    "managerid",
    "managername",
    "managerrole",
    "cdate",
    "deliveriID",
    "deliverinote",
    "deliveriprice",
    "sum",
    "sumbase",
    "currency",
    "statusname",
    "workflowname",
    "contractorid",
    "contractorname",
    "products",
    "customfields",
)

ORDER_KEYS_ONE = (
    *(key for key in ORDER_KEYS_LIST if key != "ordernumber"),
    "dateto",
    "weight",
    "gabarite",
)

PRODUCT_KEYS_LIST = (
    "id",
    "name",
    "count",
    "price",
    "storageId",
    "storageExternalId",
    "productsource",
    "pricewithvat",
    "pricewithoutvat",
    "productpricewithvat",
    "productpricewithoutvat",
    "producttaxvalue",
    "supplierid",
    "suppliercode1c",
    "suppliername",
    "customfields",
)

PRODUCT_KEYS_ONE = (*PRODUCT_KEYS_LIST, "discountsum", "discountpercent", "pricewithdiscount")

SEARCHED_KEYS = frozenset(ORDER_KEYS_ONE) - {"cdate", "customfields", "gabarite", "orderid", "products", "weight"}
"""Returned names that filter by equality."""


def shown(number_: int, order: Document, *, single: bool) -> Document:
    """Return an order as `get` shows it, alone or in a list."""
    product_keys = PRODUCT_KEYS_ONE if single else PRODUCT_KEYS_LIST
    whole = {
        **order,
        "customfields": shown_extras(order["custom"]),
        "orderid": str(number_),
        "ordernumber": str(number_),
        "products": [{key: line[key] for key in product_keys} for line in order["lines"]],
    }
    if single:
        gabarite = sum((Decimal(line["count"]) for line in order["lines"]), Decimal(0))
        whole |= {"gabarite": count(gabarite), "weight": "0"}
    return {key: whole[key] for key in (ORDER_KEYS_ONE if single else ORDER_KEYS_LIST)}


def shown_comment(number_: int, comment: Document) -> Document:
    """Return a comment as answers show it."""
    return {key: {"id": str(number_), **comment}[key] for key in COMMENT_KEYS}


def conditions(params: Array, store: Store) -> list[Condition]:
    """Return what the parameters of a list ask of its orders. Unknown names and empty values ask nothing."""
    asked: list[Condition] = []
    for name, value in ((str(name), given(params, str(name))) for name in params):
        if not value:
            continue
        if name in {"cdate", "udate"}:
            asked += [(name, ">=", moment(value))] if moment(value) else []
        elif name in CONTACT_FILTERS:
            asked.append(_client_has(store, (CONTACT_FILTERS[name], "=", value)))
        elif name == "typesex":
            asked.append(_client_has(store, ("typesex", "=", value)))
        elif name == "ordernumber":
            asked.append(("id", "=", int(value) if value.isascii() and value.isdigit() else 0))
        elif name in NUMBER_KEYS:
            asked.append((name, "number=", str(number(value))))
        elif name in EQUAL_FILTERS or name in SEARCHED_KEYS:
            asked.append((name, "=", value))
    asked += [_extra(key, value) for key, value in extras_of(params, ("customorder_",)).items() if value]
    asked += [
        _client_has(store, _extra(key, value)) for key, value in extras_of(params, ("customuser_",)).items() if value
    ]
    return asked


def _extra(key: str, value: str) -> Condition:
    """Ask for an extra field's value, or for a bound of it: numbers are compared as numbers, the rest as text."""
    for suffix, comparison in (("_from", ">="), ("_to", "<=")):
        if key.endswith(suffix):
            as_number = value.replace(".", "", 1).removeprefix("-").isdigit()
            return (("custom", key.removesuffix(suffix)), f"number{comparison}" if as_number else comparison, value)
    return (("custom", key), "=", value)


def _client_has(store: Store, wanted: Condition) -> Condition:
    return ("clientId", "in", [str(number_) for number_, _ in store.find("contacts", wanted)])
