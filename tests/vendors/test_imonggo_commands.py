"""Imonggo as a user meets it: the commands, in the sandbox that needs no config."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from orderctl.cli import lazy as cli
from orderctl.drafts import template
from orderctl.sandbox import load, serve
from orderctl.vendors.imonggo.orders import VENDOR


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    config = tmp_path / "config.toml"
    config.touch()
    monkeypatch.setenv("ORDERCTL_CONFIG", str(config))
    monkeypatch.setenv("ORDERCTL_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("ORDERCTL_PROFILE", "sandbox-imonggo")
    return config


class Runner:
    """Runs a command and keeps what it printed."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *args: str) -> tuple[int, str, str]:
        code = cli.run(list(args))
        out, err = self.capsys.readouterr()
        return code, out, err


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Runner:
    return Runner(capsys)


@pytest.fixture
def several_branches(surroundings: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The commands speak to an account with several branches, in branch 12."""
    with (
        closing(load("imonggo", ":memory:", switches={"branches": "several"})) as emulator,
        serve.running(emulator) as url,
    ):
        surroundings.write_text(f'[profiles.till]\nvendor = "imonggo"\nurl = "{url}"\nbranch_id = "12"\n')
        monkeypatch.setenv("ORDERCTL_PROFILE", "till")
        monkeypatch.setenv("ORDERCTL_TILL_TOKEN", "sandbox")
        yield


def test_an_order_from_start_to_end(run: Runner) -> None:
    code, out, _ = run(
        "create", "--reference", "R-1", "--note", "Hello mark", "--due", "2026-12-01", "-o", "ids",
        "--line", "sku=12806,quantity=120,unit_id=10,unit_name=CASE,unit_quantity=10,unit_content_quantity=12",
    )  # fmt: skip
    assert (code, out) == (0, "70412\n")
    assert json.loads(run("get", "70412", "-o", "json")[1])["due_at"] == "2026-12-01"
    assert json.loads(run("get", "--reference", "R-1", "-o", "json")[1])["number"] == "1"
    assert json.loads(run("lines", "70412", "-o", "json")[1])["lines"][0]["quantity"] == "120.0"
    assert run("list", "--since", "2026-01-01", "--status", "open", "-o", "ids")[:2] == (0, "70412\n")
    assert run("cancel", "70412", "--reason", "wrong order", "--yes")[0] == 0
    code, out, _ = run("cancel", "70412", "--reason", "wrong order", "--yes", "-o", "json")
    assert (code, json.loads(out)["outcome"]) == (0, "unchanged")
    assert run("list", "--status", "cancelled", "-o", "ids")[:2] == (0, "70412\n")
    assert run("create", "--reference", "R-1", "--line", "sku=54018,quantity=1")[0] == 6


@pytest.mark.parametrize("reason", [(), ("--reason", ""), ("--reason", "  ")])
def test_a_cancel_without_a_reason_is_wrong_usage(run: Runner, reason: tuple[str, ...]) -> None:
    code, _, err = run("cancel", "7", "--yes", *reason)
    assert code == 2
    assert "--reason" in err


@pytest.mark.parametrize(
    "verb", [("update", "7", "--note", "x"), ("push", "7"), ("steps", "7"), ("comments", "7"), ("fields",)]
)
def test_what_it_cannot_do_is_exit_10(run: Runner, verb: tuple[str, ...]) -> None:
    code, out, err = run(*verb)
    assert (code, out) == (10, "")
    assert "hint:" in err


def test_a_dry_run_shows_the_calls_and_sends_nothing(run: Runner) -> None:
    code, out, _ = run("create", "-n", "-o", "json", "--reference", "R", "--line", "sku=54018,quantity=20")
    (request,) = json.loads(out)["requests"]
    assert code == 0
    assert (request["method"], request["url"]) == ("POST", "sandbox:/api/orders.xml?branch_id=12")
    assert request["headers"]["authorization"] == "***"
    assert "<product_id>54018</product_id>" in request["body"]
    _, out, _ = run("cancel", "7", "--reason", "100% wrong", "-n", "-o", "json")
    (delete,) = json.loads(out)["requests"]
    assert delete["method"] == "DELETE"
    assert "100%25" in delete["url"]
    assert run("list", "-o", "ids")[1] == ""


@pytest.mark.parametrize("form", ["json", "jsonl", "csv"])
def test_the_template_is_created_unchanged(run: Runner, tmp_path: Path, form: str) -> None:
    file = tmp_path / f"order.{form}"
    file.write_text(template(VENDOR.example, form))
    assert run("template", "--format", form)[1] == file.read_text()
    assert run("create", "--from", str(file))[0] == 0
    assert run("list", "--reference", "17-204", "-o", "ids")[1] == "70412\n"


@pytest.mark.usefixtures("several_branches")
def test_a_file_with_units_and_branches(run: Runner, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(
        "reference,set.branch_id,set.extras.shelf,sku,quantity,line.unit_id,line.extras.colour\n"
        "A,7,4,54018,1,,red\nA,,,11716,2,10,\nB,,,9001,3,,\n"
    )
    assert run("create", "--from", str(file), "--jobs", "1")[0] == 0
    assert run("list", "-o", "ids")[1] == "70413\n"
    assert run("list", "--set", "branch_id=7", "-o", "ids")[1] == "70412\n"
    order = json.loads(run("get", "70412", "--set", "branch_id=7", "-o", "json")[1])
    assert order["extra"]["extras"] == {"shelf": "4"}
    assert [line["extra"].get("extras") for line in order["lines"]] == [{"colour": "red"}, None]


def test_a_raw_count(run: Runner) -> None:
    code, out, _ = run("api", "GET", "/api/orders.xml", "--set", "q=count")
    assert (code, out) == (0, '<hash><count type="integer">0</count></hash>\n')
    assert run("api", "DELETE", "/api/orders/7.xml", "--set", "reason=x")[0] == 2  # not without --yes
    assert run("api", "GET", "/api/orders.xml", "--set", "token=x")[0] == 2


def test_units_that_do_not_add_up_are_reported(run: Runner) -> None:
    line = "sku=12806,quantity=100,unit_quantity=10,unit_content_quantity=12"
    code, _, err = run("create", "--reference", "R", "--line", line)
    assert code == 0
    assert "it counts base units" in err


def test_a_branch_that_is_not_a_number_is_a_problem_of_the_config(run: Runner, surroundings: Path) -> None:
    surroundings.write_text('[profiles.till]\nvendor = "imonggo"\nurl = "sandbox:"\nbranch_id = "Main"\n')
    assert run("list", "-p", "till")[0] == 3


def test_what_it_is_can_be_looked_up(run: Runner) -> None:
    said = json.loads(run("vendors", "imonggo", "-o", "json")[1])
    assert (said["page_size"], said["duplicates"]) == (50, "refused")
    assert set(said["refusals"]) == {"comments", "fields", "push", "steps", "update"}
    schema = json.loads(run("schema", "imonggo", "create.line", "-o", "json")[1])
    assert "unit_content_quantity" in schema["properties"]
