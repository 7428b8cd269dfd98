r"""Qince (勤策, formerly Waiqin365), Order 2.0: the orders of a field sales system, approved in a workflow.

Protocol: POST {base}/api/ig/v1/{orderAdd,orderEdit,orderQuery,orderDetailQuery}/{openid}/{timestamp}/{digest}/{msg_id},
JSON both ways. Authentication: openid and, over the exact bytes of the body, a digest made with the appkey; both are in
the path, so urls are shown without them. Source: the vendor's page 订单2.0接口; where real accounts behave otherwise, they
win.

Oddities: failures are HTTP 200 with `return_code` 1; `response_data` is JSON in a text; ids have 19 digits and stay text;
a relation is an id in requests and an object in answers; amounts are computed by Qince, and a currency is dropped without
a word; no order and no row can be removed; the operators of filters are in an appendix that is not public, so without
those that the profile names, pages are read and filtered here, and for references only the newest; filters take times in
milliseconds; the last page of a list is an empty one; the clock is China's, without a zone.
"""
# ruff: noqa: E501  (the tables have a row a line)

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from orderctl import errors, model
from orderctl.backend.call import Meaning, Verdict, decoded
from orderctl.backend.contract import Backend, Connection
from orderctl.backend.fields import Table, page_number, translate, translate_move
from orderctl.backend.pages import RowPage, mark, walk
from orderctl.backend.prepared import Part, Prepared, Seen, filled
from orderctl.backend.tolerant import one_line, pop_as, readable
from orderctl.backend.vendor import Capability, Duplicates, Field, Option, Profile, Secret, Vendor
from orderctl.frozen import replace
from orderctl.http import Reply, Request
from orderctl.http.wire import form_pairs, json_object, nonsense, read_json, write_json
from orderctl.redaction import HIDDEN, hide_passing, hide_shape, redact
from orderctl.vendors.qince.codec import (
    BEFORE,
    STATUSES,
    Recent,
    as_time,
    created_id,
    decode,
    decode_row,
    id_of,
    order_problems,
    order_warnings,
    reference_of,
    rows_of,
)
from orderctl.vendors.qince.events import WEBHOOK
from orderctl.vendors.qince.fields import FIELDS, INSTEAD
from orderctl.vendors.qince.lists import (
    CHINA,
    LIVE,
    LOOK_BACK,
    ROWS,
    SORTS,
    check_query,
    encode_query,
    in_text,
    look_back,
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
"""Where openid and digest are in a path, and how it is shown; a digest is hidden wherever it shows, too."""

MAX_PAGES = 1200
"""How many pages a search reads: ten minutes' worth at two requests a second."""

OK, FAILED = "0", "1"
"""The documented values of `return_code`."""

LOGIN_WORDS = ("appkey", "digest", "openid", "签名")
"""An answer that fails and speaks of one of these refuses the login; nobody has published its texts."""

HINTS = {
    "不支持配置BOM的对接,请通过页面进行新建": "a product with a configurable bill of materials can be ordered on Qince's own page only",
    "保存失败": "Qince gives no reason: check the ids, that the price list has each product with that unit and quantity, and pd_portfolio where CPQ is on",
    "查询失败": "Qince gives no reason: check the keys and operators of --where, --sort and query_group",
}
"""What to do about the documented texts, without the punctuation at their end.

From the vendor's page 订单2.0接口, 响应示例 of each call, and the rules of pd_id under 新增订单; read on 2026-11-21.
"""


def prepare(verb: str, subject: model.Subject, profile: Profile) -> Prepared:
    """Return a write as the body of its call, with what is wrong with it and what is worth a warning."""
    if isinstance(subject, model.Cancellation):
        return Prepared(verb=verb, subject=subject)
    if isinstance(subject, model.Move):
        body, problems = encode_push(subject, profile)
        return Prepared(verb=verb, content=body, problems=tuple(problems), subject=subject)
    body, problems = encode(verb, subject, profile)
    return Prepared.of_order(verb, subject, body, problems, order_warnings(verb, body))


def parts(prepared: Prepared, seen: Seen, _profile: Profile) -> tuple[Part, ...]:
    """Return the one request of a write."""
    if prepared.verb == "create":
        return (Part(purpose=f"create order {prepared.reference!r}", call="orderAdd", values=prepared.content),)
    purpose = f"{prepared.verb} order {seen.id!r}"
    return (Part(purpose=purpose, call="orderEdit", values={"data_id": seen.id, **prepared.content}),)


def encode(verb: str, draft: model.OrderDraft, profile: Profile) -> tuple[dict[str, Any], list[errors.Problem]]:
    """Return the body of orderAdd or orderEdit, without data_id, and what is wrong with it."""
    kept = reference_field(profile)
    if verb == "create" and draft.currency is None and profile.currency:
        draft = replace(draft, currency=profile.currency)
    result = translate(
        replace(draft, files=()) if kept else replace(draft, files=(), reference=None),
        order=_keeping(verb, kept) if kept else FIELDS[verb],
        line=FIELDS[f"{verb}.line"],
        elsewhere=FIELDS["create"] if verb == "update" else (),
        instead=INSTEAD,
        zone=profile.zone,
    )
    problems = result.problems
    if verb == "update" and draft.reference is not None and not kept:
        problems.append(
            errors.Problem("--set reference", "the profile names no reference_field that could keep it", draft.row)
        )
    values = result.values
    body: dict[str, Any] = {k: values.pop(k) for k in ("is_trigger", "trigger_employee", "check_rule") if k in values}
    if "check_rule" in profile.settings:
        body.setdefault("check_rule", profile.settings["check_rule"] == "true")
    rows: dict[str, Any] = {"ig_order_detail": result.lines} if result.lines else {}
    rows |= {key[13:]: values.pop(key) for key in tuple(values) if key.startswith("slave_fields.")}
    problems += order_problems(verb, draft, body, fields=values, rows=rows)
    return {"fields": in_text(values), "slave_fields": in_text(rows), **body}, problems


@lru_cache(maxsize=8)
def _keeping(verb: str, kept: str) -> Table:
    """Return the fields of a call and the one that keeps the reference."""
    return Table((Field(kept, word="reference"), *FIELDS[verb]))


def encode_push(move: model.Move, profile: Profile) -> tuple[dict[str, Any], list[errors.Problem]]:
    """Return the body of the orderEdit that starts an order's approval, without data_id, and what is wrong with it."""
    instead = "Qince's API sets no status; start the approval: --by EMPLOYEE"
    body, problems = translate_move(move, FIELDS["push"], instead=instead, zone=profile.zone)
    if not body.get("trigger_employee", "").strip() and not problems:
        problems.append(errors.Problem("--by", "name the employee who starts the approval, by id: --by EMPLOYEE"))
    return {"fields": {}, "slave_fields": {}, "is_trigger": True, **body}, problems


def code_of(answer: Any) -> str:
    """Return an answer's `return_code` as text, "" where it has none.

    >>> code_of({"msg_id": "X000001", "return_code": 1, "return_msg": "no"}), code_of([])
    ('1', '')
    """
    code = answer.get("return_code") if isinstance(answer, Mapping) else None
    return "" if isinstance(code, Mapping | list) else one_line(code)


def verdict(answer: Any, part: Part, profile: str) -> Verdict:
    """Return what an answer means.

    1 is the documented failure. What other codes mean is not public, so a write that got one may have been applied,
    whatever its message says.
    """
    code, read = code_of(answer), part.call in READS
    if code == OK:
        data = answer.get("response_data")
        value = data if read else created_id(data) if part.call == "orderAdd" else None
        return Verdict(meaning=Meaning.DONE, value=value)
    message = one_line(answer.get("return_msg")) if isinstance(answer, Mapping) else ""
    if not code:
        begins = f"; it begins: {redact(json.dumps(answer, ensure_ascii=False, default=str))[:80]}"
        return Verdict(
            meaning=Meaning.NOTHING, nonsense=f"Qince answers without a return_code to {part.purpose}{begins}"
        )
    folded = message.replace("！", "!").replace("，", ",").strip(" !.。").casefold()  # noqa: RUF001  (as Qince writes it)
    shown = f"{message} (return_code {code})"
    if code != FAILED and not read:
        return Verdict(meaning=Meaning.UNKNOWN, message=shown)
    if any(word in folded for word in LOGIN_WORDS):
        hint = f"openid and appkey belong together: orderctl auth login -p {profile}; the account may also limit addresses and APIs"
        return Verdict(meaning=Meaning.LOGIN, message=shown, hint=hint)
    hint = next((h for known, h in HINTS.items() if known.casefold() in folded), "")
    if part.call == "orderEdit" and part.values.get("is_trigger") and not part.values["fields"]:
        by = part.values.get("trigger_employee")
        hint = f"Qince gives no reason: check that employee {by} may start the approval"
    return Verdict(meaning=Meaning.REFUSED, message=shown, hint=hint)


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
        self._recent = Recent()

    def request(self, part: Part, answers: Mapping[str, str]) -> Request:
        """Return a signed call."""
        body = write_json(filled(part.values, answers))
        return self._request("POST", PATH + part.call, part.purpose, body)

    def verdict(self, reply: Reply, part: Part) -> Verdict:
        """Return what the answer to a call means."""
        answer, unreadable = decoded(reply, lambda body: read_json(body, vendor="Qince"))
        found = unreadable or verdict(answer, part, self.profile.name)
        if found.meaning is Meaning.REFUSED and reply.status >= 400:
            return replace(found, meaning=Meaning.NO)  # the code says no of everything; the status says more
        return found

    def get(self, order_id: str, given: Mapping[str, model.Setting] = model.NOTHING) -> model.Order:
        """Return one order with its lines, by its id."""
        if given:
            raise errors.UsageError(
                f"--set {next(iter(given))}: Qince's reads take no parameters", hint="leave --set out"
            )
        order = self._order(order_id)
        return order._replace(lines=self._lines(order))

    def header(self, order_id: str) -> model.Order:
        """Return one order without its lines. Raises NotFound."""
        return self._order(order_id)

    def look(self, prepared: Prepared, key: model.OrderKey | None) -> Seen:
        """Look at the order; a row that an update names must be one of its own."""
        seen = super().look(prepared, key)
        rows = prepared.content.get("slave_fields", {}).get("ig_order_detail", ()) if seen.order else ()
        if seen.order and (named := {row["id"] for row in rows if "id" in row}):
            strange = sorted(named - {line.id for line in self._lines(seen.order)})
            if strange:
                raise errors.Conflict(
                    f"order {seen.id!r} has no row {', '.join(strange)}; nothing was changed",
                    hint=f"look at them: {self.command('lines', seen.id)}",
                )
        return seen

    def confirm(self, prepared: Prepared, seen: Seen, order_id: str) -> model.Receipt:
        """Read back the currency that was sent with a new order."""
        if prepared.verb == "push":
            by = prepared.content["trigger_employee"]
            return model.Receipt(id=order_id, message=f"approval started by {by}")
        sent = prepared.content["fields"].get("currency_type") if prepared.verb == "create" else None
        return model.Receipt(id=order_id, notes=self._dropped(order_id, sent))

    def find(self, reference: str) -> model.Order:
        """Return the order whose reference_field is exactly this. Raises Conflict where several orders have it.

        Odd rows are passed over. One with this reference is an order all the same, so BadAnswer where its id is odd.
        """
        field = needed_field(self.profile)
        purpose = f"look for reference {reference!r}"
        filtered, having = operators(self.profile).get("equal"), []
        for row in self._rows("orderQuery", (field, reference), purpose, newest_first=False):
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
            raise self.ambiguous_reference(reference, found)
        if not found:
            raise self.no_reference(reference)
        return next(iter(found.values()))

    def finds_many(self) -> bool:
        """Return whether the newest orders are read, and not each reference asked for."""
        return not operators(self.profile).get("equal")

    def placed(self, prepared: Prepared) -> dt.date | None:
        """Return the order_date of a new order."""
        try:
            return dt.date.fromisoformat(str(prepared.content["fields"]["order_date"]))
        except (KeyError, ValueError):
            return None

    def existing(self, references: Iterable[str], *, oldest: dt.date | None = None) -> Mapping[str, str]:
        """Return the ids of the orders that have these references.

        Without an operator for it, orders are read newest first: of the last `look_back` days, or back to the oldest
        order's day where that is longer ago.
        """
        field = needed_field(self.profile)
        if operators(self.profile).get("equal"):
            return super().existing(references)
        usual = self._now() - look_back(self.profile)
        day = usual if oldest is None else dt.datetime.combine(oldest, dt.time(), tzinfo=CHINA)
        recent, reach = self._recent, min(usual, day)
        recent.read(lambda: self._pages("orderQuery", f"look for references since {reach:%Y-%m-%d}"), field, reach)
        asked = tuple(references)
        found = {reference: recent.ids[reference] for reference in asked if reference in recent.ids}
        if odd := [reference for reference, order_id in found.items() if not order_id]:
            raise errors.BadAnswer(f"Qince shows an order of reference {odd[0]!r} whose id cannot be read")
        missing = [reference for reference in asked if reference not in found]
        if missing and reach == usual and not recent.whole and not self._warned:
            self._warned = True
            what = f"reference {missing[0]!r} was" if len(missing) == 1 else f"{len(missing)} references were"
            self.connection.notice(
                f"{what} not found since {reach.astimezone(self.profile.zone):%Y-%m-%d}; Qince's older orders were not"
                " searched (the profile's look_back = DAYS searches more of them, operators.equal all)"
            )
        return found

    def lacks(self, order_id: str, lines: int) -> str:
        """Return "": an order is made whole, in one request."""
        return ""

    def find_created(self, prepared: Prepared, sent: dt.datetime) -> str | None:
        """Return the id of an order that was accepted without one, which is among the newest."""
        field = reference_field(self.profile)
        if not field or operators(self.profile).get("equal"):
            return super().find_created(prepared, sent)
        recent = Recent()
        reach = sent - BEFORE
        recent.read(lambda: self._pages("orderQuery", f"look for reference {prepared.reference!r}"), field, reach)
        order_id = recent.ids.get(str(prepared.reference))
        return self.not_older(self._order(order_id), sent) if order_id else None

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

    def lines(self, order_id: str) -> tuple[model.OrderLine, ...]:
        """Return the lines of one order, oldest first."""
        return self._lines(self._order(order_id))

    def steps(self, order_id: str) -> tuple[model.Step, ...]:
        """Return the current steps of the order's approval."""
        return self._order(order_id).steps

    def raw(
        self, method: str, path: str, *, params: tuple[tuple[str, str], ...], body: bytes | None, content_type: str
    ) -> Request:
        """Return a call of the caller's own, signed; without a body the parameters are one, a JSON object."""
        if body is None and method != "GET":
            body, params = json_object(params), ()
        return self._request(method, path, f"{method} {path}", body or b"", query=form_pairs(params))

    def _order(self, order_id: str) -> model.Order:
        """Return one order without its lines. Raises NotFound."""
        if not (order_id.isascii() and order_id.isdigit()):
            look = self.command("list", "--where", f"name={order_id}")
            raise errors.NotFound(
                f"Qince's ids are digits, so there is no order {order_id!r}", hint=f"by its number: {look}"
            )
        for row in self._rows("orderQuery", ("id", order_id), f"get order {order_id!r}"):
            if id_of(row) == order_id:
                return decode(row, self.profile)
        raise self.not_found(order_id)

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

    def _page(self, operation: str, body: Mapping[str, Any], purpose: str) -> list[Any]:
        """Return the rows of one page. Raises BadAnswer where there are none and no sign of an empty page."""
        data = self.ask(Part(purpose=purpose, call=operation, values=body))
        rows = rows_of(data)
        if rows is None:
            raise nonsense(_shown(data), vendor="Qince", why=f"no rows to {purpose!r}")
        return rows

    def _rows(
        self, operation: str, wanted: tuple[str, str], purpose: str, *, newest_first: bool = True
    ) -> Iterator[Mapping[str, Any]]:
        """Yield the rows of every page, only those wanted (a key and its value) where the profile names the operator."""
        for page in self._pages(operation, purpose, wanted, newest_first=newest_first):
            yield from page

    def _pages(
        self, operation: str, purpose: str, wanted: tuple[str, str] | None = None, *, newest_first: bool = True
    ) -> Iterator[list[Mapping[str, Any]]]:
        """Yield the rows of each page, the odd ones left out.

        The last page is empty. One search in Qince by what an order alone has ends with a page that is not full.
        """
        equal = operators(self.profile).get("equal")
        values, _ = encode_query(model.Query(sort="created_at", descending=newest_first), self.profile)
        full = 1
        if equal and wanted:
            given = {"field_key": wanted[0], "operator": equal, "field_values": [wanted[1]]}
            values["query_group"] = [{"connector": "AND", "filters": [given]}]
            full = min(int(values["rows"]), ROWS) if wanted[0] != "order_id" else 1

        def read(number: int) -> RowPage:
            rows = self._page(operation, {"page": number, **values}, purpose)
            following = number + 1 if len(rows) >= full else None
            return RowPage(rows=rows, next=following, mark=mark(rows, "id"))

        hint = "name Qince's operator for `equal` in the profile, and it searches there: orderctl vendors qince"
        for _, page in walk(read, 1, purpose=purpose, most=MAX_PAGES, hint=hint):
            yield [row for row in page.rows if isinstance(row, Mapping)]

    def _lines(self, order: model.Order) -> tuple[model.OrderLine, ...]:
        """Return the lines of an order. Read unfiltered, newest first, those made before the order end the search."""
        start = order.created_at if isinstance(order.created_at, dt.datetime) else None
        filtered = bool(operators(self.profile).get("equal"))
        found: dict[str, model.OrderLine] = {}
        for row in self._rows("orderDetailQuery", ("order_id", order.id), f"lines of order {order.id!r}"):
            created = pop_as(dict(row), "create_time", as_time)
            if start and isinstance(created, dt.datetime) and created < start - BEFORE and not filtered:
                break
            if id_of(row, "order_id") == order.id:
                line = decode_row(row)
                found.setdefault(line.id or f"row {len(found)}", line)
        return tuple(reversed(found.values()))

    def _dropped(self, order_id: str, wanted: str | None) -> tuple[str, ...]:
        """Return the warning about a currency that was sent: without multi-currency Qince drops it in silence."""
        if wanted is None:
            return ()
        try:
            rows = self._rows("orderQuery", ("id", order_id), f"read back the currency of order {order_id!r}")
            row = next(row for row in rows if id_of(row) == order_id)
        except (errors.OrderctlError, StopIteration):
            return (
                f"whether Qince took the currency {wanted!r} cannot be read back; without multi-currency it is dropped",
            )
        if matches(row.get("currency_type"), wanted):
            return ()
        have = decode(row, self.profile).currency
        return (f"Qince dropped the currency {wanted!r}: the order is in {have or 'the base currency'}",)


def _shown(data: Any) -> bytes:
    """Return a `response_data` as an error shows the beginning of it."""
    return json.dumps(data, default=str).encode()


VENDOR = Vendor(
    name="qince",
    title="Qince",
    summary="field sales and orders (勤策, formerly Waiqin365), Order 2.0",
    url="https://openapi.qince.com",
    timezone="Asia/Shanghai",
    options=(
        Option(
            name="reference_field",
            note="custom field of the order that keeps your own order number: field_ab12c__c",
            asked=True,
        ),
        Option(
            name="operators",
            note="table: equal, after, before (or at_least, at_most) = the words of Qince's appendix; else filters are"
            " applied here",
            offer=LIVE,
        ),
        Option(
            name="look_back",
            note="without operators.equal: how many days back a reference is searched",
            default=str(LOOK_BACK),
        ),
        Option(
            name="check_rule",
            note="whether the account's validation and duplicate rules are checked",
            choices=("false", "true"),
        ),
        Option(name="rows", note="orders a page; Qince does not publish its largest page", default=str(ROWS)),
        Option(
            name="tenant",
            note="a name of your own for the account, to distinguish accounts at one address; writes need it",
            identity=True,
            for_writes=True,
            offer="{profile}",
        ),
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
    searched_with=("reference_field",),
    fields=FIELDS,
    statuses=STATUSES,
    remote_filters=frozenset({"changed_since", "customer", "reference", "since", "until"}),
    local_filters=frozenset({"changed_since", "customer", "reference", "since", "status", "text", "until"}),
    customer_fields=frozenset({"name", "phone"}),
    sorts=frozenset(SORTS),
    page_size=ROWS,
    limits=(
        "without operators in the profile every page is read and filtered here",
        "without operators.equal only the orders of the last look_back days are searched for a reference",
        "without reference_field in the profile Qince does not store the reference: a second create makes a second order",
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
    sandbox_settings={"reference_field": "field_ab12c__c", "operators": LIVE, "tenant": "sandbox"},
    prepare=prepare,
    parts=parts,
    check_query=check_query,
    raw_reads=raw_reads,
    receive=WEBHOOK,
    backend=Qince,
)
