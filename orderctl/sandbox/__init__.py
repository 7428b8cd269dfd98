"""The sandbox: an emulator of every vendor, so that orderctl can be tried and tested without a server or an account.

An emulator is the independent witness of what orderctl did: it follows the vendor's documents, oddities included,
is never kinder than the vendor, and shares no code with orderctl's backends. It is a plain WSGI application over
one SQLite file, driven in the process by a transport or over loopback by `orderctl.sandbox.serve`.

A new emulator is one module with `TABLES`, `app(store, *, switches, authenticate)`, and one line in `EMULATORS`.
"""

from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

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
    deadline: float | None = None,
) -> Emulator:
    """Return the emulator of `vendor` over the file `store_path`, made when missing; whoever loads it closes it.

    `store_path` may be `:memory:`. `switches` are the emulator's own (see its module's `SWITCHES`), `faults`
    are specs of `orderctl.sandbox.faults`. With `authenticate=False` no login is asked for. No call waits for
    another process beyond `deadline` (of `time.monotonic`).
    Raises ValueError for an unknown vendor, switch or fault, naming the known ones, and what `Store` raises.
    """
    if vendor not in EMULATORS:
        raise ValueError(f"no emulator for {vendor!r}; there are: {', '.join(EMULATORS)}")
    module = import_module(EMULATORS[vendor])
    store: Store = import_module("orderctl.sandbox.store").Store(store_path, module.TABLES, deadline=deadline)
    try:
        app: WSGIApplication = module.app(store, switches=switches or {}, authenticate=authenticate)
        specs = tuple(faults or ())
        if specs:
            app = import_module("orderctl.sandbox.faults").Faults(app, specs)
    except BaseException:
        store.close()
        raise
    return Emulator(app, store)


def reset(store_path: Path | str, *, deadline: float | None = None) -> None:
    """Empty an emulator's store: every order, customer and record of calls goes, and ids start anew.

    A process that has the file open sees the empty store at once. A missing file is fine. Raises what `Store` raises.
    """
    import_module("orderctl.sandbox.store").reset(store_path, deadline=deadline)
