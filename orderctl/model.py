"""The values of orderctl: orders as vendors hold them, drafts as callers want them.

Values are frozen; those of which a long list makes thousands are named tuples, made in a third of the time. Money and
quantities are Decimals in the order's currency, never floats. Times are aware datetimes in UTC; a date without a time
stays a date. None means that the vendor (or the caller) gave nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

from orderctl.frozen import dataclass, field, replace

NOTHING: Mapping[str, Any] = MappingProxyType({})

Moment = datetime | date
"""A time in UTC, or a date that has no time."""


class Status(StrEnum):
    """Our six words for the state of an order; a vendor's own word stays in `vendor_status`."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Outcome(StrEnum):
    """What became of one write."""

    CREATED = "created"
    UPDATED = "updated"
    CANCELLED = "cancelled"
    PUSHED = "pushed"
    UNCHANGED = "unchanged"
    REPLAYED = "replayed"
    REFUSED = "refused"
    CONFLICT = "conflict"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


class Customer(NamedTuple):
    """Who ordered. `id` is the vendor's, `code` the caller's."""

    id: str | None = None
    code: str | None = None
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    address: str | None = None


PERSONAL = frozenset({"address", "email", "name", "phone"})
"""The fields of a Customer that say who a person is: masked wherever others may read (see personal.py)."""


class OrderLine(NamedTuple):
    """A line that a vendor holds; what has no common word is kept in `extra` as it came."""

    id: str | None = None
    sku: str | None = None
    name: str | None = None
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    total: Decimal | None = None
    extra: Mapping[str, Any] = NOTHING


class Step(NamedTuple):
    """Where an order waits in its vendor's workflow; `error` says why it cannot go on from there."""

    name: str
    id: str | None = None
    error: str | None = None


@dataclass(frozen=True, kw_only=True)
class Comment:
    """A comment or history entry on an order."""

    id: str | None = None
    created_at: Moment | None = None
    kind: str | None = None
    text: str | None = None
    author: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


class Order(NamedTuple):
    """An order that a vendor holds. `raw` is the vendor's own answer, shown on request only."""

    id: str
    reference: str | None = None
    number: str | None = None
    title: str | None = None
    status: Status = Status.UNKNOWN
    vendor_status: str | None = None
    steps: tuple[Step, ...] = ()
    customer: Customer = Customer()
    lines: tuple[OrderLine, ...] = ()
    currency: str | None = None
    total: Decimal | None = None
    paid: bool | None = None
    created_at: Moment | None = None
    updated_at: Moment | None = None
    due_at: Moment | None = None
    note: str | None = None
    extra: Mapping[str, Any] = NOTHING
    raw: Any = None


class Json(str):
    """A value of a raw call that is JSON, as the caller wrote it: its numbers keep every digit."""

    __slots__ = ()


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A vendor's own field that the caller sets: text, JSON, or the bytes of a file; `kind` where fields are typed."""

    value: Any
    kind: str | None = None


@dataclass(frozen=True, kw_only=True)
class DraftLine:
    """A line that the caller wants. `id` names a row or product of the vendor's."""

    sku: str | None = None
    id: str | None = None
    name: str | None = None
    quantity: Decimal | None = None
    price: Decimal | None = None
    set: Mapping[str, Setting] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class OrderDraft:
    """An order that the caller wants to exist. `row` is its position in its file, from 1."""

    reference: str | None = None
    title: str | None = None
    note: str | None = None
    customer: Customer = field(default_factory=Customer)
    due: Moment | None = None
    currency: str | None = None
    total: Decimal | None = None
    status: str | None = None
    paid: bool | None = None
    lines: tuple[DraftLine, ...] = ()
    set: Mapping[str, Setting] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    row: int | None = None

    def with_reference(self, reference: str) -> "OrderDraft":
        """Return the same draft under a reference."""
        return replace(self, reference=reference)


@dataclass(frozen=True, kw_only=True)
class OrderChange(OrderDraft):
    """What the caller wants to be otherwise; None leaves a field as it is. Lines are added, or replace all.

    In a file of many changes, its `id` or its `reference` names the order.
    """

    id: str | None = None
    replace_lines: bool = False


@dataclass(frozen=True, kw_only=True)
class OrderKey:
    """How a caller names an order: by the vendor's id or by its reference, never by both."""

    id: str | None = None
    reference: str | None = None

    def __str__(self) -> str:
        """Name the order in a sentence."""
        return f"reference {self.reference!r}" if self.id is None else f"order {self.id!r}"


@dataclass(frozen=True, kw_only=True)
class Cancellation:
    """Why an order is to end; None where no reason is given."""

    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class Move:
    """How to push an order on: to a status, by an employee, out of one of several parallel steps."""

    to: str | None = None
    by: str | None = None
    step: str | None = None
    set: Mapping[str, Setting] = field(default_factory=dict)


Subject = OrderDraft | Move | Cancellation
"""What a write is about; an OrderChange is an OrderDraft."""


@dataclass(frozen=True, kw_only=True)
class Query:
    """Which orders a list should show. Bare dates have been read in the profile's time zone already.

    `since` and `until` bound the creation (`until` is exclusive), `changed_since` the last change.
    `customer` is a code, a name, an e-mail address or a phone number; `text` is found in the title, the note or a name.
    `where` are the vendor's own fields, each with an operator ("" = equal) and its values.
    """

    status: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    changed_since: datetime | None = None
    customer: str | None = None
    reference: str | None = None
    text: str | None = None
    where: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    sort: str | None = None
    descending: bool = False
    set: Mapping[str, Setting] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page of a list. `next` is the vendor's cursor to the page after it, None at the end.

    `orders` may be read from the answer one by one, anew by each walk through them. `errors` are rows that could not be
    read, known after such a walk, each in one line; they never hide the others. `mark` tells the page from others (see
    backend/pages.py), None where there is nothing to tell it by.
    """

    orders: Iterable[Order]
    next: str | None = None
    errors: Sequence[str] = ()
    mark: int | None = None


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What a vendor answered to a write that it certainly applied. `notes` are warnings worth a line.

    `unchanged` says that the order was so already.
    """

    id: str
    message: str = ""
    notes: tuple[str, ...] = ()
    unchanged: bool = False


@dataclass(frozen=True, kw_only=True)
class Event:
    """A change that a vendor pushed. `data` is what it says of the order, as JSON text, every digit as it came.

    `keys` tell a replay: an event that shares one with an earlier one of its profile is the same. `proven` where a
    digest was checked; only then `sent_at`, the vendor's own time, can be relied on.
    """

    kind: str
    data: str
    keys: tuple[str, ...]
    order_id: str | None = None
    reference: str | None = None
    message_id: str | None = None
    tenant_id: str | None = None
    app_id: str | None = None
    sent_at: datetime | None = None
    proven: bool = False
