"""schema: the JSON Schema of every document, and of each vendor's own fields."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from orderctl.app import App
from orderctl.backend import registry
from orderctl.backend.fields import nearest
from orderctl.backend.vendor import Field, Kind, Vendor
from orderctl.errors import ConfigError, UsageError
from orderctl.output.documents import field_document
from orderctl.output.jsontext import compact, pretty

DIALECT = "https://json-schema.org/draft/2020-12/schema"

TYPES: Mapping[Kind, Mapping[str, Any]] = {
    Kind.BASE64: {"type": "string", "contentEncoding": "base64"},
    Kind.BOOL: {"enum": [True, False, 1, 0, "1", "0", "true", "false", "yes", "no"]},
    Kind.DATETIME: {"type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}"},
    Kind.DECIMAL: {"type": ["string", "number"], "pattern": r"^\s*[-+]?[0-9]*\.?[0-9]*\s*$"},
    Kind.INT: {"type": ["string", "integer"], "pattern": r"^\s*-?[0-9]+\s*$"},
    Kind.JSON: {},
    Kind.LINES: {"type": "array", "items": {"type": "object"}},
    Kind.LINKS: {"type": ["string", "array"], "pattern": "^https?://", "items": {"pattern": "^https?://"}},
    Kind.TEXT: {"type": ["string", "number", "boolean"]},
}
"""What a field of each kind takes, in a JSON draft."""

MAPPING = "mapping"
"""The name of the schema of a mapping; a mapping is TOML, and no command prints it as a document."""

SHOWN = ("name", "kind", "word", "aliases", "note", "choices", "instead")
"""The columns of a vendor's fields."""


def command(
    app: App,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="A document, or a vendor.")] = None,
    call: Annotated[str | None, typer.Argument(metavar="[CALL]", help="A call of that vendor.")] = None,
) -> int:
    """Print the JSON Schema of a document, or a vendor's own fields: names, aliases, kinds and notes.

    Examples:
        orderctl schema
        orderctl schema order
        orderctl schema mapping > mapping.schema.json
        orderctl schema onebox
        orderctl schema onebox create
        orderctl schema onebox create.line -o json

    Without a name it lists all names. A vendor's fields are printed as a table, with -o json as a JSON Schema. Use them
    in a draft's `set` or with --set; those of the call `update` also in the columns set.KEY of update --from.
    """
    if name in registry.VENDORS:
        return _vendor(app, name, call)
    documents = _documents()
    if name is None:
        listed = {n: _summary(d) for n, d in documents.items()}
        vendors = {n: f"the own fields of {_title(n)}, by call" for n in registry.names()}
        mapping = {MAPPING: "A mapping's TOML: how a foreign file becomes drafts (orderctl help mapping)."}
        return _listed(app, {**listed, **mapping, **vendors}, _bundle(documents) if _json(app) else {})
    short = name.removeprefix("orderctl.").partition("/")[0]
    if short not in {*documents, MAPPING}:
        if registry.known(name):
            return _vendor(app, name, call)
        known = [*documents, MAPPING, *registry.names()]
        raise UsageError(f"unknown document or vendor {name!r}", hint=_near(name, known))
    if call is not None:
        raise UsageError(f"{name} is a document; only a vendor has calls", hint=f"orderctl schema {name}")
    app.output.text(_text(app, _document_schema(_mapping() if short == MAPPING else documents[short])))
    return 0


def _vendor(app: App, name: str, call: str | None) -> int:
    vendor = registry.vendor(name)
    if call is None:
        return _listed(app, _calls(vendor), _vendor_schema(vendor))
    return _fields(app, vendor, call)


def _title(name: str) -> str:
    """Return a vendor's title; of a package that cannot be used, its name."""
    try:
        return registry.vendor(name).title
    except ConfigError:
        return name


def _documents() -> dict[str, type]:
    from orderctl.output.schemas import SCHEMAS  # noqa: PLC0415  (every document's type; the vendors need none)

    return {name.removeprefix("orderctl.").partition("/")[0]: shape for name, shape in SCHEMAS.items()}


def _document_schema(shape: type) -> dict[str, Any]:
    from pydantic import TypeAdapter  # noqa: PLC0415  (several interpreter starts)

    return {"$schema": DIALECT, **TypeAdapter(shape).json_schema()}


