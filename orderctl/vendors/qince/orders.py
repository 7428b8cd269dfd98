r"""Qince (勤策, formerly Waiqin365), Order 2.0: the orders of a field sales system, approved in a workflow.

Protocol: POST {base}/api/ig/v1/{orderAdd,orderEdit,orderQuery,orderDetailQuery}/{openid}/{timestamp}/{digest}/{msg_id},
JSON both ways. Authentication: openid and, over the exact bytes of the body, a digest made with the appkey; both stand in
the path, so urls are shown without them. Source: the vendor's page 订单2.0接口; where the fact sheet of real servers
differs, it wins.

Oddities: failures are HTTP 200 with `return_code` 1; `response_data` is JSON in a text; ids have 19 digits and stay text;
a relation is an id in requests and an object in answers; amounts are computed by Qince, and a currency is dropped without
a word; no order and no row can be removed; the operators of filters are in an appendix that is not public, so without
those that the profile names, pages are read and filtered here; the page of a list has no end but being short; the clock
is China's, without a zone.
"""
# ruff: noqa: E501  (the tables have a row a line)

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from orderctl import errors, model
from orderctl.backend.contract import Backend, Connection
from orderctl.backend.fields import page_number, translate, translate_move
from orderctl.backend.pages import RowPage, mark, walk
from orderctl.backend.readback import made
from orderctl.backend.tolerant import as_decimal, as_moment, as_text, one_line, readable, status_of, take
from orderctl.backend.vendor import Capability, Checked, Duplicates, Field, Kind, Option, Profile, Secret, Vendor
from orderctl.frozen import replace
from orderctl.http import Effect, Reply, Request, decoded, problem, unknown
from orderctl.http.wire import nonsense, read_json, write_json
from orderctl.redaction import HIDDEN, hide_passing, hide_shape
from orderctl.vendors.qince.check import order_problems, order_warnings
from orderctl.vendors.qince.events import RECEIVING
from orderctl.vendors.qince.lists import (
    CHINA,
    FILTERS,
    PARAMETERS,
    ROWS,
    SORTS,
    check_query,
    encode_query,
    in_text,
    matches,
    needed_field,
    operators,
    reference_field,
    wanted,
)

PATH = "/api/ig/v1/"

READS = frozenset({"orderDetailQuery", "orderQuery"})

SECRET_PATH = (
    r"((?:\\?/|%2F))(?:[^\\/\s\"'<>?#&%]|%(?!2F)[0-9A-Fa-f]{2})+((?:\\?/|%2F)\d{13,17}(?:\\?/|%2F))(?:[0-9a-f]{32}\b|\*{3})",
    rf"\1{HIDDEN}\2{HIDDEN}",
)
"""Where openid and digest stand in a path, and how it is shown; a digest is hidden wherever it shows, too."""

MOST_PAGES = 1200
"""How many pages a search reads: ten minutes' worth at two requests a second."""

BEFORE = dt.timedelta(hours=1)
"""How much older than its order a line may seem; beyond it, a search for lines from the newest on ends."""

OK, FAILED = "0", "1"
"""The documented values of `return_code`."""

LOGIN_WORDS = ("appkey", "digest", "openid", "签名")
"""An answer that fails and speaks of one of these refuses the login; nobody has published its texts."""

HINTS = {
    "不支持配置BOM的对接,请通过页面进行新建": "a product with a configurable bill of materials can be ordered on Qince's own page only",
    "保存失败": "Qince gives no reason: check the ids, that the price list has each product with that unit and quantity, and pd_portfolio where CPQ is on",
    "查询失败": "Qince gives no reason: check the keys and operators of --where, --sort and query_group",
}
"""What to do about the documented texts, without the punctuation at their end."""

STATUSES = {
    "approved": model.Status.OPEN,
    "approving": model.Status.IN_PROGRESS,
    "rejected": model.Status.FAILED,
}
"""Of the approval's codes only APPROVED is documented; two are plain words, the rest a profile maps under [statuses]."""

NORMAL = "NORMAL"
"""The `status` of a record that is not void; any other one is shown before the approval."""

TEXT, INT, DECIMAL, BOOL, TIME, JSON = Kind.TEXT, Kind.INT, Kind.DECIMAL, Kind.BOOL, Kind.DATETIME, Kind.JSON

