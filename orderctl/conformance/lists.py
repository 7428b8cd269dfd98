"""What every vendor's list does: every order once, filters that are right wherever they are applied, odd rows."""

import datetime as dt
import json
import re
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest

from orderctl.conformance import Case
from orderctl.conformance.account import Account, answer_of
from orderctl.conformance.cases import case, keeps_reference
from orderctl.conformance.vendors import each
from orderctl.errors import BadAnswer
from orderctl.model import Query, Status
from orderctl.output.documents import order_document
from orderctl.output.jsontext import compact
from orderctl.read import listing

NOW = dt.datetime.now(dt.UTC)


@each()
def test_pages_cover_all_orders_once(name: str) -> None:
    account = Account(name)
    size = account.vendor.page_size
    number = 12 if not size else size + 1 if size > 100 else 2 * size + 1
    made = [account.add(f"REF-{n}") for n in range(number)]
    account.sent.clear()
    everything = [order.id for order in account.orders()]
    assert sorted(everything) == sorted(made)
    assert not size or len(account.sent) >= -(-number // size)
    part, cut = account.listing(limit=number - 3)
    assert [o.id for o in part] == everything[:-3]
    assert not cut.complete
    rest, end = account.listing(limit=number, after=cut.next)
    assert [o.id for o in rest] == everything[-3:]
    assert end.complete
    whole, _ = account.listing(limit=number)
    assert [o.id for o in whole] == everything
    assert all(order.reference for order in whole) or not keeps_reference(account.vendor)


class Stale:
    """A cache before a vendor that, once damaged, answers the requests for a list's later pages with its first one."""

    def __init__(self, case: Case) -> None:
        self.marks = case.first_page.encode(), case.later_page.encode()
        self.times = self.asked = 0
        self.first: bytes | None = None
        self.kept: tuple[str, list[Any], bytes] | None = None

    def damage(self, times: int) -> None:
        """Take the next request for one of a list's first page, and answer so many others with its answer."""
        self.times, self.asked, self.first, self.kept = times, 0, None, None

    def __call__(self, app: WSGIApplication) -> WSGIApplication:
        def answer(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
            sent = environ["PATH_INFO"].encode() + environ["QUERY_STRING"].encode() + environ["wsgi.input"].read()
            environ["wsgi.input"].seek(0)
            if self.first is None and self.marks[0] in sent:
                self.first = sent
            if self.asked < self.times and self.kept and sent != self.first and self.marks[1] in sent:
                self.asked += 1
                status, headers, body = self.kept
                start(status, headers)
                return [body]
            status, headers, body = answer_of(app, environ)
            if sent == self.first:
                self.kept = status, headers, body
            start(status, headers)
            return [body]

        return answer


def stale_list(name: str) -> tuple[Account, list[str], Stale]:
    """Return an account, the ids of its orders, one more than a page has, and what can damage its second page."""
    stale = Stale(case(name))
    account = Account(name, wrap=stale)
    return account, [account.add(f"REF-{n}") for n in range(account.vendor.page_size + 1)], stale


@each(lambda vendor: bool(vendor.page_size))
def test_a_page_that_repeats_an_earlier_one_is_asked_for_once_more_and_then_is_not_an_end(name: str) -> None:
    account, made, stale = stale_list(name)
    stale.damage(1)
    assert sorted(order.id for order in account.orders()) == sorted(made)

    account.reopen()
    account.listing(limit=1)  # what a connection asks for once
    stale.damage(2)
    planned = listing.plan(Query(), account.vendor, limit=None, read_all=True)
    found = listing.read(account.backend.backend, planned, note=lambda _: None)
    shown: list[str] = []
    with pytest.raises(BadAnswer):
        shown.extend(order.id for order in found.orders)  # what came before the failure stays
    assert not found.complete
    rest, end = account.listing(after=found.next)
    assert end.complete
    assert shown + [order.id for order in rest] == made
    assert 1 <= len(rest) <= 2  # OMFlow leaves a page's last order to the next one


@each()
def test_an_empty_account_has_an_empty_list(name: str) -> None:
    orders, end = Account(name).listing()
    assert orders == []
    assert end.complete
    assert not end.errors


@each(lambda vendor: "reference" in vendor.remote_filters | vendor.local_filters)
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


@each(
    bound=lambda vendor: [
        bound for bound, (asked, _) in BOUNDS.items() if {*asked} <= vendor.remote_filters | vendor.local_filters
    ]
)
def test_a_list_between_times_shows_those_orders(name: str, bound: str) -> None:
    account = Account(name)
    order_id = account.add()
    asked, there = BOUNDS[bound]
    assert [o.id for o in account.orders(**asked)] == ([order_id] if there else [])


@each(lambda vendor: "status" in vendor.remote_filters | vendor.local_filters)
def test_a_list_by_status_shows_those_orders(name: str) -> None:
    account = Account(name)
    order_id = account.add()
    order = [account.backend.get(order_id) for _ in range(3)][-1]
    if order.vendor_status:
        assert [o.id for o in account.orders(status=order.vendor_status)] == [order_id]
    for word in Status:
        assert [o.id for o in account.orders(status=word.value)] == ([order_id] if word is order.status else [])


@each(lambda vendor: "customer" in vendor.remote_filters | vendor.local_filters)
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
            status, headers, body = answer_of(app, environ)
            start(status, [h for h in headers if h[0].lower() != "content-length"])
            return [change(body)]

        return answer

    return wrap


def orders_with(account: Account, key: str, value: Any) -> Change:
    """Return a change that puts a field into whatever looks like an order, also where JSON is in a text."""
    marks, row = account.marks, account.case.row.encode()
    assert marks or row, "an order's raw does not show its id: say which fields an order has, in CASE(marks=…)"

    def inside(found: Any) -> Any:
        if isinstance(found, dict):
            inner = {k: inside(v) for k, v in found.items()}
            return {**inner, key: value} if found.keys() & marks and (key in found or key == "extra_field") else inner
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
            return body.replace(b"</%s>" % row, f"<{key}>{text}</{key}>".encode() + b"</%s>" % row)
        try:
            return json.dumps(inside(json.loads(body))).encode()
        except ValueError:
            return body

    return change


@pytest.mark.parametrize("value", ["no such status", "", None, {"a": [1]}, [], 7, True], ids=repr)
@each()
def test_an_unknown_status_breaks_no_list(name: str, value: Any) -> None:
    account = Account(name, wrap=altered(lambda body: change(body) if change else body))
    change: Change | None = None
    order_id = account.add()
    if account.backend.get(order_id).vendor_status is None:
        pytest.skip("its orders do not say their state")
    assert account.status_field, "an order's raw does not show its state: say where it is, in CASE(status_field=…)"
    change = orders_with(account, account.status_field, value)
    (order,) = account.orders()
    assert order.id == order_id
    assert order.status in set(Status)


@pytest.mark.parametrize("value", ["text", None, {"a": [1]}, [[]], 10**30, "\x1b[31m\u202e"], ids=repr)
@each()
def test_an_extra_field_breaks_no_list(name: str, value: Any) -> None:
    account = Account(name, wrap=altered(lambda body: change(body) if change else body))
    change: Change | None = None
    order_id = account.add()
    if account.case.row and isinstance(value, str) and not value.isprintable():
        value = "text"  # XML cannot hold it
    change = orders_with(account, "extra_field", value)
    (order,) = account.orders()
    assert order.id == order_id
    assert account.backend.get(order_id).id == order_id


ODD: dict[str, str | bytes] = {
    "NaN": "NaN",
    "Infinity": "Infinity",
    "1e999": "1e999",
    "401 digits": "9" * 401,
    "-0": "-0",
    "huge exponent": "1e-99999999999",
    "70 levels": "[" * 70 + "]" * 70,
    "2,000 levels": '{"a":' * 2000 + "1" + "}" * 2000,
    "lone surrogate": '"\\ud800"',
    "raw surrogate": b'"\xed\xa0\x80"',
    "cut character": b'"\xd0"',
    "control character": '"a\x07b"',
}
"""What is in the place of one value of one order, as JSON."""

ODD_XML: dict[str, str | bytes] = {
    "70 levels": b"<x>" * 70 + b"1" + b"</x>" * 70,
    "2,000 levels": b"<x>" * 2000 + b"1" + b"</x>" * 2000,
    "control character": b"a\x07b",
    "reference": b"a&#7;b&#xD800;",
    "cut character": b"\xd0",
    "NaN": b"NaN",
    "401 digits": b"9" * 401,
}


def planted(account: Account, value: bytes, key: str) -> Change:
    """Return a change that puts a value as it is written where orders_with put a number."""
    mark, end = orders_with(account, key, 123454321), f"</{account.case.row}>".encode()

    def change(body: bytes) -> bytes:
        if body.startswith(b"<"):
            field = re.compile(f"<{key}[^/]*?>[^<]*</{key}>".encode() + b"|" + end)
            whole = b"<" + key.encode() + b">" + value + b"</" + key.encode() + b">"
            return field.sub(lambda found: whole + (end if found[0] == end else b""), body, count=1)
        text = mark(body)
        if b"123454321" not in text:
            return text
        plain = re.compile(rb'(?<!\\)": 123454321')
        if plain.search(text):
            return plain.sub(lambda _: b'": ' + value, text, count=1)
        in_text = value.replace(b"\\", b"\\\\").replace(b'"', b'\\"')  # the whole list is in a text
        return text.replace(b"123454321", in_text, 1)

    return change


@pytest.mark.parametrize("odd", sorted({*ODD, *ODD_XML}))
@pytest.mark.parametrize("own", [False, True])
@each()
def test_one_odd_value_breaks_no_list(name: str, own: bool, odd: str) -> None:  # noqa: FBT001
    account = Account(name, wrap=altered(lambda body: change(body) if change else body))
    change: Change | None = None
    made = [account.add(f"REF-{n}") for n in range(3)]
    value = (ODD_XML if account.case.row else ODD).get(odd, "7")
    field = (account.amount_field if own else "") or "extra_field"
    change = planted(account, value if isinstance(value, bytes) else value.encode(), field)
    found, whole = account.listing()
    assert sorted(order.id for order in found) == sorted(made)
    assert whole.complete
    for order in found:
        text = compact(order_document(order, profile="shop", vendor=name, raw=True))
        assert json.loads(text, parse_constant=pytest.fail)["id"] == order.id
        assert text.encode()


def odd_rows(account: Account, marks: frozenset[str], body: bytes) -> bytes:
    """Put rows that are not orders before the orders of a list, also where a JSON list is in a text."""
    if row := account.case.row.encode():
        return body.replace(b"<%s>" % row, b"<%s><odd>1</odd></%s><%s>" % (row, row, row), 1)
    try:
        return json.dumps(_odd(json.loads(body), marks)).encode()
    except ValueError:
        return body


def _odd(found: Any, marks: frozenset[str]) -> Any:
    if isinstance(found, list) and found and isinstance(found[0], dict) and found[0].keys() & marks:
        return [None, "odd", 7, {}, *found]
    if isinstance(found, dict):
        return {k: _odd(v, marks) for k, v in found.items()}
    if isinstance(found, str) and found[:1] == "[":
        return json.dumps(_odd(json.loads(found), marks))
    return found


@each()
def test_odd_rows_hide_no_order(name: str) -> None:
    account = Account(name, wrap=altered(lambda body: odd_rows(account, marks, body) if damaged else body))
    damaged = False
    made = [account.add("REF-1"), account.add("REF-2")]
    marks, damaged = account.marks, True
    assert sorted(o.id for o in account.orders()) == sorted(made)
