"""Files to prepared orders: which reader a file has; all its orders are prepared before the first is handed out."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, Protocol, get_args

from orderctl.drafts import advice
from orderctl.drafts.batch import Batch, Prepare, Reader
from orderctl.drafts.items import Items, Like
from orderctl.drafts.jsontext import loads
from orderctl.drafts.objects import JsonReader, object_parts, whole
from orderctl.drafts.options import (
    DraftOptions,
    change_from_options,
    filled,
    from_options,
    with_reference,
)
from orderctl.drafts.rejects import Rejects, refuse_earlier
from orderctl.drafts.source import Source, Unreadable, opened, same_file
from orderctl.drafts.values import Problems, shown
from orderctl.errors import UsageError
from orderctl.frozen import dataclass, replace
from orderctl.model import NOTHING, OrderChange, OrderDraft

if TYPE_CHECKING:
    from orderctl.drafts.style import Dates, Numbers
    from orderctl.drafts.table import Known, Table

Format = Literal["csv", "json", "jsonl", "xlsx"]

FORMATS: tuple[str, ...] = get_args(Format)


class Foreign(Protocol):
    """Knows files that are not ours. Both return None for a file of our own words, and raise UsageError."""

    @property
    def paths(self) -> Sequence[str]:
        """Where the orders of JSON files are, inside an object."""

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
    settled: float | None = None,
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

    A file that is changed while it is read, or that was changed less than `settled` seconds ago, raises Temporary.

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
        raise UsageError("--delimiter is for CSV files; this one is JSON")
    settings = _ReaderSettings(
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
        if settled is not None:
            text.refuse_unsettled(settled)
        try:
            batch = _batch(
                text, chosen, settings, base, prepare, skip_invalid=skip_invalid, originals=rejects is not None
            )
        except UsageError:
            text.refuse_changed()  # what is wrong may only be that half of it was there
            raise
        try:
            text.refuse_changed()
            batch.empty = text.empty
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
        faults.add("replace_lines", "needs new lines")
    faults.check(name)
    return with_reference(replace(change, replace_lines=wanted))


@dataclass(frozen=True, kw_only=True)
class _ReaderSettings:
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
    text: Source,
    chosen: str,
    settings: _ReaderSettings,
    base: OrderDraft,
    prepare: Prepare,
    *,
    skip_invalid: bool,
    originals: bool,
) -> Batch:
    """Return the batch, filled. Raises UsageError, the spool closed."""
    try:
        reader = _reader(text, chosen, settings)
    except Unreadable as stop:
        faults = Problems()
        faults.extend([stop.problem])
        raise faults.error(text.name, hint=advice.or_mapping(stop.hint, settings.foreign, "encoding")) from None
    reader.assume(base.currency)
    batch = Batch(reader, base, prepare, originals=originals, changes=settings.changes)
    try:
        faults = batch.fill()
    except Unreadable as stop:
        batch.close()
        stop.hint = advice.or_mapping(stop.hint, settings.foreign, "encoding")
        raise _stopped(text.name, stop, batch) from None
    except BaseException:
        batch.close()
        raise
    if faults.count and not skip_invalid:
        batch.close()
        how = {"name": text.name, "mapping": reader.mapping, "options": settings.options}
        raise faults.error(text.name, hint=advice.of_problems(batch, faults.held, **how))
    return batch


def _stopped(name: str, stop: Unreadable, batch: Batch) -> UsageError:
    """Return the error for a file that cannot be read to its end, with what was found wrong before."""
    more = f"; {batch.problem_count:,} more problems before it" if batch.problem_count else ""
    place = f", {stop.problem}" if stop.problem.row is not None else f": {stop.problem}"
    return UsageError(f"{name}{place}{more}; nothing was sent", hint=stop.hint, fields=[stop.problem, *batch.problems])


def _reader(text: Source, chosen: str, settings: _ReaderSettings) -> Reader:
    """Return the reader of a file; only its own libraries are imported. Raises Unreadable, UsageError."""
    if chosen in {"json", "jsonl"}:
        foreign = settings.foreign
        items = Items(
            text,
            by_line=chosen == "jsonl",
            paths=(lambda: foreign.paths) if foreign else tuple,
            keys=foreign.keys if foreign else (),
            looks=foreign.looks if foreign else None,
        )
        found = foreign.objects(items) if foreign else None
        return found or JsonReader(
            items, zone=settings.zone, columns=settings.columns, numbers=settings.numbers, changes=settings.changes
        )
    if text.empty:
        from orderctl.drafts.table import Table  # noqa: PLC0415  (csv costs half a start)

        return _own(Table(text.name, ()), settings)
    table = _table(text, chosen, settings)
    table.given = settings.options
    try:
        return (settings.foreign.table(table) if settings.foreign else None) or _own(table, settings)
    except UsageError as error:
        error.hint = "; ".join(filter(None, (advice.other_sheets(table, settings.foreign), error.hint)))
        raise


def _own(table: "Table", settings: _ReaderSettings) -> Reader:
    """Return the reader of a table of our own words. Raises UsageError."""
    from orderctl.drafts.rows import CsvReader  # noqa: PLC0415  (csv costs half a start, and JSON does without)

    return CsvReader(
        table,
        columns=settings.columns,
        zone=settings.zone,
        reference=settings.given,
        numbers=settings.numbers,
        dates=settings.dates,
        ignore_columns=settings.ignore_columns,
        supported=settings.supported,
        changes=settings.changes,
        replace_lines=settings.replace_lines,
    )


def _table(text: Source, chosen: str, settings: _ReaderSettings) -> "Table":
    """Return the rows of a CSV file or a spreadsheet. Raises Unreadable, UsageError."""
    if chosen == "xlsx":
        from orderctl.drafts.sheet import sheet_table  # noqa: PLC0415  (only for a spreadsheet)

        look = settings.foreign.known if settings.foreign and settings.foreign.looks else None
        return sheet_table(text.name, text.path or text.whole(), sheet=settings.sheet, known=look)
    from orderctl.drafts.headings import known  # noqa: PLC0415  (csv costs half a start)
    from orderctl.drafts.table import csv_table  # noqa: PLC0415

    counters: list[Known] = [partial(known, columns=settings.columns, changes=settings.changes)]
    if settings.foreign:
        counters.append(settings.foreign.known)
    return csv_table(text, delimiter=settings.delimiter, quoted=settings.quoted, known=counters)


def _format(source: str | Path, given: str | None) -> str:
    """Return the format that was given, or that the file's name or its first bytes tell. Raises UsageError."""
    if given is not None:
        if given not in FORMATS:
            raise UsageError(f"--format {shown(given)} is not known", hint="csv, json, jsonl or xlsx")
        return given
    suffix = Path(source).suffix.lower().lstrip(".")
    if suffix in ENDINGS:
        return ENDINGS[suffix]
    if str(source) != "-" and not Path(source).is_fifo():  # what is read of a pipe is lost
        try:
            with Path(source).open("rb") as file:
                first = file.read(4096)
            if not first:
                return "csv"  # an empty file has no orders in any format
            head = first.lstrip(b"\xef\xbb\xbf \t\r\n")
        except (OSError, ValueError):
            head = b"?"  # what is wrong with it is reported when it is opened
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
            f"--rejects {rejects} would hold {kind}, but its name ends in another format; nothing was sent",
            hint=f"--rejects {quote(str(other))}",
        )


ENDINGS = {
    "csv": "csv", "tsv": "csv", "txt": "csv", "tab": "csv", "json": "json", "jsonl": "jsonl", "ndjson": "jsonl",
    "xlsx": "xlsx", "xlsm": "xlsx", "xlsb": "xlsx", "xls": "xlsx", "ods": "xlsx",
}  # fmt: skip
"""The formats, by how a file's name ends."""
