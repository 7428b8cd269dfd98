"""What became of the writes whose outcome is unknown: looked up at the vendor, never sent again.

It is beside the senders and not in the journal, because it asks the vendor the same questions as the next create.

"Absent" is a strong word: a vendor may commit after our time-out, drop a filter, or cut a search. So it takes two
complete searches 30 seconds apart, both two minutes or more after the last send, and in the same run an order that the
journal knows to exist must be found. Even then a vendor that does not refuse a second order gets it again only when
somebody says so (`resend`), or the profile does.
"""

import datetime as dt
from functools import cached_property
from typing import Any

from orderctl.backend.prepared import Prepared
from orderctl.errors import Conflict, NotFound, OrderctlError, OutcomeUnknown, Temporary, Unsupported
from orderctl.frozen import replace
from orderctl.journal.entry import UNRESOLVED, Entry, State
from orderctl.journal.store import Wanted
from orderctl.model import Order, Outcome
from orderctl.write import doubts
from orderctl.write.result import VERBS, Result
from orderctl.write.send import Sender

APART = dt.timedelta(seconds=30)
"""Between two searches that do not find an order."""


class Reconciler:
    """Settles the unknown writes of one profile's account, as far as the vendor tells. It only reads there."""

    def __init__(self, sender: Sender) -> None:
        self._backend, self._creates, self._journal = sender.backend, sender.creates, sender.journal

    def settle(self, entry: Entry) -> Result:
        """Return what became of a write whose outcome was unknown.

        Raises OutcomeUnknown where it is still unknown, Conflict where a person has to decide, and as a read.
        """
        try:
            return self._create(entry) if entry.verb == "create" else self._change(entry)
        except OrderctlError as error:
            error.journal = entry.op
            raise

    def _create(self, entry: Entry) -> Result:
        prepared, began = _prepared(entry), self._journal.now()
        order = self._creates.look_for(entry, prepared)
        if order is None:
            raise self._not_found(entry, began)
        missing = self._creates.missing(prepared, order)
        if missing and not any(state in UNRESOLVED for state in entry.steps.values()):
            raise OutcomeUnknown(
                f"order {order.id} was created; missing: {missing}",
                hint="create it again with the same content: only what is missing is sent",
            )
        if missing:
            what = f"order {order.id} was created without {missing}"  # it was found, so the search is good
            raise self._searched(entry, began, what, absent=what)
        return self._settled(entry, State.DONE, "found at the vendor", order_id=order.id)

    def _not_found(self, entry: Entry, began: dt.datetime) -> OutcomeUnknown:
        """Return the error for an order that a search does not find; where that is evidence, it is recorded."""
        reference = str(entry.reference)
        what = f"order {reference} is not found, and its outcome is still unknown"
        if self._creates.refuses:
            title = self._backend.vendor.title
            hint = f"run the same create again: {title} refuses a second order of a reference"
            return OutcomeUnknown(what, hint=hint)
        if began >= self._settled_at(entry) and not self._control:
            return OutcomeUnknown(
                f"{what}: no order that the journal knows to exist was found either, so the search proves nothing",
                hint=f"look at the vendor, then: {self._backend.command('journal', 'resolve', reference)}"
                " --exists ID (or --absent)",
            )
        return self._searched(entry, began, what, absent=f"order {reference} does not exist")

    def _searched(self, entry: Entry, began: dt.datetime, what: str, *, absent: str) -> OutcomeUnknown:
        """Record a search that did not find what was sent, and return the error that says what follows.

        What counts is when it `began`: a vendor may have made the order while it was searched.
        """
        settled, reference = self._settled_at(entry), str(entry.reference)
        again = f"ask again: {self._backend.command('journal', 'reconcile', reference)}"
        if began < settled:
            local = settled.astimezone(self._backend.profile.zone)
            return OutcomeUnknown(f"{what}: it may still be made until {local:%H:%M:%S}", hint=f"{again}, after that")
        if entry.searched_at is None or entry.searched_at < settled:
            self._settle(entry, State.UNKNOWN, searched_at=began)
            said = f"{what}: one search has not found it, and a second one is needed"
            return OutcomeUnknown(said, hint=f"{again}, in 30 s")
        if began < entry.searched_at + APART:
            return OutcomeUnknown(f"{what}: the last search was less than 30 s ago", hint=f"{again}, in 30 s")
        self._settle(entry, State.UNKNOWN, absent=True)
        resend = self._backend.command("journal", "resend", reference)
        return OutcomeUnknown(f"{absent}: two searches have not found it", hint=f"send it: {resend}")

    def _settled_at(self, entry: Entry) -> dt.datetime:
        """Return when a vendor has made what it was sent, or never will."""
        return entry.sent_at + doubts.SETTLE if entry.sent_at else self._journal.now()

    @cached_property
    def _control(self) -> bool:
        """Whether an order that the journal knows to exist is found by its reference."""
        target = self._journal.account(None).target
        done = self._journal.store.entries(
            Wanted(target=target, verb="create", states=(State.DONE,)), newest_first=True, limit=20
        )
        for entry in done:
            if entry.cancelled_at is None and entry.reference and entry.order_id:
                try:
                    return self._backend.find(entry.reference).id == entry.order_id
                except (NotFound, Unsupported):
                    return False
        return False

    def _change(self, entry: Entry) -> Result:
        """Return what became of a write that changes an order: the order is read."""
        if entry.verb == "api" or entry.order_id is None:
            raise OutcomeUnknown(
                f"a raw call has no state that can be read ({entry.content and entry.content['content'].get('path')})",
                hint=f"once you know: {self._backend.command('journal', 'resolve', entry.op)} --applied (or --absent)",
            )
        try:
            order = self._backend.get(entry.order_id)
        except NotFound as error:
            if entry.verb != "cancel":
                raise OutcomeUnknown(
                    f"{entry.verb} order {entry.order_id!r}: the order is not found, so nothing tells whether it was"
                    f" applied ({error.message})",
                    hint=f"say what is so: {self._backend.command('journal', 'resolve', entry.op)} --applied"
                    " (or --absent)",
                ) from error
            doubts.note_cancelled(self._journal, entry.order_id)
            return self._settled(entry, State.DONE, "the order is gone")
        return self._of_order(entry, order)

    def _of_order(self, entry: Entry, order: Order) -> Result:
        if doubts.applied(entry, order, overtaken=doubts.overtaken(self._journal, entry)):
            if entry.verb == "cancel":
                doubts.note_cancelled(self._journal, order.id)
            return self._settled(entry, State.DONE, "the order shows that it was applied")
        if not doubts.old(self._journal, entry):
            raise OutcomeUnknown(
                f"{entry.verb} order {order.id!r}: the order does not show it, and it may still be applied",
                hint=f"ask again in two minutes: {self._backend.command('journal', 'reconcile', entry.op)}",
            )
        if not doubts.refuted(entry, order):
            raise OutcomeUnknown(
                f"{entry.verb} order {order.id!r}: the order does not tell whether it was applied",
                hint=f"look at it ({self._backend.command('get', order.id)}), then:"
                f" {self._backend.command('journal', 'resolve', entry.op)} --applied (or --absent)",
            )
        said = "the order shows that it was not applied"
        self._settle(entry, State.REFUSED, settled_at=self._journal.now(), evidence=said)
        return self._result(entry, Outcome.FAILED, said)

    def _settled(self, entry: Entry, state: State, said: str, *, order_id: str | None = None) -> Result:
        changes = {"order_id": order_id} if order_id else {}
        self._settle(entry, state, settled_at=self._journal.now(), evidence=said, **changes)
        return self._result(entry, VERBS[entry.verb], said, order_id=order_id)

    def _settle(self, entry: Entry, state: State, **changes: Any) -> None:
        """Record what was found out. Raises Temporary where another run has sent or settled the write meanwhile."""
        if not self._journal.store.settle(entry.op, state, seen=entry, **changes):
            about = entry.reference or entry.op
            raise Temporary(f"{entry.verb} {about} was changed by another run meanwhile", hint="ask again")

    def _result(self, entry: Entry, outcome: Outcome, said: str, *, order_id: str | None = None) -> Result:
        return Result(
            verb=entry.verb,
            outcome=outcome,
            id=order_id or entry.order_id,
            reference=entry.reference,
            message=said,
            journal=entry.op,
        )


