"""The text of a file or of standard input: decoded strictly, never held whole, with advice where it does not decode."""

import codecs
import io
import os
import stat
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

from orderctl.backend.fields import nearest
from orderctl.drafts.values import shown
from orderctl.errors import Problem, Temporary, UsageError

MAX_ORDER = 16 * 1024 * 1024
"""How large one order may be in a file, in characters."""

MAX_TRIED = 16 * 1024 * 1024
"""How much of a file is tried with other encodings, in bytes."""

MAX_SAMPLE = 8 * 1024
"""How much of a file after the piece that failed is judged by how well it reads, in bytes."""

MAX_NAMED = 5
"""How many encodings that decode a file are named."""

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

_NOT_TEXT = (
    (b"PK\x03\x04", "a spreadsheet (.xlsx, .ods) or zip archive; its name must end so, or give --format xlsx"),
    (b"\xd0\xcf\x11\xe0", "an old Excel file; its name must end in .xls, or give --format xlsx"),
    (b"\x1f\x8b", "compressed; unpack it first: gzip -dc FILE | orderctl create --from - --format csv"),
)


class Unreadable(Exception):
    """Reading cannot go on: a problem after which nothing in the file can be trusted."""

    def __init__(self, problem: str, *, row: int | None = None, hint: str = "") -> None:
        super().__init__(problem)
        self.problem = Problem("", problem, row)
        self.hint = hint


LATER = "another program may still write it; run it again later"


class _State(NamedTuple):
    """What shows that a regular file was written to: its size, and when it was changed, in ns."""

    size: int
    changed: int


class Source:
    """A text being read. `lines` counts the line ends that were handed out, `marked` whether it began with a BOM.

    `path` is where it is on the disk, None of what can only be read once. Without an `encoding`, a BOM at the beginning
    selects it when reading begins; without a BOM it is utf-8.
    """

    def __init__(self, name: str, stream: BinaryIO, *, encoding: str | None, path: Path | None) -> None:
        self.name = name
        self.encoding = encoding or "utf-8"
        self.path = path
        self.lines = 0
        self.ended = True
        self.marked = False
        self.started = False
        self._given = encoding is not None
        self._stream = stream
        self._begun = _state(stream)
        self._bytes = _Counted(stream)
        self._text = io.TextIOWrapper(self._bytes, encoding=self.encoding, newline="")

    def line(self) -> str:
        """Return the next line with its end, "" after the last. Raises Unreadable."""
        line = self._first(self._decoded(self._text.readline, MAX_ORDER + 1))
        if len(line) > MAX_ORDER:
            raise Unreadable("the line is longer than 16 million characters", row=self.lines + 1)
        self.lines += bool(line)
        if line:
            self.ended = line[-1] in "\r\n"
        return line

    def read(self, size: int) -> str:
        """Return about `size` characters more, "" at the end. Raises Unreadable."""
        more = self._first(self._decoded(self._text.read, size))
        self.lines += more.count("\n")
        return more

    def whole(self) -> BinaryIO:
        """Return all bytes, for a binary format."""
        return io.BytesIO(self._bytes.read() + self._bytes.read())  # the head that was looked at comes alone

    @property
    def empty(self) -> bool:
        """Return whether there is not one byte."""
        return not (self._bytes.count or self._bytes.peek())

    def refuse_unsettled(self, seconds: float) -> None:
        """Raise Temporary where a file was changed less than so many seconds ago: it may still be being written.

        Raises UsageError for what does not tell when it was changed.
        """
        if self._begun is None:
            raise UsageError(
                f"--settled needs a file: {self.name} does not tell when it was changed",
                hint="write it to a file first, or leave --settled out",
            )
        age = time.time() - self._begun.changed / 1e9
        if age < seconds:
            raise Temporary(
                f"{self.name} was changed {max(0, int(age))} s ago;"
                f" it is read when it has not changed for {seconds:g} s; nothing was sent",
                hint=LATER,
                code="file.unsettled",
            )

    def refuse_changed(self) -> None:
        """Raise Temporary where a file was written to since it was opened.

        A file that was deleted, moved away or replaced by another meanwhile was still read as it is.
        """
        if _state(self._stream) != self._begun:
            raise Temporary(
                f"{self.name} was changed while it was read; nothing was sent", hint=LATER, code="file.unsettled"
            )

    def _first(self, text: str) -> str:
        """Return the text without the byte-order mark that may begin the file."""
        if not self.started:
            self.started = True
            self.marked = text.startswith("\ufeff")
            return text[self.marked :]
        return text

    def _decoded(self, read: Callable[[int], str], size: int) -> str:
        if not self.started:
            self._look()
        try:
            return read(size)
        except UnicodeError as error:
            marked = "BOM" not in str(error)  # Python 3.13 says it in a UnicodeDecodeError
            if marked and isinstance(error, UnicodeDecodeError):
                raise self._undecodable(error) from None
            raise Unreadable(
                f"the file is not {self.encoding}: its byte-order mark is missing",
                hint=f"try --encoding {self.encoding}-le or --encoding {self.encoding}-be",
            ) from None
        except OSError as error:
            raise Unreadable(f"cannot be read: {error.strerror}") from None

    def _look(self) -> None:
        """Select the encoding by a byte-order mark. Raises Unreadable where the first bytes are not such text."""
        head = self._bytes.peek()
        for magic, what in _NOT_TEXT:
            if head.startswith(magic):
                raise Unreadable(f"is {what}")
        if not self.encoding.replace("-", "").startswith("utf8"):
            return
        for mark, encoding in _BOMS:
            if head.startswith(mark):
                if self._given:
                    family = encoding[:6]
                    raise Unreadable(f"is {family.upper()}, not UTF-8", hint=f"give --encoding {family}")
                self.encoding = encoding
                self._text.reconfigure(encoding=encoding)
                return
        if 3 * head.count(0) > len(head) >= 4 and 0 in head.rstrip(b"\0"):
            encoding = "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"
            raise Unreadable("is not UTF-8: every second byte is NUL", hint=f"it may be --encoding {encoding}")
        if head.endswith(bytes(4)) or self._ends_in_nul():
            raise Unreadable(
                "ends in NUL bytes; it looks half written",
                hint="get the whole file, or remove them if nothing is missing",
            )

    def _ends_in_nul(self) -> bool:
        """Return whether the last byte of a file is NUL, as where an upload was cut off."""
        if self.path is None or not (self._begun and self._begun.size):
            return False
        with self.path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\0"

    def _undecodable(self, error: UnicodeDecodeError) -> Unreadable:
        """Return the problem of a byte that does not decode, with the encodings that would and what they would read."""
        before = error.object[: error.start]
        row = self.lines + 1 + before.decode(self.encoding, "ignore").count("\n")
        offset = self._bytes.count - len(error.object) + error.start
        tail = error.object[error.start : error.start + 24].splitlines()[0]
        if not self._given and self.encoding != "utf-8":
            hint = f"its byte-order mark is that of {self.encoding[:6].upper()}; is the file damaged or cut off?"
        else:
            would = [
                f"--encoding {name} (it would read {shown(_printable(tail.decode(name, 'ignore')))})"
                for name in self._would_decode(error.object)
            ]
            none = "no encoding that we know decodes it; is it text?"
            hint = "these decode it: " + ", ".join(would[:MAX_NAMED]) if would else none
        return Unreadable(
            f"byte {error.object[error.start]:#04x} at offset {offset:,} is not {self.encoding}", row=row, hint=hint
        )

    def _would_decode(self, piece: bytes) -> list[str]:
        """Return the encodings that decode the piece that failed and the first megabytes of a file, the best first."""
        from orderctl.drafts.encodings import ranked  # noqa: PLC0415  (only a file that does not decode needs it)

        own = codecs.lookup(self.encoding)
        if self.path is None:
            return [name for name in ranked(piece) if codecs.lookup(name) != own]
        with self.path.open("rb") as file:
            file.seek(self._bytes.count - len(piece))
            sample = file.read(len(piece) + MAX_SAMPLE)
            return [name for name in ranked(sample) if codecs.lookup(name) != own and _decodes(file, name)]


