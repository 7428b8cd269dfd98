"""Which mapping reads a file: the one that is named, else the one that knows its headings or its first order.

A file in our own words is known before any mapping is read: mappings are pydantic models, several interpreter starts.
"""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from orderctl.drafts.headings import known, ours
from orderctl.drafts.items import Items
from orderctl.drafts.jsontext import loads
from orderctl.drafts.objects import ORDER_KEYS
from orderctl.drafts.table import Table
from orderctl.errors import UsageError
from orderctl.frozen import replace
from orderctl.model import NOTHING
from orderctl.words import LINE_COLUMNS, ORDER_COLUMNS, fold

if TYPE_CHECKING:
    from orderctl.mappings import model
    from orderctl.mappings.readers import ObjectReader, TableReader
    from orderctl.mappings.store import Loaded


class Foreign:
    """Knows files that are not ours, by a mapping that is `given` or by their headings.

    `folder` holds one's own mappings. `columns`, `numbers` and `dates` change only those words of the mapping.
    """

    def __init__(
        self,
        *,
        zone: dt.tzinfo,
        folder: Path | None,
        given: str | None = None,
        second: Path | None = None,
        columns: Mapping[str, str] = NOTHING,
        numbers: Sequence[str] = (),
        dates: Sequence[str] = (),
        ignore_columns: bool = False,
    ) -> None:
        self._zone, self._folder, self._second, self._ignores = zone, folder, second, ignore_columns
        self._columns, self._numbers, self._dates = dict(columns), list(numbers), list(dates)
        self._given = None if given is None else self._load(given)

    @property
    def paths(self) -> Sequence[str]:
        """Where the orders of JSON files are, inside an object."""
        if self._given is not None:
            return [self._given.mapping.file.orders] if self._given.mapping.file.orders else []
        from orderctl.mappings import store  # noqa: PLC0415  (pydantic, not for our own files)

        return store.order_paths(self._folder)

    @property
    def keys(self) -> Collection[str]:
        """Keys of an order, as far as a mapping is given: where its reference and its lines are."""
        if self._given is None:
            return ()
        from orderctl.mappings.terms import path_steps  # noqa: PLC0415  (pydantic, not for our own files)

        named = (self._given.mapping.order.get("reference"), self._given.mapping.file.lines)
        return [str(path_steps(path)[0]) for path in named if isinstance(path, str) and path_steps(path)]

    @property
    def file(self) -> "model.File | None":
        """What is known beforehand of how the file is written."""
        return self._given.mapping.file if self._given else None

    looks = None

    def saying(self, key: Literal["encoding", "sheet"]) -> Sequence[str]:
        """Return the names of one's own mappings that say how a file is to be opened, where none is given."""
        if self._given is not None:
            return []
        from orderctl.mappings import store  # noqa: PLC0415  (pydantic, not for our own files)

        with suppress(UsageError):  # what is wrong with one of them is not what is asked
            return [each.name for each in store.own(self._folder) if getattr(each.mapping.file, key)]
        return []

    def known(self, headings: Sequence[str]) -> int:
        """Return how many headings are known."""
        from orderctl.mappings import store  # noqa: PLC0415  (pydantic, not for our own files)

        names = store.known_headings(self._folder)
        if self._given is not None:
            names |= {fold(heading) for each in self._given.mapping.known for heading in each.headings}
        return sum(fold(heading) in names for heading in headings)

    def table(self, table: Table) -> "TableReader | None":
        """Return what reads a table; None for one of our own headings. Raises UsageError."""
        first = [cells for _, cells in table.first()]
        joins = any("{" in heading for heading in self._columns.values())
        if self._given is None and not joins and (not first or ours(first[0], self._columns)):
            return None
        from orderctl.mappings import store  # noqa: PLC0415  (pydantic, not for our own files)
        from orderctl.mappings.readers import TableReader  # noqa: PLC0415  (pydantic, too)

        found = self._given
        if found is None:
            some = [each for cells in first for each in store.recognised(cells, self._folder)]
            found = store.one_of(list({each.name: each for each in some}.values()), table.name)
            if found is None and joins:
                found = self._of_columns(first)
            if found is None:
                return None
            found = self._changed(found)
        return TableReader(
            table, found, zone=self._zone, second=self._opened(found, table.name), ignore_columns=self._ignores
        )

    def objects(self, items: Items) -> "ObjectReader | None":
        """Return what reads the objects of a JSON file; None for drafts of our own. Raises UsageError."""
        found = self._given
        if found is None:
            try:
                order = loads(items.first())
            except ValueError:
                return None
            if not isinstance(order, dict) or order.keys() <= {*ORDER_KEYS, "reason", "code"}:
                return None
            from orderctl.mappings import store  # noqa: PLC0415  (pydantic, not for our own files)

            found = store.one_of(store.recognised_object(order, self._folder), items.name)
            if found is None:
                return None
            found = self._changed(found)
        from orderctl.mappings.readers import ObjectReader  # noqa: PLC0415  (pydantic, not for our own files)

        return ObjectReader(items, found, items.name, zone=self._zone)

    def _of_columns(self, first: Sequence[Sequence[str]]) -> "Loaded":
        """Return a mapping of --columns alone, where one of our columns is put together from several of theirs."""
        from orderctl.mappings import model  # noqa: PLC0415  (pydantic, not for our own files)
        from orderctl.mappings.store import Loaded  # noqa: PLC0415  (pydantic, too)

        headings = max(first, key=known, default=())
        words = {fold(name): name for name in (*ORDER_COLUMNS, *LINE_COLUMNS)}
        own = {words[fold(heading)]: heading for heading in headings if fold(heading) in words}
        columns = {word: heading for word, heading in own.items() if word not in self._columns}
        return Loaded(name="--columns", text="", mapping=model.Mapping().changed(columns, [], []))

    def _load(self, given: str) -> "Loaded":
        """Return the mapping that is named. Raises UsageError."""
        from orderctl.mappings.store import load  # noqa: PLC0415  (pydantic, not for our own files)

        return self._changed(load(given, self._folder))

    def _changed(self, loaded: "Loaded") -> "Loaded":
        if not (self._columns or self._numbers or self._dates):
            return loaded
        return replace(loaded, mapping=loaded.mapping.changed(self._columns, self._numbers, self._dates))

    def _opened(self, loaded: "Loaded", first: str) -> Table | None:
        """Return the second file of a mapping that joins two: the one that is given, or lies beside the first.

        Raises UsageError where there is none.
        """
        join = loaded.mapping.with_
        if join is None:
            if self._second is not None:
                raise UsageError(f"--with: the mapping {loaded.name} reads one file")
            return None
        beside = list(Path(first).parent.glob(join.file)) if join.file and Path(first).is_file() else []
        path = self._second or (beside[0] if len(beside) == 1 else None)
        if path is None:
            which = f" (usually {join.file})" if join.file else ""
            raise UsageError(
                f"the mapping {loaded.name} reads two files; name the one with the lines{which}", hint="--with FILE"
            )
        return _second_table(path, loaded)


def _second_table(path: Path, loaded: "Loaded") -> Table:
    """Return the rows of the second file, read whole. Raises UsageError."""
    from orderctl.drafts.files import ENDINGS  # noqa: PLC0415  (only where two files are read)
    from orderctl.drafts.source import Unreadable, opened  # noqa: PLC0415  (the same)
    from orderctl.drafts.table import csv_table  # noqa: PLC0415  (the same)

    with opened(path, stdin=None, encoding=loaded.mapping.file.encoding) as source:
        try:
            if ENDINGS.get(path.suffix.lower().lstrip(".")) == "xlsx":
                from orderctl.drafts.sheet import sheet_table  # noqa: PLC0415  (only for a spreadsheet)

                sheet = loaded.mapping.with_.sheet if loaded.mapping.with_ else None
                return sheet_table(str(path), path, sheet=sheet)
            table = csv_table(source, delimiter=None)
            rows = list(table)
            source.refuse_changed()
            return Table(str(path), rows, delimiter=table.delimiter)
        except Unreadable as stop:
            raise UsageError(f"{path}: {stop.problem}", hint=stop.hint) from None
