"""A standard stream that says in our own errors why it cannot be written, and never leaves a traceback behind."""

import contextlib
import os
import stat
from collections.abc import Callable
from io import UnsupportedOperation
from typing import TextIO

from orderctl.errors import ClosedPipe, MachineRefused, OrderctlError


def same(text: str) -> str:
    """Return the text as it is: the redaction of a run that knows no secret."""
    return text


def nothing() -> None:
    """Do nothing before a write."""


def no_writes() -> str:
    """Return what a run that changed nothing has done: nothing to report."""
    return ""


class Stream:
    """Standard output or standard error.

    `redact` hides secrets in every text that passes; `before` makes room on a terminal for what is written. `done`
    returns what this run has changed so far, which the message says where the result cannot be printed.
    """

    def __init__(
        self,
        stream: TextIO | None,
        *,
        name: str,
        redact: Callable[[str], str] = same,
        before: Callable[[], None] = nothing,
    ) -> None:
        self.stream = stream
        self.name = name
        self.redact = redact
        self.terminal = stream is not None and _is_terminal(stream)
        self.done = no_writes
        self._before = before if self.terminal else nothing
        self._encodable = False

    def write(self, text: str) -> None:
        """Write a text. Raises ClosedPipe where it was closed, MachineRefused where it cannot be written."""
        if not text:
            return
        if self.stream is None:
            raise self._unwritable("it is closed")
        if not self._encodable:
            _encode_everything(self.stream)
            self._encodable = True
        self._before()
        try:
            self.stream.write(self.redact(text))
        except (OSError, ValueError) as error:
            raise self._failed(error) from error

    def write_bytes(self, content: bytes) -> None:
        """Write what is not text. Raises as `write` does."""
        if self.stream is None:
            raise self._unwritable("it is closed")
        binary = getattr(self.stream, "buffer", None)
        if binary is None:  # a text in memory: what a dry run drops
            return
        try:
            binary.write(content)
            binary.flush()
        except (OSError, ValueError) as error:
            raise self._failed(error) from error

    def flush(self) -> None:
        """Hand what was written to its reader. Raises as `write` does."""
        if self.stream is None:
            return
        try:
            self.stream.flush()
        except (OSError, ValueError) as error:
            raise self._failed(error) from error

    def sync(self) -> None:
        """Wait until a file has what was flushed. Raises as `write` does. What is not a file is not waited for."""
        try:
            number = self.stream.fileno() if self.stream else -1
            if stat.S_ISREG(os.fstat(number).st_mode):
                os.fsync(number)
        except UnsupportedOperation:  # a stream that is none of the system's
            return
        except (OSError, ValueError) as error:
            raise self._failed(error) from error

    def columns(self, columns: str | None) -> int:
        """Return the width of the terminal: what the environment says in COLUMNS, or the terminal, or 80."""
        if columns is not None and columns.isdecimal() and int(columns) > 0:
            return int(columns)
        try:
            return os.get_terminal_size(self.stream.fileno() if self.stream else -1).columns or 80
        except (OSError, ValueError):
            return 80

    def _failed(self, error: OSError | ValueError) -> OrderctlError:
        self._discard()
        if isinstance(error, BrokenPipeError):
            return ClosedPipe(f"{self.name} was closed")
        return self._unwritable(error.strerror or str(error) if isinstance(error, OSError) else "it is closed")

    def _unwritable(self, reason: str) -> OrderctlError:
        done = self.done()
        return MachineRefused(
            f"cannot write to {self.name}: {reason}{f'; done before: {done}' if done else ''}",
            code="output.failed",
            hint="free disk space, or write to another place" if self.stream is not None else "",
        )

    def _discard(self) -> None:
        # What is still buffered goes nowhere: the interpreter's own flush at exit then has nothing to complain about.
        if self.stream is not None:
            with contextlib.suppress(OSError, ValueError):
                number = self.stream.fileno()
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, number)
                os.close(nowhere)


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except ValueError:
        return False


def _encode_everything(stream: TextIO) -> None:
    # A locale of C or a PYTHONIOENCODING of ascii must not turn a customer's name into a traceback.
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None and (stream.encoding.lower() != "utf-8" or stream.errors != "backslashreplace"):
        with contextlib.suppress(OSError, ValueError):
            reconfigure(encoding="utf-8", errors="backslashreplace")
