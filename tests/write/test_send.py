"""Each part of a write is sent once, again only where it was not processed; what stops names what is missing."""

import datetime as dt
import json
import shlex
import threading
from contextlib import suppress

import pytest

from orderctl.backend.call import Meaning
from orderctl.backend.prepared import Hole, Part, Seen
from orderctl.errors import (
    Conflict,
    DeadlinePassed,
    Interrupted,
    LoginRefused,
    NotFound,
    NotSent,
    OrderctlError,
    OutcomeUnknown,
    PartlyDone,
    PermissionDenied,
    Problem,
    RateLimited,
    Refused,
    Temporary,
    UsageError,
)
from orderctl.frozen import replace
from orderctl.http import Client, DryRun, Request
from orderctl.http._httpx import httpx
from orderctl.journal.entry import State
from orderctl.journal.store import Wanted
from orderctl.model import Order, OrderKey, Outcome, Receipt
from orderctl.signals import Stop
from orderctl.write.send import Sender
from tests.write.box import (
    ADD,
    CREATE,
    CREATED,
    EXPIRED,
    KEY,
    LATE,
    LINES,
    LOST,
    NOBODY,
    OK,
    Account,
    Answer,
    asking,
    busy,
    ignored,
    no_journal,
    opened,
    says,
)

# One part, and several


def test_one_part() -> None:
    account = Account(CREATED)
    result = account.create()
    assert (result.outcome, result.id, result.reference, result.error) == (Outcome.CREATED, "7", "R-1", None)
    assert account.events == ["look", "look for R-1", '> add {"code": 1, "ref": "R-1"}', "confirm 7"]
    assert account.stop.writing == {threading.get_ident()}  # until the pool says that it is over


def test_an_order_that_was_made_before_is_not_made_again() -> None:
    account = Account(CREATED, CREATED)
    assert account.create().id == "7"
    again = account.create()
    assert (again.outcome, again.id) == (Outcome.REPLAYED, "7")
    assert account.wire.calls == 1


def test_an_answer_that_names_an_order_which_this_run_made_before_is_another_ones() -> None:
    account = Account(CREATED, CREATED)
    assert account.create().id == "7"
    other = replace(CREATE, reference="R-2")
    account.sender.plan([other])
    with pytest.raises(
        OutcomeUnknown, match="answers with order 7, which the journal has under the reference 'R-1'"
    ) as raised:
        account.sender.write(other)
    row = next(account.journal.store.entries(Wanted(reference="R-2")))
    assert (raised.value.journal, row.state, row.order_id) == (row.op, State.UNKNOWN, None)


def test_nothing_more_is_sent_to_an_order_that_is_another_ones() -> None:
    account = Account(CREATED, OK, OK, OK, CREATED, parts=(ADD, *LINES))
    assert account.create().id == "7"
    other = replace(CREATE, reference="R-2")
    account.sender.plan([other])
    with pytest.raises(OutcomeUnknown, match="answers with order 7, which the journal has under the reference 'R-1'"):
        account.sender.write(other)
    row = next(account.journal.store.entries(Wanted(reference="R-2")))
    assert (row.state, row.order_id, row.steps) == (State.UNKNOWN, None, {})
    assert [sent.partition(" ")[0] for sent in account.sent] == ["add", "line", "line", "line", "add"]


def test_several_parts_are_sent_in_order_with_the_id_that_the_first_one_brought() -> None:
    account = Account(CREATED, OK, parts=(ADD, *LINES))
    assert account.create().id == "7"
    assert account.sent == [
        'add {"code": 1, "ref": "R-1"}',
        *(f'line {{"code": 1, "order": "7", "sku": {n}}}' for n in (1, 2, 3)),
    ]
    assert account.events[-1] == "confirm 7"


def test_an_update_knows_its_order_and_takes_no_id_from_an_answer() -> None:
    account = Account(says(Meaning.DONE, "8"), OK, parts=LINES[:2])
    result = account.update()
    assert (result.outcome, result.id) == (Outcome.UPDATED, "7")
    assert all('"order": "7"' in body for body in account.sent)
    assert account.events[0] == "look"
    assert not any("duplicate" in event for event in account.events)


def test_what_a_part_needs_is_read_just_before_it_is_sent() -> None:
    part = Part(purpose="push", call="push", values={"step": Hole("step")}, needs=("step",))
    account = Account(OK, parts=(LINES[0], part))
    account.update()
    line, push = ('> line {"code": 1, "order": "7", "sku": 1}', '> push {"code": 1, "step": "of 7"}')
    assert account.events == ["look", line, "fill step", push, "confirm 7"]


