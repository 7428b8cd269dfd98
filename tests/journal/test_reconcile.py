"""What became of writes in doubt: found, absent only after two searches, resent only when somebody says so."""

import pytest

from orderctl.backend.prepared import Prepared
from orderctl.backend.vendor import Duplicates, Profile
from orderctl.errors import Conflict, NotSent, OrderctlError, OutcomeUnknown, RateLimited, Refused, Temporary
from orderctl.journal.entry import Entry, State
from orderctl.model import Order, Outcome
from orderctl.write.result import Result
from tests.journal.shop import Process, World, order, outcomes


def lost(fate: str = "lost-before", *, known: bool = True, lines: bool = False) -> World:
    """Return a world in which the outcome of R-1 is unknown; where `known`, R-0 exists."""
    shop = World(Duplicates.SEARCHABLE, lines=lines)
    if known:
        Process(shop, "first").one(order("R-0"))
    shop.fates = [fate]
    Process(shop, "second").create(order("R-1", skus=("A", "B")))
    shop.fates = []
    return shop


def message(came: list[Result | OrderctlError]) -> str:
    (one,) = came
    return one.message


def test_an_order_that_is_found_is_done() -> None:
    shop = lost("lost-after")
    (result,) = Process(shop).reconcile()
    assert isinstance(result, Result)
    assert (result.outcome, result.id, result.journal) == (Outcome.CREATED, "8", Process(shop).entry().op)
    assert Process(shop).entry().state is State.DONE
    assert Process(shop).reconcile() == []


def test_absent_takes_two_searches_apart_and_late_enough() -> None:
    shop = lost()
    run = Process(shop)
    assert "it may still be made until 12:02:00" in message(run.reconcile())
    shop.seconds += 121
    assert "one search has not found it" in message(run.reconcile())
    shop.seconds += 29
    assert "less than 30 s ago" in message(run.reconcile())
    with pytest.raises(Conflict, match="it was not shown to be absent"):
        run.resend("R-1")
    shop.seconds += 2
    assert "two searches have not found it" in message(run.reconcile())
    assert run.entry().absent
    with pytest.raises(OutcomeUnknown):
        Process(shop, "again").one(order("R-1", skus=("A", "B")))
    assert shop.calls == ["add"] * 2
    result = Process(shop, "resend").resend("R-1")
    assert result.outcome is Outcome.CREATED
    assert shop.holds() == {"R-0": 1, "R-1": 1}
    with pytest.raises(Conflict, match="its state is done"):
        Process(shop, "resend again").resend("R-1")


def absent(shop: World) -> None:
    shop.seconds += 121
    Process(shop, "look 1").reconcile()
    shop.seconds += 31
    Process(shop, "look 2").reconcile()


def test_a_search_that_finds_nothing_at_all_proves_nothing() -> None:
    shop = lost(known=False)
    absent(shop)
    assert not Process(shop).entry().absent
    assert "the search proves nothing" in message(Process(shop, "look 3").reconcile())


def test_a_search_that_does_not_find_what_exists_proves_nothing() -> None:
    shop = lost()
    shop.orders.clear()
    absent(shop)
    assert not Process(shop).entry().absent


def test_what_was_absent_and_is_there_now_is_not_sent_again() -> None:
    shop = lost("late")
    absent(shop)
    shop.catch_up()
    result = Process(shop).resend("R-1")
    assert (result.outcome, result.message) == (Outcome.CREATED, "found at the vendor after its answer was lost")
    assert shop.holds() == {"R-0": 1, "R-1": 1}


def test_a_resend_whose_answer_is_lost_is_unknown_again_and_no_more_absent() -> None:
    shop = lost()
    absent(shop)
    shop.fates = ["lost-before"]
    with pytest.raises(OutcomeUnknown):
        Process(shop, "resend").resend("R-1")
    assert (Process(shop).entry().state, Process(shop).entry().absent) == (State.UNKNOWN, False)
    with pytest.raises(Conflict):
        Process(shop, "resend again").resend("R-1")


@pytest.mark.parametrize(
    "fates, error", [(["busy"] * 3, RateLimited), (["nobody"] * 3, NotSent)], ids=["busy", "nobody"]
)
def test_a_resend_that_was_certainly_not_processed_may_be_made_again(
    fates: list[str], error: type[OrderctlError]
) -> None:
    shop = lost()
    absent(shop)
    shop.fates = list(fates)
    with pytest.raises(error):
        Process(shop, "resend").resend("R-1")
    assert (Process(shop).entry().state, Process(shop).entry().absent) == (State.UNKNOWN, True)
    assert Process(shop, "resend again").resend("R-1").outcome is Outcome.CREATED
    assert shop.holds() == {"R-0": 1, "R-1": 1}


def test_a_resend_that_the_vendor_refuses_was_refused() -> None:
    shop = lost()
    absent(shop)
    shop.fates = ["refused"]
    with pytest.raises(Refused):
        Process(shop, "resend").resend("R-1")
    assert Process(shop).entry().state is State.REFUSED


def test_a_profile_may_say_that_the_absent_is_sent_again_by_itself() -> None:
    shop = lost()
    profile = Profile(name="shop", vendor="shop", url="http://shop", resend_absent=True)
    wanted = order("R-1", skus=("A", "B"))
    assert outcomes(Process(shop, "too early", profile=profile).create(wanted)) == [8]
    absent(shop)
    assert outcomes(Process(shop, "then", profile=profile).create(wanted)) == ["created"]
    assert shop.holds() == {"R-0": 1, "R-1": 1}


