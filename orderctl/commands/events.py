"""events: the order changes that vendors pushed, as `listen` has received them."""

import datetime as dt
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from orderctl.app import App
from orderctl.commands import options
from orderctl.errors import NotFound, PartlyDone, UsageError
from orderctl.output.documents import event_document, item_error
from orderctl.output.jsontext import pretty

if TYPE_CHECKING:
    from orderctl.events.inbox import Inbox, Stored
    from orderctl.output.shapes import EventDocument

LIMIT = 100
"""Events listed without --limit or --all."""

Since = Annotated[str | None, typer.Option("--since", metavar="DATE", help="Received on or after.")]
Unacked = Annotated[bool, typer.Option("--unacked", help="Only those that were not acknowledged yet.")]
Kind = Annotated[str | None, typer.Option("--kind", metavar="KIND", help="Only this kind, in the vendor's word.")]
After = Annotated[str | None, typer.Option("--after", metavar="ID", help="Start after this event.")]
Ids = Annotated[list[str], typer.Argument(metavar="ID...", help="Events, by id; - reads ids from standard input.")]


def list(  # noqa: A001  (the command's name)
    app: App,
    *,
    since: Since = None,
    unacked: Unacked = False,
    kind: Kind = None,
    limit: Annotated[str | None, typer.Option("--limit", metavar="N", help="At most N events (default: 100).")] = None,
    all: Annotated[  # noqa: A002  (the option's name)
        bool, typer.Option("--all", help="List all, not only the first 100.")
    ] = False,
    after: After = None,
) -> int:
    """List the received order changes, oldest first; -p shows one profile's only.

    Examples:
        orderctl events list --unacked
        orderctl events list -p field --since 2026-03-01 --all -o jsonl
    """
    most = None if all else options.count(limit) or LIMIT
    found = _chosen(app, app.inbox(), since=since, unacked=unacked, kind=kind, after=after)
    last = None
    with app.output.rows("event") as rows:
        for event in islice(found, most):
            rows.add(event_document(event))
            last = str(event.id)
        more = most is not None and next(found, None) is not None
        rows.finish(complete=not more, next=last if more else None)
    return 0


def show(
    app: App,
    id: Annotated[str, typer.Argument(metavar="ID", help="The event, by id.")],  # noqa: A002  (the argument's name)
    *,
    raw: Annotated[bool, typer.Option("--raw", help="Add the request's body as it came.")] = False,
) -> int:
    """Show one event, with the order as the vendor sent it.

    Examples:
        orderctl events show 17
        orderctl events show 17 -o json
    """
    event = app.inbox().get(_number(id))
    if event is None:
        raise _missing(id)
    document = _whole(app, event, raw=raw)
    if app.output.format == "table" and not app.output.fields:
        data = document.pop("data")
        app.output.one("event", document)
        app.output.text(f"\n{pretty(data)}")
    else:
        app.output.one("event", document)
    return 0


def ack(app: App, ids: Ids) -> int:
    """Acknowledge events as processed: --unacked does not show them any more.

    Examples:
        orderctl events ack 17 18
        orderctl events list --unacked -o ids | orderctl events ack -

    An event that was acknowledged before stays as it is.
    """
    inbox = app.inbox()
    wanted = {text: _number(text) for text in options.read_ids(app, ids)}
    known = {text: number for text, number in wanted.items() if inbox.get(number)}
    if app.common.dry_run:
        app.output.note(f"would acknowledge {len(known)} of {len(wanted)} events")
        return 0
    inbox.ack(known.values())
    with app.output.rows("event", written=True) as rows:
        for text, number in wanted.items():
            event = inbox.get(number)
            if event is None:
                rows.error(item_error(_missing(text), id=text))
            else:
                rows.add(event_document(event))
        rows.finish()
    if len(known) == len(wanted):
        return 0
    return PartlyDone.exit_code if known else NotFound.exit_code


def export(
    app: App,
    *,
    since: Since = None,
    unacked: Unacked = False,
    kind: Kind = None,
    limit: Annotated[str | None, typer.Option("--limit", metavar="N", help="At most N events.")] = None,
    after: After = None,
    raw: Annotated[bool, typer.Option("--raw", help="Add each request's body as it came.")] = False,
    ack: Annotated[
        bool, typer.Option("--ack", help="Only unacknowledged events; acknowledge them after all are written.")
    ] = False,
) -> int:
    """Print whole events for another program, one JSON document a line, oldest first.

    Examples:
        orderctl events export --ack > events.jsonl
        orderctl events export -p field --since 2026-03-01 --limit 1000

    With --ack events are acknowledged only after all were written. After a failure the next run prints them again.
    """
    inbox = app.inbox()
    found = _chosen(app, inbox, since=since, unacked=unacked or ack, kind=kind, after=after)
    written = []
    with app.output.rows("event", table="jsonl") as rows:
        for event in islice(found, options.count(limit)):
            rows.add(_whole(app, event, raw=raw))
            written.append(event.id)
        rows.finish()
    app.output.keep()
    if ack and not app.common.dry_run:
        inbox.ack(written)
        app.output.note(f"{len(written)} {'event' if len(written) == 1 else 'events'} acknowledged")
    return 0


def _chosen(
    app: App, inbox: "Inbox", *, since: str | None, unacked: bool, kind: str | None, after: str | None
) -> "Iterator[Stored]":
    """Return the events that the options ask for; those of one profile only where it was named."""
    named = app.profile_named is not None
    zone = app.profile.zone if named else dt.UTC
    return inbox.events(
        profile=app.profile.name if named else None,
        since=options.moment(since, "--since", zone),
        kind=kind,
        unacked=unacked,
        after=0 if after is None else _number(after),
    )


def _whole(app: App, event: "Stored", *, raw: bool) -> "EventDocument":
    """Return an event with its data; warn where that is not JSON."""
    document = event_document(event, data=True, raw=raw)
    if isinstance(document["data"], str):
        app.output.warning(f"event {event.id}: its data cannot be read as JSON; it is shown as text")
    return document


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise UsageError(f"{text!r} is not the id of an event", hint="see: orderctl events list")
    return int(text)


def _missing(text: str) -> NotFound:
    return NotFound(f"there is no event {text}", hint="see: orderctl events list", code="event.not_found")
