"""cancel: end orders."""

from contextlib import ExitStack
from typing import Annotated

import typer

from orderctl.app import App
from orderctl.backend.vendor import Capability, Vendor
from orderctl.commands import bulk, options, results
from orderctl.errors import Problem, UsageError
from orderctl.model import Cancellation, Order


def command(
    app: App,
    ids: options.Ids = None,
    *,
    reference: options.References = None,
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="TEXT", help="The reason, where the vendor records it.")
    ] = None,
    results_to: options.Results = None,
    jobs: options.JobsOfIds = None,
    max_errors: options.MaxErrors = None,
    max_affected: options.MaxAffected = None,
) -> int:
    """Cancel orders. This cannot be undone, so it asks; in a script add --yes.

    Examples:
        orderctl cancel 82806
        orderctl cancel 82806 82807 --yes
        orderctl cancel --reference R-1001 --yes
        orderctl list --status Draft --all -o ids | orderctl cancel - --yes

    Some vendors void the order, some delete it: `orderctl vendors` says which.
    """
    app.writes(Capability.CANCEL)
    _check_reason(app.vendor, reason)
    options.separate_files(app, results=results_to)
    keys = options.once(app, options.keys(app, ids, reference))
    options.limit_affected(len(keys), max_affected)
    listed = ids == ["-"]
    at_once = options.jobs(app, jobs if listed else jobs or "1")  # those named here are done in that order
    most_errors = options.most_errors(max_errors)
    what = options.named(keys)
    app.allow_write(f"cancel {what}")
    if not app.interactive:
        app.confirm(_question(app, what))  # refused before anything is sent
    sender = app.sender(Capability.CANCEL)
    if app.interactive and not app.common.yes and not app.common.dry_run:
        app.confirm(_question(app, f"order {_describe(sender.backend.read(keys[0]))}" if len(keys) == 1 else what))
    prepared = app.vendor.prepare("cancel", Cancellation(reason=reason), app.profile)
    with ExitStack() as opened:
        results_file = bulk.open_results(app, results_to, opened)
        return results.each(
            app, sender, prepared, keys, listed=listed, jobs=at_once, max_errors=most_errors, results_file=results_file
        )


def _question(app: App, what: str) -> str:
    verb = "Delete" if app.vendor.cancel_deletes else "Cancel"
    return f"{verb} {what} at {app.vendor.title} (profile {app.profile.name}) for good?"


def _describe(order: Order) -> str:
    """Return an order as whoever is asked knows it: its id, reference, customer and total."""
    total = f"{order.total} {order.currency or ''}".strip() if order.total is not None else None
    known = [p for p in (order.reference, order.customer.name, total) if p]
    return f"{order.id} ({', '.join(known)})" if known else order.id


def _check_reason(vendor: Vendor, reason: str | None) -> None:
    if vendor.reason == "required" and not (reason or "").strip():
        raise UsageError(
            f"{vendor.title} needs a reason", hint="add --reason TEXT", fields=[Problem("--reason", "is required")]
        )
    if reason is not None and vendor.reason == "none":
        raise UsageError(
            f"{vendor.title} does not support a reason",
            hint="leave --reason out",
            fields=[Problem("--reason", f"{vendor.title} does not support it")],
        )
