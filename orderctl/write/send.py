"""Sends the parts of a write, one after the other, each once: the only code that sends writes.

The steps of a write, in this order: the backend looks; the parts are made; each part is recorded in the journal as
being sent, then sent, its answer classified (`outcome`), and only what was certainly not processed is sent again (not
sent, and 429: three tries; a session that was over: one renewal); then the backend reads back what has to be, and the
journal records what became of it. Where a part fails, nothing more is sent. What a create comes to besides: `creates`;
an earlier write in doubt: `doubts`.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property

from orderctl.backend.call import Meaning, Verdict
from orderctl.backend.contract import Backend
from orderctl.backend.prepared import Hole, Part, Prepared, Seen
from orderctl.errors import (
    Conflict,
    Interrupted,
    NotFound,
    NotSent,
    OrderctlError,
    OutcomeUnknown,
    PartlyDone,
    Temporary,
    UsageError,
)
from orderctl.http import Client, Reply, Request, unknown
from orderctl.journal.entry import Entry, State
from orderctl.journal.journal import Journal, Record, Taken
from orderctl.model import NOTHING, OrderKey, Receipt
from orderctl.signals import Stop
from orderctl.write import doubts
from orderctl.write.brakes import OLD_DOUBT
from orderctl.write.creates import Creates
from orderctl.write.outcome import Class, classify, error_of
from orderctl.write.result import Result, done

TRIES = 3
"""How often a request is sent at most, each further time only because the one before was certainly not processed."""


class Sender:
    """Sends writes to one backend. Thread-safe: each thread sends one write at a time.

    `client` is the connection that can write, `journal` opens the record of writes, which a dry run never does, and
    `warn` takes a line for standard error.
    """

    def __init__(
        self,
        backend: Backend,
        client: Client,
        journal: Callable[[], Journal],
        *,
        stop: Stop,
        warn: Callable[[str], None],
    ) -> None:
        self.backend = backend
        self.client = client
        self.stop = stop
        self._open, self._warn = journal, warn
        self._named: dict[str, OrderKey] = {}

    @cached_property
    def journal(self) -> Journal:
        """The record of writes. Raises MachineRefused where it cannot be used: then nothing is sent."""
        return self._open()

    @cached_property
    def creates(self) -> Creates:
        """What decides what a create comes to."""
        return Creates(self.backend, self.client, self.journal, self.send, stop=self.stop, warn=self._warn)

    def plan(
        self, orders: Iterable[Prepared], *, new_target: bool = False, skip_existing: bool = False
    ) -> Iterator[Prepared]:
        """Record new orders as planned, and yield them, to be written in this order.

        `orders` is iterated twice. Raises Conflict where the profile points at another account than before, unless
        that is a `new_target`.
        """
        self.journal.plan(orders, new_target=new_target)
        self.creates.skip_existing = skip_existing
        return self.creates.together(orders)

    def write(self, prepared: Prepared, key: OrderKey | None = None) -> Result:
        """Do one write, of a new order, which was planned, or of the one that `key` names; return what became of it.

        Raises OrderctlError where it was not done: OutcomeUnknown where nobody knows, PartlyDone where a part was.
        Raises Interrupted or DeadlinePassed where the run was asked to end before anything was sent.
        """
        if prepared.verb == "create":
            return self.creates.write(prepared, lambda: self._look(prepared, key))
        try:
            seen = self._look(prepared, key)
        except NotFound:
            gone = doubts.cancelled_before(self.journal, prepared, key)
            if gone is not None:
                receipt = Receipt(id=gone, message=doubts.CANCELLED, unchanged=True)
                return done(prepared, Seen(id=gone), receipt)
            renamed = doubts.renamed_before(self.journal, prepared, key)
            if renamed is None:
                raise
            seen = self._look(prepared, renamed)
        except (Conflict, UsageError):  # it cannot be pushed from where it is now
            moved = doubts.moved_before(self.journal, self.backend, prepared, key)
            if moved is None:
                raise
            order, said = moved
            return done(prepared, Seen(id=order.id, order=order), Receipt(id=order.id, message=said, unchanged=True))
        self._once(prepared, seen, key)
        applied = doubts.settle(self.journal, self.backend, prepared, seen)
        said = applied or seen.unchanged
        if said:
            return done(prepared, seen, Receipt(id=seen.id, message=said, unchanged=True))
        record = self.journal.record(
            prepared, None, order_id=seen.order_id, before=doubts.before(self.backend, prepared, seen)
        )
        try:
            receipt = self.send(prepared, seen, record)
        except NotFound:  # another run of this machine may have cancelled it since it was looked at
            if doubts.cancelled_before(self.journal, prepared, OrderKey(id=seen.order_id)) is None:
                raise
            receipt = Receipt(id=seen.id, message=doubts.CANCELLED, unchanged=True)
        return done(prepared, seen, receipt, record.op)

    def _look(self, prepared: Prepared, key: OrderKey | None) -> Seen:
        """Return what was seen before a write. Raises UsageError where that forbids it."""
        seen = self.backend.look(prepared, key)
        if seen.problems:
            about = f"order {prepared.reference or seen.order_id!r}"
            raise UsageError(f"{about}: {seen.problems[0]}; nothing was sent", fields=seen.problems)
        for warning in seen.warnings:
            self._warn(warning)
        return seen

    def _once(self, prepared: Prepared, seen: Seen, key: OrderKey | None) -> None:
        """Raise Conflict where this run has changed the order under another of its names."""
        other = self._named.setdefault(seen.order_id, key) if key is not None else None
        if other != key:
            raise Conflict(
                f"order {seen.order_id} is named twice, as {other} and as {key}; this {prepared.verb} was not sent",
                hint="put all that changes this order into one entry",
                code="order.named_twice",
            )

    def resend(self, prepared: Prepared, entry: Entry) -> Result:
        """Send a create again that was shown to be absent. Raises as `write`, and Conflict where another run has it."""
        try:
            return self.creates.resend(entry, prepared, self._look(prepared, None))
        except Taken:
            raise Conflict(f"order {entry.reference} is being sent by another run", code="journal.taken") from None
        except OrderctlError as error:
            error.journal = entry.op
            raise

    def send(self, prepared: Prepared, seen: Seen, record: Record) -> Receipt:
        """Send what is not done yet of a write, record what it comes to, and return the receipt. Raises as `write`.

        Where what was sent cannot be recorded, the run is asked to end: its result stays, and the next run looks.
        """
        try:
            receipt = _Write(self, prepared, seen, record).run()
            if prepared.verb != "create":
                if prepared.verb == "cancel":  # first: a run that dies in between leaves the cancel in doubt, no more
                    record.afterwards(lambda: doubts.note_cancelled(self.journal, seen.order_id))
                record.settle(State.DONE, receipt.message)
                return receipt
            other = record.done(receipt.id, receipt.message)
            if other is not None:
                raise _another(prepared, self.backend, receipt.id, other)
        except OrderctlError as error:
            error.journal = record.op
            _settle(record, error)
            raise
        else:
            return receipt
        finally:
            if record.failure is not None:
                self.stop.ask(record.failure)

    def dry_run(self, prepared: Prepared, key: OrderKey | None = None) -> None:
        """Build every request of a write; a dry run's client keeps them. Nothing is read: `<name>` is in its place."""
        backend = self.backend
        seen = Seen(id=Hole("order") if key is None else key.id or Hole("id"))
        for part in backend.vendor.parts(prepared, seen, backend.profile):
            self.client.record(backend.request(part, NOTHING))

    def raw(self, request: Request) -> Reply:
        """Send a call of the caller's own that may change something: once, whatever the vendor answers.

        A signal waits until the answer is there. Raises Interrupted where it was not sent yet, and OutcomeUnknown after
        a second signal.
        """
        self.stop.check()
        prepared = Prepared(verb="api", content=doubts.of_call(request))
        doubts.warn_of_call(self.journal, prepared, self._warn)
        record = self.journal.record(prepared, None)

        def before() -> None:
            self.stop.check()
            record.begin()

        try:
            with self.stop.defer_signals(1):
                reply = self.client.write(request, before=before, head=record.head)
        except Interrupted as error:
            if not error.at_once:  # in a pause before it was sent
                raise
            failure = unknown(f"{request.purpose}: {error.message}")
            _settle(record, failure)
            raise failure from error
        except OrderctlError as error:
            error.journal = record.op
            _settle(record, error)
            raise
        doubts.settle_call(record, reply)
        if record.failure is not None:
            self.stop.ask(record.failure)
        return reply


