"""`doctor`: each fault is found, and what to do about it is in the first line; without a fault cron sends no mail."""

import datetime as dt
import json
import os
import shutil
import sqlite3
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from email.utils import format_datetime
from pathlib import Path
from typing import Any, NamedTuple
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import jsonschema  # type: ignore[import-untyped]
import pytest
from inline_snapshot import snapshot
from pydantic import TypeAdapter

from orderctl import http, sandbox
from orderctl.backend import registry
from orderctl.backend.vendor import Profile
from orderctl.cli import lazy as cli
from orderctl.doctor import place, reach
from orderctl.doctor.finding import exit_code, good, problem, problems, warning
from orderctl.errors import (
    ConfigError,
    Conflict,
    CredentialError,
    MachineRefused,
    OutcomeUnknown,
    Refused,
    Temporary,
)
from orderctl.frozen import replace
from orderctl.journal.entry import Entry, State, new_id
from orderctl.journal.sqlite import SqliteStore
from orderctl.output.documents import finding_document
from orderctl.output.findings import page
from orderctl.output.schemas import SCHEMAS
from orderctl.output.table import TerminalStyle
from orderctl.sandbox.serve import running
from orderctl.state import ended
from tests.http.conftest import reply, serving
from tests.http.test_tls import certificate, server

NOW = dt.datetime.now(dt.UTC)

Run = Callable[..., tuple[int, str, str]]

CANARY = "canary-91c4-in-use"

DISK = "/dev/vda / ext4 rw,relatime 0 0\n"

OUTSIDE = ("ORDERCTL_", "XDG_", "SSL_CERT", "TERM", "PYTHON_KEYRING", "CREDENTIALS_DIRECTORY", "REQUESTS_CA", "CURL_CA")


class World:
    """A machine on which all is well: a profile, its secrets in a file, a journal, a good run an hour ago."""

    def __init__(self, home: Path, monkeypatch: pytest.MonkeyPatch, url: str, opened: ExitStack) -> None:
        self.home, self.monkeypatch, self.url, self.opened = home, monkeypatch, url, opened
        self.config = home / ".config/orderctl/config.toml"
        self.state = home / ".local/state/orderctl"
        self.secrets = self.config.parent / "shop.json"
        self.journal = self.state / "journal.sqlite"
        self.config.parent.mkdir(parents=True)
        self.keep({"login": "sandbox", "password": "sandbox"})
        self.profile()
        with closing(SqliteStore(self.journal)) as store:
            store.begin(self.row("R-1", State.DONE))
        ended.note(self.state, "shop", "list", 0, at=NOW - dt.timedelta(hours=1))
        self.mount(DISK)

    def profile(self, more: str = 'secrets_file = "shop.json"\n', url: str = "") -> None:
        self.config.write_text(f'[profiles.shop]\nvendor = "onebox"\nurl = "{url or self.url}"\nrate = 1000\n{more}')

    def keep(self, secrets: dict[str, str], mode: int = 0o600) -> None:
        self.secrets.write_text(json.dumps(secrets))
        self.secrets.chmod(mode)

    def row(self, reference: str, state: State, **more: Any) -> Entry:
        return Entry(
            op=new_id(), target=f"onebox {self.url}", profile="shop", vendor="onebox", verb="create",
            reference=reference, state=state, hash="h", run="over", planned_at=NOW, sent_at=NOW, **more,
        )  # fmt: skip

    def mount(self, table: str) -> None:
        path = self.home / "mounts"
        path.write_text(table)
        self.monkeypatch.setattr(place, "MOUNTS", path)

    def shell(self, **variables: str) -> None:
        """Let this be typed in a terminal, whose shell has these variables."""
        for name, value in {"TERM": "xterm", **variables}.items():
            self.monkeypatch.setenv(name, value)

    def damage(self, sql: str) -> None:
        with closing(sqlite3.connect(self.journal)) as connection, connection:
            connection.execute(sql)

    def untrusted(self) -> None:
        tls: ssl.SSLContext = server(certificate(self.home))
        served = self.opened.enter_context(serving(reply(b"{}"), tls=tls))
        self.profile(url=served.url)

    def slow_clock(self) -> None:
        store = self.home / "other.sqlite"
        app = self.opened.enter_context(closing(sandbox.load("onebox", store)))
        ahead = format_datetime(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=10), usegmt=True)
        self.profile(url=self.opened.enter_context(running(dated(app, ahead))))


