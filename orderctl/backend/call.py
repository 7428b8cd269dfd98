"""What a vendor's answer means: the verdict that a vendor gives, and the error that it is when it answers a read.

What became of a write is decided by `orderctl.write.outcome`.
"""

from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from typing import Any

from orderctl.errors import (
    BadAnswer,
    Conflict,
    LoginRefused,
    NotFound,
    OrderctlError,
    PermissionDenied,
    Problem,
    Refused,
)
from orderctl.frozen import dataclass
from orderctl.http import Effect, Reply, Request, problem
from orderctl.http.status import ASK_VENDOR


class Meaning(StrEnum):
    """What the body of an answer means. All but DONE, NO, NOTHING come from a vendor's table of messages."""

    CONFLICT = "conflict"
    """The order is in another state, or something belongs to another one; nothing was processed."""
    DONE = "done"
    """The vendor says yes."""
    EXISTS = "exists"
    """An order has this reference already; nothing was made."""
    EXPIRED = "expired"
    """The session is over; nothing was processed. After one renewal the same request may be sent again."""
    LOGIN = "login"
    """The login is not accepted; nothing was processed."""
    NO = "no"
    """The vendor says no in words that nobody has listed."""
    NOTHING = "nothing"
    """The body says neither yes nor no: the HTTP status decides."""
    NOT_FOUND = "not found"
    """There is no such order."""
    PERMISSION = "permission"
    """The login lacks a right; nothing was processed."""
    REFUSED = "refused"
    """The vendor says no, and is known to mean that nothing was processed."""
    UNKNOWN = "unknown"
    """The vendor says something after which nobody knows what it did."""


ERRORS: dict[Meaning, type[OrderctlError]] = {
    Meaning.CONFLICT: Conflict,
    Meaning.EXISTS: Conflict,
    Meaning.EXPIRED: PermissionDenied,
    Meaning.LOGIN: LoginRefused,
    Meaning.NOT_FOUND: NotFound,
    Meaning.PERMISSION: PermissionDenied,
    Meaning.REFUSED: Refused,
}
"""The error that a listed answer means, to a read and to a write."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a vendor's answer means.

    `message` is the vendor's own, as one line. `value` is what the caller asked for: of a read the decoded answer, of a
    create the id, None where the answer has none. `code` and `hint` come from the vendor's table; `order_id` is the
    order that a refusal names, or the one that a write says it changed. `nonsense` says why an answer cannot be read.
    """

    meaning: Meaning
    message: str = ""
    value: Any = None
    code: str = ""
    hint: str = ""
    order_id: str | None = None
    nonsense: str = ""


def decoded(reply: Reply, decode: Callable[[bytes], Any]) -> tuple[Any, Verdict | None]:
    """Return what `decode` makes of an answer's body, or None and the verdict on an answer that cannot be read.

    A body that is not UTF-8 is read in the charset that its content type names; XML names its own.
    """
    try:
        return decode(_in_utf8(reply)), None
    except BadAnswer as error:
        return None, Verdict(meaning=Meaning.NOTHING, nonsense=error.message, hint=error.hint)


def _in_utf8(reply: Reply) -> bytes:
    body = reply.body
    charset = reply.headers.get("content-type", "").lower().partition("charset=")[2].partition(";")[0].strip(' "')
    if charset in {"", "utf-8", "utf8"} or body.lstrip().startswith(b"<"):
        return body
    try:
        body.decode()
    except UnicodeDecodeError:
        with suppress(LookupError, UnicodeError):
            return body.decode(charset).encode()
    return body


def listed_error(verdict: Verdict, reply: Reply, *, purpose: str, title: str) -> OrderctlError | None:
    """Return the error that a listed answer means, quoting the vendor; None for any other answer."""
    kind = ERRORS.get(verdict.meaning)
    if kind is None:
        return None
    failed = reply.status >= 400
    return kind(
        f"{purpose}: {title} says {verdict.message!r}",
        hint=verdict.hint or (ASK_VENDOR if kind is Refused else ""),
        code=verdict.code,
        fields=[Problem("", verdict.message)] if failed and kind is Refused else (),
        http_status=reply.status if failed else None,
        order_id=verdict.order_id,
    )


def read_error(
    verdict: Verdict, reply: Reply, request: Request, *, title: str, wait: float | None
) -> OrderctlError | None:
    """Return what is wrong with the answer to a read, None where it is a good one.

    The precedence is that of a write: 429, a redirect, 408, 425 and 5xx come first, so that a server that fails never
    says that there is no such order; then what the vendor's table lists, then the HTTP status. `wait` is how many
    seconds a 503 without Retry-After means at this vendor.
    """
    by_status = problem(reply, request, Effect.READ, words=verdict.message, wait=wait)
    listed = listed_error(verdict, reply, purpose=request.purpose, title=title)
    failed = reply.status in {408, 425, 429} or 300 <= reply.status < 400 or reply.status >= 500
    if by_status is not None and (listed is None or failed):
        return by_status
    if listed is not None or verdict.meaning is Meaning.DONE:
        return listed
    if verdict.meaning in {Meaning.NO, Meaning.UNKNOWN}:
        return Refused(
            f"{request.purpose}: {title} says {verdict.message!r}",
            hint=ASK_VENDOR,
        )
    why = verdict.nonsense or f"{request.purpose}: {title} answers nothing that was asked for"
    return BadAnswer(why, hint=verdict.hint)
