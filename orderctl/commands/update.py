"""update: change orders, their fields and lines: one, those of a list of ids, or those of a file."""

from collections.abc import Callable
from contextlib import ExitStack
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from orderctl import drafts
from orderctl.app import App
from orderctl.backend.prepared import Prepared
from orderctl.backend.vendor import Capability
from orderctl.commands import bulk, options, results
from orderctl.errors import Problem, UsageError
from orderctl.frozen import dataclass, replace
from orderctl.model import OrderChange, OrderDraft, OrderKey

if TYPE_CHECKING:
    from orderctl.write.send import Sender

TWICE = "leave out what was done before you run it again: its lines or files would be added a second time"
"""The warning of a run that did not come to its end, where its changes add something."""


def command(
    app: App,
    id: Annotated[  # noqa: A002  (the argument's name)
        str | None, typer.Argument(metavar="[ID]", help="The order, by id; - reads ids from standard input.")
    ] = None,
    *,
    reference: options.ByReference = None,
    title: options.Title = None,
    note: options.Note = None,
    customer: options.Customer = None,
    customer_name: options.CustomerName = None,
    email: options.Email = None,
    phone: options.Phone = None,
    address: options.Address = None,
    due: options.Due = None,
    currency: options.Currency = None,
    total: options.Total = None,
    status: options.Status = None,
    paid: options.Paid = None,
    line: options.Line = None,
    replace_lines: Annotated[
        bool, typer.Option("--replace-lines", help="Replace all lines of the order by those given here.")
    ] = False,
    set: options.Set = None,  # noqa: A002  (the option's name)
    file: options.File = None,
    from_: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="FILE",
            help="A file with changes of many orders; with an ID, a JSON file with those of this one.",
        ),
    ] = None,
    format: options.FileFormat = None,  # noqa: A002  (the option's name)
    map_: options.Map = None,
    with_: options.With = None,
    columns: options.Columns = None,
    encoding: options.Encoding = None,
    delimiter: options.Delimiter = None,
    numbers: options.Numbers = None,
    dates: options.Dates = None,
    ignore_columns: options.IgnoreColumns = False,
    settled: options.Settled = None,
    skip_invalid: options.SkipInvalid = False,
    rejects: options.Rejects = None,
    results_to: options.Results = None,
    jobs: options.Jobs = None,
    max_errors: options.MaxErrors = None,
    max_affected: options.MaxAffected = None,
) -> int:
    r"""Change an order, its fields and lines, or many from a file.

    Examples:
        orderctl update 82806 --note 'call before delivery' --paid
        orderctl update 82806 --line 'sku=100500,quantity=1,price=102'
        orderctl update 82806 --replace-lines --yes \
            --line 'sku=100500,quantity=3,price=99'
        orderctl update 82806 --from patch.json
        orderctl update --reference R-1001 --note 'call before delivery'
        orderctl update --from changes.csv --results results.jsonl
        orderctl list --status New -o ids | orderctl update - --paid

    A file of many changes names each order in a column (or key) id or reference. The other columns are those of create
    --from and hold the new values; an empty cell changes nothing. With --from, the other options fill what the file
    leaves empty. The whole file is checked before its first order is changed.

    Lines are added to those of the order. --replace-lines replaces them all, which cannot be undone, so it asks; in a
    script add --yes.

    --reference names the order. To change the reference itself, where the vendor allows it, use --set reference=R.
    """
    app.writes(Capability.UPDATE)
    options.separate_files(app, from_, rejects=rejects, results=results_to)
    given = options.draft_options(
        title=title, note=note, customer=customer, customer_name=customer_name, email=email, phone=phone,
        address=address, due=due, currency=currency, total=total, status=status, paid=paid,
        line=line or (), set=set or (), file=file or (),
    )  # fmt: skip
    at_once, most_errors = options.jobs(app, jobs), options.most_errors(max_errors)
    read = bulk.FileOptions(
        format=format, map_=map_, with_=with_, columns=columns, encoding=encoding, delimiter=delimiter, numbers=numbers,
        dates=dates, ignore_columns=ignore_columns, settled=settled, skip_invalid=skip_invalid, rejects=rejects,
    )  # fmt: skip
    run = _Run(max_affected=max_affected, results_to=results_to, jobs=at_once, max_errors=most_errors)
    if from_ is not None and id is None and not reference:
        return _of_file(app, from_, read, given, run, replace_lines=replace_lines)
    read.refuse()
    keys = _keys(app, id, reference, from_)
    change = _change(app, given, from_, replace_lines=replace_lines)
    return _of_keys(app, keys, change, run, listed=id == "-", source=from_)


