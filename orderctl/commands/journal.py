"""journal: what this machine wrote, what is in doubt, and how a doubt is settled."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orderctl.app import App
from orderctl.backend import registry
from orderctl.backend.fields import nearest
from orderctl.backend.vendor import Capability, Duplicates
from orderctl.commands import operations, options, results
from orderctl.errors import (
    Conflict,
    DeadlinePassed,
    Interrupted,
    NotFound,
    OrderctlError,
    PartlyDone,
    UsageError,
)
from orderctl.frozen import replace
from orderctl.journal import runs
from orderctl.journal.entry import DOUBTED, UNRESOLVED, Entry, State
from orderctl.journal.journal import Journal
from orderctl.journal.store import Account, Wanted
from orderctl.model import Outcome
from orderctl.output.documents import item_error
from orderctl.write.result import Result, failed

if TYPE_CHECKING:
    from orderctl.journal.sqlite import SqliteStore
    from orderctl.write.send import Sender

LIMIT = 100
"""Operations listed without --limit or --all."""

OUTCOMES = (*(state.value for state in State), "unresolved")
"""What --outcome takes."""

VERBS = ("api", "cancel", "create", "push", "update")

KNOWN = {
    State.DONE: (Outcome.UNCHANGED, "it is known already: it was done"),
    State.PLANNED: (Outcome.SKIPPED, "it was not sent"),
    State.REFUSED: (Outcome.SKIPPED, "it is known already: it was not done"),
}
"""What `reconcile` says of a write that is not in doubt."""

States = Annotated[
    list[str] | None,
    typer.Option("--outcome", metavar="STATE", help="Only this state; unresolved: any that is in doubt. Repeatable."),
]
Names = Annotated[
    list[str],
    typer.Argument(metavar="REF|OP...", help="Writes, by reference or operation; - reads them from standard input."),
]
SomeNames = Annotated[
    list[str] | None,
    typer.Argument(metavar="[REF|OP...]", help="Writes, by reference or operation; - reads them from standard input."),
]


def list(  # noqa: A001  (the command's name)
    app: App,
    *,
    since: Annotated[
        str | None, typer.Option("--since", metavar="DATE", help="Planned on or after DATE; also 7d, 12h, 30m.")
    ] = None,
    verb: Annotated[str | None, typer.Option("--verb", metavar="V", help="Only creates, updates, …")] = None,
    outcome: States = None,
    reference: Annotated[
        str | None, typer.Option("--reference", metavar="R", help="Only this order number of yours.")
    ] = None,
    limit: Annotated[
        str | None, typer.Option("--limit", metavar="N", help="At most N operations (default: 100).")
    ] = None,
    all: Annotated[  # noqa: A002  (the option's name)
        bool, typer.Option("--all", help="List all, not only the newest 100.")
    ] = False,
) -> int:
    """List what this machine wrote, newest first; -p shows one profile's only.

    Examples:
        orderctl journal list --outcome unresolved
        orderctl journal list --since 7d --verb create -o csv
        orderctl journal list --reference R-1001
        orderctl journal list -p shop --all -o jsonl

    A write is planned, sending, done, refused, unknown or in conflict: orderctl help journal. Customers' data is
    masked unless --reveal is given.
    """
    most = None if all else options.count(limit) or LIMIT
    _check(verb, "--verb", VERBS)
    for state in outcome or ():
        _check(state, "--outcome", OUTCOMES)
    profile = app.profile_named
    wanted = Wanted(
        profile=profile,
        reference=reference,
        since=options.since(since, "--since", _zone(app), operations.now()),
        verb=verb,
    )
    states = _states(outcome or ())
    app.output.check_fields("operation")
    store = app.journal_for_reading()
    found = _listed(app, store, wanted, states) if store else iter(())
    with app.output.rows("operation") as rows:
        for entry in islice(found, most):
            rows.add(operations.document(app, entry))
        rows.finish(complete=most is None or next(found, None) is None)
    if profile is not None and not rows.count:
        app.config.profile(profile)  # where nothing is found, a slip in its name is the reason
    return 0


def show(app: App, names: Names) -> int:
    """Show all that is known of a write: what was meant, what was answered, when, and by which run.

    Examples:
        orderctl journal show R-1001
        orderctl journal list --outcome unknown -o ids | orderctl journal show -
        orderctl journal show R-1001 -o json

    A reference shows every write of it. In JSON one write is a document, several are a list. Customers' names, emails,
    phones and addresses are masked, so that it can go into a ticket; --reveal shows them.
    """
    wanted = [*dict.fromkeys(options.read_ids(app, names))]
    store = app.journal_for_reading()
    found = {name: [*operations.of_name(app, store, name)] for name in wanted}
    shown = [entry for entries in found.values() for entry in entries]
    missing = [name for name, entries in found.items() if not entries]
    if not shown and len(missing) == 1:
        raise operations.missing(missing[0])
    if app.output.format == "table" and not app.output.fields:
        for number, entry in enumerate(shown):
            if number:
                app.output.text("\n")
            app.output.one("operation", operations.document(app, entry, content=True))
        for name in missing:
            app.output.warning(operations.missing(name).message)
    elif len(wanted) == len(shown) == 1:
        app.output.one("operation", operations.document(app, shown[0], content=True))
    else:
        with app.output.rows("operation") as rows:
            for entry in shown:
                rows.add(operations.document(app, entry, content=True))
            for name in missing:
                rows.error(item_error(operations.missing(name), id=name))
            rows.finish()
    if not missing:
        return 0
    return PartlyDone.exit_code if shown else NotFound.exit_code


def reconcile(
    app: App,
    names: SomeNames = None,
    *,
    all: Annotated[  # noqa: A002  (the option's name)
        bool, typer.Option("--all", help="Every write of the profile's account that is in doubt.")
    ] = False,
) -> int:
    """Find out at the vendor what became of writes in doubt. It only reads there, and sends nothing again.

    Examples:
        orderctl journal reconcile R-1001 -p shop
        orderctl journal reconcile --all -p shop

    An order's reference or id names all of its writes that are in doubt. Exit code 0: all are known now. 8: some are
    still unknown, and the message says what to do. 6: some orders differ from what was sent; look at them, then use
    journal resolve. It is safe in cron.
    """
    if app.common.dry_run:
        raise UsageError("journal reconcile does not support --dry-run: it sends nothing")
    if bool(names) == all:
        raise UsageError("name writes by REF or OP, or add --all")
    ops = operations.of_account(app, names)
    if not ops:
        app.output.note("nothing is in doubt")
        return 0
    from orderctl.write.reconcile import Reconciler  # noqa: PLC0415  (only where something is in doubt)

    sender = app.sender()
    reconciler = Reconciler(sender)

    def settled(entry: Entry) -> Result:
        return _known(entry) or reconciler.settle(operations.not_sending(sender.journal, entry))

    return _each(app, "reconcile", ops, settled, looks=True)


def resolve(
    app: App,
    names: Names,
    *,
    exists: Annotated[
        str | None, typer.Option("--exists", metavar="ID", help="The create made the order with this id.")
    ] = None,
    absent: Annotated[
        bool, typer.Option("--absent", help="It was not done: no such order, or no such change, exists.")
    ] = False,
    applied: Annotated[bool, typer.Option("--applied", help="The update, push, cancel or call was applied.")] = False,
) -> int:
    """Say what became of a write in doubt, once you have looked at the vendor. Nothing is sent.

    Examples:
        orderctl journal resolve R-1001 --exists 82806
        orderctl journal resolve R-1001 --absent
        orderctl journal resolve 019ac3f1-65a0-7c11-a2b4-1f2e3d4c5b6a --applied

    After --absent, journal resend sends a create again. All named writes must be in doubt; otherwise none is changed.
    """
    answer = _one_of(exists=exists, absent=absent, applied=applied)
    wanted = [*dict.fromkeys(options.read_ids(app, names))]
    if exists is not None:
        options.one_id(exists)
        if len(wanted) > 1:
            raise UsageError(f"--exists is the id of one order, and {len(wanted)} writes are named")
    reading = app.journal_for_reading()
    doubtful = [operations.doubtful(app, reading, name, answer) for name in wanted]
    entries = [*{entry.op: entry for entry in doubtful}.values()]
    if app.common.dry_run:
        app.output.note(f"would resolve {operations.counted(len(entries))}")
        return 0
    with operations.changing(app) as (store, run):
        for entry in entries:
            _resolve(store, run, operations.settling(store, run, entry), answer, exists)
        after = [row for entry in entries for row in store.entries(Wanted(op=entry.op))]
    with app.output.rows("operation", written=True) as rows:
        for entry in after:
            rows.add(operations.document(app, entry))
        rows.finish()
    for entry in after:
        if entry.verb == "create" and entry.absent:
            app.output.note(_how_to_send(entry))
    return 0


def resend(app: App, names: Names) -> int:
    """Send creates again if their orders do not exist, as two searches have shown or you have confirmed.

    Examples:
        orderctl journal resend R-1001 -p shop
        orderctl journal resend R-1001 -p shop --dry-run

    Each is looked up once more before it is sent. It needs journal reconcile, or journal resolve --absent, first.
    """
    from orderctl.write.reconcile import resend as again  # noqa: PLC0415  (only this command sends again)

    app.writes(Capability.CREATE)
    ops = operations.of_account(app, names)
    app.allow_write(f"create {operations.counted(len(ops), 'order')} again")
    sender = app.sender(Capability.CREATE)

    def sent(entry: Entry) -> Result:
        return again(sender, operations.not_sending(sender.journal, entry))

    return _each(app, "resend", ops, sent, sender=sender)


def prune(
    app: App,
    *,
    older_than: Annotated[
        str | None,
        typer.Option("--older-than", metavar="AGE", help="Rows that were settled more than AGE ago: 90d, 12w."),
    ] = None,
) -> int:
    """Delete the content of old rows: what was sent and answered. What prevents a second order stays.

    Examples:
        orderctl journal prune --older-than 90d

    The reference, the id and the hash of the content stay, and a write in doubt stays whole.
    """
    if older_than is None:
        raise UsageError("journal prune needs --older-than AGE", hint="such as --older-than 90d")
    before = operations.now() - options.span(older_than, "--older-than")
    emptied = 0
    if app.common.dry_run:
        store = app.journal_for_reading()
        old = store.entries(Wanted(states=(State.DONE, State.REFUSED))) if store else ()
        emptied = sum(1 for e in old if e.content is not None and e.settled_at is not None and e.settled_at < before)
        app.output.note(f"would empty {operations.counted(emptied, 'row')}")
        return 0
    if app.journal_for_reading() is not None:
        with closing(app.journal_store()) as store:
            emptied = store.erase(before=before)
    app.output.note(f"{operations.counted(emptied, 'row')} emptied")
    return 0


def move(
    app: App,
    *,
    source: Annotated[
        str | None,
        typer.Option("--from", metavar="TARGET", help="The target that has the rows now, as journal list shows it."),
    ] = None,
) -> int:
    r"""Move the rows of one target to the profile of -p, after its url or a setting changed. It asks first.

    Examples:
        orderctl journal move --from 'onebox https://old.example.com' \
            -p shop

    Use it only if both are the same account at the vendor: the orders in these rows are not created again. It is
    refused while another run writes.
    """
    if not source:
        raise UsageError("journal move needs --from TARGET", hint="see: orderctl journal list --fields target,profile")
    app.config.choose(app.common.profile, app.environ, write=True)
    account = app.account()
    if source == account.target:
        raise UsageError(f"profile {account.profile} points at {source} already; nothing was moved")
    reading = app.journal_for_reading()
    found = sum(1 for _ in reading.entries(Wanted(target=source))) if reading else 0
    if not found:
        raise NotFound(
            f"the journal has no row of {source}",
            hint="see: orderctl journal list --fields target",
            code="journal.none",
        )
    if app.common.dry_run:
        app.output.note(f"would move {operations.counted(found, 'row')} to {account.target}")
        return 0
    app.confirm(f"Move {operations.counted(found, 'row')} of {source} to {account.target}?")
    _refuse_at_work(app, "moved")
    with closing(app.journal_store()) as store:
        moved = store.move(source, account)
    app.output.note(f"{operations.counted(moved, 'row')} moved to {account.target}")
    return 0


def forget(app: App) -> int:
    """Forget everything that was written to the account of -p, after the vendor lost its data. It asks first.

    Examples:
        orderctl journal forget -p test-shop
        orderctl journal forget -p test-shop --yes

    An example is a test system that was restored. Every reference can then be created again, so it is refused while a
    write of that account is in doubt, or another run writes.
    """
    app.config.choose(app.common.profile, app.environ, write=True)
    target = app.account().target
    reading = app.journal_for_reading()
    doubts = sum(1 for _ in reading.entries(Wanted(target=target, states=UNRESOLVED))) if reading else 0
    if doubts:
        raise Conflict(
            f"{operations.counted(doubts)} of profile {app.profile.name} are sending or unknown; nothing was forgotten",
            hint=f"see them: orderctl journal list --outcome unresolved -p {app.profile.name}",
            code="journal.unresolved",
        )
    found = sum(1 for _ in reading.entries(Wanted(target=target))) if reading else 0
    if app.common.dry_run or not found:
        app.output.note(f"would forget {operations.counted(found)}" if app.common.dry_run else "nothing to forget")
        return 0
    app.confirm(f"Forget {operations.counted(found)} of profile {app.profile.name} ({target})?")
    _refuse_at_work(app, "forgotten")
    with operations.changing(app) as (store, _):
        gone = store.erase(target=target)
    app.output.note(f"{operations.counted(gone)} forgotten")
    return 0


def _refuse_at_work(app: App, done: str) -> None:
    """Raise Conflict while another run writes: it would take the rows that are gone for orders never sent."""
    if runs.at_work(app.state):
        raise Conflict(
            f"another run of orderctl is writing now; nothing was {done}",
            hint="wait until it has ended, then run it again",
            code="journal.at_work",
        )


def _listed(app: App, store: "SqliteStore", wanted: Wanted, states: frozenset[State]) -> Iterator[Entry]:
    """Yield the rows of these states, the newest first; what a dead run was sending is unknown."""
    asked = {*states, State.SENDING} if State.UNKNOWN in states else states
    given = replace(wanted, states=tuple(asked)) if states else wanted
    for row in store.entries(given, newest_first=True):
        entry = operations.as_it_is(app, row)
        if not states or entry.state in states:
            yield entry


def _states(given: Iterable[str]) -> frozenset[State]:
    """Return the states that --outcome names, none for any."""
    return frozenset(s for one in given for s in (DOUBTED if one == "unresolved" else (State(one),)))


def _resolve(store: "SqliteStore", run: runs.Run, entry: Entry, answer: str, exists: str | None) -> None:
    """Give a row what a person says of it. Raises Conflict where another run has sent or settled it meanwhile."""
    state = State.DONE
    changes: dict[str, Any] = {"evidence": "a person confirmed that it was applied", "absent": False}
    if exists is not None:
        changes |= {"evidence": f"a person confirmed that it is order {exists}", "order_id": exists}
    elif answer == "absent" and entry.verb == "create":
        state, changes = State.UNKNOWN, {"evidence": "a person confirmed that the order does not exist", "absent": True}
    elif answer == "absent":
        state, changes = State.REFUSED, {"evidence": "a person confirmed that it was not applied"}
    if not store.settle(entry.op, state, seen=entry, settled_at=operations.now(), **changes):
        raise Conflict(f"{entry.verb} {entry.reference or entry.op} was changed by another run meanwhile")
    if state is State.DONE and entry.verb == "cancel" and entry.order_id is not None:
        from orderctl.write.doubts import note_cancelled  # noqa: PLC0415  (only where an order was cancelled)

        account = Account(target=entry.target, profile=entry.profile, vendor=entry.vendor)
        journal = Journal(store, run, account=lambda _: account, now=operations.now, pause=lambda _: None)
        note_cancelled(journal, entry.order_id)


def _how_to_send(entry: Entry) -> str:
    """Return how a create is sent whose order does not exist."""
    if registry.vendor(entry.vendor).duplicates is Duplicates.REFUSED:
        return f"{entry.reference}: the same create again sends it"
    return f"{entry.reference}: send it: orderctl journal resend {entry.reference} -p {entry.profile}"


def _each(
    app: App,
    verb: str,
    ops: Sequence[str],
    do: Callable[[Entry], Result],
    *,
    looks: bool = False,
    sender: "Sender | None" = None,
) -> int:
    """Do something with each of these rows, print its result, and return the exit code over all."""
    store = app.journal_for_reading()

    def row(op: str) -> Entry:
        found = next(store.entries(Wanted(op=op)), None) if store else None
        if found is None:
            raise operations.missing(op)
        return found

    def done(op: str) -> Result:
        entry = row(op)
        try:
            return do(entry)
        except (DeadlinePassed, Interrupted):
            raise
        except OrderctlError as error:
            error.journal = op
            return failed(entry.verb, error, order_id=entry.order_id, reference=entry.reference)

    def dry(op: str) -> None:
        if sender is not None:
            sender.dry_run(row(op).prepared)

    try:
        return results.many(
            app, verb, ops, done, dry_run=dry, name=lambda op: (None, op), total=len(ops), looks=looks
        )  # fmt: skip
    finally:
        if store is not None and not app.common.dry_run:
            operations.tidy(app, store)


def _known(entry: Entry) -> Result | None:
    """Return the result of a write that is not in doubt, None for one that is."""
    if entry.state not in KNOWN:
        return None
    outcome, message = KNOWN[entry.state]
    return Result(
        verb=entry.verb,
        outcome=outcome,
        id=entry.order_id,
        reference=entry.reference,
        message=message,
        journal=entry.op,
    )


def _one_of(*, exists: str | None, absent: bool, applied: bool) -> str:
    """Return which of the three was given. Raises UsageError for none or several."""
    names = [
        name for name, given in (("exists", exists is not None), ("absent", absent), ("applied", applied)) if given
    ]
    if len(names) != 1:
        raise UsageError("give one of --exists ID, --absent, --applied; nothing was changed")
    return names[0]


def _zone(app: App) -> dt.tzinfo:
    """Return the zone of the profile that was named; UTC where none was, or it is not in the config file any more."""
    named = app.profile_named
    return app.profile.zone if named in app.config.names() else dt.UTC


def _check(given: str | None, option: str, known: tuple[str, ...]) -> None:
    if given is not None and given not in known:
        near = nearest(given, known)
        hint = near if near.startswith("did") else f"there are: {', '.join(known)}"
        raise UsageError(f"unknown {option} {given!r}", hint=hint)
