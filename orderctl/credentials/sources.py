"""Secrets out of everything but the keyring: files, JSON texts, variables, commands.

Bounded, checked, and never quoted in a message. A source that is named and cannot be used raises CredentialError.
"""

import contextlib
import json
import os
import signal
import stat
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, cast

from orderctl.backend.vendor import Profile
from orderctl.config.file import variable
from orderctl.errors import CredentialError
from orderctl.frozen import dataclass, field
from orderctl.state.paths import expand

MAX_BYTES = 65_536
"""Bytes that a file or a command's answer may have."""

POSIX = os.name == "posix"
"""Whether files have owners and modes."""

PATIENCE = 10.0
"""Seconds that a command may take."""


@dataclass(frozen=True)
class SecretValue:
    """A secret and the source that had it. Its repr never shows the value."""

    value: str = field(repr=False)
    source: str


@dataclass(frozen=True)
class SecretRequest:
    """What a source is asked for: secrets of a profile by name. `stdin_json` is the text of `--secrets-stdin`."""

    profile: Profile
    names: Sequence[str]
    environ: Mapping[str, str] = field(repr=False)
    stdin_json: str | None = field(default=None, repr=False)


def from_stdin(request: SecretRequest) -> dict[str, SecretValue]:
    """Return what the object on standard input has."""
    if request.stdin_json is None:
        return {}
    return pick(read_object(request.stdin_json, "--secrets-stdin"), request.names, "--secrets-stdin")


def from_systemd(request: SecretRequest) -> dict[str, SecretValue]:
    """Return what systemd put into $CREDENTIALS_DIRECTORY, one file a secret: orderctl.PROFILE.FIELD."""
    folder = request.environ.get("CREDENTIALS_DIRECTORY")
    values: dict[str, SecretValue] = {}
    for name in request.names if folder else ():
        path = Path(str(folder)) / f"orderctl.{request.profile.name}.{name}"
        with contextlib.suppress(FileNotFoundError):
            values |= pick({name: _alone(path, group_may_read=True)}, (name,), f"systemd credential {path.name}")
    return values


def from_file_variables(request: SecretRequest) -> dict[str, SecretValue]:
    """Return what the files hold that ORDERCTL_PROFILE_FIELD_FILE name, one secret each."""
    values: dict[str, SecretValue] = {}
    for name in request.names:
        key = f"{variable_for(request.profile, name)}_FILE"
        given = request.environ.get(key)
        if not given:
            continue
        path = expand(given, request.environ)
        try:
            values |= pick({name: _alone(path)}, (name,), f"file {path} ({key})")
        except FileNotFoundError as error:
            raise unreadable(f"{key} names {path}, which does not exist", hint=f"make it or unset {key}") from error
        except CredentialError as error:
            raise unreadable(f"{key}: {error.message}", hint=error.hint) from error
    return values


def from_secrets_file(request: SecretRequest) -> dict[str, SecretValue]:
    """Return what the profile's `secrets_file` has; nothing where there is no such file."""
    path = request.profile.secrets_file
    if not path:
        return {}
    try:
        return pick(read_object(read_file(Path(path)), path), request.names, f"secrets_file {path}")
    except FileNotFoundError:
        return {}


def from_variables(request: SecretRequest) -> dict[str, SecretValue]:
    """Return what the variables ORDERCTL_PROFILE_FIELD hold."""
    values: dict[str, SecretValue] = {}
    for name in request.names:
        key = variable_for(request.profile, name)
        values |= pick({name: clean(request.environ.get(key, ""), key)}, (name,), f"environment variable {key}")
    return values


def from_command(request: SecretRequest) -> dict[str, SecretValue]:
    """Return what the profile's `credential_command` prints."""
    command = request.profile.credential_command
    if not command:
        return {}
    place = f"credential_command {command[0]!r}"
    return pick(read_object(run(command, environ=request.environ), place), request.names, place)


QUICK = (from_stdin, from_systemd, from_file_variables, from_secrets_file, from_variables)
"""The sources that cost next to nothing, in their order; a command and the keyring come after them."""


def variable_for(profile: Profile, name: str) -> str:
    """Return the environment variable of a profile's secret."""
    return f"ORDERCTL_{variable(profile.name)}_{variable(name)}"


def pick(values: Mapping[str, str], names: Sequence[str], source: str) -> dict[str, SecretValue]:
    """Return the secrets among `names` that a source has; an empty one counts as missing."""
    return {name: SecretValue(values[name], source) for name in names if values.get(name)}


def read_file(path: Path, *, group_may_read: bool = False) -> str:
    """Return the text of a regular file that belongs to this user (or root) and that no other user may read.

    A symbolic link is followed: what it names is checked. `group_may_read` is for systemd, whose access lists show as
    group bits. Raises FileNotFoundError, and CredentialError, naming the file and the way out.
    """
    try:  # a FIFO would block an open that waits for its writer
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    except FileNotFoundError:
        raise
    except OSError as error:
        raise unreadable(f"cannot read {path}: {error.strerror}", hint=f"it must be yours: {_chmod(path)}") from error
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise unreadable(f"{path} is not a regular file", hint="name a file of mode 0600")
        if POSIX:
            _check_owner(path, status, group_may_read=group_may_read)
        content = os.read(descriptor, MAX_BYTES + 1)
    finally:
        os.close(descriptor)
    if len(content) > MAX_BYTES:
        raise unreadable(f"{path} has more than {MAX_BYTES} bytes: too many for a secret")
    try:
        return content.decode()
    except UnicodeDecodeError:  # not chained: the error holds the content
        raise unreadable(f"{path} is not UTF-8 text") from None


