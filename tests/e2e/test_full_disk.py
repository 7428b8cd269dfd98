"""A disk that fills up anywhere in a run, while orders are planned or sent: exit 14, no order twice, none lost.

A limit on how large a file may grow replaces the disk: the write that goes beyond it fails as on a full one.
"""

import random
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import proof_examples
from tests.e2e.accounts import VENDORS, Account, account
from tests.e2e.conftest import Ran

ORDERS = 150

SMALLEST, LARGEST = 50, 4_400
"""Between these sizes, in kB, the journal or its log stops growing: before, in and after the planning."""

MAX_RUNS = 60
"""A run stops by itself after a few outcomes in a row that it cannot know; the next one goes on."""


def limited(user: Account, file: Path, size: int) -> Ran:
    """Run a create of which no file may become larger than so many kB."""
    create = ("sh", "-c", f'ulimit -f {2 * size}; exec "$@"', "sh", *user.user.command(user.line(file)))
    done = subprocess.run(
        create, env=user.user.environment(), cwd=user.user.home, capture_output=True, text=True, check=False
    )
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.mark.proof
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("vendor", VENDORS)
def test_a_disk_that_fills_up_anywhere_makes_no_order_twice_and_loses_none(vendor: str, tmp_path: Path) -> None:
    chance = random.Random(vendor)
    refused = sent = doubted = 0
    for number in range(proof_examples(40, sample=1)):
        home = tmp_path / str(number)
        size = chance.randrange(SMALLEST, LARGEST)
        with account(vendor, home) as user:
            references = [f"D{number}-{n:03}" for n in range(ORDERS)]
            file = user.file(references)
            full = limited(user, file, size)
            assert full.code in {0, 8, 14}, f"{size} kB: {full.code} {full.err}"
            assert "Traceback" not in full.err
            refused, sent = refused + (full.code == 14), sent + (full.code == 14 and bool(user.orders()))
            assert not user.twice()
            for _ in range(MAX_RUNS):
                ran = user.create(file)
                if {result["reference"] for result in ran.lines} >= set(references):
                    break
            assert not user.twice()
            assert not user.lost(references), f"{size} kB"
            missing = set(references) - user.whole()
            assert ran.code == (8 if missing else 0), f"{size} kB: {ran.code} {ran.err}"
            assert not (user.refuses and missing)
            doubted += len(missing)
        shutil.rmtree(home)
    print(f"\n{vendor}: {refused} runs on a full disk, {sent} of them had sent something, {doubted} orders in doubt")  # noqa: T201
