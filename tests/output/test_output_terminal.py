from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot

from orderctl.output.documents import result_document
from orderctl.output.screen import grouped, local_time, short_times
from orderctl.output.table import MAX_ROWS, Table, TerminalStyle, widths
from orderctl.output.text import width

if TYPE_CHECKING:
    from tests.output.conftest import Printer

Document = Mapping[str, Any]
Many = Callable[[int], list[Document]]


def table(printer: Printer, documents: Sequence[Document], *, wide: bool = False, **options: Any) -> list[str]:
    printed = printer("table", terminal=True, **options)
    printed.output.arrange(wide=wide)
    with printed.output.rows("order") as rows:
        for document in documents:
            rows.add(document)
    lines: list[str] = printed.out.splitlines()
    return lines


def test_at_80_columns_a_list_shows_what_matters_and_more_where_there_is_room(printer: Printer, many: Many) -> None:
    large = [{**one, "total": "1234567.5"} for one in many(2)]
    assert table(printer, large) == snapshot(
        [
            "ID  REFERENCE  STATUS       CUSTOMER            TOTAL  CREATED",
            "0   OC-1       in_progress  王小明    1,234,567.5 UAH  2026-11-21 03:02",
            "1   OC-1       in_progress  王小明    1,234,567.5 UAH  2026-11-21 03:02",
        ]
    )
    assert table(printer, large, environ={"COLUMNS": "120"}) == snapshot(
        [
            "ID  REFERENCE  TITLE         STATUS       VENDOR STATUS  CUSTOMER            TOTAL  CREATED",
            "0   OC-1       Spring order  in_progress  Being packed   王小明    1,234,567.5 UAH  2026-11-21 03:02",
            "1   OC-1       Spring order  in_progress  Being packed   王小明    1,234,567.5 UAH  2026-11-21 03:02",
        ]
    )


def test_empty_columns_are_left_out_and_wide_shows_all(printer: Printer, many: Many) -> None:
    bare = [{**one, "reference": None, "total": None, "vendor_status": None} for one in many(2)]
    bare[1]["title"] = "a title that is longer than a narrow terminal has room for, were it to be shown whole"
    assert table(printer, bare) == snapshot(
        [
            "ID  TITLE                                STATUS       CUSTOMER  CREATED",
            "0   Spring order                         in_progress  王小明    2026-11-21 03:02",
            "1   a title that is longer than a narr…  in_progress  王小明    2026-11-21 03:02",
        ]
    )
    heading, _, last = table(printer, bare, wide=True)
    assert heading.split("  ")[0] == "ID"
    assert re.split(" {2,}", heading)[1:] == [
        "REFERENCE", "TITLE", "STATUS", "VENDOR STATUS", "CUSTOMER", "TOTAL", "CREATED",
    ]  # fmt: skip
    assert bare[1]["title"] in last


def test_the_currency_follows_the_total_and_an_unnamed_customer_is_its_code(printer: Printer, many: Many) -> None:
    [one] = many(1)
    customer = {**one["customer"], "name": None}
    found = [{**one, "currency": None, "total": "-12345.60", "customer": customer}, {**one, "customer": {"name": None}}]
    assert table(printer, found) == snapshot(
        [
            "ID  REFERENCE  STATUS       VENDOR STAT…  CUSTOMER       TOTAL  CREATED",
            "0   OC-1       in_progress  Being packed  C7        -12,345.60  2026-11-21 03:02",
            "0   OC-1       in_progress  Being packed             12.50 UAH  2026-11-21 03:02",
        ]
    )


def test_named_fields_are_shown_as_the_document_has_them(printer: Printer, document: Document) -> None:
    one = {**document, "total": "1234.50", "reference": None}
    assert table(printer, [one], fields=("reference", "total", "created_at")) == snapshot(
        ["reference    total  created_at", "           1234.50  2026-11-21T01:02:03Z"]
    )


def test_a_list_of_several_profiles_names_them(printer: Printer, document: Document) -> None:
    for terminal in (False, True):
        printed = printer("table", terminal=terminal)
        with printed.output.rows("order", profiles=True) as rows:
            rows.add(document)
        assert [line.split()[:2] for line in printed.out.splitlines()] == [["PROFILE", "ID"], ["shop", "82806"]]


def test_other_lists_leave_empty_columns_out_too(printer: Printer) -> None:
    printed = printer(terminal=True)
    with printed.output.rows("line") as rows:
        rows.add({"id": None, "sku": None, "name": "茶" * 50, "quantity": "1000", "unit_price": "2", "total": None})
    assert printed.out.splitlines() == snapshot(
        [
            "NAME                                                        QUANTITY  UNIT PRICE",
            "茶茶茶茶茶茶茶茶茶茶茶茶茶茶茶茶茶茶茶茶茶茶茶茶茶茶茶茶…      1,000           2",
        ]
    )


