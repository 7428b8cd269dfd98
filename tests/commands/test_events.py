"""`events`: what came is listed, shown, acknowledged and handed on."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from pydantic import TypeAdapter

from orderctl.cli import lazy as cli
from orderctl.events.inbox import Inbox
from orderctl.frozen import replace
from orderctl.output.schemas import SCHEMAS
from tests.pusher import form, logical, read_event

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def inbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The inbox of two profiles: events 1 to 5, the last of them as JSON."""
    for name in [n for n in os.environ if n.startswith(("ORDERCTL_", "XDG_"))]:
        monkeypatch.delenv(name)
    (tmp_path / "config.toml").write_text(
        "".join(f'[profiles.{name}]\nvendor = "onebox"\nurl = "https://{name}.example.com"\n' for name in ("a", "b"))
    )
    for name, value in {"CONFIG": tmp_path / "config.toml", "STATE_DIR": tmp_path / "state"}.items():
        monkeypatch.setenv(f"ORDERCTL_{name}", str(value))
    monkeypatch.setenv("HOME", str(tmp_path))
    path = tmp_path / "state" / "inbox.sqlite"
    kept = Inbox(path)
    for number in range(1, 5):
        body = form(number, dataType="even" if number % 2 == 0 else "odd")
        kept.add(read_event(body, ""), profile="a" if number < 3 else "b", vendor="pusher", body=body)
    body = logical(5, data={"n": 9007199254740993, "m": 1.10, "k": 7, "evil": "\x1b]52;c;x\x07"})
    kept.add(read_event(body, ""), profile="b", vendor="pusher", body=body)
    kept.close()
    return path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def ran(*args: str) -> tuple[int, str, str]:
        code = cli.run(["events", *args])
        return code, *capsys.readouterr()

    return ran


def valid(name: str, document: Any) -> Any:
    jsonschema.validate(document, TypeAdapter(SCHEMAS[name]).json_schema())
    return document


@pytest.mark.parametrize(
    "args,ids",
    [
        ([], "12345"),
        (["--kind", "even"], "24"),
        (["--since", "2026-01-01"], "12345"),
        (["--since", "2999-01-01"], ""),
        (["--after", "3"], "45"),
        (["--limit", "2"], "12"),
        (["-p", "a"], "12"),
        (["-p", "b", "--limit", "2", "--after", "3"], "45"),
    ],
)
def test_the_filters(args: list[str], ids: str, run: Run) -> None:
    code, out, _ = run("list", "-o", "ids", *args)
    assert (code, out.split()) == (0, list(ids))


def test_a_cut_list_says_how_to_go_on(run: Run) -> None:
    code, out, err = run("list", "--limit", "2", "-o", "json")
    document = valid("orderctl.events/1", json.loads(out))
    assert (code, document["count"], document["complete"], document["next"]) == (0, 2, False, "2")
    assert "2 events shown" in err
    assert "data" not in document["events"][0]
    document = json.loads(run("list", "--after", document["next"], "--all", "-o", "json")[1])
    assert (document["count"], document["complete"], document["next"]) == (3, True, None)
    assert json.loads(run("list", "--limit", "5", "-o", "json")[1])["complete"]


def test_an_event_is_shown_with_its_data(run: Run) -> None:
    code, out, _ = run("show", "5", "-o", "json")
    document = valid("orderctl.event/1", json.loads(out))
    assert code == 0
    assert document["data"] == {"n": "9007199254740993", "m": "1.1", "k": 7, "evil": "\x1b]52;c;x\x07"}
    assert (document["app_id"], document["tenant_id"]) == ("9007199254740993", "5465103569540931532")
    assert "raw" not in document
    assert json.loads(json.loads(run("show", "5", "--raw", "-o", "json")[1])["raw"])["version"] == "v1"
    text = run("show", "5")[1]
    assert '"n": "9007199254740993"' in text
    assert "\x1b" not in text
    assert run("show", "5", "--fields", "data.k,order_id")[1].split() == [
        "data.k",
        "7",
        "order_id",
        "5526644337503710211",
    ]


@pytest.mark.parametrize(
    "args,code", [(["show", "9"], 5), (["show", "x"], 2), (["show", "9" * 30], 2), (["ack", "-1"], 2)]
)
def test_what_is_not_there_is_reported(args: list[str], code: int, run: Run) -> None:
    got, _, err = run(*args)
    assert got == code
    assert "event" in err or "option" in err


