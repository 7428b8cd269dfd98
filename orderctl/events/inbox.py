"""The inbox: every order change that a vendor pushed, in one SQLite file, on the disk before it is acknowledged.

Safe for threads and processes. Adds that come together are committed together: while one thread waits for the disk,
the others queue up, and the next commit takes them all.
"""

import datetime as dt
import secrets
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from threading import Lock
from typing import Any

from orderctl.frozen import dataclass
from orderctl.model import Event
from orderctl.state.database import Database

REMEMBERED = dt.timedelta(days=11)
"""How long a replay is recognised: Qince sends an event again once a day for ten days."""

PAGE = 200
"""Events read at once."""

SCHEMA = """
CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    received_at TEXT NOT NULL,
    profile TEXT NOT NULL,
    vendor TEXT NOT NULL,
    kind TEXT NOT NULL,
    order_id TEXT,
    reference TEXT,
    message_id TEXT,
    tenant_id TEXT,
    app_id TEXT,
    data TEXT NOT NULL,
    body BLOB NOT NULL,
    acked_at TEXT
);
CREATE INDEX events_unacked ON events (id) WHERE acked_at IS NULL;
CREATE TABLE seen (
    profile TEXT NOT NULL, key TEXT NOT NULL, received_at TEXT NOT NULL, PRIMARY KEY (profile, key)
) WITHOUT ROWID;
CREATE TABLE segments (profile TEXT PRIMARY KEY, segment TEXT NOT NULL) WITHOUT ROWID;
"""

