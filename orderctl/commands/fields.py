"""fields: the vendor's own fields for a profile."""

from orderctl.app import App
from orderctl.backend.vendor import Capability
from orderctl.output.documents import field_document


def command(app: App) -> int:
    """Show the vendor's own form or field list for a profile, where it has one.

    Examples:
        orderctl fields -p desk
    """
    backend = app.backend(Capability.FIELDS)
    with app.output.rows("field") as rows:
        for field in backend.fields():
            rows.add(field_document(field))
        rows.finish()
    return 0
