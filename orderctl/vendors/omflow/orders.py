"""OMFlow (SYSCOM), its REST API: orders are pieces of data that a flow leads from step to step.

Protocol: POST with a JSON body below /rest/flowmanage/api/; answers are {status, message, result} with HTTP 200,
whatever they say. Authentication: a security code in every body, from HTTP Basic at /accounts/api/security/get/, five
minutes good since its last use. Source: the vendor's page "Quickly open and push orders"; where real servers behave
otherwise, they win.

Oddities: the status is a number or a text, the result may be lacking, null or empty; the message is in any language; a
create may be accepted without a number, whether an order comes of it or not; an order's number counts within its flow;
every step makes new rows, and a list shows rows; its `limit` is an end index; a push must bring all that the step's
form requires, and is not atomic; a delete of what does not exist succeeds; older servers take no form, so no files.
"""

import datetime as dt
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from orderctl import errors, model
from orderctl.backend.call import Meaning, Verdict, decoded, read_error
from orderctl.backend.contract import CLOCKS_DIFFER, Backend, Connection
from orderctl.backend.fields import settings
from orderctl.backend.prepared import Part, Prepared, Seen, filled
from orderctl.backend.session import Session
from orderctl.backend.tolerant import as_moment, one_line
from orderctl.backend.vendor import Capability, Duplicates, Field, Option, Secret, Vendor
from orderctl.frozen import replace
from orderctl.http import Reply, Request, unknown
from orderctl.http.wire import basic_auth, form_pairs, json_object, no_rows, write_form
from orderctl.redaction import HIDDEN, hide
from orderctl.vendors.omflow import answers
from orderctl.vendors.omflow.answers import NO_FORMS, envelope, is_number, number_of, plain
from orderctl.vendors.omflow.forms import MAX_ASKED, Form, decode_form, decode_sample, fields_of, fill
from orderctl.vendors.omflow.lists import (
    LIVE,
    PAGE_ROWS,
    STOPPED,
    Rows,
    beyond,
    check_query,
    complete,
    condition,
    decode,
    encode_query,
    fold,
    pick_step,
    reference_field,
    row_name,
    unfiltered,
    where_it_is,
)
from orderctl.vendors.omflow.writes import (
    FIELDS,
    PATHS,
    WRITES,
    check_body,
    file_options,
    form_body,
    json_body,
    parts,
    prepare,
    raw_reads,
    spliced,
)

CODE_SECONDS = 270.0
"""How long a code counts as good after its last use, in seconds; the server says 300."""


