"""The config file: which profiles there are, and which one a command talks to.

The file is read once; a profile is checked when it is asked for, so that a slip in one does not break the others.
A sandbox profile of each vendor exists without any file.
"""

import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from orderctl.backend import registry
from orderctl.backend.fields import nearest
from orderctl.backend.vendor import Profile, Vendor
from orderctl.config.profile import choice, is_secret_key, positive, read_profile, secret_key, text
from orderctl.errors import ConfigError, UsageError
from orderctl.model import NOTHING

COLORS = ("always", "auto", "never")
OUTPUTS = ("csv", "ids", "json", "jsonl", "table")
TOP_LEVEL = ("color", "deadline", "default_profile", "output", "profiles", "timeout")
SANDBOX = "sandbox-"
ALL = "all"
"""What -p takes for every profile of the file; no profile has that name."""

MAX_BYTES = 1_048_576
"""Bytes that a config file may have; more is certainly another file."""

_SANDBOX = re.compile(r"^http://(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?/sandbox-([0-9a-f]{16})(?:/|$)")
"""The url at which `sandbox serve` serves a store of this id."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")

T = TypeVar("T")


def load(path: Path | None, environ: Mapping[str, str], *, explicit: bool = False) -> "Config":
    """Return the config of a file; of none where it does not exist and was not asked for (`explicit`).

    Raises ConfigError where the file cannot be read or is not TOML, with line and column.
    """
    if path is None:
        return Config({}, None, environ)
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        if explicit:
            raise ConfigError(
                f"there is no config file {path}", hint=f"make it: orderctl profile add NAME --config {path}"
            ) from error
        return Config({}, path, environ)
    except OSError as error:
        raise ConfigError(f"cannot read the config file {path}: {error.strerror or error}") from error
    return Config(parse(content, path), path, environ)


def parse(content: bytes, path: Path) -> dict[str, Any]:
    """Return the tables of a config file. Raises ConfigError, naming the file, line and column."""
    import tomllib  # noqa: PLC0415  (two interpreter starts; a run without a config file does without)

    if len(content) > MAX_BYTES:
        raise ConfigError(f"{path}: has more than {MAX_BYTES} bytes: too many for a config file")
    try:
        return tomllib.loads(content.decode("utf-8-sig"), parse_float=Decimal)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}: line {line} is not UTF-8", hint="save the file as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: is not TOML: {error}", hint='put a text in quotes: key = "value"') from error
    except RecursionError as error:
        raise ConfigError(f"{path}: is nested too deeply") from error


class Config:
    """A config file that was read, or none. Made by `load`.

    `output`, `color`, `timeout` and `deadline` (seconds) are the file's own defaults, None where it says nothing.
    `path` is where the file is, or would be.
    """

    def __init__(self, tables: Mapping[str, Any], path: Path | None, environ: Mapping[str, str]) -> None:
        self.path = path
        self._environ = environ
        self._checked: dict[str, Profile] = {}
        for key in tables:
            if key not in TOP_LEVEL:
                raise self._unknown_key(key, tables[key])
        self.default_profile = self._take(tables, "default_profile", text)
        self.output = self._take(tables, "output", lambda value: choice(value, OUTPUTS))
        self.color = self._take(tables, "color", lambda value: choice(value, COLORS))
        self.timeout = self._take(tables, "timeout", positive)
        self.deadline = self._take(tables, "deadline", positive)
        self._profiles: Mapping[str, Any] = self._take(tables, "profiles", _profiles) or {}

    def names(self) -> list[str]:
        """Return the names of all profiles, sorted: the file's, and the sandboxes, those of other packages too."""
        from orderctl import plugins  # noqa: PLC0415  (importlib.metadata; a command that uses a profile needs none)

        return sorted({*self._profiles, *built_in(), *(SANDBOX + name for name in plugins.declared(plugins.EMULATORS))})

    def own_names(self) -> list[str]:
        """Return the names of the file's profiles, sorted."""
        return sorted(self._profiles)

    def default(self) -> str | None:
        """Return the name of the profile that a read means without saying so, None where there is none."""
        own = self.own_names()
        return self.default_profile or (own[0] if len(own) == 1 else None)

    def profile(self, name: str) -> Profile:
        """Return the profile of that name, checked. Raises ConfigError, naming the file, the place and a way out."""
        if name not in self._checked:
            if name in self._profiles:
                self._checked[name] = self._own(name)
            elif is_sandbox(name):
                table = {"vendor": name.removeprefix(SANDBOX), "url": "sandbox:"}
                self._checked[name] = read_profile(name, table, folder=None, environ=self._environ)
            else:
                raise self._no_such(name)
        return self._checked[name]

    def several(self, given: str) -> tuple[str, ...]:
        """Return the profiles that `-p A,B` or `-p all` names, each once. Raises ConfigError where one is missing."""
        names = self.own_names() if given == ALL else [name.strip() for name in given.split(",")]
        if not names:
            raise ConfigError(
                "no profile is set up yet",
                hint="set one up: orderctl profile add NAME; or name the sandboxes: -p " + ",".join(built_in()[:2]),
                code="config.profile_needed",
            )
        for name in names:
            if name not in self._profiles and not is_sandbox(name):
                raise self._no_such(name)
        return tuple(dict.fromkeys(names))

    def choose(self, option: str | None, environ: Mapping[str, str], *, write: bool) -> Profile:
        """Return the profile that a command means: `-p`, ORDERCTL_PROFILE, `default_profile`, or the only one.

        `default_profile` does for a write only while the file has no more than one profile. Raises UsageError where a
        write does not say which, ConfigError where there is none or no such one.
        """
        if option == "":
            raise UsageError("-p is empty; it takes the name of a profile", hint=f"there are: {self._listed()}")
        given = option or environ.get("ORDERCTL_PROFILE")
        if given == ALL or (given and "," in given):
            raise UsageError(
                f"-p {given}: only `orderctl list` takes several profiles; this command takes one",
                hint=f"there are: {self._listed()}",
            )
        if given:
            return self.profile(given)
        own = self.own_names()
        if write and len(own) > 1:
            raise UsageError(
                f"a write needs a profile; there are: {self._listed()}",
                hint=f"add -p NAME (-p {self.default_profile or own[0]}), or set ORDERCTL_PROFILE",
                code="usage.profile_needed",
            )
        default = self.default_profile
        if default is not None and default not in self._profiles and not is_sandbox(default):
            raise ConfigError(
                f"{self._place}default_profile: there is no profile {default!r}; there are: {self._listed()}",
                hint=f"choose one: orderctl profile use {own[0] if own else built_in()[0]}",
            )
        default = self.default()
        if default:
            return self.profile(default)
        if own:
            raise ConfigError(
                f"which profile? There are: {self._listed()}",
                hint=f"add -p NAME, or choose one for reads: orderctl profile use {own[0]}",
                code="config.profile_needed",
            )
        raise ConfigError(
            "no profile is set up yet",
            hint=f"set one up: orderctl profile add NAME; or try the sandbox: -p {built_in()[0]}",
            code="config.profile_needed",
        )

    def _own(self, name: str) -> Profile:
        place = f"{self._place}{heading(name)}"
        try:
            check_name(name)
            self._check_twins(name)
            folder = self.path.parent if self.path else None
            return read_profile(name, self._profiles[name], folder=folder, environ=self._environ)
        except ConfigError as error:
            raise ConfigError(f"{place} {error.message}", hint=error.hint, code=error.code) from error

    def _check_twins(self, name: str) -> None:
        twins = sorted(n for n in self._profiles if n != name and variable(n) == variable(name))
        if twins:
            raise ConfigError(
                f"would share its environment variables ORDERCTL_{variable(name)}_… with profile {twins[0]!r}",
                hint="rename one of the two",
            )

    def _no_such(self, name: str) -> ConfigError:
        close = nearest(name, self.names())
        return ConfigError(
            f"there is no profile {name!r}; there are: {self._listed()}",
            hint=close if close.startswith("did") else f"set it up: orderctl profile add {name}",
            code="config.no_such_profile",
        )

    def _take(self, tables: Mapping[str, Any], key: str, check: Callable[[Any], T]) -> T | None:
        try:
            return check(tables[key]) if key in tables else None
        except ValueError as problem:
            raise ConfigError(f"{self._place}{key}: {problem}") from problem

    def _unknown_key(self, key: str, value: Any) -> ConfigError:
        if is_secret_key(key):
            return secret_key(f"{self._place}{key}", profile="NAME")
        if isinstance(value, dict) and "vendor" in value:
            return ConfigError(f"{self._place}[{key}]: unknown table", hint=f"a profile is written {heading(key)}")
        return ConfigError(f"{self._place}{key}: unknown key", hint=nearest(key, TOP_LEVEL))

    @property
    def _place(self) -> str:
        return f"{self.path}: " if self.path else ""

    def _listed(self) -> str:
        return ", ".join(self.own_names() or built_in())


