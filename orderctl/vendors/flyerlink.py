"""Flyerlink (FLAPI of printing.com, Nettl, w3p), orders API: print orders that hold jobs.

Protocol: /orders, /orders/X, /orders/X/jobs, /orders/X/addpackage and /jobs below the profile's url, which ends in
/api.php; GET with a query, POST with a form, PUT with its parameters in the query; JSON where `format=json` asks for it
(it always does), else XML, and both are read. Authentication: HTTP Basic. Source: the vendor's page "FLAPI: Orders".

Oddities: an order has no lines, status or currency, its jobs have; a job is a request of its own, so a create is several
and may stop half way; nothing removes a job or ends an order, and only an order's reference can be changed; references
are not unique; jobs come back without quantity and price; a list wants a workgroup and dates, knows no pages, and does
not say whether its last day belongs to it; dates have no time; a failure is mostly HTTP 404, whatever is wrong; a GET
of `deallocate` changes something.
"""
# ruff: noqa: E501  (the tables have a row a line)

import calendar
import datetime as dt
import json
import re
import shlex
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeAlias
from urllib.parse import quote

from orderctl import errors, model
from orderctl.backend.contract import Backend, Connection
from orderctl.backend.fields import settings, translate, translate_query
from orderctl.backend.readback import line_option, made
from orderctl.backend.tolerant import as_decimal, as_moment, as_text, items, one_line, readable, status_of, take
from orderctl.backend.vendor import Capability, Checked, Duplicates, Field, Kind, Option, Profile, Secret, Vendor
from orderctl.frozen import dataclass, replace
from orderctl.http import Effect, Reply, Request, decoded, problem, unknown
from orderctl.http.wire import basic_auth, no_rows, nonsense, read_json, read_xml, write_form, write_json

Pairs: TypeAlias = tuple[tuple[str, str], ...]

DAYS = 31
"""How many days a list goes back without --since, and a look-up by reference always."""

IN_DOUBT = (errors.Interrupted, errors.OutcomeUnknown)
"""Failures after which a request may have been carried out: a second Ctrl-C leaves in the middle of one."""

LONGEST_REFERENCE = 6000
"""How long a new reference may be, url-encoded: it stands in the url, and web servers refuse one above some 8,000."""

READS = re.compile(
    r"/(?:orders|customers|categories|products|invoices|runs)/?"
    r"|/(?:orders|jobs|customers|categories|products|invoices)/[^/%.\s]+/?"
    r"|/(?:orders|runs)/[^/%.\s]+/jobs/?"
    r"|/customers/[^/%.\s]+/(?:addresses|contacts)/?"
    r"|/jobs/[^/%.\s]+/(?:despatches(?:/[^/%.\s]+)?|payments)/?"
)
"""The paths whose GET only reads, as far as the vendor's guide tells; `deallocate` is one that does not."""

DEALLOCATE = "orderctl api POST /jobs/JOB/deallocate --yes takes one out of production (orderctl lines ID)"

STATUSES = {"081": model.Status.IN_PROGRESS, "091": model.Status.IN_PROGRESS}
"""A job's codes: artwork done, in production; sent back, the studio must change something. A profile maps the rest."""

# fmt: off
MESSAGES: Mapping[str, tuple[type[errors.OrderctlError], str]] = {
    r"(not |failed )?authenticat(ed|ion)( failed| required| is required)?|authorization required": (errors.LoginRefused, "log in again: orderctl auth login -p {profile}"),
    r"permission denied|(you )?(do not have|don't have|have no|lack) permission[\w' ]*": (errors.PermissionDenied, "the vendor gives rights by workgroup and by kind of access (FLAPI; M-FLAPI only reads)"),
    r"no orders( found)?": (errors.NotFound, "look further back: orderctl list -p {profile} --since DATE"),
    r"order( [\w-]+)? not found": (errors.NotFound, "look for it: orderctl list -p {profile} --since DATE"),
    r"contact( [\w-]+)? not found": (errors.Refused, "it must be one of the customer's: orderctl api GET /customers/CODE/contacts -p {profile}"),
    r"customer( [\w-]+)? not found": (errors.Refused, "see the customers: orderctl api GET /customers -p {profile}"),
    r"product( [\w-]+)? not found": (errors.Refused, "see the products: orderctl api GET /products -p {profile}"),
    r"(job|package|template|workgroup)( [\w-]+)? not found": (errors.Refused, ""),
    r"(get|post|put) \S+ is not supported": (errors.Refused, ""),
    r"\w+( or \w+)? (is |are )?(invalid|required)|(invalid|missing) \w+": (errors.Refused, ""),
}
"""What an error says, all of it: its class and what to do next.

A longer text with such words in it may tell of more: "Order DVQLK saved; template not found".
"""

FAILED = frozenset({"denied", "error", "fail", "failed", "false", "invalid", "refused", "rejected"})
"""What `status`, `result` or `success` says of a call that failed."""

