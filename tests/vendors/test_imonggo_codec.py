"""Imonggo's orders in our words and back: every field of its tables, every odd shape of its answers."""

import datetime as dt
import re
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import Element, fromstring
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderctl.backend.fields import parse_decimal
from orderctl.backend.vendor import Profile
from orderctl.drafts import parse_settings
from orderctl.errors import BadAnswer, UsageError
from orderctl.frozen import replace
from orderctl.http.wire import not_xml, read_xml, write_xml
from orderctl.model import Customer, DraftLine, Move, OrderChange, OrderDraft, Query, Setting, Status
from orderctl.vendors.imonggo.answers import decode, message_in, order_named, rows
from orderctl.vendors.imonggo.fields import FIELDS, check_query, encode, encode_query, prepare
from orderctl.vendors.imonggo.orders import VENDOR, raw_reads

PROFILE = Profile(name="till", vendor="imonggo", url="https://acme.c3.imonggo.com")
KYIV = replace(PROFILE, zone=ZoneInfo("Europe/Kyiv"))
LINE = DraftLine(sku="54018", quantity=Decimal(20))

# The vendor's examples, verbatim.
EXAMPLE_1 = """<order>
  <remark>Sample order with units</remark>
  <target_delivery_date>2014-05-01</target_delivery_date>
  <order_lines type="array">
    <order_line>
      <product_id>54018</product_id>
      <quantity>20</quantity>
    </order_line>
  </order_lines>
</order>"""
EXAMPLE_2 = """<order>
  <remark>Hello mark</remark>
  <order_lines type="array">
    <order_line>
      <product_id>11716</product_id>
      <quantity>9</quantity>
    </order_line>
    <order_line>
      <product_id>12806</product_id>
      <quantity>120</quantity>
      <unit_id>10</unit_id>
      <unit_name>CASE</unit_name>
      <unit_quantity>10</unit_quantity>
      <unit_content_quantity>12</unit_content_quantity>
      <unit_retail_price>1200</unit_retail_price>
    </order_line>
  </order_lines>
</order>"""

ANSWER = b"""<?xml version="1.0" encoding="UTF-8"?>
<order>
  <id type="integer">70412</id>
  <order_no type="integer">318</order_no>
  <reference>17-204</reference>
  <order_type_code>stock_request</order_type_code>
  <serving_branch_id type="integer">3</serving_branch_id>
  <target_delivery_date type="date">2026-03-09</target_delivery_date>
  <remark>Top up shelf 4</remark>
  <status>A</status>
  <utc_created_at type="datetime">2026-03-07T02:15:40Z</utc_created_at>
  <utc_updated_at type="datetime">2026-03-07T02:15:41Z</utc_updated_at>
  <order_lines type="array">
    <order_line>
      <line_no type="integer">1</line_no>
      <product_id type="integer">9001</product_id>
      <quantity type="decimal">36.0</quantity>
      <unit_id type="integer">4</unit_id>
      <unit_name>BOX</unit_name>
      <unit_quantity type="decimal">3.0</unit_quantity>
      <unit_content_quantity type="decimal">12.0</unit_content_quantity>
      <unit_retail_price type="decimal">450.0</unit_retail_price>
      <brand nil="true"/>
    </order_line>
  </order_lines>
</order>"""


def own(*texts: str) -> dict[str, Setting]:
    return dict(parse_settings(texts))


def sent(draft: OrderDraft, profile: Profile = PROFILE) -> Element:
    """The document that a create of the draft sends; fails where the draft is refused."""
    order, _, problems = encode(draft, profile)
    assert not problems
    return fromstring(write_xml("order", order))


def problems(draft: OrderDraft, profile: Profile = PROFILE) -> list[str]:
    return [str(problem) for problem in prepare("create", draft, profile).problems]


def answered(xml: bytes, profile: Profile = PROFILE) -> Any:
    return decode(read_xml(xml, vendor="Imonggo")[1], profile)