@pytest.mark.parametrize(
    "zone, moment, shown",
    [
        ("Europe/Berlin", "2026-11-21T23:30:59Z", "2026-11-22 00:30"),
        ("Asia/Kolkata", "2026-11-21T23:45:00.123Z", "2026-11-22 05:15"),
        ("Asia/Gaza", "2016-10-28T22:00:00Z", "2016-10-29 00:00"),
        ("UTC", "2026-12-01", "2026-12-01"),
        ("UTC", "soon", "soon"),
        ("America/New_York", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
    ],
)
def test_times_are_those_of_this_machine_to_the_minute(
    monkeypatch: pytest.MonkeyPatch, zone: str, moment: str, shown: str
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        short = short_times("created_at")
        assert [short({"created_at": moment}), short({"created_at": moment})] == [shown, shown]
    finally:
        monkeypatch.undo()
        time.tzset()


@given(st.datetimes(datetime(1970, 1, 1), datetime(2037, 1, 1)), st.sampled_from(("Europe/Kyiv", "Asia/Gaza")))  # noqa: DTZ001
def test_a_remembered_hour_is_the_local_one(moment: datetime, zone: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", zone)
        time.tzset()
        text = f"{moment:%Y-%m-%dT%H:%M:%S}Z"
        short = short_times("at")
        found = [short({"at": f"{text[:14]}{minute:02}:00Z"}) for minute in range(60)]
        assert found == [local_time(f"{text[:14]}{minute:02}:00Z") for minute in range(60)]
    time.tzset()


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3))
def test_grouped_amounts_keep_every_digit(amount: Decimal) -> None:
    assert grouped(f"{amount:f}").replace(",", "") == f"{amount:f}"
    assert grouped(f"{amount:f}") == f"{amount:,f}"


@pytest.mark.parametrize("number", [0, 1, MAX_ROWS, MAX_ROWS + 1, MAX_ROWS + 300])
def test_every_row_is_on_the_terminal_as_in_the_pipe(printer: Printer, many: Many, number: int) -> None:
    piped = printer()
    with piped.output.rows("order") as rows:
        for document in many(number):
            rows.add(document)
    wide = {"COLUMNS": "200"}
    shown = table(printer, many(number), environ=wide)
    assert [line.split("  ")[0].strip() for line in shown] == [line.split("\t")[0] for line in piped.out.splitlines()]


def test_more_rows_than_are_known_at_once_stream_in_fixed_columns(printer: Printer, many: Many) -> None:
    documents = many(MAX_ROWS + 200)
    documents[600] = {**documents[600], "id": "an id longer than any before it", "title": "a\x1bb"}
    shown = table(printer, documents, environ={"COLUMNS": "200"})
    assert len({width(line) for line in shown[1:600]}) == 1
    assert shown[601].startswith("an id longer than any before it  OC-1")
    assert table(printer, [*documents, {**documents[0], "total": "1" * 40}])[-1].count("1") >= 40, "a number is whole"
    assert r"a\x1bb" in shown[601]


def test_columns_are_aligned_whatever_they_hold() -> None:
    columns = [("id", "ID"), ("customer.name", "CUSTOMER"), ("total", "TOTAL"), ("status", "STATUS")]
    rows = [["1", "王小明", "12.50", "open"], ["22", "Ann 👍🏽 a long name", "7", "failed"], ["3", "\x1b", "8", "x"]]
    for colour in (False, True):
        shown = Table(columns, rows, TerminalStyle(40, colour))
        lines = [re.sub(r"\x1b\[\d*m", "", line) for line in (shown.heading(), *map(shown.line, rows))]
        assert "".join(lines).splitlines() == snapshot(
            [
                "ID  CUSTOMER            TOTAL  STATUS",
                "1   王小明              12.50  open",
                "22  Ann 👍🏽 a long name      7  failed",
                "3   \\x1b                    8  x",
            ]
        )


def test_prose_gives_way_before_anything_else_and_the_id_never() -> None:
    columns = [("id", "ID"), ("title", "TITLE"), ("reference", "REFERENCE")]
    rows = [["1" * 20, "t" * 30, "r" * 20]]
    assert widths(columns, rows, 100) == [20, 30, 20]
    assert widths(columns, rows, 60) == [20, 16, 20]
    assert widths(columns, rows, 44) == [20, 6, 14]
    assert widths(columns, rows, 10) == [20, 6, 6]
    assert widths([("id", "ID")], [["1" * 20]], 10) == [20]
    assert widths([("profile", "PROFILE"), *columns], [["p" * 9, *rows[0]]], 40) == [9, 20, 6, 6]


def test_colours_are_for_terminals_that_support_them(printer: Printer, document: Document) -> None:
    for options, coloured in (
        ({"environ": {"NO_COLOR": ""}}, True),
        ({"environ": {"NO_COLOR": "", "TERM": "dumb"}}, False),
        ({"environ": {"NO_COLOR": "1", "FORCE_COLOR": "1"}}, False),
        ({"environ": {"NO_COLOR": "", "TERM": "dumb", "FORCE_COLOR": "1"}}, True),
        ({"color": "always"}, True),
        ({"color": "never", "environ": {"NO_COLOR": ""}}, False),
    ):
        shown = "\n".join(table(printer, [document], **options))
        assert ("\x1b[33min_progress\x1b[0m  " in shown) == coloured, options


def test_a_pipe_has_no_colour_even_when_it_is_forced(printer: Printer, document: Document) -> None:
    printed = printer(color="always")
    with printed.output.rows("order") as rows:
        rows.add(document)
    assert "\x1b" not in printed.out


def test_results_on_a_terminal_are_coloured_by_outcome(printer: Printer) -> None:
    printed = printer(terminal=True, color="always")
    with printed.output.rows("result") as rows:
        rows.add(
            dict(result_document(verb="x", outcome="created", profile="p", vendor="v", id="1", reference=None))  # type: ignore[arg-type]
        )
    assert "\x1b[32mcreated" in printed.out
