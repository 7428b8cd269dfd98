"""Files to prepared orders, at any size: all are prepared before the first is handed out, and nothing is held.

Every order is read once and prepared once; what came of it stands in the spool, and iterating the Batch reads the
spool. What stays in memory is one order and the first thousand problems.
"""

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from shlex import quote
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, Protocol, Self, get_args

from orderctl.backend.prepared import Prepared
from orderctl.drafts import advice
from orderctl.drafts.changes import key_of
from orderctl.drafts.jsontext import loads
from orderctl.drafts.objects import Items, JsonReader, Like, object_parts, whole
from orderctl.drafts.options import (
    NOTHING_GIVEN,
    DraftOptions,
    change_from_options,
    filled,
    from_options,
    given_by_option,
    with_reference,
)
from orderctl.drafts.rejects import Rejects, refuse_earlier
from orderctl.drafts.source import Source, Unreadable, opened, same_file
from orderctl.drafts.values import Problems, shown
from orderctl.errors import Problem, UsageError
from orderctl.frozen import dataclass, replace
from orderctl.model import NOTHING, OrderChange, OrderDraft, OrderKey

if TYPE_CHECKING:
    from orderctl.drafts.spool import Reasons
    from orderctl.drafts.style import Dates, Numbers
    from orderctl.drafts.table import Known, Table

Format = Literal["csv", "json", "jsonl", "xlsx"]

FORMATS: tuple[str, ...] = get_args(Format)

Prepare = Callable[[OrderDraft], Prepared]
"""What a vendor makes of an order."""


class Reader(Protocol):
    """What a format knows: to yield each order's original, to make its draft, to write back those that are rejected."""

    again: str
    mapping: str
    """How the mapping that the file is read with is named on a command line, "" without one."""
    reference_path: str
    flags: set[str]
    """What was noted of the order that was drafted last, for `doubts`."""

    @property
    def passed_over(self) -> Sequence[str]:
        """Return the orders that are passed over, once the file was read; at most ten thousand."""

    @property
    def unread(self) -> tuple[str, ...]:
        """Return the headings that are not read."""

    @property
    def not_read(self) -> str:
        """Return a sentence about them, "" where there is none."""

    @property
    def notes(self) -> list[str]:
        """Return what is said once, after the file was read."""

    @property
    def warned(self) -> list[str]:
        """Return what is warned of once, after the file was read."""

    def assume(self, currency: str | None, /) -> None:
        """Take a currency for that of the orders that name none."""

    def doubts(self) -> Mapping[str, tuple[str, str]]:
        """Return what the whole file says against flagged orders: for each flag the column and the problem."""

    def __iter__(self) -> Iterator[list[Any]]:
        """Yield the originals."""

    def draft(self, original: list[Any], faults: Problems, /) -> OrderDraft:
        """Return the draft, noting what is wrong."""

    def place(self, original: list[Any], path: str, /) -> tuple[str, int | None]:
        """Return the file's own name for a path that names an option or a line, and the line's row if it has one."""

    def rejects(self, rejected: Iterator[tuple[list[Any], Mapping[int | None, str], str]], /) -> Iterator[str]:
        """Yield the text of a file with these originals, why they were rejected, by row, and the code of it."""


class Foreign(Protocol):
    """Knows files that are not ours. Both return None for a file of our own words, and raise UsageError."""

    @property
    def paths(self) -> Sequence[str]:
        """Where the orders of JSON files stand, inside an object."""

    @property
    def keys(self) -> Collection[str]:
        """Keys of an order: an object without any of them must have its orders there."""

    def table(self, table: "Table") -> Reader | None:
        """Return what reads a table."""

    def objects(self, items: Items) -> Reader | None:
        """Return what reads the objects of a JSON file."""

    def known(self, headings: Sequence[str]) -> int:
        """Return how many headings are known."""

    @property
    def looks(self) -> Like | None:
        """What tells orders, where they are looked for in any list of a JSON file and on any sheet; else None."""

    def saying(self, key: Literal["encoding", "sheet"]) -> Sequence[str]:
        """Return the mappings that say how a file is to be opened and that only a name selects."""

    @property
    def file(self) -> Any:
        """What is known beforehand of how the file is written: format, encoding, delimiter, quote, sheet; or None."""


