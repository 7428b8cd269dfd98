"""What a backend is: an open connection to one profile's vendor, which reads. What it would write, it only describes.

A backend gets a connection that can only read. Of a write it says what to look at first (`look`), how a part of it is
asked for (`request`), what an answer means (`verdict`), and what to read afterwards (`find_created`, `confirm`).
`orderctl.write` sends the parts.
"""

import datetime as dt
import shlex
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orderctl.backend.call import Meaning, Verdict, read_error
from orderctl.backend.prepared import Part, Prepared, Seen
from orderctl.backend.vendor import Capability, Field, Profile, Vendor
from orderctl.errors import Conflict, DeadlinePassed, DryRunStop, Interrupted, NotFound, OrderctlError, Unsupported
from orderctl.frozen import dataclass
from orderctl.model import (
    NOTHING,
    Comment,
    Move,
    Order,
    OrderKey,
    OrderLine,
    Page,
    Query,
    Receipt,
    Setting,
    Status,
    Step,
)

if TYPE_CHECKING:
    from orderctl.http import Reader, Reply, Request

CLOCKS_DIFFER = dt.timedelta(minutes=1)
"""By so much a vendor's clock may be behind ours."""


@dataclass(frozen=True, kw_only=True)
class Connection:
    """What a vendor needs to open a backend: the account, its secrets, and the way to read.

    `notice` takes a line for standard error. `state` is the folder for what outlives a run, made when it is called for.
    """

    profile: Profile
    secrets: Mapping[str, str]
    reader: "Reader"
    notice: Callable[[str], None]
    state: Callable[[], Path]

    def __repr__(self) -> str:
        """Name the profile: the rest holds secrets."""
        return f"Connection({self.profile.name!r}, ***)"


