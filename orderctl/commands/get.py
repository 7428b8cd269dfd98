"""get: orders by id or by reference."""

from typing import Annotated

import typer

from orderctl.app import App
from orderctl.backend.vendor import Capability
from orderctl.commands import options
from orderctl.drafts import parse_settings
from orderctl.errors import OrderctlError, PartlyDone, UsageError
from orderctl.model import Query
from orderctl.output.documents import item_error, order_document
from orderctl.output.shapes import OrderDocument


def command(
    app: App,
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID...]", help="Orders, by id; - reads ids from standard input.")
    ] = None,
    *,
    reference: options.Reference = None,
    set: options.Set = None,  # noqa: A002  (the option's name)
    raw: Annotated[bool, typer.Option("--raw", help="Add the vendor's own answer.")] = False,
) -> int:
    """Show orders by id or by reference.

    Examples:
        orderctl get 82806
        orderctl get --reference R-1001 -o json
        orderctl get 82806 --set getcomments=1 --raw -o json
    """
    if bool(ids) == (reference is not None):
        raise UsageError("name the order by its ID or by --reference R, not both", hint="orderctl get 82806")
    given = parse_settings(set or ())
    if reference is not None:
        problems = app.vendor.check_query(Query(reference=reference), app.profile)
        options.refuse(problems, "the search", app, "list")
    backend = app.backend(Capability.FIND if reference is not None else Capability.GET)

    def shown(order_id: str) -> OrderDocument:
        order = backend.get(order_id, given)
        return order_document(order, profile=app.profile.name, vendor=app.profile.vendor, raw=raw)

    if reference is not None:
        app.output.one("order", shown(backend.find(reference).id))  # a search may answer with fewer fields
        return 0
    wanted = list(options.read_ids(ids or []))
    if len(wanted) == 1 and ids != ["-"]:
        app.output.one("order", shown(wanted[0]))
        return 0
    codes = []
    with app.output.rows("order") as rows:
        for order_id in wanted:
            try:
                rows.add(shown(order_id))
                codes.append(0)
            except OrderctlError as error:
                if error.exit_code not in {5, 6, 12}:
                    raise
                rows.error(item_error(error, id=order_id))
                codes.append(error.exit_code)
        rows.finish()
    if not any(codes):
        return 0
    return codes[0] if all(c == codes[0] for c in codes) else PartlyDone.exit_code
