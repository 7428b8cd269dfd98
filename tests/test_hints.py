"""Every command that a text names exists, with the options that it is given there."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from orderctl import entry
from orderctl.cli import table
from tests.generate.cli import params_of

ROOT = Path(__file__).parent.parent

NAMED = re.compile(r"(?<![\w/.\[-])orderctl ((?:\\\n|[^\n`'\"();|$>])*)")
"""The words after `orderctl` in a text, up to the end of the command."""

WORD = re.compile(r"[a-z][a-z-]*")
OPTION = re.compile(r"--[a-z][a-z-]*|-[a-zA-Z]")

PLACEHOLDERS = frozenset({"COMMAND", "ARGS", "VERB"})

STARTS = frozenset({"--complete-profiles", "--help", "--version", "-h"})
"""What `orderctl` takes without a command."""

PROSE = frozenset({
    "and", "applies", "asks", "can", "did", "expects", "fills", "from", "is", "itself", "keeps", "never",
    "prints", "reads", "shows", "speaks", "takes", "talks", "with",
})  # fmt: skip
"""What follows the name in a sentence about orderctl. A new verb is added here; a command is never one of them."""


def texts() -> Iterator[tuple[str, str]]:
    """Yield every text that a user reads, with its place: messages, docstrings, help, README, the example config."""
    for path in sorted((ROOT / "orderctl").rglob("*.py")):
        place = str(path.relative_to(ROOT))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                yield f"{place}:{node.lineno}", "".join(_piece(part) for part in node.values)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield f"{place}:{node.lineno}", node.value
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "command":
                words = [str(arg.value) if isinstance(arg, ast.Constant) else "{}" for arg in node.args]
                yield f"{place}:{node.lineno}", f"orderctl {' '.join(words)}"  # Backend.command builds it
    for path in (*sorted((ROOT / "orderctl/help").rglob("*.txt")), ROOT / "README.md", ROOT / "config.example.toml"):
        yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")


def _piece(part: ast.expr) -> str:
    return str(part.value) if isinstance(part, ast.Constant) else "{}"


def commands(text: str) -> Iterator[str]:
    """Yield what follows `orderctl` wherever a text gives it as a command, without the text around it."""
    for found in NAMED.finditer(text):
        yield re.sub(r"\\\n\s*", " ", found[1]).strip()


def wrong(command: str) -> str:
    """Return what is wrong with a command, "" where nothing is; a sentence about orderctl is not a command."""
    words = command.rstrip(".,:").split()
    if not words or words[0].rstrip(",:") in STARTS | PLACEHOLDERS | PROSE or words[0].startswith("{"):
        return ""
    words = entry.ordered(words)
    name = words[0].rstrip(".,:") if words else ""
    if name not in table.COMMANDS:
        return f"there is no command {name!r}"
    path = [name]
    if name in table.GROUPS and len(words) > 1 and WORD.fullmatch(words[1].rstrip(".,:")):
        path.append(words[1].rstrip(".,:"))
        if path[1] not in table.GROUPS[name]:
            return f"{name} has no command {path[1]!r}"
    if name == "help" or (name in table.GROUPS and len(path) == 1):
        return ""
    known = {option for param in params_of(tuple(path)) for option in (*param.opts, *param.secondary_opts)}
    known |= {"-h", "--help"}
    options = [word.partition("=")[0].rstrip(".,:") for word in words[len(path) :]]
    missing = [option for option in options if OPTION.fullmatch(option) and option not in known]
    return f"{' '.join(path)} has no option {', '.join(missing)}" if missing else ""


def test_every_command_that_a_text_names_exists() -> None:
    found = [(place, command, wrong(command)) for place, text in texts() for command in commands(text)]
    assert len(found) > 300
    assert [f"{place}: orderctl {command}: {problem}" for place, command, problem in found if problem] == []


def test_no_sentence_hides_a_command() -> None:
    assert not PROSE & table.COMMANDS.keys()


@pytest.mark.parametrize(
    "text, problem",
    [
        ("what was done: see orderctl jounral", "there is no command 'jounral'"),
        ("log in again: orderctl auth login -p {}", ""),
        ("orderctl auth logni -p shop", "auth has no command 'logni'"),
        ("orderctl -p shop list --statsu open | orderctl push -", "list has no option --statsu"),
        ("orderctl create \\\n    --refrence R-1", "create has no option --refrence"),
    ],
)
def test_a_command_that_does_not_exist_is_found(text: str, problem: str) -> None:
    assert [found for found in map(wrong, commands(text)) if found] == ([problem] if problem else [])


def test_every_topic_that_a_text_names_exists() -> None:
    topics = {path.stem for path in (ROOT / "orderctl/help/topics").glob("*.txt")}
    named = {
        (place, command.split()[1].rstrip(".,:"))
        for place, text in texts()
        for command in commands(text)
        if re.match(r"help [a-z-]+", command)
    }
    assert len(named) > 10
    assert [(place, name) for place, name in sorted(named) if name not in topics | table.COMMANDS.keys()] == []
