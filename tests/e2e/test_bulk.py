"""Many orders of one file: at once, over few connections, and what ends such a run."""

import json
import threading
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
    with serving(tmp_path, faults=["lost-after@add"]) as box:
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
    assert f"{option} goes with --from FILE" in ran.err
