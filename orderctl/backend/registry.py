"""Which vendors there are: the built-in ones, and those of other packages (entry points `orderctl.vendors`).

A vendor's module is imported when it is first asked for. Entry points are read only where a name is not built in, or
to list all names.
"""

from importlib import import_module
from typing import Any, cast

from orderctl.backend.fields import nearest
from orderctl.backend.vendor import Capability, Duplicates, Vendor
from orderctl.errors import ConfigError, OrderctlError, UsageError

VENDORS = {
    "flyerlink": "orderctl.vendors.flyerlink.orders",
    "imonggo": "orderctl.vendors.imonggo.orders",
    "omflow": "orderctl.vendors.omflow.orders",
    "onebox": "orderctl.vendors.onebox.orders",
    "qince": "orderctl.vendors.qince.orders",
}
"""The built-in vendors, sorted by name: the values of `vendor = "…"` in a profile, and the module of its VENDOR."""

DUTIES = frozenset({Capability.GET, Capability.PAGE})
"""What a vendor of another package must be able to do."""


def names() -> list[str]:
    """Return the names of all vendors, sorted; those of other packages are not imported."""
    from orderctl import plugins  # noqa: PLC0415  (importlib.metadata; a built-in name needs none of it)

    return sorted({*VENDORS, *plugins.declared(plugins.VENDORS)})


def known(name: str) -> bool:
    """Return whether a vendor has that name."""
    return name in VENDORS or name in names()


def unknown(name: str, kind: type[OrderctlError] = UsageError) -> OrderctlError:
    """Return the error, of that kind, for a name that no vendor has; it names the nearest."""
    there = names()
    hint = nearest(name, there)
    other = "a package that adds it must be installed beside this one; how: orderctl help adding-a-vendor"
    return kind(f"unknown vendor {name!r}; vendors: {', '.join(there)}", hint=hint if hint.startswith("did") else other)


def vendor(name: str) -> Vendor:
    """Return the vendor of that name.

    Raises ConfigError for an unknown name, naming the nearest, and for a package whose vendor cannot be used.
    """
    if name in VENDORS:
        return cast("Vendor", import_module(VENDORS[name]).VENDOR)
    from orderctl import plugins  # noqa: PLC0415  (as above)

    found = plugins.load(plugins.VENDORS, name)
    if found is None:
        raise unknown(name, ConfigError)
    if problem := _problem(name, found):
        raise plugins.unusable(plugins.VENDORS, name, problem)
    return cast("Vendor", found)


def shadowed() -> ConfigError | None:
    """Return the error for packages that declare a built-in vendor, which stays the built-in one; None without any."""
    from orderctl import plugins  # noqa: PLC0415  (as above)

    for name in sorted(VENDORS.keys() & plugins.declared(plugins.VENDORS)):
        return plugins.unusable(plugins.VENDORS, name, "is not used: a built-in vendor has that name")
    return None


def _problem(name: str, found: object) -> str:
    """Return why a package's vendor cannot be used, "" where it can."""
    from orderctl.backend.contract import Backend  # noqa: PLC0415  (whoever wrote a Vendor has imported it)

    if not isinstance(found, Vendor):
        return f"is a {type(found).__name__}, not an orderctl.backend.vendor.Vendor"
    given: Any = found  # a package need not keep to the types
    if given.name != name:
        return f"calls itself {given.name!r}: the entry point must have the same name"
    if not (name.isascii() and name.islower() and name.replace("-", "").isalnum() and name[0].isalpha()):
        return "needs another name: lower-case letters, digits and -, a letter first"
    if not (isinstance(given.backend, type) and issubclass(given.backend, Backend)):
        return "has a backend that is not a subclass of orderctl.backend.contract.Backend"
    if not (isinstance(given.capabilities, frozenset) and all(isinstance(c, Capability) for c in given.capabilities)):
        return "has capabilities that are not a frozenset of Capability"
    if missing := DUTIES - given.capabilities:
        return f"does not declare {' and '.join(sorted(f'Capability.{c.name}' for c in missing))}"
    if not isinstance(given.duplicates, Duplicates):
        return "has duplicates that are not one of Duplicates.REFUSED, SEARCHABLE and BLIND"
    return ""
