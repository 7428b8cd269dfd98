"""Checkpoints: every change is printed at least once, whatever ends a run, and what was printed is left out."""

import datetime as dt
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from orderctl.errors import MachineRefused, UsageError
from orderctl.model import Order
from orderctl.read import checkpoints
from tests.conftest import proof_examples

NOON = dt.datetime(2026, 3, 7, 12, tzinfo=dt.UTC)


MOST = 40
"""How many orders a shop has."""


class Killed(Exception):
    """The process is gone."""


@dataclass
class Shop:
    """A vendor whose orders change all the time, also while a list is read; its clock is not ours.

    `printed` is what the reader of all runs has. An order changes only once its last change was printed, so that each
    change can be seen.
    """

    chance: random.Random
    skew: dt.timedelta
    stamps: bool
    now: dt.datetime = NOON
    closed: bool = False
    changes: set[tuple[str, int]] = field(default_factory=set)
    printed: Counter[tuple[str, int]] = field(default_factory=Counter)
    orders: dict[str, tuple[int, dt.datetime]] = field(default_factory=dict)

    def move(self) -> None:
        """Let time pass, and an order be made or changed."""
        if self.closed:
            return
        self.now += dt.timedelta(seconds=self.chance.choice([0, 0, 1, 30]))
        known = [n for n, (version, _) in self.orders.items() if self.printed[n, version]]
        if known and self.chance.random() < 0.7:
            name = self.chance.choice(known)
            version = self.orders[name][0] + 1
        elif len(self.orders) < MOST:
            name, version = str(len(self.orders) + 1), 0
        else:
            return
        stamp = (self.now + self.skew).replace(microsecond=0)
        self.orders[name] = version, stamp
        self.changes.add((name, version))

    def list(self, since: dt.datetime | None) -> Iterator[tuple[Order, int]]:
        """Yield what changed at or after a time of the vendor's, in pages of three, while the shop goes on."""
        for place in range(0, len(self.orders) + 3, 3):
            for name in list(self.orders)[place : place + 3]:
                version, stamp = self.orders[name]
                if since is None or stamp >= since:
                    yield Order(id=name, updated_at=stamp if self.stamps else None), version
            self.move()


def run(shop: Shop, folder: Path, until: Callable[[str], None]) -> None:
    """Do what a list with a checkpoint does; `until` is called before each step and may end it."""
    kept = checkpoints.load(folder, "x", profile="shop", target="t", filters={})
    started = shop.now
    buffer = []
    for order, version in shop.list(kept.since):
        until("read")
        if kept.is_new(order, f"version {version}"):
            buffer.append((order.id, version))
        if len(buffer) == 4:
            shop.printed.update(buffer)
            buffer.clear()
    until("flush")
    shop.printed.update(buffer)
    until("move on")
    kept.move_on(started, whole=True)


@pytest.mark.proof
@pytest.mark.timeout(600)
@pytest.mark.parametrize("skew, stamps", [(-18_000, True), (-5400, False), (-5400, True), (0, False), (5400, True)])
def test_a_list_that_is_killed_anywhere_prints_every_change(tmp_path: Path, skew: int, stamps: bool) -> None:  # noqa: FBT001
    chance = random.Random(f"{skew} {stamps}")
    shop = Shop(chance, dt.timedelta(seconds=skew), stamps)
    kills = good = 0
    while kills < proof_examples(200, sample=40):
        for _ in range(chance.randrange(6)):
            shop.move()
        if chance.random() < 0.1:
            shop.now += dt.timedelta(hours=chance.randrange(30))  # a night without runs
        steps = chance.randrange(2 * len(shop.orders) + 4)

        left = iter(range(steps))

        def until(_step: str, left: Iterator[int] = left) -> None:
            if next(left, None) is None:
                raise Killed

        before = set(shop.printed)
        try:
            run(shop, tmp_path, until)
            good += 1
        except Killed:
            kills += 1
        assert before <= set(shop.printed) <= shop.changes
    shop.closed = True
    run(shop, tmp_path, lambda _step: None)
    assert good
    assert set(shop.printed) == shop.changes
    lines = shop.printed.total()
    run(shop, tmp_path, lambda _step: None)
    assert shop.printed.total() == lines  # what was printed is not printed again


