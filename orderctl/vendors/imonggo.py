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
from collections.abc import Mapping
from contextlib import suppress
from decimal import Decimal
from typing import Any

from orderctl import errors, model
from orderctl.backend.contract import Backend, Connection
from orderctl.backend.fields import page_number, settings, translate, translate_query
from orderctl.backend.pages import mark, walk
from orderctl.backend.readback import made
from orderctl.backend.tolerant import as_decimal, as_moment, as_text, one_line, readable, status_of, take
from orderctl.backend.vendor import Capability, Checked, Duplicates, Field, Kind, Option, Profile, Secret, Vendor
from orderctl.frozen import replace
from orderctl.http import Effect, Reply, Request, decoded, problem, unknown
from orderctl.http.wire import basic_auth, no_rows, not_xml, read_json, read_xml, write_xml

PAGE = 50
"""How many orders a page has where per_page does not say, by the vendor's page; a server may have smaller ones."""

MOST_PAGES = 1000
"""How many pages a look-up reads: at two requests a second it is eight minutes, and a list may take ten."""

BUSY_WAIT = 90.0
"""How long a 503 means, in seconds; the vendor tells no number, a public client waits so long."""

USUAL_LINES = 50
"""As many lines the vendor's own app sends at most; its page sets no limit."""

ORDERS = "/api/orders"

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
MESSAGES: tuple[tuple[str, type[errors.OrderctlError], str, str], ...] = (
    ("reference has already been taken", errors.Conflict, "vendor.duplicate", ""),
    ("reference is not a valid writable field", errors.Refused, _NOT_WRITABLE, "this account keeps no reference, without which nothing bars a second order; ask the vendor to enable it"),
    ("retail_price is not a valid writable field", errors.Refused, _NOT_WRITABLE, "this account takes no price: leave it out, the vendor has its own"),
    ("not a valid writable field", errors.Refused, _NOT_WRITABLE, "this account does not take that field: leave it out (orderctl schema imonggo create)"),
    ("product can't be blank", errors.Refused, "", "the account has no such product; sku= takes Imonggo's product id, a number"),
    ("branch can't be blank", errors.Refused, "", "set branch_id in the profile, or --set branch_id=ID"),
    ("branch is invalid", errors.Refused, "", "branch_id is that of an active branch, not the head office"),
)
"""What a refusal (422) says, lower case, in part: its class, code and what to do next; the first that fits."""

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


def check(_verb: str, subject: model.OrderDraft | model.OrderChange | model.Move, profile: Profile) -> Checked:
    """Return what is wrong with a create, and what is worth a warning, before it is sent."""
    if isinstance(subject, model.Move):
        return Checked()
    problems = encode(subject, profile)[2]
    odd = (f"line {n}: {found}" for n, line in enumerate(subject.lines, 1) if (found := _odd_units(line)))
    return Checked(tuple(problems), tuple(odd))


def check_query(query: model.Query, profile: Profile) -> Checked:
    """Return what is wrong with a list's filters."""
    return Checked(tuple(encode_query(query, profile)[1]))


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


