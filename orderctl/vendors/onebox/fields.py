"""What OneBox takes: the parameters of its calls, and how a write becomes them. Pure."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from orderctl import errors, model
from orderctl.backend.fields import settings, tables, translate, translate_move, translate_query
from orderctl.backend.prepared import Part, Prepared, Seen
from orderctl.backend.tolerant import as_text
from orderctl.backend.vendor import Field, Kind, Profile
from orderctl.frozen import replace

TEXT, INT, DECIMAL, BOOL, TIME = Kind.TEXT, Kind.INT, Kind.DECIMAL, Kind.BOOL, Kind.DATETIME

_Row = tuple[str, str, Kind, str, str, str] | tuple[str, str, Kind, str, str, str, bool]
"""A row of these tables: add's name, update's name ("" where it has none), kind, note, common word, how answers or
other clients spell it; True at its end where it is personal without a word.
"""

_ORDER: tuple[_Row, ...] = (
    ("ordercode", "", TEXT, "your own order number, unique in the box", "reference", ""),
    (
        "workflowname",
        "workflowname",
        TEXT,
        "business process by name; a new order's is the box's default without one",
        "",
        "",
    ),
    ("statusname", "statusname", TEXT, "status by name; a new order's is the start status without one", "status", ""),
    ("source", "", TEXT, "sales channel", "", ""),
    ("cdate", "", TIME, "when the order was placed", "", ""),
    ("name", "name", TEXT, "title", "title", "ordername"),
    ("clientcode", "clientcode", TEXT, "customer's id in your system", "customer.code", ""),
    ("clientnamefirst", "clientname", TEXT, "customer's first name", "customer.name", ""),
    ("clientnamelast", "clientnamelast", TEXT, "customer's last name", "", "", True),
    ("clientnamemiddle", "clientnamemiddle", TEXT, "customer's middle name", "", "", True),
    (
        "clientphone",
        "clientphone",
        TEXT,
        "phone, best as 380XXXXXXXXX; a new order needs a phone or an email",
        "customer.phone",
        "",
    ),
    ("clientemail", "clientemail", TEXT, "email; a new order needs a phone or an email", "customer.email", ""),
    ("clientaddress", "", TEXT, "address in one line", "customer.address", ""),
    ("managercode", "", TEXT, "manager's id in your system", "", ""),
    ("managername", "", TEXT, "manager's name", "", "", True),
    ("managerphone", "", TEXT, "manager's phone", "", "", True),
    ("manageremail", "", TEXT, "manager's email", "", "", True),
    ("comments", "comments", TEXT, "note on the order", "note", ""),
    ("deliveryid", "deliveryid", INT, "delivery method's id", "", "deliveriID"),
    ("deliverynote", "deliverynote", TEXT, "delivery remark", "", "deliverinote"),
    ("sum", "sum", DECIMAL, "order amount; new lines of an update recompute it", "total", ""),
    ("payed", "payed", BOOL, "whether it is paid", "paid", "paid"),
    ("productArray", "productArray", Kind.LINES, "order lines (--line); an update adds them", "", "products"),
    ("workflowid", "workflowid", INT, "business process by id", "", ""),
    ("statusid", "statusid", INT, "status by id", "", ""),
    ("type", "", TEXT, "process type, where no process is named", "", ""),
    *(
        (f"utm_{k}", "", TEXT, "UTM label", "", "")
        for k in ("date", "campaign", "source", "content", "referrer", "medium", "term")
    ),
    ("", "utm_{key}", TEXT, "UTM label", "", ""),
    ("custom_{key}", "customorder_{key}", TEXT, "extra field of the order; one of type File takes a link", "", ""),
    (
        "customuser_{key}",
        "customuser_{key}",
        TEXT,
        "extra field of the customer; one of type File takes a link",
        "",
        "",
        True,
    ),
    ("dateto", "", TIME, "planned date", "due", ""),
    ("deliveryprice", "", DECIMAL, "delivery cost", "", "deliveriprice"),
    ("discountid", "", INT, "discount's id in the box", "", ""),
    ("discountname", "", TEXT, "discount's name in the box", "", ""),
    ("discountsum", "", DECIMAL, "discount amount", "", ""),
    ("contractorid", "", INT, "seller's legal entity", "", ""),
    ("paymentid", "paymentid", INT, "payment method's id", "", ""),
    ("paymentname", "", TEXT, "payment method's name", "", ""),
    ("country", "country", TEXT, "address", "", "", True),
    ("region", "region", TEXT, "address: region", "", "", True),
    ("district", "district", TEXT, "address: district", "", "", True),
    ("city", "city", TEXT, "address: town", "", "", True),
    ("street", "street", TEXT, "address: street", "", "", True),
    ("street_number", "street_number", TEXT, "address: house number", "", "", True),
    ("apartment", "apartment", TEXT, "address: flat", "", "", True),
    ("currencyrate_{key}", "", DECIMAL, "exchange rate; key is the currency", "", ""),
    ("documenttemplateid", "", INT, "make a document from this template afterwards", "", ""),
    ("documentpdf", "", Kind.BASE64, "that document's PDF: documentpdf=@FILE; with documenttemplateid", "", ""),
    ("typesex", "clienttypesex", TEXT, "customer's contact type, name or key", "", ""),
    ("parentid", "", INT, "parent process", "", ""),
    ("company", "clientcompany", TEXT, "customer's company", "", "", True),
    ("files", "files", Kind.LINKS, "links that the box downloads into the description", "", "file"),
    ("restoreSource", "", BOOL, "bring a deleted sales channel back", "", ""),
    ("", "clientexternalid", TEXT, "customer's external id", "", ""),
    ("", "searchclient", BOOL, "look the customer up by phone and email", "", ""),
    ("", "novaposhtadeliverynote", TEXT, "Nova Poshta waybill number", "", ""),
    ("", "novaposhtaredeliverynote", TEXT, "Nova Poshta return waybill number", "", ""),
)
_LINE: tuple[_Row, ...] = (
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
_FROM_BODY = Field(
    "dataFromBody", BOOL, "parameters as JSON", reserved=True, instead='set request = "json" in the profile'
)
_SUPPLIER = Field("supplierhash", note="supplier key", reserved=True, instead="it comes from: orderctl auth login")
_ANSWERS = (
    Field("sumoutbonuse", BOOL, "also return bonuses spent"),
    Field("suminbonuse", BOOL, "also return bonuses earned"),
    Field("getcomments", BOOL, "also return the comments"),
    Field("unescapedunicode", BOOL, "answer without \\u escapes"),
    Field("getnovaposhtastatus", BOOL, "also return Nova Poshta waybill statuses"),
)
_RETURNED = (
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


_ADDED = "comments"
"""What an update adds to the order's comments, and an order does not show. Its lines are added too."""


