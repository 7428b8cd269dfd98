"""What Imonggo answers: orders in XML, and what a refusal means. Pure."""
# ruff: noqa: E501  (the table has a row a line)

import datetime as dt
import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from orderctl import errors, model
from orderctl.backend.call import Meaning, Verdict, decoded
from orderctl.backend.prepared import Part
from orderctl.backend.tolerant import Fields, as_decimal, as_moment, as_text, one_line, pop_fields, status_of
from orderctl.backend.vendor import Profile
from orderctl.http import Reply
from orderctl.http.wire import read_json, read_xml

USUAL_LINES = 50
"""As many lines the vendor's own app sends at most; its page sets no limit."""

STATUSES = {
    "a": model.Status.OPEN,
    "active": model.Status.OPEN,
    "approved": model.Status.IN_PROGRESS,
    "canceled": model.Status.CANCELLED,
    "cancelled": model.Status.CANCELLED,
    "d": model.Status.CANCELLED,
    "deleted": model.Status.CANCELLED,
    "fulfilled": model.Status.COMPLETED,
    "void": model.Status.CANCELLED,
    "voided": model.Status.CANCELLED,
}
"""The vendor does not publish an order's statuses; its other resources have the letters, its newer pages Approved.

The vendor's page "Order API" does not list them; read on 2026-11-21.
"""

CANCELLED_BEFORE = re.compile(r"\balready (been |is )?(cancel|delet|void)|\b(cancell?ed|deleted|voided) already\b")

BRANCH = "vendor.branch"
"""The code of a call that names no branch, or a wrong one."""

# fmt: off
_NOT_WRITABLE = "vendor.field_not_writable"
MESSAGES: tuple[tuple[str, Meaning, str, str], ...] = (
    ("reference has already been taken", Meaning.EXISTS, "vendor.duplicate", ""),
    ("reference is not a valid writable field", Meaning.REFUSED, _NOT_WRITABLE, "this account keeps no reference, so nothing prevents a second order; ask the vendor to enable it"),
    ("retail_price is not a valid writable field", Meaning.REFUSED, _NOT_WRITABLE, "this account takes no price: leave it out, the vendor has its own"),
    ("not a valid writable field", Meaning.REFUSED, _NOT_WRITABLE, "this account does not take that field: leave it out (orderctl schema imonggo create)"),
    ("product can't be blank", Meaning.REFUSED, "", "the account has no such product; sku= takes Imonggo's product id, a number"),
    ("serving branch", Meaning.REFUSED, "", "serving_branch_id is that of an active branch, which supplies this one"),
    ("branch can't be blank", Meaning.REFUSED, BRANCH, "set branch_id in the profile, or --set branch_id=ID"),
    ("branch is invalid", Meaning.REFUSED, BRANCH, "branch_id is that of an active branch, not the head office"),
)
"""What a refusal (422) says, lower case, in part: what it means, its code and what to do next; the first that fits.

From the vendor's page "Order API", the return codes under "CREATE" and "CANCEL OR VOID", read on 2026-11-21; the
texts are those that public clients show.
"""

_moment = partial(as_moment, zone=dt.UTC)

ORDER: Fields = (
    ("id", "id", as_text),
    ("reference", "reference", as_text),
    ("number", "order_no", as_text),
    ("vendor_status", "status", as_text),
    ("created_at", "utc_created_at", _moment),
    ("updated_at", "utc_updated_at", _moment),
    ("due_at", "target_delivery_date", _moment),
    ("note", "remark", as_text),
)
"""The fields of an order that have our words; its times are in UTC.

From the vendor's page "Order API", the examples under "LIST" and "GET"; read on 2026-11-21.
"""

LINE: Fields = (
    ("id", "id", as_text),
    ("sku", "product_id", as_text),
    ("name", "product_name", as_text),
    ("quantity", "quantity", as_decimal),
    ("unit_price", "retail_price", as_decimal),
)
"""The fields of its lines.

From the vendor's page "Order API", the examples under "LIST" and "GET"; read on 2026-11-21.
"""


def decode(raw: Any, profile: Profile) -> model.Order:
    """Return an order from an answer; what is odd stays in `extra`. Raises ValueError for one without an id."""
    rest = dict(raw) if isinstance(raw, dict) else {}
    order = pop_fields(rest, ORDER)
    if "id" not in order:
        raise ValueError("an order without id")
    answered = rows(rest.get("order_lines"), "order_line")
    lines = [line for line in answered or () if isinstance(line, dict)]
    if answered is not None and len(lines) == len(answered):
        rest.pop("order_lines", None)
    return model.Order(
        **order,
        status=status_of(order.get("vendor_status"), STATUSES, profile),
        lines=tuple([decode_line(line) for line in lines]),
        extra=_present(rest),
        raw=raw,
    )


def decode_line(raw: Mapping[str, Any]) -> model.OrderLine:
    """Return an order line from an answer; its units, and its place, stay in `extra`."""
    rest = dict(raw)
    return model.OrderLine(**pop_fields(rest, LINE), extra=_present(rest))


