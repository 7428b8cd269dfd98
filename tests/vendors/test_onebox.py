"""OneBox's calls, as its page shows them and as boxes answer: every shape read, every refusal named."""

import datetime as dt
import json
import shlex
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import pytest

from orderctl import redaction
from orderctl.backend.call import Meaning
from orderctl.backend.contract import Connection
from orderctl.backend.vendor import Capability
from orderctl.conformance.writes import Writes
from orderctl.drafts import parse_line
from orderctl.errors import (
    BadAnswer,
    Conflict,
    DryRunStop,
    LoginRefused,
    NotFound,
    OrderctlError,
    OutcomeUnknown,
    PermissionDenied,
    RateLimited,
    Refused,
    Temporary,
    Unsupported,
    UsageError,
)
from orderctl.http import Client, DryRun
from orderctl.model import (
    Cancellation,
    Customer,
    DraftLine,
    Move,
    Order,
    OrderChange,
    OrderDraft,
    OrderKey,
    Query,
    Setting,
    Status,
)
from orderctl.read import listing
from orderctl.vendors.onebox import answers
from orderctl.vendors.onebox.answers import decode
from orderctl.vendors.onebox.orders import MAX_VARIABLES, PART, VENDOR, raw_reads
from tests.vendors.conftest import SECRETS, Box, answering, box, draft, given, profile, talking_to

# What the page shows is what goes over the wire

ADD_URL = (
    "http://myboxurl/api/orders/add/?login=LOGIN&password=PASSWORD&clientnamefirst=Vasiliy&clientnamelast=Ivanov"
    "&clientemail=vasyas33@test.ru&clientphone=+380639370442&clientcode=31333&clientaddress=Kiev"
    "&managername=Inna Leonova&ordercode=1333&sum=320"
    "&comments=made an advance payment&source=my store&payed=1&productArray[0][id]=100500"
    "&productArray[0][name]=Test GOODS1&productArray[0][price]=102&productArray[0][count]=1&productArray[1][id]=123131"
    "&productArray[1][name]=New% 20testoviy% 20produkt2&productArray[1][price]=122&productArray[1][count]=2"
)
DELETE_URL = "http://myboxurl/api/orders/delete/?login=LOGIN&password=PASSWORD&orderid=660"
UPDATE_URL = (
    "http://myboxurl/api/orders/update/?login=LOGIN&password=PASSWORD&orderid=660&&name=Changing the order name"
    "&workflowname=Order&statusname=Delivered&payed=1"
)
ONE_URL = "http://myboxurl/api/orders/get/?login=LOGIN&password=PASSWORD&orderid=7927"
PART_1_URL = "http://myboxurl/api/orders/get/?login=LOGIN&password=PASSWORD&part=1"
PART_2_URL = "http://myboxurl/api/orders/get/?login=LOGIN&password=PASSWORD&part=2"
COMMENTS_URL = "http://myboxurl/api/order/comments/get/?login=LOGIN&password=PASSWORD&id=7927"

DOCUMENTED = OrderDraft(
    reference="1333",
    note="made an advance payment",
    total=Decimal(320),
    paid=True,
    customer=Customer(name="Vasiliy", email="vasyas33@test.ru", phone="+380639370442", code="31333", address="Kiev"),
    lines=(
        DraftLine(id="100500", name="Test GOODS1", price=Decimal(102), quantity=Decimal(1)),
        DraftLine(id="123131", name="New testoviy produkt2", price=Decimal(122), quantity=Decimal(2)),
    ),
    set={
        "clientnamelast": Setting(value="Ivanov"),
        "managername": Setting(value="Inna Leonova"),
        "source": Setting(value="my store"),
    },
)


def documented(url: str) -> tuple[str, dict[str, str]]:
    """Read an example as a person does: its raw + is a plus sign, and its "% 20" a space."""
    parts = urlsplit(url.replace("+", "%2B").replace("% 20", " "))
    return parts.path, dict(parse_qsl(parts.query, keep_blank_values=True))


def wire(style: str) -> Box:
    made = box(style=style, secrets={"login": "LOGIN", "password": "PASSWORD"})
    assert made.emulator
    made.emulator._authenticate = False  # noqa: SLF001  (the examples' login is nobody's)
    return made


@pytest.mark.parametrize("style", ["form", "query"])
@pytest.mark.parametrize(
    "url, act",
    [
        (ADD_URL, lambda b: b.create(DOCUMENTED)),
        (DELETE_URL, lambda b: b.cancel("660", None)),
        (
            UPDATE_URL,
            lambda b: b.update(
                "660",
                OrderChange(
                    title="Changing the order name", status="Delivered", paid=True, set=given(workflowname="Order")
                ),
            ),
        ),
        (ONE_URL, lambda b: b.get("7927")),
        (PART_1_URL, lambda b: b.page(Query(), None)),
        (PART_2_URL, lambda b: b.page(Query(), "2")),
        (COMMENTS_URL, lambda b: b.comments("7927", ())),
    ],
    ids=["add", "delete", "update", "one", "part 1", "part 2", "comments"],
)
def test_the_documented_examples_are_what_goes_over_the_wire(style: str, url: str, act: Any) -> None:
    made = wire(style)
    try:
        act(made.backend.without_look)
    except NotFound:
        assert "orders/add" not in url
    path, pairs = documented(url)
    sent = made.sent[0]
    assert (sent.path, sent.method) == (path, "GET" if style == "query" else "POST")
    raw = sent.query if style == "query" else sent.body.decode()
    assert dict(parse_qsl(raw)) == pairs  # no pair more, none less; only their order may differ


