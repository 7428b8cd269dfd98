"""What an OMFlow server says: the envelope of every answer, what it means, and where a code may show."""

import re
from collections.abc import Mapping
from typing import Any

from orderctl.backend.call import Meaning, Verdict
from orderctl.backend.tolerant import as_text, one_line
from orderctl.errors import BadAnswer
from orderctl.frozen import dataclass
from orderctl.http.wire import nonsense, read_json
from orderctl.redaction import hide

NO_FORMS = "vendor.no_forms"
"""The code of an older server's refusal of a form."""

MESSAGES: Mapping[str, tuple[Meaning, str, str]] = {
    "'NoneType' object has no attribute 'api'": (Meaning.REFUSED, "", "check the flow in the profile: it is the flow's API path"),
    "'type'": (Meaning.REFUSED, "", "every field needs its type: --set FORMITM_4:h_title=…"),
    "API call is not enabled": (Meaning.REFUSED, "vendor.not_configured", "it is a setting of the flow {flow!r}, not of the values: ask the server's administrator to enable its API"),
    "Expecting value": (Meaning.REFUSED, "", "the form's data must be JSON"),
    "QueryDict instance is immutable": (Meaning.REFUSED, NO_FORMS, "this server takes no files with a create"),
    "get() returned more than one OmUser": (Meaning.REFUSED, "", "this login's name is part of another user's, which breaks the server: use another API user"),
    "invalid literal for int()": (Meaning.REFUSED, "", "an order's number is a whole number"),
}  # fmt: skip
"""Parts of messages, in English or in no language but Python's: what they mean, the code and what to do next.

With any of them nothing was processed.

From the source of the vendor's public server (syscomgo/omflow); read on 2026-11-21.
"""
# ruff: noqa: E501  (the table has a row a line)


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """What every answer is: the status in the body, the message, and the result, None where it is missing or empty."""

    status: int
    message: str
    result: Any

    @property
    def failure(self) -> str:
        """The message of a failure with its status, which alone is the same in every language."""
        return f"{self.message} (status {self.status})".strip()


def envelope(body: bytes) -> Envelope:
    """Return an answer of either generation of servers. Raises BadAnswer for anything else.

    >>> envelope(b'{"status": "200", "message": "ok", "result": ""}')
    Envelope(status=200, message='ok', result=None)
    """
    answer = read_json(body, vendor="OMFlow")
    status = str(answer.get("status", "")) if isinstance(answer, Mapping) else ""
    if not re.fullmatch(r"[1-9][0-9]{2}", status.strip()):
        raise nonsense(body, vendor="OMFlow", why="something without a status")
    result, message = answer.get("result"), one_line(answer.get("message"))
    if isinstance(result, Mapping) and "security" not in result and status != "200":
        message = "; ".join(filter(None, (message, one_line(result.get("result")))))
    return Envelope(status=int(status), message=message, result=None if result == "" else result)


def verdict(answer: Envelope, *, purpose: str, flow: str, login: str | None, over: bool) -> Verdict:
    """Return what an answer means, by its status and the table of messages; the value of a good one is its result.

    A refusal of the code and one for lack of a right have one status. `over` is whether the session may be over; where
    nobody can log in again, `login` is the command that logs in.
    """
    status = answer.status
    if status == 200:
        return Verdict(meaning=Meaning.DONE, message=answer.message, value=answer.result)
    message = answer.failure
    if status == 403 and login:
        hint = f"a code lives five minutes; log in for good: {login}"
        return Verdict(meaning=Meaning.LOGIN, message=message, hint=hint)
    if status == 403:
        hint = "the code is good, so the login lacks permission; ask the server's administrator"
        return Verdict(meaning=Meaning.EXPIRED if over else Meaning.PERMISSION, message=message, hint=hint)
    for known, (meaning, code, hint) in MESSAGES.items():
        if known in message and status in {404, 500}:
            return Verdict(meaning=meaning, message=message, code=code, hint=hint.format(flow=flow))
    if status == 404:
        hint = f"check the values (orderctl fields), and the flow {flow!r} of the profile"
        return Verdict(meaning=Meaning.REFUSED, message=message, hint=hint)
    failed = f"{purpose}: OMFlow says {message!r}"
    hint = "the vendor's server failed; try later"
    return Verdict(meaning=Meaning.NOTHING, message=message, nonsense=failed, hint=hint)


def log_in_verdict(body: bytes, *, again: str, colon: bool) -> Verdict:
    """Return what the answer to a login means; its value is the code. Nothing of what cannot be read is shown.

    `again` is the command that logs in, `colon` whether the password has one.
    """
    try:
        answer = envelope(body)
    except BadAnswer:
        why = nonsense(b"", vendor="OMFlow", why="a login with something that cannot be read")
        return Verdict(meaning=Meaning.NOTHING, nonsense=f"log in: {why.message}", hint=why.hint)
    code = answer.result.get("security") if isinstance(answer.result, Mapping) else None
    if answer.status == 200 and isinstance(code, str) and code:
        return Verdict(meaning=Meaning.DONE, value=code)
    hint = f"log in again: {again}; the name is the user's, not an e-mail address"
    hint += "; a password with a colon never works at OMFlow" if colon else ""
    return Verdict(meaning=Meaning.LOGIN, message=answer.failure, hint=hint)


def rejected(body: bytes) -> bool | None:
    """Return whether an answer rejects the code, or the right of whoever has it; None where it cannot be read."""
    try:
        return envelope(body).status == 403
    except BadAnswer:
        return None


def hide_codes(body: bytes) -> None:
    """Hide whatever looks like a security code in the answer to a login, wherever it is."""
    hide("security", "")
    for code in re.findall(r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}", body.decode("utf-8", "replace")):
        hide("security", code)


def number_of(result: Any) -> str | None:
    """Return the order's number that an answer gives, None where it gives none.

    >>> number_of(7), number_of("7"), number_of(None), number_of(True), number_of({"data_no": 7})
    ('7', '7', None, None, None)
    """
    text = plain(result).strip()
    return text if is_number(text) else None


def is_number(text: str) -> bool:
    """Return whether a text can be the number of an order or of a row, written as the server writes it."""
    return text.isascii() and text.isdecimal() and text[0] != "0" and len(text) < 19


def as_number(text: str | None) -> Any:
    """Return a number as a number; a hole that only an answer fills stays as it is."""
    return int(text) if text and is_number(text) else text


def plain(value: Any) -> str:
    """Return what a server says as the text to send back to it, every character as it came; "" for what is none."""
    return "" if value is None or isinstance(value, bool | list | Mapping) else as_text(value)
