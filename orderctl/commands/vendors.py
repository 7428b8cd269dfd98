"""vendors: what each vendor can do, from the value that its module declares."""

from typing import Annotated

import typer

from orderctl.app import App
from orderctl.backend import registry
from orderctl.errors import ConfigError
from orderctl.output.documents import item_error, vendor_document


def command(
    app: App,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Only this vendor, in full.")] = None,
) -> int:
    """Show what each vendor can do: commands, filters, sorts, page size, limits, settings and secrets.

    Examples:
        orderctl vendors
        orderctl vendors onebox
        orderctl vendors onebox -o json
    """
    if name is not None:
        if not registry.known(name):
            raise registry.unknown(name)
        app.output.one("vendor", vendor_document(registry.vendor(name)))
        return 0
    code = 0
    with app.output.rows("vendor") as rows:
        for vendor in registry.names():
            try:
                rows.add(vendor_document(registry.vendor(vendor)))
            except ConfigError as error:  # a package that cannot be used hides none of the others
                rows.error(item_error(error, id=vendor))
                code = error.exit_code
        if shadowed := registry.shadowed():
            rows.error(item_error(shadowed))
            code = shadowed.exit_code
        rows.finish()
    return code
