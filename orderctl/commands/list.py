"""list: orders, filtered and paged."""

from typing import Annotated

import typer

from orderctl.app import App
from orderctl.backend.vendor import Capability
from orderctl.commands import options
from orderctl.commands.in_doubt import InDoubt
from orderctl.drafts import parse_settings
from orderctl.errors import Problem, UsageError
from orderctl.model import Query, Status
from orderctl.output.documents import item_error, order_document
from orderctl.read import listing


def command(
    app: App,
    *,
    status: Annotated[
        str | None, typer.Option("--status", metavar="S", help="open, completed, …, or the vendor's own word.")
    ] = None,
    since: Annotated[str | None, typer.Option("--since", metavar="DATE", help="Created on or after.")] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="DATE", help="Created on or before.")] = None,
    changed_since: Annotated[
        str | None, typer.Option("--changed-since", metavar="DATE", help="Changed on or after.")
    ] = None,
    customer: options.Customer = None,
    reference: options.Reference = None,
    where: Annotated[
        list[str] | None,
        typer.Option("--where", metavar="KEY=VALUE", help="A vendor's own field; KEY:OPERATOR=V1,V2. Repeatable."),
    ] = None,
    set: options.Set = None,  # noqa: A002  (the option's name)
    limit: Annotated[
        str | None, typer.Option("--limit", metavar="N", help="At most so many orders (default: 100).")
    ] = None,
    all: Annotated[bool, typer.Option("--all", help="Read to the end, not only the first 100.")] = False,  # noqa: A002  (the option's name)
    after: Annotated[str | None, typer.Option("--after", metavar="CURSOR", help="Go on where a list was cut.")] = None,
    sort: Annotated[
        str | None, typer.Option("--sort", metavar="KEY[:desc]", help="created_at, total, customer, …")
    ] = None,
    raw: Annotated[bool, typer.Option("--raw", help="Add the vendor's own answer.")] = False,
    wide: options.Wide = False,
    bom: options.Bom = False,
) -> int:
    """List orders, filtered and paged.

    Examples:
        orderctl list
        orderctl list --since 2026-03-01 --status open --all -o jsonl
        orderctl list --where managername='Inna Leonova' --sort total:desc --all
        orderctl list --all -o xlsx > orders.xlsx
        orderctl list --all -o ids | orderctl push - --to Delivered

    A DATE or a time without a zone is read in the profile's own. Times are shown in UTC, in a table on a terminal in
    this machine's zone. Such a table leaves out what is empty or has no room; --wide shows all, --fields what you name:
    a field of the order's document (orderctl schema order) or a heading of -o csv.
    """
    app.output.arrange(wide=wide, bom=bom)
    app.vendor.require(Capability.PAGE)
    zone = app.profile.zone
    key, _, direction = (sort or "").partition(":")
    if direction not in {"", "asc", "desc"}:
        raise UsageError(f"--sort {sort}: ends in :asc or :desc")
    query = Query(
        status=status,
        since=options.moment(since, "--since", zone),
        until=options.moment(until, "--until", zone, end_of_day=True),
        changed_since=options.moment(changed_since, "--changed-since", zone),
        customer=customer,
        reference=reference,
        where=_where(where or ()),
        sort=key or None,
        descending=direction == "desc",
        set=parse_settings(set or ()),
    )
    plan = listing.plan(query, app.vendor, limit=options.count(limit), read_all=all, after=after)
    options.refuse(app.vendor.check_query(plan.remote, app.profile), "the list", app, "list")
    app.output.check_fields("order")
    found_orders = listing.read(app.backend(Capability.PAGE), plan, note=app.output.detail)
    in_doubt = InDoubt(app)
    with app.output.rows("order") as rows:
        try:
            for order in found_orders.orders:
                in_doubt.of(order.id, order.reference)
                rows.add(order_document(order, profile=app.profile.name, vendor=app.profile.vendor, raw=raw))
        finally:
            rows.next = found_orders.next
            for error in found_orders.errors:
                rows.error(item_error(error))
        if not rows.count and status is not None and status not in {*Status}:
            app.output.note(f"no order has the vendor's status {status!r}; ours are {', '.join(Status)}")
        rows.finish(complete=found_orders.complete, next=found_orders.next)
    return 0


def _where(texts: list[str] | tuple[str, ...]) -> dict[str, tuple[str, tuple[str, ...]]]:
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
