from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot
from pydantic import TypeAdapter

from orderctl.cells import restore
from orderctl.errors import Interrupted, OrderctlError, Temporary, UsageError
from orderctl.model import Order, Outcome
from orderctl.output import Output
from orderctl.output.csvtext import ORDER_HEADING
from orderctl.output.documents import item_error, line_document, order_document, result_document
from orderctl.output.jsontext import compact, pretty
from orderctl.output.schemas import SCHEMAS
from orderctl.words import LINE_COLUMNS, ORDER_COLUMNS

if TYPE_CHECKING:
    from tests.output.conftest import Printed, Printer

Document = Mapping[str, Any]
Many = Callable[[int], list[Document]]

FORMATS = ["table", "json", "jsonl", "csv", "ids"]

RESULT = result_document(
    verb="create", outcome=Outcome.CREATED, profile="shop", vendor="onebox", id="82806", reference="OC-1"
)

REQUESTS = {
    "schema": "orderctl.requests/1",
    "requests": [
        {"method": "POST", "url": "https://a.example/orders", "headers": {"A": "***"}, "body": {"sum": "1.0"}},
        {"method": "PUT", "url": "https://a.example/f", "headers": {}, "body": "a=1\nb=\x1b2"},
        {"method": "GET", "url": "https://a.example/g", "headers": {}, "body": None},
    ],
}


def listed(printer: Printer, format: str, documents: list[Document], **options: Any) -> tuple[str, str]:  # noqa: A002
    printed = printer(format, **options)
    with printed.output.rows("order") as rows:
        for document in documents:
            rows.add(document)
    return printed.out, printed.err


def fail(printed: Printed, document: Document, error: OrderctlError) -> None:
    with printed.output.rows("order") as rows:
        rows.add(document)
        raise error


def valid_list(text: str) -> Any:
    document = json.loads(text)
    jsonschema.validate(
        document, TypeAdapter(SCHEMAS[document["schema"]]).json_schema(), cls=jsonschema.Draft202012Validator
    )
    return document


def test_one_order_for_people(printer: Printer, document: Document) -> None:
    printed = printer()
    printed.output.one("order", document)
    assert printed.out.splitlines() == snapshot(
        [
            "profile\tshop",
            "vendor\tonebox",
            "id\t82806",
            "reference\tOC-1",
            "title\tSpring order",
            "status\tin_progress",
            "vendor_status\tBeing packed",
            "customer.code\tC7",
            "customer.name\t王小明",
            "customer.email\twang@example.com",
            "currency\tUAH",
            "total\t12.50",
            "paid\tyes",
            "created_at\t2026-11-21T01:02:03Z",
            "due_at\t2026-12-01",
            "note\tleave at the door\\nring twice",
            "extra.weight\t0.10",
            "",
            "ID\tNAME\tERROR",
            "41\tApprove\t",
            "",
            "ID\tSKU\tNAME\tQUANTITY\tUNIT PRICE\tTOTAL",
            "1\t100500\tGoods\t2\t6.250\t",
            "2\t100501\t\t10\t\t",
        ]
    )


def test_one_order_on_a_terminal(printer: Printer, document: Document) -> None:
    printed = printer(terminal=True)
    printed.output.one("order", document)
    assert printed.out.splitlines() == snapshot(
        [
            "Order 82806  in_progress (Being packed)",
            "",
            "Reference  OC-1",
            "Title      Spring order",
            "Profile    shop",
            "Customer   王小明",
            "           C7",
            "           wang@example.com",
            "Waits at   Approve (41)",
            "Paid       yes",
            "Due        2026-12-01",
            "Created    2026-11-21 03:02:03 EET",
            "Note       leave at the door",
            "           ring twice",
            "",
            "SKU     NAME   QUANTITY  UNIT PRICE  TOTAL",
            "100500  Goods         2       6.250",
            "100501               10",
            "Total                                12.50 UAH",
            "",
            "More from onebox",
            "weight  0.10",
        ]
    )


