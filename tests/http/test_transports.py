"""Transports as a client sees them: connections of each thread, and a WSGI application in this process."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from orderctl.errors import OutcomeUnknown, Temporary
from orderctl.http import Client, Request, network, wsgi
from orderctl.http.transports import NetworkTransport
from tests.http.conftest import Time
from tests.http.test_surplus import answer, request, surplus


class Lost(Exception):
    """The connection is gone."""


def client(app: Callable[..., Any], timeout: float | None = None) -> Client:
    return Client(wsgi(app, lost=Lost), clock=Time().clock(), timeout=timeout)


def test_each_thread_has_connections_of_its_own_and_all_are_closed() -> None:
    with surplus(lambda connection, _: connection.sendall(answer(b"1"))) as (made, url):
        transport = network(url)
        opened = Client(transport)
        turns = threading.Barrier(3)
        failed: list[BaseException] = []

        def work() -> None:
            try:
                for _ in range(5):
                    opened.write(request(url))
                turns.wait(10)
            except BaseException as error:  # noqa: BLE001  (a thread's failure is the test's)
                failed.append(error)

        def run(workers: int) -> None:
            threads = [threading.Thread(target=work) for _ in range(workers)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(20)

        run(3)
        assert (failed, made.requests, made.connections) == ([], 15, 3)
        run(3)
        assert (failed, made.connections) == ([], 6)
        assert isinstance(transport, NetworkTransport)
        assert len(transport._opened) <= 3  # noqa: SLF001  (those of ended threads were closed)
        opened.close()
        made.wait_until_closed()


ADD = Request(
    method="POST",
    url="http://sandbox/api/%D0%AF/?q=%2B1&q=%25",
    purpose="add",
    headers={"content-type": "text/plain"},
    body=b"\x00\xff",
)


def test_the_application_sees_the_request_as_it_is() -> None:
    seen: dict[str, Any] = {}

    def app(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        seen.update(environ, body=environ["wsgi.input"].read())
        start("201 Created", [("X-Name", "\xff")])
        return [b"a", b"b"]

    reply = client(app).write(ADD)
    assert (reply.status, reply.body, reply.headers["x-name"]) == (201, b"ab", "ÿ")
    assert seen["PATH_INFO"].encode("latin-1").decode() == "/api/Я/"
    assert (seen["QUERY_STRING"], seen["body"]) == ("q=%2B1&q=%25", b"\x00\xff")
    assert (seen["CONTENT_TYPE"], seen["CONTENT_LENGTH"], seen["HTTP_USER_AGENT"]) == ("text/plain", "2", "orderctl")


def test_an_application_may_write_start_late_and_be_closed() -> None:
    closed: list[bool] = []

    class Answer:
        def __init__(self, start: Callable[..., Any]) -> None:
            self.start = start

        def __iter__(self) -> Iterator[bytes]:
            self.start("200 OK", [])(b"1")
            yield b"2"
            yield b"3"

        def close(self) -> None:
            closed.append(True)

    assert client(lambda _environ, start: Answer(start)).read(ADD).body == b"123"
    assert closed == [True]


def test_a_connection_lost_before_or_within_the_answer_is_unknown() -> None:
    def before(_environ: dict[str, Any], _start: Callable[..., Any]) -> list[bytes]:
        raise Lost

    def within(_environ: dict[str, Any], start: Callable[..., Any]) -> Iterator[bytes]:
        start("200 OK", [])
        yield b"{"
        raise Lost

    for app in (before, within):
        with pytest.raises(OutcomeUnknown):
            client(app).write(ADD)
        with pytest.raises(Temporary):
            client(app).read(ADD)


def test_a_dripping_application_is_given_up() -> None:
    def app(_environ: dict[str, Any], start: Callable[..., Any]) -> Iterator[bytes]:
        start("200 OK", [])
        while True:
            yield b" "
            time.sleep(0.01)

    with pytest.raises(OutcomeUnknown, match="no answer in the time allowed"):
        client(app, timeout=0.1).write(ADD)


def test_a_bug_in_the_application_is_not_taken_for_a_vendors_answer() -> None:
    def app(_environ: dict[str, Any], _start: Callable[..., Any]) -> list[bytes]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        client(app).write(ADD)
