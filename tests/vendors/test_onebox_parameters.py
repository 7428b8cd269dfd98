"""Every documented parameter can be given, and arrives as it was given, however the request travels."""

import datetime as dt
from collections import Counter
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from orderctl.errors import UsageError
from orderctl.model import Customer, DraftLine, Move, OrderChange, OrderDraft, Query, Setting
from orderctl.vendors.onebox.fields import FIELDS
from orderctl.vendors.onebox.orders import VENDOR
from tests.vendors.conftest import Box, box, draft, given, profile
from tests.vendors.onebox_parameters import PARAMETERS

STYLES = ("form", "query", "json")
SETTABLE = [(call, name, value) for call, _, name, value in PARAMETERS if value]
RESERVED = [(call, name) for call, _, name, value in PARAMETERS if value is None and call not in {"cancel", "comments"}]


def test_the_table_has_every_row_of_the_page() -> None:
    rows = Counter(call for call, *_ in PARAMETERS if not call.endswith(".line"))
    assert rows == {"create": 61, "update": 41, "cancel": 3, "get": 9, "list": 21, "comments": 5}
    assert rows.total() == 140


def named(name: str) -> str:
    return name.replace("{key}", "color")


def send(made: Box, call: str, name: str, value: str) -> dict[Any, Any]:
    """Give one parameter and return what the emulator's table, or for a read the wire, holds of it."""
    backend, set_ = made.backend, {named(name): Setting(value=value)}
    if call == "create":
        given_ = draft(set=set_) if name not in {"clientnamefirst", "clientemail", "ordercode"} else without(name, set_)
        assert not VENDOR.prepare("create", given_, backend.profile).problems
        backend.create(given_)
        return made.evidence()
    if call == "create.line":
        backend.create(draft(lines=(DraftLine(set=set_),)))
        return dict(made.evidence()["productArray"][0])
    order = backend.create(draft())
    if call == "update":
        change = OrderChange(set=set_)
        assert not VENDOR.prepare("update", change, backend.profile).problems
        backend.update(order.id, change)
        return made.evidence()
    if call == "update.line":
        backend.update(order.id, OrderChange(lines=(DraftLine(set=set_),)))
        return dict(made.evidence()["productArray"][0])
    if call == "get":
        backend.get(order.id, set_)
    else:
        backend.page(Query(where={named(name): ("", (value,))}), None)
    return made.sent[-1].params


def without(name: str, set_: dict[str, Setting]) -> OrderDraft:
    whole = {"clientnamefirst": "Ann", "clientemail": "ann@example.com"}
    rest = {k: Setting(value=v) for k, v in whole.items() if k != name}
    return OrderDraft(reference="R-1" if name != "ordercode" else None, set={**rest, **set_})


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("call, name, value", SETTABLE, ids=[f"{c}-{n}" for c, n, _ in SETTABLE])
def test_what_is_given_arrives_as_it_was_given(style: str, call: str, name: str, value: str) -> None:
    arrived = send(box(style=style), call, name, value)
    assert arrived[named(name)] == value


@pytest.mark.parametrize("call, name", RESERVED, ids=[f"{c}-{n}" for c, n in RESERVED])
def test_what_orderctl_sends_itself_is_refused_with_the_way_to_it(call: str, name: str) -> None:
    set_ = {name: Setting(value="1")}
    if call == "create":
        problems = VENDOR.prepare("create", draft(set=set_), profile()).problems
    elif call == "update":
        problems = VENDOR.prepare("update", OrderChange(set=set_), profile()).problems
    elif call == "list":
        problems = VENDOR.check_query(Query(where={name: ("", ("1",))}), profile())
    else:
        with pytest.raises(UsageError) as raised:
            box().backend.get("1", set_)
        problems = raised.value.fields
    (problem,) = problems
    assert name in problem.path
    assert any(word in problem.problem for word in ("orderctl auth login", "command's ID", "--", "profile"))


def test_lines_are_given_with_their_own_option() -> None:
    for verb, subject in (
        ("create", draft(set=given(productArray="x"))),
        ("update", OrderChange(set=given(products="x"))),
    ):
        (problem,) = VENDOR.prepare(verb, subject, profile()).problems
        assert "--line" in problem.problem


def test_the_page_and_the_module_know_the_same_names() -> None:
    ours = {(call, f.name) for call, fields in FIELDS.items() for f in fields}
    assert {(call, name) for call, _, name, _ in PARAMETERS} <= ours
    theirs = {(call, name) for call, _, name, _ in PARAMETERS}
    more = {name for call, name in ours - theirs if call in {"create", "create.line", "get", "comments", "cancel"}}
    assert more == set()
    assert {name for call, name in ours - theirs if call == "update"} == {"clientaddress"}  # refused, with a way out


