"""The newest orders, and a whole list, at each vendor; and how few requests find the newest where none can sort."""

import datetime as dt
from types import SimpleNamespace
from typing import Any, cast

import pytest
from werkzeug.test import Client

from orderctl.backend import registry
from orderctl.backend.contract import Backend
from orderctl.conformance.account import LONG_AGO, Account
from orderctl.model import Order, Page, Query
from orderctl.read import listing
from orderctl.read.filters import at
from tests.conftest import proof_examples

NOW = dt.datetime(2026, 3, 7, 12, tzinfo=dt.UTC)


@pytest.mark.proof
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("name", sorted(registry.VENDORS))
def test_a_program_has_every_order_and_a_person_the_100_newest(name: str) -> None:
    account = Account(name)
    made = [f"REF-{n}" for n in range(proof_examples(2500, sample=12))]
    fill(account, made)
    most = 100 if len(made) > 100 else 10
    query = Query() if account.vendor.page_size else Query(since=LONG_AGO)
    backend = account.backend.backend

    def shown(**how: Any) -> tuple[list[str], listing.Listing]:
        found = listing.read(backend, listing.plan(query, account.vendor, **how), note=lambda _: None)
        return [str(order.reference) for order in found.orders], found

    whole, end = shown()
    assert sorted(whole) == sorted(made)
    assert end.complete
    newest, end = shown(people=True, limit=None if most == 100 else most)
    assert newest == made[: -most - 1 : -1]
    assert not end.complete
    few, end = shown(people=True, limit=3)
    assert few == made[:-4:-1]


def fill(account: Account, references: list[str]) -> None:
    """Create orders. At Flyerlink a create reads the list first, which would take an hour: there they are posted."""
    if account.vendor.page_size:
        for reference in references:
            account.add(reference)
        return
    client = Client(account.emulator)
    for reference in references:
        form = {"title": "order", "customer": "HOTEST", "contact": "13057", "reference": reference, "format": "json"}
        answer = client.post("/api.php/orders", data=form, auth=("sandbox", "sandbox"))
        assert b'"ok"' in answer.data, answer.data


class Old:
    """A vendor that cannot sort, with orders of so many days ago; `ignores` the filter perhaps."""

    def __init__(self, *days: float, ignores: bool = False) -> None:
        self.asked: list[dt.timedelta | None] = []
        self._orders = [Order(id=str(n), created_at=NOW - dt.timedelta(days=age)) for n, age in enumerate(days, 1)]
        self._ignores = ignores
        self.vendor: Any = SimpleNamespace(
            title="Old", sorts=frozenset(), remote_filters=frozenset({"since"}), local_filters=frozenset({"since"})
        )

    def page(self, query: Query, _cursor: str | None) -> Page:
        self.asked.append(None if query.since is None else NOW - query.since)
        since = LONG_AGO if query.since is None or self._ignores else query.since
        return Page(orders=tuple(o for o in self._orders if o.created_at is not None and at(o.created_at) >= since))

    def newest(self, limit: int, **asked: Any) -> tuple[list[str], bool]:
        plan = listing.plan(Query(**asked), self.vendor, limit=limit, people=True)
        found = listing.read(cast("Backend", self), plan, note=lambda _: None, now=lambda: NOW)
        return [order.id for order in found.orders], found.complete


DAY, MONTH = listing.PERIODS


@pytest.mark.parametrize(
    "limit, ids, complete, asked",
    [
        (2, ["3", "1"], False, [DAY]),
        (3, ["3", "1", "5"], False, [DAY, MONTH]),
        (4, ["3", "1", "5", "2"], False, [DAY, MONTH, None]),
        (5, ["3", "1", "5", "2", "4"], True, [DAY, MONTH, None]),
    ],
)
def test_the_newest_are_looked_for_in_ever_longer_periods(
    limit: int,
    ids: list[str],
    complete: bool,  # noqa: FBT001
    asked: list[dt.timedelta | None],
) -> None:
    shop = Old(0.5, 400, 0.1, 900, 20)
    assert shop.newest(limit) == (ids, complete)
    assert shop.asked == asked


def test_a_vendor_that_ignores_the_filter_is_read_once() -> None:
    shop = Old(400, 0.5, 900, ignores=True)
    assert shop.newest(2) == (["2", "1"], False)
    assert len(shop.asked) == 1


def test_periods_end_where_the_list_does_and_begin_no_earlier_than_it() -> None:
    shop = Old(0.5, 10, 12, 400)
    assert shop.newest(2, since=NOW - dt.timedelta(days=20)) == (["1", "2"], False)
    assert shop.asked == [DAY, dt.timedelta(days=20)]


def test_of_very_many_orders_of_a_day_the_last_are_the_newest() -> None:
    shop = Old(*[0.5] * 3000)
    shop._orders = [order._replace(id=f"n{order.id}") for order in shop._orders]  # noqa: SLF001  (ids tell nothing)
    assert shop.newest(3) == (["n3000", "n2999", "n2998"], False)
