"""What is advised where a file cannot be read or its orders cannot be sent: command lines that work when pasted."""

from collections.abc import Iterable, Sequence
from shlex import quote
from typing import TYPE_CHECKING, Literal

from orderctl.backend.fields import UNSUPPORTED
from orderctl.drafts.values import shown
from orderctl.errors import Problem

if TYPE_CHECKING:
    from orderctl.drafts.batch import Batch
    from orderctl.drafts.files import Foreign
    from orderctl.drafts.table import Table

NAMED = 3
"""So many mappings, or sheets, are named."""


def given(*, format: str | None, encoding: str | None, delimiter: str | None) -> str:  # noqa: A002  (the option's name)
    """Return the options that a file is opened with, as they are typed, with a blank before each."""
    some = (("--format", format), ("--encoding", encoding), ("--delimiter", delimiter))
    return "".join(f" {option} {quote(value)}" for option, value in some if value)


def of_problems(batch: "Batch", problems: Iterable[Problem], *, name: str, mapping: str, options: str) -> str:
    """Return what to do about orders that cannot be sent, of a file that was opened with some options."""
    said = [f"{batch.rejected:,} of {batch.rejected + batch.count:,} orders cannot be sent"]
    if batch.count:
        said.append("--skip-invalid sends the others")
    if batch.unread:
        said.append(batch.not_read)
    texts = [problem.problem for problem in problems]
    if any(text.startswith("unknown key") for text in texts):
        said.append(f"is it not ours? orderctl mapping suggest {quote(name)}{options}")
    if mapping and any(UNSUPPORTED in text for text in texts):
        said.append(f"to leave out what the vendor does not support: {_shorter(mapping)}")
    return "; ".join(said)


def or_mapping(hint: str, foreign: "Foreign | None", key: Literal["encoding", "sheet"]) -> str:
    """Return a hint with one's own mappings that say how such a file is to be opened, where there are some."""
    names = foreign.saying(key) if foreign else []
    if not names or (key == "encoding" and "--encoding" not in hint):
        return hint
    some = " or ".join(f"--map {quote(name)}" for name in names[:NAMED])
    return f"{hint}; or {some}, which says the {key} (or mapping = {shown(names[0])} in the profile)"


def other_sheets(table: "Table", foreign: "Foreign | None") -> str:
    """Return a hint that names the other sheets of a spreadsheet that hold something, "" where there are none."""
    if not table.others:
        return ""
    also = f"{sheets(table.sheet, table.others)}: set sheet = {shown(table.others[0])} in [file] of a mapping"
    if foreign is not None and foreign.looks is not None:
        return also  # all sheets were looked at
    found = f"{also}, or orderctl mapping suggest {quote(table.name)}, which looks at all sheets"
    return or_mapping(found, foreign, "sheet")


def sheets(read: str, others: Sequence[str]) -> str:
    """Return which sheet of several was read."""
    named = ", ".join(map(shown, others[:NAMED])) + (" …" if len(others) > NAMED else "")
    return f"the sheet {shown(read)} was read; there is also {named}"


def _shorter(mapping: str) -> str:
    """Return how to leave words of a mapping out: in its file, or in a copy of one that has a name."""
    if "/" in mapping or mapping.endswith(".toml"):
        return f"delete those words in {mapping}, then --map {mapping} --ignore-columns"
    copied = f"orderctl mapping show {mapping} > own.toml, delete those words"
    return f"{copied}, then --map ./own.toml --ignore-columns"
