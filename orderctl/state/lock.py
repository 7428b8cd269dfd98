"""Locks between runs on this machine. A lock dies with the process that holds it."""

import errno
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from orderctl.errors import LockHeld, Temporary, UsageError
from orderctl.state import files
from orderctl.state.paths import subfolder

PATIENCE = 10.0
"""Seconds that a change of the config file waits for others; each takes some milliseconds."""

TAKEN = frozenset({errno.EACCES, errno.EAGAIN, errno.EDEADLK})


@contextmanager
def hold(state: Path, name: str, *, what: str = "lock") -> Iterator[None]:
    """Hold the lock of that name (`--lock NAME`, or `what` else it belongs to) while the block runs: one run at a time.

    Raises LockHeld at once where another run has it, MachineRefused where its file cannot be used.
    """
    check_name(name, what=what)
    path = subfolder(state, "locks") / name
    descriptor = files.open_own(path, os.O_RDWR | os.O_CREAT)
    try:
        try:
            if hasattr(os, "fchmod"):
                os.fchmod(descriptor, 0o600)
            take(descriptor)
        except OSError as error:
            if error.errno not in TAKEN:
                raise files.refused(path, error) from error
            raise LockHeld(
                f"another run holds the {what} {name!r}", hint="the lock ends with that run; try later"
            ) from None
        yield
    finally:
        os.close(descriptor)


def check_name(name: str, *, what: str) -> None:
    """Raise UsageError for a name that no file can have, given with the option `what`."""
    if not name or any(not (c.isalnum() or c in "-_.") for c in name) or name.startswith("."):
        raise UsageError(f"--{what} {name}: takes a name of letters, digits, - and _")


@contextmanager
def changing(path: Path, *, patience: float = PATIENCE) -> Iterator[None]:
    """Be the only one who changes the file `path`, which is replaced as a whole, while the block runs.

    The lock is on the folder of the file that a symbolic link names: nothing is left behind, and it holds where two
    links name one file. Where a folder cannot be locked (a few network file systems) there is none.
    Raises Temporary where others take longer than `patience` seconds.
    """
    descriptor = -1
    with suppress(OSError):
        descriptor = os.open(Path(os.path.realpath(path)).parent, os.O_RDONLY)
    try:
        until = time.monotonic() + patience
        while descriptor >= 0 and not _had(descriptor):
            if time.monotonic() >= until:
                raise Temporary(f"{path} is being changed by another run", hint="try again", code="config.busy")
            time.sleep(0.02)
        yield
    finally:
        if descriptor >= 0:
            os.close(descriptor)


def _had(descriptor: int) -> bool:
    """Return False where another run has the lock; True where we have it, or there can be none."""
    try:
        take(descriptor)
    except OSError as error:
        return error.errno not in TAKEN
    return True


def take(descriptor: int) -> None:
    """Lock an open file for as long as its process lives. Raises OSError, one of `TAKEN` where another has it."""
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl  # noqa: PLC0415

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
