"""`schema`: JSON Schemas that hold for what orderctl prints and takes."""

import json
import tomllib
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from orderctl.backend import registry
from orderctl.cli import lazy as cli
from orderctl.mappings import store
from orderctl.output.schemas import SCHEMAS

CALLS = [(name, call) for name in registry.VENDORS for call in registry.vendor(name).fields]
DOCUMENTS = sorted(name.removeprefix("orderctl.").partition("/")[0] for name in SCHEMAS)


def said(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    assert cli.run(["schema", *args]) == 0
    return capsys.readouterr().out


def schema(capsys: pytest.CaptureFixture[str], *args: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(said(capsys, *args, "-o", "json"))
    jsonschema.Draft202012Validator.check_schema(found)
    return found


def valid(document: Any, by: dict[str, Any]) -> bool:
    return bool(jsonschema.Draft202012Validator(by).is_valid(document))


def test_the_list_has_every_document_and_vendor(capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys).splitlines()
    assert [line.split()[0] for line in lines] == [*DOCUMENTS, "mapping", *registry.VENDORS]
    assert said(capsys, "-o", "ids").split() == [*DOCUMENTS, "mapping", *registry.VENDORS]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_document_has_its_schema(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = schema(capsys, name)
    assert found["properties"]["schema"]["const"] == f"orderctl.{name}/1"
    assert json.loads(said(capsys, f"orderctl.{name}/1")) == found, "its full name does too, and json is the default"


def test_all_documents_in_one_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert {"OrderDocument", "DraftDocument", "ErrorDocument"} <= set(schema(capsys)["$defs"])


def test_an_order_that_was_listed_is_valid(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setenv("ORDERCTL_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("ORDERCTL_PROFILE", "sandbox-onebox")
    cli.run(["create", "--reference", "S-1", "--email", "a@example.com", "--customer-name", "Ann", "-q"])
    capsys.readouterr()
    cli.run(["list", "-o", "json"])
    document = json.loads(capsys.readouterr().out)
    assert document["count"] == 1
    assert valid(document, schema(capsys, "list"))
    del document["complete"]
    assert not valid(document, schema(capsys, "list"))


def test_the_template_is_a_valid_draft(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERCTL_PROFILE", "sandbox-onebox")
    cli.run(["template"])
    draft = json.loads(capsys.readouterr().out)
    assert valid(draft, schema(capsys, "draft"))
    assert valid(draft["set"], schema(capsys, "onebox", "create"))


def test_a_vendors_calls_are_listed_with_their_schemas(capsys: pytest.CaptureFixture[str]) -> None:
    listed = [line.split()[0] for line in said(capsys, "onebox").splitlines()]
    assert listed == ["create", "create.line", "update", "update.line", "push", "get", "list"]
    assert set(schema(capsys, "onebox")["$defs"]) == set(registry.vendor("onebox").fields)


@pytest.mark.parametrize("vendor,call", CALLS)
def test_every_name_and_alias_of_a_call_is_shown(vendor: str, call: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = schema(capsys, vendor, call)
    rows = [json.loads(line) for line in said(capsys, vendor, call, "-o", "jsonl").splitlines()]
    table = said(capsys, vendor, call)
    for field in registry.vendor(vendor).fields[call]:
        for name in (field.name, *field.aliases):
            assert name in table
            if "{" in name:
                assert any(p["x-name"] == name for p in found["patternProperties"].values())
            else:
                assert name in found["properties"]
        assert any(row["name"] == field.name and row["kind"] == field.kind for row in rows)


def test_a_calls_schema_takes_what_set_takes(capsys: pytest.CaptureFixture[str]) -> None:
    create = schema(capsys, "onebox", "create")
    for good in ({"source": "shop"}, {"deliveriID": "7"}, {"custom_colour": "red"}, {"utm_source": "x"}, {"sum": 12.5}):
        assert valid(good, create), good
    for bad in ({"surce": "shop"}, {"login": "me"}, {"deliveryid": "x"}, {"custom_": "red"}, {"sum": "12,5"}):
        assert not valid(bad, create), bad
    update = schema(capsys, "onebox")["$defs"]["update"]
    assert update["properties"]["typesex"] == {"$ref": "#/$defs/update/properties/clienttypesex"}


def test_a_reserved_field_says_what_to_use_instead(capsys: pytest.CaptureFixture[str]) -> None:
    assert "use --replace-lines" in said(capsys, "onebox", "update")


@pytest.mark.parametrize(
    "args,words",
    [
        (["ordre"], "did you mean"),
        (["q-q-q"], "there are: "),
        (["onebox", "creat"], "did you mean 'create'"),
        (["order", "create"], "only a vendor has calls"),
    ],
)
def test_an_unknown_name_is_refused(args: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["schema", *args]) == 2
    assert words in capsys.readouterr().err


def test_a_mapping_has_its_schema(capsys: pytest.CaptureFixture[str]) -> None:
    found = schema(capsys, "mapping")
    for name in store.builtin_names():
        assert valid(tomllib.loads(store.builtin(name).text), found), name
    own: dict[str, Any] = {"order": {"reference": "No", "set.a": {"value": 1}}, "line": {"sku": "S", "line.b": "B"}}
    assert valid(own, found)
    wrongs: list[dict[str, Any]] = [
        {"order": {"referense": "No"}},
        {"order": {"note": {"column": "A", "value": "B"}}},
        {"line": {"price": "P", "total": "T"}},
        {"line": {"line.b": 1}},
        {"add": [{"sku": "SHIPPING"}]},
        {"file": {"format": "xls"}},
        {"fiel": {}},
    ]
    for wrong in wrongs:
        assert not valid(wrong, found), wrong
    assert "Mapping" in schema(capsys)["$defs"]
