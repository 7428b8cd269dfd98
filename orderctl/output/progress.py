"""How far a run has come: one line on a terminal's standard error that goes away when anything else is said."""

from collections.abc import Callable
from time import monotonic
from types import TracebackType
from typing import Self

BLANK = "\r\x1b[K"
"""Back to the start of the line, and erase it."""

INTERVAL = 0.1
"""Seconds between two drawings."""

BAR = 30


class Progress:
    """A bar, or a count where the total is not known; a context manager. Without `draw` it is silent."""

    def __init__(
        self, total: int | None, draw: Callable[[str], None] | None, clock: Callable[[], float] = monotonic
    ) -> None:
        self.done = 0
        self.total = total
        self.shown = False
        self._draw = draw
        self._clock = clock
        self._drawn = -INTERVAL + clock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.hide()
        self._draw = None

    def advance(self, number: int = 1) -> None:
        """Count so many more items as done, and draw unless it was drawn a moment ago."""
        self.done += number
        if self._draw is not None and self._clock() - self._drawn >= INTERVAL:
            self._drawn = self._clock()
            self.shown = True
            self._draw(BLANK + self.line())

    def line(self) -> str:
        """Return how far it is."""
        if not self.total:
            return f"{self.done} done"
        filled = min(BAR, BAR * self.done // self.total)
        return f"[{'#' * filled}{'.' * (BAR - filled)}] {self.done}/{self.total}"

    def hide(self) -> None:
        """Take the line away, so that something else can be said; the next advance draws it again."""
        if self.shown and self._draw is not None:
            self._draw(BLANK)
            self.shown = False
