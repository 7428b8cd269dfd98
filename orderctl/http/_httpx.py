"""httpx without what we do not use, half of what importing it costs: its command line, anyio, its async half, cookies.

Without cookies, one answer cannot hang a session on the next call. Its INFO log holds whole urls, query secrets
included, so it is silenced for good.
"""

import logging
import sys

from orderctl.stand_ins import Later, standing_in

with standing_in(
    absent=("httpx._main", "anyio", "trio"),
    empty=("http.cookiejar", "httpcore._async", "urllib.request"),
    later=("certifi", "email.message", "idna", "mimetypes"),
):
    import httpcore
    import httpx

httpx.Cookies.extract_cookies = lambda _self, _response: None  # type: ignore[method-assign, assignment]

sys.modules.setdefault("certifi", Later("certifi"))  # httpx imports it anew for every transport

for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)

__all__ = ["httpcore", "httpx"]
