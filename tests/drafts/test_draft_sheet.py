"""Spreadsheets are read as tables of texts: numbers as they are shown, dates as ISO 8601 writes them."""

import datetime as dt
import io
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from xlsxwriter import Workbook  # type: ignore[import-untyped]

from orderctl import drafts
from orderctl.drafts.style import Numbers
from orderctl.errors import UsageError
from orderctl.model import OrderDraft
from tests.drafts.preparing import Preparing


def book(rows: list[list[object]], *, before: int = 0) -> bytes:
    """Return a spreadsheet with an empty sheet first, the rows in the second one, below `before` rows of titles."""
    written = io.BytesIO()
    with Workbook(written, {"in_memory": True}) as made:
        made.add_worksheet("Notes")
        day = made.add_format({"num_format": "yyyy-mm-dd"})
        page = made.add_worksheet("Orders")
        for number in range(before):
            page.write_string(number, 0, "a title")
        for number, cells in enumerate(rows, before):
            for column, cell in enumerate(cells):
                if isinstance(cell, dt.date):
                    page.write_datetime(number, column, cell, day)
                elif cell is not None:
                    page.write(number, column, cell)
    return written.getvalue()


def read(content: bytes, **how: object) -> list[OrderDraft]:
    prepare = Preparing()
    with drafts.read("-", stdin=io.BytesIO(content), format="xlsx", zone=dt.UTC, prepare=prepare, **how) as batch:  # type: ignore[arg-type]
        return prepare.sent(batch)


ROWS: list[list[object]] = [
    ["reference", "email", "due", "sku", "quantity", "price"],
    [1001, "ann@example.com", dt.date(2026, 3, 9), "0012", 2, 9.5],
    [1001, None, None, "0013", 1, 20],
    ["R-2", "bob@example.com", None, 4006381333931, 1.5, 0.1],
]


def test_a_sheet_is_read_as_it_is_shown() -> None:
    first, second = read(book(ROWS))
    assert (first.reference, first.due) == ("1001", dt.date(2026, 3, 9))
    assert [(line.sku, str(line.quantity), str(line.price)) for line in first.lines] == [
        ("0012", "2", "9.5"),
        ("0013", "1", "20"),
    ]
    assert [(line.sku, str(line.quantity), str(line.price)) for line in second.lines] == [
        ("4006381333931", "1.5", "0.1")
    ]
    assert [draft.reference for draft in read(book(ROWS, before=3))] == ["1001", "R-2"]


def test_a_file_s_name_or_its_first_bytes_tell_that_it_is_a_spreadsheet(tmp_path: Path) -> None:
    for name in ("orders.xlsx", "orders"):
        path = tmp_path / name
        path.write_bytes(book(ROWS))
        with drafts.read(path, zone=dt.UTC, prepare=Preparing()) as batch:
            assert batch.count == 2


def test_the_rejects_of_a_spreadsheet_are_csv(tmp_path: Path) -> None:
    path, rejects = tmp_path / "orders.xlsx", tmp_path / "r.csv"
    path.write_bytes(book([*ROWS, ["R-3", "eve@example.com", None, "X", 0, 1]]))
    with drafts.read(path, zone=dt.UTC, prepare=Preparing(), skip_invalid=True, rejects=rejects) as batch:
        assert (batch.count, batch.rejected) == (2, 1)
    assert rejects.read_text().splitlines() == [
        "reference,email,due,sku,quantity,price,reason,code",
        "R-3,eve@example.com,,X,0,1,quantity: must be above 0: 0,usage.invalid",
    ]


def test_what_is_not_a_spreadsheet_is_named() -> None:
    with pytest.raises(UsageError, match="not a spreadsheet that can be read"):
        read(b"PK\x03\x04 broken")


def test_without_its_library_one_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    with pytest.raises(UsageError) as refused:
        read(book(ROWS))
    assert "orderctl[xlsx]" in refused.value.hint
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(UsageError) as refused:
        drafts.spreadsheet(OrderDraft(reference="A"))
    assert "orderctl[xlsx]" in refused.value.hint


def test_a_template_is_read_back() -> None:
    draft = OrderDraft(reference="0012", title="=1+1", paid=True)
    (again,) = read(drafts.spreadsheet(draft))
    assert (again.reference, again.title, again.paid) == ("0012", "=1+1", True)


