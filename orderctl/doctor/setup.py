"""Checks of the config file and its profiles: what they say, and what follows from it at the vendor."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from shlex import quote

from orderctl.backend.vendor import Duplicates, Profile, Vendor
from orderctl.config.file import Config
from orderctl.doctor.finding import Finding, good, problem, warning
from orderctl.errors import ConfigError, OrderctlError
from orderctl.state.paths import config_file, state_folder

CONFIG = ("ORDERCTL_CONFIG", "XDG_CONFIG_HOME")
STATE = ("ORDERCTL_STATE_DIR", "XDG_STATE_HOME")
WAY = ("ALL_PROXY", "HTTPS_PROXY", "SSL_CERT_DIR", "SSL_CERT_FILE", "all_proxy", "https_proxy")
"""Variables that lead a run elsewhere: to another config file, another journal, another way to the vendor."""

SYSTEM = ("/etc/pki/", "/etc/ssl/")
"""Where the system's own certificates are, which are used without any variable."""

CRON_PATH = "/usr/bin:/bin"
"""PATH as Debian's cron sets it."""


def cron_environment(environ: Mapping[str, str]) -> Mapping[str, str]:
    """Return the environment that a run from cron would have.

    A run without TERM was not started from a terminal: it has such an environment already. Otherwise nothing is left
    but what cron sets, ORDERCTL_PROFILE, which names the profile to be checked as the crontab does, and the variables
    that lead elsewhere, which `left_behind` reports.
    """
    if "TERM" not in environ:
        return environ
    names = ("HOME", "LOGNAME", "ORDERCTL_PROFILE", *CONFIG, *STATE, *WAY)
    kept = {name: environ[name] for name in names if name in environ}
    return {**kept, "PATH": CRON_PATH, "SHELL": "/bin/sh"}


def left_behind(environ: Mapping[str, str], *, config_named: bool) -> Iterator[Finding]:
    """Yield a problem for each variable of a terminal that leads elsewhere, and that cron does not have."""
    if "TERM" not in environ:
        return
    without = {name: value for name, value in environ.items() if name not in {*CONFIG, *STATE}}
    same_config = config_named or _is_same(config_file, environ, without)
    same = {*(CONFIG if same_config else ()), *(STATE if _is_same(state_folder, environ, without) else ())}
    for name in (*CONFIG, *STATE, *WAY):
        value = environ.get(name, "")
        usual = name.startswith("SSL_") and value.startswith(SYSTEM)
        if value and not usual and name not in same:
            yield problem(
                "environment",
                ConfigError(
                    f"{name} is set in this shell and not by cron, so that a run from cron goes elsewhere;"
                    f" put a line into the crontab: {name}={_without_login(value)}",
                    code="config.not_in_cron",
                ),
                remedy="crontab -e",
            )


def of_file(config: Config, path: Path) -> Finding:
    """Return what is in a config file that was read."""
    if config.path is None or not path.exists():
        return good("config", f"the config file {path} does not exist")
    names = config.own_names()
    what = "1 profile" if len(names) == 1 else f"{len(names)} profiles"
    default = config.default_profile
    if default is not None and default not in config.names():
        instead = names[0] if names else "sandbox-onebox"
        return problem(
            "config",
            ConfigError(f"{path}: default_profile names {default!r}, which is not one of its profiles"),
            remedy=f"orderctl profile use {instead}",
        )
    listed = f" ({', '.join(names)})" if names else ""
    return good("config", f"{path}: {what}{listed}")


def unreadable(error: OrderctlError, path: Path | None) -> Finding:
    """Return that the config file, or a profile in it, cannot be used."""
    remedy = ""
    if path is not None and path.is_file() and error.code in {"config.invalid", "config.secret"}:
        remedy = f"${{EDITOR:-vi}} {quote(str(path))}"
    message = f"{error.message} ({error.hint})" if remedy and error.hint else error.message
    return problem("config", ConfigError(message, hint=error.hint, code=error.code), remedy=remedy)


def of_profile(profile: Profile, vendor: Vendor) -> Iterator[Finding]:
    """Yield what a profile says, and what its vendor does with a second order of a reference."""
    settings = ", ".join(f"{name} {value}" for name, value in profile.settings.items() if isinstance(value, str | int))
    where = "the built-in sandbox" if profile.sandbox else profile.url
    yield good("profile", f"{vendor.title}, {where}{f'; {settings}' if settings else ''}", profile=profile.name)
    for option in vendor.options:
        if option.for_writes and not profile.settings.get(option.name):
            yield warning(
                "profile",
                f"{option.name} is missing: this profile can read, but not write",
                f'add {option.name} = "…" to [profiles.{profile.name}]: {option.note}',
                profile=profile.name,
            )
    if profile.url.startswith("http:") and profile.allow_http:
        yield warning(
            "profile",
            f"allow_http: orders and secrets go to {profile.url} unencrypted",
            "use https:// as soon as the server has it",
            profile=profile.name,
        )
    yield _duplicates(profile, vendor)


def _duplicates(profile: Profile, vendor: Vendor) -> Finding:
    kind = vendor.second_create(profile)
    if kind is Duplicates.REFUSED:
        return good("duplicates", f"{vendor.title} refuses a second order of a reference", profile=profile.name)
    lacks = [name for name in vendor.unsearchable(profile) if "." not in name]
    searched = f" and cannot be searched for one without {' and '.join(lacks)}" if lacks else ""
    remedy = "send this profile's orders from one machine only"
    if lacks:
        remedy += "; " + " and ".join(f'add {name} = "…" to [profiles.{profile.name}]' for name in lacks)
    return warning(
        "duplicates",
        f"two machines can create the same order twice: {vendor.title} accepts a second order of a"
        f" reference{searched}, and only the journal of this machine knows what it has sent",
        remedy,
        profile=profile.name,
    )


def _is_same(
    place: Callable[[Mapping[str, str]], Path], environ: Mapping[str, str], without: Mapping[str, str]
) -> bool:
    """Return whether a place is where it would be without the variables that name it."""
    try:
        return place(environ) == place(without)
    except ConfigError:  # reported by the check of that place
        return True


def _without_login(value: str) -> str:
    """Return a value, without the login that the url of a proxy may have."""
    scheme, separator, place = value.partition("://")
    return f"{scheme}://{place.rpartition('@')[2]}" if separator else value
