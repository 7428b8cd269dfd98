"""Flyerlink (FLAPI of printing.com, Nettl, w3p), orders API: print orders that hold jobs.

Protocol: /orders, /orders/X, /orders/X/jobs, /orders/X/addpackage and /jobs below the profile's url, which ends in
/api.php; GET with a query, POST with a form, PUT with its parameters in the query; JSON where `format=json` asks for it
(it always does), else XML, and both are read. Authentication: HTTP Basic. Source: the vendor's page "FLAPI: Orders".

Oddities: an order has no lines, status or currency, its jobs have; a job is a request of its own, so a create is several
and may stop half way; nothing removes a job or ends an order, and only an order's reference can be changed; references
are not unique; jobs come back without quantity and price; a list needs a workgroup and dates, has no pages, and does
not say whether its last day belongs to it; dates have no time; a failure is mostly HTTP 404, whatever is wrong; a GET
of `deallocate` changes something.
"""
# ruff: noqa: E501  (the tables have a row a line)

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from orderctl import errors, model
from orderctl.backend.call import Verdict, decoded
from orderctl.backend.contract import Backend, Connection
from orderctl.backend.fields import settings
from orderctl.backend.prepared import Hole, Part, Prepared, filled
from orderctl.backend.tolerant import readable
from orderctl.backend.vendor import Capability, Duplicates, Option, Secret, Vendor
from orderctl.frozen import replace
from orderctl.http import Reply, Request
from orderctl.http.wire import basic_auth, form_pairs, no_rows, write_form
from orderctl.vendors.flyerlink.answers import NO_ORDERS, STATUSES, decode, decode_line, read, rows, verdict
from orderctl.vendors.flyerlink.fields import (
    CALLS,
    FIELDS,
    check_query,
    days_of,
    encode_query,
    month_end,
    parts,
    prepare,
)

FORMAT = ("format", "json")

READS = re.compile(
    r"/(?:orders|customers|categories|products|invoices|runs)/?"
    r"|/(?:orders|jobs|customers|categories|products|invoices)/[^/%.\s]+/?"
    r"|/(?:orders|runs)/[^/%.\s]+/jobs/?"
    r"|/customers/[^/%.\s]+/(?:addresses|contacts)/?"
    r"|/jobs/[^/%.\s]+/(?:despatches(?:/[^/%.\s]+)?|payments)/?"
)
"""The paths whose GET only reads, as far as the vendor's guide tells; `deallocate` is one that does not."""


def raw_reads(method: str, path: str) -> bool:
    """Return whether a raw call only reads: the vendor has a GET that changes something, so only known ones do.

    >>> raw_reads("GET", "/jobs/1648885"), raw_reads("GET", "/jobs/1648885/deallocate"), raw_reads("POST", "/orders")
    (True, False, False)
    """
    return method in {"GET", "HEAD"} and READS.fullmatch(path) is not None


