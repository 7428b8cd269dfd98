"""What a vendor is: a value that describes it (Vendor) and an open connection that speaks to it (Backend).

A vendor's module declares its fields, settings, secrets and capabilities as data. Checking, `schema`, `template`,
`vendors`, completion and help all follow from them, so that a field is written down once.
"""

import datetime as dt
import shlex
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from orderctl.errors import Conflict, NotFound, Problem, Unsupported
from orderctl.model import (
    NOTHING,
    Comment,
    Event,
    Move,
    Order,
    OrderChange,
    OrderDraft,
    OrderLine,
    Page,
    Query,
    Receipt,
    Setting,
    Status,
    Step,
)
from orderctl.values import KW_ONLY, dataclass, field

if TYPE_CHECKING:
    from orderctl.http import Client, Reply


class Capability(StrEnum):
    """What a backend may be able to do; the value is the name of its method."""

    CREATE = "create"
    GET = "get"
    PAGE = "page"
    UPDATE = "update"
    CANCEL = "cancel"
    PUSH = "push"
    LINES = "lines"
    STEPS = "steps"
    COMMENTS = "comments"
    FIND = "find"
    FIELDS = "fields"

    @property
    def command(self) -> str:
        """The command that a user types for it."""
        return {"page": "list", "find": "get --reference"}.get(self.value, self.value)


class Duplicates(StrEnum):
    """What a vendor does with a second create of one reference; it decides what may be sent again."""

    REFUSED = "refused"
    SEARCHABLE = "searchable"
    BLIND = "blind"


class Kind(StrEnum):
    """What a field holds, and so which texts are accepted for it."""

    BASE64 = "base64"
    BOOL = "bool"
    DATETIME = "datetime"
    DECIMAL = "decimal"
    INT = "int"
    JSON = "json"
    LINES = "lines"
    LINKS = "links"
    TEXT = "text"


@dataclass(frozen=True)
class Field:
    """A vendor's own field in one call.

    `name` is as the vendor spells it; one with `{key}` at an end is free, the caller completes it. `word` is the
    common word that fills it. `aliases` are other spellings that callers may write. A `typed` one may be given with a
    type, KEY:TYPE=VALUE. A `reserved` field is sent by orderctl itself and `instead` says how to reach what it is for.
    """

    name: str
    kind: Kind = Kind.TEXT
    note: str = ""
    _: KW_ONLY
    word: str = ""
    required: bool = False
    aliases: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    max_length: int = 0
    reserved: bool = False
    typed: bool = False
    instead: str = ""

    @property
    def prefix(self) -> str:
        """What a free field's name begins with, "" where the name is not free or begins with the caller's part."""
        head, brace, _ = self.name.partition("{")
        return head if brace else ""

    @property
    def suffix(self) -> str:
        """What a free field's name ends with, "" where the name is not free or ends with the caller's part."""
        return self.name.partition("}")[2]


@dataclass(frozen=True, kw_only=True)
class Secret:
    """A secret that a profile of this vendor needs, `unless` it has another one."""

    name: str
    note: str
    required: bool = True
    unless: str = ""


@dataclass(frozen=True, kw_only=True)
class Option:
    """A setting of the vendor's in a profile. One that is part of `identity` tells two accounts apart."""

    name: str
    note: str
    required: bool = False
    default: str = ""
    choices: tuple[str, ...] = ()
    identity: bool = False


@dataclass(frozen=True, kw_only=True)
class Profile:
    """A named vendor account from the config file, checked. `zone` reads its bare dates and box-local times."""

    name: str
    vendor: str
    url: str
    zone: dt.tzinfo = dt.UTC
    currency: str | None = None
    rate: float = 2.0
    protected: bool = False
    allow_http: bool = False
    secrets_file: str | None = None
    credential_command: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    statuses: Mapping[str, Status] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sandbox(self) -> bool:
        """Whether this profile talks to the built-in emulator inside the process."""
        return self.url == "sandbox:"


@dataclass(frozen=True, kw_only=True)
class Connection:
    """What a vendor needs to open a backend: the account, its secrets, and the one client that sends bytes.

    `notice` takes a line for standard error. `state` is the folder for what outlives a run, made when it is called for.
    """

    profile: Profile
    secrets: Mapping[str, str]
    client: "Client"
    notice: Callable[[str], None]
    state: Callable[[], Path]

    def __repr__(self) -> str:
        """Name the profile: the rest holds secrets."""
        return f"Connection({self.profile.name!r}, ***)"


