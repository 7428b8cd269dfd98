"""The journal in a SQLite file on this machine.

What several threads write at the same moment goes to the disk together: whoever has the file writes what all others
wait for, in one transaction. So 32 writes at once need no 32 waits for the disk.
"""

import datetime as dt
import json
import threading
from collections.abc import Callable, Iterable, Iterator
from operator import itemgetter
from pathlib import Path
from shlex import quote
from sqlite3 import Connection
from typing import Any, NamedTuple

from orderctl.backend.prepared import Prepared
from orderctl.errors import Conflict, MachineRefused, OrderctlError
from orderctl.journal.entry import (
    DOUBTED,
    SCHEME,
    Entry,
    State,
    checksum,
    hash_of,
    kept,
    new_id,
)
from orderctl.journal.store import Account, Wanted
from orderctl.model import NOTHING
from orderctl.state.database import MEMORY, Database

WHAT = "the journal"

PATIENCE = 30.0
"""Seconds that a change waits for other processes."""

CHECKED = 8_000_000
"""A file of at most so many bytes is checked as a whole when it is opened for writing; it takes some 20 ms."""

PAGE = 500
"""How many rows are read at a time."""

TABLES = """
CREATE TABLE writes (
    number INTEGER PRIMARY KEY,
    op TEXT NOT NULL UNIQUE,
    target TEXT NOT NULL,
    profile TEXT NOT NULL,
    vendor TEXT NOT NULL,
    verb TEXT NOT NULL,
    reference TEXT,
    order_id TEXT,
    state TEXT NOT NULL,
    scheme INTEGER NOT NULL,
    hash TEXT NOT NULL,
    content TEXT,
    run TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    planned_at TEXT,
    first_sent_at TEXT,
    sent_at TEXT,
    settled_at TEXT,
    http_status INTEGER,
    evidence TEXT NOT NULL DEFAULT '',
    steps TEXT,
    cancelled_at TEXT,
    searched_at TEXT,
    absent INTEGER NOT NULL DEFAULT 0,
    checksum INTEGER NOT NULL
);
CREATE UNIQUE INDEX writes_key ON writes (target, reference) WHERE verb = 'create';
CREATE INDEX writes_order ON writes (target, order_id);
CREATE INDEX writes_profile ON writes (profile, verb);
CREATE INDEX writes_unresolved ON writes (state) WHERE state IN ('sending', 'unknown', 'conflict')
"""

OF_INDEX = "(state = 'sending' OR state = 'unknown' OR state = 'conflict')"
"""The condition of the index of what is unresolved, as SQLite has to see it to use that index."""

INDEXES = f"""
DROP INDEX writes_order;
DROP INDEX writes_unresolved;
CREATE INDEX writes_order ON writes (target, order_id) WHERE order_id IS NOT NULL;
CREATE INDEX writes_unresolved ON writes (state) WHERE {OF_INDEX}
"""
"""Version 2, so that a change of a row costs less: an index holds only rows that have an order's id, and no index's
condition has a list of three, of which SQLite would build a table at every change.
"""

COLUMNS = (
    "op", "target", "profile", "vendor", "verb", "reference", "order_id", "state", "scheme", "hash", "content", "run",
    "attempts", "planned_at", "first_sent_at", "sent_at", "settled_at", "http_status", "evidence", "steps",
    "cancelled_at", "searched_at", "absent",
)  # fmt: skip

MOMENTS = frozenset({
    "cancelled_at", "first_sent_at", "planned_at", "searched_at", "sent_at", "settled_at",
})  # fmt: skip

SEALED = ("target", "verb", "reference", "state", "hash", "order_id")
"""What the checksum covers."""

_sealed = itemgetter(*SEALED)

FIELDS = {"content": "kept"}
"""Columns that have another name in an entry."""

STATES = frozenset(map(str, State))

SELECT_ROW = "SELECT op, target, verb, reference, state, hash, order_id, steps, attempts, checksum FROM writes"
SELECT_ONE = f"{SELECT_ROW} WHERE op = ?"

