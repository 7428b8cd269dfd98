"""The exports of our own making have the headings that the built-in mappings know them by."""

import csv
import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import orderctl
from tests.mappings import exports
from tests.mappings.exports import Expected

BUILTIN = Path(orderctl.__file__).parent / "mappings" / "builtin"
MAPPINGS = sorted(path.stem for path in BUILTIN.glob("*.toml") if path.stem != "refused")
ENCODINGS = {"taobao": ("gbk",), "amazon": ("utf-8", "cp1252", "cp932"), "ebay": ("utf-8-sig",)}
LISTS = {"shopify-json": "orders", "magento-json": "items"}


@pytest.fixture(params=MAPPINGS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("seed", range(4))
def test_each_export_has_the_headings_that_its_mapping_knows(name: str, seed: int, tmp_path: Path) -> None:
    path = tmp_path / "export"
    writer(name)(path, 30, seed)
    known = mapping(name)["known_by"]
    if name.endswith("-json"):
        document = json.loads(path.read_text(encoding="utf-8"))
        first = document[LISTS[name]][0] if name in LISTS else document[0]
        assert set(known["keys"]) <= first.keys()
    else:
        encodings = ENCODINGS.get(name, ("utf-8",))
        text = path.read_text(encoding=encodings[seed % len(encodings)])
        rows = csv.reader(text.splitlines(), delimiter="\t" if name == "amazon" else ",")
        assert any(set(known["headings"]) <= {cell.strip() for cell in row} for row in rows)


def test_an_export_is_the_same_for_the_same_seed(name: str, tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    assert writer(name)(one, 60, 7) == writer(name)(other, 60, 7)
    assert one.read_bytes() == other.read_bytes()


def test_every_order_is_read_or_skipped_or_a_problem(name: str, tmp_path: Path) -> None:
    expected = writer(name)(tmp_path / "export", 200, 1)
    assert len(expected.orders) + len(expected.skipped) + len(expected.problems) == 200
    assert all(order.lines and order.total >= 0 for order in expected.orders)


def test_what_is_refused_is_named_with_its_headings_and_a_sentence() -> None:
    refused = tomllib.loads((BUILTIN / "refused.toml").read_text(encoding="utf-8"))["refused"]
    assert all(each.keys() == {"name", "headings", "says"} and each["headings"] for each in refused)


def mapping(name: str) -> dict[str, Any]:
    return tomllib.loads((BUILTIN / f"{name}.toml").read_text(encoding="utf-8"))


def writer(name: str) -> Callable[[Path, int, int], Expected]:
    function: Callable[[Path, int, int], Expected] = getattr(exports, name.replace("-", "_"))
    return function
