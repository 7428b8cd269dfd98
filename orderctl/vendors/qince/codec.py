"""Qince's orders: what is wrong with one before it is sent, and what its rows say when they come back."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any

from orderctl import errors, model
from orderctl.backend.tolerant import Fields, as_decimal, as_moment, as_text, pop_as, pop_fields, status_of
from orderctl.backend.vendor import Profile
from orderctl.http.wire import read_json
from orderctl.vendors.qince.lists import CHINA, reference_field

STATUSES = {
    "approved": model.Status.OPEN,
    "approving": model.Status.IN_PROGRESS,
    "rejected": model.Status.FAILED,
}
"""Of the approval's codes only APPROVED is documented; a profile maps further words under [statuses].

From the vendor's page 订单2.0接口, 查询订单: approval_status in 响应示例; read on 2026-11-21.
"""

NORMAL = "NORMAL"
"""The `status` of a record that is not void; any other one is shown before the approval."""


BEFORE = dt.timedelta(hours=1)
"""How much older than it is a line or an order may seem; beyond it, a search from the newest on ends."""


def order_problems(
    verb: str,
    draft: model.OrderDraft,
    body: Mapping[str, Any],
    *,
    fields: Mapping[str, Any],
    rows: Mapping[str, Any],
) -> Iterator[errors.Problem]:
    """Yield what is wrong with an order: its body, fields and rows (by detail object) before they are made text."""
    if draft.files:
        yield errors.Problem("--file", "Qince's order API takes no attachments", draft.row)
    if verb == "create" and not draft.lines:
        yield errors.Problem(
            "--line", "an order needs a line: --line sku=PRODUCT,unit_id=UNIT,quantity=N,price=N", draft.row
        )
    if isinstance(draft, model.OrderChange) and draft.replace_lines:
        yield errors.Problem(
            "--replace-lines", "Qince's API removes no row; --line adds rows, with id=ROW it changes one", draft.row
        )
    if body.get("is_trigger") and not body.get("trigger_employee", "").strip():
        yield errors.Problem(
            "--set trigger_employee", "is missing: is_trigger needs the employee who starts it", draft.row
        )
    if isinstance(fields.get("order_date"), dt.datetime):
        yield errors.Problem("--set order_date", "takes a day, without a time: 2026-03-09", draft.row)
    for name, given in rows.items():
        if name == "ig_order_detail":
            for number, row in enumerate(given, 1):
                if "id" in row:
                    yield from _row_problems(row, f"line {number}", draft.row)
        else:
            yield from _detail_problems(verb, name, given, draft.row)


def order_warnings(verb: str, body: Mapping[str, Any]) -> Iterator[str]:
    """Yield what Qince may refuse, or take otherwise than it is meant.

    >>> list(order_warnings("update", {"fields": {"whole_order_discount": "80"}, "slave_fields": {}}))
    ['whole_order_discount is a fraction: 80 multiplies the total; 20 % off is 0.8']
    """
    discount = body["fields"].get("whole_order_discount")
    if discount is not None and Decimal(discount) > 1:
        yield f"whole_order_discount is a fraction: {discount} multiplies the total; 20 % off is 0.8"
    if "trigger_employee" in body and not body.get("is_trigger"):
        yield "trigger_employee is used only with is_trigger=true"
    if verb == "create" and "customer" not in body["fields"]:
        yield "no customer (--customer ID): most accounts refuse such an order"
    for number, row in enumerate(body["slave_fields"].get("ig_order_detail", ()), 1):
        missing = [key for key in ("unit_id", "pd_count") if key not in row]
        if missing and "id" not in row:
            lacks = " and no ".join(missing)
            yield f"line {number} has no {lacks}: Qince finds the price by product, unit and quantity"


def _row_problems(row: Mapping[str, Any], place: str, number: int | None) -> Iterator[errors.Problem]:
    """Yield what is wrong with a row that exists: it takes custom fields only."""
    preset = [key for key in row if key != "id" and not key.endswith("__c")]
    for key in preset:
        yield errors.Problem(
            f"{place} {key}", "a row that exists takes custom fields only (…__c); without id= the row is new", number
        )
    if len(row) == 1:
        yield errors.Problem(place, "names a row and nothing to change in it", number)


def _detail_problems(verb: str, name: str, given: Any, number: int | None) -> Iterator[errors.Problem]:
    """Yield what is wrong with the rows of a custom detail object."""
    place = f"--set slave_fields.{name}"
    if not isinstance(given, list) or not all(isinstance(row, Mapping) and row for row in given):
        yield errors.Problem(place, f'takes a list of rows: slave_fields.{name}:=[{{"KEY__c":"VALUE"}}]', number)
    elif verb == "create" and any("id" in row for row in given):
        yield errors.Problem(place, "a new order has no rows yet; leave the id out", number)


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
    return pop_as(dict(row), key, _as_id)


def reference_of(row: Mapping[str, Any], field: str) -> str | None:
    """Return what a row has in the field that keeps references, None where nothing that can be read."""
    return pop_as(dict(row), field, _as_reference)


def _as_id(value: Any) -> str:
    return part(value, "id")


def _as_reference(value: Any) -> str:
    return part(value, "value", "code", "id")


def _code(value: Any) -> str:
    return part(value, "code", "label")


def _name(value: Any) -> str | None:
    return part(value, "name") if isinstance(value, Mapping) else None


ORDER: Fields = (
    ("number", "name", as_text),
    ("currency", "currency_type", _code),
    ("total", "order_total_amount", as_decimal),
    ("created_at", "create_time", as_time),
    ("updated_at", "modify_time", as_time),
)
"""The fields of an order that mean one thing in every account.

