"""Whether an order at the vendor is the one that was wanted, word by word, in what was sent and comes back."""

from collections.abc import Mapping
from decimal import Decimal
from html import unescape
from typing import Any

from orderctl.backend.readback import differences, equal
from orderctl.model import DraftLine, Order


def compare(wanted: Mapping[str, Any], order: Order) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return which words of a new order were compared with an order at the vendor, and in which of them it differs.

    `wanted` is a prepared order's. Only what was sent and comes back counts: what a vendor adds or computes is no
    difference. A customer is the same where any of its words agrees, as vendors merge customers.
    """
    compared, differing = [], []

    def note(name: str, *, same: bool) -> None:
        compared.append(name)
        if not same:
            differing.append(name)

    for name in ("title", "note", "currency"):
        have = getattr(order, name)
        if name in wanted and have is not None:
            note(name, same=_plain(wanted[name]) == _plain(have))
    if "total" in wanted and order.total is not None:
        note("total", same=equal(Decimal(wanted["total"]), order.total))
    customer = wanted.get("customer", {})
    known = [name for name in customer if getattr(order.customer, name) is not None]
    if known:
        note("customer", same=any(_plain(customer[name]) == _plain(getattr(order.customer, name)) for name in known))
    lines = [_line(line) for line in wanted.get("lines", ())]
    if lines and order.lines:
        note("lines", same=not differences(lines, order.lines, skus=True)[0])
    return tuple(compared), tuple(differing)


SHOWN_AS = {"price": "unit_price"}
"""What an order calls a word of a line that is wanted, where that is another name."""


def shows_all(wanted: Mapping[str, Any], order: Order, *, only_lines: bool = False) -> bool:
    """Return whether an order shows every word that was wanted, and agrees in each.

    Of a customer each word counts. With `only_lines` it has no lines beside those that were wanted, and shows each word
    of theirs.
    """
    compared, differing = compare(wanted, order)
    if differing or not set(wanted) <= set(compared):
        return False
    words = {name: getattr(order.customer, name) for name in wanted.get("customer", {})}
    if any(have is None or _plain(have) != _plain(wanted["customer"][name]) for name, have in words.items()):
        return False
    lines = [_line(line) for line in wanted.get("lines", ())]
    if not (only_lines and lines):
        return True
    given = {SHOWN_AS.get(word, word) for line in wanted["lines"] for word in line}
    hidden = any(getattr(line, word) is None for word in given for line in order.lines)
    return not hidden and not any(differences(lines, order.lines, skus=True))


def counts_as_existing(wanted: Mapping[str, Any], order: Order) -> bool:
    """Return whether an order at the vendor is the one that is wanted: its customer and at least one line agree.

    A customer, or lines, that were not sent or do not come back cannot disagree.
    """
    compared, differing = compare(wanted, order)
    lines = [_line(line) for line in wanted.get("lines", ())]
    some = not (lines and order.lines) or len(differences(lines, order.lines, skus=True)[0]) < len(lines)
    return bool(compared) and "customer" not in differing and some


def _line(words: Mapping[str, str]) -> DraftLine:
    quantity, price = words.get("quantity"), words.get("price")
    return DraftLine(
        sku=words.get("sku"),
        id=words.get("id"),
        name=words.get("name"),
        quantity=None if quantity is None else Decimal(quantity),
        price=None if price is None else Decimal(price),
    )


def _plain(text: str) -> str:
    """Return a text as vendors may give it back: spaces brought together, HTML's escapes undone."""
    return " ".join(unescape(str(text)).split()).casefold()