class OMFlow(Backend):
    """An open connection to one flow of a server."""

    def __init__(self, vendor: Vendor, connection: Connection) -> None:
        super().__init__(vendor, connection)
        user, password, given = (connection.secrets.get(name, "") for name in ("username", "password", "security"))
        if user == HIDDEN:  # a dry run, which never logs in
            user, given = "", "<security>"
        self._session = Session(
            self._log_in,
            field="security",
            seconds=CODE_SECONDS,
            state=connection.state,
            server=connection.profile.url,
            user=user,
            password=password,
            given=given,
            renewable=bool(user),
        )
        self._rows = Rows(self._ask, self.profile, pause=connection.reader.pause)
        self._lock = threading.Lock()
        self._form: Form | None = None
        self._form_read = False

    def request(self, part: Part, answers: Mapping[str, str]) -> Request:
        """Return the request for a call, with a code: as JSON, or with files as a form."""
        values = {"security": self._session.code(), "omflow_restapi": 1, **filled(part.values, answers)}
        kind, body = form_body(values, part.files) if part.files else json_body(values, part.purpose)
        return Request(
            method="POST",
            url=self._base + PATHS[part.call].format(flow=quote(self._flow, safe="")),
            purpose=part.purpose,
            headers={"content-type": kind, "accept-language": "en"},
            body=body,
        )

    def verdict(self, reply: Reply, part: Part) -> Verdict:
        """Return what the answer to a call means."""
        answer, unreadable = decoded(reply, envelope)
        if unreadable:
            return unreadable
        if answer.status != 403:
            self._session.used()
        login = None if self.connection.secrets.get("username") else self.command("auth", "login")
        over = reply.status == 200
        found = answers.verdict(answer, purpose=part.purpose, flow=self._flow, login=login, over=over)
        if found.meaning is not Meaning.DONE or part.call not in WRITES:
            return found
        number = number_of(answer.result)
        if part.values.get("action") == "create":
            return replace(found, value=number)
        return replace(found, value=None, order_id=number if part.values.get("action") == "update" else None)

    def renew(self) -> bool:
        """Have another code, unless the one that was rejected is still good: then the login lacks permission."""
        return self._session.renew()

    def expired(self, reply: Reply) -> bool:
        """Return whether the answer to a raw call rejects the code, which is dropped then."""
        rejected = reply.status == 200 and answers.rejected(reply.body)
        if rejected:
            self._session.drop()
        elif rejected is not None:
            self._session.used()
        return bool(rejected)

    def look(self, prepared: Prepared, key: model.OrderKey | None) -> Seen:
        """Return the form that a create fills, read once in a run; of another write the order, and its step."""
        if key is None:
            form = self._flow_form()
            return Seen(form=form, problems=tuple(fill(prepared.content["formdata"], form)[1]))
        order = self.read(key)
        if prepared.verb == "push":
            return self._look_at_step(prepared, order)
        return Seen(id=order.id, order=order, more=row_name(order.id, order.raw[0]))

    def _look_at_step(self, prepared: Prepared, order: model.Order) -> Seen:
        """Return the step to push an order from, with its form. Raises Conflict where it is not at a step."""
        purpose, content = f"push order {order.id!r}", prepared.content
        step = pick_step(order.id, self._steps(order.id, purpose), content.get("stop_chart_text"))
        if stuck := [r for r in order.raw if r.get("error") and one_line(r.get("id")) == step.id]:
            what = f"{purpose}: it is {where_it_is(stuck)}"
            raise errors.Conflict(what, hint="fix the flow at the server", code="order.error")
        form = self._form_of_row(order.raw[0], step.id or "", purpose)
        quick = content.get("quick_action")
        if quick is None:
            problems = fill(content["formdata"], form, keep=True)[1]
        elif form and form.lacks(quick):
            what = f"the step {step.name!r} has no {quick}, and OMFlow would push the order all the same"
            problems = [errors.Problem("--set quick_action", what)]
        else:
            problems = []
        return Seen(id=order.id, order=order, step=step, form=form, problems=tuple(problems))

    def fill(self, part: Part, answers: Mapping[str, str]) -> Mapping[str, str]:
        """Return the row where a new order is, to attach files to it. Raises Temporary where it is in none yet."""
        row = row_name(answers["order"], self._settled(answers["order"]))
        return {name: str(row[name]) for name in part.needs}

    def applied(self, part: Part, answers: Mapping[str, str], *, done: int) -> bool:
        """Return whether the files are there of an upload to a new order whose answer was lost.

        An order that was there before may have had files of these names.
        """
        if part.call != "upload" or not part.needs:
            return False
        row = filled(part.values, answers)
        return {Path(path).name for _, path in part.files} <= self._file_names(row, part.purpose)

    def find_created(self, prepared: Prepared, sent: dt.datetime) -> str | None:
        """Return the number of an order that was accepted without one, once the server's queue has made it.

        Raises NotFound where the order with its reference is an older one.
        """
        reference = str(prepared.reference)
        found = self._rows.soon(lambda: self._rows.with_reference(reference) or None) or {}
        made = self._rows.created(found.values())
        new = [number for number in found if self._is_new(made.get(number), sent)]
        if len(new) > 1:
            raise self.ambiguous_reference(reference, new)
        if found and not new:
            raise errors.NotFound(f"order {next(iter(found))} has that reference and may be an older one")
        return new[0] if new else None

    def _is_new(self, made: Any, sent: dt.datetime) -> bool:
        """Return whether what the server says of when an order was made is not before a request was sent."""
        moment = None
        with suppress(ValueError):
            moment = as_moment(made, self.profile.zone)
        return isinstance(moment, dt.datetime) and moment >= sent - CLOCKS_DIFFER

    def confirm(self, prepared: Prepared, seen: Seen, order_id: str) -> model.Receipt:
        """Look whether files are there, whether a cancelled order is gone, and where a pushed one is now."""
        if prepared.verb == "push" and seen.step:
            where = self._whereto(order_id, seen.step)
            notes = (where,) if where.startswith(STOPPED) else ()
            return model.Receipt(
                id=order_id, message=f"from {seen.step.name}" + ("" if notes else f", {where}"), notes=notes
            )
        if prepared.verb == "cancel":
            return self._confirm_cancelled(order_id)
        if prepared.verb == "update":
            return self._confirm_attached(prepared, seen, order_id)
        if prepared.content.keys() & {"files", "files_item"}:
            self._confirm_files(prepared.content, order_id)
        return model.Receipt(id=order_id)

    def _confirm_cancelled(self, order_id: str) -> model.Receipt:
        """Look whether an order is gone: the server says yes to any number."""
        if self._rows.exist(order_id, f"look for order {order_id!r}"):
            raise unknown(f"cancel order {order_id!r}: OMFlow says that it is done, and still lists the order")
        return model.Receipt(id=order_id, message="deleted at the vendor")

    def _confirm_attached(self, prepared: Prepared, seen: Seen, order_id: str) -> model.Receipt:
        """Look whether the files of an update are there: the server says yes even where it could not store them."""
        purpose, names = f"update order {order_id!r}", [Path(path).name for path in prepared.content["files"]]
        have = self._file_names(seen.more, f"files of order {order_id!r}")
        if lacking := [name for name in names if name not in have]:
            raise unknown(f"{purpose}: OMFlow took the files and does not list {', '.join(lacking)}")
        return model.Receipt(id=order_id, message=f"attached: {', '.join(names)}")

    def _confirm_files(self, content: Mapping[str, Any], order_id: str) -> None:
        """Look whether a new order has its files: a server may ignore those of fields without a word."""
        files, fields = content.get("files", []), content.get("files_item", {})
        try:
            row = self._settled(order_id)
            have = self._file_names(row_name(order_id, row), f"files of order {order_id!r}")
        except errors.OrderctlError as error:
            raise self._without_files(order_id, [*files, *fields.values()], error.message, doubt=True) from error
        lacking = [path for path in files if Path(path).name not in have]
        unseen = [
            path
            for name, path in fields.items()
            if Path(path).name not in have and Path(path).name not in one_line(row.get(name.lower()))
        ]
        if lacking or unseen:
            why = "the server does not list them"
            raise self._without_files(order_id, [*lacking, *unseen], why, doubt=bool(unseen))

    def _without_files(self, order_id: str, paths: Sequence[str], why: str, *, doubt: bool) -> errors.OrderctlError:
        """Return the error for an order that was created without files, or, in `doubt`, perhaps without them."""
        names = ", ".join(Path(path).name for path in paths)
        look = f"look at it ({self.command('get', order_id)}), and only where it lacks them, " if doubt else ""
        return (errors.OutcomeUnknown if doubt else errors.PartlyDone)(
            f"order {order_id} was created; {'not known' if doubt else 'missing'}: {names} ({why})",
            hint=f"{look}add what is missing: {self.command('update', order_id)} {file_options(paths)}",
            code="order.half_made",
            order_id=order_id,
        )

    def refused(self, part: Part, verdict: Verdict, seen: Seen) -> model.Receipt | None:
        """Raise Unsupported where a server takes no file for a field of the form; nothing was created."""
        if verdict.code == NO_FORMS and part.files:
            fields = ", ".join(name for name, _ in part.files if name != "files")
            raise errors.Unsupported(
                f"{part.purpose}: this server takes no file for {fields}; nothing was created",
                hint="attach it to the order itself: --file PATH",
            )
        return None

    def get(self, order_id: str, given: Mapping[str, model.Setting] = model.NOTHING) -> model.Order:
        """Return one order of the profile's flow by its number."""
        errors.refuse(settings(FIELDS["get"], given, zone=self.profile.zone)[1])
        rows = self._rows_of(order_id, f"get order {order_id!r}")
        return decode(rows, self.profile, created=self._rows.created([rows]).get(order_id))

    def header(self, order_id: str) -> model.Order:
        """Return one order by its number, without when it was made."""
        return decode(self._rows_of(order_id, f"get order {order_id!r}"), self.profile)

    def find(self, reference: str) -> model.Order:
        """Return the one order with exactly this reference, of its rows those that have it, without when it was made.

        Raises Conflict where several have it.
        """
        found = self._rows.with_reference(reference)
        if not found:
            raise self.no_reference(reference)
        if len(found) > 1:
            raise self.ambiguous_reference(reference, found)
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
            rows = self._rows.listed(asked, purpose, order=order, exclude=exclude)
            orders, unread = fold(rows)
            if cursor is None or beyond(orders, cursor, falling=falling):
                break
            if not again:
                raise unfiltered(purpose)
        if len(rows) >= PAGE_ROWS and not orders:
            raise no_rows(rows[:1], vendor="OMFlow", what=f"orders to {purpose!r}")
        shown, last = complete(orders, rows)
        end = [condition("data_no", *((">", int(last) - 1) if falling else ("<", int(last) + 1)))] if last else []
        shown |= self._rows.moved(conditions, [*onward, *end], shown, purpose, exclude=exclude)
        shown = dict(sorted(shown.items(), key=lambda order: int(order[0]), reverse=falling))
        if shown and (conditions or exclude or (last and len(orders) == 1)):
            whole, _ = fold(self._rows.every([LIVE, condition("data_no", "in", [int(n) for n in shown])], purpose))
            shown = {number: whole.get(number) or found for number, found in shown.items()}
        created = self._rows.created(shown.values())
        read = tuple(decode(found, self.profile, created=created.get(number)) for number, found in shown.items())
        return model.Page(orders=read, next=last, errors=tuple(unread))

    def ping(self) -> None:
        """Log in, even where a code is kept, and ask for the steps of an order: that needs no right on the flow."""
        if self.connection.secrets.get("username"):
            self._session.start()
        self._ask("query", {"data_no": 1}, f"check the login and the flow {self._flow!r}")

    def steps(self, order_id: str) -> tuple[model.Step, ...]:
        """Return the steps where an order waits now, none where it is closed, with the errors that stopped it."""
        purpose = f"steps of order {order_id!r}"
        steps, stopped = self._steps(order_id, purpose), dict[str | None, str | None]()
        if steps:
            with suppress(errors.PermissionDenied):  # the list needs a right that the steps do not need
                stopped = {s.id: s.error for s in decode(self._rows_of(order_id, purpose), self.profile).steps}
        return tuple([step._replace(error=stopped.get(step.id)) for step in steps])

    def fields(self) -> tuple[Field, ...]:
        """Return the fields of the flow's form, each with its type in the note."""
        form = self._flow_form()
        if form is None:
            raise errors.PermissionDenied(
                f"the form of flow {self._flow!r} cannot be read: it has no order that this login may see, and the"
                " login lacks permission to manage flows",
                hint="create one order with types given (--set FORMITM_1:inputbox=…), or ask the server's"
                " administrator",
            )
        return fields_of(form, reference_field(self.profile))

    def raw(
        self, method: str, path: str, *, params: tuple[tuple[str, str], ...], body: bytes | None, content_type: str
    ) -> Request:
        """Return a call of the caller's own: code and parameters go into the body, as the server looks nowhere else."""
        kind = content_type if body else "application/json"
        if kind == "application/json":
            check_body(body or b"{}", params)
        pairs = (("security", self._session.code()), ("omflow_restapi", model.Json("1")), *params)
        if kind == "application/json":
            whole = spliced(json_object(pairs), body or b"{}")
        else:
            whole = b"&".join((write_form(form_pairs(pairs)), body or b""))
        return Request(
            method=method,
            url=self._base + path,
            purpose=f"{method} {path}",
            headers={"content-type": kind, "accept-language": "en"},
            body=whole,
        )

    def _ask(self, call: str, values: Mapping[str, Any], purpose: str) -> Any:
        """Ask one call and return its result."""
        return self.ask(Part(purpose=purpose, call=call, values=values))

    def _log_in(self) -> str:
        """Return a code for the login; while one lives, the server gives it again."""
        user, password = (self.connection.secrets.get(n) for n in ("username", "password"))
        again = self.command("auth", "login")
        if not user or not password:
            raise errors.CredentialError(
                "OMFlow needs username and password, or a security code", hint=f"log in: {again}"
            )
        headers = {"accept-language": "en", "authorization": basic_auth(user, password)}
        url = self._base + PATHS["code"]
        request = Request(method="GET", url=url, purpose="log in", headers=headers, learn=answers.hide_codes)
        reply = self.connection.reader.read(request)
        verdict = answers.log_in_verdict(reply.body, again=again, colon=":" in password)
        error = read_error(verdict, reply, request, title=self.vendor.title, wait=None)
        if error is not None:
            raise error
        hide("security", verdict.value)
        return str(verdict.value)

    @property
    def _base(self) -> str:
        return self.profile.url.rstrip("/")

    @property
    def _flow(self) -> str:
        return str(self.profile.settings.get("flow", ""))

    def _rows_of(self, order_id: str, purpose: str) -> list[Mapping[str, Any]]:
        """Return the live rows of one order. Raises NotFound."""
        rows = self._rows.of(order_id, purpose)
        if not rows:
            raise self.not_found(order_id)
        return rows

    def _settled(self, order_id: str) -> Mapping[str, Any]:
        """Return the row where a new order is, once the server's queue has put it there. Raises Temporary."""
        rows = self._rows.all_branches(order_id, f"get order {order_id!r}")
        if not rows:
            raise still_in_execution(f"order {order_id!r}")
        return rows[0]

    def _steps(self, order_id: str, purpose: str) -> tuple[model.Step, ...]:
        """Return where an order waits, once it does; none where it is closed. Raises NotFound, Temporary."""
        if not is_number(order_id):
            raise self.not_found(order_id)

        def look() -> tuple[model.Step, ...] | None:
            found = self._ask("query", {"data_no": int(order_id)}, purpose)
            waiting = [r for r in found if isinstance(r, Mapping)] if isinstance(found, list) else []
            if waiting:
                return tuple(
                    model.Step(name=one_line(r.get("stop_chart_text")), id=one_line(r.get("data_id"))) for r in waiting
                )
            return () if all(row.get("closed") for row in self._rows_of(order_id, purpose)) else None

        steps = self._rows.agreed(look)
        if steps is None:
            raise still_in_execution(purpose)
        return steps

    def _whereto(self, order_id: str, step: model.Step) -> str:
        """Return where an order is after a push, as far as the server's queue has come."""

        def look() -> str | None:
            rows = self._rows_of(order_id, f"look at order {order_id!r}")
            left = [r for r in rows if one_line(r.get("id")) != step.id or r.get("closed") or r.get("error")]
            return where_it_is(rows) if left and not any(row.get("running") for row in rows) else None

        try:
            return self._rows.agreed(look) or "accepted; the server is still at it"
        except errors.OrderctlError as error:
            return f"accepted; where it is now cannot be read ({error.message})"

    def _file_names(self, row: Mapping[str, Any], purpose: str) -> frozenset[str]:
        """Return the names of the files of a row. Raises BadAnswer for anything but rows."""
        found = self._ask("files", row, purpose)
        if found is not None and not isinstance(found, list):
            raise no_rows(found, vendor="OMFlow", what="list of files")
        return frozenset(str(f.get("file_name")) for f in found or () if isinstance(f, Mapping) and not f.get("delete"))

    def _flow_form(self) -> Form | None:
        """Return the form of the flow, learned once: from an order (best a closed one) or from the API sample."""
        with self._lock:
            if not self._form_read:
                self._form = self._form_of_an_order() or self._form_of_the_sample()
                self._form_read = True
            return self._form

    def _form_of_row(self, row: Mapping[str, Any], data_id: str, purpose: str) -> Form | None:
        """Return the form of a step with what it holds, None where the login may not see it."""
        named = row_name("0", {**row, "id": data_id})
        try:
            answer = self._ask("load", {name: named[name] for name in ("flow_uuid", "data_id")}, purpose)
        except (errors.PermissionDenied, errors.Refused):
            return None
        return decode_form(answer, columns=row)

    def _form_of_an_order(self) -> Form | None:
        """Return the form of the flow as one of its orders shows it; None where there is none to see."""
        purpose = f"read the form of flow {self._flow!r}"
        try:
            rows = self._rows.listed([LIVE], purpose, order="-closed -data_no", size=1)
        except errors.PermissionDenied:
            return None
        if not rows or not isinstance(rows[0], Mapping):
            return None
        form = self._form_of_row(rows[0], plain(rows[0].get("id")), purpose)
        return form if form and form.items else None

    def _form_of_the_sample(self) -> Form | None:
        """Return what the API sample of the flow shows: fields and types. Only who may manage flows sees it."""
        purpose = f"read the API sample of flow {self._flow!r}"
        left = MAX_ASKED
        try:
            for app in self._names("apps", {}, purpose, "app_name"):
                left -= 1
                for name in self._names("flows", {"app_name": app}, purpose, "flow_name")[: max(left, 0)]:
                    left -= 1
                    asked = {"app_name": app, "flow_name": name, "action": "create"}
                    sample = self._ask("format", asked, purpose)
                    path, form = decode_sample(sample)
                    if path == self._flow:
                        return form
                if left <= 0:
                    break
        except (errors.PermissionDenied, errors.Refused):
            return None
        except errors.Temporary as error:
            if error.code != "http.redirect":  # which is how a server refuses a right to manage
                raise
        return None

    def _names(self, call: str, values: Mapping[str, Any], purpose: str, name: str) -> list[str]:
        """Return the names that a list of applications or flows has."""
        found = self._ask(call, values, purpose)
        rows = found if isinstance(found, list) else []
        return [text for row in rows if isinstance(row, Mapping) and (text := plain(row.get(name)))]


