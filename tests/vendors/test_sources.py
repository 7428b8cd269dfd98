"""A reader of a vendor's table finds the page and section that it follows, and the day when that was read."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import orderctl.vendors

VENDORS = Path(orderctl.vendors.__file__).parent

LONG = 5
"""From so many lines on it is a table of the vendor's words."""

SOURCE = re.compile(r"read on\s20[0-9]{2}-[01][0-9]-[0-3][0-9]")


def tables(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the name of each public table of a module, and what is written below it."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    for node, after in zip(body, [*body[1:], None], strict=True):
        if isinstance(node, ast.Assign | ast.AnnAssign) and (node.end_lineno or 0) - node.lineno + 1 >= LONG:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            literal = isinstance(node.value, ast.Dict | ast.Tuple | ast.Set)
            built = isinstance(node.value, ast.Call) and ast.unparse(node.value.func) == "tables"
            name = ast.unparse(target)
            if (literal or built) and not name.startswith("_"):
                text = (
                    after.value.value if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) else ""
                )
                yield name, str(text)


@pytest.mark.parametrize("path", sorted(VENDORS.glob("*/*.py")), ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_each_table_names_what_it_follows(path: Path) -> None:
    assert [name for name, text in tables(path) if not SOURCE.search(text)] == []


def test_the_tables_of_every_vendor_are_found() -> None:
    for folder in {path.parent for path in VENDORS.glob("*/fields.py")} | {VENDORS / "omflow"}:
        assert {"FIELDS"} <= {name for path in folder.glob("*.py") for name, _ in tables(path)}
