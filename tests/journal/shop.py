"""A vendor in memory, of each class, with the real journal and sender before it; answers are lost as a test says."""

import datetime as dt
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from orderctl.backend.call import Meaning, Verdict
from orderctl.backend.contract import Backend, Connection
from orderctl.backend.prepared import Hole, Part, Prepared, Seen, filled
from orderctl.backend.vendor import Capability, Duplicates, Profile, Vendor
from orderctl.errors import Conflict, NotFound, OrderctlError, OutcomeUnknown
from orderctl.http import Client, Clock, Reply, Request
from orderctl.http._httpx import httpx
from orderctl.journal.entry import Entry
from orderctl.journal.journal import Journal
from orderctl.journal.runs import Run
from orderctl.journal.sqlite import SqliteStore
from orderctl.journal.store import Account, Wanted
from orderctl.model import Customer, DraftLine, Move, Order, OrderDraft, OrderKey, OrderLine, Status
from orderctl.signals import Stop
from orderctl.state.database import MEMORY
from orderctl.write.reconcile import Reconciler, resend
from orderctl.write.result import Result
from orderctl.write.send import Sender
from tests.conftest import closed_later

START = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)


class Crash(BaseException):
    """The process dies here."""


@dataclass
class Held:
    """An order that the vendor holds."""

    reference: str | None
    content: dict[str, Any]
    at: dt.datetime
    lines: list[str] = field(default_factory=list)
    status: str = "New"


class World(httpx.BaseTransport):
    """The vendor, its clock, and the way to it.

    `fates` say what happens to the next requests: ok, lost-before, lost-after, late (made at `catch_up`), refused,
    busy, nobody (not sent), 500-after, crash-before, crash-after. Without one, all is well. With `one_step` an order is
    pushed from New only.
    """

    def __init__(self, duplicates: Duplicates, *, lines: bool = False) -> None:
        self.duplicates, self.by_lines = duplicates, lines
        self.orders: dict[str, Held] = {}
        self.fates: list[str] = []
        self.late: list[tuple[str, dict[str, Any]]] = []
        self.calls: list[str] = []
        self.seconds = 0.0
        self.slept: list[float] = []
        self.searchable = True
        self.one_step = False
        self.store = closed_later(SqliteStore(MEMORY))
        self.alive: set[str] = set()
        self.stop = Stop()
        self._last = 6

    def now(self) -> dt.datetime:
        return START + dt.timedelta(seconds=self.seconds)

    def sleep(self, seconds: float) -> None:
        self.stop.check()
        self.slept.append(seconds)
        self.seconds += seconds

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        call, values = request.url.path[1:], json.loads(request.read())
        fate = self.fates.pop(0) if self.fates else "ok"
        if fate == "nobody":
            raise httpx.ConnectError("nobody is there")
        request.extensions["trace"]("http11.send_request_headers.started", {})
        self.calls.append(call)
        if fate == "crash-before":
            raise Crash
        if fate == "lost-before":
            raise httpx.ReadError("the connection broke")
        if fate == "late":
            self.late.append((call, values))
            raise httpx.ReadTimeout("no answer")
        if fate in {"refused", "busy"}:
            return _answer(422 if fate == "refused" else 429, Meaning.REFUSED if fate == "refused" else Meaning.NOTHING)
        found = self.apply(call, values)
        if fate == "crash-after":
            raise Crash
        if fate == "lost-after":
            raise httpx.ReadError("the connection broke")
        if fate == "500-after":
            return _answer(500, Meaning.NOTHING)
        if found is None:
            return _answer(422, Meaning.EXISTS)
        return _answer(200, Meaning.DONE, found if fate == "ok" else None)

    def apply(self, call: str, values: dict[str, Any]) -> str | None:
        """Do what a request asks for and return the id; None where the reference is taken."""
        if call == "line":
            self.orders[values["order"]].lines.append(values["sku"])
            return str(values["order"])
        if call != "add":
            self.orders[values["order"]].status = values.get("to", call)
            self.orders[values["order"]].lines += values.get("add", ())
            return str(values["order"])
        taken = any(held.reference == values["reference"] for held in self.orders.values())
        if taken and self.duplicates is Duplicates.REFUSED:
            return None
        self._last += 1
        lines = [] if self.by_lines else [line["sku"] for line in values.get("lines", ())]
        self.orders[str(self._last)] = Held(values["reference"], values, self.now(), lines)
        return str(self._last)

    def catch_up(self) -> None:
        """Do what was asked for and answered too late."""
        for call, values in self.late:
            self.apply(call, values)
        self.late.clear()

    def holds(self) -> Counter[str | None]:
        """Return how many orders there are of each reference."""
        return Counter(held.reference for held in self.orders.values())


