"""The Qince backend: odd answers, lost answers, lists with and without operators, and which secrets are never shown."""
# ruff: noqa: E501, RUF001  (the tables have a row a line; texts are as the vendor writes them)

import datetime as dt
import json
from contextlib import suppress
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderctl import http, redaction
from orderctl.backend.contract import Connection
from orderctl.backend.vendor import Capability, Duplicates
from orderctl.conformance.writes import Writes
from orderctl.errors import (
    BadAnswer,
    ConfigError,
    Conflict,
    DryRunStop,
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
from orderctl.http.trace import Trace
from orderctl.model import Customer, Move, OrderChange, OrderKey, Query, Status
from orderctl.read import listing
from orderctl.vendors.qince.codec import decode, decode_row
from orderctl.vendors.qince.lists import LIVE, matches
from orderctl.vendors.qince.orders import VENDOR, Qince
from orderctl.write import creates
from tests.vendors.qince_setup import (
    ALL,
    CUSTOMER,
    FIELD,
    HTS,
    MOTO,
    NOW,
    Account,
    Wire,
    canned,
    change,
    draft,
    line,
    ok,
    own,
    profile,
    told,
    warned,
)  # fmt: skip

NASTY = "quotes '\" <>&\"' +#% \\ 南京 😀 \u200d /a?b=c&d ]]> 100%\nline two"

ROW = {"id": "7", "create_time": {"value": "2025-03-13 15:23:46"}}


# Checked before anything is sent


@pytest.mark.parametrize(
    "verb,subject,words",
    [
        ("create", draft(set=own(is_trigger="1")), ["trigger_employee: is missing"]),
        ("update", change(set=own(is_trigger="1", trigger_employee=" ")), ["trigger_employee: is missing"]),
        ("create", draft(set=own(trigger_employee="1" * 33)), ["at most 32 fit"]),
        ("create", draft(line(id="5")), ["a new order has no rows yet"]),
        ("create", draft(line(name="x")), ["unknown field"]),
        ("create", draft(title="t"), ["Qince's orders have no title"]),
        ("create", draft(note="t"), ["Qince's orders have no note"]),
        ("create", draft(due=dt.date(2026, 1, 1)), ["is the day the order was placed"]),
        ("create", draft(status="x"), ["starts the approval"]),
        ("create", draft(paid=True), ["sets no payment"]),
        ("create", draft(customer=Customer(name="Ann", phone="1", address="a")), ["receipt_info"] * 3),
        ("create", draft(customer=Customer(email="a@b")), ["no email"]),
        ("create", draft(customer=Customer(code="ACME")), ["'ACME' is not a whole number"]),
        ("create", draft(line(sku="6.93E+18")), ["is not a whole number"]),
        ("create", draft(files=("a.pdf",)), ["takes no attachments"]),
        ("update", change(files=("a.pdf",)), ["takes no attachments"]),
        ("create", draft(set=own(order_date="2026-01-01T10:00")), ["takes a day"]),
        ("create", draft(set=own(order_date="soon")), ["is not a date"]),
        ("create", draft(set=own(custumer="1")), ["did you mean 'customer'"]),
        ("create", draft(set=own(fields="{}")), ["by itself"]),
        ("create", draft(set={"slave_fields.ig_order_detail": own(x="[]")["x"]}), ["--line"]),
        ("create", draft(set={"slave_fields.a__c": own(x="text")["x"]}), ["takes a list of rows"]),
        ("create", draft(set={"slave_fields.a__c": own(x=[{"id": "1"}])["x"]}), ["no rows yet"]),
        ("create", draft(set={FIELD: own(x="other")["x"]}), ["is given twice"]),
        ("update", change(line(), replace_lines=True), ["removes no row"]),
        ("update", change(line(id="5", unit=None)), ["line 1 pd_id: a row that exists", "line 1 pd_count", "line 1 actual_price"]),
        ("update", change(line(id="5", sku=None, quantity=None, price=None, unit=None)), ["nothing to change"]),
        ("update", change(currency="EUR"), ["only when the order is created"]),
        ("update", change(set=own(data_id="5")), ["as the command's ID"]),
        ("push", Move(), ["--by EMPLOYEE"]),
        ("push", Move(by="1" * 33), ["at most 32 fit"]),
        ("push", Move(by=HTS, set=own(trigger_employee="1")), ["given twice"]),
        ("push", Move(by=HTS, to="x", step="y"), ["sets no status", "sets no status"]),
        ("push", Move(by=HTS, set=own(is_trigger="1")), ["does nothing else"]),
        ("push", Move(by=HTS, set=own(field_x__c="1")), ["unknown field"]),
    ],
)  # fmt: skip
def test_what_a_client_can_check_has_a_message_of_its_own(verb: str, subject: Any, words: list[str]) -> None:
    problems = told(verb, subject)
    assert len(problems) == len(words), problems
    for problem, word in zip(problems, words, strict=True):
        assert word in problem


def test_an_order_needs_a_line() -> None:
    assert [p.partition(":")[0] for p in told("create", draft(lines=()))] == ["--line"]


@pytest.mark.parametrize(
    "verb,subject,words",
    [
        ("create", draft(set=own(whole_order_discount="80")), ["fraction"]),
        ("update", change(set=own(whole_order_discount="1.01")), ["fraction"]),
        ("create", draft(set=own(trigger_employee=HTS)), ["only with is_trigger"]),
        ("create", draft(customer=Customer()), ["no customer"]),
        ("create", draft(line(unit=None, quantity=None)), ["no unit_id and no pd_count"]),
        ("create", draft(), []),
        ("update", change(line(id="5", sku=None, quantity=None, price=None, unit=None, a__c="1")), []),
    ],
)
def test_what_cannot_be_checked_is_warned_of(verb: str, subject: Any, words: list[str]) -> None:
    warnings = warned(verb, subject)
    assert len(warnings) == len(words)
    assert all(word in warning for word, warning in zip(words, warnings, strict=True))


def test_a_push_may_name_the_employee_by_its_own_name_and_check_the_rules() -> None:
    account = Account()
    made = account.add()
    account.backend.push(made, Move(set=own(trigger_employee=HTS, check_rule="1")))
    assert account.calls[-1][1]["check_rule"] is True


# References


def test_without_a_field_the_reference_is_known_here_only() -> None:
    account = Account(profile_=profile(reference_field=None))
    made = account.add()
    account.add("R-2")
    assert account.calls[0][1]["fields"] == {"customer": CUSTOMER}
    assert account.backend.get(made).reference is None
    (problem,) = told("update", change(reference="R-3"), profile(reference_field=None))
    assert "names no reference_field" in problem


def test_without_a_field_a_search_is_refused_and_sends_nothing() -> None:
    account = Account(profile_=profile(reference_field=None))
    for search in (
        lambda: account.backend.find("R-1"),
        lambda: VENDOR.check_query(Query(reference="R-1"), account.backend.profile),
    ):
        with pytest.raises(Unsupported) as refused:
            search()
        assert "reference_field" in refused.value.hint
    assert account.calls == []


def test_the_field_must_be_a_custom_one() -> None:
    with pytest.raises(ConfigError, match="is not a custom field"):
        VENDOR.prepare("create", draft(), profile(reference_field="id"))


def test_the_class_of_duplicates_is_the_profiles() -> None:
    assert VENDOR.second_create(profile(operators=ALL)) is Duplicates.SEARCHABLE
    assert VENDOR.second_create(profile()) is Duplicates.SEARCHABLE, "pages are read where Qince cannot be asked"
    assert VENDOR.second_create(profile(reference_field=None)) is Duplicates.BLIND


@pytest.mark.parametrize("operators", [{}, ALL])
def test_an_order_is_found_by_its_reference(operators: dict[str, str]) -> None:
    account = Account(profile_=profile(operators=operators, rows="2"))
    made = {f"R-{n}": account.add(f"R-{n}") for n in range(5)}
    account.calls.clear()
    assert account.backend.find("R-3").id == made["R-3"]
    assert account.calls[0][1]["sorts"] == [{"field_key": "create_time", "type": "asc"}]
    assert len(account.calls) == (1 if operators else 4)  # a page that is not full may have been cut
    with pytest.raises(NotFound):
        account.backend.find("R-9")
    again = account.backend.without_look.create(draft(reference="R-3")).id
    with pytest.raises(Conflict, match=again):
        account.backend.find("R-3")


# What exists already, where Qince cannot be asked for a reference


def aged(*days: int, settings: dict[str, Any] | None = None, switches: dict[str, str] | None = None) -> Account:
    """An account with pages of 2, whose orders D-9, D-3, … were made so many days ago."""
    account = Account(profile_=profile(rows="2", **(settings or {})), switches=switches)
    for number in days:
        account.clock = NOW - dt.timedelta(days=number)
        account.backend.without_look.create(draft(reference=f"D-{number}"))
    account.clock = NOW
    account.calls.clear()
    return account


def asked(account: Account) -> list[Any]:
    return [body["page"] for call, body in account.calls if call == "orderQuery"]


def test_recent_orders_are_searched_newest_first_and_what_is_older_is_reported() -> None:
    account = aged(30, 20, 19, 18, 9, 3, 1)
    with pytest.raises(Conflict, match="exists already"):
        account.add("D-3")
    assert account.calls[0][1]["sorts"] == [{"field_key": "create_time", "type": "desc"}]
    assert "orderAdd" not in [call for call, _ in account.calls]
    assert asked(account) == [1, 2], "the second page is the first whose orders are all too old"
    assert len(account.calls) == 2, "an order is made in one request, so that its lines need not be counted"
    assert account.notices == []
    account.calls.clear()
    account.add("R-1")
    (notice,) = account.notices
    assert notice == (
        "reference 'R-1' was not found since 2025-06-27; Qince's older orders were not searched"
        " (the profile's look_back = DAYS searches more of them, operators.equal all)"
    )
    account.add("R-2")
    assert len(account.notices) == 1


def test_an_order_of_an_older_day_is_searched_back_to_that_day() -> None:
    account = aged(30, 20, 19, 18, 9, 3, 1)
    with pytest.raises(Conflict):
        account.add("D-20", set=own(order_date="2025-06-14"))
    account.add("R-1", set=own(order_date="2025-06-14"))
    assert account.notices == []


def test_look_back_is_the_profiles() -> None:
    for look_back in ("30", "30d"):
        with pytest.raises(Conflict):
            aged(40, 38, 37, 29, 9, 3, 1, settings={"look_back": look_back}).add("D-29")
    for wrong in ("0", "soon", "-1", "1.5", "9" * 9):
        account = Account(profile_=profile(look_back=wrong))
        with pytest.raises(ConfigError, match="look_back"):
            account.add()
        assert account.calls == []


def test_orders_that_were_all_searched_leave_nothing_to_tell() -> None:
    account = aged(3, 1)
    account.add("R-1")
    assert account.notices == []


def test_a_server_that_does_not_sort_is_read_to_the_end() -> None:
    rows = [
        {"id": str(n), FIELD: f"R-{n}", "create_time": f"2025-0{n}-01 10:00:00"} for n in range(1, 7)
    ]  # oldest first, as it may be
    account = Account(answers=(ok(rows[:2]), ok(rows[2:4]), ok(rows[4:]), ok([])), profile_=profile(rows="2"))
    assert account.backend.existing(["R-6", "R-1", "R-9"]) == {"R-6": "6", "R-1": "1"}
    assert account.notices == []


def test_an_order_whose_id_cannot_be_read_exists_all_the_same() -> None:
    row = {"id": ["9"], FIELD: "R-1", "create_time": "2025-07-04 08:00:00"}
    with pytest.raises(BadAnswer, match="'R-1' whose id cannot be read"):
        Account(answers=(ok([row]),)).backend.existing(["R-1"])
    assert Account(answers=(ok([row]),)).backend.existing(["R-2"]) == {}


def test_a_file_is_looked_up_at_once_and_later_only_what_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(creates, "MAX_AT_ONCE", 3)
    account = aged(9, 3, 3, 2, 2, 1, 1)
    sender = account.backend.sender
    orders = [VENDOR.prepare("create", draft(reference=f"R-{n}"), account.backend.profile) for n in range(6)]
    orders[4] = VENDOR.prepare("create", draft(reference="D-2"), account.backend.profile)
    outcomes: list[str] = []
    for prepared in sender.plan(orders):
        try:
            outcomes.append(sender.write(prepared).outcome)
        except Conflict:
            outcomes.append("conflict")
    assert outcomes == ["created"] * 4 + ["conflict", "created"]
    assert asked(account) == [1, 2, 3, 4, 1, 2, 3], "the second look ends at a page that the first one saw"
    assert len(account.notices) == 1
    assert "3 references were not found since 2025-06-27" in account.notices[0]


def test_a_look_up_that_failed_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(creates, "MAX_AT_ONCE", 3)
    account = Account(faults=("lost-before*4@orderQuery",))
    sender = account.backend.sender
    orders = [VENDOR.prepare("create", draft(reference=f"R-{n}"), account.backend.profile) for n in range(3)]
    written = iter(sender.plan(orders))
    with pytest.raises(Temporary):
        sender.write(next(written))
    assert [sender.write(prepared).outcome for prepared in written] == ["created", "created"]


def test_an_operator_finds_each_reference_by_itself() -> None:
    account = aged(30, 9, 3, settings={"operators": LIVE})
    with pytest.raises(Conflict):
        account.add("D-30")
    assert account.notices == []


def test_without_a_field_one_line_names_the_remedy() -> None:
    account = Account(profile_=profile(reference_field=None))
    account.add("R-1")
    account.add("R-2")
    (notice,) = account.notices
    assert notice == (
        "profile field has no reference_field, so Qince does not store the reference: orders created elsewhere are not"
        " found; add it (orderctl vendors qince)"
    )


# The servers that clients of Qince have met


LIVE_SERVER = {"queries": "live", "times": "milliseconds", "return-code": "text", "currencies": "several"}


@pytest.mark.parametrize("operators", [{}, LIVE])
@pytest.mark.parametrize("times", ["milliseconds", "text"])
def test_a_server_as_the_client_in_production_expects_it(operators: dict[str, str], times: str) -> None:
    works_with(Account(switches={**LIVE_SERVER, "times": times}, profile_=profile(operators=operators, rows="2")))


@pytest.mark.parametrize("operators", [{}, {"equal": "EQ"}, ALL])
def test_a_server_as_the_page_of_the_vendor_has_it(operators: dict[str, str]) -> None:
    works_with(Account(switches={"queries": "strict"}, profile_=profile(operators=operators, rows="2")))


def works_with(account: Account) -> None:
    """Create, get, list what changed and push."""
    made = []
    for number in range(5):
        account.clock = NOW + dt.timedelta(days=number)
        made.append(account.add(f"R-{number}"))
        with pytest.raises(Conflict):
            account.add(f"R-{number}")
    assert account.backend.get(made[0]).created_at == NOW
    assert account.backend.find("R-2").id == made[2]
    account.clock = NOW + dt.timedelta(days=6)
    assert account.backend.push(made[1], Move(by=HTS)).outcome == "pushed"

    def changed(since: dt.datetime) -> list[str]:
        plan = listing.plan(Query(changed_since=since), VENDOR, limit=None, read_all=True)
        return [o.id for o in listing.read(account.backend.backend, plan, note=lambda _: None).orders]

    assert changed(NOW + dt.timedelta(days=3)) == [made[1], *made[3:]]
    assert changed(account.clock) == [made[1]], "an order of that very moment is shown"
    assert changed(account.clock + dt.timedelta(milliseconds=1)) == []


# References, changed


def test_a_reference_may_be_changed() -> None:
    account = Account()
    made = account.add()
    account.backend.update(made, change(reference="R-9"))
    assert account.backend.get(made).reference == "R-9"


# What an answer means


@pytest.mark.parametrize(
    "data",
    ["6066483328179541690", 6066483328179541690, '{"id":6066483328179541690}', '"6066483328179541690"', {"id": "6066483328179541690"}],
)  # fmt: skip
@pytest.mark.parametrize("code", [0, "0"])
def test_a_new_id_is_read_in_every_shape(data: Any, code: Any) -> None:
    account = Account(answers=(ok(data, return_code=code, return_msg=None),))
    assert account.backend.create(draft()).id == "6066483328179541690"


@pytest.mark.parametrize("data", [None, "", "0", "{}", "{bad", "x", [], 6.5, True, "６"])
def test_ok_without_an_id_is_looked_for_and_else_unknown(data: Any) -> None:
    found = json.dumps([{"id": "9", FIELD: "R-1", "create_time": "2025-07-04 08:51:10"}])
    exact = profile(operators=ALL)
    assert Account(answers=(ok(data), ok(found)), profile_=exact).backend.create(draft()).id == "9"
    with pytest.raises(OutcomeUnknown, match="not found"):
        Account(answers=(ok(data), ok("[]")), profile_=exact).backend.create(draft())
    with pytest.raises(OutcomeUnknown, match="cannot be looked up"):
        Account(answers=(ok(data),), profile_=profile(reference_field=None)).backend.create(draft())


def test_an_order_that_may_be_an_older_one_is_named_and_not_taken_for_the_new_one() -> None:
    older = ok([{"id": "555", "create_time": {"value": "2020-01-01 10:00:00"}, FIELD: "R-1"}])
    for operators in ({}, {"at_least": "GE"}):
        account = Account(answers=(ok(""), older), profile_=profile(operators=operators))
        with pytest.raises(OutcomeUnknown, match="order 555 has that reference and may be an older one"):
            account.backend.create(draft())
    with pytest.raises(OutcomeUnknown, match="not found"):
        Account(answers=(ok(""), ok("[]"))).backend.create(draft())


@pytest.mark.parametrize("data", ["", None, [], "[]", {}, {"list": []}, {"data": None}, "null", "   "])
def test_an_empty_page_comes_in_every_shape(data: Any) -> None:
    assert Account(answers=(ok(data),)).ids() == []


@pytest.mark.parametrize("data", ["nonsense", '{"a":1}', {"a": 1}, 7, "7", {"rows": "x"}])
def test_a_page_that_makes_no_sense_is_a_bad_answer(data: Any) -> None:
    with pytest.raises(BadAnswer, match="no rows"):
        Account(answers=(ok(data),)).ids()


WRITES = [lambda a: a.backend.create(draft()), lambda a: a.backend.update("1", change(set=own(check_rule="1"))),
          lambda a: a.backend.push("1", Move(by=HTS))]  # fmt: skip


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize(
    "answer,kind",
    [
        ({"return_code": 1, "return_msg": "查重失败"}, Refused),
        ({"return_code": "1", "return_msg": None}, Refused),
        ({"return_code": 40013, "return_msg": "busy"}, OutcomeUnknown),
        ({"return_code": 40013, "return_msg": "Digest error"}, OutcomeUnknown),
        ({"return_code": 5, "return_msg": "订单已保存,签名回调失败"}, OutcomeUnknown),
        ({"return_code": 1, "return_msg": "签名错误"}, LoginRefused),
        ({"return_msg": "ok"}, OutcomeUnknown),
        ({"return_code": [], "return_msg": "ok"}, OutcomeUnknown),
        ([], OutcomeUnknown),
        (b"<html>wrong address</html>", OutcomeUnknown),
        (b"", OutcomeUnknown),
    ],
)
def test_what_is_not_a_documented_no_is_unknown_for_a_write(write: Any, answer: Any, kind: type[OrderctlError]) -> None:
    account = Account(answers=(answer,))
    with pytest.raises(OrderctlError) as failed:
        write(account)
    assert type(failed.value) is kind
    assert len(account.calls) == 1


@pytest.mark.parametrize(
    "answer,kind",
    [
        ({"return_code": 40013, "return_msg": "busy"}, Refused),
        ({"return_code": 40013, "return_msg": "appkey"}, LoginRefused),
        ({"return_msg": "ok"}, BadAnswer),
        ([], BadAnswer),
        (b"<html>wrong address</html>", BadAnswer),
    ],
)
def test_a_read_that_fails_changes_nothing(answer: Any, kind: type[OrderctlError]) -> None:
    with pytest.raises(OrderctlError) as failed:
        Account(answers=(answer,)).backend.ping()
    assert type(failed.value) is kind


@pytest.mark.parametrize(
    "status,kind",
    [
        (400, Refused),
        (401, LoginRefused),
        (404, Refused),
        (429, RateLimited),
        (500, OutcomeUnknown),
        (503, OutcomeUnknown),
    ],
)
def test_a_status_counts_where_it_is_not_200(status: int, kind: type[OrderctlError]) -> None:
    account = Account(answers=({"return_code": 1, "return_msg": "保存失败！"},), status=status)
    with pytest.raises(OrderctlError, match="保存失败") as failed:
        account.backend.create(draft())
    assert type(failed.value) is kind


@pytest.mark.parametrize("fault", ["lost-after", "lost-before", "half-body", "500-after", "html", "empty", "bad-gzip"])
def test_a_write_whose_answer_is_lost_is_unknown_and_sent_once(fault: str) -> None:
    account = Account(faults=(f"{fault}@orderAdd",))
    with pytest.raises(OutcomeUnknown):
        account.add()
    assert len(account.store.calls()) <= 1


def test_a_read_is_tried_again() -> None:
    account = Account(faults=("lost-after*2@orderQuery", "503*1@orderQuery"))
    assert account.ids() == []
    with pytest.raises(Temporary):
        Account(faults=("lost-after@orderQuery",)).ids()


def test_the_base_may_hold_api_as_the_console_shows_it() -> None:
    account = Account(profile_=replace(profile(), url="https://acme.example/api/"))
    account.ids()
    assert account.wire.paths[0].startswith("/api/ig/v1/orderQuery/")


# A currency


def test_a_dropped_currency_is_reported() -> None:
    account = Account()
    (note,) = account.backend.create(draft(currency="EUR")).notes
    assert note == "Qince dropped the currency 'EUR': the order is in the base currency"
    several = Account(switches={"currencies": "several"})
    receipt = several.backend.create(draft(currency="EUR"))
    assert receipt.notes == ()
    assert several.backend.get(receipt.id).currency == "EUR"
    with pytest.raises(Refused):
        several.backend.create(draft(reference="R-2", currency="XXX"))


def test_another_currency_is_named_and_a_lost_read_is_reported() -> None:
    told_ = ok(json.dumps([{"id": "5", "currency_type": {"code": "CNY", "label": "人民币"}}]))
    (note,) = Account(answers=(ok("5"), told_)).backend.create(draft(currency="EUR")).notes
    assert note.endswith("the order is in CNY")
    for answer in (ok("[]"), {"return_code": 1, "return_msg": ""}):
        (note,) = Account(answers=(ok("5"), answer)).backend.create(draft(currency="EUR")).notes
        assert "cannot be read back" in note


# Lists


@pytest.mark.parametrize("operators", [{}, ALL, LIVE])
def test_filters_give_the_same_at_the_vendor_and_here(operators: dict[str, str]) -> None:
    account = Account(profile_=profile(operators=operators, rows="2"))
    made = []
    for number in range(5):
        account.clock = NOW + dt.timedelta(days=number)
        made.append(account.add(f"R-{number}"))
    account.clock = NOW + dt.timedelta(days=9)
    account.backend.push(made[1], Move(by=HTS))
    account.backend.update(made[1], change(set={FIELD: own(x="changed")["x"]}))

    def ids(**query: Any) -> list[str]:
        plan = listing.plan(Query(**query), VENDOR, limit=None, read_all=True)
        return [o.id for o in listing.read(account.backend.backend, plan, note=lambda _: None).orders]

    assert ids() == made
    assert ids(since=NOW + dt.timedelta(days=2), until=NOW + dt.timedelta(days=4)) == made[2:4]
    assert ids(since=NOW + dt.timedelta(days=2, microseconds=1)) == made[3:]
    assert ids(changed_since=NOW + dt.timedelta(days=8)) == [made[1]]
    assert ids(customer=CUSTOMER) == made
    assert ids(customer="1") == []
    assert ids(reference="changed") == [made[1]]
    assert ids(status="in_progress") == [made[1]]
    assert ids(status="APPROVED") == [made[0], *made[2:]]
    assert ids(where={"approval_status": ("", ("APPROVING",))}) == [made[1]]
    assert ids(where={"order_total_amount": ("", ("4",))}) == made
    assert ids(where={"Order_Total_Amount": ("", ("5",))}) == []
    assert ids(where={"quotation_id": ("", ("",))}) == made
    assert ids(where={"name": ("IN", (f"DD{NOW + dt.timedelta(days=3):%Y%m%d}00004",))}) == [made[3]]
    assert ids(sort="created_at", descending=True) == made[::-1]


def test_a_wrong_operator_of_the_profile_is_a_config_problem() -> None:
    for operators, word in (({"equals": "EQ"}, "there is no 'equals'"), ({"equal": "E" * 11}, "more than 10")):
        with pytest.raises(ConfigError, match=word):
            VENDOR.check_query(Query(), profile(operators=operators))


@pytest.mark.parametrize("rows", ["0", "abc", "-1", "1.5", "9" * 30, ""])
def test_a_profile_whose_pages_have_no_rows_is_a_config_problem(rows: str) -> None:
    account = Account(profile_=profile(rows=rows))
    backend = account.backend.backend
    for read in (lambda: backend.read(OrderKey(id="5")), lambda: backend.page(Query(), None)):
        with pytest.raises(ConfigError, match="rows"):
            read()
    assert account.calls == []


def test_a_long_page_that_was_cut_is_not_taken_for_the_last() -> None:
    rows = [{"id": str(n), "create_time": ROW["create_time"]} for n in range(1, 301)]
    account = Account(answers=(ok(rows[:150]), ok(rows[150:]), ok([])), profile_=profile(rows="1000"))
    plan = listing.plan(Query(), VENDOR, limit=None, read_all=True)
    found = listing.read(account.backend.backend, plan, note=lambda _: None)
    assert len(list(found.orders)) == 300
    assert [body["page"] for _, body in account.calls] == [1, 2, 3]


def test_a_server_that_ignores_the_page_does_not_hold_a_search_for_ever() -> None:
    rows = json.dumps(ok([{"id": str(n)} for n in range(100)])).encode()
    account = Account(answers=(rows,))
    with pytest.raises(BadAnswer, match="a page repeats an earlier one"):
        account.backend.read(OrderKey(id="777"))
    assert [body["page"] for _, body in account.calls] == [1, 2, 2]


@pytest.mark.parametrize("most", ["1", "2", "7"])
def test_lines_and_searches_are_whole_where_the_server_makes_short_pages(most: str) -> None:
    account = Account(switches={"rows-max": most})
    made = [account.add(f"R-{n}", lines=(line(),) * 3) for n in range(8)]
    assert account.backend.find("R-7").id == made[7]
    assert [len(account.backend.lines(order)) for order in made] == [3] * 8


def test_a_search_has_an_end_whatever_the_pages_hold() -> None:
    """Pages that take turns are nonsense; pages that are always new end after ten minutes' worth of them."""
    pages = [[{"id": f"{page}{n:03}"} for n in range(100)] for page in (1, 2)]
    account = Account(answers=tuple(ok(pages[n % 2]) for n in range(9)))
    with pytest.raises(BadAnswer, match="a page repeats an earlier one"):
        account.backend.read(OrderKey(id="777"))
    assert [body["page"] for _, body in account.calls] == [1, 2, 3, 3]
    numbers = count(1)

    def endless(_environ: Any, start: Any) -> list[bytes]:
        start("200 .", [])
        return [json.dumps(ok([{"id": str(next(numbers))} for _ in range(100)])).encode()]

    account = Account(transport=http.wsgi(endless))
    with pytest.raises(BadAnswer, match="has no end"):
        account.backend.find("R-1")
    assert next(numbers) == 120_001


@pytest.mark.parametrize("row", [{"id": {"a": 1}}, {"id": ["5"]}, {"id": "x", "name": []}, {}, {"id": None}])
def test_an_odd_row_does_not_hide_an_order(row: dict[str, Any]) -> None:
    account = Account(answers=(ok([row, {"id": {"id": "5"}, FIELD: "R-1"}]),))
    assert account.backend.read(OrderKey(id="5")).id == "5"
    assert account.backend.find("R-1").id == "5"
    alone = Account(answers=(ok([row]),))
    for search in (alone.backend.get, alone.backend.find):
        with pytest.raises(NotFound):
            search("5")


def test_an_order_with_the_reference_and_an_odd_id_is_not_passed_over() -> None:
    """It would be made a second time."""
    with pytest.raises(BadAnswer, match="without a usable id"):
        Account(answers=(ok([{"id": ["5"], FIELD: "R-1"}]),)).backend.find("R-1")


def test_an_id_is_one_to_the_letter() -> None:
    with pytest.raises(NotFound):
        Account(answers=(ok([{"id": "5"}]),)).backend.read(OrderKey(id="005"))
    lines = ok([{"id": "7", "order_id": {"id": "9", "name": "5"}}, {"id": "8", "order_id": {"id": 5}}])
    assert [line.id for line in Account(answers=(ok([{"id": 5}]), lines)).backend.lines("5")] == ["8"]


def test_odd_rows_do_not_break_a_list() -> None:
    odd: list[Any] = [
        "text", None, 7, {}, {"name": "no id"}, {"id": {}}, {"id": 9007199254740993, "customer": "5", "new_key": [1]},
        {"id": "2", "status": {"code": "VOID"}, "approval_status": {"code": "APPROVED"}, "create_time": "soon"},
        {"id": "3", "approval_status": {"label": "已拒绝"}, "customer": {"name": "x"}, "order_total_amount": {"v": 1},
         "create_time": {"value": 1741850626000}, "receipt_address": "Nanjing", "receipt_phone": "1", "currency_type": "CNY"},
        {"id": "4", "status": "NORMAL", "approval_status": "REJECTED", FIELD: {"value": {}}, "customer": []},
    ]  # fmt: skip
    page = Account(answers=(ok(odd),)).backend.page(Query(), None)
    assert [o.id for o in page.orders] == ["9007199254740993", "2", "3", "4"]
    assert len(page.errors) == 6
    number, void, refused, rejected = page.orders
    assert number.customer.id == "5"
    assert (number.vendor_status, number.status, number.steps) == (None, Status.UNKNOWN, ())
    assert number.extra == {"new_key": [1]}
    assert (void.vendor_status, void.status, void.created_at) == ("VOID", Status.UNKNOWN, None)
    assert void.extra["create_time"] == "soon"
    assert (refused.vendor_status, refused.customer.name, refused.total) == ("已拒绝", "x", None)
    assert refused.created_at == dt.datetime(2025, 3, 13, 7, 23, 46, tzinfo=dt.UTC)
    assert (refused.customer.address, refused.customer.phone, refused.currency) == ("Nanjing", "1", "CNY")
    assert (rejected.status, rejected.reference) == (Status.FAILED, None)


def test_a_profile_maps_statuses_of_its_own() -> None:
    mapped = replace(profile(), statuses={"approved": Status.COMPLETED})
    assert decode({"id": "1", "approval_status": {"code": "APPROVED"}}, mapped).status is Status.COMPLETED


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20), lambda v: st.lists(v, max_size=3) | st.dictionaries(st.text(max_size=5), v, max_size=3), max_leaves=8
)  # fmt: skip
keys = st.sampled_from(
    ["id", "customer", "status", "approval_status", "create_time", "currency_type", "pd_id", "pd_count", FIELD]
)


