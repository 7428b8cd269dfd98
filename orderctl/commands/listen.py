"""listen: takes the order changes that a vendor pushes into the inbox."""

from collections import Counter
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING, Annotated

import typer

from orderctl.app import App
from orderctl.commands import options
from orderctl.errors import OrderctlError, Unsupported, UsageError
from orderctl.output.jsontext import compact

if TYPE_CHECKING:
    from orderctl.output.output import Output

GRACE = 5.0
"""Seconds that requests under way get to end: Qince waits no longer for its answer."""

PATIENCE = 2.0
"""Seconds that a request waits for the inbox: once for other threads and once for other processes, with an answer due
in 5."""

SLOWEST = 5.0
"""Seconds that a request may take to arrive."""

MAX_HEAD = 16_384
"""Bytes that a request may have before its body."""

CONNECTIONS = 400
"""Connections that may be open; one more replaces the one that has been silent for most time."""

IDLE = 30
"""Seconds that a connection may be idle."""

THREADS = 64
"""Requests answered at once. Those that wait for the disk are committed together, so more threads cost no more."""


def command(
    app: App,
    *,
    port: Annotated[
        str, typer.Option("--port", metavar="N", help="The port to listen on (default: 8090); 0 is any free one.")
    ] = "8090",
    host: Annotated[
        str, typer.Option("--host", metavar="ADDRESS", help="Where to listen (default: 127.0.0.1, this machine only).")
    ] = "127.0.0.1",
    rotate: Annotated[
        bool, typer.Option("--rotate", help="Make a new secret path; listeners use it from their next start.")
    ] = False,
) -> int:
    """Receive the order changes that a vendor pushes, until Ctrl-C or SIGTERM; requests under way are answered first.

    Examples:
        orderctl listen -p field --port 8090
        orderctl listen -p field --rotate
        orderctl events list --unacked

    The url is printed as soon as it answers. Its last part is a secret, generated once for each profile. Give the
    vendor the public url of a web server with TLS that passes requests on to it. An event is acknowledged when it is on
    the disk; one that comes again is acknowledged and not stored again. Where the profile has a secret for pushed
    changes (Qince: pushsecret), events without a valid digest are refused. See: orderctl help pushed-orders
    """
    if app.common.dry_run:
        raise UsageError("listen does not support --dry-run")
    number = options.port(port)
    if not host:
        raise UsageError("--host is empty", hint="127.0.0.1 is this machine only, 0.0.0.0 is every address of it")
    profile, vendor, receive = app.profile, app.vendor, app.vendor.receive
    if receive is None:
        since = next((w for w in ("changed_since", "since") if w in vendor.remote_filters | vendor.local_filters), "")
        raise Unsupported(
            f"{vendor.title} pushes no order changes",
            hint=f"ask for them: orderctl list -p {profile.name} --{since.replace('_', '-')} DATE" if since else "",
        )
    secret = app.credentials.optional(profile, vendor, receive.secret)

    from orderctl import server  # noqa: PLC0415  (waitress is loaded for serving only)
    from orderctl.events.receiver import MAX_BYTES, Receiver  # noqa: PLC0415  (for serving only)

    inbox = app.inbox(patience=PATIENCE, serving=True)
    segment = inbox.segment(profile.name, rotate=rotate)
    log = _Log(app.output)
    receiver = Receiver(inbox, segment=segment, profile=profile, receiving=receive, secret=secret, report=log.report)
    try:
        served = server.Server(
            receiver, host=host, port=number, threads=THREADS, grace=GRACE, patience=SLOWEST, largest=MAX_BYTES + 1,
            longest_head=MAX_HEAD, connections=CONNECTIONS, idle=IDLE,
        )  # fmt: skip
    except OSError as error:
        raise UsageError(
            f"cannot listen on {host}, port {number}: {error.strerror or error}",
            hint="--port 0 takes any free one",
            code="listen.port",
        ) from error

    def ready(url: str) -> None:
        _announce(app, f"{url}/{segment}", digests=secret is not None)
        if host not in {*server.LOOPBACK, "localhost"}:
            app.output.warning(f"{host} is open to other machines: put a web server with TLS in front of it")
        if secret is None:
            app.output.warning(f"digests are not checked: profile {profile.name} has no {receive.secret}")
        app.output.note("listening until Ctrl-C")

    ended = server.serve(served, ready=ready)
    app.output.note(log.summary)
    return options.ended(ended)


class _Log:
    """What became of the requests: counted, and printed on standard error: refusals, and the others with --verbose."""

    def __init__(self, output: "Output") -> None:
        self._output = output
        self._counts: Counter[str] = Counter()
        self._lock = Lock()

    def report(self, what: str, line: str) -> None:
        """Count and print one request. Where standard error cannot be written, events are still received."""
        with self._lock, suppress(OrderctlError):
            self._counts[what] += 1
            (self._output.warning if what == "refused" else self._output.detail)(line)

    @property
    def summary(self) -> str:
        """How many requests came to what."""
        return ", ".join(f"{self._counts[what]} {what}" for what in ("stored", "replayed", "refused"))


def _announce(app: App, url: str, *, digests: bool) -> None:
    """Print the url, the only line of standard output."""
    document = {"schema": "orderctl.listen/1", "url": url, "profile": app.profile.name, "vendor": app.vendor.name,
            "digests": digests}  # fmt: skip
    app.output.text(compact(document) if app.output.format in {"json", "jsonl"} else url)
    app.output.close()
