"""What a bug report needs, in one file that can be sent: no secret, no value of the environment, no customer's data."""

import io
import os
import platform
import re
import stat
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from shlex import quote
from typing import Any

from orderctl import __version__
from orderctl.backend import registry
from orderctl.config.file import MAX_BYTES, TOP_LEVEL
from orderctl.config.profile import COMMON, is_secret_key
from orderctl.errors import ConfigError, MachineRefused, UsageError
from orderctl.redaction import HIDDEN

KINDS = {".zip": "unzip -p {file} | less", ".tar.gz": "tar -xzOf {file} | less", ".tgz": "tar -xzOf {file} | less"}
"""What the name of a bundle ends with, with the command that shows what is in one."""

VARIABLES = re.compile(
    r"ORDERCTL_.*|XDG_.*|SSL_CERT_.*|PYTHON.*|LC_.*|(?:ALL|HTTPS?|NO)_PROXY|CREDENTIALS_DIRECTORY|DBUS_SESSION_BUS_ADDRESS"
    r"|COLUMNS|FORCE_COLOR|HOME|LANG|NO_COLOR|PATH|TERM|TMPDIR|TZ",
    re.IGNORECASE,
)
"""The variables that change what a run does."""

_URL_LOGIN = re.compile(r"//\S*@")
_REQUIREMENT = re.compile(r"[\w.-]+")


def check(path: Path) -> None:
    """Raise UsageError for a name that no bundle has, and for a file that exists."""
    _kind(path)
    if os.path.lexists(path):
        raise UsageError(f"--bundle {path}: the file exists already; nothing was written", hint="name another file")
    if not path.parent.is_dir():
        raise UsageError(f"--bundle {path}: cannot be written: the folder {path.parent} does not exist")


def write(path: Path, texts: Mapping[str, str]) -> None:
    """Write texts, by their names, into a new file that only its owner reads. Raises UsageError, MachineRefused."""
    content = _zip(texts) if _kind(path) == ".zip" else _tar(texts)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return check(path)
    except OSError as error:
        raise UsageError(f"--bundle {path}: cannot be written ({error.strerror})") from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
    except OSError as error:
        with suppress(OSError):
            path.unlink()
        what = f"--bundle {path}: cannot be written ({error.strerror}); nothing was kept"
        raise MachineRefused(what, hint="make room on the disk, or name a file elsewhere") from error


def how_to_look(path: Path) -> str:
    """Return the command that shows what is in a bundle."""
    return KINDS[_kind(path)].format(file=quote(str(path)))


def versions() -> dict[str, Any]:
    """Return what runs here: orderctl, Python, the platform, and the libraries that it uses."""
    from importlib import metadata  # noqa: PLC0415  (large, and for a bundle only)

    needed: Iterable[str] = ()
    with suppress(metadata.PackageNotFoundError):
        needed = metadata.requires("orderctl") or ()
    libraries = {}
    for name in sorted({found[0] for text in needed if (found := _REQUIREMENT.match(text))}):
        with suppress(metadata.PackageNotFoundError):
            libraries[name] = metadata.version(name)
    return {
        "orderctl": __version__,
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "platform": platform.platform(),
        "encoding": sys.getfilesystemencoding(),
        "libraries": libraries,
    }


def variables(environ: Mapping[str, str]) -> list[str]:
    """Return the names of the variables that change what a run does; never what they hold."""
    return sorted(name for name in environ if VARIABLES.fullmatch(name))


def config(path: Path) -> dict[str, Any]:
    """Return what the config file says, as far as its keys are known: what another key holds may be a secret."""
    import tomllib  # noqa: PLC0415  (where the config was read already, this costs nothing)

    try:
        with path.open("rb") as file:
            found = tomllib.loads(file.read(MAX_BYTES).decode("utf-8"), parse_float=str)
    except FileNotFoundError:
        return {"error": "the config file does not exist"}
    except (OSError, ValueError) as error:
        return {"error": f"cannot be read: {type(error).__name__}"}
    profiles = found.pop("profiles", None)
    shown = {name: _plain(value) if name in TOP_LEVEL else HIDDEN for name, value in found.items()}
    if isinstance(profiles, dict):
        shown["profiles"] = {name: _profile(table) for name, table in profiles.items()}
    return shown


def _profile(table: Any) -> Any:
    """Return a profile's table, with *** for what a profile of its vendor does not have."""
    if not isinstance(table, dict):
        return HIDDEN
    known = {*COMMON}
    with suppress(ConfigError):
        known |= {option.name for option in registry.vendor(str(table.get("vendor"))).options}
    shown = {name: _plain(value) if name in known else HIDDEN for name, value in table.items()}
    if "credential_command" in table:  # its arguments may be anything
        command = table["credential_command"]
        named = isinstance(command, list) and command and isinstance(command[0], str)
        shown["credential_command"] = [command[0], HIDDEN] if named else HIDDEN
    if "url" in table:
        shown["url"] = _url(table["url"])
    return shown


def _url(value: Any) -> str:
    """Return a url without what may be secret in it: all before an @, and what follows a ? or a #."""
    if not isinstance(value, str):
        return HIDDEN
    scheme = value.partition("://")[0]
    _, login, place = value.rpartition("@")
    start = f"{scheme}://" if scheme.isalpha() else ""
    shown = f"{start}{HIDDEN}@{place}" if login else value
    return re.sub(r"[?#].*", f"?{HIDDEN}", shown, flags=re.DOTALL)


def _plain(value: Any) -> Any:
    """Return a value of a TOML file as JSON has it, without the login of a url or what is secret by its key."""
    if isinstance(value, dict):
        return {name: HIDDEN if is_secret_key(name) else _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, bool | int):
        return value
    return _URL_LOGIN.sub(f"//{HIDDEN}@", str(value))


def _kind(path: Path) -> str:
    found = next((kind for kind in KINDS if path.name.lower().endswith(kind)), None)
    if found is None:
        raise UsageError(f"--bundle {path}: the name must end in .zip, .tar.gz or .tgz", hint="such as report.zip")
    return found


def _zip(texts: Mapping[str, str]) -> bytes:
    from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo  # noqa: PLC0415  (for a bundle only)

    content = io.BytesIO()
    with ZipFile(content, "w", ZIP_DEFLATED) as file:
        for name, text in texts.items():
            member = ZipInfo(name)
            member.external_attr = (stat.S_IFREG | 0o600) << 16
            member.compress_type = ZIP_DEFLATED
            file.writestr(member, text)
    return content.getvalue()


def _tar(texts: Mapping[str, str]) -> bytes:
    import tarfile  # noqa: PLC0415  (for a bundle only)

    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as file:
        for name, text in texts.items():
            member, data = tarfile.TarInfo(name), text.encode()
            member.size, member.mode = len(data), 0o600
            file.addfile(member, io.BytesIO(data))
    return content.getvalue()
