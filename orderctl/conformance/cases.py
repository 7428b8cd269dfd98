"""The case of every vendor: the built-in ones have theirs here, one of another package in its emulator."""

from collections.abc import Mapping

from orderctl import sandbox
from orderctl.backend import registry
from orderctl.backend.vendor import Kind, Vendor
from orderctl.conformance import Case
from orderctl.errors import ConfigError
from orderctl.model import Move, OrderChange, Setting

BUILT_IN: Mapping[str, Case] = {
    "flyerlink": Case(
        text="title",
        change=OrderChange(
            reference="REF-79",
            lines=registry.vendor("flyerlink").example.lines,
            set={"package.code": Setting(value="P1")},
        ),
        not_returned=frozenset({"line quantity"}),
        marks=frozenset({"reference"}),
        amount_field="reference",
    ),
    "imonggo": Case(text="note", row="order", status_field="status", amount_field="order_no"),
    "omflow": Case(
        text="set.FORMITM_1:inputbox",
        change=OrderChange(files=(__file__,)),
        move=Move(set={"FORMITM_1": Setting(value="Widget"), "FORMITM_2": Setting(value="4")}),
        log_in="/security/get/",
        first_page='"order_columns": ["data_no"]',
        later_page='"data_no", "condition": ">"',
        marks=frozenset({"create_time", "data_no"}),
        status_field="stop_chart_text",
        amount_field="title",
    ),
    "onebox": Case(
        text="title",
        change=OrderChange(note="changed", lines=registry.vendor("onebox").example.lines),
        move=Move(to="Delivered"),
        not_returned=frozenset({"note"}),
        marks=frozenset({"ordercode"}),
        status_field="statusname",
        amount_field="sum",
    ),
    "qince": Case(
        text="set.field_memo__c",
        change=OrderChange(set={"field_memo__c": Setting(value="changed")}),
        move=Move(by="7007385368014262146"),
        settings={"operators": {"equal": "EQ"}},
        marks=frozenset({"approval_status"}),
        status_field="approval_status",
        amount_field="order_total_amount",
    ),
}


def case(name: str) -> Case:
    """Return what the suite knows of a vendor beyond its VENDOR. Raises ConfigError for a CASE that is none."""
    found = BUILT_IN.get(name) or getattr(sandbox.emulator(name), "CASE", Case())
    if not isinstance(found, Case):
        raise ConfigError(f"CASE in the emulator of {name!r} is not an orderctl.conformance.Case")
    return found


def text_field(vendor: Vendor) -> str:
    """Return the field of a new order that holds any text: the case's, or the title or the note; "" without any."""
    words = {field.word for field in vendor.fields.get("create", ()) if field.kind is Kind.TEXT and not field.choices}
    return case(vendor.name).text or next((word for word in ("title", "note") if word in words), "")


def keeps_reference(vendor: Vendor) -> bool:
    """Return whether a vendor stores the caller's reference; otherwise it is in the journal only."""
    created = vendor.fields.get("create", ())
    return any(field.word == "reference" for field in created) or bool(vendor.searched_with)


def change(vendor: Vendor) -> OrderChange:
    """Return what an update of the vendor's changes."""
    given = case(vendor.name).change
    if given is not None:
        return given
    words = {field.word for field in vendor.fields.get("update", ())}
    return OrderChange(note="changed") if "note" in words else OrderChange(title="changed")
