"""update: change an order's fields and lines."""

from typing import Annotated

import typer

from orderctl import drafts
from orderctl.app import App
from orderctl.backend.vendor import Capability
from orderctl.commands import options, results
from orderctl.errors import UsageError
from orderctl.model import OrderChange


def command(
    app: App,
    id: options.Id = None,  # noqa: A002  (the argument's name)
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
        bool, typer.Option("--replace-lines", help="The lines given replace all that the order has.")
    ] = False,
    set: options.Set = None,  # noqa: A002  (the option's name)
    file: options.File = None,
    from_: Annotated[
        str | None,
        typer.Option("--from", metavar="PATCH.json", help="The changes, as a draft holds them; options fill the rest."),
    ] = None,
) -> int:
    r"""Change an order: its fields, its lines.

    Examples:
        orderctl update 82806 --note 'call before delivery' --paid
        orderctl update 82806 --line 'sku=100500,quantity=1,price=102'
        orderctl update 82806 --replace-lines --yes \
            --line 'sku=100500,quantity=3,price=99'
        orderctl update 82806 --from patch.json
        orderctl update --reference R-1001 --note 'call before delivery'

    Lines are added to those that the order has, unless --replace-lines says otherwise. That takes the old lines away
    for good, so it asks; in a script add --yes.

    --reference names the order; a new reference, where the vendor takes one, is --set reference=R.
    """
    app.vendor.require(Capability.UPDATE)
    key = options.key(app, id, reference)
    given = options.draft_options(
        title=title, note=note, customer=customer, customer_name=customer_name, email=email, phone=phone,
        address=address, due=due, currency=currency, total=total, status=status, paid=paid,
        line=line or (), set=set or (), file=file or (),
    )  # fmt: skip
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
    prepared = app.vendor.prepare("update", change, app.profile)
    options.refuse(prepared.problems, "the change", app, "update")
    for warning in prepared.warnings:
        app.output.warning(warning)
    what = options.named([key])
    app.allow_write(f"update {what}")
    if change.replace_lines:
        app.confirm(f"Replace all lines of {what}?")
    return results.one(app, app.sender(Capability.UPDATE), prepared, key)
