"""An emulator over HTTP on loopback, by waitress: several connections at once, kept alive.

waitress has no call to drop a connection, but it closes one without an answer where it believes the client to be
gone. So `ConnectionLost` becomes waitress's own `ClientDisconnected`, and a reset is a close without lingering.
"""

import socket
import struct
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from threading import Thread
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from waitress.channel import ClientDisconnected  # type: ignore[import-untyped]

from orderctl import server
from orderctl.errors import OrderctlError
from orderctl.sandbox import web
from orderctl.sandbox.faults import ConnectionLost
from orderctl.server import LOOPBACK

GRACE = 2.0
"""Seconds that calls under way get to end."""

NO_LINGER = struct.pack("ii", 1, 0)
"""The socket option that makes a close a reset."""

THREADS = 48
"""Calls answered at once: more than the 32 connections of a bulk run, as slow faults hold theirs."""


def serve(app: WSGIApplication, *, host: str = LOOPBACK[0], port: int, ready: Callable[[str], None]) -> int | None:
    """Serve `app` until a signal, and return its number, as `server.serve`; port 0 is any free one.

    Raises ValueError for a host that is not loopback and OSError for a port that cannot be had.
    """
    return server.serve(_server(app, host=host, port=port), ready=ready)


@contextmanager
def running(app: WSGIApplication, *, host: str = LOOPBACK[0], port: int = 0) -> Iterator[str]:
    """Serve `app` in a thread of its own while the block runs, which gets the base URL. Raises as `serve`."""
    made = _server(app, host=host, port=port)
    thread = Thread(target=made.run, daemon=True)
    thread.start()
    try:
        yield made.url
    finally:
        made.stop()
        thread.join()


def _server(app: WSGIApplication, *, host: str, port: int) -> server.Server:
    if host not in LOOPBACK:
        raise ValueError(f"the sandbox listens on loopback only ({', '.join(LOOPBACK)}), not on {host!r}")
    return server.Server(_dropping(app), host=host, port=port, threads=THREADS, grace=GRACE, connections=1_000)


def _dropping(app: WSGIApplication) -> WSGIApplication:
    def call(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            yield from app(environ, start_response)
        except (
            OrderctlError
        ) as error:  # the store cannot be used: the caller gets the error that its own process would get
            yield from web.send(
                web.Answer(status=500, content_type="text/plain; charset=utf-8", body=f"{error.message}\n".encode()),
                start_response,
            )
        except ConnectionLost as lost:
            if lost.reset:
                channel = environ["waitress.client_disconnected"].__self__
                channel.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
            raise ClientDisconnected from None

    return call
