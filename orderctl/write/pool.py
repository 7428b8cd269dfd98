"""One write, or many one after the other: an outcome an item, brakes, and an ordered stop.

The pool and the journal join here later; until then every item is sent in turn and no write is repeated.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from typing import TypeVar

from orderctl.app import App
from orderctl.backend.vendor import Duplicates
from orderctl.errors import (
    ClosedPipe,
    ConfigError,
    Conflict,
    CredentialError,
    DeadlinePassed,
    Interrupted,
    NotFound,
    OrderctlError,
    OutcomeUnknown,
    PartlyDone,
    Recorded,
    Refused,
    Temporary,
    UsageError,
)
from orderctl.model import Outcome
from orderctl.output.documents import result_document
from orderctl.output.shapes import ResultDocument

T = TypeVar("T")

FAILURES_IN_A_ROW = 5
"""Transport failures in a row that stop a run: the vendor is down."""

LOOK = "look at the vendor before you repeat it"

TOLD = 50
"""As many failures are told in full beside a table, which cuts them."""

UNKNOWNS_IN_A_ROW = 3
"""Unknown outcomes in a row that stop a run: every further one makes more to look after."""

OUTCOMES: tuple[tuple[type[OrderctlError], Outcome], ...] = (
    (Conflict, Outcome.CONFLICT),
    (OutcomeUnknown, Outcome.UNKNOWN),
    (PartlyDone, Outcome.UNKNOWN),
    (Refused, Outcome.REFUSED),
    (OrderctlError, Outcome.FAILED),
)
"""What a failure means for its item, the first that fits. An order that was made in part has not failed: look at it."""


class Done:
    """What became of one write that went well."""

    def __init__(
        self, outcome: Outcome, *, order_id: str | None, reference: str | None = None, message: str = ""
    ) -> None:
        self.outcome, self.id, self.reference, self.message = outcome, order_id, reference, message


def outcome_of(error: OrderctlError) -> Outcome:
    """Return what a failure means for the item that it happened to."""
    return next(outcome for kind, outcome in OUTCOMES if isinstance(error, kind))


def one(
    app: App, verb: str, do: Callable[[], Done], *, order_id: str | None = None, reference: str | None = None
) -> int:
    """Do one write and print its result. Raises what `do` raises, after printing the result of a planned write."""
    try:
        with app.stop.hold():
            done = _caught(verb, do)
    except Recorded:
        return 0
    except OrderctlError as error:
        if app.output.format in {"json", "jsonl"}:
            app.output.one("result", _failed(app, verb, error, order_id, reference))
        raise
    document = _done(app, verb, done, order_id, reference)
    try:
        app.output.one("result", document)
    except ClosedPipe:
        raise
    except OrderctlError:
        app.output.warning(f"{verb}: {_told(document)}")
        raise
    app.stop.check()
    return 0


def each(app: App, verb: str, given: Sequence[str], ids: Sequence[str], do: Callable[[str], Done]) -> int:
    """Do a write for each order: as `one` for a single id that was `given`, as `many` for several or a list."""
    if len(given) == 1 and given[0] != "-":
        return one(app, verb, lambda: do(ids[0]), order_id=ids[0])
    return many(app, verb, ids, do, name=lambda order_id: (order_id, None), total=len(ids))


def many(
    app: App,
    verb: str,
    items: Iterable[T],
    do: Callable[[T], Done],
    *,
    name: Callable[[T], tuple[str | None, str | None]],
    total: int,
    left_out: int = 0,
) -> int:
    """Do a write for every item, print each result as it comes, and return the exit code over all.

    `name` gives an item's id and reference; `left_out` items were invalid, and are no items here. A signal waits until
    the item under way is done and told; a second one leaves it unknown. Raises what stopped the run.
    """
    if app.common.dry_run:
        for item in items:
            with suppress(Recorded):
                do(item)
        return _verdict(app, verb, +Counter({0: total, UsageError.exit_code: left_out}), None)
    run = _Run(app, verb)
    run.codes[UsageError.exit_code] = left_out
    with app.output.rows("result") as results, app.output.progress(total) as progress:
        for item in items:
            try:
                with app.stop.hold():
                    results.add(run.item(partial(do, item), *name(item)))
            except (ClosedPipe, DeadlinePassed, Interrupted) as error:
                run.stopped = error
            except OrderctlError as error:  # standard output cannot be written
                app.output.warning(f"{verb}: {run.last}")
                run.stopped = error
            progress.advance(1)
            if run.stopped is not None:
                break
        if not isinstance(run.stopped, ClosedPipe):
            run.skip(total)
            results.finish(counts=dict(sorted(run.outcomes.items())))
            run.tell()
    return _verdict(app, verb, +run.codes, run.stopped)


class _Run:
    """What has become of the items of a run so far, and what stops it."""

    def __init__(self, app: App, verb: str) -> None:
        self.outcomes: Counter[str] = Counter()
        self.codes: Counter[int] = Counter()
        self.failures: list[str] = []
        self.last = ""
        self.stopped: OrderctlError | None = None
        self._app, self._verb = app, verb
        self._without_answer = self._unknowns = 0

    def item(self, do: Callable[[], Done], order_id: str | None, reference: str | None) -> ResultDocument:
        """Do one write and return its result. Raises DeadlinePassed and Interrupted where it was not begun."""
        try:
            document = _done(self._app, self._verb, _caught(self._verb, do), order_id, reference)
            self.codes[0] += 1
            self._without_answer = self._unknowns = 0
        except (DeadlinePassed, Interrupted):
            raise
        except OrderctlError as error:
            document = _failed(self._app, self._verb, error, order_id, reference)
            self.codes[error.exit_code] += 1
            if len(self.failures) < TOLD:
                self.failures.append(f"{reference or order_id}: {document['message']}")
            self._brake(error)
        self.outcomes[document["outcome"]] += 1
        self.last = _told(document)
        return document

    def skip(self, total: int) -> None:
        """Count the items that were never begun."""
        if total > self.outcomes.total():
            self.outcomes["skipped"] = total - self.outcomes.total()

    def tell(self) -> None:
        """Say on standard error what a table cuts, and what was not begun."""
        for failure in self.failures if self._app.output.for_people else ():
            self._app.output.warning(failure)
        if self.outcomes["skipped"]:
            left = f"{self.outcomes['skipped']} of {self.outcomes.total()} were not started"
            if self._verb != "create":
                self._app.output.warning(f"{left}; run it again when you are ready")
            elif self._app.vendor.second_create(self._app.profile) is Duplicates.BLIND:
                self._app.output.warning(
                    f"{left}; before you run it again, take out what was created:"
                    f" {self._app.vendor.title} would make it a second time"
                )
            else:
                self._app.output.warning(
                    f"{left}; run it again when you are ready: what exists already is not made twice"
                )

    def _brake(self, error: OrderctlError) -> None:
        """Stop the run after a refused login or proxy, a second signal, and too many failures in a row."""
        self._without_answer = self._without_answer + 1 if isinstance(error, Temporary) else 0
        self._unknowns = self._unknowns + 1 if isinstance(error, OutcomeUnknown) else 0
        if isinstance(error, ConfigError | CredentialError):
            self.stopped = error
        elif isinstance(error.__cause__, Interrupted):
            self.stopped = error.__cause__
        elif self._without_answer >= FAILURES_IN_A_ROW:
            self.stopped = Temporary(
                f"stopped: {FAILURES_IN_A_ROW} items in a row could not be sent; the last one: {error.message}",
                hint="what was not sent can be sent again when the vendor answers",
            )
        elif self._unknowns >= UNKNOWNS_IN_A_ROW:
            self.stopped = OutcomeUnknown(
                f"stopped: {UNKNOWNS_IN_A_ROW} outcomes in a row are unknown; the last one: {error.message}",
                hint="look at the vendor before you send more",
            )


def _caught(verb: str, do: Callable[[], Done]) -> Done:
    """Do a write. What breaks it off on our side, a second signal or a bug, leaves it unknown, never failed."""
    try:
        return do()
    except Interrupted as error:
        if not error.at_once:
            raise
        raise OutcomeUnknown(
            f"{error.message} during the {verb}; it may or may not have been applied", hint=LOOK
        ) from (error)
    except (OrderctlError, Recorded):
        raise
    except Exception as error:
        raise OutcomeUnknown(
            f"unexpected: {type(error).__name__}: {error}; the {verb} may or may not have been applied",
            hint=f"{LOOK}; this is a bug in orderctl, please report it",
        ) from error


def _verdict(app: App, verb: str, codes: Counter[int], stopped: OrderctlError | None) -> int:
    """Return the exit code over all items: 8 where any is unknown, a common one, or 7. Raises what stopped the run.

    A brake stops a run and is no item: its code counts only where it says the same of every item.
    """
    failed = sum(n for code, n in codes.items() if code)
    ended = isinstance(stopped, ClosedPipe | DeadlinePassed | Interrupted)
    if stopped is not None and (len(codes) <= 1 or ended) and not codes[OutcomeUnknown.exit_code]:
        raise stopped
    if stopped is not None and not isinstance(stopped, ClosedPipe):
        app.output.warning(stopped.message)
    if codes[OutcomeUnknown.exit_code]:
        app.output.warning(f"{codes[8]} of {codes.total()} outcomes are unknown; {LOOK}")
        return OutcomeUnknown.exit_code
    if not failed:
        return 0
    app.output.warning(f"{verb}: {failed} of {codes.total()} not done")
    return next(iter(codes)) if len(codes) == 1 else PartlyDone.exit_code


def _told(document: ResultDocument) -> str:
    """Return a result in a line, for where it cannot be printed."""
    return f"{document['reference'] or document['id']}: {document['outcome']}, order {document['id']}"


def _done(app: App, verb: str, done: Done, order_id: str | None, reference: str | None) -> ResultDocument:
    return result_document(
        verb=verb,
        outcome=done.outcome,
        profile=app.profile.name,
        vendor=app.profile.vendor,
        id=done.id or order_id,
        reference=done.reference or reference,
        message=done.message,
    )


def _failed(app: App, verb: str, error: OrderctlError, order_id: str | None, reference: str | None) -> ResultDocument:
    hint = f" ({error.hint})" if error.hint and not isinstance(error, NotFound) else ""
    return result_document(
        verb=verb,
        outcome=outcome_of(error),
        profile=app.profile.name,
        vendor=app.profile.vendor,
        id=error.order_id or order_id,
        reference=reference,
        message=f"{error.message}{hint}",
    )
