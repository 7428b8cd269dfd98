"""OneBox (1b.app, WebProduction BOX), orders API v1: a CRM whose orders are processes in a workflow.

Protocol: /api/orders/{add,update,delete,get}/ and /api/order/comments/get/, parameters as a form, in the query or as a
JSON body, arrays in PHP's notation; JSON answers. Authentication: login and password (a hash that the vendor issues,
sent as it is) with every call. Source: the vendor's page "API Orders"; where real boxes behave otherwise, they win.

Oddities: failures are HTTP 200 with `errors`; a second add of an `ordercode` is refused; `orderid` takes a box id or an
ordercode; update's productArray appends, and spells `suplierid` what add spells `supplierid`; answers lack the SKU, a
line's currency, comments and whether it is paid; times are the box's own, without a zone; PHP drops a form's variables
beyond 1,000; the only upper bound on a list is applied here.
"""

import datetime as dt
import json
import shlex
from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from orderctl.backend import (
    Backend,
    Capability,
    Checked,
    Connection,
    Duplicates,
    Field,
    Kind,
    Option,
    Profile,
    Secret,
    Vendor,
)
from orderctl.errors import (
    BadAnswer,
    Conflict,
    LoginRefused,
    NotFound,
    OrderctlError,
    OutcomeUnknown,
    PermissionDenied,
    Problem,
    Refused,
    UsageError,
)
from orderctl.fields import parse_decimal, settings, translate
from orderctl.http import Effect, Reply, Request, problem
from orderctl.model import (
    NOTHING,
    Comment,
    Customer,
    DraftLine,
    Moment,
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
    Step,
)
from orderctl.values import replace
from orderctl.wire import nonsense, read_json

PART = 1000
"""How many orders a full part of a list has."""

MOST_VARIABLES = 900
"""Above so many, a call goes as JSON: PHP silently drops a form's variables beyond 1,000."""

LONGEST_QUERY = 6000
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

STATUSES = {
    "canceled": Status.CANCELLED,
    "cancelled": Status.CANCELLED,
    "closed": Status.COMPLETED,
    "completed": Status.COMPLETED,
    "delivered": Status.COMPLETED,
    "done": Status.COMPLETED,
    "in progress": Status.IN_PROGRESS,
    "new": Status.OPEN,
    "open": Status.OPEN,
}
"""A box names its own statuses; these are the plain English ones, the rest a profile maps under [statuses]."""

MESSAGES: Mapping[str, tuple[type[OrderctlError], str]] = {
    "bad user level!": (PermissionDenied, "the login needs level 2 (employee) or higher; ask the box's administrator"),
    "clientnamefirst_empty": (Refused, "this box wants a first name: --customer-name NAME"),
    "clientphone_and_clientemail_empty": (Refused, "give --phone or --email"),
    "login or password not correct!": (LoginRefused, "log in again: orderctl auth login -p {profile}"),
    "login_empty": (LoginRefused, "log in again: orderctl auth login -p {profile}"),
    "not workflow by name": (Refused, "check --set workflowname= against the box's business processes"),
    "not workflow status by name": (Refused, "the status is not in that workflow; --set workflowname= names another"),
    "order is already!": (Conflict, "look at it: orderctl get -p {profile} --reference {key}"),
    "order with this code does not found!": (NotFound, "look for it: orderctl list -p {profile}"),
    "orderid_empty": (Refused, "name the order's id or reference"),
    "password_empty": (LoginRefused, "log in again: orderctl auth login -p {profile}"),
    "please create finance account": (Refused, "the box has no finance account; leave out --paid, or let it be made"),
}
"""What a box says of a failure, lower case: the class it is, and what to do next."""

PHONE_TAKEN = ("#12903", "#4765")
"""Numbers in localised texts that mean: the phone belongs to another contact. Not a duplicate order."""

_ADDRESS = (
    Field("country", note="address"),
    Field("region", note="address: region"),
    Field("district", note="address: district"),
    Field("city", note="address: town"),
    Field("street", note="address: street"),
    Field("street_number", note="address: house number"),
    Field("apartment", note="address: flat"),
)
_LOGIN = (
    Field("login", note="API user", reserved=True, instead="the login comes from: orderctl auth login"),
    Field("password", note="hash that the vendor issued", reserved=True, instead="it comes from: orderctl auth login"),
)
_ORDER_ID = Field("orderid", note="box id or ordercode", reserved=True, instead="name the order as the command's ID")
_FROM_BODY = Field("dataFromBody", Kind.BOOL, "parameters as JSON", reserved=True, instead='set request = "json"')
_FILES = Field("files", Kind.LINKS, "links that the box downloads into the description", aliases=("file",))
_LINE = (
    Field("id", Kind.INT, "product id in the box", word="id", aliases=("productid",)),
    Field("code1c", note="product id in your system"),
    Field("articul", note="SKU", word="sku"),
    Field("name", note="product name", word="name"),
    Field("price", Kind.DECIMAL, "price of one unit", word="price"),
    Field("count", Kind.DECIMAL, "quantity", word="quantity", aliases=("quantity",)),
    Field("currency", note="UAH, RUB, USD, EUR, …", word="order.currency"),
    Field("custom_{key}", note="extra field of the line"),
)
_ANSWER_OPTIONS = (
    Field("sumoutbonuse", Kind.BOOL, "also return bonuses spent"),
    Field("suminbonuse", Kind.BOOL, "also return bonuses earned"),
    Field("getcomments", Kind.BOOL, "also return the comments"),
    Field("unescapedunicode", Kind.BOOL, "answer without \\u escapes"),
    Field("getnovaposhtastatus", Kind.BOOL, "also return Nova Poshta waybill statuses"),
)
_SUPPLIER = Field("supplierhash", note="supplier key", reserved=True, instead="it comes from: orderctl auth login")
_UTM = tuple(
    Field(f"utm_{k}", note="UTM label") for k in ("date", "campaign", "source", "content", "referrer", "medium", "term")
)

