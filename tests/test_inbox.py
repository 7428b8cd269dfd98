"""The inbox: on the disk before it is acknowledged, each event once, and what happens where that cannot be."""

import datetime as dt
import os
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from orderctl.errors import MachineRefused, Temporary
from orderctl.events.inbox import REMEMBERED, Inbox
from orderctl.model import Event

Open = Callable[..., Inbox]

ROOT = Path(__file__).parents[1]


class Clock:
    """A time that tests move."""

    def __init__(self) -> None:
        self.time = dt.datetime(2026, 3, 7, 12, tzinfo=dt.UTC)

    def __call__(self) -> dt.datetime:
        return self.time


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "inbox.sqlite"


def event(number: int = 1, *keys: str, kind: str = "change") -> Event:
    return Event(
        kind=kind,
        data=f'{{"n":{number}}}',
        keys=keys or (f"message:{number}",),
        order_id=str(number),
        reference=f"R-{number}",
        message_id=f"m-{number}",
        tenant_id="5465103569540931532",
    )


def add(inbox: Inbox, given: Event, *, profile: str = "shop") -> int | None:
    return inbox.add(given, profile=profile, vendor="pusher", body=b"the \xff body")


def test_an_event_is_kept_as_it_came(path: Path) -> None:
    clock = Clock()
    inbox = Inbox(path, now=clock)
    number = add(inbox, event())
    assert number == 1
    inbox.close()
    again = Inbox(path)
    (kept,) = again.events()
    assert kept == again.get(1)
    assert (kept.received_at, kept.profile, kept.vendor) == (clock.time, "shop", "pusher")
    assert (kept.kind, kept.data, kept.body) == ("change", '{"n":1}', b"the \xff body")
    assert (kept.order_id, kept.reference, kept.message_id, kept.acked_at) == ("1", "R-1", "m-1", None)
    assert again.get(2) is None
    again.close()


def test_only_its_owner_may_read_it(path: Path) -> None:
    before = os.umask(0)
    try:
        inbox = Inbox(path)
        add(inbox, event())
    finally:
        os.umask(before)
    modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in (path.parent, *path.parent.iterdir())}
    inbox.close()
    assert modes == {"state": 0o700, "inbox.sqlite": 0o600, "inbox.sqlite-wal": 0o600, "inbox.sqlite-shm": 0o600}


def test_a_replay_is_recognised_for_eleven_days_for_each_profile(path: Path) -> None:
    clock = Clock()
    inbox = Inbox(path, now=clock)
    assert add(inbox, event()) == 1
    assert add(inbox, event()) is None
    assert add(inbox, event(2, "message:2", "message:1")) is None, "one key of several is enough"
    assert add(inbox, event(2)) == 2, "a replay leaves no keys behind"
    assert add(inbox, event(), profile="other") == 3
    clock.time += REMEMBERED
    assert add(inbox, event()) is None, "a replay does not prolong it"
    clock.time += dt.timedelta(seconds=1)
    assert add(inbox, event()) == 4
    assert add(inbox, event()) is None
    inbox.close()
    with sqlite3.connect(path) as database:
        assert database.execute("SELECT count(*) FROM seen").fetchone()[0] == 3
    database.close()


def test_what_is_forgotten_is_deleted(path: Path) -> None:
    clock = Clock()
    inbox = Inbox(path, now=clock)
    add(inbox, event())
    inbox.close()
    clock.time += 2 * REMEMBERED
    inbox = Inbox(path, now=clock)
    add(inbox, event(2))
    inbox.close()
    with sqlite3.connect(path) as database:
        assert database.execute("SELECT key FROM seen").fetchall() == [("message:2",)]
    database.close()


def test_the_filters(path: Path) -> None:
    clock = Clock()
    inbox = Inbox(path, now=clock)
    for number in range(1, 7):
        add(inbox, event(number, kind="even" if number % 2 == 0 else "odd"), profile="a" if number < 4 else "b")
        clock.time += dt.timedelta(hours=1)
    start = Clock().time
    inbox.ack([2, 99])

    def ids(**filters: object) -> list[int]:
        return [found.id for found in inbox.events(**filters)]  # type: ignore[arg-type]  # by name

    assert ids() == [1, 2, 3, 4, 5, 6]
    assert ids(kind="even") == [2, 4, 6]
    assert ids(kind="even", unacked=True) == [4, 6]
    assert ids(profile="a") == [1, 2, 3]
    assert ids(since=start + dt.timedelta(hours=4)) == [5, 6]
    assert ids(since=(start + dt.timedelta(hours=4)).astimezone(dt.timezone(dt.timedelta(hours=8)))) == [5, 6]
    assert ids(after=4) == [5, 6]
    assert ids(after=6) == []
    inbox.close()


def test_more_than_a_page_is_read_to_the_end(path: Path) -> None:
    inbox = Inbox(path)
    for number in range(450):
        add(inbox, event(number))
    assert [found.id for found in inbox.events()] == list(range(1, 451))
    inbox.close()


def test_the_first_acknowledgement_stays(path: Path) -> None:
    clock = Clock()
    inbox = Inbox(path, now=clock)
    add(inbox, event())
    inbox.ack([1])
    first, clock.time = clock.time, clock.time + dt.timedelta(days=1)
    inbox.ack([1])
    found = inbox.get(1)
    assert found is not None
    assert found.acked_at == first
    inbox.close()


