"""Common words and a vendor's own names become checked values; every problem is found, none is dropped."""

import datetime as dt
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderctl.backend.fields import (
    MAX_FOUND,
    Table,
    convert,
    nearest,
    parse_decimal,
    parse_moment,
    resolve,
    settings,
    translate,
    unknown_name,
    word_values,
)
from orderctl.backend.vendor import Field, Kind
from orderctl.model import Customer, DraftLine, OrderDraft, Setting

UTC = dt.UTC
ORDER = (
    Field("code", word="reference", required=True),
    Field("title", word="title", aliases=("name",), max_length=5),
    Field("sum", Kind.DECIMAL, word="total"),
    Field("login", reserved=True, instead="log in"),
    Field("secret", reserved=True),
    Field("kind", choices=("Big", "Small")),
    Field("x_{key}", aliases=("y_{key}",)),
    Field("lines", Kind.LINES),
)
LINE = (Field("sku", word="sku"), Field("count", Kind.DECIMAL, word="quantity"), Field("money", word="order.currency"))


def problems(draft: OrderDraft, **more: Any) -> list[str]:
    return [str(p) for p in translate(draft, order=ORDER, line=LINE, zone=UTC, **more).problems]


def test_words_and_own_names_meet_in_the_vendors_names() -> None:
    draft = OrderDraft(
        reference="R",
        total=Decimal("1.50"),
        currency="EUR",
        set={"name": Setting(value="T"), "y_a": Setting(value=5)},
        lines=(DraftLine(sku="S", quantity=Decimal(2)), DraftLine(sku="T", set={"money": Setting(value="USD")})),
    )
    done = translate(draft, order=ORDER, line=LINE, zone=UTC)
    assert done.problems == []
    assert done.values == {"code": "R", "sum": Decimal("1.50"), "title": "T", "x_a": "5"}
    assert done.lines == [{"money": "EUR", "sku": "S", "count": Decimal(2)}, {"money": "USD", "sku": "T"}]


@pytest.mark.parametrize(
    "draft, says",
    [
        (OrderDraft(note="x"), "--note: this vendor does not support it"),
        (OrderDraft(customer=Customer(phone="1")), "--phone: this vendor does not support it"),
        (OrderDraft(title="too long"), "--title: has 8 characters, at most 5 fit"),
        (
            OrderDraft(title="a", set={"title": Setting(value="b")}),
            "--set title: is given twice, with different values (title)",
        ),
        (OrderDraft(set={"login": Setting(value="b")}), "--set login: log in"),
        (OrderDraft(set={"secret": Setting(value="b")}), "--set secret: orderctl fills this field itself"),
        (
            OrderDraft(set={"kind": Setting(value="big")}),
            "--set kind: 'big' is not one of its values; did you mean 'Big'?",
        ),
        (OrderDraft(set={"tilte": Setting(value="b")}), "--set tilte: unknown field; did you mean 'title'?"),
        (
            OrderDraft(set={"qq": Setting(value="b")}),
            "--set qq: unknown field; known: code, kind, lines, name, sum, title, x_{key}, y_{key} (allowed: x_…)",
        ),
        (
            OrderDraft(set={"x_": Setting(value="b")}),
            "--set x_: unknown field; known: code, kind, lines, name, sum, title, x_{key}, y_{key} (allowed: x_…)",
        ),
        (OrderDraft(set={"lines": Setting(value="b")}), "--set lines: order lines are given with --line, not --set"),
        (
            OrderDraft(row=3, lines=(DraftLine(price=Decimal(1)),)),
            "row 3, line 1 price: this vendor does not support it",
        ),
    ],
)
def test_what_has_no_place_is_a_problem(draft: OrderDraft, says: str) -> None:
    assert problems(draft) == [says]


def test_the_same_value_twice_is_not_a_problem() -> None:
    assert problems(OrderDraft(total=Decimal("1.0"), set={"sum": Setting(value="1.00")})) == []


def test_lines_need_a_place_and_fields_of_another_call_are_named() -> None:
    lines = OrderDraft(lines=(DraftLine(sku="a"),))
    assert [str(p) for p in translate(lines, order=ORDER, zone=UTC).problems] == [
        "--line: this vendor does not support it"
    ]
    elsewhere = (Field("due", Kind.DATETIME, word="due"),)
    late = OrderDraft(due=dt.date(2026, 1, 1), set={"due": Setting(value="x")})
    assert problems(late, elsewhere=elsewhere) == [
        "--due: can be given only when the order is created",
        "--set due: can be set only when the order is created",
    ]


def test_names_are_found_in_any_case_and_aliases_too() -> None:
    for name in ("title", "TITLE", "Name"):
        assert resolve(ORDER, name) == (ORDER[1], "title")
    assert resolve(ORDER, "x_Ab") == (ORDER[6], "x_Ab")
    assert resolve(ORDER, "y_Ab") == (ORDER[6], "x_Ab")
    assert resolve(ORDER, "z") is None
    assert unknown_name("z", (Field("login", reserved=True),)) == "unknown field"
    assert nearest("z", [f"name{n}" for n in range(50)]) == ""
    assert word_values(OrderDraft(paid=False, customer=Customer(email="e"))) == {"customer.email": "e", "paid": False}


