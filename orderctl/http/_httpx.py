"""httpx without what we do not use and what costs much to import: its command line, its cookies, and email.

Without cookies, one answer cannot hang a session on the next call. Its INFO log holds whole urls, query secrets
included, so it is silenced for good. A connection that brought more bytes than its answer is closed: httpcore would
keep them and take them for the answer to the next request.
"""

import logging

from orderctl.stand_ins import replaced_modules

# In interpreter starts: the command line costs 4.4 where its extra is installed, each of the others 0.5 to 1.1.
with replaced_modules(absent=["httpx._main"], empty=["http.cookiejar", "urllib.request"], later=["email.message"]):
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

for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)

__all__ = ["httpcore", "httpx"]
