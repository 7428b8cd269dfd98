"""A damaged export: what is read of it is what the whole one says, or a problem or a warning names the order."""

import codecs
import csv
import io
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderctl.drafts.style import Numbers, plain_number
from orderctl.errors import Problem, UsageError
from orderctl.frozen import replace
from orderctl.model import OrderDraft
from tests.conftest import proof_examples
from tests.mappings.exports import Expected
from tests.mappings.test_builtin import read, total, write

pytestmark = pytest.mark.timeout(3_600)

ORDERS, SEEDS = 12, 24

REFERENCES = {
    "amazon": "order-id",
    "ebay": "Order Number",
    "etsy": "Order ID",
    "odoo": "name",
    "shopify": "Name",
}

AMOUNTS = {
    "amazon": ("quantity-purchased", "item-price", "item-tax", "shipping-price", "item-promotion-discount"),
    "ebay": ("Quantity", "Sold For", "Shipping And Handling", "Seller Collected Tax", "Total Price"),
    "etsy": ("Quantity", "Price", "Discount Amount", "Order Shipping", "Order Delivery"),
    "odoo": ("order_line/product_uom_qty", "order_line/price_unit", "order_line/discount"),
    "shopify": ("Lineitem quantity", "Lineitem price", "Shipping", "Taxes", "Discount Amount", "Total"),
}
"""The columns of numbers that are read."""

CHECKED = {"ebay", "shopify"}
"""Those whose file has a total to check an order against."""

MISSED = {
    "Discount Amount",
    "Order Delivery",
    "Order Shipping",
    "gift-wrap-price",
    "gift-wrap-tax",
    "item-promotion-discount",
    "item-tax",
    "order_line/discount",
    "ship-promotion-discount",
    "shipping-price",
    "shipping-tax",
    "state",
}
"""Columns that a file may be without, so that nothing tells that one was dropped, unless a total is there."""

PRICES = {"ebay": "Sold For", "shopify": "Lineitem price"}
"""Where a row says what it is worth, in a file with a total."""

NO_LINE_END = "the last row has no line end"


class Row(NamedTuple):
    """A row of a file, and the order that it was of before the damage, "" of none."""

    cells: list[str]
    owner: str


class Export(NamedTuple):
    """A file that is whole: its rows up to the headings, those of its orders, those after, and what is read of it."""

    name: str
    expected: Expected
    content: bytes
    before: list[Row]
    rows: list[Row]
    after: list[Row]
    drafts: dict[str, OrderDraft]
    warned: list[str]

    @property
    def headings(self) -> list[str]:
        return self.before[-1].cells

    @property
    def blank_further(self) -> bool:
        """Return whether the further rows of an order are without its reference."""
        return any(not self.reference(row) for row in self.rows if row.owner)

    def reference(self, row: Row) -> str:
        at = self.headings.index(REFERENCES[self.name])
        return row.cells[at] if at < len(row.cells) else ""

    def number(self, text: str) -> Decimal:
        options = dict(zip(self.expected.options[::2], self.expected.options[1::2], strict=True))
        example = options.get("--numbers", "1,234.56" if self.name in {"ebay", "etsy"} else "")
        return Decimal((Numbers([example]) if example else plain_number)(text))

    def counts(self, row: Row) -> bool:
        """Return whether a total tells of a row: the file has one, and the row is worth something."""
        cell = row.cells[self.headings.index(PRICES[self.name])] if self.name in PRICES else ""
        return bool(cell) and self.number(cell) != 0

    def text(self, rows: Sequence[Row]) -> tuple[bytes, list[int]]:
        """Return rows as the file writes them, and the number of each."""
        written, numbers = io.StringIO(), []
        writer = csv.writer(written, lineterminator="\n")
        for row in rows:
            numbers.append(1 + written.getvalue().count("\n"))
            if self.name == "amazon":
                written.write("\t".join(row.cells) + "\r\n")
            else:
                writer.writerow(row.cells)
        return written.getvalue().encode(_encoding(self.name, self.expected)), numbers


class Read(NamedTuple):
    """What is read of a damaged file: its good orders, the problems of the others, and what is warned of."""

    drafts: dict[str, OrderDraft]
    problems: Sequence[Problem]
    warned: list[str]

    def names(self, reference: str, rows: set[int]) -> bool:
        """Return whether a problem or a warning names an order."""
        said = [f"{problem}" for problem in self.problems] + [w for w in self.warned if "is sent as" not in w]
        return any(reference in each for each in said) or any(problem.row in rows for problem in self.problems)


