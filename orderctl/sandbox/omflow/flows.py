"""The OMFlow emulator's server: its users and flows, and what its forms and its engine do with an order.

Pure functions and literal tables; the emulator answers requests with them. A flow's rows are kept in a
table of its own, so that its ids and order numbers count from 1 as on the real server.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from orderctl.sandbox.store import Document, Store

HEADERS = {"h_group": "group", "h_level": "level", "h_status": "status", "h_title": "title"}
"""The types of fields that also fill a column of the order, and that column."""

GROUPS = {"1": "Order desk", "2": "資訊服務組"}

RIGHTS = frozenset({"Add", "Delete", "Manage", "Modify", "View"})


@dataclass(frozen=True, kw_only=True)
class User:
    """Somebody who may log in."""

    number: int
    password: str = "sandbox"  # noqa: S105  (the sandbox's secrets are all this word, and that is printed)
    rights: frozenset[str] = RIGHTS
    active: bool = True
    groups: frozenset[str] = frozenset(GROUPS)


USERS: Mapping[str, User] = {
    "admin": User(number=1, password="admin", groups=frozenset()),  # noqa: S106  (the recorded server's)
    "clerk": User(number=2),
    "clerk2": User(number=3),
    "guest": User(number=4, rights=frozenset()),
    "retired": User(number=5, active=False),
    "sandbox": User(number=6),
    "viewer": User(number=7, rights=frozenset({"View"})),
    "worker": User(number=8, rights=RIGHTS - {"Manage"}),
}
"""By name. `clerk` is part of `clerk2`, and so every call of theirs fails."""

STAGES = ({"text": "New", "value": "new"}, {"text": "Packing", "value": "packing"}, {"text": "Done", "value": "done"})
OPTIONS = ({"text": "Gift wrap", "value": "gift"}, {"text": "Express", "value": "fast"})
LEVELS = tuple({"text": color, "value": color} for color in ("red", "yellow", "green"))
WORK = (
    {"text": "分派中", "value": "dispatch"},
    {"text": "處理中", "value": "working"},
    {"text": "完成", "value": "done"},
)


def item(number: int, kind: str, title: str, **config: Any) -> Document:
    """Return one field of a form's design."""
    return {"id": f"FORMITM_{number}", "type": kind, "config": {"title": title, **config}}


ITEM = item(1, "inputbox", "Item", require=True)
QUANTITY = item(2, "inputbox", "Quantity", require=True, regex="^[0-9]+$")
AMOUNT = item(2, "inputbox", "Quantity", require=True)


@dataclass(frozen=True, kw_only=True)
class Flow:
    """A deployed flow. `steps` are its components after the start: id, type, name, and where each leads."""

    path: str
    uuid: str
    app: str
    name: str
    items: tuple[Document, ...]
    columns: int
    steps: Mapping[str, tuple[str, str, tuple[str, ...]]]
    first: str = "FITEM_2"
    api: bool = True
    verifies: bool = False
    actions: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """By component, the texts of its two quick actions."""

    @property
    def rows(self) -> str:
        """The name of its table of rows."""
        return f"rows-{self.path}"

    @property
    def orders(self) -> str:
        """The name of its table of order numbers."""
        return f"orders-{self.path}"


def chain(*names: str) -> Mapping[str, tuple[str, str, tuple[str, ...]]]:
    """Return the components of a flow whose steps follow each other."""
    last = len(names) + 2
    forms = {f"FITEM_{n}": ("form", name, (f"FITEM_{n + 1}",)) for n, name in enumerate(names, 2)}
    return {**forms, f"FITEM_{last}": ("end", "End", ())}


