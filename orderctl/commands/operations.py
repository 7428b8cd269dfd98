"""Which rows of the journal a command line names, and how they are as another process sees them."""

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING

from orderctl.app import App
from orderctl.backend import registry
from orderctl.commands import options
from orderctl.errors import ConfigError, Conflict, NotFound, Temporary, UsageError
from orderctl.frozen import replace
from orderctl.journal import runs
from orderctl.journal.entry import DOUBTED, UNRESOLVED, Entry, State
from orderctl.journal.journal import Journal
from orderctl.journal.store import Wanted
from orderctl.output.documents import operation_document
from orderctl.state.paths import state_folder

if TYPE_CHECKING:
    from orderctl.journal.sqlite import SqliteStore
    from orderctl.output.shapes import OperationDocument
    from orderctl.personal import Mask


FIRST = dt.datetime.min.replace(tzinfo=dt.UTC)
"""When a write was settled that never was."""


def of_name(app: App, store: "SqliteStore | None", name: str) -> Iterator[Entry]:
    """Yield the rows of an operation or a reference, as they are; those of one profile only where it was named."""
    if store is None:
        return
    found = [*store.entries(Wanted(op=name))] or [*store.entries(Wanted(reference=name))]
    yield from _of_profile(app, found)


def of_order(app: App, store: "SqliteStore | None", name: str) -> Iterator[Entry]:
    """Yield the same rows and the other writes in doubt of the order that a create made; `name` may also be its id."""
    found = [*of_name(app, store, name)]
    yield from found
    if store is None:
        return
    known = {row.op for row in found}
    asked = [Wanted(target=row.target, order_id=row.order_id) for row in found if row.verb == "create" and row.order_id]
    for wanted in asked if found else [Wanted(order_id=name)]:
        rows = store.entries(replace(wanted, states=DOUBTED))
        yield from _of_profile(app, [row for row in rows if row.op not in known])


def _of_profile(app: App, found: Sequence[Entry]) -> Iterator[Entry]:
    """Yield rows as they are; those of one profile only where it was named."""
    profile = app.profile_named
    target = app.account().target if found and profile is not None else None
    for row in found:
        if profile is None or row.profile == profile or row.target == target:
            yield as_it_is(app, row)


def doubtful(app: App, store: "SqliteStore | None", name: str, answer: str) -> Entry:
    """Return the one row of a name that is in doubt, and to which that answer fits.

    Raises NotFound, Conflict where none is in doubt, and UsageError where several are, or it does not fit.
    """
    found = [*of_name(app, store, name)]
    if not found:
        raise missing(name)
    in_doubt = [entry for entry in found if entry.state in DOUBTED]
    under_way = [entry for entry in in_doubt if entry.state is State.SENDING]
    if not in_doubt or under_way:
        entry = under_way[0] if under_way else max(found, key=lambda row: row.settled_at or FIRST)
        is_now = "being sent by a run" if under_way else entry.state.value
        about = f", order {entry.order_id}" if entry.order_id else ""
        other = next((row for row in of_order(app, store, name) if row.state in DOUBTED), entry)
        of_it = f"its {other.verb} is in doubt; name that one: {other.op}"
        raise Conflict(
            f"{entry.verb} {name} is not in doubt: it is {is_now}{about}; nothing was changed",
            hint=f"see: orderctl journal show {entry.op}" if other.op == entry.op else of_it,
            code="journal.not_in_doubt",
        )
    fitting = [entry for entry in in_doubt if answer == "absent" or (entry.verb == "create") == (answer == "exists")]
    if not fitting:
        verb = in_doubt[0].verb
        fits = "--exists ID or --absent" if verb == "create" else "--applied or --absent"
        raise UsageError(f"--{answer} does not fit {verb} {name}: say {fits}; nothing was changed")
    if len(fitting) > 1:
        each = ", ".join(f"{entry.op} ({entry.verb}, profile {entry.profile})" for entry in fitting)
        raise UsageError(f"{len(fitting)} writes of {name} are in doubt: {each}", hint="name one of them")
    return fitting[0]


