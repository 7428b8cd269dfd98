"""Ctrl-C, SIGTERM, SIGHUP and the run's deadline: what is under way is finished, and nothing more is started.

The main thread takes the signals. While it only reads, the first one ends the run at once. While it waits for writes
(`defer_signals`), the first one is only noted: a worker's write that has not begun (`begin`) never does, and one that
has is finished. A second one leaves it behind, reported as unknown. A third breaks off whatever the main thread does,
such as printing to a pipe that nobody reads. Where a signal does not exist, nothing is installed.
"""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from orderctl.errors import DeadlinePassed, Interrupted, OrderctlError

SIGNALS = tuple(
    number for name in ("SIGINT", "SIGTERM", "SIGHUP") if (number := getattr(signal, name, None)) is not None
)

MASKED = (*SIGNALS, *([signal.SIGALRM] if hasattr(signal, "SIGALRM") else []))
"""The signals that are the main thread's."""

SLICE = 0.1
"""How long a worker pauses, in seconds, before it looks whether the run is to end."""


class Stop:
    """Whether the run was asked to end, and by what.

    `wake` is called when it is, also by a signal, so it must be safe there, as `SimpleQueue.put` is.
    """

    process_ends = False
    """Whether the process ends with the run, as the installed command does."""

    def __init__(self) -> None:
        self.asked: OrderctlError | None = None
        self.wake: Callable[[], object] = bool
        self._deferred = 0
        self._signals = 0
        self._over = False
        self._before: dict[int, Any] = {}
        self._timed = False
        self._lock = threading.Lock()
        self._writing: set[int] = set()
        self._patient: set[int] = set()

    def install(self) -> None:
        """Take the signals over."""
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                if signal.getsignal(number) is not signal.SIG_IGN:  # nohup stays nohup
                    self._before[number] = signal.signal(number, self._on_signal)

    def after(self, seconds: float) -> None:
        """Ask the run to end so many seconds from now."""
        if hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread():
            self._before[signal.SIGALRM] = signal.signal(signal.SIGALRM, self._on_alarm)
            signal.setitimer(signal.ITIMER_REAL, seconds)
            self._timed = True

    def end(self) -> None:
        """Take no more signals: the run is over, and its exit code stays.

        Where the process ends with it they are ignored from here on, otherwise whoever had them gets them back.
        """
        self._over = True
        if self._timed:
            signal.setitimer(signal.ITIMER_REAL, 0)
        for number, before in self._before.items():
            signal.signal(number, signal.SIG_IGN if self.process_ends else before)
        self._before.clear()

    def ask(self, why: OrderctlError) -> None:
        """Ask the run to end, from any thread."""
        self.asked = self.asked or why
        self.wake()

    def check(self) -> None:
        """Raise what the run was asked to end with, if it was; called before anything is started."""
        if self.asked is not None:
            raise self.asked

    @contextmanager
    def defer_signals(self, number: int = 2) -> Iterator[None]:
        """Only note so many signals in the block, in the main thread; one more breaks off whatever it waits for.

        The first asks the run to end, the second to leave what is under way (`leaves`).
        """
        before, self._deferred = self._deferred, number
        try:
            yield
        finally:
            self._deferred = before

    @property
    def leaves(self) -> bool:
        """Whether the run was asked a second time: what is under way is left behind."""
        return isinstance(self.asked, Interrupted) and self.asked.at_once

    def begin(self) -> None:
        """Note that this thread's write is under way, so that it is waited for.

        Raises what the run was asked to end with where it was not under way yet: then nothing of it was sent.
        """
        with self._lock:
            if threading.get_ident() not in self._writing:
                self.check()
                self._writing.add(threading.get_ident())

    def over(self) -> None:
        """Note that nothing of this thread's is under way any more."""
        with self._lock:
            self._writing.discard(threading.get_ident())

    @property
    def writing(self) -> frozenset[int]:
        """The threads whose writes are under way. Once the run was asked to end, no new one begins."""
        with self._lock:
            return frozenset(self._writing)

    @property
    def patient(self) -> bool:
        """Whether this thread reads back what it wrote, which neither a signal nor the deadline breaks off."""
        return threading.get_ident() in self._patient

    @contextmanager
    def read_back(self) -> Iterator[None]:
        """Let this thread read back in the block what it wrote."""
        self._patient.add(threading.get_ident())
        try:
            yield
        finally:
            self._patient.discard(threading.get_ident())

    def sleep(self, seconds: float) -> None:
        """Pause. Raises what the run was asked to end with, unless this thread reads back what it wrote."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if not self.patient:
                self.check()
            time.sleep(min(left, SLICE))

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if self._over:
            return
        self._signals += 1
        self.asked = Interrupted(_message(number), signal=number, at_once=self._signals > 1)
        if self._signals > self._deferred:
            raise self.asked
        self.wake()

    def _on_alarm(self, _number: int, _frame: FrameType | None) -> None:
        if self._over:
            return
        self.asked = self.asked or DeadlinePassed("the run's deadline passed")
        if not self._deferred:
            raise self.asked
        self.wake()


def _message(number: int) -> str:
    return "interrupted" if number == signal.SIGINT else f"interrupted by {signal.Signals(number).name}"
