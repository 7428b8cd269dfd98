"""What only a whole file tells: numbers in two styles in one file, codes that a program turned into floats, wide rows.

An order with a cell that may have been changed is flagged while it is read; what the file says of it is known at the
end, before anything is sent.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from orderctl.drafts.style import Dated, Numeral, bare_number
from orderctl.drafts.values import clip, shown
from orderctl.words import KINDS, NUMBERS, is_total

CODES = frozenset({"customer", "phone", "reference", "sku"})
"""The words whose texts are often all digits."""

_COMMA = re.compile(r"-?(?:[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]+),[0-9]{1,2}")
_EITHER = re.compile(r"-?[0-9]{1,3}\.[0-9]{3}")
_GROUPED = re.compile(r"-?[1-9][0-9]{0,2}\.[0-9]{3}")

_SWAPPED = str.maketrans(".,", ",.")

MIXED = "mixed"

WIDE = "wide"

MAX_WARNED = 20
"""How many equal rows are named."""

_SPOILT = re.compile(r"\s*[+-]?[0-9](?:[.,][0-9]+)?[Ee][+-]?[0-9]{1,3}\s*")


_ERRORS = re.compile(r"#{2,}|#(?:CALC!|DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|SPILL!|VALUE!)")
"""What a spreadsheet has in a cell whose formula failed, or that is too narrow for what is in it."""


def is_cut_short(text: str) -> bool:
    """Return whether a text is what a spreadsheet makes of a long number: 1.23457E+13."""
    return _SPOILT.fullmatch(text) is not None


def check_code(word: str, text: str) -> None:
    """Raise ValueError where a spreadsheet has changed a code, or it is what a row of totals has in its place."""
    if word in CODES and isinstance(text, Dated):
        raise ValueError(f"{shown(text)} is a date in the spreadsheet; write it again in a cell formatted as text")
    if word in CODES and _ERRORS.fullmatch(text):
        raise ValueError(f"{shown(text)} is what a spreadsheet shows in place of a value; write the code")
    if word in CODES and _SPOILT.fullmatch(text) and ("+" in text or "-" in text or "." in text or "," in text):
        raise ValueError(f"{shown(text)}: scientific notation is not accepted; write the whole number")
    if word in {"reference", "sku"} and is_total(text):
        raise ValueError(totals_row(text))


def totals_row(text: str) -> str:
    """Return the problem of a text that a row of totals has in place of a reference, a SKU or a name."""
    return f"{shown(text)} looks like a row of totals; if it is an order or a product, change this text"


def watches(word: str) -> bool:
    """Return whether the cells of a word are looked at."""
    return word in CODES or KINDS.get(word) in NUMBERS


class Watch:
    """Sees the cells of a file, whose numbers have `decimal` before their decimals.

    It is `strict` where no style was given for them, and then says how one is given; `dated` where one was given for
    dates; `fine` where the style has amounts with more decimals than a currency. `currency` is that of orders that name
    none. `even` says that a row has as many cells as there are headings: one with blank cells beyond them (WIDE) may
    then hold a cell too many, which shifts the others without a trace.
    """

    def __init__(self, *, decimal: str = ".", strict: bool = True, fine: bool = False, dated: bool = False) -> None:
        self.currency: str | None = None
        self._strict, self._dated = strict, dated
        self._swaps = decimal == ","
        self._decimal, self._fine = decimal, fine
        self._plain = _SWAPPED if self._swaps else {}
        self._coarse: set[bool] = set()
        self._quantities: set[str] = set()
        self._grouped: dict[str, str] = {}
        self._comma: tuple[str, str, int] | None = None
        self._either: str = ""
        self._codes: dict[str, list[int]] = {}
        self.even = False
        self._equal: list[str] = []
        self._equals = 0
        self._unsaid = ""

    def rows(self, reference: str, rows: Iterable[tuple[int, Sequence[str]]]) -> None:
        """Look for equal rows among those of an order that make lines; they are warned of."""
        seen: dict[tuple[str, ...], int] = {}
        for row, cells in rows:
            key = tuple(cells)
            first = seen.get(key)
            seen[key] = row
            if first is not None:
                self._equals += 1
                if self._equals <= MAX_WARNED:
                    which = f"rows {first} and {row}" if first != row else f"two lines of row {row}"
                    self._equal.append(f"order {clip(reference)}: {which} are equal; each is sent as a line")

    def unsaid(self, cell: str) -> None:
        """Keep an amount with a sign of its currency, of an order that has none otherwise."""
        self._unsaid = self._unsaid or cell

    @property
    def warned(self) -> list[str]:
        """Return what is warned of, once the file was read."""
        more = self._equals - len(self._equal)
        equal = [*self._equal, *([f"… and {more:,} more equal rows"] if more else [])]
        said = f"the currency of amounts such as {shown(self._unsaid)} is not read: give --currency, or map it"
        return [*equal, *([said] if self._unsaid else [])]

    def see(self, heading: str, word: str, cell: str, row: int, flags: set[str]) -> None:
        """Look at a cell of a word, and flag its order where the rest of the file may speak against it."""
        if word in CODES:
            counts = self._codes.setdefault(heading, [0, 0])
            floating = cell.endswith(".0") and cell[:-2].isdigit()
            counts[floating] += 1
            if floating:
                flags.add(f"float {heading}")
        elif KINDS.get(word) in NUMBERS and ("," in cell or "." in cell) and not isinstance(cell, Numeral):
            bare = bare_number(cell)
            bare = bare.translate(_SWAPPED) if self._swaps else bare
            if self._comma is None and "," in bare and _COMMA.fullmatch(bare):
                self._comma = (heading, cell, row)
            elif bare[-4:-3] == "." and _EITHER.fullmatch(bare):
                flags.add(MIXED)
                self._either = self._either or heading

    def see_amount(self, heading: str, cell: str, flags: set[str], *, quantity: bool = False) -> None:
        """Look at an amount: one with three decimals may have thousands, where the file's others have fewer decimals.

        Where its column has still finer ones, three are that column's style. A zero says nothing, as programs write it
        without decimals. A quantity is compared with quantities.
        """
        if self._fine or not cell or isinstance(cell, Numeral):
            return
        bare = cell if cell[-1].isdigit() else bare_number(cell)
        _, sign, decimals = bare.rpartition(self._decimal)
        if not sign or len(decimals) < 3:  # cents, or none
            if bare.strip("-+0.,"):
                self._coarse.add(quantity)
        elif len(decimals) > 3 or not _GROUPED.fullmatch(bare_number(bare).translate(self._plain)):
            self._grouped[heading] = ""
        else:
            flags.add(f"grouped {heading}")
            self._grouped.setdefault(heading, cell)
            if quantity:
                self._quantities.add(heading)

    def advice(self, word: str, cell: str) -> str:
        """Return what to do about a number or a date that could not be read, "" where nothing is known."""
        if KINDS.get(word) == "moment" and not self._dated and _DATE.fullmatch(cell):
            return "; say how dates are written, such as --dates DD/MM/YYYY or --dates MM/DD/YYYY"
        if not self._strict or KINDS.get(word) not in NUMBERS:
            return ""
        if word == "price" and cell.startswith("-"):
            return "; a discount is read by a mapping: [discount], see orderctl help mapping"
        bare = cell if word == "quantity" else bare_number(cell)
        for pattern, where, example in _STYLES:
            if pattern.fullmatch(bare):
                return f"; if {where}: --numbers {example}"
        beside = bare != cell and _PLAIN.fullmatch(bare)
        return "; to read amounts with their currency: --numbers '1,234.56'" if beside else ""

    def doubts(self) -> Mapping[str, tuple[str, str]]:
        """Return what the file says against flagged orders: for each flag the column and the problem."""
        found = {}
        if self._comma is not None and self._either:
            heading, cell, row = self._comma
            said = f"is a number in a file that writes others in another way ({shown(cell)} in row {row}, {heading})"
            found[MIXED] = (self._either, f"{said}; say how with --numbers '1.234,56'" if self._strict else said)
        for heading, cell in self._grouped.items():
            quantity = heading in self._quantities
            if cell and quantity in self._coarse:
                example = "1.234,5678" if self._swaps else "1,234.5678"
                compared = "quantities" if quantity else "amounts"
                said = (
                    f"{shown(cell)} has three decimals, where other {compared} have fewer;"
                    " is it a number with thousands?"
                )
                if_so = " if so: --numbers '1.234,56';" if self._strict else ""
                found[f"grouped {heading}"] = (heading, f"{said}{if_so} if not: --numbers '{example}'")
        if self.even:
            found[WIDE] = ("", "a row has more cells than there are headings, which others have not; is one too many?")
        for heading, (others, floats) in self._codes.items():
            if floats and not others:
                found[f"float {heading}"] = (
                    heading,
                    "every value ends in .0, which a spreadsheet has added; write the codes as they are",
                )
        return found


_BLANK = "[ \\u00a0\\u2009\\u202f]"
_DATE = re.compile(r"[0-9]{1,4}([./-])[0-9]{1,2}\1[0-9]{2,4}(?:[ T].*)?")
_PLAIN = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")

_STYLES = (
    (_COMMA, "the comma is before the decimals", "'1.234,56'"),
    (re.compile(r"-?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?"), "the comma is between thousands", "'1,234.56'"),
    (re.compile(rf"-?[0-9]{{1,3}}(?:{_BLANK}[0-9]{{3}})+,[0-9]+"), "the comma is before the decimals", "'1 234,56'"),
    (re.compile(rf"-?[0-9]{{1,3}}(?:{_BLANK}[0-9]{{3}})+(?:\.[0-9]+)?"), "the blank is after thousands", "'1 234.56'"),
    (re.compile(r"-?[0-9]{1,3}(?:['\u2019][0-9]{3})+(?:\.[0-9]+)?"), "the ' is between thousands", '"1\'234.56"'),
)
"""How numbers are written that are not plain: the pattern, what it means, and the example for --numbers, as typed."""