def test_in_json_the_login_stays_in_the_query() -> None:
    made = wire("json")
    made.backend.create(DOCUMENTED)
    (sent,) = made.sent
    assert parse_qsl(sent.query) == [("login", "LOGIN"), ("password", "PASSWORD"), ("dataFromBody", "1")]
    body = json.loads(sent.body)
    assert body["productArray"][0] == {"id": "100500", "name": "Test GOODS1", "count": "1", "price": "102"}
    assert "password" not in body
    made.backend.page(Query(), None)
    assert made.sent[-1].content_type == "application/x-www-form-urlencoded"  # only add and update take JSON


@pytest.mark.parametrize("style", ["form", "query", "json"])
def test_a_call_that_a_form_would_cut_goes_as_json(style: str) -> None:
    made = box(style=style)
    many = tuple(DraftLine(name=f"Чай {n}", quantity=Decimal(n), price=Decimal("0.10")) for n in range(1, 501))
    made.backend.create(draft(lines=many))
    assert made.sent[0].content_type == "application/json"
    assert [line["name"] for line in made.evidence()["productArray"]] == [line.name for line in many]
    few = many[: MAX_VARIABLES // 3 - 2]
    made.backend.create(draft("R-2", lines=few))
    expected = "application/json" if style in {"json", "query"} else "application/x-www-form-urlencoded"
    assert made.sent[-1].content_type == expected
    assert len(made.evidence()["productArray"]) == len(few)


@pytest.mark.parametrize("key", ["custom_a.b", "custom_a b", "custom_a[0]"])
def test_a_name_that_php_would_rewrite_goes_as_json(key: str) -> None:
    made = box()
    made.backend.create(draft(set={key: Setting(value="x")}))
    assert made.sent[0].content_type == "application/json"
    assert made.evidence()[key] == "x"
    made.backend.create(draft("R-2", lines=(DraftLine(set={key: Setting(value="x")}),)))
    assert made.evidence()["productArray"][0][key] == "x"


def test_a_read_too_long_for_a_query_goes_as_a_form() -> None:
    made = box(style="query")
    made.backend.page(Query(where={"ordername": ("", ("Я" * 3000,))}), None)
    assert made.sent[0].method == "POST"


def test_the_supplier_key_goes_with_reads_of_orders_only() -> None:
    made = box(secrets={**SECRETS, "supplierhash": "key"})
    made.backend.create(draft())
    made.backend.find("R-1")
    assert ["supplierhash" in sent.params for sent in made.sent] == [False, True]


# What a box says of a failure

REFUSALS: tuple[tuple[str, type[OrderctlError], int], ...] = (
    ("login_empty", LoginRefused, 4),
    ("password_empty", LoginRefused, 4),
    ("Login or password not correct!", LoginRefused, 4),
    ("Bad user level!", PermissionDenied, 4),
    ("clientnamefirst_empty", Refused, 12),
    ("clientphone_and_clientemail_empty", Refused, 12),
    ("orderId_empty", Refused, 12),
    ("Order is already!", Conflict, 6),
    ("Not workflow status by name", Refused, 12),
    ("Not workflow by name", Refused, 12),
    ("Please create Finance Account", Refused, 12),
    ("Order with this Code does not found!", NotFound, 5),
    ("Такой телефон уже есть #12903", Conflict, 6),
    ("Такий телефон вже є #4765", Conflict, 6),
    ("This Phone already registered", Conflict, 6),
)


@pytest.mark.parametrize("shape", ["wire", "list", "documented", "object", "upper", "boolean", "second"])
@pytest.mark.parametrize("message, kind, code", REFUSALS, ids=[m for m, *_ in REFUSALS])
def test_every_documented_message_has_its_class_and_a_next_step(
    shape: str, message: str, kind: type[OrderctlError], code: int
) -> None:
    answer = {
        "wire": {"result": "fail", "errors": message},
        "list": {"result": "fail", "errors": [message]},
        "documented": {"status": "fail", "message": message},
        "object": {"result": "FAIL", "errorText": {"0": {"message": f" {message} "}}},
        "upper": {"result": "Fail", "error": message.upper()},
        "boolean": {"result": False, "errors": message},
        "second": {"result": "0", "errors": ["something else", message]},
    }[shape]
    backend = answering(json.dumps(answer)).backend
    with pytest.raises(kind) as raised:
        backend.push("7", Move(to="Delivered"))
    assert (raised.value.exit_code, type(raised.value)) == (code, kind)
    assert raised.value.hint
    assert message.casefold() in raised.value.message.casefold()


@pytest.mark.parametrize(
    "switches, order, code",
    [
        ({}, draft(customer=Customer(email="a@b.c")), ""),
        ({}, draft(status="Nowhere"), ""),
        ({}, draft(set=given(workflowname="Nowhere")), ""),
        ({"no-finance-account": "on"}, draft(paid=True), "vendor.not_configured"),
    ],
)
def test_a_box_that_refuses_an_order_holds_none(switches: dict[str, str], order: OrderDraft, code: str) -> None:
    made = box(switches=switches)
    with pytest.raises(Refused) as raised:
        made.backend.create(order)
    assert raised.value.code == (code or "vendor.refused")
    assert not list(made.backend.page(Query(), None).orders)


@pytest.mark.parametrize("number", ["on", "4765"])
def test_a_phone_of_another_contact_is_not_a_duplicate_order(number: str) -> None:
    made = box(switches={"phone-conflict": number})
    made.backend.create(draft(customer=Customer(name="A", phone="380639370442", email="a@b.c")))
    with pytest.raises(Conflict) as raised:
        made.backend.create(draft("R-2", customer=Customer(name="B", phone="380639370442", email="b@b.c")))
    assert raised.value.code == "vendor.phone_taken"
    assert "--email" in raised.value.hint


@pytest.mark.parametrize(
    "secrets, kind",
    [
        ({"login": "sandbox", "password": "wrong"}, LoginRefused),
        ({"login": "nobody", "password": "sandbox"}, LoginRefused),
        ({"login": "", "password": ""}, LoginRefused),
        ({"login": "client", "password": "sandbox"}, PermissionDenied),
    ],
)
def test_a_wrong_login_or_level_is_reported(secrets: dict[str, str], kind: type[OrderctlError]) -> None:
    with pytest.raises(kind) as raised:
        box(secrets=secrets).backend.ping()
    assert raised.value.exit_code == 4


def test_a_good_login_is_proven_by_a_read_that_finds_nothing() -> None:
    for switches in ({}, {"empty": "fail"}):
        box(switches=switches).backend.ping()


@pytest.mark.parametrize("words", ["Что-то новое #777", "", None, [], {"a": {"b": {"c": {"d": {"e": "f"}}}}}])
def test_words_that_nobody_listed_leave_a_write_unknown_and_are_kept(words: Any) -> None:
    backend = answering(json.dumps({"result": "fail", "errors": words})).backend
    writes: tuple[Callable[[], object], ...] = (
        lambda: backend.create(draft()),
        lambda: backend.cancel("7", None),
        lambda: backend.push("7", Move(to="A")),
    )
    for write in writes:
        with pytest.raises(OutcomeUnknown) as raised:
            write()
        assert raised.value.hint
    with pytest.raises(Refused) as refused:
        backend.get("7")
    assert not isinstance(words, str) or words in refused.value.message


def test_a_long_refusal_is_cut() -> None:
    with pytest.raises(Refused) as raised:
        answering(json.dumps({"result": "fail", "errors": "x" * 1_000_000})).backend.get("7")
    assert len(raised.value.message) < 1000


@pytest.mark.parametrize(
    "status, read, write",
    [
        (502, Temporary, OutcomeUnknown),
        (503, RateLimited, OutcomeUnknown),
        (504, Temporary, OutcomeUnknown),
        (505, Refused, OutcomeUnknown),
        (401, LoginRefused, LoginRefused),
        (404, Refused, Refused),
        (414, Refused, Refused),
        (302, Temporary, OutcomeUnknown),
    ],
)
@pytest.mark.parametrize(
    "body", ["<html>busy</html>", '{"result": "fail", "errors": "?"}', '{"result": "ok", "orderId": 5}']
)
def test_an_http_failure_is_a_failure_whatever_the_body(
    status: int, read: type[OrderctlError], write: type[OrderctlError], body: str
) -> None:
    backend = answering(body, status).backend
    with pytest.raises(read) as failed:
        backend.get("5")
    assert type(failed.value) is read
    if "orderId" in body:
        write = OutcomeUnknown  # a status that says no, and a body that names the new order
    with pytest.raises(write) as raised:
        backend.create(draft())
    assert (type(raised.value), raised.value.http_status) == (write, status)
    assert raised.value.hint
    if status == 503:
        assert failed.value.retry_after == 120


# Creating


@pytest.mark.parametrize("envelope", ["wire", "documented"])
def test_the_id_of_a_new_order_is_read_from_either_envelope(envelope: str) -> None:
    made = box(switches={"envelope": envelope})
    receipt = made.backend.create(draft())
    assert made.backend.get(receipt.id).reference == "R-1"


def order_of(reference: str | None = "R-1", **more: Any) -> dict[str, Any]:
    return {"orderid": "82806", "ordercode": reference, **more}


def two(first: Any, then: Any) -> Box:
    """Open a backend on a box that answers the first call so, and all others so."""
    answers = [first]

    def app(_environ: dict[str, Any], start: Any) -> list[bytes]:
        start("200 OK", [])
        answer = answers.pop() if answers else then
        return [answer if isinstance(answer, bytes) else json.dumps(answer).encode()]

    return talking_to(app, look=False)


NO_ID = [
    {"result": "ok"},
    {"result": "ok", "orderId": None},
    {"result": "ok", "orderId": True},
    {"result": "ok", "orderId": "0"},
    {"result": "ok", "orderId": []},
    {"status": "ok", "message": "added"},
    {"result": 1, "orderId": "²"},
]


@pytest.mark.parametrize("answer", NO_ID, ids=str)
def test_an_order_made_without_an_id_is_looked_up(answer: Any) -> None:
    now = f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M:%S}"
    assert two(answer, {"orders": [order_of(cdate=now)]}).backend.create(draft()).id == "82806"
    older = {"orders": [order_of(cdate="2014-05-01 10:00:00")]}
    answers: tuple[Any, ...] = (
        {"orders": []},
        b"<html>",
        {"orders": [order_of("R-2")]},
        {"orders": [order_of()]},
        older,
    )
    for nothing in answers:
        with pytest.raises(OutcomeUnknown) as raised:
            two(answer, nothing).backend.create(draft())
        assert "'R-1'" in raised.value.message