def said(body: bytes) -> str:
    """Return the vendor's words in a refusal, as one line: XML, JSON or a short text; none of a page of HTML.

    >>> said(b"<errors><error>Not Found</error></errors>"), said(b'{"error":"Not Found"}'), said(b"<html>x</html>")
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


def refusal(words: str, purpose: str) -> errors.OrderctlError | None:
    """Return the error that a 422's words mean, None for words that nobody has listed; a field holds them."""
    for known, kind, code, hint in MESSAGES:
        if known in words.casefold():
            message = f"{purpose}: Imonggo says {words!r}"
            return kind(message, hint=hint, code=code, http_status=422, fields=[errors.Problem("", words)])
    return None


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

    def create(self, draft: model.OrderDraft) -> model.Receipt:
        """Make the order, all its lines in one request. A taken reference is a Conflict that names its order."""
        reference = str(draft.reference)
        purpose = f"create order {reference!r}"
        order, branch, _ = encode(draft, self.profile)
        try:
            _, answer = self._call("POST", f"{ORDERS}.xml", purpose, branch, body=write_xml("order", order))
        except errors.Conflict as error:
            order_id = order_named(error.fields[0].problem)
            with suppress(errors.OrderctlError):
                order_id = order_id or self._look_up(reference, branch).id
            raise self.taken(reference, order_id, http_status=error.http_status) from error
        except errors.Refused as error:
            if len(draft.lines) > USUAL_LINES:
                many = f"it has {len(draft.lines)} lines, and the vendor's own app sends at most {USUAL_LINES} in one"
                error.hint = f"{error.hint}; {many}"
            raise
        shown = answer if isinstance(answer, Mapping) else {}
        other = one_line(shown.get("reference"))
        if other and other.split() != one_line(reference).split():
            raise unknown(f"{purpose}: Imonggo answers with order {shown.get('id')} of the reference {other!r}")
        order_id = str(shown.get("id") or "")
        if not (order_id.isascii() and order_id.strip("0").isdecimal()):
            why = "Imonggo accepts it without an id"
            order_id = made(purpose, lambda: self._look_up(reference, branch).id, why=why)
        return model.Receipt(id=order_id)

    def get(self, order_id: str, given: Mapping[str, model.Setting] = model.NOTHING) -> model.Order:
        """Return one order by its id, which is a whole number; anything else is not asked for."""
        branch, problems = settings(FIELDS["get"], given, zone=self.profile.zone)
        errors.refuse(problems)
        path, purpose = self._path(order_id), f"get order {order_id!r}"
        assumed = write_xml("order", {"id": order_id})
        root, found = self._call("GET", path, purpose, branch, order_id=order_id, assume=assumed)
        try:
            order = decode(found, self.profile)
        except ValueError as error:
            raise no_rows({root: found} if root else None, vendor="Imonggo", what=f"order to {purpose!r}") from error
        if order.id != order_id:
            hint = "name the id that a list shows; the order number that people see is another"
            raise self.another(order_id, order.id, hint=hint)
        return order

    def page(self, query: model.Query, cursor: str | None) -> model.Page:
        """Return one page of the list; an empty one is the last, as a server may have smaller pages than documented."""
        values, problems = encode_query(query, self.profile)
        errors.refuse(problems)
        return self._page(values, cursor)

    def find(self, reference: str) -> model.Order:
        """Return the order with exactly this reference, in the profile's branch."""
        return self._look_up(reference, {})

    def lines(self, order_id: str) -> tuple[model.OrderLine, ...]:
        """Return the lines of one order."""
        return self.get(order_id).lines

    def cancel(self, order_id: str, reason: str | None) -> model.Receipt:
        """Void an order. One that is void already stays as it is: a read tells, or else what the refusal says."""
        path, purpose, why = self._path(order_id), f"cancel order {order_id!r}", str(reason)
        try:
            _, answer = self._call("DELETE", path, purpose, {"reason": why}, order_id=order_id)
        except errors.Refused as error:
            if error.http_status != 422:
                raise
            cancelled = self._is_cancelled(order_id)
            if not (says_cancelled(error.message, why) if cancelled is None else cancelled):
                raise
            return model.Receipt(id=order_id, message="it was cancelled already", unchanged=True)
        shown = answer if isinstance(answer, Mapping) and ("id" in answer or "status" in answer) else None
        if shown is not None and not self._voided(order_id, shown) and not self._is_cancelled(order_id):
            raise unknown(f"{purpose}: Imonggo answers with order {shown.get('id')}, status {shown.get('status')}")
        words = one_line(answer.get("message")) if isinstance(answer, Mapping) else ""
        if shown is None and words and self._is_cancelled(order_id) is False:
            raise unknown(f"{purpose}: Imonggo says {words!r}, and shows the order as it was")
        return model.Receipt(id=order_id)

    def raw(
        self, method: str, path: str, *, params: tuple[tuple[str, str], ...], body: bytes | None, content_type: str
    ) -> Reply:
        """Send a call of the caller's own, with the profile's branch where it names none."""
        kind = "application/json" if path.endswith(".json") else "application/xml"
        request = self._request(method, path, f"{method} {path}", dict(params), body)
        headers = {**request.headers, "accept": kind, "content-type": content_type if body else kind}
        request = replace(
            request, query=(*params, *(p for p in request.query if p[0] not in dict(params))), headers=headers
        )
        return self.connection.client.send(request, Effect.READ if raw_reads(method, path) else Effect.WRITE)

    def not_found(self, order_id: str, *, http_status: int | None = None) -> errors.NotFound:
        """Return the error for an order that the branch does not have."""
        look = self.command("list", "--reference", order_id)
        return errors.NotFound(
            f"Imonggo has no order {order_id!r} in this branch (profile {self.profile.name})",
            hint=f"an id is not the order number that people see; look for it: {look}",
            http_status=http_status,
        )

    def _call(
        self,
        method: str,
        path: str,
        purpose: str,
        values: Mapping[str, str],
        *,
        body: bytes | None = None,
        order_id: str = "",
        assume: bytes | None = None,
    ) -> tuple[str, Any]:
        """Send one call and return its answer's root and value. Raises what the vendor's words, or the status, mean."""
        request = self._request(method, path, purpose, values, body)
        effect = Effect.READ if raw_reads(method, path) else Effect.WRITE
        reply = self.connection.client.send(request, effect, assume=assume)
        if reply.status == 404 and order_id:
            raise self.not_found(order_id, http_status=404)
        words = said(reply.body) if reply.status >= 400 else ""
        failure = refusal(words, purpose) if reply.status == 422 else None
        failure = failure or problem(reply, request, effect, words=words, wait=BUSY_WAIT)
        if failure is not None:
            raise failure
        if reply.status == 204 or (effect is Effect.WRITE and not reply.body.strip()):
            return "", None
        root, value = decoded(reply, request, effect, lambda content: read_xml(content, vendor="Imonggo"))
        wrong = one_line(value.get("error") or value.get("errors")) if isinstance(value, Mapping) else ""
        if effect is Effect.WRITE and (wrong or root.lower().endswith(("error", "errors", "html"))):
            raise unknown(f"{purpose}: Imonggo answers <{root}>: {one_line(value)}", http_status=reply.status)
        return root, value

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

    def _path(self, order_id: str) -> str:
        if not (order_id.isascii() and order_id.isdecimal()):
            raise self.not_found(order_id)
        return f"{ORDERS}/{order_id}.xml"

    def _page(self, values: Mapping[str, str], cursor: str | None) -> model.Page:
        number = page_number(cursor)
        purpose = f"list orders, page {number}"
        root, answer = self._call("GET", f"{ORDERS}.xml", purpose, {**values, "page": str(number)})
        found = rows(answer, "order")
        if found is None or root not in {"", "nil-classes", "orders"}:
            raise no_rows({root: answer}, vendor="Imonggo", what=f"orders to {purpose!r}")
        orders, unread = readable(found, lambda row: decode(row, self.profile), f"page {number}")
        following = str(number + 1) if found else None
        return model.Page(orders=orders, next=following, errors=unread, mark=mark(found, "id"))

    def _look_up(self, reference: str, branch: Mapping[str, str]) -> model.Order:
        """Return the order with exactly this reference; a vendor that ignores the filter is read to the end."""
        values, purpose = {"reference": reference, **branch}, f"look for reference {reference!r}"
        pages = walk(
            lambda cursor: self._page(values, cursor),
            None,
            purpose=purpose,
            most=MOST_PAGES,
            hint="look with: orderctl list",
        )
        for order in (order for _, page in pages for order in page.orders):
            if order.reference == reference:
                return order
        raise self.not_found(reference)

    def _is_cancelled(self, order_id: str) -> bool | None:
        """Return whether a read shows an order as cancelled; None where it fails, or shows a status that nobody knows."""
        try:
            status = self.get(order_id).status
        except errors.OrderctlError:
            return None
        return None if status is model.Status.UNKNOWN else status is model.Status.CANCELLED

    def _voided(self, order_id: str, shown: Mapping[str, Any]) -> bool:
        """Return whether the order that a cancel shows is this one, and not in force."""
        status = status_of(one_line(shown.get("status")), STATUSES, self.profile)
        return shown.get("id") in (None, order_id) and status in {model.Status.CANCELLED, model.Status.UNKNOWN}


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
    check=check,
    check_query=check_query,
    raw_reads=raw_reads,
    backend=Imonggo,
)
