"""How a file is to be read: options, profile and mappings brought together, for the commands that take a file."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from orderctl import drafts
from orderctl.app import App
from orderctl.backend.vendor import Profile
from orderctl.errors import UsageError
from orderctl.words import LINE, ORDER

T = TypeVar("T")


class Reading:
    """How a file is read. `options` are those of `drafts.read`.

    The mapping is that of `--map`, else the profile's `mapping`, else the profile's `columns`, else the one that knows
    the file. `--columns`, `--numbers` and `--dates` change only those words of it.
    """

    def __init__(
        self,
        app: App,
        *,
        map_: str | None = None,
        with_: str | None = None,
        columns: str | None = None,
        numbers: str | None = None,
        dates: str | None = None,
        ignore: bool = False,
        profile: Profile | None = None,
    ) -> None:
        from orderctl.drafts.style import Dates, Numbers  # noqa: PLC0415  (only where a file is read)

        self._output = app.output
        columns_of = {} if profile is None else dict(profile.columns)
        given = drafts.parse_columns(columns) if columns else {}
        style = _named("--numbers", lambda: Numbers([str(numbers)])) if numbers is not None else None
        dated = _named("--dates", lambda: Dates([str(dates)])) if dates is not None else None
        self.options: dict[str, Any] = {
            "columns": given,
            "numbers": style,
            "dates": dated,
            "ignore_columns": ignore,
            "supported": None if profile is None else _supported(app),
        }
        named = map_ if map_ is not None else profile.mapping if profile else None
        if named is None and columns_of and not given:
            self.options["columns"] = columns_of
            return
        if named == "none":
            return
        from orderctl.mappings.choose import Foreign  # noqa: PLC0415  (only where a file is read)

        self.options["foreign"] = Foreign(
            zone=profile.zone if profile else dt.UTC,
            folder=folder(app),
            given=named,
            second=Path(with_) if with_ else None,
            columns=given,
            numbers=[numbers] if numbers else (),
            dates=[dates] if dates else (),
            ignore_columns=ignore,
        )

    def tell(self, batch: drafts.Batch) -> None:
        """Print the notes about the whole file."""
        for note in batch.notes:
            self._output.note(note)
        if batch.passed_over:
            self._output.detail(f"left out: {', '.join(batch.passed_over)}")
        for warning in batch.warned:
            self._output.warning(warning)


def _supported(app: App) -> frozenset[str]:
    """Return the words of a new order, and of its lines, that the vendor has a field for."""
    taken = {field.word for call in ("create", "create.line") for field in app.vendor.fields.get(call, ())}
    order = {word.name for word in ORDER if taken & {word.path, f"order.{word.path}"}}
    return frozenset({"reference", *order, *(word.name for word in LINE if word.name in taken)})


def _named(option: str, make: Callable[[], T]) -> T:
    """Return what is made of an option's text. Raises UsageError that names the option."""
    try:
        return make()
    except UsageError as error:
        error.message = f"{option}: {error.message}"
        raise


def folder(app: App) -> Path:
    """Return the folder of one's own mappings, beside the config file."""
    return app.config_path.parent / "mappings"


def settled(source: str, seconds: str) -> float:
    """Return for how many seconds a file must not have changed. Raises UsageError."""
    if source == "-":
        raise UsageError(
            "--settled needs a file: standard input does not tell when it was changed",
            hint="write it to a file first, or leave --settled out",
        )
    try:
        wanted = float(seconds)
    except ValueError:
        wanted = -1.0
    if not 0 <= wanted < 1e9:
        raise UsageError(f"--settled {seconds!r} is not a number of seconds", hint="such as --settled 60")
    return wanted
