"""What Flyerlink answers: JSON or XML in several shapes, orders and jobs, and what a message means. Pure."""
# ruff: noqa: E501  (the table has a row a line)

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

from orderctl import model
from orderctl.backend.call import Meaning, Verdict
from orderctl.backend.prepared import Hole, Part
from orderctl.backend.tolerant import (
    Fields,
    as_decimal,
    as_moment,
    as_text,
    items,
    one_line,
    pop_as,
    pop_fields,
    status_of,
)
from orderctl.backend.vendor import Profile
from orderctl.http.wire import nonsense, read_json, read_xml
from orderctl.vendors.flyerlink.fields import CALLS

STATUSES = {"081": model.Status.IN_PROGRESS, "091": model.Status.IN_PROGRESS}
"""A job's codes: artwork done, in production; sent back, the studio must change something. A profile maps the rest."""

NO_ORDERS = "vendor.no_orders"
"""The code of an answer that says that a list is empty."""

# fmt: off
MESSAGES: Mapping[str, tuple[Meaning, str, str]] = {
    r"(not |failed )?authenticat(ed|ion)( failed| required| is required)?|authorization required": (Meaning.LOGIN, "", "log in again: orderctl auth login -p {profile}"),
    r"permission denied|(you )?(do not have|don't have|have no|lack) permission[\w' ]*": (Meaning.PERMISSION, "", "the vendor gives rights by workgroup and by kind of access (FLAPI; M-FLAPI only reads)"),
    r"no orders( found)?": (Meaning.NOT_FOUND, NO_ORDERS, "look further back: orderctl list -p {profile} --since DATE"),
    r"order( [\w-]+)? not found": (Meaning.NOT_FOUND, "", "look for it: orderctl list -p {profile} --since DATE"),
    r"contact( [\w-]+)? not found": (Meaning.REFUSED, "", "it must be one of the customer's: orderctl api GET /customers/CODE/contacts -p {profile}"),
    r"customer( [\w-]+)? not found": (Meaning.REFUSED, "", "see the customers: orderctl api GET /customers -p {profile}"),
    r"product( [\w-]+)? not found": (Meaning.REFUSED, "", "see the products: orderctl api GET /products -p {profile}"),
    r"(job|package|template|workgroup)( [\w-]+)? not found": (Meaning.REFUSED, "", ""),
    r"(get|post|put) \S+ is not supported": (Meaning.REFUSED, "", ""),
    r"\w+( or \w+)? (is |are )?(invalid|required)|(invalid|missing) \w+": (Meaning.REFUSED, "", ""),
}
# fmt: on
"""What an error says, all of it: what it means, its code and what to do next.

A longer text with such words in it may say more: "Order DVQLK saved; template not found".

The vendor's page "FLAPI: Orders" has no section on errors, read on 2026-11-21; its guide shows one text, "Template not
found", and the others are of its kind.
"""

FAILED = frozenset({"denied", "error", "fail", "failed", "false", "invalid", "refused", "rejected"})
"""What `status`, `result` or `success` says of a call that failed."""

NO_IDS = frozenset({"0", "error", "false", "none", "null"})
"""What an answer has in the place of an id where there is none."""

SAVED = re.compile(r"\b(accepted|added|created|made|placed|received|saved)\b", re.IGNORECASE)
"""What a message says of a write that may have been carried out: 404 is this vendor's status for whatever is wrong."""


def read(body: bytes) -> Any:
    """Return an answer, JSON or XML, whichever it is; an XML root is read as its name. Raises BadAnswer.

    >>> read(b'<response status="ok"><id>DVQLK</id></response>')
    {'response': {'@status': 'ok', 'id': 'DVQLK'}}
    """
    text = body.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text.startswith(b"<"):
        return read_json(body, vendor="Flyerlink")
    root, value = read_xml(text, vendor="Flyerlink")
    if root.rpartition("}")[2].lower() == "html":
        raise nonsense(body, vendor="Flyerlink", why="HTML where JSON was expected")
    return {root: value}


def answered(answer: Any) -> tuple[Meaning, str]:
    """Return what an answer says by itself: DONE, NO, UNKNOWN (both at once) or NOTHING; and its message.

    >>> answered({"status": "error", "message": "Template not found"})
    (<Meaning.NO: 'no'>, 'Template not found')
    >>> answered({"status": "ok", "id": "DVQLK", "error": "quota exceeded"})
    (<Meaning.UNKNOWN: 'unknown'>, 'quota exceeded')
    """
    levels = (answer, answer.get("response")) if isinstance(answer, Mapping) else ()
    pairs = [pair for level in levels if isinstance(level, Mapping) for pair in level.items()]
    states = {str(v)[:9].strip().lower() for k, v in pairs if k in {"@status", "status", "result", "success"}}
    message = next((text for k, v in pairs if k == "message" and (text := one_line(v))), "")
    error = next((text for k, v in pairs if k in {"error", "errors"} and (text := one_line(v))), "")
    if states & FAILED:
        return Meaning.NO, message or error or "failed"
    if states & {"ok", "success"}:
        return (Meaning.UNKNOWN, error) if error else (Meaning.DONE, message)
    return Meaning.NO if any(k == "error" and v for k, v in pairs) else Meaning.NOTHING, message or error


