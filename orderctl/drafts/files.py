"""Files to prepared orders, at any size: all are prepared before the first is handed out, and nothing is held.

Every order is read once and prepared once; what came of it stands in the spool, and iterating the Batch reads the
spool. What stays in memory is one order and the first thousand problems.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Literal, Protocol, Self, TypeVar, get_args

from orderctl.backend.prepared import Prepared
from orderctl.drafts.jsontext import loads
from orderctl.drafts.objects import JsonReader, object_parts, whole
from orderctl.drafts.options import DraftOptions, change_from_options, from_options, with_reference
from orderctl.drafts.rejects import Rejects
from orderctl.drafts.source import Source, Unreadable, opened, same_file
from orderctl.drafts.values import Problems, shown
from orderctl.errors import Problem, UsageError
from orderctl.frozen import replace
from orderctl.model import NOTHING, Customer, OrderChange, OrderDraft
from orderctl.words import CUSTOMER_WORDS, OPTION_WORDS

Format = Literal["csv", "json", "jsonl"]

FORMATS: tuple[str, ...] = get_args(Format)

Drafted = TypeVar("Drafted", bound=OrderDraft)

Prepare = Callable[[OrderDraft], Prepared]
"""What a vendor makes of an order."""


class Reader(Protocol):
    """What a format knows: to yield each order's original, to make its draft, to write back those that are rejected."""

    again: str
    reference_path: str

    @property
    def unread(self) -> tuple[str, ...]:
        """Return the headings that are not read."""

    @property
    def not_read(self) -> str:
        """Return a sentence about them, "" where there is none."""

    def __iter__(self) -> Iterator[list[Any]]:
        """Yield the originals."""

    def draft(self, original: list[Any], faults: Problems, /) -> OrderDraft:
        """Return the draft, noting what is wrong."""

    def place(self, original: list[Any], path: str, /) -> tuple[str, int | None]:
        """Return the file's own name for a path that names an option or a line, and the line's row if it has one."""

    def rejects(self, rejected: Iterator[tuple[list[Any], Mapping[int | None, str]]], /) -> Iterator[str]:
        """Yield the text of a file with these originals and why they were rejected."""


class Batch:
    """What was prepared of a file's valid orders, in its order, as often as asked; a context manager, ends the spool.

    `count` orders are valid, `rejected` are not; `problems` are the first thousand of `problem_count`. `refused` of the
    valid ones were not taken when they were sent.
    """

    def __init__(self, reader: Reader, base: OrderDraft, prepare: Prepare, *, originals: bool) -> None:
        from orderctl.drafts.spool import Spool  # noqa: PLC0415  (sqlite3, and a change read from a file has no spool)

        self.count = 0
        self.rejected = 0
        self.refused = 0
        self._rejects: Rejects | None = None
        self._ended = False
        self._reader = reader
        self._base = base
        self._base_given = base != _NOTHING_GIVEN
        self._prepare = prepare
        self._faults = Problems()
        self._spool = Spool(originals=originals)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Return what is wrong with the rejected orders, at most a thousand problems."""
        return tuple(self._faults.held)

    @property
    def problem_count(self) -> int:
        """Return how many problems there are in all."""
        return self._faults.count

    @property
    def unread(self) -> tuple[str, ...]:
        """Return the headings of the file's columns that are not read, in its order."""
        return self._reader.unread

    @property
    def not_read(self) -> str:
        """Return a sentence that names the columns that are not read, and what was probably meant; "" where all are."""
        return self._reader.not_read

    def __iter__(self) -> Iterator[Prepared]:
        """Yield what was prepared of each valid order, without its draft."""
        return iter(self._spool)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the temporary file back."""
        if self._rejects is not None:
            self._rejects.close()
            self._rejects = None
        self._spool.close()

    def fill(self) -> Problems:
        """Read and prepare everything once and return what is wrong. Raises Unreadable where reading cannot go on."""
        for original in self._reader:
            faults = Problems()
            own = self._reader.draft(original, faults)
            draft = _filled(own, self._base) if self._base_given else own
            reference = self._reference(draft, faults)
            prepared = None
            if not faults.count:
                prepared = self._prepare(draft)
                faults.extend(self._placed(problem, original, own) for problem in prepared.problems)
            if faults.count:
                self._faults.join(faults)
                self.rejected += 1
                prepared = None
            else:
                self.count += 1
            self._spool.add(reference, draft.row, prepared, original, _reasons(faults))
        self._spool.filled()
        return self._faults

    def begin_rejects(self, file: Rejects) -> None:
        """Write the invalid orders to their file. Raises UsageError where it cannot be written."""
        self._rejects = file
        file.begin(self._rejected())

    def refuse(self, reference: str, reason: str) -> None:
        """Note why a valid order was not taken when it was sent, for the rejects file."""
        if self._rejects is not None:
            self.refused += self._spool.refuse(reference, reason)

    def end_rejects(self) -> None:
        """Write the rejects file with all that was not taken, at the end. Raises MachineRefused."""
        if self._rejects is not None and not self._ended and (self.refused or not self._rejects.regular):
            self._ended = True
            self._rejects.end(self._rejected())

    def _rejected(self) -> Iterator[str]:
        """Yield the text of the rejects file."""
        return self._reader.rejects((o, _by_row(reasons)) for o, reasons in self._spool.rejected())

    def _reference(self, draft: OrderDraft, faults: Problems) -> str | None:
        """Return an order's reference; None, with the problem noted, where it has none or another order has it."""
        path = self._reader.reference_path
        reference = draft.reference
        if reference is None or not reference.strip():
            if not any(p.path in ("", path) for p in faults.held):
                faults.add(path, "is missing; every order in a file needs one", draft.row)
            return None
        first = self._spool.first(reference)
        if first is None:
            return reference
        both = f"{shown(reference)} is in row {first} and again in row {draft.row}; {self._reader.again}"
        faults.add(path, both, draft.row)
        if self._spool.reject(reference, f"{path}: {both}"):
            self.count -= 1
            self.rejected += 1
        return None

    def _placed(self, problem: Problem, original: list[Any], own: OrderDraft) -> Problem:
        """Return the vendor's problem at its row and column of the file; what an option gave keeps the option's name.

        `own` is what the file says, without the options beside it.
        """
        row = problem.row if problem.row is not None else own.row
        if _from_option(problem.path, own, self._base):
            return replace(problem, row=row)
        path, line_row = self._reader.place(original, problem.path)
        return Problem(path, problem.problem, line_row or row)