def resend(sender: Sender, entry: Entry) -> Result:
    """Send a create again whose order does not exist: a search or a person has confirmed that. Raises as a write.

    It is looked up once more first. Raises Conflict where it was not shown.
    """
    if entry.verb != "create" or entry.state is not State.UNKNOWN or not entry.absent:
        reference, command = str(entry.reference or entry.op), sender.backend.command
        if entry.verb != "create" or entry.state is not State.UNKNOWN:
            why = f"its state is {entry.state}" if entry.verb == "create" else f"only a create is, not a {entry.verb}"
            hint = f"see: {command('journal', 'show', entry.op)}"
        elif sender.backend.finds(reference):
            why = "it was not shown to be absent"
            hint = f"ask the vendor first: {command('journal', 'reconcile', reference)}"
        else:
            title = sender.backend.vendor.title
            why = f"{title} cannot be searched, and nobody has confirmed that it is absent"
            hint = f"look for it at {title}; if it is not there: {command('journal', 'resolve', reference)} --absent"
        raise Conflict(f"{entry.verb} {reference} is not sent again: {why}", hint=hint, code="journal.not_absent")
    return sender.resend(entry.prepared, entry)


def _prepared(entry: Entry) -> Prepared:
    """Return a create as it was prepared, as far as its content is kept."""
    content = entry.content or {"content": {}, "lines": 0, "wanted": {}}
    return replace(
        Prepared(verb="create", reference=entry.reference),
        content=content["content"],
        lines=content["lines"],
        wanted=content["wanted"],
    )
