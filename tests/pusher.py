"""A vendor that pushes, in a module of its own: what `listen` is tested with, also as `python tests/pusher.py …`."""

import json
import sys
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from orderctl.backend import registry
from orderctl.backend.vendor import Profile, Secret
from orderctl.frozen import replace
from orderctl.model import Event
from orderctl.vendors.onebox import orders as onebox
from orderctl.vendors.qince import events as qince_events

SECRET = "push-secret-0123456789"
FORM = "application/x-www-form-urlencoded"

VENDOR = replace(
    onebox.VENDOR,
    name="pusher",
    title="Pusher",
    secrets=(Secret(name="pushsecret", note="secret of the pushed order changes", required=False),),
    receive=qince_events.WEBHOOK,
)


def read_event(body: bytes, content_type: str) -> Event:
    """Return what Qince's reader makes of a pushed event where the profile has no secret to check it with."""
    return qince_events.receive(body, content_type, Profile(name="pusher", vendor="qince", url="https://q"), None)


def form(number: int = 1, *, secret: str | None = SECRET, **more: Any) -> bytes:
    """Return an event as Qince pushes it; `more` fields replace its own, None leaves one out."""
    data = json.dumps({"objectKey": "ig_order", "name": f"订单{number}", "order_total_amount": "2000.00"})
    fields: dict[str, Any] = {
        "msgId": f"m-{number}",
        "dataType": "apaas_data_change_event",
        "dataId": str(5526644337503710206 + number),
        "dataVersion": "001",
        "dataFormat": "json",
        "dataSource": "biz",
        "data": data,
        "timestamp": str(int(time.time() * 1000)),
        "status": "0",
        "tenantId": "5465103569540931532",
        **more,
    }
    if secret is not None and "digest" not in more:
        fields["digest"] = qince_events.event_digest(fields["data"], secret=secret, timestamp=fields["timestamp"])
    return urlencode({k: v for k, v in fields.items() if v is not None}).encode()


def logical(number: int = 1, **more: Any) -> bytes:
    """Return an event as the source document shows it: one JSON object, numbers above 2^53."""
    fields: Mapping[str, Any] = {
        "appId": 9007199254740993,
        "data": {"objectKey": "ig_order", "name": f"订单{number}"},
        "dataFormat": "json",
        "dataId": str(5526644337503710206 + number),
        "dataSource": "biz",
        "dataType": "apaas_data_change_event",
        "tenantId": 5465103569540931532,
        "version": "v1",
        **more,
    }
    return json.dumps(fields, ensure_ascii=False).encode()


if __name__ == "__main__":
    registry.VENDORS["pusher"] = "tests.pusher"
    from orderctl.entry import main

    sys.exit(main())
