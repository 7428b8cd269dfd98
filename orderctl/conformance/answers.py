"""A thousand answers a vendor, made from its own: an expected error or an honest result, never a false success."""

import gc
import json
import random
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest

from orderctl.backend.vendor import Capability
from orderctl.conformance.account import Account, answer_of
from orderctl.conformance.vendors import each
from orderctl.conformance.writes import Writes
from orderctl.errors import OrderctlError
from orderctl.model import Order, OrderKey, Query
from orderctl.write.result import Result

NASTY: tuple[Any, ...] = (
    None, True, False, 0, -1, 7, 1.5, 10**30, "", "ok", "0", "7", "null", "9" * 50, "1e999",
    "\x1b]52;c;AA==\x07", "\u202e",
    "\ud800", "2015-13-45 99:99", [], {}, [None], [[[]]], {"a": {"a": 1}}, {"0": "x"}, "[", "{}", '[{"id":null}]',
)  # fmt: skip

BYTES = (
    b"", b"<", b"\xff\xfe", b"[" * 5000, b"<html></html>", b"null", b"{}", b"\x00", b"<!DOCTYPE a>", b"<a>" * 300,
    b"1e999",
)  # fmt: skip

STATUSES = (200,) * 14 + (201, 204, 301, 400, 401, 403, 404, 405, 409, 413, 422, 429, 500, 502, 503, 504, 505, 599)

KNOWN_EXITS = {4, 5, 6, 7, 8, 9, 12}


@dataclass(frozen=True)
class Answer:
    """One answer of an emulator."""

    status: str
    kind: str
    body: bytes


class Tape:
    """An application between a backend and its emulator: it keeps the answers, or plays them, each one changed."""

    def __init__(self) -> None:
        self.app: WSGIApplication | None = None
        self.kept: list[Answer] = []
        self.play: Callable[[int], Answer] | None = None
        self.given: list[Answer] = []

    def wrap(self, app: WSGIApplication) -> WSGIApplication:
        self.app = app
        return self

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        answer = self.play(len(self.given)) if self.play else self._live(environ)
        self.given.append(answer)
        start(answer.status, [("Content-Type", answer.kind)])
        return [answer.body]

    def _live(self, environ: WSGIEnvironment) -> Answer:
        assert self.app
        status, headers, body = answer_of(self.app, environ)
        self.kept.append(Answer(status, dict(headers).get("Content-Type", "text/plain"), body))
        return self.kept[-1]


Call = Callable[[Writes, str], Any]


def calls_of(account: Account) -> dict[str, Call]:
    """Return the calls that the vendor declares, each a function of the backend and an order's id."""
    able: dict[str, Call] = {
        "create": lambda b, _: b.create(account.draft("REF-99")),
        "get": lambda b, i: b.read(OrderKey(id=i)),
        "page": lambda b, _: b.page(Query(), None),
        "find": lambda b, _: b.find("REF-77"),
        "lines": lambda b, i: b.lines(i),
        "steps": lambda b, i: b.steps(i),
        "comments": lambda b, i: b.comments(i, ()),
        "fields": lambda b, _: b.fields(),
        "push": lambda b, i: b.push(i, account.case.move),
        "cancel": lambda b, i: b.cancel(i, "reason"),
    }
    return {n: c for n, c in able.items() if Capability(n) in account.vendor.capabilities}


def changed(chance: random.Random, answer: Answer) -> Answer:
    """Return an answer with something wrong in its body."""
    way = chance.randrange(6)
    body = answer.body
    if way == 0:
        body = body[: chance.randrange(len(body) + 1)]
    elif way == 1:
        place = chance.randrange(len(body) + 1)
        body = body[:place] + chance.choice(BYTES) + body[place + chance.randrange(4) :]
    elif way == 2:
        body = chance.choice(BYTES)
    elif body[:1] == b"<":
        body = _xml(chance, body)
    else:
        try:
            body = json.dumps(_json(chance, json.loads(body), 0.5 / (1 + body.count(b":")) + 0.02)).encode()
        except ValueError:
            body = bytes(chance.randrange(256) for _ in range(chance.randrange(60)))
    return Answer(answer.status, answer.kind, body)