@given(st.dictionaries(keys, json_values, max_size=6), st.text(max_size=5))
@settings(max_examples=300, deadline=None)
def test_whatever_a_row_holds_it_is_read_or_reported(row: dict[str, Any], wanted: str) -> None:
    page = Account(answers=(ok([row]),)).backend.page(Query(where={"customer": ("", (wanted,))}), None)
    assert len(page.orders) + len(page.errors) <= 1
    decode_row(row)
    for value in row.values():
        assert matches(value, wanted) in {True, False}


@given(json_values)
@settings(max_examples=100, deadline=None)
def test_whatever_an_answer_is_it_is_one_of_our_errors(answer: Any) -> None:
    for said in (answer, ok(answer)):
        for verb in ("ids", "add", "get"):
            account = Account(answers=(said,))
            with suppress(OrderctlError):
                account.backend.get("5") if verb == "get" else getattr(account, verb)()


# One order


@pytest.mark.parametrize("operators", [{}, ALL])
def test_an_order_is_read_with_its_lines_only(operators: dict[str, str]) -> None:
    account = Account(profile_=profile(operators=operators, rows="2"))
    made = []
    for number in range(4):
        account.clock = NOW + dt.timedelta(days=number)
        made.append(account.add(f"R-{number}", lines=(line(price=number + 1), line(quantity="1.25"))))
    order = account.backend.get(made[1])
    assert [(o.unit_price, o.quantity) for o in order.lines] == [
        (Decimal(2), Decimal(2)),
        (Decimal(2), Decimal("1.25")),
    ]
    assert account.backend.lines(made[1]) == order.lines
    assert (order.reference, order.total) == ("R-1", Decimal("6.50"))
    with pytest.raises(NotFound, match="has no order"):
        account.backend.get("5")
    with pytest.raises(NotFound, match="has no order"):
        account.backend.lines("5")


