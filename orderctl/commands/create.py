"""create: one order from options, or many from a file."""

import secrets
from contextlib import ExitStack
from itertools import islice
from typing import Annotated

import typer

from orderctl import drafts
from orderctl.app import App
from orderctl.backend.vendor import Capability
from orderctl.commands import bulk, options, results
from orderctl.errors import UsageError
from orderctl.model import OrderKey

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
    settled: options.Settled = None,
    skip_invalid: options.SkipInvalid = False,
    skip_existing: Annotated[
        bool,
        typer.Option(
            "--skip-existing", help="Skip orders that exist already with the same customer and an equal line."
        ),
    ] = False,
    new_target: Annotated[
        bool, typer.Option("--new-target", help="Confirm that the profile now names another account than before.")
    ] = False,
    rejects: options.Rejects = None,
    results_to: options.Results = None,
    jobs: options.Jobs = None,
    max_errors: options.MaxErrors = None,
) -> int:
    r"""Create an order from options, or many from a file.

    Examples:
        orderctl create
        orderctl create --reference R-1001 --email ann@example.com \
            --customer-name Ann \
            --line 'sku=100500,name=Test GOODS1,quantity=2,price=102'
        orderctl create --from orders.csv
        orderctl create --from export.csv --customer-name Shop \
            --columns reference=InvoiceNo,sku=StockCode,quantity=Quantity \
            --skip-invalid --rejects rejects.csv
        orderctl create --from orders.csv --jobs 8 --results results.jsonl

    On a terminal, without any option, it asks for what the vendor requires, shows the order, and sends it after a yes.

    Without --reference a new one is generated and shown before anything is sent (not with -q; -o json has it). With
    --from, the other options fill what the file leaves empty. The whole file is checked before its first order is sent.
    """
    app.writes(Capability.CREATE)
    given = options.draft_options(
        reference=reference, title=title, note=note, customer=customer, customer_name=customer_name, email=email,
        phone=phone, address=address, due=due, currency=currency, total=total, status=status, paid=paid,
        line=line or (), set=set or (), file=file or (),
    )  # fmt: skip
    read = bulk.FileOptions(
        format=format, map_=map_, with_=with_, columns=columns, encoding=encoding, delimiter=delimiter, numbers=numbers,
        dates=dates, ignore_columns=ignore_columns, settled=settled, skip_invalid=skip_invalid, rejects=rejects,
    )  # fmt: skip
    if from_ is None:
        read.refuse(results=results_to, jobs=jobs, max_errors=max_errors)
        return _one(app, given, new_target=new_target, skip_existing=skip_existing)
    options.separate_files(app, from_, rejects=rejects, results=results_to)
    at_once = options.jobs(app, jobs)
    most_errors = options.most_errors(max_errors)
    warned = bulk.Warned(app, lambda draft: app.vendor.prepare("create", draft, app.profile))
    with read.orders(app, from_, given, warned.prepare) as batch, ExitStack() as opened:
        some = [OrderKey(reference=order.reference) for order in islice(batch, options.NAMED)]
        app.allow_write(f"create {options.named(some, batch.count)}")
        results_file = bulk.open_results(app, results_to, opened, but=(from_, rejects))
        sender = app.sender(Capability.CREATE)
        warned.tell()
        refused = bulk.RejectedOrders(app, batch, rejects)
        opened.callback(refused.leave)
        return results.many(
            app,
            "create",
            bulk.to_show(app, batch)
            if app.common.dry_run
            else sender.plan(batch, new_target=new_target, skip_existing=skip_existing),
            sender.write,
            dry_run=sender.dry_run,
            name=lambda prepared: (None, prepared.reference),
            total=batch.count,
            left_out=batch.rejected,
            jobs=at_once,
            max_errors=most_errors,
            results_file=results_file,
            after=refused.note,
            end=refused.end,
        )


def _one(app: App, given: drafts.DraftOptions, *, new_target: bool, skip_existing: bool) -> int:
    asked = given == drafts.DraftOptions()
    if asked and not app.interactive:
        raise UsageError("nothing to create", hint="give --email, --line …, or --from FILE; orderctl create --help")
    if asked:
        from orderctl.commands import asking  # noqa: PLC0415  (on a terminal only)

        given = asking.order(app)
    draft = drafts.from_options(given, zone=app.profile.zone)
    if draft.reference is None:
        draft = draft.with_reference("OC-" + "".join(secrets.choice(CROCKFORD) for _ in range(16)))
        app.output.note(f"reference {draft.reference}")
    prepared = app.vendor.prepare("create", draft, app.profile)
    options.refuse(prepared.problems, "the order", app, "create")
    for warning in prepared.warnings:
        app.output.warning(warning)
    if asked:
        asking.confirm(app, given)
    app.allow_write("create an order")
    sender = app.sender(Capability.CREATE)
    if not app.common.dry_run:
        sender.plan([prepared], new_target=new_target, skip_existing=skip_existing)
    return results.one(app, sender, prepared)
