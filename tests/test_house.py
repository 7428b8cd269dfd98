"""The house: no module is too long, and no order is parsed or encoded twice on its way to a vendor."""

import ast
import re
import sys
import threading
from collections import Counter
from pathlib import Path
from types import FrameType

import pytest

from orderctl.cli import lazy as cli

PACKAGE = Path(cli.__file__).parent.parent

MAX_LINES = 600

ONCE = {("rows", "draft"), ("fields", "encode"), ("fields", "prepare"), ("fields", "translate")}
"""The functions, by module and name, that each order of a file goes through once."""


def test_no_module_is_above_600_lines() -> None:
    lines = {path: path.read_text(encoding="utf-8").count("\n") for path in PACKAGE.rglob("*.py")}
    assert {path.relative_to(PACKAGE).as_posix(): n for path, n in lines.items() if n > MAX_LINES} == {}


@pytest.mark.parametrize("dry", [(), ("-n",)], ids=["sent", "dry run"])
def test_an_order_of_a_file_is_parsed_once_and_encoded_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dry: tuple[str, ...]
) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(
        "reference,email,customer_name,sku,name,quantity,price\nR-1,a@b.cc,Ann,A,Tea,1,2\nR-2,a@b.cc,Ann,A,Tea,1,2\n"
    )
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("ORDERCTL_STATE_DIR", str(tmp_path / "state"))
    calls: Counter[tuple[str, str]] = Counter()

    def traced(frame: FrameType, event: str, _arg: object) -> None:
        if event == "call":
            place = (Path(frame.f_code.co_filename).stem, frame.f_code.co_name)
            if place in ONCE and str(PACKAGE) in frame.f_code.co_filename:
                calls[place] += 1

    threading.setprofile(traced)
    sys.setprofile(traced)
    try:
        assert cli.run(["create", "--from", str(file), "-p", "sandbox-onebox", *dry]) == 0
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    assert calls == dict.fromkeys(ONCE, 2)


@pytest.mark.parametrize("package", sorted(PACKAGE.rglob("__init__.py")), ids=lambda path: path.parent.name)
def test_a_package_says_what_it_is_and_names_only_modules_that_it_has(package: Path) -> None:
    text = ast.get_docstring(ast.parse(package.read_text(encoding="utf-8")))
    assert text
    assert text.splitlines()[0].endswith(".")
    assert {name for name in re.findall(r"\b\w+\.py\b", text) if not (package.parent / name).exists()} == set()
