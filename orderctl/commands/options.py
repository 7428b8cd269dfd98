"""Options that several commands share, written down once; and how their texts become values."""

import datetime as dt
import os
import re
import signal
import stat
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer

from orderctl.app import App
from orderctl.backend.fields import parse_moment
from orderctl.backend.vendor import Capability, Duplicates
from orderctl.errors import DeadlinePassed, Problem, UsageError
from orderctl.model import OrderKey, Query, Setting
from orderctl.words import ORDER

if TYPE_CHECKING:
    from orderctl.drafts import DraftOptions
    from orderctl.read.wait import Wait


def _word(name: str, option: str = "") -> Any:
    """Return the option that gives a word of an order."""
    word = next(word for word in ORDER if word.name == name)
    return typer.Option(option or word.option, metavar=word.sample or None, help=word.help)


Ids = Annotated[
    list[str] | None, typer.Argument(metavar="[ID...]", help="Orders, by id; - reads ids from standard input.")
]
Id = Annotated[str | None, typer.Argument(metavar="[ID]", help="The order, by id.")]
References = Annotated[
    list[str] | None,
    typer.Option("--reference", metavar="R", help="An order, by your own order number, in place of ids. Repeatable."),
]
ByReference = Annotated[
    list[str] | None,
    typer.Option("--reference", metavar="R", help="The order, by your own order number, in place of its ID."),
]
MaxAffected = Annotated[
    str | None,
    typer.Option("--max-affected", metavar="N", help="How many orders may be changed; needed for more than 100."),
]
WaitFor = Annotated[
    str | None,
    typer.Option("--wait", metavar="STATUS", help="Wait until it has this status: 10 minutes at most (exit 124)."),
]
Reference = Annotated[str | None, _word("reference")]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="A vendor's own field; KEY:=JSON, KEY=@FILE. Repeatable."),
]
Wide = Annotated[bool, typer.Option("--wide", help="On a terminal: every column and field, nothing cut.")]
Bom = Annotated[bool, typer.Option("--bom", help="With -o csv: a byte-order mark first, for Excel.")]
Title = Annotated[str | None, _word("title")]
Note = Annotated[str | None, _word("note")]
Customer = Annotated[str | None, _word("customer")]
CustomerName = Annotated[str | None, _word("customer_name")]
Email = Annotated[str | None, _word("email")]
Phone = Annotated[str | None, _word("phone")]
Address = Annotated[str | None, _word("address")]
Due = Annotated[str | None, _word("due")]
Currency = Annotated[str | None, _word("currency")]
Total = Annotated[str | None, _word("total")]
Status = Annotated[str | None, _word("status")]
Paid = Annotated[bool | None, _word("paid", "--paid/--unpaid")]
Line = Annotated[
    list[str] | None,
    typer.Option(
        "--line",
        metavar="'sku=S,quantity=N,price=N'",
        help="An order line: sku, id, name, quantity, price, a vendor's field; or '{JSON}'. Repeatable.",
    ),
]
File = Annotated[
    list[str] | None,
    typer.Option("--file", metavar="[FIELD=]PATH", help="Attach a file, where the vendor supports it."),
]
Jobs = Annotated[
    str | None,
    typer.Option(
        "--jobs",
        metavar="N",
        help="Orders sent at once, 1 to 32 (default: 4 where the vendor refuses a duplicate, else 1).",
    ),
]
JobsOfIds = Annotated[
    str | None,
    typer.Option(
        "--jobs",
        metavar="N",
        help="Orders sent at once, 1 to 32 (default: 1; with ids from -, as for create).",
    ),
]
MaxErrors = Annotated[
    str | None,
    typer.Option("--max-errors", metavar="N", help="Start no more orders after N have failed."),
]

