"""The order changes that Qince pushes (推送aPaaS对象数据变更), read and verified.

They come as a form with msgId, timestamp and digest, or, as the source document shows, as one JSON object without
those three. The digest's formula and the acknowledgement are inferred (facts.md, 7): a digest is checked only where
the profile has a pushsecret.
"""

import datetime as dt
import hmac
import json
from collections.abc import Mapping
from hashlib import md5, sha256
from typing import Any
from urllib.parse import parse_qsl

from orderctl import wire
from orderctl.errors import BadAnswer
from orderctl.model import Event
from orderctl.values import replace
from orderctl.vendor import Forged, Profile, Receiving, Unreadable

BLANKS = " \t\r\n"

FORM = "application/x-www-form-urlencoded"

MOST_FIELDS = 64
"""How many fields a form may have; Qince sends eleven."""


def receive(body: bytes, content_type: str, profile: Profile, secret: str | None) -> Event:
    """Return a pushed event, its digest checked where there is a secret. Raises Unreadable and Forged."""
    event, digest, timestamp = _read(body, content_type)
    field = profile.settings.get("reference_field")
    if field:
        event = replace(event, reference=_text(json.loads(event.data, parse_float=str).get(field)))
    if secret is None:
        return event
    if not (digest and timestamp):
        raise Forged("it has no digest")
    wanted = event_digest(event.data, secret=secret, timestamp=timestamp)
    if not hmac.compare_digest(digest.lower().encode(), wanted.encode()):
        raise Forged("its digest is wrong")
    return replace(event, proven=True, keys=(*event.keys, f"digest:{wanted}"))


def read_event(body: bytes, content_type: str) -> Event:
    """Return a pushed event, nothing verified. Raises Unreadable.

    >>> event = read_event(b'{"dataId": 7, "dataType": "x", "tenantId": 9007199254740993, "data": {"n": 1.10}}', "")
    >>> event.order_id, event.tenant_id, event.data
    ('7', '9007199254740993', '{"n": 1.10}')
    """
    return _read(body, content_type)[0]


def event_digest(data: str, *, secret: str, timestamp: str) -> str:
    """Return the digest of an event: lower-case hex MD5 of data, secret and timestamp, by analogy with Qince's calls.

    >>> event_digest("{}", secret="test-app-key-123456", timestamp="20250704085109")
    '522bcfabaea03f52bcb4a09b49aa5636'
    """
    return md5(f"{data}|{secret}|{timestamp}".encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


RECEIVING = Receiving(
    secret="pushsecret",  # noqa: S106  (its name)
    read=receive,
    accepted='{"return_code":0,"return_msg":""}',
    refused='{"return_code":1,"return_msg":"refused"}',
)


def _read(body: bytes, content_type: str) -> tuple[Event, str | None, str | None]:
    """Return an event with its digest and timestamp, both as they came."""
    if body.lstrip()[:1] == b"{":
        fields, data = _json_fields(body)
    elif content_type.partition(";")[0].strip().lower() in {FORM, ""}:
        fields = _form_fields(body)
        data = _text(fields.get("data")) or ""
    else:
        raise Unreadable("it is neither a form nor JSON")
    if not isinstance(_object(data.encode("utf-8", "surrogatepass")), dict):
        raise Unreadable("it has no data, or none that is an object")
    message_id, timestamp = _text(fields.get("msgId")), _text(fields.get("timestamp"))
    order_id = _text(fields.get("dataId"))
    if order_id is None:
        raise Unreadable("it has no dataId")
    event = Event(
        kind=_text(fields.get("dataType")) or "",
        data=data,
        keys=(f"message:{message_id}" if message_id else f"body:{sha256(body).hexdigest()}",),
        order_id=order_id,
        message_id=message_id,
        tenant_id=_text(fields.get("tenantId")),
        app_id=_text(fields.get("appId")),
        sent_at=_moment(timestamp),
    )
    return event, _text(fields.get("digest")), timestamp


def _json_fields(body: bytes) -> tuple[Mapping[str, Any], str]:
    """Return the members of an event in JSON, and the text of its data: an object, or text that holds one."""
    fields = _object(body)
    if not isinstance(fields, dict):
        raise Unreadable("it is not a JSON object")
    data = fields.get("data")
    return fields, data if isinstance(data, str) else _as_it_stands(body.decode("utf-8-sig"), "data")


def _form_fields(body: bytes) -> Mapping[str, Any]:
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:  # not chained: the error holds the body
        raise Unreadable("it is a form that cannot be read") from None
    return dict(pairs)


def _object(text: bytes) -> Any:
    try:
        return wire.read_json(text, vendor="Qince")
    except BadAnswer:
        raise Unreadable("it is JSON that cannot be read") from None


def _as_it_stands(text: str, name: str) -> str:
    """Return the JSON text of a member of an object as it stands, "" where it has none; of several, the last.

    The text has been read before.

    >>> _as_it_stands('{"a": 1 , "data" : {"n": 1.10} }', "data")
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
    """Return a text or a whole number as text, None for anything else and for nothing."""
    return (str(value) or None) if isinstance(value, str | int) and not isinstance(value, bool) else None


def _moment(timestamp: str | None) -> dt.datetime | None:
    """Return the time of an event, milliseconds since 1970; None where it is written otherwise."""
    if timestamp is None or not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) == 13):
        return None
    return dt.datetime.fromtimestamp(int(timestamp) / 1000, dt.UTC)
