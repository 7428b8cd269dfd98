"""Which processor a run's threads use: one for all of them, as Python runs only one of them at a time.

With several, each change of thread brings what Python needs from one processor's cache into another's. A third more CPU
an order was measured with eight at once, and longer runs, also beside programs that keep every processor busy.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def on_one_processor() -> Iterator[None]:
    """Keep this thread, and those that it starts in the block, on the processor where it is; only on Linux.

    The system had a choice of them when it put the thread there, and may still move every other program away.
    """
    if sys.platform != "linux":
        yield
        return
    before: set[int] = set()
    with suppress(OSError):
        allowed = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {_processor()})
        before = allowed
    try:
        yield
    finally:
        if before:
            with suppress(OSError):
                os.sched_setaffinity(0, before)


def _processor() -> int:
    """Return the number of the processor that this thread is on: field 39 of its line in proc(5)."""
    line = Path("/proc/thread-self/stat").read_text(encoding="utf-8", errors="replace")
    return int(line.rpartition(")")[2].split()[36])
