"""Exports of our own making, in each shop's public shape and with its traps, are read as they should be."""

import datetime as dt
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from orderctl import drafts
from orderctl.backend.prepared import Prepared
from orderctl.mappings import store
from orderctl.mappings.choose import Foreign
from orderctl.model import OrderDraft
from tests.conftest import proof_examples
from tests.mappings import exports
from tests.mappings.exports import Expected

NAMES = store.builtin_names()
ENDINGS = {"amazon": "txt", **{name: "json" for name in NAMES if name.endswith("-json")}}


def read(path: Path, expected: Expected, *, given: str | None = None) -> tuple[list[OrderDraft], drafts.Batch]:
    """Return the drafts of a file's good orders, and the batch that they came from."""
    options = dict(zip(expected.options[::2], expected.options[1::2], strict=True))
    numbers = [options["--numbers"]] if "--numbers" in options else []
    foreign = Foreign(zone=dt.UTC, folder=None, given=given, numbers=numbers)
    sent: list[OrderDraft] = []

    def prepare(draft: OrderDraft) -> Prepared:
        sent.append(draft)
        return Prepared.of_order("create", draft, {}, ())

    found = drafts.read(
        path, zone=dt.UTC, prepare=prepare, foreign=foreign, encoding=options.get("--encoding"), skip_invalid=True
    )
    with found as batch:
        good = {prepared.reference for prepared in batch}
    return [draft for draft in sent if draft.reference in good], found


def total(draft: OrderDraft) -> Decimal:
    return sum(((line.quantity or Decimal(1)) * (line.price or Decimal(0)) for line in draft.lines), Decimal(0))


def write(name: str, folder: Path, orders: int, seed: int) -> tuple[Path, Expected]:
    path = folder / f"export.{ENDINGS.get(name, 'csv')}"
    make: Any = getattr(exports, name.replace("-", "_"))
    return path, make(path, orders, seed)


def check(name: str, folder: Path, orders: int, seed: int) -> None:
    path, expected = write(name, folder, orders, seed)
    found, batch = read(path, expected)
    assert [draft.reference for draft in found] == [order.reference for order in expected.orders]
    for draft, order in zip(found, expected.orders, strict=True):
        if order.reference not in expected.near:
            assert total(draft) == order.total, order.reference
        else:
            assert abs(total(draft) - order.total) <= Decimal("0.01"), order.reference
        pieces: Counter[str] = Counter()
        for line in draft.lines:
            pieces[line.sku or line.name or ""] += line.quantity or Decimal(1)  # type: ignore[assignment]
        wanted: Counter[str] = Counter()
        for code, quantity in order.lines:
            wanted[code] += quantity  # type: ignore[assignment]
        assert {code: pieces[code] for code in wanted} == dict(wanted), order.reference
    assert batch.rejected == len(expected.problems)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", NAMES)
def test_an_export_is_read_to_the_penny(name: str, seed: int, tmp_path: Path) -> None:
    check(name, tmp_path, 150, seed)


@pytest.mark.proof
@pytest.mark.parametrize("name", NAMES)
def test_a_large_export_is_read_to_the_penny(name: str, tmp_path: Path) -> None:
    check(name, tmp_path, proof_examples(5_000, sample=200), 7)


def test_a_mapping_may_be_named_in_place_of_being_recognised(tmp_path: Path) -> None:
    path, expected = write("shopify", tmp_path, 5, 1)
    found, _ = read(path, expected, given="shopify")
    assert len(found) == len(expected.orders)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_added_to_an_order_has_a_name(name: str) -> None:
    assert all(add.name for add in store.builtin(name).mapping.add)