def listed(message: str, profile: str) -> Verdict | None:
    """Return what a message means by the table, None for one that nobody has listed."""
    for known, (meaning, code, hint) in MESSAGES.items():
        if re.fullmatch(known, message.rstrip(" .!"), re.IGNORECASE):
            return Verdict(meaning=meaning, message=message, code=code, hint=hint.format(profile=profile))
    return None


def verdict(answer: Any, part: Part, profile: str) -> Verdict:
    """Return what the answer to a call means."""
    reads = CALLS[part.call][0] == "GET"
    meaning, message = answered(answer)
    if meaning in {Meaning.NO, Meaning.NOTHING} and message:
        if found := listed(message, profile):
            return found
        if not reads and SAVED.search(message):
            return Verdict(meaning=Meaning.UNKNOWN, message=message)
    if meaning is Meaning.NO:
        return Verdict(meaning=meaning, message=message)
    if reads:
        return Verdict(meaning=Meaning.DONE, message=message, value=answer)
    if meaning is Meaning.UNKNOWN:
        return Verdict(meaning=meaning, message=message)
    if why := _of_another(answer, part):
        return Verdict(meaning=Meaning.UNKNOWN, nonsense=f"Flyerlink answers with {why}")
    made = id_of(answer)
    if meaning is Meaning.DONE or (made and not message):
        if part.call == "create":
            return Verdict(meaning=Meaning.DONE, message=message, value=made)
        shown = made if part.call == "update" and "order" in answer else None
        return Verdict(meaning=Meaning.DONE, message=message, order_id=shown)
    return Verdict(meaning=Meaning.NOTHING, message=message or one_line(answer))


def _of_another(answer: Any, part: Part) -> str:
    """Return what shows that an answer is another request's, "" where nothing does.

    A job's id is a number; whether a new order has the job is looked up then.
    """
    made = id_of(answer)
    if part.call == "job" and made and not made.isdecimal() and isinstance(part.values["order"], Hole):
        return f"{made}, which is not a job's id"
    sent = part.values["fields"].get("reference") if part.call in {"create", "update"} else None
    shown = one_line(shown_in(answer).get("reference"))
    other = sent is not None and shown and shown.split() != one_line(sent).split()
    return f"an order of the reference {shown!r}" if other else ""


def shown_in(answer: Any) -> Mapping[str, Any]:
    """Return the one object that an answer shows, empty where there is none: its order or job, or else its own fields.

    >>> shown_in({"response": {"status": "ok", "order": {"id": "DVQLK"}}}), shown_in([])
    ({'id': 'DVQLK'}, {})
    """
    for name in ("response", "order", "job"):
        answer = answer.get(name, answer) if isinstance(answer, Mapping) else None
    return answer if isinstance(answer, Mapping) else {}


def id_of(answer: Any) -> str | None:
    """Return the id of what was made; None where the answer has no usable one, or words and no ok beside it.

    A `code` is none: an error has one, too.

    >>> id_of({"response": {"status": "ok", "id": "DVQLK"}}), id_of({"order": {"id": "DVQLK"}}), id_of({"code": 403})
    ('DVQLK', 'DVQLK', None)
    """
    shown = shown_in(answer)
    meaning, message = answered(shown)
    found = one_line(shown.get("id")) if meaning is Meaning.DONE or not message else ""
    usable = found.isprintable() and re.fullmatch(r"[^/\s]{1,60}", found) and found.casefold() not in NO_IDS
    return found if usable else None


def rows(answer: Any, name: str) -> list[Any] | None:
    """Return the orders, or the jobs, of an answer in whatever shape they came; None where there is no such shape.

    >>> rows({"orders": {"order": {"id": "A"}}}, "order"), rows([], "order"), rows({"runs": []}, "order")
    ([{'id': 'A'}], [], None)
    """
    answer = answer.get("response", answer) if isinstance(answer, Mapping) else answer
    if not isinstance(answer, Mapping) or not answer:
        return each(answer, name)
    key = next((k for k in (f"{name}s", name) if k in answer), "")
    if key:
        return each(answer[key], name)
    meaning, message = answered(answer)
    ok = meaning is Meaning.DONE
    if "id" in answer or ("code" in answer and name == "job"):
        return None if message and not ok else [answer]
    nothing = not message or re.fullmatch(rf"no {name}s( found)?\W*", message, re.IGNORECASE)
    return [] if ok and nothing and answer.keys() <= {"@status", "message", "status"} else None


