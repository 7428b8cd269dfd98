"""Imonggo over the wire: against its emulator, and against answers that nobody hopes for."""

import datetime as dt
import re
import weakref
from collections.abc import Iterable, Sequence
from contextlib import closing
from decimal import Decimal
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest

from orderctl.backend.contract import Connection
from orderctl.backend.vendor import Capability, Duplicates, Profile
from orderctl.conformance.writes import Writes
from orderctl.drafts import parse_settings
from orderctl.errors import (
    BadAnswer,
    ConfigError,
    Conflict,
    LoginRefused,
    NotFound,
    OrderctlError,
    OutcomeUnknown,
    RateLimited,
    Refused,
    Temporary,
    Unsupported,
    UsageError,
)
from orderctl.frozen import replace
from orderctl.http import Client, Clock, wsgi
from orderctl.model import DraftLine, Move, Order, OrderChange, OrderDraft, OrderKey, Outcome, Query, Setting, Status
from orderctl.read.listing import plan
from orderctl.read.listing import read as listing
from orderctl.sandbox import faults, load
from orderctl.vendors.imonggo import orders as imonggo
from orderctl.vendors.imonggo.answers import STATUSES
from orderctl.vendors.imonggo.orders import BUSY_WAIT, VENDOR, Imonggo

LINE = DraftLine(sku="54018", quantity=Decimal(20))
NASTY = "quotes \"'`, <a href='x'>&amp;</a> ]]> +#% 茶 🍵\ttab\r\nline é \u2028"


class Wire:
    """Answers as the test sets it, or as the application behind it does, and keeps what was sent."""

    def __init__(self, app: WSGIApplication | None = None, answers: Sequence[Any] = ()) -> None:
        self.app, self.answers = app, list(answers)
        self.sent: list[dict[str, Any]] = []

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        body = environ["wsgi.input"].read()
        self.sent.append(
            {
                "call": f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}",
                "query": dict(parse_qsl(environ["QUERY_STRING"])),
                "raw_query": environ["QUERY_STRING"],
                "headers": {k: v for k, v in environ.items() if k.startswith(("HTTP_", "CONTENT_"))},
                "body": body,
            }
        )
        if self.app is not None and not self.answers:
            return self.app({**environ, "wsgi.input": BytesIO(body)}, start)
        status, content = self.answers.pop(0)
        if isinstance(content, Exception):
            raise content
        start(f"{status} X", [("Content-Type", "application/xml")])
        return [content]

    @property
    def calls(self) -> list[str]:
        return [sent["call"] for sent in self.sent]


