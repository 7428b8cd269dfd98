"""A server of raw sockets on loopback that answers as a test says, however wrong."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TypeAlias

from orderctl.http import Client, Clock, Effect, Reply, Request, network

Answer: TypeAlias = bytes | Callable[[socket.socket], None]


@dataclass
class Served:
    """A server: where it is, and the requests that reached it."""

    url: str
    requests: list[bytes] = field(default_factory=list)

    def request(self, path: str = "/", body: bytes | None = None) -> Request:
        method = "GET" if body is None else "POST"
        return Request(method=method, url=self.url + path, purpose="try it", body=body)


@dataclass
class Time:
    """A clock that only tests move: sleeping takes no time, and is remembered."""

    at: float = 0.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds

    def clock(self, chance: float = 1.0) -> Clock:
        return Clock(now=lambda: self.at, sleep=self.sleep, random=lambda: chance)


@contextmanager
def serving(*answers: Answer, tls: ssl.SSLContext | None = None) -> Iterator[Served]:
    """Serve one answer a connection, the last one for all that follow."""
    listening = socket.create_server(("127.0.0.1", 0))
    scheme = "https" if tls else "http"
    served = Served(f"{scheme}://127.0.0.1:{listening.getsockname()[1]}")
    opened: list[socket.socket] = []

    def answer(connection: socket.socket, how: Answer) -> None:
        with suppress(OSError):
            connection.settimeout(20)
            wrapped = tls.wrap_socket(connection, server_side=True) if tls else connection
            opened.append(wrapped)
            served.requests.append(read_request(wrapped))
            if callable(how):
                how(wrapped)
            else:
                wrapped.sendall(how)
            with suppress(OSError):
                wrapped.shutdown(socket.SHUT_RDWR)
            wrapped.close()

    def accept() -> None:
        number = 0
        with suppress(OSError):
            while True:
                connection, _ = listening.accept()
                opened.append(connection)
                how = answers[min(number, len(answers) - 1)]
                threading.Thread(target=answer, args=(connection, how), daemon=True).start()
                number += 1

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(5)
        for connection in opened:
            with suppress(OSError):
                connection.close()


def read_request(connection: socket.socket) -> bytes:
    """Return one request, head and body."""
    whole = b""
    while b"\r\n\r\n" not in whole:
        piece = connection.recv(65536)
        if not piece:
            return whole
        whole += piece
    head, _, body = whole.partition(b"\r\n\r\n")
    length = next((int(h.split(b":")[1]) for h in head.lower().split(b"\r\n") if h.startswith(b"content-length:")), 0)
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def reply(body: bytes = b"{}", *headers: str, status: str = "200 OK") -> bytes:
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def dripping(data: bytes, *, seconds: float = 0.05) -> Callable[[socket.socket], None]:
    def drip(connection: socket.socket) -> None:
        for place in range(len(data)):
            connection.sendall(data[place : place + 1])
            time.sleep(seconds)

    return drip


def endless(head: bytes, piece: bytes) -> Callable[[socket.socket], None]:
    def pour(connection: socket.socket) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(piece)

    return pour


def sent(client: Client, request: Request, effect: Effect) -> Reply:
    """Return the reply to a request that is sent as a read, or as a write."""
    return client.read(request) if effect is Effect.READ else client.write(request)


@contextmanager
def connected(served: Served, timeout: float = 10.0) -> Iterator[Client]:
    """Yield a client whose waits between tries take no time."""
    client = Client(network(served.url), timeout=timeout, clock=Clock(sleep=lambda _: None, random=lambda: 0.0))
    try:
        yield client
    finally:
        client.close()
