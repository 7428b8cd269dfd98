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

import threading
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from orderctl import errors, model
from orderctl.backend.contract import Backend, Connection
from orderctl.backend.fields import nearest, resolve, settings, translate
from orderctl.backend.readback import made
from orderctl.backend.session import Session
from orderctl.backend.tolerant import one_line
from orderctl.backend.vendor import Capability, Checked, Duplicates, Field, Kind, Option, Profile, Secret, Vendor
from orderctl.frozen import replace
from orderctl.http import Effect, Reply, Request, decoded, problem, unknown
from orderctl.http.wire import basic_auth, no_rows, read_json, write_form, write_json, write_multipart
from orderctl.redaction import HIDDEN, hide
from orderctl.vendors.omflow.answers import Said, envelope, hide_codes, refusal, welcome
from orderctl.vendors.omflow.files import Files, attach, attachments, content, parts, unseen
from orderctl.vendors.omflow.forms import (
    Form,
    Wanted,
    fields_of,
    fill,
    form_of_an_order,
    form_of_row,
    form_of_the_sample,
    in_text,
)
from orderctl.vendors.omflow.lists import (
    GUESSED_ROW,
    LIST_FIELDS,
    LIVE,
    LOGIN,
    PART,
    as_number,
    beyond,
    check_query,
    complete,
    condition,
    decode,
    encode_query,
    every_row,
    fold,
    is_number,
    listed,
    number_of,
    reference_column,
    reference_field,
    says,
    unfiltered,
    where_it_stands,
)

LARGEST_BODY = 2_621_440
"""Django reads no larger body, files apart, in bytes, and then says that a parameter is missing."""

CODE_SECONDS = 270.0
"""How long a code is taken for good after its last use, in seconds; the server says 300."""

