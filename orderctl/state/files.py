"""Files in the state folder: regular files of the user's own, never reached through a symbolic link.

Their names can be guessed, so whoever could write to the folder could otherwise make us read, change or replace a file
elsewhere.
"""

import errno
import os
import stat
from pathlib import Path

from orderctl.errors import MachineRefused
from orderctl.state.paths import replace_file, user

FULL = frozenset({errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)})


def check(path: Path) -> os.stat_result | None:
    """Return what is there, None where nothing is. Raises MachineRefused where it is not a file of ours."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise refused(path, error) from error
    _check(path, found)
    return found


def open_own(path: Path, flags: int) -> int:
    """Return a descriptor of a file of ours; with O_CREAT one that is missing is made, mode 0600.

    Raises FileNotFoundError, and MachineRefused where it is not a file of ours or cannot be opened.
    """
    check(path)
    safe = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        descriptor = os.open(path, flags | safe, 0o600)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise refused(path, error) from error
    try:
        _check(path, os.fstat(descriptor))
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def read(path: Path, *, largest: int, secret: bool = False) -> bytes:
    """Return the content of a file of ours of at most `largest` bytes; nobody else may read one that is `secret`.

    Raises FileNotFoundError, and MachineRefused where it is not such a file.
    """
    with os.fdopen(open_own(path, os.O_RDONLY), "rb") as file:
        if secret and os.name == "posix" and os.fstat(file.fileno()).st_mode & 0o077:
            raise _unsafe(path, "can be read or written by others", f"make it yours alone: chmod 600 {_quoted(path)}")
        content = file.read(largest + 1)
    if len(content) > largest:
        raise _unsafe(path, f"has more than {largest} bytes, so orderctl did not write it", _away(path))
    return content


def write(path: Path, content: bytes) -> None:
    """Replace a file of ours as a whole, mode 0600. Raises MachineRefused where that cannot be done."""
    check(path)
    try:
        replace_file(path, content)
    except OSError as error:
        raise refused(path, error) from error


def refused(path: Path, error: OSError) -> MachineRefused:
    """Return what the system's refusal means, with the way out."""
    hint = "make it yours, or name another folder: ORDERCTL_STATE_DIR"
    if error.errno in FULL:
        hint = "make room on the disk, then run it again"
    return MachineRefused(f"cannot use {path}: {error.strerror or error}", hint=hint, code="state.unusable")


def _check(path: Path, found: os.stat_result) -> None:
    if stat.S_ISLNK(found.st_mode):
        raise _unsafe(path, "is a symbolic link, and none is followed in the state folder", _away(path))
    if not stat.S_ISREG(found.st_mode):
        raise _unsafe(path, "is not a regular file", _away(path))
    if found.st_uid != user(found):
        raise _unsafe(path, f"belongs to another user (id {found.st_uid})", _away(path))


def _unsafe(path: Path, what: str, hint: str) -> MachineRefused:
    return MachineRefused(f"{path} {what}", hint=hint, code="state.unsafe")


def _away(path: Path) -> str:
    return f"look what it is, then take it away: rm {_quoted(path)}"


def _quoted(path: Path) -> str:
    from shlex import quote  # noqa: PLC0415  (only where something is wrong)

    return quote(str(path))
