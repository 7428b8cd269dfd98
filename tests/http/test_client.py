"""What became of a request: a reply, not sent, or unknown; reads again, writes never."""

import gzip
import socket
import struct
import threading
import zlib
from collections.abc import Callable
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderctl import redaction
from orderctl.errors import (
    BadAnswer,
    DeadlinePassed,
    DryRunStop,
    LoginRefused,
    NotSent,
    OrderctlError,
    OutcomeUnknown,
    PermissionDenied,
    RateLimited,
    Refused,
    Temporary,
    UsageError,
)
from orderctl.http import Client, Clock, DryRun, Effect, Reply, Request, network, problem, unknown, wsgi
from orderctl.http._httpx import httpx
from orderctl.http.rate import RateLimit
from tests.http.conftest import Answer, Time, connected, endless, read_request, reply, sent, serving

ORDER = b"name=A"


class Scripted(httpx.BaseTransport):
    """Raises or answers what it was given, in turn, the last for ever; says that the request started, or not."""

    def __init__(self, *script: Exception | int | httpx.Response, started: bool = True) -> None:
        self.script, self.started, self.calls = list(script), started, 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        step = self.script[min(self.calls, len(self.script) - 1)]
        self.calls += 1
        if self.started:
            request.extensions["trace"]("http11.send_request_headers.started", {})
        if isinstance(step, Exception):
            raise step
        return httpx.Response(step, stream=httpx.ByteStream(b"{}")) if isinstance(step, int) else step


class Later(Scripted):
    """Answers as it was given, at the moment that a test names."""

    def __init__(self, time: Time, at: float, *script: Exception | int, started: bool = True) -> None:
        super().__init__(*script, started=started)
        self.time, self.at = time, at

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.time.at = self.at
        return super().handle_request(request)


ASK = Request(method="GET", url="http://box/", purpose="list orders")


def answered(status: int, **headers: str) -> httpx.Response:
    named = {k.replace("_", "-"): v for k, v in headers.items()}
    return httpx.Response(status, headers=named, stream=httpx.ByteStream(b"{}"))


def test_a_reply_is_whole() -> None:
    with serving(reply(b'{"a": 1}', "X-Thing: Yes")) as served, connected(served) as client:
        got = client.read(served.request("/api/?x=1"))
    assert (got.status, got.body, got.headers["x-thing"]) == (200, b'{"a": 1}', "Yes")
    head = served.requests[0].lower()
    assert b"accept-encoding: identity" in head
    assert b"cookie" not in head
    assert b"authorization" not in head


@given(st.lists(st.tuples(st.text(min_size=1, max_size=5), st.text(max_size=20)), max_size=5))
def test_a_query_arrives_as_it_was_given(pairs: list[tuple[str, str]]) -> None:
    seen: list[str] = []

    def app(environ: dict[str, str], start: Callable[..., object]) -> list[bytes]:
        seen.append(environ["QUERY_STRING"])
        start("200 OK", [])
        return [b"{}"]

    try:
        Client(wsgi(app)).read(Request(method="GET", url="http://box/", purpose="ask", query=tuple(pairs)))
    except UsageError:
        assert any("\ud800" <= c <= "\udfff" for pair in pairs for text in pair for c in text)
    else:
        assert parse_qsl(seen[0], keep_blank_values=True) == pairs


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_read_is_tried_four_times(status: int) -> None:
    transport, time = Scripted(status), Time()
    assert Client(transport, clock=time.clock()).read(ASK).status == status
    assert (transport.calls, time.slept) == (4, [0.5, 1.0, 2.0])


@pytest.mark.parametrize("status", [200, 204, 302, 400, 401, 404, 422, 501, 505])
def test_other_answers_to_a_read_are_final(status: int) -> None:
    transport = Scripted(status)
    assert Client(transport).read(ASK).status == status
    assert transport.calls == 1


@pytest.mark.parametrize("status", [429, 500, 503, 504])
def test_a_write_that_was_answered_is_not_repeated(status: int) -> None:
    transport = Scripted(status)
    assert Client(transport).write(ASK).status == status
    assert transport.calls == 1


