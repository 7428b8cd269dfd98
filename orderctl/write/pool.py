"""Many writes: workers that each do one at a time, an ordered stop, and a result for every write that was started.

Writes are done in worker threads, also a single one: the main thread waits, hands out items and takes results, so that
a signal never breaks off a write. After the first signal, the deadline, or a brake, no worker starts another item; what
is under way is finished and reported. A second signal leaves at once, and what was under way is unknown.
"""

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

from orderctl.errors import DeadlinePassed, Interrupted, OrderctlError, OutcomeUnknown
from orderctl.signals import Stop
from orderctl.write.brakes import Brakes
from orderctl.write.result import Result, failed

T = TypeVar("T")

LOOK = "look at the vendor before you repeat it"


class Pool(Generic[T]):
    """Does a write for every item. `name` gives an item's id and reference, for the result of one that failed.

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
    ) -> None:
        self.stopped: OrderctlError | None = None
        self._do, self._verb, self._name, self._stop, self._jobs = do, verb, name, stop, jobs
        self._brakes = Brakes()
        self._work: queue.SimpleQueue[T | None] = queue.SimpleQueue()
        self._finished: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        self._under_way: dict[int, tuple[T, int]] = {}
        self._results: dict[int, Result] = {}

    def run(self, items: Iterable[T]) -> Iterator[Result]:
        """Yield a result for every item that was started, as they come.

        Whoever cannot go on taking results calls `halt` and goes on all the same, or `abandon`.
        """
        left = iter(items)
        busy = 0
        self._stop.wake = lambda: self._finished.put(None)
        with self._stop.defer_signals():
            while busy < self._jobs and self._hand_out(left):
                threading.Thread(target=self._worker, args=(busy,), daemon=True).start()
                busy += 1
            while busy:
                if (number := self._finished.get()) is None:  # the run was asked to end
                    if self._stop.writing or self._results:
                        continue
                    break
                if (result := self._results.get(number)) is not None:
                    yield result
                    del self._results[number]
                    self.halt(self._brakes.after(result))
                if not self._hand_out(left):
                    busy -= 1
            self.halt(self._stop.asked)
        for _ in range(self._jobs):
            self._work.put(None)

    def halt(self, why: OrderctlError | None) -> None:
        """Start nothing more; what is under way is finished."""
        self.stopped = self.stopped or why

    def abandon(self, why: Interrupted) -> Iterator[Result]:
        """Yield what is known of the writes that are left behind: those that just ended, and the others, unknown."""
        self.stopped = why
        writing = self._stop.writing
        for number, (item, thread) in list(self._under_way.items()):
            if number not in self._results and thread in writing:
                what = f"{why.message} during the {self._verb}; it may or may not have been applied"
                yield self._failed(item, OutcomeUnknown(what, hint=LOOK))
        yield from list(self._results.values())

    def _hand_out(self, left: Iterator[T]) -> bool:
        """Give the next item to a worker; return False where there is none, or no more is to be started."""
        try:
            for item in left if self.stopped is None and self._stop.asked is None else ():
                self._work.put(item)
                return True
        except OrderctlError as error:  # the orders cannot be read any further
            self.halt(error)
        return False

    def _worker(self, number: int) -> None:
        while (item := self._work.get()) is not None:
            self._under_way[number] = item, threading.get_ident()
            if self._stop.asked is None and (result := self._one(item)) is not None:
                self._results[number] = result
            self._stop.over()
            del self._under_way[number]
            self._finished.put(number)
            if self._stop.asked is not None:
                self._finished.put(None)  # whether others are still to be waited for

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