@pytest.mark.parametrize(
    "answer", [{"orderId": 5}, {}, [], None, "ok", 7, [{"result": "ok", "orderId": 5}], {"result": "maybe"}]
)
def test_an_answer_that_says_neither_ok_nor_fail_is_not_success(answer: Any) -> None:
    with pytest.raises(OutcomeUnknown):
        answering(json.dumps(answer)).backend.create(draft())


def test_a_used_reference_is_a_conflict_that_names_the_order() -> None:
    made = box()
    first = made.backend.create(draft())
    with pytest.raises(Conflict, match=f"as order {first.id}; no second order was made") as raised:
        made.backend.create(draft())
    assert raised.value.code == "vendor.duplicate"
    assert f"orderctl get {first.id} -p shop" in raised.value.hint
    with pytest.raises(Conflict, match="exists already at OneBox"):
        two({"result": "fail", "errors": "Order is already!"}, b"<html>").backend.create(draft())


def test_an_order_that_was_made_but_not_paid_is_reported_so() -> None:
    made = box(switches={"no-finance-account": "after"})
    receipt = made.backend.create(draft(paid=True))
    assert made.backend.get(receipt.id).reference == "R-1"
    assert "not as paid" in receipt.notes[0]
    with pytest.raises(OutcomeUnknown, match="Finance Account"):
        made.backend.update(receipt.id, OrderChange(paid=True, lines=(DraftLine(name="x"),)))
    with pytest.raises(OutcomeUnknown, match="cannot be looked up"):
        two({"result": "fail", "errors": "Please create Finance Account"}, b"").backend.create(draft(paid=True))


