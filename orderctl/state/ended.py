"""How the last run of each command ended, by profile: what `doctor` looks at. A small file each.

It is neither synced nor locked: what a power cut takes from it costs one report of a run that is overdue.
"""

import datetime as dt
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from orderctl.errors import OrderctlError
from orderctl.frozen import dataclass
from orderctl.state import files
from orderctl.state.paths import subfolder

FOLDER = "ended"

MAX_BYTES = 1000


@dataclass(frozen=True, kw_only=True)
class Ended:
    """When the last run ended, with which exit code, and when the last good one did (UTC), None where none did."""

    at: dt.datetime
    code: int
    good_at: dt.datetime | None


def note(state: Path, profile: str, command: str, code: int, *, at: dt.datetime) -> None:
    """Keep how a run has ended. Where that cannot be kept the run itself is not the worse for it."""
    with suppress(OSError, OrderctlError):
        path = subfolder(state, FOLDER) / f"{profile}.{command}"
        before = _read(path)
        good = at if code == 0 else before.good_at if before else None
        document = {"at": at.isoformat(), "code": code, "good_at": good.isoformat() if good else None}
        new = path.with_name(f".{path.name}.{os.urandom(6).hex()}")
        with os.fdopen(files.open_own(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL), "w", encoding="utf-8") as file:
            file.write(json.dumps(document))
        new.replace(path)


def read(state: Path, profile: str) -> Mapping[str, Ended]:
    """Return how the last run of each command of a profile ended; what cannot be read is left out."""
    found: dict[str, Ended] = {}
    with suppress(OSError):
        for path in sorted((state / FOLDER).iterdir()):
            name, _, command = path.name.rpartition(".")
            ended = _read(path) if name == profile else None
            if ended is not None:
                found[command] = ended
    return found


def _read(path: Path) -> Ended | None:
    try:
        document = json.loads(files.read(path, largest=MAX_BYTES))
        good = document["good_at"]
        return Ended(
            at=_moment(document["at"]),
            code=int(document["code"]),
            good_at=_moment(good) if good else None,
        )
    except (OSError, OrderctlError, ValueError, KeyError, TypeError):
        return None


def _moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).astimezone(dt.UTC)
