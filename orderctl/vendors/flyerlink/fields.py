"""What Flyerlink takes: its calls, their fields, and how a write becomes an order's parameters and its jobs'. Pure."""
# ruff: noqa: E501  (the tables have a row a line)

import calendar
import datetime as dt
import json
import shlex
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from orderctl import errors, model
from orderctl.backend.fields import tables, translate, translate_query
from orderctl.backend.prepared import Hole, Part, Prepared, Seen
from orderctl.backend.tolerant import as_text
from orderctl.backend.vendor import Field, Kind, Profile
from orderctl.frozen import replace

CALLS: Mapping[str, tuple[str, str]] = {
    "addpackage": ("POST", "/orders/{order}/addpackage"),
    "create": ("POST", "/orders"),
    "get": ("GET", "/orders/{order}"),
    "job": ("POST", "/jobs"),
    "jobs": ("GET", "/orders/{order}/jobs"),
    "list": ("GET", "/orders/"),
    "update": ("PUT", "/orders/{order}"),
}
"""The calls that are made, below the profile's url.

From the vendor's page "FLAPI: Orders", "Quick Reference" and "Create a job with an existing order id"; read on
2026-11-21.
"""

DAYS = 31
"""How many days a list goes back without --since, and a look-up by reference always."""

DEALLOCATE = "orderctl api POST /jobs/JOB/deallocate --yes takes one out of production (orderctl lines ID)"

MAX_REFERENCE = 6000
"""How long a new reference may be, url-encoded: it is in the url, and web servers refuse one above some 8,000."""

# fmt: off
_FORMAT = Field("format", note="json or xml", reserved=True, instead="orderctl asks for JSON itself; for XML: orderctl api GET PATH --set format=xml")
_JOB = (
    _FORMAT,
    Field("order", note="the order's id", reserved=True, instead="orderctl fills in the order's id"),
    Field("product", note="product code, such as LEGA54V", word="sku", required=True, aliases=("product_code",)),
    Field("quantity", Kind.DECIMAL, "how many pieces", word="quantity", required=True),
    Field("title", note="the job's title, to help people identify it", word="name"),
    Field("reference", note="the customer's reference for the job", aliases=("client_reference",)),
    Field("id", note="job id", word="id", reserved=True, instead="a job is not changed here; try: orderctl api PUT /jobs/ID --yes --set KEY=VALUE"),
    Field("customer", note="customer code (default: the order's)"),
    Field("contact", note="contact id (default: the order's)"),
    *(Field(name, note="as jobs show it; whether a new job takes it is not documented") for name in (
        "bleed", "category", "finishes", "height", "jobmaker_pack", "notes", "orientation", "package_code", "pages", "prod_workgroup",
        "reorderof", "reprintof", "schedule", "service", "spec", "status", "turnaround", "weight", "width",
    )),
)
FIELDS: Mapping[str, tuple[Field, ...]] = tables({
    "create": (
        _FORMAT,
        Field("title", note="title, name or description", word="title"),
        Field("customer", note="customer code, such as HOTEST", word="customer.code", required=True),
        Field("contact", note="id of a contact of that customer (default: the profile's contact)", required=True),
        Field("reference", note="a purchase order number or note", word="reference"),
        Field("package.{key}", note="for an order that exists", reserved=True, instead="add it afterwards: orderctl update ID --set package.KEY=VALUE"),
    ),
    "create.line": _JOB,
    "update": (
        _FORMAT,
        Field("reference", note="a purchase order number or note", word="reference"),
        Field("package.{key}", note="a parameter of addpackage, sent as it is; the vendor does not document them", appends=True),
    ),
    "update.line": _JOB,
    "get": (_FORMAT,),
    "list": (
        _FORMAT,
        Field("workgroup", note="workgroup or studio code (default: the profile's)"),
        Field("from", note="first day", reserved=True, instead="use --since DATE"),
        Field("to", note="last day", reserved=True, instead="use --until DATE"),
    ),
})
"""From the vendor's page "FLAPI: Orders", the tables of parameters and of response items under each call; read on
2026-11-21. It names no field of POST /jobs but `order`: the others are from its samples and the guide's.
"""
# fmt: on


def prepare(verb: str, subject: model.Subject, profile: Profile) -> Prepared:
    """Return a write in the vendor's own parameters, as text: the order's, and under `jobs` those of each line."""
    if not isinstance(subject, model.OrderDraft):
        return Prepared(verb=verb, subject=subject)
    content, problems = encode(verb, subject, profile)
    return Prepared.of_order(verb, subject, content, problems)


def parts(prepared: Prepared, seen: Seen, _profile: Profile) -> tuple[Part, ...]:
    """Return the requests of a write: of a create the order, of an update its reference and its package; then the jobs.

    The values of a part are the call's `fields`, and the `order` that it is about.
    """
    order = {name: value for name, value in prepared.content.items() if name != "jobs"}
    jobs = prepared.content.get("jobs", ())
    if prepared.verb != "create":
        return (*_changes(seen.id, order), *_jobs(seen.id, jobs, of=seen.id))
    create = Part(purpose=f"create order {prepared.reference!r}", call="create", values={"fields": order})
    return (create, *_jobs(Hole("order"), jobs, of=prepared.reference))