class Flyerlink(Backend):
    """An open connection to one workgroup."""

    def __init__(self, vendor: Vendor, connection: Connection) -> None:
        super().__init__(vendor, connection)
        self._undated: set[str] = set()

    def request(self, part: Part, answers: Mapping[str, str]) -> Request:
        """Return the request for a call: what it is about in its path, or first, then the format and its fields."""
        method, path = CALLS[part.call]
        values = filled(part.values, answers)
        fields = tuple(values["fields"].items())
        about = (("order", values["order"]),) if part.call == "job" else ()
        pairs = (*fields, FORMAT) if method == "GET" else (*about, FORMAT, *fields)
        place = path.format(order=_segment(values["order"])) if "{order}" in path else path
        return self._request(method, place, part.purpose, pairs, form=method == "POST")

    def verdict(self, reply: Reply, part: Part) -> Verdict:
        """Return what the answer to a call means."""
        answer, unreadable = decoded(reply, read)
        return unreadable or verdict(answer, part, self.profile.name)

    def find_created(self, prepared: Prepared, sent: dt.datetime) -> str | None:
        """Return the id of an order that was accepted without one.

        It is the only one of that day (or of today, where midnight passed) that looks like it and has no jobs; a look
        before the create showed that no order had its reference.
        """
        orders, unread = self._all(sent.astimezone(self.profile.zone).date(), self._today())
        content = prepared.content
        wanted = (content.get("reference"), content["customer"], content.get("title"))
        alike = (o for o in orders if (o.reference, o.customer.code, o.title) == wanted and not o.lines)
        found = [o.id for o in alike if o.created_at is not None]
        if len(found) != 1 or unread:
            raise errors.NotFound(f"{len(found) or 'no'} orders of today look like it")
        return found[0]

    def applied(self, part: Part, answers: Mapping[str, str], *, done: int) -> bool:
        """Return whether a new order has one job more than were sent before: nobody else adds any to it."""
        if part.call != "job" or not isinstance(part.values["order"], Hole):
            return False
        return len(self.lines(answers["order"])) == done  # the order itself is one of those that were done

    def get(self, order_id: str, given: Mapping[str, model.Setting] = model.NOTHING) -> model.Order:
        """Return one order. Raises NotFound."""
        errors.refuse(settings(FIELDS["get"], given, zone=self.profile.zone)[1])
        purpose = f"get order {order_id!r}"
        answer = self._read("get", purpose, order_id)
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

    def finds_many(self) -> bool:
        """Return True: one list of the last 31 days shows every reference."""
        return True

    def existing(self, references: Iterable[str], *, oldest: dt.date | None = None) -> Mapping[str, str]:
        """Return the ids of the orders of the last 31 days that have these references: one list shows them all."""
        asked = frozenset(references)
        if len(asked) == 1:
            return super().existing(asked)
        first, last = days_of(model.Query(), self._today(), self.profile.zone)
        orders, unread = self._all(first, last)
        found = {order.reference: order.id for order in orders if order.reference in asked}
        if unread and asked - found.keys():
            raise errors.BadAnswer(f"Flyerlink shows an order that cannot be read: {unread[0]}")
        return {str(reference): order_id for reference, order_id in found.items()}

    def find(self, reference: str) -> model.Order:
        """Return the order with exactly this reference in the last 31 days. Raises Conflict where several have it."""
        first, last = days_of(model.Query(), self._today(), self.profile.zone)
        orders, unread = self._all(first, last)
        found = [order for order in orders if order.reference == reference]
        if len(found) > 1:
            raise self.ambiguous_reference(reference, (order.id for order in found))
        if found:
            return found[0]
        look = f"{self.command('list', '--reference', reference)} --since {first.replace(year=first.year - 1, day=1)}"
        if unread:
            raise errors.BadAnswer(f"Flyerlink shows an order that cannot be read: {unread[0]}", hint=f"look: {look}")
        raise errors.NotFound(
            f"Flyerlink has no order with the reference {reference!r} since {first} (profile {self.profile.name})",
            hint=f"look further back: {look}",
        )

    def lines(self, order_id: str) -> tuple[model.OrderLine, ...]:
        """Return the jobs of one order: the jobs call gives their ids, the order the rest of them."""
        purpose = f"jobs of order {order_id!r}"
        answer = self._read("jobs", purpose, order_id)
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
    ) -> Request:
        """Return a call of the caller's own; `format=json` is added unless it names another."""
        pairs = form_pairs(params)
        if not any(name == "format" for name, _ in pairs):
            pairs = (*pairs, FORMAT)
        request = self._request(method, path, f"{method} {path}", pairs, form=method == "POST" and body is None)
        if body is None:
            return request
        return replace(request, headers={**request.headers, "content-type": content_type}, body=body)

    def _read(self, call: str, purpose: str, order_id: str) -> Any:
        """Return what the vendor shows of an order, all or a part. Raises NotFound."""
        try:
            return self.ask(Part(purpose=purpose, call=call, values={"order": order_id, "fields": {}}))
        except errors.NotFound as error:
            raise self.not_found(order_id, http_status=error.http_status) from error

    def _request(
        self, method: str, path: str, purpose: str, pairs: tuple[tuple[str, str], ...], *, form: bool
    ) -> Request:
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

    def _all(self, first: dt.date, last: dt.date) -> tuple[list[model.Order], list[str]]:
        """Return the workgroup's orders of these days, each once, and why others cannot be read."""
        workgroup = encode_query(model.Query(), self.profile)[0]
        found: dict[str, model.Order] = {}
        problems: list[str] = []
        while first <= last:
            end = min(month_end(first), last)
            orders, unread = self._between(workgroup, first, end, set())
            found |= {order.id: order for order in orders}
            problems += unread
            first = _day(_next(end))
        return list(found.values()), problems

    def _between(
        self, workgroup: str, first: dt.date, last: dt.date, undated: set[str]
    ) -> tuple[tuple[model.Order, ...], tuple[str, ...]]:
        """Return the orders of these days, each once: a day more is asked for, as nobody says whether `to` is one.

        `undated` are the ids of orders without a date that were shown before; those of this answer join them.
        """
        purpose = f"list orders of {workgroup} from {first} to {last}"
        fields = {"workgroup": workgroup, "from": first.isoformat(), "to": _next(last)}
        part = Part(purpose=purpose, call="list", values={"fields": fields})
        try:
            found, unread = self._orders(self.ask(part), purpose)
            if not unread and self._of_other_days(found, first, last):  # a stale answer, perhaps
                found, unread = self._orders(self.ask(part), purpose)
        except errors.NotFound as error:
            if error.code != NO_ORDERS:
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


def _next(day: dt.date) -> str:
    """Return the day after, as the vendor's lists and our cursors write it."""
    return (day + dt.timedelta(days=1)).isoformat()


def _day(cursor: str) -> dt.date:
    """Return the day that a cursor names. Raises UsageError."""
    try:
        return dt.date.fromisoformat(cursor)
    except ValueError:
        raise errors.UsageError(f"--after {cursor}: not a cursor", hint='it is the "next" of an earlier list') from None


def _segment(order_id: str) -> str:
    """Return an id as a part of a path. Raises UsageError for what no id looks like, which could be another path."""
    if "/" in order_id or order_id.strip(". ") == "":
        raise errors.UsageError(f"{order_id!r} is not an order's id")
    return quote(order_id, safe="")


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
        Secret(name="username", note="user name of the API, issued by the vendor", visible=True),
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
    remote_filters=frozenset({"since", "until"}),
    local_filters=frozenset({"customer", "reference", "status", "text"}),
    page_size=0,
    limits=(
        "a create is one request for the order and one for each line; if it stops half way, the message says what is missing",
        "without --since a list shows the last 31 days; a reference is also looked up in these days only",
        "orders have a date without a time: --since and --until mean whole days",
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
    prepare=prepare,
    parts=parts,
    check_query=check_query,
    raw_reads=raw_reads,
    backend=Flyerlink,
)
