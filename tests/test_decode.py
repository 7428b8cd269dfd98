"""Tolerant reading: what makes sense becomes a value, what does not is kept."""

import datetime as dt
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderctl.backend.tolerant import as_decimal, as_moment, as_text, items, one_line, pop_as

KYIV = ZoneInfo("Europe/Kyiv")


@pytest.mark.parametrize(
    "text, moment",
    [
        ("2015-12-15 23:11:00", dt.datetime(2015, 12, 15, 21, 11, tzinfo=dt.UTC)),
        ("2015-7-5 9:05", dt.datetime(2015, 7, 5, 6, 5, tzinfo=dt.UTC)),
        ("2015-12-15T23:11:00Z", dt.datetime(2015, 12, 15, 23, 11, tzinfo=dt.UTC)),
        ("2015-12-15 23:11:00.123456789 +0800", dt.datetime(2015, 12, 15, 15, 11, 0, 123456, tzinfo=dt.UTC)),
        ("2015-12-15t23:11+02:00", dt.datetime(2015, 12, 15, 21, 11, tzinfo=dt.UTC)),
        (" 2015-12-15 ", dt.date(2015, 12, 15)),
        ("0000-00-00 00:00:00", None),
        ("0000-00-00", None),
    ],
)
def test_times_are_read_as_boxes_write_them(text: str, moment: Any) -> None:
    assert as_moment(text, KYIV) == moment


@pytest.mark.parametrize(
    "odd",
    [
        "soon",
        "2015-13-01",
        "2015-02-30 10:00",
        "25:00",
        "2015-12-15 25:00",
        5,
        True,
        [],
        {},
        "0001-01-01 00:00:00",
        "9999-12-31 23:59:59 -1200",
        "2015-12-15 10:00 +9999",
        "٢٠١٥-12-15",
    ],
)
def test_what_is_not_a_time_stays_as_it_came(odd: Any) -> None:
    rest = {"cdate": odd}
    assert pop_as(rest, "cdate", lambda v: as_moment(v, KYIV)) is None
    assert rest == {"cdate": odd}


@pytest.mark.parametrize(
    "value, number",
    [("102.0", "102.0"), ("111.0000", "111.0000"), (5, "5"), (Decimal("1E+2"), "100"), (" 7 ", "7"), ("-0.5", "-0.5")],
)
def test_numbers_keep_their_digits(value: Any, number: str) -> None:
    assert str(as_decimal(value)) == number


@pytest.mark.parametrize(
    "odd", ["", "1,5", "1_000", "NaN", "inf", "٣", "9" * 99, "1e99", "1e-99", True, [], {}, Decimal("1E+400")]
)
def test_what_is_not_a_number_stays_as_it_came(odd: Any) -> None:
    rest = {"sum": odd}
    assert pop_as(rest, "sum", as_decimal) is None
    assert rest == ({"sum": odd} if odd != "" else {})


def test_empty_is_nothing_and_lists_are_not_text() -> None:
    rest: dict[str, Any] = {"a": "", "b": None, "c": [], "d": False}
    assert [pop_as(rest, key, as_text) for key in "abcd"] == [None, None, None, "0"]
    assert rest == {"c": []}


def test_phps_lists() -> None:
    assert items({"0": 1, "2": 3}) == [1, 3]
    assert items([1]) == [1]
    assert items("x") == []


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda i: st.lists(i) | st.dictionaries(st.text(), i)
    )
)
def test_words_are_one_bounded_line(value: Any) -> None:
    assert len(one_line(value)) <= 501


def test_words_in_a_deep_pit_are_given_up() -> None:
    value: Any = "x"
    for _ in range(5000):
        value = [value]
    assert one_line(value) == "…"
