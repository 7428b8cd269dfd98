"""OMFlow's forms: what is known of a flow's fields, how it is learned, and items checked against it."""

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from orderctl.backend.tolerant import as_text, one_line
from orderctl.backend.vendor import Field, Kind
from orderctl.errors import BadAnswer, PermissionDenied, Problem, Refused, Temporary
from orderctl.frozen import dataclass, field
from orderctl.http.wire import read_json
from orderctl.vendors.omflow.lists import GUESSED_ROW, LIVE, Call, listed, place, plain

MOST_ASKED = 60
"""How many applications and flows are asked for, to find the flow of an API path."""

STRUCTURED = frozenset({"checkbox", "h_group"})
"""Types whose values are lists or objects."""

MOST_WAYS = 1_000_000
"""In how many ways a pattern may be held against a value here: more would take seconds, or for ever."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """A field of a form's design. `kind` is the vendor's type, such as inputbox or h_title."""

    name: str
    kind: str
    title: str = ""
    required: bool = False
    pattern: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Form:
    """What is known of a form: its fields, what they hold now, and columns of the flow's table that it may not show.

    `actions` are the texts of the step's two quick actions, "" for one that it lacks; None where nobody says.
    """

    items: Mapping[str, Item] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    columns: frozenset[str] = frozenset()
    actions: tuple[str, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a caller wants of a form: values and types by field, the vendor's other parameters, what is wrong."""

    values: Mapping[str, Any]
    kinds: Mapping[str, str]
    others: Mapping[str, Any]
    problems: tuple[Problem, ...]


def fill(
    wanted: Wanted, form: Form | None, *, keep: bool = False, dry: bool = False
) -> tuple[list[dict[str, Any]], list[Problem]]:
    """Return the items to send and what is wrong with them; without a form only the types can be.

    With `keep` a required field that is not given keeps the value that it has. A dry run knows no form and no type.
    """
    known = form or Form()
    values, problems = dict(wanted.values), []
    for item in known.items.values() if keep else ():
        if item.required and item.name not in values and not _empty(known.values.get(item.name)):
            values[item.name] = in_text(known.values[item.name])
    items = []
    for name, value in values.items():
        design = known.items.get(name)
        kind = wanted.kinds.get(name) or (design.kind if design else "<type>" if dry else "")
        if form and known.items and not design and name.lower() not in known.columns:
            problems.append(Problem(f"--set {name}", f"the form has no such field; {_listed(known)}"))
        elif design and kind != design.kind:
            problems.append(Problem(f"--set {name}", f"its type is {design.kind}, not {kind}"))
        elif not kind:
            problems.append(
                Problem(
                    f"--set {name}",
                    f"its type is not known here; give it, such as --set {name}:inputbox=… or :h_title=…",
                )
            )
        elif design and design.required and _empty(value):
            pass  # told below, with those that are not given at all
        elif wrong := misfit(kind, value, design):
            problems.append(Problem(f"--set {name}", wrong))
        items.append({"id": name, "value": value, "type": kind})
    problems += [
        Problem(f"--set {item.name}", f"the form requires it ({item.title or item.kind})")
        for item in known.items.values()
        if item.required and _empty(values.get(item.name))
    ]
    return items, problems


def misfit(kind: str, value: Any, design: Item | None) -> str:
    """Return why a server would choke on a value, or refuse it; "" where it would not.

    >>> misfit("h_group", "2", None)
    'takes an object with both keys: :={"group": "1", "user": ""}'
    """
    if kind == "h_group":
        good = isinstance(value, Mapping) and {"group", "user"} <= value.keys()
        return "" if good else 'takes an object with both keys: :={"group": "1", "user": ""}'
    if kind == "checkbox":
        return "" if isinstance(value, list) else 'takes a list of its options: :=["gift"]'
    if design and design.pattern and value is not None:
        if not isinstance(value, str):
            return "takes one text"
        with suppress(re.error, OverflowError, RecursionError):
            if ways(design.pattern, len(value)) <= MOST_WAYS and not re.match(design.pattern, value):
                return f"does not fit the form's pattern {design.pattern!r}"
    return ""


