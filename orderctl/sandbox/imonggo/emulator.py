"""The Imonggo emulator: `/api/orders.xml`, `/api/orders/{id}.xml` and `/api/tokens.xml` of an account.

The protocol, and where it is odd:

- HTTP Basic, the API token as the user name and anything as the password; XML in and out. Only `.xml` is served.
  `GET /api/tokens.xml` with email and password in the query is the one call without a token: it says the token, or 404.
- Every call happens in a branch: `branch_id` in the query, an active one that takes orders. Orders of other branches
  are not found. An account with one branch does without; one with several (switch `branches=several`) does not.
- An order cannot be changed, only cancelled: PUT is refused. A cancelled order stays, with status D, unless the switch
  `cancelled` says otherwise; cancelling it again is refused with 422.
- A create is refused (422) for a field that cannot be written, for a product that the account does not have, and for a
  reference that is taken, also by a cancelled order or in another branch; the text names that order's id.
- The cancellation's reason is required, and read leniently: `wrong%order`, as the vendor's page has it, is taken.
- Ids belong to the account, order numbers to the branch. An id is read as far as it is a number: `12abc` is 12.
- A date that cannot be read is left out without a word.

The one token is the word `sandbox`, that of sandbox@example.com, whose password is the same. The vendor's page leaves
much open; what may be either is a switch.
"""

from base64 import b64decode
from binascii import Error
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl
from wsgiref.types import StartResponse, WSGIEnvironment

from orderctl.sandbox import web
from orderctl.sandbox.imonggo import shop
from orderctl.sandbox.store import Condition, Document, Store, Table

XML = "application/xml; charset=utf-8"

MAX_REQUEST_LINE = 8190
"""Common to web servers, in bytes; a longer request is answered with 414."""

ORDERS, TOKENS = "/api/orders", "/api/tokens.xml"

OWNER = "sandbox@example.com"
"""The user whose the token is."""

PAGE_SIZE = 50
"""How many orders a page has where per_page does not say."""

SECRET = "sandbox"  # noqa: S105 - the sandbox's secrets are all this word, and that is printed

SWITCHES: web.Switches = {
    "already": ("named", "plain"),
    "branches": ("one", "several"),
    "cancelled": ("readable", "gone"),
    "created": ("200", "201"),
    "created-body": ("order", "empty", "no-id"),
    "deleted-body": ("order", "empty"),
    "empty": ("orders", "array", "204"),
    "filters": ("all", "page"),
    "most-lines": ("0…",),
    "order": ("oldest", "newest"),
    "product-names": ("off", "on"),
    "reference-scope": ("account", "branch"),
    "rows-max": ("250…",),
    "taken": ("named", "plain"),
    "types": ("on", "off"),
    "writable": ("all", "documented"),
}
"""What nobody has published, or what differs.

already          what a second cancel says: that it is cancelled, or nothing of use
branches         one branch takes orders, and no call need name it; or several do, and every call must
cancelled        whether a cancelled order can still be read, and is listed without active_only=1
created          the status of a create: 200 by the vendor's page, 201 by other clients
created-body     what a create answers
deleted-body     what a cancel answers
empty            a list without orders: `<orders/>`, an empty array, or 204
filters          what a list understands: all that the vendor's resources share, or only page, as documented for orders
most-lines       how many lines an order may have; 0: any number
order            the order of a list's rows
product-names    whether lines come back with product_name and product_stock_no
reference-scope  where a reference must be unique
rows-max         more rows a page are silently cut to this; one public client believes it to be 250
taken            whether the refusal of a taken reference names the order that has it
types            whether answers carry Rails's type attributes; arrays always do
writable         which fields a create may write: all that are known, or only those of the vendor's page
"""

TABLES: Mapping[str, Table] = {
    "orders": Table(first=70412, keys=("reference", "branch", "utc_updated_at", "utc_created_at", "status"))
}


def app(store: Store, *, switches: Mapping[str, str] | None = None, authenticate: bool = True) -> "Emulator":
    """Return an Imonggo account over this store. Raises ValueError for an unknown switch."""
    return Emulator(store, switches, authenticate=authenticate)


class NoSuch(Exception):
    """There is no such order in the branch."""


