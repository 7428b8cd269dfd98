"""The documents that scripts read, as types: what `orderctl schema` prints and what --fields may name.

They are frozen: fields are added, never changed. Every field is always present, null where nothing is known, unless
it says otherwise. Lists, counts and `complete` come last, so that a document can be written as it grows.
"""

from typing import Annotated, Any, Literal, NotRequired

from typing_extensions import TypedDict  # pydantic asks for this one before Python 3.12, and brings it

from orderctl.backend.vendor import Duplicates, Kind
from orderctl.model import Outcome, Status


class Says:
    """What the JSON Schema says of a field beyond its type."""

    def __init__(self, description: str, **keywords: Any) -> None:
        self.keywords = {"description": description, **keywords}

    def __get_pydantic_json_schema__(self, core_schema: Any, handler: Any) -> dict[str, Any]:
        """Add the keywords to the type's schema; pydantic calls this."""
        return {**handler(core_schema), **self.keywords}


Amount = Annotated[
    str, Says("A decimal number as text, every digit as the vendor gave it.", pattern=r"^-?[0-9]+(\.[0-9]+)?$")
]
Moment = Annotated[str, Says("A time in UTC, RFC 3339 and ending in Z; or a date, YYYY-MM-DD.")]
STATES = ("planned", "sending", "done", "refused", "unknown", "conflict")
Extra = Annotated[dict[str, Any], Says("What the vendor answered beyond the common words, as it came.")]


class CustomerDocument(TypedDict):
    """Who ordered. `id` is the vendor's, `code` the caller's."""

    id: str | None
    code: str | None
    name: str | None
    email: str | None
    phone: str | None
    address: str | None


class LineDocument(TypedDict):
    """One line of an order."""

    id: str | None
    sku: str | None
    name: str | None
    quantity: Amount | None
    unit_price: Amount | None
    total: Amount | None
    extra: Extra


class StepDocument(TypedDict):
    """Where an order waits in its vendor's workflow; `error` says why it cannot go on from there."""

    id: str | None
    name: str
    error: str | None


class CommentDocument(TypedDict):
    """A comment or history entry on an order."""

    id: str | None
    created_at: Moment | None
    kind: str | None
    text: str | None
    author: str | None
    extra: Extra


class OrderDocument(TypedDict):
    """An order that a vendor holds. `status` is one of our six words, `vendor_status` the vendor's own."""

    schema: Literal["orderctl.order/1"]
    profile: str
    vendor: str
    id: str
    reference: str | None
    number: str | None
    title: str | None
    status: Status
    vendor_status: str | None
    steps: list[StepDocument]
    customer: CustomerDocument
    lines: list[LineDocument]
    currency: str | None
    total: Amount | None
    paid: bool | None
    created_at: Moment | None
    updated_at: Moment | None
    due_at: Moment | None
    note: str | None
    extra: Extra
    raw: NotRequired[Annotated[Any, Says("The vendor's own answer; only with --raw.")]]


class FieldDocument(TypedDict):
    """A vendor's own field: what it takes, the common word that fills it, and its other spellings."""

    name: str
    kind: Kind
    required: bool
    word: str | None
    note: str | None
    aliases: list[str]
    choices: list[str]
    max_length: int | None
    reserved: bool
    instead: str | None
    required_known: Annotated[bool, Says("False where the vendor does not tell whether the field is required.")]


class SettingDocument(TypedDict):
    """A setting of a vendor's in a profile; one of its `identity` tells two accounts apart."""

    name: str
    note: str
    required: bool
    default: str | None
    choices: list[str]
    identity: bool


class SecretDocument(TypedDict):
    """A secret that a profile of a vendor needs; never its value."""

    name: str
    note: str
    required: bool


class MappingDocument(TypedDict):
    """A mapping: its name, its file or "built in", the format that it reads, and what it knows a file by."""

    name: str
    source: str
    format: str
    known_by: list[str]


class VendorDocument(TypedDict):
    """A vendor and what it can do. `refusals` says what to do instead of a command that it lacks.

    `filters` are all that a list takes, `filters_here` those that orderctl applies to what the vendor answered. A
    `page_size` of null is a page of all orders; a `cancel` of null says that none can be cancelled.
    """

    name: str
    title: str
    summary: str
    url: str
    timezone: str
    commands: list[str]
    refusals: dict[str, str]
    duplicates: Duplicates
    filters: list[str]
    filters_here: list[str]
    sorts: list[str]
    page_size: int | None
    cancel: Literal["deletes", "voids"] | None
    comment_kinds: list[str]
    attachments: str | None
    statuses: dict[str, Status]
    limits: list[str]
    settings: list[SettingDocument]
    secrets: list[SecretDocument]


class ProfileDocument(TypedDict):
    """A named vendor account from the config file; never a secret."""

    name: str
    vendor: str
    url: str
    timezone: str
    currency: str | None
    default: bool
    protected: bool
    sandbox: bool
    settings: dict[str, Any]


class AuthDocument(TypedDict):
    """Where one secret of one profile comes from, null where it is missing; never the secret."""

    profile: str
    vendor: str
    secret: str
    required: bool
    source: str | None


class FindingDocument(TypedDict):
    """What `doctor` found in one check, of a profile or, where that is null, of this machine.

    `remedy` says what to do, by a command wherever one does it. `exit` is the exit code of a problem, otherwise 0.
    """

    check: Annotated[str, Says("What was looked at: config, credentials, clock, journal, …")]
    state: Literal["ok", "warning", "problem"]
    profile: str | None
    message: str
    remedy: str | None
    exit: int
    code: str | None


