"""How `create` asks on a terminal: what the vendor requires, one answer a line, and a summary before anything is sent.

What is asked for follows from the vendor's own check of the order so far: the options that its problems and warnings
name, the fields that a line lacks, and the fields of a form where the vendor has one.
"""

import json
import re
from collections.abc import Iterable, Sequence

from orderctl import drafts
from orderctl.app import App
from orderctl.backend.vendor import Capability, Field, Kind
from orderctl.commands.options import draft_options
from orderctl.errors import PermissionDenied, Problem, UsageError
from orderctl.frozen import dataclass, field
from orderctl.words import LINE_WORDS, OPTION_WORDS, ORDER

OPTION = re.compile(r"--[a-z-]+")

NAME = re.compile(r"\w+")

REQUIRED = "is required: "
"""How a problem begins that names what is missing."""

SKIP = "Enter to skip"


@dataclass()
class Answers:
    """What was answered so far: words of the order, the vendor's own fields as --set takes them, and lines."""

    words: dict[str, str] = field(default_factory=dict)
    own: list[str] = field(default_factory=list)
    lines: list[dict[str, str]] = field(default_factory=list)

    def options(self) -> drafts.DraftOptions:
        """Return the answers as the options of a command line."""
        lines = tuple(json.dumps(line, ensure_ascii=False) for line in self.lines)
        return draft_options(**self.words, set=tuple(self.own), line=lines)


def order(app: App) -> drafts.DraftOptions:
    """Ask for an order. Raises UsageError where an answer that is needed is empty: nothing was sent."""
    title = f"{app.vendor.title}, profile {app.profile.name}"
    app.output.note(f"a new order at {title}; to stop without sending, leave a required answer empty")
    answers = Answers()
    _word(app, answers, "reference", required=True)
    asked: set[str] = set()
    while (option := _next(app, answers, asked)) is not None:
        asked.add(option)
        _option(app, answers, option)
    _form(app, answers)
    _lines(app, answers)
    return answers.options()


def confirm(app: App, given: drafts.DraftOptions) -> None:
    """Show the order and ask whether to send it. Raises UsageError without a yes."""
    if app.common.yes or app.common.dry_run:
        return
    shown = [(_title(word.name), getattr(given, word.name)) for word in ORDER]
    shown += [(name, value) for name, _, value in (text.partition("=") for text in given.set)]
    for number, line in enumerate(given.line, 1):
        shown.append((f"Line {number}", ", ".join(f"{key} {value}" for key, value in json.loads(line).items())))
    app.output.warning(f"the order for {app.vendor.title}, profile {app.profile.name}:")
    for label, value in shown:
        if value is not None:
            app.output.warning(f"  {label}: {value}")
    if not app.output.confirm("Send this order?"):
        raise _nothing_sent()


def _next(app: App, answers: Answers, asked: set[str]) -> str | None:
    """Return the option to ask for next: one that the vendor's check of the order so far names."""
    problems, warnings = _check(app, answers)
    texts = [text for problem in problems for text in (problem.path, problem.problem)]
    named = {found for text in (*texts, *warnings) for found in OPTION.findall(text)}
    words = [word.option for word in ORDER if word.option in named and word.kind != "flag"]
    own = [problem.path for problem in problems if problem.path.startswith("--set ")]
    return next((option for option in (*words, *own) if option not in {*asked, "--reference"}), None)


def _option(app: App, answers: Answers, option: str) -> None:
    required = option in {problem.path for problem in _check(app, answers)[0]}
    if option in OPTION_WORDS:
        _word(app, answers, OPTION_WORDS[option], required=required)
        return
    key = option.removeprefix("--set ")
    label = next((f.note for f in app.vendor.fields["create"] if f.name == key and f.note), key)
    _own(app, answers, key, f"{key} ({label})", required=required)


def _word(app: App, answers: Answers, name: str, *, required: bool) -> None:
    """Ask for a word of the order until the answer is right, or is empty."""
    word = next(word for word in ORDER if word.name == name)
    note = next((f.note for f in app.vendor.fields["create"] if f.word == word.path and f.note), word.help)
    label = f"{_title(name)} ({word.help if name == 'reference' else note})"
    while answer := _ask(app, label, required=required):
        answers.words[name] = answer
        wrong = _wrong(app, answers, {word.option})
        if not wrong:
            return
        del answers.words[name]
        _tell(app, wrong)


def _own(app: App, answers: Answers, key: str, label: str, *, required: bool) -> None:
    """Ask for a field of the vendor's own until the answer is right, or is empty; `key` may end in : for JSON."""
    while answer := _ask(app, label, required=required):
        text = answer if key.endswith(":") or not answer.startswith("@") else json.dumps(answer, ensure_ascii=False)
        answers.own.append(f"{key}{':' * (text != answer)}={text}")
        wrong = _wrong(app, answers, {f"--set {key.removesuffix(':')}"})
        if not wrong:
            return
        answers.own.pop()
        _tell(app, wrong)