class Batch:
    """What was prepared of a file's valid orders, in its order, as often as asked; a context manager, ends the spool.

    `count` orders are valid, `rejected` are not; `problems` are the first thousand of `problem_count`. `refused` of the
    valid ones were not taken when they were sent.
    """

    def __init__(
        self, reader: Reader, base: OrderDraft, prepare: Prepare, *, originals: bool, changes: bool = False
    ) -> None:
        from orderctl.drafts.spool import Spool  # noqa: PLC0415  (sqlite3, and a change read from a file has no spool)

        self.count = 0
        self.rejected = 0
        self.refused = 0
        self._rejects: Rejects | None = None
        self._ended = False
        self._reader = reader
        self._changes = changes
        self._base = base
        self._base_given = base != NOTHING_GIVEN
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
    def notes(self) -> list[str]:
        """Return what is said once of the whole file."""
        return self._reader.notes

    @property
    def passed_over(self) -> Sequence[str]:
        """Return the orders that the mapping passes over, each with the reason; at most ten thousand."""
        return self._reader.passed_over

    @property
    def warned(self) -> list[str]:
        """Return what is warned of once, of the whole file."""
        return self._reader.warned

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
        try:
            if kind is None:
                self.end_rejects()
        finally:
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
            draft = filled(own, self._base) if self._base_given else own
            reference = self._name(draft, faults)
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
            doubt = "\n".join(sorted(self._reader.flags)) if self._reader.flags else None
            self._spool.add(reference, draft.row, prepared, original, _reasons(faults), doubt)
        self._doubt()
        self._spool.filled()
        return self._faults

    def _doubt(self) -> None:
        """Reject the orders that the whole file speaks against."""
        for flag, (path, problem) in self._reader.doubts().items():
            for reference, row in self._spool.doubtful(flag):
                if self._spool.reject(reference, str(Problem(path, problem))):
                    self._faults.add(path, problem, row)
                    self.count -= 1
                    self.rejected += 1

    def begin_rejects(self, file: Rejects) -> None:
        """Write the invalid orders to their file. Raises UsageError where it cannot be written."""
        self._rejects = file
        file.begin(self._rejected())

    def refuse(self, reference: str, reason: str, code: str) -> None:
        """Note why a valid order was not taken when it was sent, for the rejects file: in words, and its code.

        A change goes by the text of its OrderKey.
        """
        if self._rejects is not None:
            self.refused += self._spool.refuse(reference, reason, code)

    def end_rejects(self) -> None:
        """Write the rejects file with all that was not taken, at the end. Raises MachineRefused."""
        if self._rejects is not None and not self._ended:
            self._ended = True
            self._rejects.end(self._rejected())

    def _rejected(self) -> Iterator[str]:
        """Yield the text of the rejects file."""
        return self._reader.rejects(
            (original, _by_row(reasons), reasons[0][2]) for original, reasons in self._spool.rejected()
        )

    def _name(self, draft: OrderDraft, faults: Problems) -> str | None:
        """Return what names an order; None, with the problem noted, where nothing does or another order has it."""
        path = self._reader.reference_path
        if self._changes:
            name, said = self._name_of_change(draft, path, faults)
        else:
            name, said = self._reference(draft, path, faults), draft.reference or ""
        if name is None:
            return None
        first = self._spool.first(name)
        if first is None:
            return name
        both = f"{shown(said)} is in row {first} and again in row {draft.row}; {self._reader.again}"
        faults.add(path, both, draft.row)
        if self._spool.reject(name, f"{path}: {both}"):
            self.count -= 1
            self.rejected += 1
        return None

    def _reference(self, draft: OrderDraft, path: str, faults: Problems) -> str | None:
        """Return a new order's reference; None, with the problem noted, where it has none."""
        if isinstance(draft, OrderChange) and draft.id is not None:
            faults.add("id", "names an order that exists: orderctl update --from", draft.row)
        if draft.reference is None or not draft.reference.strip():
            if not any(p.path in ("", path) for p in faults.held):
                faults.add(path, "is missing; every order in a file needs one", draft.row)
            return None
        return draft.reference

    def _name_of_change(self, draft: OrderDraft, path: str, faults: Problems) -> tuple[str | None, str]:
        """Return what names the order of a change, as a key and as it stands in the file; a problem is noted."""
        order_id = draft.id if isinstance(draft, OrderChange) else None
        if order_id and draft.reference:
            said = "is given beside the id, which names the order; a new one is set.reference"
            faults.add("reference", said, draft.row)
        key = OrderKey(id=order_id) if order_id else key_of(draft)
        if key is None and not any(p.path in ("", path) for p in faults.held):
            faults.add(path, "is missing; every order in a file needs its id or its reference", draft.row)
        return (str(key), key.id or key.reference or "") if key else (None, "")

    def _placed(self, problem: Problem, original: list[Any], own: OrderDraft) -> Problem:
        """Return the vendor's problem at its row and column of the file; what an option gave keeps the option's name.

        `own` is what the file says, without the options beside it.
        """
        row = problem.row if problem.row is not None else own.row
        if given_by_option(problem.path, own, self._base):
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
    dry_run: bool = False,
    foreign: Foreign | None = None,
    numbers: "Numbers | None" = None,
    dates: "Dates | None" = None,
    ignore_columns: bool = False,
    supported: Collection[str] | None = None,
    changes: bool = False,
    replace_lines: bool = False,
) -> Batch:
    """Return the orders of a .csv, .json, .jsonl or .xlsx file, all prepared; "-" is standard input (or `stdin`).

    `columns` maps our columns to the file's headings; others are then ignored, unless they are exactly ours.
    `supported` are the words that the vendor takes, where that is known, for the command line that is advised.
    `numbers` and `dates` are how they are written; `foreign` knows files that are not ours. `defaults` fill what the
    file leaves empty; its lines go to orders without any, its files to every order. `prepare` is the vendor's, called
    once for each order that could be read. With `skip_invalid` the invalid orders are left out; an order whose
    reference appears twice is invalid both times. Otherwise raises UsageError with every problem, at most a thousand of
    them. Those that are left out are written to `rejects` (mode 0600) as they were, with a reason; at the end of a run
    also those that were not taken (`Batch.refuse`). A `dry_run` only looks whether they could be.

    With `changes` the file holds changes of orders that exist: each names its order by `id` or `reference`, and
    `prepare` is given an OrderChange. Their lines are added to those of the order, or, with `replace_lines`, replace
    them.
    """
    if rejects is not None and same_file(source, stdin, Path(rejects)):
        raise UsageError(f"--rejects {rejects} is the file that is read; name another")
    base = from_options(defaults or DraftOptions(), zone=zone)
    file = foreign.file if foreign else None
    chosen = format or (file.format if file and file.format else None)
    chosen = _format(source, chosen)
    if rejects is not None:
        _refuse_name(rejects, "csv" if chosen == "xlsx" else chosen)
    if chosen in {"json", "jsonl"} and delimiter is not None:
        raise UsageError("--delimiter goes with CSV files; this one is JSON")
    made = _Made(
        delimiter=delimiter or (file.delimiter if file else None),
        quoted=file is None or file.quote is None,
        sheet=file.sheet if file else None,
        columns=columns,
        zone=zone,
        given=base.reference is not None,
        options=advice.given(format=format, encoding=encoding, delimiter=delimiter),
        foreign=foreign,
        numbers=numbers,
        dates=dates,
        ignore_columns=ignore_columns,
        supported=supported,
        changes=changes,
        replace_lines=replace_lines,
    )
    with opened(source, stdin=stdin, encoding=encoding or (file.encoding if file else None)) as text:
        batch = _batch(text, chosen, made, base, prepare, skip_invalid=skip_invalid, originals=rejects is not None)
        try:
            if rejects is not None and dry_run:
                refuse_earlier(Path(rejects))
            elif rejects is not None:
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
    change = filled(OrderChange(**parts), base)
    if wanted is True and not change.lines and not faults.count:
        faults.add("replace_lines", "needs the lines to put in their place")
    faults.check(name)
    return with_reference(replace(change, replace_lines=wanted))


