"""What each trouble with a secret is called, by message, hint and code; the limits; which keyring is taken."""

import json
import os
import signal
import stat
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from orderctl.backend.vendor import Profile, Vendor
from orderctl.credentials import chain
from orderctl.credentials.chain import Credentials, SecretStatus, rejected
from orderctl.credentials.sources import MAX_BYTES, clean, read_file, read_object, run
from orderctl.errors import CredentialError
from orderctl.redaction import HIDDEN, is_secret, redact

Make = Callable[..., Credentials]
Private = Callable[..., Path]
Keyring = Callable[[str], dict[str, str]]

RERUN = "run it by hand to see why; it must print one JSON object"
OBJECT = 'it takes one JSON object: {"FIELD": "VALUE", …}'
AROUND = "set ORDERCTL_MY_SHOP_LOGIN and ORDERCTL_MY_SHOP_PASSWORD, or a secrets_file or credential_command"
ROUND = f"{AROUND} in the profile (orderctl help credentials)"


def told(work: Callable[[], object], *, code: str = "credentials.unreadable") -> tuple[str, str]:
    """Return the message and the hint of the error that some work raises."""
    with pytest.raises(CredentialError) as caught:
        work()
    assert (caught.value.code, caught.value.exit_code) == (code, 4)
    return caught.value.message, caught.value.hint


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


# Files


def test_what_is_wrong_with_a_file_is_reported_with_a_way_out(private: Private, tmp_path: Path) -> None:
    file = private("f", "x")
    assert told(lambda: read_file(file / "below")) == (
        f"cannot read {file / 'below'}: Not a directory",
        f"it must be yours: chmod 600 {file / 'below'}",
    )
    assert told(lambda: read_file(tmp_path)) == (f"{tmp_path} is not a regular file", "name a file of mode 0600")
    large = private("large", b"x" * (MAX_BYTES + 1))
    assert told(lambda: read_file(large)) == (f"{large} has more than 65536 bytes: too many for a secret", "")
    with pytest.raises(FileNotFoundError):
        read_file(tmp_path / "none")


def test_a_file_may_have_as_many_bytes_as_are_given_and_is_closed(private: Private) -> None:
    before = len(list(Path("/dev/fd").iterdir()))
    assert len(read_file(private("f", b"x" * MAX_BYTES))) == MAX_BYTES
    assert len(list(Path("/dev/fd").iterdir())) == before


