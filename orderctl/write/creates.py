"""What a create of a reference comes to, by what the journal knows and what the vendor shows: the same at all vendors.

    journal               vendor             same content     other content   with --skip-existing
    done                  not asked          replayed         conflict        unchanged, where it may count as existing
    done, then cancelled  not asked          conflict         conflict        skipped
    outcome unknown       found, not older   created          conflict        as without
    outcome unknown       not found          unknown (*)      conflict        as without
    never sent            found              conflict         conflict        unchanged, where it may count as existing
    never sent            not found          sent             sent            sent

(*) A vendor that refuses a second create gets it again, after five seconds, at most twice in a run. An order may count
as existing where its customer and at least one line agree.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import NoReturn

from orderctl.backend.compare import compare, counts_as_existing
from orderctl.backend.contract import Backend
from orderctl.backend.prepared import Prepared, Seen
from orderctl.backend.vendor import Duplicates
from orderctl.errors import Conflict, MachineRefused, NotFound, OrderctlError, OutcomeUnknown, PartlyDone
from orderctl.frozen import replace
from orderctl.http import Client
from orderctl.journal.entry import Entry, State
from orderctl.journal.journal import Journal, Record, Taken
from orderctl.model import Order, Outcome, Receipt
from orderctl.signals import Stop
from orderctl.write.brakes import OLD_DOUBT
from orderctl.write.result import Result

DUPLICATE = "vendor.duplicate"
"""The code of a create whose reference an order has already."""

MAX_AT_ONCE = 500
"""How many orders of a file are looked up together, at most; so many are in memory at a time."""

MORE_TRIES = 2
"""How often a create is sent again in one run, after an unknown outcome, to a vendor that refuses a second one."""

BETWEEN = 5.0
"""Seconds at least between the last send and the next one."""

OVER_ALL = 180.0
"""Seconds after the first send after which no create is sent again in this run."""

Send = Callable[[Prepared, Seen, Record], Receipt]
"""Sends what is not done yet of a new order, and records what it comes to."""


class Creates:
    """The creates of one run. Thread-safe.

    `skip_existing` leaves orders alone that exist already. `warn` takes a line for standard error.
    """

    def __init__(
        self, backend: Backend, client: Client, journal: Journal, send: Send, *, stop: Stop, warn: Callable[[str], None]
    ) -> None:
        self.skip_existing = False
        self._backend, self._client, self._journal, self._send = backend, client, journal, send
        self._stop, self._warn = stop, warn
        self._second = backend.vendor.second_create(backend.profile)
        self._look_ups: dict[str, _LookUp] = {}
        self._looking = threading.Lock()

    @property
    def refuses(self) -> bool:
        """Whether the vendor itself refuses a second order of a reference, so that a create may be sent again."""
        return self._second is Duplicates.REFUSED

    def together(self, orders: Iterable[Prepared]) -> Iterator[Prepared]:
        """Yield the new orders of a file, to be written in this order.

        Where the vendor tells of many references at once, the first write of every few hundred asks for all of them.
        """
        left = iter(orders)
        together = self._second is Duplicates.SEARCHABLE and self._backend.finds_many()
        while together and (some := list(islice(left, MAX_AT_ONCE))):
            look_up = _LookUp(self._backend, some)
            for prepared in some:
                self._look_ups[str(prepared.reference)] = look_up
                yield prepared
        yield from left

    def write(self, prepared: Prepared, look: Callable[[], Seen]) -> Result:
        """Return what a new order comes to. Raises OrderctlError where it is not as asked.

        `look` returns what is to be seen before it is sent; of an order that was made before, the vendor is not asked.
        """
        while True:
            entry = self._journal.entry(prepared)
            try:
                return (
                    self._done(entry, prepared) if entry.state is State.DONE else self._write(entry, prepared, look())
                )
            except Taken:
                continue  # the row is not as it was seen: it is looked at again
            except OrderctlError as error:
                error.journal = entry.op
                raise

    def resend(self, entry: Entry, prepared: Prepared, seen: Seen) -> Result:
        """Send an order again that was shown to be absent; where it is found after all, that is what it comes to."""
        order = self.look_for(entry, prepared)
        return self._sent(_known(entry, order), prepared, seen, again=True, resends=True)

    def _write(self, entry: Entry, prepared: Prepared, seen: Seen) -> Result:
        again = entry.state in {State.UNKNOWN, State.CONFLICT}
        if again:
            order = self._of_unknown(entry, prepared)
        else:
            existing = self._existing(prepared)
            order = self.look_for(entry, prepared) if existing and entry.first_sent_at else None
            if existing and order is None:
                if self._journal.entry(prepared).state is not entry.state:
                    raise Taken  # another run of this machine has made it meanwhile
                return self._exists(entry, prepared, existing)
        known = _known(entry, order)
        resends = entry.absent and self._backend.profile.resend_absent
        return self._sent(known, prepared, seen, again=again or entry.first_sent_at is not None, resends=resends)

    def _done(self, entry: Entry, prepared: Prepared) -> Result:
        """Return what the create of an order comes to that was made before."""
        reference, order_id = entry.reference, entry.order_id
        if entry.cancelled_at is not None:
            day = entry.cancelled_at.astimezone(self._backend.profile.zone).date()
            what = f"reference {reference!r}: order {order_id} was cancelled on {day}"
            if self.skip_existing:
                return _result(entry, Outcome.SKIPPED, what)
            raise Conflict(
                f"{what}; use a new reference",
                hint="a reference can be used for one order only",
                code="journal.cancelled",
                order_id=order_id,
            )
        if entry.same(prepared):
            return _result(entry, Outcome.REPLAYED, "")
        names = ", ".join(entry.differing(prepared)) or "not known, as its content was pruned"
        agrees = entry.content is None or _alike(entry.content["wanted"], prepared.wanted)
        if self.skip_existing and agrees:
            self._warn(f"reference {reference!r} exists as order {order_id}; differing: {names}")
            return _result(entry, Outcome.UNCHANGED, f"it exists already; differing: {names}")
        raise Conflict(
            f"reference {reference!r} was created as order {order_id} with other content (differing: {names});"
            " no second order was made",
            hint=f"look at it: {self._show(entry)}; another order needs another reference",
            code="journal.conflict",
            order_id=order_id,
        )

    def _of_unknown(self, entry: Entry, prepared: Prepared) -> Order | None:
        """Return the order that a create of unknown outcome made, None where the create is to be sent again.

        Raises what forbids it: OutcomeUnknown, Conflict.
        """
        order = self.look_for(entry, prepared)
        if not entry.same(prepared):
            exists = f"exists as order {order.id}" if order else "may exist"
            names = ", ".join(entry.differing(prepared)) or "not known"
            raise Conflict(
                f"reference {entry.reference!r} was sent before with other content, and {exists}"
                f" (differing: {names}); nothing was sent",
                hint=f"look at it: {self._show(entry)}",
                code="journal.conflict",
                order_id=order.id if order else None,
            )
        resend = self.refuses or (entry.absent and self._backend.profile.resend_absent)
        if order is None and (not resend or entry.state is State.CONFLICT):
            self._in_doubt(entry, f"{self._backend.vendor.title} shows no such order")
        return order

    def look_for(self, entry: Entry, prepared: Prepared) -> Order | None:
        """Return the order that a create of unknown outcome made, None where the vendor shows none.

        Raises Conflict where its reference belongs to an older order or one of other content, and OutcomeUnknown where
        the vendor cannot tell.
        """
        reference = str(entry.reference)
        try:
            order, older = self._found(entry, prepared)
        except OutcomeUnknown:
            raise
        except OrderctlError as error:
            self._in_doubt(entry, f"it cannot be looked up ({error.message})", error)
        if older is not None:
            what = f"reference {reference!r} belongs to order {older}, which is older than what was sent"
            self._conflict(entry, what, older)
        if order is None:
            return None
        wanted = dict(prepared.wanted)
        if self._parts(prepared) > 1:
            wanted.pop("lines", None)  # they may be still to be sent
        differing = compare(wanted, order)[1]
        if differing and entry.same(prepared):
            what = f"order {order.id} has the reference {reference!r} and other content: {', '.join(differing)}"
            self._conflict(entry, what, order.id)
        return order

    def missing(self, prepared: Prepared, order: Order) -> str:
        """Return what an order lacks that takes several requests, "" where it lacks nothing or that is not known."""
        wanted = len(prepared.wanted.get("lines", ()))
        if self._parts(prepared) == 1 or not wanted:
            return ""
        have = len(order.lines or self._backend.lines(order.id))
        return f"{wanted - have} of its {wanted} lines" if have < wanted else ""

    def _found(self, entry: Entry, prepared: Prepared) -> tuple[Order | None, str | None]:
        """Return the order that was made, and the id of an older one that has the reference. Raises as a read."""
        backend, reference = self._backend, str(entry.reference)
        if entry.order_id is not None and not entry.damaged:
            return backend.get(entry.order_id), None
        if not backend.finds(reference):
            self._in_doubt(entry, f"{backend.vendor.title} cannot be searched for it")
        since = entry.first_sent_at or self._client.clock.utc()
        try:
            order_id = backend.find_created(prepared, since)
        except NotFound:
            order_id = None
        if order_id is not None:
            return backend.get(order_id), None
        return None, backend.existing((reference,), oldest=since.date()).get(reference)

    def _existing(self, prepared: Prepared) -> str | None:
        """Return the id of an order that has the reference of a new one, as far as the vendor can be searched."""
        backend, reference = self._backend, str(prepared.reference)
        if self._second is Duplicates.BLIND:
            backend.warn_of_blindness()
        if self._second is not Duplicates.SEARCHABLE:
            return None
        with self._looking:
            look_up = self._look_ups.pop(reference, None)
            existing = look_up() if look_up else None
        if existing is None:
            existing = backend.existing((reference,), oldest=backend.placed(prepared))
        return existing.get(reference)

    def _exists(self, entry: Entry, prepared: Prepared, order_id: str) -> Result:
        """Return what a create comes to whose reference an order has that this machine did not make."""
        backend = self._backend
        if self.skip_existing:
            order = backend.get(order_id)
            if counts_as_existing(prepared.wanted, order):
                differing = compare(prepared.wanted, order)[1]
                said = "it exists already" + (f"; differing: {', '.join(differing)}" if differing else "")
                if differing:
                    self._warn(f"reference {prepared.reference!r} exists as order {order_id}; {said}")
                return _result(entry, Outcome.UNCHANGED, said, order_id=order_id)
        lacks = backend.lacks(order_id, prepared.lines)
        raise backend.duplicate_reference(str(prepared.reference), order_id, lacks=lacks)

    def _sent(self, entry: Entry, prepared: Prepared, seen: Seen, *, again: bool, resends: bool = False) -> Result:
        """Send a new order, or what is missing of it, and return what that comes to."""
        record = self._journal.record(prepared, entry)
        record.resends = resends
        clock = self._client.clock
        began, left = clock.now(), MORE_TRIES
        found = entry.order_id is not None
        while True:
            last = clock.now()
            try:
                receipt = self._send(prepared, seen, record)
            except OutcomeUnknown as error:
                if not self.refuses or left == 0 or record.entry.order_id is not None or error.order_id is not None:
                    raise
                if clock.now() + BETWEEN >= began + OVER_ALL or self._stop.asked is not None or record.failure:
                    raise
                left, again, found = left - 1, True, self._look_again(record, prepared, error, last)
            except PartlyDone:
                raise
            except OrderctlError as error:
                if error.code != DUPLICATE:
                    raise self._not_sent(record, error) from error
                if not again:
                    return self._refused(record, prepared, error)
                found = self._made_before(record, prepared, error)
            else:
                said = "found at the vendor after its answer was lost" if found else receipt.message
                notes = receipt.notes
                outcome = Outcome.UNCHANGED if receipt.unchanged else Outcome.CREATED
                return _result(record.entry, outcome, said, order_id=receipt.id, notes=notes)

    def _not_sent(self, record: Record, error: OrderctlError) -> OrderctlError:
        """Return the error for a create that was not made by this request; an earlier one may still have made it."""
        if not record.in_doubt:
            return error
        if isinstance(error, MachineRefused):
            self._stop.ask(error)
        return OutcomeUnknown(
            f"order {record.entry.reference} was sent before, its outcome is unknown, and it could not be sent again:"
            f" {error.message}",
            hint="; then ".join(filter(None, (error.hint, self.advice(record.entry)))),
            http_status=error.http_status,
            retry_after=error.retry_after,
        )

    def _look_again(self, record: Record, prepared: Prepared, error: OutcomeUnknown, last: float) -> bool:
        """Return whether an order is found whose create has an unknown outcome; otherwise it may be sent again.

        Raises the error of the create where it cannot be looked up, or the run is to end.
        """
        try:
            order = self.look_for(record.entry, prepared)
            if order is None:
                self._client.clock.sleep(max(0.0, last + BETWEEN - self._client.clock.now()))
        except Conflict:
            raise
        except OrderctlError:
            raise error from None
        record.found(order.id if order else None)
        return order is not None

    def _refused(self, record: Record, prepared: Prepared, error: OrderctlError) -> Result:
        """Return what a create comes to whose reference the vendor knows, and this machine never sent."""
        if not self.skip_existing or error.order_id is None:
            raise error
        return self._exists(record.entry, prepared, error.order_id)

    def _made_before(self, record: Record, prepared: Prepared, error: OrderctlError) -> bool:
        """Find the order of a create that is refused because an earlier request of ours has made it."""
        order = self.look_for(record.entry, prepared)
        if order is None and not record.in_doubt:
            raise error  # it was never processed, so the order is another's
        if order is None:
            self._in_doubt(record.entry, error.message, error)
        record.found(order.id)
        return True

    def _parts(self, prepared: Prepared) -> int:
        """Return how many requests a new order takes, as far as that is known without a request."""
        return len(self._backend.vendor.parts(prepared, Seen(), self._backend.profile))

    def _conflict(self, entry: Entry, what: str, order_id: str) -> NoReturn:
        self._journal.store.settle(entry.op, State.CONFLICT, seen=entry, settled_at=self._journal.now(), evidence=what)
        hint = f"look at it: {self._backend.command('get', order_id)}; then: {self._resolve(entry)}"
        raise Conflict(what, hint=hint, code=DUPLICATE, order_id=order_id)

    def _in_doubt(self, entry: Entry, why: str, error: OrderctlError | None = None) -> NoReturn:
        """Raise OutcomeUnknown for a create that was sent before."""
        sent = entry.sent_at.astimezone(self._backend.profile.zone) if entry.sent_at else None
        when = f" on {sent:%Y-%m-%d %H:%M}" if sent else ""
        failure = OutcomeUnknown(
            f"order {entry.reference} was sent{when}, its outcome is unknown, and {why}; it was not sent again",
            hint=self.advice(entry),
            code="" if error else OLD_DOUBT,
        )
        raise failure from error

    def advice(self, entry: Entry) -> str:
        """Return what to do about a create whose outcome is unknown."""
        if self._backend.finds(str(entry.reference)):
            return f"ask again: {self._backend.command('journal', 'reconcile', str(entry.reference))}"
        return f"look for it at {self._backend.vendor.title}, then: {self._resolve(entry)}"

    def _show(self, entry: Entry) -> str:
        return self._backend.command("journal", "show", str(entry.reference))

    def _resolve(self, entry: Entry) -> str:
        return f"{self._backend.command('journal', 'resolve', str(entry.reference))} --exists ID (or --absent)"


class _LookUp:
    """Which of some new orders exist already: looked up once, when the first of them asks, again after a failure."""

    def __init__(self, backend: Backend, orders: Iterable[Prepared]) -> None:
        self._backend = backend
        self._references = [str(order.reference) for order in orders]
        self._oldest = min((day for order in orders if (day := backend.placed(order))), default=None)
        self._found: Mapping[str, str] | None = None

    def __call__(self) -> Mapping[str, str]:
        """Return the ids of the orders that exist, by reference. Raises as a read."""
        if self._found is None:
            self._found = self._backend.existing(self._references, oldest=self._oldest)
        return self._found


def _result(
    entry: Entry, outcome: Outcome, message: str, *, order_id: str | None = None, notes: tuple[str, ...] = ()
) -> Result:
    return Result(
        verb="create",
        outcome=outcome,
        id=order_id or entry.order_id,
        reference=entry.reference,
        message="; ".join(filter(None, (message, *notes))),
        notes=notes,
        journal=entry.op,
    )


def _known(entry: Entry, order: Order | None) -> Entry:
    """Return a row with the id of the order that was found; the id in a damaged one may be another's."""
    if order is not None:
        return replace(entry, order_id=order.id)
    return replace(entry, order_id=None) if entry.damaged else entry


def _alike(kept: Mapping[str, object], wanted: Mapping[str, object]) -> bool:
    """Return whether two orders of one reference may count as one: the same customer, and a line that both have."""
    ours, theirs = kept.get("lines"), wanted.get("lines")
    some = not (isinstance(ours, list) and isinstance(theirs, list)) or any(line in theirs for line in ours)
    return kept.get("customer") == wanted.get("customer") and some