def test_a_search_for_lines_ends_before_the_order_was_made() -> None:
    account = Account(profile_=profile(rows="2"))
    for number in range(6):
        account.clock = NOW + dt.timedelta(days=number)
        made = account.add(f"R-{number}")
    account.calls.clear()
    account.backend.lines(made)
    assert [operation for operation, _ in account.calls] == ["orderQuery", "orderDetailQuery"]


def test_an_id_that_is_none_is_not_looked_for() -> None:
    account = Account()
    with pytest.raises(NotFound) as missing:
        account.backend.get("DD2025062700048")
    assert "--where name=DD2025062700048" in missing.value.hint
    assert account.calls == []
    with pytest.raises(UsageError, match="no parameters"):
        account.backend.get("5", own(x="1"))


def test_another_order_than_asked_for_is_not_taken() -> None:
    with pytest.raises(NotFound):
        Account(answers=(ok([{"id": "6"}]),)).backend.get("5")


def test_an_update_changes_header_rows_and_adds_rows() -> None:
    account = Account()
    made = account.add()
    (row,) = account.backend.lines(made)
    account.backend.update(
        made,
        change(
            line(id=row.id, sku=None, quantity=None, price=None, unit=None, remark__c="x"), line(quantity=1, price="3.10"),
            set=own(whole_order_discount="0.5", receipt_info="5830274416920057733", field_QxaDA__c="2025-03-13"),
        ),
    )  # fmt: skip
    order = account.backend.get(made)
    assert order.total == Decimal("3.55")
    assert (order.customer.phone, order.extra["receipt_name"]) == ("13800000000", "张三")
    assert order.extra["field_QxaDA__c"] == {"format": "YYYY-MM-DD", "value": "2025-03-13"}
    assert [o.extra.get("remark__c") for o in order.lines] == ["x", None]


