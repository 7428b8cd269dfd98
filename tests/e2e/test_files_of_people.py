"""Tables as spreadsheets, scripts and people leave them: each order is sent whole and as it is meant, or not at all."""

import csv
import os
import shlex
import time
import unicodedata
from datetime import timedelta

import pytest

from tests.e2e.conftest import Cli
from tests.e2e.feeding import HEAD, SANDBOX, create, held, nothing_sent, planned, put, totals
from tests.e2e.test_bulk import on_a_terminal

pytestmark = pytest.mark.in_process

ROW = "{},zoe@example.net,Zoe,PEN,2,{}\n"


def table(*rows: tuple[str, str], separator: str = ",") -> str:
    """Return a file of our own headings: a reference and a price a row."""
    return (HEAD + "".join(ROW.format(*row) for row in rows)).replace(",", separator)


def of_rejects(cli: Cli, name: str = "rejects.csv", encoding: str = "utf-8") -> list[str]:
    return (cli.home / name).read_text(encoding).splitlines()


# What separates the cells.


@pytest.mark.parametrize("separator", [";", "\t", "|", ","])
def test_the_separator_is_found(cli: Cli, separator: str) -> None:
    ran = create(cli, table(("F-1", "4.40"), ("F-2", "3.00"), separator=separator))
    assert ran.code == 0, ran.err
    assert totals(cli) == {"F-1": "8.80", "F-2": "6.00"}


@pytest.mark.parametrize("more", [(), ("--delimiter",), ("--columns", "reference=reference")], ids=lambda m: m[:1])
@pytest.mark.parametrize(
    "first, separator", [("sep=;", ";"), ('\ufeff"sep=;"', ";"), ("sep=\t", "\t"), ("SEP=|", "|"), ("sep=,", ",")]
)
def test_a_first_line_that_names_the_separator_is_not_a_heading(
    cli: Cli, first: str, separator: str, more: tuple[str, ...]
) -> None:
    options = (*more, separator) if more == ("--delimiter",) else more
    text = f"{first}\n{table(('F-1', '4.40'), separator=separator)}".replace("\n", "\r\n")
    ran = create(cli, text, *options)
    assert ran.code == 0, ran.err
    assert totals(cli) == {"F-1": "8.80"}


def test_rows_are_counted_with_the_line_that_names_the_separator(cli: Cli) -> None:
    nothing_sent(cli, create(cli, "sep=;\n" + table(("F-1", "x"), separator=";")), "row 3", "price")


# How numbers are written.


def german(*prices: str) -> str:
    return table().replace(",", ";") + "".join(
        ROW.replace(",", ";").format(f"F-{n}", price) for n, price in enumerate(prices, 1)
    )


def test_numbers_with_a_decimal_comma_are_read_where_it_is_configured(cli: Cli) -> None:
    ran = create(cli, german("4,40", "2.750,10", "1.250", "7"), "--numbers", "1.234,56")
    assert ran.code == 0, ran.err
    assert totals(cli) == {"F-1": "8.80", "F-2": "5500.20", "F-3": "2500.00", "F-4": "14.00"}


def test_numbers_with_commas_between_thousands_are_read_where_it_is_configured(cli: Cli) -> None:
    ran = create(cli, german("1,250", "2,750.10", "4.40"), "--numbers", "1,234.56")
    assert ran.code == 0, ran.err
    assert totals(cli) == {"F-1": "2500.00", "F-2": "5500.20", "F-3": "8.80"}


def test_a_comma_in_a_number_is_refused_with_the_option_that_reads_it(cli: Cli) -> None:
    ran = create(cli, german("4,40", "5.00"))
    nothing_sent(cli, ran, "row 2", "price", "4,40", "--numbers")


@pytest.mark.parametrize("place", [0, 1])
def test_a_point_that_may_be_between_thousands_is_never_sent_as_decimals(cli: Cli, place: int) -> None:
    """1.250 is 1250 where another row has 4,40, wherever in the file that row is."""
    prices = ["4,40"]
    prices.insert(place, "1.250")
    assert create(cli, german(*prices), "--skip-invalid").code == 2
    assert create(cli, german(*prices, "9"), "--skip-invalid").code == 7
    assert totals(cli) == {"F-3": "18.00"}


def test_a_number_in_another_style_than_the_one_that_is_given_is_a_problem(cli: Cli) -> None:
    nothing_sent(cli, create(cli, german("4,40", "12.50"), "--numbers", "1.234,56"), "row 3", "price", "12.50")


def test_a_quantity_may_have_a_decimal_comma_too(cli: Cli) -> None:
    ran = create(cli, german("4,40").replace(";2;", ";2,0;"), "--numbers", "1.234,56")
    assert ran.code == 0, ran.err
    assert totals(cli) == {"F-1": "8.80"}


