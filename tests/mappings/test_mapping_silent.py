"""What a mapping must not read silently wrong: each of these is a problem or a refusal, or is read as it was meant."""

import csv
import datetime as dt
import json
from decimal import Decimal
from pathlib import Path

import pytest
from xlsxwriter import Workbook  # type: ignore[import-untyped]

from orderctl import drafts
from orderctl.backend.prepared import Prepared
from orderctl.errors import UsageError
from orderctl.mappings import store
from orderctl.mappings.choose import Foreign
from orderctl.model import OrderDraft
from tests.drafts.preparing import Preparing

WORDS = """
[order]
reference = "no"
customer_name = "who"
[line]
sku = "art"
quantity = "qty"
price = "cost"
"""
HEADINGS = "no,who,art,qty,cost\n"


def read(path: Path, file: str = "", more: str = "") -> dict[str | None, OrderDraft]:
    """Return the good orders of a file, none where it is refused; `more` is further text of the mapping."""
    own = path.with_name("own.toml")
    own.write_text(f"[file]\n{file}\n{WORDS}{more}", encoding="utf-8")
    found: dict[str, OrderDraft] = {}

    def prepare(draft: OrderDraft) -> Prepared:
        found[draft.reference or ""] = draft
        return Prepared.of_order("create", draft, {}, ())

    foreign = Foreign(zone=dt.UTC, folder=None, given=str(own))
    try:
        with drafts.read(path, zone=dt.UTC, prepare=prepare, foreign=foreign, skip_invalid=True) as batch:
            return {prepared.reference: found[prepared.reference or ""] for prepared in batch}
    except UsageError:
        return {}


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return tmp_path / "orders.csv"


def test_a_number_of_a_sheet_is_not_read_in_the_style_of_texts(tmp_path: Path) -> None:
    path = tmp_path / "orders.xlsx"
    with Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["no", "who", "art", "qty", "cost"])
        sheet.write_row(1, 0, ["A1", "Ann", "X", 1.234, "12,50"])
    found = read(path, 'numbers = ["1.234,56"]')
    assert [draft.lines[0].quantity for draft in found.values()] == [Decimal("1.234")]


def test_a_number_of_json_is_not_read_in_the_style_of_texts(tmp_path: Path) -> None:
    path = tmp_path / "orders.json"
    order = {"no": "A1", "who": "Ann", "rows": [{"art": "X", "qty": 1.234, "cost": "12,50"}]}
    path.write_text(json.dumps([order]), encoding="utf-8")
    found = read(path, 'lines = "rows"\nnumbers = ["1.234,56"]')
    assert [draft.lines[0].quantity for draft in found.values()] == [Decimal("1.234")]


@pytest.mark.parametrize("cell", ["1.5k", "12M", "50 ct", "5 CR", "99¢", "5 XYZ"])
@pytest.mark.parametrize("file", ["", 'numbers = ["1,234.56"]'])
def test_letters_that_name_no_currency_are_not_taken_off(table: Path, file: str, cell: str) -> None:
    table.write_text(f"{HEADINGS}A1,Ann,X,1,{cell}\nA2,Ann,X,1,5 USD\n", encoding="utf-8")
    assert list(read(table, file)) == ["A2"]


@pytest.mark.parametrize("cell", ["2k", "2 €", "$2", "2 USD", "99¢"])
@pytest.mark.parametrize("file", ["", 'numbers = ["1,234.56"]'])
def test_nothing_is_taken_off_a_quantity(table: Path, file: str, cell: str) -> None:
    table.write_text(f"{HEADINGS}A1,Ann,X,{cell},3\nA2,Ann,X,1,3\n", encoding="utf-8")
    assert list(read(table, file)) == ["A2"]


