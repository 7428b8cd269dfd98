"""OMFlow's forms: what is known of a flow's fields, how it is learned, and items checked against it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from orderctl.backend.prepared import Hole
from orderctl.backend.tolerant import as_text, one_line
from orderctl.backend.vendor import Field, Kind
from orderctl.errors import BadAnswer, Problem
from orderctl.frozen import dataclass, field
from orderctl.http.wire import read_json
from orderctl.vendors.omflow.answers import plain

MAX_ASKED = 60
"""How many applications and flows are asked for, to find the flow of an API path."""

STRUCTURED = frozenset({"checkbox", "h_group"})
"""Types whose values are lists or objects."""

MAX_WAYS = 1_000_000
"""In how many ways a pattern may be compared with a value here: more would take seconds, or for ever."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """A field of a form. `kind` is the vendor's type, such as inputbox; `required` is None where nobody tells."""

    name: str
    kind: str
    title: str = ""
    required: bool | None = None
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
    actions: tuple[str, str] | None = None

    def lacks(self, action: str) -> bool:
        """Return whether the step certainly lacks a quick action, action1 or action2."""
        return self.actions is not None and not self.actions[action == "action2"]


def fill(
    formdata: Sequence[Mapping[str, Any]], form: Form | None, *, keep: bool = False
) -> tuple[list[dict[str, Any]], list[Problem]]:
    """Return the items to send, each with its type, and what is wrong with them; without a form only types can be.

    With `keep` a required field that is not given keeps the value that it has. A type that is not known is a hole.
    """
    known = form or Form()
    given, problems = [dict(item) for item in formdata], []
    values = {item["id"]: item["value"] for item in given}
    for item in known.items.values() if keep else ():
        if item.required and item.name not in values and not _empty(known.values.get(item.name)):
            values[item.name] = in_text(known.values[item.name])
            given.append({"id": item.name, "value": values[item.name]})
    items = []
    for one in given:
        name, value = one["id"], one["value"]
        design = known.items.get(name)
        kind = one.get("type") or (design.kind if design else "")
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
            pass  # reported below, with those that are not given at all
        elif wrong := misfit(kind, value, design):
            problems.append(Problem(f"--set {name}", wrong))
        items.append({"id": name, "value": value, "type": kind or Hole("type")})
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
            if ways(design.pattern, len(value)) <= MAX_WAYS and not re.match(design.pattern, value):
                return f"does not fit the form's pattern {design.pattern!r}"
    return ""


def ways(pattern: str, length: int) -> int:
    r"""Return in how many ways a pattern may be compared with a text, at most; MAX_WAYS + 1 where a group repeats.

    >>> ways("[0-9]+", 50), ways(r"\d{2,4}-?(a|b)", 50), ways(r"^(\w+\s?)*$", 50)
    (51, 12, 1000001)
    """
    bare = re.sub(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", "x", pattern, flags=re.DOTALL)  # a set is one character
    if re.search(r"\)[*+{]", bare):
        return MAX_WAYS + 1
    found = 1
    for mark, least, most in re.findall(r"([*+?|])|\{(\d*),(\d*)\}", bare):
        if mark in {"?", "|"}:
            found *= 2
        else:
            found *= 1 + (min(int(most), length) - int(least or 0) if most else length)
        if found > MAX_WAYS:
            return MAX_WAYS + 1
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
    """Return the form of a row from what `load` answers: its design, and what it holds."""
    answer = result if isinstance(result, Mapping) else {}
    design = answer.get("formobject")
    if isinstance(design, str):
        with suppress(BadAnswer):
            design = read_json(design.encode("utf-8", "replace"), vendor="OMFlow")
    found = design.get("items") if isinstance(design, Mapping) else None
    data = _items(answer.get("formdata"))
    items = {i.name: i for row in (*data, *(found if isinstance(found, list) else ())) if (i := decode_item(row))}
    return Form(
        items=items,
        values={str(row.get("id")): row.get("value") for row in data} if design else {},
        columns=frozenset(columns),
        actions=_actions(answer.get("quick_action", ""), step=bool(design)),
    )


def _actions(named: Any, *, step: bool) -> tuple[str, str] | None:
    """Return the texts of a step's two quick actions; null beside the form of a `step` means that it has none.

    >>> _actions("OK,", step=True), _actions(None, step=True), _actions(None, step=False)
    (('OK', ''), ('', ''), None)
    """
    if named is None and step:
        return "", ""
    if not isinstance(named, str) or "," not in named:
        return None
    first, _, second = named.partition(",")
    return first.strip(), second.strip()


def decode_sample(result: Any) -> tuple[str, Form]:
    """Return the API path of a flow and its form from the sample of a create: it tells names, types and titles.

    >>> item = {"id": "FORMITM_1", "value": "<Item>", "type": "inputbox"}
    >>> path, form = decode_sample({"input": {"api_path": "orderdesk", "formdata": [item]}})
    >>> path, form.items["FORMITM_1"].title, form.items["FORMITM_1"].required
    ('orderdesk', 'Item', None)
    """
    sample = result.get("input") if isinstance(result, Mapping) else None
    if not isinstance(sample, Mapping):
        return "", Form()
    rows = _items(sample.get("formdata"))
    items = {item.name: item for row in rows if (item := decode_item(row, title=_sampled(row.get("value"))))}
    return plain(sample.get("api_path")).strip("/").rpartition("/")[2], Form(items=items)


def _sampled(value: Any) -> str:
    """Return a field's title as a sample shows it: <Item>, [<Options>,...] or the group of {"group": "<Group>"}."""
    text = str(value.get("group", "") if isinstance(value, Mapping) else value or "")
    found = re.match(r"\[?<(.*?)>", text, re.DOTALL)
    return found[1] if found else ""


def _items(listed: Any) -> list[Mapping[str, Any]]:
    return [row for row in listed if isinstance(row, Mapping)] if isinstance(listed, list) else []


def decode_item(raw: Any, *, title: str = "") -> Item | None:
    """Return a field of a form's design, None for what is none; `title` is for one whose design has none."""
    if not isinstance(raw, Mapping) or not re.fullmatch(r"FORMITM_[0-9]+", str(raw.get("id", ""))):
        return None
    config = raw.get("config")
    config = config if isinstance(config, Mapping) else {}
    lists = config.get("lists")
    choices = [o.get("value") for o in lists if isinstance(o, Mapping)] if isinstance(lists, list) else []
    return Item(
        name=str(raw["id"]),
        kind=plain(raw.get("type")),
        title=one_line(config.get("title") or config.get("group_title") or title),
        required=config.get("require") is True if "config" in raw else None,
        pattern=str(config.get("regex") or ""),
        choices=tuple(as_text(c) for c in choices if isinstance(c, str | int)),
    )


def fields_of(form: Form, reference: str) -> tuple[Field, ...]:
    """Return the fields of a form, each with its type in the note; `reference` is the one that holds references."""
    return tuple(
        Field(
            item.name,
            Kind.JSON if item.kind in STRUCTURED else Kind.TEXT,
            " ".join(filter(None, (item.title, f"({item.kind})"))),
            word="reference" if item.name == reference else "",
            required=bool(item.required),
            required_known=item.required is not None,
            choices=item.choices,
        )
        for item in form.items.values()
    )


def _empty(value: Any) -> bool:
    return value is None or value in ("", []) or (isinstance(value, Mapping) and not value.get("group"))


def _listed(form: Form) -> str:
    return "it has: " + ", ".join(f"{i.name} ({i.title or i.kind})" for i in form.items.values())