def test_numbers_of_json_are_read_as_it_is_configured(cli: Cli) -> None:
    customer, line = '{"email":"a@example.net","name":"A"}', '{"sku":"PEN","quantity":1,"price":"1.007,90"}'
    text = f'[{{"reference":"J-1","customer":{customer},"lines":[{line}]}}]'
    ran = create(cli, text, "--numbers", "1.234,56", name="orders.json")
    assert ran.code == 0, ran.err
    assert totals(cli) == {"J-1": "1007.90"}


def test_day_and_month_are_never_guessed(cli: Cli) -> None:
    text = table(("F-1", "3")).replace("price\n", "price,due\n").replace(",3\n", ",3,04/12/2026\n")
    nothing_sent(cli, create(cli, text), "row 2", "due", "04/12/2026")
    for form, day in (("DD/MM/YYYY", "2026-12-04"), ("MM/DD/YYYY", "2026-04-12")):
        (fields,) = planned(cli, text, "--dates", form)
        assert fields["dateto"].startswith(day)


def test_an_example_of_numbers_that_is_none_is_refused(cli: Cli) -> None:
    nothing_sent(cli, create(cli, german("4,40"), "--numbers", "comma"), "--numbers", "1.234,56")


# What spreadsheets and scripts make of codes.


@pytest.mark.parametrize(
    "heading, cell", [("reference", "7.81E+18"), ("sku", "4.0517E+12"), ("sku", "5E+18"), ("phone", "4.92E+11")]
)
def test_a_code_in_scientific_notation_is_refused(cli: Cli, heading: str, cell: str) -> None:
    cells = {"reference": "F-1", "email": "zoe@example.net", "phone": "", "sku": "PEN", "quantity": "1", "price": "2"}
    text = ",".join(cells) + "\n" + ",".join((cells | {heading: cell}).values()) + "\n"
    nothing_sent(cli, create(cli, text, "--customer-name", "Zoe"), "row 2", heading, cell)


@pytest.mark.parametrize("heading", ["reference", "sku", "phone"])
def test_codes_that_all_end_in_point_zero_are_reported(cli: Cli, heading: str) -> None:
    """They would never match the shop's own codes again. Blank cells between them say nothing."""
    rows = [
        {"reference": "F-1", "phone": "0301", "sku": "A1"},
        {"reference": "F-2", "phone": "", "sku": ""},
        {"reference": "F-3", "phone": "0303", "sku": "A3"},
    ]
    codes = ("5101.0", "" if heading != "reference" else "5102.0", "5103.0")
    text = "reference,phone,sku,name,email,customer_name,quantity,price\n"
    for row, code in zip(rows, codes, strict=True):
        text += ",".join((row | {heading: code}).values()) + ",Pen,zoe@example.net,Zoe,1.0,2\n"
    ran = create(cli, text)
    assert heading in ran.err
    assert ".0" in ran.err
    assert [reference for reference in held(cli) if reference.endswith(".0")] == []


def test_a_version_among_codes_stays_as_it_is(cli: Cli) -> None:
    text = HEAD + "F-1,zoe@example.net,Zoe,100500,1,2\nF-2,zoe@example.net,Zoe,2.0,1,2\n"
    assert [fields["productArray[0][articul]"] for fields in planned(cli, text)] == ["100500", "2.0"]


def test_a_code_as_a_formula_or_with_its_apostrophe_is_the_code(cli: Cli) -> None:
    """The second file is the same order: nothing new is sent."""
    for number, written in enumerate(('"=""0012"""', "0012", '="0012"')):
        ran = create(cli, table((written, "3")), "-o", "json")
        assert ran.code == 0, ran.err
        assert ran.json["counts"] == {"replayed" if number else "created": 1}
    assert totals(cli) == {"0012": "6.00"}


def test_what_was_taken_off_cells_is_reported_once_with_a_count(cli: Cli) -> None:
    text = HEAD + "".join(f"F-{n},zoe@example.net ,Zoe,PEN\u00a0,1,2\n" for n in range(3))
    ran = create(cli, text)
    assert ran.code == 0, ran.err
    assert ran.err.count("6") == 1, ran.err
    assert "row" not in ran.err


BLANKS = [" ", "\u00a0", "\u202f", "\u3000", "\u200b", "\ufeff", "\t", "  \u00a0"]


