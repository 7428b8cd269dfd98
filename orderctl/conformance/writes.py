"""A backend together with what sends its writes, as a command would: prepared, sent, read back."""

import weakref
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from orderctl.backend.contract import Backend
from orderctl.backend.prepared import Prepared, Seen
from orderctl.backend.vendor import Capability
from orderctl.errors import refuse
from orderctl.http import Client, Reply
from orderctl.journal.journal import Journal
from orderctl.journal.runs import Run
from orderctl.journal.sqlite import SqliteStore
from orderctl.journal.store import Account
from orderctl.model import Cancellation, Move, Order, OrderChange, OrderDraft, OrderKey, Subject
from orderctl.signals import Stop
from orderctl.state.database import MEMORY
from orderctl.write.send import Sender


class OnlyRun(Run):
    """The only run there is."""

    def __init__(self) -> None:
        self.id = "run"

    def alive(self, run: str) -> bool:
        return run == self.id

    def tidy(self, unresolved: Callable[[], frozenset[str]]) -> None:
        """Leave everything as it is."""

    def end(self, *, resolved: bool) -> None:
        """Leave nothing behind."""


def new_journal(backend: Backend, client: Client) -> Journal:
    """Return a new journal of a backend's account, in memory."""
    profile, vendor = backend.profile, backend.vendor

    def account(_prepared: Prepared | None) -> Account:
        return Account(target=f"{vendor.name} {profile.url}", profile=profile.name, vendor=vendor.name)

    store = SqliteStore(MEMORY)
    journal = Journal(store, OnlyRun(), account=account, now=client.clock.utc, pause=client.clock.sleep)
    weakref.finalize(journal, store.close)
    return journal


class WithoutLook:
    """A backend that need not look before it writes: the order is known, so the first answer is the write's."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)

    def look(self, _prepared: Prepared, key: OrderKey | None) -> Seen:
        return Seen() if key is None else Seen(id=str(key.id), order=Order(id=str(key.id)))

    def existing(self, _references: Iterable[str], **_more: Any) -> Mapping[str, str]:
        """Let a second order have the reference."""
        return {}


class Writes:
    """The writes of one account, each of which returns a Result; everything else is its backend's."""

    def __init__(
        self,
        backend: Backend,
        client: Client,
        *,
        stop: Stop | None = None,
        warn: Callable[[str], None] | None = None,
        look: bool = True,
    ) -> None:
        self.backend = backend
        self.client = client
        self._writer = backend if look else cast("Backend", WithoutLook(backend))
        self._stop, self._warn = stop or Stop(), warn or (lambda _: None)

    @property
    def sender(self) -> Sender:
        """What sends, with a journal that knows nothing yet."""
        return Sender(
            self._writer,
            self.client,
            lambda: new_journal(self.backend, self.client),
            stop=self._stop,
            warn=self._warn,
        )

    def __getattr__(self, name: str) -> Any:
        return getattr(self.backend, name)

    @property
    def without_look(self) -> "Writes":
        """The same writes without any look before them, also for another order of the reference."""
        return Writes(self.backend, self.client, look=False)

    def create(self, draft: OrderDraft) -> Any:
        return self.write("create", draft)

    def update(self, order_id: str, change: OrderChange) -> Any:
        return self.write("update", change, OrderKey(id=order_id))

    def push(self, order_id: str, move: Move) -> Any:
        return self.write("push", move, OrderKey(id=order_id))

    def cancel(self, order_id: str, reason: str | None = None) -> Any:
        return self.write("cancel", Cancellation(reason=reason), OrderKey(id=order_id))

    def send_raw(self, method: str, path: str, **more: Any) -> Reply:
        """Send a call of the caller's own, as `api` does: a read as one, anything else once."""
        request = self.backend.raw(method, path, **more)
        reads = self.vendor.raw_reads
        if reads and reads(method, path):
            return self.backend.connection.reader.read(request)
        return self.sender.raw(request)

    def dry_run(self, verb: str, subject: Subject, key: OrderKey | None = None) -> None:
        self.sender.dry_run(self.vendor.prepare(verb, subject, self.profile), key)

    def write(self, verb: str, subject: Subject, key: OrderKey | None = None) -> Any:
        self.vendor.require(Capability(verb))
        prepared = self.vendor.prepare(verb, subject, self.profile)
        refuse(prepared.problems)
        sender = self.sender
        if verb == "create":
            sender.plan([prepared])
        return sender.write(prepared, key)