def test_what_was_seen_may_stop_the_write_or_leave_nothing_to_do() -> None:
    account = Account(CREATED)
    account.backend.seen = Seen(problems=(Problem("--set a", "is unknown to the form"),))
    assert "nothing was sent" in account.fails(UsageError).message
    assert account.wire.calls == 0
    account.backend.seen = Seen(warnings=("the form has changed",))
    account.create()
    assert account.warnings == ["the form has changed"]


def test_an_order_that_is_as_asked_already_is_not_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    account = Account(OK)
    seen = Seen(unchanged="it is so already", id="7", order=Order(id="7"))
    monkeypatch.setattr(account.backend, "look", lambda *_: seen)
    result = account.update()
    assert (result.outcome, result.message) == (Outcome.UNCHANGED, "it is so already")
    assert account.wire.calls == 0


def test_a_run_that_is_to_end_sends_nothing() -> None:
    account = Account(CREATED)
    account.stop.ask(LATE)
    assert account.fails(DeadlinePassed) is LATE
    assert account.wire.calls == 0
    assert not account.stop.writing


def test_a_deadline_that_passed_sends_nothing() -> None:
    account = Account(CREATED, deadline=-1)
    account.fails(DeadlinePassed)
    assert account.wire.calls == 0


# Tries of what was not processed


def test_what_was_not_sent_is_tried_three_times() -> None:
    account = Account(NOBODY)
    error = account.fails(NotSent)
    assert (error.exit_code, account.wire.calls, account.time.slept) == (9, 3, [0.5, 1.0])
    assert not account.stop.writing


def test_a_write_gets_through_in_the_end() -> None:
    account = Account(NOBODY, NOBODY, CREATED)
    assert account.create().id == "7"
    assert len(account.sent) == 1


@pytest.mark.parametrize("error", [LOST, httpx.ReadTimeout("x"), httpx.WriteError("x"), httpx.RemoteProtocolError("x")])
def test_nothing_is_sent_again_after_a_byte_left(error: Exception) -> None:
    account = Account(error, CREATED)
    failure = account.fails(OutcomeUnknown)
    assert account.wire.calls == 1
    assert failure.hint == "find out what became of it: orderctl journal reconcile R-1 -p shop"
    assert failure.journal == next(account.journal.store.entries(Wanted(states=(State.UNKNOWN,)))).op


@pytest.mark.parametrize("status", [302, 408, 425, 500, 502, 503, 504])
def test_nothing_is_sent_again_after_an_answer_that_may_mean_anything(status: int) -> None:
    account = Account(says(Meaning.NOTHING, status=status), CREATED)
    assert account.fails(OutcomeUnknown).http_status == status
    assert account.wire.calls == 1


def test_nothing_is_sent_again_after_a_try_that_may_have_been_processed() -> None:
    account = Account(NOBODY, LOST, CREATED)
    account.fails(OutcomeUnknown)
    assert account.wire.calls == 2


@pytest.mark.parametrize("meaning", [Meaning.NOTHING, Meaning.DONE, Meaning.REFUSED])
def test_a_busy_vendor_is_asked_three_times_whatever_its_body_says(meaning: Meaning) -> None:
    account = Account(says(meaning, status=429))
    error = account.fails(RateLimited)
    assert (error.http_status, len(account.sent), account.time.slept) == (429, 3, [0.5, 1.0])
    assert not any(event.startswith("refused") for event in account.events)


def test_a_wait_that_the_vendor_asked_for_is_kept() -> None:
    account = Account(busy(retry_after="7"), CREATED)
    assert account.create().id == "7"
    assert account.time.slept == [7.0]


@pytest.mark.parametrize("deadline, asked", [(None, "90"), (20, "30")])
def test_a_wait_that_does_not_fit_ends_at_once(deadline: float | None, asked: str) -> None:
    account = Account(busy(retry_after=asked), CREATED, deadline=deadline)
    error = account.fails(RateLimited)
    assert (error.exit_code, error.retry_after) == (9, float(asked))
    assert (account.time.slept, account.wire.calls) == ([], 1)


def test_a_pause_before_the_next_try_ends_with_the_run_and_nothing_was_done() -> None:
    account = Account(CREATED)
    account.wire.script = (asking(account, busy(retry_after="7")), CREATED)
    assert account.fails(DeadlinePassed) is LATE
    assert account.wire.calls == 1
    assert not account.stop.writing


