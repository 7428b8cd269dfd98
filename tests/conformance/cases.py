"""What the conformance suite knows of each vendor: how it is pushed, where it keeps a text, and what it lacks."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from orderctl.backend import registry
from orderctl.backend.vendor import Capability, Vendor
from orderctl.model import Move, OrderChange, Setting
from tests.conformance import sixth

VENDORS: dict[str, Vendor] = {sixth.VENDOR.name: sixth.VENDOR}
for _name in registry.VENDORS:
    with suppress(ImportError):  # one that is not on the new write path yet; a test counts them
        VENDORS[_name] = registry.vendor(_name)

CHANGES: Mapping[str, OrderChange] = {
    "flyerlink": OrderChange(
        reference="REF-79",
        lines=VENDORS["flyerlink"].example.lines,
        set={"package.code": Setting(value="P1")},
    ),
    "omflow": OrderChange(files=(__file__,)),
    "onebox": OrderChange(note="changed", lines=VENDORS["onebox"].example.lines),
    "qince": OrderChange(set={"field_memo__c": Setting(value="changed")}),
}
"""A change that an update makes."""

MOVES: Mapping[str, Move] = {
    "omflow": Move(set={"FORMITM_1": Setting(value="Widget"), "FORMITM_2": Setting(value="4")}),
    "onebox": Move(to="Delivered"),
    "qince": Move(by="7007385368014262146"),
    "tuckshop": Move(),
}
"""The move that pushes the vendor's example to its next step."""

TEXT_FIELDS: Mapping[str, str] = {
    "flyerlink": "title",
    "imonggo": "note",
    "omflow": "set.FORMITM_1",
    "onebox": "title",
    "qince": "set.field_memo__c",
    "tuckshop": "note",
}
"""A field that holds any text and comes back: a common word, or `set.` and the vendor's own name."""

NOT_RETURNED: Mapping[str, frozenset[str]] = {
    "flyerlink": frozenset({"line quantity"}),
    "onebox": frozenset({"note"}),
}
"""What a vendor's answers do not carry of its own example."""

SEARCHED: Mapping[str, Mapping[str, Any]] = {"qince": {"operators": {"equal": "EQ"}}}
"""Settings with which an order is found by its reference, beyond those of the sandbox."""


def able(*capabilities: Capability) -> list[str]:
    """Return the vendors that declare all of these."""
    return [name for name, vendor in VENDORS.items() if vendor.capabilities >= set(capabilities)]