def read(
    source: str | Path,
    *,
    zone: dt.tzinfo,
    stdin: BinaryIO | None = None,
    format: str | None = None,  # noqa: A002  (the option's name)
    encoding: str | None = None,
    delimiter: str | None = None,
    columns: Mapping[str, str] = NOTHING,
    defaults: DraftOptions | None = None,
    prepare: Prepare,
    skip_invalid: bool = False,
    rejects: str | Path | None = None,
) -> Batch:
    """Return the orders of a .csv, .json or .jsonl file, all prepared; "-" is standard input (or `stdin`).

    `columns` maps our columns to the file's headings, and headings that neither it nor we know are then ignored.
    `defaults` fill what the file leaves empty; its lines go to orders without any, its files to every order. `prepare`
    is the vendor's, called once for each order that could be read. With `skip_invalid` the invalid orders are left
    out; an order whose reference appears twice is invalid both times. Otherwise raises UsageError with every problem,
    at most a thousand of them. Those that are left out are written to `rejects` (mode 0600) as they were, with a
    reason; at the end of a run also those that were not taken (`Batch.refuse`).
    """
    if rejects is not None and same_file(source, stdin, Path(rejects)):
        raise UsageError(f"--rejects {rejects} is the file that is read; name another")
    base = from_options(defaults or DraftOptions(), zone=zone)
    chosen = _format(source, format)
    with opened(source, stdin=stdin, encoding=encoding) as text:
        batch = _batch(
            text,
            chosen,
            delimiter,
            columns,
            zone,
            base,
            prepare,
            skip_invalid=skip_invalid,
            originals=rejects is not None,
        )
        try:
            if rejects is not None:
                batch.begin_rejects(Rejects(Path(rejects), encoding=text.encoding, marked=text.marked))
        except BaseException:
            batch.close()
            raise
    return batch


def read_change(
    source: str | Path,
    *,
    zone: dt.tzinfo,
    stdin: BinaryIO | None = None,
    encoding: str | None = None,
    options: DraftOptions | None = None,
    replace_lines: bool = False,
) -> OrderChange:
    """Return the change that a JSON file describes: a draft without reference, and `replace_lines` true or false.

    `options` fill what the file leaves empty. Raises UsageError with all problems.
    """
    base = change_from_options(options or DraftOptions(), replace_lines=False, zone=zone)
    faults = Problems()
    with opened(source, stdin=stdin, encoding=encoding) as text:
        try:
            given = loads(whole(text))
        except ValueError as problem:
            raise UsageError(f"{text.name}: {problem}") from None
        except Unreadable as stop:
            faults.extend([stop.problem])
            raise faults.error(text.name, hint=stop.hint) from None
        name = text.name
    wanted = given.pop("replace_lines", replace_lines)
    if not isinstance(wanted, bool):
        faults.add("replace_lines", "must be true or false")
    if given.pop("reference", None) is not None:
        told = 'the order is named on the command line; a new reference is "set": {"reference": "R"}'
        faults.add("reference", told)
    parts = object_parts(given, zone=zone, faults=faults, also=("replace_lines",))
    change = _filled(OrderChange(**parts), base)
    if wanted is True and not change.lines and not faults.count:
        faults.add("replace_lines", "needs the lines to put in their place")
    faults.check(name)
    return with_reference(replace(change, replace_lines=wanted))


