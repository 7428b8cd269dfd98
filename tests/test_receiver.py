"""The receiver as a WSGI application: whatever happens, the vendor gets an answer and no line names the secret path."""

import io
import logging
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest

from orderctl.backend.vendor import Profile
from orderctl.errors import ConfigError
from orderctl.events.receiver import Receiver
from orderctl.frozen import replace
from orderctl.model import Event
from orderctl.server import Server
from orderctl.vendors.qince.events import WEBHOOK
from tests.pusher import FORM, form

SEGMENT = "the-secret-path"


class Broken:
    """An inbox that fails."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def add(self, event: Event, **_: Any) -> int:
        raise self.error


def answered(inbox: Any, told: list[tuple[str, str]], **receiving: Any) -> tuple[str, bytes]:
    receiver = Receiver(
        inbox,
        segment=SEGMENT,
        profile=Profile(name="field", vendor="qince", url="https://q"),
        receiving=replace(WEBHOOK, **receiving),
        secret=None,
        told=lambda what, line: told.append((what, line)),
    )
    body = form(1)
    environ: dict[str, Any] = {
        "PATH_INFO": f"/{SEGMENT}", "REQUEST_METHOD": "POST", "CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": FORM,
        "wsgi.input": io.BytesIO(body),
    }  # fmt: skip
    setup_testing_defaults(environ)
    statuses: list[str] = []
    content = receiver(environ, lambda status, _headers: statuses.append(status))  # type: ignore[arg-type]
    return statuses[0], b"".join(content)


@pytest.mark.parametrize("error", [ConfigError("no room"), ValueError(f"/{SEGMENT}"), RecursionError(), KeyError("x")])
def test_whatever_goes_wrong_is_answered_and_said_without_the_path(error: Exception) -> None:
    told: list[tuple[str, str]] = []
    status, body = answered(Broken(error), told)
    assert (status, body) == ("500 Internal Server Error", WEBHOOK.refused.encode())
    ((what, line),) = told
    assert what == "refused"
    assert SEGMENT not in line
    assert ("no room" if isinstance(error, ConfigError) else type(error).__name__) in line


def test_the_servers_own_lines_are_not_heard(caplog: pytest.LogCaptureFixture) -> None:
    def app(_environ: Any, _start: Any) -> Any:
        raise AssertionError

    server = Server(app, host="127.0.0.1", port=0, threads=1, grace=0)
    server.stop()
    server.run()
    logging.getLogger("waitress").error("Exception while serving /%s", SEGMENT)
    assert not caplog.records
