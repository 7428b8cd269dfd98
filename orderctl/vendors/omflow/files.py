"""OMFlow's files: those that a caller names, checked; those that a server has, looked for."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from orderctl import errors
from orderctl.backend.tolerant import as_text, one_line
from orderctl.frozen import dataclass, field
from orderctl.http import unknown
from orderctl.http.wire import no_rows, write_json
from orderctl.vendors.omflow.lists import Call, place

LARGEST_FILE = 50_000_000
"""How large a file is taken, in bytes."""


@dataclass(frozen=True, kw_only=True)
class Files:
    """Files to attach: to the order, and to fields of its form."""

    plain: tuple[Path, ...] = ()
    fields: Mapping[str, Path] = field(default_factory=dict)
    problems: tuple[errors.Problem, ...] = ()


def attachments(given: Sequence[str], *, fields: bool) -> Files:
    """Return the files that --file names, FORMITM_3=PATH for a field of the form where a call has such, checked."""
    plain: list[Path] = []
    named: dict[str, Path] = {}
    problems = []
    for text in given:
        found = re.fullmatch(r"(FORMITM_[0-9]+)=(.+)", text, re.DOTALL)
        path = Path(found[2] if found else text)
        wrong = _unfit(path, text)
        if found and not fields:
            wrong = "a field of the form takes its file when the order is created; attach it: --file PATH"
        elif path.name in {p.name for p in (*plain, *named.values())}:
            wrong = wrong or f"another file is called {path.name!r} too, and the server keeps one of a name"
        elif found and found[1] in named:
            wrong = f"{found[1]} is given twice"
        if wrong:
            problems.append(errors.Problem(f"--file {text[:60]}", wrong))
        elif found:
            named[found[1]] = path
        else:
            plain.append(path)
    return Files(plain=tuple(plain), fields=named, problems=tuple(problems))


def parts(values: Mapping[str, Any]) -> Iterator[tuple[str, None, bytes]]:
    """Yield the text parts of a form; lists and objects go as JSON.

    >>> list(parts({"action": "create", "files_item": ["FORMITM_3"]}))
    [('action', None, b'create'), ('files_item', None, b'["FORMITM_3"]')]
    """
    for name, value in values.items():
        whole = isinstance(value, list | Mapping)
        yield name, None, write_json(value) if whole else as_text(value).encode("utf-8", "replace")


def content(path: Path) -> bytes:
    """Return a file's content. Raises UsageError."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise errors.UsageError(f"--file {path}: cannot be read ({error.strerror or error})") from error


def attach(call: Call, number: str, row: Mapping[str, Any], files: Sequence[Path]) -> list[str]:
    """Upload files to the row where an order stands; return the names that are not listed afterwards.

    Raises OutcomeUnknown where it cannot be told whether they are there.
    """
    purpose, sent = f"attach files to order {number}", [("files", path) for path in files]
    lost: errors.OutcomeUnknown | None = None
    try:
        call("upload", place(number, row), purpose, files=sent, form=True, assume="")
    except errors.OutcomeUnknown as error:
        lost = error
    try:
        listed = names_of(call, number, row, assume=[{"file_name": path.name} for path in files])
    except errors.OrderctlError as error:
        what = f"{purpose}: OMFlow says that it has them, and they cannot be listed ({error.message})"
        raise lost or unknown(what) from error
    lacking = [path.name for path in files if path.name not in listed]
    if lost and lacking:
        raise lost
    return lacking


def unseen(call: Call, number: str, row: Mapping[str, Any], files: Files) -> list[str]:
    """Return the names of the files of a form that the server does not show: it may ignore them without a word."""
    listed = names_of(call, number, row)
    named = [path.name for name, path in files.fields.items() if path.name not in one_line(row.get(name.lower()))]
    return [name for name in (*(path.name for path in files.plain), *named) if name not in listed]


def names_of(call: Call, number: str, row: Mapping[str, Any], *, assume: Any = None) -> frozenset[str]:
    """Return the names of the files of a row. Raises BadAnswer for what are no rows."""
    found = call("files", place(number, row), f"files of order {number}", assume=assume)
    if found is not None and not isinstance(found, list):
        raise no_rows(found, vendor="OMFlow", what="list of files")
    return frozenset(str(f.get("file_name")) for f in found or () if isinstance(f, Mapping) and not f.get("delete"))


def _unfit(path: Path, text: str) -> str:
    """Return why a file cannot be attached, "" where it can."""
    if text.startswith(("http://", "https://")):
        return "OMFlow takes files, no links"
    try:
        if not path.is_file():
            return "is not a file" if path.exists() else "there is no such file"
        if path.stat().st_size > LARGEST_FILE:
            return f"is larger than {LARGEST_FILE // 1_000_000} MB"
    except (OSError, ValueError) as error:
        return f"cannot be read ({getattr(error, 'strerror', None) or error})"
    return "" if path.name.isprintable() else "its name holds a character that cannot be sent"
