"""create: one order from options, or many from a file."""

import secrets
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Annotated

import typer

from orderctl import drafts
from orderctl.app import App
from orderctl.backend.prepared import Prepared
from orderctl.backend.vendor import Capability
from orderctl.commands import files, options, results
from orderctl.errors import Conflict, OrderctlError, Refused, UsageError
from orderctl.model import OrderDraft
from orderctl.output.kept import Kept
from orderctl.redaction import redact
from orderctl.write.result import Result

MAX_WARNINGS = 20
"""How many warnings about the orders of a file are shown."""

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def command(
    app: App,
    *,
    reference: options.Reference = None,
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
    set: options.Set = None,  # noqa: A002  (the option's name)
    file: options.File = None,
    from_: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="FILE", help="Many orders: a .csv, .json, .jsonl or .xlsx file; - is standard input."
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
    settled: Annotated[
        str | None,
        typer.Option("--settled", metavar="SECONDS", help="Read the file only if it was not changed for so long."),
    ] = None,
    skip_invalid: Annotated[
        bool, typer.Option("--skip-invalid", help="Send a file's good orders. Exit 7 if any was left out, 2 if all.")
    ] = False,
    skip_existing: Annotated[
        bool,
        typer.Option("--skip-existing", help="Leave orders alone that exist: same customer, and a line that agrees."),
    ] = False,
    new_target: Annotated[
        bool, typer.Option("--new-target", help="The profile points at another account than before, and that is meant.")
    ] = False,
    rejects: Annotated[
        str | None,
        typer.Option(
            "--rejects", metavar="FILE", help="Where to write the orders that are invalid, refused or in conflict."
        ),
    ] = None,
    kept: options.Results = None,
    jobs: options.Jobs = None,
    max_errors: options.MaxErrors = None,
) -> int:
    r"""Create an order from options, or many from a file.

    Examples:
        orderctl create --reference R-1001 --email ann@example.com \
            --customer-name Ann \
            --line 'sku=100500,name=Test GOODS1,quantity=2,price=102'
        orderctl create --from orders.csv
        orderctl create --from export.csv --customer-name Shop \
            --columns reference=InvoiceNo,sku=StockCode,quantity=Quantity \
            --skip-invalid --rejects rejects.csv
        orderctl create --from orders.csv --jobs 8 --results results.jsonl

    Without --reference one is made and shown before anything is sent; -q hides it, -o json has it. Options beside
    --from fill what the file leaves empty. A file is checked whole before its first order is sent.
    """
    app.vendor.require(Capability.CREATE)
    given = options.draft_options(
        reference=reference, title=title, note=note, customer=customer, customer_name=customer_name, email=email,
        phone=phone, address=address, due=due, currency=currency, total=total, status=status, paid=paid,
        line=line or (), set=set or (), file=file or (),
    )  # fmt: skip
    if from_ is None:
        _refuse_options_of_files(
            format=format, columns=columns, encoding=encoding, delimiter=delimiter, map=map_, numbers=numbers,
            dates=dates, ignore_columns=ignore_columns, settled=settled, skip_invalid=skip_invalid, rejects=rejects,
            results=kept, jobs=jobs, max_errors=max_errors, **{"with": with_},
        )  # fmt: skip
        return _one(app, given, new_target=new_target, skip_existing=skip_existing)
    at_once = options.jobs(app, jobs)
    most_errors = None if max_errors is None else options.whole_number(max_errors, "--max-errors")
    warned = _Warned(app)
    reading = files.Reading(
        app,
        map_=map_,
        with_=with_,
        columns=columns,
        numbers=numbers,
        dates=dates,
        ignore=ignore_columns,
        profile=app.profile,
    )
    if settled is not None:
        files.settled(from_, settled)
    with (
        drafts.read(
            from_,
            format=format,
            encoding=encoding,
            delimiter=delimiter,
            **reading.options,
            defaults=given,
            zone=app.profile.zone,
            prepare=warned.prepare,
            skip_invalid=skip_invalid,
            rejects=Path(rejects) if rejects else None,
            stdin=options.stdin(app, from_),
        ) as batch,
        ExitStack() as opened,
    ):
        if batch.not_read:
            app.output.note(batch.not_read)
        reading.tell(batch.notes, batch.warned)
        app.allow_write(f"create {batch.count} orders")
        told = _kept(app, kept, opened, but=(from_, rejects))
        sender = app.sender(Capability.CREATE)
        if not batch.count + batch.rejected:
            app.output.note(f"no orders in {'standard input' if from_ == '-' else from_}")
        if batch.rejected:
            where = f"; they are in {rejects}, with the reason" if rejects else ""
            app.output.warning(f"{batch.rejected} of {batch.rejected + batch.count} orders are left out{where}")
            if not rejects:
                app.output.problems(batch.problems, more=batch.problem_count - len(batch.problems))
        warned.tell()
        refused = _Refused(app, batch, rejects)
        opened.callback(refused.leave)
        return results.many(
            app,
            "create",
            _to_show(app, batch)
            if app.common.dry_run
            else sender.plan(batch, new_target=new_target, skip_existing=skip_existing),
            sender.write,
            dry_run=sender.dry_run,
            name=lambda prepared: (None, prepared.reference),
            total=batch.count,
            left_out=batch.rejected,
            jobs=at_once,
            max_errors=most_errors,
            kept=told,
            after=refused.note,
            end=refused.end,
        )


