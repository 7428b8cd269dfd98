"""One order on a terminal: a page that a person reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from inline_snapshot import snapshot

from orderctl.output.text import HIDDEN, width

if TYPE_CHECKING:
    from tests.output.conftest import Printer

Document = Mapping[str, Any]


def page(printer: Printer, document: Document, *, wide: bool = False, **options: Any) -> list[str]:
    printed = printer(terminal=True, **options)
    printed.output.arrange(wide=wide)
    printed.output.one("order", document)
    lines: list[str] = printed.out.splitlines()
    return lines


def test_what_is_empty_or_zero_is_left_out_unless_wide(printer: Printer, document: Document) -> None:
    extra = {
        "managerid": "0", "price": "0.00", "weight": 0, "gift": None, "list": [], "text": "[]", "vip": False,
        "depot": "Kyiv", "owner": {"id": "7", "label": "Ann"}, "size": {"width": "3", "height": "0"},
    }  # fmt: skip
    bare = {**document, "customer": {**document["customer"], "name": None}, "paid": None, "total": "0.00", "note": None}
    bare = {**bare, "steps": [{"id": None, "name": "Being packed", "error": None}], "extra": extra, "reference": None}
    bare["lines"] = [{**line, "unit_price": "0"} for line in document["lines"]]
    assert page(printer, bare) == snapshot(
        [
            "Order 82806  in_progress (Being packed)",
            "",
            "Title     Spring order",
            "Profile   shop",
            "Customer  C7",
            "          wang@example.com",
            "Due       2026-12-01",
            "Created   2026-11-21 03:02:03 EET",
            "",
            "SKU     NAME   QUANTITY",
            "100500  Goods         2",
            "100501               10",
            "",
            "More from onebox",
            "depot       Kyiv",
            "owner       Ann",
            "size.width  3",
        ]
    )
    shown = page(printer, bare, wide=True)
    assert {"managerid", "price", "weight", "vip", "owner.id", "size.height"} <= {line.split(" ")[0] for line in shown}
    assert any(line.startswith("Waits at") for line in shown)
    assert [line for line in shown if line.startswith("ID  SKU")]


def test_a_page_is_as_wide_as_its_terminal_and_cjk_is_aligned(printer: Printer, document: Document) -> None:
    line = {**document["lines"][0], "name": "绿茶与红茶" * 10, "quantity": "1200", "total": "7500.00"}
    long = {**document, "lines": [line, document["lines"][1]], "note": "请放在门口 " * 20, "title": "x" * 200}
    shown = page(printer, long)
    assert max(map(width, shown)) <= 80
    assert shown == snapshot(
        [
            "Order 82806  in_progress (Being packed)",
            "",
            "Reference  OC-1",
            "Title      xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "           xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "           xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "Profile    shop",
            "Customer   王小明",
            "           C7",
            "           wang@example.com",
            "Waits at   Approve (41)",
            "Paid       yes",
            "Due        2026-12-01",
            "Created    2026-11-21 03:02:03 EET",
            "Note       请放在门口 请放在门口 请放在门口 请放在门口 请放在门口 请放在门口",
            "           请放在门口 请放在门口 请放在门口 请放在门口 请放在门口 请放在门口",
            "           请放在门口 请放在门口 请放在门口 请放在门口 请放在门口 请放在门口",
            "           请放在门口 请放在门口",
            "",
            "SKU     NAME                                  QUANTITY  UNIT PRICE     TOTAL",
            "100500  绿茶与红茶绿茶与红茶绿茶与红茶绿茶…      1,200       6.250  7,500.00",
            "100501                                              10",
            "Total                                                                  12.50 UAH",
            "",
            "More from onebox",
            "weight  0.10",
        ]
    )


def test_a_hostile_order_can_neither_steer_the_terminal_nor_forge_a_line(printer: Printer, document: Document) -> None:
    evil = "\x1b[2J\u202e\x07\r\nTotal  0.00 EUR"
    customer = dict.fromkeys(document["customer"], evil)
    line = {**document["lines"][0], "sku": evil, "name": evil}
    words = dict.fromkeys(("id", "reference", "number", "title", "vendor_status", "currency", "note"), evil)
    step = {"id": evil, "name": evil, "error": evil}
    hostile = {**document, **words, "customer": customer, "lines": [line], "steps": [step], "extra": {evil: evil}}
    for wide in (False, True):
        shown = page(printer, hostile, wide=wide)
        assert not {char for text in shown for char in text if char in "\x1b\x07\u202e\r"}
        assert len(HIDDEN) == 5
        assert sum(text.startswith("Total") for text in shown) == 1, "the page's own"


def test_a_secret_is_hidden_before_a_text_is_broken_into_lines(printer: Printer, document: Document) -> None:
    secret = "s3cret-" * 20
    shown = page(printer, {**document, "note": secret}, redact=lambda text: text.replace(secret, "***"))
    assert "Note       ***" in shown
    assert not [line for line in shown if "s3cret" in line]


def test_the_answer_of_the_vendor_is_last(printer: Printer, document: Document) -> None:
    shown = page(printer, {**document, "raw": {"id": 1}})
    assert shown[-4:] == ["The answer of onebox", "  {", '    "id": 1', "  }"]


def test_an_order_without_lines_has_its_total_among_the_labels(printer: Printer, document: Document) -> None:
    shown = page(printer, {**document, "lines": [], "total": "1234.50"}, color="always")
    assert "Total      1,234.50 UAH" in shown
    assert shown[0] == "\x1b[1mOrder 82806\x1b[0m  \x1b[33min_progress\x1b[0m (Being packed)"


def test_named_fields_of_one_order_are_labels_and_values(printer: Printer, document: Document) -> None:
    assert page(printer, document, fields=("customer_name", "total")) == [
        "customer_name: 王小明",
        "total:         12.50",
    ]
