"""What a dry run of a file says to people: how much it is, what exists already, and the first order as it would go."""

from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from orderctl.app import App
from orderctl.backend.prepared import Prepared
from orderctl.drafts.values import clip
from orderctl.errors import OrderctlError

if TYPE_CHECKING:
    from orderctl.journal.sqlite import SqliteStore

MAX_NAMED = 10
"""As many orders that are in conflict are named."""


class Summary:
    """Counts the orders of a file, or the `changes` of orders, while the first of them is shown."""

    def __init__(self, app: App, *, changes: bool = False) -> None:
        self._app, self._changes = app, changes
        self._orders = self._lines = self._existing = self._conflicts = 0
        self._named: list[str] = []
        self._sums: Counter[str] = Counter()

    def first(self, orders: Iterable[Prepared]) -> Iterator[Prepared]:
        """Yield the first order, and count all of them."""
        store = None if self._changes else self._journal()
        for prepared in orders:
            if not self._orders:
                yield prepared
            self._orders += 1
            lines = prepared.wanted.get("lines", ())
            self._lines += len(lines)
            if self._changes:
                continue
            currency = prepared.wanted.get("currency") or self._app.profile.currency or "without a currency"
            for line in lines:
                amount = Decimal(line.get("quantity", "1")) * Decimal(line.get("price", "0"))
                self._sums[currency] += amount  # type: ignore[assignment]  # a Counter of decimals
            if store is not None and prepared.reference is not None:
                entry = store.find(self._app.account(prepared).target, prepared.reference)
                if entry is not None and entry.order_id is not None:
                    self._existing += 1
                    if entry.cancelled_at is not None or not entry.same(prepared):
                        self._conflicts += 1
                        self._named += [clip(prepared.reference)] * (len(self._named) < MAX_NAMED)
        if self._orders:
            self._app.dry_summary = self._text()

    def _journal(self) -> "SqliteStore | None":
        """Return the journal, None where there is none, or it cannot be read; a dry run needs none."""
        try:
            return self._app.journal_for_reading()
        except OrderctlError as error:
            self._app.output.warning(f"orders that were created before are not counted: {error.message}")
            return None

    def _text(self) -> str:
        sums = " + ".join(f"{amount:.2f} {currency}" for currency, amount in sorted(self._sums.items()))
        counted = (f"{n:,} {what}{'s' * (n != 1)}" for n, what in ((self._orders, "order"), (self._lines, "line")))
        parts = [f"{', '.join(counted)}{f': {sums}' if sums else ''}"]
        if self._existing:
            parts.append(f"created before, as far as the journal of this machine knows: {self._existing:,}")
        if self._conflicts:
            more = f" and {self._conflicts - len(self._named):,} more" if self._conflicts > len(self._named) else ""
            parts.append(
                f"of these with other content, or cancelled, so that a create is a conflict: {self._conflicts:,}"
                f" ({', '.join(self._named)}{more})"
            )
        parts.append("the first one as it would be sent; all of them with -o json:\n")
        return "\n".join(parts)