FIELDS: Mapping[str, tuple[Field, ...]] = {
    "create": (
        *_LOGIN,
        Field("ordercode", note="your own order number, unique in the box", word="reference", required=True),
        Field("workflowname", note="business process by name; the box's default without one"),
        Field("statusname", note="status by name; the start status without one", word="status"),
        Field("source", note="sales channel"),
        Field("cdate", Kind.DATETIME, "when the order was placed"),
        Field("name", note="title", word="title", aliases=("ordername",)),
        Field("clientcode", note="customer's id in your system", word="customer.code"),
        Field("clientnamefirst", note="customer's first name", word="customer.name", aliases=("clientname",)),
        Field("clientnamelast", note="customer's last name"),
        Field("clientnamemiddle", note="customer's middle name"),
        Field("clientphone", note="phone, best as 380XXXXXXXXX; phone or email is needed", word="customer.phone"),
        Field("clientemail", note="email; phone or email is needed", word="customer.email"),
        Field("clientaddress", note="address in one line", word="customer.address"),
        Field("managercode", note="manager's id in your system"),
        Field("managername", note="manager's name"),
        Field("managerphone", note="manager's phone"),
        Field("manageremail", note="manager's email"),
        Field("comments", note="note on the order", word="note"),
        Field("deliveryid", Kind.INT, "delivery method's id", aliases=("deliveriID",)),
        Field("deliverynote", note="delivery remark", aliases=("deliverinote",)),
        Field("sum", Kind.DECIMAL, "order amount", word="total"),
        Field("payed", Kind.BOOL, "whether it is paid", word="paid", aliases=("paid",)),
        Field("productArray", Kind.LINES, "order lines (--line)", aliases=("products",)),
        Field("workflowid", Kind.INT, "business process by id"),
        Field("statusid", Kind.INT, "status by id"),
        Field("type", note="process type, where no process is named"),
        *_UTM,
        Field("custom_{key}", note="extra field of the order", aliases=("customorder_{key}",)),
        Field("customuser_{key}", note="extra field of the customer"),
        Field("dateto", Kind.DATETIME, "planned date", word="due"),
        Field("deliveryprice", Kind.DECIMAL, "delivery cost", aliases=("deliveriprice",)),
        Field("discountid", Kind.INT, "discount's id in the box"),
        Field("discountname", note="discount's name in the box"),
        Field("discountsum", Kind.DECIMAL, "discount amount"),
        Field("contractorid", Kind.INT, "seller's legal entity"),
        Field("paymentid", Kind.INT, "payment method's id"),
        Field("paymentname", note="payment method's name"),
        *_ADDRESS,
        Field("currencyrate_{key}", Kind.DECIMAL, "exchange rate; key is the currency"),
        Field("documenttemplateid", Kind.INT, "make a document from this template afterwards"),
        Field("documentpdf", Kind.BASE64, "that document's PDF: documentpdf=@FILE; with documenttemplateid"),
        _FROM_BODY,
        Field("typesex", note="customer's contact type, name or key", aliases=("clienttypesex",)),
        Field("parentid", Kind.INT, "parent process"),
        Field("company", note="customer's company", aliases=("clientcompany",)),
        _FILES,
        Field("restoreSource", Kind.BOOL, "bring a deleted sales channel back"),
    ),
    "create.line": (
        *_LINE,
        Field("discount_percent", Kind.DECIMAL, "discount on the line, per cent"),
        Field("supplierid", Kind.INT, "supplier's id in the box", aliases=("suplierid",)),
        Field("suppliercode1c", note="supplier's external id", aliases=("supliercode1c",)),
    ),
    "update": (
        *_LOGIN,
        _ORDER_ID,
        Field("name", note="title", word="title", aliases=("ordername",)),
        Field("comments", note="note on the order", word="note"),
        Field("sum", Kind.DECIMAL, "order amount; new lines recompute it", word="total"),
        Field("deliverynote", note="delivery remark", aliases=("deliverinote",)),
        Field("workflowname", note="move to another business process"),
        Field("statusname", note="status by name", word="status"),
        Field("payed", Kind.BOOL, "whether it is paid", word="paid", aliases=("paid",)),
        Field("productArray", Kind.LINES, "lines to add (--line)", aliases=("products",)),
        Field("workflowid", Kind.INT, "business process by id"),
        Field("statusid", Kind.INT, "status by id"),
        Field("deleteproducts", Kind.BOOL, "remove all lines", reserved=True, instead="use --replace-lines"),
        _FROM_BODY,
        Field("paymentid", Kind.INT, "payment method's id"),
        Field("customuser_{key}", note="extra field of the customer"),
        Field("customorder_{key}", note="extra field of the order", aliases=("custom_{key}",)),
        Field("clientemail", note="email", word="customer.email"),
        Field("clientphone", note="phone", word="customer.phone"),
        Field("clientname", note="customer's first name", word="customer.name", aliases=("clientnamefirst",)),
        Field("clientnamelast", note="customer's last name"),
        Field("clientnamemiddle", note="customer's middle name"),
        Field("clienttypesex", note="customer's contact type", aliases=("typesex",)),
        Field("clientexternalid", note="customer's external id"),
        Field("clientcode", note="customer's code", word="customer.code"),
        Field("clientcompany", note="customer's company", aliases=("company",)),
        Field("searchclient", Kind.BOOL, "look the customer up by phone and email"),
        Field(
            "clientaddress",
            note="only when created",
            word="customer.address",
            reserved=True,
            instead="an update takes the address in parts: --set country= city= street= street_number= apartment=",
        ),
        *_ADDRESS,
        Field("deliveryid", Kind.INT, "delivery method's id", aliases=("deliveriID",)),
        Field("novaposhtadeliverynote", note="Nova Poshta waybill number"),
        Field("novaposhtaredeliverynote", note="Nova Poshta return waybill number"),
        Field(
            "novaposhtaServiceType",
            note="Nova Poshta delivery, from-to",
            choices=("DoorsDoors", "DoorsWarehouse", "WarehouseDoors", "WarehouseWarehouse"),
        ),
        Field("utm_{key}", note="UTM label"),
        _FILES,
    ),
    "update.line": (
        *_LINE,
        Field("storagecode1c", note="external id of the warehouse to reserve in"),
        Field("storagefromcode1c", note="reserve only what is now in this warehouse"),
        Field("suplierid", Kind.INT, "supplier's id in the box", aliases=("supplierid",)),
        Field("supliercode1c", note="supplier's external id", aliases=("suppliercode1c",)),
    ),
    "push": (
        Field("workflowname", note="business process of the status, where several have it"),
        Field("statusname", note="status by name", word="to"),
        Field("workflowid", Kind.INT, "business process by id"),
        Field("statusid", Kind.INT, "status by id"),
    ),
    "cancel": (*_LOGIN, _ORDER_ID),
    "get": (*_LOGIN, _SUPPLIER, _ORDER_ID, *_ANSWER_OPTIONS),
    "list": (
        *_LOGIN,
        _SUPPLIER,
        Field("workflowname", note="business process by name"),
        Field("workflowid", note="business process by id"),
        Field("type", note="process type"),
        Field("statusname", note="status by name", word="status"),
        Field("statusid", note="status by id"),
        Field("cdate", Kind.DATETIME, "created at or after", word="since"),
        Field("udate", Kind.DATETIME, "changed at or after", word="changed_since"),
        Field("clientId", note="customer's id in the box"),
        Field("clientcode", note="customer's code", word="customer"),
        Field("typesex", note="customer's contact type", aliases=("clienttypesex",)),
        Field(
            "customorder_{key}", note="extra field of the order; _from and _to for ranges", aliases=("custom_{key}",)
        ),
        Field("customuser_{key}", note="extra field of the customer; _from and _to for ranges"),
        Field("part", Kind.INT, "page", reserved=True, instead="pages are read for you: --limit, --all, --after"),
        *_ANSWER_OPTIONS,
        *(
            Field(name, note="equal to this returned field")
            for name in (
                "clientaddress",
                "clientemail",
                "clientname",
                "clientphone",
                "contractorid",
                "contractorname",
                "currency",
                "deliveriID",
                "deliverinote",
                "deliveriprice",
                "managerid",
                "managername",
                "managerrole",
                "ordername",
                "ordernumber",
                "sum",
                "sumbase",
            )
        ),
        Field("ordercode", note="your own order number", word="reference"),
        Field("orderid", note="box id"),
        Field("contact{key}", note="a customer's field, such as contactCountry"),
    ),
    "comments": (
        *_LOGIN,
        Field("id", note="box id", reserved=True, instead="name the order as the command's ID"),
        Field("code", note="ordercode", reserved=True, instead="name the order as the command's ID"),
        Field("type", note="kinds", reserved=True, instead="use --type KIND"),
    ),
}

