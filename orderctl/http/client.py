"""Sends one request and says what became of it: a reply, *not sent*, or *unknown*.

Reads are tried again (4 times, full jitter); a write is sent once, and its caller decides what follows. Every call
has a deadline of its own, bounded bodies, no redirects, and leaves its trace redacted. httpx's transports are used
without its Client, which adds cookies, redirects, authentication from the url and a log of whole urls, and bounds
neither a call's time nor its size.
"""

import threading
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from orderctl.errors import (
    BadAnswer,
    ConfigError,
    DeadlinePassed,
    DryRunStop,
    NotSent,
    OrderctlError,
    Temporary,
    UsageError,
)
from orderctl.frozen import dataclass
from orderctl.http import deadline as call
from orderctl.http._httpx import httpcore, httpx
from orderctl.http.clock import Clock
from orderctl.http.exchange import Effect, Reply, Request
from orderctl.http.failure import certificate, refused_by_proxy, trust_hint, why
from orderctl.http.rate import RateLimit
from orderctl.http.reader import Reader
from orderctl.http.status import unknown
from orderctl.http.transports import DryRun, NetworkTransport, Proxy
from orderctl.http.wire import write_form
from orderctl.redaction import redact

if TYPE_CHECKING:
    from orderctl.http.trace import Trace

MAX_BODY = 50_000_000
"""The largest body, in bytes, compressed or not."""

RETRY_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers after which a read is worth another try."""

READ_TRIES = 4

MAX_IDLE = 4.0
"""A connection that was idle for so many seconds is replaced: many servers close one after five."""

NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError)
"""What httpx raises before a request's first byte leaves."""

CONNECT = b"CONNECT "
"""How a proxy is asked for a tunnel."""

UNTRUSTED = "http.untrusted"
"""The code of a certificate that fails."""

PROXY_REFUSALS = frozenset({"403", "407"})
"""Statuses of a proxy that will refuse again: not allowed, and no login or a wrong one."""

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