def test_a_read_gets_through_in_the_end() -> None:
    transport = Scripted(httpx.ReadError("gone"), httpx.ConnectError("no"), 503, 200)
    assert Client(transport, clock=Time().clock()).read(ASK).status == 200


@pytest.mark.parametrize(
    "text, wait",
    [("7", 7.0), ("1.5", 1.5), ("0", 0.0), ("9999", 300.0), ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
     ("Fri, 31 Dec 9999 23:59:59 GMT", 300.0), ("soon", None), ("-5", None), ("nan", None), ("inf", None), ("", None),
     ("Wed, 99 Foo", None)],
)  # fmt: skip
def test_retry_after_is_believed_where_it_makes_sense(text: str, wait: float | None) -> None:
    assert Reply(503, {"retry-after": text}, b"").retry_after == wait


def test_a_wait_that_was_asked_for_is_kept() -> None:
    time = Time()
    Client(Scripted(answered(429, retry_after="7"), 200), clock=time.clock()).read(ASK)
    assert time.slept == [7.0]


@pytest.mark.parametrize("answer, busy", [(answered(503, retry_after="90"), None), (503, 120.0)])
def test_a_wait_that_does_not_fit_ends_at_once(answer: httpx.Response | int, busy: float | None) -> None:
    time, transport = Time(), Scripted(answer)
    assert Client(transport, clock=time.clock(), busy_wait=busy).read(ASK).status == 503
    assert (time.slept, transport.calls) == ([], 1)


def test_a_zero_retry_after_beats_the_usual_wait() -> None:
    time, transport = Time(), Scripted(answered(503, retry_after="0"), 200)
    assert Client(transport, clock=time.clock(), busy_wait=120.0).read(ASK).status == 200


@pytest.mark.parametrize(
    "error",
    [httpx.ConnectError("x"), httpx.ConnectTimeout("x"), httpx.ProxyError("502")],
    ids=lambda e: type(e).__name__,
)
def test_what_never_started_was_not_sent(error: Exception) -> None:
    transport = Scripted(error, started=False)
    with pytest.raises(NotSent) as raised:
        Client(transport, clock=Time().clock()).write(ASK)
    assert (transport.calls, raised.value.exit_code) == (1, 9)
    assert raised.value.hint


@pytest.mark.parametrize(
    "error",
    [httpx.ReadTimeout("x"), httpx.WriteTimeout("x"), httpx.ReadError(""), httpx.WriteError("x"),
     httpx.RemoteProtocolError("x"), httpx.LocalProtocolError("x"), httpx.DecodingError("x"), httpx.ConnectError("x"),
     httpx.ConnectTimeout("x")],
    ids=lambda e: type(e).__name__,
)  # fmt: skip
def test_what_had_started_is_unknown_for_a_write_and_repeated_for_a_read(error: Exception) -> None:
    transport = Scripted(error)
    with pytest.raises(OutcomeUnknown) as raised:
        Client(transport).write(ASK)
    assert (transport.calls, raised.value.exit_code) == (1, 8)
    transport = Scripted(error)
    with pytest.raises(Temporary):
        Client(transport, clock=Time().clock()).read(ASK)
    assert transport.calls == 4


def test_an_error_without_a_trace_is_not_trusted_alone() -> None:
    transport = Scripted(httpx.ReadError("x"), started=False)
    with pytest.raises(OutcomeUnknown):
        Client(transport).write(ASK)


def test_the_rate_limit_lets_a_burst_through_and_then_paces() -> None:
    time = Time()
    client = Client(Scripted(200), rate=2, clock=time.clock())
    for _ in range(6):
        client.read(ASK)
    assert time.slept == [0.5, 0.5]
    limit = RateLimit(1, time.clock())
    time.at += 100
    assert [limit.wait_time() for _ in range(5)] == [0, 0, 0, 0, 1]


def test_the_run_ends_before_a_request_that_would_be_late() -> None:
    time = Time(at=10)
    with pytest.raises(DeadlinePassed) as raised:
        Client(Scripted(200), deadline=10, clock=time.clock()).write(ASK)
    assert raised.value.exit_code == 124


