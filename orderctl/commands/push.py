"""push: move orders on to the next step of their workflow."""

from typing import Annotated

import typer

from orderctl.app import App
from orderctl.backend.contract import Backend
from orderctl.backend.vendor import Capability
from orderctl.commands import options
from orderctl.drafts import parse_settings
from orderctl.model import Move, Outcome
from orderctl.write import pool as bulk
from orderctl.write.pool import Done


def command(
    app: App,
    ids: options.Ids,
    *,
    to: Annotated[str | None, typer.Option("--to", metavar="STATUS", help="The status to move to.")] = None,
    step: Annotated[str | None, typer.Option("--step", metavar="NAME", help="Which of several parallel steps.")] = None,
    by: Annotated[str | None, typer.Option("--by", metavar="EMPLOYEE", help="Who starts the approval.")] = None,
    set: options.Set = None,  # noqa: A002  (the option's name)
) -> int:
    """Move orders on to the next step of their workflow.

    Examples:
        orderctl push 82806 --to Delivered
        orderctl push 82806 --to Delivered --set workflowname=Order
        orderctl list --status New --all -o ids | orderctl push - --to 'In progress'
    """
    app.vendor.require(Capability.PUSH)
    move = Move(to=to, by=by, step=step, set=parse_settings(set or ()))
    options.refuse(app.vendor.check("push", move, app.profile).problems, "the push", app, "push")
    many = list(options.read_ids(ids))
    app.allow_write(f"push {len(many)} orders" if len(many) != 1 else f"push order {many[0]}")
    backend = app.backend(Capability.PUSH)
    return bulk.each(app, "push", ids, many, lambda order_id: _send(backend, order_id, move))


def _send(backend: Backend, order_id: str, move: Move) -> Done:
    order = backend.read(order_id)
    if move.to is not None and order.vendor_status == move.to and not move.set:
        return Done(
            Outcome.UNCHANGED, order_id=order.id, reference=order.reference, message=f"it stands at {move.to} already"
        )
    receipt = backend.push(order_id, move)
    return Done(Outcome.PUSHED, order_id=order.id, reference=order.reference, message=receipt.message)