@pytest.mark.parametrize("fault", ["lost-after", "half-body", "html", "empty", "bad-gzip", "500-after", "gzip-bomb"])
def test_an_order_whose_answer_is_lost_is_found_and_sent_once(fault: str) -> None:
    made = box(spoilt=[f"{fault}@add"])
    result = made.backend.create(draft())
    assert made.backend.find("R-1").id == result.id
    assert sum("add" in sent.path for sent in made.sent) == 1


@pytest.mark.parametrize("fault", ["503", "redirect", "lost-before"])
def test_an_order_that_is_not_found_is_sent_three_times_and_stays_unknown(fault: str) -> None:
    """OneBox refuses a second order of an ordercode, so it may be sent again once a look has not found it."""
    made = box(spoilt=[f"{fault}@add"])
    with pytest.raises(OutcomeUnknown):
        made.backend.create(draft())
    adds = [sent.body for sent in made.sent if "add" in sent.path]
    assert (len(adds), len(set(adds))) == (3, 1)
    between = [sent.path for sent in made.sent[1:-1]]
    assert sum("add" not in path for path in between) >= 2, "a look before each"


# Reading one order

SHAPES = {
    "list": {"orders": [order_of()]},
    "order": {"order": order_of()},
    "object": {"orders": order_of()},
    "keyed": {"82806": order_of()},
    "keyed with result": {"result": "ok", "82806": order_of()},
    "keyed orders": {"result": "ok", "orders": {"82806": order_of()}},
    "bare list": [order_of()],
    "bare": order_of(),
    "number": {"orders": [{"orderid": 82806, "ordercode": "R-1"}]},
    "odd rows": {"orders": ["odd", None, {"no": "id"}, order_of()]},
}


@pytest.mark.parametrize("answer", SHAPES.values(), ids=SHAPES.keys())
def test_an_order_is_read_in_whatever_shape_it_comes(answer: Any) -> None:
    backend = answering(json.dumps(answer)).backend
    assert backend.get("82806").reference == "R-1"
    assert backend.find("R-1").id == "82806"


@pytest.mark.parametrize("shape", ["list", "bare", "bare-list", "by-id", "object", "order"])
def test_the_emulators_shapes_are_read(shape: str) -> None:
    made = box(switches={"get-one": shape})
    receipt = made.backend.create(draft())
    assert made.backend.get(receipt.id, given(getcomments="1")).id == receipt.id
    assert made.backend.lines(receipt.id)[0].name == "Tea"


@pytest.mark.parametrize(
    "answer",
    [
        "[]",
        "{}",
        "null",
        '{"orders": []}',
        '{"orders": {}}',
        '{"orders": null}',
        '{"orders": false}',
        '{"result": "ok"}',
        '{"status": "ok", "message": "nothing"}',
    ],
)
def test_an_empty_answer_is_not_an_order_and_an_empty_list(answer: str) -> None:
    backend = answering(answer).backend
    with pytest.raises(NotFound) as raised:
        backend.get("7")
    assert "orderctl get --reference 7 -p shop" in raised.value.hint
    with pytest.raises(NotFound):
        backend.find("R-1")
    assert not list(backend.page(Query(), None).orders)
    assert backend.comments("7", ()) == ()


