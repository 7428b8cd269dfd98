"""`auth`: a login proves itself before anything is kept, and no secret shows anywhere."""

import io
import json
import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from orderctl import redaction, sandbox
from orderctl.backend import session
from orderctl.cli import lazy as cli
from orderctl.sandbox.serve import running

CANARY = "canary-6b1d-in-use"
GOOD = {"login": "sandbox", "password": "sandbox"}
BACKENDS = Path(__file__).parents[1] / "credentials"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def no_secrets_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one test reads as a secret is not hidden in the next: the redactor is the process's."""
    monkeypatch.setattr(redaction.SECRETS, "_forms", ())
    monkeypatch.setattr(redaction.SECRETS, "_values", set())


@pytest.fixture
def keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file of a good keyring, in surroundings where nothing else is set up."""
    monkeypatch.syspath_prepend(str(BACKENDS))
    kept = tmp_path / "kept.json"
    (tmp_path / "config.toml").touch()
    for name in [n for n in os.environ if n.startswith("ORDERCTL_")]:
        monkeypatch.delenv(name)
    for name, value in {
        "FAKE_KEYRING": str(kept),
        "HOME": str(tmp_path),
        "ORDERCTL_CONFIG": str(tmp_path / "config.toml"),
        "ORDERCTL_STATE_DIR": str(tmp_path / "state"),
        "PYTHON_KEYRING_BACKEND": "fake_keyring.Good",
        "PYTHONPATH": str(BACKENDS),
    }.items():
        monkeypatch.setenv(name, value)
    return kept


@pytest.fixture
def box(keyring: Path, tmp_path: Path) -> Iterator[str]:  # noqa: ARG001  (its surroundings)
    with closing(sandbox.load("onebox", tmp_path / "box.sqlite")) as app, running(app) as url:
        (tmp_path / "config.toml").write_text(f'[profiles.shop]\nvendor = "onebox"\nurl = "{url}"\nrate = 1000\n')
        yield url


@pytest.fixture
def run(keyring: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:  # noqa: ARG001
    def ran(*args: str, given: object = None) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.StringIO(given if isinstance(given, str) else json.dumps(given)))
        code = cli.run(list(args))
        said = capsys.readouterr()
        return code, said.out, said.err

    return ran


def entries(keyring: Path) -> dict[str, str]:
    found: dict[str, str] = json.loads(keyring.read_text()) if keyring.exists() else {}
    return found


@pytest.mark.usefixtures("box")
def test_a_login_from_a_pipe_is_proved_and_kept_and_used(run: Run, keyring: Path) -> None:
    code, out, err = run("auth", "login", "--secrets-stdin", given=GOOD)
    assert (code, out) == (0, "")
    assert err == "orderctl: logged in to OneBox; login, password of profile shop stored in SecretService\n"
    assert entries(keyring) == {"orderctl:shop/login": "sandbox", "orderctl:shop/password": "sandbox"}
    code, out, _ = run("list", "-o", "json")
    assert (code, json.loads(out)["count"]) == (0, 0)


@pytest.mark.usefixtures("box")
def test_a_login_that_the_vendor_refuses_is_not_kept(run: Run, keyring: Path) -> None:
    code, out, err = run("auth", "login", "--secrets-stdin", given=GOOD | {"password": CANARY})
    assert (code, out) == (4, "")
    assert "login and password were not stored" in err
    assert CANARY not in err
    assert entries(keyring) == {}


@pytest.mark.parametrize("given,code", [({}, 12), ({"branch_id": 99}, 12), ({"branch_id": 12}, 0)])
def test_a_login_that_needs_a_branch_says_so_and_that_the_token_was_not_stored(
    run: Run, keyring: Path, tmp_path: Path, given: dict[str, int], code: int
) -> None:
    with (
        closing(sandbox.load("imonggo", tmp_path / "shop.sqlite", switches={"branches": "several"})) as app,
        running(app) as url,
    ):
        branch = "".join(f"{key} = {value}\n" for key, value in given.items())
        (tmp_path / "config.toml").write_text(f'[profiles.till]\nvendor = "imonggo"\nurl = "{url}"\n{branch}')
        ended, _, err = run("auth", "login", "-p", "till", "--secrets-stdin", given={"token": "sandbox"})
    assert ended == code, err
    assert ("hint: token was not stored; add branch_id = ID to [profiles.till] in the config file" in err) == (code > 0)
    assert bool(entries(keyring)) == (code == 0)


@pytest.mark.parametrize("fault,code", [("503=999", 9), ("422", 12), ("html", 9)])
def test_a_login_that_was_not_proved_is_not_stored_and_says_so(
    run: Run, keyring: Path, tmp_path: Path, fault: str, code: int
) -> None:
    with closing(sandbox.load("onebox", tmp_path / "box.sqlite", faults=[fault])) as app, running(app) as url:
        (tmp_path / "config.toml").write_text(f'[profiles.shop]\nvendor = "onebox"\nurl = "{url}"\nrate = 1000\n')
        ended, _, err = run("auth", "login", "--secrets-stdin", "--deadline", "20", given=GOOD)
    assert ended == code, err
    assert "hint: login and password were not stored" in err
    assert entries(keyring) == {}


@pytest.mark.usefixtures("box")
def test_a_rejected_login_names_the_source_of_each_secret(
    run: Run, keyring: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hint() -> str:
        code, _, err = run("list")
        assert code == 4
        assert CANARY not in err
        return err.rpartition("hint: ")[2].strip()

    kept = {"orderctl:shop/login": "sandbox", "orderctl:shop/password": CANARY}
    keyring.write_text(json.dumps(kept))
    assert hint() == (
        "log in again: orderctl auth login -p shop; rejected: login and password from the keyring (SecretService)"
    )
    monkeypatch.setenv("ORDERCTL_SHOP_PASSWORD", CANARY)
    assert hint() == (
        "fix it at its source: password from the environment variable ORDERCTL_SHOP_PASSWORD, "
        "login from the keyring (SecretService)"
    )
    file = tmp_path / "login"
    file.write_text("sandbox\n")
    file.chmod(0o600)
    monkeypatch.setenv("ORDERCTL_SHOP_LOGIN_FILE", str(file))
    assert f"login from the file {file} (ORDERCTL_SHOP_LOGIN_FILE)" in hint()
    code, _, err = run("list", "--secrets-stdin", given=GOOD | {"password": CANARY})
    assert (code, err.rpartition("hint: ")[2]) == (4, "fix it at its source: login and password from --secrets-stdin\n")
    code, _, err = run("auth", "login", "--secrets-stdin", given=GOOD | {"password": CANARY})
    assert err.endswith(
        "hint: login and password were not stored; fix it at its source: login and password from --secrets-stdin\n"
    )


def test_a_vendor_that_cannot_be_reached_is_not_proof(run: Run, keyring: Path, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[profiles.shop]\nvendor = "onebox"\nurl = "http://127.0.0.1:9"\n')
    code, _, err = run("auth", "login", "--secrets-stdin", "--timeout", "1", given=GOOD | {"password": CANARY})
    assert code == 9
    assert CANARY not in err
    assert entries(keyring) == {}


@pytest.mark.usefixtures("box")
@pytest.mark.parametrize(
    "given, args, code, problem",
    [
        ({"login": "x"}, [], 2, "--secrets-stdin has no password"),
        ({}, [], 2, "--secrets-stdin has no login and no password"),
        (GOOD | {"pasword": CANARY}, [], 2, "did you mean 'password'?"),
        (f'{{"login": {CANARY}', [], 4, "--secrets-stdin is not JSON"),
        ("", [], 4, "--secrets-stdin is not JSON"),
        (GOOD, ["--field", "pasword"], 2, "did you mean 'password'?"),
        ({"login": CANARY}, ["--field", "password"], 2, "--secrets-stdin has no password"),
        ({"password": CANARY}, ["--field", "password"], 4, "no login for profile 'shop'"),
    ],
)
def test_what_is_wrong_with_the_secrets_is_reported_without_them(
    run: Run, keyring: Path, given: object, args: list[str], code: int, problem: str
) -> None:
    said = run("auth", "login", "--secrets-stdin", *args, given=given)
    assert said[0] == code
    assert problem in said[2]
    assert CANARY not in said[1] + said[2]
    assert entries(keyring) == {}


@pytest.mark.usefixtures("box")
def test_one_secret_alone_is_proved_with_the_others_that_are_there(run: Run, keyring: Path) -> None:
    run("auth", "login", "--secrets-stdin", given=GOOD)
    code, _, err = run("auth", "login", "--secrets-stdin", "--field", "supplierhash", given={"supplierhash": "abc"})
    assert code == 0, err
    assert entries(keyring)["orderctl:shop/supplierhash"] == "abc"


@pytest.mark.usefixtures("box")
def test_without_a_terminal_the_pipe_is_named(run: Run) -> None:
    code, _, err = run("auth", "login")
    assert code == 2
    assert "… | orderctl auth login -p shop --secrets-stdin" in err


@pytest.mark.usefixtures("box")
def test_without_a_keyring_nothing_is_asked_and_the_ways_around_it_are_named(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    code, _, err = run("auth", "login", "--secrets-stdin", given=GOOD)
    assert code == 4
    assert "keyring.backends.null.Keyring is not one that protects secrets" in err
    assert "set ORDERCTL_SHOP_LOGIN and ORDERCTL_SHOP_PASSWORD, or a secrets_file or credential_command" in err


@pytest.mark.usefixtures("box")
def test_a_source_that_wins_over_the_keyring_is_reported(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERCTL_SHOP_LOGIN", "somebody")
    err = run("auth", "login", "--secrets-stdin", given=GOOD)[2]
    assert "environment variable ORDERCTL_SHOP_LOGIN has login too, and is used before the keyring" in err
    err = run("auth", "logout")[2]
    assert "environment variable ORDERCTL_SHOP_LOGIN still has login" in err


def test_the_sandbox_needs_no_login(run: Run) -> None:
    code, _, err = run("auth", "login", "-p", "sandbox-onebox")
    assert (code, err) == (0, "orderctl: profile sandbox-onebox is the sandbox: it needs no login\n")
    assert run("auth", "logout", "-p", "sandbox-onebox")[0] == 0


@pytest.mark.usefixtures("box")
def test_a_dry_login_shows_the_proof_and_opens_nothing(
    run: Run, keyring: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "fake_keyring.Deaf")
    code, out, _ = run("auth", "login", "--dry-run", "-o", "json")
    assert code == 0
    assert [r["method"] for r in json.loads(out)["requests"]] == ["POST"]
    assert run("auth", "status", "--dry-run")[0] == 0
    assert run("auth", "logout", "--dry-run")[0] == 0
    assert not keyring.with_name("calls").exists()


@pytest.mark.usefixtures("box")
def test_a_logout_forgets_and_says_what(run: Run, keyring: Path) -> None:
    run("auth", "login", "--secrets-stdin", given=GOOD)
    assert (
        run("auth", "logout")[2] == "orderctl: logged out: login, password of profile shop removed from the keyring\n"
    )
    assert entries(keyring) == {}
    assert run("auth", "logout")[::2] == (0, "orderctl: the keyring has no secret of profile shop\n")


def test_a_logout_takes_the_kept_code_away_too(
    run: Run, keyring: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(sandbox.load("omflow", tmp_path / "desk.sqlite")) as app, running(app) as url:
        (tmp_path / "config.toml").write_text(
            f'[profiles.desk]\nvendor = "omflow"\nurl = "{url}"\nflow = "orderdesk"\nrate = 1000\n'
        )
        run("auth", "login", "--secrets-stdin", given={"username": "sandbox", "password": "sandbox"})
        assert run("list", "-o", "ids")[0] == 0
        assert list((tmp_path / "state").glob("code-*.json"))
        assert run("auth", "logout")[0] == 0
        assert entries(keyring) == {}
        assert not list((tmp_path / "state").glob("code-*"))
        monkeypatch.setenv("ORDERCTL_DESK_USERNAME", "sandbox")
        monkeypatch.setenv("ORDERCTL_DESK_PASSWORD", "sandbox")
        monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
        assert run("list", "-o", "ids")[0] == 0
        assert run("auth", "logout")[0] == 4  # without a keyring the code goes all the same
        assert not list((tmp_path / "state").glob("code-*"))
        monkeypatch.setattr(session, "forget", refuse)
        code, _, err = run("auth", "logout")
        assert code == 3
        assert "remove the files code-*.json there" in err


def refuse(*_: object) -> int:
    raise PermissionError(1, "not permitted")


@pytest.mark.usefixtures("box")
def test_the_status_says_where_each_secret_comes_from_and_what_is_missing(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, _, err = run("auth", "status")
    assert code == 4
    assert err == "orderctl: profile shop has no login and no password; log in: orderctl auth login -p shop\n"
    run("auth", "login", "--secrets-stdin", given=GOOD)
    monkeypatch.setenv("ORDERCTL_SHOP_PASSWORD", CANARY)
    code, out, err = run("auth", "status", "-o", "json")
    assert (code, err) == (0, "")
    assert CANARY not in out
    assert [(a["profile"], a["secret"], a["required"], a["source"]) for a in json.loads(out)["auth"]] == [
        ("shop", "login", True, "keyring (SecretService)"),
        ("shop", "password", True, "environment variable ORDERCTL_SHOP_PASSWORD"),
        ("shop", "supplierhash", False, None),
    ]


@pytest.mark.usefixtures("box")
def test_the_status_of_a_locked_keyring_says_so(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "fake_keyring.Locked")
    code, _, err = run("auth", "status", "-p", "shop")
    assert (code, err) == (4, "orderctl: profile shop has no login and no password; the keyring is locked\n")


def test_a_broken_profile_does_not_hide_the_others(run: Run, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        '[profiles.bad]\nvendor = "nobody"\n[profiles.good]\nvendor = "onebox"\nurl = "sandbox:"\n'
    )
    code, out, err = run("auth", "status", "-o", "ids")
    assert code == 3
    assert "good" in out
    assert "[profiles.bad] vendor: unknown vendor 'nobody'" in err
    assert run("auth", "status", "-p", "bad")[0] == 3


def test_without_a_config_the_sandboxes_are_shown(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ORDERCTL_CONFIG")
    code, out, _ = run("auth", "status", "-o", "json")
    assert code == 0
    assert {a["source"] for a in json.loads(out)["auth"]} == {"built in"}


def talk(args: Sequence[str], answers: Sequence[tuple[str, str]]) -> tuple[int, str, str]:
    """Run orderctl on a terminal of its own, answer its questions, and return exit code, standard output, terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "orderctl", *args],
        stdin=theirs, stdout=subprocess.PIPE, stderr=theirs, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    seen = ""
    waiting = [*answers]
    end = time.monotonic() + 60
    searched = 0
    while time.monotonic() < end:
        ready, _, _ = select.select([ours], [], [], 0.05)
        try:
            seen += os.read(ours, 4096).decode(errors="replace") if ready else ""
        except OSError:  # Linux: the other side has closed
            break
        if waiting and waiting[0][0] in seen[searched:]:
            searched = len(seen)
            os.write(ours, waiting.pop(0)[1].encode() + b"\n")
        assert not argv_with(CANARY)
    os.close(ours)
    assert process.stdout
    out = process.stdout.read().decode()
    process.stdout.close()
    assert not waiting, seen
    return process.wait(10), out, seen