@pytest.mark.parametrize("blank", BLANKS, ids=ascii)
def test_blanks_around_cells_are_not_sent(cli: Cli, blank: str) -> None:
    text = (
        f"reference{blank},{blank}email,customer_name,sku,quantity,price\n"
        f"F-1{blank},zoe@example.net{blank},{blank}Zoe{blank},PEN{blank},{blank}1,2{blank}\n"
        "F-1,zoe@example.net,Zoe,INK,1,3\n"
    )
    (fields,) = planned(cli, text)
    assert {
        key: fields[key] for key in ("ordercode", "clientemail", "clientnamefirst", "productArray[0][articul]")
    } == {
        "ordercode": "F-1",
        "clientemail": "zoe@example.net",
        "clientnamefirst": "Zoe",
        "productArray[0][articul]": "PEN",
    }
    assert fields["productArray[1][articul]"] == "INK"


# Headings.


@pytest.mark.parametrize(
    "headings",
    ["REFERENCE,Email,Customer Name,Sku,Quantity,Price", "Reference,EMAIL,customer-name,SKU,quantity,PRICE",
     "reference,e-mail,CUSTOMER_NAME,sku,Quantity ,Price"],
)  # fmt: skip
def test_our_headings_in_another_case_are_taken(cli: Cli, headings: str) -> None:
    ran = create(cli, headings + "\n" + ROW.format("F-1", "4.40"))
    assert ran.code == 0, ran.err
    assert totals(cli) == {"F-1": "8.80"}


ODD = '"No., ours",Post,"Who = all",Art,Pcs,"Each, net"\nF-1,zoe@example.net,Zoe,PEN,2,4.40\n'


@pytest.mark.parametrize("reference", ["reference=No.\\, ours", '"reference=No., ours"', 'reference="No., ours"'])
def test_a_heading_with_a_comma_is_mapped_on_the_command_line(cli: Cli, reference: str) -> None:
    ran = create(
        cli, ODD, "--columns", f"{reference},email=Post,customer_name=Who = all,sku=Art,quantity=Pcs,price=Each\\, net"
    )
    assert ran.code == 0, ran.err
    assert totals(cli) == {"F-1": "8.80"}


def test_a_heading_that_is_cut_at_its_comma_says_how_it_is_written(cli: Cli) -> None:
    nothing_sent(cli, create(cli, ODD, "--columns", "reference=No., ours,email=Post"), "--columns", "\\,")


def test_a_heading_with_a_comma_is_mapped_in_the_config_file(cli: Cli) -> None:
    cli.config(
        '[profiles.desk]\nvendor = "onebox"\nurl = "sandbox:"\n[profiles.desk.columns]\nreference = "No., ours"\n'
        'email = "Post"\ncustomer_name = "Who = all"\nsku = "Art"\nquantity = "Pcs"\nprice = "Each, net"\n'
    )
    put(cli, ODD)
    ran = cli("create", "--from", "orders.csv", "-p", "desk")
    assert ran.code == 0, ran.err
    assert cli("list", "-p", "desk", "-o", "json").json["orders"][0]["total"] == "8.80"


def test_two_columns_of_one_name_are_named(cli: Cli) -> None:
    text = "reference,email,customer_name,sku,Pcs,price,Pcs\nF-1,zoe@example.net,Zoe,PEN,2,4.40,9\n"
    nothing_sent(cli, create(cli, text, "--columns", "quantity=Pcs"), "Pcs")
    nothing_sent(cli, create(cli, text.replace("Pcs", "quantity")), "quantity")


def test_a_column_of_amounts_that_is_not_mapped_is_a_problem_unless_it_is_named(cli: Cli) -> None:
    columns = ("--columns", "reference=No.\\, ours,email=Post,customer_name=Who = all,sku=Art")
    text = ODD.replace("Pcs", "Qty").replace('"Each, net"', "Unit price")
    nothing_sent(cli, create(cli, text, *columns), "Qty", "Unit price", "--ignore-columns")
    ran = create(cli, text, *columns, "--ignore-columns")
    assert ran.code == 0, ran.err
    assert list(held(cli)) == ["F-1"]


def test_wide_letters_keep_the_columns_of_a_table_in_line(cli: Cli) -> None:
    text = HEAD + "F-1,zoe@example.net,小林 さくら,PEN,2,4.40\nF-2,zoe@example.net,Zoe,PEN,2,4.40\n"
    assert create(cli, text).code == 0
    _, shown = on_a_terminal(cli, *SANDBOX, "list", "--fields", "reference,customer.name,total")
    places = set()
    for line in shown.splitlines():
        if "8.80" in line:
            before = line[: line.index("8.80")]
            places.add(sum(1 + (unicodedata.east_asian_width(letter) in "WF") for letter in before))
    assert "小林 さくら" in shown
    assert len(places) == 1, shown


# Rows that are not lines, and orders that are not whole.


