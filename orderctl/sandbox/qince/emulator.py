"""The Qince emulator: Order 2.0 of one account, `/api/ig/v1/{orderAdd,orderEdit,orderQuery,orderDetailQuery}/…`.

The protocol, and where it is odd:

- POST with a JSON object; openid, timestamp, digest and msg_id are in the path. The digest is the lower-case MD5 of
  the body's exact bytes, the appkey and the timestamp with `|` between. Live servers take 13 to 17 digits of time.
- Failures are HTTP 200 with `return_code` 1 and a text that says nothing of the reason. What a refused login is
  answered is not public; codes and texts of that are the emulator's own.
- `response_data` is a text: the new id, or a JSON array in a text. `fields` and `slave_fields` are objects, or texts
  that hold one; both are required, and so are page, rows and query_group. The vendor's page requires sorts too, but a
  client in production use sends none, and page and rows as text.
- In requests a relation is an id and a choice its code; in answers both are objects. Unset keys are absent.
- Amounts, prices on the list, and who receives are the account's; what is sent of them is not listened to. A currency
  is dropped in silence while the account has one only.
- No row can be removed, and of a row that exists only custom fields change.
- Nothing is refused twice: neither a msg_id nor, unless `unique` names the field and `check_rule` is true, a reference.

openid and appkey are the word `sandbox`.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from orderctl.sandbox import web
from orderctl.sandbox.qince import account, query
from orderctl.sandbox.store import Condition, Document, Store, Table

SECRET = "sandbox"  # noqa: S105 - the sandbox's secrets are all this word, and that is printed

SKEW = timedelta(minutes=10)

QUERY_FAILED = "查询失败！"  # noqa: RUF001 - as the vendor writes it

REFUSED_LOGINS = {
    "openid": (10001, "openid不存在"),
    "timestamp": (10002, "timestamp不合法"),
    "digest": (10003, "digest校验失败"),
}
"""Codes and texts of the emulator's own; the vendor's are in an appendix that is not public."""

SWITCHES: web.Switches = {
    "cpq": ("off", "on"),
    "currencies": ("one", "several"),
    "custom-fields": ("…",),
    "empty": ("text", "absent", "null"),
    "made-id": ("text", "number", "object", "absent"),
    "queries": ("own", "live", "strict"),
    "response-data": ("text", "array", "object"),
    "return-code": ("number", "text"),
    "rows-max": ("1000…",),
    "times": ("format", "milliseconds", "text"),
    "timestamp": ("any", "strict"),
    "unique": ("…",),
}
"""What an account may do differently.

cpq              a bundle's parent needs `pd_portfolio`
currencies       whether `currency_type` is listened to
custom-fields    the only custom fields that the account has, comma between; others are dropped (default: any)
empty            what a page without rows is: `[]` in a text, nothing, or null
made-id          the new id: digits in a text, a number, an object in a text, or nothing
queries          operators: all of the emulator's; EQ, GT and LT only, with times in milliseconds; or those without GT
                 and LT, and `sorts` is required
