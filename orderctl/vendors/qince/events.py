"""The order changes that Qince pushes (推送aPaaS对象数据变更), read and verified.

They come as a form with msgId, timestamp and digest, or, as the source document shows, as one JSON object without
those three. The digest's formula and the acknowledgement are not documented, but inferred: a digest is checked
only where the profile has a pushsecret.
"""

import datetime as dt
import hmac
import json
from codecs import BOM_UTF8
from collections.abc import Mapping
from decimal import Decimal
from hashlib import md5, sha256
from typing import Any
from urllib.parse import parse_qsl

from orderctl.backend.vendor import BadSignature, Profile, UnreadableEvent, Webhook
from orderctl.errors import BadAnswer
from orderctl.frozen import dataclass, replace
from orderctl.http import wire
from orderctl.model import Event

BLANKS = " \t\r\n"

FORM = "application/x-www-form-urlencoded"

MAX_FIELDS = 64
"""How many fields a form may have; Qince sends eleven."""


def receive(body: bytes, content_type: str, profile: Profile, secret: str | None) -> Event:
    """Return a pushed event, its digest checked where there is a secret. Raises UnreadableEvent and BadSignature.

    A good digest proves `data` and `timestamp` only, so the order that is named beside them must be the one in `data`.

    >>> profile = Profile(name="test", vendor="qince", url="https://qince.example")
    >>> body = b'{"dataId": 7, "dataType": "x", "tenantId": 9007199254740993, "data": {"n": 1.10}}'
    >>> event = receive(body, "application/json", profile, None)
    >>> event.order_id, event.tenant_id, event.data
    ('7', '9007199254740993', '{"n": 1.10}')
    """
    pushed = _read(body, content_type)
    field = profile.settings.get("reference_field")
    event = replace(pushed.event, reference=_text(pushed.values.get(field))) if field else pushed.event
    if secret is None:
        return event
    if not (pushed.digest and pushed.timestamp):
        raise BadSignature("it has no digest")
    wanted = event_digest(pushed.data, secret=secret, timestamp=pushed.timestamp)
    if not hmac.compare_digest(pushed.digest.lower().encode("utf-8", "surrogatepass"), wanted.encode()):
        raise BadSignature("its digest is wrong")
    if _text(pushed.values.get("id")) not in {None, event.order_id}:
        raise BadSignature("its dataId is not the id in its data, which alone is signed")
    return replace(event, proven=True, keys=(*event.keys, f"digest:{wanted}"))


def event_digest(data: str, *, secret: str, timestamp: str) -> str:
    """Return the digest of an event: lower-case hex MD5 of data, secret and timestamp, by analogy with Qince's calls.

    >>> event_digest("{}", secret="test-app-key-123456", timestamp="20250704085109")
    '522bcfabaea03f52bcb4a09b49aa5636'
    """
    return md5(f"{data}|{secret}|{timestamp}".encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


WEBHOOK = Webhook(
    secret="pushsecret",  # noqa: S106  (its name)
    read=receive,
    accepted='{"return_code":0,"return_msg":""}',
    refused='{"return_code":1,"return_msg":"refused"}',
)


@dataclass(frozen=True, kw_only=True)
class _Pushed:
    """An event, the values of its data, and what its digest is made of, as it came."""

    event: Event
    values: Mapping[str, Any]
    data: str
    digest: str | None
    timestamp: str | None


def _read(body: bytes, content_type: str) -> _Pushed:
    """Return what was pushed. Raises UnreadableEvent."""
    if body.removeprefix(BOM_UTF8).lstrip()[:1] == b"{":
        fields, data = _json_fields(body)
    elif content_type.partition(";")[0].strip().lower() in {FORM, ""}:
        fields = _form_fields(body)
        data = _text(fields.get("data")) or ""
    else:
        raise UnreadableEvent("it is neither a form nor JSON")
    values = _object(data.encode("utf-8", "surrogatepass"))
    if not isinstance(values, dict):
        raise UnreadableEvent("it has no data, or none that is an object")
    message_id, timestamp = _text(fields.get("msgId")), _text(fields.get("timestamp"))
    order_id = _text(fields.get("dataId"))
    if order_id is None:
        raise UnreadableEvent("it has no dataId")
    event = Event(
        kind=_text(fields.get("dataType")) or "",
        data=data.removeprefix("\ufeff"),
        keys=(f"message:{message_id}" if message_id else f"body:{sha256(body).hexdigest()}",),
        order_id=order_id,
        message_id=message_id,
        tenant_id=_text(fields.get("tenantId")),
        app_id=_text(fields.get("appId")),
        sent_at=_moment(timestamp),
    )
    return _Pushed(event=event, values=values, data=data, digest=_text(fields.get("digest")), timestamp=timestamp)


def _json_fields(body: bytes) -> tuple[Mapping[str, Any], str]:
    """Return the members of an event in JSON, and the text of its data: an object, or text that holds one."""
    fields = _object(body)
    if not isinstance(fields, dict):
        raise UnreadableEvent("it is not a JSON object")
    data = fields.get("data")
    return fields, data if isinstance(data, str) else _member_text(body.decode("utf-8-sig"), "data")


def _form_fields(body: bytes) -> Mapping[str, Any]:
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except ValueError:  # not chained: the error holds the body
        raise UnreadableEvent("it is a form that cannot be read") from None
    return dict(pairs)


def _object(text: bytes) -> Any:
    try:
        return wire.read_json(text, vendor="Qince", exact=True)
    except BadAnswer:
        raise UnreadableEvent("it is JSON that cannot be read") from None


def _member_text(text: str, name: str) -> str:
    """Return the JSON text of a member of an object, unchanged, "" where it has none; of several, the last.

    The text has been read before.

    >>> _member_text('{"a": 1 , "data" : {"n": 1.10} }', "data")
    '{"n": 1.10}'
    """
    decode = json.JSONDecoder().raw_decode
    found = ""
    at = _past_blanks(text, text.index("{") + 1)
    while text[at] == '"':
        key, at = decode(text, at)
        start = _past_blanks(text, text.index(":", at) + 1)
        _, end = decode(text, start)
        found = text[start:end] if key == name else found
        at = _past_blanks(text, end)
        at = _past_blanks(text, at + 1) if text[at] == "," else at
    return found


def _past_blanks(text: str, at: int) -> int:
    while text[at] in BLANKS:
        at += 1
    return at


def _text(value: Any) -> str | None:
    """Return a text or a number as text, None for anything else and for nothing."""
    return (str(value) or None) if isinstance(value, str | int | Decimal) and not isinstance(value, bool) else None


def _moment(timestamp: str | None) -> dt.datetime | None:
    """Return the time of an event, milliseconds since 1970; None where it is written otherwise."""
    if timestamp is None or not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) == 13):
        return None
    return dt.datetime.fromtimestamp(int(timestamp) / 1000, dt.UTC)
