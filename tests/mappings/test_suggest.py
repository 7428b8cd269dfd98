"""A first mapping for an unknown file: headings in the languages that shops' files have."""

import datetime as dt
import io
import tomllib
from contextlib import suppress
from typing import Any

import pytest

from orderctl import drafts
from orderctl.mappings.suggest import Suggested, Suggesting, Suggestion
from tests.drafts.preparing import Preparing


def suggested(text: str, format: str = "csv") -> tuple[dict[str, Any], Suggestion]:  # noqa: A002
    """Return the mapping that is suggested for a file, and what else is printed."""
    suggesting = Suggesting()
    with suppress(Suggested):
        drafts.read(
            "-", stdin=io.BytesIO(text.encode()), format=format, zone=dt.UTC, prepare=Preparing(), foreign=suggesting
        )
    assert suggesting.found is not None
    return tomllib.loads(suggesting.found.text), suggesting.found


@pytest.mark.parametrize(
    "headings",
    [
        "Order ref,Buyer,SKU,Qty,Unit price",
        "Auftrag,Kunde,Artikelnummer,Menge,Preis",
        "Bestellnummer,Kundenname,Art.-Nr.,Stückzahl,VK-Preis",
        "Numéro de commande,Nom du client,Code article,Quantité,Prix",
        "N° de commande,Nom,Code article,Qté,Prix unitaire",
        "Pedido,Nombre,Código,Cantidad,Precio",
        "Nº de pedido,Destinatario,Código,Cant.,Precio unitario",
        "Ordine,Cliente,Codice articolo,Quantità,Prezzo",
        "订单号,客户名称,商品编码,数量,单价",
        "注文番号,氏名,商品コード,数量,単価",
        "주문번호,고객명,상품코드,수량,단가",
        "№ замовлення,Покупець,Артикул,Кількість,Ціна",
        "Заказ,Клиент,Код,Количество,Цена",
        "Zamówienie,Klient,Kod,Ilość,Cena",
        "Bestelnummer,Klant,SKU,Aantal,Prijs",
    ],
)
def test_the_headings_of_many_languages_are_understood(headings: str) -> None:
    reference, name, sku, quantity, price = headings.split(",")
    made, found = suggested(f"{headings}\nA1,Ann,X,1,2\n")
    assert made["order"] == {"reference": reference, "customer_name": name}
    assert made["line"] == {"sku": sku, "quantity": quantity, "price": price}
    assert (found.left, found.missing) == ((), ("email", "currency"))


@pytest.mark.parametrize(
    "first, last", [("First Name", "Last name"), ("Vorname", "Nachname"), ("Prénom", "Nom"), ("Имя", "Фамилия")]
)
def test_a_name_in_two_columns_is_put_together(first: str, last: str) -> None:
    made, found = suggested(f"Order,{last},{first},SKU,Qty\nA1,Lee,Ann,X,1\n")
    assert made["order"]["customer_name"] == f"{{{first}}} {{{last}}}"
    assert found.left == ()


def test_a_name_in_two_paths_of_json_is_put_together() -> None:
    order = '[{"number": 1, "billing": {"first_name": "Ann", "last_name": "Lee"}, "lines": [{"sku": "X", "qty": 1}]}]'
    made, found = suggested(order, "json")
    assert made["order"]["customer_name"] == "{billing.first_name} {billing.last_name}"
    assert found.left == ()


def test_a_column_of_whole_names_goes_before_parts() -> None:
    made, found = suggested("Order,Buyer name,First name,Last name,SKU\nA1,Ann Lee,Ann,Lee,X\n")
    assert made["order"]["customer_name"] == "Buyer name"
    assert found.left == ("First name", "Last name")
