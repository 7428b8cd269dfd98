"""What OneBox answers: orders, comments, and what a message means. Pure."""
# ruff: noqa: E501  (the table has a row a line)

import datetime as dt
from collections.abc import Mapping
from functools import lru_cache, partial
from typing import Any

from orderctl import model
from orderctl.backend.call import Meaning, Verdict
from orderctl.backend.tolerant import Fields, as_decimal, as_moment, as_text, items, one_line, pop_fields, status_of
from orderctl.backend.vendor import Profile

READS = frozenset({"comments", "get"})

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
"""A box names its own statuses; these are the plain English ones, the rest a profile maps under [statuses].

No page has them; the vendor's page "API Orders (Orders)" was read on 2026-11-21.
"""

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
"""What a box says of a failure, lower case: what it means, its code and what to do next. The last three are parts of a text.

From the vendor's page "API Orders (Orders)", the table "Possible responses to the request"; read on 2026-11-21. The
texts about phones are those of public clients.
"""


@lru_cache(maxsize=8)
def _order(zone: dt.tzinfo) -> Fields:
    """Return the fields of an order; its times are in `zone`."""
    moment = partial(as_moment, zone=zone)
    return (
        ("id", "orderid", as_text),
        ("reference", "ordercode", as_text),
        ("number", "ordernumber", as_text),
        ("title", "ordername", as_text),
        ("vendor_status", "statusname", as_text),
        ("currency", "currency", as_text),
        ("total", "sum", as_decimal),
        ("created_at", "cdate", moment),
        ("due_at", "dateto", moment),
    )


CUSTOMER: Fields = (
    ("id", "clientId", as_text),
    ("code", "clientcode", as_text),
    ("name", "clientname", as_text),
    ("email", "clientemail", as_text),
    ("phone", "clientphone", as_text),
    ("address", "clientaddress", as_text),
)
"""What an order says of its customer.

From the vendor's page "API Orders (Orders)", "Receive one order and receive all orders"; read on 2026-11-21.
"""

LINE: Fields = (
    ("id", "id", as_text),
    ("name", "name", as_text),
    ("quantity", "count", as_decimal),
    ("unit_price", "price", as_decimal),
)
"""What an order says of a product.

From the vendor's page "API Orders (Orders)", "Receive one order and receive all orders"; read on 2026-11-21.
"""


@lru_cache(maxsize=8)
def _comment(zone: dt.tzinfo) -> Fields:
    """Return the fields of a comment; its time is in `zone`."""
    return (
        ("id", "id", as_text),
        ("created_at", "cdate", partial(as_moment, zone=zone)),
        ("kind", "type", as_text),
        ("text", "content", as_text),
        ("author", "username", as_text),
    )


def decode(raw: Mapping[str, Any], profile: Profile) -> model.Order:
    """Return an order from a box's answer; what is odd stays in `extra`. Raises ValueError for one without an id."""
    rest = dict(raw)
    order = pop_fields(rest, _order(profile.zone))
    if "id" not in order:
        raise ValueError("an order without orderid")
    status = order.get("vendor_status")
    products = items(rest.get("products"))
    lines = [line for line in products if isinstance(line, dict)]
    if len(lines) == len(products):
        rest.pop("products", None)
    return model.Order(
        **order,
        status=status_of(status, STATUSES, profile),
        steps=(model.Step(name=status),) if status else (),
        customer=model.Customer(**pop_fields(rest, CUSTOMER)),
        lines=tuple([decode_line(line) for line in lines]),
        extra=rest,
        raw=raw,
    )


def decode_line(raw: Mapping[str, Any]) -> model.OrderLine:
    """Return an order line from a box's answer; the id of a product that the box does not know is 0, so none."""
    rest = dict(raw)
    line = pop_fields(rest, LINE)
    if line.get("id") == "0":
        del line["id"]
    return model.OrderLine(**line, extra=rest)


def decode_comment(raw: Mapping[str, Any], profile: Profile) -> model.Comment:
    """Return a comment from a box's answer."""
    rest = dict(raw)
    return model.Comment(**pop_fields(rest, _comment(profile.zone)), extra=rest)


def answered(answer: Any) -> tuple[bool | None, str]:
    """Return whether an answer says ok (None: it does not say) and the vendor's message, as one text.

    Boxes say `result` and `errors`; the vendor's page says `status` and `message`. Both are read.

    >>> answered({"result": "fail", "errors": ["login_empty"]}), answered({"status": "ok", "message": "82806"})
    ((False, 'login_empty'), (True, '82806'))
    """
    if not isinstance(answer, Mapping):
        return None, ""
    message = next((text for k in ("errors", "error", "message", "errorText") if (text := one_line(answer.get(k)))), "")
    yes, no = _states(answer)
    if yes and no:
        return None, message or "ok and a failure at once"
    if yes:
        contradicted = one_line(answer.get("errors") or answer.get("error"))
        return (None, contradicted) if contradicted else (True, message)
    if no:
        return False, message
    return (False if answer.get("errors") or answer.get("error") else None), message


def _states(answer: Mapping[str, Any]) -> tuple[bool, bool]:
    """Return whether an answer says ok, and whether it says that something failed; a status may also be an order's."""
    result, status = (str(answer.get(key, ""))[:9].strip().lower() for key in ("result", "status"))
    failed = {"fail", "0", "false", "error"}
    return bool({result, status} & {"ok", "1", "true"}), result[:4] in failed or bool({result, status} & failed)


def created_id(value: Any) -> str | None:
    """Return the id of a new order, None for what cannot be one.

    >>> created_id(82806), created_id("82806"), created_id(True), created_id([5]), created_id("0"), created_id(None)
    ('82806', '82806', None, None, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = str(value).strip()
    return text if text.isascii() and text.strip("0").isdecimal() and len(text) <= 20 else None


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
        if message and any(_states(answer)):  # ok and a failure at once
            return listed(message, profile) or Verdict(meaning=Meaning.UNKNOWN, message=message)
        return Verdict(meaning=Meaning.DONE, value=answer)
    if not ok:
        return Verdict(meaning=Meaning.UNKNOWN if message else Meaning.NOTHING, message=message)
    if call == "add":
        ids = (created_id(answer.get(key)) for key in ("orderId", "orderid", "order_id", "message"))
        return Verdict(meaning=Meaning.DONE, message=message, value=next((i for i in ids if i), None))
    if call in READS:
        return Verdict(meaning=Meaning.DONE, message=message, value=answer)
    return Verdict(meaning=Meaning.DONE, message=message, order_id=created_id(answer.get("orderid")))