def _present(rest: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in rest.items() if value is not None}


def rows(value: Any, name: str) -> list[Any] | None:
    """Return the elements of an array, marked as one or not; None where it is something else.

    >>> rows([{"id": "1"}], "order"), rows({"order": {"id": "1"}}, "order"), rows(None, "order"), rows("?", "order")
    ([{'id': '1'}], [{'id': '1'}], [], None)
    """
    if value is None or isinstance(value, list):
        return value or []
    if not isinstance(value, Mapping) or value.keys() != {name}:
        return None
    return value[name] if isinstance(value[name], list) else [value[name]]


def message_in(body: bytes) -> str:
    """Return the vendor's message in a refusal, as one line: XML, JSON or a short text; none of a page of HTML.

    >>> message_in(b"<errors><error>Not Found</error></errors>"), message_in(b'{"error":"Not Found"}'), message_in(b"<html>x</html>")
    ('Not Found', 'Not Found', '')
    """
    for read in (read_xml, read_json):
        try:
            found = read(body, vendor="Imonggo")
        except errors.BadAnswer:
            continue
        root, value = found if isinstance(found, tuple) else ("", found)
        return "" if root.lower().endswith("html") else one_line(value)
    text = body.decode("utf-8", "replace")
    return "" if "<" in text else one_line(" ".join(text.split()))


def verdict(reply: Reply, part: Part) -> Verdict:
    """Return what an answer means: a 422 says why not in words, and a 404 that the order does not exist.

    A 404 that says something else than `Not Found` comes from something else, such as a wrong url.
    """
    if reply.status >= 400:
        return _refusal(reply, part)
    write = part.call in {"cancel", "create"}
    if reply.status == 204 or (write and not reply.body.strip()):
        return Verdict(meaning=Meaning.DONE, value=None if write else ("", None))
    answer, unreadable = decoded(reply, lambda body: read_xml(body, vendor="Imonggo"))
    if unreadable is not None:
        return unreadable
    root, value = answer
    if not write:
        return Verdict(meaning=Meaning.DONE, value=answer)
    shown = value if isinstance(value, Mapping) else {}
    wrong = one_line(shown.get("error") or shown.get("errors"))
    if wrong or root.lower().endswith(("error", "errors", "html")):
        return Verdict(meaning=Meaning.UNKNOWN, message=f"<{root}>: {one_line(value)}")
    if part.call == "cancel":
        if shown.get("id") not in (None, part.values["id"]):
            what = f"Imonggo answers with order {one_line(shown.get('id'))}"
            return Verdict(meaning=Meaning.UNKNOWN, nonsense=what)
        return Verdict(meaning=Meaning.DONE, message=one_line(shown.get("message")))
    other = one_line(shown.get("reference"))
    if other and other.split() != one_line(part.values["order"].get("reference")).split():
        what = f"Imonggo answers with order {shown.get('id')} of the reference {other!r}"
        return Verdict(meaning=Meaning.UNKNOWN, nonsense=what)
    order_id = str(shown.get("id") or "")
    usable = order_id.isascii() and order_id.strip("0").isdecimal()
    return Verdict(meaning=Meaning.DONE, value=order_id if usable else None)


def _refusal(reply: Reply, part: Part) -> Verdict:
    """Return what an answer means whose status says no."""
    message = message_in(reply.body)
    says_so = not reply.body.strip() or "not found" in message.casefold()
    if reply.status == 404 and "id" in part.values and says_so:
        return Verdict(meaning=Meaning.NOT_FOUND, message=message or "Not Found")
    if reply.status != 422:
        return Verdict(meaning=Meaning.NOTHING, message=message)
    found = next((entry for entry in MESSAGES if entry[0] in message.casefold()), ("", Meaning.REFUSED, "", ""))
    _, meaning, code, hint = found
    lines = part.values["order"]["order_lines"]["order_line"] if part.call == "create" else ()
    if len(lines) > USUAL_LINES:
        many = f"it has {len(lines)} lines, and the vendor's own app sends at most {USUAL_LINES} in one request"
        hint = f"{hint}; {many}" if hint else many
    return Verdict(meaning=meaning, message=message, code=code, hint=hint, order_id=order_named(message))


def order_named(message: str) -> str | None:
    """Return the id of the order that the refusal of a taken reference names.

    >>> order_named("Reference has already been taken. Order ID [70412]"), order_named("has already been taken")
    ('70412', None)
    """
    found = re.search(r"order id\D{0,9}\[\s*(\d+)\s*\]", message, re.IGNORECASE | re.ASCII)
    return found[1] if found else None


def says_cancelled(message: str, reason: str) -> bool:
    """Return whether a refusal says that the order was cancelled before; a reason of the caller's own says nothing.

    >>> says_cancelled("Order is already cancelled", "late"), says_cancelled("'Already voided' is too long", "already voided")
    (True, False)
    """
    message, reason = message.casefold(), reason.casefold()
    return bool(CANCELLED_BEFORE.search(message.replace(reason, "") if CANCELLED_BEFORE.search(reason) else message))
