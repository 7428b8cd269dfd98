r"""The Flyerlink emulator: orders, their jobs and packages of FLAPI (printing.com, Nettl), and what an order needs.

The protocol, and where it is odd:

- HTTP Basic. The front controller is `/api.php`; paths are below it, or at the root, with or without a last slash.
- The answer is XML unless `format=json` asks otherwise. JSON is PHP's: \uXXXX, escaped slashes, numbers as strings.
- A request carries a query or form fields (urlencoded or multipart), a PUT either; a JSON body is not read.
- Every refusal is HTTP 404 with a message, whatever is wrong (switch `errors`); only a bad login is 401.
- An order has jobs, not lines: POST /jobs makes one, and nothing removes one. Only an order's reference can be changed.
- References are not unique: a second order of the same reference is made without a word.
- Requests write dates yyyy-mm-dd, answers dd/mm/yyyy, without a time or a zone; this server's clock shows UTC.
- A list needs a workgroup and both dates, and has no pages. A list of one order is that order by itself.
- A job shows no quantity and no unit price inside an order, and /orders/X/jobs calls its id `code` and shows only that.
- `deallocate` takes a job out of production, by GET as by POST.

What nobody has published is made up here: prices (by the piece), the messages, a package's parameters, what of a job
can be changed (title and reference), the fields of an address, and that a new job has no status yet. The login is
`sandbox`, its password too; it may view the workgroups W11 and W21, not W12.
"""

import json
import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, TypeAlias
from wsgiref.types import StartResponse, WSGIEnvironment
from xml.sax.saxutils import escape

from orderctl.sandbox import php, web
from orderctl.sandbox.store import Document, Store, Table

CUSTOMERS: Mapping[str, Document] = {
    "HOTEST": {
        "workgroup": "W11", "name": "Hotel Test", "contacts": {"13057": "Hotel Manager"},
        "addresses": {"41201": ("1 Quay Road", "Manchester"), "41202": ("Goods entrance, 3 Mill Lane", "Salford")},
    },
    "LIANFI22": {
        "workgroup": "W11", "name": "Liana Finch", "contacts": {"653569": "Liana Finch"},
        "addresses": {"41203": ("22 Park Row", "Leeds")},
    },
    "MANYPR01": {"workgroup": "W21", "name": "Many Prints", "contacts": {"700001": "Mani Prince"}, "addresses": {}},
    "OTHERW12": {
        "workgroup": "W12", "name": "Another studio's", "contacts": {"800001": "No contact"},
        "addresses": {"41204": ("9 Far Street", "York")},
    },
}  # fmt: skip

FRONT = "/api.php"

UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML cannot hold."""

ITEMS = {
    "addresses": "address", "contacts": "contact", "customers": "customer", "jobs": "job", "orders": "order",
    "products": "product",
}  # fmt: skip
"""What a list calls its items in XML."""

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

MAX_REQUEST_LINE = 8190
"""Apache's default, in bytes; a longer one is answered with 414."""

MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

PRODUCTS: Mapping[str, Mapping[str, str]] = {
    "BCST54V": {"title": "Business cards", "transfer": "0.0222", "selling": "0.06", "currency": "GBP"},
    "LEGA54V": {"title": "Leaflets, gloss", "transfer": "0.0111", "selling": "0.0288", "currency": "GBP"},
    "POST22E": {"title": "Posters", "transfer": "1.05", "selling": "2.45", "currency": "EUR"},
}
"""Products by code, with the price of one piece."""

SECRET = "sandbox"  # noqa: S105 - the sandbox's secrets are all this word, and that is printed