From the vendor's page 订单2.0接口, 查询订单: the keys of an order in 响应示例; read on 2026-11-21.
"""

CUSTOMER: Fields = (
    ("phone", "receipt_phone", as_text),
    ("address", "receipt_address", as_text),
)

LINE: Fields = (
    ("id", "id", as_text),
    ("sku", "pd_id", _as_id),
    ("quantity", "pd_count", as_decimal),
    ("unit_price", "actual_price", as_decimal),
    ("total", "actual_selling_amount", as_decimal),
)
"""The fields of a row.

From the vendor's page 订单2.0接口, 查询订单明细: the keys of a row in 响应示例; read on 2026-11-21.
"""


def decode(raw: Mapping[str, Any], profile: Profile, lines: tuple[model.OrderLine, ...] = ()) -> model.Order:
    """Return an order from a row of orderQuery; what is odd stays in `extra`. Raises ValueError without an id."""
    rest = {key: value for key, value in raw.items() if value not in (None, "", {}, [])}
    order_id = pop_as(rest, "id", _as_id)
    if order_id is None:
        raise ValueError("an order without id")
    kept = reference_field(profile)
    name = pop_as(dict(rest), "customer", _name)
    customer = pop_as(rest, "customer", _as_id)
    record = pop_as(dict(rest), "status", _code)
    label = pop_as(dict(rest), "approval_status", lambda v: part(v, "label", "code"))
    approval = pop_as(rest, "approval_status", _code)
    word = approval if record in {None, NORMAL} else record
    return model.Order(
        id=order_id,
        reference=pop_as(rest, kept, _as_reference) if kept else None,  # before another word takes its field
        **pop_fields(rest, ORDER),
        status=status_of(word, STATUSES, profile),
        vendor_status=word,
        steps=(model.Step(name=label, id=approval),) if label else (),
        customer=model.Customer(id=customer, code=customer, name=name, **pop_fields(rest, CUSTOMER)),
        lines=lines,
        extra=rest,
        raw=raw,
    )


def decode_row(raw: Mapping[str, Any]) -> model.OrderLine:
    """Return a line from a row of orderDetailQuery; the product's id is what an order names it by."""
    rest = {key: value for key, value in raw.items() if value not in (None, "", {}, [])}
    name = pop_as(dict(rest), "pd_id", _name)
    return model.OrderLine(**pop_fields(rest, LINE), name=name, extra=rest)


def rows_of(data: Any) -> list[Any] | None:
    """Return the rows of a `response_data`: an array, or an object around one, maybe in a text; None for another shape.

    >>> rows_of('[{"id":"1"}]'), rows_of({"rows": []}), rows_of(""), rows_of("nonsense")
    ([{'id': '1'}], [], [], None)
    """
    data = _unpacked(data)
    if isinstance(data, Mapping):
        data = next((data[k] for k in ("rows", "list", "data") if k in data), data)
    return data if isinstance(data, list) else None if data else []


def created_id(data: Any) -> str | None:
    """Return the id in the `response_data` of an orderAdd, in whatever shape; None where there is no usable one.

    >>> created_id("6066483328179541690"), created_id('{"id":7985906305389659217}'), created_id(6.5), created_id("")
    ('6066483328179541690', '7985906305389659217', None, None)
    """
    data = _unpacked(data)
    if isinstance(data, Mapping):
        data = data.get("id")
    text = str(data).strip() if isinstance(data, str | int) else ""
    return text if text.isascii() and text.isdigit() and text.strip("0") else None


class Recent:
    """The references of the newest orders and the ids of those, as far back as they were read.

    `whole` says that there are no older orders. A second read ends at the orders that the first one saw.
    """

    def __init__(self) -> None:
        self.ids: dict[str, str] = {}
        self.whole = False
        self._seen: set[str | None] = set()
        self._reach: dt.datetime | None = None
        self._sorted = True

    def read(self, pages: Callable[[], Iterator[list[Mapping[str, Any]]]], field: str, reach: dt.datetime) -> None:
        """Read the pages, newest first, back to a time. A server that does not sort them is read to the end."""
        seen = self._seen if self._reach is not None and self._reach <= reach else frozenset[str | None]()
        found: dict[str, str] = {}
        ids: set[str | None] = set()
        whole = True
        for rows in pages():
            these = [id_of(row) for row in rows]
            ids.update(these)
            named = ((reference_of(row, field), order_id or "") for row, order_id in zip(rows, these, strict=True))
            found |= {reference: order_id for reference, order_id in named if reference is not None}
            if self._sorted and seen.issuperset(these) and rows:
                whole = self.whole
                break
            if self._older(rows, reach):
                whole = False
                break
        self.ids |= found
        self._seen |= ids - {None}
        self._reach = reach if self._reach is None else min(reach, self._reach)
        self.whole = whole

    def _older(self, rows: Sequence[Mapping[str, Any]], reach: dt.datetime) -> bool:
        """Return whether all of a page, and so of those after it, is older than a time."""
        times = [pop_as(dict(row), "create_time", as_time) for row in rows]
        dated = [time for time in times if isinstance(time, dt.datetime)]
        self._sorted = self._sorted and all(newer >= older for newer, older in pairwise(dated))
        return self._sorted and bool(rows) and len(dated) == len(rows) and dated[0] < reach - BEFORE


def _unpacked(data: Any) -> Any:
    """Return a `response_data`: what the JSON in a text says; a text that is none, "" where it is blank, as it is."""
    if not isinstance(data, str):
        return data
    try:
        return read_json(data.encode(errors="surrogatepass"), vendor="Qince") if data.strip() else ""
    except errors.BadAnswer:
        return data
