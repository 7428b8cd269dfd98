"""One document as a person reads it: labels with their values, then a table for every list inside it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from orderctl.output.jsontext import pretty
from orderctl.output.kinds import KINDS, Document, Picked, cell, value
from orderctl.output.screen import local_time
from orderctl.output.table import Row, Table, TerminalStyle, piped
from orderctl.output.text import fit, safe_text, width

SENTENCES = {
    "cancelled": "cancelled",
    "conflict": "not {verb}: conflict",
    "created": "created",
    "failed": "not {verb}: failed",
    "pushed": "pushed",
    "refused": "not {verb}: refused",
    "replayed": "{verb} before, nothing sent",
    "skipped": "skipped",
    "unchanged": "unchanged",
    "unknown": "may have been {verb}: outcome unknown",
    "updated": "updated",
}
"""What became of a write, in words."""

PARTICIPLES = {"cancel": "cancelled", "create": "created", "push": "pushed", "update": "updated"}

OPERATION = {
    "id": "order",
    "message": "message",
    "http_status": "HTTP status",
    "absent": "absent",
    "damaged": "damaged",
    "planned_at": "planned",
    "first_sent_at": "first sent",
    "sent_at": "sent",
    "attempts": "attempts",
    "settled_at": "settled",
    "searched_at": "not found",
    "cancelled_at": "cancelled",
    "profile": "profile",
    "target": "target",
    "op": "operation",
    "run": "run",
}
"""What the page of an operation shows, with its labels."""

TIMES = frozenset({"planned", "first sent", "sent", "settled", "not found", "cancelled"})

INSIDE = {kind.key: dict(kind.columns) for name, kind in KINDS.items() if name in {"line", "step"}}
"""The columns of lists inside a document that are tables in their own right."""


def result_sentence(document: Document) -> str:
    """Return what became of one write as a sentence: order 82806 created (reference OC-1, profile shop)."""
    verb, outcome = document["verb"], str(document["outcome"])
    said = SENTENCES.get(outcome, outcome).format(verb=PARTICIPLES.get(verb, verb))
    about = [f"{word} {document[word]}" for word in ("reference", "profile") if document.get(word)]
    subject = f"order {document['id']}" if document.get("id") else "order"
    message = f": {document['message']}" if document.get("message") else ""
    return safe_text(f"{subject} {said} ({', '.join(about)}){message}") + "\n"


def requests_text(document: Document) -> str:
    """Return the requests of a dry run as they would go over the wire, a blank line between two."""
    return "\n".join(_request(request) for request in document["requests"])


def operation_page(document: Document, *, terminal: bool) -> str:
    """Return all that is known of a write: what became of it, when, by which run, and what was meant.

    On a terminal times are those of this machine's zone.
    """
    subject = document["reference"] or document["id"] or document["op"]
    pairs = [(label, document.get(name)) for name, label in OPERATION.items()]
    if terminal:
        pairs = [(label, _local(found) if label in TIMES else found) for label, found in pairs]
    steps = ", ".join(f"{name}: {state}" for name, state in document["steps"].items())
    shown = [(label, safe_text(cell(found))) for label, found in (*pairs, ("steps", steps)) if cell(found, no="")]
    longest = max(len(label) for label, _ in shown) + 1
    lines = [f"{fit(f'{label}:', longest)} {text}\n" if terminal else piped([label, text]) for label, text in shown]
    page = [safe_text(f"{document['verb']} {subject}: {document['state']}") + "\n", "".join(lines)]
    if "content" in document:
        meant = document["content"]
        page.append("was meant to send:\n" + _indented(meant["content"]) if meant else "what was meant was pruned\n")
        if meant and meant.get("before"):
            page.append("the order before it:\n" + _indented(meant["before"]))
    return "\n".join(page)


def document_view(
    document: Document,
    *,
    picked: Picked,
    terminal: bool,
    style: TerminalStyle | None,
    redact: Callable[[str], str],
) -> str:
    """Return a document as labels and values; what is not known is left out, unless it was asked for by --fields.

    `redact` hides the secrets of a cell before it is cut to the terminal's width.
    """
    pairs: list[tuple[str, str]] = []
    tables: list[tuple[str, list[Mapping[str, Any]]]] = []
    named = ((name, value(document, path)) for path, name in picked)
    for path, found in named if picked else _leaves(document, ""):
        if found and isinstance(found, list) and all(isinstance(item, Mapping) for item in found):
            tables.append((path, found))
        elif picked or cell(found):
            pairs.append((path, safe_text(cell(found))))
    if terminal:
        longest = max([width(path) for path, _ in pairs], default=0) + 1
        text = "".join([fit(f"{safe_text(path)}:", longest) + f" {shown}\n" for path, shown in pairs])
    else:
        text = "".join([piped([path, shown]) for path, shown in pairs])
    return "\n".join([part for part in [text, *[_table(path, rows, style, redact) for path, rows in tables]] if part])


def _local(moment: Any) -> Any:
    """Return a document's time in this machine's zone."""
    return local_time(moment, long=True) if moment else None


def _indented(found: Any) -> str:
    return "".join([f"  {safe_text(line)}\n" for line in pretty(found).split("\n")])


def _leaves(found: Document, above: str) -> Iterator[tuple[str, Any]]:
    for name, inner in found.items():
        if isinstance(inner, Mapping):
            yield from _leaves(inner, f"{above}{name}.")
        elif above or name != "schema":
            yield above + name, inner


def _table(path: str, rows: list[Mapping[str, Any]], style: TerminalStyle | None, redact: Callable[[str], str]) -> str:
    shown = INSIDE.get(path) or {name: name.upper() for row in rows for name in row}
    cells: list[Row] = [[redact(cell(value(row, name))) for name in shown] for row in rows]
    if style is not None:
        table = Table(list(shown.items()), cells, style)
        return "".join([table.heading(), *[table.line(row) for row in cells]])
    return "".join([piped(row) for row in [list(shown.values()), *cells]])


def _request(request: Mapping[str, Any]) -> str:
    lines = [f"{request['method']} {request['url']}"]
    lines += [f"{name}: {shown}" for name, shown in request["headers"].items()]
    body = request["body"]
    if body not in (None, ""):
        lines += ["", *(body if isinstance(body, str) else pretty(body)).split("\n")]
    return "".join([safe_text(line) + "\n" for line in lines])
