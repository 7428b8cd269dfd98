"""A vendor's account in this process: the emulator, what reads and writes there, and what went between."""

import datetime as dt
import shutil
import weakref
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from urllib.parse import urlsplit
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment
from zoneinfo import ZoneInfo

from orderctl import http, sandbox
from orderctl.backend import registry
from orderctl.backend.contract import Connection
from orderctl.backend.vendor import Capability, Duplicates, Profile
from orderctl.errors import DryRunStop
from orderctl.http._httpx import httpx
from orderctl.model import Order, OrderDraft, Query
from orderctl.read import listing
from orderctl.redaction import HIDDEN
from orderctl.sandbox import faults
from tests.writes import Writes

LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Sent:
    """One request as it went over the wire."""

    method: str
    path: str
    body: bytes


class Shown(httpx.BaseTransport):
    """A way to a vendor that keeps each request as a dry run would show it."""

    def __init__(self, way: httpx.BaseTransport, kept: http.DryRun) -> None:
        self._way, self._kept = way, kept

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        with suppress(DryRunStop):
            self._kept.handle_request(request)
        return self._way.handle_request(request)


class Account:
    """One account: `backend` reads and writes there.

    `wrap` returns what is on the way to the emulator. `shown` keeps each request as a dry run would show it.
    """

    def __init__(
        self,
        name: str,
        *,
        zone: str = "",
        wrap: Callable[[WSGIApplication], WSGIApplication] = lambda app: app,
        secrets: Mapping[str, str] | None = None,
        authenticate: bool = True,
        switches: Mapping[str, str] | None = None,
        trace: Path | None = None,
        shown: http.DryRun | None = None,
        **settings: Any,
    ) -> None:
        self.vendor = registry.vendor(name)
        self.emulator = sandbox.load(name, ":memory:", switches=switches, authenticate=authenticate)
        weakref.finalize(self, self.emulator.close)
        self.sent: list[Sent] = []
        self.told: list[str] = []
        self.profile = Profile(
            name="shop",
            vendor=name,
            url=self.vendor.url,
            zone=ZoneInfo(zone or self.vendor.timezone),
            settings={**self.vendor.sandbox_settings, **settings},
        )
        self.secrets = secrets or self.vendor.sandbox_secrets
        self._way = wrap(self.emulator)
        self._shown = shown
        self.backend = self._open(self._way, http.Trace(trace) if trace else None)
        self._witness = self._open(self.emulator, None) if authenticate else None
        self.sent.clear()

    @property
    def refuses(self) -> bool:
        """Whether the vendor refuses a second order of a reference."""
        return self.vendor.second_create(self.profile) is Duplicates.REFUSED

    def _open(self, app: WSGIApplication, trace: http.Trace | None) -> Writes:
        def recording(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
            body = environ["wsgi.input"].read()
            self.sent.append(Sent(environ["REQUEST_METHOD"], environ["PATH_INFO"], body))
            return app({**environ, "wsgi.input": BytesIO(body)}, start)

        way = http.wsgi(recording, lost=faults.ConnectionLost)
        return self._connected(Shown(way, self._shown) if self._shown else way, trace)

    def _connected(
        self,
        transport: httpx.BaseTransport,
        trace: http.Trace | None = None,
        *,
        secrets: Mapping[str, str] | None = None,
    ) -> Writes:
        folder = Path(mkdtemp(prefix="orderctl-conformance-"))
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        client = http.Client(
            transport,
            clock=http.Clock(sleep=lambda _: None, random=lambda: 0.0),
            busy_wait=self.vendor.busy_wait,
            trace=trace,
        )
        connection = Connection(
            profile=self.profile,
            secrets=secrets or self.secrets,
            reader=client.reader(),
            notice=self.told.append,
            state=lambda: folder,
        )
        return Writes(self.vendor.connect(connection), client)

    def dry(self) -> tuple[Writes, http.DryRun]:
        """Return what reads and writes in a dry run, and where its requests are kept."""
        transport = http.DryRun()
        return self._connected(transport, secrets=dict.fromkeys(self.secrets, HIDDEN)), transport

    def reopen(self) -> None:
        """Open another backend, which has not logged in and knows nothing yet."""
        self.backend = self._open(self._way, None)

    def draft(self, reference: str = "REF-77") -> OrderDraft:
        """Return the vendor's example under another reference, checked."""
        draft = self.vendor.example.with_reference(reference)
        assert not self.vendor.prepare("create", draft, self.profile).problems
        return draft

    def add(self, reference: str = "REF-77") -> str:
        """Make an order as `create` does, after a look whether it exists; return its id."""
        return str(self.backend.create(self.draft(reference)).id)

    def orders(self, **asked: Any) -> list[Order]:
        """Return all orders of a query, read to the end."""
        return self.listing(**asked)[0]

    def listing(
        self, *, limit: int | None = None, after: str | None = None, **asked: Any
    ) -> tuple[list[Order], listing.Listing]:
        """Return the orders of a query, and the list that they came from."""
        words = {"since": LONG_AGO, **asked} if not self.vendor.page_size else asked
        plan = listing.plan(Query(**words), self.vendor, limit=limit, read_all=limit is None, after=after)
        found = listing.read(self.backend.backend, plan, note=lambda _: None)
        return list(found.orders), found

    def witnessed(self, reference: str) -> list[Order]:
        """Return the orders with a reference that the emulator holds, over a connection without faults."""
        assert self._witness
        before = list(self.sent)
        query = Query(since=LONG_AGO) if not self.vendor.page_size else Query()
        plan = listing.plan(query, self.vendor, limit=None, read_all=True)
        orders = [
            o for o in listing.read(self._witness.backend, plan, note=lambda _: None).orders if o.reference == reference
        ]
        self.sent[:] = before
        return orders

    @property
    def writes(self) -> list[int]:
        """The places in `sent` of the requests that may change something."""
        return [place for place, sent in enumerate(self.sent) if not self._reads(sent)]

    def _reads(self, sent: Sent) -> bool:
        path = sent.path.removeprefix(urlsplit(self.vendor.url).path)
        if self.vendor.raw_reads is None:
            return sent.method in {"GET", "HEAD"}
        parts = path.split("/")
        return any(self.vendor.raw_reads(sent.method, "/".join(parts[:n])) for n in range(2, len(parts) + 1)) or (
            path.startswith("/accounts/") and Capability.FIELDS in self.vendor.capabilities
        )
