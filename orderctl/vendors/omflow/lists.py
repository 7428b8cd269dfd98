"""OMFlow's lists: what is asked of them, and what their rows say; of an order every parallel branch has one."""
# ruff: noqa: E501  (the tables have a row a line)

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from orderctl import errors, model
from orderctl.backend.fields import convert, nearest, resolve, settings, unknown_name
from orderctl.backend.pages import RowPage, mark, walk
from orderctl.backend.tolerant import as_moment, as_text, one_line, pop_as, status_of
from orderctl.backend.vendor import Field, Kind, Profile
from orderctl.frozen import replace
from orderctl.http.wire import no_rows
from orderctl.vendors.omflow.answers import as_number, is_number, number_of, plain

PAGE_ROWS = 500
"""How many rows a page of a list asks for; an order has one, or one for each parallel branch."""

CAPS = 50
"""A page that is shorter than asked for and has a multiple of so many rows may be as long as the server makes one."""

PAUSES = (0.0, 0.2, 0.2, 0.4, 0.8, 1.6, 3.2, 3.2)
"""How long to wait before each look at what the server's queue does with an order, in seconds: ten in all.

A push shows only some of its branches for up to 0.2 s: looks that are nearer to each other could agree on them.
"""

STOPPED = "stopped at"
"""How a text begins that says where an error stopped an order."""

MAX_PAGES = 1200
"""How many pages are read of rows that belong together: ten minutes at the usual rate."""

TEXT, INT, BOOL, TIME, JSON = Kind.TEXT, Kind.INT, Kind.BOOL, Kind.DATETIME, Kind.JSON

# fmt: off
LOGIN = (
    Field("security", note="security code", reserved=True, instead="the code comes from: orderctl auth login"),
    Field("omflow_restapi", note="1", reserved=True, instead="it is sent with every call"),
)
"""From the vendor's page "Quickly open and push orders", the body of each call; read on 2026-11-21."""

COLUMNS = (
    Field("id", INT, "data_id: the number of a row"),
    Field("data_no", INT, "the order's number"),
    Field("status", note="what the form's status field shows"),
    Field("title", note="what the form's title field holds"),
    Field("level", note="what the form's level field holds"),
    Field("group", note="what the form's group field holds, as JSON text"),
    Field("closed", BOOL, "whether it has come to the flow's end"),
    Field("stop_chart_text", note="the step where it waits", aliases=("step",)),
    Field("stop_uuid", note="that step's id in the flow's design"),
    Field("stop_chart_type", note="that step's kind"),
    Field("running", BOOL, "whether the server is moving it on right now"),
    Field("error", BOOL, "whether it stopped at an error"),
    Field("error_message", note="that error"),
    Field("createtime", TIME, "when the row was made: the last step began"),
    Field("updatetime", TIME, "when it was last changed", word="changed_since"),
    Field("stoptime", TIME, "when it came to its step"),
    Field("create_user_id", note="who made it"),
    Field("update_user_id", note="who changed it last"),
    Field("init_data_id", INT, "the number of the order's first row"),
    Field("is_child", BOOL, "whether another flow made it"),
    Field("dataid_header", note="what precedes its number"),
    Field("flow_uuid", note="the flow, with dashes"),
    Field("data_param", note="the server's own notes, JSON text"),
    Field("formitm_{key}", note="a field of the form by its number, as text", aliases=("FORMITM_{key}",), personal=None),
)
"""What rows hold, to filter by.

The page has no list: as the source of the vendor's public server (syscomgo/omflow) has them; read on 2026-11-21.
"""

PARAMETERS = (
    Field("exclude_conditions", JSON, "conditions [{column, condition, value}]; rows that meet all are left out (--set)"),
    Field("history", note="rows of former steps", reserved=True, instead="they are not orders; raw rows: orderctl api"),
    Field("search_columns", note="columns", reserved=True, instead="all are read; --fields shows some"),
    Field("search_conditions", note="conditions", reserved=True, instead="use --where COLUMN=VALUE, COLUMN:>=V, COLUMN:contains=V"),
    Field("order_columns", note="order", reserved=True, instead="use --sort id, id:desc or another key"),
    Field("limit", note="end index", reserved=True, instead="use --limit or --all"),
    Field("start", note="start index", reserved=True, instead="use --after"),
)
"""What else a list can be asked.

The page has no list: as the source of the vendor's public server (syscomgo/omflow) has them; read on 2026-11-21.
"""
# fmt: on