def test_a_file_of_root_may_be_read_and_one_of_somebody_else_is_to_be_copied(
    private: Private, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, owner = private("f", "text"), [0]
    status = path.stat()

    def fstat(_descriptor: int) -> os.stat_result:
        return os.stat_result((status.st_mode, 1, 1, 1, owner[0], *status[5:]))

    monkeypatch.setattr(os, "getuid", lambda: 4711)
    monkeypatch.setattr(os, "fstat", fstat)
    assert read_file(path) == "text"
    owner[0] = 4711
    assert read_file(path) == "text"
    owner[0] = 4712
    assert told(lambda: read_file(path)) == (
        f"{path} belongs to another user",
        f"copy it, then: chmod 600 {path}",
    )


@pytest.mark.parametrize("mode", [0o604, 0o602, 0o601, 0o640, 0o620, 0o610])
def test_every_right_of_others_counts(private: Private, mode: int) -> None:
    path = private("f", "text", mode)
    assert told(lambda: read_file(path))[0].endswith(f"(mode {mode:04o})")
    if mode == 0o640:
        assert read_file(path, group_may_read=True) == "text"
    else:
        told(lambda: read_file(path, group_may_read=True))


def test_the_file_of_one_secret_is_named_where_it_holds_more(
    make: Make, private: Private, profile: Profile, vendor: Vendor
) -> None:
    key, path = "ORDERCTL_MY_SHOP_LOGIN_FILE", private("two", "one\ntwo\n")
    assert told(lambda: make({key: str(path)}).read(profile, vendor)) == (
        f"{key}: {path} holds a line break or control character",
        "store it again, on one line",
    )


def test_what_systemd_gives_may_be_read_by_its_group_and_is_named(
    make: Make, private: Private, profile: Profile, vendor: Vendor
) -> None:
    path = private("orderctl.my-shop.login", "me", 0o440)
    environ = {"CREDENTIALS_DIRECTORY": str(path.parent), "ORDERCTL_MY_SHOP_PASSWORD": "word"}
    credentials = make(environ)
    assert credentials.sources == {}, "nothing was read yet"
    assert credentials.read(profile, vendor) == {"login": "me", "password": "word"}
    assert credentials.sources == {
        "login": "systemd credential orderctl.my-shop.login",
        "password": "environment variable ORDERCTL_MY_SHOP_PASSWORD",
    }


def test_each_source_has_its_name(make: Make, private: Private, profile: Profile, vendor: Vendor) -> None:
    path = private("f", "me")
    key = "ORDERCTL_MY_SHOP_LOGIN_FILE"
    secrets = private("s.json", '{"password": "word"}')
    credentials = make({key: str(path)})
    credentials.read(replace(profile, secrets_file=str(secrets)), vendor)
    assert credentials.sources == {"login": f"file {path} ({key})", "password": f"secrets_file {secrets}"}
    command = python('print(\'{"login": "a", "password": "b"}\')')
    credentials = make(stdin_json='{"login": "me"}')
    credentials.read(replace(profile, credential_command=command), vendor)
    assert credentials.sources == {"login": "--secrets-stdin", "password": f"credential_command {sys.executable!r}"}


# Texts


def test_a_text_that_is_invalid_is_reported_with_what_it_should_be(
    make: Make, private: Private, profile: Profile, vendor: Vendor
) -> None:
    assert told(lambda: read_object("{", "f"))[1] == OBJECT
    assert told(lambda: read_object("[]", "f")) == ("f is not a JSON object", OBJECT)
    assert told(lambda: read_object('{"a": {}}', "f")) == ("f: 'a' is not a text", OBJECT)
    assert told(lambda: make(stdin_json="[]").read(profile, vendor))[0] == "--secrets-stdin is not a JSON object"
    path = str(private("s.json", "[]"))
    asked = replace(profile, secrets_file=path)
    assert told(lambda: make().read(asked, vendor))[0] == f"{path} is not a JSON object"


@pytest.mark.parametrize("char", ["\0", "\n", "\r", "\t", "\x1f", "\x7f"])
def test_no_control_character_is_sent(char: str) -> None:
    assert told(lambda: clean(f"a{char}b", "it"))[0] == "it holds a line break or control character"


def test_what_can_be_sent_stays_as_it_is() -> None:
    for value in ("", " a b ", "~\x80é茶", "!"):
        assert clean(value, "it") == value
    assert told(lambda: clean("\ud800", "it")) == ("it is not UTF-8 text", "store it again")


# Commands


@pytest.mark.parametrize(
    "code, problem",
    [
        ("import sys; sys.exit(3)", "failed with exit code 3"),
        (f"print('x' * {MAX_BYTES})", "printed more than 65536 bytes"),
        ("while True: print('x' * 10_000)", "printed more than 65536 bytes"),
        ("import os; os.write(1, bytes([255]))", "printed what is not UTF-8 text"),
        ("import time; time.sleep(60)", "did not end within 0.2 seconds"),
        ("import os, time; os.close(1); time.sleep(60)", "did not end within 0.2 seconds"),
    ],
)
def test_what_is_wrong_with_a_command_is_reported_with_a_way_out(code: str, problem: str) -> None:
    patience = 0.2 if "sleep" in code else 10.0
    assert told(lambda: run(python(code), environ={}, patience=patience)) == (
        f"credential_command {sys.executable!r} {problem}",
        RERUN,
    )


def test_a_command_that_cannot_be_started_is_reported() -> None:
    for command, why in (("/nowhere/x", "No such file or directory"), ("x\0y", "it cannot be started")):
        assert told(lambda: run((command,), environ={})) == (  # noqa: B023
            f"credential_command {command!r}: {why}",
            "check it in the config file",
        )


def test_a_command_has_the_variables_of_the_run_and_a_session_of_its_own() -> None:
    code = "import os; print(os.environ.get('X'), os.environ.get('HOME'), os.getsid(0) == os.getpid(), end='')"
    assert run(python(code), environ={"X": "1"}) == "1 None True"
    assert len(run(python(f"print('x' * {MAX_BYTES}, end='')"), environ={})) == MAX_BYTES


def test_a_command_reads_nothing_of_our_standard_input() -> None:
    reader, writer = os.pipe()
    os.write(writer, b"typed for us")
    os.close(writer)
    before = os.dup(0)
    os.dup2(reader, 0)
    try:
        assert run(python("import sys; print(repr(sys.stdin.read()), end='')"), environ={}) == "''"
        assert os.read(reader, 100) == b"typed for us"
    finally:
        os.dup2(before, 0)
        os.close(before)
        os.close(reader)


def test_no_thread_that_is_left_behind_keeps_the_run_from_ending(
    monkeypatch: pytest.MonkeyPatch, make: Make, keyring: Keyring, profile: Profile, vendor: Vendor
) -> None:
    made: list[bool | None] = []

    class Noted(threading.Thread):
        def __init__(self, **more: Any) -> None:
            super().__init__(**more)
            made.append(self.daemon)

    monkeypatch.setattr(threading, "Thread", Noted)
    run(python(""), environ={})
    make(keyring("Good")).status(profile, vendor)
    assert made == [True, True]


def test_a_command_that_is_gone_when_it_is_to_be_killed_is_reported_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    killed: list[int] = []
    killpg = os.killpg

    def gone(group: int, number: int) -> None:
        killed.append(number)
        killpg(group, number)
        raise ProcessLookupError

    monkeypatch.setattr(os, "killpg", gone)
    message, _ = told(lambda: run(python("import time; time.sleep(60)"), environ={}, patience=0.1))
    assert message.endswith("did not end within 0.1 seconds")
    assert killed == [signal.SIGKILL]


def test_a_command_that_ended_is_not_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "killpg", None)
    assert run(python("print('x', end='')"), environ={}) == "x"


