"""Who may send what: several runs plan, claim and wait for one row; a profile that points elsewhere sends nothing."""

from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from orderctl.backend.vendor import Duplicates, Profile
from orderctl.errors import Conflict, Interrupted, OrderctlError, Temporary
from orderctl.journal.entry import Entry, State
from orderctl.journal.journal import PATIENCE, Taken
from orderctl.journal.store import Account, Wanted
from orderctl.model import Outcome
from tests.journal.shop import Process, World, order, outcomes

ANN, BOB = order(), order(name="Bob")


@pytest.fixture(params=list(Duplicates))
def shop(request: pytest.FixtureRequest) -> World:
    made = World(request.param)
    made.searchable = request.param is not Duplicates.BLIND
    return made


def sending(shop: World, run: str = "other") -> Process:
    """Return another run, alive, that is sending R-1."""
    other = Process(shop, run)
    other.journal.plan([ANN])
    other.journal.record(ANN, other.entry()).begin()
    return other


# Plans


def test_a_row_holds_what_was_sent_though_two_runs_planned_it_otherwise(shop: World) -> None:
    one, two = Process(shop, "one"), Process(shop, "two")
    one.journal.plan([ANN])
    two.journal.plan([BOB])
    assert one.sender.write(ANN).outcome is Outcome.CREATED
    assert one.entry().same(ANN)
    with pytest.raises(Conflict, match="with other content"):
        two.sender.write(BOB)
    assert [held.content["name"] for held in shop.orders.values()] == ["Ann"]


def test_a_row_that_is_planned_otherwise_just_before_it_is_claimed_is_planned_again(shop: World) -> None:
    one, two = Process(shop, "one"), Process(shop, "two")
    one.journal.plan([ANN])
    look, looks = one.backend.look, list[int]()

    def meanwhile(*given: Any) -> Any:
        looks.append(1)
        if len(looks) == 1:
            two.journal.plan([BOB])
        return look(*given)

    one.backend.look = meanwhile  # type: ignore[assignment,method-assign]
    assert one.sender.write(ANN).outcome is Outcome.CREATED
    assert one.entry().same(ANN)
    assert shop.calls == ["add"]


def test_a_run_sends_only_what_its_own_input_names(shop: World) -> None:
    Process(shop, "one").journal.plan([ANN, order("R-2")])
    Process(shop, "two").one(order("R-2"))
    assert shop.holds() == {"R-2": 1}
    assert Process(shop).entry().state is State.PLANNED


def test_an_order_that_was_forgotten_meanwhile_is_planned_again(shop: World) -> None:
    run = Process(shop)
    run.journal.plan([ANN])
    shop.store.erase(target="shop http://shop")
    assert run.sender.write(ANN).outcome is Outcome.CREATED
    assert run.entry().state is State.DONE


# One of several runs


def test_what_another_run_claims_first_is_looked_at_again(shop: World) -> None:
    one, two = Process(shop, "one"), Process(shop, "two")
    one.journal.plan([ANN])
    look = one.backend.look

    def meanwhile(*given: Any) -> Any:
        two.sender.write(ANN)
        return look(*given)

    one.backend.look = meanwhile  # type: ignore[assignment,method-assign]
    result = one.sender.write(ANN)
    assert (result.outcome, shop.calls) == (Outcome.REPLAYED, ["add"])


def test_a_second_record_of_a_row_cannot_be_begun(shop: World) -> None:
    other = sending(shop)
    run = Process(shop, "late")
    for state in (State.PLANNED, State.REFUSED, State.UNKNOWN):
        with pytest.raises(Taken):
            run.journal.record(ANN, Entry(**{**vars_of(other.entry()), "state": state})).begin()
    assert other.entry().run == "other"


def vars_of(entry: Entry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in type(entry).__annotations__}


def test_a_row_that_is_being_sent_is_waited_for_and_no_longer_than_patience(shop: World) -> None:
    sending(shop)
    with pytest.raises(Temporary, match="still being sent by another run") as raised:
        Process(shop, "late").one(ANN)
    assert raised.value.code == "state.busy"
    assert PATIENCE <= sum(shop.slept) < PATIENCE + 1
    assert shop.calls == []


def test_a_wait_for_another_run_ends_with_the_run(shop: World) -> None:
    sending(shop)
    shop.stop.ask(Interrupted("interrupted", signal=2))
    with pytest.raises(Interrupted):
        Process(shop, "late").one(ANN)


def test_one_run_does_not_wait_for_itself(shop: World) -> None:
    other = sending(shop)
    with pytest.raises(Conflict) as raised:
        other.sender.write(ANN)
    assert (raised.value.code, shop.calls) == ("journal.twice", [])


def test_a_row_of_a_run_that_died_is_unknown_and_says_what_was_answered(shop: World) -> None:
    other = sending(shop)
    shop.store.note(other.entry().op, http_status=201)
    other.die()
    run = Process(shop, "late")
    entry = run.journal.entry(ANN)
    assert (entry.state, entry.evidence) == (
        State.UNKNOWN,
        "the run ended while it was sent; the vendor answered with HTTP 201",
    )
    assert run.entry().state is State.UNKNOWN


def test_a_row_that_another_run_sends_again_while_its_dead_one_is_noted_is_waited_for(shop: World) -> None:
    """Two runs find the dead one; the first of them claims the row before the second has noted that it is unknown."""
    sending(shop).die()
    first, second = Process(shop, "first"), Process(shop, "second")
    alive = second.run.alive

    def meanwhile(run: str) -> bool:
        if run == "other":
            first.journal.record(ANN, first.journal.entry(ANN)).begin()
        return alive(run)

    second.run.alive = meanwhile  # type: ignore[method-assign]
    with pytest.raises(Temporary, match="still being sent by another run"):
        second.one(ANN)
    assert second.entry().run == "first"
    assert shop.calls == []


