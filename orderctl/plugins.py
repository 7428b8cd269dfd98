"""What other installed packages add to orderctl, by entry points: vendors, and emulators of them.

Imported only for a name that is not built in, or to list all names: reading entry points costs as much as a whole
short command.
"""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType
from typing import Any, TypeAlias

from orderctl.errors import ConfigError

EMULATORS = "orderctl.emulators"
"""The entry points of emulators: a vendor's name = the module of its emulator."""

VENDORS = "orderctl.vendors"
"""The entry points of vendors: a vendor's name = the Vendor that a module holds."""

Declared: TypeAlias = Mapping[str, tuple[EntryPoint, ...]]


@cache
def declared(group: str) -> Declared:
    """Return the entry points of a group by name, sorted. Raises ConfigError where a package's metadata is damaged."""
    try:
        found = entry_points(group=group)
    except Exception as error:
        raise ConfigError(
            f"cannot read the entry points of the installed packages: {_in_one_line(error)}",
            hint="find the damaged package: python -m pip check",
            code="config.package",
        ) from error
    names = sorted({entry.name for entry in found})
    return MappingProxyType({name: tuple(e for e in found if e.name == name) for name in names})


@cache
def load(group: str, name: str) -> Any:
    """Return what a package declares under a name, imported; None where no package declares it.

    Raises ConfigError for two packages with one name, and for a package that cannot be imported.
    """
    entries = declared(group).get(name, ())
    if not entries:
        return None
    if len(entries) > 1:
        packages = " and ".join(package(entry) for entry in entries)
        raise ConfigError(
            f"{name!r} is declared by {packages} ({group})",
            hint=f"keep one of them: {_uninstall(entries[-1])}",
            code="config.package",
        )
    try:
        return entries[0].load()
    except Exception as error:
        raise unusable(group, name, f"cannot be imported: {_in_one_line(error)}") from error


def unusable(group: str, name: str, problem: str) -> ConfigError:
    """Return the error for something that a package declares and that cannot be used: its `problem`."""
    entry = declared(group)[name][0]
    what = group.rpartition(".")[2].removesuffix("s")
    return ConfigError(
        f"{what} {name!r} of {package(entry)} {problem} ({entry.value})",
        hint=f"update the package or remove it: {_uninstall(entry)}",
        code="config.package",
    )


def package(entry: EntryPoint) -> str:
    """Return the name and version of the package that declares an entry point."""
    return f"package {entry.dist.name} {entry.dist.version}" if entry.dist else "a package"


def _uninstall(entry: EntryPoint) -> str:
    return f"python -m pip uninstall {entry.dist.name if entry.dist else 'PACKAGE'}"


def _in_one_line(error: Exception) -> str:
    """Return an exception in one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())
