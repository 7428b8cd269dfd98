"""The journal's file: each function, what several processes do at once, and what damage never leads to."""

import datetime as dt
import random
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from threading import Barrier, Event, Thread
from typing import Any

import pytest

from orderctl.backend.prepared import Prepared
from orderctl.backend.vendor import Duplicates
from orderctl.errors import Conflict, MachineRefused
from orderctl.frozen import replace
from orderctl.journal import sqlite
from orderctl.journal.entry import DOUBTED, Entry, State, checksum, hash_of
from orderctl.journal.sqlite import CLAIMS, OF_INDEX, TABLES, SqliteStore
from orderctl.journal.store import Account, Wanted
from orderctl.model import Outcome
from orderctl.state.database import MEMORY, Database
from tests.conftest import closed_later, proof_examples
from tests.journal.shop import START, Process, World, order
from tests.journal.shop import outcomes as outcomes_of

SHOP = Account(target="t", profile="shop", vendor="shop")
OTHER = Account(target="u", profile="other", vendor="shop")
LATER = START + dt.timedelta(days=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "journal.sqlite"


@pytest.fixture(params=["file", "memory"])
def store(request: pytest.FixtureRequest, path: Path) -> Iterator[SqliteStore]:
    with closing(SqliteStore(MEMORY if request.param == "memory" else path)) as made:
        yield made


def plan(store: SqliteStore, *orders: Prepared, account: Account = SHOP, run: str = "a") -> None:
    store.plan([(account, one) for one in orders], run, START)


def found(store: SqliteStore, reference: str = "R-1", target: str = "t") -> Entry:
    entry = store.find(target, reference)
    assert entry is not None
    return entry


def changing(op: str = "op-1", **more: Any) -> Entry:
    words = {"verb": "update", "order_id": "7", "state": State.SENDING, "planned_at": START, "run": "a", **more}
    return Entry(op=op, target="t", profile="shop", vendor="shop", **words)


# Each function


def test_an_order_is_planned_with_all_that_it_needs(store: SqliteStore) -> None:
    plan(store, order(note="茶"))
    entry = found(store)
    assert (entry.state, entry.verb, entry.profile, entry.vendor, entry.run) == (
        State.PLANNED, "create", "shop", "shop", "a"
    )  # fmt: skip
    assert (entry.hash, entry.planned_at, entry.attempts) == (hash_of(order(note="茶").content), START, 0)
    assert entry.prepared.content == order(note="茶").content
    assert (entry.order_id, entry.sent_at, entry.steps, entry.absent, entry.damaged) == (None, None, {}, False, False)
    assert store.find("u", "R-1") is None
    assert store.find("t", "R-2") is None


@pytest.mark.parametrize("state", list(State))
def test_only_what_is_planned_or_refused_takes_a_new_content(store: SqliteStore, state: State) -> None:
    plan(store, order())
    op = found(store).op
    store.settle(op, state, order_id="7")
    plan(store, order(name="Bob"), run="b")
    entry = found(store)
    free = state in {State.PLANNED, State.REFUSED}
    assert entry.op == op
    assert entry.same(order(name="Bob")) is free
    assert (entry.state, entry.order_id) == ((State.PLANNED, None) if free else (state, "7"))
    assert not entry.damaged
    assert len(list(store.entries(Wanted()))) == 1


def test_a_plan_that_cannot_be_read_to_its_end_plans_nothing(store: SqliteStore) -> None:
    def orders() -> Iterator[tuple[Account, Prepared]]:
        yield SHOP, order()
        raise Conflict("the file changed")

    with pytest.raises(Conflict):
        store.plan(orders(), "a", START)
    assert store.find("t", "R-1") is None


def test_two_targets_have_their_own_order_of_a_reference(store: SqliteStore) -> None:
    plan(store, order())
    plan(store, order(name="Bob"), account=OTHER)
    assert found(store).op != found(store, target="u").op


def test_a_row_is_claimed_once(store: SqliteStore) -> None:
    plan(store, order())
    op = found(store).op
    store.settle(op, State.PLANNED, absent=True, searched_at=START, http_status=500, settled_at=START)
    seen = found(store)
    assert not store.claim(replace(seen, state=State.UNKNOWN), "b", LATER)
    assert store.claim(seen, "b", LATER)
    assert not store.claim(seen, "c", LATER)
    entry = found(store)
    assert (entry.state, entry.run, entry.attempts, entry.sent_at, entry.first_sent_at) == (
        State.SENDING, "b", 1, LATER, LATER
    )  # fmt: skip
    assert (entry.absent, entry.searched_at, entry.http_status, entry.settled_at) == (False, None, None, None)
    assert not entry.damaged
    store.settle(op, State.REFUSED)
    assert store.claim(found(store), "d", LATER + dt.timedelta(hours=1))
    assert (found(store).attempts, found(store).first_sent_at) == (2, LATER)


def test_what_is_known_of_a_row_is_added_to_it(store: SqliteStore) -> None:
    store.begin(changing(steps={"line 1": "sending"}))
    store.note("op-1", http_status=201)
    store.note("op-1", steps={"line 2": "sending"})
    store.settle("op-1", State.UNKNOWN, steps={"line 1": "done"}, evidence="lost", settled_at=LATER)
    (entry,) = store.entries(Wanted(op="op-1"))
    assert (entry.state, entry.http_status, entry.evidence, entry.settled_at, entry.order_id) == (
        State.UNKNOWN, 201, "lost", LATER, "7"
    )  # fmt: skip
    assert entry.steps == {"line 1": "done", "line 2": "sending"}
    assert not entry.damaged


def test_a_row_of_a_dead_run_is_settled_only_where_it_is_still_so(store: SqliteStore) -> None:
    store.begin(changing())
    sending = next(store.entries(Wanted()))
    assert not store.settle("op-1", State.DONE, seen=replace(sending, attempts=7))
    assert next(store.entries(Wanted())) == sending
    assert store.settle("op-1", State.UNKNOWN, seen=sending)
    assert next(store.entries(Wanted())).state is State.UNKNOWN
    assert store.settle("op-1", State.DONE)
    assert not store.settle("op-1", State.UNKNOWN, seen=sending)
    assert next(store.entries(Wanted())).state is State.DONE


def test_a_row_is_claimed_only_with_the_attempts_that_were_seen(store: SqliteStore) -> None:
    plan(store, order())
    seen = found(store)
    assert store.claim(seen, "b", LATER)
    store.settle(seen.op, State.UNKNOWN)
    assert not store.claim(replace(seen, state=State.UNKNOWN), "c", LATER)
    assert store.claim(replace(seen, state=State.UNKNOWN, attempts=1), "c", LATER)


def test_a_row_that_was_moved_meanwhile_is_claimed_under_its_new_target(store: SqliteStore) -> None:
    plan(store, order())
    seen = found(store)
    assert store.move("t", OTHER) == 1
    assert store.claim(seen, "b", LATER)
    (moved,) = store.entries(Wanted())
    assert (moved.state, moved.target, moved.damaged) == (State.SENDING, "u", False)


@pytest.mark.parametrize("column, value", [
    ("sent_at", "yesterday"), ("settled_at", 7), ("first_sent_at", ""), ("steps", "{"), ("state", "dome"),
    ("order_id", ""), ("order_id", 0), ("order_id", "999"),
])  # fmt: skip
@pytest.mark.parametrize("state", [State.PLANNED, State.REFUSED, State.UNKNOWN])
def test_a_damaged_row_is_claimed_and_settled_once_as_it_was_seen(
    store: SqliteStore, state: State, column: str, value: object
) -> None:
    plan(store, order())
    op = found(store).op
    store.settle(op, state, settled_at=START)
    damage(store, column, value)
    seen = found(store)
    assert (seen.state, seen.damaged) == (State.UNKNOWN, True)
    assert seen.order_id == (str(value) or None if column == "order_id" else None)
    seen = replace(seen, order_id=None)
    assert not store.claim(replace(seen, attempts=5), "b", LATER)
    assert store.claim(seen, "b", LATER)
    assert not store.claim(seen, "c", LATER)
    assert not store.settle(op, State.REFUSED, seen=seen)
    claimed = found(store)
    assert (claimed.state, claimed.damaged, claimed.order_id, claimed.run) == (State.SENDING, False, None, "b")
    damage(store, column, value)
    assert store.settle(op, State.DONE, seen=found(store))
    assert (found(store).state, found(store).damaged) == (State.DONE, False)


def test_a_journal_of_the_first_version_gets_the_indexes_of_today(path: Path) -> None:
    with closing(Database(path, what="the journal", migrations=(TABLES,), durable=True, patience=1)) as first:
        row = {
            "op": "op-1", "target": "t", "profile": "shop", "vendor": "shop", "verb": "create", "reference": "R-1",
            "order_id": "7", "state": "unknown", "scheme": 1, "hash": "abc", "run": "run-1",
            "checksum": checksum("t", "create", "R-1", "unknown", "abc", "7"),
        }  # fmt: skip
        first.change(f"INSERT INTO writes ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", row.values())
    with closing(SqliteStore(path)) as store:
        (old,) = store.entries(Wanted(states=DOUBTED))
        assert (old.op, old.state, old.order_id) == ("op-1", State.UNKNOWN, "7")
        assert [row.op for row in store.entries(Wanted(target="t", order_id="7"))] == ["op-1"]
        for index, where in (("writes_unresolved", OF_INDEX), ("writes_order", "target = ? AND order_id = ?")):
            found = store._database.rows(  # noqa: SLF001  (SQLite's own plan)
                f"EXPLAIN QUERY PLAN SELECT op FROM writes WHERE {where}", ["t"] * where.count("?")
            )
            assert index in str(found)


@pytest.mark.parametrize("change", [*CLAIMS.values(), "UPDATE writes SET state = ?, order_id = ? WHERE op = ?"])
def test_a_change_of_a_row_builds_no_table_of_its_own(store: SqliteStore, change: str) -> None:
    steps = store._database.rows(f"EXPLAIN {change}", [None] * change.count("?"))  # noqa: SLF001  (SQLite's own plan)
    assert "Insert" in {step[1] for step in steps}
    assert "OpenEphemeral" not in {step[1] for step in steps}


@pytest.mark.parametrize("text", ["R'1", 'R"1', "R;--", "R\x00x", "R\ud800", "茶", "x" * 10_000, " "])
def test_any_text_is_kept(store: SqliteStore, text: str) -> None:
    plan(store, order(text))
    entry = found(store, text)
    assert not entry.damaged
    store.settle(entry.op, State.DONE, order_id=text, evidence=text)
    assert not found(store, text).damaged
    assert [row.op for row in store.entries(Wanted(reference=text, states=(State.DONE,)))] == [entry.op]


def test_what_is_wanted_is_found_in_the_order_of_planning(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "PAGE", 3)
    plan(store, *(order(f"R-{n}") for n in range(10)))
    store.begin(changing(planned_at=LATER))

    def names(limit: int = -1, *, newest_first: bool = False, **words: Any) -> list[str | None]:
        rows = store.entries(Wanted(**words), limit=limit, newest_first=newest_first)
        return [row.reference or row.order_id for row in rows]

    every = [*(f"R-{n}" for n in range(10)), "7"]
    assert names() == every
    assert names(newest_first=True) == every[::-1]
    for limit in (0, 1, 3, 4, 11, 20):
        assert names(limit) == every[:limit]
    assert names(verb="update") == names(order_id="7") == names(since=LATER) == names(states=(State.SENDING,)) == ["7"]
    assert names(reference="R-3") == ["R-3"]
    assert names(states=()) == names(target="u") == names(profile="other") == []


def test_a_list_goes_on_while_rows_come_and_go(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "PAGE", 2)
    plan(store, *(order(f"R-{n}") for n in range(6)))
    rows = store.entries(Wanted())
    first = next(rows)
    store.settle(first.op, State.DONE)
    plan(store, order("R-9"))
    assert [row.reference for row in rows] == [*(f"R-{n}" for n in range(1, 6)), "R-9"]


def test_pruning_keeps_what_bars_a_second_order(store: SqliteStore) -> None:
    states = (State.DONE, State.REFUSED, State.UNKNOWN, State.SENDING, State.CONFLICT, State.PLANNED)
    for state in states:
        plan(store, order(state))
        store.settle(found(store, state).op, state, evidence="it said", settled_at=START, order_id="7")
    assert store.erase(before=START) == 0
    assert store.erase(before=LATER) == 2
    assert store.erase(before=LATER) == 0
    for state in states:
        entry = found(store, state)
        assert (entry.state, entry.order_id, entry.damaged) == (state, "7", False)
        assert entry.same(order(state))
        pruned = state in {State.DONE, State.REFUSED}
        assert (entry.kept is None, entry.evidence == "") == (pruned, pruned)


def test_a_target_is_forgotten_as_a_whole(store: SqliteStore) -> None:
    plan(store, order(), order("R-2"))
    plan(store, order(), account=OTHER)
    plan(store, order(), account=replace(OTHER, target="sandbox:7/x_%"))
    assert store.erase(target="t") == 2
    assert store.erase(mark="7/x_%") == 1
    assert [row.target for row in store.entries(Wanted())] == ["u"]


def test_a_target_moves_as_a_whole_or_not_at_all(store: SqliteStore) -> None:
    plan(store, order(), order("R-2"))
    store.settle(found(store).op, State.DONE, order_id="7")
    plan(store, order("R-2"), account=OTHER)
    with pytest.raises(Conflict, match="both have an order of the reference 'R-2': t and u; nothing moved"):
        store.move("t", OTHER)
    assert found(store).target == "t"
    new = replace(SHOP, target="v", profile="moved")
    assert store.move("t", new) == 2
    entry = found(store, target="v")
    assert (entry.profile, entry.state, entry.order_id, entry.damaged) == ("moved", State.DONE, "7", False)
    assert store.find("t", "R-1") is None
    assert store.move("t", new) == 0


# Several at once


def test_of_several_processes_one_claims_each_row(path: Path) -> None:
    with closing(SqliteStore(path)) as first:
        plan(first, *(order(f"R-{n}") for n in range(30)))
        rows = list(first.entries(Wanted()))
    claimed: list[tuple[str, str]] = []
    start = Barrier(4)

    def run(name: str) -> None:
        with closing(SqliteStore(path)) as own:
            start.wait()
            claimed.extend((row.op, name) for row in rows if own.claim(row, name, LATER))

    threads = [Thread(target=run, args=(name,)) for name in "wxyz"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(op for op, _ in claimed) == sorted(row.op for row in rows)
    with closing(SqliteStore(path)) as last:
        assert {(row.op, row.run) for row in last.entries(Wanted())} == set(claimed)


def test_threads_that_write_at_once_each_get_their_own_answer(store: SqliteStore) -> None:
    plan(store, *(order(f"R-{n}") for n in range(40)))
    seen = list(store.entries(Wanted()))
    answers: list[bool] = []

    def run(row: Entry) -> None:
        answers.append(store.claim(row, "a", LATER))
        store.note(row.op, http_status=201)
        store.settle(row.op, State.DONE, order_id=row.op)

    threads = [Thread(target=run, args=(row,)) for row in seen]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [True] * 40
    rows = list(store.entries(Wanted()))
    assert [(row.state, row.order_id, row.http_status) for row in rows] == [(State.DONE, row.op, 201) for row in seen]


def test_what_fails_for_all_that_are_written_together_fails_for_each(store: SqliteStore) -> None:
    """Nobody takes for recorded what was rolled back with another thread's failure, be it a bug."""
    plan(store, order())
    op = found(store).op
    held, failures = Event(), list[BaseException]()

    def slow(_file: object) -> None:
        held.set()
        while len(store._queue) < 2:  # noqa: SLF001
            time.sleep(0.001)

    def odd(_file: object) -> None:
        raise TypeError("a bug")

    def run(work: Callable[[object], object]) -> None:
        try:
            store._together(work)  # noqa: SLF001
        except BaseException as error:  # noqa: BLE001
            failures.append(error)

    threads = [Thread(target=run, args=(slow,))]
    threads[0].start()
    held.wait()
    threads += [Thread(target=run, args=(odd,)), Thread(target=store_done, args=(store, op, failures))]
    for thread in threads[1:]:
        thread.start()
    for thread in threads:
        thread.join()
    assert [str(error) for error in failures] == ["a bug"] * 2
    assert found(store).state is State.PLANNED
    store.settle(op, State.DONE)
    assert found(store).state is State.DONE


def store_done(store: SqliteStore, op: str, failures: list[BaseException]) -> None:
    """Settle a row, and keep what that raises."""
    try:
        store.settle(op, State.DONE)
    except BaseException as error:  # noqa: BLE001
        failures.append(error)


# A journal that cannot be used


def damage(store: SqliteStore, column: str, value: object) -> None:
    """Change a column of every row as a bad disk would, without its checksum."""
    store._database.change(f"UPDATE writes SET {column} = ?", (value,))  # noqa: SLF001  (no function of a store does it)


def refused(work: Callable[[], object]) -> MachineRefused:
    with pytest.raises(MachineRefused) as raised:
        work()
    assert raised.value.exit_code == 14
    return raised.value


def opened(path: Path, duplicates: Duplicates = Duplicates.BLIND) -> World:
    """Return a world whose journal is in a file."""
    world = World(duplicates)
    world.searchable = duplicates is not Duplicates.BLIND
    world.store = closed_later(SqliteStore(path))
    return world


def test_a_journal_of_a_later_version_is_refused(path: Path) -> None:
    SqliteStore(path).close()
    with closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA user_version = 99")
    error = refused(lambda: SqliteStore(path))
    assert (error.code, "later version" in error.message) == ("state.newer", True)


@pytest.mark.parametrize("content", [b"not a database" * 100, b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_file_that_is_not_a_journal_is_refused(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700)
    path.write_bytes(content)
    path.chmod(0o600)
    assert refused(lambda: SqliteStore(path)).code == "state.damaged"


@pytest.mark.parametrize("limit", ["PRAGMA max_page_count = 1", "PRAGMA query_only = ON"], ids=["full", "read-only"])
def test_nothing_is_sent_where_nothing_can_be_recorded(path: Path, limit: str) -> None:
    world = opened(path)
    world.store._database.change(limit)  # noqa: SLF001
    refused(lambda: Process(world).create(*(order(f"R-{n}", note="x" * 5_000) for n in range(20))))
    assert world.calls == []


def test_nothing_is_sent_where_a_planned_order_cannot_be_claimed(path: Path) -> None:
    world = opened(path)
    run = Process(world)
    run.journal.plan([order()])
    world.store._database.change("PRAGMA query_only = ON")  # noqa: SLF001
    refused(lambda: run.sender.write(order()))
    assert world.calls == []


def test_a_disk_that_is_full_after_a_send_ends_the_run_and_the_next_one_looks(path: Path) -> None:
    world = opened(path, Duplicates.SEARCHABLE)
    answer = world.apply

    def fills(*given: Any) -> str | None:
        world.store._database.change("PRAGMA query_only = ON")  # noqa: SLF001
        return answer(*given)

    world.apply = fills  # type: ignore[assignment,method-assign]
    run = Process(world)
    came = run.create(order(), order("R-2"))
    assert outcomes_of(came)[0] == "created", "what was done is printed"
    assert isinstance(world.stop.asked, MachineRefused)
    assert outcomes_of(came)[1] == 14
    assert world.holds() == {"R-1": 1}
    world.store.close()
    run.die()
    world.apply, world.store, world.stop.asked = answer, closed_later(SqliteStore(path)), None  # type: ignore[method-assign]
    assert run.entry().state is State.SENDING
    assert outcomes_of(Process(world, "next").create(order(), order("R-2"))) == ["created", "created"]
    assert world.holds() == {"R-1": 1, "R-2": 1}


def test_a_journal_that_is_deleted_while_it_is_used_sends_nothing_more(path: Path) -> None:
    world = opened(path)
    run = Process(world)
    run.journal.plan([order(), order("R-2")])
    assert run.sender.write(order()).outcome is Outcome.CREATED
    for file in path.parent.iterdir():
        file.unlink()
    error = refused(lambda: run.sender.write(order("R-2")))
    assert "removed or replaced" in error.message
    assert world.calls == ["add"]


def test_a_journal_that_is_deleted_after_a_send_is_missed_and_the_result_stays(path: Path) -> None:
    world = opened(path)
    answer = world.apply

    def deletes(*given: Any) -> str | None:
        path.unlink()
        return answer(*given)

    world.apply = deletes  # type: ignore[assignment,method-assign]
    assert Process(world).one(order()).outcome is Outcome.CREATED
    assert isinstance(world.stop.asked, MachineRefused)


def test_a_row_that_was_deleted_meanwhile_is_not_sent(path: Path) -> None:
    world = opened(path)
    run = Process(world)
    run.journal.plan([order()])
    entry = run.entry()
    world.store.erase(target=entry.target)
    refused(lambda: run.journal.record(order(), entry).begin())


@pytest.mark.parametrize("column, value", [("sent_at", "yesterday"), ("settled_at", "?"), ("steps", "{")])
@pytest.mark.parametrize("fate", ["refused", "nobody"])
def test_an_order_that_was_not_made_and_whose_row_is_damaged_can_be_made_where_the_vendor_refuses_a_second(
    path: Path, fate: str, column: str, value: object
) -> None:
    world = opened(path, Duplicates.REFUSED)
    world.fates = [fate] * 3
    assert outcomes_of(Process(world).create(order())) != ["created"]
    world.fates = []
    damage(world.store, column, value)
    assert Process(world).one(order()).outcome is Outcome.CREATED
    assert outcomes_of(Process(world).create(order())) == ["replayed"]
    assert len(world.orders) == 1


@pytest.mark.parametrize("order_id", [0, "", "999"])
@pytest.mark.parametrize("duplicates", Duplicates)
def test_an_id_in_a_damaged_row_is_not_taken_for_that_of_its_order(
    path: Path, duplicates: Duplicates, order_id: object
) -> None:
    world = opened(path, duplicates)
    Process(world).journal.plan([order()])
    damage(world.store, "order_id", order_id)
    assert Process(world).one(order()).id == "7"
    assert len(world.orders) == 1


@pytest.mark.parametrize("order_id", [0, "", "999"])
def test_the_id_in_a_damaged_row_that_is_sent_again_is_not_gone_on_with(path: Path, order_id: object) -> None:
    world = opened(path, Duplicates.REFUSED)
    run = Process(world)
    run.journal.plan([order()])
    damage(world.store, "order_id", order_id)
    assert run.sender.write(order()).id == "7"
    assert len(world.orders) == 1


@pytest.mark.parametrize("column, value", [
    ("state", "planned"), ("state", "refused"), ("state", "dome"), ("order_id", "8"), ("hash", "00"),
    ("reference", "R-9"), ("target", "elsewhere"), ("checksum", 5), ("verb", "cancel"), ("sent_at", "yesterday"),
    ("steps", "{"), ("state", b"\xff"),
])  # fmt: skip
def test_a_row_that_was_changed_by_hand_is_unknown_and_never_sent(path: Path, column: str, value: object) -> None:
    world = opened(path)
    assert Process(world).one(order()).outcome is Outcome.CREATED
    damage(world.store, column, value)
    (entry,) = world.store.entries(Wanted())
    assert (entry.state, entry.damaged) == (State.UNKNOWN, True)
    if column not in {"reference", "target", "verb"} and value not in {"planned", "refused"}:
        assert outcomes_of(Process(world, "again").create(order())) in ([8], [6])
        assert world.holds() == {"R-1": 1}


BEFORE = pytest.mark.parametrize("before", ["done", "unknown"])


def flipped(path: Path, copy: Path, chance: random.Random) -> str:
    """Write a copy of a file with one bit of it changed, and say which."""
    content = bytearray(path.read_bytes())
    place, bit = chance.randrange(len(content)), chance.randrange(8)
    content[place] ^= 1 << bit
    copy.write_bytes(content)
    copy.chmod(0o600)
    return f"bit {bit} of byte {place}"


def test_an_index_that_does_not_lead_to_its_row_is_noticed(path: Path, tmp_path: Path) -> None:
    """The reference is in the row and in two indexes; wherever it is damaged, no second order is made."""
    world = opened(path)
    Process(world).one(order("REF-1234"))
    world.store.close()
    content = path.read_bytes()
    places = [at for at in range(len(content)) if content.startswith(b"shop http://shopREF-1234", at)]
    assert places
    for place in places:
        folder = tmp_path / f"copy-{place}"
        folder.mkdir(mode=0o700)
        at = place + len(b"shop http://shop")
        (folder / path.name).write_bytes(content[:at] + b"REF-1239" + content[at + 8 :])
        (folder / path.name).chmod(0o600)
        error = refused(lambda: SqliteStore(folder / path.name))  # noqa: B023
        assert (error.code, "is damaged" in error.message) == ("state.damaged", True)
        assert "look at the vendor before you move it away" in error.hint


@pytest.mark.proof
@pytest.mark.timeout(3600)
@BEFORE
@pytest.mark.parametrize("duplicates", [Duplicates.BLIND, Duplicates.SEARCHABLE])
def test_five_hundred_journals_with_a_flipped_bit_make_no_second_order(
    path: Path, tmp_path: Path, duplicates: Duplicates, before: str
) -> None:
    flip(path, tmp_path, duplicates, before, number=proof_examples(500))


@BEFORE
@pytest.mark.parametrize("duplicates", [Duplicates.BLIND, Duplicates.SEARCHABLE])
def test_a_journal_with_a_flipped_bit_never_makes_a_second_order(
    path: Path, tmp_path: Path, duplicates: Duplicates, before: str
) -> None:
    flip(path, tmp_path, duplicates, before, number=40)


def flip(path: Path, tmp_path: Path, duplicates: Duplicates, before: str, *, number: int) -> None:
    """Hold that each damaged copy of a journal is refused, or that the creates come to what is right."""
    world = opened(path, duplicates)
    for n in range(3):
        world.fates = ["lost-after"] if before == "unknown" else []
        Process(world, f"run-{n}").create(order(f"R-{n}", note="n" * 20))
    world.store.close()
    made = dict(world.orders)
    chance = random.Random(7)
    ends: set[str | int] = set()
    for copy in range(number):
        folder = tmp_path / f"copy-{copy}"
        folder.mkdir(mode=0o700)
        what = flipped(path, folder / path.name, chance)
        try:
            world.store = closed_later(SqliteStore(folder / path.name))
        except MachineRefused:
            ends.add(14)
            continue
        with closing(world.store):
            for n in range(3):
                try:
                    ends |= set(outcomes_of(Process(world, f"again-{copy}").create(order(f"R-{n}", note="n" * 20))))
                except MachineRefused:
                    ends.add(14)
                assert world.orders == made, f"{what}: a second order of R-{n}"
        shutil.rmtree(folder)
    right: dict[str, set[str | int]] = {"done": {"replayed", 6, 8, 14}, "unknown": {6, 8, 14}}
    assert ends <= right[before] | ({"created", "replayed"} if duplicates is Duplicates.SEARCHABLE else set())
    assert {14, *(["replayed"] if before == "done" else [])} <= ends


def test_a_new_order_is_done_only_where_no_other_has_its_id(store: SqliteStore) -> None:
    plan(store, order("R-1"), order("R-2"))
    first, second = found(store, "R-1"), found(store, "R-2")
    assert store.settle(first.op, State.DONE, alone=True, order_id="7")
    assert not store.settle(second.op, State.DONE, alone=True, order_id="7")
    assert found(store, "R-2").state is State.PLANNED
    assert store.settle(second.op, State.DONE, alone=True, order_id="8")
    assert store.settle(first.op, State.DONE, alone=True, order_id="7")
