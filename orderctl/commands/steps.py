"""steps: the current steps of an order in its workflow."""

from orderctl.app import App
from orderctl.backend.vendor import Capability
from orderctl.commands import options
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
    with app.output.rows("step") as rows:
        for step in backend.steps(backend.id_of(key)):
            rows.add(step_document(step))
        rows.finish()
    return 0
