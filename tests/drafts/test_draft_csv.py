import csv
import datetime as dt
import io
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderctl import drafts
from orderctl.drafts import DraftOptions, rows, source, table
from orderctl.drafts.style import Numbers
from orderctl.errors import MachineRefused, Problem, Temporary, UsageError
from orderctl.model import Customer, DraftLine, OrderDraft, Setting
from tests.drafts.preparing import Preparing


def read(text: str | bytes, **more: Any) -> list[OrderDraft]:
    content = text.encode() if isinstance(text, str) else text
    prepare = more.pop("prepare", None) or Preparing()
    how: dict[str, Any] = {"stdin": io.BytesIO(content), "format": "csv", "zone": dt.UTC, **more}
    with drafts.read("-", prepare=prepare, **how) as batch:
        return prepare.sent(batch)


def refusal(text: str | bytes, **more: Any) -> UsageError:
    with pytest.raises(UsageError) as error:
        read(text, **more)
    assert "\n" not in error.value.message
    return error.value


def file_refusal(path: Path) -> UsageError:
    with pytest.raises(UsageError) as error:
        drafts.read(path, zone=dt.UTC, prepare=Preparing())
    return error.value


def said(text: str | bytes, **more: Any) -> list[str]:
    return [str(p) for p in refusal(text, **more).fields]


def test_every_column_has_its_place() -> None:
    heading = (
        "reference,title,note,customer,customer_name,email,phone,address,due,currency,total,status,paid,"
        "sku,name,quantity,price,line.id,line.vat,line.tags:,set.custom_a,set.F_4:h_title,set.n:"
    )
    row = (
        "A-1,T,N,C,Ann,a@example.com,'+380639370442,Street 1,2026-03-09T14:30,UAH, 102.50 ,New,yes,"
        '100500,Test,2,0,7,20,"[1,2.50]",x,Order A,"{""a"":1}"'
    )
    assert read(f"{heading}\n{row}\n", zone=ZoneInfo("Europe/Kyiv")) == [
        OrderDraft(
            reference="A-1",
            title="T",
            note="N",
            customer=Customer(code="C", name="Ann", email="a@example.com", phone="+380639370442", address="Street 1"),
            due=dt.datetime(2026, 3, 9, 12, 30, tzinfo=dt.UTC),
            currency="UAH",
            total=Decimal("102.50"),
            status="New",
            paid=True,
            lines=(
                DraftLine(
                    sku="100500",
                    id="7",
                    name="Test",
                    quantity=Decimal(2),
                    price=Decimal(0),
                    set={"vat": Setting(value="20"), "tags": Setting(value=[1, Decimal("2.50")])},
                ),
            ),
            set={
                "custom_a": Setting(value="x"),
                "F_4": Setting(value="Order A", kind="h_title"),
                "n": Setting(value={"a": 1}),
            },
            row=2,
        )
    ]


def test_rows_of_one_reference_are_one_order() -> None:
    text = "reference,title,sku\nA,T,1\nA,,2\nA,T,3\n\n,,\nB,,\n"
    first, second = read(text)
    assert (first.title, [line.sku for line in first.lines], first.row) == ("T", ["1", "2", "3"], 2)
    assert (second.reference, second.lines, second.row) == ("B", (), 7)


def test_text_is_kept_but_for_blanks_at_its_ends() -> None:
    (draft,) = read('reference,title,note,status\n A ,"  x\r\ny ",   ,\u00a0\n')
    assert (draft.reference, draft.title, draft.note, draft.status) == ("A", "x\r\ny", None, None)


def test_a_row_is_the_line_of_the_file_where_it_begins() -> None:
    assert said('reference,note,sku,quantity\nA,"x\n\ny",T,1\nB,,T,0\n') == ["row 5, quantity: must be above 0: 0"]


def test_order_columns_must_not_differ_within_an_order() -> None:
    text = "InvoiceNo,InvoiceDate\nA,2010-12-01 08:26\nA,2010-12-01 08:27\n"
    columns = {"reference": "InvoiceNo", "due": "InvoiceDate"}
    assert said(text, columns=columns) == [
        "row 3, InvoiceDate: '2010-12-01 08:27' differs from '2010-12-01 08:26' in row 2; an order has one due"
    ]
    assert said("reference,set.a\nA,1\nA,2\n") == [
        "row 3, set.a: '2' differs from '1' in row 2; an order has one set.a"
    ]


def test_rows_of_one_reference_must_be_adjacent() -> None:
    (problem,) = said("reference,sku\nA,1\nB,1\nA,2\n")
    assert problem == ("row 4, reference: 'A' is in row 2 and again in row 4; the rows of one order must be adjacent")


@pytest.mark.parametrize(
    "rows, valid",
    [
        ("D-1,1\nD-2,1\nD-1,1\n", ["D-2"]),
        ("D-1,0\nD-2,1\nD-1,1\n", ["D-2"]),
        ("D-1,1\nD-2,1\nD-1,1\nD-3,1\nD-1,1\n", ["D-2", "D-3"]),
        ("D-1,1\nD-2,1\nD-1,1\nD-2,0\n", []),
    ],
)
def test_the_orders_that_cannot_be_sent_are_those_that_skip_invalid_leaves_out(rows: str, valid: list[str]) -> None:
    text = "reference,quantity,sku\n" + rows.replace("\n", ",T\n")
    with drafts.read(
        "-", stdin=io.BytesIO(text.encode()), format="csv", zone=dt.UTC, skip_invalid=True, prepare=Preparing()
    ) as batch:
        assert [d.reference for d in batch] == valid
        assert batch.count == len(valid)
        total = batch.count + batch.rejected
    others = "; --skip-invalid sends the others" if valid else ""
    assert refusal(text).hint == f"{total - len(valid)} of {total} orders cannot be sent{others}"


def test_both_parts_of_a_split_order_are_rejected_naming_the_other(tmp_path: Path) -> None:
    rejects = tmp_path / "rejects.csv"
    read("reference,sku\nD-1,1\nD-2,1\nD-1,2\n", skip_invalid=True, rejects=rejects)
    why = "reference: 'D-1' is in row 2 and again in row 4; the rows of one order must be adjacent"
    assert list(csv.reader(rejects.read_text().splitlines())) == [
        ["reference", "sku", "reason", "code"],
        ["D-1", "1", why, "usage.invalid"],
        ["D-1", "2", why, "usage.invalid"],
    ]


def test_every_row_needs_its_reference() -> None:
    assert said("reference,sku\nA,1\n,2\n ,3\n") == [
        "row 3, reference: is empty; every row of an order needs its reference",
        "row 4, reference: is empty; every row of an order needs its reference",
    ]