def test_a_row_of_another_order_is_not_touched() -> None:
    account = Account()
    mine, other = account.add("R-1"), account.add("R-2")
    (row,) = account.backend.lines(other)
    account.calls.clear()
    with pytest.raises(Conflict, match="nothing was changed"):
        account.backend.update(mine, change(line(id=row.id, sku=None, quantity=None, price=None, unit=None, a__c="x")))
    assert "orderEdit" not in [operation for operation, _ in account.calls]


def test_text_comes_back_as_it_was() -> None:
    account = Account()
    for number, text in enumerate((NASTY, "x" * 10_000, " ", "0")):
        made = account.add(f"{text}{number}", set=own(remark__c=text))
        order = account.backend.get(made)
        assert (order.reference, order.extra["remark__c"]) == (f"{text}{number}", text)
        assert account.backend.find(f"{text}{number}").id == made


@given(st.decimals(min_value=0, max_value=10**9, places=2), st.decimals(min_value="0.01", max_value=10**6, places=2))
@settings(max_examples=50, deadline=None)
def test_decimals_keep_every_digit(price: Decimal, quantity: Decimal) -> None:
    account = Account()
    made = account.add(lines=(line(price=price, quantity=quantity),))
    sent = account.calls[1][1]["slave_fields"]["ig_order_detail"][0]
    assert (sent["actual_price"], sent["pd_count"]) == (format(price, "f"), format(quantity, "f"))
    (row,) = account.backend.lines(made)
    assert (row.unit_price, row.quantity) == (price, quantity)