@pytest.mark.parametrize("word", ["Total", "Gesamt", "Итого", "合計", "Toplam:", "Σ"])
def test_a_row_of_totals_is_not_an_order(cli: Cli, word: str) -> None:
    text = table(("F-1", "4.40")) + f"{word},,,,2,8.80\n"
    options = ("--email", "desk@example.net", "--customer-name", "Desk")
    nothing_sent(cli, create(cli, text, *options), "row 3", "sku")
    ran = create(cli, text, *options, "--skip-invalid", "--rejects", "rejects.csv")
    assert ran.code == 7, ran.err
    assert totals(cli) == {"F-1": "8.80"}
    assert [line.split(",")[0] for line in of_rejects(cli)[1:]] == [word]


def test_a_row_of_totals_without_a_reference_takes_the_order_above_with_it(cli: Cli) -> None:
    """It can only belong to that order; nobody knows whether it is a line of it."""
    text = table(("F-1", "4.40"), ("F-2", "3")) + ",,,,4,14.80\n"
    nothing_sent(cli, create(cli, text), "row 4")
    assert create(cli, text, "--skip-invalid").code == 7
    assert totals(cli) == {"F-1": "8.80"}


@pytest.mark.parametrize("blank", ["", " ", "\u00a0", '"="""""'], ids=ascii)
def test_a_line_without_a_reference_never_leaves_half_of_an_order(cli: Cli, blank: str) -> None:
    text = table(("F-1", "4.40")) + f"{blank},,,INK,1,3\n" + ROW.format("F-2", "3")
    nothing_sent(cli, create(cli, text), "row 3", "reference")
    ran = create(cli, text, "--skip-invalid", "--rejects", "rejects.csv")
    assert ran.code == 7, ran.err
    assert totals(cli) == {"F-2": "6.00"}
    assert [row.split(",")[3] for row in of_rejects(cli)[1:]] == ["PEN", "INK"]


@pytest.mark.parametrize("name", ["orders.json", "orders.jsonl"])
def test_a_line_of_json_without_sku_and_name_is_a_problem_too(cli: Cli, name: str) -> None:
    text = (
        '{"reference":"J-1","customer":{"email":"a@example.net","name":"A"},"lines":[{"quantity":1,"price":"8.80"}]}\n'
    )
    nothing_sent(cli, create(cli, text, name=name), "row 1", "lines[0]", "name")


def test_an_order_whose_rows_are_apart_is_not_sent_in_part(cli: Cli) -> None:
    text = table(("F-1", "4.40"), ("F-2", "3"), ("F-1", "1"))
    nothing_sent(cli, create(cli, text), "row 4", "F-1")
    assert create(cli, text, "--skip-invalid").code == 7
    assert totals(cli) == {"F-2": "6.00"}


RETURNS = """\
Invoice,Code,Text,Pcs,Day,Each
70001,TIN,Tin,4,3/2/2026,1.25
70001,POST,Postage,1,3/2/2026,6.00
C70002,TIN,Tin,-4,3/3/2026,1.25
70003,GIFT,,10,3/3/2026,0
70004,BOX,Box,2,3/4/2026,5.50
70004,R,Rebate,1,3/4/2026,-1.50
"""
RETURNS_OPTIONS = (
    "--columns", "reference=Invoice,sku=Code,name=Text,quantity=Pcs,price=Each", "--email", "desk@example.net",
    "--customer-name", "Desk",
)  # fmt: skip


def test_returns_are_left_out_one_by_one_and_free_lines_are_taken(cli: Cli) -> None:
    nothing_sent(cli, create(cli, RETURNS, *RETURNS_OPTIONS), "row 4", "-4", "row 7", "-1.50")
    ran = create(cli, RETURNS, *RETURNS_OPTIONS, "--skip-invalid", "--rejects", "rejects.csv")
    assert ran.code == 7, ran.err
    assert totals(cli) == {"70001": "11.00", "70003": "0.00"}
    assert [line.split(",")[0] for line in of_rejects(cli)[1:]] == ["C70002", "70004", "70004"]


def test_a_line_below_zero_says_how_a_discount_is_entered(cli: Cli) -> None:
    nothing_sent(cli, create(cli, RETURNS, *RETURNS_OPTIONS), "discount")


# Files that are empty, or not whole yet.

EMPTY = {
    "empty.csv": "", "blank.csv": "\n\n", "bom.csv": "\ufeff", "headings.csv": HEAD, "sep.csv": "sep=;\n",
    "list.json": "[]", "orders.json": '{"orders":[]}', "empty.json": "", "empty.jsonl": "", "blank.jsonl": "\n",
}  # fmt: skip


@pytest.mark.parametrize("name, content", EMPTY.items(), ids=EMPTY)
def test_a_file_without_orders_is_not_a_failure(cli: Cli, name: str, content: str) -> None:
    ran = create(cli, content, name=name)
    assert ran.code == 0, ran.err
    assert f"no orders in {name}" in ran.err
    quiet = create(cli, content, "-q", name=name)
    assert (quiet.code, quiet.out, quiet.err) == (0, "", "")


