"""A sixth vendor, as a newcomer would write one: the conformance suite passes for it with no test of its own.

Protocol: JSON over /orders and /orders/NUMBER. Authentication: a key in a header. Oddities: an order is voided, never
deleted; a list has pages of four. Source: tests/conformance/sixth_emulator.py.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from orderctl.backend.call import Meaning, Verdict, decoded
from orderctl.backend.contract import Backend
from orderctl.backend.fields import translate
from orderctl.backend.prepared import Part, Prepared, Seen, filled
from orderctl.backend.tolerant import as_decimal, as_moment, as_text, one_line, pop_as, readable, status_of
from orderctl.backend.vendor import Capability, Duplicates, Field, Kind, Profile, Secret, Vendor
from orderctl.errors import BadAnswer, NotFound
from orderctl.http import Reply, Request
from orderctl.http.wire import read_json, write_json
from orderctl.model import (
    NOTHING,
    DraftLine,
    Order,
    OrderDraft,
    OrderLine,
    Page,
    Query,
    Setting,
    Status,
    Subject,
)

CALLS = {
    "create": ("POST", "/orders"),
    "get": ("GET", "/orders/{number}"),
    "list": ("GET", "/orders"),
    "next": ("POST", "/orders/{number}/next"),
    "void": ("POST", "/orders/{number}/void"),
}

STATUSES = {"closed": Status.COMPLETED, "new": Status.OPEN, "packed": Status.IN_PROGRESS, "void": Status.CANCELLED}

MESSAGES = {"no such order": Meaning.NOT_FOUND, "taken": Meaning.EXISTS}
"""What the shop says of a failure; a text that is not listed is decided by the HTTP status."""

FIELDS = {
    "create": (
        Field("ref", word="reference", required=True, max_length=60),
        Field("name", word="title"),
        Field("remark", word="note"),
        Field("wanted", Kind.DATETIME, word="due"),
    ),
    "create.line": (
        Field("article", word="sku", required=True),
        Field("amount", Kind.DECIMAL, word="quantity"),
        Field("each", Kind.DECIMAL, word="price"),
    ),
}


def prepare(verb: str, subject: Subject, profile: Profile) -> Prepared:
    """Return a write in the shop's own names, numbers and times as text; only a create has a content."""
    if not isinstance(subject, OrderDraft):
        return Prepared(verb=verb, subject=subject)
    found = translate(subject, order=FIELDS["create"], line=FIELDS["create.line"], zone=profile.zone)
    return Prepared.of_order(
        verb, subject, {**_texts(found.values), "rows": [_texts(line) for line in found.lines]}, found.problems
    )


def parts(prepared: Prepared, seen: Seen, _profile: Profile) -> tuple[Part, ...]:
    """Return the one request of a write."""
    if prepared.verb == "create":
        return (Part(purpose=f"create order {prepared.reference!r}", call="create", values=prepared.content),)
    call = {"cancel": "void", "push": "next"}[prepared.verb]
    return (Part(purpose=f"{prepared.verb} order {seen.id!r}", call=call, values={"number": seen.id}),)


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    return {k: v.isoformat() if hasattr(v, "isoformat") else as_text(v) for k, v in values.items()}


def decode(given: Mapping[str, Any], profile: Profile) -> Order:
    """Return an order of the shop's; what cannot be read is kept. Raises ValueError without an id."""
    rest = dict(given)
    number = pop_as(rest, "number", as_text)
    if number is None:
        raise ValueError("an order without a number")
    state = pop_as(rest, "state", as_text)
    rows = rest.pop("rows", None)
    return Order(
        id=number,
        reference=pop_as(rest, "ref", as_text),
        title=pop_as(rest, "name", as_text),
        note=pop_as(rest, "remark", as_text),
        status=status_of(state, STATUSES, profile),
        vendor_status=state,
        due_at=pop_as(rest, "wanted", lambda v: as_moment(v, profile.zone)),
        created_at=pop_as(rest, "made", lambda v: as_moment(v, profile.zone)),
        lines=tuple(_line(dict(r)) for r in rows if isinstance(r, Mapping)) if isinstance(rows, list) else (),
        extra=rest,
        raw=given,
    )


