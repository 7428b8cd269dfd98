"""Misbehaviour on demand: a WSGI middleware that damages the answers of any emulator.

A fault is written `KIND[=VALUE][*TIMES][+SKIP][@PATH]`:

    lost-after             every call is carried out, and its answer lost
    503=5*2                the first two calls are answered 503 with `Retry-After: 5`
    slow=2@add             calls whose path contains `add` are answered after two seconds
    lost-after*1+3@add     the fourth add
    commit-then-drop       the first call that makes or changes something is carried out, and its answer lost

Of several faults the first that applies acts. Each one counts for itself the calls whose path it matches and that no
earlier fault took. `commit-then-drop`, of which is known only afterwards whether it applies, comes after the others and
counts only calls that the emulator recorded as a change.

A lost connection is the exception `ConnectionLost`: in the process the transport turns it into its own error, and
`orderctl.sandbox.serve` into a closed or reset socket.
"""

import re
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from itertools import count
from threading import Lock, Thread
from time import sleep
from typing import Literal, TypeAlias
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from orderctl.sandbox import web

AFTER_CHANGES = "commit-then-drop"
"""The kind that acts only on calls that made or changed something: on one of them, unless *TIMES says otherwise."""

BLOCK = 1024 * 1024
"""Bytes of one block of a gzip bomb."""

DEFAULTS: Mapping[str, str] = {
    "drip": "0.05",
    "gzip-bomb": "200",
    "late-commit": "1",
    "redirect": "https://elsewhere.example/",
    "slow": "1",
}
"""The values of the kinds that take one. A status takes one too, the seconds of `Retry-After`, and has no default."""

KINDS: Mapping[str, str] = {
    "4xx, 5xx": "answer with this status, the call not carried out; VALUE: Retry-After in seconds",
    "4xx-after, 5xx-after": "the same, the call carried out",
    "bad-gzip": "carry it out, answer with what claims to be gzip and is not",
    "commit-then-drop": "lost-after for calls that make or change something, TIMES=1 unless given",
    "drip": "carry it out, send a byte every VALUE seconds",
    "empty": "carry it out, answer 200 with an empty body",
    "endless": "carry it out, answer with a body that never ends",
    "gzip-bomb": "carry it out, answer with gzip that becomes VALUE megabytes",
    "half-body": "carry it out, drop the connection after half of the body",
    "html": "carry it out, answer 200 with a page of HTML",
    "late-commit": "drop the connection at once, carry it out VALUE seconds later",
    "lost-after": "carry it out, drop the connection without an answer",
    "lost-before": "drop the connection, the call not carried out",
    "redirect": "answer 302 to VALUE, the call not carried out",
    "reset": "reset the connection (RST), the call not carried out",
    "reset-after": "carry it out, reset the connection",
    "slow": "carry it out, answer VALUE seconds later",
}

SPEC = re.compile(
    r"(?P<kind>[a-z0-9-]+)(?:=(?P<value>[^*+@]+))?"
    r"(?:\*(?P<times>[0-9]{1,9}))?(?:\+(?P<skip>[0-9]{1,9}))?(?:@(?P<path>.+))?"
)

STATUS = re.compile(r"(?P<status>[45][0-9]{2})(?P<after>-after)?")


class ConnectionLost(Exception):
    """The connection is gone; `when` tells whether the call had been carried out by then."""

    def __init__(self, when: Literal["before", "after"], *, reset: bool = False) -> None:
        super().__init__(f"connection lost {when} the call was carried out")
        self.when = when
        """`before` (nothing was done, or nothing yet: `late-commit`) or `after`."""
        self.reset = reset
        """Whether a socket is reset instead of closed."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One fault."""

    kind: str
    value: str = ""
    times: int | None = None
    """On how many calls it acts; None is all of them."""
    skip: int = 0
    """How many matching calls it lets pass first."""
    path: str = ""
    """What a call's path must contain."""


