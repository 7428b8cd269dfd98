"""The rows of a bulk create: what an order costs, what rate many at once reach, and over how many connections.

The server, a process of its own, answers as OneBox does to a new order, at once or after a fixed time.
"""

import asyncio
import multiprocessing
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any, NamedTuple

from tests.bench.measure import Command, Ratio
from tests.bench.planning import write_orders

MANY, FEW = 20_000, 2_000
"""Orders, one after the other, each answered at once."""

CREATED, LESS = f"create of {MANY:,} orders", f"create of {FEW:,} orders"

SERVICE = 0.05
"""How long the server takes for an order where many are sent at once, in seconds."""

SECONDS = 8
"""For how long many are sent at once at the ideal rate, from the first request to the last answer.

Planning has rows of its own; the rate with it in is shown beside, a tenth of the orders taken off for the start."""


class AtOnce(NamedTuple):
    """So many orders at once, and how near they are to come to the ideal rate."""

    jobs: int
    gate: float
    aim: float

    @property
    def name(self) -> str:
        """What the command is called."""
        return f"create of {self.orders:,} orders, {self.jobs} at once"

    @property
    def less(self) -> str:
        """What the shorter command is called."""
        return f"create of {self.orders // 10:,} orders, {self.jobs} at once"

    @property
    def rate(self) -> float:
        """The ideal rate, in orders a second."""
        return self.jobs / SERVICE

    @property
    def orders(self) -> int:
        """How many orders are sent."""
        return int(self.rate * SECONDS)


AT_ONCE = (AtOnce(8, 0.88, 0.94), AtOnce(32, 0.85, 0.88))

RATIOS = (
    Ratio(name="CPU of a bulk create, ms an order", command=CREATED, less=LESS, done=MANY - FEW, gate=1.2, aim=1.0),
    Ratio(name="10 times the orders", command=CREATED, base=LESS, gate=10.5),
    Ratio(name=f"memory of a {CREATED}, MB", command=CREATED, of="megabytes", gate=80, aim=60),
    Ratio(name="the same, in orders", command=CREATED, base=LESS, of="megabytes", gate=1.1),
    *(
        Ratio(
            name=f"{some.jobs} at once, {SERVICE * 1000:.0f} ms each: share of the ideal rate", command=some.name,
            of="sending", done=some.orders, rate=some.rate, gate=some.gate, aim=some.aim,
        )
        for some in AT_ONCE
    ),
    *(
        Ratio(
            name=f"the same, {some.jobs} at once, with the planning", command=some.name, less=some.less, of="elapsed",
            done=some.orders - some.orders // 10, rate=some.rate,
        )
        for some in AT_ONCE
    ),
    *(
        Ratio(
            name=f"connections, {some.jobs} at once", command=some.name, of="connections", gate=some.jobs + 1,
            aim=some.jobs,
        )
        for some in AT_ONCE
    ),
)  # fmt: skip


@contextmanager
def commands(orderctl: str) -> Iterator[tuple[list[Command], list[str]]]:
    """Serve while the block runs; yield the commands, and what could not be measured and why.

    Each run has a state folder of its own, as if nothing had been sent before.
    """
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        state = home / "state"
        environ = {"PATH": "/usr/bin:/bin", "HOME": str(home), "ORDERCTL_CONFIG": str(home / "config.toml")}
        environ |= {"ORDERCTL_STATE_DIR": str(state)}
        environ |= {f"ORDERCTL_{name}_{part}": "sandbox" for name in ("NOW", "LATER") for part in ("LOGIN", "PASSWORD")}
        now, later = stack.enter_context(serving(0)), stack.enter_context(serving(SERVICE))
        table = '[profiles.{}]\nvendor = "onebox"\nurl = "http://127.0.0.1:{}"\nrate = 1000000\n'
        texts = (table.format("now", now.port), table.format("later", later.port))
        (home / "config.toml").write_text("".join(texts), encoding="utf-8")

        def command(name: str, server: Server, profile: str, orders: int, *more: str) -> Command:
            file = home / f"{orders}.csv"
            if not file.exists():
                write_orders(file, orders)
            create = (orderctl, "create", "--from", str(file), "-p", profile, "-o", "jsonl", "-q", *more)
            args = ("/bin/sh", "-c", f'rm -rf "{state}" && exec "$@"', "sh", *create)
            return Command(
                name=name, args=args, environ=environ, connections=server.connections, sending=server.sending
            )

        found = [command(CREATED, now, "now", MANY), command(LESS, now, "now", FEW)]
        notes = []
        told = subprocess.run((orderctl, "create", "--help"), env=environ, capture_output=True, text=True, check=True)
        if "--jobs" in told.stdout:
            for some in AT_ONCE:
                for name, orders in ((some.name, some.orders), (some.less, some.orders // 10)):
                    found.append(command(name, later, "later", orders, "--jobs", str(some.jobs)))
        else:
            notes.append("many at once: create has no --jobs")
        yield found, notes


class Server(NamedTuple):
    """A server that runs: its port, the count of the connections that it took, its first request and last answer."""

    port: int
    taken: "Synchronized[int]"
    first: "Synchronized[float]"
    last: "Synchronized[float]"

    def connections(self) -> int:
        """Return how many connections were taken so far."""
        return self.taken.value

    def sending(self) -> float:
        """Return the seconds from the first request since this was last asked to the last answer."""
        seconds = self.last.value - self.first.value
        self.first.value = self.last.value = 0.0
        return seconds


@contextmanager
def serving(seconds: float) -> Iterator[Server]:
    """Answer new orders, each after so many seconds, from a process of its own."""
    spawn = multiprocessing.get_context("spawn")
    taken, first, last = spawn.Value("i", 0), spawn.Value("d", 0.0), spawn.Value("d", 0.0)
    listening = socket.create_server(("127.0.0.1", 0), backlog=128)
    server = spawn.Process(target=_serve, args=(listening, seconds, taken, first, last), daemon=True)
    server.start()
    try:
        yield Server(listening.getsockname()[1], taken, first, last)
    finally:
        server.terminate()
        server.join()
        listening.close()


def _serve(listening: socket.socket, seconds: float, *told: Any) -> None:
    asyncio.run(_answer(listening, seconds, *told))


async def _answer(listening: socket.socket, seconds: float, *told: Any) -> None:
    numbers = count(82_806)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Box(seconds, numbers, *told), sock=listening)
    await server.serve_forever()


class _Box(asyncio.Protocol):
    """A connection: one answer for each request, with another id each."""

    def __init__(
        self,
        seconds: float,
        numbers: Iterator[int],
        taken: "Synchronized[int]",
        first: "Synchronized[float]",
        last: "Synchronized[float]",
    ) -> None:
        self._seconds, self._numbers, self._taken, self._first, self._last = seconds, numbers, taken, first, last
        self._came = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count it."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._taken.value += 1

    def data_received(self, data: bytes) -> None:
        """Answer, where a request is whole."""
        if not self._first.value:
            self._first.value = time.monotonic()
        self._came += data
        head, end, body = self._came.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        if not end or len(body) < int(length or 0):
            return
        self._came = b""
        told = b'{"status":"ok","orderid":"%d"}' % next(self._numbers)
        kind = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
        answer = kind + b"content-length: %d\r\n\r\n%b" % (len(told), told)
        asyncio.get_running_loop().call_later(self._seconds, self._write, answer)

    def _write(self, answer: bytes) -> None:
        self._transport.write(answer)
        self._last.value = time.monotonic()