def dated(app: WSGIApplication, date: str) -> WSGIApplication:
    """Return the app of a server whose clock says `date`."""

    def call(environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            return start_response(status, [*headers, ("Date", date)], *more)

        return app(environ, start)

    return call


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    store = tmp_path_factory.mktemp("box") / "box.sqlite"
    with closing(sandbox.load("onebox", store)) as app, running(app) as served:
        yield served


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str) -> Iterator[World]:
    for name in [n for n in os.environ if n.startswith(OUTSIDE) or n.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    with ExitStack() as opened:
        yield World(tmp_path, monkeypatch, url, opened)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def ran(*args: str) -> tuple[int, str, str]:
        code = cli.run(["doctor", *args])
        return code, *capsys.readouterr()

    return ran


class Fault(NamedTuple):
    """What is planted, the exit code, and what the first line says: what is wrong, and at its end what to do."""

    plant: Callable[[World], object]
    code: int
    says: str
    next: str
    args: tuple[str, ...] = ()


def tables(kind: str, options: str = "rw") -> Callable[[World], None]:
    """Plant a state folder on a file system of this kind."""
    return lambda world: world.mount(f"{DISK}x {world.state} {kind} {options} 0 0\n")


def add(state: State) -> Callable[[World], None]:
    def plant(world: World) -> None:
        with closing(SqliteStore(world.journal)) as store:
            store.begin(world.row("R-2", state))

    return plant


def rewherestate(world: World) -> None:
    shutil.rmtree(world.state)
    world.state.write_text("a file")


def old_run(world: World) -> None:
    long_ago = NOW - dt.timedelta(days=3)
    ended.note(world.state, "shop", "list", 0, at=long_ago)


def failing_run(world: World) -> None:
    old_run(world)
    ended.note(world.state, "shop", "create", 8, at=NOW)


def failing_run_with(code: int) -> Callable[[World], None]:
    def plant(world: World) -> None:
        old_run(world)
        ended.note(world.state, "shop", "create", code, at=NOW)

    return plant


def secrets_of_the_shell(world: World) -> None:
    world.profile("")
    world.shell(ORDERCTL_SHOP_LOGIN="sandbox", ORDERCTL_SHOP_PASSWORD=CANARY)


def secrets_in_the_keyring(world: World) -> None:
    """Plant a keyring that has the secrets: it is not asked."""
    world.profile("")
    kept = world.home / "kept.json"
    kept.write_text(json.dumps({f"orderctl:shop/{name}": "sandbox" for name in ("login", "password")}))
    world.monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "credentials"))
    world.monkeypatch.setenv("FAKE_KEYRING", str(kept))
    world.monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "fake_keyring.Good")


def state_of_the_shell(world: World) -> None:
    elsewhere = world.home / "elsewhere"
    world.state.rename(elsewhere)
    world.shell(ORDERCTL_STATE_DIR=str(elsewhere))


def malformed_proxy(world: World) -> None:
    world.profile(url="https://shop.example.com")
    world.monkeypatch.setenv("HTTPS_PROXY", f"ftp://user:{CANARY}@proxy")


def certificates_of_nobody(world: World) -> None:
    world.profile(url="https://shop.example.com")
    world.monkeypatch.setenv("SSL_CERT_FILE", str(world.home / "none.pem"))


def nobody(world: World) -> None:
    """Plant a vendor that is down, and a clock that waits for nothing between two tries."""
    world.profile(url="http://127.0.0.1:9")
    clock = http.Clock(sleep=lambda _: None)
    world.monkeypatch.setattr(http, "Clock", lambda **_: clock)


KEEP = "install -m 600 /dev/null {home}/.config/orderctl/shop.json"
ADD = "${{EDITOR:-vi}} {home}/.config/orderctl/shop.json"
EDIT = "${{EDITOR:-vi}} {home}/.config/orderctl/config.toml"
MOVE = 'sudo install -d -m 700 -o "$(id -un)" /var/lib/orderctl && cp -a {state}/. /var/lib/orderctl'

