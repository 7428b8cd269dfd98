"""What the store keeps of a row, which rows it finds, what it refuses and in which words."""

import datetime as dt
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from orderctl.errors import Conflict, DeadlinePassed, MachineRefused
from orderctl.frozen import replace
from orderctl.journal import sqlite
from orderctl.journal.entry import State, hash_of
from orderctl.journal.sqlite import SqliteStore
from orderctl.journal.store import Wanted
from orderctl.state.database import MEMORY, Database
from tests.journal.shop import START, order
from tests.journal.test_journal_store import LATER, OTHER, SHOP, changing, damage, found, plan, refused


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "journal.sqlite"


@pytest.fixture
def store() -> Iterator[SqliteStore]:
    with closing(SqliteStore(MEMORY)) as made:
        yield made


def test_each_of_what_is_wanted_chooses_and_all_of_it_together(store: SqliteStore) -> None:
    plan(store, order("R-1"), order("R-2"))
    plan(store, order("R-1"), account=OTHER)
    first, second, other = found(store), found(store, "R-2"), found(store, target="u")
    store.settle(first.op, State.UNKNOWN, order_id="7")
    store.settle(second.op, State.DONE, order_id="8")
    store.begin(changing(order_id="8", planned_at=LATER))

    def ops(**words: Any) -> list[str]:
        return [row.op for row in store.entries(Wanted(**words))]

    assert ops(op=second.op) == [second.op]
    assert ops(op="op-9") == []
    assert ops(reference="R-1") == [first.op, other.op]
    assert ops(reference="R-1", target="u") == ops(profile="other") == [other.op]
    assert ops(order_id="8") == [second.op, "op-1"]
    assert ops(order_id="8", verb="update") == [*ops(since=LATER)] == ["op-1"]
    assert ops(states=(State.UNKNOWN, State.SENDING)) == [first.op, "op-1"]
    assert ops(states=(State.DONE, State.UNKNOWN)) == [first.op, second.op]
    assert ops(states=(State.UNKNOWN,), target="u") == []
    (newest,) = store.entries(Wanted(order_id="8"), newest_first=True, limit=1)
    (oldest,) = store.entries(Wanted(order_id="8"), limit=1)
    assert (newest.op, oldest.op) == ("op-1", second.op)


def test_a_row_is_claimed_only_with_the_content_that_was_seen_and_keeps_its_id(store: SqliteStore) -> None:
    plan(store, order())
    entry = found(store)
    assert not store.claim(replace(entry, hash=hash_of(order(name="Bob").content)), "b", LATER)
    assert found(store) == entry
    assert store.claim(entry, "b", LATER)
    store.settle(entry.op, State.UNKNOWN, order_id="7")
    assert store.claim(replace(found(store), order_id=None), "c", LATER)
    assert (found(store).order_id, found(store).damaged) == ("7", False)
    store.settle(entry.op, State.UNKNOWN)
    assert store.claim(replace(found(store), order_id="8"), "d", LATER)
    assert (found(store).order_id, found(store).damaged) == ("8", False)


def test_a_damaged_row_stays_so_until_somebody_says_what_it_is(store: SqliteStore) -> None:
    plan(store, order())
    op = found(store).op
    damage(store, "state", "done")
    store.note(op, http_status=201)
    store.move("t", OTHER)
    assert found(store, target="u").damaged
    store.move("u", SHOP)
    entry = found(store)
    assert (entry.state, entry.damaged, entry.http_status) == (State.UNKNOWN, True, 201)
    assert entry.evidence == "the row is damaged, so its outcome is unknown"
    assert store.settle(op, State.REFUSED, seen=entry, evidence="looked at")
    entry = found(store)
    assert (entry.state, entry.damaged, entry.evidence) == (State.REFUSED, False, "looked at")


@pytest.mark.parametrize("column, value", [("sent_at", "yesterday"), ("steps", "{"), ("settled_at", 7)])
def test_a_row_of_which_a_part_cannot_be_read_keeps_the_rest(store: SqliteStore, column: str, value: object) -> None:
    plan(store, order())
    store.settle(found(store).op, State.DONE, order_id="7")
    damage(store, column, value)
    entry = found(store)
    assert (entry.state, entry.damaged, entry.order_id, entry.reference) == (State.UNKNOWN, True, "7", "R-1")
    assert (entry.kept, entry.steps, entry.planned_at, entry.sent_at) == (None, {}, None, None)


def test_a_change_keeps_all_that_is_known_of_it(store: SqliteStore) -> None:
    entry = changing(
        reference="R-9", kept='{"content": {}}', hash="abc", attempts=3, first_sent_at=START, sent_at=LATER,
        settled_at=LATER, http_status=201, evidence="it said", steps={"a": "done"}, cancelled_at=LATER,
        searched_at=LATER, absent=True, scheme=7,
    )  # fmt: skip
    store.begin(entry)
    assert list(store.entries(Wanted())) == [entry]


