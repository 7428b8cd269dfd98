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
from collections.abc import Iterable, Mapping
from decimal import Decimal

from orderctl import errors, model
from orderctl.backend.call import Meaning, Verdict
from orderctl.backend.contract import Backend, Connection
from orderctl.backend.fields import page_number, settings
from orderctl.backend.pages import mark, walk
from orderctl.backend.prepared import Part, Prepared, Seen, filled
from orderctl.backend.tolerant import Readable
from orderctl.backend.vendor import Capability, Duplicates, Option, Secret, Vendor
from orderctl.frozen import replace
from orderctl.http import Reply, Request, unknown
from orderctl.http.wire import basic_auth, form_pairs, no_rows, write_xml
from orderctl.vendors.imonggo.answers import BRANCH, STATUSES, decode, rows, says_cancelled, verdict
from orderctl.vendors.imonggo.fields import FIELDS, ORDERS, check_query, encode_query, parts, prepare

PAGE = 50
"""How many orders a page has where per_page does not say, by the vendor's page; a server may have smaller ones."""

MAX_PAGES = 1000
"""How many pages a look-up reads: at two requests a second it is eight minutes, and a list may take ten."""

BUSY_WAIT = 90.0
"""How long a 503 means, in seconds; the vendor tells no number, a public client waits so long."""

METHODS = {"cancel": "DELETE", "create": "POST", "get": "GET", "list": "GET"}
"""From the vendor's page "Order API", the headings of its calls; read on 2026-11-21."""


def raw_reads(method: str, _path: str) -> bool:
    """Return whether a raw call only reads: here the method tells."""
    return method in {"GET", "HEAD"}


class Imonggo(Backend):
    """An open connection to one branch of an account. Raises ConfigError for a branch that is not a number."""

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

    def ping(self) -> None:
        """List orders. Raises Refused, which says what the profile needs, where the account has several branches."""
        try:
            super().ping()
        except errors.Refused as error:
            if error.code == BRANCH:
                where = f"add branch_id = ID to [profiles.{self.profile.name}] in the config file"
                error.hint = f"{where}: the id of an active branch that is not the head office"
            raise

    def page(self, query: model.Query, cursor: str | None) -> model.Page:
        """Return one page of the list; an empty one is the last, as a server may have smaller pages than documented."""
        values, problems = encode_query(query, self.profile)
        errors.refuse(problems)
        return self._page(values, cursor)

    def find(self, reference: str) -> model.Order:
        """Return the order with exactly this reference, in the profile's branch. Raises Conflict where several have it."""
        return self._look_up(reference, {})

    def lines(self, order_id: str) -> tuple[model.OrderLine, ...]:
        """Return the lines of one order."""
        return self.get(order_id).lines

    def same_reference(self, prepared: Prepared) -> model.Order:
        """Return the order that has the reference of a new one, in the branch of its create. Raises as `find`."""
        branch = {name: value for name, value in prepared.content.items() if name != "order"}
        return self._look_up(str(prepared.reference), branch)

    def confirm(self, prepared: Prepared, seen: Seen, order_id: str) -> model.Receipt:
        """Read back what was cancelled: neither an empty answer nor one with a message proves it."""
        if prepared.verb != "cancel":
            return model.Receipt(id=order_id)
        order = self.get(order_id)
        before = seen.order.vendor_status if seen.order else None
        changed = order.status is model.Status.UNKNOWN and order.vendor_status != before
        if order.status is not model.Status.CANCELLED and not changed:
            shows = f"Imonggo says ok, and shows the order as it was, status {order.vendor_status}"
            raise unknown(f"cancel order {order_id!r}: {shows}")
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
        kind, params = "application/json" if path.endswith(".json") else "application/xml", form_pairs(params)
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
        orders = Readable(found, lambda row: decode(row, self.profile), f"page {number}")
        following = str(number + 1) if found else None
        return model.Page(orders=orders, next=following, errors=orders.errors, mark=mark(found, "id"))

    def _look_up(self, reference: str, branch: Mapping[str, str]) -> model.Order:
        """Return the order with exactly this reference; a vendor that ignores the filter is read until one has it.

        Raises NotFound, and Conflict where a page has several: the vendor refuses a reference that is taken.
        """
        values = {"reference": reference, **branch}
        pages = walk(
            lambda cursor: self._page(values, cursor),
            None,
            purpose=f"look for reference {reference!r}",
            most=MAX_PAGES,
            hint="look with: orderctl list",
        )
        for _, page in pages:
            found = {order.id: order for order in page.orders if order.reference == reference}
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
            note="the branch of every call: active, not the head office; not needed by an account with one branch",
            identity=True,
            asked=True,
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
    remote_filters=frozenset({"changed_since", "reference", "since"}),
    local_filters=frozenset({"changed_since", "reference", "since", "status", "text", "until"}),
    page_size=PAGE,
    limits=(
        "an order is one request; the vendor's own app sends at most 50 lines in one",
        "no filter of a list is documented for orders: the answers are filtered again",
        "orders of one branch only; another branch may have the same reference",
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
