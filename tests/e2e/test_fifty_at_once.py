"""Fifty processes start with the same file at once: each order is made once, and all of them report success."""

import random
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import proof_examples
from tests.e2e.accounts import READY, VENDORS, account

ORDERS = 8


@pytest.mark.proof
@pytest.mark.timeout(7_200)
@pytest.mark.skipif(not READY, reason="needs the journal")
def test_processes_that_start_with_one_file_at_once_make_each_order_once(tmp_path: Path) -> None:
    processes, rounds = proof_examples(50, sample=8), proof_examples(20, sample=1)
    vendors = VENDORS if rounds > 1 else random.Random(9).sample(VENDORS, 1)
    for number, vendor in ((number, vendor) for number in range(rounds) for vendor in vendors):
        what, home = f"{vendor}, round {number}", tmp_path / f"{vendor}-{number}"
        with account(vendor, home) as user:
            references = [f"P-{n}" for n in range(ORDERS)]
            file = user.file(references)
            running = [
                subprocess.Popen(
                    user.user.command(user.line(file)), env=user.user.environment(), cwd=home,
                    stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                )
                for _ in range(processes)
            ]  # fmt: skip
            said = [run.communicate(timeout=600)[1] for run in running]
            wrong = [(run.returncode, text) for run, text in zip(running, said, strict=True) if run.returncode]
            assert not wrong, f"{what}: {len(wrong)} of {processes}, such as {wrong[0]}; made: {user.orders()}"
            assert user.orders() == dict.fromkeys(references, 1), what
            before = len(user.store.calls())
            again = user.create(file)
            assert again.code == 0, f"{what}: {again.err}"
            assert {result["outcome"] for result in again.lines} == {"replayed"}, what
            assert len(user.store.calls()) == before, f"{what}: the same file once more was sent"
        shutil.rmtree(home)