response-data    rows as an array in a text, an array, or an object around one
return-code      a number or a text
rows-max         more rows a page are silently cut to this
times            objects of a format and a value, milliseconds since 1970, or plain text
timestamp        14 digits that are at most ten minutes off, or 13 to 17 of any kind
unique           a field that the duplicate rule watches, where `check_rule` is true
"""

TIME_KEYS = {"format", "value"}

TABLES: Mapping[str, Table] = {
    "details": Table(first=4869361662077781365),
    "orders": Table(first=6066483328179541690),
}


def app(store: Store, *, switches: Mapping[str, str] | None = None, authenticate: bool = True) -> "Emulator":
    """Return a Qince over this store. Raises ValueError for an unknown switch."""
    return Emulator(store, switches, authenticate=authenticate)


class Emulator:
    """One account, as a WSGI application."""

    def __init__(
        self,
        store: Store,
        switches: Mapping[str, str] | None = None,
        *,
        authenticate: bool = True,
        now: Callable[[], datetime] = lambda: datetime.now(account.CHINA),
    ) -> None:
        self.store = store
        self._switches = web.choose(switches or {}, SWITCHES)
        if not self._switches["rows-max"].isdigit() or self._switches["rows-max"] == "0":
            raise ValueError("switch rows-max must be a whole number above 0")
        self._authenticate = authenticate
        self._now = now
        self._calls: Mapping[str, Callable[[Document], Any]] = {
            "orderAdd": self._add,
            "orderDetailQuery": lambda body: self._query("details", body),
            "orderEdit": self._edit,
            "orderQuery": lambda body: self._query("orders", body),
        }

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        return web.send(self._answer(web.read(environ)), start_response)

    def _answer(self, request: web.Request) -> web.Answer:
        place = request.path.split("/")
        if len(place) != 9 or place[:4] != ["", "api", "ig", "v1"] or place[4] not in self._calls or not all(place[5:]):
            return web.page(404)
        if request.method != "POST":
            return web.page(405)
        operation, openid, timestamp, digest, msg_id = place[4:]
        wrong = self._login_problem(openid, timestamp, digest, request.body)
        if wrong:
            return self._reply(msg_id, *REFUSED_LOGINS[wrong])
        try:
            data = self._calls[operation](_read(request.body))
        except account.Failed as failure:
            return self._reply(msg_id, 1, str(failure))
        except (query.Failed, ValueError, RecursionError):
            return self._reply(msg_id, 1, QUERY_FAILED if operation.endswith("Query") else account.SAVE_FAILED)
        return self._reply(msg_id, 0, "", **({} if data is None else {"response_data": data}))

    def _login_problem(self, openid: str, timestamp: str, digest: str, body: bytes) -> str:
        """Return which part of a signed path is wrong, "" where none is."""
        if not self._authenticate:
            return ""
        if openid != SECRET:
            return "openid"
        if not (timestamp.isascii() and timestamp.isdigit() and 13 <= len(timestamp) <= 17):
            return "timestamp"
        if self._switches["timestamp"] == "strict" and not self._in_time(timestamp):
            return "timestamp"
        signed = body + f"|{SECRET}|{timestamp}".encode()
        return "" if digest == hashlib.md5(signed, usedforsecurity=False).hexdigest() else "digest"

    def _in_time(self, timestamp: str) -> bool:
        try:
            sent = datetime.strptime(timestamp, "%Y%m%d%H%M%S").replace(tzinfo=account.CHINA)
        except ValueError:
            return False
        return len(timestamp) == 14 and abs(sent - self._now()) <= SKEW

    def _reply(self, msg_id: str, code: int, words: str, **more: Any) -> web.Answer:
        said = {"msg_id": msg_id, "return_code": code, "return_msg": words, **more}
        if self._switches["return-code"] == "text":
            said |= {"return_code": str(code), "return_msg": words or None}
        return web.Answer(body=_dump(said).encode())

    # The calls

    def _add(self, body: Document) -> Any:
        fields, details = _object(body, "fields"), _details(body)
        if not details.get("ig_order_detail") or any("id" in row for rows in details.values() for row in rows):
            raise account.Failed
        moment = self._now()
        made = account.header(fields, editing=False, several_currencies=self._several, known=self._known)
        made.setdefault("whole_order_discount", "1.0000")
        made.setdefault("order_date", {"format": "YYYY-MM-DD", "value": account.clock(moment)["value"][:10]})
        if self._several:
            made.setdefault("currency_type", {"code": "CNY", "label": account.CURRENCIES["CNY"][0]})
        rows = self._rows(details["ig_order_detail"], made)
        order = {**account.record("order", moment), **made, **_approval(body)}
        order |= account.totals((row["actual_selling_amount"] for row in rows), order["whole_order_discount"])
        with self.store.change():
            self._check_rules(body, order, None)
            number = self.store.add("orders", _kept(order))
            order["name"] = self._number("DD", "orders", number, moment)
            self.store.put("orders", number, _kept(order))
            self._add_rows(number, order["name"], rows, moment)
            self.store.record("orderAdd", number, body)
        shapes = {"number": number, "object": _dump({"id": number}), "absent": None}
        return shapes.get(self._switches["made-id"], str(number))

    def _edit(self, body: Document) -> None:
        fields, details, moment = _object(body, "fields"), _details(body), self._now()
        changes = account.header(fields, editing=True, several_currencies=self._several, known=self._known)
        with self.store.change():
            number, order = self._order(body.get("data_id"))
            have = self.store.find("details", (("order_id", "id"), "=", str(number)))
            order |= {**changes, **_approval(body), "modify_time": account.clock(moment)}
            sent = details.get("ig_order_detail", [])
            for row in sent:
                if "id" in row:
                    self._change_row(row, dict(have), moment)
            rows = self._rows([row for row in sent if "id" not in row], order)
            amounts = [row["actual_selling_amount"] for row in (*(row for _, row in have), *rows)]
            order |= account.totals(amounts, order["whole_order_discount"])
            self._check_rules(body, order, number)
            self.store.put("orders", number, _kept(order))
            self._add_rows(number, order["name"], rows, moment)
            self.store.record("orderEdit", number, body)

    def _query(self, table: str, body: Document) -> Any:
        page, rows = query.count(body.get("page")), query.count(body.get("rows"))
        kind = self._switches["queries"]
        sorts = query.sorting(body.get("sorts", None if kind == "strict" else []))
        groups = query.conditions(body.get("query_group"), kind)
        size = min(rows, int(self._switches["rows-max"]))
        found = [self._with_times(row) for row in self._selected(table, groups, sorts, (page - 1) * size, size)]
        if not found and self._switches["empty"] != "text":
            return None if self._switches["empty"] == "absent" else ""
        shapes: Mapping[str, Any] = {"array": found, "object": {"rows": found}}
        return shapes.get(self._switches["response-data"], _dump(found))

    # What the calls are made of

    def _with_times(self, row: Document) -> Document:
        """Return a row with its times as this account shows them."""
        kind = self._switches["times"]
        if kind == "format":
            return row
        times = {key: value for key, value in row.items() if isinstance(value, dict) and value.keys() == TIME_KEYS}
        if kind == "text":
            return {**row, **{key: value["value"] for key, value in times.items()}}
        return {**row, **{key: query.milliseconds(value["value"]) for key, value in times.items()}}

    @property
    def _several(self) -> bool:
        return self._switches["currencies"] == "several"

    @property
    def _known(self) -> tuple[str, ...]:
        return tuple(name for name in self._switches["custom-fields"].split(",") if name)

    def _rows(self, sent: Iterable[Any], order: Document) -> list[Document]:
        currency = order.get("currency_type", {}).get("code", "CNY")
        cpq = self._switches["cpq"] == "on"
        return [row for each in sent for row in account.rows(each, currency=currency, cpq=cpq, known=self._known)]

    def _add_rows(self, order: int, name: str, rows: Iterable[Document], moment: datetime) -> None:
        for row in rows:
            made = {**account.record("detail", moment), **row, "order_id": {"name": name, "id": str(order)}}
            number = self.store.add("details", _kept(made))
            made["name"] = self._number("DDMX", "details", number, moment)
            self.store.put("details", number, _kept(made))

    def _change_row(self, sent: Document, have: Mapping[int, Document], moment: datetime) -> None:
        """Change the custom fields of a row of this order."""
        number = _key(sent["id"])
        preset = {key for key in sent if key != "id" and not key.endswith("__c")}
        if number not in have or preset - account.EDITED_ROW_IGNORES - account.ROW_COMPUTED:
            raise account.Failed
        changes = account.own_fields(sent, self._known)
        self.store.put("details", number, _kept({**have[number], **changes, "modify_time": account.clock(moment)}))

    def _order(self, wanted: Any) -> tuple[int, Document]:
        number = _key(wanted)
        found = self.store.get("orders", number)
        if found is None:
            raise account.Failed
        return number, found

    def _check_rules(self, body: Document, order: Document, number: int | None) -> None:
        """Refuse an order whose watched field another one has, where the caller asks for the rules."""
        field = self._switches["unique"]
        if not field or body.get("check_rule") is not True or order.get(field) is None:
            return
        if any(other != number for other, _ in self.store.find("orders", (field, "=", order[field]))):
            raise account.Failed

    def _number(self, prefix: str, table: str, number: int, moment: datetime) -> str:
        return f"{prefix}{moment.astimezone(account.CHINA):%Y%m%d}{number - TABLES[table].first + 1:05}"

    def _selected(
        self, table: str, groups: list[Any], sorts: list[tuple[str, bool]], offset: int, limit: int
    ) -> list[Document]:
        """Return the rows of a page; in the order of their making the store itself picks them."""
        asked = _condition(groups)
        if asked is not None and len(sorts) == 1 and sorts[0][0] == "create_time":
            found = self.store.find(table, *asked, offset=offset, limit=limit, newest_first=sorts[0][1])
            return [_shown(number, row) for number, row in found]
        some = self.store.find(table, *_mentioned(groups))
        rows = [row for row in (_shown(*found) for found in some) if query.meets(row, groups)]
        return query.arranged(rows, sorts)[offset : offset + limit]


def _condition(groups: list[Any]) -> list[Condition] | None:
    """Return a query as the store's own conditions, None where the store has no such condition."""
    if not all(connector == "AND" or len(filters) == 1 for connector, filters in groups):
        return None
    found = [_as_condition(*given) for _, filters in groups for given in filters]
    return None if None in found else [condition for condition in found if condition]