@dataclass(frozen=True, kw_only=True)
class _Made:
    """How a file's reader is to be made."""

    delimiter: str | None
    quoted: bool
    sheet: str | None
    columns: Mapping[str, str]
    zone: dt.tzinfo
    given: bool
    options: str
    foreign: Foreign | None
    numbers: "Numbers | None"
    dates: "Dates | None"
    ignore_columns: bool
    supported: Collection[str] | None
    changes: bool
    replace_lines: bool


def _batch(
    text: Source, chosen: str, made: _Made, base: OrderDraft, prepare: Prepare, *, skip_invalid: bool, originals: bool
) -> Batch:
    """Return the batch, filled. Raises UsageError, the spool closed."""
    try:
        reader = _reader(text, chosen, made)
    except Unreadable as stop:
        faults = Problems()
        faults.extend([stop.problem])
        raise faults.error(text.name, hint=advice.or_mapping(stop.hint, made.foreign, "encoding")) from None
    reader.assume(base.currency)
    batch = Batch(reader, base, prepare, originals=originals, changes=made.changes)
    try:
        faults = batch.fill()
    except Unreadable as stop:
        batch.close()
        stop.hint = advice.or_mapping(stop.hint, made.foreign, "encoding")
        raise _stopped(text.name, stop, batch) from None
    except BaseException:
        batch.close()
        raise
    if faults.count and not skip_invalid:
        batch.close()
        how = {"name": text.name, "mapping": reader.mapping, "options": made.options}
        raise faults.error(text.name, hint=advice.of_problems(batch, faults.held, **how))
    return batch


