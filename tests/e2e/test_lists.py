"""Lists over a real socket: three parts of a box, limits, cursors, sorting, and memory that stays flat."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from werkzeug.test import Client

from orderctl import sandbox
from tests.e2e.conftest import Box, Cli, serving

pytestmark = pytest.mark.xdist_group("lists")  # one worker fills one big box for all of them

MAX_MEMORY = 80
"""MB, from the budgets."""


def fill(box: Box, count: int) -> None:
    """Put orders into a box by the front door, but in this process."""
    with closing(sandbox.load("onebox", box.store)) as app:
        _fill(Client(app), count)


def _fill(client: Client, count: int) -> None:
    for number in range(count):
        form = {
            "login": "sandbox",
            "password": "sandbox",
            "ordercode": f"N{number:05}",
            "clientnamefirst": "Ann",
            "clientemail": "ann@example.com",
            "sum": f"{number % 97}.50",
            "statusname": "Delivered" if number % 5 == 0 else "New",
        }
        assert b'"ok"' in client.post("/api/orders/add/", data=form).data


@pytest.fixture(scope="module")
def big_box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    with serving(tmp_path_factory.mktemp("big")) as box:
        fill(box, 2500)
        yield box


def test_limit_after_and_all_agree_over_three_parts(cli: Cli, big_box: Box) -> None:
    box = big_box
    cli.config(box.profile())
    everything = cli("list", "--all", "-o", "ids", env=box.secrets).out.split()
    assert len(everything) == len(set(everything)) == 2500

    walked: list[str] = []
    cursor: list[str] = []
    for _ in range(4):
        page = cli("list", "--limit", "700", "-o", "json", *cursor, env=box.secrets).json
        walked += [o["id"] for o in page["orders"]]
        assert page["complete"] is (page["next"] is None)
        cursor = ["--after", page["next"]] if page["next"] else []
    assert cursor == []
    assert walked == everything

    cut = cli("list", "-o", "ids", env=box.secrets)
    assert cut.out.split() == everything[:100]
    assert "--all" in cut.err
    assert "--after" in cut.err
    exact = cli("list", "--limit", "2500", "-o", "json", env=box.secrets).json
    assert (exact["count"], exact["complete"], exact["next"]) == (2500, True, None)
    delivered = cli("list", "--status", "completed", "--all", "-o", "ids", env=box.secrets).out.split()
    assert delivered == cli("list", "--status", "Delivered", "--all", "-o", "ids", env=box.secrets).out.split()
    assert len(delivered) == 500
    totals = [o["total"] for o in cli("list", "--all", "--sort", "total:desc", "-o", "jsonl", env=box.secrets).lines]
    assert totals == sorted(totals, key=float, reverse=True)
    assert cli("list", "--sort", "total", env=box.secrets).code == 2


def test_a_box_that_ignores_the_part_does_not_loop(cli: Cli, tmp_path: Path) -> None:
    with serving(tmp_path) as box:
        fill(box, 1000)
        cli.config(box.profile())
        ran = cli("list", "--all", "-o", "ids", env=box.secrets)
        assert (ran.code, len(ran.out.split())) == (0, 1000)


def test_an_empty_list_is_no_failure(cli: Cli, box: Box) -> None:
    cli.config(box.profile())
    for name, out in (("ids", ""), ("jsonl", "")):
        ran = cli("list", "-o", name, env=box.secrets)
        assert (ran.code, ran.out) == (0, out)
    assert cli("list", "-o", "json", env=box.secrets).json["orders"] == []


def peak(cli: Cli, *args: str, env: dict[str, str]) -> float:
    """Return the most memory that a run had, in MB."""
    code = (
        "import resource, subprocess, sys\n"
        "done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)\n"
        "print(done.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *cli.command(args)],
        env=cli.environment(env),
        capture_output=True,
        text=True,
        check=True,
    )
    exit_code, megabytes = done.stdout.split()
    assert exit_code == "0", done.stderr
    return float(megabytes)


@pytest.mark.parametrize("output", ["json", "jsonl", "csv", "ids", "table"])
def test_a_list_does_not_grow_with_its_orders(cli: Cli, big_box: Box, output: str) -> None:
    box = big_box
    cli.config(box.profile())
    few = peak(cli, "list", "--limit", "1000", "-o", output, env=box.secrets)
    many = peak(cli, "list", "--all", "-o", output, env=box.secrets)
    assert many < MAX_MEMORY
    assert many < few * 1.2
