"""OMFlow as a user meets it: the commands, in the sandbox that needs no config, and at a server on loopback."""

import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from orderctl import redaction
from orderctl.cli import lazy as cli
from orderctl.sandbox.omflow.emulator import TABLES, Emulator
from orderctl.sandbox.serve import running
from orderctl.sandbox.store import Store

EDIT = "/rest/flowmanage/api/omdata/edit/orderdesk"
DELETE = ("api", "POST", EDIT, "--yes", "--body", '{"action": "delete", "data_no": [1]}')
CREATE = ("create", "--set", "FORMITM_1=Widget", "--set", "FORMITM_2=3")

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(redaction.SECRETS, "_forms", ())
    monkeypatch.setattr(redaction.SECRETS, "_values", set())
    for name in [n for n in os.environ if n.startswith(("ORDERCTL_", "XDG_"))]:
        monkeypatch.delenv(name)
    config = tmp_path / "config.toml"
    config.touch()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("ORDERCTL_CONFIG", str(config))
    monkeypatch.setenv("ORDERCTL_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("ORDERCTL_PROFILE", "sandbox-omflow")
    return config


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def ran(*args: str) -> tuple[int, str, str]:
        code = cli.run(list(args))
        out, err = capsys.readouterr()
        return code, out, err

    return ran


def test_whether_a_field_is_required_is_unknown_before_the_first_order(run: Run) -> None:
    code, out, _ = run("fields")
    assert code == 0
    rows = [line.split("\t") for line in out.splitlines()]
    assert [row[2] for row in rows] == ["REQUIRED", *["unknown"] * 7]
    field = json.loads(run("fields", "-o", "json")[1])["fields"][0]
    assert (field["required"], field["required_known"]) == (False, False)
    assert run("fields", "-o", "csv")[1].splitlines()[1].split(",")[2] == "unknown"
    assert run(*CREATE, "--reference", "R-1")[0] == 0
    assert [line.split("\t")[2] for line in run("fields")[1].splitlines()][:4] == ["REQUIRED", "yes", "yes", "no"]
    assert json.loads(run("fields", "-o", "json")[1])["fields"][0]["required_known"] is True


def test_an_order_that_the_form_refuses_is_wrong_usage_and_nothing_is_sent(run: Run) -> None:
    assert run(*CREATE, "--reference", "R-1")[0] == 0
    code, _, err = run("create", "--reference", "R-2", "--set", "FORMITM_1=Widget", "--set", "FORMITM_2=many")
    assert code == 2
    assert "order 'R-2': --set FORMITM_2: does not fit the form's pattern" in err
    assert "nothing was sent" in err
    code, _, err = run("push", "1", "--set", "quick_action=action2")
    assert code == 2
    assert "has no action2" in err
    assert run("list", "-o", "ids")[1] == "1\n"


class Desk:
    """A server on loopback, what it answers to a write in place of the emulator, and how many writes came."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.answer: tuple[int, bytes] | None = None
        self.writes = 0
        self.logins = 0

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        self.logins += environ["PATH_INFO"].startswith("/accounts/")
        if "/edit/" in environ["PATH_INFO"]:
            self.writes += 1
            if self.answer:
                start(f"{self.answer[0]} X", [("Content-Length", str(len(self.answer[1])))])
                return [self.answer[1]]
        return self.emulator(environ, start)

    def restart(self) -> None:
        """Forget every code, as a server does that is started anew."""
        for number, _ in self.emulator.store.find("codes"):
            self.emulator.store.delete("codes", number)


@contextmanager
def served(config: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    store = Store(config.with_name("desk.sqlite"), TABLES)
    desk = Desk(Emulator(store))
    with running(desk) as url:
        config.write_text(f'[profiles.desk]\nvendor = "omflow"\nurl = "{url}"\nflow = "orderdesk"\nrate = 1000\n')
        for name, value in {"PROFILE": "desk", "DESK_USERNAME": "sandbox", "DESK_PASSWORD": "sandbox"}.items():
            monkeypatch.setenv(f"ORDERCTL_{name}", value)
        yield desk
    store.close()


def test_a_raw_write_is_sent_once_whatever_the_answer(
    run: Run, surroundings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it says that the session is over: then the next run logs in."""
    with served(surroundings, monkeypatch) as desk:
        assert run("list", "-o", "ids")[0] == 0
        refused = json.dumps({"status": 403, "message": "The security code is wrong."}).encode()
        for answer, code, said in (
            ((403, b"<html>403 Forbidden</html>"), 4, "HTTP 403"),
            ((500, refused), 8, "may or may not have been applied"),
            ((502, b'{"status": "403"}'), 8, "may or may not have been applied"),
            ((200, refused), 4, "it was sent once; run it again, which logs in first"),
        ):
            desk.answer, desk.writes = answer, 0
            assert run("list", "-o", "ids")[0] == 0  # as any earlier run, it keeps a code
            found = run(*DELETE)
            assert (found[0], desk.writes) == (code, 1), found
            assert said in found[2]
        assert not list((surroundings.parent / "state").glob("code-*"))


def test_a_raw_write_after_a_rejected_one_logs_in_and_is_done(
    run: Run, surroundings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(surroundings, monkeypatch) as desk:
        assert run("list", "-o", "ids")[0] == 0
        desk.restart()
        code, out, err = run(*DELETE)
        assert (code, desk.writes, desk.logins) == (4, 1, 1)
        assert "wrong" in json.loads(out)["message"]
        assert "nothing was done" in err
        assert run(*DELETE)[0] == 0
        assert (desk.writes, desk.logins) == (2, 2)


def test_a_write_whose_code_is_over_is_renewed_once_and_done(
    run: Run, surroundings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(surroundings, monkeypatch) as desk:
        assert run("list", "-o", "ids")[0] == 0
        desk.restart()
        code, _, err = run(*CREATE, "--reference", "R-1", "-y")
        assert code == 0, err
        assert desk.logins == 2
        assert "no reference_field" in err


def test_a_push_that_was_applied_is_not_an_error_because_the_order_is_elsewhere_now(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(*CREATE, "--reference", "R-1")[0] == 0
    for step in ((), ("--step", "Packing")):
        with monkeypatch.context() as fault:
            fault.setenv("ORDERCTL_SANDBOX_FAULT", "commit-then-drop")
            assert run("push", "1", *step)[0] == 8
        code, out, _ = run("push", "1", *step)
        assert code == 0
        assert "an earlier push was applied, whose outcome was unknown" in out
    assert run("steps", "1", "-o", "ids")[1].count("\n") == 1, "each push was made once"
    assert run("push", "1", "--step", "Packing")[0] == 2