def test_what_was_printed_is_not_printed_again_and_a_change_is(tmp_path: Path) -> None:
    def seen(*orders: tuple[str, str], started: dt.datetime = NOON, whole: bool = True) -> list[str]:
        kept = checkpoints.load(tmp_path, "x", profile="shop", target="t", filters={})
        new = [name for name, content in orders if kept.is_new(Order(id=name, updated_at=NOON), content)]
        kept.move_on(started, whole=whole)
        return new

    assert seen(("1", "a"), ("2", "a"), ("1", "a")) == ["1", "2"]  # a page that shifted shows an order twice
    assert seen(("1", "a"), ("2", "b")) == ["2"]
    assert seen(("2", "a")) == ["2"]  # back to what it was two runs ago is a change too
    since = checkpoints.load(tmp_path, "x", profile="shop", target="t", filters={}).since
    assert since == NOON - checkpoints.OVERLAP
    assert seen(("2", "a"), started=NOON + dt.timedelta(days=1), whole=False) == []
    assert checkpoints.load(tmp_path, "x", profile="shop", target="t", filters={}).since == since


def test_a_vendor_whose_clock_is_behind_is_asked_from_its_latest_change_on(tmp_path: Path) -> None:
    behind = NOON - dt.timedelta(hours=8)
    kept = checkpoints.load(tmp_path, "x", profile="shop", target="t", filters={})
    kept.is_new(Order(id="1", updated_at=behind), "a")
    kept.move_on(NOON, whole=True)
    later = checkpoints.load(tmp_path, "x", profile="shop", target="t", filters={})
    assert later.since == behind - checkpoints.OVERLAP
    later.move_on(NOON + dt.timedelta(days=1), whole=True)  # nothing has changed since
    assert checkpoints.load(tmp_path, "x", profile="shop", target="t", filters={}).since == later.since


def test_a_checkpoint_is_of_one_account_and_one_set_of_filters(tmp_path: Path) -> None:
    filters = {"status": "open", "where": ["a=b c"]}
    checkpoints.load(tmp_path, "x", profile="shop", target="t", filters=filters).move_on(NOON, whole=True)
    with pytest.raises(UsageError, match="another account: t"):
        checkpoints.load(tmp_path, "x", profile="shop", target="u", filters=filters)
    with pytest.raises(UsageError) as refused:
        checkpoints.load(tmp_path, "x", profile="shop", target="t", filters={})
    assert refused.value.hint == "orderctl list --checkpoint x --status open --where 'a=b c' -p shop"


def test_the_next_run_asks_for_all_again_until_the_vendor_showed_a_time_of_its_own(tmp_path: Path) -> None:
    def begins(*orders: Order) -> dt.datetime | None:
        kept = checkpoints.load(tmp_path, "x", profile="shop", target="t", filters={})
        for order in orders:
            kept.is_new(order, "a")
        kept.move_on(NOON, whole=True)
        return checkpoints.load(tmp_path, "x", profile="shop", target="t", filters={}).since

    behind = NOON - dt.timedelta(hours=8)
    assert begins() is None, "an order that a box whose clock is behind gets next would be before our start"
    assert begins(Order(id="1"), Order(id="2", created_at=dt.date(2026, 3, 7))) is None
    assert begins(Order(id="1", created_at=behind)) == behind - checkpoints.OVERLAP
    assert begins() == behind - checkpoints.OVERLAP


@pytest.mark.parametrize("key", ["since", "latest"])
def test_a_time_without_a_zone_is_a_damaged_checkpoint(tmp_path: Path, key: str) -> None:
    checkpoints.load(tmp_path, "x", profile="shop", target="t", filters={}).move_on(NOON, whole=True)
    path = tmp_path / "checkpoints" / "x.json"
    path.write_text(path.read_text().replace(f'"{key}": null', f'"{key}": "2026-03-07T12:00:00"'))
    with pytest.raises(MachineRefused, match="is damaged"):
        checkpoints.load(tmp_path, "x", profile="shop", target="t", filters={})


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"version": 1}', "\x00", '{"version":2}'])
def test_a_damaged_checkpoint_is_refused_with_the_way_out(tmp_path: Path, content: str) -> None:
    checkpoints.load(tmp_path, "x", profile="shop", target="t", filters={}).move_on(NOON, whole=True)
    path = tmp_path / "checkpoints" / "x.json"
    whole = path.read_text()
    path.write_text(whole.replace('"version": 1', '"version": 2') if "2" in content else content)
    with pytest.raises(MachineRefused) as refused:
        checkpoints.load(tmp_path, "x", profile="shop", target="t", filters={})
    assert refused.value.hint.endswith(f"rm {path}")
