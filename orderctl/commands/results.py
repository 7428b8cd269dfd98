"""Does the writes of a command and prints what they came to."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from orderctl.app import App
from orderctl.backend.prepared import Prepared
from orderctl.commands.options import named
from orderctl.errors import (
    ClosedPipe,
    DeadlinePassed,
    Interrupted,
    MachineRefused,
    OrderctlError,
    OutcomeUnknown,
    PartlyDone,
    UsageError,
)
from orderctl.model import OrderKey
from orderctl.output.documents import result_document
from orderctl.output.results_file import ResultsFile
from orderctl.output.rows import Rows
from orderctl.write.pool import Pool
from orderctl.write.result import Result
from orderctl.write.send import Sender

if TYPE_CHECKING:
    from orderctl.output.shapes import ResultDocument

T = TypeVar("T")


def one(
    app: App,
    sender: Sender,
    prepared: Prepared,
    key: OrderKey | None = None,
    *,
    results_file: ResultsFile | None = None,
    after: Callable[[Result], object] = bool,
) -> int:
    """Do one write, print its result and return 0. Raises its error, the result of the write printed before.

    `results_file` gets the result before that, and `after` is called with it where the write was done.
    """
    if app.common.dry_run:
        sender.dry_run(prepared, key)
        return 0
    order_id, reference = (key.id, key.reference) if key else (None, prepared.reference)
    pool = Pool[Prepared](
        lambda given: sender.write(given, key), verb=prepared.verb, name=lambda _: (order_id, reference), stop=app.stop
    )
    with app.stop.defer_signals():
        result = next(iter(list(pool.run([prepared]))), None)
        if result is None:
            raise pool.stopped or AssertionError("a write ends with a result, or the run is stopped")
        unwritten = _failure(lambda: results_file.add([_document(app, result)])) if results_file else None
        if result.error is None or app.output.format in {"json", "jsonl"}:
            _print(app, result)
    if result.error is not None:
        raise result.error
    after(result)
    if unwritten is not None:
        raise unwritten
    if isinstance(pool.stopped, Interrupted | DeadlinePassed):
        raise pool.stopped
    return 0


def each(
    app: App,
    sender: Sender,
    prepared: Prepared,
    keys: Sequence[OrderKey],
    *,
    listed: bool,
    jobs: int = 1,
    max_errors: int | None = None,
    results_file: ResultsFile | None = None,
    after: Callable[[Result], object] = bool,
    again: str = "",
) -> int:
    """Do a write for each order: as `one` for a single one, as `many` for several, or those of a list."""
    if len(keys) == 1 and not listed:
        return one(app, sender, prepared, keys[0], results_file=results_file, after=after)
    if app.common.dry_run and any(key.id is None for key in keys):
        app.dry_summary = f"the requests of {named(keys)}, in this order; <id> is the id of each\n"
    return many(
        app,
        prepared.verb,
        keys,
        lambda key: sender.write(prepared, key),
        dry_run=lambda key: sender.dry_run(prepared, key),
        name=lambda key: (key.id, key.reference),
        total=len(keys),
        jobs=jobs,
        max_errors=max_errors,
        results_file=results_file,
        after=after,
        again=again,
    )


def many(
    app: App,
    verb: str,
    items: Iterable[T],
    do: Callable[[T], Result],
    *,
    dry_run: Callable[[T], None],
    name: Callable[[T], tuple[str | None, str | None]],
    total: int,
    left_out: int = 0,
    jobs: int = 1,
    max_errors: int | None = None,
    looks: bool = False,
    results_file: ResultsFile | None = None,
    after: Callable[[Result], object] = bool,
    end: Callable[[], object] = bool,
    again: str = "",
) -> int:
    """Do a write for every item, `jobs` at once, print each result as it comes, and return the exit code over all.

    `left_out` items were invalid, and are none of `items`. Once `max_errors` have failed no other is started; a run
    that only `looks` at what was written goes on after unknown outcomes. `results_file` gets each result before it is
    printed; `after` is called with each, and `end` when there are no more. `again` says how to go on after a run
    that did not come to its end, where the same one again is not harmless. Raises what stopped the run.
    """
    tally = _Tally(app, verb, results_file, again)
    tally.codes[UsageError.exit_code] = left_out
    if app.common.dry_run:
        for item in items:
            dry_run(item)
        tally.codes[0] = total
        return tally.verdict(None)
    pool = Pool[T](do, verb=verb, name=name, stop=app.stop, jobs=jobs, max_errors=max_errors, looks=looks)
    with (
        app.stop.defer_signals(),
        app.output.rows("result", total=total) as rows,
        app.output.progress(total, pace=lambda: _pace(app)) as progress,
    ):
        for results in pool.batches(items):
            pool.halt(tally.keep(results))
            for result in results:
                pool.halt(tally.add(result, rows))
                pool.halt(_failure(partial(after, result)))
                progress.advance(1, failed=result.error is not None)
        tally.skip(total)
        unfinished = _failure(end)
        if tally.unprintable is None:
            rows.finish(counts=dict(sorted(tally.outcomes.items())))
        tally.tell()
    if unfinished is not None and pool.stopped is not None:
        app.output.warning(pool.stopped.message)
    return tally.verdict(unfinished or pool.stopped)


def _print(app: App, result: Result) -> None:
    """Print the result of one write."""
    app.output.one("result", _document(app, result))
    for note in result.notes:
        app.output.warning(f"order {result.id}: {note}")


def _pace(app: App) -> str:
    """Return what sets the pace of the run, "" where it is the vendor."""
    rate = app.client.pace
    return f"the profile's rate of {rate:g}/s sets the pace" if rate else ""


def _failure(do: Callable[[], object]) -> OrderctlError | None:
    """Return what went wrong, None where nothing did."""
    try:
        do()
    except OrderctlError as error:
        return error
    return None


def _advice(app: App, result: Result) -> str:
    """Return a result's message and what to do next: of many writes, no error is printed that would say it."""
    hint = app.explain(result.error).hint if result.error is not None else ""
    return f"{result.message} ({hint})" if hint else result.message


