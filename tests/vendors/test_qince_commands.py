"""Qince from the command line, in the sandbox: what a user types, and what is printed."""

import json
from pathlib import Path

import pytest

from orderctl.cli import lazy as cli

CREATE = [
    "create", "--reference", "R-1", "--customer", "6928823652322085688",
    "--line", "sku=8693321379452492472,unit=5722517964131842984,quantity=2,price=2.50",
]  # fmt: skip
MADE = "6066483328179541690"
BARE = '[profiles.field]\nvendor = "qince"\nurl = "https://openapi.qince.com"\n'


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A config whose profile names nothing but its url, without secrets, and a state folder of its own."""
    path = tmp_path / "config.toml"
    path.write_text(BARE)
    monkeypatch.setenv("ORDERCTL_CONFIG", str(path))
    monkeypatch.setenv("ORDERCTL_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("ORDERCTL_PROFILE", "sandbox-qince")


def test_a_user_goes_through_all_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    for args, word in (
        (CREATE, f"order {MADE} created"),
        (["get", "--reference", "R-1"], "测试客户"),
        (["update", MADE, "--set", "order_date=2026-03-09", "--set", "remark__c=x"], "updated"),
        (["lines", MADE], "摩托罗拉"),
        (["push", MADE, "--by", "7007385368014262146"], "approval started by 7007385368014262146"),
        (["steps", MADE], "审批中"),
        (["list", "--where", "remark__c=x", "--status", "in_progress", "-o", "ids"], MADE),
        (["list", "--where", "remark__c:LIKE=x", "-o", "ids"], MADE),
        (["list", "--sort", "customer", "--all", "-o", "ids"], MADE),
    ):
        assert cli.run(args) == 0
        assert word in capsys.readouterr().out


def test_an_edit_is_warned_of_too(capsys: pytest.CaptureFixture[str]) -> None:
    cli.run(CREATE)
    assert cli.run(["update", MADE, "--set", "whole_order_discount=80"]) == 0
    assert "whole_order_discount is a fraction" in capsys.readouterr().err


def test_a_dropped_currency_is_reported_on_both_streams(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run([*CREATE, "--currency", "EUR"]) == 0
    said = capsys.readouterr()
    assert "dropped the currency 'EUR'" in said.err
    assert "dropped the currency 'EUR'" in said.out


def test_a_profile_without_a_field_says_so_and_searches_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    for args in (["get", "--reference", "R-1"], ["list", "--reference", "R-1"]):
        assert cli.run([*args, "-p", "field"]) == 10
        assert "reference_field" in capsys.readouterr().err


def test_what_cannot_be_done_is_refused_before_any_secret_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    for args in (["cancel", "5", "--yes"], ["comments", "5"], ["fields"], ["get", "--reference", "R-1"]):
        assert cli.run([*args, "-p", "field"]) == 10
        assert "hint: " in capsys.readouterr().err


def test_a_dry_run_shows_no_secret_and_a_digest_that_nobody_knows(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run([*CREATE, "--dry-run", "-o", "json"]) == 0
    (request,) = json.loads(capsys.readouterr().out)["requests"]
    parts = request["url"].split("/")
    assert [*parts[4:6], parts[7]] == ["orderAdd", "***", "<digest>"]
    assert json.loads(request["body"])["fields"]["field_ab12c__c"] == "R-1"


def test_a_raw_call_that_may_change_something_needs_a_yes(capsys: pytest.CaptureFixture[str]) -> None:
    body = '{"page":1,"rows":1,"sorts":[],"query_group":[]}'
    assert cli.run(["api", "POST", "/api/ig/v1/orderDetailQuery", "--body", body]) == 0
    assert json.loads(capsys.readouterr().out)["return_code"] == 0
    assert cli.run(["api", "POST", "/api/ig/v1/orderEdit", "--body", "{}"]) == 2
    assert cli.run(["api", "POST", "/api/ig/v1/orderEdit", "--body", "{}", "--yes"]) == 0


def test_the_schema_knows_free_names_by_their_end(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["schema", "qince", "create", "-o", "json"]) == 0
    schema = json.loads(capsys.readouterr().out)
    assert set(schema["patternProperties"]) == {".__c$", r"^slave_fields\.."}
    assert schema["patternProperties"][".__c$"]["x-name"] == "{key}__c"


@pytest.mark.parametrize(
    "key,code,word",
    [
        ("field_ab__c", 0, ""),
        ("__c", 2, "unknown field"),
        ("zzz", 2, "…__c"),
        ("slave_fields.", 2, "unknown field"),
    ],
)
def test_a_free_name_is_more_than_its_end(key: str, code: int, word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run([*CREATE, "--set", f"{key}=x", "--dry-run"]) == code
    assert word in capsys.readouterr().err


@pytest.mark.parametrize(
    "args",
    [
        CREATE,
        [*CREATE, "--dry-run"],
        ["create", "--from", "orders.json"],
        ["update", MADE, "--set", "order_date=2026-03-09"],
        ["push", MADE, "--by", "7007385368014262146"],
        ["api", "POST", "/api/ig/v1/orderEdit", "--body", "{}", "--yes"],
    ],
)
def test_a_write_needs_the_tenant_and_says_so(
    args: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    order = {"reference": "R-1", "lines": [{"sku": "8693321379452492472", "quantity": 1, "price": 1}]}
    (tmp_path / "orders.json").write_text(json.dumps(order))
    assert cli.run([*args, "-p", "field"]) == 3
    said = capsys.readouterr().err
    assert "profile field: tenant is missing, and writes need it; nothing was sent" in said
    assert 'add tenant = "…" to the profile' in said


def test_a_read_does_not_need_the_tenant(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["list", "-p", "field"]) == 4, "it goes on to the login, which is missing"
    assert "tenant" not in capsys.readouterr().err


def test_a_sandbox_profile_of_ones_own_has_all_that_a_write_needs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "config.toml").write_text(BARE + '\n[profiles.try]\nvendor = "qince"\nurl = "sandbox:"\n')
    assert cli.run([*CREATE, "-p", "try"]) == 0
    assert cli.run([*CREATE, "-p", "try"]) == 0
    assert "created before, nothing sent" in capsys.readouterr().out
    assert cli.run(["journal", "forget", "-p", "try", "--yes"]) == 0
    assert cli.run([*CREATE, "-p", "try"]) == 6
    captured = capsys.readouterr()
    assert "exists already" in captured.err
    assert cli.run(["list", "--changed-since", "2020-01-01", "-p", "try", "-o", "ids"]) == 0
    assert capsys.readouterr().out.split() == [MADE]
    assert cli.run(["list", "--changed-since", "2099-01-01", "-p", "try", "-o", "ids"]) == 0
    assert capsys.readouterr().out == ""
