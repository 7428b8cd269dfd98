"""A fake vendor for tests of sending: a box, the way to it, and what sends; every step of it is noted."""

import datetime as dt
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import pytest

from orderctl.backend.call import Meaning, Verdict
from orderctl.backend.contract import Backend, Connection
from orderctl.backend.prepared import Hole, Part, Prepared, Seen, filled
from orderctl.backend.vendor import Capability, Duplicates, Profile, Vendor
from orderctl.conformance.writes import new_journal
from orderctl.errors import (
    DeadlinePassed,
    NotFound,
    OrderctlError,
)
from orderctl.http import Client, Clock, Reply, Request
from orderctl.http._httpx import httpx
from orderctl.journal.journal import Journal
from orderctl.model import Order, OrderDraft, OrderKey, Receipt
from orderctl.signals import Stop
from orderctl.write.result import Result
from orderctl.write.send import Sender
from tests.http.conftest import Time


class Answer(NamedTuple):
    """An answer of the box's."""

    status: int
    body: bytes
    headers: Mapping[str, str]


Step: TypeAlias = Exception | Answer | Callable[[], Answer]

LATE = DeadlinePassed("the run's deadline passed")
NOBODY = httpx.ConnectError("nobody is there")
"""No byte left."""
LOST = httpx.ReadError("the connection broke")
"""A byte left, and no answer came."""


def says(meaning: Meaning, value: str | None = None, *, status: int = 200, **more: Any) -> Answer:
    headers = more.pop("headers", {})
    body = json.dumps({"meaning": meaning, "message": "so says the box", "value": value, **more})
    return Answer(status, body.encode(), headers)


def busy(**headers: str) -> Answer:
    return says(Meaning.NOTHING, status=429, headers={k.replace("_", "-"): v for k, v in headers.items()})


CREATED = says(Meaning.DONE, "7")
OK = says(Meaning.DONE)
EXPIRED = says(Meaning.EXPIRED, code="box.expired")


class Wire(httpx.BaseTransport):
    """Answers in turn, the last for ever, and keeps what came."""

    def __init__(self, events: list[str], *script: Step) -> None:
        self.events, self.script, self.calls = events, script, 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        step = self.script[min(self.calls, len(self.script) - 1)]
        self.calls += 1
        if step is NOBODY:
            raise NOBODY
        self.events.append(f"> {request.url.path[1:]} {request.read().decode()}".rstrip())
        request.extensions["trace"]("http11.send_request_headers.started", {})
        if isinstance(step, Exception):
            raise step
        answer = step if isinstance(step, Answer) else step()
        return httpx.Response(answer.status, headers=answer.headers, stream=httpx.ByteStream(answer.body))


class Box(Backend):
    """A backend whose every duty is noted, and answers as a test sets it."""

    def __init__(self, vendor: Vendor, connection: Connection) -> None:
        super().__init__(vendor, connection)
        self.events: list[str] = []
        self.seen = Seen()
        self.code = 1
        self.renews = True
        self.orders: OrderctlError | Order = NotFound("nothing is found")
        self.receipt: Receipt | None = None
        self.reads: Callable[[], object] = bool
        self.taken: dict[str, str] = {}

    def look(self, prepared: Prepared, key: OrderKey | None) -> Seen:
        self.events.append("look")
        return self.seen if key is None else Seen(id=str(key.id), order=Order(id=str(key.id)))

    def existing(self, references: Iterable[str], *, oldest: dt.date | None = None) -> Mapping[str, str]:
        asked = tuple(references)
        self.events.append(f"look for {' '.join(asked)}")
        return {reference: self.taken[reference] for reference in asked if reference in self.taken}

    def fill(self, part: Part, answers: Mapping[str, str]) -> Mapping[str, str]:
        self.events.append(f"fill {' '.join(part.needs)}")
        self.reads()
        return dict.fromkeys(part.needs, f"of {answers['order']}")

    def request(self, part: Part, answers: Mapping[str, str]) -> Request:
        values = filled(part.values or {}, answers)
        body = json.dumps({"code": self.code, **values}).encode()
        return Request(method="POST", url=f"http://box/{part.call}", purpose=part.purpose, body=body)

    def verdict(self, reply: Reply, part: Part) -> Verdict:
        said = json.loads(reply.body)
        return Verdict(meaning=Meaning(said.pop("meaning")), **said)

    def renew(self) -> bool:
        self.events.append("renew")
        self.code += 1
        self.reads()
        return self.renews

    def find(self, reference: str) -> Order:
        self.events.append(f"find {reference}")
        self.reads()
        if isinstance(self.orders, OrderctlError):
            raise self.orders
        return self.orders

    def confirm(self, prepared: Prepared, seen: Seen, order_id: str) -> Receipt:
        self.events.append(f"confirm {order_id}")
        self.reads()
        return Receipt(id=order_id)

    def refused(self, part: Part, verdict: Verdict, seen: Seen) -> Receipt | None:
        self.events.append(f"refused {part.call}")
        self.reads()
        return self.receipt


