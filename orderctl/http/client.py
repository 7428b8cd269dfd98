"""Sends one request and says what became of it: a reply, *not sent*, or *unknown*.

Reads are tried again (4 times, full jitter); a write is sent once, and its caller decides what follows. Every call
has a deadline of its own, bounded bodies, no redirects, and leaves its trace redacted. httpx's transports are used
without its Client, which adds cookies, redirects, authentication from the url and a log of whole urls, and bounds
neither a call's time nor its size.
"""

import os
import random
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from orderctl.errors import BadAnswer, ConfigError, DeadlinePassed, NotSent, OrderctlError, Temporary, UsageError
from orderctl.frozen import dataclass
from orderctl.http import deadline as call
from orderctl.http._httpx import httpcore, httpx
from orderctl.http.exchange import Effect, Reply, Request
from orderctl.http.reader import Reader
from orderctl.http.status import unknown
from orderctl.http.trace import Trace
from orderctl.http.transports import DryRun, NetworkTransport, Proxy
from orderctl.http.wire import write_form
from orderctl.redaction import redact

LARGEST = 50_000_000
"""The largest body, in bytes, compressed or not."""

AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers after which a read is worth another try."""

READ_TRIES = 4

MAX_IDLE = 4.0
"""A write takes no connection that was idle for so many seconds: many servers close one after five."""

NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
"""What httpx raises before a request's first byte leaves."""

UNTRUSTED = "http.untrusted"
"""The code of a certificate that fails."""

PROXY_REFUSALS = frozenset({"403", "407"})
"""Statuses of a proxy that will refuse again: not allowed, and no login or a wrong one."""


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
        return self._send(request, Effect.READ, READ_TRIES, assume=assume)

    def write(
        self,
        request: Request,
        *,
        before: Callable[[], object] | None = None,
        head: Callable[[int, Mapping[str, str]], object] | None = None,
    ) -> Reply:
        """Send a write once, and return the reply, whatever its status.

        `before` is called when there is a connection, before the first byte of the request leaves; `head` is called
        with the status and the headers as soon as they are there, before the body is read. What they raise ends the
        request and is passed on; after `before` raised, nothing was sent.

        Raises NotSent, ConfigError, UsageError or DeadlinePassed when certainly no byte left, and OutcomeUnknown when
        anything else went wrong.
        """
        return self._send(request, Effect.WRITE, 1, before=before, head=head)

    def send(self, request: Request, effect: Effect, *, assume: bytes | None = None) -> Reply:
        """Return the reply to a read or a write.

        To go, with its three tries of a write that was not sent, when no backend sends writes any more.
        """
        return self._send(request, effect, READ_TRIES if effect is Effect.READ else 3, assume=assume)

    def pause(self, seconds: float) -> None:
        """Wait between two reads of a poll. Raises DeadlinePassed at once where the run would be over by then."""
        if self._deadline is not None and self.clock.now() + seconds >= self._deadline:
            raise DeadlinePassed(f"the run's deadline would pass during a wait of {seconds:g} s for the vendor")
        with self._idle():
            self.clock.sleep(seconds)

    def reader(self) -> Reader:
        """Return the part of this client that can read only."""

        def read(request: Request, assume: bytes | None) -> Reply:
            return self.read(request, assume=assume)

        def pause(seconds: float) -> None:
            self.pause(seconds)

        return Reader(read, pause)

    def _send(
        self,
        request: Request,
        effect: Effect,
        tries: int,
        *,
        assume: bytes | None = None,
        before: Callable[[], object] | None = None,
        head: Callable[[int, Mapping[str, str]], object] | None = None,
    ) -> Reply:
        """Send a request again where nothing can have been applied, until a try or the time for all is used up."""
        built = _built(request, assume)
        limits = self._limits(effect)
        self._pace(request)
        over = self.clock.now() + max(limits.total, TIMEOUTS[effect].total)
        if self._deadline is not None:
            over = min(over, self._deadline)
        for attempt in range(tries):
            last = attempt == tries - 1
            seconds = limits.total
            if (
                effect is Effect.READ
            ):  # a write under way may go on after the run's deadline, so that its outcome is known
                seconds = min(seconds, max(0.001, over - self.clock.now()))
            sent = _Sent(effect, before, network=isinstance(self._transport, NetworkTransport))
            try:
                with self._hold() if effect is Effect.WRITE else nullcontext():
                    if before and not isinstance(self._transport, NetworkTransport | DryRun):
                        before()  # nothing else tells when a byte leaves
                    reply = self._once(request, built, sent, limits, seconds, head)
            except Temporary as error:
                if (
                    last
                    or isinstance(error, BadAnswer)
                    or not self._back_off(request, attempt, over, 0.0, error.message)
                ):
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

    def _once(
        self,
        request: Request,
        built: httpx.Request,
        sent: "_Sent",
        limits: Timeouts,
        seconds: float,
        head: Callable[[int, Mapping[str, str]], object] | None,
    ) -> Reply:
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
        with call.within(seconds):
            with self._explained(request, sent):
                response = self._transport.handle_request(built)
            try:
                status = response.status_code
                headers = {k.lower(): v for k, v in response.headers.multi_items()}
                proxy = self._proxy()
                if status == 407 and proxy:  # plain HTTP: the proxy answers in the vendor's place
                    raise _refused_by_proxy(f"{request.purpose}: {proxy} refused the request (407)", status, proxy)
                if head:
                    head(status, headers)
                with self._explained(request, sent, status):
                    body = b"".join(_bounded(response))
            finally:
                response.close()
        if request.learn:
            request.learn(body)
        if self._trace:
            self._trace.reply(status, headers, body)
        return Reply(status, headers, body)

    @contextmanager
    def _explained(self, request: Request, sent: "_Sent", status: int | None = None) -> Iterator[None]:
        """Raise what a failure of the block means for the request; `status` is known while its answer is read."""
        try:
            yield
        except httpx.HTTPError as error:
            failure = self._failure(request, sent, error)
            self._note(failure.message)
            raise failure from error
        except BadAnswer as error:
            if status is None:  # `before` raised it
                raise
            self._note(error.message)
            if sent.effect is Effect.WRITE:
                raise unknown(f"{request.purpose}: {error.message}", http_status=status) from error
            raise

    def _note(self, why: str) -> None:
        if self._trace:
            self._trace.failure(why)

    def _failure(self, request: Request, sent: "_Sent", error: httpx.HTTPError) -> OrderctlError:
        """Say whether a request that failed was certainly not sent, from the wire's events and the error's class."""
        not_sent = not sent.started and (sent.tunnel or isinstance(error, NOT_SENT))
        proxy = self._proxy() if not_sent else None
        what = f"{request.purpose}: {_why(error, proxy, tunnel=sent.tunnel)}"
        if sent.effect is Effect.WRITE and not not_sent:
            return unknown(what)
        if not_sent and _certificate(error):
            return ConfigError(f"{what}; nothing was sent", hint=_trust(), code=UNTRUSTED)
        if not_sent and isinstance(error, httpx.ProxyError) and str(error)[:3] in PROXY_REFUSALS:
            return _refused_by_proxy(what, int(str(error)[:3]), proxy)
        if self._deadline is not None and self.clock.now() >= self._deadline:
            return DeadlinePassed(f"the run's deadline passed during {request.purpose}; nothing was changed")
        if not_sent:
            check = f"the proxy and {proxy.variable}" if proxy else "the network and the profile's url"
            return NotSent(what, hint=f"nothing was sent; check {check}, then run it again")
        return Temporary(what, code="http.no_answer", hint="nothing was changed; try later")

    def _proxy(self) -> Proxy | None:
        return self._transport.proxy if isinstance(self._transport, NetworkTransport) else None


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
    """Listens to the wire: whether a request's first byte may have left. A proxy's CONNECT does not count.

    On the network it looks at the connection first. One that has something to read, or was closed, is replaced by
    another: an answer that came before the request, such as the last one sent twice, does not belong to it. So is
    one that was idle too long for a write. `before` is called once, when there is a good connection.
    """

    def __init__(self, effect: Effect, before: Callable[[], object] | None = None, *, network: bool) -> None:
        self.effect = effect
        self.started = False
        self.tunnel = False
        self._before = before
        self._network = network

    def __call__(self, event: str, info: Mapping[str, Any]) -> None:
        if event.endswith("send_request_headers.started"):
            if getattr(info.get("request"), "method", b"") == b"CONNECT":
                self.tunnel = True
            elif self._network:
                call.before_next_write(self._before_first_byte)
            else:
                self.started = True

    def _before_first_byte(self, stream: call.Stream) -> None:
        self._check(stream, replace=not stream.fresh)
        if self._before:
            before, self._before = self._before, None
            before()
            self._check(stream, replace=True)  # it may have taken a while
        if call.passed():
            raise httpcore.ConnectTimeout
        self.started = True

    def _check(self, stream: call.Stream, *, replace: bool) -> None:
        """Refuse a connection that cannot be used; httpcore's pool will `replace` it by another."""
        stale = not stream.fresh and self.effect is Effect.WRITE and stream.idle() >= MAX_IDLE
        if stale or not stream.is_quiet():
            if replace:
                raise httpcore.ConnectionNotAvailable
            raise httpcore.ConnectError("the server closed it, or sent an answer, before the request")


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