CLAIM = """
UPDATE writes SET state = 'sending', run = ?, attempts = attempts + 1, first_sent_at = coalesce(first_sent_at, ?),
    sent_at = ?, settled_at = NULL, http_status = NULL, searched_at = NULL, absent = 0, checksum = ?{}
WHERE op = ?
"""

CLAIMS = {False: CLAIM.format(""), True: CLAIM.format(", order_id = ?")}
"""The claim of a row, and of one that gets an order's id: setting it costs a change of an index."""

ALONE = """
 AND NOT EXISTS (SELECT 1 FROM writes WHERE target = ? AND order_id = ? AND verb = 'create' AND op <> ?)
"""

MOVE = "UPDATE writes SET target = ?, profile = ?, checksum = ? WHERE op = ?"

BOTH = """
SELECT reference FROM writes WHERE target = ? AND verb = 'create'
INTERSECT SELECT reference FROM writes WHERE target = ? AND verb = 'create' LIMIT 1
"""

SELECT = f"SELECT {', '.join(COLUMNS)}, checksum, number FROM writes"  # noqa: S608  (the names above)

PLAN = """
INSERT INTO writes
    (op, target, profile, vendor, verb, reference, state, scheme, hash, content, run, planned_at, checksum)
VALUES (?, ?, ?, ?, 'create', ?, 'planned', ?, ?, ?, ?, ?, ?)
ON CONFLICT (target, reference) WHERE verb = 'create' DO UPDATE SET
    profile = excluded.profile, state = 'planned', scheme = excluded.scheme, hash = excluded.hash,
    content = excluded.content, run = excluded.run, planned_at = excluded.planned_at, checksum = excluded.checksum,
    order_id = NULL, evidence = '', steps = NULL
WHERE writes.state IN ('planned', 'refused')
"""


class _Job:
    """What one thread has to write; `done` once it was, or failed with an error."""

    __slots__ = ("done", "durable", "error", "value", "work")

    def __init__(self, work: Callable[[Connection], Any], *, durable: bool) -> None:
        self.work, self.durable = work, durable
        self.done = False
        self.value: Any = None
        self.error: BaseException | None = None