def _mentioned(groups: list[Any]) -> Iterator[Condition]:
    """Yield conditions that every row of a query meets, and few others: the texts that it must have somewhere."""
    for connector, filters in groups:
        for _, operator, values in filters:
            if operator == "EQ" and (connector == "AND" or len(filters) == 1) and query.is_word(values[:1]):
                yield ("id", "mentions", _dump(values[0]))


def _as_condition(key: str, operator: str, values: list[str]) -> Condition | None:
    if operator == "EQ" and values[:1] and key == "id":
        return ("id", "=", _key(values[0]))
    if operator == "EQ" and values[:1] and key == "order_id":
        return (("order_id", "id"), "=", values[0])
    if operator in {"GT", "LT"} and values[:1] and key in query.TIMES and query.MILLISECONDS.fullmatch(values[0]):
        whole, rest = divmod(int(values[0]), 1000)
        moment = datetime.fromtimestamp(whole + (operator == "LT" and rest > 0), account.CHINA)
        return ((key, "value"), {"GT": ">", "LT": "<"}[operator], account.clock(moment)["value"])
    return None


def _key(value: Any) -> int:
    """Return an id as the store keeps it, 0 for what is none."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 and int(text) < 2**63 else 0


def _read(body: bytes) -> Document:
    """Return the JSON object of a request. Raises ValueError."""
    found = json.loads(body)
    if not isinstance(found, dict):
        raise ValueError("not an object")  # noqa: TRY004 - one kind of failure for every bad body
    return found


def _object(body: Document, name: str) -> Document:
    """Return an object that was sent as one, or as a text that holds one. Raises Failed."""
    value = body.get(name)
    if isinstance(value, str):
        value = json.loads(value)
    if not isinstance(value, dict):
        raise account.Failed
    return value


def _details(body: Document) -> dict[str, list[Document]]:
    """Return the rows that were sent, by object; other objects than the order's own are custom ones. Raises Failed."""
    sent = _object(body, "slave_fields")
    for name, rows in sent.items():
        own = name == "ig_order_detail" or name.endswith("__c")
        if not own or not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise account.Failed
    return sent


def _approval(body: Document) -> Document:
    """Return the state of the approval that a call starts; its code is the emulator's own. Raises Failed."""
    if body.get("is_trigger") is not True:
        return {}
    if body.get("trigger_employee") not in account.EMPLOYEES:
        raise account.Failed
    return {"approval_status": {"code": "APPROVING", "label": "审批中"}}


def _kept(record: Document) -> Document:
    return {key: value for key, value in record.items() if value is not None}


def _shown(number: int, record: Document) -> Document:
    return {"id": str(number), **record}


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