def argv_with(text: str) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found += [str(path)] if text.encode() in path.read_bytes() else []
        except OSError:
            continue
    return found


@pytest.mark.usefixtures("box")
@pytest.mark.parametrize("command", [["list"], ["auth", "login"]], ids=" ".join)
def test_a_rejected_login_that_was_typed(command: list[str]) -> None:
    answers = [("OneBox login", "sandbox"), ("OneBox password", CANARY)]
    more = [("Enter for none", ""), ("Try again? [y/N]", "n")] if command != ["list"] else []
    code, _, seen = talk(command, [*answers, *more])
    assert code == 4
    assert "check the login and password you typed" in seen
    assert CANARY not in seen


@pytest.mark.usefixtures("box")
def test_on_a_terminal_it_asks_without_echo(keyring: Path) -> None:
    questions = [
        ("OneBox login for profile shop", "sandbox"),
        ("OneBox password for profile shop", "sandbox"),
        ("Enter for none", CANARY),
    ]
    code, out, seen = talk(["auth", "login", "-p", "shop"], questions)
    assert (code, out) == (0, ""), seen
    assert "logged in to OneBox; login, password, supplierhash of profile shop stored in SecretService" in seen
    assert CANARY not in seen
    assert entries(keyring)["orderctl:shop/supplierhash"] == CANARY