SWITCHES: web.Switches = {
    "created": ("response", "flat", "id", "none"),
    "empty": ("list", "null", "object", "nothing", "refused"),
    "errors": ("404", "status", "200"),
    "format": ("asked", "json", "xml"),
    "job-fields": ("required", "documented"),
    "list": ("list", "nested"),
    "one-order": ("object", "list"),
    "permission": ("full", "read"),
    "single": ("own", "documented"),
    "to": ("inclusive", "exclusive"),
    "totals": ("list", "object"),
}
"""What a server may do differently.

created      how the id of what was made is wrapped in JSON; `none`: it is left out, in XML too
empty        what a list without orders is
errors       every refusal is 404; or each has a status of its own; or all are HTTP 200
format       the answer is in the format that was asked for, or always in one
job-fields   POST /jobs insists on product and quantity; or the order alone is enough, as in the vendor's example
list         a list of several is `{"orders": [...]}`, or `{"orders": {"order": [...]}}`
one-order    a list of one order is `{"order": {...}}`, as in the vendor's example, or a list like any other
permission   the login may write (FLAPI), or only read (M-FLAPI)
single       GET /orders/XYYVP shows that order; or XYTVP, as in the vendor's example
to           whether a list's last day belongs to it
totals       totals are a list of one, or an object
"""

TABLES: Mapping[str, Table] = {
    "jobs": Table(
        first=1648886,
        keys=("order",),
        seed={
            1648885: {
                "order": "XYTVP", "title": "Initial Flyers", "reference": "Reference", "product": "LEGA54V",
                "quantity": "5000", "transfer": "55.50", "selling": "144", "currency": "GBP",
                "complete": "yes", "status": "081", "more": {},
            },
        },
    ),
    "orders": Table(
        keys=("code", "date", "workgroup"),
        seed={
            1: {"code": "XYTVP", "workgroup": "W11", "contact": "653569", "customer": "LIANFI22",
                "title": "Ordered online", "reference": "Reference", "date": "2011-04-26",
                "package": None, "paid": "144"},
            2: {"code": "XYYVP", "workgroup": "W11", "contact": "653569", "customer": "LIANFI22",
                "title": "Ordered online", "reference": "201502-Black2", "date": "2015-02-11",
                "package": None, "paid": "0"},
            3: {"code": "XYTPP", "workgroup": "W11", "contact": "13057", "customer": "HOTEST",
                "title": "order", "reference": "#122", "date": "2015-02-12", "package": None, "paid": "0"},
        },
    ),
}  # fmt: skip
"""The orders of the vendor's examples. The first that is made is DVQLK, as in its example of POST /orders."""

FIRST_MADE = ("DVQLK", 4)
"""The code of an order, and its number in the table; the next ones count on."""

VIEWED = frozenset({"W11", "W21"})
"""The workgroups whose orders the login may see."""

Call: TypeAlias = Callable[["Params", tuple[str, ...]], "Reply"]
Params: TypeAlias = Mapping[str, str]
Reply: TypeAlias = tuple[str, Any]
"""An answer: the name of its root, and its value."""


