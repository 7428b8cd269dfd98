"""What a record keeps of one write on its way, step by step, and what it keeps when the store fails."""

import datetime as dt
from typing import Any

import pytest

from orderctl.backend.prepared import Prepared
from orderctl.backend.vendor import Duplicates
from orderctl.errors import Conflict, MachineRefused, Temporary
from orderctl.frozen import replace
from orderctl.journal import journal as rules
from orderctl.journal.entry import State, hash_of
from orderctl.journal.journal import Record, Taken
from orderctl.journal.store import Account, Wanted
from tests.journal.shop import START, Process, World, order

ANN = order()
NEW = {"new": "1"}


@pytest.fixture
def shop() -> World:
    return World(Duplicates.SEARCHABLE)


@pytest.fixture
def run(shop: World) -> Process:
    made = Process(shop)
    made.journal.plan([ANN, order("R-2")])
    return made


def begun(run: Process, reference: str = "R-1") -> Record:
    record = run.journal.record(order(reference), run.entry(reference))
    record.begin()
    return record


def test_a_claim_counts_the_attempt_and_keeps_when_it_was_first_sent(shop: World, run: Process) -> None:
    record = begun(run)
    assert record.sent
    assert (record.entry.state, record.entry.attempts) == (State.SENDING, 1)
    assert (record.entry.first_sent_at, record.entry.sent_at) == (START, START)
    record.begin()
    assert run.entry().attempts == 1, "it was begun already"
    record.not_processed()
    shop.seconds = 60
    record.begin()
    later = START + dt.timedelta(seconds=60)
    for entry in (record.entry, run.entry()):
        assert (entry.state, entry.attempts, entry.first_sent_at, entry.sent_at) == (State.SENDING, 2, START, later)


def test_what_was_not_processed_is_known_as_before_and_claimed_again_before_it_is_sent(run: Process) -> None:
    record = begun(run)
    record.head(429, {})
    record.not_processed("asked to wait")
    entry = run.entry()
    assert (entry.state, entry.http_status, entry.evidence, entry.settled_at) == (
        State.PLANNED, 429, "asked to wait", START
    )  # fmt: skip
    assert not record.sent
    record.not_processed("said twice")
    assert run.entry().evidence == "asked to wait"
    other = Process(run.world, "other")
    other.journal.record(ANN, run.entry()).begin()
    with pytest.raises(Taken):
        record.begin()
    assert run.entry().run == "other"


@pytest.mark.parametrize("absent", [False, True])
def test_what_was_in_doubt_before_it_was_not_processed_is_in_doubt_again(run: Process, *, absent: bool) -> None:
    run.world.store.settle(run.entry().op, State.UNKNOWN, absent=absent, order_id="7")
    record = run.journal.record(ANN, run.entry())
    assert record.in_doubt is not absent
    record.begin()
    assert run.entry().order_id == "7"
    record.not_processed()
    assert (run.entry().state, run.entry().absent) == (State.UNKNOWN, absent)


def test_a_new_order_is_not_in_doubt(run: Process) -> None:
    assert not run.journal.record(ANN, run.entry()).in_doubt
    assert not run.journal.record(Prepared(verb="update", content=NEW), None, order_id="7").in_doubt


def test_the_status_is_kept_as_soon_as_it_is_there_and_with_what_the_answer_comes_to(run: Process) -> None:
    record = begun(run)
    record.head(202, {"x": "y"})
    assert (run.entry().state, run.entry().http_status) == (State.SENDING, 202)
    record.answered(201)
    assert run.entry().http_status == 202
    record.settle(State.UNKNOWN, "no id")
    entry = run.entry()
    assert (entry.state, entry.http_status, entry.evidence, entry.settled_at) == (State.UNKNOWN, 201, "no id", START)
    assert (record.entry.state, record.entry.settled_at) == (State.UNKNOWN, START)


