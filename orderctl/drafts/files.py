"""Files to drafts, at any size: everything is checked before the first draft is handed out, and nothing is held.

The first pass parses and checks every order and keeps its original text in a private temporary file; iterating the
Batch reads that file and makes the drafts again. What stays in memory is one order, the row and a 16-byte digest of
each reference, and the first thousand problems.
"""

import datetime as dt
import json
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Literal, Protocol, Self, TypeVar, get_args

from orderctl.drafts.jsontext import loads
from orderctl.drafts.objects import Objects, object_parts, whole
from orderctl.drafts.options import OPTION_WORDS, DraftOptions, change_from_options, from_options
from orderctl.drafts.source import Source, Unreadable, opened, same_file
from orderctl.drafts.values import CUSTOMER_WORDS, Faults, shown
from orderctl.errors import Problem, UsageError
from orderctl.frozen import dataclass, replace
from orderctl.model import NOTHING, Customer, OrderChange, OrderDraft

Format = Literal["csv", "json", "jsonl"]

FORMATS: tuple[str, ...] = get_args(Format)

Drafted = TypeVar("Drafted", bound=OrderDraft)

Check = Callable[[OrderDraft], tuple[Problem, ...]]


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

    def draft(self, original: list[Any], faults: Faults, /) -> OrderDraft:
        """Return the draft, noting what is wrong."""

    def place(self, original: list[Any], path: str, /) -> tuple[str, int | None]:
        """Return the file's own name for a path that names an option or a line, and the line's row if it has one."""

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
        self._seen: dict[bytes, int] = {}
        self._spoilt: dict[str, str] = {}
        self._spool = tempfile.TemporaryFile(prefix="orderctl-")  # noqa: SIM115  (it lives as long as the batch)

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
            own = self._reader.draft(original, faults)
            draft = _filled(own, self._base)
            digest = self._digest(draft, faults)
            if not faults.count and self._check is not None:
                faults.extend(self._placed(problem, original, own) for problem in self._check(draft))
            self._faults.join(faults)
            if faults.count:
                self.rejected += 1
            else:
                self.count += 1
            if digest:
                self._remember(bytes.fromhex(digest), draft.row or 0, sound=not faults.count)
            if keep_rejected or not self._faults.count:
                self._keep(_Kept(original, digest, _reasons(faults)))
        self._seen.clear()
        return self._faults

    def _remember(self, digest: bytes, row: int, *, sound: bool) -> None:
        """Keep the row where a reference is first, below 0 once its order is rejected."""
        first = self._seen.setdefault(digest, row if sound else -row)
        if first > 0 and first != row:
            self._seen[digest] = -first
            self.count -= 1
            self.rejected += 1

    def rejects(self) -> Iterator[str]:
        """Yield the text of the rejects file."""
        return self._reader.rejects(self._rejected())

    def _rejected(self) -> Iterator[tuple[list[Any], Mapping[int | None, str]]]:
        for kept in self._kept():
            if kept.reasons:
                yield kept.original, _by_row(kept.reasons)
            elif kept.digest in self._spoilt:
                first = self._reader.draft(kept.original, Faults())
                yield kept.original, {first.row: f"{self._reader.reference_path}: {self._spoilt[kept.digest]}"}

    def _digest(self, draft: OrderDraft, faults: Faults) -> str:
        """Return the digest of an order's reference, noting that it has none or that it was there before."""
        from hashlib import blake2b  # noqa: PLC0415  (two interpreter starts, and only files need it)

        path = self._reader.reference_path
        if not (draft.reference or "").strip():
            if not any(p.path in ("", path) for p in faults.held):
                faults.add(path, "is missing; every order in a file needs one", draft.row)
            return ""
        digest = blake2b(str(draft.reference).encode(), digest_size=16)
        first = abs(self._seen.get(digest.digest(), 0))
        if first:
            both = f"{shown(str(draft.reference))} is in row {first} and again in row {draft.row}"
            faults.add(path, f"{both}; {self._reader.again}", draft.row)
            self._spoilt.setdefault(digest.hexdigest(), f"{both}; {self._reader.again}")
        return digest.hexdigest()

    def _placed(self, problem: Problem, original: list[Any], own: OrderDraft) -> Problem:
        """Return the vendor's problem at its row and column of the file; what an option gave keeps the option's name.

        `own` is what the file says, without the options beside it.
        """
        row = problem.row if problem.row is not None else own.row
        if _from_option(problem.path, own, self._base):
            return replace(problem, row=row)
        path, line_row = self._reader.place(original, problem.path)
        return Problem(path, problem.problem, line_row or row)

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
