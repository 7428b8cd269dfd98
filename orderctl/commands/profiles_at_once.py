"""One list over several profiles: each is asked as it would be alone, and the one that fails hides no other.

It is beside `list`, whose options it uses, and not in a layer of its own.
"""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from itertools import islice
from typing import TYPE_CHECKING

from orderctl.app import App
from orderctl.backend.vendor import Capability
from orderctl.commands import options
from orderctl.commands.in_doubt import InDoubt
from orderctl.commands.list import planned, tell_empty
from orderctl.errors import (
    ConfigError,
    Conflict,
    CredentialError,
    NotFound,
    OrderctlError,
    PartlyDone,
    Refused,
    Temporary,
    Unsupported,
    UsageError,
)
from orderctl.frozen import dataclass, field, replace
from orderctl.model import Order, Query
from orderctl.output.documents import item_error, order_document
from orderctl.read import listing

if TYPE_CHECKING:
    from orderctl.commands.list import ListOptions
    from orderctl.output.rows import Rows

OF_ONE = (UsageError, ConfigError, CredentialError, NotFound, Conflict, Temporary, Unsupported, Refused)
"""Errors that are about one profile or its vendor; any other ends the run."""

Row = tuple[App, Order]


@dataclass()
class Ends:
    """How the list of each profile ended: `failures` in the order of the profiles, `cut` where one may have more."""

    failures: list[OrderctlError] = field(default_factory=list)
    good: int = 0
    cut: bool = False


def show(app: App, names: Sequence[str], asked: "ListOptions") -> int:
    """Print the orders of several profiles as one list; return 0, 7 where some failed, or the code that all had.

    Sorted, or newest first on a terminal, is all of it; else one profile follows the other, as they were named.
    """
    people = app.output.table_on_terminal
    most = options.count(asked.limit) or (None if asked.all or not people else listing.DEFAULT_LIMIT)
    app.output.check_fields("order")
    ends = Ends()
    with app.output.rows("order", profiles=True) as rows:
        doubts: dict[str, InDoubt] = {}
        reading = _rows(app, names, asked, ends, rows, doubts)
        found: Iterator[Row] = reading
        by = _order(asked, people=people)
        if by is not None:
            found = _sorted(list(found), by)
        for one, order in islice(found, most):
            profile = one.profile
            doubts[profile.name].of(order.id, order.reference)
            rows.add(order_document(order, profile=profile.name, vendor=profile.vendor, raw=asked.raw))
        ends.cut = next(found, None) is not None or ends.cut
        reading.close()
        rows.finish(complete=not (ends.cut or ends.failures), cut=_missing(ends, rows.count))
    codes = {error.exit_code for error in ends.failures}
    if not codes:
        if not rows.count:
            tell_empty(app, asked)
        return 0
    alone = ends.good == 0 == rows.count
    return codes.pop() if alone and len(codes) == 1 else PartlyDone.exit_code


def _rows(
    app: App, names: Sequence[str], asked: "ListOptions", ends: Ends, rows: "Rows", doubts: dict[str, InDoubt]
) -> Generator[Row]:
    """Yield the orders of each profile; what stops one is an error of the list."""
    for name in names:
        one = _opened(app, name)
        with closing(one):
            found = listing.Listing(iter(()))
            try:
                plan = planned(one, asked, people=app.output.table_on_terminal)
                backend = one.backend(Capability.PAGE)
                doubts[name] = InDoubt(one)
                found = listing.read(backend, plan, note=app.output.detail, now=one.client.clock.utc)
                for order in found.orders:
                    yield one, order
                ends.good += 1
                ends.cut = ends.cut or not found.complete
                one.note_end("list", 0)
            except OrderctlError as error:
                if not isinstance(error, OF_ONE):
                    raise
                failure = one.explain(error)
                if failure.hint:
                    failure.message = f"{failure.message}; {failure.hint}"
                ends.failures.append(failure)
                rows.error(item_error(failure, profile=name))
                one.note_end("list", failure.exit_code)
            for text in found.errors:
                rows.error(item_error(text, profile=name))


def _opened(app: App, name: str) -> App:
    """Return the app of one profile, which prints where the whole run does."""
    one = App(replace(app.common, profile=name), environ=app.environ, stop=app.stop)
    one.started = app.started
    one.__dict__.update(output=app.output, config=app.config)  # what is made on first use is made once
    return one


def _order(asked: "ListOptions", *, people: bool) -> Query | None:
    """Return what the whole list is sorted by, None where it is not."""
    key, descending = options.sort(asked.sort)
    if key:
        return Query(sort=key, descending=descending)
    return Query() if people and not asked.all else None


def _sorted(found: list[Row], by: Query) -> Iterator[Row]:
    """Yield the orders of all profiles in one order: the newest first where no key is named."""
    if by.sort is None:
        yield from sorted(found, key=lambda row: listing.age(row[1])[0], reverse=True)
        return
    owner = {id(order): one for one, order in found}
    for order in listing.in_order((order for _, order in found), by):
        yield owner[id(order)], order


def _missing(ends: Ends, count: int) -> str:
    """Return what a list says that lacks orders."""
    shown = f"{count} order{'' if count == 1 else 's'} shown"
    if ends.failures:
        number = len(ends.failures)
        return f"{shown}; {number} profile{'' if number == 1 else 's'} could not be listed to the end (see above)"
    return f"{shown}, there may be more; all: --all"
