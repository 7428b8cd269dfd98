"""Files as people have them, given to orderctl: what it answers, what it would send, and what the vendor holds then."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from tests.e2e.conftest import Cli, Ran

SANDBOX = ("-p", "sandbox-onebox")

HEAD = "reference,email,customer_name,sku,quantity,price\n"


def put(cli: Cli, content: str | bytes, name: str = "orders.csv") -> Path:
    """Write a file into the person's folder, as it is: no line end is changed."""
    path = cli.home / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def create(cli: Cli, content: str | bytes, *options: str, name: str = "orders.csv") -> Ran:
    """Create the orders of a file with this content."""
    put(cli, content, name)
    return cli(*SANDBOX, "create", "--from", name, *options)


def planned(cli: Cli, content: str | bytes, *options: str, name: str = "orders.csv") -> list[dict[str, str]]:
    """Return the fields of each request that a dry run prints."""
    ran = create(cli, content, *options, "-n", "-o", "json", name=name)
    assert ran.code == 0, ran.err
    return [dict(parse_qsl(request["body"])) for request in ran.json["requests"]]


def held(cli: Cli) -> dict[str, Any]:
    """Return the vendor's orders by reference."""
    ran = cli(*SANDBOX, "list", "-o", "json")
    assert ran.code == 0, ran.err
    orders = ran.json["orders"]
    found = {order["reference"]: order for order in orders}
    assert len(found) == len(orders), "two orders have one reference"
    return found


def totals(cli: Cli) -> dict[str, str]:
    """Return the total of each order that the vendor holds."""
    return {reference: order["total"] for reference, order in held(cli).items()}


def names(order: Any) -> list[str]:
    """Return the names of an order's lines."""
    return [line["name"] for line in order["lines"]]


def nothing_sent(cli: Cli, ran: Ran, *words: str) -> None:
    """Assert that a file was refused whole, with these words on standard error, and that the vendor holds nothing."""
    assert (ran.code, ran.out) == (2, ""), ran.err
    assert [word for word in words if word not in ran.err] == [], ran.err
    assert held(cli) == {}