INSERT = """
INSERT INTO events
    (received_at, profile, vendor, kind, order_id, reference, message_id, tenant_id, app_id, data, body)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""

REMEMBER = """
INSERT INTO seen (profile, key, received_at) VALUES (?, ?, ?)
ON CONFLICT (profile, key) DO UPDATE SET received_at = excluded.received_at
"""

COLUMNS = (
    "id, received_at, profile, vendor, kind, order_id, reference, message_id, tenant_id, app_id, data, body, acked_at"
)


@dataclass(frozen=True, kw_only=True)
class Stored:
    """An event in the inbox. `body` is what came, byte by byte; `acked_at` when somebody was done with it."""

    id: int
    received_at: dt.datetime
    profile: str
    vendor: str
    kind: str
    order_id: str | None
    reference: str | None
    message_id: str | None
    tenant_id: str | None
    app_id: str | None
    data: str
    body: bytes
    acked_at: dt.datetime | None


class _Entry:
    """An event on its way to the disk: its row, and what became of it."""

    def __init__(self, row: tuple[Any, ...], keys: tuple[str, ...]) -> None:
        self.row = row
        self.keys = keys
        self.done = False
        self.id: int | None = None
        self.error: Exception | None = None


class Inbox:
    """The inbox in the file `path`, made with mode 0600 where it is missing.

    `patience` is how many seconds a call waits for another process or thread, never beyond `deadline` (of
    `time.monotonic`). Every method raises what `Database` raises.
    """

    def __init__(self, path: Path, *, patience: float = 10.0, deadline: float | None = None, now: Any = None) -> None:
        self._now = now or (lambda: dt.datetime.now(dt.UTC))
        self._queue: list[_Entry] = []
        self._queueing = Lock()
        self._next_purge = 0.0
        self._database = Database(
            path, what="the inbox", migrations=(SCHEMA,), durable=True, patience=patience, deadline=deadline
        )

    def add(self, event: Event, *, profile: str, vendor: str, body: bytes) -> int | None:
        """Return the id of a new event, None for a replay, once it is on the disk."""
        row = (
            _written(self._now()), profile, vendor, event.kind, event.order_id, event.reference, event.message_id,
            event.tenant_id, event.app_id, event.data, body,
        )  # fmt: skip
        entry = _Entry(tuple(map(_storable, row)), tuple(str(_storable(key)) for key in event.keys))
        with self._queueing:
            self._queue.append(entry)
        self._database.take()
        try:
            if not entry.done:
                self._commit_queue()
        finally:
            self._database.release()
        if entry.error is not None:
            raise entry.error
        return entry.id

    def get(self, number: int) -> Stored | None:
        """Return the event of that id, None where there is none."""
        found = self._select("id = ?", (number,), 1)
        return found[0] if found else None

    def events(
        self,
        *,
        profile: str | None = None,
        since: dt.datetime | None = None,
        kind: str | None = None,
        unacked: bool = False,
        after: int = 0,
    ) -> Iterator[Stored]:
        """Yield the events that were received from `since` on, in their order, page by page."""
        terms, values = ["id > ?"], []
        for term, value in (
            ("profile = ?", profile),
            ("kind = ?", kind),
            ("received_at >= ?", since and _written(since)),
        ):
            if value is not None:
                terms.append(term)
                values.append(value)
        if unacked:
            terms.append("acked_at IS NULL")
        while page := self._select(" AND ".join(terms), (after, *values), PAGE):
            yield from page
            after = page[-1].id

    def ack(self, numbers: Iterable[int]) -> None:
        """Note that somebody is done with these events; one that was acknowledged before keeps its time."""
        now = _written(self._now())
        with self._database.transaction():
            for number in numbers:
                self._database.change("UPDATE events SET acked_at = ? WHERE id = ? AND acked_at IS NULL", (now, number))

    def segment(self, profile: str, *, rotate: bool = False) -> str:
        """Return the secret part of the url where a profile's events are pushed to, made where it is missing."""
        new = secrets.token_urlsafe(24)
        with self._database.transaction():
            if rotate:
                self._database.change("DELETE FROM segments WHERE profile = ?", (profile,))
            self._database.change("INSERT INTO segments VALUES (?, ?) ON CONFLICT DO NOTHING", (profile, new))
            found = self._database.rows("SELECT segment FROM segments WHERE profile = ?", (profile,))
        return str(found[0][0])

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _commit_queue(self) -> None:
        """Commit every event that waits, together; each is then done, stored or with its error."""
        with self._queueing:
            batch, self._queue = self._queue, []
        ids: list[int | None] = []
        try:
            with self._database.transaction():
                ids = [self._insert(entry) for entry in batch]
            self._database.check_file()
        except Exception as error:  # noqa: BLE001  (each waiting thread raises it)
            for entry in batch:
                entry.error = error
        for entry, number in zip(batch, ids, strict=False):
            entry.id = number
        for entry in batch:
            entry.done = True

    def _insert(self, entry: _Entry) -> int | None:
        received, profile = entry.row[:2]
        if time.monotonic() >= self._next_purge:
            self._next_purge = time.monotonic() + 3600
            self._database.change("DELETE FROM seen WHERE received_at < ?", (self._horizon(),))
        marks = ", ".join("?" * len(entry.keys))
        known = self._database.rows(
            f"SELECT 1 FROM seen WHERE profile = ? AND key IN ({marks}) AND received_at >= ?",  # noqa: S608  (marks)
            (profile, *entry.keys, self._horizon()),
        )
        if known:
            return None
        for key in entry.keys:
            self._database.change(REMEMBER, (profile, key, received))
        return self._database.change(INSERT, entry.row)

    def _horizon(self) -> str:
        return _written(self._now() - REMEMBERED)

    def _select(self, where: str, values: tuple[Any, ...], limit: int) -> list[Stored]:
        sql = f"SELECT {COLUMNS} FROM events WHERE {where} ORDER BY id LIMIT ?"  # noqa: S608  (our own terms)
        return [_stored(row) for row in self._database.rows(sql, (*values, limit))]


def _written(moment: dt.datetime) -> str:
    """Return a time as it is in the file: of one length, so that texts compare as times do."""
    return moment.astimezone(dt.UTC).isoformat(timespec="microseconds")


def _storable(value: Any) -> Any:
    """Return a value that SQLite takes: half a surrogate pair is not text."""
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value


def _stored(row: tuple[Any, ...]) -> Stored:
    values = dict(zip((name.strip() for name in COLUMNS.split(",")), row, strict=True))
    for name in ("received_at", "acked_at"):
        values[name] = dt.datetime.fromisoformat(values[name]) if values[name] else None
    return Stored(**values)
