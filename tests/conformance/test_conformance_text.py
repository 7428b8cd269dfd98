"""What a list prints of an order is what `get` prints of it, whatever the vendor answered: one document, one text."""

import datetime as dt
import json
import random
import re
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest

from orderctl.backend import registry
from orderctl.conformance.account import Account
from orderctl.conformance.suite import Answer, Tape, changed
from orderctl.errors import OrderctlError
from orderctl.model import Order, Query
from orderctl.output import Output, jsontext
from orderctl.output.documents import order_document
from tests.conftest import proof_examples

ALL = sorted(registry.VENDORS)

VALUES: tuple[Any, ...] = (
    None, True, False, 0, 7, 10**30, "", "0", "7", "0.00", "12.50", "TABLE-4", "1E-9", "2026-03-01 10:00:00",
    "2026-03-01T24:00:00Z", "2026-03-01", '5 > 4 & "so" on\\', "Ännchen, Київ 茶 🍵", "a\nb\tc", "\x1b]52;c;AA==\x07",
    "\x7f", "\x85", "\u202e", "\u2028", "\ufeff", "\u200d", "\U000e0001", "\ud800", [], {}, [None], {"a": {"b": []}},
)  # fmt: skip

NUMBERS = ("1.50", "-0.0", "1E-9", "1e5", "0e-12", "12345678901234567890.10", "1e999", "NaN", "0.0000001", "9" * 60)
"""How numbers are written in JSON, which no Python float keeps."""

STRUCTURE = re.compile(r'("(?:[^"\\]|\\.)*+")|\s+')
"""A text of JSON, or the blanks between texts."""


def generated(chance: random.Random, answer: Answer) -> Answer:
    """Return an answer with other values in one place of thirty."""
    if answer.body[:1] == b"<":
        body = re.sub(rb">([^<>]+)</", lambda found: b">%s</" % _xml(chance, found[1]), answer.body)
    else:
        body = re.sub(rb'"NUMBER:([^"]*)"', rb"\1", json.dumps(_json(chance, json.loads(answer.body))).encode())
    return Answer(answer.status, answer.kind, body)


def _xml(chance: random.Random, text: bytes) -> bytes:
    if chance.randrange(30):
        return text
    return str(chance.choice([*VALUES, *NUMBERS])).replace("&", "&amp;").replace(">", "&gt;").encode(errors="replace")


def _json(chance: random.Random, value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _json(chance, inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_json(chance, inner) for inner in value]
    if chance.randrange(30):
        return value
    return chance.choice([*VALUES, *[f"NUMBER:{number}" for number in NUMBERS]])


def listed(orders: list[Order], vendor: str) -> list[str]:
    """Return what a long list prints of each order."""
    out = StringIO()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(jsontext, "LONG", 1)  # from its first order on
        with Output(format="jsonl", stdout=out, stderr=StringIO(), environ={}).rows("order") as rows:
            for order in orders:
                rows.add(order_document(order, profile="shop", vendor=vendor))
    return re.findall(r"[^\n]*\n", out.getvalue())


def alone(format: str, order: Order, vendor: str) -> str:  # noqa: A002  (the option's name)
    """Return what `get` prints of an order."""
    out = StringIO()
    output = Output(format=format, stdout=out, stderr=StringIO(), environ={})
    output.one("order", order_document(order, profile="shop", vendor=vendor))
    return out.getvalue()


@pytest.mark.proof
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("change, examples", [(generated, 10_000), (changed, 2_000)])
@pytest.mark.parametrize("name", ALL)
def test_a_list_prints_of_an_order_what_get_prints(
    name: str, change: Callable[[random.Random, Answer], Answer], examples: int
) -> None:
    tape = Tape()
    account = Account(name, wrap=tape.wrap)
    for number in range(3):
        account.add(f"REF-{number}")
    query = Query() if account.vendor.page_size else Query(since=dt.datetime.now(account.profile.zone))
    account.reopen()
    tape.kept.clear()
    assert account.backend.page(query, None).orders
    answers = list(tape.kept)
    chance = random.Random(f"{change.__name__} {name}")  # the same failure tomorrow
    seen = 0
    count = proof_examples(examples, sample=40)
    for number in range(count):
        spoilt = chance.choice([*range(len(answers)), *[len(answers) - 1] * 4])

        def play(place: int, spoilt: int = spoilt) -> Answer:
            answer = answers[min(place, len(answers) - 1)]
            return change(chance, answer) if place == spoilt else answer

        tape.given, tape.play = [], play
        account.reopen()
        try:
            orders = list(account.backend.page(query, None).orders)
        except OrderctlError:
            continue
        seen += len(orders)
        lines = listed(orders, name)
        assert lines == [alone("jsonl", order, name) for order in orders], (number, tape.given)
        pages = [alone("json", order, name) for order in orders]
        assert lines == [STRUCTURE.sub(lambda found: found[1] or "", page) + "\n" for page in pages], number
    assert seen > count // 10
