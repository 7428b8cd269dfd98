"""One order as a page that a person reads on a terminal: what it is, its lines with their total, the vendor's rest.

Nothing that is empty or zero is shown, unless --wide asks for all. In a pipe an order is labels and values (view.py).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from orderctl.output.jsontext import pretty
from orderctl.output.kinds import KINDS, Document, cell
from orderctl.output.screen import cells as screen_cells
from orderctl.output.screen import grouped, local_time
from orderctl.output.table import GAP, Table, TerminalStyle, bold, coloured
from orderctl.output.text import fit, safe_text, width, wrapped
from orderctl.output.values import plain

NARROWEST = 24
"""Values are given at least so many columns."""

LABEL = 28
"""A longer label has its value on the line below."""

NAMED_BY = ("label", "name")
"""What says most of an object in a vendor's answer, where it has one of these."""


def order_page(document: Document, *, style: TerminalStyle, redact: Callable[[str], str], wide: bool) -> str:
    """Return an order as a page. `redact` hides the secrets of a text before it is broken into lines."""
    status = document["status"]
    own = document["vendor_status"]
    said = f" ({_clean(own, redact)})" if own and own.casefold() != status else ""
    title = bold(f"Order {_clean(document['id'], redact)}", style)
    extra = plain(document["extra"])
    more = _leaves(extra) if wide else _described(extra)
    parts = [
        f"{title}  {coloured(status, style)}{said}\n",
        _pairs(_about(document, wide=wide), style, redact),
        _lines(document, style, redact, wide=wide),
        _section(f"More from {document['vendor']}", _pairs(more, style, redact), style),
    ]
    if "raw" in document:
        raw = "".join([f"  {safe_text(line)}\n" for line in redact(pretty(document["raw"])).split("\n")])
        parts.append(_section(f"The answer of {document['vendor']}", raw, style))
    return "\n".join([part for part in parts if part])


def _about(document: Document, *, wide: bool) -> Iterator[tuple[str, str]]:
    """Yield the labels of an order with their values, some of several lines."""
    customer = document["customer"]
    words = (
        ("name", "code", "email", "phone", "address", "id") if wide else ("name", "code", "email", "phone", "address")
    )
    who = dict.fromkeys(str(customer[word]) for word in words if customer[word])
    created, updated = document["created_at"], document["updated_at"]
    number = document["number"] if wide or document["number"] not in {document["id"], document["reference"]} else None
    total = document["total"]
    yield "Reference", document["reference"] or ""
    yield "Number", number or ""
    yield "Title", document["title"] or ""
    yield "Profile", document["profile"] or ""
    yield "Customer", "\n".join(who) or (customer["id"] or "")
    yield "Waits at", "\n".join(_steps(document, wide=wide))
    yield "Total", "" if document["lines"] or _nothing(total) else f"{grouped(total)} {document['currency'] or ''}"
    yield "Paid", cell(document["paid"])
    yield "Due", local_time(document["due_at"], long=True) if document["due_at"] else ""
    yield "Created", local_time(created, long=True) if created else ""
    yield "Updated", local_time(updated, long=True) if updated and (wide or updated != created) else ""
    yield "Note", document["note"] or ""


def _steps(document: Document, *, wide: bool) -> Iterator[str]:
    """Yield where an order waits, unless that is its status once more."""
    for step in document["steps"]:
        repeats = step["name"] == document["vendor_status"] and step["id"] is None and step["error"] is None
        if wide or not repeats:
            number = f" ({step['id']})" if step["id"] is not None and step["id"] != step["name"] else ""
            yield f"{step['name']}{number}{': ' + step['error'] if step['error'] else ''}"


def _lines(document: Document, style: TerminalStyle, redact: Callable[[str], str], *, wide: bool) -> str:
    """Return the lines as a table, and below them the order's total."""
    if not document["lines"]:
        return ""
    columns = list(KINDS["line"].columns.items())
    row = screen_cells("line", [path for path, _ in columns])
    rows = [[redact(text) for text in row(line)] for line in document["lines"]]
    total = "" if _nothing(document["total"]) else grouped(document["total"])
    if total:
        rows.append(["" for _ in columns[:-1]] + [total])
    shown = [
        n for n, (path, _) in enumerate(columns) if wide or (path != "id" and not all(_nothing(r[n]) for r in rows))
    ]
    columns = [columns[number] for number in shown]
    rows = [[row[number] for number in shown] for row in rows]
    if not columns:
        return f"{len(rows)} line{'s' * (len(rows) != 1)}\n"
    if total and len(columns) > 1:
        rows[-1][0] = "Total"
    currency = f" {_clean(document['currency'], redact)}" if total and document["currency"] else ""
    room = style._replace(width=1 << 30 if wide else style.width - width(currency))
    table = Table(columns, rows, room, named=columns[0][0] != "name")
    text = "".join([table.line(row) for row in rows])
    return table.heading() + (f"{text[:-1]}{currency}\n" if currency else text)


def _described(extra: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what a vendor says beyond our words, an object by its label or name, nothing that is empty or zero."""
    for name, found in extra.items():
        if isinstance(found, Mapping):
            best = next((found[key] for key in NAMED_BY if isinstance(found.get(key), str) and found[key]), None)
            if best is None:
                yield from ((f"{name}.{inner}", text) for inner, text in _described(found))
                continue
            found = best  # noqa: PLW2901  (the best of them)
        if not _nothing(found) and found is not False:
            yield name, cell(found)


def _leaves(extra: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for name, found in extra.items():
        if isinstance(found, Mapping):
            yield from _leaves(found, f"{above}{name}.")
        else:
            yield above + name, cell(found)


def _nothing(found: Any) -> bool:
    """Return whether a value is empty or zero."""
    if isinstance(found, str):
        return not found.strip(" 0.-") or found in {"[]", "{}"}
    return found is None or found in ([], {}) or (found == 0 and not isinstance(found, bool))


def _pairs(pairs: Iterable[tuple[str, str]], style: TerminalStyle, redact: Callable[[str], str]) -> str:
    """Return labels with their values beside them, long values in several lines."""
    found = [(safe_text(label), redact(text)) for label, text in pairs if text]
    left = min(max([width(label) for label, _ in found], default=0), LABEL) + GAP
    room = max(style.width - left, NARROWEST)
    lines: list[str] = []
    for label, text in found:
        texts = [line for part in text.replace("\r\n", "\n").split("\n") for line in wrapped(safe_text(part), room)]
        if width(label) > LABEL:
            lines.append(label)
            label = ""  # noqa: PLW2901  (its value is on the line below)
        lines += [fit(label if number == 0 else "", left) + line for number, line in enumerate(texts)]
    return "".join([f"{line.rstrip()}\n" for line in lines])


def _section(heading: str, text: str, style: TerminalStyle) -> str:
    return f"{bold(heading, style)}\n{text}" if text else ""


def _clean(text: str, redact: Callable[[str], str]) -> str:
    return safe_text(redact(text))