@pytest.mark.parametrize(
    "answer",
    [
        "7",
        '"x"',
        "true",
        '{"message": "down"}',
        '{"orders": 7}',
        '{"orders": "none"}',
        '{"a": 1}',
        '{"status": 200, "a": []}',
        "",
        "<html>",
        '[NaN, "',
        "[" * 200_000,
    ],
)
def test_an_answer_that_is_not_a_list_is_not_read_as_an_empty_one(answer: str) -> None:
    backend = answering(answer).backend
    reads: tuple[Callable[[], object], ...] = (
        lambda: backend.get("7"),
        lambda: backend.find("R"),
        lambda: backend.page(Query(), None),
        lambda: backend.comments("7", ()),
    )
    for read in reads:
        with pytest.raises(BadAnswer) as raised:
            read()
        assert raised.value.hint


@pytest.mark.parametrize(
    "answer",
    [
        {"result": "ok", "errors": ["Database is locked"], "orders": [order_of()]},
        {"result": "ok", "status": "fail", "message": "timeout", "orders": []},
        {"result": "failed", "orders": []},
        {"result": "ok", "errors": ["login or password not correct!"], "orders": []},
    ],
)
def test_an_answer_with_a_failure_beside_its_orders_is_not_a_list(answer: dict[str, Any]) -> None:
    backend = answering(json.dumps(answer)).backend
    for ask in (
        lambda: backend.page(Query(), None),
        lambda: backend.get("82806"),
        lambda: backend.find("R"),
        backend.ping,
    ):
        with pytest.raises(OrderctlError) as raised:
            ask()
        assert not isinstance(raised.value, NotFound)
        assert isinstance(raised.value, LoginRefused) == ("login" in str(answer))


def test_rows_that_cannot_be_read_are_not_taken_for_no_order() -> None:
    with pytest.raises(BadAnswer):
        answering('{"orders": [{"no": "id"}]}').backend.get("7")


def test_another_order_than_the_one_asked_for_is_not_found() -> None:
    backend = answering(json.dumps({"orders": [order_of()]})).backend
    for ask in (backend.get, lambda i: backend.read(OrderKey(id=i)), backend.lines, backend.steps):
        with pytest.raises(NotFound, match="it shows order '82806'") as raised:
            ask("7")
        assert raised.value.code == "order.mismatch"


def test_an_ok_that_names_another_order_is_not_success() -> None:
    ok = answers.verdict({"status": "ok", "message": "82807", "orderid": "82807"}, "update", "shop")
    assert (ok.meaning, ok.order_id) == (Meaning.DONE, "82807")  # which the sender compares


@pytest.mark.parametrize("both", [{"result": "ok", "status": "error"}, {"result": "fail", "status": "ok"}])
def test_ok_and_a_failure_at_once_is_neither(both: dict[str, str]) -> None:
    assert answers.verdict({**both, "orderId": 5}, "add", "shop").meaning is Meaning.UNKNOWN


def test_an_id_is_not_a_reference() -> None:
    made = box()
    order = made.backend.create(draft("R-1"))
    by_id = made.backend
    for ask in (by_id.get, lambda i: by_id.read(OrderKey(id=i)), by_id.lines, by_id.steps):
        with pytest.raises(NotFound, match=f"no order 'R-1' .*it is the reference of order {order.id}") as raised:
            ask("R-1")
        assert "orderctl get --reference R-1 -p shop" in raised.value.hint
    with pytest.raises(NotFound, match="R-1"):
        by_id.comments("R-1", ())
    with pytest.raises(Conflict, match="is the id of another order"):
        answering(json.dumps({"orders": [order_of("R-1")]})).backend.find("82806")


def collision() -> tuple[Box, str, str]:
    """Return a box with two orders; the id of the first is the reference of the second."""
    made = box()
    one = made.backend.create(draft("R-1")).id
    two = made.backend.create(draft(one)).id
    return made, one, two


SUBJECTS: dict[str, Any] = {"update": OrderChange(note="x"), "push": Move(to="Delivered"), "cancel": Cancellation()}


@pytest.mark.parametrize("verb", SUBJECTS)
def test_a_write_names_an_order_by_the_name_that_no_other_has(verb: str) -> None:
    made, one, two = collision()
    for key, order_id, name in (
        (OrderKey(id=one), one, "R-1"),
        (OrderKey(reference="R-1"), one, "R-1"),
        (OrderKey(id=two), two, two),
        (OrderKey(reference=one), two, two),
    ):
        if verb != "update":
            made, one, two = collision()
        done = made.backend.write(verb, SUBJECTS[verb], key)
        assert done.id == order_id
        assert made.sent[-2 if verb == "cancel" else -1].params["orderid"] == name  # it is read back
        if verb == "cancel":
            assert [left.id for left in made.backend.page(Query(), None).orders] == [{one: two, two: one}[order_id]]


def test_an_order_that_is_still_shown_is_not_cancelled() -> None:
    made = answering(json.dumps({"result": "ok", "orders": [order_of()]}))
    with pytest.raises(OutcomeUnknown, match="OneBox says ok, and still shows the order"):
        made.backend.cancel("82806")