def _json(chance: random.Random, value: Any, odds: float) -> Any:
    if chance.random() < odds:
        return chance.choice(NASTY)
    if isinstance(value, dict):
        return {k: _json(chance, v, odds) for k, v in value.items() if chance.random() >= odds / 2}
    if isinstance(value, list):
        return [_json(chance, v, odds) for v in value] * chance.choice((1, 1, 1, 2))
    if isinstance(value, str) and value[:1] in {"[", "{"}:
        try:
            return json.dumps(_json(chance, json.loads(value), odds))
        except ValueError:
            return value
    return value


def _xml(chance: random.Random, body: bytes) -> bytes:
    elements = list(re.finditer(rb"<([a-z_]+)[^<>]*>[^<>]*</\1>", body))
    if not elements:
        return body
    found = chance.choice(elements)
    name = found[1]
    nasty = (b"", b"<" + name + b"/>", found[0] * 2, b"<%s>x</%s>" % (name, name), b"<%s><a>1</a></%s>" % (name, name),
             b"<%s>" % name, b"<%s>%s</%s>" % (name, b"9" * 60, name), b"<x>" + found[0] + b"</x>")  # fmt: skip
    return body[: found.start()] + chance.choice(nasty) + body[found.end() :]


def honest(name: str, call: str, end: Any, given: list[Answer], order_id: str, *, wrote: bool) -> None:
    """Hold an end against what was answered."""
    if isinstance(end, OrderctlError):
        assert end.exit_code in KNOWN_EXITS or (end.exit_code == 2 and not wrote), (name, call, end)
        assert end.message
        return
    assert any(a.status.startswith("2") for a in given), (name, call, given)
    if isinstance(end, Result):
        assert end.id
        answered = "".join(a.body.decode("utf-8", "replace") for a in given)
        assert end.id == order_id or end.id in answered or json.dumps(end.id)[1:-1] in answered
    if isinstance(end, Order) and call == "get":
        assert order_id in (end.id, end.reference)
    if isinstance(end, Order) and call == "find":
        assert (end.reference or "").casefold() == "ref-77"


@pytest.fixture
def examples(request: pytest.FixtureRequest) -> int:
    """Return how many damaged answers are tried: 1,000, or the module's EXAMPLES."""
    return getattr(request.module, "EXAMPLES", 1_000)


@pytest.fixture
def collector() -> Iterator[None]:
    """Keep the collector out: at the bottom of a deep answer its callbacks, pytest's too, find no room to run."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("collector")
@each()
def test_no_answer_breaks_a_call_or_passes_for_a_success(name: str, examples: int) -> None:
    recorded: dict[str, tuple[str, list[Answer]]] = {}
    for call in calls_of(Account(name)):
        tape = Tape()
        account = Account(name, wrap=tape.wrap)
        order_id = account.add()
        for _ in range(3):
            account.backend.get(order_id)
        account.reopen()
        tape.kept.clear()
        calls_of(account)[call](account.backend, order_id)
        assert tape.kept
        recorded[call] = order_id, list(tape.kept)
    tape = Tape()
    account = Account(name, wrap=tape.wrap)
    calls = calls_of(account)
    chance = random.Random(f"conformance {name}")  # the same failure tomorrow
    for number in range(examples):
        call = chance.choice(list(calls))
        order_id, answers = recorded[call]
        damaged, status = chance.randrange(len(answers)), chance.choice(STATUSES)
        everything = chance.random() < 0.3

        def play(
            place: int,
            answers: list[Answer] = answers,
            damaged: int = damaged,
            status: int = status,
            *,
            everything: bool = everything,
        ) -> Answer:
            answer = answers[min(place, len(answers) - 1)]
            if place == damaged or everything:
                answer = changed(chance, answer)
                return Answer(f"{status} X", answer.kind, answer.body) if status != 200 else answer
            return answer

        if not number % 500:
            gc.collect()
        tape.given, tape.play = [], play
        account.reopen()
        account.sent.clear()
        try:
            end = calls[call](account.backend, order_id)
        except OrderctlError as error:
            end = error
        except Exception as error:
            raise AssertionError(f"{name} {call}, example {number}: {tape.given}") from error
        honest(name, call, end, tape.given, order_id, wrote=bool(account.writes))
