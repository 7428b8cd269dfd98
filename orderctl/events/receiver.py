"""The WSGI application that vendors push to: an event is acknowledged only when the inbox has it.

One path is known, and it is a secret: any other is answered 404 with an empty body.
"""

import datetime as dt
import hmac
from collections.abc import Callable, Iterable
from http import HTTPStatus
from wsgiref.types import StartResponse, WSGIEnvironment

from orderctl.backend.vendor import BadSignature, Profile, UnreadableEvent, Webhook
from orderctl.errors import OrderctlError
from orderctl.events.inbox import REMEMBERED, Inbox
from orderctl.model import Event

MAX_BYTES = 1_048_576
"""Bytes that an event may have."""


class Refusal(Exception):
    """Why a request is not taken: a status, and for the log what happened."""

    def __init__(self, status: HTTPStatus, why: str) -> None:
        super().__init__(why)
        self.status = status


class Receiver:
    """The application that takes the events of one profile at `/SEGMENT`.

    `report` is called for every request to the right path: with `stored`, `replayed` or `refused`, and a line.
    """

    def __init__(
        self,
        inbox: Inbox,
        *,
        segment: str,
        profile: Profile,
        receiving: Webhook,
        secret: str | None,
        report: Callable[[str, str], None],
    ) -> None:
        self._inbox = inbox
        self._path = f"/{segment}".encode()
        self._profile = profile
        self._receiving = receiving
        self._secret = secret
        self._report = report

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request, as WSGI has it."""
        path = environ.get("PATH_INFO", "").encode("latin-1", "replace")
        if not hmac.compare_digest(path, self._path):
            return _answer(start_response, HTTPStatus.NOT_FOUND, "")
        status, answer = HTTPStatus.OK, self._receiving.accepted
        try:
            self._take(environ)
        except Refusal as refusal:
            status, answer = refusal.status, self._receiving.refused
            self._report("refused", f"refused ({status}): {refusal}")
        except OrderctlError as error:
            status, answer = HTTPStatus.INTERNAL_SERVER_ERROR, self._receiving.refused
            self._report("refused", f"an event was not stored, so not acknowledged: {error.message}")
        except Exception as error:  # noqa: BLE001  (nor its words: they, and a traceback, may hold event and path)
            status, answer = HTTPStatus.INTERNAL_SERVER_ERROR, self._receiving.refused
            self._report("refused", f"an event was not stored, so not acknowledged: {type(error).__name__}")
        return _answer(start_response, status, answer)

    def _take(self, environ: WSGIEnvironment) -> None:
        """Store the event of a request. Raises Refusal, and OrderctlError where the inbox cannot."""
        body = _body(environ)
        event = self._event(body, environ.get("CONTENT_TYPE", ""))
        about = f"{event.kind or 'event'} of order {event.order_id}"
        number = self._inbox.add(event, profile=self._profile.name, vendor=self._profile.vendor, body=body)
        if number is None:
            self._report("replayed", f"{about}: was here before")
        else:
            self._report("stored", f"{about}: stored as event {number}")

    def _event(self, body: bytes, content_type: str) -> Event:
        try:
            event = self._receiving.read(body, content_type, self._profile, self._secret)
        except UnreadableEvent as error:
            raise Refusal(HTTPStatus.BAD_REQUEST, str(error)) from error
        except BadSignature as error:
            raise Refusal(HTTPStatus.FORBIDDEN, str(error)) from error
        if event.proven and event.sent_at is None:
            raise Refusal(
                HTTPStatus.FORBIDDEN, "its timestamp is not in milliseconds, so a replay cannot be recognised"
            )
        if event.proven and event.sent_at and abs(dt.datetime.now(dt.UTC) - event.sent_at) > REMEMBERED:
            raise Refusal(HTTPStatus.FORBIDDEN, f"it was signed more than {REMEMBERED.days} days ago")
        return event


def _body(environ: WSGIEnvironment) -> bytes:
    """Return the body of a POST, whole and of a bounded size. Raises Refusal."""
    if environ["REQUEST_METHOD"] != "POST":
        raise Refusal(HTTPStatus.METHOD_NOT_ALLOWED, "it is not a POST")
    given = environ.get("CONTENT_LENGTH") or ""
    if given and not (given.isascii() and given.isdigit()):
        raise Refusal(HTTPStatus.BAD_REQUEST, "its Content-Length is not a number")
    length = int(given[:12]) if given else None
    if length is not None and length > MAX_BYTES:
        raise Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"it has {given} bytes")
    if length is None and not environ.get("wsgi.input_terminated"):
        raise Refusal(HTTPStatus.LENGTH_REQUIRED, "it has no Content-Length")
    body: bytes = environ["wsgi.input"].read(MAX_BYTES + 1 if length is None else length)
    if len(body) > MAX_BYTES:
        raise Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"it has more than {MAX_BYTES} bytes")
    if length is not None and len(body) != length:
        raise Refusal(HTTPStatus.BAD_REQUEST, f"it was cut: {len(body)} of {length} bytes came")
    return body


def _answer(start_response: StartResponse, status: HTTPStatus, body: str) -> Iterable[bytes]:
    content = body.encode()
    headers = [("Content-Length", str(len(content)))]
    if content:
        headers.append(("Content-Type", "application/json"))
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        headers.append(("Allow", "POST"))
    start_response(f"{status.value} {status.phrase}", headers)
    return [content]
