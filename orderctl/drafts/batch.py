"""The orders of a file, each read once and prepared once; what came of it is in the spool.

What stays in memory is one order and the first thousand problems.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self

from orderctl.backend.prepared import Prepared
from orderctl.drafts.changes import key_of
from orderctl.drafts.options import NOTHING_GIVEN, filled, given_by_option
from orderctl.drafts.rejects import Rejects
from orderctl.drafts.values import Problems, shown
from orderctl.errors import Problem
from orderctl.frozen import replace
from orderctl.model import OrderChange, OrderDraft, OrderKey

if TYPE_CHECKING:
    from orderctl.drafts.spool import Reasons

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
        """Return the notes about the whole file, after it was read."""

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


class Batch:
    """What was prepared of a file's valid orders, in its order, as often as asked; a context manager, ends the spool.

    `count` orders are valid, `rejected` are not; `problems` are the first thousand of `problem_count`. `refused` of the
    valid ones were not taken when they were sent. `empty` says that the file has not one byte.
    """

    def __init__(
        self, reader: Reader, base: OrderDraft, prepare: Prepare, *, originals: bool, changes: bool = False
    ) -> None:
        from orderctl.drafts.spool import Spool  # noqa: PLC0415  (sqlite3, and a change read from a file has no spool)

        self.count = 0
        self.rejected = 0
        self.refused = 0
        self.empty = False
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
        """Return the notes about the whole file."""
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
            faults.add("id", "names an existing order; use orderctl update --from", draft.row)
        if draft.reference is None or not draft.reference.strip():
            if not any(p.path in ("", path) for p in faults.held):
                faults.add(path, "is missing; every order in a file needs one", draft.row)
            return None
        return draft.reference

    def _name_of_change(self, draft: OrderDraft, path: str, faults: Problems) -> tuple[str | None, str]:
        """Return the key of the order that a change names, and the text of it in the file. Note a problem."""
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


def _reasons(faults: Problems) -> "Reasons":
    from orderctl.drafts.spool import INVALID  # noqa: PLC0415  (sqlite3, and a change read from a file has no spool)

    return [(p.row, str(replace(p, row=None)), INVALID) for p in faults.held]


def _by_row(reasons: "Reasons") -> dict[int | None, str]:
    """Return one text a row."""
    by_row: dict[int | None, str] = {}
    for row, reason, _ in reasons:
        by_row[row] = f"{by_row[row]}; {reason}" if row in by_row else reason
    return by_row