NO_PLACE = {
    "--title": "Qince's orders have no title; a custom field may hold it: --set KEY__c=TEXT",
    "--note": "Qince's orders have no note; a custom field may hold it: --set KEY__c=TEXT",
    "--email": "Qince's orders have no email; a custom field may hold it: --set KEY__c=TEXT",
    "--due": "Qince's orders have no due date; --set order_date=DATE is the day the order was placed",
    "--status": "Qince's API sets no status; push ID --by EMPLOYEE starts the approval",
    "--paid": "Qince's API sets no payment; a custom field may hold it: --set KEY__c=TEXT",
    "line name": "Qince shows the product's own name; leave it out",
}
"""What to do instead, for words that Qince has no place for."""

# fmt: off
_RECEIPT = "Qince takes it from the receipt information: --set receipt_info=ID"
_COMPUTED = "Qince computes it; leave it out"
_FILLED = "Qince fills it from the price list, quotation or product; leave it out"
_OWN = Field("{key}__c", JSON, "a custom field: text, a number, or JSON in Qince's style of input (KEY__c:=JSON)")

_TOP = (
    Field("fields", note="the order's fields", reserved=True, instead="give each field by itself: --set KEY=VALUE"),
    Field("is_trigger", BOOL, "start the approval workflow; wants trigger_employee"),
    Field("trigger_employee", note="the employee who starts it, by id", max_length=32),
    Field("check_rule", BOOL, "check the account's validation and duplicate rules; without it the profile's check_rule"),
    Field("slave_fields.ig_order_detail", Kind.LINES, "the order's rows"),
    Field("slave_fields.{key}", JSON, "rows of a custom detail object: a list of objects, slave_fields.OBJECT:=JSON"),
)
_HEADER_COMPUTED = (
    Field("receipt_name", note="recipient's name", word="customer.name", reserved=True, instead=_RECEIPT),
    Field("receipt_phone", note="recipient's phone", word="customer.phone", reserved=True, instead=_RECEIPT),
    Field("receipt_landline", note="recipient's landline", reserved=True, instead=_RECEIPT),
    Field("receipt_address", note="recipient's address", word="customer.address", reserved=True, instead=_RECEIPT),
    Field("order_total_amount", note="sum of the rows x whole_order_discount", word="total", reserved=True, instead=_COMPUTED),
)
_HEADER_EDITABLE = (
    Field("order_date", TIME, "the day the order was placed"),
    Field("receipt_info", INT, "receipt information, by id: recipient, phone and address"),
    Field("whole_order_discount", DECIMAL, "discount on the whole order, as a fraction: 0.8"),
)
_ROW_COMPUTED = tuple(
    Field(name, note=note, reserved=True, instead=_COMPUTED) for name, note in (
        ("pd_origin_price", "list price, in the order's currency"), ("suggested_selling_price", "suggested price, likewise"),
        ("sys_discount", "system discount"), ("additional_discount", "additional discount"),
        ("pd_origin_amount", "amount at list price"), ("suggested_selling_amount", "amount at the suggested price"),
        ("actual_selling_amount", "amount at the actual price"), ("amount_after_the_offer", "equal to actual_selling_amount"),
    )
)
_ROW_FILLED = tuple(
    Field(name, note=note, reserved=True, instead=_FILLED) for name, note in (
        ("slave_pd_price", "price list"), ("price_detail", "price list entry"), ("pd_portfolio_detail", "bundle entry"),
        ("slave_quotation_id", "quotation"), ("quotation_detail_id", "quotation row"), ("slave_contract_id", "contract"),
        ("contract_detail_id", "contract row"), ("node_id", "bundle entry's node"), ("parent_node_id", "its parent"),
        ("root_node_id", "its root"), ("tree_data", "its configuration"),
    )
)
_ROW = (
    Field("pd_id", INT, "product, by id", word="sku", required=True),
    Field("pd_portfolio", INT, "bundle, by id; required for a bundle's parent where CPQ is on"),
    Field("unit_id", INT, "unit, by id; the price is found by product, unit and quantity", aliases=("unit",)),
    Field("pd_count", DECIMAL, "quantity", word="quantity"),
    Field("actual_price", DECIMAL, "price of one unit", word="price", required=True),
    *_ROW_COMPUTED, *_ROW_FILLED, _OWN,
)
FIELDS: Mapping[str, tuple[Field, ...]] = {
    "create": (
        Field("customer", INT, "customer, by id", word="customer.code"),
        *_HEADER_EDITABLE,
        Field("opportunities_info_id", INT, "sales opportunity, by id"),
        Field("quotation_id", INT, "quotation, by id"),
        Field("contract_id", INT, "contract, by id"),
        Field("pd_price", INT, "price list, by id"),
        Field("currency_type", note="currency; dropped by Qince unless the account has several", word="currency"),
        Field("owner", INT, "employee in charge, by id"),
        Field("department", INT, "department, by id"),
        Field("business_type", INT, "business type, by id"),
        *_HEADER_COMPUTED, *_TOP, _OWN,
    ),
    "create.line": (
        Field("id", INT, "row", word="id", reserved=True, instead="a new order has no rows yet; leave the id out"), *_ROW,
    ),
    "update": (
        Field("data_id", note="the order's id", reserved=True, instead="name the order as the command's ID"),
        *_HEADER_EDITABLE, *_HEADER_COMPUTED, *_TOP, _OWN,
    ),
    "update.line": (Field("id", INT, "a row that exists: it takes custom fields only; without it the row is new", word="id"), *_ROW),
    "push": (
        Field("trigger_employee", note="the employee who starts the approval, by id", word="by", max_length=32),
        Field("check_rule", BOOL, "check the account's validation and duplicate rules"),
        Field("is_trigger", BOOL, "start the approval workflow", reserved=True, instead="a push does nothing else; leave it out"),
    ),
    "list": (*PARAMETERS, *FILTERS),
}
# fmt: on