@pytest.mark.parametrize("zone", ["Europe/Kyiv", "Asia/Shanghai", "America/New_York", "UTC"])
def test_times_keep_their_instant_in_every_zone(zone: str) -> None:
    account = Account(profile_=profile(zone, operators=ALL))
    made = account.add()
    assert account.backend.get(made).created_at == NOW
    assert account.ids(since=NOW, until=NOW + dt.timedelta(seconds=1)) == [made]
    assert account.ids(since=NOW + dt.timedelta(seconds=1)) == []


# What cannot be done, raw calls, secrets


def test_what_qince_cannot_do_names_what_it_can() -> None:
    account = Account()
    missing = {Capability.CANCEL: "update ID", Capability.COMMENTS: "get ID", Capability.FIELDS: "orderctl schema"}
    assert missing.keys() == set(Capability) - VENDOR.capabilities
    given: dict[str, tuple[Any, ...]] = {"cancel": ("5", None), "comments": ("5", ()), "fields": ()}
    for capability, word in missing.items():
        with pytest.raises(Unsupported) as refused:
            getattr(account.backend, capability)(*given[capability])
        assert word in refused.value.hint
    assert account.calls == []


def test_a_raw_call_is_signed() -> None:
    account = Account()
    body = b'{"page": 1,  "rows": "5", "sorts": [], "query_group": []}'
    reply = account.backend.send_raw(
        "POST", "/api/ig/v1/orderQuery", params=(), body=body, content_type="application/json"
    )
    assert json.loads(reply.body)["return_code"] == 0
    assert account.wire.bodies == [body]
    params = (("page", "1"), ("rows", "2"))
    reply = account.backend.send_raw("POST", "/api/ig/v1/orderEdit", params=params, body=None, content_type="x")
    assert account.wire.bodies[1] == b'{"page": "1", "rows": "2"}'
    assert json.loads(reply.body)["return_code"] == 1
    reply = account.backend.send_raw("GET", "/api/ig/v1/orderQuery", params=params, body=None, content_type="x")
    assert reply.status == 405