@pytest.fixture
def tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the machine's clock be nine hours ahead of UTC."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "JST-9")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("tokyo")
def test_every_time_is_kept_in_utc(store: SqliteStore) -> None:
    plan(store, order())
    assert store._database.rows("SELECT planned_at FROM writes") == [("2026-05-01T12:00:00.000000+00:00",)]  # noqa: SLF001
    east = dt.timezone(dt.timedelta(hours=9))
    store.settle(found(store).op, State.DONE, settled_at=START.astimezone(east))
    assert store._database.rows("SELECT settled_at FROM writes") == [("2026-05-01T12:00:00.000000+00:00",)]  # noqa: SLF001
    assert str(found(store).settled_at) == "2026-05-01 12:00:00+00:00"


@pytest.mark.parametrize("state", [State.SENDING, State.UNKNOWN])
def test_a_target_with_something_unresolved_is_not_forgotten(store: SqliteStore, state: State) -> None:
    plan(store, order(), order("R-2"))
    plan(store, order(), account=OTHER)
    store.settle(found(store).op, state)
    with pytest.raises(Conflict, match=r"^1 writes of t are sending or unknown; nothing was deleted$") as raised:
        store.erase(target="t")
    assert raised.value.code == "journal.unresolved"
    assert raised.value.hint == "see them: orderctl journal list --outcome unresolved"
    assert store.erase(target="u") == 1
    assert len(list(store.entries(Wanted()))) == 2


def test_what_keeps_a_target_from_moving_has_a_code_and_a_line_that_shows_both(store: SqliteStore) -> None:
    plan(store, order("R 1"))
    plan(store, order("R 1"), account=OTHER)
    with pytest.raises(Conflict) as raised:
        store.move("t", OTHER)
    assert raised.value.code == "journal.both"
    assert raised.value.hint == "see both: orderctl journal list --reference 'R 1'"


def test_a_row_that_is_gone_is_named(store: SqliteStore) -> None:
    error = refused(lambda: store.note("op-9", http_status=201))
    assert error.message == "the operation op-9 was deleted from the journal while it was used"
    assert error.code == "state.unusable"


def test_a_file_that_is_checked_says_what_is_wrong_and_is_closed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(SqliteStore(path)) as store:
        plan(store, order("REF-1234"))
    content = path.read_bytes()
    at = content.index(b"tREF-1234")
    path.write_bytes(content[: at + 1] + b"REF-1239" + content[at + 9 :])
    closed: list[bool] = []
    close = Database.close

    def noted(database: Database) -> None:
        closed.append(True)
        close(database)

    monkeypatch.setattr(Database, "close", noted)
    error = refused(lambda: SqliteStore(path))
    assert error.message.startswith(f"the journal {path} is damaged (")
    assert error.message.endswith("); nothing was sent")
    assert "row" in error.message
    assert "index" in error.message
    assert error.hint == "bring back a copy of it; without one, look at the vendor before you move it away"
    assert closed == [True]
    SqliteStore(path, check=False).close()
    monkeypatch.setattr(sqlite, "CHECKED", path.stat().st_size - 1)
    SqliteStore(path).close()
    monkeypatch.setattr(sqlite, "CHECKED", path.stat().st_size)
    refused(lambda: SqliteStore(path))


def test_what_must_be_on_the_disk_says_so_and_a_note_does_not(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan(store, order())
    op = found(store).op
    said: list[bool] = []
    atomically = store._database.atomically  # noqa: SLF001

    def noted(work: Any, *, durable: bool = True) -> Any:
        said.append(durable)
        return atomically(work, durable=durable)

    monkeypatch.setattr(store._database, "atomically", noted)  # noqa: SLF001
    store.note(op, http_status=201)
    store.claim(found(store), "b", LATER)
    store.settle(op, State.DONE)
    store.begin(changing())
    assert said == [False, True, True, True]


def test_a_write_that_could_not_begin_is_not_made_by_the_next(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan(store, order())
    op, seen = found(store).op, found(store)

    def held() -> Any:
        raise DeadlinePassed("too late")

    with monkeypatch.context() as patch:
        patch.setattr(store._database, "take", held)  # noqa: SLF001
        with pytest.raises(DeadlinePassed):
            store.claim(seen, "b", LATER)
    store.note(op, http_status=201)
    assert (found(store).state, found(store).http_status) == (State.PLANNED, 201)


def test_a_failure_of_the_store_itself_is_each_ones_own(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    plan(store, order())
    op = found(store).op

    def replaced() -> None:
        raise MachineRefused("it was removed or replaced")

    with monkeypatch.context() as patch:
        patch.setattr(store._database, "check_file", replaced)  # noqa: SLF001
        assert refused(lambda: store.settle(op, State.DONE)).message == "it was removed or replaced"
    assert found(store).state is State.PLANNED


def test_the_store_is_made_as_it_is_asked_for(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[dict[str, Any]] = []

    class Noted(Database):
        def __init__(self, path: Path | str, **more: Any) -> None:
            made.append(more)
            super().__init__(path, **more)

    monkeypatch.setattr(sqlite, "Database", Noted)
    deadline = time.monotonic() + 60
    SqliteStore(path, deadline=deadline).close()
    SqliteStore(path, read_only=True).close()
    told = {"what": "the journal", "migrations": (sqlite.TABLES, sqlite.INDEXES), "durable": True, "patience": 30.0}
    assert made == [
        {**told, "deadline": deadline, "read_only": False},
        {**told, "deadline": None, "read_only": True},
    ]
