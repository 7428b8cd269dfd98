from __future__ import annotations

import io
import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest
from inline_snapshot import snapshot

from orderctl.errors import ClosedPipe, MachineRefused, OrderctlError, Problem, RateLimited, UsageError
from orderctl.model import Outcome
from orderctl.output import Output
from orderctl.output.documents import result_document
from orderctl.output.progress import BLANK, Progress
from orderctl.output.stream import Stream
from orderctl.output.table import MAX_ROWS

if TYPE_CHECKING:
    from tests.output.conftest import Printer

Document = Mapping[str, Any]

ERROR = UsageError(
    "2 problems in a\nb.csv", hint="fix them", fields=[Problem("price", "not a \x1bnumber", 3), Problem("sku", "empty")]
)


def test_an_error_for_people(printer: Printer) -> None:
    printed = printer()
    printed.output.error(ERROR)
    assert printed.out == ""
    assert printed.err.splitlines() == snapshot(
        ["orderctl: 2 problems in a\\nb.csv", "  row 3, price: not a \\x1bnumber", "  sku: empty", "  hint: fix them"]
    )


def test_problems_of_one_kind_are_one_line(printer: Printer) -> None:
    printed = printer("csv")
    fields = [Problem("price", f"'{row},5' is not a number", row) for row in range(1, 54)]
    printed.output.error(UsageError("bad", fields=[*fields, Problem("sku", "is missing", 9)]))
    assert printed.err.splitlines()[-2:] == [
        "  row 1, price: '1,5' is not a number (53 times: rows 1, 2, 3, 4, 5, …)",
        "  row 9, sku: is missing",
    ]


def test_words_that_a_vendor_does_not_support_are_one_line(printer: Printer) -> None:
    printed = printer("csv")
    words = ("note", "email", "line 1 price", "line 2 price")
    fields = [Problem(word, "this vendor does not support it", row) for row in (2, 4) for word in words]
    printed.output.error(UsageError("bad", fields=[*fields, Problem("line 1 sku", "'P' is not a whole number", 2)]))
    assert printed.err.splitlines()[-2:] == [
        "  row 2, note, email, line price: this vendor does not support it (rows 2, 4)",
        "  row 2, line 1 sku: 'P' is not a whole number",
    ]


def test_two_problems_are_one_line_where_they_say_the_same(printer: Printer) -> None:
    printed = printer("csv")
    said = [Problem("sku", "is missing", 2), Problem("qty", "'a' is not a number", 3)]
    again = [Problem("sku", "is missing", 4), Problem("qty", "'b' is not a number", 5)]
    printed.output.error(UsageError("bad", fields=[*said, *again]))
    assert printed.err.splitlines()[-3:] == [
        "  row 2, sku: is missing (2 times: rows 2, 4)",
        "  row 3, qty: 'a' is not a number",
        "  row 5, qty: 'b' is not a number",
    ]


def test_of_many_kinds_of_problems_the_first_are_shown_and_the_others_counted(printer: Printer) -> None:
    printed = printer("csv")
    fields = [Problem(f"column-{chr(65 + n)}", "is missing", row) for n in range(25) for row in range(1, 4)]
    printed.output.error(UsageError("bad", fields=fields))
    assert printed.err.splitlines()[-1] == "  … and 15 more"


@pytest.mark.parametrize("format", ["json", "jsonl"])
def test_an_error_for_scripts_is_one_line(printer: Printer, format: str) -> None:  # noqa: A002
    printed = printer(format, color="always")
    printed.output.error(RateLimited("slow down", retry_after=30), profile="shop", vendor="onebox", journal="op-1")
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert json.loads(printed.err)["error"] == snapshot(
        {
            "code": "vendor.rate_limited",
            "exit": 9,
            "message": "slow down",
            "hint": None,
            "profile": "shop",
            "vendor": "onebox",
            "http_status": None,
            "retry_after": 30,
            "journal": "op-1",
            "fields": [],
        }
    )


