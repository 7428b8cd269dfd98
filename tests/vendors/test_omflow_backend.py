"""The OMFlow backend against the emulator, in the process: what goes over the wire, and what is made of answers."""
# ruff: noqa: E501  (tables have a row a line)

import datetime as dt
import json
import operator
import random
import stat
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderctl import redaction, sandbox
from orderctl.backend import session
from orderctl.backend.contract import Connection
from orderctl.backend.vendor import Capability, Duplicates, Profile
from orderctl.conformance.writes import Writes
from orderctl.errors import (
    BadAnswer,
    ConfigError,
    Conflict,
    CredentialError,
    DryRunStop,
    Interrupted,
    LoginRefused,
    NotFound,
    OrderctlError,
    OutcomeUnknown,
    PartlyDone,
    PermissionDenied,
    Refused,
    Temporary,
    Unsupported,
    UsageError,
)
from orderctl.frozen import replace
from orderctl.http import Client, Clock, DryRun, wsgi
from orderctl.http.trace import Trace
from orderctl.model import (
    Cancellation,
    Customer,
    DraftLine,
    Json,
    Move,
    OrderChange,
    OrderDraft,
    OrderKey,
    Query,
    Setting,
    Status,
    Subject,
)
from orderctl.read import listing
from orderctl.sandbox import faults
from orderctl.sandbox.omflow.emulator import TABLES, Emulator
from orderctl.sandbox.store import Store
from orderctl.signals import Stop
from orderctl.vendors.omflow import forms as omflow_form
from orderctl.vendors.omflow import lists as omflow_query
from orderctl.vendors.omflow import writes as omflow_writes
from orderctl.vendors.omflow.lists import decode
from orderctl.vendors.omflow.orders import VENDOR, OMFlow
from orderctl.write.result import VERBS

TAIPEI = dt.timezone(dt.timedelta(hours=8))
ODD = "Order \"A\" 'b' <&> +#% 茶 🍵\nzwei"
GOOD = {"FORMITM_1": "Widget", "FORMITM_2": "3"}


def profile(**settings: Any) -> Profile:
    statuses = settings.pop("statuses", {})
    named = {"flow": "orderdesk", "reference_field": "FORMITM_3", **settings}
    return Profile(
        name="desk", vendor="omflow", url="http://omflow.test", zone=TAIPEI, settings=named, statuses=statuses
    )


def texts(values: Mapping[str, Any]) -> dict[str, Setting]:
    """Settings from `FIELD` or `FIELD:type`."""
    return {k.partition(":")[0]: Setting(value=v, kind=k.partition(":")[2] or None) for k, v in values.items()}


def draft(reference: str = "R-1", files: Iterable[str] = (), **values: Any) -> OrderDraft:
    return OrderDraft(reference=reference, set=texts({**GOOD, **values}), files=tuple(files))


