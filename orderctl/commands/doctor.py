"""doctor: the way from a profile to its vendor is checked, with a remedy for each problem."""

import platform
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orderctl import __version__
from orderctl.app import JOURNAL, App
from orderctl.backend import registry
from orderctl.commands import operations, options
from orderctl.config.file import built_in
from orderctl.credentials.chain import Credentials
from orderctl.doctor import bundle as report
from orderctl.doctor import place, reach, record, secrets, setup
from orderctl.doctor.finding import Finding, State, exit_code, good, line, problem, problems
from orderctl.errors import ConfigError, DeadlinePassed, DryRunStop, Interrupted, OrderctlError, UsageError
from orderctl.frozen import replace
from orderctl.journal import runs
from orderctl.journal.entry import DOUBTED
from orderctl.journal.store import Wanted
from orderctl.output.documents import finding_document, operation_document
from orderctl.output.jsontext import pretty
from orderctl.output.text import safe_text
from orderctl.redaction import HIDDEN, redact
from orderctl.state import ended
from orderctl.state.paths import state_folder

if TYPE_CHECKING:
    import datetime as dt

    from orderctl.config.file import Config
    from orderctl.journal.entry import Entry

NEWEST = 20
"""So many of the journal's newest writes are in a bundle."""

ALL = "all"
"""What -p takes for every profile of the config file."""


def command(
    app: App,
    *,
    cron: Annotated[
        bool, typer.Option("--cron", help="Check as cron would run it; print problems only, one a line.")
    ] = False,
    max_age: Annotated[
        str | None,
        typer.Option(
            "--max-age", metavar="AGE", help="Report it if no list or write succeeded within AGE: 1d, 2h, 30m."
        ),
    ] = None,
    bundle: Annotated[
        str | None,
        typer.Option("--bundle", metavar="FILE", help="Write what a bug report needs to FILE: .zip, .tar.gz."),
    ] = None,
) -> int:
    """Check config, logins, clock, state folder and journal, and say what to do about each problem.

    Examples:
        orderctl doctor
        orderctl doctor -p shop -o json
        orderctl doctor --cron --max-age 1d
        orderctl doctor --dry-run
        orderctl doctor --bundle report.zip

    It checks every profile of the config file, or those that -p A,B or ORDERCTL_PROFILE names. At each vendor it does
    one harmless read; with --dry-run it uses no network and no keyring. Nothing is changed.

    --cron prints nothing when all is well. Otherwise the first line is the worst problem, with what to do. Secrets are
    read as in a run from cron: without the keyring and, when started from a terminal, without the variables of the
    shell (except ORDERCTL_PROFILE, which the crontab sets).

    --bundle writes a new file for a bug report: versions, the config, what doctor found, how the last runs ended, and
    the journal's writes in doubt. It holds no secret, no value of a variable, no content of an order and no customer's
    data. The exit code is then 0 once the file is written.

    The exit code is the one that a command with the worst problem would have: orderctl help exit-codes.
    """
    path = None if bundle is None else Path(bundle)
    if path is not None:
        report.check(path)
    age = None if max_age is None else options.span(max_age, "--max-age")
    app.output.check_fields("finding")
    found: list[Finding] = []
    try:
        for finding in _findings(app, cron=cron, max_age=age):
            found.append(finding)  # noqa: PERF402  (what was found before the end is shown)
    except (DeadlinePassed, Interrupted) as error:
        _show(app, found, cron=cron, failure=error)
        raise
    if path is not None:
        _bundle(app, path, found)
        return 0
    _show(app, found, cron=cron)
    return exit_code(found)


def _bundle(app: App, path: Path, found: list[Finding]) -> None:
    """Write the bundle and print what is in it."""
    files: dict[str, tuple[str, Any]] = {
        "versions.json": ("orderctl, Python, the platform, the libraries", report.versions()),
        "environment.json": ("names of variables, without their values", report.variables(app.environ)),
        "config.json": ("the config file, without secrets", report.config(app.config_path)),
        "doctor.json": ("what doctor found", [_masked(app, finding) for finding in found]),
        "runs.json": ("how the last runs ended", _last_runs(app)),
        "journal.json": ("the writes in doubt and the newest ones, without what they sent", _operations(app)),
    }
    if app.common.dry_run:
        app.output.note(f"would write {path}: {', '.join(files)}")
        return
    home = app.environ.get("HOME", "")
    texts = {name: redact(pretty(document)) + "\n" for name, (_, document) in files.items()}
    if len(home) > 1:  # it has the user's name in it
        texts = {name: text.replace(pretty(home)[1:-1], "~") for name, text in texts.items()}
    report.write(path, texts)
    app.output.note(f"{path} was written, readable by you only:")
    for name, (what, _) in files.items():
        app.output.note(f"  {name}: {what}")
    app.output.note(f"look at it before you send it: {report.how_to_look(path)}")


def _masked(app: App, finding: Finding) -> Mapping[str, Any]:
    """Return what was found; a message may quote an answer, which has customers in it."""
    from orderctl.http.trace import safe_message  # noqa: PLC0415  (for a bundle only)
    from orderctl.personal import Mask  # noqa: PLC0415  (for a bundle only)

    mask = Mask()
    with suppress(OrderctlError):
        if finding.profile is not None:
            profile = app.config.profile(finding.profile)
            mask = registry.vendor(profile.vendor).mask(profile)
    return {**finding_document(finding), "message": safe_message(finding.message, mask)}


def _last_runs(app: App) -> dict[str, Any]:
    """Return how the last run of each command of each profile ended."""
    try:
        state, names = state_folder(app.environ), app.config.own_names()
    except OrderctlError as error:
        return {"error": error.message}
    runs_of = {name: ended.read(state, name) for name in (*names, *built_in())}
    return {name: {what: vars(run) for what, run in last.items()} for name, last in runs_of.items() if last}


