"""The README's table of vendors and commands, from the value that each vendor's module declares."""

from orderctl.backend import registry
from orderctl.backend.vendor import Capability, Option, Secret, Vendor

NO = "–"  # noqa: RUF001  (a dash in a table cell)

SECOND = {
    "blind": "creates a second order",
    "refused": "is refused by the vendor",
    "searchable": "is checked before sending",
}
"""The result of a second create with the same reference, by the vendor's class of duplicates."""


def vendors_table() -> str:
    """Return the table as Markdown."""
    vendors = [registry.vendor(name) for name in registry.VENDORS]
    rows = [
        ["", *(v.title for v in vendors)],
        ["---"] * (len(vendors) + 1),
        *([f"`{c.command}`", *("yes" if c in v.capabilities else NO for v in vendors)] for c in Capability),
        ["`listen`", *("yes" if v.receive else NO for v in vendors)],
        ["attachments", *(v.attachments.partition(":")[0] or NO for v in vendors)],
        ["filters at the vendor", *(_words(v.remote_filters) for v in vendors)],
        ["filters by orderctl", *(_words(v.local_filters - v.remote_filters) for v in vendors)],
        ["orders a page", *(str(v.page_size or "all") for v in vendors)],
        ["a second create of a reference", *(_second(v) for v in vendors)],
        ["`cancel`", *(v.cancel_means or NO for v in vendors)],
        ["secrets", *(_names(v.secrets) for v in vendors)],
        ["a profile's own settings", *(_names(v.options) for v in vendors)],
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _second(vendor: Vendor) -> str:
    needs = " and ".join(f"`{name}`" for name in vendor.searched_with)
    return f"{SECOND[vendor.duplicates]}, where the profile has {needs}" if needs else SECOND[vendor.duplicates]


def _names(named: tuple[Option, ...] | tuple[Secret, ...]) -> str:
    """Return names, those that may be left out in brackets."""
    return ", ".join(f"`{n.name}`" if _needed(n) else f"(`{n.name}`)" for n in named) or NO


def _needed(named: Option | Secret) -> bool:
    return named.required or (isinstance(named, Option) and named.for_writes)


def _words(filters: frozenset[str]) -> str:
    return ", ".join(f"`--{word.replace('_', '-')}`" for word in sorted(filters)) or NO
