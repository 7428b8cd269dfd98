"""What a write came to: the outcome, the order, and the error where it was not done."""

from orderctl.backend.prepared import Prepared, Seen
from orderctl.errors import Conflict, OrderctlError, OutcomeUnknown, PartlyDone, Refused
from orderctl.frozen import dataclass
from orderctl.model import Outcome, Receipt

VERBS = {
    "cancel": Outcome.CANCELLED,
    "create": Outcome.CREATED,
    "push": Outcome.PUSHED,
    "update": Outcome.UPDATED,
}

ERRORS: tuple[tuple[type[OrderctlError], Outcome], ...] = (
    (Conflict, Outcome.CONFLICT),
    (OutcomeUnknown, Outcome.UNKNOWN),
    (PartlyDone, Outcome.UNKNOWN),
    (Refused, Outcome.REFUSED),
    (OrderctlError, Outcome.FAILED),
)
"""What a failure means for its item, the first that fits. An order created in part has not failed: look at it."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """What became of one write. `error` says why it was not done; `notes` are warnings about one that was.

    `journal` is its operation in the journal.
    """

    verb: str
    outcome: Outcome
    id: str | None = None
    reference: str | None = None
    message: str = ""
    notes: tuple[str, ...] = ()
    error: OrderctlError | None = None
    journal: str | None = None

    @property
    def exit_code(self) -> int:
        """The exit code of this item alone."""
        return self.error.exit_code if self.error else 0

    def __str__(self) -> str:
        """Say it in one line."""
        told = f"{self.reference or self.id}: {self.outcome}"
        told += f", order {self.id}" if self.id and self.reference else ""
        return f"{told}: {self.message}" if self.error else told


def done(prepared: Prepared, seen: Seen, receipt: Receipt, journal: str | None = None) -> Result:
    """Return the result of a write that was done, or of one after which nothing had to be done."""
    order = seen.order
    return Result(
        verb=prepared.verb,
        outcome=Outcome.UNCHANGED if receipt.unchanged else VERBS[prepared.verb],
        id=order.id if order else receipt.id,
        reference=prepared.reference or (order.reference if order else None),
        message="; ".join(m for m in (receipt.message, *receipt.notes) if m),
        notes=receipt.notes,
        journal=journal,
    )


def failed(verb: str, error: OrderctlError, *, order_id: str | None, reference: str | None) -> Result:
    """Return the result of a write that was not done, with the same text as its error."""
    return Result(
        verb=verb,
        outcome=next(outcome for kind, outcome in ERRORS if isinstance(error, kind)),
        id=error.order_id or order_id,
        reference=reference,
        message=error.message,
        error=error,
        journal=error.journal,
    )
