"""A Flyerlink of one's own in this process: the backend, the emulator behind it, and everything that went between."""

import datetime as dt
import json
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from orderctl import http
from orderctl.backend.contract import Connection
from orderctl.backend.vendor import Profile
from orderctl.conformance.writes import Writes
from orderctl.model import Customer, DraftLine, OrderDraft, Setting
from orderctl.sandbox import faults
from orderctl.sandbox.flyerlink.emulator import TABLES, Emulator
from orderctl.sandbox.store import Store
from orderctl.vendors.flyerlink.orders import VENDOR

SECRETS = {"username": "sandbox", "password": "sandbox"}
URL = "http://dev.flyerlink.com/api.php"

DOCUMENTED_ORDER = {
    "id": "XYTVP",
    "contact": "653569",
    "customer": "LIANFI22",
    "title": "Ordered online",
    "reference": "Reference",
    "date": "26/04/2011",
    "totals": [{"total": "144", "balance": "0"}],
    "jobs": [
        {
            "id": "1648885",
            "title": "Initial Flyers",
            "reference": "Reference",
            "product": "LEGA54V",
            "totals": [{"transfer": "55.50", "selling": "144", "total": "144", "currency": "GBP"}],
            "complete": "yes",
            "status": "081",
        }
    ],
}
"""The document's sample, its missing brackets and commas put in."""


@dataclass
class Sent:
    """One request as it went over the wire."""

    method: str
    path: str
    query: str
    body: str
    headers: Mapping[str, str]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        return parse_qsl(self.body or self.query, keep_blank_values=True)


@dataclass
class Server:
    """A backend, the emulator that is its witness, the requests between them, and its standard error."""

    backend: Writes
    sent: list[Sent] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    emulator: Emulator | None = None

    def calls(self) -> list[tuple[str, str]]:
        """Return the method and path of every request."""
        return [(s.method, s.path.removeprefix("/api.php")) for s in self.sent]

    def writes(self) -> list[tuple[str, str]]:
        """Return the method and path of every request that is not a look."""
        return [call for call in self.calls() if call[0] != "GET"]

    def evidence(self) -> list[tuple[str, dict[str, Any]]]:
        """Return what the server accepted, by its own table."""
        assert self.emulator
        return [(call.call, dict(call.fields)) for call in self.emulator.store.calls()]


def profile(**more: Any) -> Profile:
    settings = {"workgroup": "W11", "contact": "13057"}
    return Profile(**{"name": "print", "vendor": "flyerlink", "url": URL, "settings": settings, **more})


def server(
    *,
    spoilt: Iterable[str] = (),
    secrets: Mapping[str, str] = SECRETS,
    now: dt.datetime | None = None,
    account: Profile | None = None,
    **switches: Any,
) -> Server:
    """Open a backend on a fresh emulator, its clock at `now`."""
    named = {name.replace("_", "-"): value for name, value in switches.items()}
    emulator = Emulator(Store(":memory:", TABLES), named)
    weakref.finalize(emulator, emulator.store.close)
    if now is not None:
        emulator._now = lambda: now  # noqa: SLF001  (the emulator's own seam)
    app = faults.Faults(emulator, spoilt) if spoilt else emulator
    made = talking_to(app, account, secrets)
    made.emulator = emulator
    return made


def talking_to(app: Any, to: Profile | None = None, secrets: Mapping[str, str] = SECRETS) -> Server:
    """Open a backend on any WSGI application."""
    sent: list[Sent] = []
    said: list[str] = []

    def recording(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        body = environ["wsgi.input"].read()
        headers = {name: str(value) for name, value in environ.items() if name.startswith(("HTTP_", "CONTENT_"))}
        query = environ["QUERY_STRING"]
        sent.append(Sent(environ["REQUEST_METHOD"], environ["PATH_INFO"], query, body.decode(), headers))
        answer: Iterable[bytes] = app({**environ, "wsgi.input": BytesIO(body)}, start)
        return answer

    client = http.Client(
        http.wsgi(recording, lost=faults.ConnectionLost),
        clock=http.Clock(sleep=lambda _: None, random=lambda: 0.0),
    )
    reader = client.reader()
    connection = Connection(profile=to or profile(), secrets=secrets, reader=reader, notice=said.append, state=Path)
    return Server(Writes(VENDOR.connect(connection), client), sent, said)


def answering(*bodies: bytes | str, status: int = 200, to: Profile | None = None) -> Server:
    """Open a backend on a server that gives these answers one after the other, the last one for ever."""
    left: list[bytes | str] = list(bodies)

    def app(_environ: dict[str, Any], start: Callable[..., Any]) -> Sequence[bytes]:
        body = left.pop(0) if len(left) > 1 else left[0]
        start(f"{status} X", [])
        return [body.encode() if isinstance(body, str) else body]

    return talking_to(app, to)


def taking(*bodies: bytes | str, status: int = 200, then: str = "") -> Server:
    """Open a backend on a server that gives these answers to writes, the last one for ever.

    To a look it shows the order that is asked for, and an empty list; after the first write `then`, if any.
    """
    left: list[bytes | str] = list(bodies)
    wrote = False

    def app(environ: dict[str, Any], start: Callable[..., Any]) -> Sequence[bytes]:
        nonlocal wrote
        if environ["REQUEST_METHOD"] == "GET":
            start("200 OK", [])
            order_id = environ["PATH_INFO"].rpartition("/")[2]
            look = json.dumps({"order": {"id": order_id}} if order_id else {"orders": []})
            return [(then if wrote and then else look).encode()]
        wrote = True
        body = left.pop(0) if len(left) > 1 else left[0]
        start(f"{status} X", [])
        return [body.encode() if isinstance(body, str) else body]

    return talking_to(app)


def draft(reference: str = "R-1", **more: Any) -> OrderDraft:
    """Return an order that the server takes."""
    words: dict[str, Any] = {
        "title": "Summer",
        "customer": Customer(code="HOTEST"),
        "lines": (DraftLine(sku="LEGA54V", name="Flyers", quantity=Decimal(5000)),),
    }
    return OrderDraft(**{"reference": reference, **words, **more})


def given(**values: Any) -> dict[str, Setting]:
    """Return the vendor's own fields, as --set gives them."""
    return {name: Setting(value=value) for name, value in values.items()}
