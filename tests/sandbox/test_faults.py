"""Faults damage answers as they are asked to, and say whether the call was carried out."""

import gzip
import time
import zlib
from collections.abc import Iterable
from contextlib import closing
from itertools import islice
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from werkzeug.test import Client, EnvironBuilder

from orderctl.sandbox import load
from orderctl.sandbox.faults import ACTIONS, KINDS, ConnectionLost, Fault, Faults, parse

BODY = b'{"result":"ok","orderId":82806}'


class App:
    """An application that remembers its calls."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self.bodies.append(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(BODY)))])
        return [BODY]


@pytest.fixture
def app() -> App:
    return App()


def call(app: App, *specs: str) -> Any:
    return Client(Faults(app, specs)).post("/api/orders/add/", data={"a": "1"})


def raw(app: App, *specs: str) -> tuple[list[tuple[str, str]], Iterable[bytes]]:
    """Call without a client that reads the body."""
    headers: list[tuple[str, str]] = []

    def start_response(_: str, given: list[tuple[str, str]], exc_info: object = None, /) -> Any:
        del exc_info
        headers.extend(given)

    return headers, Faults(app, specs)(EnvironBuilder().get_environ(), start_response)


@pytest.mark.parametrize(
    "spec, fault",
    [
        ("lost-after", Fault(kind="lost-after")),
        ("slow", Fault(kind="slow", value="1")),
        ("slow=0.5@add", Fault(kind="slow", value="0.5", path="add")),
        ("commit-then-drop", Fault(kind="commit-then-drop", times=1)),
        ("commit-then-drop*3@add", Fault(kind="commit-then-drop", times=3, path="add")),
        ("503", Fault(kind="503")),
        ("503=5*2", Fault(kind="503", value="5", times=2)),
        ("500-after*1+3@/add/", Fault(kind="500-after", times=1, skip=3, path="/add/")),
        ("redirect=http://x.org/a?b", Fault(kind="redirect", value="http://x.org/a?b")),
    ],
)
def test_specs(spec: str, fault: Fault) -> None:
    assert parse(spec) == fault


@pytest.mark.parametrize(
    "spec, named",
    [
        ("", "KIND"),
        ("no such", "lost-after"),
        ("lost", "lost-after"),
        ("lost-after=3", "no value"),
        ("slow=soon", "number"),
        ("503*x", "KIND"),
        ("499", "499"),
        ("200", "lost-after"),
    ],
)
def test_specs_that_cannot_be_read(spec: str, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        parse(spec)


def test_every_kind_is_described() -> None:
    assert set(KINDS) - {"4xx, 5xx", "4xx-after, 5xx-after"} == set(ACTIONS)
    assert list(ACTIONS) == sorted(ACTIONS)


def test_load_puts_faults_before_an_emulator() -> None:
    with closing(load("onebox", ":memory:", faults=["429=7*1@get"])) as app:
        client = Client(app)
        answers = [client.get("/api/orders/get/") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [429, 200]
    assert answers[0].headers["Retry-After"] == "7"


@pytest.mark.parametrize("when, calls", [("after", 1), ("before", 0)])
@pytest.mark.parametrize("kind, reset", [("lost-{}", False), ("reset-{}", True)])
def test_lost_connections(app: App, when: str, calls: int, kind: str, *, reset: bool) -> None:
    spec = kind.format(when).removesuffix("-before") if reset else kind.format(when)
    with pytest.raises(ConnectionLost) as lost:
        call(app, spec)
    assert (lost.value.when, lost.value.reset, len(app.bodies)) == (when, reset, calls)


@pytest.mark.parametrize("spec, status, calls", [("503", 503, 0), ("504-after", 504, 1), ("redirect", 302, 0)])
def test_other_statuses(app: App, spec: str, status: int, calls: int) -> None:
    answer = call(app, spec)
    assert (answer.status_code, answer.mimetype, len(app.bodies)) == (status, "text/html", calls)
    assert "Retry-After" not in answer.headers


def test_redirect_says_where(app: App) -> None:
    assert call(app, "redirect=http://127.0.0.1:1/x").headers["Location"] == "http://127.0.0.1:1/x"


def test_damaged_bodies(app: App) -> None:
    assert call(app, "empty").data == b""
    assert call(app, "html").mimetype == "text/html"
    spoilt = call(app, "bad-gzip")
    assert spoilt.headers["Content-Encoding"] == "gzip"
    with pytest.raises((gzip.BadGzipFile, zlib.error, EOFError)):
        gzip.decompress(spoilt.data)
    assert len(app.bodies) == 3


def test_half_of_a_body_and_then_nothing(app: App) -> None:
    headers, body = raw(app, "half-body")
    pieces = iter(body)
    assert next(pieces) == BODY[: len(BODY) // 2]
    assert ("Content-Length", str(len(BODY))) in headers
    with pytest.raises(ConnectionLost, match="after"):
        next(pieces)


def test_an_endless_body(app: App) -> None:
    _, body = raw(app, "endless")
    assert sum(map(len, islice(body, 100))) > 1_000_000


def test_a_gzip_bomb_is_small_and_becomes_large(app: App) -> None:
    packed = call(app, "gzip-bomb=30").data
    assert len(packed) < 100_000
    assert gzip.decompress(packed) == b" " * 30 * 1024 * 1024


@pytest.mark.parametrize("spec", ["slow=0.1", "drip=0.004"])
def test_slow_answers_are_whole(app: App, spec: str) -> None:
    start = time.monotonic()
    assert call(app, spec).data == BODY
    assert time.monotonic() - start > 0.09


def test_a_late_commit_is_done_after_the_connection_is_lost(app: App) -> None:
    with pytest.raises(ConnectionLost, match="before"):
        call(app, "late-commit=0.1")
    assert app.bodies == []
    deadline = time.monotonic() + 5
    while not app.bodies and time.monotonic() < deadline:
        time.sleep(0.01)
    assert app.bodies == [b"a=1"]


def fates(client: Client, *calls: str) -> list[str]:
    """Return what becomes of calls: `METHOD path` answers its status, or is lost."""

    def fate(call: str) -> str:
        method, path = call.split()
        try:
            return str(client.open(path, method=method).status_code)
        except ConnectionLost as lost:
            return f"lost {lost.when}"

    return [fate(call) for call in calls]


class Shop:
    """An application that records a change for every POST."""

    def __init__(self) -> None:
        self.changes = 0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self.changes += environ["REQUEST_METHOD"] == "POST"
        start_response("200 OK", [("Content-Length", "2")])
        return [b"ok"]

    def client(self, *specs: str) -> Client:
        return Client(Faults(self, specs, recorded=lambda: self.changes))


def test_commit_then_drop_loses_the_first_change_and_lets_reads_pass() -> None:
    shop = Shop()
    calls = ["GET /a", "POST /a", "GET /a", "POST /a"]
    assert fates(shop.client("commit-then-drop"), *calls) == ["200", "lost after", "200", "200"]
    assert shop.changes == 2
    assert shop.client("commit-then-drop").get("/a").data == b"ok"


def test_commit_then_drop_counts_changes_only() -> None:
    posts = ["POST /b", "GET /a", "POST /a", "POST /a", "GET /a", "POST /a", "POST /a"]
    assert fates(Shop().client("commit-then-drop*2+1@a"), *posts) == [
        "200", "200", "200", "lost after", "200", "lost after", "200",
    ]  # fmt: skip


def test_commit_then_drop_comes_after_other_faults() -> None:
    shop = Shop()
    assert fates(shop.client("commit-then-drop", "503*1"), "POST /a", "POST /a") == ["503", "lost after"]
    assert shop.changes == 1


def test_times_skip_and_path(app: App) -> None:
    client = Client(Faults(app, ["500*2+1@add", "429*1"]))
    paths = ["/add/", "/get/", "/add/", "/add/", "/add/"]
    assert [client.get(path).status_code for path in paths] == [429, 200, 500, 500, 200]
