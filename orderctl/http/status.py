"""What an HTTP status says of a call, where the vendor's own words say nothing better."""

from orderctl.errors import (
    LoginRefused,
    NotFound,
    OrderctlError,
    OutcomeUnknown,
    PermissionDenied,
    RateLimited,
    Refused,
    Temporary,
)
from orderctl.http.client import Effect, Reply, Request

ADVICE = {
    500: "the vendor's server failed",
    502: "the vendor's server, or the way to it, is down; try again in a minute",
    503: "too many requests, or maintenance; wait a couple of minutes",
    504: "the vendor was too slow: ask for less (a narrower filter, fewer lines)",
    505: "the vendor's server refuses this version of HTTP; its administrator must mend that",
}

NOT_PROCESSED = frozenset({400, 401, 403, 404, 405, 413, 415, 422})
"""Statuses that a server gives before it processes a write."""


def problem(
    reply: Reply, request: Request, effect: Effect, *, words: str = "", wait: float | None = None
) -> OrderctlError | None:
    """Return the error that a reply's status means, None for 2xx; `words` are the vendor's own, quoted.

    For a write, only the statuses of NOT_PROCESSED and 429 are a certain no; the rest is unknown. `wait` is how many
    seconds a busy vendor wants where it sends no Retry-After.
    """
    code = reply.status
    if 200 <= code < 300:
        return None
    said = f": {words}" if words else ""
    message = f"{request.purpose}: the vendor answered HTTP {code}{said}"
    hint = ADVICE.get(code, "")
    if code == 429 or (code == 503 and effect is Effect.READ):
        return RateLimited(message, hint=hint or ADVICE[503], http_status=code, retry_after=reply.retry_after or wait)
    if effect is Effect.WRITE and code not in NOT_PROCESSED:
        return OutcomeUnknown(
            f"{message}; it may or may not have been applied",
            hint=f"{hint}; look at the vendor before you repeat it".lstrip("; "),
            http_status=code,
            retry_after=reply.retry_after,
        )
    if code == 401:
        return LoginRefused(message, hint="log in again: orderctl auth login", http_status=code)
    if code == 403:
        return PermissionDenied(
            message, hint="the login lacks the right; ask the vendor's administrator", http_status=code
        )
    if code == 404 and effect is Effect.READ:
        return NotFound(message, hint="check the profile's url", http_status=code)
    if 300 <= code < 400:
        to = reply.headers.get("location", "")
        return Temporary(
            f"{message}, a redirect to {to[:80]!r}, which is never followed",
            hint="put the vendor's final address into the profile's url",
            code="http.redirect",
            http_status=code,
        )
    if code in {408, 425} or (code >= 500 and code != 505):
        return Temporary(message, hint=hint, http_status=code, retry_after=reply.retry_after)
    return Refused(message, hint=hint or "see what the vendor says of it", http_status=code)
