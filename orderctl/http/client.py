"""Sends one request and says what became of it: a reply, *not sent*, or *unknown*.

Reads are tried again (4 times, full jitter); a write never is once its first byte may have left, not even after a 429:
that is the journal's to decide. Every call has a deadline of its own, bounded bodies, no redirects, and leaves its
trace redacted. httpx's transports are used without its Client, which adds cookies, redirects, authentication from the
url and a log of whole urls, and bounds neither a call's time nor its size.
"""

import random
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from orderctl.errors import BadAnswer, DeadlinePassed, NotSent, OrderctlError, Temporary, UsageError
from orderctl.frozen import dataclass
from orderctl.http import deadline as call
from orderctl.http._httpx import httpx
from orderctl.http.exchange import Effect, Reply, Request
from orderctl.http.status import unknown
from orderctl.http.trace import Trace
from orderctl.http.wire import write_form
from orderctl.redaction import redact

LARGEST = 50_000_000
"""The largest body, in bytes, compressed or not."""

AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers after which a read is worth another try."""

TRIES = {Effect.READ: 4, Effect.WRITE: 3}

NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
"""What httpx raises before a request's first byte leaves."""

UNTRUSTED = "http.untrusted"
"""The code of a certificate that fails; it will fail again."""

FINAL = frozenset({UNTRUSTED, "state.busy"})
"""Temporary failures that are not tried again: a certificate, and the sandbox's store, which has waited already."""


@dataclass(frozen=True, kw_only=True)
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


