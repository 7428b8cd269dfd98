"""Files to drafts, at any size: everything is checked before the first draft is handed out, and nothing is held.

The first pass parses and checks every order and keeps its original text in a private temporary file; iterating the
Batch reads that file and makes the drafts again. What stays in memory is one order, a 16-byte digest of each reference,
and the first thousand problems.
"""

import datetime as dt
import json
import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Literal, Protocol, Self, TypeVar, get_args

from orderctl.drafts.jsontext import loads
from orderctl.drafts.objects import Objects, object_parts, whole
from orderctl.drafts.options import DraftOptions, change_from_options, from_options
from orderctl.drafts.source import Source, Unreadable, opened, same_file
from orderctl.drafts.values import CUSTOMER_WORDS, Faults, shown
from orderctl.errors import Problem, UsageError
from orderctl.model import NOTHING, Customer, OrderChange, OrderDraft
from orderctl.values import dataclass, replace

Format = Literal["csv", "json", "jsonl"]

FORMATS: tuple[str, ...] = get_args(Format)

Drafted = TypeVar("Drafted", bound=OrderDraft)

Check = Callable[[OrderDraft], tuple[Problem, ...]]

_LINE = re.compile(r"line ([0-9]+) (.+)", re.DOTALL)


class Reader(Protocol):
    """What a format knows: to yield each order's original, to make its draft, to write back those that are rejected."""

    again: str
    reference_path: str

    def __iter__(self) -> Iterator[list[Any]]:
        """Yield the originals."""

    def draft(self, original: list[Any], faults: Faults, /) -> OrderDraft:
        """Return the draft, noting what is wrong."""

    def line_row(self, original: list[Any], number: int, /) -> int | None:
        """Return the row of a line (from 1) of an order, None where lines have none."""

    def rejects(self, rejected: Iterator[tuple[list[Any], Mapping[int | None, str]]], /) -> Iterator[str]:
        """Yield the text of a file with these originals and why they were rejected."""


@dataclass(frozen=True)
class _Kept:
    """An order in the spool: its original, its reference's digest, and why it is rejected (if it is)."""

    original: list[Any]
    digest: str
    reasons: list[tuple[int | None, str]]


