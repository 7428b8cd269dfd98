"""OneBox (1b.app, WebProduction BOX), orders API v1: a CRM whose orders are processes in a workflow.

Protocol: /api/orders/{add,update,delete,get}/ and /api/order/comments/get/, parameters as a form, in the query or as a
JSON body, arrays in PHP's notation; JSON answers. Authentication: login and password (a hash that the vendor issues,
sent as it is) with every call. Source: the vendor's page "API Orders"; where real boxes behave otherwise, they win.

Oddities: failures are HTTP 200 with `errors`; a second add of an `ordercode` is refused; `orderid` takes a box id or an
ordercode; update's productArray appends, and spells `suplierid` what add spells `supplierid`; answers lack the SKU, a
line's currency, comments and whether it is paid; times are the box's own, without a zone; PHP drops a form's variables
beyond 1,000; the only upper bound on a list is applied here.
"""
# ruff: noqa: E501  (the tables have a row a line)

import datetime as dt
import json
import shlex
from collections.abc import Mapping
from contextlib import suppress
from decimal import Decimal
from typing import Any

from orderctl import errors, model
from orderctl.backend.contract import Backend
from orderctl.backend.fields import page_number, settings, translate, translate_move, translate_query
from orderctl.backend.pages import mark
from orderctl.backend.readback import check_lines, made
from orderctl.backend.tolerant import as_decimal, as_moment, as_text, items, one_line, readable, status_of, take
from orderctl.backend.vendor import Capability, Checked, Duplicates, Field, Kind, Option, Profile, Secret, Vendor
from orderctl.frozen import replace
from orderctl.http import Effect, Reply, Request, decoded, problem, unknown
from orderctl.http.wire import nonsense, php, read_json, write_form, write_json

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

READS = frozenset({"comments", "get"})

COMMENT_KINDS = ("call", "change", "comment", "commentresult", "email", "notify")

STATUSES = {
    "canceled": model.Status.CANCELLED,
    "cancelled": model.Status.CANCELLED,
    "closed": model.Status.COMPLETED,
    "completed": model.Status.COMPLETED,
    "delivered": model.Status.COMPLETED,
    "done": model.Status.COMPLETED,
    "in progress": model.Status.IN_PROGRESS,
    "new": model.Status.OPEN,
    "open": model.Status.OPEN,
}
"""A box names its own statuses; these are the plain English ones, the rest a profile maps under [statuses]."""

_LOG_IN = "log in again: orderctl auth login -p {profile}"
_OTHER_PHONE = "the phone belongs to another contact of the box: leave out --phone and give --email"

# fmt: off
MESSAGES: Mapping[str, tuple[type[errors.OrderctlError], str, str]] = {
    "bad user level!": (errors.PermissionDenied, "", "the login needs level 2 (employee) or higher; ask the box's administrator"),
    "clientnamefirst_empty": (errors.Refused, "", "this box wants a first name: --customer-name NAME"),
    "clientphone_and_clientemail_empty": (errors.Refused, "", "give --phone or --email"),
    "login or password not correct!": (errors.LoginRefused, "", _LOG_IN),
    "login_empty": (errors.LoginRefused, "", _LOG_IN),
    "not workflow by name": (errors.Refused, "", "check --set workflowname= against the box's business processes"),
    "not workflow status by name": (errors.Refused, "", "statuses are spelled as the box shows them (orderctl list -p {profile}); --set workflowname= names another workflow"),
    "order is already!": (errors.Conflict, "vendor.duplicate", "look at it: orderctl get -p {profile} --reference {key}"),
    "order with this code does not found!": (errors.NotFound, "", "look for it: orderctl list -p {profile}"),
    "orderid_empty": (errors.Refused, "", "name the order's id or reference"),
    "password_empty": (errors.LoginRefused, "", _LOG_IN),
    "please create finance account": (errors.Refused, "vendor.not_configured", "the box has no finance account; leave out --paid, or let it be made"),
    "#12903": (errors.Conflict, "vendor.phone_taken", _OTHER_PHONE),
    "#4765": (errors.Conflict, "vendor.phone_taken", _OTHER_PHONE),
    "phone already registered": (errors.Conflict, "vendor.phone_taken", _OTHER_PHONE),
}
"""What a box says of a failure, lower case: its class, code and what to do next. The last three are parts of a text."""

