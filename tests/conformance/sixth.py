"""A sixth vendor, as a newcomer would write one: the conformance suite passes for it with no test of its own."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from orderctl.backend.contract import Backend, Connection
from orderctl.backend.fields import translate
from orderctl.backend.tolerant import as_decimal, as_moment, as_text, status_of, take
from orderctl.backend.vendor import Capability, Checked, Duplicates, Field, Kind, Profile, Secret, Vendor
from orderctl.errors import BadAnswer, Conflict
from orderctl.http import Effect, Reply, Request, decoded, problem, unknown
from orderctl.http.wire import read_json, write_json
from orderctl.model import (
    NOTHING,
    DraftLine,
    Move,
    Order,
    OrderChange,
    OrderDraft,
    OrderLine,
    Page,
    Query,
    Receipt,
    Setting,
    Status,
)

STATUSES = {"closed": Status.COMPLETED, "new": Status.OPEN, "packed": Status.IN_PROGRESS, "void": Status.CANCELLED}

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


def encode(draft: OrderDraft, connection: Connection) -> dict[str, Any]:
    """Return the order as the vendor takes it: numbers and times as text."""
    found = translate(draft, order=FIELDS["create"], line=FIELDS["create.line"], zone=connection.profile.zone)
    return {**_texts(found.values), "rows": [_texts(line) for line in found.lines]}


def check(_verb: str, subject: OrderDraft | OrderChange | Move, profile: Profile) -> Checked:
    """Return what is wrong with a draft."""
    if not isinstance(subject, OrderDraft):
        return Checked()
    found = translate(subject, order=FIELDS["create"], line=FIELDS["create.line"], zone=profile.zone)
    return Checked(tuple(found.problems))


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    return {k: v.isoformat() if hasattr(v, "isoformat") else as_text(v) for k, v in values.items()}


def decode(given: Any, backend: Backend) -> Order:
    """Return an order of the vendor's; what cannot be read is kept. Raises TypeError without an id."""
    if not isinstance(given, Mapping) or not given.get("number"):
        raise TypeError("no order")
    rest = dict(given)
    zone = backend.profile.zone
    word = take(rest, "state", as_text)
    rows = rest.pop("rows", None)
    return Order(
        id=as_text(rest.pop("number")),
        reference=take(rest, "ref", as_text),
        title=take(rest, "name", as_text),
        note=take(rest, "remark", as_text),
        status=status_of(word, STATUSES, backend.profile),
        vendor_status=word,
        due_at=take(rest, "wanted", lambda v: as_moment(v, zone)),
        created_at=take(rest, "made", lambda v: as_moment(v, zone)),
        lines=tuple(_line(dict(r)) for r in rows if isinstance(r, Mapping)) if isinstance(rows, list) else (),
        extra=rest,
        raw=given,
    )


def _line(rest: dict[str, Any]) -> OrderLine:
    return OrderLine(
        sku=take(rest, "article", as_text),
        quantity=take(rest, "amount", as_decimal),
        unit_price=take(rest, "each", as_decimal),
        extra=rest,
    )


class Tuckshop(Backend):
    """An open connection to a tuck shop."""

    def create(self, draft: OrderDraft) -> Receipt:
        """Make the order."""
        purpose = f"create order {draft.reference!r}"
        answer = self._call("POST", "/orders", purpose, body=write_json(encode(draft, self.connection)))
        if not isinstance(answer, Mapping) or not isinstance(answer.get("number"), str) or not answer["number"]:
            raise unknown(f"{purpose}: the shop names no order")
        return Receipt(id=answer["number"])

    def get(self, order_id: str, given: Mapping[str, Setting] = NOTHING) -> Order:
        """Return one order."""
        answer = self._call("GET", f"/orders/{quote(order_id, safe='')}", f"get order {order_id!r}", order_id=order_id)
        return self.exactly(order_id, self._orders([answer])[0])

    def find(self, reference: str) -> Order:
        """Return the order with exactly this reference."""
        answer = self._call("GET", "/orders", f"find {reference!r}", query=(("ref", reference),))
        for order in self._orders(answer.get("orders") if isinstance(answer, Mapping) else None):
            if order.reference == reference:
                return order
        raise self.no_reference(reference)

    def page(self, query: Query, cursor: str | None) -> Page:
        """Return a page of four orders."""
        answer = self._call("GET", "/orders", "list orders", query=(("page", cursor or "1"),))
        rows = answer.get("orders") if isinstance(answer, Mapping) else None
        if not isinstance(rows, list):
            raise BadAnswer("the shop answers no orders")
        orders, errors = [], []
        for row in rows:
            try:
                orders.append(decode(row, self))
            except (TypeError, ValueError):
                errors.append(f"a row that is no order: {str(row)[:80]}")
        return Page(
            orders=tuple(orders),
            errors=tuple(errors),
            next=str(int(cursor or "1") + 1) if len(rows) == self.vendor.page_size else None,
        )

    def cancel(self, order_id: str, reason: str | None) -> Receipt:
        """Void an order."""
        already = self.get(order_id).status is Status.CANCELLED
        if not already:
            self._call("POST", f"/orders/{quote(order_id, safe='')}/void", f"cancel order {order_id!r}")
        return Receipt(id=order_id, unchanged=already)

    def push(self, order_id: str, move: Move) -> Receipt:
        """Move an order on."""
        self._call("POST", f"/orders/{quote(order_id, safe='')}/next", f"push order {order_id!r}", order_id=order_id)
        return Receipt(id=order_id)

    def _orders(self, rows: Any) -> list[Order]:
        try:
            return [decode(row, self) for row in rows]
        except (TypeError, ValueError) as error:
            raise BadAnswer("the shop answers what is no order") from error

    def _call(
        self,
        method: str,
        path: str,
        purpose: str,
        *,
        query: tuple[tuple[str, str], ...] = (),
        body: bytes | None = None,
        order_id: str = "",
    ) -> Any:
        effect = Effect.READ if method == "GET" else Effect.WRITE
        headers = {"Authorization": f"Key {self.connection.secrets['key']}", "Content-Type": "application/json"}
        request = Request(
            method=method, url=self.profile.url + path, purpose=purpose, query=query, headers=headers, body=body
        )
        reply: Reply = self.connection.client.send(request, effect)
        if order_id and reply.status == 404:
            raise self.not_found(order_id)
        if reply.status == 409:
            raise Conflict(f"{purpose}: the shop has this reference already", code="vendor.duplicate")
        if failure := problem(reply, request, effect):
            raise failure
        return decoded(reply, request, effect, lambda text: read_json(text, vendor="Tuckshop"))


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
    answered=frozenset({"reference", "since", "status", "until"}),
    page_size=4,
    example=OrderDraft(
        reference="T-1", title="Lunch", lines=(DraftLine(sku="BUN", quantity=Decimal("2.5"), price=Decimal("0.10")),)
    ),
    sandbox_secrets={"key": "sandbox"},
    check=check,
    backend=Tuckshop,
)