FileFormat = Annotated[
    str | None, typer.Option("--format", metavar="F", help="The file's format: csv, json, jsonl or xlsx.")
]
Map = Annotated[
    str | None, typer.Option("--map", metavar="NAME|FILE", help="The mapping that reads the file, or none.")
]
With = Annotated[
    str | None, typer.Option("--with", metavar="FILE", help="The second file of a mapping that reads two.")
]
Columns = Annotated[
    str | None, typer.Option("--columns", metavar="OURS=THEIRS,…", help="How the file's headings map to ours.")
]
Encoding = Annotated[str | None, typer.Option("--encoding", metavar="E", help="The file's encoding (default: utf-8).")]
Delimiter = Annotated[
    str | None,
    typer.Option("--delimiter", metavar="C", help="The character between a CSV's cells, or tab (default: found)."),
]
Numbers = Annotated[
    str | None, typer.Option("--numbers", metavar="EXAMPLE", help="How numbers are written: 1.234,56 or 1,234.56.")
]
Dates = Annotated[
    str | None, typer.Option("--dates", metavar="FORMAT", help="How dates are written, such as DD/MM/YYYY.")
]
IgnoreColumns = Annotated[
    bool, typer.Option("--ignore-columns", help="Ignore columns of lines and amounts that are not mapped.")
]
Settled = Annotated[
    str | None,
    typer.Option("--settled", metavar="SECONDS", help="Read the file only if it has not changed for SECONDS."),
]
SkipInvalid = Annotated[
    bool, typer.Option("--skip-invalid", help="Send the valid orders of a file. Exit 7 if some are left out, 2 if all.")
]
Rejects = Annotated[
    str | None,
    typer.Option(
        "--rejects", metavar="FILE", help="Write the orders that are invalid, refused or in conflict to FILE."
    ),
]
Results = Annotated[
    str | None,
    typer.Option("--results", metavar="FILE", help="Append the result of each order to a file of JSON Lines."),
]

MAX_JOBS = 32

JOBS = 4
"""How many writes are under way at once where the vendor refuses a second order of a reference."""

SPAN = re.compile(r"([0-9]{1,5})([wdhm])")
"""The length of a time: 7d."""

UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes"}

NAMED = 5
"""So many of several orders are named in a question."""

UNASKED = 100
"""So many orders are changed by one command without --max-affected."""


def draft_options(**given: Any) -> "DraftOptions":
    """Return the options that make a draft, lists as tuples."""
    from orderctl.drafts import DraftOptions  # noqa: PLC0415  (get and list need none)

    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list | tuple) else v for k, v in given.items()}
    return DraftOptions(**values)


def sort(text: str | None) -> tuple[str | None, bool]:
    """Return the key of --sort, and whether the largest comes first. Raises UsageError for another direction."""
    key, _, direction = (text or "").partition(":")
    if direction not in {"", "asc", "desc"}:
        raise UsageError(f"--sort {text}: ends in :asc or :desc")
    return key or None, direction == "desc"


def settings(texts: Sequence[str] | None) -> dict[str, Setting]:
    """Return the vendor's settings that --set names. Raises UsageError for one that cannot be read."""
    if not texts:
        return {}
    from orderctl.drafts import parse_settings  # noqa: PLC0415  (most commands are given none)

    return parse_settings(texts)


def keys(app: App, ids: list[str] | None, references: list[str] | None) -> list[OrderKey]:
    """Return the orders that a command line names: by id, or all of them by reference.

    Raises UsageError for both or neither, and where the profile names too little to look a reference up; Unsupported
    where the vendor knows none.
    """
    if bool(ids) == bool(references):
        raise UsageError(
            "name orders by ID or by --reference, not by both" if ids else "no order is named",
            hint="give its ID, or --reference R",
        )
    if not references:
        return [OrderKey(id=order_id) for order_id in read_ids(app, ids or [])]
    if not all(reference.strip() for reference in references):
        raise UsageError("a reference is empty; nothing was sent", fields=[Problem("--reference", "is empty")])
    for reference in references:
        refuse(unsearchable(app, reference), "the search", app, "list")
    return [OrderKey(reference=reference) for reference in references]


def unsearchable(app: App, reference: str) -> tuple[Problem, ...]:
    """Return why no order can be looked up by a reference with this profile. Raises Unsupported, ConfigError."""
    app.vendor.require(Capability.FIND)
    return tuple(app.vendor.check_query(Query(reference=reference), app.profile))


def key(app: App, order_id: str | None, references: list[str] | None) -> OrderKey:
    """Return the one order that a command line names. Raises as `keys`, and UsageError for several."""
    if references and len(references) > 1:
        raise UsageError(
            f"--reference is given {len(references)} times; this command takes one order",
            fields=[Problem("--reference", "is given more than once")],
        )
    if order_id is not None and not references:
        return OrderKey(id=one_id(order_id))
    return keys(app, None if order_id is None else [order_id], references)[0]


def once(app: App, orders: Sequence[OrderKey]) -> list[OrderKey]:
    """Return each order once: a list that moved on while it was read may name one twice, and nothing is done twice."""
    found = list(dict.fromkeys(orders))
    if len(found) < len(orders):
        app.output.note(f"{len(orders) - len(found)} of {len(orders)} orders are named twice; each is used once")
    return found