def test_a_reference_option_is_used_where_the_file_has_none() -> None:
    defaults = DraftOptions(reference="R")
    (draft,) = read("sku\n1\n2\n", defaults=defaults)
    assert (draft.reference, len(draft.lines)) == ("R", 2)
    assert [d.reference for d in read("reference,sku\nA,1\n,2\n", defaults=defaults)] == ["A", "R"]


def test_options_fill_what_the_file_leaves_empty() -> None:
    defaults = DraftOptions(
        title="D",
        customer="C",
        email="d@example.com",
        paid=False,
        total="0",
        set=("a=1", "b=2"),
        line=("sku=9",),
        file=("f",),
    )
    one, two = read("reference,title,email,sku,set.a\nA,T,x@example.com,1,7\nB,,,,\n", defaults=defaults)
    assert one == OrderDraft(
        reference="A",
        title="T",
        customer=Customer(code="C", email="x@example.com"),
        paid=False,
        total=Decimal(0),
        lines=(DraftLine(sku="1"),),
        set={"a": Setting(value="7"), "b": Setting(value="2")},
        files=("f",),
        row=2,
    )
    assert (two.title, two.lines, two.customer.email) == ("D", (DraftLine(sku="9"),), "d@example.com")


def test_bad_options_are_refused_before_the_file_is_read() -> None:
    with pytest.raises(UsageError, match="--total"):
        read("nonsense", defaults=DraftOptions(total="x"))


def test_all_problems_come_at_once_with_row_and_column() -> None:
    advice = "; if the comma is before the decimals: --numbers '1.234,56'"
    error = refusal('reference,due,total,paid,sku,quantity,price\nA,soon,"12,50",maybe,6.93E+18,-3,-1\nB,,,,x,two,\n')
    assert error.exit_code == 2
    assert error.message == "7 problems in standard input; nothing was sent"
    assert error.hint == "2 of 2 orders cannot be sent"
    assert sorted(map(str, error.fields)) == [
        "row 2, due: 'soon' is not a date or time (2026-03-09, 2026-03-09T14:30)",
        "row 2, paid: 'maybe' is neither true nor false (1/0, true/false, yes/no)",
        "row 2, price: must not be below 0: -1; a discount is read by a mapping: [discount], see orderctl help mapping",
        "row 2, quantity: must be above 0: -3",
        "row 2, sku: '6.93E+18': scientific notation is not accepted; write the whole number",
        "row 2, total: '12,50' is not a number; write 12.50, not 12,50" + advice,
        "row 3, quantity: 'two' is not a number",
    ]


@pytest.mark.parametrize("word", ["reference", "customer", "phone", "sku"])
@pytest.mark.parametrize("cell", ["6.93E+18", '"6,93E+18"', "7e+11", " -1E-05"])
def test_text_that_a_spreadsheet_has_damaged_is_refused(word: str, cell: str) -> None:
    text = f"reference,{word}\nA,{cell}\n" if word != "reference" else f"reference\n{cell}\n"
    assert "scientific notation is not accepted" in refusal(text).message


@pytest.mark.parametrize("sku", ["1E5", "85123A", "E+18", "-x"])
def test_odd_stock_codes_are_kept(sku: str) -> None:
    assert read(f"reference,sku\nA,{sku}\n")[0].lines[0].sku == sku


def test_one_problem_is_the_whole_message() -> None:
    assert refusal("reference,quantity\nA,0\n").message == "standard input, row 2, quantity: must be above 0: 0"


def test_only_a_thousand_problems_are_held_but_all_are_counted() -> None:
    error = refusal("reference,quantity\n" + "".join(f"{n},0\n" for n in range(1200)))
    assert error.message == "1,200 problems in standard input (the first 1,000 are listed); nothing was sent"
    assert len(error.fields) == 1000
    error = refusal("reference,quantity\n" + "A,0\n" * 1200)
    assert error.message.startswith("1,200 problems")


@pytest.mark.parametrize("heading", ["foo", "reference", "c{}"])
def test_a_header_of_a_million_columns_is_refused_at_once(heading: str) -> None:
    header = ",".join(heading.format(n) for n in range(10**6))
    started = time.process_time()
    error = refusal(f"{header}\n1\n")
    assert time.process_time() - started < 1
    assert error.message.endswith("row 1: has 1,000,000 columns; at most 16,384 are read")


def test_a_header_as_wide_as_a_spreadsheet_is_refused_at_once() -> None:
    started = time.process_time()
    assert refusal("reference," + "referenc," * 16_000 + "sku\n1\n").message.startswith("16,000 problems")
    assert time.process_time() - started < 1


def test_the_vendors_check_is_asked_for_every_draft_that_is_sound() -> None:
    asked = []

    def check(draft: OrderDraft) -> tuple[Problem, ...]:
        asked.append(draft.reference)
        return (
            Problem("line 2 sku", "unknown", draft.row),
            Problem("line 9 sku", "no such line", draft.row),
            Problem("--title", "too long"),
        )

    text = "reference,title,sku\nA,T,1\nA,,\nA,,2\nB,a\0b,1\n"
    assert said(text, prepare=Preparing(find=check)) == [
        "row 4, sku: unknown",
        "row 2, line 9 sku: no such line",
        "row 2, title: too long",
        "row 5, title: has a NUL character",
    ]
    assert asked == ["A"]


@pytest.mark.parametrize(
    "path, said_of_it",
    [
        ("--phone", "row 2, Telefon"),
        ("--customer-name", "row 2, customer_name"),
        ("--set a", "row 2, set.a"),
        ("--set vat", "row 2, Tax"),
        ("--line", "row 2, --line"),
        ("line 1 sku", "row 2, Code"),
        ("line 1 price", "row 2, price"),
        ("line 1 b", "row 2, line.b"),
        ("--email", "row 2, --email"),
        ("--set option", "row 2, --set option"),
        ("--file", "row 2, --file"),
    ],
)
def test_a_vendors_problem_names_the_column_unless_an_option_gave_the_value(path: str, said_of_it: str) -> None:
    columns = {"phone": "Telefon", "sku": "Code", "set.vat": "Tax"}
    defaults = DraftOptions(email="a@example.com", set=("option=1",), file=("f",))
    text = "reference,Telefon,Code,Tax\nA,1,2,3\n"
    how: dict[str, Any] = {"columns": columns, "defaults": defaults, "prepare": Preparing(Problem(path, "bad"))}
    assert said(text, **how) == [f"{said_of_it}: bad"]


def test_a_line_that_an_option_gave_is_not_a_row_of_the_file() -> None:
    how: dict[str, Any] = {
        "defaults": DraftOptions(line=("sku=9",)),
        "prepare": Preparing(Problem("line 1 sku", "bad")),
    }
    assert said("reference\nA\n", **how) == ["row 2, line 1 sku: bad"]


