"""The schemas are a promise: fields are only ever added."""

import json
from pathlib import Path
from typing import Any

import pytest

from orderctl.backend import registry
from orderctl.cli import lazy
from orderctl.output.schemas import SCHEMAS
from tests.generate import schemas

GOLDEN = Path(__file__).parent.parent / schemas.PATH

SCHEMA: dict[str, Any] = {
    "$defs": {
        "DraftDocument": {"properties": {"note": {"type": "string"}}, "required": ["note"]},
        "OrderDocument": {"properties": {"id": {"type": "string"}}, "required": ["id"]},
    }
}
FIELD = {"type": "string"}


def changed(name: str, properties: Any, required: list[str], **more: Any) -> dict[str, Any]:
    return {"$defs": {**SCHEMA["$defs"], name: {"properties": properties, "required": required, **more}}}


def test_no_field_is_gone_or_changed() -> None:
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert list(schemas.broken(golden, json.loads(schemas.text()))) == []


def test_the_golden_file_has_every_document_and_every_call() -> None:
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert {d.__name__ for d in SCHEMAS.values()} <= golden["documents"]["$defs"].keys()
    for name in registry.VENDORS:
        assert golden[name]["$defs"].keys() == registry.vendor(name).fields.keys()
    assert {"title", "note", "raw"} & golden["documents"]["$defs"]["OrderDocument"]["properties"].keys()


@pytest.mark.parametrize("name", [n.removeprefix("orderctl.").partition("/")[0] for n in SCHEMAS])
def test_a_document_by_itself_has_the_same_schema(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert lazy.run(["schema", "-o", "json"]) == 0
    whole = json.loads(capsys.readouterr().out)["$defs"]
    assert lazy.run(["schema", name]) == 0
    alone = json.loads(capsys.readouterr().out)
    inner = alone.pop("$defs", {})
    del alone["$schema"]
    assert alone in whole.values()
    assert all(whole[n] == schema for n, schema in inner.items())


@pytest.mark.parametrize(
    "now, told",
    [
        (SCHEMA, []),
        (changed("OrderDocument", {"id": FIELD, "new": FIELD}, ["id", "new"]), []),
        (changed("DraftDocument", {"note": FIELD, "new": FIELD}, ["note"]), []),
        (changed("DraftDocument", {"note": FIELD, "new": FIELD}, ["note", "new"]), ["new: is required now"]),
        (changed("OrderDocument", {"id": FIELD}, []), ["id: is not required any more"]),
        (changed("OrderDocument", {}, []), ["id: is gone", "id: is not required any more"]),
        (changed("OrderDocument", {"id": {"type": "integer"}}, ["id"]), ['type: was "string", is "integer"']),
        (changed("OrderDocument", {"id": {**FIELD, "maxLength": 3}}, ["id"]), ["maxLength: is new"]),
        (changed("OrderDocument", {"id": FIELD}, ["id"], additionalProperties=False), ["additionalProperties: is new"]),
        (changed("create", {"branch": {**FIELD, "x-required": True}}, []), []),
        ({}, ["$defs: is gone"]),
    ],
)
def test_what_breaks_a_promise(now: Any, told: list[str]) -> None:
    found = sorted(schemas.broken({"vendor": SCHEMA}, {"vendor": now}))
    assert len(found) == len(told)
    assert all(any(text in line for line in found) for text in told)


def test_a_new_field_that_a_vendor_requires_breaks_one() -> None:
    before: dict[str, Any] = {"vendor": {"$defs": {"create": {"properties": {}}}}}
    after = {"vendor": {"$defs": {"create": {"properties": {"branch": {**FIELD, "x-required": True}}}}}}
    assert list(schemas.broken(before, after)) == ["/vendor/$defs/create/properties/branch: is new and required"]