def test_what_is_unresolved_is_what_nobody_sends_any_more(shop: World) -> None:
    sending(shop)
    run = Process(shop, "late")
    run.journal.plan([order("R-2"), order("R-3")])
    shop.store.settle(run.entry("R-2").op, State.UNKNOWN)
    dead = Process(shop, "dead")
    dead.journal.record(order("R-3"), dead.entry("R-3")).begin()
    dead.die()
    assert [entry.reference for entry in run.journal.unresolved(Wanted())] == ["R-2", "R-3"]
    assert [entry.state for entry in run.journal.unresolved(Wanted(reference="R-3"))] == [State.UNKNOWN]
    assert run.entry().state is State.SENDING


def test_the_rows_of_an_order_come_the_newest_first(shop: World) -> None:
    run = Process(shop)
    order_id = run.one(ANN).id
    assert order_id is not None
    ops = [run.write("push", order_id, to=to).journal for to in ("A", "B")]
    assert [entry.op for entry in run.journal.of_order("push", order_id)] == ops[::-1]
    assert list(run.journal.of_order("push", "99")) == []


@pytest.mark.parametrize("fate, resolved", [("ok", True), ("refused", True), ("lost-before", False)])
def test_a_run_says_at_its_end_whether_it_leaves_something_unresolved(fate: str, resolved: bool) -> None:  # noqa: FBT001
    shop = World(Duplicates.SEARCHABLE)
    shop.fates = [fate]
    run = Process(shop)
    run.create(ANN)
    said: list[bool] = []
    run.run.end = lambda *, resolved: said.append(resolved)  # type: ignore[method-assign]
    run.journal.close()
    assert said == [resolved]


# Targets


def elsewhere(url: str) -> Profile:
    return Profile(name="shop", vendor="shop", url=url)


@pytest.mark.parametrize(
    "old, new, sends",
    [
        ("http://a", "http://b", False),
        ("sandbox:7", "http://b", True),
        ("http://127.0.0.1:9/sandbox-7", "http://b", True),
        ("http://a", "sandbox:7", True),
        ("http://a", "http://127.0.0.1:9/sandbox-7", True),
        ("http://a", "http://a", True),
    ],
)
def test_a_profile_that_points_elsewhere_sends_nothing_unless_one_of_both_is_a_sandbox(
    old: str, new: str, *, sends: bool
) -> None:
    shop = World(Duplicates.SEARCHABLE)
    Process(shop, profile=elsewhere(old)).one(ANN)
    run = Process(shop, "again", profile=elsewhere(new))
    if sends:
        assert outcomes(run.create(order("R-2"))) == ["created"]
    else:
        with pytest.raises(Conflict) as raised:
            run.create(order("R-2"))
        assert raised.value.code == "journal.other_target"
        assert shop.calls == ["add"]


def test_another_profile_may_point_anywhere(shop: World) -> None:
    Process(shop).one(ANN)
    other = Profile(name="other", vendor="shop", url="http://elsewhere")
    assert Process(shop, "again", profile=other).one(order("R-2")).outcome is Outcome.CREATED


def test_rows_that_moved_count_as_those_of_the_new_target(shop: World) -> None:
    Process(shop).one(ANN)
    shop.store.move("shop http://shop", Account(target="shop http://b", profile="shop", vendor="shop"))
    assert Process(shop, "again", profile=elsewhere("http://b")).one(ANN).outcome is Outcome.REPLAYED


def test_two_profiles_of_one_account_cannot_order_twice(shop: World) -> None:
    Process(shop).one(ANN)
    other = Profile(name="other", vendor="shop", url="http://shop")
    assert Process(shop, "again", profile=other).one(ANN).outcome is Outcome.REPLAYED
    assert shop.calls == ["add"]


# A file's look-up


def test_a_file_is_looked_up_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = World(Duplicates.SEARCHABLE)
    run = Process(shop)
    asked: list[tuple[str, ...]] = []
    existing = run.backend.existing

    def noted(references: Iterable[str], **more: Any) -> Mapping[str, str]:
        asked.append(tuple(references))
        return existing(asked[-1], **more)

    monkeypatch.setattr(run.backend, "existing", noted)
    monkeypatch.setattr(run.backend, "finds_many", lambda: True)
    monkeypatch.setattr("orderctl.write.creates.MAX_AT_ONCE", 2)
    assert outcomes(run.create(*(order(f"R-{n}") for n in range(5)))) == ["created"] * 5
    assert asked == [("R-0", "R-1"), ("R-2", "R-3"), ("R-4",)]
    asked.clear()
    again = run.create(*(order(f"R-{n}") for n in range(5)))
    assert outcomes(again) == ["replayed"] * 5
    assert asked == [], "the journal knows them"


def test_a_look_up_that_fails_is_made_again_for_the_next_order(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = World(Duplicates.SEARCHABLE)
    run = Process(shop)
    answers: list[Mapping[str, str] | OrderctlError] = [Temporary("down"), {}, {}]

    def existing(_references: Iterable[str], **_more: Any) -> Mapping[str, str]:
        answer = answers.pop(0)
        if isinstance(answer, OrderctlError):
            raise answer
        return answer

    monkeypatch.setattr(run.backend, "existing", existing)
    monkeypatch.setattr(run.backend, "finds_many", lambda: True)
    assert outcomes(run.create(*(order(f"R-{n}") for n in range(3)))) == [9, "created", "created"]
    assert shop.holds() == {"R-1": 1, "R-2": 1}
