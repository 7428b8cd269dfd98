"""What Qince's lists may ask: filters, groups of them, sorts and pages, written and checked.

The words of operators are in an appendix that is not public: a profile names its own (`operators`), and what has no
operator is applied here, by `wanted`. LIVE are those that a client in production use sends; it sends times as
milliseconds since 1970, in text.
"""
# ruff: noqa: E501  (the tables have a row a line)

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from orderctl import errors, model
from orderctl.backend.fields import nearest, resolve, settings, unknown_name
from orderctl.backend.tolerant import as_decimal, as_text
from orderctl.backend.vendor import Field, Kind, Profile

CHINA = dt.timezone(dt.timedelta(hours=8))
"""The zone of Qince's clock and times; its page names none."""

ROWS = 100
"""How many orders a page has unless the profile asks for more; the documented default. A longer page may be cut."""

LOOK_BACK = 7
"""How many days back orders are read for references that Qince cannot be asked for, unless the profile says more."""

OPERATORS = ("after", "at_least", "at_most", "before", "equal")
"""What the profile's table `operators` may name, each in the words of Qince's appendix."""

LIVE: Mapping[str, str] = {"equal": "EQ", "after": "GT", "before": "LT"}
"""The operators that are known to work on real accounts; there is none known for "at least" and "at most"."""

MAX_OPERATOR, MAX_KEY, MAX_SORT = 10, 32, 30

# fmt: off
_HEADER = (
    "actual_selling_total_amount", "approval_status", "business_type", "cm_useful_amount", "confirm_receipt_amount_total",
    "contract_id", "create_time", "creator_id", "currency_type", "customer", "delivered_amount_total", "delivery_status",
    "department", "id", "lock_status", "modifyier_id", "modify_time", "name", "opportunities_info_id", "order_date",
    "order_total_amount", "owner", "payment_received_amount_total", "pd_price", "pending_delivery_amount_total", "quotation_id",
    "receipt_address", "receipt_info", "receipt_landline", "receipt_name", "receipt_phone", "source_type", "status",
    "whole_order_discount",
)
"""The keys of an order in answers: filters, and sorts."""

_TIMES = ("create_time", "modify_time")

_FILTER = "a filter: KEY=VALUE or KEY:OPERATOR=V1,V2"
_TIME_FILTER = "a filter: KEY:OPERATOR=TIME, in milliseconds since 1970; --since, --until and --changed-since take dates"

PARAMETERS = (
    Field("page", Kind.INT, "page", reserved=True, instead="pages are read for you: --limit, --all, --after"),
    Field("rows", Kind.INT, "orders a page; without it the profile's rows"),
    Field("sorts", Kind.JSON, 'several sorts: [{"field_key":"order_date","type":"desc"}]; one is --sort KEY:desc'),
    Field("query_group", Kind.JSON, 'groups of filters: [{"connector":"OR","filters":[{"field_key","operator","field_values"}]}]'),
)
"""What a list takes by --set.

From the vendor's page 订单2.0接口, 查询订单 and 查询订单明细: 参数说明; read on 2026-11-21.
"""

FILTERS = (
    *(Field(name, note=_FILTER if name not in _TIMES else _TIME_FILTER) for name in _HEADER),
    Field("{key}__c", note="a filter on a custom field"),
)
"""What a list filters by: --where.

From the vendor's page 订单2.0接口, 查询订单: the keys of an order in 响应示例, and from other public pages; read on
2026-11-21.
"""
# fmt: on

WORDS = {"created_at": "create_time", "number": "name", "total": "order_total_amount", "updated_at": "modify_time"}
"""Our sort keys that Qince can do, in its words."""

SORTS = {**WORDS, **{key: key for key in _HEADER if key not in {"customer", "id", "status"}}}
"""What a list may be sorted by at the vendor; the three are sorted here."""


def check_query(query: model.Query, profile: Profile) -> tuple[errors.Problem, ...]:
    """Return what is wrong with a list's filters. Raises Unsupported for a reference that no field keeps."""
    if query.reference is not None:
        needed_field(profile)
    return tuple(encode_query(query, profile)[1])