def check(verb: str, subject: model.OrderDraft | model.OrderChange | model.Move, profile: Profile) -> Checked:
    """Return what is wrong with a create, an update or a push, and what is worth a warning, before it is sent."""
    if isinstance(subject, model.Move):
        return Checked(tuple(encode_push(subject, profile)[1]))
    body, problems = encode(verb, subject, profile)
    return Checked(tuple(problems), tuple(order_warnings(verb, body)))


def encode(verb: str, draft: model.OrderDraft, profile: Profile) -> tuple[dict[str, Any], list[errors.Problem]]:
    """Return the body of orderAdd or orderEdit, without data_id, and what is wrong with it."""
    kept = reference_field(profile)
    if verb == "create" and draft.currency is None and profile.currency:
        draft = replace(draft, currency=profile.currency)
    result = translate(
        replace(draft, files=()) if kept else replace(draft, files=(), reference=None),
        order=(Field(kept, word="reference"), *FIELDS[verb]) if kept else FIELDS[verb],
        line=FIELDS[f"{verb}.line"],
        elsewhere=FIELDS["create"] if verb == "update" else (),
        instead=NO_PLACE,
        zone=profile.zone,
    )
    problems = result.problems
    if verb == "update" and draft.reference is not None and not kept:
        problems.append(
            errors.Problem("--reference", "the profile names no reference_field that could keep it", draft.row)
        )
    values = result.values
    body: dict[str, Any] = {k: values.pop(k) for k in ("is_trigger", "trigger_employee", "check_rule") if k in values}
    if "check_rule" in profile.settings:
        body.setdefault("check_rule", profile.settings["check_rule"] == "true")
    rows: dict[str, Any] = {"ig_order_detail": result.lines} if result.lines else {}
    rows |= {key[13:]: values.pop(key) for key in tuple(values) if key.startswith("slave_fields.")}
    problems += order_problems(verb, draft, body, fields=values, rows=rows)
    return {"fields": in_text(values), "slave_fields": in_text(rows), **body}, problems


def encode_push(move: model.Move, profile: Profile) -> tuple[dict[str, Any], list[errors.Problem]]:
    """Return the body of the orderEdit that starts an order's approval, without data_id, and what is wrong with it."""
    instead = "Qince's API sets no status; start the approval: --by EMPLOYEE"
    body, problems = translate_move(move, FIELDS["push"], instead=instead, zone=profile.zone)
    if not body.get("trigger_employee", "").strip() and not problems:
        problems.append(errors.Problem("--by", "name the employee who starts the approval, by id: --by EMPLOYEE"))
    return {"fields": {}, "slave_fields": {}, "is_trigger": True, **body}, problems


def part(value: Any, *names: str) -> str:
    """Return a value in Qince's style of output as text: the first of these parts that is there. Raises ValueError.

    >>> part({"code": "UNLOCK", "label": "未锁定"}, "code"), part("6611719441804418541", "id")
    ('UNLOCK', '6611719441804418541')
    """
    if isinstance(value, Mapping):
        value = next((value[n] for n in names if value.get(n) not in {None, ""}), None)
    if value is None:
        raise ValueError("nothing there")
    return as_text(value)


def as_time(value: Any) -> model.Moment | None:
    """Return a time in Qince's style of output, or in milliseconds since 1970, which other pages show.

    >>> as_time({"format": "YYYY-MM-DD HH:mm:ss", "value": "2025-03-13 15:23:46"})
    datetime.datetime(2025, 3, 13, 7, 23, 46, tzinfo=datetime.timezone.utc)
    """
    text = part(value, "value")
    if len(text) == 13 and text.isascii() and text.isdigit():
        return dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(milliseconds=int(text))
    return as_moment(text, CHINA)


