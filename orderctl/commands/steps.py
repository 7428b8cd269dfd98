"""steps: the current steps of an order in its workflow."""

from orderctl.app import App
from orderctl.backend.vendor import Capability
from orderctl.commands import options
from orderctl.commands.in_doubt import InDoubt
from orderctl.output.documents import step_document


def command(
    app: App,
    id: options.Id = None,  # noqa: A002  (the argument's name)
    *,
    reference: options.ByReference = None,
) -> int:
    """Show the current steps of an order in its workflow.

    Examples:
        orderctl steps 82806
        orderctl steps 82806 -o json
        orderctl steps --reference R-1001
    """
    app.vendor.require(Capability.STEPS)
    key = options.key(app, id, reference)
    backend = app.backend(Capability.STEPS)
    in_doubt = InDoubt(app)
    order_id = backend.id_of(key)
    with app.output.rows("step") as rows:
        for step in backend.steps(order_id):
            rows.add(step_document(step))
        rows.finish()
    in_doubt.of(order_id, key.reference)
    return 0