class Refusal(Exception):
    """The server says no; the text is its message, and `status` the one of a server that tells them apart."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


def app(store: Store, *, switches: Mapping[str, str] | None = None, authenticate: bool = True) -> "Emulator":
    """Return a Flyerlink over this store. Raises ValueError for an unknown switch."""
    return Emulator(store, switches, authenticate=authenticate)


class Emulator:
    """A FLAPI server as a WSGI application. Without `authenticate` every call is one of the sandbox's login."""

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
        self._authenticate = authenticate
        self._now = now
        self._calls: Mapping[tuple[str, str], Call] = {
            ("GET", "/customers"): self._customers,
            ("GET", "/customers/*/addresses"): self._addresses,
            ("GET", "/customers/*/contacts"): self._contacts,
            ("GET", "/jobs/*"): self._job,
            ("GET", "/jobs/*/deallocate"): self._deallocate,
            ("GET", "/orders"): self._list,
            ("GET", "/orders/*"): self._get,
            ("GET", "/orders/*/jobs"): self._jobs,
            ("GET", "/products"): self._products,
            ("POST", "/jobs"): self._create_job,
            ("POST", "/jobs/*/deallocate"): self._deallocate,
            ("POST", "/orders"): self._create,
            ("POST", "/orders/*/addpackage"): self._add_package,
            ("PUT", "/jobs/*"): self._update_job,
            ("PUT", "/orders/*"): self._update,
        }

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        login = environ.get("HTTP_AUTHORIZATION", "")
        return web.send(self._answer(web.read(environ), login), start_response)

    def _answer(self, request: web.Request, login: str) -> web.Answer:
        if len(f"{request.method} {request.path}? HTTP/1.1") + len(request.query) > MAX_REQUEST_LINE:
            return web.page(414)
        place = request.path.removeprefix(FRONT)
        parts = place.strip("/").split("/")
        if not place.startswith("/") or not all(parts):
            return web.page(404)
        params = _parameters(request)
        if self._authenticate and not _logged_in(login):
            answer = self._refused(Refusal("Authentication failed", 401), params)
            return web.Answer(
                status=401,
                content_type=answer.content_type,
                body=answer.body,
                headers={"WWW-Authenticate": 'Basic realm="FLAPI"'},
            )
        pattern = "/" + "/".join("*" if number == 1 else part for number, part in enumerate(parts))
        call = self._calls.get((request.method, pattern))
        if call is None:
            return self._refused(Refusal(f"{request.method} {place} is not supported", 405), params)
        if request.method != "GET" and self._switches["permission"] == "read":
            return self._refused(Refusal("You do not have permission to do this", 403), params)
        try:
            return self._written(*call(params, tuple(parts[1:2])), params)
        except Refusal as refusal:
            return self._refused(refusal, params)

    def _refused(self, refusal: Refusal, params: Params) -> web.Answer:
        status = {"404": 404, "200": 200}.get(self._switches["errors"], refusal.status)
        return self._written("response", {"@status": "error", "message": str(refusal)}, params, status=status)

    def _written(self, root: str, value: Any, params: Params, *, status: int = 200) -> web.Answer:
        """Write an answer in the format that was asked for: XML unless it is JSON."""
        asked = params.get("format", "").lower() if self._switches["format"] == "asked" else self._switches["format"]
        if asked != "json":
            text = f'<?xml version="1.0" encoding="UTF-8"?>\n{xml(root, value)}\n'
            return web.Answer(status=status, content_type="text/xml; charset=utf-8", body=text.encode())
        document = self._in_json(root, value)
        text = json.dumps(document, separators=(",", ":")).replace("/", "\\/")
        return web.Answer(status=status, body=text.encode())

    def _in_json(self, root: str, value: Any) -> Any:
        if root == "response":
            plain = {name.removeprefix("@"): inner for name, inner in value.items()}
            if plain["status"] != "ok" or self._switches["created"] == "flat":
                return plain
            return {"id": plain["id"]} if self._switches["created"] == "id" and "id" in plain else {root: plain}
        if root == "orders" and not value:
            empty = {"null": {root: None}, "object": {}, "nothing": None}
            return empty.get(self._switches["empty"], {root: []})
        if root == "orders" and self._switches["list"] == "nested":
            return {root: {"order": value}}
        return {root: value}

    # The calls

    def _list(self, params: Params, _: tuple[str, ...]) -> Reply:
        for name in ("workgroup", "from", "to"):
            if not params.get(name):
                raise Refusal(f"{name} is required")
        if params["workgroup"] not in VIEWED:
            raise Refusal("You do not have permission to view this workgroup", 403)
        before = "<=" if self._switches["to"] == "inclusive" else "<"
        found = self.store.find(
            "orders",
            ("workgroup", "=", params["workgroup"]),
            ("date", ">=", _day(params, "from")),
            ("date", before, _day(params, "to")),
        )
        shown = self._shown([order for _, order in found])
        if not shown and self._switches["empty"] == "refused":
            raise Refusal("No orders found", 404)
        if len(shown) == 1 and self._switches["one-order"] == "object":
            return "order", shown[0]
        return "orders", shown

    def _get(self, _: Params, place: tuple[str, ...]) -> Reply:
        code = "XYTVP" if place == ("XYYVP",) and self._switches["single"] == "documented" else place[0]
        return "order", self._shown([self._order(code)[1]])[0]

    def _jobs(self, _: Params, place: tuple[str, ...]) -> Reply:
        jobs = self.store.find("jobs", ("order", "=", self._order(place[0])[1]["code"]))
        return "jobs", [{"code": str(number)} for number, _ in jobs]

    def _create(self, params: Params, _: tuple[str, ...]) -> Reply:
        for name in ("customer", "contact"):
            if not params.get(name):
                raise Refusal(f"{name} is required")
        customer = _customer(params["customer"])
        if params["contact"] not in customer["contacts"]:
            raise Refusal("Contact not found")
        order = {
            "code": "",
            "workgroup": customer["workgroup"],
            "contact": params["contact"],
            "customer": params["customer"],
            "title": params.get("title", ""),
            "reference": params.get("reference", ""),
            "date": self._now().date().isoformat(),
            "package": None,
            "paid": "0",
        }
        with self.store.change():
            number = self.store.add("orders", order)
            order["code"] = code_of(number)
            self.store.put("orders", number, order)
            self.store.record("create", order["code"], params)
        return self._created(order["code"])

    def _update(self, params: Params, place: tuple[str, ...]) -> Reply:
        with self.store.change():
            number, order = self._order(place[0])
            if "reference" not in params:
                raise Refusal("reference is required")
            self.store.put("orders", number, {**order, "reference": params["reference"]})
            self.store.record("update", order["code"], params)
        return "response", {"@status": "ok"}

    def _add_package(self, params: Params, place: tuple[str, ...]) -> Reply:
        asked = {name: value for name, value in params.items() if name != "format" and value}
        with self.store.change():
            number, order = self._order(place[0])
            if not asked:
                raise Refusal("package is required")
            self.store.put("orders", number, {**order, "package": next(iter(asked.values()))})
            self.store.record("addpackage", order["code"], params)
        return "response", {"@status": "ok"}

    def _create_job(self, params: Params, _: tuple[str, ...]) -> Reply:
        if not params.get("order"):
            raise Refusal("order is required")
        for name in ("product", "quantity"):
            if not params.get(name) and self._switches["job-fields"] == "required":
                raise Refusal(f"{name} is required")
        product = PRODUCTS.get(params.get("product", ""))
        if product is None and params.get("product"):
            raise Refusal("Product not found")
        quantity = _quantity(params.get("quantity") or "0", least=0 if product is None else 1)
        price = product or {"transfer": "0", "selling": "0", "currency": "GBP"}
        known = ("format", "order", "product", "quantity", "reference", "title")
        job = {
            "order": params["order"],
            "title": params.get("title", ""),
            "reference": params.get("reference", ""),
            "product": params.get("product", ""),
            "quantity": f"{quantity:f}",
            "transfer": money(Decimal(price["transfer"]) * quantity),
            "selling": money(Decimal(price["selling"]) * quantity),
            "currency": price["currency"],
            "complete": "no",
            "status": None,
            "more": {name: value for name, value in params.items() if name not in known},
        }
        with self.store.change():
            self._order(params["order"])
            number = self.store.add("jobs", job)
            self.store.record("createjob", number, params)
        return self._created(str(number))

    def _job(self, _: Params, place: tuple[str, ...]) -> Reply:
        number, job = self._one_job(place[0])
        order = self._order(job["order"])[1]
        return "job", {
            **job["more"],
            "id": str(number),
            "order_code": job["order"],
            "customer": order["customer"],
            "contact": order["contact"],
            "title": job["title"],
            "client_reference": job["reference"],
            "product_code": job["product"],
            "quantity": job["quantity"],
            "total_transfer": job["transfer"],
            "total_selling": job["selling"],
            "total": job["selling"],
            "auto081": False,
            "voucher": "f",
            "reverse_filename": None,
            "complete": job["complete"],
            "status": job["status"],
        }

    def _update_job(self, params: Params, place: tuple[str, ...]) -> Reply:
        with self.store.change():
            number, job = self._one_job(place[0])
            changes = {name: params[name] for name in ("reference", "title") if name in params}
            if not changes:
                raise Refusal("title or reference is required")
            self.store.put("jobs", number, {**job, **changes})
            self.store.record("updatejob", number, params)
        return "response", {"@status": "ok"}

    def _deallocate(self, params: Params, place: tuple[str, ...]) -> Reply:
        with self.store.change():
            number, job = self._one_job(place[0])
            self.store.put("jobs", number, {**job, "status": None, "complete": "no"})
            self.store.record("deallocate", number, params)
        return "response", {"@status": "ok"}

    def _customers(self, _params: Params, _: tuple[str, ...]) -> Reply:
        seen = {code: c for code, c in CUSTOMERS.items() if c["workgroup"] in VIEWED}
        return "customers", [{"code": code, "name": c["name"], "workgroup": c["workgroup"]} for code, c in seen.items()]

    def _addresses(self, _: Params, place: tuple[str, ...]) -> Reply:
        known = _customer(place[0])
        return "addresses", [
            {"id": number, "name": known["name"], "address1": street, "town": town}
            for number, (street, town) in known["addresses"].items()
        ]

    def _contacts(self, _: Params, place: tuple[str, ...]) -> Reply:
        return "contacts", [{"id": number, "name": name} for number, name in _customer(place[0])["contacts"].items()]

    def _products(self, _params: Params, _: tuple[str, ...]) -> Reply:
        return "products", [{"code": code, "title": product["title"]} for code, product in PRODUCTS.items()]

    # What the calls are made of

    def _created(self, code: str) -> Reply:
        return "response", {"@status": "ok"} if self._switches["created"] == "none" else {"@status": "ok", "id": code}

    def _order(self, code: str) -> tuple[int, Document]:
        found = self.store.find("orders", ("code", "=", code), limit=1)
        if not found:
            raise Refusal("Order not found", 404)
        if found[0][1]["workgroup"] not in VIEWED:
            raise Refusal("You do not have permission to view this order", 403)
        return found[0]

    def _one_job(self, number: str) -> tuple[int, Document]:
        is_number = number.isascii() and number.isdigit() and len(number) < php.MAX_KEY
        job = self.store.get("jobs", int(number)) if is_number else None
        if job is None:
            raise Refusal("Job not found", 404)
        self._order(job["order"])
        return int(number), job

    def _shown(self, orders: list[Document]) -> list[Document]:
        """Return orders as answers show them, with their jobs."""
        jobs: dict[str, list[tuple[int, Document]]] = {}
        for number, job in self.store.find("jobs", ("order", "in", [order["code"] for order in orders])):
            jobs.setdefault(job["order"], []).append((number, job))
        return [self._order_shown(order, jobs.get(order["code"], [])) for order in orders]

    def _order_shown(self, order: Document, jobs: list[tuple[int, Document]]) -> Document:
        total = sum((Decimal(job["selling"]) for _, job in jobs), Decimal(0))
        year, month, day = order["date"].split("-")
        return {
            "id": order["code"],
            "contact": order["contact"],
            "customer": order["customer"],
            "title": order["title"],
            "reference": order["reference"],
            "date": f"{day}/{month}/{year}",
            "package": order["package"],
            "totals": self._totals({"total": money(total), "balance": money(total - Decimal(order["paid"]))}),
            "jobs": [self._job_shown(number, job) for number, job in jobs],
        }

    def _job_shown(self, number: int, job: Document) -> Document:
        totals = {name: job[name] for name in ("transfer", "selling")}
        return {
            "id": str(number),
            "title": job["title"],
            "reference": job["reference"],
            "product": job["product"],
            "totals": self._totals({**totals, "total": job["selling"], "currency": job["currency"]}),
            "complete": job["complete"],
            "status": job["status"],
        }

    def _totals(self, totals: Document) -> Any:
        return [totals] if self._switches["totals"] == "list" else totals