def encode_query(query: model.Query, profile: Profile) -> tuple[dict[str, Any], list[errors.Problem]]:
    """Return a list's rows, sorts and query_group, and what is wrong with them."""
    values, problems = settings(PARAMETERS, query.set, zone=profile.zone)
    rows = int(values["rows"]) if "rows" in values else _rows(profile)
    if rows < 1:
        problems.append(errors.Problem("--set rows", "must be above 0"))
    groups, sorts = values.get("query_group", []), values.get("sorts")
    problems += [errors.Problem("--set query_group", p) for p in _group_problems(groups)]
    problems += [errors.Problem("--set sorts", p) for p in _sort_problems(sorts)]
    for key, (operator, _) in query.where.items():
        wrong = "" if resolve(FILTERS, key) else unknown_name(key, FILTERS)
        problems += [errors.Problem(f"--where {key}", p) for p in (wrong, *_too_long(key, operator)) if p]
    if sorts is not None and query.sort is not None:
        problems.append(errors.Problem("--sort", "is given twice; --set sorts:= names every key"))
    if problems:
        return {}, problems
    by = SORTS.get(query.sort or "")
    sort = {"field_key": by or "create_time", "type": "desc" if by and query.descending else "asc"}
    filters = _filters(query, profile)
    return {
        "rows": rows,
        "sorts": sorts or [sort],
        "query_group": [*in_text(groups), *([{"connector": "AND", "filters": filters}] if filters else [])],
    }, []


def in_text(value: Any) -> Any:
    """Return values in Qince's style of input: numbers and dates as text; a whole number of the caller's JSON stays one.

    >>> in_text({"pd_count": Decimal("2.50"), "order_date": dt.date(2025, 3, 13), "field_a__c": [1, None, True]})
    {'pd_count': '2.50', 'order_date': '2025-03-13', 'field_a__c': [1, None, True]}
    """
    if isinstance(value, Mapping):
        return {name: in_text(v) for name, v in value.items()}
    if isinstance(value, list):
        return [in_text(v) for v in value]
    if isinstance(value, dt.date):
        return value.isoformat()
    return format(value, "f") if isinstance(value, Decimal) else value