@pytest.mark.parametrize(
    "kind, value, result",
    [
        (Kind.TEXT, "a", "a"),
        (Kind.TEXT, True, "1"),
        (Kind.TEXT, False, "0"),
        (Kind.TEXT, 5, "5"),
        (Kind.TEXT, Decimal("1E+2"), "100"),
        (Kind.TEXT, dt.date(2026, 1, 2), "2026-01-02"),
        (Kind.TEXT, "é".encode(), "é"),
        (Kind.INT, " 007 ", "007"),
        (Kind.INT, -5, "-5"),
        (Kind.BOOL, "Yes", True),
        (Kind.BOOL, "0", False),
        (Kind.BOOL, True, True),
        (Kind.DECIMAL, "1.50", Decimal("1.50")),
        (Kind.DATETIME, "2026-01-02", dt.date(2026, 1, 2)),
        (Kind.DATETIME, dt.date(2026, 1, 2), dt.date(2026, 1, 2)),
        (Kind.BASE64, b"\xff", "/w=="),
        (Kind.BASE64, "/w==", "/w=="),
        (Kind.LINKS, "https://a", ["https://a"]),
        (Kind.LINKS, ["http://a", "https://b"], ["http://a", "https://b"]),
    ],
)
def test_a_value_becomes_what_its_field_holds(kind: Kind, value: Any, result: Any) -> None:
    assert convert(Field("f", kind), value, UTC) == result


@pytest.mark.parametrize(
    "kind, value, says",
    [
        (Kind.TEXT, [], "not a list"),
        (Kind.TEXT, {}, "not a list"),
        (Kind.TEXT, None, "one text"),
        (Kind.TEXT, b"\xff", "UTF-8"),
        (Kind.TEXT, "a\udcff", "UTF-8"),
        (Kind.INT, "1.5", "whole number"),
        (Kind.INT, True, "whole number"),
        (Kind.INT, "٣", "whole number"),
        (Kind.INT, "9" * 41, "digits"),
        (Kind.BOOL, "perhaps", "neither"),
        (Kind.DECIMAL, "12,50", "write 12.50"),
        (Kind.DATETIME, "tomorrow", "not a date"),
        (Kind.BASE64, "?", "KEY=@FILE"),
        (Kind.LINKS, "file.pdf", "not a link"),
        (Kind.LINES, "x", "--line"),
    ],
)
def test_what_a_field_cannot_hold_is_reported(kind: Kind, value: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        convert(Field("f", kind), value, UTC)


@pytest.mark.parametrize(
    "odd", [True, "NaN", "inf", "1e5", "6.93E+18", "1_000", "٣", "1" * 41, "0." + "1" * 41, "", "x"]
)
def test_a_number_that_no_order_needs_is_refused(odd: Any) -> None:
    with pytest.raises(ValueError, match=r"number|digits|spoilt"):
        parse_decimal(odd)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12), max_value=10**12))
def test_a_plain_number_keeps_its_digits(number: Decimal) -> None:
    assert str(parse_decimal(format(number, "f"))) == format(number, "f")


def test_times_are_read_in_the_profiles_zone() -> None:
    kyiv = ZoneInfo("Europe/Kyiv")
    assert parse_moment("2026-03-09T14:30", kyiv) == dt.datetime(2026, 3, 9, 12, 30, tzinfo=UTC)
    assert parse_moment("2026-03-09 14:30:00+08:00", kyiv) == dt.datetime(2026, 3, 9, 6, 30, tzinfo=UTC)
    assert parse_moment(" 2026-03-09 ", kyiv) == dt.date(2026, 3, 9)


@pytest.mark.parametrize("odd", ["09.03.2026", "2026-02-30", "0001-01-01T00:00", "9999-12-31T23:59-12:00", "x" * 1000])
def test_a_time_that_is_none_is_refused_in_few_words(odd: str) -> None:
    with pytest.raises(ValueError, match=r"not a date|out of range") as raised:
        parse_moment(odd, UTC)
    assert len(str(raised.value)) < 120


def test_settings_alone_name_their_place() -> None:
    values, wrong = settings(ORDER, {"sum": Setting(value="x"), "title": Setting(value="a")}, place="--where", zone=UTC)
    assert values == {"title": "a"}
    assert [p.path for p in wrong] == ["--where sum"]


def test_a_table_finds_what_its_fields_hold_and_remembers_no_more_than_it_should() -> None:
    plain = (Field("name", aliases=("title",)), Field("custom_{key}", aliases=("own_{key}",)))
    table = Table(plain)
    for name in ("name", "TITLE", "custom_a", "own_b", "other", "custom_", ""):
        assert resolve(table, name) == resolve(table, name) == resolve(plain, name), name
    for number in range(2 * MAX_FOUND):
        assert resolve(table, f"custom_{number}") == (plain[1], f"custom_{number}")
    assert len(table.found) == MAX_FOUND