class _Counted(io.BufferedIOBase):
    """Bytes on their way to the decoder, counted."""

    def __init__(self, stream: BinaryIO) -> None:
        self.count = 0
        self._stream = stream
        self._head: bytes | None = None

    @property
    def name(self) -> str:
        """Return what a text wrapper shows of it."""
        return "input"

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def peek(self) -> bytes:
        """Return the first bytes without taking them."""
        if self._head is None:
            self._head = self._stream.read(4096)
        return self._head

    def read(self, size: int | None = -1, /) -> bytes:
        """Return up to `size` bytes; the head that was looked at comes first, whole."""
        if self._head is None:
            piece = self._stream.read(-1 if size is None else size)
        else:
            piece, self._head = self._head, None
        self.count += len(piece)
        return piece

    def read1(self, size: int = -1, /) -> bytes:
        """Return the same: the decoder asks for pieces only."""
        return self.read(size)


@contextmanager
def opened(source: str | Path, *, stdin: BinaryIO | None, encoding: str | None) -> Iterator[Source]:
    """Open a file, or standard input where the source is "-". Raises UsageError."""
    chosen = _encoding(encoding) if encoding else None
    if str(source) == "-":
        yield Source("standard input", stdin or sys.stdin.buffer, encoding=chosen, path=None)
        return
    path = Path(source)
    try:
        stream = path.open("rb")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a file's name"
        raise UsageError(f"cannot read {path}: {reason}") from None
    with stream:
        regular = path.is_file()
        yield Source(str(path), stream, encoding=chosen, path=path if regular else None)


def _state(file: BinaryIO) -> _State | None:
    """Return what shows that a regular file is written to, None of a pipe and of anything else."""
    try:
        found = os.fstat(file.fileno())
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    return _State(found.st_size, found.st_mtime_ns)


def same_file(source: str | Path, stdin: BinaryIO | None, other: Path) -> bool:
    """Return whether `other` is the file that would be read."""
    try:
        if str(source) == "-":
            stream = stdin or sys.stdin.buffer
            return os.path.samestat(os.fstat(stream.fileno()), other.stat())
        return Path(source).samefile(other)
    except (OSError, ValueError):
        return False


def _decodes(file: BinaryIO, encoding: str) -> bool:
    """Return whether an encoding decodes the first megabytes of a file."""
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    try:
        for more in iter(lambda: file.read(65536), b""):
            decoder.decode(more)
            if file.tell() >= MAX_TRIED:
                return True
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _encoding(name: str) -> str:
    """Return an encoding's own name. Raises UsageError where there is none, or where it is not for text."""
    try:
        "".encode(name)
        found = codecs.lookup(name).name
    except (LookupError, ValueError):
        from orderctl.drafts.encodings import CANDIDATES  # noqa: PLC0415  (only a wrong name needs it)

        close = nearest(name, (*CANDIDATES, "utf-16", "utf-16-le", "utf-16-be", "shift_jis", "euc_kr", "latin-1"))
        raise UsageError(f"--encoding {shown(name)} is not known", hint=close) from None
    return "utf-8" if found == "utf-8-sig" else found


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)
