"""`sandbox serve` and `sandbox reset`: real processes, real sockets."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import jsonschema  # type: ignore[import-untyped]
import pytest
from pydantic import TypeAdapter

from orderctl.cli import lazy as cli
from orderctl.output.schemas import SCHEMAS


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ORDERCTL_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in [n for n in os.environ if n.startswith(("ORDERCTL_", "XDG_")) and n != "ORDERCTL_STATE_DIR"]:
        monkeypatch.delenv(name)
    return tmp_path / "state"


@contextmanager
def served(*args: str) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-m", "orderctl", "sandbox", "serve", "--vendor", "onebox", "--port", "0", *args],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def first(process: "subprocess.Popen[str]") -> Any:
    assert process.stdout is not None
    return json.loads(process.stdout.readline())


def listed(url: str) -> list[str]:
    with urlopen(f"{url}/api/orders/get/?login=sandbox&password=sandbox&part=1", timeout=20) as answer:
        return [order["ordercode"] for order in json.load(answer)["orders"]]


def test_one_json_line_tells_a_script_where_it_is() -> None:
    with served("-o", "json") as process:
        said = first(process)
        jsonschema.validate(said, TypeAdapter(SCHEMAS["orderctl.sandbox/1"]).json_schema())
        assert said["secrets"] == {"login": "sandbox", "password": "sandbox"}
        assert listed(said["url"]) == []


def test_it_serves_the_orders_of_the_built_in_profile() -> None:
    order = ["--reference", "S-1", "--email", "a@example.com", "--customer-name", "Ann"]
    assert cli.run(["create", *order, "-p", "sandbox-onebox"]) == 0
    with served("-o", "json") as process:
        assert listed(first(process)["url"]) == ["S-1"]


def test_its_url_is_that_of_the_store_until_a_reset() -> None:
    with served("-o", "json") as process:
        said = first(process)
        assert re.fullmatch(r"http://127\.0\.0\.1:[0-9]+/sandbox-[0-9a-f]{16}", said["url"])
        assert said["profile"]["url"] == said["url"]
        assert cli.run(["sandbox", "reset", "--vendor", "onebox", "--yes"]) == 0
        with pytest.raises(HTTPError, match="405") as refused:
            listed(said["url"])
        address = json.load(refused.value)["error"].rpartition(" ")[2]
        assert address != said["url"]
        assert listed(address) == []
    with served("-q") as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip().endswith(address.rpartition("/")[2])


def test_a_store_of_its_own(state: Path, tmp_path: Path) -> None:
    with served("-o", "json", "--store", ":memory:") as process:
        assert listed(first(process)["url"]) == []
    assert not (state / "sandbox").exists()
    with served("-o", "json", "--store", str(tmp_path / "mine.sqlite")) as process:
        first(process)
        assert (tmp_path / "mine.sqlite").exists()


def test_what_is_printed_can_be_pasted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with served() as process:
        assert process.stdout is not None
        text = "".join(iter(process.stdout.readline, "export ORDERCTL_LOCAL_ONEBOX_PASSWORD=sandbox\n"))
        config = tmp_path / "config.toml"
        config.write_text(text.partition("# for this shell")[0])
        local = tomllib.loads(config.read_text())["profiles"]["local-onebox"]
        assert local == {"vendor": "onebox", "url": text.partition("\n")[0].removeprefix("# ")}
        monkeypatch.setenv("ORDERCTL_LOCAL_ONEBOX_PASSWORD", "sandbox")
        for name, value in re.findall(r"^export (\w+)=([\w-]+)$", text, re.MULTILINE):
            monkeypatch.setenv(name, value)
        assert cli.run(["list", "--config", str(config)]) == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_with_its_code(number: signal.Signals) -> None:
    with served("-q") as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert listed(url) == []
        process.send_signal(number)
        assert process.wait(10) == 128 + number
        assert "Traceback" not in process.communicate()[1]


def test_a_deadline_ends_it() -> None:
    began = time.monotonic()
    with served("--deadline", "0.5") as process:
        assert process.wait(20) == 124
    assert time.monotonic() - began < 15


def test_faults_and_switches_act() -> None:
    with served("-o", "json", "--fault", "503=7@get", "--switch", "envelope=documented") as process:
        url = first(process)["url"]
        with pytest.raises(Exception, match="503"):
            listed(url)
        with urlopen(f"{url}/api/orders/delete/?login=sandbox&password=sandbox", timeout=20) as answer:
            assert json.load(answer)["status"] == "fail"


def test_a_taken_port_is_reported_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert cli.run(["sandbox", "serve", "--vendor", "onebox", "--port", port]) == 2
    said = capsys.readouterr().err.splitlines()
    assert port in said[0]
    assert "--port 0" in said[1]
    assert len(said) == 2


@pytest.mark.parametrize(
    "args,words",
    [
        ([], "--vendor"),
        (["--vendor", "oneboks"], "did you mean 'onebox'?"),
        (["--vendor", "onebox", "--port", "http"], "0 to 65535"),
        (["--vendor", "onebox", "--port", "65536"], "0 to 65535"),
        (["--vendor", "onebox", "--fault", "boom"], "lost-after"),
        (["--vendor", "onebox", "--fault", "slow=x"], "number"),
        (["--vendor", "onebox", "--switch", "envelop=x"], "envelope"),
        (["--vendor", "onebox", "--switch", "envelope=x"], "documented"),
        (["--vendor", "onebox", "--dry-run"], "--dry-run"),
    ],
)
def test_bad_input_is_refused_with_what_there_is(
    args: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["sandbox", "serve", *args]) == 2
    assert words in capsys.readouterr().err


def test_a_file_that_is_not_a_store_is_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], state: Path
) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("not a database, and long enough to be taken for none " * 40)
    assert cli.run(["sandbox", "serve", "--vendor", "onebox", "--port", "0", "--store", str(other)]) == 14
    assert str(other) in capsys.readouterr().err
    (state / "sandbox").mkdir(parents=True)
    (state / "sandbox" / "onebox.sqlite").write_bytes(other.read_bytes())
    assert cli.run(["sandbox", "reset", "--yes"]) == 14


def test_reset_empties_it_after_a_yes(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    order = ["--reference", "S-1", "--email", "a@example.com", "--customer-name", "Ann"]
    cli.run(["create", *order, "-p", "sandbox-onebox"])
    monkeypatch.setattr("sys.stdin", None)
    assert cli.run(["sandbox", "reset"]) == 2
    assert cli.run(["sandbox", "reset", "--dry-run"]) == 0
    capsys.readouterr()
    cli.run(["list", "-p", "sandbox-onebox", "-o", "ids"])
    assert capsys.readouterr().out == "82806\n"
    assert cli.run(["sandbox", "reset", "--vendor", "onebox", "--yes"]) == 0
    capsys.readouterr()
    cli.run(["list", "-p", "sandbox-onebox", "-o", "ids"])
    assert capsys.readouterr().out == ""
    assert cli.run(["create", *order, "-p", "sandbox-onebox", "-o", "ids"]) == 0
    assert capsys.readouterr().out == "82806\n"


def test_reset_with_a_profile_empties_only_that_sandbox(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["sandbox", "reset", "-p", "sandbox-onebox", "--yes"]) == 0
    assert capsys.readouterr().err == "orderctl: sandbox-onebox is empty\n"
    assert cli.run(["sandbox", "reset", "-p", "shop", "--yes"]) == 2
    assert "-p shop is not a sandbox" in capsys.readouterr().err


def test_reset_of_what_never_was_is_fine(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["sandbox", "reset", "--yes"]) == 0
    assert cli.run(["sandbox", "reset", "--yes", "--vendor", "nobody"]) == 2
    assert re.search(r"vendors: .*\bonebox\b", capsys.readouterr().err)