LIST_FIELDS = (*LOGIN, *COLUMNS, *PARAMETERS)

OPERATORS = {"": "=", "<": "<", "=": "=", ">": ">", "contains": "contains", "in": "in"}

EXCLUSION = 'exclude_conditions:=[{"column": "title", "condition": "=", "value": "x"}]'
"""An example of what leaves rows out of a list."""

LIVE: Mapping[str, Any] = {"column": "history", "condition": "=", "value": False}
"""Rows of former steps are not orders."""

T = TypeVar("T")


def check_query(query: model.Query, profile: Profile) -> tuple[errors.Problem, ...]:
    """Return what is wrong with a list's filters. Raises Unsupported for a reference that no field holds."""
    if query.reference is not None:
        reference_column(profile)
    return tuple(encode_query(query, profile)[2])


def encode_query(query: model.Query, profile: Profile) -> tuple[list[dict[str, Any]], Any, list[errors.Problem]]:
    """Return a list's conditions, its exclusions (None for none), and what is wrong with them."""
    given, problems = settings(PARAMETERS, query.set, zone=profile.zone)
    exclude = given.get("exclude_conditions")
    if exclude is not None and not well_formed(exclude):
        what = f"OMFlow would drop it without a word; it takes a list: {EXCLUSION}"
        problems.append(errors.Problem("--set exclude_conditions", what))
    conditions, wrong = encode_where(query.where, profile)
    for option, column, moment in (
        ("--since", "createtime", query.since),  # the row of the last step is never older than its order
        ("--changed-since", "updatetime", query.changed_since),
    ):
        try:
            if moment is not None:
                conditions.append(condition(column, ">", before(moment, profile.zone)))
        except OverflowError:
            problems.append(errors.Problem(option, "is out of range"))
    if query.reference is not None:
        conditions.append(condition(reference_column(profile), "=", query.reference))
    return conditions, exclude, [*problems, *wrong]


def encode_where(
    where: Mapping[str, tuple[str, Sequence[str]]], profile: Profile
) -> tuple[list[dict[str, Any]], list[errors.Problem]]:
    """Return the conditions of --where, and what is wrong with them."""
    conditions, problems = [], []
    for key, (operator, values) in where.items():
        spec, column = resolve(LIST_FIELDS, key) or (None, "")
        wrong = ""
        if spec is None or spec.name == "exclude_conditions":
            wrong = unknown_name(key, (*LOGIN, *COLUMNS))
        elif spec.reserved:
            wrong = spec.instead
        elif operator not in OPERATORS:
            wrong = f"{operator!r} is not an operator; {nearest(operator, filter(None, OPERATORS))}"
        elif operator != "in" and len(values) > 1:
            wrong = f"takes one value; several go with {key}:in=A,B"
        else:
            kind = TEXT if operator == "contains" else spec.kind
            try:
                wanted = [in_column(convert(replace(spec, kind=kind), v, profile.zone), profile.zone) for v in values]
                wanted = [int(w) if kind is INT else w for w in wanted]
                conditions.append(condition(column, OPERATORS[operator], wanted if operator == "in" else wanted[0]))
            except ValueError as error:
                wrong = str(error)
        if wrong:
            problems.append(errors.Problem(f"--where {key}", wrong))
    return conditions, problems


def well_formed(conditions: Any) -> bool:
    """Return whether conditions are a list of objects with a column, an operator and a value, and nothing is amiss.

    >>> well_formed([{"column": "title", "condition": "=", "value": "x"}]), well_formed([{"column": "title"}])
    (True, False)
    """
    return isinstance(conditions, list) and all(
        isinstance(c, Mapping)
        and c.keys() == {"column", "condition", "value"}
        and isinstance(c["column"], str)
        and c["condition"] in list(OPERATORS.values())
        and isinstance(c["value"], list) == (c["condition"] == "in")
        for c in conditions
    )