NO_IDS = frozenset({"0", "error", "false", "none", "null"})
"""What stands in the place of an id where there is none."""

SAVED = re.compile(r"\b(accepted|added|created|made|placed|received|saved)\b", re.IGNORECASE)
"""What an error says that may have come after the deed: 404 is this vendor's status for whatever is wrong."""

_FORMAT = Field("format", note="json or xml", reserved=True, instead="orderctl asks for JSON itself; for XML: orderctl api GET PATH --set format=xml")
_JOB = (
    _FORMAT,
    Field("order", note="the order's id", reserved=True, instead="orderctl fills in the order's id"),
    Field("product", note="product code, such as LEGA54V", word="sku", required=True, aliases=("product_code",)),
    Field("quantity", Kind.DECIMAL, "how many pieces", word="quantity", required=True),
    Field("title", note="the job's title, to help people identify it", word="name"),
    Field("reference", note="the customer's reference for the job", aliases=("client_reference",)),
    Field("id", note="job id", word="id", reserved=True, instead="a job is not changed here; try: orderctl api PUT /jobs/ID --yes --set KEY=VALUE"),
    Field("customer", note="customer code; that of the order without it"),
    Field("contact", note="contact id; that of the order without it"),
    *(Field(name, note="as jobs show it; whether a new job takes it is not documented") for name in (
        "bleed", "category", "finishes", "height", "jobmaker_pack", "notes", "orientation", "package_code", "pages", "prod_workgroup",
        "reorderof", "reprintof", "schedule", "service", "spec", "status", "turnaround", "weight", "width",
    )),
)
FIELDS: Mapping[str, tuple[Field, ...]] = {
    "create": (
        _FORMAT,
        Field("title", note="title, name or description", word="title"),
        Field("customer", note="customer code, such as HOTEST", word="customer.code", required=True),
        Field("contact", note="id of a contact of that customer; the profile's contact without it", required=True),
        Field("reference", note="a purchase order number or note", word="reference"),
        Field("package.{key}", note="for an order that exists", reserved=True, instead="add it afterwards: orderctl update ID --set package.KEY=VALUE"),
    ),
    "create.line": _JOB,
    "update": (
        _FORMAT,
        Field("reference", note="a purchase order number or note", word="reference"),
        Field("package.{key}", note="a parameter of addpackage, sent as it is; the vendor does not document them"),
    ),
    "update.line": _JOB,
    "get": (_FORMAT,),
    "list": (
        _FORMAT,
        Field("workgroup", note="workgroup or studio code; the profile's without it"),
        Field("from", note="first day", reserved=True, instead="use --since DATE"),
        Field("to", note="last day", reserved=True, instead="use --until DATE"),
    ),
}
# fmt: on


@dataclass(frozen=True)
class Part:
    """One of the requests that a write takes: what it is for people, the option that asks for it, and the call."""

    name: str
    option: str
    method: str
    path: str
    values: Pairs


def check(verb: str, subject: model.OrderDraft | model.OrderChange | model.Move, profile: Profile) -> Checked:
    """Return what is wrong with a create or an update, before it is sent."""
    return Checked() if isinstance(subject, model.Move) else Checked(tuple(encode(verb, subject, profile)[2]))


def check_query(query: model.Query, profile: Profile) -> Checked:
    """Return what is wrong with a list's filters."""
    problems = encode_query(query, profile)[1]
    for option, moment in (("--since", query.since), ("--until", query.until)):
        if moment is not None and not 1 < moment.year < 9999:  # a day, or the 31 before, more would leave the calendar
            problems.append(errors.Problem(option, "lies too far away"))
    if query.since is not None and query.until is not None and query.since >= query.until:
        problems.append(errors.Problem("--since", "lies after --until"))
    return Checked(tuple(problems))


def encode(
    verb: str, draft: model.OrderDraft, profile: Profile
) -> tuple[dict[str, str], list[dict[str, str]], list[errors.Problem]]:
    """Return the parameters of an order and of each of its jobs, and what is wrong with them."""
    if verb == "create" and "contact" not in draft.set and profile.settings.get("contact"):
        draft = replace(draft, set={**draft.set, "contact": model.Setting(value=profile.settings["contact"])})
    elsewhere = FIELDS["create"] if verb == "update" else ()
    result = translate(draft, order=FIELDS[verb], line=FIELDS[f"{verb}.line"], elsewhere=elsewhere, zone=profile.zone)
    places = [f.name for f in FIELDS[verb]]
    given = sorted(result.values.items(), key=lambda v: places.index(v[0]) if v[0] in places else len(places))
    order, lines = in_text(dict(given)), [in_text(line) for line in result.lines]
    wrong = {}
    if draft.files:
        wrong["--file"] = "Flyerlink takes no files with an order; artwork goes to its jobs, on the vendor's own pages"
    if isinstance(draft, model.OrderChange) and draft.replace_lines:
        wrong["--replace-lines"] = f"Flyerlink cannot remove a job; --line adds one, and {DEALLOCATE}"
    if verb == "update" and len(quote(order.get("reference", ""), safe="")) > LONGEST_REFERENCE:
        wrong["--set reference"] = f"is too long for a url: at most {LONGEST_REFERENCE} characters when encoded"
    return order, lines, [*result.problems, *(errors.Problem(path, why, draft.row) for path, why in wrong.items())]


