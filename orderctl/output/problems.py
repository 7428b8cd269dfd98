"""Many problems in few lines: those of one kind together, with the first places and how many there are."""

import re
from collections.abc import Iterable

from orderctl.errors import Problem

KINDS = 20
"""So many kinds are shown."""

PLACES = 5
"""So many places of a kind are named."""

ALIKE = 3
"""From so many on, problems of a kind stand in one line."""

_VALUE = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[0-9][0-9.,]*|(?<=: )\S+$")


def grouped(problems: Iterable[Problem], *, more: int = 0) -> list[str]:
    """Return lines that tell of all problems, and of `more` that are not among them.

    >>> grouped([Problem("price", f"'{n}x' is not a number", n) for n in (2, 3, 5)])
    ["row 2, price: '2x' is not a number (3 times: rows 2, 3, 5)"]
    """
    kinds: dict[tuple[str, str], list[Problem]] = {}
    for problem in problems:
        kinds.setdefault((problem.path, _VALUE.sub("…", problem.problem)), []).append(problem)
    lines: list[str] = []
    shown = 0
    for some in kinds.values():
        if len(lines) >= KINDS:
            break
        together = len(some) >= ALIKE and all(problem.row is not None for problem in some)
        lines += [_together(some)] if together else [str(problem) for problem in some]
        shown += len(some)
    left = sum(map(len, kinds.values())) - shown + more
    return [*lines, f"… and {left:,} more"] if left else lines


def _together(some: list[Problem]) -> str:
    rows = ", ".join(str(problem.row) for problem in some[:PLACES])
    return f"{some[0]} ({len(some):,} times: rows {rows}{', …' if len(some) > PLACES else ''})"
