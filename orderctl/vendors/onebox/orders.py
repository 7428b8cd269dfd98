"""OneBox (1b.app, WebProduction BOX), orders API v1: a CRM whose orders are processes in a workflow.

Protocol: /api/orders/{add,update,delete,get}/ and /api/order/comments/get/, parameters as a form, in the query or as a
JSON body, arrays in PHP's notation; JSON answers. Authentication: login and password (a hash that the vendor issues,
sent as it is) with every call. Source: the vendor's page "API Orders"; where real boxes behave otherwise, they win.

Oddities: failures are HTTP 200 with `errors`; a second add of an `ordercode` is refused; `orderid` takes a box id or an
ordercode, so a write names an order by the one that no other order has; update's productArray appends, and spells `suplierid` what add spells `supplierid`; answers lack the SKU, a
line's currency, comments and whether it is paid; times are the box's own, without a zone; PHP drops a form's variables
beyond 1,000; the only upper bound on a list is applied here.
"""
# ruff: noqa: E501  (the tables have a row a line)

import datetime as dt
import json
from collections.abc import Mapping
from contextlib import suppress
from decimal import Decimal
from typing import Any

from orderctl import errors, model
from orderctl.backend.call import Verdict, decoded
from orderctl.backend.contract import Backend
from orderctl.backend.fields import page_number, settings
from orderctl.backend.pages import mark
from orderctl.backend.prepared import Part, Prepared, Seen, filled
from orderctl.backend.readback import check_lines
from orderctl.backend.tolerant import Readable, readable
from orderctl.backend.vendor import Capability, Duplicates, Option, Secret, Vendor
from orderctl.frozen import replace
from orderctl.http import Reply, Request, unknown
from orderctl.http.wire import form_pairs, nonsense, php, read_json, write_form, write_json
from orderctl.vendors.onebox.answers import READS, STATUSES, decode, decode_comment, rows, verdict
from orderctl.vendors.onebox.fields import FIELDS, check_query, encode_query, in_text, parts, prepare, rewritten_by_php

PART = 1000
"""How many orders a full part of a list has."""

MAX_VARIABLES = 900
"""Above so many, a call goes as JSON: PHP silently drops a form's variables beyond 1,000."""

MAX_QUERY = 6000
"""In the query style, a longer one goes as JSON, or as a form: web servers refuse a request line above some 8,000."""

BUSY_WAIT = 120.0
"""How long a 503 means, in seconds: the vendor's page says a couple of minutes."""

PATHS = {
    "add": "/api/orders/add/",
    "comments": "/api/order/comments/get/",
    "delete": "/api/orders/delete/",
    "get": "/api/orders/get/",
    "update": "/api/orders/update/",
}
"""The methods of the vendor's page "API Orders (Orders)"; read on 2026-11-21."""

COMMENT_KINDS = ("call", "change", "comment", "commentresult", "email", "notify")
"""From the vendor's page "API Orders (Orders)", "Get process comments", `type`; read on 2026-11-21."""


def raw_reads(_method: str, path: str) -> bool:
    """Return whether a raw call only reads: the path tells, as a GET adds and deletes as well as a POST.

    >>> raw_reads("GET", "/api/orders/get/"), raw_reads("GET", "/api/orders/delete/")
    (True, False)
    """
    return path in {PATHS[call] for call in READS}