COMMENT_KINDS = ("call", "change", "comment", "commentresult", "email", "notify")


def check(verb: str, subject: OrderDraft | OrderChange | Move, profile: Profile) -> Checked:
    """Return what is wrong with a create, an update or a push, and what is worth a warning, before it is sent."""
    if isinstance(subject, Move):
        values, problems = encode_push(subject, profile)
        if not {"statusname", "statusid"} & values.keys() and not problems:
            problems = [Problem("--to", "name the status to push to: --to STATUS, or --set statusid=ID")]
        return Checked(tuple(problems))
    values, problems = encode(verb, subject, profile)
    warnings = []
    if verb == "create":
        if not values.get("clientphone") and not values.get("clientemail"):
            problems.append(Problem("--phone", "OneBox needs a phone or an email", subject.row))
        if not values.get("clientnamefirst"):
            warnings.append("no first name (--customer-name): some boxes refuse such an order")
        if "documentpdf" in values and "documenttemplateid" not in values:
            warnings.append("documentpdf is used only together with documenttemplateid")
    return Checked(tuple(problems), tuple(warnings))


def check_query(query: Query, profile: Profile) -> Checked:
    """Return what is wrong with a list's filters."""
    return Checked(tuple(encode_query(query, profile)[1]))


def encode(verb: str, draft: OrderDraft, profile: Profile) -> tuple[dict[str, Any], list[Problem]]:
    """Return an order's parameters for add or update, not yet as text, and what is wrong with them."""
    if draft.currency is None and draft.lines and profile.currency:
        draft = replace(draft, currency=profile.currency)
    result = translate(
        replace(draft, files=()),
        order=FIELDS[verb],
        line=FIELDS[f"{verb}.line"],
        elsewhere=FIELDS["create"] if verb == "update" else (),
        zone=profile.zone,
    )
    values, problems = result.values, result.problems
    if draft.currency is not None and not draft.lines:
        problems.append(Problem("--currency", "OneBox keeps the currency with each line; give a --line", draft.row))
    if draft.files:
        links, wrong = settings(
            FIELDS[verb], {"files": Setting(value=list(draft.files))}, place="--file", zone=profile.zone
        )
        values["files"] = [*values.get("files", []), *links.get("files", [])]
        problems += wrong
    for name in (*values, *(n for line in result.lines for n in line)):
        if any(c in name for c in " .[]"):
            problems.append(Problem(name, "PHP rewrites a field name with a space, a dot or a bracket", draft.row))
    if result.lines:
        values["productArray"] = result.lines
    if isinstance(draft, OrderChange) and draft.replace_lines:
        values["deleteproducts"] = True
    return values, problems


