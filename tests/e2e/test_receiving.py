"""`listen` as a process: killed again and again under load, drained by SIGTERM, and before hostile senders."""

import http.client
import os
import queue
import random
import resource
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import pytest

from tests.conftest import proof_examples
from tests.pusher import FORM, SECRET, form, logical

ROOT = Path(__file__).parents[2]
ACCEPTED = b'{"return_code":0,"return_msg":""}'
AT_ONCE = 50
MAX_BYTES = 1_048_576


@dataclass
class Listener:
    """A running `listen`."""

    process: "subprocess.Popen[bytes]"
    url: str

    @property
    def netloc(self) -> str:
        return urlsplit(self.url).netloc

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    def post(self, body: bytes, *, path: str | None = None, method: str = "POST", **headers: str) -> tuple[int, bytes]:
        """Send one request on a connection of its own."""
        connection = http.client.HTTPConnection(self.netloc, timeout=20)
        try:
            connection.request(method, self.path if path is None else path, body, {"Content-Type": FORM, **headers})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def raw(self, *pieces: bytes, pause: float = 0.0, half_close: bool = False) -> bytes:
        """Send bytes as they are, in pieces, and return all that is answered until the connection is closed."""
        host, _, port = self.netloc.rpartition(":")
        with socket.create_connection((host, int(port)), timeout=30) as connected:
            with suppress(ConnectionError):
                for piece in pieces:
                    connected.sendall(piece)
                    time.sleep(pause)
                if half_close:
                    connected.shutdown(socket.SHUT_WR)
            answer = b""
            with suppress(ConnectionError):
                while piece := connected.recv(65_536):
                    answer += piece
            return answer

    def head(self, length: int, *, path: str | None = None) -> bytes:
        """Return the head of a form."""
        return (
            f"POST {self.path if path is None else path} HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM}\r\n"
            f"Connection: close\r\nContent-Length: {length}\r\n\r\n"
        ).encode()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "config.toml").write_text('[profiles.shop]\nvendor = "pusher"\nurl = "https://push.example.com"\n')
    return tmp_path


def environ(home: Path, *, secret: bool = True) -> dict[str, str]:
    return {
        "PATH": os.defpath,
        "HOME": str(home),
        "PYTHONPATH": str(ROOT),
        "ORDERCTL_CONFIG": str(home / "config.toml"),
        "ORDERCTL_STATE_DIR": str(home / "state"),
        **({"ORDERCTL_SHOP_PUSHSECRET": SECRET} if secret else {}),
    }


def start(
    home: Path, *args: str, port: int = 0, secret: bool = True, stderr: IO[bytes] | None = None, **more: Any
) -> Listener:
    command = [sys.executable, str(ROOT / "tests/pusher.py"), "listen", "-p", "shop", "--port", str(port), *args]
    process = subprocess.Popen(
        command, env=environ(home, secret=secret), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=stderr or subprocess.DEVNULL, **more,
    )  # fmt: skip
    assert process.stdout is not None
    with process.stdout as stdout:
        return Listener(process, stdout.readline().decode().strip())


@contextmanager
def listening(home: Path, *args: str, secret: bool = True, **more: Any) -> Iterator[Listener]:
    with (home / "stderr").open("wb") as stderr:
        listener = start(home, *args, secret=secret, stderr=stderr, **more)
        try:
            yield listener
        finally:
            listener.process.kill()
            listener.process.wait()


def said(home: Path) -> str:
    return (home / "stderr").read_text()


def stored(home: Path) -> list[str]:
    """Return the message ids (or hashes of bodies) of the inbox, read without orderctl."""
    with sqlite3.connect(home / "state" / "inbox.sqlite") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        rows = database.execute("SELECT coalesce(message_id, order_id) FROM events ORDER BY id").fetchall()
    database.close()
    return [str(row[0]) for row in rows]


