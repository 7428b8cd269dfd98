"""The file of --rejects: the orders that were not taken, as they were, each with its reason, for the owner's eyes only.

It is written beside before the first request, which shows that it can be, and put in its place as a whole at the end of
the run: a run that is killed leaves none, and the same command may be run again. One that holds orders of an earlier
run is never written over: they may have been fixed in it.
"""

import errno
import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from orderctl.errors import MachineRefused, UsageError


class Rejects:
    """A rejects file, in the encoding of the file that was read, `marked` with a byte-order mark as that one was.

    A device or a pipe is written once, at the end. Raises UsageError where it cannot be written.
    """

    def __init__(self, path: Path, *, encoding: str, marked: bool) -> None:
        self._path, self._encoding, self._mark = path, encoding, "\ufeff" if marked else ""
        refuse_earlier(path)
        try:
            self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        except (OSError, ValueError) as error:
            raise self._unwritable(error) from None
        self.regular = stat.S_ISREG(os.fstat(self._descriptor).st_mode)

    def begin(self, lines: Iterable[str]) -> None:
        """Show that what was rejected can be written, before anything is sent. Raises UsageError."""
        if not self.regular:
            return
        try:
            self._replace(lines, keep=False)
        except (OSError, ValueError) as error:
            raise self._unwritable(error) from None

    def end(self, lines: Iterable[str]) -> None:
        """Write all that was rejected. Raises MachineRefused."""
        try:
            if self.regular:
                self._replace(lines, keep=True)
            else:
                self._write(os.dup(self._descriptor), lines)
        except (OSError, ValueError) as error:
            raise MachineRefused(
                f"cannot write --rejects {self._path}: {_reason(error)}; the orders refused last are missing in it",
                hint="run it again when the file can be written: orders that exist are not created again",
                code="output.failed",
            ) from None

    def close(self) -> None:
        """Give the file back."""
        os.close(self._descriptor)

    def _replace(self, lines: Iterable[str], *, keep: bool) -> None:
        """Write a new file, and put it in the place of the old one if it is to be kept.

        Where the folder takes no new file, the old one is written over.
        """
        place = Path(os.path.realpath(self._path))
        new = place.with_name(f".{place.name}.{os.urandom(6).hex()}")
        try:
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            if error.errno not in {errno.EACCES, errno.EPERM, errno.ENAMETOOLONG}:
                raise
            if keep:
                self._over(lines)
            return
        try:
            self._write(descriptor, lines)
            if keep:
                new.replace(place)
        finally:
            with suppress(OSError):
                new.unlink()

    def _over(self, lines: Iterable[str]) -> None:
        descriptor = os.dup(self._descriptor)
        if hasattr(os, "fchmod"):
            os.fchmod(descriptor, 0o600)
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        self._write(descriptor, lines)

    def _write(self, descriptor: int, lines: Iterable[str]) -> None:
        with os.fdopen(descriptor, "w", encoding=self._encoding, errors="replace", newline="") as file:
            file.write(self._mark)
            file.writelines(lines)
            file.flush()
            if self.regular:
                os.fsync(descriptor)

    def _unwritable(self, error: OSError | ValueError) -> UsageError:
        return UsageError(f"cannot write --rejects {self._path}: {_reason(error)}; nothing was sent")


def refuse_earlier(path: Path) -> None:
    """Raise UsageError for a rejects file that an earlier run has written."""
    if _holds_orders(path):
        raise UsageError(
            f"--rejects {path} holds orders of an earlier run; nothing was sent",
            hint="fix and send them, or move the file away; or name another file",
        )


def _holds_orders(path: Path) -> bool:
    """Return whether a file has more than a row of headings, or an empty list."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return b"\n" in file.read(1 << 20).strip()
    except (OSError, ValueError):
        return False


def _reason(error: OSError | ValueError) -> str:
    return getattr(error, "strerror", None) or "not a file's name"