def same(one: Element, other: Element) -> bool:
    texts = [(e.tag, e.attrib, (e.text or "").strip()) for e in one.iter()]
    return texts == [(e.tag, e.attrib, (e.text or "").strip()) for e in other.iter()]


# What goes out


def test_documented_example_1_goes_out_unchanged_but_for_the_reference() -> None:
    assert VENDOR.example.reference == "17-204"
    element = sent(VENDOR.example)
    reference = element[0]
    assert (reference.tag, reference.text) == ("reference", "17-204")  # always sent: it keeps orders from being doubled
    element.remove(reference)
    assert same(element, fromstring(EXAMPLE_1))


def test_documented_example_2_goes_out_unchanged() -> None:
    units = own(
        "unit_id=10", "unit_name=CASE", "unit_quantity=10", "unit_content_quantity=12", "unit_retail_price=1200"
    )
    lines = (
        DraftLine(sku="11716", quantity=Decimal(9)),
        DraftLine(sku="12806", quantity=Decimal(120), set=units),
    )
    draft = OrderDraft(note="Hello mark", lines=lines)
    assert same(sent(draft), fromstring(EXAMPLE_2))
    assert not prepare("create", draft, PROFILE).warnings


VALUES = {"BOOL": "1", "DATETIME": "2026-03-09", "DECIMAL": "2.50", "INT": "7", "TEXT": "a b"}


@pytest.mark.parametrize("field", [f for f in FIELDS["create"] if not f.reserved and f.kind.name != "LINES"])
def test_every_order_field_can_be_set_by_its_own_name(field: Any) -> None:
    name = f"{field.prefix}shelf" if field.prefix else field.name
    draft = OrderDraft(lines=(LINE,), set=own(f"{name}={VALUES[field.kind.name]}"))
    order, branch, wrong = encode(draft, PROFILE)
    assert not wrong
    if field.name == "branch_id":
        assert branch == {"branch_id": "7"}
        assert "branch_id" not in order
    elif field.prefix:
        assert order["extras"] == {"shelf": "a b"}
    else:
        assert order[field.name] == {"utc_document_date": "2026-03-09T00:00:00Z"}.get(
            field.name, VALUES[field.kind.name]
        )


@pytest.mark.parametrize("field", [f for f in FIELDS["create.line"] if not f.reserved])
def test_every_line_field_can_be_set_by_its_own_name(field: Any) -> None:
    name = f"{field.prefix}shelf" if field.prefix else field.name
    given = own("product_id=1", "quantity=1") | own(f"{name}={VALUES[field.kind.name]}")
    element = sent(OrderDraft(lines=(DraftLine(set=given),)))
    value = element.find(f"order_lines/order_line/{name.replace('.', '/')}")
    assert value is not None
    assert value.text == VALUES[field.kind.name]


@pytest.mark.parametrize(
    "call, name", [(c, f.name) for c in ("create", "create.line") for f in FIELDS[c] if f.reserved]
)
def test_what_the_vendor_fills_cannot_be_set(call: str, name: str) -> None:
    given = own(f"{name}=1")
    line = replace(LINE, set=given) if call == "create.line" else LINE
    draft = OrderDraft(lines=(line,), set={} if call == "create.line" else given)
    (said_,) = problems(draft)
    assert "Imonggo fills it itself" in said_


def test_common_words_map_as_the_contract_has_them() -> None:
    line = DraftLine(sku="9001", quantity=Decimal("1.50"), price=Decimal("0.10"))
    element = sent(OrderDraft(reference="R", note="N", due=dt.date(2026, 3, 9), lines=(line,)))
    assert {e.tag: e.text for e in element.iter() if e.text} == {
        "reference": "R",
        "remark": "N",
        "target_delivery_date": "2026-03-09",
        "product_id": "9001",
        "quantity": "1.50",
        "retail_price": "0.10",
    }