class OneBox(Backend):
    """An open connection to one box."""

    def request(self, part: Part, answers: Mapping[str, str]) -> Request:
        """Return the request for a call, in the profile's style, or one that holds more where it must."""
        call, values = part.call, filled(part.values, answers)
        names = ("login", "password", "supplierhash") if call == "get" else ("login", "password")
        login = [(n, self.connection.secrets[n]) for n in names if self.connection.secrets.get(n)]
        style = self.profile.settings.get("request", "form")
        pairs = php(values)
        form = write_form([*login, *pairs])
        too_long = style == "query" and len(form) > MAX_QUERY
        url = self.profile.url.rstrip("/") + PATHS[call]
        as_json = style == "json" or too_long or len(pairs) > MAX_VARIABLES or rewritten_by_php(values)
        if as_json and call in {"add", "update"}:
            query = (*login, ("dataFromBody", "1"))
            headers, body = {"content-type": "application/json"}, write_json(values)
            return Request(method="POST", url=url, purpose=part.purpose, query=query, headers=headers, body=body)
        if style == "query" and not too_long:
            return Request(method="GET", url=url, purpose=part.purpose, query=(*login, *pairs))
        headers = {"content-type": "application/x-www-form-urlencoded"}
        return Request(method="POST", url=url, purpose=part.purpose, headers=headers, body=form)

    def verdict(self, reply: Reply, part: Part) -> Verdict:
        """Return what the answer to a call means."""
        answer, unreadable = decoded(reply, lambda body: read_json(body, vendor="OneBox"))
        return unreadable or verdict(answer, part.call, self.profile.name)

    def look(self, prepared: Prepared, key: model.OrderKey | None) -> Seen:
        """Look at the order, and under which of its names a write reaches it and no other."""
        seen = super().look(prepared, key)
        return seen if seen.order is None or seen.unchanged else replace(seen, id=self._name_of(seen.order))

    def confirm(self, prepared: Prepared, seen: Seen, order_id: str) -> model.Receipt:
        """Read replaced lines back, since the box may delete after it added; look whether a cancelled order is gone."""
        if prepared.verb == "update" and prepared.change.replace_lines:
            again = self.command("update", order_id)
            check_lines(order_id, prepared.change, lambda: self._get(order_id, {}).lines, again=again)
        if prepared.verb != "cancel":
            return model.Receipt(id=order_id)
        try:
            self._get(order_id, {})
        except errors.NotFound:
            return model.Receipt(id=order_id, message="deleted at the vendor")
        raise unknown(f"cancel order {order_id!r}: OneBox says ok, and still shows the order")

    def refused(self, part: Part, verdict: Verdict, seen: Seen) -> model.Receipt | None:
        """Look whether an order was made although the box has no account to put its payment in."""
        if verdict.code != "vendor.not_configured":
            return None
        if part.values.keys() <= {"orderid", "statusid", "statusname", "workflowname"}:
            return None  # a status alone
        says = f"{part.purpose}: OneBox says {verdict.message!r}"
        if part.call != "add":
            raise unknown(says, hint=verdict.hint)  # nobody says whether the rest was done
        try:
            found = self._look_up(part.values["ordercode"])
        except errors.OrderctlError as error:
            raise unknown(f"{says}, and it cannot be looked up ({error.message})") from error
        note = f"created, but not as paid: {says}; {verdict.hint}"
        return model.Receipt(id=found.id, notes=(note,)) if found else None

    def get(self, order_id: str, given: Mapping[str, model.Setting] = model.NOTHING) -> model.Order:
        """Return one order by its box id. The box takes an ordercode in the same place; that order is another one."""
        values, problems = settings(FIELDS["get"], given, zone=self.profile.zone)
        errors.refuse(problems)
        return self._get(order_id, values)

    def find(self, reference: str) -> model.Order:
        """Return the order with exactly this ordercode. Raises Conflict where several orders have it."""
        found = self._look_up(reference)
        if found is None:
            raise self.no_reference(reference)
        return found

    def page(self, query: model.Query, cursor: str | None) -> model.Page:
        """Return one part of the list; a full one has a next. A box may say of an empty one that nothing is found."""
        part = page_number(cursor)
        values, problems = encode_query(query, self.profile)
        errors.refuse(problems)
        purpose = f"list orders, part {part}"
        try:
            answer = self._call("get", {**values, "part": str(part)}, purpose)
        except errors.NotFound:
            return model.Page(orders=())
        found = self._rows(answer, purpose)
        orders = Readable(found, lambda row: decode(row, self.profile), f"part {part}")
        following = str(part + 1) if len(found) >= PART else None
        return model.Page(orders=orders, next=following, errors=orders.errors, mark=mark(found, "orderid"))

    def ping(self) -> None:
        """List the orders of a reference that nobody has."""
        with suppress(errors.NotFound):
            self._call("get", {"ordercode": "orderctl-login-check", "part": "1"}, "check the login")

    def lines(self, order_id: str) -> tuple[model.OrderLine, ...]:
        """Return the lines of one order."""
        return self.get(order_id).lines

    def steps(self, order_id: str) -> tuple[model.Step, ...]:
        """Return the order's status, the one step where it waits."""
        return self.get(order_id).steps

    def comments(self, order_id: str, kinds: tuple[str, ...]) -> tuple[model.Comment, ...]:
        """Return an order's comments."""
        purpose = f"comments of order {order_id!r}"
        try:
            answer = self._call("comments", {"id": order_id, **({"type": list(kinds)} if kinds else {})}, purpose)
        except errors.NotFound as error:
            error.hint = self.not_found(order_id).hint  # unlike `get`, it takes no reference for an id
            raise
        found = self._rows(answer, purpose)
        comments = [decode_comment(c, self.profile) for c in found if isinstance(c, Mapping)]
        if all(isinstance(c.created_at, dt.datetime) for c in comments):
            comments.sort(key=lambda c: str(c.created_at))
        return tuple(comments)

    def raw(
        self, method: str, path: str, *, params: tuple[tuple[str, str], ...], body: bytes | None, content_type: str
    ) -> Request:
        """Return a call of the caller's own: the login is in the query beside a body, else with the parameters."""
        pairs = (*((n, self.connection.secrets[n]) for n in ("login", "password")), *form_pairs(params))
        in_query = method == "GET" or body is not None
        return Request(
            method=method,
            url=self.profile.url.rstrip("/") + path,
            purpose=f"{method} {path}",
            query=pairs if in_query else (),
            headers={} if method == "GET" else {"content-type": content_type},
            body=body if in_query else write_form(pairs),
        )

    def _call(self, call: str, values: Mapping[str, Any], purpose: str) -> Any:
        """Ask one call and return its answer."""
        return self.ask(Part(purpose=purpose, call=call, values=in_text(values, self.profile.zone)))

    def _get(self, order_id: str, values: Mapping[str, Any]) -> model.Order:
        found = self._named(order_id, values)
        if not found:
            raise self.not_found(order_id)
        shown = next((order for order in found if order.id == order_id), None)
        return shown or self.exactly(order_id, next((o for o in found if o.reference == order_id), found[0]))

    def _name_of(self, order: model.Order) -> str:
        """Return the one of an order's names that no other order has: `orderid` takes an id and an ordercode alike.

        Raises Conflict where each of them is another order's as well.
        """
        others: set[str] = set()
        for name in (order.id, order.reference):
            held = self._holders(name, order) - {order.id} if name else set()
            if name and not held:
                return name
            others |= held
        raise errors.Conflict(
            f"the id of order {order.id} is also the reference of another order, and other orders have its reference too"
            f" ({', '.join(sorted(others))}); nothing was changed",
            hint="OneBox takes ids and references in the same parameter; change the reference of the other order at OneBox",
            code="order.ambiguous",
        )

    def _holders(self, name: str, order: model.Order) -> set[str]:
        """Return the ids of the orders that have this name of an order's, as their ordercode or as their id.

        Of a box that does not filter by ordercode, what it shows for the name is what a write would reach.
        """
        coded = self._coded(name)
        held = {found.id for found in coded if found.reference == name}
        if (coded and not held) or (name != order.id and name.isdecimal()):
            with suppress(errors.NotFound):
                held |= {found.id for found in self._named(name, {}) if name in (found.id, found.reference)}
        return held

    def _named(self, name: str, values: Mapping[str, Any]) -> tuple[model.Order, ...]:
        """Return what the box shows for an id or an ordercode. Raises NotFound."""
        purpose = f"get order {name!r}"
        return self._orders(self._call("get", {"orderid": name, **values}, purpose), purpose)

    def _coded(self, reference: str) -> tuple[model.Order, ...]:
        """Return what the box shows for an ordercode; a box that ignores the filter shows other orders."""
        purpose = f"look for reference {reference!r}"
        try:
            return self._orders(self._call("get", {"ordercode": reference, "part": "1"}, purpose), purpose)
        except errors.NotFound:
            return ()

    def _look_up(self, reference: str) -> model.Order | None:
        """Return the order with exactly this ordercode. Raises Conflict where several have it or the box cannot tell."""
        found = self._coded(reference)
        if found and all(order.reference != reference for order in found):  # the box ignores the filter
            try:
                found = self._named(reference, {})
            except errors.NotFound:
                return None
        having = {order.id: order for order in found if order.reference == reference}
        if len(having) > 1:
            raise self.ambiguous_reference(reference, having)
        if found and not having:
            raise errors.Conflict(
                f"OneBox does not filter by ordercode, and {reference!r} is the id of another order",
                hint=f"look for it: {self.command('list', '--all')}",
                code="order.ambiguous",
            )
        return next(iter(having.values()), None)

    def _rows(self, answer: Any, purpose: str) -> list[Any]:
        found = rows(answer)
        if found is None:
            raise self._nonsense(answer, purpose)
        return found

    def _orders(self, answer: Any, purpose: str) -> tuple[model.Order, ...]:
        """Return the orders of an answer. Raises BadAnswer where rows came and none can be read."""
        orders, unread = readable(self._rows(answer, purpose), lambda row: decode(row, self.profile), purpose)
        if unread and not orders:
            raise self._nonsense(answer, purpose)
        return orders

    def _nonsense(self, answer: Any, purpose: str) -> errors.BadAnswer:
        return nonsense(json.dumps(answer, default=str).encode(), vendor="OneBox", why=f"no orders to {purpose!r}")