class Client:
    """Sends the requests of one profile. Thread-safe.

    `rate` is how many requests a second may leave, shared with the processes that use the same `rate_file`. `timeout`
    is how long one request may take, in seconds. `deadline` is the moment (of `clock.now`) after which
    nothing is started and no read goes on, but for a thread that is `patient`: it reads back what it wrote.
    `busy_wait` is how long a 503 without Retry-After means at this vendor, in seconds. `say` takes a line about each
    try, for --verbose.
    """

    def __init__(
        self,
        transport: httpx.BaseTransport,
        *,
        rate: float | None = None,
        rate_file: Callable[[], Path] | None = None,
        timeout: float | None = None,
        deadline: float | None = None,
        busy_wait: float | None = None,
        trace: "Trace | None" = None,
        clock: Clock | None = None,
        patient: Callable[[], bool] = bool,
        say: Callable[[str], object] | None = None,
    ) -> None:
        self.clock = clock or Clock()
        self._transport = transport
        self._limit = RateLimit(rate, self.clock, rate_file) if rate else None
        self._timeout = timeout
        self._deadline = deadline
        self._busy_wait = busy_wait
        self._trace = trace
        self._patient = patient
        self._say = say
        self._quiet_until = 0.0
        self._paced = False
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close every connection, and the trace."""
        self._transport.close()
        if self._limit:
            self._limit.close()
        if self._trace:
            self._trace.close()

    def drop(self) -> None:
        """Close this thread's connection after a no: a server that says it again there would say it to another write.

        That one would be sent twice, or called refused, though it was done.
        """
        if isinstance(self._transport, NetworkTransport):
            self._transport.drop()

    def read(self, request: Request) -> Reply:
        """Return the reply to a read, whatever its status: of four tries, where a further one may help.

        Raises Temporary (NotSent, BadAnswer) when all failed, ConfigError, UsageError, DeadlinePassed.
        """
        built = _built(request)
        limits = self._limits(Effect.READ)
        tries: Tries | None = None
        while True:
            self._pace(request)
            tries = tries or self.tries(READ_TRIES, Effect.READ)
            seconds = min(limits.total, max(0.001, tries.over - self.clock.now()))
            sent = _Sent(Effect.READ)
            try:
                reply = self._once(request, built, sent, limits, seconds, None)
            except Temporary as error:
                if isinstance(error, BadAnswer) or error.code in FINAL or not tries.again(request, error.message):
                    raise
            else:
                wait = self._asked_to_wait(reply)
                if reply.status not in RETRY_STATUSES or not tries.again(
                    request, f"HTTP {reply.status}", at_least=wait
                ):
                    return reply

    def write(
        self,
        request: Request,
        *,
        before: Callable[[], object] | None = None,
        head: Callable[[int, Mapping[str, str]], object] | None = None,
    ) -> Reply:
        """Send a write once, and return the reply, whatever its status.

        `before` is called when there is a connection, before the first byte of the request leaves; `head` is called
        with the status and the headers before more of the answer is waited for, not where it came whole. What they
        raise ends the request and is passed on; after `before` raised, nothing was sent. The run's deadline keeps a
        write from being started; one that is under way has its own time limit.

        Raises NotSent, ConfigError, UsageError or DeadlinePassed when certainly no byte left, and OutcomeUnknown when
        anything else went wrong.
        """
        built = _built(request)
        limits = self._limits(Effect.WRITE)
        self._pace(request)
        sent = _Sent(Effect.WRITE, before)
        if before and not isinstance(self._transport, NetworkTransport | DryRun):
            before()  # nothing else tells when a byte leaves
        reply = self._once(request, built, sent, limits, limits.total, head)
        if reply.status in {429, 503} and reply.retry_after:
            self._be_quiet(reply.retry_after)
        return reply

    def record(self, request: Request) -> None:
        """Let a dry run's transport keep a write."""
        with suppress(DryRunStop):
            self.write(request)

    def tries(self, number: int, effect: Effect = Effect.WRITE) -> "Tries":
        """Return a count of the tries of one request, which share the time that one of its kind may take."""
        over = self.clock.now() + max(self._limits(effect).total, TIMEOUTS[effect].total)
        deadline = self._ends()
        return Tries(self, number, over if deadline is None else min(over, deadline))

    def pause(self, seconds: float) -> None:
        """Wait between two reads of a poll. Raises DeadlinePassed at once where the run would be over by then."""
        deadline = self._ends()
        if deadline is not None and self.clock.now() + seconds >= deadline:
            raise DeadlinePassed(f"the run's deadline would pass during a wait of {seconds:g} s for the vendor")
        self.clock.sleep(seconds)

    def reader(self) -> Reader:
        """Return the part of this client that can read only."""

        def read(request: Request) -> Reply:
            return self.read(request)

        def pause(seconds: float) -> None:
            self.pause(seconds)

        return Reader(read, pause)

    @property
    def pace(self) -> float | None:
        """The rate, in requests a second, where the last request had to wait for its turn; None where none has to."""
        return self._limit.rate if self._limit and self._paced else None

    def _ends(self) -> float | None:
        """Return the moment at which what this thread does must end, None where there is none."""
        return None if self._patient() else self._deadline

    def _limits(self, effect: Effect) -> Timeouts:
        usual = TIMEOUTS[effect]
        if not self._timeout:
            return usual
        return Timeouts(
            connect=min(usual.connect, self._timeout), write=self._timeout, read=self._timeout, total=self._timeout
        )

    def _asked_to_wait(self, reply: Reply) -> float:
        """Return how long a vendor asks us to wait: what it says, or what its 503 is known to mean."""
        asked = reply.retry_after
        if asked is None and reply.status == 503:
            asked = self._busy_wait
        return asked or 0.0

    def _quiet_left(self) -> float:
        """Return for how many seconds to send no request, as the vendor answered a write so."""
        return self._quiet_until - self.clock.now()

    def _be_quiet(self, seconds: float) -> None:
        """Let no thread send anything for so long."""
        with self._lock:
            self._quiet_until = max(self._quiet_until, self.clock.now() + seconds)

    def _pace(self, request: Request) -> None:
        """Wait for the rate limit, and for as long as the vendor asked. Raises DeadlinePassed where it does not fit."""
        wait = self._limit.wait_time() if self._limit else 0.0
        self._paced = wait > 0
        quiet_until = self._quiet_until
        self._wait(request, max(wait, self._quiet_left()))
        while quiet_until < self._quiet_until:  # another thread was asked meanwhile
            quiet_until = self._quiet_until
            self._wait(request, self._quiet_left())

    def _wait(self, request: Request, wait: float) -> None:
        deadline = self._ends()
        if deadline is not None and self.clock.now() + wait >= deadline:
            raise DeadlinePassed(f"the run's deadline passed before {request.purpose} was sent")
        if wait > 0:
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
        }
        if self._say:
            self._say(f"{request.purpose}: {built.method} {built.url.path}")
        if self._trace:
            self._trace.request(built.method, str(built.url), built.headers.multi_items(), request.body)
        call.begin(seconds)
        try:
            status, headers, body = self._exchanged(request, built, sent, head)
        finally:
            call.end()
        if not 200 <= status < 300:
            self.drop()
        if request.learn:
            request.learn(body)
        if self._trace:
            self._trace.reply(status, headers, body)
        return Reply(status, headers, body)

    def _exchanged(
        self,
        request: Request,
        built: httpx.Request,
        sent: "_Sent",
        head: Callable[[int, Mapping[str, str]], object] | None,
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Return the status, the headers and the body of the answer to a request, which is sent here."""
        if isinstance(self._transport, NetworkTransport):
            call.before_request(sent.before_first_byte)
        else:
            built.extensions["trace"] = sent
        try:
            response = self._transport.handle_request(built)
        except httpx.HTTPError as error:
            raise self._failure(request, sent, error) from error
        try:
            status, headers = response.status_code, _decoded(response.headers.raw)
            proxy = self._proxy()
            if status == 407 and proxy:  # plain HTTP: the proxy answers in the vendor's place
                raise refused_by_proxy(f"{request.purpose}: {proxy} refused the request (407)", status, proxy)
            if head:
                call.before_next_read(lambda: head(status, headers))
            return status, headers, b"".join(_bounded(response, headers.get("content-encoding", "identity")))
        except httpx.HTTPError as error:
            raise self._failure(request, sent, error) from error
        except BadAnswer as error:
            self._note(error.message)
            if sent.effect is Effect.WRITE:
                raise unknown(f"{request.purpose}: {error.message}", http_status=status) from error
            raise
        finally:
            response.close()

    def _note(self, why: str) -> None:
        if self._trace:
            self._trace.failure(why)

    def _failure(self, request: Request, sent: "_Sent", error: httpx.HTTPError) -> OrderctlError:
        """Return what the failure of a request means; the wire and the error's class tell whether it was not sent."""
        failure = self._failed(request, sent, error)
        self._note(failure.message)
        return failure

    def _failed(self, request: Request, sent: "_Sent", error: httpx.HTTPError) -> OrderctlError:
        not_sent = not sent.started and (sent.tunnel or isinstance(error, NOT_SENT))
        proxy = self._proxy() if not_sent else None
        what = f"{request.purpose}: {why(error, proxy, tunnel=sent.tunnel)}"
        if sent.effect is Effect.WRITE and not not_sent:
            return unknown(what)
        if not_sent and certificate(error):
            return ConfigError(f"{what}; nothing was sent", hint=trust_hint(certificate(error)), code=UNTRUSTED)
        if not_sent and isinstance(error, httpx.ProxyError) and str(error)[:3] in PROXY_REFUSALS:
            return refused_by_proxy(what, int(str(error)[:3]), proxy)
        deadline = self._ends()
        if deadline is not None and self.clock.now() >= deadline:
            return DeadlinePassed(f"the run's deadline passed during {request.purpose}; nothing was changed")
        if not_sent:
            check = f"the proxy and {proxy.variable}" if proxy else "the network and the profile's url"
            return NotSent(what, hint=f"nothing was sent; check {check}, then run it again")
        return Temporary(what, code="http.no_answer", hint="nothing was changed; try later")

    def _proxy(self) -> Proxy | None:
        return self._transport.proxy if isinstance(self._transport, NetworkTransport) else None


class Tries:
    """Counts the tries of one request, and pauses between them; `over` is the moment at which all must have ended."""

    def __init__(self, client: Client, number: int, over: float) -> None:
        self.over = over
        self._client, self._number, self._left = client, number, number

    def again(self, request: Request, why: str, *, at_least: float | None = None) -> bool:
        """Pause before another try and return True; return False at once where none is left, or the pause does not fit.

        The pause is random, longer after each try, and `at_least` as long as the vendor asked, also of a write.
        """
        self._left -= 1
        clock = self._client.clock
        pause = clock.random() * min(0.5 * 2 ** (self._number - self._left - 1), 20.0)
        wait = max(pause, at_least or 0.0, self._client._quiet_left())  # noqa: SLF001  (one class in two)
        if self._left <= 0 or clock.now() + wait >= self.over:
            return False
        if self._client._say:  # noqa: SLF001
            self._client._say(f"{why}; {request.purpose} again in {wait:.1f} s")  # noqa: SLF001
        clock.sleep(wait)
        return True


def _built(request: Request) -> httpx.Request:
    """Return the request as httpx sends it. Raises UsageError for one that cannot be written; nothing was sent."""
    try:
        for name, value in request.headers.items():
            if not _CONTROLS.isdisjoint(name + value):
                raise ValueError(f"the header {name!r} holds a control character")  # noqa: TRY301  (one way out)
        url, body = _url(request), request.body or b""
        size = len(body) if body or request.method in {"PATCH", "POST", "PUT"} else None
        headers = _headers(url.netloc, tuple(request.headers.items()), size)
        return httpx.Request(request.method, url, headers=headers, stream=httpx.ByteStream(body))
    except UnicodeEncodeError as error:
        raise UsageError(f"{request.purpose}: holds what is not text (UTF-8)") from error
    except (httpx.InvalidURL, ValueError) as error:
        raise UsageError(f"{request.purpose}: the request cannot be written ({redact(str(error))})") from error


def _url(request: Request) -> httpx.URL:
    """Return the url with its query. Raises httpx.InvalidURL."""
    url = request.url
    if not request.query:
        return _parsed(url)
    # httpx would bring parameters of one name together
    return httpx.URL(url + ("&" if "?" in url else "?") + write_form(request.query).decode("ascii"))


@lru_cache(maxsize=256)
def _headers(host: bytes, given: tuple[tuple[str, str], ...], size: int | None) -> httpx.Headers:
    """Return the headers of a request whose body has that size in bytes, None without one.

    Those of a file's orders differ in the size only, and httpx would make them three times over.
    """
    own = [("host", host.decode("ascii"))] if host else []
    own += [("accept-encoding", "identity"), ("user-agent", "orderctl")]
    names = {name.lower() for name, _ in given}
    length = [] if size is None or "content-length" in names else [("content-length", str(size))]
    return httpx.Headers([*(h for h in own if h[0] not in names), *given, *length])


def _decoded(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return an answer's headers, their names in small letters."""
    return {name.lower().decode("latin-1"): _header(value) for name, value in headers}


def _header(value: bytes) -> str:
    """Return a header's value, which is UTF-8 or, if it is not, Latin-1."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


_CONTROLS = frozenset("\r\n\0")

_parsed = lru_cache(maxsize=16)(httpx.URL)
"""Parses a url; the orders of a file all go to the same one."""


class _Sent:
    """Whether a request's first byte may have left. A proxy's CONNECT does not count.

    On the network it looks at the connection first. One that has something to read, or was closed, is replaced by
    another: an answer that came before the request, such as the last one sent twice, does not belong to it. So is
    one that was idle too long. `before` is called once, when there is a good connection.
    """

    def __init__(self, effect: Effect, before: Callable[[], object] | None = None) -> None:
        self.effect = effect
        self.started = False
        self.tunnel = False
        self._before = before

    def __call__(self, event: str, _info: Mapping[str, Any]) -> None:
        """Take an event of a transport that is not the network."""
        if event.endswith("send_request_headers.started"):
            self.started = True

    def before_first_byte(self, stream: call.Stream, head: bytes) -> bool:
        """Look at the connection, and return whether this is the head of the request, which may leave then."""
        if head.startswith(CONNECT):
            self.tunnel = True
        if not head or head.startswith(CONNECT):  # it ends with an empty write
            return False
        self._check(stream, replace=not stream.fresh)
        if self._before:
            before, self._before = self._before, None
            before()
            self._check(stream, replace=True)  # it may have taken a while
        if call.passed():
            raise httpcore.ConnectTimeout
        self.started = True
        return True

    def _check(self, stream: call.Stream, *, replace: bool) -> None:
        """Refuse a connection that cannot be used; the transport opens another one where it is to `replace` it."""
        stale = not stream.fresh and stream.idle() >= MAX_IDLE
        if stale or not stream.is_quiet():
            if replace:
                raise httpcore.ConnectionNotAvailable
            raise httpcore.ConnectError("the server closed it, or sent an answer, before the request")


def _bounded(response: httpx.Response, given: str) -> Iterator[bytes]:
    """Yield the body, decompressed from the encoding that is `given`, of at most 50 MB.

    Raises BadAnswer, or what httpx raises of a broken one.
    """
    encoding = given.strip().lower()
    if encoding not in {"", "identity", "gzip", "x-gzip", "deflate"}:
        raise _bad(f"the answer is compressed as {redact(given)[:40]!r}, which was not asked for")
    unpack = zlib.decompressobj(wbits=47) if encoding not in {"", "identity"} else None
    came = size = 0
    for chunk in cast("httpx.SyncByteStream", response.stream):
        if call.passed():
            raise httpx.ReadTimeout("the answer took too long")
        came += len(chunk)
        piece = chunk
        if unpack is not None:
            try:
                piece = unpack.decompress(chunk, MAX_BODY + 1 - size)
            except zlib.error as error:
                raise _bad(f"the compressed answer cannot be read ({error})") from error
            if unpack.unused_data:
                raise _bad("the compressed answer goes on after its end")
        size += len(piece)
        if max(came, size) > MAX_BODY:
            raise _bad(f"the answer is larger than {MAX_BODY // 1_000_000} MB")
        yield piece
    if unpack is not None and came and not unpack.eof:
        raise httpx.RemoteProtocolError("the compressed answer was cut off")


def _bad(what: str) -> BadAnswer:
    return BadAnswer(
        what, hint="check the profile's url; something between this machine and the vendor may change its answers"
    )
