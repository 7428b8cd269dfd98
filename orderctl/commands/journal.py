"""journal: what this machine wrote, what is in doubt, and how doubts are settled."""

import builtins
import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from orderctl.app import App
from orderctl.backend.vendor import Capability
from orderctl.commands import options, results
from orderctl.errors import Conflict, NotFound, UsageError
from orderctl.journal.entry import DOUBTED, UNRESOLVED, Entry, State
from orderctl.journal.store import Wanted
from orderctl.output.documents import operation_document
from orderctl.output.jsontext import pretty
from orderctl.write.result import Result

if TYPE_CHECKING:
    from orderctl.journal.sqlite import SqliteStore

LIMIT = 100
"""Rows listed without --limit or --all."""

OUTCOMES = (*(str(state) for state in State), "unresolved")

Names = Annotated[
    list[str], typer.Argument(metavar="REF...", help="Writes, by reference or operation; - reads standard input.")
]
MaybeNames = Annotated[
    list[str] | None,
    typer.Argument(metavar="[REF...]", help="Writes, by reference or operation; - reads standard input."),
]


def list(  # noqa: A001  (the command's name)
    app: App,
    *,
    since: Annotated[
        str | None, typer.Option("--since", metavar="DATE", help="Written on or after: a date, 7d, 12h, today.")
    ] = None,
    verb: Annotated[
        str | None, typer.Option("--verb", metavar="VERB", help="Only create, update, cancel, push or api.")
    ] = None,
    outcome: Annotated[
        str | None, typer.Option("--outcome", metavar="STATE", help=f"Only those that are {', '.join(OUTCOMES)}.")
    ] = None,
    reference: Annotated[str | None, typer.Option("--reference", metavar="R", help="Only those of one order.")] = None,
    limit: Annotated[str | None, typer.Option("--limit", metavar="N", help="At most so many (default: 100).")] = None,
    all: Annotated[  # noqa: A002  (the option's name)
        bool, typer.Option("--all", help="List all, not only the newest 100.")
    ] = False,
) -> int:
    """List what this machine wrote, newest first; -p shows one profile's only.

    Examples:
        orderctl journal list
        orderctl journal list --outcome unresolved
        orderctl journal list -p shop --since 7d --verb create --all -o jsonl
    """
    if outcome is not None and outcome not in OUTCOMES:
        raise UsageError(f"--outcome {outcome} is not known", hint=f"it is one of {', '.join(OUTCOMES)}")
    named = _named(app)
    wanted = Wanted(
        profile=app.profile.name if named else None,
        verb=verb,
        reference=reference,
        since=options.moment(since, "--since", app.profile.zone if named else dt.UTC),
        states=_states(outcome),
    )
    most = None if all else options.count(limit) or LIMIT
    found = _seen(app, wanted, outcome)
    with app.output.rows("operation") as rows:
        for entry in islice(found, most):
            rows.add(operation_document(entry))
        rows.finish(complete=most is None or next(found, None) is None, next=None)
    return 0


def show(app: App, names: Names) -> int:
    """Show everything about a write: what was meant, sent and answered, when, and by which run.

    Examples:
        orderctl journal show R-1001
        orderctl journal show R-1001 -o json
    """
    entries = _find(app, names)
    if len(entries) > 1:
        with app.output.rows("operation") as rows:
            for entry in entries:
                rows.add(operation_document(entry, content=True))
            rows.finish()
        return 0
    document = operation_document(entries[0], content=True)
    content = document.pop("content", None) if app.output.format == "table" and not app.output.fields else None
    app.output.one("operation", document)
    if content is not None:
        app.output.text(f"\n{pretty(content)}")
    return 0


def reconcile(
    app: App,
    names: MaybeNames = None,
    *,
    all: Annotated[  # noqa: A002  (the option's name)
        bool, typer.Option("--all", help="Every write of the profile whose outcome is unknown.")
    ] = False,
) -> int:
    """Find out what became of writes whose outcome is unknown. It only reads at the vendor, so it is safe in cron.

    Examples:
        orderctl journal reconcile R-1001 -p shop
        orderctl journal reconcile --all -p shop

    Exit code 8 where an outcome is still unknown, each with what to do. That an order is absent takes two searches, 30
    seconds apart and two minutes after it was sent; `orderctl journal resend` then sends it.
    """
    if bool(names) == all:
        raise UsageError("name writes, or give --all")
    if app.common.dry_run:
        raise UsageError("journal reconcile does not support --dry-run", hint="it changes nothing at the vendor")
    sender = app.sender(Capability.GET)
    from orderctl.write.reconcile import Reconciler  # noqa: PLC0415  (only this command asks)

    reconciler, target = Reconciler(sender), app.account().target
    if all:
        entries = [*sender.journal.unresolved(Wanted(target=target))]
    else:
        entries = [_lost(app, entry) for entry in _of_target(app, _find(app, names or []))]
    return _each(app, "reconcile", entries, lambda entry: _settled(reconciler.settle, entry))


