"""How often requests leave: a limit that the threads of a run share, and the processes of this machine.

What the processes share is one number in a file of the state folder, the moment at which the next request would be
exactly on time (the theoretical arrival time of the generic cell rate algorithm), on the clock that all of them have.
"""

import hashlib
import os
import struct
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from orderctl.errors import OrderctlError
from orderctl.http.clock import Clock
from orderctl.state import files
from orderctl.state.paths import subfolder

BURST = 4
"""So many requests may leave at once after a pause."""

FAR = 600.0
"""No queue is so many seconds long: a later moment is nonsense."""

PATIENCE = 250
"""How often a file that another process holds is tried, every 2 ms; each holds it for microseconds."""

MOMENT = struct.Struct("<d")


def rate_file(state: Path, *, vendor: str, url: str) -> Path:
    """Return the file that all requests to one target share. Raises MachineRefused where its folder cannot be used."""
    name = hashlib.sha256(f"{vendor} {url}".encode()).hexdigest()[:32]
    return subfolder(state, "rate") / name


class RateLimit:
    """Lets `rate` requests a second through, bursts of four. Thread-safe.

    `file` names the file that other processes share; where it cannot be used, this run keeps the rate alone.
    """

    def __init__(self, rate: float, clock: Clock, file: Callable[[], Path] | None = None) -> None:
        self.rate = rate
        self._clock = clock
        self._file = file
        self._descriptor = -1
        self._first = True
        self._next = 0.0
        self._lock = threading.Lock()

    def wait_time(self) -> float:
        """Take a turn and return how many seconds to wait for it."""
        with self._lock:
            if self._file is not None:
                self._open(self._file)
            if self._descriptor >= 0:
                try:
                    shared = self._shared_turn(self._descriptor)
                except OSError:
                    self._close()
                else:
                    if shared is not None:
                        return shared
                    self._close()
            self._next, wait = self._turn(self._next)
            return wait

    def close(self) -> None:
        """Give the file back."""
        with self._lock:
            self._file = None
            self._close()

    def _turn(self, expected: float) -> tuple[float, float]:
        """Return when the request after this one is expected, and how long this one has to wait."""
        now = self._clock.now()
        turn = max(expected, now)
        return turn + 1 / self.rate, max(0.0, turn - now - (BURST - 1) / self.rate)

    def _open(self, file: Callable[[], Path]) -> None:
        self._file = None
        if sys.platform != "win32":
            with suppress(OrderctlError, OSError):
                self._descriptor = files.open_own(file(), os.O_RDWR | os.O_CREAT)

    def _close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1

    def _shared_turn(self, descriptor: int) -> float | None:
        """Take a turn of all processes; None where another one does not let go of the file. Raises OSError."""
        if sys.platform == "win32":
            return None
        import fcntl  # noqa: PLC0415  (not on every system)

        for _ in range(PATIENCE):
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                self._clock.sleep(0.002)
        else:
            return None
        try:
            expected, wait = self._turn(self._expected(descriptor))
            os.pwrite(descriptor, MOMENT.pack(expected), 0)
        finally:
            fcntl.flock(descriptor, fcntl.LOCK_UN)
        return wait

    def _expected(self, descriptor: int) -> float:
        """Return the moment in the file; 0 where there is none, where it is nonsense, or from before this start."""
        found = os.pread(descriptor, MOMENT.size, 0)
        now = self._clock.now()
        first, self._first = self._first, False
        if first and os.fstat(descriptor).st_mtime < self._clock.utc().timestamp() - now:
            return 0.0  # the clock began anew with the machine
        if len(found) < MOMENT.size:
            return 0.0
        moment: float = MOMENT.unpack(found)[0]
        return moment if 0 <= moment <= now + FAR else 0.0