@pytest.mark.parametrize("format", ["json", "jsonl"])
def test_one_order_as_json_is_the_document(printer: Printer, document: Document, format: str) -> None:  # noqa: A002
    printed = printer(format)
    printed.output.one("order", document)
    assert json.loads(printed.out) == document
    assert printed.out.count("\n") == (1 if format == "jsonl" else len(pretty(document).split("\n")))


def test_one_order_as_csv_and_id(printer: Printer, document: Document) -> None:
    printed = printer("csv")
    printed.output.one("order", document)
    assert list(csv.reader(io.StringIO(printed.out))) == snapshot(
        [
            [
                "reference",
                "title",
                "note",
                "customer",
                "customer_name",
                "email",
                "phone",
                "address",
                "due",
                "currency",
                "total",
                "status",
                "paid",
                "sku",
                "name",
                "quantity",
                "price",
                "_id",
                "_number",
                "_status",
                "_vendor_status",
                "_created_at",
                "_updated_at",
                "_profile",
                "_vendor",
            ],
            [
                "OC-1",
                "Spring order",
                """\
leave at the door
ring twice\
""",
                "C7",
                "王小明",
                "wang@example.com",
                "",
                "",
                "2026-12-01",
                "UAH",
                "12.50",
                "Being packed",
                "true",
                "100500",
                "Goods",
                "2",
                "6.250",
                "82806",
                "",
                "in_progress",
                "Being packed",
                "2026-11-21T01:02:03Z",
                "",
                "shop",
                "onebox",
            ],
            [
                "OC-1",
                "Spring order",
                """\
leave at the door
ring twice\
""",
                "C7",
                "王小明",
                "wang@example.com",
                "",
                "",
                "2026-12-01",
                "UAH",
                "12.50",
                "Being packed",
                "true",
                "100501",
                "",
                "10",
                "",
                "82806",
                "",
                "in_progress",
                "Being packed",
                "2026-11-21T01:02:03Z",
                "",
                "shop",
                "onebox",
            ],
        ]
    )
    printed = printer("ids")
    printed.output.one("order", document)
    assert printed.out == "82806\n"


@pytest.mark.parametrize(
    "outcome, sentence",
    [
        (Outcome.CREATED, "order 82806 created (reference OC-1, profile shop)\n"),
        (Outcome.REPLAYED, "order 82806 created before, nothing sent (reference OC-1, profile shop)\n"),
        (Outcome.UNKNOWN, "order 82806 may have been created: outcome unknown (reference OC-1, profile shop)\n"),
        (Outcome.REFUSED, "order 82806 not created: refused (reference OC-1, profile shop)\n"),
    ],
)
def test_a_result_is_a_sentence(printer: Printer, outcome: Outcome, sentence: str) -> None:
    printed = printer()
    printed.output.one("result", {**RESULT, "outcome": outcome})
    assert printed.out == sentence


def test_a_result_without_an_id_quotes_the_message_and_prints_no_empty_id(printer: Printer) -> None:
    result = {**RESULT, "id": None, "outcome": Outcome.FAILED, "message": "no\nroute"}
    printed = printer()
    printed.output.one("result", result)
    assert printed.out == "order not created: failed (reference OC-1, profile shop): no\\nroute\n"
    printed = printer("ids")
    printed.output.one("result", result)
    assert printed.out == ""


def test_a_dry_run_shows_its_requests(printer: Printer) -> None:
    printed = printer()
    printed.output.one("requests", REQUESTS)
    assert printed.out.splitlines() == snapshot(
        [
            "POST https://a.example/orders",
            "A: ***",
            "",
            "{",
            '  "sum": "1.0"',
            "}",
            "",
            "PUT https://a.example/f",
            "",
            "a=1",
            "b=\\x1b2",
            "",
            "GET https://a.example/g",
        ]
    )
    for format_, text in (
        (
            "csv",
            snapshot("""\
method,url,body
POST,https://a.example/orders,"{""sum"":""1.0""}"
PUT,https://a.example/f,"a=1
b=\\x1b2"
GET,https://a.example/g,
"""),
        ),
        ("ids", ""),
        ("jsonl", compact(REQUESTS) + "\n"),
    ):
        printed = printer(format_, fields=("id",))
        printed.output.one("requests", REQUESTS)
        assert printed.out == text


