"""Changes to the user's config file: comments and layout survive, and the file is replaced as a whole or not at all.

Changes made at once wait for each other, so that none is lost.
"""

import io
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tomlkit

from orderctl.config import file as config
from orderctl.errors import ConfigError
from orderctl.state import lock, paths

HAND = "edit the file by hand"


def add_profile(
    path: Path, name: str, table: Mapping[str, Any], *, environ: Mapping[str, str], use: bool = False
) -> None:
    """Append a profile to the file, which is made where it is missing; with `use` it becomes the default.

    Raises ConfigError, and changes nothing, where the profile exists, would not pass the checks of `config`, or the
    file cannot be written.
    """
    config.check_name(name)
    with _changing(path):
        content, tables = _read(path)
        if name in tables.get("profiles", {}):
            raise ConfigError(f"{path}: profile {name!r} exists already", hint=HAND, code="config.profile_exists")
        expected = tables | {"profiles": tables.get("profiles", {}) | {name: table}}
        try:
            block = tomlkit.dumps({"profiles": {name: table}})
        except (TypeError, ValueError) as error:
            raise ConfigError(f"profile {name!r}: TOML does not support a value: {error}") from error
        text = f"{content.rstrip()}\n\n{block}" if content.strip() else block
        if use:
            expected["default_profile"] = name
            text = _with_default(text, name)
        config.Config(_tables(text, path), path, environ).profile(name)
        _write(path, content, text, expected)


def remove_profile(path: Path, name: str) -> bool:
    """Take a profile out of the file and return whether it was the default, which the file then has no more.

    Comments stay. Raises ConfigError where there is no such profile, or the file cannot be written.
    """
    with _changing(path):
        content, tables = _read(path)
        if name not in tables.get("profiles", {}):
            raise ConfigError(
                f"there is no profile {name!r} in {path}",
                hint="see: orderctl profile list",
                code="config.no_such_profile",
            )
        others = {key: value for key, value in tables["profiles"].items() if key != name}
        expected = {key: value for key, value in tables.items() if key != "profiles"}
        if others:
            expected["profiles"] = others
        text = _without_profile(content, name)
        was_default = tables.get("default_profile") == name
        if was_default:
            del expected["default_profile"]
            text = _with_default(text, None)
        _write(path, content, text, expected)
        return was_default


def set_default(path: Path, name: str) -> None:
    """Make a profile the default for reads. Raises ConfigError where the file cannot be read or written."""
    with _changing(path):
        content, tables = _read(path)
        _write(path, content, _with_default(content, name), tables | {"default_profile": name})


@contextmanager
def _changing(path: Path) -> Iterator[None]:
    """Keep other runs from changing the file while the block runs. Raises Temporary where they take too long."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(path, error) from error
    with lock.changing(path):
        yield


def _read(path: Path) -> tuple[str, dict[str, Any]]:
    """Return the file as text, without a byte-order mark, and as tables; both empty where there is none."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return "", {}
    except OSError as error:
        raise ConfigError(f"cannot read the config file {path}: {error.strerror}") from error
    tables = config.parse(content, path)
    if not isinstance(tables.get("profiles", {}), dict):
        raise ConfigError(f"{path}: profiles: is not a table; write [profiles.NAME]", hint=HAND)
    return content.decode("utf-8-sig"), tables


def _write(path: Path, old: str, new: str, expected: Mapping[str, Any]) -> None:
    """Replace the file, provided that the new text means what was meant and the old one is still there."""
    if _plain(_tables(new, path)) != _plain(expected):
        raise ConfigError(f"{path}: its layout is not one that orderctl can change safely", hint=HAND)
    if _read(path)[0] != old:
        raise ConfigError(f"{path}: was changed by another program just now; nothing was written", hint="run it again")
    try:
        paths.private_file(path, new.encode())
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> ConfigError:
    return ConfigError(
        f"cannot write the config file {path}: {error.strerror or error}; it was not changed",
        hint="name another file: --config FILE, or ORDERCTL_CONFIG",
        code="config.unwritable",
    )


def _with_default(text: str, name: str | None) -> str:
    try:
        document = tomlkit.parse(text)
    except tomlkit.exceptions.TOMLKitError as error:
        raise ConfigError(
            f"the config file's layout is not one that orderctl can change: {error}", hint=HAND
        ) from error
    if name is None:
        document.pop("default_profile", None)
    else:
        document["default_profile"] = name
    return tomlkit.dumps(document)


def _without_profile(text: str, name: str) -> str:
    """Return the text without the lines of a profile's tables; a comment right above the next table belongs to it."""
    kept: list[str] = []
    inside = False
    waiting: list[str] = []
    for line in io.StringIO(text, newline="\n"):  # str.splitlines would also split at U+2028
        headed = _headed(line)
        if headed is not None:
            inside = isinstance(headed.get("profiles"), dict) and name in headed["profiles"]
            kept += waiting
            waiting = []
        if not inside:
            kept.append(line)
        elif line.lstrip().startswith("#"):
            waiting.append(line)
        else:
            waiting = []
    kept += waiting
    return "".join(kept).rstrip() + "\n" if kept else ""


def _headed(line: str) -> dict[str, Any] | None:
    """Return what a line heads, None where it is not a heading of a table."""
    if not line.lstrip().startswith("["):
        return None
    try:
        return tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return None


def _tables(text: str, path: Path) -> dict[str, Any]:
    try:
        return config.parse(text.encode(), path)
    except ConfigError as error:
        raise ConfigError(f"{path}: its layout is not one that orderctl can change safely", hint=HAND) from error


def _plain(value: Any) -> Any:
    """Return tables and lists as they compare, whatever wrote them; numbers compare as text."""
    if isinstance(value, Mapping):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return value if isinstance(value, str | bool) else str(value)
