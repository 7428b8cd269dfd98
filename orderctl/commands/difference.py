"""What an update will change in an order, as a person reads it before it is sent: old -> new."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from orderctl.app import App
from orderctl.backend.contract import Backend
from orderctl.backend.fields import word_values
from orderctl.backend.vendor import Capability
from orderctl.model import DraftLine, Order, OrderChange, OrderKey, OrderLine
from orderctl.words import LINE_WORDS

HELD = {"due": "due_at", "status": "vendor_status"}
"""What an order calls the words of a change, where that is something else."""

LINE = {"price": "unit_price"}
"""What a line of an order calls the words of a draft's."""


def tell(app: App, backend: Backend, change: OrderChange, key: OrderKey) -> None:
    """Read an order and print on standard error what a change makes different in it."""
    order = backend.read(key)
    lines = order.lines
    if change.replace_lines and not lines and Capability.LINES in app.vendor.capabilities:
        lines = backend.lines(order.id)
    app.output.note(f"order {order.id}{f' ({order.reference})' if order.reference else ''}:")
    for line in difference(change, order, lines):
        app.output.note(f"  {line}")


def difference(change: OrderChange, order: Order, lines: Sequence[OrderLine]) -> Iterator[str]:
    """Yield a line for each thing that a change makes different in an order that has these lines."""
    for path, value in word_values(change).items():
        old = _held(order, path)
        yield f"{path}: {_shown(old)}{' already' if old == value else f' -> {_shown(value)}'}"
    for name, own in change.set.items():
        new = f"{len(own.value):,} bytes" if isinstance(own.value, bytes) else _shown(own.value)
        yield f"{name}: {_shown(order.extra[name])} -> {new}" if name in order.extra else f"{name} -> {new}"
    if change.replace_lines:
        yield from (f"- line {_line(line, LINE)}" for line in lines)
    yield from (f"+ line {_line(line, {})}" for line in change.lines)
    yield from (f"+ file {path}" for path in change.files)


def _held(order: Order, path: str) -> object:
    """Return what an order has for a word of a change."""
    word, _, inner = path.partition(".")
    return getattr(order.customer, inner) if inner else getattr(order, HELD.get(word, word))


def _line(line: OrderLine | DraftLine, names: dict[str, str]) -> str:
    found = {word: getattr(line, names.get(word, word)) for word in LINE_WORDS}
    return ", ".join(f"{word} {_shown(value)}" for word, value in found.items() if value is not None)


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:f}" if isinstance(value, Decimal) else "(none)" if value in {None, ""} else str(value)
