"""From a document to its text in each format; made once for a list, run once a document."""

from collections.abc import Callable
from typing import NamedTuple

from orderctl.output.jsontext import compact, of_a_list
from orderctl.output.kinds import GOOD, KINDS, Document, Picked, cell, cells, value
from orderctl.output.table import piped
from orderctl.output.text import safe_text

BOM = "\ufeff"
"""What tells Excel that a CSV file is UTF-8."""


class Encoding(NamedTuple):
    """How a list is written: `head`, then each document by `encode`, with `join` between two."""

    encode: Callable[[Document], str]
    head: str = ""
    join: str = ""


def columns(kind: str, picked: Picked, *, profiles: bool = False) -> list[tuple[str, str]]:
    """Return the columns of a table, each a path and its heading: the fields that were picked, or the kind's own.

    Documents of several `profiles` have theirs first.
    """
    first = [("profile", "PROFILE")] if profiles else []
    return list(picked) or [*first, *KINDS[kind].columns.items()]


def encoding(
    kind: str,
    *,
    format: str,  # noqa: A002  (the option's name)
    picked: Picked,
    terminal: bool,
    schema: str,
    profiles: bool = False,
    bom: bool = False,
) -> Encoding:
    """Return how documents of a kind are written in a format; CSV with a byte-order mark first where `bom`."""
    if format == "json":
        pruned = _pruned(picked)
        head = f'{{"schema":{compact(schema)},{compact(KINDS[kind].key)}:['
        text = of_a_list()
        return Encoding(lambda document: "\n" + text(pruned(document)), head, ",")
    if format == "jsonl":
        pruned = _pruned(picked)
        text = of_a_list()
        return Encoding(lambda document: text(pruned(document)) + "\n")
    if format == "csv":
        return _csv(kind, columns(kind, picked, profiles=profiles), picked, terminal=terminal, bom=bom)
    if format == "xlsx":  # is not text: Rows has a Sheet for it
        return Encoding(lambda _: "")
    if format == "ids":
        return Encoding(_result_ids if kind == "result" else _ids(KINDS[kind].id))
    shown = columns(kind, picked, profiles=profiles)
    row = cells(tuple(path for path, _ in shown))
    return Encoding(lambda document: piped(row(document)), piped([heading for _, heading in shown]))


def _csv(kind: str, shown: list[tuple[str, str]], picked: Picked, *, terminal: bool, bom: bool) -> Encoding:
    from orderctl.output import csvtext  # noqa: PLC0415  (only the format that is asked for is imported)

    mark = BOM if bom and not terminal else ""
    if kind == "order" and not picked:
        return Encoding(csvtext.order_encoder(terminal=terminal), mark + csvtext.heading(csvtext.ORDER_HEADING))
    paths = [path for path, _ in shown]
    headings = [name for _, name in picked] or paths
    encoder = csvtext.line_encoder if kind == "order" and csvtext.by_line(picked) else csvtext.encoder
    return Encoding(encoder(paths, terminal=terminal), mark + csvtext.heading(headings))


def _ids(path: str) -> Callable[[Document], str]:
    def line(document: Document) -> str:
        found = cell(value(document, path))
        return safe_text(found) + "\n" if found else ""

    return line


def _result_ids(document: Document) -> str:
    """Return the id of an order that is now as it was asked for; nothing of one that is not, or may not be."""
    return _ids("id")(document) if document["outcome"] in GOOD else ""


def _pruned(picked: Picked) -> Callable[[Document], Document]:
    if not picked:
        return lambda document: document
    from orderctl.output.pick import prune, tree  # noqa: PLC0415  (needed with --fields only)

    wanted = tree(picked)
    return lambda document: prune(document, wanted)