@pytest.mark.parametrize("column", ["no", "art"])
def test_a_date_or_an_error_of_a_sheet_is_not_a_code(tmp_path: Path, column: str) -> None:
    path = tmp_path / "orders.xlsx"
    names = HEADINGS.strip().split(",")
    with Workbook(path) as book:
        sheet, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, names)
        for row, damage in enumerate([None, dt.date(2026, 3, 9), "########", "#N/A"], 1):
            sheet.write_row(row, 0, [f"A{row}", "Ann", "X", 1, 3])
            if isinstance(damage, dt.date):
                sheet.write_datetime(row, names.index(column), damage, day)
            elif damage:
                sheet.write_string(row, names.index(column), damage)
    assert list(read(path)) == ["A1"]


@pytest.mark.parametrize("rows", [{}, {"rows": {"1": {"art": "X", "qty": 1, "cost": 2}}}, {"rows": ["X", None]}])
def test_an_order_of_json_whose_lines_are_not_where_the_mapping_says_is_a_problem(
    rows: dict[str, object], tmp_path: Path
) -> None:
    path = tmp_path / "orders.json"
    path.write_text(json.dumps([{"no": "A1", "who": "Ann", **rows}]), encoding="utf-8")
    assert not read(path, 'lines = "rows"')


@pytest.mark.parametrize("code", ['="007" ', ' ="007"', '="007"\t'])
def test_a_formula_between_blanks_is_read_as_its_text(code: str, table: Path) -> None:
    doubled = code.replace('"', '""')
    table.write_text(f'{HEADINGS}"{doubled}",Ann,X,1,2\n', encoding="utf-8")
    assert list(read(table)) == ["007"]


@pytest.mark.parametrize("code", ["4.1E+18", "4,1E+18", "4.1e+18"])
def test_a_code_that_a_spreadsheet_rounded_is_a_problem(code: str, table: Path) -> None:
    table.write_text(f'{HEADINGS}"{code}",Ann,X,1,2\nA2,Ann,"{code}",1,2\n', encoding="utf-8")
    assert not read(table)


def test_two_columns_of_the_same_heading_that_differ_are_refused(table: Path) -> None:
    table.write_text("no,who,art,qty,cost,cost\nA1,Ann,X,1,99,2\n", encoding="utf-8")
    assert not read(table)


@pytest.mark.parametrize(
    "numbers, doubtful, other",
    [
        ("", "1.234 €", "12,50 €"),
        ("", "€1.234", "€1.234,56"),
        ('numbers = ["1,234.56"]', "1.234", "12,50"),
        ('numbers = ["1,234.56"]', "1.234", "1.234,56"),
        ('numbers = ["1.234,56"]', "1,234", "1,234.56"),
    ],
)
def test_a_number_that_may_be_of_the_other_style_of_its_column_is_a_problem(
    numbers: str, doubtful: str, other: str, table: Path
) -> None:
    table.write_text(f'{HEADINGS}A1,Ann,X,1,"{doubtful}"\nA2,Bob,X,1,"{other}"\n', encoding="utf-8")
    assert not read(table, numbers)


def test_the_word_that_ends_the_data_is_not_a_part_of_an_order(table: Path) -> None:
    table.write_text(f"{HEADINGS}A1,Total Wine,X,1,2\nA2,Bob,X,1,2\nTotal,,,2,4\n", encoding="utf-8")
    assert list(read(table, 'end = "Total"')) == ["A1", "A2"]


@pytest.mark.parametrize("quantity", ["1k", "2 M"])
def test_letters_after_a_quantity_are_not_currency(quantity: str, table: Path) -> None:
    table.write_text(f"{HEADINGS}A1,Ann,X,{quantity},2\n", encoding="utf-8")
    assert not read(table)


@pytest.mark.parametrize("numbers, advised", [("", ["--numbers"]), ('numbers = ["1.234,56"]', [])])
def test_the_option_for_numbers_is_advised_where_no_style_was_given(
    numbers: str, advised: list[str], table: Path
) -> None:
    table.with_name("own.toml").write_text(f"[file]\n{numbers}\n{WORDS}", encoding="utf-8")
    table.write_text(f'{HEADINGS}A1,Ann,X,1,"1,234.56"\n', encoding="utf-8")
    foreign = Foreign(zone=dt.UTC, folder=None, given=str(table.with_name("own.toml")))
    with pytest.raises(UsageError) as refused:
        drafts.read(table, zone=dt.UTC, prepare=lambda _: Prepared(verb="create"), foreign=foreign)
    assert [option for option in ("--numbers",) if option in refused.value.message] == advised


