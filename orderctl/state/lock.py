"""`--lock NAME`: one run at a time. The lock dies with the process that holds it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from orderctl.errors import LockHeld, UsageError
from orderctl.state.paths import private_folder


@contextmanager
def hold(state: Path, name: str) -> Iterator[None]:
    """Hold the lock of that name while the block runs. Raises LockHeld at once where another run has it."""
    if not name or any(not (c.isalnum() or c in "-_.") for c in name) or name.startswith("."):
        raise UsageError(f"--lock {name}: takes a name of letters, digits, - and _")
    path = private_folder(state / "locks") / name
    with path.open("a", encoding="ascii") as file:
        path.chmod(0o600)
        try:
            _take(file.fileno())
        except OSError:
            raise LockHeld(f"another run holds the lock {name!r}", hint="it ends with that run; try later") from None
        yield


def _take(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl  # noqa: PLC0415

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
