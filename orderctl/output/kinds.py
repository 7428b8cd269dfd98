"""What is shown of each kind of document: its columns, its key and schema in a list, and what `-o ids` prints."""

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from orderctl.output.jsontext import compact
from orderctl.output.values import plain

Document = Mapping[str, Any]

Picked = tuple[tuple[str, str], ...]
"""The fields of --fields: the path of each in a document, and its name as it was given, the heading of its column."""


class DocumentKind(NamedTuple):
    """How one kind of document is shown.

    `key` is the list's name in its document and `item` the schema of one document, "" where it has none. `columns`
    are the dotted paths that a table shows, each with its heading. `live` documents are passed on one by one, because
    a script follows them. `plural` is what several are called, where that is not the key.
    """

    key: str
    columns: Mapping[str, str]
    id: str = "id"
    item: str = ""
    schema: str = ""
    live: bool = False
    plural: str = ""


GOOD = frozenset({"cancelled", "created", "pushed", "replayed", "unchanged", "updated"})
"""Outcomes of an order that is now as it was asked for: all that -o ids prints of a write."""

CHANGED = frozenset({"cancelled", "created", "pushed", "unknown", "updated"})
"""Outcomes of an order that was changed at the vendor, or may have been."""

KINDS: Mapping[str, DocumentKind] = {
    "auth": DocumentKind(
        key="auth",
        columns={
            "profile": "PROFILE",
            "vendor": "VENDOR",
            "secret": "SECRET",
            "required": "REQUIRED",
            "source": "SOURCE",
        },
        id="profile",
        schema="orderctl.auth/1",
    ),
    "comment": DocumentKind(
        key="comments",
        columns={"id": "ID", "created_at": "CREATED", "kind": "KIND", "author": "AUTHOR", "text": "TEXT"},
        schema="orderctl.comments/1",
    ),
    "draft": DocumentKind(
        key="drafts",
        columns={
            "reference": "REFERENCE",
            "customer.name": "CUSTOMER",
            "customer.email": "EMAIL",
            "currency": "CUR",
            "lines.quantity": "QUANTITIES",
            "lines.sku": "SKUS",
            "lines.price": "PRICES",
        },
        id="reference",
        item="orderctl.draft/1",
        schema="orderctl.drafts/1",
    ),
    "event": DocumentKind(
        key="events",
        columns={
            "id": "ID",
            "received_at": "RECEIVED",
            "kind": "KIND",
            "order_id": "ORDER",
            "reference": "REFERENCE",
            "acked_at": "ACKNOWLEDGED",
            "profile": "PROFILE",
        },
        item="orderctl.event/1",
        schema="orderctl.events/1",
    ),
    "field": DocumentKind(
        key="fields",
        columns={"name": "NAME", "kind": "KIND", "required": "REQUIRED", "word": "WORD", "note": "NOTE"},
        id="name",
        schema="orderctl.fields/1",
    ),
    "finding": DocumentKind(
        key="findings",
        columns={
            "state": "STATE",
            "profile": "PROFILE",
            "check": "CHECK",
            "message": "MESSAGE",
            "remedy": "REMEDY",
        },
        id="check",
        schema="orderctl.doctor/1",
    ),
    "line": DocumentKind(
        key="lines",
        columns={
            "id": "ID",
            "sku": "SKU",
            "name": "NAME",
            "quantity": "QUANTITY",
            "unit_price": "UNIT PRICE",
            "total": "TOTAL",
        },
        schema="orderctl.lines/1",
    ),
    "mapping": DocumentKind(
        key="mappings",
        columns={"name": "NAME", "source": "SOURCE", "format": "FORMAT", "known_by": "KNOWN BY"},
        id="name",
        schema="orderctl.mappings/1",
    ),
    "operation": DocumentKind(
        key="journal",
        columns={
            "sent_at": "SENT",
            "state": "STATE",
            "verb": "VERB",
            "reference": "REFERENCE",
            "id": "ID",
            "profile": "PROFILE",
            "message": "MESSAGE",
        },
        id="op",
        item="orderctl.operation/1",
        schema="orderctl.journal/1",
        plural="operations",
    ),
    "order": DocumentKind(
        key="orders",
        columns={
            "id": "ID",
            "reference": "REFERENCE",
            "title": "TITLE",
            "status": "STATUS",
            "vendor_status": "VENDOR STATUS",
            "customer.name": "CUSTOMER",
            "total": "TOTAL",
            "currency": "CUR",
            "created_at": "CREATED",
        },
        item="orderctl.order/1",
        schema="orderctl.list/1",
    ),
    "profile": DocumentKind(
        key="profiles",
        columns={
            "name": "NAME",
            "vendor": "VENDOR",
            "url": "URL",
            "default": "DEFAULT",
            "protected": "PROTECTED",
        },
        id="name",
        schema="orderctl.profiles/1",
    ),
    "requests": DocumentKind(
        key="requests",
        columns={"method": "METHOD", "url": "URL", "body": "BODY"},
        id="",
        item="orderctl.requests/1",
    ),
    "result": DocumentKind(
        key="results",
        columns={"outcome": "OUTCOME", "id": "ID", "reference": "REFERENCE", "message": "MESSAGE"},
        item="orderctl.result/1",
        schema="orderctl.results/1",
        live=True,
    ),
    "status": DocumentKind(
        key="statuses",
        columns={"name": "NAME", "status": "STATUS", "orders": "ORDERS", "source": "SOURCE"},
        id="name",
        schema="orderctl.statuses/1",
    ),
    "step": DocumentKind(
        key="steps", columns={"id": "ID", "name": "NAME", "error": "ERROR"}, schema="orderctl.steps/1"
    ),
    "vendor": DocumentKind(
        key="vendors",
        columns={"name": "NAME", "title": "TITLE", "commands": "COMMANDS", "summary": "SUMMARY"},
        id="name",
        schema="orderctl.vendors/1",
    ),
}
"""Every kind of document by the name that commands use for it."""

