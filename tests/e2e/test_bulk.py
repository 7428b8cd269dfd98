"""Many orders of one file: at once, over few connections, and what ends such a run."""

import json
import os
import pty
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.e2e.conftest import Cli, serving

HEAD = "reference,email,customer_name,sku,quantity,price\n"
FROM = ("create", "--from", "-", "--format", "csv")


def rows(number: int) -> str:
    return HEAD + "".join(f"R-{n},a@b.c,A,s,1,1\n" for n in range(number))


@dataclass
class Counting:
    """A OneBox that says ok over kept connections, `together` requests at a time where so many come."""

    url: str = ""
    connections: int = 0
    most: int = 0
    calls: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    busy: int = 0


@contextmanager
def counting(together: int) -> Iterator[Counting]:
    """Serve it; each answer waits until `together` requests are under way, or a moment."""
    counted = Counting()
    full = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            with counted.lock:
                counted.connections += 1

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length") or 0))
            with counted.lock:
                counted.calls += 1
                counted.busy += 1
                counted.most = max(counted.most, counted.busy)
                number = counted.calls
                if counted.busy >= together:
                    full.set()
            full.wait(20)
            with counted.lock:
                counted.busy -= 1
            body = json.dumps({"result": "ok", "orderId": number}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    counted.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield counted
    finally:
        full.set()
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize("jobs, number", [((), 4), (("--jobs", "1"), 1), (("--jobs", "8"), 8)])
def test_there_are_as_many_connections_as_orders_at_once(cli: Cli, jobs: tuple[str, ...], number: int) -> None:
    with counting(number) as box:
        cli.config(f'[profiles.shop]\nvendor = "onebox"\nurl = "{box.url}"\nrate = 100000\n')
        secrets = {"ORDERCTL_SHOP_LOGIN": "sandbox", "ORDERCTL_SHOP_PASSWORD": "sandbox"}
        ran = cli(*FROM, *jobs, "-o", "json", given=rows(48), env=secrets)
        assert (ran.code, ran.json["counts"]) == (0, {"created": 48}), ran.err
        assert (box.connections, box.most, box.calls) == (number, number, 48)


@pytest.mark.parametrize("vendor, jobs", [("onebox", 4), ("imonggo", 4), ("flyerlink", 1), ("qince", 1), ("omflow", 1)])
def test_several_are_sent_at_once_where_the_vendor_refuses_a_duplicate(
    vendor: str, jobs: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from orderctl.app import App, Common  # noqa: PLC0415
    from orderctl.commands import options  # noqa: PLC0415

    monkeypatch.setenv("HOME", str(tmp_path))
    app = App(Common(profile=f"sandbox-{vendor}"), environ={"HOME": str(tmp_path)})
    assert options.jobs(app, None) == jobs
    assert options.jobs(app, "32") == 32


@pytest.mark.parametrize("jobs", ["0", "33", "-1", "many", "1.5"])
def test_a_number_of_jobs_that_makes_no_sense_is_refused(cli: Cli, jobs: str) -> None:
    ran = cli("-p", "sandbox-onebox", *FROM, f"--jobs={jobs}", given=rows(1))
    assert ran.code == 2
    assert "--jobs" in ran.err


def test_three_unknown_outcomes_in_a_row_stop_several_at_once(cli: Cli, tmp_path: Path) -> None:
    with serving(tmp_path, faults=["lost-after@add", "403@get"]) as box:
        cli.config(box.profile())
        ran = cli(*FROM, "-o", "json", given=rows(30), env=box.secrets)
        assert ran.code == 8
        assert 3 <= ran.json["counts"]["unknown"] == len(box.calls()) <= 6


@pytest.mark.parametrize("most, code", [("2", 7), ("5", 7), ("6", 7)])
def test_the_run_stops_after_as_many_errors_as_were_asked_for(cli: Cli, most: str, code: int) -> None:
    many = ("-p", "sandbox-onebox", *FROM, "--jobs", "1", "-o", "json")
    assert cli(*many, given=rows(5)).code == 0
    other = rows(10).replace(",1,1\n", ",2,1\n")
    ran = cli(*many, "--max-errors", most, given=HEAD + "A,a@b.c,A,s,1,1\n" + other.removeprefix(HEAD))
    assert ran.code == code
    left = {"skipped": 10 - int(most)} if int(most) < 6 else {}
    created = {"created": 1} if int(most) < 6 else {"created": 6}
    conflict = {"conflict": min(int(most), 5)}
    assert ran.json["counts"] == {**conflict, **created, **left}
    assert (f"{most} orders failed, as many as --max-errors allows" in ran.err) == (int(most) < 6)


def test_where_all_that_were_sent_failed_alike_the_run_ends_with_their_code(cli: Cli) -> None:
    many = ("-p", "sandbox-onebox", *FROM, "--jobs", "1", "-o", "json")
    assert cli(*many, given=rows(5)).code == 0
    ran = cli(*many, "--max-errors", "1", given=rows(5).replace(",1,1\n", ",2,1\n"))
    assert ran.code == 6
    assert "1 order failed, as many as --max-errors allows" in ran.err


@pytest.mark.parametrize("option", ["--jobs", "--max-errors"])
def test_options_of_files_go_with_a_file(cli: Cli, option: str) -> None:
    ran = cli("-p", "sandbox-onebox", "create", "--email", "a@b.c", option, "2")
    assert ran.code == 2
    assert f"{option} needs --from FILE" in ran.err


SANDBOX = ("-p", "sandbox-onebox")


def on_a_terminal(cli: Cli, *args: str, env: dict[str, str] | None = None) -> tuple[int, str]:
    """Return the exit code of a run on a terminal of 100 columns, and what it shows."""
    pid, terminal = pty.fork()
    if not pid:
        os.chdir(cli.home)
        command = cli.command(args)
        os.execve(
            command[0], command, cli.environment({"TERM": "xterm", "COLUMNS": "100", "NO_COLOR": "1", **(env or {})})
        )
    shown = b""
    try:
        while piece := os.read(terminal, 65536):
            shown += piece
    except OSError:  # how Linux says that the other side is closed
        pass
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode().replace("\r\n", "\n")


def lasting(shown: str) -> list[str]:
    """Return the lines that stay on the terminal."""
    return [line.rpartition("\x1b[K")[2] for line in shown.split("\n") if line]


def test_a_long_run_on_a_terminal_shows_progress_failures_and_the_counts(cli: Cli) -> None:
    assert cli(*SANDBOX, *FROM, given=HEAD + "R-3,a@b.c,A,s,1,9\n").code == 0
    (cli.home / "orders.csv").write_text(rows(120))
    code, shown = on_a_terminal(cli, *SANDBOX, "create", "--from", "orders.csv")
    assert code == 7
    assert re.search(r"\[#*\.*\] \d+/120, 1 failed", shown)
    assert [line[:34] for line in lasting(shown)] == [
        "orderctl: R-3: reference 'R-3' was",
        "orderctl: 119 created, 1 already e" if "119 created, 1" in shown else "orderctl: 1 already exists, 119 cr",
        "orderctl: create: 1 of 120 not don",
    ]


@pytest.mark.parametrize(
    "number, more, table", [(120, ("-o", "table"), True), (50, (), True), (51, (), False), (120, ("-q",), False)]
)
def test_a_table_is_shown_where_it_is_short_or_asked_for(
    cli: Cli, number: int, more: tuple[str, ...], *, table: bool
) -> None:
    (cli.home / "orders.csv").write_text(rows(number))
    code, shown = on_a_terminal(cli, *SANDBOX, "create", "--from", "orders.csv", *more)
    assert code == 0
    assert (sum("created  " in line for line in lasting(shown)) == number) == table
    assert ("] " in shown) == ("-q" not in more)
    assert (f"{number} created" in shown) == ("-q" not in more)


def test_the_rate_that_sets_the_pace_is_named(cli: Cli, tmp_path: Path) -> None:
    (cli.home / "orders.csv").write_text(rows(20))
    with serving(tmp_path) as box:
        cli.config(box.profile().replace("rate = 100000", "rate = 20"))
        code, shown = on_a_terminal(cli, "create", "--from", "orders.csv", env=box.secrets)
    assert code == 0
    assert "(the profile's rate of 20/s sets the pace)" in shown


def test_processes_together_keep_the_rate_of_the_profile(cli: Cli, tmp_path: Path) -> None:
    rate = 40
    with serving(tmp_path) as box:
        cli.config(box.profile().replace("rate = 100000", f"rate = {rate}"))
        began = time.monotonic()
        running = []
        for number in range(3):
            file = cli.home / f"{number}.csv"
            file.write_text(rows(20).replace("R-", f"R-{number}-"))
            command = cli.command(["create", "--from", str(file), "-q"])
            running.append(subprocess.Popen(command, env=cli.environment(box.secrets)))
        assert [process.wait(60) for process in running] == [0, 0, 0]
        assert time.monotonic() - began >= (60 - 4) / rate
        assert len(box.calls()) == 60


def documents(cli: Cli, name: str = "results.jsonl") -> list[dict[str, str]]:
    return [json.loads(line) for line in (cli.home / name).read_text().splitlines()]


@pytest.mark.parametrize("more", [("-q",), ("-o", "ids"), ("--fields", "id")])
def test_results_are_kept_whatever_is_printed(cli: Cli, more: tuple[str, ...]) -> None:
    (cli.home / "results.jsonl").write_text('{"reference":"before"}\n')
    ran = cli(*SANDBOX, *FROM, "--results", "results.jsonl", *more, given=rows(6))
    assert ran.code == 0
    kept = documents(cli)
    assert sorted(d["reference"] for d in kept) == [*(f"R-{n}" for n in range(6)), "before"]
    assert kept[1] == {
        "schema": "orderctl.result/1", "verb": "create", "outcome": "created", "profile": "sandbox-onebox",
        "vendor": "onebox", "id": kept[1]["id"], "reference": kept[1]["reference"], "journal": kept[1]["journal"],
        "message": None,
    }  # fmt: skip


def test_kept_results_are_those_of_jsonl(cli: Cli) -> None:
    ran = cli(*SANDBOX, *FROM, "--results", "results.jsonl", "-o", "jsonl", given=rows(6))
    assert ran.out == (cli.home / "results.jsonl").read_text()
    assert len(ran.lines) == 6


@pytest.mark.parametrize("file", ["no/such/file", "orders.csv", "rejects.csv"])
def test_a_file_of_results_that_cannot_be_is_refused_before_anything_is_sent(cli: Cli, file: str) -> None:
    (cli.home / "orders.csv").write_text(rows(2))
    ran = cli(*SANDBOX, "create", "--from", "orders.csv", "--rejects", "rejects.csv", "--results", file)
    assert ran.code == 2
    assert "--results" in ran.err
    assert cli(*SANDBOX, "list", "-o", "ids").out == ""
    assert (cli.home / "orders.csv").read_text() == rows(2)


def test_a_dry_run_keeps_no_results(cli: Cli) -> None:
    assert cli(*SANDBOX, *FROM, "-n", "--results", "results.jsonl", given=rows(2)).code == 0
    assert not (cli.home / "results.jsonl").exists()


def test_a_run_whose_results_cannot_be_kept_stops_and_tells_what_was_done(cli: Cli) -> None:
    ran = cli(*SANDBOX, *FROM, "--jobs", "1", "--results", "/dev/full", "-q", given=rows(20))
    assert ran.code == 14
    assert "cannot write --results /dev/full: No space left on device" in ran.err
    made = cli(*SANDBOX, "list", "-o", "json").json["orders"]
    assert [order["reference"] for order in made] == ["R-0"]
    assert f"create: R-0: created, order {made[0]['id']}" in ran.err
    assert "19 of 20 were not started" in ran.err


def fixed(cli: Cli) -> str:
    """Return the rejects with everything put right: another reference, a quantity above 0."""
    text = (cli.home / "rejects.csv").read_text().replace(",-1,", ",1,")
    return re.sub("^R-", "N-", text, flags=re.MULTILINE)


@pytest.mark.parametrize("skip", [True, False])
def test_rejects_hold_what_is_invalid_or_in_conflict_and_end_in_0_once_they_are_fixed(cli: Cli, *, skip: bool) -> None:
    assert cli(*SANDBOX, *FROM, given=rows(2)).code == 0
    given = rows(6).replace(",1,1\n", ",2,1\n")
    given += "R-9,a@b.c,A,s,-1,1\n" if skip else ""
    more = ("--skip-invalid",) if skip else ()
    ran = cli(*SANDBOX, *FROM, "--rejects", "rejects.csv", *more, given=given)
    assert ran.code == 7
    assert "2 orders to fix in rejects.csv, each with the reason" in ran.err
    lines = (cli.home / "rejects.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in lines] == ["reference", "R-0", "R-1", *(["R-9"] if skip else [])]
    assert all("with other content (differing:" in line for line in lines[1:3])
    again = cli(*SANDBOX, *FROM, "--rejects", "again.csv", given=fixed(cli))
    assert (again.code, (again.err, again.out)[0].count("not done")) == (0, 0)
    assert (cli.home / "again.csv").read_text().splitlines() == [lines[0]]


def test_rejects_hold_what_the_vendor_refused(cli: Cli, tmp_path: Path) -> None:
    with serving(tmp_path, faults=["405*2+2@add"]) as box:
        cli.config(box.profile())
        ran = cli(*FROM, "--jobs", "1", "--rejects", "rejects.csv", "-o", "json", given=rows(6), env=box.secrets)
    refused = sorted(r["reference"] for r in ran.json["results"] if r["outcome"] == "refused")
    assert refused
    lines = (cli.home / "rejects.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == refused


@pytest.mark.parametrize("fault, code", [("lost-after@add 403@get", 8), ("429@add", 9), ("401@add", 4)])
def test_rejects_hold_nothing_that_is_unknown_or_to_be_tried_again(
    cli: Cli, tmp_path: Path, fault: str, code: int
) -> None:
    with serving(tmp_path, faults=fault.split()) as box:
        cli.config(box.profile())
        ran = cli(*FROM, "--jobs", "1", "--rejects", "rejects.csv", given=rows(3), env=box.secrets)
    assert ran.code == code
    assert (cli.home / "rejects.csv").read_text().splitlines() == [rows(0).strip() + ",reason,code"]


@pytest.mark.parametrize("number, code", [(signal.SIGTERM, 143), (signal.SIGKILL, -9)])
def test_the_rejects_of_a_run_that_is_broken_off(cli: Cli, tmp_path: Path, number: signal.Signals, code: int) -> None:
    """After a signal they hold what was refused and invalid; a kill leaves none, so that the same may run again."""
    (cli.home / "orders.csv").write_text(rows(60) + "R-99,a@b.c,A,s,-1,1\n")
    with serving(tmp_path, faults=["slow=0.05@add"]) as box:
        cli.config(box.profile())
        assert cli(*FROM, given=rows(1), env=box.secrets).code == 0
        (cli.home / "orders.csv").write_text(rows(60).replace(",1,1\n", ",2,1\n") + "R-99,a@b.c,A,s,-1,1\n")
        args = ["create", "--from", "orders.csv", "--skip-invalid", "--rejects", "rejects.csv", "-q"]
        running = subprocess.Popen(
            cli.command(args), env=cli.environment(box.secrets), cwd=cli.home, stderr=subprocess.PIPE
        )
        while len(box.calls()) < 8:
            time.sleep(0.02)
        os.kill(running.pid, number)
        running.communicate(timeout=60)
    assert running.returncode == code
    found = [line.split(",")[0] for line in (cli.home / "rejects.csv").read_text().splitlines()]
    assert found == (["reference", "R-0", "R-99"] if code > 0 else [])