def _line(rest: dict[str, Any]) -> OrderLine:
    return OrderLine(
        sku=pop_as(rest, "article", as_text),
        quantity=pop_as(rest, "amount", as_decimal),
        unit_price=pop_as(rest, "each", as_decimal),
        extra=rest,
    )


class Tuckshop(Backend):
    """An open connection to a tuck shop."""

    def request(self, part: Part, answers: Mapping[str, str]) -> Request:
        """Return the request for a call: a list's values go in the query, a new order in the body."""
        method, path = CALLS[part.call]
        values = filled(part.values, answers)
        return Request(
            method=method,
            url=self.profile.url + path.format(number=quote(values.get("number", ""), safe="")),
            purpose=part.purpose,
            query=tuple(values.items()) if part.call == "list" else (),
            headers={"Authorization": f"Key {self.connection.secrets['key']}", "Content-Type": "application/json"},
            body=write_json(values) if part.call == "create" else None,
        )

    def verdict(self, reply: Reply, part: Part) -> Verdict:
        """Return what the answer to a call means."""
        answer, unreadable = decoded(reply, lambda body: read_json(body, vendor="Tuckshop"))
        if unreadable:
            return unreadable
        given = answer if isinstance(answer, Mapping) else {}
        if message := one_line(given.get("error")):
            return Verdict(meaning=MESSAGES.get(message, Meaning.NO), message=message)
        if part.call in {"get", "list"}:
            return Verdict(meaning=Meaning.DONE, value=answer)
        number = given.get("number")
        if not isinstance(number, str) or not number:
            return Verdict(meaning=Meaning.NOTHING, nonsense="the shop names no order")
        return Verdict(meaning=Meaning.DONE, value=number)

    def get(self, order_id: str, given: Mapping[str, Setting] = NOTHING) -> Order:
        """Return one order."""
        purpose = f"get order {order_id!r}"
        try:
            answer = self.ask(Part(purpose=purpose, call="get", values={"number": order_id}))
        except NotFound as error:
            raise self.not_found(order_id, http_status=error.http_status) from error
        orders, unread = readable([answer], lambda row: decode(row, self.profile), purpose)
        if unread:
            raise BadAnswer(f"the shop answers no order to {unread[0]}")
        return self.exactly(order_id, orders[0])

    def find(self, reference: str) -> Order:
        """Return the order with exactly this reference."""
        page = self._list(f"find {reference!r}", {"ref": reference})
        if page.errors:
            raise BadAnswer(page.errors[0])
        for order in page.orders:
            if order.reference == reference:
                return order
        raise self.no_reference(reference)

    def page(self, query: Query, cursor: str | None) -> Page:
        """Return a page of four orders; a full one has a next."""
        page = self._list("list orders", {"page": cursor or "1"})
        full = len(page.orders) + len(page.errors) == self.vendor.page_size
        return Page(orders=page.orders, errors=page.errors, next=str(int(cursor or "1") + 1) if full else None)

    def _list(self, purpose: str, values: Mapping[str, str]) -> Page:
        answer = self.ask(Part(purpose=purpose, call="list", values=values))
        rows = answer.get("orders") if isinstance(answer, Mapping) else None
        if not isinstance(rows, list):
            raise BadAnswer(f"{purpose}: the shop answers no orders")
        orders, errors = readable(rows, lambda row: decode(row, self.profile), purpose)
        return Page(orders=orders, errors=errors)


VENDOR = Vendor(
    name="tuckshop",
    title="Tuckshop",
    summary="a vendor of the conformance suite",
    url="https://tuckshop.example",
    secrets=(Secret(name="key", note="the shop's key"),),
    capabilities=frozenset(
        {Capability.CREATE, Capability.GET, Capability.PAGE, Capability.FIND, Capability.CANCEL, Capability.PUSH}
    ),
    duplicates=Duplicates.REFUSED,
    fields=FIELDS,
    statuses=STATUSES,
    local_filters=frozenset({"reference", "since", "status", "until"}),
    page_size=4,
    example=OrderDraft(
        reference="T-1", title="Lunch", lines=(DraftLine(sku="BUN", quantity=Decimal("2.5"), price=Decimal("0.10")),)
    ),
    sandbox_secrets={"key": "sandbox"},
    prepare=prepare,
    parts=parts,
    backend=Tuckshop,
)
