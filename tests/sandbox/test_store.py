"""The emulators' store keeps what it is given: through threads, processes, kills and resets."""

import re
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from threading import Thread

import pytest

from orderctl.errors import ConfigError, MachineRefused
from orderctl.sandbox import identity, load, reset
from orderctl.sandbox.store import SCHEMA, Condition, Replaced, Store, Table
from orderctl.state.database import MEMORY

TABLES = {"people": Table(first=100, keys=("name",), seed={7: {"name": "Seed"}})}

WRITER = """
import sys
from orderctl.sandbox.store import Store, Table
store = Store(sys.argv[1], {"people": Table(first=100, keys=("name",))})
for number in range(int(sys.argv[2])):
    with store.change():
        if not store.count("people", ("name", "=", f"n{number}")):
            store.add("people", {"name": f"n{number}"})
"""

KILLED = """
import os, signal, sys
from orderctl.sandbox.store import Store, Table
store = Store(sys.argv[1], {"people": Table(first=100)})
store.add("people", {"name": "kept"})
with store.change():
    store.add("people", {"name": "lost"})
    os.kill(os.getpid(), signal.SIGKILL)
"""


Open = Callable[[Mapping[str, Table]], Store]


@pytest.fixture
def opened() -> Iterator[Open]:
    """Return what opens a store in memory, which is closed after the test."""
    with ExitStack() as stack:
        yield lambda tables: stack.enter_context(closing(Store(MEMORY, tables)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "sandbox" / "vendor.sqlite"


def test_file_and_folder_are_the_owners_alone(path: Path) -> None:
    Store(path, TABLES).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_documents_outlive_the_process(path: Path) -> None:
    store = Store(path, TABLES)
    number = store.add("people", {"name": "Ann", "tags": ["x"], "né": "é"})
    store.close()
    again = Store(path, TABLES)
    assert again.get("people", number) == {"name": "Ann", "tags": ["x"], "né": "é"}
    assert again.get("people", 7) == {"name": "Seed"}
    again.close()


def test_ids_begin_where_asked_and_are_not_used_again(path: Path) -> None:
    store = Store(path, TABLES)
    assert [store.add("people", {}), store.add("people", {})] == [100, 101]
    store.delete("people", 101)
    store.close()
    again = Store(path, TABLES)
    assert again.add("people", {}) == 102
    again.close()


def test_documents_are_replaced_and_forgotten(opened: Open) -> None:
    store = opened(TABLES)
    number = store.add("people", {"name": "Ann"})
    store.put("people", number, {"name": "Bob"})
    assert store.get("people", number) == {"name": "Bob"}
    store.delete("people", number)
    assert store.get("people", number) is None


@pytest.mark.parametrize(
    "condition, names",
    [
        (("name", "=", "b"), "b"),
        (("name", "!=", "b"), "ac"),
        (("name", ">=", "b"), "bc"),
        (("name", "in", ["a", "c", "z"]), "ac"),
        (("name", "in", []), ""),
        (("size", "<", "9"), "ab"),
        (("size", "number>=", "10"), "bc"),
        (("size", "number<=", 10), "ab"),
        (("size", "number=", "9.0"), "a"),
        ((("more", "x.y"), "=", "1"), "a"),
        ((("more", "o'x"), "=", "1"), "b"),
        ((("more", 'a"b'), "=", "1"), ""),
        ((("more", "{z}"), "=", "1"), "c"),
        ((("more", "ключ"), "=", "1"), "c"),
        (("id", ">", 1), "bc"),
        (("nothing", "=", "1"), ""),
    ],
)
def test_conditions(condition: Condition, names: str, opened: Open) -> None:
    store = opened({"people": Table(keys=("name",))})
    store.add("people", {"name": "a", "size": "09", "more": {"x.y": "1", 'a"b': "1"}})
    store.add("people", {"name": "b", "size": "10", "more": {"o'x": "1"}})
    store.add("people", {"name": "c", "size": "90", "more": {"{z}": "1", "ключ": "1"}})
    assert "".join(document["name"] for _, document in store.find("people", condition)) == names
    assert store.count("people", condition) == len(names)


def test_pages_oldest_or_newest_first(opened: Open) -> None:
    store = opened({"people": Table()})
    for name in "abcde":
        store.add("people", {"name": name})
    assert [number for number, _ in store.find("people", offset=2, limit=2)] == [3, 4]
    assert [number for number, _ in store.find("people", limit=2, newest_first=True)] == [5, 4]


def test_a_field_that_is_looked_up_often_has_an_index(path: Path) -> None:
    Store(path, TABLES).close()
    database = sqlite3.connect(path)
    sql = "EXPLAIN QUERY PLAN SELECT id FROM people WHERE json_extract(doc, '$.\"name\"') = 'x'"
    plan = str(database.execute(sql).fetchall())
    database.close()
    assert "USING INDEX people_name" in plan


def test_a_change_that_fails_leaves_nothing(opened: Open) -> None:
    store = opened(TABLES)

    def fail() -> None:
        with store.change():
            store.add("people", {"name": "half"})
            store.record("add", 100, {})
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert (store.count("people", ("name", "=", "half")), store.calls()) == (0, [])


def test_calls_keep_fields_as_sent_also_of_what_is_gone(opened: Open) -> None:
    store = opened(TABLES)
    store.record("add", 100, {"sum": "1.10", "lines": [{"name": "é"}]})
    store.record("delete", "101", {})
    (call,) = store.calls(100)
    assert (call.call, call.subject, call.fields) == ("add", "100", {"sum": "1.10", "lines": [{"name": "é"}]})
    assert call.at.endswith("Z")
    assert [call.call for call in store.calls()] == ["add", "delete"]


def test_reset_brings_the_first_state_back(path: Path) -> None:
    store = Store(path, TABLES)
    store.add("people", {"name": "Ann"})
    store.record("add", 100, {})
    reset(path)
    assert [document for _, document in store.find("people")] == [{"name": "Seed"}]
    assert store.calls() == []
    assert store.add("people", {"name": "Ann"}) == 100
    store.close()


def test_reset_of_nothing_makes_nothing(path: Path) -> None:
    reset(path)
    assert not path.exists()


def test_every_store_has_an_id_of_its_own_and_keeps_it(path: Path, opened: Open) -> None:
    found = identity(path, "onebox")
    assert re.fullmatch("[0-9a-f]{16}", found)
    with closing(load("onebox", path)) as emulator:
        assert (emulator.store.identity(), emulator.path) == (found, f"/sandbox-{found}")
    assert identity(path, "onebox") == found
    assert len({found, opened(TABLES).identity(), opened(TABLES).identity()}) == 3
    with pytest.raises(ConfigError, match="there are: flyerlink"):
        identity(path, "nobody")


def test_a_store_of_an_earlier_version_gets_an_id(path: Path) -> None:
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path)) as database:
        database.executescript(f"{SCHEMA} PRAGMA user_version = 1")
    path.parent.chmod(0o700)
    path.chmod(0o600)
    with closing(Store(path, TABLES)) as store:
        assert re.fullmatch("[0-9a-f]{16}", store.identity())
        assert store.identity() == identity(path, "onebox")


