"""A list as it grows: written document by document in every format, so that memory does not grow with it."""

import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from orderctl.errors import ClosedPipe, OrderctlError
from orderctl.output import screen
from orderctl.output.encoders import Encoding, columns, encoding
from orderctl.output.jsontext import compact
from orderctl.output.kinds import CHANGED, GOOD, KINDS, Document, Picked, cells
from orderctl.output.stream import Stream
from orderctl.output.table import MAX_ROWS, Row, Table, TerminalStyle

if TYPE_CHECKING:
    from orderctl.output.sheet import Sheet

CHUNK = 128
"""Documents made text and written at once where standard output is not a terminal.

Made text one by one as they come, they take half as much again: what each step of a list needs pushes that of the
other steps out of the processor's caches.
"""

MAX_WARNINGS = 50
"""As many results that are not good are warnings, where their rows are not printed."""


class Messages(NamedTuple):
    """What a list needs beside its stream: a note, a warning, and the style of its terminal."""

    note: Callable[[str], None]
    warning: Callable[[str], None]
    style: Callable[[], TerminalStyle]


class Rows:
    """A list that is being written; a context manager. Leaving it finishes it.

    An exception ends it as it is: a JSON document stays whole and says `complete` false, and in `next` the cursor to go
    on with where there is one; a table shows what came.
    With `quiet` a table without rows has no heading either. `hidden` prints no row. With `reports` the results that
    are not good are warnings, where nobody else tells of them. `picked` are the fields of --fields; without any,
    `profiles` adds the profile of each row, and a terminal shows the columns that are not empty, all with `wide`.
    """

    def __init__(
        self,
        kind: str,
        stream: Stream,
        messages: Messages,
        *,
        format: str,  # noqa: A002  (the option's name)
        picked: Picked = (),
        profiles: bool = False,
        wide: bool = False,
        bom: bool = False,
        schema: str | None = None,
        quiet: bool = False,
        hidden: bool = False,
        reports: bool = False,
    ) -> None:
        self.count = 0
        self._hidden = hidden
        self._reports = reports
        self.next: str | None = None
        self._kind = kind
        self._stream = stream
        self._messages = messages
        self._json = format == "json"
        self._results = kind == "result"
        self._heading_alone = not hidden and not (quiet and format == "table")
        self._picked = picked
        self._wide = wide
        self._sheet = _sheet(kind, picked, stream, messages, profiles=profiles) if format == "xlsx" else None
        self._encoding = encoding(
            kind,
            format=format,
            picked=picked,
            terminal=stream.terminal,
            schema=schema or KINDS[kind].schema,
            profiles=profiles,
            bom=bom,
        )
        self._every = 1 if KINDS[kind].live or stream.terminal else CHUNK
        self._pending: list[Document] = []
        on_screen = format == "table" and stream.terminal
        self._waiting: list[Row] | None = [] if on_screen else None
        chosen = picked or not on_screen
        self._columns = columns(kind, picked, profiles=profiles) if chosen else screen.columns(kind, profiles=profiles)
        self._row = self._cells_of()
        self._errors: list[Mapping[str, Any]] = []
        self._counts: dict[str, int] = {}
        self._verb = ""
        self._warned = 0
        if self._results:
            stream.done = self._done
        self._begun = False
        self._finished = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._finished:
            return
        if error is None:
            self.finish()
        elif not isinstance(error, ClosedPipe) and (self.count or self._errors or self.next):
            with suppress(OrderctlError):
                self._end({"complete": False, "next": self.next}, self._counts)

    def add(self, document: Document) -> None:
        """Write one document, which must not change any more.

        A table on a terminal keeps its rows until their widths are known.
        """
        self.count += 1
        if self._results:
            outcome = str(document["outcome"])
            self._counts[outcome] = self._counts.get(outcome, 0) + 1
            self._verb = document["verb"]
            if self._reports and outcome not in GOOD:
                self._warn(document)
        if self._hidden:
            return
        if self._waiting is not None:
            self._waiting.append(self._cells(document)[0])
            if len(self._waiting) > MAX_ROWS:
                self._lay_out(self._waiting)
            return
        if self._sheet is not None:
            self._sheet.add(document)
            return
        self._pending.append(document)
        if len(self._pending) >= self._every:
            self.flush()

    def _cells(self, document: Document) -> tuple[Row, str]:
        """Return the cells of a terminal's table and all of their text, secrets hidden before a cell is cut."""
        row = self._row(document)
        whole = " ".join(row)
        if self._stream.redact(whole) != whole:
            row = [self._stream.redact(text) for text in row]
            whole = " ".join(row)
        return row, whole

    def error(self, error: Mapping[str, Any]) -> None:
        """Take note of an item that is missing (see documents.item_error): in JSON beside the list, else a warning."""
        self._errors.append(error)
        if not self._json or self._results:
            place = "".join([f"{error[name]}: " for name in ("profile", "id") if error.get(name)])
            self._messages.warning(f"{place}{error['message']}")

    def flush(self) -> None:
        """Hand on what was added, for instance at the end of a page."""
        if self._waiting is None:
            if self._pending or self._heading_alone:
                self._write()
            self._stream.flush()

    def finish(
        self,
        *,
        complete: bool = True,
        next: str | None = None,  # noqa: A002  (the document's word)
        counts: Mapping[str, int] | None = None,
        cut: str = "",
    ) -> None:
        """End the list. One that was cut says so on standard error in every format, and how to go on: in `cut`."""
        counts = counts or self._counts
        self._end({"complete": complete, "next": next}, counts)
        if not complete and cut:
            self._messages.warning(cut)
        elif not complete:
            more = f"--after {_quoted(next)} or --all" if next else "--all"
            kind = KINDS[self._kind]
            noun = self._kind if self.count == 1 else kind.plural or kind.key
            self._messages.warning(f"{self.count} {noun} shown, there may be more; continue with {more}")
        if self._warned > MAX_WARNINGS:
            self._messages.warning(f"… and {self._warned - MAX_WARNINGS} more")
        if self._results and not self._json:
            self._messages.note(counted(counts, self._verb) or "nothing done")

    def _warn(self, document: Document) -> None:
        """Report a result that is not good where its row is not printed."""
        self._warned += 1
        if self._warned <= MAX_WARNINGS:
            name = document["reference"] or document["id"]
            message = f": {document['message']}" if document["message"] else ""
            self._messages.warning(f"{name}: {document['outcome']}{message}")

    def _done(self) -> str:
        return counted({outcome: n for outcome, n in self._counts.items() if outcome in CHANGED}, self._verb)

    def _end(self, end: Mapping[str, Any], counts: Mapping[str, int]) -> None:
        self._finished = True
        if self._sheet is not None:
            if not self._hidden:
                self._sheet.write()
            return
        if self._waiting is not None:
            if self._waiting or self._heading_alone:
                self._lay_out(self._waiting)
        elif self._pending or self._begun or self._heading_alone:
            self._write()
        if self._json:
            last = {"counts": dict(counts)} if self._results else {"errors": self._errors, "count": self.count, **end}
            self._stream.write(("\n]," if self.count else "],") + compact(last)[1:] + "\n")
        self._stream.flush()

    def _write(self) -> None:
        encode, head, join = self._encoding
        text = join.join([encode(document) for document in self._pending])
        before = head if not self._begun else join if self._pending else ""
        self._begun = True
        self._stream.write(before + text)
        self._pending.clear()

    def _cells_of(self) -> Callable[[Document], Row]:
        paths = tuple(path for path, _ in self._columns)
        chosen = self._picked or self._waiting is None
        return cells(paths) if chosen else screen.cells(self._kind, paths)

    def _lay_out(self, rows: list[Row]) -> None:
        """Choose columns and widths by the first rows; those after them are written as they come."""
        style = self._messages.style()
        named = True
        if self._wide:
            style = style._replace(width=sys.maxsize)
        elif not self._picked:
            shown = screen.shown(self._kind, self._columns, rows, style.width)
            self._columns = [self._columns[number] for number in shown]
            rows = [[row[number] for number in shown] for row in rows]
            self._row = self._cells_of()
            named = shown[0] == 0
        table = Table(self._columns, rows, style, named=named, more=len(rows) > MAX_ROWS)
        self._encoding = Encoding(lambda document: table.line(*self._cells(document)))
        self._stream.write(table.heading() + "".join([table.line(row) for row in rows]))
        self._begun = True
        self._waiting = None
        self._every = CHUNK
        self.flush()


def counted(counts: Mapping[str, int], verb: str) -> str:
    """Return how many orders had which outcome: "2 created, 1 already exists"."""
    return ", ".join([f"{number} {_outcome_words(outcome, verb, number)}" for outcome, number in counts.items()])


def _outcome_words(outcome: str, verb: str, number: int) -> str:
    if outcome == "conflict":
        return ("already exists" if number == 1 else "already exist") if verb == "create" else "in conflict"
    return {"skipped": "not started", "unknown": "with an unknown outcome"}.get(outcome, outcome)


def _sheet(kind: str, picked: Picked, stream: Stream, messages: Messages, *, profiles: bool) -> "Sheet":
    from orderctl.output.sheet import Sheet  # noqa: PLC0415  (an extra)

    return Sheet(kind, picked, stream, warning=messages.warning, profiles=profiles)


def _quoted(cursor: str) -> str:
    from shlex import quote  # noqa: PLC0415  (needed for a list that was cut only)

    return quote(cursor)
