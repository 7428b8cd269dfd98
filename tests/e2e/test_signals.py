"""A signal at any moment of a run, also in its last milliseconds: no traceback, no order that is not reported."""

import json
import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.conftest import proof_examples
from tests.e2e.conftest import Cli

ORDERS = 3

FIRST = "entry.py"
"""The first module of orderctl that runs: what happens before is Python's own start."""

SANDBOX = ("-p", "sandbox-onebox")


def orders(place: Path, name: str) -> Path:
    file = place / f"{name}.csv"
    rows = "".join(f"{name}-{n},a@b.cc,Ann,A,Tea,1,2\n" for n in range(ORDERS))
    file.write_text(f"reference,email,customer_name,sku,name,quantity,price\n{rows}")
    return file


@pytest.mark.proof
def test_a_signal_at_any_moment_loses_no_order_and_shows_no_traceback(cli: Cli, tmp_path: Path) -> None:
    began = time.monotonic()
    assert cli("create", "--from", str(orders(tmp_path, "W")), *SANDBOX, "-o", "jsonl").code == 0
    whole = time.monotonic() - began
    ends: set[int] = set()
    for seed in range(proof_examples(200, sample=12)):
        chance = random.Random(seed)
        number = chance.choice([signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
        file = orders(tmp_path, f"S{seed}")
        with subprocess.Popen(
            cli.command(["create", "--from", str(file), *SANDBOX, "-o", "jsonl"]),
            env=cli.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as run:
            time.sleep(whole * chance.uniform(0.2, 1.1))
            if run.poll() is None:
                os.kill(run.pid, number)
            out, err = run.communicate(timeout=60)
        ends.add(run.returncode)
        if "Traceback" in err:  # Python's own, before the first line of orderctl: nothing has begun
            assert FIRST not in err, f"seed {seed}: {err}"
        else:
            assert run.returncode in {0, 128 + number, -number}, f"seed {seed}: {run.returncode} {err}"
        assert "Exception" not in err, f"seed {seed}: {err}"
        reported = [json.loads(line) for line in out.splitlines()]
        assert all(result["outcome"] == "created" for result in reported), f"seed {seed}: {out}"
        there = [
            order["id"]
            for order in map(json.loads, cli("list", *SANDBOX, "--all", "-o", "jsonl").out.splitlines())
            if order["reference"].startswith(f"S{seed}-")
        ]
        assert sorted(there) == sorted(result["id"] for result in reported), f"seed {seed}"
    assert ends & {130, 143, 129}, ends  # some signals came in time
