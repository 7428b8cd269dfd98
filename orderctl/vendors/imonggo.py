"""Imonggo (Enterprise Edition), Order API: a point of sale whose orders are stock requests of a branch.

Protocol: /api/orders.xml and /api/orders/{id}.xml, XML in and out. Authentication: HTTP Basic, the API token as the
user name, `X` as the password. Source: the vendor's page "Order API" (a draft; its field table is not public); what it
leaves open comes from the vendor's own Android app and from public clients, which are marked so in the tables.

Oddities: every call happens in a branch (`branch_id`), and an account with several refuses one without; orders cannot
be changed, only cancelled, with a reason; a used reference is refused with 422, and the text names its order; 422 to a
cancel may mean that it was done before, and only a read, or else its text, tells; 503 means too many requests; of a
list's parameters only `page` is documented for orders, so what the vendor may ignore is applied here as well; the order
number that people see is not the id.
"""
# ruff: noqa: E501  (the tables have a row a line)

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import Any

from orderctl import errors, model
from orderctl.backend.call import Meaning, Verdict, decoded
from orderctl.backend.contract import Backend, Connection
from orderctl.backend.fields import page_number, settings, translate, translate_query
from orderctl.backend.prepared import Part, Prepared, Seen, filled
from orderctl.backend.tolerant import as_decimal, as_moment, as_text, one_line, readable, status_of, take
from orderctl.backend.vendor import Capability, Duplicates, Field, Kind, Option, Profile, Secret, Vendor
from orderctl.frozen import replace
from orderctl.http import Reply, Request, unknown
from orderctl.http.wire import basic_auth, no_rows, not_xml, read_json, read_xml, write_xml

PAGE = 50
"""How many orders a page has where per_page does not say, by the vendor's page; a shorter one is the last.

Asking for one page more would tell a server with smaller pages, of which nobody knows, at the price of a request a list.
"""

MAX_PAGES = 1000
"""How many pages a look-up reads: at two requests a second it is eight minutes, and a list may take ten."""

BUSY_WAIT = 90.0
"""How long a 503 means, in seconds; the vendor tells no number, a public client waits so long."""

USUAL_LINES = 50
"""As many lines the vendor's own app sends at most; its page sets no limit."""

ORDERS = "/api/orders"

METHODS = {"cancel": "DELETE", "create": "POST", "get": "GET", "list": "GET"}

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
"""The vendor does not publish an order's statuses; its other resources have the letters, its newer pages Approved."""

CANCELLED_BEFORE = re.compile(r"\balready (been |is )?(cancel|delet|void)|\b(cancell?ed|deleted|voided) already\b")

EXTRA = "extras."
"""What the names of an order's own attributes begin with."""

XML_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
"""What an attribute of your own may be called."""

# fmt: off
_NOT_WRITABLE = "vendor.field_not_writable"
MESSAGES: tuple[tuple[str, Meaning, str, str], ...] = (
    ("reference has already been taken", Meaning.EXISTS, "vendor.duplicate", ""),
    ("reference is not a valid writable field", Meaning.REFUSED, _NOT_WRITABLE, "this account keeps no reference, so nothing prevents a second order; ask the vendor to enable it"),
    ("retail_price is not a valid writable field", Meaning.REFUSED, _NOT_WRITABLE, "this account takes no price: leave it out, the vendor has its own"),
    ("not a valid writable field", Meaning.REFUSED, _NOT_WRITABLE, "this account does not take that field: leave it out (orderctl schema imonggo create)"),
    ("product can't be blank", Meaning.REFUSED, "", "the account has no such product; sku= takes Imonggo's product id, a number"),
    ("branch can't be blank", Meaning.REFUSED, "", "set branch_id in the profile, or --set branch_id=ID"),
    ("branch is invalid", Meaning.REFUSED, "", "branch_id is that of an active branch, not the head office"),
)
"""What a refusal (422) says, lower case, in part: what it means, its code and what to do next; the first that fits."""

TEXT, INT, DECIMAL, BOOL, TIME = Kind.TEXT, Kind.INT, Kind.DECIMAL, Kind.BOOL, Kind.DATETIME

