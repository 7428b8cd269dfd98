"""SIGKILL at any moment of runs of 400 orders, eight at once: no order twice, none lost."""

import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.conftest import proof_examples
from tests.e2e.accounts import READY, VENDORS, Account, account

ORDERS = 400

KILLS_A_FILE = 5
"""As often a run of one file is killed before it may come to its end."""

START = 0.6
"""Seconds within which the first request leaves."""

ARRIVES = 0.3
"""Seconds within which the emulator has carried out what it had received from a run that was killed."""

MAX_RUNS = 60
"""A run stops by itself after a few outcomes in a row that it cannot know; the next one goes on."""


def killed(user: Account, file: Path, chance: random.Random, left: int) -> bool:
    """Run a create and kill it, while it starts or anywhere on its way; return whether that met a living run."""
    have = sum(user.orders().values())
    enough = have + chance.randrange(left) if left and chance.random() < 0.8 else 0
    seconds = chance.uniform(0, 0.005 if enough else START)
    with subprocess.Popen(
        user.user.command(user.line(file)),
        env=user.user.environment(),
        cwd=user.user.home,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as run:
        while run.poll() is None and sum(user.orders().values()) < enough:
            time.sleep(0.002)
        time.sleep(seconds)
        run.kill()
        return run.wait() == -signal.SIGKILL


def finished(user: Account, file: Path, references: list[str]) -> int:
    """Run a create until it has met every order; return its exit code."""
    for _ in range(MAX_RUNS):
        ran = user.create(file)
        met = {result["reference"] for result in ran.lines}
        if met >= set(references):
            return ran.code
        assert ran.code in {7, 8}, f"{ran.code} {ran.err}"
    pytest.fail(f"{MAX_RUNS} runs have not met every order: {len(met)} of {len(references)}; {ran.err}")


@pytest.mark.proof
@pytest.mark.timeout(7_200)
@pytest.mark.skipif(not READY, reason="needs the journal")
@pytest.mark.parametrize("vendor", VENDORS)
def test_runs_that_are_killed_at_any_moment_make_no_order_twice_and_lose_none(vendor: str, tmp_path: Path) -> None:
    chance = random.Random(vendor)
    wanted, orders = proof_examples(200, sample=2), proof_examples(ORDERS, sample=60)
    kills = missed = doubted = number = 0
    while kills < wanted:
        number += 1
        home = tmp_path / str(number)
        with account(vendor, home) as user:
            references = [f"F{number}-{n:03}" for n in range(orders)]
            file = user.file(references)
            for _ in range(min(KILLS_A_FILE, wanted - kills)):
                if killed(user, file, chance, orders - sum(user.orders().values())):
                    kills += 1
                else:
                    missed += 1
                assert not user.twice(), f"file {number}"
            time.sleep(ARRIVES)
            code = finished(user, file, references)
            assert not user.twice(), f"file {number}"
            missing = set(references) - user.whole()
            assert not user.lost(references), f"file {number}"
            assert not (user.refuses and missing), f"file {number}: {missing}"
            assert code == (8 if missing else 0), f"file {number}: {code}, {missing}"
            doubted += len(missing)
            before = len(user.store.calls())
            assert user.create(file).code == code
            assert len(user.store.calls()) == before, "a run that has nothing to do has written"
        shutil.rmtree(home)
    print(f"\n{vendor}: {kills} kills ({missed} came too late) in {number} files, {doubted} orders in doubt")  # noqa: T201
