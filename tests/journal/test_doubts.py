"""A write in doubt: its order is read before the same write is sent again."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderctl.backend.prepared import Prepared
from orderctl.backend.vendor import Duplicates
from orderctl.errors import Conflict, NotFound, OrderctlError, OutcomeUnknown
from orderctl.http import Request
from orderctl.journal.entry import State
from orderctl.journal.store import Wanted
from orderctl.model import Customer, DraftLine, OrderChange, OrderKey, Outcome, Receipt, Setting
from orderctl.write.brakes import OLD_DOUBT
from tests.conftest import proof_examples
from tests.journal.shop import Crash, Process, World, order


@pytest.fixture
def shop() -> World:
    made = World(Duplicates.SEARCHABLE)
    Process(made, "first").one(order())
    return made


def rows(shop: World, verb: str) -> list[tuple[State, str | None]]:
    return [(row.state, row.order_id) for row in shop.store.entries(Wanted(verb=verb))]


def test_a_done_write_does_not_stop_the_same_one(shop: World) -> None:
    run = Process(shop)
    for _ in range(2):
        run.write("push", "7")
    assert rows(shop, "push") == [(State.DONE, "7")] * 2
    assert shop.calls == ["add", "push", "push"]


@pytest.mark.parametrize("fate", ["lost-after", "crash-after"])
def test_a_push_that_the_order_shows_is_not_sent_again(shop: World, fate: str) -> None:
    shop.fates = [fate]
    with pytest.raises(OrderctlError):
        Process(shop).write("push", "7")
    result = Process(shop, "again").write("push", "7")
    assert (result.outcome, result.message) == (
        Outcome.UNCHANGED,
        "an earlier push was applied, whose outcome was unknown",
    )
    assert rows(shop, "push") == [(State.DONE, "7")]
    assert shop.calls == ["add", "push"]


@pytest.mark.parametrize("fate", ["lost-before", "late", "crash-before"])
def test_a_push_that_the_order_does_not_show_waits_two_minutes(shop: World, fate: str) -> None:
    shop.fates = [fate]
    with pytest.raises(OrderctlError):
        Process(shop).write("push", "7")
    with pytest.raises(OutcomeUnknown, match="the order does not show it yet; it was not sent again"):
        Process(shop, "too early").write("push", "7")
    shop.seconds += 121
    assert Process(shop, "then").write("push", "7").outcome is Outcome.PUSHED
    assert rows(shop, "push") == [(State.REFUSED, "7"), (State.DONE, "7")]


def test_another_write_of_the_order_is_not_stopped(shop: World) -> None:
    shop.fates = ["lost-before"]
    with pytest.raises(OutcomeUnknown):
        Process(shop).write("push", "7")
    assert Process(shop).write("push", "7", to="Delivered").outcome is Outcome.PUSHED


def test_a_cancel_may_be_repeated_and_one_that_was_applied_is_success(shop: World) -> None:
    shop.fates = ["lost-before"]
    with pytest.raises(OutcomeUnknown):
        Process(shop).write("cancel", "7")
    assert Process(shop).write("cancel", "7").outcome is Outcome.CANCELLED
    assert Process(shop).entry().cancelled_at is not None
    assert shop.calls == ["add", "cancel", "cancel"]


@pytest.mark.parametrize("fate", ["ok", "lost-after", "crash-after"])
def test_an_order_that_is_gone_was_cancelled_by_this_machine(shop: World, fate: str) -> None:
    shop.fates = [fate]
    try:
        Process(shop).write("cancel", "7")
    except OrderctlError:
        assert fate != "ok"
    del shop.orders["7"]  # this vendor deletes
    for key in (OrderKey(id="7"), OrderKey(reference="R-1")):
        result = Process(shop, "again").sender.write(Prepared(verb="cancel"), key)
        assert (result.outcome, result.id, result.message) == (Outcome.UNCHANGED, "7", "it was cancelled already")
    with pytest.raises(NotFound):
        Process(shop).write("cancel", "9")
    assert Process(shop).entry().cancelled_at is not None


def test_a_cancel_that_another_run_was_faster_with_is_success(shop: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_given: object) -> Receipt:
        raise NotFound("the order does not exist")

    slow, late = Process(shop, "slow"), Process(shop, "late")
    monkeypatch.setattr(late.sender, "send", refused)
    with pytest.raises(NotFound):
        late.write("cancel", "7")
    assert Process(shop, "fast").write("cancel", "7").outcome is Outcome.CANCELLED
    shop.orders["7"].status = "New"  # as the slow one has seen it
    monkeypatch.setattr(slow.sender, "send", refused)
    result = slow.write("cancel", "7")
    assert (result.outcome, result.id, result.message) == (Outcome.UNCHANGED, "7", "it was cancelled already")


def change(**words: object) -> Prepared:
    return Prepared.of_order("update", OrderChange(**words), {"given": repr(words)}, ())  # type: ignore[arg-type]


def update(shop: World, wanted: Prepared, run: str = "run") -> Outcome:
    return Process(shop, run).sender.write(wanted, OrderKey(id="7")).outcome


def test_an_update_that_adds_lines_is_not_repeated_blindly(shop: World) -> None:
    added = change(lines=(DraftLine(sku="B"),))
    shop.fates = ["lost-before"]
    with pytest.raises(OutcomeUnknown):
        update(shop, added)
    with pytest.raises(OutcomeUnknown, match="was sent before"):
        update(shop, added, "again")
    assert shop.calls == ["add", "update"]
    shop.orders["7"].lines.append("B")
    assert update(shop, added, "applied") is Outcome.UNCHANGED
    assert shop.calls == ["add", "update"]


def test_a_line_that_the_order_had_before_is_not_the_one_that_was_to_be_added(shop: World) -> None:
    added = change(lines=(DraftLine(sku="B"),))
    shop.orders["7"].lines[:] = ["A", "B"]
    shop.fates = ["lost-before"]
    with pytest.raises(OutcomeUnknown):
        update(shop, added)
    with pytest.raises(OutcomeUnknown, match="does not show it yet") as raised:
        update(shop, added, "too early")
    assert raised.value.code == OLD_DOUBT, "looking at old doubts stops no run of many"
    shop.seconds += 121
    assert update(shop, added, "then") is Outcome.UPDATED
    shop.orders["7"].lines.append("B")
    shop.fates = ["lost-before"]
    with pytest.raises(OutcomeUnknown):
        update(shop, added, "once more")
    shop.orders["7"].lines.append("B")
    assert update(shop, added, "applied") is Outcome.UNCHANGED


@pytest.mark.parametrize("had", [["A"], []])
def test_an_update_of_which_a_part_is_there_is_never_repeated_by_itself(shop: World, had: list[str]) -> None:
    added = change(lines=(DraftLine(sku="B"), DraftLine(sku="C")))
    shop.orders["7"].lines[:] = had
    shop.fates = ["lost-before"]
    with pytest.raises(OutcomeUnknown):
        update(shop, added)
    shop.orders["7"].lines.append("B")
    shop.seconds += 1000
    with pytest.raises(OutcomeUnknown, match="the order does not tell whether it was applied; it was not sent again"):
        update(shop, added, "later")
    assert shop.calls == ["add", "update"]


def test_files_that_no_order_shows_are_not_attached_a_second_time(shop: World) -> None:
    shop.fates = ["lost-after"]
    with pytest.raises(OutcomeUnknown):
        update(shop, change(files=("a.pdf",)))
    shop.seconds += 1000
    with pytest.raises(OutcomeUnknown, match="does not tell"):
        update(shop, change(files=("a.pdf",)), "later")
    assert shop.calls == ["add", "update"]


def test_a_push_that_was_applied_is_not_a_conflict_because_the_order_is_elsewhere_now(shop: World) -> None:
    shop.one_step = True
    shop.fates = ["lost-after"]
    with pytest.raises(OutcomeUnknown):
        Process(shop).write("push", "7", to="Pack")
    with pytest.raises(Conflict):
        Process(shop, "another").write("push", "7", to="Check")
    assert Process(shop, "again").write("push", "7", to="Pack").outcome is Outcome.UNCHANGED
    assert rows(shop, "push") == [(State.DONE, "7")]
    with pytest.raises(Conflict):
        Process(shop, "once more").write("push", "7", to="Pack")


def test_an_order_that_has_its_new_reference_is_found_under_the_old_one(shop: World) -> None:
    renames, key = change(reference="R-2"), OrderKey(reference="R-1")
    shop.fates = ["lost-after"]
    with pytest.raises(OutcomeUnknown):
        Process(shop).sender.write(renames, key)
    shop.orders["7"].reference = "R-2"
    result = Process(shop, "again").sender.write(renames, key)
    assert (result.outcome, result.id, result.reference) == (Outcome.UNCHANGED, "7", "R-2")
    with pytest.raises(NotFound):
        Process(shop, "settled").sender.write(renames, key)


def test_a_reference_that_no_order_has_is_not_the_old_one_of_an_order_in_doubt(shop: World) -> None:
    renames = change(reference="R-2")
    shop.fates = ["lost-before"]
    with pytest.raises(OutcomeUnknown):
        Process(shop).sender.write(renames, OrderKey(id="7"))
    with pytest.raises(NotFound):
        Process(shop, "again").sender.write(renames, OrderKey(reference="R-9"))
    assert shop.calls == ["add", "update"]


def test_a_line_that_a_later_update_added_is_not_the_one_in_doubt(shop: World) -> None:
    added = change(lines=(DraftLine(sku="B"),))
    shop.fates = ["lost-before"]
    with pytest.raises(OutcomeUnknown):
        update(shop, added)
    shop.seconds += 1
    assert update(shop, change(lines=(DraftLine(sku="C"),)), "other") is Outcome.UPDATED
    shop.orders["7"].lines += ["B"]  # also where it looks like it
    shop.seconds += 1000
    with pytest.raises(OutcomeUnknown, match="the order does not tell whether it was applied"):
        update(shop, added, "again")
    (asked,) = Process(shop, "asked").reconcile()
    assert "the order does not tell whether it was applied" in str(asked)
    assert shop.calls == ["add", "update", "update"]


def test_where_a_later_push_brought_the_order_tells_nothing_of_the_one_in_doubt(shop: World) -> None:
    shop.fates = ["lost-before"]
    with pytest.raises(OutcomeUnknown):
        Process(shop).write("push", "7", field="first")
    shop.seconds += 1
    assert Process(shop, "other").write("push", "7", to="Pack").outcome is Outcome.PUSHED
    shop.seconds += 1000
    with pytest.raises(OutcomeUnknown, match="the order does not tell whether it was applied"):
        Process(shop, "again").write("push", "7", field="first")


def test_an_order_under_two_names_is_changed_once_in_a_run(shop: World) -> None:
    sender = Process(shop).sender
    sender.write(change(note="a"), OrderKey(id="7"))
    with pytest.raises(Conflict, match="order 7 is named twice, as order '7' and as reference 'R-1'"):
        sender.write(change(note="b"), OrderKey(reference="R-1"))
    assert shop.calls == ["add", "update"]


def test_an_update_that_gives_fields_a_value_may_be_repeated(shop: World) -> None:
    shop.fates = ["lost-before"]
    with pytest.raises(OutcomeUnknown):
        update(shop, change(note="call"))
    assert update(shop, change(note="call"), "again") is Outcome.UPDATED


@pytest.mark.parametrize(
    "words",
    [
        {"title": "T", "status": "Delivered"},
        {"title": "T", "paid": True},
        {"title": "T", "set": {"tracking": Setting(value="X1")}},
        {"title": "T", "customer": Customer(code="C", phone="1")},
        {"lines": (DraftLine(sku="A"),), "replace_lines": True},
        {"note": "x", "title": "T"},
    ],
    ids=["status", "paid", "own", "customer", "lines", "word"],
)
def test_an_update_of_which_the_order_does_not_show_all_is_sent_again(words: dict[str, Any], shop: World) -> None:
    """What the order shows was so before: it tells nothing of the rest."""
    shop.orders["7"].content |= {"title": "T", "code": "C"}
    shop.orders["7"].lines[:] = ["A", "B"]
    shop.fates = ["lost-before"]
    with pytest.raises(OutcomeUnknown):
        update(shop, change(**words))
    assert update(shop, change(**words), "again") is Outcome.UPDATED
    assert shop.calls == ["add", "update", "update"]


def test_an_added_line_stays_in_doubt_where_somebody_took_another_one_away(shop: World) -> None:
    added = change(lines=(DraftLine(sku="C"),))
    shop.orders["7"].lines[:] = ["A", "B"]
    shop.fates = ["lost-after"]
    with pytest.raises(OutcomeUnknown):
        update(shop, added)
    shop.orders["7"].lines[:] = ["A", "C"]
    shop.seconds += 1000
    with pytest.raises(OutcomeUnknown, match="does not tell"):
        update(shop, added, "later")
    assert shop.calls == ["add", "update"]


def test_a_push_is_in_doubt_where_somebody_brought_the_order_elsewhere(shop: World) -> None:
    shop.fates = ["lost-before"]
    with pytest.raises(OutcomeUnknown):
        Process(shop).write("push", "7", to="Delivered")
    shop.orders["7"].status = "Confirmed"
    shop.seconds += 1000
    with pytest.raises(OutcomeUnknown, match="does not tell"):
        Process(shop, "again").write("push", "7", to="Delivered")
    assert shop.calls == ["add", "push"]


def test_reconcile_reads_the_order(shop: World) -> None:
    shop.fates = ["lost-after"]
    with pytest.raises(OutcomeUnknown):
        Process(shop).write("push", "7")
    (result,) = Process(shop, "look").reconcile()
    assert not isinstance(result, OrderctlError)
    assert result.outcome is Outcome.PUSHED
    shop.fates = ["lost-before"]
    with pytest.raises(OutcomeUnknown):
        Process(shop).write("push", "7", to="New")
    (doubt,) = Process(shop, "look").reconcile()
    assert isinstance(doubt, OutcomeUnknown)
    shop.seconds += 121
    (result,) = Process(shop, "look").reconcile()
    assert not isinstance(result, OrderctlError)
    assert (result.outcome, result.message) == (Outcome.FAILED, "the order shows that it was not applied")


def call(path: str = "/pay") -> Request:
    url, purpose = f"http://shop/signature{path}", f"POST {path}"
    return Request(method="POST", url=url, purpose=purpose, body=b"{}", query=(("a", "secret"),))


def test_a_raw_call_is_recorded_and_one_in_doubt_warns(shop: World) -> None:
    run = Process(shop)
    shop.fates = ["lost-before"]
    with pytest.raises(OutcomeUnknown):
        run.sender.raw(call())
    (row,) = shop.store.entries(Wanted(verb="api"))
    assert row.state is State.UNKNOWN
    assert row.content is not None
    assert row.content["content"]["path"] == "/pay"
    assert "secret" not in repr(row)
    shop.fates = ["refused"]
    run.sender.raw(call("/other"))
    assert run.warnings == []
    shop.fates = ["refused"]
    run.sender.raw(call())
    assert f"orderctl journal resolve {row.op}" in run.warnings[0]
    assert [row.state for row in shop.store.entries(Wanted(verb="api"))] == [State.UNKNOWN, *[State.REFUSED] * 2]


@pytest.mark.parametrize("fate", ["lost-after", "crash-after"])
def test_a_cancel_that_the_order_shows_keeps_its_reference_taken(shop: World, fate: str) -> None:
    shop.fates = [fate]
    with pytest.raises(OrderctlError):
        Process(shop).write("cancel", "7")
    assert Process(shop, "again").write("cancel", "7").outcome is Outcome.UNCHANGED
    assert shop.calls == ["add", "cancel"]
    with pytest.raises(Conflict, match="was cancelled on"):
        Process(shop, "create").one(order())


def test_a_run_that_dies_after_a_cancel_leaves_no_order_that_counts_as_made(
    shop: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle, settled = shop.store.settle, list[str]()

    def dies(op: str, state: State, **changes: Any) -> bool:
        settled.append(op)
        if len(settled) == 2:
            raise Crash
        return settle(op, state, **changes)

    with monkeypatch.context() as dying:
        dying.setattr(shop.store, "settle", dies)
        with pytest.raises(OrderctlError):
            Process(shop).write("cancel", "7")
    with pytest.raises(Conflict, match="was cancelled on"):
        Process(shop, "create").one(order())


FATES = ["ok", "lost-before", "lost-after", "500-after", "crash-before", "crash-after", "busy", "nobody", "refused"]


@settings(max_examples=proof_examples(1000, sample=60))
@given(
    fates=st.lists(st.sampled_from(FATES), max_size=8),
    had=st.lists(st.sampled_from("AB"), max_size=3),
    adds=st.lists(st.sampled_from("BC"), min_size=1, max_size=2),
    waits=st.lists(st.sampled_from([1, 121]), min_size=8, max_size=8),
)
def test_whatever_happens_lines_are_added_once(
    fates: list[str], had: list[str], adds: list[str], waits: list[int]
) -> None:
    """Only what is reported as done is not tried again; where the order cannot tell, nothing is sent."""
    shop = World(Duplicates.SEARCHABLE)
    Process(shop, "first").one(order())
    shop.orders["7"].lines[:] = had
    lines = tuple(DraftLine(sku=sku) for sku in adds)
    wanted = Prepared.of_order("update", OrderChange(lines=lines), {"add": adds}, ())
    shop.fates = fates
    done = False
    for run, seconds in enumerate(waits):
        process = Process(shop, f"run {run}")
        try:
            done = process.sender.write(wanted, OrderKey(id="7")).outcome in {Outcome.UPDATED, Outcome.UNCHANGED}
        except Crash:
            process.die()
        except OrderctlError:
            pass
        if done:
            break
        shop.seconds += seconds
    assert shop.orders["7"].lines in ([*had, *adds], had)
    if done:
        assert shop.orders["7"].lines == [*had, *adds]
