"""A backend in a test together with what sends its writes, as a command would: prepared, sent, read back."""

from collections.abc import Callable
from typing import Any

from orderctl.backend.contract import Backend
from orderctl.backend.vendor import Capability
from orderctl.errors import refuse
from orderctl.http import Client
from orderctl.model import Cancellation, Move, OrderChange, OrderDraft, OrderKey, Subject
from orderctl.signals import Stop
from orderctl.write.result import Result
from orderctl.write.send import Sender


class Writes:
    """The writes of one account; everything else is its backend's."""

    def __init__(
        self, backend: Backend, client: Client, *, stop: Stop | None = None, warn: Callable[[str], None] | None = None
    ) -> None:
        self.backend = backend
        self.client = client
        self.sender = Sender(backend, client, stop=stop or Stop(), warn=warn or (lambda _: None))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.backend, name)

    def create(self, draft: OrderDraft) -> Result:
        return self._write("create", draft, None)

    def update(self, order_id: str, change: OrderChange) -> Result:
        return self._write("update", change, OrderKey(id=order_id))

    def push(self, order_id: str, move: Move) -> Result:
        return self._write("push", move, OrderKey(id=order_id))

    def cancel(self, order_id: str, reason: str | None = None) -> Result:
        return self._write("cancel", Cancellation(reason=reason), OrderKey(id=order_id))

    def dry_run(self, verb: str, subject: Subject, key: OrderKey | None = None) -> None:
        self.sender.dry_run(self.vendor.prepare(verb, subject, self.profile), key)

    def _write(self, verb: str, subject: Subject, key: OrderKey | None) -> Result:
        self.vendor.require(Capability(verb))
        prepared = self.vendor.prepare(verb, subject, self.profile)
        refuse(prepared.problems)
        return self.sender.write(prepared, key)
