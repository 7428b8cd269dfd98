"""Where everything that orderctl prints goes: data to standard output, the rest to standard error.

Lists, tables, --fields and progress are imported by the runs that print them: `get -o json` does not pay for them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TextIO

from orderctl.errors import OrderctlError, Problem, UsageError
from orderctl.output.documents import error_document
from orderctl.output.jsontext import compact, pretty
from orderctl.output.kinds import CHANGED, GOOD
from orderctl.output.stream import Stream, same
from orderctl.output.text import safe_text

if TYPE_CHECKING:
    from orderctl.output.kinds import Picked
    from orderctl.output.progress import Progress
    from orderctl.output.rows import Rows
    from orderctl.output.table import TerminalStyle

FORMATS = ("csv", "ids", "json", "jsonl", "table", "xlsx")

FEW = 50
"""Results of so many orders are a table on a terminal; of more, only what failed is shown, and the counts."""

ANSWERS = {"": False, "n": False, "no": False, "y": True, "yes": True}
"""What is understood as the answer to a question of yes or no."""


class Output:
    """What a run prints. `redact` hides secrets in every text that leaves, on both streams.

    `format` is one of table, json, jsonl, csv, ids, xlsx; `asked` is whether -o names it; `fields` are those of
    --fields; `color` is auto, always or never. Writing raises ClosedPipe where standard output was closed, and
    MachineRefused where it cannot be written.
    """

    def __init__(
        self,
        *,
        format: str = "table",  # noqa: A002  (the option's name)
        fields: tuple[str, ...] = (),
        color: str = "auto",
        quiet: bool = False,
        verbose: bool = False,
        asked: bool = False,
        stdout: TextIO | None = None,
        stderr: TextIO | None = None,
        environ: Mapping[str, str] | None = None,
        redact: Callable[[str], str] = same,
    ) -> None:
        if format not in FORMATS:
            raise UsageError(f"unknown output format {format!r}", hint=f"formats: {', '.join(FORMATS)}")
        self.format = format
        self.fields = fields
        self.quiet = quiet
        self.verbose = verbose
        self._asked = asked
        self._color = color
        self._environ = os.environ if environ is None else environ
        self._progress: Progress | None = None
        self._wide = False
        self._bom = False
        self._out = Stream(
            sys.stdout if stdout is None else stdout, name="standard output", redact=redact, before=self._hide_progress
        )
        self._err = Stream(sys.stderr if stderr is None else stderr, name="standard error", redact=redact)
        if format == "xlsx":
            from orderctl.output.sheet import require  # noqa: PLC0415  (an extra)

            require()
            self._refuse_terminal()

    @property
    def for_people(self) -> bool:
        """Whether results are printed in a table on a terminal, which cuts what does not fit."""
        return self.format == "table" and self._out.terminal and not self._hides_results

    @property
    def table_on_terminal(self) -> bool:
        """Whether the rows that a read found are shown to a person: --quiet hides none of them."""
        return self.format == "table" and self._out.terminal

    @property
    def _hides_results(self) -> bool:
        """Whether --quiet leaves out the table that a write prints by default. Formats for programs are never hidden.

        They were asked for, by -o, ORDERCTL_OUTPUT or the config file; a table only by -o.
        """
        return self.quiet and self.format == "table" and not self._asked

    def arrange(self, *, wide: bool = False, bom: bool = False) -> None:
        """Take over --wide and --bom. Raises UsageError for a byte-order mark of anything but CSV."""
        if bom and self.format != "csv":
            raise UsageError("--bom is for CSV only", hint="add -o csv", fields=[Problem("--bom", "needs -o csv")])
        self._wide = wide
        self._bom = bom

    def check_fields(self, kind: str) -> Picked:
        """Return the fields of --fields. Raises UsageError for what a document of this kind does not have."""
        if not self.fields:
            return ()
        from orderctl.output.pick import resolve  # noqa: PLC0415  (only with --fields)

        return resolve(self.fields, kind)

    def one(self, kind: str, document: Mapping[str, Any]) -> None:
        """Print one document; `kind` is a name in KINDS."""
        if kind == "result":
            self._out.done = lambda: _sentence(document) if document["outcome"] in CHANGED else ""
            if self._hides_results:
                if document["outcome"] not in GOOD:
                    self.warning(_sentence(document))
                return
        if self.format == "xlsx":
            with self.rows(kind) as rows:
                for one in document["requests"] if kind == "requests" else [document]:
                    rows.add(one)
            return
        picked = () if kind == "requests" else self.check_fields(kind)
        self._out.write(self._one(kind, document, picked))
        self._out.flush()

    def brief(self, total: int) -> bool:
        """Whether results of so many orders are not worth a table that nobody asked for, on a terminal."""
        people = self.for_people and self._err.terminal
        return people and not self._asked and not self.fields and total > FEW

    def rows(
        self,
        kind: str,
        *,
        schema: str | None = None,
        table: str = "table",
        written: bool = False,
        total: int = 0,
        profiles: bool = False,
    ) -> Rows:
        """Return a list to be printed as it grows, a context manager; `kind` is the name of one of its documents.

        `table` is the format of what is not asked for in another one. `written` documents are what a write prints, as
        results are: --quiet leaves their table out. Where their `total` is known and large, a terminal shows none
        unless it is asked for. With `profiles` a table has the profile of each row.
        """
        from orderctl.output.rows import Messages, Rows  # noqa: PLC0415

        messages = Messages(self.note, self.warning, self._style)
        return Rows(
            kind,
            self._out,
            messages,
            format=table if self.format == "table" else self.format,
            picked=() if kind == "requests" else self.check_fields(kind),
            profiles=profiles,
            wide=self._wide,
            bom=self._bom,
            schema=schema,
            quiet=self.quiet,
            hidden=(kind == "result" or written) and (self._hides_results or self.brief(total)),
            reports=self._hides_results or self.format == "ids",
        )

    def findings(self, documents: list[Mapping[str, Any]], failure: OrderctlError | None = None) -> None:
        """Print what `doctor` found: a page on a terminal, otherwise a list. --quiet leaves out what is good.

        Raises the `failure` that ended the search: such a list is not complete.
        """
        if self._hides_results:
            documents = [document for document in documents if document["state"] != "ok"]
        if self.format == "table" and self._out.terminal and not self.fields:
            from orderctl.output.findings import page  # noqa: PLC0415  (doctor only)

            self._out.write(page(documents, self._style(), redact=self._out.redact))
            return
        with self.rows("finding") as rows:
            for document in documents:
                rows.add(document)
            if failure is not None:
                raise failure
            rows.finish()

    def text(self, text: str) -> None:
        """Print a text of our own as it is: a help topic, a script, a template."""
        self._out.write(text if text.endswith("\n") or not text else text + "\n")

    def bytes(self, content: bytes) -> None:
        """Write a file that is not text, such as a spreadsheet. Raises UsageError where a terminal would show it."""
        self._refuse_terminal()
        self._out.write_bytes(content)

    def _refuse_terminal(self) -> None:
        """Raise UsageError where a terminal would show a spreadsheet."""
        if self._out.terminal:
            raise UsageError("a spreadsheet is not shown on a terminal", hint="send it to a file: > FILE.xlsx")

    def note(self, text: str) -> None:
        """Print a line on standard error, unless --quiet."""
        if not self.quiet:
            self._say(text)

    def warning(self, text: str) -> None:
        """Print a line on standard error, also with --quiet."""
        self._say(text)

    def detail(self, text: str) -> None:
        """Print a line on standard error with --verbose."""
        if self.verbose:
            self._say(text)

    def error(
        self,
        error: OrderctlError,
        *,
        profile: str | None = None,
        vendor: str | None = None,
        journal: str | None = None,
    ) -> None:
        """Print an error on standard error: a document in the JSON formats, otherwise lines for people."""
        if self.format in {"json", "jsonl"}:
            self._tell(compact(error_document(error, profile=profile, vendor=vendor, journal=journal)) + "\n")
            return
        name = "\x1b[31morderctl:\x1b[0m" if self._colour(self._err) else "orderctl:"
        lines = [f"{name} {safe_text(error.message)}"]
        in_message = len(error.fields) == 1 and error.fields[0].problem in error.message
        if error.fields and not in_message:
            lines += self._problems(error.fields)
        if error.hint:
            lines.append(f"  hint: {safe_text(error.hint)}")
        self._tell("\n".join(lines) + "\n")

    def problems(self, problems: Iterable[Problem], *, more: int = 0) -> None:
        """Print what is wrong with a file's orders on standard error, those of one kind together."""
        for line in self._problems(problems, more=more):
            self._say(line)

    def _problems(self, problems: Iterable[Problem], *, more: int = 0) -> list[str]:
        from orderctl.output.problems import grouped  # noqa: PLC0415  (only where something is wrong)

        return [f"  {safe_text(line)}" for line in grouped(problems, more=more)]

    def progress(self, total: int | None, *, pace: Callable[[], str] | None = None) -> Progress:
        """Return the progress of a run, to be advanced; shown only where standard error is a terminal.

        That of writes takes what says, where it is not empty, what sets their `pace`.
        """
        from orderctl.output.progress import Progress  # noqa: PLC0415

        shown = self._err.terminal and not self.quiet and self._environ.get("TERM") != "dumb"
        columns = self._err.columns(self._environ.get("COLUMNS")) if shown else 80
        self._progress = Progress(total, self._draw if shown else None, pace=pace, columns=columns)
        return self._progress

    def ask(self, question: str) -> str:
        """Ask on standard error and return one line from standard input. Callers know that there is a terminal."""
        self._hide_progress()
        self._err.write(f"{safe_text(question.rstrip())} ")
        self._err.flush()
        answer = sys.stdin.readline() if sys.stdin else ""
        if not answer:
            raise UsageError(f"standard input ended before an answer to: {question}")
        return answer.strip()

    def confirm(self, question: str) -> bool:
        """Return whether the answer is yes; an empty one, or none, means no, and any other word is asked again."""
        try:
            while (answer := self.ask(f"{question} [y/N]").lower()) not in ANSWERS:
                self._say(f"{answer!r} is neither yes nor no: type y or n")
        except UsageError:
            return False
        return ANSWERS[answer]

    def secret(self, question: str) -> str:
        """Return what was typed, not shown, on the terminal."""
        from getpass import getpass  # noqa: PLC0415

        self._hide_progress()
        try:
            return getpass(f"{safe_text(question.rstrip())} ", stream=self._err.stream)
        except EOFError as error:
            raise UsageError(f"standard input ended before an answer to: {question}") from error

    def keep(self) -> None:
        """Flush what was printed, to the disk where it is a file. Raises as `close` does."""
        self._out.flush()
        self._out.sync()

    def close(self) -> None:
        """Flush both streams. Raises ClosedPipe or MachineRefused where that fails now."""
        with suppress(OrderctlError):
            self._err.flush()
        self._out.flush()

    def _one(self, kind: str, document: Mapping[str, Any], picked: Picked) -> str:
        if self.format == "json":
            if picked:
                from orderctl.output.pick import prune, tree  # noqa: PLC0415

                document = prune(document, tree(picked))
            return pretty(document) + "\n"
        if self.format == "table":
            from orderctl.output import view  # noqa: PLC0415

            if kind == "requests":
                return view.requests_text(document)
            if kind == "result" and not picked:
                return view.result_sentence(document)
            if kind == "operation" and not picked:
                return view.operation_page(document, terminal=self._out.terminal)
            style = self._style() if self._out.terminal else None
            if kind == "order" and style is not None and not picked:
                from orderctl.output.page import order_page  # noqa: PLC0415  (only on a terminal)

                return order_page(document, style=style, redact=self._out.redact, wide=self._wide)
            return view.document_view(
                document, picked=picked, terminal=self._out.terminal, style=style, redact=self._out.redact
            )
        from orderctl.output.encoders import encoding  # noqa: PLC0415

        layout = encoding(
            kind, format=self.format, picked=picked, terminal=self._out.terminal, schema="", bom=self._bom
        )
        documents = document["requests"] if kind == "requests" and self.format == "csv" else [document]
        return layout.head + "".join([layout.encode(one) for one in documents])

    def _style(self) -> TerminalStyle:
        from orderctl.output.table import TerminalStyle  # noqa: PLC0415

        return TerminalStyle(self._out.columns(self._environ.get("COLUMNS")), self._colour(self._out))

    def _colour(self, stream: Stream) -> bool:
        if self._color != "auto":
            return self._color == "always"
        if self._environ.get("NO_COLOR"):
            return False
        if self._environ.get("FORCE_COLOR"):
            return True
        return stream.terminal and self._environ.get("TERM") != "dumb"

    def _say(self, text: str) -> None:
        self._tell(f"orderctl: {safe_text(text)}\n")

    def _tell(self, text: str) -> None:
        self._hide_progress()
        self._draw(text)

    def _draw(self, text: str) -> None:
        # Where standard error cannot be written nothing can be reported.
        with suppress(OrderctlError):
            self._err.write(text)
            self._err.flush()

    def _hide_progress(self) -> None:
        if self._progress is not None:
            self._progress.hide()


def _sentence(result: Mapping[str, Any]) -> str:
    from orderctl.output.view import result_sentence  # noqa: PLC0415

    return result_sentence(result).strip()
