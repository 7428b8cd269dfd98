"""OMFlow, whose orders vanish for a moment after a push: one process creates while seven push, cancel and list."""

import json
import random
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest

from orderctl import sandbox
from orderctl.sandbox.omflow.emulator import TABLES
from orderctl.sandbox.serve import running
from orderctl.sandbox.store import Store
from tests.conftest import proof_examples
from tests.e2e.conftest import Cli, Ran

OTHERS = 7

ENVIRONMENT = {
    "ORDERCTL_DESK_USERNAME": "sandbox",
    "ORDERCTL_DESK_PASSWORD": "sandbox",
    "PYTHONFAULTHANDLER": "1",  # a crash tells where
}

PROFILE = """
[profiles.desk]
vendor = "omflow"
url = "{url}"
flow = "orderdesk"
reference_field = "FORMITM_3"
"""

REFUSALS = {2, 6, 9, 12}
"""What a push may come to: it waits at several steps, is closed or changed meanwhile, is in motion, lacks a value."""


def is_kept(reference: str) -> bool:
    """Return whether an order is pushed, and never cancelled."""
    return not reference.endswith("0")


def file_of(path: Path, references: list[str]) -> str:
    rows = "".join(f"{reference},Lamp,3\n" for reference in references)
    path.write_text(f"reference,set.FORMITM_1,set.FORMITM_2\n{rows}")
    return str(path)


def created(results: Path, *, kept: bool) -> list[str]:
    """Return the ids of the orders that were created so far, the kept ones or the others."""
    whole = [line for line in results.read_text().splitlines(keepends=True) if line.endswith("\n")]
    return [result["id"] for result in map(json.loads, whole) if is_kept(result["reference"]) is kept]


def beside(cli: Cli, results: Path, seed: int, ended: Event) -> list[str]:
    """Run one command after another until the end, and return what must not happen."""
    chance = random.Random(seed)
    wrong: list[str] = []

    def ran(*args: str) -> Ran:
        return cli(*args, "-p", "desk", env=ENVIRONMENT)

    while not ended.wait(chance.uniform(0.5, 2)):
        kept, others = created(results, kept=True), created(results, kept=False)
        if not kept or not others:
            continue
        if seed == 0:
            done = ran("list", "--all", "-o", "ids")
            if done.code != 9 and (done.code or set(kept) - set(done.out.split())):
                wrong.append(f"list: {done.code} {done.err}; lacks {set(kept) - set(done.out.split())}")
        elif seed == 1:
            done = ran("cancel", chance.choice(others), "--yes")
            if done.code not in {0, 5, 9}:
                wrong.append(f"cancel: {done.code} {done.err}")
        else:
            step = chance.choice([[], ["--step", "Packing"], ["--step", "Billing"]])
            done = ran("push", chance.choice(kept), *step)
            if done.code not in {0, *REFUSALS}:
                wrong.append(f"push: {done.code} {done.err}")
    return wrong


@pytest.mark.proof
@pytest.mark.timeout(3_600)  # each create waits for the orders in motion: some 25 minutes for all of them
def test_no_order_is_created_twice_missed_or_absent(cli: Cli, tmp_path: Path) -> None:
    references = [f"M-{n:04}" for n in range(proof_examples(1_000, sample=6))]
    results, store = tmp_path / "results.jsonl", tmp_path / "desk.sqlite"
    results.touch()
    ended = Event()
    with closing(sandbox.load("omflow", store, switches={"moving": "2"})) as app, running(app) as url:
        cli.config(PROFILE.format(url=url))
        with ThreadPoolExecutor(OTHERS) as pool:
            runs = [pool.submit(beside, cli, results, seed, ended) for seed in range(OTHERS)]
            try:
                with results.open("w") as out:
                    first = subprocess.run(
                        cli.command(["create", "--from", file_of(tmp_path / "first.csv", references), "-p", "desk",
                                     "-o", "jsonl"]),
                        env=cli.environment(ENVIRONMENT), stdout=out, stderr=subprocess.PIPE, text=True, check=False,
                    )  # fmt: skip
                kept = [reference for reference in references if is_kept(reference)]
                file = file_of(tmp_path / "again.csv", kept)
                elsewhere = ENVIRONMENT | {"ORDERCTL_STATE_DIR": str(tmp_path / "another machine")}
                again = cli("create", "--from", file, "-p", "desk", "-o", "jsonl", env=elsewhere, seconds=3_600)
            finally:
                ended.set()
            wrong = [what for run in runs for what in run.result()]
    assert first.returncode == 0, first.stderr
    assert not wrong, wrong[:5]
    assert {result["outcome"] for result in again.lines} == {"conflict"}, again.err
    with closing(Store(store, TABLES)) as made:
        orders = {row["data_no"]: row["formitm_3"] for _, row in made.find("rows-orderdesk")}
    assert len(orders) == len(set(orders.values())), "a second order"
    assert set(kept) <= set(orders.values())