def connection(client: http.Client, **secrets: str) -> Connection:
    return Connection(
        profile=profile(), secrets=secrets, reader=client.reader(), notice=print, state=lambda: Path("unused")
    )


def test_a_dry_run_shows_the_requests_without_openid_and_digest() -> None:
    dry = http.DryRun()
    client = http.Client(dry)
    backend = Writes(VENDOR.connect(connection(client, openid="***", appkey="***")), client)
    row = line(id="7", sku=None, quantity=None, price=None, unit=None, a__c="1")
    backend.dry_run("create", draft(currency="EUR"))
    backend.dry_run("update", OrderChange(lines=(row,)), OrderKey(id="5"))
    backend.dry_run("push", Move(by=HTS), OrderKey(reference="R-1"))
    for read in (backend.get, backend.find):
        with suppress(DryRunStop):
            read("5")
    operations = [request["url"].split("/")[6] for request in dry.requests]
    assert operations == ["orderAdd", "orderEdit", "orderEdit", "orderQuery", "orderQuery"]
    assert [json.loads(request["body"]).get("data_id") for request in dry.requests[1:3]] == ["5", "<id>"]
    for request in dry.requests:
        parts = request["url"].split("/")
        assert parts[7] == "***"
        assert len(parts[8]) == 14
        assert parts[9] == "<digest>"
        assert len(parts[10]) == 32
    assert json.loads(dry.requests[0]["body"])["fields"]["currency_type"] == "EUR"


