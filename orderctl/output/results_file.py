"""The file of --results: what became of each order, one document a line, on disk before it is printed."""

import os
import stat
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

from orderctl.errors import MachineRefused, UsageError
from orderctl.output.jsontext import compact
from orderctl.output.stream import same


class ResultsFile:
    """A file of result documents that runs append to, mode 0600 where it is made. `redact` hides secrets in it.

    Raises UsageError where it cannot be opened, and MachineRefused where its disk is full already.
    """

    def __init__(self, path: str, *, redact: Callable[[str], str] = same) -> None:
        self._path, self._redact = path, redact
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)
        try:
            self._descriptor = os.open(path, flags, 0o600)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "not a file's name"
            raise UsageError(f"cannot write --results {path}: {reason}; nothing was sent") from None
        self._regular = stat.S_ISREG(os.fstat(self._descriptor).st_mode)
        self._broken = self._regular and _ends_within_a_line(path)
        if self._regular and _full(self._descriptor):
            self.close()
            raise MachineRefused(
                f"cannot write --results {path}: the disk is full; nothing was sent",
                hint="make room on the disk, then run it again",
                code="output.failed",
            )

    def add(self, documents: Iterable[Mapping[str, Any]]) -> None:
        """Append documents, and wait until the disk has them. Raises MachineRefused."""
        lines = [self._redact(compact(document)) + "\n" for document in documents]
        left = memoryview(("\n" * self._broken + "".join(lines)).encode("utf-8", "backslashreplace"))
        try:
            while left:
                left = left[os.write(self._descriptor, left) :]
            if self._regular:
                os.fsync(self._descriptor)
        except OSError as error:
            raise MachineRefused(
                f"cannot write --results {self._path}: {error.strerror or error}; what it lacks is printed here",
                hint="make room for it, then run it again",
                code="output.failed",
            ) from None
        self._broken = False

    def close(self) -> None:
        """Close the file."""
        with suppress(OSError):
            os.close(self._descriptor)


def _ends_within_a_line(path: str) -> bool:
    """Return whether a run that was killed left half a line."""
    with suppress(OSError), open(path, "rb") as file:  # noqa: PTH123  (a path as it was given)
        if file.seek(0, os.SEEK_END):
            file.seek(-1, os.SEEK_END)
            return file.read(1) != b"\n"
    return False


def _full(descriptor: int) -> bool:
    """Return whether the disk has no room at all, as far as the system tells."""
    if not hasattr(os, "fstatvfs"):
        return False
    disk = os.fstatvfs(descriptor)
    return disk.f_blocks > 0 and disk.f_bavail == 0
