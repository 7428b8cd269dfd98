"""A write is sent once, its hooks say how far it came, and a backend's client cannot write at all."""

import socket
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from orderctl.errors import BadAnswer, DeadlinePassed, DryRunStop, NotSent, OrderctlError, OutcomeUnknown
from orderctl.http import Client, DryRun, Effect, Reader, client, network, wsgi
from orderctl.http._httpx import httpx
from tests.http.conftest import Time, connected, reply, sent, serving
from tests.http.test_surplus import answer, request, surplus
from tests.http.test_tls import certificate, server


class Full(Exception):
    """The disk is full."""


def fails(error: Exception) -> Callable[..., object]:
    def hook(*_: object) -> None:
        raise error

    return hook


def plain(connection: socket.socket, _made: object) -> None:
    connection.sendall(answer(b"1"))


def test_hooks_are_called_before_the_first_byte_and_before_the_body() -> None:
    events: list[object] = []

    def send(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 201 Created\r\nX-Id: 7\r\nContent-Length: 2\r\n\r\n{")
        for _ in range(200):
            if any(isinstance(e, tuple) for e in events):
                break
            time.sleep(0.05)
        events.append("body")
        connection.sendall(b"}")

    def head(status: int, headers: Mapping[str, str]) -> None:
        events.append((status, headers["x-id"]))

    with serving(send) as served, connected(served) as opened:
        got = opened.write(served.request(body=b"x=1"), before=lambda: events.append(len(served.requests)), head=head)
    assert (got.status, got.body) == (201, b"{}")
    assert events == [0, (201, "7"), "body"]


def test_before_is_called_once_on_a_connection_that_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    nobody = Client(network(url), clock=Time().clock())
    with pytest.raises(NotSent):
        nobody.write(request(url), before=lambda: called.append("x"))
    nobody.close()
    assert called == []

    with surplus(lambda c, _: c.sendall(answer(b"1") * 2)) as (made, url):
        opened = Client(network(url))
        opened.write(request(url), before=lambda: called.append("first"))
        opened.write(request(url), before=lambda: called.append("second"))
        monkeypatch.setattr(client, "MAX_IDLE", 0.0)
        opened.write(request(url), before=lambda: called.append("third"))
        opened.close()
        assert called == ["first", "second", "third"]
        assert (made.requests, made.connections) == (3, 3)


@pytest.mark.parametrize("error", [Full("no space"), OSError("no space"), BadAnswer("x"), KeyError("x")], ids=repr)
def test_what_before_raises_is_passed_on_and_nothing_was_sent(error: Exception) -> None:
    with serving(reply(b"{}")) as served, connected(served) as opened:
        with pytest.raises(type(error)) as raised:
            opened.write(served.request(body=b"x=1"), before=fails(error))
        assert raised.value is error
        opened.close()
        assert all(got == b"" for got in served.requests)


@pytest.mark.parametrize("error", [Full("no space"), KeyError("x")], ids=repr)
def test_what_head_raises_is_passed_on_and_ends_the_connection(error: Exception) -> None:
    def in_two(connection: socket.socket, _made: object) -> None:
        whole = answer(b"1")
        connection.sendall(whole[:-1])
        time.sleep(0.05)
        connection.sendall(whole[-1:])

    with surplus(in_two) as (made, url):
        opened = Client(network(url))
        with pytest.raises(type(error)) as raised:
            opened.write(request(url), head=fails(error))
        assert raised.value is error
        assert opened.write(request(url)).status == 200
        opened.close()
        assert made.connections == 2


def test_a_connection_that_was_closed_while_before_worked_is_replaced() -> None:
    with surplus(plain) as (made, url):
        opened = Client(network(url))
        opened.write(request(url))

        def slow() -> None:
            made.close_all()
            time.sleep(0.05)

        assert opened.write(request(url), before=slow).body == b"2"
        opened.close()
        assert made.connections == 2


def test_time_that_before_uses_up_leaves_nothing_sent() -> None:
    with serving(reply(b"{}")) as served, connected(served, timeout=0.2) as opened:
        with pytest.raises(NotSent, match="no connection in the time allowed"):
            opened.write(served.request(body=b"x=1"), before=lambda: time.sleep(0.25))
        opened.close()
        assert all(got == b"" for got in served.requests)


def test_a_head_arrives_though_its_body_breaks() -> None:
    heads: list[int] = []
    with serving(reply(b"{}", status="201 Created")[:-1]) as served, connected(served) as opened:
        with pytest.raises(OutcomeUnknown):
            opened.write(served.request(body=b"x=1"), head=lambda status, _headers: heads.append(status))
        assert len(served.requests) == 1
    assert heads == [201]


def test_a_tunnel_is_not_yet_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []
    with serving(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n") as served:
        monkeypatch.setenv("HTTPS_PROXY", served.url)
        opened = Client(network("https://box.example"), clock=Time().clock())
        with pytest.raises(NotSent):
            opened.write(request("https://box.example/"), before=lambda: called.append("x"))
        opened.close()
        assert served.requests[0].startswith(b"CONNECT")
    assert called == []


def test_a_head_is_not_announced_of_an_answer_that_is_there_whole() -> None:
    with serving(reply(b"{}")) as served, connected(served) as opened:
        assert opened.write(served.request(body=b"x=1"), head=fails(Full())).status == 200


def test_in_this_process_before_is_before_the_application() -> None:
    events: list[object] = []

    def app(_environ: object, start: Callable[..., object]) -> list[bytes]:
        events.append("application")
        start("201 Created", [("X-Id", "7")])
        return [b"{}"]

    Client(wsgi(app)).write(request("http://box/"), before=lambda: events.append("before"))
    assert events == ["before", "application"]
    with pytest.raises(Full):
        Client(wsgi(app)).write(request("http://box/"), before=fails(Full()))
    assert len(events) == 2


def test_a_dry_run_sends_nothing_so_nothing_comes_before() -> None:
    with pytest.raises(DryRunStop):
        Client(DryRun()).write(request("http://box/"), before=fails(Full()))


@pytest.mark.parametrize("effect", Effect)
def test_no_request_takes_a_connection_that_was_idle_for_long(monkeypatch: pytest.MonkeyPatch, effect: Effect) -> None:
    with surplus(plain) as (made, url):
        opened = Client(network(url))
        opened.write(request(url))
        monkeypatch.setattr(client, "MAX_IDLE", 0.05)
        time.sleep(0.06)
        assert sent(opened, request(url), effect).body == b"2"
        opened.close()
        assert made.connections == 2


def test_a_write_goes_on_after_the_deadline_of_the_run() -> None:
    seconds: list[float] = []

    class Slow(httpx.BaseTransport):
        def handle_request(self, built: httpx.Request) -> httpx.Response:
            seconds.append(built.extensions["timeout"]["read"])
            return httpx.Response(200, stream=httpx.ByteStream(b"{}"))

    opened = Client(Slow(), deadline=2, clock=Time().clock())
    opened.write(request("http://box/"))
    opened.read(request("http://box/"))
    assert seconds == [60, 2]


def test_a_poll_waits_within_the_deadline_of_the_run() -> None:
    now = Time()
    opened = Client(DryRun(), deadline=10, clock=now.clock())
    opened.pause(4)
    opened.reader().pause(4)
    with pytest.raises(DeadlinePassed):
        opened.reader().pause(4)
    assert now.slept == [4, 4]
    Client(DryRun(), clock=now.clock()).pause(100)
    assert now.at == 108


def test_a_reader_reads_and_has_no_way_to_write() -> None:
    def app(_environ: object, start: Callable[..., object]) -> list[bytes]:
        start("200 OK", [])
        return [b"[]"]

    reader = Client(wsgi(app)).reader()
    assert isinstance(reader, Reader)
    assert reader.read(request("http://box/")).body == b"[]"
    names = [name for name in dir(reader) if not name.startswith("__")]
    assert names == ["_Reader__pause", "_Reader__read", "pause", "read"]
    held = [reader, *(getattr(reader, name) for name in names)]
    for forbidden in ("write", "record", "send", "tries", "_once", "_transport"):
        assert not any(hasattr(each, forbidden) for each in held)
    for each in (reader._Reader__read, reader._Reader__pause):  # type: ignore[attr-defined]  # noqa: SLF001
        assert not hasattr(each, "__self__")
        assert not hasattr(each, "__wrapped__")
        assert not each.__defaults__
        assert not each.__kwdefaults__
        assert vars(each) == {}
    assert not hasattr(reader, "__dict__")
    with pytest.raises(AttributeError):
        reader.write = fails(Full())  # type: ignore[attr-defined]


def test_under_tls_the_first_byte_is_that_of_the_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pem = certificate(tmp_path)
    called: list[str] = []
    with surplus(plain, server(pem)) as (_, url):
        untrusting = Client(network(url))
        with pytest.raises(OrderctlError, match="not trusted"):
            untrusting.write(request(url), before=lambda: called.append("untrusted"))
        untrusting.close()
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
        opened = Client(network(url))
        for _ in range(2):
            opened.write(request(url), before=lambda: called.append("trusted"))
        opened.close()
    assert called == ["trusted", "trusted"]
