"""The rules of a write: what is recorded before a byte leaves and after an answer came, and who may send what.

A row is `sending`, on the disk, before the first byte of its request leaves. It is settled by its answer. Where a run
dies in between, its row is unknown, and no run sends it again unless the rules say so. Rows are claimed one by one, so
that several runs may work on one file without two of them sending one order.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from shlex import quote
from typing import Any

from orderctl.backend.prepared import Prepared
from orderctl.errors import Conflict, DeadlinePassed, Interrupted, OrderctlError, Temporary
from orderctl.frozen import replace
from orderctl.journal.entry import UNRESOLVED, Entry, State, evidence, hash_of, kept, new_id
from orderctl.journal.runs import Run
from orderctl.journal.store import Account, Store, Wanted
from orderctl.model import NOTHING

POLL = 0.1
"""Seconds between two looks at a row that another run is sending."""

PATIENCE = 300.0
"""Seconds that another run's request is waited for; it has time limits of its own."""

SANDBOX = ("sandbox:", "/sandbox-")
"""What the target of a sandbox holds, and no other."""


class Taken(Exception):
    """The row is not as it was seen: another run has claimed or settled it, or planned it with other content."""


class Journal:
    """The journal of one run, for one profile. Thread-safe.

    `account` returns whose row a write is: of an order as it is sent. `now` returns the time (UTC), `pause` waits so
    many seconds, and raises what the run was asked to end with. Every method raises what its store raises.
    """

    def __init__(
        self,
        store: Store,
        run: Run,
        *,
        account: Callable[[Prepared | None], Account],
        now: Callable[[], dt.datetime],
        pause: Callable[[float], object],
    ) -> None:
        self.store = store
        self.run = run
        self.account = account
        self.now = now
        self._pause = pause

    def plan(self, writes: Iterable[Prepared], *, new_target: bool = False) -> None:
        """Keep new orders as planned, all in one transaction.

        Raises Conflict where the profile's orders are those of another target, and the caller did not confirm this.
        """
        if not new_target:
            self._check_target()
        self.store.plan(((self.account(prepared), prepared) for prepared in writes), self.run.id, self.now())

    def entry(self, prepared: Prepared) -> Entry:
        """Return the row of a new order, which was planned, once no other run is sending it.

        Raises Temporary where that run takes too long.
        """
        waited = 0.0
        while True:
            entry = self.store.find(self.account(prepared).target, str(prepared.reference))
            if entry is None:  # it was forgotten, or pruned away, meanwhile
                self.plan([prepared], new_target=True)
                continue
            other = entry.run != self.run.id  # another run may have planned it with other content meanwhile
            if other and entry.state in {State.PLANNED, State.REFUSED} and not entry.same(prepared):
                self.plan([prepared], new_target=True)
                continue
            if entry.state is State.SENDING and not self.run.alive(entry.run):
                entry = self.lost(entry)  # another run may have begun to send it again
            if entry.state is not State.SENDING:
                return entry
            if entry.run == self.run.id:
                raise Conflict(f"reference {entry.reference!r} is being sent by this run already", code="journal.twice")
            if waited >= PATIENCE:
                raise Temporary(f"order {entry.reference} is still being sent by another run", code="state.busy")
            self._pause(POLL)
            waited += POLL

    def lost(self, entry: Entry) -> Entry:
        """Return a row whose run died while it was sent: its outcome is unknown."""
        lost = entry.lost
        self.store.settle(entry.op, State.UNKNOWN, seen=entry, evidence=lost.evidence, settled_at=self.now())
        return next(self.store.entries(Wanted(op=entry.op)), lost)

    def unresolved(self, wanted: Wanted) -> Iterator[Entry]:
        """Yield the rows whose outcome is unknown, also those whose run died; not what a run is sending now."""
        for entry in self.store.entries(replace(wanted, states=UNRESOLVED)):
            found = entry
            if entry.state is State.SENDING:
                if self.run.alive(entry.run):
                    continue
                found = self.lost(entry)
            if found.state is State.UNKNOWN:
                yield found

    def of_order(self, verb: str, order_id: str) -> Iterator[Entry]:
        """Yield the rows of one order of this profile's target, the newest first."""
        target = self.account(None).target
        return self.store.entries(Wanted(target=target, verb=verb, order_id=order_id), newest_first=True)

    def record(
        self,
        prepared: Prepared,
        entry: Entry | None,
        *,
        order_id: str | None = None,
        before: Mapping[str, Any] = NOTHING,
    ) -> "Record":
        """Return what records one write: of the row of a new order, or of one that changes the order `order_id`.

        `before` is what is kept of the order as it was.
        """
        if entry is None:
            account = self.account(prepared if prepared.verb == "create" else None)
            entry = Entry(
                op=new_id(),
                target=account.target,
                profile=account.profile,
                vendor=account.vendor,
                verb=prepared.verb,
                reference=prepared.reference,
                order_id=order_id,
                state=State.SENDING,
                hash=hash_of(prepared.content),
                kept=kept(prepared, before),
                run=self.run.id,
            )
            return Record(self, entry, new=True)
        return Record(self, entry)

    def close(self) -> None:
        """End the run and close its store."""
        try:
            resolved = self.run.id not in self._unresolved_runs()
        except OrderctlError:
            resolved = False
        self.run.end(resolved=resolved)
        with suppress(OrderctlError):
            self.run.tidy(self._unresolved_runs)
        self.store.close()

    def _unresolved_runs(self) -> frozenset[str]:
        """Return the runs that left something unresolved."""
        return frozenset(entry.run for entry in self.store.entries(Wanted(states=UNRESOLVED)))

    def _check_target(self) -> None:
        account = self.account(None)
        own = Wanted(target=account.target, verb="create")
        if any(self.store.entries(own, limit=1)) or _of_sandbox(account.target):
            return
        for entry in self.store.entries(Wanted(profile=account.profile, verb="create")):
            if entry.target != account.target and not _of_sandbox(entry.target):
                raise Conflict(
                    f"profile {account.profile} points at {account.target}, and its orders so far are recorded under"
                    f" {entry.target}; nothing was sent",
                    hint="if it is another account, add --new-target; if it is the same:"
                    f" orderctl journal move --from {quote(entry.target)} -p {account.profile}",
                    code="journal.other_target",
                )