def test_the_run_ends_where_it_would_wait_for_its_turn() -> None:
    time = Time()
    client = Client(Scripted(200), rate=0.1, deadline=5, clock=time.clock())
    for _ in range(4):
        client.read(ASK)
    with pytest.raises(DeadlinePassed):
        client.read(ASK)
    assert time.slept == []


@pytest.mark.parametrize(
    "effect, error", [(Effect.READ, httpx.ReadTimeout("x")), (Effect.WRITE, httpx.ConnectTimeout("x"))]
)
def test_a_run_whose_time_is_up_during_a_call_says_so(effect: Effect, error: Exception) -> None:
    time = Time()
    transport = Later(time, 30, error, started=effect is Effect.READ)
    client = Client(transport, deadline=20, clock=time.clock())
    with pytest.raises(DeadlinePassed):
        sent(client, ASK, effect)


def test_a_write_under_way_when_the_run_ends_is_unknown() -> None:
    time = Time()
    with pytest.raises(OutcomeUnknown):
        Client(Later(time, 30, httpx.ReadTimeout("x")), deadline=20, clock=time.clock()).write(ASK)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("effect", Effect)
def test_a_busy_answer_to_a_write_delays_the_next_request_of_any_kind(status: int, effect: Effect) -> None:
    time, transport = Time(), Scripted(answered(status, retry_after="7"), 200)
    client = Client(transport, clock=time.clock())
    assert client.write(ASK).status == status
    assert (time.slept, transport.calls) == ([], 1)  # the answer is there at once
    time.at += 2
    assert sent(client, ASK, effect).status == 200
    assert time.slept == [5]
    assert sent(client, ASK, effect).status == 200
    assert time.slept == [5]


def test_a_shorter_wait_does_not_end_a_longer_one(monkeypatch: pytest.MonkeyPatch) -> None:
    time = Time()
    client = Client(Scripted(answered(429, retry_after="60"), answered(429, retry_after="1"), 200), clock=time.clock())
    client.write(ASK)
    monkeypatch.setattr(client, "_pace", lambda _: None)  # the second one is under way already
    client.write(ASK)
    monkeypatch.undo()
    client.write(ASK)
    assert time.slept == [60]


@pytest.mark.parametrize("answer", [answered(429), answered(429, retry_after="soon"), answered(500, retry_after="7")])
def test_other_answers_to_a_write_delay_nothing(answer: httpx.Response) -> None:
    time = Time()
    client = Client(Scripted(answer, 200), clock=time.clock())
    client.write(ASK)
    client.write(ASK)
    assert time.slept == []


def test_the_run_ends_where_the_vendors_wait_does_not_fit() -> None:
    time, transport = Time(), Scripted(answered(429, retry_after="30"), 200)
    client = Client(transport, deadline=20, clock=time.clock())
    client.write(ASK)
    for send in (client.read, client.write):
        with pytest.raises(DeadlinePassed):
            send(ASK)
    assert (time.slept, transport.calls) == ([], 1)


def test_a_read_that_is_tried_again_waits_for_the_vendor_within_its_own_time() -> None:
    """Another thread's write was asked to wait longer than a read can last: the read ends at once."""
    time = Time()

    class Busy(Scripted):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            if self.calls == 0:
                client._quiet_until = 200.0  # noqa: SLF001
            return super().handle_request(request)

    transport = Busy(500)
    client = Client(transport, clock=time.clock())
    assert client.read(ASK).status == 500
    assert (time.slept, transport.calls) == ([], 1)


def test_a_patient_threads_reads_go_on_after_the_deadline_and_anothers_do_not() -> None:
    time, patient = Time(at=30), set[int]()
    transport = Scripted(500, 500, 200)
    client = Client(
        transport, deadline=20, clock=time.clock(), patient=lambda: threading.get_ident() in patient, rate=0.1
    )
    patient.add(threading.get_ident())
    assert client.read(ASK).status == 200
    client.pause(5)
    client.reader().pause(5)
    assert (time.slept, transport.calls) == ([0.5, 1.0, 5, 5], 3)
    failed: list[type[Exception]] = []

    def other() -> None:
        for work in (lambda: client.read(ASK), lambda: client.write(ASK), lambda: client.pause(1)):
            try:
                work()
            except OrderctlError as error:
                failed.append(type(error))

    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    assert failed == [DeadlinePassed] * 3
    patient.clear()
    with pytest.raises(DeadlinePassed):
        client.read(ASK)
    assert transport.calls == 3


