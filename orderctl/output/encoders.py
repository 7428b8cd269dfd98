"""From a document to its text in each format; made once for a list, run once a document."""

from collections.abc import Callable
from typing import NamedTuple

from orderctl.output.jsontext import compact, of_a_list
from orderctl.output.kinds import GOOD, KINDS, Document, cell, cells, value
from orderctl.output.table import piped
from orderctl.output.text import safe_text


class Encoding(NamedTuple):
    """How a list is written: `head`, then each document by `encode`, with `join` between two."""

    encode: Callable[[Document], str]
    head: str = ""
    join: str = ""


def columns(kind: str, fields: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return the columns of a table, each a path and its heading: the fields that were picked, or the kind's own."""
    return [(field, field) for field in fields] or list(KINDS[kind].columns.items())


def encoding(kind: str, *, format: str, fields: tuple[str, ...], terminal: bool, schema: str) -> Encoding:  # noqa: A002
    """Return how documents of a kind are written in a format."""
    if format == "json":
        pruned = _pruned(fields)
        head = f'{{"schema":{compact(schema)},{compact(KINDS[kind].key)}:['
        text = of_a_list()
        return Encoding(lambda document: "\n" + text(pruned(document)), head, ",")
    if format == "jsonl":
        pruned = _pruned(fields)
        text = of_a_list()
        return Encoding(lambda document: text(pruned(document)) + "\n")
    if format == "csv":
        return _csv(kind, fields, terminal=terminal)
    if format == "ids":
        return Encoding(_result_ids if kind == "result" else _ids(KINDS[kind].id))
    shown = columns(kind, fields)
    row = cells(tuple(path for path, _ in shown))
    return Encoding(lambda document: piped(row(document)), piped([heading for _, heading in shown]))


def _csv(kind: str, fields: tuple[str, ...], *, terminal: bool) -> Encoding:
    from orderctl.output import csvtext  # noqa: PLC0415  (only the format that is asked for is imported)

    if kind == "order" and not fields:
        return Encoding(csvtext.order_encoder(terminal=terminal), csvtext.heading(csvtext.ORDER_HEADING))
    paths = [path for path, _ in columns(kind, fields)]
    return Encoding(csvtext.encoder(paths, terminal=terminal), csvtext.heading(paths))


def _ids(path: str) -> Callable[[Document], str]:
    def line(document: Document) -> str:
        found = cell(value(document, path))
        return safe_text(found) + "\n" if found else ""

    return line


def _result_ids(document: Document) -> str:
    """Return the id of an order that is now as it was asked for; nothing of one that is not, or may not be."""
    return _ids("id")(document) if document["outcome"] in GOOD else ""


def _pruned(fields: tuple[str, ...]) -> Callable[[Document], Document]:
    if not fields:
        return lambda document: document
    from orderctl.output.pick import prune, tree  # noqa: PLC0415  (needed with --fields only)

    wanted = tree(fields)
    return lambda document: prune(document, wanted)
