"""Flyerlink's calls, as its page shows them: what goes over the wire, creates of several requests, and failures."""

import datetime as dt
import json
import shlex
from base64 import b64decode
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from orderctl.backend.call import Meaning
from orderctl.backend.contract import Backend, Connection
from orderctl.backend.prepared import Hole, Part, Prepared
from orderctl.backend.vendor import Capability
from orderctl.conformance.writes import Writes
from orderctl.drafts import parse_line
from orderctl.drafts.options import parse_settings
from orderctl.errors import (
    BadAnswer,
    Conflict,
    DeadlinePassed,
    DryRunStop,
    Interrupted,
    LoginRefused,
    NotFound,
    OrderctlError,
    OutcomeUnknown,
    PartlyDone,
    PermissionDenied,
    RateLimited,
    Refused,
    Temporary,
    Unsupported,
    UsageError,
)
from orderctl.frozen import replace
from orderctl.http import Client, DryRun
from orderctl.model import Customer, DraftLine, Move, OrderChange, OrderDraft, OrderKey, Query
from orderctl.read import listing
from orderctl.vendors.flyerlink.answers import verdict
from orderctl.vendors.flyerlink.fields import MAX_REFERENCE
from orderctl.vendors.flyerlink.orders import VENDOR
from tests.vendors.flyerlink_server import (
    DOCUMENTED_ORDER,
    SECRETS,
    URL,
    Server,
    answering,
    draft,
    given,
    profile,
    server,
    taking,
    talking_to,
)

NOON = dt.datetime(2026, 3, 7, 12, tzinfo=dt.UTC)


def day(text: str) -> dt.datetime:
    """Return the first moment of a day, as the command line makes it of a bare date."""
    return dt.datetime.combine(dt.date.fromisoformat(text), dt.time(), tzinfo=dt.UTC)


# What the page shows is what goes over the wire


def test_the_documented_list() -> None:
    """April 2011: the sample's own dates, since a list asks for a day more. It lacks format=json, and shows JSON."""
    made = server()
    made.backend.page(Query(since=day("2011-04-01"), until=day("2011-05-01")), None)
    (sent,) = made.sent
    assert (sent.method, f"http://dev.flyerlink.com{sent.path}?{sent.query}") == (
        "GET",
        f"{URL}/orders/?workgroup=W11&from=2011-04-01&to=2011-05-01&format=json",
    )


def test_the_documented_order() -> None:
    """The sample asks for one order and shows another, which is not the one that was asked for."""
    made = server(single="documented")
    with pytest.raises(NotFound, match=r"has no order 'XYYVP' .* it shows order 'XYTVP'"):
        made.backend.get("XYYVP")
    (sent,) = made.sent
    assert (sent.method, f"http://dev.flyerlink.com{sent.path}?{sent.query}") == (
        "GET",
        f"{URL}/orders/XYYVP?format=json",
    )
    with pytest.raises(NotFound, match="it shows order 'XYTVP'"):
        made.backend.read(OrderKey(id="XYYVP"))


def test_the_documented_change() -> None:
    made = server()
    assert made.backend.update("XYYVP", OrderChange(reference="201502-Black3")).id == "XYYVP"
    sent = made.sent[-1]
    assert (sent.method, sent.query, sent.body) == ("PUT", "format=json&reference=201502-Black3", "")
    assert sent.path == "/api.php/orders/XYYVP"
    assert made.backend.get("XYYVP").reference == "201502-Black3"


def test_the_documented_jobs() -> None:
    made = server()
    (line,) = made.backend.lines("XYTVP")
    assert made.calls() == [("GET", "/orders/XYTVP/jobs"), ("GET", "/orders/XYTVP")]  # the jobs call has ids only
    assert [sent.query for sent in made.sent] == ["format=json", "format=json"]
    assert (line.id, line.sku, line.name, line.total) == ("1648885", "LEGA54V", "Initial Flyers", Decimal(144))


def test_the_documented_create() -> None:
    """The sample asks for XML; orderctl reads both and asks for JSON. Its raw # would end a url, so it is encoded."""
    made = server()
    receipt = made.backend.create(OrderDraft(reference="#123", title="order", customer=Customer(code="HOTEST")))
    assert receipt.id == "DVQLK"
    sent = made.sent[-1]
    assert (sent.method, sent.path, sent.query) == ("POST", "/api.php/orders", "")
    assert sent.body == "format=json&title=order&customer=HOTEST&contact=13057&reference=%23123"
    assert sent.headers["CONTENT_TYPE"] == "application/x-www-form-urlencoded"


def test_the_documented_job() -> None:
    """The sample shows the order and the format; what is ordered follows them."""
    made = server()
    made.backend.update("XYTPP", OrderChange(lines=(DraftLine(sku="LEGA54V", quantity=Decimal(5000)),)))
    sent = made.sent[-1]
    assert (sent.method, sent.path) == ("POST", "/api.php/jobs")
    assert sent.body == "order=XYTPP&format=json&product=LEGA54V&quantity=5000"


def test_the_example_draft_is_the_documented_one_and_reads_back() -> None:
    made = server()
    order = made.backend.get(made.backend.create(VENDOR.example).id)
    assert (order.reference, order.title, order.customer.code) == ("#123", "order", "HOTEST")
    assert [(line.sku, line.name, line.extra["reference"]) for line in order.lines] == [
        ("LEGA54V", "Initial Flyers", "Reference")
    ]
    assert (order.total, order.currency, order.paid) == (Decimal(144), "GBP", False)
    assert not VENDOR.prepare("create", VENDOR.example, profile(settings={"workgroup": "W11"})).problems


def test_the_login_is_http_basic() -> None:
    made = server()
    made.backend.ping()
    assert b64decode(made.sent[0].headers["HTTP_AUTHORIZATION"].removeprefix("Basic ")) == b"sandbox:sandbox"
    with pytest.raises(LoginRefused, match="Authentication failed"):
        server(secrets={"username": "sandbox", "password": "wrong"}).backend.ping()


def test_every_field_of_a_job_reaches_the_vendor() -> None:
    made = server()
    own = {f.name: f"a {f.name}" for f in VENDOR.fields["create.line"] if not f.reserved and not f.word}
    line = DraftLine(sku="LEGA54V", quantity=Decimal("1.50"), name="N", set=given(**own))
    made.backend.create(draft(lines=(line,)))
    (_, order), (_, job) = made.evidence()
    assert order["reference"] == "R-1"
    assert job == {"order": "DVQLK", "format": "json", "product": "LEGA54V", "quantity": "1.50", "title": "N", **own}


def test_a_package_takes_whatever_parameters_are_given() -> None:
    made = server()
    change = OrderChange(set=given(**{"package.code": "BUNDLE & Co", "package.discount": "10%"}))
    assert not VENDOR.prepare("update", change, profile()).problems
    made.backend.update("XYTPP", change)
    assert made.writes() == [("POST", "/orders/XYTPP/addpackage")]
    assert made.evidence() == [("addpackage", {"format": "json", "code": "BUNDLE & Co", "discount": "10%"})]


@pytest.mark.parametrize(
    "text",
    ['"It\'s" <b>&amp;</b>', "a+b#c%20d=e&f", "茶叶海报", "🖨️👩‍💻", "x" * 10_000, " leading", "line\r\nbreak", "\\/"],
)
def test_text_survives(text: str) -> None:
    made = server()
    made.backend.create(
        draft(
            text, title=text, lines=(DraftLine(sku="LEGA54V", name=text, quantity=Decimal(1), set=given(notes=text)),)
        )
    )
    order = made.backend.get("DVQLK")
    assert (order.reference, order.title, order.lines[0].name) == (text, text, text)
    assert made.evidence()[1][1]["notes"] == text


