"""push: move orders on to the next step of their workflow."""

from contextlib import ExitStack
from typing import Annotated

import typer

from orderctl.app import App
from orderctl.backend.vendor import Capability
from orderctl.commands import bulk, options, results
from orderctl.drafts import parse_settings
from orderctl.model import Move


def command(
    app: App,
    ids: options.Ids = None,
    *,
    reference: options.References = None,
    to: Annotated[str | None, typer.Option("--to", metavar="STATUS", help="The status to move to.")] = None,
    step: Annotated[str | None, typer.Option("--step", metavar="NAME", help="Which of several parallel steps.")] = None,
    by: Annotated[str | None, typer.Option("--by", metavar="EMPLOYEE", help="Who starts the approval.")] = None,
    set: options.Set = None,  # noqa: A002  (the option's name)
    kept: options.Results = None,
    jobs: options.Jobs = None,
    max_errors: options.MaxErrors = None,
    max_affected: options.MaxAffected = None,
) -> int:
    """Move orders on to the next step of their workflow.

    Examples:
        orderctl push 82806 --to Delivered
        orderctl push --reference R-1001 --reference R-1002 --to Delivered
        orderctl push 82806 --to Delivered --set workflowname=Order
        orderctl list --status New --all -o ids | orderctl push - --to 'In progress'
    """
    app.vendor.require(Capability.PUSH)
    move = Move(to=to, by=by, step=step, set=parse_settings(set or ()))
    prepared = app.vendor.prepare("push", move, app.profile)
    options.refuse(prepared.problems, "the push", app, "push")
    keys = options.once(app, options.keys(app, ids, reference))
    options.limit_affected(len(keys), max_affected)
    at_once, most_errors = options.jobs(app, jobs), options.most_errors(max_errors)
    app.allow_write(f"push {options.named(keys)}{f' to {to}' if to else ''}")
    with ExitStack() as opened:
        told = bulk.kept(app, kept, opened)
        sender = app.sender(Capability.PUSH)
        return results.each(
            app, sender, prepared, keys, listed=ids == ["-"], jobs=at_once, max_errors=most_errors, kept=told
        )