FAULTS = {
    "the config is not TOML": Fault(lambda w: w.config.write_text("a = "), 3, "is not TOML", EDIT),
    "no config": Fault(lambda w: w.config.unlink(), 3, "no profile is set up", "orderctl profile add shop"),
    "an unknown key": Fault(lambda w: w.profile("colour = 1\n"), 3, "colour: unknown key", EDIT),
    "no such default profile": Fault(
        lambda w: w.config.write_text(f'default_profile = "sohp"\n{w.config.read_text()}'), 3,
        "default_profile names 'sohp'", "orderctl profile use shop"),
    "no such profile": Fault(
        bool, 3, "no profile 'nobody'", "set it up: orderctl profile add nobody", ("-p", "nobody")),
    "plain http": Fault(lambda w: w.profile(url="http://shop.example.com"), 3, "is plain http://", EDIT),
    "no secret": Fault(lambda w: w.secrets.unlink(), 4, "no login and no password", KEEP),
    "secrets of the shell": Fault(
        secrets_of_the_shell, 4,
        "does not have ORDERCTL_SHOP_LOGIN and ORDERCTL_SHOP_PASSWORD of this shell", ADD),
    "secrets in the keyring": Fault(
        secrets_in_the_keyring, 4, "the keyring, which is locked", ADD),
    "others may read the secrets": Fault(
        lambda w: w.secrets.chmod(0o644), 4, "mode 0644", "chmod 600 {home}/.config/orderctl/shop.json"),
    "the credential command fails": Fault(
        lambda w: w.profile(f'credential_command = ["/bin/false", "{CANARY}"]\n'), 4, "failed with exit code 1",
        'env -i HOME="$HOME" PATH={path} /bin/false …'),
    "the login is rejected": Fault(
        lambda w: w.keep({"login": "sandbox", "password": CANARY}), 4, "profile shop: login: ",
        "fix it at its source: login and password from the secrets_file {home}/.config/orderctl/shop.json"),
    "state in memory": Fault(tables("tmpfs"), 14, "is in memory (tmpfs)", MOVE),
    "state on the network": Fault(tables("nfs4"), 14, "a network file system (nfs4)", MOVE),
    "state read-only": Fault(tables("ext4", "ro,noatime"), 14, "mounted read-only", "sudo mount -o remount,rw {state}"),
    "state is a file": Fault(rewherestate, 14, "is not a folder", "mv {state} {state}.old"),
    "state nowhere": Fault(
        lambda w: w.monkeypatch.setenv("ORDERCTL_STATE_DIR", "state"), 3, "is not an absolute path",
        "set it to an absolute path, such as {cwd}/state"),
    "the disk is nearly full": Fault(
        lambda w: w.monkeypatch.setattr(place, "ROOM", 10**18), 14, "nearly full", "df -h {state}"),
    "the journal is damaged": Fault(
        lambda w: w.journal.write_bytes(b"not a database"), 14, "is damaged",
        "move it away, and a new one is made: mv {state}/journal.sqlite {state}/journal.sqlite.old"),
    "the journal is newer": Fault(
        lambda w: w.damage("PRAGMA user_version = 99"), 14, "a later version of orderctl (format 99)",
        "mv {state}/journal.sqlite {state}/journal.sqlite.old"),
    "a row is damaged": Fault(
        lambda w: w.damage("UPDATE writes SET reference = 'R-9'"), 8, "1 of 1 rows are damaged",
        "orderctl journal show {op}"),
    "a write is in doubt": Fault(
        add(State.UNKNOWN), 8, "create R-2 may have been applied or not",
        "orderctl journal reconcile --all -p shop"),
    "a run died": Fault(add(State.SENDING), 8, "create R-2", "orderctl journal reconcile --all -p shop"),
    "a conflict": Fault(
        add(State.CONFLICT), 6, "create R-2 in conflict", "orderctl journal list --outcome conflict -p shop"),
    "the clock is slow": Fault(
        World.slow_clock, 14, "is 10 minutes behind that of OneBox", "sudo timedatectl set-ntp true"),
    "an untrusted certificate": Fault(
        World.untrusted, 3, "is not trusted (self-signed certificate)", "set SSL_CERT_FILE to their PEM file"),
    "a malformed proxy": Fault(
        malformed_proxy, 3, "the proxy that HTTPS_PROXY names cannot be used",
        "fix HTTPS_PROXY, or name the vendor's host in NO_PROXY"),
    "no such certificates": Fault(
        certificates_of_nobody, 3, "SSL_CERT_FILE or SSL_CERT_DIR names cannot be read",
        "or leave the variable out for the system's own"),
    "nobody answers": Fault(nobody, 9, "no connection", "curl -sSI http://127.0.0.1:9"),
    "no good run for long": Fault(
        old_run, 14, "succeeded within 1 day: the last one was 3 days ago", "crontab -l; systemctl list-timers"),
    "the last run failed": Fault(
        failing_run, 8, "the last run ended with exit code 8", "orderctl journal list --outcome unresolved -p shop"),
    "some orders failed": Fault(
        failing_run_with(7), 7, "the last run ended with exit code 7", "--rejects FILE keeps that"),
    "a file is invalid": Fault(
        failing_run_with(2), 2, "the last run ended with exit code 2",
        "run the same command by hand: its message says what is wrong"),
    "a state folder of the shell's": Fault(
        state_of_the_shell, 3, "ORDERCTL_STATE_DIR is set in this shell", "crontab -e"),
}  # fmt: skip


