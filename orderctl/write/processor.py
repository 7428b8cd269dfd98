"""Which processor a run's threads use: one for all of them, as Python runs only one of them at a time.

With several, each change of thread brings what Python needs from one processor's cache into another's: a third more CPU
an order was measured with eight at once. The system chooses the processor, and again every few seconds: two runs that
stayed on the same one would hold each other up.
"""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

EVERY = 5.0
"""Seconds until the system chooses again."""


class Processor:
    """The processor of the threads of one run; any of them where the system lets none be chosen.

    The main thread stays where the system put it, the others follow it. Every few seconds it is let go for one wait.
    """

    def __init__(self) -> None:
        self._allowed: set[int] = set()
        self._number: int | None = None
        self._free, self._until = False, 0.0

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep the main thread, which calls this, on the processor where it is until the block ends."""
        if sys.platform == "linux":
            with suppress(OSError):
                self._allowed = os.sched_getaffinity(0)
            self._stay()
        try:
            yield
        finally:
            if self._allowed:
                self._let_go()

    def choose_again(self) -> None:
        """Let the main thread, which has just waited, be put elsewhere when it waits next, and stay there."""
        if self._free:
            self._stay()
        elif self._number is not None and time.monotonic() >= self._until:
            self._let_go()

    def follow(self, number: int | None) -> int | None:
        """Bring this thread, which is on the processor `number`, to that of the main thread, and return which it is."""
        chosen = self._number
        if chosen != number and chosen is not None:
            with suppress(OSError):
                os.sched_setaffinity(0, {chosen})
        return chosen

    def _stay(self) -> None:
        """Keep this thread where it is, as far as that can be known and the system allows it."""
        self._free, self._until = False, time.monotonic() + EVERY
        with suppress(OSError, ValueError, IndexError):
            number = _processor()
            os.sched_setaffinity(0, {number})
            self._number = number

    def _let_go(self) -> None:
        with suppress(OSError):
            os.sched_setaffinity(0, self._allowed)
        self._free = True


def _processor() -> int:
    """Return the number of the processor that this thread is on: field 39 of its line in proc(5)."""
    line = Path("/proc/thread-self/stat").read_text(encoding="utf-8", errors="replace")
    return int(line.rpartition(")")[2].split()[36])