def encode_query(query: model.Query, profile: Profile) -> tuple[str, list[errors.Problem]]:
    """Return the workgroup whose orders a list shows, and what is wrong with its filters; the dates go by month."""
    values, problems = translate_query(query, FIELDS["list"], vendor="Flyerlink", zone=profile.zone)
    return str(values.get("workgroup") or profile.settings.get("workgroup", "")), problems


def in_text(values: Mapping[str, Any]) -> dict[str, str]:
    """Return parameters as the vendor takes them.

    >>> in_text({"product": "LEGA54V", "quantity": Decimal("5E+3")})
    {'product': 'LEGA54V', 'quantity': '5000'}
    """
    return {name: as_text(value) for name, value in values.items()}


def days_of(query: model.Query, today: dt.date, zone: dt.tzinfo) -> tuple[dt.date, dt.date]:
    """Return the first and the last day of a list: whole days, as orders have no time.

    >>> days_of(model.Query(until=dt.datetime(2011, 5, 1, tzinfo=dt.UTC)), dt.date(2026, 1, 1), dt.UTC)
    (datetime.date(2011, 3, 30), datetime.date(2011, 4, 30))
    """
    last = today + dt.timedelta(days=1)  # where the vendor is, it may be tomorrow already
    if query.until is not None:
        last = min(last, (query.until - dt.timedelta(microseconds=1)).astimezone(zone).date())
    if query.since is None:
        return min(last, today) - dt.timedelta(days=DAYS), last
    first = query.since.astimezone(zone).date()
    return first, max(first, last)