def named(orders: Sequence[OrderKey], total: int | None = None) -> str:
    """Return which orders, as a question says it: of several the first few, and how many more.

    `total` is how many there are where `orders` are only the first.

    >>> named([OrderKey(id="5")]), named([OrderKey(id=str(n)) for n in range(1, 12)])
    ('order 5', '11 orders (1, 2, 3, 4, 5 and 6 more)')
    """
    count = len(orders) if total is None else total
    if count == 1:
        one = orders[0]
        return f"order {one.id}" if one.id is not None else f"the order with the reference {one.reference}"
    if not count:
        return "no order"
    first = [str(order.reference if order.id is None else order.id) for order in orders[:NAMED]]
    more = f" and {count - len(first):,} more" if count > len(first) else ""
    return f"{count:,} orders ({', '.join(first)}{more})"


def limit_affected(number: int, most: str | None) -> None:
    """Raise UsageError where more orders are named than one command changes unasked, or than --max-affected says."""
    if most is None and number > UNASKED:
        raise UsageError(
            f"this would change {number} orders; more than {UNASKED} need --max-affected; nothing was sent",
            hint=f"to confirm, add --max-affected {number}",
            fields=[Problem("--max-affected", f"is needed for {number} orders")],
        )
    if most is not None and number > whole_number(most, "--max-affected"):
        raise UsageError(
            f"this would change {number} orders, more than --max-affected {most}; nothing was sent",
            fields=[Problem("--max-affected", f"is less than {number}")],
        )


def read_ids(app: App, ids: Iterable[str]) -> Iterator[str]:
    """Yield the ids of a command line; `-` means those on standard input, one a line.

    Raises UsageError, and before anything is read where standard input has the secrets: they would be read as ids.
    """
    for order_id in ids:
        if order_id == "-":
            if app.common.secrets_stdin:
                raise UsageError(
                    "the ids and --secrets-stdin both need standard input; nothing was read",
                    hint="keep the secrets in a file: orderctl help credentials",
                )
            if sys.stdin is None:
                raise UsageError("there is no standard input to read ids from")
            try:
                yield from (line.strip() for line in sys.stdin if line.strip())
            except UnicodeDecodeError:
                raise UsageError("the ids on standard input are not UTF-8 text") from None
        else:
            yield one_id(order_id)


def one_id(order_id: str) -> str:
    """Return an id. Raises UsageError for a blank one, which an unset variable of a shell script leaves."""
    if not order_id.strip():
        raise UsageError("an id is empty; nothing was sent", fields=[Problem("ID", "is empty")])
    return order_id


def moment(text: str | None, option: str, zone: dt.tzinfo, *, end_of_day: bool = False) -> dt.datetime | None:
    """Return an option's time in UTC; a bare date is that day's start in the profile's zone, or the next day's.

    It may be relative to now: today, yesterday, 7d, 12h.
    """
    if text is None:
        return None
    try:
        value = _from_now(text, zone) or parse_moment(text, zone)
        if isinstance(value, dt.datetime):
            return value + dt.timedelta(microseconds=1) if end_of_day else value
        day = value + dt.timedelta(days=1) if end_of_day else value
        return dt.datetime.combine(day, dt.time(), tzinfo=zone).astimezone(dt.UTC)
    except OverflowError:
        raise UsageError(f"{option} {text}: is out of range") from None
    except ValueError as error:
        raise UsageError(
            f"{option}: {error}", hint="also: today, yesterday, 7d, 12h", fields=[Problem(option, str(error))]
        ) from None


def since(text: str | None, option: str, zone: dt.tzinfo, now: dt.datetime) -> dt.datetime | None:
    """Return an option's time in UTC, as `moment`, or so long before `now`: 7d, 12h, 30m."""
    if text is None or not SPAN.fullmatch(text):
        return moment(text, option, zone)
    return now - span(text, option)


def span(text: str, option: str) -> dt.timedelta:
    """Return the length of a time: 90d, 12h, 30m. Raises UsageError."""
    found = SPAN.fullmatch(text)
    if found is None:
        raise UsageError(
            f"{option} {text}: needs a number with w, d, h or m, such as 90d", fields=[Problem(option, "90d")]
        )
    return dt.timedelta(**{UNITS[found[2]]: int(found[1])})