@pytest.mark.parametrize(
    "draft, problem",
    [
        (OrderDraft(title="T", lines=(LINE,)), "--title: this vendor does not support it"),
        (OrderDraft(customer=Customer(code="C"), lines=(LINE,)), "--customer: this vendor does not support it"),
        (OrderDraft(currency="EUR", lines=(LINE,)), "--currency: this vendor does not support it"),
        (OrderDraft(total=Decimal(1), lines=(LINE,)), "--total: this vendor does not support it"),
        (OrderDraft(status="A", lines=(LINE,)), "--status: this vendor does not support it"),
        (OrderDraft(paid=True, lines=(LINE,)), "--paid: this vendor does not support it"),
        (OrderDraft(files=("a.pdf",), lines=(LINE,)), "--file: Imonggo does not support attachments"),
        (OrderDraft(), "--line: is required: at least one order line"),
        (OrderDraft(lines=(DraftLine(quantity=Decimal(1)),)), "line 1 sku: is required"),
        (OrderDraft(lines=(LINE, DraftLine(sku="1"))), "line 2 quantity: is required"),
        (OrderDraft(lines=(replace(LINE, sku="CUP-7"),)), "line 1 sku: 'CUP-7' is not a whole number"),
        (OrderDraft(lines=(replace(LINE, name="Cup"),)), "line 1 name: this vendor does not support it"),
        (OrderDraft(lines=(replace(LINE, id="1"),)), "line 1 id: this vendor does not support it"),
        (OrderDraft(lines=(LINE,), set=own("remarks=x")), "did you mean 'remark'?"),
        (OrderDraft(lines=(LINE,), set=own("extras.a b=x")), "an attribute's name has letters"),
        (OrderDraft(lines=(replace(LINE, set=own("extras.1=x")),)), "line 1 extras.1: an attribute's name"),
        (OrderDraft(note="bell \a", lines=(LINE,)), r"remark: holds the character \x07, which XML cannot"),
        (OrderDraft(note=" \n", lines=(LINE,)), "remark: is blank"),
        (OrderDraft(note="\ufffe", lines=(LINE,)), r"remark: holds the character \ufffe"),
        (OrderDraft(due=dt.datetime(2026, 3, 9, 14, 30, tzinfo=dt.UTC), lines=(LINE,)), "a day without a time"),
        (OrderDraft(lines=(LINE,), set=own("utc_document_date=2026-03-09T14:30:00.5")), "keeps whole seconds"),
        (OrderDraft(lines=(LINE,), set=own("utc_document_date=0001-01-01")), "utc_document_date: is out of range"),
        (OrderDraft(lines=(LINE,), set=own("utc_document_date=9999-12-31")), "utc_document_date: is out of range"),
        (OrderDraft(lines=(LINE,), set=own("branch_id=Main")), "'Main' is not a whole number"),
    ],
)
def test_what_cannot_be_sent_is_refused_with_the_reason(draft: OrderDraft, problem: str) -> None:
    (said_,) = problems(draft)
    assert problem in said_


def test_every_problem_of_a_file_has_its_row() -> None:
    found = prepare("create", OrderDraft(row=7, note="\a", files=("x",), lines=(DraftLine(),)), PROFILE).problems
    assert len(found) == 4
    assert {problem.row for problem in found} == {7}


@pytest.mark.parametrize(
    "units, odd",
    [
        (("unit_quantity=10", "unit_content_quantity=12"), False),
        (("unit_quantity=9", "unit_content_quantity=12"), True),
        (("unit_quantity=9",), False),
        (("unit_quantity:=[]", "unit_content_quantity=12"), False),
    ],
)
def test_units_that_do_not_add_up_are_worth_a_warning(units: tuple[str, ...], odd: bool) -> None:  # noqa: FBT001
    line = DraftLine(sku="12806", quantity=Decimal(120), set=own(*units))
    warnings = prepare("create", OrderDraft(lines=(line,)), PROFILE).warnings
    assert bool(warnings) is odd
    assert not odd or "line 1: quantity 120 is not 9 units of 12" in warnings[0]