class Record:
    """Records one write on its way. `op` is its operation, `entry` its row as it was before; thread-safe not.

    `resends` says that what is in doubt may be sent again, because it was shown to be absent.
    A failure to record what was sent already never hides what became of it: `failure` keeps it, for the run to end
    with.
    """

    def __init__(self, journal: Journal, entry: Entry, *, new: bool = False) -> None:
        self.entry = entry
        self.op = entry.op
        self.failure: OrderctlError | None = None
        self.resends = False
        self._journal = journal
        self._new = new
        self._sent = False
        self._status: int | None = None
        self._before = State.PLANNED if new else entry.state

    def begin(self) -> None:
        """Record, on the disk, that the write is being sent; called before its first byte leaves.

        Raises Taken where another run has it.
        """
        if self._sent:
            return
        journal, now = self._journal, self._journal.now()
        if self._new:
            journal.store.begin(replace(self.entry, planned_at=now, first_sent_at=now, sent_at=now, attempts=1))
            self._new = False
        elif not journal.store.claim(self.entry, journal.run.id, now):
            raise Taken
        first = self.entry.first_sent_at or now
        attempts = self.entry.attempts + 1
        self.entry = replace(self.entry, state=State.SENDING, sent_at=now, first_sent_at=first, attempts=attempts)
        self._sent = True

    @property
    def sent(self) -> bool:
        """Whether a byte of it may have left since it was claimed."""
        return self._sent

    def instead(self, code: str) -> None:
        """Record that the vendor refused the first request with this code, so that others are sent in its place."""
        self.afterwards(lambda: self._journal.store.note(self.op, steps={code: State.DONE.value}))

    def begin_step(self, name: str) -> None:
        """Record, on the disk, that a further request of the write is being sent.

        Raises what kept an earlier one from being recorded: without the new order's id nobody would go on with it.
        """
        if self.failure is not None:
            raise self.failure
        self._journal.store.settle(self.op, State.SENDING, steps={name: State.SENDING.value})

    def step(self, name: str, state: State, **changes: Any) -> None:
        """Record what became of a further request."""
        steps = {name: state.value}
        self.afterwards(lambda: self._journal.store.settle(self.op, State.SENDING, steps=steps, **changes))

    def head(self, status: int, _headers: Mapping[str, str]) -> None:
        """Record the status of an answer, whose body is still to come."""
        self._status = status
        self.afterwards(lambda: self._journal.store.note(self.op, http_status=status))

    def answered(self, status: int) -> None:
        """Note the status of an answer that is there: it is recorded with what the answer comes to."""
        self._status = status

    def found(self, order_id: str | None) -> None:
        """Note that a look after an unknown outcome has found the order, or has not: then it may be sent again."""
        self.entry = replace(self.entry, order_id=order_id, absent=False)
        self._before, self._sent = self.entry.state, False

    def made(self, order_id: str) -> Entry | None:
        """Record the id of a new order whose further requests are still to be sent. Return as `done`."""
        other = self._alone(State.SENDING, order_id)
        if other is None:
            self.entry = replace(self.entry, order_id=order_id)
        return other

    def done(self, order_id: str, said: str = "") -> Entry | None:
        """Record that a new order was made. Return None, or the row of another order that has its id already.

        Then nothing is recorded.
        """
        now = self._journal.now()
        other = self._alone(State.DONE, order_id, settled_at=now, evidence=evidence(said))
        if other is None:
            self.entry = replace(self.entry, state=State.DONE, order_id=order_id, settled_at=now)
        return other

    def _alone(self, state: State, order_id: str, **changes: Any) -> Entry | None:
        """Record a new order's id; where another row has it, record nothing and return that row."""
        store, known = self._journal.store, self._known(order_id=order_id, **changes)
        alone = True

        def record() -> None:
            nonlocal alone
            alone = store.settle(self.op, state, alone=True, **known)

        self.afterwards(record)
        if alone:
            return None
        rows = store.entries(Wanted(target=self.entry.target, verb="create", order_id=order_id))
        return next((row for row in rows if row.op != self.op), None)

    @property
    def in_doubt(self) -> bool:
        """Whether an earlier request of this write may have been applied, or may still be."""
        return self._before is State.UNKNOWN and not self.entry.absent

    def not_processed(self, said: str = "") -> None:
        """Record that this request did nothing: what was known before it was sent is known again."""
        if self._sent:
            self.settle(self._before, said, absent=self.entry.absent)
            self._sent = False

    def settle(self, state: State, said: str = "", **changes: Any) -> None:
        """Record what became of the write."""
        now = self._journal.now()
        known = self._known(settled_at=now, evidence=evidence(said), **changes)
        self.afterwards(lambda: self._journal.store.settle(self.op, state, **known))
        self.entry = replace(self.entry, state=state, settled_at=now)

    def _known(self, **changes: Any) -> dict[str, Any]:
        """Return what is known, with the status of the last answer."""
        known = {name: value for name, value in changes.items() if value is not None}
        return known if self._status is None else {"http_status": self._status, **known}

    def afterwards(self, record: Callable[[], object]) -> None:
        """Record something of what was sent already; where that fails, the run ends, and its result stays."""
        try:
            record()
        except (DeadlinePassed, Interrupted, OrderctlError) as error:
            self.failure = self.failure or error


def _of_sandbox(target: str) -> bool:
    return any(mark in target for mark in SANDBOX)
