"""httpx without what we do not use, half of what importing it costs: its command line, anyio, its async half, cookies.

While it loads, some modules that it asks for are absent, as it allows for, some hold empty classes for names that it
only refers to, and some are loaded when first used. A module that is loaded already is left alone, and other code gets
the real ones. Without cookies, one answer cannot hang a session on the next call.

Its INFO log holds whole urls, query secrets included, so it is silenced for good.
"""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType

ABSENT = ("httpx._main", "anyio", "trio")

EMPTY = ("http.cookiejar", "httpcore._async", "urllib.request")

LATER = ("certifi", "email.message", "idna", "mimetypes")


class _Empty(ModuleType):
    """A module in which every name is an empty class."""

    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


class _Later(ModuleType):
    """A module that is loaded when one of its names is first used."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)


@contextmanager
def _trimmed() -> Iterator[None]:
    """Put the stand-ins in their places for as long as the block runs."""
    stand_ins: dict[str, ModuleType | None] = {
        **dict.fromkeys(ABSENT),
        **{name: _Empty(name) for name in EMPTY},
        **{name: _Later(name) for name in LATER},
    }
    placed = {name: module for name, module in stand_ins.items() if name not in sys.modules}
    sys.modules.update(placed)  # type: ignore[arg-type]  # None bars an import
    for name, module in placed.items():
        parent, _, child = name.rpartition(".")
        if parent in {"email", "urllib"}:  # `import urllib.request` binds the package; a real import replaces this
            setattr(import_module(parent), child, module)
    try:
        yield
    finally:
        for name in placed.keys() - {"certifi"}:  # which httpx imports anew for every transport
            del sys.modules[name]


with _trimmed():
    import httpcore
    import httpx

httpx.Cookies.extract_cookies = lambda _self, _response: None  # type: ignore[method-assign, assignment]

for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)

__all__ = ["httpcore", "httpx"]
