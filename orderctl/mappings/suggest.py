"""A first mapping for a file that none knows: headings compared with what others call our words.

What was not matched is named, so that a person sees what is left to do.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn

from orderctl.drafts.clean import clean
from orderctl.drafts.jsontext import loads
from orderctl.drafts.objects import Items
from orderctl.drafts.table import Table
from orderctl.errors import UsageError
from orderctl.frozen import dataclass
from orderctl.mappings.readers import UNCOUNTED
from orderctl.mappings.store import order_paths
from orderctl.words import LINE, ORDER, TOTALS, amount_of, fold, part_of, synonym_of

EXAMPLES = 200
"""So many rows are looked at to see how numbers are written."""

_LISTS = ("orders", "orderList", "items", "list", "records", "results", "rows", "data", "value")

CONTAINERS = (
    *("orders", "Orders", "orderList", "data", "items", "results", "value"),
    *(f"{outer}.{inner}" for outer in ("data", "result", "response", "payload", "export") for inner in _LISTS),
)
"""Where the orders of a JSON file may stand."""

COMMAS = re.compile(r"-?[0-9]{1,3}(?:\.[0-9]{3})*,[0-9]{1,2}|-?[0-9]+,[0-9]{1,2}")
POINTS = re.compile(r"-?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]{1,2})?")

TAKEN_FROM_ORDER = frozenset({"total", "status", "paid"})
"""Words that a first mapping leaves to a person: not every vendor takes them."""

_ORDER = frozenset(word.name for word in ORDER) - TAKEN_FROM_ORDER
_LINE = frozenset(word.name for word in LINE)
_OWN = {fold(name): name for name in (*_ORDER, *_LINE)}


@dataclass(frozen=True)
class Suggestion:
    """A first mapping: its TOML, and the headings that it does not read."""

    text: str
    left: tuple[str, ...]
    missing: tuple[str, ...]


class Found(Exception):
    """A mapping was made, and no order is to be read."""


class Suggesting:
    """Takes a file, as what reads foreign files does, makes a mapping for it (`found`), and raises Found."""

    file = None
    keys = ()

    def __init__(self) -> None:
        self.found: Suggestion | None = None
        self.paths = (*order_paths(None), *CONTAINERS)

    def known(self, headings: Sequence[str]) -> int:
        """Return how many headings are understood."""
        return len(_matched([clean(heading, UNCOUNTED, markup=True) for heading in headings]))

    def table(self, table: Table) -> NoReturn:
        """Make a mapping for a table. Raises UsageError where no heading is understood."""
        self.found = for_table(table)
        raise Found

    def objects(self, items: Items) -> NoReturn:
        """Make a mapping for a JSON file. Raises UsageError where nothing in its first order is understood."""
        self.found = for_objects(items)
        raise Found


def for_table(table: Table) -> Suggestion:
    """Return a first mapping for a table. Raises UsageError where no heading is understood."""
    first = table.first()
    place = best_header(first)
    headings = [clean(cell, UNCOUNTED, markup=True) for cell in table.begin(place)]
    found = _matched([heading for heading in headings if heading])
    if not found:
        raise UsageError(
            f"{table.name}: none of its headings is understood",
            hint=f"write one by hand (orderctl help mapping); they are: {', '.join(filter(None, headings))[:200]}",
        )
    parts = _put_together(found, [heading for heading in headings if heading])
    rows = [cells for _, cells in zip(range(EXAMPLES), (cells for _, cells in table), strict=False)]
    file: list[str] = [] if table.encoding in {"utf-8", ""} else [f"encoding = {_quoted(table.encoding)}"]
    if table.delimiter not in {",", ""}:
        file.append(f"delimiter = {_quoted(table.delimiter)}")
    columns = [headings.index(h) for w, h in found.items() if w in {"quantity", "price"}]
    style = _style(cells[at] for cells in rows for at in columns if at < len(cells))
    if style:
        file.append(f"numbers = [{_quoted(style)}]")
    if "reference" in found:
        at = headings.index(found["reference"])
        if any(at < len(cells) and not cells[at].strip() for cells in rows):
            file.append("fill_down = true")
        ends = dict.fromkeys(
            cells[at].strip() for cells in rows if at < len(cells) and fold(cells[at].rstrip(" :")) in TOTALS
        )
        if ends:
            file.append(f"skip = {{ reference = [{', '.join(map(_quoted, ends))}] }}")
    known = [found[word] for word in ("reference", "sku", "name", "quantity", "price") if word in found]
    amounts = _amounts(h for h in headings if h and h not in found.values())
    left = tuple(h for h in headings if h and h not in {*found.values(), *amounts.values(), *parts})
    text = _toml(found, file, known_by=known, key="headings") + _amounts_toml(amounts)
    return Suggestion(text, left, _missing(found))


def for_objects(items: Items) -> Suggestion:
    """Return a first mapping for a JSON file. Raises UsageError where nothing in its first order is understood."""
    try:
        order = loads(items.first())
    except ValueError as problem:
        raise UsageError(f"{items.name}: {problem}") from None
    if not isinstance(order, Mapping):
        raise UsageError(f"{items.name}: its orders are no objects")
    lines = next((key for key, value in order.items() if _of_objects(value) and _is_line(value[0])), None)
    paths = list(_paths(order, but=lines))
    found = _matched(paths, words=_ORDER, leaf=True)
    inner = _matched(list(order[lines][0]), words=_LINE, leaf=True) if lines else {}
    found |= {f"line.{word}": path for word, path in inner.items()}
    if not found:
        raise UsageError(f"{items.name}: nothing in its first order is understood", hint="orderctl help mapping")
    parts = _put_together(found, paths)
    file = [f'format = "{"jsonl" if items.by_line else "json"}"']
    file += [f"{key} = {_quoted(path)}" for key, path in (("orders", items.path), ("lines", lines)) if path]
    keys = [found[word] for word in ("reference",) if word in found] + ([lines] if lines else [])
    amounts = _amounts((path for path in paths if path not in found.values()), leaf=True)
    left = tuple(path for path in paths if path not in {*found.values(), *amounts.values(), *parts})
    text = _toml(found, file, known_by=keys, key="keys") + _amounts_toml(amounts)
    return Suggestion(text, left, _missing(found))


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
        parts.append(f'[[add]]\nsku = "SHIPPING"\nprice = {_quoted(amounts["shipping"])}')
    if "tax" in amounts:
        add = f'[[add]]\nsku = "TAX"\nprice = {_quoted(amounts["tax"])}'
        parts.append(add + ("\nif_needed = true" if "total" in amounts else ""))
    if "discount" in amounts:
        parts.append(f"[discount]\namount = {_quoted(amounts['discount'])}")
    if "total" in amounts:
        parts.append(f"[check]\ntotal = {_quoted(amounts['total'])}")
    return "".join(f"\n{part}\n" for part in parts)


def _missing(found: Mapping[str, str]) -> tuple[str, ...]:
    """Return the words that most vendors need and that nothing means."""
    wanted = ("reference", "customer_name", "email", "sku", "quantity", "price")
    return tuple(word for word in wanted if not found.keys() & {word, f"line.{word}"})


def best_header(first: Sequence[tuple[int, list[str]]]) -> int:
    """Return the place of the row, among the first ones, that has the most headings that are understood."""
    counts = [len(_matched([clean(cell, UNCOUNTED, markup=True) for cell in cells])) for _, cells in first]
    return counts.index(max(counts)) if counts else 0


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
    if "customer" in found and "customer_name" not in found:
        found["customer_name"] = found.pop("customer")  # a column of customers more often holds names than codes
    return found


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
    parts = [
        "# Made by orderctl mapping suggest. Look at each line; orderctl help mapping says what else there is.",
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


def _paths(found: Mapping[str, Any], *, but: str | None, before: str = "") -> Iterable[str]:
    """Yield the paths of an object's texts and numbers, those of objects inside it too."""
    for key, value in found.items():
        if key == but and not before:
            continue
        if isinstance(value, Mapping):
            yield from _paths(value, but=None, before=f"{before}{key}.")
        elif not isinstance(value, list):
            yield f"{before}{key}"
