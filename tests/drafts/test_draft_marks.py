"""What a spreadsheet shows and its values do not say: formulas never computed, errors, padded numbers, other sheets."""

import datetime as dt
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from xlsxwriter import Workbook  # type: ignore[import-untyped]

from orderctl import drafts
from orderctl.drafts.sheetxml import shown_as
from orderctl.errors import UsageError
from orderctl.mappings.choose import Foreign
from tests.drafts.preparing import Preparing

SHEET = "xl/worksheets/sheet1.xml"


def workbook(fill: Callable[[Any, Any], None], *changes: tuple[bytes, bytes], part: str = SHEET) -> bytes:
    """Return a spreadsheet with our headings, its first sheet filled, and some bytes of a part changed."""
    written, changed = io.BytesIO(), io.BytesIO()
    with Workbook(written, {"in_memory": True}) as book:
        page = book.add_worksheet("Orders")
        page.write_row(0, 0, ["reference", "sku", "quantity", "price", "other"])
        fill(book, page)
    with zipfile.ZipFile(written) as whole, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as copy:
        for name in whole.namelist():
            text = whole.read(name)
            for old, new in changes if name == part else ():
                assert old in text
                text = text.replace(old, new)
            copy.writestr(name, text)
    return changed.getvalue()


def read(content: bytes, **how: Any) -> tuple[list[list[str]], list[str]]:
    """Return reference, SKU, quantity and price of each line, and what is warned of."""
    prepare = Preparing()
    columns = {"reference": "reference", "sku": "sku"}  # so that another column is not read
    with drafts.read(
        "-", stdin=io.BytesIO(content), format="xlsx", columns=columns, zone=dt.UTC, prepare=prepare, **how
    ) as batch:
        orders = prepare.sent(batch)
        lines = [
            [str(o.reference), str(line.sku), str(line.quantity), str(line.price)] for o in orders for line in o.lines
        ]
        return lines, batch.warned


def problems(content: bytes, **how: Any) -> list[str]:
    with pytest.raises(UsageError) as refused:
        read(content, **how)
    return [str(problem) for problem in refused.value.fields]


def formulas(_: Any, page: Any) -> None:
    page.write_row(1, 0, ["A", "x", 1])
    page.write_formula(1, 3, "=2+3", None, 5)
    page.write_formula(1, 4, "=NA()", None, "#N/A")  # nothing reads this column
    page.write_row(2, 0, ["B", "x", 1])
    page.write_formula(2, 3, "=1+1")


@pytest.mark.parametrize("change", [(b"<v>0</v>", b"<v>0</v>"), (b"<v>0</v></c></row></s", b"<v></v></c></row></s")])
def test_a_formula_that_was_never_computed_is_a_problem_of_its_cell(change: tuple[bytes, bytes]) -> None:
    (said,) = problems(workbook(formulas, change))
    assert said.startswith("row 3, price: is a formula without a computed value")


def test_a_computed_zero_is_a_zero() -> None:
    content = workbook(formulas, (b' fullCalcOnLoad="1"', b""), part="xl/workbook.xml")
    assert read(content)[0] == [["A", "x", "1", "5"], ["B", "x", "1", "0"]]


def test_an_error_of_a_formula_is_not_a_blank() -> None:
    def fill(_: Any, page: Any) -> None:
        page.write_row(1, 0, ["A", "x", 1])
        page.write_formula(1, 3, "=1/0", None, "#DIV/0!")

    assert problems(workbook(fill)) == ["row 2, price: is the error #DIV/0! of a formula"]


