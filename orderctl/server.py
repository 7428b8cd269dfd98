"""A WSGI application over HTTP, by waitress, until a signal: what `sandbox serve` and `listen` have in common."""

import logging
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from threading import Event, current_thread, main_thread
from time import monotonic, time
from types import FrameType
from typing import Any
from wsgiref.types import WSGIApplication

from waitress import wasyncore  # type: ignore[import-untyped]
from waitress.server import create_server  # type: ignore[import-untyped]

OWN_FILES = 64
"""Files of a server's own, beside its connections."""

LOOPBACK = ("127.0.0.1", "::1")

SIGNALS = tuple(
    number for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGALRM") if (number := getattr(signal, name, None)) is not None
)
"""What ends a server; the last two only where somebody heeds them already: `nohup` stays `nohup`."""


def serve(server: "Server", *, ready: Callable[[str], None]) -> int | None:
    """Answer calls until a signal, and return its number; calls under way are answered first.

    `ready` gets the base URL, `http://127.0.0.1:49152`, once connections are taken. Outside the main thread there
    are no signals, and only `Server.stop` ends it.
    """
    received: list[int] = []

    def end(number: int, _: FrameType | None) -> None:
        received.append(number)
        server.stop()

    unheeded = (signal.SIG_IGN, signal.SIG_DFL)
    heeded = [n for n in SIGNALS if n in SIGNALS[:2] or signal.getsignal(n) not in unheeded]
    before = {n: signal.signal(n, end) for n in heeded} if current_thread() is main_thread() else {}
    try:
        ready(server.url)
        server.run()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return received[0] if received else None


class Server:
    """A listening socket, from its making on, and the loop that serves it. Raises OSError for a port not to be had.

    `threads` calls are answered at once, and those under way at the end get `grace` seconds. A request has at most
    `largest` bytes of body and `longest_head` before it and, with `patience`, so many seconds to arrive. `connections`
    may be open (fewer where the process may open fewer files), each silent for `idle` seconds. Before a new one would
    have to wait, those are closed first that have waited most for their request.
    """

    def __init__(
        self,
        app: WSGIApplication,
        *,
        host: str,
        port: int,
        threads: int,
        grace: float,
        patience: float | None = None,
        largest: int = 1 << 30,
        longest_head: int = 1 << 18,
        connections: int = 100,
        idle: int = 120,
    ) -> None:
        for name in ("waitress", "waitress.queue"):
            logging.getLogger(name).setLevel(logging.CRITICAL)  # its lines name the path, which may be a secret
        self._sockets: dict[int, Any] = {}
        self._stopped = Event()
        self._grace = grace
        self._patience = patience
        self._arriving: dict[Any, float] = {}
        self._next_look = 0.0
        self._connections = min(connections, max(OWN_FILES, _open_files() - OWN_FILES))
        listening = _listening(host, port)  # waitress leaks one that it cannot bind
        self._server = create_server(
            app,
            map=self._sockets,
            sockets=[listening],
            threads=threads,
            ident=None,
            clear_untrusted_proxy_headers=False,
            max_request_body_size=largest,
            max_request_header_size=longest_head,
            connection_limit=self._connections + 2,  # it counts the listening socket and the trigger too
            channel_timeout=idle,
            cleanup_interval=min(idle, 5),
        )
        address = f"[{host}]" if ":" in host else host
        self.url = f"http://{address}:{self._server.effective_port}"

    def run(self) -> None:
        """Answer calls until `stop`; those under way then get their grace to end."""
        while not self._stopped.is_set():
            self._turn(seconds=1 if self._patience else 30)
        wasyncore.dispatcher.close(self._server)  # the listening socket
        end = monotonic() + self._grace
        while monotonic() < end and any(map(self._is_under_way, self._channels())):
            self._turn(seconds=0.02)
        for channel in self._channels():
            channel.handle_close()  # which also wakes a thread that waits to write to it
        self._server.task_dispatcher.shutdown(timeout=self._grace)
        self._server.trigger.close()

    def stop(self) -> None:
        """End the loop, from any thread or from a signal's handler."""
        self._stopped.set()
        with suppress(OSError):  # the loop may have ended between these two lines
            self._server.pull_trigger()

    def _is_under_way(self, channel: Any) -> bool:
        """Return whether a call is being answered or, where it is given no time for ever, still arrives."""
        arrives = self._patience is not None and channel.request is not None
        return bool(channel.requests or channel.total_outbufs_len or arrives)

    def _channels(self) -> list[Any]:
        return list(self._server.active_channels.values())

    def _turn(self, *, seconds: float) -> None:
        wasyncore.loop(timeout=seconds, use_poll=True, map=self._sockets, count=1)
        if self._patience is not None and monotonic() >= self._next_look:
            self._drop_the_slow(self._patience)
        if len(self._server.active_channels) >= self._connections:
            self._make_room()

    def _drop_the_slow(self, patience: float) -> None:
        """Close the connections whose request takes too long to arrive: waitress waits while a byte comes at times."""
        now = monotonic()
        self._next_look = now + 0.5
        arriving = {c.request: c for c in self._channels() if c.request is not None and not c.requests}
        self._arriving = {request: self._arriving.get(request, now) for request in arriving}
        for request, since in self._arriving.items():
            if now - since > patience:
                arriving[request].handle_close()

    def _make_room(self) -> None:
        """Close a tenth of the connections: those that have waited most for a whole request."""
        now, today = monotonic(), time()
        waiting = [c for c in self._channels() if not c.requests and not c.total_outbufs_len]
        waiting.sort(key=lambda c: max(today - c.last_activity, now - self._arriving.get(c.request, now)), reverse=True)
        for channel in waiting[: self._connections // 10 + 1]:
            channel.handle_close()


def _open_files() -> int:
    """Return how many files the process may open."""
    try:
        import resource  # noqa: PLC0415  (Windows has none)
    except ImportError:
        return 512
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return 1 << 20 if limit == resource.RLIM_INFINITY else limit


def _listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens. Raises OSError, also for a text that is not a host name."""
    try:
        host.encode("idna")  # first, because a socket that cannot be bound for this reason is not closed
    except UnicodeError as error:
        raise OSError("it is not an address") from error
    return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