def _to_show(app: App, batch: drafts.Batch) -> Iterable[Prepared]:
    """Return the orders whose requests a dry run shows: the first one for people, who get a summary, else all."""
    if app.output.format != "table":
        return batch
    from orderctl.commands.dry_run import Summary  # noqa: PLC0415  (only in a dry run)

    return Summary(app).first(batch)


def _refuse_options_of_files(**given: object) -> None:
    """Raise UsageError for an option that goes with a file only."""
    for name, value in given.items():
        if value:
            raise UsageError(f"--{name.replace('_', '-')} goes with --from FILE")


def _one(app: App, given: drafts.DraftOptions, *, new_target: bool, skip_existing: bool) -> int:
    if given == drafts.DraftOptions():
        raise UsageError("nothing to create", hint="give --email, --line …, or --from FILE; orderctl create --help")
    draft = drafts.from_options(given, zone=app.profile.zone)
    if draft.reference is None:
        draft = draft.with_reference("OC-" + "".join(secrets.choice(CROCKFORD) for _ in range(16)))
        app.output.note(f"reference {draft.reference}")
    prepared = app.vendor.prepare("create", draft, app.profile)
    options.refuse(prepared.problems, "the order", app, "create")
    for warning in prepared.warnings:
        app.output.warning(warning)
    app.allow_write("create an order")
    sender = app.sender(Capability.CREATE)
    if not app.common.dry_run:
        sender.plan([prepared], new_target=new_target, skip_existing=skip_existing)
    return results.one(app, sender, prepared)


def _kept(app: App, path: str | None, opened: ExitStack, *, but: tuple[str | None, ...]) -> Kept | None:
    """Return the file of --results, opened, which is none of the files `but`. Raises UsageError and MachineRefused."""
    if path is None or app.common.dry_run:
        return None
    from orderctl.drafts.source import same_file  # noqa: PLC0415  (only where a file is read)

    for other in but:
        if other and same_file(other, options.stdin(app, other), Path(path)):
            raise UsageError(f"--results {path} is another file of this command: {other}; nothing was sent")
    file = Kept(path, redact=redact)
    opened.callback(file.close)
    return file


class _Refused:
    """Notes which orders of a file were not taken, for its rejects file."""

    def __init__(self, app: App, batch: drafts.Batch, rejects: str | None) -> None:
        self._app, self._batch, self._rejects = app, batch, rejects

    def note(self, result: Result) -> None:
        """Keep an order whose result asks for a person: it is invalid, refused, or in conflict with another."""
        if isinstance(result.error, Conflict | Refused | UsageError) and result.reference is not None:
            self._batch.refuse(result.reference, redact(result.message), result.error.code)

    def end(self) -> None:
        """Write the rejects file at the end of the run. Raises MachineRefused."""
        self._batch.end_rejects()
        if self._rejects is not None and self._batch.refused:
            number = f"{self._batch.refused} order{'s' if self._batch.refused > 1 else ''}"
            self._app.output.warning(f"{number} to fix in {self._rejects}, each with the reason")

    def leave(self) -> None:
        """Write it where the run was broken off."""
        with suppress(OrderctlError):
            self._batch.end_rejects()


class _Warned:
    """Prepares the orders of a file, and keeps the first of what is worth a warning."""

    def __init__(self, app: App) -> None:
        self._app, self._first, self._count = app, list[str](), 0

    def prepare(self, draft: OrderDraft) -> Prepared:
        """Return an order of a file, prepared."""
        prepared = self._app.vendor.prepare("create", draft, self._app.profile)
        if not prepared.problems:
            self._count += len(prepared.warnings)
            self._first += [f"row {draft.row}, {w}" for w in prepared.warnings[: MAX_WARNINGS - len(self._first)]]
        return prepared

    def tell(self) -> None:
        """Print the warnings."""
        for warning in self._first:
            self._app.output.warning(warning)
        if self._count > len(self._first):
            self._app.output.warning(f"… and {self._count - len(self._first)} more warnings")
