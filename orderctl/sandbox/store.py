"""What the emulators remember: JSON documents in one SQLite file a vendor, and a record of every accepted change.

A table holds documents under ids that are never used twice, not even after a delete. The record of calls holds,
for every change that an emulator accepted, the fields exactly as they arrived: the evidence that tests read.
A store has an id of its own, made at random with it and renewed when it is emptied: it tells a store that holds an
order from one that was emptied or made anew in its place.

Safe for threads and for processes (a change is one immediate transaction).
Nothing is synced to the disk: a killed process loses nothing, a power cut may, and it is only a sandbox.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import local
from typing import Any, TypeAlias

from orderctl.state.database import Database

BUSY_SECONDS = 30.0
"""How long one process waits for another one's change."""

COMPARISONS: Mapping[str, str] = {
    "!=": "{value} IS NOT ?",
    "<": "{value} < ?",
    "<=": "{value} <= ?",
    "=": "{value} = ?",
    ">": "{value} > ?",
    ">=": "{value} >= ?",
    "in": "{value} IN (SELECT value FROM json_each(?))",
    "mentions": "instr(doc, ?)",
    "number<=": "CAST({value} AS REAL) <= CAST(? AS REAL)",
    "number=": "CAST({value} AS REAL) = CAST(? AS REAL)",
    "number>=": "CAST({value} AS REAL) >= CAST(? AS REAL)",
}
"""A condition's operator: how its SQL is written. Text is compared as text, except where `number` says otherwise."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS tables (name TEXT PRIMARY KEY, first INTEGER NOT NULL, seed TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS calls (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    call TEXT NOT NULL,
    subject TEXT NOT NULL,
    fields TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS calls_subject ON calls (subject);
"""

IDENTITY = "CREATE TABLE identity (id TEXT NOT NULL); INSERT INTO identity VALUES ('{id}')"
"""What gives a store its id, an older one as well."""

Condition: TypeAlias = tuple[str | tuple[str, ...], str, Any]
"""A field (or the path to a nested one; `id` is the document's own id), an operator of `COMPARISONS`, a value."""

Document: TypeAlias = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Table:
    """One kind of thing that an emulator keeps."""

    first: int = 1
    """The first id that the vendor gives; each following one is higher, also after deletes."""
    keys: tuple[str, ...] = ()
    """Fields of the document that are looked up often."""
    seed: Mapping[int, Document] = field(default_factory=dict)
    """The documents that a fresh box holds, under their ids."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """One change that the emulator accepted."""

    call: str
    """The call's name, such as `add`."""
    subject: str
    """The id that it made or changed."""
    fields: Document
    """Every field as it was sent, credentials left out."""
    at: str
    """When, in UTC: `2026-03-07T02:15:40.123Z`."""


class Replaced(Exception):
    """The store was emptied, or made anew, after a call for it had begun; nothing of that call is kept."""


class _Thread(local):
    """What a store knows of the call that a thread carries out."""

    wanted: str | None = None
    recorded = 0