def test_the_rejects_name_the_column_too(tmp_path: Path) -> None:
    rejects = tmp_path / "rejects.csv"
    how: dict[str, Any] = {"skip_invalid": True, "rejects": rejects, "prepare": Preparing(Problem("--phone", "bad"))}
    read("reference,phone\nA,1\n", **how)
    assert rejects.read_text().splitlines() == ["reference,phone,reason,code", "A,1,phone: bad,usage.invalid"]


@pytest.mark.parametrize("given", ["euro", "EURO", "E1R", "€€€"])
def test_a_currency_is_three_letters(given: str) -> None:
    assert said(f"reference,currency\nA,{given}\n") == [
        f"row 2, currency: {given!r} is not a currency; it has three letters, such as EUR"
    ]
    assert read("reference,currency\nA, eur \n")[0].currency == "EUR"


def test_an_email_has_an_at() -> None:
    assert said("reference,email\nA,ann.example.com\n") == [
        "row 2, email: 'ann.example.com' is not an email address; it has no @"
    ]


@pytest.mark.parametrize(
    "header, problem",
    [
        ("reference,titel", "row 1, titel: unknown column; did you mean 'title' or 'total'?"),
        ("reference,id", "row 1, id: unknown column; line.id is the vendor's product or row, _id is ignored"),
        ("reference,qty", "row 1, qty: unknown column; did you mean 'quantity'?"),
        ("reference,Sku_Code", "row 1, Sku_Code: unknown column; did you mean 'sku'?"),
        ("reference,zzzz", "row 1, zzzz: unknown column"),
        ("reference,set.", "row 1, set.: unknown column"),
        ("reference,line.a:b:c", "row 1, line.a:b:c: unknown column"),
        ("reference,sku,sku", "row 1, sku: is twice in the header"),
        ("reference,name,line.name", "row 1, line.name: means the same as 'name'"),
        ("reference,set.a,set.a", "row 1, set.a: is twice in the header"),
        ("sku", "row 1, reference: the file has no such column, and every order needs one"),
    ],
)
def test_a_header_that_is_not_ours_is_refused(header: str, problem: str) -> None:
    assert problem in said(f"{header}\n")


def test_a_reference_column_that_is_nearly_right_is_named() -> None:
    assert "did you mean 'referense'?" in said("referense\n")[-1]


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_another_separator_is_recognised(separator: str) -> None:
    text = separator.join(["reference", "sku"]) + "\n" + separator.join(["A", "1"]) + "\n"
    assert read(text)[0].lines[0].sku == "1"
    assert read(f"sep={separator}\n" + text)[0].lines[0].sku == "1"
    assert read(text, delimiter="tab" if separator == "\t" else separator)[0].lines[0].sku == "1"


def test_the_separator_that_a_first_line_names_is_not_guessed() -> None:
    text = "no,a,b;c;d;e\n1,x,y;z;w;v\n2,x,y;z;w;v\n"

    def separator(text: str) -> str:
        read_from = source.Source("x", io.BytesIO(text.encode()), encoding="utf-8", path=None)
        return table.csv_table(read_from, delimiter=None, quoted=True, known=[]).delimiter

    assert (separator(text), separator("sep=,\n" + text), separator('"SEP=,"\n' + text)) == (";", ",", ",")


def test_a_tab_may_be_written_as_backslash_t() -> None:
    assert read("reference\tsku\nA\t1\n", delimiter="\\t")[0].lines[0].sku == "1"


@pytest.mark.parametrize("delimiter", [";;", '"', "\n"])
def test_a_separator_that_cannot_be_is_refused(delimiter: str) -> None:
    assert "--delimiter" in refusal("reference\n", delimiter=delimiter).message


def test_foreign_headings_are_mapped_and_the_others_ignored() -> None:
    text = "InvoiceNo, Code ,Junk,price,reason,_id,,,sku\nA,1,x,2.50,why,9,,,ignored\n"
    columns = {"reference": "InvoiceNo", "title": "InvoiceNo", "sku": "Code"}
    (draft,) = read(text, columns=columns)
    assert draft == OrderDraft(reference="A", title="A", lines=(DraftLine(sku="1", price=Decimal("2.50")),), row=2)


def test_a_mapped_heading_is_read_as_mapped_only() -> None:
    (draft,) = read("reference,name,reason\nA,x,y\n", columns={"sku": "name", "note": "reason"})
    assert (draft.lines, draft.note) == ((DraftLine(sku="x"),), "y")


