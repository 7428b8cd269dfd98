"""statuses: what push --to and list --status take."""

from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from orderctl.app import App
from orderctl.backend.tolerant import status_of
from orderctl.backend.vendor import Capability
from orderctl.model import Query, Status
from orderctl.output.documents import item_error, status_document
from orderctl.read import listing

if TYPE_CHECKING:
    from orderctl.output.shapes import StatusSource

LOOKED_AT = 1000
"""How many of the newest orders are looked at."""


def command(
    app: App,
    *,
    all: Annotated[bool, typer.Option("--all", help="Look at every order, not only the newest 1,000.")] = False,  # noqa: A002  (the option's name)
) -> int:
    """Show the statuses that push --to and list --status take, as far as the vendor or its orders show them.

    Examples:
        orderctl statuses -p shop
        orderctl statuses -p shop --all -o json
    """
    vendor, profile = app.vendor, app.profile
    vendor.require(Capability.PAGE)
    plan = listing.plan(Query(), vendor, limit=None if all else LOOKED_AT, read_all=all, people=True)
    app.output.check_fields("status")
    found = listing.read(app.backend(Capability.PAGE), plan, note=app.output.detail, now=app.client.clock.utc)
    counts: Counter[str] = Counter()
    ours: dict[str, Status] = {}
    for order in found.orders:
        if order.vendor_status:
            counts[order.vendor_status] += 1
            ours.setdefault(order.vendor_status, order.status)
    shown: dict[str, tuple[int, StatusSource]] = {name: (number, "orders") for name, number in counts.most_common()}
    takes_to = any(field.word == "to" for field in vendor.fields.get("push", ()))
    more: list[tuple[str, StatusSource]] = [(name, "profile") for name in profile.statuses]
    more += [] if takes_to else [(name, "vendor") for name in vendor.statuses]  # else only its orders have its words
    for name, source in more:
        if name.casefold() not in {known.casefold() for known in shown}:
            shown[name] = (0, source)
    with app.output.rows("status") as rows:
        for error in found.errors:
            rows.error(item_error(error))
        for name, (number, source) in shown.items():
            status = ours.get(name) or status_of(name, vendor.statuses, profile)
            rows.add(status_document(name, status=status, orders=number, source=source))
        rows.finish(complete=found.complete)
    if not takes_to and Capability.PUSH in vendor.capabilities:
        app.output.note(f"{vendor.title}'s push takes no --to; list --status takes these")
    if not found.complete:
        app.output.note(f"the {LOOKED_AT} newest orders were read; --all reads every order")
    return 0
