"""The state folder and the config file, damaged, linked, or used by two runs at once: nothing is lost or replaced."""

import hashlib
import json
import os
import signal
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from orderctl import sandbox
from orderctl.sandbox.serve import running
from tests.e2e.conftest import Cli

ONEBOX = ("-p", "sandbox-onebox")
ORDER = ("create", *ONEBOX, "--reference", "R-1", "--email", "a@b.c", "--customer-name", "Ann")
NO_DATABASE = "this is no database, it only looks like a file\n"


@pytest.fixture
def store(cli: Cli) -> Path:
    """Return where the sandbox keeps the orders of one vendor, made already."""
    assert cli("list", *ONEBOX).code == 0
    return cli.home / ".local/state/orderctl/sandbox/onebox.sqlite"


@contextmanager
def held(store: Path, *, wholly: bool = False) -> Iterator[None]:
    """Hold the store as another process would: against writes, or wholly."""
    with closing(sqlite3.connect(store, isolation_level=None)) as other:
        if wholly:
            other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        yield


def test_a_working_folder_that_is_gone_stops_nothing_that_needs_none(cli: Cli, tmp_path: Path) -> None:
    path, gone = cli.config("# mine\n"), tmp_path / "gone"
    script = f'mkdir {gone}; cd {gone}; rmdir {gone}; exec "$@"'
    for given, code, says in ((str(path), 0, ""), ("c.toml", 14, "'c.toml' is relative to the working folder, which")):
        ran = subprocess.run(
            ["/bin/sh", "-c", script, "sh", *cli.command(["list", *ONEBOX])],
            env=cli.environment({"ORDERCTL_CONFIG": given}), capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (ran.returncode, says in ran.stderr) == (code, True), ran.stderr
        assert ran.stderr.count("\n") == (0 if code == 0 else 2)


def test_ten_profiles_added_at_once_are_all_there(cli: Cli) -> None:
    path = cli.config("# mine\n")
    command = [
        cli.command(["profile", "add", f"p{k}", "--vendor", "onebox", "--url", f"https://h{k}.example.com"])
        for k in range(10)
    ]
    runs = [
        subprocess.Popen(c, env=cli.environment({"ORDERCTL_STATE_DIR": str(cli.home / f"state{k}")}))
        for k, c in enumerate(command)
    ]
    assert [run.wait(timeout=120) for run in runs] == [0] * 10
    text = path.read_text()
    assert text.startswith("# mine\n")
    assert [k for k in range(10) if f"[profiles.p{k}]" not in text] == []
    assert [p.name for p in path.parent.iterdir()] == ["config.toml"]


def test_a_damaged_store_is_reported_by_every_command_that_needs_it(cli: Cli, store: Path) -> None:
    store.write_text(NO_DATABASE)
    ran = cli("list", *ONEBOX, "-o", "json")
    error = json.loads(ran.err)["error"]
    assert (ran.code, error["exit"], error["code"]) == (14, 14, "state.damaged")
    assert str(store) in error["message"]
    assert f"mv {store}" in error["hint"]
    assert cli(*ORDER).code == 14
    assert cli("sandbox", "reset", "--yes", "--vendor", "onebox").code == 14
    assert store.read_text() == NO_DATABASE


def test_a_damaged_store_is_reported_over_http_too(tmp_path: Path) -> None:
    path = tmp_path / "box.sqlite"
    with closing(sandbox.load("onebox", path, authenticate=False)) as app, running(app) as url:
        with closing(sqlite3.connect(path)) as other:
            for (name,) in other.execute("SELECT name FROM tables").fetchall():
                other.execute(f'DROP TABLE "{name}"')
            other.commit()
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(f"{url}/api/orders/get/?part=1", timeout=20)
        assert caught.value.code == 500
        said = caught.value.read().decode()
        assert str(path) in said
        assert said.count("\n") == 1


@pytest.mark.parametrize("args, wholly", [(ORDER, False), (("list", *ONEBOX), True)], ids=["create", "list"])
def test_the_deadline_holds_while_another_process_has_the_store(
    cli: Cli,
    store: Path,
    args: tuple[str, ...],
    wholly: bool,  # noqa: FBT001  (pytest's)
) -> None:
    with held(store, wholly=wholly):
        started = time.monotonic()
        ran = cli(*args, "--deadline", "2")
        took = time.monotonic() - started
    assert ran.code == 124, ran.err
    assert 1.5 < took < 8
    assert cli("list", *ONEBOX, "-o", "ids").out == ""


def test_a_second_signal_ends_the_wait_for_the_store(cli: Cli, store: Path) -> None:
    with held(store), subprocess.Popen(cli.command([*ORDER]), env=cli.environment()) as run:
        time.sleep(2)
        started = time.monotonic()
        run.send_signal(signal.SIGINT)
        time.sleep(0.3)
        run.send_signal(signal.SIGINT)
        run.wait(timeout=60)
        assert time.monotonic() - started < 8
    assert cli("list", *ONEBOX, "-o", "ids").out == ""


def test_a_reader_is_not_kept_waiting_by_a_writer(cli: Cli, store: Path) -> None:
    with held(store):
        assert cli("list", *ONEBOX, "--deadline", "20").code == 0


@pytest.mark.parametrize("name", ["sandbox/onebox.sqlite", "sandbox/onebox.sqlite-wal", "locks/job", "inbox.sqlite"])
def test_a_link_in_the_state_folder_is_refused_and_its_target_untouched(cli: Cli, tmp_path: Path, name: str) -> None:
    state, victim = cli.home / "state", tmp_path / "victim"
    victim.write_text("precious content of another file")
    victim.chmod(0o644)
    link = state / name
    link.parent.mkdir(parents=True)
    link.symlink_to(victim)
    args = ("events", "list") if name == "inbox.sqlite" else ("list", *ONEBOX, "--lock", "job")
    ran = cli(*args, env={"ORDERCTL_STATE_DIR": str(state)})
    assert ran.code == 14
    assert str(link) in ran.err
    assert "rm " in ran.err
    assert (victim.read_text(), victim.stat().st_mode & 0o777) == ("precious content of another file", 0o644)


@pytest.mark.parametrize("kind", ["file", "pipe"])
def test_a_link_in_the_place_of_a_kept_login_code_is_ignored(cli: Cli, tmp_path: Path, kind: str) -> None:
    victim = tmp_path / "victim"
    if kind == "file":
        victim.write_text("precious")
    else:
        os.mkfifo(victim)
    with closing(sandbox.load("omflow", tmp_path / "desk.sqlite")) as app, running(app) as url:
        cli.config(f'[profiles.desk]\nvendor = "omflow"\nurl = "{url}"\nflow = "orderdesk"\n')
        marks = "-".join(hashlib.sha256(text.encode()).hexdigest()[:16] for text in (url, "sandbox"))
        link = cli.home / "state" / f"code-{marks}.json"
        link.parent.mkdir()
        link.symlink_to(victim)
        login = {"ORDERCTL_DESK_USERNAME": "sandbox", "ORDERCTL_DESK_PASSWORD": "sandbox"}
        ran = cli("list", env={"ORDERCTL_STATE_DIR": str(link.parent), **login})
    assert ran.code == 0, ran.err
    assert link.is_symlink()
    assert victim.is_fifo() if kind == "pipe" else victim.read_text() == "precious"


def test_a_wrong_state_folder_is_a_matter_of_the_configuration(cli: Cli) -> None:
    ran = cli("list", *ONEBOX, env={"ORDERCTL_STATE_DIR": "state"})
    assert ran.code == 3
    assert "ORDERCTL_STATE_DIR is not an absolute path" in ran.err
    assert cli("list", *ONEBOX, env={"HOME": "here"}).code == 3


def test_a_vendors_orders_are_read_without_a_state_folder(cli: Cli, tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.touch()
    with closing(sandbox.load("omflow", tmp_path / "desk.sqlite")) as app, running(app) as url:
        cli.config(f'[profiles.desk]\nvendor = "omflow"\nurl = "{url}"\nflow = "orderdesk"\n')
        login = {"ORDERCTL_DESK_USERNAME": "sandbox", "ORDERCTL_DESK_PASSWORD": "sandbox"}
        assert cli("list", env={"ORDERCTL_STATE_DIR": str(blocked), **login}).code == 0
        assert cli("list", "--lock", "job", env={"ORDERCTL_STATE_DIR": str(blocked), **login}).code == 14
