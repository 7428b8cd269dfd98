"""The spool: what was made of a file's orders, in a temporary SQLite file that only this process can read.

SQLite makes the file itself (mode 0600, in the folder that TMPDIR names) and takes its name away at once, so that it is
gone with the process, however that ends. What names an order is a unique key: its reference, or what a change of it
says. The orders' own text is kept only where rejected ones are to be written back.
"""

import json
import sqlite3
from collections.abc import Iterator
from typing import Any

from orderctl.backend.prepared import Prepared, json_text
from orderctl.drafts.changes import restored, saved
from orderctl.errors import MachineRefused
from orderctl.frozen import replace
from orderctl.model import OrderChange

_TABLES = """
PRAGMA journal_mode = OFF;
CREATE TABLE orders (
    number INTEGER PRIMARY KEY, reference TEXT UNIQUE, row INTEGER, verb TEXT, text TEXT, warnings TEXT, doubt TEXT,
    change TEXT
);
CREATE TABLE originals (number INTEGER PRIMARY KEY, original TEXT, reasons TEXT);
BEGIN;
"""

INVALID = "usage.invalid"
"""The code of an order that was not sent because it is not valid."""

Reasons = list[tuple[int | None, str, str]]
"""Why an order is rejected: the row, the reason and the code of each problem."""


class Spool:
    """The orders of a file by their number, each as it was prepared; one without text is not to be sent.

    Every method raises MachineRefused where the temporary file cannot be written or read.
    """

    def __init__(self, *, originals: bool) -> None:
        self._originals = originals
        self._filling = True
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        try:
            self._database.executescript(_TABLES)
        except sqlite3.Error as error:
            self.close()
            raise self._unusable(error) from None

    def first(self, reference: str) -> int | None:
        """Return the row that has a reference already, None where it is new."""
        found = self._do("SELECT row FROM orders WHERE reference = ?", reference).fetchone()
        return found[0] if found else None

    def add(
        self,
        reference: str | None,
        row: int | None,
        prepared: Prepared | None,
        original: list[Any],
        reasons: Reasons,
        doubt: str | None = None,
    ) -> None:
        """Keep an order: what was prepared, or why it is rejected. `reference` is None where another order has it.

        `doubt` are flags, a line each, by which it may be rejected once the whole file is known.
        """
        verb = text = warnings = change = None
        if prepared is not None:
            verb, text = prepared.verb, prepared.as_text()
            warnings = json_text(prepared.warnings) if prepared.warnings else None
            if prepared.key is not None and isinstance(prepared.subject, OrderChange):
                change = json_text([prepared.reference, prepared.shown, saved(prepared.key, prepared.subject)])
        added = self._do(
            "INSERT INTO orders (reference, row, verb, text, warnings, doubt, change) VALUES (?, ?, ?, ?, ?, ?, ?)",
            *(reference, row, verb, text, warnings, doubt, change),
        )
        if self._originals:
            kept = (added.lastrowid, json_text(original), json_text(reasons) if reasons else None)
            self._do("INSERT INTO originals VALUES (?, ?, ?)", *kept)

    def reject(self, reference: str, reason: str) -> bool:
        """Reject the order that has a reference as invalid; return False where it is rejected already."""
        found = self._do("SELECT number, row FROM orders WHERE reference = ? AND text IS NOT NULL", reference)
        for number, row in found.fetchall():
            self._do("UPDATE orders SET text = NULL WHERE number = ?", number)
            self._do("UPDATE originals SET reasons = ? WHERE number = ?", json_text([(row, reason, INVALID)]), number)
            return True
        return False

    def doubtful(self, flag: str) -> list[tuple[str, int]]:
        """Return the references and rows of the orders that have a flag and are not rejected."""
        found = self._do("SELECT reference, row, doubt FROM orders WHERE doubt IS NOT NULL AND text IS NOT NULL")
        return [(reference, row) for reference, row, doubt in found if flag in doubt.split("\n")]

    def refuse(self, reference: str, reason: str, code: str) -> bool:
        """Keep why an order was not taken when it was sent; return False where that is kept already."""
        found = self._do("SELECT number, row FROM orders WHERE reference = ?", reference)
        for number, row in found.fetchall():
            reasons = json_text([(row, reason, code)])
            kept = self._do("UPDATE originals SET reasons = ? WHERE number = ? AND reasons IS NULL", reasons, number)
            return kept.rowcount == 1
        return False

    def filled(self) -> None:
        """End the filling."""
        self._do("COMMIT")
        self._filling = False

    def __iter__(self) -> Iterator[Prepared]:
        """Yield the orders that are to be sent, in the file's order."""
        found = self._do(
            "SELECT verb, text, reference, row, warnings, change FROM orders WHERE text IS NOT NULL ORDER BY number"
        )
        for verb, text, reference, row, warnings, change in self._rows(found):
            prepared = Prepared(
                verb=verb,
                **json.loads(text),
                reference=reference,
                row=row,
                warnings=tuple(json.loads(warnings)) if warnings else (),
                text=text,
            )
            yield prepared if change is None else _changed(prepared, change)

    def rejected(self) -> Iterator[tuple[list[Any], Reasons]]:
        """Yield the originals of the rejected orders, each with the reasons."""
        found = self._do("SELECT original, reasons FROM originals WHERE reasons IS NOT NULL ORDER BY number")
        for original, reasons in self._rows(found):
            yield json.loads(original), json.loads(reasons)

    def close(self) -> None:
        """Give the temporary file back."""
        self._database.close()

    def _unusable(self, error: sqlite3.Error) -> MachineRefused:
        sent = "; nothing was sent" if self._filling else ""
        return MachineRefused(
            f"the orders cannot be kept in a temporary file: {error}{sent}",
            hint="set TMPDIR to another folder",
            code="state.unusable",
        )

    def _do(self, statement: str, *values: Any) -> sqlite3.Cursor:
        try:
            return self._database.execute(statement, values)
        except sqlite3.Error as error:
            raise self._unusable(error) from None

    def _rows(self, found: sqlite3.Cursor) -> Iterator[Any]:
        try:
            for row in found:  # noqa: UP028  (`yield from` would close the cursor, after its database perhaps)
                yield row
        except sqlite3.Error as error:
            raise self._unusable(error) from None


def _changed(prepared: Prepared, change: str) -> Prepared:
    """Return the change of an order, with the order that it names."""
    reference, shown, found = json.loads(change)
    key, subject = restored(found)
    return replace(prepared, reference=reference, shown=shown, key=key, subject=subject)
