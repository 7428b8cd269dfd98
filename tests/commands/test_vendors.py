"""`vendors`: everything that a vendor declares is shown."""

import json

import jsonschema  # type: ignore[import-untyped]
import pytest
from pydantic import TypeAdapter

from orderctl.backend import registry
from orderctl.backend.vendor import Capability
from orderctl.cli import lazy as cli
from orderctl.output.schemas import SCHEMAS
from tests.generate.vendors import vendors_table


def test_the_list_has_every_vendor(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["vendors", "-o", "json"]) == 0
    said = json.loads(capsys.readouterr().out)
    jsonschema.validate(said, TypeAdapter(SCHEMAS["orderctl.vendors/1"]).json_schema())
    assert [vendor["name"] for vendor in said["vendors"]] == list(registry.VENDORS)
    assert cli.run(["vendors", "-o", "ids"]) == 0
    assert capsys.readouterr().out.split() == list(registry.VENDORS)


def test_one_vendor_is_reported_in_full(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["vendors", "onebox", "-o", "json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["page_size"] == 1000
    assert said["filters_here"] == ["text", "until"]
    assert {"changed_since", "customer", "reference", "since", "status", "text", "until"} == set(said["filters"])
    assert said["duplicates"] == "refused"
    assert "fields" in said["refusals"]
    assert [secret["name"] for secret in said["secrets"]] == ["login", "password", "supplierhash"]
    assert cli.run(["vendors", "onebox"]) == 0
    text = capsys.readouterr().out
    for word in ("page_size", "1000", "links only", "request", "form, query, json", "supplierhash", "duplicates"):
        assert word in text


def test_an_unknown_vendor_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["vendors", "oneboks"]) == 2
    assert "did you mean 'onebox'?" in capsys.readouterr().err


def test_it_reads_no_config(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("ORDERCTL_CONFIG", "/nowhere/at/all.toml")
    assert cli.run(["vendors"]) == 0
    assert capsys.readouterr().err == ""


def test_the_readmes_table_has_a_row_for_every_command() -> None:
    rows = [line.strip("|").split("|") for line in vendors_table().splitlines()]
    assert {len(row) for row in rows} == {len(registry.VENDORS) + 1}
    for capability in Capability:
        row = next(row for row in rows if row[0].strip() == f"`{capability.command}`")
        for mark, name in zip(row[1:], registry.VENDORS, strict=True):
            assert (mark.strip() == "yes") is (capability in registry.vendor(name).capabilities)
