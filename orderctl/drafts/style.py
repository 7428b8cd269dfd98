"""How numbers and dates are written in a file: given by an example, never guessed.

`1.234,56` says that the point is between thousands and the comma before the cents; `DD/MM/YYYY` how a date is
written. Signs and codes of currencies around an amount are taken off. What does not fit the style is refused.
"""

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from functools import cache

from orderctl.drafts.currencies import is_currency
from orderctl.drafts.values import shown
from orderctl.errors import UsageError

MINUS = "\u2212"

_AROUND = re.compile(r"(-?)([^0-9-]*)(-?)([0-9](?:.*[0-9])?)([^0-9]*)", re.DOTALL)
"""A number: a minus, what is before it, or a minus there, and what is behind it."""

_EXAMPLE = re.compile(r"[0-9]{1,3}(?:([.,'\u2019 \u00a0\u202f])[0-9]{3})*(?:([.,])([0-9]{1,2}|[0-9]{4,6}))?")
_PLAIN = re.compile(r"-?[0-9]{1,20}(?:\.[0-9]{1,15})?")
CENTS = 2
"""The most decimals of an amount of a currency, but for a few."""

_BLANKS = " \u00a0\u202f\u2009"

MONTHS = {
    name: month
    for month, names in enumerate(
        ("jan", "feb", "mar mär", "apr avr", "may mai", "jun juin", "jul juil", "aug août", "sep sept", "oct okt",
         "nov", "dec dez déc"), 1,
    )
    for name in names.split()
}  # fmt: skip
"""Short names of months, in English, German and French."""

TOKENS = {
    "YYYY": r"(?P<Y>[0-9]{4})",
    "YY": r"(?P<y>[0-9]{2})",
    "MMM": r"(?P<b>[^\W\d_]{3,5})\.?",
    "MM": r"(?P<M>[0-9]{1,2})",
    "DD": r"(?P<D>[0-9]{1,2})",
    "HH": r"(?P<h>[0-9]{1,2})",
    "mm": r"(?P<m>[0-9]{2})",
    "ss": r"(?P<s>[0-9]{2})",
}
"""What a format of dates is made of."""

_TOKEN = re.compile("|".join(TOKENS))


class Numeral(str):
    """The text of a number that is a number in its file, of a spreadsheet or of JSON: no style applies to it."""

    __slots__ = ()


class Dated(str):
    """The text of a date that is a date in a spreadsheet."""

    __slots__ = ()


class Numbers:
    """Numbers as the examples show them; `fine` where one has more decimals than a currency.

    Raises UsageError for invalid or contradictory examples.
    """

    def __init__(self, examples: Iterable[str]) -> None:
        decimal, thousands = set[str](), set[str]()
        self.fine = False
        self.examples = tuple(examples)
        for example in self.examples:
            found = _EXAMPLE.fullmatch(example)
            if found is None or (found[1] and found[1] == found[2]):
                raise UsageError(f"{shown(example)} is not an example of a number", hint="such as 1.234,56 or 1,234.56")
            thousands |= {found[1]} - {None}
            decimal |= {found[2]} - {None}
            self.fine |= len(found[3] or "") > CENTS
        if len(decimal) > 1 or len(thousands) > 1 or decimal & thousands:
            raise UsageError(f"these numbers are written in two ways: {', '.join(self.examples)}")
        self.decimal = decimal.pop() if decimal else ("," if thousands == {"."} else ".")
        group = thousands.pop() if thousands else None
        groups = (
            ""
            if group is None
            else f"|[1-9][0-9]{{0,2}}(?:[{re.escape(_BLANKS if group in _BLANKS else group)}][0-9]{{3}})+"
        )
        self._number = re.compile(rf"[-+]?(?:[0-9]+{groups})(?:{re.escape(self.decimal)}[0-9]+)?")

    def __call__(self, text: str) -> str:
        """Return the text of an amount as our own files write it. Raises ValueError."""
        return self._plain(text, bare_number(text))

    def quantity(self, text: str) -> str:
        """Return the text of a quantity as our own files write it; nothing is taken off it. Raises ValueError."""
        return self._plain(text, text.strip().replace(MINUS, "-"))

    def _plain(self, text: str, bare: str) -> str:
        if isinstance(text, Numeral):
            return text
        if not self._number.fullmatch(bare):
            raise ValueError(f"{shown(text)} is not a number written as {' or '.join(self.examples)}")
        return "".join(("." if c == self.decimal else c) for c in bare if c.isdigit() or c in ("-", self.decimal))