def _why(error: httpx.HTTPError, proxy: Proxy | None, *, tunnel: bool) -> str:
    """Return what went wrong in the words of the person who waits for it; through a `tunnel` the proxy answered."""
    certificate = _certificate(error)
    to = f" to {proxy}" if proxy and not tunnel else ""
    through = f", through {proxy}" if proxy and tunnel else ""
    if certificate:
        return f"the certificate of {proxy if to else 'the server'} is not trusted ({certificate}){through}"
    if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
        return f"no connection{to} in the time allowed{through}"
    if isinstance(error, httpx.TimeoutException):
        return f"no answer in the time allowed{through}"
    if isinstance(error, httpx.RemoteProtocolError):
        return f"the connection was closed before the answer was complete, or the answer is not HTTP{through}"
    text = redact(_reason(error) or str(error))[:200]
    if isinstance(error, httpx.ProxyError):
        return f"{proxy or 'the proxy'} refused the connection ({text})"
    what = f"no connection{to}" if isinstance(error, httpx.ConnectError) else "the connection broke"
    return (f"{what} ({text})" if text else what) + through


def _trust() -> str:
    """Return what to do about a certificate that is not trusted."""
    ignored = [name for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE") if os.environ.get(name)]
    hint = "check the profile's url; for your organisation's own certificates, set SSL_CERT_FILE to their PEM file"
    return f"{hint} (not read: {', '.join(ignored)})" if ignored else hint


def _refused_by_proxy(what: str, status: int, proxy: Proxy | None) -> ConfigError:
    variable = proxy.variable if proxy else "the proxy's variable"
    hint = {
        403: f"ask the proxy's administrator, or name the vendor's host in NO_PROXY, or change {variable}",
        407: f"put the proxy's login into {variable}: http://USER:PASSWORD@HOST:PORT",
    }[status]
    return ConfigError(f"{what}; nothing was sent", hint=hint, code="http.proxy_refused", http_status=status)


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
