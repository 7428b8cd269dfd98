"""What is printed and asked before orders are changed: which ones, at whom, and what will be different."""

import io
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from orderctl.commands.difference import difference
from orderctl.model import Customer, DraftLine, Order, OrderChange, OrderLine, Setting
from tests.commands.test_naming import Run, make, run

__all__ = ["run"]

Ask = Callable[..., tuple[int, str, str]]


@pytest.fixture
def asked(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Run a command on a terminal whose user types some lines, with a protected profile beside the sandbox's own."""
    config = tmp_path / "config.toml"
    config.write_text('[profiles.shop]\nvendor = "onebox"\nurl = "sandbox:"\nprotected = true\n')
    monkeypatch.setenv("ORDERCTL_PROFILE", "sandbox-onebox")

    def runs(typed: str, *lines: str, terminal: bool = True) -> tuple[int, str, str]:
        answers = io.StringIO("".join(f"{line}\n" for line in lines))
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdin", answers)
            patch.setattr(answers, "isatty", lambda: terminal, raising=False)
            patch.setattr(sys.stderr, "isatty", lambda: terminal, raising=False)
            return run(typed)

    return runs


@pytest.mark.parametrize(
    "typed, what",
    [
        ("push 1 2 3 4 5 6 7 --to Delivered", "push 7 orders (1, 2, 3, 4, 5 and 2 more) to Delivered"),
        ("push --reference A --reference B --to New", "push 2 orders (A, B) to New"),
        ("cancel 1 2 3", "cancel 3 orders (1, 2, 3)"),
        ("update 1 --note x", "update order 1"),
        ("update --from changes.csv", "update 2 orders (5, A)"),
        ("create --from orders.csv", "create 3 orders (A, B, C)"),
    ],
)
def test_a_protected_profile_says_what_will_happen_before_it_asks(
    typed: str, what: str, asked: Ask, tmp_path: Path
) -> None:
    (tmp_path / "changes.csv").write_text("id,reference,note\n5,,x\n,A,y\n")
    (tmp_path / "orders.csv").write_text("reference,email,customer_name\nA,a@b.c,A\nB,a@b.c,A\nC,a@b.c,A\n")
    code, out, err = asked(f"{typed} -p shop", "no")
    if "update 1" not in typed:  # of one order the difference is shown first, and there is none
        assert (code, out) == (2, "")
        assert f"This will {what} at OneBox. Profile shop is protected; type its name: " in err
        assert "nothing was done" in err
    code, out, err = asked(f"{typed} -p shop", terminal=False)
    assert (code, out) == (2, "")
    assert f"profile shop is protected, and this would {what} at OneBox; nothing was done" in err
    assert "to confirm, add --yes -p shop" in err


def test_a_cancel_of_several_names_them(asked: Ask) -> None:
    code, _, err = asked("cancel 1 2 3", "n")
    assert code == 2
    assert "Delete 3 orders (1, 2, 3) at OneBox (profile sandbox-onebox) for good? [y/N]" in err


def test_lines_that_a_file_replaces_are_asked_for(asked: Ask, tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("id,sku,quantity,price,phone\n1,100500,1,1,\n2,,,,1\n3,100500,1,1,\n")
    code, _, err = asked("update --from c.csv --replace-lines", "n")
    assert code == 2
    assert "Replace all lines of 2 orders (1, 3)? [y/N]" in err


def test_an_update_shows_first_what_will_be_different(
    asked: Ask, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make(run, "onebox", "R-1", tmp_path, monkeypatch)
    code, _, err = asked(f"update {made} --phone 222 --line 'sku=100500,quantity=3,price=5' --replace-lines", "y")
    assert code == 0, err
    shown, _, after = err.partition(f"Replace all lines of order {made}?")
    assert after, "it is shown before it is asked"
    assert f"order {made} (R-1):" in shown
    assert "customer.phone: +380639370442 -> 222" in shown
    assert "- line " in shown
    assert "+ line sku 100500, quantity 3, price 5" in shown
    assert "->" not in asked(f"update {made} --phone 333", terminal=False)[2]
    assert "->" not in asked(f"update {made} --phone 444 -q")[2]
    assert asked("update 999 --phone 444")[0] == 5


def test_a_difference_is_shown_word_by_word() -> None:
    order = Order(
        id="5", note="call", total=Decimal("9.00"), customer=Customer(name="Ann"), paid=False, extra={"color": "red"}
    )
    change = OrderChange(
        note="write", total=Decimal(9), paid=True, customer=Customer(name="Bob", email="b@c.d"),
        set={"color": Setting(value="blue"), "form": Setting(value=b"12345")}, files=("a.pdf",),
        lines=(DraftLine(sku="N", quantity=Decimal(2)),), replace_lines=True,
    )  # fmt: skip
    assert sorted(difference(change, order, [OrderLine(sku="O", unit_price=Decimal("1.50"))])) == [
        "+ file a.pdf",
        "+ line sku N, quantity 2",
        "- line sku O, price 1.50",
        "color: red -> blue",
        "customer.email: (none) -> b@c.d",
        "customer.name: Ann -> Bob",
        "form -> 5 bytes",
        "note: call -> write",
        "paid: no -> yes",
        "total: 9.00 already",
    ]