@pytest.mark.parametrize(
    "call, other, documented",
    [
        ("create", "customorder_color", "custom_color"),
        ("update", "custom_color", "customorder_color"),
        ("create", "clienttypesex", "typesex"),
        ("update", "typesex", "clienttypesex"),
        ("create", "clientcompany", "company"),
        ("update", "company", "clientcompany"),
        ("create", "clientname", "clientnamefirst"),
        ("update", "clientnamefirst", "clientname"),
        ("create", "ordername", "name"),
        ("update", "ordername", "name"),
        ("create", "deliveriID", "deliveryid"),
        ("update", "deliverinote", "deliverynote"),
        ("create", "PAYED", "payed"),
        ("update", "paid", "payed"),
        ("create.line", "suplierid", "supplierid"),
        ("create.line", "supliercode1c", "suppliercode1c"),
        ("update.line", "supplierid", "suplierid"),
        ("update.line", "suppliercode1c", "supliercode1c"),
        ("create.line", "productid", "id"),
        ("list", "custom_color_from", "customorder_color_from"),
        ("list", "clienttypesex", "typesex"),
    ],
)
def test_the_spelling_traps_are_bridged(call: str, other: str, documented: str) -> None:
    made = box(switches={"first-name": "optional"})
    value = "1" if documented == "payed" else "7"
    if documented == "clientnamefirst":
        made.backend.create(OrderDraft(reference="R", customer=Customer(email="a@b"), set=given(**{other: value})))
        arrived = made.evidence()
    else:
        arrived = send(made, call, other, value)
    assert arrived[documented] == value
    assert other == documented or other not in arrived


def test_a_name_that_nobody_knows_is_refused_with_the_nearest() -> None:
    (problem,) = VENDOR.prepare("create", draft(set=given(clientfone="1")), profile()).problems
    assert "did you mean 'clientphone'" in problem.problem
    (problem,) = VENDOR.prepare("update", OrderChange(set=given(managername="x")), profile()).problems
    assert "only when the order is created" in problem.problem


def test_every_common_word_has_its_place() -> None:
    made = box(zone=ZoneInfo("Europe/Kyiv"), currency="UAH")
    whole = OrderDraft(
        reference="R-7",
        title="Заказ #1",
        note="50% & more",
        customer=Customer(code="c1", name="Інна", email="a@b.c", phone="+380639370442", address="Київ, 1"),
        due=dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC),
        total=Decimal("320.00"),
        status="Delivered",
        paid=True,
        lines=(DraftLine(sku="S", id="100500", name="Чай, «зелёный»", quantity=Decimal("2.5"), price=Decimal("0.10")),),
        files=("https://a/1", "https://a/2"),
    )
    assert VENDOR.prepare("create", whole, made.backend.profile).problems == ()
    made.backend.create(whole)
    assert made.evidence() == {
        "ordercode": "R-7",
        "name": "Заказ #1",
        "comments": "50% & more",
        "clientcode": "c1",
        "clientnamefirst": "Інна",
        "clientemail": "a@b.c",
        "clientphone": "+380639370442",
        "clientaddress": "Київ, 1",
        "dateto": "2026-07-01 15:00:00",
        "sum": "320.00",
        "statusname": "Delivered",
        "payed": "1",
        "files": ["https://a/1", "https://a/2"],
        "productArray": [
            {
                "currency": "UAH",
                "articul": "S",
                "id": "100500",
                "name": "Чай, «зелёный»",
                "count": "2.5",
                "price": "0.10",
            }
        ],
    }
    order = made.backend.find("R-7")
    assert order.customer == Customer(
        id=order.customer.id, code="c1", name="Інна", email="a@b.c", phone="+380639370442", address="Київ, 1"
    )
    assert (order.title, order.total, order.vendor_status, order.currency) == (
        "Заказ #1",
        Decimal(320),
        "Delivered",
        "UAH",
    )
    assert made.backend.get(order.id).due_at == whole.due


def test_a_date_without_a_time_is_sent_as_the_box_needs_it() -> None:
    made = box()
    made.backend.create(draft(due=dt.date(2026, 3, 9)))
    assert made.evidence()["dateto"] == "2026-03-09 00:00:00"


