"""What every vendor's list does: every order once, filters that are right wherever they are applied, odd rows."""

import datetime as dt
import json
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest

from orderctl.model import Status
from tests.conformance.account import Account
from tests.conformance.cases import VENDORS

ALL = list(VENDORS)
NOW = dt.datetime.now(dt.UTC)


@pytest.mark.parametrize("name", ALL)
def test_pages_cover_all_orders_once(name: str) -> None:
    account = Account(name)
    size = account.vendor.page_size
    number = 12 if not size else size + 1 if size > 100 else 2 * size + 1
    made = [account.add(f"REF-{n}") for n in range(number)]
    account.sent.clear()
    everything = [order.id for order in account.orders()]
    assert sorted(everything) == sorted(made)
    assert not size or len(account.sent) >= -(-number // size)
    part, listing = account.listing(limit=number - 3)
    assert [o.id for o in part] == everything[:-3]
    assert not listing.complete
    rest, end = account.listing(limit=number, after=listing.next)
    assert [o.id for o in rest] == everything[-3:]
    assert end.complete
    whole, listing = account.listing(limit=number)
    assert [o.id for o in whole] == everything
    assert all(o.reference for o in whole)


@pytest.mark.parametrize("name", ALL)
def test_an_empty_account_has_an_empty_list(name: str) -> None:
    orders, listing = Account(name).listing()
    assert orders == []
    assert listing.complete
    assert not listing.errors


@pytest.mark.parametrize("name", [n for n in ALL if "reference" in VENDORS[n].filters | VENDORS[n].answered])
def test_a_list_by_reference_shows_that_order(name: str) -> None:
    account = Account(name)
    made = {r: account.add(r) for r in ("REF-1", "REF-11", "REF-2", "a b&c=d+%#")}
    for reference, order_id in made.items():
        assert [o.id for o in account.orders(reference=reference)] == [order_id]
    assert account.orders(reference="REF") == []


BOUNDS = {
    "since yesterday": ({"since": NOW - dt.timedelta(days=1)}, True),
    "since the day after tomorrow": ({"since": NOW + dt.timedelta(days=2)}, False),
    "until the day after tomorrow": ({"until": NOW + dt.timedelta(days=2)}, True),
    "until last week": ({"until": NOW - dt.timedelta(days=7)}, False),
    "changed since yesterday": ({"changed_since": NOW - dt.timedelta(days=1)}, True),
    "changed since the day after tomorrow": ({"changed_since": NOW + dt.timedelta(days=2)}, False),
}


@pytest.mark.parametrize(
    "name,case",
    [(n, c) for n in ALL for c, (asked, _) in BOUNDS.items() if {*asked} <= VENDORS[n].filters | VENDORS[n].answered],
)
def test_a_list_between_times_shows_those_orders(name: str, case: str) -> None:
    account = Account(name)
    order_id = account.add()
    asked, there = BOUNDS[case]
    assert [o.id for o in account.orders(**asked)] == ([order_id] if there else [])


@pytest.mark.parametrize("name", [n for n in ALL if "status" in VENDORS[n].filters | VENDORS[n].answered])
def test_a_list_by_status_shows_those_orders(name: str) -> None:
    account = Account(name)
    order_id = account.add()
    order = [account.backend.get(order_id) for _ in range(3)][-1]
    if order.vendor_status:
        assert [o.id for o in account.orders(status=order.vendor_status)] == [order_id]
    for word in Status:
        assert [o.id for o in account.orders(status=word.value)] == ([order_id] if word is order.status else [])


@pytest.mark.parametrize("name", [n for n in ALL if "customer" in VENDORS[n].filters | VENDORS[n].answered])
def test_a_list_by_customer_shows_those_orders(name: str) -> None:
    account = Account(name)
    order_id = account.add()
    assert [o.id for o in account.orders(customer=str(account.draft().customer.code))] == [order_id]
    assert account.orders(customer="404404") == []


Change = Callable[[bytes], bytes]


def altered(change: Change) -> Callable[[WSGIApplication], WSGIApplication]:
    """Return a wrapper of an application that changes the body of every answer."""

    def wrap(app: WSGIApplication) -> WSGIApplication:
        def answer(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
            kept: list[Any] = []
            body = b"".join(app(environ, lambda status, headers, _exc=None: kept.append((status, headers)) or bytes))  # type: ignore[func-returns-value]
            status, headers = kept[-1]
            start(status, [h for h in headers if h[0].lower() != "content-length"])
            return [change(body)]

        return answer

    return wrap


def orders_with(key: str, value: Any) -> Change:
    """Return a change that puts a field into whatever looks like an order, also where JSON stands in a text."""

    def inside(found: Any) -> Any:
        if isinstance(found, dict):
            inner = {k: inside(v) for k, v in found.items()}
            return {**inner, key: value} if found.keys() & MARKS and (key in found or key == "extra_field") else inner
        if isinstance(found, list):
            return [inside(v) for v in found]
        if isinstance(found, str) and found[:1] in {"[", "{"}:
            try:
                return json.dumps(inside(json.loads(found)))
            except ValueError:
                return found
        return found

    def change(body: bytes) -> bytes:
        if body.startswith(b"<"):
            text = value if isinstance(value, str) else "x"
            return body.replace(b"</order>", f"<{key}>{text}</{key}></order>".encode())
        try:
            return json.dumps(inside(json.loads(body))).encode()
        except ValueError:
            return body

    return change


MARKS = {"reference", "ordercode", "data_no", "create_time", "ref", "approval_status"}
"""Fields by which an order of one of the vendors is known."""

STATUS_KEYS = {
    "imonggo": "status",
    "omflow": "stop_chart_text",
    "onebox": "statusname",
    "qince": "approval_status",
    "tuckshop": "state",
}
"""Where a vendor's answers say an order's state; Flyerlink's orders say none of their own."""


@pytest.mark.parametrize("value", ["no such status", "", None, {"a": [1]}, [], 7, True], ids=repr)
@pytest.mark.parametrize("name", [n for n in STATUS_KEYS if n in VENDORS])
def test_an_unknown_status_breaks_no_list(name: str, value: Any) -> None:
    account = Account(name, wrap=altered(lambda body: change(body) if spoilt else body))
    change, spoilt = orders_with(STATUS_KEYS[name], value), False
    order_id = account.add()
    spoilt = True
    (order,) = account.orders()
    assert order.id == order_id
    assert order.status in set(Status)


@pytest.mark.parametrize("value", ["text", None, {"a": [1]}, [[]], 10**30, "\x1b[31m\u202e"], ids=repr)
@pytest.mark.parametrize("name", ALL)
def test_an_extra_field_breaks_no_list(name: str, value: Any) -> None:
    account = Account(name, wrap=altered(lambda body: change(body) if spoilt else body))
    change, spoilt = orders_with("extra_field", value), False
    if name == "imonggo" and isinstance(value, str) and not value.isprintable():
        value = "text"  # XML cannot hold it
        change = orders_with("extra_field", value)
    order_id = account.add()
    spoilt = True
    (order,) = account.orders()
    assert order.id == order_id
    assert account.backend.get(order_id).id == order_id


def odd_rows(body: bytes) -> bytes:
    """Put rows that are no orders before the orders of a JSON list, also where the list stands in a text."""
    try:
        return json.dumps(_odd(json.loads(body))).encode()
    except ValueError:
        return body.replace(b"<order>", b"<order><odd>1</odd></order><order>", 1)


def _odd(found: Any) -> Any:
    if isinstance(found, list) and found and isinstance(found[0], dict) and found[0].keys() & MARKS:
        return [None, "odd", 7, {}, *found]
    if isinstance(found, dict):
        return {k: _odd(v) for k, v in found.items()}
    if isinstance(found, str) and found[:1] == "[":
        return json.dumps(_odd(json.loads(found)))
    return found


@pytest.mark.parametrize("name", ALL)
def test_odd_rows_hide_no_order(name: str) -> None:
    account = Account(name, wrap=altered(lambda body: odd_rows(body) if spoilt else body))
    spoilt = False
    made = [account.add("REF-1"), account.add("REF-2")]
    spoilt = True
    assert sorted(o.id for o in account.orders()) == sorted(made)
