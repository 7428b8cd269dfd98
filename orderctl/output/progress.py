"""How far a run has come: one line on a terminal's standard error that goes away when anything else is printed."""

from collections import deque
from collections.abc import Callable
from time import monotonic
from types import TracebackType
from typing import Self

BLANK = "\r\x1b[K"
"""Back to the start of the line, and erase it."""

INTERVAL = 0.1
"""Seconds between two drawings."""

WINDOW = 10.0
"""The speed is that of so many seconds: orders that need no request are done in no time."""

SETTLED = 1.0
"""No speed is shown before so many seconds."""

BAR = 30


class Progress:
    """A bar, or a count where the total is not known; a context manager. Without `draw` it is silent.

    With `pace` it is that of writes, and says how many failed, how fast they go and how long it will take; what `pace`
    returns, unless it is empty, says what sets the pace. `columns` is how wide the terminal is.
    """

    def __init__(
        self,
        total: int | None,
        draw: Callable[[str], None] | None,
        clock: Callable[[], float] = monotonic,
        *,
        pace: Callable[[], str] | None = None,
        columns: int = 80,
    ) -> None:
        self.done = 0
        self.failed = 0
        self.total = total
        self.shown = False
        self._draw = draw
        self._clock = clock
        self._pace = pace
        self._columns = columns
        self._drawn = -INTERVAL + clock()
        self._past = deque([(clock(), 0)])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.hide()
        self._draw = None

    def advance(self, number: int = 1, *, failed: int = 0) -> None:
        """Count so many more items as done, some of them failed, and draw unless it was drawn a moment ago."""
        self.done += number
        self.failed += failed
        if self._draw is not None and self._clock() - self._drawn >= INTERVAL:
            self._drawn = self._clock()
            self.shown = True
            self._draw(BLANK + self.line())

    def line(self) -> str:
        """Return how far it is."""
        if not self.total:
            return f"{self.done} done"
        filled = min(BAR, BAR * self.done // self.total)
        bar = f"[{'#' * filled}{'.' * (BAR - filled)}] "
        count = f"{self.done}/{self.total}"
        if self._pace is None:
            return bar + count
        told = ", ".join([count, *([f"{self.failed} failed"] if self.failed else []), *self._speed()])
        why = self._pace()
        told += f" ({why})" if why else ""
        room = self._columns - 1  # a terminal goes to its next line after the last column
        return bar + told if len(bar + told) <= room else told[:room]

    def hide(self) -> None:
        """Take the line away, so that something else can be printed; the next advance draws it again."""
        if self.shown and self._draw is not None:
            self._draw(BLANK)
            self.shown = False

    def _speed(self) -> list[str]:
        """Return how many are done in a second, of late, and how long the rest will take."""
        now = self._clock()
        self._past.append((now, self.done))
        while len(self._past) > 2 and now - self._past[1][0] >= WINDOW:
            self._past.popleft()
        began, before = self._past[0]
        if now - began < SETTLED or self.done == before or self.total is None:
            return []
        speed = (self.done - before) / (now - began)
        return [
            f"{speed:.1f}/s" if speed < 100 else f"{speed:.0f}/s",
            f"{_time((self.total - self.done) / speed)} left",
        ]


def _time(seconds: float) -> str:
    """Return a time as a person says it."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