def test_a_new_order_is_done_with_its_id_its_status_and_the_vendors_message(shop: World, run: Process) -> None:
    record = begun(run)
    record.answered(201)
    shop.seconds = 5
    assert record.done("7", "made") is None
    entry = run.entry()
    assert (entry.state, entry.order_id, entry.http_status, entry.evidence, entry.settled_at) == (
        State.DONE, "7", 201, "made", START + dt.timedelta(seconds=5)
    )  # fmt: skip
    assert (record.entry.state, record.entry.order_id) == (State.DONE, "7")
    assert record.entry.settled_at == entry.settled_at


def test_an_id_that_another_new_order_has_is_reported_with_that_row_and_nothing_is_recorded(run: Process) -> None:
    update = run.journal.record(Prepared(verb="update", content=NEW), None, order_id="7")
    update.begin()
    update.settle(State.DONE)
    there = Process(run.world, "there", profile=replace(run.profile, url="http://b"))
    there.journal.plan([ANN], new_target=True)
    record = there.journal.record(ANN, there.journal.entry(ANN))
    record.begin()
    assert record.done("7") is None
    run.journal.plan([order("R-3")])
    assert begun(run, "R-2").done("8") is None
    assert begun(run, "R-3").done("7") is None, "a change of that order is none"
    record = begun(run)
    other = record.done("7")
    assert other is not None
    assert (other.reference, other.verb, other.order_id) == ("R-3", "create", "7")
    assert other.target == "shop http://shop"
    assert (run.entry().state, run.entry().order_id) == (State.SENDING, None)
    assert record.entry.state is State.SENDING


def test_a_status_that_was_known_stays_where_there_is_not_a_later_one(run: Process) -> None:
    run.world.store.settle(run.entry().op, State.UNKNOWN, http_status=201)
    run.journal.record(ANN, run.entry()).settle(State.DONE, order_id="7")
    assert (run.entry().state, run.entry().http_status, run.entry().evidence) == (State.DONE, 201, "")


def test_where_the_row_that_had_the_id_is_gone_there_is_none(run: Process) -> None:
    record = begun(run)
    run.world.store.settle = lambda *_given, **_more: False  # type: ignore[method-assign]
    assert record.done("7") is None


def test_the_steps_of_a_write_are_kept_one_by_one(run: Process) -> None:
    record = begun(run)
    record.instead("forms")
    record.made("7")
    assert (record.entry.order_id, run.entry().order_id, run.entry().state) == ("7", "7", State.SENDING)
    record.begin_step("line 1")
    assert run.entry().steps == {"forms": "done", "line 1": "sending"}
    record.step("line 1", State.UNKNOWN, evidence="no answer")
    record.begin_step("line 2")
    record.step("line 2", State.DONE)
    entry = run.entry()
    assert entry.steps == {"forms": "done", "line 1": "unknown", "line 2": "done"}
    assert (entry.state, entry.evidence, entry.order_id) == (State.SENDING, "no answer", "7")


def test_a_look_that_found_nothing_lets_it_be_claimed_again(run: Process) -> None:
    run.world.store.settle(run.entry().op, State.UNKNOWN, absent=True)
    record = run.journal.record(ANN, run.entry())
    record.begin()
    record.settle(State.UNKNOWN)
    record.found("7")
    assert (record.entry.order_id, record.entry.absent, record.sent, record.in_doubt) == ("7", False, False, True)
    record.found(None)
    record.begin()
    assert run.entry().attempts == 2


def test_a_change_of_an_order_is_a_row_of_its_own(shop: World, run: Process) -> None:
    update = Prepared(verb="update", content=NEW)
    record = run.journal.record(update, None, order_id="7", before={"status": "New"})
    assert list(shop.store.entries(Wanted(verb="update"))) == []
    record.begin()
    (entry,) = shop.store.entries(Wanted(verb="update"))
    assert (entry.op, entry.target, entry.profile, entry.vendor) == (record.op, "shop http://shop", "shop", "shop")
    assert (entry.state, entry.order_id, entry.run, entry.attempts) == (State.SENDING, "7", "run-1", 1)
    assert (entry.planned_at, entry.first_sent_at, entry.sent_at) == (START, START, START)
    assert entry.hash == hash_of(NEW)
    assert entry.content == {"content": NEW, "lines": 0, "wanted": {}, "before": {"status": "New"}}
    record.not_processed()
    record.begin()
    assert len(list(shop.store.entries(Wanted(verb="update")))) == 1
    assert next(shop.store.entries(Wanted(verb="update"))).attempts == 2