class SqliteStore:
    """The journal in the file `path`, or `MEMORY`. No call waits beyond `deadline` (of `time.monotonic`).

    One that is `read_only` is there already, and may be in a folder that cannot be written.
    """

    def __init__(
        self, path: Path | str, *, deadline: float | None = None, check: bool = True, read_only: bool = False
    ) -> None:
        self._database = Database(
            path,
            what=WHAT,
            migrations=(TABLES, INDEXES),
            durable=True,
            patience=PATIENCE,
            deadline=deadline,
            read_only=read_only,
        )
        self._path = path
        self._queue: list[_Job] = []
        self._queued = threading.Lock()
        try:
            if check and str(path) != MEMORY and Path(path).stat().st_size <= CHECKED:
                self.verify()
        except BaseException:
            self._database.close()
            raise

    def plan(self, writes: Iterable[tuple[Account, Prepared]], run: str, at: dt.datetime) -> None:
        """Keep new orders as planned."""
        rows = (_planned(account, prepared, run, at) for account, prepared in writes)
        self._database.atomically(lambda connection: connection.executemany(PLAN, rows))

    def find(self, target: str, reference: str) -> Entry | None:
        """Return the row of a new order."""
        sql = f"{SELECT} WHERE target = ? AND reference = ? AND verb = 'create'"
        return next(map(_entry, self._database.rows(sql, (target, _storable(reference)))), None)

    def claim(self, seen: Entry, run: str, at: dt.datetime) -> bool:
        """Make a row that is still as it was seen one that is being sent by this run. Return whether it was."""
        now = _text(at)

        def claimed(connection: Connection) -> bool:
            row = _row(connection, seen.op)
            if seen.damaged and _as_seen(connection, seen):
                row = _repaired(connection, row)
            if (row.state, row.hash, row.attempts) != (seen.state, seen.hash, seen.attempts):
                return False
            known = seen.order_id if seen.damaged else seen.order_id or row.order_id
            new = () if known == row.order_id else (known,)
            connection.execute(CLAIMS[bool(new)], (run, now, now, row.sealed(State.SENDING, known), *new, seen.op))
            return True

        return bool(self._together(claimed))

    def begin(self, entry: Entry) -> None:
        """Keep a new row that is being sent."""
        values = {name: _stored(name, getattr(entry, FIELDS.get(name, name))) for name in COLUMNS}
        values["checksum"] = checksum(*_sealed(values))
        names = ", ".join(values)
        sql = f"INSERT INTO writes ({names}) VALUES ({', '.join('?' * len(values))})"  # noqa: S608  (the columns' names)
        self._together(lambda connection: connection.execute(sql, tuple(values.values())))

    def note(self, op: str, **changes: Any) -> None:
        """Change what is known of a row; it need not be on the disk at once."""
        self._together(lambda connection: _settle(connection, _row(connection, op), changes), durable=False)

    def settle(self, op: str, state: State, *, seen: Entry | None = None, alone: bool = False, **changes: Any) -> bool:
        """Give a row its state, and whatever else is known of it. Return whether that was done."""

        def settled(connection: Connection) -> bool:
            row = _row(connection, op)
            if seen is not None and not _as_seen(connection, seen):
                return False
            if seen is not None and seen.damaged:
                row = _repaired(connection, row)
            return _settle(connection, row, {"state": state, **changes}, alone=alone)

        return bool(self._together(settled))

    def entries(self, wanted: Wanted, *, newest_first: bool = False, limit: int = -1) -> Iterator[Entry]:
        """Yield the rows that are wanted, in the order in which they were planned.

        A few are found by an index of their own and put in order; many are read in order until there are enough.
        """
        doubted = wanted.states is not None and set(wanted.states) <= set(DOUBTED)
        few = bool(wanted.op or wanted.order_id or wanted.reference or doubted or limit == 1)
        where, values = _where(wanted, "" if few else "+")
        order, beyond = ("DESC", "<") if newest_first else ("ASC", ">")
        place = "+number" if few else "number"
        last, left = (1 << 62) if newest_first else -1, limit
        while left != 0:
            size = PAGE if left < 0 else min(PAGE, left)
            ordered = f"ORDER BY {place} {order}" if limit != 1 or newest_first else ""
            sql = f"{SELECT} WHERE {where} AND {place} {beyond} ? {ordered} LIMIT ?"
            found = self._database.rows(sql, (*values, last, size))
            yield from map(_entry, found)
            if len(found) < size:
                return
            last, left = found[-1][-1], left - len(found) if left > 0 else left

    def erase(self, *, target: str | None = None, mark: str | None = None, before: dt.datetime | None = None) -> int:
        """Delete rows, or, with `before`, what they hold."""
        with self._database.transaction():
            if before is not None:
                done = "state IN ('done', 'refused') AND settled_at < ? AND content IS NOT NULL"
                sql = f"UPDATE writes SET content = NULL, evidence = '' WHERE {done}"  # noqa: S608  (a literal)
                return self._database.changed(sql, (_text(before),))
            if mark is not None:
                return self._database.changed("DELETE FROM writes WHERE instr(target, ?)", (mark,))
            ((doubts,),) = self._database.rows(
                "SELECT count(*) FROM writes WHERE target = ? AND state IN ('sending', 'unknown')", (target,)
            )
            if doubts:
                raise Conflict(
                    f"{doubts} writes of {target} are sending or unknown; nothing was deleted",
                    hint="see them: orderctl journal list --outcome unresolved",
                    code="journal.unresolved",
                )
            return self._database.changed("DELETE FROM writes WHERE target = ?", (target,))

    def move(self, source: str, account: Account) -> int:
        """Move the rows of one target to another."""

        def moved(connection: Connection) -> int:
            both = connection.execute(BOTH, (source, account.target)).fetchone()
            if both:
                raise Conflict(
                    f"both have an order of the reference {both[0]!r}: {source} and {account.target}; nothing moved",
                    hint=f"see both: orderctl journal list --reference {quote(both[0])}",
                    code="journal.both",
                )
            rows = [_Row(*row) for row in connection.execute(f"{SELECT_ROW} WHERE target = ?", (source,))]
            for row in rows:
                sealed = row.checksum if row.damaged else row.sealed(row.told, row.order_id, target=account.target)
                connection.execute(MOVE, (account.target, account.profile, sealed, row.op))
            return len(rows)

        return self._database.atomically(moved)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def verify(self) -> None:
        """Raise MachineRefused where the file is damaged, its indexes included."""
        said = self._database.rows("PRAGMA integrity_check(1)")
        if said != [("ok",)]:
            raise MachineRefused(
                f"{WHAT} {self._path} is damaged ({said[0][0]}); nothing was sent",
                hint="bring back a copy of it; without one, look at the vendor before you move it away",
                code="state.damaged",
            )

    def _together(self, work: Callable[[Connection], Any], *, durable: bool = True) -> Any:
        """Return what `work` returns, done in one transaction with what other threads wait for."""
        job = _Job(work, durable=durable)
        with self._queued:
            self._queue.append(job)
        try:
            self._database.take()
            try:
                if not job.done:
                    self._commit()
            finally:
                self._database.release()
        except OrderctlError:
            with self._queued:
                if job in self._queue:  # nobody has begun it
                    self._queue.remove(job)
                    raise
            self._database.take()  # whoever has begun it ends it first
            self._database.release()
        if job.error is not None:
            raise job.error
        return job.value

    def _commit(self) -> None:
        """Write what all threads wait for: those that came while another one wrote."""
        with self._queued:
            jobs, self._queue = self._queue, []

        def all_of_them(connection: Connection) -> None:
            for job in jobs:
                job.value = job.work(connection)

        try:
            self._database.check_file()
            self._database.atomically(all_of_them, durable=any(job.durable for job in jobs))
        except BaseException as error:
            for job in jobs:
                job.error = error
            if not isinstance(error, OrderctlError):
                raise
        finally:
            for job in jobs:
                job.done = True