PAUSES = (0.0, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
"""How long to wait before each look at what the server's queue does with an order, in seconds."""

T = TypeVar("T")

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

# fmt: off
_ACTION = Field("action", note="create, update or delete", reserved=True, instead="it follows from the command")
_FORM = Field("FORMITM_{key}", Kind.JSON, "a field of the form by its number, with its type where the form is not known: FORMITM_4:h_title=…; lists and objects as JSON", aliases=("formitm_{key}",), typed=True)
_FORMDATA = Field("formdata", note="the form's fields", reserved=True, instead="give each field: --set FORMITM_1=…")

FIELDS: Mapping[str, tuple[Field, ...]] = {
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
}
# fmt: on


def check(verb: str, subject: model.OrderDraft | model.OrderChange | model.Move, profile: Profile) -> Checked:
    """Return what is wrong with a create, an update or a push, as far as it can be told without the form's design."""
    if isinstance(subject, model.Move):
        problems = list(encode_settings("push", subject.set, profile).problems)
        for option, value in (("--to", subject.to), ("--by", subject.by)):
            if value is not None:
                what = "OMFlow has no place for it; an order moves to the next step, --step picks one of several"
                problems.append(errors.Problem(option, what))
        if "quick_action" in subject.set and any(resolve((_FORM,), key) for key in subject.set):
            problems.append(errors.Problem("--set quick_action", "takes the place of the form: give one or the other"))
        return Checked(tuple(problems))
    files = attachments(subject.files, fields=verb == "create")
    if verb == "update":
        return Checked((*not_fields(subject, profile), *files.problems))
    wanted = encode(subject, profile)
    return Checked((*wanted.problems, *files.problems))


def encode_settings(
    call: str, given: Mapping[str, model.Setting], profile: Profile, *, row: int | None = None
) -> Wanted:
    """Return the fields of a form and the vendor's other parameters that a caller gives, all values as text.

    >>> given = {"FORMITM_4": model.Setting(value="Order A", kind="h_title")}
    >>> wanted = encode_settings("create", given, Profile(name="p", vendor="omflow", url="sandbox:"))
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
    if not isinstance(values.get("start_input", {}), Mapping):
        problems.append(
            errors.Problem("--set start_input", 'takes a JSON object: start_input:=\'{"KEY": "VALUE"}\'', row)
        )
    form = {k: in_text(v) for k, v in values.items() if k.startswith("FORMITM_")}
    others = {k: in_text(v) for k, v in values.items() if k not in form}
    return Wanted(
        values=form, kinds=kinds, others=others, problems=tuple(replace(p, row=p.row or row) for p in problems)
    )


def encode(draft: model.OrderDraft, profile: Profile) -> Wanted:
    """Return what a draft wants of the form, its reference in the field that the profile names."""
    plain = replace(draft, reference=None, files=(), set=model.NOTHING)
    wrong = [
        replace(p, problem=f"{p.problem}; the form's own fields go by --set FORMITM_1=…")
        for p in translate(plain, order=FIELDS["create"], zone=profile.zone).problems
    ]
    wanted = encode_settings("create", draft.set, profile, row=draft.row)
    name, values = reference_field(profile), dict(wanted.values)
    if name and draft.reference is not None and values.setdefault(name, draft.reference) != draft.reference:
        wrong.append(errors.Problem("--reference", f"is given twice, with different values ({name})", draft.row))
    return replace(wanted, values=values, problems=(*wanted.problems, *wrong))


def not_fields(change: model.OrderDraft, profile: Profile) -> list[errors.Problem]:
    """Return what is wrong with an update: OMFlow attaches files, and changes fields only in a push."""
    words = replace(change, files=(), set=model.NOTHING)
    places = [p.path for p in translate(words, order=(), zone=profile.zone).problems]
    places += [f"--set {key}" for key in change.set]
    places += ["--replace-lines"] if isinstance(change, model.OrderChange) and change.replace_lines else []
    return [errors.Problem(place, "goes by a push too" if n else ONLY_FILES) for n, place in enumerate(places)]


def check_body(body: bytes, params: Iterable[tuple[str, str]]) -> None:
    """Raise UsageError for a body that is no JSON object, or has a parameter that is given beside it."""
    try:
        given = read_json(body, vendor="the body", exact=True)
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

    >>> [raw_reads("POST", f"/rest/flowmanage/api/omdata/{path}") for path in ("list/a", "edit/a", "list/../edit/a")]
    [True, False, False]
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
        self._form_read = False

    def create(self, draft: model.OrderDraft) -> model.Receipt:
        """Make the order. One that is accepted without a number is looked for by its reference, or else unknown."""
        reference, purpose = str(draft.reference), f"create order {draft.reference!r}"
        wanted, files = encode(draft, self.profile), attachments(draft.files, fields=True)
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
        """Return the one order with exactly this reference, of its rows those that have it, without when it was made.

        Raises Conflict where several have it.
        """
        guess = {**GUESSED_ROW, "data_no": "<id>", reference_column(self.profile): reference}
        found = self._with_reference(reference, assume=[guess])
        if not found:
            raise self.no_reference(reference)
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
        asked, order = [LIVE, *onward, *conditions], "-data_no" if falling else "data_no"
        for again in (True, False):  # a stale answer is asked for once more
            rows = listed(self._call, asked, purpose, order=order, exclude=exclude)
            orders, unread = fold(rows)
            if cursor is None or beyond(orders, cursor, falling=falling):
                break
            if not again:
                raise unfiltered(purpose)
        if len(rows) >= PART and not orders:
            raise no_rows(rows[:1], vendor="OMFlow", what=f"orders to {purpose!r}")
        shown, last = complete(orders, rows)
        if shown and (conditions or exclude or (last and len(orders) == 1)):
            whole, _ = fold(every_row(self._call, [LIVE, condition("data_no", "in", [int(n) for n in shown])], purpose))
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
            lacking = attach(self._call, order_id, rows[0], files.plain)
        if lacking:
            raise unknown(f"update order {order_id!r}: OMFlow took the files and does not list {', '.join(lacking)}")
        return model.Receipt(id=order_id, message=f"attached: {', '.join(p.name for p in files.plain)}")

    def cancel(self, order_id: str, reason: str | None) -> model.Receipt:
        """Delete an order for good, and look whether it is gone: the server says yes to any number."""
        purpose, number = f"cancel order {order_id!r}", self._number(order_id)
        self._rows_of(order_id, purpose)
        with self.connection.client.together():
            self._call("edit", {"action": "delete", "data_no": [number]}, purpose, assume="")
            try:
                left = listed(self._call, [LIVE, condition("data_no", "=", number)], purpose, assume=[])
            except errors.OrderctlError as error:
                what = f"{purpose}: OMFlow says that it is done, and it cannot be looked up ({error.message})"
                raise unknown(what) from error
        if left:
            raise unknown(f"{purpose}: OMFlow says that it is done, and still lists the order")
        return model.Receipt(id=order_id, message="deleted at the vendor")

    def push(self, order_id: str, move: model.Move) -> model.Receipt:
        """Push an order on from its step, or from the one of its parallel steps that is named."""
        purpose = f"push order {order_id!r}"
        rows, wanted = self._rows_of(order_id, purpose, step=move.step), encode_settings("push", move.set, self.profile)
        step = self._pick(order_id, self._steps(order_id, purpose, assume=move.step), move.step)
        if stuck := [r for r in rows if r.get("error") and one_line(r.get("id")) == step.id]:
            raise errors.Conflict(
                f"{purpose}: it is {where_it_stands(stuck)}", hint="mend the flow at the server", code="order.error"
            )
        form = form_of_row(self._call, rows[0], step.id or "", purpose)
        values: dict[str, Any] = {"action": "update", "data_id": as_number(step.id), **wanted.others}
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
                f"the form of flow {self._flow!r} cannot be read: it has no order that this login may see, and the"
                " login lacks the right to manage flows",
                hint="create one order with types given (--set FORMITM_1:inputbox=…), or ask the server's"
                " administrator",
            )
        return fields_of(form, reference_field(self.profile))

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
        assumed = None if assume is None else write_json({"status": 200, "result": assume})
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
        login = None if self.connection.secrets.get("username") else self.command("auth", "login")
        if said.status != 200:
            raise refusal(said, effect, purpose, flow=self._flow, login=login)
        return said.result

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
        assume = write_json({"status": 200, "result": {"security": "<security>"}})
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

    def _number(self, order_id: str) -> Any:
        """Return an order's id as the server takes it. Raises NotFound for what cannot be one."""
        if not is_number(order_id) and not (self._dry and order_id == "<id>"):
            raise self.not_found(order_id)
        return as_number(order_id)

    def _rows_of(self, order_id: str, purpose: str, *, step: str | None = None) -> list[Mapping[str, Any]]:
        """Return the live rows of one order. Raises NotFound."""
        number = self._number(order_id)
        guess = {**GUESSED_ROW, "data_no": number, "stop_chart_text": step or "<step>"}
        conditions = [LIVE, condition("data_no", "=", number)]
        found = listed(self._call, conditions, purpose, order="id", assume=[guess])
        orders, _ = fold(found)
        if orders and order_id not in orders:
            raise unfiltered(purpose)
        if not orders:
            raise self.not_found(order_id)
        return orders[order_id]

    def _created(self, orders: Iterable[Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
        """Return when orders were made, by number: their first rows tell, of which a list shows the number only."""
        firsts = {str(number_of(rows[0].get("data_no"))): number_of(rows[0].get("init_data_id")) for rows in orders}
        wanted = sorted({int(n) for n in firsts.values() if n})
        if not wanted or self._dry:
            return {}
        asked, columns = [condition("id", "in", wanted)], ("id", "createtime")
        found = islice(every_row(self._call, asked, "when orders were made", columns=columns), len(wanted))
        times = {number_of(row.get("id")): row.get("createtime") for row in found if isinstance(row, Mapping)}
        return {order: times.get(first) for order, first in firsts.items()}

    def _with_reference(self, reference: str, *, assume: Any = None) -> dict[str, list[Mapping[str, Any]]]:
        """Return the live rows with exactly this reference, by the number of their order; each is checked here.

        Raises BadAnswer for one that has it and no number: it is an order all the same.
        """
        column = reference_column(self.profile)
        conditions, purpose = [LIVE, condition(column, "=", reference)], f"look for reference {reference!r}"
        found = every_row(self._call, conditions, purpose, assume=assume)
        having = [row for row in found if isinstance(row, Mapping) and says(row, column, reference)]
        orders, unread = fold(having)
        if unread:
            raise errors.BadAnswer(f"{purpose}: OMFlow answers with {unread[0]}", hint=f"see: {self.command('list')}")
        return orders

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
            lacking = attach(self._call, number, row, files.plain) if apart else unseen(self._call, number, row, files)
        except errors.OrderctlError as error:
            names = [path.name for _, path in sent]
            doubt = not apart or isinstance(error, IN_DOUBT)
            half_made = self._half_made(number, names, error.message, doubt=doubt)
            half_made.http_status, half_made.retry_after = error.http_status, error.retry_after
            raise half_made from error
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
        number = self._number(order_id)
        guess = [{"data_id": "<data_id>", "stop_chart_text": assume or "<step>"}]

        def look() -> tuple[model.Step, ...] | None:
            found = self._call("query", {"data_no": number}, purpose, assume=guess)
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
            return where_it_stands(rows) if left and not any(row.get("running") for row in rows) else None

        try:
            return self._soon(look) or "accepted; the server is still at it"
        except errors.OrderctlError as error:
            return f"accepted; where it stands now cannot be read ({error.message})"

    def _flow_form(self) -> Form | None:
        """Return the form of the flow, learned once: from an order (best a closed one) or from the API sample."""
        with self._lock:
            if not self._form_read:
                self._form = form_of_an_order(self._call, self._flow, dry=self._dry)
                self._form = self._form or form_of_the_sample(self._call, self._flow)
                self._form_read = True
            return self._form


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
    searched_with=("reference_field",),
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
