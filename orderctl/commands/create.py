"""create: one order from options, or many from a file."""

import base64
import secrets
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

import typer

from orderctl import drafts
from orderctl.app import App
from orderctl.backend.contract import Backend
from orderctl.backend.prepared import Prepared
from orderctl.backend.vendor import Capability
from orderctl.commands import options
from orderctl.errors import Interrupted, UsageError
from orderctl.model import OrderDraft, Outcome
from orderctl.write import pool as bulk
from orderctl.write.pool import Done

MOST_WARNINGS = 20
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
        typer.Option("--from", metavar="FILE", help="Many orders: a .csv, .json or .jsonl file; - is standard input."),
    ] = None,
    format: Annotated[  # noqa: A002  (the option's name)
        str | None, typer.Option("--format", metavar="F", help="The file's format: csv, json or jsonl.")
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option("--columns", metavar="OURS=THEIRS,…", help="How the file's headings map to ours."),
    ] = None,
    encoding: Annotated[
        str | None, typer.Option("--encoding", metavar="E", help="The file's encoding (utf-8 without it).")
    ] = None,
    delimiter: Annotated[
        str | None, typer.Option("--delimiter", metavar="C", help="What separates a CSV's cells; tab for a tab.")
    ] = None,
    skip_invalid: Annotated[
        bool, typer.Option("--skip-invalid", help="Send a file's good orders. Exit 7 if any was left out, 2 if all.")
    ] = False,
    rejects: Annotated[
        str | None,
        typer.Option(
            "--rejects", metavar="FILE", help="Where to write the orders that are left out, each with its reason."
        ),
    ] = None,
) -> int:
    r"""Create an order from options, or many from a file.

    Examples:
        orderctl create --reference R-1001 --email ann@example.com \
            --customer-name Ann \
            --line 'sku=100500,name=Test GOODS1,quantity=2,price=102'
        orderctl create --from orders.csv
        orderctl create --from export.csv --email shop@example.com \
            --columns reference=InvoiceNo,sku=StockCode,price=UnitPrice \
            --skip-invalid --rejects rejects.csv

    Without --reference one is made and shown before anything is sent. Options beside --from fill what the file
    leaves empty. A file is checked whole before its first order is sent.
    """
    app.vendor.require(Capability.CREATE)
    given = options.draft_options(
        reference=reference, title=title, note=note, customer=customer, customer_name=customer_name, email=email,
        phone=phone, address=address, due=due, currency=currency, total=total, status=status, paid=paid,
        line=line or (), set=set or (), file=file or (),
    )  # fmt: skip
    if from_ is None:
        for option, value in (
            ("--format", format), ("--columns", columns), ("--encoding", encoding), ("--delimiter", delimiter),
            ("--skip-invalid", skip_invalid), ("--rejects", rejects),
        ):  # fmt: skip
            if value:
                raise UsageError(f"{option} goes with --from FILE")
        return _one(app, given)
    warned = _Warned(app)
    with drafts.read(
        from_,
        format=format,
        encoding=encoding,
        delimiter=delimiter,
        columns=_columns(app, columns),
        defaults=given,
        zone=app.profile.zone,
        prepare=warned.prepare,
        skip_invalid=skip_invalid,
        rejects=Path(rejects) if rejects else None,
        stdin=options.stdin(app, from_),
    ) as batch:
        if batch.unread:
            app.output.note(batch.not_read)
        app.allow_write(f"create {batch.count} orders")
        backend = app.backend(Capability.CREATE)
        if batch.rejected:
            where = f"; they are in {rejects}, with the reason" if rejects else ""
            app.output.warning(f"{batch.rejected} of {batch.rejected + batch.count} orders are left out{where}")
            if not rejects:
                for problem in batch.problems[:50]:
                    app.output.warning(f"  {problem}")
                if batch.problem_count > 50:
                    app.output.warning(f"  … and {batch.problem_count - 50} more")
        warned.tell()
        return bulk.many(
            app,
            "create",
            batch,
            lambda p: _send(app, backend, _draft(p)),
            name=lambda p: (None, p.reference),
            total=batch.count,
            left_out=batch.rejected,
        )


def _one(app: App, given: drafts.DraftOptions) -> int:
    if given == drafts.DraftOptions():
        raise UsageError("nothing to create", hint="give --email, --line …, or --from FILE; orderctl create --help")
    draft = drafts.from_options(given, zone=app.profile.zone)
    if draft.reference is None:
        draft = draft.with_reference("OC-" + "".join(secrets.choice(CROCKFORD) for _ in range(16)))
        app.output.note(f"reference {draft.reference}")
    checked = app.vendor.check("create", draft, app.profile)
    options.refuse(checked.problems, "the order", app, "create")
    for warning in checked.warnings:
        app.output.warning(warning)
    app.allow_write("create an order")
    backend = app.backend(Capability.CREATE)
    return bulk.one(app, "create", lambda: _send(app, backend, draft), reference=draft.reference)


class _Warned:
    """Prepares the orders of a file, and keeps the first of what is worth a warning."""

    def __init__(self, app: App) -> None:
        self._app, self._first, self._count = app, list[str](), 0

    def prepare(self, draft: OrderDraft) -> Prepared:
        """Return what is to be sent of an order, and what is wrong with it."""
        prepared = _checked(self._app, draft)
        if not prepared.problems:
            self._count += len(prepared.warnings)
            self._first += [f"row {draft.row}, {w}" for w in prepared.warnings[: MOST_WARNINGS - len(self._first)]]
        return prepared

    def tell(self) -> None:
        """Say the warnings."""
        for warning in self._first:
            self._app.output.warning(warning)
        if self._count > len(self._first):
            self._app.output.warning(f"… and {self._count - len(self._first)} more warnings")


# Until every vendor has `prepare`, the next three stand in for it and keep the draft itself; they go together.


def _checked(app: App, draft: OrderDraft) -> Prepared:
    """Check an order, and keep the whole draft in `content`."""
    import copyreg  # noqa: PLC0415  (half an interpreter start, and only files need it)
    import pickle  # noqa: PLC0415

    checked = app.vendor.check("create", draft, app.profile)
    copyreg.pickle(MappingProxyType, lambda mapping: (_mapping, (dict(mapping),)))
    kept = base64.b64encode(pickle.dumps(draft)).decode("ascii")
    return Prepared(
        verb="create",
        content={"draft": kept},
        reference=draft.reference,
        row=draft.row,
        problems=checked.problems,
        warnings=checked.warnings,
    )


def _draft(prepared: Prepared) -> OrderDraft:
    """Return the draft that `_checked` kept, in a file that nobody else can write."""
    import pickle  # noqa: PLC0415

    draft: OrderDraft = pickle.loads(base64.b64decode(prepared.content["draft"]))  # noqa: S301  (our own)
    return draft


def _mapping(given: dict[str, Any]) -> MappingProxyType[str, Any]:
    return MappingProxyType(given)


def _send(app: App, backend: Backend, draft: OrderDraft) -> Done:
    if not app.common.dry_run:
        try:
            backend.absent(str(draft.reference), lines=len(draft.lines))
        except Interrupted as error:
            error.at_once = False  # nothing has been sent that could be applied
            raise
    receipt = backend.create(draft)
    for note in receipt.notes:
        app.output.warning(f"order {receipt.id} (reference {draft.reference}): {note}")
    message = "; ".join(m for m in (receipt.message, *receipt.notes) if m)
    return Done(Outcome.CREATED, order_id=receipt.id, reference=draft.reference, message=message)


def _columns(app: App, given: str | None) -> dict[str, str]:
    return drafts.parse_columns(given) if given else dict(app.profile.columns)
