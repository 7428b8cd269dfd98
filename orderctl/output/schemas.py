"""Every document by the name that it carries, lists too; `orderctl schema` prints from here."""

from typing import Literal

from typing_extensions import TypedDict

from orderctl.output.shapes import (
    AuthDocument,
    CommentDocument,
    DraftDocument,
    ErrorDocument,
    EventDocument,
    FieldDocument,
    FindingDocument,
    ItemError,
    LineDocument,
    ListenDocument,
    MappingDocument,
    OperationDocument,
    OrderDocument,
    ProfileDocument,
    RequestsDocument,
    ResultDocument,
    SandboxDocument,
    StatusDocument,
    StepDocument,
    VendorDocument,
)


class Listing(TypedDict):
    """How every list ends. A list that was cut has `complete` false and, where it can go on, the cursor in `next`."""

    errors: list[ItemError]
    count: int
    complete: bool
    next: str | None


class ListDocument(Listing):
    """Orders: of `list`, and of `get` for several ids."""

    schema: Literal["orderctl.list/1"]
    orders: list[OrderDocument]


class LinesDocument(Listing):
    """The lines of one order."""

    schema: Literal["orderctl.lines/1"]
    lines: list[LineDocument]


class StepsDocument(Listing):
    """The steps where one order waits now."""

    schema: Literal["orderctl.steps/1"]
    steps: list[StepDocument]


class StatusesDocument(Listing):
    """The statuses that a vendor's orders have."""

    schema: Literal["orderctl.statuses/1"]
    statuses: list[StatusDocument]


class CommentsDocument(Listing):
    """The comments on one order, oldest first."""

    schema: Literal["orderctl.comments/1"]
    comments: list[CommentDocument]


class FieldsDocument(Listing):
    """The fields of the vendor's form for a profile."""

    schema: Literal["orderctl.fields/1"]
    fields: list[FieldDocument]


class EventsDocument(Listing):
    """Order changes that vendors pushed, in the order in which they came."""

    schema: Literal["orderctl.events/1"]
    events: list[EventDocument]


class JournalDocument(Listing):
    """What this machine wrote: of `journal list`, the newest first."""

    schema: Literal["orderctl.journal/1"]
    journal: list[OperationDocument]


class MappingsDocument(Listing):
    """Mappings: what reads foreign files."""

    schema: Literal["orderctl.mappings/1"]
    mappings: list[MappingDocument]


class DraftsDocument(Listing):
    """Drafts: a file's orders as they are read."""

    schema: Literal["orderctl.drafts/1"]
    drafts: list[DraftDocument]


class VendorsDocument(Listing):
    """What each vendor can do."""

    schema: Literal["orderctl.vendors/1"]
    vendors: list[VendorDocument]


class ProfilesDocument(Listing):
    """The profiles of the config file, and those of the sandbox."""

    schema: Literal["orderctl.profiles/1"]
    profiles: list[ProfileDocument]


class ShownProfile(ProfileDocument):
    """One profile, of `profile show`."""

    schema: Literal["orderctl.profile/1"]


class AuthListDocument(Listing):
    """Where every secret of every profile comes from."""

    schema: Literal["orderctl.auth/1"]
    auth: list[AuthDocument]


class DoctorDocument(Listing):
    """What `doctor` found: every check, good or not."""

    schema: Literal["orderctl.doctor/1"]
    findings: list[FindingDocument]


class ResultsDocument(TypedDict):
    """What became of several writes, and how many had each outcome."""

    schema: Literal["orderctl.results/1"]
    results: list[ResultDocument]
    counts: dict[str, int]


SCHEMAS: dict[str, type] = {
    "orderctl.auth/1": AuthListDocument,
    "orderctl.comments/1": CommentsDocument,
    "orderctl.doctor/1": DoctorDocument,
    "orderctl.draft/1": DraftDocument,
    "orderctl.drafts/1": DraftsDocument,
    "orderctl.error/1": ErrorDocument,
    "orderctl.event/1": EventDocument,
    "orderctl.events/1": EventsDocument,
    "orderctl.fields/1": FieldsDocument,
    "orderctl.journal/1": JournalDocument,
    "orderctl.lines/1": LinesDocument,
    "orderctl.list/1": ListDocument,
    "orderctl.listen/1": ListenDocument,
    "orderctl.mappings/1": MappingsDocument,
    "orderctl.operation/1": OperationDocument,
    "orderctl.order/1": OrderDocument,
    "orderctl.profile/1": ShownProfile,
    "orderctl.profiles/1": ProfilesDocument,
    "orderctl.requests/1": RequestsDocument,
    "orderctl.result/1": ResultDocument,
    "orderctl.results/1": ResultsDocument,
    "orderctl.sandbox/1": SandboxDocument,
    "orderctl.statuses/1": StatusesDocument,
    "orderctl.steps/1": StepsDocument,
    "orderctl.vendors/1": VendorsDocument,
}
"""Every document by the name that it carries."""
