"""A sheet of a spreadsheet as a table of texts: .xlsx, .xls, .xlsb and .ods, read with python-calamine.

It is an extra, `orderctl[xlsx]`; without it one line says how to get it. Numbers come as they are shown: a whole number
without a point, with the zeros in front that the format of an .xlsx gives it, dates as ISO 8601 writes them. That a
cell holds a number or a date, and no text, is kept: Numeral, Dated.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO

from orderctl.backend.fields import nearest
from orderctl.drafts.sheetxml import Marks, marks, shown_as
from orderctl.drafts.source import Unreadable
from orderctl.drafts.style import Dated, Numeral
from orderctl.drafts.table import LOOKED_AT, Known, Row, Table
from orderctl.drafts.values import shown
from orderctl.errors import UsageError
from orderctl.words import EXTRA

MAX_NAMED = 5
"""How many sheets that are not read are named."""


_THOUSANDS = re.compile(r"-?[0-9]{1,3}\.[0-9]{3}")
"""A number that some style takes for one with thousands, once it is a text: in a rejects file."""

_STARTS = (b"PK", b"\xd0\xcf\x11\xe0")
"""What spreadsheets begin with: .xlsx, .xlsb and .ods; .xls."""

_HEAD = 4096
"""How much of a file is looked at, in bytes."""


def sheet_table(name: str, content: Path | BinaryIO, *, sheet: str | None, known: Known | None = None) -> Table:
    """Return the rows of a sheet: without a name, of the first one that is not empty, of those that are not hidden.

    Where headings are `known` it is the first sheet that has several of them. Raises UsageError, Unreadable.
    """
    try:
        from python_calamine import CalamineError, CalamineWorkbook  # noqa: PLC0415  (an extra)
    except ImportError:
        raise UsageError(
            f"{name} is a spreadsheet, but the package that reads it is not installed", hint=EXTRA
        ) from None
    try:
        _refuse_text(content)
        book = CalamineWorkbook.from_object(content)
        names = book.sheet_names
        if sheet is not None and sheet not in names:
            raise UsageError(f"{name} has no sheet {shown(sheet)}", hint=nearest(sheet, names))
        read, rows, others = _chosen(book, _in_order(book, sheet), known)
    except (CalamineError, OSError) as error:
        raise Unreadable(
            f"is not a spreadsheet that can be read ({error})",
            hint="is the file whole? Open it in a spreadsheet program and save it again",
        ) from None
    faults: dict[int, Mapping[int, str]] = {}
    warnings = [f"{name}: {_others(read, others)}"] if others else []
    if rows is None:
        return Table(name, ())
    table = Table(name, _rows(rows, marks(content, read), name, faults, warnings), faults=faults, warnings=warnings)
    if others:
        table.sheet, table.others = read, others
    return table


def _refuse_text(content: Path | BinaryIO) -> None:
    """Raise Unreadable where a file is a text, although its name or an option says that it is a spreadsheet."""
    with content.open("rb") if isinstance(content, Path) else nullcontext(content) as file:
        head = file.read(_HEAD)
        if not isinstance(content, Path):
            file.seek(0)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(_STARTS):
        return
    if start[:1] == b"<":
        raise Unreadable(
            "is HTML or XML, not a spreadsheet, whatever its name says",
            hint="open it in a spreadsheet program and save it as .xlsx or as CSV",
        )
    if b"\0" not in head or head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unreadable("is text, not a spreadsheet, whatever its name says", hint="if it is CSV, give --format csv")


def _chosen(book: Any, names: Sequence[str], known: Known | None) -> tuple[str, Any, list[str]]:
    """Return the name and rows of the sheet that is read, "" and None where all are empty; and the others' names."""
    read, rows, sure = "", None, False
    others: list[str] = []
    for name in names:
        found = book.get_sheet_by_name(name)
        if not found.height:
            continue
        understood = known is not None and _understood(found, known)
        if rows is None or (understood and not sure):
            others += [read] if rows is not None else []
            read, rows, sure = name, found, understood
        else:
            others.append(name)
    return read, rows, others


def _understood(rows: Any, known: Known) -> bool:
    """Return whether a sheet has a row of headings that are known, more than one."""
    first = islice(rows.iter_rows(), LOOKED_AT)
    return any(known([_text(cell) for cell in cells]) > 1 for cells in first)


def _in_order(book: Any, sheet: str | None) -> Sequence[str]:
    """Return the names of the sheets that may be read; hidden ones only where no other sheet is."""
    if sheet is not None:
        return [sheet]
    visible = [each.name for each in book.sheets_metadata if str(each.visible).endswith(".Visible")]
    return visible or list(book.sheet_names)


def _others(read: str, others: Sequence[str]) -> str:
    named = ", ".join(map(shown, others[:MAX_NAMED])) + (" …" if len(others) > MAX_NAMED else "")
    many = "sheet" if len(others) == 1 else "sheets"
    return f"only the sheet {shown(read)} is read, not the {many} {named}; a mapping selects one: [file] sheet"


def _rows(
    sheet: Any,
    marked: Iterator[tuple[int, Marks]],
    name: str,
    faults: dict[int, Mapping[int, str]],
    warnings: list[str],
) -> Iterator[Row]:
    """Yield the rows that are not empty, or have a fault, each with the number that the spreadsheet shows.

    What is wrong with their cells goes to `faults`, what is to be warned of to `warnings`.
    """
    hidden = columns = 0
    ahead = next(marked, None)
    for number, cells in enumerate(sheet.iter_rows(), 1):
        texts = [_text(cell) for cell in cells]
        columns = len(cells)
        mark = None
        if ahead is not None and ahead[0] <= number:
            at, mark = ahead
            ahead = next(marked, None)
            if at < number or (ahead is not None and ahead[0] <= at):
                raise Unreadable("has its rows in another order than their numbers", row=number)
            _format(texts, cells, mark.formats)
            if mark.faults:
                faults[number] = mark.faults
            hidden += mark.hidden and any(texts)
        if any(map(str.strip, texts)) or (mark is not None and mark.faults):
            yield number, texts
    for at, mark in chain([ahead] if ahead else [], marked):
        if mark.faults:
            faults[at] = mark.faults
            yield at, [""] * columns
    if hidden:
        rows = f"{hidden} hidden row is" if hidden == 1 else f"{hidden:,} hidden rows are"
        warnings.append(f"{name}: {rows} read like the others")


def _format(texts: list[str], cells: Sequence[Any], formats: Mapping[int, str]) -> None:
    """Write numbers of a row as their formats show them."""
    for column, format_ in formats.items():
        if column < len(cells) and isinstance(cells[column], float | int):
            texts[column] = shown_as(cells[column], format_) or texts[column]


def _text(value: Any) -> str:
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int():
            return Numeral(value)
        case float():
            text = str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
            return Numeral(f"{text}0" if _THOUSANDS.fullmatch(text) else text)
        case dt.datetime():
            return Dated(value.date().isoformat() if value.time() == dt.time() else value.isoformat())
        case dt.date() | dt.time() | dt.timedelta():
            return Dated(value)
        case _:
            return "" if value is None else str(value)
