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
    """Whether the run was asked to end, and by what.

    `hold` is kept around whatever must be finished and told, `together` around a write of several requests, `idle`
    around a pause before a request, where a run may still end because nothing of the request has left.
    """

    def __init__(self) -> None:
        self.asked: OrderctlError | None = None
        self._held = self._whole = 0
        self._idle = False

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
    def hold(self) -> Iterator[None]:
        """Hold signals back until the block is over; end before it where one came already."""
        self.check()
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1

    @contextmanager
    def together(self) -> Iterator[None]:
        """Hold signals back until the block is over, in its pauses too."""
        with self.hold():
            self._whole += 1
            try:
                yield
            finally:
                self._whole -= 1

    @contextmanager
    def idle(self) -> Iterator[None]:
        """Let a signal end the run in the block, although it is held back outside."""
        if self._whole:
            yield
            return
        if self.asked is not None:
            raise self.asked
        self._idle = True
        try:
            yield
        finally:
            self._idle = False

    def check(self) -> None:
        """Raise what the run was asked to end with, if it was."""
        if self.asked is not None and not self._held:
            raise self.asked

    @property
    def _may_end(self) -> bool:
        return self._idle or not self._held

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        at_once = self.asked is not None
        self.asked = Interrupted(_message(number), signal=number, at_once=at_once)
        if at_once or self._may_end:
            raise self.asked

    def _on_alarm(self, _number: int, _frame: FrameType | None) -> None:
        self.asked = self.asked or DeadlinePassed("the run's deadline passed")
        if self._may_end:
            raise self.asked


def _message(number: int) -> str:
    return "interrupted" if number == signal.SIGINT else f"interrupted by {signal.Signals(number).name}"