def test_other_documents_are_labels_and_tables(printer: Printer) -> None:
    vendor = {"name": "acme", "limits": [], "refusals": {"push": "update it"}, "secrets": [{"name": "token", "n": 1}]}
    printed = printer()
    printed.output.one("vendor", vendor)
    assert printed.out == "name\tacme\nrefusals.push\tupdate it\n\nNAME\tN\ntoken\t1\n"


def test_a_list_in_every_format(printer: Printer, many: Many) -> None:
    assert listed(printer, "table", many(2))[0].splitlines() == snapshot(
        [
            "ID\tREFERENCE\tTITLE\tSTATUS\tVENDOR STATUS\tCUSTOMER\tTOTAL\tCUR\tCREATED",
            "0\tOC-1\tSpring order\tin_progress\tBeing packed\t王小明\t12.50\tUAH\t2026-11-21T01:02:03Z",
            "1\tOC-1\tSpring order\tin_progress\tBeing packed\t王小明\t12.50\tUAH\t2026-11-21T01:02:03Z",
        ]
    )
    assert listed(printer, "csv", many(2))[0].count("82806") == 0
    assert listed(printer, "csv", many(2))[0].count("Spring order") == 4
    assert listed(printer, "ids", many(3))[0] == "0\n1\n2\n"
    assert [json.loads(line) for line in listed(printer, "jsonl", many(300))[0].splitlines()] == many(300)


@pytest.mark.parametrize("number", [0, 1, 127, 128, 129, 1000])
def test_a_json_list_is_valid_however_long(printer: Printer, many: Many, number: int) -> None:
    out, err = listed(printer, "json", many(number))
    document = valid_list(out)
    assert list(document) == ["schema", "orders", "errors", "count", "complete", "next"]
    assert document == {
        "schema": "orderctl.list/1",
        "orders": many(number),
        "errors": [],
        "count": number,
        "complete": True,
        "next": None,
    }
    assert out.count("\n") == number + (2 if number else 1)
    assert err == ""


@pytest.mark.parametrize("format", FORMATS)
def test_an_empty_list_has_its_headings_only(printer: Printer, format: str) -> None:  # noqa: A002
    heading = {
        "table": "ID\tREFERENCE\tTITLE\tSTATUS\tVENDOR STATUS\tCUSTOMER\tTOTAL\tCUR\tCREATED\n",
        "csv": ",".join(ORDER_HEADING) + "\n",
        "json": '{"schema":"orderctl.list/1","orders":[],"errors":[],"count":0,"complete":true,"next":null}\n',
    }
    assert listed(printer, format, []) == (heading.get(format, ""), "")


@pytest.mark.parametrize("format", FORMATS)
def test_a_list_that_was_cut_says_so_in_every_format(printer: Printer, many: Many, format: str) -> None:  # noqa: A002
    printed = printer(format)
    with printed.output.rows("order") as rows:
        rows.add(many(1)[0])
        rows.finish(complete=False, next="page 2")
    assert printed.err == "orderctl: 1 order shown, there may be more; continue with --after 'page 2' or --all\n"
    if format == "json":
        document = valid_list(printed.out)
        assert (document["complete"], document["next"]) == (False, "page 2")


def test_a_list_that_was_cut_without_a_cursor_names_the_way(printer: Printer) -> None:
    printed = printer("jsonl")
    with printed.output.rows("order") as rows:
        rows.finish(complete=False)
    assert printed.err == "orderctl: 0 orders shown, there may be more; continue with --all\n"