VENDOR = Vendor(
    name="onebox",
    title="OneBox",
    summary="CRM and workflow (1b.app, WebProduction BOX), orders API v1",
    url="https://shop.1b.app",
    options=(
        Option(
            name="request",
            note="how parameters travel: form, query (in the url) or json",
            default="form",
            choices=("form", "query", "json"),
        ),
    ),
    secrets=(
        Secret(name="login", note="login of the API user", visible=True),
        Secret(name="password", note="the hash for the API that the vendor's support issued (32 characters)"),
        Secret(name="supplierhash", note="supplier key; shows only that supplier's orders", required=False),
    ),
    capabilities=frozenset(set(Capability) - {Capability.FIELDS}),
    refusals={Capability.FIELDS: "its parameters are fixed: orderctl schema onebox create"},
    duplicates=Duplicates.REFUSED,
    fields=FIELDS,
    statuses=STATUSES,
    comment_kinds=COMMENT_KINDS,
    remote_filters=frozenset({"changed_since", "customer", "reference", "since", "status"}),
    local_filters=frozenset({"customer", "reference", "since", "status", "text", "until"}),
    customer_fields=frozenset({"email", "name", "phone"}),
    page_size=PART,
    attachments="links only: --file https://…",
    limits=(
        "an order with more than 900 values is sent as JSON",
        "lists have no end date: orderctl applies --until itself",
    ),
    cancel_deletes=True,
    busy_wait=BUSY_WAIT,
    example=model.OrderDraft(
        reference="1333",
        title="Order from my store",
        note="made an advance payment",
        customer=model.Customer(
            code="31333", name="Vasiliy", email="vasyas33@test.ru", phone="+380639370442", address="Kiev"
        ),
        currency="UAH",
        paid=True,
        lines=(
            model.DraftLine(id="100500", name="Test GOODS1", quantity=Decimal(1), price=Decimal(102)),
            model.DraftLine(id="123131", name="New testoviy produkt2", quantity=Decimal(2), price=Decimal(122)),
        ),
        set={"clientnamelast": model.Setting(value="Ivanov"), "source": model.Setting(value="my store")},
    ),
    sandbox_secrets={"login": "sandbox", "password": "sandbox"},
    prepare=prepare,
    parts=parts,
    check_query=check_query,
    raw_reads=raw_reads,
    backend=OneBox,
)
