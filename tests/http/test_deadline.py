"""Every call ends, however slowly the other side goes on."""

import socket
import threading
import time

import pytest

from orderctl.errors import NotSent, OutcomeUnknown, Temporary
from orderctl.http import Client, Request, deadline, network
from orderctl.http._httpx import httpcore
from tests.http.conftest import Answer, Time, connected, dripping, endless, reply, serving

LONG = 30.0
"""Far more than any of these may take, and less than they would take without a deadline."""


def sleep(_connection: socket.socket) -> None:
    time.sleep(LONG)


def drip_for_ever(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    for _ in range(int(LONG / 0.05)):
        connection.sendall(b" ")
        time.sleep(0.05)


@pytest.mark.parametrize(
    "answer",
    [sleep, dripping(reply(b"x" * 5000)), dripping(reply(b"", "X: " + "x" * 5000)), drip_for_ever,
     endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), endless(b"HTTP/1.1 200 OK\r\n\r\n", b"")],
    ids=["silent", "dripping body", "dripping headers", "dripping for ever", "endless 100", "no body"],
)  # fmt: skip
def test_a_slow_answer_is_given_up(answer: Answer) -> None:
    began = time.monotonic()
    with serving(answer) as served, connected(served, timeout=0.4) as client:
        with pytest.raises(OutcomeUnknown, match="no answer in the time allowed"):
            client.write(served.request(body=b"x=1"))
        with pytest.raises(Temporary):
            client.read(served.request())
    assert time.monotonic() - began < LONG


def test_a_vendor_that_does_not_read_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        client = Client(network(url), timeout=0.4)
        began = time.monotonic()
        with pytest.raises(OutcomeUnknown):
            client.write(Request(method="POST", url=url, purpose="send", body=b"x" * 40_000_000))
        client.close()
    assert time.monotonic() - began < LONG


def test_a_host_that_does_not_take_connections_was_not_sent() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(8)]
        for one in waiting:  # they fill the queue of those who wait to be let in
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        url = f"http://127.0.0.1:{port}"
        client = Client(network(url), timeout=0.3, clock=Time().clock())
        with pytest.raises(NotSent, match="no connection in the time allowed"):
            client.write(Request(method="GET", url=url, purpose="ask"))
        client.close()
        for one in waiting:
            one.close()


def test_a_name_that_is_never_answered_was_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()

    def look_up(*_args: object, **_named: object) -> list[object]:
        released.wait(LONG)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    client = Client(network("http://box.example"), timeout=0.2, clock=Time().clock())
    with pytest.raises(NotSent, match="no connection in the time allowed"):
        client.write(Request(method="GET", url="http://box.example", purpose="ask"))
    released.set()


def test_a_host_is_reached_at_the_first_address_that_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.getaddrinfo

    def look_up(host: str, *args: object, **named: object) -> list[object]:
        if host != "box.example":
            return real(host, *args, **named)  # type: ignore[arg-type,return-value]
        return [(0, 0, 0, "", (address, 0)) for address in ("127.0.0.9", "127.0.0.9", "127.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with serving(reply(b"{}")) as served:
        url = served.url.replace("127.0.0.1", "box.example")
        client = Client(network(url))
        assert client.read(Request(method="GET", url=url, purpose="ask")).body == b"{}"
        client.close()


def test_a_host_without_addresses_was_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: [])
    with pytest.raises(NotSent):
        Client(network("http://box.example"), clock=Time().clock()).write(
            Request(method="GET", url="http://box.example", purpose="ask")
        )


def test_time_is_counted_only_within_a_call() -> None:
    assert deadline.left(5) == 5
    assert deadline.left(None) is None
    assert not deadline.passed()
    deadline.begin(0.0)
    assert deadline.passed()
    assert deadline.left(None) == 0.001
    assert deadline.left(5) == 0.001
    deadline.end()
    assert not deadline.passed()


class Recorded(httpcore.NetworkStream):
    """A connection that keeps what is written to it."""

    def __init__(self) -> None:
        self.written: list[bytes] = []

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.written.append(buffer)

    def get_extra_info(self, info: str) -> None:
        """Know nothing: a plain connection."""


@pytest.mark.parametrize("body", [b"x=1", b""])
def test_the_head_of_a_request_leaves_with_its_body_after_the_look(body: bytes) -> None:
    inner = Recorded()
    stream = deadline.Stream(inner)
    looked: list[int] = []

    def look(_stream: deadline.Stream, head: bytes) -> bool:
        looked.append(len(inner.written))
        return head.startswith(b"POST")

    deadline.before_request(look)
    for piece in (b"CONNECT box.example:443 HTTP/1.1\r\n\r\n", b"", b"POST / HTTP/1.1\r\n\r\n", body, b""):
        stream.write(piece)
    assert looked == [0, 1, 1]
    assert b"".join(inner.written[:1]) == b"CONNECT box.example:443 HTTP/1.1\r\n\r\n"
    assert [each for each in inner.written[1:] if each] == [b"POST / HTTP/1.1\r\n\r\n" + body]


def test_a_request_that_a_look_refused_leaves_nothing_behind_and_is_looked_at_again() -> None:
    inner = Recorded()
    stream = deadline.Stream(inner)
    looked: list[bytes] = []

    def refuse_the_first(_stream: deadline.Stream, head: bytes) -> bool:
        looked.append(head)
        if len(looked) == 1:
            raise httpcore.ConnectionNotAvailable
        return True

    deadline.before_request(refuse_the_first)
    with pytest.raises(httpcore.ConnectionNotAvailable):
        stream.write(b"first")
    stream.write(b"second")
    stream.write(b"")
    assert looked == [b"first", b"second"]
    assert inner.written == [b"second"]
