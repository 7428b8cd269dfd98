"""Marks the orders that the journal doubts: those that an earlier write may have changed or made."""

from typing import TYPE_CHECKING

from orderctl.errors import OrderctlError
from orderctl.state.paths import state_folder

if TYPE_CHECKING:
    from orderctl.app import App
    from orderctl.journal.entry import Entry


class InDoubt:
    """The writes of a profile's account whose outcome is unknown. Where no run left any, the journal is not opened."""

    def __init__(self, app: "App") -> None:
        self._app = app
        self._by_id: dict[str, Entry] = {}
        self._by_reference: dict[str, Entry] = {}
        if app.common.dry_run:
            return
        try:
            self._read()
        except OrderctlError as error:
            app.output.warning(f"orders in doubt are not marked: {error.message}")

    def of(self, order_id: str, reference: str | None = None) -> str | None:
        """Return the operation that leaves an order in doubt, reported on standard error; None where there is none."""
        entry = self._by_id.get(order_id) or (self._by_reference.get(reference) if reference else None)
        if entry is None:
            return None
        article = "an" if entry.verb[0] in "aeiou" else "a"
        when = f" of {entry.sent_at.astimezone(self._app.profile.zone):%Y-%m-%d %H:%M}" if entry.sent_at else ""
        self._app.output.warning(
            f"order {order_id} is in doubt: {article} {entry.verb}{when} has an unknown outcome;"
            f" orderctl journal show {entry.op}"
        )
        return entry.op

    def _read(self) -> None:
        from orderctl.journal import runs  # noqa: PLC0415

        try:
            state = state_folder(self._app.environ)
        except OrderctlError:
            return
        if not runs.in_doubt(state):
            return
        from orderctl.journal.entry import UNRESOLVED, State  # noqa: PLC0415
        from orderctl.journal.store import Wanted  # noqa: PLC0415

        store = self._app.journal_for_reading()
        if store is None:
            return
        for entry in store.entries(Wanted(target=self._app.account().target, states=UNRESOLVED)):
            if entry.state is State.SENDING and runs.alive(state, entry.run):
                continue
            if entry.order_id:
                self._by_id[entry.order_id] = entry
            if entry.reference:
                self._by_reference[entry.reference] = entry
