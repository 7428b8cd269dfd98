"""Lists over a real socket: three parts of a box, limits, cursors, sorting, and memory that stays flat."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

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

    assert cli("list", "-o", "ids", env=box.secrets).out.split() == everything
    cut = cli("list", "-o", "ids", "--limit", "100", env=box.secrets)
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


@contextmanager
def pages(answer: Callable[[int], bytes]) -> Iterator[str]:
    """Serve a list over a real socket: what `answer` makes of the number of a page."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            sent = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
            found = re.search(r"\b(?:page|part)(?:=|\": )(\d+)", f"{self.path}&{sent}")
            body = answer(int(found[1]) if found else 1)
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = answer  # noqa: N815  (the library's names)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def imonggo_rows(ids: Iterable[int]) -> bytes:
    return b"<orders>" + b"".join(b"<order><id>%d</id></order>" % n for n in ids) + b"</orders>"


def onebox_rows(ids: Iterable[int]) -> bytes:
    return json.dumps({"result": "ok", "orders": [{"orderid": str(n)} for n in ids]}).encode()


def qince_rows(ids: Iterable[int]) -> bytes:
    return json.dumps({"return_code": 0, "response_data": json.dumps([{"id": str(n)} for n in ids])}).encode()


SECRETS = {
    f"ORDERCTL_SHOP_{name}": "sandbox" for name in ("APPKEY", "LOGIN", "OPENID", "PASSWORD", "TOKEN")
}  # whatever the vendor needs


@pytest.mark.parametrize(
    "vendor, rows, size", [("imonggo", imonggo_rows, 50), ("onebox", onebox_rows, 1000), ("qince", qince_rows, 100)]
)
@pytest.mark.parametrize("output", ["json", "jsonl", "csv", "ids"])
def test_a_page_that_repeats_is_not_an_end_of_the_list(
    cli: Cli, vendor: str, rows: Callable[[Iterable[int]], bytes], size: int, output: str
) -> None:
    first, last = range(1, size + 1), range(5000, 5010)
    with pages(lambda n: rows({1: first, 2: first, 3: last}.get(n, ()))) as url:
        cli.config(f'[profiles.shop]\nvendor = "{vendor}"\nurl = "{url}"\nrate = 100000\n')
        ran = cli("list", "--all", "-o", output, env=SECRETS)
        filtered = cli("list", "--all", "-o", "json", "--status", "completed", env=SECRETS)
        goes_on = cli("list", "--all", "-o", "ids", "--after", "3:0", env=SECRETS)
    assert ran.code == filtered.code == 9
    assert "a page repeats an earlier one" in ran.err
    if output == "json":
        assert (ran.json["count"], ran.json["complete"], ran.json["next"]) == (size, False, "2:0")
        assert len(ran.json["orders"]) == size
        assert ran.err.count("\n") == 1
    else:
        assert len(ran.out.splitlines()) == size + (output == "csv")
    assert (filtered.json["orders"], filtered.json["complete"]) == ([], False)
    assert (goes_on.code, goes_on.out.split()) == (0, [str(n) for n in last])


def test_one_odd_value_costs_neither_the_list_nor_the_json(cli: Cli) -> None:
    odd = ["NaN", "-Infinity", "1e999", "9" * 401, "-0", "1E-99999", "[" * 70 + "]" * 70, '"\\ud800"', '"\\u0007\t"']
    orders = ", ".join(f'{{"orderid": "{n}", "sum": {value}, "x": {value}}}' for n, value in enumerate(odd, 1))
    with pages(lambda _: f'{{"result": "ok", "orders": [{orders}]}}'.encode()) as url:
        cli.config(f'[profiles.shop]\nvendor = "onebox"\nurl = "{url}"\nrate = 100000\n')
        for output in ("json", "jsonl", "csv", "table", "ids"):
            ran = cli("list", "--all", "-o", output, *(["--raw"] if "json" in output else []), env=SECRETS)
            assert (ran.code, ran.err) == (0, "")
            if output == "ids":
                assert ran.out.split() == [str(n) for n in range(1, len(odd) + 1)]
            if output == "json":
                found = json.loads(ran.out, parse_constant=pytest.fail)
    assert [o["extra"]["x"] for o in found["orders"][:4]] == odd[:4]
    assert [o["extra"]["sum"] for o in found["orders"][:4]] == odd[:4]
    assert found["complete"]


@pytest.mark.parametrize(
    "hostile", [b"[" * 50_000_000, b"[" * 10**6 + b"]" * 10**6, b"[" + b"[]," * 15_000_000 + b"[]]"]
)
def test_a_hostile_answer_fails_at_once_in_one_line(cli: Cli, hostile: bytes) -> None:
    with pages(lambda _: hostile) as url:
        cli.config(f'[profiles.shop]\nvendor = "onebox"\nurl = "{url}"\nrate = 100000\n')
        ran = cli("list", "-o", "ids", env=SECRETS, seconds=30)
    assert (ran.code, ran.out) == (9, "")
    assert len([line for line in ran.err.splitlines() if line.startswith("orderctl: ")]) == 1


def test_an_empty_list_is_not_a_failure(cli: Cli, box: Box) -> None:
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


@pytest.mark.parametrize("output", ["json", "csv", "table"])  # JSON Lines: test_list_growth
def test_a_list_does_not_grow_with_its_orders(cli: Cli, big_box: Box, output: str) -> None:
    box = big_box
    cli.config(box.profile())
    few = peak(cli, "list", "--limit", "1000", "-o", output, env=box.secrets)
    many = peak(cli, "list", "--all", "-o", output, env=box.secrets)
    assert many < MAX_MEMORY
    assert many < few * 1.2