def month_end(day: dt.date) -> dt.date:
    """Return the last day of a day's month."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def read(body: bytes) -> Any:
    """Return an answer, JSON or XML, whichever it is; an XML root stands for itself as a name. Raises BadAnswer.

    >>> read(b'<response status="ok"><id>DVQLK</id></response>')
    {'response': {'@status': 'ok', 'id': 'DVQLK'}}
    """
    text = body.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text.startswith(b"<"):
        return read_json(body, vendor="Flyerlink")
    root, value = read_xml(text, vendor="Flyerlink")
    if root.rpartition("}")[2].lower() == "html":
        raise nonsense(body, vendor="Flyerlink", why="HTML where JSON was expected")
    return {root: value}


def said(answer: Any) -> tuple[bool | None, str]:
    """Return whether an answer says ok (None: it does not say, or an error as well) and the vendor's words, as a text.

    >>> said({"status": "error", "message": "Template not found"}), said({"response": {"@status": "ok", "id": "DVQLK"}})
    ((False, 'Template not found'), (True, ''))
    >>> said({"status": "ok", "id": "DVQLK", "error": "quota exceeded"})
    (None, 'quota exceeded')
    """
    levels = (answer, answer.get("response")) if isinstance(answer, Mapping) else ()
    told = [pair for level in levels if isinstance(level, Mapping) for pair in level.items()]
    verdicts = {str(v)[:9].strip().lower() for k, v in told if k in {"@status", "status", "result", "success"}}
    words = next((text for k, v in told if k == "message" and (text := one_line(v))), "")
    error = next((text for k, v in told if k in {"error", "errors"} and (text := one_line(v))), "")
    if verdicts & FAILED:
        return False, words or error or "failed"
    if verdicts & {"ok", "success"}:
        return (None, error) if error else (True, words)
    return False if any(k == "error" and v for k, v in told) else None, words or error


def shown_in(answer: Any) -> Mapping[str, Any]:
    """Return the one object that an answer shows, empty where there is none: its order or job, or else its own fields.

    >>> shown_in({"response": {"status": "ok", "order": {"id": "DVQLK"}}}), shown_in([])
    ({'id': 'DVQLK'}, {})
    """
    for name in ("response", "order", "job"):
        answer = answer.get(name, answer) if isinstance(answer, Mapping) else None
    return answer if isinstance(answer, Mapping) else {}


def id_of(answer: Any) -> str | None:
    """Return the id of what was made; None where the answer has no usable one, or words and no ok beside it.

    A `code` is none: an error has one, too.

    >>> id_of({"response": {"status": "ok", "id": "DVQLK"}}), id_of({"order": {"id": "DVQLK"}}), id_of({"code": 403})
    ('DVQLK', 'DVQLK', None)
    """
    shown = shown_in(answer)
    ok, words = said(shown)
    found = one_line(shown.get("id")) if ok or not words else ""
    usable = found.isprintable() and re.fullmatch(r"[^/\s]{1,60}", found) and found.casefold() not in NO_IDS
    return found if usable else None


def rows(answer: Any, name: str) -> list[Any] | None:
    """Return the orders, or the jobs, of an answer in whatever shape they came; None where there is no such shape.

    >>> rows({"orders": {"order": {"id": "A"}}}, "order"), rows([], "order"), rows({"runs": []}, "order")
    ([{'id': 'A'}], [], None)
    """
    answer = answer.get("response", answer) if isinstance(answer, Mapping) else answer
    if not isinstance(answer, Mapping) or not answer:
        return each(answer, name)
    key = next((k for k in (f"{name}s", name) if k in answer), "")
    if key:
        return each(answer[key], name)
    ok, words = said(answer)
    if "id" in answer or ("code" in answer and name == "job"):
        return None if words and not ok else [answer]
    nothing = not words or re.fullmatch(rf"no {name}s( found)?\W*", words, re.IGNORECASE)
    return [] if ok and nothing and answer.keys() <= {"@status", "message", "status"} else None


def each(value: Any, name: str) -> list[Any] | None:
    """Return what a list holds: it may be null, "", one item, items by number, and each may be wrapped in its name.

    >>> each({"job": [{"id": "1"}, {"id": "2"}]}, "job"), each([{"job": {"id": "1"}}], "job"), each("", "job"), each(7, "job")
    ([{'id': '1'}, {'id': '2'}], [{'id': '1'}], [], None)
    """
    if isinstance(value, Mapping) and value:
        if name in value and not isinstance(value[name], str):
            return each(value[name], name)
        return items(value) if all(key.isdigit() for key in value) else [value]
    if isinstance(value, list):
        return [inner for v in value for inner in ((each(v, name) or [v]) if isinstance(v, Mapping) else [v])]
    return [] if value in (None, "", {}) else None


def decode(raw: Mapping[str, Any], profile: Profile) -> model.Order:
    """Return an order; what is odd stays in `extra`. Its status and currency are those that all its jobs have.

    One that shows that it has no jobs has the status "": none of theirs, where None is one that it does not tell.

    Raises ValueError, TypeError for what is no order or has no id.
    """
    rest = dict(raw)
    order_id = take(rest, "id", as_text)
    if order_id is None:
        raise ValueError("an order without an id")
    jobs = each(rest.get("jobs"), "job")
    lines = tuple(decode_line(job) for job in jobs or () if isinstance(job, Mapping))
    if jobs is not None and len(jobs) == len(lines):
        rest.pop("jobs", None)
    totals = _totals(rest)
    balance = take(dict(totals), "balance", as_decimal)
    total = take(totals, "total", as_decimal)
    status, currency = _common(lines, "status"), _common(lines, "currency")
    return model.Order(
        id=order_id,
        reference=take(rest, "reference", as_text),
        title=take(rest, "title", as_text),
        status=status_of(status, STATUSES, profile),
        vendor_status="" if jobs == [] and "jobs" in raw else status,
        customer=model.Customer(code=take(rest, "customer", as_text)),
        lines=lines,
        currency=currency,
        total=total,
        paid=None if balance is None or not total else balance == 0,
        created_at=take(rest, "date", lambda v: as_day(v, profile.zone)),
        extra={**totals, **rest},
        raw=raw,
    )


def decode_line(raw: Mapping[str, Any]) -> model.OrderLine:
    """Return a job, as an order shows it, as the jobs call does (`code`), or by itself (other names)."""
    rest = dict(raw)
    job = take(rest, "id", as_text) or take(rest, "code", as_text)
    totals = _totals(rest)
    return model.OrderLine(
        id=job,
        sku=take(rest, "product", as_text) or take(rest, "product_code", as_text),
        name=take(rest, "title", as_text),
        quantity=take(rest, "quantity", as_decimal),
        total=take(totals, "total", as_decimal) or take(rest, "total", as_decimal),
        extra={**totals, **rest},
    )


def as_day(value: Any, zone: dt.tzinfo) -> model.Moment | None:
    """Return a date: dd/mm/yyyy, or yyyy-mm-dd with or without a time. Raises ValueError.

    >>> as_day("26/04/2011", dt.UTC), as_day("2011-04-26", dt.UTC)
    (datetime.date(2011, 4, 26), datetime.date(2011, 4, 26))
    """
    day, slash, rest = as_text(value).strip().partition("/")
    month, second, year = rest.partition("/")
    found = as_moment(f"{year}-{month}-{day}" if slash and second else value, zone)
    if isinstance(found, dt.datetime):
        found.astimezone(zone)  # raises OverflowError where the calendar of that zone has no such day
    return found


def raw_reads(method: str, path: str) -> bool:
    """Return whether a raw call only reads: the vendor has a GET that changes something, so only known ones do.

    >>> raw_reads("GET", "/jobs/1648885"), raw_reads("GET", "/jobs/1648885/deallocate"), raw_reads("POST", "/orders")
    (True, False, False)
    """
    return method in {"GET", "HEAD"} and READS.fullmatch(path) is not None


def refusal(reply: Reply, words: str, purpose: str, *, profile: str) -> errors.OrderctlError | None:
    """Return the error that the vendor's words mean, None for words that nobody has listed, or from a busy server."""
    if reply.status >= 500 or 300 <= reply.status < 400 or reply.status in {408, 425, 429}:
        return None
    message = f"{purpose}: Flyerlink says {words!r}"
    for known, (kind, hint) in MESSAGES.items():
        if re.fullmatch(known, words.rstrip(" .!"), re.IGNORECASE):
            return kind(message, hint=hint.format(profile=profile), http_status=reply.status)
    return errors.Conflict(message, http_status=409) if words and reply.status == 409 else None


