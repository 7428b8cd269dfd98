r"""The OneBox emulator: `/api/orders/{add,update,delete,get}/` and `/api/order/comments/get/` of a box (1b.app, v1).

The protocol, and where it is odd:

- GET or POST; the parameters are in the query, in a form, or, for add and update with `dataFromBody=1`, in a JSON
  object. Login and password are in either place of such a call. The trailing slash is part of every path.
- Every refusal is HTTP 200 with `result: fail` and the message under `errors` (the vendor's page says `status` and
  `message`: switch `envelope=documented`). Only the web server in front answers with other codes, in HTML.
- Non-ASCII is written as \uXXXX, unless `unescapedunicode=1`; slashes are always escaped, as PHP does.
- Ids, amounts and counts are strings in answers; the `orderId` of an add is an integer.
- An order does not keep a line's SKU, currency or external id, for its comments, payment and time of change.
- `orderid` is the box's id, or else an `ordercode`: a numeric code that is also an id finds the other order.
- add refuses a used `ordercode` and does not say whose it is; without a code nothing is checked.
- update appends lines and recomputes the sum, whatever `sum` says. Empty values change nothing. Names that a call does
  not know are ignored without a word, also filters, which then filter nothing.
- The clock of this box shows UTC.

Logins: `sandbox` (level 2) and `client` (level 1: reads only, and with `supplierhash` only orders that are tied to
that supplier). Every secret is the word `sandbox`.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias
from wsgiref.types import StartResponse, WSGIEnvironment

from orderctl.sandbox import php, web
from orderctl.sandbox.onebox import box, query
from orderctl.sandbox.store import Condition, Document, Store, Table

COMMENT_AUTHOR = {
    "userid": "3",
    "usercode": "api",
    "username": "API",
    "useremail": "api@example.org",
    "userphone": "380441234567",
}

JSON_CALLS = frozenset({"/api/orders/add/", "/api/orders/update/"})

EMPTY_LISTS: Mapping[str, Any] = {"list": {"orders": []}, "null": {"orders": None}, "object": {"orders": {}}}

EXTRA_ANSWERS: Mapping[str, Document] = {
    "getnovaposhtastatus": {"novaposhtastatus": "", "novaposhtaredeliverystatus": ""},
    "suminbonuse": {"suminbonuse": "0.00"},
    "sumoutbonuse": {"sumoutbonuse": "0.00"},
}
"""What a read carries when it is asked to; the vendor does not name the keys of the first."""

Limits: TypeAlias = tuple[Condition, ...]
"""What the orders must be that a login may see."""

Call: TypeAlias = Callable[[php.Array, Limits], Any]

LEVELS = {"client": 1, "sandbox": 2}
"""The logins and their levels: 1 client, 2 employee."""

MAX_REQUEST_LINE = 8190
"""Apache's default, in bytes; a longer GET is answered with 414."""

NOT_EVIDENCE = frozenset({"dataFromBody", "login", "password", "supplierhash"})
"""What is not kept of a change that was sent."""

NOT_FOUND = "Order with this Code does not found!"

ONE_ORDER: Mapping[str, Callable[[Document], Any]] = {
    "bare": lambda order: order,
    "bare-list": lambda order: [order],
    "by-id": lambda order: {order["orderid"]: order},
    "list": lambda order: {"orders": [order]},
    "object": lambda order: {"orders": order},
    "order": lambda order: {"order": order},
}
"""Nobody has published how a single order is wrapped; each of these is possible."""

PART_SIZE = 1000

PHONE_CONFLICT = "Контакт с таким номером телефона уже зарегистрирован #{number}"  # noqa: RUF001 - the vendor's localised texts are Russian

SECRET = "sandbox"  # noqa: S105 - the sandbox's secrets are all this word, and that is printed

