"""Shows a list again and again on a terminal, until Ctrl-C ends it."""

from collections.abc import Callable

from orderctl.app import App
from orderctl.errors import Temporary, UsageError

CLEAR = "\x1b[H\x1b[2J"
"""What a terminal takes for an empty screen."""

MIN_PAUSE, MAX_PAUSE = 1.0, 86_400.0
"""Seconds between two looks."""


def repeat(app: App, seconds: str, look: Callable[[], int]) -> int:
    """Show a list, wait, and show it again; a vendor that does not answer is asked again later.

    Raises UsageError without a terminal, and what ends the run: Interrupted, DeadlinePassed.
    """
    pause = _pause(seconds)
    if not app.output.table_on_terminal:
        raise UsageError(
            "--watch needs a terminal, and its table",
            hint="in a script: orderctl list --checkpoint NAME -o jsonl",
        )
    while True:
        app.output.text(CLEAR)
        try:
            look()
        except Temporary as error:
            app.output.error(error)
        app.output.note(f"every {pause:g} s; end it with Ctrl-C")
        app.stop.sleep(pause)


def _pause(seconds: str) -> float:
    try:
        pause = float(seconds)
    except ValueError:
        pause = 0.0
    if not MIN_PAUSE <= pause <= MAX_PAUSE:
        raise UsageError(f"--watch {seconds}: needs a number of seconds, 1 or more")
    return pause
