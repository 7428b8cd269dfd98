"""What an HTTP status says of a call, where the vendor's own words say nothing better."""

from orderctl.errors import (
    LoginRefused,
    OrderctlError,
    OutcomeUnknown,
    PermissionDenied,
    RateLimited,
    Refused,
    Temporary,
)
from orderctl.http.exchange import Effect, Reply, Request

ADVICE = {
    401: "log in again: orderctl auth login",
    403: "the login lacks permission; ask the vendor's administrator",
    404: "check the profile's url",
    405: "check the profile's url",
    413: "send less at once: fewer lines",
    414: "send less at once, or not in the url",
    500: "the vendor's server failed",
    502: "the vendor's server, or the way to it, is down; try again in a minute",
    503: "too many requests, or maintenance; wait a couple of minutes",
    504: "the vendor was too slow; ask for less (a narrower filter, fewer lines)",
    505: "the vendor's server refuses this version of HTTP; its administrator must fix that",
}
"""What a status means and, behind a semicolon, what to do: not after a write that may have been applied."""

ASK_VENDOR = "this is the vendor's own message: ask the vendor what it means"
"""What to do about a refusal that no table lists."""

NOT_PROCESSED = frozenset({400, 401, 403, 404, 405, 411, 413, 414, 415, 422, 431})
"""Statuses that a server gives before it processes a write."""


def problem(
    reply: Reply, request: Request, effect: Effect, *, words: str = "", wait: float | None = None
) -> OrderctlError | None:
    """Return the error that a reply's status means, None for 2xx; `words` are the vendor's own, quoted.

    For a write, only the statuses of NOT_PROCESSED and 429 are a certain no; the rest is unknown. `wait` is how many
    seconds a busy vendor needs where it sends no Retry-After. A 404 is a wrong url here: a vendor whose 404 means
    that an order does not exist says so itself, before it asks.
    """
    code = reply.status
    if 200 <= code < 300:
        return None
    message = f"{request.purpose}: the vendor answered HTTP {code}"
    hint = ADVICE.get(code, "")
    asked = reply.retry_after
    if 300 <= code < 400:
        from orderctl.http.trace import safe_url  # noqa: PLC0415  (few answers are redirects)

        message += f", a redirect to {safe_url(reply.headers.get('location', ''))[:120]!r}, which is never followed"
        hint = "put the vendor's final address into the profile's url"
    message += f": {words}" if words else ""
    if code == 429 or (code == 503 and effect is Effect.READ):
        return RateLimited(
            message, hint=hint or ADVICE[503], http_status=code, retry_after=wait if asked is None else asked
        )
    if effect is Effect.WRITE and code not in NOT_PROCESSED:
        cause = hint if 300 <= code < 400 else hint.partition(";")[0]
        return unknown(message, hint=cause, http_status=code, retry_after=asked)
    if 300 <= code < 400:
        return Temporary(message, hint=hint, code="http.redirect", http_status=code)
    if code == 401:
        return LoginRefused(message, hint=hint, http_status=code)
    if code == 403:
        return PermissionDenied(message, hint=hint, http_status=code)
    if code in {408, 425} or (code >= 500 and code != 505):
        return Temporary(message, hint=hint or "try later", http_status=code, retry_after=asked)
    return Refused(message, hint=hint or ASK_VENDOR, http_status=code)


def unknown(
    what: str, *, hint: str = "", http_status: int | None = None, retry_after: float | None = None
) -> OutcomeUnknown:
    """Return the error for a write that may or may not have been applied; `what` says which, and why."""
    look = "it is not sent again by itself; look at the vendor before you repeat it"
    return OutcomeUnknown(
        f"{what}; it may or may not have been applied",
        hint=f"{hint}; {look}" if hint else look,
        http_status=http_status,
        retry_after=retry_after,
    )
