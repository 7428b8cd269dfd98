"""What Imonggo takes: the fields of its calls, and how a write becomes them. Pure."""

import datetime as dt
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from orderctl import errors, model
from orderctl.backend.fields import tables, translate, translate_query
from orderctl.backend.prepared import Part, Prepared, Seen
from orderctl.backend.tolerant import as_decimal, as_text
from orderctl.backend.vendor import Field, Kind, Profile
from orderctl.http.wire import not_xml

ORDERS = "/api/orders"

EXTRA = "extras."
"""What the names of an order's own attributes begin with."""

XML_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
"""What an attribute of your own may be called."""

TEXT, INT, DECIMAL, BOOL, TIME = Kind.TEXT, Kind.INT, Kind.DECIMAL, Kind.BOOL, Kind.DATETIME

_APP = "known from the vendor's own app"
_FILLED = "Imonggo fills it itself"
_BRANCH = Field("branch_id", INT, "the branch, where the account has several (default: the profile's)")


def _filled(*names: str) -> tuple[Field, ...]:
    return tuple(Field(name, note="only in answers", reserved=True, instead=_FILLED) for name in names)


FIELDS: Mapping[str, tuple[Field, ...]] = tables(
    {
        "create": (
            _BRANCH,
            Field("reference", note=f"your own order number, unique; {_APP}", word="reference", required=True),
            Field("remark", note="note on the order", word="note"),
            Field("target_delivery_date", TIME, "the day when it is wanted", word="due"),
            Field("order_type_code", note=f"default: stock_request; {_APP}"),
            Field("serving_branch_id", INT, f"the branch that supplies; {_APP}"),
            Field("utc_document_date", TIME, f"when it was placed (default: now); {_APP}", aliases=("document_date",)),
            Field("extras.{key}", note=f"an attribute of your own; {_APP}"),
            Field("order_lines", Kind.LINES, "at least one order line: --line sku=PRODUCT,quantity=N", required=True),
            *_filled("id", "order_no", "status", "utc_created_at", "utc_updated_at"),
        ),
        "create.line": (
            Field("product_id", INT, "Imonggo's product id", word="sku", required=True),
            Field("quantity", DECIMAL, "in base units: 10 cases of 12 are 120", word="quantity", required=True),
            Field("retail_price", DECIMAL, f"price of a base unit; {_APP}", word="price"),
            Field("line_no", INT, f"place in the order; {_APP}"),
            Field("unit_id", INT, "the unit's id"),
            Field("unit_name", note="the unit's name, such as CASE"),
            Field("unit_quantity", DECIMAL, "how many of the unit"),
            Field("unit_content_quantity", DECIMAL, "base units in one of the unit"),
            Field("unit_retail_price", DECIMAL, "price of one of the unit"),
            Field("brand", note=_APP),
            Field("extras.{key}", note=f"an attribute of your own; {_APP}"),
            *_filled("product_name", "product_stock_no"),
        ),
        "cancel": (Field("reason", note="why", required=True, reserved=True, instead="use --reason TEXT"),),
        "get": (_BRANCH,),
        "list": (
            _BRANCH,
            Field("per_page", INT, "orders a page (default: 50)"),
            Field("reference", note="your own order number", word="reference"),
            Field("after", TIME, "changed after", word="changed_since"),
            Field("before", TIME, "changed before"),
            Field("from", TIME, "from this time on"),
            Field("to", TIME, "up to this time"),
            Field("active_only", BOOL, "leave out cancelled orders"),
            Field("intransit", BOOL, "only orders that are not fulfilled (0: that are)"),
            Field("status", note="as the vendor filters it, such as Approved; --status compares what its answers say"),
            Field("page", INT, "page", reserved=True, instead="pages are read for you: --limit, --all, --after"),
            Field("q", note="count", reserved=True, instead=f"use orderctl api GET {ORDERS}.xml --set q=count"),
        ),
    }
)
"""Of the list's, only page is documented for orders.

From the vendor's page "Order API", the examples under "LIST", "GET", "CREATE" and "CANCEL OR VOID", because its
Order Field Table is not public; read on 2026-11-21.
"""
# fmt: on


def prepare(verb: str, subject: model.Subject, profile: Profile) -> Prepared:
    """Return a create, as `write_xml` takes it, or a cancellation, with what is wrong with it before it is sent."""
    if isinstance(subject, model.Cancellation):
        return Prepared(verb=verb, content={"reason": str(subject.reason)}, subject=subject)
    if isinstance(subject, model.Move):
        return Prepared(verb=verb, subject=subject)
    order, branch, problems = encode(subject, profile)
    odd = (f"line {n}: {found}" for n, line in enumerate(subject.lines, 1) if (found := _odd_units(line)))
    return Prepared.of_order(verb, subject, {**branch, "order": order}, problems, odd)


def parts(prepared: Prepared, seen: Seen, _profile: Profile) -> tuple[Part, ...]:
    """Return the one request of a create, all its lines in it, or of a cancellation."""
    if prepared.verb == "create":
        return (Part(purpose=f"create order {prepared.reference!r}", call="create", values=prepared.content),)
    return (Part(purpose=f"cancel order {seen.id!r}", call="cancel", values={"id": seen.id, **prepared.content}),)


