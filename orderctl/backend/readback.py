"""Whether a write did what it should, read back: an order's id, its lines; compared in what was sent and comes back."""

import json
import operator
import shlex
from collections.abc import Callable, Sequence
from decimal import Decimal

from orderctl.errors import OrderctlError, OutcomeUnknown
from orderctl.model import DraftLine, OrderChange, OrderLine


def check_lines(order_id: str, change: OrderChange, have: Callable[[], Sequence[OrderLine]], *, again: str) -> None:
    """Raise OutcomeUnknown unless the order has the lines of a change that replaced all.

    `have` reads them; `again` is the command that changes this order, to which the hint adds what fixes it.
    """
    try:
        missing, others = differences(change.lines, have())
    except OrderctlError as error:
        raise OutcomeUnknown(
            f"the lines of order {order_id!r} were replaced, but cannot be read back: {error.message}",
            hint=f"look at them: {again.replace(' update ', ' lines ', 1)}",
        ) from error
    if not missing and not others:
        return
    if missing and not others:
        currency = [f"--currency {shlex.quote(change.currency)}"] if change.currency else []
        lines = [f"--line {shlex.quote(line_option(line))}" for line in missing]
        raise OutcomeUnknown(
            f"order {order_id!r} lacks {len(missing)} of its {len(change.lines)} new lines; the old ones are gone",
            hint=f"add them: {' '.join((again, *currency, *lines))}",
            code="order.lines_lost",
        )
    raise OutcomeUnknown(
        f"order {order_id!r} has other lines than it was given: {len(missing)} missing, {len(others)} more",
        hint=f"look at them: {again.replace(' update ', ' lines ', 1)}",
        code="order.lines_differ",
    )


def differences(
    wanted: Sequence[DraftLine], have: Sequence[OrderLine], *, skus: bool = False
) -> tuple[tuple[DraftLine, ...], tuple[OrderLine, ...]]:
    """Return the wanted lines that are missing, and the lines that nobody wanted.

    A vendor that knows a product may show its own name for it, so the name counts only where no product is named, and
    `skus` says whether that of a product counts. Numbers are compared at the vendor's own precision.
    """
    left = list(have)
    missing = sorted(
        range(len(wanted)), key=lambda n: (wanted[n].quantity, wanted[n].price, wanted[n].name).count(None)
    )
    for agree in (operator.eq, equal):  # a rounded number must not take the line of one that needs no rounding
        for place in tuple(missing):
            line = wanted[place]
            found = next((n for n, other in enumerate(left) if _same(line, other, agree, skus=skus)), None)
            if found is not None:
                missing.remove(place)
                del left[found]
    return tuple(wanted[place] for place in sorted(missing)), tuple(left)


def line_option(line: DraftLine) -> str:
    """Return a line as `--line` takes it: a JSON object, whose texts may hold anything."""
    parts = {"sku": line.sku, "id": line.id, "name": line.name, "quantity": line.quantity, "price": line.price}
    parts |= {key: setting.value for key, setting in line.set.items()}
    return json.dumps({k: str(v) for k, v in parts.items() if v is not None}, ensure_ascii=False)


def _same(
    wanted: DraftLine, have: OrderLine, agree: Callable[[Decimal | None, Decimal | None], bool], *, skus: bool
) -> bool:
    if skus and wanted.sku is not None and have.sku is not None and wanted.sku != have.sku:
        return False
    names_product = wanted.sku is not None or wanted.id is not None or bool(wanted.set)
    if not names_product and wanted.name is not None and have.name is not None and have.name != wanted.name:
        return False
    return agree(wanted.quantity, have.quantity) and agree(wanted.price, have.unit_price)


def equal(wanted: Decimal | None, have: Decimal | None) -> bool:
    """Return whether two numbers agree at the vendor's own precision; one that nobody gave agrees with any."""
    if wanted is None or have is None:
        return True
    return wanted == have or round(wanted, max(0, -int(have.as_tuple().exponent))) == have
