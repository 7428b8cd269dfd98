"""A replacement for a vendor's `prepare`, which remembers the drafts that it was given."""

from collections.abc import Callable, Iterable

from orderctl.backend.prepared import Prepared
from orderctl.errors import Problem
from orderctl.model import OrderDraft


class Preparing:
    """Prepares every draft in the same way, with the problems that it was given."""

    def __init__(self, *problems: Problem, find: Callable[[OrderDraft], tuple[Problem, ...]] | None = None) -> None:
        self.drafts: list[OrderDraft] = []
        self._find = find or (lambda _: problems)

    def __call__(self, draft: OrderDraft) -> Prepared:
        self.drafts.append(draft)
        content = {"title": draft.title}
        problems = self._find(draft)
        return Prepared(
            verb="create", reference=draft.reference, row=draft.row, content=content, problems=problems, subject=draft
        )

    def sent(self, batch: Iterable[Prepared]) -> list[OrderDraft]:
        """Return the drafts that the orders of a batch were made of."""
        rows = [order.row for order in batch]
        drafts = [draft for draft in self.drafts if draft.row in rows]
        assert [draft.row for draft in drafts] == rows
        return drafts
