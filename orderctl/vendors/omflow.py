"""OMFlow (SYSCOM), its REST API: orders are pieces of data that a flow leads from step to step.

Protocol: POST with a JSON body below /rest/flowmanage/api/; answers are {status, message, result} with HTTP 200,
whatever they say. Authentication: a security code in every body, had by HTTP Basic at /accounts/api/security/get/, five
minutes good since its last use. Source: the vendor's page "Quickly open and push orders"; where real servers behave
otherwise, they win.

Oddities: the status is a number or a text, the result may be lacking, null or empty; the message is in any language; a
create may be accepted without a number, whether an order comes of it or not; an order's number counts within its flow;
every step makes new rows, and a list shows rows; its `limit` is an end index; a push must bring all that the step's
form requires, and is not atomic; a delete of what does not exist succeeds; older servers take no form, so no files.
"""
# ruff: noqa: E501  (the tables have a row a line)

import datetime as dt
import json
from codecs import BOM_UTF8
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from orderctl import errors, model
from orderctl.backend import Backend, Connection
from orderctl.decode import as_moment, as_text, one_line, status_of, take
from orderctl.fields import convert, nearest, resolve, settings, translate, unknown_name
from orderctl.http import Effect, Reply, Request, decoded, problem, unknown
from orderctl.readback import made
from orderctl.redaction import HIDDEN, hide
from orderctl.session import Session
from orderctl.values import dataclass, replace
from orderctl.vendor import Capability, Checked, Duplicates, Field, Kind, Option, Profile, Secret, Vendor
from orderctl.vendors.omflow_form import (
    Files,
    Form,
    Wanted,
    attachments,
    content,
    decode_form,
    fill,
    in_text,
    parts,
)
from orderctl.wire import basic_auth, nonsense, read_json, write_form, write_json, write_multipart

PART = 500
"""How many rows a page of a list asks for; an order has one, or one a parallel branch."""

CAPS = 50
"""A page that is shorter than asked for and has a multiple of so many rows may be as long as the server makes one."""

MOST_PAGES = 1200
"""How many pages are read of rows that belong together: ten minutes at the usual rate."""

LARGEST_BODY = 2_621_440
"""Django reads no larger body, files apart, in bytes, and then says that a parameter is missing."""

CODE_SECONDS = 270.0
"""How long a code is taken for good after its last use, in seconds; the server says 300."""