def _document(app: App, result: Result, *, message: str | None = None) -> "ResultDocument":
    return result_document(
        verb=result.verb,
        outcome=result.outcome,
        profile=app.profile.name,
        vendor=app.profile.vendor,
        id=result.id,
        reference=result.reference,
        message=result.message if message is None else message,
        journal=result.journal,
    )


class _Tally:
    """What has become of the items of a run so far, and how that is reported."""

    def __init__(self, app: App, verb: str, results_file: ResultsFile | None, again: str) -> None:
        self.outcomes: Counter[str] = Counter()
        self.codes: Counter[int] = Counter()
        self.unprintable: OrderctlError | None = None
        self._unwritten = False
        self._app, self._verb, self._file, self._again = app, verb, results_file, again

    def keep(self, results: Sequence[Result]) -> OrderctlError | None:
        """Write results to the file of --results; return why that failed. After that they go to standard error."""
        if self._file is None or self._unwritten:
            return None
        documents = [_document(self._app, result, message=_advice(self._app, result)) for result in results]
        failure = _failure(lambda: self._file.add(documents) if self._file else None)
        self._unwritten = failure is not None
        return failure

    def add(self, result: Result, rows: Rows) -> OrderctlError | None:
        """Print a result, on standard error where standard output cannot be written; return why it cannot."""
        self._count(result)
        if self._unwritten:
            self._app.output.warning(f"{self._verb}: {result}")
        if self.unprintable is None:
            try:
                rows.add(_document(self._app, result, message=_advice(self._app, result)))
            except OrderctlError as error:  # also a third signal, where nobody reads what is printed
                self.unprintable = error
        if self.unprintable is not None and not isinstance(self.unprintable, ClosedPipe) and not self._unwritten:
            self._app.output.warning(f"{self._verb}: {result}")
        return self.unprintable

    def _count(self, result: Result) -> None:
        """Count a result; on a terminal, say at once what failed: a table would cut it."""
        self.outcomes[result.outcome] += 1
        self.codes[result.exit_code] += 1
        if result.error is not None and self._app.output.for_people:
            self._app.output.warning(f"{result.reference or result.id}: {_advice(self._app, result)}")
        for note in result.notes:
            self._app.output.warning(f"order {result.id} (reference {result.reference}): {note}")

    def skip(self, total: int) -> None:
        """Count the items that were not started."""
        if total > self.outcomes.total():
            self.outcomes["skipped"] = total - self.outcomes.total()

    def tell(self) -> None:
        """Report on standard error what was not started, and how to go on."""
        if not self.outcomes["skipped"]:
            if self._again and self.codes[0] and len(+self.codes) > 1:
                self._app.output.warning(self._again)
            return
        left = f"{self.outcomes['skipped']} of {self.outcomes.total()} were not started"
        if self._verb == "create":
            left += "; run it again when you are ready: what was done is not done again"
        else:
            left += f"; {self._again or 'run it again when you are ready'}"
        self._app.output.warning(left)

    def verdict(self, stopped: OrderctlError | None) -> int:
        """Return the exit code over all items, or raise what stopped the run.

        8 where any outcome is unknown; else 14 where this machine stopped it; else what ended it; else the code of the
        items where all failed alike, or 7. A brake is not an item: it counts only where it says the same of every item.
        """
        codes = +self.codes
        failed = sum(n for code, n in codes.items() if code)
        unknown = codes[OutcomeUnknown.exit_code]
        ended = isinstance(stopped, ClosedPipe | DeadlinePassed | Interrupted | MachineRefused)
        if stopped is not None and not unknown and (len(codes) <= 1 or ended):
            raise stopped
        if stopped is not None and not isinstance(stopped, ClosedPipe):
            self._app.output.warning(f"{stopped.message}; {stopped.hint}" if stopped.hint else stopped.message)
        if unknown:
            shows = f"orderctl journal list --outcome unresolved -p {self._app.profile.name}"
            self._app.output.warning(f"{unknown} of {codes.total()} outcomes are unknown; see: {shows}")
            return OutcomeUnknown.exit_code
        if not failed:
            return 0
        self._app.output.warning(f"{self._verb}: {failed} of {codes.total()} not done")
        return next(iter(codes)) if len(codes) == 1 else PartlyDone.exit_code
