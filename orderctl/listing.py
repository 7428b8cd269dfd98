"""Reads pages until there are enough orders: filters that the vendor cannot apply, cursors, limits and sorting.

The cursor that a user sees is the vendor's own and the row in that page where to go on: `3:250`.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

from orderctl.backend import Backend, Vendor
from orderctl.errors import Unsupported, UsageError
from orderctl.fields import nearest
from orderctl.model import Order, Query, Status
from orderctl.values import dataclass, field, replace

SORT_KEYS: dict[str, Callable[[Order], Any]] = {
    "created_at": lambda o: o.created_at,
    "customer": lambda o: o.customer.name,
    "due_at": lambda o: o.due_at,
    "id": lambda o: o.id,
    "number": lambda o: o.number,
    "reference": lambda o: o.reference,
    "status": lambda o: o.status,
    "title": lambda o: o.title,
    "total": lambda o: o.total,
    "updated_at": lambda o: o.updated_at,
    "vendor_status": lambda o: o.vendor_status,
}

WORDS = {
    "changed_since": "--changed-since",
    "customer": "--customer",
    "reference": "--reference",
    "since": "--since",
    "status": "--status",
    "until": "--until",
}

HERE: dict[str, Callable[[Order, Any], bool]] = {
    "changed_since": lambda o, v: _at(o.updated_at) is not None and _at(o.updated_at) >= _at(v),
    "customer": lambda o, v: v in (o.customer.id, o.customer.code),
    "reference": lambda o, v: o.reference == v,
    "since": lambda o, v: _at(o.created_at) is not None and _at(o.created_at) >= _at(v),
    "status": lambda o, v: v == o.status if v in set(Status) else v == o.vendor_status,
    "until": lambda o, v: _at(o.created_at) is not None and _at(o.created_at) < _at(v),
}
"""How a word of a query is applied to an order that was read."""


@dataclass()
class Listing:
    """The orders of a query, read as they are asked for; after that, where the list ended.

    `complete` is False where more orders may exist, and `next` the cursor to go on with. `errors` are rows that
    could not be read.
    """

    orders: Iterator[Order]
    complete: bool = True
    next: str | None = None
    errors: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def plan(query: Query, vendor: Vendor) -> tuple[Query, dict[str, Any]]:
    """Return the part of a query that the vendor applies, and the part that is applied here.

    Raises Unsupported where neither can.
    """
    asked = {w: getattr(query, w) for w in WORDS if getattr(query, w) is not None}
    ours = query.status in set(Status)
    here, there = {}, {}
    for word, value in asked.items():
        at_vendor = word in vendor.filters and not (word == "status" and ours)
        if at_vendor:
            there[word] = value
        if word in vendor.answered or (word == "status" and ours):
            here[word] = value
        elif not at_vendor:
            raise Unsupported(
                f"{vendor.title} cannot filter by {WORDS[word]}",
                hint=f"it can by: {', '.join(sorted(WORDS[w] for w in vendor.filters | vendor.answered))}",
            )
    dropped: dict[str, Any] = {w: None for w in asked if w not in there}
    return replace(query, **dropped), here


def read(
    backend: Backend, query: Query, *, limit: int | None, after: str | None = None, note: Callable[[str], None]
) -> Listing:
    """Return the orders of a query, at most `limit`, going on after a cursor. `note` takes lines for --verbose."""
    vendor = backend.vendor
    there, here = plan(query, vendor)
    sort_here = query.sort is not None and query.sort not in vendor.sorts
    if query.sort is not None and sort_here:
        if query.sort not in SORT_KEYS:
            raise UsageError(f"--sort {query.sort}: no such key", hint=nearest(query.sort, [*SORT_KEYS, *vendor.sorts]))
        if limit is not None or after is not None:
            raise UsageError(
                f"{vendor.title} cannot sort by {query.sort}, so all orders must be read first", hint="add --all"
            )
    if here:
        note(f"applied here, on what {vendor.title} answers: {', '.join(sorted(WORDS[w] for w in here))}")
    listing = Listing(iter(()))
    found = _scan(backend, there, here, limit, _start(after), listing)
    listing.orders = _sorted(found, query) if sort_here else found
    return listing


def _scan(
    backend: Backend,
    query: Query,
    here: dict[str, Any],
    limit: int | None,
    start: tuple[str | None, int],
    listing: Listing,
) -> Iterator[Order]:
    cursor, skip = start
    shown = 0
    before: tuple[str, ...] = ()
    while True:
        page = backend.page(query, cursor)
        ids = tuple(o.id for o in page.orders)
        if ids and ids == before:
            listing.notes.append("a page repeated the one before it; taken for the end of the list")
            return
        before = ids
        listing.errors.extend(page.errors)
        for number, order in enumerate(page.orders[skip:], skip):
            if limit is not None and shown >= limit:
                listing.complete, listing.next = False, f"{cursor or ''}:{number}"
                return
            if all(HERE[word](order, value) for word, value in here.items()):
                shown += 1
                yield order
        if page.next is None:
            return
        cursor, skip = page.next, 0
        if limit is not None and shown >= limit:
            listing.complete, listing.next = False, f"{cursor}:0"
            return


def _start(after: str | None) -> tuple[str | None, int]:
    if after is None:
        return None, 0
    cursor, colon, row = after.rpartition(":")
    if not colon or not row.isdigit() or len(row) > 9:
        raise UsageError(f"--after {after}: not a cursor", hint='it is the "next" of an earlier list, such as 3:250')
    return cursor or None, int(row)


def _sorted(orders: Iterator[Order], query: Query) -> Iterator[Order]:
    key = SORT_KEYS[query.sort or "id"]
    known: list[Order] = []
    unknown: list[Order] = []
    for order in orders:
        (unknown if key(order) is None else known).append(order)
    known.sort(
        key=lambda o: _at(key(o)) if query.sort in {"created_at", "due_at", "updated_at"} else key(o),
        reverse=query.descending,
    )
    yield from known
    yield from unknown


def _at(moment: Any) -> Any:
    """Return a moment to compare by: a date counts from its first second, in UTC."""
    if moment is None or hasattr(moment, "hour"):
        return moment
    return dt.datetime.combine(moment, dt.time(), tzinfo=dt.UTC)
