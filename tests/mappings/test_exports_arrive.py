"""Exports of known shops go in with one command: what the vendor holds then is what the export says, to the penny.

At OneBox a file is sent as it is. At the vendors whose products have ids of their own, it goes with a copy of the
mapping that is built in, in which a table turns what the shop calls a product into such an id. (A flow of OMFlow has no
lines, so that no export of lines goes there.)
"""

import csv
import json
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from orderctl.cli import lazy as cli
from orderctl.mappings import store
from orderctl.sandbox import EMULATORS
from orderctl.sandbox.store import Store
from tests.conftest import proof_examples
from tests.mappings.exports import Expected
from tests.mappings.test_builtin import write

pytestmark = [pytest.mark.proof, pytest.mark.timeout(3_600)]

NAMES = store.builtin_names()

EXPORTS = ((proof_examples(5_000, sample=20), 7), (300, 1), (300, 2))[: proof_examples(3, sample=1)]
"""How many orders an export has, and its seed, which also says how that shop's country writes."""

ADDED = ("SHIPPING", "TAX", "FEE", "GIFT-WRAP")


class Account(NamedTuple):
    """A vendor whose products have ids: those of goods, that of what a mapping adds, and what every order has."""

    goods: tuple[str, ...]
    added: str
    order: Mapping[str, str]
    units: Mapping[str, str]
    drops: frozenset[str]
    priced: bool = True


ACCOUNTS = {
    "flyerlink": Account(
        goods=("LEGA54V", "BCST54V"),
        added="POST22E",
        order={"customer": "HOTEST"},
        units={},
        drops=frozenset(),
        priced=False,
    ),
    "imonggo": Account(
        goods=("54018", "12806", "9001"),
        added="11716",
        order={},
        units={},
        drops=frozenset({"name"}),
    ),
    "qince": Account(
        goods=("8693321379452492472", "7041673499078735037"),
        added="5279580533528147536",
        order={"customer": "6928823652322085688"},
        units={"7041673499078735037": "8369588441145923742", "": "5722517964131842984"},
        drops=frozenset({"name"}),
    ),
}


class Held(NamedTuple):
    """An order that a vendor holds: its lines, each with its product, pieces and price."""

    reference: str
    lines: tuple[tuple[str, Decimal, Decimal], ...]

    @property
    def total(self) -> Decimal:
        return sum((quantity * price for _, quantity, price in self.lines), Decimal(0))

    def pieces(self) -> Counter[str]:
        found: Counter[str] = Counter()
        for product, quantity, _ in self.lines:
            found[product] += quantity  # type: ignore[assignment]
        return found


def _onebox(orders: Store) -> Iterator[Held]:
    for _, order in orders.find("orders"):
        yield Held(
            order["ordercode"], tuple(_line(row, ("articul", "name"), "count", "price") for row in order["lines"])
        )


def _imonggo(orders: Store) -> Iterator[Held]:
    for _, order in orders.find("orders"):
        lines = (_line(row, ("product_id",), "quantity", "retail_price") for row in order["order_lines"])
        yield Held(order["reference"], tuple(lines))


def _flyerlink(orders: Store) -> Iterator[Held]:
    jobs: dict[str, list[Any]] = {}
    for _, job in orders.find("jobs"):
        jobs.setdefault(job["order"], []).append(job)
    for _, order in orders.find("orders", ("id", ">", 3)):  # the first three are the vendor's examples
        yield Held(order["reference"], tuple(_line(job, ("product",), "quantity", "") for job in jobs[order["code"]]))


def _qince(orders: Store) -> Iterator[Held]:
    rows: dict[str, list[Any]] = {}
    for _, row in orders.find("details"):
        rows.setdefault(row["order_id"]["id"], []).append({**row, "pd_id": row["pd_id"]["id"]})
    for number, order in orders.find("orders"):
        lines = tuple(_line(row, ("pd_id",), "pd_count", "actual_price") for row in rows[str(number)])
        held = Held(order["field_ab12c__c"], lines)
        assert held.total == Decimal(order["order_total_amount"]), "what the vendor itself adds up"
        yield held


def _line(row: Mapping[str, Any], product: Iterable[str], quantity: str, price: str) -> tuple[str, Decimal, Decimal]:
    return next(str(row[key]) for key in product if row.get(key)), Decimal(row[quantity]), Decimal(row.get(price) or 0)


HOLDS: Mapping[str, Callable[[Store], Iterator[Held]]] = {
    "flyerlink": _flyerlink,
    "imonggo": _imonggo,
    "onebox": _onebox,
    "qince": _qince,
}
"""How each emulator's own table is read, without orderctl."""


class Shop(NamedTuple):
    """A folder in which somebody works with orderctl."""

    folder: Path
    capture: pytest.CaptureFixture[str]

    def create(self, vendor: str, path: Path, *options: str) -> tuple[int, str]:
        """Create the orders of an export, all that are good; return the exit code and what was printed of the file."""
        rejects = ("--skip-invalid", "--rejects", str(path.with_suffix(".rejects")))
        code = cli.run(["create", "--from", str(path), "-p", f"sandbox-{vendor}", "-o", "jsonl", *rejects, *options])
        said = self.capture.readouterr()
        assert code in {0, 7}, said.err
        assert {json.loads(line)["outcome"] for line in said.out.splitlines()} == {"created"}, said.err
        return code, said.err

    def held(self, vendor: str) -> dict[str, Held]:
        with closing(Store(self.folder / "state" / "sandbox" / f"{vendor}.sqlite", _tables(vendor))) as orders:
            found = {held.reference: held for held in HOLDS[vendor](orders)}
            assert len(found) == sum(1 for _ in HOLDS[vendor](orders)), "an order was created twice"
        return found


