"""Which processor a run's threads use: one for all of them, as Python runs the code of one thread at a time.

With several, each change of thread brings what Python needs from one processor's cache into another's: 1.42 ms of CPU
an order instead of 1.07, measured with eight at once and a server that answers at once. The system chooses the
processor, and again every few seconds: two runs that stayed on the same one would hold each other up.
"""

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

EVERY = 5.0
"""Seconds until the system chooses again."""

NO_FILTER = "\nSeccomp:\t0\n"
"""What proc(5) says of a thread whose system calls no filter looks at: one may end whoever makes this choice."""


class Processor:
    """The processor of a run's threads. Where none can be chosen, or somebody else chooses one, they use any.

    The main thread stays where the system put it, and the others follow it.
    """

    def __init__(self) -> None:
        self._number: int | None = None
        self._main = 0
        self._all = self._given = frozenset[int]()
        self._next = 0.0

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep the main thread, which calls this, on the processor where it is until the block ends."""
        self._main, self._all = threading.get_native_id(), _choice()
        self._given = self._all
        self._stay()
        try:
            yield
        finally:
            self._let_go()
            self._number = None

    def choose_again(self) -> None:
        """Every few seconds let the system put the main thread elsewhere at its next wait, and stay there after it."""
        if self._number is None:
            return
        if self._given == self._all:
            self._stay()
        elif time.monotonic() >= self._next:
            self._let_go()

    def follow(self, number: int | None) -> int | None:
        """Bring this thread, which was brought to processor `number` last, to the main thread's, and return that."""
        chosen = self._number
        if chosen is not None and chosen != number:
            _put(0, frozenset({chosen}))
        return chosen

    def _stay(self) -> None:
        self._next = time.monotonic() + EVERY
        number = _processor() if len(self._all) > 1 else None
        self._number = number if number is not None and self._give(frozenset({number})) else None

    def _let_go(self) -> None:
        if self._number is not None and not self._give(self._all):
            self._number = None

    def _give(self, processors: frozenset[int]) -> bool:
        """Give the main thread these, unless somebody else gave it others meanwhile. Return whether it has them."""
        if _allowed(self._main) != self._given or not _put(self._main, processors):
            return False
        self._given = processors
        return True


def _choice() -> frozenset[int]:
    """Return the processors among which this thread may choose, none where it should not."""
    if not getattr(sys, "_is_gil_enabled", lambda: True)():
        return frozenset()
    with suppress(OSError):
        if NO_FILTER in Path("/proc/thread-self/status").read_text(encoding="utf-8", errors="replace"):
            return _allowed(0)
    return frozenset()


def _processor() -> int | None:
    """Return the number of the processor that this thread is on, field 39 of its line in proc(5); None if unknown."""
    with suppress(OSError, ValueError, IndexError):
        line = Path("/proc/thread-self/stat").read_text(encoding="utf-8", errors="replace")
        return int(line.rpartition(")")[2].split()[36])
    return None


def _allowed(thread: int) -> frozenset[int]:
    """Return the processors that a thread, 0 for this one, may use; none where that is not known."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            return frozenset(os.sched_getaffinity(thread))
    return frozenset()


def _put(thread: int, processors: frozenset[int]) -> bool:
    """Let a thread, 0 for this one, use these processors only, and return whether that was done."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError, ValueError, OverflowError):
            os.sched_setaffinity(thread, processors)
            return True
    return False
