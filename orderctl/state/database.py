"""The one way to open a SQLite file of ours: private, bounded in its waits, of a known version, its errors explained.

The file is there with mode 0600 before SQLite, which would let others read it, opens it. A wait for another process is
a loop of short sleeps and not SQLite's own, which no signal ends. Safe for threads: one connection, one lock.
"""

import os
import random
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from shlex import quote
from threading import RLock
from typing import Any, TypeVar

from orderctl.errors import DeadlinePassed, MachineRefused, OrderctlError, Temporary
from orderctl.state import files
from orderctl.state.paths import private_folder, sync_folder

MEMORY = ":memory:"
"""The path of a database that is gone with its process."""

BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})

ODD = ("no such", "malformed", "table ", "index ", "there is already", "duplicate column")
"""How SQLite's messages begin where the schema is not ours any more; our own statements are right."""

MAX_PAUSE = 0.05
"""Seconds between two tries at a file that another process holds."""

T = TypeVar("T")


class Database:
    """The database in the file `path`, or `MEMORY`, made where it is missing.

    `what` is its name in messages: "the inbox". `migrations` are scripts of plain statements: the first makes an empty
    database one of version 1, the next one of version 1 one of version 2, and so on. A `durable` one is on the disk
    when a change ends; any other may lose its last changes in a power cut, never in a crash of the process.
    A call waits for other processes, and for other threads, for `patience` seconds each, never beyond `deadline` (of
    `time.monotonic`).
    One that is `read_only` is there already, and neither it nor its folder need be writable; nothing is changed.

    Every method raises Temporary where that was not enough (nothing was changed), DeadlinePassed where the deadline
    came first, and MachineRefused, naming the file and the way out, where the file is damaged, of a newer version, not
    ours, unreadable or read-only, or the disk is full.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        what: str,
        migrations: Sequence[str],
        durable: bool,
        patience: float,
        deadline: float | None = None,
        read_only: bool = False,
    ) -> None:
        self._what = what
        self._patience = patience
        self._deadline = deadline
        self._lock = RLock()
        self._durable = self._synced = durable
        self._path = None if str(path) == MEMORY else Path(path)
        self._file = self._make(durable=durable) if self._path and not read_only else None
        name = _read_only(Path(path)) if read_only else str(path)
        try:
            self._connection = sqlite3.connect(
                name, timeout=0, isolation_level=None, check_same_thread=False, uri=read_only
            )
        except sqlite3.DatabaseError as error:
            self._explain(error)
            raise
        try:
            if read_only:
                self._check_version(len(migrations))
            else:
                self._prepare(migrations, durable=durable)
        except BaseException:
            self._connection.close()
            raise

    def rows(self, sql: str, values: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        """Return what a statement finds."""
        given = tuple(values)
        return self._held(lambda: self._connection.execute(sql, given).fetchall())

    def change(self, sql: str, values: Iterable[Any] = ()) -> int:
        """Make one change, in the transaction of the moment or in its own, and return the id of the last new row."""
        given = tuple(values)
        return self._held(lambda: self._connection.execute(sql, given).lastrowid) or 0

    def changed(self, sql: str, values: Iterable[Any] = ()) -> int:
        """Make one change, in the transaction of the moment or in its own, and return how many rows it changed."""
        given = tuple(values)
        return self._held(lambda: self._connection.execute(sql, given).rowcount)

    def _held(self, work: Callable[[], T]) -> T:
        """Return what `work` returns, alone at the file, tried again while another process holds it."""
        self.take()
        try:
            return self._patiently(work)
        except sqlite3.DatabaseError as error:
            self._explain(error)
            raise
        finally:
            self.release()

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[sqlite3.Connection]:
        """Keep all that the block changes, or, where it raises, nothing. It is begun before anything is read.

        What is not `durable` may be lost in a power cut, until the next change that is.
        """
        connection = self._begin(durable=durable)
        try:
            yield connection
        except BaseException as error:
            self._end(error)
            raise
        self._end()

    def atomically(self, work: Callable[[sqlite3.Connection], T], *, durable: bool = True) -> T:
        """Return what `work` returns, done in a transaction of its own with the connection itself."""
        connection = self._begin(durable=durable)
        try:
            value = work(connection)
        except BaseException as error:
            self._end(error)
            raise
        self._end()
        return value

    def take(self) -> None:
        """Keep other threads away from the database, until `release`; a thread may do so again meanwhile."""
        if not self._lock.acquire(blocking=False) and not self._lock.acquire(timeout=max(0.0, self._left())):
            raise self._busy()

    def release(self) -> None:
        """Let other threads use the database again."""
        self._lock.release()

    def sync(self, *, durable: bool) -> None:
        """Let the next change wait for the disk, or not; a database that is not durable never does."""
        if self._durable and self._synced != durable:
            self.change(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            self._synced = durable

    def check_file(self) -> None:
        """Raise MachineRefused where the file is not the one that was opened: nobody will find what is written."""
        if self._path is None:
            return
        with suppress(OSError):
            found = os.lstat(self._path)  # as often as orders are sent; a Path's costs thrice as much
            if (found.st_dev, found.st_ino, found.st_mode, found.st_uid) == self._file:
                return
        now = files.check(self._path)
        if now is None or self._file is None or (now.st_dev, now.st_ino) != self._file[:2]:
            raise self._refused("was removed or replaced while it was used", "run it again; a new one is made")

    def close(self) -> None:
        """Close the file, unless another thread, left behind by the run, is at it. It may be called twice."""
        if self._lock.acquire(timeout=0.1):
            try:
                self._connection.close()
            finally:
                self._lock.release()

    def _make(self, *, durable: bool) -> tuple[int, int, int, int]:
        """Make the file where it is missing, and return what it is, whatever its name, its mode and its owner."""
        path = self._path or Path()
        private_folder(path.parent)
        found = files.check(path)
        if found is None:  # not opened where it is there: closing it would end this process's other locks on it
            with open(files.open_own(path, os.O_RDWR | os.O_CREAT), "rb"):  # noqa: PTH123  (a descriptor)
                found = files.check(path)
            if durable:
                with suppress(OSError):
                    sync_folder(path.parent)
        for suffix in ("-journal", "-shm", "-wal"):
            files.check(path.with_name(path.name + suffix))
        if found is None:
            raise self._refused("was removed while it was made", "run it again")
        return found.st_dev, found.st_ino, found.st_mode, found.st_uid

    def _prepare(self, migrations: Sequence[str], *, durable: bool) -> None:
        self.change("PRAGMA journal_mode = WAL")
        self.change(f"PRAGMA synchronous = {'FULL' if durable else 'OFF'}")
        if durable:
            self.change("PRAGMA fullfsync = ON")  # macOS, whose fsync alone does not reach the disk
        self.check_file()
        if self._version() == len(migrations):
            return
        with self.transaction():
            found = self._version()
            self._check_version(len(migrations))
            for script in migrations[found:]:
                for statement in filter(str.strip, script.split(";")):
                    self.change(statement)
            self.change(f"PRAGMA user_version = {len(migrations)}")

    def _check_version(self, known: int) -> None:
        found = self._version()
        if found > known:
            raise self._refused(
                f"was made by a later version of orderctl (format {found})",
                f"use that version, or {self._away()}",
                "state.newer",
            )

    def _begin(self, *, durable: bool) -> sqlite3.Connection:
        """Begin a transaction, and return the connection; no other thread has it before `_end`."""
        connection = self._connection
        self.take()
        try:
            self.sync(durable=durable)
            self._patiently(lambda: connection.execute("BEGIN IMMEDIATE"))
        except BaseException as error:
            self.release()
            self._explain(error)
            raise
        return connection

    def _end(self, failure: BaseException | None = None) -> None:
        """Keep what a transaction changed; after a failure keep nothing, and raise what it means."""
        connection = self._connection
        try:
            if failure is None:
                connection.execute("COMMIT")
                return
            self._roll_back()
            self._explain(failure)
        except BaseException as error:
            self._roll_back()
            self._explain(error)
            raise
        finally:
            self.release()

    def _roll_back(self) -> None:
        """Take a transaction back; the error before counts, and one that ended it has done so already."""
        with suppress(sqlite3.Error):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def _version(self) -> int:
        return int(self.rows("PRAGMA user_version")[0][0])

    def _patiently(self, work: Callable[[], T]) -> T:
        """Return what `work` returns, tried again while another process holds the file."""
        until: float | None = None
        pause = 0.001
        while True:
            try:
                return work()
            except sqlite3.OperationalError as error:
                until = until or time.monotonic() + self._left()
                left = until - time.monotonic()
                if _kind(error) not in BUSY or self._connection.in_transaction or left <= 0:
                    raise
            pause = min(pause * 2, MAX_PAUSE)
            time.sleep(min(left, pause * random.uniform(0.5, 1)))  # noqa: S311  (so that two do not keep step)

    def _left(self) -> float:
        """Return how many seconds a wait may take from now on."""
        if self._deadline is None:
            return self._patience
        return min(self._patience, self._deadline - time.monotonic())

    def _explain(self, error: BaseException) -> None:
        """Raise what an error of SQLite about the file means; one about a statement's values is a bug, and stays."""
        explained = self._explanation(error) if isinstance(error, sqlite3.DatabaseError) else None
        if explained is not None:
            raise explained from error

    def _explanation(self, error: sqlite3.DatabaseError) -> OrderctlError | None:
        kind = _kind(error)
        if kind in BUSY:
            return self._busy()
        if kind in DAMAGED or (kind == sqlite3.SQLITE_ERROR and str(error).startswith(ODD)):
            return self._refused(f"is damaged or not a file of orderctl ({error})", self._away(), "state.damaged")
        if kind == sqlite3.SQLITE_ERROR or not isinstance(error, sqlite3.OperationalError):
            return None
        reason = f"cannot be used: {error}"
        if kind == sqlite3.SQLITE_FULL:
            return self._refused("cannot grow: the disk is full", "make room on the disk, then run it again")
        if kind in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_AUTH}:
            return self._refused(reason, f"make it yours to read and write: chmod 600 {self._quoted()}")
        return self._refused(reason, "look at the disk, or name another folder: ORDERCTL_STATE_DIR")

    def _refused(self, what: str, hint: str, code: str = "state.unusable") -> MachineRefused:
        return MachineRefused(f"{self._name} {what}", hint=hint, code=code)

    def _busy(self) -> OrderctlError:
        if self._deadline is not None and time.monotonic() >= self._deadline:
            return DeadlinePassed(f"the run's deadline passed while another process held {self._name}")
        return Temporary(f"{self._name} is held by another process", hint="try again", code="state.busy")

    @property
    def _name(self) -> str:
        return f"{self._what} {self._path or MEMORY}"

    def _quoted(self) -> str:
        return quote(str(self._path))

    def _away(self) -> str:
        return f"move it away, and a new one is made: mv {self._quoted()} {quote(f'{self._path}.old')}"


def _read_only(path: Path) -> str:
    """Return the URI that opens a file of ours for reading. Where no process writes to it, no file beside it is made.

    Raises MachineRefused where it is not a file of ours.
    """
    files.check(path)
    still = not path.with_name(f"{path.name}-wal").exists()
    return f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if still else ''}"


def _kind(error: sqlite3.Error) -> int:
    """Return SQLite's primary result code, 0 for what Python's module says itself."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