class ResultDocument(TypedDict):
    """What became of one write. `journal` is its operation in the journal."""

    schema: Literal["orderctl.result/1"]
    verb: str
    outcome: Outcome
    profile: str
    vendor: str
    id: str | None
    reference: str | None
    journal: str | None
    message: str | None


class OperationDocument(TypedDict):
    """A write that this machine meant, and what became of it: a row of the journal.

    `id` is the order's, `message` the answer's words. A `state` of `planned` was not sent, or certainly not processed;
    of `unknown` it may have been applied. `steps` are the further requests of a write of several, each with its state.
    `absent`: a search has shown, or a person confirmed, that its order does not exist.
    """

    schema: Literal["orderctl.operation/1"]
    op: str
    run: str
    profile: str
    vendor: str
    target: str
    verb: str
    reference: str | None
    id: str | None
    state: Annotated[str, Says("What is known of it.", enum=[*STATES])]
    attempts: int
    planned_at: Moment | None
    first_sent_at: Moment | None
    sent_at: Moment | None
    settled_at: Moment | None
    http_status: int | None
    message: str | None
    steps: dict[str, str]
    cancelled_at: Moment | None
    searched_at: Moment | None
    absent: bool
    damaged: Annotated[bool, Says("The row does not fit its checksum, so that its outcome is unknown.")]
    content: NotRequired[
        Annotated[dict[str, Any] | None, Says("What was meant; null once it was pruned. Not in `journal list`.")]
    ]


class SandboxDocument(TypedDict):
    """Where `sandbox serve` answers: a profile's keys and the secrets for it, all the word `sandbox`."""

    schema: Literal["orderctl.sandbox/1"]
    url: str
    vendor: str
    store: str
    profile: dict[str, str]
    secrets: dict[str, str]


class ListenDocument(TypedDict):
    """Where `listen` takes what a vendor pushes. `digests` says whether every event must be signed."""

    schema: Literal["orderctl.listen/1"]
    url: str
    profile: str
    vendor: str
    digests: bool


class EventDocument(TypedDict):
    """An order change that a vendor pushed. `acked_at` is when `events ack` took note of it."""

    schema: Literal["orderctl.event/1"]
    id: str
    received_at: Moment
    profile: str
    vendor: str
    kind: str
    order_id: str | None
    reference: str | None
    message_id: str | None
    tenant_id: str | None
    app_id: str | None
    acked_at: Moment | None
    data: NotRequired[
        Annotated[Any, Says("What the vendor says of the order; a number with a fraction or over 15 digits is text. "
                            "Not in a list. Text where it cannot be read.")]
    ]  # fmt: skip
    raw: NotRequired[Annotated[str, Says("The request's body as it came; only with --raw.")]]


class RequestDocument(TypedDict):
    """One request that a write would send. Secrets are `***`, what is not known yet is `<name>`."""

    method: str
    url: str
    headers: dict[str, str]
    body: Any


class RequestsDocument(TypedDict):
    """A dry run: the requests that would be sent, in order."""

    schema: Literal["orderctl.requests/1"]
    requests: list[RequestDocument]


class ProblemDocument(TypedDict):
    """One thing wrong with an input: its field, option or column, and its row from 1."""

    path: str
    row: int | None
    problem: str


class FailureDocument(TypedDict):
    """What went wrong. `exit` is the exit code, `retry_after` seconds, `hint` what to do next."""

    code: str
    exit: int
    message: str
    hint: str | None
    profile: str | None
    vendor: str | None
    http_status: int | None
    retry_after: float | None
    journal: str | None
    fields: list[ProblemDocument]


class ErrorDocument(TypedDict):
    """A failure, on standard error in the json and jsonl formats."""

    schema: Literal["orderctl.error/1"]
    error: FailureDocument


StatusSource = Literal["orders", "profile", "vendor"]
"""Who tells of a status."""


class StatusDocument(TypedDict):
    """A status in the vendor's word, as `push --to` and `list --status` take it.

    `source` says who tells of it: orders that were listed, of which so many have it, the vendor, or the profile.
    """

    name: str
    status: Literal["open", "in_progress", "completed", "cancelled", "failed", "unknown"]
    orders: int
    source: StatusSource


class ItemError(TypedDict):
    """One item of a list that could not be read or found; the others are in the list.

    Of several profiles, the one that it is from; without an id none of its orders, or no more of them, are in the list.
    """

    id: str | None
    code: str | None
    message: str
    profile: NotRequired[str]


class DraftCustomer(TypedDict, total=False):
    """Who orders."""

    code: str
    name: str
    email: str
    phone: str
    address: str


class DraftLineDocument(TypedDict, total=False):
    """A line that the caller wants; `set` are fields of the vendor's line."""

    sku: str
    id: str
    name: str
    quantity: str | int
    price: str | int
    set: dict[str, Any]


class DraftDocument(TypedDict, total=False):
    """An order that the caller wants, for `create --from`; `set` are the vendor's own fields. Numbers may be text."""

    schema: Literal["orderctl.draft/1"]
    reference: str
    title: str
    note: str
    customer: DraftCustomer
    due: str
    currency: str
    total: str | int
    status: str
    paid: bool
    lines: list[DraftLineDocument]
    set: dict[str, Any]