class Desk:
    """A backend with the emulator behind it, and every request that passed between them."""

    def __init__(
        self,
        tmp_path: Path,
        *,
        secrets: Mapping[str, str] | None = None,
        spoil: Iterable[str] = (),
        app: Any = None,
        switches: Mapping[str, str] | None = None,
        **settings: Any,
    ) -> None:
        self.store = Store(":memory:", TABLES)
        weakref.finalize(self, self.store.close)
        self.now = 1_000.0
        self.slept: list[float] = []
        self.notices: list[str] = []
        self.sent: list[tuple[str, str, Any]] = []
        self.emulator = Emulator(self.store, {"busy": "1", **(switches or {})})
        inner = app or (faults.Faults(self.emulator, spoil) if spoil else self.emulator)
        self.answers: list[Callable[[str, Any], Any]] = []

        def watched(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
            body = environ["wsgi.input"].getvalue()
            try:
                content = json.loads(body) if body else None
            except ValueError:
                content = body
            self.sent.append((environ["REQUEST_METHOD"], environ["PATH_INFO"], content))
            for answer in self.answers:
                said = answer(environ["PATH_INFO"], content)
                if said is not None:
                    start("200 OK", [("Content-Type", "application/json")])
                    return [said if isinstance(said, bytes) else json.dumps(said).encode()]
            return inner(environ, start)

        def sleep(seconds: float) -> None:
            self.slept.append(seconds)
            self.now += seconds

        clock = Clock(now=lambda: self.now, sleep=sleep, random=lambda: 0.0)
        self.state = tmp_path
        self.client = Client(wsgi(watched, lost=faults.ConnectionLost), clock=clock)
        self.connection = Connection(
            profile=profile(**settings),
            secrets={"username": "sandbox", "password": "sandbox"} if secrets is None else secrets,
            reader=self.client.reader(),
            notice=self.notices.append,
            state=lambda: tmp_path,
        )
        self.backend = self.open()

    def open(self, *, stop: Stop | None = None) -> Writes:
        """Another backend, which knows nothing yet."""
        return Writes(VENDOR.connect(self.connection), self.client, stop=stop)

    def paths(self) -> list[str]:
        return [path.removeprefix("/rest/flowmanage/api/") for _, path, _ in self.sent]

    def edits(self) -> list[Any]:
        return [body for _, path, body in self.sent if "/edit/" in path]

    def logins(self) -> int:
        return sum(path.startswith("/accounts/") for _, path, _ in self.sent)

    def list(self, **query: Any) -> list[str]:
        plan = listing.plan(Query(**query), VENDOR, limit=None, read_all=True)
        found = listing.read(self.backend.backend, plan, note=lambda _text: None)
        return [order.id for order in found.orders]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def answers(path: str, result: Any, status: Any = 200, message: str = "") -> Callable[[str, Any], Any]:
    return lambda asked, _body: {"status": status, "message": message, "result": result} if path in asked else None


# The documented calls


def test_the_documented_create_query_push_and_query(desk: Desk) -> None:
    """What facts show as golden examples goes over the wire; only the code and what precedes it differ."""
    formdata = [
        {"id": "FORMITM_1", "value": "Widget", "type": "inputbox"},
        {"id": "FORMITM_2", "value": "3", "type": "inputbox"},
        {"id": "FORMITM_3", "value": "first", "type": "areabox"},
        {"id": "FORMITM_4", "value": "Order A", "type": "h_title"},
    ]
    wanted = OrderDraft(
        reference="first",
        set=texts({"FORMITM_1": "Widget", "FORMITM_2": "3", "FORMITM_3": "first", "FORMITM_4:h_title": "Order A"}),
    )
    assert desk.backend.create(wanted).id == "1"
    (create,) = desk.edits()
    code = create.pop("security")
    assert create == {"omflow_restapi": 1, "action": "create", "formdata": formdata}
    (step,) = desk.backend.steps("1")
    assert (step.id, step.name) == ("2", "Stock check")
    query = next(body for _, path, body in desk.sent if "data-id/get/orderdesk" in path)
    assert query == {"security": code, "omflow_restapi": 1, "data_no": 1}
    receipt = desk.backend.push("1", Move(set=texts({"FORMITM_2": "5", "FORMITM_3": "pushed"})))
    assert receipt.message == "from Stock check, now at Packing (4), Billing (6)"
    push = desk.edits()[-1]
    assert (push["action"], push["data_id"]) == ("update", 2)
    assert {(i["id"], i["value"], i["type"]) for i in push["formdata"]} == {
        ("FORMITM_1", "Widget", "inputbox"), ("FORMITM_2", "5", "inputbox"), ("FORMITM_3", "pushed", "areabox"),
    }  # fmt: skip
    assert [s.name for s in desk.backend.steps("1")] == ["Packing", "Billing"]


def test_the_login_is_http_basic(tmp_path: Path) -> None:
    seen: list[str] = []

    def app(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        seen.append(environ.get("HTTP_AUTHORIZATION", ""))
        start("200 OK", [("Content-Type", "application/json")])
        return [b'{"status": "200", "message": "ok", "result": {"security": "66e540ec"}}']

    desk = Desk(tmp_path, app=app, secrets={"username": "admin", "password": "admin"})
    desk.backend.ping()
    assert desk.sent[0][:2] == ("GET", "/accounts/api/security/get/")
    assert seen == ["Basic YWRtaW46YWRtaW4=", ""]
    assert desk.sent[1][2]["security"] == "66e540ec"


def test_the_documented_multipart_create(tmp_path: Path) -> None:
    """The page's second Python sample: data as parts, `files_item`, a part `files` and one named after the field."""
    (tmp_path / "a.txt").write_text("hello")
    (tmp_path / "圖.png").write_bytes(b"\x89PNG")
    newer = {"forms": "taken", "type": "designed", "files-item": "kept", "status": "text", "ids": "text"}
    desk = Desk(tmp_path, flow="orderfiles", reference_field="", switches=newer)
    wanted = OrderDraft(
        reference="R-1",
        set=texts({"FORMITM_1": "<input>"}),
        files=(str(tmp_path / "a.txt"), f"FORMITM_3={tmp_path / '圖.png'}"),
    )
    receipt = desk.backend.create(wanted)
    assert (receipt.id, receipt.notes) == ("1", ())
    (body,) = desk.edits()
    head = 'Content-Disposition: form-data; name="'
    parts = [p.partition("\r\n")[0] for p in body.decode("utf-8", "replace").split(head)[1:]]
    assert parts == [
        'security"', 'omflow_restapi"', 'action"', 'formdata"', 'files_item"',
        'files"; filename="a.txt"', 'FORMITM_3"; filename="圖.png"',
    ]  # fmt: skip
    assert b'["FORMITM_3"]' in body


def test_the_two_documented_answers_to_a_create(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.backend.create(draft("R-0"))
    desk.answers = [answers("/edit/", "7", status="200", message="Order placed successfully.")]
    assert desk.backend.create(draft("R-1")).id == "7"
    desk.answers = [
        lambda p, _b: (
            {"status": "200", "message": "Order placed successfully.", "result": ""} if "/edit/" in p else None
        )
    ]
    with pytest.raises(OutcomeUnknown, match="says ok without an id, and the order is not found"):
        desk.backend.create(draft("R-2"))
    desk.answers = [lambda p, _b: {"status": "404", "message": "Order opening failed."} if "/edit/" in p else None]
    with pytest.raises(Refused, match="Order opening failed"):
        desk.backend.create(draft("R-3"))


def test_the_documented_answers_to_queries_and_pushes(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.backend.create(draft())
    desk.backend.steps("1")
    desk.answers = [lambda p, _b: {"status": "404", "message": "Query failed."} if "data-id/get" in p else None]
    with pytest.raises(Refused, match="Query failed"):
        desk.backend.steps("1")
    desk.answers = [lambda p, _b: {"status": "404", "message": "Order promotion failed."} if "/edit/" in p else None]
    with pytest.raises(Refused, match="promotion failed"):
        desk.backend.push("1", Move())
    moved = {"data_no": 1, "id": 9, "stop_chart_text": "Packing", "history": False}
    desk.answers = [
        lambda p, _b: (
            {"status": "200", "message": "Order pushed successfully.", "result": ""} if "/edit/" in p else None
        )
    ]
    desk.answers.append(
        lambda p, _b: {"status": "200", "message": "", "result": [moved]} if "/list/" in p and desk.edits() else None
    )
    assert desk.backend.push("1", Move()).message == "from Stock check, now at Packing (9)"


# What a create needs


@pytest.mark.parametrize(
    "values, said",
    [
        ({"FORMITM_99": "x"}, "no such field; it has: FORMITM_1 (Item)"),
        ({"FORMITM_2": "x3"}, "pattern '^[0-9]+$'"), ({"FORMITM_2": ""}, "requires it (Quantity)"),
        ({"FORMITM_1": None}, "requires it (Item)"), ({"FORMITM_6": "2"}, "both keys"),
        ({"FORMITM_6": {"group": "1"}}, "both keys"), ({"FORMITM_7": "gift"}, "a list of its options"),
        ({"FORMITM_4:inputbox": "x"}, "its type is h_title, not inputbox"), ({"FORMITM_2": ["3"]}, "takes one text"),
    ],
)  # fmt: skip
def test_the_form_is_checked_before_anything_is_made(desk: Desk, values: Mapping[str, Any], said: str) -> None:
    desk.backend.create(draft("R-0"))
    with pytest.raises(UsageError) as caught:
        desk.open().create(OrderDraft(reference="R-1", set={**texts(GOOD), **texts(values)}))
    assert said in str(caught.value.fields[0])
    assert len(desk.edits()) == 1


@pytest.mark.parametrize(
    "pattern, value, said",
    [
        (r"^(\w+\s?)*$", "a" * 50 + "!", ""), (r"^(a|a)*$", "a" * 40 + "!", ""), (r"(a+){2,}$", "a" * 40 + "!", ""),
        ("a*" * 30 + "$", "a" * 40 + "!", ""), ("a?" * 30 + "b", "a" * 30, ""), (r"[)]*x{3,9}$", "a", "does not fit"),
        (r"^\+?\d{2,4}-?\d+$", "x", "does not fit"), (r"^\+?\d{2,4}-?\d+$", "+34-5", ""), (r"[0-9]+", "a" * 99_999, "does not fit"),
        ("(", "x", ""), ("a{99999999999}", "x", ""), (r"^[\]*+]+$", "*]+", ""), ("a{5,2}", "x", ""),
    ],
)  # fmt: skip
def test_a_pattern_that_would_take_for_ever_is_left_to_the_server(pattern: str, value: str, said: str) -> None:
    begun = time.monotonic()
    item = omflow_form.Item(name="FORMITM_1", kind="inputbox", pattern=pattern)
    wrong = omflow_form.misfit("inputbox", value, item)
    assert (said in wrong) if said else not wrong
    assert time.monotonic() - begun < 2


def test_a_form_is_learned_from_an_order_or_from_the_api_sample_and_once(desk: Desk) -> None:
    desk.backend.create(draft("R-0", FORMITM_4=ODD))
    assert any("api-format" in p for p in desk.paths())
    before = len(desk.sent)
    desk.backend.create(draft("R-00"))
    looks = ["omdata/list/orderdesk"] * 2  # for the reference, among orders and among their former steps
    assert desk.paths()[before:] == [*looks, "omdata/edit/orderdesk"]
    other = desk.open()
    before = len(desk.sent)
    other.create(draft("R-000"))
    assert "omdata/load/" in desk.paths()[before:]
    assert other.get("1").title == ODD
    assert [f.name for f in other.fields() if f.required] == ["FORMITM_1", "FORMITM_2"]
    assert [f.word for f in other.fields() if f.word] == ["reference"]


def test_a_flow_without_orders_tells_its_form_by_the_api_sample(desk: Desk) -> None:
    """What it does not tell, whether a field is required, is not known, and is not "no"."""
    fields = desk.backend.fields()
    assert [f.note for f in fields] == [
        "Item (inputbox)", "Quantity (inputbox)", "Note (areabox)", "Subject (h_title)", "Stage (h_status)",
        "Group (h_group)", "Options (checkbox)",
    ]  # fmt: skip
    assert {f.required_known for f in fields} == {False}
    desk.backend.create(draft())
    known = desk.open().fields()
    assert {f.required_known for f in known} == {True}
    assert [f.name for f in known if f.required] == ["FORMITM_1", "FORMITM_2"]


def test_a_sample_that_cannot_be_read_now_is_not_a_missing_right(tmp_path: Path) -> None:
    desk = Desk(tmp_path, spoil=["502@flow-active-app"])
    with pytest.raises(Temporary, match="HTTP 502"):
        desk.backend.create(draft())
    assert desk.edits() == []


def test_a_flow_whose_api_is_off_is_named_as_that(tmp_path: Path) -> None:
    desk = Desk(tmp_path, flow="ordernoapi", reference_field="")
    with pytest.raises(Refused, match="API call is not enabled") as caught:
        desk.backend.create(draft())
    assert "it is a setting of the flow 'ordernoapi'" in caught.value.hint


def test_without_a_form_every_type_must_be_given(tmp_path: Path) -> None:
    desk = Desk(tmp_path, secrets={"username": "worker", "password": "sandbox"})
    with pytest.raises(UsageError) as caught:
        desk.backend.create(draft())
    assert str(caught.value.fields[0]).endswith("such as --set FORMITM_1:inputbox=… or :h_title=…")
    with pytest.raises(PermissionDenied, match="cannot be read"):
        desk.backend.fields()
    typed = {"FORMITM_1:inputbox": "W", "FORMITM_2:inputbox": "3", "FORMITM_3:areabox": "R-1"}
    assert desk.backend.create(OrderDraft(reference="R-1", set=texts(typed))).id == "1"
    guest = Desk(tmp_path, secrets={"username": "guest", "password": "sandbox"}, reference_field="")
    with pytest.raises(PermissionDenied, match="You do not have permission"):
        guest.backend.create(OrderDraft(reference="R-1", set=texts(typed)))


def test_numbers_go_as_text_and_structures_as_they_are(desk: Desk) -> None:
    wanted = draft(FORMITM_2=3, FORMITM_6={"group": 1, "user": None}, FORMITM_7=["gift"])
    desk.backend.create(replace(wanted, set={**wanted.set, "start_input": Setting(value={"a": 1})}))
    (sent,) = desk.edits()
    values = {i["id"]: i["value"] for i in sent["formdata"]}
    assert values["FORMITM_2"] == "3"
    assert values["FORMITM_6"] == {"group": "1", "user": ""}
    assert values["FORMITM_7"] == ["gift"]
    assert sent["start_input"] == {"a": "1"}


@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=40))
def test_any_text_survives(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    desk = Desk(tmp_path_factory.mktemp("state"))
    desk.backend.create(draft("R", FORMITM_4=text))
    assert desk.backend.get("1").title == text


def test_long_texts_survive_and_too_long_ones_are_refused_here(desk: Desk) -> None:
    desk.backend.create(draft("R-1", FORMITM_4="茶" * 10_000))
    assert desk.backend.get("1").title == "茶" * 10_000
    with pytest.raises(UsageError, match="too large"):
        desk.backend.create(draft("R-2", FORMITM_4="x" * 3_000_000))
    assert len(desk.edits()) == 1


def test_a_second_create_of_a_reference_is_found_before_it_is_sent(desk: Desk) -> None:
    desk.backend.create(draft())
    with pytest.raises(Conflict, match="exists already as order 1"):
        desk.backend.create(draft())  # each is of a machine of its own
    assert len(desk.edits()) == 1
    assert desk.backend.create(draft("another")).id == "2"
    assert VENDOR.second_create(profile()) is Duplicates.SEARCHABLE
    assert VENDOR.second_create(profile(reference_field="")) is Duplicates.BLIND


def test_a_create_without_a_number_is_looked_for(tmp_path: Path) -> None:
    desk = Desk(tmp_path, flow="orderverify", reference_field="FORMITM_1")
    wanted = OrderDraft(reference="R-1", set=texts({"FORMITM_2": "3"}))
    assert desk.backend.create(wanted).id == "1"
    rejected = OrderDraft(reference="R-2", set=texts({"FORMITM_2": "0"}))
    with pytest.raises(OutcomeUnknown, match="and the order is not found"):
        desk.backend.create(rejected)
    assert sum(desk.slept) == sum(omflow_query.PAUSES) > 9
    blind = Desk(tmp_path, flow="orderverify", reference_field="")
    with pytest.raises(OutcomeUnknown) as caught:
        blind.backend.create(draft())
    assert "reference_field" in caught.value.hint
    assert blind.notices
    cut = Desk(tmp_path / "new", flow="orderverify", reference_field="FORMITM_1", spoil=["500+3@omdata/list"])
    with pytest.raises(OutcomeUnknown, match="cannot be looked up"):
        cut.backend.create(wanted)


@pytest.mark.parametrize(
    "fault",
    [
        "lost-after@edit",
        "reset-after@edit",
        "half-body@edit",
        "html@edit",
        "empty@edit",
        "502-after@edit",
        "redirect@edit",
    ],
)
def test_a_create_whose_answer_is_lost_is_unknown_and_not_sent_again(tmp_path: Path, fault: str) -> None:
    desk = Desk(tmp_path, spoil=[fault])
    with pytest.raises(OutcomeUnknown):
        desk.backend.create(draft())
    assert len(desk.edits()) == 1


@pytest.mark.parametrize(
    "answer, kind",
    [
        ({"status": 500, "message": "database is locked", "result": None}, OutcomeUnknown),
        ({"status": 500, "message": "'type'", "result": None}, Refused),
        ({"status": "500", "message": "'NoneType' object has no attribute 'api'"}, Refused),
        ({"status": 404, "message": "缺少必填欄位。", "result": None}, Refused),
        ({"status": 404, "message": "x", "result": {"status": "require null", "result": ["formdata"], "message": "x"}}, Refused),
        ({"status": 403, "message": "您沒有權限", "result": None}, PermissionDenied),
        ({"status": 302, "message": "?", "result": None}, OutcomeUnknown),
        ({"message": "no status"}, OutcomeUnknown), ([], OutcomeUnknown), (None, OutcomeUnknown), ({"status": True}, OutcomeUnknown),
        ({"status": 200, "message": "", "result": True}, OutcomeUnknown), ({"status": 200, "result": {"data_no": 1}}, OutcomeUnknown),
        ({"status": 200, "result": "<data_no>"}, OutcomeUnknown), ({"status": 200, "result": 0}, OutcomeUnknown),
    ],
)  # fmt: skip
def test_what_an_answer_to_a_create_means(tmp_path: Path, answer: Any, kind: type[OrderctlError]) -> None:
    desk = Desk(tmp_path)
    desk.answers = [lambda path, _body: json.dumps(answer).encode() if "/edit/" in path else None]
    with pytest.raises(kind) as caught:
        desk.backend.create(draft())
    assert type(caught.value) is kind
    assert len(desk.edits()) == 1


# The security code


def test_a_code_is_kept_for_the_next_run_and_only_for_its_owner(desk: Desk) -> None:
    desk.backend.page(Query(), None)
    (kept,) = desk.state.glob("code-*.json")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    desk.open().page(Query(), None)
    assert desk.logins() == 1
    kept.chmod(0o644)
    desk.open().page(Query(), None)
    assert desk.logins() == 2
    kept.chmod(0o600)
    good = json.loads(kept.read_text())
    odd = [{"security": "x"}, {**good, "used": 0}, {**good, "used": 9e12}, {**good, "security": "\ud800"}]
    odd += [{**good, "security": "x" * 9_000}, {**good, "security": 7}, {**good, "salt": 7}, {**good, "salt": "x"}]
    for content in ("", "[]", *map(json.dumps, odd)):
        kept.write_text(content)
        desk.open().page(Query(), None)
    assert desk.logins() == 12
    now = kept.read_text()
    kept.unlink()
    victim = desk.state / "victim"
    victim.write_text(now)
    victim.chmod(0o600)
    kept.symlink_to(victim)
    desk.open().page(Query(), None)
    desk.open().page(Query(), None)
    assert desk.logins() == 14, "what a link names is neither read nor written"
    assert kept.is_symlink()
    assert victim.read_text() == now


def test_a_kept_code_counts_only_with_the_password_that_it_was_given_for(desk: Desk) -> None:
    desk.backend.page(Query(), None)
    wrong = replace(desk.connection, secrets={"username": "sandbox", "password": "wrong"})
    with pytest.raises(LoginRefused):
        VENDOR.connect(wrong).page(Query(), None)
    (kept,) = desk.state.glob("code-*.json")
    assert "sandbox" not in kept.read_text()
    first = json.loads(kept.read_text())["salt"]
    desk.open().page(Query(), None)
    assert desk.logins() == 2
    session.forget(desk.state, "http://elsewhere.test")
    assert session.forget(desk.state, desk.connection.profile.url) == 1
    assert not list(desk.state.glob("code-*"))
    desk.open().page(Query(), None)
    assert json.loads(kept.read_text())["salt"] != first


def test_a_code_that_expired_is_renewed_once_also_for_a_write(desk: Desk) -> None:
    desk.backend.create(draft("R-1"))
    for number, _ in desk.store.find("codes"):
        desk.store.delete("codes", number)
    desk.backend.create(draft("R-2"))
    assert desk.logins() == 2
    assert len(desk.store.calls()) == 2


def test_threads_share_a_code_and_its_renewal(desk: Desk) -> None:
    desk.backend.page(Query(), None)
    for number, _ in desk.store.find("codes"):
        desk.store.delete("codes", number)
    threads = [threading.Thread(target=desk.backend.page, args=(Query(), None)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert desk.logins() == 2


def test_a_refused_right_costs_one_renewal_and_no_second_call(tmp_path: Path) -> None:
    """The server gives the same code again while it lives: so it was good, and the call is not sent once more."""
    desk = Desk(tmp_path)
    desk.backend.create(draft())
    desk.backend.steps("1")
    viewer = Desk(tmp_path, secrets={"username": "viewer", "password": "sandbox"})
    viewer.emulator.store = desk.store
    viewer.backend.page(Query(), None)
    with pytest.raises(PermissionDenied, match="You do not have permission"):
        viewer.backend.cancel("1", None)
    assert viewer.logins() == 2
    assert len(viewer.edits()) == 1
    fresh = Desk(tmp_path / "fresh", secrets={"username": "guest", "password": "sandbox"})
    with pytest.raises(PermissionDenied):
        fresh.backend.page(Query(), None)
    assert (fresh.logins(), len(fresh.sent)) == (1, 2)  # a code that was given for this very call


@pytest.mark.parametrize("status", [403, 500, 502])
def test_only_the_status_in_the_body_says_that_a_code_is_over(tmp_path: Path, status: int) -> None:
    """A proxy's HTTP 403, or a 5xx whatever its body says, brings no login and no second write."""
    desk = Desk(tmp_path)
    desk.backend.create(draft())
    desk.backend.steps("1")

    def app(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if "/edit/" not in environ["PATH_INFO"]:
            return desk.emulator(environ, start)
        start(f"{status} X", [("Content-Type", "text/html")])
        return [b"<html>403 Forbidden</html>" if status == 403 else b'{"status": "403", "message": "x"}']

    spoilt = Desk(tmp_path, app=app)
    spoilt.backend.steps("1")
    logins = spoilt.logins()
    with pytest.raises(PermissionDenied if status == 403 else OutcomeUnknown):
        spoilt.backend.cancel("1", None)
    assert len(spoilt.edits()) == 1
    assert spoilt.logins() == logins


def test_a_code_that_a_raw_call_finds_rejected_is_not_kept(desk: Desk) -> None:
    """A raw call is sent once, so the next run has to log in."""
    path = "/rest/flowmanage/api/omdata/edit/orderdesk"
    desk.backend.page(Query(), None)
    for number, _ in desk.store.find("codes"):
        desk.store.delete("codes", number)
    other = desk.open()
    reply = desk.client.write(other.raw("POST", path, params=(), body=b"{}", content_type="application/json"))
    assert other.expired(reply)
    assert not list(desk.state.glob("code-*.json"))
    desk.open().page(Query(), None)
    assert desk.logins() == 2
    reply = desk.client.write(other.raw("POST", path, params=(), body=b"{}", content_type="application/json"))
    assert not other.expired(reply)


def test_a_code_may_be_given_as_a_secret(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.backend.page(Query(), None)
    code = desk.sent[-1][2]["security"]
    given = Desk(tmp_path / "other", secrets={"security": code})
    given.store = desk.store
    given.emulator.store = desk.store
    given.backend.page(Query(), None)
    given.backend.ping()
    assert given.logins() == 0
    assert not (tmp_path / "other").exists()
    for number, _ in desk.store.find("codes"):
        desk.store.delete("codes", number)
    with pytest.raises(LoginRefused, match="wrong"):
        given.backend.page(Query(), None)
    with pytest.raises(CredentialError, match="or a security code"):
        Desk(tmp_path, secrets={}).backend.page(Query(), None)


@pytest.mark.parametrize(
    "name, password, said",
    [("sandbox", "no", "not enabled"), ("nobody", "x", "does not exist"), ("sandbox", "a:b", "with a colon")],
)
def test_a_login_that_fails(tmp_path: Path, name: str, password: str, said: str) -> None:
    desk = Desk(tmp_path, secrets={"username": name, "password": password})
    with pytest.raises(LoginRefused) as caught:
        desk.backend.ping()
    assert said in caught.value.message + caught.value.hint


CODE = "66e540ec-8664-40e8-adbb-2711eebd35be"


@pytest.mark.parametrize(
    "answer",
    [
        {"result": {"security": CODE}, "message": "Success."}, {"status": "OK", "result": {"security": CODE}},
        {"status": 403, "message": f"bad {CODE}", "result": {"security": CODE}}, {"status": 200, "result": CODE},
        {"status": 200, "message": f"your code is {CODE}", "result": {"Security": CODE}}, {"security": [CODE]}, f"<{CODE}>",
        {"status": 500, "message": CODE.upper()},
    ],
)  # fmt: skip
def test_a_log_in_that_makes_no_sense_shows_no_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: Any
) -> None:
    monkeypatch.setattr(redaction.SECRETS, "_forms", ())
    monkeypatch.setattr(redaction.SECRETS, "_values", set())
    monkeypatch.setattr(redaction.SECRETS, "_fields", set(redaction.FIELDS))
    desk = Desk(tmp_path)
    desk.client._trace = Trace(tmp_path / "trace")  # noqa: SLF001
    desk.answers = [lambda path, _body: json.dumps(answer).encode() if "/accounts/" in path else None]
    with pytest.raises((LoginRefused, BadAnswer)) as caught:
        desk.backend.ping()
    desk.client.close()
    said = caught.value.message + caught.value.hint + (tmp_path / "trace").read_text()
    assert CODE not in said.lower()
    assert "log in" in caught.value.message or "log-in" in caught.value.message


def test_a_login_is_proved_even_while_a_code_is_kept(tmp_path: Path) -> None:
    Desk(tmp_path).backend.page(Query(), None)
    wrong = Desk(tmp_path, secrets={"username": "sandbox", "password": "wrong"})
    with pytest.raises(LoginRefused):
        wrong.backend.ping()
    with pytest.raises(Refused, match="Query failed"):
        Desk(tmp_path, flow="nowhere").backend.ping()
    with pytest.raises(Temporary, match="never followed"):
        Desk(tmp_path, spoil=["redirect@accounts"]).backend.ping()
    with pytest.raises(Refused, match="more than one OmUser"):
        Desk(tmp_path, secrets={"username": "clerk", "password": "sandbox"}).backend.ping()


def test_a_state_folder_that_cannot_be_written_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    desk = Desk(tmp_path / "file")
    assert desk.list() == []


# Orders


def test_an_order_is_what_its_live_rows_say(desk: Desk) -> None:
    desk.backend.create(draft("R-1", FORMITM_4="Order A", FORMITM_5="packing"))
    assert desk.backend.get("1").status is Status.IN_PROGRESS
    order = desk.backend.get("1")
    assert (order.id, order.reference, order.title, order.number) == ("1", "R-1", "Order A", "1")
    assert (order.status, order.vendor_status) == (Status.OPEN, "Packing")
    assert isinstance(order.created_at, dt.datetime)
    assert abs(order.created_at - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=1)
    assert "data_param" not in order.extra
    assert order.raw[0]["data_param"]
    desk.backend.push("1", Move())
    order = desk.backend.get("1")
    assert [(s.id, s.name) for s in order.steps] == [("4", "Packing"), ("6", "Billing")]
    assert order.extra["branches"][0]["stop_chart_text"] == "Billing"
    for step in ("Packing", None, None):
        desk.backend.push("1", Move(step=step))
    order = desk.backend.get("1")
    assert (order.status, order.steps, desk.backend.steps("1")) == (Status.COMPLETED, (), ())
    with pytest.raises(Conflict, match="is closed"):
        desk.backend.push("1", Move())


def test_times_keep_their_instant_and_statuses_may_be_mapped() -> None:
    row = {"data_no": 7, "id": 9, "createtime": "2026-11-22T03:27:29.923", "updatetime": "2026-11-22T03:27:31.041",
           "status": "Delivered", "history": False}  # fmt: skip
    order = omflow_query.decode(
        [row], profile(statuses={"delivered": Status.COMPLETED}), created="2026-11-22T03:27:29.899"
    )
    assert order.created_at == dt.datetime(2026, 11, 21, 19, 27, 29, 899000, tzinfo=dt.UTC)
    assert order.updated_at == dt.datetime(2026, 11, 21, 19, 27, 31, 41000, tzinfo=dt.UTC)
    assert order.status is Status.COMPLETED


@pytest.mark.parametrize("order_id", ["99", "x", "01", "0", "", "1" * 30, "-1", "٣"])
def test_an_order_that_is_not_there(desk: Desk, order_id: str) -> None:
    def read(order_id: str) -> Any:
        return desk.backend.read(OrderKey(id=order_id))

    for call in (desk.backend.get, desk.backend.steps, read, lambda i: desk.backend.cancel(i, None)):
        with pytest.raises(NotFound):
            call(order_id)
    with pytest.raises(NotFound):
        desk.backend.push(order_id, Move())
    assert desk.edits() == []


def test_an_order_is_found_by_its_reference(desk: Desk, tmp_path: Path) -> None:
    desk.backend.create(draft("R-1"))
    assert desk.backend.find("R-1").id == "1"
    with pytest.raises(NotFound):
        desk.backend.find("R-2")
    rows = [{"data_no": n, "id": n, "formitm_3": "R-1", "history": False} for n in (1, 2)]
    desk.answers = [answers("/list/", rows)]
    with pytest.raises(Conflict, match="2 orders have the reference 'R-1': 1, 2"):
        desk.backend.find("R-1")
    with pytest.raises(Unsupported, match="names no field"):
        Desk(tmp_path, reference_field="").backend.find("R-1")
    with pytest.raises(ConfigError, match="not a field of a form"):
        Desk(tmp_path, reference_field="title").backend.find("R-1")


MEETS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    ">": operator.gt,
    "in": lambda have, among: have in among,
}


def many(count: int, *, most: int = 10_000, held: bool = True) -> Callable[[str, Any], Any]:
    """Answer a list as a server with so many orders: `most` rows a page; not `held`, no condition is applied."""

    def answer(path: str, body: Any) -> Any:
        if "omdata/list/" not in path:
            return None
        rows = [{"id": n, "data_no": n, "init_data_id": n, "formitm_3": f"R-{n}"} for n in range(1, count + 1)]
        for asked in body["search_conditions"] if held else ():
            column, value = asked["column"], asked["value"]
            rows = [row for row in rows if column == "history" or MEETS[asked["condition"]](row[column], value)]
        return {"status": 200, "result": rows[body["start"] : min(body["limit"], body["start"] + most)]}

    return answer


def test_a_reference_is_looked_for_as_text_and_to_the_end(desk: Desk) -> None:
    row = {"id": 3, "data_no": 7, "history": False, "formitm_3": 1001}
    desk.answers = [answers("/list/", [row])]
    assert desk.backend.find("1001").reference == "1001"
    assert desk.backend.existing(["1001"]) == {"1001": "7"}
    desk.answers = [answers("/list/", [{**row, "formitm_3": True}, {**row, "formitm_3": ["1"]}])]
    with pytest.raises(NotFound):
        desk.backend.find("1")
    desk.answers = [many(600, held=False)]
    assert desk.backend.existing(["R-600"]) == {"R-600": "600"}
    desk.answers = [many(250, most=100, held=False)]
    assert desk.backend.find("R-250").id == "250"
    assert desk.edits() == []
    with pytest.raises(BadAnswer, match="does not apply a condition"):
        desk.backend.get("600")


def test_a_search_reads_no_more_than_it_shows(desk: Desk) -> None:
    desk.backend.create(draft("R-1"))
    before = len(desk.sent)
    assert desk.backend.find("R-1").id == "1"
    assert desk.paths()[before:] == ["omdata/list/orderdesk"]


@pytest.mark.parametrize("count, most, requests", [(250, 100, 3), (150, 50, 4), (499, 499, 1), (40, 40, 1)])
def test_pages_that_a_server_makes_shorter_are_not_end(desk: Desk, count: int, most: int, requests: int) -> None:
    desk.answers = [many(count, most=most)]
    assert desk.list() == [str(n) for n in range(1, count + 1)]
    asked = [b for _, p, b in desk.sent if "omdata/list/" in p and b.get("order_columns") == ["data_no"]]
    assert len(asked) == requests


def test_rows_without_an_end_are_nonsense(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    row = {"data_no": 7, "history": False, "init_data_id": 1, "formitm_3": "R-1"}
    desk.answers = [answers("/list/", [{**row, "id": n} for n in range(omflow_query.PAGE_ROWS)])]
    assert desk.backend.get("7").id == "7"
    with pytest.raises(BadAnswer, match="a page repeats an earlier one"):
        desk.backend.find("R-1")
    assert len(desk.sent) < 8
    monkeypatch.setattr(omflow_query, "MAX_PAGES", 3)
    desk.answers = [
        lambda p, b: (
            {"status": 200, "result": [{**row, "id": b["start"] + n} for n in range(omflow_query.PAGE_ROWS)]}
            if "/list/" in p
            else None
        )
    ]
    with pytest.raises(BadAnswer, match="has no end"):
        desk.backend.find("R-2")


def test_a_form_is_looked_for_in_so_many_applications_only(desk: Desk) -> None:
    desk.answers = [
        answers("active-app/", [{"app_name": f"a{n}"} for n in range(300)]), answers("omdata/list", []),
        answers("flow-active/", [{"flow_name": "x"}]), answers("api-format", {}),
    ]  # fmt: skip
    with pytest.raises(PermissionDenied):
        desk.backend.fields()
    assert len(desk.sent) < 100


@pytest.mark.parametrize(
    "exclude",
    [
        5, {}, "x", [5], [{"column": "data_no", "value": 1}], [{"column": 1, "condition": "=", "value": 1}],
        [{"column": "data_no", "condition": "!=", "value": 1}], [{"column": "data_no", "condition": "in", "value": 1}],
        [{"column": "title", "condition": [], "value": 1}],
    ],
)  # fmt: skip
def test_an_exclusion_that_the_server_would_drop_is_refused(exclude: Any) -> None:
    (problem,) = VENDOR.check_query(Query(set={"exclude_conditions": Setting(value=exclude)}), profile())
    assert "drop it without a word" in str(problem)


def test_a_list_shows_orders_not_rows_and_pages_cover_each_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(omflow_query, "PAGE_ROWS", 3)
    for n in range(1, 8):
        desk.backend.create(draft(f"R-{n}"))
        desk.backend.steps(str(n))
    for number in ("2", "3", "6"):
        desk.backend.push(number, Move())
    assert desk.list() == [str(n) for n in range(1, 8)]
    assert desk.list(sort="id", descending=True) == [str(n) for n in range(7, 0, -1)]
    page = desk.backend.page(Query(), "1")
    assert [len(o.steps) for o in page.orders] == [2]
    asked = [b for _, p, b in desk.sent if "/list/" in p][-3]
    assert (asked["start"], asked["limit"]) == (0, 3)
    monkeypatch.setattr(omflow_query, "PAGE_ROWS", 1)
    assert desk.list() == [str(n) for n in range(1, 8)]
    ends = {(b["start"], b["limit"]) for _, p, b in desk.sent if "omdata/list/" in p}
    assert {(0, 1), (1, 2), (2, 3)} <= ends  # an end index
    with pytest.raises(UsageError, match="not a cursor"):
        desk.backend.page(Query(), "x")


def test_filters_at_the_vendor_and_here(desk: Desk) -> None:
    for n in (1, 2, 3):
        desk.backend.create(draft(f"R-{n}", FORMITM_4=f"Title {n}"))
        desk.backend.steps(str(n))
    desk.backend.push("2", Move())
    now = dt.datetime.now(dt.UTC)
    hour = dt.timedelta(hours=1)
    assert desk.list(reference="R-2") == ["2"]
    assert desk.list(since=now - hour) == ["1", "2", "3"]
    assert desk.list(since=now + hour) == desk.list(changed_since=now + hour) == []
    assert desk.list(until=now - hour) == []
    assert desk.list(changed_since=now - hour, until=now + hour) == ["1", "2", "3"]
    assert desk.list(status="Packing, Billing") == ["2"]
    assert desk.list(where={"step": ("", ("Packing",))}) == ["2"]
    (order,) = desk.backend.page(Query(where={"stop_chart_text": ("", ("Packing",))}), None).orders
    assert [s.name for s in order.steps] == ["Packing", "Billing"]  # the branch that the filter hides too
    assert desk.list(where={"data_no": ("in", ("1", "3"))}) == ["1", "3"]
    assert desk.list(where={"data_no": (">", ("1",)), "FORMITM_4": ("contains", ("title 3",))}) == ["3"]
    assert desk.list(where={"closed": ("", ("true",))}) == []
    assert desk.list(where={"createtime": ("<", ("2001-01-01",)), "updatetime": (">", ("2001-01-01T10:00",))}) == []
    exclude = [{"column": "data_no", "condition": "=", "value": 2}]
    assert desk.list(set={"exclude_conditions": Setting(value=exclude)}) == ["1", "3"]
    sent = [c for _, p, b in desk.sent if "omdata/list/" in p for c in b["search_conditions"]]
    assert {"column": "closed", "condition": "=", "value": True} in sent
    assert {"column": "createtime", "condition": "<", "value": "2001-01-01T00:00:00.000"} in sent
    with pytest.raises(Unsupported):
        desk.list(customer="x")
    with pytest.raises(UsageError, match="unknown field"):
        desk.backend.page(Query(where={"nope": ("", ("1",))}), None)


def test_odd_rows_break_no_list(desk: Desk) -> None:
    rows = [
        "?", None, {"data_no": None}, {"data_no": "8", "id": "9", "status": "??", "updatetime": "?", "new": [1]},
        {"data_no": 9, "history": True}, {"data_no": 10, "closed": 1, "id": [], "title": {"a": 1}, "init_data_id": "x"},
    ]  # fmt: skip
    desk.answers = [
        lambda path, body: (
            {"status": "200", "result": rows} if "/list/" in path and "search_columns" not in body else None
        )
    ]
    page = desk.backend.page(Query(), None)
    assert [(o.id, o.status) for o in page.orders] == [("8", Status.OPEN), ("10", Status.COMPLETED)]
    assert len(page.errors) == 3
    assert page.orders[0].extra["new"] == [1]
    desk.answers = [answers("/list/", {"rows": 1})]
    with pytest.raises(BadAnswer):
        desk.backend.page(Query(), None)
    desk.answers = [answers("/list/", [{"data_no": 1, "id": 1}])]
    with pytest.raises(BadAnswer, match="does not apply"):
        desk.backend.page(Query(), "5")
    desk.answers = [answers("/list/", ["?"] * omflow_query.PAGE_ROWS)]
    with pytest.raises(BadAnswer, match="no orders"):
        desk.backend.page(Query(), None)
    desk.answers = [answers("/list/", None, status=500, message="database is locked")]
    with pytest.raises(Temporary, match="database is locked"):
        desk.backend.page(Query(), None)


# Orders in motion


def in_motion(tmp_path: Path, looks: int = 2) -> tuple[Desk, Desk]:
    """Two clients of one server; the order of the first was just pushed by the second."""
    desk = Desk(tmp_path, switches={"busy": "0", "moving": str(looks)})
    desk.backend.create(draft("R-0"))
    desk.backend.create(draft("R-1", FORMITM_4="moved"))
    other = Desk(tmp_path, switches={"busy": "0", "moving": str(looks)})
    other.emulator.store = other.store = desk.store
    formdata = [{"id": k, "value": v, "type": "inputbox"} for k, v in GOOD.items()]
    body = json.dumps({"action": "update", "data_id": 4, "formdata": formdata}).encode()
    path = "/rest/flowmanage/api/omdata/edit/orderdesk"
    request = other.backend.raw("POST", path, params=(), body=body, content_type="application/json")
    assert json.loads(other.client.write(request).body)["status"] == 200
    desk.sent.clear()
    return desk, other


BOTH = ["Packing", "Billing"]


def test_an_order_in_motion_is_found_by_its_reference(tmp_path: Path) -> None:
    desk, _ = in_motion(tmp_path)
    with pytest.raises(Conflict, match="exists already as order 2"):
        desk.backend.create(draft("R-1"))
    assert desk.edits() == []


def test_an_order_in_motion_is_read_cancelled_and_reported_with_every_branch(tmp_path: Path) -> None:
    assert in_motion(tmp_path)[0].backend.get("2").reference == "R-1"
    assert [s.name for s in in_motion(tmp_path)[0].backend.steps("2")] == BOTH
    assert in_motion(tmp_path)[0].backend.cancel("2", None).message == "deleted at the vendor"
    desk, _ = in_motion(tmp_path)
    with pytest.raises(UsageError, match="waits at several steps: 'Packing' \\(6\\), 'Billing' \\(8\\)"):
        desk.backend.push("2", Move())
    assert desk.edits() == []


@pytest.mark.parametrize("looks", [1, 2, 3])
@pytest.mark.parametrize(
    "query",
    [
        {}, {"sort": "id", "descending": True}, {"reference": "R-1"}, {"where": {"FORMITM_4": ("", ("moved",))}},
        {"since": dt.datetime(2020, 1, 1, tzinfo=dt.UTC)}, {"where": {"data_no": (">", ("1",))}},
        {"set": {"exclude_conditions": Setting(value=[{"column": "data_no", "condition": "=", "value": 9}])}},
    ],
)  # fmt: skip
def test_a_list_has_an_order_in_motion(tmp_path: Path, query: Mapping[str, Any], looks: int) -> None:
    desk, _ = in_motion(tmp_path, looks)
    shown = desk.list(**query)
    assert "2" in shown
    assert len(shown) == len(set(shown))
    assert shown == sorted(shown, reverse="descending" in query)


def test_pages_have_an_order_in_motion_each_in_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(omflow_query, "PAGE_ROWS", 2)
    for looks in range(1, 6):
        desk, other = in_motion(tmp_path, looks)
        for number in (3, 4, 5):
            other.backend.create(draft(f"R-{number}"))
        assert desk.list() == ["1", "2", "3", "4", "5"]


def test_an_order_that_stays_in_motion_is_never_absent(tmp_path: Path) -> None:
    calls: list[Callable[[Writes], Any]] = [
        lambda b: b.create(draft("R-1")), lambda b: b.get("2"), lambda b: b.cancel("2", None), lambda b: b.steps("2"),
        lambda b: b.push("2", Move()), lambda b: b.update("2", OrderChange(files=tuple(files(tmp_path, "a.txt")))),
    ]  # fmt: skip
    for call in calls:
        desk, _ = in_motion(tmp_path, looks=10_000)
        with pytest.raises(Temporary, match="order 2 is being moved on"):
            call(desk.backend)
        assert desk.edits() == []
        assert sum(desk.slept) > 9
    desk, _ = in_motion(tmp_path, looks=10_000)
    with pytest.raises(Temporary):
        desk.list()


def test_an_order_deleted_while_in_motion_is_absent(tmp_path: Path) -> None:
    desk, _ = in_motion(tmp_path, looks=10_000)

    def delete(path: str, _body: Any) -> None:
        for number, _row in desk.store.find("rows-orderdesk", ("data_no", "=", 2)) if "list" in path else ():
            if len(desk.sent) > 4:
                desk.store.delete("rows-orderdesk", number)

    desk.answers = [delete]
    with pytest.raises(NotFound):
        desk.backend.get("2")


def test_a_cancel_that_did_nothing_is_seen_also_in_motion(tmp_path: Path) -> None:
    """Having no live row does not prove that an order is gone."""
    desk, _ = in_motion(tmp_path)

    def deaf(path: str, body: Any) -> Any:
        if "/edit/" not in path:
            return None
        assert body["action"] == "delete"
        desk.store.add("moving", {"flow": "orderdesk", "data_no": 2, "none": 9, "some": 0})
        return {"status": 200, "message": "Delete successfully.", "result": ""}

    desk.answers = [deaf]
    with pytest.raises(OutcomeUnknown, match="still lists the order"):
        desk.backend.cancel("2", None)


def test_no_second_order_and_no_lost_one_while_others_push(tmp_path: Path) -> None:
    """Some clients push what one makes, which makes everything twice: each reference is one order in the end."""
    desk = Desk(tmp_path, switches={"busy": "0", "moving": "2"})
    references = [f"R-{n}" for n in range(24)]
    lists: list[tuple[int, list[str]]] = []
    ended = threading.Event()

    def push(seed: int) -> None:
        chance = random.Random(seed)
        backend = desk.open()
        while not ended.is_set():
            with suppress(Conflict, NotFound, Refused, Temporary, UsageError):
                known = [number for number, _ in desk.store.find("orders-orderdesk")]
                if known:
                    backend.push(str(chance.choice(known)), Move(step=chance.choice([*BOTH, None])))

    threads = [threading.Thread(target=push, args=(seed,)) for seed in range(3)]
    for thread in threads:
        thread.start()
    try:
        for reference in references:
            for _ in range(2):
                with suppress(Conflict, Temporary):
                    desk.backend.create(draft(reference))
            with suppress(Temporary):
                count = len(desk.store.find("orders-orderdesk"))
                lists.append((count, desk.list()))
    finally:
        ended.set()
        for thread in threads:
            thread.join()
    made = {row["data_no"]: row["formitm_3"] for _, row in desk.store.find("rows-orderdesk")}
    assert sorted(made.values()) == sorted(set(made.values()))
    assert len(made) > len(references) // 2
    assert all(len(shown) >= count for count, shown in lists)
    assert len(lists) > len(references) // 2


# push and cancel


def test_a_push_says_from_which_of_several_steps(desk: Desk) -> None:
    desk.backend.create(draft())
    desk.backend.push("1", Move())
    with pytest.raises(UsageError, match="'Packing' \\(4\\), 'Billing' \\(6\\)") as caught:
        desk.backend.push("1", Move())
    assert caught.value.exit_code == 2
    with pytest.raises(UsageError, match="does not wait at 'Pakking'") as caught:
        desk.backend.push("1", Move(step="Pakking"))
    assert "Packing" in caught.value.hint
    assert len(desk.edits()) == 2
    assert desk.backend.push("1", Move(step="6")).message == "from Billing, now at Packing (4)"
    steps = [{"data_id": 4, "stop_chart_text": "Review"}, {"data_id": 6, "stop_chart_text": "Review"}]
    desk.answers = [answers("data-id/get", steps)]
    with pytest.raises(UsageError, match="several steps") as caught:
        desk.backend.push("1", Move(step="Review"))
    assert "its number" in caught.value.hint


def test_a_push_keeps_what_the_step_requires_and_checks_the_rest(desk: Desk) -> None:
    desk.backend.create(draft("R-1", FORMITM_6={"group": "1", "user": ""}))
    with pytest.raises(UsageError) as caught:
        desk.backend.push("1", Move(set=texts({"FORMITM_2": "", "FORMITM_42": "x"})))
    assert {str(p).partition(":")[0] for p in caught.value.fields} == {"--set FORMITM_2", "--set FORMITM_42"}
    assert len(desk.edits()) == 1
    desk.backend.push("1", Move(set=texts({"FORMITM_3": "new"})))
    assert desk.backend.get("1").extra["formitm_1"] == "Widget"
    assert desk.backend.get("1").reference == "new"


def test_a_quick_action_that_the_step_lacks_is_refused_here(desk: Desk) -> None:
    desk.backend.create(draft())
    with pytest.raises(UsageError, match="has no action2") as caught:
        desk.backend.push("1", Move(set=texts({"quick_action": "action2"})))
    assert caught.value.message.endswith("; nothing was sent")
    desk.backend.push("1", Move(set=texts({"quick_action": "action1"})))
    assert "formdata" not in desk.edits()[-1]
    assert desk.edits()[-1]["quick_action"] == "action1"
    with pytest.raises(UsageError, match="the step 'Packing' has no action1"):  # null beside a form: it has none
        desk.backend.push("1", Move(step="Packing", set=texts({"quick_action": "action1"})))
    assert len(desk.edits()) == 2


@pytest.mark.parametrize(
    "named, lacks",
    [
        ({"quick_action": None}, True), ({"quick_action": ","}, True), ({"quick_action": "OK,"}, False),
        ({"quick_action": ["?"]}, False), ({}, False),
    ],
)  # fmt: skip
def test_what_a_step_says_of_its_quick_actions(named: Mapping[str, Any], *, lacks: bool) -> None:
    form = omflow_form.decode_form({"formobject": {"items": []}, **named})
    assert form.lacks("action1") is lacks
    assert not omflow_form.decode_form(named if named.get("quick_action") is None else {}).lacks("action1")


def test_a_push_without_permission_to_see_the_form_sends_what_is_given(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.backend.create(draft())
    desk.answers = [answers("omdata/load", None, status=403)]
    with pytest.raises(Refused, match="Missing required"):
        desk.backend.push("1", Move())
    typed = texts({"FORMITM_1:inputbox": "W", "FORMITM_2:inputbox": "3"})
    assert desk.backend.push("1", Move(set=typed)).id == "1"


def test_orders_that_are_in_error_or_are_still_moving(tmp_path: Path) -> None:
    desk = Desk(tmp_path, switches={"broken": "Dispatch"})
    desk.backend.create(draft())
    for step in (None, "Packing"):
        desk.backend.push("1", Move(step=step))
    pushed = desk.backend.push("1", Move())
    why = "stopped at Dispatch by an error: name 'stock' is not defined"
    assert (pushed.message, pushed.notes) == (f"from Billing; {why}", (why,))
    mapped = replace(desk.backend.profile, statuses={"Dispatch": Status.IN_PROGRESS})
    stuck = desk.backend.get("1")
    assert (stuck.status, decode(stuck.raw, mapped).status) == (Status.FAILED, Status.FAILED)
    assert desk.backend.steps("1") == stuck.steps
    assert [(step.name, step.error) for step in stuck.steps] == [("Dispatch", "name 'stock' is not defined")]
    with pytest.raises(Conflict, match="by an error"):
        desk.backend.push("1", Move())
    slow = Desk(tmp_path, switches={"busy": "99"})
    slow.backend.create(draft())
    with pytest.raises(Temporary, match="still in execution"):
        slow.backend.steps("1")
    with pytest.raises(Refused, match="in execution"):
        slow.backend.cancel("1", None)


def test_a_push_tells_what_cannot_be_known(desk: Desk) -> None:
    desk.backend.create(draft())
    desk.backend.steps("1")
    desk.answers = [answers("/edit/", 7)]
    with pytest.raises(Conflict, match="push order '1': OMFlow says that it changed order 7"):
        desk.backend.push("1", Move())
    desk.answers = [answers("/edit/", 1)]
    assert desk.backend.push("1", Move()).message.endswith("the server is still at it")
    desk.answers.append(
        lambda p, _b: {"status": 404, "message": "?"} if "/list/" in p and desk.sent[-2][1].find("/edit/") > 0 else None
    )
    assert "cannot be read" in desk.backend.push("1", Move()).message


def test_a_cancel_is_looked_up_before_and_after(desk: Desk) -> None:
    desk.backend.create(draft())
    desk.backend.steps("1")
    assert desk.backend.cancel("1", None).message == "deleted at the vendor"
    assert desk.edits()[-1]["data_no"] == [1]
    assert desk.paths()[-1] == "omdata/list/orderdesk"
    with pytest.raises(NotFound):
        desk.backend.cancel("1", None)
    desk.backend.create(draft("R-2"))
    desk.backend.steps("2")
    desk.answers = [answers("/edit/", "")]
    with pytest.raises(OutcomeUnknown, match="still lists the order"):
        desk.backend.cancel("2", None)
    after = [
        lambda p, _b: (
            {"status": 500, "message": "?"}
            if "/list/" in p and desk.edits()[-1].get("action") == "delete" and "/edit/" in desk.sent[-2][1]
            else None
        )
    ]
    desk.answers = [answers("/edit/", ""), *after]
    with pytest.raises(OutcomeUnknown, match="cannot be read back"):
        desk.backend.cancel("2", None)


# Files


def files(tmp_path: Path, *names: str) -> list[str]:
    for name in names:
        (tmp_path / name).write_text(name)
    return [str(tmp_path / name) for name in names]


def listed(desk: Desk) -> list[str]:
    return [kept["file_name"] for _, kept in desk.store.find("files")]


def test_an_older_server_gets_its_files_after_the_order(desk: Desk, tmp_path: Path) -> None:
    receipt = desk.backend.create(draft("R-1", files(tmp_path, "a.txt", "名 'x'.txt")))
    assert (receipt.id, receipt.notes) == ("1", ())
    assert listed(desk)[0] == "a.txt"
    assert [p for p in desk.paths() if "edit" in p or "upload" in p] == ["omdata/edit/orderdesk"] * 2 + [
        "omdata-file/upload/"
    ]
    assert len(desk.list()) == 1


def test_a_file_for_a_field_is_refused_by_an_older_server_before_anything_is_made(desk: Desk, tmp_path: Path) -> None:
    desk.backend.create(draft("R-0"))
    (path,) = files(tmp_path, "b.png")
    with pytest.raises(Unsupported, match="takes no file for FORMITM_3"):
        desk.backend.create(draft("R-1", [f"FORMITM_3={path}"]))
    assert desk.list() == ["1"]


def half_made(desk: Desk, wanted: OrderDraft, said: str) -> OrderctlError:
    """Return the error of a create whose order was made, with its id and what to do next."""
    with pytest.raises(OrderctlError, match=said) as caught:
        desk.backend.create(wanted)
    error = caught.value
    assert error.code == "order.half_made"
    assert error.order_id
    for path in wanted.files if isinstance(error, PartlyDone) else ():
        assert f"orderctl update {error.order_id} -p desk --file {path}" in error.hint
    assert f"orderctl update {error.order_id} -p desk --file " in error.hint
    return error


def test_a_file_that_cannot_be_seen_leaves_the_create_unknown(tmp_path: Path) -> None:
    desk = Desk(tmp_path, flow="orderfiles", reference_field="FORMITM_2", switches={"forms": "taken"})
    first, second = files(tmp_path, "a.txt", "b.png")
    wanted = OrderDraft(reference="R-1", set=texts({"FORMITM_1": "x"}), files=(first, f"FORMITM_3={second}"))
    assert type(half_made(desk, wanted, r"order 1 was created; not known: b\.png")) is OutcomeUnknown
    desk.answers = [answers("omdata-file/list", None, status=403)]
    error = half_made(
        desk, replace(wanted, reference="R-2"), r"not known: a\.txt, b\.png \(files of order '2': OMFlow says"
    )
    assert (type(error), error.order_id) == (OutcomeUnknown, "2")
    desk.answers = [answers("omdata-file/list", [])]
    error = half_made(desk, replace(wanted, reference="R-3", files=(first,)), r"order 3 was created; missing: a\.txt")
    assert (type(error), error.exit_code) == (PartlyDone, 7)


@pytest.mark.parametrize(
    "faults, kind",
    [
        (["403@upload"], PartlyDone), (["503@omdata-file/list", "lost-after@upload"], OutcomeUnknown),
        (["503@omdata-file/list"], OutcomeUnknown), (["lost-before@upload"], OutcomeUnknown),
        (["half-body@upload", "html@omdata-file/list"], OutcomeUnknown), (["401@upload"], PartlyDone),
    ],
)  # fmt: skip
def test_an_order_without_its_files_is_half_made(tmp_path: Path, faults: list[str], kind: type[OrderctlError]) -> None:
    desk = Desk(tmp_path, spoil=faults)
    error = half_made(desk, draft("R-1", files(tmp_path, "a.txt")), "order 1 was created; (missing|not known): a.txt")
    assert (type(error), error.order_id) == (kind, "1")
    assert error.http_status == (int(faults[0][:3]) if kind is PartlyDone else None)
    assert desk.edits()[1:] == desk.edits()[-1:]


def test_files_that_come_after_the_order_are_looked_for(tmp_path: Path) -> None:
    paths = files(tmp_path, "a.txt")
    lost = Desk(tmp_path, switches={"uploads": "lost"})
    assert type(half_made(lost, draft("R-1", paths), "missing: a.txt .the server does not list")) is PartlyDone
    lost.answers = [answers("omdata-file/list", {"file_name": "a.txt"})]
    assert type(half_made(lost, draft("R-2", paths), "no list of files")) is OutcomeUnknown
    kept = Desk(tmp_path, spoil=["lost-after@upload"])
    assert kept.backend.create(draft("R-1", paths)).notes == ()
    refused = Desk(tmp_path)
    refused.answers = [
        lambda p, b: {"status": 404, "message": "no"} if "/edit/" in p and isinstance(b, bytes) else None
    ]
    with pytest.raises(Refused, match="no"):
        refused.backend.create(draft("R-1", paths))


def stopping(desk: Desk, path: str, *, after: int = 0) -> Writes:
    """Let a first Ctrl-C come with a request, or with one after so many: what is under way is finished."""
    stop = Stop()
    seen = []

    def signalled(asked: str, _body: Any) -> None:
        seen.append(path in asked)
        if path in asked and sum(seen) > after:
            stop.ask(Interrupted("interrupted (SIGINT)", signal=2))

    desk.answers.append(signalled)
    return desk.open(stop=stop)


@pytest.mark.parametrize("path", ["upload", "omdata-file/list"])
def test_a_first_ctrl_c_lets_the_request_under_way_and_its_look_finish(tmp_path: Path, path: str) -> None:
    paths = tuple(files(tmp_path, "a.txt"))
    desk = Desk(tmp_path / "desk")
    desk.backend.create(draft("R-1"))
    desk.backend.steps("1")
    assert stopping(desk, path).update("1", OrderChange(files=paths)).message == "attached: a.txt"
    made = Desk(tmp_path / "made")
    stopped = stopping(made, path)
    assert stopped.create(draft("R-1", paths)).id == "1"
    assert listed(made) == ["a.txt"]
    stopped.sender.stop.over()  # as whoever sends many does after each
    with pytest.raises(Interrupted):
        stopped.create(draft("R-2"))
    assert made.list() == ["1"]


def test_after_a_ctrl_c_no_further_request_of_an_order_begins(tmp_path: Path) -> None:
    paths = files(tmp_path, "a.txt")
    desk = Desk(tmp_path / "refused")
    with pytest.raises(Interrupted):  # the form was refused, so nothing was done yet
        stopping(desk, "/edit/").create(draft("R-1", paths))
    assert desk.list() == []
    desk = Desk(tmp_path / "made")
    with pytest.raises(PartlyDone, match=r"order 1 was created; missing: a\.txt") as caught:
        stopping(desk, "/edit/", after=1).create(draft("R-1", paths))
    assert f"orderctl update 1 -p desk --file {paths[0]}" in caught.value.hint
    assert listed(desk) == []


def test_a_first_ctrl_c_lets_a_cancel_and_a_push_finish(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.backend.create(draft("R-1"))
    desk.backend.steps("1")
    stopped = stopping(desk, "/edit/")
    assert stopped.push("1", Move()).message == "from Stock check, now at Packing (4), Billing (6)"
    desk.answers.clear()
    assert stopping(desk, "/edit/").cancel("1", None).message == "deleted at the vendor"


@pytest.mark.parametrize(
    "faults", [["400@omdata-file/list"], ["lost-after@upload", "400@omdata-file/list"], ["html@omdata-file/list"]]
)
def test_an_update_that_cannot_be_looked_up_is_unknown(tmp_path: Path, faults: list[str]) -> None:
    desk = Desk(tmp_path, spoil=faults)
    desk.backend.create(draft("R-1"))
    desk.backend.steps("1")
    with pytest.raises(OutcomeUnknown, match="update order '1'"):
        desk.backend.update("1", OrderChange(files=tuple(files(tmp_path, "a.txt"))))
    assert listed(desk) == ["a.txt"]


def test_an_update_attaches_files_and_does_nothing_else(desk: Desk, tmp_path: Path) -> None:
    desk.backend.create(draft())
    paths = tuple(files(tmp_path, "a.txt", "b.txt"))
    assert desk.backend.update("1", OrderChange(files=paths)).message == "attached: a.txt, b.txt"
    assert listed(desk) == ["a.txt", "b.txt"]
    for change in (
        OrderChange(set=texts({"FORMITM_1": "x"})),
        OrderChange(title="x", files=paths),
        OrderChange(lines=(DraftLine(sku="x"),)),
    ):
        assert "only with a push" in str(VENDOR.prepare("update", change, profile()).problems[0])
        with pytest.raises(UsageError, match="only with a push"):
            desk.backend.update("1", change)
    desk.answers = [answers("omdata-file/list", [{"file_name": "a.txt", "delete": True}, "?"])]
    with pytest.raises(OutcomeUnknown, match=r"does not list a\.txt"):
        desk.backend.update("1", OrderChange(files=paths[:1]))


def test_files_are_checked_before_anything_is_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (path,) = files(tmp_path, "a.txt")
    (tmp_path / "other").mkdir()
    (other,) = files(tmp_path / "other", "a.txt")
    said = {
        ("https://x.org/a.txt",): "no links", (str(tmp_path),): "is not a file", (str(tmp_path / "no"),): "no such file",
        (path, other): "another file is called 'a.txt'", (f"FORMITM_3={path}", f"FORMITM_4={other}"): "another file",
        ("a\0b",): "no such file", ("x" * 5000,): "cannot be read", (str(tmp_path / "a\x07"),): "a control character",
    }  # fmt: skip
    for bad_path, bad in zip(files(tmp_path, 'a"b', "a\\b"), ("a quotation mark", "a backslash"), strict=True):
        said |= {(bad_path,): f"its name holds {bad}, which cannot be sent; rename", (f"FORMITM_3={bad_path}",): bad}
    files(tmp_path, "a\x07")
    for given_files, problem in said.items():
        assert problem in str(VENDOR.prepare("create", draft(files=given_files), profile()).problems[-1])
    assert VENDOR.prepare("create", draft(files=[path]), profile()).problems == ()
    (second,) = files(tmp_path, "b.txt")
    twice = VENDOR.prepare("create", draft(files=[f"FORMITM_3={path}", f"FORMITM_3={second}"]), profile())
    assert "given twice" in str(twice.problems[0])
    late = VENDOR.prepare("update", OrderChange(files=(f"FORMITM_3={path}",)), profile())
    assert "when the order is created" in str(late.problems[0])
    monkeypatch.setattr("orderctl.vendors.omflow.writes.MAX_FILE", 2)
    assert "larger than" in str(VENDOR.prepare("create", draft(files=[path]), profile()).problems[0])
    Path(path).unlink()
    desk = Desk(tmp_path)
    with pytest.raises(UsageError, match="no such file"):
        desk.backend.create(draft(files=[path]))


# What is refused before anything is sent


@pytest.mark.parametrize(
    "key, said",
    [(f.name, f.instead) for f in omflow_writes.FIELDS["create"] if f.reserved]
    + [("FORMITM_x", "FORMITM_ and a number"), ("FORMITM", "unknown field"), ("start_input", "a JSON object"), ("start_inputt", "did you mean 'start_input'")],
)  # fmt: skip
def test_names_of_a_create(key: str, said: str) -> None:
    problems = VENDOR.prepare("create", OrderDraft(reference="R", set=texts({key: "x"})), profile()).problems
    assert any(said in str(p) for p in problems), problems


@pytest.mark.parametrize("word", ["title", "note", "due", "currency", "total", "status", "paid"])
def test_common_words_have_no_place(word: str) -> None:
    value: Any = {"due": dt.date(2026, 1, 1), "total": 1, "paid": True}.get(word, "x")
    (problem,) = VENDOR.prepare("create", replace(draft(), **{word: value}), profile()).problems
    assert "--set FORMITM_1=" in str(problem)
    assert VENDOR.prepare("create", replace(draft(), lines=(DraftLine(sku="x"),)), profile()).problems


def test_a_reference_goes_into_the_profiles_field_once() -> None:
    twice = VENDOR.prepare("create", draft("R-1", FORMITM_3="R-2"), profile())
    assert "given twice" in str(twice.problems[0])
    assert not VENDOR.prepare("create", draft("R-1", FORMITM_3="R-1"), profile()).problems
    content = VENDOR.prepare("create", draft("R-1", formitm_4="x"), profile()).content
    assert {"id": "FORMITM_4", "value": "x"} in content["formdata"]
    typed = VENDOR.prepare("create", OrderDraft(set={"start_input": Setting(value={}, kind="x")}), profile())
    assert "takes no type" in str(typed.problems[0])


@pytest.mark.parametrize(
    "move, said",
    [
        (Move(to="x"), "--step picks"), (Move(by="x"), "--step picks"),
        (Move(set=texts({"quick_action": "x"})), "not one of its values"),
        (Move(set=texts({"quick_action": "action1", "FORMITM_1": "x"})), "one or the other"),
        (Move(set=texts({"data_id": "4"})), "--step NAME"),
    ],
)  # fmt: skip
def test_pushes_that_are_refused_here(move: Move, said: str) -> None:
    assert said in str(VENDOR.prepare("push", move, profile()).problems[0])


@pytest.mark.parametrize(
    "row",
    [f for f in omflow_writes.FIELDS["list"] if f.name not in {"security", "omflow_restapi"}],
    ids=lambda f: f.name,
)
def test_every_parameter_of_a_list_is_reachable_or_refused(row: Any) -> None:
    value = {"bool": "true", "int": "1", "datetime": "2026-01-01"}.get(row.kind, "x")
    name = row.name.replace("{key}", "1")
    problems = VENDOR.check_query(Query(where={name: ("", (value,))}), profile())
    assert bool(problems) is (row.reserved or name == "exclude_conditions")
    if row.reserved:
        assert row.instead in str(problems[0])


def test_filters_that_make_no_sense() -> None:
    def said(key: str, operator: str, *values: str) -> str:
        return str(VENDOR.check_query(Query(where={key: (operator, values)}), profile())[0])

    assert "not an operator" in said("title", "like", "x")
    assert "neither true nor false" in said("closed", "", "maybe")
    assert "several go with" in said("title", ">", "a", "b")
    with pytest.raises(Unsupported):
        VENDOR.check_query(Query(reference="R"), profile(reference_field=""))
    assert VENDOR.check_query(Query(set={"nope": Setting(value="x")}), profile())
    with pytest.raises(UsageError):
        Desk(Path("unused")).backend.get("1", {"nope": Setting(value="1")})


def test_what_it_declares_is_what_it_does() -> None:
    for capability in set(Capability) - {Capability(verb) for verb in VERBS}:
        own = capability.value in vars(OMFlow)
        assert own is (capability in VENDOR.capabilities), capability
    assert VENDOR.capabilities >= {Capability(verb) for verb in VERBS}
    assert set(VENDOR.refusals) == set(Capability) - VENDOR.capabilities


# Dry runs and raw calls


def dry(tmp_path: Path, do: Callable[[Writes], Any]) -> list[Any]:
    """Return the calls that a dry run shows, by the path below the server, each with its body."""
    transport = DryRun()
    client = Client(transport)
    made = Connection(
        profile=profile(), secrets={"username": "***", "password": "***"}, reader=client.reader(),
        notice=lambda _t: None, state=lambda: tmp_path / "never",
    )  # fmt: skip
    with suppress(DryRunStop):
        do(Writes(VENDOR.connect(made), client))
    assert not (tmp_path / "never").exists()
    return [(r["url"].rpartition("/api/")[2], r["body"]) for r in transport.requests]


def test_a_dry_run_of_a_write_shows_its_requests_and_of_a_read_the_first(tmp_path: Path) -> None:
    def write(verb: str, subject: Subject, order_id: str | None = None) -> list[Any]:
        return dry(tmp_path, lambda b: b.dry_run(verb, subject, OrderKey(id=order_id) if order_id else None))

    (path,) = files(tmp_path, "a.txt")
    ((url, body),) = write("create", draft())
    assert url == "omdata/edit/orderdesk"
    assert '"security": "<security>"' in body
    assert '"value": "Widget", "type": "<type>"' in body
    ((url, body),) = write("create", draft(files=[path]))
    assert url == "omdata/edit/orderdesk"
    assert 'filename="a.txt"' in body
    ((url, body),) = write("push", Move(step="Packing"), "1")
    assert '"data_id": "<data_id>"' in body
    ((url, body),) = write("cancel", Cancellation(), "1")
    assert (url, '"data_no": [1]' in body) == ("omdata/edit/orderdesk", True)
    ((url, body),) = write("update", OrderChange(files=(path,)), "1")
    assert url == "omdata-file/upload/"
    assert "<flow_uuid>" in body
    assert [url for url, _ in dry(tmp_path, lambda b: b.get("1"))] == ["omdata/list/orderdesk"]
    assert [url for url, _ in dry(tmp_path, lambda b: b.steps("1"))] == ["omdata-data-id/get/orderdesk"]
    assert [url for url, _ in dry(tmp_path, lambda b: b.ping())] == ["security/get/"]


def test_raw_calls_carry_the_code_in_the_body(desk: Desk) -> None:
    def raw(
        path: str,
        params: tuple[tuple[str, str], ...] = (),
        body: bytes | None = None,
        kind: str = "application/x-www-form-urlencoded",
    ) -> Any:
        request = desk.backend.raw("POST", path, params=params, body=body, content_type=kind)
        return json.loads(desk.client.write(request).body)

    desk.backend.create(draft())
    query = "/rest/flowmanage/api/omdata-data-id/get/orderdesk"
    assert raw(query, (("data_no", "1"),))["result"] == []
    assert raw(query, body=b'{"data_no": 1, "x": 1.50}', kind="application/json")["result"][0]["data_id"] == 2
    assert raw(query, body=b"data_no=1")["status"] == 200
    given: tuple[tuple[str, str], ...] = (("search_conditions", Json('[{"value": 1.50}]')), ("limit", Json("5")))
    sent = desk.backend.raw("POST", query, params=given, body=b'{"x": 0.10}', content_type="application/json")
    assert b'"omflow_restapi": 1, "search_conditions": [{"value": 1.50}], "limit": 5, "x": 0.10}' in (sent.body or b"")
    sent = desk.backend.raw("POST", query, params=given, body=b"a=b", content_type="text/plain")
    assert b"omflow_restapi=1&search_conditions%5B0%5D%5Bvalue%5D=1.50&limit=5&a=b" in (sent.body or b"")
    assert raw("/rest/my-mission/api/my-mission/list/")["status"] == 404
    assert raw("/rest/flowmanage/api/omdata/edit/orderdesk", (("action", "delete"), ("data_no", "1")))["status"] == 200
    assert desk.list() == []
    with pytest.raises(UsageError, match="JSON object"):
        raw(query, body=b"[1]", kind="application/json")
    with pytest.raises(UsageError, match="cannot be read"):
        raw(query, body=b'{"data_no": ', kind="application/json")
    with pytest.raises(UsageError, match="data_no: is in the body too"):
        raw(query, (("data_no", "1"),), body=b'{"data_no": 1}', kind="application/json")
    desk.answers = [lambda p, _b: b"<html>" if "mission" in p else None]
    request = desk.backend.raw("GET", "/rest/my-mission/api/my-mission/list/", params=(), body=None, content_type="")
    reply = desk.client.read(request)
    assert reply.body == b"<html>"
    assert not desk.backend.expired(reply)


@pytest.mark.parametrize(
    "path, reads",
    [
        ("omdata/list/orderdesk", True), ("omdata/list/orderdesk/", True), ("omdata/load/", True), ("omdata/load", True),
        ("omdata/list/../edit/orderdesk", False), ("omdata/list/%2e%2e/edit/orderdesk", False), ("omdata/list/..", False),
        ("omdata/list/orderdesk/../../edit/orderdesk", False), ("omdata/list/%2e%2e", False), ("omdata/list/x/y", False),
        ("omdata/load/../edit/orderdesk", False), ("omdata/load/x", False), ("omdata/edit/orderdesk", False), ("omdata/list", False),
    ],
)  # fmt: skip
def test_a_raw_call_reads_only_where_its_path_leads_nowhere_else(path: str, *, reads: bool) -> None:
    assert omflow_writes.raw_reads("POST", f"/rest/flowmanage/api/{path}") is reads


@pytest.mark.parametrize(
    "body, sent",
    [
        (b'{"n": 1.10, "e": 1E5, "n": 2.0}', b', "n": 1.10, "e": 1E5, "n": 2.0}'), (b"\xef\xbb\xbf { }\n", b"}"),
        (b'\xef\xbb\xbf{\n "data_no":1}', b', "data_no":1}'),
    ],
)  # fmt: skip
def test_a_raw_body_goes_as_it_was_written(tmp_path: Path, body: bytes, sent: bytes) -> None:
    seen = []

    def app(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        seen.append(environ["wsgi.input"].getvalue())
        start("200 OK", [("Content-Type", "application/json")])
        return [b'{"status": 200, "result": {"security": "66e540ec"}}']

    desk = Desk(tmp_path, app=app)
    path = "/rest/flowmanage/api/omdata-data-id/get/orderdesk"
    desk.client.read(desk.backend.raw("POST", path, params=(("x", "1"),), body=body, content_type="application/json"))
    assert seen[-1] == b'{"security": "66e540ec", "omflow_restapi": 1, "x": "1"' + sent


def test_an_update_names_the_options_that_were_typed() -> None:
    change = OrderChange(
        customer=Customer(email="a@b.c"), lines=(DraftLine(sku="x"),), set=texts({"FORMITM_1": "x"}), replace_lines=True
    )
    problems = VENDOR.prepare("update", change, profile()).problems
    assert [p.path for p in problems] == ["--email", "--line", "--set FORMITM_1", "--replace-lines"]
    assert ["only with a push" in p.problem for p in problems] == [True, False, False, False]


def test_the_example_is_accepted_by_the_sandbox(tmp_path: Path) -> None:
    desk = Desk(tmp_path, **dict[str, Any](VENDOR.sandbox_settings))
    assert VENDOR.prepare("create", VENDOR.example, profile(**VENDOR.sandbox_settings)).problems == ()
    assert desk.backend.create(VENDOR.example).id == "1"
    order = desk.backend.get("1")
    assert (order.reference, order.title) == ("R-1001", "Order A")
    assert sandbox.EMULATORS["omflow"] == "orderctl.sandbox.omflow.emulator"


@pytest.mark.parametrize("number", [None, "7.0", "007"])
def test_an_order_with_the_reference_and_no_number_is_not_an_absent_one(desk: Desk, number: str | None) -> None:
    desk.answers = [answers("/list/", [{"id": 3, "data_no": number, "history": False, "formitm_3": "R-1"}])]
    with pytest.raises(BadAnswer, match="no order's number"):
        desk.backend.existing(["R-1"])
