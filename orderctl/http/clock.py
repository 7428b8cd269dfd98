"""Time, pauses and chance, so that tests wait for nothing."""

import datetime as dt
import random
import time
from collections.abc import Callable

from orderctl.frozen import dataclass


@dataclass()
class Clock:
    """Time, sleep and chance. Seconds; `now` is the same in every process of a machine, `utc` is the time of day."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    random: Callable[[], float] = random.random
    utc: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)