def _answer(status: int, meaning: Meaning, value: str | None = None) -> httpx.Response:
    body = json.dumps({"meaning": meaning, "message": "so says the shop", "value": value}).encode()
    return httpx.Response(status, stream=httpx.ByteStream(body))


class Shop(Backend):
    """The vendor's backend: it reads the world as it is."""

    world: World

    def look(self, prepared: Prepared, key: OrderKey | None) -> Seen:
        seen = super().look(prepared, key)
        if self.world.one_step and prepared.verb == "push" and seen.order and seen.order.vendor_status != "New":
            raise Conflict("the order does not wait there")
        return seen

    def request(self, part: Part, answers: Mapping[str, str]) -> Request:
        body = json.dumps(filled(part.values, answers)).encode()
        return Request(method="POST", url=f"http://shop/{part.call}", purpose=part.purpose, body=body)

    def verdict(self, reply: Reply, part: Part) -> Verdict:
        said = json.loads(reply.body)
        return Verdict(meaning=Meaning(said.pop("meaning")), **said)

    def get(self, order_id: str, given: Mapping[str, Any] | None = None) -> Order:
        held = self.world.orders.get(order_id)
        if held is None:
            raise NotFound("there is no such order")
        lines = tuple(OrderLine(sku=sku, quantity=Decimal(1)) for sku in held.lines)
        name = held.content.get("name")
        status = Status.CANCELLED if held.status == "cancel" else Status.OPEN
        return Order(
            id=order_id, reference=held.reference, created_at=held.at, lines=lines, customer=Customer(name=name),
            status=status, vendor_status=held.status,
        )  # fmt: skip

    def find(self, reference: str) -> Order:
        found = [i for i, held in self.world.orders.items() if held.reference == reference]
        if len(found) > 1:
            raise self.ambiguous_reference(reference, found)
        if not found:
            raise self.no_reference(reference)
        return self.get(found[0])

    def finds(self, reference: str) -> bool:
        return self.world.searchable

    def applied(self, part: Part, answers: Mapping[str, str], *, done: int) -> bool:
        return part.call == "line" and len(self.world.orders[answers["order"]].lines) == done

    def lines(self, order_id: str) -> tuple[OrderLine, ...]:
        return self.get(order_id).lines


def parts(prepared: Prepared, seen: Seen, world: World) -> tuple[Part, ...]:
    """Return the requests of a write; where the world takes lines one by one, one for each."""
    if prepared.verb != "create":
        purpose = f"{prepared.verb} order {seen.id!r}"
        return (Part(purpose=purpose, call=prepared.verb, values={"order": seen.id, **prepared.content}),)
    content = dict(prepared.content)
    add = Part(purpose=f"create order {prepared.reference!r}", call="add", values=content)
    if not world.by_lines:
        return (add,)
    skus = [line["sku"] for line in content.get("lines", ())]
    return (add, *(_line(number, sku) for number, sku in enumerate(skus, 1)))


def _line(number: int, sku: str) -> Part:
    name, values = f"line {number}", {"order": Hole("order"), "sku": sku}
    return Part(purpose=name, call="line", name=name, values=values, fills="")


class Alone(Run):
    """A run whose life is a name in a set."""

    def __init__(self, world: World, name: str) -> None:
        self.id = name
        self._world = world
        world.alive.add(name)

    def alive(self, run: str) -> bool:
        return run in self._world.alive

    def tidy(self, unresolved: Callable[[], frozenset[str]]) -> None:
        """Leave everything as it is."""

    def end(self, *, resolved: bool) -> None:
        self._world.alive.discard(self.id)