@pytest.mark.parametrize("format_", ["csv", "json", "jsonl"])
def test_nothing_on_standard_input_is_not_a_failure(cli: Cli, format_: str) -> None:
    ran = cli(*SANDBOX, "create", "--from", "-", "--format", format_, given="")
    assert ran.code == 0, ran.err
    assert "no orders" in ran.err


def test_a_last_row_without_a_line_end_is_warned_of(cli: Cli) -> None:
    """The amount may go on: 12 of 125.00. A warning stays where notes are left out."""
    for more in ((), ("-q",)):
        ran = create(cli, (HEAD + ROW.format("F-1", "125.00"))[:-4], *more)
        assert "orders.csv" in ran.err
        assert "last row" in ran.err
    assert "last row" not in create(cli, table(("F-2", "3"))).err


@pytest.mark.parametrize("cut", ["F-2,zoe@example.net,Zo", "F-2", 'F-2,zoe@example.net,"Zoe, th'])
def test_an_order_whose_last_row_is_cut_short_is_not_sent(cli: Cli, cut: str) -> None:
    text = table(("F-1", "4.40"), ("F-2", "3")) + cut
    nothing_sent(cli, create(cli, text), "row 4")
    assert create(cli, text, "--skip-invalid").code in {2, 7}
    assert "F-2" not in held(cli)


def test_a_file_that_is_cut_within_a_letter_is_refused(cli: Cli) -> None:
    nothing_sent(cli, create(cli, (HEAD + "F-1,zoe@example.net,Zoë").encode()[:-1]), "orders.csv")


@pytest.mark.parametrize("name", ["orders.json", "orders.jsonl"])
def test_json_that_is_cut_is_refused(cli: Cli, name: str) -> None:
    order = '{"reference":"J-1","customer":{"email":"a@example.net","name":"A"},"lines":[{"sku":"PEN","quantity":1}]}'
    text = f"{order}\n{order[:-9]}" if name.endswith("l") else f"[{order},{order[:-9]}"
    nothing_sent(cli, create(cli, text, name=name), name)


def test_a_file_that_may_still_be_written_is_left_for_later(cli: Cli) -> None:
    ran = create(cli, table(("F-1", "4.40")), "--settled", "60")
    assert ran.code == 9, ran.err
    assert "orders.csv" in ran.err
    assert held(cli) == {}
    earlier = time.time() - timedelta(minutes=5).total_seconds()
    os.utime(cli.home / "orders.csv", (earlier, earlier))
    assert cli(*SANDBOX, "create", "--from", "orders.csv", "--settled", "60").code == 0
    assert totals(cli) == {"F-1": "8.80"}


# The same file again: every night, and after what was wrong is put right.


def test_a_growing_export_sends_only_what_is_new(cli: Cli) -> None:
    rows = [(f"F-{n}", "3") for n in range(1, 5)]
    for number in (2, 4, 4):
        ran = create(cli, table(*rows[:number]), "-q")
        assert (ran.code, ran.out, ran.err) == (0, "", "")
    assert create(cli, table(*rows), "-o", "json").json["counts"] == {"replayed": 4}
    assert len(held(cli)) == 4


def test_a_growing_export_may_hold_orders_that_another_machine_made(cli: Cli) -> None:
    assert create(cli, table(("F-1", "3"), ("F-2", "3"))).code == 0
    cli.forget(SANDBOX[-1])
    grown = table(("F-1", "3"), ("F-2", "3"), ("F-3", "3"))
    assert create(cli, grown, "-o", "json").json["counts"] == {"conflict": 2, "created": 1}
    cli.forget(SANDBOX[-1])
    ran = create(cli, grown, "--skip-existing", "-o", "json")
    assert (ran.code, ran.json["counts"]) == (0, {"unchanged": 3})
    quiet = create(cli, grown, "--skip-existing", "-q")
    assert (quiet.code, quiet.out, quiet.err) == (0, "", "")


def test_a_changed_order_of_a_growing_export_is_warned_of_and_a_reused_number_is_a_conflict(cli: Cli) -> None:
    second = "F-1,zoe@example.net,Zoe,INK,1,{}\n"
    assert create(cli, table(("F-1", "3")) + second.format(2)).code == 0
    ran = create(cli, table(("F-1", "3")) + second.format(7), "--skip-existing", "-q")
    assert ran.code == 0, ran.err
    assert "F-1" in ran.err
    other = HEAD + "F-1,tim@example.net,Tim,INK,1,9\n"
    assert create(cli, other, "--skip-existing", "-q").code == 6
    assert totals(cli) == {"F-1": "8.00"}


