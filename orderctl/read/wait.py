"""Waits until orders have a status: reads them every five seconds, for ten minutes at most.

The run's deadline ends it earlier: it breaks off the pause.
"""

from collections.abc import Callable

from orderctl.errors import WAIT_OVER, DeadlinePassed, Temporary
from orderctl.http import Clock
from orderctl.model import Order
from orderctl.read.filters import LOCAL_FILTERS

EVERY = 5.0
"""Seconds between two looks at an order."""

AT_MOST = 600.0
"""Seconds after which nothing more is waited for, over all orders of a run."""


class Wait:
    """The wait of one run for a status: one of our six words, the vendor's own, or the name of a step."""

    def __init__(self, status: str, *, clock: Clock) -> None:
        self.status = status
        self._clock = clock
        self._end: float | None = None

    def until(self, look: Callable[[], Order], *, name: str, patient: bool = False) -> Order:
        """Return an order once it has the status; `look` reads it, `name` is how a message calls it.

        Raises DeadlinePassed where it does not get there in time, and as a read. A vendor that is down for a while is
        asked again, if it has answered once, or if the wait is `patient` from the beginning.
        """
        if self._end is None:
            self._end = self._clock.now() + AT_MOST
        last = ""
        while True:
            try:
                order = look()
            except Temporary as error:
                if not (patient or last):
                    raise
                last = f"it cannot be read: {error.message}"
            else:
                if self._reached(order):
                    return order
                steps = ", ".join(step.name for step in order.steps)
                last = f"it is {order.vendor_status or steps or order.status} now"
            if self._clock.now() + EVERY > self._end:
                raise DeadlinePassed(
                    f"{name} did not become {self.status!r} within {AT_MOST / 60:g} minutes; {last}",
                    hint="to wait longer: orderctl get ID --wait STATUS",
                    code=WAIT_OVER,
                )
            self._clock.sleep(EVERY)

    def _reached(self, order: Order) -> bool:
        return bool(LOCAL_FILTERS["status"](order, self.status)) or any(s.name == self.status for s in order.steps)
