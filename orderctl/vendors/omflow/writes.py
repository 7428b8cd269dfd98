"""OMFlow's writes: the fields that a caller can give, and what becomes of them: content, parts, bodies."""
# ruff: noqa: E501  (the tables have a row a line)

import re
import shlex
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from orderctl import errors, model
from orderctl.backend.fields import resolve, settings, tables, translate
from orderctl.backend.prepared import Hole, Part, Prepared, Seen
from orderctl.backend.tolerant import as_text
from orderctl.backend.vendor import Field, Kind, Profile
from orderctl.frozen import dataclass, field, replace
from orderctl.http.wire import not_file_name, read_json, write_json, write_multipart
from orderctl.vendors.omflow.answers import NO_FORMS, as_number
from orderctl.vendors.omflow.forms import Form, fill, in_text
from orderctl.vendors.omflow.lists import LIST_FIELDS, LOGIN, reference_field

MAX_BODY = 2_621_440
"""Django reads no larger body, files apart, in bytes, and then says that a parameter is missing."""

MAX_FILE = 50_000_000
"""How large a file may be, in bytes."""

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
"""From the vendor's page "Quickly open and push orders", "Billing", "Inquire" and "Push orders", and from the
source of the vendor's public server (syscomgo/omflow); read on 2026-11-21.
"""

WRITES = frozenset({"edit", "upload"})

ONLY_FILES = (
    "OMFlow changes fields only with a push, which moves the order on: orderctl push ID --set FORMITM_1=…;"
    " an update attaches files: --file PATH"
)

# fmt: off
_ACTION = Field("action", note="create, update or delete", reserved=True, instead="it follows from the command")
_FORM = Field("FORMITM_{key}", Kind.JSON, "a field of the form by its number, with its type where the form is not known: FORMITM_4:h_title=…; lists and objects as JSON", aliases=("formitm_{key}",), typed=True, personal=None)
_FORMDATA = Field("formdata", note="the form's fields", reserved=True, instead="give each field: --set FORMITM_1=…")

FIELDS: Mapping[str, tuple[Field, ...]] = tables({
    "create": (
        *LOGIN, _ACTION, _FORMDATA, _FORM,
        Field("start_input", Kind.JSON, "values for the start of a flow without a form, a JSON object"),
        Field("files", note="attachments", reserved=True, instead="use --file PATH"),
        Field("files_item", note="fields of the form that hold a file", reserved=True, instead="use --file FORMITM_3=PATH"),
    ),
    "push": (
        *LOGIN, _ACTION, _FORMDATA, _FORM,
        Field("data_id", note="the row to push", reserved=True, instead="it is looked up; --step NAME (or its number) picks among parallel steps"),
        Field("quick_action", note="a quick action of the step, in place of its form", choices=("action1", "action2")),
    ),
    "cancel": (*LOGIN, _ACTION, Field("data_no", reserved=True, instead="name the order as the command's ID")),
    "get": LOGIN,
    "list": LIST_FIELDS,
})
"""From the vendor's page "Quickly open and push orders", "Billing", "Attached files" and "Push orders", and from the
source of the vendor's public server (syscomgo/omflow); read on 2026-11-21.
"""
# fmt: on


def prepare(verb: str, subject: model.Subject, profile: Profile) -> Prepared:
    """Return a write in the flow's own fields, with what is wrong with it as far as that needs no form."""
    if isinstance(subject, model.Cancellation):
        return Prepared(verb=verb, subject=subject)
    if isinstance(subject, model.Move):
        return _prepare_push(verb, subject, profile)
    files = attachments(subject.files, fields=verb == "create")
    content: dict[str, Any] = {}
    if verb == "update":
        problems = not_fields(subject, profile)
    else:
        content, problems = encode(subject, profile)
    content |= {"files": list(files.plain)} if files.plain else {}
    content |= {"files_item": dict(files.fields)} if files.fields else {}
    return Prepared.of_order(verb, subject, content, (*problems, *files.problems))


