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
from orderctl.backend.call import Meaning, Verdict, decoded
from orderctl.backend.contract import Backend
from orderctl.backend.fields import page_number, settings, translate, translate_move, translate_query
from orderctl.backend.prepared import Part, Prepared, Seen, filled
from orderctl.backend.readback import check_lines
from orderctl.backend.tolerant import as_decimal, as_moment, as_text, items, one_line, readable, status_of, take
from orderctl.backend.vendor import Capability, Duplicates, Field, Kind, Option, Profile, Secret, Vendor
from orderctl.frozen import replace
from orderctl.http import Reply, Request, unknown
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
MESSAGES: Mapping[str, tuple[Meaning, str, str]] = {
    "bad user level!": (Meaning.PERMISSION, "", "the login needs level 2 (employee) or higher; ask the box's administrator"),
    "clientnamefirst_empty": (Meaning.REFUSED, "", "this box needs a first name: --customer-name NAME"),
    "clientphone_and_clientemail_empty": (Meaning.REFUSED, "", "give --phone or --email"),
    "login or password not correct!": (Meaning.LOGIN, "", _LOG_IN),
    "login_empty": (Meaning.LOGIN, "", _LOG_IN),
    "not workflow by name": (Meaning.REFUSED, "", "check --set workflowname= against the box's business processes"),
    "not workflow status by name": (Meaning.REFUSED, "", "statuses are spelled as the box shows them (orderctl list -p {profile}); --set workflowname= names another workflow"),
    "order is already!": (Meaning.EXISTS, "vendor.duplicate", "look at it: orderctl list -p {profile}"),
    "order with this code does not found!": (Meaning.NOT_FOUND, "", "look for it: orderctl list -p {profile}"),
    "orderid_empty": (Meaning.REFUSED, "", "name the order's id or reference"),
    "password_empty": (Meaning.LOGIN, "", _LOG_IN),
    "please create finance account": (Meaning.REFUSED, "vendor.not_configured", "the box has no finance account; leave out --paid, or let it be made"),
    "#12903": (Meaning.CONFLICT, "vendor.phone_taken", _OTHER_PHONE),
    "#4765": (Meaning.CONFLICT, "vendor.phone_taken", _OTHER_PHONE),
    "phone already registered": (Meaning.CONFLICT, "vendor.phone_taken", _OTHER_PHONE),
}
"""What a box says of a failure, lower case: what it means, its code and what to do next. The last three are parts of a text."""

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


def prepare(verb: str, subject: model.Subject, profile: Profile) -> Prepared:
    """Return a write in the box's own parameters, as text, with what is wrong with it and what is worth a warning."""
    if isinstance(subject, model.Cancellation):
        return Prepared(verb=verb, subject=subject)
    if isinstance(subject, model.Move):
        values, problems = encode_push(subject, profile)
        if not {"statusname", "statusid"} & values.keys() and not problems:
            problems = [errors.Problem("--to", "name the status to push to: --to STATUS, or --set statusid=ID")]
        content = in_text(values, profile.zone)
        return Prepared(verb=verb, content=content, problems=tuple(problems), subject=subject)
    values, problems = encode(verb, subject, profile)
    warnings = []
    if verb == "create":
        if not values.get("clientphone") and not values.get("clientemail"):
            problems.append(errors.Problem("--phone", "OneBox needs a phone or an email", subject.row))
        if not values.get("clientnamefirst"):
            warnings.append("no first name (--customer-name): some boxes refuse such an order")
        if "documentpdf" in values and "documenttemplateid" not in values:
            warnings.append("documentpdf is used only together with documenttemplateid")
    return Prepared(
        verb=verb,
        content=in_text(values, profile.zone),
        reference=subject.reference,
        row=subject.row,
        lines=len(subject.lines),
        problems=tuple(problems),
        warnings=tuple(warnings),
        subject=subject,
    )


def parts(prepared: Prepared, seen: Seen, _profile: Profile) -> tuple[Part, ...]:
    """Return the one request of a write."""
    if prepared.verb == "create":
        return (Part(purpose=f"create order {prepared.reference!r}", call="add", values=prepared.content),)
    purpose = f"{prepared.verb} order {seen.order_id!r}"
    if prepared.verb == "push":
        purpose += f" to {prepared.content.get('statusname') or prepared.content.get('statusid')}"
    call = "delete" if prepared.verb == "cancel" else "update"
    return (Part(purpose=purpose, call=call, values={"orderid": seen.id, **prepared.content}),)