@dataclass(frozen=True)
class Checked:
    """What can be said of a write before it is sent: problems (it is not sent) and warnings (it is)."""

    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()


def no_query_check(_query: Query, _profile: Profile) -> Checked:
    """Return no problems: for a vendor that has nothing to check in a query."""
    return Checked()


def no_check(_verb: str, _subject: OrderDraft | OrderChange | Move, _profile: Profile) -> Checked:
    """Return no problems: for a vendor that has nothing to check before sending."""
    return Checked()


class Backend:
    """An open connection to one profile's vendor.

    `create`, `get` and `page` are duties; the rest refuse unless overridden.

    Every method may raise Temporary (nothing was applied), BadAnswer, LoginRefused and PermissionDenied; a write also
    OutcomeUnknown, Refused and Conflict.
    """

    def __init__(self, vendor: "Vendor", connection: Connection) -> None:
        self.vendor = vendor
        self.profile = connection.profile
        self.connection = connection

    def create(self, draft: OrderDraft) -> Receipt:
        """Make the order and return its id. The draft has a reference and has passed the vendor's check."""
        raise NotImplementedError(draft)

    def get(self, order_id: str, given: Mapping[str, Setting] = NOTHING) -> Order:
        """Return one order; `given` are the vendor's own request parameters. Raises NotFound."""
        raise NotImplementedError(order_id)

    def page(self, query: Query, cursor: str | None) -> Page:
        """Return the page of orders that `cursor` names, the first where it is None."""
        raise NotImplementedError(query, cursor)

    def ping(self) -> None:
        """Do one harmless read that fails unless the login is good."""
        self.page(Query(), None)

    def read(self, order_id: str) -> Order:
        """Return the order that a write to `order_id` would change. Raises NotFound, Conflict where it is another."""
        order = self.get(order_id)
        if order_id not in (order.id, order.reference):
            raise self.another(order_id, order.id, hint="nothing was changed; use the id that a list shows")
        return order

    def update(self, order_id: str, change: OrderChange) -> Receipt:
        """Change an order."""
        raise self.vendor.unsupported(Capability.UPDATE)

    def cancel(self, order_id: str, reason: str | None) -> Receipt:
        """End an order."""
        raise self.vendor.unsupported(Capability.CANCEL)

    def push(self, order_id: str, move: Move) -> Receipt:
        """Move an order on to the next step of its workflow."""
        raise self.vendor.unsupported(Capability.PUSH)

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
        """Return the order with exactly this reference. Raises NotFound."""
        raise self.vendor.unsupported(Capability.FIND)

    def raw(
        self, method: str, path: str, *, params: tuple[tuple[str, str], ...], body: bytes | None, content_type: str
    ) -> "Reply":
        """Send a call of the caller's own with the vendor's authentication; return the reply, whatever its status.

        `path` stands below the profile's url, without a query; `content_type` is the body's. It is sent as a read
        where the vendor's `raw_reads` says so, otherwise as a write.
        """
        raise Unsupported(f"{self.vendor.title} takes no raw calls")

    def command(self, *words: str) -> str:
        """Return a command for this profile, ready to be pasted into a shell."""
        return shlex.join(("orderctl", *words, "-p", self.profile.name))

    def not_found(self, order_id: str) -> NotFound:
        """Return the error for an order that this vendor does not have."""
        can = Capability.FIND in self.vendor.capabilities
        return NotFound(
            f"{self.vendor.title} has no order {order_id!r} (profile {self.profile.name})",
            hint=f"look for it: {self.command('list', '--reference', order_id)}" if can else "",
        )

    def another(self, asked: str, got: str, *, hint: str = "use the id that a list shows") -> Conflict:
        """Return the error for an order that is not the one that was asked for."""
        return Conflict(
            f"asked {self.vendor.title} for order {asked!r} and got order {got!r}", hint=hint, code="order.mismatch"
        )

    def several(self, reference: str, ids: Iterable[str]) -> Conflict:
        """Return the error for a reference that several orders have."""
        found = sorted(ids)
        return Conflict(
            f"{len(found)} orders have the reference {reference!r}: {', '.join(found)}",
            hint=f"name one by its id: {self.command('get', found[0])}",
            code="order.ambiguous",
        )

    def taken(self, reference: str, order_id: str | None, *, http_status: int | None = None) -> Conflict:
        """Return the error for a create whose reference an order has already, of which the id may be known."""
        whose = f"as order {order_id}" if order_id else f"at {self.vendor.title}"
        words = (order_id,) if order_id else ("--reference", reference)
        return Conflict(
            f"reference {reference!r} exists already {whose}; no second order was made",
            hint=f"look at it: {self.command('get', *words)}",
            code="vendor.duplicate",
            http_status=http_status,
            order_id=order_id,
        )


