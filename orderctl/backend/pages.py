"""Reads the pages of a list one after another. A page that repeats an earlier one is not the end: it is asked again.

Vendors count the rows of a page from the beginning of the list. A row that leaves the list while it is read (deleted,
or changed so that the filter leaves it out) moves all the rows after it up: the first of the next page are then in a
page that was read before. `walk` does not see them; `walk_settled` does, for one more request a page.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

from orderctl.errors import BadAnswer
from orderctl.frozen import dataclass


class Paged(Protocol):
    """A page: the cursor of the page after it, None at the end, and what tells it from other pages (see `mark`)."""

    @property
    def next(self) -> Any:
        """Return the cursor of the next page."""

    @property
    def mark(self) -> int | None:
        """Return the digest of its rows."""


@dataclass(frozen=True, kw_only=True)
class RowPage:
    """A page of rows as the vendor answered them."""

    rows: Sequence[Any]
    next: int | None
    mark: int | None


Cursor = TypeVar("Cursor")
P = TypeVar("P", bound=Paged)

MAX_MOVES = 100
"""How often `walk_settled` goes back for rows that moved."""


def walk(
    read: Callable[[Cursor], P], start: Cursor, *, purpose: str, most: int | None = None, hint: str = ""
) -> Iterator[tuple[Cursor, P]]:
    """Yield each page with its cursor, to the end. What is kept of the pages is their digests.

    A page that repeats an earlier one, as a stale cache answers it, is asked for once more. Raises BadAnswer where it
    repeats again, and, with `hint`, where `most` pages are not the end.
    """
    cursor, seen = start, set[int]()
    while True:
        page = _unrepeated(read, cursor, seen, purpose)
        if page.mark is not None:
            seen.add(page.mark)
        yield cursor, page
        if page.next is None:
            return
        cursor = page.next
        if most is not None and (most := most - 1) <= 0:
            raise BadAnswer(f"{purpose}: the list has no end; reading it was stopped", hint=hint)


def walk_settled(
    read: Callable[[Cursor], P], start: Cursor, *, purpose: str, names: Callable[[P], Iterable[Hashable]]
) -> Iterator[tuple[Cursor, P]]:
    """Yield each page with its cursor, to the end, and again each page that rows have moved into.

    After each page the one before it is read again. Where that has a row, by its `names`, that was not seen yet, or no
    row that it had, it is yielded again, so is the page before it where that is so too, and the list goes on after it.
    A row is missed only if between these two requests as many rows come into the list before it as leave it. Raises
    BadAnswer as `walk`, and where rows never stop moving.
    """
    cursor, seen, known, moves = start, set[int](), set[Hashable](), 0
    before: list[tuple[Cursor, int | None, frozenset[Hashable]]] = []
    while True:
        page = _unrepeated(read, cursor, seen, purpose)
        rows = frozenset(names(page))
        known |= rows
        yield cursor, page
        while before:
            again = read(before[-1][0])
            had, rows_again = before[-1][2], frozenset(names(again))
            if rows_again <= known and (rows_again & had or not had):
                break
            if (moves := moves + 1) > MAX_MOVES:
                raise BadAnswer(
                    f"{purpose}: its rows changed all the time while it was read; the list is incomplete",
                    hint="try again when fewer orders are being changed",
                )
            cursor, digest, _ = before.pop()
            seen.discard(digest or 0)
            page, rows = again, rows_again
            known |= rows
            yield cursor, page
        before.append((cursor, page.mark, rows))
        if page.mark is not None:
            seen.add(page.mark)
        if page.next is None:
            return
        cursor = page.next


def _unrepeated(read: Callable[[Cursor], P], cursor: Cursor, seen: set[int], purpose: str) -> P:
    """Return a page, read once more where it is one of those `seen`. Raises BadAnswer where it repeats again."""
    page = read(cursor)
    if page.mark in seen:
        page = read(cursor)
    if page.mark in seen:
        raise BadAnswer(
            f"{purpose}: a page repeats an earlier one, also when it is read again; the list is incomplete",
            hint="the server, or a cache before it, answers with an old page: try again later",
        )
    return page


def mark(rows: Sequence[Any], key: str) -> int | None:
    """Return a digest of the rows' ids, found under `key`, whatever their order; None for no rows.

    >>> mark([{"id": "1"}, {"id": "2"}], "id") == mark([{"id": "2", "x": 7}, {"id": "1"}], "id"), mark([], "id")
    (True, None)
    """
    return hash(frozenset([_name(row, key) for row in rows])) if rows else None


def _name(row: Any, key: str) -> str:
    """Return the id of a row; an odd row is its own name."""
    found = row.get(key) if type(row) is dict else None
    return found if type(found) is str else repr(row if found is None else found)