@dataclass(frozen=True, kw_only=True)
class _Run:
    """How the changes are made: of how many orders at most, how many at once, and where their results go."""

    max_affected: str | None
    results_to: str | None
    jobs: int
    max_errors: int | None


def _of_keys(
    app: App,
    keys: list[OrderKey],
    change: OrderChange,
    run: _Run,
    *,
    listed: bool,
    source: str | None,
) -> int:
    """Make the same change to each of the orders that the command line names."""
    prepared = _prepared(app, change)
    options.limit_affected(len(keys), run.max_affected)
    opened_once = cache(lambda: app.sender(Capability.UPDATE))
    _allow(app, change, keys, opened_once)
    with ExitStack() as opened:
        results_file = bulk.open_results(app, run.results_to, opened, but=(source,))
        return results.each(
            app,
            opened_once(),
            prepared,
            keys,
            listed=listed,
            jobs=run.jobs,
            max_errors=run.max_errors,
            results_file=results_file,
            again=TWICE if _adds(change) else "",
        )


def _of_file(
    app: App,
    source: str,
    read: bulk.FileOptions,
    given: drafts.DraftOptions,
    run: _Run,
    *,
    replace_lines: bool,
) -> int:
    """Change the orders that a file names, each as the file says."""
    rejects = read.rejects
    changes = _Changes(app, replace_lines=replace_lines)
    warned = bulk.Warned(app, changes.prepare)
    read = replace(read, map_=read.map_ or _own_mapping(app))
    how = {"changes": True, "replace_lines": replace_lines}
    with read.orders(app, source, given, warned.prepare, **how) as batch, ExitStack() as opened:
        options.limit_affected(batch.count, run.max_affected)
        what = options.named([one.key for one in islice(batch, options.NAMED) if one.key], batch.count)
        app.allow_write(f"update {what}", show=changes.tell)
        if changes.replacing:
            app.confirm(f"Replace all lines of {options.named(changes.replaced, changes.replacing)}?")
        results_file = bulk.open_results(app, run.results_to, opened, but=(source, rejects))
        sender = app.sender(Capability.UPDATE)
        warned.tell()
        refused = bulk.RejectedOrders(app, batch, rejects, all_left=changes.adding)
        again = f"{TWICE}; {f'{rejects} has the others' if rejects else '--rejects FILE keeps the others'}"
        opened.callback(refused.leave)
        return results.many(
            app,
            "update",
            bulk.to_show(app, batch, changes=True) if app.common.dry_run else batch,
            refused.noting(lambda prepared: sender.write(prepared, prepared.key)),
            dry_run=lambda prepared: sender.dry_run(prepared, prepared.key),
            name=lambda prepared: (prepared.key.id, prepared.key.reference) if prepared.key else (None, None),
            total=batch.count,
            left_out=batch.rejected,
            jobs=run.jobs,
            max_errors=run.max_errors,
            results_file=results_file,
            after=refused.note,
            end=refused.end,
            again=again if changes.adding else "",
        )


def _keys(app: App, order_id: str | None, references: list[str] | None, from_: str | None) -> list[OrderKey]:
    """Return the orders that a command line names: one, or those whose ids are on standard input."""
    if order_id != "-" or references:
        return [options.key(app, order_id, references)]
    if from_ == "-":
        raise UsageError("the ids and --from - both need standard input", hint="put one of them in a file")
    return options.once(app, options.keys(app, [order_id], None))


