"""The headings of a CSV file: what each means, ours or others', and the problem where one is not understood.

Ours are the columns of words.py, `line.id`, `line.KEY` and `set.KEY`; see rows.py.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from shlex import quote
from typing import Any, Literal

from orderctl.backend.fields import nearest
from orderctl.drafts.clean import clean
from orderctl.drafts.jsontext import loads
from orderctl.drafts.style import Dates, Numbers
from orderctl.drafts.table import Known, best_place
from orderctl.drafts.values import (
    Problems,
    clip,
    line_reader,
    meant,
    plain,
    setting_head,
    shown,
    text,
    word_reader,
)
from orderctl.drafts.watch import CODES, check_code, watches
from orderctl.model import NOTHING, Setting
from orderctl.words import KINDS, LINE_COLUMNS, LINE_WORDS, NUMBERS, ORDER_COLUMNS, amount_of, fold, synonym_of

CLOSE = 0.75
"""How alike a column that is not read and one of ours must be for a word about it."""

TURNED = "the order is OURS=THEIRS"

LOOKED_AT = 256
"""So many headings are looked at to tell whose they are."""

OURS = {fold(name): name for name in (*ORDER_COLUMNS, *LINE_COLUMNS)}
"""Our columns, by how they are folded."""

UNCOUNTED: Counter[str] = Counter()


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What a column of the file means: a word or own field (`key`) of the order or of the line."""

    part: Literal["order", "line"]
    own: bool
    key: str
    kind: str | None = None
    json: bool = False
    index: int = -1
    heading: str = ""

    @property
    def watched(self) -> str:
        """The word whose damage is looked for, "" where for none; an order's id is a code as its reference is."""
        word = "reference" if (self.part, self.key) == ("order", "id") else self.key
        return word if not self.own and watches(word) else ""

    @property
    def numeric(self) -> bool:
        """Return whether it holds numbers."""
        return not self.own and KINDS.get(self.key) in NUMBERS

    def reader(self, zone: dt.tzinfo, numbers: Numbers | None, dates: Dates | None) -> Callable[[str], Any]:
        """Return what reads a cell, chosen once for all rows. It raises ValueError."""
        if self.own:
            read = (lambda cell: plain(loads(cell))) if self.json else text
            return lambda cell: Setting(value=read(cell), kind=self.kind)
        word = line_reader(self.key) if self.part == "line" else word_reader(self.key, zone)
        if numbers is not None and KINDS[self.key] in NUMBERS:
            read_number = numbers.quantity if self.key == "quantity" else numbers
            return lambda cell: word(read_number(cell))
        if dates is not None and KINDS[self.key] == "moment":
            return lambda cell: word(dates(cell))
        if self.watched not in CODES:
            return word

        def exact(cell: str) -> Any:
            check_code(self.watched, cell)
            return word(cell)

        return exact


def heading_of(cell: str) -> str:
    """Return a heading as it is compared."""
    return clean(cell, UNCOUNTED, markup=False)


def header_place(first: Sequence[tuple[int, list[str]]], columns: Mapping[str, str], *, changes: bool) -> int:
    """Return the place of the row of headings: the first one, or the one below titles that is understood best."""
    counters: tuple[Known, ...] = (
        lambda cells: known(cells, columns, changes=changes),
        lambda cells: sum(bool(synonym_of(cell)) for cell in cells[:LOOKED_AT]),
    )
    for count in counters:
        place = best_place(first, count)
        if first and count(first[0][1]):
            return 0
        if first and count(first[place][1]) > 1:
            return place
    return 0


def known(cells: Sequence[str], columns: Mapping[str, str] = NOTHING, *, changes: bool = False) -> int:
    """Return how many headings are ours, or named by `columns`; `id` is one of ours in a file of `changes`."""
    theirs = {fold(heading) for heading in columns.values()}
    return sum(
        meaning_of(h, changes=changes) is not None or fold(h) in theirs for h in map(heading_of, cells[:LOOKED_AT]) if h
    )


def without_code(headings: list[str]) -> list[str]:
    """Return headings without the one of a rejects file's codes, which is behind the reasons."""
    return [
        "" if heading == "code" and at and headings[at - 1] in {"reason", "_reason"} else heading
        for at, heading in enumerate(headings)
    ]


def ignored(heading: str) -> bool:
    """Return whether a column is not meant for us: without a heading, a rejects file's reason, or begun with `_`."""
    return not heading or heading == "reason" or heading.startswith("_")


_NEEDED = ("sku", "name", "quantity", "price")
"""The words without which a line is not whole."""


def refuse_missed(headings: list[str], found: list[Column], row: int, faults: Problems) -> None:
    """Refuse columns of lines and amounts that a mapping leaves out: each order would lack them."""
    taken, read = {c.key for c in found if not c.own}, {c.heading for c in found}
    for word in _NEEDED:
        if word in taken or (word in {"sku", "name"} and taken & {"sku", "name"}):
            continue
        for heading in headings:
            if not (ignored(heading) or heading in read) and word in {fold(heading), synonym_of(heading)}:
                faults.add(
                    heading,
                    f"is not read, but looks like {word}: map it ({word}={heading}), or add --ignore-columns",
                    row,
                )


def ours(cells: Sequence[str], columns: Mapping[str, str] = NOTHING) -> bool:
    """Return whether headings are all ours, or named by `columns`, or not meant for us."""
    theirs = {fold(heading) for heading in columns.values()}
    headings = without_code([heading_of(cell) for cell in cells[:LOOKED_AT]])
    return all(ignored(h) or meaning_of(h) is not None or fold(h) in theirs for h in headings)