def read_object(text: str, place: str) -> dict[str, str]:
    """Return the secrets of a JSON object, field -> value; null is left out.

    A number is read as its digits. Raises CredentialError, never quoting the text.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:  # not chained: the error holds the text
        where = f" (line {error.lineno}, column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        raise unreadable(f"{place} is not JSON{where}", hint=OBJECT) from None
    if not isinstance(found, dict):
        raise unreadable(f"{place} is not a JSON object", hint=OBJECT)
    values: dict[str, str] = {}
    for name, value in found.items():
        if isinstance(value, bool | float | list | dict):
            raise unreadable(f"{place}: {name!r} is not a text", hint=OBJECT)
        if value is not None:
            values[name] = clean(str(value), f"{place}: {name!r}")
    return values


def run(command: Sequence[str], *, environ: Mapping[str, str], patience: float = PATIENCE) -> str:
    """Return what a command prints: no shell, nothing on its standard input, `patience` seconds at most.

    Its standard error is dropped, for it may hold what must not be shown. Raises CredentialError.
    """
    import subprocess  # noqa: PLC0415  (an interpreter start; few profiles have a command)

    place = f"credential_command {command[0]!r}"
    rerun = "run it by hand to see why; it must print one JSON object"
    end = time.monotonic() + patience
    answer: list[bytes] = []
    try:
        process = subprocess.Popen(  # noqa: S603  (the user's own command, from the user's own config)
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=dict(environ),
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it cannot be started"
        raise unreadable(f"{place}: {reason}", hint="check it in the config file") from error

    def drain() -> None:  # in a thread, left behind where a grandchild keeps the pipe open
        with cast("IO[bytes]", process.stdout) as printed:
            answer.append(printed.read(MAX_BYTES + 1))

    reader = threading.Thread(target=drain, daemon=True)
    try:
        reader.start()
        reader.join(patience)
        if not answer:
            raise unreadable(f"{place} did not end within {patience:g} seconds", hint=rerun)
        if len(answer[0]) > MAX_BYTES:
            raise unreadable(f"{place} printed more than {MAX_BYTES} bytes", hint=rerun)
        try:
            code = process.wait(max(0.1, end - time.monotonic()))
        except subprocess.TimeoutExpired as error:
            raise unreadable(f"{place} did not end within {patience:g} seconds", hint=rerun) from error
        if code:
            raise unreadable(f"{place} failed with exit code {code}", hint=rerun)
    finally:
        if process.returncode is None:
            _kill(process.pid)
            process.wait()
    try:
        return answer[0].decode()
    except UnicodeDecodeError:  # not chained: the error holds the answer
        raise unreadable(f"{place} printed what is not UTF-8 text", hint=rerun) from None


def clean(value: str, place: str) -> str:
    """Return a secret that can be sent. Raises CredentialError where it holds what no header or form can carry."""
    if any(c < " " or c == "\x7f" for c in value):
        raise unreadable(f"{place} holds a line break or control character", hint="store it again, on one line")
    try:
        value.encode()
    except UnicodeEncodeError:  # not chained: the error holds the value
        raise unreadable(f"{place} is not UTF-8 text", hint="store it again") from None
    return value


def _alone(path: Path, *, group_may_read: bool = False) -> str:
    """Return the secret that a file holds alone, without the byte-order mark and the line end that editors add."""
    text = read_file(path, group_may_read=group_may_read)
    return clean(text.removeprefix("\ufeff").removesuffix("\n").removesuffix("\r"), str(path))


def unreadable(message: str, *, hint: str = "") -> CredentialError:
    """Return the error of a source that is there and cannot be used."""
    return CredentialError(message, hint=hint, code="credentials.unreadable")


OBJECT = 'it takes one JSON object: {"FIELD": "VALUE", …}'


def _check_owner(path: Path, status: os.stat_result, *, group_may_read: bool) -> None:
    if status.st_uid not in {os.getuid(), 0}:
        raise unreadable(f"{path} belongs to another user", hint=f"copy it, then: {_chmod(path)}")
    others = stat.S_IMODE(status.st_mode) & (0o037 if group_may_read else 0o077)
    if others:
        mode = f"{stat.S_IMODE(status.st_mode):04o}"
        raise unreadable(f"{path} can be read or written by others (mode {mode})", hint=f"{_chmod(path)}")


def _chmod(path: Path) -> str:
    from shlex import quote  # noqa: PLC0415  (only where something is wrong)

    return f"chmod 600 {quote(str(path))}"


def _kill(pid: int) -> None:
    """Kill a command that was not waited for yet, with all that it has started in its session."""
    with contextlib.suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(pid, signal.SIGKILL)
        else:
            os.kill(pid, signal.SIGTERM)
