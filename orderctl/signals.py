"""Ctrl-C, SIGTERM and SIGHUP: a write that is under way is finished first, and nothing more is started.

A second signal leaves at once. Off the terminal's main thread, and where a signal does not exist, nothing is installed.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from orderctl.errors import DeadlinePassed, Interrupted, OrderctlError

SIGNALS = tuple(
    number for name in ("SIGINT", "SIGTERM", "SIGHUP") if (number := getattr(signal, name, None)) is not None
)


class Stop:
    """Whether the run was asked to end, and by what. `shield` is held around every write."""

    def __init__(self) -> None:
        self.asked: OrderctlError | None = None
        self._writing = 0

    def install(self) -> None:
        """Take the signals over."""
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                if signal.getsignal(number) is not signal.SIG_IGN:  # nohup stays nohup
                    signal.signal(number, self._on_signal)

    def after(self, seconds: float) -> None:
        """End the run so many seconds from now, whatever it waits for; a write under way is bounded by itself."""
        if hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGALRM, self._on_alarm)
            signal.setitimer(signal.ITIMER_REAL, seconds)

    @contextmanager
    def shield(self) -> Iterator[None]:
        """Hold signals back until the write in the block is over."""
        self.check()
        self._writing += 1
        try:
            yield
        finally:
            self._writing -= 1

    def check(self) -> None:
        """Raise what the run was asked to end with, if it was."""
        if self.asked is not None and not self._writing:
            raise self.asked

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        name = signal.Signals(number).name
        second = self.asked is not None
        self.asked = Interrupted(f"ended by {name}", signal=number)
        if second or not self._writing:
            raise self.asked

    def _on_alarm(self, _number: int, _frame: FrameType | None) -> None:
        self.asked = self.asked or DeadlinePassed("the run's deadline passed")
        if not self._writing:
            raise self.asked