def _stopped(name: str, stop: Unreadable, batch: Batch) -> UsageError:
    """Return the error for a file that cannot be read to its end, with what was found wrong before."""
    more = f"; {batch.problem_count:,} more problems before it" if batch.problem_count else ""
    place = f", {stop.problem}" if stop.problem.row is not None else f": {stop.problem}"
    return UsageError(f"{name}{place}{more}; nothing was sent", hint=stop.hint, fields=[stop.problem, *batch.problems])


def _reader(text: Source, chosen: str, made: _Made) -> Reader:
    """Return the reader of a file; only its own libraries are imported. Raises Unreadable, UsageError."""
    if chosen in {"json", "jsonl"}:
        foreign = made.foreign
        items = Items(
            text,
            by_line=chosen == "jsonl",
            paths=(lambda: foreign.paths) if foreign else tuple,
            keys=foreign.keys if foreign else (),
            looks=foreign.looks if foreign else None,
        )
        found = foreign.objects(items) if foreign else None
        return found or JsonReader(
            items, zone=made.zone, columns=made.columns, numbers=made.numbers, changes=made.changes
        )
    table = _table(text, chosen, made)
    table.given = made.options
    try:
        return (made.foreign.table(table) if made.foreign else None) or _own(table, made)
    except UsageError as error:
        error.hint = "; ".join(filter(None, (advice.other_sheets(table, made.foreign), error.hint)))
        raise


