"""Many writes: workers that each do one at a time, an ordered stop, and a result for every write that was started.

Writes are done in worker threads, also a single one: the main thread waits, hands out items and takes results, so that
a signal never breaks off a write. After the first signal, the deadline, or a brake, no worker starts another item; what
is under way is finished and reported. A second signal leaves at once, and what was under way is unknown.
"""

import queue
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from typing import Generic, TypeVar

from orderctl.errors import DeadlinePassed, Interrupted, OrderctlError, OutcomeUnknown
from orderctl.signals import MASKED, Stop
from orderctl.write.brakes import Brakes
from orderctl.write.processor import Processor
from orderctl.write.result import Result, failed

T = TypeVar("T")

LOOK = "see what the journal knows of it: orderctl journal list --outcome unresolved"


class Pool(Generic[T]):
    """Does a write for every item, `jobs` at once. `name` gives an item's id and reference, where it failed.

    Once `max_errors` have failed, no other is started; a run that only `looks` goes on after unknown outcomes.
    `stopped` is what ended the run early, None where it came to its end.
    """

    def __init__(
        self,
        do: Callable[[T], Result],
        *,
        verb: str,
        name: Callable[[T], tuple[str | None, str | None]],
        stop: Stop,
        jobs: int = 1,
        max_errors: int | None = None,
        looks: bool = False,
    ) -> None:
        self.stopped: OrderctlError | None = None
        self._do, self._verb, self._name, self._stop, self._jobs = do, verb, name, stop, jobs
        self._brakes = Brakes(max_errors, looks=looks)
        self._processor = Processor()
        self._work: queue.SimpleQueue[tuple[T] | None] = queue.SimpleQueue()
        self._events: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._under_way: dict[int, T] = {}
        self._results: deque[Result] = deque()
        self._lock = threading.Lock()

    def run(self, items: Iterable[T]) -> Iterator[Result]:
        """Yield a result for every item that was started, as they come."""
        for results in self.batches(items):
            yield from results

    def batches(self, items: Iterable[T]) -> Iterator[list[Result]]:
        """Yield the results of every item that was started, as they come: those that are there, together.

        Whoever cannot go on taking results calls `halt` and goes on all the same.
        """
        left = iter(items)
        workers: list[threading.Thread] = []
        self._stop.wake = lambda: self._events.put(False)
        with self._stop.defer_signals(), self._processor.held() if self._jobs > 1 else nullcontext():
            while len(workers) < self._jobs and self._hand_out(left):
                workers.append(threading.Thread(target=self._worker, daemon=True))
                workers[-1].start()
            ahead = self._jobs if self._jobs > 1 else 0  # so that no worker waits for the main thread
            busy = len(workers) + sum(self._hand_out(left) for _ in range(ahead))
            while busy:
                ended = self._events.get()
                self._processor.choose_again()
                results = [self._results.popleft() for _ in range(len(self._results))]
                if results:
                    yield results
                if self._stop.leaves:
                    yield list(self._left_behind())
                    break
                if ended and not self._hand_out(left):
                    busy -= 1
                elif not ended and not self._stop.writing and not self._results:
                    break  # the run was asked to end, and nothing is under way
            self.halt(self._stop.asked)
            self._dismiss(workers)

    def halt(self, why: OrderctlError | None) -> None:
        """Start nothing more; what is under way is finished."""
        self.stopped = self.stopped or why

    def _dismiss(self, workers: list[threading.Thread]) -> None:
        """End the workers, and wait for the idle ones; one that is left behind ends with the process."""
        for _ in workers:
            self._work.put(None)
        for worker in workers:
            if worker.ident not in self._under_way:
                worker.join(timeout=1)

    def _left_behind(self) -> Iterator[Result]:
        """Yield what is known of the writes that are left behind: those that just ended, and the others, unknown."""
        writing = self._stop.writing  # first: one that ends from here on is among the results
        with self._lock:
            under_way, results = dict(self._under_way), list(self._results)
        for thread, item in under_way.items():
            if thread in writing:
                order_id, reference = self._name(item)
                order = repr(reference) if order_id is None else order_id
                what = f"interrupted during {self._verb} of order {order}; it may or may not have been applied"
                yield self._failed(item, OutcomeUnknown(what, hint=LOOK))
        yield from results

    def _hand_out(self, left: Iterator[T]) -> bool:
        """Give the next item to a worker; return False where there is none, or no more is to be started."""
        try:
            for item in left if self.stopped is None and self._stop.asked is None else ():
                self._work.put((item,))
                return True
        except OrderctlError as error:  # the orders cannot be read any further
            self.halt(error)
        return False

    def _worker(self) -> None:
        if hasattr(signal, "pthread_sigmask"):
            signal.pthread_sigmask(signal.SIG_BLOCK, MASKED)
        thread, processor = threading.get_ident(), None
        while (work := self._work.get()) is not None:
            (item,) = work
            processor = self._processor.follow(processor)
            self._under_way[thread] = item
            result = self._one(item) if self._stop.asked is None and self.stopped is None else None
            with self._lock:
                del self._under_way[thread]
                if result is not None:
                    self._results.append(result)
                    self.halt(self._brakes.after(result))
            self._stop.over()
            self._events.put(True)
            if self._stop.asked is not None:
                self._events.put(False)  # whether others are still to be waited for

    def _one(self, item: T) -> Result | None:
        """Return what a write came to, None where it was not begun because the run is to end."""
        try:
            return self._do(item)
        except (DeadlinePassed, Interrupted) as ended:
            self._stop.ask(ended)
            return None
        except OrderctlError as error:
            return self._failed(item, error)
        except Exception as bug:  # noqa: BLE001  (a bug is reported as one, and leaves the write unknown)
            what = f"unexpected: {type(bug).__name__}: {bug}; the {self._verb} may or may not have been applied"
            return self._failed(item, OutcomeUnknown(what, hint=f"{LOOK}; this is a bug in orderctl, please report it"))

    def _failed(self, item: T, error: OrderctlError) -> Result:
        order_id, reference = self._name(item)
        return failed(self._verb, error, order_id=order_id, reference=reference)