@dataclass()
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

    `timeout` is how long one request may take, in seconds. `deadline` is the moment (of `clock.now`) at which the
    whole run must have ended. `busy_wait` is how long a 503 without Retry-After means at this vendor, in seconds.
    Signals are held back by `hold` while a write is under way, by `together` around a write of several requests, and
    let through by `idle` in a pause before one. `say` takes a line about each try, for --verbose.
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
        hold: Callable[[], AbstractContextManager[None]] = nullcontext,
        together: Callable[[], AbstractContextManager[None]] = nullcontext,
        idle: Callable[[], AbstractContextManager[None]] = nullcontext,
        say: Callable[[str], object] = str,
    ) -> None:
        self.clock = clock or Clock()
        self._transport = transport
        self._limit = RateLimit(rate, self.clock) if rate else None
        self._timeout = timeout
        self._deadline = deadline
        self._busy_wait = busy_wait
        self._trace = trace
        self._hold = hold
        self._idle = idle
        self.together = together
        self._say = say

    def close(self) -> None:
        """Close every connection, and the trace."""
        self._transport.close()
        if self._trace:
            self._trace.close()

    def read(self, request: Request, *, assume: bytes | None = None) -> Reply:
        """Return the reply to a read, whatever its status; `assume` is what a dry run takes for the answer.

        Raises Temporary (NotSent, BadAnswer) when all four tries failed, DeadlinePassed.
        """
        return self.send(request, Effect.READ, assume=assume)

    def write(self, request: Request, *, assume: bytes | None = None) -> Reply:
        """Return the reply to a write, whatever its status.

        Raises NotSent (three tries) or DeadlinePassed when certainly no byte left, and OutcomeUnknown when anything
        else went wrong.
        """
        return self.send(request, Effect.WRITE, assume=assume)

    def send(self, request: Request, effect: Effect, *, assume: bytes | None = None) -> Reply:
        """Return the reply to a read or a write, as `read` and `write` do.

        It is sent again where nothing can have been applied, until a try or the time for all of them is used up.
        """
        built = _built(request, assume)
        limits = self._limits(effect)
        self._pace(request)
        over = self.clock.now() + max(limits.total, TIMEOUTS[effect].total)
        if self._deadline is not None:
            over = min(over, self._deadline)
        for attempt in range(TRIES[effect]):
            last = attempt == TRIES[effect] - 1
            try:
                with self._hold() if effect is Effect.WRITE else nullcontext():
                    reply = self._once(request, built, effect, limits, over)
            except Temporary as error:
                final = isinstance(error, BadAnswer) or error.code in FINAL
                if last or final or not self._back_off(request, attempt, over, 0.0, error.message):
                    raise
            else:
                done = effect is Effect.WRITE or reply.status not in AGAIN
                if (
                    last
                    or done
                    or not self._back_off(request, attempt, over, self._asked_to_wait(reply), f"HTTP {reply.status}")
                ):
                    return reply
        raise AssertionError("a last try returns or raises")

    def _limits(self, effect: Effect) -> Timeouts:
        usual = TIMEOUTS[effect]
        if not self._timeout:
            return usual
        return Timeouts(
            connect=min(usual.connect, self._timeout), write=self._timeout, read=self._timeout, total=self._timeout
        )

    def _asked_to_wait(self, reply: Reply) -> float:
        """Return how long a vendor wants us to wait: what it says, or what its 503 is known to mean."""
        asked = reply.retry_after
        if asked is None and reply.status == 503:
            asked = self._busy_wait
        return asked or 0.0

    def _back_off(self, request: Request, attempt: int, over: float, at_least: float, why: str) -> bool:
        """Wait before the next try and return True; return False at once where the wait does not fit."""
        wait = max(self.clock.random() * min(0.5 * 2**attempt, 20.0), at_least)
        if self.clock.now() + wait >= over:
            return False
        self._say(f"{why}; {request.purpose} again in {wait:.1f} s")
        with self._idle():
            self.clock.sleep(wait)
        self._pace(request)
        return True

    def _pace(self, request: Request) -> None:
        """Wait for the rate limit. Raises DeadlinePassed where the run would be over by then."""
        wait = self._limit.wait_time() if self._limit else 0.0
        if self._deadline is not None and self.clock.now() + wait >= self._deadline:
            raise DeadlinePassed(f"the run's deadline passed before {request.purpose} was sent")
        with self._idle():
            if wait:
                self.clock.sleep(wait)

    def _once(self, request: Request, built: httpx.Request, effect: Effect, limits: Timeouts, over: float) -> Reply:
        seconds = min(limits.total, max(0.001, over - self.clock.now()))
        sent = _Sent()
        built.extensions["timeout"] = {
            "connect": min(limits.connect, seconds),
            "read": min(limits.read, seconds),
            "write": min(limits.write, seconds),
            "pool": min(limits.connect, seconds),
        }
        built.extensions["trace"] = sent
        self._say(f"{request.purpose}: {built.method} {built.url.path}")
        if self._trace:
            self._trace.request(built.method, str(built.url), built.headers.multi_items(), request.body)
        try:
            with call.within(seconds):
                response = self._transport.handle_request(built)
                try:
                    body = b"".join(_bounded(response))
                finally:
                    response.close()
        except httpx.HTTPError as error:
            failure = self._failure(request, effect, sent, error)
            if self._trace:
                self._trace.failure(failure.message)
            raise failure from error
        except BadAnswer as error:
            if self._trace:
                self._trace.failure(error.message)
            if effect is Effect.WRITE:
                raise unknown(f"{request.purpose}: {error.message}", http_status=response.status_code) from error
            raise
        headers = {k.lower(): v for k, v in response.headers.multi_items()}
        if request.learn:
            request.learn(body)
        if self._trace:
            self._trace.reply(response.status_code, headers, body)
        return Reply(response.status_code, headers, body)

    def _failure(self, request: Request, effect: Effect, sent: "_Sent", error: httpx.HTTPError) -> OrderctlError:
        """Say whether a request that failed was certainly not sent, from the wire's events and the error's class."""
        why = _why(error)
        not_sent = not sent.started and (sent.tunnel or isinstance(error, NOT_SENT))
        if effect is Effect.WRITE and not not_sent:
            return unknown(f"{request.purpose}: {why}")
        if self._deadline is not None and self.clock.now() >= self._deadline:
            return DeadlinePassed(f"the run's deadline passed during {request.purpose}; nothing was changed")
        if _certificate(error):
            hint = "check the profile's url; a private authority's certificates are named by SSL_CERT_FILE"
            return NotSent(f"{request.purpose}: {why}", hint=hint, code=UNTRUSTED)
        if not_sent:
            hint = "nothing was sent; check the network and the profile's url, then run it again"
            return NotSent(f"{request.purpose}: {why}", hint=hint)
        return Temporary(f"{request.purpose}: {why}", code="http.no_answer", hint="nothing was changed; try later")


