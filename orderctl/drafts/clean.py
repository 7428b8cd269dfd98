"""What programs put into cells, undone before a cell is read: `="00123"`, blanks at the ends, HTML's signs.

Texts of files that are not ours also lose characters inside that nobody sees, and have plain blanks for tabs and
no-break spaces. Each kind is counted, so that it is reported once.
"""

import html
import re
from collections import Counter

from orderctl.cells import BLANKS, ENDS, GUARD, restore

_ODD = re.compile(rf"^[{BLANKS}='\"]|[{BLANKS}]$|&(?:#|[a-zA-Z]+;)|\x1f")
_INSIDE = re.compile("([\t\xa0\u2007\u202f])|[\x1c-\x1f\xad\u200b\u2060\ufeff]")
"""Blanks that are not plain ones, and characters that take no room and join no letters."""

_FORMULA = re.compile(r'="((?:[^"]|"")*)"')
_TEXT_MARK = re.compile(r"'[0-9=+\-@]")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,8}[0-9]{0,2});")

SAID = {
    "blanks": "blanks at the ends of {n} cells were taken off",
    "inside": "blanks such as tabs, and characters that cannot be seen, were replaced inside {n} cells",
    "formula": '{n} cells written as ="…" were read as their text',
    "mark": "the ' in front of {n} cells was taken off",
    "html": "{n} cells held signs of HTML such as &amp;",
}
"""The note on each kind, printed once."""


def clean(cell: str, done: Counter[str], *, markup: bool, mark: bool = True) -> str:
    r"""Return a cell's text, counting in `done` what was undone.

    Where there may be `markup`, in files that are not ours, HTML's signs are read and odd blanks inside become plain
    ones. An apostrophe in front of a number is taken off where it may be a spreadsheet's `mark`.

    >>> clean('="00123"', Counter(), markup=False), clean(" a\u00a0", Counter(), markup=False)
    ('00123', 'a')
    """
    if not cell or not _ODD.search(cell):
        return _tidy(cell, done) if markup else cell
    text = cell
    if text[0] == GUARD:
        text = restore(text)
        if mark and text == cell and _TEXT_MARK.match(text):
            text = text[1:]
            done["mark"] += 1
    bare = ENDS.sub("", text)
    found = _FORMULA.fullmatch(bare)
    if found:
        done["formula"] += 1
        inner = found[1].replace('""', '"')
        text, bare = inner, ENDS.sub("", inner)
    if bare != text and bare:
        done["blanks"] += 1
    text = bare
    if markup and _ENTITY.search(text):
        plain = html.unescape(text)
        if plain != text:
            done["html"] += 1
        text = ENDS.sub("", plain)
    return _tidy(text, done) if markup else text


def _tidy(text: str, done: Counter[str]) -> str:
    """Return a text with plain blanks inside, and without characters that nobody sees."""
    if (text.isascii() and text.isprintable()) or not _INSIDE.search(text):
        return text
    done["inside"] += 1
    return _INSIDE.sub(_plain, text)


def _plain(found: re.Match[str]) -> str:
    return " " if found[1] else ""


def removed(done: Counter[str]) -> list[str]:
    """Return what was undone, in sentences."""
    return [SAID[kind].format(n=f"{done[kind]:,}") for kind in SAID if done[kind]]
