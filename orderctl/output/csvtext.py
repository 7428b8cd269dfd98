"""Documents as CSV: orders in the columns that `create --from` reads, one row a line, everything else as its table."""

import csv
from collections.abc import Callable, Iterable, Sequence

from orderctl.cells import neutralise
from orderctl.output.kinds import Document, cell, value
from orderctl.output.text import safe_text

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

ORDER_HEADING = (*ORDER, *LINE, *READ_ONLY)

Show = Callable[[str], str]


def heading(columns: Sequence[str]) -> str:
    """Return the row of column names."""
    return _rows([columns], neutralise)


def encoder(paths: Sequence[str], *, terminal: bool) -> Callable[[Document], str]:
    """Return a function from a document to its row; on a terminal nothing hidden is shown as it is."""
    show = _show(terminal=terminal)
    return lambda document: _rows([[_cell(document, path) for path in paths]], show)


def order_encoder(*, terminal: bool) -> Callable[[Document], str]:
    """Return a function from an order to its rows: one a line, at least one, the order's columns on each."""
    show = _show(terminal=terminal)

    def rows(document: Document) -> str:
        before = [_cell(document, path) for path in ORDER.values()]
        after = [_cell(document, path) for path in READ_ONLY.values()]
        lines = document["lines"] or [{}]
        return _rows(([*before, *[_cell(line, path) for path in LINE.values()], *after] for line in lines), show)

    return rows


def _cell(document: Document, path: str) -> str:
    return cell(value(document, path), yes="true", no="false")


def _show(*, terminal: bool) -> Show:
    return (lambda text: safe_text(neutralise(text))) if terminal else neutralise


def _rows(rows: Iterable[Sequence[str]], show: Show) -> str:
    written = _Written()
    csv.writer(written, lineterminator="\n").writerows([[show(text) for text in row] for row in rows])
    return "".join(written)


class _Written(list[str]):
    """What csv.writer wrote; a StringIO would do, slower."""

    write = list.append