def test_the_id_of_an_order_that_is_gone_reaches_no_other() -> None:
    made, one, two = collision()
    made.backend.cancel(one)
    with pytest.raises(NotFound, match=f"it is the reference of order {two}"):
        made.backend.read(OrderKey(id=one))
    assert made.backend.read(OrderKey(reference=one)).id == two


@pytest.mark.parametrize("reference", [None, "7"])
def test_an_order_without_a_name_of_its_own_is_not_changed(reference: str | None) -> None:
    """Its id is the reference of another order, and it has no reference, or one that is another order's id."""
    rows = [order_of(reference, orderid="5"), order_of("5", orderid="6"), order_of("R-7", orderid="7")]

    def app(environ: dict[str, Any], start: Any) -> list[bytes]:
        params = dict(parse_qsl(environ["wsgi.input"].read().decode()))
        start("200 OK", [])
        name, key = (params["orderid"], "orderid") if "orderid" in params else (params["ordercode"], "ordercode")
        return [json.dumps({"orders": [row for row in rows if row.get(key) == name]}).encode()]

    with pytest.raises(Conflict, match="nothing was changed") as raised:
        talking_to(app).backend.cancel("5")
    assert raised.value.code == "order.ambiguous"
    assert talking_to(app).backend.read(OrderKey(id="6")).id == "6"


def test_a_reference_of_several_orders_is_a_conflict_with_their_ids() -> None:
    rows = [order_of("R-1", orderid="5"), order_of("R-1", orderid="6")]
    with pytest.raises(Conflict, match="2 orders have the reference 'R-1': 5, 6"):
        answering(json.dumps({"orders": rows})).backend.read(OrderKey(reference="R-1"))


def test_reading_before_a_write_accepts_a_box_that_filters_nothing() -> None:
    key = OrderKey(id="82806")
    assert answering(json.dumps({"orders": [order_of("R-1")]})).backend.read(key).reference == "R-1"
    made = box()
    made.backend.create(draft("12"))
    assert made.backend.read(OrderKey(reference="12")).reference == "12"


def test_a_box_that_ignores_the_filter_is_asked_for_the_one_order() -> None:
    def app(environ: dict[str, Any], start: Any) -> list[bytes]:
        params = dict(parse_qsl(environ["wsgi.input"].read().decode()))
        start("200 OK", [])
        rows = [order_of("R-1")] if "orderid" in params else [order_of(f"X-{n}", orderid=str(n)) for n in range(3)]
        return [
            json.dumps(
                {"orders": rows}
                if params.get("orderid") != "R-9"
                else {"result": "fail", "errors": "Order with this Code does not found!"}
            ).encode()
        ]

    made = talking_to(app)
    assert made.backend.find("R-1").id == "82806"
    with pytest.raises(NotFound):
        made.backend.find("R-9")


def test_the_values_of_an_order_are_read_and_odd_ones_kept() -> None:
    kyiv = ZoneInfo("Europe/Kyiv")
    raw = {
        "orderid": 7,
        "ordercode": "",
        "ordername": ["odd"],
        "clientId": "5",
        "clientname": "Ann",
        "statusname": "Delivered",
        "sum": 12.5,
        "cdate": "2015-12-15 9:05",
        "dateto": "soon",
        "currency": None,
        "workflowname": "Order",
        "products": {"0": {"id": "0", "name": "Tea", "count": "2.0000", "price": "1e400", "weight": 5}, "1": "odd"},
    }
    order = decode(raw, profile(zone=kyiv))
    assert (order.id, order.reference, order.title, order.total, order.status) == (
        "7",
        None,
        None,
        Decimal("12.5"),
        Status.COMPLETED,
    )
    assert order.created_at == dt.datetime(2015, 12, 15, 7, 5, tzinfo=dt.UTC)
    assert order.extra["ordername"] == ["odd"]
    assert order.extra["dateto"] == "soon"
    assert order.extra["workflowname"] == "Order"
    assert order.extra["products"]["1"] == "odd"
    (line,) = order.lines
    assert (line.id, line.quantity, line.unit_price) == (None, Decimal(2), None)
    assert line.extra == {"price": "1e400", "weight": 5}
    assert order.raw is raw


def test_a_profile_maps_its_own_words() -> None:
    to = profile(statuses={"Доставлено": Status.COMPLETED, "new": Status.IN_PROGRESS})
    said = {
        "Доставлено": Status.COMPLETED,
        "NEW": Status.IN_PROGRESS,
        "Cancelled": Status.CANCELLED,
        "Чужое": Status.UNKNOWN,
    }
    for word, status in said.items():
        assert decode({"orderid": 1, "statusname": word}, to).status is status
    assert decode({"orderid": 1}, to).status is Status.UNKNOWN


# Lists


@pytest.mark.parametrize("empty", ["list", "null", "object", "fail"])
def test_an_empty_list_is_empty_however_a_box_says_it(empty: str) -> None:
    assert not list(box(switches={"empty": empty}).backend.page(Query(), None).orders)


def listed(made: Box, query: Query) -> list[Order]:
    """Return the whole list, as the command reads it."""
    plan = listing.plan(query, VENDOR, limit=None, read_all=True)
    return list(listing.read(made.backend.backend, plan, note=lambda _: None).orders)