def free_port() -> int:
    """Return a port outside the range that outgoing connections take, so that it is still free after a kill."""
    while True:
        port = random.randrange(20_000, 30_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


class Vendor:
    """A vendor that pushes events, 50 at once, each again and again until it is acknowledged."""

    def __init__(self, events: Mapping[int, bytes], netloc: str, path: str) -> None:
        self.acknowledged: set[int] = set()
        self.slowest = 0.0
        self.sent = 0
        self.cut = 0
        self._events = events
        self._netloc = netloc
        self.path = path
        self._todo: queue.SimpleQueue[int] = queue.SimpleQueue()
        for number in events:
            self._todo.put(number)
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(AT_ONCE)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def finish(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))
        assert not any(thread.is_alive() for thread in self._threads), f"{len(self.acknowledged)} acknowledged"

    def _work(self) -> None:
        connection = http.client.HTTPConnection(self._netloc, timeout=10)
        with suppress(queue.Empty):
            while True:
                number = self._todo.get_nowait()
                while not self._push(connection, self._events[number]):
                    connection.close()
                    time.sleep(0.05)
                self.acknowledged.add(number)
        connection.close()

    def _push(self, connection: http.client.HTTPConnection, body: bytes) -> bool:
        began = time.monotonic()
        self.sent += 1
        try:
            connection.request("POST", self.path, body, {"Content-Type": FORM})
            answer = connection.getresponse()
            good = (answer.status, answer.read()) == (200, ACCEPTED)
        except ConnectionRefusedError:
            return False
        except (OSError, http.client.HTTPException):
            self.cut += 1
            return False
        self.slowest = max(self.slowest, time.monotonic() - began)
        return good


@pytest.mark.proof
@pytest.mark.timeout(1800)
def test_every_acknowledged_event_is_there_once_after_many_kills(home: Path) -> None:
    events = {number: form(number) for number in range(proof_examples(10_000))}
    kills = proof_examples(100)
    chance = random.Random(3)
    port = free_port()
    log = (home / "stderr").open("ab")
    listener = start(home, "-v", port=port, stderr=log)
    vendor = Vendor(events, listener.netloc, listener.path)
    began = time.monotonic()
    vendor.start()
    for killed in range(1, kills + 1):
        while len(vendor.acknowledged) < killed * len(events) / (kills + 1):
            assert listener.process.poll() is None
            time.sleep(0.002)
        time.sleep(chance.random() * 0.03)
        listener.process.kill()
        assert listener.process.wait(10) == -signal.SIGKILL
        assert len(vendor.acknowledged) < len(events)
        listener = start(home, "-v", port=port, stderr=log)
        assert listener.path == vendor.path
    vendor.finish(600)
    seconds = time.monotonic() - began
    listener.process.send_signal(signal.SIGTERM)
    assert listener.process.wait(20) == 128 + signal.SIGTERM
    log.close()
    assert vendor.acknowledged == set(events)
    assert sorted(stored(home)) == sorted(f"m-{number}" for number in events)
    assert vendor.cut >= kills, "the kills met requests under way"
    again = said(home).count("was here before")
    sys.stderr.write(
        f"\n{len(events)} events, {AT_ONCE} at once, {kills} kills, {vendor.sent} requests in {seconds:.1f} s; {again} "
        f"events were stored and their answer lost; slowest answer {vendor.slowest:.2f} s\n"
    )


def test_fifty_at_once_are_answered_in_time(home: Path) -> None:
    with listening(home) as listener:
        vendor = Vendor({number: form(number) for number in range(500)}, listener.netloc, listener.path)
        vendor.start()
        vendor.finish(60)
    assert len(stored(home)) == 500
    assert vendor.sent == 500
    assert vendor.slowest < 5


def test_two_processes_share_the_inbox(home: Path) -> None:
    with listening(home) as one:
        other = start(home)
        try:
            half = {number: form(number) for number in range(100)}
            both = [Vendor(half, x.netloc, x.path) for x in (one, other)]
            assert one.path == other.path
            for vendor in both:
                vendor.start()
            for vendor in both:
                vendor.finish(60)
        finally:
            other.process.kill()
            other.process.wait()
    assert sorted(stored(home)) == sorted(f"m-{number}" for number in half)


def test_sigterm_answers_what_is_under_way(home: Path) -> None:
    body = form(1)
    with listening(home) as listener:
        host, _, port = listener.netloc.rpartition(":")
        with socket.create_connection((host, int(port)), timeout=20) as connected:
            connected.sendall(listener.head(len(body)) + body[:20])
            time.sleep(0.5)
            listener.process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            assert listener.process.poll() is None, "it waits for the rest"
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection((host, int(port)), timeout=5)
            connected.sendall(body[20:])
            assert b"200 OK" in connected.recv(65_536)
        assert listener.process.wait(20) == 143
    assert stored(home) == ["m-1"]
    assert "1 stored, 0 replayed, 0 refused" in said(home)


def test_the_secret_path_stays_until_it_is_rotated(home: Path) -> None:
    with listening(home) as listener:
        before = listener.path
    with listening(home) as listener:
        assert listener.path == before
    with listening(home, "--rotate") as listener:
        assert listener.path != before
        assert len(listener.path) > 24
        assert listener.post(form(), path=before)[0] == 404
        assert listener.post(form())[0] == 200
    assert before not in said(home)


