"""No byte of a create leaves before the journal's record of it is on the disk, as the kernel sees it."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.accounts import CREATES, READY, VENDORS, account

REFERENCES = ("W-1", "W-2", "W-3")

CALL = re.compile(r"(?P<thread>\d+) +(?:<\.\.\. )?(?P<name>\w+)(?:\((?P<told>.*)| resumed>.*)")


def events(log: str, vendor: str) -> Iterator[tuple[str, str]]:
    """Yield what a run did, in order: `wrote` and `synced` the journal, `sent` a create, each with its text.

    A request counts from the moment when its call began, a sync from the one when it had ended.
    """
    syncing: set[str] = set()
    for line in log.splitlines():
        found = CALL.match(line)
        if not found:
            continue
        thread, name, told = found["thread"], found["name"], found["told"]
        of_journal = told is not None and re.match(r"\d+<[^>]*/journal\.sqlite(-wal)?>", told)
        if name == "pwrite64" and of_journal:
            yield "wrote", told
        elif name in {"fdatasync", "fsync"}:
            if of_journal and "<unfinished" in told:
                syncing.add(thread)
            elif of_journal or (told is None and thread in syncing):
                syncing.discard(thread)
                yield "synced", ""
        elif (
            name in {"sendto", "sendmsg", "write", "writev"} and told and re.search(rf"POST \S*{CREATES[vendor]}", told)
        ):
            yield "sent", told


@pytest.mark.skipif(not READY, reason="needs the journal")
@pytest.mark.parametrize("vendor", VENDORS)
def test_no_byte_of_a_create_leaves_before_its_record_is_on_the_disk(vendor: str, tmp_path: Path) -> None:
    strace = shutil.which("strace")
    assert strace, "this proof needs strace (Debian: apt install strace)"
    log = tmp_path / "calls"
    with account(vendor, tmp_path / "home") as user:
        command = user.user.command([*user.line(user.file(REFERENCES)), "--jobs", "1"])
        done = subprocess.run(
            [strace, "-f", "-y", "-qq", "-s", "8192", "-o", str(log), "-e", "signal=none",
             "-e", "trace=pwrite64,fdatasync,fsync,sendto,sendmsg,write,writev", "--", *command],
            env=user.user.environment(), cwd=user.user.home, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert "PTRACE" not in done.stderr, "this proof needs ptrace, and this machine does not allow it"
        assert done.returncode == 0, done.stderr
        parts = 2 if vendor == "flyerlink" else 1
    written, synced, sent = "", False, 0
    for what, text in events(log.read_text(errors="replace"), vendor):
        if what == "wrote":
            written, synced = written + text, False
        elif what == "synced":
            synced = True
        else:
            reference = REFERENCES[sent // parts]
            assert synced, f"request {sent} left while the journal was not on the disk"
            assert "sending" in written, f"request {sent} left before its record was written"
            assert reference in written, f"request {sent} left before its record was written"
            written, sent = "", sent + 1
    assert sent == len(REFERENCES) * parts