def check_query(query: model.Query, profile: Profile) -> tuple[errors.Problem, ...]:
    """Return what is wrong with a list's filters."""
    return tuple(encode_query(query, profile)[1])


def encode(draft: model.OrderDraft, profile: Profile) -> tuple[dict[str, Any], dict[str, str], list[errors.Problem]]:
    """Return an order as `write_xml` takes it, the parameters of its create, and what is wrong with them."""
    result = translate(draft, order=FIELDS["create"], line=FIELDS["create.line"], zone=profile.zone)
    problems, row = result.problems, draft.row
    branch = {"branch_id": result.values.pop("branch_id")} if "branch_id" in result.values else {}
    if draft.files:
        problems.append(errors.Problem("--file", "Imonggo does not support attachments", row))
    lines = [
        _element(line, f"line {number} ", profile.zone, problems, row) for number, line in enumerate(result.lines, 1)
    ]
    order = _element(result.values, "", profile.zone, problems, row)
    return {**order, "order_lines": {"@type": "array", "order_line": lines}}, branch, problems


def _element(
    values: Mapping[str, Any], place: str, zone: dt.tzinfo, problems: list[errors.Problem], row: int | None
) -> dict[str, Any]:
    """Return the values of an element as text; what XML, or the vendor, cannot hold is a problem."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        own = name.removeprefix(EXTRA) if name.startswith(EXTRA) else ""
        try:
            text = in_text(name, value, zone)
        except ValueError as error:
            problems.append(errors.Problem(f"{place}{name}", str(error), row))
            continue
        if bad := not_xml(text):
            problems.append(errors.Problem(f"{place}{name}", f"holds the character {bad}, which XML cannot", row))
        if text.isspace():
            problems.append(errors.Problem(f"{place}{name}", "is blank, which XML does not keep; leave it out", row))
        if own and not XML_NAME.fullmatch(own):
            rule = "an attribute's name has letters, digits, '_', '-' and '.', a letter first"
            problems.append(errors.Problem(f"{place}{name}", rule, row))
        (found.setdefault("extras", {}) if own else found)[own or name] = text
    return found


def in_text(name: str, value: Any, zone: dt.tzinfo) -> str:
    """Return a value as Imonggo takes it: dates, times in UTC, plain decimals. Raises ValueError, its text the problem.

    >>> in_text("utc_document_date", dt.datetime(2014, 5, 1, 7, 30, tzinfo=dt.UTC), dt.UTC)
    '2014-05-01T07:30:00Z'
    >>> in_text("target_delivery_date", dt.date(2014, 5, 1), dt.UTC), in_text("quantity", as_decimal("2.50"), dt.UTC)
    ('2014-05-01', '2.50')
    """
    if name == "target_delivery_date":
        if isinstance(value, dt.datetime):
            raise ValueError("Imonggo keeps a day without a time; write it as 2026-03-09")
        return str(value.isoformat())
    if isinstance(value, dt.date):
        moment = _moment(value, zone)
        if moment.microsecond:
            raise ValueError("Imonggo keeps whole seconds")
        return f"{moment.replace(tzinfo=None).isoformat()}Z"
    return as_text(value)


def _moment(value: model.Moment, zone: dt.tzinfo) -> dt.datetime:
    """Return a time in UTC, a date as its first moment in `zone`. Raises ValueError for one beyond the calendar."""
    if not 1 < value.year < 9999:
        raise ValueError("is out of range")
    if not isinstance(value, dt.datetime):
        value = dt.datetime.combine(value, dt.time(), tzinfo=zone)
    return value.astimezone(dt.UTC)


def _odd_units(line: model.DraftLine) -> str:
    """Return what does not add up in a line: the quantity is in base units, and so are units times their content."""
    numbers = []
    for value in (line.set.get("unit_quantity"), line.set.get("unit_content_quantity")):
        with suppress(ArithmeticError, TypeError, ValueError):
            numbers.append(as_decimal(value.value if value else None))
    if line.quantity is None or len(numbers) < 2 or line.quantity == numbers[0] * numbers[1]:
        return ""
    return f"quantity {line.quantity:f} is not {numbers[0]:f} units of {numbers[1]:f}; it counts base units"


def encode_query(query: model.Query, profile: Profile) -> tuple[dict[str, str], list[errors.Problem]]:
    """Return a list's parameters, but for the page, and what is wrong with them.

    `after` is treated as exclusive, so it says a second less; what was created since then was changed since then, too.
    """
    asked = {o: m for o, m in (("--since", query.since), ("--changed-since", query.changed_since)) if m is not None}
    far = [option for option, moment in asked.items() if not 1 < moment.year < 9999]
    since = max((moment for option, moment in asked.items() if option not in far), default=None)
    words = {"changed_since": since and since.replace(microsecond=0) - dt.timedelta(seconds=1)}
    values, problems = translate_query(query, FIELDS["list"], vendor="Imonggo", zone=profile.zone, words=words)
    problems += [errors.Problem(option, "is out of range") for option in far]
    if "per_page" in values and int(values["per_page"]) < 1:
        problems.append(errors.Problem("per_page", "takes a whole number above 0"))
    found = {}
    for name, value in values.items():
        try:
            found[name] = in_text(name, value, profile.zone)
        except ValueError as error:
            problems.append(errors.Problem(name, str(error)))
    return found, problems
