"""push: move orders on to the next step of their workflow."""

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from orderctl.app import App
from orderctl.backend.contract import Backend
from orderctl.backend.vendor import Capability
from orderctl.commands import bulk, options, results
from orderctl.errors import WAIT_OVER, DeadlinePassed, Interrupted, OrderctlError, OutcomeUnknown, PartlyDone
from orderctl.model import Move

if TYPE_CHECKING:
    from orderctl.read.wait import Wait


def command(
    app: App,
    ids: options.Ids = None,
    *,
    reference: options.References = None,
    to: Annotated[str | None, typer.Option("--to", metavar="STATUS", help="The status to move to.")] = None,
    step: Annotated[str | None, typer.Option("--step", metavar="NAME", help="Which of several parallel steps.")] = None,
    by: Annotated[str | None, typer.Option("--by", metavar="EMPLOYEE", help="Who starts the approval.")] = None,
    set: options.Set = None,  # noqa: A002  (the option's name)
    results_to: options.Results = None,
    jobs: options.JobsOfIds = None,
    max_errors: options.MaxErrors = None,
    max_affected: options.MaxAffected = None,
    wait: options.WaitFor = None,
) -> int:
    """Move orders on to the next step of their workflow.

    Examples:
        orderctl push 82806 --to Delivered
        orderctl push --reference R-1001 --reference R-1002 --to Delivered
        orderctl push 82806 --to Delivered --set workflowname=Order
        orderctl push 82806 --to Delivered --wait completed
        orderctl list --status New --all -o ids | orderctl push - --to 'In progress'

    --wait checks the orders every 5 seconds, after all were pushed. STATUS is one of our words (open, completed, …),
    the vendor's own, or a step. It stops after 10 minutes, or at --deadline, with exit code 124; the orders stay
    pushed. If some orders were not pushed, the exit code is that of the pushes.
    """
    app.writes(Capability.PUSH)
    options.separate_files(app, results=results_to)
    move = Move(to=to, by=by, step=step, set=options.settings(set))
    prepared = app.vendor.prepare("push", move, app.profile)
    options.refuse(prepared.problems, "the push", app, "push")
    keys = options.once(app, options.keys(app, ids, reference))
    options.limit_affected(len(keys), max_affected)
    listed = ids == ["-"]
    at_once = options.jobs(app, jobs if listed else jobs or "1")  # those named here are done in that order
    most_errors = options.most_errors(max_errors)
    app.allow_write(f"push {options.named(keys)}{f' to {to}' if to else ''}")
    with ExitStack() as opened:
        results_file = bulk.open_results(app, results_to, opened)
        sender = app.sender(Capability.PUSH)
        waits = options.wait(app, wait)
        moved: list[str] = []
        code = results.each(
            app,
            sender,
            prepared,
            keys,
            listed=listed,
            jobs=at_once,
            max_errors=most_errors,
            results_file=results_file,
            after=lambda result: moved.append(result.id) if result.id and not result.error else None,
        )
        return _waited(app, code, partial(_wait, app, sender.backend, waits, moved)) if waits else code


def _waited(app: App, code: int, wait: Callable[[], None]) -> int:
    """Wait for the orders that were pushed; return `code`, that of the pushes, where not all of them were done.

    Raises how the wait ended where all were, and Interrupted unless an outcome is unknown.
    """
    try:
        wait()
    except OrderctlError as error:
        if not code or (isinstance(error, Interrupted) and code != OutcomeUnknown.exit_code):
            raise
        if error.code != WAIT_OVER:  # that was printed for each order
            app.output.warning(error.message)
    return code


def _wait(app: App, backend: Backend, waits: "Wait", moved: list[str]) -> None:
    """Wait for the orders that were pushed.

    Raises DeadlinePassed where the status of any did not come, PartlyDone where an order cannot be read: the pushes
    are done all the same.
    """
    late: list[DeadlinePassed] = []
    for order_id in moved:
        try:
            order = waits.until(partial(backend.get, order_id), name=f"order {order_id}", patient=True)
            app.output.note(f"order {order_id} is {order.vendor_status or order.status}")
        except DeadlinePassed as error:
            if error.code != WAIT_OVER:
                raise
            late.append(error)
            app.output.warning(error.message)
        except Interrupted:
            raise
        except OrderctlError as error:
            raise PartlyDone(
                f"order {order_id} was pushed, but cannot be read to wait for {waits.status!r}: {error.message}",
                hint=error.hint,
            ) from error
    if len(late) == 1:
        raise late[0]
    if late:
        many = f"{len(late)} of {len(moved)} orders did not become {waits.status!r}; all of them were pushed"
        raise DeadlinePassed(many, hint=late[0].hint, code=WAIT_OVER)