def built_in() -> list[str]:
    """Return the names of the profiles that exist without any file: one sandbox a built-in vendor, sorted."""
    return sorted(f"{SANDBOX}{name}" for name in registry.VENDORS)


def is_sandbox(name: str) -> bool:
    """Return whether a profile of that name exists without any file, for a vendor of another package too."""
    return name.startswith(SANDBOX) and registry.known(name.removeprefix(SANDBOX))


def check_name(name: str) -> None:
    """Raise ConfigError unless a profile of the user's may have that name."""
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f"invalid profile name {name!r}: letters, digits, '-', '_' and '.', with a letter or digit first",
        )
    if name == ALL:
        raise ConfigError(f"the name {name!r} means every profile (list -p all)", hint="choose another name")
    if name in built_in():
        raise ConfigError(f"the name {name!r} belongs to a built-in sandbox profile", hint="choose another name")


def heading(name: str) -> str:
    """Return how the table of a profile is headed in the file."""
    return f"[profiles.{name if _BARE.fullmatch(name) else json.dumps(name)}]"


def variable(name: str) -> str:
    """Return how a profile or a field is spelt in the name of an environment variable: upper case, others `_`."""
    return "".join(c if c.isascii() and c.isalnum() else "_" for c in name.upper())


def target(profile: Profile, vendor: Vendor, *, sandbox: str = "", sent: Mapping[str, Any] = NOTHING) -> str:
    """Return the stable text of what a profile points at: vendor, normalised url, identity settings.

    `sent` is what an order sends of its own, which counts. Two profiles of one account have the same target, so that
    the journal can tell that their orders are the same. A sandbox is its store, with the id `sandbox`, or the id in
    the url of one that is served: the port does not count.
    """
    served = _SANDBOX.search(profile.url)
    place = f"sandbox:{sandbox or (served[1] if served else '')}" if sandbox or served else profile.url
    identity = sorted(option.name for option in vendor.options if option.identity)
    given = {name: sent.get(name) or profile.settings.get(name) for name in identity}
    named = (f"{name}={quote(str(value), safe='')}" for name, value in given.items() if value)
    return " ".join((vendor.name, place, *named))


def _profiles(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("is not a table; write [profiles.NAME]")  # noqa: TRY004  (a problem of the file, not of ours)
    return value
