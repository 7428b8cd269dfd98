"""lines: the lines of an order."""

from orderctl.app import App
from orderctl.backend.vendor import Capability
from orderctl.commands import options
from orderctl.commands.in_doubt import InDoubt
from orderctl.output.documents import line_document


def command(
    app: App,
    id: options.Id = None,  # noqa: A002  (the argument's name)
    *,
    reference: options.ByReference = None,
    wide: options.Wide = False,
    bom: options.Bom = False,
) -> int:
    """Show the lines of an order.

    Examples:
        orderctl lines 82806
        orderctl lines 82806 -o json
        orderctl lines --reference R-1001
    """
    app.output.arrange(wide=wide, bom=bom)
    app.vendor.require(Capability.LINES)
    key = options.key(app, id, reference)
    backend = app.backend(Capability.LINES)
    in_doubt = InDoubt(app)
    order_id = backend.id_of(key)
    with app.output.rows("line") as rows:
        for line in backend.lines(order_id):
            rows.add(line_document(line))
        rows.finish()
    in_doubt.of(order_id, key.reference)
    return 0