def code_of(number: int) -> str:
    """Return the code of the order in a row of the table: five capital letters that count on from DVQLK.

    >>> code_of(4), code_of(5), code_of(20)
    ('DVQLK', 'DVQLL', 'DVQMA')
    """
    code, first = FIRST_MADE
    value = number - first
    for letter, worth in zip(code, (26**4, 26**3, 26**2, 26, 1), strict=True):
        value += LETTERS.index(letter) * worth
    return "".join(LETTERS[value // 26**place % 26] for place in (4, 3, 2, 1, 0))


def money(amount: Decimal) -> str:
    """Return an amount as the server writes it.

    >>> money(Decimal("144.00")), money(Decimal("55.5"))
    ('144', '55.50')
    """
    cents = amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{cents:f}".removesuffix(".00")


def xml(name: str, value: Any) -> str:
    """Return an answer's element; what is null or empty is an empty one.

    >>> xml("response", {"@status": "ok", "id": "DVQLK"}), xml("jobs", [{"code": "1"}]), xml("package", None)
    ('<response status="ok"><id>DVQLK</id></response>', '<jobs><job><code>1</code></job></jobs>', '<package/>')
    """
    says, inner = "", ""
    if isinstance(value, Mapping):
        says = "".join(f' {key[1:]}="{text}"' for key, text in value.items() if key.startswith("@"))
        inner = "".join(xml(key, item) for key, item in value.items() if not key.startswith("@"))
    elif isinstance(value, list) and name in ITEMS:
        inner = "".join(xml(ITEMS[name], item) for item in value)
    elif isinstance(value, list):
        return "".join(xml(name, item) for item in value)
    elif value is not None:
        inner = escape(UNWRITABLE.sub("", {True: "yes", False: "no"}.get(value, str(value))))
    return f"<{name}{says}>{inner}</{name}>" if inner else f"<{name}{says}/>"


def _parameters(request: web.Request) -> Params:
    """Return the texts of the query and, where there is one, of the form."""
    kind = request.content_type.partition(";")[0].strip().lower()
    body = request.body if request.method in {"POST", "PUT"} and len(request.body) <= php.POST_MAX_SIZE else b""
    form: php.Array = {}
    if kind == "application/x-www-form-urlencoded":
        form = php.query_variables(body)
    elif kind == "multipart/form-data":
        form = php.multipart_variables(body, request.content_type)
    found = {**php.query_variables(request.query), **form}
    return {str(name): value for name, value in found.items() if isinstance(value, str)}


def _logged_in(header: str) -> bool:
    kind, _, credentials = header.partition(" ")
    try:
        user, _, password = b64decode(credentials, validate=True).decode("utf-8").partition(":")
    except (NotBase64, UnicodeDecodeError):
        return False
    return kind.lower() == "basic" and (user, password) == (SECRET, SECRET)


def _customer(code: str) -> Document:
    customer = CUSTOMERS.get(code)
    if customer is None:
        raise Refusal("Customer not found")
    if customer["workgroup"] not in VIEWED:
        raise Refusal("You do not have permission to order for this customer", 403)
    return customer


def _day(params: Params, name: str) -> str:
    text = params[name]
    try:
        return date.fromisoformat(text if MOMENT.fullmatch(text) else "").isoformat()
    except ValueError:
        raise Refusal(f"{name} is invalid: yyyy-mm-dd is required") from None


def _quantity(text: str, *, least: int) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or number < 0 or (least and not number) or number > 10**9:
        raise Refusal("quantity is invalid")
    return number