def of_account(app: App, names: Sequence[str] | None) -> list[str]:
    """Return the operations of the profile's account that are named, or all that are in doubt, the oldest first.

    Raises NotFound for a name that it has not.
    """
    store = app.journal_for_reading()
    target = app.account().target
    if not names:
        return [entry.op for entry in store.entries(Wanted(target=target, states=DOUBTED))] if store else []
    ops: dict[str, None] = {}
    for name in options.read_ids(app, names):
        found = [*of_order(app, store, name)]
        if not found:
            raise missing(name)
        own = [entry for entry in found if entry.target == target]
        if not own:
            raise Conflict(
                f"{name} was written to {found[0].target}, and profile {app.profile.name} points at {target}",
                hint=f"name the profile of that account: -p {found[0].profile}",
                code="journal.other_target",
            )
        in_doubt = [entry for entry in own if entry.state in DOUBTED]
        ops |= dict.fromkeys(entry.op for entry in in_doubt or own[:1])
    return [*ops]


def as_it_is(app: App, entry: Entry) -> Entry:
    """Return a row as it is: one whose run died while it was sent is unknown."""
    if entry.state is State.SENDING and not runs.alive(state_folder(app.environ), entry.run):
        return entry.lost
    return entry


def not_sending(journal: Journal, entry: Entry) -> Entry:
    """Return a row that no run is sending. Raises Temporary where one is."""
    if entry.state is not State.SENDING:
        return entry
    if journal.run.alive(entry.run):
        raise Temporary(f"{entry.verb} {entry.reference or entry.op} is being sent by another run", code="state.busy")
    return journal.lost(entry)


def settling(store: "SqliteStore", run: runs.Run, entry: Entry) -> Entry:
    """Return a row as the journal has it now, which may be settled. Raises Conflict where a run is sending it."""
    found = next(store.entries(Wanted(op=entry.op)), entry)
    if found.state is State.SENDING and run.alive(found.run):
        raise Conflict(f"{entry.verb} {entry.reference or entry.op} is being sent by another run; nothing was changed")
    return found


@contextmanager
def changing(app: App) -> "Iterator[tuple[SqliteStore, runs.Run]]":
    """Yield the journal, to be changed without a vendor, and a run of its own; then tidy up after dead runs."""
    state = app.state
    with closing(app.journal_store()) as store:
        run = runs.Run(state)
        try:
            yield store, run
        finally:
            run.end(resolved=True)
            tidy(app, store)


def tidy(app: App, store: "SqliteStore") -> None:
    """Take away what says that something is in doubt, where nothing is any more."""
    runs.tidy(app.state, lambda: frozenset(entry.run for entry in store.entries(Wanted(states=UNRESOLVED))))


def document(app: App, entry: Entry, *, content: bool = False) -> "OperationDocument":
    """Return a row as its document; what is personal in it is masked unless --reveal is given."""
    return operation_document(entry, content=content, mask=None if app.common.reveal else mask_of(app, entry))


def mask_of(app: App, entry: Entry) -> "Mask":
    """Return what masks personal data of a row; a vendor that is not known here has no fields of its own."""
    from orderctl.personal import Mask  # noqa: PLC0415  (only for what others may read)

    profile = None
    with suppress(ConfigError):
        profile = app.config.profile(entry.profile)
    try:
        return registry.vendor(entry.vendor).mask(profile)
    except ConfigError:
        return Mask()


def missing(name: str) -> NotFound:
    """Return the error for a name that the journal does not know."""
    return NotFound(f"the journal has no write {name!r}", hint="see: orderctl journal list", code="journal.not_found")


def counted(number: int, noun: str = "operation") -> str:
    """Return how many there are: 1 row, 2 rows."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def now() -> dt.datetime:
    """Return the time (UTC)."""
    return dt.datetime.now(dt.UTC)
