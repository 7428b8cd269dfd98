"""An account in memory, a backend that talks to it, and everything that went over the wire."""

import datetime as dt
import json
import weakref
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment
from zoneinfo import ZoneInfo

from orderctl import http
from orderctl.backend.contract import Connection
from orderctl.backend.vendor import Profile
from orderctl.conformance.writes import Writes
from orderctl.http.trace import Trace
from orderctl.model import Customer, DraftLine, Move, OrderChange, OrderDraft, Query, Setting
from orderctl.sandbox.faults import ConnectionLost, Faults
from orderctl.sandbox.qince.emulator import TABLES, Emulator
from orderctl.sandbox.store import Store
from orderctl.vendors.qince.orders import VENDOR, Qince

NOW = dt.datetime(2025, 7, 4, 0, 51, 9, tzinfo=dt.UTC)
"""2025-07-04 08:51:09 in China, the time of the vendor's push example."""

CUSTOMER, MOTO, NOKIA = "6928823652322085688", "8693321379452492472", "7041673499078735037"
PIECE, AADW, HTS = "5722517964131842984", "8369588441145923742", "7007385368014262146"
FIELD = "field_ab12c__c"
ALL = {"equal": "EQ", "at_least": "GE", "at_most": "LE"}

App = Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]


def profile(zone: str = "Asia/Shanghai", **settings: Any) -> Profile:
    known = {"rows": "100", "reference_field": FIELD, **settings}
    return Profile(
        name="field",
        vendor="qince",
        url="https://openapi.qince.com",
        zone=ZoneInfo(zone),
        currency=known.pop("currency", None),
        settings={k: v for k, v in known.items() if v is not None},
    )


class Wire:
    """A transport's app that keeps what was sent: the path's parts and the body."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.calls: list[tuple[str, Any]] = []
        self.paths: list[str] = []
        self.bodies: list[bytes] = []

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        body = environ["wsgi.input"].read()
        environ["wsgi.input"].seek(0)
        self.paths.append(environ["PATH_INFO"])
        self.bodies.append(body)
        self.calls.append((environ["PATH_INFO"].split("/")[4], json.loads(body) if body else None))
        return self.app(environ, start)


class Account:
    """An account with its backend. `answers` replaces the emulator by canned bodies, the last one for ever.

    Of a query it is the last page, and the one after it is empty.
    """

    def __init__(
        self,
        *,
        switches: Mapping[str, str] | None = None,
        faults: tuple[str, ...] = (),
        answers: tuple[Any, ...] = (),
        status: int = 200,
        profile_: Profile | None = None,
        secrets: Mapping[str, str] | None = None,
        transport: Any = None,
        trace: Trace | None = None,
    ) -> None:
        self.clock = NOW
        self.notices: list[str] = []
        self.store = Store(":memory:", TABLES)
        weakref.finalize(self, self.store.close)
        emulator: App = Emulator(self.store, switches, now=lambda: self.clock)
        app = canned(answers, status) if answers else Faults(emulator, faults) if faults else emulator
        self.wire = Wire(app)
        numbers = count(1)
        client = http.Client(
            transport or http.wsgi(self.wire, lost=ConnectionLost),
            clock=http.Clock(sleep=lambda _: None, random=lambda: 0.0, utc=lambda: self.clock),
            trace=trace,
        )
        connection = Connection(
            profile=profile_ or profile(),
            secrets=secrets or {"openid": "sandbox", "appkey": "sandbox"},
            reader=client.reader(),
            notice=self.notices.append,
            state=lambda: Path("unused"),
        )
        backend = Qince(VENDOR, connection, now=lambda: self.clock, msg_id=lambda: f"{next(numbers):032x}")
        self.backend = Writes(backend, client, look=not answers)

    @property
    def calls(self) -> list[tuple[str, Any]]:
        return self.wire.calls

    def add(self, reference: str = "R-1", **more: Any) -> str:
        return str(self.backend.create(draft(reference=reference, **more)).id)

    def ids(self, **asked: Any) -> list[str]:
        return [order.id for order in self.backend.page(Query(**asked), None).orders]


def canned(answers: tuple[Any, ...], status: int) -> App:
    waiting, last = list(answers), 0

    def app(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        nonlocal last
        answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        page = json.loads(environ["wsgi.input"].read() or b"{}").get("page", 0)
        if len(waiting) == 1 and isinstance(answer, dict) and answer.get("return_code") == 0:
            answer = ok([]) if 0 < last < page else answer
            last = last or page
        start(f"{status} .", [("Content-Type", "application/json")])
        return [answer if isinstance(answer, bytes) else json.dumps(answer).encode()]

    return app


def ok(data: Any = None, **more: Any) -> dict[str, Any]:
    said = {"msg_id": "X000001", "return_code": 0, "return_msg": "", **more}
    return said if data is None else {**said, "response_data": data}


def own(**given: Any) -> dict[str, Setting]:
    return {key: Setting(value=value) for key, value in given.items()}


def line(
    sku: str | None = MOTO, quantity: Any = 2, price: Any = "2.00", unit: str | None = PIECE, **more: Any
) -> DraftLine:
    row = more.pop("id", None)
    settings = own(**({"unit_id": unit} if unit else {}), **more)
    return DraftLine(
        sku=sku,
        id=row,
        quantity=None if quantity is None else Decimal(quantity),
        price=None if price is None else Decimal(price),
        set=settings,
    )


def draft(*lines: DraftLine, **more: Any) -> OrderDraft:
    words = {"reference": "R-1", "customer": Customer(code=CUSTOMER), "lines": lines or (line(),), **more}
    return OrderDraft(**words)


def change(*lines: DraftLine, **more: Any) -> OrderChange:
    return OrderChange(lines=lines, **more)


def told(verb: str, subject: OrderDraft | OrderChange | Move, profile_: Profile | None = None) -> list[str]:
    """What is wrong with a write before it is sent."""
    return [str(problem) for problem in VENDOR.prepare(verb, subject, profile_ or profile()).problems]


def warned(verb: str, subject: OrderDraft | OrderChange | Move) -> list[str]:
    return list(VENDOR.prepare(verb, subject, profile()).warnings)
