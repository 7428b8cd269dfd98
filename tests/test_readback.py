"""Lines that were sent and lines that came back: the same, missing, or others."""

from decimal import Decimal

import pytest

from orderctl.backend.readback import check_lines, differences, line_option
from orderctl.errors import OutcomeUnknown
from orderctl.model import DraftLine, OrderChange, OrderLine, Setting


def sent(
    name: str | None = None, quantity: str | None = None, price: str | None = None, sku: str | None = None
) -> DraftLine:
    return DraftLine(
        name=name, sku=sku, quantity=Decimal(quantity) if quantity else None, price=Decimal(price) if price else None
    )


def kept(name: str | None, quantity: str = "1", price: str = "1") -> OrderLine:
    return OrderLine(name=name, quantity=Decimal(quantity), unit_price=Decimal(price))


@pytest.mark.parametrize(
    "wanted, have",
    [((), ()), ((sent("A", "2", "1.50"),), (kept("A", "2.000", "1.5"),)),
     ((sent("A", sku="S"),), (kept("The vendor's name"),)), ((sent("A"),), (kept("A", "7", "8"),)),
     ((sent("A", "1", "1.23456"),), (kept("A", "1", "1.2346"),)), ((sent("A", "1", "2"),), (OrderLine(name=None),)),
     ((sent(quantity="1"), sent("B", "1", "2")), (kept("B", "1", "2"), kept("A", "1", "9"))),
     ((sent("A", "1", "1"), sent("A", "1", "1")), (kept("A"), kept("A")))],
)  # fmt: skip
def test_what_is_sent_and_returned_alike_is_not_a_difference(
    wanted: tuple[DraftLine, ...], have: tuple[OrderLine, ...]
) -> None:
    assert differences(wanted, have) == ((), ())


@pytest.mark.parametrize(
    "wanted, have, missing, others",
    [((sent("A"),), (), 1, 0), ((), (kept("A"),), 0, 1), ((sent("A"),), (kept("B"),), 1, 1),
     ((sent("A", "2"),), (kept("A", "3"),), 1, 1), ((sent("A", price="2"),), (kept("A", price="3"),), 1, 1),
     ((sent("A", "1", "1"), sent("A", "1", "1")), (kept("A"),), 1, 0)],
)  # fmt: skip
def test_what_is_missing_and_what_nobody_wanted(
    wanted: tuple[DraftLine, ...], have: tuple[OrderLine, ...], missing: int, others: int
) -> None:
    found = differences(wanted, have)
    assert (len(found[0]), len(found[1])) == (missing, others)


def test_the_next_command_adds_only_what_is_missing() -> None:
    change = OrderChange(lines=(sent("A", "1", "1"), sent("B's", "2", "3")), replace_lines=True)
    with pytest.raises(OutcomeUnknown, match="lacks 1 of its 2") as raised:
        check_lines("7", change, lambda: (kept("A"),), again="orderctl update 7 -p shop")
    line = """'{"name": "B'"'"'s", "quantity": "2", "price": "3"}'"""
    assert raised.value.hint == f"add them: orderctl update 7 -p shop --line {line}"


def test_a_line_as_an_option_keeps_the_vendors_own_fields() -> None:
    line = DraftLine(id="5", set={"custom_a": Setting(value="x,y")})
    assert line_option(line) == '{"id": "5", "custom_a": "x,y"}'


def test_a_rounded_price_takes_no_line_of_one_that_needs_no_rounding() -> None:
    tiny, free = (DraftLine(sku="A", quantity=Decimal(1), price=Decimal(price)) for price in ("0.001", "0"))
    have = [OrderLine(sku="A", quantity=Decimal(1), unit_price=Decimal(price)) for price in ("0.00", "0.001")]
    assert differences([tiny, free], have) == ((), ())