class Told(Wire):
    """Answers each write so, and each read so."""

    def __init__(self, write: tuple[int, bytes], read: tuple[int, bytes]) -> None:
        super().__init__()
        self.app = self._answer
        self._write, self._read = write, read

    def _answer(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        status, body = self._read if environ["REQUEST_METHOD"] == "GET" else self._write
        start(f"{status} X", [("Content-Type", "application/xml")])
        return [body]

    @property
    def posts(self) -> int:
        return sum(call.startswith("POST") for call in self.calls)

    @property
    def looked_before_each(self) -> bool:
        """Whether no write follows another without a look in between."""
        return not any(one.startswith("POST") and two.startswith("POST") for one, two in pairwise(self.calls))


NONE = (200, b"<orders/>")
"""A list without an order."""


def account(wire: Wire, *, look: bool = True, **settings: str) -> Writes:
    profile = Profile(
        name="till",
        vendor="imonggo",
        url="https://acme.c3.imonggo.com",
        settings={"branch_id": "12", **settings} if settings != {"branch_id": ""} else {},
    )
    clock = Clock(now=lambda: 0.0, sleep=lambda _: None, random=lambda: 0.0)
    client = Client(wsgi(wire, lost=faults.ConnectionLost), clock=clock)
    found = VENDOR.connect(
        Connection(
            profile=profile,
            secrets={"token": "sandbox"},
            reader=client.reader(),
            notice=lambda _: None,
            state=lambda: Path("nowhere"),
        )
    )
    assert isinstance(found, Imonggo)
    return Writes(found, client, look=look)


class Shop:
    """An account of the emulator's, its wire, and a backend that is connected to it."""

    def __init__(self, *, fault: Sequence[str] = (), **switches: str) -> None:
        named = {name.replace("_", "-"): value for name, value in switches.items()}
        emulator = load("imonggo", ":memory:", switches=named, faults=fault)
        weakref.finalize(self, emulator.close)
        self.wire = Wire(emulator)
        self.backend = account(self.wire)

    def create(self, reference: str, **more: Any) -> str:
        return str(self.backend.create(OrderDraft(reference=reference, **{"lines": (LINE,), **more})).id)

    def listed(self, query: Query | None = None, limit: int | None = None) -> list[str]:
        planned = plan(query or Query(), VENDOR, limit=limit, read_all=limit is None)
        found = listing(self.backend.backend, planned, note=lambda _: None)
        orders = [order.id for order in found.orders]
        assert not found.errors
        return orders


@pytest.fixture
def shop() -> Shop:
    return Shop()


def told(*answers: tuple[int, Any]) -> Writes:
    """A backend that need not look before it writes, and a vendor that answers so, one after the other."""
    return account(Wire(answers=answers), look=False)


def fails(kind: type[OrderctlError], backend: Writes, reference: str = "R", lines: int = 1) -> OrderctlError:
    with pytest.raises(kind) as caught:
        backend.create(OrderDraft(reference=reference, lines=(LINE,) * lines))
    assert type(caught.value) is kind
    return caught.value


def errors(*texts: str) -> bytes:
    return f"<errors>{''.join(f'<error>{t}</error>' for t in texts)}</errors>".encode()


ORDER = b"<order><id>7</id><reference>R</reference><status>A</status></order>"

# What goes over the wire


def test_documented_calls_are_made_unchanged(shop: Shop) -> None:
    order_id = shop.create("17-204", note="Sample order with units", due=dt.date(2014, 5, 1))
    shop.backend.get(order_id)
    shop.backend.page(Query(), None)
    shop.backend.cancel(order_id, "wrong order")
    assert shop.wire.calls == [
        "POST /api/orders.xml",
        f"GET /api/orders/{order_id}.xml",
        "GET /api/orders.xml",
        f"GET /api/orders/{order_id}.xml",
        f"DELETE /api/orders/{order_id}.xml",
        f"GET /api/orders/{order_id}.xml",
    ]
    for sent in shop.wire.sent:
        assert sent["query"]["branch_id"] == "12"
        assert sent["headers"]["HTTP_ACCEPT"] == "application/xml"
        assert sent["headers"]["CONTENT_TYPE"].startswith("application/xml")  # and the charset, as other clients say it
        assert sent["headers"]["HTTP_AUTHORIZATION"] == "Basic c2FuZGJveDpY"  # sandbox:X
    assert shop.wire.sent[4]["query"]["reason"] == "wrong order"


@pytest.mark.parametrize("reason", ["wrong order", "100% wrong", "a&b=c #1 + 2", "не то / 錯 🍵", '"quoted" <x>'])
def test_a_reason_arrives_as_it_was_given(shop: Shop, reason: str) -> None:
    """The vendor's page writes reason=wrong%order, which is not an encoding; a percent sign goes as %25 here."""
    order_id = shop.create("R")
    shop.backend.cancel(order_id, reason)
    assert shop.wire.sent[-2]["query"] == {"branch_id": "12", "reason": reason}
    assert re.fullmatch(r"([^%]|%[0-9A-F]{2})+", shop.wire.sent[-2]["raw_query"])
    assert shop.backend.get(order_id).status is Status.CANCELLED


def test_all_lines_go_in_one_request(shop: Shop) -> None:
    order_id = shop.create("R", lines=(LINE,) * 120)
    assert shop.wire.calls == ["POST /api/orders.xml"]
    assert len(shop.backend.lines(order_id)) == 120


def test_an_account_with_one_branch_needs_no_branch() -> None:
    with closing(load("imonggo", ":memory:", switches={"branches": "one"})) as app:
        wire = Wire(app)
        backend = account(wire, branch_id="")
        order_id = backend.create(OrderDraft(reference="R", lines=(LINE,))).id
        assert backend.get(order_id).reference == "R"
    assert all("branch_id" not in sent["query"] for sent in wire.sent)


def test_set_branch_id_overrides_the_profiles() -> None:
    shop = Shop(branches="several")
    given = dict(parse_settings(["branch_id=7"]))
    order_id = shop.backend.create(OrderDraft(reference="R", lines=(LINE,), set=given)).id
    assert shop.backend.get(order_id, given).id == order_id
    assert [order.id for order in shop.backend.page(Query(set=given), None).orders] == [order_id]
    assert [sent["query"]["branch_id"] for sent in shop.wire.sent] == ["7", "7", "7"]
    with pytest.raises(NotFound):
        shop.backend.get(order_id)


def test_a_branch_that_is_not_a_number_is_a_problem_of_the_profile() -> None:
    with pytest.raises(ConfigError, match="branch_id"):
        account(Wire(), branch_id="Main Street")


@pytest.mark.parametrize("branch", ["1", "9", "99"])
def test_a_branch_that_takes_no_orders_is_refused_with_what_to_do(branch: str) -> None:
    shop = Shop()
    shop.backend = account(shop.wire, branch_id=branch)
    assert "active branch" in fails(Refused, shop.backend).hint
    with pytest.raises(Refused):
        shop.backend.page(Query(), None)


def test_an_account_with_several_branches_needs_one() -> None:
    shop = Shop(branches="several")
    shop.backend = account(shop.wire, branch_id="")
    assert "set branch_id in the profile" in fails(Refused, shop.backend).hint


# Create


@pytest.mark.parametrize("created", ["200", "201"])
def test_both_statuses_of_a_create_are_success(created: str) -> None:
    assert Shop(created=created).create("R") == "70412"


def test_what_was_sent_comes_back_equal(shop: Shop) -> None:
    units = parse_settings(
        ["unit_id=10", "unit_name=CASE", "unit_quantity=2.5", "unit_content_quantity=12", "brand=B<&>"]
    )
    line = DraftLine(
        sku="12806",
        quantity=Decimal("30.123456789012345"),
        price=Decimal("0.1"),
        set={**units, **parse_settings(["extras.a=1"])},
    )
    own = parse_settings(
        ["order_type_code=t", "serving_branch_id=3", "extras.shelf=4", "utc_document_date=2026-03-09T10:00Z"]
    )
    order_id = shop.create("R <&>", note=NASTY, due=dt.date(2026, 3, 9), lines=(line,), set=dict(own))
    order = shop.backend.get(order_id)
    assert (order.reference, order.note, order.due_at) == ("R <&>", NASTY, dt.date(2026, 3, 9))
    assert (order.number, order.status) == ("1", Status.OPEN)
    assert isinstance(order.created_at, dt.datetime)
    assert order.extra == {
        "order_type_code": "t",
        "serving_branch_id": "3",
        "utc_document_date": "2026-03-09T10:00:00Z",
        "extras": {"shelf": "4"},
    }
    (found,) = order.lines
    assert (found.sku, found.quantity, found.unit_price) == ("12806", line.quantity, line.price)
    assert found.extra == {
        "line_no": "1",
        "unit_id": "10",
        "unit_name": "CASE",
        "unit_quantity": "2.5",
        "unit_content_quantity": "12.0",
        "brand": "B<&>",
        "extras": {"a": "1"},
    }


def test_ten_thousand_characters_survive(shop: Shop) -> None:
    order_id = shop.create("R", note="茶" * 10_000)
    assert shop.backend.get(order_id).note == "茶" * 10_000


@pytest.mark.parametrize("switches", [{}, {"taken": "plain"}, {"taken": "plain", "filters": "page"}])
def test_a_taken_reference_is_a_conflict_that_names_the_order(switches: dict[str, str]) -> None:
    shop = Shop(**switches)
    shop.create("other")
    first = shop.create("R")
    error = fails(Conflict, shop.backend)
    assert (error.code, error.exit_code) == ("vendor.duplicate", 6)
    assert f"exists already as order {first}" in error.message
    assert f"orderctl get {first} -p till" in error.hint
    assert sum(call.startswith("POST") for call in shop.wire.calls) == 3


@pytest.mark.parametrize("look_up", [(200, b"<orders/>"), (500, b""), (200, b"<html/>")])
def test_a_taken_reference_whose_order_is_not_found_says_how_to_look(look_up: tuple[int, bytes]) -> None:
    error = fails(Conflict, told((422, errors("Reference has already been taken")), *[look_up] * 4))
    assert "exists already at Imonggo" in error.message
    assert "--reference R" in error.hint


def test_the_reference_of_a_cancelled_order_stays_taken(shop: Shop) -> None:
    shop.backend.cancel(shop.create("R"), "x")
    fails(Conflict, shop.backend)


@pytest.mark.parametrize("body", ["empty", "no-id"])
def test_a_create_without_an_id_is_found_by_its_reference(body: str) -> None:
    shop = Shop(created_body=body)
    assert shop.create("R") == "70412"
    assert shop.wire.sent[1]["query"]["reference"] == "R"


@pytest.mark.parametrize("made", [b"", b" ", b"<order><id>0</id></order>", b"<order><id>x</id></order>", b"<order/>"])
@pytest.mark.parametrize("look_up", [(200, b"<orders/>"), (204, b""), (500, b""), (200, b"nonsense")])
def test_a_create_without_an_id_that_is_not_found_is_unknown(made: bytes, look_up: tuple[int, bytes]) -> None:
    wire = Told((200, made), look_up)
    error = fails(OutcomeUnknown, account(wire))
    assert "without an id" in error.message
    assert wire.posts == (3 if look_up in {NONE, (204, b"")} else 1), "again only after a look that shows none"


@pytest.mark.parametrize(
    "answer", [b"<html>hello</html>", b"{}", b"<order><id>7", b"<errors><error>no</error></errors>"]
)
def test_a_create_answered_with_nonsense_is_unknown(answer: bytes) -> None:
    wire = Told((200, answer), (500, b""))
    fails(OutcomeUnknown, account(wire))
    assert wire.posts == 1
    wire = Told((200, answer), NONE)
    fails(OutcomeUnknown, account(wire))
    assert wire.posts == 3
    assert wire.looked_before_each


def test_a_create_answered_with_another_order_is_unknown() -> None:
    wire = Told((200, b"<order><id>77</id><reference>OTHER</reference></order>"), (500, b""))
    error = fails(OutcomeUnknown, account(wire))
    assert "order 77 of the reference 'OTHER'" in error.message
    assert wire.posts == 1
    for answer in (
        b"<order><id>77</id><error>nothing saved</error></order>",
        b"<hash><id>77</id><errors><error>nothing saved</error></errors></hash>",
    ):
        fails(OutcomeUnknown, account(Told((200, answer), NONE)))
    padded = told((200, b"<order><id>77</id><reference> A  B</reference></order>"))
    assert padded.create(OrderDraft(reference="A B ", lines=(LINE,))).id == "77"


@pytest.mark.parametrize(
    "words, kind, hint",
    [
        ("reference is not a valid writable field", Refused, "keeps no reference"),
        ("retail_price is not a valid writable field", Refused, "takes no price"),
        ("brand is not a valid writable field", Refused, "leave it out"),
        ("Product can't be blank", Refused, "Imonggo's product id"),
        ("Something else", Refused, "ask the vendor what it means"),
    ],
)
def test_a_refusal_quotes_the_vendor_and_says_what_to_do(words: str, kind: type[OrderctlError], hint: str) -> None:
    error = fails(kind, told((422, errors(words, "Quantity is not a number"))))
    assert words in error.message
    assert "Quantity is not a number" in error.message
    assert hint in error.hint
    assert (error.http_status, error.exit_code) == (422, 12)


def test_the_emulator_refuses_fields_that_only_the_app_knows() -> None:
    shop = Shop(writable="documented")
    error = fails(Refused, shop.backend)
    assert error.code == "vendor.field_not_writable"
    assert "reference is not a valid writable field" in error.message


def test_an_order_of_many_lines_that_is_refused_is_not_split() -> None:
    shop = Shop(most_lines="50")
    error = fails(Refused, shop.backend, lines=51)
    assert "51 lines" in error.hint
    assert shop.wire.calls == ["POST /api/orders.xml"]
    assert shop.create("R", lines=(LINE,) * 50)


@pytest.mark.parametrize(
    "status, kind, code",
    [
        (400, Refused, 12),
        (401, LoginRefused, 4),
        (404, Refused, 12),
        (413, Refused, 12),
        (422, Refused, 12),
        (429, RateLimited, 9),
        (302, OutcomeUnknown, 8),
        (408, OutcomeUnknown, 8),
        (500, OutcomeUnknown, 8),
        (503, OutcomeUnknown, 8),
        (504, OutcomeUnknown, 8),
    ],
)
def test_what_a_status_means_for_a_create(status: int, kind: type[OrderctlError], code: int) -> None:
    wire = Told((status, b"<html>x</html>"), NONE)
    error = fails(kind, account(wire))
    assert error.exit_code == code
    assert wire.posts == (3 if status == 429 or kind is OutcomeUnknown else 1)  # a 429 was not processed
    assert kind is not OutcomeUnknown or wire.looked_before_each


@pytest.mark.parametrize(
    "fault",
    ["lost-before", "lost-after", "reset", "reset-after", "half-body", "bad-gzip", "html", "500-after", "503-after"],
)
def test_a_lost_answer_is_looked_up_and_an_order_that_is_not_there_is_sent_again(fault: str) -> None:
    shop = Shop(fault=[f"{fault}*1"])
    order_id = shop.create("R")
    posts = [sent["body"] for sent in shop.wire.sent if sent["call"] == "POST /api/orders.xml"]
    assert len(posts) == (2 if fault in {"lost-before", "reset"} else 1)
    assert len(set(posts)) == 1
    assert shop.listed() == [order_id]


# Get, find, lists


def test_missing_is_not_found_and_says_what_an_id_is(shop: Shop) -> None:
    with pytest.raises(NotFound, match="no order '5' in this branch") as caught:
        shop.backend.get("5")
    assert "not the order number" in caught.value.hint


def test_a_look_at_references_that_fails_leaves_an_order_not_found() -> None:
    with pytest.raises(NotFound, match=r"no order '7' in this branch \(profile \w+\)$"):
        told((404, b""), *[(500, b"")] * 4).read(OrderKey(id="7"))


@pytest.mark.parametrize("order_id", ["R-1", "", "../1", "1/2", "1?x=1", "-1", "٣", "12abc", "1.5", " 1", "\a"])
def test_an_id_that_is_not_a_number_is_not_asked_for(shop: Shop, order_id: str) -> None:
    for call in (shop.backend.get, shop.backend.lines, lambda i: shop.backend.cancel(i, "x")):
        with pytest.raises(NotFound):
            call(order_id)
    assert set(shop.wire.calls) <= {"GET /api/orders.xml"}  # a write asks whose reference it is


def test_another_order_than_the_one_asked_for_is_not_found(shop: Shop) -> None:
    shop.create("R")
    with pytest.raises(NotFound, match="it shows order '70412'"):
        shop.backend.get("070412")


@pytest.mark.parametrize(
    "answer, kind",
    [
        ((404, b"<errors><error>Not Found</error></errors>"), NotFound),
        ((404, b" "), NotFound),
        ((404, b"<html>no</html>"), Refused),
        ((404, b'{"error":"no such host"}'), Refused),
        ((401, b"HTTP Basic: Access denied."), LoginRefused),
        ((200, b"<orders/>"), BadAnswer),
        ((200, b"<errors><error>x</error></errors>"), BadAnswer),
        ((200, b"<order/>"), BadAnswer),
        ((200, b""), BadAnswer),
        ((200, b'{"id": 7}'), BadAnswer),
        ((204, b""), BadAnswer),
        ((200, b"<!DOCTYPE x [<!ENTITY a 'b'>]><order><id>&a;</id></order>"), BadAnswer),
        ((500, b""), Temporary),
        ((503, b""), RateLimited),
    ],
)
def test_what_an_answer_to_a_read_means(answer: tuple[int, bytes], kind: type[OrderctlError]) -> None:
    with pytest.raises(kind) as caught:
        told(*[answer] * 4).get("7")
    assert type(caught.value) is kind
    assert kind is not RateLimited or caught.value.retry_after == BUSY_WAIT


def test_get_takes_no_other_parameter_than_the_branch(shop: Shop) -> None:
    with pytest.raises(UsageError, match="unknown field"):
        shop.backend.get("7", {"expand": Setting(value="1")})
    assert not shop.wire.sent


@pytest.mark.parametrize("switches", [{}, {"filters": "page"}, {"filters": "page", "order": "newest", "empty": "204"}])
def test_an_order_is_found_by_its_reference_whether_the_vendor_filters_or_not(switches: dict[str, str]) -> None:
    shop = Shop(**switches)
    ids = {f"R-{n}": shop.create(f"R-{n}") for n in range(101)}
    for reference in ("R-0", "R-50", "R-100"):
        assert shop.backend.find(reference).id == ids[reference]
    with pytest.raises(NotFound):
        shop.backend.find("R-")


def test_a_vendor_that_repeats_its_page_is_not_read_for_ever() -> None:
    full = b"<orders>" + ORDER * 50 + b"</orders>"
    with pytest.raises(BadAnswer, match="a page repeats an earlier one"):
        told((200, full), (200, full), (200, full)).find("X")


def page_of(*ids: int) -> tuple[int, bytes]:
    return 200, b"<orders>" + b"".join(b"<order><id>%d</id></order>" % order_id for order_id in ids) + b"</orders>"


def test_a_vendor_that_repeats_its_pages_in_turn_is_not_read_for_ever() -> None:
    one, two, mixed = range(1, 51), range(51, 101), range(26, 76)
    with pytest.raises(BadAnswer, match="a page repeats an earlier one"):
        told(page_of(*one), page_of(*two), page_of(*one), page_of(*one)).find("X")
    for third in (mixed, (99,)):  # orders were made in between: what is known is shown again, and that is not the end
        with pytest.raises(NotFound):
            told(page_of(*one), page_of(*two), page_of(*third), page_of()).find("X")


def test_a_page_that_repeats_an_earlier_one_is_asked_for_once_more() -> None:
    stale = told(page_of(*range(1, 51)), page_of(*range(1, 51)), page_of(51, 52), page_of())
    whole = listing(stale.backend, plan(Query(), VENDOR, limit=None, read_all=True), note=lambda _: None)
    assert len(list(whole.orders)) == 52


def test_a_vendor_that_always_has_another_page_is_not_read_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imonggo, "MAX_PAGES", 5)
    wire = Wire(answers=[page_of(*range(n * 50 + 1, n * 50 + 51)) for n in range(6)])
    with pytest.raises(BadAnswer, match="has no end"):
        account(wire).find("X")
    assert len(wire.sent) == 5


