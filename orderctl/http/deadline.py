"""A deadline for everything that a call does on the wire.

httpx's read timeout starts anew with every byte, so a dripping server holds a call for ever; names are looked up, and
a host's addresses tried one after the other, without a limit over all. Here every wait of a connection is cut to what
is left of the calling thread's deadline. Before a request's first byte the caller may look at its connection.
"""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from orderctl.http._httpx import httpcore

SLICE = 16_384
"""How much is written at a time, in bytes, so that a slow reader cannot hold one write for long."""


class _Call(threading.local):
    """What a thread does on the wire: when it must end, who looks first, and what is called before it reads more."""

    end: float | None = None
    first: "Callable[[Stream, bytes], bool] | None" = None
    more: "Callable[[], object] | None" = None


_call = _Call()


def begin(seconds: float) -> None:
    """Bound what this thread does on the wire until `end`: it must be over in so many seconds."""
    _call.end = time.monotonic() + seconds


def end() -> None:
    """End what this thread does on the wire."""
    _call.end = _call.first = _call.more = None


def before_request(look: Callable[["Stream", bytes], bool]) -> None:
    """Have `look` called with the connection on which this thread writes next, and with what, before it is written.

    It returns whether that is the head of its request; until then it is called again. What it raises is passed on.
    """
    _call.first = look


def before_next_read(tell: Callable[[], object]) -> None:
    """Have `tell` called before this thread reads again from a connection."""
    _call.more = tell


def passed() -> bool:
    """Return whether this thread's call has taken longer than it may."""
    moment = _call.end
    return moment is not None and time.monotonic() >= moment


def left(timeout: float | None) -> float | None:
    """Return the timeout, cut to what is left of this thread's call; at least a millisecond."""
    moment = _call.end
    if moment is None:
        return timeout
    remains = max(0.001, moment - time.monotonic())
    return remains if timeout is None else min(timeout, remains)


class Stream(httpcore.NetworkStream):
    """A connection whose every wait ends with the call. It is `fresh` until something was written."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner
        self.fresh = True
        self._head = b""
        self._secure = inner.get_extra_info("ssl_object") is not None
        self._used = time.monotonic()

    def idle(self) -> float:
        """Return for how many seconds nothing came or went."""
        return time.monotonic() - self._used

    def is_quiet(self) -> bool:
        """Return whether the connection is open and has nothing to read; otherwise it must not be used any more.

        Under TLS it reads a byte without waiting: `select` does not show what TLS has read already, and shows its own
        records.
        """
        if not self._secure:
            return not self._inner.get_extra_info("is_readable")
        try:
            self._inner.read(1, 0.0)
        except httpcore.ReadError as error:
            return isinstance(error.__cause__, BlockingIOError | ssl.SSLWantReadError)
        return False

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what is there, at most `max_bytes`, after the call that `before_next_read` asked for."""
        tell, _call.more = _call.more, None
        if tell is not None:
            tell()
        if passed():  # a server that never stops is never waited for
            raise httpcore.ReadTimeout("the answer took too long")
        received = self._inner.read(max_bytes, left(timeout))
        self._used = time.monotonic()
        return received

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write it all, after the look that `before_request` asked for.

        The head of a request waits for what follows it, its body or an empty one: both leave together.
        """
        look = _call.first
        if look is not None and look(self, buffer):
            _call.first = None
            self.fresh = False
            self._head = buffer
            return
        self.fresh = False
        if self._head:
            buffer, self._head = self._head + buffer, b""
        for start in range(0, len(buffer), SLICE):
            if passed():
                raise httpcore.WriteTimeout("the request took too long")
            self._inner.write(buffer[start : start + SLICE], left(timeout))
        self._used = time.monotonic()

    def close(self) -> None:
        """Close the connection."""
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> "Stream":
        """Return the same connection under TLS."""
        return Stream(self._inner.start_tls(ssl_context, server_hostname, left(timeout)))

    def get_extra_info(self, info: str) -> Any:
        """Pass on what the connection knows of itself."""
        return self._inner.get_extra_info(info)


class Network(httpcore.NetworkBackend):
    """Opens connections whose every wait ends with the call."""

    def __init__(self, inner: httpcore.NetworkBackend) -> None:
        self._inner = inner

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> Stream:
        """Connect to a host: to the first of its addresses that answers, all of them within `timeout`."""
        end = None if timeout is None else time.monotonic() + timeout
        failure: Exception = httpcore.ConnectError("the host has no address")
        for address in _addresses(host, port, left(timeout)):
            rest = None if end is None else max(0.001, end - time.monotonic())
            try:
                return Stream(self._inner.connect_tcp(address, port, left(rest), local_address, socket_options))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure


def _addresses(host: str, port: int, timeout: float | None) -> list[str]:
    """Return a host's addresses, looked up in a thread of its own: the system's resolver takes no timeout."""
    found: list[str] = []
    failed: list[Exception] = []

    def look_up() -> None:
        try:
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.extend(dict.fromkeys(str(answer[4][0]) for answer in answers))
        except (OSError, UnicodeError) as error:
            failed.append(error)

    thread = threading.Thread(target=look_up, daemon=True)
    thread.start()
    thread.join(timeout)
    if failed:
        text = getattr(failed[0], "strerror", None) or "that is not a host name"
        raise httpcore.ConnectError(f"{host}: {text}") from failed[0]
    if not found and thread.is_alive():
        raise httpcore.ConnectTimeout(f"{host}: the name was not found in the time allowed")
    return found