class Batch:
    """The valid drafts of a file, in its order, as often as they are asked for; a context manager that ends the spool.

    `count` drafts are valid, `rejected` orders are not; `problems` are the first thousand of `problem_count`.
    """

    def __init__(self, reader: Reader, base: OrderDraft, check: Check | None) -> None:
        import tempfile  # noqa: PLC0415  (two interpreter starts, and only files need it)

        self.count = 0
        self.rejected = 0
        self._reader = reader
        self._base = base
        self._check = check
        self._faults = Faults()
        self._seen: set[bytes] = set()
        self._spoilt: set[str] = set()
        self._spool = tempfile.TemporaryFile(prefix="orderctl-")  # noqa: SIM115  (it lives as long as the batch)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Return what is wrong with the rejected orders, at most a thousand problems."""
        return tuple(self._faults.held)

    @property
    def problem_count(self) -> int:
        """Return how many problems there are in all."""
        return self._faults.count

    def __iter__(self) -> Iterator[OrderDraft]:
        """Yield the valid drafts."""
        for kept in self._kept():
            if not kept.reasons and kept.digest not in self._spoilt:
                yield _filled(self._reader.draft(kept.original, Faults()), self._base)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the temporary file back."""
        self._spool.close()

    def fill(self, *, keep_rejected: bool) -> Faults:
        """Read everything once and return what is wrong. Raises Unreadable where reading cannot go on."""
        for original in self._reader:
            faults = Faults()
            draft = _filled(self._reader.draft(original, faults), self._base)
            digest = self._digest(draft, faults)
            if not faults.count and self._check is not None:
                faults.extend(self._placed(problem, original, draft) for problem in self._check(draft))
            self._faults.join(faults)
            if faults.count:
                self.rejected += 1
            else:
                self.count += 1
            if keep_rejected or not self._faults.count:
                self._keep(_Kept(original, digest, _reasons(faults)))
        self._seen.clear()
        if self._spoilt and keep_rejected:
            again = sum(not kept.reasons and kept.digest in self._spoilt for kept in self._kept())
            self.count -= again
            self.rejected += again
        return self._faults

    def rejects(self) -> Iterator[str]:
        """Yield the text of the rejects file."""
        return self._reader.rejects(self._rejected())

    def _rejected(self) -> Iterator[tuple[list[Any], Mapping[int | None, str]]]:
        for kept in self._kept():
            if kept.reasons:
                yield kept.original, _by_row(kept.reasons)
            elif kept.digest in self._spoilt:
                first = self._reader.draft(kept.original, Faults())
                yield kept.original, {first.row: f"{self._reader.reference_path}: {self._reader.again}"}

    def _digest(self, draft: OrderDraft, faults: Faults) -> str:
        """Return the digest of an order's reference, noting that it has none or that it was there before."""
        from hashlib import blake2b  # noqa: PLC0415  (two interpreter starts, and only files need it)

        path = self._reader.reference_path
        if not (draft.reference or "").strip():
            if not any(p.path in ("", path) for p in faults.held):
                faults.add(path, "is missing; every order in a file needs one", draft.row)
            return ""
        digest = blake2b(str(draft.reference).encode(), digest_size=16)
        if digest.digest() in self._seen:
            faults.add(path, f"{shown(str(draft.reference))} {self._reader.again}", draft.row)
            self._spoilt.add(digest.hexdigest())
        self._seen.add(digest.digest())
        return digest.hexdigest()

    def _placed(self, problem: Problem, original: list[Any], draft: OrderDraft) -> Problem:
        """Return the vendor's problem at the row of its line, where lines have rows of their own."""
        found = _LINE.fullmatch(problem.path)
        row = self._reader.line_row(original, int(found[1])) if found else None
        if found and row is not None:
            return Problem(found[2], problem.problem, row)
        return problem if problem.row is not None else replace(problem, row=draft.row)

    def _keep(self, kept: _Kept) -> None:
        record = json.dumps([kept.original, kept.digest, kept.reasons])
        try:
            self._spool.write(record.encode("ascii") + b"\n")
        except OSError as error:
            raise UsageError(
                f"cannot keep the orders in a temporary file: {error.strerror}; nothing was sent",
                hint="TMPDIR names another folder",
            ) from None

    def _kept(self) -> Iterator[_Kept]:
        """Yield what the spool holds; each iteration has its own place in it."""
        place = 0
        while True:
            self._spool.seek(place)
            record = self._spool.readline()
            if not record:
                return
            place = self._spool.tell()
            yield _Kept(*json.loads(record))


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
    check: Check | None = None,
    skip_invalid: bool = False,
    rejects: str | Path | None = None,
) -> Batch:
    """Return the drafts of a .csv, .json or .jsonl file, all of them checked; "-" is standard input (or `stdin`).

    `columns` maps our columns to the file's headings, and headings that neither it nor we know are then ignored.
    `defaults` fill what the file leaves empty; its lines go to orders without any, its files to every order. `check`
    is the vendor's. With `skip_invalid` the invalid orders are left out, and written to `rejects` (mode 0600) as they
    were, with a reason; an order whose reference appears twice is invalid both times. Otherwise raises UsageError with
    every problem, at most a thousand of them.
    """
    if rejects is not None and not skip_invalid:
        raise UsageError("--rejects needs --skip-invalid")
    if rejects is not None and same_file(source, stdin, Path(rejects)):
        raise UsageError(f"--rejects {rejects} is the file that is read; name another")
    base = from_options(defaults or DraftOptions(), zone=zone)
    chosen = _format(source, format)
    with opened(source, stdin=stdin, encoding=encoding) as text:
        batch = _batch(text, chosen, delimiter, columns, zone, base, check, skip_invalid=skip_invalid)
        if rejects is not None:
            _write_rejects(Path(rejects), batch, text)
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
    faults = Faults()
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
        faults.add("reference", "an update does not change it; leave it out, the order is named on the command line")
    parts = object_parts(given, zone=zone, faults=faults, also=("replace_lines",))
    change = _filled(OrderChange(**parts), base)
    if wanted is True and not change.lines and not faults.count:
        faults.add("replace_lines", "needs the lines to put in their place")
    faults.check(name)
    return replace(change, replace_lines=wanted)