@pytest.mark.parametrize("text", ["a+b#c%20d=e&f", '"It\'s" <b>', "茶叶", "🖨️"])
def test_text_survives_in_the_url_of_a_change(text: str) -> None:
    made = server()
    made.backend.update("XYYVP", OrderChange(reference=text))
    assert made.backend.get("XYYVP").reference == text


@pytest.mark.parametrize("quantity", ["1", "5000", "0.001", "12.50", "100000.000001"])
def test_quantities_keep_every_digit(quantity: str) -> None:
    made = server()
    made.backend.create(draft(lines=(DraftLine(sku="LEGA54V", quantity=Decimal(quantity)),)))
    assert made.evidence()[1][1]["quantity"] == quantity


# A create is several requests


def three_lines() -> tuple[DraftLine, ...]:
    return (
        DraftLine(sku="LEGA54V", name="Flyers", quantity=Decimal(5000)),
        DraftLine(sku="NOPE", name="It's", quantity=Decimal(250), set=given(reference="J-2")),
        DraftLine(sku="BCST54V", quantity=Decimal(100)),
    )


def test_an_order_and_a_job_for_each_line() -> None:
    made = server()
    lines = (*three_lines()[:1], *three_lines()[2:])
    assert made.backend.create(draft(lines=lines)).id == "DVQLK"
    assert made.writes() == [("POST", "/orders"), ("POST", "/jobs"), ("POST", "/jobs")]
    assert [line.sku for line in made.backend.lines("DVQLK")] == ["LEGA54V", "BCST54V"]


def next_jobs(error: OrderctlError) -> Any:
    """Return the jobs that the command in the hint makes, once it is pasted."""
    command = error.hint.partition("add what is missing: ")[2].partition("; look at it")[0]
    words = shlex.split(command)
    assert words[:5] == ["orderctl", "update", "DVQLK", "-p", "print"]
    lines = [parse_line(text) for option, text in zip(words[5::2], words[6::2], strict=True) if option == "--line"]
    prepared = VENDOR.prepare("update", OrderChange(lines=tuple(lines)), profile())
    assert not prepared.problems
    return prepared.content["jobs"]


def test_a_refused_line_leaves_an_order_that_says_what_is_missing() -> None:
    made = server()
    with pytest.raises(PartlyDone) as caught:
        made.backend.create(draft(lines=three_lines()))
    error = caught.value
    assert (error.exit_code, error.order_id, error.code) == (7, "DVQLK", "order.half_made")
    assert "order DVQLK was created; done: line 1 (LEGA54V); missing: line 2 (NOPE), line 3 (BCST54V)" in error.message
    assert "Product not found" in error.message
    assert next_jobs(error) == [
        {"product": "NOPE", "title": "It's", "quantity": "250", "reference": "J-2"},
        {"product": "BCST54V", "quantity": "100"},
    ]
    assert made.writes() == [("POST", "/orders"), ("POST", "/jobs"), ("POST", "/jobs")]  # nothing more, nothing again


@pytest.mark.parametrize("fault", ["lost-after", "half-body", "html", "empty"])
def test_a_line_that_is_seen_to_be_there_is_not_sent_again_and_the_next_one_is(fault: str) -> None:
    made = server(spoilt=[f"{fault}*1+1@jobs"])
    lines = tuple(DraftLine(sku=sku, quantity=Decimal(1)) for sku in ("LEGA54V", "POST22E", "BCST54V"))
    order_id = made.backend.create(draft(lines=lines)).id
    assert [line.sku for line in made.backend.lines(order_id)] == ["LEGA54V", "POST22E", "BCST54V"]
    assert made.writes() == [("POST", "/orders"), *[("POST", "/jobs")] * 3]


@pytest.mark.parametrize("fault", ["lost-before", "500", "408"])
def test_a_line_that_may_be_there_is_reported_as_unknown(fault: str) -> None:
    made = server(spoilt=[f"{fault}*1+1@jobs"])
    lines = tuple(DraftLine(sku=sku, quantity=Decimal(1)) for sku in ("LEGA54V", "POST22E", "BCST54V"))
    with pytest.raises(OutcomeUnknown) as caught:
        made.backend.create(draft(lines=lines))
    error = caught.value
    assert (error.exit_code, error.order_id) == (8, "DVQLK")
    assert "missing: line 3 (BCST54V); not known: line 2 (POST22E)" in error.message
    assert next_jobs(error) == [{"product": "BCST54V", "quantity": "1"}]
    assert "orderctl get DVQLK -p print" in error.hint
    assert "only where it lacks line 2 (POST22E)" in error.hint
    assert made.writes() == [("POST", "/orders"), ("POST", "/jobs"), ("POST", "/jobs")]


@pytest.mark.parametrize("made, meaning", [("DVQLK", Meaning.UNKNOWN), ("1648885", Meaning.DONE)])
def test_a_job_is_not_made_by_an_answer_that_names_an_order(made: str, meaning: Meaning) -> None:
    """The answer to the order may come twice; whether the job is there is looked up then."""
    job = Part(purpose="add a job", call="job", values={"order": Hole("order"), "fields": {}})
    assert verdict({"status": "ok", "id": made}, job, "print").meaning is meaning
    known = Part(purpose="add a job", call="job", values={"order": "DVQLK", "fields": {}})
    assert verdict({"status": "ok", "id": made}, known, "print").meaning is Meaning.DONE


def test_an_unknown_last_line_leaves_nothing_to_add() -> None:
    made = server(spoilt=["lost-after@jobs"])
    with pytest.raises(OutcomeUnknown) as caught:
        made.backend.create(draft())
    assert "order DVQLK was created; not known: line 1 (LEGA54V)" in caught.value.message
    assert "missing" not in caught.value.message + caught.value.hint


@pytest.mark.parametrize(
    "fault, kind", [("429=7", PartlyDone), ("401", PartlyDone), ("403", PartlyDone), ("503", OutcomeUnknown)]
)
def test_whatever_stops_it_the_order_is_named(fault: str, kind: type[OrderctlError]) -> None:
    made = server(spoilt=[f"{fault}@jobs"])
    with pytest.raises(kind) as caught:
        made.backend.create(draft())
    assert caught.value.order_id == "DVQLK"
    assert (caught.value.retry_after == 7) is (fault == "429=7")


