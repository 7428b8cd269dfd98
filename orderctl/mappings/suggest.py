"""A first mapping for a file that none knows: headings compared with what others call our words.

What was not matched is named, so that a person sees what is left to do.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, NoReturn

from orderctl.drafts.advice import sheets
from orderctl.drafts.clean import clean
from orderctl.drafts.items import Items
from orderctl.drafts.jsontext import loads
from orderctl.drafts.source import Unreadable
from orderctl.drafts.table import Table, best_place
from orderctl.errors import UsageError
from orderctl.frozen import dataclass
from orderctl.mappings.cancelled import Cancelled
from orderctl.mappings.readers import UNCOUNTED
from orderctl.mappings.store import order_paths
from orderctl.mappings.terms import path_steps, text_at
from orderctl.words import LINE, ORDER, amount_of, fold, part_of, synonym_of

EXAMPLES = 200
"""So many rows are looked at to see how numbers are written."""

_LISTS = ("orders", "orderList", "items", "list", "records", "results", "rows", "data", "value")

CONTAINERS = (
    *("orders", "Orders", "orderList", "data", "items", "results", "value"),
    *(f"{outer}.{inner}" for outer in ("data", "result", "response", "payload", "export") for inner in _LISTS),
)
"""Where the orders of a JSON file may be."""

COMMAS = re.compile(r"-?[0-9]{1,3}(?:\.[0-9]{3})*,[0-9]{1,2}|-?[0-9]+,[0-9]{1,2}")
POINTS = re.compile(r"-?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]{1,2})?")

TAKEN_FROM_ORDER = frozenset({"total", "status", "paid"})
"""Words that a first mapping leaves to a person: not every vendor takes them."""

_PRODUCT = {
    **dict.fromkeys(("number", "no", "nr", "code", "sku", "ref", "reference", "articlenumber", "articlecode"), "sku"),
    **dict.fromkeys(("title", "name", "label", "description"), "name"),
}

_INSIDE: Mapping[str, Mapping[str, str]] = {
    "sku": _PRODUCT, "name": _PRODUCT, "price": {"amount": "price", "value": "price", "net": "price"},
    "quantity": {"amount": "quantity", "value": "quantity"},
}  # fmt: skip
"""What a key means inside an object that is a word of a line."""

NEVER_A_STATUS = ("reference", "sku", "name", "quantity", "price", "customer_name", "email", "phone", "address")
"""Words whose columns do not tell whether an order was cancelled."""

DECIDED = frozenset({"price", "quantity", "reference"})
"""Words that a person has to decide on: without them an order would be sent as one piece without a price."""

_ORDER = frozenset(word.name for word in ORDER) - TAKEN_FROM_ORDER
_LINE = frozenset(word.name for word in LINE)
_OWN = {fold(name): name for name in (*_ORDER, *_LINE)}


HEADER = """\
# Made by orderctl mapping suggest. Check each line. Where it says HEADING, write a heading of the file,
# or delete the line: until then no order is sent. A line with # in front is not read.
# Everything that a mapping can do: orderctl help mapping"""


@dataclass(frozen=True)
class Suggestion:
    """A first mapping: its TOML, and the headings that it does not read."""

    text: str
    left: tuple[str, ...]
    missing: tuple[str, ...]
    warnings: tuple[str, ...] = ()


class Suggested(Exception):
    """A mapping was made, and no order is to be read."""


class Suggesting:
    """Takes a file, as what reads foreign files does, makes a mapping for it (`found`), and raises Suggested."""

    file = None
    keys = ()

    def __init__(self) -> None:
        self.found: Suggestion | None = None
        self.paths = (*order_paths(None), *CONTAINERS)

    def looks(self, found: Any) -> int:
        """Return how much an object of a JSON file looks like an order, from 0.

        A row of an order and a line is 1, what has a reference and lines is 2, or 3 where the reference is its own.
        """
        if not isinstance(found, Mapping):
            return 0
        words = _matched(list(_paths(found)), leaf=True)
        if "reference" not in words:
            return 0
        if any(_lines_in(found)):
            return 2 if "." in words["reference"] else 3
        return int(not words.keys().isdisjoint({"sku", "quantity"}))

    def saying(self, _: str) -> Sequence[str]:
        """Return no mappings: one is to be made."""
        return ()

    def known(self, headings: Sequence[str]) -> int:
        """Return how many headings are understood."""
        return len(_matched([clean(heading, UNCOUNTED, markup=True) for heading in headings]))

    def table(self, table: Table) -> NoReturn:
        """Make a mapping for a table. Raises UsageError where no heading is understood."""
        self.found = for_table(table)
        raise Suggested

    def objects(self, items: Items) -> NoReturn:
        """Make a mapping for a JSON file. Raises UsageError where nothing in its first order is understood."""
        self.found = for_objects(items)
        raise Suggested


