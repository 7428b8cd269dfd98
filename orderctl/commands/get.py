"""get: orders by id or by reference."""

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from orderctl.app import App
from orderctl.backend.vendor import Capability
from orderctl.commands import options
from orderctl.commands.in_doubt import InDoubt
from orderctl.errors import Conflict, NotFound, OrderctlError, PartlyDone, Refused
from orderctl.model import OrderKey
from orderctl.output.documents import item_error, order_document

if TYPE_CHECKING:
    from orderctl.output.shapes import OrderDocument


def command(
    app: App,
    ids: options.Ids = None,
    *,
    reference: options.References = None,
    set: options.Set = None,  # noqa: A002  (the option's name)
    raw: Annotated[bool, typer.Option("--raw", help="Add the vendor's own answer.")] = False,
    wide: options.Wide = False,
    bom: options.Bom = False,
    wait: options.WaitFor = None,
) -> int:
    """Show orders by id or by reference.

    Examples:
        orderctl get 82806
        orderctl get --reference R-1001 -o json
        orderctl get --reference R-1001 --reference R-1002
        orderctl get 82806 --set getcomments=1 --raw -o json
        orderctl get 82806 --wait completed --deadline 300

    On a terminal one order is shown as a page, with local times; --wide shows everything that the vendor sent. In a
    pipe it is printed as labels and values.

    --wait checks the orders every 5 seconds. STATUS is one of our words (open, completed, …), the vendor's own, or a
    step.
    """
    app.output.arrange(wide=wide, bom=bom)
    keys = options.keys(app, ids, reference)
    given = options.settings(set)
    backend = app.backend(Capability.GET)
    waits = options.wait(app, wait)
    in_doubt = InDoubt(app)

    def shown(key: OrderKey) -> "OrderDocument":
        look = partial(backend.get, backend.id_of(key), given)  # a search may answer with fewer fields
        order = waits.until(look, name=str(key)) if waits else look()
        in_doubt.of(order.id, order.reference)
        return order_document(order, profile=app.profile.name, vendor=app.profile.vendor, raw=raw)

    if len(keys) == 1 and ids != ["-"]:
        app.output.one("order", shown(keys[0]))
        return 0
    codes = []
    with app.output.rows("order") as rows:
        for key in keys:
            try:
                rows.add(shown(key))
                codes.append(0)
            except OrderctlError as error:
                if not isinstance(error, NotFound | Conflict | Refused):
                    raise
                rows.error(item_error(error, id=key.id))
                codes.append(error.exit_code)
        rows.finish()
    if not any(codes):
        return 0
    return codes[0] if all(c == codes[0] for c in codes) else PartlyDone.exit_code
