"""steps: the current steps of an order in its workflow."""

from orderctl.app import App
from orderctl.backend.vendor import Capability
from orderctl.commands import options
from orderctl.output.documents import step_document


def command(app: App, id: options.Id) -> int:  # noqa: A002  (the argument's name)
    """Show the current steps of an order in its workflow.

    Examples:
        orderctl steps 82806
        orderctl steps 82806 -o json
    """
    options.one_id(id)
    backend = app.backend(Capability.STEPS)
    with app.output.rows("step") as rows:
        for step in backend.steps(id):
            rows.add(step_document(step))
        rows.finish()
    return 0