def _row(connection: Connection, op: str) -> "_Row":
    """Return a row. Raises MachineRefused where it is gone: another process has deleted it."""
    found = connection.execute(SELECT_ONE, (op,)).fetchone()
    if not found:
        raise MachineRefused(f"the operation {op} was deleted from {WHAT} while it was used", code="state.unusable")
    return _Row(*found)


def _as_seen(connection: Connection, seen: Entry) -> bool:
    """Return whether a row still has the state and the attempts that it had when it was seen."""
    now = _entry(connection.execute(f"{SELECT} WHERE op = ?", (seen.op,)).fetchone())
    return (now.state, now.attempts) == (seen.state, seen.attempts)


def _repaired(connection: Connection, row: "_Row") -> "_Row":
    """Make a damaged row one whose outcome is unknown, without what cannot be read of it, and return it."""
    (found,) = connection.execute(f"{SELECT} WHERE op = ?", (row.op,))
    unreadable = {name for name, value in zip(COLUMNS, found, strict=False) if not _is_readable(name, value)}
    _settle(connection, row, {"state": State.UNKNOWN, **dict.fromkeys(sorted(unreadable))})
    return _row(connection, row.op)


def _settle(connection: Connection, row: "_Row", changes: dict[str, Any], *, alone: bool = False) -> bool:
    """Change a row, and its checksum; where it is to be `alone` only if no other has its order's id. Return whether."""
    values = {name: _stored(name, value) for name, value in changes.items()}
    if changes.get("steps"):
        values["steps"] = json.dumps(json.loads(row.steps or "{}") | changes["steps"])
    if "state" in changes or not row.damaged:
        values["checksum"] = row.sealed(values.get("state", row.told), values.get("order_id", row.order_id))
    sql = f"UPDATE writes SET {' = ?, '.join(values)} = ? WHERE op = ?{ALONE if alone else ''}"  # noqa: S608  (the columns' names)
    others = (row.target, values["order_id"], row.op) if alone else ()
    return connection.execute(sql, (*values.values(), row.op, *others)).rowcount == 1