def conversation(password: str = "sandbox") -> list[tuple[str, str]]:
    """Return the questions of a login to OneBox, with what is typed."""
    return [("OneBox login", "sandbox"), ("OneBox password", password), ("Enter for none", "")]


@pytest.mark.usefixtures("box")
def test_a_rejected_login_may_be_typed_again_and_the_name_shows_while_it_is_typed(keyring: Path) -> None:
    again = [("Try again? [y/N]", "maybe"), ("type y or n", "y")]
    code, _, seen = talk(["auth", "login", "-p", "shop"], [*conversation(CANARY), *again, *conversation()])
    assert code == 0, seen
    assert "log in to OneBox at http://127.0.0.1:" in seen
    assert seen.count("(login of the API user): sandbox") == 2, "the name is shown"
    assert seen.count("sandbox") == 2, "the secret is not"
    assert CANARY not in seen
    assert entries(keyring) == {"orderctl:shop/login": "sandbox", "orderctl:shop/password": "sandbox"}


def test_adding_a_profile_offers_to_log_in_and_proves_the_connection(box: str, keyring: Path) -> None:
    questions = [
        ("vendor, one of", "onebox"), ("url (such as", box), ("Log in to OneBox now, and check the connection?", "y"),
        *conversation(),
    ]  # fmt: skip
    code, out, seen = talk(["profile", "add", "box"], questions)
    assert (code, out) == (0, ""), seen
    order = ("profile box added to", "log in to OneBox at", "checking the login", "logged in to OneBox", "try it:")
    found = [seen.index(text) for text in order]
    assert found == sorted(found)
    assert "orderctl list -p box --limit 10" in seen
    assert {name for name in entries(keyring) if "box/" in name} == {"orderctl:box/login", "orderctl:box/password"}


