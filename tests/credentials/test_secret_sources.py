import contextlib
import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from orderctl.backend.vendor import Profile, Vendor
from orderctl.credentials import sources as secret_sources
from orderctl.credentials.chain import Credentials
from orderctl.credentials.sources import read_file, read_object, run
from orderctl.errors import CredentialError

Make = Callable[..., Credentials]
Private = Callable[..., Path]

CANARY = "canary-3f81c2"


def test_a_private_file_is_read(private: Private) -> None:
    assert read_file(private("f", "text")) == "text"
    assert read_file(private("g", "text", 0o400)) == "text"


def test_a_link_to_a_private_file_is_followed(private: Private, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(private("f", "text"))
    assert read_file(tmp_path / "link") == "text"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666, 0o601])
def test_a_file_that_others_can_reach_is_refused_with_the_command_that_fixes_it(private: Private, mode: int) -> None:
    path = private("f", CANARY, mode)
    with pytest.raises(CredentialError) as caught:
        read_file(path)
    assert caught.value.message == f"{path} can be read or written by others (mode {mode:04o})"
    assert caught.value.hint == f"chmod 600 {path}"


def test_systemds_access_list_shows_as_a_group_bit(private: Private) -> None:
    assert read_file(private("f", "text", 0o440), group_may_read=True) == "text"
    with pytest.raises(CredentialError):
        read_file(private("g", "text", 0o444), group_may_read=True)


def test_a_file_of_somebody_else_is_refused(private: Private, monkeypatch: pytest.MonkeyPatch) -> None:
    path = private("f", CANARY)
    owner = path.stat().st_uid
    if owner == 0:
        os.chown(path, 12345, -1)
    else:
        monkeypatch.setattr(os, "getuid", lambda: owner + 1)
    with pytest.raises(CredentialError, match="belongs to another user"):
        read_file(path)


def test_what_is_not_a_regular_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo", 0o600)
    for path in (tmp_path / "fifo", tmp_path):
        with pytest.raises(CredentialError, match="is not a regular file"):
            read_file(path)


def test_a_file_that_cannot_be_opened_is_reported(private: Private) -> None:
    with pytest.raises(CredentialError, match=r"cannot read .*: Not a directory"):
        read_file(private("f", "x") / "below")


def test_a_large_or_binary_file_is_refused(private: Private) -> None:
    with pytest.raises(CredentialError, match="has more than 65536 bytes"):
        read_file(private("f", "x" * 65_537))
    with pytest.raises(CredentialError, match="is not UTF-8 text") as caught:
        read_file(private("g", CANARY.encode() + b"\xff"))
    assert caught.value.__suppress_context__


def test_the_file_of_one_secret_loses_its_byte_order_mark_and_its_line_end_alone(
    make: Make, private: Private, profile: Profile, vendor: Vendor
) -> None:
    environ = {
        "ORDERCTL_MY_SHOP_LOGIN_FILE": str(private("a", " me \n")),
        "ORDERCTL_MY_SHOP_PASSWORD_FILE": "~/b",
        "ORDERCTL_MY_SHOP_PUSH_KEY_FILE": str(private("c", "\n")),
    }
    private("b", "\ufeffword\r\n")
    assert make(environ).read(profile, vendor) == {"login": " me ", "password": "word"}


def test_a_file_variable_that_names_nothing_is_an_error_of_its_own(
    make: Make, private: Private, profile: Profile, vendor: Vendor
) -> None:
    key = "ORDERCTL_MY_SHOP_LOGIN_FILE"
    with pytest.raises(CredentialError) as caught:
        make({key: "/nowhere/x"}).read(profile, vendor)
    assert caught.value.message == f"{key} names /nowhere/x, which does not exist"
    assert caught.value.hint == f"make it or unset {key}"
    path = private("open", CANARY, 0o644)
    with pytest.raises(CredentialError, match=f"^{key}: .*others") as caught:
        make({key: str(path)}).read(profile, vendor)
    assert caught.value.hint == f"chmod 600 {path}"


def test_a_number_is_read_as_its_digits_and_null_as_nothing() -> None:
    assert read_object('{"openid": 5207936718209234955, "x": null, "y": ""}', "f") == {
        "openid": "5207936718209234955",
        "y": "",
    }