def resolve(
    app: App,
    names: Names,
    *,
    exists: Annotated[
        str | None, typer.Option("--exists", metavar="ID", help="The create made the order with this id.")
    ] = None,
    absent: Annotated[bool, typer.Option("--absent", help="It was not applied: no such order, or no change.")] = False,
    applied: Annotated[
        bool, typer.Option("--applied", help="The update, cancel, push or raw call was applied.")
    ] = False,
) -> int:
    """Say what became of writes whose outcome is unknown, once you have looked at the vendor.

    Examples:
        orderctl journal resolve R-1001 --exists 82806
        orderctl journal resolve R-1002 --absent
        orderctl journal resolve 01a21cc9-0636-7862-96f3-e2d4b2fab60d --applied

    It sends nothing. A create that is absent is sent by `orderctl journal resend`, or, where the vendor refuses a
    second order of a reference, by the same create again.
    """
    if (exists is not None) + absent + applied != 1:
        raise UsageError("say one of --exists ID, --absent, --applied")
    entries = _find(app, names)
    for entry in entries:
        if entry.state not in {State.UNKNOWN, State.CONFLICT}:
            what = f"{entry.verb} {entry.reference or entry.order_id or entry.op} is {entry.state}"
            raise Conflict(f"{what}: there is nothing to resolve", hint="see: orderctl journal list")
        if (entry.verb == "create") == applied or (exists is not None and entry.verb != "create"):
            raise UsageError(
                f"{entry.op} is a {entry.verb}: give --absent or {'--exists ID' if applied else '--applied'}"
            )
    if exists is not None:
        options.one_id(exists)
        if len(entries) > 1:
            raise UsageError(f"one id cannot be that of {len(entries)} orders")
    if not app.common.dry_run:
        store = app.journal_store()
        for entry in entries:
            _resolve(store, entry, exists=exists, absent=absent)
    for entry in entries:
        app.output.note(f"{entry.verb} {entry.reference or entry.order_id or entry.op}: {_said(entry, exists, absent)}")
    return 0


def resend(app: App, names: Names) -> int:
    """Send creates again of which it was shown, or said, that their orders do not exist.

    Examples:
        orderctl journal resend R-1001 -p shop

    Each is looked up once more first.
    """
    app.vendor.require(Capability.CREATE)
    entries = _of_target(app, _find(app, names))
    app.allow_write(f"create {len(entries)} orders again")
    sender = app.sender(Capability.CREATE)
    from orderctl.write.reconcile import resend as again  # noqa: PLC0415  (only this command sends again)

    if app.common.dry_run:
        for entry in entries:
            sender.dry_run(entry.prepared)
        return 0
    return _each(app, "create", entries, lambda entry: again(sender, _lost(app, entry)))


def prune(
    app: App,
    *,
    older_than: Annotated[
        str, typer.Option("--older-than", metavar="TIME", help="Settled so long ago: 90d, or a date.")
    ] = "90d",
) -> int:
    """Empty old rows: what was meant and answered goes; reference, id and what bars a second order stay.

    Examples:
        orderctl journal prune --older-than 90d
    """
    before = options.moment(older_than, "--older-than", dt.UTC)
    if app.common.dry_run:
        app.output.note(f"would empty what was settled before {before:%Y-%m-%d}")
        return 0
    number = app.journal_store().erase(before=before) if _exists(app) else 0
    app.output.note(f"{number} {'row' if number == 1 else 'rows'} emptied")
    return 0


def move(
    app: App,
    *,
    source: Annotated[
        str, typer.Option("--from", metavar="TARGET", help="Under which target they stand: see journal show.")
    ],
) -> int:
    """Let rows stand under the profile's account of today, after its url or a setting has changed.

    Examples:
        orderctl journal move --from 'onebox https://old.example' -p shop
    """
    account = app.account()
    if source == account.target:
        raise UsageError(f"--from is what profile {account.profile} points at already")
    app.confirm(f"Move the rows of {source!r} to {account.target!r}?")
    if app.common.dry_run:
        return 0
    number = app.journal_store().move(source, account) if _exists(app) else 0
    if not number:
        raise NotFound(f"the journal has no rows of {source!r}", hint="orderctl journal list -o json shows each target")
    app.output.note(f"{number} {'row' if number == 1 else 'rows'} moved to {account.target}")
    return 0


def forget(app: App) -> int:
    """Forget every row of the profile's account, after its vendor has lost its data, as a restored test system has.

    Examples:
        orderctl journal forget -p test

    Orders that still exist there may then be created a second time, so it asks; in a script add --yes.
    """
    account = app.account()
    if not _exists(app):
        app.output.note("the journal is empty")
        return 0
    store = app.journal_store()
    doubts = sum(1 for _ in store.entries(Wanted(target=account.target, states=UNRESOLVED)))
    if doubts:
        raise Conflict(
            f"{doubts} writes of {account.target} have an unknown outcome; nothing was forgotten",
            hint=f"orderctl journal list --outcome unresolved -p {account.profile}",
            code="journal.unresolved",
        )
    app.confirm(f"Forget every write of {account.target}?")
    if app.common.dry_run:
        return 0
    number = store.erase(target=account.target)
    app.output.note(f"{number} {'row' if number == 1 else 'rows'} forgotten")
    return 0


