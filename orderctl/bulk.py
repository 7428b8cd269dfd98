"""One write, or many one after the other: an outcome an item, brakes, and an ordered stop.

The pool and the journal join here later; until then every item is sent in turn and no write is repeated.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import TypeVar

from orderctl.app import App
from orderctl.errors import (
    ClosedPipe,
    Conflict,
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

TOLD = 50
"""As many failures are told in full beside a table, which cuts them."""

UNKNOWNS_IN_A_ROW = 3
"""Unknown outcomes in a row that stop a run: every further one makes more to look after."""

OUTCOMES: tuple[tuple[type[OrderctlError], Outcome], ...] = (
    (Conflict, Outcome.CONFLICT),
    (OutcomeUnknown, Outcome.UNKNOWN),
    (Refused, Outcome.REFUSED),
    (OrderctlError, Outcome.FAILED),
)
"""What a failure means for its item, the first that fits."""


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
        with app.stop.shield():
            app.output.one("result", _done(app, verb, do(), order_id, reference))
    except Recorded:
        return 0
    except OrderctlError as error:
        told = _left_at_once(verb, error) if isinstance(error, Interrupted) else error
        if app.output.format in {"json", "jsonl"}:
            app.output.one("result", _failed(app, verb, told, order_id, reference))
        raise told from error
    app.stop.check()
    return 0


def many(
    app: App,
    verb: str,
    items: Iterable[T],
    do: Callable[[T], Done],
    *,
    name: Callable[[T], tuple[str | None, str | None]],
    total: int | None = None,
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
        return 0
    run = _Run(app, verb)
    run.codes[UsageError.exit_code] = left_out
    with app.output.rows("result") as results, app.output.progress(total) as progress:
        for item in items:
            order_id, reference = name(item)
            try:
                with app.stop.shield():
                    results.add(run.item(partial(do, item), order_id, reference))
            except (DeadlinePassed, Interrupted) as error:
                run.stopped = error
            progress.advance(1)
            if run.stopped is not None:
                break
        results.finish(counts=dict(sorted(run.outcomes.items())))
    if app.output.for_people:
        for failure in run.failures:
            app.output.warning(failure)
    done = run.outcomes.total()
    if run.stopped is not None and total is not None and total > done:
        app.output.warning(f"{total - done} of {total} were not started")
    return _verdict(app, verb, +run.codes, run.stopped)


class _Run:
    """What has become of the items of a run so far, and what stops it."""

    def __init__(self, app: App, verb: str) -> None:
        self.outcomes: Counter[str] = Counter()
        self.codes: Counter[int] = Counter()
        self.failures: list[str] = []
        self.stopped: OrderctlError | None = None
        self._app, self._verb = app, verb
        self._without_answer = self._unknowns = 0

    def item(self, do: Callable[[], Done], order_id: str | None, reference: str | None) -> ResultDocument:
        """Do one write and return its result. Raises DeadlinePassed where it was not begun."""
        try:
            document = _done(self._app, self._verb, do(), order_id, reference)
            self.codes[0] += 1
            self._without_answer = self._unknowns = 0
        except (ClosedPipe, DeadlinePassed):
            raise
        except OrderctlError as error:
            told = error
            if isinstance(error, Interrupted):
                told, self.stopped = _left_at_once(self._verb, error), error
            document = _failed(self._app, self._verb, told, order_id, reference)
            self.codes[told.exit_code] += 1
            if len(self.failures) < TOLD:
                self.failures.append(f"{reference or order_id}: {document['message']}")
            self._brake(told)
        self.outcomes[document["outcome"]] += 1
        return document

    def _brake(self, error: OrderctlError) -> None:
        """Stop the run after too many failures in a row."""
        self._without_answer = self._without_answer + 1 if isinstance(error, Temporary) else 0
        self._unknowns = self._unknowns + 1 if isinstance(error, OutcomeUnknown) else 0
        if self._without_answer >= FAILURES_IN_A_ROW:
            self.stopped = Temporary(
                f"stopped: {FAILURES_IN_A_ROW} items in a row could not be sent; the last one: {error.message}",
                hint="what was not sent can be sent again when the vendor answers",
            )
        elif self._unknowns >= UNKNOWNS_IN_A_ROW:
            self.stopped = OutcomeUnknown(
                f"stopped: {UNKNOWNS_IN_A_ROW} outcomes in a row are unknown; the last one: {error.message}",
                hint="look at the vendor before you send more",
            )


def _left_at_once(verb: str, error: Interrupted) -> OutcomeUnknown:
    return OutcomeUnknown(
        f"{error.message} during the {verb}, at once; it may or may not have been applied",
        hint="look at the vendor before you repeat it",
    )


def _verdict(app: App, verb: str, codes: Counter[int], stopped: OrderctlError | None) -> int:
    """Return the exit code over all items: 8 where any is unknown, a common one, or 7. Raises what stopped the run."""
    failed = sum(n for code, n in codes.items() if code)
    if codes[OutcomeUnknown.exit_code]:
        if stopped is not None:
            app.output.warning(stopped.message)
        app.output.warning(
            f"{codes[8]} of {codes.total()} outcomes are unknown; look at the vendor before you repeat them"
        )
        return OutcomeUnknown.exit_code
    if stopped is not None:
        raise stopped
    if not failed:
        return 0
    app.output.warning(f"{verb}: {failed} of {codes.total()} not done")
    return next(iter(codes)) if len(codes) == 1 else PartlyDone.exit_code


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
        id=order_id or error.order_id,
        reference=reference,
        message=f"{error.message}{hint}",
    )