def _prepare_push(verb: str, move: model.Move, profile: Profile) -> Prepared:
    content, problems = encode_settings("push", move.set, profile)
    for option, value in (("--to", move.to), ("--by", move.by)):
        if value is not None:
            what = "OMFlow does not support it; an order moves to the next step, --step picks one of several"
            problems.append(errors.Problem(option, what))
    if "quick_action" in content:
        if content["formdata"]:
            what = "takes the place of the form: give one or the other"
            problems.append(errors.Problem("--set quick_action", what))
        del content["formdata"]
    content |= {"stop_chart_text": move.step} if move.step is not None else {}
    return Prepared(verb=verb, content=content, problems=tuple(problems), subject=move)


def parts(prepared: Prepared, seen: Seen, _profile: Profile) -> tuple[Part, ...]:
    """Return the requests of a write. A create with files is one form; where the server takes none, two requests."""
    content = prepared.content
    if prepared.verb == "create":
        return _create(prepared, seen.form)
    purpose = f"{prepared.verb} order {seen.id!r}"
    if prepared.verb == "update":
        row = {name: seen.more.get(name, Hole(name)) for name in ("flow_uuid", "data_id")}
        return (_upload(content["files"], {**row, "data_no": as_number(seen.id)}, purpose),)
    if prepared.verb == "cancel":
        return (Part(purpose=purpose, call="edit", values={"action": "delete", "data_no": [as_number(seen.id)]}),)
    values: dict[str, Any] = {
        "action": "update",
        "data_id": as_number(seen.step.id) if seen.step else Hole("data_id"),
    }
    if "quick_action" in content:
        values["quick_action"] = content["quick_action"]
    else:
        values["formdata"] = fill(content["formdata"], seen.form, keep=True)[0]
    return (Part(purpose=purpose, call="edit", values=values),)


def _create(prepared: Prepared, form: Form | None) -> tuple[Part, ...]:
    content, purpose = prepared.content, f"create order {prepared.reference!r}"
    others = {k: v for k, v in content.items() if k not in {"files", "files_item", "formdata"}}
    values = {"action": "create", "formdata": fill(content["formdata"], form)[0], **others}
    alone = Part(purpose=purpose, call="edit", values=values)
    plain, fields = content.get("files", []), content.get("files_item", {})
    if not plain and not fields:
        return (alone,)
    row = {name: Hole(name) for name in ("flow_uuid", "data_id")}
    afterwards = _upload(plain, {**row, "data_no": Hole("order")}, f"attach files to order {prepared.reference!r}")
    whole = Part(
        purpose=purpose,
        call="edit",
        values={**values, "files_item": list(fields)} if fields else values,
        files=(*(("files", path) for path in plain), *fields.items()),
        instead_of=NO_FORMS,
        instead=() if fields else (alone, replace(afterwards, needs=tuple(row))),
    )
    return (whole,)


def _upload(paths: Sequence[str], row: Mapping[str, Any], purpose: str) -> Part:
    return Part(
        purpose=purpose,
        call="upload",
        values=row,
        name=", ".join(Path(path).name for path in paths),
        files=tuple(("files", path) for path in paths),
        option=file_options(paths),
    )


def file_options(paths: Iterable[str]) -> str:
    """Return the options that attach files, ready to be pasted."""
    return " ".join(f"--file {shlex.quote(path)}" for path in paths)


