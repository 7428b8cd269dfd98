"""Money of an order: what is taken off is shared over the lines to the last cent, and totals are divided by pieces."""

from collections.abc import Sequence
from decimal import ROUND_DOWN, Decimal

WHOLE = frozenset(
    {
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "UYI",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    }
)
"""Currencies without decimals."""

THOUSANDTHS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
"""Currencies with three decimals."""

CENT = Decimal("0.01")


def unit_of(currency: str | None) -> Decimal:
    """Return the smallest amount of a currency, a cent where it is not known."""
    if currency in WHOLE:
        return Decimal(1)
    return CENT / 10 if currency in THOUSANDTHS else CENT


def shares(amounts: Sequence[Decimal], taken: Decimal, unit: Decimal) -> list[Decimal]:
    """Return how much of `taken` each amount bears, in whole units; what is left over goes to the largest remainders.

    Raises ValueError where more is taken than there is.

    >>> shares([Decimal(40), Decimal(20)], Decimal(6), Decimal("0.01"))
    [Decimal('4.00'), Decimal('2.00')]
    """
    whole = sum(amounts, Decimal(0))
    if taken > whole:
        raise ValueError(f"the discount {taken:f} is larger than the sum of the lines ({whole:f})")
    if not taken or not whole:
        return [Decimal(0)] * len(amounts)
    exact = [amount * taken / whole for amount in amounts]
    found = [min(each.quantize(unit, ROUND_DOWN), amount) for each, amount in zip(exact, amounts, strict=True)]
    left = taken - sum(found, Decimal(0))
    order = sorted(range(len(found)), key=lambda i: (found[i] - exact[i], i))
    while left > 0:
        before = left
        for i in order:
            more = min(unit, left, amounts[i] - found[i])
            if more > 0:
                found[i] += more
                left -= more
        if left == before:
            break
    return found


def pieces(total: Decimal, quantity: Decimal, unit: Decimal) -> list[tuple[Decimal, Decimal]]:
    """Return quantities and prices of one piece that come to a total: one of each where it can be divided, else two.

    Raises ValueError where the quantity has decimals and the total cannot be divided by it.

    >>> pieces(Decimal(20), Decimal(3), Decimal("0.01"))
    [(Decimal('2'), Decimal('6.67')), (Decimal('1'), Decimal('6.66'))]
    """
    low = (total / quantity).quantize(unit, ROUND_DOWN)
    if low * quantity == total:
        return [(quantity, low)]
    rest = total - low * quantity
    if quantity != quantity.to_integral_value() or rest % unit:
        fine = (total / quantity).quantize(unit / 100, ROUND_DOWN)
        if fine * quantity == total:
            return [(quantity, fine)]
        raise ValueError(f"{total:f} cannot be divided by {quantity:f} pieces")
    high = rest / unit
    return [(high, low + unit), (quantity - high, low)]