def test_reset_renews_the_id_also_for_who_has_the_store_open(path: Path) -> None:
    assert reset(path) is None
    with closing(Store(path, TABLES)) as store:
        before = store.identity()
        assert reset(path) == before
        assert store.identity() not in {before, ""}


def test_no_change_is_kept_that_was_meant_for_the_store_before_a_reset(path: Path) -> None:
    with closing(Store(path, TABLES)) as store, store.only(store.identity()):
        with store.change():
            store.add("people", {"name": "Ann"})
        reset(path)
        with pytest.raises(Replaced), store.change():
            store.add("people", {"name": "Ann"})
        assert store.count("people", ("name", "=", "Ann")) == 0


def test_a_thread_knows_whether_it_recorded_a_change(opened: Open) -> None:
    store = opened(TABLES)
    numbers = [store.recorded()]
    store.record("add", 1, {})
    numbers.append(store.recorded())

    def fail() -> None:
        with store.change():
            store.record("add", 2, {})
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    numbers.append(store.recorded())
    thread = Thread(target=store.record, args=("add", 3, {}))
    thread.start()
    thread.join()
    numbers.append(store.recorded())
    assert numbers == [0, 1, 1, 1]


def test_threads_share_a_store(opened: Open) -> None:
    store = opened(TABLES)

    def write() -> None:
        for _ in range(50):
            with store.change():
                seen = store.get("people", 7) or {}
                store.put("people", 7, {"count": seen.get("count", 0) + 1})
                store.add("people", {"name": "x"})

    threads = [Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.count("people", ("name", "=", "x")) == 400
    assert store.get("people", 7) == {"count": 400}


def test_processes_share_a_file(path: Path) -> None:
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(path), "60"]) for _ in range(3)]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    store = Store(path, TABLES)
    names = [document["name"] for _, document in store.find("people")]
    store.close()
    assert sorted(names) == sorted(f"n{number}" for number in range(60))


def test_a_killed_process_leaves_whole_changes_only(path: Path) -> None:
    assert subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False).returncode == -9
    store = Store(path, TABLES)
    assert [document["name"] for _, document in store.find("people")] == ["kept"]
    store.close()


def test_a_file_that_is_not_a_store_is_an_error_and_stays(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_text("this is not a database, and longer than its header of a hundred bytes" * 3)
    with pytest.raises(MachineRefused, match=str(path)):
        Store(path, TABLES)
    assert path.read_text().startswith("this is not")