def test_only_a_create_is_asked_whose_order_it_is(run: Process) -> None:
    asked: list[Prepared | None] = []

    def account(prepared: Prepared | None) -> Account:
        asked.append(prepared)
        return Account(target="t" if prepared else "profile's", profile="p", vendor="v")

    run.journal.account = account
    update = Prepared(verb="update", content=NEW)
    assert run.journal.record(update, None).entry.target == "profile's"
    assert run.journal.record(ANN, None).entry.target == "t"
    assert asked == [None, ANN]


def test_each_order_is_recorded_under_the_account_that_it_is_sent_to(run: Process) -> None:
    def account(prepared: Prepared | None) -> Account:
        return Account(target=f"tenant of {prepared.reference if prepared else None}", profile="p", vendor="v")

    run.journal.account = account
    run.journal.plan([order("R-7"), order("R-8")])
    assert [entry.target for entry in run.world.store.entries(Wanted(profile="p"))] == [
        "tenant of R-7",
        "tenant of R-8",
    ]
    assert run.journal.entry(order("R-8")).target == "tenant of R-8"
    assert list(run.journal.of_order("create", "7")) == []


def test_of_several_failures_to_record_the_first_is_kept_and_none_hides_the_result(run: Process) -> None:
    record = begun(run)

    def failing(*_given: Any, **_more: Any) -> bool:
        failures.append(MachineRefused(f"failure {len(failures)}"))
        raise failures[-1]

    failures: list[MachineRefused] = []
    record._journal.store.settle = failing  # type: ignore[method-assign]  # noqa: SLF001
    assert record.failure is None
    assert record.done("7") is None
    record.settle(State.DONE)
    assert len(failures) == 2
    assert record.failure is failures[0]


def test_no_further_request_is_sent_of_an_order_whose_id_could_not_be_recorded(run: Process) -> None:
    record, settle = begun(run), run.world.store.settle

    def full(*_given: Any, **_more: Any) -> bool:
        raise MachineRefused("the disk is full")

    run.world.store.settle = full  # type: ignore[method-assign]
    record.made("7")
    run.world.store.settle = settle  # type: ignore[method-assign]  # there is room again
    with pytest.raises(MachineRefused, match="the disk is full"):
        record.begin_step("line 1")
    assert (run.entry().order_id, dict(run.entry().steps)) == (None, {})


def test_what_nobody_can_look_up_at_the_end_of_a_run_counts_as_unresolved(run: Process) -> None:
    said: list[bool] = []
    closed: list[bool] = []

    def unreadable(*_given: Any, **_more: Any) -> Any:
        raise MachineRefused("the disk is gone")

    def tidy(unresolved: Any) -> None:
        unresolved()

    run.run.end = lambda *, resolved: said.append(resolved)  # type: ignore[method-assign]
    run.run.tidy = tidy  # type: ignore[method-assign]
    store = run.journal.store
    store.entries = unreadable  # type: ignore[method-assign]
    run.journal.store.close = lambda: closed.append(True)  # type: ignore[method-assign]
    run.journal.close()
    assert (said, closed) == ([False], [True])


# What other runs have to do with it


def test_a_row_that_was_planned_otherwise_by_another_run_takes_this_ones_content(run: Process) -> None:
    other = Process(run.world, "other", profile=replace(run.profile, url="http://shop"))
    other.journal.plan([order(name="Bob")])
    entry = run.journal.entry(ANN)
    assert (entry.run, entry.same(ANN)) == ("run-1", True)