def test_a_quiet_run_in_which_all_went_well_prints_nothing(cli: Cli) -> None:
    made = create(cli, table((" F-1", "3"), separator=";"), "-q")
    order_id = cli(*SANDBOX, "list", "-o", "ids").out.strip()
    runs = [
        made,
        cli(*SANDBOX, "list", "-q", "--reference", "nobody"),
        cli(*SANDBOX, "push", order_id, "--to", "Delivered", "-q"),
        cli(*SANDBOX, "update", order_id, "--note", "ring", "-q"),
        cli(*SANDBOX, "cancel", order_id, "--yes", "-q"),
    ]
    assert [(ran.code, ran.out, ran.err) for ran in runs] == [(0, "", "")] * len(runs)


NAMELESS = HEAD + "".join(f"F-{n},z{n}@example.net,{'' if n % 2 else 'Zoe'},PEN,1,2\n" for n in range(1, 6))


def test_orders_that_the_vendor_refuses_are_fixed_and_sent_alone(cli: Cli) -> None:
    ran = create(cli, NAMELESS, "--skip-invalid", "--rejects", "rejects.csv", "-o", "json")
    assert (ran.code, ran.json["counts"]) == (7, {"created": 2, "refused": 3}), ran.err
    head, *rows = of_rejects(cli)
    assert head.startswith(HEAD.strip() + ",reason")
    assert [row.split(",")[0] for row in rows] == ["F-1", "F-3", "F-5"]
    assert [row for row in rows if "clientnamefirst_empty" not in row] == []
    fixed = (cli.home / "rejects.csv").read_text().replace("example.net,,", "example.net,Zoe,")
    ran = create(cli, fixed, "--rejects", "again.csv", "-o", "json")
    assert (ran.code, ran.json["counts"]) == (0, {"created": 3}), ran.err
    assert len(held(cli)) == 5


def test_rejects_have_a_code_for_scripts_beside_the_reason(cli: Cli) -> None:
    text = NAMELESS + "F-9,zoe@example.net,Zoe,PEN,0,2\n"
    assert create(cli, text, "--skip-invalid", "--rejects", "rejects.csv").code == 7
    rows = list(csv.DictReader(of_rejects(cli)))
    assert list(rows[0])[-2:] == ["reason", "code"]
    codes = {row["reference"]: row["code"] for row in rows}
    assert "" not in codes.values()
    assert codes["F-1"] == codes["F-3"] != codes["F-9"]


def test_the_whole_file_is_sent_again_once_it_is_fixed(cli: Cli) -> None:
    assert create(cli, NAMELESS).code == 7
    ran = create(cli, NAMELESS.replace("example.net,,", "example.net,Zoe,"), "-o", "json")
    assert (ran.code, ran.json["counts"]) == (0, {"created": 3, "replayed": 2}), ran.err


def test_rejects_are_in_the_shape_and_encoding_of_the_file(cli: Cli) -> None:
    text = "no;post;wer;art;menge;preis\n1;zoe@example.net;Jürgen Köß;PEN;1;4,40\n2;zoe@example.net;Änne;INK;0;3,00\n"
    columns = "reference=no,email=post,customer_name=wer,sku=art,quantity=menge,price=preis"
    how = ("--columns", columns, "--numbers", "1.234,56", "--encoding", "cp1252")
    ran = create(cli, text.encode("cp1252"), *how, "--skip-invalid", "--rejects", "rejects.csv")
    assert ran.code == 7, ran.err
    head, row = of_rejects(cli, encoding="cp1252")
    assert head.startswith("no;post;wer;art;menge;preis;reason")
    assert row.startswith("2;zoe@example.net;Änne;INK;0;3,00;")
    ran = create(cli, f"{head}\n{row.replace(';0;', ';1;')}\n".encode("cp1252"), *how)
    assert ran.code == 0, ran.err
    assert totals(cli) == {"1": "4.40", "2": "3.00"}


def test_the_rejects_of_a_shops_export_are_fixed_and_read_as_that_export(cli: Cli) -> None:
    head = '"name","partner_id/email","partner_id/name","order_line/name","order_line/product_uom_qty",'
    head += '"order_line/price_unit"\n'
    text = (
        head + '"S1","zoe@example.net","Zoe","Ink","1.00","3.00"\n"S2","zoe@example.net","Zoe","Pen","-1.00","2.00"\n'
    )
    text += '"","","","Ink","2.00","3.00"\n'
    assert create(cli, text, "--skip-invalid", "--rejects", "rejects.csv").code == 7
    assert totals(cli) == {"S1": "3.00"}
    fixed = (cli.home / "rejects.csv").read_text().replace("-1.00", "1.00")
    ran = create(cli, fixed)
    assert ran.code == 0, ran.err
    assert totals(cli) == {"S1": "3.00", "S2": "8.00"}


