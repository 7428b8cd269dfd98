"""What is written as a mapping says is read as it was: numbers, dates, encodings, separators, blanks and titles."""

import datetime as dt
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xlsxwriter import Workbook  # type: ignore[import-untyped]

from orderctl import drafts
from orderctl.backend.prepared import Prepared
from orderctl.mappings.choose import Foreign
from orderctl.model import DraftLine, OrderDraft
from tests.conftest import proof_examples

pytestmark = pytest.mark.timeout(3_600)

SCRIPTS = (
    "ABZabz",
    "ÀÉßüñø",
    "ŁżőİğŞ",
    "ΑΩλψ",
    "ЖяЇђ",
    "山田髙橋カガｱ①",
    "订单编号饕餮",
    "서울한",
    "ابجد",
    "אבג",
    "กขค",
    "😀𠮷",
)  # fmt: skip
"""Letters that a text is made of, by their script."""

BETWEEN = " -/.,;|'\"()#+=@&%:_"
"""What may be within a text, beside letters; a tab would be read as a blank."""

MARKUP = re.compile(r"&(?:#|[a-zA-Z])[^;]*;")
BREAK = re.compile(r"\r\n|\r|\n")

HEADINGS = (
    ("Order No", "Client", "Needed by", "Remark", "Article", "How many", "Unit amount", "Colour"),
    ("Bestellnr.", "Käufer", "Liefertermin", "Bemerkung", "Artikel", "Stück", "Stückpreis", "Größe"),
    ("注文番号", "氏名", "希望日", "備考", "商品コード", "個数", "単価", "色"),
    ("订单编号", "收货人", "日期", "留言", "商家编码", "购买数量", "价格", "颜色"),
)
"""How a file names the words, and a column that is not read."""

NUMBERS = (
    (None, "", "."),
    ("12.50", "", "."),
    ("12.50", "", "."),
    ("1.234,56", ".", ","),
    ("1,234.56", ",", "."),
    ("1'234.56", "'", "."),
    ("1 234,56", " ", ","),
    ("1 234,56", "\u00a0", ","),
    ("1\u00a0234,56", "\u202f", ","),
)
"""The example that a mapping gives, and what then is between thousands and before the decimals."""

SIGNS = (
    ("", ""), ("€", ""), ("", " €"), ("EUR ", ""), ("", " EUR"), ("$", ""), ("US $", ""), ("", "\u00a0zł"),
    ("¥", ""), ("R$ ", ""), ("", "₽"), ("", " kr."),
)  # fmt: skip

MONTHS = ("Jan", "Feb", "Mär", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez")

DATES: tuple[tuple[str | None, Callable[[dt.datetime], str]], ...] = (
    (None, lambda t: t.strftime("%Y-%m-%d")),
    (None, lambda t: t.strftime("%Y-%m-%dT%H:%M:%SZ")),
    ("DD/MM/YYYY", lambda t: t.strftime("%d/%m/%Y")),
    ("DD.MM.YYYY", lambda t: f"{t.day}.{t.month}.{t.year}"),
    ("DD.MM.YYYY", lambda t: t.strftime("%Y-%m-%d")),
    ("MM/DD/YY", lambda t: t.strftime("%m/%d/%y")),
    ("MMM-DD-YY", lambda t: t.strftime("%b-%d-%y")),
    ("DD. MMM YYYY", lambda t: f"{t.day}. {MONTHS[t.month - 1]}. {t.year}"),
    ("DD/MM/YYYY HH:mm", lambda t: t.strftime("%d/%m/%Y %H:%M")),
    ("YYYY/MM/DD", lambda t: t.strftime("%Y/%m/%d %H:%M:%S")),
)
"""The format that a mapping gives, and how a date is then written; those that write a time are read with it."""

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "cp1252", "cp932", "gb18030")
MARKED = {"utf-8", "utf-8-sig", "utf-16"}
"""Those that a file tells itself."""

BLANKS = ("", "", "", " ", "  ", "\t", "\u00a0", "\u3000")


class Item(NamedTuple):
    sku: str
    quantity: Decimal
    price: Decimal


class Order(NamedTuple):
    reference: str
    name: str
    due: dt.datetime
    note: str
    items: tuple[Item, ...]


class Written(NamedTuple):
    """How cells are written: `headings` as the mapping has them, numbers and dates as its examples say."""

    headings: tuple[str, ...]
    example: str | None
    between: str
    point: str
    grouped: bool
    signs: tuple[str, str]
    zeros: int
    date: str | None
    day: Callable[[dt.datetime], str]

    def number(self, number: Decimal, places: int) -> str:
        whole, _, rest = f"{number:,f}".partition(".")
        rest = rest.ljust(places, "0")
        return whole.replace(",", self.between if self.grouped else "") + (self.point + rest if rest else "")

    def price(self, price: Decimal) -> str:
        return self.signs[0] + self.number(price, 2) + self.signs[1]

    def due(self, due: dt.datetime) -> dt.date | dt.datetime:
        return due if ":" in self.day(due) else due.date()


