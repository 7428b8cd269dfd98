"""Every row of every table of the vendors' documents is reached by the command line that the ledger names."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from orderctl import sandbox
from orderctl.backend import registry
from orderctl.cli import lazy as cli
from orderctl.sandbox.serve import running
from tests.documented.ledger import Call, Other, Row, shows, vendors

ROWS = [
    pytest.param(vendor, row, id=f"{vendor}: {table}: {row.name}")
    for vendor, ledger in vendors().items()
    for table, rows in ledger.TABLES.items()
    for row in rows
    if not row.off
]


class Account:
    """A vendor's emulator behind a socket, with the orders that its ledger speaks of."""

    def __init__(self, vendor: str, folder: Path) -> None:
        self._vendor = registry.vendor(vendor)
        self._folder, self._apps = folder, {"shop": sandbox.load(vendor, ":memory:")}
        self._others: Mapping[str, Other] = getattr(vendors()[vendor], "ACCOUNTS", {})
        for name, other in self._others.items():
            if other.switches or other.faults:
                made = sandbox.load(vendor, ":memory:", switches=other.switches, faults=other.faults)
                self._apps[name] = made
        self._number = 0
        self.calls: list[Call] = []
        self.runs: dict[str, tuple[int, list[Call], str, str]] = {}
        """What became of each command; rows that name the same one share its run."""

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        body = environ["wsgi.input"].read()
        headers = {k[5:].replace("_", "-").lower(): v for k, v in environ.items() if k.startswith("HTTP_")}
        path, kind = environ["PATH_INFO"].encode("latin-1").decode(), environ.get("CONTENT_TYPE", "")
        name = path.split("/")[1]
        if name in self._others:
            path = path.removeprefix(f"/{name}")
            environ["PATH_INFO"] = environ["PATH_INFO"].removeprefix(f"/{name}")
        self.calls.append(Call(environ["REQUEST_METHOD"], path, environ["QUERY_STRING"], headers, kind, body))
        app = self._apps.get(name, self._apps["shop"])
        yield from app({**environ, "wsgi.input": BytesIO(body)}, start)

    def close(self) -> None:
        """Close every emulator."""
        for app in self._apps.values():
            app.close()

    def profile(self, url: str) -> dict[str, str]:
        """Write the config and the file to attach, and return the environment of a command on this account."""
        usual = self._vendor.sandbox_secrets
        lines, secrets = self._lines("shop", url, Other()), {"SHOP": usual}
        for name, other in self._others.items():
            lines += self._lines(name, f"{url}/{name}", other)
            secrets[name.upper()] = {**usual, **other.secrets}
        (self._folder / "config.toml").write_text("\n".join(lines), encoding="utf-8")
        (self._folder / "drawing.pdf").write_bytes(b"%PDF-1.4\n")
        return {
            "ORDERCTL_CONFIG": str(self._folder / "config.toml"),
            "ORDERCTL_STATE_DIR": str(self._folder / "state"),
            "ORDERCTL_PROFILE": "shop",
            **{f"ORDERCTL_{who}_{name.upper()}": secret for who, of in secrets.items() for name, secret in of.items()},
        }

    def _lines(self, name: str, url: str, other: Other) -> list[str]:
        settings = {
            "vendor": self._vendor.name,
            "url": url,
            "rate": 100000,
            **dotted(self._vendor.sandbox_settings),
            **other.settings,
        }
        return [f"[profiles.{name}]", *(f"{key} = {json.dumps(value)}" for key, value in settings.items())]

    def run(self, command: str) -> tuple[int, list[Call]]:
        """Run a command; return its exit code and the requests that it made."""
        before = len(self.calls)
        code = cli.run(shlex.split(command))
        return code, self.calls[before:]

    def numbered(self, text: str) -> str:
        """Return `text` with this row's own number, and the file's path."""
        return text.replace("{n}", str(self._number)).replace("{file}", str(self._folder / "drawing.pdf"))

    def next(self) -> None:
        """Begin another row."""
        self._number += 1


def dotted(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings with the entries of a table as TABLE.KEY, as TOML may write them."""
    found: dict[str, Any] = {}
    for name, value in settings.items():
        found |= {f"{name}.{key}": entry for key, entry in value.items()} if isinstance(value, dict) else {name: value}
    return found


def push(body: bytes) -> None:
    """Send an event to `listen`, as the vendor does."""
    command = [sys.executable, "-m", "orderctl", "listen", "--port", "0", "-q"]
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=env, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            with urlopen(Request(url, body, {"Content-Type": "application/json"}), timeout=30) as answer:
                assert json.load(answer)["return_code"] == 0
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Account]]:
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        made: dict[str, tuple[Account, dict[str, str]]] = {}

        def account(vendor: str) -> Account:
            if vendor not in made:
                new = stack.enter_context(closing(Account(vendor, tmp_path_factory.mktemp(vendor))))
                made[vendor] = (new, new.profile(stack.enter_context(running(new))))
            found, environ = made[vendor]
            for name, value in environ.items():
                patch.setenv(name, value)
            if not found.calls:
                patch.setenv("ORDERCTL_STATE_DIR", f"{environ['ORDERCTL_STATE_DIR']}-of-another-machine")
                for command in vendors()[vendor].SETUP:
                    assert found.run(command)[0] == 0, command
                patch.setenv("ORDERCTL_STATE_DIR", environ["ORDERCTL_STATE_DIR"])
                for body in getattr(vendors()[vendor], "PUSHED", ()):
                    push(body)
            return found

        yield account


@pytest.mark.parametrize("vendor, row", ROWS)
def test_a_documented_row_is_reached_by_its_command(
    accounts: Callable[[str], Account], vendor: str, row: Row, capsys: pytest.CaptureFixture[str]
) -> None:
    account = accounts(vendor)
    account.next()
    command = account.numbered(row.command) + " -o json" * (not row.command.startswith("api "))
    if command not in account.runs:
        capsys.readouterr()
        ran = account.run(command)
        account.runs[command] = (*ran, *capsys.readouterr())
    code, calls, out, err = account.runs[command]
    assert code == row.code, err
    if row.sent:
        sent = account.numbered(row.sent)
        assert any(call.has(sent) for call in calls), [(call.method, call.path, list(call.pairs())) for call in calls]
    if row.shown:
        assert shows(out, account.numbered(row.shown)), out
    assert account.numbered(row.told) in err


@pytest.mark.parametrize("vendor", sorted(registry.VENDORS))
def test_no_row_is_there_twice(vendor: str) -> None:
    for table, rows in vendors()[vendor].TABLES.items():
        names = [row.name for row in rows]
        assert len(names) == len(set(names)), table