def ways(pattern: str, length: int) -> int:
    r"""Return in how many ways a pattern may be held against a text, at most; MOST_WAYS + 1 where a group repeats.

    >>> ways("[0-9]+", 50), ways(r"\d{2,4}-?(a|b)", 50), ways(r"^(\w+\s?)*$", 50)
    (51, 12, 1000001)
    """
    bare = re.sub(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", "x", pattern, flags=re.DOTALL)  # a set is one character
    if re.search(r"\)[*+{]", bare):
        return MOST_WAYS + 1
    found = 1
    for mark, least, most in re.findall(r"([*+?|])|\{(\d*),(\d*)\}", bare):
        if mark in {"?", "|"}:
            found *= 2
        else:
            found *= 1 + (min(int(most), length) - int(least or 0) if most else length)
        if found > MOST_WAYS:
            return MOST_WAYS + 1
    return max(found, 1)


def in_text(value: Any) -> Any:
    """Return a value for a form: every number a text, since a pattern breaks on anything else; null is an empty text.

    >>> in_text({"group": 1, "user": None}), in_text([True, "x"])
    ({'group': '1', 'user': ''}, ['1', 'x'])
    """
    if isinstance(value, Mapping):
        return {str(k): in_text(v) for k, v in value.items()}
    if isinstance(value, list):
        return [in_text(v) for v in value]
    return "" if value is None else as_text(value)


def decode_form(result: Any, *, columns: Iterable[str] = ()) -> Form:
    """Return the form of a row from what `load` answers, or of a flow from its API sample."""
    answer = result if isinstance(result, Mapping) else {}
    design = answer.get("formobject")
    if isinstance(design, str):
        with suppress(BadAnswer):
            design = read_json(design.encode("utf-8", "replace"), vendor="OMFlow")
    found = design.get("items") if isinstance(design, Mapping) else None
    sample = answer.get("input")
    listed = answer.get("formdata") or (sample.get("formdata") if isinstance(sample, Mapping) else None)
    data = [r for r in listed if isinstance(r, Mapping)] if isinstance(listed, list) else []
    items = {i.name: i for row in (*data, *(found if isinstance(found, list) else ())) if (i := decode_item(row))}
    actions = answer.get("quick_action")
    return Form(
        items=items,
        values={str(row.get("id")): row.get("value") for row in data} if design else {},
        columns=frozenset(columns),
        actions=tuple(actions.split(",")) if isinstance(actions, str) and "," in actions else None,
    )


def decode_item(raw: Any) -> Item | None:
    """Return a field of a form's design, None for what is none."""
    if not isinstance(raw, Mapping) or not re.fullmatch(r"FORMITM_[0-9]+", str(raw.get("id", ""))):
        return None
    config = raw.get("config")
    config = config if isinstance(config, Mapping) else {}
    title = (
        config.get("title")
        or config.get("group_title")
        or (str(raw.get("value")).strip("<>") if str(raw.get("value", "")).startswith("<") else "")
    )
    lists = config.get("lists")
    choices = [o.get("value") for o in lists if isinstance(o, Mapping)] if isinstance(lists, list) else []
    return Item(
        name=str(raw["id"]),
        kind=plain(raw.get("type")),
        title=one_line(title),
        required=config.get("require") is True,
        pattern=str(config.get("regex") or ""),
        choices=tuple(as_text(c) for c in choices if isinstance(c, str | int)),
    )


def form_of_row(call: Call, row: Mapping[str, Any], data_id: str, purpose: str) -> Form | None:
    """Return the form of a step with what it holds, None where the login may not see it."""
    named = place("0", {**row, "id": data_id})
    values = {name: named[name] for name in ("flow_uuid", "data_id")}
    try:
        return decode_form(call("load", values, purpose, assume={}), columns=row)
    except (PermissionDenied, Refused):
        return None


def form_of_an_order(call: Call, flow: str, *, dry: bool) -> Form | None:
    """Return the form of a flow as one of its orders shows it, best a closed one; None where there is none to see."""
    purpose = f"read the form of flow {flow!r}"
    try:
        rows = listed(call, [LIVE], purpose, order="-closed -data_no", size=1, assume=[GUESSED_ROW])
    except PermissionDenied:
        return None
    if not rows or not isinstance(rows[0], Mapping):
        return None
    form = form_of_row(call, rows[0], plain(rows[0].get("id")), purpose)
    return form if form and (form.items or dry) else None


def form_of_the_sample(call: Call, flow: str) -> Form | None:
    """Return what the API sample of a flow shows: fields and types. Only who may manage flows sees it."""
    purpose = f"read the API sample of flow {flow!r}"
    left = MOST_ASKED
    try:
        for app in _named(call, "apps", {}, purpose, "app_name"):
            left -= 1
            for name in _named(call, "flows", {"app_name": app}, purpose, "flow_name")[: max(left, 0)]:
                left -= 1
                sample = call("format", {"app_name": app, "flow_name": name, "action": "create"}, purpose)
                path = sample.get("api_path", "") if isinstance(sample, Mapping) else ""
                if str(path).strip("/").rpartition("/")[2] == flow:
                    return decode_form(sample)
            if left <= 0:
                break
    except (PermissionDenied, Refused, Temporary):
        return None
    return None


def fields_of(form: Form, reference: str) -> tuple[Field, ...]:
    """Return the fields of a form, each with its type in the note; `reference` is the one that holds references."""
    return tuple(
        Field(
            item.name,
            Kind.JSON if item.kind in STRUCTURED else Kind.TEXT,
            " ".join(filter(None, (item.title, f"({item.kind})"))),
            word="reference" if item.name == reference else "",
            required=item.required,
            choices=item.choices,
        )
        for item in form.items.values()
    )


def _named(call: Call, asked: str, values: Mapping[str, Any], purpose: str, name: str) -> list[str]:
    """Return the names that a list of applications or flows has."""
    found = call(asked, values, purpose)
    rows = found if isinstance(found, list) else []
    return [text for row in rows if isinstance(row, Mapping) and (text := plain(row.get(name)))]


def _empty(value: Any) -> bool:
    return value is None or value in ("", []) or (isinstance(value, Mapping) and not value.get("group"))


def _listed(form: Form) -> str:
    return "it has: " + ", ".join(f"{i.name} ({i.title or i.kind})" for i in form.items.values())