def test_rejects_of_an_earlier_run_are_never_overwritten(cli: Cli) -> None:
    bad = table(("F-1", "x"))
    assert create(cli, bad, "--skip-invalid", "--rejects", "rejects.csv").code == 2
    before = of_rejects(cli)
    nothing_sent(cli, create(cli, table(("F-2", "3")), "--rejects", "rejects.csv"), "rejects.csv")
    assert of_rejects(cli) == before


# Numbers that are not what they seem, and what is advised.


@pytest.mark.parametrize("price", ["1.5k", "12M", "50 ct", "5 CR", "99¢", "5 XYZ", "5 pcs"])
def test_letters_that_name_no_currency_are_not_taken_off_an_amount(cli: Cli, price: str) -> None:
    nothing_sent(cli, create(cli, table(("F-1", price)), "--numbers", "1,234.56"), "row 2", "price", price)


@pytest.mark.parametrize("quantity", ["2k", "2 €", "$2", "2 USD"])
def test_nothing_is_taken_off_a_quantity(cli: Cli, quantity: str) -> None:
    text = table(("F-1", "3")).replace(",2,3", f",{quantity},3")
    nothing_sent(cli, create(cli, text, "--numbers", "1,234.56"), "row 2", "quantity", quantity)


@pytest.mark.parametrize(
    "price",
    ["5 kr", "5 zł", "Kč 5", "5 Ft", "5 lei", "Rs. 5", "5 руб.", "5 грн", "5TL", "Fr. 5", "5 sek", "chf 5", "5 đ"],  # noqa: RUF001  (Russian)
)
def test_the_words_of_currencies_are_taken_off(cli: Cli, price: str) -> None:
    ran = create(cli, table(("F-1", price)), "--numbers", "1,234.56")
    assert ran.code == 0, ran.err
    assert totals(cli) == {"F-1": "10.00"}


@pytest.mark.parametrize("other", ["4.40", "9"])
@pytest.mark.parametrize("columns", [(), ("--columns", "reference=reference")])
def test_three_decimals_beside_fewer_may_be_thousands(cli: Cli, other: str, columns: tuple[str, ...]) -> None:
    text = table(("F-1", "1.250"), ("F-2", other))
    nothing_sent(cli, create(cli, text, *columns), "row 2", "price", "'1.250'", "--numbers")
    ran = create(cli, text, *columns, "--numbers", "1,234.5678")
    assert ran.code == 0, ran.err
    assert totals(cli)["F-1"] == "2.50"


@pytest.mark.parametrize(
    "rows",
    [(("2", "1.250"), ("3", "0.125")), (("2", "1.250"), ("3", "2.375")), (("1.250", "4.40"), ("0.250", "9"))],
    ids=["a smaller one", "all amounts", "quantities"],
)
def test_three_decimals_that_are_the_style_of_their_column_are_read(
    cli: Cli, rows: tuple[tuple[str, str], ...]
) -> None:
    text = HEAD + "".join(f"F-{n},z@example.net,Zoe,PEN,{count},{price}\n" for n, (count, price) in enumerate(rows))
    ran = create(cli, text, "-n")
    assert ran.code == 0, ran.err


def test_a_quantity_with_three_decimals_beside_whole_ones_may_be_thousands(cli: Cli) -> None:
    text = HEAD + "F-1,z@example.net,Zoe,PEN,1.250,3\nF-2,z@example.net,Zoe,PEN,2,3\n"
    nothing_sent(cli, create(cli, text), "row 2", "quantity", "other quantities", "--numbers")


@pytest.mark.parametrize(
    "price, hint",
    [
        ("1 234,50", "--numbers '1 234,56'"),
        ("1\u00a0234,50", "--numbers '1 234,56'"),
        ("1 234.50", "--numbers '1 234.56'"),
        ("1'234.50", '--numbers "1\'234.56"'),
        ("$18.00", "--numbers '1,234.56'"),
        ("€5", "--numbers '1,234.56'"),
        ("12.50 USD", "--numbers '1,234.56'"),
        ("12,50 €", "--numbers '1.234,56'"),
    ],
)
def test_how_a_number_is_written_is_advised_and_the_advice_works(cli: Cli, price: str, hint: str) -> None:
    text = german(price)
    nothing_sent(cli, create(cli, text), "row 2", "price", hint)
    ran = create(cli, text, "-n", *shlex.split(hint))
    assert ran.code == 0, ran.err


def test_how_dates_are_written_is_advised(cli: Cli) -> None:
    text = "reference,email,customer_name,sku,quantity,price,due\nF-1,zoe@example.net,Zoe,PEN,2,3,{}\n"
    nothing_sent(cli, create(cli, text.format("03/04/2026")), "row 2", "due", "--dates DD/MM/YYYY")
    ran = create(cli, text.format("13/04/2026"), "--dates", "MM/DD/YYYY")
    nothing_sent(cli, ran, "row 2", "due", "'13/04/2026'", "is not a date written as MM/DD/YYYY")


