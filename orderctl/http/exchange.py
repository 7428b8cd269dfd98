"""What goes out and what comes back: a request, its effect at the vendor, and the reply, whole."""

import math
import time
from collections.abc import Callable, Mapping
from enum import Enum

from orderctl.frozen import dataclass, field
from orderctl.redaction import HIDDEN

MAX_WAIT = 300.0
"""A Retry-After is believed up to this many seconds."""


class Effect(Enum):
    """What a call does at the vendor; its HTTP method does not tell."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request. `purpose` is for people ("create order R-1"); `query` is added to the url, encoded.

    `learn`, where the answer brings a secret, is given its body before anybody else sees it, to hide the secret.
    """

    method: str
    url: str
    purpose: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    learn: Callable[[bytes], None] | None = None

    def __repr__(self) -> str:
        """Say what it is for: the rest may hold secrets."""
        return f"Request({self.purpose!r}, {HIDDEN})"


@dataclass(frozen=True)
class Reply:
    """What came back, whole: status, headers (lower-case names), body (decompressed)."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def __repr__(self) -> str:
        """Say its status and size: the rest may hold secrets."""
        return f"Reply({self.status}, {len(self.body)} bytes)"

    @property
    def retry_after(self) -> float | None:
        """Seconds that the vendor asks us to wait, at most 300; None where it says nothing sensible."""
        return _seconds(self.headers.get("retry-after", "").strip())


def _seconds(text: str) -> float | None:
    """Return what a Retry-After asks for, seconds or a date; None for nonsense."""
    try:
        seconds = float(text)
    except ValueError:
        if not text[:3].isalpha():
            return None
        from email.utils import parsedate_to_datetime  # noqa: PLC0415  (rare, and email is large)

        try:
            seconds = max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
        except (ValueError, OverflowError):
            return None
    return min(seconds, MAX_WAIT) if math.isfinite(seconds) and seconds >= 0 else None