PAUSES = (0.0, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
"""How long to wait before each look at what the server's queue does with an order, in seconds."""

MOST_ASKED = 60
"""How many applications and flows are asked for, to find the flow of an API path."""

PATHS = {
    "apps": "/rest/flowmanage/api/flow-active-app/list/",
    "code": "/accounts/api/security/get/",
    "edit": "/rest/flowmanage/api/omdata/edit/{flow}",
    "files": "/rest/flowmanage/api/omdata-file/list/",
    "flows": "/rest/flowmanage/api/flow-active/list/",
    "format": "/rest/flowmanage/api/flow-active-api-format/get/",
    "list": "/rest/flowmanage/api/omdata/list/{flow}",
    "load": "/rest/flowmanage/api/omdata/load/",
    "missions": "/rest/my-mission/api/my-mission/list/",
    "query": "/rest/flowmanage/api/omdata-data-id/get/{flow}",
    "upload": "/rest/flowmanage/api/omdata-file/upload/",
}

WRITES = frozenset({"edit", "upload"})

IN_DOUBT = (errors.Interrupted, errors.OutcomeUnknown)
"""After these a request may have been carried out: a second Ctrl-C leaves in the middle of one."""

ONLY_FILES = (
    "OMFlow changes fields only with a push, which moves the order on: orderctl push ID --set FORMITM_1=…;"
    " an update attaches files: --file PATH"
)

NO_FORMS = "QueryDict instance is immutable"
"""What an older server says of a form, before it does anything. Python's words are in no language but its own."""

EXCEPTIONS: Mapping[str, str] = {
    "'NoneType' object has no attribute 'api'": "check the flow in the profile: it is the flow's API path",
    "'type'": "every field needs its type: --set FORMITM_4:h_title=…",
    "Expecting value": "the form's data must be JSON",
    "get() returned more than one OmUser": "this login's name is part of another user's, which breaks the server: use another API user",
    "invalid literal for int()": "an order's number is a whole number",
    NO_FORMS: "this server takes no files with a create",
}
"""Parts of what a server says with status 500 before it does anything, and what to do next."""

OPERATORS = {"": "=", "<": "<", "=": "=", ">": ">", "contains": "contains", "in": "in"}

T = TypeVar("T")

TEXT, INT, BOOL, TIME, JSON = Kind.TEXT, Kind.INT, Kind.BOOL, Kind.DATETIME, Kind.JSON

# fmt: off
_LOGIN = (
    Field("security", note="security code", reserved=True, instead="the code is had by: orderctl auth login"),
    Field("omflow_restapi", note="1", reserved=True, instead="it is sent with every call"),
)
_ACTION = Field("action", note="create, update or delete", reserved=True, instead="it follows from the command")
_FORM = Field("FORMITM_{key}", JSON, "a field of the form by its number, with its type where the form is not known: FORMITM_4:h_title=…; lists and objects as JSON", aliases=("formitm_{key}",), typed=True)
_FORMDATA = Field("formdata", note="the form's fields", reserved=True, instead="give each field: --set FORMITM_1=…")

FIELDS: Mapping[str, tuple[Field, ...]] = {
    "create": (
        *_LOGIN, _ACTION, _FORMDATA, _FORM,
        Field("start_input", JSON, "values for the start of a flow without a form, a JSON object"),
        Field("files", note="attachments", reserved=True, instead="use --file PATH"),
        Field("files_item", note="fields of the form that hold a file", reserved=True, instead="use --file FORMITM_3=PATH"),
    ),
    "push": (
        *_LOGIN, _ACTION, _FORMDATA, _FORM,
        Field("data_id", note="the row to push", reserved=True, instead="it is looked up; --step NAME (or its number) picks among parallel steps"),
        Field("quick_action", note="a quick action of the step, in place of its form", choices=("action1", "action2")),
    ),
    "cancel": (*_LOGIN, _ACTION, Field("data_no", reserved=True, instead="name the order as the command's ID")),
    "get": _LOGIN,
    "list": (
        *_LOGIN,
        Field("id", INT, "data_id: the number of a row"),
        Field("data_no", INT, "the order's number"),
        Field("status", note="what the form's status field shows"),
        Field("title", note="what the form's title field holds"),
        Field("level", note="what the form's level field holds"),
        Field("group", note="what the form's group field holds, as JSON text"),
        Field("closed", BOOL, "whether it has come to the flow's end"),
        Field("stop_chart_text", note="the step where it waits", aliases=("step",)),
        Field("stop_uuid", note="that step's id in the flow's design"),
        Field("stop_chart_type", note="that step's kind"),
        Field("running", BOOL, "whether the server is moving it on right now"),
        Field("error", BOOL, "whether it stopped at an error"),
        Field("error_message", note="that error"),
        Field("createtime", TIME, "when the row was made: the last step began"),
        Field("updatetime", TIME, "when it was last changed", word="changed_since"),
        Field("stoptime", TIME, "when it came to its step"),
        Field("create_user_id", note="who made it"),
        Field("update_user_id", note="who changed it last"),
        Field("init_data_id", INT, "the number of the order's first row"),
        Field("is_child", BOOL, "whether another flow made it"),
        Field("dataid_header", note="what stands before its number"),
        Field("flow_uuid", note="the flow, with dashes"),
        Field("data_param", note="the server's own notes, JSON text"),
        Field("formitm_{key}", note="a field of the form by its number, as text", aliases=("FORMITM_{key}",)),
        Field("exclude_conditions", JSON, "conditions [{column, condition, value}]; rows that meet all are left out (--set)"),
        Field("history", note="rows of former steps", reserved=True, instead="they are no orders; raw rows: orderctl api"),
        Field("search_columns", note="columns", reserved=True, instead="all are read; --fields shows some"),
        Field("search_conditions", note="conditions", reserved=True, instead="use --where COLUMN=VALUE, COLUMN:>=V, COLUMN:contains=V"),
        Field("order_columns", note="order", reserved=True, instead="use --sort id, id:desc or another key"),
        Field("limit", note="end index", reserved=True, instead="use --limit or --all"),
        Field("start", note="start index", reserved=True, instead="use --after"),
    ),
}
# fmt: on


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a server says: the status in the body, its words, and the result, None where it is lacking or empty."""

    status: int
    words: str
    result: Any


def check(verb: str, subject: model.OrderDraft | model.OrderChange | model.Move, profile: Profile) -> Checked:
    """Return what is wrong with a create, an update or a push, as far as it can be told without the form's design."""
    if isinstance(subject, model.Move):
        problems = list(encode("push", subject.set, profile).problems)
        for option, value in (("--to", subject.to), ("--by", subject.by)):
            if value is not None:
                problems.append(
                    errors.Problem(
                        option,
                        "OMFlow has no place for it; an order moves to the next step, --step picks one of several",
                    )
                )
        if "quick_action" in subject.set and any(resolve((_FORM,), key) for key in subject.set):
            problems.append(errors.Problem("--set quick_action", "takes the place of the form: give one or the other"))
        return Checked(tuple(problems))
    files = attachments(subject.files, fields=verb == "create")
    if verb == "update":
        return Checked((*not_fields(subject, profile), *files.problems))
    wanted = encode_draft(subject, profile)
    return Checked((*wanted.problems, *files.problems))


def check_query(query: model.Query, profile: Profile) -> Checked:
    """Return what is wrong with a list's filters. Raises Unsupported for a reference that no field holds."""
    if query.reference is not None:
        reference_column(profile)
    return Checked(tuple(encode_query(query, profile)[2]))


def encode(call: str, given: Mapping[str, model.Setting], profile: Profile, *, row: int | None = None) -> Wanted:
    """Return the fields of a form and the vendor's other parameters that a caller gives, all values as text.

    >>> wanted = encode("create", {"FORMITM_4": model.Setting(value="Order A", kind="h_title")}, Profile(name="p", vendor="omflow", url="sandbox:"))
    >>> dict(wanted.values), dict(wanted.kinds)
    ({'FORMITM_4': 'Order A'}, {'FORMITM_4': 'h_title'})
    """
    values, problems = settings(FIELDS[call], given, zone=profile.zone)
    kinds: dict[str, str] = {}
    for key, setting in given.items():
        found = resolve(FIELDS[call], key)
        if found is None or not found[0].typed:
            continue
        number = found[1].removeprefix("FORMITM_")
        if not (number.isascii() and number.isdecimal()):
            problems.append(
                errors.Problem(f"--set {key}", "is no field of a form; those are FORMITM_ and a number", row)
            )
        if setting.kind is not None:
            kinds[found[1]] = setting.kind
    for name in ("start_input",):
        if name in values and not isinstance(values[name], Mapping):
            problems.append(
                errors.Problem(f"--set {name}", 'takes a JSON object: start_input:=\'{"KEY": "VALUE"}\'', row)
            )
    form = {k: in_text(v) for k, v in values.items() if k.startswith("FORMITM_")}
    others = {k: in_text(v) for k, v in values.items() if k not in form}
    return Wanted(
        values=form, kinds=kinds, others=others, problems=tuple(replace(p, row=p.row or row) for p in problems)
    )


def encode_draft(draft: model.OrderDraft, profile: Profile) -> Wanted:
    """Return what a draft wants of the form, its reference in the field that the profile names."""
    plain = replace(draft, reference=None, files=(), set=model.NOTHING)
    wrong = [
        replace(p, problem=f"{p.problem}; the form's own fields go by --set FORMITM_1=…")
        for p in translate(plain, order=FIELDS["create"], zone=profile.zone).problems
    ]
    wanted = encode("create", draft.set, profile, row=draft.row)
    name, values = reference_field(profile), dict(wanted.values)
    if name and draft.reference is not None and values.setdefault(name, draft.reference) != draft.reference:
        wrong.append(errors.Problem("--reference", f"is given twice, with different values ({name})", draft.row))
    return replace(wanted, values=values, problems=(*wanted.problems, *wrong))


def encode_query(query: model.Query, profile: Profile) -> tuple[list[dict[str, Any]], Any, list[errors.Problem]]:
    """Return a list's conditions, its exclusions (None for none), and what is wrong with them."""
    conditions: list[dict[str, Any]] = []
    given, problems = settings(FIELDS["list"][-7:], query.set, zone=profile.zone)
    exclude = given.get("exclude_conditions")
    if exclude is not None and not well_formed(exclude):
        problems.append(
            errors.Problem(
                "--set exclude_conditions", "OMFlow would drop it without a word; it takes a list: " + EXCLUSION
            )
        )
    for key, (operator, values) in query.where.items():
        place, found = f"--where {key}", resolve(FIELDS["list"], key)
        if found is None or found[0].name == "exclude_conditions":
            problems.append(errors.Problem(place, unknown_name(key, FIELDS["list"][:-7])))
        elif found[0].reserved:
            problems.append(errors.Problem(place, found[0].instead))
        elif operator not in OPERATORS:
            problems.append(
                errors.Problem(place, f"{operator!r} is no operator; {nearest(operator, filter(None, OPERATORS))}")
            )
        else:
            kind = replace(found[0], kind=TEXT) if operator == "contains" else found[0]
            try:
                wanted = [in_column(convert(kind, value, profile.zone), profile.zone) for value in values]
            except ValueError as error:
                problems.append(errors.Problem(place, str(error)))
                continue
            wanted = [int(w) if kind.kind is INT else w for w in wanted]
            conditions.append(condition(found[1], OPERATORS[operator], wanted if operator == "in" else wanted[0]))
            if operator != "in" and len(wanted) > 1:
                problems.append(errors.Problem(place, f"takes one value; several go with {key}:in=A,B"))
    if query.since is not None:  # the row of the last step is never older than its order
        conditions.append(condition("createtime", ">", before(query.since, profile.zone)))
    if query.changed_since is not None:
        conditions.append(condition("updatetime", ">", before(query.changed_since, profile.zone)))
    if query.reference is not None:
        conditions.append(condition(reference_column(profile), "=", query.reference))
    return conditions, exclude, problems


def well_formed(conditions: Any) -> bool:
    """Return whether conditions are a list of objects with a column, an operator and a value, and nothing is amiss.

    >>> well_formed([{"column": "title", "condition": "=", "value": "x"}]), well_formed([{"column": "title"}])
    (True, False)
    """
    return isinstance(conditions, list) and all(
        isinstance(c, Mapping)
        and c.keys() == {"column", "condition", "value"}
        and isinstance(c["column"], str)
        and c["condition"] in list(OPERATORS.values())
        and isinstance(c["value"], list) == (c["condition"] == "in")
        for c in conditions
    )


def not_fields(change: model.OrderDraft, profile: Profile) -> list[errors.Problem]:
    """Return what is wrong with an update: OMFlow attaches files, and changes fields only in a push."""
    words = replace(change, files=(), set=model.NOTHING)
    places = [p.path for p in translate(words, order=(), zone=profile.zone).problems]
    places += [f"--set {key}" for key in change.set]
    places += ["--replace-lines"] if isinstance(change, model.OrderChange) and change.replace_lines else []
    return [errors.Problem(place, "goes by a push too" if n else ONLY_FILES) for n, place in enumerate(places)]


def in_column(value: Any, zone: dt.tzinfo) -> Any:
    """Return a value to compare a column with; times are the server's own.

    >>> in_column(dt.datetime(2026, 11, 21, 19, 27, 29, 899000, tzinfo=dt.UTC), dt.timezone(dt.timedelta(hours=8)))
    '2026-11-22T03:27:29.899'
    """
    if isinstance(value, dt.datetime):
        return value.astimezone(zone).replace(tzinfo=None).isoformat(timespec="milliseconds")
    return f"{value.isoformat()}T00:00:00.000" if isinstance(value, dt.date) else value


def before(moment: model.Moment, zone: dt.tzinfo) -> str:
    """Return the millisecond before a time: the server knows > and no >=."""
    return str(in_column(moment - dt.timedelta(milliseconds=1), zone))


def condition(column: str, operator: str, value: Any) -> dict[str, Any]:
    """Return a condition of a list; one that lacks a key would be dropped without a word, and all that follow it."""
    return {"column": column, "condition": operator, "value": value}


EXCLUSION = 'exclude_conditions:=[{"column": "title", "condition": "=", "value": "x"}]'
"""An example of what leaves rows out of a list."""

LIVE = condition("history", "=", False)
"""Rows of former steps are no orders."""


def reference_field(profile: Profile) -> str:
    """Return the field of the form that holds references, "" where the profile names none. Raises ConfigError."""
    name = str(profile.settings.get("reference_field") or "").upper()
    if name and not re.fullmatch(r"FORMITM_[0-9]+", name):
        raise errors.ConfigError(
            f"profile {profile.name}: reference_field: {name!r} is no field of a form", hint="such as FORMITM_2"
        )
    return name


def reference_column(profile: Profile) -> str:
    """Return the column that holds references. Raises Unsupported where the profile names none."""
    name = reference_field(profile)
    if not name:
        raise errors.Unsupported(
            "OMFlow cannot look for references: the profile names no field that holds them",
            hint=f'add reference_field = "FORMITM_2" to the profile {profile.name}, or use --where FORMITM_2=…',
        )
    return name.lower()


def envelope(body: bytes) -> Said:
    """Return what an answer says, of either generation of servers. Raises BadAnswer for anything else.

    >>> envelope(b'{"status": "200", "message": "ok", "result": ""}')
    Said(status=200, words='ok', result=None)
    """
    answer = read_json(body, vendor="OMFlow")
    status = str(answer.get("status", "")) if isinstance(answer, Mapping) else ""
    if not re.fullmatch(r"[1-9][0-9]{2}", status.strip()):
        raise nonsense(body, vendor="OMFlow", why="something without a status")
    result, words = answer.get("result"), one_line(answer.get("message"))
    if isinstance(result, Mapping) and "security" not in result and status != "200":
        words = "; ".join(filter(None, (words, one_line(result.get("result")))))
    return Said(status=int(status), words=words, result=None if result == "" else result)


def welcome(body: bytes) -> Said:
    """Return what the answer to a log-in says. Raises BadAnswer that shows nothing of it: it may hold a code."""
    try:
        return envelope(body)
    except errors.BadAnswer:
        raise nonsense(b"", vendor="OMFlow", why="a log-in with something that cannot be read") from None


def hide_codes(body: bytes) -> None:
    """Hide whatever looks like a security code in the answer to a log-in, wherever it stands there."""
    hide("security", "")
    for code in re.findall(r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}", body.decode("utf-8", "replace")):
        hide("security", code)


def number_of(result: Any) -> str | None:
    """Return the order's number that an answer gives, None where it gives none.

    >>> number_of(7), number_of("7"), number_of(None), number_of(True), number_of({"data_no": 7})
    ('7', '7', None, None, None)
    """
    if isinstance(result, bool | list | Mapping) or result is None:
        return None
    text = as_text(result).strip()
    return text if is_number(text) or text == "<id>" else None


def is_number(text: str) -> bool:
    """Return whether a text can be the number of an order or of a row, written as the server writes it."""
    return text.isascii() and text.isdecimal() and text[0] != "0" and len(text) < 19


def fold(rows: Iterable[Any]) -> tuple[dict[str, list[Mapping[str, Any]]], list[str]]:
    """Return the live rows of a list by the number of their order, and what cannot be read."""
    orders: dict[str, list[Mapping[str, Any]]] = {}
    unread = []
    for place, row in enumerate(rows, 1):
        number = number_of(row.get("data_no")) if isinstance(row, Mapping) else None
        if number is None:
            unread.append(f"row {place}: has no order's number (data_no)")
        elif row.get("history") is not True:
            orders.setdefault(number, []).append(row)
    return orders, unread


def goes_on(rows: Sequence[Any]) -> bool:
    """Return whether more rows may follow those of a page: it is full, or perhaps as full as the server makes one."""
    return len(rows) >= PART or (bool(rows) and len(rows) % CAPS == 0)


def says(row: Mapping[str, Any], column: str, text: str) -> bool:
    """Return whether a column holds exactly a text; a number counts as it is written.

    >>> says({"formitm_3": 1001}, "formitm_3", "1001"), says({"formitm_3": None}, "formitm_3", "None")
    (True, False)
    """
    value = row.get(column)
    return value is not None and not isinstance(value, bool | list | Mapping) and as_text(value) == text


def beyond(orders: Iterable[str], cursor: str, *, falling: bool) -> bool:
    """Return whether all orders follow the one that a cursor names.

    >>> beyond(["8", "10"], "7", falling=False), beyond(["8", "10"], "9", falling=True)
    (True, False)
    """
    return all((int(n) < int(cursor)) if falling else (int(n) > int(cursor)) for n in orders)


def complete(orders: Mapping[str, T], rows: Sequence[Any]) -> tuple[dict[str, T], str | None]:
    """Return the orders of a page that are shown, and the number after which the next page begins, None at the end.

    Other branches of a page's last order may stand on the next one, so it is left to that, unless it is alone.

    >>> complete({"1": [], "2": []}, [{}] * PART), complete({"1": []}, [{}] * PART), complete({"1": []}, [{}])
    (({'1': []}, '1'), ({'1': []}, '1'), ({'1': []}, None))
    """
    shown = dict(orders)
    if not goes_on(rows) or not shown:
        return shown, None
    if len(shown) > 1:
        shown.popitem()
    return shown, next(reversed(shown))


def decode(rows: Sequence[Mapping[str, Any]], profile: Profile, *, created: Any = None) -> model.Order:
    """Return an order from its live rows, one a parallel branch; what has no common word is the first row's, in `extra`.

    `created` is when its first row was made, as the server writes it. `data_param`, the server's own notes, is in `raw`.
    """
    first, rest = rows[0], dict(rows[0])
    waiting = [row for row in rows if not row.get("closed") and not row.get("running")]
    steps = tuple(model.Step(name=one_line(r.get("stop_chart_text")), id=number_of(r.get("id"))) for r in waiting)
    shown = take(rest, "status", as_text)
    word = shown or ", ".join(one_line(r.get("stop_chart_text")) for r in rows if r.get("stop_chart_text")) or None
    changed = [m for row in rows if (m := take(dict(row), "updatetime", lambda v: as_moment(v, profile.zone)))]
    reference = reference_field(profile).lower()
    for name in ("closed", "data_no", "data_param", "history", "running", "updatetime"):
        rest.pop(name, None)
    if len(rows) > 1:
        rest["branches"] = [{k: v for k, v in row.items() if k != "data_param"} for row in rows[1:]]
    return model.Order(
        id=str(number_of(first.get("data_no"))),
        reference=take(rest, reference, as_text) if reference else None,
        number=str(number_of(first.get("data_no"))),
        title=take(rest, "title", as_text),
        status=state(rows, word, profile),
        vendor_status=word,
        steps=steps,
        created_at=take({"at": created}, "at", lambda v: as_moment(v, profile.zone)),
        updated_at=max(changed, key=str) if changed else None,
        extra=rest,
        raw=list(rows),
    )


def state(rows: Sequence[Mapping[str, Any]], word: str | None, profile: Profile) -> model.Status:
    """Return our word for where an order stands; a profile's own mapping of the vendor's word comes first."""
    mapped = status_of(word, {}, profile)
    if mapped is not model.Status.UNKNOWN:
        return mapped
    if any(row.get("error") for row in rows):
        return model.Status.FAILED
    if all(row.get("closed") for row in rows):
        return model.Status.COMPLETED
    return model.Status.IN_PROGRESS if any(row.get("running") for row in rows) else model.Status.OPEN


def check_body(body: bytes, params: Iterable[tuple[str, str]]) -> None:
    """Raise UsageError for a body that is no JSON object, or has a parameter that is given beside it."""
    try:
        given = read_json(body, vendor="the body")
    except errors.BadAnswer as error:
        raise errors.UsageError("the body begins like JSON and cannot be read as that; nothing was sent") from error
    if not isinstance(given, Mapping):
        raise errors.UsageError("the body must be a JSON object: the code is put into it")
    if twice := [name for name, _ in params if name in given]:
        raise errors.UsageError(f"--set {twice[0]}: stands in the body too", hint="give it once")


def spliced(values: Mapping[str, Any], body: bytes) -> bytes:
    """Return a JSON object with values put before its own, which stay as they are written.

    >>> spliced({"omflow_restapi": 1}, b'{"n": 1.50}'), spliced({"omflow_restapi": 1}, b"{ }")
    (b'{"omflow_restapi": 1, "n": 1.50}', b'{"omflow_restapi": 1}')
    """
    rest = body.removeprefix(BOM_UTF8).strip()[1:].lstrip()
    return write_json(values)[:-1] + (b", " + rest if rest != b"}" else rest)


def still_in_execution(what: str) -> errors.Temporary:
    """Return the error for an order that the server's queue has not come to."""
    return errors.Temporary(f"{what}: it is still in execution", hint="try again in a moment")


def raw_reads(_method: str, path: str) -> bool:
    """Return whether a raw call only reads: the path tells, the server does not look at the method.

    >>> raw_reads("POST", "/rest/flowmanage/api/omdata/list/orderdesk"), raw_reads("GET", "/rest/flowmanage/api/omdata/edit/orderdesk")
    (True, False)
    >>> raw_reads("POST", "/rest/flowmanage/api/omdata/list/../edit/orderdesk"), raw_reads("POST", "/rest/flowmanage/api/omdata/list/%2e%2e")
    (False, False)
    """
    reads = {known.rstrip("/") for call, known in PATHS.items() if call not in WRITES}
    head, _, flow = path.rstrip("/").rpartition("/")
    plain = not set(flow) & set("%.")  # dots, or what may stand for them, lead elsewhere
    return path.rstrip("/") in reads or (plain and f"{head}/{{flow}}" in reads)


class OMFlow(Backend):
    """An open connection to one flow of a server."""

    def __init__(self, vendor: Vendor, connection: Connection) -> None:
        super().__init__(vendor, connection)
        user, password = (connection.secrets.get(name, "") for name in ("username", "password"))
        self._dry = user == HIDDEN
        self._session = Session(
            self._log_in,
            field="security",
            seconds=CODE_SECONDS,
            state=connection.state,
            server=connection.profile.url,
            user="" if self._dry else user,
            password=password,
            given=connection.secrets.get("security", ""),
            renewable=bool(user),
        )
        self._lock = threading.Lock()
        self._form: Form | None = None
        self._form_read = self._told = False

    def create(self, draft: model.OrderDraft) -> model.Receipt:
        """Make the order. One that is accepted without a number is looked for by its reference, or else unknown."""
        reference, purpose = str(draft.reference), f"create order {draft.reference!r}"
        wanted, files = encode_draft(draft, self.profile), attachments(draft.files, fields=True)
        self._tell_of_references()
        if reference_field(self.profile) and (known := self._with_reference(reference, assume=[])):
            raise self.taken(reference, next(iter(known)))
        items, problems = fill(wanted, self._flow_form(), dry=self._dry)
        errors.refuse([*problems, *wanted.problems, *files.problems], about=f"order {reference!r}")
        values = {"action": "create", "formdata": items, **wanted.others}
        with self.connection.client.together():
            if files.plain or files.fields:
                return self._create_with_files(values, files, reference, purpose)
            return model.Receipt(id=self._made(self._call("edit", values, purpose, assume="<id>"), reference, purpose))

    def get(self, order_id: str, given: Mapping[str, model.Setting] = model.NOTHING) -> model.Order:
        """Return one order of the profile's flow by its number."""
        errors.refuse(settings(FIELDS["get"], given, zone=self.profile.zone)[1])
        rows = self._rows_of(order_id, f"get order {order_id!r}")
        return decode(rows, self.profile, created=self._created([rows]).get(order_id))

    def find(self, reference: str) -> model.Order:
        """Return the one order with exactly this reference, of its rows those that have it, without its first day.

        Raises Conflict where several have it.
        """
        found = self._with_reference(reference)
        if not found:
            raise self.not_found(reference)
        if len(found) > 1:
            raise self.several(reference, found)
        ((_, rows),) = found.items()
        return decode(rows, self.profile)

    def page(self, query: model.Query, cursor: str | None) -> model.Page:
        """Return the orders that follow a number. Rows of one order that filters part are read again, whole."""
        conditions, exclude, problems = encode_query(query, self.profile)
        errors.refuse(problems)
        if cursor and not is_number(cursor):
            raise errors.UsageError(
                f"--after {cursor}: not a cursor", hint='it is the "next" of an earlier list, such as 500:0'
            )
        falling = query.sort in VENDOR.sorts and query.descending
        onward = [condition("data_no", "<" if falling else ">", int(cursor))] if cursor else []
        purpose = f"list orders after {cursor}" if onward else "list orders"
        rows = self._list(
            [LIVE, *onward, *conditions], purpose, order="-data_no" if falling else "data_no", exclude=exclude
        )
        orders, unread = fold(rows)
        if cursor and not beyond(orders, cursor, falling=falling):
            raise self._unfiltered(purpose)
        if len(rows) >= PART and not orders:
            raise nonsense(write_json(rows[:1]), vendor="OMFlow", why="rows that are no orders")
        shown, last = complete(orders, rows)
        if shown and (conditions or exclude or (last and len(orders) == 1)):
            whole, _ = fold(self._rows([LIVE, condition("data_no", "in", [int(n) for n in shown])], purpose))
            shown = {number: whole.get(number) or found for number, found in shown.items()}
        created = self._created(shown.values())
        read = tuple(decode(found, self.profile, created=created.get(number)) for number, found in shown.items())
        return model.Page(orders=read, next=last, errors=tuple(unread))

    def ping(self) -> None:
        """Have a code, even where one is kept, and ask for the steps of an order: that needs no right on the flow."""
        if self.connection.secrets.get("username"):
            self._session.renew()
        self._call("query", {"data_no": 1}, f"check the login and the flow {self._flow!r}")

    def update(self, order_id: str, change: model.OrderChange) -> model.Receipt:
        """Attach files to an order, where it stands now, and look whether they are there."""
        files = attachments(change.files, fields=False)
        errors.refuse([*not_fields(change, self.profile), *files.problems])
        rows = self._rows_of(order_id, f"get order {order_id!r}")
        with self.connection.client.together():
            lacking = self._attach(order_id, rows[0], files.plain)
        if lacking:
            raise unknown(f"update order {order_id!r}: OMFlow took the files and does not list {', '.join(lacking)}")
        return model.Receipt(id=order_id, message=f"attached: {', '.join(p.name for p in files.plain)}")

    def cancel(self, order_id: str, reason: str | None) -> model.Receipt:
        """Delete an order for good, and look whether it is gone: the server says yes to any number."""
        purpose = f"cancel order {order_id!r}"
        self._rows_of(order_id, purpose)
        with self.connection.client.together():
            self._call("edit", {"action": "delete", "data_no": [int(order_id)]}, purpose, assume="")
            try:
                left = self._list([LIVE, condition("data_no", "=", int(order_id))], purpose, assume=[])
            except errors.OrderctlError as error:
                what = f"{purpose}: OMFlow says that it is done, and it cannot be looked up ({error.message})"
                raise unknown(what) from error
        if left:
            raise unknown(f"{purpose}: OMFlow says that it is done, and still lists the order")
        return model.Receipt(id=order_id, message="deleted at the vendor")

    def push(self, order_id: str, move: model.Move) -> model.Receipt:
        """Push an order on from its step, or from the one of its parallel steps that is named."""
        purpose = f"push order {order_id!r}"
        rows, wanted = self._rows_of(order_id, purpose, step=move.step), encode("push", move.set, self.profile)
        step = self._pick(order_id, self._steps(order_id, purpose, assume=move.step), move.step)
        if stuck := [r for r in rows if r.get("error") and one_line(r.get("id")) == step.id]:
            raise errors.Conflict(
                f"{purpose}: it is {_where(stuck)}", hint="mend the flow at the server", code="order.error"
            )
        form = self._row_form(rows[0], step.id, purpose)
        values: dict[str, Any] = {"action": "update", "data_id": _number(step.id), **wanted.others}
        if quick := wanted.others.get("quick_action"):
            if form and form.actions and not form.actions[0 if quick == "action1" else -1]:
                raise errors.UsageError(
                    f"{purpose}: the step {step.name!r} has no {quick}, and OMFlow would push it all the same"
                )
        else:
            values["formdata"], problems = fill(wanted, form, keep=True, dry=self._dry)
            errors.refuse(problems, about=f"{purpose} from {step.name!r}")
        with self.connection.client.together():
            pushed = number_of(self._call("edit", values, purpose, assume=order_id))
            if pushed not in {None, order_id}:
                message = f"OMFlow says that it pushed order {pushed}, not {order_id}"
                raise errors.Conflict(message, hint="look at both", code="order.mismatch")
            return model.Receipt(id=order_id, message=f"from {step.name}, {self._whereto(order_id, step)}")

    def steps(self, order_id: str) -> tuple[model.Step, ...]:
        """Return the steps where an order waits now, none where it is closed."""
        return self._steps(order_id, f"steps of order {order_id!r}")

    def fields(self) -> tuple[Field, ...]:
        """Return the fields of the flow's form, each with its type in the note."""
        form = self._flow_form()
        if form is None:
            raise errors.PermissionDenied(
                f"the form of flow {self._flow!r} cannot be read: it has no order that this login may see, and the login lacks the right to manage flows",
                hint="create one order with types given (--set FORMITM_1:inputbox=…), or ask the server's administrator",
            )
        reference = reference_field(self.profile)
        structured = frozenset({"checkbox", "h_group"})
        return tuple(
            Field(
                i.name,
                JSON if i.kind in structured else TEXT,
                " ".join(filter(None, (i.title, f"({i.kind})"))),
                word="reference" if i.name == reference else "",
                required=i.required,
                choices=i.choices,
            )
            for i in form.items.values()
        )

    def raw(
        self, method: str, path: str, *, params: tuple[tuple[str, str], ...], body: bytes | None, content_type: str
    ) -> Reply:
        """Send a call of the caller's own: code and parameters go into the body, as the server looks nowhere else."""
        effect = Effect.READ if raw_reads(method, path) else Effect.WRITE
        kind = content_type if body else "application/json"
        if kind == "application/json":
            check_body(body or b"{}", params)

        def send(code: str) -> tuple[Reply, int]:
            login: dict[str, Any] = {"security": code, "omflow_restapi": 1}
            if kind == "application/json":
                whole = spliced({**login, **dict(params)}, body or b"{}")
            else:
                whole = b"&".join((write_form([*((k, str(v)) for k, v in login.items()), *params]), body or b""))
            headers = {"content-type": kind, "accept-language": "en"}
            request = Request(
                method=method, url=self._base + path, purpose=f"{method} {path}", headers=headers, body=whole
            )
            reply = self.connection.client.send(request, effect)
            with suppress(errors.BadAnswer):
                return reply, envelope(reply.body).status
            return reply, reply.status

        return self._session.call(send, refused=lambda reply: reply[1] == 403)[0]

    def _call(
        self,
        call: str,
        values: Mapping[str, Any],
        purpose: str,
        *,
        files: Sequence[tuple[str, Path]] = (),
        form: bool = False,
        assume: Any = None,
    ) -> Any:
        """Send one call with a code and return its result. Raises what the status in the body means."""
        effect = Effect.WRITE if call in WRITES else Effect.READ
        url = self._base + PATHS[call].format(flow=quote(self._flow, safe=""))
        assumed = None if assume is None else json.dumps({"status": 200, "result": assume}).encode()
        attached = [(name, path.name, content(path)) for name, path in files]

        def send(code: str) -> Said:
            whole = {"security": code, "omflow_restapi": 1, **values}
            kind, body = (
                ("application/json", write_json(whole)) if not form else write_multipart([*parts(whole), *attached])
            )
            if not form and len(body) > LARGEST_BODY:
                raise errors.UsageError(
                    f"{purpose}: is too large, {len(body)} bytes; OMFlow reads {LARGEST_BODY}",
                    hint="long texts can go as a file: --file PATH",
                )
            headers = {"content-type": kind, "accept-language": "en"}
            request = Request(method="POST", url=url, purpose=purpose, headers=headers, body=body)
            reply = self.connection.client.send(request, effect, assume=assumed)
            said = decoded(reply, request, effect, envelope)
            failure = problem(reply, request, effect, words=said.words)
            if failure is not None:
                raise failure
            return said

        said = self._session.call(send, refused=lambda said: said.status == 403)
        if said.status != 200:
            raise self._failure(said, effect, purpose)
        return said.result

    def _failure(self, said: Said, effect: Effect, purpose: str) -> errors.OrderctlError:
        """Return what a status in the body means."""
        what = f"{purpose}: OMFlow says {said.words!r} (status {said.status})"
        if said.status == 403 and self.connection.secrets.get("username"):
            return errors.PermissionDenied(
                what, hint="the code is good, so the login lacks the right; ask the server's administrator"
            )
        if said.status == 403:
            return errors.LoginRefused(
                what, hint=f"a code lives five minutes; log in for good: {self.command('auth', 'login')}"
            )
        if said.status == 404:
            return errors.Refused(what, hint=f"check the values, and the flow {self._flow!r} of the profile")
        hint = next((h for text, h in EXCEPTIONS.items() if text in said.words), None)
        if hint is not None:
            return errors.Refused(what, hint=hint, code="vendor.no_forms" if NO_FORMS in said.words else "")
        if effect is Effect.WRITE:
            return unknown(what)
        return errors.Temporary(what, hint="the vendor's server failed; try later")

    def _log_in(self) -> str:
        """Return a code for the login; while one lives, the server gives it again."""
        user, password = (self.connection.secrets.get(n) for n in ("username", "password"))
        if not user or not password:
            raise errors.CredentialError(
                "OMFlow needs username and password, or a security code",
                hint=f"log in: {self.command('auth', 'login')}",
            )
        headers = {"accept-language": "en", "authorization": basic_auth(user, password)}
        url = self._base + PATHS["code"]
        request = Request(method="GET", url=url, purpose="log in", headers=headers, learn=hide_codes)
        assume = json.dumps({"status": 200, "result": {"security": "<security>"}}).encode()
        reply = self.connection.client.read(request, assume=assume)
        said = decoded(reply, request, Effect.READ, welcome)
        failure = problem(reply, request, Effect.READ, words=said.words)
        if failure is not None:
            raise failure
        code = said.result.get("security") if isinstance(said.result, Mapping) else None
        if said.status != 200 or not isinstance(code, str) or not code:
            colon = " (a password with a colon never works here)" if ":" in password else ""
            raise errors.LoginRefused(
                f"log in: OMFlow says {said.words!r} (status {said.status}){colon}",
                hint=f"log in again: {self.command('auth', 'login')}; the name is the user's, not an e-mail address",
            )
        if not self._dry:
            hide("security", code)
        return code

    @property
    def _base(self) -> str:
        return self.profile.url.rstrip("/")

    @property
    def _flow(self) -> str:
        return str(self.profile.settings.get("flow", ""))

    def _list(
        self,
        conditions: Sequence[Mapping[str, Any]],
        purpose: str,
        *,
        order: str = "data_no",
        start: int = 0,
        size: int = 0,
        exclude: Any = None,
        columns: Sequence[str] = (),
        assume: Any = None,
    ) -> list[Any]:
        """Return rows of the flow's list: `size` of them from index `start`; the server's limit is an end index."""
        values: dict[str, Any] = {
            "search_conditions": list(conditions),
            "order_columns": order.split(),
            "start": start,
            "limit": start + (size or PART),
        }
        values |= {"exclude_conditions": exclude} if exclude is not None else {}
        values |= {"search_columns": list(columns)} if columns else {}
        found = self._call("list", values, purpose, assume=assume)
        if found is not None and not isinstance(found, list):
            raise nonsense(json.dumps(found, default=str).encode(), vendor="OMFlow", why=f"no rows to {purpose!r}")
        return found or []

    def _rows(
        self,
        conditions: Sequence[Mapping[str, Any]],
        purpose: str,
        *,
        columns: Sequence[str] = (),
        assume: Any = None,
    ) -> Iterator[Any]:
        """Yield all rows that meet the conditions, page by page. Raises BadAnswer for pages without an end."""
        start, seen = 0, set[str]()
        for _ in range(MOST_PAGES):
            found = self._list(conditions, purpose, order="id", start=start, columns=columns, assume=assume)
            shown = {one_line(row.get("id")) for row in found if isinstance(row, Mapping)}
            if found and shown <= seen:
                break
            yield from found
            if not goes_on(found):
                return
            seen |= shown
            start += len(found)
        raise errors.BadAnswer(
            f"{purpose}: OMFlow's rows have no end; it shows {len(seen)} of them again",
            hint="check the server's version",
        )

    def _rows_of(self, order_id: str, purpose: str, *, step: str | None = None) -> list[Mapping[str, Any]]:
        """Return the live rows of one order. Raises NotFound."""
        if not is_number(order_id):
            raise self.not_found(order_id)
        guess = {
            "data_no": int(order_id),
            "id": "<data_id>",
            "flow_uuid": "<flow_uuid>",
            "stop_chart_text": step or "<step>",
        }
        found = self._list([LIVE, condition("data_no", "=", int(order_id))], purpose, order="id", assume=[guess])
        orders, _ = fold(found)
        if orders and order_id not in orders:
            raise self._unfiltered(purpose)
        if not orders:
            raise self.not_found(order_id)
        return orders[order_id]

    def _unfiltered(self, purpose: str) -> errors.BadAnswer:
        """Return the error for rows that were not asked for."""
        return errors.BadAnswer(
            f"{purpose}: OMFlow does not apply a condition of the list", hint="check the server's version"
        )

    def _created(self, orders: Iterable[Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
        """Return when orders were made, by number: their first rows tell, of which a list shows the number only."""
        firsts = {str(number_of(rows[0].get("data_no"))): number_of(rows[0].get("init_data_id")) for rows in orders}
        wanted = sorted({int(n) for n in firsts.values() if n})
        if not wanted or self._dry:
            return {}
        found = self._rows([condition("id", "in", wanted)], "when orders were made", columns=("id", "createtime"))
        times = {number_of(row.get("id")): row.get("createtime") for row in found if isinstance(row, Mapping)}
        return {order: times.get(first) for order, first in firsts.items()}

    def _with_reference(self, reference: str, *, assume: Any = None) -> dict[str, list[Mapping[str, Any]]]:
        """Return the live rows with exactly this reference, by the number of their order; each is checked here."""
        column = reference_column(self.profile)
        conditions, purpose = [LIVE, condition(column, "=", reference)], f"look for reference {reference!r}"
        found = self._rows(conditions, purpose, assume=assume)
        return fold(row for row in found if isinstance(row, Mapping) and says(row, column, reference))[0]

    def _made(self, result: Any, reference: str, purpose: str) -> str:
        """Return the number of an order that was accepted, looked for where the answer has none."""
        number = number_of(result)
        if number is not None:
            return number
        why = "OMFlow accepted it without a number, as it does before a verification and where it makes nothing"
        if not reference_field(self.profile):
            raise unknown(f"{purpose}: {why}", hint="with reference_field in the profile it could be looked for")
        return made(purpose, lambda: self._soon(lambda: next(iter(self._with_reference(reference)), None)), why=why)

    def _soon(self, look: Callable[[], T | None]) -> T | None:
        """Return what `look` finds once the server's queue has put it there, None where it has not come to it."""
        for pause in PAUSES:
            self.connection.client.clock.sleep(0.0 if self._dry else pause)
            found = look()
            if found is not None:
                return found
        return None

    def _create_with_files(
        self, values: Mapping[str, Any], files: Files, reference: str, purpose: str
    ) -> model.Receipt:
        """Make an order with its files: in one form where the server takes it, otherwise the files after the order.

        Raises PartlyDone for an order without its files, OutcomeUnknown where it is not known whether it has them.
        """
        sent = [("files", path) for path in files.plain] + list(files.fields.items())
        items = {"files_item": list(files.fields)} if files.fields else {}
        apart = False
        try:
            result = self._call("edit", {**values, **items}, purpose, files=sent, form=True, assume="<id>")
        except errors.Refused as error:
            if error.code != "vendor.no_forms":
                raise
            if files.fields:
                raise errors.Unsupported(
                    f"{purpose}: this server takes no file for {', '.join(files.fields)}; nothing was made",
                    hint="attach it to the order itself: --file PATH",
                ) from error
            apart, result = True, self._call("edit", values, purpose)
        number = self._made(result, reference, purpose)
        if self._dry:
            return model.Receipt(id=number)
        try:
            row = self._settled(number)
            lacking = self._attach(number, row, files.plain) if apart else self._unseen(number, row, files)
        except errors.OrderctlError as error:
            names = [path.name for _, path in sent]
            doubt = not apart or isinstance(error, IN_DOUBT)
            raise self._half_made(number, names, error.message, doubt=doubt) from error
        if lacking:
            doubt = not {path.name for path in files.plain}.issuperset(lacking)
            raise self._half_made(number, lacking, "the server does not list them", doubt=doubt)
        return model.Receipt(id=number)

    def _half_made(self, number: str, names: Sequence[str], why: str, *, doubt: bool) -> errors.OrderctlError:
        """Return the error for an order that was made without files, or, in `doubt`, perhaps without them."""
        what = "it is not known whether it has its files" if doubt else "these files are not attached"
        look = f"look at it ({self.command('get', number)}), and only where it lacks them: " if doubt else ""
        return (errors.OutcomeUnknown if doubt else errors.PartlyDone)(
            f"order {number} was made; {what}: {', '.join(names)} ({why})",
            hint=f"{look}attach them: {self.command('update', number)} --file PATH",
            code="order.half_made",
            order_id=number,
        )

    def _unseen(self, number: str, row: Mapping[str, Any], files: Files) -> list[str]:
        """Return the names of the files of a form that the server does not show: it may ignore them without a word."""
        listed = self._files_of(number, row)
        named = [p.name for name, p in files.fields.items() if p.name not in one_line(row.get(name.lower()))]
        return [name for name in (*(p.name for p in files.plain), *named) if name not in listed]

    def _attach(self, number: str, row: Mapping[str, Any], files: Sequence[Path]) -> list[str]:
        """Upload files to the row where an order stands; return the names that are not listed afterwards.

        Raises OutcomeUnknown where it cannot be told whether they are there.
        """
        purpose, sent = f"attach files to order {number}", [("files", path) for path in files]
        lost: errors.OutcomeUnknown | None = None
        try:
            self._call("upload", self._place(number, row), purpose, files=sent, form=True, assume="")
        except errors.OutcomeUnknown as error:
            lost = error
        if self._dry:
            return []
        try:
            listed = self._files_of(number, row)
        except errors.OrderctlError as error:
            what = f"{purpose}: OMFlow says that it has them, and they cannot be listed ({error.message})"
            raise lost or unknown(what) from error
        lacking = [path.name for path in files if path.name not in listed]
        if lost and lacking:
            raise lost
        return lacking

    def _files_of(self, number: str, row: Mapping[str, Any]) -> frozenset[str]:
        """Return the names of the files of a row."""
        found = self._call("files", self._place(number, row), f"files of order {number}")
        rows = found if isinstance(found, list) else []
        return frozenset(one_line(f.get("file_name")) for f in rows if isinstance(f, Mapping) and not f.get("delete"))

    def _place(self, number: str, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return what names a row in the calls that know no API path: their uuid has no dashes."""
        uuid = one_line(row.get("flow_uuid"))
        return {
            "flow_uuid": uuid.replace("-", ""),
            "data_no": _number(number),
            "data_id": _number(one_line(row.get("id"))),
        }

    def _settled(self, number: str) -> Mapping[str, Any]:
        """Return the row where a new order stands, once the server's queue has put it there. Raises Temporary."""

        def look() -> Mapping[str, Any] | None:
            with suppress(errors.NotFound):
                row = self._rows_of(number, f"get order {number}")[0]
                return None if row.get("running") else row
            return None

        row = self._soon(look)
        if row is None:
            raise still_in_execution(f"order {number}")
        return row

    def _steps(self, order_id: str, purpose: str, *, assume: str | None = None) -> tuple[model.Step, ...]:
        """Return where an order waits, once it does; none where it is closed. Raises NotFound, Temporary."""
        if not is_number(order_id):
            raise self.not_found(order_id)
        guess = [{"data_id": "<data_id>", "stop_chart_text": assume or "<step>"}]

        def look() -> tuple[model.Step, ...] | None:
            found = self._call("query", {"data_no": int(order_id)}, purpose, assume=guess)
            waiting = [r for r in found if isinstance(r, Mapping)] if isinstance(found, list) else []
            if waiting:
                return tuple(
                    model.Step(name=one_line(r.get("stop_chart_text")), id=one_line(r.get("data_id"))) for r in waiting
                )
            return () if all(row.get("closed") for row in self._rows_of(order_id, purpose)) else None

        steps = self._soon(look)
        if steps is None:
            raise still_in_execution(purpose)
        return steps

    def _pick(self, order_id: str, steps: Sequence[model.Step], wanted: str | None) -> model.Step:
        """Return the step to push from, by name or data_id. Raises UsageError where it is not clear which."""
        if not steps:
            raise errors.Conflict(f"order {order_id} is closed; there is no step to push it from", code="order.closed")
        names = ", ".join(f"{s.name!r} ({s.id})" for s in steps)
        found = [s for s in steps if wanted in {None, s.name}] or [s for s in steps if wanted == s.id]
        if not found:
            raise errors.UsageError(
                f"order {order_id} does not wait at {wanted!r} but at: {names}",
                hint=nearest(str(wanted), {s.name for s in steps}),
            )
        if len(found) > 1:
            by = "its number, as they have one name" if wanted else "--step NAME"
            raise errors.UsageError(
                f"order {order_id} waits at several steps: {names}; say which",
                hint=f"add {by}: --step {found[0].name if not wanted else found[0].id!r}",
                code="usage.ambiguous_step",
            )
        return found[0]

    def _whereto(self, order_id: str, step: model.Step) -> str:
        """Return where an order stands after a push, as far as the server's queue has come."""
        if self._dry:
            return ""

        def look() -> str | None:
            rows = self._rows_of(order_id, f"look at order {order_id}")
            left = [r for r in rows if one_line(r.get("id")) != step.id or r.get("closed") or r.get("error")]
            return _where(rows) if left and not any(row.get("running") for row in rows) else None

        try:
            return self._soon(look) or "accepted; the server is still at it"
        except errors.OrderctlError as error:
            return f"accepted; where it stands now cannot be read ({error.message})"

    def _row_form(self, row: Mapping[str, Any], data_id: str | None, purpose: str) -> Form | None:
        """Return the form of a step with what it holds, None where the login may not see it."""
        place = self._place("0", {**row, "id": data_id})
        values = {name: place[name] for name in ("flow_uuid", "data_id")}
        try:
            return decode_form(self._call("load", values, purpose, assume={}), columns=row)
        except (errors.PermissionDenied, errors.Refused):
            return None

    def _flow_form(self) -> Form | None:
        """Return the form of the flow, learned once: from an order (best a closed one) or from the API sample."""
        with self._lock:
            if not self._form_read:
                self._form = self._form_of_an_order() or self._form_of_the_sample()
                self._form_read = True
            return self._form

    def _form_of_an_order(self) -> Form | None:
        purpose = f"read the form of flow {self._flow!r}"
        try:
            rows = self._list(
                [LIVE],
                purpose,
                order="-closed -data_no",
                size=1,
                assume=[{"id": "<data_id>", "flow_uuid": "<flow_uuid>"}],
            )
        except errors.PermissionDenied:
            return None
        if not rows or not isinstance(rows[0], Mapping):
            return None
        form = self._row_form(rows[0], one_line(rows[0].get("id")), purpose)
        return form if form and (form.items or self._dry) else None

    def _form_of_the_sample(self) -> Form | None:
        """Return what the API sample of the flow shows: fields and types. Only who may manage flows sees it."""
        purpose = f"read the API sample of flow {self._flow!r}"
        try:
            left = MOST_ASKED
            for app in self._named("apps", {}, purpose, "app_name")[:left]:
                if left <= 0:
                    break
                left -= 1
                for flow in self._named("flows", {"app_name": app}, purpose, "flow_name")[:left]:
                    left -= 1
                    asked = {"app_name": app, "flow_name": flow, "action": "create"}
                    sample = self._call("format", asked, purpose)
                    if (
                        isinstance(sample, Mapping)
                        and str(sample.get("api_path", "")).strip("/").rpartition("/")[2] == self._flow
                    ):
                        return decode_form(sample)
        except (errors.PermissionDenied, errors.Refused, errors.Temporary):
            return None
        return None

    def _named(self, call: str, values: Mapping[str, Any], purpose: str, name: str) -> list[str]:
        found = self._call(call, values, purpose)
        return (
            [one_line(r[name]) for r in found if isinstance(r, Mapping) and r.get(name)]
            if isinstance(found, list)
            else []
        )

    def _tell_of_references(self) -> None:
        """Say once that references stay here."""
        if not reference_field(self.profile) and not self._told:
            self._told = True
            self.connection.notice(
                f'the profile names no reference_field, so references are not sent to OMFlow; add reference_field = "FORMITM_2" to {self.profile.name}'
            )


def _number(text: str | None) -> Any:
    """Return a number as a number; what a dry run cannot know stays as it is."""
    return int(text) if text and is_number(text) else text


def _where(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return where an order stands, in words."""
    stuck = next((row for row in rows if row.get("error")), None)
    if stuck is not None:
        return (
            f"stopped at {one_line(stuck.get('stop_chart_text'))} by an error: {one_line(stuck.get('error_message'))}"
        )
    waiting = [f"{one_line(r.get('stop_chart_text'))} ({one_line(r.get('id'))})" for r in rows if not r.get("closed")]
    return f"now at {', '.join(waiting)}" if waiting else "now closed"


VENDOR = Vendor(
    name="omflow",
    title="OMFlow",
    summary="workflows (SYSCOM), REST API of one deployed flow",
    url="https://omflow.example.com",
    timezone="Asia/Taipei",
    options=(
        Option(name="flow", note="the flow's API path", required=True, identity=True),
        Option(name="reference_field", note="the field of the form that holds your order numbers, such as FORMITM_2"),
    ),
    secrets=(
        Secret(name="username", note="name of the API user; not part of another user's name", unless="security"),
        Secret(name="password", note="that user's password; without a colon", unless="security"),
        Secret(name="security", note="a security code, in place of both; good for five minutes", required=False),
    ),
    capabilities=frozenset(set(Capability) - {Capability.COMMENTS, Capability.LINES}),
    refusals={
        Capability.COMMENTS: "what people wrote stands in the form's fields: orderctl get ID -o json",
        Capability.LINES: "its orders are forms, without lines: orderctl get ID -o json shows the fields",
    },
    duplicates=Duplicates.SEARCHABLE,
    fields=FIELDS,
    filters=frozenset({"changed_since", "reference", "since"}),
    answered=frozenset({"changed_since", "reference", "since", "status", "until"}),
    sorts=frozenset({"id", "number"}),
    page_size=PART,
    attachments="files: --file PATH, --file FORMITM_3=PATH",
    limits=(
        "an order's number counts within its flow, and one profile is one flow",
        "fields change only with a push, which moves the order on",
        "a call is at most 2.5 MB, files apart",
        "without reference_field in the profile, nothing finds an order whose create was not answered",
    ),
    cancel_deletes=True,
    example=model.OrderDraft(
        reference="R-1001",
        set={
            "FORMITM_1": model.Setting(value="Widget", kind="inputbox"),
            "FORMITM_2": model.Setting(value="3", kind="inputbox"),
            "FORMITM_4": model.Setting(value="Order A", kind="h_title"),
        },
    ),
    sandbox_secrets={"username": "sandbox", "password": "sandbox"},
    sandbox_settings={"flow": "orderdesk", "reference_field": "FORMITM_3"},
    check=check,
    check_query=check_query,
    raw_reads=raw_reads,
    backend=OMFlow,
)
