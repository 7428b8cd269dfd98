"""The first mapping that is made for a file reads what others call our words, and puts together what is apart."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from orderctl.cli import lazy as cli


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.delenv("ORDERCTL_CONFIG", raising=False)


def suggested(path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[dict[str, Any], str]:
    """Return the mapping that is made for a file, and the notes about it."""
    assert cli.run(["mapping", "suggest", str(path)]) == 0
    said = capsys.readouterr()
    return tomllib.loads(said.out), said.err


def shown(path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    assert cli.run(["mapping", "suggest", str(path)]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize(
    "headings, order",
    [
        (
            "Belegnr.;Vorname;Nachname;E-Mail-Adresse;Straße;PLZ;Ort;Artikelnr.;Menge;Einzelpreis",
            {
                "reference": "Belegnr.",
                "customer_name": "{Vorname} {Nachname}",
                "email": "E-Mail-Adresse",
                "address": "{Straße}, {PLZ} {Ort}",
            },
        ),
        (
            "PO Number;Client;Client Mail;Ship to;Town;Country;Item code;Pcs;Unit price",
            {
                "reference": "PO Number",
                "customer_name": "Client",
                "email": "Client Mail",
                "address": "{Ship to}, {Town}, {Country}",
            },
        ),
        (
            "Order No;Customer name;Last name;Address;SKU;Qty;Price",
            {"reference": "Order No", "customer_name": "Customer name", "address": "Address"},
        ),
    ],
)
def test_headings_of_a_table_are_understood_and_put_together(
    headings: str, order: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "export.csv"
    path.write_text(f"{headings}\n{';'.join('1' for _ in headings.split(';'))}\n", encoding="utf-8")
    assert suggested(path, capsys)[0]["order"] == order


def test_a_row_of_totals_is_passed_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "export.csv"
    path.write_text("Belegnr.;Artikelnr.;Menge;Einzelpreis\nA-1;PEN;1;2,00\n Summe:;;1;2,00\n", encoding="utf-8")
    mapping, _ = suggested(path, capsys)
    assert mapping["file"]["skip"] == {"reference": ["Summe:"]}
    (tmp_path / "own.toml").write_text(shown(path, capsys), encoding="utf-8")
    assert cli.run(["mapping", "try", str(path), "--map", str(tmp_path / "own.toml"), "-o", "jsonl"]) == 0
    said = capsys.readouterr()
    assert [json.loads(line)["reference"] for line in said.out.splitlines()] == ["A-1"]
    assert "1 row is left out, as the mapping own says: row 3 (Summe:)" in said.err


@pytest.mark.parametrize("place", ["orders", "result.orders", "data.items", "response.results"])
def test_orders_inside_a_document_are_found(place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    order = {
        "orderNo": "W-1",
        "customer": {"id": 71, "firstName": "Zoe", "lastName": "Lee", "contact": {"email": "zoe@example.com"}},
        "delivery": {"street": "Kade 9", "postalCode": "3011 AB", "city": "Rotterdam"},
        "invoicing": {"postalCode": "9999 ZZ", "city": "Delft"},
        "positions": [{"articleCode": "PEN", "title": "Pen", "qty": 2, "unitPrice": "1.50"}],
    }
    found: Any = [order]
    for key in reversed(place.split(".")):
        found = {"count": 1, key: found}
    path = tmp_path / "export.json"
    path.write_text(json.dumps(found), encoding="utf-8")
    mapping, said = suggested(path, capsys)
    assert mapping["file"] == {"format": "json", "orders": place, "lines": "positions"}
    assert mapping["order"] == {
        "reference": "orderNo",
        "customer_name": "{customer.firstName} {customer.lastName}",
        "email": "customer.contact.email",
        "address": "{delivery.street}, {delivery.postalCode} {delivery.city}",
    }
    assert mapping["line"] == {"sku": "articleCode", "name": "title", "quantity": "qty", "price": "unitPrice"}
    assert "not matched: customer.id, invoicing.postalCode, invoicing.city" in said


def left(
    table: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], *more: str, name: str = "export.csv"
) -> tuple[list[str], str, str]:
    """Return the orders that the mapping of a file leaves, the notes when it was made, and when it was tried."""
    path = tmp_path / name
    path.write_text(table, encoding="utf-8")
    assert cli.run(["mapping", "suggest", str(path)]) == 0
    made = capsys.readouterr()
    (tmp_path / "own.toml").write_text(made.out, encoding="utf-8")
    assert cli.run(["mapping", "try", str(path), "--map", str(tmp_path / "own.toml"), "-o", "jsonl", *more]) == 0
    tried = capsys.readouterr()
    return [json.loads(line)["reference"] for line in tried.out.splitlines()], made.err, tried.err


@pytest.mark.parametrize(
    "heading, cancelled, other",
    [
        ("Status", "storniert", "offen"), ("Order state", "Cancelled", "Shipped"), ("Statut", "Annulée", "payée"),
        ("Estado", "Cancelado", "Pagado"), ("Stato", "Annullato", "Spedito"), ("Статус", "Отменён", "Новый"),
        ("Статус", "Скасовано", "Новий"), ("ステータス", "キャンセル", "発送済み"), ("订单状态", "已取消", "已发货"),
        ("상태", "취소", "배송중"), ("Payment status", "refunded", "paid"), ("Status", "Storniert (Kunde)", "offen"),
        ("Cancelled at", "2026-03-09", ""), ("Storniert", "ja", "nein"), ("Cancelled", "true", "false"),
        ("Remark", "canceled", "by hand, please"),
    ],
)  # fmt: skip
def test_cancelled_orders_are_passed_over_and_named(
    heading: str, cancelled: str, other: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = f'A1,P,1,2,"{cancelled}"\nA2,P,1,2,"{other}"\n'
    orders, made, tried = left(f"Order,SKU,Qty,Price,{heading}\n{rows}", tmp_path, capsys)
    assert orders == ["A2"]
    assert f"orderctl: {heading} " in made
    assert "such orders are left out; check the line `skip`" in made
    assert "1 order is left out, as the mapping own says: A1 (" in tried


@pytest.mark.parametrize(
    "heading, first, second",
    [
        ("Status", "partially refunded", "open"),
        ("Cancellation policy", "14 days", "30 days"),
        ("Kind", "a", "b"),
        ("Cancelled qty", "0", "2"),
    ],
)
def test_what_only_looks_cancelled_is_not_passed_over(
    heading: str, first: str, second: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = f"A1,P,1,2,{first}\nA2,P,1,2,{second}\n"
    assert left(f"Order,SKU,Qty,Price,{heading}\n{rows}", tmp_path, capsys)[0] == ["A1", "A2"]


def test_a_flag_that_no_order_has_yet_is_passed_over_when_one_has(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "export.csv"
    path.write_text("Order,SKU,Qty,Price,Storniert\nA1,P,1,2,nein\n", encoding="utf-8")
    assert suggested(path, capsys)[0]["file"]["skip"] == {"Storniert": ["ja"]}


def test_a_cancelled_line_takes_no_order_along(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "A1,P,1,2,shipped\nA1,Q,1,2,cancelled\n"
    orders, made, _ = left(f"Order,SKU,Qty,Price,Status\n{rows}", tmp_path, capsys)
    assert orders == ["A1"]
    assert "Status holds cancelled for some lines of order A1 only, so that no order is left out for it" in made


def test_cancelled_orders_and_totals_far_down_are_found_and_all_named_with_verbose(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = "".join(f"A{n},P,1,2,{'cancelled' if n > 300 else 'open'}\n" for n in range(307))
    table = f"Order,SKU,Qty,Price,Status\n{rows}Total:,,307,614,\n"
    orders, _, tried = left(table, tmp_path, capsys, "-v")
    assert len(orders) == 301
    assert "6 orders and 1 row are left out, as the mapping own says: A301 (Status: cancelled), " in tried
    assert "A305 (Status: cancelled), …\n" in tried
    assert "A306 (Status: cancelled), row 309 (Total:)\n" in tried


def test_a_column_that_orders_are_passed_over_by_must_be_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    left("Order,SKU,Qty,Price,Status\nA1,P,1,2,cancelled\nA2,P,1,2,open\n", tmp_path, capsys)
    path = tmp_path / "next.csv"
    path.write_text("Order,SKU,Qty,Price\nA1,P,1,2\n", encoding="utf-8")
    assert cli.run(["mapping", "try", str(path), "--map", str(tmp_path / "own.toml")]) == 2
    said = capsys.readouterr().err
    assert "Status: the mapping own reads this column, and the file has none" in said
    assert f"orderctl mapping show {tmp_path / 'own.toml'}" in said


def test_orders_of_json_are_found_deep_and_their_lines_taken_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = {"id": 5, "article": {"number": "PEN", "title": "Pen"}, "qty": 2, "price": {"amount": "1.50"}}
    states = (("W-1", "open"), ("W-2", "cancelled"))
    orders: list[dict[str, Any]] = [{"orderNo": n, "state": s, "cart": {"rows": [line]}} for n, s in states]
    orders.append({"orderNo": "W-3", "cancellation": {"reason": "late"}, "cart": {"rows": [line]}})
    document = {
        "export": {"page": {"number": 1}},
        "shops": [{"number": 1, "name": "x"}],
        "result": {"data": {"all": {"found": orders}}},
    }
    path = tmp_path / "export.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    mapping, _ = suggested(path, capsys)
    assert mapping["file"] == {
        "format": "json", "orders": "result.data.all.found", "lines": "cart.rows",
        "skip": {"state": ["cancelled"], "cancellation.reason": "*"},
    }  # fmt: skip
    assert mapping["order"] == {"reference": "orderNo"}
    words = {"quantity": "qty", "sku": "article.number", "name": "article.title", "price": "price.amount"}
    assert mapping["line"] == words
    tried = left(json.dumps(document), tmp_path, capsys, name="export.json")
    assert tried[0] == ["W-1"]
    assert "W-2 (state: cancelled), W-3 (cancellation.reason)\n" in tried[2]


def test_the_lines_of_one_order_are_not_taken_for_orders(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "export.json"
    order = {"orderNo": "W-1", "items": [{"orderNo": "W-1", "sku": "PEN", "qty": 2}]}
    path.write_text(json.dumps(order), encoding="utf-8")
    assert suggested(path, capsys)[0]["file"] == {"format": "json", "lines": "items"}


def test_no_order_is_sent_before_a_person_has_decided_on_quantity_and_price(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, own = tmp_path / "export.csv", tmp_path / "own.toml"
    path.write_text("PO,SKU,How many,Each\n1,P,3,2.50\n", encoding="utf-8")
    made = shown(path, capsys)
    own.write_text(made, encoding="utf-8")
    tried = ["mapping", "try", str(path), "--map", str(own), "-o", "jsonl"]
    assert cli.run(tried) == 2
    assert "HEADING" in capsys.readouterr().err
    for word, heading in (("quantity", "How many"), ("price", "Each")):
        made = made.replace(f'\n{word} = "HEADING"', f'\n{word} = "{heading}"')
    own.write_text(made, encoding="utf-8")
    assert cli.run(tried) == 0
    assert json.loads(capsys.readouterr().out)["lines"][0]["price"] in {"2.50", "2.5"}


def test_words_that_nothing_means_become_comments(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "export.csv"
    path.write_text("PO,Contact mail,SKU,Product,Pcs\n1,a@b.example,P,Pen,1\n", encoding="utf-8")
    mapping, _ = suggested(path, capsys)
    assert mapping["order"] == {"reference": "PO", "email": "Contact mail"}
    assert mapping["line"] == {"sku": "SKU", "quantity": "Pcs", "name": "Product", "price": "HEADING"}
    lines = shown(path, capsys).splitlines()
    assert '# customer_name = "HEADING"' in lines[: lines.index("[line]")]
    assert 'price = "HEADING"' in lines[lines.index("[line]") :]


def test_what_is_added_to_an_order_has_a_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "export.csv"
    path.write_text("Order,SKU,Qty,Price,Shipping,Tax\nA1,P,1,2,3,1\n", encoding="utf-8")
    (tmp_path / "own.toml").write_text(shown(path, capsys), encoding="utf-8")
    assert cli.run(["mapping", "try", str(path), "--map", str(tmp_path / "own.toml"), "-o", "jsonl"]) == 0
    lines = json.loads(capsys.readouterr().out)["lines"]
    assert [(line["sku"], line.get("name")) for line in lines] == [
        ("P", None),
        ("SHIPPING", "SHIPPING"),
        ("TAX", "TAX"),
    ]