@pytest.mark.parametrize("count", [0, 1, 49, 50, 51, 100, 101])
@pytest.mark.parametrize("empty", ["orders", "array", "204"])
def test_pages_cover_every_order_once(count: int, empty: str) -> None:
    shop = Shop(empty=empty)
    made = [shop.create(f"R-{n}") for n in range(count)]
    del shop.wire.sent[:]
    assert shop.listed() == made
    assert [sent["query"]["page"] for sent in shop.wire.sent] == [str(n + 1) for n in range(-(-count // 50) + 1)]


def test_per_page_is_passed_on_and_a_smaller_page_than_asked_for_is_not_the_end() -> None:
    shop = Shop()
    made = [shop.create(f"R-{n}") for n in range(120)]
    del shop.wire.sent[:]
    assert shop.listed(Query(set={"per_page": Setting(value="40")})) == made
    assert [sent["query"]["per_page"] for sent in shop.wire.sent] == ["40"] * 4  # the last one is empty
    ignoring = Shop(filters="page")  # answers 50 a page, whatever it is asked
    made = [ignoring.create(f"R-{n}") for n in range(120)]
    assert ignoring.listed(Query(where={"per_page": ("", ("250",))})) == made


@pytest.mark.parametrize("filters", ["all", "page"])
def test_filters_are_right_whether_applied_there_or_here(filters: str) -> None:
    shop = Shop(filters=filters)
    ids = [shop.create(f"R-{n}") for n in range(3)]
    shop.backend.cancel(ids[1], "x")
    now = shop.backend.get(ids[0]).created_at
    assert isinstance(now, dt.datetime)
    hour = dt.timedelta(hours=1)
    assert shop.listed(Query(reference="R-1")) == [ids[1]]
    assert shop.listed(Query(status="cancelled")) == [ids[1]]
    assert shop.listed(Query(status="A")) == [ids[0], ids[2]]
    assert shop.listed(Query(since=now)) == ids
    assert shop.listed(Query(changed_since=now)) == ids
    assert shop.listed(Query(since=now + hour)) == []
    assert shop.listed(Query(changed_since=now + hour)) == []
    assert shop.listed(Query(until=now)) == []
    assert shop.listed(Query(until=now + hour)) == ids
    with pytest.raises(Unsupported, match="--customer"):
        shop.listed(Query(customer="C"))


def test_the_vendors_own_filters_are_passed_on(shop: Shop) -> None:
    ids = [shop.create(f"R-{n}") for n in range(2)]
    shop.backend.cancel(ids[1], "x")
    for where, found in (
        ({"active_only": "1"}, ids[:1]),
        ({"status": "D"}, ids[1:]),
        ({"intransit": "true"}, ids[:1]),
        ({"intransit": "0"}, []),
        ({"from": "2014-01-01", "to": "2999-01-01"}, ids),
        ({"before": "2014-01-01"}, []),
    ):
        assert shop.listed(Query(where={k: ("", (v,)) for k, v in where.items()})) == found


def test_odd_rows_never_hide_the_others() -> None:
    rows = b"<orders><order><id>1</id></order><order/><order>x</order><order><id>2</id><new>x</new></order></orders>"
    page = told((200, rows)).page(Query(), None)
    assert [order.id for order in page.orders] == ["1", "2"]
    assert page.errors == ["page 1, row 2: is not an object", "page 1, row 3: is not an object"]


@pytest.mark.parametrize(
    "body, count",
    [
        (b"<orders/>", 0),
        (b'<orders type="array"/>', 0),
        (b'<nil-classes type="array"/>', 0),
        (b"<orders>" + ORDER + b"</orders>", 1),
        (b'<orders type="array">' + ORDER + b"</orders>", 1),
        (b"<orders>" + ORDER * 2 + b"</orders>", 2),
    ],
)
def test_a_list_comes_in_several_shapes(body: bytes, count: int) -> None:
    assert len(list(told((200, body)).page(Query(), None).orders)) == count


@pytest.mark.parametrize(
    "body", [b"<html/>", b"<hash><count>3</count></hash>", b"<order><id>1</id></order>", b"[]", b""]
)
def test_what_is_not_a_list_is_a_bad_answer(body: bytes) -> None:
    with pytest.raises(BadAnswer) as caught:
        told((200, body)).page(Query(), None)
    assert b"count" not in body or caught.value.message.endswith(
        'no orders to \'list orders, page 1\'; it begins: {"hash": {"count": "3"}}'
    )


def test_a_page_with_a_wrong_filter_sends_nothing(shop: Shop) -> None:
    with pytest.raises(UsageError):
        shop.backend.page(Query(where={"user_id": ("", ("1",))}), None)
    assert not shop.wire.sent


def test_a_busy_vendor_is_waited_for_in_minutes() -> None:
    assert VENDOR.busy_wait == BUSY_WAIT >= 60
    busy = Shop(fault=["503"])
    with pytest.raises(RateLimited) as caught:
        busy.backend.page(Query(), None)
    assert caught.value.retry_after == BUSY_WAIT
    assert "too many requests" in caught.value.hint


# Cancel


@pytest.mark.parametrize("body", ["order", "empty"])
def test_a_cancelled_order_reads_as_cancelled(body: str) -> None:
    shop = Shop(deleted_body=body)
    order_id = shop.create("R")
    receipt = shop.backend.cancel(order_id, "x")
    assert (receipt.id, receipt.outcome) == (order_id, Outcome.CANCELLED)
    assert shop.backend.get(order_id).status is Status.CANCELLED


@pytest.mark.parametrize("already", ["named", "plain"])
def test_a_second_cancel_is_unchanged_by_the_text_or_by_a_read(already: str) -> None:
    shop = Shop(already=already)
    order_id = shop.create("R")
    shop.backend.cancel(order_id, "x")
    del shop.wire.sent[:]
    assert shop.backend.cancel(order_id, "x").outcome is Outcome.UNCHANGED
    assert shop.wire.calls == [f"GET /api/orders/{order_id}.xml"]
    blind = account(shop.wire, look=False)
    assert blind.cancel(order_id, "x").outcome is Outcome.UNCHANGED
    assert shop.wire.calls[1:] == [f"DELETE /api/orders/{order_id}.xml", f"GET /api/orders/{order_id}.xml"]


@pytest.mark.parametrize(
    "words",
    ["Order is already cancelled", "already been voided", "Already deleted", "was voided already", "canceled already"],
)
@pytest.mark.parametrize("look", [(404, b""), (500, b""), (200, b"nonsense"), (200, b"<order><id>7</id></order>")])
def test_texts_that_say_already(words: str, look: tuple[int, bytes]) -> None:
    """The text decides where a read does not: a cancelled order may be gone, or have an unknown status."""
    assert told((422, errors(words)), *[look] * 4).cancel("7", "x").outcome is Outcome.UNCHANGED
    with pytest.raises(Refused):
        told((422, errors(words)), (200, ORDER)).cancel("7", "x")


@pytest.mark.parametrize("words", ["Reason 'It was already cancelled by phone' is not allowed for this branch", "{}"])
@pytest.mark.parametrize("look", [(200, ORDER), (404, b""), (500, b"")])
def test_the_callers_own_reason_does_not_say_already(words: str, look: tuple[int, bytes]) -> None:
    reason = "it was already cancelled by phone"
    with pytest.raises(Refused):
        told((422, errors(words.format(reason))), *[look] * 4).cancel("7", reason)
    also = (422, errors(f"{reason}: order has already been voided"))
    assert look[0] == 200 or told(also, *[look] * 4).cancel("7", reason).outcome is Outcome.UNCHANGED


VOID = b"<order><id>7</id><status>D</status></order>"


@pytest.mark.parametrize(
    "answer",
    [
        b"<hash><error>Not allowed</error></hash>",
        b"<hash><errors><error>Not allowed</error></errors></hash>",
        b"<order><id>9</id><status>A</status></order>",
        b"<order><id>9</id><status>D</status></order>",
        b"<order><id>7</id><id>7</id><status>D</status></order>",
        b"<order><id>7</id><status>A</status></order>",
        b"<order><id>7</id><status>Approved</status></order>",
    ],
)
@pytest.mark.parametrize("look", [(200, ORDER), (404, b""), (500, b"")])
def test_a_cancel_whose_answer_shows_that_it_was_not_done_is_unknown(answer: bytes, look: tuple[int, bytes]) -> None:
    with pytest.raises(OutcomeUnknown, match="cancel order '7'"):
        told((200, answer), *[look] * 4).cancel("7", "x")


@pytest.mark.parametrize(
    "answer", [VOID, b"<order><id>7</id><status>gone</status></order>", b"<order/>", b"<ok>1</ok>", b""]
)
def test_a_cancel_is_done_where_a_read_says_so(answer: bytes) -> None:
    """An empty answer, as of a proxy that swallows it, proves nothing by itself."""
    for read in (VOID, b"<order><id>7</id><status>gone</status></order>"):
        assert told((200, answer), (200, read)).cancel("7", "x").outcome is Outcome.CANCELLED
    for read in (ORDER, b"<order/>", b"nonsense"):
        with pytest.raises(OutcomeUnknown, match="cancel order '7': Imonggo says ok"):
            told((200, answer), *[(200, read)] * 4).cancel("7", "x")
    with pytest.raises(OutcomeUnknown, match="cannot be read back"):
        told((200, answer), (404, b"")).cancel("7", "x")


def test_a_cancel_that_shows_the_order_as_it_was_is_done_where_a_read_says_so() -> None:
    assert told((200, ORDER), (200, VOID)).cancel("7", "x").outcome is Outcome.CANCELLED


@pytest.mark.parametrize("words", ["Order is already fulfilled and cannot be cancelled", "Reason is too long", ""])
@pytest.mark.parametrize("look", [(200, ORDER), (404, b""), (500, b"")])
def test_another_refusal_of_a_cancel_stays_one(words: str, look: tuple[int, bytes]) -> None:
    with pytest.raises(Refused) as caught:
        told((422, errors(words)), *[look] * 4).cancel("7", "x")
    assert words in caught.value.message


def test_what_else_a_cancel_may_be_answered(shop: Shop) -> None:
    with pytest.raises(NotFound):
        shop.backend.cancel("5", "x")
    with pytest.raises(Refused, match="Reason can't be blank"):
        shop.backend.cancel(shop.create("R"), " ")
    with pytest.raises(Refused):
        told((414, b"")).cancel("7", "x")
    for answer in ((500, b""), (503, b""), (200, b"<html>x</html>"), (200, b"nonsense"), (200, errors("no"))):
        with pytest.raises(OutcomeUnknown):
            told(answer).cancel("7", "x")
    assert told((204, b""), (200, VOID)).cancel("7", "x").id == "7"


# What it cannot, and what goes around it


def test_what_it_cannot_do_is_refused_with_what_can_be_done(shop: Shop) -> None:
    for call, hint in (
        (lambda: shop.backend.update("7", OrderChange(note="x")), "cancel and create"),
        (lambda: shop.backend.push("7", Move(to="Approved")), "orderctl cancel ID --reason"),
        (lambda: shop.backend.steps("7"), "orderctl get ID"),
        (lambda: shop.backend.comments("7", ()), "one remark"),
        (shop.backend.fields, "orderctl schema imonggo create"),
    ):
        with pytest.raises(Unsupported) as caught:
            call()
        assert hint in caught.value.hint
    assert not shop.wire.sent


def test_capabilities_are_the_methods() -> None:
    own = {name for name in Capability if name.value in vars(Imonggo)}
    assert own | {Capability.CANCEL, Capability.CREATE} == VENDOR.capabilities
    assert set(VENDOR.refusals) == set(Capability) - VENDOR.capabilities
    assert VENDOR.duplicates is Duplicates.REFUSED
    assert VENDOR.reason == "required"
    assert set(STATUSES) == {word.casefold() for word in STATUSES}


def test_raw_calls_carry_the_token_and_the_branch(shop: Shop) -> None:
    shop.create("R")
    reply = shop.backend.send_raw("GET", "/api/orders.xml", params=(("q", "count"),), body=None, content_type="x")
    assert (reply.status, b">1</count>" in reply.body) == (200, True)
    assert shop.wire.sent[-1]["query"] == {"q": "count", "branch_id": "12"}
    shop.backend.send_raw("GET", "/api/orders.json", params=(("branch_id", "7"),), body=None, content_type="x")
    assert shop.wire.sent[-1]["query"] == {"branch_id": "7"}
    assert shop.wire.sent[-1]["headers"]["HTTP_ACCEPT"] == "application/json"
    reply = shop.backend.send_raw(
        "PUT", "/api/orders/70412.xml", params=(), body=b"<order/>", content_type="application/xml"
    )
    assert reply.status == 405
    assert shop.wire.sent[-1]["body"] == b"<order/>"


def test_a_raw_write_is_never_repeated() -> None:
    wire = Wire(answers=[(503, b"")])
    reply = account(wire).send_raw("DELETE", "/api/orders/7.xml", params=(), body=None, content_type="x")
    assert (reply.status, len(wire.sent)) == (503, 1)


def test_the_login_is_proved_by_a_read(shop: Shop) -> None:
    shop.backend.ping()
    shop.backend.backend.connection = replace(shop.backend.connection, secrets={"token": "wrong"})
    with pytest.raises(LoginRefused, match="Access denied"):
        shop.backend.ping()
    assert {call.partition(" ")[0] for call in shop.wire.calls} == {"GET"}


def test_product_names_are_shown_where_the_vendor_tells_them() -> None:
    shop = Shop(product_names="on", types="off")
    (line,) = shop.backend.lines(shop.create("R"))
    assert (line.name, line.extra["product_stock_no"]) == ("Cup", "CUP-7")


def test_order_is_a_value_of_ours(shop: Shop) -> None:
    assert isinstance(shop.backend.read(OrderKey(id=shop.create("R"))), Order)


def test_a_cancel_that_is_answered_with_words_is_decided_by_a_read() -> None:
    active = b"<order><id>7</id><status>A</status></order>"
    with pytest.raises(OutcomeUnknown, match="shows the order as it was"):
        told((200, b"<hash><message>Not allowed</message></hash>"), *[(200, active)] * 3).cancel("7", "why")
