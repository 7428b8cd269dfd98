"""What python-calamine does not report of a sheet in .xlsx: formulas never computed, errors, formats, hidden rows.

Read from the file's own XML beside the values, a row at a time, by regular expressions: a parser of XML would take as
long as the values themselves, and what is looked for are a few attributes. A file in another format tells nothing.
"""

import html
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import IO, BinaryIO, Literal

from orderctl.drafts.source import MAX_ORDER, Unreadable
from orderctl.frozen import dataclass

CHUNK = 1 << 18
"""How much is read at a time, in bytes."""

MAX_STYLES = 1 << 24
"""How large the parts may be that are read whole: names of sheets, formats; in bytes."""

FOLDER = "xl/"

WORKBOOK = "xl/workbook.xml"

UNCOMPUTED = "is a formula without a computed value; open the file in a spreadsheet program and save it again"

_ROW = re.compile(rb"<(?:\w+:)?row\b([^>]*)>")
_CELL = re.compile(rb"<(?:\w+:)?c\b")
_PLACE = re.compile(rb"""\sr\s*=\s*["'][A-Z]*([0-9]+)""")
_FORMULA = re.compile(rb"<(?:\w+:)?f\b")
_VALUE = re.compile(rb"<(?:\w+:)?v\b[^>]*>([^<]*[^<\s][^<]*)<")
_ATTRIBUTE = re.compile(rb"""([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")

_ODD_CELL = rb"""<(?:\w+:)?c\b(?=[^>]*\s(?:t\s*=\s*["']e|s\s*=\s*["'](?:%b)["'])|[^>]*>\s*<(?:\w+:)?f\b)"""
_ODD_CELL += rb"""([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)"""
"""A cell that is an error, has one of some styles, or holds a formula."""

_PADS = re.compile(r"""#*((?:"[^"]*"|\\.|[-/ ()0]|_.)+)""")
_PART = re.compile(r'"([^"]*)"|\\(.)|_(.)|(0)|(.)')


@dataclass(frozen=True, kw_only=True)
class Marks:
    """What is known of one row: what is wrong with cells, and how numbers are shown, each by column from 0."""

    faults: dict[int, str]
    formats: dict[int, str]
    hidden: bool


@dataclass(frozen=True, kw_only=True)
class _Book:
    """The parts that hold a sheet and the styles, and whether all formulas are to be computed when it is opened."""

    sheet: str
    styles: str
    recalculated: bool


def marks(content: Path | BinaryIO, sheet: str) -> Iterator[tuple[int, Marks]]:
    """Yield row numbers and what is known of each, of rows where there is anything; nothing of other formats.

    Raises Unreadable where the file is damaged, although its values could be read.
    """
    try:
        with _opened(content) as file:
            if file is not None and WORKBOOK in file.namelist():
                book = _book(file, sheet)
                with file.open(book.sheet) as part:
                    yield from _marked(part, _formats(file, book.styles), recalculated=book.recalculated)
    except (zipfile.BadZipFile, zlib.error, KeyError, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        raise Unreadable(f"is a damaged spreadsheet ({error}); open it in a program and save it again") from None


@contextmanager
def _opened(content: Path | BinaryIO) -> Iterator[zipfile.ZipFile | None]:
    """Yield the parts of a file, None of one that has none, such as an .xls."""
    with content.open("rb") if isinstance(content, Path) else nullcontext(content) as file:
        file.seek(0)
        if file.read(2) != b"PK":
            yield None
            return
        with zipfile.ZipFile(file) as parts:
            yield parts


def shown_as(number: float, format: str) -> str | None:  # noqa: A002  (what a spreadsheet calls it)
    """Return a whole number as a format that pads it shows it, None of a format that does not.

    >>> shown_as(42, "00000"), shown_as(123456, "000-000"), shown_as(7, '"INV-"000'), shown_as(7, "0.00")
    ('00042', '123-456', 'INV-007', None)
    """
    if number < 0 or not float(number).is_integer() or number >= 1e15:
        return None
    found = _PADS.fullmatch(format.partition(";")[0])
    if found is None:
        return None
    parts = [(literal or escaped or (" " if blank else "") or other, zero) for literal, escaped, blank, zero, other in
             _PART.findall(found[1])]  # fmt: skip
    zeros = sum(bool(zero) for _, zero in parts)
    first = next((at for at, (_, zero) in enumerate(parts) if zero), None)
    if first is None or (zeros == 1 and not any(map(str.isalpha, "".join(text for text, _ in parts[:first])))):
        return None
    digits = f"{int(number):0{zeros}}"
    made, seen = "", 0
    for text, zero in parts:
        if not zero:
            made += text
        elif not seen:
            made += digits[: len(digits) - zeros + 1]
            seen = 1
        else:
            made += digits[len(digits) - zeros + seen]
            seen += 1
    return made.strip()


def _book(file: zipfile.ZipFile, sheet: str) -> "_Book":
    """Return where a sheet and the styles are, and whether formulas are to be computed. Raises KeyError."""
    text = _part(file, WORKBOOK)
    wanted = ""
    for each in re.finditer(rb"<(?:\w+:)?sheet\b([^>]*)>", text):
        given = _attributes(each[1])
        if given.get("name") == sheet:
            wanted = next((value for name, value in given.items() if name.rpartition(":")[2] == "id"), "")
    again = any(
        _attributes(each[1]).get("fullCalcOnLoad") in {"1", "true"}
        for each in re.finditer(rb"<(?:\w+:)?calcPr\b([^>]*)>", text)
    )
    place = styles = ""
    for each in re.finditer(rb"<(?:\w+:)?Relationship\b([^>]*)>", _part(file, f"{FOLDER}_rels/workbook.xml.rels")):
        given = _attributes(each[1])
        target = given.get("Target", "")
        target = target.lstrip("/") if target.startswith("/") else FOLDER + target
        if given.get("Id") == wanted:
            place = target
        elif given.get("Type", "").endswith("/styles"):
            styles = target
    return _Book(sheet=place, styles=styles, recalculated=again)


def _formats(file: zipfile.ZipFile, place: str) -> dict[bytes, str]:
    """Return the formats that pad numbers, by the style that a cell names. Raises KeyError."""
    if not place:
        return {}
    text = _part(file, place)
    codes = {}
    for each in re.finditer(rb"<(?:\w+:)?numFmt\b([^>]*)>", text):
        given = _attributes(each[1])
        codes[given.get("numFmtId", "")] = given.get("formatCode", "")
    styles = re.search(rb"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", text, re.DOTALL)
    found = {}
    for number, each in enumerate(re.finditer(rb"<(?:\w+:)?xf\b([^>]*)>", styles[0] if styles else b"")):
        code = codes.get(_attributes(each[1]).get("numFmtId", ""), "")
        if shown_as(1, code) is not None:
            found[str(number).encode()] = code
    return found


def _marked(part: IO[bytes], formats: dict[bytes, str], *, recalculated: bool) -> Iterator[tuple[int, Marks]]:
    """Yield the rows of a sheet's XML of which there is anything to say."""
    styles = b"|".join(map(re.escape, formats)) or b"-"
    odd = re.compile(_ODD_CELL % styles, re.DOTALL)
    number = 0
    for head, body in _rows(part):
        place = _PLACE.search(head)
        number = int(place[1]) if place else number + 1
        hidden = b"hidden" in head and _attributes(head).get("hidden") in {"1", "true"}
        faults: dict[int, str] = {}
        shown: dict[int, str] = {}
        for cell in odd.finditer(body):
            found = _seen(cell, formats, recalculated=recalculated)
            if found is not None:
                kind, said = found
                column, row = _column(cell, body)
                number = row or number
                (faults if kind == "fault" else shown)[column] = said
        if faults or shown or hidden:
            yield number, Marks(faults=faults, formats=shown, hidden=hidden)


def _rows(part: IO[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Yield the attributes of each row and what is in it."""
    held, ended = b"", False
    while not ended:
        more = part.read(max(CHUNK, len(held)))
        ended = not more
        held += more
        starts = list(_ROW.finditer(held))
        ends = [each.start() for each in starts[1:]] + ([len(held)] if ended else [])
        for start, end in zip(starts, ends, strict=False):
            yield start[1], held[start.end() : end]
        held = held[starts[-1].start() :] if starts else held[-CHUNK:]
        if len(held) > MAX_ORDER:
            raise Unreadable("one row is larger than 16 million characters")


def _seen(
    cell: re.Match[bytes], formats: dict[bytes, str], *, recalculated: bool
) -> tuple[Literal["fault", "format"], str] | None:
    """Return what is wrong with a cell, or the format that pads its number; None where there is nothing to say."""
    given = _attributes(cell[1])
    body, kind = cell[2] or b"", given.get("t", "n")
    value = _VALUE.search(body)
    if kind == "e":
        return "fault", f"is the error {value[1].decode(errors='replace') if value else ''} of a formula"
    if _FORMULA.search(body):
        zero = recalculated and kind == "n" and value is not None and value[1].strip() == b"0"
        if (value is None and kind != "str") or zero:
            return "fault", UNCOMPUTED
    style = given.get("s", "").encode()
    return ("format", formats[style]) if kind == "n" and style in formats else None


def _column(cell: re.Match[bytes], row: bytes) -> tuple[int, int | None]:
    """Return the column of a cell, from 0, and its row: by its own place, such as B7, else by the cells before it."""
    place = _PLACE.search(cell[1])
    if place is None:
        return sum(1 for _ in _CELL.finditer(row, 0, cell.start())), None
    column = 0
    for letter in place[0].partition(b"=")[2].strip(b" \"'"):
        if letter < 65:  # the digits of its row
            break
        column = column * 26 + letter - 64
    return column - 1, int(place[1])


def _attributes(text: bytes) -> dict[str, str]:
    return {
        name.decode(): html.unescape((double or single).decode("utf-8", "replace"))
        for name, double, single in _ATTRIBUTE.findall(text)
    }


def _part(file: zipfile.ZipFile, name: str) -> bytes:
    with file.open(name) as part:
        content = part.read(MAX_STYLES + 1)
    if len(content) > MAX_STYLES:
        raise Unreadable(f"is not a spreadsheet that can be read ({name} is larger than {MAX_STYLES >> 20} MB)")
    return content
