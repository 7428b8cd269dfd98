"""Sends the parts of a write, one after the other, each once: the only code that sends writes.

The steps of a write, in this order: the backend looks; the parts are made; each part is sent, its answer classified
(`outcome`), and only what was certainly not processed is sent again (not sent, and 429: three tries; a session that
was over: one renewal); then the backend reads back what has to be. Where a part fails, nothing more is sent.
"""

import datetime as dt
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice

from orderctl.backend.call import Meaning, Verdict
from orderctl.backend.contract import Backend
from orderctl.backend.prepared import Hole, Part, Prepared, Seen
from orderctl.backend.vendor import Duplicates
from orderctl.errors import (
    Conflict,
    Interrupted,
    NotFound,
    NotSent,
    OrderctlError,
    OutcomeUnknown,
    PartlyDone,
    UsageError,
)
from orderctl.http import Client, Reply, Request, unknown
from orderctl.model import NOTHING, OrderKey, Receipt
from orderctl.signals import Stop
from orderctl.write.outcome import Class, classify, error_of
from orderctl.write.result import Result, done

MAX_AT_ONCE = 500
"""How many orders of a file are looked up together, at most; so many are in memory at a time."""

TRIES = 3
"""How often a request is sent at most, each further time only because the one before was certainly not processed."""


class Sender:
    """Sends writes to one backend. Thread-safe: each thread sends one write at a time.

    `client` is the connection that can write, `warn` takes a line for standard error.
    """

    def __init__(self, backend: Backend, client: Client, *, stop: Stop, warn: Callable[[str], None]) -> None:
        self.backend = backend
        self.client = client
        self.stop = stop
        self._warn = warn
        self._look_ups: dict[str, _LookUp] = {}
        self._looking = threading.Lock()
        self._made: set[str] = set()

    def together(self, orders: Iterable[Prepared]) -> Iterator[Prepared]:
        """Yield the new orders of a file, to be written in this order.

        Where the vendor tells of many references at once, the first write of every few hundred asks for all of them.
        """
        backend = self.backend
        searched = backend.vendor.second_create(backend.profile) is Duplicates.SEARCHABLE
        together = searched and backend.finds_many()
        left = iter(orders)
        while together and (some := list(islice(left, MAX_AT_ONCE))):
            look_up = _LookUp(backend, some)
            for prepared in some:
                self._look_ups[str(prepared.reference)] = look_up
                yield prepared
        yield from left

    def write(self, prepared: Prepared, key: OrderKey | None = None) -> Result:
        """Do one write, of a new order or of the one that `key` names, and return what became of it.

        Raises OrderctlError where it was not done: OutcomeUnknown where nobody knows, PartlyDone where a part was.
        Raises Interrupted or DeadlinePassed where the run was asked to end before anything was sent.
        """
        seen = self.backend.look(prepared, key)
        if seen.problems:
            about = f"order {prepared.reference or seen.order_id!r}"
            raise UsageError(f"{about}: {seen.problems[0]}; nothing was sent", fields=seen.problems)
        for warning in seen.warnings:
            self._warn(warning)
        if seen.unchanged:
            return done(prepared, seen, Receipt(id=seen.id, message=seen.unchanged, unchanged=True))
        if prepared.verb == "create":
            self._refuse_duplicate(prepared)
        receipt = _Write(self, prepared, seen).run()
        if prepared.verb == "create":
            self._check_new(prepared, receipt.id)
        return done(prepared, seen, receipt)

    def _refuse_duplicate(self, prepared: Prepared) -> None:
        """Raise Conflict where an order has the reference, as far as the vendor can be searched."""
        backend, reference = self.backend, str(prepared.reference)
        with self._looking:
            look_up = self._look_ups.pop(reference, None)
            existing = look_up() if look_up else None
        oldest = backend.placed(prepared)
        backend.refuse_duplicate(reference, lines=prepared.lines, oldest=oldest, existing=existing)

    def _check_new(self, prepared: Prepared, order_id: str) -> None:
        """Raise OutcomeUnknown where the id of a new order is that of one made before: it is another's answer."""
        with self._looking:
            known = order_id in self._made
            self._made.add(order_id)
        if known:
            what = f"create order {prepared.reference}: {self.backend.vendor.title} answers with order {order_id}"
            raise unknown(f"{what}, which this run made before")

    def dry_run(self, prepared: Prepared, key: OrderKey | None = None) -> None:
        """Build every request of a write; a dry run's client keeps them. Nothing is read, so `<name>` stands for it."""
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
        try:
            with self.stop.defer_signals(1):
                return self.client.write(request, before=self.stop.check)
        except Interrupted as error:
            if not error.at_once:  # in a pause before it was sent
                raise
            raise unknown(f"{request.purpose}: {error.message}") from error


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


class _Write:
    """One write on its way: the parts that were sent, those that wait, and what their answers told."""

    def __init__(self, sender: Sender, prepared: Prepared, seen: Seen) -> None:
        self._backend, self._client, self._stop = sender.backend, sender.client, sender.stop
        self._prepared, self._seen = prepared, seen
        self._waiting = list(self._backend.vendor.parts(prepared, seen, self._backend.profile))
        self._sent: list[Part] = []
        self._answers: dict[str, str] = {} if isinstance(seen.order_id, Hole) else {"order": seen.order_id}

    def run(self) -> Receipt:
        """Send every part, read back, and return the receipt. Raises what stopped it, with what is missing."""
        while self._waiting:
            part = self._waiting.pop(0)
            try:
                if self._sent:
                    self._stop.check()
                receipt = self._send(part)
            except OrderctlError as error:
                stopped = self._stopped(part, error)
                if stopped is error:
                    raise
                raise stopped from error
            if receipt is not None:
                return receipt
        return self._confirmed(self._answers["order"])

    def _confirmed(self, order_id: str) -> Receipt:
        """Return the receipt, after reading back. Raises OutcomeUnknown where that fails: the vendor said yes."""
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
        self._sent.append(part)
        return None

    def _refused(self, part: Part, verdict: Verdict, error: OrderctlError) -> Receipt | None:
        """Put the parts to send instead in place of a refused one, or return the receipt of an order that is as asked.

        Raises the error where there is neither.
        """
        if part.instead and verdict.code == part.instead_of:
            self._not_processed()
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
                reply = self._client.write(request, before=self._begin)
            except NotSent as error:
                self._not_processed()
                if not tries.again(request, error.message):
                    raise
                continue
            verdict = self._backend.verdict(reply, part)
            found = classify(reply.status, verdict)
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
                seen = self._backend.applied(part, known)
        except OrderctlError:
            return False
        if seen:
            self._sent.append(part)
        return seen

    def _begin(self) -> None:
        """Note that the write is under way. Raises what the run was asked to end with, also between two parts."""
        if self._sent:
            self._stop.check()
        self._stop.begin()

    def _not_processed(self) -> None:
        """Let the run end in a pause before the next try, where nothing of this write was done."""
        if not self._sent:
            self._stop.over()

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
        order_id = self._answers.get("order")
        create = self._prepared.verb == "create"
        if order_id is None or (not self._sent and not (doubt and self._waiting)):
            if create and doubt and self._backend.finds(str(self._prepared.reference)):
                look = self._backend.command("get", "--reference", str(self._prepared.reference))
                error.hint = f"look for it: {look}; {error.hint}"
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
            code="order.half_made",
            http_status=error.http_status,
            retry_after=error.retry_after,
            order_id=order_id,
        )
