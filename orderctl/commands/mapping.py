"""mapping: what reads a foreign file; list, show, suggest and try mappings."""

import datetime as dt
import shlex
from collections.abc import Mapping
from contextlib import suppress
from typing import Annotated, Any

import typer

from orderctl import drafts
from orderctl.app import App
from orderctl.backend.prepared import Prepared
from orderctl.commands import files, options
from orderctl.drafts.example import document
from orderctl.errors import UsageError
from orderctl.model import OrderDraft

File = Annotated[str, typer.Argument(metavar="FILE", help="The file to read; - is standard input.")]


def list(app: App) -> int:  # noqa: A001  (the command's name)
    """List the mappings: those that are built in, and your own.

    Examples:
        orderctl mapping list
        orderctl mapping list -o json

    Your own are TOML files in the folder `mappings` beside the config file.
    """
    from orderctl.mappings import store  # noqa: PLC0415  (pydantic, only where a mapping is read)

    folder = files.folder(app)
    with app.output.rows("mapping") as rows:
        for loaded in (*store.own(folder), *map(store.builtin, store.builtin_names())):
            known = [name for each in loaded.mapping.known for name in (*each.headings, *each.keys)]
            rows.add(
                {
                    "name": loaded.name,
                    "source": str(loaded.path) if loaded.path else "built in",
                    "format": loaded.mapping.file.format or "csv",
                    "known_by": known,
                }
            )
        rows.finish()
    return 0


def show(app: App, name: Annotated[str, typer.Argument(metavar="NAME", help="A mapping, or its file.")]) -> int:
    """Print a mapping as TOML, to be changed.

    Examples:
        orderctl mapping show shopify
        orderctl mapping show shopify > ~/.config/orderctl/mappings/myshop.toml
    """
    from orderctl.mappings import store  # noqa: PLC0415  (pydantic, only where a mapping is read)

    loaded = store.load(name, files.folder(app))
    free = (
        ""
        if loaded.path
        else '# The columns that it names need not be there, but for those of lines and sums.\noptional = ["*"]\n\n'
    )
    app.output.text(free + loaded.text)
    return 0


def suggest(
    app: App,
    file: File,
    *,
    format: options.FileFormat = None,  # noqa: A002  (the option's name)
    encoding: options.Encoding = None,
    delimiter: options.Delimiter = None,
) -> int:
    """Print a first mapping for a file that no mapping recognises, and what is left to do.

    Examples:
        orderctl mapping suggest export.csv > myshop.toml
        orderctl mapping try export.csv --map ./myshop.toml
        orderctl create --from export.csv --map ./myshop.toml --dry-run
    """
    from orderctl.mappings.suggest import Suggested, Suggesting  # noqa: PLC0415  (pydantic, only where a mapping is read)

    suggesting = Suggesting()
    with suppress(Suggested):
        _read(app, file, {"foreign": suggesting}, format=format, encoding=encoding, delimiter=delimiter)
    found = suggesting.found
    if found is None:
        raise UsageError(f"there is nothing in {file} to suggest a mapping for")
    app.output.text(found.text)
    for warning in found.warnings:
        app.output.warning(warning)
    if found.left:
        app.output.warning(f"not matched: {', '.join(found.left[:30])}" + (" …" if len(found.left) > 30 else ""))
    if found.missing:
        app.output.warning(f"no column found for: {', '.join(found.missing)}")
    given = f" --format {shlex.quote(format)}" if format else ""
    app.output.note(
        f"check it, save it as FILE.toml, then: orderctl mapping try {shlex.quote(file)} --map FILE.toml{given}"
    )
    return 0


def try_(
    app: App,
    file: File,
    *,
    format: options.FileFormat = None,  # noqa: A002  (the option's name)
    map_: options.Map = None,
    with_: options.With = None,
    columns: options.Columns = None,
    numbers: options.Numbers = None,
    dates: options.Dates = None,
    encoding: options.Encoding = None,
    delimiter: options.Delimiter = None,
    ignore_columns: options.IgnoreColumns = False,
) -> int:
    """Show how a file is read, order by order, without sending anything.

    Examples:
        orderctl mapping try orders_export.csv
        orderctl mapping try export.csv --map ./myshop.toml -o jsonl
    """
    reading = files.Reading(
        app, map_=map_, with_=with_, columns=columns, numbers=numbers, dates=dates, ignore=ignore_columns
    )
    with _read(app, file, reading.options, format=format, encoding=encoding, delimiter=delimiter) as batch:
        if batch.not_read:
            app.output.note(batch.not_read)
        reading.tell(batch)
        with app.output.rows("draft") as rows:
            for prepared in batch:
                rows.add(prepared.content)
            rows.finish()
        app.output.problems(batch.problems, more=batch.problem_count - len(batch.problems))
        if batch.rejected:
            raise UsageError(f"{batch.rejected} of {batch.rejected + batch.count} orders cannot be read")
    return 0


def _read(
    app: App,
    source: str,
    reading: Mapping[str, Any],
    *,
    format: str | None,  # noqa: A002  (the option's name)
    encoding: str | None,
    delimiter: str | None,
) -> drafts.Batch:
    """Return the orders of a file, each with its draft as a document."""
    return drafts.read(
        source,
        format=format,
        encoding=encoding,
        delimiter=delimiter,
        **reading,
        zone=dt.UTC,
        prepare=_drafted,
        skip_invalid=True,
        stdin=options.stdin(app, source),
    )


def _drafted(draft: OrderDraft) -> Prepared:
    """Return a draft as what is kept of it."""
    return Prepared.of_order("create", draft, document(draft), ())