def test_a_row_that_was_forgotten_is_planned_again_where_the_profile_has_rows_elsewhere(run: Process) -> None:
    moved = Process(run.world, "moved", profile=replace(run.profile, url="http://b"))
    with pytest.raises(Conflict):
        moved.journal.plan([ANN])
    assert moved.journal.entry(ANN).target == "shop http://b"
    run.world.store.erase(target="shop http://b")
    Process(run.world, "third").journal.plan([ANN])
    Process(run.world, "bob", profile=moved.profile).journal.plan([order(name="Bob")], new_target=True)
    run.world.store.erase(target="shop http://shop")
    Process(run.world, "old").journal.plan([ANN], new_target=True)
    assert moved.journal.entry(ANN).same(ANN)


def test_a_wait_for_another_run_names_the_order_and_looks_ten_times_a_second(run: Process) -> None:
    begun(run)
    late = Process(run.world, "late")
    with pytest.raises(Temporary, match=r"^order R-1 is still being sent by another run$"):
        late.journal.entry(ANN)
    assert set(run.world.slept) == {0.1}
    assert rules.PATIENCE == 300


def test_an_order_that_this_run_is_sending_already_is_named(run: Process) -> None:
    begun(run)
    with pytest.raises(Conflict, match=r"^reference 'R-1' is being sent by this run already$"):
        run.journal.entry(ANN)


def test_where_a_dead_runs_row_is_gone_it_is_returned_as_it_was_and_unknown(run: Process) -> None:
    entry = begun(run).entry
    late = Process(run.world, "late")
    settle = run.world.store.settle

    def gone(*given: Any, **more: Any) -> bool:
        done = settle(*given, **more)
        run.world.store.erase(mark="shop")
        return done

    run.world.store.settle = gone  # type: ignore[method-assign]
    assert late.journal.lost(entry).state is State.UNKNOWN


def test_a_dead_runs_row_is_settled_now(run: Process) -> None:
    begun(run)
    run.die()
    run.world.seconds = 9
    entry = Process(run.world, "late").journal.entry(ANN)
    assert (entry.state, entry.settled_at) == (State.UNKNOWN, START + dt.timedelta(seconds=9))
    assert entry.evidence == run.entry().evidence == "the run ended while it was sent"


# Targets


def test_changes_that_are_recorded_elsewhere_keep_no_order_from_being_sent(shop: World) -> None:
    old = Process(shop, profile=replace(Process(shop).profile, url="http://old"))
    update = old.journal.record(Prepared(verb="update", content=NEW), None, order_id="7")
    update.begin()
    update.settle(State.DONE)
    Process(shop, "again").journal.plan([ANN])
    assert Process(shop).entry().state is State.PLANNED


def test_changes_under_the_new_target_do_not_say_that_its_orders_are_its_own(shop: World) -> None:
    Process(shop, "old", profile=replace(Process(shop).profile, url="http://o'ld")).journal.plan([ANN])
    run = Process(shop)
    run.journal.record(Prepared(verb="update", content=NEW), None, order_id="7").begin()
    with pytest.raises(Conflict) as raised:
        run.journal.plan([ANN])
    assert raised.value.message == (
        "profile shop points at shop http://shop, and its orders so far are recorded under shop http://o'ld;"
        " nothing was sent"
    )
    assert raised.value.hint == (
        "if it is another account, add --new-target; if it is the same:"
        """ orderctl journal move --from 'shop http://o'"'"'ld' -p shop"""
    )
    assert raised.value.code == "journal.other_target"


def test_an_order_of_another_account_with_the_same_id_is_another_order(shop: World) -> None:
    here, there = Process(shop), Process(shop, "there", profile=replace(Process(shop).profile, url="http://b"))
    for run in (here, there):
        run.journal.record(Prepared(verb="update", content=NEW), None, order_id="7").begin()
    assert [entry.target for entry in here.journal.of_order("update", "7")] == ["shop http://shop"]
    assert [entry.target for entry in there.journal.of_order("update", "7")] == ["shop http://b"]
