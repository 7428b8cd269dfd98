"""Which orders the journal doubts, said beside what the vendor shows of them."""

from orderctl.app import App
from orderctl.errors import OrderctlError
from orderctl.model import Order
from orderctl.state.paths import state_folder


class Doubted:
    """The writes of the profile's account whose outcome is unknown. The journal is opened only where there may be any.

    A state folder that cannot be read is no reason not to show an order.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self._ids: dict[str, str] = {}
        self._references: dict[str, str] = {}
        try:
            if (state_folder(app.environ) / RUNS).is_dir():
                self._look()
        except OrderctlError:
            return

    def note(self, order: Order) -> None:
        """Print a line on standard error where a write of an order has an unknown outcome."""
        if not self._ids and not self._references:
            return
        what = self._ids.get(order.id) or self._references.get(order.reference or "")
        if what is not None:
            self._app.output.warning(f"order {order.id} is in doubt: {what}")

    def _look(self) -> None:
        from orderctl.journal.runs import in_doubt  # noqa: PLC0415  (only where something may be in doubt)

        if not in_doubt(self._app.state):
            return
        from orderctl.journal.entry import DOUBTED, State  # noqa: PLC0415
        from orderctl.journal.runs import alive  # noqa: PLC0415
        from orderctl.journal.store import Wanted  # noqa: PLC0415

        app = self._app
        wanted = Wanted(target=app.account().target, states=DOUBTED)
        for entry in app.journal_store(check=False).entries(wanted):
            if entry.state is State.SENDING and alive(app.state, entry.run):
                continue
            what = f"the outcome of a {entry.verb} is {entry.lost.state}; orderctl journal show {entry.op}"
            if entry.order_id is not None:
                self._ids[entry.order_id] = what
            elif entry.reference is not None:
                self._references[entry.reference] = what


RUNS = "runs"
"""The folder of the runs in the state folder: where it is missing, nothing was ever written."""
