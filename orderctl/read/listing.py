"""Reads pages until there are enough orders: filters that the vendor cannot apply, cursors, limits and sorting.

The cursor that a user sees is the vendor's own and the row in that page where to go on: `3:250`.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

from orderctl.backend.contract import Backend
from orderctl.backend.fields import nearest
from orderctl.backend.pages import walk
from orderctl.backend.vendor import Vendor
from orderctl.errors import OrderctlError, Unsupported, UsageError
from orderctl.frozen import dataclass, field, replace
from orderctl.model import Order, Page, Query, Status

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

DEFAULT_LIMIT = 100

WORDS = {
    "changed_since": "--changed-since",
    "customer": "--customer",
    "reference": "--reference",
    "since": "--since",
    "status": "--status",
    "until": "--until",
}

LOCAL_FILTERS: dict[str, Callable[[Order, Any], bool | None]] = {
    "changed_since": lambda o, v: None if o.updated_at is None else _at(o.updated_at) >= _at(v),
    "customer": lambda o, v: _same(v, o.customer.code, o.customer.id),
    "reference": lambda o, v: _same(v, o.reference),
    "since": lambda o, v: None if o.created_at is None else _at(o.created_at) >= _at(v),
    "status": lambda o, v: v == o.status if v in set(Status) else _same(v, o.vendor_status),
    "until": lambda o, v: None if o.created_at is None else _at(o.created_at) < _at(v),
}
"""How a word of a query is applied to an order that was read; None where the order does not say."""


@dataclass()
class Listing:
    """The orders of a query, read as they are asked for; after that, where the list ended.

    `complete` is False where more orders may exist, also after a failure, and `next` the cursor to go on with.
    `errors` are rows that could not be read.
    """

    orders: Iterator[Order]
    complete: bool = True
    next: str | None = None
    errors: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A query that can be answered: what the vendor applies, what is applied here, and how much is shown.

    `top` is how many orders are shown of those that are sorted here, `limit` how many are read; None is all.
    """

    remote: Query
    local_filters: Mapping[str, Any]
    sort_locally: bool = False
    limit: int | None = None
    top: int | None = None
    after: str | None = None


def plan(query: Query, vendor: Vendor, *, limit: int | None, read_all: bool, after: str | None = None) -> Plan:
    """Return how a query is answered. Raises Unsupported, UsageError where it cannot be; nothing has been sent."""
    local, remote = _divided(query, vendor)
    sort_locally = query.sort is not None and query.sort not in vendor.sorts
    if sort_locally:
        _check_sort(str(query.sort), vendor, limit=limit, whole=read_all and after is None)
    elif read_all and limit is not None:
        raise UsageError("--limit and --all exclude each other", hint="--all reads to the end")
    _start(after)
    return Plan(
        remote=remote,
        local_filters=local,
        sort_locally=sort_locally,
        limit=None if read_all else limit or DEFAULT_LIMIT,
        top=limit if sort_locally else None,
        after=after,
    )


def read(backend: Backend, plan: Plan, *, note: Callable[[str], None]) -> Listing:
    """Return the orders of a plan, read as they are asked for. `note` takes lines for --verbose."""
    if plan.local_filters:
        words = ", ".join(sorted(WORDS[w] for w in plan.local_filters))
        note(f"applied by orderctl, to the orders of {backend.vendor.title}'s answer: {words}")
    listing = Listing(iter(()))
    found = _scan(backend, plan, _start(plan.after), listing)
    listing.orders = islice(_sorted(found, plan.remote), plan.top) if plan.sort_locally else found
    return listing


def _divided(query: Query, vendor: Vendor) -> tuple[dict[str, Any], Query]:
    """Return what of a query is applied here, and the query that the vendor answers. Raises Unsupported.

    What the vendor filters is held against its answers as well, where they carry it.
    """
    local: dict[str, Any] = {}
    left: dict[str, Any] = {}
    for word in (w for w in WORDS if getattr(query, w) is not None):
        ours = word == "status" and query.status in set(Status)
        at_vendor = word in vendor.remote_filters and not ours
        if word in vendor.local_filters or ours:
            local[word] = getattr(query, word)
        elif not at_vendor:
            raise Unsupported(
                f"{vendor.title} cannot filter by {WORDS[word]}",
                hint=f"it can by: {', '.join(sorted(WORDS[w] for w in vendor.remote_filters | vendor.local_filters))}",
            )
        if not at_vendor:
            left[word] = None
    return local, replace(query, **left)


def _check_sort(key: str, vendor: Vendor, *, limit: int | None, whole: bool) -> None:
    """Raise UsageError where orders cannot be sorted here: by a key that we do not know, or not read whole."""
    if key not in SORT_KEYS:
        raise UsageError(f"unknown --sort key {key!r}", hint=nearest(key, [*SORT_KEYS, *vendor.sorts]))
    if not whole:
        raise UsageError(
            f"{vendor.title} cannot sort by {key}, so all orders must be read first",
            hint="add --all; --limit N then shows the first N of them" if limit is None else "add --all",
        )


def _scan(backend: Backend, plan: Plan, start: tuple[str | None, int], listing: Listing) -> Iterator[Order]:
    """Yield the orders page by page. Where a later page than the first fails, `listing` says where to go on."""
    at, skip = first, _ = start
    shown = 0

    def read_page(cursor: str | None) -> Page:
        nonlocal at
        at = cursor
        return _marked(backend.page(plan.remote, cursor))

    pages = walk(read_page, first, purpose=f"list orders at {backend.vendor.title}")
    try:
        for cursor, page in pages:
            listing.errors.extend(page.errors)
            for number, order in enumerate(page.orders[skip:], skip):
                if plan.limit is not None and shown >= plan.limit:
                    listing.complete, listing.next = False, f"{cursor or ''}:{number}"
                    return
                if _wanted(order, plan, listing):
                    shown += 1
                    yield order
            skip = 0
            if page.next is not None and plan.limit is not None and shown >= plan.limit:
                listing.complete, listing.next = False, f"{page.next}:0"
                return
    except OrderctlError:
        listing.complete, listing.next = False, None if at == first or plan.sort_locally else f"{at}:0"
        raise


def _marked(page: Page) -> Page:
    """Return a page that can be told from others: where its backend does not say by what, by its orders."""
    if page.mark is not None or not page.orders:
        return page
    return replace(page, mark=hash(frozenset([order.id for order in page.orders])))


def _wanted(order: Order, plan: Plan, listing: Listing) -> bool:
    """Return whether an order is one of those asked for.

    What the vendor filtered is only held against what the order says; what is filtered here, and the order does not
    say, cannot be decided: the order is left out and reported among the errors.
    """
    for word, value in plan.local_filters.items():
        verdict = LOCAL_FILTERS[word](order, value)
        if verdict is False:
            return False
        if verdict is None and getattr(plan.remote, word) is None:
            listing.errors.append(f"order {order.id} is left out: it lacks the field of {WORDS[word]}")
            return False
    return True


def _same(wanted: str, *have: str | None) -> bool | None:
    """Return whether one of the texts is the wanted one, upper and lower case alike as vendors have it."""
    known = [text.casefold() for text in have if text is not None]
    return wanted.casefold() in known if known else None


def _start(after: str | None) -> tuple[str | None, int]:
    if after is None:
        return None, 0
    cursor, colon, row = after.rpartition(":")
    if not colon or not (row.isascii() and row.isdecimal()) or len(row) > 9:
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