def encode_settings(
    call: str, given: Mapping[str, model.Setting], profile: Profile, *, row: int | None = None
) -> tuple[dict[str, Any], list[errors.Problem]]:
    """Return the fields of a form, as `formdata`, and the vendor's other parameters that a caller gives, all as text.

    >>> given = {"FORMITM_4": model.Setting(value="Order A", kind="h_title")}
    >>> encode_settings("create", given, Profile(name="p", vendor="omflow", url="sandbox:"))[0]
    {'formdata': [{'id': 'FORMITM_4', 'value': 'Order A', 'type': 'h_title'}]}
    """
    values, problems = settings(FIELDS[call], given, zone=profile.zone)
    kinds: dict[str, str] = {}
    for key, setting in given.items():
        found = resolve(FIELDS[call], key)
        if found is None or not found[0].typed:
            continue
        number = found[1].removeprefix("FORMITM_")
        if not (number.isascii() and number.isdecimal()):
            problems.append(errors.Problem(f"--set {key}", "is not a field of a form; those are FORMITM_ and a number"))
        if setting.kind is not None:
            kinds[found[1]] = setting.kind
    if not isinstance(values.get("start_input", {}), Mapping):
        what = 'takes a JSON object: start_input:=\'{"KEY": "VALUE"}\''
        problems.append(errors.Problem("--set start_input", what))
    form = {k: in_text(v) for k, v in values.items() if k.startswith("FORMITM_")}
    others = {k: in_text(v) for k, v in values.items() if k not in form}
    formdata = [{"id": k, "value": v, **({"type": kinds[k]} if k in kinds else {})} for k, v in form.items()]
    return {"formdata": formdata, **others}, [replace(p, row=p.row or row) for p in problems]


def encode(draft: model.OrderDraft, profile: Profile) -> tuple[dict[str, Any], list[errors.Problem]]:
    """Return what a draft puts into the form, its reference in the field that the profile names, and what is wrong."""
    plain = replace(draft, reference=None, files=(), set=model.NOTHING)
    wrong = [
        replace(p, problem=f"{p.problem}; the form's own fields go by --set FORMITM_1=…")
        for p in translate(plain, order=FIELDS["create"], zone=profile.zone).problems
    ]
    content, problems = encode_settings("create", draft.set, profile, row=draft.row)
    name = reference_field(profile)
    if name and draft.reference is not None:
        held = next((item["value"] for item in content["formdata"] if item["id"] == name), None)
        if held is None:
            content["formdata"].append({"id": name, "value": draft.reference})
        elif held != draft.reference:
            wrong.append(errors.Problem("--reference", f"is given twice, with different values ({name})", draft.row))
    return content, [*problems, *wrong]


def not_fields(change: model.OrderDraft, profile: Profile) -> list[errors.Problem]:
    """Return what is wrong with an update: OMFlow attaches files, and changes fields only in a push."""
    words = replace(change, files=(), set=model.NOTHING)
    places = [p.path for p in translate(words, order=(), zone=profile.zone).problems]
    places += [f"--set {key}" for key in change.set]
    places += ["--replace-lines"] if isinstance(change, model.OrderChange) and change.replace_lines else []
    return [errors.Problem(place, "goes by a push too" if n else ONLY_FILES) for n, place in enumerate(places)]


@dataclass(frozen=True, kw_only=True)
class Files:
    """Files to attach: to the order, and to fields of its form."""

    plain: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[errors.Problem, ...] = ()


def attachments(given: Sequence[str], *, fields: bool) -> Files:
    """Return the files that --file names, FORMITM_3=PATH for a field of the form where a call has them, checked."""
    plain: list[str] = []
    named: dict[str, str] = {}
    problems = []
    for text in given:
        found = re.fullmatch(r"(FORMITM_[0-9]+)=(.+)", text, re.DOTALL)
        path = Path(found[2] if found else text)
        wrong = _unfit(path, text)
        if found and not fields:
            wrong = "a field of the form takes its file when the order is created; attach it: --file PATH"
        elif path.name in {Path(p).name for p in (*plain, *named.values())}:
            wrong = wrong or f"another file is called {path.name!r} too, and the server keeps one of a name"
        elif found and found[1] in named:
            wrong = f"{found[1]} is given twice"
        if wrong:
            problems.append(errors.Problem(f"--file {text[:60]}", wrong))
        elif found:
            named[found[1]] = found[2]
        else:
            plain.append(text)
    return Files(plain=tuple(plain), fields=named, problems=tuple(problems))