def parse(spec: str) -> Fault:
    """Return the fault that `spec` describes. Raises ValueError, naming the known kinds."""
    found = SPEC.fullmatch(spec)
    if not found:
        raise ValueError(f"fault {spec!r} is not KIND[=VALUE][*TIMES][+SKIP][@PATH]; {_known()}")
    kind, value = found["kind"], found["value"] or DEFAULTS.get(found["kind"], "")
    is_status = STATUS.fullmatch(kind)
    if not is_status and kind not in ACTIONS:
        raise ValueError(f"unknown fault {kind!r}; {_known()}")
    if found["value"] and not is_status and kind not in DEFAULTS:
        raise ValueError(f"fault {kind} takes no value, and {found['value']!r} was given")
    if value and kind != "redirect" and not re.fullmatch(r"[0-9]+(\.[0-9]+)?", value):
        raise ValueError(f"the value of fault {kind} is a number, not {value!r}")
    if is_status:
        web.page(int(is_status["status"]))  # raises ValueError for a status that HTTP does not know
    usual = 1 if kind == AFTER_CHANGES else None
    times = int(found["times"]) if found["times"] else usual
    return Fault(kind=kind, value=value, times=times, skip=int(found["skip"] or 0), path=found["path"] or "")


class Faults:
    """`app` with the faults of `specs`. Raises ValueError for a spec that cannot be read.

    `recorded` returns a number that is another one after each change that the application made in this thread; without
    it every call counts as a change.
    """

    def __init__(
        self, app: WSGIApplication, specs: Iterable[str], *, recorded: Callable[[], int] | None = None
    ) -> None:
        self._app = app
        self._recorded = recorded or count().__next__
        self._faults = tuple(map(parse, specs))
        self._seen = [0] * len(self._faults)
        self._lock = Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request, with a fault or without. Raises ConnectionLost, also from the body."""
        path = environ.get("PATH_INFO", "")
        fault = self._next(path)
        if fault is None:
            return self._carried_out(path, environ, start_response)
        call = Call(self._app, environ, start_response, fault.value)
        status = STATUS.fullmatch(fault.kind)
        if status:
            return _status(call, int(status["status"]), after=bool(status["after"]))
        return ACTIONS[fault.kind](call)

    def _carried_out(self, path: str, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Carry a call out, and lose its answer where it was a change that a fault waits for."""
        if not any(fault.kind == AFTER_CHANGES for fault in self._faults):
            return self._app(environ, start_response)
        call = Call(self._app, environ, start_response, "")
        before = self._recorded()
        status, headers, body = call.carry_out()
        fault = self._next(path, changed=True) if self._recorded() != before else None
        if fault is not None:
            raise ConnectionLost("after")
        start_response(status, headers)
        return [body]

    def _next(self, path: str, *, changed: bool = False) -> Fault | None:
        """Return the fault of this call, also of those for calls that `changed` something; count the call."""
        with self._lock:
            for place, fault in enumerate(self._faults):
                if fault.path not in path or (fault.kind == AFTER_CHANGES) is not changed:
                    continue
                self._seen[place] += 1
                number = self._seen[place] - fault.skip
                if number > 0 and (fault.times is None or number <= fault.times):
                    return fault
        return None


@dataclass(frozen=True)
class Call:
    """A call with a fault."""

    app: WSGIApplication
    environ: WSGIEnvironment
    start_response: StartResponse
    value: str

    def carry_out(self) -> tuple[str, list[tuple[str, str]], bytes]:
        """Run the application and return what it would have answered."""
        started: list[tuple[str, list[tuple[str, str]]]] = []
        written: list[bytes] = []

        def start_response(
            status: str, headers: list[tuple[str, str]], exc_info: object = None, /
        ) -> Callable[[bytes], object]:
            del exc_info
            started.append((status, headers))
            return written.append

        answer = self.app(self.environ, start_response)
        body = b"".join(answer)
        return (*started[-1], b"".join(written) + body)

    def answer(self, body: Iterable[bytes], **headers: str) -> Iterable[bytes]:
        """Answer 200 with something else than the application did."""
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        self.start_response("200 OK", list({"Content-Type": web.JSON, **named}.items()))
        return body


Action: TypeAlias = Callable[[Call], Iterable[bytes]]


def _bad_gzip(call: Call) -> Iterable[bytes]:
    _, _, body = call.carry_out()
    return call.answer([b"\x1f\x8b" + body], Content_Encoding="gzip", Content_Length=str(len(body) + 2))


