"""What an earlier write in doubt means for the next one of the same order: its state is read before it is repeated.

A create is a key: see `creates`. An update, a cancel, a push and a raw call are a log: a done one does not stop the
same command, one whose outcome is unknown does, until the order shows what became of it.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from typing import Any

from orderctl.backend.compare import compare, shows_all
from orderctl.backend.contract import Backend
from orderctl.backend.fields import resolve
from orderctl.backend.prepared import Prepared, Seen
from orderctl.errors import DeadlinePassed, Interrupted, OrderctlError, OutcomeUnknown, Unsupported
from orderctl.http import Reply, Request
from orderctl.http.status import NOT_PROCESSED
from orderctl.journal.entry import Entry, State
from orderctl.journal.journal import Journal, Record
from orderctl.journal.store import Wanted
from orderctl.model import Move, Order, OrderChange, OrderKey, OrderLine, Status
from orderctl.write.brakes import OLD_DOUBT

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
        order = _whole(backend, entry, seen.order)
        if applied(entry, order, overtaken=overtaken(journal, entry)):
            if prepared.verb == "cancel":
                note_cancelled(journal, seen.order_id)
            _settled(journal, entry, State.DONE, "the order shows that it was applied")
            said = said or (f"an earlier {prepared.verb} was applied, whose outcome was unknown" if same else "")
        elif _harmless(backend, prepared):
            _settled(journal, entry, State.REFUSED, "the order does not show all of it: it was sent again")
        elif prepared.verb == "cancel" or (old(journal, entry) and refuted(entry, order)):
            _settled(journal, entry, State.REFUSED, "the order shows that it was not applied")
        else:
            raise _doubt(backend, entry, seen.order_id, late=old(journal, entry))
    return said


def moved_before(
    journal: Journal, backend: Backend, prepared: Prepared, key: OrderKey | None
) -> tuple[Order, str] | None:
    """Return an order that is not where it is to be pushed from because an earlier push in doubt was applied, and that.

    None where there was no such push.
    """
    if prepared.verb != "push" or key is None or (key.id is not None and not _in_doubt(journal, "push", key.id)):
        return None
    order = backend.read(key)
    said = settle(journal, backend, prepared, Seen(id=order.id, order=order))
    return (order, said) if said else None


def renamed_before(journal: Journal, prepared: Prepared, key: OrderKey | None) -> OrderKey | None:
    """Return the id of an order that an update in doubt may have given another reference; otherwise None."""
    if prepared.verb != "update" or key is None or key.id is not None or prepared.reference is None:
        return None
    target = journal.account(None).target
    for entry in journal.unresolved(Wanted(target=target, verb="update", reference=prepared.reference)):
        if entry.same(prepared) and entry.order_id is not None and _was(entry).get("reference") == key.reference:
            return OrderKey(id=entry.order_id)
    return None


def before(backend: Backend, prepared: Prepared, seen: Seen) -> Mapping[str, Any]:
    """Return what is kept of an order as it was before a write, to be compared later.

    `shown` is whether an order shows all that an update gives it, `to` where a push is to bring it, `reference` what an
    order was called that gets another one. Where lines are
    added, their number tells whether that was done, as an order may have had equal ones, and their digest whether it
    was not. Where they cannot be read, nothing will tell.
    """
    found = _where(seen.order)
    subject = prepared.subject
    if isinstance(subject, Move) and subject.to is not None:
        found["to"] = subject.to
    if not isinstance(subject, OrderChange):
        return found
    found["shown"] = prepared.shown
    if prepared.reference is not None and seen.order is not None:
        found["reference"] = seen.order.reference
    if not subject.lines or subject.replace_lines or seen.order is None:
        return found
    try:
        lines = _with_lines(backend, seen.order).lines
    except (DeadlinePassed, Interrupted):
        raise
    except OrderctlError:
        return {**found, "lines": None}
    return {**found, "lines": len(lines), "digest": _digest(lines)}


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
    """Return what is kept of a call of the caller's own: where it went, and what tells it from others.

    Its path is as the caller gave it: in the url there may be a signature and the time.
    """
    path = request.purpose.removeprefix(f"{request.method} ")
    sent = repr((sorted(request.query), request.body)).encode("utf-8", "surrogatepass")
    return {"method": request.method, "path": path.partition("?")[0], "sha256": sha256(sent).hexdigest()}


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


def overtaken(journal: Journal, entry: Entry) -> bool:
    """Return whether this machine has changed the order after an earlier write, which what it shows may come from."""
    if entry.sent_at is None:
        return False
    later = journal.store.entries(Wanted(target=entry.target, order_id=entry.order_id))
    return any(
        row.op != entry.op
        and row.verb in {"push", "update"}
        and row.state is not State.REFUSED
        and row.sent_at is not None
        and row.sent_at > entry.sent_at
        for row in later
    )


def applied(entry: Entry, order: Order, *, overtaken: bool) -> bool:
    """Return whether an order shows that an earlier write was applied to it, which may have been `overtaken`."""
    was = _was(entry)
    if entry.verb == "update":
        if not was.get("shown") or entry.reference != (order.reference if entry.reference is not None else None):
            return False
        if _adds(entry):
            added = (_added(entry, order) or 0) >= _line_count(entry)
            return added and not overtaken and shows_all(_wanted(entry), order)
        return shows_all(_wanted(entry), order, only_lines=True)
    if entry.verb == "push":
        return bool(was) and not overtaken and _reached(was, order) and _moved(was, order)
    return order.status is Status.CANCELLED


def refuted(entry: Entry, order: Order) -> bool:
    """Return whether an order shows that an earlier write was not applied to it, by now or ever."""
    was = _was(entry)
    if entry.verb == "update":
        if _adds(entry):
            return was.get("digest") == _digest(order.lines)
        return bool(compare(_wanted(entry), order)[1])
    return entry.verb == "cancel" or (bool(was) and not _moved(was, order))


def _reached(was: Mapping[str, Any], order: Order) -> bool:
    """Return whether an order is where a push was to bring it, as far as the push named it."""
    to = was.get("to")
    if to is None or to.isdecimal():
        return True
    return to.casefold() in {name.casefold() for name in (order.vendor_status or "", *(s.name for s in order.steps))}


def _moved(was: Mapping[str, Any], order: Order) -> bool:
    """Return whether an order waits elsewhere than it did before."""
    return any(was.get(name) != place for name, place in _where(order).items())


def _digest(lines: Iterable[OrderLine]) -> str:
    """Return what tells the lines of an order from others, whatever their order."""
    told = sorted(repr((each.sku, each.name, str(each.quantity), str(each.unit_price))) for each in lines)
    return sha256("\n".join(told).encode("utf-8", "surrogatepass")).hexdigest()


def _harmless(backend: Backend, prepared: Prepared) -> bool:
    """Return whether an update may be repeated: it gives fields a value, and adds nothing."""
    change = prepared.subject
    if not isinstance(change, OrderChange) or change.files or (change.lines and not change.replace_lines):
        return False
    fields = backend.vendor.fields.get("update", ())
    found = [resolve(fields, name) for name in prepared.content]
    return not any(known is not None and known[0].appends for known in found)


def old(journal: Journal, entry: Entry) -> bool:
    """Return whether a write that is not applied by now was sent so long ago that it will not be."""
    return entry.sent_at is not None and journal.now() >= entry.sent_at + SETTLE


def _doubt(backend: Backend, entry: Entry, order_id: str, *, late: bool) -> OutcomeUnknown:
    """Return the error for a write in doubt; the order does not tell of it, or, where it is not `late`, not yet."""
    resolve = backend.command("journal", "resolve", entry.op)
    shows = "the order does not tell whether it was applied" if late else "the order does not show it yet"
    failure = OutcomeUnknown(
        f"{entry.verb} order {order_id!r} was sent before, its outcome is unknown, and {shows}; it was not sent again",
        hint=f"{'' if late else 'try again in two minutes; or '}look at it ({backend.command('get', order_id)}) and say"
        f" what is so: {resolve} --applied (or --absent)",
        code=OLD_DOUBT,
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


def _whole(backend: Backend, entry: Entry, order: Order) -> Order:
    """Return the order with its lines, where an earlier write was about them and they take a request of their own."""
    if entry.verb != "update" or not _line_count(entry):
        return order
    try:
        return _with_lines(backend, order)
    except Unsupported:
        return order


def _with_lines(backend: Backend, order: Order) -> Order:
    """Return the order with its lines. Raises as a read, and Unsupported where its vendor shows none."""
    return order if order.lines else order._replace(lines=backend.lines(order.id))


def _line_count(entry: Entry) -> int:
    """Return how many lines an earlier update has."""
    return len(_wanted(entry).get("lines", ()))


def _adds(entry: Entry) -> bool:
    """Return whether an earlier update was to add lines."""
    return "lines" in _was(entry)


def _added(entry: Entry, order: Order) -> int | None:
    """Return how many lines more an order has than before an update that adds some, None where that is not known."""
    had = _was(entry).get("lines")
    return len(order.lines) - had if isinstance(had, int) else None


def _wanted(entry: Entry) -> Mapping[str, Any]:
    """Return what an earlier write wanted, in the common words."""
    return entry.content["wanted"] if entry.content else {}


def _was(entry: Entry) -> Mapping[str, Any]:
    """Return where an order waited before a write."""
    if entry.content is None:
        return {}
    found = entry.content.get("before")
    return found if isinstance(found, Mapping) else {}