class Store:
    """The documents of one emulator in the file `path` (or `MEMORY`), made with mode 0600 in a 0700 folder.

    A call waits for other processes for `BUSY_SECONDS`, never beyond `deadline` (of `time.monotonic`). Raises what
    `Database` raises.
    """

    def __init__(self, path: Path | str, tables: Mapping[str, Table], *, deadline: float | None = None) -> None:
        self._thread = _Thread()
        self._database = _open(path, deadline)
        try:
            if self._missing(tables):
                with self.change():
                    for name in self._missing(tables):
                        self._prepare(name, tables[name])
        except BaseException:
            self._database.close()
            raise

    @contextmanager
    def change(self) -> Iterator[None]:
        """Hold the store for one change: all of it is kept, or, when the block raises, nothing.

        Raises Replaced in a block of `only` whose store this is no longer.
        """
        before = self._thread.recorded
        try:
            with self._database.transaction():
                self._check()
                yield
        except BaseException:
            self._thread.recorded = before
            raise

    @contextmanager
    def only(self, identity: str) -> Iterator[None]:
        """Let this thread make changes, while the block runs, only if the store still has this id."""
        before, self._thread.wanted = self._thread.wanted, identity
        try:
            yield
        finally:
            self._thread.wanted = before

    def identity(self) -> str:
        """Return the store's id, 16 hexadecimal digits, as it is now: another process may have emptied the store."""
        return _identity(self._database)

    def add(self, table: str, document: Document) -> int:
        """Keep a new document and return its id."""
        sql = f'INSERT INTO "{table}" (doc) VALUES (?)'  # noqa: S608 - table names are the emulators' literals
        return self._database.change(sql, (_dump(document),))

    def put(self, table: str, number: int, document: Document) -> None:
        """Replace the document `number`."""
        sql = f'UPDATE "{table}" SET doc = ? WHERE id = ?'  # noqa: S608 - as above
        self._database.change(sql, (_dump(document), number))

    def delete(self, table: str, number: int) -> None:
        """Forget the document `number`; its id is not used again."""
        self._database.change(f'DELETE FROM "{table}" WHERE id = ?', (number,))  # noqa: S608 - as above

    def get(self, table: str, number: int) -> Document | None:
        """Return the document `number`, or None."""
        found = self.find(table, ("id", "=", number), limit=1)
        return found[0][1] if found else None

    def find(
        self,
        table: str,
        *conditions: Condition,
        offset: int = 0,
        limit: int = -1,
        newest_first: bool = False,
        order_by: tuple[str, ...] = ("id",),
    ) -> list[tuple[int, Document]]:
        """Return the documents that meet every condition, with their ids, oldest first by default.

        `order_by` is the path to the field that orders them; those with the same value are in the order of creation.
        """
        where, values = _where(conditions)
        order = "DESC" if newest_first else "ASC"
        by = f"{_value(order_by)} {order}, id {order}"
        sql = f'SELECT id, doc FROM "{table}" WHERE {where} ORDER BY {by} LIMIT ? OFFSET ?'  # noqa: S608
        rows = self._database.rows(sql, (*values, limit, offset))
        return [(number, json.loads(text)) for number, text in rows]

    def count(self, table: str, *conditions: Condition) -> int:
        """Return how many documents meet every condition."""
        where, values = _where(conditions)
        sql = f'SELECT count(*) FROM "{table}" WHERE {where}'  # noqa: S608 - as in find
        return int(self._database.rows(sql, values)[0][0])

    def record(self, call: str, subject: object, fields: Mapping[str, Any]) -> None:
        """Keep the fields of an accepted change as they were sent."""
        sql = "INSERT INTO calls (call, subject, fields) VALUES (?, ?, ?)"
        self._thread.recorded = self._database.change(sql, (call, str(subject), _dump(dict(fields))))

    def recorded(self) -> int:
        """Return a number that is another one after each change that this thread records."""
        return self._thread.recorded

    def calls(self, subject: object = None) -> list[Call]:
        """Return the accepted changes, oldest first: all of them, or those of the one subject."""
        sql = "SELECT call, subject, fields, at FROM calls WHERE ? IS NULL OR subject = ? ORDER BY id"
        wanted = None if subject is None else str(subject)
        rows = self._database.rows(sql, (wanted, wanted))
        return [Call(call=call, subject=subject, fields=json.loads(text), at=at) for call, subject, text, at in rows]

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _check(self) -> None:
        if self._thread.wanted not in {None, self.identity()}:
            raise Replaced

    def _missing(self, tables: Mapping[str, Table]) -> list[str]:
        known = {name for (name,) in self._database.rows("SELECT name FROM tables")}
        return [name for name in tables if name not in known]

    def _prepare(self, name: str, table: Table) -> None:
        self._database.change(f'CREATE TABLE "{name}" (id INTEGER PRIMARY KEY AUTOINCREMENT, doc TEXT NOT NULL)')
        for key in table.keys:
            self._database.change(f'CREATE INDEX "{name}_{key}" ON "{name}" ({_value((key,))})')
        seed = {str(number): document for number, document in table.seed.items()}
        self._database.change("INSERT INTO tables VALUES (?, ?, ?)", (name, table.first, _dump(seed)))
        _fill(self._database, name, table.first, seed)


def identity(path: Path | str, *, deadline: float | None = None) -> str:
    """Return the id of the store in the file `path`, made where it is missing, its tables left to the emulator."""
    with closing(_open(path, deadline)) as database:
        return _identity(database)


def reset(path: Path | str, *, deadline: float | None = None) -> str | None:
    """Bring the store in the file `path` back to its first state, ids included, under a new id of its own.

    Return the id that it had, None where there is no file, which is fine.
    """
    if not Path(path).exists():
        return None
    with closing(_open(path, deadline)) as database, database.transaction():
        before = _identity(database)
        database.change("UPDATE identity SET id = ?", (_new_id(),))
        database.change("DELETE FROM calls")
        for name, first, seed in database.rows("SELECT name, first, seed FROM tables"):
            database.change(f'DELETE FROM "{name}"')  # noqa: S608 - names that this module wrote
            _fill(database, name, first, json.loads(seed))
    return before


def _open(path: Path | str, deadline: float | None) -> Database:
    return Database(
        path,
        what="the sandbox's store",
        migrations=(SCHEMA, IDENTITY.format(id=_new_id())),
        durable=False,
        patience=BUSY_SECONDS,
        deadline=deadline,
    )


def _identity(database: Database) -> str:
    return str(database.rows("SELECT id FROM identity")[0][0])


def _new_id() -> str:
    return os.urandom(8).hex()


def _fill(database: Database, name: str, first: int, seed: Mapping[str, Document]) -> None:
    for number, document in seed.items():
        database.change(f'INSERT INTO "{name}" VALUES (?, ?)', (int(number), _dump(document)))  # noqa: S608
    database.change("DELETE FROM sqlite_sequence WHERE name = ?", (name,))
    last = max([first - 1, *map(int, seed)])
    database.change("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (name, last))


def _where(conditions: tuple[Condition, ...]) -> tuple[str, tuple[Any, ...]]:
    terms = ["1"]
    values: list[Any] = []
    for name, operator, wanted in conditions:
        path = (name,) if isinstance(name, str) else name
        terms.append(COMPARISONS[operator].format(value=_value(path)))
        values.append(_dump(list(wanted)) if operator == "in" else wanted)
    return " AND ".join(terms), tuple(values)


def _value(path: tuple[str, ...]) -> str:
    """Write the SQL of a field: the same text in an index and in a condition, as SQLite matches the two by it."""
    if path == ("id",):
        return "id"
    if any(character in '"\\' or character < " " for part in path for character in part):
        return "NULL"  # SQLite's JSON paths cannot name such a field
    steps = "".join(f'."{part}"' for part in path).replace("'", "''")
    return f"json_extract(doc, '${steps}')"


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