def test_an_order_that_lacks_lines_is_not_done() -> None:
    shop = lost("ok", known=False, lines=True)
    shop.fates, shop.orders = ["ok", "lost-before"], {}
    Process(shop, "third").create(order("R-2", skus=("A", "B")))
    (error,) = Process(shop).reconcile()
    assert isinstance(error, OutcomeUnknown)
    assert "order 8 was created without 2 of its 2 lines: it may still be made" in error.message
    assert shop.calls.count("line") == 3


def test_a_refusing_vendor_gets_it_by_the_same_create() -> None:
    shop = World(Duplicates.REFUSED)
    shop.fates = ["crash-before"]
    Process(shop, "first").create(order())
    (error,) = Process(shop).reconcile()
    assert isinstance(error, OutcomeUnknown)
    assert "run the same create again: Shop refuses a second order" in error.hint
    assert Process(shop, "third").one(order()).outcome is Outcome.CREATED


def test_a_vendor_that_cannot_be_searched_asks_a_person() -> None:
    shop = World(Duplicates.BLIND)
    shop.searchable = False
    shop.fates = ["lost-after"]
    Process(shop, "first").create(order())
    (error,) = Process(shop).reconcile()
    assert isinstance(error, OutcomeUnknown)
    assert "orderctl journal resolve R-1 -p shop --exists ID (or --absent)" in error.hint
    shop.store.settle(Process(shop).entry().op, State.DONE, order_id="7")
    assert Process(shop, "third").one(order()).outcome is Outcome.REPLAYED


def test_a_line_that_was_shown_to_be_absent_is_sent_by_a_resend() -> None:
    shop = lost("ok", known=False, lines=True)
    shop.fates, shop.orders, shop.calls = ["ok", "ok", "lost-before"], {}, []
    wanted = order("R-2", skus=("A", "B"))
    assert outcomes(Process(shop, "third").create(wanted)) == [8]
    assert "may still be made" in message(Process(shop, "look 0").reconcile())
    absent(shop)
    assert Process(shop).entry("R-2").absent
    assert outcomes(Process(shop, "again").create(wanted)) == [8]
    assert shop.calls == ["add", "line", "line"]
    assert Process(shop, "resend").resend("R-2").outcome is Outcome.CREATED
    (held,) = shop.orders.values()
    assert held.lines == ["A", "B"]
    assert Process(shop, "last").one(wanted).outcome is Outcome.REPLAYED


def test_a_line_that_came_after_all_is_not_sent_by_a_resend() -> None:
    shop = lost("ok", known=False, lines=True)
    shop.fates, shop.orders, shop.calls = ["ok", "late"], {}, []
    assert outcomes(Process(shop, "third").create(order("R-2"))) == [8]
    absent(shop)
    shop.catch_up()
    assert Process(shop, "resend").resend("R-2").outcome is Outcome.CREATED
    assert [held.lines for held in shop.orders.values()] == [["A"]]
    assert shop.calls == ["add", "line"]


def test_of_two_resends_at_once_one_sends() -> None:
    shop = lost()
    absent(shop)
    first, second = Process(shop, "resend 1"), Process(shop, "resend 2")
    look_for = first.sender.creates.look_for

    def meanwhile(entry: Entry, prepared: Prepared) -> Order | None:
        found = look_for(entry, prepared)
        shop.fates = ["late"]
        with pytest.raises(OutcomeUnknown):
            second.resend("R-1")
        return found

    first.sender.creates.look_for = meanwhile  # type: ignore[method-assign]
    with pytest.raises(Conflict, match="is being sent by another run"):
        first.resend("R-1")
    shop.catch_up()
    assert shop.holds() == {"R-0": 1, "R-1": 1}


def test_what_is_sent_while_it_is_searched_is_not_reported_as_absent() -> None:
    shop = lost()
    shop.seconds += 121
    Process(shop, "look 1").reconcile()
    shop.seconds += 31
    run = Process(shop, "look 2")
    find = run.backend.find

    def meanwhile(reference: str) -> Order:
        if reference == "R-0":  # the control: another run has a search of its own behind it, and sends the order
            shop.store.settle(run.entry().op, State.UNKNOWN, absent=True)
            shop.fates = ["late"]
            with pytest.raises(OutcomeUnknown):
                Process(shop, "resend").resend("R-1")
        return find(reference)

    run.backend.find = meanwhile  # type: ignore[method-assign]
    (error,) = run.reconcile()
    assert isinstance(error, Temporary)
    assert not run.entry().absent
    with pytest.raises(Conflict):
        Process(shop, "again").resend("R-1")
    shop.catch_up()
    assert shop.holds() == {"R-0": 1, "R-1": 1}


def test_a_search_that_began_too_early_is_not_evidence() -> None:
    shop = lost()
    shop.seconds += 119
    run = Process(shop)
    look_for = run.sender.creates.look_for

    def slow(entry: Entry, prepared: Prepared) -> Order | None:
        found = look_for(entry, prepared)
        shop.seconds += 5
        return found

    run.sender.creates.look_for = slow  # type: ignore[method-assign]
    assert "may still be made" in message(run.reconcile())
    assert run.entry().searched_at is None
