"""The first mapping that is made for a file reads what others call our words, and puts together what stands apart."""

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
    """Return the mapping that is made for a file, and what is said of it."""
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
    assert "1 order is passed over" in said.err


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
