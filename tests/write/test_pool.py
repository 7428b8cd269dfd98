"""Many writes: what signals, the deadline and brakes stop, and that nothing which was started is lost."""

import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orderctl.errors import DeadlinePassed, Interrupted, LoginRefused, OrderctlError, OutcomeUnknown, Temporary
from orderctl.model import Outcome
from orderctl.signals import Stop
from orderctl.write import processor
from orderctl.write.pool import Pool
from orderctl.write.result import Result
from tests.conftest import proof_examples


def created(item: int) -> Result:
    return Result(verb="create", outcome=Outcome.CREATED, id=str(item), reference=f"R-{item}")


def pool(do: Callable[[int], Result], stop: Stop, jobs: int = 1) -> Pool[int]:
    return Pool(do, verb="create", name=lambda item: (None, f"R-{item}"), stop=stop, jobs=jobs)


def failing(error: OrderctlError) -> Callable[[int], Result]:
    def do(_item: int) -> Result:
        raise error

    return do


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_every_item_has_its_result(jobs: int) -> None:
    made = pool(created, Stop(), jobs)
    assert sorted(int(str(r.id)) for r in made.run(range(20))) == list(range(20))
    assert made.stopped is None


def test_results_come_while_others_are_under_way() -> None:
    """The first result is not kept back until many have come."""
    taken = threading.Event()

    def do(item: int) -> Result:
        assert item == 0 or taken.wait(10)
        return created(item)

    results = pool(do, Stop(), 2).run(range(100))
    assert next(results).id == "0"
    taken.set()
    assert len(list(results)) == 99


def test_no_idle_worker_is_left() -> None:
    before = threading.active_count()
    for _ in range(50):
        assert len(list(pool(created, Stop(), 3).run(range(3)))) == 3
        assert threading.active_count() == before


SEVERAL = frozenset(os.sched_getaffinity(0)) if sys.platform == "linux" else frozenset[int]()
"""The processors that a test may use."""