@pytest.mark.parametrize(
    "text, problem",
    [
        (f'{{"password": {CANARY}}}', "f is not JSON (line 1, column 14)"),
        (f'{{"password": "{CANARY}"', "f is not JSON (line 1, column 29)"),
        (CANARY, "f is not JSON"),
        ("", "f is not JSON"),
        ("[" * 100_000, "f is not JSON"),
        (f'["{CANARY}"]', "f is not a JSON object"),
        (f'"{CANARY}"', "f is not a JSON object"),
        (f'{{"password": ["{CANARY}"]}}', "f: 'password' is not a text"),
        ('{"password": true}', "f: 'password' is not a text"),
        ('{"password": 1.5}', "f: 'password' is not a text"),
        (f'{{"password": "{CANARY}\\n"}}', "f: 'password' holds a line break or control character"),
        (f'{{"password": "{CANARY}\\ud800"}}', "f: 'password' is not UTF-8 text"),
    ],
)
def test_an_object_that_is_invalid_is_reported_without_its_text(text: str, problem: str) -> None:
    with pytest.raises(CredentialError) as caught:
        read_object(text, "f")
    error = caught.value
    assert error.message.startswith(problem)
    assert CANARY not in error.message + error.hint
    assert error.__cause__ is None
    assert error.__suppress_context__ or error.__context__ is None


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def test_a_command_prints_the_secrets_without_a_shell() -> None:
    printed = run((*python("import sys; print(sys.argv[1:], repr(sys.stdin.read()))"), "$HOME; ls"), environ=os.environ)
    assert printed == "['$HOME; ls'] ''\n"


def test_a_commands_own_words_are_never_shown(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CredentialError) as caught:
        run(
            python(f"import sys; print({CANARY!r}); print({CANARY!r}, file=sys.stderr); sys.exit(3)"),
            environ=os.environ,
        )
    assert caught.value.message == f"credential_command {sys.executable!r} failed with exit code 3"
    assert "run it by hand" in caught.value.hint
    assert CANARY not in repr(caught.value) + "".join(capfd.readouterr())


@pytest.mark.parametrize(
    "code, problem",
    [
        ("print('x' * 70_000)", "printed more than 65536 bytes"),
        (f"import os; os.write(1, b'{CANARY}' + bytes([255]))", "printed what is not UTF-8 text"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", "failed with exit code -15"),
    ],
)
def test_a_commands_bad_answer_is_reported(code: str, problem: str) -> None:
    with pytest.raises(CredentialError) as caught:
        run(python(code), environ=os.environ)
    assert problem in caught.value.message
    assert CANARY not in caught.value.message


def test_a_command_that_does_not_exist_is_reported() -> None:
    for command in ("/nowhere/x", "x\0y"):
        with pytest.raises(CredentialError, match=r"^credential_command "):
            run((command,), environ=os.environ)


def living(group: int) -> list[str]:
    """Return the processes of a group that have not ended; one that nobody waited for has."""
    fields = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields.append(status.read_text().rpartition(")")[2].split())
    return [f[1] for f in fields if int(f[2]) == group and f[0] not in "ZX"]


@pytest.mark.parametrize(
    "code",
    [
        "import time; time.sleep(60)",
        "import os, time; os.close(1); time.sleep(60)",
        "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])",
    ],
    ids=["asleep", "silent", "a grandchild holds the pipe"],
)
def test_a_command_that_does_not_end_is_killed_with_its_children(code: str, tmp_path: Path) -> None:
    mark = tmp_path / "pids"
    before = f"import os; open({str(mark)!r}, 'w').write(str(os.getpid())); "
    started = time.monotonic()
    with pytest.raises(CredentialError, match=r"did not end within 0\.5 seconds"):
        run(python(before + code), environ=os.environ, patience=0.5)
    assert time.monotonic() - started < 5
    while living(int(mark.read_text())):
        assert time.monotonic() - started < 5


def test_where_there_are_not_process_groups_the_command_alone_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    started = time.monotonic()
    monkeypatch.delattr(os, "killpg")
    with pytest.raises(CredentialError, match="did not end"):
        run(python("import time; time.sleep(60)"), environ=os.environ, patience=0.3)
    assert time.monotonic() - started < 5


def test_on_windows_the_file_system_has_no_modes(private: Private, monkeypatch: pytest.MonkeyPatch) -> None:
    path = private("f", "text", 0o644)
    monkeypatch.setattr(secret_sources, "POSIX", False)
    assert read_file(path) == "text"


def test_a_commands_object_fills_what_is_missing(make: Make, profile: Profile, vendor: Vendor) -> None:
    asked = replace(profile, credential_command=python('print(\'{"login": "a", "password": "b"}\')'))
    assert make({"ORDERCTL_MY_SHOP_LOGIN": "me", "PATH": "/bin"}).read(asked, vendor) == {
        "login": "me",
        "password": "b",
    }


def test_a_commands_nonsense_is_reported(make: Make, profile: Profile, vendor: Vendor) -> None:
    asked = replace(profile, credential_command=python(f"print({CANARY!r})"))
    with pytest.raises(CredentialError, match=r"^credential_command .* is not JSON") as caught:
        make().read(asked, vendor)
    assert CANARY not in caught.value.message