def parts(*sizes: int, repeat: bool = False) -> Box:
    """Open a backend on a box whose parts have so many orders; it repeats the last one where it ignores `part`."""

    def app(environ: dict[str, Any], start: Any) -> list[bytes]:
        part = int(dict(parse_qsl(environ["wsgi.input"].read().decode()))["part"])
        start("200 OK", [])
        place = min(part, len(sizes)) if repeat else part
        size = sizes[place - 1] if place <= len(sizes) else 0
        return [json.dumps({"orders": [{"orderid": place * 10_000 + n} for n in range(size)]}).encode()]

    return talking_to(app)


@pytest.mark.parametrize(
    "made, orders, calls",
    [
        (parts(PART, PART, 5), 2 * PART + 5, 3),
        (parts(PART, PART), 2 * PART, 3),
        (parts(3), 3, 1),
        (parts(), 0, 1),
    ],
    ids=["short", "empty", "one", "none"],
)
def test_parts_are_read_until_one_is_short_or_empty(made: Box, orders: int, calls: int) -> None:
    found = listed(made, Query())
    assert len(found) == orders
    assert len(made.sent) == calls


def test_a_box_that_ignores_the_part_is_asked_once_more_and_given_up() -> None:
    made = parts(PART, repeat=True)
    with pytest.raises(BadAnswer, match="a page repeats an earlier one"):
        listed(made, Query())
    assert [sent.params["part"] for sent in made.sent] == ["1", "2", "2"]


def test_odd_rows_do_not_break_a_list() -> None:
    page = answering(json.dumps({"orders": ["odd", None, 7, [1], {"no": "id"}, order_of()]})).backend.page(
        Query(), None
    )
    assert [order.id for order in page.orders] == ["82806"]
    assert len(page.errors) == 5
    assert page.errors[0].startswith("part 1, row 1")


@pytest.mark.parametrize("cursor", ["", "0", "x", "-1", "9" * 20, "٣"])
def test_a_cursor_that_no_list_gave_is_refused(cursor: str) -> None:
    made = box()
    with pytest.raises(UsageError, match="not a cursor"):
        made.backend.page(Query(), cursor)
    assert made.sent == []


def test_filters_travel_and_dates_are_the_boxs_own() -> None:
    made = box(zone=ZoneInfo("Europe/Kyiv"))
    since = dt.datetime(2026, 3, 9, 22, 30, tzinfo=dt.UTC)
    query = Query(
        since=since, changed_since=since, customer="c1", reference="R", status="New", set=given(getcomments="1")
    )
    made.backend.page(query, None)
    params = {k: v for k, v in made.sent[0].params.items() if k not in SECRETS}
    assert params == {
        "cdate": "2026-03-10",
        "udate": "2026-03-10 00:30:00",
        "clientcode": "c1",
        "ordercode": "R",
        "statusname": "New",
        "getcomments": "1",
        "part": "1",
    }


def test_since_is_refined_here_to_the_second() -> None:
    made = box(zone=ZoneInfo("Europe/Kyiv"))
    for hour in (9, 11):
        made.backend.create(draft(f"R-{hour}", set=given(cdate=f"2026-03-09 {hour:02}:00:00")))
    since = dt.datetime(2026, 3, 9, 8, tzinfo=dt.UTC)  # 10 o'clock there
    found = listed(made, Query(since=since))
    assert [order.reference for order in found] == ["R-11"]


def test_a_box_that_ignores_a_filter_shows_no_other_orders() -> None:
    rows = [order_of(f"R-{n}", orderid=n, clientcode=f"c{n}") for n in range(3)]
    made = answering(json.dumps({"orders": rows}))
    for query in (Query(reference="R-1"), Query(customer="c1")):
        assert [order.id for order in listed(made, query)] == ["1"]


# Changing lines


def test_update_appends_and_replaces_lines() -> None:
    made = box()
    order = made.backend.create(draft())
    made.backend.update(order.id, OrderChange(lines=(DraftLine(name="Cup", quantity=Decimal(1), price=Decimal(5)),)))
    assert [line.name for line in made.backend.lines(order.id)] == ["Tea", "Cup"]
    made.backend.update(
        order.id, OrderChange(replace_lines=True, lines=(DraftLine(name="Pot", price=Decimal("1.23456")),))
    )
    assert made.evidence()["deleteproducts"] == "1"
    assert [line.name for line in made.backend.lines(order.id)] == ["Pot"]
    made.backend.update(order.id, OrderChange(replace_lines=True))
    assert made.backend.lines(order.id) == ()


def test_lines_that_a_replace_lost_are_put_back_by_the_command_of_the_hint() -> None:
    made = box(switches={"delete-order": "after"})
    order = made.backend.create(draft())
    wanted = (
        DraftLine(sku="A,1", name="Чай 'зелёный' \"x\"", quantity=Decimal("2.5"), price=Decimal("0.10")),
        DraftLine(id="100500", quantity=Decimal(1), price=Decimal(99), set=given(custom_color="red, blue")),
    )
    with pytest.raises(OutcomeUnknown) as raised:
        made.backend.update(order.id, OrderChange(lines=wanted, replace_lines=True, currency="UAH"))
    assert (raised.value.code, raised.value.exit_code) == ("order.lines_lost", 8)
    words = shlex.split(raised.value.hint.removeprefix("add them: "))
    assert words[:7] == ["orderctl", "update", order.id, "-p", "shop", "--currency", "UAH"]
    assert words[7::2] == ["--line", "--line"]
    made.backend.update(order.id, OrderChange(currency="UAH", lines=tuple(parse_line(text) for text in words[8::2])))
    assert [(line.name, line.quantity, line.unit_price) for line in made.backend.lines(order.id)] == [
        ("Чай 'зелёный' \"x\"", Decimal("2.5"), Decimal("0.10")),
        ("Test GOODS1", 1, 99),
    ]
    assert made.evidence()["productArray"][1]["custom_color"] == "red, blue"


