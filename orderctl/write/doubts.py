"""What an earlier write in doubt means for the next one of the same order: its state is read before it is repeated.

A create is a key: see `creates`. An update, a cancel, a push and a raw call are a log: a done one does not stop the
same command, one whose outcome is unknown does, until the order shows what became of it.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

from orderctl.backend.compare import compare
from orderctl.backend.contract import Backend
from orderctl.backend.prepared import Prepared, Seen
from orderctl.errors import OutcomeUnknown
from orderctl.http import Reply, Request
from orderctl.http.status import NOT_PROCESSED
from orderctl.journal.entry import Entry, State
from orderctl.journal.journal import Journal, Record
from orderctl.journal.store import Wanted
from orderctl.model import Order, OrderChange, OrderKey, Status

CANCELLED = "it was cancelled already"

SETTLE = dt.timedelta(seconds=120)
"""After so long a vendor has done what it was asked to do, or will not."""


def settle(journal: Journal, backend: Backend, prepared: Prepared, seen: Seen) -> str:
    """Settle the earlier writes in doubt of the order that was read; return why this one need not be sent, or "".

    Raises OutcomeUnknown where the order does not tell whether the same write was applied.
    """
    said = ""
    for entry in _in_doubt(journal, prepared.verb, seen.order_id):
        same = entry.same(prepared)
        if seen.order is None or not (same or prepared.verb == "cancel"):
            continue
        if applied(entry, seen.order):
            if prepared.verb == "cancel":
                note_cancelled(journal, seen.order_id)
            _settled(journal, entry, State.DONE, "the order shows that it was applied")
            said = said or (f"an earlier {prepared.verb} was applied, whose outcome was unknown" if same else "")
        elif prepared.verb == "cancel" or _harmless(prepared) or old(journal, entry):
            _settled(journal, entry, State.REFUSED, "the order shows that it was not applied")
        else:
            raise _doubt(backend, entry, seen.order_id)
    return said


def before(seen: Seen) -> Mapping[str, Any]:
    """Return what is kept of an order as it was before a write, to be compared later."""
    return _where(seen.order)


def cancelled_before(journal: Journal, prepared: Prepared, key: OrderKey | None) -> str | None:
    """Return the id of an order that is not there any more because this machine has cancelled it; otherwise None."""
    if prepared.verb != "cancel" or key is None:
        return None
    target = journal.account(None).target
    order_id = key.id
    if order_id is None:
        made = journal.store.find(target, str(key.reference))
        order_id = made.order_id if made else None
    if order_id is None:
        return None
    for entry in journal.of_order("cancel", order_id):
        if entry.state is State.DONE:
            return order_id
        if entry.state is State.UNKNOWN or (entry.state is State.SENDING and not journal.run.alive(entry.run)):
            note_cancelled(journal, order_id)
            _settled(journal, entry, State.DONE, "the order is gone")
            return order_id
    return None


def note_cancelled(journal: Journal, order_id: str) -> None:
    """Note with the row of its create that an order was cancelled: its reference stays taken."""
    for entry in journal.of_order("create", order_id):
        journal.store.settle(entry.op, entry.state, seen=entry, cancelled_at=journal.now())


def of_call(request: Request) -> dict[str, Any]:
    """Return what is kept of a call of the caller's own: where it went, and what tells it from others."""
    path = request.url.partition("://")[2].partition("/")[2]
    sent = repr((sorted(request.query), request.body)).encode("utf-8", "surrogatepass")
    return {"method": request.method, "path": f"/{path.partition('?')[0]}", "sha256": sha256(sent).hexdigest()}


def warn_of_call(journal: Journal, prepared: Prepared, warn: Callable[[str], None]) -> None:
    """Warn where the same call was sent before and its outcome is unknown: there is no state to read."""
    target = journal.account(None).target
    for entry in journal.unresolved(Wanted(target=target, verb="api")):
        if entry.same(prepared):
            warn(
                f"the same call was sent before, and its outcome is unknown: orderctl journal show {entry.op}; once you"
                f" know what it did: orderctl journal resolve {entry.op} --applied (or --absent)"
            )


def settle_call(record: Record, reply: Reply) -> None:
    """Record what a call of the caller's own came to, by the HTTP status alone."""
    status = reply.status
    state = State.DONE if status < 300 else State.REFUSED if status in {*NOT_PROCESSED, 429} else State.UNKNOWN
    record.settle(state, f"HTTP {status}", http_status=status)


def _in_doubt(journal: Journal, verb: str, order_id: str) -> list[Entry]:
    """Return the rows of an order's writes of this kind whose outcome is unknown."""
    target = journal.account(None).target
    return list(journal.unresolved(Wanted(target=target, verb=verb, order_id=order_id)))


def applied(entry: Entry, order: Order) -> bool:
    """Return whether an order shows that an earlier write was applied to it."""
    if entry.verb == "update":
        compared, differing = compare(_wanted(entry), order)
        return bool(compared) and not differing
    if entry.verb == "push":
        was = _was(entry)
        return bool(was) and was != _where(order)
    return order.status is Status.CANCELLED


def told(entry: Entry, order: Order) -> bool:
    """Return whether an order would show an earlier write that was applied to it."""
    if entry.verb == "update":
        return bool(compare(_wanted(entry), order)[0])
    return entry.verb == "cancel" or bool(_was(entry))


def _harmless(prepared: Prepared) -> bool:
    """Return whether an update may be repeated: it gives fields a value, and adds nothing."""
    change = prepared.subject
    return isinstance(change, OrderChange) and (not change.lines or change.replace_lines) and not change.files


def old(journal: Journal, entry: Entry) -> bool:
    """Return whether a write that is not applied by now was sent so long ago that it will not be."""
    return entry.sent_at is not None and journal.now() >= entry.sent_at + SETTLE


def _doubt(backend: Backend, entry: Entry, order_id: str) -> OutcomeUnknown:
    resolve = backend.command("journal", "resolve", entry.op)
    failure = OutcomeUnknown(
        f"{entry.verb} order {order_id!r} was sent before, its outcome is unknown, and the order does not show it yet;"
        " it was not sent again",
        hint=f"try again in two minutes; or look at it ({backend.command('get', order_id)}) and say what is so:"
        f" {resolve} --applied (or --absent)",
    )
    failure.journal = entry.op
    return failure


def _settled(journal: Journal, entry: Entry, state: State, said: str) -> None:
    journal.store.settle(entry.op, state, seen=entry, settled_at=journal.now(), evidence=said)


def _where(order: Order | None) -> dict[str, Any]:
    """Return where an order waits."""
    if order is None:
        return {}
    return {"status": order.vendor_status, "steps": sorted(step.name for step in order.steps)}


def _wanted(entry: Entry) -> Mapping[str, Any]:
    """Return what an earlier write wanted, in the common words."""
    return entry.content["wanted"] if entry.content else {}


def _was(entry: Entry) -> Mapping[str, Any]:
    """Return where an order waited before a write."""
    if entry.content is None:
        return {}
    found = entry.content.get("before")
    return found if isinstance(found, Mapping) else {}
