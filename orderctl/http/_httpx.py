"""httpx without what we do not use, half of what importing it costs: its command line, anyio, its async half, cookies.

Without cookies, one answer cannot hang a session on the next call. Its INFO log holds whole urls, query secrets
included, so it is silenced for good. A connection that brought more bytes than its answer is closed: httpcore would
keep them and take them for the answer to the next request.
"""

import logging
import sys

from orderctl.stand_ins import Later, replaced_modules

with replaced_modules(
    absent=("httpx._main", "anyio", "trio"),
    empty=("http.cookiejar", "httpcore._async", "urllib.request"),
    later=("certifi", "email.message", "idna", "mimetypes"),
):
    import httpcore
    import httpx

httpx.Cookies.extract_cookies = lambda _self, _response: None  # type: ignore[method-assign, assignment]

_response_closed = httpcore.HTTP11Connection._response_closed  # noqa: SLF001  (a test holds it)


def _close_after_surplus(connection: httpcore.HTTP11Connection) -> None:
    """Close a connection whose answer is read and that holds more bytes; let httpcore decide otherwise."""
    if connection._h11_state.trailing_data[0]:  # noqa: SLF001
        connection.close()
    else:
        _response_closed(connection)


httpcore.HTTP11Connection._response_closed = _close_after_surplus  # type: ignore[assignment, method-assign]  # noqa: SLF001

sys.modules.setdefault("certifi", Later("certifi"))  # httpx imports it anew for every transport

for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)

__all__ = ["httpcore", "httpx"]