SWITCHES: web.Switches = {
    "comments": ("list", "object"),
    "content-type": (f"{web.JSON}…",),
    "custom-fields": ("…",),
    "delete-order": ("before", "after"),
    "empty": ("list", "null", "object", "fail"),
    "envelope": ("wire", "documented"),
    "errors": ("text", "list"),
    "first-name": ("required", "optional"),
    "get-one": ("list", "bare", "bare-list", "by-id", "object", "order"),
    "no-finance-account": ("off", "on", "after"),
    "order": ("oldest", "newest"),
    "part-size": (f"{PART_SIZE}…",),
    "phone-conflict": ("off", "on", "4765"),
    "workflows": ("…",),
}
"""What a box may do differently.

comments             the comments answer is a bare list, or `{"comments": [...]}`
content-type         the content type of every answer
custom-fields        the only extra fields of orders that the box has, comma between; others are ignored (default: any)
delete-order         `deleteproducts` removes the lines before `productArray` is added, or after it: none is left
empty                what a list without orders is
envelope             `result`, `orderId`, `errors`, or the vendor's page taken literally: `status`, `message`
errors               the message as text, or as a list of one
first-name           whether add insists on `clientnamefirst`
get-one              how a single order is wrapped
no-finance-account   add and update with `payed=1` are refused; `after`: refused, yet done
order                the order of a list's rows
part-size            how many orders a part has
phone-conflict       add is refused when its phone is another contact's, with the text of #12903 or of #4765
workflows            more processes by their ids and those of their statuses, as a client has them: `40:401,402/50:501`
"""

TABLES: Mapping[str, Table] = {
    "comments": Table(keys=("order",)),
    "contacts": Table(first=5001, keys=("code", "email", "phone"), seed=box.CONTACTS),
    "orders": Table(
        first=82806, keys=("ordercode", "udate", "cdate", "clientId", "statusname", "workflowid", "clientphone")
    ),
}


def app(store: Store, *, switches: Mapping[str, str] | None = None, authenticate: bool = True) -> "Emulator":
    """Return a OneBox over this store. Raises ValueError for an unknown switch."""
    return Emulator(store, switches, authenticate=authenticate)