def for_table(table: Table) -> Suggestion:
    """Return a first mapping for a table. Raises UsageError where no heading is understood."""
    first = table.first()
    place = best_place(first, lambda cells: len(_matched([clean(cell, UNCOUNTED, markup=True) for cell in cells])))
    headings = [clean(cell, UNCOUNTED, markup=True) for cell in table.begin(place)]
    found = _matched([heading for heading in headings if heading])
    if not found:
        listed = ", ".join(filter(None, headings))[:200]
        raise UsageError(
            f"{table.name}: none of its headings is known",
            hint=f"write a mapping by hand (orderctl help mapping); the headings are: {listed}",
        )
    parts = _put_together(found, [heading for heading in headings if heading])
    cancelled = Cancelled()
    rows = _looked_at(table, headings, found, cancelled)
    file: list[str] = [] if table.encoding in {"utf-8", ""} else [f"encoding = {_quoted(table.encoding)}"]
    if table.delimiter not in {",", ""}:
        file.append(f"delimiter = {_quoted(table.delimiter)}")
    sheet = [sheets(table.sheet, table.others)] if table.others else []
    if table.others:
        file.append(f"sheet = {_quoted(table.sheet)}")
    columns = [headings.index(h) for w, h in found.items() if w in {"quantity", "price"}]
    style = _style(cells[at] for cells in rows for at in columns if at < len(cells))
    if style:
        file.append(f"numbers = [{_quoted(style)}]")
    if "reference" in found:
        at = headings.index(found["reference"])
        if any(at < len(cells) and not cells[at].strip() for cells in rows):
            file.append("fill_down = true")
    file += _skips(cancelled)
    known = [found[word] for word in ("reference", "sku", "name", "quantity", "price") if word in found]
    amounts = _amounts(h for h in headings if h and h not in found.values())
    read = {*found.values(), *amounts.values(), *parts, *cancelled.skips}
    left = tuple(h for h in headings if h and h not in read)
    text = _toml(found, file, known_by=known, key="headings") + _amounts_toml(amounts)
    return Suggestion(text, left, _missing(found), (*sheet, *cancelled.warnings))


def _looked_at(
    table: Table, headings: Sequence[str], found: Mapping[str, str], cancelled: Cancelled
) -> list[list[str]]:
    """Return the first rows of a table; all of its rows are seen by `cancelled`."""
    rows: list[list[str]] = []
    places = [(h, at) for at, h in enumerate(headings) if h and h not in {found.get(word) for word in NEVER_A_STATUS}]
    key = headings.index(found["reference"]) if "reference" in found else None
    with suppress(Unreadable):  # it is reported when the file is read with the mapping
        for _, cells in table:
            if len(rows) < EXAMPLES:
                rows.append(cells)
            padded = [*cells, *[""] * (len(headings) - len(cells))]
            reference = clean(padded[key], UNCOUNTED, markup=True) if key is not None else ""
            cancelled.see(reference, {h: clean(padded[at], UNCOUNTED, markup=True) for h, at in places})
    cancelled.end()
    return rows


def _skips(cancelled: Cancelled) -> list[str]:
    """Return the lines of [file] that pass cancelled orders and rows of totals over."""
    wanted: list[tuple[str, list[str] | str]] = [(_quoted(heading), some) for heading, some in cancelled.skips.items()]
    if cancelled.totals:
        wanted.append(("reference", cancelled.totals))
    parts = ", ".join(f"{name} = {_quoted(some) if isinstance(some, str) else _list(some)}" for name, some in wanted)
    return [*(f"# {_plain(comment)}" for comment in cancelled.comments), *([f"skip = {{ {parts} }}"] if parts else [])]


def _list(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(_quoted, texts))}]"


def _plain(text: str) -> str:
    """Return a text for a comment: in one line."""
    return "".join(c if c.isprintable() else " " for c in text)