def test_a_missing_item_is_beside_the_list(printer: Printer, many: Many) -> None:
    for format_ in FORMATS:
        printed = printer(format_)
        with printed.output.rows("order") as rows:
            rows.add(many(1)[0])
            rows.error(item_error("no such order", id="7"))
            rows.error(item_error("odd\nrow"))
        if format_ == "json":
            document = valid_list(printed.out)
            assert document["errors"][0] == {"id": "7", "code": None, "message": "no such order"}
            assert printed.err == ""
        else:
            assert printed.err == "orderctl: 7: no such order\norderctl: odd\\nrow\n"


def test_a_list_that_fails_half_way_is_still_a_whole_document(printer: Printer, many: Many) -> None:
    printed = printer("json")
    with pytest.raises(Temporary):
        fail(printed, many(1)[0], Temporary("down"))
    document = valid_list(printed.out)
    assert (document["count"], document["complete"]) == (1, False)


@pytest.mark.parametrize("format", FORMATS)
def test_a_list_that_fails_before_its_first_row_prints_nothing(printer: Printer, format: str) -> None:  # noqa: A002
    printed = printer(format)
    with pytest.raises(Temporary), printed.output.rows("order"):
        raise Temporary("down")
    assert printed.out == ""


def test_an_interrupted_table_on_a_terminal_shows_what_came(printer: Printer, many: Many) -> None:
    printed = printer(terminal=True)
    with pytest.raises(Interrupted):
        fail(printed, many(1)[0], Interrupted("stop", signal=2))
    assert "OC-1" in printed.out


def test_pages_are_handed_on(printer: Printer, many: Many) -> None:
    printed = printer("jsonl")
    with printed.output.rows("order") as rows:
        rows.add(many(1)[0])
        assert printed.out == ""
        rows.flush()
        assert json.loads(printed.out)["id"] == "0"


@pytest.mark.parametrize("format", ["jsonl", "json", "ids", "csv", "table"])
def test_results_are_handed_on_one_by_one(printer: Printer, format: str) -> None:  # noqa: A002
    printed = printer(format)
    with printed.output.rows("result") as rows:
        rows.add(RESULT)
        assert "82806" in printed.out
        rows.add({**RESULT, "outcome": Outcome.FAILED, "id": None})
        rows.add({**RESULT, "outcome": Outcome.CREATED})
    if format == "json":
        document = valid_list(printed.out)
        assert list(document) == ["schema", "results", "counts"]
        assert document["counts"] == {"created": 2, "failed": 1}
        assert printed.err == ""
    else:
        failed = "orderctl: OC-1: failed\n" if format == "ids" else ""
        assert printed.err == f"{failed}orderctl: 2 created, 1 failed\n"


@pytest.mark.parametrize("outcome", Outcome)
def test_the_ids_of_a_write_are_those_of_orders_that_are_now_as_asked(printer: Printer, outcome: Outcome) -> None:
    good = {"cancelled", "created", "pushed", "replayed", "unchanged", "updated"}
    single, several = printer("ids"), printer("ids")
    single.output.one("result", {**RESULT, "outcome": outcome})
    with several.output.rows("result") as rows:
        rows.add({**RESULT, "outcome": outcome, "message": "why"})
    assert single.out == several.out == ("82806\n" if outcome in good else "")
    assert ("orderctl: OC-1: " in several.err and ": why" in several.err) == (outcome not in good)


@pytest.mark.parametrize("terminal", [False, True])
@pytest.mark.parametrize("outcomes", [(), (Outcome.CREATED, Outcome.UNCHANGED)])
def test_a_quiet_write_that_went_well_prints_nothing(
    printer: Printer, outcomes: tuple[Outcome, ...], *, terminal: bool
) -> None:
    printed = printer(quiet=True, terminal=terminal)
    with printed.output.rows("result") as rows:
        for outcome in outcomes:
            rows.add({**RESULT, "outcome": outcome})
    printed.output.one("result", RESULT)
    with printed.output.rows("event", written=True) as rows:
        rows.add({"id": 1})
    assert (printed.out, printed.err) == ("", "")
    assert not printed.output.for_people