def test_a_patient_read_has_the_time_of_a_read_and_not_what_is_left_of_the_run() -> None:
    seconds: list[float] = []

    class Recording(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            seconds.append(request.extensions["timeout"]["read"])
            return httpx.Response(200, stream=httpx.ByteStream(b"{}"))

    for patient in (False, True):
        Client(Recording(), deadline=2, clock=Time().clock(), patient=lambda patient=patient: patient).read(ASK)  # type: ignore[misc]
    assert seconds == [2, 30]


def test_a_patient_read_that_fails_after_the_deadline_is_temporary() -> None:
    time = Time()
    client = Client(Later(time, 30, httpx.ReadTimeout("x")), deadline=20, clock=time.clock(), patient=lambda: True)
    with pytest.raises(Temporary) as raised:
        client.read(ASK)
    assert raised.value.exit_code == 9


# Tries


def test_tries_are_so_many_and_pause_longer_each_time() -> None:
    time = Time()
    tries = Client(Scripted(200), clock=time.clock()).tries(8)
    assert [tries.again(ASK, "x") for _ in range(8)] == [True] * 7 + [False]
    assert time.slept == [0.5, 1, 2, 4, 8, 16, 20]
    assert not tries.again(ASK, "x")


def test_a_single_try_is_never_again() -> None:
    assert not Client(Scripted(200), clock=Time().clock()).tries(1).again(ASK, "x")


@pytest.mark.parametrize("chance, slept", [(0.0, []), (0.25, [0.125, 0.25, 0.5])])
def test_a_pause_is_random_from_nothing_up(chance: float, slept: list[float]) -> None:
    time = Time()
    tries = Client(Scripted(200), clock=time.clock(chance)).tries(4)
    assert all(tries.again(ASK, "x") for _ in range(3))
    assert [s for s in time.slept if s] == slept


def test_a_pause_is_at_least_what_the_vendor_asked_for() -> None:
    time = Time()
    tries = Client(Scripted(200), clock=time.clock()).tries(4)
    assert tries.again(ASK, "x", at_least=7)
    assert tries.again(ASK, "x", at_least=0.25)
    assert time.slept == [7, 1]


@pytest.mark.parametrize(
    "deadline, effect, timeout, longest",
    [(None, Effect.WRITE, None, 90), (None, Effect.READ, None, 60), (10, Effect.WRITE, None, 10),
     (None, Effect.WRITE, 200, 200), (None, Effect.READ, 5, 60)],
)  # fmt: skip
def test_tries_end_with_the_time_of_their_kind_and_with_the_run(
    deadline: float | None, effect: Effect, timeout: float | None, longest: float
) -> None:
    time = Time()
    client = Client(Scripted(200), deadline=deadline, timeout=timeout, clock=time.clock())
    assert not client.tries(3, effect).again(ASK, "x", at_least=longest)
    assert time.slept == []
    assert client.tries(3, effect).again(ASK, "x", at_least=longest - 1)


def test_a_try_says_why_and_waits_for_its_turn() -> None:
    time, said = Time(), list[str]()
    client = Client(Scripted(200), rate=0.5, clock=time.clock(), say=said.append)
    for _ in range(4):
        client.write(ASK)
    said.clear()
    assert client.tries(3).again(ASK, "HTTP 429")
    assert said == ["HTTP 429; list orders again in 0.5 s"]
    client.write(ASK)
    assert time.slept == [0.5, 1.5]  # one turn a request


@pytest.mark.parametrize(
    "request_",
    [Request(method="GET", url="http://box:port", purpose="ask"),
     Request(method="GET", url="http://box/", purpose="ask", query=(("a", "\ud800"),)),
     Request(method="GET", url="http://box/", purpose="ask", headers={"x": "a\r\nb: c"}),
     Request(method="GET", url="http://box/", purpose="ask", headers={"x": "é"}),
     Request(method="GET", url="http://box/" + "a" * 70_000, purpose="ask")],
    ids=["url", "surrogate", "header", "accent", "long"],
)  # fmt: skip
def test_a_request_that_cannot_be_written_is_not_sent(request_: Request) -> None:
    transport = Scripted(200)
    with pytest.raises(UsageError) as raised:
        Client(transport).write(request_)
    assert (transport.calls, raised.value.exit_code) == (0, 2)


def test_nothing_secret_is_in_a_repr() -> None:
    request = Request(method="POST", url="http://box/canary", purpose="ask", query=(("p", "canary"),), body=b"canary")
    assert "canary" not in repr(request) + repr(Reply(200, {"x": "canary"}, b"canary"))


# What comes back, over real sockets


def test_a_refused_connection_was_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    client = Client(network(url), clock=Time().clock())
    with pytest.raises(NotSent, match="Connection refused"):
        client.write(Request(method="GET", url=url, purpose="ask"))
    client.close()


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 70 + ".example"])
def test_a_host_that_nobody_knows_was_not_sent(host: str) -> None:
    url = f"http://{host}/"
    with pytest.raises(NotSent, match="no connection"):
        Client(network(url), clock=Time().clock()).write(Request(method="GET", url=url, purpose="ask"))