def for_objects(items: Items) -> Suggestion:
    """Return a first mapping for a JSON file. Raises UsageError where nothing in its first order is understood."""
    try:
        order = loads(items.first())
    except ValueError as problem:
        raise UsageError(f"{items.name}: {problem}") from None
    if not isinstance(order, Mapping):
        raise UsageError(f"{items.name}: its orders are not objects")
    lines, line = next(_lines_in(order), ("", {}))
    paths = list(_paths(order))
    found = _matched(paths, words=_ORDER, leaf=True)
    inner = _of_line(line)
    found |= {f"line.{word}": path for word, path in inner.items()}
    if not found:
        raise UsageError(f"{items.name}: nothing in its first order is understood", hint="orderctl help mapping")
    parts = _put_together(found, paths)
    file = [f'format = "{"jsonl" if items.by_line else "json"}"']
    file += [f"{key} = {_quoted(path)}" for key, path in (("orders", items.path), ("lines", lines)) if path]
    cancelled = Cancelled()
    _seen(items, found, cancelled)
    file += _skips(cancelled)
    keys = [found[word] for word in ("reference",) if word in found] + ([lines] if lines else [])
    amounts = _amounts((path for path in paths if path not in found.values()), leaf=True)
    read = {*found.values(), *amounts.values(), *parts, *cancelled.skips}
    left = tuple(path for path in paths if path not in read)
    text = _toml(found, file, known_by=keys, key="keys") + _amounts_toml(amounts)
    return Suggestion(text, left, _missing(found), tuple(cancelled.warnings))


def _seen(items: Items, found: Mapping[str, str], cancelled: Cancelled) -> None:
    """Let `cancelled` see every order of a JSON file."""
    never = {found.get(word) for word in NEVER_A_STATUS}
    key = path_steps(found.get("reference", ""))
    with suppress(Unreadable, ValueError):  # it is reported when the file is read with the mapping
        for row, text in items:
            order = loads(text)
            if isinstance(order, Mapping):
                texts = {path: text_at(order, path_steps(path)) for path in _paths(order) if path not in never}
                cancelled.see((text_at(order, key) if key else "") or f"order {row}", texts)
    cancelled.end()


def _of_line(line: Mapping[str, Any]) -> dict[str, str]:
    """Return the words of a line, each with its path; the product, or the price, may be an object of its own."""
    inside: dict[str, str] = {}
    for key, value in line.items():
        whole = synonym_of(key) or fold(key)
        for path in _paths(value, before=f"{key}.") if isinstance(value, Mapping) else ():
            word = _INSIDE.get(whole, {}).get(fold(path.rpartition(".")[2]))
            if word:
                inside.setdefault(word, path)
    found = _matched([path for path in _paths(line) if path not in inside.values()], words=_LINE, leaf=True)
    found.pop("id", None)  # the id of their row or product is none of the vendor's
    return {**{word: path for word, path in found.items() if word not in inside}, **inside}