class Flyerlink(Backend):
    """An open connection to one workgroup."""

    def __init__(self, vendor: Vendor, connection: Connection) -> None:
        super().__init__(vendor, connection)
        self._undated: set[str] = set()

    def create(self, draft: model.OrderDraft) -> model.Receipt:
        """Make the order, then a job for each line. One that stops half way names its order and what is missing."""
        order, lines, _ = encode("create", draft, self.profile)
        purpose, today = f"create order {draft.reference!r}", self._today()
        with self.connection.client.together():
            try:
                answer = self._call("POST", "/orders", purpose, tuple(order.items()), assume="<id>")
                shown = one_line(shown_in(answer).get("reference"))
                if shown and shown.split() != one_line(order.get("reference")).split():
                    raise unknown(f"{purpose}: Flyerlink answers with an order of the reference {shown!r}")
                order_id = id_of(answer) or self._made(order, purpose, today)
            except errors.OutcomeUnknown as error:
                error.hint = f"look for it: {self.command('list', '--reference', str(draft.reference))}; {error.hint}"
                raise
            self._do(order_id, _jobs(order_id, lines, draft.lines), begun="was made")
        return model.Receipt(id=order_id)

    def get(self, order_id: str, given: Mapping[str, model.Setting] = model.NOTHING) -> model.Order:
        """Return one order. Raises NotFound."""
        errors.refuse(settings(FIELDS["get"], given, zone=self.profile.zone)[1])
        purpose = f"get order {order_id!r}"
        answer = self._ask(order_id, purpose, assume=order_id)
        orders, unread = self._orders(answer, purpose)
        if unread:
            raise no_rows(answer, vendor="Flyerlink", what=f"order to {purpose!r}: {unread[0]}")
        if not orders:
            raise self.not_found(order_id)
        return self.exactly(order_id, next((order for order in orders if order.id == order_id), orders[0]))

    def page(self, query: model.Query, cursor: str | None) -> model.Page:
        """Return the orders of one month; the next page is the month after it."""
        workgroup, problems = encode_query(query, self.profile)
        errors.refuse(problems)
        first, last = days_of(query, self._today(), self.profile.zone)
        if cursor is None:
            self._undated = set()
            if query.since is None:
                self.connection.notice(f"no --since: only orders since {first} are listed")
        else:
            first = _day(cursor)
        end = min(month_end(first), last)
        orders, unread = self._between(workgroup, first, end, self._undated)
        return model.Page(orders=orders, next=_next(end) if end < last else None, errors=unread)

    def ping(self) -> None:
        """List the orders of today."""
        self._all(self._today(), self._today())

    def find(self, reference: str) -> model.Order:
        """Return the order with exactly this reference in the last 31 days. Raises Conflict where several have it."""
        first, last = days_of(model.Query(), self._today(), self.profile.zone)
        assume = {"order": {"id": "<id>", "reference": reference}}
        orders, unread = self._all(first, last, assume=assume)
        found = [order for order in orders if order.reference == reference]
        if len(found) > 1:
            raise self.several(reference, (order.id for order in found))
        if found:
            return found[0]
        look = f"{self.command('list', '--reference', reference)} --since {first.replace(year=first.year - 1, day=1)}"
        if unread:
            raise errors.BadAnswer(f"Flyerlink shows an order that cannot be read: {unread[0]}", hint=f"look: {look}")
        raise errors.NotFound(
            f"Flyerlink has no order with the reference {reference!r} since {first} (profile {self.profile.name})",
            hint=f"look further back: {look}",
        )

    def update(self, order_id: str, change: model.OrderChange) -> model.Receipt:
        """Change the reference, add a package, add jobs: a request each, in this order."""
        order, lines, _ = encode("update", change, self.profile)
        with self.connection.client.together():
            self._do(order_id, [*_changes(order_id, order), *_jobs(order_id, lines, change.lines)])
        return model.Receipt(id=order_id)

    def lines(self, order_id: str) -> tuple[model.OrderLine, ...]:
        """Return the jobs of one order: the jobs call gives their ids, the order the rest of them."""
        purpose = f"jobs of order {order_id!r}"
        answer = self._ask(order_id, purpose, "/jobs")
        found = rows(answer, "job")
        if found is None or not all(isinstance(job, Mapping) for job in found):
            raise no_rows(answer, vendor="Flyerlink", what=f"jobs to {purpose!r}")
        lines = [decode_line(job) for job in found]
        if all(line.sku for line in lines):
            return tuple(lines)
        whole = {line.id: line for line in self.get(order_id).lines}
        return tuple(line if line.sku else whole.get(line.id, line) for line in lines)

    def raw(
        self, method: str, path: str, *, params: tuple[tuple[str, str], ...], body: bytes | None, content_type: str
    ) -> Reply:
        """Send a call of the caller's own; `format=json` is added unless it names another."""
        pairs = params if any(name == "format" for name, _ in params) else (*params, ("format", "json"))
        form = method == "POST" and body is None
        request = self._request(method, path, f"{method} {path}", pairs, form=form)
        if body is not None:
            request = replace(request, headers={**request.headers, "content-type": content_type}, body=body)
        return self.connection.client.send(request, Effect.READ if raw_reads(method, path) else Effect.WRITE)

    def _call(self, method: str, path: str, purpose: str, values: Pairs = (), *, assume: Any = "") -> Any:
        """Send one call and return its answer. Raises what the vendor's words, or else the status, mean."""
        effect = Effect.READ if method == "GET" else Effect.WRITE
        before = values if effect is Effect.READ else values[: values[:1][0][0] == "order"]
        pairs = (*before, ("format", "json"), *values[len(before) :])
        request = self._request(method, path, purpose, pairs, form=method == "POST")
        shown = assume if isinstance(assume, Mapping) else {"order": {"id": assume}}
        assumed = shown if effect is Effect.READ else {"response": {"status": "ok", "id": assume}}
        reply = self.connection.client.send(request, effect, assume=write_json(assumed if assume else {}))
        answer = decoded(reply, request, effect, read)
        ok, words = said(answer)
        failure = None
        if ok is False or reply.status >= 300:
            failure = refusal(reply, words, purpose, profile=self.profile.name)
        if failure is None and effect is Effect.WRITE and reply.status >= 400 and SAVED.search(words):
            failure = unknown(f"{purpose}: Flyerlink says {words!r}", http_status=reply.status)
        failure = failure or problem(reply, request, effect, words=words)
        if failure is None and effect is Effect.WRITE and not ok and (ok is False or words or id_of(answer) is None):
            failure = unknown(f"{purpose}: Flyerlink says {words or one_line(answer)!r}, and not ok")
        if failure is None and ok is False:
            failure = errors.Refused(f"{purpose}: Flyerlink says {words!r}", hint="see what the vendor says of it")
        if failure is not None:
            raise failure
        return answer

    def _ask(self, order_id: str, purpose: str, part: str = "", *, assume: str = "") -> Any:
        """Return what the vendor shows of an order, all or a part. Raises NotFound."""
        try:
            return self._call("GET", f"{_path(order_id)}{part}", purpose, assume=assume)
        except errors.NotFound as error:
            raise self.not_found(order_id, http_status=error.http_status) from error

    def _request(self, method: str, path: str, purpose: str, pairs: Pairs, *, form: bool) -> Request:
        secrets = self.connection.secrets
        headers = {"authorization": basic_auth(secrets["username"], secrets["password"])}
        return Request(
            method=method,
            url=self.profile.url.rstrip("/") + path,
            purpose=purpose,
            query=() if form else pairs,
            headers={**headers, "content-type": "application/x-www-form-urlencoded"} if form else headers,
            body=write_form(pairs) if form else None,
        )

    def _do(self, order_id: str, parts: Sequence[Part], *, begun: str = "") -> None:
        """Do the parts of a write one after the other. Raises, where one fails, what was done and what is missing."""
        for number, part in enumerate(parts):
            try:
                self._call(part.method, part.path, f"{part.name} of order {order_id!r}", part.values, assume="<job>")
            except errors.OrderctlError as error:
                alone = len(parts) == 1 or not isinstance(error, IN_DOUBT)
                if not begun and not number and alone:
                    raise  # nothing else was done, or nothing else is missing
                raise self._half(order_id, parts, number, error, begun=begun) from error

    def _half(
        self, order_id: str, parts: Sequence[Part], number: int, error: errors.OrderctlError, *, begun: str
    ) -> errors.OrderctlError:
        """Return the error for a write that stopped at a part: the order's id, what is missing, and what to do next."""
        part, done = parts[number], ", ".join(p.name for p in parts[:number])
        doubt = isinstance(error, IN_DOUBT)
        rest = parts[number + doubt :]
        again = self.command("update", order_id)
        says = [f"order {order_id} {begun or ('was changed' if done else 'may have been changed')}"]
        hints = []
        says += [f"done: {done}"] if done else []
        if rest:
            says.append(f"missing: {', '.join(p.name for p in rest)}")
            hints.append(f"add what is missing: {' '.join((again, *(p.option for p in rest)))}")
        if doubt:
            says.append(f"not known: {part.name}")
            hints.append(f"look at it ({self.command('get', order_id)}), and only where it lacks {part.name}:")
            hints[-1] += f" {again} {part.option}"
        return (errors.OutcomeUnknown if doubt else errors.PartlyDone)(
            f"{'; '.join(says)} ({error.message})",
            hint="; ".join(hints),
            code="order.half_made",
            http_status=error.http_status,
            retry_after=error.retry_after,
            order_id=order_id,
        )

    def _made(self, order: Mapping[str, str], purpose: str, sent: dt.date) -> str:
        """Return the id of an order that was accepted without one on the day `sent`.

        It is the only one of that day (or of today, where midnight passed) that looks like it and has no jobs.
        """
        today = self._today()
        wanted = (order.get("reference"), order["customer"], order.get("title"))

        def look() -> str:
            orders, unread = self._all(sent, today)
            alike = (o for o in orders if (o.reference, o.customer.code, o.title) == wanted and not o.lines)
            found = [o.id for o in alike if o.created_at is not None]
            if len(found) != 1 or unread:
                raise errors.NotFound(f"{len(found) or 'no'} orders of today look like it")
            return found[0]

        return made(purpose, look, why="Flyerlink says ok without an id")

    def _all(self, first: dt.date, last: dt.date, *, assume: Any = "") -> tuple[list[model.Order], list[str]]:
        """Return the workgroup's orders of these days, each once, and why others cannot be read."""
        workgroup = encode_query(model.Query(), self.profile)[0]
        found: dict[str, model.Order] = {}
        problems: list[str] = []
        while first <= last:
            end = min(month_end(first), last)
            orders, unread = self._between(workgroup, first, end, set(), assume=assume)
            found |= {order.id: order for order in orders}
            problems += unread
            first = _day(_next(end))
        return list(found.values()), problems

    def _between(
        self, workgroup: str, first: dt.date, last: dt.date, undated: set[str], *, assume: Any = ""
    ) -> tuple[tuple[model.Order, ...], tuple[str, ...]]:
        """Return the orders of these days, each once: a day more is asked for, as nobody says whether `to` is one.

        `undated` are the ids of orders without a date that were shown before; those of this answer join them.
        """
        purpose = f"list orders of {workgroup} from {first} to {last}"
        asked = (("workgroup", workgroup), ("from", first.isoformat()), ("to", _next(last)))
        try:
            answer = self._call("GET", "/orders/", purpose, asked, assume=assume)
        except errors.NotFound as error:
            if not re.search(r"says 'no orders", error.message, re.IGNORECASE):
                raise no_rows(error.message, vendor="Flyerlink", what=f"orders to {purpose!r}") from error
            return (), ()
        if not unread and self._of_other_days(found, first, last):
            raise errors.BadAnswer(
                f"{purpose}: Flyerlink answers with orders of other days, also when it is asked again",
                hint="the server, or a cache before it, answers with an old page: try again later",
            )
        orders: dict[str, model.Order] = {}
        for order in found:
            day = self._day_of(order)
            if first <= day <= last if day else order.id not in undated:
                orders.setdefault(order.id, order)
        undated |= {order.id for order in orders.values() if order.created_at is None}
        return tuple(orders.values()), unread

    def _of_other_days(self, orders: Sequence[model.Order], first: dt.date, last: dt.date) -> bool:
        """Return whether an answer has orders, and none of these days: it is that to another question."""
        near, far = first.toordinal() - 1, last.toordinal() + 2  # whatever the zone, and a day more
        days = [self._day_of(order) for order in orders]
        return bool(days) and not any(day is None or near <= day.toordinal() <= far for day in days)

    def _day_of(self, order: model.Order) -> dt.date | None:
        day = order.created_at
        return day.astimezone(self.profile.zone).date() if isinstance(day, dt.datetime) else day

    def _orders(self, answer: Any, purpose: str) -> tuple[tuple[model.Order, ...], tuple[str, ...]]:
        """Return the orders of an answer, and why others cannot be read. Raises BadAnswer where it holds none at all."""
        found = rows(answer, "order")
        if found is None:
            raise no_rows(answer, vendor="Flyerlink", what=f"orders to {purpose!r}")
        return readable(found, lambda row: decode(row, self.profile), purpose)

    def _today(self) -> dt.date:
        return dt.datetime.now(self.profile.zone).date()