@pytest.mark.parametrize(
    "columns, problem",
    [
        (
            {"reference": "Invoice"},
            "--columns: the file has no column 'Invoice' for reference; did you mean 'InvoiceNo'?",
        ),
        (
            {"referens": "InvoiceNo"},
            "--columns: 'referens' is not a column of ours; unknown column; did you mean 'reference'?",
        ),
        (
            {"InvoiceNo": "reference"},
            "--columns: 'InvoiceNo' is not a column of ours, 'reference' is: the order is OURS=THEIRS",
        ),
        ({"reference": "Twice"}, "--columns: the file has 2 columns 'Twice'"),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused(columns: Mapping[str, str], problem: str) -> None:
    assert problem in said("InvoiceNo,Twice,Twice\n", columns=columns)


def test_columns_that_a_mapping_leaves_out_are_named() -> None:
    text = "InvoiceNo,emial,Junk,_id,,reason,sku,Code,Tel\nA,a@example.com,x,9,,why,1,2,3\n"
    columns = {"reference": "InvoiceNo", "sku": "Code"}
    stdin = io.BytesIO(text.encode())
    with drafts.read("-", stdin=stdin, format="csv", zone=dt.UTC, columns=columns, prepare=Preparing()) as batch:
        assert batch.unread == ("emial", "Junk", "sku", "Tel")
        assert batch.not_read == "not read: emial (did you mean email?), Junk, sku, Tel (did you mean phone?)"
    refused = refusal(text, columns=columns, prepare=Preparing(Problem("--email", "is missing")))
    assert refused.hint.endswith(f"; {batch.not_read}")


@pytest.mark.parametrize("heading", ["Qty", "Menge"])
def test_quantities_are_never_left_unread(heading: str) -> None:
    text = f"InvoiceNo,Code,{heading}\nA,TEA,600\n"
    columns = {"reference": "InvoiceNo", "sku": "Code"}
    problem = (
        f"row 1, {heading}: is not read, but looks like quantity: map it (quantity={heading}), or add --ignore-columns"
    )
    assert said(text, columns=columns) == [problem]
    assert len(read(text, columns=columns | {"quantity": heading})) == 1
    assert len(read(text.replace(heading, f"_{heading}"), columns=columns)) == 1


def test_a_word_that_is_read_already_is_not_proposed() -> None:
    stdin = io.BytesIO(b"InvoiceNo,emial,Mail\nA,x,a@example.com\n")
    columns = {"reference": "InvoiceNo", "email": "Mail"}
    with drafts.read("-", stdin=stdin, format="csv", zone=dt.UTC, columns=columns, prepare=Preparing()) as batch:
        assert batch.not_read == "not read: emial"


def test_of_many_columns_that_are_not_read_the_first_are_named() -> None:
    stdin = io.BytesIO(b"InvoiceNo," + b",".join(b"x%d" % n for n in range(23)) + b"\nA" + b"," * 23 + b"\n")
    with drafts.read(
        "-", stdin=stdin, format="csv", zone=dt.UTC, columns={"reference": "InvoiceNo"}, prepare=Preparing()
    ) as batch:
        assert len(batch.unread) == 23
        assert batch.not_read.endswith(", x19 and 3 more")


def test_without_a_mapping_every_column_is_read() -> None:
    with drafts.read(
        "-", stdin=io.BytesIO(b"reference,_id,reason\nA,1,x\n"), format="csv", zone=dt.UTC, prepare=Preparing()
    ) as batch:
        assert (batch.unread, batch.not_read) == ((), "")


def test_read_only_columns_and_reasons_are_ignored() -> None:
    assert read("reference,_id,_status,reason\nA,1,open,bad\n") == [OrderDraft(reference="A", row=2)]


def test_a_column_without_a_heading_must_be_empty() -> None:
    assert len(read("reference,,\nA,,\n")) == 1
    assert said("reference,,\nA,x,\n") == ["row 2: has 'x' in column 2, which has no heading"]


def test_ragged_rows_are_refused_but_empty_cells_beyond_are_not() -> None:
    assert len(read("reference,sku\nA,1,, \n")) == 1
    assert said("reference,sku\nA\nB,1,2\n") == [
        "row 2: has 1 cell where the header has 2",
        "row 3: has 3 cells where the header has 2; is a cell with ',' in it not quoted?",
    ]
    assert said("sku,reference\n1\n")[0] == "row 2: has 1 cell where the header has 2"


def test_one_field_of_text_and_of_json_may_not_both_be_filled() -> None:
    text = "reference,sku,line.a,line.a:\nA,1,x,\nA,2,,[1]\nA,3,x,[1]\n"
    assert said(text) == ["row 4, line.a:: gives a a second time"]


@pytest.mark.parametrize(
    "text, problem",
    [
        ('reference,note\nA,"x\n', "row 2: a quote that is opened in this row is never closed"),
        ('reference,note\nA,"x"y\n', "row 2: a closing quote must end its cell"),
        ("reference,note\nA," + "x" * 1_100_000 + "\n", "row 2: a cell is longer than 1 MB"),
        ('"reference\n', "row 1: a quote that is opened"),
    ],
)
def test_broken_csv_is_refused_even_where_the_invalid_is_skipped(text: str, problem: str) -> None:
    assert problem in refusal(text).message
    assert problem in refusal(text, skip_invalid=True).message


def test_what_was_wrong_before_the_break_is_reported_too() -> None:
    error = refusal('reference,sku,quantity\nA,T,0\nB,T,"x\n')
    assert "1 more problems before it" in error.message
    assert len(error.fields) == 2


def test_rows_and_orders_without_end_are_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "MAX_ORDER", 1000)
    monkeypatch.setattr(rows, "MAX_ORDER", 1000)
    assert "one row is larger" in refusal('reference,note\nA,"' + "x\n" * 1000).message
    assert "order 'A' is larger" in refusal("reference,note\n" + "A,x\n" * 100).message
    monkeypatch.setattr(source, "MAX_ORDER", 100)
    assert "row 2: the line is longer" in refusal("reference,note\nA," + "x" * 200).message


def test_python_may_complain_of_something_new() -> None:
    assert table._csv_problem("something new") == "is not CSV: something new"  # noqa: SLF001  (no file provokes it)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_system_are_read(end: str) -> None:
    assert [d.row for d in read(f"reference,sku{end}A,1{end}B,2{end}")] == [2, 3]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "UTF8"])
def test_a_byte_order_mark_is_fine(encoding: str) -> None:
    assert read("\ufeffreference\nÄ\n", encoding=encoding)[0].reference == "Ä"


@pytest.mark.parametrize("encoding", ["gb18030", "cp1251", "utf-16", "utf-16-le", "big5"])
def test_a_file_is_read_in_the_encoding_that_is_given(encoding: str) -> None:
    title = "Замовлення" if encoding == "cp1251" else "中文"
    assert read(f"reference,title\nA,{title}\n".encode(encoding), encoding=encoding)[0].title == title


def test_a_file_that_does_not_decode_names_the_place_and_the_encodings_that_would(tmp_path: Path) -> None:
    content = "reference,title\nA,x\nB,订单编号\n".encode("gb18030")
    path = tmp_path / "orders.csv"
    path.write_bytes(content)
    for error in (refusal(content), file_refusal(path)):
        assert "row 3: byte 0xb6 at offset 22 is not utf-8" in error.message
        assert error.hint.startswith("these decode it: --encoding gb18030 (it would read '订单编号'), --encoding ")
        assert "--encoding cp949 (it would read '땐데긍뵀')" in error.hint
        assert error.hint.count("--encoding") == 5