@pytest.mark.parametrize(
    "doubtful, others, numbers",
    [
        ("1.300", ("2.50",), ""),
        ("1.300", ("900",), ""),
        ("1.300 €", ("2.50 €",), ""),
        ("1,300", ("2,50",), 'numbers = ["1.234,56"]'),
        ("1.300", ("2.50",), 'numbers = ["1,234.56"]'),
    ],
)
def test_an_amount_of_three_decimals_among_others_of_fewer_is_a_problem(
    doubtful: str, others: tuple[str, ...], numbers: str, table: Path
) -> None:
    """It is one of thousands, which somebody wrote in another style."""
    rows = "".join(f'A{n},Ann,X,1,"{price}"\n' for n, price in enumerate((*others, doubtful, *others)))
    table.write_text(HEADINGS + rows, encoding="utf-8")
    assert "A1" not in read(table, numbers)
    assert "A0" in read(table, numbers)
    shipping = '[[add]]\nsku = "SHIPPING"\nprice = "post"\n'
    table.write_text(f'no,who,art,qty,cost,post\nA1,Ann,X,1,"{others[0]}","{doubtful}"\n', encoding="utf-8")
    assert not read(table, numbers, shipping)


@pytest.mark.parametrize(
    "prices, numbers",
    [
        (("1.300", "2.125"), ""),
        (("1.300", "2.5", "0.125"), ""),
        (("1.300", "2.5", "1300.125"), ""),
        (("1.300", "2.5"), 'numbers = ["1,234.5678"]'),
        (("0.001", "2.5"), ""),
    ],
)
def test_amounts_of_three_decimals_are_read_where_that_is_the_style(
    prices: tuple[str, ...], numbers: str, table: Path
) -> None:
    rows = "".join(f"A{n},Ann,X,1,{price}\n" for n, price in enumerate(prices))
    table.write_text(HEADINGS + rows, encoding="utf-8")
    assert [draft.lines[0].price for draft in read(table, numbers).values()] == [Decimal(price) for price in prices]


def test_a_vendor_s_own_field_of_a_line_may_have_a_table_and_is_on_added_lines_too(table: Path) -> None:
    table.write_text(f"{HEADINGS}A1,Ann,X,1,2\nA2,Ann,Y,1,2\n", encoding="utf-8")
    table.with_name("units.csv").write_text("X,piece\n", encoding="utf-8")
    own = '"line.unit" = { column = "art", table = "units.csv" }\n'
    added = '[[add]]\nsku = "POST"\nprice = "cost"\n"line.unit" = { value = "box" }\n'
    found = read(table, more=own + added)
    assert {no: [line.set["unit"].value for line in draft.lines] for no, draft in found.items()} == {
        "A1": ["piece", "box"]
    }


def test_every_order_that_differs_from_its_total_is_named(table: Path) -> None:
    rows = "".join(f"A{n},Ann,X,1,2,2.01\n" for n in range(30)) + "B1,Ann,X,1,2,2.02\nB2,Ann,X,1,2,2\n"
    table.write_text(f"no,who,art,qty,cost,sum\n{rows}", encoding="utf-8")
    own = table.with_name("own.toml")
    own.write_text(f'{WORDS}[check]\ntotal = "sum"\ntolerance = "0.01"\n', encoding="utf-8")
    with drafts.read(
        table,
        zone=dt.UTC,
        prepare=lambda draft: Prepared.of_order("create", draft, {}, ()),
        foreign=Foreign(zone=dt.UTC, folder=None, given=str(own)),
        skip_invalid=True,
    ) as batch:
        said = " ".join(batch.warned).replace(",", " ").split()
        assert [n for n in range(30) if f"A{n}" not in said] == []
        assert batch.rejected == 1
        assert {"B1", "B2"}.isdisjoint(said)