class Emulator:
    """A OneBox as a WSGI application. Without `authenticate` every call is one of a level-2 user."""

    def __init__(
        self,
        store: Store,
        switches: Mapping[str, str] | None = None,
        *,
        authenticate: bool = True,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.store = store
        self._switches = web.choose(switches or {}, SWITCHES)
        if not self._switches["part-size"].isdigit() or self._switches["part-size"] == "0":
            raise ValueError("switch part-size must be a whole number above 0")
        self._workflows = box.workflows_of(self._switches["workflows"])
        self._authenticate = authenticate
        self._now = now
        self._calls: Mapping[str, Call] = {
            "/api/order/comments/get/": self._comments,
            "/api/orders/add/": self._add,
            "/api/orders/delete/": self._delete,
            "/api/orders/get/": self._get,
            "/api/orders/update/": self._update,
        }

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        return web.send(self._answer(web.read(environ)), start_response)

    def _answer(self, request: web.Request) -> web.Answer:
        call = self._calls.get(request.path)
        if len(f"{request.method} {request.path}? HTTP/1.1") + len(request.query) > MAX_REQUEST_LINE:
            return web.page(414)
        if call is None:
            return web.page(404)
        if request.method not in {"GET", "POST"}:
            return web.page(405)
        credentials, params = _parameters(request)
        try:
            document = call(params, self._admit(credentials, reading=request.path.endswith("/get/")))
        except web.Refused as refusal:
            document = self._failure(str(refusal))
        escaped = not box.truth(params.get("unescapedunicode"))
        text = json.dumps(document, ensure_ascii=escaped, separators=(",", ":")).replace("/", "\\/")
        return web.Answer(content_type=self._switches["content-type"], body=text.encode())

    def _admit(self, credentials: php.Array, *, reading: bool) -> Limits:
        """Return what limits the orders that this login may see; refuse it when it may not call at all."""
        if not self._authenticate:
            return ()
        for name in ("login", "password"):
            if not box.given(credentials, name):
                raise web.Refused(f"{name}_empty")
        level = LEVELS.get(box.given(credentials, "login"))
        if level is None or box.given(credentials, "password") != SECRET:
            raise web.Refused("Login or password not correct!")
        if level >= LEVELS["sandbox"]:
            return ()
        if not reading or box.given(credentials, "supplierhash") != SECRET:
            raise web.Refused("Bad user level!")
        return (("supplied", "=", "1"),)

    # The calls

    def _add(self, params: php.Array, _: Limits) -> Document:
        card = box.card_of(params, "add")
        if not card.get("namefirst") and self._switches["first-name"] == "required":
            raise web.Refused("clientnamefirst_empty")
        if not card.get("phone") and not card.get("email"):
            raise web.Refused("clientphone_and_clientemail_empty")
        code = box.given(params, "ordercode")
        with self.store.change():
            if code and self.store.count("orders", ("ordercode", "=", code)):
                raise web.Refused("Order is already!")
            place = _place(params, box.workflow_of(params, self._workflows))
            unpaid = self._finance_refusal(params)
            client_id, contact = self._client_of(params, card)
            order = {
                **box.new_order(params, card, contact, self._extras(params, "add")),
                **place,
                "clientId": client_id,
            }
            order = self._stamped(order, cdate=order["cdate"] or self._clock())
            number = self.store.add("orders", order)
            if not order["ordername"]:
                self.store.put("orders", number, {**order, "ordername": f"Order #{number}"})
            self._remember("add", number, params, f"Created: {place['statusname']}")
        if unpaid:
            raise unpaid
        return self._success(number, with_id=True)

    def _update(self, params: php.Array, _: Limits) -> Document:
        with self.store.change():
            number, order = self._find(params.get("orderid"))
            unpaid = self._finance_refusal(params)
            changed = {
                **order,
                **self._move(params, order),
                **self._client_changes(params, order),
                **box.changes_of(params, order, deletes_last=self._switches["delete-order"] == "after"),
                "custom": {**order["custom"], **self._extras(params, "update")},
            }
            self.store.put("orders", number, self._stamped(changed))
            self._remember("update", number, params, f"Changed: {changed['statusname']}")
        if unpaid:
            raise unpaid
        return self._success(number, with_id=False)

    def _delete(self, params: php.Array, _: Limits) -> Document:
        with self.store.change():
            number, _order = self._find(params.get("orderid"))
            self.store.delete("orders", number)
            for comment, _comment in self.store.find("comments", ("order", "=", str(number))):
                self.store.delete("comments", comment)
            self.store.record("delete", number, _evidence(params))
        return self._success(number, with_id=False)

    def _get(self, params: php.Array, limits: Limits) -> Any:
        asked = query.conditions(params, self.store)
        if "orderid" in params:
            return self._one(params, self._find(params["orderid"], limits))
        if "part" in params:
            return self._part(params, [*asked, *limits])
        if any(str(name).startswith("customorder_") for name in params):
            return self._one(params, _first(self.store.find("orders", *asked, *limits, limit=1)))
        if not asked:
            raise web.Refused("orderId_empty")
        return self._part(params, [*asked, *limits])

    def _one(self, params: php.Array, found: tuple[int, Document]) -> Any:
        return ONE_ORDER[self._switches["get-one"]](self._shown(params, [found], single=True)[0])

    def _part(self, params: php.Array, asked: list[Condition]) -> Any:
        size = int(self._switches["part-size"])
        part = max(1, int(box.number(params.get("part"))))
        newest_first = self._switches["order"] == "newest"
        found = self.store.find("orders", *asked, offset=(part - 1) * size, limit=size, newest_first=newest_first)
        if found:
            return {"orders": self._shown(params, found, single=False)}
        if self._switches["empty"] == "fail":
            raise web.Refused(NOT_FOUND)
        return EMPTY_LISTS[self._switches["empty"]]

    def _comments(self, params: php.Array, limits: Limits) -> Any:
        name, key = ("id", "id") if box.given(params, "id") else ("code", "ordercode")
        number, _ = self._find(params.get(name), limits, keys=(key,))
        sent = params.get("type")
        kinds = [php.text(kind) for kind in (sent.values() if isinstance(sent, dict) else (sent,))]
        comments = self._comments_of([number]).get(str(number), [])
        shown = [comment for comment in comments if kinds == [""] or comment["type"] in kinds]
        return {"comments": shown} if self._switches["comments"] == "object" else shown

    # What the calls are made of

    def _find(
        self, wanted: Any, limits: Limits = (), *, keys: tuple[str, ...] = ("id", "ordercode")
    ) -> tuple[int, Document]:
        """Return the order with this id, or else with this ordercode."""
        text = php.text(wanted)
        if not text:
            raise web.Refused("orderId_empty")
        found: list[tuple[int, Document]] = []
        for key in keys:
            is_id = text.isascii() and text.isdigit() and len(text) < php.MAX_KEY
            if not found and (key != "id" or is_id):
                found = self.store.find("orders", (key, "=", int(text) if key == "id" else text), *limits, limit=1)
        return _first(found)

    def _client_of(self, params: php.Array, card: Document) -> tuple[str, Document]:
        """Return the customer of a new order: by code, email or phone, or else a new one."""
        found: list[tuple[int, Document]] = []
        for key in ("code", "email", "phone"):
            if key == "phone" and self._switches["phone-conflict"] != "off":
                self._check_phone(card, found)
            if not found and card.get(key):
                found = self.store.find("contacts", (key, "=", card[key]), limit=1)
        extras = box.extras_of(params, ("customuser_",))
        if not found:
            contact = {**card, "custom": extras}
            return str(self.store.add("contacts", contact)), contact
        number, known = found[0]
        contact = {**card, **known, "custom": {**known.get("custom", {}), **extras}}
        self.store.put("contacts", number, contact)
        return str(number), contact

    def _client_changes(self, params: php.Array, order: Document) -> Document:
        """Change the customer's card, and return what that changes in the order."""
        card = box.card_of(params, "update")
        extras = box.extras_of(params, ("customuser_",))
        if not card and not extras:
            return {}
        if box.truth(params.get("searchclient")):
            client_id, contact = self._client_of(params, card)
            return {"clientId": client_id, **box.client_shown(card, contact)}
        number = int(order["clientId"])
        known = self.store.get("contacts", number) or {}
        contact = {**known, **card, "custom": {**known.get("custom", {}), **extras}}
        self.store.put("contacts", number, contact)
        return box.client_changed(card, contact)

    def _move(self, params: php.Array, order: Document) -> Document:
        """Return where an update puts an order: a status belongs to the process that is named, or else to its own."""
        if box.given(params, "workflowid") or box.given(params, "workflowname"):
            return _place(params, box.workflow_of({**params, "type": ""}, self._workflows))
        if box.given(params, "statusid") or box.given(params, "statusname"):
            return _place(params, box.workflow_of({"workflowid": order["workflowid"]}, self._workflows))
        return {}

    def _check_phone(self, card: Document, found: list[tuple[int, Document]]) -> None:
        holders = self.store.find("contacts", ("phone", "=", card.get("phone", "")), limit=1)
        if holders and [number for number, _ in holders] != [number for number, _ in found]:
            number = "12903" if self._switches["phone-conflict"] == "on" else self._switches["phone-conflict"]
            raise web.Refused(PHONE_CONFLICT.format(number=number))

    def _finance_refusal(self, params: php.Array) -> web.Refused | None:
        """Refuse a payment that no account can take: at once, or, returned, after the deed is done."""
        switch = self._switches["no-finance-account"]
        if switch == "off" or not box.truth(params.get("payed")):
            return None
        refusal = web.Refused("Please create Finance Account")
        if switch == "on":
            raise refusal
        return refusal

    def _extras(self, params: php.Array, call: str) -> dict[str, str]:
        extras = box.extras_of(params, box.CUSTOM_PREFIXES[call])
        known = self._switches["custom-fields"]
        return {key: value for key, value in extras.items() if not known or key in known.split(",")}

    def _stamped(self, order: Document, **more: str) -> Document:
        return {**order, **more, "supplied": str(int(box.is_supplied(order))), "udate": self._clock()}

    def _remember(self, call: str, number: int, params: php.Array, change: str) -> None:
        for kind, content in (("change", change), ("comment", box.given(params, "comments"))):
            if content:
                comment = {"order": str(number), "cdate": self._clock(), "type": kind, "content": content}
                self.store.add("comments", {**comment, "showtoclient": "0", **COMMENT_AUTHOR})
        self.store.record(call, number, _evidence(params))

    def _comments_of(self, numbers: list[int]) -> dict[str, list[Document]]:
        comments: dict[str, list[Document]] = {}
        for number, comment in self.store.find("comments", ("order", "in", [str(number) for number in numbers])):
            comments.setdefault(comment["order"], []).append(query.shown_comment(number, comment))
        return comments

    def _shown(self, params: php.Array, found: list[tuple[int, Document]], *, single: bool) -> list[Document]:
        more = {
            key: value
            for name, keys in EXTRA_ANSWERS.items()
            if box.truth(params.get(name))
            for key, value in keys.items()
        }
        shown = [{**query.shown(number, order, single=single), **more} for number, order in found]
        if not box.truth(params.get("getcomments")):
            return shown
        comments = self._comments_of([number for number, _ in found])
        return [{**order, "comments": comments.get(order["orderid"], [])} for order in shown]

    def _clock(self) -> str:
        return f"{self._now():%Y-%m-%d %H:%M:%S}"

    def _success(self, number: int, *, with_id: bool) -> Document:
        if self._switches["envelope"] == "documented":
            return {"status": "ok", "message": str(number)} if with_id else {"status": "ok"}
        return {"result": "ok", "orderId": number} if with_id else {"result": "ok"}

    def _failure(self, message: str) -> Document:
        if self._switches["envelope"] == "documented":
            return {"status": "fail", "message": message}
        return {"result": "fail", "errors": [message] if self._switches["errors"] == "list" else message}


def _parameters(request: web.Request) -> tuple[php.Array, php.Array]:
    """Return the credentials and the parameters of a call, from wherever they may be."""
    body = request.body if len(request.body) <= php.POST_MAX_SIZE else b""
    arguments = php.query_variables(request.query)
    kind = request.content_type.partition(";")[0].strip().lower()
    if request.method == "POST" and kind == "application/x-www-form-urlencoded":
        arguments = {**arguments, **php.query_variables(body)}
    elif request.method == "POST" and kind == "multipart/form-data":
        arguments = {**arguments, **php.multipart_variables(body, request.content_type)}
    if request.path not in JSON_CALLS or not box.truth(arguments.get("dataFromBody")):
        return arguments, arguments
    members = php.json_variables(body)
    return {**arguments, **members}, members


def _place(params: php.Array, workflow: Mapping[str, Any] | None) -> Document:
    if workflow is None:
        raise web.Refused("Not workflow by name")
    status = box.status_of(params, workflow)
    if status is None:
        raise web.Refused("Not workflow status by name")
    return box.place_of(workflow, status)


def _first(found: list[tuple[int, Document]]) -> tuple[int, Document]:
    if not found:
        raise web.Refused(NOT_FOUND)
    return found[0]


def _evidence(params: php.Array) -> Document:
    return {str(name): php.plain(value) for name, value in params.items() if name not in NOT_EVIDENCE}
