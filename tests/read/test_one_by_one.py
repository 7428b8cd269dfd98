"""The orders of a page are read one by one, and nothing that could not be read is lost by that."""

from types import SimpleNamespace
from typing import Any, cast

from orderctl.backend.contract import Backend
from orderctl.backend.tolerant import Readable
from orderctl.frozen import replace
from orderctl.model import Order, Page, Query
from orderctl.read import listing


class Shop:
    """A vendor with pages of these rows; `read` are those that were made orders."""

    def __init__(self, *pages: list[Any]) -> None:
        self.read: list[str] = []
        self.vendor: Any = SimpleNamespace(
            title="Shop", sorts=frozenset(), remote_filters=frozenset(), local_filters=frozenset({"reference"})
        )
        self._pages = pages

    def page(self, _query: Query, cursor: str | None) -> Page:
        number = int(cursor or "1")
        orders = Readable(self._pages[number - 1], self._decode, f"page {number}")
        following = str(number + 1) if number < len(self._pages) else None
        return Page(orders=orders, next=following, errors=orders.errors, mark=number)

    def _decode(self, row: Any) -> Order:
        self.read.append(row["id"])
        return Order(id=row["id"], reference=row.get("reference"))

    def listing(self, **how: Any) -> listing.Listing:
        query, settled = Query(reference=how.pop("reference", None)), how.pop("settled", False)
        plan = replace(listing.plan(query, self.vendor, **how), settled=settled)
        return listing.read(cast("Backend", self), plan, note=lambda _: None)


def test_an_order_is_shown_before_the_next_one_is_read() -> None:
    shop = Shop([{"id": "1"}, {"id": "2"}])
    assert next(shop.listing().orders).id == "1"
    assert shop.read == ["1"]


def test_an_order_that_moved_into_the_next_page_is_shown_once() -> None:
    rows = [{"id": str(number)} for number in range(listing.RECENT)]
    shop = Shop(rows, [*rows[-2:], {"id": "new"}, {"id": "new"}], [{"id": "last"}])
    ids = [order.id for order in shop.listing(read_all=True).orders]
    assert ids == [*(row["id"] for row in rows), "new", "last"]
    assert [order.id for order in shop.listing(read_all=True, limit=1001).orders] == ids[:1001]
    again = Shop([{"id": "1"}, {"id": "1"}]).listing(read_all=True, settled=True)
    assert [order.id for order in again.orders] == ["1", "1"], "it may have changed in between"


def test_what_cannot_be_read_after_the_last_order_that_is_shown_is_reported_too() -> None:
    shop = Shop([{"id": "1"}, 7, {"id": "2"}, {}], [{"id": "3"}])
    found = shop.listing(limit=1)
    assert [order.id for order in found.orders] == ["1"]
    assert (found.complete, found.next) == (False, ":1")
    assert found.errors == ["page 1, row 2: is not an object", "page 1, row 4: 'id'"]
    rest = shop.listing(after=":1")
    assert [order.id for order in rest.orders] == ["2", "3"]


def test_a_page_tells_first_what_cannot_be_read_and_then_what_is_left_out() -> None:
    shop = Shop([{"id": "1"}, 7, {"id": "2", "reference": "R"}], [{"id": "3"}, 8])
    found = shop.listing(reference="R")
    assert [order.id for order in found.orders] == ["2"]
    assert found.errors == [
        "page 1, row 2: is not an object",
        "order 1 is left out: it lacks the field of --reference",
        "page 2, row 2: is not an object",
        "order 3 is left out: it lacks the field of --reference",
    ]


def test_a_page_can_be_walked_through_again() -> None:
    page = Shop([{"id": "1"}, 7]).page(Query(), None)
    assert [[order.id for order in page.orders] for _ in range(2)] == [["1"], ["1"]]
    assert page.errors == ["page 1, row 2: is not an object"]
