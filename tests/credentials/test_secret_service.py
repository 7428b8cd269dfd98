"""A real Secret Service: stored by one run and used by the next; locked, absent and deaf ones end in time.

Every test starts a D-Bus session of its own, so that no special runner is needed and no real keyring is touched.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from orderctl import sandbox
from orderctl.sandbox.serve import running

NEEDED = {"dbus-run-session": "dbus", "gnome-keyring-daemon": "gnome-keyring"}
"""Programs, and the Debian packages that they come in."""

UNLOCKED = "printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null"
LOCKED = "gnome-keyring-daemon --start --components=secrets >/dev/null"

EMPTY_BUS = """\
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
  </policy>
</busconfig>
"""
"""A bus that starts no service by itself."""

DEAF = """\
import sys
from jeepney import message_bus
from jeepney.io.blocking import open_dbus_connection
bus = open_dbus_connection("SESSION")
bus.send_and_get_reply(message_bus.RequestName("org.freedesktop.secrets"))
print("ready", flush=True)
while True:
    bus.receive()
"""
"""A Secret Service that takes every call and answers none."""

CANARY = "canary-0d5e-kept"

pytestmark = pytest.mark.keyring


@pytest.fixture(autouse=True)
def _programs() -> None:
    missing = sorted(package for program, package in NEEDED.items() if shutil.which(program) is None)
    if missing:
        reason = f"needs the Debian packages: {' '.join(missing)}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)


@dataclass
class Home:
    """A home of its own with a profile `shop` whose box checks logins."""

    path: Path
    runtime: str
    url: str

    def environ(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        return {
            "HOME": str(self.path),
            "PATH": os.environ["PATH"],
            "XDG_RUNTIME_DIR": self.runtime,
            "ORDERCTL_STATE_DIR": str(self.path / "state"),
            **(more or {}),
        }

    def run(
        self, *args: str, bus: str | None, given: object = None, more: Mapping[str, str] | None = None
    ) -> tuple[int, str, str, float]:
        """Run orderctl in a session, and return its exit code, both streams and how long it took."""
        environ = self.environ(more) | ({"DBUS_SESSION_BUS_ADDRESS": bus} if bus else {})
        started = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "orderctl", *args],
            env=environ, input=json.dumps(given), capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        return done.returncode, done.stdout, done.stderr, time.monotonic() - started

    @contextmanager
    def session(self, start: str, *, config: str | None = None) -> Iterator[str]:
        """Keep a D-Bus session while the block runs, which gets its address; `start` is what runs first in it."""
        options = []
        if config:
            (self.path / "bus.conf").write_text(config)
            options = [f"--config-file={self.path / 'bus.conf'}"]
        session = subprocess.Popen(
            ["dbus-run-session", *options, "--", "sh", "-c", f'{start}\necho "$DBUS_SESSION_BUS_ADDRESS"; read -r _'],
            env=self.environ(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        assert session.stdin
        assert session.stdout
        try:
            address = session.stdout.readline().strip()
            assert address, "the session did not start"
            yield address
        finally:
            session.stdin.close()
            session.wait(20)
            session.stdout.close()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    # The path of a socket is short: the runtime folder cannot be below pytest's.
    with (
        tempfile.TemporaryDirectory(prefix="oc", dir="/tmp") as runtime,
        closing(sandbox.load("onebox", tmp_path / "box.sqlite")) as app,
        running(app) as url,
    ):
        config = tmp_path / ".config" / "orderctl" / "config.toml"
        config.parent.mkdir(parents=True)
        config.write_text(f'[profiles.shop]\nvendor = "onebox"\nurl = "{url}"\nrate = 1000\n')
        yield Home(tmp_path, runtime, url)


LOGIN = {"login": "sandbox", "password": "sandbox", "supplierhash": CANARY}


def test_a_login_is_kept_by_one_run_used_by_the_next_and_forgotten(home: Home) -> None:
    with home.session(UNLOCKED) as bus:
        code, out, err, _ = home.run("auth", "login", "--secrets-stdin", bus=bus, given=LOGIN)
        assert (code, out) == (0, ""), err
        assert "stored in SecretService" in err
        code, out, err, _ = home.run("list", "-o", "json", bus=bus)
        assert code == 0, err
        assert json.loads(out)["count"] == 0
        code, out, err, _ = home.run("auth", "status", "-o", "json", bus=bus)
        assert [a["source"] for a in json.loads(out)["auth"]] == ["keyring (SecretService)"] * 3
        assert CANARY not in out + err
        assert home.run("auth", "logout", bus=bus)[0] == 0
        code, _, err, _ = home.run("list", bus=bus)
        assert code == 4
        assert "log in: orderctl auth login -p shop" in err
    assert json.loads((home.path / "state" / "keyring.json").read_text()) == {
        "backend": "keyring.backends.SecretService.Keyring"
    }
    written = [p for p in home.path.rglob("*") if p.is_file() and CANARY.encode() in p.read_bytes()]
    assert written == []


def test_a_locked_keyring_ends_in_time_with_a_way_out(home: Home) -> None:
    with home.session(UNLOCKED) as bus:
        assert home.run("auth", "login", "--secrets-stdin", bus=bus, given=LOGIN)[0] == 0
    with home.session(LOCKED) as bus:
        code, _, err, seconds = home.run("list", bus=bus)
        assert code == 4
        assert "the keyring is locked" in err or "the keyring did not answer within 2 seconds" in err
        assert "set ORDERCTL_SHOP_LOGIN and ORDERCTL_SHOP_PASSWORD" in err
        assert seconds < 6
        around = {"ORDERCTL_SHOP_LOGIN": "sandbox", "ORDERCTL_SHOP_PASSWORD": "sandbox"}
        assert home.run("list", bus=bus, more=around)[0] == 0


@pytest.mark.parametrize("remembered", [True, False])
def test_a_service_that_never_answers_ends_in_time_with_a_way_out(home: Home, *, remembered: bool) -> None:
    stub = home.path / "deaf.py"
    stub.write_text(DEAF)
    if remembered:
        (home.path / "state").mkdir()
        (home.path / "state" / "keyring.json").write_text('{"backend": "keyring.backends.SecretService.Keyring"}')
    ready = home.path / "ready"
    start = f"{sys.executable} {stub} >{ready} & until grep -q ready {ready} 2>/dev/null; do sleep 0.05; done"
    with home.session(start, config=EMPTY_BUS) as bus:
        for args in (("list",), ("auth", "login", "--secrets-stdin"), ("auth", "status")):
            code, _, err, seconds = home.run(*args, bus=bus, given=LOGIN)
            assert code == 4
            assert "the keyring did not answer within 2 seconds" in err
            assert seconds < 6
            assert CANARY not in err


def test_a_bus_without_a_keyring_says_so(home: Home) -> None:
    with home.session(":", config=EMPTY_BUS) as bus:
        for args in (("list",), ("auth", "login", "--secrets-stdin")):
            code, _, err, seconds = home.run(*args, bus=bus, given=LOGIN)
            assert code == 4
            assert "there is no keyring on this machine" in err
            assert "secrets_file or credential_command" in err
            assert seconds < 6


def test_no_bus_at_all_says_so_as_it_is_in_cron(home: Home) -> None:
    code, _, err, seconds = home.run("list", bus=None)
    assert code == 4
    assert "there is no keyring on this machine" in err
    assert seconds < 6
    with home.session(UNLOCKED) as bus:
        assert home.run("auth", "login", "--secrets-stdin", bus=bus, given=LOGIN)[0] == 0
    code, _, err, _ = home.run("list", bus=None)
    assert code == 4
    assert "the keyring cannot be used" in err
    assert "DBUS_SESSION_BUS_ADDRESS" in err