def _from_now(text: str, zone: dt.tzinfo) -> dt.datetime | dt.date | None:
    """Return a time that is given relative to now, None where it is given otherwise."""
    now = dt.datetime.now(dt.UTC)
    if text in {"today", "yesterday"}:
        return now.astimezone(zone).date() - dt.timedelta(days=text == "yesterday")
    return now - span(text, "") if SPAN.fullmatch(text) else None


def count(limit: str | None) -> int | None:
    """Return the number of a --limit, None without one."""
    return None if limit is None else whole_number(limit, "--limit")


def whole_number(text: str, option: str) -> int:
    """Return the number of an option that counts orders. Raises UsageError."""
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:12]) < 10**9:
        raise UsageError(f"{option} {text}: needs a whole number from 1 to 999999999")
    return int(text)


def wait(app: App, status: str | None) -> "Wait | None":
    """Return the wait for a --wait, None without one or in a dry run. Raises UsageError for an empty status."""
    if status is None:
        return None
    if not status.strip():
        raise UsageError("--wait needs a status", fields=[Problem("--wait", "is empty")])
    if app.common.dry_run:
        return None
    from orderctl.read.wait import Wait  # noqa: PLC0415  (only where something is waited for)

    return Wait(status, clock=app.client.clock)


def most_errors(given: str | None) -> int | None:
    """Return the number of --max-errors, None without one."""
    return None if given is None else whole_number(given, "--max-errors")


def jobs(app: App, given: str | None) -> int:
    """Return how many orders are written at once: the number of --jobs, or what is safe at the profile's vendor."""
    if given is None:
        return JOBS if app.vendor.second_create(app.profile) is Duplicates.REFUSED else 1
    number = whole_number(given, "--jobs")
    if number > MAX_JOBS:
        raise UsageError(f"--jobs {given}: takes a whole number from 1 to {MAX_JOBS}")
    return number


def refuse(problems: Iterable[Problem], what: str, app: App, call: str) -> None:
    """Raise UsageError with every problem of a call, if there is one; nothing has been sent."""
    found = tuple(problems)
    if found:
        message = str(found[0]) if len(found) == 1 else f"{what} has {len(found)} problems"
        raise UsageError(
            f"{message}; nothing was sent",
            hint=f"what {app.vendor.title} takes: orderctl schema {app.vendor.name} {call}",
            fields=found,
        )


def stdin(app: App, source: str) -> BinaryIO | None:
    """Return standard input where `source` is `-`. Raises UsageError where secrets are read from it."""
    if app.common.secrets_stdin and (source == "-" or _is_stdin(source)):
        raise UsageError(
            f"--from {source} and --secrets-stdin both need standard input", hint="put one of them in a file"
        )
    if source != "-":
        return None
    return sys.stdin.buffer if sys.stdin is not None else None


def _is_stdin(source: str) -> bool:
    """Return whether a file is standard input by another name, such as /dev/stdin."""
    try:
        return os.path.samestat(os.fstat(0), Path(source).stat())
    except (OSError, ValueError):
        return False


def separate_files(
    app: App, source: str | None = None, *, rejects: str | None = None, results: str | None = None
) -> None:
    """Raise UsageError where --trace is a file that the command reads or writes, or one of them is the journal."""
    trace = app.common.trace
    with suppress(OSError, ValueError):
        if trace is not None and not stat.S_ISREG(Path(trace).stat().st_mode):
            trace = None  # a terminal, or /dev/null, may be named twice
    if trace is None and results is None and rejects is None:
        return
    from orderctl.drafts.source import same_file  # noqa: PLC0415  (only where files are named)

    for other in (source, rejects, results):
        if trace and other and (same_file(other, stdin(app, other), Path(trace)) or Path(other) == Path(trace)):
            raise UsageError(f"--trace {trace} is another file of this command: {other}; nothing was sent")
    for option, path in (("--trace", trace), ("--results", results), ("--rejects", rejects)):
        if path and app.is_journal(path):
            raise UsageError(f"{option} {path} is the journal; name another file; nothing was sent")


def port(text: str) -> int:
    """Return the number of a --port; 0 is any free one."""
    if not (text.isascii() and text.isdigit() and int(text[:9]) < 65536):
        raise UsageError(f"--port {text}: needs a number from 0 to 65535")
    return int(text)


def ended(number: int | None) -> int:
    """Return the exit code of a server that a signal ended. Raises DeadlinePassed where that was the deadline's."""
    if number is not None and number == getattr(signal, "SIGALRM", None):
        raise DeadlinePassed("the run's deadline passed")
    return 128 + number if number else 0
