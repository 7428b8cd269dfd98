r"""The OMFlow emulator: an open-source OMFlow server with its REST calls under `/rest` and the code under `/accounts`.

The protocol, and where it is odd:

- A security code comes from HTTP Basic at `/accounts/api/security/get/` and goes into the body of every other call,
  beside `omflow_restapi`. It lives five minutes since its last use; asking again while it lives gives the same one.
- HTTP 200 for application successes and failures alike; the body's `status` tells (200, 403, 404, 500). The method
  and the Content-Type are not looked at: a body is JSON, or else a form. What is not JSON has no `omflow_restapi`.
- create and push need a JSON body; a form is answered with an exception (switch `forms=taken` for newer servers).
- An order number counts within its flow. A create with a field that the form lacks answers success without a number
  and makes nothing; so does one that the start's verification rejects, and one that it lets pass.
- Each step makes new rows. `limit` of a list is an end index. A condition that lacks a key ends the conditions.
- A delete of a number that does not exist is a success.
- Messages are in the language of Accept-Language, Traditional Chinese without one; exceptions stay as they are.

Users: `sandbox` (every right), `worker` (no management), `viewer` (reads), `guest` (nothing); `clerk` and `clerk2`,
whose names contain one another; `retired`. Every password is the word `sandbox`; `admin`'s is `admin`.
"""

import json
import secrets
import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote
from wsgiref.types import StartResponse, WSGIEnvironment

from orderctl.sandbox import web
from orderctl.sandbox.omflow import files, query
from orderctl.sandbox.omflow.flows import (
    BY_UUID,
    FLOWS,
    USERS,
    ZONE,
    Engine,
    Failed,
    Flow,
    check_form,
    columns_of,
    defaults,
    new_row,
    unknown_column,
)
from orderctl.sandbox.omflow.requests import Call, Reply, basic, evidence, lacking, language, parameters, say
from orderctl.sandbox.store import Document, Store, Table

CODE_SECONDS = 300

COOKIE_LIFE = timedelta(days=364)
"""Django's life of a csrftoken."""

SAMPLE_OUTPUT: Mapping[str, Mapping[str, str]] = {
    "success1": {"status": "200", "message": "Create data successfully", "result": "<data_no>"},
    "success2": {"status": "200", "message": "Create data successfully", "result": ""},
    "error": {"status": "404", "message": "Create data failed"},
}
"""What the API sample shows of the answers to a create."""

SWITCHES: web.Switches = {
    "broken": ("…",),
    "busy": ("1…",),
    "disabled": ("…",),
    "empty": ("null", "absent", "text"),
    "files-item": ("ignored", "kept"),
    "forms": ("refused", "taken"),
    "ids": ("number", "text"),
    "moving": ("1…",),
    "status": ("number", "text"),
    "type": ("required", "designed"),
    "uploads": ("kept", "lost"),
}
"""What a server may do differently.

broken       the name of a component that fails: an order that comes there stops with an error (default: none)
busy         how many looks at an order see it still in execution after a create or a push
disabled     the API path of a flow that is switched off (default: none)
empty        how an empty result is written: null, no key at all, or an empty text
files-item   whether parts named after the fields in `files_item` are kept
forms        whether create takes a form body
ids          whether order numbers and data ids are numbers or texts
moving       how many looks after a push see no live row of the order, and then as many only its first branch
status       whether the body's status is a number or a text
type         whether an item of the form must have its type, or the design's is used
uploads      whether the upload call stores what it says it stored
"""

TABLES: Mapping[str, Table] = {
    "codes": Table(keys=("user", "code")),
    "files": Table(keys=("data_no",)),
    "moving": Table(keys=("flow",)),
    **{flow.orders: Table() for flow in FLOWS.values()},
    **{flow.rows: Table(keys=("data_no", "history", "stop_uuid")) for flow in FLOWS.values()},
}


def app(store: Store, *, switches: Mapping[str, str] | None = None, authenticate: bool = True) -> "Emulator":
    """Return an OMFlow server over this store. Raises ValueError for an unknown switch."""
    return Emulator(store, switches, authenticate=authenticate)