def json_body(values: Mapping[str, Any], purpose: str) -> tuple[str, bytes]:
    """Return the content type and the body of a call. Raises UsageError for one that the server would not read."""
    body = write_json(values)
    if len(body) > MAX_BODY:
        raise errors.UsageError(
            f"{purpose}: is too large, {len(body)} bytes; OMFlow reads {MAX_BODY}",
            hint="long texts can go as a file: --file PATH",
        )
    return "application/json", body


def form_body(values: Mapping[str, Any], files: Iterable[tuple[str, str]]) -> tuple[str, bytes]:
    """Return the content type and the body of a form with files. Raises UsageError for a file that cannot be read."""
    attached = [(name, Path(path).name, _read(path)) for name, path in files]
    return write_multipart([*form_fields(values), *attached])


def form_fields(values: Mapping[str, Any]) -> Iterator[tuple[str, None, bytes]]:
    """Yield the text parts of a form; lists and objects go as JSON.

    >>> list(form_fields({"action": "create", "files_item": ["FORMITM_3"]}))
    [('action', None, b'create'), ('files_item', None, b'["FORMITM_3"]')]
    """
    for name, value in values.items():
        whole = isinstance(value, list | Mapping)
        yield name, None, write_json(value) if whole else as_text(value).encode("utf-8", "replace")


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise errors.UsageError(f"--file {path}: cannot be read ({error.strerror or error})") from error


def check_body(body: bytes, params: Iterable[tuple[str, str]]) -> None:
    """Raise UsageError for a body that is not a JSON object, or has a parameter that is given beside it."""
    try:
        given = read_json(body, vendor="the body", exact=True)
    except errors.BadAnswer as error:
        raise errors.UsageError("the body begins like JSON and cannot be read as that; nothing was sent") from error
    if not isinstance(given, Mapping):
        raise errors.UsageError("the body must be a JSON object: the code is put into it")
    if twice := [name for name, _ in params if name in given]:
        raise errors.UsageError(f"--set {twice[0]}: is in the body too", hint="give it once")


def spliced(first: bytes, body: bytes) -> bytes:
    """Return two JSON objects as one, the values of both as they are written.

    >>> spliced(b'{"omflow_restapi": 1}', b'{"n": 1.50}'), spliced(b'{"omflow_restapi": 1}', b"{ }")
    (b'{"omflow_restapi": 1, "n": 1.50}', b'{"omflow_restapi": 1}')
    """
    rest = body.removeprefix(BOM_UTF8).strip()[1:].lstrip()
    return first[:-1] + (b", " + rest if rest != b"}" else rest)


def raw_reads(_method: str, path: str) -> bool:
    """Return whether a raw call only reads: the path tells, the server does not look at the method.

    >>> [raw_reads("POST", f"/rest/flowmanage/api/omdata/{path}") for path in ("list/a", "edit/a", "list/../edit/a")]
    [True, False, False]
    """
    reads = {known.rstrip("/") for call, known in PATHS.items() if call not in WRITES}
    head, _, flow = path.rstrip("/").rpartition("/")
    plain = not set(flow) & set("%.")  # dots, also encoded ones, lead elsewhere
    return path.rstrip("/") in reads or (plain and f"{head}/{{flow}}" in reads)


def _unfit(path: Path, text: str) -> str:
    """Return why a file cannot be attached, "" where it can."""
    if text.startswith(("http://", "https://")):
        return "OMFlow takes files, no links"
    try:
        if not path.is_file():
            return "is not a file" if path.exists() else "there is no such file"
        if path.stat().st_size > MAX_FILE:
            return f"is larger than {MAX_FILE // 1_000_000} MB"
    except (OSError, ValueError) as error:
        return f"cannot be read ({getattr(error, 'strerror', None) or error})"
    bad = not_file_name(path.name)
    return f"its name holds {bad}, which cannot be sent; rename the file" if bad else ""
