"""No vendor does what another does: what two need is shared."""

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest

from orderctl import vendors

RUN = 6

VENDORS = sorted(path for path in Path(vendors.__path__[0]).iterdir() if (path / "__init__.py").is_file())


def runs(vendor: Path) -> Iterator[tuple[str, ...]]:
    """Yield every run of six lines of a vendor's modules, blank ones and indentation left out."""
    for path in vendor.glob("*.py"):
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        yield from (tuple(lines[start : start + RUN]) for start in range(len(lines) - RUN + 1))


def test_every_vendor_is_compared() -> None:
    assert [path.name for path in VENDORS] == ["flyerlink", "imonggo", "omflow", "onebox", "qince"]


@pytest.mark.parametrize("one, other", list(combinations(VENDORS, 2)), ids=lambda path: path.name)
def test_no_run_of_six_lines_is_in_two_vendors(one: Path, other: Path) -> None:
    assert not set(runs(one)) & set(runs(other))