def test_a_machine_on_which_all_is_well_sends_no_mail(world: World, run: Run) -> None:
    assert run("--cron", "--max-age", "1d") == (0, "", "")
    world.shell()
    assert run("--cron", "--max-age", "1d") == (0, "", ""), "typed in a terminal"


def test_nobody_is_warned_of_an_outcome_that_is_known_by_now(world: World, run: Run) -> None:
    ended.note(world.state, "shop", "create", 8, at=NOW)
    code, out, _ = run("-o", "csv", "--fields", "state,check,message")
    assert code == 0
    assert 'ok,runs,"the last create ended' in out
    assert "with exit code 8, and no write is in doubt any more" in out
    add(State.UNKNOWN)(world)
    assert "warning,runs,the last create ended" in run("-o", "csv", "--fields", "state,check,message")[1]


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_found_and_the_first_line_says_what_to_do(world: World, run: Run, name: str) -> None:
    fault = FAULTS[name]
    (op,) = (row[0] for row in _rows(world))
    fault.plant(world)
    code, out, err = run("--cron", "--max-age", "1d", *fault.args)
    first = out.partition("\n")[0]
    places = {"home": world.home, "state": world.state, "op": op, "path": os.environ["PATH"], "cwd": Path.cwd()}
    assert (code, err) == (fault.code, ""), out
    assert first.startswith("orderctl: ")
    assert fault.says in first
    assert first.endswith(fault.next.format(**places)), first
    assert CANARY not in out


def test_there_are_at_least_15_faults() -> None:
    assert len(FAULTS) >= 15


def _rows(world: World) -> list[tuple[str]]:
    with closing(sqlite3.connect(world.journal)) as connection:
        return connection.execute("SELECT op FROM writes").fetchall()


def test_the_document_holds_every_check_and_fits_its_schema(world: World, run: Run) -> None:
    code, out, _ = run("-o", "json", "-p", "shop")
    document = json.loads(out)
    jsonschema.validate(document, TypeAdapter(SCHEMAS["orderctl.doctor/1"]).json_schema())
    assert code == 0
    assert document["complete"]
    assert [(f["check"], f["state"]) for f in document["findings"]] == [
        (check, "ok")
        for check in ("version", "config", "state", "disk", "journal", "profile", "duplicates", "credentials", "proxy",
                      "login", "clock", "doubts", "runs")
    ]  # fmt: skip
    by_check = {f["check"]: f["message"] for f in document["findings"]}
    assert by_check["credentials"] == f"login and password from the secrets_file {world.secrets}"
    assert by_check["runs"] == "the last list ended well 1 hour ago"
    assert by_check["journal"] == f"{world.journal}: 1 write, all intact"


