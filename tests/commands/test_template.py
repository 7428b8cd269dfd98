"""`template`: what it prints, create takes as it is."""

import json
from pathlib import Path

import pytest

from orderctl.backend import registry
from orderctl.cli import lazy as cli

FORMATS = ("csv", "json", "jsonl")


@pytest.fixture(autouse=True)
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERCTL_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.delenv("ORDERCTL_CONFIG", raising=False)


@pytest.mark.parametrize("vendor", registry.VENDORS)
@pytest.mark.parametrize("format_", FORMATS)
def test_it_makes_an_order_in_the_sandbox(
    vendor: str, format_: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDERCTL_PROFILE", f"sandbox-{vendor}")
    assert cli.run(["template", "--format", format_]) == 0
    path = tmp_path / f"order.{format_}"
    path.write_text(capsys.readouterr().out)
    assert cli.run(["create", "--from", str(path)]) == 0
    capsys.readouterr()
    example = registry.vendor(vendor).example
    assert cli.run(["get", "--reference", str(example.reference), "-o", "json"]) == 0
    order = json.loads(capsys.readouterr().out)
    assert example.title in {None, order["title"]}, "a vendor may take the title from a field of its own"
    for line, wanted in zip(order["lines"], example.lines, strict=True):
        assert wanted.name in {None, line["name"]}, "a vendor may show the product's own name where none was given"


def test_json_is_the_default_and_o_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    said = {}
    for args in (
        [],
        ["--format", "json"],
        ["-o", "json"],
        ["-o", "csv"],
        ["--format", "csv"],
        ["-o", "csv", "--format", "json"],
    ):
        assert cli.run(["template", "-p", "sandbox-onebox", *args]) == 0
        said[" ".join(args)] = capsys.readouterr().out
    assert said[""] == said["--format json"] == said["-o json"] == said["-o csv --format json"]
    assert said["-o csv"] == said["--format csv"] != said[""]


def test_an_unknown_format_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["template", "-p", "sandbox-onebox", "--format", "xml"]) == 2
    assert "csv, json, jsonl" in capsys.readouterr().err


def test_o_xlsx_is_a_spreadsheet(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert cli.run(["template", "-p", "sandbox-onebox", "-o", "xlsx"]) == 0
    assert capfdbinary.readouterr().out.startswith(b"PK")
