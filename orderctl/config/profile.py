"""One `[profiles.NAME]` table -> a checked Profile. A problem is a ConfigError of one line, the key first."""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar
from urllib.parse import urlsplit

from orderctl.backend import registry
from orderctl.backend.fields import nearest
from orderctl.backend.vendor import Option, Profile, Vendor
from orderctl.errors import ConfigError
from orderctl.model import Status
from orderctl.state.paths import expand

COMMON = {
    "allow_http": "true: plain http:// is fine for this profile",
    "columns": "table: our column = the heading in your files",
    "credential_command": "list: a command that prints the secrets as one JSON object",
    "currency": "three letters, such as EUR",
    "mapping": "text: the mapping that reads your files, by name or file",
    "protected": "true: every write asks for the profile's name",
    "rate": "requests a second",
    "resend_absent": "true: a run sends an order again once two searches have shown that it does not exist",
    "secrets_file": "a file of mode 0600 with the secrets as one JSON object",
    "statuses": "table: the vendor's status = one of our six words",
    "timezone": "such as Europe/Kyiv",
    "url": "where the vendor is, https://…",
    "vendor": "the vendor's name",
}
"""The keys that a profile of any vendor may have, sorted, and what each holds."""

SECRET_KEYS = frozenset({"auth", "login", "pass", "pin", "user", "username"})
SECRET_WORDS = (
    "apikey", "appkey", "credential", "hash", "openid", "passphrase", "passwd", "password", "privatekey", "pwd",
    "secret", "securitycode", "token",
)  # fmt: skip
"""A key that is one of the first, or has one of the second in it, is treated as a secret."""

NAMES_A_SOURCE = ("credential_command", "secrets_file")
"""Keys that tell where the secrets are; a slip in one is not a secret."""

TABLES = frozenset({"operators"})
"""Options of vendors that are tables of texts; all others are single values."""

T = TypeVar("T")


def read_profile(name: str, table: Any, *, folder: Path | None, environ: Mapping[str, str]) -> Profile:
    """Return the profile that a table describes. `folder` is where its relative paths start.

    Raises ConfigError; its message starts with the key that is wrong and never quotes what may be a secret.
    """
    if not isinstance(table, dict):
        raise ConfigError("is not a table", hint=f"write [profiles.{name}] on a line of its own, then its keys")
    vendor = _vendor(table)
    _check_keys(name, table, vendor)
    allow_http = _take(table, "allow_http", boolean) or False
    url = _take(table, "url", lambda value: normal_url(text(value), allow_http=allow_http))
    if url is None:
        raise ConfigError("url: is missing", hint=f'add the line url = "{vendor.url}"')
    file = _take(table, "secrets_file", text)
    rate = _take(table, "rate", positive)
    return Profile(
        name=name,
        vendor=vendor.name,
        url=url,
        zone=_take({"timezone": vendor.timezone} | table, "timezone", zone) or dt.UTC,
        currency=_take(table, "currency", currency),
        rate=2.0 if rate is None else rate,
        protected=_take(table, "protected", boolean) or False,
        resend_absent=_take(table, "resend_absent", boolean) or False,
        allow_http=allow_http,
        secrets_file=str(expand(file, environ, base=folder)) if file else None,
        credential_command=_take(table, "credential_command", command) or (),
        mapping=_take(table, "mapping", text),
        columns=_take(table, "columns", texts) or MappingProxyType({}),
        statuses=_take(table, "statuses", statuses) or MappingProxyType({}),
        settings=_settings(table, vendor, sandbox=url == "sandbox:"),
    )


