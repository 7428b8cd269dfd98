"""What the suite says of the built-in vendors only: what it leaves out for each, and what their emulators can do."""

import pytest

from orderctl.backend import registry
from orderctl.backend.vendor import Capability
from orderctl.conformance.account import Account
from orderctl.conformance.cases import BUILT_IN, text_field
from orderctl.conformance.suite import TEXTS, with_text
from orderctl.model import Move

VENDORS = {name: registry.vendor(name) for name in sorted(registry.VENDORS)}


def test_what_was_left_out_for_whom() -> None:
    """The list of everything that the suite does not ask, by declared capability and nothing else."""
    left = {n: sorted(c.value for c in Capability if c not in v.capabilities) for n, v in VENDORS.items()}
    assert left == {
        "flyerlink": ["cancel", "comments", "fields", "push", "steps"],
        "imonggo": ["comments", "fields", "push", "steps", "update"],
        "omflow": ["comments", "lines"],
        "onebox": ["fields"],
        "qince": ["cancel", "comments", "fields"],
    }
    assert {n for n, c in BUILT_IN.items() if c.change} == {n for n in VENDORS if "update" not in left[n]}
    assert {n for n, c in BUILT_IN.items() if c.move != Move()} == {n for n in VENDORS if "push" not in left[n]}


@pytest.mark.parametrize("name", VENDORS)
def test_no_text_and_no_reference_is_refused(name: str) -> None:
    account = Account(name)
    for text in TEXTS:
        draft = with_text(account.draft(), text_field(account.vendor), text)
        assert not account.vendor.prepare("create", draft, account.profile).problems
    for reference in TEXTS[:5]:
        account.draft(reference)


@pytest.mark.parametrize("most", ["1", "7", "50"])
@pytest.mark.parametrize("name", ["imonggo", "qince"])
def test_pages_that_a_server_makes_shorter_are_not_the_end(name: str, most: str) -> None:
    account = Account(name, switches={"rows-max": most})
    made = [account.add(f"REF-{n}") for n in range(15)]
    assert [order.id for order in account.orders()] == made
    part, cut = account.listing(limit=8)
    assert [o.id for o in part] == made[:8]
    assert [o.id for o in account.listing(after=cut.next)[0]] == made[8:]
    if "reference" in account.vendor.remote_filters:
        assert [o.id for o in account.orders(reference="REF-14")] == [made[14]]