def test_an_error_is_red_where_colours_are_shown(printer: Printer) -> None:
    printed = printer(terminal=True, environ={"NO_COLOR": ""})
    printed.output.error(OrderctlError("no"))
    assert printed.err == "\x1b[31morderctl:\x1b[0m no\n"


def test_notes_are_for_whoever_asked(printer: Printer) -> None:
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({}, ["note", "warning"]),
        ({"quiet": True}, ["warning"]),
        ({"verbose": True}, ["note", "warning", "detail"]),
    ]
    for options, heard in cases:
        printed = printer(**options)
        for say in (printed.output.note, printed.output.warning, printed.output.detail):
            say(f"{say.__name__}\x07")
        assert printed.err == "".join(f"orderctl: {word}\\x07\n" for word in heard)
        assert printed.out == ""


def test_secrets_are_hidden_on_both_streams(printer: Printer, document: Document) -> None:
    def redact(text: str) -> str:
        return text.replace("hunter22", "***")

    secret = {**document, "title": "hunter22"}
    for format_ in ("table", "json", "jsonl", "csv"):
        printed = printer(format_, redact=redact)
        printed.output.one("order", secret)
        with printed.output.rows("order") as rows:
            rows.add(secret)
        printed.output.text("hunter22")
        printed.output.note("hunter22")
        printed.output.error(OrderctlError("hunter22"))
        assert "hunter22" not in printed.out + printed.err
        assert "***" in printed.out
        assert "***" in printed.err


@pytest.mark.parametrize("columns", range(20, 120, 7))
def test_half_a_secret_is_no_less_hidden_in_a_cell_that_is_cut(
    printer: Printer, document: Document, columns: int
) -> None:
    secret = "hunter22-hunter33-hunter44"
    line = dict.fromkeys(("id", "sku", "name", "quantity", "unit_price", "total"), f"a {secret} b")
    order = {
        **document,
        "id": secret,
        "title": f"a {secret} b",
        "lines": [line],
        "extra": {"rows": [line, {"x": secret}]},
    }
    printed = printer(terminal=True, redact=lambda text: text.replace(secret, "***"), environ={"COLUMNS": str(columns)})
    printed.output.one("order", order)
    printed.output.one("lines", {"schema": "orderctl.lines/1", "lines": [line]})
    for number in (1, MAX_ROWS + 1):
        for kind, row in (("order", order), ("line", line)):
            with printed.output.rows(kind) as rows:
                for _ in range(number):
                    rows.add(row)
    assert "hunter" not in printed.out
    assert "***" in printed.out


def test_progress_is_drawn_on_a_terminal_now_and_then_and_goes_away() -> None:
    drawn: list[str] = []
    now = 0.0
    with Progress(4, drawn.append, lambda: now) as progress:
        progress.advance()
        progress.advance()
        now = 1.0
        progress.advance()
        progress.hide()
        progress.hide()
    assert drawn == [
        f"{BLANK}[#######.......................] 1/4",
        f"{BLANK}[######################........] 3/4",
        BLANK,
    ]
    progress.advance()
    assert progress.done == 4
    assert len(drawn) == 3
    assert Progress(None, None).line() == "0 done"


def test_the_progress_of_writes_says_what_failed_how_fast_it_goes_and_how_long_it_will_take() -> None:
    drawn: list[str] = []
    now, why = 0.0, ""
    with Progress(400, drawn.append, lambda: now, pace=lambda: why, columns=100) as progress:
        progress.advance()
        now = 2.0
        progress.advance(15)
        now = 15.0
        progress.advance(104, failed=2)
        why = "the profile's rate of 2/s sets the pace"
        now = 25.0
        progress.advance(20)
    assert [line.removeprefix(BLANK) for line in drawn[:-1]] == [
        "[..............................] 1/400",
        "[#.............................] 16/400, 8.0/s, 48 s left",
        "[#########.....................] 120/400, 2 failed, 8.0/s, 35 s left",
        "140/400, 2 failed, 2.0/s, 2 min left (the profile's rate of 2/s sets the pace)",
    ]