def test_a_vendor_that_takes_two_orders_of_a_reference_is_a_warning(world: World, run: Run) -> None:
    field = 'vendor = "qince"\nurl = "https://q.example.com"\nsecrets_file = "none.json"\n'
    world.config.write_text(f"[profiles.field]\n{field}[profiles.try]\nvendor = 'flyerlink'\nurl = 'sandbox:'\n")
    with closing(SqliteStore(world.journal)) as store:
        field_row = replace(world.row("R-2", State.UNKNOWN), profile="field", target="qince https://q.example.com")
        store.begin(field_row)
        store.begin(replace(world.row("R-3", State.UNKNOWN), profile="gone"))
    code, _, err = run("-n")
    assert code == 8
    for where, message in (
        ("warning: profile field: duplicates", "reference and cannot be searched for one without reference_field"),
        ("warning: profile field: profile", "tenant is missing: this profile can read, but not write; next: add"),
        ("warning: profile try: duplicates", "two machines can create the same order twice: Flyerlink accepts"),
        ("problem: profile field: doubts", "Qince cannot be searched: look for the order there, then orderctl journal"),
        ("problem: profile field: doubts", "resolve R-2 --exists ID, or --absent; next: orderctl journal list --"),
        ("problem: profile gone: doubts", "create R-3 may have been applied or not; the profile is not in the config"),
    ):  # fmt: skip
        assert any(line.startswith(f"orderctl: {where}") and message in line for line in err.splitlines()), err


def test_a_dry_run_asks_no_vendor_and_no_keyring_and_shows_what_it_would_ask(world: World, run: Run) -> None:
    world.profile("", url="https://shop.example.com")
    code, out, err = run("-n", "-o", "json")
    assert code == 0
    assert [request["url"] for request in json.loads(out)["requests"]] == ["https://shop.example.com/api/orders/get/"]
    assert "orderctl: ok: profile shop: duplicates: OneBox refuses a second order of a reference\n" in err
    assert "credentials" not in err


def test_several_profiles_are_chosen_by_name_and_all_means_those_of_the_config(world: World, run: Run) -> None:
    world.config.write_text("".join(f"[profiles.{name}]\nvendor = 'onebox'\nurl = 'sandbox:'\n" for name in "abc"))

    def profiles(*args: str) -> list[str]:
        code, out, _ = run(*args, "-o", "json")
        assert code == 0
        return [*dict.fromkeys(f["profile"] for f in json.loads(out)["findings"] if f["profile"])]

    assert profiles("-p", "c,a") == profiles("-p", "c,,a,") == ["c", "a"]
    assert profiles("-p", "all") == profiles() == ["a", "b", "c"]
    world.monkeypatch.setenv("ORDERCTL_PROFILE", "sandbox-onebox")
    assert profiles() == profiles("--cron") == ["sandbox-onebox"], "as a crontab names it"
    world.shell()
    assert profiles("--cron") == ["sandbox-onebox"], "the crontab sets it as this shell does"


def test_quiet_leaves_out_what_is_good(world: World, run: Run) -> None:
    assert run("-q") == (0, "", "")
    world.secrets.chmod(0o644)
    code, out, _ = run("-q")
    assert code == 4
    assert [line.split("\t")[:3] for line in out.splitlines()[1:]] == [["problem", "shop", "credentials"]]


def test_what_cron_does_not_have_is_reported_without_the_login_of_a_proxy(world: World, run: Run) -> None:
    world.shell(HTTPS_PROXY=f"http://user:{CANARY}@proxy:3128", SSL_CERT_FILE="/etc/ssl/certs/ca-certificates.crt")
    code, out, _ = run("--cron")
    assert (code, len(out.splitlines())) == (3, 1)
    assert "put a line into the crontab: HTTPS_PROXY=http://proxy:3128; next: crontab -e" in out
    assert CANARY not in out


def test_a_list_keeps_how_it_ended_and_a_dry_run_does_not(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["list", "-n"]) == 0
    assert ended.read(world.state, "shop")["list"].at < NOW
    assert cli.run(["list"]) == 0
    good = ended.read(world.state, "shop")["list"]
    assert (good.code, good.good_at) == (0, good.at)
    assert good.at > NOW
    world.secrets.chmod(0o644)
    assert cli.run(["list"]) == 4
    bad = ended.read(world.state, "shop")["list"]
    assert (bad.code, bad.good_at) == (4, good.at)
    assert cli.run(["doctor", "-p", "shop"]) == 4
    assert "the last list ended 0 seconds ago with exit code 4; the last good one was" in capsys.readouterr().out