ADDED = """
[[add]]
sku = "SHIPPING"
price = "post"
[discount]
amount = "off"
"""


@pytest.mark.parametrize("post, off", [("1.234", "12,50"), ("12,50", "1.234"), ("0", "1.234")])
def test_an_amount_that_is_added_or_taken_off_is_seen_in_two_styles_too(post: str, off: str, table: Path) -> None:
    own = table.with_name("own.toml")
    own.write_text(WORDS + ADDED, encoding="utf-8")
    table.write_text(f'no,who,art,qty,cost,post,off\nA1,Ann,X,1,20,"{post}","{off}"\nA2,Bob,X,1,"12,50",0,0\n')
    foreign = Foreign(zone=dt.UTC, folder=None, given=str(own))
    with pytest.raises(UsageError):
        drafts.read(table, zone=dt.UTC, prepare=lambda d: Prepared.of_order("create", d, {}, ()), foreign=foreign)


MONEY = """
[order]
reference = "no"
currency = "in"
[line]
sku = "art"
price = "cost"
[[add]]
sku = "SHIPPING"
price = "post"
"""


def money(table: Path, *rows: str) -> tuple[list[str], list[str]]:
    """Return the problems and warnings of a file whose amounts have signs."""
    own = table.with_name("own.toml")
    own.write_text(MONEY, encoding="utf-8")
    table.write_text("no,in,art,cost,post\n" + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    foreign = Foreign(zone=dt.UTC, folder=None, given=str(own))
    prepare = Preparing()
    with drafts.read(table, zone=dt.UTC, prepare=prepare, foreign=foreign, skip_invalid=True) as batch:
        return [str(problem) for problem in batch.problems], batch.warned


def test_an_amount_in_another_currency_than_its_order_is_a_problem(table: Path) -> None:
    rows = ("A,EUR,X,€5,£4", "B,EUR,X,5 EUR,€4", "C,CAD,X,$5,C$4", "D,,X,$5,€4", "E,JPY,X,¥500,")
    problems, warned = money(table, *rows)
    assert problems == [
        "row 2, post: '£4' is not in the order's currency, EUR",
        "row 5, post: '€4' is not in the currency of '$5'",
    ]
    assert warned == []


def test_a_currency_that_only_the_amounts_name_is_not_dropped_without_a_word(table: Path) -> None:
    assert money(table, "A,,X,$5,")[1] == [
        "the currency of amounts such as '$5' is not read: give --currency, or map it"
    ]
    assert money(table, "A,,X,5,") == ([], [])


def test_odd_blanks_and_unseen_characters_inside_texts_become_plain(table: Path) -> None:
    table.write_text(
        f"{HEADINGS}A1,Ann\u00a0\tLee,A\u200bB-\u00ad7\ufeff,1,2\nA2,&nbsp;Bo&nbsp;Li,C,1,2\n", encoding="utf-8"
    )
    found = read(table)
    assert [(draft.customer.name, draft.lines[0].sku) for draft in found.values()] == [
        ("Ann  Lee", "AB-7"),
        ("Bo Li", "C"),
    ]


def test_texts_of_json_are_cleaned_as_cells_are(tmp_path: Path) -> None:
    path = tmp_path / "orders.json"
    order = {"no": "A1\u200b", "who": "Tom &amp; Jerry\u00a0", "rows": [{"art": " X\t", "qty": 1, "cost": "2\u00a0"}]}
    path.write_text(json.dumps([order]), encoding="utf-8")
    (draft,) = read(path, 'lines = "rows"').values()
    assert (draft.reference, draft.customer.name, draft.lines[0].sku) == ("A1", "Tom & Jerry", "X")


def test_a_path_to_the_orders_that_leads_nowhere_is_named(tmp_path: Path) -> None:
    own, path = tmp_path / "own.toml", tmp_path / "orders.json"
    own.write_text(f'[file]\norders = "data.orders"\nlines = "rows"\n{WORDS}', encoding="utf-8")
    path.write_text('{"page": 1, "data": {"order": [{"no": "A1"}]}}', encoding="utf-8")
    foreign = Foreign(zone=dt.UTC, folder=None, given=str(own))
    with pytest.raises(UsageError) as refused:
        drafts.read(path, zone=dt.UTC, prepare=Preparing(), foreign=foreign)
    assert "reads the orders at data.orders, and the object has no list there" in refused.value.message
    assert refused.value.hint == "its keys are 'page', 'data'"


def test_a_path_to_the_orders_may_lead_far_into_the_file(tmp_path: Path) -> None:
    path = tmp_path / "orders.json"
    order = {"no": "A1", "who": "Ann", "rows": [{"art": "X", "qty": 1, "cost": 2}]}
    path.write_text(json.dumps({"first": "x" * 600_000, "data": {"orders": [order]}}), encoding="utf-8")
    assert list(read(path, 'orders = "data.orders"\nlines = "rows"')) == ["A1"]


def test_a_single_order_is_read_where_its_mapping_knows_a_list_of_them(tmp_path: Path) -> None:
    path = tmp_path / "order.json"
    path.write_text('{"no": "A1", "who": "Ann", "rows": [{"art": "X", "qty": 1, "cost": 2}]}', encoding="utf-8")
    assert list(read(path, 'orders = "data.orders"\nlines = "rows"')) == ["A1"]


def test_the_rejects_of_json_lines_read_by_a_mapping_are_lines(tmp_path: Path) -> None:
    own, path, rejects = tmp_path / "own.toml", tmp_path / "orders.jsonl", tmp_path / "r.jsonl"
    own.write_text(f'[file]\nlines = "rows"\n{WORDS}', encoding="utf-8")
    path.write_text('{"no": "A1"}\n{"no": "A2"}\n', encoding="utf-8")
    foreign = Foreign(zone=dt.UTC, folder=None, given=str(own))
    with drafts.read(path, zone=dt.UTC, prepare=Preparing(), foreign=foreign, skip_invalid=True, rejects=rejects):
        pass
    assert [list(json.loads(line)) for line in rejects.read_text().splitlines()] == [["reason", "code", "no"]] * 2


@pytest.mark.parametrize(
    "text",
    [
        "P-1,77\nQ-2,78\n",
        "P-1;77\nQ-2;78\n",
        '"P-1"\t"77"\n"Q-2"\t"78"\n',
        'sep=;\n="P-1";77;Pen, blue\n',
        "P-1|77\n\nX|\n",
    ],
    ids=["comma", "semicolon", "tab", "said", "blank"],
)
def test_a_table_of_skus_has_any_separator(text: str, tmp_path: Path) -> None:
    path = tmp_path / "skus.csv"
    path.write_text(text, encoding="utf-8")
    found = store.Loaded(name="x", text="", mapping=store.builtin("etsy").mapping, path=tmp_path / "x.toml")
    table = found.table("skus.csv")
    assert (table["P-1"], table.get("X")) == ("77", None)


@pytest.mark.parametrize(
    "text, said",
    [("Pen, blue;77\n", "may be separated by ',' or ';'"), ("P-1\n", "needs two cells"), ('"P\n', "not CSV")],
)
def test_a_table_that_can_be_read_in_two_ways_or_in_none_is_refused(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "skus.csv").write_text(text, encoding="utf-8")
    found = store.Loaded(name="x", text="", mapping=store.builtin("etsy").mapping, path=tmp_path / "x.toml")
    with pytest.raises(UsageError, match=said):
        found.table("skus.csv")


def test_a_column_that_the_mapping_reads_stays_in_the_rejects_and_what_is_beyond_comes_last(tmp_path: Path) -> None:
    own, path, rejects = tmp_path / "own.toml", tmp_path / "orders.csv", tmp_path / "r.csv"
    own.write_text('[file]\n[order]\nreference = "no"\n[line]\nsku = "code"\nquantity = "qty"\n', encoding="utf-8")
    path.write_text("no,code,qty\nA,X-1,none\nB,X-2,1,more\n", encoding="utf-8")
    foreign = Foreign(zone=dt.UTC, folder=None, given=str(own))
    with drafts.read(path, zone=dt.UTC, prepare=Preparing(), foreign=foreign, skip_invalid=True, rejects=rejects):
        pass
    rows = list(csv.reader(rejects.read_text(encoding="utf-8").splitlines()))
    assert rows[0] == ["no", "code", "qty", "reason", "code"]
    assert [row[:3] for row in rows[1:]] == [["A", "X-1", "none"], ["B", "X-2", "1"]]
    assert [row[4:] for row in rows[1:]] == [["usage.invalid"], ["usage.invalid", "more"]]


def problems(table: Path, text: str, more: str, *, file: str = "", words: str = WORDS) -> list[str]:
    """Return the problems of a file that is read with a mapping of one's own."""
    own = table.with_name("own.toml")
    own.write_text(f"[file]\n{file}\n{words}{more}", encoding="utf-8")
    table.write_text(text, encoding="utf-8")
    foreign = Foreign(zone=dt.UTC, folder=None, given=str(own))
    with drafts.read(table, zone=dt.UTC, prepare=Preparing(), foreign=foreign, skip_invalid=True) as batch:
        return [str(problem) for problem in batch.problems]


@pytest.mark.parametrize(
    "more, first, second, said",
    [
        ('[[add]]\nsku = "POST"\nprice = "post"\n', "5", "6", "row 3, post: 6 differs from 5 in row 2"),
        ('[[add]]\nsku = "POST"\nprice = "post"\n', "5", "x", "row 3, post: 'x' is not a number with a point"),
        ('[[add]]\nsku = "POST"\nprice = ["cost", "post"]\nper = "line"\n', "5", "x", "row 3, post: 'x' is not a"),
        ('[discount]\namount = "post"\n', "1", "2", "row 3, post: 2 differs from 1 in row 2"),
        ('[discount]\namount = "post"\nper = "line"\n', "1", "x", "row 3, post: 'x' is not a number"),
        ('[discount]\namount = "post"\n', "", "9", "row 3, post: the discount 9 is larger than the sum of the lines"),
        ('[discount]\ndown_to = "post"\n', "1", "2", "row 3, post: 2 differs from 1 in row 2"),
        ('[check]\ntotal = "post"\n', "1", "x", "row 3, post: 'x' is not a number"),
        ('[check]\ntotal = "post"\n', "", "", "row 2, post: is blank, so that the order cannot be checked"),
        (
            '[[add]]\nsku = { column = "{post}", pattern = "^P" }\nprice = "cost"\n',
            "5",
            "5",
            "row 2, post: '5' does not fit the pattern '^P'",
        ),
    ],
)
def test_an_amount_that_cannot_be_added_or_taken_off_is_named_with_its_row_and_column(
    more: str, first: str, second: str, said: str, table: Path
) -> None:
    text = f"no,who,art,qty,cost,post\nA1,Ann,X,1,2,{first}\nA1,Ann,Y,1,2,{second}\n"
    (problem,) = problems(table, text, more)
    assert problem.startswith(said)


@pytest.mark.parametrize(
    "word",
    ["Total:", "TOTAL :", "Grand total:", "Total (2)", "Total (2):", "Totaal", "Total général", "Montant total",
     "合計\uff1a", "合计\uff082\uff09"],
)  # fmt: skip
@pytest.mark.parametrize("place", ["reference", "sku", "name"])
def test_a_row_of_totals_is_never_an_order_or_a_line(word: str, place: str, table: Path) -> None:
    row = {"reference": f"{word},Bo,X,Pen,1,2", "sku": f"A1,Ann,{word},Pen,1,2", "name": f"A1,Ann,,{word},1,2"}[place]
    table.write_text(f"no,who,art,what,qty,cost\nA0,Ann,X,Pen,1,2\n{row}\n", encoding="utf-8")
    assert list(read(table, more='name = "what"\n')) == ["A0"]


@pytest.mark.parametrize("name", ["Total care cream", "Total (red)", "Summer (2)", "Total"])
def test_a_product_may_have_a_name_like_a_total(name: str, table: Path) -> None:
    code = "X" if name == "Total" else ""
    table.write_text(f"no,who,art,what,qty,cost\nA0,Ann,{code},{name},1,2\n", encoding="utf-8")
    assert list(read(table, more='name = "what"\n')) == ["A0"]


DATES = 'dates = ["DD/MM/YY", "MM/DD/YY"]'
DUE = '[order]\nreference = "no"\ndue = "day"\n[line]\nsku = "art"\n'


@pytest.mark.parametrize(
    "cell, said",
    [
        ("03/04/26", ["row 2, day: '03/04/26' is 2026-04-03 as DD/MM/YY, 2026-03-04 as MM/DD/YY; give one of them"]),
        ("03/03/26", []),
        ("25/04/26", []),
        ("04/25/26", []),
        ("2026-04-03", []),
        ("25/25/26", ["row 2, day: '25/25/26' is not a date written as DD/MM/YY or MM/DD/YY"]),
        ("0026-04-03", ["row 2, day: '0026-04-03' is in the year 0026; write it with four digits, such as 2026"]),
    ],
)
def test_a_date_that_two_formats_read_as_different_days_is_a_problem(cell: str, said: list[str], table: Path) -> None:
    found = problems(table, f"no,day,art\nA1,{cell},X\n", "", file=DATES, words=DUE)
    assert [each.removesuffix(" (own.toml, line 5)") for each in found] == said


def test_a_year_that_lost_its_century_is_a_problem(table: Path) -> None:
    said = problems(table, "no,day,art\nA1,03/04/0026,X\n", "", file='dates = ["DD/MM/YYYY"]', words=DUE)
    assert ["the year 0026" in each for each in said] == [True]


MONEY_OF = """
[order]
reference = "no"
currency = "in"
[line]
sku = "art"
quantity = "qty"
total = "cost"
[discount]
amount = "off"
"""


@pytest.mark.parametrize("currency", ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])
def test_a_currency_with_three_decimals_is_divided_and_shared_to_its_smallest_amount(
    currency: str, table: Path
) -> None:
    own = table.with_name("own.toml")
    own.write_text(MONEY_OF, encoding="utf-8")
    rows = ("A,{0},X,2,20.25,0", "B,{0},X,3,9.999,0", "C,{0},X,1,3.333,1.111")
    table.write_text("no,in,art,qty,cost,off\n" + "\n".join(rows).format(currency) + "\n", encoding="utf-8")
    foreign = Foreign(zone=dt.UTC, folder=None, given=str(own))
    prepare = Preparing()
    with drafts.read(table, zone=dt.UTC, prepare=prepare, foreign=foreign, skip_invalid=True) as batch:
        sent = {d.reference: [(str(e.quantity), str(e.price)) for e in d.lines] for d in prepare.sent(batch)}
    assert sent == {"A": [("2", "10.125")], "B": [("3", "3.333")], "C": [("1", "2.222")]}


def test_an_amount_of_nothing_does_not_say_how_many_decimals_others_have(table: Path) -> None:
    table.write_text(f"{HEADINGS}A1,Ann,X,1,10.250\nA2,Ann,X,1,0\nA3,Ann,X,1,0.00\n", encoding="utf-8")
    assert list(read(table)) == ["A1", "A2", "A3"]


def test_a_discount_of_an_order_without_lines_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "orders.json"
    path.write_text(json.dumps([{"no": "A1", "who": "Ann", "off": "-5", "rows": []}]), encoding="utf-8")
    taken = '[[add]]\nsku = "OFF"\nprice = "off"\n[discount]\namount = "less"\nper = "line"\n'
    assert not read(path, 'lines = "rows"', taken)
