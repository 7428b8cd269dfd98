"""What is wrong with an order for Qince before it is sent, and what is worth a warning."""

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from orderctl import errors, model


def order_problems(
    verb: str,
    draft: model.OrderDraft,
    body: Mapping[str, Any],
    *,
    fields: Mapping[str, Any],
    rows: Mapping[str, Any],
) -> Iterator[errors.Problem]:
    """Yield what is wrong with an order: its body, fields and rows (by detail object) before they are made text."""
    if draft.files:
        yield errors.Problem("--file", "Qince's order API takes no attachments", draft.row)
    if verb == "create" and not draft.lines:
        yield errors.Problem(
            "--line", "an order needs a line: --line sku=PRODUCT,unit_id=UNIT,quantity=N,price=N", draft.row
        )
    if isinstance(draft, model.OrderChange) and draft.replace_lines:
        yield errors.Problem(
            "--replace-lines", "Qince's API removes no row; --line adds rows, with id=ROW it changes one", draft.row
        )
    if body.get("is_trigger") and not body.get("trigger_employee", "").strip():
        yield errors.Problem(
            "--set trigger_employee", "is missing: is_trigger needs the employee who starts it", draft.row
        )
    if isinstance(fields.get("order_date"), dt.datetime):
        yield errors.Problem("--set order_date", "takes a day, without a time: 2026-03-09", draft.row)
    for name, given in rows.items():
        if name == "ig_order_detail":
            for number, row in enumerate(given, 1):
                if "id" in row:
                    yield from _row_problems(row, f"line {number}", draft.row)
        else:
            yield from _detail_problems(verb, name, given, draft.row)


def order_warnings(verb: str, body: Mapping[str, Any]) -> Iterator[str]:
    """Yield what Qince may refuse, or take otherwise than it is meant.

    >>> list(order_warnings("update", {"fields": {"whole_order_discount": "80"}, "slave_fields": {}}))
    ['whole_order_discount is a fraction: 80 multiplies the total; 20 % off is 0.8']
    """
    discount = body["fields"].get("whole_order_discount")
    if discount is not None and Decimal(discount) > 1:
        yield f"whole_order_discount is a fraction: {discount} multiplies the total; 20 % off is 0.8"
    if "trigger_employee" in body and not body.get("is_trigger"):
        yield "trigger_employee is used only with is_trigger=true"
    if verb == "create" and "customer" not in body["fields"]:
        yield "no customer (--customer ID): most accounts refuse such an order"
    for number, row in enumerate(body["slave_fields"].get("ig_order_detail", ()), 1):
        missing = [key for key in ("unit_id", "pd_count") if key not in row]
        if missing and "id" not in row:
            lacks = " and no ".join(missing)
            yield f"line {number} has no {lacks}: Qince finds the price by product, unit and quantity"


def _row_problems(row: Mapping[str, Any], place: str, number: int | None) -> Iterator[errors.Problem]:
    """Yield what is wrong with a row that exists: it takes custom fields only."""
    preset = [key for key in row if key != "id" and not key.endswith("__c")]
    for key in preset:
        yield errors.Problem(
            f"{place} {key}", "a row that exists takes custom fields only (…__c); without id= the row is new", number
        )
    if len(row) == 1:
        yield errors.Problem(place, "names a row and nothing to change in it", number)


def _detail_problems(verb: str, name: str, given: Any, number: int | None) -> Iterator[errors.Problem]:
    """Yield what is wrong with the rows of a custom detail object."""
    place = f"--set slave_fields.{name}"
    if not isinstance(given, list) or not all(isinstance(row, Mapping) and row for row in given):
        yield errors.Problem(place, f'takes a list of rows: slave_fields.{name}:=[{{"KEY__c":"VALUE"}}]', number)
    elif verb == "create" and any("id" in row for row in given):
        yield errors.Problem(place, "a new order has no rows yet; leave the id out", number)
