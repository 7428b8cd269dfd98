"""auth: log in to a vendor, log out, see where secrets come from."""

import json
import sys
from typing import Annotated

import typer

from orderctl.app import App
from orderctl.backend import registry, session
from orderctl.backend.fields import nearest
from orderctl.backend.vendor import Profile, Secret, Vendor
from orderctl.credentials.chain import KEYRING, PROMPT, Credentials, SecretStatus, question, rejected
from orderctl.credentials.sources import read_object
from orderctl.errors import ConfigError, CredentialError, LoginRefused, OrderctlError, UsageError
from orderctl.output.documents import item_error
from orderctl.redaction import hide
from orderctl.state.paths import state_folder


def login(
    app: App,
    *,
    field: Annotated[
        list[str] | None, typer.Option("--field", metavar="NAME", help="Only this secret. Repeatable.")
    ] = None,
) -> int:
    """Store a profile's secrets in the keyring of this machine, after one harmless read has proved the login.

    Examples:
        orderctl auth login -p shop
        orderctl auth login -p shop --field password
        pass show shop.json | orderctl auth login -p shop --secrets-stdin

    On a terminal it asks; a name shows while you type it, a secret does not. A secret is never an argument: others
    could read it.
    Without a keyring, for instance on a server, secrets come from another source: orderctl help credentials.
    """
    profile, vendor = app.profile, app.vendor
    if app.common.dry_run:
        app.backend().ping()
        return 0
    if profile.sandbox:
        app.output.note(f"profile {profile.name} is the sandbox: it needs no login")
        return 0
    wanted = _wanted(vendor, field or [])
    chain = Credentials(environ=app.environ, state=lambda: app.state)
    text = _piped(app)
    chain.open(profile, vendor)
    if text is None:
        values = _converse(app, profile, vendor, wanted)
    else:
        values = _given(text, vendor, wanted)
        _prove(app, profile, vendor, values)
    keyring = chain.store(profile, vendor, values)
    app.output.note(f"logged in to {vendor.title}; {', '.join(values)} of profile {profile.name} stored in {keyring}")
    for found in chain.status(profile, vendor):
        if found.secret.name in values and found.source and not found.source.startswith(KEYRING):
            app.output.warning(f"{found.source} has {found.secret.name} too, and is used before the keyring")
    return 0


def logout(app: App) -> int:
    """Remove a profile's secrets from the keyring of this machine.

    Examples:
        orderctl auth logout -p shop

    A code that the vendor issued for the login, which the state folder keeps for some minutes, is removed too.
    """
    profile, vendor = app.profile, app.vendor
    if app.common.dry_run:
        app.output.note(f"would remove the secrets of profile {profile.name} from the keyring")
        return 0
    chain = Credentials(environ=app.environ, state=lambda: app.state)
    _forget_codes(app, profile)
    gone = [] if profile.sandbox else chain.forget(profile, vendor)
    app.output.note(
        f"logged out: {', '.join(gone)} of profile {profile.name} removed from the keyring"
        if gone
        else f"the keyring has no secret of profile {profile.name}"
    )
    for found in [] if profile.sandbox else chain.status(profile, vendor):
        if found.source:
            app.output.warning(f"{found.source} still has {found.secret.name}")
    return 0


def status(app: App) -> int:
    """Show for every profile where each of its secrets comes from, never the secret. Exit 4 where one is missing.

    Examples:
        orderctl auth status
        orderctl auth status -p shop -o json
    """
    config = app.config
    names = [app.common.profile] if app.common.profile else config.own_names() or config.names()
    codes = set()
    with app.output.rows("auth") as rows:
        for name in names:
            try:
                profile = config.profile(name)
                vendor = registry.vendor(profile.vendor)
            except OrderctlError as error:
                if app.common.profile:
                    raise
                rows.error(item_error(error, id=name))
                codes.add(error.exit_code)
                continue
            statuses = [] if app.common.dry_run else app.credentials.status(profile, vendor)
            for found in statuses:
                rows.add(_document(profile, found))
            if _tell_missing(app, profile, statuses):
                codes.add(CredentialError.exit_code)
        rows.finish()
    return max(codes, default=0)


def _forget_codes(app: App, profile: Profile) -> None:
    """Remove the codes that the vendor issued for a login. Raises ConfigError where that fails."""
    folder = state_folder(app.environ)
    try:
        session.forget(folder, profile.url)
    except OSError as error:
        raise ConfigError(
            f"cannot remove the code of profile {profile.name} from {folder}: {error.strerror or error}",
            hint="remove the files code-*.json there",
        ) from error