class Process:
    """One run of orderctl at that vendor, with the world's journal."""

    def __init__(self, world: World, name: str = "run-1", *, profile: Profile | None = None) -> None:
        self.world = world
        self.warnings: list[str] = []
        self.profile = profile or Profile(name="shop", vendor="shop", url="http://shop")
        clock = Clock(now=lambda: world.seconds, sleep=world.sleep, random=lambda: 0.0, utc=world.now)
        self.client = Client(world, clock=clock, patient=lambda: world.stop.patient)
        vendor = Vendor(
            name="shop",
            title="Shop",
            summary="a shop",
            url="http://shop",
            capabilities=frozenset(
                {Capability.GET, Capability.LINES, *([Capability.FIND] if world.searchable else [])}
            ),
            duplicates=world.duplicates,
            fields={},
            page_size=0,
            example=OrderDraft(),
            parts=lambda prepared, seen, _profile: parts(prepared, seen, world),
            backend=Shop,
        )
        connection = Connection(
            profile=self.profile, secrets={}, reader=self.client.reader(), notice=self.warnings.append, state=Path
        )
        self.backend = vendor.connect(connection)
        assert isinstance(self.backend, Shop)
        self.backend.world = world

        def account(_prepared: Prepared | None) -> Account:
            return Account(target=f"shop {self.profile.url}", profile=self.profile.name, vendor="shop")

        self.run = Alone(world, name)
        self.journal = Journal(world.store, self.run, account=account, now=world.now, pause=world.sleep)
        self.sender = Sender(
            self.backend, self.client, lambda: self.journal, stop=world.stop, warn=self.warnings.append
        )

    def create(self, *orders: Prepared, **options: bool) -> list[Result | OrderctlError]:
        """Plan orders, send each, and return what each came to. A crash ends the process."""
        came: list[Result | OrderctlError] = []
        try:
            for prepared in self.sender.plan(orders, **options):
                try:
                    came.append(self.sender.write(prepared))
                except OrderctlError as error:
                    came.append(error)
        except Crash:
            self.die()
        return came

    def one(self, prepared: Prepared, **options: bool) -> Result:
        """Return what one create came to. Raises its error."""
        (found,) = self.create(prepared, **options) or [OrderctlError("the process died")]
        if isinstance(found, OrderctlError):
            raise found
        return found

    def write(self, verb: str, order_id: str, **content: Any) -> Result:
        """Return what a write of one order came to. Raises its error."""
        try:
            subject = Move(to=content.get("to")) if verb == "push" else None
            return self.sender.write(Prepared(verb=verb, content=content, subject=subject), OrderKey(id=order_id))
        except Crash:
            self.die()
            raise OutcomeUnknown("the process died") from None

    def reconcile(self) -> list[Result | OrderctlError]:
        """Return what became of every write in doubt."""
        came: list[Result | OrderctlError] = []
        settler = Reconciler(self.sender)
        for entry in list(self.journal.unresolved(Wanted())):
            try:
                came.append(settler.settle(entry))
            except OrderctlError as error:
                came.append(error)
        return came

    def resend(self, reference: str) -> Result:
        """Send a create again that was shown to be absent. Raises its error."""
        try:
            return resend(self.sender, self.entry(reference))
        except Crash:
            self.die()
            raise OutcomeUnknown("the process died") from None

    def die(self) -> None:
        """End without a word."""
        self.world.alive.discard(self.run.id)

    def entry(self, reference: str = "R-1") -> Entry:
        """Return the row of a create."""
        found = self.world.store.find("shop http://shop", reference)
        assert found is not None
        return found


def order(reference: str = "R-1", name: str = "Ann", skus: Sequence[str] = ("A",), **more: Any) -> Prepared:
    """Return a prepared order."""
    draft = OrderDraft(
        reference=reference,
        customer=Customer(name=name),
        lines=tuple(DraftLine(sku=sku, quantity=Decimal(1)) for sku in skus),
    )
    content = {"reference": reference, "name": name, "lines": [{"sku": sku} for sku in skus], **more}
    return Prepared.of_order("create", draft, content, ())


def outcomes(came: Iterable[Result | OrderctlError]) -> list[str | int]:
    """Return each result's outcome, and each error's exit code."""
    return [str(one.outcome) if isinstance(one, Result) else one.exit_code for one in came]


def ends(world: World) -> None:
    """End every run."""
    with suppress(KeyError):
        world.alive.clear()
