"""Reads the pages of a list one after another. A page that repeats an earlier one is not the end: it is asked again."""

from collections.abc import Callable, Iterator, Sequence
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


def walk(
    read: Callable[[Cursor], P], start: Cursor, *, purpose: str, most: int | None = None, hint: str = ""
) -> Iterator[tuple[Cursor, P]]:
    """Yield each page with its cursor, to the end. What is kept of the pages is their digests.

    A page that repeats an earlier one, as a stale cache answers it, is asked for once more. Raises BadAnswer where it
    repeats again, and, with `hint`, where `most` pages are not the end.
    """
    cursor, seen = start, set[int]()
    while True:
        page = read(cursor)
        if page.mark in seen:
            page = read(cursor)
            if page.mark in seen:
                raise BadAnswer(
                    f"{purpose}: a page repeats an earlier one, also when it is read again; the list is incomplete",
                    hint="the server, or a cache before it, answers with an old page: try again later",
                )
        if page.mark is not None:
            seen.add(page.mark)
        yield cursor, page
        if page.next is None:
            return
        cursor = page.next
        if most is not None and (most := most - 1) <= 0:
            raise BadAnswer(f"{purpose}: the list does not end; it was given up", hint=hint)


def mark(rows: Sequence[Any], key: str) -> int | None:
    """Return a digest of the rows' ids, which stand under `key`, whatever their order; None for no rows.

    >>> mark([{"id": "1"}, {"id": "2"}], "id") == mark([{"id": "2", "x": 7}, {"id": "1"}], "id"), mark([], "id")
    (True, None)
    """
    return hash(frozenset([_name(row, key) for row in rows])) if rows else None


def _name(row: Any, key: str) -> str:
    """Return the id of a row; an odd row is its own name."""
    found = row.get(key) if type(row) is dict else None
    return found if type(found) is str else repr(row if found is None else found)