def _fields(table: tuple[_Row, ...], call: int) -> tuple[Field, ...]:
    """Return the fields of add (0) or update (1); the other call's spelling is an alias."""
    return tuple(
        Field(
            row[:2][call],
            row[2],
            row[3],
            word=row[4],
            required=row[0] == "ordercode",
            aliases=tuple(a for a in (row[:2][1 - call], row[5]) if a and a != row[:2][call]),
            personal=len(row) > 6,
            appends=call == 1 and row[1] == _ADDED,
        )
        for row in table
        if row[:2][call]
    )


FIELDS: Mapping[str, tuple[Field, ...]] = tables(
    {
        "create": (*_LOGIN, *_fields(_ORDER, 0), _FROM_BODY),
        "create.line": _fields(_LINE, 0),
        "update": (
            *_LOGIN,
            _ORDER_ID,
            *_fields(_ORDER, 1),
            _FROM_BODY,
            Field(
                "novaposhtaServiceType",
                note="Nova Poshta delivery, from-to",
                choices=("DoorsDoors", "DoorsWarehouse", "WarehouseDoors", "WarehouseWarehouse"),
            ),
            Field("deleteproducts", BOOL, "remove all lines", reserved=True, instead="use --replace-lines"),
            Field(
                "clientaddress",
                note="only when created",
                word="customer.address",
                reserved=True,
                instead="an update takes the address in parts: --set country= city= street= street_number= apartment=",
            ),
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
            *_LOGIN,
            _SUPPLIER,
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
            Field(
                "customorder_{key}",
                note="extra field of the order; _from and _to for ranges",
                aliases=("custom_{key}",),
            ),
            Field("customuser_{key}", note="extra field of the customer; _from and _to for ranges", personal=True),
            Field("part", INT, "page", reserved=True, instead="pages are read for you: --limit, --all, --after"),
            *_ANSWERS,
            *(Field(name, note="equal to this returned field") for name in _RETURNED),
            Field("ordercode", note="your own order number", word="reference"),
            Field("orderid", note="box id"),
            Field("contact{key}", note="a customer's field, such as contactCountry", personal=True),
        ),
        "comments": (
            *_LOGIN,
            Field("id", note="box id", reserved=True, instead="name the order as the command's ID"),
            Field("code", note="ordercode", reserved=True, instead="name the order as the command's ID"),
            Field("type", note="kinds", reserved=True, instead="use --type KIND"),
        ),
    }
)
"""From the vendor's page "API Orders (Orders)", the tables of parameters under "Add order", "Delete order", "Editing
order", "Receive one order and receive all orders" and "Get process comments"; read on 2026-11-21.
"""
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
            problems.append(
                errors.Problem("--phone", "OneBox needs a phone or an email (--phone, --email)", subject.row)
            )
        if not values.get("clientnamefirst"):
            warnings.append("no first name (--customer-name): some boxes refuse such an order")
        if "documentpdf" in values and "documenttemplateid" not in values:
            warnings.append("documentpdf is used only together with documenttemplateid")
    return Prepared.of_order(verb, subject, in_text(values, profile.zone), problems, warnings)


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
        draft,
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
    if draft.files or "files" in values:
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
    instead = "OneBox does not support it; use --to STATUS"
    return translate_move(move, FIELDS["push"], instead=instead, zone=profile.zone)