# The chain


@pytest.mark.parametrize(
    "sources, advice",
    [
        ({"login": "prompt", "password": "prompt"}, "check the login and password you typed"),
        ({"login": "prompt"}, "check the login you typed"),
        (
            {"login": "keyring (SecretService)", "password": "keyring (SecretService)"},
            "log in again; rejected: login and password from the keyring (SecretService)",
        ),
        (
            {"login": "--secrets-stdin", "password": "prompt", "code": "keyring (X)"},
            "fix it at its source: login from --secrets-stdin, password as you typed it, code from the keyring (X)",
        ),
        (
            {"login": "environment variable A", "password": "environment variable A"},
            "fix it at its source: login and password from the environment variable A",
        ),
    ],
)
def test_a_login_that_was_rejected_is_to_be_fixed_where_it_came_from(sources: dict[str, str], advice: str) -> None:
    assert rejected(sources, login="log in again") == advice


def test_what_is_typed_is_hidden_before_it_is_used_and_must_be_one_line(
    make: Make, profile: Profile, vendor: Vendor
) -> None:
    canary = "canary-typed-1f"
    credentials = make(prompt=lambda _label: canary)
    credentials.read(profile, vendor)
    assert (redact(f"say {canary}"), is_secret("login"), is_secret("password")) == (f"say {HIDDEN}", True, True)
    assert credentials.sources == {"login": "prompt", "password": "prompt"}
    assert told(lambda: make(prompt=lambda _label: "a\nb").read(profile, vendor)) == (
        "'login' holds a line break or control character",
        "store it again, on one line",
    )


def test_what_is_stored_is_hidden_also_where_the_keyring_fails(
    make: Make, keyring: Keyring, profile: Profile, vendor: Vendor
) -> None:
    canary = "canary-stored-2e"
    told(
        lambda: make(keyring("Locked")).store(profile, vendor, {"password": canary}), code="credentials.keyring_locked"
    )
    assert (redact(canary), is_secret("password")) == (HIDDEN, True)