@cache
def whole(name: str, seed: int) -> Export:
    with tempfile.TemporaryDirectory() as folder:
        path, expected = write(name, Path(folder), ORDERS, seed)
        content = path.read_bytes()
        found, batch = read(path, expected)
    text = content.decode(_encoding(name, expected))
    if name == "amazon":
        cells = [line.split("\t") for line in text.removesuffix("\r\n").split("\r\n")]
    else:
        cells = list(csv.reader(io.StringIO(text, newline="")))
    at = next(at for at, row in enumerate(cells) if REFERENCES[name] in row)
    column = cells[at].index(REFERENCES[name])
    end = next((at for at, row in enumerate(cells) if any("record(s)" in cell for cell in row)), len(cells))
    rows, owner = [], ""
    for row in cells[at + 1 : end]:
        if any(row):
            owner = row[column] or (owner if name == "odoo" else "")
            rows.append(Row(row, owner))
    return Export(
        name,
        expected,
        content,
        [Row(row, "") for row in cells[: at + 1]],
        rows,
        [Row(row, "") for row in cells[end:]],
        {draft.reference or "": draft for draft in found},
        batch.warned,
    )


def _encoding(name: str, expected: Expected) -> str:
    options = dict(zip(expected.options[::2], expected.options[1::2], strict=True))
    return "utf-8-sig" if name == "ebay" else options.get("--encoding", "utf-8")


def read_again(export: Export, content: bytes) -> Read | None:
    """Return what is read of a damaged file, None where it is refused."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"export.{'txt' if export.name == 'amazon' else 'csv'}"
        path.write_bytes(content)
        try:
            found, batch = read(path, export.expected)
        except UsageError:
            return None
    return Read({draft.reference or "": draft for draft in found}, batch.problems, batch.warned)


def pieces(draft: OrderDraft) -> Counter[tuple[str | None, str | None]]:
    found: Counter[tuple[str | None, str | None]] = Counter()
    for line in draft.lines:
        found[line.sku, line.name] += line.quantity or Decimal(1)  # type: ignore[assignment]
    return found


def as_it_is(draft: OrderDraft) -> object:
    return replace(draft, row=None)


def sums(draft: OrderDraft) -> object:
    """Return what does not depend on the order of lines, and on how a discount falls on them."""
    return replace(draft, row=None, lines=()), pieces(draft), total(draft)


def amounts(draft: OrderDraft) -> object:
    """Return what an order comes to: a column of a text may be missing."""
    return total(draft), sum(pieces(draft).values())


class Damaged(NamedTuple):
    """The rows of a damaged file, headings first, and the order that may be read otherwise, since no file can tell."""

    rows: list[Row]
    exempt: str = ""


Damage = Callable[[Export, list[Row], Random], Damaged | None]
"""Returns a damaged file; None where the file cannot be damaged so, or where it would not show."""


def shuffled(export: Export, rows: list[Row], random: Random) -> Damaged | None:
    if export.blank_further:
        return None
    random.shuffle(data := rows[1:])
    return Damaged([rows[0], *data])


def heading_doubled(export: Export, rows: list[Row], random: Random) -> Damaged | None:
    """Double a heading, over the same cells, or over others behind its own: the first of two counts."""
    many = len(export.headings)
    source = random.randrange(many)
    same = random.random() < 0.5
    other, at = (source, random.randrange(many)) if same else (random.randrange(many), random.randint(source + 1, many))
    for row in rows:
        row.cells.insert(at, row.cells[source if row is rows[0] else other])
    return Damaged(rows)


def column_dropped(export: Export, rows: list[Row], random: Random) -> Damaged | None:
    at = random.randrange(len(export.headings))
    if export.headings[at] in MISSED and export.name not in CHECKED:
        return None
    for row in rows:
        del row.cells[at]
    return Damaged(rows)


def number_in_another_style(export: Export, rows: list[Row], random: Random) -> Damaged | None:
    named = [export.headings.index(h) for h in AMOUNTS[export.name] if h in export.headings]
    row, at = random.choice([(row, at) for row in rows[1:] for at in named if row.cells[at]])
    value = export.number(row.cells[at])
    thousands, point = random.choice(((".", ","), (",", "."), (" ", ","), ("'", "."), ("", ","), ("", ".")))
    text = f"{value:,.{random.choice((0, 2)) if value == int(value) else 2}f}"
    text = "".join({",": thousands, ".": point}.get(c, c) for c in text)
    row.cells[at] = re.sub(r"[0-9].*[0-9]|[0-9]", text, row.cells[at].replace("-", ""), count=1)
    return Damaged(rows)


def reference_blanked(export: Export, rows: list[Row], random: Random) -> Damaged | None:
    """Blank a reference; eBay's report has such rows of its own, which are passed over."""
    row = random.choice(rows[1:])
    row.cells[export.headings.index(REFERENCES[export.name])] = ""
    return Damaged(rows, row.owner if export.name == "ebay" and not export.counts(row) else "")