def texts(script: str, *, breaks: bool) -> st.SearchStrategy[str]:
    letters = st.text(script, min_size=1, max_size=4)
    between = st.text(BETWEEN + ("\n" if breaks else "") + script, max_size=8)
    made = st.builds("".join, st.tuples(letters, between, letters))
    return made.filter(lambda text: not MARKUP.search(text) and not text.startswith(("'", "=")))


REFERENCES = st.from_regex(r"(?:#|R-|INT/|)[0-9]{1,8}", fullmatch=True)
SKUS = st.from_regex(r"(?:[A-Z]{1,3}[-_.&]|0{0,3})[0-9]{1,6}", fullmatch=True)
PRICES = st.integers(0, 10**8).map(lambda cents: Decimal(cents).scaleb(-2))
QUANTITIES = st.integers(1, 20_000).map(Decimal) | st.integers(1, 10**7).map(lambda n: Decimal(n).scaleb(-3))
ITEMS = st.builds(Item, SKUS, QUANTITIES.map(lambda q: Decimal(f"{q.normalize():f}")), PRICES)
DAYS = st.datetimes(dt.datetime(2000, 1, 1), dt.datetime(2099, 12, 31)).map(  # noqa: DTZ001  (their zone is put in)
    lambda day: day.replace(second=0, microsecond=0, tzinfo=dt.UTC)
)


@st.composite
def orders(draw: st.DrawFn, *, breaks: bool) -> tuple[Order, ...]:
    script = draw(st.sampled_from(SCRIPTS))
    one = st.builds(
        Order,
        REFERENCES,
        texts(script, breaks=False),
        DAYS,
        st.just("") | texts(script, breaks=breaks),
        st.lists(ITEMS, min_size=1, max_size=4).map(tuple),
    )
    return tuple(draw(st.lists(one, min_size=1, max_size=4, unique_by=lambda order: order.reference)))