def style_of(examples: Sequence[str]) -> tuple[str, bool]:
    """Return the sign before the decimals in numbers written as the examples are, and whether they are fine.

    Raises UsageError.
    """
    if not examples:
        return ".", False
    numbers = Numbers(examples)
    return numbers.decimal, numbers.fine


def bare_number(text: str) -> str:
    """Return an amount without the signs, codes and words of currencies around it; as it is where others are there.

    >>> bare_number("EUR 90,00"), bare_number("-$5"), bare_number("1 234,50 €")
    ('90,00', '-5', '1 234,50')
    """
    body = text.strip().replace(MINUS, "-")
    if body[:1].isdigit() and body[-1:].isdigit():
        return body
    found = _AROUND.fullmatch(body)
    if found is None or not (is_currency(found[2].removesuffix("+")) and is_currency(found[5])):
        return text
    return (found[1] or found[3]) + found[4]


def plain_number(text: str) -> str:
    """Return the text of a number where no style is known: a point before the decimals. Raises ValueError."""
    bare = bare_number(text)
    if not _PLAIN.fullmatch(bare):
        raise ValueError(f"{shown(text)} is not a number with a point before its decimals")
    return bare


def plain_quantity(text: str) -> str:
    """Return the text of a quantity where no style is known: a point before the decimals. Raises ValueError."""
    bare = text.strip().replace(MINUS, "-")
    if not _PLAIN.fullmatch(bare):
        raise ValueError(f"{shown(text)} is not a number with a point before its decimals")
    return bare


class Dates:
    """Dates as formats such as DD/MM/YYYY or MMM-DD-YY say. Raises UsageError for an invalid format."""

    def __init__(self, formats: Iterable[str]) -> None:
        self.formats = tuple(formats)
        self._patterns = tuple(_date_pattern(each) for each in self.formats)

    def __call__(self, text: str) -> str:
        """Return a date or a time in ISO 8601; one that is so already is returned unchanged.

        Raises ValueError, also where two formats read it as different days.
        """
        bare = text.strip()
        read = {
            written: iso
            for written, pattern in zip(self.formats, self._patterns, strict=True)
            if (found := pattern.fullmatch(bare)) and (iso := _iso(found))
        }
        if len(set(read.values())) > 1:
            said = ", ".join(f"{iso} as {written}" for written, iso in read.items())
            raise ValueError(f"{shown(text)} is {said}; give one of them")
        if read:
            return next(iter(read.values()))
        if bare[:4].isdigit() and bare[4:5] == "-":
            return bare
        if self.formats:
            raise ValueError(f"{shown(text)} is not a date written as {' or '.join(self.formats)}")
        raise ValueError(f"{shown(text)} is not a date such as 2026-03-09; give another format with --dates")


@cache
def _date_pattern(written: str) -> re.Pattern[str]:
    places = list(_TOKEN.finditer(written))
    names = {found[0] for found in places}
    if len(names) != len(places) or not (names & {"YYYY", "YY"} and names & {"MM", "MMM"} and "DD" in names):
        raise UsageError(
            f"{shown(written)} is not a date format", hint="such as DD/MM/YYYY, MM/DD/YY or DD.MM.YYYY HH:mm"
        )
    made, at = [], 0
    for found in places:
        made += [re.escape(written[at : found.start()]), TOKENS[found[0]]]
        at = found.end()
    made.append(re.escape(written[at:]))
    time = "" if "HH" in names else r"(?:[ T](?P<h>[0-9]{1,2}):(?P<m>[0-9]{2})(?::(?P<s>[0-9]{2}))?)?"
    return re.compile("".join(made) + time)


def _iso(found: re.Match[str]) -> str:
    """Return a date or time in ISO 8601, "" where the calendar does not have the day."""
    part = found.groupdict().get
    year = part("Y") or f"20{part('y')}"
    month = int(part("M") or MONTHS.get((part("b") or "").casefold(), 0))
    date = int(part("D") or 0)
    try:
        dt.date(int(year), month, date)
    except ValueError:
        return ""
    day = f"{year}-{month:02}-{date:02}"
    if not part("h"):
        return day
    return f"{day}T{int(part('h') or 0):02}:{part('m') or '00'}:{part('s') or '00'}"