@pytest.mark.parametrize("terminal", [False, True])
def test_a_quiet_write_that_went_wrong_is_a_warning_for_each_item(printer: Printer, *, terminal: bool) -> None:
    printed = printer(quiet=True, terminal=terminal)
    with printed.output.rows("result") as rows:
        rows.add(RESULT)
        rows.add({**RESULT, "outcome": Outcome.REFUSED, "reference": "OC-2", "message": "no\nstock"})
        rows.add({**RESULT, "outcome": Outcome.UNKNOWN, "reference": None})
        rows.finish(counts={"created": 1, "refused": 1, "unknown": 1, "skipped": 2})
    printed.output.one("result", {**RESULT, "outcome": Outcome.FAILED})
    assert printed.out == ""
    assert printed.err.splitlines() == snapshot(
        [
            "orderctl: OC-2: refused: no\\nstock",
            "orderctl: 82806: unknown",
            "orderctl: order 82806 not created: failed (reference OC-1, profile shop)",
        ]
    )


def test_many_quiet_failures_are_counted(printer: Printer) -> None:
    printed = printer(quiet=True)
    with printed.output.rows("result") as rows:
        for number in range(60):
            rows.add({**RESULT, "outcome": Outcome.FAILED, "reference": f"R-{number}"})
    assert len(printed.err.splitlines()) == 51
    assert printed.err.endswith("orderctl: … and 10 more\n")


@pytest.mark.parametrize("format", ["table", "json", "jsonl", "csv", "ids"])
def test_quiet_results_that_were_asked_for_are_printed(printer: Printer, format: str) -> None:  # noqa: A002
    printed = printer(format, quiet=True, asked=format == "table")
    with printed.output.rows("result") as rows:
        rows.add(RESULT)
    printed.output.one("result", RESULT)
    assert printed.out.count("82806") == 2
    assert printed.err == ""


@pytest.mark.parametrize("terminal", [False, True])
def test_a_quiet_read_prints_its_rows_and_no_heading_alone(
    printer: Printer, document: Document, *, terminal: bool
) -> None:
    assert listed(printer, "table", [], quiet=True, terminal=terminal) == ("", "")
    assert listed(printer, "table", [document], quiet=True, terminal=terminal) == listed(
        printer, "table", [document], terminal=terminal
    )
    assert listed(printer, "csv", [], quiet=True)[0].startswith("reference,")


def test_a_quiet_list_that_was_cut_says_so(printer: Printer, document: Document) -> None:
    printed = printer("ids", quiet=True)
    with printed.output.rows("order") as rows:
        rows.add(document)
        rows.finish(complete=False, next="2:0")
    assert printed.err == "orderctl: 1 order shown, there may be more; continue with --after 2:0 or --all\n"


@pytest.mark.parametrize(
    "verb, number, words",
    [("create", 1, "1 already exists"), ("create", 3, "3 already exist"), ("push", 3, "3 in conflict")],
)
def test_conflicts_are_counted_in_plain_words(printer: Printer, verb: str, number: int, words: str) -> None:
    printed = printer("ids")
    with printed.output.rows("result") as rows:
        for _ in range(number):
            rows.add({**RESULT, "verb": verb, "outcome": Outcome.CONFLICT})
    assert printed.err.endswith(f"orderctl: {words}\n")


def test_results_may_be_none_or_counted_by_the_caller(printer: Printer) -> None:
    printed = printer("csv")
    with printed.output.rows("result") as rows:
        rows.finish()
    assert printed.err == "orderctl: nothing done\n"
    printed = printer("json")
    with printed.output.rows("result", schema="orderctl.results/1") as rows:
        rows.finish(counts={"skipped": 4})
        rows.error(item_error("late"))
    assert json.loads(printed.out)["counts"] == {"skipped": 4}
    assert printed.err == "orderctl: late\n"


