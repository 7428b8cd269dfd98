"""Why a request failed, for the person who waits for it, and what to do about it."""

import os
import ssl
from collections.abc import Iterator

from orderctl.errors import ConfigError
from orderctl.http._httpx import httpx
from orderctl.http.transports import Proxy
from orderctl.redaction import redact


def why(error: httpx.HTTPError, proxy: Proxy | None, *, tunnel: bool) -> str:
    """Return what went wrong in the words of the person who waits for it; through a `tunnel` the proxy answered."""
    untrusted = certificate(error)
    to = f" to {proxy}" if proxy and not tunnel else ""
    through = f", through {proxy}" if proxy and tunnel else ""
    if untrusted:
        return f"the certificate of {proxy if to else 'the server'} is not trusted ({untrusted}){through}"
    if isinstance(error, httpx.ConnectTimeout):
        return f"no connection{to} in the time allowed{through}"
    if isinstance(error, httpx.TimeoutException):
        return f"no answer in the time allowed{through}"
    if isinstance(error, httpx.RemoteProtocolError):
        return f"the connection was closed before the answer was complete, or the answer is not HTTP{through}"
    text = redact(_reason(error) or str(error))[:200]
    if isinstance(error, httpx.ProxyError):
        return f"{proxy or 'the proxy'} refused the connection ({text})"
    what = f"no connection{to}" if isinstance(error, httpx.ConnectError) else "the connection broke"
    return (f"{what} ({text})" if text else what) + through


OF_TIME = ("expired", "not yet valid")
"""What OpenSSL says of a certificate that is good at another time."""


def trust_hint(reason: str = "") -> str:
    """Return what to do about a certificate that is not trusted, for OpenSSL's `reason`."""
    if any(words in reason for words in OF_TIME):
        return "look at this machine's clock (date); if it is right, the server needs a new certificate"
    ignored = [name for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE") if os.environ.get(name)]
    hint = "check the profile's url; for your organisation's own certificates, set SSL_CERT_FILE to their PEM file"
    return f"{hint} (not read: {', '.join(ignored)})" if ignored else hint


def refused_by_proxy(what: str, status: int, proxy: Proxy | None) -> ConfigError:
    """Return the error for a proxy that lets nobody through, or not without a login."""
    variable = proxy.variable if proxy else "the proxy's variable"
    hint = {
        403: f"ask the proxy's administrator, or name the vendor's host in NO_PROXY, or change {variable}",
        407: f"put the proxy's login into {variable}: http://USER:PASSWORD@HOST:PORT",
    }[status]
    return ConfigError(f"{what}; nothing was sent", hint=hint, code="http.proxy_refused", http_status=status)


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def certificate(error: BaseException) -> str:
    """Return why a certificate failed, "" where none did."""
    return next((c.verify_message for c in _causes(error) if isinstance(c, ssl.SSLCertVerificationError)), "")


def _reason(error: BaseException) -> str:
    """Return the operating system's own words, without a number in front."""
    return next((c.strerror for c in _causes(error) if isinstance(c, OSError) and c.strerror), "")
