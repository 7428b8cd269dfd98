"""Reads pages until there are enough orders: filters that the vendor cannot apply, cursors, limits and sorting.

The cursor that a user sees is the vendor's own and the row in that page where to go on: `3:250`. One of a list that the
vendor sorts carries its order: `number:desc@500:0`.
"""

import datetime as dt
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from orderctl.backend.contract import Backend
from orderctl.backend.fields import nearest
from orderctl.backend.pages import walk, walk_settled
from orderctl.backend.vendor import Vendor
from orderctl.errors import OrderctlError, UsageError
from orderctl.frozen import dataclass, field, replace
from orderctl.model import Order, Page, Query
from orderctl.read.filters import WORDS, at, divided, wanted

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
"""How many orders a table on a terminal shows unless more are asked for."""

NEWEST = ("created_at", "number")
"""What a vendor may sort by to show the newest orders first; numbers grow."""

PERIODS = (dt.timedelta(days=1), dt.timedelta(days=31))
"""How far back the newest orders are looked for, before all are, at a vendor that cannot sort by time."""

RECENT = 1000
"""So many orders back, an order that comes again is not shown again: as many as the largest page has."""

MARGIN = dt.timedelta(days=2)
"""An order that is older than asked for by so much shows that a vendor ignores the filter: then all were read."""


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

    `top` is how many orders are shown of those that are sorted here, `limit` how many are read; None is all. With
    `newest` the orders are the newest `top`. `order` is how the vendor sorts, as a cursor names it, "" for its own way.
    With `settled`, no order is missed that moves to another page while the list is read; an order may come twice.
    """

    remote: Query
    local_filters: Mapping[str, Any]
    sort_locally: bool = False
    newest: bool = False
    limit: int | None = None
    top: int | None = None
    after: str | None = None
    order: str = ""
    settled: bool = False


def plan(
    query: Query,
    vendor: Vendor,
    *,
    limit: int | None = None,
    read_all: bool = False,
    after: str | None = None,
    people: bool = False,
) -> Plan:
    """Return how a query is answered. Raises Unsupported, UsageError where it cannot be; nothing has been sent.

    For `people` the newest orders are shown first, and 100 without a limit; for a program the list is whole.
    """
    order, _, _ = _start(after)
    query = _in_the_order_of(order, query, after)
    whole = read_all or not people
    most = limit if whole else limit or DEFAULT_LIMIT
    newest = not whole and query.sort is None and after is None and "sorts" not in query.set
    if newest:
        key = next((key for key in NEWEST if key in vendor.sorts), None)
        query = replace(query, sort=key, descending=key is not None)
    local, remote = divided(query, vendor)
    sort_locally = query.sort is not None and query.sort not in vendor.sorts
    if sort_locally:
        _check_sort(str(query.sort), vendor, limit=limit, whole=whole and after is None)
    here = sort_locally or (newest and query.sort is None)
    return Plan(
        remote=remote,
        local_filters=local,
        sort_locally=sort_locally,
        newest=newest and query.sort is None,
        limit=None if here else most,
        top=most if here else None,
        after=after,
        order="" if here else _named(query),
    )


def read(
    backend: Backend,
    plan: Plan,
    *,
    note: Callable[[str], None],
    now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
) -> Listing:
    """Return the orders of a plan, read as they are asked for. `note` takes lines for --verbose."""
    if plan.local_filters:
        words = ", ".join(sorted(WORDS[w] for w in plan.local_filters))
        note(f"applied by orderctl, to the orders of {backend.vendor.title}'s answer: {words}")
    listing = Listing(iter(()))
    if plan.newest:
        listing.orders = _newest(backend, plan, listing, now)
        return listing
    found = _scan(backend, plan, listing)
    listing.orders = _first(in_order(found, plan.remote), plan.top, listing) if plan.sort_locally else found
    return listing


def in_order(orders: Iterable[Order], query: Query) -> Iterator[Order]:
    """Yield orders by the key of a query; those that do not have it come last."""
    key = SORT_KEYS[query.sort or "id"]
    known: list[Order] = []
    unknown: list[Order] = []
    for order in orders:
        (unknown if key(order) is None else known).append(order)
    known.sort(
        key=lambda o: at(key(o)) if query.sort in {"created_at", "due_at", "updated_at"} else key(o),
        reverse=query.descending,
    )
    yield from known
    yield from unknown


def age(order: Order) -> tuple[dt.datetime, int]:
    """Return what orders are compared by to have the newest first; ids of digits tell within one moment."""
    number = int(order.id) if order.id.isascii() and order.id.isdecimal() and len(order.id) < 40 else 0
    return at(order.created_at) or dt.datetime.min.replace(tzinfo=dt.UTC), number


def _named(query: Query) -> str:
    return f"{query.sort}{':desc' if query.descending else ''}" if query.sort else ""


def _in_the_order_of(order: str, query: Query, after: str | None) -> Query:
    """Return the query in the order of its cursor. Raises UsageError where it asks for another one."""
    if after is None or order == _named(query):
        return query
    if query.sort is not None:
        was = f"sorted by {order}" if order else "not sorted"
        raise UsageError(
            f"--after {after}: it is the cursor of a list that was {was}",
            hint=f"give the same --sort: {order}" if order else "leave out --sort",
        )
    key, _, direction = order.partition(":")
    return replace(query, sort=key, descending=direction == "desc")


def _check_sort(key: str, vendor: Vendor, *, limit: int | None, whole: bool) -> None:
    """Raise UsageError where orders cannot be sorted here: by a key that we do not know, or not read whole."""
    if key not in SORT_KEYS:
        raise UsageError(f"unknown --sort key {key!r}", hint=nearest(key, [*SORT_KEYS, *vendor.sorts]))
    if not whole:
        raise UsageError(
            f"{vendor.title} cannot sort by {key}, so all orders must be read first",
            hint="add --all; --limit N then shows the first N of them" if limit is None else "add --all",
        )


def _scan(backend: Backend, plan: Plan, listing: Listing) -> Iterator[Order]:
    """Yield the orders page by page. Where a later page than the first fails, `listing` says where to go on.

    New orders at the top of a list move those at the end of a page into the next one; they are yielded once. A settled
    list yields them again, as they may have changed.
    """
    _, first, skip = _start(plan.after)
    at_page = first
    order = f"{plan.order}@" if plan.order else ""
    limit, filters = plan.limit, plan.local_filters
    shown = 0
    is_new = (lambda _: True) if plan.settled else _recent()

    def read_page(cursor: str | None) -> Page:
        nonlocal at_page
        at_page = cursor
        page = _marked(backend.page(plan.remote, cursor))
        return replace(page, orders=tuple(page.orders)) if plan.settled else page  # which walks through it twice

    purpose = f"list orders at {backend.vendor.title}"
    pages = (
        walk_settled(read_page, first, purpose=purpose, names=_names)
        if plan.settled
        else walk(read_page, first, purpose=purpose)
    )
    try:
        for cursor, page in pages:
            left_out: list[str] = []
            orders = iter(page.orders)
            for number, found in enumerate(orders):
                if number < skip:
                    continue
                if limit is not None and shown >= limit:
                    listing.complete, listing.next = False, f"{order}{cursor or ''}:{number}"
                    deque(orders, maxlen=0)  # what cannot be read in the rest of the page is reported all the same
                    break
                if is_new(found.id) and (not filters or wanted(found, filters, plan.remote, left_out)):
                    shown += 1
                    yield found
            listing.errors += *page.errors, *left_out
            if not listing.complete:
                return
            skip = 0
            if page.next is not None and limit is not None and shown >= limit:
                listing.complete, listing.next = False, f"{order}{page.next}:0"
                return
    except OrderctlError:
        whole = at_page == first or plan.sort_locally or plan.newest
        listing.complete, listing.next = False, None if whole else f"{order}{at_page}:0"
        raise


def _recent() -> Callable[[str], bool]:
    """Return a function that tells whether an id is not one of the last that it was given, RECENT of them or more."""
    last: set[str] = set()
    before: set[str] = set()

    def is_new(order_id: str) -> bool:
        nonlocal last, before
        if order_id in last or order_id in before:
            return False
        if len(last) == RECENT:
            last, before = set(), last
        last.add(order_id)
        return True

    return is_new


def _newest(backend: Backend, plan: Plan, listing: Listing, now: Callable[[], dt.datetime]) -> Iterator[Order]:
    """Yield the newest orders of a vendor that cannot sort by time: those of a day, of a month, or else of all time."""
    most, query = plan.top or DEFAULT_LIMIT, plan.remote
    end = query.until or plan.local_filters.get("until") or now()
    begin = query.since or plan.local_filters.get("since")
    periods = [end - period for period in PERIODS] if "since" in backend.vendor.remote_filters else []
    for since in (*[p for p in periods if begin is None or p > begin], None):
        remote = query if since is None else replace(query, since=since)
        found: list[tuple[tuple[dt.datetime, int], int, Order]] = []  # of those that are alike, the later is the newer
        number = inside = 0
        ignored = False
        listing.errors.clear()
        for order in _scan(backend, replace(plan, remote=remote), listing):
            made = at(order.created_at)
            number += 1
            inside += since is not None and made is not None and made >= since
            ignored = ignored or (since is not None and _older(order, since - MARGIN))
            found.append((age(order), number, order))
            if len(found) > 4 * most + 1000:
                _keep_newest(found, most)
        if since is None or inside >= most or ignored:
            listing.complete = number <= most and (since is None or ignored)
            _keep_newest(found, most)
            yield from (order for _, _, order in found)
            return


def _older(order: Order, moment: dt.datetime) -> bool:
    """Return whether an order was certainly made, and last changed, before a moment."""
    times = [at(known) for known in (order.created_at, order.updated_at) if known is not None]
    return bool(times) and max(times) < moment


def _keep_newest(found: list[tuple[tuple[dt.datetime, int], int, Order]], most: int) -> None:
    """Sort orders, the newest first, and keep so many."""
    found.sort(key=lambda one: one[:2], reverse=True)
    del found[most:]


def _first(orders: Iterator[Order], most: int | None, listing: Listing) -> Iterator[Order]:
    """Yield the first orders, and say of the list whether it has more."""
    for number, order in enumerate(orders):
        if number == most:
            listing.complete = False
            return
        yield order


def _names(page: Page) -> Iterator[str]:
    """Yield what tells the rows of a page from all others."""
    yield from (order.id for order in page.orders)
    yield from page.errors


def _marked(page: Page) -> Page:
    """Return a page that can be compared with others: where its backend does not say by what, by its orders."""
    if page.mark is not None:
        return page
    ids = frozenset([order.id for order in page.orders])
    return replace(page, mark=hash(ids)) if ids else page


def _start(after: str | None) -> tuple[str, str | None, int]:
    """Return the order that a cursor carries, the vendor's cursor, and the row. Raises UsageError."""
    if after is None:
        return "", None, 0
    order, sorted_, place = after.rpartition("@")
    cursor, colon, row = place.rpartition(":")
    if not colon or not (row.isascii() and row.isdecimal()) or len(row) > 9 or (sorted_ and not order):
        raise UsageError(f"--after {after}: not a cursor", hint='it is the "next" of an earlier list, such as 3:250')
    return order, cursor or None, int(row)