def normal_url(given: str, *, allow_http: bool = False) -> str:
    """Return a vendor's address in the one spelling that compares: host in lower case, no default port, no last slash.

    `sandbox:` stays. Raises ValueError, its text the problem, never quoting an address that holds a password.
    """
    if given == "sandbox:":
        return given
    if any(c <= " " or c in '\x7f\\"<>' for c in given):
        raise ValueError("has a space or another character that a url cannot have")
    scheme, separator, rest = given.partition("://")
    scheme = scheme.lower()
    login = ValueError("holds a user name or password; secrets do not belong in the config file")
    if "@" in (rest.partition("/")[0] if separator and scheme in {"http", "https"} else given):
        raise login
    if not separator or scheme not in {"http", "https"}:
        given = re.split("[?#]", given)[0]  # behind it may be a token
        meant = "sandbox:" if given.startswith("sandbox") else f"https://{given.rpartition('://')[2]}"
        raise ValueError(f"{given!r} does not begin with https://; did you mean {meant!r}?")
    if "?" in given or "#" in given:
        raise ValueError("has a '?' or '#'; give only scheme, host and path")
    try:
        parts = urlsplit(given)
        port = parts.port
    except ValueError as error:
        if "@" in given:  # a password with a slash
            raise login from None
        raise ValueError(f"{given!r} is not an address: {error}") from error
    host = (parts.hostname or "").removesuffix(".")
    if not host or port == 0:
        raise ValueError(f"{given!r} names no host")
    if scheme == "http" and not allow_http and not is_loopback(host):
        raise ValueError("is plain http://, which others can read; use https://, or set allow_http = true")
    shown = f"[{host}]" if ":" in host else host
    standard = {"http": 80, "https": 443}[scheme]
    return f"{scheme}://{shown}{'' if port in {None, standard} else f':{port}'}{parts.path.rstrip('/')}"


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine itself, by its name or number."""
    if host == "localhost":
        return True
    import ipaddress  # noqa: PLC0415  (only plain http:// asks)

    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_secret_key(key: str, vendor: Vendor | None = None) -> bool:
    """Return whether a key that is not ours looks like a secret, the vendor's own or one in general."""
    folded = "".join(c for c in key.lower() if c.isalnum())
    own = {"".join(c for c in s.name.lower() if c.isalnum()) for s in vendor.secrets} if vendor else set()
    return folded in SECRET_KEYS | own or any(word in folded for word in SECRET_WORDS)


def secret_key(place: str, *, profile: str) -> ConfigError:
    """Return the refusal of a secret in the config file."""
    return ConfigError(
        f"{place}: a secret does not belong in the config file; delete the line",
        hint=f"keep it in the keyring: orderctl auth login -p {profile} (other places: orderctl help credentials)",
        code="config.secret",
    )


def text(value: Any) -> str:
    """Return a text that is not empty. Raises ValueError, its text the problem, as all checks below do."""
    if not isinstance(value, str):
        raise ValueError(f"takes a text in quotes, not {_kind(value)}")  # noqa: TRY004  (a problem of the file)
    if not value.strip():
        raise ValueError("is empty")
    if any(c < " " or c == "\x7f" for c in value):
        raise ValueError("has a line break or control character")
    return value


def choice(value: Any, choices: Iterable[str]) -> str:
    """Return a text that is one of `choices`."""
    if text(value) not in choices:
        raise ValueError(f"unknown value {value!r}; {nearest(value, choices)}")
    return str(value)


def boolean(value: Any) -> bool:
    """Return a truth value."""
    if not isinstance(value, bool):
        raise ValueError(f"takes true or false, not {_kind(value)}")  # noqa: TRY004
    return value


def positive(value: Any) -> float:
    """Return a finite number above 0."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError(f"takes a number, not {_kind(value)}")  # noqa: TRY004
    if not Decimal(value).is_finite() or value <= 0:
        raise ValueError("takes a number above 0")
    return float(value)


def zone(value: Any) -> dt.tzinfo:
    """Return a time zone by its name."""
    name = text(value)
    if name == "UTC":
        return dt.UTC
    import zoneinfo  # noqa: PLC0415  (a run in UTC does without)

    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        known = zoneinfo.available_timezones()
        if not known:
            raise ValueError(f"{name!r}: this machine has no time zones; install the package tzdata") from error
        raise ValueError(f"{name!r} is not a time zone; {nearest(name, known) or 'such as Europe/Kyiv'}") from error


def currency(value: Any) -> str:
    """Return a currency's three letters, upper case."""
    name = text(value)
    if not (len(name) == 3 and name.isascii() and name.isalpha()):
        raise ValueError(f"{name!r} is not a currency; three letters, such as EUR")
    return name.upper()


