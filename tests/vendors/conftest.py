"""A OneBox of one's own in this process: the backend, the emulator behind it, and everything that went between."""

import datetime as dt
import weakref
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

from orderctl import http
from orderctl.backend.contract import Connection
from orderctl.backend.vendor import Profile
from orderctl.conformance.writes import Writes
from orderctl.model import Customer, DraftLine, OrderDraft, Setting
from orderctl.sandbox import faults, php
from orderctl.sandbox.onebox.emulator import TABLES, Emulator
from orderctl.sandbox.store import Store
from orderctl.vendors.onebox.orders import VENDOR

SECRETS = {"login": "sandbox", "password": "sandbox"}


@dataclass
class Sent:
    """One request as it went over the wire."""

    method: str
    path: str
    query: str
    body: bytes
    content_type: str

    @property
    def params(self) -> dict[Any, Any]:
        """What PHP makes of it."""
        found = php.query_variables(self.query.encode())
        if self.content_type.startswith("application/json"):
            return {**found, **php.json_variables(self.body)}
        return {**found, **php.query_variables(self.body)}


@dataclass
class Box:
    """A backend, the emulator's store that is its witness, and the requests between them."""

    backend: Writes
    sent: list[Sent] = field(default_factory=list)
    emulator: Emulator | None = None

    def evidence(self) -> dict[str, Any]:
        """Return what the last accepted change held, by the emulator's own table."""
        assert self.emulator
        return dict(self.emulator.store.calls()[-1].fields)


def profile(**more: Any) -> Profile:
    return Profile(**{"name": "shop", "vendor": "onebox", "url": "https://shop.1b.app/", "settings": {}, **more})


def box(
    *,
    style: str = "form",
    switches: Mapping[str, str] | None = None,
    spoilt: Iterable[str] = (),
    secrets: Mapping[str, str] = SECRETS,
    zone: dt.tzinfo = dt.UTC,
    **more: Any,
) -> Box:
    """Open a backend on a fresh emulator."""
    emulator = Emulator(Store(":memory:", TABLES), switches)
    weakref.finalize(emulator, emulator.store.close)
    app = faults.Faults(emulator, spoilt) if spoilt else emulator
    made = talking_to(app, profile(zone=zone, settings={"request": style}, **more), secrets)
    made.emulator = emulator
    return made


def talking_to(app: Any, to: Profile | None = None, secrets: Mapping[str, str] = SECRETS, *, look: bool = True) -> Box:
    """Open a backend on any WSGI application, one that need not `look` before it writes where that is given."""
    sent: list[Sent] = []

    def recording(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        body = environ["wsgi.input"].read()
        sent.append(
            Sent(
                environ["REQUEST_METHOD"],
                environ["PATH_INFO"],
                environ["QUERY_STRING"],
                body,
                environ.get("CONTENT_TYPE", ""),
            )
        )
        answer: Iterable[bytes] = app({**environ, "wsgi.input": BytesIO(body)}, start)
        return answer

    client = http.Client(
        http.wsgi(recording, lost=faults.ConnectionLost),
        clock=http.Clock(sleep=lambda _: None, random=lambda: 0.0),
        busy_wait=VENDOR.busy_wait,
    )
    connection = Connection(
        profile=to or profile(), secrets=secrets, reader=client.reader(), notice=lambda _: None, state=Path
    )
    return Box(Writes(VENDOR.connect(connection), client, look=look), sent)


def answering(body: bytes | str, status: int = 200, **headers: str) -> Box:
    """Open a backend on a box that answers everything alike."""

    def app(_environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        start(f"{status} X", [(k.replace("_", "-"), v) for k, v in headers.items()])
        return [body.encode() if isinstance(body, str) else body]

    return talking_to(app, look=False)


def draft(reference: str = "R-1", **more: Any) -> OrderDraft:
    """Return an order that a box takes."""
    words: dict[str, Any] = {
        "customer": Customer(name="Ann", email="ann@example.com"),
        "lines": (DraftLine(sku="A-1", name="Tea", quantity=Decimal(2), price=Decimal("102.50")),),
    }
    return OrderDraft(**{"reference": reference, **words, **more})


def given(**values: Any) -> dict[str, Setting]:
    """Return the vendor's own fields, as --set and --where give them."""
    return {name: Setting(value=value) for name, value in values.items()}