def cell_put_in(export: Export, rows: list[Row], random: Random) -> Damaged | None:
    """Split a cell in two, as a separator does that is not quoted, or put in a blank one."""
    row = random.choice(rows[1:])
    if not row.cells[-1]:
        return None
    at = random.randrange(len(export.headings))
    middle = random.randint(0, len(row.cells[at]))
    row.cells[at : at + 1] = [row.cells[at][:middle], row.cells[at][middle:]]
    return Damaged(rows) if row.cells[-1] else None


def cell_taken_out(export: Export, rows: list[Row], random: Random) -> Damaged | None:
    row = random.choice(rows[1:])
    del row.cells[random.randrange(len(export.headings))]
    return Damaged(rows)


def row_repeated(export: Export, rows: list[Row], random: Random) -> Damaged | None:
    """Repeat a row; where no total tells of it, its order has two equal lines."""
    at = random.randrange(1, len(rows))
    to = at if export.blank_further else random.choice((at, random.randrange(1, len(rows) + 1)))
    row = Row([*rows[at].cells], rows[at].owner)
    return Damaged([*rows[:to], row, *rows[to:]], "" if export.counts(row) else row.owner)


DAMAGES: dict[Damage, Callable[[OrderDraft], object]] = {
    cell_put_in: as_it_is,
    cell_taken_out: as_it_is,
    column_dropped: amounts,
    heading_doubled: as_it_is,
    number_in_another_style: as_it_is,
    reference_blanked: as_it_is,
    row_repeated: as_it_is,
    shuffled: sums,
}
"""Each damage, and what of an order must be as it was."""


@pytest.mark.proof
@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
@pytest.mark.parametrize("name", REFERENCES)
def test_no_order_is_read_otherwise_than_it_was_without_a_word(name: str, damage: Damage) -> None:
    @settings(max_examples=proof_examples(10_000 // len(DAMAGES), sample=8))
    @given(seed=st.integers(0, 10**9))
    def holds(seed: int) -> None:
        assert read_otherwise(whole(name, seed % SEEDS), damage, Random(seed)) == []

    holds()


@pytest.mark.proof
@pytest.mark.parametrize("name", REFERENCES)
def test_a_file_that_is_cut_is_read_up_to_its_last_order(name: str) -> None:
    @settings(max_examples=proof_examples(10_000 // len(DAMAGES), sample=30))
    @given(seed=st.integers(0, SEEDS - 1), data=st.data())
    def holds(seed: int, data: st.DataObject) -> None:
        export = whole(name, seed)
        ends = [at + 1 for at, byte in enumerate(export.content) if byte == ord("\n")]
        at = data.draw(st.integers(0, len(export.content) - 1) | st.sampled_from(ends), "cut at")
        found = read_again(export, export.content[:at])
        if found is None or not export.content[:at].strip(codecs.BOM_UTF8):
            return
        warned = any(NO_LINE_END in each for each in found.warned)
        whole_rows = export.content[:at].endswith((b"\n", b"\r"))
        ended = b"record(s) downloaded" in export.content[:at]
        assert warned != whole_rows or ended
        for reference, draft in found.drafts.items():
            was = export.drafts.get(reference)
            if was is not None and as_it_is(draft) == as_it_is(was):
                continue
            assert reference == next(reversed(found.drafts))
            assert warned or (was is not None and pieces(draft) <= pieces(was))

    holds()


def read_otherwise(export: Export, damage: Damage, random: Random) -> list[object]:
    """Return the orders that are read of a damaged file otherwise than they are, where no word names them."""
    rows = [Row([*row.cells], row.owner) for row in [export.before[-1], *export.rows]]
    damaged = damage(export, rows, random)
    if damaged is None:
        return []
    content, numbers = export.text([*export.before[:-1], *damaged.rows, *export.after])
    found = read_again(export, content)
    if found is None:
        return []
    places: dict[str, set[int]] = {}
    for row, number in zip(damaged.rows, numbers[len(export.before) - 1 :], strict=False):
        for reference in (row.owner, export.reference(row)):
            places.setdefault(reference, set()).add(number)
    facts = DAMAGES[damage]
    return [
        (draft, export.drafts.get(reference), found.problems, found.warned)
        for reference, draft in found.drafts.items()
        if (reference not in export.drafts or facts(draft) != facts(export.drafts[reference]))
        and reference != damaged.exempt
        and not found.names(reference, places.get(reference, set()))
    ]