def test_replays_are_acknowledged_and_kept_once(home: Path) -> None:
    with listening(home, "-v") as listener:
        first = form(1)
        for body in (first, first, logical(2), logical(2), form(1, timestamp=str(int(time.time() * 1000) + 5))):
            expected = 403 if body == logical(2) else 200
            assert listener.post(body)[0] == expected
        renamed = first.replace(b"m-1", b"m-9")
        assert listener.post(renamed) == (200, ACCEPTED), "a signed event under another message id is the same"
    assert stored(home) == ["m-1"]
    assert "was here before" in said(home)


@pytest.mark.parametrize(
    "body",
    [
        form(1, secret=None),
        form(1, secret="another-secret"),
        form(1, digest="0" * 32),
        form(1, digest=""),
        form(1, digest="é"),
        form(1).replace(b"2000.00", b"1.00"),
        form(1, timestamp="1400000000000"),
        form(1, timestamp=None, digest="0" * 32),
        form(1, timestamp="20150806142836"),
        form(1, timestamp=str(int(time.time()))),
        form(1, data='{"id":"1"}', dataId="2"),
        logical(1),
        logical(1).replace(b"{", b'{"digest":"\\ud800","timestamp":"1",', 1),
        logical(1, digest="0" * 32, timestamp="1400000000000"),
    ],
    ids=[
        "none",
        "other-secret",
        "wrong",
        "empty",
        "odd",
        "changed",
        "old",
        "no-time",
        "14-digits",
        "seconds",
        "swapped",
        "json",
        "surrogate",
        "json-wrong",
    ],
)
def test_a_forged_event_is_refused(home: Path, listener: Listener, body: bytes) -> None:
    assert listener.post(body)[0] == 403
    assert stored(home) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nonsense",
        b"[1]",
        b"null",
        b"\xff\xfe",
        b"{" * 100_000,
        b'{"data":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"data":' + b'{"a":' * 90 + b"1" + b"}" * 90 + b',"dataId":"1"}',
        b'{"dataId":"1","data":{"n":' + b"9" * 5000 + b"}}",
        b'{"dataId":"1","data":{"n":NaN}}',
        b'{"dataId":"1","data":[]}',
        b'{"dataId":"1"}',
        b'{"data":{}}',
        b"data=%7B%7D",
        b"dataId=1&data=%7B",
        b"dataId=1&data=%FF",
        b"dataId=1&data=x",
        b"&".join(b"a=1" for _ in range(1000)),
        form(1)[:200],
    ],
    ids=lambda body: body[:24].decode("latin-1"),
)
def test_nonsense_is_refused(home: Path, listener: Listener, body: bytes) -> None:
    status, answer = listener.post(body)
    assert (status, answer) == (400, b'{"return_code":1,"return_msg":"refused"}')
    assert stored(home) == []
    assert listener.process.poll() is None


def test_what_is_cut_on_the_way_is_refused(home: Path, listener: Listener) -> None:
    body = form(1)
    assert b"200 OK" not in listener.raw(listener.head(len(body)) + body[:-10], half_close=True)
    assert b"200 OK" not in listener.raw(listener.head(len(body))[:-2], half_close=True)
    chunked = listener.head(0).replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
    assert b"200 OK" not in listener.raw(chunked, f"{len(body):x}\r\n".encode(), body[:-10], half_close=True)
    assert b"400 Bad Request" in listener.raw(chunked, b"zz\r\n", body)
    assert stored(home) == []


def test_a_chunked_event_is_taken(home: Path, listener: Listener) -> None:
    body = form(1)
    chunked = listener.head(0).replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
    assert b"200 OK" in listener.raw(chunked, f"{len(body):x}\r\n".encode(), body, b"\r\n0\r\n\r\n")
    assert stored(home) == ["m-1"]


def test_what_is_too_large_is_refused(home: Path, listener: Listener) -> None:
    full = form(1, data='{"a":"' + "x" * (MAX_BYTES - 700) + '"}')
    assert len(full) <= MAX_BYTES
    assert listener.post(full)[0] == 200
    assert b" 413 " in listener.raw(listener.head(MAX_BYTES + 1))
    assert b" 413 " in listener.raw(listener.head(10**15))
    chunked = listener.head(0).replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
    piece = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    assert b" 413 " in listener.raw(chunked, *[piece] * 17)
    assert b"200 OK" not in listener.raw(b"POST / HTTP/1.1\r\n" + b"X: " + b"x" * 100_000)
    assert listener.post(form(2))[0] == 200
    assert stored(home) == ["m-1", "m-2"]


