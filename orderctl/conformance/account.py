"""A vendor's account in this process: the emulator, what reads and writes there, and what went between."""

import datetime as dt
import shutil
import weakref
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
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
from orderctl.backend.vendor import Duplicates, Profile
from orderctl.conformance.cases import case, keeps_reference
from orderctl.conformance.writes import Writes
from orderctl.errors import DryRunStop
from orderctl.http._httpx import httpx
from orderctl.http.trace import Trace
from orderctl.model import Order, OrderDraft, Query
from orderctl.read import listing
from orderctl.redaction import HIDDEN
from orderctl.sandbox import faults

LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Sent:
    """One request as it went over the wire."""

    method: str
    path: str
    body: bytes


def answer_of(app: WSGIApplication, environ: WSGIEnvironment) -> tuple[str, list[tuple[str, str]], bytes]:
    """Return what an application answers: the status line, the headers and the whole body."""
    heads: list[tuple[str, list[tuple[str, str]]]] = []
    rest: list[bytes] = []

    def start(status: str, headers: list[tuple[str, str]], _exc: object = None, /) -> Callable[[bytes], object]:
        heads.append((status, headers))
        return rest.append

    body = b"".join(app(environ, start))
    status, headers = heads[-1]
    return status, headers, b"".join(rest) + body


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
        self.case = case(name)
        self.emulator = sandbox.load(name, ":memory:", switches=switches, authenticate=authenticate)
        weakref.finalize(self, self.emulator.close)
        self.sent: list[Sent] = []
        self.notices: list[str] = []
        self.profile = Profile(
            name="shop",
            vendor=name,
            url=self.vendor.url,
            zone=ZoneInfo(zone or self.vendor.timezone),
            settings={**self.vendor.sandbox_settings, **settings},
        )
        self.secrets = secrets or self.vendor.sandbox_secrets
        mounted = self._mounted(self.emulator)
        self._way = wrap(mounted)
        self._shown = shown
        self.backend = self._open(self._way, Trace(trace) if trace else None)
        self._witness = self._open(mounted, None) if authenticate else None
        self.sent.clear()

    @property
    def refuses(self) -> bool:
        """Whether the vendor refuses a second order of a reference."""
        return self.vendor.second_create(self.profile) is Duplicates.REFUSED

    def _mounted(self, app: WSGIApplication) -> WSGIApplication:
        """Return the emulator below the vendor's url, whose path it does not see: in the sandbox it has none."""
        root = urlsplit(self.vendor.url).path

        def answer(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
            path = environ["PATH_INFO"]
            return app({**environ, "SCRIPT_NAME": root, "PATH_INFO": path.removeprefix(root)}, start)

        return answer

    def _open(self, app: WSGIApplication, trace: Trace | None) -> Writes:
        def recording(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
            body = environ["wsgi.input"].read()
            self.sent.append(Sent(environ["REQUEST_METHOD"], environ["PATH_INFO"], body))
            return app({**environ, "wsgi.input": BytesIO(body)}, start)

        way = http.wsgi(recording, lost=faults.ConnectionLost)
        return self._connected(Shown(way, self._shown) if self._shown else way, trace)

    def _connected(
        self,
        transport: httpx.BaseTransport,
        trace: Trace | None = None,
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
            notice=self.notices.append,
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

    @cached_property
    def marks(self) -> frozenset[str]:
        """The fields by which an order is known in an answer: those that hold its id or its reference."""
        return self.case.marks or self._fields_with(self._some_order.id, self._some_order.reference)

    @cached_property
    def status_field(self) -> str:
        """The field that holds an order's state in an answer, "" where its orders say none."""
        return self.case.status_field or min(self._fields_with(self._some_order.vendor_status), default="")

    @cached_property
    def amount_field(self) -> str:
        """A field that is read as a word of ours: the title, the note or the reference; "" without any."""
        order = self._some_order
        texts = (order.title, order.note, order.reference)
        found = (self._fields_with(text) - self._fields_with(order.id) for text in texts)
        return self.case.amount_field or next((min(names) for names in found if names), "")

    @cached_property
    def _some_order(self) -> Order:
        """An order of the list, as it is before a test damages answers."""
        return self.orders()[0]

    def _fields_with(self, *texts: str | None) -> frozenset[str]:
        """Return the fields of an order's own answer that hold one of these texts."""
        raw = self._some_order.raw if isinstance(self._some_order.raw, Mapping) else {}
        return frozenset(name for name, value in raw.items() if value is not None and str(value) in texts)

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
        """Return the orders with a reference that the emulator holds, over a connection that nothing damages.

        Where the vendor does not store the reference these are all orders.
        """
        assert self._witness
        before = list(self.sent)
        query = Query(since=LONG_AGO) if not self.vendor.page_size else Query()
        plan = listing.plan(query, self.vendor, limit=None, read_all=True)
        orders = [
            order
            for order in listing.read(self._witness.backend, plan, note=lambda _: None).orders
            if order.reference == reference or not keeps_reference(self.vendor)
        ]
        self.sent[:] = before
        return orders

    @property
    def writes(self) -> list[int]:
        """The places in `sent` of the requests that may change something."""
        return [place for place, sent in enumerate(self.sent) if not self._reads(sent)]

    def _reads(self, sent: Sent) -> bool:
        path = sent.path.removeprefix(urlsplit(self.vendor.url).path)
        if self.case.reads(sent.method, path) or (self.case.log_in and path.endswith(self.case.log_in)):
            return True
        if self.vendor.raw_reads is None:
            return sent.method in {"GET", "HEAD"}
        parts = path.split("/")
        return any(self.vendor.raw_reads(sent.method, "/".join(parts[:n])) for n in range(2, len(parts) + 1))