def test_a_mapping_sees_what_is_wrong_with_a_cell_too(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('[order]\nreference = "reference"\n[line]\nsku = "sku"\nquantity = "quantity"\nprice = "price"\n')
    foreign = Foreign(zone=dt.UTC, folder=None, given=str(own))
    (said,) = problems(workbook(formulas), foreign=foreign)
    assert said.startswith("row 3, price: is a formula without")


def padded(book: Any, page: Any) -> None:
    page.write_row(1, 1, ["x", 1, 2])
    page.write_number(1, 0, 42, book.add_format({"num_format": "00000"}))
    page.write_row(2, 0, [42, "y", 1, 2])
    page.write_row(3, 0, ["C", None, 1, 2])
    page.write_number(3, 1, 7, book.add_format({"num_format": '"INV-"000'}))
    page.set_row(3, None, None, {"hidden": True})


@pytest.mark.parametrize(
    "changes", [(), tuple((b' r="%c2"' % at, b"") for at in b"ABCD")], ids=["as Excel", "without places"]
)
def test_numbers_have_the_zeros_that_their_format_gives_them(changes: tuple[tuple[bytes, bytes], ...]) -> None:
    lines, warned = read(workbook(padded, *changes))
    assert lines == [["00042", "x", "1", "2"], ["42", "y", "1", "2"], ["C", "INV-007", "1", "2"]]
    assert warned == ["standard input: 1 hidden row is read like the others"]


@pytest.mark.parametrize(
    "number, format_, text",
    [
        (42, "00000", "00042"), (1234567, "00000", "1234567"), (123456789, "000-00-0000", "123-45-6789"),
        (7, '"INV-"000', "INV-007"), (7, '"No "0', "No 7"), (7, "#00", "07"), (7, "00000;-00000", "00007"),
        (7, '0" pcs"', None), (7, "0", None), (7, "0.00", None), (7, "#,##0", None), (7, "[$€-2] 0", None),
        (-7, "000", None), (7.5, "000", None), (1e15, "000", None), (7, "dd/mm/yyyy", None), (7, "", None),
    ],
)  # fmt: skip
def test_only_formats_that_pad_change_a_number(number: float, format_: str, text: str | None) -> None:
    assert shown_as(number, format_) == text


def test_other_sheets_that_hold_something_are_named_and_hidden_ones_are_not_read() -> None:
    def fill(book: Any, page: Any) -> None:
        page.write_row(1, 0, ["A", "x", 1, 2])
        book.add_worksheet("Empty")
        book.add_worksheet("More").write(0, 0, "reference")
        hidden = book.add_worksheet("Lists")
        hidden.write(0, 0, "x")
        hidden.hide()

    lines, warned = read(workbook(fill))
    assert lines == [["A", "x", "1", "2"]]
    assert warned == [
        "standard input: only the sheet 'Orders' is read, not the sheet 'More'; a mapping selects one: [file] sheet"
    ]


def test_a_row_of_uncomputed_formulas_is_not_passed_over_as_empty() -> None:
    def fill(_: Any, page: Any) -> None:
        page.write_row(1, 0, ["A", "x", 1, 2])
        for column in range(5):
            page.write_formula(2, column, "=1+1")

    def elsewhere(_: Any, page: Any) -> None:
        page.write_row(1, 0, ["A", "x", 1, 2])
        page.write_formula(2, 4, "=1+1")  # nothing reads this column

    empty = (b"</f><v>0</v>", b"</f>")
    said = problems(workbook(fill, empty))
    assert [problem.partition(" is a formula")[0] for problem in said[:4]] == [
        f"row 3, {heading}:" for heading in ("reference", "sku", "quantity", "price")
    ]
    assert read(workbook(elsewhere, empty))[0] == [["A", "x", "1", "2"]]


@pytest.mark.parametrize(
    "content",
    [
        workbook(padded).replace(b"xl/styles.xml", b"xl/stylos.xml"),
        workbook(padded, (b"A2", b"A9"), (b"B2", b"B9")),
        workbook(padded, (b'<row r="2"', b'<row r="9"'), (b' r="A2"', b"")),
    ],
    ids=["a part is gone", "cells in another order", "rows in another order"],
)
def test_a_damaged_spreadsheet_is_refused_where_its_values_could_still_be_read(content: bytes) -> None:
    with pytest.raises(UsageError, match=r"damaged spreadsheet|another order"):
        read(content)