def in_milliseconds(moment: dt.datetime, *, up: bool = False) -> int:
    """Return a time as Qince's filters take it: milliseconds since 1970, rounded down, or `up`.

    >>> in_milliseconds(dt.datetime(2025, 3, 13, 7, 23, 46, 999999, tzinfo=dt.UTC))
    1741850626999
    """
    since = moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    step = dt.timedelta(milliseconds=1)
    return -(-since // step) if up else since // step


def matches(value: Any, wanted: str) -> bool:
    """Return whether a value in Qince's style of output is what a filter names: its id, code, value, name or label.

    >>> matches({"code": "APPROVED", "label": "已通过"}, "APPROVED"), matches("1.00", "1"), matches([{"code": "a"}], "b")
    (True, True, False)
    """
    if isinstance(value, list):
        return any(matches(v, wanted) for v in value)
    if isinstance(value, Mapping):
        shown = [value[k] for k in ("id", "code", "value", "name", "label") if k in value]
        return any(matches(v, wanted) for v in shown) if shown else wanted == ""
    text = "" if value is None else as_text(value)
    try:
        return text == wanted or as_decimal(text) == as_decimal(wanted)
    except ValueError:
        return False


def wanted(row: Mapping[str, Any], query: model.Query) -> bool:
    """Return whether a row has what every --where KEY=VALUE names; Qince's operators are not public, so it is checked."""
    asked = ((_name(key), given[0]) for key, (operator, given) in query.where.items() if not operator)
    return all(matches(row.get(key), value) for key, value in asked)


def operators(profile: Profile) -> Mapping[str, str]:
    """Return the operators that the profile names. Raises ConfigError for one that cannot be."""
    found: Mapping[str, str] = profile.settings.get("operators", model.NOTHING)
    for name, word in found.items():
        if name not in OPERATORS:
            raise errors.ConfigError(
                f"profile {profile.name}: operators: there is no {name!r}", hint=nearest(name, OPERATORS)
            )
        if len(word) > MAX_OPERATOR:
            raise errors.ConfigError(
                f"profile {profile.name}: operators: {name}: has more than {MAX_OPERATOR} characters"
            )
    return found


def reference_field(profile: Profile) -> str:
    """Return the field that keeps references, "" without one. Raises ConfigError for one that takes no text of ours."""
    field = str(profile.settings.get("reference_field", ""))
    if field and not field.endswith("__c"):
        message = f"profile {profile.name}: reference_field: {field!r} is not a custom field"
        raise errors.ConfigError(message, hint="name a text field of your own, such as field_ab12c__c")
    return field


def needed_field(profile: Profile) -> str:
    """Return the field that keeps references. Raises Unsupported where there is none to look in."""
    field = reference_field(profile)
    if not field:
        message = f"profile {profile.name} names no reference_field, so Qince knows no references"
        hint = "look by customer and time; name a custom field for them: profile add … --set reference_field=field_ab12c__c"
        raise errors.Unsupported(message, hint=hint)
    return field


def look_back(profile: Profile) -> dt.timedelta:
    """Return how far back orders are read for references: `7` or `7d`. Raises ConfigError for another text."""
    given = str(profile.settings.get("look_back", LOOK_BACK))
    found = given.removesuffix("d")
    if not (found.isascii() and found.isdigit() and 0 < len(found.lstrip("0")) < 6):
        raise errors.ConfigError(
            f"profile {profile.name}: look_back: {given!r} is not a number of days above 0",
            hint=f"without it: {LOOK_BACK}",
        )
    return dt.timedelta(days=int(found))


def _rows(profile: Profile) -> int:
    """Return how many orders a page has. Raises ConfigError for a setting of the profile that is not such a number."""
    found = str(profile.settings.get("rows", ROWS))
    if not (found.isascii() and found.isdigit() and 0 < len(found.lstrip("0")) < 10):
        raise errors.ConfigError(
            f"profile {profile.name}: rows: {found!r} is not a whole number above 0", hint=f"without it: {ROWS}"
        )
    return int(found)


def _filters(query: model.Query, profile: Profile) -> list[dict[str, Any]]:
    """Return the filters that Qince applies: those with an operator of the caller's or of the profile's."""
    equal = operators(profile).get("equal", "")
    asked: list[tuple[str, str, Sequence[str]]] = [
        *((_name(key), operator or equal, given) for key, (operator, given) in query.where.items()),
        *([("customer", equal, (query.customer,))] if query.customer else []),
        *([(reference_field(profile), equal, (query.reference,))] if query.reference else []),
        *_bounds("create_time", query.since, query.until, profile),
        *_bounds("modify_time", query.changed_since, None, profile),
    ]
    return [{"field_key": key, "operator": word, "field_values": list(v)} for key, word, v in asked if word]


def _bounds(
    key: str, since: dt.datetime | None, until: dt.datetime | None, profile: Profile
) -> Iterator[tuple[str, str, tuple[str]]]:
    """Yield the filters of a time from `since` on and before `until`.

    Without an operator for "at least", the bound is one millisecond earlier; what that lets through is left out here.
    """
    known = operators(profile)
    if since is not None:
        first = in_milliseconds(since)
        if "after" in known:
            yield key, known["after"], (str(first - 1),)
        else:
            yield key, known.get("at_least", ""), (str(first),)
    if until is not None:
        end = in_milliseconds(until, up=True)
        if "before" in known:
            yield key, known["before"], (str(end),)
        else:
            yield key, known.get("at_most", ""), (str(end - 1),)


def _name(key: str) -> str:
    found = resolve(FILTERS, key)
    return found[1] if found else key


def _group_problems(groups: Any) -> Iterator[str]:
    """Yield what is wrong with the groups of a query."""
    if not isinstance(groups, list):
        yield 'takes a list of groups: query_group:=[{"connector":"AND","filters":[…]}]'
        return
    for number, group in enumerate(groups, 1):
        if not isinstance(group, Mapping) or group.keys() != {"connector", "filters"}:
            yield f"group {number} is not an object of connector and filters"
        elif group["connector"] not in ("AND", "OR"):
            yield f"group {number}: connector is AND or OR"
        elif not isinstance(group["filters"], list) or not group["filters"]:
            yield f"group {number}: filters is a list of filters"
        else:
            yield from (f"group {number}: {p}" for f in group["filters"] for p in _filter_problems(f))


def _filter_problems(given: Any) -> Iterator[str]:
    if not isinstance(given, Mapping) or given.keys() != {"field_key", "operator", "field_values"}:
        yield "a filter is an object of field_key, operator and field_values"
    elif not isinstance(given["field_values"], list):
        yield "field_values is a list"
    else:
        yield from _too_long(given["field_key"], given["operator"])


def _too_long(key: Any, operator: Any) -> Iterator[str]:
    for what, value, longest in (("a field's key", key, MAX_KEY), ("an operator", operator, MAX_OPERATOR)):
        if not isinstance(value, str) or len(value) > longest:
            yield f"{what} is a text of at most {longest} characters: {str(value)[:40]!r}"


def _sort_problems(sorts: Any) -> Iterator[str]:
    """Yield what is wrong with the sorts of a query."""
    for sort in sorts if isinstance(sorts, list) else [] if sorts is None else [None]:
        if not isinstance(sort, Mapping) or sort.keys() != {"field_key", "type"}:
            yield 'takes a list of sorts: sorts:=[{"field_key":"order_date","type":"desc"}]'
        elif sort["type"] not in ("asc", "desc"):
            yield f"type is asc or desc: {str(sort['type'])[:40]!r}"
        elif not isinstance(sort["field_key"], str) or not 0 < len(sort["field_key"]) <= MAX_SORT:
            yield f"field_key is a text of at most {MAX_SORT} characters: {str(sort['field_key'])[:40]!r}"
