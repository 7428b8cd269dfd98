"""Check of the secrets: each source is read as a run would read it, and none is shown."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from shlex import quote

from orderctl.backend.vendor import Profile, Vendor
from orderctl.credentials.chain import Credentials
from orderctl.credentials.sources import variable_for
from orderctl.doctor.finding import Finding, good, problem
from orderctl.doctor.setup import CRON_PATH
from orderctl.errors import CredentialError
from orderctl.frozen import replace


def credentials(
    chain: Credentials, profile: Profile, vendor: Vendor, *, folder: Path
) -> tuple[Mapping[str, str] | None, Finding]:
    """Return the secrets, None where a required one is missing, and where they come from.

    `folder` is that of the config file.
    """
    name = profile.name
    try:
        secrets = chain.read(profile, vendor)
    except CredentialError as error:
        if error.code == "credentials.keyring_absent":
            return None, _no_keyring(error, profile, vendor, folder)
        remedy = ""
        if _of_command(error.message, profile):
            remedy = _typed(profile)
        elif error.code == "credentials.missing":
            remedy = f"orderctl auth login -p {name}"
        return None, problem("credentials", error, profile=name, remedy=remedy)
    if profile.sandbox:
        return secrets, good("credentials", "the sandbox needs none", profile=name)
    by_source: dict[str, list[str]] = {}
    for secret, source in chain.sources.items():
        by_source.setdefault(source, []).append(secret)
    text = "; ".join(f"{' and '.join(names)} from {_article(source)}" for source, names in by_source.items())
    return secrets, good("credentials", text, profile=name)


def credentials_in_cron(
    chain: Credentials, profile: Profile, vendor: Vendor, *, folder: Path, environ: Mapping[str, str]
) -> tuple[Mapping[str, str] | None, Finding]:
    """Return the same for a run from cron, whose chain has no keyring and no terminal.

    `environ` is the environment of this run, which may have more than cron's.
    """
    secrets, found = credentials(chain, profile, vendor, folder=folder)
    if _of_command(found.message, profile):
        return secrets, replace(found, remedy=_in_cron(profile, environ))
    if found.code != "credentials.missing":
        return secrets, found
    set_here = [key for key in (variable_for(profile, name) for name in _needed(vendor)) if environ.get(key)]
    here = f", and does not have {' and '.join(set_here)} of this shell" if set_here else ""
    why = f"cron cannot use the keyring, which is locked while nobody is logged in{here}"
    return None, _no_keyring(CredentialError(why, code="credentials.not_in_cron"), profile, vendor, folder)


def _no_keyring(why: CredentialError, profile: Profile, vendor: Vendor, folder: Path) -> Finding:
    """Return that secrets are missing, and how to keep them in a file."""
    names = _needed(vendor)
    file = Path(profile.secrets_file or folder / f"{profile.name}.json")
    known = "" if profile.secrets_file else f', and secrets_file = "{file.name}" into [profiles.{profile.name}]'
    content = json.dumps(dict.fromkeys(names, "…"), ensure_ascii=False)
    reason = why.message if why.message.startswith("no ") else f"no {' and no '.join(names)}: {why.message}"
    error = CredentialError(f"{reason}; put {content} into {file}, mode 0600{known}", code=why.code)
    is_there = os.access(file, os.F_OK)
    remedy = f"{'${EDITOR:-vi}' if is_there else 'install -m 600 /dev/null'} {quote(str(file))}"
    return problem("credentials", error, profile=profile.name, remedy=remedy)


def _needed(vendor: Vendor) -> list[str]:
    """Return the names of the secrets that a run needs, those of a choice too."""
    return [s.name for s in vendor.secrets if s.required] or [s.name for s in vendor.secrets]


def _article(source: str) -> str:
    return source if source.startswith("--") else f"the {source}"


def _of_command(message: str, profile: Profile) -> bool:
    return bool(profile.credential_command) and message.startswith("credential_command")


def _typed(profile: Profile) -> str:
    """Return the program of the profile's command, and … for its arguments, which may be secrets."""
    program, *arguments = profile.credential_command
    return f"{quote(program)} …" if arguments else quote(program)


def _in_cron(profile: Profile, environ: Mapping[str, str]) -> str:
    """Return the profile's command as cron would run it."""
    path = CRON_PATH if "TERM" in environ else environ.get("PATH", CRON_PATH)
    return f'env -i HOME="$HOME" PATH={quote(path)} {_typed(profile)}'