def test_acknowledged_ones_are_no_more_unacknowledged(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("ack", "1", "--dry-run")[0] == 0
    code, out, _ = run("ack", "1", "3", "-o", "json")
    document = valid("orderctl.events/1", json.loads(out))
    assert code == 0
    assert [event["acked_at"] is None for event in document["events"]] == [False, False]
    assert run("list", "--unacked", "-o", "ids")[1].split() == ["2", "4", "5"]
    monkeypatch.setattr("sys.stdin", io.StringIO("2\n\n4\n"))
    assert run("ack", "-")[0] == 0
    assert run("list", "--unacked", "-o", "ids")[1].split() == ["5"]
    code, out, _ = run("ack", "1", "99", "-o", "json")
    document = json.loads(out)
    assert (code, document["errors"][0]["id"], document["events"][0]["id"]) == (7, "99", "1")
    assert run("ack", "99")[0] == 5
    assert run("ack", "5", "x")[0] == 2
    assert run("list", "--unacked", "-o", "ids")[1].split() == ["5"], "a slip acknowledges nothing"


def test_export_prints_whole_events(run: Run) -> None:
    for args in ([], ["-o", "jsonl"]):
        code, out, _ = run("export", *args)
        documents = [valid("orderctl.event/1", json.loads(line)) for line in out.splitlines()]
        assert (code, len(documents)) == (0, 5)
        assert documents[0]["data"]["objectKey"] == "ig_order"
    assert json.loads(run("export", "-o", "json", "--limit", "1", "--raw")[1])["events"][0]["raw"].startswith("msgId=")
    assert run("list", "--unacked", "-o", "ids")[1].split() == list("12345")


def test_export_acknowledges_what_it_wrote(run: Run) -> None:
    assert run("export", "--ack", "--dry-run")[0] == 0
    run("ack", "2")
    assert [json.loads(line)["id"] for line in run("export", "--ack", "-p", "a")[1].splitlines()] == ["1"]
    code, out, err = run("export", "--ack")
    assert [json.loads(line)["id"] for line in out.splitlines()] == ["3", "4", "5"]
    assert (code, err) == (0, "orderctl: 3 events acknowledged\n")
    assert run("export", "--ack")[:2] == (0, "")


def test_an_event_that_cannot_be_read_stops_no_export(run: Run, inbox: Path) -> None:
    kept = Inbox(inbox)
    unreadable = replace(read_event(form(6), ""), data="\ufeff{}")
    kept.add(unreadable, profile="b", vendor="pusher", body=b"")
    kept.close()
    code, out, err = run("export", "--ack")
    assert [json.loads(line)["id"] for line in out.splitlines()] == list("123456")
    assert valid("orderctl.event/1", json.loads(out.splitlines()[-1]))["data"] == "\ufeff{}"
    assert (code, err.splitlines()[0]) == (
        0, "orderctl: event 6: its data cannot be read as JSON; it is shown as text",
    )  # fmt: skip
    assert run("list", "--unacked", "-o", "ids")[1] == ""
    assert run("show", "6")[0] == 0


def exported(stdout: int) -> int:
    command = [sys.executable, "-m", "orderctl", "events", "export", "--ack"]
    return subprocess.run(command, stdout=stdout, stderr=subprocess.PIPE, check=False, timeout=60).returncode


def test_export_acknowledges_nothing_that_it_could_not_write(run: Run, tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        assert exported(full.fileno()) == 14
    reading, writing = os.pipe()
    os.close(reading)
    assert exported(writing) == 141
    os.close(writing)
    assert run("list", "--unacked", "-o", "ids")[1].split() == list("12345")
    with (tmp_path / "events.jsonl").open("wb") as file:
        assert exported(file.fileno()) == 0
    assert len((tmp_path / "events.jsonl").read_text().splitlines()) == 5
    assert run("list", "--unacked", "-o", "ids")[1] == ""


def test_an_inbox_where_nothing_ever_came(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ORDERCTL_STATE_DIR", str(tmp_path / "other"))
    assert run("list", "-o", "ids") == (0, "", "")
    assert run("export") == (0, "", "")
