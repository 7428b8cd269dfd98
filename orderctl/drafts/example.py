"""An example draft written in a format that `read` takes; what it writes, `read` reads back."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from orderctl.cells import neutralise, restore
from orderctl.drafts.clean import clean
from orderctl.drafts.jsontext import dumps, moment_text
from orderctl.drafts.objects import SCHEMA, WORD_KEYS
from orderctl.errors import UsageError
from orderctl.model import DraftLine, OrderDraft, Setting
from orderctl.words import CUSTOMER_WORDS, EXTRA, LINE_COLUMNS, LINE_WORDS, ORDER_COLUMNS


def template(draft: OrderDraft, format: str) -> str:  # noqa: A002  (the option's name)
    """Return the draft as text: "json" in lines, "jsonl" in one line, "csv" with a row for each of its lines.

    The vendor's id of the customer, attachments and the row are left out: files do not hold them. CSV cannot
    hold a common word that is an empty text, or has blanks at its ends.
    """
    if format == "csv":
        return _csv(draft)
    return dumps(document(draft), indent=format == "json") + "\n"


def document(draft: OrderDraft) -> dict[str, Any]:
    """Return the draft as a document, orderctl.draft/1."""
    customer = _present(draft.customer, CUSTOMER_WORDS.values())
    words = _present(draft, WORD_KEYS)
    lines = [{**_present(line, LINE_WORDS), **_set(line.set)} for line in draft.lines]
    return {
        "schema": SCHEMA,
        **words,
        **({"customer": customer} if customer else {}),
        **({"lines": lines} if lines else {}),
        **_set(draft.set),
    }


def _present(holder: Any, names: Iterable[str]) -> dict[str, Any]:
    """Return the values that are there; numbers as text, so that no reader makes floats of them."""
    values = ((name, getattr(holder, name)) for name in names)
    return {name: value if isinstance(value, bool) else _text(value) for name, value in values if value is not None}


def _set(settings: Mapping[str, Setting]) -> dict[str, Any]:
    own = {_head(key, setting): setting.value for key, setting in settings.items()}
    return {"set": own} if own else {}


def _head(key: str, setting: Setting) -> str:
    return f"{key}:{setting.kind}" if setting.kind else key


def spreadsheet(draft: OrderDraft) -> bytes:
    """Return the draft as a spreadsheet, .xlsx, all of it as text, so that no program changes it. Raises UsageError."""
    import io  # noqa: PLC0415  (only where a spreadsheet is written)

    try:
        from xlsxwriter import Workbook  # type: ignore[import-untyped]  # noqa: PLC0415  (an extra)
    except ImportError:
        raise UsageError("the package that writes spreadsheets is not installed", hint=EXTRA) from None
    written = io.BytesIO()
    with Workbook(written, {"in_memory": True}) as book:
        text = book.add_format({"num_format": "@"})
        page = book.add_worksheet("Orders")
        for number, cells in enumerate(_table(draft)):
            page.set_column(0, len(cells) - 1, 18, text)
            for column, cell in enumerate(cells):
                page.write_string(number, column, restore(cell), text)
    return written.getvalue()


def _csv(draft: OrderDraft) -> str:
    return "".join(_csv_row(cells) for cells in _table(draft))


def _table(draft: OrderDraft) -> list[list[str]]:
    """Return the rows of the draft's CSV, the headings first."""
    order = _order_cells(draft)
    lines = [_line_cells(line) for line in draft.lines] or [{}]
    headings = list(dict.fromkeys([*order, *(heading for line in lines for heading in line)]))
    rows = [line | (order if n == 0 else {"reference": order["reference"]}) for n, line in enumerate(lines)]
    return [headings, *([row.get(heading, "") for heading in headings] for row in rows)]


def _csv_row(cells: list[str]) -> str:
    """Return a row of CSV. Python quotes a lone CR only where its line end has one, so that is taken off afterwards."""
    import csv  # noqa: PLC0415  (half an interpreter start, and JSON does without)
    import io  # noqa: PLC0415

    written = io.StringIO(newline="")
    csv.writer(written, lineterminator="\r\n").writerow(cells)
    return written.getvalue().removesuffix("\r\n") + "\n"


def _order_cells(draft: OrderDraft) -> dict[str, str]:
    cells = {"reference": ""}
    for word in ORDER_COLUMNS:
        value = getattr(draft.customer, CUSTOMER_WORDS[word]) if word in CUSTOMER_WORDS else getattr(draft, word)
        if value is not None:
            cells[word] = neutralise(_text(value))
    return cells | _own_cells("set.", draft.set)


def _line_cells(line: DraftLine) -> dict[str, str]:
    words = {word: getattr(line, word) for word in (*LINE_COLUMNS, "id")}
    cells = {
        "line.id" if word == "id" else word: neutralise(_text(value))
        for word, value in words.items()
        if value is not None
    }
    return cells | _own_cells("line.", line.set)


def _own_cells(prefix: str, settings: Mapping[str, Setting]) -> dict[str, str]:
    """Return cells of own fields: text as it is, all else, and text that a reader would trim, as JSON under `KEY:`."""
    cells = {}
    for key, setting in settings.items():
        head = prefix + _head(key, setting)
        if isinstance(setting.value, str) and _stays(setting.value):
            cells[head] = neutralise(setting.value)
        else:
            cells[f"{head}:"] = neutralise(dumps(setting.value))
    return cells


def _stays(text: str) -> bool:
    """Return whether CSV reads a text back as it is. A blank text, blanks at the ends and formulas are changed."""
    cell = neutralise(text)
    return bool(text.strip()) and clean(cell, Counter(), markup=False, mark=False) == text


def _text(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case Decimal():
            return format(value, "f")
        case dt.date():
            return moment_text(value)
        case _:
            return str(value)