class _Row(NamedTuple):
    """What is needed of a row to change it. `told` is its state, as text."""

    op: str
    target: str
    verb: str
    reference: str | None
    told: str
    hash: str
    order_id: str | None
    steps: str | None
    attempts: int
    checksum: int

    @property
    def damaged(self) -> bool:
        """Whether the row does not fit its checksum."""
        return self.checksum != self.sealed(self.told, self.order_id) or self.told not in STATES

    @property
    def state(self) -> State:
        """The row's state; one that is damaged is unknown."""
        return State.UNKNOWN if self.damaged else State(self.told)

    def sealed(self, state: str, order_id: str | None, *, target: str | None = None) -> int:
        """Return the checksum that the row has with this state and id."""
        return checksum(target or self.target, self.verb, self.reference, state, self.hash, order_id)


def _planned(account: Account, prepared: Prepared, run: str, at: dt.datetime) -> tuple[Any, ...]:
    digest, reference = hash_of(prepared.content), _storable(str(prepared.reference))
    told = checksum(account.target, "create", reference, State.PLANNED, digest, None)
    return (
        new_id(), account.target, account.profile, account.vendor, reference, SCHEME, digest, kept(prepared),
        run, _text(at), told,
    )  # fmt: skip


def _entry(row: tuple[Any, ...]) -> Entry:
    """Return a row's entry; one whose checksum fails is unknown."""
    values: dict[str, Any] = dict(zip(COLUMNS, row, strict=False))
    sealed = checksum(*_sealed(values)) == row[len(COLUMNS)]
    damaged = not (sealed and values["state"] in STATES and _is_id(values["order_id"]))
    if not _is_id(values["order_id"]):
        values["order_id"] = None
    values["kept"] = values.pop("content")
    try:
        for name in MOMENTS:
            if values[name] is not None:
                values[name] = dt.datetime.fromisoformat(values[name])
        values["steps"] = json.loads(values["steps"]) if values["steps"] else NOTHING
    except (TypeError, ValueError):
        damaged = True
        values |= dict.fromkeys([*MOMENTS, "kept"]) | {"steps": NOTHING}
    if damaged:
        values["state"] = State.UNKNOWN
        values["evidence"] = "the row is damaged, so its outcome is unknown"
    values["state"], values["absent"] = State(values["state"]), bool(values["absent"])
    return Entry(**values, damaged=damaged)


def _is_id(value: Any) -> bool:
    """Return whether a row has an order's id or none: to the checksum an empty text, or a zero, is none."""
    return value is None or (type(value) is str and value != "")


def _is_readable(name: str, value: Any) -> bool:
    """Return whether what a column holds can be read."""
    try:
        if name in MOMENTS and value is not None:
            dt.datetime.fromisoformat(value)
        elif name == "steps" and value:
            json.loads(value)
    except (TypeError, ValueError):
        return False
    return name != "order_id" or _is_id(value)


def _stored(name: str, value: Any) -> Any:
    """Return a value as its column holds it."""
    if isinstance(value, dt.datetime):
        return _text(value)
    if name == "steps":
        return json.dumps(dict(value)) if value else None
    if isinstance(value, bool):
        return int(value)
    return _storable(value) if isinstance(value, str) else value


def _storable(text: str) -> str:
    """Return a text as SQLite takes it: half a character, as odd answers have it, is written as its escape."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace").decode()
    return str(text)


def _text(moment: dt.datetime) -> str:
    """Return a moment as text that sorts by time."""
    if moment.tzinfo is not dt.UTC:
        moment = moment.astimezone(dt.UTC)
    return moment.isoformat(timespec="microseconds")


def _where(wanted: Wanted, plus: str) -> tuple[str, list[Any]]:
    """Return the condition of the rows that are wanted; with a `plus` before its columns no index is used for them."""
    terms, values = ["1"], list[Any]()
    for name in ("op", "order_id", "profile", "reference", "target", "verb"):
        value = getattr(wanted, name)
        if value is not None:
            terms.append(f"{plus}{name} = ?")
            values.append(_storable(value))
    if wanted.since is not None:
        terms.append("planned_at >= ?")
        values.append(_text(wanted.since))
    if wanted.states is not None:
        terms.append(f"state IN ({', '.join(repr(str(state)) for state in wanted.states)})")
        if set(wanted.states) <= set(DOUBTED):
            terms.append(OF_INDEX)
    return " AND ".join(terms), values