def encode_push(move: Move, profile: Profile) -> tuple[dict[str, Any], list[Problem]]:
    """Return the parameters that move an order to a status."""
    values, problems = settings(FIELDS["push"], move.set, zone=profile.zone)
    if move.to is not None and values.setdefault("statusname", move.to) != move.to:
        problems.append(Problem("--to", "is given twice, with different values (statusname)"))
    for option, value in (("--by", move.by), ("--step", move.step)):
        if value is not None:
            problems.append(Problem(option, "OneBox has no place for it; use --to STATUS"))
    return values, problems


def encode_query(query: Query, profile: Profile) -> tuple[dict[str, Any], list[Problem]]:
    """Return a list's parameters, but for the part, and what is wrong with them. `until` is applied by the caller."""
    where = {}
    problems = []
    for key, (operator, given) in query.where.items():
        if operator or len(given) != 1:
            problems.append(Problem(f"--where {key}", "OneBox compares for equality only: KEY=VALUE"))
        where[key] = Setting(value=given[0] if given else "")
    values, wrong = settings(FIELDS["list"], where, place="--where", zone=profile.zone)
    more, also_wrong = settings(FIELDS["list"], query.set, zone=profile.zone)
    words = {
        "cdate": query.since and query.since.astimezone(profile.zone).date(),
        "clientcode": query.customer,
        "ordercode": query.reference,
        "statusname": query.status,
        "udate": query.changed_since,
    }
    return {**{k: v for k, v in words.items() if v is not None}, **more, **values}, [*problems, *wrong, *also_wrong]


def wire(value: Any, zone: dt.tzinfo) -> str:
    """Return a parameter as text: 1 or 0, plain decimals, box-local times.

    >>> wire(Decimal("102.50"), dt.UTC), wire(True, dt.UTC)
    ('102.50', '1')
    >>> wire(dt.datetime(2015, 12, 15, 23, 11, tzinfo=dt.UTC), dt.UTC)
    '2015-12-15 23:11:00'
    """
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dt.datetime):
        return value.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def body(values: Mapping[str, Any], zone: dt.tzinfo) -> dict[str, Any]:
    """Return parameters as a JSON object: texts, lists of texts, and lists of objects.

    >>> body({"payed": True, "files": ["https://a/b"], "productArray": [{"count": Decimal(2)}]}, dt.UTC)
    {'payed': '1', 'files': ['https://a/b'], 'productArray': [{'count': '2'}]}
    """
    return {
        name: [body(v, zone) if isinstance(v, Mapping) else wire(v, zone) for v in value]
        if isinstance(value, list)
        else wire(value, zone)
        for name, value in values.items()
    }


