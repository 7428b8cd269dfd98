"""listen: takes the order changes that a vendor pushes into the inbox."""

from collections import Counter
from threading import Lock
from typing import Annotated

import typer

from orderctl.app import App
from orderctl.commands import options
from orderctl.errors import Unsupported, UsageError
from orderctl.output.jsontext import compact

GRACE = 5.0
"""Seconds that requests under way get to end: Qince waits no longer for its answer."""

PATIENCE = 2.0
"""Seconds that a request waits for another process's hold on the inbox, twice at most: its own answer is due in 5."""

SLOWEST = 5.0
"""Seconds that a request may take to arrive."""

CONNECTIONS = 400
IDLE = 30
"""Seconds that a connection may say nothing."""

THREADS = 64
"""Requests answered at once. Those that wait for the disk are committed together, so more threads are no more work."""


def command(
    app: App,
    *,
    port: Annotated[
        str, typer.Option("--port", metavar="N", help="The port to listen on (8090 without it); 0 is any free one.")
    ] = "8090",
    host: Annotated[
        str, typer.Option("--host", metavar="ADDRESS", help="Where to listen (127.0.0.1: this machine only).")
    ] = "127.0.0.1",
    rotate: Annotated[
        bool, typer.Option("--rotate", help="Make a new secret path; the old url is refused from then on.")
    ] = False,
) -> int:
    """Receive the order changes that a vendor pushes, until Ctrl-C or SIGTERM; requests under way are answered first.

    Examples:
        orderctl listen -p field --port 8090
        orderctl listen -p field --rotate
        orderctl events list --unacked

    The url is printed once it answers; its last part is a secret, made once for each profile and kept. Give the vendor
    the public url of a web server with TLS that passes requests on to it. An event is acknowledged when it is on the
    disk; a replay is acknowledged and not kept again. Where the profile has a secret for pushed changes (Qince:
    pushsecret), events without its digest are refused. See: orderctl help pushed-orders
    """
    if app.common.dry_run:
        raise UsageError("a server has no dry run")
    number = options.port(port)
    profile, vendor = app.profile, app.vendor
    if vendor.receive is None:
        since = next((w for w in ("changed_since", "since") if w in vendor.filters | vendor.answered), "")
        raise Unsupported(
            f"{vendor.title} pushes no order changes",
            hint=f"ask for them: orderctl list -p {profile.name} --{since.replace('_', '-')} DATE" if since else "",
        )
    secret = app.credentials.optional(profile, vendor, vendor.receive.secret)

    from orderctl import server  # noqa: PLC0415  (waitress is loaded for serving only)
    from orderctl.receiver import LARGEST, Receiver  # noqa: PLC0415

    counts: Counter[str] = Counter()
    lock = Lock()

    def told(what: str, line: str) -> None:
        with lock:
            counts[what] += 1
            (app.output.warning if what == "refused" else app.output.detail)(line)

    def ready(url: str) -> None:
        url = f"{url}/{segment}"
        said = {"schema": "orderctl.listen/1", "url": url, "profile": profile.name, "vendor": vendor.name,
                "digests": secret is not None}  # fmt: skip
        app.output.text(compact(said) if app.output.format in {"json", "jsonl"} else url)
        app.output.close()
        if host not in {*server.LOOPBACK, "localhost"}:
            app.output.warning(f"{host} is not this machine only: let a web server with TLS stand before it")
        if secret is None:
            app.output.warning(f"digests are not checked: profile {profile.name} has no {receive.secret}")
        app.output.note("listening until Ctrl-C")

    receive = vendor.receive
    inbox = app.inbox(patience=PATIENCE)
    segment = inbox.segment(profile.name, rotate=rotate)
    receiver = Receiver(inbox, segment=segment, profile=profile, receiving=receive, secret=secret, told=told)
    try:
        served = server.Server(
            receiver, host=host, port=number, threads=THREADS, grace=GRACE, patience=SLOWEST,
            max_request_body_size=LARGEST + 1, max_request_header_size=16_384, connection_limit=CONNECTIONS,
            channel_timeout=IDLE, cleanup_interval=5,
        )  # fmt: skip
    except OSError as error:
        raise UsageError(
            f"cannot listen on {host}, port {number}: {error.strerror or error}",
            hint="--port 0 takes any free one",
            code="listen.port",
        ) from error
    ended = server.serve(served, ready=ready)
    app.output.note(", ".join(f"{counts[what]} {what}" for what in ("stored", "replayed", "refused")))
    return options.ended(ended)
