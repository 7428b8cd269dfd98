"""Pages of a list whose rows move while it is read: none that stays in the list is missed."""

import random
from collections.abc import Callable

import pytest

from orderctl.backend.pages import MAX_MOVES, RowPage, walk, walk_settled
from orderctl.errors import BadAnswer

SIZE = 3
"""How many rows a page has."""


class Rows:
    """A vendor's list, in pages that count from its beginning; `after` is called after each page that was read."""

    def __init__(self, count: int, after: Callable[["Rows"], object]) -> None:
        self.rows = list(range(count))
        self.reads = 0
        self._after = after

    def read(self, part: int) -> RowPage:
        """Return a page. A full one has a next."""
        self.reads += 1
        rows = self.rows[part * SIZE : (part + 1) * SIZE]
        self._after(self)
        following = part + 1 if len(rows) == SIZE else None
        return RowPage(rows=rows, next=following, mark=hash(frozenset(rows)) if rows else None)

    def settled(self) -> list[int]:
        """Return all rows as they are yielded."""
        pages = walk_settled(self.read, 0, purpose="list", names=lambda page: page.rows)
        return [row for _, page in pages for row in page.rows]


def leave(rows: Rows, *, at: int, which: tuple[int, ...]) -> None:
    """Take rows out of the list after so many reads."""
    if rows.reads == at:
        rows.rows = [row for row in rows.rows if row not in which]


@pytest.mark.parametrize("count, which", [(10, (0, 1, 2)), (4, (0,)), (4, (0, 1, 2)), (10, (0, 1, 2, 3, 4, 5, 6))])
def test_rows_that_move_into_a_page_that_was_read_are_yielded(count: int, which: tuple[int, ...]) -> None:
    for at in (1, 2, 3):
        listed = Rows(count, lambda rows, at=at: leave(rows, at=at, which=which)).settled()  # type: ignore[misc]
        assert set(range(count)) - set(which) <= set(listed), at
    plain = walk(Rows(count, lambda rows: leave(rows, at=1, which=which)).read, 0, purpose="list")
    assert set(range(count)) - set(which) - {row for _, page in plain for row in page.rows}, "a plain list misses some"


def test_whatever_leaves_the_list_and_whenever_the_rest_is_yielded() -> None:
    for seed in range(300):
        chance = random.Random(seed)

        def some_leave(rows: Rows, chance: random.Random = chance) -> None:
            gone = chance.sample(rows.rows, min(len(rows.rows), chance.choice([0, 0, 1, 4])))
            rows.rows = [row for row in rows.rows if row not in gone]

        rows = Rows(30, some_leave)
        listed = rows.settled()
        assert set(rows.rows) <= set(listed), seed


def test_a_list_that_does_not_change_is_one_more_request_a_page() -> None:
    rows = Rows(10, bool)
    assert rows.settled() == list(range(10))
    assert rows.reads == 4 + 3
    short = Rows(2, bool)
    assert (short.settled(), short.reads) == ([0, 1], 1)


def test_rows_that_never_stop_moving_are_an_error() -> None:
    def move(rows: Rows) -> None:
        rows.rows = [max(rows.rows) + n for n in range(1, 7)]

    rows = Rows(6, move)
    with pytest.raises(BadAnswer, match="changed all the time"):
        rows.settled()
    assert rows.reads < 4 * MAX_MOVES