def _change(app: App, given: drafts.DraftOptions, from_: str | None, *, replace_lines: bool) -> OrderChange:
    """Return what the options, and a JSON file of one change, say. Raises UsageError where that is nothing."""
    zone = app.profile.zone
    if from_ is None:
        change = drafts.change_from_options(given, replace_lines=replace_lines, zone=zone)
    else:
        change = drafts.read_change(
            from_, zone=zone, options=given, replace_lines=replace_lines, stdin=options.stdin(app, from_)
        )
    if change == OrderChange():
        raise UsageError(
            "there is nothing to change", hint=f"what can be changed: orderctl schema {app.vendor.name} update"
        )
    return change


def _prepared(app: App, change: OrderChange) -> Prepared:
    """Return a change, prepared; warnings are printed. Raises UsageError where something is wrong with it."""
    prepared = app.vendor.prepare("update", change, app.profile)
    options.refuse(prepared.problems, "the change", app, "update")
    for warning in prepared.warnings:
        app.output.warning(warning)
    return prepared


def _allow(app: App, change: OrderChange, keys: list[OrderKey], sender: "Callable[[], Sender]") -> None:
    """Allow the change of the orders that are named; of a single one, a terminal shows first what will be different."""
    what = options.named(keys)

    def show() -> None:
        if len(keys) == 1 and app.interactive and not (app.common.dry_run or app.common.quiet):
            from orderctl.commands.difference import tell  # noqa: PLC0415  (only on a terminal)

            tell(app, sender().backend, change, keys[0])

    app.allow_write(f"update {what}", show=show)
    if change.replace_lines:
        app.confirm(f"Replace all lines of {what}?")


def _adds(change: OrderChange) -> bool:
    """Return whether a change adds something each time that it is made."""
    return bool((change.lines and not change.replace_lines) or change.files)


def _own_mapping(app: App) -> str | None:
    """Return "none" where no mapping is named: one that knows a shop's export would add the lines of its orders."""
    return None if app.profile.mapping or app.profile.columns else "none"


class _Changes:
    """Prepares the changes of a file, and knows how many lines they add, and of which orders they replace all.

    `replaced` are the first of those, `replacing` how many there are.
    """

    def __init__(self, app: App, *, replace_lines: bool) -> None:
        self.adding = False
        self.replacing = 0
        self.replaced: list[OrderKey] = []
        self._app, self._replaces = app, replace_lines
        self._lines = self._orders = 0
        self._unsearchable: tuple[Problem, ...] | None = None

    def prepare(self, draft: OrderDraft) -> Prepared:
        """Return the change that a draft of a file describes, prepared, with the order that it names."""
        try:
            change = drafts.change_of(draft, replace_lines=self._replaces)
        except UsageError as error:
            return Prepared(verb="update", row=draft.row, problems=error.fields)
        key = drafts.key_of(draft)
        prepared = replace(self._app.vendor.prepare("update", change, self._app.profile), key=key)
        if key is not None and key.id is None:
            prepared = replace(prepared, problems=(*prepared.problems, *self._without_search(key)))
        self.adding = self.adding or _adds(change)
        if change.replace_lines and key is not None and not prepared.problems:
            self.replacing += 1
            self.replaced += [key] * (self.replacing <= options.NAMED)
        if change.lines and not change.replace_lines:
            self._orders += 1
            self._lines += len(change.lines)
        return prepared

    def tell(self) -> None:
        """Say how many lines are added: that is what a file of whole orders would do, too."""
        if self._lines:
            orders = "1 order" if self._orders == 1 else f"{self._orders:,} orders"
            self._app.output.note(
                f"{self._lines:,} lines are added to the lines of {orders}; --replace-lines replaces those instead"
            )

    def _without_search(self, key: OrderKey) -> tuple[Problem, ...]:
        """Return why no order can be found by its reference with this profile."""
        if self._unsearchable is None:
            self._unsearchable = options.unsearchable(self._app, str(key.reference))
        return self._unsearchable
