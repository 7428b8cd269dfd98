"""A CSV of 200 orders goes into a box over a real socket, and comes back equal, in every request style."""

import csv
import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Box, Cli

STYLES = ("form", "json", "query")
SPICE = "#&+%"
NAMES = ("Олександр Шевченко", "王小明", 'Ann "Nan" O\'Neil', "Дмитрий Ёлкин", "李雷 & 韩梅梅", "Zoë <b>")
ORDER = {
    "reference": "ordercode",
    "title": "name",
    "note": "comments",
    "customer": "clientcode",
    "customer_name": "clientnamefirst",
    "email": "clientemail",
    "phone": "clientphone",
    "address": "clientaddress",
    "due": "dateto",
    "set.clientnamelast": "clientnamelast",
    "set.source": "source",
    "set.custom_colour": "custom_colour",
    "set.city": "city",
}
LINE = {"sku": "articul", "name": "name", "quantity": "count", "price": "price", "line.custom_size": "custom_size"}


def orders(*, longest: int) -> list[dict[str, Any]]:
    chance = random.Random(20261121)
    made = []
    for number in range(200):
        name = NAMES[number % len(NAMES)]
        made.append(
            {
                "reference": f"R{SPICE}-{number:03}",
                "title": f"Заказ {SPICE} 订单 {number}",
                "note": f"{SPICE} “quoted” 'single' \"double\" {name}, one; two\ttab",
                "customer": f"c{SPICE}{number}",
                "customer_name": f"{name} {SPICE}",
                "email": f"a+{number}%&#@example.com",
                "phone": f"+38063937{number:04}",
                "address": f"вул. {SPICE} 1, 北京",
                "due": "2026-12-24 18:30:00",
                "set.clientnamelast": f"{SPICE} {name}",
                "set.source": f"shop {SPICE}",
                "set.custom_colour": f"синій {SPICE} =1+1",
                "set.city": "Київ",
                "lines": [
                    {
                        "sku": f"S{SPICE}-{number}-{line}",
                        "name": f'Товар {SPICE} "{line}", 商品, =cmd()',
                        "quantity": str(chance.choice((1, 2, 3, Decimal("0.5"), 12))),
                        "price": str(Decimal(chance.randrange(0, 99999)) / 100),
                        "line.custom_size": f"{SPICE} XL",
                    }
                    for line in range(longest if number == 77 else 1 + number % 40)
                ],
            }
        )
    return made


def write_csv(path: Path, made: list[dict[str, Any]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [*ORDER, *LINE])
        writer.writeheader()
        for order in made:
            for number, line in enumerate(order["lines"]):
                head = {k: order[k] for k in ORDER} if number == 0 else {"reference": order["reference"]}
                writer.writerow(head | line)


@pytest.mark.parametrize("style", STYLES)
def test_every_field_arrives_as_given_and_comes_back_equal(cli: Cli, box: Box, tmp_path: Path, style: str) -> None:
    made = orders(longest=500)
    write_csv(tmp_path / "orders.csv", made)
    cli.config(box.profile(more=f'request = "{style}"'))
    ran = cli("-p", "shop", "-o", "json", "create", "--from", str(tmp_path / "orders.csv"), env=box.secrets)
    assert (ran.code, ran.json["counts"]) == (0, {"created": 200}), ran.err

    arrived = {c.fields["ordercode"]: c.fields for c in box.calls() if c.call == "add"}
    assert len(arrived) == 200
    for order in made:
        fields = arrived[order["reference"]]
        assert {theirs: fields[theirs] for theirs in ORDER.values()} == {ORDER[k]: order[k] for k in ORDER}
        sent = [{LINE[k]: line[k] for k in LINE} for line in order["lines"]]
        assert [{k: line[k] for k in LINE.values()} for line in fields["productArray"]] == sent

    ran = cli("-p", "shop", "list", "--all", "-o", "json", env=box.secrets)
    assert (ran.code, ran.json["count"], ran.json["complete"]) == (0, 200, True), ran.err
    listed = {o["reference"]: o for o in ran.json["orders"]}
    for order in made:
        shown = listed[order["reference"]]
        assert shown["title"] == order["title"]
        assert shown["customer"] | {"id": None} == {
            "id": None,
            "code": order["customer"],
            "name": f"{order['customer_name']} {order['set.clientnamelast']}",
            "email": order["email"],
            "phone": order["phone"],
            "address": order["address"],
        }
        assert {"key": "colour", "name": "colour", "value": order["set.custom_colour"]} in shown["extra"][
            "customfields"
        ]
        have = [(x["name"], Decimal(x["quantity"]), Decimal(x["unit_price"])) for x in shown["lines"]]
        assert have == [(x["name"], Decimal(x["quantity"]), Decimal(x["price"])) for x in order["lines"]]
        assert Decimal(shown["total"]) == sum(Decimal(x["quantity"]) * Decimal(x["price"]) for x in order["lines"])
    one = cli("-p", "shop", "get", "--reference", made[0]["reference"], "-o", "json", env=box.secrets)
    assert one.json["due_at"] == "2026-12-24T18:30:00Z"