FLOWS: Mapping[str, Flow] = {
    flow.path: flow
    for flow in (
        Flow(
            path="orderdesk", uuid="6ebdf33c259f42febc52dbb457a44e99", app="Orders", name="Order desk", columns=8,
            items=(
                ITEM, QUANTITY, item(3, "areabox", "Note"), item(4, "h_title", "Subject"),
                item(5, "h_status", "Stage", value="new", lists=STAGES),
                item(6, "h_group", "", group_title="Group", value={"group": "1", "user": "2"}),
                item(7, "checkbox", "Options", value=[], lists=OPTIONS),
            ),
            steps={
                "FITEM_2": ("form", "Stock check", ("FITEM_3",)),
                "FITEM_3": ("async", "Split", ("FITEM_4", "FITEM_5")),
                "FITEM_4": ("form", "Packing", ("FITEM_6",)),
                "FITEM_5": ("form", "Billing", ("FITEM_6",)),
                "FITEM_6": ("collection", "Join", ("FITEM_7",)),
                "FITEM_7": ("form", "Dispatch", ("FITEM_8",)),
                "FITEM_8": ("end", "End", ()),
            },
            actions={"FITEM_2": ("OK", "")},
        ),
        Flow(
            path="orderverify", uuid="0d1c7a52b34e4c0f9a56d3a1c2f4e801", app="Orders", name="Verified order",
            items=(ITEM, QUANTITY), columns=2, steps=chain("Review"), verifies=True,
        ),
        Flow(
            path="orderplain", uuid="0d1c7a52b34e4c0f9a56d3a1c2f4e802", app="Orders", name="Plain order",
            items=(ITEM, AMOUNT), columns=2, steps=chain("Confirm"),
        ),
        Flow(
            path="ordernoapi", uuid="0d1c7a52b34e4c0f9a56d3a1c2f4e803", app="Orders", name="Order by hand",
            items=(ITEM, QUANTITY), columns=2, steps=chain("Confirm"), api=False,
        ),
        Flow(
            path="orderfiles", uuid="0d1c7a52b34e4c0f9a56d3a1c2f4e804", app="Orders", name="Order with files",
            items=(ITEM, item(2, "inputbox", "Your number"), item(3, "file", "Drawing")), columns=3,
            steps=chain("Review", "Review"),
        ),
        Flow(
            path="mission", uuid="dc33fb340034418c8fbb3baf15525e86", app="Missions", name="任務", columns=7,
            items=(
                item(1, "h_title", "標題", require=True), item(2, "areabox", "說明"),
                item(3, "h_level", "燈號", require=True, lists=LEVELS),
                item(4, "h_status", "狀態", require=True, lists=WORK),
                item(5, "h_group", "", group_title="受派", require=True),
            ),
            steps=chain("任務分析", "任務處理", "任務驗收"),
        ),
    )
}  # fmt: skip
"""By API path. All but `orderfiles` are those of the recorded server; it has a field for a file."""

BY_UUID = {flow.uuid: flow for flow in FLOWS.values()}


class Failed(Exception):
    """Python's own exception in the server's code; `where` says whether it came before or after the form's check."""


def check_form(flow: Flow, formdata: Any) -> bool:
    """Return whether the required fields are there and patterns match. Raises Failed as Python would."""
    for design in flow.items:
        config, found = design["config"], None
        for given in formdata:
            if not isinstance(given, dict):
                raise Failed("string indices must be integers")
            if "id" not in given:
                raise Failed("'id'")
            if given["id"] == design["id"]:
                found = given
                break
        if found is None:
            if config.get("require"):
                return False
            continue
        if "value" not in found:
            raise Failed("'value'")
        if not _good(design, found["value"]):
            return False
    return True


def _good(design: Document, value: Any) -> bool:
    config = design["config"]
    if design["type"] == "h_group":
        if not isinstance(value, dict):
            raise Failed("string indices must be integers")
        for key in ("group", "user"):
            if key not in value:
                raise Failed(f"'{key}'")
        return not config.get("require") or bool(value["group"])
    if config.get("require") and not value and value != 0:
        return False
    if config.get("regex"):
        if not isinstance(value, str):
            raise Failed("expected string or bytes-like object")
        return re.match(config["regex"], value) is not None
    return True


def columns_of(flow: Flow, formdata: list[Document], *, designed: bool) -> Document:
    """Return the columns that a form's items fill. Without `designed` an item must say its type. Raises Failed."""
    types = {design["id"]: design["type"] for design in flow.items}
    found: Document = {}
    heads: Document = {}
    for given in formdata:
        if "type" not in given and not designed:
            raise Failed("'type'")
        kind, name = str(given.get("type", types.get(given["id"], ""))), given["id"].lower()
        found[name] = as_column(given.get("value"))
        if kind in HEADERS:
            heads[HEADERS[kind]] = _head(flow, given["id"], kind, found[name])
    return {**found, **heads}


def as_column(value: Any) -> str:
    """Return a value as the server's text columns keep it."""
    if isinstance(value, dict | list):
        return json.dumps(value)
    return "" if value is None else str(value)


