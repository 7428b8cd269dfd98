"""Which orders a query means: what the vendor applies, what is applied here, and how an order is compared."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from orderctl.backend.vendor import Vendor
from orderctl.errors import Unsupported
from orderctl.frozen import replace
from orderctl.model import Order, Query, Status

WORDS = {
    "changed_since": "--changed-since",
    "customer": "--customer",
    "reference": "--reference",
    "since": "--since",
    "status": "--status",
    "text": "--text",
    "until": "--until",
}

LOCAL_FILTERS: dict[str, Callable[[Order, Any], bool | None]] = {
    "changed_since": lambda o, v: None if o.updated_at is None else at(o.updated_at) >= at(v),
    "customer": lambda o, v: _customer(o, v),  # noqa: PLW0108  (it is defined below)
    "reference": lambda o, v: _same(v, o.reference),
    "since": lambda o, v: None if o.created_at is None else at(o.created_at) >= at(v),
    "status": lambda o, v: v == o.status if v in set(Status) else _same(v, o.vendor_status),
    "text": lambda o, v: any(_folded(v) in _folded(text) for text in _texts(o) if text),
    "until": lambda o, v: None if o.created_at is None else at(o.created_at) < at(v),
}
"""How a word of a query is applied to an order that was read; None where the order does not say."""

PHONE = 7
"""How many digits a phone number has at least; of two numbers, the country's code may be in one only."""


def divided(query: Query, vendor: Vendor) -> tuple[dict[str, Any], Query]:
    """Return what of a query is applied here, and the query that the vendor answers. Raises Unsupported.

    What the vendor filters is compared with its answers as well, where they carry it.
    """
    local: dict[str, Any] = {}
    left: dict[str, Any] = {}
    for word in (w for w in WORDS if getattr(query, w) is not None):
        value = getattr(query, word)
        own = word == "status" and value in set(Status)
        person = word == "customer" and not is_code(value)
        at_vendor = word in vendor.remote_filters and not own and not person
        if own or word in vendor.local_filters or (person and word in vendor.remote_filters):
            local[word] = value
        elif not at_vendor:
            raise Unsupported(
                f"{vendor.title} cannot filter by {WORDS[word]}",
                hint=f"it can by: {', '.join(sorted(WORDS[w] for w in vendor.remote_filters | vendor.local_filters))}",
            )
        if not at_vendor:
            left[word] = None
    if query.customer is not None:
        _check_customer(query.customer, vendor)
    return local, replace(query, **left)


def wanted(order: Order, local_filters: Mapping[str, Any], remote: Query, errors: list[str]) -> bool:
    """Return whether an order is one of those asked for.

    What the vendor filtered is only compared with what the order says; what is filtered here, and the order does not
    say, cannot be decided: the order is left out and reported among the errors.
    """
    for word, value in local_filters.items():
        verdict = LOCAL_FILTERS[word](order, value)
        if verdict is False:
            return False
        if verdict is None and getattr(remote, word) is None:
            errors.append(f"order {order.id} is left out: it lacks the field of {WORDS[word]}")
            return False
    return True


def at(moment: Any) -> Any:
    """Return a moment to compare by: a date counts from its first second, in UTC."""
    if moment is None or hasattr(moment, "hour"):
        return moment
    return dt.datetime.combine(moment, dt.time(), tzinfo=dt.UTC)


def is_code(customer: str) -> bool:
    """Return whether a --customer can only be a code or an id, not a name, an e-mail address or a phone number.

    >>> is_code("31333"), is_code("LIANFI22"), is_code("Inna"), is_code("ann@example.com"), is_code("+380 63 937")
    (True, True, False, False, False)
    """
    return kind_of(customer) == "code"


def kind_of(customer: str) -> str:
    """Return what a --customer can only be: an email, a phone, a code, a name; "" for what may be a code or a name.

    >>> kind_of("063 937 04 42"), kind_of("2024-000-123"), kind_of("Ann Lee")
    ('phone', 'code', 'name')
    """
    if "@" in customer:
        return "email"
    blank = any(c.isspace() for c in customer)
    marked = blank or any(c in "+()" for c in customer)
    if marked and len(_digits(customer)) >= PHONE and all(c.isdigit() or c in " +-()./" for c in customer):
        return "phone"
    if blank or "+" in customer:
        return "name"
    return "code" if any(c.isdigit() for c in customer) else ""


def _check_customer(customer: str, vendor: Vendor) -> None:
    """Raise Unsupported for an e-mail address, a phone number or a name where the vendor's answers do not carry it."""
    kind = kind_of(customer)
    if kind not in {"", "code", *vendor.customer_fields}:
        said = {"email": "e-mail address", "name": "name", "phone": "phone number"}[kind]
        carried = ", ".join(sorted(vendor.customer_fields))
        raise Unsupported(
            f"{vendor.title} cannot filter by a customer's {said}: its lists do not show it",
            hint=f"--customer takes a code{f', {carried}' if carried else ''} here",
        )


def _customer(order: Order, wanted: str) -> bool | None:
    """Return whether a customer is meant: by code, id or e-mail address, by phone number, or by words of the name."""
    have = order.customer
    known = [text for text in (have.code, have.id, have.email, have.name) if text is not None]
    if not known and have.phone is None:
        return None
    if any(_folded(wanted) == _folded(text) for text in known):
        return True
    if "@" not in wanted and have.phone is not None and _same_phone(wanted, have.phone):
        return True
    words = set(_folded(wanted).split())
    return bool(words) and words <= set(_folded(have.name or "").split())


def _same_phone(wanted: str, have: str) -> bool:
    """Return whether two texts are one phone number, of which one may lack the country's code."""
    if any(c.isalpha() for c in wanted):
        return False
    short, long = sorted((_digits(wanted).lstrip("0"), _digits(have).lstrip("0")), key=len)
    return len(short) >= PHONE and long.endswith(short)


def _digits(text: str) -> str:
    return "".join([c for c in text if c.isdigit()])


def _texts(order: Order) -> list[str | None]:
    return [order.title, order.note, order.customer.name, *(line.name for line in order.lines)]


def _folded(text: str) -> str:
    """Return a text to compare by: upper and lower case alike, one space between words."""
    return " ".join(text.casefold().split())


def _same(wanted: str, *have: str | None) -> bool | None:
    """Return whether one of the texts is the wanted one, upper and lower case alike as vendors have it."""
    known = [text.casefold() for text in have if text is not None]
    return wanted.casefold() in known if known else None
