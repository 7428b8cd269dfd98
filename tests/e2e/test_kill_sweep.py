"""A run that is killed at every system call with an effect, one after the other: no order twice, none lost."""

import datetime as dt
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from itertools import count
from pathlib import Path

import pytest

from orderctl import http
from orderctl.cli import lazy
from tests.conftest import proof_examples
from tests.e2e import tracer
from tests.e2e.accounts import PROFILE, READY, VENDORS, Account, account
from tests.e2e.conftest import Ran

TRACER = Path(tracer.__file__)

REFERENCES = ("K-1", "K-2", "K-3")

FEWEST = 220
"""As many calls a run makes at least, at any vendor."""

ARRIVES = 0.1
"""Seconds within which the emulator has carried out what it had received from a run that was killed."""

SETTLE = dt.timedelta(seconds=125)
"""After so long, a request that was sent has been carried out, or never will be."""

APART = dt.timedelta(seconds=35)
"""Between two searches that show that an order is absent."""


def traced(user: Account, file: Path, number: int) -> Ran:
    """Create the orders of a file, killed at the call of this number; 0 is never."""
    command = [
        sys.executable, "-E", "-S", str(TRACER), str(number), str(user.user.home / "state"),
        *user.user.command(user.line(file)),
    ]  # fmt: skip
    done = subprocess.run(
        command, env=user.user.environment(), cwd=user.user.home, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    if done.returncode == 125:
        pytest.fail("this proof needs ptrace, and this machine does not allow it (a container: add SYS_PTRACE)")
    return Ran(done.returncode, done.stdout, done.stderr)


def points(vendor: str) -> Iterable[int]:
    """Return the numbers of the calls at which a run is killed: each until one is never made, or a seeded few."""
    few = proof_examples(0, sample=2)
    return sorted(random.Random(vendor).sample(range(1, FEWEST), few)) if few else count(1)


def resend_all(user: Account, references: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask twice for orders of unknown outcome, long enough after they were sent, and send what is absent again.

    That may be a line of an order that is there. It goes on in this process, since nothing else leads past two and a
    half minutes of waiting: only the clock is another one.
    """
    for name, value in user.user.environment().items():
        monkeypatch.setenv(name, value)
    began, clock = dt.datetime.now(dt.UTC), http.Clock

    def at(moment: dt.datetime, *args: str) -> int:
        monkeypatch.setattr(http, "Clock", lambda **given: clock(**{**given, "utc": lambda: moment}))
        return lazy.run([*args, "-p", PROFILE])

    assert at(began + SETTLE, "journal", "reconcile", "--all") == 8
    at(began + SETTLE + APART, "journal", "reconcile", "--all")
    for reference in sorted(references - user.whole()):
        assert at(began + SETTLE + APART, "journal", "resend", reference) == 0, reference
    monkeypatch.undo()


@pytest.mark.proof
@pytest.mark.timeout(7_200)
@pytest.mark.skipif(not READY, reason="needs the journal")
@pytest.mark.parametrize("vendor", VENDORS)
def test_a_run_that_is_killed_at_any_call_makes_no_order_twice_and_loses_none(
    vendor: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed = doubted = 0
    for number in points(vendor):
        home = tmp_path / str(number)
        with account(vendor, home) as user:
            file = user.file(REFERENCES)
            first = traced(user, file, number)
            if first.code != 137:
                assert first.code == 0, first.err
                break
            killed += 1
            what = f"killed at call {number}, {first.err.splitlines()[-1]}"
            time.sleep(ARRIVES)
            second = user.create(file)
            assert not user.twice(), what
            missing = set(REFERENCES) - user.whole()
            if user.refuses:
                assert not missing, what
            if missing:
                states = user.journal()
                assert {states.get(reference) for reference in missing} == {"unknown"}, f"{what}: {states}"
                assert second.code == 8, f"{what}: {second.code} {second.err}"
                doubted += 1
                resend_all(user, missing, monkeypatch)
                second = user.create(file)
                assert not user.twice(), what
                assert user.whole() == set(REFERENCES), f"{what}: {second.code}, {user.lines()}"
            assert second.code == 0, f"{what}: {second.code} {second.err}"
        shutil.rmtree(home)
    print(f"\n{vendor}: {killed} kills, an order in doubt after {doubted} of them")  # noqa: T201  (the proof's record)