def said(content: bytes, **how: object) -> list[str]:
    with pytest.raises(UsageError) as error:
        read(content, **how)
    return [str(problem) for problem in error.value.fields]


def test_a_row_that_holds_only_a_blank_is_passed_over() -> None:
    assert [draft.reference for draft in read(book([*ROWS, [" "], [None, "\u00a0"]]))] == ["1001", "R-2"]


def test_a_number_that_was_computed_needs_no_style() -> None:
    rows: list[list[object]] = [*ROWS[:1], ["R-3", "eve@example.com", None, "X", 1, 0.1 + 0.2]]
    for numbers in (None, Numbers(["1,234.56"])):
        (draft,) = read(book(rows), numbers=numbers)
        assert draft.lines[0].price is not None
        assert round(draft.lines[0].price, 9) == Decimal("0.3")


def test_a_number_of_a_spreadsheet_needs_no_style() -> None:
    rows: list[list[object]] = [*ROWS, ["R-3", "eve@example.com", None, "X", "2,5", "1.234,50"]]
    drafts_read = read(book(rows), numbers=Numbers(["1.234,56"]))
    lines = [line for draft in drafts_read for line in draft.lines]
    assert [(f"{line.quantity:f}", f"{line.price:f}") for line in lines] == [
        ("2", "9.5"),
        ("1", "20"),
        ("1.5", "0.1"),
        ("2.5", "1234.50"),
    ]


def test_a_number_of_a_spreadsheet_is_not_doubted() -> None:
    rows: list[list[object]] = [
        ROWS[0],
        ["R-1", "a@example.com", None, "X", 2, 1.375],
        ["R-2", "a@example.com", None, "X", 2, 9],
    ]
    assert [f"{draft.lines[0].price:f}" for draft in read(book(rows))] == ["1.3750", "9"]


def test_a_number_keeps_its_digits_in_the_rejects(tmp_path: Path) -> None:
    path, rejects = tmp_path / "orders.xlsx", tmp_path / "r.csv"
    path.write_bytes(book([*ROWS, ["R-3", "eve@example.com", None, "X", 0, 1234.567]]))
    with drafts.read(path, zone=dt.UTC, prepare=Preparing(), skip_invalid=True, rejects=rejects):
        pass
    assert "R-3,eve@example.com,,X,0,1234.567," in rejects.read_text()


def test_a_date_is_not_a_code() -> None:
    day = dt.date(2026, 3, 9)
    problem = "'2026-03-09' is a date in the spreadsheet; write it again in a cell formatted as text"
    assert said(book([ROWS[0], ["R-1", "a@example.com", day, day, 1, 2]])) == [f"row 2, sku: {problem}"]
    assert said(book([ROWS[0], [day, "a@example.com", day, "X", 1, 2]])) == [f"row 2, reference: {problem}"]


@pytest.mark.parametrize("name", ["orders.xls", "orders.xlsx"])
@pytest.mark.parametrize(
    "content, what, hint",
    [
        (b"<html><table></table></html>", "is HTML or XML", "save it as .xlsx"),
        (b"\xef\xbb\xbf\n<!DOCTYPE html>", "is HTML or XML", "save it as .xlsx"),
        (b"reference\tsku\nA-1\tX\n", "is text", "--format csv"),
        ("\ufeffreference\tsku\n".encode("utf-16-le"), "is text", "--format csv"),
    ],
)
def test_what_only_has_the_name_of_a_spreadsheet_is_refused_as_what_it_is(
    tmp_path: Path, name: str, content: bytes, what: str, hint: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UsageError) as error:
        drafts.read(path, zone=dt.UTC, prepare=Preparing())
    assert (what in error.value.message, hint in error.value.hint) == (True, True), error.value
    assert said(content)[0].startswith(what)


def test_text_with_the_name_of_a_spreadsheet_is_read_as_csv_with_that_format(tmp_path: Path) -> None:
    path = tmp_path / "orders.xls"
    path.write_bytes(b"reference\tsku\tquantity\nA-1\tX\t1\n")
    with drafts.read(path, format="csv", zone=dt.UTC, prepare=Preparing()) as batch:
        assert batch.count == 1
