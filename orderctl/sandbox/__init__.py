"""The sandbox: an emulator of every vendor, so that orderctl can be tried and tested without a server or an account.

An emulator is the independent witness of what orderctl did: it follows the vendor's documents, oddities included,
is never kinder than the vendor, and shares no code with orderctl's backends. It is a plain WSGI application over
one SQLite file, driven in the process by a transport or over loopback by `orderctl.sandbox.serve`.

A new emulator is one module with `app(store_path, *, switches, authenticate)` and one line in `EMULATORS`.
"""

from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from wsgiref.types import WSGIApplication

EMULATORS: Mapping[str, str] = {
    "flyerlink": "orderctl.sandbox.flyerlink.emulator",
    "imonggo": "orderctl.sandbox.imonggo.emulator",
    "omflow": "orderctl.sandbox.omflow.emulator",
    "onebox": "orderctl.sandbox.onebox.emulator",
    "qince": "orderctl.sandbox.qince.emulator",
}


def load(
    vendor: str,
    store_path: Path | str,
    *,
    switches: Mapping[str, str] | None = None,
    faults: Iterable[str] | None = None,
    authenticate: bool = True,
) -> WSGIApplication:
    """Return the emulator of `vendor` as a WSGI application over the file `store_path`, made when missing.

    `store_path` may be `:memory:`. `switches` are the emulator's own (see its module's `SWITCHES`), `faults`
    are specs of `orderctl.sandbox.faults`. With `authenticate=False` no login is asked for.
    Raises ValueError for an unknown vendor, switch or fault, naming the known ones.
    """
    if vendor not in EMULATORS:
        raise ValueError(f"no emulator for {vendor!r}; there are: {', '.join(EMULATORS)}")
    app: WSGIApplication = import_module(EMULATORS[vendor]).app(
        store_path, switches=switches or {}, authenticate=authenticate
    )
    specs = tuple(faults or ())
    if not specs:
        return app
    spoilt: WSGIApplication = import_module("orderctl.sandbox.faults").Faults(app, specs)
    return spoilt


def reset(store_path: Path | str) -> None:
    """Empty an emulator's store: every order, customer and record of calls goes, and ids start anew.

    A process that has the file open sees the empty store at once. A missing file is fine.
    """
    import_module("orderctl.sandbox.store").reset(store_path)