def test_lines_that_cannot_be_read_back_are_unknown() -> None:
    with pytest.raises(OutcomeUnknown, match="cannot be read back") as raised:
        two({"result": "ok"}, b"<html>").backend.update("7", OrderChange(replace_lines=True))
    assert "orderctl lines 7 -p shop" in raised.value.hint


def test_old_lines_that_stayed_are_reported() -> None:
    stayed = {"orders": [{"orderid": 7, "products": [{"name": "Old", "count": 1, "price": 1}]}]}
    with pytest.raises(OutcomeUnknown) as raised:
        two({"result": "ok"}, stayed).backend.update("7", OrderChange(replace_lines=True))
    assert raised.value.code == "order.lines_differ"


# Comments, cancelling, raw calls, dry runs


@pytest.mark.parametrize("shape", ["list", "object"])
def test_comments_by_id_and_by_kind(shape: str) -> None:
    made = box(switches={"comments": shape})
    order = made.backend.create(draft("77", note="по-русски"))
    made.backend.push(order.id, Move(to="Delivered"))
    comments = made.backend.comments(order.id, ())
    assert [c.kind for c in comments] == ["change", "comment", "change"]
    assert comments[1].text == "по-русски"
    assert comments[1].author == "API"
    assert [c.kind for c in made.backend.comments(order.id, ("comment", "email"))] == ["comment"]
    for nobody in ("5", "R-5", "77"):
        with pytest.raises(NotFound):
            made.backend.comments(nobody, ())


def test_comments_come_oldest_first_and_odd_ones_are_left_out() -> None:
    rows = [
        {"id": 2, "cdate": "2026-01-02 00:00:00", "content": "b"},
        {"id": 1, "cdate": "2026-01-01 00:00:00", "more": 1},
        "odd",
    ]
    found = answering(json.dumps(rows)).backend.comments("R", ())
    assert [c.id for c in found] == ["1", "2"]
    assert found[0].extra == {"more": 1}
    rows[0] = {"id": 2, "cdate": "once"}
    assert [c.id for c in answering(json.dumps(rows)).backend.comments("R", ())] == ["2", "1"]


def test_a_cancelled_order_is_gone_and_cannot_be_cancelled_twice() -> None:
    made = box()
    order = made.backend.create(draft())
    assert made.backend.cancel(order.id, None).message
    acts: tuple[Callable[[], object], ...] = (
        lambda: made.backend.cancel(order.id, None),
        lambda: made.backend.read(OrderKey(id=order.id)),
    )
    for act in acts:
        with pytest.raises(NotFound) as raised:
            act()
        assert raised.value.exit_code == 5


def test_raw_calls_carry_the_login_and_are_classed_by_their_path() -> None:
    made = box()
    made.backend.create(draft())
    get = made.backend.send_raw("GET", "/api/orders/get/", params=(("part", "1"),), body=None, content_type="")
    assert json.loads(get.body)["orders"]
    form = "application/x-www-form-urlencoded"
    posted = made.backend.send_raw("POST", "/api/orders/get/", params=(("part", "1"),), body=None, content_type=form)
    assert posted.body == get.body
    body = json.dumps({"ordercode": "R-2", "clientnamefirst": "A", "clientemail": "a@b"}).encode()
    made.backend.send_raw(
        "POST", "/api/orders/add/", params=(("dataFromBody", "1"),), body=body, content_type="application/json"
    )
    assert made.backend.find("R-2")
    assert not raw_reads("GET", "/api/orders/add/")


def test_a_dry_run_shows_each_request_that_would_be_sent_and_no_login() -> None:
    dry = DryRun()
    for name in SECRETS:
        redaction.hide(name, SECRETS[name])
    client = Client(dry)
    connection = Connection(
        profile=profile(), secrets=SECRETS, reader=client.reader(), notice=lambda _: None, state=Path
    )
    backend = Writes(VENDOR.connect(connection), client)
    backend.dry_run("create", draft())
    backend.dry_run("update", OrderChange(note="x"), OrderKey(id="7"))
    backend.dry_run("update", OrderChange(replace_lines=True), OrderKey(reference="R-1"))
    with pytest.raises(DryRunStop):
        backend.get("7")
    bodies = [request["body"].replace("login=***&password=***&", "") for request in dry.requests[1:]]
    assert bodies == ["orderid=7&comments=x", "orderid=<id>&deleteproducts=1", "orderid=7"]
    assert "sandbox" not in json.dumps(dry.requests)
    assert "sandbox" not in repr(connection)


def test_what_onebox_cannot_do_is_refused_with_a_way() -> None:
    with pytest.raises(Unsupported) as raised:
        box().backend.fields()
    assert "schema onebox" in raised.value.hint
    assert VENDOR.capabilities == set(Capability) - {Capability.FIELDS}