def _document(profile: Profile, found: SecretStatus) -> dict[str, object]:
    return {
        "profile": profile.name,
        "vendor": profile.vendor,
        "secret": found.secret.name,
        "required": found.secret.required,
        "source": found.source,
    }


def lacking(statuses: list[SecretStatus]) -> list[SecretStatus]:
    """Return the secrets that a profile needs and no source has."""
    known = {s.secret.name for s in statuses if s.source}
    return [s for s in statuses if s.secret.required and not s.source and s.secret.unless not in known]


def _tell_missing(app: App, profile: Profile, statuses: list[SecretStatus]) -> bool:
    """Warn of the secrets that a profile lacks, and return whether it lacks any."""
    missing = lacking(statuses)
    if missing:
        reason = missing[0].problem or f"log in: orderctl auth login -p {profile.name}"
        names = " and no ".join(s.secret.name for s in missing)
        app.output.warning(f"profile {profile.name} has no {names}; {reason}")
    return bool(missing)


def _wanted(vendor: Vendor, names: list[str]) -> list[Secret]:
    """Return the secrets to be stored: those that were named, otherwise all. Raises UsageError for another name."""
    known = {s.name: s for s in vendor.secrets}
    for name in names:
        if name not in known:
            raise UsageError(f"--field {name}: {vendor.title} has no such secret", hint=nearest(name, known))
    return [known[name] for name in names] or list(vendor.secrets)


def _piped(app: App) -> str | None:
    """Return the text of --secrets-stdin, None where the terminal is asked. Raises UsageError without a terminal."""
    if app.common.secrets_stdin:
        return sys.stdin.read(1_000_000) if sys.stdin is not None else ""
    if not app.interactive:
        raise UsageError(
            "cannot ask for secrets: no terminal",
            hint=f"pipe one JSON object: … | orderctl auth login -p {app.profile.name} --secrets-stdin",
        )
    return None


def _converse(app: App, profile: Profile, vendor: Vendor, wanted: list[Secret]) -> dict[str, str]:
    """Return what was typed once a read has proved it; a login that is rejected may be typed again."""
    app.output.note(f"log in to {vendor.title} at {profile.url}; a secret does not show while you type it")
    while True:
        values = _asked(app, profile, vendor, wanted)
        app.output.note("checking the login with one harmless read")
        try:
            _prove(app, profile, vendor, values)
        except LoginRefused as error:
            if not app.output.confirm(f"{error.message}. Try again?"):
                raise
        else:
            return values


def _asked(app: App, profile: Profile, vendor: Vendor, wanted: list[Secret]) -> dict[str, str]:
    """Return what was typed; Enter leaves an optional secret as it is."""
    values = {}
    for secret in wanted:
        optional = len(wanted) > 1 and not secret.required
        label = question(profile, vendor, secret)
        ask = app.output.ask if secret.visible else app.output.secret
        value = ask(f"{label[:-1]}; Enter for none:" if optional else label)
        if value:
            values[secret.name] = value
        elif not optional:
            raise UsageError(f"{secret.name} is empty; nothing was stored")
    return values


def _given(text: str, vendor: Vendor, wanted: list[Secret]) -> dict[str, str]:
    """Return the secrets of the JSON object on standard input. Raises UsageError where one is missing or unknown."""
    values = {name: value for name, value in read_object(text, "--secrets-stdin").items() if value}
    known = [s.name for s in vendor.secrets]
    for name in values:
        if name not in known:
            raise UsageError(f"--secrets-stdin: {vendor.title} has no secret {name!r}", hint=nearest(name, known))
    need = [s.name for s in wanted if (s.required and s.unless not in values) or len(wanted) == 1]
    missing = [name for name in need if name not in values]
    if missing or not values:
        raise UsageError(
            f"--secrets-stdin has no {' and no '.join(missing or known)}",
            hint='it takes one JSON object: {"FIELD": "VALUE", …}',
        )
    return {s.name: values[s.name] for s in wanted if s.name in values}


def _prove(app: App, profile: Profile, vendor: Vendor, values: dict[str, str]) -> None:
    """Do one harmless read with the new secrets, and with what the profile has of the others."""
    for name, value in values.items():
        hide(name, value)
    chain = Credentials(environ=app.environ, state=lambda: app.state, stdin_json=json.dumps(values))
    secrets = chain.read(profile, vendor)
    try:
        app.connect(secrets).ping()
    except OrderctlError as error:
        if isinstance(error, LoginRefused):
            typed = {} if app.common.secrets_stdin else dict.fromkeys(values, PROMPT)
            error.hint = rejected(chain.sources | typed, login="")
        left = f"{' and '.join(values)} {'was' if len(values) == 1 else 'were'} not stored"
        error.hint = f"{left}; {error.hint}" if error.hint else left
        raise
