"""Stand-ins for modules that a library asks for and we do not use: what it imports can cost more than what it does.

A module that is loaded already is left alone, and other code gets the real ones.
"""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType

PACKAGES = frozenset({"email", "urllib"})
"""Packages whose modules are used as their attributes, after `import urllib.request`."""


class Empty(ModuleType):
    """A module in which every name is an empty class: for names that are only referred to."""

    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


class Later(ModuleType):
    """A module that is loaded when one of its names is first used."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)


@contextmanager
def replaced_modules(
    *, absent: Iterable[str] = (), empty: Iterable[str] = (), later: Iterable[str] = ()
) -> Iterator[None]:
    """Put stand-ins in their places while the block imports a library; an import of an absent module fails."""
    wanted: dict[str, ModuleType | None] = {
        **dict.fromkeys(absent),
        **{name: Empty(name) for name in empty},
        **{name: Later(name) for name in later},
    }
    placed = {name: module for name, module in wanted.items() if name not in sys.modules}
    sys.modules.update(placed)  # type: ignore[arg-type]  # None prevents an import
    for name, module in placed.items():
        package, _, inner = name.rpartition(".")
        if package in PACKAGES:  # a real import replaces it
            setattr(import_module(package), inner, module)
    try:
        yield
    finally:
        for name, module in placed.items():
            if sys.modules.get(name, module) is module:
                sys.modules.pop(name, None)
