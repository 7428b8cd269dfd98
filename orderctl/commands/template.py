"""template: an example draft for a profile, accepted by create --from as it is."""

from typing import Annotated

import typer

from orderctl import drafts
from orderctl.app import App
from orderctl.backend.fields import nearest
from orderctl.errors import UsageError


def command(
    app: App,
    *,
    format: Annotated[  # noqa: A002  (the option's name)
        str | None, typer.Option("--format", metavar="F", help="json, jsonl, csv or xlsx (default: json); or -o.")
    ] = None,
) -> int:
    """Print an example draft for the profile, ready for create --from.

    Examples:
        orderctl template > order.json
        orderctl template --format csv > orders.csv
        orderctl template --format xlsx > orders.xlsx
        orderctl create --from orders.csv

    It shows the common words that the vendor supports, and some of its own fields under `set`. A file for update --from
    names existing orders by id or reference, and has only the new values.
    """
    chosen = format or (app.output.format if app.output.format in drafts.FORMATS else "json")
    if chosen not in drafts.FORMATS:
        raise UsageError(f"unknown format {chosen!r}", hint=nearest(chosen, drafts.FORMATS))
    if chosen == "xlsx":
        app.output.bytes(drafts.spreadsheet(app.vendor.example))
    else:
        app.output.text(drafts.template(app.vendor.example, chosen))
    return 0
