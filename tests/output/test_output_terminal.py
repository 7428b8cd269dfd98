from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pytest
from inline_snapshot import snapshot

from orderctl.output.documents import result_document
from orderctl.output.table import MAX_ROWS, FixedTable, TerminalStyle, rich_table, widths
from orderctl.output.text import width

if TYPE_CHECKING:
    from tests.output.conftest import Printer

Document = Mapping[str, Any]
Many = Callable[[int], list[Document]]


def table(printer: Printer, documents: list[Document], **options: Any) -> list[str]:
    printed = printer("table", terminal=True, **options)
    with printed.output.rows("order") as rows:
        for document in documents:
            rows.add(document)
    lines: list[str] = printed.out.splitlines()
    return lines


def test_a_list_on_a_terminal_fits_its_width(printer: Printer, many: Many) -> None:
    assert table(printer, many(2)) == snapshot(
        [
            "ID  REFERENCE  TITLE   STATUS       VENDO…  CUSTO…  TOTAL  CUR  CREATED",
            "0   OC-1       Sprin…  in_progress  Being…  王小明  12.50  UAH  2026-11-21T01:0…",
            "1   OC-1       Sprin…  in_progress  Being…  王小明  12.50  UAH  2026-11-21T01:0…",
        ]
    )
    assert table(printer, many(1), environ={"COLUMNS": "200"}) == snapshot(
        [
            "ID  REFERENCE  TITLE         STATUS       VENDOR STATUS  CUSTOMER  TOTAL  CUR  CREATED",
            "0   OC-1       Spring order  in_progress  Being packed   王小明    12.50  UAH  2026-11-21T01:02:03Z",
        ]
    )


@pytest.mark.parametrize("number", [0, 1, MAX_ROWS, MAX_ROWS + 1, MAX_ROWS + 300])
def test_every_row_is_on_the_terminal_as_in_the_pipe(printer: Printer, many: Many, number: int) -> None:
    piped = printer()
    with piped.output.rows("order") as rows:
        for document in many(number):
            rows.add(document)
    wide = {"COLUMNS": "200"}
    shown = table(printer, many(number), environ=wide)
    assert [line.split("  ")[0].strip() for line in shown] == [line.split("\t")[0] for line in piped.out.splitlines()]


def test_more_rows_than_rich_lays_out_stream_in_fixed_columns(printer: Printer, many: Many) -> None:
    documents = many(MAX_ROWS + 200)
    documents[600] = {**documents[600], "id": "an id longer than any before it", "title": "a\x1bb"}
    shown = table(printer, documents, environ={"COLUMNS": "200"})
    assert len({width(line) for line in shown[1:600]}) == 1
    assert shown[601].startswith("an id longer than any before it  OC-1")
    assert r"a\x1bb" in shown[601]


def test_rich_and_fixed_columns_look_alike() -> None:
    columns = [("id", "ID"), ("customer.name", "CUSTOMER"), ("total", "TOTAL")]
    rows = [["1", "王小明", "12.50"], ["22", "Ann 👍🏽 a long name", "7"]]
    style = TerminalStyle(30, colour=False)
    fixed = FixedTable(columns, rows, style)
    assert rich_table(columns, rows, style) == "".join([fixed.heading(), *[fixed.line(row) for row in rows]])


def test_prose_gives_way_before_anything_else_and_the_id_never() -> None:
    columns = [("id", "ID"), ("title", "TITLE"), ("reference", "REFERENCE")]
    rows = [["1" * 20, "t" * 30, "r" * 20]]
    assert widths(columns, rows, 100) == [20, 30, 20]
    assert widths(columns, rows, 60) == [20, 16, 20]
    assert widths(columns, rows, 44) == [20, 6, 14]
    assert widths(columns, rows, 10) == [20, 6, 6]
    assert widths([("id", "ID")], [["1" * 20]], 10) == [20]


def test_colours_are_for_terminals_that_want_them(printer: Printer, document: Document) -> None:
    for options, coloured in (
        ({"environ": {"NO_COLOR": ""}}, True),
        ({"environ": {"NO_COLOR": "", "TERM": "dumb"}}, False),
        ({"environ": {"NO_COLOR": "1", "FORCE_COLOR": "1"}}, False),
        ({"environ": {"NO_COLOR": "", "TERM": "dumb", "FORCE_COLOR": "1"}}, True),
        ({"color": "always"}, True),
        ({"color": "never", "environ": {"NO_COLOR": ""}}, False),
    ):
        shown = "\n".join(table(printer, [document], **options))
        assert ("\x1b[33min_progress" in shown or "\x1b[33m" in shown) == coloured, options


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


def test_rich_is_imported_for_tables_on_a_terminal_only(
    printer: Printer, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "rich"]:
        monkeypatch.delitem(sys.modules, name)
    for format_ in ("table", "json", "jsonl", "csv", "ids"):
        printed = printer(format_)
        with printed.output.rows("order") as rows:
            rows.add(document)
    assert "rich" not in sys.modules
    table(printer, [document])
    assert "rich" in sys.modules