def _built(request: Request, assume: bytes | None) -> httpx.Request:
    """Return the request as httpx sends it. Raises UsageError for one that cannot be written; nothing was sent."""
    url = request.url
    if request.query:  # httpx would bring parameters of one name together
        url += ("&" if "?" in url else "?") + write_form(request.query).decode("ascii")
    try:
        for name, value in request.headers.items():
            if any(c in "\r\n\0" for c in name + value):
                raise ValueError(f"the header {name!r} holds a control character")  # noqa: TRY301  (one way out)
        return httpx.Request(
            request.method,
            httpx.URL(url),
            headers={"accept-encoding": "identity", "user-agent": "orderctl", **request.headers},
            content=request.body,
            extensions={"assume": assume},
        )
    except UnicodeEncodeError as error:
        raise UsageError(f"{request.purpose}: holds what is not text (UTF-8)") from error
    except (httpx.InvalidURL, ValueError) as error:
        raise UsageError(f"{request.purpose}: the request cannot be written ({redact(str(error))})") from error


class _Sent:
    """Listens to the wire: whether a request's first byte may have left. A proxy's CONNECT does not count."""

    def __init__(self) -> None:
        self.started = False
        self.tunnel = False

    def __call__(self, event: str, info: Mapping[str, Any]) -> None:
        if event.endswith("send_request_headers.started"):
            if getattr(info.get("request"), "method", b"") == b"CONNECT":
                self.tunnel = True
            else:
                self.started = True


def _bounded(response: httpx.Response) -> Iterator[bytes]:
    """Yield the body, decompressed, of at most 50 MB. Raises BadAnswer, or what httpx raises of a broken one."""
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in {"", "identity", "gzip", "x-gzip", "deflate"}:
        raise _bad(f"the answer is compressed as {encoding[:40]!r}, which was not asked for")
    unpack = zlib.decompressobj(wbits=47) if encoding not in {"", "identity"} else None
    came = size = 0
    for chunk in response.iter_raw():
        if call.passed():
            raise httpx.ReadTimeout("the answer took too long")
        came += len(chunk)
        piece = chunk
        if unpack is not None:
            try:
                piece = unpack.decompress(chunk, LARGEST + 1 - size)
            except zlib.error as error:
                raise _bad(f"the compressed answer cannot be read ({error})") from error
            if unpack.unused_data:
                raise _bad("the compressed answer goes on after its end")
        size += len(piece)
        if max(came, size) > LARGEST:
            raise _bad(f"the answer is larger than {LARGEST // 1_000_000} MB")
        yield piece
    if unpack is not None and came and not unpack.eof:
        raise httpx.RemoteProtocolError("the compressed answer was cut off")


def _bad(what: str) -> BadAnswer:
    return BadAnswer(what, hint="check the profile's url; something between here and the vendor may spoil its answers")


def _why(error: httpx.HTTPError) -> str:
    """Return what went wrong in the words of the person who waits for it."""
    certificate = _certificate(error)
    if certificate:
        return f"the server's certificate is not trusted ({certificate})"
    if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
        return "no connection in the time allowed"
    if isinstance(error, httpx.TimeoutException):
        return "no answer in the time allowed"
    if isinstance(error, httpx.RemoteProtocolError):
        return "the connection was closed before the answer was complete, or the answer is not HTTP"
    text = redact(_reason(error) or str(error))[:200]
    if isinstance(error, httpx.ProxyError):
        return f"the proxy refused the connection ({text})"
    what = "no connection" if isinstance(error, httpx.ConnectError) else "the connection broke"
    return f"{what} ({text})" if text else what


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _certificate(error: BaseException) -> str:
    """Return why a certificate failed, "" where none did."""
    return next((c.verify_message for c in _causes(error) if isinstance(c, ssl.SSLCertVerificationError)), "")


def _reason(error: BaseException) -> str:
    """Return the operating system's own words, without a number in front."""
    return next((c.strerror for c in _causes(error) if isinstance(c, OSError) and c.strerror), "")
