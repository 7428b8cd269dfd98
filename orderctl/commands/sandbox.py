"""sandbox: the emulators over HTTP on loopback, and their stores emptied."""

import os
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import typer

from orderctl.app import App
from orderctl.backend import registry
from orderctl.backend.vendor import Vendor
from orderctl.commands import options
from orderctl.config.file import SANDBOX, variable
from orderctl.errors import UsageError
from orderctl.output.jsontext import compact
from orderctl.sandbox import emulated, load
from orderctl.sandbox import reset as empty
from orderctl.state.database import MEMORY


def serve(
    app: App,
    *,
    vendor: Annotated[str | None, typer.Option("--vendor", metavar="NAME", help="The vendor of the emulator.")] = None,
    port: Annotated[
        str, typer.Option("--port", metavar="N", help="The port on 127.0.0.1 (default: 8080); 0 is any free one.")
    ] = "8080",
    fault: Annotated[
        list[str] | None,
        typer.Option("--fault", metavar="SPEC", help="Misbehave: KIND[=VALUE][*TIMES][+SKIP][@PATH]. Repeatable."),
    ] = None,
    switch: Annotated[
        list[str] | None,
        typer.Option("--switch", metavar="KEY=VALUE", help="Change how the emulator behaves. Repeatable."),
    ] = None,
    store: Annotated[
        str | None, typer.Option("--store", metavar="FILE", help="Keep orders in FILE; :memory: drops them at the end.")
    ] = None,
) -> int:
    r"""Serve an emulator over HTTP on this machine only, until Ctrl-C, for scripts in any language and for tests.

    Examples:
        orderctl sandbox serve --vendor onebox --port 8080
        orderctl sandbox serve --vendor onebox \
            --fault commit-then-drop --fault slow=2@get
        orderctl sandbox serve --vendor onebox \
            --switch envelope=documented --store :memory:
        orderctl sandbox serve --vendor onebox --port 0 -o json

    Logins are checked; every secret is the word `sandbox`. Without --store its orders are those of the built-in profile
    sandbox-NAME. The url ends in the id of the store: after a reset, or with another store on this port, the old url is
    refused. With -o json one line has the url, for a script. Faults and switches: orderctl help sandbox.
    """
    if app.common.dry_run:
        raise UsageError("sandbox serve does not support --dry-run")
    what = registry.vendor(_vendor(vendor, "sandbox serve needs a vendor"))
    path: Path | str = app.sandbox_store(what.name) if store is None else store
    if store not in {None, MEMORY}:
        path = Path(os.path.realpath(str(store)))  # the user's own place: a link there is followed
    try:
        emulator = load(what.name, path, switches=_switches(switch or []), faults=fault or [])
    except ValueError as error:
        raise UsageError(str(error), hint="see: orderctl help sandbox") from error

    def ready(url: str) -> None:
        app.stop.check()
        app.output.text(_announcement(app, what, url + emulator.path, str(path)))
        app.output.close()
        app.output.note("serving until Ctrl-C")

    from orderctl.sandbox import serve as server  # noqa: PLC0415  (waitress is loaded for serving only)

    try:
        with closing(emulator):
            return options.ended(server.serve(emulator, port=options.port(port), ready=ready))
    except OSError as error:
        raise UsageError(
            f"cannot listen on port {port}: {error.strerror or error}",
            hint="--port 0 takes any free one",
            code="sandbox.port",
        ) from error


def reset(
    app: App,
    *,
    vendor: Annotated[
        str | None, typer.Option("--vendor", metavar="NAME", help="Only this emulator (default: all, or -p's).")
    ] = None,
) -> int:
    """Empty the sandbox: delete every order, and start ids again. It asks first; in a script add --yes.

    Examples:
        orderctl sandbox reset
        orderctl sandbox reset --vendor onebox --yes

    The journal forgets its orders too. A sandbox that is being served then refuses its old address; serve it again to
    get the new one.
    """
    if vendor is not None:
        names = [_vendor(vendor, "")]
    elif app.common.profile:
        names = [_sandbox(app.common.profile)]
    else:
        names = emulated()
    profiles = ", ".join(f"{SANDBOX}{name}" for name in names)
    app.confirm(f"Delete every order of {profiles}?")
    for name in names:
        path = app.sandbox_store(name)
        if app.common.dry_run:
            app.output.note(f"would empty {SANDBOX}{name} ({path})")
            continue
        before = empty(path, deadline=app.ends)
        if before is not None:
            _forget(app, before)
        app.output.note(f"{SANDBOX}{name} is empty")
    return 0


def _forget(app: App, identity: str) -> None:
    """Forget what was written to a store that was emptied."""
    if app.journal_for_reading() is None:
        return
    from orderctl.commands import operations  # noqa: PLC0415  (SQLite, where there is a journal)

    with operations.changing(app) as (journal, _):
        journal.erase(mark=f"sandbox:{identity}")


def _vendor(name: str | None, missing: str) -> str:
    if name is None:
        raise UsageError(f"{missing}: --vendor NAME", hint=f"vendors: {', '.join(emulated())}")
    if not registry.known(name):
        raise registry.unknown(name)
    return name


def _sandbox(profile: str) -> str:
    """Return the emulator of a built-in profile."""
    name = profile.removeprefix(SANDBOX)
    if name == profile or not registry.known(name):
        raise UsageError(
            f"-p {profile} is not a sandbox", hint=f"built in: {', '.join(SANDBOX + n for n in emulated())}"
        )
    return name


def _switches(given: list[str]) -> dict[str, str]:
    return {key: value for key, _, value in (text.partition("=") for text in given)}


def _announcement(app: App, vendor: Vendor, url: str, store: str) -> str:
    """Return where the emulator is: one line for a script, otherwise with a profile and variables for pasting."""
    name = f"local-{vendor.name}"
    profile = {"vendor": vendor.name, "url": url, **vendor.sandbox_settings}
    secrets = vendor.sandbox_secrets
    if app.output.format in {"json", "jsonl"}:
        return compact({"schema": "orderctl.sandbox/1", "url": url, "vendor": vendor.name, "store": store,
                        "profile": profile, "secrets": dict(secrets)})  # fmt: skip
    if app.common.quiet or app.output.format != "table":
        return url
    return "\n".join([
        f"# {url}",
        "",
        "# a profile for the config file",
        f"[profiles.{name}]",
        *(f"{key} = {_toml(value)}" for key, value in profile.items()),
        "",
        "# for this shell",
        f"export ORDERCTL_PROFILE={name}",
        *(f"export ORDERCTL_{variable(name)}_{variable(secret)}={value}" for secret, value in secrets.items()),
    ])  # fmt: skip


def _toml(value: Any) -> str:
    """Return a text, or a table of texts, as the config file has it.

    >>> _toml({"equal": "EQ"}), _toml("W11")
    ('{ equal = "EQ" }', '"W11"')
    """
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{key} = {_toml(entry)}' for key, entry in value.items())} }}"
    return compact(value)