def _mapping() -> type:
    from orderctl.mappings import model  # noqa: PLC0415  (pydantic, as below)

    return model.Mapping


def _bundle(documents: Mapping[str, type]) -> dict[str, Any]:
    """Return one schema with every document's, and a mapping's, under `$defs`."""
    from pydantic import TypeAdapter  # noqa: PLC0415  (as above)

    shapes = {**documents, MAPPING: _mapping()}
    _, bundle = TypeAdapter.json_schemas([(name, "serialization", TypeAdapter(s)) for name, s in shapes.items()])
    return {"$schema": DIALECT, **bundle}


def _summary(shape: type) -> str:
    return (shape.__doc__ or "").strip().partition("\n")[0]


def _calls(vendor: Vendor) -> dict[str, str]:
    """Return the vendor's calls, and how many fields a caller may fill in each."""
    free = {call: sum(1 for f in fields if not f.reserved) for call, fields in vendor.fields.items()}
    return {call: f"{number} fields: orderctl schema {vendor.name} {call}" for call, number in free.items() if number}


def _fields(app: App, vendor: Vendor, call: str) -> int:
    if call not in vendor.fields:
        raise UsageError(f"{vendor.title} has no call {call!r}", hint=_near(call, vendor.fields))
    if app.output.format == "json" and not app.output.fields:
        app.output.text(pretty({"$schema": DIALECT, **_call_schema(vendor, call, "#")}))
        return 0
    if app.output.format == "table":
        app.output.fields = app.output.fields or SHOWN
    with app.output.rows("field") as rows:
        for field in vendor.fields[call]:
            rows.add(field_document(field))
        rows.finish()
    return 0


def _vendor_schema(vendor: Vendor) -> dict[str, Any]:
    return {
        "$schema": DIALECT,
        "$defs": {call: _call_schema(vendor, call, f"#/$defs/{call}") for call in vendor.fields},
    }


def _call_schema(vendor: Vendor, call: str, place: str) -> dict[str, Any]:
    """Return the schema of a draft's `set`, or of a line's, for one call of the vendor's; it will be at `place`."""
    properties: dict[str, Any] = {}
    patterns: dict[str, Any] = {}
    for field in vendor.fields[call]:
        schema = _field_schema(field)
        if field.suffix:
            patterns[f".{re.escape(field.suffix)}$"] = {**schema, "x-name": field.name}
        elif field.prefix:
            patterns |= {
                f"^{re.escape(n.partition('{')[0])}.": {**schema, "x-name": n} for n in (field.name, *field.aliases)
            }
        else:
            properties[field.name] = schema
            properties |= {alias: {"$ref": f"{place}/properties/{field.name}"} for alias in field.aliases}
    return {
        "title": f"{vendor.title}: {call}",
        "type": "object",
        "properties": properties,
        "patternProperties": patterns,
        "additionalProperties": False,
    }


def _field_schema(field: Field) -> dict[str, Any]:
    """Return what one field takes; one that orderctl fills takes nothing and says how to reach what it is for."""
    note = {"description": field.note} if field.note else {}
    if field.reserved or field.kind is Kind.LINES:
        return {"not": {}, "description": field.instead or field.note}
    return {
        **TYPES[field.kind],
        **({"enum": list(field.choices)} if field.choices else {}),
        **({"maxLength": field.max_length} if field.max_length else {}),
        **note,
        "x-kind": str(field.kind),
        **({"x-word": field.word} if field.word else {}),
        **({"x-required": True} if field.required else {}),
    }


def _listed(app: App, names: Mapping[str, str], schema: Mapping[str, Any]) -> int:
    """Print what there is: names with a line each, or everything as one JSON Schema."""
    if _json(app):
        app.output.text(_text(app, schema))
    elif app.output.format == "ids":
        app.output.text("".join(f"{name}\n" for name in names))
    else:
        longest = max(map(len, names))
        app.output.text("".join(f"{name:<{longest}}  {about}\n" for name, about in names.items()))
    return 0


def _json(app: App) -> bool:
    return app.output.format in {"json", "jsonl"}


def _text(app: App, schema: Mapping[str, Any]) -> str:
    return compact(schema) if app.output.format == "jsonl" else pretty(schema)


def _near(name: str, known: Any) -> str:
    close = nearest(name, known)
    return close if close.startswith("did") else f"there are: {', '.join(sorted(known))}"
