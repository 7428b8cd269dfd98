"""What keeps the journal's rows. The rules are in journal.py and need no more than these ten functions.

Every function is atomic, is seen by all processes once it returns, and, unless it says otherwise, is on the disk then.
Each raises MachineRefused where the store cannot be used, Temporary where others hold it for too long, and
DeadlinePassed where the run's deadline comes first; nothing was changed then.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from orderctl.backend.prepared import Prepared
from orderctl.frozen import dataclass
from orderctl.journal.entry import Entry, State


@dataclass(frozen=True, kw_only=True)
class Account:
    """Whose rows are meant: what a profile points at, and how its user and its vendor call it."""

    target: str
    profile: str
    vendor: str


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which rows are wanted; None is all of them. `since` is the earliest moment of planning (UTC)."""

    op: str | None = None
    order_id: str | None = None
    profile: str | None = None
    reference: str | None = None
    since: dt.datetime | None = None
    states: tuple[State, ...] | None = None
    target: str | None = None
    verb: str | None = None


class Store(Protocol):
    """A journal's store."""

    def plan(self, writes: Iterable[tuple[Account, Prepared]], run: str, at: dt.datetime) -> None:
        """Keep new orders as planned. One whose reference has a row already keeps that row.

        A row that is planned or refused takes the new content; any other stays as it is.
        """

    def find(self, target: str, reference: str) -> Entry | None:
        """Return the row of a new order."""

    def claim(self, seen: Entry, run: str, at: dt.datetime) -> bool:
        """Make a row whose state, content and attempts are still as they were seen one that is being sent by this run.

        Return whether they were: another run may have sent it, or planned it with other content. The row gets the
        order's id that is in `seen`, which may have been found at the vendor: of an order that lacks something.
        """

    def begin(self, entry: Entry) -> None:
        """Keep a new row that is being sent: a write that changes an order, or a call of the caller's own."""

    def note(self, op: str, **changes: Any) -> None:
        """Change what is known of a row; it need not be on the disk at once. `steps` are added to those there are."""

    def settle(self, op: str, state: State, *, seen: Entry | None = None, alone: bool = False, **changes: Any) -> bool:
        """Give a row its state, and whatever else is known of it. Return whether that was done.

        With `seen` only where the row is still as it was seen: no run has sent or settled it since. With `alone` only
        where no other new order of its target has the `order_id` that is given.
        """

    def entries(self, wanted: Wanted, *, newest_first: bool = False, limit: int = -1) -> Iterator[Entry]:
        """Yield the rows that are wanted, in the order in which they were planned."""

    def erase(self, *, target: str | None = None, mark: str | None = None, before: dt.datetime | None = None) -> int:
        """Delete the rows of a target, or of all whose text holds the `mark`, and return how many there were.

        With `before` alone, rows stay, and those that were done or refused before lose content and evidence.
        Raises Conflict, nothing deleted, where a row of the target is being sent or unknown.
        """

    def move(self, source: str, account: Account) -> int:
        """Move the rows of one target to another, and return how many.

        Raises Conflict, nothing moved, where both have an order of the same reference.
        """

    def close(self) -> None:
        """Close the store."""