def _form(app: App, answers: Answers) -> None:
    """Ask for the fields of the vendor's form, where it has one: those that it requires, or may require."""
    if Capability.FIELDS not in app.vendor.capabilities or app.common.dry_run:
        return
    try:
        fields = app.backend(Capability.FIELDS).fields()
    except PermissionDenied as error:
        app.output.warning(error.message)
        return
    for spec in fields:
        open_text = spec.kind is not Kind.JSON and not spec.required_known
        if spec.word != "reference" and (spec.required or open_text):
            key = f"{spec.name}:" if spec.kind is Kind.JSON else spec.name
            choices = f", one of {', '.join(spec.choices)}" if spec.choices else ""
            _own(app, answers, key, f"{spec.note or spec.name}{choices}", required=spec.required)


def _lines(app: App, answers: Answers) -> None:
    """Ask for lines until the first answer to one is empty; a vendor may need one."""
    fields = {f.word: f for f in app.vendor.fields.get("create.line", ()) if f.word and not f.reserved}
    words = [word for word in LINE_WORDS if word in fields and word != "id"]
    while words:
        number = len(answers.lines) + 1
        needed = "--line" in {problem.path for problem in _check(app, answers)[0]}
        answers.lines.append({})
        if not _cell(app, answers, words[0], fields[words[0]], required=needed, skip="Enter: no more lines"):
            answers.lines.pop()
            return
        for word in words[1:]:
            _cell(app, answers, word, fields[word], required=word in _missing(app, answers, number))
        for spec in app.vendor.fields["create.line"]:
            lacks = spec.name in _missing(app, answers, number)
            if lacks or (not spec.word and spec.name in _warned(app, answers, number)):
                _cell(app, answers, spec.name, spec, required=lacks)


def _cell(app: App, answers: Answers, name: str, spec: Field, *, required: bool, skip: str = SKIP) -> bool:
    """Ask for a field of the last line until the answer is right, or is empty; return whether it was given."""
    given, number = answers.lines[-1], len(answers.lines)
    label = f"Line {number}, {name}{f' ({spec.note})' if spec.note.casefold() != name else ''}"
    while answer := _ask(app, label, required=required, skip=skip):
        given[name] = answer
        wrong = _wrong(app, answers, {f"{line} {name}" for line in ("--line", f"--line {number}", f"line {number}")})
        if not wrong:
            return True
        del given[name]
        _tell(app, wrong)
    return False


def _missing(app: App, answers: Answers, number: int) -> list[str]:
    """Return the names that a line lacks."""
    head = f"line {number} "
    lacks = [p.path for p in _check(app, answers)[0] if p.path.startswith(head) and p.problem.startswith(REQUIRED)]
    return [path.removeprefix(head) for path in lacks]


def _warned(app: App, answers: Answers, number: int) -> set[str]:
    """Return the words of what the vendor warns of in a line: a field that is named there is better given."""
    head = f"line {number} "
    return {word for text in _check(app, answers)[1] if text.startswith(head) for word in NAME.findall(text)}


def _check(app: App, answers: Answers) -> tuple[Sequence[Problem], Sequence[str]]:
    """Return what is wrong with the order so far, and what the vendor warns of."""
    try:
        draft = drafts.from_options(answers.options(), zone=app.profile.zone)
    except UsageError as error:
        return error.fields, ()
    prepared = app.vendor.prepare("create", draft, app.profile)
    return prepared.problems, prepared.warnings


def _wrong(app: App, answers: Answers, places: set[str]) -> list[str]:
    """Return what is wrong with an answer."""
    return [problem.problem for problem in _check(app, answers)[0] if problem.path in places]


def _title(name: str) -> str:
    """Return a word as a label: Customer name."""
    return name.replace("_", " ").capitalize()


def _tell(app: App, wrong: Iterable[str]) -> None:
    for text in wrong:
        app.output.warning(text)


def _ask(app: App, label: str, *, required: bool, skip: str = SKIP) -> str:
    """Return the answer to a question, "" where it is empty. Raises UsageError where it must not be."""
    text = label.replace(".)", ")")  # a help text ends in a full stop
    if not required:
        text = f"{text[:-1]}; {skip})" if text.endswith(")") else f"{text} ({skip})"
    answer = app.output.ask(f"{text}:")
    if required and not answer:
        raise _nothing_sent()
    return answer


def _nothing_sent() -> UsageError:
    return UsageError("no order was created: nothing was sent", code="usage.not_confirmed")
