"""From values to the documents that scripts read: pure functions, one a document, fields in the contract's order.

The documents' types are in shapes.py, their names in schemas.py. They cost a fifth of an interpreter start, so only
the type checker, `schema` and --fields load them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from orderctl.errors import OrderctlError
from orderctl.output.values import decimal_text, moment_text, plain

if TYPE_CHECKING:
    from orderctl.backend.vendor import Field, Profile, Vendor
    from orderctl.doctor.finding import Finding
    from orderctl.events.inbox import Stored
    from orderctl.journal.entry import Entry
    from orderctl.model import Comment, Order, OrderLine, Outcome, Status, Step
    from orderctl.output.shapes import (
        CommentDocument,
        ErrorDocument,
        EventDocument,
        FieldDocument,
        FindingDocument,
        ItemError,
        LineDocument,
        OperationDocument,
        OrderDocument,
        ProfileDocument,
        ResultDocument,
        StatusDocument,
        StatusSource,
        StepDocument,
        VendorDocument,
    )
    from orderctl.personal import Mask


def order_document(order: Order, *, profile: str, vendor: str, raw: bool = False) -> OrderDocument:
    """Return an order as its document, with the vendor's own answer where `raw`.

    What is in an `extra` is as the vendor answered it; whoever writes it makes its Decimals text.
    """
    customer = order.customer
    total, created, updated, due = order.total, order.created_at, order.updated_at, order.due_at
    document: OrderDocument = {
        "schema": "orderctl.order/1",
        "profile": profile,
        "vendor": vendor,
        "id": order.id,
        "reference": order.reference,
        "number": order.number,
        "title": order.title,
        "status": order.status,
        "vendor_status": order.vendor_status,
        "steps": [step_document(step) for step in order.steps],
        "customer": {
            "id": customer.id,
            "code": customer.code,
            "name": customer.name,
            "email": customer.email,
            "phone": customer.phone,
            "address": customer.address,
        },
        "lines": [line_document(line) for line in order.lines],
        "currency": order.currency,
        "total": None if total is None else decimal_text(total),
        "paid": order.paid,
        "created_at": None if created is None else moment_text(created),
        "updated_at": None if updated is None else moment_text(updated),
        "due_at": None if due is None else moment_text(due),
        "note": order.note,
        "extra": order.extra or {},
    }
    if raw:
        document["raw"] = plain(order.raw)
    return document


def line_document(line: OrderLine) -> LineDocument:
    """Return one line of an order."""
    quantity, price, total = line.quantity, line.unit_price, line.total
    return {
        "id": line.id,
        "sku": line.sku,
        "name": line.name,
        "quantity": None if quantity is None else decimal_text(quantity),
        "unit_price": None if price is None else decimal_text(price),
        "total": None if total is None else decimal_text(total),
        "extra": line.extra or {},
    }


def step_document(step: Step) -> StepDocument:
    """Return where an order waits."""
    return {"id": step.id, "name": step.name, "error": step.error}


def status_document(name: str, *, status: Status, orders: int, source: StatusSource) -> StatusDocument:
    """Return a status in the vendor's word."""
    return {"name": name, "status": status.value, "orders": orders, "source": source}


def comment_document(comment: Comment) -> CommentDocument:
    """Return one comment."""
    return {
        "id": comment.id,
        "created_at": None if comment.created_at is None else moment_text(comment.created_at),
        "kind": comment.kind,
        "text": comment.text,
        "author": comment.author,
        "extra": plain(comment.extra),
    }


def result_document(
    *,
    verb: str,
    outcome: Outcome,
    profile: str,
    vendor: str,
    id: str | None,  # noqa: A002  (the document's own word)
    reference: str | None,
    journal: str | None = None,
    message: str | None = None,
) -> ResultDocument:
    """Return what became of one write."""
    return {
        "schema": "orderctl.result/1",
        "verb": verb,
        "outcome": outcome,
        "profile": profile,
        "vendor": vendor,
        "id": id,
        "reference": reference,
        "journal": journal,
        "message": message or None,
    }


def error_document(
    error: OrderctlError, *, profile: str | None = None, vendor: str | None = None, journal: str | None = None
) -> ErrorDocument:
    """Return a failure, with every problem that it names."""
    return {
        "schema": "orderctl.error/1",
        "error": {
            "code": error.code,
            "exit": error.exit_code,
            "message": error.message,
            "hint": error.hint or None,
            "profile": profile,
            "vendor": vendor,
            "http_status": error.http_status,
            "retry_after": error.retry_after,
            "journal": journal or error.journal,
            "fields": [
                {"path": problem.path, "row": problem.row, "problem": problem.problem} for problem in error.fields
            ],
        },
    }


def item_error(
    error: OrderctlError | str,
    *,
    id: str | None = None,  # noqa: A002  (the document's word)
    profile: str | None = None,
) -> ItemError:
    """Return why one item of a list is missing from it, or all that a `profile` has."""
    if profile is not None:
        return {**item_error(error, id=id), "profile": profile}
    if isinstance(error, OrderctlError):
        return {"id": id, "code": error.code, "message": error.message}
    return {"id": id, "code": None, "message": error}


