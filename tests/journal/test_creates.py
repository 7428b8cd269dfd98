"""What a create comes to: each cell of the table, at a vendor of each class, and what a run may send again."""

import datetime as dt

import pytest

from orderctl.backend.prepared import Seen
from orderctl.backend.vendor import Duplicates, Profile
from orderctl.errors import (
    Conflict,
    DeadlinePassed,
    Interrupted,
    MachineRefused,
    NotFound,
    OrderctlError,
    OutcomeUnknown,
    PartlyDone,
    Refused,
    Temporary,
)
from orderctl.journal.entry import Entry, State
from orderctl.model import Order, Outcome
from orderctl.write.brakes import OLD_DOUBT
from tests.journal.shop import Held, Process, World, order, outcomes

EACH = pytest.mark.parametrize("duplicates", list(Duplicates))
NOT_REFUSING = pytest.mark.parametrize("duplicates", [Duplicates.SEARCHABLE, Duplicates.BLIND])


def world(duplicates: Duplicates, *fates: str, lines: bool = False) -> World:
    made = World(duplicates, lines=lines)
    made.fates = list(fates)
    made.searchable = duplicates is not Duplicates.BLIND
    return made


# done


@EACH
def test_the_same_create_again_is_replayed_and_sends_nothing(duplicates: Duplicates) -> None:
    shop = world(duplicates)
    first = Process(shop).one(order())
    again = Process(shop, "run-2").one(order())
    assert (first.outcome, again.outcome) == (Outcome.CREATED, Outcome.REPLAYED)
    assert again.id == first.id
    assert again.journal == first.journal is not None
    assert shop.calls == ["add"]


def test_the_vendor_is_not_asked_for_an_order_that_was_made_before() -> None:
    """Nor is what a create needs to know first: the form of an OMFlow flow, while the server is down."""
    shop = world(Duplicates.SEARCHABLE)
    Process(shop).one(order())
    run = Process(shop, "again")

    def asked(*_given: object, **_more: object) -> Seen:
        raise AssertionError("the vendor was asked")

    for name in ("look", "existing", "find", "get"):
        setattr(run.backend, name, asked)
    assert run.one(order()).outcome is Outcome.REPLAYED
    with pytest.raises(Conflict):
        run.one(order(name="Bob"))


def test_decimals_that_mean_the_same_are_the_same() -> None:
    shop = world(Duplicates.BLIND)
    Process(shop).one(order(price="102.00"))
    assert Process(shop).one(order(price="102")).outcome is Outcome.REPLAYED


@EACH
def test_another_content_after_done_is_a_conflict_that_names_the_fields(duplicates: Duplicates) -> None:
    shop = world(duplicates)
    Process(shop).one(order())
    with pytest.raises(Conflict, match=r"order 7 with other content \(differing: lines, name\)") as raised:
        Process(shop).one(order(name="Bob", skus=("B",)))
    assert raised.value.order_id == "7"
    assert shop.calls == ["add"]


def test_skip_existing_leaves_an_order_alone_that_this_machine_made() -> None:
    shop = world(Duplicates.SEARCHABLE)
    Process(shop).one(order())
    run = Process(shop)
    result = run.one(order(note="new"), skip_existing=True)
    assert (result.outcome, result.id) == (Outcome.UNCHANGED, "7")
    assert run.warnings == ["reference 'R-1' exists as order 7; differing: note"]


def test_a_number_that_is_used_again_is_a_conflict_also_with_skip_existing() -> None:
    shop = world(Duplicates.SEARCHABLE)
    Process(shop).one(order())
    with pytest.raises(Conflict):
        Process(shop).one(order(name="Bob"), skip_existing=True)
    with pytest.raises(Conflict):
        Process(shop).one(order(skus=("X",)), skip_existing=True)
    assert shop.calls == ["add"]


def test_an_order_that_was_cancelled_keeps_its_reference() -> None:
    shop = world(Duplicates.SEARCHABLE)
    run = Process(shop)
    run.one(order())
    run.write("cancel", "7")
    with pytest.raises(Conflict, match=r"order 7 was cancelled on 2026-05-01; use a new reference"):
        Process(shop).one(order())
    assert Process(shop).one(order(), skip_existing=True).outcome is Outcome.SKIPPED
    assert shop.calls == ["add", "cancel"]


# never sent


def test_an_order_that_exists_elsewhere_is_a_conflict() -> None:
    shop = world(Duplicates.SEARCHABLE)
    shop.orders["3"] = Held("R-1", {"name": "Ann"}, shop.now(), ["A"])
    with pytest.raises(Conflict, match="exists already as order 3; no second order was made"):
        Process(shop).one(order())
    assert shop.calls == []
    assert Process(shop).entry().state is State.PLANNED