@pytest.mark.skipif(len(SEVERAL) < 2, reason="needs Linux and two processors")
class TestProcessor:
    @pytest.fixture(autouse=True)
    def unchanged(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        """Whatever a run does, its main thread has all its processors at the end."""
        monkeypatch.setattr(processor, "NO_FILTER", "")  # a container has such a filter
        yield
        monkeypatch.undo()
        now = os.sched_getaffinity(0)
        os.sched_setaffinity(0, SEVERAL)
        assert now == SEVERAL

    def test_all_threads_of_a_run_share_one(self) -> None:
        used = set[frozenset[int]]()

        def do(item: int) -> Result:
            used.add(frozenset(os.sched_getaffinity(0)))
            return created(item)

        for _ in pool(do, Stop(), 3).run(range(6)):
            used.add(frozenset(os.sched_getaffinity(0)))
        ((one,),) = used
        assert one in SEVERAL

    def test_a_run_that_is_broken_off_gives_the_others_back(self) -> None:
        results = pool(created, Stop(), 2).run(range(6))
        next(results)
        assert len(os.sched_getaffinity(0)) == 1
        del results

    def test_a_run_that_another_thread_ends_gives_them_back(self) -> None:
        results = [pool(created, Stop(), 2).run(range(6))]
        next(results[0])
        ends = threading.Thread(target=results.clear)
        ends.start()
        ends.join()

    def test_two_runs_in_one_thread_give_them_back(self) -> None:
        results = [pool(created, Stop(), 2).run(range(6)) for _ in range(2)]
        assert [next(each).id for each in results] == ["0", "0"]
        del results[0]
        del results[0]

    def test_after_some_seconds_the_system_chooses_again_and_all_follow(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The main thread has all processors until it has waited, and the others go where it was put."""
        chosen, followers = list[frozenset[int]](), set[frozenset[int]]()

        def put() -> int:
            chosen.append(frozenset(os.sched_getaffinity(0)))
            return min(SEVERAL) if len(chosen) > 5 else max(SEVERAL)

        def do(item: int) -> Result:
            followers.add(frozenset(os.sched_getaffinity(0)))
            return created(item)

        monkeypatch.setattr(processor, "EVERY", 0.0)
        monkeypatch.setattr(processor, "_processor", put)
        assert len(list(pool(do, Stop(), 2).run(range(60)))) == 60
        assert chosen == [SEVERAL] * len(chosen)
        assert followers == {frozenset({max(SEVERAL)}), frozenset({min(SEVERAL)})}

    def test_what_somebody_else_chooses_meanwhile_stays(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(processor, "EVERY", 0.0)
        monkeypatch.setattr(processor, "_processor", lambda: max(SEVERAL))
        other = {min(SEVERAL)}
        results = pool(created, Stop(), 2).run(range(40))
        next(results)
        os.sched_setaffinity(0, other)
        for _ in results:
            assert os.sched_getaffinity(0) == other
        assert os.sched_getaffinity(0) == other
        os.sched_setaffinity(0, SEVERAL)

    def test_one_worker_uses_any(self) -> None:
        for _ in pool(created, Stop()).run(range(3)):
            assert os.sched_getaffinity(0) == SEVERAL

    def test_under_a_filter_of_system_calls_none_is_chosen(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Such a filter, as a hardened unit of systemd has, ends the process that tries."""
        monkeypatch.setattr(processor, "NO_FILTER", "\nSeccomp:\t7\n")
        for _ in pool(created, Stop(), 2).run(range(6)):
            assert os.sched_getaffinity(0) == SEVERAL

    def test_where_python_runs_several_threads_at_a_time_none_is_chosen(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "_is_gil_enabled", lambda: False, raising=False)
        for _ in pool(created, Stop(), 2).run(range(6)):
            assert os.sched_getaffinity(0) == SEVERAL

    @pytest.mark.parametrize("missing", ["sched_getaffinity", "sched_setaffinity"])
    @pytest.mark.parametrize("refused", [PermissionError(1, "not permitted"), AttributeError("no such function")])
    def test_where_none_can_be_chosen_the_run_goes_on(
        self, missing: str, refused: Exception, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise refused

        monkeypatch.setattr(os, missing, fail)
        assert len(list(pool(created, Stop(), 2).run(range(6)))) == 6

    @pytest.mark.parametrize(
        "told",
        [None, "", "12 (orderctl) S 1 12", *(f"12 (orderctl) S{50 * f' {odd}'}" for odd in ("?", -7, 9**19, 999))],
    )
    def test_where_proc_tells_nothing_the_run_goes_on(self, told: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
        def read(path: Path, *_: object, **__: object) -> str:
            if told is None:
                raise FileNotFoundError(2, "no such file", str(path))
            return f"Seccomp:\t0\n{told}"

        monkeypatch.setattr(Path, "read_text", read)
        assert len(list(pool(created, Stop(), 2).run(range(6)))) == 6


def test_one_worker_keeps_the_order() -> None:
    assert [r.reference for r in pool(created, Stop()).run(range(5))] == [f"R-{n}" for n in range(5)]


def test_a_failure_is_a_result_with_the_text_of_its_error() -> None:
    error = LoginRefused("nobody knows this login", hint="log in")
    (result,) = pool(failing(error), Stop()).run([1])
    assert (result.outcome, result.error, result.message) == (Outcome.FAILED, error, "nobody knows this login")
    assert (result.exit_code, result.reference) == (4, "R-1")


def test_a_bug_leaves_the_write_unknown() -> None:
    def do(_item: int) -> Result:
        raise KeyError("x")

    (result,) = pool(do, Stop()).run([1])
    assert result.outcome is Outcome.UNKNOWN
    assert "bug" in (result.error.hint if result.error else "")


@pytest.mark.parametrize(
    "error,number", [(Temporary("no answer"), 5), (OutcomeUnknown("lost"), 3), (LoginRefused("no"), 1)]
)
def test_brakes_stop_a_run(error: OrderctlError, number: int) -> None:
    made = pool(failing(error), Stop())
    assert len(list(made.run(range(20)))) == number
    assert made.stopped is not None
    assert made.stopped.exit_code == error.exit_code


def test_what_cannot_be_started_any_more_is_not_a_result() -> None:
    for error in (DeadlinePassed("late"), Interrupted("interrupted", signal=2)):
        made = pool(failing(error), Stop())
        assert list(made.run(range(3))) == []
        assert made.stopped is error


def test_after_the_first_signal_what_is_under_way_is_finished_and_nothing_starts() -> None:
    stop = Stop()
    stop.install()
    started: list[int] = []

    def do(item: int) -> Result:
        stop.begin()
        started.append(item)
        if item == 3:
            os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.05)
        return created(item)

    made = pool(do, stop, 2)
    results = list(made.run(range(50)))
    assert sorted(str(r.id) for r in results) == sorted(map(str, started))
    assert len(started) <= 5
    assert isinstance(made.stopped, Interrupted)


def test_a_write_that_has_not_begun_is_not_waited_for() -> None:
    stop = Stop()
    stop.install()
    forever = threading.Event()

    def do(item: int) -> Result:
        os.kill(os.getpid(), signal.SIGTERM)
        forever.wait(60)  # a look at the vendor, before anything is sent
        return created(item)

    made = pool(do, stop)
    began = time.monotonic()
    assert list(made.run([1, 2])) == []
    assert time.monotonic() - began < 30
    forever.set()


def test_a_second_signal_leaves_what_is_under_way_unknown() -> None:
    stop = Stop()
    stop.install()
    forever = threading.Event()

    def do(item: int) -> Result:
        stop.begin()
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGINT)
        forever.wait(60)
        return created(item)

    results = list(pool(do, stop).run([1, 2]))
    assert [(r.reference, r.outcome) for r in results] == [("R-1", Outcome.UNKNOWN)]
    assert "create of order 'R-1'" in results[0].message
    forever.set()


def test_a_write_that_ends_while_it_is_left_behind_is_reported_all_the_same() -> None:
    """A second signal, and the write ends at the moment at which the run looks what is under way."""
    ends = threading.Event()

    class Late(Stop):
        @property
        def writing(self) -> frozenset[int]:
            if isinstance(self.asked, Interrupted) and self.asked.at_once:
                ends.set()
                for _ in range(1000):
                    if not super().writing:
                        break
                    time.sleep(0.01)
            return super().writing

    stop = Late()
    stop.install()

    def do(item: int) -> Result:
        stop.begin()
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGINT)
        assert ends.wait(60)
        return created(item)

    assert [(r.reference, r.outcome) for r in pool(do, stop).run([1])] == [("R-1", Outcome.CREATED)]


def test_a_third_signal_breaks_off_what_the_main_thread_does() -> None:
    stop = Stop()
    stop.install()

    def signals() -> None:
        with stop.defer_signals():
            for _ in range(3):
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(0.01)

    with pytest.raises(Interrupted):
        signals()


def test_a_write_that_was_asked_to_end_never_begins() -> None:
    stop = Stop()
    stop.ask(DeadlinePassed("late"))
    with pytest.raises(DeadlinePassed):
        stop.begin()
    assert not stop.writing


def test_a_pause_ends_with_the_run_unless_it_reads_back() -> None:
    stop = Stop()
    stop.ask(DeadlinePassed("late"))
    with pytest.raises(DeadlinePassed):
        stop.sleep(60)
    with stop.read_back():
        stop.sleep(0.01)


def test_signals_after_the_end_are_ignored() -> None:
    stop = Stop()
    stop.process_ends = True
    stop.install()
    stop.end()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.raise_signal(number)
    assert stop.asked is None


def test_a_run_inside_a_process_that_goes_on_gives_the_signals_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    stop = Stop()
    stop.install()
    assert signal.getsignal(signal.SIGINT) != before
    stop.end()
    assert signal.getsignal(signal.SIGINT) == before


@pytest.mark.proof
def test_two_workers_and_signals_at_any_moment() -> None:
    """Nothing starts after the first signal; nothing that was started is lost or reported twice."""
    for seed in range(proof_examples(200)):
        chance = random.Random(seed)
        stop = Stop()
        stop.install()
        started: list[int] = []
        finished: list[int] = []
        late: list[int] = []

        def do(
            item: int,
            stop: Stop = stop,
            started: list[int] = started,
            late: list[int] = late,
            finished: list[int] = finished,
            chance: random.Random = chance,
        ) -> Result:
            time.sleep(chance.random() / 500)
            was_asked = stop.asked is not None
            stop.begin()
            if was_asked:
                late.append(item)
            started.append(item)
            time.sleep(chance.random() / 500)
            finished.append(item)
            return created(item)

        made = pool(do, stop, 2)
        timer = threading.Timer(chance.random() / 50, os.kill, (os.getpid(), signal.SIGINT))
        with stop.defer_signals():
            timer.start()  # inside: before, the signal would end this thread, as it should
            results = list(made.run(range(200)))
            timer.join()
        assert not late, f"seed {seed}: started after the signal"
        assert sorted(int(str(r.id)) for r in results) == sorted(started) == sorted(finished), f"seed {seed}"
        stop.end()


@pytest.fixture(autouse=True)
def _signals() -> object:
    """Give the signals back."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)