def _each(app: App, verb: str, entries: Iterable[Entry], do: Callable[[Entry], Result]) -> int:
    """Do something for each row, print what it comes to, and return the exit code over all."""
    found = [*entries]
    if not found:
        app.output.note("nothing is in doubt")
        return 0
    return results.many(
        app,
        verb,
        found,
        do,
        dry_run=lambda _: None,
        name=lambda entry: (entry.order_id, entry.reference),
        total=len(found),
    )


def _settled(settle: Callable[[Entry], Result], entry: Entry) -> Result:
    """Return what became of a row: what is known already needs no look."""
    if entry.state in {State.UNKNOWN, State.CONFLICT}:
        return settle(entry)
    raise Conflict(f"{entry.verb} {entry.reference or entry.op} is {entry.state}: there is nothing to find out")


def _resolve(store: "SqliteStore", entry: Entry, *, exists: str | None, absent: bool) -> None:
    now = dt.datetime.now(dt.UTC)
    said = "so said by a person"
    if exists is not None:
        store.settle(entry.op, State.DONE, order_id=exists, evidence=said, settled_at=now)
    elif entry.verb == "create":
        store.settle(entry.op, State.UNKNOWN, absent=True, evidence=f"absent, {said}", settled_at=now)
    else:
        store.settle(entry.op, State.REFUSED if absent else State.DONE, evidence=said, settled_at=now)
        if entry.verb == "cancel" and not absent and entry.order_id is not None:
            made = store.entries(Wanted(target=entry.target, verb="create", order_id=entry.order_id))
            for row in [*made]:
                store.settle(row.op, row.state, cancelled_at=now)


def _said(entry: Entry, exists: str | None, absent: bool) -> str:  # noqa: FBT001  (as the options)
    if exists is not None:
        return f"done, order {exists}"
    if entry.verb != "create":
        return "not applied" if absent else "done"
    return f"absent; send it: orderctl journal resend {entry.reference} -p {entry.profile}"


def _states(outcome: str | None) -> tuple[State, ...] | None:
    """Return the states that rows may stand in; a run that died has left its rows as being sent."""
    if outcome is None:
        return None
    if outcome == "unresolved":
        return DOUBTED
    return UNRESOLVED if outcome in {State.UNKNOWN, State.SENDING} else (State(outcome),)


def _seen(app: App, wanted: Wanted, outcome: str | None) -> Iterator[Entry]:
    """Yield rows, newest first, each as it is now: what a dead run was sending is unknown."""
    if not _exists(app):
        return
    for row in app.journal_store(check=False).entries(wanted, newest_first=True):
        entry = _now(app, row)
        if outcome in {None, "unresolved", str(entry.state)}:
            yield entry


def _now(app: App, entry: Entry) -> Entry:
    from orderctl.journal.runs import alive  # noqa: PLC0415  (few rows need it)

    dead = entry.state is State.SENDING and not alive(app.state, entry.run)
    return entry.lost if dead else entry


def _lost(app: App, entry: Entry) -> Entry:
    """Return a row, unknown in the journal too where its run is dead. Needs an open journal."""
    return app.journal.lost(entry) if entry.state is State.UNKNOWN and entry.run != app.journal.run.id else entry


def _find(app: App, names: Iterable[str]) -> "builtins.list[Entry]":
    """Return the rows that are named, by reference or operation. Raises NotFound."""
    store = app.journal_store(check=False) if _exists(app) else None
    profile = app.profile.name if _named(app) else None
    found: dict[str, Entry] = {}
    for name in options.read_ids(names):
        rows = [*store.entries(Wanted(op=name))] if store else []
        if store and not rows:
            rows = [*store.entries(Wanted(reference=name, profile=profile))]
        if not rows:
            raise NotFound(f"the journal knows no write {name!r}", hint="see: orderctl journal list --all")
        found |= {row.op: _now(app, row) for row in rows}
    return [*found.values()]


def _of_target(app: App, entries: Iterable[Entry]) -> "builtins.list[Entry]":
    """Return the rows of the profile's account. Raises NotFound where there is none."""
    target = app.account().target
    found = [entry for entry in entries if entry.target == target]
    if not found:
        raise NotFound(f"the journal has no such write of {target}", hint="see: orderctl journal list --all -o json")
    return found


def _named(app: App) -> bool:
    return bool(app.common.profile or app.environ.get("ORDERCTL_PROFILE"))


def _exists(app: App) -> bool:
    return app.journal_path.exists()
