"""Checkpoints: what the last good run of a list saw, so that the next one prints only what changed since.

A change is printed at least once. Vendors tell of changes to the second, by a clock of their own, and while a list is
read orders change: so the next run begins a while before the last one began, and what it sees again is left out by id
and content. Its pages are read by `walk_settled`: an order that moves to another page meanwhile is not missed. The file
is in the state folder and is replaced as a whole.
"""

import datetime as dt
import json
import shlex
from collections.abc import Mapping
from contextlib import AbstractContextManager
from hashlib import blake2b
from pathlib import Path
from typing import Any

from orderctl.backend.vendor import Vendor
from orderctl.errors import MachineRefused, Unsupported, UsageError
from orderctl.model import Order
from orderctl.state import files, lock
from orderctl.state.paths import subfolder

VERSION = 1

OVERLAP = dt.timedelta(hours=2)
"""How far before the last run the next one begins: an hour that clocks go back in autumn, and clocks that differ."""

MAX_FILE = 100_000_000
"""How large a checkpoint can be, in bytes: an order takes 35."""


def require(vendor: Vendor) -> None:
    """Raise Unsupported for a vendor that knows no time of change; nothing has been sent."""
    if "changed_since" not in vendor.remote_filters | vendor.local_filters:
        raise Unsupported(
            f"{vendor.title} does not tell when an order was changed, so its lists have no --checkpoint",
            hint="list the last days again: orderctl list --since 7d -o jsonl",
        )


def hold(state: Path, name: str) -> AbstractContextManager[None]:
    """Return the lock of a checkpoint, to be held while a run uses it.

    Entering it raises LockHeld where another run uses it, UsageError for a name that no file can have.
    """
    return lock.hold(subfolder(state, "checkpoints"), name, what="checkpoint")


def exists(state: Path, name: str) -> bool:
    """Return whether there is a checkpoint of that name; nothing is written.

    Raises UsageError for a name that no file can have, MachineRefused for a file that cannot be used.
    """
    lock.check_name(name, what="checkpoint")
    return files.check(state / "checkpoints" / f"{name}.json") is not None


def load(state: Path, name: str, *, profile: str, target: str, filters: Mapping[str, Any]) -> "Checkpoint":
    """Return a checkpoint, a new one where there is none of that name.

    Raises UsageError where it belongs to another account or other filters, MachineRefused where it cannot be read.
    """
    path = subfolder(state, "checkpoints") / f"{name}.json"
    try:
        content = files.read(path, largest=MAX_FILE)
    except FileNotFoundError:
        return Checkpoint(path, target=target, filters=filters)
    try:
        kept = json.loads(content)
        if kept["version"] != VERSION:
            raise _unusable(path, "is of another version of orderctl")
        of, by, since, seen = (kept[key] for key in ("target", "filters", "since", "seen"))
        latest = _moment(kept["latest"])
        found = Checkpoint(path, target=of, filters=by, since=_moment(since), latest=latest, seen=seen.split())
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _unusable(path, "is damaged") from error
    if of != target:
        raise UsageError(f"checkpoint {name} belongs to another account: {of}", hint="name another: --checkpoint NAME")
    if by != filters:
        same = shlex.join(["orderctl", "list", "--checkpoint", name, *_options(by), "-p", profile])
        raise UsageError(
            f"checkpoint {name} was made with {'other' if by else 'no'} filters; another list needs another NAME",
            hint=same,
        )
    return found


class Checkpoint:
    """What a list has printed. `since` is when its next run begins, None where it prints every order."""

    def __init__(
        self,
        path: Path,
        *,
        target: str,
        filters: Mapping[str, Any],
        since: dt.datetime | None = None,
        latest: dt.datetime | None = None,
        seen: list[str] | tuple[str, ...] = (),
    ) -> None:
        self.since = since
        self._path, self._target, self._filters = path, target, filters
        self._latest = latest
        self._before = frozenset(seen)
        self._now: set[str] = set()

    def is_new(self, order: Order, content: str) -> bool:
        """Return whether an order as it is now, which `content` says whole, was not printed before; note that it is."""
        mark = blake2b(f"{order.id}\0{content}".encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
        changed = order.updated_at or order.created_at  # both are by the vendor's clock
        if isinstance(changed, dt.datetime) and (self._latest is None or changed > self._latest):
            self._latest = changed
        new = mark not in self._before and mark not in self._now
        self._now.add(mark)
        return new

    def move_on(self, started: dt.datetime, *, whole: bool) -> None:
        """Keep that everything up to a run that started then (UTC) was printed; not `whole` where a row was not read.

        The vendor's clock may be behind ours, or its zone another than the profile says: the latest time that it showed
        counts, and where it showed none the next run begins where this one did. A row that could not be read is
        asked for again. Raises MachineRefused.
        """
        since = self.since if self._latest is None or not whole else min(started, self._latest) - OVERLAP
        content = {
            "version": VERSION,
            "target": self._target,
            "filters": dict(self._filters),
            "since": since.isoformat() if since else None,
            "latest": self._latest.isoformat() if self._latest else None,
            "seen": " ".join(sorted(self._now)),
        }
        files.write(self._path, json.dumps(content).encode())


def _options(filters: Mapping[str, Any]) -> list[str]:
    """Return filters as they are typed."""
    return [
        word
        for name, given in filters.items()
        for value in (given if isinstance(given, list) else [given])
        for word in (f"--{name}", value)
    ]


def _moment(text: str | None) -> dt.datetime | None:
    """Return a time of the file. Raises ValueError where it has no zone: it cannot be compared with others."""
    found = None if text is None else dt.datetime.fromisoformat(text)
    if found is not None and found.tzinfo is None:
        raise ValueError("a time without a zone")
    return found


def _unusable(path: Path, why: str) -> MachineRefused:
    return MachineRefused(
        f"the checkpoint {path} {why}",
        hint=f"remove it, and the next run prints every order again: rm {shlex.quote(str(path))}",
        code="state.damaged",
    )