# What a spreadsheet shows in place of a value.


@pytest.mark.parametrize("cell", ["########", "#NAME?", "#VALUE!", "#REF!", "#N/A", "#DIV/0!"])
def test_a_cell_that_a_spreadsheet_could_not_show_is_not_a_code(cli: Cli, cell: str) -> None:
    text = table(("F-1", "3"))
    nothing_sent(cli, create(cli, text.replace("PEN", cell)), "row 2", "sku", cell)
    nothing_sent(cli, create(cli, text.replace("F-1", cell)), "row 2", "reference", cell)


def test_a_number_sign_in_a_code_is_a_part_of_it(cli: Cli) -> None:
    ran = create(cli, table(("#1001", "3")))
    assert ran.code == 0, ran.err
    assert totals(cli) == {"#1001": "6.00"}


# Files that are not whole, or not what their name says.


def test_how_long_a_file_was_not_changed_is_known_of_files_only(cli: Cli) -> None:
    ran = cli(*SANDBOX, "create", "--from", "-", "--format", "csv", "--settled", "60", given=table(("F-1", "3")))
    nothing_sent(cli, ran, "--settled needs a file", "standard input")
    nothing_sent(cli, create(cli, table(("F-1", "3")), "--settled", "soon"), "'soon' is not a number of seconds")


@pytest.mark.parametrize("name", ["o.csv", "o.json", "o.jsonl", "o.xlsx", "o.xls", "o.dat"])
def test_an_empty_file_is_reported_as_empty(cli: Cli, name: str) -> None:
    ran = create(cli, "", name=name)
    assert (ran.code, held(cli)) == (0, {}), ran.err
    assert f"no orders in {name}: it is empty" in ran.err


@pytest.mark.parametrize("name", ["orders.csv", "orders.json", "orders.jsonl"])
def test_a_file_that_ends_in_nuls_is_reported_as_half_written(cli: Cli, name: str) -> None:
    order = '{"reference":"J-1","customer":{"email":"a@example.net","name":"A"},"lines":[{"sku":"PEN","quantity":1}]}'
    text = f"{order}\n" if name.endswith("l") else f"[{order}]" if name.endswith("n") else table(("F-1", "3"))
    for tail in (1, 300, 10_000):
        ran = create(cli, text.encode() + bytes(tail), name=name)
        nothing_sent(cli, ran, name, "ends in NUL bytes; it looks half written")


# Rejects in the shape of the file.


def test_rejects_keep_the_line_that_names_the_separator(cli: Cli) -> None:
    text = "sep=^\n" + table(("F-1", "x"), ("F-2", "3"), separator="^")
    assert create(cli, text, "--skip-invalid", "--rejects", "rejects.csv").code == 7
    named, head, row = of_rejects(cli)
    assert (named, head.split("^")[0], row.split("^")[0]) == ("sep=^", "reference", "F-1")
    ran = create(cli, (cli.home / "rejects.csv").read_text().replace("^x^", "^4^"))
    assert ran.code == 0, ran.err
    assert totals(cli) == {"F-1": "8.00", "F-2": "6.00"}


def test_rejects_keep_the_row_of_headings_that_a_mapping_names(cli: Cli) -> None:
    put(cli, OWN, "own.toml")
    text = (
        'Orders of June,,,,,\n\n"printed\nat noon"\n'
        + table(("F-1", "0"), ("F-2", "-3"))
        + table(("F-3", "3"))[len(HEAD) :]
    )
    how = ("--map", "./own.toml")
    assert create(cli, text, *how, "--skip-invalid", "--rejects", "rejects.csv").code == 7
    rejects = (cli.home / "rejects.csv").read_text()
    assert rejects.splitlines()[:4] == ["Orders of June,,,,,", "", '"printed', 'at noon"']
    ran = create(cli, rejects.replace("-3", "4"), *how)
    assert ran.code == 0, ran.err
    assert totals(cli) == {"F-1": "0.00", "F-2": "8.00", "F-3": "6.00"}


def test_rejects_without_an_order_are_only_headings_and_stop_no_later_run(cli: Cli) -> None:
    put(cli, OWN, "own.toml")
    text = "Orders of June,,,,,\n\n\n\n" + table(("F-1", "3"))
    for _ in range(2):
        ran = create(cli, text, "--map", "./own.toml", "--rejects", "rejects.csv")
        assert ran.code == 0, ran.err
    assert len(of_rejects(cli)) == 1


OWN = """
[file]
header = 5

[order]
reference = "reference"
email = "email"
customer_name = "customer_name"

[line]
sku = "sku"
quantity = "quantity"
price = "price"
"""
