"""One way to open a SQLite file: private, bounded in its waits, of a known version, and its errors say the way out."""

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Thread

import pytest

from orderctl.errors import DeadlinePassed, MachineRefused, Temporary
from orderctl.state.database import MEMORY, Database

FIRST = "CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT); CREATE INDEX things_name ON things (name);"
NOBODY = 65_534

SECOND = "ALTER TABLE things ADD COLUMN size TEXT"

WAITING = """
import sys
from orderctl.state.database import Database
print("waiting", flush=True)
Database(sys.argv[1], what="the box", migrations=("CREATE TABLE t (x)",), durable=False, patience=60)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "box.sqlite"


def opened(
    path: Path | str,
    *,
    migrations: tuple[str, ...] = (FIRST,),
    durable: bool = False,
    patience: float = 0.1,
    deadline: float | None = None,
) -> Database:
    return Database(path, what="the box", migrations=migrations, durable=durable, patience=patience, deadline=deadline)


def refusal(work: Callable[[], object]) -> MachineRefused:
    with pytest.raises(MachineRefused) as caught:
        work()
    assert caught.value.exit_code == 14
    return caught.value


@contextmanager
def held_elsewhere(path: Path) -> Iterator[sqlite3.Connection]:
    """Hold the file so that nobody else reads or writes it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        other.execute("CREATE TABLE IF NOT EXISTS other (x)")
        yield other


@pytest.mark.parametrize("durable, synchronous", [(True, 2), (False, 0)])
def test_its_files_are_the_owners_alone_and_synced_as_asked(
    path: Path,
    durable: bool,  # noqa: FBT001  (pytest's)
    synchronous: int,
) -> None:
    before = os.umask(0)
    try:
        database = opened(path, durable=durable)
        database.change("INSERT INTO things (name) VALUES (?)", ("a",))
    finally:
        os.umask(before)
    modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in (path.parent, *path.parent.iterdir())}
    assert database.rows("PRAGMA synchronous") == [(synchronous,)]
    assert database.rows("PRAGMA journal_mode") == [("wal",)]
    database.close()
    assert modes == {"state": 0o700, "box.sqlite": 0o600, "box.sqlite-wal": 0o600, "box.sqlite-shm": 0o600}


def test_it_is_made_and_brought_up_to_date_step_by_step(path: Path) -> None:
    with closing(opened(path)) as database:
        database.change("INSERT INTO things (name) VALUES (?)", ("a",))
    with closing(opened(path, migrations=(FIRST, SECOND))) as database:
        assert database.rows("SELECT name, size FROM things") == [("a", None)]
        assert database.rows("PRAGMA user_version") == [(2,)]
    error = refusal(lambda: opened(path))
    assert (error.code, "later version" in error.message, str(path) in error.message) == ("state.newer", True, True)


def test_a_step_that_fails_leaves_the_version_as_it_was(path: Path) -> None:
    opened(path).close()
    with pytest.raises(sqlite3.OperationalError, match="syntax"):
        opened(path, migrations=(FIRST, "CREATE TABLE more (x); CREATE NONSENSE"))
    with closing(opened(path)) as database:
        assert database.rows("SELECT name FROM sqlite_master WHERE name = 'more'") == []


def test_a_change_that_fails_leaves_nothing() -> None:
    with closing(opened(MEMORY)) as database:

        def fail() -> None:
            with database.transaction():
                database.change("INSERT INTO things (name) VALUES ('half')")
                raise LookupError

        with pytest.raises(LookupError):
            fail()
        assert database.rows("SELECT * FROM things") == []


@pytest.mark.parametrize("content", ["this is no database, and longer than a header of a hundred bytes " * 4, None])
def test_a_damaged_file_is_named_with_the_way_out_and_stays(path: Path, content: str | None) -> None:
    if content is None:
        with closing(opened(path)) as database, database.transaction():
            for _ in range(2000):
                database.change("INSERT INTO things (name) VALUES (?)", ("x" * 100,))
        spoilt = path.read_bytes()
        path.write_bytes(spoilt[:4096] + b"\xff" * (len(spoilt) - 4096))
    else:
        path.parent.mkdir()
        path.write_text(content)
    kept = path.read_bytes()

    def use() -> None:
        with closing(opened(path)) as database:
            database.rows("SELECT * FROM things")

    error = refusal(use)
    assert (error.code, str(path) in error.message) == ("state.damaged", True)
    assert error.hint == f"move it away, and a new one is made: mv {path} {path}.old"
    assert path.read_bytes() == kept