class Emulator:
    """An OMFlow server as a WSGI application. Without `authenticate` every call is `sandbox`'s."""

    def __init__(
        self,
        store: Store,
        switches: Mapping[str, str] | None = None,
        *,
        authenticate: bool = True,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.store = store
        self._switches = web.choose(switches or {}, SWITCHES)
        for name in ("busy", "moving"):
            if not self._switches[name].isdigit():
                raise ValueError(f"switch {name} must be a whole number")
        self._authenticate = authenticate
        self._now = now
        self._calls: Mapping[str, Callable[[Call], Reply]] = {
            "/flowmanage/api/flow-active-api-format/get": self._format,
            "/flowmanage/api/flow-active-app/list": self._apps,
            "/flowmanage/api/flow-active/list": self._flows,
            "/flowmanage/api/omdata-data-id/get/": self._query,
            "/flowmanage/api/omdata-file/list": self._files,
            "/flowmanage/api/omdata-file/upload": self._upload,
            "/flowmanage/api/omdata/edit/": self._edit,
            "/flowmanage/api/omdata/list/": self._list,
            "/flowmanage/api/omdata/load": self._load,
            "/my-mission/api/my-mission/list": self._missions,
        }

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        request = web.read(environ)
        tongue = language(environ.get("HTTP_ACCEPT_LANGUAGE", ""))
        if request.path == "/accounts/api/security/get/":
            said = self._security(environ.get("HTTP_AUTHORIZATION", ""))
        elif request.path.startswith("/rest/"):
            said = self._rest(request)
        elif request.path.startswith("/flowmanage/"):
            return web.send(web.page(403), start_response)
        elif request.path == "/accounts/api/security/get":
            said = Reply(redirect=f"{request.path}/", status=301)
        else:
            return web.send(web.page(404), start_response)
        return web.send(self._written(said, tongue), start_response)

    def _written(self, said: Reply, tongue: str) -> web.Answer:
        vary = "Cookie, Accept-Language" if said.cookie and not said.redirect else "Accept-Language, Cookie"
        headers = {"Vary": vary, "Content-Language": tongue}
        if said.redirect:
            return web.Answer(status=said.status, content_type=web.HTML, headers={**headers, "Location": said.redirect})
        headers["X-Frame-Options"] = "SAMEORIGIN"
        message = say(said.message, tongue) + said.more
        body: Document = {"status": said.status, "message": message, "result": said.result}
        if said.result is None and self._switches["empty"] != "null":
            body["result"] = ""
            if self._switches["empty"] == "absent":
                del body["result"]
        if isinstance(said.result, dict) and "message" in said.result:
            body["result"] = {**said.result, "message": message}
        if self._switches["status"] == "text":
            body["status"] = str(said.status)
        if said.cookie:
            ends = f"{self._now() + COOKIE_LIFE:%a, %d %b %Y %H:%M:%S} GMT"
            life = f"expires={ends}; Max-Age={COOKIE_LIFE.days * 86400}"
            headers["Set-Cookie"] = f"csrftoken={secrets.token_hex(32)}; {life}; Path=/; SameSite=Lax"
        return web.Answer(body=json.dumps(body).encode(), headers=headers)

    # The security code

    def _security(self, header: str) -> Reply:
        try:
            name, password = basic(header)
        except Failed as failure:
            return Reply(status=500, message=str(failure), cookie=False)
        user = USERS[name]
        if user.password != password or not user.active:
            return Reply(status=403, message="user", cookie=False)
        with self.store.change():
            code = self._living(name) or str(uuid.uuid4())
            for number, _ in self.store.find("codes", ("user", "=", name)):
                self.store.delete("codes", number)
            self.store.add("codes", {"user": name, "code": code, "used": self._now().timestamp()})
        return Reply(message="code", result={"security": code}, cookie=False)

    def _living(self, name: str) -> str:
        """Return a user's code that still lives, "" where none does."""
        for _, known in self.store.find("codes", ("user", "=", name)):
            if self._now().timestamp() - known["used"] < CODE_SECONDS:
                return str(known["code"])
        return ""

    def _admit(self, params: Mapping[str, Any]) -> str | Reply:
        """Return whose call this is, or why it is refused."""
        if not params.get("omflow_restapi"):
            return Reply(status=403, message="parameter", more="omflow_restapi", cookie=False)
        if not self._authenticate:
            return "sandbox"
        code = params.get("security", "")
        if code is None:
            return Reply(status=403, message="code missing", cookie=False)
        with self.store.change():
            found = self.store.find("codes", ("code", "=", str(code)))
            if not found:
                return Reply(status=403, message="code wrong", cookie=False)
            number, known = found[0]
            if self._now().timestamp() - known["used"] >= CODE_SECONDS:
                return Reply(status=403, message="code expired", cookie=False)
            self.store.put("codes", number, {**known, "used": self._now().timestamp()})
        name = str(known["user"])
        several = sum(name.lower() in other.lower() for other in USERS)
        if several > 1:
            return Reply(status=500, message=f"get() returned more than one OmUser -- it returned {several}!")
        return name

    # The calls

    def _rest(self, request: web.Request) -> Reply:
        try:
            params, sent, form = parameters(request)
        except Failed as failure:
            return Reply(status=500, message=str(failure), cookie=False)
        user = self._admit(params)
        if isinstance(user, Reply):
            return user
        path = request.path.removeprefix("/rest")
        for known, call in self._calls.items():
            rest = path.removeprefix(known).strip("/")
            if path.startswith(known) and (known.endswith("/") == bool(rest)):
                try:
                    return call(Call(params=params, files=sent, form=form, user=user, path=unquote(rest)))
                except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
                    return Reply(status=500, message=str(error))  # as the server answers with any exception
        return Reply(status=403, message="denied")

    def _edit(self, call: Call) -> Reply:
        flow, params = FLOWS.get(call.path), call.params
        if call.path == "None":
            flow = BY_UUID.get(str(params.get("flow_uuid", "")))
        if flow is None:
            return Reply(status=500, message="'NoneType' object has no attribute 'api'")
        if not flow.api:
            return Reply(status=404, message="api")
        if call.form and call.path != "None" and self._switches["forms"] == "refused":
            return Reply(status=500, message="This QueryDict instance is immutable")
        missing = lacking(params, "action")
        if missing:
            return missing
        actions = {
            "create": (self._create, "Add"),
            "update": (self._push, "Modify"),
            "delete": (self._delete, "Delete"),
        }
        if params["action"] not in actions:
            return Reply(status=404, message="action")
        do, right = actions[params["action"]]
        unknown_row = params["action"] == "update" and params.get("data_id") and self._row(flow, call) is None
        may = right in call.rights or (params["action"] == "update" and self._is_assignee(flow, call))
        if not may or unknown_row:
            return Reply(status=403, message="denied")
        try:
            with self.store.change():
                return do(flow, call)
        except Failed as failure:
            return Reply(status=404, message=str(failure))

    def _create(self, flow: Flow, call: Call) -> Reply:
        formdata = call.params.get("formdata") or []
        if isinstance(formdata, str):
            try:
                formdata = json.loads(formdata)
            except ValueError:
                return Reply(status=500, message="Expecting value: line 1 column 1 (char 0)")
        if self._switches["disabled"] == flow.path:
            return Reply(status=404, message="disabled")
        if not check_form(flow, formdata):
            return Reply(status=404, message="required")
        try:
            columns = columns_of(flow, formdata, designed=self._switches["type"] == "designed")
        except Failed as failure:
            return Reply(status=500, message=str(failure))
        number = self.store.add(flow.orders, {"busy": int(self._switches["busy"])})
        if unknown_column(flow, columns):
            return Reply(message="created")
        rejected = flow.verifies and columns.get("formitm_2") == "0"
        if not rejected:
            row = {**new_row(flow, number, call.user, self._clock()), **defaults(flow), **columns}
            first = self._engine(flow).start(row)
            sent = files.sent(call, fields=self._switches["files-item"] == "kept")
            files.keep(self.store, flow, number, first, sent, now=self._clock())
            self.store.record("create", f"{flow.path}/{number}", evidence(call))
        return Reply(message="created", result=None if flow.verifies else self._id(number))

    def _push(self, flow: Flow, call: Call) -> Reply:
        formdata, quick = call.params.get("formdata", []), call.params.get("quick_action")
        found = self._row(flow, call)
        if found is None:
            return Reply(status=404, message="invalid literal for int() with base 10: ''")
        number, row = found
        if row["history"] or row["closed"]:
            return Reply(status=404, message=f"Omdata_{flow.uuid} matching query does not exist.")
        if self._busy(flow, row["data_no"]) or number in self._hidden(flow, row["data_no"]):
            return Reply(status=404, message="running")
        if self._switches["disabled"] == flow.path:
            return Reply(status=404, message="disabled")
        if row["error"]:
            return Reply(status=404, message="not manual")
        columns: Document = {}
        if not quick:
            if not check_form(flow, formdata or []):
                return Reply(status=404, message="required")
            columns = columns_of(flow, formdata, designed=self._switches["type"] == "designed")
            alien = unknown_column(flow, columns)
            if alien:
                return Reply(status=404, message=f"Omdata_{flow.uuid} has no field named '{alien}'")
        changed = {**row, **columns, "updatetime": self._clock(), "update_user_id": call.user}
        self._engine(flow).push(number, changed, call.params["data_id"])
        self.store.put(flow.orders, row["data_no"], {"busy": int(self._switches["busy"])})
        self._set_in_motion(flow, row["data_no"])
        self.store.record("push", f"{flow.path}/{row['data_no']}", evidence(call))
        return Reply(message="pushed", result=self._id(row["data_no"]))

    def _delete(self, flow: Flow, call: Call) -> Reply:
        given = call.params.get("data_no", [])
        if not isinstance(given, list | str):
            return Reply(status=404, message="no data")
        wanted = [str(number) for number in (given if isinstance(given, list) else [given])]
        if not all(number.isdecimal() or not number for number in wanted):
            return Reply(status=404, message="no data")
        for data_no in (int(number[:18] or 0) for number in wanted):
            rows = self.store.find(flow.rows, ("data_no", "=", data_no))
            if rows and (self._busy(flow, data_no) or self._hidden(flow, data_no)):
                return Reply(status=404, message="running")
            for number, _ in rows:
                self.store.delete(flow.rows, number)
            files.forget(self.store, flow, data_no)
            if rows:
                self.store.record("delete", f"{flow.path}/{data_no}", evidence(call))
        return Reply(message="deleted", result="")

    def _query(self, call: Call) -> Reply:
        flow = FLOWS.get(call.path)
        missing = lacking(call.params, "data_no")
        if missing:
            return missing
        if flow is None:
            return Reply(status=404, message="failed")
        try:
            data_no = int(call.params["data_no"])
        except (TypeError, ValueError):
            return Reply(status=500, message=f"invalid literal for int() with base 10: {call.params['data_no']!r}")
        moving, hidden = self._in_motion(flow, data_no)
        if data_no not in moving and self._look(flow, data_no):
            return Reply(message="found", result=[])
        rows = self.store.find(flow.rows, ("data_no", "=", data_no), ("history", "=", 0), ("closed", "=", 0))
        seen = [(number, row) for number, row in rows if number not in hidden]
        steps = [{"data_id": self._id(number), "stop_chart_text": row["stop_chart_text"]} for number, row in seen]
        return Reply(message="found", result=steps)

    def _list(self, call: Call) -> Reply:
        flow = FLOWS.get(call.path)
        if flow is None:
            return Reply(status=404, message="no flow")
        if "View" not in call.rights:
            return Reply(status=403, message="denied")
        moving, hidden = self._in_motion(flow)
        try:
            rows = query.rows(self.store, flow, call.params, form=call.form, hidden=hidden)
        except query.Bad as problem:
            return Reply(status=404, message="failed because", more=str(problem))
        shown = {row["data_no"] for row in rows if row.get("data_no")} - moving
        busy = {data_no for data_no in shown if self._look(flow, data_no)}
        rows = [query.executing(row) if row.get("data_no") in busy else row for row in rows]
        if self._switches["ids"] == "text":
            rows = [{k: str(v) if k in {"data_no", "id"} else v for k, v in row.items()} for row in rows]
        return Reply(message="found", result=rows)

    def _load(self, call: Call) -> Reply:
        missing = lacking(call.params, "flow_uuid", "data_id")
        if missing:
            return missing
        found = self._seen(call, "View")
        if isinstance(found, Reply):
            return found
        flow, number, row = found
        actions = flow.actions.get(row["stop_uuid"])
        formdata = [
            {"id": d["id"], "value": _loaded(d["type"], row[d["id"].lower()]), "type": d["type"]} for d in flow.items
        ]
        result = {
            "formobject": {"items": list(flow.items)},
            "formdata": formdata,
            "config": {"attachment": True},
            "flow_name": flow.name,
            "quick_action": ",".join(actions) if actions else None,
            "files": files.listed(self.store, flow, row["data_no"], number),
        }
        return Reply(message="read", result=result)

    def _files(self, call: Call) -> Reply:
        for name in ("flow_uuid", "data_no", "data_id"):
            if name not in call.params:
                return Reply(status=500, message=f"'{name}'")
        found = self._seen(call, "View")
        if isinstance(found, Reply):
            return found
        flow, number, row = found
        return Reply(message="read", result=files.listed(self.store, flow, row["data_no"], number))

    def _upload(self, call: Call) -> Reply:
        found = self._seen(call, "Modify")
        if isinstance(found, Reply):
            return found
        flow, number, row = found
        plain = [(name, content) for part, name, content in call.files if part == "files"]
        if self._switches["uploads"] == "kept":
            with self.store.change():
                files.keep(self.store, flow, row["data_no"], number, plain, now=self._clock())
                subject = f"{flow.path}/{row['data_no']}"
                self.store.record("upload", subject, {**evidence(call), "files": [name for name, _ in plain]})
        return Reply(message="uploaded")

    def _missions(self, call: Call) -> Reply:
        mine = self._assigned(call)
        if not mine:
            because = "'NoneType' object has no attribute 'objects'"
            return Reply(status=404, message="failed because", more=because)
        try:
            return Reply(message="found", result=query.select(mine, call.params, form=call.form))
        except query.Bad as problem:
            return Reply(status=404, message="failed because", more=str(problem))

    def _apps(self, call: Call) -> Reply:
        names = sorted({flow.app for flow in FLOWS.values()})
        return self._managed(call, [{"id": n, "app_name": name} for n, name in enumerate(names, 1)])

    def _flows(self, call: Call) -> Reply:
        flows = [flow for flow in FLOWS.values() if flow.app == call.params.get("app_name")]
        found = [{"id": n, "flow_uuid": flow.uuid, "flow_name": flow.name} for n, flow in enumerate(flows, 1)]
        return self._managed(call, found)

    def _format(self, call: Call) -> Reply:
        asked = (call.params.get("app_name"), call.params.get("flow_name"))
        flow = next((f for f in FLOWS.values() if (f.app, f.name) == asked), None)
        if flow is None:
            return self._managed(call, None)
        formdata = [{"id": d["id"], "value": _sampled(d), "type": d["type"]} for d in flow.items]
        sample = {"security": "<security>", "api_path": flow.path, "action": "create", "omflow_restapi": 1}
        return self._managed(call, {"input": {**sample, "formdata": formdata}, "output": SAMPLE_OUTPUT})

    def _managed(self, call: Call, result: Any) -> Reply:
        if "Manage" not in call.rights:
            return Reply(status=302, redirect="/api/permission/denied/")
        return Reply(message="read", result=result)

    # What the calls are made of

    def _row(self, flow: Flow, call: Call) -> tuple[int, Document] | None:
        """Return the row that a call's data_id names."""
        text = str(call.params.get("data_id", ""))
        row = self.store.get(flow.rows, int(text)) if text.isdecimal() and len(text) < 19 else None
        return (int(text), row) if row is not None else None

    def _seen(self, call: Call, right: str) -> tuple[Flow, int, Document] | Reply:
        """Return the row that a call's flow_uuid and data_id name; refused alike where there is none."""
        flow = BY_UUID.get(str(call.params.get("flow_uuid", "")))
        found = self._row(flow, call) if flow else None
        if flow is None or found is None or right not in call.rights:
            return Reply(status=403, message="denied")
        return (flow, *found)

    def _busy(self, flow: Flow, data_no: int) -> bool:
        order = self.store.get(flow.orders, data_no)
        return bool(order and order["busy"])

    def _look(self, flow: Flow, data_no: int) -> bool:
        """Return whether the queue still works on an order; each look brings it nearer to its end."""
        with self.store.change():
            order = self.store.get(flow.orders, data_no)
            if not order or not order["busy"]:
                return False
            self.store.put(flow.orders, data_no, {"busy": order["busy"] - 1})
            return True

    def _set_in_motion(self, flow: Flow, data_no: int) -> None:
        """Let the next looks at an order see it in motion."""
        for number, _ in self.store.find("moving", ("flow", "=", flow.path), ("data_no", "=", data_no)):
            self.store.delete("moving", number)
        looks = int(self._switches["moving"])
        if looks:
            self.store.add("moving", {"flow": flow.path, "data_no": data_no, "none": looks, "some": looks})

    def _in_motion(self, flow: Flow, data_no: int | None = None) -> tuple[set[int], set[int]]:
        """Return the orders of a flow that a look sees in motion, and the live rows that it does not see.

        At first it sees none of an order's, then one. Each look brings an order nearer to where it stays.
        """
        if not self._moving(flow, data_no):
            return set(), set()
        with self.store.change():
            hidden = self._hidden(flow, data_no)
            moving = set()
            for number, order in self._moving(flow, data_no):
                moving.add(order["data_no"])
                order["none" if order["none"] else "some"] -= 1
                if order["none"] or order["some"]:
                    self.store.put("moving", number, order)
                else:
                    self.store.delete("moving", number)
        return moving, hidden

    def _hidden(self, flow: Flow, data_no: int | None = None) -> set[int]:
        """Return the live rows that nobody sees at the moment."""
        hidden: set[int] = set()
        for _, order in self._moving(flow, data_no):
            rows = self.store.find(flow.rows, ("data_no", "=", order["data_no"]), ("history", "=", 0))
            hidden |= {number for number, _ in rows[0 if order["none"] else 1 :]}
        return hidden

    def _moving(self, flow: Flow, data_no: int | None) -> list[tuple[int, Document]]:
        known = self.store.find("moving", ("flow", "=", flow.path))
        return [(number, order) for number, order in known if data_no in {None, order["data_no"]}]

    def _engine(self, flow: Flow) -> Engine:
        return Engine(self.store, flow, now=self._clock(), broken=self._switches["broken"])

    def _assigned(self, call: Call) -> list[Document]:
        """Return the open tasks of a user or of a group of theirs."""
        me = USERS[call.user]
        found: list[Document] = []
        for flow in FLOWS.values():
            for number, row in self.store.find(flow.rows, ("history", "=", 0), ("closed", "=", 0)):
                name = next((d["id"].lower() for d in flow.items if d["type"] == "h_group"), "")
                group = json.loads(row.get(name) or "{}") if row["group"] else {}
                mine = group.get("user") == str(me.number) or (
                    not group.get("user") and group.get("group") in me.groups
                )
                if group and mine:
                    found.append(query.mission(flow, number, row, len(found) + 1, group))
        return found

    def _is_assignee(self, flow: Flow, call: Call) -> bool:
        """Return whether a call pushes an open task of its own user."""
        tasks = [(task["flow_uuid"], str(task["data_id"])) for task in self._assigned(call)]
        return (flow.uuid, str(call.params.get("data_id"))) in tasks

    def _clock(self) -> str:
        return self._now().astimezone(ZONE).replace(tzinfo=None).isoformat(timespec="milliseconds")

    def _id(self, number: int) -> int | str:
        return str(number) if self._switches["ids"] == "text" else number


def _sampled(design: Document) -> Any:
    """Return what the API sample shows of a field."""
    config = design["config"]
    if design["type"] == "h_group":
        return {"group": f"<{config['group_title']}>", "user": "<User>"}
    return f"[<{config['title']}>,...]" if design["type"] == "checkbox" else f"<{config['title']}>"


def _loaded(kind: str, value: Any) -> Any:
    return json.loads(value) if kind in {"checkbox", "h_group"} and value else value
