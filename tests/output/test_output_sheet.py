"""Lists as spreadsheets, and CSV for Excel: what a program reads back is what the vendor sent."""

# ruff: noqa: DTZ001  (the times of a spreadsheet have no zone)

from __future__ import annotations

import builtins
import io
import sys
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import xlsxwriter  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st
from inline_snapshot import snapshot
from python_calamine import CalamineWorkbook

from orderctl.cli import lazy as cli
from orderctl.errors import ClosedPipe, MachineRefused, Temporary, UsageError
from orderctl.model import Customer, Order, OrderLine, Outcome
from orderctl.output import Output, sheet
from orderctl.output.csvtext import ORDER_HEADING
from orderctl.output.documents import order_document, result_document

if TYPE_CHECKING:
    from tests.output.conftest import Printer

Document = Mapping[str, Any]


class Written(io.TextIOWrapper):
    """A standard output to a file."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8")

    def sheets(self) -> list[list[list[Any]]]:
        book = CalamineWorkbook.from_filelike(io.BytesIO(self.buffer.getvalue()))  # type: ignore[attr-defined]
        return [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]


def output(stdout: io.TextIOWrapper, **options: Any) -> Output:
    return Output(format="xlsx", stdout=stdout, stderr=io.StringIO(), environ={}, **options)


def listed(*documents: Document, kind: str = "order", **options: Any) -> list[list[Any]]:
    stdout = Written()
    with output(stdout, **options).rows(kind) as rows:
        for document in documents:
            rows.add(document)
    return stdout.sheets()[0]


def row(document: Document) -> dict[str, Any]:
    heading, *rows = listed(document)
    assert tuple(heading) == ORDER_HEADING
    return dict(zip(heading, rows[0], strict=True))


def test_orders_are_the_rows_of_their_csv(document: Document) -> None:
    heading, *rows = listed(document)
    assert tuple(heading) == ORDER_HEADING
    assert rows == snapshot(
        [
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
                date(2026, 12, 1),
                "UAH",
                12.5,
                "Being packed",
                True,
                "100500",
                "Goods",
                2.0,
                6.25,
                "82806",
                "",
                "in_progress",
                "Being packed",
                datetime(2026, 11, 21, hour=1, minute=2, second=3),
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
                date(2026, 12, 1),
                "UAH",
                12.5,
                "Being packed",
                True,
                "100501",
                "",
                10.0,
                "",
                "82806",
                "",
                "in_progress",
                "Being packed",
                datetime(2026, 11, 21, hour=1, minute=2, second=3),
                "",
                "shop",
                "onebox",
            ],
        ]
    )


def test_ids_and_references_stay_text_with_their_zeros(document: Document) -> None:
    given = {**document, "id": "6066483328179541690", "reference": "00042", "number": "1E5", "title": "2026-03-01"}
    given["customer"] = {**document["customer"], "code": "007", "phone": "+4930123"}
    found = row(given)
    words = ("_id", "reference", "_number", "title", "customer", "phone")
    assert [found[name] for name in words] == ["6066483328179541690", "00042", "1E5", "2026-03-01", "007", "+4930123"]


@pytest.mark.parametrize(
    "text",
    ["=1+1", "=HYPERLINK(1)", "@x", "+1", "-1", "\t=1", "<r>", "<r><t>a</t></r>", "</r></is></c>&", "_x0041_", ""],
)
def test_no_text_is_run_or_taken_for_anything_else(document: Document, text: str) -> None:
    assert row({**document, "title": text})["title"] == text


def test_what_is_hidden_is_visible_and_lines_stay(document: Document) -> None:
    assert row({**document, "note": "a\nb\x1b\u202e"})["note"] == "a\nb\\x1b\\u202e"


def test_dates_are_dates_and_times_are_times_in_utc(document: Document) -> None:
    given = {**document, "updated_at": "2026-11-21T23:59:59.250000Z"}
    found = row(given)
    assert [found[name] for name in ("due", "_created_at")] == [date(2026, 12, 1), datetime(2026, 11, 21, 1, 2, 3)]
    assert abs((found["_updated_at"] - datetime(2026, 11, 21, 23, 59, 59, 250000)).total_seconds()) < 0.002
    for odd in ("2026-12-01T10:00:00Z", "1899-01-01", "soon"):
        assert row({**document, "due_at": odd})["due"] == odd


AMOUNTS = st.decimals(-(10**17), 10**17, allow_nan=False, allow_infinity=False, places=3)


@settings(max_examples=5)
@given(st.lists(st.builds(round, AMOUNTS, st.integers(0, 3)) | st.builds(Decimal, st.integers()), min_size=40))
def test_amounts_are_numbers_as_long_as_a_spreadsheet_keeps_every_digit(amounts: list[Decimal]) -> None:
    orders = [Order(id="1", total=exact, lines=(OrderLine(id="1", unit_price=exact),)) for exact in amounts]
    heading, *rows = listed(*[order_document(order, profile="p", vendor="v") for order in orders])
    for exact, row in zip(amounts, rows, strict=True):
        whole = len(str(abs(exact)).replace(".", "").strip("0")) <= 15 and abs(exact) < 10**15
        for cell in (row[heading.index("total")], row[heading.index("price")]):
            assert isinstance(cell, float if whole else (float, str)), exact
            assert Decimal(cell if isinstance(cell, str) else repr(cell)) == exact


def test_the_digits_of_an_amount_are_shown(document: Document) -> None:
    stdout = Written()
    with output(stdout).rows("order") as rows:
        rows.add({**document, "total": "1234567890123456.50"})
        rows.add(document)
    [first, second] = [stdout.sheets()[0][number][ORDER_HEADING.index("total")] for number in (1, 3)]
    assert (first, second) == ("1234567890123456.50", 12.5)
    with zipfile.ZipFile(io.BytesIO(stdout.buffer.getvalue())) as archive:  # type: ignore[attr-defined]
        styles = archive.read("xl/styles.xml").decode()
    assert 'formatCode="#,##0.000"' in styles, "6.250"


def test_other_lists_and_picked_fields(document: Document) -> None:
    assert listed(document, fields=("id", "sku", "lines.sku", "paid")) == [
        ["id", "sku", "lines.sku", "paid"],
        ["82806", "100500", "100500", True],
        ["82806", "100501", "100501", True],
    ]
    assert listed(document, fields=("id", "lines.sku"))[1:] == [["82806", "100500, 100501"]]
    result = result_document(verb="create", outcome=Outcome.CREATED, profile="p", vendor="v", id="007", reference="R")
    assert listed(result, kind="result") == [["outcome", "id", "reference", "message"], ["created", "007", "R", ""]]
    assert listed(kind="line") == [["id", "sku", "name", "quantity", "unit_price", "total"]]


def test_one_order_is_a_list_of_one(document: Document) -> None:
    stdout = Written()
    output(stdout).one("order", document)
    assert len(stdout.sheets()[0]) == 3


def test_a_list_that_breaks_off_is_a_spreadsheet_of_what_came(document: Document) -> None:
    stdout = Written()
    with suppress(Temporary), output(stdout).rows("order") as rows:
        rows.add(document)
        raise Temporary("down")
    assert len(stdout.sheets()[0]) == 3
    stdout = Written()
    with pytest.raises(Temporary), output(stdout).rows("order") as rows:
        raise Temporary("down")
    assert stdout.buffer.getvalue() == b""  # type: ignore[attr-defined]


def test_a_sheet_that_is_full_goes_on_in_another(document: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet, "MAX_ROWS", 3)
    stdout = Written()
    with output(stdout).rows("order") as rows:
        rows.add(document)
        rows.add(document)
    first, second = stdout.sheets()
    assert first == second


def test_what_a_cell_cannot_hold_is_reported(document: Document) -> None:
    stdout = Written()
    printed = output(stdout)
    with printed.rows("order") as rows:
        rows.add({**document, "note": "n" * 40_000, "lines": []})
    assert len(stdout.sheets()[0][1][2]) == 32_767
    assert "1 cell was cut" in printed._err.stream.getvalue()  # type: ignore[union-attr]  # noqa: SLF001


def test_secrets_are_hidden_in_cells(document: Document) -> None:
    shown = listed({**document, "note": "s3cret", "total": "123.00"}, redact=lambda t: t.replace("s3cret", "***"))
    assert shown[1][2] == "***"


def test_nothing_is_left_behind(document: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    listed(document)
    assert list(tmp_path.iterdir()) == []


def test_rows_are_on_disk_and_not_in_memory(document: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[int] = []

    class Counted(xlsxwriter.Workbook):  # type: ignore[misc]
        def close(self) -> None:
            held.extend(len(page.table) for page in self.worksheets())
            super().close()

    monkeypatch.setattr("xlsxwriter.Workbook", Counted)
    assert len(listed(*[document] * 50)) == 101
    assert held == [1]


def test_a_closed_reader_and_a_full_disk_are_distinguished(document: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    class Closed(io.BytesIO):
        def write(self, content: Any) -> int:
            raise BrokenPipeError

    with pytest.raises(ClosedPipe), output(io.TextIOWrapper(Closed())).rows("order") as rows:
        rows.add(document)
    monkeypatch.setattr("orderctl.output.sheet.TemporaryDirectory", _full)
    with pytest.raises(MachineRefused, match="No space left"), output(Written()).rows("order") as rows:
        rows.add(document)


def _full(**_: Any) -> Any:
    raise OSError(28, "No space left on device")


def test_a_terminal_and_a_missing_package_are_refused_before_anything_is_done(
    printer: Printer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UsageError, match="not shown on a terminal"):
        printer("xlsx", terminal=True)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert cli.run(["list", "--status", "a b", "-o", "xlsx", "-p", "sandbox-onebox"]) == 2
    hint = "  hint: orderctl list --status 'a b' -o xlsx -p sandbox-onebox > orders.xlsx\n"
    assert capsys.readouterr().err == f"orderctl: a spreadsheet is not shown on a terminal\n{hint}"
    monkeypatch.undo()
    real = builtins.__import__

    def absent(name: str, *args: Any, **options: Any) -> Any:
        if name == "xlsxwriter":
            raise ImportError(name)
        return real(name, *args, **options)

    monkeypatch.setattr(builtins, "__import__", absent)
    assert cli.run(["list", "-o", "xlsx", "-p", "sandbox-onebox"]) == 2
    assert capsys.readouterr().err == (
        "orderctl: -o xlsx: the package that writes spreadsheets is not installed\n"
        "  hint: pip install 'orderctl[xlsx]'\n"
    )


def test_a_list_as_a_spreadsheet_can_be_created_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setenv("ORDERCTL_STATE_DIR", str(tmp_path / "state"))
    order = Order(
        id="1", reference="00042", customer=Customer(name="=Ann", email="a@example.com"), currency="EUR",
        lines=(OrderLine(id="1", sku="007", name="Чай", quantity=Decimal("1.50"), unit_price=Decimal("6.250")),),
    )  # fmt: skip
    stdout = Written()
    with output(stdout).rows("order") as rows:
        rows.add({**order_document(order, profile="p", vendor="v"), "status": None})
    (tmp_path / "orders.xlsx").write_bytes(stdout.buffer.getvalue())  # type: ignore[attr-defined]
    code = cli.run(["create", "--from", str(tmp_path / "orders.xlsx"), "-p", "sandbox-onebox", "-o", "ids"])
    assert code == 0, capfdbinary.readouterr().err
    capfdbinary.readouterr()
    fields = "reference,customer_name,name,quantity,price"
    assert cli.run(["list", "-p", "sandbox-onebox", "-o", "csv", "--fields", fields]) == 0
    assert capfdbinary.readouterr().out.decode().splitlines()[1] == "00042,'=Ann,Чай,1.5,6.25"


def test_csv_for_excel_begins_with_a_byte_order_mark(printer: Printer, document: Document) -> None:
    for terminal in (False, True):
        for single in (False, True):
            printed = printer("csv", terminal=terminal)
            printed.output.arrange(bom=True)
            if single:
                printed.output.one("order", document)
            else:
                with printed.output.rows("order") as rows:
                    rows.add(document)
            assert printed.out.startswith("reference," if terminal else "\ufeffreference,")
            assert "\ufeff" not in printed.out[1:]
    with pytest.raises(UsageError, match="--bom") as refused:
        printer("json").output.arrange(bom=True)
    assert refused.value.hint == "add -o csv"