def in_column(value: Any, zone: dt.tzinfo) -> Any:
    """Return a value to compare a column with; times are the server's own.

    >>> in_column(dt.datetime(2026, 11, 21, 19, 27, 29, 899000, tzinfo=dt.UTC), dt.timezone(dt.timedelta(hours=8)))
    '2026-11-22T03:27:29.899'
    """
    if isinstance(value, dt.datetime):
        return value.astimezone(zone).replace(tzinfo=None).isoformat(timespec="milliseconds")
    return f"{value.isoformat()}T00:00:00.000" if isinstance(value, dt.date) else value


def before(moment: model.Moment, zone: dt.tzinfo) -> str:
    """Return the millisecond before a time: the server knows > and no >=."""
    return str(in_column(moment - dt.timedelta(milliseconds=1), zone))


def condition(column: str, operator: str, value: Any) -> dict[str, Any]:
    """Return a condition of a list; one that lacks a key would be dropped without a word, and all that follow it."""
    return {"column": column, "condition": operator, "value": value}


def reference_field(profile: Profile) -> str:
    """Return the field of the form that holds references, "" where the profile names none. Raises ConfigError."""
    name = str(profile.settings.get("reference_field") or "").upper()
    if name and not re.fullmatch(r"FORMITM_[0-9]+", name):
        raise errors.ConfigError(
            f"profile {profile.name}: reference_field: {name!r} is not a field of a form", hint="such as FORMITM_2"
        )
    return name


def reference_column(profile: Profile) -> str:
    """Return the column that holds references. Raises Unsupported where the profile names none."""
    name = reference_field(profile)
    if not name:
        raise errors.Unsupported(
            "OMFlow cannot look for references: the profile names no field that holds them",
            hint=f'add reference_field = "FORMITM_2" to the profile {profile.name}, or use --where FORMITM_2=…',
        )
    return name.lower()


def goes_on(rows: Sequence[Any]) -> bool:
    """Return whether more rows may follow those of a page: it is full, or perhaps as full as the server makes one."""
    return len(rows) >= PAGE_ROWS or (bool(rows) and len(rows) % CAPS == 0)


def beyond(orders: Iterable[str], cursor: str, *, falling: bool) -> bool:
    """Return whether all orders follow the one that a cursor names.

    >>> beyond(["8", "10"], "7", falling=False), beyond(["8", "10"], "9", falling=True)
    (True, False)
    """
    return all((int(n) < int(cursor)) if falling else (int(n) > int(cursor)) for n in orders)


def complete(orders: Mapping[str, T], rows: Sequence[Any]) -> tuple[dict[str, T], str | None]:
    """Return the orders of a page that are shown, and the number after which the next page begins, None at the end.

    Other branches of a page's last order may be on the next one, so it is left to that, unless it is alone.

    >>> complete({"1": [], "2": []}, [{}] * PAGE_ROWS), complete({"1": []}, [{}] * PAGE_ROWS), complete({"1": []}, [{}])
    (({'1': []}, '1'), ({'1': []}, '1'), ({'1': []}, None))
    """
    shown = dict(orders)
    if not goes_on(rows) or not shown:
        return shown, None
    if len(shown) > 1:
        shown.popitem()
    return shown, next(reversed(shown))


def window(
    conditions: Sequence[Mapping[str, Any]],
    *,
    order: str,
    start: int,
    size: int,
    exclude: Any,
    columns: Sequence[str],
) -> dict[str, Any]:
    """Return the parameters of a list that ask for `size` rows from index `start`. The server's limit is an end.

    >>> window([], order="data_no", start=3, size=2, exclude=None, columns=())["limit"]
    5
    """
    values: dict[str, Any] = {
        "search_conditions": list(conditions),
        "order_columns": order.split(),
        "start": start,
        "limit": start + size,
    }
    values |= {"exclude_conditions": exclude} if exclude is not None else {}
    return values | ({"search_columns": list(columns)} if columns else {})


