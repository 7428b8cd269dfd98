"""Which vendors there are. A vendor's module is imported when it is first asked for."""

from importlib import import_module
from typing import cast

from orderctl.backend.fields import nearest
from orderctl.backend.vendor import Vendor
from orderctl.errors import ConfigError

VENDORS = {
    "flyerlink": "orderctl.vendors.flyerlink.orders",
    "imonggo": "orderctl.vendors.imonggo",
    "omflow": "orderctl.vendors.omflow.orders",
    "onebox": "orderctl.vendors.onebox",
    "qince": "orderctl.vendors.qince.orders",
}
"""Sorted by name: what `vendor = "…"` in a profile may say, and the module that holds its VENDOR."""


def vendor(name: str) -> Vendor:
    """Return the vendor of that name. Raises ConfigError, naming the nearest."""
    if name not in VENDORS:
        raise ConfigError(f"there is no vendor {name!r}", hint=nearest(name, VENDORS))
    return cast("Vendor", import_module(VENDORS[name]).VENDOR)
