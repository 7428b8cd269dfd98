"""The text of every --help: plain, of at most 80 columns, the same on a terminal, in a pipe and in the generated files.

Paragraphs are wrapped; indented lines (examples) stay as they were written.
"""

from collections.abc import Iterable, Sequence
from textwrap import wrap

WIDTH = 80

COLUMN = 26
"""A name of more characters gets a line of its own, above its meaning."""

Rows = Sequence[tuple[str, str]]


def command(usage: str, docstring: str, *, arguments: Rows, options: Rows, shared: Rows) -> str:
    """Return the help of one command: usage, docstring, what it takes, the options of every command."""
    return _joined(
        _usage(usage),
        _prose(docstring),
        _table("Arguments", arguments),
        _table("Options", options),
        _table("Options on every command", shared),
    )


def group(usage: str, summary: str, commands: Rows) -> str:
    """Return the help of a command that has subcommands."""
    return _joined(
        _usage(usage),
        f"{summary}.",
        _table("Commands", commands),
        f"Options and examples of each: {usage.partition(' COMMAND')[0]} COMMAND --help",
    )


def root(summary: str, commands: Iterable[tuple[str, Rows]], examples: Rows, more: Rows) -> str:
    """Return the help of the whole: commands under their headings, examples, where to read more."""
    tables = [(title, list(rows)) for title, rows in commands]
    column = max(len(name) for _, rows in tables for name, _ in rows)
    return _joined(
        "\n".join(wrap(summary, WIDTH)),
        _usage("orderctl COMMAND [OPTIONS]"),
        *(_table(title, rows, column=column) for title, rows in tables),
        _table("Examples", examples),
        _table("Read more", more),
    )


def first_sentence(docstring: str) -> str:
    """Return the first sentence of a docstring, without its full stop."""
    return docstring.strip().partition("\n")[0].partition(". ")[0].rstrip(".")


def _joined(*blocks: str) -> str:
    return "\n\n".join(block for block in blocks if block) + "\n"


def _usage(usage: str) -> str:
    return "\n".join(wrap(f"Usage: {usage}", WIDTH, subsequent_indent=" " * 7, break_on_hyphens=False))


def _prose(text: str) -> str:
    """Return a docstring, its paragraphs wrapped, indented lines by two columns as they are."""
    lines: list[str] = []
    paragraph: list[str] = []
    for line in [*text.strip().splitlines(), ""]:
        if line.strip() and not line.startswith(" "):
            paragraph.append(line)
            continue
        lines += _filled(paragraph)
        paragraph = []
        lines.append(f"  {line.removeprefix('    ')}".rstrip())
    return "\n".join(lines).rstrip()


def _filled(paragraph: list[str]) -> list[str]:
    return wrap(" ".join(paragraph), WIDTH, break_long_words=False, break_on_hyphens=False)


def _table(title: str, rows: Rows, *, column: int = 0) -> str:
    """Return names and what they mean, in two columns under a title; "" without rows."""
    if not rows:
        return ""
    column = column or max((len(name) for name, _ in rows if len(name) <= COLUMN), default=COLUMN)
    lines = [f"{title}:"]
    for name, meaning in rows:
        texts = wrap(meaning, WIDTH - column - 4, break_long_words=False, break_on_hyphens=False)
        if len(name) > column or not texts:
            lines.append(f"  {name}")
        else:
            lines.append(f"  {name:{column}}  {texts.pop(0)}")
        lines += [f"{'':{column + 4}}{text}" for text in texts]
    return "\n".join(lines)