def test_other_verbs_have_nothing_to_check() -> None:
    assert not prepare("push", Move(), PROFILE).problems
    assert prepare("update", OrderChange(), PROFILE).problems


def test_a_time_keeps_its_instant_and_a_bare_date_is_that_day_in_the_profiles_zone() -> None:
    day, time = own("utc_document_date=2026-03-09"), own("utc_document_date=2026-03-09T14:30")
    offset = own("utc_document_date=2026-03-09T14:30+08:00")
    found = [sent(OrderDraft(lines=(LINE,), set=s), KYIV).findtext("utc_document_date") for s in (day, time, offset)]
    assert found == ["2026-03-08T22:00:00Z", "2026-03-09T12:30:00Z", "2026-03-09T06:30:00Z"]


@given(st.text(max_size=200))
def test_any_text_is_sent_as_it_is_or_refused(text: str) -> None:
    draft = OrderDraft(note=text, lines=(LINE,))
    if text.isspace():
        assert problems(draft)
    elif not_xml(text):
        assert problems(draft)
        with pytest.raises(UsageError):
            write_xml("order", encode(draft, PROFILE)[0])
    else:
        _, value = read_xml(write_xml("order", encode(draft, PROFILE)[0]), vendor="Imonggo")
        assert value["remark"] == (text or None)


@given(st.decimals(min_value=0, max_value=10**15, allow_nan=False, allow_infinity=False, places=6))
def test_every_digit_of_a_number_is_sent(number: Decimal) -> None:
    line = replace(LINE, quantity=number, price=parse_decimal(f"{number:f}"))
    element = sent(OrderDraft(lines=(line,)))
    assert Decimal(element.findtext("order_lines/order_line/quantity") or "") == number
    assert element.findtext("order_lines/order_line/retail_price") == f"{number:f}"


# What comes in


def test_an_order_in_real_shape_is_read() -> None:
    order = answered(ANSWER)
    assert (order.id, order.number, order.reference, order.note) == ("70412", "318", "17-204", "Top up shelf 4")
    assert (order.status, order.vendor_status) == (Status.OPEN, "A")
    assert order.due_at == dt.date(2026, 3, 9)
    assert order.created_at == dt.datetime(2026, 3, 7, 2, 15, 40, tzinfo=dt.UTC)
    assert order.updated_at == dt.datetime(2026, 3, 7, 2, 15, 41, tzinfo=dt.UTC)
    assert order.extra == {"order_type_code": "stock_request", "serving_branch_id": "3"}
    (line,) = order.lines
    assert (line.sku, line.quantity, line.unit_price) == ("9001", Decimal("36.0"), None)
    assert line.extra == {
        "line_no": "1",
        "unit_id": "4",
        "unit_name": "BOX",
        "unit_quantity": "3.0",
        "unit_content_quantity": "12.0",
        "unit_retail_price": "450.0",
    }
    assert order.raw["order_lines"][0]["product_id"] == "9001"


def test_type_attributes_are_not_depended_on() -> None:
    plain = re.sub(rb' (type|nil)="[a-z]+"', b"", ANSWER)
    assert replace(answered(plain), raw=None) == replace(answered(ANSWER), raw=None)
    several = plain.replace(b"</order_line>", b"</order_line><order_line><product_id>1</product_id></order_line>")
    assert [line.sku for line in answered(several).lines] == ["9001", "1"]


