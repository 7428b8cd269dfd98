"""An emulator over HTTP on loopback, by waitress: several connections at once, kept alive.

waitress has no call to drop a connection, but it closes one without an answer where it believes the client to be
gone. So `ConnectionLost` becomes waitress's own `ClientDisconnected`, and a reset is a close without lingering.
"""

import logging
import signal
import socket
import struct
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread, current_thread, main_thread
from time import monotonic
from types import FrameType
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from waitress import wasyncore  # type: ignore[import-untyped]
from waitress.channel import ClientDisconnected  # type: ignore[import-untyped]
from waitress.server import create_server  # type: ignore[import-untyped]

from orderctl.sandbox.faults import ConnectionLost

GRACE = 2.0
"""Seconds that calls under way get to end."""

LOOPBACK = ("127.0.0.1", "::1")

NO_LINGER = struct.pack("ii", 1, 0)
"""The socket option that makes a close a reset."""

THREADS = 48
"""Calls answered at once: more than the 32 connections of a bulk run, as slow faults hold theirs."""


def serve(app: WSGIApplication, *, host: str = LOOPBACK[0], port: int, ready: Callable[[str], None]) -> int | None:
    """Serve `app` until SIGTERM or SIGINT, and return the signal's number; port 0 is any free one.

    `ready` gets the base URL, `http://127.0.0.1:49152`, once connections are taken. Outside the main thread there
    are no signals, and nothing ends it: use `running` there. Raises ValueError for a host that is not loopback and
    OSError for a port that cannot be had.
    """
    server = _Server(app, host=host, port=port)
    received: list[int] = []

    def end(number: int, _: FrameType | None) -> None:
        received.append(number)
        server.stop()

    signals = (signal.SIGINT, signal.SIGTERM) if current_thread() is main_thread() else ()
    before = {number: signal.signal(number, end) for number in signals}
    try:
        ready(server.url)
        server.run()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return received[0] if received else None


@contextmanager
def running(app: WSGIApplication, *, host: str = LOOPBACK[0], port: int = 0) -> Iterator[str]:
    """Serve `app` in a thread of its own while the block runs, which gets the base URL. Raises as `serve`."""
    server = _Server(app, host=host, port=port)
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield server.url
    finally:
        server.stop()
        thread.join()


class _Server:
    """A listening socket, from its making on, and the loop that serves it."""

    def __init__(self, app: WSGIApplication, *, host: str, port: int) -> None:
        if host not in LOOPBACK:
            raise ValueError(f"the sandbox listens on loopback only ({', '.join(LOOPBACK)}), not on {host!r}")
        for name in ("waitress", "waitress.queue"):
            logging.getLogger(name).setLevel(logging.ERROR)  # a broken answer is what was asked for
        self._sockets: dict[int, Any] = {}
        self._stopped = Event()
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.create_server((host, port), family=family)  # waitress leaks one that it cannot bind
        self._server = create_server(
            _dropping(app),
            map=self._sockets,
            sockets=[listening],
            threads=THREADS,
            ident=None,
            clear_untrusted_proxy_headers=False,
        )
        address = f"[{host}]" if ":" in host else host
        self.url = f"http://{address}:{self._server.effective_port}"

    def run(self) -> None:
        """Answer calls until `stop`; calls under way then get `GRACE` seconds to end."""
        while not self._stopped.is_set():
            self._turn(seconds=30)
        wasyncore.dispatcher.close(self._server)  # the listening socket
        end = monotonic() + GRACE
        while monotonic() < end and any(channel.requests or channel.total_outbufs_len for channel in self._channels()):
            self._turn(seconds=0.02)
        for channel in self._channels():
            channel.handle_close()  # which also wakes a thread that waits to write to it
        self._server.task_dispatcher.shutdown(timeout=GRACE)
        self._server.trigger.close()

    def _channels(self) -> list[Any]:
        return list(self._server.active_channels.values())

    def _turn(self, *, seconds: float) -> None:
        wasyncore.loop(timeout=seconds, use_poll=True, map=self._sockets, count=1)

    def stop(self) -> None:
        """End the loop, from any thread or from a signal's handler."""
        self._stopped.set()
        with suppress(OSError):  # the loop may have ended by itself, between these two lines
            self._server.pull_trigger()


def _dropping(app: WSGIApplication) -> WSGIApplication:
    def call(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            yield from app(environ, start_response)
        except ConnectionLost as lost:
            if lost.reset:
                channel = environ["waitress.client_disconnected"].__self__
                channel.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
            raise ClientDisconnected from None

    return call