@pytest.mark.parametrize("duplicates", [Duplicates.SEARCHABLE, Duplicates.REFUSED])
@pytest.mark.parametrize("name, sku, outcome", [("Ann", "A", "unchanged"), ("Bob", "A", 6), ("Ann", "X", 6)])
def test_skip_existing_counts_an_order_with_its_customer_and_a_line(
    duplicates: Duplicates, name: str, sku: str, outcome: str | int
) -> None:
    shop = world(duplicates)
    shop.orders["3"] = Held("R-1", {"name": "Ann"}, shop.now(), ["A", "B"])
    run = Process(shop)
    assert outcomes(run.create(order(name=name, skus=(sku,)), skip_existing=True)) == [outcome]
    assert len(shop.orders) == 1


def test_a_vendor_that_refuses_one_that_was_never_sent_is_a_conflict() -> None:
    shop = world(Duplicates.REFUSED)
    shop.orders["3"] = Held("R-1", {"name": "Ann"}, shop.now(), ["A"])
    with pytest.raises(Conflict, match="exists already as order 3"):
        Process(shop).one(order())


@EACH
def test_what_is_refused_may_be_edited_and_sent_again(duplicates: Duplicates) -> None:
    shop = world(duplicates, "refused")
    with pytest.raises(Refused):
        Process(shop).one(order())
    assert Process(shop).entry().state is State.REFUSED
    assert Process(shop).one(order(name="Bob")).outcome is Outcome.CREATED
    assert shop.holds() == {"R-1": 1}


@EACH
def test_what_was_certainly_not_sent_is_planned(duplicates: Duplicates) -> None:
    shop = world(duplicates, *["nobody"] * 3)
    with pytest.raises(Temporary):
        Process(shop).one(order())
    assert Process(shop).entry().state is State.PLANNED
    assert Process(shop).one(order(name="Bob")).outcome is Outcome.CREATED


# outcome unknown


@pytest.mark.parametrize("fate", ["lost-after", "500-after", "crash-after"])
def test_an_order_that_is_found_was_created(fate: str) -> None:
    shop = world(Duplicates.SEARCHABLE, fate)
    first = Process(shop).create(order())
    assert outcomes(first) == ([] if fate.startswith("crash") else [8])
    result = Process(shop, "run-2").one(order())
    assert (result.outcome, result.id) == (Outcome.CREATED, "7")
    assert Process(shop, "run-3").one(order()).outcome is Outcome.REPLAYED
    assert shop.calls == ["add"]


@pytest.mark.parametrize("fate", ["lost-before", "late", "crash-before"])
@NOT_REFUSING
def test_an_order_that_is_not_found_is_not_sent_again(duplicates: Duplicates, fate: str) -> None:
    shop = world(duplicates, fate)
    Process(shop).create(order())
    for number in range(3):
        with pytest.raises(OutcomeUnknown, match="it was not sent again") as raised:
            Process(shop, f"again-{number}").one(order())
        assert "orderctl journal" in raised.value.hint
    assert shop.calls == ["add"]
    assert Process(shop).entry().state is State.UNKNOWN


def test_an_order_that_came_late_is_found() -> None:
    shop = world(Duplicates.SEARCHABLE, "late")
    assert outcomes(Process(shop).create(order())) == [8]
    shop.catch_up()
    assert Process(shop).one(order()).outcome is Outcome.CREATED
    assert shop.holds() == {"R-1": 1}


@EACH
@pytest.mark.parametrize("fate", ["crash-after", "crash-before"])
def test_other_content_after_an_unknown_outcome_is_a_conflict_and_sends_nothing(
    duplicates: Duplicates, fate: str
) -> None:
    shop = world(duplicates, fate)
    Process(shop).create(order())
    before = list(shop.calls)
    assert outcomes(Process(shop, "run-2").create(order(name="Bob"))) == [8 if duplicates is Duplicates.BLIND else 6]
    assert shop.calls == before


def test_an_order_that_was_changed_meanwhile_is_a_conflict_for_a_person() -> None:
    shop = world(Duplicates.SEARCHABLE, "lost-after")
    Process(shop).create(order())
    shop.orders["7"].content["name"] = "Bob"
    for number in range(2):
        with pytest.raises(Conflict, match="other content: customer"):
            Process(shop, f"again-{number}").one(order())
    assert Process(shop).entry().state is State.CONFLICT
    shop.orders["7"].content["name"] = "Ann"
    assert Process(shop).one(order()).outcome is Outcome.CREATED


def test_an_older_order_of_the_reference_is_not_the_one_that_was_sent() -> None:
    shop = world(Duplicates.SEARCHABLE, "crash-before")
    Process(shop).create(order())
    shop.orders["3"] = Held("R-1", {"name": "Ann"}, shop.now() - dt.timedelta(days=1), ["A"])
    with pytest.raises(Conflict, match="belongs to order 3, which is older than what was sent"):
        Process(shop, "run-2").one(order())