def test_no_openid_or_digest_shows_in_traces_and_errors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction, "SECRETS", redaction.Redactor())
    VENDOR.connect(connection(http.Client(http.DryRun()), openid="x", appkey="y"))
    path = tmp_path / "trace.txt"

    echoed: list[str] = []

    def echo(environ: Any, start: Any) -> list[bytes]:
        echoed.append(environ["PATH_INFO"])
        start("302 .", [("Location", f"https://elsewhere.example{environ['PATH_INFO']}")])
        path = environ["PATH_INFO"]
        shown = [path.replace("/", slash) for slash in ("/", "\\/", "%2F")]
        digest = path.split("/")[7]
        shown += [digest, digest.upper(), *(f"me{slash}{digest}{slash}" for slash in ("%252F", "&#x2F;", "\\u002f"))]
        return [" ".join(shown).encode()]

    openid = "5465103569540931532"
    trace = Trace(path)
    account = Account(
        transport=http.wsgi(echo), trace=trace, secrets={"openid": openid, "appkey": "BFCO0PAgIUgd50c0l6"}
    )
    for attempt in (account.backend.ping, lambda: account.backend.create(draft())):
        with pytest.raises(OrderctlError) as failed:
            attempt()
        assert openid not in redaction.redact(failed.value.message)
    trace.close()
    said = path.read_text()
    assert "/api/ig/v1/orderQuery/***/20250704085109/***/" in said
    for sent in echoed:
        assert openid in sent
        for secret in (openid, sent.split("/")[7]):
            assert secret.lower() not in said.lower()


