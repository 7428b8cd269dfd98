"""comments: the comments and the history of an order."""

from typing import Annotated

import typer

from orderctl.app import App
from orderctl.backend.fields import nearest
from orderctl.backend.vendor import Capability
from orderctl.commands import options
from orderctl.errors import Problem, UsageError
from orderctl.output.documents import comment_document


def command(
    app: App,
    id: options.Id = None,  # noqa: A002  (the argument's name)
    *,
    reference: options.ByReference = None,
    type: Annotated[  # noqa: A002  (the option's name)
        list[str] | None,
        typer.Option("--type", metavar="KIND", help="Only this kind (comment, change, …). Repeatable."),
    ] = None,
) -> int:
    """Show an order's comments and history.

    Examples:
        orderctl comments 82806
        orderctl comments --reference R-1001
        orderctl comments 82806 --type comment --type change -o json
    """
    app.vendor.require(Capability.COMMENTS)
    key = options.key(app, id, reference)
    kinds = tuple(type or ())
    for kind in kinds:
        if kind not in app.vendor.comment_kinds:
            close = nearest(kind, app.vendor.comment_kinds)
            raise UsageError(f"unknown --type {kind!r}", hint=close, fields=[Problem("--type", "unknown kind")])
    backend = app.backend(Capability.COMMENTS)
    with app.output.rows("comment") as rows:
        for comment in backend.comments(backend.id_of(key), kinds):
            rows.add(comment_document(comment))
        rows.finish()
    return 0
