"""The OMFlow emulator's files: those that came with a call, and those that an order has. Only their names are kept."""

import json
from typing import Any

from orderctl.sandbox.omflow.flows import Flow
from orderctl.sandbox.omflow.requests import Call
from orderctl.sandbox.store import Document, Store


def sent(call: Call, *, fields: bool) -> list[tuple[str, bytes]]:
    """Return the files that a create keeps: the parts `files`, and with `fields` those that `files_item` names."""
    try:
        named: Any = json.loads(call.params.get("files_item", "[]"))
    except (TypeError, ValueError):
        named = []
    parts = {"files", *(named if fields else ())}
    return [(name, content) for part, name, content in call.files if part in parts]


def keep(store: Store, flow: Flow, data_no: int, number: int, files: list[tuple[str, bytes]], *, now: str) -> None:
    """Keep files with an order, on its current row; one of the same name is replaced."""
    rows = store.find(flow.rows, ("data_no", "=", data_no), ("history", "=", 0))
    here = number if any(n == number for n, _ in rows) or not rows else rows[0][0]
    for name, content in files:
        for known, kept in store.find("files", ("data_no", "=", data_no)):
            if (kept["flow"], kept["file_name"], kept["data_id"]) == (flow.path, name, here):
                store.delete("files", known)
        kept = {"flow": flow.path, "data_no": data_no, "data_id": here, "file_name": name, "size": len(content)}
        store.add("files", {**kept, "createtime": now, "delete": False})


def listed(store: Store, flow: Flow, data_no: int, number: int) -> list[Document]:
    """Return the files of a row as answers show them."""
    return [
        {
            "id": known, "file": f"omformflow/{flow.uuid}/{data_no}/{kept['data_id']}/{kept['file_name']}",
            **{name: kept[name] for name in ("size", "delete", "createtime", "file_name")},
        }
        for known, kept in store.find("files", ("data_no", "=", data_no))
        if (kept["flow"], kept["data_id"]) == (flow.path, number)
    ]  # fmt: skip


def forget(store: Store, flow: Flow, data_no: int) -> None:
    """Delete an order's files."""
    for number, kept in store.find("files", ("data_no", "=", data_no)):
        if kept["flow"] == flow.path:
            store.delete("files", number)