def test_the_slow_are_cut_off_while_others_are_served(home: Path, listener: Listener) -> None:
    host, _, port = listener.netloc.rpartition(":")
    slow = [socket.create_connection((host, int(port)), timeout=20) for _ in range(100)]
    head = listener.head(1000)
    began = time.monotonic()
    try:
        for number in range(8):
            for index, connected in enumerate(slow):
                with suppress(ConnectionError):
                    connected.sendall(head[number : number + 1] if index % 2 else (head if number == 0 else b"x"))
            if number in {0, 3}:
                assert listener.post(form(number))[0] == 200
            time.sleep(1)
        for connected in slow:
            with suppress(ConnectionError):
                assert connected.recv(65_536) == b""
        assert time.monotonic() - began < 15
    finally:
        for connected in slow:
            connected.close()
    assert stored(home) == ["m-0", "m-3"]


@pytest.mark.proof
def test_an_event_is_answered_in_time_while_a_thousand_connections_are_silent(home: Path, listener: Listener) -> None:
    host, _, port = listener.netloc.rpartition(":")
    number = 450 + proof_examples(550)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 2 * number)), hard))
    silent: list[socket.socket] = []
    slowest = 0.0
    try:
        for index in range(number):
            silent.append(socket.create_connection((host, int(port)), timeout=20))
            if index % 3 == 0:
                silent[-1].sendall(listener.head(1000)[: 1 + index % 90])
            if index % 100 == 99 or index + 1 == number:
                began = time.monotonic()
                assert listener.post(form(index)) == (200, ACCEPTED)
                slowest = max(slowest, time.monotonic() - began)
    finally:
        for connected in silent:
            connected.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert slowest < 5
    assert len(stored(home)) == -(-number // 100)


def test_another_path_or_method_learns_nothing(home: Path, listener: Listener) -> None:
    for path in (
        "/",
        "/wrong",
        listener.path[:-1],
        f"{listener.path}/",
        f"{listener.path}x",
        f"/x{listener.path}",
        "/%00",
    ):
        for method in ("POST", "GET"):
            assert listener.post(form(1), path=path, method=method) == (404, b"")
    for method in ("GET", "PUT", "DELETE"):
        assert listener.post(b"", method=method)[0] == 405
    assert stored(home) == []
    assert listener.path.strip("/") not in said(home)


def test_without_a_secret_nothing_must_be_signed(home: Path) -> None:
    with listening(home, secret=False) as listener:
        assert listener.post(form(1, secret=None)) == (200, ACCEPTED)
        assert listener.post(logical(2), **{"Content-Type": "application/json; charset=utf-8"}) == (200, ACCEPTED)
        assert listener.post(logical(2)) == (200, ACCEPTED)
    assert stored(home) == ["m-1", "5526644337503710208"]
    assert "digests are not checked" in said(home)


def test_what_the_disk_does_not_take_is_not_acknowledged(home: Path) -> None:
    with listening(home) as listener:
        assert listener.post(form(1))[0] == 200
    held = sum(path.stat().st_size for path in (home / "state").glob("inbox.sqlite*"))

    def small_disk() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (held + 150_000, held + 150_000))

    large = {"data": '{"a":"' + "x" * 60_000 + '"}'}
    with listening(home, preexec_fn=small_disk) as listener:
        answers = [listener.post(form(number, **large))[0] for number in range(2, 12)]
        assert answers[0] == 200
        assert answers[-1] == 500
        assert set(answers) == {200, 500}
        assert listener.process.poll() is None
    taken = [f"m-{number}" for number, answer in zip(range(2, 12), answers, strict=True) if answer == 200]
    assert stored(home) == ["m-1", *taken]
    assert "not stored, so not acknowledged" in said(home)
    with listening(home) as listener:
        assert {listener.post(form(number, **large))[0] for number in range(2, 12)} == {200}
    assert len(stored(home)) == 11


def test_a_held_inbox_is_answered_in_time_and_not_acknowledged(home: Path, listener: Listener) -> None:
    with sqlite3.connect(home / "state" / "inbox.sqlite", isolation_level=None) as database:
        database.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        assert listener.post(form(1))[0] == 500
        assert time.monotonic() - began < 5
        database.execute("ROLLBACK")
    database.close()
    assert listener.post(form(1))[0] == 200
    assert stored(home) == ["m-1"]


@pytest.fixture
def listener(home: Path) -> Iterator[Listener]:
    with listening(home) as running:
        yield running