def test_a_file_becomes_base64() -> None:
    made = box()
    order = draft(set=given(documentpdf=b"%PDF-1.4\n", documenttemplateid="3", comments="текст".encode()))
    made.backend.create(order)
    assert made.evidence()["documentpdf"] == "JVBERi0xLjQK"
    assert made.evidence()["comments"] == "текст"
    alone = VENDOR.prepare("create", draft(set=given(documentpdf=b"x")), profile())
    assert "documenttemplateid" in alone.warnings[0]
    (problem,) = VENDOR.prepare("create", draft(set=given(documentpdf="no base64!")), profile()).problems
    assert "KEY=@FILE" in problem.problem


@pytest.mark.parametrize("value, arrives", [(True, "1"), (False, "0"), ("true", "1"), ("0", "0"), ("YES", "1")])
def test_booleans_travel_as_php_has_them(value: Any, arrives: str) -> None:
    made = box(style="json")
    made.backend.create(draft(set=given(restoreSource=value)))
    assert made.evidence()["restoreSource"] == arrives


@pytest.mark.parametrize(
    "order, place",
    [
        (draft(customer=Customer(name="A")), "--phone"),
        (draft(lines=(), currency="UAH"), "--currency"),
        (draft(files=("report.pdf",)), "--file files"),
        (draft(set=given(deliveryid="x")), "--set deliveryid"),
        (draft(set=given(sum="12,50")), "--set sum"),
        (draft(set=given(payed="perhaps")), "--set payed"),
        (draft(set=given(cdate="yesterday")), "--set cdate"),
        (draft(total=Decimal(5), set=given(sum="6")), "--set sum"),
        (draft(lines=(DraftLine(set=given(color="red")),)), "line 1 color"),
        (draft(title="a\udcffb"), "--title"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_what_a_box_would_not_take_is_refused_before_it_is_sent(order: OrderDraft, place: str) -> None:
    problems = VENDOR.prepare("create", order, profile()).problems
    assert [p.path for p in problems] == [place]


@pytest.mark.parametrize(
    "change, says",
    [
        (OrderChange(reference="R"), "only when the order is created"),
        (OrderChange(due=dt.date(2026, 1, 1)), "only when"),
        (OrderChange(customer=Customer(address="x")), "--set country="),
        (OrderChange(set=given(novaposhtaServiceType="WarehouseDoor")), "did you mean 'WarehouseDoors'"),
        (OrderChange(currency="UAH"), "give a --line"),
    ],
)
def test_what_an_update_does_not_support_is_refused(change: OrderChange, says: str) -> None:
    (problem,) = VENDOR.prepare("update", change, profile()).problems
    assert says in problem.problem


@pytest.mark.parametrize(
    "move, says",
    [
        (Move(), "--to STATUS"),
        (Move(to="A", by="x"), "does not support it"),
        (Move(to="A", step="x"), "does not support it"),
        (Move(to="A", set=given(statusname="B")), "twice"),
        (Move(to="A", set=given(comments="x")), "unknown field"),
        (Move(set=given(statusid="x")), "whole number"),
    ],
)
def test_a_push_that_makes_no_sense_is_refused(move: Move, says: str) -> None:
    assert says in VENDOR.prepare("push", move, profile()).problems[0].problem


def test_a_push_by_id_and_into_another_workflow() -> None:
    made = box()
    order = made.backend.create(draft())
    for move in (Move(set=given(statusid="4")), Move(to="Done", set=given(workflowname="Project"))):
        assert not VENDOR.prepare("push", move, profile()).problems
        made.backend.push(order.id, move)
    assert made.backend.get(order.id).vendor_status == "Done"
    assert made.backend.steps(order.id)[0].name == "Done"


@pytest.mark.parametrize(
    "query, says",
    [
        (Query(where={"sum": (">", ("1",))}), "equality only"),
        (Query(where={"sum": ("", ("1", "2"))}), "equality only"),
        (Query(where={"colour": ("", ("1",))}), "unknown field"),
        (Query(set=given(colour="1")), "unknown field"),
        (Query(where={"customorder_a.b": ("", ("1",))}), "PHP rewrites"),
        (Query(customer="a", where={"clientcode": ("", ("b",))}), "twice"),
    ],
)
def test_a_filter_that_a_box_would_ignore_is_refused(query: Query, says: str) -> None:
    assert says in " ".join(str(p) for p in VENDOR.check_query(query, profile()))
    with pytest.raises(UsageError):
        box().backend.page(query, None)


def test_a_warning_without_a_first_name() -> None:
    checked = VENDOR.prepare("create", draft(customer=Customer(email="a@b.c")), profile())
    assert checked.problems == ()
    assert "--customer-name" in checked.warnings[0]
