"""profile: the accounts in the config file."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import typer

from orderctl.app import App
from orderctl.backend import registry
from orderctl.backend.fields import nearest
from orderctl.backend.vendor import Option, Vendor
from orderctl.config.file import check_name, load
from orderctl.config.profile import choice, normal_url, single
from orderctl.drafts import parse_settings
from orderctl.errors import ConfigError, CredentialError, OrderctlError, UsageError
from orderctl.frozen import replace
from orderctl.output.documents import item_error, profile_document
from orderctl.output.jsontext import compact
from orderctl.state.paths import config_file

FLAGS = frozenset({"allow_http", "protected"})
"""Keys that take true or false; a text of that kind is read so."""

Name = Annotated[str, typer.Argument(metavar="NAME", help="The profile.")]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Another key of the profile; KEY:=JSON. Repeatable."),
]


def show(
    app: App,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="The profile (default: the chosen one).")] = None,
) -> int:
    """Show one profile with its defaults, and its url in normal form; never a secret.

    Examples:
        orderctl profile show shop
        orderctl profile show -p shop -o json
    """
    config = app.config
    profile = config.profile(name) if name else app.profile
    document = profile_document(profile, default=profile.name == config.default())
    app.output.one("profile", {"schema": "orderctl.profile/1", **document})
    return 0


def add(
    app: App,
    name: Name,
    *,
    vendor: Annotated[str | None, typer.Option("--vendor", metavar="NAME", help="The vendor.")] = None,
    url: Annotated[str | None, typer.Option("--url", metavar="URL", help="Its address: https://… or sandbox:")] = None,
    set: Settings = None,  # noqa: A002  (the option's name)
    timezone: Annotated[
        str | None, typer.Option("--timezone", metavar="ZONE", help="How bare dates are read: Europe/Kyiv.")
    ] = None,
    currency: Annotated[str | None, typer.Option("--currency", metavar="C", help="Three letters: EUR.")] = None,
    rate: Annotated[str | None, typer.Option("--rate", metavar="N", help="Requests a second, at most.")] = None,
    use: Annotated[bool, typer.Option("--use", help="Make it the default for reads.")] = False,
) -> int:
    r"""Add a profile to the config file, which keeps its comments and layout. On a terminal it asks what is missing.

    Examples:
        orderctl profile add shop
        orderctl profile add shop --vendor onebox --url https://shop.1b.app \
            --timezone Europe/Kyiv --use
        orderctl profile add shop --vendor onebox --url https://shop.1b.app \
            --set request=json --set protected=true

    Secrets are not part of it: on a terminal it offers to log in and to check the connection; otherwise use
    orderctl auth login -p shop
    """
    check_name(name)
    path = _path(app)
    before = load(path, app.environ)
    if name in before.own_names():
        raise ConfigError(
            f"{path}: profile {name!r} exists already",
            hint=f"change it in the file, or remove it first: orderctl profile remove {name}",
            code="config.profile_exists",
        )
    given = {"vendor": vendor, "url": url, "timezone": timezone, "currency": currency}
    table: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    if rate is not None:
        table["rate"] = _number(rate)
    table |= _settings(set or ())
    described = _complete(app, name, table)
    if app.common.dry_run:
        app.output.note(f"would add profile {name} to {path}")
        return 0
    from orderctl.config import edit as config_edit  # noqa: PLC0415  (tomlkit: only for changes)

    config_edit.add_profile(path, name, table, environ=app.environ, use=use)
    app.output.note(f"profile {name} added to {path}")
    if len(before.own_names()) == 1 and not (use or before.default_profile):
        app.output.note(f"with two profiles every command needs -p NAME; for reads: orderctl profile use {name}")
    offers = app.interactive and table["url"] != "sandbox:"
    if table["url"] == "sandbox:":
        app.output.note(f"try it: orderctl list -p {name}")
    elif not offers:
        app.output.note(_later(name))
    if "timezone" not in table:
        app.output.note(
            f"dates without a zone are read in {described.timezone}; to change that, add timezone to the profile"
        )
    if offers:
        with closing(App(replace(app.common, profile=name), environ=app.environ, stop=app.stop)) as added:
            _connect(added)
    return 0


def _connect(app: App) -> None:
    """Offer to log in to a profile that was just added, or to check the connection where its secrets are there."""
    from orderctl.commands import auth  # noqa: PLC0415  (the keyring, for who is asked)

    name, title = app.profile.name, app.vendor.title
    statuses = app.credentials.status(app.profile, app.vendor)
    if not auth.lacking(statuses):
        found = ", ".join(sorted({status.source for status in statuses if status.source}))
        if not app.output.confirm(f"Its secrets are there already ({found}). Check the connection to {title} now?"):
            return
        app.backend().ping()
        app.output.note(f"{title} accepts the login: the connection works")
    elif app.output.confirm(f"Log in to {title} now, and check the connection?"):
        auth.login(app)
    else:
        app.output.note(_later(name))
        return
    app.output.note(f"try it: orderctl list -p {name} --limit 10")


def _later(name: str) -> str:
    return f"next: orderctl auth login -p {name} (without a keyring: orderctl help credentials)"


def use(app: App, name: Name) -> int:
    """Make a profile the default for reads. With two or more profiles a write needs -p NAME.

    Examples:
        orderctl profile use shop
    """
    app.config.profile(name)
    if app.common.dry_run:
        app.output.note(f"would make {name} the default")
        return 0
    from orderctl.config import edit as config_edit  # noqa: PLC0415  (tomlkit: only for changes)

    config_edit.set_default(_path(app), name)
    app.output.note(f"{name} is the default for reads")
    return 0


def remove(app: App, name: Name) -> int:
    """Remove a profile from the config file, and its secrets from the keyring. It asks first; in a script add --yes.

    Examples:
        orderctl profile remove shop
        orderctl profile remove shop --yes
    """
    path = _path(app)
    if name not in app.config.own_names():
        raise ConfigError(
            f"there is no profile {name!r} in {path}",
            hint=nearest(name, app.config.own_names()) or "see: orderctl profile list",
            code="config.no_such_profile",
        )
    app.confirm(f"Remove profile {name} from {path}, and its secrets from the keyring?")
    if app.common.dry_run:
        app.output.note(f"would remove profile {name} from {path}")
        return 0
    from orderctl.config import edit as config_edit  # noqa: PLC0415  (tomlkit: only for changes)

    _forget(app, name)
    if config_edit.remove_profile(path, name):
        left = load(path, app.environ).default()
        app.output.note(f"it was the default profile; {f'now {left} is' if left else 'no profile is the default now'}")
    app.output.note(f"profile {name} removed")
    return 0


def list(app: App) -> int:  # noqa: A001  (the command's name)
    """List the profiles of the config file, and those of the sandbox, which need no config.

    Examples:
        orderctl profile list
        orderctl profile list -o ids
    """
    config = app.config
    code = 0
    with app.output.rows("profile") as rows:
        for name in config.names():
            try:
                rows.add(profile_document(config.profile(name), default=name == config.default()))
            except OrderctlError as error:
                rows.error(item_error(error, id=name))
                code = error.exit_code
        rows.finish()
    return code


def _path(app: App) -> Path:
    return config_file(app.environ, app.common.config)


def _settings(texts: Sequence[str]) -> dict[str, Any]:
    """Return the keys of --set as they are in the file."""
    found: dict[str, Any] = {}
    for key, setting in parse_settings(texts).items():
        value = setting.value
        if key in FLAGS and value in {"true", "false"}:
            value = value == "true"
        elif key == "rate" and isinstance(value, str):
            value = _number(value)
        if value is None or isinstance(value, bytes):
            raise UsageError(f"--set {key}: needs a text or JSON, not {'null' if value is None else 'a file'}")
        found[key] = value
    return found


def _number(text: str) -> int | float:
    try:
        return int(text) if text.isascii() and text.isdigit() else float(text)
    except ValueError as error:
        raise UsageError(f"--rate {text}: needs a number") from error


def _complete(app: App, name: str, table: dict[str, Any]) -> Vendor:
    """Ask for what is missing of a profile, add what its vendor offers, and return the vendor.

    Raises UsageError without a terminal where something has to be asked for.
    """
    if "vendor" not in table:
        names = registry.names()
        table["vendor"] = _ask(
            app, "--vendor NAME", f"vendor, one of: {', '.join(names)}:", lambda text: choice(text, names)
        )
    vendor = registry.vendor(table["vendor"])
    if "url" not in table:
        allowed = bool(table.get("allow_http"))
        table["url"] = _ask(
            app, "--url URL", f"url (such as {vendor.url}):", lambda text: normal_url(text, allow_http=allowed)
        )
    if table["url"] == "sandbox:":
        return vendor
    for option in vendor.options:
        if option.name not in table and option.required and not option.default:
            table[option.name] = _ask(
                app, f"--set {option.name}=VALUE", f"{option.name} ({option.note}):", _check(option)
            )
    _offer(app, name, vendor, table)
    return vendor


def _offer(app: App, name: str, vendor: Vendor, table: dict[str, Any]) -> None:
    """Add the settings that the vendor offers and the answers to what it asks for; on each, a line is printed."""
    for option in (o for o in vendor.options if o.name not in table):
        if option.offer is not None:
            table[option.name] = _offered(option.offer, name)
            app.output.note(f"{option.name}: {option.note}; set to {compact(table[option.name])}")
        elif option.asked and app.interactive and not app.common.dry_run:
            answer = app.output.ask(f"{option.name} ({option.note}; Enter: none):")
            table |= {option.name: answer} if answer else {}
        elif option.asked:
            app.output.warning(f"no {option.name} ({option.note}): add it to the file, or give --set {option.name}=…")


def _offered(offer: Any, name: str) -> Any:
    """Return what an option is set to where nothing is given, in a profile of that name."""
    return dict(offer) if isinstance(offer, Mapping) else str(offer).format(profile=name)


def _check(option: Option) -> Callable[[str], str]:
    return lambda text: choice(text, option.choices) if option.choices else single(text)


def _ask(app: App, instead: str, question: str, check: Callable[[str], str]) -> str:
    """Return an answer that passes its check, asking until one does. Raises UsageError without a terminal."""
    if not app.interactive or app.common.dry_run:
        raise UsageError(f"what is its {question.removesuffix(':')}?", hint=f"add {instead}")
    while True:
        answer = app.output.ask(question)
        try:
            check(answer)
        except ValueError as problem:
            app.output.warning(f"{problem}")
        else:
            return answer


def _forget(app: App, name: str) -> None:
    """Take a profile's secrets out of the keyring, where one was ever used; one that cannot be opened keeps them."""
    from orderctl.credentials.chain import Credentials  # noqa: PLC0415  (only for changes)

    chain = Credentials(environ=app.environ, state=lambda: app.state)
    try:
        profile = app.config.profile(name)
        if chain.used:
            gone = chain.forget(profile, registry.vendor(profile.vendor))
            if gone:
                app.output.note(f"{', '.join(gone)} removed from the keyring")
    except CredentialError as error:
        app.output.warning(f"{error.message}: its secrets stay in it (service orderctl, user {name}/…)")
    except ConfigError:  # a profile that cannot be read has no secrets that could be named
        return