def amounts_left_out(unread: Iterable[str]) -> list[str]:
    """Return a warning of columns that change what an order comes to, and are not read; none where there are none."""
    named = [heading for heading in unread if amount_of(heading)]
    said = "the orders may not come to what the shop shows; a mapping reads them (orderctl help mapping)"
    return [f"not read: {', '.join(map(clip, named))}: {said}"] if named else []


def perhaps(heading: str, free: list[str]) -> str:
    """Return which of our columns a heading was probably meant to be, in brackets; "" where none is close."""
    close = get_close_matches(heading.casefold(), free, n=1, cutoff=CLOSE)
    word = synonym_of(heading)
    found = word if word in free else close[0] if close else ""
    return f" (did you mean {found}?)" if found else ""


def meaning_of(name: str, *, changes: bool = False) -> Column | None:
    """Return what one of our own headings means, None where it is not ours; in a file of `changes` id is an order's."""
    if name in ORDER_COLUMNS or (changes and name == "id"):
        return Column(part="order", own=False, key=name)
    if name in LINE_COLUMNS:
        return Column(part="line", own=False, key=name)
    prefix, dot, head = name.partition(".")
    if not dot or prefix not in ("line", "set"):
        ours = OURS.get(fold(name))
        if changes and fold(name) == "id":
            return meaning_of("id", changes=True)
        return meaning_of(ours) if ours else None
    if prefix == "line" and head in LINE_WORDS:
        return Column(part="line", own=False, key=head)
    try:
        key, kind, json = setting_head(head)
    except ValueError:
        return None
    return Column(part="line" if prefix == "line" else "order", own=True, key=key, kind=kind, json=json)


def exactly(ours: Column, heading: str) -> bool:
    """Return whether a heading is one of ours as it is written: beside --columns, others' `Status` is not ours."""
    return heading == ours.key or heading.startswith(("line.", "set."))


def named_by(headings: list[str], columns: Mapping[str, str], faults: Problems, *, changes: bool) -> list[Column]:
    """Return the columns that --columns names, noting those that are not there."""
    found = []
    for name, heading in columns.items():
        ours = meaning_of(name, changes=changes)
        wanted = heading.strip()
        if ours is None and meaning_of(wanted) is not None:
            faults.add("--columns", f"{shown(name)} is not a column of ours, {shown(wanted)} is: {TURNED}")
        elif ours is None:
            faults.add("--columns", f"{shown(name)} is not a column of ours; {unknown(name)}")
        elif wanted not in headings and (folded := [h for h in headings if h and fold(h) == fold(wanted)]):
            if len(folded) > 1:
                faults.add("--columns", f"the file has {len(folded)} columns {shown(wanted)}")
            else:
                found.append(at_place(ours, headings.index(folded[0]), folded[0]))
        elif wanted not in headings:
            close = nearest(wanted, [h for h in headings if h])
            faults.add("--columns", f"the file has no column {shown(wanted)} for {name}; {close}".rstrip("; "))
        elif headings.count(wanted) > 1:
            faults.add("--columns", f"the file has {headings.count(wanted)} columns {shown(wanted)}")
        else:
            found.append(at_place(ours, headings.index(wanted), wanted))
    return found


def at_place(ours: Column, index: int, heading: str) -> Column:
    """Return one of our columns with its place and heading in a file."""
    return replace(ours, index=index, heading=heading)


def no_twins(found: list[Column], row: int, faults: Problems) -> None:
    """Note columns that mean the same; columns of one field with other types, or JSON, are allowed side by side."""
    seen: dict[tuple[str, bool, str, str | None, bool], str] = {}
    for column in found:
        meaning = (column.part, column.own, column.key, column.kind, column.json)
        if meaning in seen:
            other = seen[meaning]
            twice = "is twice in the header" if other == column.heading else f"means the same as {shown(other)}"
            faults.add(clip(column.heading), twice, row)
        seen[meaning] = column.heading


def unknown(heading: str) -> str:
    """Return why a heading is refused, with what was probably meant."""
    if heading == "id":
        return "unknown column; line.id is the vendor's product or row, _id is ignored"
    close = meant(heading, (*ORDER_COLUMNS, *LINE_COLUMNS, "line.id"))
    return f"unknown column; {close}" if close else "unknown column"


def columns_hint(headings: Sequence[str], name: str, supported: Collection[str] | None, given: str = "") -> str:
    """Return what to do about headings that are not ours: the option that would map them, as far as they are known.

    Words that the vendor does not support are left out. `given` are the options that the file was opened with.
    """
    found: dict[str, str] = {}
    for heading in headings:
        word = OURS.get(fold(heading)) or synonym_of(heading)
        if word and word not in found and heading not in found.values():
            found[word] = heading
    mapped = {word: heading for word, heading in found.items() if supported is None or word in supported}
    if "reference" in mapped and mapped.keys() & {"sku", "name"}:
        pairs = quote(",".join(f"{word}={_quoted(heading)}" for word, heading in mapped.items()))
        without = " --ignore-columns" if found.keys() - mapped.keys() & {"quantity", "price"} else ""
        return f"try --columns {pairs}{without}; or orderctl mapping suggest {quote(name)}{given}"
    ours = "ours are " + ",".join((*ORDER_COLUMNS, *LINE_COLUMNS)) + ", set.KEY and line.KEY"
    suggest = f"orderctl mapping suggest {quote(name)}{given}"
    return f"is it a shop's export? {suggest}; or map its headings with --columns; {ours}"


def _quoted(heading: str) -> str:
    """Return a heading as --columns takes it."""
    return f'"{heading}"' if "," in heading else heading