def _changes(order_id: str, order: Mapping[str, str]) -> list[Part]:
    """Return the requests that change an order itself: its reference, its package."""
    place, parts = _path(order_id), []
    if "reference" in order:
        text = order["reference"]
        option = f"--set {shlex.quote(f'reference:={json.dumps(text)}' if text[:1] == '@' else f'reference={text}')}"
        parts.append(Part("the reference", option, "PUT", place, (("reference", order["reference"]),)))
    if package := tuple((k.removeprefix("package."), v) for k, v in order.items() if k != "reference"):
        option = " ".join(f"--set {shlex.quote(f'package.{k}={v}')}" for k, v in package)
        parts.append(Part("the package", option, "POST", f"{place}/addpackage", package))
    return parts


def _jobs(order_id: str, lines: Sequence[Mapping[str, str]], drafts: Sequence[model.DraftLine]) -> list[Part]:
    """Return the requests that make a job for each line."""
    return [
        Part(
            f"line {number} ({line['product']})",
            f"--line {shlex.quote(line_option(draft))}",
            "POST",
            "/jobs",
            (("order", order_id), *line.items()),
        )
        for number, (line, draft) in enumerate(zip(lines, drafts, strict=True), 1)
    ]


def _next(day: dt.date) -> str:
    """Return the day after, as the vendor's lists and our cursors write it."""
    return (day + dt.timedelta(days=1)).isoformat()