def field_document(field: Field) -> FieldDocument:
    """Return one of a vendor's own fields."""
    return {
        "name": field.name,
        "kind": field.kind,
        "required": field.required,
        "word": field.word or None,
        "note": field.note or None,
        "aliases": list(field.aliases),
        "choices": list(field.choices),
        "max_length": field.max_length or None,
        "reserved": field.reserved,
        "instead": field.instead or None,
        "required_known": field.required_known,
    }


def finding_document(finding: Finding) -> FindingDocument:
    """Return what a check of `doctor` found."""
    return {
        "check": finding.check,
        "state": finding.state.value,
        "profile": finding.profile,
        "message": finding.message,
        "remedy": finding.remedy or None,
        "exit": finding.exit,
        "code": finding.code or None,
    }


def vendor_document(vendor: Vendor) -> VendorDocument:
    """Return what a vendor is and can do."""
    return {
        "name": vendor.name,
        "title": vendor.title,
        "summary": vendor.summary,
        "url": vendor.url,
        "timezone": vendor.timezone,
        "commands": sorted([c.command for c in vendor.capabilities] + ["listen"] * (vendor.receive is not None)),
        "refusals": {capability.command: text for capability, text in sorted(vendor.refusals.items())},
        "duplicates": vendor.duplicates,
        "filters": sorted(vendor.remote_filters | vendor.local_filters),
        "filters_here": sorted(vendor.local_filters - vendor.remote_filters),
        "sorts": sorted(vendor.sorts),
        "page_size": vendor.page_size or None,
        "cancel": vendor.cancel_means,
        "comment_kinds": list(vendor.comment_kinds),
        "attachments": vendor.attachments or None,
        "statuses": dict(vendor.statuses),
        "limits": list(vendor.limits),
        "settings": [
            {
                "name": option.name,
                "note": option.note,
                "required": option.required,
                "default": option.default or None,
                "choices": list(option.choices),
                "identity": option.identity,
            }
            for option in vendor.options
        ],
        "secrets": [
            {"name": secret.name, "note": secret.note, "required": secret.required} for secret in vendor.secrets
        ],
    }


def event_document(event: Stored, *, data: bool = False, raw: bool = False) -> EventDocument:
    """Return a pushed event, with what it says of the order where `data`, and the body as it came where `raw`.

    What cannot be read as JSON is shown as its text: one event never stops the others.
    """
    document: EventDocument = {
        "schema": "orderctl.event/1",
        "id": str(event.id),
        "received_at": moment_text(event.received_at),
        "profile": event.profile,
        "vendor": event.vendor,
        "kind": event.kind,
        "order_id": event.order_id,
        "reference": event.reference,
        "message_id": event.message_id,
        "tenant_id": event.tenant_id,
        "app_id": event.app_id,
        "acked_at": None if event.acked_at is None else moment_text(event.acked_at),
    }
    if data:
        document["data"] = _event_data(event.data)
    if raw:
        document["raw"] = event.body.decode("utf-8", "backslashreplace")
    return document


def operation_document(entry: Entry, *, content: bool = False, mask: Mask | None = None) -> OperationDocument:
    """Return a row of the journal, with what was meant where `content`; `mask` masks what is personal in it."""
    message = entry.evidence or None
    meant = plain(entry.content) if entry.content is not None and (content or (mask and message)) else None
    if mask:
        from orderctl.http.trace import safe_message  # noqa: PLC0415  (only for what others may read)

        meant = mask.whole(meant)
        message = safe_message(message, mask) if message else None
    planned, first, sent, settled, cancelled, searched = (
        None if moment is None else moment_text(moment)
        for moment in (
            entry.planned_at, entry.first_sent_at, entry.sent_at, entry.settled_at, entry.cancelled_at,
            entry.searched_at,
        )
    )  # fmt: skip
    document: OperationDocument = {
        "schema": "orderctl.operation/1",
        "op": entry.op,
        "run": entry.run,
        "profile": entry.profile,
        "vendor": entry.vendor,
        "target": entry.target,
        "verb": entry.verb,
        "reference": entry.reference,
        "id": entry.order_id,
        "state": entry.state.value,
        "attempts": entry.attempts,
        "planned_at": planned,
        "first_sent_at": first,
        "sent_at": sent,
        "settled_at": settled,
        "http_status": entry.http_status,
        "message": message,
        "steps": dict(entry.steps),
        "cancelled_at": cancelled,
        "searched_at": searched,
        "absent": entry.absent,
        "damaged": entry.damaged,
    }
    if content:
        document["content"] = meant
    return document


def profile_document(profile: Profile, *, default: bool = False) -> ProfileDocument:
    """Return a profile; `default` where reads use it without -p."""
    return {
        "name": profile.name,
        "vendor": profile.vendor,
        "url": profile.url,
        "timezone": str(profile.zone),
        "currency": profile.currency,
        "default": default,
        "protected": profile.protected,
        "sandbox": profile.sandbox,
        "settings": plain(profile.settings),
    }


def _event_data(text: str) -> Any:
    try:
        return json.loads(text, parse_float=str, parse_int=lambda t: int(t) if len(t) < 16 else t)
    except (ValueError, RecursionError):
        return text
