"""One write, or many one after the other: an outcome an item, brakes, and an ordered stop.

The pool and the journal join here later; until then every item is sent in turn and no write is repeated.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import TypeVar

from orderctl.app import App
from orderctl.errors import (
    ClosedPipe,
    Conflict,
    DeadlinePassed,
    Interrupted,
    NotFound,
    NotSent,
    OrderctlError,
    OutcomeUnknown,
    PartlyDone,
    Recorded,
    Refused,
    Temporary,
)
from orderctl.model import Outcome
from orderctl.output.documents import result_document
from orderctl.output.shapes import ResultDocument

T = TypeVar("T")

FAILURES_IN_A_ROW = 5
"""Transport failures in a row that stop a run: the vendor is down."""

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
        done = do()
    except Recorded:
        return 0
    except OrderctlError as error:
        if app.output.format in {"json", "jsonl"}:
            app.output.one("result", _failed(app, verb, error, order_id, reference))
        raise
    app.output.one("result", _done(app, verb, done, order_id, reference))
    return 0


def many(
    app: App,
    verb: str,
    items: Iterable[T],
    do: Callable[[T], Done],
    *,
    name: Callable[[T], tuple[str | None, str | None]],
    total: int | None = None,
) -> int:
    """Do a write for every item, print each result as it comes, and return the exit code over all.

    `name` gives an item's id and reference. Raises what stopped the run: a signal, the deadline, a brake.
    """
    counts: Counter[str] = Counter()
    codes: Counter[int] = Counter()
    stopped: OrderctlError | None = None
    brakes = _Brakes()
    with app.output.rows("result") as results, app.output.progress(total) as progress:
        for item in items:
            order_id, reference = name(item)
            try:
                app.stop.check()
                done = do(item)
            except Recorded:
                continue
            except (ClosedPipe, DeadlinePassed, Interrupted) as error:
                stopped = error
                break
            except OrderctlError as error:
                document = _failed(app, verb, error, order_id, reference)
                codes[error.exit_code] += 1
                stopped = brakes.after(error)
            else:
                document = _done(app, verb, done, order_id, reference)
                codes[0] += 1
                brakes.release()
            counts[document["outcome"]] += 1
            results.add(document)
            progress.advance(1)
            if stopped is not None:
                break
        results.finish(counts=dict(sorted(counts.items())))
    return _verdict(app, verb, codes, stopped)


class _Brakes:
    """Counts failures in a row."""

    def __init__(self) -> None:
        self._failures = self._unknowns = 0

    def release(self) -> None:
        self._failures = self._unknowns = 0

    def after(self, error: OrderctlError) -> OrderctlError | None:
        """Return what stops the run after this failure, if anything."""
        self._failures = self._failures + 1 if isinstance(error, Temporary | NotSent) else 0
        self._unknowns = self._unknowns + 1 if isinstance(error, OutcomeUnknown) else 0
        if self._failures >= FAILURES_IN_A_ROW:
            return Temporary(
                f"stopped: {FAILURES_IN_A_ROW} items in a row could not be sent; the last one: {error.message}",
                hint="what was not sent can be sent again when the vendor answers",
            )
        if self._unknowns >= UNKNOWNS_IN_A_ROW:
            return OutcomeUnknown(
                f"stopped: {UNKNOWNS_IN_A_ROW} outcomes in a row are unknown; the last one: {error.message}",
                hint="look at the vendor before you send more",
            )
        return None


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
    app.output.warning(f"{verb}: {failed} of {codes.total()} failed")
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
        id=error.order_id or order_id,
        reference=reference,
        message=f"{error.message}{hint}",
    )