TEXT, INT, DECIMAL, BOOL, TIME = Kind.TEXT, Kind.INT, Kind.DECIMAL, Kind.BOOL, Kind.DATETIME

_ORDER: tuple[tuple[str, str, Kind, str, str, str], ...] = (
    # add's name, update's name ("" where it has none), kind, note, common word, how answers or other clients spell it
    ("ordercode", "", TEXT, "your own order number, unique in the box", "reference", ""),
    ("workflowname", "workflowname", TEXT, "business process by name; a new order's is the box's default without one", "", ""),
    ("statusname", "statusname", TEXT, "status by name; a new order's is the start status without one", "status", ""),
    ("source", "", TEXT, "sales channel", "", ""),
    ("cdate", "", TIME, "when the order was placed", "", ""),
    ("name", "name", TEXT, "title", "title", "ordername"),
    ("clientcode", "clientcode", TEXT, "customer's id in your system", "customer.code", ""),
    ("clientnamefirst", "clientname", TEXT, "customer's first name", "customer.name", ""),
    ("clientnamelast", "clientnamelast", TEXT, "customer's last name", "", ""),
    ("clientnamemiddle", "clientnamemiddle", TEXT, "customer's middle name", "", ""),
    ("clientphone", "clientphone", TEXT, "phone, best as 380XXXXXXXXX; a new order needs a phone or an email", "customer.phone", ""),
    ("clientemail", "clientemail", TEXT, "email; a new order needs a phone or an email", "customer.email", ""),
    ("clientaddress", "", TEXT, "address in one line", "customer.address", ""),
    ("managercode", "", TEXT, "manager's id in your system", "", ""),
    ("managername", "", TEXT, "manager's name", "", ""),
    ("managerphone", "", TEXT, "manager's phone", "", ""),
    ("manageremail", "", TEXT, "manager's email", "", ""),
    ("comments", "comments", TEXT, "note on the order", "note", ""),
    ("deliveryid", "deliveryid", INT, "delivery method's id", "", "deliveriID"),
    ("deliverynote", "deliverynote", TEXT, "delivery remark", "", "deliverinote"),
    ("sum", "sum", DECIMAL, "order amount; new lines of an update recompute it", "total", ""),
    ("payed", "payed", BOOL, "whether it is paid", "paid", "paid"),
    ("productArray", "productArray", Kind.LINES, "order lines (--line); an update adds them", "", "products"),
    ("workflowid", "workflowid", INT, "business process by id", "", ""),
    ("statusid", "statusid", INT, "status by id", "", ""),
    ("type", "", TEXT, "process type, where no process is named", "", ""),
    *((f"utm_{k}", "", TEXT, "UTM label", "", "") for k in ("date", "campaign", "source", "content", "referrer", "medium", "term")),
    ("", "utm_{key}", TEXT, "UTM label", "", ""),
    ("custom_{key}", "customorder_{key}", TEXT, "extra field of the order; one of type File takes a link", "", ""),
    ("customuser_{key}", "customuser_{key}", TEXT, "extra field of the customer; one of type File takes a link", "", ""),
    ("dateto", "", TIME, "planned date", "due", ""),
    ("deliveryprice", "", DECIMAL, "delivery cost", "", "deliveriprice"),
    ("discountid", "", INT, "discount's id in the box", "", ""),
    ("discountname", "", TEXT, "discount's name in the box", "", ""),
    ("discountsum", "", DECIMAL, "discount amount", "", ""),
    ("contractorid", "", INT, "seller's legal entity", "", ""),
    ("paymentid", "paymentid", INT, "payment method's id", "", ""),
    ("paymentname", "", TEXT, "payment method's name", "", ""),
    ("country", "country", TEXT, "address", "", ""),
    ("region", "region", TEXT, "address: region", "", ""),
    ("district", "district", TEXT, "address: district", "", ""),
    ("city", "city", TEXT, "address: town", "", ""),
    ("street", "street", TEXT, "address: street", "", ""),
    ("street_number", "street_number", TEXT, "address: house number", "", ""),
    ("apartment", "apartment", TEXT, "address: flat", "", ""),
    ("currencyrate_{key}", "", DECIMAL, "exchange rate; key is the currency", "", ""),
    ("documenttemplateid", "", INT, "make a document from this template afterwards", "", ""),
    ("documentpdf", "", Kind.BASE64, "that document's PDF: documentpdf=@FILE; with documenttemplateid", "", ""),
    ("typesex", "clienttypesex", TEXT, "customer's contact type, name or key", "", ""),
    ("parentid", "", INT, "parent process", "", ""),
    ("company", "clientcompany", TEXT, "customer's company", "", ""),
    ("files", "files", Kind.LINKS, "links that the box downloads into the description", "", "file"),
    ("restoreSource", "", BOOL, "bring a deleted sales channel back", "", ""),
    ("", "clientexternalid", TEXT, "customer's external id", "", ""),
    ("", "searchclient", BOOL, "look the customer up by phone and email", "", ""),
    ("", "novaposhtadeliverynote", TEXT, "Nova Poshta waybill number", "", ""),
    ("", "novaposhtaredeliverynote", TEXT, "Nova Poshta return waybill number", "", ""),
)
_LINE: tuple[tuple[str, str, Kind, str, str, str], ...] = (
    ("id", "id", INT, "product id in the box", "id", "productid"),
    ("code1c", "code1c", TEXT, "product id in your system", "", ""),
    ("articul", "articul", TEXT, "SKU", "sku", ""),
    ("name", "name", TEXT, "product name", "name", ""),
    ("price", "price", DECIMAL, "price of one unit", "price", ""),
    ("count", "count", DECIMAL, "quantity", "quantity", ""),
    ("currency", "currency", TEXT, "UAH, RUB, USD, EUR, …", "order.currency", ""),
    ("custom_{key}", "custom_{key}", TEXT, "extra field of the line", "", ""),
    ("discount_percent", "", DECIMAL, "discount on the line, per cent", "", ""),
    ("supplierid", "suplierid", INT, "supplier's id in the box", "", ""),
    ("suppliercode1c", "supliercode1c", TEXT, "supplier's external id", "", ""),
    ("", "storagecode1c", TEXT, "external id of the warehouse to reserve in", "", ""),
    ("", "storagefromcode1c", TEXT, "reserve only what is now in this warehouse", "", ""),
)
_LOGIN = (
    Field("login", note="API user", reserved=True, instead="the login comes from: orderctl auth login"),
    Field("password", note="hash that the vendor issued", reserved=True, instead="it comes from: orderctl auth login"),
)
_ORDER_ID = Field("orderid", note="box id or ordercode", reserved=True, instead="name the order as the command's ID")
_FROM_BODY = Field("dataFromBody", BOOL, "parameters as JSON", reserved=True, instead='set request = "json" in the profile')
_SUPPLIER = Field("supplierhash", note="supplier key", reserved=True, instead="it comes from: orderctl auth login")
_ANSWERS = (
    Field("sumoutbonuse", BOOL, "also return bonuses spent"),
    Field("suminbonuse", BOOL, "also return bonuses earned"),
    Field("getcomments", BOOL, "also return the comments"),
    Field("unescapedunicode", BOOL, "answer without \\u escapes"),
    Field("getnovaposhtastatus", BOOL, "also return Nova Poshta waybill statuses"),
)
_RETURNED = (
    "clientaddress", "clientemail", "clientname", "clientphone", "contractorid", "contractorname", "currency", "deliveriID",
    "deliverinote", "deliveriprice", "managerid", "managername", "managerrole", "ordername", "ordernumber", "sum", "sumbase",
)