@pytest.mark.parametrize("why", [DeadlinePassed("the run's deadline passed"), Interrupted("interrupted", signal=2)])
def test_a_run_that_ends_between_two_requests_leaves_an_order_that_is_named(why: OrderctlError) -> None:
    """A deadline, or a first signal, while the order is made: its answer is waited for, and no job is started."""
    emulator = server().emulator
    assert emulator

    def app(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "POST":
            made.backend.sender.stop.ask(why)
        return emulator(environ, start)

    made = talking_to(app)
    with pytest.raises(PartlyDone, match="order DVQLK was created; missing: line 1") as caught:
        made.backend.create(draft())
    assert next_jobs(caught.value) == [{"product": "LEGA54V", "title": "Flyers", "quantity": "5000"}]
    assert made.writes() == [("POST", "/orders")]


def looks() -> int:
    """Return how many requests a create sends before its first write."""
    made = server()
    made.backend.create(draft())
    return made.calls().index(("POST", "/orders"))


@pytest.mark.parametrize(
    "fault", ["lost-before", "lost-after", "reset", "half-body", "html", "empty", "500-after", "502"]
)
def test_an_order_that_may_be_there_is_unknown_and_never_sent_again(fault: str) -> None:
    made = server(spoilt=[f"{fault}+{looks()}@orders"])
    with pytest.raises(OutcomeUnknown) as caught:
        made.backend.create(draft("R'1"))
    assert made.writes() == [("POST", "/orders")]
    assert caught.value.hint == "find out what became of it: orderctl journal reconcile 'R'\"'\"'1' -p print"


@pytest.mark.parametrize(
    "customer, contact, kind, hint",
    [
        ("NOPE", "13057", Refused, "GET /customers"),
        ("HOTEST", "1", Refused, "CODE/contacts"),
        ("OTHERW12", "800001", PermissionDenied, "workgroup"),
    ],
)
def test_a_refused_order_has_no_jobs(customer: str, contact: str, kind: type[OrderctlError], hint: str) -> None:
    for errors in ("404", "status", "200"):
        made = server(errors=errors)
        with pytest.raises(kind, match="Flyerlink says") as caught:
            made.backend.create(draft(customer=Customer(code=customer), set=given(contact=contact)))
        assert hint in caught.value.hint
        assert made.writes() == [("POST", "/orders")]
        assert not made.evidence()


@pytest.mark.parametrize("switches", [{"created": c} for c in ("response", "flat", "id", "none")] + [{"format": "xml"}])
def test_the_id_is_read_however_it_is_wrapped(switches: dict[str, Any]) -> None:
    made = server(**switches)
    assert made.backend.create(draft()).id == "DVQLK"
    assert len(made.backend.get("DVQLK").lines) == 1


def test_an_order_without_an_id_is_looked_for_by_its_reference() -> None:
    made = server(created="none")
    assert made.backend.create(draft("A")).id == "DVQLK"
    assert made.backend.create(draft("B")).id == "DVQLL"
    assert made.writes() == [("POST", "/orders"), ("POST", "/jobs")] * 2


def test_an_order_without_an_id_that_is_not_found_is_unknown() -> None:
    elsewhere = server(created="none")
    with pytest.raises(OutcomeUnknown, match=r"without an id, and .* \(no orders of today look like it\)"):
        elsewhere.backend.create(draft(customer=Customer(code="MANYPR01"), set=given(contact="700001")))
    spoilt = taking('{"status":"ok"}', then='{"status":"error","message":"permission denied"}')
    with pytest.raises(OutcomeUnknown, match="cannot be looked up"):
        spoilt.backend.create(draft())


def posted(made: Server, reference: str = "R-1") -> Prepared:
    """Make the draft's order by a raw call, which looks for no other one, and return the draft, prepared."""
    prepared = VENDOR.prepare("create", draft(reference), made.backend.profile)
    params = tuple((name, value) for name, value in prepared.content.items() if name != "jobs")
    made.backend.sender.raw(made.backend.raw("POST", "/orders", params=params, body=None, content_type=""))
    return prepared


def test_of_two_orders_that_look_alike_neither_is_the_one() -> None:
    now = dt.datetime.now(dt.UTC)
    made = server()
    prepared = posted(made)
    assert made.backend.find_created(prepared, now) == "DVQLK"
    posted(made)
    with pytest.raises(NotFound, match="2 orders of today look like it"):
        made.backend.find_created(prepared, now)


@pytest.mark.parametrize("days", [-1, 1])
def test_an_order_without_an_id_is_never_one_of_another_day(days: int) -> None:
    now = dt.datetime.now(dt.UTC)
    made = server(created="none", now=now + dt.timedelta(days=days))
    with pytest.raises(OutcomeUnknown, match="no orders of today look like it"):
        made.backend.create(draft())
    at(made, now)
    assert made.backend.find_created(posted(made), now) == "DVQLL"


def test_an_order_without_an_id_is_none_without_a_date() -> None:
    row = {"id": "OLDER", "reference": "R-1", "title": "Summer", "customer": "HOTEST"}
    made = taking('{"status":"ok"}', then=json.dumps({"orders": [row]}))
    with pytest.raises(OutcomeUnknown, match="no orders of today look like it"):
        made.backend.create(draft())


def test_an_order_that_exists_is_not_made_again() -> None:
    made = server()
    made.backend.create(draft())
    made.sent.clear()
    with pytest.raises(Conflict, match="'R-1' exists already as order DVQLK; no second order was made"):
        made.backend.create(draft())
    assert not made.writes()


@pytest.mark.parametrize(
    "answer", ["{}", "null", "[]", '{"status":"error","message":"Out of cheese"}', '{"id":"a/b"}', '{"message":"?"}']
)
def test_200_that_says_nothing_listed_is_unknown(answer: str) -> None:
    with pytest.raises(OutcomeUnknown):
        taking(answer).backend.create(draft())
    with pytest.raises(OutcomeUnknown):
        taking(answer).backend.update("X", OrderChange(reference="R"))


@pytest.mark.parametrize("words", ["Request timed out: invalid or slow upstream", "Order not found", "Invalid request"])
@pytest.mark.parametrize("status", [408, 425])
def test_a_server_that_gave_up_has_not_refused_a_write(status: int, words: str) -> None:
    answer = json.dumps({"status": "error", "message": words})
    with pytest.raises(OutcomeUnknown, match=str(status)):
        taking(answer, status=status).backend.create(draft())
    with pytest.raises(OutcomeUnknown):
        taking(answer, status=status).backend.update("X", OrderChange(reference="R"))
    with pytest.raises(Temporary):
        answering(answer, status=status).backend.get("X")


@pytest.mark.parametrize(
    "words",
    [
        "Order DVQLK saved; proof template not found",
        "Job 7 made, but its artwork is invalid",
        "Saved. A delivery address is required",
        "Created; permission denied for the proof",
    ],
)
def test_a_longer_text_with_a_listed_phrase_in_it_is_unknown(words: str) -> None:
    answer = json.dumps({"status": "error", "message": words})
    for status in (200, 400, 404, 409, 422):
        with pytest.raises(OutcomeUnknown, match=words.partition("; ")[0]):
            taking(answer, status=status).backend.create(draft())
    made = taking('{"response":{"status":"ok","id":"DVQLK"}}', answer).backend
    with pytest.raises(OutcomeUnknown, match="not known: line 1") as caught:
        made.create(draft())
    assert "add what is missing" not in caught.value.hint


@pytest.mark.parametrize(
    "words, kind",
    [
        ("Authentication failed", LoginRefused),
        ("Not authenticated.", LoginRefused),
        ("Permission denied", PermissionDenied),
        ("You don't have permission to order for this customer", PermissionDenied),
        ("Contact 13057 not found", Refused),
        ("template not found!", Refused),
        ("quantity is invalid", Refused),
        ("Invalid contact", Refused),
        ("title or reference is required", Refused),
        ("POST /orders is not supported", Refused),
    ],
)
def test_a_listed_phrase_refuses_a_write_even_at_200(words: str, kind: type[OrderctlError]) -> None:
    with pytest.raises(kind) as caught:
        taking(json.dumps({"status": "error", "message": words})).backend.create(draft())
    assert type(caught.value) is kind


ERRORS_WITH_A_CODE = [
    '{"code":403,"message":"Access denied"}',
    '{"code":"500","message":"Internal error"}',
    '{"response":{"code":400,"message":"bad"}}',
    '{"order":{"code":422,"message":"Quantity not available"}}',
    '{"job":{"code":422,"message":"Quantity not available"}}',
    '{"id":403,"message":"Access denied"}',
    '{"message":"Access denied","order":{"id":"DVQLK"}}',
    '{"order":{"id":"DVQLK","message":"Access denied"}}',
    "<response><code>403</code><message>Access denied</message></response>",
]


@pytest.mark.parametrize("answer", ERRORS_WITH_A_CODE)
def test_an_error_with_a_code_is_not_an_order_that_was_made(answer: str) -> None:
    with pytest.raises(OutcomeUnknown, match=r"Access denied|Internal error|bad|not available"):
        taking(answer).backend.create(draft())
    with pytest.raises(OutcomeUnknown):
        taking(answer).backend.update("DVQLK", OrderChange(reference="R"))
    with pytest.raises(OutcomeUnknown, match=r"order DVQLK was created; not known: line 1"):
        taking('{"response":{"status":"ok","id":"DVQLK"}}', answer).backend.create(draft())


@pytest.mark.parametrize("answer", [*ERRORS_WITH_A_CODE[:3], ERRORS_WITH_A_CODE[5], ERRORS_WITH_A_CODE[-1]])
def test_an_error_with_a_code_is_not_an_order_that_is_shown(answer: str) -> None:
    backend = answering(answer).backend
    for call in (
        lambda: backend.get("403"),
        lambda: backend.lines("403"),
        lambda: backend.page(Query(since=NOON), None),
        lambda: backend.find("R"),
        backend.ping,
    ):
        with pytest.raises(BadAnswer):
            call()


@pytest.mark.parametrize(
    "answer, words",
    [
        ('{"order":{"id":"ABCDE","reference":"OTHER"}}', "of the reference 'OTHER'"),
        ('{"response":{"status":"ok","id":"ABCDE","reference":"OTHER"}}', "of the reference 'OTHER'"),
        ("<order><id>ABCDE</id><reference>OTHER</reference></order>", "of the reference 'OTHER'"),
        ('{"status":"ok","id":"X1","error":"quota exceeded, nothing saved"}', "quota exceeded"),
        ('{"response":{"status":"ok","id":"X1","message":"Hm","errors":["nothing saved"]}}', "nothing saved"),
        ('{"status":"ok","id":"X1","error":"Product not found"}', "Product not found"),
    ],
)
def test_an_answer_that_speaks_against_itself_is_unknown(answer: str, words: str) -> None:
    made = taking(answer)
    with pytest.raises(OutcomeUnknown, match=words) as caught:
        made.backend.create(draft())
    assert caught.value.hint == "find out what became of it: orderctl journal reconcile R-1 -p print"
    assert made.writes() == [("POST", "/orders")]


def test_a_change_whose_answer_shows_another_reference_is_unknown() -> None:
    made = taking('{"order":{"id":"XYTPP","reference":"OLD"}}')
    with pytest.raises(OutcomeUnknown, match="of the reference 'OLD'"):
        made.backend.update("XYTPP", OrderChange(reference="NEW"))
    same = taking('{"order":{"id":"XYTPP","reference":"NEW"}}')
    assert same.backend.update("XYTPP", OrderChange(reference="NEW")).reference == "NEW"


@pytest.mark.parametrize("answer", ['{"order":{"id":"ABCDE","reference":" R  1"}}', '{"id":"ABCDE","reference":null}'])
def test_an_answer_that_shows_the_order_is_one(answer: str) -> None:
    assert taking(answer).backend.create(draft("R 1", lines=())).id == "ABCDE"


def test_a_read_that_says_no_is_refused() -> None:
    with pytest.raises(Refused, match="Out of cheese"):
        answering('{"status":"error","message":"Out of cheese"}').backend.get("X")


# Changes


def test_a_change_of_everything_is_a_request_each() -> None:
    made = server()
    lines = (DraftLine(sku="LEGA54V", quantity=Decimal(1)), DraftLine(sku="BCST54V", quantity=Decimal(2)))
    made.backend.update("XYTPP", OrderChange(reference="R&B", lines=lines, set=given(**{"package.p": "1"})))
    assert made.calls() == [
        ("GET", "/orders/XYTPP"),
        ("GET", "/orders/XYTPP/jobs"),  # how many there are, in case that an answer is lost
        ("PUT", "/orders/XYTPP"),
        ("POST", "/orders/XYTPP/addpackage"),
        ("POST", "/jobs"),
        ("POST", "/jobs"),
    ]


def test_a_change_that_stops_half_way_says_what_is_done() -> None:
    made = server(spoilt=["403@addpackage"])
    change = OrderChange(
        reference="R 2", lines=(DraftLine(sku="LEGA54V", quantity=Decimal(1)),), set=given(**{"package.p": "a b"})
    )
    with pytest.raises(PartlyDone) as caught:
        made.backend.update("XYTPP", change)
    assert (
        "order XYTPP was changed; done: the reference; missing: the package, line 1 (LEGA54V)" in caught.value.message
    )
    command = caught.value.hint.removeprefix("add what is missing: ")
    assert shlex.split(command) == [
        "orderctl", "update", "XYTPP", "-p", "print", "--set", "package.p=a b",
        "--line", '{"product": "LEGA54V", "quantity": "1"}',
    ]  # fmt: skip


def test_a_change_that_fails_at_once_is_reported_as_it_is() -> None:
    change = OrderChange(reference="R", lines=(DraftLine(sku="LEGA54V", quantity=Decimal(1)),))
    missing = server()
    with pytest.raises(NotFound, match="Flyerlink has no order 'NOPE'"):
        missing.backend.update("NOPE", change)
    assert not missing.writes()
    gone = taking('{"status":"error","message":"Order not found"}', status=404)
    with pytest.raises(NotFound, match="Flyerlink says 'Order not found'"):
        gone.backend.update("XYTPP", change)
    with pytest.raises(OutcomeUnknown) as caught:
        server(spoilt=["lost-after+1"]).backend.update("XYTPP", OrderChange(reference="R"))
    assert caught.value.order_id is None
    with pytest.raises(OutcomeUnknown) as caught:
        server(spoilt=["lost-after+1"]).backend.update("XYTPP", change)
    assert (
        "order XYTPP may have been changed; missing: line 1 (LEGA54V); not known: the reference" in caught.value.message
    )
    assert "orderctl update XYTPP -p print --set reference=R" in caught.value.hint


@pytest.mark.parametrize("value", ["@P1", "a=b", "It's", ":=1"])
def test_what_is_missing_of_a_package_can_be_pasted(value: str) -> None:
    made = server(spoilt=["403@addpackage"])
    change = OrderChange(reference="R 2", set=given(**{"package.code": value}))
    with pytest.raises(PartlyDone) as caught:
        made.backend.update("XYTPP", change)
    (option, text) = shlex.split(caught.value.hint.removeprefix("add what is missing: "))[-2:]
    prepared = VENDOR.prepare("update", OrderChange(set=parse_settings([text])), profile())
    assert (option, prepared.problems, prepared.content) == ("--set", (), {"package.code": value})


# Lists


def at(made: Server, moment: dt.datetime) -> Writes:
    """Return the backend after the server's clock was set."""
    assert made.emulator
    made.emulator._now = lambda: moment  # noqa: SLF001  (the emulator's own seam)
    return made.backend


def filled(**switches: Any) -> Server:
    """Return a server with an order on each of many days."""
    made = server(**switches)
    for text in ("2025-12-31", "2026-01-01", "2026-01-31", "2026-02-01", "2026-02-28", "2026-03-01", "2026-03-07"):
        at(made, day(text)).create(draft(text, lines=()))
    made.sent.clear()
    return made


def read(made: Server, query: Query, limit: int | None = None, after: str | None = None) -> listing.Listing:
    plan = listing.plan(query, VENDOR, limit=limit, read_all=limit is None, after=after)
    return listing.read(made.backend.backend, plan, note=lambda _: None)


def listed(made: Server, query: Query, after: str | None = None) -> list[str | None]:
    found = read(made, query, after=after)
    orders = [order.reference for order in found.orders]
    assert not found.errors
    return orders


@pytest.mark.parametrize("to", ["inclusive", "exclusive"])
@pytest.mark.parametrize("one", ["object", "list"])
def test_a_long_list_goes_month_by_month_and_shows_each_order_once(to: str, one: str) -> None:
    made = filled(to=to, one_order=one)
    query = Query(since=day("2025-12-31"), until=day("2026-03-08"))
    assert listed(made, query) == [
        "2025-12-31", "2026-01-01", "2026-01-31", "2026-02-01", "2026-02-28", "2026-03-01", "2026-03-07",
    ]  # fmt: skip
    asked = [dict(sent.pairs) for sent in made.sent]
    assert [(a["from"], a["to"]) for a in asked] == [
        ("2025-12-31", "2026-01-01"),
        ("2026-01-01", "2026-02-01"),
        ("2026-02-01", "2026-03-01"),
        ("2026-03-01", "2026-03-08"),
    ]
    assert {(a["workgroup"], a["format"]) for a in asked} == {("W11", "json")}


@pytest.mark.parametrize("to", ["inclusive", "exclusive"])
def test_the_last_day_of_a_list_is_in_it_and_the_next_is_not(to: str) -> None:
    made = filled(to=to)
    assert listed(made, Query(since=day("2026-01-31"), until=day("2026-02-01"))) == ["2026-01-31"]
    assert listed(made, Query(since=day("2026-02-01"), until=day("2026-02-02"))) == ["2026-02-01"]


@pytest.mark.parametrize("hours", [-11, 0, 13])
def test_days_are_those_of_the_profiles_zone(hours: int) -> None:
    zone = dt.timezone(dt.timedelta(hours=hours))
    made = filled()
    made.backend.backend.profile = profile(zone=zone)
    since = dt.datetime(2026, 2, 1, tzinfo=zone).astimezone(dt.UTC)
    until = dt.datetime(2026, 3, 2, tzinfo=zone).astimezone(dt.UTC)
    assert listed(made, Query(since=since, until=until)) == ["2026-02-01", "2026-02-28", "2026-03-01"]


def test_without_since_it_is_the_last_31_days_and_reported() -> None:
    made = server()
    today = dt.datetime.now(dt.UTC).date()
    made.backend.create(draft("now", lines=()))
    made.sent.clear()
    assert listed(made, Query()) == ["now"]
    assert made.said == [f"no --since: only orders since {today - dt.timedelta(days=31)} are listed"]
    assert dict(made.sent[0].pairs)["from"] == (today - dt.timedelta(days=31)).isoformat()
    assert dict(made.sent[-1].pairs)["to"] == (today + dt.timedelta(days=2)).isoformat()  # tomorrow, and a day more
    made.said.clear()
    assert listed(made, Query(since=day("2026-01-01")))
    assert not made.said


def test_without_since_it_is_the_31_days_before_until() -> None:
    made = filled()
    assert listed(made, Query(until=day("2026-03-01"))) == ["2026-01-31", "2026-02-01", "2026-02-28"]


def test_a_far_until_costs_nothing() -> None:
    made = server()
    assert listed(made, Query(since=dt.datetime.now(dt.UTC), until=day("2999-01-01"))) == []
    assert len(made.sent) <= 2
    assert listed(made, Query(since=day("2999-01-01"))) == []


@pytest.mark.parametrize(
    "query, found",
    [
        (Query(reference="2026-02-28"), ["2026-02-28"]),
        (Query(customer="HOTEST"), ["2026-02-28", "2026-03-01", "2026-03-07"]),
        (Query(customer="NOPE"), []),
        (Query(status="unknown"), ["2026-02-28", "2026-03-01", "2026-03-07"]),
        (Query(status="open"), []),
    ],
)
def test_what_the_vendor_does_not_filter_is_filtered_here(query: Query, found: list[str]) -> None:
    made = filled()
    words = {"reference": query.reference, "customer": query.customer, "status": query.status}
    assert listed(made, Query(since=day("2026-02-02"), until=day("2026-03-08"), **words)) == found  # type: ignore[arg-type]


def test_an_order_without_jobs_has_none_of_the_vendors_statuses() -> None:
    made = filled()
    query = Query(since=day("2026-03-02"), until=day("2026-03-08"), status="081")
    assert listed(made, query) == []
    assert listed(made, replace(query, status="unknown")) == ["2026-03-07"]
    rows = [{"id": "A"}, {"id": "B", "jobs": [{"id": "1", "status": "081"}, {"id": "2", "status": "091"}]}]
    found = read(answering(json.dumps({"orders": rows})), query)
    assert not list(found.orders)
    assert [error.partition(" is left out")[0] for error in found.errors] == ["order A", "order B"]


def test_a_list_goes_on_where_it_was_cut() -> None:
    made = filled()
    query = Query(since=day("2025-12-01"), until=day("2026-03-08"))
    first = read(made, query, limit=3)
    shown = [order.reference for order in first.orders]
    assert not first.complete
    assert [*shown, *listed(made, query, after=first.next)] == listed(made, query)
    with pytest.raises(UsageError, match="not a cursor"):
        made.backend.page(query, "2026-13-01")


def stale(times: int) -> tuple[Server, list[int]]:
    """Return a server behind a cache that answers February, so often, with January, and how often it was asked."""
    asked = [0]

    def app(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        month = int(dict(parse_qsl(environ["QUERY_STRING"]))["from"][5:7])
        asked[0] += month == 2
        shown = 1 if month == 2 and asked[0] <= times else month
        start("200 OK", [])
        return [json.dumps({"orders": [{"id": f"X{shown}", "date": f"2026-{shown:02}-15 10:00:00"}]}).encode()]

    return talking_to(app), asked


def test_a_month_that_is_answered_with_another_is_asked_for_once_more() -> None:
    query = Query(since=day("2026-01-02"), until=day("2026-03-20"))
    made, asked = stale(1)
    assert [order.id for order in read(made, query).orders] == ["X1", "X2", "X3"]
    assert asked == [2]
    made, asked = stale(2)
    found = read(made, query)
    with pytest.raises(BadAnswer, match="orders of other days"):
        list(found.orders)
    assert (asked, found.complete, found.next) == ([2], False, "2026-02-01:0")


def test_another_workgroup() -> None:
    made = server()
    made.backend.create(draft(customer=Customer(code="MANYPR01"), set=given(contact="700001"), lines=()))
    assert listed(made, Query()) == []
    assert listed(made, Query(set=given(workgroup="W21"))) == ["R-1"]
    assert listed(made, Query(where={"workgroup": ("", ("W21",))})) == ["R-1"]
    with pytest.raises(PermissionDenied, match="workgroup"):
        made.backend.page(Query(set=given(workgroup="W12")), None)


@pytest.mark.parametrize("empty", ["list", "null", "object", "nothing", "refused"])
@pytest.mark.parametrize("form", ["json", "xml"])
def test_an_empty_list(empty: str, form: str) -> None:
    assert listed(server(empty=empty, format=form), Query(since=day("2020-01-01"), until=day("2020-02-01"))) == []


@pytest.mark.parametrize("switches", [{"format": "xml"}, {"list": "nested"}, {"totals": "object"}])
def test_lists_in_other_shapes(switches: dict[str, str]) -> None:
    made = filled(**switches)
    made.backend.update("DVQLK", OrderChange(lines=three_lines()[:1]))
    page = made.backend.page(Query(since=day("2025-12-31")), None)
    assert [order.reference for order in page.orders] == ["2025-12-31"]
    (line,) = page.orders[0].lines
    assert (page.orders[0].total, line.total, line.extra["transfer"]) == (Decimal(144), Decimal(144), "55.50")


@pytest.mark.parametrize("since, until", [("0002-01-01", "0002-01-02"), ("9998-12-30", "9998-12-31")])
@pytest.mark.parametrize("hours", [-12, 14])
def test_the_first_and_the_last_days_that_are_taken(since: str, until: str, hours: int) -> None:
    made = server()
    made.backend.backend.profile = profile(zone=dt.timezone(dt.timedelta(hours=hours)))
    for query in (Query(since=day(since), until=day(until)), Query(until=day(since)), Query(since=day(since))):
        assert not VENDOR.check_query(query, made.backend.profile)
        made.backend.page(query, None)


@pytest.mark.parametrize("date", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
@pytest.mark.parametrize("hours", [-12, 14])
def test_an_order_of_a_day_beyond_the_calendar_breaks_no_list(date: str, hours: int) -> None:
    zone = dt.timezone(dt.timedelta(hours=hours))
    made = answering(json.dumps({"orders": [{"id": "A", "date": date}, {"id": "B"}]}), to=profile(zone=zone))
    assert "B" in [order.id for order in made.backend.page(Query(since=day("2026-01-01")), None).orders]


def test_orders_without_a_date_are_shown_once() -> None:
    rows = json.dumps({"orders": [{"id": "A"}, {"id": "A"}, {"id": "B", "date": None}, {"id": "C", "date": "soon"}]})
    made = answering(rows)
    found = read(made, Query(since=day("2026-01-01"), until=day("2026-03-01")))
    assert [order.id for order in found.orders] == ["A", "B", "C"]
    assert len(made.sent) == 2


# By reference


@pytest.mark.parametrize("form", ["json", "xml"])
def test_an_order_is_found_by_its_reference(form: str) -> None:
    made = server(format=form)
    for reference in ("A", "B", "AB"):
        made.backend.create(draft(reference))
    assert made.backend.find("B").id == "DVQLL"
    with pytest.raises(NotFound) as caught:
        made.backend.find("a")
    assert "orderctl list --reference a -p print --since 20" in caught.value.hint
    posted(made, "B")
    with pytest.raises(Conflict, match="2 orders have the reference 'B': DVQLL, DVQLN") as ambiguous:
        made.backend.find("B")
    assert "orderctl get DVQLL -p print" in ambiguous.value.hint


def test_a_row_that_cannot_be_read_may_be_the_one() -> None:
    today = f"{dt.datetime.now(dt.UTC):%d/%m/%Y}"
    made = answering(json.dumps({"orders": [{"reference": "A"}, {"id": "B", "reference": "B", "date": today}]}))
    assert made.backend.find("B").id == "B"
    with pytest.raises(BadAnswer, match=r"cannot be read: .*without an id") as caught:
        made.backend.find("A")
    assert "orderctl list --reference A -p print --since 20" in caught.value.hint


# What goes wrong


def test_what_is_missing_is_not_found() -> None:
    for errors in ("404", "status", "200"):
        made = server(errors=errors)
        for call in (made.backend.get, made.backend.lines):
            with pytest.raises(NotFound, match="NOPE"):
                call("NOPE")
        with pytest.raises(NotFound, match="NOPE"):
            made.backend.read(OrderKey(id="NOPE"))
    for empty in ('{"orders":[]}', "{}", "null"):
        with pytest.raises(NotFound):
            answering(empty).backend.get("X")


@pytest.mark.parametrize(
    "status, answer, kind, words",
    [
        (404, '{"status":"error","message":"Template not found"}', Refused, "Template not found"),
        (404, '<response status="error"><message>Order not found</message></response>', NotFound, "X"),
        (404, '{"status":"error","error":"You lack permission"}', PermissionDenied, "You lack permission"),
        (404, "<html><body>Not Found</body></html>", Refused, "404"),
        (404, "", Refused, "404"),
        (401, "<html><body>Login</body></html>", LoginRefused, "401"),
        (403, "{}", PermissionDenied, "403"),
        (400, '{"message":["a","b"]}', Refused, "a; b"),
        (409, '{"message":"locked"}', Refused, "locked"),
        (422, '{"message":"title is required"}', Refused, "title is required"),
        (429, "{}", RateLimited, "429"),
        (500, '{"message":"Invalid state, not found"}', Temporary, "500"),
        (502, '{"status":"error","message":"Order not found"}', Temporary, "502"),
        (503, "busy", RateLimited, "503"),
        (200, "<html><body>Please log in</body></html>", BadAnswer, "HTML"),
        (200, "<!DOCTYPE html><html></html>", BadAnswer, "DTD"),
        (200, '<html xmlns="http://www.w3.org/1999/xhtml"/>', BadAnswer, "HTML"),
        (200, "Fatal error: out of memory", BadAnswer, "not JSON"),
        (200, '{"orders": 7}', BadAnswer, "no orders"),
        (200, '"text"', BadAnswer, "no orders"),
        (200, '{"runs": []}', BadAnswer, "no orders"),
        (200, '{"order": {"title": "no id"}}', BadAnswer, "without an id"),
        (200, '{"status":"error","message":"Order not found"}', NotFound, "X"),
        (302, "", Temporary, "redirect"),
    ],
)
def test_what_an_answer_to_a_read_means(status: int, answer: str, kind: type[OrderctlError], words: str) -> None:
    with pytest.raises(kind, match=words) as caught:
        answering(answer, status=status).backend.get("X")
    assert type(caught.value) is kind


def test_jobs_that_cannot_be_read() -> None:
    for answer in ('{"jobs": 7}', '{"jobs": [7]}', '{"orders": []}', '"x"'):
        with pytest.raises(BadAnswer, match="no jobs") as caught:
            answering(answer).backend.lines("X")
        assert caught.value.message.endswith(f"it begins: {answer}")


def test_a_job_that_the_order_does_not_show_is_kept() -> None:
    made = answering('{"jobs":[{"code":"1"},{"code":"2"}]}', '{"order":{"id":"X","jobs":[{"id":"1","product":"P"}]}}')
    assert [(line.id, line.sku) for line in made.backend.lines("X")] == [("1", "P"), ("2", None)]


def test_jobs_that_tell_everything_need_no_second_call() -> None:
    made = answering('{"jobs":{"job":{"id":"1","product_code":"P"}}}')
    assert [(line.id, line.sku) for line in made.backend.lines("X")] == [("1", "P")]
    assert len(made.sent) == 1


@pytest.mark.parametrize("order_id", ["", ".", "..", "a/b", "../jobs"])
def test_what_is_not_an_id_is_not_sent(order_id: str) -> None:
    made = server()
    for call in (made.backend.get, made.backend.lines):
        with pytest.raises(UsageError, match="not an order's id"):
            call(order_id)
    assert not made.sent


@pytest.mark.parametrize("order_id", ["a?b", "a b", "ä#1", "100%"])
def test_any_other_id_stays_one_part_of_the_path(order_id: str) -> None:
    made = server()
    with pytest.raises(NotFound):
        made.backend.get(order_id)
    assert made.sent[0].path.encode("latin-1").decode() == f"/api.php/orders/{order_id}"


# What is refused before anything is sent


@pytest.mark.parametrize(
    "capability, words",
    [
        (Capability.CANCEL, "deallocate"),
        (Capability.PUSH, "package.KEY=VALUE"),
        (Capability.STEPS, "orderctl lines"),
        (Capability.COMMENTS, "api GET /jobs/JOB"),
        (Capability.FIELDS, "orderctl schema flyerlink create"),
    ],
)
def test_what_it_cannot_do_names_what_can_be_done(capability: Capability, words: str) -> None:
    with pytest.raises(Unsupported, match="does not offer") as caught:
        VENDOR.require(capability)
    assert words in caught.value.hint
    made = server()
    calls: dict[Capability, Any] = {
        Capability.CANCEL: lambda: made.backend.cancel("XYYVP", None),
        Capability.PUSH: lambda: made.backend.push("XYYVP", Move()),
        Capability.STEPS: lambda: made.backend.steps("XYYVP"),
        Capability.COMMENTS: lambda: made.backend.comments("XYYVP", ()),
        Capability.FIELDS: made.backend.fields,
    }
    with pytest.raises(Unsupported):
        calls[capability]()
    assert not made.sent


def problems(verb: str, subject: OrderDraft, **settings: str) -> dict[str, str]:
    found = VENDOR.prepare(
        verb, subject, profile(settings={"workgroup": "W11", "contact": "13057", **settings})
    ).problems
    return {problem.path: problem.problem for problem in found}


@pytest.mark.parametrize(
    "more, place, words",
    [
        ({"customer": Customer()}, "--customer", "is required: customer code"),
        ({"note": "x"}, "--note", "does not support it"),
        ({"customer": Customer(code="HOTEST", email="a@b.c")}, "--email", "does not support it"),
        ({"customer": Customer(code="HOTEST", name="Ann")}, "--customer-name", "does not support it"),
        ({"customer": Customer(code="HOTEST", phone="1")}, "--phone", "does not support it"),
        ({"customer": Customer(code="HOTEST", address="1")}, "--address", "does not support it"),
        ({"due": dt.date(2026, 1, 1)}, "--due", "does not support it"),
        ({"currency": "GBP"}, "--currency", "does not support it"),
        ({"total": Decimal(1)}, "--total", "does not support it"),
        ({"status": "081"}, "--status", "does not support it"),
        ({"paid": True}, "--paid", "does not support it"),
        ({"files": ("a.pdf",)}, "--file", "no files"),
        ({"lines": (DraftLine(quantity=Decimal(1)),)}, "line 1 sku", "is required: product code"),
        ({"lines": (DraftLine(sku="LEGA54V"),)}, "line 1 quantity", "is required: how many pieces"),
        (
            {"lines": (DraftLine(sku="A", quantity=Decimal(1), price=Decimal(1)),)},
            "line 1 price",
            "does not support it",
        ),
        ({"lines": (DraftLine(sku="A", quantity=Decimal(1), id="7"),)}, "line 1 id", "PUT /jobs"),
        ({"lines": (DraftLine(sku="A", quantity=Decimal(1), set=given(order="X")),)}, "line 1 order", "fills in"),
        (
            {"lines": (DraftLine(sku="A", quantity=Decimal(1), set=given(colour="red")),)},
            "line 1 colour",
            "unknown field",
        ),
        ({"set": given(format="xml")}, "--set format", "JSON itself"),
        ({"set": given(**{"package.code": "1"})}, "--set package.code", "orderctl update ID"),
        ({"set": given(workgroup="W11")}, "--set workgroup", "unknown field"),
    ],
)
def test_what_a_create_cannot_hold(more: dict[str, Any], place: str, words: str) -> None:
    found = problems("create", draft(**more))
    assert list(found) == [place]
    assert words in found[place]


def test_a_create_needs_a_contact_from_somewhere() -> None:
    assert list(problems("create", draft(), contact="")) == ["--set contact"]
    assert not problems("create", draft(set=given(contact="7")), contact="")
    made = server()
    made.backend.create(draft(customer=Customer(code="LIANFI22"), set=given(contact="653569")))
    assert made.evidence()[0][1]["contact"] == "653569"


@pytest.mark.parametrize(
    "change, place, words",
    [
        (OrderChange(title="T"), "--title", "only when the order is created"),
        (OrderChange(customer=Customer(code="HOTEST")), "--customer", "only when the order is created"),
        (OrderChange(set=given(contact="1")), "--set contact", "only when the order is created"),
        (OrderChange(note="N"), "--note", "does not support it"),
        (OrderChange(files=("a.pdf",)), "--file", "no files"),
        (
            OrderChange(replace_lines=True, lines=(DraftLine(sku="A", quantity=Decimal(1)),)),
            "--replace-lines",
            "deallocate",
        ),
        (OrderChange(lines=(DraftLine(sku="A"),)), "line 1 quantity", "is required: how many pieces"),
        (OrderChange(reference="é" * (MAX_REFERENCE // 6 + 1)), "--set reference", "too long"),
    ],
)
def test_what_an_update_cannot_change(change: OrderChange, place: str, words: str) -> None:
    found = problems("update", change)
    assert list(found) == [place]
    assert words in found[place]
    assert not VENDOR.prepare("push", Move(), profile()).problems  # push is refused by what it is


@pytest.mark.parametrize(
    "query, words",
    [
        (Query(where={"from": ("", ("2011-01-01",))}), "use --since"),
        (Query(set=given(to="2011-01-01")), "use --until"),
        (Query(set=given(format="xml")), "JSON itself"),
        (Query(where={"customer": ("", ("A",))}), "unknown field"),
        (Query(where={"workgroup": ("IN", ("A", "B"))}), "for equality only"),
        (Query(where={"workgroup": ("", ("A",))}, set=given(workgroup="B")), "given twice"),
        (Query(since=day("2026-01-02"), until=day("2026-01-01")), "after --until"),
        (Query(since=day("9999-12-31")), "--since: is out of range"),
        (Query(since=day("0001-01-01")), "--since: is out of range"),
        (Query(until=day("0001-01-02")), "--until: is out of range"),
        (Query(until=day("9999-12-31")), "--until: is out of range"),
    ],
)
def test_what_a_list_cannot_filter_by(query: Query, words: str) -> None:
    found = VENDOR.check_query(query, profile())
    assert words in str(found[0])
    made = server()
    if "--" not in words.replace("use --", ""):
        with pytest.raises(UsageError, match=words):
            made.backend.page(query, None)
        assert not made.sent


def test_filters_that_nobody_can_apply() -> None:
    with pytest.raises(Unsupported, match="--changed-since"):
        listing.plan(Query(changed_since=NOON), VENDOR, limit=None, read_all=False)


def test_a_get_has_no_parameters_of_its_own() -> None:
    made = server()
    with pytest.raises(UsageError, match="JSON itself"):
        made.backend.get("XYYVP", given(format="xml"))
    assert not made.sent


# Raw calls


@pytest.mark.parametrize(
    "path",
    ["/orders", "/orders/", "/orders/X", "/orders/X/jobs", "/jobs/1", "/jobs/1/payments", "/jobs/1/despatches",
     "/jobs/1/despatches/2", "/customers", "/customers/C/contacts", "/customers/C/addresses", "/categories",
     "/products", "/products/P", "/invoices", "/runs", "/runs/R/jobs"],
)  # fmt: skip
def test_known_reads_are_reads(path: str) -> None:
    assert VENDOR.raw_reads
    assert VENDOR.raw_reads("GET", path)
    assert not VENDOR.raw_reads("POST", path)


@pytest.mark.parametrize(
    "path",
    ["/jobs/1/deallocate", "/runs/R/jobs/1/deallocate", "/runs/R/accept", "/orders/X/addpackage", "/jobs", "/", "/new",
     "/jobs/1/jobmaker", "/orders/X/jobs/deallocate", "/orders/X\n", "/jobs/1%2Fdeallocate", "/orders/.."],
)  # fmt: skip
def test_what_is_not_known_to_read_is_a_write(path: str) -> None:
    assert VENDOR.raw_reads
    assert not VENDOR.raw_reads("GET", path)


@pytest.mark.parametrize(
    "method, params, body, query, sent_body",
    [
        ("GET", (("a", "b"),), None, "a=b&format=json", ""),
        ("GET", (("format", "xml"),), None, "format=xml", ""),
        ("PUT", (("reference", "R"),), None, "reference=R&format=json", ""),
        ("POST", (("a", "b"),), None, "", "a=b&format=json"),
        ("POST", (("a", "b"),), b"<x/>", "a=b&format=json", "<x/>"),
    ],
)
def test_a_raw_call(method: str, params: Any, body: bytes | None, query: str, sent_body: str) -> None:
    made = server()
    request = made.backend.raw(method, "/orders/XYYVP", params=params, body=body, content_type="text/xml")
    made.backend.sender.raw(request)
    (sent,) = made.sent
    assert (sent.method, sent.path, sent.query, sent.body) == (method, "/api.php/orders/XYYVP", query, sent_body)
    assert sent.headers["HTTP_AUTHORIZATION"].startswith("Basic ")
    assert sent.headers.get("CONTENT_TYPE") == (
        "text/xml" if body else "application/x-www-form-urlencoded" if sent_body else None
    )


def test_the_documented_job_by_a_raw_call() -> None:
    """The sample of POST /jobs, which names no product, can be sent unchanged."""
    made = server(job_fields="documented")
    params = (("order", "XYTPP"), ("format", "xml"))
    request = made.backend.raw("POST", "/jobs", params=params, body=None, content_type="")
    reply = made.backend.sender.raw(request)
    assert b"<id>1648886</id>" in reply.body
    assert made.sent[0].body == "order=XYTPP&format=xml"


def test_a_get_with_an_effect_is_never_sent_again() -> None:
    made = server(spoilt=["lost-before"])
    with pytest.raises(OutcomeUnknown):
        made.backend.sender.raw(
            made.backend.raw("GET", "/jobs/1648885/deallocate", params=(), body=None, content_type="")
        )
    assert len(made.sent) == 1
    with pytest.raises(Temporary):
        made.backend.connection.reader.read(
            made.backend.raw("GET", "/jobs/1648885", params=(), body=None, content_type="")
        )
    assert len(made.sent) == 5


# Dry runs


def test_a_dry_run_shows_every_request_and_opens_nothing() -> None:
    transport = DryRun()
    client = Client(transport)
    connection = Connection(
        profile=profile(),
        secrets={"username": "u", "password": "p"},
        reader=client.reader(),
        notice=lambda _: None,
        state=Path,
    )
    backend = Writes(VENDOR.connect(connection), client)
    backend.dry_run("create", draft())
    change = OrderChange(reference="R&B", lines=draft().lines, set=given(**{"package.code": "P1"}))
    backend.dry_run("update", change, OrderKey(id="X"))
    backend.dry_run("update", OrderChange(reference="R-2"), OrderKey(reference="R-1"))
    bodies = [(r["method"], r["url"].removeprefix(URL), r["body"]) for r in transport.requests]
    assert bodies == [
        ("POST", "/orders", "format=json&title=Summer&customer=HOTEST&contact=13057&reference=R-1"),
        ("POST", "/jobs", "order=<order>&format=json&product=LEGA54V&title=Flyers&quantity=5000"),
        ("PUT", "/orders/X?format=json&reference=R%26B", None),
        ("POST", "/orders/X/addpackage", "format=json&code=P1"),
        ("POST", "/jobs", "order=X&format=json&product=LEGA54V&title=Flyers&quantity=5000"),
        ("PUT", "/orders/<id>?format=json&reference=R-2", None),
    ]
    assert {r["headers"]["authorization"] for r in transport.requests} == {"***"}


@pytest.mark.parametrize(
    "read, shown",
    [
        (lambda b: b.get("X"), "/orders/X?format=json"),
        (lambda b: b.lines("X"), "/orders/X/jobs?format=json"),
        (
            lambda b: b.page(Query(since=day("2026-01-01")), None),
            "/orders/?workgroup=W11&from=2026-01-01&to=2026-02-01&format=json",
        ),
    ],
)
def test_a_dry_run_of_a_read_shows_its_first_request(read: Callable[[Backend], Any], shown: str) -> None:
    transport = DryRun()
    connection = Connection(
        profile=profile(), secrets=SECRETS, reader=Client(transport).reader(), notice=lambda _: None, state=Path
    )
    with pytest.raises(DryRunStop):
        read(VENDOR.connect(connection))
    assert [r["url"].removeprefix(URL) for r in transport.requests] == [shown]


def test_the_document_reads_as_it_is_meant() -> None:
    order = answering(json.dumps({"order": DOCUMENTED_ORDER})).backend.get("XYTVP")
    assert (order.id, order.reference, order.title, order.vendor_status) == (
        "XYTVP",
        "Reference",
        "Ordered online",
        "081",
    )
    assert (order.created_at, order.total, order.paid, order.currency) == (
        dt.date(2011, 4, 26),
        Decimal(144),
        True,
        "GBP",
    )


def test_the_url_keeps_its_path() -> None:
    made = talking_to(
        lambda _environ, start: [start("200 OK", []) and b"", b"{}"][1:], profile(url="http://127.0.0.1:1/x/api.php/")
    )
    with pytest.raises(NotFound):
        made.backend.get("A")
    assert made.sent[0].path == "/x/api.php/orders/A"


@pytest.mark.parametrize(
    "body",
    [
        b'{"status": "error", "message": "Order service not found"}',
        b'{"response": {"status": "ok", "message": "maintenance mode, no data"}}',
    ],
)
def test_a_look_up_that_fails_is_not_an_absent_order(body: bytes) -> None:
    made = answering(body)
    with pytest.raises(OrderctlError) as raised:
        made.backend.create(draft("A"))
    assert not isinstance(raised.value, NotFound)
    assert made.writes() == []


@pytest.mark.parametrize(
    "body",
    [
        b'{"response": {"id": "X1"}, "status": "error", "message": "no"}',
        b'{"id": "X1", "success": false}',
        b'{"id": "X1", "status": "rejected"}',
        b'{"id": "null"}',
    ],
)
def test_an_id_beside_a_no_is_not_an_order(body: bytes) -> None:
    with pytest.raises((OutcomeUnknown, Refused)):
        taking(body).backend.create(draft("A", lines=()))


def test_an_order_made_in_part_says_so_when_it_is_made_again() -> None:
    made = server()
    made.backend.create(draft("A", lines=(DraftLine(sku="LEGA54V", quantity=Decimal(1)),)))
    with pytest.raises(Conflict, match="it has 1 of 2 lines") as raised:
        made.backend.create(draft("A", lines=(DraftLine(sku="LEGA54V", quantity=Decimal(1)),) * 2))
    assert "orderctl update DVQLK -p print --line" in raised.value.hint
    with pytest.raises(Conflict, match=r"no second order was made$"):
        made.backend.create(draft("A", lines=(DraftLine(sku="LEGA54V", quantity=Decimal(1)),)))
    assert made.writes() == [("POST", "/orders"), ("POST", "/jobs")]


def test_one_list_shows_which_of_many_references_exist() -> None:
    made = server()
    order_id = made.backend.create(draft("A")).id
    made.sent.clear()
    assert made.backend.existing(["A", "B", "C"]) == {"A": order_id}
    many = len(made.sent)
    made.sent.clear()
    made.backend.existing(["A"])
    assert len(made.sent) == many, "as many requests as for a single reference"