@pytest.mark.parametrize(
    "lines, count",
    [
        (b"", 0),
        (b"<order_lines/>", 0),
        (b'<order_lines type="array"/>', 0),
        (b"<order_lines>none</order_lines>", 0),
        (
            b'<order_lines type="array"><order_line/><order_line><product_id>1</product_id></order_line></order_lines>',
            1,
        ),
        (b"<order_lines><line><product_id>1</product_id></line></order_lines>", 0),
    ],
)
def test_odd_lines_break_nothing_and_are_kept(lines: bytes, count: int) -> None:
    order = answered(b"<order><id>1</id>" + lines + b"</order>")
    assert len(order.lines) == count
    kept = b"none" in lines or b"<line>" in lines or b"<order_line/>" in lines
    assert ("order_lines" in order.extra) is kept


@pytest.mark.parametrize(
    "word, status",
    [
        ("A", Status.OPEN),
        ("D", Status.CANCELLED),
        ("Approved", Status.IN_PROGRESS),
        ("Voided", Status.CANCELLED),
        ("fulfilled", Status.COMPLETED),
        ("I", Status.UNKNOWN),
        ("Zufällig", Status.UNKNOWN),
    ],
)
def test_statuses(word: str, status: Status) -> None:
    order = answered(f"<order><id>1</id><status>{word}</status></order>".encode())
    assert (order.status, order.vendor_status) == (status, word)


def test_a_profile_maps_its_own_words() -> None:
    profile = replace(PROFILE, statuses={"I": Status.FAILED})
    assert answered(b"<order><id>1</id><status>I</status></order>", profile).status is Status.FAILED


def test_what_cannot_be_read_is_kept_as_it_came() -> None:
    order = answered(
        b"<order><id>1</id><utc_created_at>soon</utc_created_at><target_delivery_date>?</target_delivery_date>"
        b"<new><a>1</a></new><order_lines><order_line><quantity>many</quantity></order_line></order_lines></order>"
    )
    assert (order.created_at, order.due_at) == (None, None)
    assert order.extra == {"utc_created_at": "soon", "target_delivery_date": "?", "new": {"a": "1"}}
    assert order.lines[0].extra == {"quantity": "many"}


@pytest.mark.parametrize("raw", [None, "x", {}, {"id": None}, {"id": {"a": 1}}, []])
def test_an_order_without_id_is_none(raw: Any) -> None:
    with pytest.raises(ValueError, match="without id"):
        decode(raw, PROFILE)


def test_rows_come_in_several_shapes() -> None:
    assert rows({"order": [1, 2]}, "order") == [1, 2]
    assert rows({"order": {"id": "1"}, "count": "3"}, "order") is None


@pytest.mark.parametrize(
    "body, words",
    [
        (b"<errors><error>A</error><error>B</error></errors>", "A; B"),
        (b"<error>A</error>", "A"),
        (b"<hash><error>Not Found</error></hash>", "Not Found"),
        (b'{"error": "A"}', "A"),
        (b'["A", "B"]', "A; B"),
        (b"HTTP Basic: Access denied.\n", "HTTP Basic: Access denied."),
        (b"<!DOCTYPE html><html><body>Sorry</body></html>", ""),
        (b'<html xmlns="http://www.w3.org/1999/xhtml"><body>Sorry</body></html>', ""),
        (b"<p>broken", ""),
        (b"", ""),
        (b"\xff\xfe", "\ufffd\ufffd"),
    ],
)
def test_the_vendors_words_are_found_in_any_shape(body: bytes, words: str) -> None:
    assert message_in(body) == words


@pytest.mark.parametrize(
    "words, order_id",
    [
        ("Reference has already been taken. Order ID [70412]", "70412"),
        ("reference has already been taken, order id: [ 7 ]", "7"),
        ("Reference has already been taken (Order ID [7]); Product [3] can't be blank", "7"),
        ("Reference has already been taken", None),
        ("Reference [5] has already been taken", None),
    ],
)
def test_the_order_that_a_taken_reference_names(words: str, order_id: str | None) -> None:
    assert order_named(words) == order_id


@given(st.binary(max_size=300))
def test_hostile_bytes_end_in_an_order_or_a_bad_answer(body: bytes) -> None:
    try:
        answered(body)
    except (BadAnswer, ValueError):
        return