def _head(flow: Flow, name: str, kind: str, text: str) -> str:
    """Return what a field shows in the order's own column: a status as its text, a group by its name."""
    lists = next((d["config"].get("lists", ()) for d in flow.items if d["id"] == name), ())
    if kind == "h_status":
        return next((str(o["text"]) for o in lists if o["value"] == text), text)
    if kind == "h_group":
        try:
            group = json.loads(text)
            return json.dumps({**group, "group": GROUPS.get(group["group"], group["group"])})
        except (ValueError, TypeError, KeyError):
            return text
    return text


def unknown_column(flow: Flow, columns: Document) -> str | None:
    """Return the first form column that the flow's table lacks."""
    known = {f"formitm_{n}" for n in range(1, flow.columns + 1)}
    return next((name for name in columns if name not in {*known, *HEADERS.values()}), None)


def defaults(flow: Flow) -> Document:
    """Return the form columns of a new order: the design's default values."""
    found: Document = {f"formitm_{n}": None for n in range(1, flow.columns + 1)}
    for design in flow.items:
        value = design["config"].get("value", "" if design["type"] in {"areabox", "inputbox"} else None)
        found[design["id"].lower()] = as_column(value) if value is not None else None
    return found


def new_row(flow: Flow, data_no: int, user: str, now: str) -> Document:
    """Return the first row of an order, but for its form."""
    return {
        "flow_uuid": dashed(flow.uuid), "dataid_header": "", "data_no": data_no, "history": False, "status": None,
        "title": None, "level": None, "group": None, "closed": False, "stop_uuid": None, "stop_chart_type": None,
        "stop_chart_text": None, "running": False, "error": False, "createtime": now, "updatetime": now,
        "stoptime": None, "create_user_id": user, "update_user_id": user, "data_param": "{}", "error_message": None,
        "init_data_id": None, "is_child": False,
    }  # fmt: skip


def dashed(uuid: str) -> str:
    """Return a uuid as list rows show it."""
    return "-".join((uuid[:8], uuid[8:12], uuid[12:16], uuid[16:20], uuid[20:]))


class Engine:
    """Moves the rows of one flow from component to component, as the server's queue does."""

    def __init__(self, store: Store, flow: Flow, *, now: str, broken: str = "") -> None:
        self._store, self._flow, self._now, self._broken = store, flow, now, broken

    def start(self, row: Document) -> int:
        """Put a new order on its way and return the id of its first row."""
        number = self._store.add(self._flow.rows, row)
        row = {**row, "init_data_id": number}
        self._arrive(number, row, self._flow.first)
        return number

    def push(self, number: int, row: Document) -> None:
        """Move a row on from the component where it waits."""
        for following in self._flow.steps[row["stop_uuid"]][2]:
            self._arrive(number, row, following)

    def _arrive(self, number: int, row: Document, place: str) -> None:
        kind, name, following = self._flow.steps[place]
        stop = {"stop_uuid": place, "stop_chart_text": name, "stoptime": self._now, "data_param": self._param(row)}
        row = {**row, **stop}
        if name == self._broken:
            stuck = {"history": False, "error": True, "error_message": "name 'stock' is not defined"}
            self._store.put(self._flow.rows, number, {**row, **stuck})
        elif kind == "end":
            self._store.put(self._flow.rows, number, {**row, "history": False, "closed": True})
        else:
            self._store.put(self._flow.rows, number, {**row, "history": True})
            if kind == "form":
                self._add({**row, "history": False})
            elif kind == "async":
                for branch in following:
                    self._arrive(self._add(row), self._fresh(row), branch)
            elif not self._elsewhere(row):
                first = next(r for _, r in self._arrived(row["data_no"], place))
                self._arrive(self._add(first), self._fresh(first), following[0])

    def _fresh(self, row: Document) -> Document:
        return {**row, "history": False, "createtime": self._now, "updatetime": self._now}

    def _add(self, row: Document) -> int:
        return self._store.add(self._flow.rows, self._fresh(row))

    def _elsewhere(self, row: Document) -> int:
        """Return how many branches of an order are still on their way."""
        return self._store.count(
            self._flow.rows, ("data_no", "=", row["data_no"]), ("history", "=", 0), ("closed", "=", 0)
        )

    def _arrived(self, data_no: int, place: str) -> Iterator[tuple[int, Document]]:
        yield from self._store.find(self._flow.rows, ("data_no", "=", data_no), ("stop_uuid", "=", place))

    def _param(self, row: Document) -> str:
        uuid = self._flow.uuid
        return json.dumps({"flow_uuid": uuid, "data_no": row["data_no"], "table_uuid": uuid, "error": False})
