"""What a person sees in a table on a terminal: the columns that say most, amounts with their currency, local times.

In a pipe a table has all columns of its kind, each cell as the document has it; so has a column that --fields names.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from orderctl.output.kinds import KINDS, NUMBERS, Document, getter, texts
from orderctl.output.table import GAP, PROSE, Row
from orderctl.output.text import safe_text, width

OPTIONAL: Mapping[str, tuple[str, ...]] = {"order": ("title", "vendor_status")}
"""Columns that are shown where there is room, the first to go first."""

READABLE = 12
"""So many columns of a terminal are room enough for prose."""

MAX_DIGITS = 40
"""A longer number is not an amount, and is shown as it is."""

MAX_HOURS = 10_000
"""So many hours are remembered in local time."""


def columns(kind: str, *, profiles: bool = False) -> list[tuple[str, str]]:
    """Return what may be columns of a kind, each a path and its heading; with `profiles` the profile of each row."""
    found = list(KINDS[kind].columns.items())
    if kind == "order":  # the currency follows the total
        found.remove(("currency", "CUR"))
    if profiles:
        found.insert(0, ("profile", "PROFILE"))
    return found


def cells(kind: str, paths: Sequence[str]) -> Callable[[Document], Row]:
    """Return a function from a document to its cells for these columns."""
    return texts([_getter(kind, path) for path in paths])


def shown(kind: str, paths: Sequence[tuple[str, str]], rows: Sequence[Row], room: int) -> list[int]:
    """Return which columns are shown: none that is empty in every row, and of the optional ones those that fit."""
    optional = OPTIONAL.get(kind, ())
    if not rows:
        return [number for number, (path, _) in enumerate(paths) if path not in optional]
    found = [number for number in range(len(paths)) if any(row[number] for row in rows)] or [0]
    asked = {number: max([len(paths[number][1]), *[width(safe_text(row[number])) for row in rows]]) for number in found}
    for path in optional:
        needed = [min(asked[number], READABLE) if paths[number][0] in PROSE else asked[number] for number in found]
        if sum(needed) + GAP * (len(found) - 1) <= room:
            break
        found = [number for number in found if paths[number][0] != path]
    return found


def grouped(number: str) -> str:
    """Return decimal text with its thousands set apart.

    >>> grouped("-1234567.890"), grouped("999.5"), grouped("n/a")
    ('-1,234,567.890', '999.5', 'n/a')
    """
    whole, point, part = number.partition(".")
    size = len(whole)
    if size < 4:
        return number
    if size < 7 and whole.isdecimal():  # most amounts are: half the time
        return f"{whole[:-3]},{whole[-3:]}{point}{part}"
    if size > MAX_DIGITS or not whole.lstrip("-").isdecimal():
        return number
    return f"{int(whole):,}{point}{part}"


def local_time(moment: str, *, long: bool = False) -> str:
    """Return a document's time in this machine's zone, with seconds and the zone's name where `long`; a date as it is.

    A time that this machine cannot tell is returned as it came.
    """
    if len(moment) == len("2026-11-27"):
        return moment
    try:
        found = datetime.fromisoformat(moment).astimezone()
    except (OSError, OverflowError, ValueError):
        return moment
    return f"{found:%Y-%m-%d %H:%M:%S %Z}" if long else f"{found:%Y-%m-%d %H:%M}"


def short_times(path: str) -> Callable[[Document], Any]:
    """Return a function from a document to its time at a path, to the minute in this machine's zone; quick for many.

    Where a whole hour has an offset of whole hours, its minutes are those of UTC.
    """
    hours: dict[str, str] = {}

    def short(document: Document) -> Any:
        moment = document.get(path)
        if not isinstance(moment, str):
            return moment
        hour = hours.get(moment[:13])
        if hour is None:
            if len(hours) > MAX_HOURS:
                hours.clear()
            hour = hours[moment[:13]] = _local_hour(moment)
        return hour + moment[13:16] if hour else local_time(moment)

    return short


def _local_hour(moment: str) -> str:
    """Return the hour of a UTC time in this machine's zone, "" where its minutes are not those of UTC."""
    if len(moment) < len("2026-11-27T00:00"):  # a date
        return ""
    try:
        start = datetime.fromisoformat(f"{moment[:13]}:00:00+00:00")
        local = start.astimezone()
        last = (start + timedelta(minutes=59)).astimezone()
    except (OSError, OverflowError, ValueError):
        return ""
    offset = local.utcoffset() or timedelta()
    steady = offset == last.utcoffset() and not offset % timedelta(hours=1)
    return f"{local:%Y-%m-%d %H}" if steady else ""


def _getter(kind: str, path: str) -> Callable[[Document], Any]:
    get = getter(path)
    if kind == "order" and path == "total":
        return _amount
    if kind == "order" and path == "customer.name":
        return _customer
    if path in NUMBERS:
        return lambda document: grouped(found) if isinstance(found := get(document), str) else found
    if path.endswith("_at"):
        return short_times(path)
    return get


def _amount(order: Document) -> str | None:
    total: str | None = order["total"]
    if total is None:
        return None
    currency = order["currency"]
    return f"{grouped(total)} {currency}" if currency else grouped(total)


def _customer(order: Document) -> str | None:
    """Return who ordered: the name, or what else is known."""
    customer = order["customer"]
    found: str | None = customer["name"]
    return found or next((customer[word] for word in ("code", "email", "phone", "id") if customer.get(word)), None)