# Sessions


def test_a_session_that_is_over_is_renewed_once_and_the_part_sent_once_more() -> None:
    account = Account(EXPIRED, CREATED)
    assert account.create().id == "7"
    assert account.events[2:] == [
        '> add {"code": 1, "ref": "R-1"}', "renew", '> add {"code": 2, "ref": "R-1"}', "confirm 7"
    ]  # fmt: skip
    assert account.time.slept == []


def test_a_session_that_is_over_again_is_an_error() -> None:
    account = Account(EXPIRED)
    assert account.fails(PermissionDenied).code == "box.expired"
    assert (len(account.sent), account.events.count("renew")) == (2, 1)
    assert account.events[-1].startswith(">")


def test_a_session_that_cannot_be_renewed_is_an_error() -> None:
    account = Account(EXPIRED)
    account.backend.renews = False
    account.fails(PermissionDenied)
    assert len(account.sent) == 1


def test_a_login_that_is_refused_at_a_renewal_is_that_error() -> None:
    account = Account(EXPIRED)

    def refuse() -> None:
        raise LoginRefused("the password is wrong")

    account.backend.reads = refuse
    account.fails(LoginRefused)
    assert not account.stop.writing


@pytest.mark.parametrize(
    "answer, drops", [(CREATED, 0), (EXPIRED, 1), (says(Meaning.REFUSED), 1), (says(Meaning.UNKNOWN), 1)]
)
def test_the_connection_of_an_answer_that_is_not_a_yes_is_not_used_again(
    answer: Answer, drops: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the vendor says of a session, or a refusal, may come with 200."""
    account = Account(answer, CREATED)
    dropped: list[int] = []
    monkeypatch.setattr(account.client, "drop", lambda: dropped.append(account.wire.calls))
    with suppress(OrderctlError):
        account.create()
    assert dropped == [1] * drops


def test_every_part_may_renew() -> None:
    account = Account(CREATED, EXPIRED, OK, EXPIRED, OK, parts=(ADD, *LINES[:2]))
    account.create()
    assert account.events.count("renew") == 2


def test_a_write_that_was_half_done_is_under_way_also_in_a_pause() -> None:
    """The pool waits for it, so that what is missing is reported; one that was not begun is not waited for."""
    for script, writing in (((CREATED, NOBODY), {threading.get_ident()}), ((NOBODY,), set[int]())):
        account = Account(*script, parts=(ADD, *LINES))
        seen: list[frozenset[int]] = []
        account.client.clock.sleep = lambda _seconds, a=account, seen=seen: seen.append(a.stop.writing)  # type: ignore[misc]
        account.fails(PartlyDone if writing else NotSent)
        assert seen == [writing, writing]


def test_a_renewal_in_which_the_run_ends_sends_nothing_more() -> None:
    for script, parts in (((EXPIRED, OK), (ADD,)), ((CREATED, EXPIRED, OK), (ADD, *LINES))):
        account = Account(*script, parts=parts)
        account.backend.reads = lambda account=account: account.stop.ask(LATE)  # type: ignore[misc]
        error = account.fails(DeadlinePassed if len(parts) == 1 else PartlyDone)
        assert error is LATE or "missing: line 1, line 2, line 3" in error.message
        assert account.events[-1] == "renew"


# Refusals


def test_a_refusal_is_the_vendors_own_and_nothing_is_read_back() -> None:
    account = Account(says(Meaning.REFUSED, code="box.no", hint="ask"), parts=(ADD, *LINES))
    error = account.fails(Refused)
    assert (error.code, error.hint) == ("box.no", "ask")
    assert "so says the box" in error.message
    assert account.events[2:] == ['> add {"code": 1, "ref": "R-1"}', "refused add"]


def test_a_refusal_of_what_is_as_asked_already_is_not_a_failure() -> None:
    account = Account(says(Meaning.REFUSED))
    account.backend.receipt = Receipt(id="7", unchanged=True, message="it was so already")
    result = account.create()
    assert (result.outcome, result.message) == (Outcome.UNCHANGED, "it was so already")
    assert not any(event.startswith("confirm") for event in account.events)


BATCH = Part(purpose="add lines", call="batch", name="lines", fills="", instead_of="box.no_batch", instead=LINES[:2])


def test_other_parts_are_sent_instead_after_the_refusal_that_names_them() -> None:
    account = Account(says(Meaning.REFUSED, code="box.no_batch"), OK, parts=(BATCH, LINES[2]))
    account.update()
    assert [sent.split()[0] for sent in account.sent] == ["batch", "line", "line", "line"]
    assert [json.loads(sent[5:])["sku"] for sent in account.sent[1:]] == [1, 2, 3]
    assert not any(event.startswith("refused") for event in account.events)


@pytest.mark.parametrize(
    "answer, kind",
    [(says(Meaning.REFUSED, code="box.other"), Refused),
     (says(Meaning.REFUSED, code="box.no_batch", status=500), OutcomeUnknown),
     (says(Meaning.UNKNOWN, code="box.no_batch"), OutcomeUnknown),
     (says(Meaning.REFUSED, code="box.no_batch", status=429), RateLimited)],
    ids=["another", "500", "unknown", "429"],
)  # fmt: skip
def test_no_other_parts_are_sent_after_any_other_answer(answer: Answer, kind: type[OrderctlError]) -> None:
    account = Account(answer, parts=(BATCH,))
    account.fails(kind, update=True)
    assert {sent.split()[0] for sent in account.sent} == {"batch"}


def test_nothing_is_sent_instead_once_the_run_is_to_end() -> None:
    account = Account(OK, parts=(BATCH,))
    account.wire.script = (asking(account, says(Meaning.REFUSED, code="box.no_batch")), OK)
    assert account.fails(DeadlinePassed, update=True) is LATE
    assert account.wire.calls == 1


# An order without an id, and one that exists


def order(reference: str = "R-1", *, minutes: int = 0) -> Order:
    return Order(id="7", reference=reference, created_at=dt.datetime(2026, 5, 1, 12, minutes, tzinfo=dt.UTC))


def test_an_order_that_was_accepted_without_an_id_is_looked_for() -> None:
    account = Account(OK, parts=(ADD, LINES[0]))
    account.backend.orders = order()
    assert account.create().id == "7"
    assert account.events[2:] == [
        '> add {"code": 1, "ref": "R-1"}', "find R-1", '> line {"code": 1, "order": "7", "sku": 1}', "confirm 7"
    ]  # fmt: skip


@pytest.mark.parametrize(
    "found, says_",
    [(NotFound("nothing is found"), "nothing is found"),
     (Order(id="7", created_at=dt.datetime(2026, 5, 1, 11, 58, tzinfo=dt.UTC)), "may be an older one"),
     (Order(id="7"), "may be an older one"), (Temporary("the box is down"), "cannot be looked up (the box is down)")],
    ids=["none", "older", "of no time", "down"],
)  # fmt: skip
def test_an_order_that_is_not_seen_is_unknown(found: OrderctlError | Order, says_: str) -> None:
    account = Account(OK, parts=(ADD, *LINES))
    account.backend.orders = found
    error = account.fails(OutcomeUnknown)
    assert "create order 'R-1': Box says ok without an id" in error.message
    assert says_ in error.message
    assert "orderctl journal reconcile R-1 -p shop" in error.hint
    assert len(account.sent) == 1


@pytest.mark.parametrize("answer", [says(Meaning.EXISTS), says(Meaning.NOTHING, status=409)], ids=["listed", "409"])
def test_a_reference_that_exists_names_its_order(answer: Answer) -> None:
    account = Account(answer)
    account.backend.orders = order()
    error = account.fails(Conflict)
    assert (error.code, error.order_id) == ("vendor.duplicate", "7")
    assert "exists already as order 7; no second order was made" in error.message
    assert len(account.sent) == 1


def test_an_order_that_the_refusal_names_is_not_looked_for() -> None:
    account = Account(says(Meaning.EXISTS, order_id="9"))
    assert account.fails(Conflict).order_id == "9"
    assert "find R-1" not in account.events


@pytest.mark.parametrize("failure", [NotFound("none"), Temporary("down"), Conflict("two")], ids=lambda e: e.message)
def test_a_listed_duplicate_is_one_though_it_is_not_seen_and_a_bare_409_is_unknown(failure: OrderctlError) -> None:
    account = Account(says(Meaning.EXISTS))
    account.backend.orders = failure
    error = account.fails(Conflict)
    assert (error.code, error.order_id) == ("vendor.duplicate", None)
    assert "exists already at Box" in error.message
    account = Account(says(Meaning.NOTHING, status=409))
    account.backend.orders = failure
    assert account.fails(OutcomeUnknown).http_status == 409


def test_an_update_to_a_reference_that_exists_is_the_vendors_refusal() -> None:
    account = Account(says(Meaning.EXISTS, code="vendor.duplicate"), parts=LINES[:1])
    error = account.fails(Conflict, update=True)
    assert "so says the box" in error.message
    assert "second order" not in error.message
    assert "find" not in " ".join(account.events)


# Half done


def half_made(error: OrderctlError) -> list[str]:
    assert error.code == "order.half_made"
    assert error.order_id == "7"
    return error.message.split("; ")


def test_an_order_that_was_made_in_part_says_what_is_missing_and_how_to_add_it() -> None:
    account = Account(CREATED, OK, says(Meaning.REFUSED), parts=(ADD, *LINES))
    error = account.fails(PartlyDone)
    assert half_made(error) == [
        "order 7 was created", "done: header, line 1",
        "missing: line 2, line 3 (add line 2 to order 'R-1': Box says 'so says the box')",
    ]  # fmt: skip
    assert error.hint == "add what is missing: orderctl update 7 -p shop --line sku=2 --line sku=3"
    assert shlex.split(error.hint.partition(": ")[2])[:3] == ["orderctl", "update", "7"]
    assert not any(event.startswith("confirm") for event in account.events)


def test_a_part_that_may_be_there_is_not_missing_but_not_known() -> None:
    account = Account(CREATED, OK, LOST, parts=(ADD, *LINES))
    error = account.fails(OutcomeUnknown)
    assert half_made(error)[:4] == [
        "order 7 was created", "done: header, line 1", "missing: line 3",
        "not known: line 2 (add line 2 to order 'R-1': the connection broke (the connection broke)",
    ]  # fmt: skip
    assert error.hint == (
        "add what is missing: orderctl update 7 -p shop --line sku=3; look at it (orderctl get 7 -p shop), and only"
        " where it lacks line 2: orderctl update 7 -p shop --line sku=2"
    )


def test_an_update_says_so_too() -> None:
    account = Account(OK, NOBODY, parts=LINES)
    error = account.fails(PartlyDone, update=True)
    assert half_made(error)[:2] == ["order 7 was changed", "done: line 1"]
    assert account.wire.calls == 4  # one, and three tries
    account = Account(LOST, parts=LINES)
    error = account.fails(OutcomeUnknown, update=True)
    assert half_made(error)[:2] == ["order 7 may have been changed", "missing: line 2, line 3"]


def test_an_update_of_which_nothing_was_done_is_its_own_error() -> None:
    account = Account(says(Meaning.REFUSED), parts=LINES)
    assert account.fails(Refused, update=True).code == "vendor.refused"


def test_a_busy_vendor_in_the_middle_says_how_long() -> None:
    account = Account(CREATED, busy(retry_after="200"), parts=(ADD, *LINES))
    error = account.fails(PartlyDone)
    assert (error.retry_after, error.http_status) == (200, 429)
    assert "missing: line 1, line 2, line 3" in error.message


# A run that is to end


@pytest.mark.parametrize("why", [LATE, Interrupted("interrupted", signal=2)], ids=["deadline", "signal"])
def test_no_further_part_is_started_and_what_is_missing_is_reported(why: OrderctlError) -> None:
    account = Account(CREATED, parts=(ADD, *LINES))
    account.wire.script = (CREATED, asking(account, OK, why), OK)
    error = account.fails(PartlyDone)
    assert half_made(error)[1:] == ["done: header, line 1", f"missing: line 2, line 3 ({why.message})"]
    assert account.wire.calls == 2


def test_nothing_is_read_for_a_part_that_is_not_started() -> None:
    account = Account(OK, parts=(LINES[0], Part(purpose="push", call="push", name="the push", needs=("step",))))
    account.wire.script = (asking(account, OK),)
    account.fails(PartlyDone, update=True)
    assert account.events == ["look", '> line {"code": 1, "order": "7", "sku": 1}']


def test_a_deadline_that_passes_between_parts_starts_no_further_one() -> None:
    account = Account(CREATED, parts=(ADD, *LINES), deadline=10)

    def slow() -> Answer:
        account.time.at = 11
        return CREATED

    account.wire.script = (slow, OK)
    assert "missing: line 1, line 2, line 3 (the run's deadline passed" in account.fails(PartlyDone).message
    assert account.wire.calls == 1


def test_a_run_that_ends_while_a_part_is_prepared_does_not_start_it() -> None:
    part = Part(purpose="push", call="push", name="the push", needs=("step",), option="--push")
    account = Account(CREATED, parts=(ADD, part))
    account.backend.reads = lambda: account.stop.ask(LATE)
    assert "missing: the push" in account.fails(PartlyDone).message
    assert account.sent == ['add {"code": 1, "ref": "R-1"}']


def test_the_read_back_is_not_broken_off_by_a_signal_or_the_deadline() -> None:
    """Confirm, the search of an order without id, and the look after a refusal."""
    for answer, orders in ((CREATED, order()), (OK, order()), (says(Meaning.REFUSED), order())):
        account = Account(CREATED, deadline=10)
        reads: list[int] = []

        def read_back(account: Account = account, reads: list[int] = reads) -> None:
            assert account.stop.patient
            account.time.at = max(account.time.at, 11)
            account.stop.ask(Interrupted("interrupted", signal=2))
            reads.append(account.client.read(Request(method="GET", url="http://box/get", purpose="get")).status)
            account.backend.connection.reader.pause(5)

        busy_once, fine = says(Meaning.NOTHING, status=503), OK
        account.wire.script = (answer, busy_once, fine)
        account.backend.orders = orders
        account.backend.reads = read_back
        account.backend.receipt = Receipt(id="7")
        assert account.create().id == "7"
        assert set(reads) == {200}
        assert account.time.at > 11
        assert not account.stop.patient


def test_a_read_back_that_fails_leaves_the_write_unknown_and_says_which_order() -> None:
    def down() -> None:
        raise Temporary("the box is down")

    account = Account(CREATED)
    account.backend.reads = down
    error = account.fails(OutcomeUnknown)
    assert error.message.startswith(
        "create order 'R-1': Box says ok, and it cannot be read back (the box is down); it may"
    )
    assert error.order_id == "7"
    assert "orderctl get 7 -p shop" in error.hint


@pytest.mark.parametrize("kind", [OutcomeUnknown, PartlyDone])
def test_a_read_back_that_shows_something_else_is_its_own_error(kind: type[OrderctlError]) -> None:
    def odd() -> None:
        raise kind("line 2 is not there")

    account = Account(CREATED)
    account.backend.reads = odd
    error = account.fails(kind)
    assert (error.message, error.order_id) == ("line 2 is not there", "7")


# Dry runs and raw calls


@pytest.mark.parametrize("key, shown", [(None, "<order>"), (KEY, "<order>"), (OrderKey(reference="R-1"), "<order>")])
def test_a_dry_run_records_every_part_and_sends_nothing(key: OrderKey | None, shown: str) -> None:
    dry = DryRun()
    client = Client(dry)
    backend = opened(client, (ADD, *LINES))
    Sender(backend, client, no_journal, stop=Stop(), warn=ignored).dry_run(CREATE, key)
    assert [(r["url"], json.loads(r["body"])) for r in dry.requests] == [
        ("http://box/add", {"code": 1, "ref": "R-1"}),
        *(("http://box/line", {"code": 1, "order": shown, "sku": n}) for n in (1, 2, 3)),
    ]
    assert backend.events == []


RAW = Request(method="POST", url="http://box/any", purpose="POST any", body=b"x")


@pytest.mark.parametrize("status", [200, 302, 429, 500])
def test_a_raw_call_is_sent_once_whatever_comes_back(status: int) -> None:
    account = Account(says(Meaning.NOTHING, status=status))
    assert account.sender.raw(RAW).status == status
    assert account.sent == ["any x"]


@pytest.mark.parametrize("error, kind", [(NOBODY, NotSent), (LOST, OutcomeUnknown)])
def test_a_raw_call_that_fails_is_not_sent_again(error: Exception, kind: type[OrderctlError]) -> None:
    account = Account(error)
    with pytest.raises(kind):
        account.sender.raw(RAW)
    assert account.wire.calls == 1


def test_a_raw_call_that_a_second_signal_breaks_off_is_unknown() -> None:
    def second_signal() -> Answer:
        raise Interrupted("interrupted", signal=2, at_once=True)

    account = Account(second_signal)
    with pytest.raises(OutcomeUnknown, match="POST any: interrupted"):
        account.sender.raw(RAW)


def test_a_raw_call_that_a_signal_keeps_from_being_sent_is_interrupted() -> None:
    account = Account(OK, rate=1)
    for _ in range(4):
        account.sender.raw(RAW)

    def signalled(_seconds: float) -> None:
        account.stop.ask(Interrupted("interrupted", signal=2))
        account.stop.check()

    account.client.clock.sleep = signalled  # it waits for its turn
    for _ in range(2):
        with pytest.raises(Interrupted):
            account.sender.raw(RAW)
    assert account.wire.calls == 4
