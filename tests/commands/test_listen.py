"""`listen`: what it refuses, and what it says before it serves."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import jsonschema  # type: ignore[import-untyped]
import pytest
from pydantic import TypeAdapter

from orderctl.backend import registry
from orderctl.cli import lazy as cli
from orderctl.events.inbox import Inbox
from orderctl.output.schemas import SCHEMAS
from tests.pusher import form

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [n for n in os.environ if n.startswith(("ORDERCTL_", "XDG_"))]:
        monkeypatch.delenv(name)
    (tmp_path / "config.toml").write_text(
        '[profiles.push]\nvendor = "pusher"\nurl = "https://push.example.com"\n'
        '[profiles.shop]\nvendor = "onebox"\nurl = "https://shop.example.com"\n'
    )
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("ORDERCTL_CONFIG", str(tmp_path / "config.toml"))
    monkeypatch.setenv("ORDERCTL_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setitem(registry.VENDORS, "pusher", "tests.pusher")
    return tmp_path


@contextmanager
def started(*args: str, stderr: Any = subprocess.PIPE) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "tests/pusher.py"), "listen", "-p", "push", "--port", "0", *args],
        stdout=subprocess.PIPE, stderr=stderr, stdin=subprocess.DEVNULL, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_a_vendor_that_does_not_push_is_refused(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["listen", "-p", "shop"]) == 10
    said = capsys.readouterr().err
    assert "OneBox pushes no order changes" in said
    assert "orderctl list -p shop --changed-since DATE" in said
    assert not (home / "state").exists()


@pytest.mark.parametrize(
    "args,words",
    [
        (["--port", "http"], "0 to 65535"),
        (["--port", "65536"], "0 to 65535"),
        (["--dry-run"], "does not support --dry-run"),
        (["--host", "no such host", "--port", "0"], "cannot listen on no such host"),
        (["--host", "192.0.2.1", "--port", "0"], "cannot listen on 192.0.2.1"),
        (["--host", "é" * 70, "--port", "0"], "it is not an address"),
        (["--host", "", "--port", "0"], "--host is empty"),
        (["--path", "mine"], "unknown option --path"),
    ],
)
def test_bad_input_is_refused(args: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["listen", "-p", "push", *args]) == 2
    assert words in capsys.readouterr().err


def test_a_taken_port_is_reported_in_two_lines(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert cli.run(["listen", "-p", "push", "--port", port]) == 2
    said = capsys.readouterr().err.splitlines()
    assert port in said[0]
    assert "--port 0" in said[1]
    assert len(said) == 2


def test_a_secret_that_cannot_be_read_is_not_a_missing_one(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ORDERCTL_PUSH_PUSHSECRET_FILE", str(home / "none"))
    assert cli.run(["listen", "-p", "push", "--port", "0"]) == 4
    assert "does not exist" in capsys.readouterr().err


def test_an_inbox_that_cannot_be_used_is_reported(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "state").mkdir()
    (home / "state" / "inbox.sqlite").write_text("not a database, and long enough to be taken for none " * 40)
    assert cli.run(["listen", "-p", "push", "--port", "0"]) == 14
    assert str(home / "state" / "inbox.sqlite") in capsys.readouterr().err


def test_one_json_line_tells_a_script_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    for secret in (None, "push-secret-0123456789"):
        if secret:
            monkeypatch.setenv("ORDERCTL_PUSH_PUSHSECRET", secret)
        with started("-o", "json") as process:
            assert process.stdout is not None
            said = json.loads(process.stdout.readline())
            process.terminate()
            assert process.wait(20) == 143
            assert process.stdout.read() == ""
        jsonschema.validate(said, TypeAdapter(SCHEMAS["orderctl.listen/1"]).json_schema())
        assert said["url"].startswith("http://127.0.0.1:")
        assert said["digests"] is (secret is not None)


def test_it_says_what_is_not_safe() -> None:
    with started("--host", "0.0.0.0", "-q") as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("http://0.0.0.0:")
        time.sleep(0.3)
        process.terminate()
        said = process.communicate(timeout=20)[1]
    assert "put a web server with TLS in front of it" in said
    assert "digests are not checked: profile push has no pushsecret" in said
    assert "Traceback" not in said


def test_where_nothing_can_be_printed_events_are_still_taken(home: Path) -> None:
    with Path("/dev/full").open("w") as full, started("-v", stderr=full) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        for number in (1, 2):
            with urlopen(Request(url, form(number, secret=None)), timeout=20) as answer:
                assert answer.status == 200
    inbox = Inbox(home / "state" / "inbox.sqlite")
    assert [event.message_id for event in inbox.events()] == ["m-1", "m-2"]
    inbox.close()


def test_a_deadline_ends_it() -> None:
    with started("--deadline", "0.5") as process:
        assert process.wait(20) == 124