def test_the_segment_is_made_once_and_can_be_changed(path: Path) -> None:
    inbox, other = Inbox(path), Inbox(path)
    first = inbox.segment("shop")
    assert len(first) == 32
    assert other.segment("shop") == inbox.segment("shop") == first
    assert inbox.segment("other") != first
    assert other.segment("shop", rotate=True) != first
    assert inbox.segment("shop") == other.segment("shop")
    inbox.close()
    other.close()


def test_threads_share_commits_and_lose_nothing(path: Path) -> None:
    inbox = Inbox(path, patience=120)
    commits = 0

    def count(sql: str) -> None:
        nonlocal commits
        if sql == "COMMIT":
            commits += 1
            time.sleep(0.02)  # a slow disk, so that others do wait, however busy the machine is

    inbox._database._connection.set_trace_callback(count)  # noqa: SLF001
    with ThreadPoolExecutor(50) as pool:
        ids = list(pool.map(lambda number: add(inbox, event(number % 1000)), range(2000)))
    kept = [number for number in ids if number is not None]
    assert sorted(kept) == list(range(1, 1001))
    assert {found.order_id for found in inbox.events()} == {str(number) for number in range(1000)}
    assert commits < 1500, "those that wait are committed together"
    inbox.close()


PROGRAM = """
import sys
from pathlib import Path
from orderctl.events.inbox import Inbox
from tests.test_inbox import add, event
inbox = Inbox(Path(sys.argv[1]))
print(sum(add(inbox, event(number)) is not None for number in range(100)))
"""


def test_processes_share_it_from_its_making_on(path: Path) -> None:
    command = [sys.executable, "-c", PROGRAM, str(path)]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, env=environ, text=True) for _ in range(4)]
    stored = [int(process.communicate(timeout=60)[0]) for process in processes]
    assert sum(stored) == 100
    inbox = Inbox(path)
    assert sorted(found.order_id or "" for found in inbox.events()) == sorted(map(str, range(100)))
    inbox.close()


def test_a_held_file_is_temporary(path: Path) -> None:
    inbox = Inbox(path, patience=0.2)
    with sqlite3.connect(path, isolation_level=None) as database:
        database.execute("BEGIN IMMEDIATE")
        with pytest.raises(Temporary, match="held by another process"):
            add(inbox, event())
        with pytest.raises(Temporary):
            inbox.ack([1])
        assert list(inbox.events()) == [], "it can be read meanwhile"
        database.execute("ROLLBACK")
    database.close()
    assert add(inbox, event()) == 1, "what failed left nothing behind"
    inbox.close()


def test_a_full_disk_keeps_nothing_of_it(path: Path) -> None:
    inbox = Inbox(path)
    add(inbox, event())
    inbox._database._connection.execute("PRAGMA max_page_count = 10")  # noqa: SLF001
    large = b"x" * 100_000
    with pytest.raises(MachineRefused, match="full") as raised:
        inbox.add(event(2), profile="shop", vendor="pusher", body=large)
    assert raised.value.code == "state.unusable"
    inbox._database._connection.execute("PRAGMA max_page_count = 1000000")  # noqa: SLF001
    assert inbox.add(event(2), profile="shop", vendor="pusher", body=large) == 2
    inbox.close()


def test_a_batch_that_fails_is_reported_to_each_of_its_threads(path: Path) -> None:
    inbox = Inbox(path)
    inbox._database._connection.execute("PRAGMA query_only = ON")  # noqa: SLF001

    def failed(number: int) -> bool:
        with pytest.raises(MachineRefused):
            add(inbox, event(number))
        return True

    with ThreadPoolExecutor(20) as pool:
        assert all(pool.map(failed, range(100)))
    inbox.close()


def test_half_a_surrogate_pair_does_not_damage_the_batch(path: Path) -> None:
    inbox = Inbox(path)
    assert add(inbox, Event(kind="\ud800", data="{}", keys=("\udfff",))) == 1
    found = inbox.get(1)
    assert found is not None
    assert found.kind == "\\ud800"
    inbox.close()


@pytest.mark.parametrize("replaced", [False, True])
def test_what_is_in_a_removed_file_is_not_kept(path: Path, replaced: bool) -> None:  # noqa: FBT001  (pytest's)
    inbox = Inbox(path)
    assert add(inbox, event(1)) == 1
    for file in path.parent.iterdir():
        file.unlink()
    other = Inbox(path) if replaced else None
    with pytest.raises(MachineRefused, match="removed or replaced"):
        add(inbox, event(2))
    inbox.close()
    if other:
        assert add(other, event(3)) == 1
        other.close()


def test_another_programs_file_is_refused(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("not a database, and long enough to be taken for none " * 40)
    with pytest.raises(MachineRefused, match=str(path)):
        Inbox(path, patience=0.1)
    path.unlink()
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 2")
    database.close()
    with pytest.raises(MachineRefused, match="later version"):
        Inbox(path)


def test_a_folder_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(MachineRefused):
        Inbox(tmp_path / "file" / "inbox.sqlite")


def test_a_commit_waits_for_the_disk(path: Path) -> None:
    inbox = Inbox(path)
    assert inbox._database._connection.execute("PRAGMA synchronous").fetchone() == (2,), "FULL"  # noqa: SLF001
    assert inbox._database._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)  # noqa: SLF001
    inbox.close()