def check_query(query: model.Query, profile: Profile) -> tuple[errors.Problem, ...]:
    """Return what is wrong with a list's filters."""
    problems = encode_query(query, profile)[1]
    for option, moment in (("--since", query.since), ("--until", query.until)):
        if moment is not None and not 1 < moment.year < 9999:  # a day, or the 31 before, more would leave the calendar
            problems.append(errors.Problem(option, "is out of range"))
    if query.since is not None and query.until is not None and query.since >= query.until:
        problems.append(errors.Problem("--since", "is after --until"))
    return tuple(problems)


def encode(verb: str, draft: model.OrderDraft, profile: Profile) -> tuple[dict[str, Any], list[errors.Problem]]:
    """Return the parameters of an order and, under `jobs`, of each of its jobs, and what is wrong with them."""
    if verb == "create" and "contact" not in draft.set and profile.settings.get("contact"):
        draft = replace(draft, set={**draft.set, "contact": model.Setting(value=profile.settings["contact"])})
    elsewhere = FIELDS["create"] if verb == "update" else ()
    result = translate(draft, order=FIELDS[verb], line=FIELDS[f"{verb}.line"], elsewhere=elsewhere, zone=profile.zone)
    places = [f.name for f in FIELDS[verb]]
    given = sorted(result.values.items(), key=lambda v: places.index(v[0]) if v[0] in places else len(places))
    order, jobs = in_text(dict(given)), [in_text(line) for line in result.lines]
    wrong = {}
    if draft.files:
        wrong["--file"] = "Flyerlink takes no files with an order; artwork goes to its jobs, on the vendor's own pages"
    if isinstance(draft, model.OrderChange) and draft.replace_lines:
        wrong["--replace-lines"] = f"Flyerlink cannot remove a job; --line adds one, and {DEALLOCATE}"
    if verb == "update" and len(quote(order.get("reference", ""), safe="")) > MAX_REFERENCE:
        wrong["--set reference"] = f"is too long for a url: at most {MAX_REFERENCE} characters when encoded"
    problems = [*result.problems, *(errors.Problem(path, why, draft.row) for path, why in wrong.items())]
    return {**order, "jobs": jobs} if jobs else dict(order), problems


def encode_query(query: model.Query, profile: Profile) -> tuple[str, list[errors.Problem]]:
    """Return the workgroup whose orders a list shows, and what is wrong with its filters; the dates go by month."""
    values, problems = translate_query(query, FIELDS["list"], vendor="Flyerlink", zone=profile.zone)
    return str(values.get("workgroup") or profile.settings.get("workgroup", "")), problems


def in_text(values: Mapping[str, Any]) -> dict[str, str]:
    """Return parameters as the vendor takes them.

    >>> in_text({"product": "LEGA54V", "quantity": 5000})
    {'product': 'LEGA54V', 'quantity': '5000'}
    """
    return {name: as_text(value) for name, value in values.items()}


def days_of(query: model.Query, today: dt.date, zone: dt.tzinfo) -> tuple[dt.date, dt.date]:
    """Return the first and the last day of a list: whole days, as orders have no time.

    >>> days_of(model.Query(until=dt.datetime(2011, 5, 1, tzinfo=dt.UTC)), dt.date(2026, 1, 1), dt.UTC)
    (datetime.date(2011, 3, 30), datetime.date(2011, 4, 30))
    """
    last = today + dt.timedelta(days=1)  # where the vendor is, it may be tomorrow already
    if query.until is not None:
        last = min(last, (query.until - dt.timedelta(microseconds=1)).astimezone(zone).date())
    if query.since is None:
        return min(last, today) - dt.timedelta(days=DAYS), last
    first = query.since.astimezone(zone).date()
    return first, max(first, last)


def month_end(day: dt.date) -> dt.date:
    """Return the last day of a day's month."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _changes(order_id: str, order: Mapping[str, str]) -> list[Part]:
    """Return the requests that change an order itself: its reference, its package."""
    parts = []
    if "reference" in order:
        fields = {"reference": order["reference"]}
        option = f"--set {shlex.quote(_set_option('reference', order['reference']))}"
        parts.append(_part("the reference", order_id, "update", order_id, fields, option=option))
    if package := {name.removeprefix("package."): v for name, v in order.items() if name != "reference"}:
        option = " ".join(f"--set {shlex.quote(_set_option(f'package.{k}', v))}" for k, v in package.items())
        parts.append(_part("the package", order_id, "addpackage", order_id, package, option=option))
    return parts


def _jobs(order_id: str, jobs: Iterable[Mapping[str, str]], *, of: str | None) -> list[Part]:
    """Return the requests that make the jobs of an order, which `of` names for people."""
    return [
        _part(
            f"line {number} ({job['product']})",
            of,
            "job",
            order_id,
            job,
            option=f"--line {shlex.quote(json.dumps(dict(job), ensure_ascii=False))}",
        )
        for number, job in enumerate(jobs, 1)
    ]


def _part(name: str, of: str | None, call: str, order_id: str, fields: Mapping[str, str], *, option: str) -> Part:
    return Part(
        purpose=f"{name} of order {of!r}",
        call=call,
        values={"order": order_id, "fields": fields},
        name=name,
        fills="",
        option=option,
    )


def _set_option(name: str, value: str) -> str:
    """Return a field as --set takes it; a text that begins with @ would name a file.

    >>> _set_option("package.code", "P1"), _set_option("package.code", "@P1")
    ('package.code=P1', 'package.code:="@P1"')
    """
    return f"{name}:={json.dumps(value, ensure_ascii=False)}" if value.startswith("@") else f"{name}={value}"