# a vendor that refuses a second order


@pytest.mark.parametrize("fate", ["lost-after", "500-after"])
def test_a_lost_answer_of_a_refusing_vendor_is_looked_up_at_once(fate: str) -> None:
    shop = world(Duplicates.REFUSED, fate)
    result = Process(shop).one(order())
    assert (result.outcome, result.id, result.message) == (
        Outcome.CREATED,
        "7",
        "found at the vendor after its answer was lost",
    )
    assert shop.calls == ["add"]


def test_an_absent_order_is_sent_again_after_five_seconds_twice_at_most() -> None:
    shop = world(Duplicates.REFUSED, "lost-before", "lost-before", "lost-before")
    with pytest.raises(OutcomeUnknown):
        Process(shop).one(order())
    assert shop.calls == ["add"] * 3
    assert shop.slept == [5.0, 5.0]
    assert Process(shop).entry().attempts == 3
    assert Process(shop).one(order()).outcome is Outcome.CREATED
    assert shop.holds() == {"R-1": 1}


def test_a_late_order_is_found_when_the_vendor_refuses_the_second_one() -> None:
    shop = world(Duplicates.REFUSED, "late")
    sleep = shop.sleep

    def catching(seconds: float) -> None:
        sleep(seconds)
        shop.catch_up()

    shop.sleep = catching  # type: ignore[method-assign]
    result = Process(shop).one(order())
    assert (result.outcome, result.id) == (Outcome.CREATED, "7")
    assert shop.calls == ["add", "add"]
    assert shop.holds() == {"R-1": 1}


@pytest.mark.parametrize("fates", [["busy"] * 3, ["nobody"] * 3, ["refused"]], ids=lambda fates: fates[0])
@pytest.mark.parametrize("first", ["late", "crash-before"])
def test_a_send_again_that_is_certainly_not_processed_leaves_the_doubt(first: str, fates: list[str]) -> None:
    """What was sent before may still be done, so a refusal of the second request is not a refusal of the order."""
    shop = world(Duplicates.REFUSED, first, *fates)
    run = Process(shop)
    if first == "crash-before":
        run.create(order())
        run = Process(shop, "again")
    with pytest.raises(OutcomeUnknown, match="was sent before, its outcome is unknown, and it could not be sent again"):
        run.one(order())
    assert run.entry().state is State.UNKNOWN
    with pytest.raises(Conflict, match="was sent before with other content"):
        Process(shop, "edited").one(order(name="Bob"))
    shop.catch_up()
    assert Process(shop, "then").one(order()).outcome is Outcome.CREATED
    assert shop.holds() == {"R-1": 1}


def test_an_order_that_is_refused_as_known_and_is_not_seen_stays_in_doubt() -> None:
    shop = world(Duplicates.REFUSED, "crash-after")
    Process(shop).create(order())
    hidden = dict(shop.orders)
    run = Process(shop, "again")

    def lags(_reference: str) -> Order:
        raise NotFound("the search lags")

    run.backend.find = lags  # type: ignore[assignment,method-assign]
    with pytest.raises(OutcomeUnknown, match="exists already"):
        run.one(order())
    assert shop.orders == hidden
    assert run.entry().state is State.UNKNOWN
    assert Process(shop, "then").one(order()).outcome is Outcome.CREATED


@pytest.mark.parametrize("fates, error", [(["busy"] * 3, Temporary), (["refused"], Refused)], ids=["busy", "refused"])
def test_a_reference_that_is_known_and_not_seen_is_anothers_where_nothing_was_processed(
    fates: list[str], error: type[OrderctlError]
) -> None:
    shop = world(Duplicates.REFUSED, *fates)
    with pytest.raises(error):
        Process(shop).one(order())
    shop.orders["3"] = Held("R-1", {"name": "Ann"}, shop.now(), ["A"])
    run = Process(shop, "again")

    def lags(_reference: str) -> Order:
        raise NotFound("the search lags")

    run.backend.find = lags  # type: ignore[assignment,method-assign]
    with pytest.raises(Conflict, match="exists already at Shop; no second order was made"):
        run.one(order())
    assert run.entry().state is State.REFUSED
    assert list(shop.orders) == ["3"]