def _batch(
    text: Source,
    chosen: str,
    delimiter: str | None,
    columns: Mapping[str, str],
    zone: dt.tzinfo,
    base: OrderDraft,
    prepare: Prepare,
    *,
    skip_invalid: bool,
    originals: bool,
) -> Batch:
    """Return the batch, filled. Raises UsageError, the spool closed."""
    try:
        reader = _reader(text, chosen, delimiter, columns, zone, given=base.reference is not None)
    except Unreadable as stop:
        faults = Problems()
        faults.extend([stop.problem])
        raise faults.error(text.name, hint=stop.hint) from None
    batch = Batch(reader, base, prepare, originals=originals)
    try:
        faults = batch.fill()
    except Unreadable as stop:
        batch.close()
        raise _stopped(text.name, stop, batch) from None
    except BaseException:
        batch.close()
        raise
    if faults.count and not skip_invalid:
        batch.close()
        of = f"{batch.rejected:,} of {batch.rejected + batch.count:,} orders cannot be sent"
        others = "; --skip-invalid sends the others" if batch.count else ""
        unread = f"; {batch.not_read}" if batch.unread else ""
        raise faults.error(text.name, hint=f"{of}{others}{unread}")
    return batch


def _stopped(name: str, stop: Unreadable, batch: Batch) -> UsageError:
    """Return the error for a file that cannot be read to its end, with what was found wrong before."""
    more = f"; {batch.problem_count:,} more problems before it" if batch.problem_count else ""
    place = f", {stop.problem}" if stop.problem.row is not None else f": {stop.problem}"
    return UsageError(f"{name}{place}{more}; nothing was sent", hint=stop.hint, fields=[stop.problem, *batch.problems])


def _reader(
    text: Source, chosen: str, delimiter: str | None, columns: Mapping[str, str], zone: dt.tzinfo, *, given: bool
) -> Reader:
    """Return the reader of a format; only its own libraries are imported."""
    if chosen == "csv":
        from orderctl.drafts.rows import CsvReader  # noqa: PLC0415  (csv costs half a start, and JSON does without)

        return CsvReader(text, delimiter=delimiter, columns=columns, zone=zone, reference=given)
    return JsonReader(text, by_line=chosen == "jsonl", zone=zone)


def _format(source: str | Path, given: str | None) -> str:
    """Return the format that was given, or that the file's name ends in. Raises UsageError."""
    if given is not None:
        if given not in FORMATS:
            raise UsageError(f"--format {shown(given)} is not known", hint="csv, json or jsonl")
        return given
    suffix = Path(source).suffix.lower().lstrip(".")
    if suffix in FORMATS:
        return suffix
    name = "standard input" if str(source) == "-" else str(source)
    raise UsageError(f"{name} may be CSV or JSON; which?", hint="give --format csv, json or jsonl")


def _filled(draft: Drafted, base: OrderDraft) -> Drafted:
    """Return the draft with what it leaves empty taken from the options."""
    changes: dict[str, Any] = {
        name: getattr(base, name) for name in _FILLED if getattr(draft, name) is None or getattr(draft, name) == ()
    }
    given = {name: getattr(draft.customer, name) for name in CUSTOMER_WORDS.values()}
    customer = {name: getattr(base.customer, name) if value is None else value for name, value in given.items()}
    return replace(draft, **changes, customer=Customer(**customer), set={**base.set, **draft.set} or NOTHING)


def _from_option(path: str, own: OrderDraft, base: OrderDraft) -> bool:
    """Return whether the value that a problem is about came from an option beside --from, not from the file."""
    option, _, key = path.partition(" ")
    if option == "--set":
        return key in base.set and key not in own.set
    if option in ("line", "--line"):
        return not own.lines
    if option == "--file":
        return True
    word = OPTION_WORDS.get(option)
    return word is not None and _word(own, word) is None and _word(base, word) is not None


def _word(draft: OrderDraft, word: str) -> Any:
    return getattr(draft.customer, CUSTOMER_WORDS[word]) if word in CUSTOMER_WORDS else getattr(draft, word)


_FILLED = ("reference", "title", "note", "due", "currency", "total", "status", "paid", "lines", "files")

_NOTHING_GIVEN = OrderDraft()


def _reasons(faults: Problems) -> list[tuple[int | None, str]]:
    return [(p.row, str(replace(p, row=None))) for p in faults.held]


def _by_row(reasons: list[tuple[int | None, str]]) -> dict[int | None, str]:
    """Return one text a row."""
    by_row: dict[int | None, str] = {}
    for row, reason in reasons:
        by_row[row] = f"{by_row[row]}; {reason}" if row in by_row else reason
    return by_row