def _lines_in(order: Mapping[str, Any], before: str = "", depth: int = 3) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the path of each list of lines in an order, with its first line; those of the order itself come first."""
    for key, value in order.items():
        if _of_objects(value) and _is_line(value[0]):
            yield before + key, value[0]
    for key, value in order.items() if depth else ():
        if isinstance(value, Mapping):
            yield from _lines_in(value, f"{before}{key}.", depth - 1)


def _put_together(found: dict[str, str], headings: Sequence[str]) -> set[str]:
    """Put names and addresses together whose parts are apart, in `found`; return the headings, or paths, of the parts.

    The parts of one name or address are beside each other: inside one object.
    """
    used: set[str] = set()
    for inside in dict.fromkeys(_object(heading) for heading in headings):
        own = [heading for heading in headings if _object(heading) == inside]
        parts = {part_of(h.removeprefix(inside)): h for h in reversed(own)}
        name = found.get("customer_name", "")
        if {"first", "last"} <= parts.keys() and (name in {"", *parts.values()} or synonym_of(name) == "customer"):
            found["customer_name"] = f"{{{parts['first']}}} {{{parts['last']}}}"
            used |= {parts["first"], parts["last"]}
        street = found.get("address", "")
        if street in own:
            place = " ".join(f"{{{parts[part]}}}" for part in ("zip", "city") if part in parts)
            country = f"{{{parts['country']}}}" if "country" in parts else ""
            if place or country:
                found["address"] = ", ".join(filter(None, (f"{{{street}}}", place, country)))
                used |= {street, *(parts[part] for part in ("zip", "city", "country") if part in parts)}
    return used


def _object(path: str) -> str:
    """Return the path of the object that a path leads into, with its point; "" of a heading."""
    return path[: path.rfind(".") + 1] if " " not in path and not path.endswith(".") else ""


def _amounts(headings: Iterable[str], *, leaf: bool = False) -> dict[str, str]:
    """Return the amounts of a whole order, each with the first heading, or path, that means it."""
    found: dict[str, str] = {}
    for heading in headings:
        amount = amount_of(heading.rpartition(".")[2] if leaf else heading)
        if amount:
            found.setdefault(amount, heading)
    return found


def _amounts_toml(amounts: Mapping[str, str]) -> str:
    parts = []
    if "shipping" in amounts:
        parts.append(f'[[add]]\nsku = "SHIPPING"\nname = "SHIPPING"\nprice = {_quoted(amounts["shipping"])}')
    if "tax" in amounts:
        add = f'[[add]]\nsku = "TAX"\nname = "TAX"\nprice = {_quoted(amounts["tax"])}'
        parts.append(add + ("\nif_needed = true" if "total" in amounts else ""))
    if "discount" in amounts:
        parts.append(f"[discount]\namount = {_quoted(amounts['discount'])}")
    if "total" in amounts:
        parts.append(f"[check]\ntotal = {_quoted(amounts['total'])}")
    return "".join(f"\n{part}\n" for part in parts)


def _missing(found: Mapping[str, str]) -> tuple[str, ...]:
    """Return the words that nothing in the file means, of those that most vendors need and the currency."""
    wanted = ("reference", "customer_name", "email", "currency", "sku", "quantity", "price")
    return tuple(word for word in wanted if not found.keys() & {word, f"line.{word}"})


def _matched(headings: Sequence[str], *, words: frozenset[str] | None = None, leaf: bool = False) -> dict[str, str]:
    """Return our words with the heading, or path, that means each; the first one counts.

    With `leaf` a path means what all of it means (buyer.name), else what its last part does.
    """
    wanted = _ORDER | _LINE if words is None else words
    found: dict[str, str] = {}
    for last, meaning in ((False, synonym_of), (True, _own), (True, synonym_of)) if leaf else _PASSES:
        for heading in headings:
            word = meaning(heading.rpartition(".")[2] if last else heading)
            if word in wanted and word not in found and heading not in found.values():
                found[word] = heading
    if "sku" in found and "name" not in found and "name" in wanted:
        names = [h for h in headings if fold(h) in _NAMES and h not in found.values()]
        found |= {"name": names[0]} if names else {}
    if "customer" in found and "customer_name" not in found:
        found["customer_name"] = found.pop("customer")  # a column of customers more often holds names than codes
    return found


_NAMES = frozenset({"product", "item", "article"})
"""Headings that mean what a line is called where another one is the SKU."""


def _own(heading: str) -> str:
    """Return the word of ours that a heading is, "" where it is none."""
    return _OWN.get(fold(heading), "")


_PASSES = ((False, _own), (False, synonym_of))
"""How headings are compared with our words: as ours first, then as what others call them."""


def _style(cells: Iterable[str]) -> str:
    """Return an example of how numbers are written where that is not our way, else ""."""
    for cell in cells:
        bare = cell.strip()
        if COMMAS.fullmatch(bare):
            return "1.234,56"
        if POINTS.fullmatch(bare):
            return "1,234.56"
    return ""


def _toml(found: Mapping[str, str], file: Sequence[str], *, known_by: Sequence[str], key: str) -> str:
    names = {word.name: word for word in LINE}
    order = [f"{w} = {_quoted(h)}" for w, h in found.items() if w not in names and not w.startswith("line.")]
    lines = [
        f"{w.removeprefix('line.')} = {_quoted(h)}"
        for w, h in found.items()
        if w.removeprefix("line.") in names and (w.startswith("line.") or key == "headings")
    ]
    without = _missing(found)
    open_ = [(word, f'{"" if word in DECIDED else "# "}{word} = "HEADING"') for word in without]
    order += [line for word, line in open_ if word not in names]
    lines += [line for word, line in open_ if word in names]
    parts = [
        HEADER,
        f"[known_by]\n{key} = [{', '.join(map(_quoted, known_by))}]",
        *(["[file]\n" + "\n".join(file)] if file else []),
        "[order]\n" + "\n".join(order) if order else "[order]",
        "[line]\n" + "\n".join(lines) if lines else "[line]",
    ]
    return "\n\n".join(parts) + "\n"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t").replace("\n", "\\n")
    return f'"{escaped}"'


def _of_objects(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], Mapping)


def _is_line(line: Mapping[str, Any]) -> bool:
    """Return whether an object looks like a line of an order."""
    words = {synonym_of(key) or fold(key) for key in line}
    return bool(words & {"quantity", "sku"})


def _paths(found: Mapping[str, Any], before: str = "") -> Iterator[str]:
    """Yield the paths of an object's texts and numbers, those of objects inside it too."""
    for key, value in found.items():
        if isinstance(value, Mapping):
            yield from _paths(value, f"{before}{key}.")
        elif not isinstance(value, list):
            yield f"{before}{key}"