_APP = "known from the vendor's own app"
_FILLED = "Imonggo fills it itself"
_BRANCH = Field("branch_id", INT, "the branch, where the account has several; the profile's without it")


def _filled(*names: str) -> tuple[Field, ...]:
    return tuple(Field(name, note="only in answers", reserved=True, instead=_FILLED) for name in names)


FIELDS: Mapping[str, tuple[Field, ...]] = {
    "create": (
        _BRANCH,
        Field("reference", note=f"your own order number, unique; {_APP}", word="reference", required=True),
        Field("remark", note="note on the order", word="note"),
        Field("target_delivery_date", TIME, "the day when it is wanted", word="due"),
        Field("order_type_code", note=f"stock_request without it; {_APP}"),
        Field("serving_branch_id", INT, f"the branch that supplies; {_APP}"),
        Field("utc_document_date", TIME, f"when it was placed, now without it; {_APP}", aliases=("document_date",)),
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
        Field("per_page", INT, "orders a page, 50 without it"),
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
"""Of the list's, only page is documented for orders."""
# fmt: on


def prepare(verb: str, subject: model.Subject, profile: Profile) -> Prepared:
    """Return a create, as `write_xml` takes it, or a cancellation, with what is wrong with it before it is sent."""
    if isinstance(subject, model.Cancellation):
        return Prepared(verb=verb, content={"reason": str(subject.reason)}, subject=subject)
    if isinstance(subject, model.Move):
        return Prepared(verb=verb, subject=subject)
    order, branch, problems = encode(subject, profile)
    odd = (f"line {n}: {found}" for n, line in enumerate(subject.lines, 1) if (found := _odd_units(line)))
    return Prepared(
        verb=verb,
        content={**branch, "order": order},
        reference=subject.reference,
        row=subject.row,
        lines=len(subject.lines),
        problems=tuple(problems),
        warnings=tuple(odd),
        subject=subject,
    )


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
        problems.append(errors.Problem("--file", "Imonggo keeps no attachments", row))
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
    >>> in_text("target_delivery_date", dt.date(2014, 5, 1), dt.UTC), in_text("quantity", Decimal("2.50"), dt.UTC)
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
        raise ValueError("lies too far away")
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

    `after` is taken for exclusive, so it says a second less; what was created since then was changed since then, too.
    """
    asked = {o: m for o, m in (("--since", query.since), ("--changed-since", query.changed_since)) if m is not None}
    far = [option for option, moment in asked.items() if not 1 < moment.year < 9999]
    since = max((moment for option, moment in asked.items() if option not in far), default=None)
    words = {"changed_since": since and since.replace(microsecond=0) - dt.timedelta(seconds=1)}
    values, problems = translate_query(query, FIELDS["list"], vendor="Imonggo", zone=profile.zone, words=words)
    problems += [errors.Problem(option, "lies too far away") for option in far]
    if "per_page" in values and int(values["per_page"]) < 1:
        problems.append(errors.Problem("per_page", "takes a whole number above 0"))
    found = {}
    for name, value in values.items():
        try:
            found[name] = in_text(name, value, profile.zone)
        except ValueError as error:
            problems.append(errors.Problem(name, str(error)))
    return found, problems


def decode(raw: Any, profile: Profile) -> model.Order:
    """Return an order from an answer; what is odd stays in `extra`. Raises ValueError for one without an id."""
    rest = dict(raw) if isinstance(raw, Mapping) else {}
    order_id = take(rest, "id", as_text)
    if order_id is None:
        raise ValueError("an order without id")
    vendor_status = take(rest, "status", as_text)
    lines = rows(rest.get("order_lines"), "order_line")
    if lines is not None and all(isinstance(line, Mapping) for line in lines):
        rest.pop("order_lines", None)
    return model.Order(
        id=order_id,
        reference=take(rest, "reference", as_text),
        number=take(rest, "order_no", as_text),
        status=status_of(vendor_status, STATUSES, profile),
        vendor_status=vendor_status,
        lines=tuple(decode_line(line) for line in lines or () if isinstance(line, Mapping)),
        created_at=take(rest, "utc_created_at", lambda v: as_moment(v, dt.UTC)),
        updated_at=take(rest, "utc_updated_at", lambda v: as_moment(v, dt.UTC)),
        due_at=take(rest, "target_delivery_date", lambda v: as_moment(v, dt.UTC)),
        note=take(rest, "remark", as_text),
        extra=_present(rest),
        raw=raw,
    )


def decode_line(raw: Mapping[str, Any]) -> model.OrderLine:
    """Return an order line from an answer; its units, and its place, stay in `extra`."""
    rest = dict(raw)
    return model.OrderLine(
        id=take(rest, "id", as_text),
        sku=take(rest, "product_id", as_text),
        name=take(rest, "product_name", as_text),
        quantity=take(rest, "quantity", as_decimal),
        unit_price=take(rest, "retail_price", as_decimal),
        extra=_present(rest),
    )


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
    """Return what an answer means: a 422 says no in words, and a 404 that there is no such order."""
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
    if reply.status == 404 and "id" in part.values:
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


def order_named(words: str) -> str | None:
    """Return the id of the order that the refusal of a taken reference names.

    >>> order_named("Reference has already been taken. Order ID [70412]"), order_named("has already been taken")
    ('70412', None)
    """
    found = re.search(r"order id\D{0,9}\[\s*(\d+)\s*\]", words, re.IGNORECASE | re.ASCII)
    return found[1] if found else None


def says_cancelled(words: str, reason: str) -> bool:
    """Return whether a refusal says that the order was cancelled before; a reason of the caller's own says nothing.

    >>> says_cancelled("Order is already cancelled", "late"), says_cancelled("'Already voided' is too long", "already voided")
    (True, False)
    """
    words, reason = words.casefold(), reason.casefold()
    return bool(CANCELLED_BEFORE.search(words.replace(reason, "") if CANCELLED_BEFORE.search(reason) else words))


def raw_reads(method: str, _path: str) -> bool:
    """Return whether a raw call only reads: here the method tells."""
    return method in {"GET", "HEAD"}


class Imonggo(Backend):
    """An open connection to one branch of an account. Raises ConfigError for a branch that is no number."""

    def __init__(self, vendor: Vendor, connection: Connection) -> None:
        super().__init__(vendor, connection)
        branch = str(self.profile.settings.get("branch_id") or "0")
        if not (branch.isascii() and branch.isdecimal()):
            raise errors.ConfigError(f"[profiles.{self.profile.name}] branch_id: {branch!r} is not a whole number")

    def request(self, part: Part, answers: Mapping[str, str]) -> Request:
        """Return a call, in the profile's branch where its values name none."""
        values = dict(filled(part.values, answers))
        order, order_id = values.pop("order", None), values.pop("id", None)
        method, path = METHODS[part.call], f"{ORDERS}.xml" if order_id is None else f"{ORDERS}/{order_id}.xml"
        body = None if order is None else write_xml("order", order)
        return self._request(method, path, part.purpose, values, body)

    def verdict(self, reply: Reply, part: Part) -> Verdict:
        """Return what the answer to a call means."""
        return verdict(reply, part)

    def get(self, order_id: str, given: Mapping[str, model.Setting] = model.NOTHING) -> model.Order:
        """Return one order by its id, which is a whole number; anything else is not asked for."""
        branch, problems = settings(FIELDS["get"], given, zone=self.profile.zone)
        errors.refuse(problems)
        if not (order_id.isascii() and order_id.isdecimal()):
            raise self.not_found(order_id)
        purpose = f"get order {order_id!r}"
        try:
            root, found = self.ask(Part(purpose=purpose, call="get", values={"id": order_id, **branch}))
        except errors.NotFound as error:
            raise self.not_found(order_id, http_status=error.http_status) from error
        try:
            order = decode(found, self.profile)
        except ValueError as error:
            raise no_rows({root: found} if root else None, vendor="Imonggo", what=f"order to {purpose!r}") from error
        return self.exactly(order_id, order)

    def page(self, query: model.Query, cursor: str | None) -> model.Page:
        """Return one page of the list; one that is not full, or empty, is the last."""
        values, problems = encode_query(query, self.profile)
        errors.refuse(problems)
        return self._page(values, cursor)

    def find(self, reference: str) -> model.Order:
        """Return the order with exactly this reference, in the profile's branch. Raises Conflict where several have it."""
        return self._look_up(reference, {})

    def lines(self, order_id: str) -> tuple[model.OrderLine, ...]:
        """Return the lines of one order."""
        return self.get(order_id).lines

    def find_created(self, prepared: Prepared, sent: dt.datetime) -> str:
        """Return the id of an order that was accepted without one, looked up in the branch of its create."""
        branch = {name: value for name, value in prepared.content.items() if name != "order"}
        return self.not_older(self._look_up(str(prepared.reference), branch), sent)

    def confirm(self, prepared: Prepared, seen: Seen, order_id: str) -> model.Receipt:
        """Read back what was cancelled: neither an empty answer nor one with a message proves it."""
        if prepared.verb != "cancel":
            return model.Receipt(id=order_id)
        what = f"cancel order {order_id!r}: Imonggo says ok"
        try:
            order = self.get(order_id)
        except errors.OrderctlError as error:
            raise unknown(f"{what}, and it cannot be read back ({error.message})") from error
        before = seen.order.vendor_status if seen.order else None
        changed = order.status is model.Status.UNKNOWN and order.vendor_status != before
        if order.status is not model.Status.CANCELLED and not changed:
            raise unknown(f"{what}, and shows the order as it was, status {order.vendor_status}")
        return model.Receipt(id=order_id)

    def refused(self, part: Part, verdict: Verdict, seen: Seen) -> model.Receipt | None:
        """Look whether an order was cancelled before: a read tells, or else what the refusal says."""
        if part.call != "cancel" or verdict.meaning is not Meaning.REFUSED:
            return None
        try:
            status = self.get(seen.id).status
        except errors.OrderctlError:
            status = model.Status.UNKNOWN
        said = status is model.Status.UNKNOWN and says_cancelled(verdict.message, part.values["reason"])
        if status is not model.Status.CANCELLED and not said:
            return None
        return model.Receipt(id=seen.id, message="it was cancelled already", unchanged=True)

    def raw(
        self, method: str, path: str, *, params: tuple[tuple[str, str], ...], body: bytes | None, content_type: str
    ) -> Request:
        """Return a call of the caller's own, with the profile's branch where it names none."""
        kind = "application/json" if path.endswith(".json") else "application/xml"
        request = self._request(method, path, f"{method} {path}", dict(params), body)
        headers = {**request.headers, "accept": kind, "content-type": content_type if body else kind}
        more = tuple(pair for pair in request.query if pair[0] not in dict(params))
        return replace(request, query=(*params, *more), headers=headers)

    def not_found(
        self,
        order_id: str,
        *,
        where: str = " in this branch",
        http_status: int | None = None,
        reference_of: Iterable[str] = (),
    ) -> errors.NotFound:
        """Return the error for an order that the branch does not have."""
        error = super().not_found(order_id, where=where, http_status=http_status, reference_of=reference_of)
        error.hint += "; an id is not the order number that people see"
        return error

    def _request(self, method: str, path: str, purpose: str, values: Mapping[str, str], body: bytes | None) -> Request:
        branch = self.profile.settings.get("branch_id")
        return Request(
            method=method,
            url=self.profile.url.rstrip("/") + path,
            purpose=purpose,
            query=tuple({**({"branch_id": str(branch)} if branch else {}), **values}.items()),
            headers={
                "accept": "application/xml",
                "authorization": basic_auth(self.connection.secrets["token"], "X"),
                "content-type": "application/xml; charset=utf-8",
            },
            body=body,
        )

    def _page(self, values: Mapping[str, str], cursor: str | None) -> model.Page:
        number = page_number(cursor)
        purpose = f"list orders, page {number}"
        root, answer = self.ask(Part(purpose=purpose, call="list", values={**values, "page": str(number)}))
        found = rows(answer, "order")
        if found is None or root not in {"", "nil-classes", "orders"}:
            raise no_rows({root: answer}, vendor="Imonggo", what=f"orders to {purpose!r}")
        orders, unread = readable(found, lambda row: decode(row, self.profile), f"page {number}")
        full = len(found) >= min(PAGE, int(values.get("per_page", PAGE)))
        return model.Page(orders=orders, next=str(number + 1) if full else None, errors=unread)

    def _pages(self, values: Mapping[str, str]) -> Iterator[Sequence[model.Order]]:
        """Yield all pages, each with the orders that are new. Raises BadAnswer where a page has no new one, or there is no end."""
        cursor, seen = None, set[str]()
        for _ in range(MAX_PAGES):
            page = self._page(values, cursor)
            new = [order for order in page.orders if order.id not in seen]
            seen.update(order.id for order in new)
            yield new
            if page.next is None:
                return
            if page.orders and not new:
                why = "Imonggo answers with the same orders again and again"
                raise errors.BadAnswer(why, hint="look with: orderctl list")
            cursor = page.next
        raise errors.BadAnswer(f"Imonggo's list does not end after {MAX_PAGES} pages", hint="look with: orderctl list")

    def _look_up(self, reference: str, branch: Mapping[str, str]) -> model.Order:
        """Return the order with exactly this reference; a vendor that ignores the filter is read until one has it.

        Raises NotFound, and Conflict where a page has several: the vendor refuses a reference that is taken.
        """
        for page in self._pages({"reference": reference, **branch}):
            found = {order.id: order for order in page if order.reference == reference}
            if len(found) > 1:
                raise self.ambiguous_reference(reference, found)
            if found:
                return next(iter(found.values()))
        raise self.no_reference(reference)


VENDOR = Vendor(
    name="imonggo",
    title="Imonggo",
    summary="point of sale, stock orders of a branch (Enterprise Edition, Order API)",
    url="https://acme.c3.imonggo.com",
    options=(
        Option(
            name="branch_id",
            note="the branch of every call: active, not the head office; an account with one branch does without",
            identity=True,
        ),
    ),
    secrets=(Secret(name="token", note="the account's API token (40 characters)"),),
    capabilities=frozenset(
        {Capability.CREATE, Capability.GET, Capability.PAGE, Capability.CANCEL, Capability.LINES, Capability.FIND}
    ),
    refusals={
        Capability.COMMENTS: "an order has one remark: orderctl get ID shows it as its note",
        Capability.FIELDS: "its fields are fixed: orderctl schema imonggo create",
        Capability.PUSH: "an order has no workflow here; it can be cancelled: orderctl cancel ID --reason TEXT",
        Capability.STEPS: "an order has no workflow here; its status: orderctl get ID",
        Capability.UPDATE: "cancel and create: orderctl cancel ID --reason TEXT; orderctl create --reference ANOTHER",
    },
    duplicates=Duplicates.REFUSED,
    fields=FIELDS,
    statuses=STATUSES,
    filters=frozenset({"changed_since", "reference", "since"}),
    answered=frozenset({"changed_since", "reference", "since", "status", "until"}),
    page_size=PAGE,
    limits=(
        "an order is one request; the vendor's own app sends at most 50 lines in one",
        "of a list's filters none is documented for orders: what an answer carries is compared here as well",
        "orders of one branch only; a reference may be taken in another",
    ),
    busy_wait=BUSY_WAIT,
    reason="required",
    example=model.OrderDraft(
        reference="17-204",
        note="Sample order with units",
        due=dt.date(2014, 5, 1),
        lines=(model.DraftLine(sku="54018", quantity=Decimal(20)),),
    ),
    sandbox_secrets={"token": "sandbox"},
    sandbox_settings={"branch_id": "12"},
    prepare=prepare,
    parts=parts,
    check_query=check_query,
    raw_reads=raw_reads,
    backend=Imonggo,
)
