"""What one more order costs in a list, counted in calls: time would depend on the machine, and on what else it does."""

import datetime as dt
import gc
import sys
from collections import Counter
from io import StringIO
from types import FrameType
from typing import Any

import pytest

from orderctl.conformance.account import Account
from orderctl.conformance.suite import Tape
from orderctl.model import Query
from orderctl.output import Output, jsontext
from orderctl.output.documents import order_document
from orderctl.read import listing

FEW, MANY = 3, 13

MOST = {
    "flyerlink": (81, 95),
    "imonggo": (54, 131),
    "omflow": (104, 160),
    "onebox": (48, 67),
    "qince": (106, 101),
}
"""How many calls an order may cost, of functions in Python and of those in C: a few more than it does."""


@pytest.mark.parametrize("name", sorted(MOST))
def test_an_order_of_a_long_list_costs_so_many_calls(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsontext, "LONG", 1)
    tape = Tape()
    account = Account(name, wrap=tape.wrap)
    since = None if account.vendor.page_size else dt.datetime.now(account.profile.zone)
    counts: list[Counter[str]] = []
    for number in range(1, MANY + 1):
        account.add(f"REF-{number}")
        if number not in {FEW, MANY}:
            continue
        tape.kept.clear()
        listed(account, since)  # what is done once is not counted; the answers are kept and given again, at no cost
        answers = list(tape.kept)
        tape.given, tape.play = [], lambda place, answers=answers: answers[place]
        counts.append(calls(account, since))
        tape.play = None
    python, native = ((counts[1][kind] - counts[0][kind]) / (MANY - FEW) for kind in ("call", "c_call"))
    assert python <= MOST[name][0], python
    assert native <= MOST[name][1], native


def listed(account: Account, since: dt.datetime | None) -> str:
    """Return what a list prints."""
    out = StringIO()
    plan = listing.plan(Query(since=since), account.vendor)
    found = listing.read(account.backend.backend, plan, note=lambda _: None)
    with Output(format="jsonl", stdout=out, stderr=StringIO(), environ={}).rows("order") as rows:
        for order in found.orders:
            rows.add(order_document(order, profile="shop", vendor=account.vendor.name))
    return out.getvalue()


def calls(account: Account, since: dt.datetime | None) -> Counter[str]:
    """Return how many calls a list is, by their kind."""
    found: Counter[str] = Counter()

    def count(_frame: FrameType, event: str, _about: Any) -> None:
        found[event] += 1

    before = sys.getprofile()
    gc.disable()  # what it finds may be called: another test's account, which removes its folder
    sys.setprofile(count)
    try:
        listed(account, since)
    finally:
        sys.setprofile(before)
        gc.enable()
    return found
