"""`profile`: the config file from the command line; what people wrote in it stays."""

import io
import json
import os
import sys
import tomllib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from orderctl import sandbox
from orderctl.backend import registry
from orderctl.cli import lazy as cli
from orderctl.sandbox.serve import running

Run = Callable[..., tuple[int, str, str]]

MINE = '# mine\ndefault_profile = "shop"\n\n[profiles.shop]  # live\nvendor = "onebox"\nurl = "https://shop.1b.app"\n'
ADD = ("profile", "add", "till", "--vendor", "onebox", "--url", "https://till.example")


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [n for n in os.environ if n.startswith("ORDERCTL_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("ORDERCTL_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "fake_keyring.Good")
    monkeypatch.setenv("FAKE_KEYRING", str(tmp_path / "kept.json"))
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "credentials"))
    path = tmp_path / ".config" / "orderctl" / "config.toml"
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return path


@pytest.fixture
def mine(config: Path) -> Path:
    config.parent.mkdir(parents=True)
    config.write_text(MINE)
    return config


@pytest.fixture
def run(config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:  # noqa: ARG001
    def ran(*args: str, answers: list[str] | None = None) -> tuple[int, str, str]:
        stdin = io.StringIO("".join(f"{a}\n" for a in answers or ()))
        if answers is not None:
            monkeypatch.setattr(stdin, "isatty", lambda: True, raising=False)
            monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
        monkeypatch.setattr(sys, "stdin", stdin)
        code = cli.run(list(args))
        said = capsys.readouterr()
        return code, said.out, said.err

    return ran


def test_the_first_profile_makes_the_file(run: Run, config: Path) -> None:
    code, out, err = run(*ADD)
    assert (code, out) == (0, "")
    assert err == (
        f"orderctl: profile till added to {config}\n"
        "orderctl: next: orderctl auth login -p till (without a keyring: orderctl help credentials)\n"
        "orderctl: dates without a zone are read in UTC; to change that, add timezone to the profile\n"
    )
    assert config.read_text() == '[profiles.till]\nvendor = "onebox"\nurl = "https://till.example"\n'


def test_on_a_terminal_it_offers_to_log_in_and_says_how_to_do_it_later(run: Run) -> None:
    for answer in ("", "no"):
        name = f"till{answer}"
        code, _, err = run("profile", "add", name, *ADD[3:], answers=[answer])
        assert code == 0, err
        assert "Log in to OneBox now, and check the connection? [y/N] " in err
        assert f"orderctl: next: orderctl auth login -p {name} (without a keyring" in err
    assert "Log in" not in run("profile", "add", "box", "--vendor", "onebox", "--url", "sandbox:", answers=[])[2]


def test_where_the_secrets_are_there_it_offers_to_check_the_connection(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LOGIN", "PASSWORD"):
        monkeypatch.setenv(f"ORDERCTL_TILL_{name}", "sandbox")
    with closing(sandbox.load("onebox", tmp_path / "box.sqlite")) as app, running(app) as url:
        code, _, err = run("profile", "add", "till", "--vendor", "onebox", "--url", url, answers=["y"])
    assert code == 0, err
    assert "Its secrets are there already (" in err
    assert "orderctl: OneBox accepts the login: the connection works\n" in err
    assert "sandbox" not in err.partition("Its secrets")[2]


def test_the_second_profile_takes_the_default_away_and_says_so(run: Run) -> None:
    told = "orderctl: with two profiles every command needs -p NAME; for reads: orderctl profile use "
    assert told not in run(*ADD)[2]
    assert told + "shop" in run("profile", "add", "shop", *ADD[3:])[2]
    assert told not in run("profile", "add", "third", *ADD[3:])[2]


def test_every_option_reaches_the_file(run: Run, config: Path) -> None:
    sets = ["request=json", "protected=true", "allow_http=false", 'credential_command:=["pass","show","till"]']
    code, _, err = run(
        *ADD, "--timezone", "Europe/Kyiv", "--currency", "UAH", "--rate", "2.5", "--use",
        *(word for s in sets for word in ("--set", s)),
    )  # fmt: skip
    assert code == 0, err
    assert tomllib.loads(config.read_text()) == {
        "default_profile": "till",
        "profiles": {
            "till": {
                "vendor": "onebox", "url": "https://till.example", "timezone": "Europe/Kyiv", "currency": "UAH",
                "rate": 2.5, "request": "json", "protected": True, "allow_http": False,
                "credential_command": ["pass", "show", "till"],
            }
        },
    }  # fmt: skip


def test_comments_and_layout_stay(run: Run, mine: Path) -> None:
    assert run(*ADD, "--set", "rate=3")[0] == 0
    assert mine.read_text() == MINE + '\n[profiles.till]\nvendor = "onebox"\nurl = "https://till.example"\nrate = 3\n'


def test_on_a_terminal_it_asks_what_is_missing_until_it_is_right(run: Run, config: Path) -> None:
    code, _, err = run("profile", "add", "till", answers=["onbox", "onebox", "till.example", "https://till.example"])
    assert code == 0, err
    assert "did you mean 'onebox'?" in err
    assert f"vendor, one of: {', '.join(sorted(registry.VENDORS))}: " in err
    assert "did you mean 'https://till.example'?" in err
    assert tomllib.loads(config.read_text())["profiles"]["till"]["url"] == "https://till.example"


@pytest.mark.parametrize("name", sorted(registry.VENDORS))
def test_it_asks_for_every_setting_that_an_account_may_need_and_no_other(run: Run, config: Path, name: str) -> None:
    vendor = registry.vendor(name)
    needed = [o for o in vendor.options if (o.required and not o.default) or o.asked]
    answers = [vendor.sandbox_settings.get(o.name, "x") for o in needed]
    code, _, err = run("profile", "add", "till", answers=[name, "https://till.example", *answers])
    assert code == 0, err
    written = tomllib.loads(config.read_text())["profiles"]["till"]
    offered = {o.name for o in vendor.options if o.offer is not None}
    assert set(written) == {"vendor", "url", *(o.name for o in needed), *offered}


def test_what_may_be_left_out_is_asked_for_and_left_out(run: Run, config: Path) -> None:
    code, _, err = run("profile", "add", "till", "--vendor", "qince", "--url", "https://till.example", answers=[""])
    assert code == 0, err
    assert "reference_field" in err
    assert "reference_field" not in tomllib.loads(config.read_text())["profiles"]["till"]


def test_a_qince_profile_can_search_and_write_at_once(run: Run, config: Path) -> None:
    add = ("profile", "add", "till", "--vendor", "qince", "--url", "https://till.example")
    code, _, err = run(*add)
    assert code == 0, err
    assert "no reference_field" in err
    assert "--set reference_field=" in err
    assert run("profile", "remove", "till", "--yes")[0] == 0
    assert run(*add, "--set", "reference_field=field_x__c", "--set", 'operators:={"equal":"=="}')[0] == 0
    assert tomllib.loads(config.read_text())["profiles"]["till"] == {
        "vendor": "qince", "url": "https://till.example", "reference_field": "field_x__c", "tenant": "till",
        "operators": {"equal": "=="},
    }  # fmt: skip
    assert run("profile", "remove", "till", "--yes")[0] == 0
    assert run(*add, "--set", "tenant=acme")[0] == 0
    written = tomllib.loads(config.read_text())["profiles"]["till"]
    assert (written["tenant"], written["operators"]) == ("acme", {"equal": "EQ", "after": "GT", "before": "LT"})


def test_a_branch_is_asked_for_and_may_be_left_out(run: Run, config: Path) -> None:
    add = ("profile", "add", "--vendor", "imonggo", "--url", "https://till.example")
    question = (
        "branch_id (the branch of every call: active, not the head office; not needed by an account with one branch"
    )
    for name, answer in (("a", "12"), ("b", "")):
        code, _, err = run(*add, name, answers=[answer])
        assert code == 0, err
        assert question in err
        assert "Enter: none" in err
    code, _, err = run(*add, "c")
    assert code == 0, err
    assert "no branch_id (the branch of every call" in err
    written = tomllib.loads(config.read_text())["profiles"]
    assert [written[name].get("branch_id") for name in "abc"] == ["12", None, None]
    assert run(*add, "d", "--set", "branch_id=12", answers=[])[0] == 0


def test_what_was_given_is_not_asked(run: Run) -> None:
    code, _, err = run("profile", "add", "till", "--vendor", "onebox", answers=["sandbox:"])
    assert code == 0
    assert "vendor, one of" not in err
    assert "try it: orderctl list -p till" in err


def test_a_terminal_that_ends_ends_the_questions(run: Run, config: Path) -> None:
    assert run("profile", "add", "till", answers=[])[0] == 2
    assert not config.exists()


@pytest.mark.parametrize(
    "args, code, problem",
    [
        (["profile", "add", "x"], 2, "add --vendor NAME"),
        (["profile", "add", "x", "--vendor", "onebox"], 2, "add --url URL"),
        (["profile", "add", "x", "--vendor", "onbox", "--url", "https://x.example"], 3, "did you mean 'onebox'?"),
        (["profile", "add", "x y", "--vendor", "onebox", "--url", "https://x.example"], 3, "invalid profile name"),
        (["profile", "add", "sandbox-onebox", "--vendor", "onebox", "--url", "sandbox:"], 3, "built-in"),
        ([*ADD, "--rate", "fast"], 2, "--rate fast: needs a number"),
        ([*ADD, "--rate", "0"], 3, "rate: takes a number above 0"),
        ([*ADD, "--rate", "nan"], 3, "rate: takes a number"),
        ([*ADD, "--timezone", "Europe/Kiyv"], 3, "Europe/"),
        ([*ADD, "--set", "reqest=json"], 3, "did you mean 'request'?"),
        ([*ADD, "--set", "password=canary-17"], 3, "a secret does not belong in the config file"),
        ([*ADD, "--set", "statuses:=1"], 3, "statuses: takes a table, not a number"),
        ([*ADD, "--set", "statuses:=null"], 2, "--set statuses: needs a text or JSON, not null"),
        ([*ADD, "--set", "columns:=[null]"], 3, "TOML does not support a value"),
        (["profile", "use", "nobody"], 3, "there is no profile 'nobody'"),
        (["profile", "remove", "nobody"], 3, "there is no profile 'nobody'"),
        (["profile", "show", "nobody"], 3, "there is no profile 'nobody'"),
    ],
)
def test_what_is_wrong_is_reported_and_nothing_is_written(
    run: Run, config: Path, args: list[str], code: int, problem: str
) -> None:
    said = run(*args)
    assert said[0] == code, said[2]
    assert problem in said[2]
    assert "canary" not in said[2]
    assert not config.exists()


def test_a_file_as_a_value_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "f").write_text("x")
    code, _, err = run(*ADD, "--set", f"request=@{tmp_path / 'f'}")
    assert code == 2
    assert "needs a text or JSON, not a file" in err


@pytest.mark.usefixtures("mine")
def test_a_profile_that_exists_is_not_asked_for_again(run: Run) -> None:
    code, _, err = run("profile", "add", "shop", answers=["onebox"])
    assert code == 3
    assert "profile 'shop' exists already" in err
    assert "orderctl profile remove shop" in err


def test_a_new_file_can_be_named(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "other.toml"
    assert run(*ADD, "--config", str(path))[0] == 0
    assert path.exists()


def test_the_default_changes_and_is_shown(run: Run, mine: Path) -> None:
    run(*ADD)
    assert run("profile", "use", "till")[2] == "orderctl: till is the default for reads\n"
    assert 'default_profile = "till"' in mine.read_text()
    assert json.loads(run("profile", "show", "-o", "json")[1])["name"] == "till"
    listed = json.loads(run("profile", "list", "-o", "json")[1])
    assert {p["name"]: p["default"] for p in listed["profiles"] if not p["name"].startswith("sandbox")} == {
        "shop": False,
        "till": True,
    }


@pytest.mark.usefixtures("mine")
def test_a_profile_is_shown_as_it_is_understood(run: Run) -> None:
    document = json.loads(run("profile", "show", "shop", "-o", "json")[1])
    assert document == {
        "schema": "orderctl.profile/1", "name": "shop", "vendor": "onebox", "url": "https://shop.1b.app",
        "timezone": "UTC", "currency": None, "default": True, "protected": False, "sandbox": False,
        "settings": {"request": "form"},
    }  # fmt: skip


def test_a_list_names_the_sandboxes_too_and_shows_broken_profiles(run: Run, mine: Path) -> None:
    mine.write_text(MINE + "[profiles.bad]\n")
    code, out, err = run("profile", "list", "-o", "ids")
    assert code == 3
    assert out.split() == sorted(out.split())
    assert {"shop", "sandbox-onebox"} <= set(out.split())
    assert "[profiles.bad] vendor: is missing" in err


def test_a_profile_is_removed_with_a_yes_and_its_secrets_with_it(run: Run, mine: Path, tmp_path: Path) -> None:
    (tmp_path / "kept.json").write_text('{"orderctl:shop/login": "me", "orderctl:other/login": "me"}')
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "keyring.json").write_text("{}")
    assert run("profile", "remove", "shop")[0] == 2
    assert mine.read_text() == MINE
    code, _, err = run("profile", "remove", "shop", "--yes")
    assert code == 0
    assert err == (
        "orderctl: login removed from the keyring\n"
        "orderctl: it was the default profile; no profile is the default now\n"
        "orderctl: profile shop removed\n"
    )
    assert mine.read_text() == "# mine\n"
    assert json.loads((tmp_path / "kept.json").read_text()) == {"orderctl:other/login": "me"}


def test_the_profile_that_is_left_becomes_the_default(run: Run, mine: Path) -> None:
    mine.write_text(MINE + '\n[profiles.till]\nvendor = "onebox"\nurl = "https://till.example"\n')
    code, _, err = run("profile", "remove", "shop", "--yes")
    assert (code, "it was the default profile; now till is\n" in err) == (0, True)


@pytest.mark.usefixtures("mine")
def test_a_locked_keyring_does_not_keep_a_profile(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "fake_keyring.Locked")
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "keyring.json").write_text("{}")
    code, _, err = run("profile", "remove", "shop", answers=["y"])
    assert code == 0
    assert "the keyring is locked: its secrets stay in it (service orderctl, user shop/…)" in err


def test_a_broken_profile_can_be_removed(run: Run, mine: Path) -> None:
    mine.write_text(MINE + '\n[profiles.bad]\nvendor = "nobody"\n')
    assert run("profile", "remove", "bad", "--yes")[0] == 0
    assert mine.read_text() == MINE


def test_a_dry_run_changes_nothing(run: Run, mine: Path) -> None:
    for args in (ADD, ("profile", "use", "sandbox-onebox"), ("profile", "remove", "shop")):
        code, _, err = run(*args, "--dry-run")
        assert code == 0
        assert "would" in err
    assert mine.read_text() == MINE