@pytest.mark.parametrize(
    "columns, line",
    [
        (61, "[##########....................] 4/12, 1.0/s, 8 s left (why)"),
        (60, "4/12, 1.0/s, 8 s left (why)"),
        (13, "4/12, 1.0/s,"),
    ],
)
def test_the_progress_is_never_wider_than_the_terminal(columns: int, line: str) -> None:
    now = 0.0
    progress = Progress(12, None, lambda: now, pace=lambda: "why", columns=columns)
    progress.advance(4)
    now = 4.0
    assert progress.line() == line
    assert len(line) < columns


@pytest.mark.parametrize("total, left", [(89, "89 s"), (90, "2 min"), (5340, "89 min"), (7500, "2 h 5 min")])
def test_a_time_is_written_as_a_person_says_it(total: int, left: str) -> None:
    now = 0.0
    progress = Progress(total + 2, None, lambda: now, pace=str)
    progress.advance(2)
    now = 2.0
    assert progress.line().endswith(f"1.0/s, {left} left")


def test_no_speed_is_shown_where_nothing_is_done_of_late() -> None:
    now = 0.0
    progress = Progress(4, None, lambda: now, pace=str)
    assert progress.line().endswith("0/4")
    now = 60.0
    assert progress.line().endswith("0/4")


def test_progress_makes_room_for_what_is_printed(printer: Printer) -> None:
    printed = printer(terminal=True)
    with printed.output.progress(2) as progress:
        progress.advance()
        printed.output.note("half way")
        assert printed.err == f"{BLANK}[###############...............] 1/2{BLANK}orderctl: half way\n"
        assert not progress.shown
        progress.shown = True
        printed.output.text("data")
        assert printed.err.endswith(BLANK)


@pytest.mark.parametrize(
    "options", [{}, {"terminal": True, "quiet": True}, {"terminal": True, "environ": {"TERM": "dumb"}}]
)
def test_progress_is_silent_otherwise(printer: Printer, options: dict[str, Any]) -> None:
    printed = printer(**options)
    with printed.output.progress(None) as progress:
        progress.advance(3)
        printed.output.text("data")
    assert printed.err == ""


def test_questions_go_to_standard_error_and_answers_come_from_standard_input(
    printer: Printer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("  shop \nYES\nno\nmaybe\n1\nY\n\nperhaps\n"))
    printed = printer()
    assert printed.output.ask("Which\x1b profile? ") == "shop"
    assert printed.output.confirm("Cancel it?")
    assert not printed.output.confirm("Cancel it?")
    assert printed.output.confirm("Push it?"), "a word that is neither yes nor no is asked again"
    assert printed.err.count("Push it? [y/N]") == 3
    assert "orderctl: 'maybe' is neither yes nor no: type y or n\n" in printed.err
    assert not printed.output.confirm("Cancel it?"), "an empty answer is no"
    assert not printed.output.confirm("Cancel it?"), "the end of the input is no"
    assert printed.out == ""
    assert printed.err.startswith(r"Which\x1b profile? Cancel it? [y/N] ")
    with pytest.raises(UsageError, match="Which"):
        printed.output.ask("Which?")
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(UsageError):
        printed.output.ask("Which?")


