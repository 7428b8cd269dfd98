"""Checks of the state folder, which keeps the journal: where it is, who may write to it, and how much room it has."""

import os
import re
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from shlex import quote

from orderctl.doctor.finding import Finding, good, problem, warning
from orderctl.errors import MachineRefused
from orderctl.state.paths import user

MOUNTS = Path("/proc/self/mounts")
"""Linux's table of what is mounted where; elsewhere the file system is not looked at."""

GONE_AFTER_BOOT = frozenset({"ramfs", "tmpfs"})

NETWORK = frozenset({
    "9p", "afs", "beegfs", "ceph", "cifs", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs", "fuse.sshfs", "glusterfs",
    "lustre", "ncpfs", "nfs", "nfs4", "smb3", "smbfs",
})  # fmt: skip
"""File systems of another machine: SQLite's log, which all processes map, does not work there."""

ROOM = 64_000_000
"""Bytes without which a run may fail half way."""

LITTLE = 512_000_000

LOCAL = "/var/lib/orderctl"
"""Where state is kept on a server, on Linux."""


def folder(path: Path) -> Iterator[Finding]:
    """Yield how the state folder is; one that is not there yet, how it will be."""
    there = next(place for place in (path, *path.parents) if os.path.lexists(place))  # not Path's, which may raise
    found = there.lstat()
    mount, kind, options = mounted(there)
    shown = f"{path} ({kind})" if kind else f"{path}"
    trouble = None
    if not os.path.isdir(there):  # noqa: PTH112  (Path's raises where a folder on the way is closed)
        trouble = _refused(f"{there} is not a folder", f"mv {_q(there)} {_q(Path(f'{there}.old'))}")
    elif "ro" in options:
        trouble = _refused(f"{path} is on a disk that is mounted read-only", f"sudo mount -o remount,rw {_q(mount)}")
    elif not os.access(there, os.W_OK | os.X_OK):
        trouble = _refused(
            f"{there} cannot be written", f"sudo chown {user(found)} {_q(there)} && chmod 700 {_q(there)}"
        )
    elif kind in GONE_AFTER_BOOT:
        trouble = _refused(
            f"{path} is in memory ({kind}): after a restart the journal is lost, and with it the protection against a"
            f" second order; move it to a disk and set ORDERCTL_STATE_DIR={LOCAL}",
            _move(path),
        )
    elif kind in NETWORK:
        trouble = _refused(
            f"{path} is on a network file system ({kind}), where the journal does not work;"
            f" move it to a local disk and set ORDERCTL_STATE_DIR={LOCAL}",
            _move(path),
        )
    if trouble is not None:
        yield trouble
        return
    yield good("state", shown if there == path else f"{shown}, made by the first run that needs it")
    if there == path and found.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and not there.is_symlink():
        yield warning("state", f"{path} can be written by others", f"chmod 700 {_q(path)}")
    if kind == "overlay":
        yield warning(
            "state",
            f"{path} is in a container: when the container is removed, the journal is lost, and with it the"
            " protection against a second order",
            "keep it in a volume, and name its folder: ORDERCTL_STATE_DIR",
        )
    yield room(there, path)


def room(there: Path, path: Path) -> Finding:
    """Return how much room the disk has."""
    try:
        free = shutil.disk_usage(there).free
    except OSError as unknown:
        return warning(
            "disk", f"the free space for {path} is not known: {unknown.strerror or unknown}", f"df -h {_q(there)}"
        )
    shown = f"{free / 1e9:,.1f} GB" if free >= 1e9 else f"{free / 1e6:,.0f} MB"
    see = f"df -h {_q(there)}"
    if free < ROOM:
        error = MachineRefused(f"the disk of {path} is nearly full: {shown} free; make room", code="machine.disk_full")
        return problem("disk", error, remedy=see)
    if free < LITTLE:
        return warning("disk", f"{shown} free for {path}; make room", see)
    return good("disk", f"{shown} free for {path}")


def mounted(path: Path) -> tuple[Path, str, frozenset[str]]:
    """Return the mount point that a path is under, its file system and its options; "" where that is not known."""
    try:
        lines = MOUNTS.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return Path("/"), "", frozenset()
    real = path.resolve()
    best = Path("/"), "", frozenset[str]()
    for line in lines:
        words = line.split(" ")
        if len(words) < 4:
            continue
        place = Path(re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), words[1]))
        if real.is_relative_to(place) and len(place.parts) >= len(best[0].parts):  # a later one covers an earlier one
            best = place, words[2], frozenset(words[3].split(","))
    return best


def _refused(message: str, remedy: str) -> Finding:
    return problem("state", MachineRefused(message, code="state.unusable"), remedy=remedy)


def _move(path: Path) -> str:
    made = f'sudo install -d -m 700 -o "$(id -un)" {LOCAL}'
    return f"{made} && cp -a {_q(path)}/. {LOCAL}" if path.exists() else made


def _q(path: Path) -> str:
    return quote(str(path))
