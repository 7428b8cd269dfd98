"""The address of a store: `/sandbox-ID` before the path of a call, which then reaches that store and no other.

A call for a store that was emptied or replaced is answered 405 without any method allowed, as HTTP has it for what was
taken away on purpose: every client takes that for a certain no and for a wrong address, never for a missing order.
Without an address a call reaches whatever store there is.
"""

import json
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment
from wsgiref.util import request_uri

from orderctl.sandbox import web
from orderctl.sandbox.store import Replaced, Store

PREFIX = "sandbox-"
"""How the first part of a path begins that is an address."""

WANTED = "orderctl.sandbox"
"""The key of a call's environment that holds the id of the store that the call is for."""


class Addressed:
    """`app`, a call's address taken away from its path first; `identity` is that of calls without an address."""

    def __init__(self, app: WSGIApplication, store: Store, identity: str | None) -> None:
        self._app, self._store, self._identity = app, store, identity

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        wanted = self._identity
        head, slash, rest = environ.get("PATH_INFO", "")[1:].partition("/")
        if head.startswith(PREFIX):
            wanted = head.removeprefix(PREFIX)
            place = {"SCRIPT_NAME": f"{environ.get('SCRIPT_NAME', '')}/{head}", "PATH_INFO": slash + rest}
            environ = {**environ, **place}
        if wanted is None:
            return self._app(environ, start_response)
        if wanted != self._store.identity():
            return _replaced(self._store, environ, start_response)
        return self._app({**environ, WANTED: wanted}, start_response)


class Guarded:
    """`app`, which changes nothing for a call whose store was replaced after the call had arrived."""

    def __init__(self, app: WSGIApplication, store: Store) -> None:
        self._app, self._store = app, store

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        if WANTED not in environ:
            return self._app(environ, start_response)
        try:
            with self._store.only(environ[WANTED]):
                return self._app(environ, start_response)
        except Replaced:
            return _replaced(self._store, environ, start_response)


def path(store: Store) -> str:
    """Return the address of a store as it is now: `/sandbox-9f86d081884c7d65`."""
    return f"/{PREFIX}{store.identity()}"


def _replaced(store: Store, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    said = "this sandbox was emptied or replaced"
    if environ.get("SCRIPT_NAME"):
        root = request_uri({**environ, "SCRIPT_NAME": "", "PATH_INFO": path(store)}, include_query=False)
        said += f": its address is now {root}"
    body = json.dumps({"error": said}).encode()
    return web.send(web.Answer(status=405, body=body, headers={"Allow": ""}), start_response)
