"""A deadline for everything that a call does on the wire.

httpx's read timeout starts anew with every byte, so a dripping server holds a call for ever. Here every wait of a
connection is cut to what is left of the calling thread's deadline.
"""

import ssl
import threading
import time
from collections.abc import Iterable
from typing import Any

from orderctl.http._httpx import httpcore

_call = threading.local()


def begin(seconds: float) -> None:
    """Start this thread's call: it must be over in so many seconds."""
    _call.end = time.monotonic() + seconds


def end() -> None:
    """End this thread's call."""
    _call.end = None


def passed() -> bool:
    """Return whether this thread's call has taken longer than it may."""
    moment = getattr(_call, "end", None)
    return moment is not None and time.monotonic() >= moment


def left(timeout: float | None) -> float | None:
    """Return the timeout, cut to what is left of this thread's call; at least a millisecond."""
    moment: float | None = getattr(_call, "end", None)
    if moment is None:
        return timeout
    remains = max(0.001, moment - time.monotonic())
    return remains if timeout is None else min(timeout, remains)


class Stream(httpcore.NetworkStream):
    """A connection whose every wait ends with the call."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what is there, at most `max_bytes`."""
        return self._inner.read(max_bytes, left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write it all."""
        self._inner.write(buffer, left(timeout))

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
        """Connect to a host."""
        return Stream(self._inner.connect_tcp(host, port, left(timeout), local_address, socket_options))

    def sleep(self, seconds: float) -> None:
        """Sleep between tries to connect."""
        self._inner.sleep(seconds)