def id_of(row: Mapping[str, Any], key: str = "id") -> str | None:
    """Return a row's id, or the id of what it belongs to; None where it has none that can be read.

    >>> id_of({"id": 5}), id_of({"order_id": {"name": "DD1", "id": "5"}}, "order_id"), id_of({"id": ["5"]})
    ('5', '5', None)
    """
    return take(dict(row), key, _as_id)


def reference_of(row: Mapping[str, Any], field: str) -> str | None:
    """Return what a row has in the field that keeps references, None where nothing that can be read."""
    return take(dict(row), field, _as_reference)


def decode(raw: Mapping[str, Any], profile: Profile, lines: tuple[model.OrderLine, ...] = ()) -> model.Order:
    """Return an order from a row of orderQuery; what is odd stays in `extra`. Raises ValueError for one without an id."""
    rest = {key: value for key, value in raw.items() if value not in (None, "", {}, [])}
    order_id = take(rest, "id", _as_id)
    if order_id is None:
        raise ValueError("an order without id")
    kept = reference_field(profile)
    name = take(dict(rest), "customer", lambda v: part(v, "name") if isinstance(v, Mapping) else None)
    customer = take(rest, "customer", lambda v: part(v, "id"))
    record = take(dict(rest), "status", lambda v: part(v, "code", "label"))
    label = take(dict(rest), "approval_status", lambda v: part(v, "label", "code"))
    approval = take(rest, "approval_status", lambda v: part(v, "code", "label"))
    word = approval if record in {None, NORMAL} else record
    return model.Order(
        id=order_id,
        reference=take(rest, kept, _as_reference) if kept else None,
        number=take(rest, "name", as_text),
        status=status_of(word, STATUSES, profile),
        vendor_status=word,
        steps=(model.Step(name=label, id=approval),) if label else (),
        customer=model.Customer(
            id=customer,
            code=customer,
            name=name,
            phone=take(rest, "receipt_phone", as_text),
            address=take(rest, "receipt_address", as_text),
        ),
        lines=lines,
        currency=take(rest, "currency_type", lambda v: part(v, "code", "label")),
        total=take(rest, "order_total_amount", as_decimal),
        created_at=take(rest, "create_time", as_time),
        updated_at=take(rest, "modify_time", as_time),
        extra=rest,
        raw=raw,
    )


def decode_row(raw: Mapping[str, Any]) -> model.OrderLine:
    """Return a line from a row of orderDetailQuery; the product's id is what an order names it by."""
    rest = {key: value for key, value in raw.items() if value not in (None, "", {}, [])}
    name = take(dict(rest), "pd_id", lambda v: part(v, "name") if isinstance(v, Mapping) else None)
    return model.OrderLine(
        id=take(rest, "id", as_text),
        sku=take(rest, "pd_id", lambda v: part(v, "id")),
        name=name,
        quantity=take(rest, "pd_count", as_decimal),
        unit_price=take(rest, "actual_price", as_decimal),
        total=take(rest, "actual_selling_amount", as_decimal),
        extra=rest,
    )


def rows_of(data: Any) -> list[Any] | None:
    """Return the rows of a `response_data`: an array, or an object around one, maybe in a text; None for another shape.

    >>> rows_of('[{"id":"1"}]'), rows_of({"rows": []}), rows_of(""), rows_of("nonsense")
    ([{'id': '1'}], [], [], None)
    """
    data = _unpacked(data)
    if isinstance(data, Mapping):
        data = next((data[k] for k in ("rows", "list", "data") if k in data), data)
    return data if isinstance(data, list) else None if data else []


def made_id(data: Any) -> str | None:
    """Return the id in the `response_data` of an orderAdd, in whatever shape; None where there is no usable one.

    >>> made_id("6066483328179541690"), made_id('{"id":7985906305389659217}'), made_id(6.5), made_id("")
    ('6066483328179541690', '7985906305389659217', None, None)
    """
    data = _unpacked(data)
    if isinstance(data, Mapping):
        data = data.get("id")
    told = str(data).strip() if isinstance(data, str | int) else ""
    return told if told == "<id>" or (told.isascii() and told.isdigit() and told.strip("0")) else None


def said(answer: Any) -> tuple[str, str]:
    """Return an answer's `return_code` as text, "" where it has none, and the vendor's words.

    >>> said({"msg_id": "X000001", "return_code": 1, "return_msg": "no"}), said({"return_code": "0", "return_msg": None})
    (('1', 'no'), ('0', ''))
    """
    if not isinstance(answer, Mapping):
        return "", ""
    code = answer.get("return_code")
    return ("" if isinstance(code, Mapping | list) else one_line(code)), one_line(answer.get("return_msg"))