def _tables(vendor: str) -> Any:
    return import_module(EMULATORS[vendor]).TABLES


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shop:
    monkeypatch.setenv("ORDERCTL_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("XDG_CONFIG_HOME", "ORDERCTL_CONFIG", "ORDERCTL_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return Shop(tmp_path, capsys)


def exported(name: str, folder: Path, orders: int, seed: int) -> tuple[Path, Expected]:
    folder.mkdir()
    return write(name, folder, orders, seed)


@pytest.mark.parametrize("orders, seed", EXPORTS)
@pytest.mark.parametrize("name", NAMES)
def test_an_export_arrives_to_the_penny_with_one_command(name: str, orders: int, seed: int, shop: Shop) -> None:
    path, expected = exported(name, shop.folder / "export", orders, seed)
    code, said = shop.create("onebox", path, *expected.options)
    assert code == (7 if expected.problems else 0), said
    held = shop.held("onebox")
    assert held.keys() == {order.reference for order in expected.orders}
    for order in expected.orders:
        found = held[order.reference]
        assert found.total == order.total, order.reference
        wanted = _counted(order.lines, lambda theirs: theirs)
        pieces = found.pieces()
        assert {code: pieces[code] for code in wanted} == wanted, order.reference
    for reference in expected.near:
        assert reference in said
    left_out = path.with_suffix(".rejects").read_text(encoding=_options(expected).get("--encoding", "utf-8"))
    assert [reference for reference in expected.problems if reference not in left_out] == []
    print(f"\n{name}, seed {seed}: {len(held)} orders, {sum(h.total for h in held.values())} in all")  # noqa: T201


def _options(expected: Expected) -> dict[str, str]:
    return dict(zip(expected.options[::2], expected.options[1::2], strict=True))


def _counted(lines: Iterable[tuple[str, Decimal]], ours: Callable[[str], str]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for theirs, quantity in lines:
        found[ours(theirs)] = found.get(ours(theirs), Decimal(0)) + quantity
    return found


@pytest.mark.parametrize("vendor", ACCOUNTS)
@pytest.mark.parametrize("name", NAMES)
def test_an_export_arrives_where_a_table_has_the_vendor_s_ids(name: str, vendor: str, shop: Shop) -> None:
    path, expected = exported(name, shop.folder / "export", proof_examples(1_000, sample=6), 4)
    account, own = ACCOUNTS[vendor], shop.folder / "own"
    own.mkdir()
    shown = cli.run(["mapping", "show", name])
    mapping = tomllib.loads(shop.capture.readouterr().out)
    assert shown == 0
    (own / "desk.toml").write_text(toml(changed(mapping, account)), encoding="utf-8")
    theirs = sorted({code for order in expected.orders for code, _ in order.lines})
    ids = {code: account.goods[n % len(account.goods)] for n, code in enumerate(theirs)}
    table(own / "ids.csv", ids | dict.fromkeys(ADDED, account.added))
    table(own / "units.csv", {code: account.units.get(id_, account.units.get("", "")) for code, id_ in ids.items()})
    options = [text for pair in _options(expected).items() if pair[0] != "--email" for text in pair]
    if not account.priced:
        options.append("--ignore-columns")  # those of amounts
    code, said = shop.create(vendor, path, "--map", str(own / "desk.toml"), *options)
    assert not account.priced or code == (7 if expected.problems else 0), said
    held = shop.held(vendor)
    assert {order.reference for order in expected.orders} <= held.keys()
    for order in expected.orders:
        found = held[order.reference]
        if account.priced:
            assert found.total == order.total, order.reference
        pieces = found.pieces()
        pieces.pop(account.added, None)
        assert dict(pieces) == _counted(order.lines, ids.__getitem__), order.reference
    amount = f"{sum(h.total for h in held.values())} in all" if account.priced else "without prices"
    print(f"\n{name} at {vendor}: {len(held)} orders, {amount}")  # noqa: T201


def changed(mapping: Mapping[str, Any], account: Account) -> dict[str, Any]:
    """Return a mapping with a table of ids, and without the words that the vendor does not have."""
    line = dict(mapping["line"])
    sku, name = line["sku"], line["name"]
    term = {**sku} if isinstance(sku, dict) else {"first": [sku, name]}
    found = {key: value for key, value in line.items() if key not in account.drops} | {
        "sku": term | {"table": "ids.csv"}
    }
    order = {"reference": mapping["order"]["reference"], **{word: {"value": v} for word, v in account.order.items()}}
    made = {key: value for key, value in mapping.items() if key not in {"order", "line", "add"}}
    if not account.priced:
        for key in ("price", "total", "uneven", "percent_off"):
            found.pop(key, None)
        return {key: value for key, value in made.items() if key not in {"check", "discount"}} | {
            "order": order,
            "line": found,
        }
    unit = account.units.get("")
    if unit:
        found["set"] = {"unit_id": term | {"table": "units.csv"}}
    adds = [
        {key: value for key, value in add.items() if key != "name"}
        | {"sku": {"value": add["sku"], "table": "ids.csv"}}
        | ({"set": {"unit_id": {"value": unit}}} if unit else {})
        for add in mapping.get("add", ())
    ]
    return {**made, "order": order, "line": found, "add": adds}


def toml(value: Any) -> str:
    """Return data as TOML, a line for each key at the top."""
    return "".join(f"{key} = {_inline(each)}\n" for key, each in value.items())


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_inline(key)} = {_inline(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def table(path: Path, rows: Mapping[str, str]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows.items())
