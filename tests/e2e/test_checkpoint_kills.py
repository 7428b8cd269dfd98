"""SIGKILL at any moment of a list with a checkpoint, over a box whose orders change all the time: no change is lost."""

import json
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from threading import Event, Thread

import pytest
from werkzeug.test import Client

from orderctl import sandbox
from tests.conftest import proof_examples
from tests.e2e.conftest import Box, Cli

PAUSE = 0.02
"""Seconds between two changes."""

Change = tuple[str, str]
"""A reference, and the title that the order was given."""


class Changer:
    """Makes and changes orders, each once more only after its last change was printed."""

    def __init__(self, box: Box) -> None:
        self._box, self._over = box, Event()
        self.made: dict[str, str] = {}
        self.changes: set[Change] = set()
        self.printed: Counter[Change] = Counter()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        thread = Thread(target=self._work)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()

    def _work(self) -> None:
        chance = random.Random(1)
        with closing(sandbox.load("onebox", self._box.store)) as app:
            client = Client(app)
            for number in count():
                if self._over.wait(PAUSE):
                    return
                known = [change for change in list(self.made.items()) if self.printed[change]]
                if known and chance.random() < 0.8:
                    reference, _ = chance.choice(known)
                    self._send(client, "update", orderid=reference, name=f"change {number}")
                else:
                    reference = f"K-{number}"
                    person = {"clientnamefirst": "Ann", "clientphone": "380639370442"}
                    self._send(client, "add", ordercode=reference, name=f"change {number}", **person)
                self.made[reference] = f"change {number}"
                self.changes.add((reference, f"change {number}"))

    def _send(self, client: Client, call: str, **form: str) -> None:
        login = {"login": "sandbox", "password": "sandbox"}
        answer = client.post(f"/api/orders/{call}/", data={**login, **form})
        assert b'"ok"' in answer.data, answer.data

    def read(self, printed: Path) -> None:
        """Take in what a run printed; a kill may have cut its last line."""
        for line in printed.read_text().splitlines(keepends=True):
            if line.endswith("\n"):
                order = json.loads(line)
                self.printed[order["reference"], order["title"]] += 1


@pytest.mark.proof
@pytest.mark.timeout(3_600)
def test_a_list_with_a_checkpoint_that_is_killed_at_any_moment_loses_no_change(cli: Cli, box: Box) -> None:
    chance = random.Random(2)
    cli.config(box.profile())
    changer = Changer(box)
    kills = good = 0
    with changer.at_work():
        while kills < proof_examples(200, sample=2):
            began = time.monotonic()
            good += not run(cli, box, changer, None)
            longest = 1.1 * (time.monotonic() - began)  # a kill comes at any moment of a run
            for _ in range(chance.randrange(1, 5)):
                killed = run(cli, box, changer, lambda: time.sleep(chance.uniform(0, longest)))  # noqa: B023  (called now)
                kills += killed
                good += not killed
    for _ in range(2):
        run(cli, box, changer, None)
    assert set(changer.printed) == changer.changes
    before = sum(changer.printed.values())
    run(cli, box, changer, None)
    assert sum(changer.printed.values()) == before  # nothing is new, so nothing is printed
    print(f"\n{kills} kills, {good} good runs, {len(changer.changes)} changes, {before} lines")  # noqa: T201


def run(cli: Cli, box: Box, changer: Changer, until: Callable[[], None] | None) -> bool:
    """Run a list, killed after `until`; return whether that met a living run. The others end well."""
    printed = cli.home / "printed.jsonl"
    with (
        printed.open("wb") as out,
        subprocess.Popen(
            cli.command(["list", "--checkpoint", "export", "-o", "jsonl"]),
            env=cli.environment(box.secrets),
            cwd=cli.home,
            stdout=out,
        ) as process,
    ):
        if until is not None:
            until()
            process.kill()
        code = process.wait()
    changer.read(printed)
    assert code in {0, -signal.SIGKILL}
    return code != 0