def command(value: Any) -> tuple[str, ...]:
    """Return a command and its arguments."""
    if not isinstance(value, list) or not value or not all(isinstance(part, str) for part in value) or not value[0]:
        raise ValueError('takes a list of texts: ["pass", "show", "shop"]; it is run without a shell')
    return tuple(value)


def texts(value: Any) -> Mapping[str, str]:
    """Return a table whose values are texts."""
    if not isinstance(value, dict):
        raise ValueError(f"takes a table, not {_kind(value)}")  # noqa: TRY004
    for key, entry in value.items():
        _named(key, text, entry)
    return MappingProxyType(value)


def statuses(value: Any) -> Mapping[str, Status]:
    """Return a table from the vendor's statuses to our six words."""
    if not isinstance(value, dict):
        raise ValueError(f"takes a table, not {_kind(value)}")  # noqa: TRY004
    words = [s.value for s in Status]
    return MappingProxyType({k: Status(_named(k, lambda v: choice(v, words), v)) for k, v in value.items()})


def single(value: Any) -> str:
    """Return a single value as text: a text, a number as it is written, or true or false."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | Decimal) else text(value)


def option_value(option: Option, value: Any) -> Any:
    """Return the value of a vendor's own option."""
    if option.name in TABLES:
        return texts(value)
    return choice(single(value), option.choices) if option.choices else single(value)


def _vendor(table: Mapping[str, Any]) -> Vendor:
    name = _take(table, "vendor", text)
    if name is None:
        raise ConfigError("vendor: is missing", hint=f"one of: {', '.join(registry.names())}")
    try:
        return registry.vendor(name)
    except ConfigError as error:
        raise ConfigError(f"vendor: {error.message}", hint=error.hint) from error


def _check_keys(name: str, table: Mapping[str, Any], vendor: Vendor) -> None:
    known = {*COMMON, *(option.name for option in vendor.options)}
    for key in table:
        if key in known:
            continue
        if is_secret_key(key, vendor) and not get_close_matches(key, NAMES_A_SOURCE, cutoff=0.9):
            raise secret_key(key, profile=name)
        hint = nearest(key, known)
        raise ConfigError(f"{key}: unknown key", hint=hint or f"see what it can have: orderctl vendors {vendor.name}")


def _settings(table: Mapping[str, Any], vendor: Vendor, *, sandbox: bool) -> Mapping[str, Any]:
    found: dict[str, Any] = {option.name: option.default for option in vendor.options if option.default}
    if sandbox:
        found |= vendor.sandbox_settings
    for option in vendor.options:
        given = _take(table, option.name, lambda value, option=option: option_value(option, value))  # type: ignore[misc]
        if given is not None:
            found[option.name] = given
        elif option.required and option.name not in found:
            raise ConfigError(f"{option.name}: is missing ({option.note})", hint=f'add the line {option.name} = "…"')
    return MappingProxyType(found)


def _take(table: Mapping[str, Any], key: str, check: Callable[[Any], T]) -> T | None:
    try:
        return check(table[key]) if key in table else None
    except ValueError as problem:
        raise ConfigError(f"{key}: {problem}") from problem


def _named(key: str, check: Callable[[Any], T], value: Any) -> T:
    """Check one value of a table, its key in front of the problem."""
    try:
        return check(value)
    except ValueError as problem:
        raise ValueError(f"{key}: {problem}") from problem


def _kind(value: Any) -> str:
    """Say what a TOML value is."""
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | Decimal):
        return "a number"
    if isinstance(value, str):
        return "a text"
    if isinstance(value, list):
        return "a list"
    return "a table" if isinstance(value, dict) else "a date or time"
