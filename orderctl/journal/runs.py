"""Which runs are alive: each holds a lock on a file of its own, which dies with its process.

The file stays where its run leaves something unresolved, so that an empty folder says that nothing is in doubt without
the journal being opened.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from orderctl.errors import MachineRefused
from orderctl.journal.entry import new_id
from orderctl.state import files
from orderctl.state.lock import TAKEN, take
from orderctl.state.paths import subfolder

FOLDER = "runs"


class Run:
    """One run that writes; `id` is its UUIDv7. Raises MachineRefused where its file cannot be made."""

    def __init__(self, state: Path) -> None:
        self._folder = subfolder(state, FOLDER)
        self._file = -1
        while self._file < 0:  # until nobody who tidies up was at the new file before it was locked
            self.id = new_id()
            self._path = self._folder / self.id
            self._file = _made(self._path)

    def alive(self, run: str) -> bool:
        """Return whether a run may still send what it has begun."""
        return run == self.id or _alive(self._folder, run)

    def end(self, *, resolved: bool) -> None:
        """End the run; its file goes where nothing of it is unresolved."""
        if resolved:
            with suppress(OSError):
                self._path.unlink()
        os.close(self._file)

    def tidy(self, unresolved: Callable[[], frozenset[str]]) -> None:
        """Take away what runs left behind that are over and have nothing unresolved."""
        tidy(self._folder.parent, unresolved)


def alive(state: Path, run: str) -> bool:
    """Return whether a run may still send what it has begun, as another process sees it; nothing is made.

    Where that cannot be seen, it may.
    """
    try:
        return _alive(state / FOLDER, run)
    except MachineRefused:
        return True


def at_work(state: Path) -> bool:
    """Return whether another process writes now; this one must have no run of its own. Raises MachineRefused."""
    folder = state / FOLDER
    return folder.is_dir() and any(_locked(path) for path in folder.iterdir())


def in_doubt(state: Path) -> bool:
    """Return whether a run is under way, or has left something unresolved; without opening the journal."""
    try:
        with os.scandir(state / FOLDER) as found:
            return any(True for _ in found)
    except OSError:
        return False


def tidy(state: Path, unresolved: Callable[[], frozenset[str]]) -> None:
    """Take away the files of runs that are over and none of whose writes is unresolved.

    `unresolved` returns the runs that have such writes; it is asked once it is known which runs are over.
    """
    with suppress(OSError, MachineRefused):
        over = [path for path in (state / FOLDER).iterdir() if not _locked(path)]
        keep = unresolved() if over else frozenset()
        for path in over:
            if path.name not in keep:
                with suppress(OSError):
                    path.unlink()


def _alive(folder: Path, run: str) -> bool:
    return bool(run) and "/" not in run and not run.startswith(".") and _locked(folder / run)


def _made(path: Path) -> int:
    """Return the descriptor of a new file of ours, locked; -1 where another process was faster."""
    descriptor = files.open_own(path, os.O_RDWR | os.O_CREAT)
    try:
        take(descriptor)
        if os.path.samestat(os.fstat(descriptor), path.stat()):
            return descriptor
    except FileNotFoundError:
        pass
    except OSError as error:
        if error.errno not in TAKEN:
            os.close(descriptor)
            raise files.refused(path, error) from error
    os.close(descriptor)
    return -1


def _locked(path: Path) -> bool:
    """Return whether a process holds the lock of a file; a file that is gone has none.

    Raises MachineRefused where that is not known: a run that may be alive is never treated as dead.
    """
    try:
        descriptor = files.open_own(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        take(descriptor)
    except OSError as error:
        if error.errno in TAKEN:
            return True
        raise files.refused(path, error) from error
    else:
        return False
    finally:
        os.close(descriptor)
