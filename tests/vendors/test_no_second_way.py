"""No vendor module does what another does: what two need is shared."""

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest

from orderctl import vendors

RUN = 6

MODULES = sorted(path for path in Path(vendors.__path__[0]).glob("*.py") if path.name != "__init__.py")


def runs(path: Path) -> Iterator[tuple[str, ...]]:
    """Yield every run of six lines, blank ones and indentation left out."""
    lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    yield from (tuple(lines[start : start + RUN]) for start in range(len(lines) - RUN + 1))


@pytest.mark.parametrize("one, other", list(combinations(MODULES, 2)), ids=lambda path: path.stem)
def test_no_run_of_six_lines_stands_in_two_vendor_modules(one: Path, other: Path) -> None:
    assert not set(runs(one)) & set(runs(other))