def _day(cursor: str) -> dt.date:
    """Return the day that a cursor names. Raises UsageError."""
    try:
        return dt.date.fromisoformat(cursor)
    except ValueError:
        raise errors.UsageError(f"--after {cursor}: not a cursor", hint='it is the "next" of an earlier list') from None


def _path(order_id: str) -> str:
    """Return where an order is. Raises UsageError for what no id looks like, which could be another path."""
    if "/" in order_id or order_id.strip(". ") == "":
        raise errors.UsageError(f"{order_id!r} is not an order's id")
    return f"/orders/{quote(order_id, safe='<>')}"


def _common(lines: Sequence[model.OrderLine], name: str) -> str | None:
    """Return the text that all jobs have in a field, None where they differ."""
    values = [line.extra.get(name) for line in lines]
    return take({name: values[0]}, name, as_text) if values and all(v == values[0] for v in values) else None


def _totals(rest: dict[str, Any]) -> dict[str, Any]:
    """Take the amounts out of `totals`, an object or a list of one; of several the first, and all of them stay."""
    value = rest.get("totals")
    several = value if isinstance(value, list) else [value]
    found = [dict(amounts) for amounts in several if isinstance(amounts, Mapping)]
    if not value or len(found) == len(several) == 1:
        rest.pop("totals", None)
    return found[0] if found else {}


