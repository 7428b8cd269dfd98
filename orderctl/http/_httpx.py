"""httpx without what we do not use: its command line (click, rich, pygments) and anyio cost five interpreter starts.

Its INFO log holds whole urls, query secrets included, so it is silenced for good.
"""

import logging
import sys

_UNUSED = ("httpx._main", "anyio", "trio")
_hidden = [name for name in _UNUSED if name not in sys.modules]
for _name in _hidden:
    sys.modules[_name] = None  # type: ignore[assignment]  # None makes an import of it fail, which httpx allows for
try:
    import httpcore
    import httpx
finally:
    for _name in _hidden:
        del sys.modules[_name]

for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)

__all__ = ["httpcore", "httpx"]
