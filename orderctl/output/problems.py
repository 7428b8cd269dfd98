"""Many problems in few lines: those of one kind together, with the first places and how many there are."""

import re
from collections.abc import Iterable

from orderctl.backend.fields import UNSUPPORTED
from orderctl.errors import Problem
from orderctl.frozen import replace

KINDS = 20
"""So many kinds are shown."""

PLACES = 5
"""So many places of a kind are named."""

ALIKE = 3
"""From so many on, problems of a kind are one line; two of them where they say the same."""

_VALUE = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[0-9][0-9.,]*|(?<=: )\S+$")
_LINE = re.compile(r"^line [0-9]+ ")


def grouped(problems: Iterable[Problem], *, more: int = 0) -> list[str]:
    """Return lines that report all problems, and how many `more` there are.

    >>> grouped([Problem("price", f"'{n}x' is not a number", n) for n in (2, 3, 5)])
    ["row 2, price: '2x' is not a number (3 times: rows 2, 3, 5)"]
    """
    kinds: dict[tuple[str, str], list[Problem]] = {}
    unsupported: dict[str, list[Problem]] = {}
    for problem in problems:
        if problem.problem.startswith(UNSUPPORTED):
            unsupported.setdefault(problem.problem, []).append(problem)
        else:
            kinds.setdefault((problem.path, _VALUE.sub("…", problem.problem)), []).append(problem)
    lines = [_words(some) for some in unsupported.values()]
    shown = 0
    for some in kinds.values():
        if len(lines) >= KINDS:
            break
        same = len(some) >= ALIKE or len({problem.problem for problem in some}) < len(some)
        together = same and all(problem.row is not None for problem in some)
        lines += [_together(some)] if together else [str(problem) for problem in some]
        shown += len(some)
    left = sum(map(len, kinds.values())) - shown + more
    return [*lines, f"… and {left:,} more"] if left else lines


def _together(some: list[Problem]) -> str:
    return f"{some[0]} ({len(some):,} times: rows {_rows([problem.row for problem in some])})"


def _words(some: list[Problem]) -> str:
    """Return one line of all words that a vendor does not support, and of the rows that have them."""
    words = dict.fromkeys(_LINE.sub("line ", problem.path) for problem in some)
    rows = list(dict.fromkeys(problem.row for problem in some))
    where = f" (rows {_rows(rows)})" if len(rows) > 1 else ""
    return f"{replace(some[0], path=', '.join(words))}{where}"


def _rows(rows: list[int | None]) -> str:
    return ", ".join(map(str, rows[:PLACES])) + (", …" if len(rows) > PLACES else "")