def refusal(code: str, words: str, purpose: str, effect: Effect, *, profile: str) -> errors.OrderctlError | None:
    """Return the error that an answer's code and words mean, None where it says ok.

    1 is the documented failure. What other codes mean is not public, so a write that got one may have been applied,
    whatever its words speak of.
    """
    if code == OK:
        return None
    folded = words.replace("！", "!").replace("，", ",").strip(" !.。").casefold()  # noqa: RUF001  (as Qince writes it)
    message = f"{purpose}: Qince says {words!r} (return_code {code or 'missing'})"
    no = code == FAILED or (code and effect is Effect.READ)
    if no and any(word in folded for word in LOGIN_WORDS):
        hint = f"openid and appkey belong together: orderctl auth login -p {profile}; the account may also limit addresses and APIs"
        return errors.LoginRefused(message, hint=hint)
    if no:
        hint = next((h for known, h in HINTS.items() if known.casefold() in folded), "see what the vendor says of it")
        return errors.Refused(message, hint=hint)
    return unknown(message) if effect is Effect.WRITE else None


def raw_reads(_method: str, path: str) -> bool:
    """Return whether a raw call only reads: every call is a POST, so its path tells.

    >>> raw_reads("POST", "/api/ig/v1/orderQuery"), raw_reads("POST", "/api/ig/v1/orderEdit")
    (True, False)
    """
    return path in {PATH + operation for operation in READS}


def sign(body: bytes, appkey: str, timestamp: str) -> str:
    """Return the digest of a call: MD5 over the exact bytes of its body, appkey and timestamp, `|` between.

    >>> body = '{"org_id":"ORG001","org_name":"南京掌控网络","org_parent_id":"","org_sequence":001}'
    >>> sign(body.encode(), "BFCO0PAgIUgd50c0l6", "20150806142836")
    '74267bf0cae0998a719879ec9b3c7780'
    >>> sign(b'{"page":1,"rows":100}', "test-app-key-123456", "20250704085109")
    'db8a18c7e52e5a51f7c05786bcf728ca'
    >>> sign(b"", "test-app-key-123456", "20250704085109")
    '34e5fa4de6fd05a27cfe169e13bc3bbe'
    """
    text = b"|".join((body, appkey.encode("utf-8", "surrogateescape"), timestamp.encode()))
    return hashlib.md5(text, usedforsecurity=False).hexdigest()


