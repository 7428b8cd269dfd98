"""`push --wait` and `get --wait`: every five seconds, ten minutes at most, and never longer than the run may last."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from orderctl.errors import WAIT_OVER, DeadlinePassed, Interrupted, OrderctlError, PermissionDenied, Temporary
from orderctl.http import Clock
from orderctl.model import Order, Status, Step
from orderctl.read import wait
from orderctl.read.wait import Wait
from tests.commands.test_naming import Run, make, run
from tests.http.conftest import Time

__all__ = ["run"]

NEW = Order(id="7", status=Status.OPEN, vendor_status="New")
DOWN = Temporary("the box is down")


def waiting(time: Time, status: str, *seen: Order | Temporary, patient: bool = False) -> Order:
    left: Iterator[Order | Temporary] = iter(seen)

    def look() -> Order:
        found = next(left)
        if isinstance(found, Temporary):
            raise found
        return found

    return Wait(status, clock=time.clock()).until(look, name="order 7", patient=patient)


@pytest.mark.parametrize(
    "status, order",
    [
        ("completed", Order(id="7", status=Status.COMPLETED, vendor_status="Delivered")),
        ("Delivered", Order(id="7", status=Status.COMPLETED, vendor_status="Delivered")),
        ("Check", Order(id="7", status=Status.IN_PROGRESS, steps=(Step(name="Pack"), Step(name="Check")))),
    ],
)
def test_an_order_is_looked_at_every_five_seconds(status: str, order: Order) -> None:
    time = Time()
    assert waiting(time, status, NEW, NEW, order) is order
    assert time.slept == [5.0, 5.0]


def test_after_ten_minutes_over_all_orders_it_is_enough() -> None:
    time = Time()
    waits = Wait("completed", clock=time.clock())
    for slept in (120, 120):
        with pytest.raises(DeadlinePassed, match="order 7 did not become 'completed' within 10 minutes; it is New now"):
            waits.until(lambda: NEW, name="order 7")
        assert time.slept == [5.0] * slept


def test_a_vendor_that_is_down_for_a_while_is_asked_again() -> None:
    done = Order(id="7", status=Status.COMPLETED)
    assert waiting(Time(), "completed", NEW, DOWN, DOWN, done) is done
    assert waiting(Time(), "completed", DOWN, done, patient=True) is done
    with pytest.raises(Temporary):
        waiting(Time(), "completed", DOWN, done)


def test_what_ends_the_run_ends_the_wait() -> None:
    def ends(_seconds: float) -> None:
        raise DeadlinePassed("the run's deadline passed")

    with pytest.raises(DeadlinePassed) as raised:
        Wait("completed", clock=Clock(now=lambda: 0.0, sleep=ends)).until(lambda: NEW, name="order 7")
    assert raised.value.code != WAIT_OVER


def test_get_shows_the_order_once_it_has_the_status(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make(run, "onebox", "A", tmp_path, monkeypatch)
    assert run(f"get {made} --wait open -o ids") == (0, f"{made}\n", "")
    assert run("get --reference A --wait New -o ids")[0] == 0
    code, out, err = run(f"get {made} --wait completed --deadline 0.2 -o ids")
    assert (code, out) == (124, ""), "the run's deadline is the shorter one"
    assert run(f"get {made} --wait ''")[0] == 2
    monkeypatch.setattr(wait, "AT_MOST", 0.0)
    code, out, err = run(f"get {made} --wait completed")
    assert (code, out) == (124, "")
    assert f"order '{made}' did not become 'completed'" in err


def test_push_waits_after_all_orders_were_pushed(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [make(run, "onebox", name, tmp_path, monkeypatch) for name in ("A", "B")]
    code, out, err = run(f"push {ids[0]} --to Delivered --wait Delivered -o ids")
    assert (code, out) == (0, f"{ids[0]}\n")
    assert f"order {ids[0]} is Delivered" in err
    monkeypatch.setattr(wait, "AT_MOST", 0.0)
    code, out, err = run(f"push {ids[1]} --to Delivered --wait cancelled -o ids")
    assert (code, out) == (124, f"{ids[1]}\n"), "what was pushed is shown"
    code, out, err = run(f"push {' '.join(ids)} --to New --wait cancelled -o json")
    assert code == 124
    assert json.loads(out)["counts"] == {"pushed": 2}
    assert "2 of 2 orders did not become 'cancelled'; all of them were pushed" in err
    code, out, _ = run(f"push {ids[1]} 999 --to Delivered --wait Delivered -o json")
    assert (code, json.loads(out)["counts"]) == (7, {"failed": 1, "pushed": 1})
    assert run(f"push {ids[1]} --to New --wait x -n")[0] == 0


@pytest.mark.parametrize(
    "error, alone, beside_a_failed_one",
    [
        (DeadlinePassed("too late", code=WAIT_OVER), 124, 7),
        (DeadlinePassed("the run's deadline passed"), 124, 7),
        (PermissionDenied("403"), 7, 7),
        (Interrupted("interrupted", signal=2), 130, 130),
    ],
)
def test_how_a_wait_ends_hides_neither_what_was_pushed_nor_what_failed(
    error: OrderctlError, alone: int, beside_a_failed_one: int,
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    ids = [make(run, "onebox", name, tmp_path, monkeypatch) for name in ("A", "B")]

    def ends(*_: object, **_given: object) -> Order:
        raise error

    monkeypatch.setattr(Wait, "until", ends)
    code, out, err = run(f"push {' '.join(ids)} --to Delivered --wait completed -o ids")
    assert (code, out.split()) == (alone, ids), err
    code, out, err = run(f"push {' '.join(ids)} 999 --to New --wait completed -o ids")
    assert (code, out.split()) == (beside_a_failed_one, ids), err
    assert error.message in err