@pytest.mark.parametrize(
    "why", [Interrupted("interrupted", signal=2), DeadlinePassed("too late"), MachineRefused("full")]
)
def test_a_create_that_may_have_been_made_is_never_reported_as_not_begun(why: OrderctlError) -> None:
    shop = world(Duplicates.REFUSED, "late")
    run = Process(shop)
    run.journal.plan([order()])
    claim, claims = shop.store.claim, list[str]()

    def second(seen: Entry, run: str, at: dt.datetime) -> bool:
        claims.append(seen.op)
        if len(claims) == 2:
            raise why
        return claim(seen, run, at)

    shop.store.claim = second  # type: ignore[method-assign]  # the second claim fails
    with pytest.raises(OutcomeUnknown, match=f"could not be sent again: {why.message}"):
        run.sender.write(order())
    assert run.entry().state is State.UNKNOWN
    assert (shop.stop.asked is why) is isinstance(why, MachineRefused)


def test_nothing_is_sent_again_once_the_run_is_to_end() -> None:
    shop = world(Duplicates.REFUSED, "lost-before")
    run = Process(shop)
    look_for = run.sender.creates.look_for

    def interrupted(*given: object) -> object:
        shop.stop.ask(Interrupted("interrupted", signal=2))
        return look_for(*given)  # type: ignore[arg-type]

    run.sender.creates.look_for = interrupted  # type: ignore[assignment,method-assign]
    with pytest.raises(OutcomeUnknown):
        run.one(order())
    assert shop.calls == ["add"]


# several requests


@pytest.mark.parametrize("kill", [1, 2, 3])
@pytest.mark.parametrize("when", ["crash-before", "crash-after"])
def test_an_order_of_several_requests_goes_on_where_it_stopped(kill: int, when: str) -> None:
    shop = world(Duplicates.SEARCHABLE, *["ok"] * (kill - 1), when, lines=True)
    wanted = order(skus=("A", "B"))
    assert Process(shop).create(wanted) == []
    came = Process(shop, "run-2").create(wanted)
    applied = when == "crash-after"
    assert outcomes(came) == (["created"] if applied else [8])
    assert all(count == 1 for count in shop.holds().values())
    if applied:
        assert next(iter(shop.orders.values())).lines == ["A", "B"]
        assert Process(shop).one(wanted).outcome is Outcome.REPLAYED
    elif kill > 1:
        assert "order 7 was created" in str(came[0])
        assert isinstance(came[0], OutcomeUnknown)
        assert came[0].code == OLD_DOUBT, "or three of them would stop each further run"


def test_a_line_that_is_refused_is_sent_by_the_next_run() -> None:
    shop = world(Duplicates.SEARCHABLE, "ok", "refused", lines=True)
    with pytest.raises(PartlyDone):
        Process(shop).one(order(skus=("A", "B")))
    assert Process(shop).entry().state is State.UNKNOWN
    assert Process(shop).one(order(skus=("A", "B"))).outcome is Outcome.CREATED
    assert shop.orders["7"].lines == ["A", "B"]


# several runs


def test_an_order_that_another_run_is_sending_is_waited_for() -> None:
    shop = world(Duplicates.SEARCHABLE)
    first = Process(shop)
    first.journal.plan([order()])
    shop.store.claim(first.entry(), "run-1", shop.now())
    sleep = shop.sleep

    def settling(seconds: float) -> None:
        sleep(seconds)
        if len(shop.slept) == 3:
            shop.store.settle(first.entry().op, State.DONE, order_id="9")

    shop.sleep = settling  # type: ignore[method-assign]
    result = Process(shop, "run-2").one(order())
    assert (result.outcome, result.id) == (Outcome.REPLAYED, "9")
    assert shop.calls == []


def test_a_profile_that_points_elsewhere_sends_nothing_until_that_is_meant() -> None:
    shop = world(Duplicates.SEARCHABLE)
    Process(shop).one(order())
    other = Profile(name="shop", vendor="shop", url="http://elsewhere")
    with pytest.raises(Conflict, match="recorded under shop http://shop") as raised:
        Process(shop, profile=other).create(order("R-2"))
    assert "journal move --from 'shop http://shop' -p shop" in raised.value.hint
    assert "--new-target" in raised.value.hint
    assert shop.calls == ["add"]
    Process(shop, profile=other).create(order("R-2"), new_target=True)
    Process(shop, profile=other).create(order("R-3"))
    assert shop.calls == ["add"] * 3


def test_a_journal_that_cannot_be_written_after_a_send_ends_the_run_and_hides_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shop = world(Duplicates.SEARCHABLE)
    run = Process(shop)
    run.journal.plan([order(), order("R-2")])
    full = OrderctlError("the disk is full")

    def settle(*_given: object, **_more: object) -> None:
        raise full

    monkeypatch.setattr(shop.store, "settle", settle)
    result = run.sender.write(order())
    assert (result.outcome, result.id) == (Outcome.CREATED, "7")
    assert shop.stop.asked is full
    monkeypatch.undo()
    run.die()
    shop.stop.asked = None
    assert Process(shop, "run-2").one(order()).outcome is Outcome.CREATED
    assert shop.calls == ["add"]