@pytest.mark.parametrize(
    "content", ["", "[]", '{"at": 1}', '{"at": "2026-01-01", "code": 0, "good_at": null}', "x" * 2000]
)
def test_how_a_run_ended_breaks_nothing_where_it_cannot_be_read(tmp_path: Path, content: str) -> None:
    ended.note(tmp_path, "a.b", "list", 0, at=NOW)
    assert ended.read(tmp_path, "a.b") == {"list": ended.Ended(at=NOW, code=0, good_at=NOW)}
    assert ended.read(tmp_path, "a") == {}
    (tmp_path / "ended" / "a.b.list").write_text(content)
    assert {run.at.tzinfo for run in ended.read(tmp_path, "a.b").values()} <= {dt.UTC}, "it can be compared"


def test_the_file_system_is_that_of_the_nearest_mount(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = tmp_path / "mounts"
    monkeypatch.setattr(place, "MOUNTS", table)
    assert place.mounted(tmp_path) == (Path("/"), "", frozenset())
    inside = tmp_path / "a b"
    inside.mkdir()
    named = str(inside).replace(" ", "\\040")
    table.write_text(f"{DISK}x {tmp_path} ext4 rw 0 0\nold {named} ext4 rw 0 0\nx {named} tmpfs rw 0 0\nodd\n")
    assert place.mounted(inside / "c") == (inside, "tmpfs", frozenset({"rw"}))
    assert place.mounted(tmp_path)[1] == "ext4"


@pytest.mark.parametrize(
    "headers, says",
    [
        ({}, None),
        ({"date": "yesterday"}, None),
        ({"date": "Fri, 27 Nov 2026 12:00:30 GMT"}, "agrees with that of OneBox"),
        ({"date": "Fri, 27 Nov 2026 11:00:00 GMT", "age": "3590"}, "agrees with that of OneBox"),
        ({"date": "Fri, 27 Nov 2026 10:00:00 GMT"}, "is 2 hours ahead of that of OneBox"),
        ({"date": "Fri, 27 Nov 2026 12:01:30 -0000"}, "is 2 minutes behind that of OneBox"),
    ],
)
def test_the_clock_is_compared_with_the_date_of_an_answer(headers: dict[str, str], says: str | None) -> None:
    at = dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC)
    profile = Profile(name="shop", vendor="onebox", url="https://shop.example.com")
    found = [*reach.clock(headers, at, vendor=registry.vendor("onebox"), profile=profile)]
    assert [says in f.message for f in found if says] == ([True] if says else [])
    assert bool(found) == bool(says)


def test_the_worst_problem_gives_the_exit_code() -> None:
    found = [problem("x", error("", code="")) for error in (Temporary, Refused, Conflict, CredentialError, ConfigError,
                                                             MachineRefused, OutcomeUnknown)]  # fmt: skip
    assert [f.exit for f in problems(found)] == [8, 14, 3, 4, 6, 12, 9]
    assert exit_code(found) == 8
    assert exit_code([good("x", ""), warning("x", "", "")]) == 0


def test_what_explains_that_no_run_ended_well_comes_before_it(world: World, run: Run) -> None:
    old_run(world)
    world.secrets.unlink()
    code, out, _ = run("--cron", "--max-age", "1d")
    assert (code, [line.split(": ")[2] for line in out.splitlines()]) == (4, ["credentials", "max-age"])


def test_secrets_that_are_missing_are_reported_once(world: World, run: Run) -> None:
    world.secrets.unlink()
    assert run()[1].count("no login and no password") == 1


def test_on_a_terminal_it_is_a_page_that_keeps_commands_whole() -> None:
    command = "install -m 600 /dev/null /home/ann/.config/orderctl/shop.json"
    found = [
        good("config", "/home/ann/.config/orderctl/config.toml: 1 profile (shop)"),
        replace(good("profile", "OneBox, https://shop.example.com"), profile="shop"),
        problem("credentials", CredentialError("no login and no password: cron cannot use the keyring", hint=command),
                profile="shop"),
    ]  # fmt: skip
    assert page([finding_document(f) for f in found], TerminalStyle(60, colour=False)) == snapshot("""\
This machine
  ok       config       /home/ann/.config/orderctl/config.toml:
                        1 profile (shop)

Profile shop
  ok       profile      OneBox, https://shop.example.com
  problem  credentials  no login and no password: cron
                        cannot use the keyring
                        next: install -m 600 /dev/null /home/ann/.config/orderctl/shop.json

1 problem
""")
    assert "\x1b[31mproblem\x1b[0m" in page([finding_document(found[2])], TerminalStyle(80, colour=True))
    assert page([], TerminalStyle(80, colour=False)) == "No problem found\n"