def row_name(number: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what names a row in the calls that have no API path: their uuid has no dashes."""
    uuid = plain(row.get("flow_uuid"))
    return {
        "flow_uuid": uuid.replace("-", ""),
        "data_no": as_number(number),
        "data_id": as_number(plain(row.get("id"))),
    }


def fold(rows: Iterable[Any], *, live: bool = True) -> tuple[dict[str, list[Mapping[str, Any]]], list[str]]:
    """Return the rows of a list by the number of their order, only the live ones if `live`, and what cannot be read."""
    orders: dict[str, list[Mapping[str, Any]]] = {}
    unread = []
    for position, row in enumerate(rows, 1):
        number = number_of(row.get("data_no")) if isinstance(row, Mapping) else None
        if number is None:
            unread.append(f"row {position}: has no order's number (data_no)")
        elif not live or row.get("history") is not True:
            orders.setdefault(number, []).append(row)
    return orders, unread


def says(row: Mapping[str, Any], column: str, text: str) -> bool:
    """Return whether a column holds exactly a text; a number counts as it is written.

    >>> says({"formitm_3": 1001}, "formitm_3", "1001"), says({"formitm_3": None}, "formitm_3", "None")
    (True, False)
    """
    return plain(row.get(column)) == text != ""


def decode(rows: Sequence[Mapping[str, Any]], profile: Profile, *, created: Any = None) -> model.Order:
    """Return an order from its live rows, one a parallel branch; in `extra` is what of the first has no common word.

    `created` is when its first row was made, as the server writes it. `data_param`, the server's notes, is in `raw`.
    """
    first, rest = rows[0], dict(rows[0])
    waiting = [row for row in rows if not row.get("closed") and not row.get("running")]
    steps = tuple(
        model.Step(
            name=one_line(r.get("stop_chart_text")),
            id=number_of(r.get("id")),
            error=one_line(r.get("error_message")) or "stopped at an error" if r.get("error") else None,
        )
        for r in waiting
    )
    shown = pop_as(rest, "status", as_text)
    word = shown or ", ".join(one_line(r.get("stop_chart_text")) for r in rows if r.get("stop_chart_text")) or None
    changed = [m for row in rows if (m := pop_as(dict(row), "updatetime", lambda v: as_moment(v, profile.zone)))]
    reference = reference_field(profile).lower()
    for name in ("closed", "data_no", "data_param", "history", "running", "updatetime"):
        rest.pop(name, None)
    if len(rows) > 1:
        rest["branches"] = [{k: v for k, v in row.items() if k != "data_param"} for row in rows[1:]]
    return model.Order(
        id=str(number_of(first.get("data_no"))),
        reference=pop_as(rest, reference, as_text) if reference else None,
        number=str(number_of(first.get("data_no"))),
        title=pop_as(rest, "title", as_text),
        status=state(rows, word, profile),
        vendor_status=word,
        steps=steps,
        created_at=pop_as({"at": created}, "at", lambda v: as_moment(v, profile.zone)),
        updated_at=max(changed, key=str) if changed else None,
        extra=rest,
        raw=list(rows),
    )


def state(rows: Sequence[Mapping[str, Any]], word: str | None, profile: Profile) -> model.Status:
    """Return our word for an order's state: an error first, then a profile's own mapping of the vendor's word."""
    if any(row.get("error") for row in rows):
        return model.Status.FAILED
    mapped = status_of(word, {}, profile)
    if mapped is not model.Status.UNKNOWN:
        return mapped
    if all(row.get("closed") for row in rows):
        return model.Status.COMPLETED
    return model.Status.IN_PROGRESS if any(row.get("running") for row in rows) else model.Status.OPEN


def where_it_is(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return where an order is, for people."""
    stuck = next((row for row in rows if row.get("error")), None)
    if stuck is not None:
        return f"{STOPPED} {one_line(stuck.get('stop_chart_text'))} by an error: {one_line(stuck.get('error_message'))}"
    waiting = [f"{one_line(r.get('stop_chart_text'))} ({one_line(r.get('id'))})" for r in rows if not r.get("closed")]
    return f"now at {', '.join(waiting)}" if waiting else "now closed"


def unfiltered(purpose: str) -> errors.BadAnswer:
    """Return the error for rows that were not asked for."""
    return errors.BadAnswer(
        f"{purpose}: OMFlow does not apply a condition of the list", hint="check the server's version"
    )


def pick_step(order_id: str, steps: Sequence[model.Step], wanted: str | None) -> model.Step:
    """Return the step to push from, by name or data_id. Raises UsageError where it is not clear which."""
    if not steps:
        raise errors.Conflict(f"order {order_id} is closed; there is no step to push it from", code="order.closed")
    names = ", ".join(f"{s.name!r} ({s.id})" for s in steps)
    found = [s for s in steps if wanted in {None, s.name}] or [s for s in steps if wanted == s.id]
    if not found:
        raise errors.UsageError(
            f"order {order_id} does not wait at {wanted!r} but at: {names}",
            hint=nearest(str(wanted), {s.name for s in steps}),
        )
    if len(found) > 1:
        by = "its number, as they have one name" if wanted else "--step NAME"
        raise errors.UsageError(
            f"order {order_id} waits at several steps: {names}; say which",
            hint=f"add {by}: --step {found[0].name if not wanted else found[0].id!r}",
            code="usage.ambiguous_step",
        )
    return found[0]


class Rows:
    """The rows of one flow at the server, read.

    An order in motion, for a moment after a push, has no live row, and then only some of its branches: so no order is
    absent before a look at all of its rows.

    `ask` sends a call by its name, with values and a purpose; `pause` waits, in seconds.
    """

    def __init__(
        self,
        ask: Callable[[str, Mapping[str, Any], str], Any],
        profile: Profile,
        *,
        pause: Callable[[float], object],
    ) -> None:
        self._ask, self._profile, self._pause = ask, profile, pause

    def soon(self, look: Callable[[], T | None]) -> T | None:
        """Return what `look` finds once the server's queue has put it there, None where it has not come to it."""
        for pause in PAUSES:
            self._pause(pause)
            if (found := look()) is not None:
                return found
        return None

    def agreed(self, look: Callable[[], T | None]) -> T | None:
        """Return what two looks in a row find alike, None where no two do."""
        before: T | None = None
        for pause in PAUSES:
            self._pause(pause)
            found = look()
            if found is not None and found == before:
                return found
            before = found
        return None

    def listed(
        self,
        conditions: Sequence[Mapping[str, Any]],
        purpose: str,
        *,
        order: str = "data_no",
        start: int = 0,
        size: int = 0,
        exclude: Any = None,
        columns: Sequence[str] = (),
    ) -> list[Any]:
        """Return rows of the flow: `size` of them, a page without it, from index `start`. Raises BadAnswer."""
        size = size or PAGE_ROWS
        values = window(conditions, order=order, start=start, size=size, exclude=exclude, columns=columns)
        found = self._ask("list", values, purpose)
        if found is not None and not isinstance(found, list):
            raise no_rows(found, vendor="OMFlow", what=f"rows to {purpose!r}")
        return found or []

    def every(
        self, conditions: Sequence[Mapping[str, Any]], purpose: str, *, columns: Sequence[str] = (), exclude: Any = None
    ) -> Iterator[Any]:
        """Yield all rows that meet the conditions, page by page. Raises BadAnswer for pages without an end."""

        def read(start: int) -> RowPage:
            found = self.listed(conditions, purpose, order="id", start=start, columns=columns, exclude=exclude)
            return RowPage(rows=found, next=start + len(found) if goes_on(found) else None, mark=mark(found, "id"))

        for _, page in walk(read, 0, purpose=purpose, most=MAX_PAGES, hint="check the server's version"):
            yield from page.rows

    def of(self, order_id: str, purpose: str) -> list[Mapping[str, Any]]:
        """Return the live rows of one order, none where there is no such order.

        Raises BadAnswer, and Temporary for an order that stays in motion.
        """
        if not is_number(order_id):
            return []
        found = self._live(order_id, purpose)
        if found or not self.exist(order_id, purpose):
            return found
        return self.settled([order_id], purpose).get(order_id, [])

    def all_branches(self, order_id: str, purpose: str) -> list[Mapping[str, Any]] | None:
        """Return the live rows of one order as two looks in a row show them, none where there is no such order.

        None is for an order that the server is still working on. Raises BadAnswer, and Temporary as `of`.
        """

        def look() -> list[Mapping[str, Any]] | None:
            rows = self.of(order_id, purpose)
            return None if any(row.get("running") for row in rows) else rows

        return self.agreed(look)

    def exist(self, order_id: str, purpose: str) -> bool:
        """Return whether an order has a row, be it of a former step. Raises BadAnswer."""
        found = self.listed([condition("data_no", "=", int(order_id))], purpose, order="id", size=1)
        orders, _ = fold(found, live=False)
        if orders and order_id not in orders:
            raise unfiltered(purpose)
        return bool(found)

    def settled(self, orders: Sequence[str], purpose: str) -> dict[str, list[Mapping[str, Any]]]:
        """Return the live rows of orders that have rows, once two looks agree; those that are gone meanwhile are left out.

        Raises BadAnswer, and Temporary where an order stays in motion.
        """
        asked = [condition("data_no", "in", [int(n) for n in orders])]

        def look() -> dict[str, list[Mapping[str, Any]]] | None:
            found, _ = fold(self.every([LIVE, *asked], purpose))
            return found if found.keys() >= set(orders) else None

        found = self.agreed(look)
        if found is not None:
            return {number: found[number] for number in orders}
        left, _ = fold(self.every(asked, purpose), live=False)
        live, _ = fold(self.every([LIVE, *asked], purpose))
        if moving := [number for number in orders if number in left and number not in live]:
            raise errors.Temporary(
                f"{purpose}: order {', '.join(moving)} is being moved on, and OMFlow shows no step of it",
                hint="try again in a moment",
            )
        return {number: live[number] for number in orders if number in live}

    def moved(
        self,
        conditions: Sequence[Mapping[str, Any]],
        within: Sequence[Mapping[str, Any]],
        shown: Iterable[str],
        purpose: str,
        *,
        exclude: Any = None,
    ) -> dict[str, list[Mapping[str, Any]]]:
        """Return the orders that a page of a list does not show although they meet its conditions: it was in motion.

        `within` are the conditions of the page. Rows of former steps tell of them, the latest first.
        """
        known = set(shown)
        left_out = exclude or ([condition("data_no", "in", [int(n) for n in known])] if known else None)
        asked, columns = [*within, *conditions], ("id", "data_no")
        rows = self.listed(asked, purpose, order="-updatetime", exclude=left_out, columns=columns)
        numbers = [number for number in fold(rows, live=False)[0] if number not in known]
        if not numbers:
            return {}
        theirs = condition("data_no", "in", [int(n) for n in numbers])
        live, _ = fold(self.every([LIVE, theirs], purpose))
        if moving := [number for number in numbers if number not in live]:
            self.settled(moving, purpose)
        found = [LIVE, *conditions, theirs]
        return fold(self.every(found, purpose, exclude=exclude))[0]

    def _live(self, order_id: str, purpose: str) -> list[Mapping[str, Any]]:
        orders, _ = fold(self.listed([LIVE, condition("data_no", "=", int(order_id))], purpose, order="id"))
        if orders and order_id not in orders:
            raise unfiltered(purpose)
        return orders.get(order_id, [])

    def created(self, orders: Iterable[Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
        """Return when orders were made, by number: their first rows tell, of which a list shows the number only."""
        firsts = {str(number_of(rows[0].get("data_no"))): number_of(rows[0].get("init_data_id")) for rows in orders}
        wanted = sorted({int(n) for n in firsts.values() if n})
        if not wanted:
            return {}
        asked, columns = [condition("id", "in", wanted)], ("id", "createtime")
        found = islice(self.every(asked, "when orders were made", columns=columns), len(wanted))
        times = {number_of(row.get("id")): row.get("createtime") for row in found if isinstance(row, Mapping)}
        return {order: times.get(first) for order, first in firsts.items()}

    def with_reference(self, reference: str) -> dict[str, list[Mapping[str, Any]]]:
        """Return the live rows with exactly this reference, by the number of their order; each is compared here too.

        Raises BadAnswer for one that has it and no number: it is an order all the same.
        """
        column = reference_column(self._profile)
        asked, purpose = condition(column, "=", reference), f"look for reference {reference!r}"

        def having(conditions: Sequence[Mapping[str, Any]], *, live: bool) -> dict[str, list[Mapping[str, Any]]]:
            rows = self.every(conditions, purpose)
            orders, unread = fold(
                (row for row in rows if isinstance(row, Mapping) and says(row, column, reference)), live=live
            )
            if unread:
                raise errors.BadAnswer(f"{purpose}: OMFlow answers with {unread[0]}", hint="see what a list shows")
            return orders

        if found := having([LIVE, asked], live=True):
            return found
        if not (former := having([asked], live=False)):
            return {}
        settled = self.settled(list(former), purpose)
        return {n: rows for n, rows in settled.items() if any(says(row, column, reference) for row in rows)}
