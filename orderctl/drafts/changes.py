"""Changes of a file: which order each one names, what it changes, and what is kept of it until it is sent."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from orderctl.drafts.options import with_reference
from orderctl.errors import Problem, UsageError
from orderctl.frozen import replace
from orderctl.model import NOTHING, DraftLine, OrderChange, OrderDraft, OrderKey, Setting
from orderctl.words import KINDS, LINE_WORDS, NUMBERS


def key_of(draft: OrderDraft) -> OrderKey | None:
    """Return the key of the order that a change in a file names, by id or by reference. None where it names none."""
    order_id = draft.id if isinstance(draft, OrderChange) else None
    if bool(order_id) == bool(draft.reference):
        return None
    return OrderKey(id=order_id) if order_id else OrderKey(reference=draft.reference)


def change_of(draft: OrderDraft, *, replace_lines: bool) -> OrderChange:
    """Return what a change of a file gives, without what names its order; `set` may hold a new reference.

    With `replace_lines` the lines that it has replace all lines. Raises UsageError for a change that is none.
    """
    given = {**vars(draft), "id": None, "reference": None}
    change = with_reference(OrderChange(**given))
    if change.replace_lines and not change.lines:
        raise _wrong("replace_lines", "needs the new lines", draft)
    if change == OrderChange(row=draft.row):
        raise _wrong("", "there is nothing to change in this order", draft)
    return replace(change, replace_lines=change.replace_lines or (replace_lines and bool(change.lines)))


def saved(key: OrderKey, change: OrderChange) -> dict[str, Any]:
    """Return as JSON what is needed of a change once it was prepared: its order, and what is to be read back."""
    lines = [
        {word: str(value) for word in LINE_WORDS if (value := getattr(line, word)) is not None}
        | ({"set": {name: str(own.value) for name, own in line.set.items()}} if line.set else {})
        for line in change.lines
    ]
    return {
        "id": key.id,
        "reference": key.reference,
        "lines": lines,
        "files": change.files,
        "currency": change.currency,
        "replace_lines": change.replace_lines,
    }


def restored(found: Mapping[str, Any]) -> tuple[OrderKey, OrderChange]:
    """Return the order and the change that were kept."""
    change = OrderChange(
        lines=tuple(_line(line) for line in found["lines"]),
        files=tuple(found["files"]),
        currency=found["currency"],
        replace_lines=found["replace_lines"],
    )
    return OrderKey(id=found["id"], reference=found["reference"]), change


def _line(found: Mapping[str, Any]) -> DraftLine:
    words: dict[str, Any] = {
        word: Decimal(found[word]) if KINDS[word] in NUMBERS else found[word] for word in LINE_WORDS if word in found
    }
    own = {name: Setting(value=value) for name, value in found.get("set", {}).items()}
    return DraftLine(**words, set=own or NOTHING)


def _wrong(path: str, problem: str, draft: OrderDraft) -> UsageError:
    return UsageError(problem, fields=[Problem(path, problem, draft.row)])
