"""Documents as CSV: orders in the columns that `create --from` reads, one row a line, everything else as its table."""

import csv
from collections.abc import Callable, Iterable, Sequence

from orderctl.cells import neutralise
from orderctl.output.kinds import Document, Picked, cell, values
from orderctl.output.text import JOINERS, escaped, safe_text, visible

ORDER = {
    "reference": "reference",
    "title": "title",
    "note": "note",
    "customer": "customer.code",
    "customer_name": "customer.name",
    "email": "customer.email",
    "phone": "customer.phone",
    "address": "customer.address",
    "due": "due_at",
    "currency": "currency",
    "total": "total",
    "status": "vendor_status",
    "paid": "paid",
}
"""The columns of an order that a draft has too. The draft's status is the vendor's word."""

LINE = {"sku": "sku", "name": "name", "quantity": "quantity", "price": "unit_price"}

READ_ONLY = {
    "_id": "id",
    "_number": "number",
    "_status": "status",
    "_vendor_status": "vendor_status",
    "_created_at": "created_at",
    "_updated_at": "updated_at",
    "_profile": "profile",
    "_vendor": "vendor",
}
"""What only the vendor says. `create --from` passes over columns that begin with an underscore."""

COLUMNS = {**ORDER, **{heading: f"lines.{path}" for heading, path in LINE.items()}, **READ_ONLY}
"""Every column by its heading, with its path in an order."""

ORDER_HEADING = tuple(COLUMNS)

END = "\r\n"
"""How csv.writer ends a row: with both characters it quotes a cell that holds either. Ours end in a line feed."""

KEPT = JOINERS + "\n\r\t"
"""What a cell in a pipe keeps of the hidden characters: a note may have lines, nothing real has an ESC."""


def heading(columns: Sequence[str]) -> str:
    """Return the row of column names."""
    return _writer()([columns])


def encoder(paths: Sequence[str], *, terminal: bool) -> Callable[[Document], str]:
    """Return a function from a document to its row; on a terminal nothing hidden is shown as it is."""
    write, row = _writer(), _row(paths, terminal=terminal)
    return lambda document: write([row(document)])


def order_encoder(*, terminal: bool) -> Callable[[Document], str]:
    """Return a function from an order to its rows: one a line, at least one, the order's columns on each."""
    shown, written = _on_terminal if terminal else _in_pipe, _written()
    order, line, read_only = [values(tuple(columns.values())) for columns in (ORDER, LINE, READ_ONLY)]

    def rows(document: Document) -> str:
        parts = [order(document), read_only(document), *map(line, document["lines"] or [{}])]
        before, after, *lines = written(map(shown, parts))
        return "".join([f"{before},{one},{after}\n" for one in lines])

    return rows


def by_line(picked: Picked) -> bool:
    """Return whether picked fields ask for a row of each line: one of them is the heading of a line's column."""
    return any(name in LINE and path == COLUMNS[name] for path, name in picked)


def lines(document: Document) -> list[Document]:
    """Return an order once for each of its lines, with that line alone in place of all; at least once."""
    return [{**document, "lines": line} for line in document["lines"] or [{}]]


def line_encoder(paths: Sequence[str], *, terminal: bool) -> Callable[[Document], str]:
    """Return a function from an order to its rows of these columns, one a line."""
    write, row = _writer(), _row(paths, terminal=terminal)
    return lambda document: write(row(one) for one in lines(document))


def _row(paths: Iterable[str], *, terminal: bool) -> Callable[[Document], list[str]]:
    """Return a function from a document to its cells at these paths, as they may be shown."""
    read, shown = values(tuple(paths)), _on_terminal if terminal else _in_pipe
    return lambda document: shown(read(document))


def _on_terminal(found: Iterable[object]) -> list[str]:
    return [safe_text(neutralise(_text(one))) for one in found]


def _in_pipe(found: Iterable[object]) -> list[str]:
    return [
        ""
        if one is None
        else one
        if isinstance(one, str) and one[:1].isalnum() and one.isprintable()  # as nearly all are
        else _harmless(_text(one))
        for one in found
    ]


def _text(found: object) -> str:
    return cell(found, yes="true", no="false")


def _harmless(text: str) -> str:
    return neutralise(text if text.isprintable() else escaped(text, visible, keep=KEPT))


def _writer() -> Callable[[Iterable[Sequence[str]]], str]:
    written = _written()
    return lambda rows: "".join([f"{row}\n" for row in written(rows)])


def _written() -> Callable[[Iterable[Sequence[str]]], list[str]]:
    """Return a function from rows to the text of each, without its end."""
    kept = _Written()
    writer = csv.writer(kept, lineterminator=END)

    def texts(rows: Iterable[Sequence[str]]) -> list[str]:
        writer.writerows(rows)
        found = [row.removesuffix(END) for row in kept]
        kept.clear()
        return found

    return texts


class _Written(list[str]):
    """What csv.writer wrote; a StringIO would do, slower."""

    write = list.append
