"""api: a raw call through the vendor's own authentication, for what no command covers."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import parse_qsl, unquote

import typer

from orderctl.app import App
from orderctl.backend.contract import Backend
from orderctl.backend.fields import nearest
from orderctl.drafts import parse_parameters
from orderctl.errors import OrderctlError, PermissionDenied, Problem, Unsupported, UsageError
from orderctl.output.text import safe_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderctl.http import Reply, Request

METHODS = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")

CONTENT_TYPES = {"<": "application/xml", "[": "application/json", "{": "application/json"}
"""What a body is, by its first character; anything else is a form."""

FORM = "application/x-www-form-urlencoded"


def command(
    app: App,
    method: Annotated[str, typer.Argument(metavar="METHOD", help="GET, POST, …")],
    path: Annotated[str, typer.Argument(metavar="PATH", help="Below the profile's url, with or without a query.")],
    *,
    set: Annotated[  # noqa: A002  (the option's name)
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="A parameter; KEY:=JSON; KEY=@FILE. Repeatable."),
    ] = None,
    body: Annotated[
        str | None, typer.Option("--body", metavar="TEXT|@FILE", help="The body, sent unchanged; @- is standard input.")
    ] = None,
) -> int:
    r"""Send a raw, authenticated request and print the answer's body as it came.

    Examples:
        orderctl api GET /api/orders/get/ --set orderid=82806
        orderctl api POST /api/orders/update/ --yes \
            --set orderid=82806 --set comments=hello \
            --set 'productArray:=[{"id": 1, "count": 2}]'
        orderctl api POST /api/orders/add/ --yes \
            --set dataFromBody=1 --body @order.json

    The vendor's login is added. KEY:=JSON is sent as JSON where the vendor takes JSON; in a form or a query its lists
    and objects become KEY[0][NAME]. A request that may change something needs --yes and is never repeated; at some
    vendors (OneBox) a GET can change orders too. The exit code depends on the HTTP status only: a refusal with status
    200 is exit code 0 here.
    """
    verb = method.upper()
    if verb not in METHODS:
        raise UsageError(f"{method} is not an HTTP method", hint=nearest(verb, METHODS))
    if verb in {"GET", "HEAD"} and body is not None:
        raise UsageError(f"a {verb} has no body", hint="give parameters with --set KEY=VALUE")
    place, params = _split(app, path, set or [])
    reads = app.vendor.raw_reads
    if reads is None:
        raise Unsupported(
            f"{app.vendor.title} takes no raw calls", hint=f"what it can: orderctl vendors {app.vendor.name}"
        )
    if not reads(verb, place):
        if not app.common.yes and not app.common.dry_run:
            raise UsageError(
                f"{verb} {place} may change something at {app.vendor.title}",
                hint="add --yes; with --dry-run you see what would be sent",
                code="usage.not_confirmed",
            )
        app.allow_write(f"send {verb} {place}")
    content = None if body is None else _body(app, body)
    content_type = FORM if content is None else CONTENT_TYPES.get(content.lstrip()[:1].decode("latin-1"), FORM)
    sender = app.sender()
    from orderctl.http import Effect, Request, problem  # noqa: PLC0415  (a third of the start-up)

    def request() -> Request:
        return sender.backend.raw(verb, place, params=params, body=content, content_type=content_type)

    if app.common.dry_run:
        sender.client.write(request())  # it is kept, and goes nowhere
    reply = _read(sender.backend, request) if reads(verb, place) else sender.raw(request())
    text = reply.body.decode("utf-8", "backslashreplace")
    effect = Effect.READ if reads(verb, place) else Effect.WRITE
    sent = f"{verb} {place} was sent, and answered with HTTP {reply.status}" if effect is Effect.WRITE else ""
    _print(app, text, sent)
    app.output.detail(f"HTTP {reply.status}")
    failure = problem(reply, Request(method=verb, url=place, purpose=f"{verb} {place}"), effect)
    if failure is not None:
        raise failure
    if effect is Effect.WRITE and sender.backend.expired(reply):
        raise PermissionDenied(
            f"{verb} {place}: {app.vendor.title} rejected the session, or the login lacks permission; nothing was done",
            hint="it was sent once; run it again, which logs in first",
        )
    return 0


def _print(app: App, text: str, sent: str) -> None:
    """Print an answer's body. Where that fails, `sent` says on standard error what was done; then it raises."""
    terminal = sys.stdout is not None and sys.stdout.isatty()
    try:
        app.output.text("\n".join(map(safe_text, text.split("\n"))) if terminal else text)
        app.output.close()
    except OrderctlError:
        if sent:
            app.output.warning(sent)
        raise


def _read(backend: Backend, request: "Callable[[], Request]") -> "Reply":
    """Return the answer to a call that only reads; a session that is over is renewed once."""
    reply = backend.connection.reader.read(request())
    if backend.expired(reply) and backend.renew():
        reply = backend.connection.reader.read(request())
    return reply


def _split(app: App, path: str, given: list[str]) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return the path without its query, and all parameters. It stays below the profile's url: no other host."""
    place, _, query = path.partition("?")
    if not place.startswith("/") or place.startswith("//") or any(c in place for c in "#\\") or not place.isprintable():
        raise UsageError(
            f"PATH {path!r} is not a path below the profile's url",
            hint="it begins with one /, such as /api/orders/get/",
            fields=[Problem("PATH", "must begin with one /")],
        )
    if any(unquote(segment) in {".", ".."} for segment in place.split("/")):
        raise UsageError(f"PATH {path!r} contains . or ..", hint="write the path without them")
    params = parse_qsl(query, keep_blank_values=True)
    params += parse_parameters(given)
    for key, _ in params:
        if key in {secret.name for secret in app.vendor.secrets}:
            raise UsageError(f"{key} is added by itself", hint="it comes from: orderctl auth login")
    return place, tuple(params)


def _body(app: App, given: str) -> bytes:
    """Return the body: the text itself, a file's content, or standard input's."""
    if not given.startswith("@"):
        return given.encode("utf-8", "surrogateescape")
    try:
        if given != "@-":
            return Path(given[1:]).read_bytes()
        if app.common.secrets_stdin:
            raise UsageError("--body @- and --secrets-stdin both need standard input")
        return sys.stdin.buffer.read() if sys.stdin is not None else b""
    except OSError as error:
        raise UsageError(f"--body {given}: cannot be read ({error.strerror or error})") from error