def _another(prepared: Prepared, backend: Backend, order_id: str, other: Entry) -> OrderctlError:
    """Return the error for a create that was answered with the order of another: an answer to another request."""
    what = f"create order {prepared.reference}: {backend.vendor.title} answers with order {order_id}"
    return unknown(f"{what}, which the journal has under the reference {other.reference!r}")


def _settle(record: Record, error: OrderctlError) -> None:
    """Record what a write came to that was not done."""
    if isinstance(error, OutcomeUnknown | PartlyDone):
        record.settle(State.UNKNOWN, error.message, order_id=error.order_id, http_status=error.http_status)
    elif isinstance(error, Temporary) or record.in_doubt:  # a no says nothing about an earlier request
        record.not_processed(error.message)
    elif record.sent:
        record.settle(State.REFUSED, error.message, http_status=error.http_status)


class _Write:
    """One write on its way: the parts that were sent, those that wait, and what their answers gave."""

    def __init__(self, sender: Sender, prepared: Prepared, seen: Seen, record: Record) -> None:
        self._backend, self._client, self._stop = sender.backend, sender.client, sender.stop
        self._prepared, self._seen, self._record = prepared, seen, record
        self._waiting = list(self._backend.vendor.parts(prepared, seen, self._backend.profile))
        self._sent: list[Part] = []
        self._answers: dict[str, str] = {} if isinstance(seen.order_id, Hole) else {"order": seen.order_id}
        self._in_doubt: frozenset[str] = frozenset()
        if prepared.verb == "create" and record.entry.order_id is not None:
            self._go_on(record.entry.order_id)

    def _go_on(self, order_id: str) -> None:
        """Go on with an order that was made before: its first request is done, and of the others those recorded so."""
        self._answers["order"] = order_id
        steps = self._record.entry.steps
        first = self._waiting.pop(0)
        self._sent.append(first)
        if first.instead and steps.get(first.instead_of):
            self._waiting[:0] = first.instead[1:]
        self._sent += [part for part in self._waiting if steps.get(_step(part)) == State.DONE]
        self._waiting = [part for part in self._waiting if steps.get(_step(part)) != State.DONE]
        doubt = {State.SENDING, State.UNKNOWN}
        self._in_doubt = frozenset(name for name, state in steps.items() if state in doubt)

    def run(self) -> Receipt:
        """Send every part, read back, and return the receipt. Raises what stopped it, with what is missing."""
        while self._waiting:
            part = self._waiting.pop(0)
            try:
                if self._sent:
                    self._stop.check()
                receipt = None if self._done_before(part) else self._send(part)
            except OrderctlError as error:
                stopped = self._stopped(part, error)
                if stopped is error:
                    raise
                raise stopped from error
            if receipt is not None:
                return receipt
        return self._confirmed(self._answers["order"])

    def _confirmed(self, order_id: str) -> Receipt:
        """Return the receipt, after reading back. Raises OutcomeUnknown where that fails: the vendor accepted it."""
        backend, prepared = self._backend, self._prepared
        try:
            with self._stop.read_back():
                return backend.confirm(prepared, self._seen, order_id)
        except (OutcomeUnknown, PartlyDone) as error:
            error.order_id = error.order_id or order_id
            raise
        except OrderctlError as error:
            what = f"{prepared.verb} order {prepared.reference or order_id!r}: {backend.vendor.title} says ok"
            failure = unknown(
                f"{what}, and it cannot be read back ({error.message})",
                hint=f"look at it: {backend.command('get', order_id)}",
            )
            failure.order_id = order_id
            raise failure from error

    def _send(self, part: Part) -> Receipt | None:
        """Send one part and keep what its answer tells. Return a receipt only where it was refused and is as asked."""
        backend, answers = self._backend, self._answers
        create = self._prepared.verb == "create" and "order" not in answers
        known = {**answers, **backend.fill(part, answers)} if part.needs else answers
        began = self._client.clock.utc()
        try:
            request, reply, verdict = self._answered(part, known)
        except OutcomeUnknown:
            if not self._applied(part, known):
                raise
            return None
        found = classify(reply.status, verdict, create=create)
        vendor = backend.vendor
        error = error_of(reply, verdict, request, title=vendor.title, wait=vendor.busy_wait, create=create)
        if found is Class.EXISTS and create:
            raise self._exists(reply, verdict, error)
        if error is not None:
            if found is Class.UNKNOWN and self._applied(part, known):
                return None
            if found is Class.REFUSED:
                return self._refused(part, verdict, error)
            raise error
        self._check_order(request, verdict)
        if found is Class.ACCEPTED:
            answers["order"] = self._created(request, began)
        elif part.fills and verdict.value is not None:
            answers.setdefault(part.fills, str(verdict.value))
        if create and self._waiting:
            self._made(answers["order"])
        self._done(part)
        return None

    def _made(self, order_id: str) -> None:
        """Record the id of an order that is not whole yet. Raises OutcomeUnknown for another one: it gets no parts."""
        other = self._record.made(order_id)
        if other is not None:
            del self._answers["order"]
            raise _another(self._prepared, self._backend, order_id, other)

    def _done(self, part: Part) -> None:
        """Note that a part is done, and record it where it is not the first of its write."""
        if self._sent:
            self._record.step(_step(part), State.DONE)
        self._sent.append(part)

    def _done_before(self, part: Part) -> bool:
        """Return whether an earlier run's part is seen to be done. Raises OutcomeUnknown where that stays open."""
        if _step(part) not in self._in_doubt:
            return False
        answers = self._answers
        if self._applied(part, {**answers, **self._backend.fill(part, answers)} if part.needs else answers):
            return True
        if self._record.resends:
            return False
        doubt = unknown(f"{part.purpose}: it was sent before, and the order does not show it")
        doubt.code = OLD_DOUBT
        raise doubt

    def _refused(self, part: Part, verdict: Verdict, error: OrderctlError) -> Receipt | None:
        """Put the parts to send instead in place of a refused one, or return the receipt of an order that is as asked.

        Raises the error where there is neither.
        """
        if part.instead and verdict.code == part.instead_of:
            self._not_processed()
            self._record.instead(part.instead_of)
            self._waiting[:0] = part.instead
            return None
        with self._stop.read_back():
            receipt = self._backend.refused(part, verdict, self._seen)
        if receipt is None:
            raise error
        return receipt

    def _answered(self, part: Part, known: Mapping[str, str]) -> tuple[Request, Reply, Verdict]:
        """Return a part's request, its answer and the verdict; sent again where it was certainly not processed."""
        renewed = False
        tries = self._client.tries(TRIES)
        while True:
            request = self._backend.request(part, known)
            try:
                reply = self._client.write(request, before=lambda: self._begin(part), head=self._record.head)
            except NotSent as error:
                self._not_processed()
                if not tries.again(request, error.message):
                    raise
                continue
            self._record.answered(reply.status)
            verdict = self._backend.verdict(reply, part)
            found = classify(reply.status, verdict)
            if found is not Class.DONE:
                self._client.drop()
            if found is Class.EXPIRED and not renewed:
                renewed = True
                self._not_processed()
                if self._backend.renew():
                    continue
            if found is Class.BUSY:
                self._not_processed()
                if tries.again(request, f"HTTP {reply.status}", at_least=reply.retry_after):
                    continue
            return request, reply, verdict

    def _check_order(self, request: Request, verdict: Verdict) -> None:
        """Raise Conflict where a write that was done says that it changed another order."""
        known = self._answers.get("order")
        if known and verdict.order_id not in {None, known}:
            what = f"{request.purpose}: {self._backend.vendor.title} says that it changed order {verdict.order_id}"
            raise Conflict(what, hint="look at both orders", code="order.mismatch")

    def _applied(self, part: Part, known: Mapping[str, str]) -> bool:
        """Return whether a part whose outcome is unknown is seen to be done; then the write goes on."""
        try:
            with self._stop.read_back():
                seen = self._backend.applied(part, known, done=len(self._sent))
        except OrderctlError:
            return False
        if seen:
            self._done(part)
        return seen

    def _begin(self, part: Part) -> None:
        """Record that a part is being sent. Raises what the run was asked to end with, also between two parts."""
        if self._sent:
            self._stop.check()
        self._stop.begin()
        self._record.begin()
        if self._sent:
            self._record.begin_step(_step(part))

    def _not_processed(self) -> None:
        """Let the run end in a pause before the next try, where nothing of this write was done."""
        if not self._sent:
            self._stop.over()
            self._record.not_processed()

    def _created(self, request: Request, began: dt.datetime) -> str:
        """Return the id of an order that was accepted without one. Raises OutcomeUnknown where it is not found."""
        why = f"{request.purpose}: {self._backend.vendor.title} says ok without an id"
        try:
            with self._stop.read_back():
                found = self._backend.find_created(self._prepared, began)
        except NotFound as error:
            raise unknown(f"{why}, and the order is not found ({error.message})") from error
        except OrderctlError as error:
            raise unknown(f"{why}, and it cannot be looked up ({error.message})", hint=error.hint) from error
        if found is None:
            raise unknown(f"{why}, and the order is not found")
        return found

    def _exists(self, reply: Reply, verdict: Verdict, error: OrderctlError | None) -> OrderctlError:
        """Return the error for a reference that exists already, with the order that has it where a look shows it."""
        reference, order_id = str(self._prepared.reference), verdict.order_id
        if order_id is None:
            try:
                order_id = self._backend.same_reference(self._prepared).id
            except OrderctlError:
                if error is not None and verdict.meaning is not Meaning.EXISTS:
                    return error  # HTTP 409, and no order that explains it
        status = reply.status if reply.status >= 400 else None
        return self._backend.duplicate_reference(reference, order_id, http_status=status)

    def _stopped(self, part: Part, error: OrderctlError) -> OrderctlError:
        """Return the error for a write that stopped at a part: what was done, what is missing, and what to do next."""
        doubt = isinstance(error, OutcomeUnknown)
        if self._sent:
            self._record.step(_step(part), State.UNKNOWN if doubt else State.PLANNED)
        order_id = self._answers.get("order")
        create = self._prepared.verb == "create"
        if order_id is None or (not self._sent and not (doubt and self._waiting)):
            if create and doubt:
                error.hint = self._advice(error.hint)
            elif doubt and error.code != OLD_DOUBT:
                reconcile = self._backend.command("journal", "reconcile", self._record.op)
                error.hint = f"find out what became of it: {reconcile}"
            return error
        missing = self._waiting if doubt else [part, *self._waiting]
        again = self._backend.command("update", order_id)
        named = ", ".join(p.name for p in self._sent if p.name)
        state = "was created" if create else "was changed" if self._sent else "may have been changed"
        says = [f"order {order_id} {state}"]
        hints = []
        if named:
            says.append(f"done: {named}")
        if missing:
            says.append(f"missing: {', '.join(p.name for p in missing)}")
            hints.append(f"add what is missing: {' '.join((again, *(p.option for p in missing)))}")
        if doubt:
            says.append(f"not known: {part.name}")
            look = self._backend.command("get", order_id)
            hints.append(f"look at it ({look}), and only where it lacks {part.name}: {again} {part.option}")
        return (OutcomeUnknown if doubt else PartlyDone)(
            f"{'; '.join(says)} ({error.message})",
            hint="; ".join(hints),
            code=OLD_DOUBT if error.code == OLD_DOUBT else "order.half_made",
            http_status=error.http_status,
            retry_after=error.retry_after,
            order_id=order_id,
        )

    def _advice(self, hint: str) -> str:
        """Return what to do about a create of which nobody knows whether it was made."""
        backend, reference = self._backend, str(self._prepared.reference)
        if backend.finds(reference):
            return f"find out what became of it: {backend.command('journal', 'reconcile', reference)}"
        resolve = backend.command("journal", "resolve", reference)
        return f"look for it at {backend.vendor.title}, then: {resolve} --exists ID (or --absent); {hint}"


def _step(part: Part) -> str:
    """Return how the journal calls a further request of a write."""
    return part.name or part.purpose
