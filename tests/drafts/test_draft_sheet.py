"""Spreadsheets are read as tables of texts: numbers as they are shown, dates as ISO 8601 writes them."""

import datetime as dt
import io
import sys
from pathlib import Path

import pytest
from xlsxwriter import Workbook  # type: ignore[import-untyped]

from orderctl import drafts
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