def test_an_encoding_that_fails_further_on_is_not_proposed(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes("reference,title\nA,订单\n".encode("gb18030") + b"B,\x98\n" + b"C,\xff\xff\n")
    error = file_refusal(path)
    assert "gb18030" not in error.hint


def test_only_the_beginning_of_a_large_file_is_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MAX_TRIED", 65536)
    path = tmp_path / "orders.csv"
    path.write_bytes(b"reference,title\nA,\xb6\xa9\n" + b"\n" * 100_000 + b"C,\xff\xff\n")
    assert "--encoding gb18030" in file_refusal(path).hint


def test_a_late_bad_byte_is_placed_in_its_row(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    lines = b"".join(b"%d,%s\n" % (n, b"x" * 90) for n in range(1000))
    path.write_bytes(b"reference,title\n" + lines + b"Z,\xe9t\xe9\n")
    error = file_refusal(path)
    assert f"row 1002: byte 0xe9 at offset {path.stat().st_size - 4:,}" in error.message


@pytest.mark.parametrize("before", [4094, 4095, 8190, 8191, 12_287])
def test_the_text_after_the_piece_that_failed_counts(tmp_path: Path, before: int) -> None:
    path = tmp_path / "orders.csv"
    start = b"reference,title\nA,"
    path.write_bytes(start + b"x" * (before - len(start)) + "김철수\nB,서울특별시 강남구\n".encode("cp949"))
    assert file_refusal(path).hint.startswith("these decode it: --encoding cp949 ")


def test_an_empty_encoding_is_none() -> None:
    assert read("reference\nÄ\n".encode("utf-16"), encoding="")[0].reference == "Ä"


def test_bytes_that_nothing_decodes() -> None:
    error = refusal("reference\nÄ\n".encode("cp1252"), encoding="ascii")
    assert "cp1252" in error.hint
    assert "no encoding that we know" in refusal(b"reference\n\x81\xff\x98\n\x90 \x8f").hint


@pytest.mark.parametrize(
    "content, said_of_it",
    [
        ("reference".encode("utf-16-le"), "it may be --encoding utf-16-le"),
        ("reference".encode("utf-16-be"), "it may be --encoding utf-16-be"),
        (b"PK\x03\x04rest", "is a spreadsheet"),
        (b"\xd0\xcf\x11\xe0rest", "is an old Excel file"),
        (b"\x1f\x8brest", "is compressed"),
    ],
)
def test_what_is_not_utf8_text_is_named(content: bytes, said_of_it: str) -> None:
    error = refusal(content)
    assert said_of_it in f"{error.message} {error.hint}"


MARKED = [
    pytest.param("utf-16-le", "utf-16", id="utf-16-le"),
    pytest.param("utf-16-be", "utf-16", id="utf-16-be"),
    pytest.param("utf-32-le", "utf-32", id="utf-32-le"),
    pytest.param("utf-32-be", "utf-32", id="utf-32-be"),
]


@pytest.mark.parametrize("encoding, family", MARKED)
def test_a_byte_order_mark_selects_the_encoding(encoding: str, family: str, tmp_path: Path) -> None:
    content = "\ufeffreference,quantity,title,sku\nÄ,0,中文,T\nB,1,x,T\n".encode(encoding)
    path, rejects = tmp_path / "orders.csv", tmp_path / "rejects.csv"
    path.write_bytes(content)
    prepare = Preparing()
    with drafts.read(path, zone=dt.UTC, skip_invalid=True, rejects=rejects, prepare=prepare) as batch:
        assert [d.reference for d in batch] == ["B"]
    written = rejects.read_bytes().decode(encoding)
    assert written.startswith("\ufeffreference,quantity,title,sku,reason,code\r\nÄ,0,中文,T,")
    assert read(content.replace("0".encode(encoding), "1".encode(encoding)))[0].title == "中文"
    assert f"give --encoding {family}" in refusal(content, encoding="utf-8").hint


@pytest.mark.parametrize("kind", ["json", "jsonl"])
def test_a_byte_order_mark_selects_the_encoding_of_json(kind: str) -> None:
    assert read('{"reference": "Ä"}\n'.encode("utf-16"), format=kind)[0].reference == "Ä"


@pytest.mark.parametrize("encoding, family", MARKED)
def test_a_file_that_is_cut_off_after_its_byte_order_mark_is_refused(encoding: str, family: str) -> None:
    error = refusal("\ufeffreference\nA\nB".encode(encoding)[:-1])
    assert f"is not {encoding}" in error.message
    assert error.hint == f"its byte-order mark is that of {family.upper()}; is the file damaged or cut off?"


def test_utf16_without_its_mark_shows_how_to_go_on() -> None:
    error = refusal("reference\nA\n".encode("utf-16-le"), encoding="utf-16")
    assert "--encoding utf-16-le" in error.hint


@pytest.mark.parametrize("encoding", ["gb1803", "hex", "undefined", "a\0b"])
def test_an_unknown_encoding_is_refused(encoding: str) -> None:
    assert "--encoding" in refusal("reference\n", encoding=encoding).message


@pytest.mark.parametrize("name", ["missing.csv", ".csv", "a\0b.csv"])
def test_a_file_that_cannot_be_opened_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        drafts.read(f"{tmp_path}/{name}", format="csv", zone=dt.UTC, prepare=Preparing())


def test_a_stream_that_fails_is_refused() -> None:
    class Breaking(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() > 4:
                raise OSError(5, "Input/output error")
            return super().read(5)

    with pytest.raises(UsageError, match="cannot be read: Input/output error"):
        drafts.read("-", stdin=Breaking(b"reference\n"), format="csv", zone=dt.UTC, prepare=Preparing())


def test_the_format_is_the_files_ending_or_given(tmp_path: Path) -> None:
    path = tmp_path / "orders.CSV"
    path.write_text("reference\nA\n")
    with drafts.read(path, zone=dt.UTC, prepare=Preparing()) as batch:
        assert batch.count == 1
    for name, text in (
        ("orders.txt", "reference\nA\n"),
        ("orders", '[{"reference": "A"}]'),
        ("a.ndjson", '{"reference": "A"}'),
    ):
        path = tmp_path / name
        path.write_text(text)
        with drafts.read(path, zone=dt.UTC, prepare=Preparing()) as batch:
            assert batch.count == 1
    with pytest.raises(UsageError, match="standard input may be"):
        drafts.read("-", zone=dt.UTC, stdin=io.BytesIO(), prepare=Preparing())
    with pytest.raises(UsageError, match="--format 'xls' is not known"):
        drafts.read(path, zone=dt.UTC, format="xls", prepare=Preparing())


def test_a_file_without_orders_is_an_empty_batch() -> None:
    assert read("reference,sku\n") == []


def test_a_batch_can_be_read_twice_at_once() -> None:
    with drafts.read(
        "-", stdin=io.BytesIO(b"reference\nA\nB\n"), format="csv", zone=dt.UTC, prepare=Preparing()
    ) as batch:
        pairs = [(one.reference, two.reference) for one, two in zip(batch, batch, strict=True)]
        assert pairs == [("A", "A"), ("B", "B")]
        assert batch.problems == ()


BAD = (
    "\ufeff_id,reference,sku,quantity,reason\r\n"
    "1,A,=1,1,old\r\n2,B,x,0,old\r\n3,B,y,1,\r\n4,C,z,1,\r\n5,D,d,1,\r\n6,C,z,1,\r\n7,E\r\n"
)


def test_the_good_orders_are_sent_and_the_others_written_with_the_reason(tmp_path: Path) -> None:
    path, rejects = tmp_path / "orders.csv", tmp_path / "rejects.csv"
    path.write_bytes(BAD.encode())
    rejects.write_text("_id,reference,sku,quantity,reason\n" * 1)
    rejects.chmod(0o644)
    with drafts.read(path, zone=dt.UTC, skip_invalid=True, rejects=rejects, prepare=Preparing()) as batch:
        assert [d.reference for d in batch] == ["A", "D"]
        assert (batch.count, batch.rejected, batch.problem_count) == (2, 4, 3)
        assert [p.row for p in batch.problems] == [3, 7, 8]
    assert rejects.stat().st_mode & 0o777 == 0o600
    content = rejects.read_text(encoding="utf-8")
    assert content.startswith(
        "\ufeff_id,reference,sku,quantity,reason,code\n2,B,x,0,quantity: must be above 0: 0,usage.invalid\n3,B,y,1,"
    )
    found = list(csv.reader(io.StringIO(content)))
    assert [r[0] for r in found[1:]] == ["2", "3", "4", "6", "7"]
    assert found[2][4] == "belongs to the order of row 3"
    assert found[3][4].startswith("reference: 'C' is in row 5 and again in row 7")
    assert found[4][4].startswith("reference: 'C' is in row 5 and again in row 7")
    why = "has 2 cells where the header has 5; empty cells were added at its end"
    assert found[5] == ["7", "E", "", "", why, "usage.invalid"]


def test_rejects_of_ragged_rows_can_be_fixed(tmp_path: Path) -> None:
    path, again = tmp_path / "rejects.csv", tmp_path / "again.csv"
    text = "reference,sku,name,quantity\nA,1\nB,2,Desk, oak,1\nC,3,Cup,1\n"
    read(text, skip_invalid=True, rejects=path)
    rows = list(csv.reader(path.read_text().splitlines()))
    short, long = rows[1:]
    assert [len(short), rows[0].index("reason"), short[:4]] == [6, 4, ["A", "1", "", ""]]
    assert (long[:4], long[4][:10], long[5:]) == (["B", "2", "Desk", " oak"], "has 5 cell", ["usage.invalid", "1"])
    with drafts.read(path, zone=dt.UTC, skip_invalid=True, rejects=again, prepare=Preparing()) as batch:
        assert [d.reference for d in batch] == ["A"]
    assert list(csv.reader(again.read_text().splitlines()))[1][5:] == ["usage.invalid", "1"]
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(
            [rows[0], ["A", "1", "Pen", "2", *short[4:6]], ["B", "2", "Desk, oak", "1", *long[4:6]]]
        )
    prepare = Preparing()
    with drafts.read(path, zone=dt.UTC, prepare=prepare) as batch:
        assert [(d.lines[0].name, str(d.lines[0].quantity)) for d in prepare.sent(batch)] == [
            ("Pen", "2"),
            ("Desk, oak", "1"),
        ]


def test_a_fixed_rejects_file_is_read_by_the_same_command(tmp_path: Path) -> None:
    path, rejects, again = tmp_path / "orders.csv", tmp_path / "rejects.csv", tmp_path / "again.csv"
    path.write_bytes("Nummer;Menge;Ware\nÄ;0;é\nB;1;x\n".encode("cp1252"))
    how: dict[str, Any] = {
        "zone": dt.UTC,
        "encoding": "cp1252",
        "delimiter": ";",
        "columns": {"reference": "Nummer", "quantity": "Menge", "sku": "Ware"},
        "skip_invalid": True,
    }
    with drafts.read(path, **how, rejects=rejects, prepare=Preparing()):
        pass
    assert rejects.read_bytes().startswith("Nummer;Menge;Ware;reason;code\r\nÄ;0;é;".encode("cp1252"))
    rejects.write_bytes(rejects.read_bytes().replace(b";0;", b";3;"))
    prepare = Preparing()
    with drafts.read(rejects, **how, rejects=again, prepare=prepare) as batch:
        assert [(d.reference, d.lines[0].sku) for d in prepare.sent(batch)] == [("Ä", "é")]
    assert again.read_bytes() == b"Nummer;Menge;Ware;reason;code\r\n"


def test_a_column_of_the_files_own_that_is_called_reason_is_kept(tmp_path: Path) -> None:
    rejects = tmp_path / "rejects.csv"
    read("reference,reason,sku,quantity\nA,late,1,0\n", columns={"note": "reason"}, skip_invalid=True, rejects=rejects)
    assert rejects.read_text().startswith("reference,reason,sku,quantity,_reason,code\nA,late,1,0,quantity")


def test_without_a_rejects_file_the_reasons_are_in_the_problems() -> None:
    stdin = io.BytesIO(b"reference,sku,quantity\nA,T,0\nB,T,1\n")
    with drafts.read("-", stdin=stdin, format="csv", zone=dt.UTC, skip_invalid=True, prepare=Preparing()) as batch:
        assert [d.reference for d in batch] == ["B"]
        assert [str(p) for p in batch.problems] == ["row 2, quantity: must be above 0: 0"]


def test_the_rejects_never_overwrite_those_of_an_earlier_run(tmp_path: Path) -> None:
    rejects = tmp_path / "r.csv"
    rejects.write_text("reference,reason\nA,no\n")
    assert "holds orders of an earlier run" in refusal("reference,sku\nA,1\n", rejects=rejects).message
    assert rejects.read_text() == "reference,reason\nA,no\n"


def test_the_rejects_never_overwrite_the_input(tmp_path: Path) -> None:
    path, link = tmp_path / "orders.csv", tmp_path / "link.csv"
    path.write_text("reference\nA\n")
    link.hardlink_to(path)
    for rejects in (path, link):
        with pytest.raises(UsageError, match="is the file that is read"):
            drafts.read(path, zone=dt.UTC, skip_invalid=True, rejects=rejects, prepare=Preparing())
    with path.open("rb") as stdin, pytest.raises(UsageError, match="is the file that is read"):
        drafts.read("-", stdin=stdin, format="csv", zone=dt.UTC, skip_invalid=True, rejects=link, prepare=Preparing())
    assert path.read_text() == "reference\nA\n"


@pytest.mark.parametrize("name", ["no/such/folder.csv", ".", "a\0b"])
def test_rejects_that_cannot_be_written_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="cannot write --rejects"):
        read("reference,quantity\nA,0\n", skip_invalid=True, rejects=f"{tmp_path}/{name}")


def test_rejects_may_go_to_a_device() -> None:
    assert read("reference,quantity\nA,0\n", skip_invalid=True, rejects="/dev/null") == []
    assert Path("/dev/null").stat().st_mode & 0o777 == 0o666


def test_without_skip_invalid_an_invalid_order_stops_everything_and_the_rejects_stay(tmp_path: Path) -> None:
    rejects = tmp_path / "r.csv"
    rejects.write_text("of an earlier run")
    assert "quantity" in refusal("reference,sku,quantity\nA,T,0\nB,T,1\n", rejects=rejects).message
    assert rejects.read_text() == "of an earlier run"


def refusing(tmp_path: Path, text: str, *references: str, how: dict[str, Any] | None = None) -> str:
    """Return the rejects of a file of which these orders were not taken."""
    path, rejects = tmp_path / "orders.csv", tmp_path / "rejects.csv"
    path.write_text(text)
    with drafts.read(path, zone=dt.UTC, rejects=rejects, prepare=Preparing(), **(how or {})) as batch:
        for order in batch:  # while they are read
            if order.reference in references:
                batch.refuse(str(order.reference), f"{order.reference} is not wanted", "vendor.refused")
                batch.refuse(str(order.reference), "twice", "vendor.refused")
        before = rejects.read_text()
        batch.end_rejects()
        assert batch.refused == len(references)
        assert ("not wanted" in before) is False
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []
    return rejects.read_text()


def test_what_was_not_taken_is_in_the_rejects_at_the_end(tmp_path: Path) -> None:
    text = "reference,sku,quantity\nA,1,1\nA,2,1\nB,1,1\nC,1,1\n"
    assert refusing(tmp_path, text, "A", "C").splitlines() == [
        "reference,sku,quantity,reason,code",
        "A,1,1,A is not wanted,vendor.refused",
        "A,2,1,belongs to the order of row 2,vendor.refused",
        "C,1,1,C is not wanted,vendor.refused",
    ]
    (tmp_path / "rejects.csv").unlink()
    assert refusing(tmp_path, text) == "reference,sku,quantity,reason,code\n"


def test_the_rejects_hold_the_invalid_and_the_refused_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = "reference,sku,quantity\nA,1,1\nB,1,0\nC,1,1\n"
    found = refusing(tmp_path, text, "A", how={"skip_invalid": True}).splitlines()
    assert [line.split(",")[0] for line in found] == ["reference", "A", "B"]


def test_the_rejects_of_a_folder_that_takes_no_new_file_are_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = os.open

    def no_new_file(path: Any, flags: int, *more: Any) -> int:
        if flags & os.O_EXCL:
            raise PermissionError(13, "Permission denied")
        return made(path, flags, *more)

    (tmp_path / "rejects.csv").write_text("the headings of an earlier run, longer than what comes" * 100)
    monkeypatch.setattr(os, "open", no_new_file)
    found = refusing(tmp_path, "reference,sku\nA,1\nB,1\n", "B")
    assert found.splitlines() == ["reference,sku,reason,code", "B,1,B is not wanted,vendor.refused"]


def test_rejects_that_cannot_be_written_at_the_end_are_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, rejects = tmp_path / "orders.csv", tmp_path / "rejects.csv"
    path.write_text("reference,sku,quantity\nA,T,1\nB,T,0\n")
    with drafts.read(path, zone=dt.UTC, skip_invalid=True, rejects=rejects, prepare=Preparing()) as batch:
        batch.refuse("A", "no", "vendor.refused")

        def full(_descriptor: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(MachineRefused, match="No space left"):
            batch.end_rejects()
        assert rejects.read_text() == ""
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_rejects_that_go_to_a_pipe_are_written_once(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("reference,sku,quantity\nA,T,1\nB,T,0\n")
    reading, writing = os.pipe()
    rejects = Path(f"/dev/fd/{writing}")
    with drafts.read(path, zone=dt.UTC, skip_invalid=True, rejects=rejects, prepare=Preparing()) as batch:
        batch.refuse("A", "no", "vendor.refused")
        batch.end_rejects()
    os.close(writing)
    with os.fdopen(reading) as told:
        assert [line.split(",")[0] for line in told.read().splitlines()] == ["reference", "A", "B"]


CELLS = st.text(alphabet=st.sampled_from("'\"=+-,;\r\n\tAß1 .:{}")) | st.text()


@given(st.lists(st.lists(CELLS, min_size=1, max_size=5), max_size=5), st.sampled_from(["utf-8", "utf-16", "gb18030"]))
def test_no_file_breaks_the_reader(table: list[list[str]], encoding: str) -> None:
    written = io.StringIO(newline="")
    csv.writer(written).writerows([["reference", "sku", "quantity", "set.a", "note"], *table])
    try:
        read(written.getvalue().encode(encoding, "replace"), encoding=encoding)
    except UsageError as error:
        assert "\n" not in error.message  # noqa: PT017  (either way is fine; what is reported is one line)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(content: bytes) -> None:
    for kind in ("csv", "json", "jsonl"):
        try:
            drafts.read(
                "-", stdin=io.BytesIO(content), format=kind, zone=dt.UTC, skip_invalid=True, prepare=Preparing()
            ).close()
        except UsageError as error:
            assert "\n" not in error.message  # noqa: PT017  (either way is fine; what is reported is one line)


STREAMED = """
import datetime, resource, sys
from orderctl import drafts
from orderctl.backend.prepared import Prepared
def prepare(draft):
    lines = [line.name for line in draft.lines]
    return Prepared(verb="create", reference=draft.reference, row=draft.row, content={"lines": lines})
def peak():
    value = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return value if sys.platform == "darwin" else value * 1024
for path in sys.argv[1:]:
    with drafts.read(path, zone=datetime.UTC, skip_invalid=True, prepare=prepare) as batch:
        print(batch.count, sum(len(p.content["lines"]) for p in batch), peak())
"""


def test_memory_stays_flat_however_long_the_file(tmp_path: Path) -> None:
    small, large = tmp_path / "small.csv", tmp_path / "large.csv"
    for path, orders in ((small, 500), (large, 5_000)):
        with path.open("w") as file:
            file.write("reference,sku,name,quantity,price\n")
            for order in range(orders):
                file.writelines(f"R-{order},{n},{'name ' * 20},{n + 1},0.99\n" for n in range(20))
    command = [sys.executable, "-c", STREAMED, str(small), str(large)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | {"PYTHONPATH": "."})
    (few, few_lines, before), (many, many_lines, after) = (
        map(int, line.split()) for line in answer.stdout.splitlines()
    )
    assert (few, few_lines, many, many_lines) == (500, 10_000, 5_000, 100_000)
    assert after - before < 4 * 1024 * 1024 < large.stat().st_size / 2


def test_a_row_with_a_blank_cell_too_many_is_a_problem_where_others_have_none() -> None:
    assert said("reference,sku,name\nA,1,x\nB,,1,\n") == [
        "row 3: a row has more cells than there are headings, which others have not; is one too many?"
    ]
    assert len(read("reference,sku,name\nA,1,x,\nB,2,y,\n")) == 2


def test_equal_rows_of_an_order_are_two_lines_and_are_named() -> None:
    text = b"reference,sku,quantity\nA,X,1\nA,Y,1\nA,X,1\nB,X,1\n"
    with drafts.read("-", stdin=io.BytesIO(text), format="csv", zone=dt.UTC, prepare=Preparing()) as batch:
        assert batch.warned == ["order A: rows 2 and 4 are equal; each is sent as a line"]


def test_a_problem_of_a_heading_names_its_row_below_titles() -> None:
    assert said("Orders of May,,\nreference,sku,prise\nA,1,2\n") == [
        "row 2, prise: unknown column; did you mean 'price'?"
    ]


def test_with_a_style_of_numbers_an_amount_in_another_currency_is_a_problem() -> None:
    text = 'reference,currency,sku,price\nA,EUR,X,"4,50 €"\nB,EUR,X,"£4,50"\n'
    assert said(text, numbers=Numbers(["1.234,56"])) == ["row 3, price: '£4,50' is not in the order's currency, EUR"]


def test_the_command_line_that_is_advised_leaves_out_what_the_vendor_does_not_support() -> None:
    text = "Order ref,Customer,Article,Qty,Unit price\nA,HOTEST,X,1,2\n"
    assert "quantity=Qty,price=Unit price'; or" in refusal(text).hint
    hint = refusal(text, supported=frozenset({"reference", "customer", "sku", "quantity"})).hint
    option = "--columns 'reference=Order ref,customer=Customer,sku=Article,quantity=Qty' --ignore-columns"
    assert f"try {option}; or" in hint
    columns = dict(pair.split("=") for pair in option.split("'")[1].split(","))
    assert len(read(text, columns=columns, ignore_columns=True)) == 1


@pytest.mark.parametrize("word", ["Total", "TOTAL:", "Grand total:", "Total (2)", "Totaal", "Total général"])
@pytest.mark.parametrize("cells, column", [("{},X,,1", "reference"), ("A,{},,1", "sku"), ("A,,{},1", "name")])
def test_a_word_for_totals_is_neither_an_order_nor_a_line(word: str, cells: str, column: str) -> None:
    error = refusal(f"reference,sku,name,quantity\nA,X,Pen,1\n{cells.format(word)}\n")
    assert f"row 3, {column}: {word!r} looks like a row of totals" in error.message


@pytest.mark.parametrize("sku, name", [("", "Total care cream"), ("", "Total (red)"), ("TT-1", "Total")])
def test_a_product_may_be_called_like_a_total(sku: str, name: str) -> None:
    assert read(f"reference,sku,name,quantity\nA,{sku},{name},1\n")[0].lines[0].name == name


class Meddling(Preparing):
    """Does something to a file while the first order of it is prepared."""

    def __init__(self, meddle: Callable[[], object]) -> None:
        super().__init__()
        self._meddle: Callable[[], object] | None = meddle

    def __call__(self, draft: OrderDraft) -> Any:
        if self._meddle is not None:
            self._meddle()
            self._meddle = None
        return super().__call__(draft)


GOOD = "reference,sku,quantity\nA-1,X,1\nA-2,X,1\n"


def append(path: Path) -> None:
    with path.open("a") as file:
        file.write("A-3,X,1\n")


def cut_off(path: Path) -> None:
    os.truncate(path, len(GOOD) - 8)


def replace_by_another(path: Path) -> None:
    other = path.with_name("other")
    other.write_text(GOOD.replace("A-2", "A-9"))
    other.replace(path)


def write_over(path: Path) -> None:
    path.write_text(GOOD.replace("X", "Y"))
    os.utime(path, (1, 1))


@pytest.mark.parametrize("settled", [None, 0.0])
@pytest.mark.parametrize("meddle", [append, cut_off, write_over])
def test_a_file_that_is_changed_while_it_is_read_is_left_for_later(
    tmp_path: Path, meddle: Callable[[Path], object], settled: float | None
) -> None:
    path, rejects = tmp_path / "orders.csv", tmp_path / "rejects.csv"
    path.write_text(GOOD)
    with pytest.raises(Temporary) as error:
        drafts.read(path, zone=dt.UTC, prepare=Meddling(lambda: meddle(path)), settled=settled, rejects=rejects)
    assert (error.value.exit_code, error.value.code) == (9, "file.unsettled")
    assert error.value.message == f"{path} was changed while it was read; nothing was sent"
    assert not rejects.exists()


def test_what_is_wrong_with_a_file_that_changes_is_not_reported_as_its_fault(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(f"{GOOD}A-3,X,0\n")
    with pytest.raises(Temporary):
        drafts.read(path, zone=dt.UTC, prepare=Meddling(lambda: append(path)))


@pytest.mark.parametrize("meddle", [lambda path: path.rename(path.with_name("done.csv")), replace_by_another])
def test_a_file_that_was_moved_away_while_it_was_read_was_read_whole(
    tmp_path: Path, meddle: Callable[[Path], object]
) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(GOOD)
    prepare = Meddling(lambda: meddle(path))
    with drafts.read(path, zone=dt.UTC, prepare=prepare) as batch:
        assert batch.count == 2


def test_the_file_of_standard_input_is_looked_at_too_and_a_pipe_is_not(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(GOOD)
    how: dict[str, Any] = {"format": "csv", "zone": dt.UTC}
    with path.open("rb") as stdin, pytest.raises(Temporary):
        drafts.read("-", stdin=stdin, prepare=Meddling(lambda: append(path)), **how)
    reading, writing = os.pipe()
    os.write(writing, GOOD.encode())
    os.close(writing)
    with os.fdopen(reading, "rb") as stdin, drafts.read("-", stdin=stdin, prepare=Preparing(), **how) as batch:
        assert batch.count == 2


def write_to_pipe(path: Path) -> None:
    with suppress(BrokenPipeError):  # it is closed unread where it is refused
        path.write_text(GOOD)


def test_a_named_pipe_is_read_whole_and_does_not_tell_when_it_was_changed(tmp_path: Path) -> None:
    path = tmp_path / "orders"
    os.mkfifo(path)
    how: dict[str, Any] = {"format": "csv", "zone": dt.UTC, "prepare": Preparing()}
    for settled in (None, 60.0):
        writer = threading.Thread(target=write_to_pipe, args=(path,), daemon=True)
        writer.start()
        if settled is None:
            with drafts.read(path, **how) as batch:
                assert batch.count == 2
        else:
            with pytest.raises(UsageError, match="--settled needs a file"):
                drafts.read(path, settled=settled, **how)
        writer.join()
    with pytest.raises(UsageError, match="which"):
        drafts.read(path, zone=dt.UTC, prepare=Preparing())


def test_what_comes_through_a_pipe_and_ends_in_nuls_looks_half_written() -> None:
    assert said(GOOD.encode() + bytes(500)) == ["ends in NUL bytes; it looks half written"]
    assert "every second byte is NUL" in said(GOOD.encode("utf-16-le"))[0]
