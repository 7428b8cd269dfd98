"""Which vendors there are. A vendor's module is imported when it is first asked for."""

from importlib import import_module
from typing import cast

from orderctl.backend.fields import nearest
from orderctl.backend.vendor import Vendor
from orderctl.errors import ConfigError

VENDORS = {
    "flyerlink": "orderctl.vendors.flyerlink.orders",
    "imonggo": "orderctl.vendors.imonggo.orders",
    "omflow": "orderctl.vendors.omflow.orders",
    "onebox": "orderctl.vendors.onebox.orders",
    "qince": "orderctl.vendors.qince.orders",
}
"""Sorted by name: the values of `vendor = "…"` in a profile, and the module that holds its VENDOR."""


def unknown(name: str) -> tuple[str, str]:
    """Return the message and the hint for a name that no vendor has."""
    hint = nearest(name, VENDORS)
    return f"unknown vendor {name!r}; vendors: {', '.join(VENDORS)}", hint if hint.startswith("did") else ""


def vendor(name: str) -> Vendor:
    """Return the vendor of that name. Raises ConfigError, naming the nearest."""
    if name not in VENDORS:
        message, hint = unknown(name)
        raise ConfigError(message, hint=hint)
    return cast("Vendor", import_module(VENDORS[name]).VENDOR)