def php(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the pairs of a form, arrays in PHP's notation; one file goes plain.

    >>> list(php({"sum": "320", "productArray": [{"id": "1", "name": "A"}], "type": ["call", "email"]}))
    [('sum', '320'), ('productArray[0][id]', '1'), ('productArray[0][name]', 'A'), ('type[0]', 'call'), ('type[1]', 'email')]
    """
    for name, value in values.items():
        if isinstance(value, str):
            yield name, value
        elif name == "files" and len(value) == 1:
            yield name, value[0]
        else:
            for number, item in enumerate(value):
                if isinstance(item, str):
                    yield f"{name}[{number}]", item
                else:
                    yield from ((f"{name}[{number}][{key}]", text) for key, text in item.items())


def decode(raw: Mapping[str, Any], profile: Profile) -> Order:
    """Return an order from a box's answer. Raises ValueError for one without an id; anything else odd stays in `extra`."""
    rest = dict(raw)
    order_id = _text(rest.pop("orderid", None))
    if order_id is None:
        raise ValueError("an order without orderid")
    vendor_status = _text(rest.pop("statusname", None))
    lines = rest.pop("products", None)
    return Order(
        id=order_id,
        reference=_text(rest.pop("ordercode", None)),
        number=_text(rest.pop("ordernumber", None)),
        title=_text(rest.pop("ordername", None)),
        status=_status(vendor_status, profile),
        vendor_status=vendor_status,
        steps=(Step(name=vendor_status),) if vendor_status else (),
        customer=Customer(
            id=_text(rest.pop("clientId", None)),
            code=_text(rest.pop("clientcode", None)),
            name=_text(rest.pop("clientname", None)),
            email=_text(rest.pop("clientemail", None)),
            phone=_text(rest.pop("clientphone", None)),
            address=_text(rest.pop("clientaddress", None)),
        ),
        lines=tuple(decode_line(line) for line in _items(lines) if isinstance(line, Mapping)),
        currency=_text(rest.pop("currency", None)),
        total=_take(rest, "sum", _decimal),
        created_at=_take(rest, "cdate", lambda v: _time(v, profile.zone)),
        due_at=_take(rest, "dateto", lambda v: _time(v, profile.zone)),
        extra=rest,
        raw=raw,
    )


def decode_line(raw: Mapping[str, Any]) -> OrderLine:
    """Return an order line from a box's answer."""
    rest = dict(raw)
    return OrderLine(
        id=_text(rest.pop("id", None)),
        name=_text(rest.pop("name", None)),
        quantity=_take(rest, "count", _decimal),
        unit_price=_take(rest, "price", _decimal),
        extra=rest,
    )


def decode_comment(raw: Mapping[str, Any], profile: Profile) -> Comment:
    """Return a comment from a box's answer."""
    rest = dict(raw)
    return Comment(
        id=_text(rest.pop("id", None)),
        created_at=_take(rest, "cdate", lambda v: _time(v, profile.zone)),
        kind=_text(rest.pop("type", None)),
        text=_text(rest.pop("content", None)),
        author=_text(rest.pop("username", None)),
        extra=rest,
    )


def raw_reads(_method: str, path: str) -> bool:
    """Return whether a raw call only reads: the path tells, as a GET adds and deletes as well as a POST.

    >>> raw_reads("GET", "/api/orders/get/"), raw_reads("GET", "/api/orders/delete/")
    (True, False)
    """
    return path in {PATHS["comments"], PATHS["get"]}


def said(answer: Any) -> tuple[bool | None, str]:
    """Return whether an answer says ok (None: it does not say) and the vendor's words, as one text.

    Boxes say `result` and `errors`; the vendor's page says `status` and `message`. Both are read.

    >>> said({"result": "fail", "errors": ["login_empty"]}), said({"status": "ok", "message": "82806"})
    ((False, 'login_empty'), (True, '82806'))
    """
    if not isinstance(answer, Mapping):
        return None, ""
    words = next((answer[k] for k in ("errors", "error", "message", "errorText") if answer.get(k)), "")
    for key in ("result", "status"):
        verdict = str(answer.get(key, "")).strip().lower()
        if verdict in {"ok", "1", "true"}:
            return True, _flat(words)
        if verdict in {"fail", "0", "false", "error"}:
            return False, _flat(words)
    return (False if answer.get("errors") or answer.get("error") else None), _flat(words)


def rows(answer: Any) -> list[Any] | None:
    """Return the orders of an answer in whatever shape they came, None where there is no such shape."""
    if answer is None or answer in ([], {}):
        return []
    if isinstance(answer, list):
        return answer
    if not isinstance(answer, Mapping):
        return None
    if "orderid" in answer:
        return [answer]
    for key in ("orders", "order"):
        if key in answer:
            inner = answer[key]
            return [inner] if isinstance(inner, Mapping) and "orderid" in inner else _items(inner)
    values = [v for k, v in answer.items() if k not in {"result", "status"}]
    if values and all(isinstance(v, Mapping) and "orderid" in v for v in values):
        return values
    return [] if answer.keys() <= {"result", "status", "message"} else None


class OneBox(Backend):
    """An open connection to one box."""

    def create(self, draft: OrderDraft) -> Receipt:
        """Add an order. A box that says the reference exists is a Conflict that names the order."""
        values, _ = encode("create", draft, self.profile)
        purpose = f"create order {draft.reference!r}"
        reference = str(draft.reference)
        try:
            answer = self._call("add", values, purpose, key=reference, assume={"result": "ok", "orderId": "<id>"})
        except Conflict as error:
            if error.code == "vendor.duplicate":
                raise self._duplicate(reference, error) from error
            raise
        except Refused as error:
            found = self._after_refusal(reference) if error.code == "vendor.not_configured" else None
            if found is None:
                raise
            return Receipt(id=found.id, notes=(f"made, but not as paid: the box says {error.message}",))
        order_id = next((_text(answer[k]) for k in ("orderId", "orderid", "order_id") if answer.get(k)), None)
        words = said(answer)[1]
        if order_id is None and words.isdigit():
            order_id = words
        if order_id is None:
            return Receipt(id=self._made_without_id(reference, purpose).id)
        return Receipt(id=order_id)

    def get(self, order_id: str, given: Mapping[str, Setting] = NOTHING) -> Order:
        """Return one order by its box id or its reference."""
        values, problems = settings(FIELDS["get"], given, zone=self.profile.zone)
        if problems:
            raise UsageError(f"{problems[0]}", fields=problems)
        answer = self._call(
            "get",
            {"orderid": order_id, **values},
            f"get order {order_id!r}",
            key=order_id,
            assume={"orders": [{"orderid": order_id}]},
        )
        found = self._orders(answer, "get")
        for order in found:
            if order_id in (order.id, order.reference):
                return order
        if found:
            raise Conflict(
                f"asked OneBox for order {order_id!r} and got order {found[0].id!r}",
                hint="use the id that a list shows",
                code="order.mismatch",
            )
        raise self.not_found(order_id)

    def read(self, order_id: str) -> Order:
        """Return the order that a write to `order_id` would change: a number may be one's id and another's reference."""
        order = self.get(order_id)
        if (
            order.id == order_id
            and order.reference != order_id
            and order_id.isdigit()
            and order.raw != {"orderid": order_id}
        ):
            try:
                other = self.find(order_id)
            except NotFound:
                return order
            if other.id != order.id:
                raise Conflict(
                    f"{order_id} is the id of one order and the reference of another ({other.id}); nothing was changed",
                    hint=f"name the other one by its id {other.id}",
                    code="order.ambiguous",
                )
        return order

    def find(self, reference: str) -> Order:
        """Return the order with exactly this ordercode."""
        answer = self._call("get", {"ordercode": reference, "part": "1"}, f"look for reference {reference!r}")
        found = self._orders(answer, "get")
        for order in found:
            if order.reference == reference:
                return order
        if found:
            order = self.get(reference)
            if order.reference == reference:
                return order
        raise self.not_found(reference)

    def page(self, query: Query, cursor: str | None) -> Page:
        """Return one part of the list; a full one has a next."""
        part = int(cursor) if cursor and cursor.isdigit() else 1
        values, problems = encode_query(query, self.profile)
        if problems:
            raise UsageError(f"{problems[0]}", fields=problems)
        answer = self._call("get", {**values, "part": str(part)}, f"list orders, part {part}")
        raw = rows(answer)
        if raw is None:
            raise self._nonsense(answer, "list orders")
        orders, errors = [], []
        for number, row in enumerate(raw, 1):
            try:
                orders.append(decode(row, self.profile))
            except (AttributeError, TypeError, ValueError) as error:
                errors.append(f"part {part}, row {number}: {error}")
        return Page(orders=tuple(orders), next=str(part + 1) if len(raw) >= PART else None, errors=tuple(errors))

    def ping(self) -> None:
        """List the orders of a reference that nobody has."""
        self._call("get", {"ordercode": "orderctl-login-check", "part": "1"}, "check the login")

    def update(self, order_id: str, change: OrderChange) -> Receipt:
        """Change an order; replaced lines are read back, since the box may delete after it added."""
        values, _ = encode("update", change, self.profile)
        self._call(
            "update",
            {"orderid": order_id, **values},
            f"update order {order_id!r}",
            key=order_id,
            assume={"result": "ok"},
        )
        if change.replace_lines:
            self._check_lines(order_id, change.lines)
        return Receipt(id=order_id)

    def cancel(self, order_id: str, reason: str | None) -> Receipt:
        """Delete an order for good."""
        self._call("delete", {"orderid": order_id}, f"cancel order {order_id!r}", key=order_id, assume={"result": "ok"})
        return Receipt(id=order_id, message="deleted at the vendor")

    def push(self, order_id: str, move: Move) -> Receipt:
        """Set an order's status."""
        values, _ = encode_push(move, self.profile)
        purpose = f"push order {order_id!r} to {move.to or values.get('statusid')}"
        self._call("update", {"orderid": order_id, **values}, purpose, key=order_id, assume={"result": "ok"})
        return Receipt(id=order_id)

    def lines(self, order_id: str) -> tuple[OrderLine, ...]:
        """Return the lines of one order."""
        return self.get(order_id).lines

    def steps(self, order_id: str) -> tuple[Step, ...]:
        """Return the order's status, the one step where it waits."""
        return self.get(order_id).steps

    def comments(self, order_id: str, kinds: tuple[str, ...]) -> tuple[Comment, ...]:
        """Return an order's comments; a number is taken for a box id, anything else for a reference."""
        key = "id" if order_id.isdigit() else "code"
        values = {key: order_id, "type": list(kinds)} if kinds else {key: order_id}
        answer = self._call("comments", values, f"comments of order {order_id!r}", key=order_id)
        found = answer.get("comments", []) if isinstance(answer, Mapping) else answer
        return tuple(decode_comment(c, self.profile) for c in _items(found) if isinstance(c, Mapping))

    def raw(
        self, method: str, path: str, *, params: tuple[tuple[str, str], ...], body: bytes | None, content_type: str
    ) -> Reply:
        """Send a call of the caller's own: the login stands in the query beside a body, else with the parameters."""
        pairs = (*((n, self.connection.secrets[n]) for n in ("login", "password")), *params)
        in_query = method == "GET" or body is not None
        request = Request(
            method=method,
            url=self.profile.url.rstrip("/") + path,
            purpose=f"{method} {path}",
            query=pairs if in_query else (),
            headers={} if method == "GET" else {"content-type": content_type},
            body=body if in_query else urlencode(pairs).encode(),
        )
        client = self.connection.client
        return client.read(request) if raw_reads(method, path) else client.write(request)

    def _call(self, call: str, values: Mapping[str, Any], purpose: str, *, key: str = "", assume: Any = None) -> Any:
        """Send one call and return its answer. Raises what the status, or the box's words, mean."""
        request = self._request(call, body(values, self.profile.zone), purpose)
        effect = Effect.READ if call in {"get", "comments"} else Effect.WRITE
        send = self.connection.client.read if effect is Effect.READ else self.connection.client.write
        reply = send(request, assume=json.dumps(assume).encode() if assume is not None else None)
        try:
            answer = read_json(reply.body, vendor="OneBox")
        except BadAnswer as error:
            failure = problem(reply, request, effect, wait=BUSY_WAIT)
            if failure is not None:
                raise failure from error
            if effect is Effect.WRITE:
                raise _unknown(purpose, error.message) from error
            raise
        ok, words = said(answer)
        if ok is not False:
            failure = problem(reply, request, effect, words=words, wait=BUSY_WAIT)
            if failure is not None:
                raise failure
            if effect is Effect.WRITE and ok is None:
                raise _unknown(purpose, "the answer says neither ok nor fail")
            return answer
        raise self._refusal(words, purpose, key, effect)

    def _request(self, call: str, values: dict[str, Any], purpose: str) -> Request:
        """Return the request for a call, in the profile's style, or one that holds more where it must."""
        login = {n: self.connection.secrets[n] for n in ("login", "password")}
        supplier = self.connection.secrets.get("supplierhash")
        if call == "get" and supplier:
            login["supplierhash"] = supplier
        style = self.profile.settings.get("request", "form")
        pairs = list(php(values))
        url = self.profile.url.rstrip("/") + PATHS[call]
        form = urlencode([*login.items(), *pairs])
        too_long = style == "query" and len(form) > LONGEST_QUERY
        if call in {"add", "update"} and (style == "json" or too_long or len(pairs) > MOST_VARIABLES):
            return Request(
                method="POST",
                url=url,
                purpose=purpose,
                query=(*login.items(), ("dataFromBody", "1")),
                headers={"content-type": "application/json"},
                body=json.dumps(values, ensure_ascii=False).encode(),
            )
        if style == "query" and not too_long:
            return Request(method="GET", url=url, purpose=purpose, query=(*login.items(), *pairs))
        return Request(
            method="POST",
            url=url,
            purpose=purpose,
            headers={"content-type": "application/x-www-form-urlencoded"},
            body=form.encode(),
        )

    def _refusal(self, words: str, purpose: str, key: str, effect: Effect) -> OrderctlError:
        """Return the error that a box's words mean; words that nobody has listed leave a write unknown."""
        folded = words.strip().casefold()
        message = f"{purpose}: OneBox says {words.strip()!r}" if folded else f"{purpose}: OneBox says no, and not why"
        if folded in MESSAGES:
            kind, hint = MESSAGES[folded]
            code = {"order is already!": "vendor.duplicate", "please create finance account": "vendor.not_configured"}
            hint = hint.format(profile=self.profile.name, key=shlex.quote(key))
            return kind(message, hint=hint, code=code.get(folded, ""))
        if any(number in words for number in PHONE_TAKEN) or "phone already registered" in folded:
            return Conflict(
                message,
                hint="the phone belongs to another contact of the box: leave out --phone and give --email",
                code="vendor.phone_taken",
            )
        return (
            _unknown(message, "") if effect is Effect.WRITE else Refused(message, hint="see what the vendor says of it")
        )

    def _duplicate(self, reference: str, error: Conflict) -> Conflict:
        """Return the error for a reference that exists, with the id of its order where it can be read."""
        found = self._after_refusal(reference)
        known = f"as order {found.id}" if found else "at the box"
        return Conflict(
            f"reference {reference!r} exists already {known}; no second order was made",
            hint=error.hint,
            code=error.code,
        )

    def _after_refusal(self, reference: str) -> Order | None:
        try:
            return self.find(reference)
        except OrderctlError:
            return None

    def _made_without_id(self, reference: str, purpose: str) -> Order:
        """Return the order that the box accepted without telling its id."""
        found = self._after_refusal(reference)
        if found is None:
            raise _unknown(purpose, "the box said ok without an id, and the order cannot be found")
        return found

    def _orders(self, answer: Any, purpose: str) -> list[Order]:
        raw = rows(answer)
        if raw is None:
            raise self._nonsense(answer, purpose)
        found = []
        for row in raw:
            try:
                found.append(decode(row, self.profile))
            except (AttributeError, TypeError, ValueError):
                continue
        return found

    def _nonsense(self, answer: Any, purpose: str) -> BadAnswer:
        return nonsense(json.dumps(answer, default=str).encode(), vendor="OneBox", why=f"no orders to {purpose!r}")

    def _check_lines(self, order_id: str, wanted: tuple[DraftLine, ...]) -> None:
        """Raise OutcomeUnknown, with the command that mends it, unless the order now has the wanted lines."""
        try:
            have = Counter(_shape(line.name, line.quantity, line.unit_price) for line in self.get(order_id).lines)
        except OrderctlError as error:
            raise OutcomeUnknown(
                f"the lines of order {order_id!r} were replaced, but cannot be read back: {error.message}",
                hint=f"look at them: orderctl lines {shlex.quote(order_id)} -p {self.profile.name}",
            ) from error
        missing = []
        for line in wanted:
            name = line.name if line.name is not None else line.sku
            match = next((h for h in have if have[h] and _same(h, name, line)), None)
            if match is None:
                missing.append(line)
            else:
                have[match] -= 1
        if missing:
            options = " ".join(f"--line {shlex.quote(_as_option(line))}" for line in missing)
            raise OutcomeUnknown(
                f"order {order_id!r} lacks {len(missing)} of the {len(wanted)} lines that should have replaced the old ones",
                hint=f"add them: orderctl update {shlex.quote(order_id)} -p {self.profile.name} {options}",
                code="order.lines_lost",
            )


def _unknown(purpose: str, why: str) -> OutcomeUnknown:
    because = f": {why}" if why else ""
    return OutcomeUnknown(
        f"{purpose}{because}; it may or may not have been applied",
        hint="it is not sent again by itself; look at the box before you repeat it",
    )


def _shape(
    name: str | None, quantity: Decimal | None, price: Decimal | None
) -> tuple[str | None, Decimal | None, Decimal | None]:
    return name, quantity, price


def _same(have: tuple[str | None, Decimal | None, Decimal | None], name: str | None, line: DraftLine) -> bool:
    """Return whether a line that came back is the one that was sent, in what was sent and comes back."""
    named = line.name is None or have[0] == name
    return named and line.quantity in (None, have[1]) and line.price in (None, have[2])


def _as_option(line: DraftLine) -> str:
    parts = {"sku": line.sku, "id": line.id, "name": line.name, "quantity": line.quantity, "price": line.price}
    parts |= {key: setting.value for key, setting in line.set.items()}
    return json.dumps({k: str(v) for k, v in parts.items() if v is not None}, ensure_ascii=False)


def _flat(words: Any) -> str:
    if isinstance(words, Mapping):
        words = list(words.values())
    if isinstance(words, list):
        return "; ".join(_flat(w) for w in words)
    return "" if words is None or isinstance(words, bool) else str(words)


def _items(value: Any) -> list[Any]:
    """Return PHP's idea of an array: a list, or an object with numbers for keys."""
    if isinstance(value, Mapping):
        return list(value.values())
    return value if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    if value is None or value == "" or isinstance(value, list | Mapping):
        return None
    if isinstance(value, bool):
        return "1" if value else "0"
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _take(rest: dict[str, Any], key: str, read: Any) -> Any:
    """Take a value out of `rest`; what cannot be read stays in it."""
    value = rest.get(key)
    if value in (None, ""):
        rest.pop(key, None)
        return None
    try:
        result = read(value)
    except (ArithmeticError, TypeError, ValueError):
        return None
    del rest[key]
    return result


def _decimal(value: Any) -> Decimal:
    if isinstance(value, list | Mapping):
        raise TypeError
    return parse_decimal(value)


def _time(value: Any, zone: dt.tzinfo) -> Moment | None:
    """Return a box-local time in UTC: seconds, and the hour's leading zero, may be missing; zeros mean none."""
    text = str(value).strip().replace("T", " ")
    if text.startswith("0000-00-00"):
        return None
    day, _, clock = text.partition(" ")
    date = dt.date.fromisoformat(day)
    if not clock:
        return date
    parts = [int(float(p)) for p in clock.split(":")]
    hour, minute, second = (*parts, 0, 0)[:3]
    moment = dt.datetime.combine(date, dt.time(hour, minute, second), tzinfo=zone)
    return moment.astimezone(dt.UTC)


def _status(word: str | None, profile: Profile) -> Status:
    """Return our word for a box's status: the profile's own mapping first."""
    if word is None:
        return Status.UNKNOWN
    mapped = {k.casefold(): v for k, v in profile.statuses.items()}
    return mapped.get(word.casefold()) or STATUSES.get(word.casefold(), Status.UNKNOWN)


def connect(connection: Connection) -> Backend:
    """Open a connection to the box of a profile."""
    return OneBox(VENDOR, connection)


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
        Secret(name="login", note="login of the API user"),
        Secret(name="password", note="the hash for the API that the vendor's support issued (32 characters)"),
        Secret(name="supplierhash", note="supplier key; shows only that supplier's orders", required=False),
    ),
    capabilities=frozenset(set(Capability) - {Capability.FIELDS}),
    refusals={Capability.FIELDS: "its parameters are fixed: orderctl schema onebox create"},
    duplicates=Duplicates.REFUSED,
    fields=FIELDS,
    statuses=STATUSES,
    comment_kinds=COMMENT_KINDS,
    filters=frozenset({"changed_since", "customer", "reference", "since", "status"}),
    answered=frozenset({"since", "status", "until"}),
    free_filters=("contact", "custom_", "customorder_", "customuser_"),
    page_size=PART,
    attachments="links only: --file https://…",
    limits=(
        "more than 900 values in one order go as JSON",
        "no upper bound on a list's dates: --until is applied here",
    ),
    cancel_deletes=True,
    busy_wait=BUSY_WAIT,
    example=OrderDraft(
        reference="1333",
        title="Order from my store",
        note="made an advance payment",
        customer=Customer(
            code="31333", name="Vasiliy", email="vasyas33@test.ru", phone="+380639370442", address="Kiev"
        ),
        currency="UAH",
        paid=True,
        lines=(
            DraftLine(id="100500", name="Test GOODS1", quantity=Decimal(1), price=Decimal(102)),
            DraftLine(id="123131", name="New testoviy produkt2", quantity=Decimal(2), price=Decimal(122)),
        ),
        set={"clientnamelast": Setting(value="Ivanov"), "source": Setting(value="my store")},
    ),
    sandbox_secrets={"login": "sandbox", "password": "sandbox"},
    check=check,
    check_query=check_query,
    raw_reads=raw_reads,
    connect=connect,
)