NUMBERS = frozenset({"attempts", "orders", "quantity", "total", "unit_price"})
"""Columns that are aligned to the right on a terminal."""


def value(document: Document, path: str) -> Any:
    """Return the value at a dotted path of a document; for a list, the values in each of its items."""
    found: Any = document
    for name in path.split("."):
        if isinstance(found, list):
            found = [item.get(name) for item in found if isinstance(item, Mapping)]
        elif isinstance(found, Mapping):
            found = found.get(name)
        else:
            return None
    return found


def cell(found: Any, *, yes: str = "yes", no: str = "no") -> str:
    """Return a document's value as the text of a cell: nothing for null, a list's texts with commas, JSON otherwise."""
    if found is None:
        return ""
    if isinstance(found, bool):
        return yes if found else no
    if isinstance(found, str):
        return found
    if isinstance(found, int | float):
        return str(found)
    found = plain(found)
    if isinstance(found, str):
        return found
    if isinstance(found, list) and all(item is None or isinstance(item, str) for item in found):
        return ", ".join([item for item in found if item])
    return compact(found) if found else ""


def cells(paths: tuple[str, ...]) -> Callable[[Document], list[str]]:
    """Return a function from a document to the cells at these paths; it runs once a row, so it is made once."""
    return _texts(values(paths))


def texts(getters: Sequence[Callable[[Document], Any]]) -> Callable[[Document], list[str]]:
    """Return a function from a document to the cells of what these return of it."""
    return _texts(_one_by_one(getters))


def _texts(read: Callable[[Document], Sequence[Any]]) -> Callable[[Document], list[str]]:
    def row(document: Document) -> list[str]:
        return [item if isinstance(item, str) else "" if item is None else cell(item) for item in read(document)]

    return row


def _one_by_one(getters: Sequence[Callable[[Document], Any]]) -> Callable[[Document], Sequence[Any]]:
    return lambda document: [get(document) for get in getters]


def values(paths: tuple[str, ...]) -> Callable[[Document], Sequence[Any]]:
    """Return a function from a document to its values at these paths, None for one that is not there.

    Neighbours of one place are read together, one by one where one of them is missing.
    """
    one_by_one = _one_by_one([getter(path) for path in paths])
    if "required" in paths or any(path.count(".") > 1 for path in paths):
        return one_by_one
    places = [(top, tuple(some)) for top, some in groupby(paths, lambda path: path.rpartition(".")[0])]
    parts = [(top, itemgetter(*(path.rpartition(".")[2] for path in some)), len(some)) for top, some in places]

    def together(document: Document) -> Sequence[Any]:
        found: list[Any] = []
        try:
            for top, read, many in parts:
                some = read(document[top] if top else document)
                found += some if many > 1 else (some,)
        except (KeyError, TypeError):  # not all of them are there, or one place is a list
            return one_by_one(document)
        return found

    return together


def getter(path: str) -> Callable[[Document], Any]:
    """Return a function from a document to its value at a path, as `value` does, faster."""
    top, dot, below = path.partition(".")
    if path == "required":
        return lambda document: document.get(path) if document.get("required_known", True) else "unknown"
    if not dot:
        return lambda document: document.get(path)
    if "." in below:
        return lambda document: value(document, path)

    def get(document: Document) -> Any:
        inner = document.get(top)
        return inner.get(below) if isinstance(inner, dict) else value(document, path)

    return get
