"""What --fields keeps of a document: names are checked against the documents before anything is printed."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Annotated, Any, NotRequired, get_args, get_origin, get_type_hints

from typing_extensions import is_typeddict

from orderctl.errors import UsageError
from orderctl.output import csvtext, shapes
from orderctl.output.kinds import Document, Picked

ITEMS: Mapping[str, type] = {
    "auth": shapes.AuthDocument,
    "comment": shapes.CommentDocument,
    "draft": shapes.DraftDocument,
    "event": shapes.EventDocument,
    "field": shapes.FieldDocument,
    "finding": shapes.FindingDocument,
    "line": shapes.LineDocument,
    "operation": shapes.OperationDocument,
    "order": shapes.OrderDocument,
    "profile": shapes.ProfileDocument,
    "result": shapes.ResultDocument,
    "status": shapes.StatusDocument,
    "step": shapes.StepDocument,
    "mapping": shapes.MappingDocument,
    "vendor": shapes.VendorDocument,
}
"""The document of each kind that --fields may pick from."""

Tree = dict[str, "Tree | None"]
"""Fields by name; None where the whole field is kept."""


def names(kind: str) -> tuple[str, ...]:
    """Return the fields of a kind of document, those of documents inside it dotted; also what completion offers."""
    found: list[str] = []
    for name, hint in _fields(ITEMS[kind]).items():
        found.append(name)
        inside = get_args(hint)[0] if kind == "draft" and get_origin(hint) is list else hint
        if is_typeddict(inside):
            found += [f"{name}.{inner}" for inner in _fields(inside)]
    return tuple(found)


def resolve(fields: tuple[str, ...], kind: str) -> Picked:
    """Return the path of every field with its name as it was given. Raises UsageError for one that is unknown.

    Names below a list or a vendor's own JSON are free. An order's fields may also be headings of its CSV, where the
    document has no field of that name: customer_name, sku, _id.
    """
    headings = csvtext.COLUMNS if kind == "order" else {}
    hints = _fields(ITEMS[kind])
    known = names(kind)
    found: list[tuple[str, str]] = []
    for field in fields:
        top = field.partition(".")[0]
        free = (top in hints and get_origin(hints[top]) in {list, dict, Mapping}) or hints.get(top) is Any
        if field in known or (free and "" not in field.split(".")):
            found.append((field, field))
        elif field in headings:
            found.append((headings[field], field))
        else:
            near = get_close_matches(field, dict.fromkeys([*known, *headings]), n=3, cutoff=0.5)
            raise UsageError(
                f"--fields: {'an' if kind[0] in 'aeo' else 'a'} {kind} has no field {field!r}",
                hint=f"did you mean {', '.join(near)}?" if near else f"fields: {', '.join(known)}",
            )
    return tuple(found)


def tree(picked: Picked) -> Tree:
    """Return picked fields as a tree, in the order given; a field named whole wins over its parts."""
    root: Tree = {}
    for path, _ in picked:
        *parents, last = path.split(".")
        node: Tree | None = root
        for name in parents:
            if node is not None:
                node = node.setdefault(name, {})
        if node is not None:
            node[last] = None
    return root


def prune(document: Document, wanted: Tree) -> dict[str, Any]:
    """Return a document with the wanted fields only, its shape and its schema kept."""
    kept = {"schema": document["schema"]} if "schema" in document else {}
    return {**kept, **{name: _part(document.get(name), below) for name, below in wanted.items()}}


def _part(value: Any, wanted: Tree | None) -> Any:
    if wanted is None:
        return value
    if isinstance(value, list):
        return [_part(item, wanted) for item in value]
    if isinstance(value, Mapping):
        return {name: _part(value.get(name), below) for name, below in wanted.items()}
    return None


def _fields(document: type) -> dict[str, Any]:
    return {name: _bare(hint) for name, hint in get_type_hints(document, include_extras=True).items()}


def _bare(hint: Any) -> Any:
    while get_origin(hint) in {Annotated, NotRequired}:
        hint = get_args(hint)[0]
    return hint