def still_in_execution(what: str) -> errors.Temporary:
    """Return the error for an order that the server's queue has not come to.

    >>> still_in_execution("order '7'").message
    "order '7': it is still in execution"
    """
    return errors.Temporary(f"{what}: it is still in execution", hint="try again in a moment")


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
        Secret(
            name="username",
            note="name of the API user; not part of another user's name",
            unless="security",
            visible=True,
        ),
        Secret(name="password", note="that user's password; without a colon", unless="security"),
        Secret(name="security", note="a security code, in place of both; good for five minutes", required=False),
    ),
    capabilities=frozenset(set(Capability) - {Capability.COMMENTS, Capability.LINES}),
    refusals={
        Capability.COMMENTS: "what people wrote is in the form's fields: orderctl get ID -o json",
        Capability.LINES: "its orders are forms, without lines: orderctl get ID -o json shows the fields",
    },
    duplicates=Duplicates.SEARCHABLE,
    searched_with=("reference_field",),
    fields=FIELDS,
    remote_filters=frozenset({"changed_since", "reference", "since"}),
    local_filters=frozenset({"changed_since", "reference", "since", "status", "text", "until"}),
    sorts=frozenset({"id", "number"}),
    page_size=PAGE_ROWS,
    attachments="files: --file PATH, --file FORMITM_3=PATH",
    limits=(
        "order numbers are unique within a flow only; one profile is one flow",
        "fields can be changed only by a push, which moves the order to its next step",
        "a request has at most 2.5 MB, without its files",
        "without reference_field in the profile, an order cannot be found when its create was not answered",
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
    prepare=prepare,
    parts=parts,
    check_query=check_query,
    raw_reads=raw_reads,
    backend=OMFlow,
)
