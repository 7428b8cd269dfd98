"""What a vendor is: a value that describes one of the systems that orderctl speaks to.

A vendor's module declares its fields, settings, secrets and capabilities as data. Checking, `schema`, `template`,
`vendors`, completion and help all follow from them, so that a field is written down once.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

from orderctl.backend.prepared import Part, Prepared, Seen
from orderctl.errors import Problem, Unsupported
from orderctl.frozen import KW_ONLY, dataclass, field
from orderctl.model import PERSONAL, Event, OrderDraft, Query, Status, Subject

if TYPE_CHECKING:
    from orderctl.backend.contract import Backend, Connection
    from orderctl.personal import Mask


class Capability(StrEnum):
    """What a backend may be able to do; of a read, the value is the name of its method."""

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
    Where the vendor does not tell whether it is required, `required_known` is false. `personal` says of one without a
    word that it tells who somebody is, None where only a form of the caller's own tells; a customer's name, email,
    phone and address do by their word. What an `appends` one is given is added to what the order has, so that sending
    it twice adds it twice.
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
    required_known: bool = True
    personal: bool | None = False
    appends: bool = False

    @property
    def is_personal(self) -> bool | None:
        """Whether it says who somebody is, so that its value is masked where others may read; None where unknown."""
        return (
            self.personal
            if self.personal is not False
            else (self.word.startswith("customer.") and self.word[9:] in PERSONAL)
        )

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
    """A secret that a profile of this vendor needs, `unless` it has another one.

    One that is `visible` is a name: it shows while it is typed, and is hidden everywhere else like the others.
    """

    name: str
    note: str
    required: bool = True
    unless: str = ""
    visible: bool = False


@dataclass(frozen=True, kw_only=True)
class Option:
    """A setting of the vendor's in a profile. One that is part of `identity` tells two accounts apart.

    Without one `for_writes`, a profile only reads. `offer` is what `profile add` writes where nothing is given
    ("{profile}" is the profile's name); one that is `asked` is asked for there, and may be left out.
    """

    name: str
    note: str
    required: bool = False
    default: str = ""
    choices: tuple[str, ...] = ()
    identity: bool = False
    for_writes: bool = False
    offer: Any = None
    asked: bool = False


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
    resend_absent: bool = False
    allow_http: bool = False
    secrets_file: str | None = None
    credential_command: tuple[str, ...] = ()
    mapping: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    statuses: Mapping[str, Status] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sandbox(self) -> bool:
        """Whether this profile talks to the built-in emulator inside the process."""
        return self.url == "sandbox:"


def no_query_problems(_query: Query, _profile: Profile) -> tuple[Problem, ...]:
    """Return no problems: for a vendor that takes every query."""
    return ()


def prepare_nothing(verb: str, subject: Subject, _profile: Profile) -> Prepared:
    """Return an empty write: for a vendor that has no write of this kind."""
    return Prepared(verb=verb, subject=subject)


def no_parts(prepared: Prepared, _seen: Seen, _profile: Profile) -> tuple[Part, ...]:
    """Raise: a vendor without writes has no request, and its capabilities refuse the command before this."""
    raise NotImplementedError(prepared.verb)  # a vendor with writes names its own


class UnreadableEvent(Exception):
    """What was pushed to us is not an event of the vendor; the text says why."""


class BadSignature(Exception):
    """What was pushed to us does not prove that it comes from the vendor; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Webhook:
    """How a vendor pushes order changes to us.

    `read` returns the event of a body, its content type and the profile, with the secret named `secret` where the
    profile has it: then an event that is not signed with it is refused. It raises UnreadableEvent and BadSignature.
    `accepted` is the vendor's acknowledgement, `refused` the opposite, both JSON.
    """

    secret: str
    read: Callable[[bytes, str, Profile, str | None], Event]
    accepted: str
    refused: str


@dataclass(frozen=True, kw_only=True)
class Vendor:
    """One of the systems that orderctl speaks to, described.

    `fields` are the vendor's own, by call: create, create.line, update, update.line, push, list, get, comments.
    `remote_filters` are the words of a Query that the vendor applies itself; `local_filters` those that can be applied
    here, because its answers carry the field. `customer_fields` are what a list shows of a customer beside a code or
    an id: email, name, phone. `refusals` name what can be done where a capability is missing.
    `raw_reads` says whether a raw call (method, path) changes nothing at the vendor; None where it takes no raw calls.
    `duplicates` is what it does with a second create; without it nothing is known of that, and nothing is sent again.
    `searched_with` are the settings of a profile (TABLE.KEY in a table) without which nothing is found by a reference.
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
    duplicates: Duplicates = Duplicates.BLIND
    searched_with: tuple[str, ...] = ()
    fields: Mapping[str, tuple[Field, ...]]
    statuses: Mapping[str, Status] = field(default_factory=dict)
    comment_kinds: tuple[str, ...] = ()
    remote_filters: frozenset[str] = frozenset()
    local_filters: frozenset[str] = frozenset()
    customer_fields: frozenset[str] = frozenset()
    sorts: frozenset[str] = frozenset()
    page_size: int
    attachments: str = ""
    limits: tuple[str, ...] = ()
    cancel_deletes: bool = False
    busy_wait: float | None = None
    reason: Literal["none", "optional", "required"] = "none"
    example: OrderDraft
    sandbox_secrets: Mapping[str, str] = field(default_factory=dict)
    sandbox_settings: Mapping[str, Any] = field(default_factory=dict)
    prepare: Callable[[str, Subject, Profile], Prepared] = prepare_nothing
    parts: Callable[[Prepared, Seen, Profile], tuple[Part, ...]] = no_parts
    check_query: Callable[[Query, Profile], tuple[Problem, ...]] = no_query_problems
    raw_reads: Callable[[str, str], bool] | None = None
    receive: Webhook | None = None
    backend: "type[Backend]"

    def connect(self, connection: "Connection") -> "Backend":
        """Open a connection. Raises ConfigError for settings of the profile that no connection can be made with."""
        return self.backend(self, connection)

    def second_create(self, profile: Profile) -> Duplicates:
        """Return what becomes of a second create: without the settings that a search needs, none can be found."""
        return Duplicates.BLIND if self.unsearchable(profile) else self.duplicates

    def unsearchable(self, profile: Profile) -> tuple[str, ...]:
        """Return the settings that a profile lacks for a search by reference."""
        return tuple(name for name in self.searched_with if not _setting(profile, name))

    def mask(self, profile: Profile | None = None) -> "Mask":
        """Return what masks personal data in this vendor's requests and answers, by the names of its fields.

        The field in which a profile keeps references is shown.
        """
        from orderctl.personal import Mask  # noqa: PLC0415  (only for what others may read)

        fields = [field for table in self.fields.values() for field in table]
        names = [(name, field.is_personal) for field in fields for name in (field.name, *field.aliases)]
        reference = profile.settings.get("reference_field") if profile else None
        return Mask([*names, (str(reference), False)] if reference else names)

    @property
    def cancel_means(self) -> Literal["deletes", "voids"] | None:
        """What becomes of an order that is cancelled; None where none can be."""
        if Capability.CANCEL not in self.capabilities:
            return None
        return "deletes" if self.cancel_deletes else "voids"

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


def _setting(profile: Profile, name: str) -> Any:
    """Return what a profile says under a name, or in a table under TABLE.KEY; None where it says nothing."""
    table, dot, key = name.partition(".")
    return profile.settings.get(table, {}).get(key) if dot else profile.settings.get(name)
