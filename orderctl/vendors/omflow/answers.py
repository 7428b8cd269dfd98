"""What an OMFlow server says: the envelope of every answer, what a status means, and where a code may show."""

import re
from collections.abc import Mapping
from typing import Any

from orderctl import errors
from orderctl.backend.tolerant import one_line
from orderctl.frozen import dataclass
from orderctl.http import Effect, unknown
from orderctl.http.wire import nonsense, read_json
from orderctl.redaction import hide

NO_FORMS = "QueryDict instance is immutable"
"""What an older server says of a form, before it does anything. Python's words are in no language but its own."""

EXCEPTIONS: Mapping[str, str] = {
    "'NoneType' object has no attribute 'api'": "check the flow in the profile: it is the flow's API path",
    "'type'": "every field needs its type: --set FORMITM_4:h_title=…",
    "Expecting value": "the form's data must be JSON",
    "get() returned more than one OmUser": "this login's name is part of another user's, which breaks the server:"
    " use another API user",
    "invalid literal for int()": "an order's number is a whole number",
    NO_FORMS: "this server takes no files with a create",
}
"""Parts of what a server says with status 500 before it does anything, and what to do next."""


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a server says: the status in the body, its words, and the result, None where it is lacking or empty."""

    status: int
    words: str
    result: Any


def envelope(body: bytes) -> Said:
    """Return what an answer says, of either generation of servers. Raises BadAnswer for anything else.

    >>> envelope(b'{"status": "200", "message": "ok", "result": ""}')
    Said(status=200, words='ok', result=None)
    """
    answer = read_json(body, vendor="OMFlow")
    status = str(answer.get("status", "")) if isinstance(answer, Mapping) else ""
    if not re.fullmatch(r"[1-9][0-9]{2}", status.strip()):
        raise nonsense(body, vendor="OMFlow", why="something without a status")
    result, words = answer.get("result"), one_line(answer.get("message"))
    if isinstance(result, Mapping) and "security" not in result and status != "200":
        words = "; ".join(filter(None, (words, one_line(result.get("result")))))
    return Said(status=int(status), words=words, result=None if result == "" else result)


def refusal(said: Said, effect: Effect, purpose: str, *, flow: str, login: str | None) -> errors.OrderctlError:
    """Return what a status in the body means; `login` is the command that logs in for good, where nobody has."""
    what = f"{purpose}: OMFlow says {said.words!r} (status {said.status})"
    if said.status == 403 and login:
        return errors.LoginRefused(what, hint=f"a code lives five minutes; log in for good: {login}")
    if said.status == 403:
        hint = "the code is good, so the login lacks the right; ask the server's administrator"
        return errors.PermissionDenied(what, hint=hint)
    if said.status == 404:
        return errors.Refused(what, hint=f"check the values (orderctl fields), and the flow {flow!r} of the profile")
    hint = next((h for text, h in EXCEPTIONS.items() if text in said.words), "")
    if hint:
        return errors.Refused(what, hint=hint, code="vendor.no_forms" if NO_FORMS in said.words else "")
    if effect is Effect.WRITE:
        return unknown(what)
    return errors.Temporary(what, hint="the vendor's server failed; try later")


def welcome(body: bytes) -> Said:
    """Return what the answer to a log-in says. Raises BadAnswer that shows nothing of it: it may hold a code."""
    try:
        return envelope(body)
    except errors.BadAnswer:
        raise nonsense(b"", vendor="OMFlow", why="a log-in with something that cannot be read") from None


def hide_codes(body: bytes) -> None:
    """Hide whatever looks like a security code in the answer to a log-in, wherever it stands there."""
    hide("security", "")
    for code in re.findall(r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}", body.decode("utf-8", "replace")):
        hide("security", code)