class Unreadable(Exception):
    """What was pushed to us is no event of the vendor's; the text says why."""


class Forged(Exception):
    """What was pushed to us does not prove that it comes from the vendor; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Receiving:
    """How a vendor pushes order changes to us.

    `read` returns the event of a body, its content type and the profile, with the secret named `secret` where the
    profile has it: then an event that is not signed with it is refused. It raises Unreadable and Forged. `accepted`
    is the vendor's acknowledgement, `refused` the opposite, both JSON.
    """

    secret: str
    read: Callable[[bytes, str, Profile, str | None], Event]
    accepted: str
    refused: str


@dataclass(frozen=True, kw_only=True)
class Vendor:
    """One of the systems that orderctl speaks to, described.

    `fields` are the vendor's own, by call: create, create.line, update, update.line, push, list, get, comments.
    `filters` are the words of a Query that the vendor applies itself; `answered` those that can be applied here,
    because its answers carry the field. `refusals` name what can be done where a capability is missing. `raw_reads`
    says whether a raw call (method, path) changes nothing at the vendor; None where the vendor takes no raw calls.
    `page_size` is how many orders a full page has, 0 where it is as long as there are orders.
    `receive` says how order changes are received, None where the vendor pushes none.
    """

    name: str
    title: str
    summary: str
    url: str
    timezone: str = "UTC"
    options: tuple[Option, ...] = ()
    secrets: tuple[Secret, ...] = ()
    capabilities: frozenset[Capability]
    refusals: Mapping[Capability, str] = field(default_factory=dict)
    duplicates: Duplicates
    fields: Mapping[str, tuple[Field, ...]]
    statuses: Mapping[str, Status] = field(default_factory=dict)
    comment_kinds: tuple[str, ...] = ()
    filters: frozenset[str] = frozenset()
    answered: frozenset[str] = frozenset()
    sorts: frozenset[str] = frozenset()
    page_size: int
    attachments: str = ""
    limits: tuple[str, ...] = ()
    cancel_deletes: bool = False
    busy_wait: float | None = None
    reason: Literal["none", "optional", "required"] = "none"
    example: OrderDraft
    sandbox_secrets: Mapping[str, str] = field(default_factory=dict)
    sandbox_settings: Mapping[str, str] = field(default_factory=dict)
    check: Callable[[str, OrderDraft | OrderChange | Move, Profile], Checked] = no_check
    check_query: Callable[[Query, Profile], Checked] = no_query_check
    raw_reads: Callable[[str, str], bool] | None = None
    receive: Receiving | None = None
    backend: type[Backend]

    def connect(self, connection: Connection) -> Backend:
        """Open a connection. Raises ConfigError for settings of the profile that no connection can be made with."""
        return self.backend(self, connection)

    def second_create(self, profile: Profile) -> Duplicates:
        """Return what becomes of a second create: without the field that keeps references, nothing can be searched."""
        kept = any(option.name == "reference_field" for option in self.options)
        return Duplicates.BLIND if kept and not profile.settings.get("reference_field") else self.duplicates

    def unsupported(self, capability: Capability) -> Unsupported:
        """Return the refusal of something that this vendor cannot do, naming what can be done instead."""
        can = ", ".join(sorted(c.command for c in self.capabilities if c is not Capability.FIND))
        return Unsupported(
            f"{self.title} does not offer `orderctl {capability.command}`",
            hint=self.refusals.get(capability, f"it can: {can} (orderctl vendors {self.name})"),
        )

    def require(self, capability: Capability) -> None:
        """Raise Unsupported unless the vendor can do it; no secret has been read by then."""
        if capability not in self.capabilities:
            raise self.unsupported(capability)