class Qince(Backend):
    """An open connection to one account. `now` and `msg_id` make what is new in every call."""

    def __init__(
        self,
        vendor: Vendor,
        connection: Connection,
        *,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(CHINA),
        msg_id: Callable[[], str] = lambda: uuid.uuid4().hex,
    ) -> None:
        super().__init__(vendor, connection)
        hide_shape(*SECRET_PATH)
        self._now, self._msg_id = now, msg_id

    def create(self, draft: model.OrderDraft) -> model.Receipt:
        """Add an order. One whose answer has no id is looked for by its reference.

        It is taken for the new one where references were searched at Qince before; else it may be an older order, and
        the outcome is unknown.
        """
        reference = str(draft.reference)
        purpose = f"create order {reference!r}"
        values, _ = encode("create", draft, self.profile)
        data = self._call("orderAdd", values, purpose, assume={"return_code": 0, "response_data": "<id>"})
        order_id = made_id(data) or self._made(purpose, reference)
        return model.Receipt(id=order_id, notes=self._dropped(order_id, values["fields"].get("currency_type")))

    def get(self, order_id: str, given: Mapping[str, model.Setting] = model.NOTHING) -> model.Order:
        """Return one order with its lines, by its id."""
        if given:
            raise errors.UsageError(
                f"--set {next(iter(given))}: Qince's reads take no parameters", hint="leave --set out"
            )
        order = self.read(order_id)
        return replace(order, lines=self._lines(order))

    def read(self, order_id: str) -> model.Order:
        """Return the order that a write to `order_id` would change, without its lines."""
        if not (order_id.isascii() and order_id.isdigit()) and order_id != "<id>":
            look = self.command("list", "--where", f"name={order_id}")
            raise errors.NotFound(
                f"Qince's ids are digits, so there is no order {order_id!r}", hint=f"by its number: {look}"
            )
        for row in self._rows("orderQuery", ("id", order_id), f"get order {order_id!r}", assume=[{"id": order_id}]):
            if id_of(row) == order_id:
                return decode(row, self.profile)
        raise self.not_found(order_id)

    def find(self, reference: str) -> model.Order:
        """Return the order whose reference_field is exactly this. Raises Conflict where several orders have it.

        Odd rows are passed over. One with this reference is an order all the same, so BadAnswer where its id is odd.
        """
        field = needed_field(self.profile)
        purpose = f"look for reference {reference!r}"
        assume = [{"id": "<id>", field: reference}]
        filtered, having = operators(self.profile).get("equal"), []
        for row in self._rows("orderQuery", (field, reference), purpose, newest_first=False, assume=assume):
            has = reference_of(row, field)
            if has == reference:
                having.append(row)
            elif filtered and has is None and row.get(field):
                raise nonsense(_shown([row]), vendor="Qince", why=f"a reference that cannot be read to {purpose!r}")
        orders, unread = readable(having, lambda row: decode(row, self.profile), "the search")
        if unread:
            raise nonsense(_shown(having), vendor="Qince", why=f"an order without a usable id to {purpose!r}")
        found = {order.id: order for order in orders}
        if len(found) > 1:
            raise self.several(reference, found)
        if not found:
            raise self.not_found(reference)
        return next(iter(found.values()))

    def page(self, query: model.Query, cursor: str | None) -> model.Page:
        """Return one page of the list; the last one is empty, as Qince may make pages shorter than asked for."""
        number = page_number(cursor)
        values, problems = encode_query(query, self.profile)
        errors.refuse(problems)
        rows = self._page("orderQuery", {"page": number, **values}, f"list orders, page {number}")

        def read(row: Mapping[str, Any]) -> model.Order | None:
            return decode(row, self.profile) if wanted(row, query) else None

        orders, unread = readable(rows, read, f"page {number}")
        following = str(number + 1) if rows else None
        shown = tuple(order for order in orders if order)
        return model.Page(orders=shown, next=following, errors=unread, mark=mark(rows, "id"))

    def ping(self) -> None:
        """List one order."""
        body = {"page": 1, "rows": 1, "sorts": [{"field_key": "create_time", "type": "desc"}], "query_group": []}
        self._page("orderQuery", body, "check the login")

    def update(self, order_id: str, change: model.OrderChange) -> model.Receipt:
        """Change an order; a row that it names must be one of its own."""
        values, _ = encode("update", change, self.profile)
        purpose = f"update order {order_id!r}"
        named = [row["id"] for row in values["slave_fields"].get("ig_order_detail", ()) if "id" in row]
        if named:
            have = {line.id for line in self._lines(self.read(order_id), assume=named)}
            strange = sorted(set(named) - have)
            if strange:
                hint = f"look at them: {self.command('lines', order_id)}"
                raise errors.Conflict(
                    f"order {order_id!r} has no row {', '.join(strange)}; nothing was changed", hint=hint
                )
        self._call("orderEdit", {"data_id": order_id, **values}, purpose, assume={"return_code": 0})
        return model.Receipt(id=order_id)

    def push(self, order_id: str, move: model.Move) -> model.Receipt:
        """Start an order's approval."""
        values, _ = encode_push(move, self.profile)
        purpose = f"push order {order_id!r}"
        try:
            self._call("orderEdit", {"data_id": order_id, **values}, purpose, assume={"return_code": 0})
        except errors.Refused as error:
            error.hint = (
                f"Qince gives no reason: check that employee {values['trigger_employee']} may start the approval"
            )
            raise
        return model.Receipt(id=order_id, message=f"approval started by {values['trigger_employee']}")

    def lines(self, order_id: str) -> tuple[model.OrderLine, ...]:
        """Return the lines of one order, oldest first."""
        return self._lines(self.read(order_id))

    def steps(self, order_id: str) -> tuple[model.Step, ...]:
        """Return where the order stands in its approval."""
        return self.read(order_id).steps

    def raw(
        self, method: str, path: str, *, params: tuple[tuple[str, str], ...], body: bytes | None, content_type: str
    ) -> Reply:
        """Send a call of the caller's own, signed; without a body the parameters are one, a JSON object."""
        if body is None and method != "GET":
            body, params = write_json(dict(params)), ()
        request = self._request(method, path, f"{method} {path}", body or b"", query=params)
        client = self.connection.client
        return client.read(request) if raw_reads(method, path) else client.write(request)

    def _call(self, operation: str, values: Mapping[str, Any], purpose: str, *, assume: Any = None) -> Any:
        """Send one signed call and return its response_data. Raises what code and words, or else the status, mean."""
        effect = Effect.READ if operation in READS else Effect.WRITE
        request = self._request("POST", PATH + operation, purpose, write_json(values))
        reply = self.connection.client.send(request, effect, assume=None if assume is None else write_json(assume))
        answer = decoded(reply, request, effect, lambda body: read_json(body, vendor="Qince"))
        code, words = said(answer)
        failure = problem(reply, request, effect, words=words)
        failure = failure or refusal(code, words, purpose, effect, profile=self.profile.name)
        if failure is not None:
            raise failure
        if not code:
            raise nonsense(reply.body, vendor="Qince", why=f"without a return_code to {purpose!r}")
        return answer.get("response_data")

    def _request(
        self, method: str, path: str, purpose: str, body: bytes, *, query: tuple[tuple[str, str], ...] = ()
    ) -> Request:
        """Return a signed request; in a dry run the appkey is not known."""
        openid, appkey = self.connection.secrets["openid"], self.connection.secrets["appkey"]
        timestamp = self._now().astimezone(CHINA).strftime("%Y%m%d%H%M%S")
        digest = "<digest>"
        if appkey != HIDDEN:
            digest = sign(body, appkey, timestamp)
            hide_passing("digest", digest)
        base = self.profile.url.rstrip("/").removesuffix("/api")
        url = f"{base}{path}/{quote(openid, safe='*')}/{timestamp}/{digest}/{self._msg_id()}"
        headers = {"content-type": "application/json"} if body else {}
        return Request(method=method, url=url, purpose=purpose, query=query, headers=headers, body=body or None)

    def _page(self, operation: str, body: Mapping[str, Any], purpose: str, *, assume: Any = None) -> list[Any]:
        """Return the rows of one page. Raises BadAnswer where there are none and no sign of an empty page."""
        answer = None if assume is None else {"return_code": 0, "response_data": assume}
        data = self._call(operation, body, purpose, assume=answer)
        rows = rows_of(data)
        if rows is None:
            raise nonsense(_shown(data), vendor="Qince", why=f"no rows to {purpose!r}")
        return rows

    def _rows(
        self, operation: str, wanted: tuple[str, str], purpose: str, *, newest_first: bool = True, assume: Any = None
    ) -> Iterator[Mapping[str, Any]]:
        """Yield the rows of every page, only those wanted (a key and its value) where the profile names the operator.

        The last page is empty. One search in Qince by what an order alone has ends with a page that is not full.
        """
        equal = operators(self.profile).get("equal")
        values, _ = encode_query(model.Query(sort="created_at", descending=newest_first), self.profile)
        if equal:
            given = {"field_key": wanted[0], "operator": equal, "field_values": [wanted[1]]}
            values["query_group"] = [{"connector": "AND", "filters": [given]}]
        full = min(int(values["rows"]), ROWS) if equal and wanted[0] != "order_id" else 1
        dry = self.connection.secrets["appkey"] == HIDDEN  # every page would be the assumed one

        def read(number: int) -> RowPage:
            rows = self._page(operation, {"page": number, **values}, purpose, assume=assume)
            following = number + 1 if len(rows) >= full and not dry else None
            return RowPage(rows=rows, next=following, mark=mark(rows, "id"))

        hint = "name Qince's operator for `equal` in the profile, and it searches there: orderctl vendors qince"
        for _, page in walk(read, 1, purpose=purpose, most=MOST_PAGES, hint=hint):
            yield from (row for row in page.rows if isinstance(row, Mapping))

    def _lines(self, order: model.Order, *, assume: Sequence[str] = ()) -> tuple[model.OrderLine, ...]:
        """Return the lines of an order. Read unfiltered, newest first, those made before the order end the search."""
        assumed = [{"id": line, "order_id": {"id": order.id}} for line in assume]
        start = order.created_at if isinstance(order.created_at, dt.datetime) else None
        filtered = bool(operators(self.profile).get("equal"))
        found: dict[str, model.OrderLine] = {}
        for row in self._rows(
            "orderDetailQuery", ("order_id", order.id), f"lines of order {order.id!r}", assume=assumed
        ):
            created = take(dict(row), "create_time", as_time)
            if start and isinstance(created, dt.datetime) and created < start - BEFORE and not filtered:
                break
            if id_of(row, "order_id") == order.id:
                line = decode_row(row)
                found.setdefault(line.id or f"row {len(found)}", line)
        return tuple(reversed(found.values()))

    def _made(self, purpose: str, reference: str) -> str:
        """Return the id of an order that was accepted without one. Raises OutcomeUnknown."""
        why = "Qince says ok without an id"
        found = made(purpose, lambda: self.find(reference).id, why=why)
        if self.vendor.second_create(self.profile) is Duplicates.BLIND:  # nobody looked before it was sent
            raise unknown(f"{purpose}: {why}; order {found} has that reference, and may be an older one")
        return found

    def _dropped(self, order_id: str, wanted: str | None) -> tuple[str, ...]:
        """Return what is to be said of a currency that was sent: without multi-currency Qince drops it in silence."""
        if wanted is None:
            return ()
        assumed = {"id": order_id, "currency_type": {"code": wanted}}
        try:
            rows = self._rows(
                "orderQuery", ("id", order_id), f"read back the currency of order {order_id!r}", assume=[assumed]
            )
            row = next(row for row in rows if id_of(row) == order_id)
        except (errors.OrderctlError, StopIteration):
            return (
                f"whether Qince took the currency {wanted!r} cannot be read back; without multi-currency it is dropped",
            )
        if matches(row.get("currency_type"), wanted):
            return ()
        have = decode(row, self.profile).currency
        return (f"Qince dropped the currency {wanted!r}: the order is in {have or 'the base currency'}",)