def test_lines_are_a_list_of_their_own(printer: Printer, order: Order) -> None:
    printed = printer("json")
    with printed.output.rows("line") as rows:
        for line in order.lines:
            rows.add(line_document(line))
    assert valid_list(printed.out)["lines"][1]["quantity"] == "10"


def test_the_csv_of_orders_has_the_columns_that_create_reads() -> None:
    assert ORDER_HEADING[: len(ORDER_COLUMNS) + len(LINE_COLUMNS)] == (*ORDER_COLUMNS, *LINE_COLUMNS)
    assert all(name.startswith("_") for name in ORDER_HEADING[len(ORDER_COLUMNS) + len(LINE_COLUMNS) :])


CELLS = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cf", "Zl", "Zp"], include_characters="\n\r\t"), max_size=20
)


@given(CELLS)
def test_csv_gives_every_text_back(title: str) -> None:
    stdout = io.StringIO()
    output = Output(format="csv", stdout=stdout, stderr=io.StringIO(), environ={})
    with output.rows("order") as rows:
        rows.add(order_document(Order(id="1", title=title), profile="p", vendor="v"))
    [row] = csv.DictReader(io.StringIO(stdout.getvalue(), newline=""))
    assert restore(row["title"]) == title
    assert row["_id"] == "1"


@pytest.mark.parametrize("terminal", [False, True])
def test_csv_cannot_be_run_by_a_spreadsheet_nor_steer_a_terminal(
    printer: Printer, document: Document, *, terminal: bool
) -> None:
    evil = {**document, "title": "=1+1", "note": "\x1b[2J"}
    assert "'=1+1,\\x1b[2J," in listed(printer, "csv", [evil], terminal=terminal)[0]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=[])),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_json_lines_give_every_value_back_and_hide_nothing(value: Any) -> None:
    line = compact(value)
    expected = json.loads(json.dumps(value))  # two lone surrogates in a row are one character to every JSON reader
    assert json.loads(line) == expected
    assert json.loads(pretty(value)) == expected
    assert "\n" not in line
    assert not [char for char in line if ord(char) in {0x1B, 0x7F, 0x9B, 0x202E, 0x2028, 0xFEFF}]
    line.encode()


@pytest.mark.parametrize(
    "text, encoded",
    [
        ("\x1b]52;\x07\x7f\x9b", r'"\u001b]52;\u0007\u007f\u009b"'),
        ("\u202e\u2028\udc80", r'"\u202e\u2028\udc80"'),
        ("\U000e0041", r'"\udb40\udc41"'),
        ("王é👍 \u200d", '"王é👍 \u200d"'),
    ],
)
def test_json_escapes_what_is_hidden_and_nothing_else(text: str, encoded: str) -> None:
    assert compact(text) == encoded


def test_hostile_cells_are_shown_not_obeyed(printer: Printer, document: Document) -> None:
    evil = {**document, "id": "1\t2\n3", "title": "[/x] \x1b]52;c;eA==\x07", "reference": "\u202eabc"}
    for terminal in (False, True):
        for format_ in ("table", "ids"):
            out, _ = listed(printer, format_, [evil], terminal=terminal)
            assert not {"\x1b", "\x07", "\u202e"} & set(out)
            assert out.count("\n") == (2 if format_ == "table" else 1)
            assert r"1\t2\n3" in out


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(UsageError, match="xml"):
        Output(format="xml")


def test_plain_text_ends_in_a_line_feed(printer: Printer) -> None:
    printed = printer()
    printed.output.text("help")
    printed.output.text("more\n")
    printed.output.text("")
    printed.output.close()
    assert printed.out == "help\nmore\n"