# Lists


def query(**given_: Any) -> dict[str, str]:
    found, wrong = encode_query(Query(**given_), PROFILE)
    assert not wrong
    return found


MARCH = dt.datetime(2026, 3, 7, 2, 15, 40, 900, tzinfo=dt.UTC)


def test_words_of_a_query_become_parameters() -> None:
    assert query() == {}
    assert query(reference="R") == {"reference": "R"}
    assert query(changed_since=MARCH) == {"after": "2026-03-07T02:15:39Z"}
    assert query(since=MARCH) == {"after": "2026-03-07T02:15:39Z"}  # what was made since then was changed since then
    assert query(since=MARCH, changed_since=MARCH + dt.timedelta(days=1)) == {"after": "2026-03-08T02:15:39Z"}


VALUES_OF_A_LIST = {
    "branch_id": ("7", "7"),
    "per_page": ("250", "250"),
    "reference": ("R", "R"),
    "after": ("2013-05-05", "2013-05-05T00:00:00Z"),
    "before": ("2013-05-05T00:00:00Z", "2013-05-05T00:00:00Z"),
    "from": ("2013-05-05 00:00:00", "2013-05-05T00:00:00Z"),
    "to": ("2013-05-05T02:00+02:00", "2013-05-05T00:00:00Z"),
    "active_only": ("true", "1"),
    "intransit": ("no", "0"),
    "status": ("Approved", "Approved"),
}


@pytest.mark.parametrize("field", FIELDS["list"], ids=lambda f: f.name)
def test_every_parameter_of_a_list_is_reachable_or_refused(field: Any) -> None:
    if field.reserved:
        (problem,) = check_query(Query(where={field.name: ("", ("1",))}), PROFILE)
        assert field.instead in problem.problem
        return
    text, wire = VALUES_OF_A_LIST[field.name]
    assert query(where={field.name: ("", (text,))}) == {field.name: wire}
    assert query(set={field.name: Setting(value=text)}) == {field.name: wire}


@pytest.mark.parametrize(
    "given_, problem",
    [
        ({"where": {"user_id": ("", ("1",))}}, "unknown field"),
        ({"where": {"after": (">", ("2013-05-05",))}}, "compares for equality only"),
        ({"where": {"per_page": ("", ("0",))}}, "above 0"),
        ({"where": {"after": ("", ("soon",))}}, "is not a date or time"),
        ({"where": {"after": ("", ("2013-05-05T00:00:00.5",))}}, "whole seconds"),
        ({"where": {"reference": ("", ("A",))}, "reference": "B"}, "given twice"),
        ({"set": {"page": Setting(value="2")}}, "pages are read for you"),
        ({"since": dt.datetime(1, 1, 1, tzinfo=dt.UTC)}, "--since: is out of range"),
        ({"changed_since": dt.datetime(1, 1, 1, tzinfo=dt.UTC)}, "--changed-since: is out of range"),
        ({"since": dt.datetime(9999, 12, 31, tzinfo=dt.UTC), "changed_since": MARCH}, "--since: is out of range"),
        ({"where": {"from": ("", ("0001-01-01",))}}, "from: is out of range"),
        ({"where": {"to": ("", ("9999-12-31",))}}, "to: is out of range"),
    ],
)
@pytest.mark.parametrize("hours", [-12, 0, 14])
def test_a_filter_that_cannot_be_sent_is_refused(given_: dict[str, Any], problem: str, hours: int) -> None:
    zone = dt.timezone(dt.timedelta(hours=hours))
    (found,) = check_query(Query(**given_), replace(PROFILE, zone=zone))
    assert problem in str(found)


def test_raw_calls_are_distinguished_by_their_method() -> None:
    assert {m for m in ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT") if raw_reads(m, "/")} == {"GET", "HEAD"}