def _own(table: "Table", made: _Made) -> Reader:
    """Return the reader of a table of our own words. Raises UsageError."""
    from orderctl.drafts.rows import CsvReader  # noqa: PLC0415  (csv costs half a start, and JSON does without)

    return CsvReader(
        table,
        columns=made.columns,
        zone=made.zone,
        reference=made.given,
        numbers=made.numbers,
        dates=made.dates,
        ignore_columns=made.ignore_columns,
        supported=made.supported,
        changes=made.changes,
        replace_lines=made.replace_lines,
    )


def _table(text: Source, chosen: str, made: _Made) -> "Table":
    """Return the rows of a CSV file or a spreadsheet. Raises Unreadable, UsageError."""
    if chosen == "xlsx":
        from orderctl.drafts.sheet import sheet_table  # noqa: PLC0415  (only for a spreadsheet)

        look = made.foreign.known if made.foreign and made.foreign.looks else None
        return sheet_table(text.name, text.path or text.whole(), sheet=made.sheet, known=look)
    from orderctl.drafts.headings import known  # noqa: PLC0415  (csv costs half a start)
    from orderctl.drafts.table import csv_table  # noqa: PLC0415

    counters: list[Known] = [partial(known, columns=made.columns, changes=made.changes)]
    if made.foreign:
        counters.append(made.foreign.known)
    return csv_table(text, delimiter=made.delimiter, quoted=made.quoted, known=counters)


def _format(source: str | Path, given: str | None) -> str:
    """Return the format that was given, or that the file's name or its first bytes tell. Raises UsageError."""
    if given is not None:
        if given not in FORMATS:
            raise UsageError(f"--format {shown(given)} is not known", hint="csv, json, jsonl or xlsx")
        return given
    suffix = Path(source).suffix.lower().lstrip(".")
    if suffix in ENDINGS:
        return ENDINGS[suffix]
    if str(source) != "-":
        try:
            with Path(source).open("rb") as file:
                head = file.read(4096).lstrip(b"\xef\xbb\xbf \t\r\n")
        except (OSError, ValueError):
            head = b"?"  # what is wrong with it is said when it is opened
        if head:
            return "xlsx" if head.startswith((b"PK\x03\x04", b"\xd0\xcf")) else "json" if head[:1] in b"[{" else "csv"
    name = "standard input" if str(source) == "-" else str(source)
    raise UsageError(f"{name} may be CSV or JSON; which?", hint="give --format csv, json, jsonl or xlsx")


def _refuse_name(rejects: str | Path, format: str) -> None:  # noqa: A002  (the option's name)
    """Raise UsageError where a rejects file's name says another format than it will have."""
    suffix = Path(rejects).suffix.lower().lstrip(".")
    if ENDINGS.get(suffix, format) != format:
        kind = "CSV" if format == "csv" else "JSON Lines" if format == "jsonl" else "JSON"
        other = Path(rejects).with_suffix(f".{format}")
        raise UsageError(
            f"--rejects {rejects} would hold {kind}, which its name does not say; nothing was sent",
            hint=f"--rejects {quote(str(other))}",
        )


ENDINGS = {
    "csv": "csv", "tsv": "csv", "txt": "csv", "tab": "csv", "json": "json", "jsonl": "jsonl", "ndjson": "jsonl",
    "xlsx": "xlsx", "xlsm": "xlsx", "xlsb": "xlsx", "xls": "xlsx", "ods": "xlsx",
}  # fmt: skip
"""The formats, by how a file's name ends."""


def _reasons(faults: Problems) -> "Reasons":
    from orderctl.drafts.spool import INVALID  # noqa: PLC0415  (sqlite3, and a change read from a file has no spool)

    return [(p.row, str(replace(p, row=None)), INVALID) for p in faults.held]


def _by_row(reasons: "Reasons") -> dict[int | None, str]:
    """Return one text a row."""
    by_row: dict[int | None, str] = {}
    for row, reason, _ in reasons:
        by_row[row] = f"{by_row[row]}; {reason}" if row in by_row else reason
    return by_row