def test_a_secret_is_hidden_before_a_message_is_wrapped() -> None:
    found = finding_document(warning("vendor", f"it said: {'word ' * 9}my secret words", "look"))
    shown = page([found], TerminalStyle(60, colour=False), redact=lambda text: text.replace("my secret words", "***"))
    assert "***" in shown
    assert "secret" not in shown


def test_a_run_that_is_ended_shows_what_it_found_and_is_not_complete(world: World, run: Run) -> None:
    late = http.Clock(now=lambda: 1e12)
    world.monkeypatch.setattr(http, "Clock", lambda **_: late)
    code, out, err = run("-o", "json", "--deadline", "60")
    assert (code, json.loads(out)["complete"]) == (124, False)
    assert json.loads(err)["error"]["exit"] == 124


def test_a_write_under_an_earlier_url_of_the_profile_is_not_reconciled_there(world: World, run: Run) -> None:
    add(State.UNKNOWN)(world)
    malformed_proxy(world)
    first = run("--cron")[1].partition("\n")[0]
    assert f"recorded under onebox {world.url}, and the profile points at onebox https://shop.example.com" in first
    assert first.endswith("next: orderctl journal list --outcome unresolved -p shop")


def test_a_variable_that_changes_nothing_is_not_missed_in_cron(world: World, run: Run) -> None:
    world.shell(XDG_CONFIG_HOME=str(world.home / ".config"), XDG_STATE_HOME=str(world.home / ".local/state"))
    assert run("--cron") == (0, "", "")
    world.shell(XDG_STATE_HOME=str(world.home / "elsewhere"))
    code, out, _ = run("--cron")
    assert (code, out.count("\n")) == (3, 1)
    assert "XDG_STATE_HOME is set in this shell" in out


def test_a_vendor_without_a_login_is_asked_without_one(world: World, run: Run) -> None:
    world.secrets.unlink()
    code, out, _ = run("--cron", "-o", "json")
    states = {f["check"]: f["state"] for f in json.loads(out)["findings"]}
    assert code == 4
    assert (states["credentials"], states["vendor"], states["clock"]) == ("problem", "ok", "ok")


@pytest.mark.parametrize("name, first", [("csv", "state,profile,check,message,remedy"), ("ids", "version")])
def test_every_format_is_there(world: World, run: Run, name: str, first: str) -> None:
    assert world.secrets.exists()
    assert run("-o", name)[1].splitlines()[0] == first


@pytest.mark.parametrize(
    "plant, says",
    [
        (tables("overlay"), "is in a container"),
        (lambda w: w.state.chmod(0o770), "can be written by others; next: chmod 700 "),
        (lambda w: w.monkeypatch.setattr(place, "LITTLE", 10**18), "make room; next: df -h "),
        (lambda w: w.profile("allow_http = true\n", url="http://shop.example.com"), "unencrypted; next: use https://"),
    ],
)  # fmt: skip
def test_a_warning_is_not_a_reason_for_a_mail(
    world: World, run: Run, plant: Callable[[World], object], says: str
) -> None:
    plant(world)
    code, _, err = run("-n")
    assert code == 0
    assert [says in line for line in err.splitlines() if line.startswith("orderctl: warning: ")] == [True]


def test_a_machine_without_a_keyring_shows_how_to_keep_secrets_in_a_file(world: World, run: Run) -> None:
    world.profile("")
    world.monkeypatch.setattr("orderctl.credentials.chain.BACKENDS", {"linux": ("keyring.backends.null.None",)})
    code, out, _ = run("-q", "-o", "csv", "--fields", "check,remedy")
    assert code == 4
    assert out.splitlines()[8] == f"credentials,{ADD.format(home=world.home)}"
