"""What the commands that write many orders share: files of orders, what is kept of each result, what is left out."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from orderctl import drafts
from orderctl.app import App
from orderctl.backend.prepared import Prepared
from orderctl.commands import options
from orderctl.errors import (
    Conflict,
    NotFound,
    OrderctlError,
    OutcomeUnknown,
    PartlyDone,
    Refused,
    UsageError,
)
from orderctl.frozen import dataclass
from orderctl.model import OrderDraft, OrderKey
from orderctl.output.results_file import ResultsFile
from orderctl.redaction import redact
from orderctl.write.result import Result

MAX_WARNINGS = 20
"""How many warnings about the orders of a file are shown."""


@dataclass(frozen=True, kw_only=True)
class FileOptions:
    """The options that say how a file of many orders is read, as they were typed."""

    format: str | None
    map_: str | None
    with_: str | None
    columns: str | None
    encoding: str | None
    delimiter: str | None
    numbers: str | None
    dates: str | None
    ignore_columns: bool
    settled: str | None
    skip_invalid: bool
    rejects: str | None

    def refuse(self, **more: object) -> None:
        """Raise UsageError for an option of a file that is given without one; `more` are others of that kind."""
        for name, value in {**vars(self), **more}.items():
            if value:
                raise UsageError(f"--{name.strip('_').replace('_', '-')} needs --from FILE")

    @contextmanager
    def orders(
        self, app: App, source: str, given: drafts.DraftOptions, prepare: Callable[[OrderDraft], Prepared], **how: Any
    ) -> Iterator[drafts.Batch]:
        """Read a file, with what options give beside it, and say what is to be known of it. Raises UsageError.

        `how` is what else drafts.read takes, for changes.
        """
        from orderctl.commands import files  # noqa: PLC0415  (only where a file of orders is read)

        reading = files.Reading(
            app,
            map_=self.map_,
            with_=self.with_,
            columns=self.columns,
            numbers=self.numbers,
            dates=self.dates,
            ignore=self.ignore_columns,
            profile=app.profile,
        )
        settled = files.settled(source, self.settled) if self.settled is not None else None
        with drafts.read(
            source,
            format=self.format,
            encoding=self.encoding,
            delimiter=self.delimiter,
            **reading.options,
            defaults=given,
            zone=app.profile.zone,
            prepare=prepare,
            skip_invalid=self.skip_invalid,
            settled=settled,
            rejects=Path(self.rejects) if self.rejects else None,
            dry_run=app.common.dry_run,
            stdin=options.stdin(app, source),
            **how,
        ) as batch:
            if batch.not_read:
                app.output.note(batch.not_read)
            reading.tell(batch)
            _tell_left_out(app, batch, source=source, rejects=self.rejects)
            yield batch


def open_results(
    app: App, path: str | None, opened: ExitStack, *, but: tuple[str | None, ...] = ()
) -> ResultsFile | None:
    """Return the file of --results, opened, which is none of the files `but`. Raises UsageError and MachineRefused."""
    if path is None or app.common.dry_run:
        return None
    from orderctl.drafts.source import same_file  # noqa: PLC0415  (only where a file is read)

    for other in but:
        if other and same_file(other, options.stdin(app, other), Path(path)):
            raise UsageError(f"--results {path} is another file of this command: {other}; nothing was sent")
    file = ResultsFile(path, redact=redact)
    opened.callback(file.close)
    return file


def _tell_left_out(app: App, batch: drafts.Batch, *, source: str, rejects: str | None) -> None:
    """Say which orders of a file are left out, and where it has none at all."""
    if not batch.count + batch.rejected:
        name = "standard input" if source == "-" else source
        app.output.note(f"no orders in {name}{': it is empty' if batch.empty else ''}")
    if batch.rejected:
        kept = None if app.common.dry_run else rejects
        where = f"; they are in {kept}, with the reason" if kept else ""
        later = f"; without --dry-run they are written to {rejects}" if rejects and not kept else ""
        app.output.warning(f"{batch.rejected} of {batch.rejected + batch.count} orders are left out{where}{later}")
        if not kept:
            app.output.problems(batch.problems, more=batch.problem_count - len(batch.problems))


def to_show(app: App, batch: drafts.Batch, *, changes: bool = False) -> Iterable[Prepared]:
    """Return the orders whose requests a dry run shows: the first one for people, who get a summary, else all."""
    if app.output.format != "table":
        return batch
    from orderctl.commands.dry_run import Summary  # noqa: PLC0415  (only in a dry run)

    return Summary(app, changes=changes).first(batch)


class RejectedOrders:
    """Notes which orders of a file were not taken, for its rejects file.

    With `all_left` it also has those that failed for a time or were not started, so that it is what is left to do: the
    same file again would add lines and files a second time to the orders that were changed.
    """

    def __init__(self, app: App, batch: drafts.Batch, rejects: str | None, *, all_left: bool = False) -> None:
        self._app, self._batch, self._rejects, self._all = app, batch, rejects, all_left and rejects is not None
        self._begun: set[str] = set()
        self._ended: set[str] = set()

    def noting(self, do: Callable[[Prepared], Result]) -> Callable[[Prepared], Result]:
        """Return what does a change and notes that it was begun, and that it was done.

        The result has the order's id and reference as they are now, which may be what another entry of the file names.
        """
        if not self._all:
            return do

        def noted(prepared: Prepared) -> Result:
            self._begun.add(str(prepared.key))
            result = do(prepared)
            self._ended.add(str(prepared.key))
            return result

        return noted

    def note(self, result: Result) -> None:
        """Keep an order whose result asks for a person: it is invalid, refused, in conflict, or not there to change."""
        error = result.error
        asks = isinstance(error, Conflict | NotFound | Refused | UsageError)
        left = self._all and not isinstance(error, OutcomeUnknown | PartlyDone)
        name = _name(result)
        if self._all and error is not None:  # a long run keeps nothing of each order otherwise
            self._ended.add(name or "")
        if error is not None and (asks or left) and name is not None:
            self._batch.refuse(name, redact(result.message), error.code)

    def end(self) -> None:
        """Write the rejects file at the end of the run. Raises MachineRefused.

        What was begun and has no result was not sent: the run was asked to end while its order was read.
        """
        self._note_the_others(but=self._ended)
        self._batch.end_rejects()
        if self._rejects is not None and self._batch.refused:
            number = f"{self._batch.refused} order{'s' if self._batch.refused > 1 else ''}"
            what = f"left in {self._rejects}, each" if self._all else f"to fix in {self._rejects}, each"
            self._app.output.warning(f"{number} {what} with the reason")

    def _note_the_others(self, *, but: set[str]) -> None:
        """Keep the orders that were not sent, where all that is left is kept."""
        for prepared in self._batch if self._all else ():
            if (name := str(prepared.key)) not in but:
                self._batch.refuse(name, "was not started", "run.not_started")

    def leave(self) -> None:
        """Write it where the run was broken off: what was begun may be under way."""
        with suppress(OrderctlError):
            self._note_the_others(but=self._begun)
            self._batch.end_rejects()


class Warned:
    """Prepares the orders of a file, and keeps the first of what is worth a warning."""

    def __init__(self, app: App, prepare: Callable[[OrderDraft], Prepared]) -> None:
        self._app, self._prepare, self._first, self._count = app, prepare, list[str](), 0

    def prepare(self, draft: OrderDraft) -> Prepared:
        """Return an order of a file, prepared."""
        prepared = self._prepare(draft)
        if not prepared.problems:
            self._count += len(prepared.warnings)
            self._first += [f"row {draft.row}, {w}" for w in prepared.warnings[: MAX_WARNINGS - len(self._first)]]
        return prepared

    def tell(self) -> None:
        """Print the warnings."""
        for warning in self._first:
            self._app.output.warning(warning)
        if self._count > len(self._first):
            self._app.output.warning(f"… and {self._count - len(self._first)} more warnings")


def _name(result: Result) -> str | None:
    """Return what names an order in its file: the reference of a new one, or the key of one that was to be changed."""
    if result.verb == "create":
        return result.reference
    return str(OrderKey(reference=result.reference) if result.reference is not None else OrderKey(id=result.id))