def _unpacked(data: Any) -> Any:
    """Return a `response_data`: what the JSON in a text says; a text that is none, "" where it is blank, as it is."""
    if not isinstance(data, str):
        return data
    try:
        return read_json(data.encode(errors="surrogatepass"), vendor="Qince") if data.strip() else ""
    except errors.BadAnswer:
        return data


def _shown(data: Any) -> bytes:
    """Return a `response_data` as an error shows the beginning of it."""
    return json.dumps(data, default=str).encode()


def _as_id(value: Any) -> str:
    return part(value, "id")


def _as_reference(value: Any) -> str:
    return part(value, "value", "code", "id")


VENDOR = Vendor(
    name="qince",
    title="Qince",
    summary="field sales and orders (勤策, formerly Waiqin365), Order 2.0",
    url="https://openapi.qince.com",
    timezone="Asia/Shanghai",
    options=(
        Option(
            name="reference_field", note="custom field of the order that keeps your own order number: field_ab12c__c"
        ),
        Option(
            name="operators",
            note="table: equal, at_least, at_most = the words of Qince's appendix; else filters are applied here",
        ),
        Option(
            name="check_rule",
            note="whether the account's validation and duplicate rules are checked",
            choices=("false", "true"),
        ),
        Option(name="rows", note="orders a page; Qince's longest page is not known", default=str(ROWS)),
        Option(name="tenant", note="a name of your own, to tell two accounts at one address apart", identity=True),
    ),
    secrets=(
        Secret(name="openid", note="openid of the account's OpenAPI access (19 digits)"),
        Secret(name="appkey", note="the appkey that belongs to it (18 characters)"),
        Secret(name="pushsecret", note="secret of the pushed order changes, for listen", required=False),
    ),
    capabilities=frozenset(set(Capability) - {Capability.CANCEL, Capability.COMMENTS, Capability.FIELDS}),
    refusals={
        Capability.CANCEL: "its API removes no order: cancel it on Qince's own page, or mark it: update ID --set KEY__c=VALUE",
        Capability.COMMENTS: "its API has no comments; what it says of an order: get ID --raw -o json",
        Capability.FIELDS: "the known fields: orderctl schema qince create; your own are on Qince's page, named …__c",
    },
    duplicates=Duplicates.SEARCHABLE,
    searched_with=("reference_field", "operators.equal"),
    fields=FIELDS,
    statuses=STATUSES,
    filters=frozenset({"changed_since", "customer", "reference", "since", "until"}),
    answered=frozenset({"changed_since", "customer", "reference", "since", "status", "until"}),
    sorts=frozenset(SORTS),
    page_size=ROWS,
    limits=(
        "without operators in the profile every page is read and filtered here",
        "without reference_field in the profile a reference is known here only, and a second create makes a second order",
        "no order and no row can be removed; a row that exists takes custom fields only",
        "an operator has at most 10 characters, a filter's key 32, a sort's 30",
    ),
    example=model.OrderDraft(
        reference="PO-1001",
        customer=model.Customer(code="6928823652322085688"),
        lines=(
            model.DraftLine(
                sku="8693321379452492472",
                quantity=Decimal(10000),
                price=Decimal("2.00"),
                set={"unit_id": model.Setting(value="5722517964131842984")},
            ),
            model.DraftLine(
                sku="7041673499078735037",
                quantity=Decimal(20000),
                price=Decimal("1000.00"),
                set={"unit_id": model.Setting(value="8369588441145923742")},
            ),
        ),
        set={"order_date": model.Setting(value="2025-06-27"), "whole_order_discount": model.Setting(value="1.0000")},
    ),
    sandbox_secrets={"openid": "sandbox", "appkey": "sandbox"},
    sandbox_settings={"reference_field": "field_ab12c__c"},
    check=check,
    check_query=check_query,
    raw_reads=raw_reads,
    receive=RECEIVING,
    backend=Qince,
)
