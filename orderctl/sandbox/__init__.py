"""The sandbox: an emulator of every vendor, so that orderctl can be tried and tested without a server or an account.

An emulator is the independent witness of what orderctl did: it follows the vendor's documents, oddities included,
is never kinder than the vendor, and shares no code with orderctl's backends. It is a plain WSGI application over
one SQLite file, driven in the process by a transport or over loopback by `orderctl.sandbox.serve`.

An emulator is one module with `TABLES` and `app(store, *, switches, authenticate)`, and one line in `EMULATORS` or, in
another package, an entry point of the group `orderctl.emulators`.
"""

from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from orderctl.errors import ConfigError

if TYPE_CHECKING:
    from orderctl.sandbox.store import Store

EMULATORS: Mapping[str, str] = {
    "flyerlink": "orderctl.sandbox.flyerlink.emulator",
    "imonggo": "orderctl.sandbox.imonggo.emulator",
    "omflow": "orderctl.sandbox.omflow.emulator",
    "onebox": "orderctl.sandbox.onebox.emulator",
    "qince": "orderctl.sandbox.qince.emulator",
}


class Emulator:
    """An emulator over its store, as a WSGI application that is closed when nobody calls it any more."""

    def __init__(self, app: WSGIApplication, store: "Store") -> None:
        self._app = app
        self.store = store

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        return self._app(environ, start_response)

    @property
    def path(self) -> str:
        """The path under which the store, as it is now, is served: `/sandbox-ID`."""
        address: str = import_module("orderctl.sandbox.address").path(self.store)
        return address

    def close(self) -> None:
        """Close the store."""
        self.store.close()


def load(
    vendor: str,
    store_path: Path | str,
    *,
    switches: Mapping[str, str] | None = None,
    faults: Iterable[str] | None = None,
    authenticate: bool = True,
    identity: str | None = None,
    deadline: float | None = None,
) -> Emulator:
    """Return the emulator of `vendor` over the file `store_path`, made when missing; whoever loads it closes it.

    `store_path` may be `:memory:`. `switches` are the emulator's own (see its module's `SWITCHES`), `faults`
    are specs of `orderctl.sandbox.faults`. With `authenticate=False` no login is asked for. With an
    `identity`, calls are answered only while it is the store's. No call waits for another process beyond `deadline`
    (of `time.monotonic`).
    Raises ValueError for an unknown switch or fault, naming the known ones, ConfigError for a vendor without an
    emulator, and what `Store` raises.
    """
    address = import_module("orderctl.sandbox.address")
    module = emulator(vendor)
    store: Store = import_module("orderctl.sandbox.store").Store(store_path, module.TABLES, deadline=deadline)
    try:
        app: WSGIApplication = module.app(store, switches=switches or {}, authenticate=authenticate)
        app = address.Guarded(app, store)
        specs = tuple(faults or ())
        if specs:
            app = import_module("orderctl.sandbox.faults").Faults(app, specs, recorded=store.recorded)
        app = address.Addressed(app, store, identity)
    except BaseException:
        store.close()
        raise
    return Emulator(app, store)


def identity(store_path: Path | str, vendor: str, *, deadline: float | None = None) -> str:
    """Return the id of an emulator's store, made when missing: 16 hexadecimal digits, other ones after every `reset`.

    Raises ConfigError for a vendor without an emulator, and what `Store` raises.
    """
    if vendor not in EMULATORS:
        emulator(vendor)
    found: str = import_module("orderctl.sandbox.store").identity(store_path, deadline=deadline)
    return found


def reset(store_path: Path | str, *, deadline: float | None = None) -> str | None:
    """Empty an emulator's store: every order, customer and record of calls goes, and ids start anew.

    The store gets a new id of its own; the one that it had is returned, None for a missing file, which is fine.
    A process that has the file open sees the empty store at once. Raises what `Store` raises.
    """
    before: str | None = import_module("orderctl.sandbox.store").reset(store_path, deadline=deadline)
    return before


def emulated() -> list[str]:
    """Return the names of the vendors that have an emulator, sorted, those of other packages too."""
    from orderctl import plugins  # noqa: PLC0415  (importlib.metadata; a built-in vendor needs none of it)

    return sorted({*EMULATORS, *plugins.declared(plugins.EMULATORS)})


def emulator(vendor: str) -> Any:
    """Return the module of a vendor's emulator.

    Raises ConfigError for a vendor that has none, and for one of another package that cannot be used.
    """
    if vendor in EMULATORS:
        return import_module(EMULATORS[vendor])
    from orderctl import plugins  # noqa: PLC0415  (as above)

    found = plugins.load(plugins.EMULATORS, vendor)
    if found is None:
        raise ConfigError(
            f"vendor {vendor!r} has no emulator; there are: {', '.join(emulated())}",
            hint="give its profile the vendor's own url; to add an emulator: orderctl help adding-a-vendor",
        )
    if not (callable(getattr(found, "app", None)) and isinstance(getattr(found, "TABLES", None), Mapping)):
        raise plugins.unusable(plugins.EMULATORS, vendor, "has no app(store, *, switches, authenticate) or no TABLES")
    return found