def test_a_secret_is_asked_without_showing_it(printer: Printer, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def typed(prompt: str, **_: object) -> str:
        asked.append(prompt)
        if len(asked) > 1:
            raise EOFError
        return "hunter22"

    monkeypatch.setattr("getpass.getpass", typed)
    printed = printer()
    assert printed.output.secret("token:") == "hunter22"
    assert asked == ["token: "]
    with pytest.raises(UsageError, match="token"):
        printed.output.secret("token:")


class Broken(io.StringIO):
    """A stream that fails like a system call does."""

    def __init__(self, error: Exception, *, at: str) -> None:
        super().__init__()
        self.error = error
        self.at = at

    def write(self, text: str) -> int:
        if self.at == "write":
            raise self.error
        return super().write(text)

    def flush(self) -> None:
        if self.at == "flush":
            raise self.error


@pytest.mark.parametrize("at", ["write", "flush"])
def test_a_stream_that_cannot_be_written_is_one_of_our_errors(at: str, document: Document) -> None:
    for error, expected, words in (
        (BrokenPipeError(32, "Broken pipe"), ClosedPipe, "standard output was closed"),
        (OSError(28, "No space left on device"), MachineRefused, "No space left on device"),
        (OSError("odd"), MachineRefused, "odd"),
        (ValueError("I/O operation on closed file"), MachineRefused, "closed"),
    ):
        output = Output(format="jsonl", stdout=Broken(error, at=at), stderr=io.StringIO(), environ={})
        with pytest.raises(expected, match=words):
            output.one("order", document)
        with pytest.raises(expected), output.rows("order") as rows:
            rows.add(document)


RESULT = result_document(
    verb="create", outcome=Outcome.CREATED, profile="shop", vendor="onebox", id="82806", reference="OC-1", message=""
)


def test_a_result_that_cannot_be_printed_is_in_the_message() -> None:
    full = Broken(OSError(28, "No space left on device"), at="flush")
    output = Output(stdout=full, stderr=io.StringIO(), environ={})
    with pytest.raises(MachineRefused) as failed:
        output.one("result", RESULT)
    assert failed.value.message == (
        "cannot write to standard output: No space left on device; "
        "done before: order 82806 created (reference OC-1, profile shop)"
    )
    with pytest.raises(MachineRefused) as failed, output.rows("result") as rows:
        rows.add({**RESULT, "outcome": Outcome.REFUSED})
    assert "done" not in failed.value.message
    output = Output(format="csv", stdout=full, stderr=io.StringIO(), environ={})
    with output.rows("result") as rows:
        with pytest.raises(MachineRefused):
            rows.add({**RESULT, "outcome": Outcome.UNKNOWN})
        with pytest.raises(MachineRefused, match="done before: 1 with an unknown outcome, 1 created"):
            rows.add(RESULT)
        full.at = ""


def test_a_closed_pipe_is_met_at_the_end_too() -> None:
    output = Output(stdout=Broken(BrokenPipeError(), at="flush"), stderr=io.StringIO(), environ={})
    output.text("help")
    with pytest.raises(ClosedPipe):
        output.close()


def test_a_broken_standard_error_changes_nothing() -> None:
    stdout = io.StringIO()
    output = Output(stdout=stdout, stderr=Broken(BrokenPipeError(), at="flush"), environ={})
    output.note("hello")
    output.error(OrderctlError("no"))
    output.text("data")
    output.close()
    assert stdout.getvalue() == "data\n"


def test_a_standard_output_that_is_not_there_fails_only_when_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", None)
    output = Output(stderr=io.StringIO(), environ={})
    output.text("")
    output.close()
    with pytest.raises(OrderctlError, match="closed") as failed:
        output.text("help")
    assert failed.value.exit_code == 14


def test_the_width_of_a_terminal_comes_from_the_environment_or_the_terminal() -> None:
    stream = Stream(io.StringIO(), name="standard output")
    assert stream.columns("132") == 132
    assert stream.columns("0") == 80
    assert stream.columns("wide") == 80
    assert Stream(None, name="standard output").columns(None) == 80
    primary, secondary = os.openpty()
    with os.fdopen(secondary, "w") as terminal:
        assert Stream(terminal, name="standard output").columns(None) == 80
        assert Stream(terminal, name="standard output").terminal
    os.close(primary)


def test_a_stream_that_is_closed_is_not_a_terminal() -> None:
    closed = io.StringIO()
    closed.close()
    assert not Stream(closed, name="standard output").terminal


def test_what_a_broken_pipe_did_not_take_is_thrown_away_in_silence() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w", encoding="ascii") as pipe:
        stream = Stream(pipe, name="standard output")
        stream.write("王")
        assert (pipe.encoding, pipe.errors) == ("utf-8", "backslashreplace")
        with pytest.raises(ClosedPipe):
            stream.flush()
