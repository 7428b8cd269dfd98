"""A sheet of a spreadsheet as a table of texts: .xlsx, .xls, .xlsb and .ods, read with python-calamine.

It is an extra, `orderctl[xlsx]`; without it one line says how to get it. Numbers come as they are shown: a whole number
without a point, dates as ISO 8601 writes them.
"""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from orderctl.backend.fields import nearest
from orderctl.drafts.source import Unreadable
from orderctl.drafts.table import Row, Table
from orderctl.drafts.values import shown
from orderctl.errors import UsageError
from orderctl.words import EXTRA


def sheet_table(name: str, content: Path | BinaryIO, *, sheet: str | None) -> Table:
    """Return the rows of a sheet, of the first one that is not empty without a name. Raises UsageError, Unreadable."""
    try:
        from python_calamine import CalamineError, CalamineWorkbook  # noqa: PLC0415  (an extra)
    except ImportError:
        raise UsageError(f"{name} is a spreadsheet, and what reads them is not installed", hint=EXTRA) from None
    try:
        book = CalamineWorkbook.from_object(content)
        names = book.sheet_names
        if sheet is not None and sheet not in names:
            raise UsageError(f"{name} has no sheet {shown(sheet)}", hint=nearest(sheet, names))
        found = [sheet] if sheet is not None else names
        rows = next((rows for each in found if (rows := book.get_sheet_by_name(each)).height), None)
    except (CalamineError, OSError) as error:
        raise Unreadable(f"is not a spreadsheet that can be read ({error})") from None
    return Table(name, [] if rows is None else _rows(rows), encoding="utf-8")


def _rows(sheet: Any) -> Iterator[Row]:
    """Yield the rows that are not empty, each with the number that the spreadsheet shows."""
    for number, cells in enumerate(sheet.iter_rows(), 1):
        texts = [_text(cell) for cell in cells]
        if any(texts):
            yield number, texts


def _text(value: Any) -> str:
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case float():
            text = str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
            return f"{text}0" if text[-4:-3] == "." else text  # so that no style takes 1.234 for a thousand
        case dt.datetime():
            return value.date().isoformat() if value.time() == dt.time() else value.isoformat()
        case _:
            return "" if value is None else str(value)