VENDOR = Vendor(
    name="flyerlink",
    title="Flyerlink",
    summary="print orders of printing.com, Nettl and w3p (FLAPI), orders API",
    url="https://dev.flyerlink.com/api.php",
    options=(
        Option(
            name="workgroup",
            note="your workgroup or studio code, whose orders are listed",
            required=True,
            identity=True,
        ),
        Option(name="contact", note="the contact of new orders, an id; --set contact= overrides"),
    ),
    secrets=(
        Secret(name="username", note="user name of the API, issued by the vendor"),
        Secret(name="password", note="its password"),
    ),
    capabilities=frozenset(
        {Capability.CREATE, Capability.FIND, Capability.GET, Capability.LINES, Capability.PAGE, Capability.UPDATE}
    ),
    refusals={
        Capability.CANCEL: "an order cannot be ended; take its jobs (orderctl lines ID) out of production: orderctl api POST /jobs/JOB/deallocate --yes",
        Capability.COMMENTS: "orders have none; what jobs have: orderctl api GET /jobs/JOB",
        Capability.FIELDS: "its parameters are fixed: orderctl schema flyerlink create",
        Capability.PUSH: "orders have no workflow; add a package: orderctl update ID --set package.KEY=VALUE, or change a job's title or reference: orderctl api PUT /jobs/JOB --yes --set KEY=VALUE",
        Capability.STEPS: "orders have no workflow; each job has a status: orderctl lines ID",
    },
    duplicates=Duplicates.SEARCHABLE,
    fields=FIELDS,
    statuses=STATUSES,
    filters=frozenset({"since", "until"}),
    answered=frozenset({"customer", "reference", "status"}),
    page_size=0,
    limits=(
        "a create is a request for the order and one for each line; one that stops half way says what is missing",
        "without --since a list shows the last 31 days; a reference is looked for in them as well",
        "orders have a day and no time: --since and --until count whole days",
        "a list is read month by month; it has no pages",
        "lines come back without quantity and unit price; an order's status is the one that all its jobs have",
        "only the reference of an order can be changed; lines can be added, not removed",
    ),
    example=model.OrderDraft(
        reference="#123",
        title="order",
        customer=model.Customer(code="HOTEST"),
        lines=(
            model.DraftLine(
                sku="LEGA54V",
                name="Initial Flyers",
                quantity=Decimal(5000),
                set={"reference": model.Setting(value="Reference")},
            ),
        ),
        set={"contact": model.Setting(value="13057")},
    ),
    sandbox_secrets={"username": "sandbox", "password": "sandbox"},
    sandbox_settings={"contact": "13057", "workgroup": "W11"},
    check=check,
    check_query=check_query,
    raw_reads=raw_reads,
    backend=Flyerlink,
)