def each(value: Any, name: str) -> list[Any] | None:
    """Return what a list holds: it may be null, "", one item, items by number, and each may be wrapped in its name.

    >>> each({"job": [{"id": "1"}, {"id": "2"}]}, "job"), each([{"job": {"id": "1"}}], "job"), each("", "job"), each(7, "job")
    ([{'id': '1'}, {'id': '2'}], [{'id': '1'}], [], None)
    """
    if isinstance(value, Mapping) and value:
        if name in value and not isinstance(value[name], str):
            return each(value[name], name)
        return items(value) if all(key.isdigit() for key in value) else [value]
    if isinstance(value, list):
        return [inner for v in value for inner in ((each(v, name) or [v]) if isinstance(v, Mapping) else [v])]
    return [] if value in (None, "", {}) else None


@lru_cache(maxsize=8)
def _order(zone: dt.tzinfo) -> Fields:
    """Return the fields of an order; its times are in `zone`."""
    return (
        ("id", "id", as_text),
        ("reference", "reference", as_text),
        ("title", "title", as_text),
        ("created_at", "date", partial(as_day, zone=zone)),
    )


CUSTOMER: Fields = (("code", "customer", as_text),)

LINE: Fields = (
    ("id", "id", as_text),
    ("sku", "product", as_text),
    ("name", "title", as_text),
    ("quantity", "quantity", as_decimal),
)
"""The fields of a job.

From the vendor's page "FLAPI: Orders", the tables of response items under each call; read on 2026-11-21.
"""

ELSEWHERE = {"id": "code", "sku": "product_code"}
"""What the jobs call names otherwise than an order that shows its jobs."""


def decode(raw: Mapping[str, Any], profile: Profile) -> model.Order:
    """Return an order; what is odd stays in `extra`. Its status and currency are those that all its jobs have.

    One that shows that it has no jobs has the status "": none of theirs, where None is one that it does not tell.

    Raises ValueError, TypeError for what is not an order or has no id.
    """
    rest = dict(raw)
    order = pop_fields(rest, _order(profile.zone))
    if "id" not in order:
        raise ValueError("an order without an id")
    jobs = each(rest.get("jobs"), "job")
    lines = tuple(decode_line(job) for job in jobs or () if isinstance(job, Mapping))
    if jobs is not None and len(jobs) == len(lines):
        rest.pop("jobs", None)
    totals = _totals(rest)
    balance = pop_as(dict(totals), "balance", as_decimal)
    total = pop_as(totals, "total", as_decimal)
    status, currency = _common(lines, "status"), _common(lines, "currency")
    return model.Order(
        **order,
        status=status_of(status, STATUSES, profile),
        vendor_status="" if jobs == [] and "jobs" in raw else status,
        customer=model.Customer(**pop_fields(rest, CUSTOMER)),
        lines=lines,
        currency=currency,
        total=total,
        paid=None if balance is None or not total else balance == 0,
        extra={**totals, **rest},
        raw=raw,
    )


def decode_line(raw: Mapping[str, Any]) -> model.OrderLine:
    """Return a job, as an order shows it, as the jobs call does (`code`), or by itself (other names)."""
    rest = dict(raw)
    line = pop_fields(rest, LINE)
    line |= pop_fields(rest, tuple([(name, key, as_text) for name, key in ELSEWHERE.items() if name not in line]))
    totals = _totals(rest)
    return model.OrderLine(
        **line,
        total=pop_as(totals, "total", as_decimal) or pop_as(rest, "total", as_decimal),
        extra={**totals, **rest},
    )


def as_day(value: Any, zone: dt.tzinfo) -> model.Moment | None:
    """Return a date: dd/mm/yyyy, or yyyy-mm-dd with or without a time. Raises ValueError.

    >>> as_day("26/04/2011", dt.UTC), as_day("2011-04-26", dt.UTC)
    (datetime.date(2011, 4, 26), datetime.date(2011, 4, 26))
    """
    day, slash, rest = as_text(value).strip().partition("/")
    month, second, year = rest.partition("/")
    found = as_moment(f"{year}-{month}-{day}" if slash and second else value, zone)
    if isinstance(found, dt.datetime):
        found.astimezone(zone)  # raises OverflowError where the calendar of that zone has no such day
    return found


def _common(lines: Sequence[model.OrderLine], name: str) -> str | None:
    """Return the text that all jobs have in a field, None where they differ."""
    values = [line.extra.get(name) for line in lines]
    return pop_as({name: values[0]}, name, as_text) if values and all(v == values[0] for v in values) else None


def _totals(rest: dict[str, Any]) -> dict[str, Any]:
    """Take the amounts out of `totals`, an object or a list of one; of several the first, and all of them stay."""
    value = rest.get("totals")
    several = value if isinstance(value, list) else [value]
    found = [dict(amounts) for amounts in several if isinstance(amounts, Mapping)]
    if not value or len(found) == len(several) == 1:
        rest.pop("totals", None)
    return found[0] if found else {}