@pytest.mark.parametrize("openid", ["abc", "a b", "é~x*y", "100%"])
def test_whatever_an_openid_is_made_of_our_own_trace_hides_it(openid: str, tmp_path: Path) -> None:
    trace = Trace(tmp_path / "trace.txt")
    account = Account(transport=http.wsgi(Wire(canned((ok([]),), 200))), trace=trace,
                      secrets={"openid": openid, "appkey": "k"})  # fmt: skip
    account.backend.ping()
    trace.close()
    assert "/api/ig/v1/orderQuery/***/20250704085109/***/" in (tmp_path / "trace.txt").read_text()


def test_every_call_has_a_time_of_china_and_an_id_of_its_own() -> None:
    backend = VENDOR.connect(connection(http.Client(http.DryRun()), openid="1", appkey="2"))
    assert isinstance(backend, Qince)
    first, second = (backend._request("POST", "/x", "x", b"").url.split("/") for _ in range(2))  # noqa: SLF001
    assert first[-1] != second[-1]
    assert len(first[-1]) == 32
    stamp = dt.datetime.strptime(first[-3], "%Y%m%d%H%M%S").replace(tzinfo=dt.timezone(dt.timedelta(hours=8)))
    assert abs(dt.datetime.now(dt.UTC) - stamp) < dt.timedelta(minutes=5)


def test_an_openid_is_escaped() -> None:
    backend = VENDOR.connect(connection(http.Client(http.DryRun()), openid="a/b?c", appkey="2"))
    assert isinstance(backend, Qince)
    assert "/a%2Fb%3Fc/" in backend._request("POST", "/x", "x", b"").url  # noqa: SLF001


def test_moto_is_in_the_example() -> None:
    assert VENDOR.example.lines[0].sku == MOTO
    assert not told("create", VENDOR.example)
    assert not warned("create", VENDOR.example)


@pytest.mark.parametrize("value", [["R-1"], {"label": "R-1"}])
def test_a_reference_that_cannot_be_read_is_not_an_absent_one(value: Any) -> None:
    row = {"id": "9", "field_ab12c__c": value}
    account = Account(answers=(ok(json.dumps([row])),), profile_=profile(operators=ALL))
    with pytest.raises(BadAnswer, match="a reference that cannot be read"):
        account.backend.existing(["R-1"])
