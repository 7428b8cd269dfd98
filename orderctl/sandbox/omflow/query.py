"""The OMFlow emulator's list call: columns, conditions, order and the end index, as Django reads them."""

import json
from collections.abc import Callable, Container, Mapping
from typing import Any

from orderctl.sandbox.omflow.flows import Flow
from orderctl.sandbox.store import Document, Store

BOOLEANS = frozenset({"closed", "error", "history", "is_child", "running"})

INTEGERS = frozenset({"data_no", "id", "init_data_id"})

COLUMNS = (
    "id", "flow_uuid", "dataid_header", "data_no", "history", "status", "title", "level", "group", "closed",
    "stop_uuid", "stop_chart_type", "stop_chart_text", "running", "error", "createtime", "updatetime", "stoptime",
    "create_user_id", "update_user_id", "data_param", "error_message", "init_data_id", "is_child",
)  # fmt: skip

OPERATORS = frozenset({"<", "=", ">", "contains", "in"})

DEFAULT_LIMIT = 100


class Bad(Exception):
    """A list that cannot be made; the text is the exception's."""


Test = tuple[str, str, Any]
"""A column, an operator of OPERATORS, and the value to compare with, as the column holds it."""


def rows(
    store: Store, flow: Flow, params: Mapping[str, Any], *, form: bool, hidden: Container[int] = ()
) -> list[Document]:
    """Return the rows that a list call asks for, without the `hidden` ones. Raises Bad."""
    known = (*COLUMNS, *(f"formitm_{n}" for n in range(1, flow.columns + 1)))
    tests = _tests(params.get("search_conditions"), known, form=form)
    left_out = _tests(params.get("exclude_conditions"), known, form=form)
    orders = _orders(params, known)
    start, limit = _window(params)
    key, newest_first = orders[0].removeprefix("-"), orders[0].startswith("-")
    in_sql = not left_out and not hidden and all(operator != "contains" for _, operator, _ in tests)
    if in_sql and len(orders) == 1 and key in INTEGERS:
        size = max(0, limit - start)
        found = store.find(flow.rows, *tests, offset=start, limit=size, newest_first=newest_first, order_by=(key,))
        whole = [{"id": number, **row} for number, row in found]
    else:
        held = tuple(t for t in tests if t[1] != "contains")
        found = store.find(flow.rows, *held)
        every = [{"id": number, **row} for number, row in found if number not in hidden]
        whole = _select(every, tests, left_out, orders)[start : max(start, limit)]
    return [_shown(row, params, known) for row in whole]


def select(documents: list[Document], params: Mapping[str, Any], *, form: bool) -> list[Document]:
    """Return the documents of another list that a call asks for. Raises Bad."""
    known = tuple(documents[0])
    tests = _tests(params.get("search_conditions"), known, form=form)
    left_out = _tests(params.get("exclude_conditions"), known, form=form)
    start, limit = _window(params)
    found = _select(documents, tests, left_out, _orders(params, known))[start : max(start, limit)]
    return [_shown(row, params, known) for row in found]


def executing(row: Document) -> Document:
    """Return a row as it looks while the server's queue works on its order."""
    if row.get("history") or "stop_chart_text" not in row:
        return row
    shown = {"running": True, "stop_uuid": None, "stop_chart_text": None, "stoptime": None, "closed": False}
    return {k: shown.get(k, v) for k, v in row.items()}


def mission(flow: Flow, data_id: int, row: Document, number: int, group: Mapping[str, Any]) -> Document:
    """Return an open task as my-mission lists it."""
    same = ("status", "level", "title", "data_no", "history", "stop_uuid", "stop_chart_text", "create_user_id")
    return {
        "id": number, "flow_uuid": flow.uuid, "flow_name": flow.name, **{name: row[name] for name in same},
        "data_id": data_id, "update_user_id": row["update_user_id"], "ticket_createtime": row["createtime"],
        "createtime": row["createtime"], "updatetime": row["updatetime"], "assignee_id": group.get("user") or None,
        "assign_group_id": group.get("group"), "action": None, "attachment": False, "closed": row["closed"],
        "is_active": True, "deploy_flag": True,
    }  # fmt: skip


def _tests(given: Any, known: tuple[str, ...], *, form: bool) -> list[Test]:
    """Return the conditions that Django applies: those before the first that lacks a key, none of a form's."""
    found: list[Test] = []
    for condition in given if isinstance(given, list) and not form else ():
        if not isinstance(condition, dict) or not {"column", "condition", "value"} <= condition.keys():
            break
        column, operator, value = condition["column"], condition["condition"], condition["value"]
        _check_column(column, known)
        operator = operator if operator in OPERATORS else "="
        if operator == "in":
            if not isinstance(value, list):
                raise Bad(f"'{type(value).__name__}' object is not iterable")
            found.append((column, operator, [_typed(column, v) for v in value]))
        else:
            found.append((column, operator, str(value) if operator == "contains" else _typed(column, value)))
    return found


def _typed(column: str, value: Any) -> Any:
    """Return a value as its column holds it. Raises Bad with Django's words."""
    if column in BOOLEANS:
        if value in (True, False, "t", "True", "1", "f", "False", "0"):
            return 1 if value in (True, "t", "True", "1") else 0
        raise Bad(f"['“{value}” value must be either True or False.']")
    if column in INTEGERS:
        try:
            return int(value)
        except (TypeError, ValueError):
            raise Bad(f"invalid literal for int() with base 10: {value!r}") from None
    return json.dumps(value) if isinstance(value, dict | list) else None if value is None else str(value)


def _orders(params: Mapping[str, Any], known: tuple[str, ...]) -> list[str]:
    orders = [str(o) for o in params.get("order_columns") or ["id"]]
    for order in orders:
        _check_column(order.removeprefix("-"), known)
    return orders


def _window(params: Mapping[str, Any]) -> tuple[int, int]:
    """Return the index of the first row and the one after the last."""
    try:
        start, limit = int(params.get("start", 0)), int(params.get("limit", DEFAULT_LIMIT))
    except (TypeError, ValueError) as error:
        raise Bad(str(error)) from error
    if start < 0 or limit < 0:
        raise Bad("Negative indexing is not supported.")
    return start, limit


def _check_column(column: Any, known: tuple[str, ...]) -> None:
    if column not in known:
        raise Bad(f"Cannot resolve keyword {column!r} into field. Choices are: {', '.join(sorted(known))}")


def _select(every: list[Document], tests: list[Test], left_out: list[Test], orders: list[str]) -> list[Document]:
    found = [r for r in every if all(_meets(r, t) for t in tests)]
    if left_out:
        found = [r for r in found if not all(_meets(r, t) for t in left_out)]
    for order in reversed(orders):
        name = order.removeprefix("-")
        found.sort(key=lambda r, name=name: (r[name] is not None, r[name] or 0), reverse=order.startswith("-"))  # type: ignore[misc]
    return found


_MEETS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": lambda have, value: have < value,
    "=": lambda have, value: bool(have == value),
    ">": lambda have, value: have > value,
    "contains": lambda have, value: value.casefold() in str(have).casefold(),
    "in": lambda have, value: have in value,
}


def _meets(row: Document, test: Test) -> bool:
    column, operator, value = test
    have = row[column]
    return have is not None and _MEETS[operator](have, value)


def _shown(row: Document, params: Mapping[str, Any], known: tuple[str, ...]) -> Document:
    columns = params.get("search_columns") or known
    for column in columns:
        _check_column(column, known)
    return {column: row[column] for column in columns}