ADD = Part(purpose="create order 'R-1'", call="add", name="header", values={"ref": "R-1"})
LINES = tuple(
    Part(
        purpose=f"add line {n} to order 'R-1'",
        call="line",
        name=f"line {n}",
        values={"order": Hole("order"), "sku": n},
        fills="",
        option=f"--line sku={n}",
    )
    for n in (1, 2, 3)
)
CREATE = Prepared(verb="create", reference="R-1", lines=3)
UPDATE = Prepared(verb="update")
KEY = OrderKey(id="7")


class Account:
    """A box, the way to it, and what sends."""

    def __init__(
        self, *script: Step, parts: tuple[Part, ...] = (ADD,), deadline: float | None = None, rate: float | None = None
    ) -> None:
        self.time = Time()
        self.stop = Stop()
        self.warnings: list[str] = []
        events: list[str] = []
        self.wire = Wire(events, *script)
        self.client = Client(
            self.wire,
            rate=rate,
            deadline=deadline,
            patient=lambda: self.stop.patient,
            clock=Clock(
                now=lambda: self.time.at,
                sleep=self.sleep,
                random=lambda: 1.0,
                utc=lambda: dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC),
            ),
        )
        self.backend = opened(self.client, parts)
        self.backend.events = events
        self.events = events
        self.journal = new_journal(self.backend, self.client)
        self.sender = Sender(self.backend, self.client, lambda: self.journal, stop=self.stop, warn=self.warnings.append)

    def sleep(self, seconds: float) -> None:
        if not self.stop.patient:
            self.stop.check()
        self.time.sleep(seconds)

    def create(self) -> Result:
        self.sender.plan([CREATE])
        return self.sender.write(CREATE)

    def update(self) -> Result:
        return self.sender.write(UPDATE, KEY)

    def fails(self, kind: type[OrderctlError], *, update: bool = False) -> OrderctlError:
        with pytest.raises(kind) as raised:
            (self.update if update else self.create)()
        assert type(raised.value) is kind
        return raised.value

    @property
    def sent(self) -> list[str]:
        return [event[2:] for event in self.events if event.startswith("> ")]


def ignored(_line: str) -> None:
    """Take a line that no test looks at."""


def no_journal() -> Journal:
    """Open no journal: a dry run never asks for one."""
    raise AssertionError("a journal was opened")


def opened(client: Client, parts: tuple[Part, ...]) -> Box:
    vendor = Vendor(
        name="box",
        title="Box",
        summary="a box",
        url="http://box",
        capabilities=frozenset({Capability.GET, Capability.FIND}),
        duplicates=Duplicates.SEARCHABLE,
        fields={},
        page_size=0,
        example=OrderDraft(),
        parts=lambda _prepared, _seen, _profile: parts,
        backend=Box,
    )
    profile = Profile(name="shop", vendor="box", url="http://box")
    connection = Connection(profile=profile, secrets={}, reader=client.reader(), notice=ignored, state=Path)
    made = vendor.connect(connection)
    assert isinstance(made, Box)
    return made


def asking(account: Account, answer: Answer, why: OrderctlError = LATE) -> Callable[[], Answer]:
    """Return a step in which the run is asked to end before the answer comes."""

    def step() -> Answer:
        account.stop.ask(why)
        return answer

    return step