class Backend:
    """An open connection to one profile's vendor.

    `get`, `page`, `request` and `verdict` are duties; the rest refuse unless overridden.

    Every method that reads may raise Temporary, BadAnswer, LoginRefused and PermissionDenied.
    """

    def __init__(self, vendor: Vendor, connection: Connection) -> None:
        self.vendor = vendor
        self.profile = connection.profile
        self.connection = connection
        self._warned = False

    def request(self, part: Part, answers: Mapping[str, str]) -> "Request":
        """Return a call as it is sent now, with login, signature and time; `answers` fill the holes of its values."""
        raise NotImplementedError(part, answers)  # each vendor's own

    def verdict(self, reply: "Reply", part: Part) -> Verdict:
        """Return what the answer to a call means."""
        raise NotImplementedError(reply, part)  # each vendor's own

    def renew(self) -> bool:
        """Log in again, once a session is over. Return whether there is a new session to send the same call in."""
        return False

    def ask(self, part: Part) -> Any:
        """Send a call that only reads, and return the value of its verdict; a session that is over is renewed once."""
        for last in (False, True):
            request = self.request(part, NOTHING)
            reply = self.connection.reader.read(request)
            verdict = self.verdict(reply, part)
            if last or verdict.meaning is not Meaning.EXPIRED or not self.renew():
                break
        error = read_error(verdict, reply, request, title=self.vendor.title, wait=self.vendor.busy_wait)
        if error is not None:
            raise error
        return verdict.value

    def get(self, order_id: str, given: Mapping[str, Setting] = NOTHING) -> Order:
        """Return one order; `given` are the vendor's own request parameters. Raises NotFound."""
        raise NotImplementedError(order_id)  # each vendor's own

    def header(self, order_id: str) -> Order:
        """Return one order, without its lines where they take requests of their own. Raises NotFound."""
        return self.get(order_id)

    def page(self, query: Query, cursor: str | None) -> Page:
        """Return the page of orders that `cursor` names, the first where it is None."""
        raise NotImplementedError(query, cursor)  # each vendor's own

    def ping(self) -> None:
        """Do one harmless read that fails unless the login is good."""
        self.page(Query(), None)

    def read(self, key: OrderKey) -> Order:
        """Return the order that a caller names, whose id, or reference, is exactly the one given.

        Raises NotFound, which names the order that has the id as its reference where one request tells, and Conflict
        where several orders have the reference.
        """
        if key.id is None:
            return self.find(str(key.reference))
        try:
            return self.exactly(key.id, self.header(key.id))
        except NotFound as error:
            if owners := self._owners(key.id, error):
                raise self.not_found(key.id, reference_of=owners, http_status=error.http_status) from error
            raise

    def id_of(self, key: OrderKey) -> str:
        """Return the id of the order that a caller names, for a read, which shows by itself whether an id exists."""
        return self.find(str(key.reference)).id if key.id is None else key.id

    def lines(self, order_id: str) -> tuple[OrderLine, ...]:
        """Return the lines of one order."""
        raise self.vendor.unsupported(Capability.LINES)

    def steps(self, order_id: str) -> tuple[Step, ...]:
        """Return the steps where an order waits now."""
        raise self.vendor.unsupported(Capability.STEPS)

    def comments(self, order_id: str, kinds: tuple[str, ...]) -> tuple[Comment, ...]:
        """Return an order's comments, oldest first, of all kinds where none is named."""
        raise self.vendor.unsupported(Capability.COMMENTS)

    def fields(self) -> tuple[Field, ...]:
        """Return the fields of the vendor's form for this profile."""
        raise self.vendor.unsupported(Capability.FIELDS)

    def find(self, reference: str) -> Order:
        """Return the order with exactly this reference. Raises NotFound, Conflict where several have it."""
        raise self.vendor.unsupported(Capability.FIND)

    def finds_many(self) -> bool:
        """Return whether `existing` reads for many references at once what it would read for a single one."""
        return False

    def existing(self, references: Iterable[str], *, oldest: dt.date | None = None) -> Mapping[str, str]:
        """Return the ids of the orders that have these references, by reference.

        `oldest` is the day that the oldest of the caller's orders was placed, None where nobody knows. A notice says
        where orders older than some day were not searched. Raises Conflict for several orders of one reference where
        it is the only one asked for.
        """
        found = {}
        for reference in references:
            with suppress(NotFound):
                found[reference] = self.find(reference).id
        return found

    def placed(self, prepared: Prepared) -> dt.date | None:
        """Return the day that a new order was placed, None where it does not say."""
        return None

    def raw(
        self, method: str, path: str, *, params: tuple[tuple[str, str], ...], body: bytes | None, content_type: str
    ) -> "Request":
        """Return a call of the caller's own with the vendor's authentication.

        `path` is below the profile's url, without a query; a parameter may be Json; `content_type` is the body's.
        """
        raise Unsupported(f"{self.vendor.title} takes no raw calls")

    def expired(self, reply: "Reply") -> bool:
        """Return whether the answer to a raw call says that the session is over."""
        return False

    def look(self, prepared: Prepared, key: OrderKey | None) -> Seen:
        """Return what a write needs to know first: the order that it changes, which is read. Raises as `read`."""
        if key is None:
            return Seen()
        order = self.read(key)
        return Seen(id=order.id, order=order, unchanged=self._unchanged(prepared, order))

    def fill(self, part: Part, answers: Mapping[str, str]) -> Mapping[str, str]:
        """Return what fills the holes that a part `needs` and no answer fills; it is read just before it is sent."""
        raise NotImplementedError(part, answers)  # for a vendor whose parts need something

    def applied(self, part: Part, answers: Mapping[str, str], *, done: int) -> bool:
        """Return whether a read shows that a part was applied of which the answer leaves that open.

        `done` parts of the write were done before.
        """
        return False

    def find_created(self, prepared: Prepared, sent: dt.datetime) -> str | None:
        """Return the id of an order that was accepted without one at `sent` (UTC); None where it is not found.

        Raises NotFound as well, and for an order of the same reference that may be an older one.
        """
        return self.not_older(self.same_reference(prepared), sent)

    def same_reference(self, prepared: Prepared) -> Order:
        """Return the order that has the reference of a new one. Raises as `find`."""
        return self.find(str(prepared.reference))

    @staticmethod
    def not_older(order: Order, sent: dt.datetime) -> str:
        """Return the id of an order that is not older than a request. Raises NotFound where that is not known."""
        made = order.created_at
        if not isinstance(made, dt.datetime) or made < sent - CLOCKS_DIFFER:
            raise NotFound(f"order {order.id} has that reference and may be an older one")
        return order.id

    def confirm(self, prepared: Prepared, seen: Seen, order_id: str) -> Receipt:
        """Return the receipt of a write whose parts were all done, after reading back what has to be.

        Raises OutcomeUnknown, PartlyDone where the order is not as it should be; any other error makes the outcome
        unknown.
        """
        return Receipt(id=order_id)

    def refused(self, part: Part, verdict: Verdict, seen: Seen) -> Receipt | None:
        """Return the receipt of a write that was refused although a read shows the order as asked, else None."""
        return None

    def warn_of_blindness(self) -> None:
        """Say, once, that a second create would not be noticed, and which setting of the profile would help."""
        if self._warned:
            return
        self._warned = True
        needed = " and no ".join(self.vendor.unsearchable(self.profile))
        why = f"profile {self.profile.name} has no {needed}, so " if needed else ""
        remedy = f"; add it (orderctl vendors {self.vendor.name})" if needed else ""
        self.connection.notice(
            f"{why}{self.vendor.title} does not store the reference: orders created elsewhere are not found{remedy}"
        )

    def _unchanged(self, prepared: Prepared, order: Order) -> str:
        """Return why nothing is to be done: the order is cancelled, or has the status, already; "" otherwise."""
        if prepared.verb == "cancel" and order.status is Status.CANCELLED and not self.vendor.cancel_deletes:
            return "it was cancelled already"
        move = prepared.subject
        if isinstance(move, Move) and move.to is not None and order.vendor_status == move.to and not move.set:
            return f"its status is {move.to} already"
        return ""

    def lacks(self, order_id: str, lines: int) -> str:
        """Return how many of so many lines an order has, "" where they are enough or not known."""
        have = lines
        if lines and Capability.LINES in self.vendor.capabilities:
            with suppress(OrderctlError):
                have = len(self.lines(order_id))
        return f"it has {have} of {lines} lines" if have < lines else ""

    def command(self, *words: str) -> str:
        """Return a command for this profile, ready to be pasted into a shell."""
        return shlex.join(("orderctl", *words, "-p", self.profile.name))

    def exactly(self, order_id: str, order: Order) -> Order:
        """Return the order if its id is the one that was asked for. Raises NotFound for another order."""
        if order.id == order_id:
            return order
        if order.reference == order_id:
            raise self.not_found(order_id, reference_of=(order.id,))
        raise NotFound(
            f"{self.vendor.title} has no order {order_id!r} (profile {self.profile.name}); it shows order {order.id!r}",
            hint=f"an id must be written exactly as a list shows it: {self.command('get', order.id)}",
            code="order.mismatch",
        )

    def not_found(
        self, order_id: str, *, where: str = "", http_status: int | None = None, reference_of: Iterable[str] = ()
    ) -> NotFound:
        """Return the error for an id that no order of this vendor has, `where` it was looked for.

        `reference_of` are the ids of the orders that have it as their reference.
        """
        owners = sorted(reference_of)
        said = f"; it is the reference of order {', '.join(owners)}" if owners else ""
        look = f"look it up by reference: {self.command('get', '--reference', order_id)}"
        return NotFound(
            f"{self.vendor.title} has no order {order_id!r}{where} (profile {self.profile.name}){said}",
            hint=look if self.finds(order_id) else "",
            code="order.mismatch" if owners else "",
            http_status=http_status,
        )

    def no_reference(self, reference: str) -> NotFound:
        """Return the error for a reference that no order has."""
        return NotFound(
            f"{self.vendor.title} has no order with the reference {reference!r} (profile {self.profile.name})",
            hint=f"see what there is: {self.command('list')}",
        )

    def finds(self, reference: str) -> bool:
        """Return whether an order can be looked up by its reference with this profile's settings."""
        if Capability.FIND not in self.vendor.capabilities:
            return False
        try:
            return not self.vendor.check_query(Query(reference=reference), self.profile)
        except OrderctlError:
            return False

    def _owners(self, order_id: str, error: NotFound) -> set[str]:
        """Return whose reference an id is that no order has, as far as one request tells and the error does not."""
        asks = "reference" in self.vendor.remote_filters and not self.vendor.unsearchable(self.profile)
        if error.code == "order.mismatch" or not asks:
            return set()
        try:
            page = self.page(Query(reference=order_id), None)
        except (DeadlinePassed, Interrupted):
            raise
        except (OrderctlError, DryRunStop):
            return set()
        return {order.id for order in page.orders if order.reference == order_id}

    def ambiguous_reference(self, reference: str, ids: Iterable[str]) -> Conflict:
        """Return the error for a reference that several orders have."""
        found = sorted(ids)
        return Conflict(
            f"{len(found)} orders have the reference {reference!r}: {', '.join(found)}",
            hint=f"name one by its id: {self.command('get', found[0])}",
            code="order.ambiguous",
        )

    def duplicate_reference(
        self, reference: str, order_id: str | None, *, http_status: int | None = None, lacks: str = ""
    ) -> Conflict:
        """Return the error for a create whose reference an order has already, of which the id may be known."""
        whose = f"as order {order_id}" if order_id else f"at {self.vendor.title}"
        words = (order_id,) if order_id else ("--reference", reference)
        return Conflict(
            f"reference {reference!r} exists already {whose}; no second order was made" + (lacks and f"; {lacks}"),
            hint=f"look at it: {self.command('get', *words)}"
            + (lacks and f"; add what is missing: {self.command('update', *words)} --line …"),
            code="vendor.duplicate",
            http_status=http_status,
            order_id=order_id,
        )