def _fields(table: tuple[tuple[str, str, Kind, str, str, str], ...], call: int) -> tuple[Field, ...]:
    """Return the fields of add (0) or update (1); the other call's spelling is an alias."""
    return tuple(
        Field(row[call], row[2], row[3], word=row[4], required=row[0] == "ordercode",
              aliases=tuple(a for a in (row[1 - call], row[5]) if a and a != row[call]))
        for row in table if row[call]
    )


FIELDS: Mapping[str, tuple[Field, ...]] = {
    "create": (*_LOGIN, *_fields(_ORDER, 0), _FROM_BODY),
    "create.line": _fields(_LINE, 0),
    "update": (
        *_LOGIN, _ORDER_ID, *_fields(_ORDER, 1), _FROM_BODY,
        Field("novaposhtaServiceType", note="Nova Poshta delivery, from-to",
              choices=("DoorsDoors", "DoorsWarehouse", "WarehouseDoors", "WarehouseWarehouse")),
        Field("deleteproducts", BOOL, "remove all lines", reserved=True, instead="use --replace-lines"),
        Field("clientaddress", note="only when created", word="customer.address", reserved=True,
              instead="an update takes the address in parts: --set country= city= street= street_number= apartment="),
    ),
    "update.line": _fields(_LINE, 1),
    "push": (
        Field("workflowname", note="business process of the status, where several have it"),
        Field("statusname", note="status by name", word="to"),
        Field("workflowid", INT, "business process by id"),
        Field("statusid", INT, "status by id"),
    ),
    "cancel": (*_LOGIN, _ORDER_ID),
    "get": (*_LOGIN, _SUPPLIER, _ORDER_ID, *_ANSWERS),
    "list": (
        *_LOGIN, _SUPPLIER,
        Field("workflowname", note="business process by name"),
        Field("workflowid", note="business process by id"),
        Field("type", note="process type"),
        Field("statusname", note="status by name", word="status"),
        Field("statusid", note="status by id"),
        Field("cdate", TIME, "created at or after", word="since"),
        Field("udate", TIME, "changed at or after", word="changed_since"),
        Field("clientId", note="customer's id in the box"),
        Field("clientcode", note="customer's code", word="customer"),
        Field("typesex", note="customer's contact type", aliases=("clienttypesex",)),
        Field("customorder_{key}", note="extra field of the order; _from and _to for ranges", aliases=("custom_{key}",)),
        Field("customuser_{key}", note="extra field of the customer; _from and _to for ranges"),
        Field("part", INT, "page", reserved=True, instead="pages are read for you: --limit, --all, --after"),
        *_ANSWERS,
        *(Field(name, note="equal to this returned field") for name in _RETURNED),
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
# fmt: on


def check(verb: str, subject: model.OrderDraft | model.OrderChange | model.Move, profile: Profile) -> Checked:
    """Return what is wrong with a create, an update or a push, and what is worth a warning, before it is sent."""
    if isinstance(subject, model.Move):
        values, problems = encode_push(subject, profile)
        if not {"statusname", "statusid"} & values.keys() and not problems:
            problems = [errors.Problem("--to", "name the status to push to: --to STATUS, or --set statusid=ID")]
        return Checked(tuple(problems))
    values, problems = encode(verb, subject, profile)
    warnings = []
    if verb == "create":
        if not values.get("clientphone") and not values.get("clientemail"):
            problems.append(errors.Problem("--phone", "OneBox needs a phone or an email", subject.row))
        if not values.get("clientnamefirst"):
            warnings.append("no first name (--customer-name): some boxes refuse such an order")
        if "documentpdf" in values and "documenttemplateid" not in values:
            warnings.append("documentpdf is used only together with documenttemplateid")
    return Checked(tuple(problems), tuple(warnings))


def check_query(query: model.Query, profile: Profile) -> Checked:
    """Return what is wrong with a list's filters."""
    return Checked(tuple(encode_query(query, profile)[1]))


def encode(verb: str, draft: model.OrderDraft, profile: Profile) -> tuple[dict[str, Any], list[errors.Problem]]:
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
        problems.append(
            errors.Problem("--currency", "OneBox keeps the currency with each line; give a --line", draft.row)
        )
    files = {"files": model.Setting(value=list(draft.files))} if draft.files else {}
    links, wrong = settings(FIELDS[verb], files, place="--file", zone=profile.zone)
    problems += wrong
    found = [*values.pop("files", []), *links.get("files", [])]
    if found:
        values["files"] = found if len(found) > 1 else found[0]
    for name in ("cdate", "dateto"):
        if type(values.get(name)) is dt.date:
            values[name] = f"{values[name]} 00:00:00"
    if result.lines:
        values["productArray"] = result.lines
    if isinstance(draft, model.OrderChange) and draft.replace_lines:
        values["deleteproducts"] = True
    return values, problems


def encode_push(move: model.Move, profile: Profile) -> tuple[dict[str, Any], list[errors.Problem]]:
    """Return the parameters that move an order to a status."""
    instead = "OneBox has no place for it; use --to STATUS"
    return translate_move(move, FIELDS["push"], instead=instead, zone=profile.zone)


def encode_query(query: model.Query, profile: Profile) -> tuple[dict[str, Any], list[errors.Problem]]:
    """Return a list's parameters, but for the part, and what is wrong with them. `until` is applied by the caller."""
    since = query.since and query.since.astimezone(profile.zone).date()
    values, problems = translate_query(
        query, FIELDS["list"], vendor="OneBox", zone=profile.zone, words={"since": since}
    )
    if _spoilt(values):
        problems.append(
            errors.Problem("--where", "PHP rewrites a name with a dot or a space, so the box would ignore it")
        )
    return values, problems


def in_text(value: Any, zone: dt.tzinfo) -> Any:
    """Return parameters as a box takes them: 1 or 0, plain decimals, box-local times.

    >>> in_text({"payed": True, "productArray": [{"count": Decimal("2.50")}]}, dt.UTC)
    {'payed': '1', 'productArray': [{'count': '2.50'}]}
    >>> in_text(dt.datetime(2015, 12, 15, 23, 11, tzinfo=dt.UTC), dt.UTC)
    '2015-12-15 23:11:00'
    """
    if isinstance(value, Mapping):
        return {name: in_text(v, zone) for name, v in value.items()}
    if isinstance(value, list):
        return [in_text(v, zone) for v in value]
    if isinstance(value, dt.datetime):
        return value.astimezone(zone).replace(tzinfo=None, microsecond=0).isoformat(" ")
    return value.isoformat() if isinstance(value, dt.date) else as_text(value)


def decode(raw: Mapping[str, Any], profile: Profile) -> model.Order:
    """Return an order from a box's answer; what is odd stays in `extra`. Raises ValueError for one without an id."""
    rest = dict(raw)
    order_id = take(rest, "orderid", as_text)
    if order_id is None:
        raise ValueError("an order without orderid")
    vendor_status = take(rest, "statusname", as_text)
    products = items(rest.get("products"))
    lines = [line for line in products if isinstance(line, dict)]
    if len(lines) == len(products):
        rest.pop("products", None)
    return model.Order(
        id=order_id,
        reference=take(rest, "ordercode", as_text),
        number=take(rest, "ordernumber", as_text),
        title=take(rest, "ordername", as_text),
        status=status_of(vendor_status, STATUSES, profile),
        vendor_status=vendor_status,
        steps=(model.Step(name=vendor_status),) if vendor_status else (),
        customer=model.Customer(
            id=take(rest, "clientId", as_text),
            code=take(rest, "clientcode", as_text),
            name=take(rest, "clientname", as_text),
            email=take(rest, "clientemail", as_text),
            phone=take(rest, "clientphone", as_text),
            address=take(rest, "clientaddress", as_text),
        ),
        lines=tuple([decode_line(line) for line in lines]),
        currency=take(rest, "currency", as_text),
        total=take(rest, "sum", as_decimal),
        created_at=take(rest, "cdate", lambda v: as_moment(v, profile.zone)),
        due_at=take(rest, "dateto", lambda v: as_moment(v, profile.zone)),
        extra=rest,
        raw=raw,
    )


def decode_line(raw: Mapping[str, Any]) -> model.OrderLine:
    """Return an order line from a box's answer; the id of a product that the box does not know is 0, so none."""
    rest = dict(raw)
    product = take(rest, "id", as_text)
    return model.OrderLine(
        id=product if product != "0" else None,
        name=take(rest, "name", as_text),
        quantity=take(rest, "count", as_decimal),
        unit_price=take(rest, "price", as_decimal),
        extra=rest,
    )


def decode_comment(raw: Mapping[str, Any], profile: Profile) -> model.Comment:
    """Return a comment from a box's answer."""
    rest = dict(raw)
    return model.Comment(
        id=take(rest, "id", as_text),
        created_at=take(rest, "cdate", lambda v: as_moment(v, profile.zone)),
        kind=take(rest, "type", as_text),
        text=take(rest, "content", as_text),
        author=take(rest, "username", as_text),
        extra=rest,
    )


def raw_reads(_method: str, path: str) -> bool:
    """Return whether a raw call only reads: the path tells, as a GET adds and deletes as well as a POST.

    >>> raw_reads("GET", "/api/orders/get/"), raw_reads("GET", "/api/orders/delete/")
    (True, False)
    """
    return path in {PATHS[call] for call in READS}


def said(answer: Any) -> tuple[bool | None, str]:
    """Return whether an answer says ok (None: it does not say) and the vendor's words, as one text.

    Boxes say `result` and `errors`; the vendor's page says `status` and `message`. Both are read.

    >>> said({"result": "fail", "errors": ["login_empty"]}), said({"status": "ok", "message": "82806"})
    ((False, 'login_empty'), (True, '82806'))
    """
    if not isinstance(answer, Mapping):
        return None, ""
    words = next((w for k in ("errors", "error", "message", "errorText") if (w := one_line(answer.get(k)))), "")
    for key in ("result", "status"):
        verdict = str(answer.get(key, ""))[:9].strip().lower()
        if verdict in {"ok", "1", "true"}:
            contradicted = one_line(answer.get("errors") or answer.get("error"))
            return (None, contradicted) if contradicted else (True, words)
        if verdict in {"fail", "0", "false", "error"}:
            return False, words
    return (False if answer.get("errors") or answer.get("error") else None), words


def made_id(value: Any) -> str | None:
    """Return the id of a new order, None for what cannot be one; `<id>` is what a dry run assumes.

    >>> made_id(82806), made_id("82806"), made_id(True), made_id([5]), made_id("0"), made_id(None)
    ('82806', '82806', None, None, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    told = str(value).strip()
    return told if told == "<id>" or (told.isascii() and told.strip("0").isdecimal() and len(told) <= 20) else None


def rows(answer: Any) -> list[Any] | None:
    """Return the orders, or comments, of an answer in whatever shape they came; None where there is no such shape.

    >>> rows({"order": {"orderid": 1}}), rows({"7": {"orderid": 7}}), rows({"result": "ok"}), rows({"message": "?"})
    ([{'orderid': 1}], [{'orderid': 7}], [], None)
    """
    if answer is None or isinstance(answer, list):
        return answer or []
    if not isinstance(answer, Mapping):
        return None
    if "orderid" in answer:
        return [answer]
    for key in ("orders", "order", "comments"):
        if key in answer:
            inner = answer[key]
            if isinstance(inner, Mapping) and "orderid" in inner:
                return [inner]
            return items(inner) if not inner or isinstance(inner, list | Mapping) else None
    if not answer or (said(answer)[0] and answer.keys() <= {"message", "result", "status"}):
        return []
    rest = [v for k, v in answer.items() if k not in {"result", "status"}]
    return rest if rest and all(isinstance(v, Mapping) for v in rest) else None


def refusal(words: str, purpose: str, *, profile: str, key: str) -> errors.OrderctlError | None:
    """Return the error that a box's words mean, None for words that nobody has listed."""
    parts = words.casefold().split("; ")
    for known, (kind, code, hint) in MESSAGES.items():
        if known in parts or (code == "vendor.phone_taken" and known in words.casefold()):
            hint = hint.format(profile=profile, key=shlex.quote(key))  # noqa: PLW2901  (the table's, filled in)
            return kind(f"{purpose}: OneBox says {words!r}", hint=hint, code=code)
    return None


def _spoilt(values: Mapping[str, Any]) -> bool:
    """Return whether PHP would rewrite one of the names in a form: a dot, a space or a bracket of our own."""
    lines = values.get("productArray", ())
    inner = (name for line in lines for name in line)
    return any(c in name for name in values for c in " .[]") or any(c in name for name in inner for c in "[]")


class OneBox(Backend):
    """An open connection to one box."""

    def create(self, draft: model.OrderDraft) -> model.Receipt:
        """Add an order. A box that says the reference exists is a Conflict that names the order."""
        reference = str(draft.reference)
        purpose = f"create order {reference!r}"
        values, _ = encode("create", draft, self.profile)
        try:
            answer = self._call("add", values, purpose, key=reference, assume={"result": "ok", "orderId": "<id>"})
        except errors.Conflict as error:
            if error.code != "vendor.duplicate":
                raise
            order_id = None
            with suppress(errors.OrderctlError):
                order_id = self._id_of(reference)
            raise self.taken(reference, order_id) from error
        except errors.Refused as error:
            if error.code != "vendor.not_configured":
                raise
            order_id = made(purpose, lambda: self._id_of(reference) or "", why=error.message)
            if not order_id:
                raise
            return model.Receipt(id=order_id, notes=(f"made, but not as paid: {error.message}; {error.hint}",))
        known = next((i for k in ("orderId", "orderid", "order_id", "message") if (i := made_id(answer.get(k)))), None)
        why = "the box says ok without an id"
        return model.Receipt(id=known or made(purpose, lambda: self._id_of(reference), why=why))

    def get(self, order_id: str, given: Mapping[str, model.Setting] = model.NOTHING) -> model.Order:
        """Return one order by its box id or its reference."""
        values, problems = settings(FIELDS["get"], given, zone=self.profile.zone)
        errors.refuse(problems)
        return self._get(order_id, values, assume={"orders": [{"orderid": order_id}]})

    def read(self, order_id: str) -> model.Order:
        """Return the order that a write to `order_id` would change: a number may be one's id and another's reference."""
        order = self.get(order_id)
        if order.reference == order_id or not order_id.isdecimal():
            return order
        try:
            other = self._look_up(order_id, assume={"orders": []})
        except errors.Conflict:
            return order  # the box filters nothing; what it gets is what it would change
        if other is not None and other.id != order.id:
            raise errors.Conflict(
                f"{order_id} is the id of one order and the reference of another ({other.id}); nothing was changed",
                hint=f"name the other one by its id {other.id}",
                code="order.ambiguous",
            )
        return order

    def find(self, reference: str) -> model.Order:
        """Return the order with exactly this ordercode."""
        found = self._look_up(reference)
        if found is None:
            raise self.not_found(reference)
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
        orders, unread = readable(found, lambda row: decode(row, self.profile), f"part {part}")
        following = str(part + 1) if len(found) >= PART else None
        return model.Page(orders=orders, next=following, errors=unread, mark=mark(found, "orderid"))

    def ping(self) -> None:
        """List the orders of a reference that nobody has."""
        with suppress(errors.NotFound):
            self._call("get", {"ordercode": "orderctl-login-check", "part": "1"}, "check the login")

    def update(self, order_id: str, change: model.OrderChange) -> model.Receipt:
        """Change an order; replaced lines are read back, since the box may delete after it added."""
        values, _ = encode("update", change, self.profile)
        purpose = f"update order {order_id!r}"
        try:
            self._call("update", {"orderid": order_id, **values}, purpose, key=order_id, assume={"result": "ok"})
        except errors.Refused as error:
            if error.code == "vendor.not_configured":  # nobody says whether the rest was done
                raise unknown(error.message, hint=error.hint) from error
            raise
        if change.replace_lines:
            again = self.command("update", order_id)
            check_lines(order_id, change, lambda: self._get(order_id, {}).lines, again=again)
        return model.Receipt(id=order_id)

    def cancel(self, order_id: str, reason: str | None) -> model.Receipt:
        """Delete an order for good."""
        self._call("delete", {"orderid": order_id}, f"cancel order {order_id!r}", key=order_id, assume={"result": "ok"})
        return model.Receipt(id=order_id, message="deleted at the vendor")

    def push(self, order_id: str, move: model.Move) -> model.Receipt:
        """Set an order's status."""
        values, _ = encode_push(move, self.profile)
        purpose = f"push order {order_id!r} to {move.to or values.get('statusid')}"
        self._call("update", {"orderid": order_id, **values}, purpose, key=order_id, assume={"result": "ok"})
        return model.Receipt(id=order_id)

    def lines(self, order_id: str) -> tuple[model.OrderLine, ...]:
        """Return the lines of one order."""
        return self.get(order_id).lines

    def steps(self, order_id: str) -> tuple[model.Step, ...]:
        """Return the order's status, the one step where it waits."""
        return self.get(order_id).steps

    def comments(self, order_id: str, kinds: tuple[str, ...]) -> tuple[model.Comment, ...]:
        """Return an order's comments; a number is taken for a box id first, then for a reference."""
        purpose = f"comments of order {order_id!r}"
        values = {"type": list(kinds)} if kinds else {}
        try:
            answer = self._call(
                "comments", {"id" if order_id.isdecimal() else "code": order_id, **values}, purpose, key=order_id
            )
        except errors.NotFound:
            if not order_id.isdecimal():
                raise
            answer = self._call("comments", {"code": order_id, **values}, purpose, key=order_id)
        found = self._rows(answer, purpose)
        comments = [decode_comment(c, self.profile) for c in found if isinstance(c, Mapping)]
        if all(isinstance(c.created_at, dt.datetime) for c in comments):
            comments.sort(key=lambda c: str(c.created_at))
        return tuple(comments)

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
            body=body if in_query else write_form(pairs),
        )
        client = self.connection.client
        return client.read(request) if raw_reads(method, path) else client.write(request)

    def _call(self, call: str, values: Mapping[str, Any], purpose: str, *, key: str = "", assume: Any = None) -> Any:
        """Send one call and return its answer. Raises what the box's words, or else the status, mean."""
        request = self._request(call, in_text(values, self.profile.zone), purpose)
        effect = Effect.READ if call in READS else Effect.WRITE
        assumed = None if assume is None else json.dumps(assume).encode()
        reply = self.connection.client.send(request, effect, assume=assumed)
        answer = decoded(reply, request, effect, lambda body: read_json(body, vendor="OneBox"), wait=BUSY_WAIT)
        ok, words = said(answer)
        certain = reply.status < 500 or effect is Effect.READ
        failure = refusal(words, purpose, profile=self.profile.name, key=key) if ok is False and certain else None
        failure = failure or problem(reply, request, effect, words=words, wait=BUSY_WAIT)
        if failure is None and not ok:
            what = (
                f"{purpose}: OneBox says {words!r}" if words else f"{purpose}: OneBox says neither ok nor what is wrong"
            )
            if effect is Effect.WRITE:
                failure = unknown(what)
            elif ok is False:
                failure = errors.Refused(what, hint="see what the vendor says of it")
        if failure is not None:
            raise failure
        return answer

    def _request(self, call: str, values: dict[str, Any], purpose: str) -> Request:
        """Return the request for a call, in the profile's style, or one that holds more where it must."""
        names = ("login", "password", "supplierhash") if call == "get" else ("login", "password")
        login = [(n, self.connection.secrets[n]) for n in names if self.connection.secrets.get(n)]
        style = self.profile.settings.get("request", "form")
        pairs = list(php(values))
        form = write_form([*login, *pairs])
        too_long = style == "query" and len(form) > LONGEST_QUERY
        url = self.profile.url.rstrip("/") + PATHS[call]
        as_json = style == "json" or too_long or len(pairs) > MOST_VARIABLES or _spoilt(values)
        if as_json and call in {"add", "update"}:
            query = (*login, ("dataFromBody", "1"))
            headers, body = {"content-type": "application/json"}, write_json(values)
            return Request(method="POST", url=url, purpose=purpose, query=query, headers=headers, body=body)
        if style == "query" and not too_long:
            return Request(method="GET", url=url, purpose=purpose, query=(*login, *pairs))
        headers = {"content-type": "application/x-www-form-urlencoded"}
        return Request(method="POST", url=url, purpose=purpose, headers=headers, body=form)

    def _get(self, order_id: str, values: Mapping[str, Any], *, assume: Any = None) -> model.Order:
        purpose = f"get order {order_id!r}"
        answer = self._call("get", {"orderid": order_id, **values}, purpose, key=order_id, assume=assume)
        found = self._orders(answer, purpose)
        same = [order for order in found if order_id in (order.id, order.reference)]
        if len({order.id for order in same}) > 1:
            raise errors.Conflict(
                f"{order_id} is the id of one order and the reference of another ({', '.join(o.id for o in same)})",
                hint="name the order by an id that no other has as its reference",
                code="order.ambiguous",
            )
        if same:
            return same[0]
        if found:
            raise self.another(order_id, found[0].id)
        raise self.not_found(order_id)

    def _look_up(self, reference: str, *, assume: Any = None) -> model.Order | None:
        """Return the order with exactly this ordercode. Raises Conflict where the box cannot tell."""
        purpose = f"look for reference {reference!r}"
        try:
            answer = self._call("get", {"ordercode": reference, "part": "1"}, purpose, assume=assume)
            found = self._orders(answer, purpose)
            if found and all(order.reference != reference for order in found):
                found = (self.get(reference),)  # the box ignores the filter
        except errors.NotFound:
            return None
        for order in found:
            if order.reference == reference:
                return order
        if found:
            raise errors.Conflict(
                f"OneBox does not filter by ordercode, and {reference!r} is the id of another order",
                hint=f"look for it: {self.command('list', '--all')}",
                code="order.ambiguous",
            )
        return None

    def _id_of(self, reference: str) -> str | None:
        """Return the id of the order with exactly this ordercode, None where there is none. Raises as `_look_up`."""
        found = self._look_up(reference)
        return found.id if found else None

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
    answered=frozenset({"customer", "reference", "since", "status", "until"}),
    page_size=PART,
    attachments="links only: --file https://…",
    limits=(
        "more than 900 values in one order go as JSON",
        "no upper bound on a list's dates: --until is applied here",
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
    check=check,
    check_query=check_query,
    raw_reads=raw_reads,
    backend=OneBox,
)
