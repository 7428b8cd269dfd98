"""CSV cells that a spreadsheet would run as formulas, made harmless on writing and read back as they were.

A cell that begins with = + - @ (their full-width forms too), a tab, a carriage return or a line feed, also after
white space, gets an apostrophe in front: every spreadsheet then shows it as text. A plain negative number (-12.50)
stays a number. A phone number keeps its plus. What a cell says after another program split it at its own separator
(a `;` inside a cell, opened with a comma expected elsewhere) is beyond any guard.
"""

import re

BLANKS = " \t\r\n\v\f\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000-\u200f\u2028-\u202f\u205f\u2060\u2066-\u2069\u3000\ufeff"
"""White space, and characters that take no room; what is inside the brackets of a regular expression."""

ENDS = re.compile(rf"^[{BLANKS}]+|[{BLANKS}]+$")

GUARD = "'"

_DANGEROUS = re.compile(r"[\s\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
_NUMBER = re.compile(r"-(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?")


def neutralise(text: str) -> str:
    """Return the text as a cell that no spreadsheet runs; `restore` gives it back."""
    return GUARD + text if _guarded(text) else text


def restore(cell: str) -> str:
    """Return the text that `neutralise` was given. A cell that it would not have guarded is returned as it is."""
    return cell[1:] if cell.startswith(GUARD) and _guarded(cell) else cell


def _guarded(text: str) -> bool:
    """Return whether the text, without the guards that it may have already, would be run."""
    bare = text.lstrip(GUARD)
    return _DANGEROUS.match(bare) is not None and _NUMBER.fullmatch(bare) is None