def test_another_programs_tables_are_not_bug_of_ours(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE theirs (x)")
        other.execute("PRAGMA user_version = 1")
    with closing(opened(path)) as database:
        assert refusal(lambda: database.rows("SELECT * FROM things")).code == "state.damaged"


def test_a_full_disk_is_reported_and_keeps_what_was_there(path: Path) -> None:
    with closing(opened(path)) as database:
        database.change("INSERT INTO things (name) VALUES ('a')")
        database.rows("PRAGMA max_page_count = 5")
        error = refusal(lambda: database.change("INSERT INTO things (name) VALUES (?)", ("x" * 100_000,)))
        assert ("full" in error.message, error.hint) == (True, "make room on the disk, then run it again")
        assert database.rows("SELECT name FROM things") == [("a",)]


def test_a_file_that_cannot_be_written_is_reported(path: Path) -> None:
    with closing(opened(path)) as database:
        database.rows("PRAGMA query_only = ON")
        error = refusal(lambda: database.change("INSERT INTO things (name) VALUES ('a')"))
    assert "readonly" in error.message
    assert error.hint == f"make it yours to read and write: chmod 600 {path}"


def test_a_file_that_cannot_be_read_is_reported() -> None:
    with tempfile.TemporaryDirectory() as folder:  # whose parents anybody may enter
        path = Path(folder) / "box.sqlite"
        opened(path).close()
        path.chmod(0)
        if os.geteuid() == 0:  # root may read everything, so another user tries
            os.chown(folder, NOBODY, -1)
            os.chown(path, NOBODY, -1)
            os.seteuid(NOBODY)
        try:
            error = refusal(lambda: opened(path))
        finally:
            os.seteuid(os.getuid())
    assert str(path) in error.message
    assert "unable to open" in error.message


def test_what_others_hold_is_temporary_after_a_while(path: Path) -> None:
    with closing(opened(path, patience=0.3)) as database, closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        started = time.monotonic()
        with pytest.raises(Temporary, match="held by another process") as caught:
            database.change("INSERT INTO things (name) VALUES ('a')")
        assert 0.2 < time.monotonic() - started < 5
        assert (caught.value.code, caught.value.exit_code) == ("state.busy", 9)
        assert database.rows("SELECT * FROM things") == [], "it can be read meanwhile"
        other.rollback()
        database.change("INSERT INTO things (name) VALUES ('a')")


def test_a_wait_ends_when_the_other_is_done(path: Path) -> None:
    with closing(opened(path, patience=30)) as database, closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        thread = Thread(target=database.change, args=("INSERT INTO things (name) VALUES ('a')",))
        thread.start()
        time.sleep(0.1)
        other.rollback()
        thread.join(20)
        assert database.rows("SELECT name FROM things") == [("a",)]


def test_no_wait_goes_beyond_the_deadline(path: Path) -> None:
    opened(path).close()
    with held_elsewhere(path):
        started = time.monotonic()
        with pytest.raises(DeadlinePassed, match="deadline passed while another process held the box"):
            opened(path, patience=30, deadline=started + 0.3)
        assert time.monotonic() - started < 5


def test_threads_wait_for_each_other_no_longer_than_that(path: Path) -> None:
    with closing(opened(path)) as database, database.transaction():
        errors: list[Exception] = []

        def other() -> None:
            try:
                database.rows("SELECT 1")
            except Temporary as error:
                errors.append(error)

        thread = Thread(target=other)
        thread.start()
        thread.join()
        assert len(errors) == 1


def test_a_signal_ends_a_wait(path: Path) -> None:
    path.parent.mkdir()
    with (
        held_elsewhere(path),
        subprocess.Popen(
            [sys.executable, "-c", WAITING, str(path)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as waiting,
    ):
        assert waiting.stdout is not None
        assert waiting.stdout.readline() == "waiting\n"
        time.sleep(0.3)
        started = time.monotonic()
        waiting.send_signal(signal.SIGINT)
        assert waiting.wait(timeout=30) != 0
        assert time.monotonic() - started < 10


@pytest.mark.parametrize("suffix", ["", "-wal", "-shm", "-journal"])
def test_a_symbolic_link_is_never_followed(path: Path, tmp_path: Path, suffix: str) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    victim.chmod(0o644)
    path.parent.mkdir()
    link = path.with_name(path.name + suffix)
    link.symlink_to(victim)
    error = refusal(lambda: opened(path))
    assert (error.code, str(link) in error.message, f"rm {link}" in error.hint) == ("state.unsafe", True, True)
    assert (victim.read_text(), stat.S_IMODE(victim.stat().st_mode)) == ("precious", 0o644)


def test_a_file_that_was_replaced_is_noticed(path: Path) -> None:
    with closing(opened(path)) as database:
        database.check_file()
        path.rename(path.with_name("away"))
        with pytest.raises(MachineRefused, match="removed or replaced"):
            database.check_file()