@pytest.mark.parametrize(
    "name, code, message, hint",
    [
        ("Locked", "locked", "the keyring is locked", f"unlock it, or {ROUND}"),
        ("Broken", "broken", "the keyring cannot be used: RuntimeError: no sense", ROUND),
        ("Plain", "unsafe", "the keyring backend fake_keyring.Plain is not one that protects secrets", ROUND),
    ],
)
def test_a_keyring_that_cannot_be_used_is_reported_before_anybody_types(
    make: Make, keyring: Keyring, profile: Profile, vendor: Vendor, name: str, code: str, message: str, hint: str
) -> None:
    code = f"credentials.keyring_{code}"
    assert told(lambda: make(keyring(name)).open(profile, vendor), code=code) == (message, hint)
    optional = replace(vendor, secrets=tuple(replace(secret, required=False) for secret in vendor.secrets[:2]))
    assert told(lambda: make(keyring(name)).open(profile, optional), code=code) == (message, hint)
    make(keyring("Good")).open(profile, vendor)


def test_a_keyring_is_opened_by_what_a_login_would_ask_it_first(
    make: Make, keyring: Keyring, profile: Profile, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    credentials = make(keyring("Good"))
    asked: list[tuple[Any, ...]] = []
    credentials.open(profile, vendor)
    credentials._backend.get_password = lambda *given: asked.append(given)  # noqa: SLF001
    monkeypatch.setattr(credentials, "_keyring", lambda *, look: credentials._backend if look else None)  # noqa: SLF001
    credentials.open(profile, vendor)
    assert asked == [("orderctl", "my-shop/login")]


def test_a_secret_that_was_stored_and_lost_has_a_code(
    make: Make, keyring: Keyring, profile: Profile, vendor: Vendor
) -> None:
    lost = {"login": "me", "password": "word"}
    assert told(lambda: make(keyring("Forgetful")).store(profile, vendor, lost), code="credentials.keyring_unsafe") == (
        "SecretService took 'login' and did not give it back",
        ROUND,
    )


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Credentials]:
    """Return what makes a chain on a machine with the named backends of fake_keyring.py, by priority."""
    import fake_keyring  # type: ignore[import-not-found]  # noqa: PLC0415

    monkeypatch.setenv("FAKE_KEYRING", str(tmp_path / "store.json"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))

    def made(**priorities: float) -> Credentials:
        for name, priority in priorities.items():
            kind = type(name, (fake_keyring.Good,), {"priority": priority, "__module__": f"x.{name}"})
            monkeypatch.setattr(fake_keyring, name, kind, raising=False)
        monkeypatch.setattr(chain, "_here", lambda: tuple(f"fake_keyring.{name}" for name in priorities))
        return Credentials(environ={}, state=tmp_path / "state")

    return made


def test_of_several_keyrings_the_best_is_taken_and_of_two_as_good_the_first(
    found: Callable[..., Credentials], profile: Profile, vendor: Vendor
) -> None:
    values = {"login": "me"}
    assert found(Low=1, High=5, Middle=3).store(profile, vendor, values) == "High"
    assert found(One=4, Two=4).store(profile, vendor, values) == "One"


def test_a_login_looks_for_a_keyring_whatever_was_noted_and_later_runs_do_not(
    found: Callable[..., Credentials], profile: Profile, vendor: Vendor, tmp_path: Path
) -> None:
    found(Low=1).store(profile, vendor, {"login": "me"})
    note = tmp_path / "state" / "keyring.json"
    assert json.loads(note.read_text()) == {"backend": "x.Low.Low"}
    assert stat.S_IMODE(note.stat().st_mode) == 0o600
    note.write_text('{"backend": "fake_keyring.Low"}')
    later = found(Low=1, High=5)
    later.status(profile, vendor)
    assert type(later._backend).__name__ == "Low"  # noqa: SLF001
    later.open(profile, vendor)
    assert type(later._backend).__name__ == "High"  # noqa: SLF001
    assert found(Low=1, High=5).store(profile, vendor, {"login": "me"}) == "High"