@pytest.mark.usefixtures("box")
def test_an_empty_answer_ends_it(keyring: Path) -> None:
    code, _, seen = talk(["auth", "login"], [("OneBox login", "")])
    assert code == 2
    assert "login is empty; nothing was stored" in seen
    assert entries(keyring) == {}


@pytest.mark.usefixtures("box")
def test_with_no_input_nothing_is_asked() -> None:
    assert talk(["auth", "login", "--no-input"], [])[0] == 2


@pytest.mark.usefixtures("box")
def test_a_read_asks_for_what_no_source_has() -> None:
    code, out, seen = talk(["list", "-o", "json"], [("OneBox login", "sandbox"), ("OneBox password", "sandbox")])
    assert code == 0, seen
    assert json.loads(out)["count"] == 0


@pytest.mark.usefixtures("box")
@pytest.mark.parametrize("source", ["variable", "file", "object", "command", "stdin", "systemd"])
@pytest.mark.parametrize("output", ["table", "json"])
def test_a_secret_in_use_shows_nowhere(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, output: str
) -> None:
    path = tmp_path / "secret"
    path.write_text(json.dumps({"login": "sandbox", "password": CANARY}) if source in {"object", "command"} else CANARY)
    path.chmod(0o600)
    if source != "command":
        monkeypatch.setenv("ORDERCTL_SHOP_LOGIN", "sandbox")
    given: Any = None
    args = ["list", "-v", "--trace", str(tmp_path / "trace"), "-o", output]
    more = ""
    match source:
        case "variable":
            monkeypatch.setenv("ORDERCTL_SHOP_PASSWORD", CANARY)
        case "file":
            monkeypatch.setenv("ORDERCTL_SHOP_PASSWORD_FILE", str(path))
        case "object":
            more = f'secrets_file = "{path}"\n'
        case "command":
            more = f'credential_command = ["cat", "{path}"]\n'
        case "stdin":
            given, args = {"password": CANARY}, [*args, "--secrets-stdin"]
        case _:
            monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
            path.rename(tmp_path / "orderctl.shop.password")
    with (tmp_path / "config.toml").open("a") as config:
        config.write(more)
    code, out, err = run(*args, given=given)
    assert code == 4  # the canary is not the password
    assert err
    traced = (tmp_path / "trace").read_text()
    assert re.search(r"password=\*\*\*", traced)
    assert CANARY not in out + err + traced


@pytest.mark.usefixtures("box")
def test_a_run_with_its_secrets_in_the_environment_loads_no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERCTL_SHOP_LOGIN", "sandbox")
    monkeypatch.setenv("ORDERCTL_SHOP_PASSWORD", "sandbox")
    code = (
        "import sys; from orderctl.entry import main; code = main(['list', '-o', 'jsonl']);"
        "assert not {'keyring', 'secretstorage', 'tomlkit'} & set(sys.modules); sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