def _batch(
    text: Source,
    chosen: str,
    delimiter: str | None,
    columns: Mapping[str, str],
    zone: dt.tzinfo,
    base: OrderDraft,
    check: Check | None,
    *,
    skip_invalid: bool,
) -> Batch:
    """Return the batch, filled. Raises UsageError, the spool closed."""
    try:
        reader = _reader(text, chosen, delimiter, columns, zone, given=base.reference is not None)
    except Unreadable as stop:
        faults = Faults()
        faults.extend([stop.problem])
        raise faults.error(text.name, hint=stop.hint) from None
    batch = Batch(reader, base, check)
    try:
        faults = batch.fill(keep_rejected=skip_invalid)
    except Unreadable as stop:
        batch.close()
        raise _stopped(text.name, stop, batch) from None
    except BaseException:
        batch.close()
        raise
    if faults.count and not skip_invalid:
        batch.close()
        of = f"{batch.rejected:,} of {batch.rejected + batch.count:,} orders cannot be sent"
        raise faults.error(text.name, hint=f"{of}; --skip-invalid sends the others")
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
        from orderctl.drafts.rows import Rows  # noqa: PLC0415  (csv costs half a start, and JSON does without)

        return Rows(text, delimiter=delimiter, columns=columns, zone=zone, reference=given)
    return Objects(text, by_line=chosen == "jsonl", zone=zone)


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
    if base == _NOTHING_GIVEN:
        return draft
    changes: dict[str, Any] = {
        name: getattr(base, name) for name in _FILLED if getattr(draft, name) is None or getattr(draft, name) == ()
    }
    given = {name: getattr(draft.customer, name) for name in CUSTOMER_WORDS.values()}
    customer = {name: getattr(base.customer, name) if value is None else value for name, value in given.items()}
    return replace(draft, **changes, customer=Customer(**customer), set={**base.set, **draft.set} or NOTHING)


_FILLED = ("reference", "title", "note", "due", "currency", "total", "status", "paid", "lines", "files")

_NOTHING_GIVEN = OrderDraft()


def _reasons(faults: Faults) -> list[tuple[int | None, str]]:
    return [(p.row, str(replace(p, row=None))) for p in faults.held]


def _by_row(reasons: list[tuple[int | None, str]]) -> dict[int | None, str]:
    """Return one text a row."""
    by_row: dict[int | None, str] = {}
    for row, reason in reasons:
        by_row[row] = f"{by_row[row]}; {reason}" if row in by_row else reason
    return by_row


def _write_rejects(path: Path, batch: Batch, text: Source) -> None:
    """Write the rejected orders, for the owner's eyes only, in the encoding of the file that was read."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding=text.encoding, errors="replace", newline="") as file:
            if stat.S_ISREG(os.fstat(descriptor).st_mode) and hasattr(os, "fchmod"):
                os.fchmod(descriptor, 0o600)
            file.write("\ufeff" if text.marked else "")
            file.writelines(batch.rejects())
    except (OSError, ValueError) as error:
        batch.close()
        reason = getattr(error, "strerror", None) or "not a file's name"
        raise UsageError(f"cannot write --rejects {path}: {reason}; nothing was sent") from None