def test_a_machine_without_a_keyring_has_the_ways_around_it(
    found: Callable[..., Credentials], profile: Profile, vendor: Vendor
) -> None:
    login = {"login": "me", "password": "word"}
    assert told(lambda: found().store(profile, vendor, login), code="credentials.keyring_absent") == (
        "there is no keyring on this machine",
        ROUND,
    )


def test_each_platform_has_its_own_keyrings_and_one_that_nobody_knows_those_of_linux(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for platform, first in (
        ("darwin", "keyring.backends.macOS.Keyring"),
        ("win32", "keyring.backends.Windows.WinVaultKeyring"),
        ("linux", "keyring.backends.SecretService.Keyring"),
        ("freebsd14", "keyring.backends.SecretService.Keyring"),
    ):
        monkeypatch.setattr(sys, "platform", platform)
        assert chain._here()[0] == first  # noqa: SLF001
    assert {*chain._here()} == {*chain.BACKENDS["linux"]}  # noqa: SLF001


def test_a_long_word_of_a_broken_keyring_is_cut() -> None:
    error = chain._translated(RuntimeError("x" * 300))  # noqa: SLF001
    assert error.message == f"the keyring cannot be used: RuntimeError: {'x' * 200}"
    assert chain._translated(RuntimeError()).message == "the keyring cannot be used: RuntimeError"  # noqa: SLF001


def test_what_is_missing_has_a_status_without_a_source_and_only_a_needed_one_a_problem(
    make: Make, keyring: Keyring, profile: Profile, vendor: Vendor
) -> None:
    login, password, key = vendor.secrets
    assert make(keyring("Locked")).status(profile, vendor) == [
        SecretStatus(login, None, "the keyring is locked"),
        SecretStatus(password, None, "the keyring is locked"),
        SecretStatus(key, None, None),
    ]


def test_a_secret_of_the_sandbox_has_no_problem_and_one_that_is_missing_no_source(
    profile: Profile, vendor: Vendor
) -> None:
    first = Credentials(environ={}, state=Path("/nowhere")).status(replace(profile, url="sandbox:"), vendor)[0]
    assert (first.source, first.problem) == ("built in", None)
    missing = SecretStatus(vendor.secrets[0])
    assert (missing.source, missing.problem) == (None, None)


def test_trouble_with_the_keyring_keeps_its_code_and_its_way_out(
    make: Make, keyring: Keyring, profile: Profile, vendor: Vendor
) -> None:
    message, hint = told(lambda: make(keyring("Locked")).read(profile, vendor), code="credentials.keyring_locked")
    assert message == (
        "no login and no password for profile 'my-shop' (Acme): tried ORDERCTL_MY_SHOP_LOGIN, "
        "ORDERCTL_MY_SHOP_PASSWORD; the keyring is locked"
    )
    assert hint == f"unlock it, or {ROUND}"
    asked = make(keyring("Locked"), prompt=lambda _label: "")
    message, hint = told(lambda: asked.read(profile, vendor), code="credentials.keyring_locked")
    assert message.startswith(
        "no login for profile 'my-shop' (Acme): tried ORDERCTL_MY_SHOP_LOGIN; the keyring is locked"
    )
    assert hint.startswith("unlock it, or set ORDERCTL_MY_SHOP_LOGIN, or a secrets_file")


def test_without_trouble_the_way_out_is_a_login_or_the_ways_around_it(
    make: Make, keyring: Keyring, profile: Profile, vendor: Vendor
) -> None:
    _, hint = told(lambda: make(keyring("Good")).read(profile, vendor), code="credentials.missing")
    assert hint == f"log in: orderctl auth login -p my-shop; or {ROUND}"


def test_a_login_was_kept_only_where_there_is_a_note(
    make: Make, keyring: Keyring, profile: Profile, vendor: Vendor, tmp_path: Path
) -> None:
    assert not make().used
    make(keyring("Good")).store(profile, vendor, {"login": "me"})
    assert make().used
    (tmp_path / "file").touch()
    assert not Credentials(environ={}, state=tmp_path / "file").used
