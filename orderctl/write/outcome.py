"""What became of one request of a write: the only place that decides it.

The precedence is the same for every vendor: not sent, which the client tells; then 429; then HTTP 3xx, 408, 425 and
5xx, whatever the body says; then what the vendor's table lists; then the HTTP status. An answer that is none of these
is unknown.
"""

from enum import StrEnum

from orderctl.backend.call import Meaning, Verdict, listed_error
from orderctl.errors import OrderctlError, OutcomeUnknown
from orderctl.http import Effect, Reply, Request, problem, unknown
from orderctl.http.status import NOT_PROCESSED


class Class(StrEnum):
    """What is known of one request after its answer. Not sent, and lost on the way, are errors of the client."""

    ACCEPTED = "accepted"
    """A create was accepted without an id: unknown until the order is found."""
    BUSY = "busy"
    """Not processed: the vendor asks us to wait."""
    DONE = "done"
    EXISTS = "exists"
    """Not processed: an order has the reference. It is looked up before anything is reported."""
    EXPIRED = "expired"
    """Not processed: the session is over."""
    REFUSED = "refused"
    """Not processed: the vendor refused the order or the login."""
    UNKNOWN = "unknown"
    """It may or may not have been applied."""


LISTED = {
    Meaning.CONFLICT: Class.REFUSED,
    Meaning.DONE: Class.DONE,
    Meaning.EXISTS: Class.EXISTS,
    Meaning.EXPIRED: Class.EXPIRED,
    Meaning.LOGIN: Class.REFUSED,
    Meaning.NOT_FOUND: Class.REFUSED,
    Meaning.PERMISSION: Class.REFUSED,
    Meaning.REFUSED: Class.REFUSED,
    Meaning.UNKNOWN: Class.UNKNOWN,
}
"""What a listed answer means, by its meaning."""


def classify(status: int, verdict: Verdict, *, create: bool = False) -> Class:
    """Return what a write's answer means, by its HTTP status and the vendor's verdict on its body.

    `create` is the request that makes an order: its answer must name one, and 409 means that the reference is taken.
    """
    if status == 429:
        return Class.BUSY
    if status in {408, 425} or 300 <= status < 400 or status >= 500 or status < 200:
        return Class.UNKNOWN
    meaning = verdict.meaning
    if meaning is Meaning.DONE and status >= 300:
        return Class.UNKNOWN  # a yes and a no at once
    if meaning is Meaning.DONE and create and verdict.value is None:
        return Class.ACCEPTED
    if meaning in LISTED:
        return LISTED[meaning]
    if status == 409 and create:
        return Class.EXISTS
    return Class.REFUSED if status in NOT_PROCESSED else Class.UNKNOWN


def error_of(
    reply: Reply, verdict: Verdict, request: Request, *, title: str, wait: float | None, create: bool = False
) -> OrderctlError | None:
    """Return the error that a write's answer means, None where it was done or accepted.

    `title` is the vendor's, `wait` how many seconds a busy vendor needs where it sends no Retry-After.
    """
    known = classify(reply.status, verdict, create=create)
    if known in {Class.ACCEPTED, Class.DONE}:
        return None
    listed = listed_error(verdict, reply, purpose=request.purpose, title=title)
    if listed is not None and known not in {Class.BUSY, Class.UNKNOWN}:
        return listed
    by_status = problem(reply, request, Effect.WRITE, words=verdict.message, wait=wait)
    if known not in {Class.EXISTS, Class.UNKNOWN} or isinstance(by_status, OutcomeUnknown):
        return by_status
    said = verdict.message and f"{title} says {verdict.message!r}"
    what = said or verdict.nonsense or f"{title} says neither ok nor what is wrong"
    return unknown(f"{request.purpose}: {what}", http_status=reply.status)
