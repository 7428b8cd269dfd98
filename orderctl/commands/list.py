"""list: orders, filtered and paged."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orderctl.app import App
from orderctl.backend.contract import Backend
from orderctl.backend.vendor import Capability
from orderctl.commands import options
from orderctl.commands.in_doubt import InDoubt
from orderctl.errors import Problem, UsageError
from orderctl.frozen import dataclass, replace
from orderctl.model import Query, Status
from orderctl.output.documents import item_error, order_document
from orderctl.read import listing
from orderctl.state.paths import state_folder

if TYPE_CHECKING:
    from orderctl.output.rows import Rows
    from orderctl.read.checkpoints import Checkpoint


def command(
    app: App,
    *,
    status: Annotated[
        str | None, typer.Option("--status", metavar="S", help="open, completed, …, or the vendor's own word.")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="DATE", help="Created on or after: 2026-03-01, today, 7d, 12h.")
    ] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="DATE", help="Created on or before.")] = None,
    changed_since: Annotated[
        str | None, typer.Option("--changed-since", metavar="DATE", help="Changed on or after.")
    ] = None,
    customer: Annotated[
        str | None,
        typer.Option("--customer", metavar="C", help="The customer's code, name, e-mail address or phone number."),
    ] = None,
    reference: options.Reference = None,
    text: Annotated[
        str | None, typer.Option("--text", metavar="TEXT", help="Words in the title, the note or a name.")
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option("--where", metavar="KEY=VALUE", help="A vendor's own field; KEY:OPERATOR=V1,V2. Repeatable."),
    ] = None,
    set: options.Set = None,  # noqa: A002  (the option's name)
    limit: Annotated[
        str | None,
        typer.Option("--limit", metavar="N", help="At most N orders (default: 100 on a terminal, else all)."),
    ] = None,
    all: Annotated[bool, typer.Option("--all", help="Read to the end, also on a terminal.")] = False,  # noqa: A002  (the option's name)
    after: Annotated[
        str | None, typer.Option("--after", metavar="CURSOR", help="Continue a list that was cut here.")
    ] = None,
    sort: Annotated[
        str | None, typer.Option("--sort", metavar="KEY[:desc]", help="created_at, total, customer, …")
    ] = None,
    checkpoint: Annotated[
        str | None,
        typer.Option("--checkpoint", metavar="NAME", help="Only what changed since the last good run of NAME."),
    ] = None,
    watch: Annotated[
        str | None,
        typer.Option("--watch", metavar="SECONDS", help="Show the list again every SECONDS (terminal only)."),
    ] = None,
    raw: Annotated[bool, typer.Option("--raw", help="Add the vendor's own answer.")] = False,
    wide: options.Wide = False,
    bom: options.Bom = False,
) -> int:
    """List orders, filtered and paged.

    A table on a terminal shows the 100 newest orders. Everywhere else the list is complete: in a pipe, in a file, with
    any -o but table.

    Examples:
        orderctl list
        orderctl list --since 7d --status open --customer 'Inna Leonova'
        orderctl list --where managername='Inna Leonova' --sort total:desc -o jsonl
        orderctl list --status New -o ids | orderctl push - --to Delivered
        orderctl list -p shop,field --since today
        orderctl list -o xlsx > orders.xlsx
        orderctl list --checkpoint export -o jsonl > "changes-$(date +%s).jsonl"

    A DATE or a time without a zone is in the profile's zone. Times are printed in UTC, in a table on a terminal in
    local time. Such a table leaves out columns that are empty or do not fit; --wide shows all, --fields those that you
    name: a field of the order's document (orderctl schema order) or a heading of -o csv.

    --customer reads digits as a code, so write a phone number with its +. -p A,B or -p all lists several profiles.

    --checkpoint prints every order that changed since the last good run of NAME, at least once: after a run that
    failed, its orders are printed again. The account and the filters of a NAME must stay the same. Deleted orders are
    not shown. Without --checkpoint a list can miss an order: if another one leaves the list during the read (it is
    deleted, or its status changes), the orders after it move up, and one can move to a page that was already read.
    """
    asked = ListOptions(
        status=status,
        since=since,
        until=until,
        changed_since=changed_since,
        customer=customer,
        reference=reference,
        text=text,
        where=tuple(where or ()),
        set=tuple(set or ()),
        limit=limit,
        all=all,
        after=after,
        sort=sort,
        raw=raw,
    )
    app.output.arrange(wide=wide, bom=bom)
    names = named_profiles(app)
    _check_together(asked, checkpoint=checkpoint, watch=watch, names=names, app=app)
    if watch is not None:
        from orderctl.commands.watching import repeat  # noqa: PLC0415  (only with --watch)

        return repeat(app, watch, lambda: _list_profiles(app, names, asked) if names else _one(app, asked))
    if names:
        return _list_profiles(app, names, asked)
    if checkpoint is not None:
        return _changes(app, checkpoint, asked)
    return _one(app, asked)


@dataclass(frozen=True, kw_only=True)
class ListOptions:
    """The options of a list, as they were typed."""

    status: str | None
    since: str | None
    until: str | None
    changed_since: str | None
    customer: str | None
    reference: str | None
    text: str | None
    where: tuple[str, ...]
    set: tuple[str, ...]
    limit: str | None
    all: bool
    after: str | None
    sort: str | None
    raw: bool

    @property
    def filters(self) -> Mapping[str, Any]:
        """Which orders are meant, by the names of the options."""
        names = ("status", "since", "until", "customer", "reference", "text", "where", "set")
        given = {name: getattr(self, name) for name in names}
        return {name: list(v) if isinstance(v, tuple) else v for name, v in given.items() if v not in (None, ())}


def named_profiles(app: App) -> tuple[str, ...]:
    """Return the profiles that -p names where it names several, none otherwise."""
    given = app.profile_named or ""
    return app.config.several(given) if given == "all" or "," in given else ()


def planned(app: App, asked: ListOptions, *, people: bool, since: Any = None) -> listing.Plan:
    """Return how a list is answered for a profile. Raises UsageError, Unsupported; nothing has been sent.

    `since` is when the changes that are asked for begin.
    """
    app.vendor.require(Capability.PAGE)
    zone = app.profile.zone
    sort, descending = options.sort(asked.sort)
    query = Query(
        status=asked.status,
        since=options.moment(asked.since, "--since", zone),
        until=options.moment(asked.until, "--until", zone, end_of_day=True),
        changed_since=since or options.moment(asked.changed_since, "--changed-since", zone),
        customer=asked.customer,
        reference=asked.reference,
        text=asked.text,
        where=_where(asked.where),
        sort=sort,
        descending=descending,
        set=options.settings(asked.set),
    )
    plan = listing.plan(
        query, app.vendor, limit=options.count(asked.limit), read_all=asked.all, after=asked.after, people=people
    )
    options.refuse(app.vendor.check_query(plan.remote, app.profile), "the list", app, "list")
    return plan


def _one(app: App, asked: ListOptions) -> int:
    """List the orders of one profile."""
    dry = app.common.dry_run and app.output.format == "table"  # it asks what the list itself would
    people = sys.stdout.isatty() if dry and sys.stdout else app.output.table_on_terminal
    plan = planned(app, asked, people=people)
    app.output.check_fields("order")
    backend = app.backend(Capability.PAGE)
    with _printed(app, backend, plan, whole=asked.all) as (rows, found):
        in_doubt = InDoubt(app)
        for order in found.orders:
            in_doubt.of(order.id, order.reference)
            rows.add(order_document(order, profile=app.profile.name, vendor=app.profile.vendor, raw=asked.raw))
    if not rows.count and asked.status is not None and asked.status not in {*Status}:
        app.output.note(f"no order has the vendor's status {asked.status!r}; ours are {', '.join(Status)}")
    elif not rows.count:
        tell_empty(app, asked)
    return 0


def tell_empty(app: App, asked: ListOptions) -> None:
    """Say on a terminal that a list is empty: its table has a heading only."""
    if app.output.table_on_terminal:
        app.output.note("no orders match" if asked.filters or asked.changed_since else "no orders")


def _changes(app: App, name: str, asked: ListOptions) -> int:
    """List what changed since the last run of a checkpoint that ended well; then move it on."""
    from orderctl.output.jsontext import compact  # noqa: PLC0415  (only with --checkpoint)
    from orderctl.read import checkpoints  # noqa: PLC0415  (only with --checkpoint)

    checkpoints.require(app.vendor)
    planned(app, asked, people=False)
    dry = app.common.dry_run
    if dry and not checkpoints.exists(state_folder(app.environ), name):
        return _one(app, replace(asked, all=True))  # a dry run makes no file, and what a first run asks for is all
    with nullcontext() if dry else checkpoints.hold(app.state, name):
        kept: Checkpoint = checkpoints.load(
            app.state, name, profile=app.profile.name, target=app.account().target, filters=asked.filters
        )
        plan = replace(planned(app, asked, people=False, since=kept.since), settled=True)
        app.output.check_fields("order")
        backend = app.backend(Capability.PAGE)
        started = app.client.clock.utc()
        with _printed(app, backend, plan, whole=True) as (rows, found):
            in_doubt = InDoubt(app)
            for order in found.orders:
                document = order_document(order, profile=app.profile.name, vendor=app.profile.vendor)
                if kept.is_new(order, compact(document)):
                    in_doubt.of(order.id, order.reference)
                    rows.add(
                        order_document(order, profile=app.profile.name, vendor=app.profile.vendor, raw=True)
                        if asked.raw
                        else document
                    )
        if not rows.count and app.output.table_on_terminal:
            app.output.note(f"nothing has changed since the last good run of {name}" if kept.since else "no orders")
        app.output.keep()
        app.stop.end()  # a signal now would say that the run failed, and the checkpoint would have moved on
        kept.move_on(started, whole=not found.errors)
    return 0


def _list_profiles(app: App, names: tuple[str, ...], asked: ListOptions) -> int:
    """List the orders of several profiles as one list."""
    from orderctl.commands.profiles_at_once import show  # noqa: PLC0415  (only where several are named)

    return show(app, names, asked)


@contextmanager
def _printed(
    app: App, backend: Backend, plan: listing.Plan, *, whole: bool
) -> "Iterator[tuple[Rows, listing.Listing]]":
    """Read and print a list, `whole` where --all is given: what it says of its end is printed however it ends."""
    found = listing.read(backend, plan, note=app.output.detail, now=app.client.clock.utc)
    with app.output.rows("order") as rows:
        try:
            yield rows, found
        finally:
            rows.next = found.next
            for error in found.errors:
                rows.error(item_error(error))
        rows.finish(complete=found.complete, next=found.next, cut=_cut(plan, rows.count, found.next, whole=whole))


def _cut(plan: listing.Plan, count: int, following: str | None, *, whole: bool) -> str:
    """Return what a list says that was cut where the usual is wrong, "" where that is right.

    There may be no cursor to go on with, and --all was perhaps given.
    """
    if plan.newest:
        return f"the {count} newest orders are shown, there may be more; all: --all"
    if plan.sort_locally:
        return f"the first {count} orders are shown; more: a larger --limit"
    if whole and following:
        return f"{count} order{'' if count == 1 else 's'} shown, there may be more; continue with --after {following}"
    return ""


def _check_together(
    asked: ListOptions, *, checkpoint: str | None, watch: str | None, names: tuple[str, ...], app: App
) -> None:
    """Raise UsageError for options that exclude each other."""
    given = {
        "--after": asked.after is not None,
        "--all": asked.all,
        "--changed-since": asked.changed_since is not None,
        "--checkpoint": checkpoint is not None,
        "--dry-run": app.common.dry_run,
        "--limit": asked.limit is not None,
        "--secrets-stdin": app.common.secrets_stdin,
        "--sort": asked.sort is not None,
        "several profiles": bool(names),
    }
    for option, set_, others in (
        ("--checkpoint", checkpoint, ("--after", "--changed-since", "--limit", "--sort", "several profiles")),
        ("--watch", watch, ("--after", "--all", "--checkpoint", "--dry-run")),
        ("several profiles", names or None, ("--after", "--dry-run", "--secrets-stdin")),
    ):
        wrong = [other for other in others if set_ is not None and given[other]]
        if wrong:
            raise UsageError(f"{option} and {wrong[0]} exclude each other", hint="see: orderctl list --help")
    if names and app.output.format == "ids":
        raise UsageError(
            "-o ids lists one profile only, as ids do not name their profile",
            hint="for several profiles: -o csv --fields profile,id",
        )


def _where(texts: tuple[str, ...]) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return the filters on a vendor's own fields: by key, an operator ("" = equal) and its values."""
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        name, colon, operator = key.partition(":")
        if not equals or not name or (colon and not operator):
            raise UsageError(
                f"--where {text}: is not KEY=VALUE", fields=[Problem("--where", f"{text!r} is not KEY=VALUE")]
            )
        if name in found:
            raise UsageError(f"--where {name} is given twice")
        found[name] = (operator, tuple(value.split(",")) if operator else (value,))
    return found