def vanish(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@pytest.mark.parametrize(
    "answer",
    [b"", vanish, b"HTTP/1.1 200 OK\r\nContent-Le", b"not http at all\r\n\r\n", reply(b"{}")[:-1],
     b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
     b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000],
    ids=["closed", "reset", "half a head", "no http", "half a body", "bad chunk", "bad length", "long head"],
)  # fmt: skip
def test_a_broken_answer_leaves_a_write_unknown_and_a_read_temporary(answer: Answer) -> None:
    with serving(answer) as served, connected(served) as client:
        with pytest.raises(OutcomeUnknown):
            client.write(served.request(body=ORDER))
        assert len(served.requests) == 1
        with pytest.raises(Temporary):
            client.read(served.request())
        assert len(served.requests) == 5


def test_a_stale_connection_leaves_a_write_unknown() -> None:
    def one_then_nothing(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        read_request(connection)

    with serving(one_then_nothing) as served, connected(served) as client:
        client.read(served.request())
        with pytest.raises(OutcomeUnknown):
            client.write(served.request(body=ORDER))


def test_a_redirect_is_not_followed_and_is_reported() -> None:
    answer = reply(b"", "Location: https://elsewhere/?password=canary", status="302 Found")
    with serving(answer) as served, connected(served) as client:
        request = served.request()
        got = client.read(request)
    assert len(served.requests) == 1
    redaction.hide("password", "")
    for effect, kind in ((Effect.READ, Temporary), (Effect.WRITE, OutcomeUnknown)):
        error = problem(got, request, effect)
        assert isinstance(error, kind)
        assert "https://elsewhere/" in error.message
        assert "canary" not in error.message


def bomb(size: int) -> bytes:
    return gzip.compress(b" " * size, 9)


@pytest.mark.parametrize(
    "body, encoding, says",
    [(bomb(60_000_000), "gzip", "larger than 50 MB"), (b"\x1f\x8bnonsense", "gzip", "cannot be read"),
     (gzip.compress(b"{}") + b"more", "gzip", "after its end"), (b"{}", "br", "'br'"),
     (zlib.compress(b"{}") + zlib.compress(b"{}"), "deflate", "after its end")],
    ids=["bomb", "bad", "trailing", "brotli", "two"],
)  # fmt: skip
def test_a_damaged_compression_is_refused_at_once(body: bytes, encoding: str, says: str) -> None:
    with serving(reply(body, f"Content-Encoding: {encoding}")) as served, connected(served, 60) as client:
        with pytest.raises(BadAnswer, match=says) as raised:
            client.read(served.request())
        assert raised.value.hint
        assert len(served.requests) == 1
        with pytest.raises(OutcomeUnknown, match=says):
            client.write(served.request(body=ORDER))


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "deflate", "identity", ""])
def test_an_answer_that_is_compressed_all_the_same_is_read(encoding: str) -> None:
    body = {"deflate": zlib.compress(b"{}"), "identity": b"{}", "": b"{}"}.get(encoding, gzip.compress(b"{}"))
    with serving(reply(body, f"Content-Encoding: {encoding}")) as served, connected(served) as client:
        assert client.read(served.request()).body == b"{}"