class Emulator:
    """An Imonggo account as a WSGI application. Without `authenticate` no token is asked for."""

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
        if not self._switches["most-lines"].isdigit():
            raise ValueError("switch most-lines must be a whole number")
        if not self._switches["rows-max"].isdigit() or self._switches["rows-max"] == "0":
            raise ValueError("switch rows-max must be a whole number above 0")
        self._authenticate = authenticate
        self._now = now

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        return web.send(self._answer(web.read(environ), environ.get("HTTP_AUTHORIZATION", "")), start_response)

    def _answer(self, request: web.Request, authorization: str) -> web.Answer:
        if len(f"{request.method} {request.path}? HTTP/1.1") + len(request.query) > MAX_REQUEST_LINE:
            return web.page(414)
        params = dict(parse_qsl(request.query.decode("utf-8", "replace"), keep_blank_values=True))
        if request.path == TOKENS:
            return _token(params) if request.method == "GET" else web.page(405)
        if self._authenticate and not _admitted(authorization):
            headers = {"WWW-Authenticate": 'Basic realm="Application"'}
            return web.Answer(status=401, content_type=web.HTML, body=b"HTTP Basic: Access denied.\n", headers=headers)
        wanted = request.path.removeprefix(f"{ORDERS}/").removesuffix(".xml")
        calls: Mapping[str, Callable[[Document], web.Answer]]
        if request.path == f"{ORDERS}.xml":
            calls = {"GET": self._list, "POST": lambda p: self._create(p, request)}
        elif request.path == f"{ORDERS}/{wanted}.xml":
            calls = {"GET": lambda p: self._get(p, wanted), "DELETE": lambda p: self._delete(p, wanted)}
        else:
            return web.page(404)
        if request.method not in calls:
            return web.page(405)
        try:
            return calls[request.method](params | {"branch_id": self._branch(params)})
        except web.Refused as refusal:
            return web.Answer(status=422, content_type=XML, body=shop.errors(*str(refusal).split("\n")))
        except NoSuch:
            return web.Answer(status=404, content_type=XML, body=shop.errors("Not Found"))
        except ValueError:  # the body is not XML
            return web.page(400)

    # The calls

    def _list(self, params: Document) -> web.Answer:
        asked = self._conditions(params)
        if params.get("q") == "count" and self._switches["filters"] == "all":
            count = f'<hash><count type="integer">{self.store.count("orders", *asked)}</count></hash>\n'
            return web.Answer(content_type=XML, body=count.encode())
        size = PAGE_SIZE
        if self._switches["filters"] == "all" and shop.number(params.get("per_page")):
            size = shop.number(params["per_page"])
        size = min(size, int(self._switches["rows-max"]))
        page = max(1, shop.number(params.get("page")))
        newest = self._switches["order"] == "newest"
        found = self.store.find("orders", *asked, offset=(page - 1) * size, limit=size, newest_first=newest)
        if found:
            return self._reply("orders", [self._shown(number, order) for number, order in found])
        if self._switches["empty"] == "204":
            return web.Answer(status=204, content_type=XML)
        empty = b"<orders/>\n" if self._switches["empty"] == "orders" else b'<orders type="array"/>\n'
        return web.Answer(content_type=XML, body=empty)

    def _get(self, params: Document, wanted: str) -> web.Answer:
        return self._reply("order", self._shown(*self._find(params, wanted, gone=False)))

    def _create(self, params: Document, request: web.Request) -> web.Answer:
        is_xml = request.content_type.partition(";")[0].strip().lower() in {"application/xml", "text/xml"}
        sent = shop.read(request.body, "order") if is_xml else {}
        known = shop.DOCUMENTED if self._switches["writable"] == "documented" else None
        writable, line_writable = (
            [name for name in names if known is None or name in known]
            for names in (shop.ORDER_WRITABLE, shop.LINE_WRITABLE)
        )
        order = shop.order_of(sent, writable, line_writable, most=int(self._switches["most-lines"]))
        branch = params["branch_id"]
        clock = shop.stamp(self._now())
        with self.store.change():
            self._check_reference(sent.get("reference"), branch)
            order |= {
                "branch": branch,
                "order_no": self.store.count("orders", ("branch", "=", branch)) + 1,
                "utc_document_date": shop.moment(sent.get("utc_document_date")) or clock,
                "utc_created_at": clock,
                "utc_updated_at": clock,
            }
            number = self.store.add("orders", order)
            self.store.record("create", number, {"query": _evidence(params), "order": sent})
        status = int(self._switches["created"])
        if self._switches["created-body"] == "empty":
            return web.Answer(status=status, content_type=XML)
        shown = self._shown(number, order)
        if self._switches["created-body"] == "no-id":
            del shown["id"]
        return self._reply("order", shown, status=status)

    def _delete(self, params: Document, wanted: str) -> web.Answer:
        with self.store.change():
            number, order = self._find(params, wanted, gone=True)
            if not params.get("reason", "").strip():
                raise web.Refused("Reason can't be blank")
            if order["status"] == shop.CANCELLED:
                named = self._switches["already"] == "named"
                raise web.Refused("Order has already been cancelled" if named else "Order is invalid")
            order |= {"status": shop.CANCELLED, "utc_updated_at": shop.stamp(self._now())}
            self.store.put("orders", number, order)
            self.store.record("cancel", number, {"query": _evidence(params), "reason": params["reason"]})
        if self._switches["deleted-body"] == "empty":
            return web.Answer(content_type=XML, body=b" ")
        return self._reply("order", self._shown(number, order))

    # What the calls are made of

    def _branch(self, params: Document) -> int:
        """Return the branch of a call. Raises Refused where it is none that has orders."""
        wanted = params.get("branch_id", "")
        several = self._switches["branches"] == "several"
        if not wanted and not several:
            return shop.ONE_BRANCH
        number = shop.number(wanted)
        if shop.BRANCHES.get(number) != "active" or not (several or number == shop.ONE_BRANCH):
            raise web.Refused("Branch can't be blank" if not wanted else "Branch is invalid")
        return number

    def _conditions(self, params: Document) -> list[Condition]:
        """Return what a list asks of its orders. A name that is not known, and a time that is none, asks nothing."""
        asked: list[Condition] = [("branch", "=", params["branch_id"])]
        if self._switches["cancelled"] == "gone":
            asked.append(("status", "!=", shop.CANCELLED))
        if self._switches["filters"] == "page":
            return asked
        for name, field, comparison in (
            ("after", "utc_updated_at", ">"),
            ("before", "utc_updated_at", "<"),
            ("from", "utc_created_at", ">="),
            ("to", "utc_created_at", "<="),
        ):
            time = shop.moment(params.get(name))
            asked += [(field, comparison, time)] if time else []
        asked += [(name, "=", params[name]) for name in ("reference", "status") if params.get(name)]
        if params.get("active_only") == "1":
            asked.append(("status", "!=", shop.CANCELLED))
        if params.get("intransit") in {"0", "1"}:  # no order of the sandbox is ever fulfilled
            asked.append(("status", "=", shop.ACTIVE if params["intransit"] == "1" else ""))
        return asked

    def _find(self, params: Document, wanted: str, *, gone: bool) -> tuple[int, Document]:
        number = shop.number(wanted)
        order = self.store.get("orders", number)
        if order is None or order["branch"] != params["branch_id"]:
            raise NoSuch
        if not gone and order["status"] == shop.CANCELLED and self._switches["cancelled"] == "gone":
            raise NoSuch
        return number, order

    def _check_reference(self, reference: Any, branch: int) -> None:
        scope: list[Condition] = [("branch", "=", branch)] if self._switches["reference-scope"] == "branch" else []
        holders = self.store.find("orders", ("reference", "=", reference), *scope, limit=1) if reference else []
        if holders:
            whose = f". Order ID [{holders[0][0]}]" if self._switches["taken"] == "named" else ""
            raise web.Refused(f"Reference has already been taken{whose}")

    def _shown(self, number: int, order: Document) -> Document:
        names = ("reference", "order_type_code", "serving_branch_id", "target_delivery_date", "remark", "status")
        times = ("utc_document_date", "utc_created_at", "utc_updated_at")
        said = {name: order.get(name) for name in (*names, *times)}
        extras = {"extras": order["extras"]} if order.get("extras") else {}
        lines = order["order_lines"]
        if self._switches["product-names"] == "on":
            lines = [
                line | dict(zip(("product_stock_no", "product_name"), shop.PRODUCTS[line["product_id"]], strict=True))
                for line in lines
            ]
        return {"id": number, "order_no": order["order_no"], **said, **extras, "order_lines": lines}

    def _reply(self, root: str, value: Any, *, status: int = 200) -> web.Answer:
        body = shop.document(root, value, types=self._switches["types"] == "on")
        return web.Answer(status=status, content_type=XML, body=body)


def _token(params: Document) -> web.Answer:
    """Return the token of the user who is named, 404 where there is no such user."""
    if (params.get("email", ""), params.get("password")) != (OWNER, SECRET):
        return web.Answer(status=404, content_type=XML, body=shop.errors("Not Found"))
    return web.Answer(content_type=XML, body=shop.document("hash", {"api_token": SECRET}))


def _admitted(authorization: str) -> bool:
    """Return whether a call carries the token, as the user name of HTTP Basic."""
    scheme, _, given = authorization.partition(" ")
    try:
        user, colon, _ = b64decode(given, validate=True).decode("utf-8").partition(":")
    except (Error, ValueError):
        return False
    return scheme.lower() == "basic" and bool(colon) and user == SECRET


def _evidence(params: Document) -> Document:
    return {name: str(value) for name, value in params.items()}
