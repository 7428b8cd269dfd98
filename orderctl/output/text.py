"""Text as a terminal may show it: what would steer or deceive a terminal is made visible, and widths are known."""

import unicodedata
from collections.abc import Callable

HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Categories that steer a terminal, reorder text or cannot be encoded."""

JOINERS = "\u200c\u200d"
"""ZWNJ and ZWJ: of category Cf, but Persian, Indic scripts and emoji are written with them."""

SHORT = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}

LONG = 4
"""So many characters a column are too long for a line, however narrow they are: no text takes time without end."""

_widths: dict[str, int] = {}


def safe_text(value: str) -> str:
    """Return the text on one line, with every control, format and line-breaking character as a visible escape."""
    return value if value.isprintable() else escaped(value, visible)


def escaped(value: str, escape: Callable[[str], str], *, keep: str = JOINERS) -> str:
    """Return the text with each hidden character but those in `keep` replaced by its escape."""
    category = unicodedata.category
    return "".join(
        [char if char.isprintable() or char in keep or category(char) not in HIDDEN else escape(char) for char in value]
    )


def visible(char: str) -> str:
    r"""Return a character as Python would write it: \n, \x1b, \u202e, \U000e0001."""
    code = ord(char)
    if code < 0x100:
        return SHORT.get(char) or f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def width(text: str) -> int:
    """Return how many columns of a terminal safe text takes; CJK and emoji take two, combining marks none."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len  # noqa: PLC0415  (most texts need no table of characters)

    return cell_len(text)


def fit(text: str, columns: int, *, right: bool = False) -> str:
    """Return safe text filled up with spaces to so many columns, or cut to them, with an ellipsis at the end."""
    missing = columns - width(text)
    if missing >= 0:
        return " " * missing + text if right else text + " " * missing
    kept = text[: columns - 1]
    while width(kept) > columns - 1:
        kept = kept[:-1]
    return kept + "…" + " " * (columns - 1 - width(kept))


def wrapped(text: str, columns: int) -> list[str]:
    """Return safe text in lines of at most so many columns (2 or more), broken at blanks where there are any."""
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if len(longer) <= LONG * columns and width(longer) <= columns:
            line = longer
            continue
        if line:
            lines.append(line)
        line = word
        while len(line) > LONG * columns or width(line) > columns:
            head = line[:columns]
            while width(head) > columns:
                head = head[:-1]
            lines.append(head)
            line = line[len(head) :]
    return [*lines, line]
