"""An answer that nobody asked for is never taken for the answer to a request."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from orderctl.errors import NotSent
from orderctl.http import Client, Clock, Effect, Request, network
from tests.http.conftest import read_request, sent
from tests.http.test_tls import certificate, server

PLAIN = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n"


def answer(body: bytes, form: bytes = PLAIN) -> bytes:
    return form % (len(body), body)


class Surplus:
    """A server of kept connections that answers each request with its number, the first with something more."""

    def __init__(self, send: Callable[[socket.socket], None]) -> None:
        self.send_first = send
        self.connections = self.requests = self.ended = 0
        self.surplus_is_out = threading.Event()
        self.opened: list[socket.socket] = []

    def wait_until_closed(self) -> None:
        for _ in range(1000):
            if self.ended == self.connections:
                return
            time.sleep(0.01)
        raise AssertionError("connections are open")

    def close_all(self) -> None:
        for connection in self.opened:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def surplus(
    send_first: Callable[[socket.socket, Surplus], None], tls: ssl.SSLContext | None = None
) -> Iterator[tuple[Surplus, str]]:
    listening = socket.create_server(("127.0.0.1", 0))
    made = Surplus(lambda connection: send_first(connection, made))
    opened = made.opened
    threads: list[threading.Thread] = []

    def keep(connection: socket.socket) -> None:
        with suppress(OSError):
            wrapped = tls.wrap_socket(connection, server_side=True) if tls else connection
            opened.append(wrapped)
            made.connections += 1
            while read_request(wrapped):
                made.requests += 1
                if made.requests == 1:
                    made.send_first(wrapped)
                else:
                    wrapped.sendall(answer(b"%d" % made.requests))
        made.ended += 1

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listening.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # what is sent is there at once
                opened.append(connection)
                threads.append(threading.Thread(target=keep, args=(connection,), daemon=True))
                threads[-1].start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield made, f"{'https' if tls else 'http'}://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(5)
        made.close_all()
        for each in threads:
            each.join(5)
        for connection in opened:
            connection.close()


def request(url: str) -> Request:
    return Request(method="POST", url=url, purpose="create order R-1", body=b"x=1")


@contextmanager
def client(url: str) -> Iterator[Client]:
    opened = Client(network(url), timeout=10, clock=Clock(sleep=lambda _: None, random=lambda: 0.0))
    try:
        yield opened
    finally:
        opened.close()


SURPLUS = {
    "doubled": (answer(b"1"), answer(b"1")),
    "doubled chunked": (answer(b"1", CHUNKED), answer(b"1", CHUNKED)),
    "half an answer": (answer(b"1"), answer(b"1")[:20]),
    "a byte": (answer(b"1"), b"H"),
    "a line end": (answer(b"1"), b"\r\n"),
    "100": (answer(b"1"), b"HTTP/1.1 100 Continue\r\n\r\n"),
    "103 chunked": (answer(b"1", CHUNKED), b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    "a body after 204": (b"HTTP/1.1 204 No Content\r\n\r\n", b"1"),
}


@pytest.mark.parametrize("effect", Effect)
@pytest.mark.parametrize("later", [False, True], ids=["in one segment", "a moment later"])
@pytest.mark.parametrize("first, more", SURPLUS.values(), ids=SURPLUS)
def test_what_follows_an_answer_answers_nothing(
    first: bytes,
    more: bytes,
    later: bool,  # noqa: FBT001  (pytest gives it by name)
    effect: Effect,
) -> None:
    def send(connection: socket.socket, made: Surplus) -> None:
        connection.sendall(first if later else first + more)
        if later:
            time.sleep(0.05)
            connection.sendall(more)
        made.surplus_is_out.set()

    with surplus(send) as (made, url), client(url) as opened:
        sent(opened, request(url), effect)
        assert made.surplus_is_out.wait(10)
        assert sent(opened, request(url), effect).body == b"2"
        assert sent(opened, request(url), effect).body == b"3"
        assert (made.requests, made.connections) == (3, 2)


def test_under_tls_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pem = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))

    def send(connection: socket.socket, made: Surplus) -> None:
        connection.sendall(answer(b"1"))
        connection.sendall(answer(b"1"))  # a record of its own
        made.surplus_is_out.set()

    with surplus(send, server(pem)) as (made, url), client(url) as opened:
        opened.write(request(url))
        assert made.surplus_is_out.wait(10)
        assert [opened.write(request(url)).body for _ in range(2)] == [b"2", b"3"]
        assert (made.requests, made.connections) == (3, 2)


def test_a_right_answer_keeps_its_connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pem = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    for form in (PLAIN, CHUNKED, b"HTTP/1.1 100 Continue\r\n\r\n" + PLAIN):
        for tls in (None, server(pem)):
            with (
                surplus(lambda c, _, form=form: c.sendall(answer(b"1", form)), tls) as (made, url),  # type: ignore[misc]
                client(url) as opened,
            ):
                assert [opened.write(request(url)).body for _ in range(3)] == [b"1", b"2", b"3"]
                assert made.connections == 1


def test_an_idle_connection_that_was_closed_is_replaced() -> None:
    def send(connection: socket.socket, made: Surplus) -> None:
        connection.sendall(answer(b"1"))
        connection.shutdown(socket.SHUT_RDWR)
        made.surplus_is_out.set()

    with surplus(send) as (made, url), client(url) as opened:
        opened.write(request(url))
        assert made.surplus_is_out.wait(10)
        assert opened.write(request(url)).body == b"2"


@pytest.mark.parametrize("effect", Effect)
@pytest.mark.parametrize("first", [b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b""], ids=["answers", "closes"])
def test_a_server_that_speaks_first_is_not_sent_to(
    monkeypatch: pytest.MonkeyPatch, first: bytes, effect: Effect
) -> None:
    said = threading.Event()
    received: list[bytes] = []
    connect = socket.create_connection

    def connected_late(*args: object, **named: object) -> socket.socket:
        made = connect(*args, **named)  # type: ignore[arg-type]
        assert said.wait(10)
        time.sleep(0.05)
        return made

    monkeypatch.setattr(socket, "create_connection", connected_late)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def greet() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listening.accept()
                    with connection:
                        connection.sendall(first)
                        connection.shutdown(socket.SHUT_WR)
                        said.set()
                        with suppress(ConnectionResetError):  # the client closed what it had not read
                            received.append(connection.recv(1000))

        thread = threading.Thread(target=greet, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with client(url) as opened, pytest.raises(NotSent, match="before the request") as raised:
            sent(opened, request(url), effect)
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(5)
    assert raised.value.exit_code == 9
    assert set(received) <= {b""}


@pytest.mark.parametrize(
    "effect, status, connections",
    [(Effect.WRITE, "201 Created", 1), (Effect.WRITE, "429 No", 2), (Effect.WRITE, "422 No", 2),
     (Effect.READ, "200 OK", 1), (Effect.READ, "404 No", 2)],
)  # fmt: skip
def test_a_no_is_the_last_answer_of_its_connection(effect: Effect, status: str, connections: int) -> None:
    """A server whose answers lag behind would say it to the next write there, which would then be sent twice."""
    first = answer(b"1").replace(b"200 OK", status.encode())
    with surplus(lambda connection, _: connection.sendall(first)) as (made, url), client(url) as opened:
        assert sent(opened, request(url), effect).body == b"1"
        assert sent(opened, request(url), Effect.WRITE).body == b"2"
        assert made.connections == connections