def _operations(app: App) -> dict[str, Any]:
    """Return the journal's writes in doubt, and its newest ones, personal data masked whatever --reveal says."""
    try:
        store = app.journal_for_reading()
        entries = [*store.entries(Wanted(states=DOUBTED))] if store else []
        newest = [*islice(store.entries(Wanted(), newest_first=True), NEWEST)] if store else []
    except OrderctlError as error:
        return {"error": error.message}
    named = {"in_doubt": [operations.as_it_is(app, entry) for entry in entries], "newest": newest}
    return {
        name: [operation_document(entry, mask=operations.mask_of(app, entry)) for entry in rows]
        for name, rows in named.items()
    }


def _show(app: App, found: list[Finding], *, cron: bool, failure: OrderctlError | None = None) -> None:
    """Print what was found; raise the failure that ended the search where there was one."""
    if app.common.dry_run:
        for finding in found:
            tell = app.output.note if finding.state is State.OK else app.output.warning
            tell(f"{finding.state}: {line(finding)}")
    elif cron and app.output.format == "table":
        for finding in problems(found):
            app.output.text(f"orderctl: {safe_text(line(finding))}\n")
    else:
        app.output.findings([finding_document(finding) for finding in found], failure)


def _findings(app: App, *, cron: bool, max_age: "dt.timedelta | None") -> Iterator[Finding]:
    """Yield what every check found: of this machine, then of each profile."""
    environ = setup.cron_environment(app.environ) if cron else app.environ
    here = App(app.common, environ=environ, stop=app.stop)
    yield good("version", f"orderctl {__version__}, Python {platform.python_version()}, {platform.system()}")
    if cron:
        yield from setup.left_behind(app.environ, config_named=app.common.config is not None)
    config, found = _config(here)
    yield from found
    doubted: list[Entry] = []
    state: Path | None = None
    try:
        state = state_folder(environ)
    except OrderctlError as error:
        yield problem("state", error)
    if state is not None:
        yield from place.folder(state)
        doubted, found = record.journal(state / JOURNAL, alive=partial(runs.alive, state), deadline=here.ends)
        yield from found
    if config is None:
        return
    for name in _names(here, config):
        sub = App(replace(app.common, profile=name), environ=environ, stop=app.stop)
        sub.config, sub.dry = config, app.dry
        try:
            profile, vendor = sub.profile, sub.vendor
        except (ConfigError, UsageError) as error:
            yield replace(setup.unreadable(error, config.path), profile=name)
            continue
        yield from setup.of_profile(profile, vendor)
        with closing(sub):
            yield from _way(app, sub, cron=cron)
        app.dry = sub.dry
        target = "" if profile.sandbox else sub.account().target  # a sandbox's would make its store
        own = [entry for entry in doubted if entry.target == target or entry.profile == name]
        doubted = [entry for entry in doubted if entry not in own]
        target = target or (own[0].target if own else "")
        yield from record.doubts(own, name, profile=profile, vendor=vendor, target=target)
        if state is not None:
            last = ended.read(state, name)
            yield from record.last_runs(last, profile, doubts=bool(own), now=operations.now(), max_age=max_age)
    if here.profile_named in {None, ALL}:
        for name in sorted({entry.profile for entry in doubted} - {*built_in()}):
            own = [entry for entry in doubted if entry.profile == name]
            yield from record.doubts(own, name, profile=None, vendor=None, target="")


def _config(here: App) -> "tuple[Config | None, list[Finding]]":
    """Return the config, None where it cannot be read, and what was found."""
    path: Path | None = None
    try:
        path = here.config_path
        config = here.config
    except OrderctlError as error:
        return None, [setup.unreadable(error, path)]
    found = [setup.of_file(config, path)]
    if not _names(here, config):
        none = ConfigError(f"no profile is set up in {path}", code="config.profile_needed")
        found.append(problem("config", none, remedy="orderctl profile add shop"))
    return config, found


def _names(app: App, config: "Config") -> list[str]:
    """Return the profiles to be checked: those that are named, otherwise all of the config file."""
    given = app.profile_named
    if given is not None and given != ALL:
        return [*dict.fromkeys(name for each in given.split(",") if (name := each.strip()))]
    return config.own_names()


def _way(app: App, sub: App, *, cron: bool) -> Iterator[Finding]:
    """Yield how a profile gets to its vendor: its secrets, the proxy, the certificate, the login, the clocks."""
    profile, vendor = sub.profile, sub.vendor
    folder = (sub.config.path or Path()).parent
    known: Mapping[str, str] | None = {s.name: HIDDEN for s in vendor.secrets if s.required}
    if not app.common.dry_run:
        known, found = _secrets(app, sub, folder, cron=cron)
        yield found
    if profile.sandbox:
        return
    way = reach.proxy(profile)
    yield way
    if way.state is not State.PROBLEM:
        with suppress(DryRunStop):
            try:
                client = sub.client
            except OrderctlError as error:
                yield problem("tls", error, profile=profile.name)
                return
            yield from reach.vendor(vendor, profile, known, client, state=lambda: sub.state, explain=sub.explain)


def _secrets(app: App, sub: App, folder: Path, *, cron: bool) -> tuple[Mapping[str, str] | None, Finding]:
    """Return the secrets of a profile, hidden from all output, and what was found of them."""
    profile, vendor = sub.profile, sub.vendor
    sub.credentials = Credentials(
        environ=sub.environ, state=lambda: sub.state, stdin_json=app.given_secrets, keyring=not cron
    )
    if cron:
        return secrets.credentials_in_cron(sub.credentials, profile, vendor, folder=folder, environ=app.environ)
    return secrets.credentials(sub.credentials, profile, vendor, folder=folder)