def check_query(query: model.Query, profile: Profile) -> tuple[errors.Problem, ...]:
    """Return what is wrong with a list's filters."""
    return tuple(encode_query(query, profile)[1])


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


def answered(answer: Any) -> tuple[bool | None, str]:
    """Return whether an answer says ok (None: it does not say) and the vendor's words, as one text.

    Boxes say `result` and `errors`; the vendor's page says `status` and `message`. Both are read.

    >>> answered({"result": "fail", "errors": ["login_empty"]}), answered({"status": "ok", "message": "82806"})
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
    if not answer or (answered(answer)[0] and answer.keys() <= {"message", "result", "status"}):
        return []
    rest = [v for k, v in answer.items() if k not in {"result", "status"}]
    return rest if rest and all(isinstance(v, Mapping) for v in rest) else None


def listed(message: str, profile: str) -> Verdict | None:
    """Return what a box's message means by the table, None for one that nobody has listed."""
    folded = message.casefold()
    for known, (meaning, code, hint) in MESSAGES.items():
        if known in folded.split("; ") or (code == "vendor.phone_taken" and known in folded):
            return Verdict(meaning=meaning, message=message, code=code, hint=hint.format(profile=profile))
    return None


def verdict(answer: Any, call: str, profile: str) -> Verdict:
    """Return what a box's answer means."""
    ok, message = answered(answer)
    if ok is False:
        return listed(message, profile) or Verdict(meaning=Meaning.NO, message=message)
    if call in READS and ok is None:
        return Verdict(meaning=Meaning.DONE, value=answer)
    if not ok:
        return Verdict(meaning=Meaning.UNKNOWN if message else Meaning.NOTHING, message=message)
    if call == "add":
        ids = (made_id(answer.get(key)) for key in ("orderId", "orderid", "order_id", "message"))
        return Verdict(meaning=Meaning.DONE, message=message, value=next((i for i in ids if i), None))
    return Verdict(meaning=Meaning.DONE, message=message, value=answer if call in READS else None)


def _spoilt(values: Mapping[str, Any]) -> bool:
    """Return whether PHP would rewrite one of the names in a form: a dot, a space or a bracket of our own."""
    lines = values.get("productArray", ())
    inner = (name for line in lines for name in line)
    return any(c in name for name in values for c in " .[]") or any(c in name for name in inner for c in "[]")


class OneBox(Backend):
    """An open connection to one box."""

    def request(self, part: Part, answers: Mapping[str, str]) -> Request:
        """Return the request for a call, in the profile's style, or one that holds more where it must."""
        call, values = part.call, filled(part.values, answers)
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
        """Read replaced lines back, since the box may delete after it added."""
        if prepared.verb == "update" and prepared.change.replace_lines:
            again = self.command("update", order_id)
            check_lines(order_id, prepared.change, lambda: self._get(order_id, {}).lines, again=again)
        return model.Receipt(id=order_id, message="deleted at the vendor" if prepared.verb == "cancel" else "")

    def refused(self, part: Part, verdict: Verdict, seen: Seen) -> model.Receipt | None:
        """Look whether an order was made although the box has no account to put its payment in."""
        if verdict.code != "vendor.not_configured":
            return None
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
        orders, unread = readable(found, lambda row: decode(row, self.profile), f"part {part}")
        return model.Page(orders=orders, next=str(part + 1) if len(found) >= PART else None, errors=unread)

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
        answer = self._call("comments", {"id": order_id, **({"type": list(kinds)} if kinds else {})}, purpose)
        found = self._rows(answer, purpose)
        comments = [decode_comment(c, self.profile) for c in found if isinstance(c, Mapping)]
        if all(isinstance(c.created_at, dt.datetime) for c in comments):
            comments.sort(key=lambda c: str(c.created_at))
        return tuple(comments)

    def raw(
        self, method: str, path: str, *, params: tuple[tuple[str, str], ...], body: bytes | None, content_type: str
    ) -> Request:
        """Return a call of the caller's own: the login is in the query beside a body, else with the parameters."""
        pairs = (*((n, self.connection.secrets[n]) for n in ("login", "password")), *params)
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
            f"the id of order {order.id} is the reference of another order, and its reference is no name of its own"
            f" ({', '.join(sorted(others))}); nothing was changed",
            hint="OneBox takes an id and a reference in one place; change the reference of the other order at OneBox",
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
    prepare=prepare,
    parts=parts,
    check_query=check_query,
    raw_reads=raw_reads,
    backend=OneBox,
)