@st.composite
def styles(draw: st.DrawFn) -> Written:
    example, between, point = draw(st.sampled_from(NUMBERS))
    date, day = draw(st.sampled_from(DATES))
    return Written(
        headings=draw(st.sampled_from(HEADINGS)),
        example=example,
        between=between,
        point=point,
        grouped=draw(st.booleans()),
        signs=draw(st.sampled_from(SIGNS)),
        zeros=draw(st.sampled_from((0, 0, 2, 3))),
        date=date,
        day=day,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("written")


@pytest.mark.proof
@settings(max_examples=proof_examples(10_000, sample=60))
@given(given_=orders(breaks=True), how=styles(), data=st.data())
def test_a_table_of_text_is_read_as_it_was_written(
    given_: tuple[Order, ...], how: Written, data: st.DataObject, folder: Path
) -> None:
    delimiter = data.draw(st.sampled_from(",;\t|"), "delimiter")
    end = data.draw(st.sampled_from(("\r\n", "\n", "\r")), "line end")
    file: dict[str, Any] = {"fill_down": data.draw(st.booleans(), "fill_down")}
    rows = table(given_, how, file, data)
    cells = [cell for row in rows for cell in row.cells]
    if not any(set(cell) & {delimiter, "\n"} for cell in cells) and data.draw(st.booleans(), "nothing is quoted"):
        file["quote"] = "none"
    everything = data.draw(st.booleans(), "everything is quoted")
    text = data.draw(st.sampled_from(("", f"sep={delimiter}{end}")), "first line")
    places: dict[str, int] = {}
    for row in rows:
        if row.order is not None:
            places.setdefault(row.order.reference, 1 + len(BREAK.findall(text)))
        quoted = [c if file.get("quote") else quote(c, delimiter, everything=everything) for c in row.cells]
        text += delimiter.join(quoted) + end
    if data.draw(st.booleans(), "no line end at the end"):
        text = text.removesuffix(end)
    if data.draw(st.booleans(), "the mapping names the delimiter"):
        file["delimiter"] = delimiter
    path = folder / "orders.csv"
    path.write_bytes(encoded(text, file, data))
    assert read(path, mapping(how, file)) == expected(given_, how, places)


@pytest.mark.proof
@settings(max_examples=proof_examples(10_000, sample=50))
@given(given_=orders(breaks=True), how=styles(), data=st.data())
def test_a_sheet_is_read_as_it_was_written(
    given_: tuple[Order, ...], how: Written, data: st.DataObject, folder: Path
) -> None:
    typed = how.example is None and data.draw(st.booleans(), "numbers and dates as such")
    how = how._replace(date=None, day=DATES[0][1]) if typed else how
    file = {"fill_down": data.draw(st.booleans(), "fill_down")}
    rows = table(given_, how, file, data)
    path = folder / "orders.xlsx"
    places: dict[str, int] = {}
    with Workbook(path, {"in_memory": True}) as book:
        day, sheet = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_worksheet()
        for at, row in enumerate(rows):
            if row.order is not None:
                places.setdefault(row.order.reference, at + 1)
            for column, (cell, value) in enumerate(zip(row.cells, row.values, strict=True)):
                if typed and isinstance(value, Decimal):
                    sheet.write_number(at, column, float(value))
                elif typed and isinstance(value, dt.datetime):
                    sheet.write_datetime(at, column, value.date(), day)
                elif cell:
                    sheet.write_string(at, column, cell)
    assert read(path, mapping(how, file)) == expected(given_, how, places)


@pytest.mark.proof
@settings(max_examples=proof_examples(10_000, sample=60))
@given(given_=orders(breaks=True), how=styles(), data=st.data())
def test_a_nested_list_of_json_is_read_as_it_was_written(
    given_: tuple[Order, ...], how: Written, data: st.DataObject, folder: Path
) -> None:
    path, file = folder / "orders.json", {"orders": "data.found", "lines": "rows.all"}
    document = {"count": len(given_), "data": {"more": [], "found": objects(given_, how, data)}}
    shape: dict[str, Any] = data.draw(st.sampled_from(({}, {"indent": 1}, {"separators": (",", ":")})), "shape")
    text = json.dumps(document, ensure_ascii=data.draw(st.booleans(), "ASCII"), **shape)
    path.write_bytes(encoded(text, file, data))
    places = {order.reference: n for n, order in enumerate(given_, 1)}
    assert read(path, mapping(how, file, PATHS)) == expected(given_, how, places)


@pytest.mark.proof
@settings(max_examples=proof_examples(10_000, sample=60))
@given(given_=orders(breaks=True), how=styles(), data=st.data())
def test_lines_of_json_are_read_as_they_were_written(
    given_: tuple[Order, ...], how: Written, data: st.DataObject, folder: Path
) -> None:
    path, file = folder / "orders.jsonl", {"lines": "rows.all"}
    ascii_, end = data.draw(st.booleans(), "ASCII"), data.draw(st.sampled_from(("\n", "\r\n")), "line end")
    text, places = "", {}
    for order, found in zip(given_, objects(given_, how, data), strict=True):
        text += data.draw(st.sampled_from(("", "", end)), "blank line")
        places[order.reference] = 1 + text.count("\n")
        text += json.dumps(found, ensure_ascii=ascii_) + end
    path.write_bytes(encoded(text, file, data))
    assert read(path, mapping(how, file, PATHS)) == expected(given_, how, places)


PATHS = ("no", "buyer.name", "dates[1]", "meta[key=note].value", "item.sku", "amount", "cost.each")
"""Where the words are in an object, as HEADINGS for a table."""


class Row(NamedTuple):
    """A row of a table: its cells, what they hold, and the order that it is of."""

    order: Order | None
    cells: Sequence[str]
    values: Sequence[object]


def table(given_: Iterable[Order], how: Written, file: dict[str, Any], data: st.DataObject) -> list[Row]:
    """Return the rows of a file, titles and blank ones among them; `file` learns what a mapping must say of them."""
    titles = data.draw(
        st.lists(st.sampled_from((["Orders of 2026"], [], ["", "printed", "by us"])), max_size=3), "titles"
    )
    folded = data.draw(st.sampled_from((str, str.upper, lambda text: text.replace(" ", "_"))), "headings")
    order_of = data.draw(st.permutations(range(8)), "columns")
    coded = data.draw(st.booleans(), 'codes as ="…"')
    pads = data.draw(st.tuples(*[st.sampled_from(BLANKS)] * 4), "blanks")
    blank = data.draw(st.sampled_from((None, None, [], [""] * 8)), "blank rows")

    def row(order: Order | None, values: Sequence[object], cells: Sequence[str]) -> Row:
        return Row(order, [cells[at] for at in order_of], [values[at] for at in order_of])

    rows = [Row(None, title, title) for title in titles]
    headings = [folded(heading) for heading in how.headings]
    rows.append(row(None, [None] * 8, headings))
    for order in given_:
        modes = ("repeated", "blank", "reference") if file["fill_down"] else ("repeated", "reference")
        mode = data.draw(st.sampled_from(modes), "further rows")
        for n, item in enumerate(order.items):
            texts_ = [order.reference, order.name, how.day(order.due), order.note]
            due: dt.datetime | None = order.due
            if n and mode != "repeated":
                texts_, due = ["" if mode == "blank" else order.reference, "", "", ""], None
            texts_ += [item.sku, how.number(item.quantity, how.zeros), how.price(item.price), "blue"]
            coded_ = {0, 4} if coded else set()
            cells = [
                f'="{text}"' if at in coded_ and text else pads[at % 4] + text + pads[(at + 1) % 4]
                for at, text in enumerate(texts_)
            ]
            rows.append(row(order, [None, None, due, None, None, item.quantity, item.price, None], cells))
            if blank is not None:
                rows.append(Row(None, blank, blank))
    if data.draw(st.booleans(), "a last row that is no data"):
        file["end"] = "*** "
        rows.append(Row(None, ["4", "*** orders"], [None, None]))
    return rows


def objects(given_: Iterable[Order], how: Written, data: st.DataObject) -> list[dict[str, Any]]:
    """Return orders as objects, with numbers as numbers where the style has a point before the decimals."""
    plain = how.point == "." and data.draw(st.booleans(), "numbers as such")
    before, after = data.draw(st.tuples(*[st.sampled_from(BLANKS)] * 2), "blanks")

    def number(value: Decimal, text: str) -> object:
        return text if not plain else int(value) if value == int(value) else float(value)

    return [
        {
            "no": int(order.reference)
            if plain and str(order.reference).isdecimal() and order.reference[0] != "0"
            else order.reference,
            "buyer": {"id": 7, "name": before + order.name + after},
            "dates": [None, how.day(order.due)],
            "meta": [{"key": "gift", "value": "no"}, *([{"key": "note", "value": order.note}] if order.note else [])],
            "rows": {
                "all": [
                    {
                        "item": {"sku": before + item.sku + after},
                        "amount": number(item.quantity, how.number(item.quantity, how.zeros)),
                        "cost": {"each": number(item.price, how.price(item.price))},
                    }
                    for item in order.items
                ]
            },
        }
        for order in given_
    ]


def quote(cell: str, delimiter: str, *, everything: bool) -> str:
    """Return a cell as CSV writes it; ="…" is also there without the quotes that the rule needs."""
    if not everything and (not set(cell) & {delimiter, '"', "\n"} or (cell.startswith('="') and delimiter not in cell)):
        return cell
    doubled = cell.replace('"', '""')
    return f'"{doubled}"'


def encoded(text: str, file: dict[str, Any], data: st.DataObject) -> bytes:
    """Return a text in an encoding that holds it, which `file` names where the text itself does not tell."""
    encoding = data.draw(st.sampled_from([each for each in ENCODINGS if holds(each, text)]), "encoding")
    if encoding not in MARKED or data.draw(st.booleans(), "the mapping names the encoding"):
        file["encoding"] = encoding
    return text.encode(encoding)


def holds(encoding: str, text: str) -> bool:
    try:
        return text.encode(encoding).decode(encoding) == text
    except UnicodeEncodeError:
        return False


def mapping(how: Written, file: Mapping[str, Any], names: Sequence[str] | None = None) -> str:
    """Return the text of a mapping."""
    reference, name, due, note, sku, quantity, price = names or how.headings[:7]
    numbers = {"numbers": [how.example]} if how.example else {}
    dates = {"dates": [how.date]} if how.date else {}
    sections = {
        "known_by": {"headings": [reference, price]} if names is None else {"keys": [reference]},
        "file": {**file, **numbers, **dates},
        "order": {"reference": reference, "customer_name": name, "due": due, "note": note},
        "line": {"sku": sku, "quantity": quantity, "price": price},
    }
    return "".join(
        f"[{section}]\n" + "".join(f"{k} = {json.dumps(v, ensure_ascii=False)}\n" for k, v in words.items())
        for section, words in sections.items()
    )


def read(path: Path, text: str) -> list[tuple[object, ...]]:
    """Return what is read of each order of a file with a mapping, all of whose orders are good."""
    own = path.with_name("own.toml")
    own.write_text(text, encoding="utf-8")
    found: list[OrderDraft] = []

    def prepare(draft: OrderDraft) -> Prepared:
        found.append(draft)
        return Prepared.of_order("create", draft, {}, ())

    with drafts.read(path, zone=dt.UTC, prepare=prepare, foreign=Foreign(zone=dt.UTC, folder=None, given=str(own))):
        pass
    return [
        (
            d.row,
            d.reference,
            d.customer.name,
            d.due,
            d.note,
            [Item(line.sku or "", *_amounts(line)) for line in d.lines],
        )
        for d in found
    ]


def _amounts(line: DraftLine) -> tuple[Decimal, Decimal]:
    assert line.quantity is not None
    assert line.price is not None
    return line.quantity, line.price


def expected(given_: Iterable[Order], how: Written, places: Mapping[str, int]) -> list[tuple[object, ...]]:
    return [
        (places[order.reference], order.reference, order.name, how.due(order.due), order.note or None, [*order.items])
        for order in given_
    ]
