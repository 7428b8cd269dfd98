"""Sends one request and says what became of it: a reply, *not sent*, or *unknown*.

Reads are tried again (4 times, full jitter); a write never is once its first byte may have left. Every call has a
deadline of its own, bounded bodies, no redirects, and leaves its trace redacted. httpx does not bound a call by
itself: its read timeout starts anew with every byte, and it decompresses without a limit.
"""

import random
import threading
import time
import zlib
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from orderctl.errors import BadAnswer, DeadlinePassed, NotSent, OrderctlError, OutcomeUnknown, Temporary
from orderctl.http import deadline as wire
from orderctl.http._httpx import httpx
from orderctl.http.trace import Trace
from orderctl.redaction import redact

LARGEST = 50_000_000
"""The largest body, in bytes, compressed or not."""

CHUNK = 65_536

AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers after which a read is worth another try."""

LONGEST_WAIT = 300.0
"""A Retry-After is believed up to this many seconds."""

CERTAINLY_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
    httpx.ProxyError,
)


class Effect(Enum):
    """What a call does at the vendor; its HTTP method does not tell."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds for one request: to connect, between bytes, and over all."""

    connect: float
    write: float
    read: float
    total: float


TIMEOUTS = {
    Effect.READ: Timeouts(connect=5, write=10, read=30, total=60),
    Effect.WRITE: Timeouts(connect=5, write=30, read=60, total=90),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request. `shown` replaces the path where it holds a secret; `purpose` is for people ("create order R-1")."""

    method: str
    url: str
    purpose: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, whole: status, headers (lower-case names), body (decompressed)."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def retry_after(self) -> float | None:
        """Seconds that the vendor asks us to wait, at most 300; None where it says nothing sensible."""
        return _seconds(self.headers.get("retry-after"))


@dataclass(slots=True)
class Clock:
    """Time, sleep and chance, so that tests wait for nothing. Seconds."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    random: Callable[[], float] = random.random


class RateLimit:
    """A token bucket shared by the threads of a run: `rate` requests a second, bursts of four."""

    BURST = 4

    def __init__(self, rate: float, clock: Clock) -> None:
        self._rate, self._clock = rate, clock
        self._tokens, self._at = float(self.BURST), clock.now()
        self._lock = threading.Lock()

    def wait_time(self) -> float:
        """Take a token and return how many seconds to wait before using it."""
        with self._lock:
            now = self._clock.now()
            self._tokens = min(float(self.BURST), self._tokens + (now - self._at) * self._rate)
            self._at = now
            self._tokens -= 1
            return max(0.0, -self._tokens / self._rate)


class Client:
    """Sends the requests of one profile. Thread-safe.

    `deadline` is the moment (of `clock.now`) at which the whole run must have ended. `busy_wait` is how long a 503
    without Retry-After means at this vendor, in seconds. `shield` wraps every write, so
    that a signal lets it finish.
    """

    def __init__(
        self,
        transport: httpx.BaseTransport,
        *,
        rate: float | None = None,
        timeout: float | None = None,
        deadline: float | None = None,
        busy_wait: float | None = None,
        trace: Trace | None = None,
        clock: Clock | None = None,
        shield: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self.clock = clock or Clock()
        self._http = httpx.Client(transport=transport, trust_env=False, follow_redirects=False)
        self._limit = RateLimit(rate, self.clock) if rate else None
        self._timeout = timeout
        self._deadline = deadline
        self._busy_wait = busy_wait
        self._trace = trace
        self._shield = shield
        self._assumes = getattr(transport, "assumes", False)

    def close(self) -> None:
        """Close every connection."""
        self._http.close()

    def read(self, request: Request, *, assume: bytes | None = None) -> Reply:
        """Return the reply to a read, whatever its status; `assume` is what a dry run takes for the answer.

        Raises Temporary (NotSent, BadAnswer) when all four tries failed, DeadlinePassed.
        """
        return self._tries(request, Effect.READ, 4, assume)

    def write(self, request: Request, *, assume: bytes | None = None) -> Reply:
        """Return the reply to a write, whatever its status.

        Raises NotSent (three tries) when certainly no byte left, and OutcomeUnknown when anything else went wrong.
        """
        with self._shield():
            return self._tries(request, Effect.WRITE, 3, assume)

    def _tries(self, request: Request, effect: Effect, tries: int, assume: bytes | None) -> Reply:
        """Send, and again where nothing can have been applied, until a try or the time for all of them is used up."""
        over = self.clock.now() + TIMEOUTS[effect].total
        if self._deadline is not None:
            over = min(over, self._deadline)
        for attempt in range(tries):
            self._pace(request)
            try:
                reply = self._once(request, effect, over, assume)
                wait = self._asked_to_wait(reply)
                if effect is Effect.WRITE or reply.status not in AGAIN:
                    return reply
            except Temporary:
                if attempt == tries - 1 or not self._back_off(attempt, over, 0.0):
                    raise
            else:
                if attempt == tries - 1 or not self._back_off(attempt, over, wait or 0.0):
                    return reply
        raise AssertionError("a last try returns or raises")

    def _asked_to_wait(self, reply: Reply) -> float | None:
        return reply.retry_after or (self._busy_wait if reply.status == 503 else None)

    def _back_off(self, attempt: int, over: float, at_least: float) -> bool:
        """Wait before the next try and return True; return False at once where the wait does not fit."""
        wait = max(self.clock.random() * min(0.5 * 2**attempt, 20.0), at_least)
        if self.clock.now() + wait >= over:
            return False
        self.clock.sleep(wait)
        return True

    def _pace(self, request: Request) -> None:
        wait = self._limit.wait_time() if self._limit else 0.0
        if self._deadline is not None and self.clock.now() + wait >= self._deadline:
            raise DeadlinePassed(f"the run's deadline passed before {request.purpose} was sent")
        if wait:
            self.clock.sleep(wait)

    def _once(self, request: Request, effect: Effect, over: float, assume: bytes | None) -> Reply:
        limits = TIMEOUTS[effect]
        total = min(self._timeout or limits.total, max(0.001, over - self.clock.now()))
        sent = _Sent()
        built = self._build(request, limits, total, sent, assume)
        if self._trace:
            self._trace.request(request.method, str(built.url), built.headers.multi_items(), request.body)
        wire.begin(total)
        try:
            response = self._http.send(built, stream=True)
            try:
                body = _bounded(response)
            finally:
                response.close()
        except httpx.HTTPError as error:
            raise self._failure(request, effect, sent, error) from error
        except httpx.InvalidURL as error:
            raise NotSent(f"{request.purpose}: the url cannot be used ({redact(str(error))})") from error
        except BadAnswer as error:
            if self._trace:
                self._trace.failure(error.message)
            if effect is Effect.WRITE:
                raise self._unknown(request, error.message) from error
            raise
        finally:
            wire.end()
        headers = {k.lower(): v for k, v in response.headers.multi_items()}
        if self._trace:
            self._trace.reply(response.status_code, headers, body)
        return Reply(response.status_code, headers, body)

    def _build(
        self, request: Request, limits: Timeouts, total: float, sent: "_Sent", assume: bytes | None
    ) -> httpx.Request:
        timeouts = {
            "connect": min(limits.connect, total),
            "read": min(limits.read, total),
            "write": min(limits.write, total),
            "pool": min(limits.connect, total),
        }
        extensions: dict[str, Any] = {"timeout": timeouts, "trace": sent}
        if self._assumes:
            extensions["assume"] = assume
        try:
            return httpx.Request(
                request.method,
                httpx.URL(request.url, params=request.query) if request.query else httpx.URL(request.url),
                headers={"accept-encoding": "identity", "user-agent": "orderctl", **request.headers},
                content=request.body,
                extensions=extensions,
            )
        except (httpx.InvalidURL, UnicodeEncodeError, ValueError) as error:
            raise NotSent(f"{request.purpose}: the request cannot be built ({redact(str(error))})") from error

    def _failure(self, request: Request, effect: Effect, sent: "_Sent", error: httpx.HTTPError) -> OrderctlError:
        """Say whether a request that failed was certainly not sent, from the wire's events and the error's class."""
        late = wire.passed()
        why = _why(error, late=late)
        if self._trace:
            self._trace.failure(why)
        if isinstance(error, CERTAINLY_NOT_SENT) and not sent.started:
            return NotSent(
                f"{request.purpose}: {why}",
                hint="nothing was sent; check the network and the profile's url, then run it again",
            )
        if effect is Effect.WRITE:
            return self._unknown(request, why)
        if late and self._deadline is not None and self.clock.now() >= self._deadline:
            return DeadlinePassed(f"the run's deadline passed during {request.purpose}")
        return Temporary(f"{request.purpose}: {why}", code="http.no_answer", hint="nothing was changed; try later")

    def _unknown(self, request: Request, why: str) -> OutcomeUnknown:
        return OutcomeUnknown(
            f"{request.purpose}: {why}; it may or may not have been applied",
            hint="it is not sent again by itself; look at the vendor before you repeat it",
        )


class _Sent:
    """Listens to the wire: whether a request's first byte may have left. A proxy's CONNECT does not count."""

    def __init__(self) -> None:
        self.started = False

    def __call__(self, event: str, info: Mapping[str, Any]) -> None:
        if event.endswith("send_request_headers.started"):
            request = info.get("request")
            if getattr(request, "method", b"") != b"CONNECT":
                self.started = True


def _bounded(response: httpx.Response) -> bytes:
    """Return the body, decompressed, of at most 50 MB. Raises BadAnswer."""
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in {"", "identity", "gzip", "x-gzip", "deflate"}:
        raise BadAnswer(f"the answer is compressed as {encoding!r}, which was not asked for")
    unpack = zlib.decompressobj(wbits=47) if encoding in {"gzip", "x-gzip", "deflate"} else None
    whole = bytearray()
    for chunk in response.iter_raw(CHUNK):
        if unpack is None:
            whole += chunk
        else:
            try:
                whole += unpack.decompress(chunk, LARGEST + 1 - len(whole))
            except zlib.error as error:
                raise BadAnswer(f"the compressed answer cannot be read ({error})") from error
        if len(whole) > LARGEST or (unpack is not None and unpack.unconsumed_tail):
            raise BadAnswer(f"the answer is larger than {LARGEST // 1_000_000} MB")
        if wire.passed():
            raise BadAnswer("the answer took longer than the time allowed")
    if unpack is not None and not unpack.eof:
        raise BadAnswer("the compressed answer was cut off")
    return bytes(whole)


def _why(error: httpx.HTTPError, *, late: bool) -> str:
    """Return what went wrong in the words of the person who waits for it."""
    if isinstance(error, httpx.ConnectTimeout):
        return "no connection in the time allowed"
    if late or isinstance(error, httpx.TimeoutException):
        return "no answer in the time allowed"
    if isinstance(error, httpx.ConnectError):
        return f"no connection ({redact(str(error))})"
    if isinstance(error, httpx.RemoteProtocolError):
        return "the connection was closed before the answer was complete"
    text = redact(str(error))
    return f"the connection broke ({text})" if text else "the connection broke"


def _seconds(text: str | None) -> float | None:
    """Return what a Retry-After asks for, seconds or a date; None for nonsense."""
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        from email.utils import parsedate_to_datetime  # noqa: PLC0415  (rare, and email is large)

        try:
            seconds = parsedate_to_datetime(text).timestamp() - time.time()
        except (ValueError, OverflowError):
            return None
    return min(max(seconds, 0.0), LONGEST_WAIT) if seconds == seconds else None  # noqa: PLR0124  (NaN)
