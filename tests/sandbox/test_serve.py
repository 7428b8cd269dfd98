"""An emulator over real sockets: kept-alive and parallel connections, dropped ones, and a clean end."""

import http.client
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from orderctl.sandbox import load
from orderctl.sandbox.serve import running, serve

CREDENTIALS = {"login": "sandbox", "password": "sandbox"}
ORDER = {**CREDENTIALS, "clientnamefirst": "Ann", "clientphone": "380"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}

PROGRAM = """
import sys
from orderctl.sandbox import load
from orderctl.sandbox.serve import serve
app = load("onebox", sys.argv[1], faults=sys.argv[2:])
print(serve(app, port=0, ready=lambda url: print(url, flush=True)))
app.close()
"""


@contextmanager
def connection(*faults: str) -> Iterator[http.client.HTTPConnection]:
    with closing(load("onebox", ":memory:", faults=faults)) as app, running(app) as url:
        connected = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
        try:
            yield connected
        finally:
            connected.close()


def add(connected: http.client.HTTPConnection, **more: str) -> bytes:
    connected.request("POST", "/api/orders/add/", urlencode({**ORDER, **more}), FORM)
    return connected.getresponse().read()


def count(connected: http.client.HTTPConnection) -> int:
    connected.request("GET", "/api/orders/get/?" + urlencode({**CREDENTIALS, "part": "1"}))
    return len(json.loads(connected.getresponse().read())["orders"])


def test_a_connection_is_kept_alive() -> None:
    with connection() as connected:
        assert json.loads(add(connected)) == {"result": "ok", "orderId": 82806}
        kept = connected.sock
        assert count(connected) == 1
        assert connected.sock is kept


def test_several_connections_at_once() -> None:
    with (
        closing(load("onebox", ":memory:", faults=["slow=0.3"])) as app,
        running(app) as url,
        ThreadPoolExecutor(32) as pool,
    ):

        def one(_: int) -> bytes:
            connected = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
            try:
                return add(connected)
            finally:
                connected.close()

        start = time.monotonic()
        answers = list(pool.map(one, range(32)))
        assert time.monotonic() - start < 3  # one after the other they would take ten seconds
    assert len({json.loads(answer)["orderId"] for answer in answers}) == 32


@pytest.mark.parametrize(
    "fault, error, orders",
    [
        ("lost-after*1", http.client.RemoteDisconnected, 1),
        ("lost-before*1", http.client.RemoteDisconnected, 0),
        ("reset*1", ConnectionResetError, 0),
        ("reset-after*1", ConnectionResetError, 1),
        ("half-body*1", http.client.IncompleteRead, 1),
    ],
)
def test_dropped_connections(fault: str, error: type[Exception], orders: int) -> None:
    with connection(fault) as connected:
        with pytest.raises(error) as raised:
            add(connected)
        assert type(raised.value) is error  # RemoteDisconnected is a ConnectionResetError too
        connected.close()
        assert count(connected) == orders


def test_a_late_commit_over_a_socket() -> None:
    with connection("late-commit=0.2*1") as connected:
        with pytest.raises(http.client.RemoteDisconnected):
            add(connected)
        connected.close()
        assert count(connected) == 0
        time.sleep(0.4)
        assert count(connected) == 1


def test_an_endless_body_over_a_socket() -> None:
    with connection("endless") as connected:
        connected.request("GET", "/api/orders/get/")
        answer = connected.getresponse()
        assert len(answer.read(300_000)) == 300_000
        answer.close()


def test_a_status_keeps_the_connection() -> None:
    with connection("503=5*1") as connected:
        add(connected)
        kept = connected.sock
        assert json.loads(add(connected))["result"] == "ok"
        assert connected.sock is kept


def test_only_loopback() -> None:
    with (
        closing(load("onebox", ":memory:")) as app,
        pytest.raises(ValueError, match="loopback"),
        running(app, host="0.0.0.0"),
    ):
        pass


def test_a_port_that_is_taken_is_an_error() -> None:
    with (
        closing(load("onebox", ":memory:")) as app,
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(OSError, match="in use"),
    ):
        serve(app, port=taken.getsockname()[1], ready=print)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_and_calls_under_way_are_answered(number: signal.Signals, tmp_path: Path) -> None:
    store = tmp_path / "onebox.sqlite"
    command = [sys.executable, "-c", PROGRAM, str(store), "slow=0.4@add"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        url = process.stdout.readline().strip()
        assert url.startswith("http://127.0.0.1:")
        connected = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
        connected.request("POST", "/api/orders/add/", urlencode(ORDER), FORM)
        time.sleep(0.2)
        process.send_signal(number)
        assert json.loads(connected.getresponse().read())["result"] == "ok"
        connected.close()
        out, err = process.communicate(timeout=10)
    assert (process.returncode, out.strip(), err) == (0, str(int(number)), "")


def test_it_can_start_again_at_once_on_its_port(tmp_path: Path) -> None:
    with closing(load("onebox", tmp_path / "onebox.sqlite")) as app:
        with running(app) as url:
            port = urlsplit(url).port
        with running(app, port=port or 0) as again:
            connected = http.client.HTTPConnection(urlsplit(again).netloc, timeout=10)
            assert count(connected) == 0
            connected.close()