def encode_query(query: model.Query, profile: Profile) -> tuple[dict[str, Any], list[errors.Problem]]:
    """Return a list's parameters, but for the part, and what is wrong with them. `until` is applied by the caller."""
    since = query.since and query.since.astimezone(profile.zone).date()
    values, problems = translate_query(
        query, FIELDS["list"], vendor="OneBox", zone=profile.zone, words={"since": since}
    )
    if rewritten_by_php(values):
        problems.append(
            errors.Problem("--where", "PHP rewrites a name with a dot or a space, so the box would ignore it")
        )
    return values, problems


def in_text(value: Any, zone: dt.tzinfo) -> Any:
    """Return parameters as a box takes them: 1 or 0, plain decimals, box-local times.

    >>> in_text({"payed": True, "productArray": [{"count": 2}]}, dt.UTC)
    {'payed': '1', 'productArray': [{'count': '2'}]}
    >>> in_text(dt.datetime(2015, 12, 15, 23, 11, tzinfo=dt.UTC), dt.UTC)
    '2015-12-15 23:11:00'
    """
    if type(value) is str:
        return value
    if isinstance(value, dict):
        return {name: v if type(v) is str else in_text(v, zone) for name, v in value.items()}
    if isinstance(value, list):
        return [in_text(v, zone) for v in value]
    if isinstance(value, dt.datetime):
        return value.astimezone(zone).replace(tzinfo=None, microsecond=0).isoformat(" ")
    return value.isoformat() if isinstance(value, dt.date) else as_text(value)


def rewritten_by_php(values: Mapping[str, Any]) -> bool:
    """Return whether PHP would rewrite one of the names in a form: a dot, a space or a bracket of our own."""
    inner = "".join([name for line in values.get("productArray", ()) for name in line])
    return not (_REWRITTEN.isdisjoint("".join(values)) and _BRACKETS.isdisjoint(inner))


_BRACKETS = frozenset("[]")

_REWRITTEN = _BRACKETS | {" ", "."}