def test_half_a_gzip_is_a_cut_answer_and_an_empty_one_is_empty() -> None:
    half = gzip.compress(b"{}" * 1000)[:-9]
    answers = [reply(body, "Content-Encoding: gzip") for body in (half, b"")]
    with serving(*answers) as served, connected(served) as client:
        assert client.read(served.request()).body == b""
    assert len(served.requests) == 2


def test_an_endless_body_ends() -> None:
    head = b"HTTP/1.1 200 OK\r\n\r\n"
    with (
        serving(endless(head, b" " * 1_000_000)) as served,
        connected(served, 60) as client,
        pytest.raises(BadAnswer, match="larger than"),
    ):
        client.read(served.request())


def test_an_endless_compressed_body_of_nothing_ends() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"")[:10]
    empty = b"\x00\x00\x00\xff\xff" * 100_000  # stored blocks of no bytes
    with (
        serving(endless(head, empty)) as served,
        connected(served, 60) as client,
        pytest.raises(BadAnswer, match="larger than"),
    ):
        client.read(served.request())


# What a status says


@pytest.mark.parametrize(
    "status, read, write",
    [(302, Temporary, OutcomeUnknown), (400, Refused, Refused), (401, LoginRefused, LoginRefused),
     (403, PermissionDenied, PermissionDenied), (404, Refused, Refused), (405, Refused, Refused),
     (408, Temporary, OutcomeUnknown), (409, Refused, OutcomeUnknown), (413, Refused, Refused),
     (414, Refused, Refused), (415, Refused, Refused), (418, Refused, OutcomeUnknown), (422, Refused, Refused),
     (425, Temporary, OutcomeUnknown), (429, RateLimited, RateLimited), (500, Temporary, OutcomeUnknown),
     (501, Temporary, OutcomeUnknown), (502, Temporary, OutcomeUnknown), (503, RateLimited, OutcomeUnknown),
     (504, Temporary, OutcomeUnknown), (505, Refused, OutcomeUnknown), (700, Temporary, OutcomeUnknown)],
)  # fmt: skip
def test_every_status_has_its_class_and_a_next_step(
    status: int, read: type[OrderctlError], write: type[OrderctlError]
) -> None:
    for effect, kind in ((Effect.READ, read), (Effect.WRITE, write)):
        error = problem(Reply(status, {}, b""), ASK, effect, words="so says the vendor")
        assert type(error) is kind
        assert error is not None
        assert error.http_status == status
        assert error.hint
        assert "so says the vendor" in error.message
    assert problem(Reply(204, {}, b""), ASK, Effect.WRITE) is None


def test_a_busy_vendor_says_how_long_or_is_known_to_mean_it() -> None:
    asked = problem(Reply(503, {"retry-after": "5"}, b""), ASK, Effect.READ, wait=120)
    known = problem(Reply(503, {}, b""), ASK, Effect.READ, wait=120)
    assert asked is not None
    assert known is not None
    assert (asked.retry_after, known.retry_after) == (5, 120)


def test_unknown_says_what_to_do() -> None:
    assert unknown("x", hint="wait").hint.startswith("wait; ")
    assert "look at the vendor" in unknown("x").hint


def test_a_dry_run_sends_nothing_and_closes() -> None:
    dry = DryRun()
    client = Client(dry, clock=Clock())
    client.record(ASK)
    with pytest.raises(DryRunStop):
        client.read(ASK)
    client.close()
    assert [request["url"] for request in dry.requests] == ["http://box/", "http://box/"]
