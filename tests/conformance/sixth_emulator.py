"""The emulator of the sixth vendor: it shares no code with the vendor's module."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qs
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from orderctl.sandbox import web
from orderctl.sandbox.store import Document, Store, Table

NEXT = {"new": "packed", "packed": "closed"}


TABLES: Mapping[str, Table] = {"orders": Table(first=100, keys=("ref",))}


def app(store: Store, *, switches: Mapping[str, str] | None = None, authenticate: bool = True) -> WSGIApplication:
    """Return a tuck shop."""
    web.choose(switches or {}, {})

    def answered(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if authenticate and environ.get("HTTP_AUTHORIZATION") != "Key sandbox":
            return web.send(web.page(401), start)
        status, said = _answer(store, web.read(environ))
        return web.send(web.Answer(status=status, body=json.dumps(said).encode()), start)

    return answered


def _answer(store: Store, request: web.Request) -> tuple[int, object]:
    parts = request.path.strip("/").split("/")
    asked = parse_qs(request.query.decode())
    if parts == ["orders"] and request.method == "POST":
        order = json.loads(request.body)
        if store.count("orders", ("ref", "=", order["ref"])):
            return 409, {"error": "taken"}
        order |= {"state": "new", "made": datetime.now(UTC).isoformat()}
        return 201, {"number": str(store.add("orders", order))}
    if parts == ["orders"]:
        if "ref" in asked:
            found = store.find("orders", ("ref", "=", asked["ref"][0]))
        else:
            found = store.find("orders", offset=4 * (int(asked["page"][0]) - 1), limit=4)
        return 200, {"orders": [_shown(*one) for one in found]}
    number = int(parts[1]) if parts[1].isascii() and parts[1].isdigit() and len(parts[1]) < 15 else 0
    known = store.get("orders", number)
    if known is None:
        return 404, {"error": "no such order"}
    if parts[2:] == ["void"]:
        store.put("orders", number, known | {"state": "void"})
    elif parts[2:] == ["next"]:
        store.put("orders", number, known | {"state": NEXT.get(known["state"], known["state"])})
    return 200, _shown(number, known)


def _shown(number: int, order: Document) -> Document:
    return {"number": str(number), **order}