def _drip(call: Call) -> Iterable[bytes]:
    status, headers, body = call.carry_out()
    call.start_response(status, headers)
    return _dripping(body, float(call.value))


def _dripping(body: bytes, seconds: float) -> Iterator[bytes]:
    for place in range(len(body)):
        sleep(seconds)
        yield body[place : place + 1]


def _empty(call: Call) -> Iterable[bytes]:
    call.carry_out()
    return call.answer([], Content_Length="0")


def _endless(call: Call) -> Iterable[bytes]:
    call.carry_out()
    return call.answer(_growing())


def _growing() -> Iterator[bytes]:
    yield b'{"orders":['
    while True:
        yield b'{"orderid":"1"},' * 4096


def _gzip_bomb(call: Call) -> Iterable[bytes]:
    call.carry_out()
    return call.answer(_bomb(int(float(call.value))), Content_Encoding="gzip")


def _bomb(megabytes: int) -> Iterator[bytes]:
    """Yield the gzip of so many megabytes of spaces: one compressed block, sent again and again."""
    block = b" " * BLOCK
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = deflate.compress(block) + deflate.flush(zlib.Z_FULL_FLUSH)
    checksum = 0
    yield b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
    for _ in range(megabytes):
        checksum = zlib.crc32(block, checksum)
        yield packed
    yield deflate.flush() + struct.pack("<II", checksum, megabytes * BLOCK & 0xFFFFFFFF)


def _half_body(call: Call) -> Iterable[bytes]:
    status, headers, body = call.carry_out()
    call.start_response(status, headers)
    return _breaking(body[: len(body) // 2])


def _breaking(body: bytes) -> Iterator[bytes]:
    yield body
    raise ConnectionLost("after")


def _html(call: Call) -> Iterable[bytes]:
    call.carry_out()
    return web.send(
        web.Answer(content_type=web.HTML, body=b"<html><body>We will be back soon</body></html>\n"),
        call.start_response,
    )


def _late_commit(call: Call) -> Iterable[bytes]:
    body = web.read(call.environ).body
    later = {**call.environ, "CONTENT_LENGTH": str(len(body)), "wsgi.input": BytesIO(body)}

    def commit() -> None:
        sleep(float(call.value))
        Call(call.app, later, call.start_response, "").carry_out()

    Thread(target=commit, daemon=False).start()  # the process does not end before the deed is done
    raise ConnectionLost("before")


def _lose(when: Literal["before", "after"], *, reset: bool = False) -> Action:
    def lose(call: Call) -> Iterable[bytes]:
        if when == "after":
            call.carry_out()
        raise ConnectionLost(when, reset=reset)

    return lose


def _redirect(call: Call) -> Iterable[bytes]:
    page = web.page(302)
    return web.send(
        web.Answer(status=302, content_type=page.content_type, body=page.body, headers={"Location": call.value}),
        call.start_response,
    )


def _slow(call: Call) -> Iterable[bytes]:
    status, headers, body = call.carry_out()
    sleep(float(call.value))
    call.start_response(status, headers)
    return [body]


def _status(call: Call, status: int, *, after: bool) -> Iterable[bytes]:
    if after:
        call.carry_out()
    page = web.page(status)
    headers = {"Retry-After": call.value} if call.value else {}
    answer = web.Answer(status=status, content_type=page.content_type, body=page.body, headers=headers)
    return web.send(answer, call.start_response)


ACTIONS: Mapping[str, Action] = {
    "bad-gzip": _bad_gzip,
    "commit-then-drop": _lose("after"),
    "drip": _drip,
    "empty": _empty,
    "endless": _endless,
    "gzip-bomb": _gzip_bomb,
    "half-body": _half_body,
    "html": _html,
    "late-commit": _late_commit,
    "lost-after": _lose("after"),
    "lost-before": _lose("before"),
    "redirect": _redirect,
    "reset": _lose("before", reset=True),
    "reset-after": _lose("after", reset=True),
    "slow": _slow,
}


def _known() -> str:
    return f"there are: {'; '.join(KINDS)}"
