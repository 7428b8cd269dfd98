"""The receiver as a WSGI application: whatever happens, the vendor gets an answer and no line names the secret path."""

import io
import logging
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest

from orderctl.backend.vendor import BadSignature, Profile
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


class Counting:
    """An inbox that says which number an event gets, None for one that was here before."""

    def __init__(self, number: int | None) -> None:
        self.number = number

    def add(self, event: Event, **_: Any) -> int | None:
        return self.number


def answered(
    inbox: Any, told: list[tuple[str, str]], request: dict[str, Any] | None = None, **receiving: Any
) -> tuple[str, bytes]:
    receiver = Receiver(
        inbox,
        segment=SEGMENT,
        profile=Profile(name="field", vendor="qince", url="https://q"),
        receiving=replace(WEBHOOK, **receiving),
        secret=None,
        report=lambda what, line: told.append((what, line)),
    )
    body = form(1)
    environ: dict[str, Any] = {
        "PATH_INFO": f"/{SEGMENT}", "REQUEST_METHOD": "POST", "CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": FORM,
        "wsgi.input": io.BytesIO(body),
        **(request or {}),
    }  # fmt: skip
    setup_testing_defaults(environ)
    statuses: list[str] = []
    content = receiver(environ, lambda status, _headers: statuses.append(status))  # type: ignore[arg-type]
    return statuses[0], b"".join(content)


@pytest.mark.parametrize("error", [ConfigError("no room"), ValueError(f"/{SEGMENT}"), RecursionError(), KeyError("x")])
def test_whatever_goes_wrong_is_answered_and_reported_without_the_path(error: Exception) -> None:
    told: list[tuple[str, str]] = []
    status, body = answered(Broken(error), told)
    assert (status, body) == ("500 Internal Server Error", WEBHOOK.refused.encode())
    ((what, line),) = told
    assert what == "refused"
    assert SEGMENT not in line
    assert ("no room" if isinstance(error, ConfigError) else type(error).__name__) in line


@pytest.mark.parametrize("number, what", [(7, "stored"), (None, "replayed")])
def test_an_event_is_acknowledged_once_it_is_kept(number: int | None, what: str) -> None:
    told: list[tuple[str, str]] = []
    assert answered(Counting(number), told) == ("200 OK", WEBHOOK.accepted.encode())
    assert [kind for kind, _ in told] == [what]


@pytest.mark.parametrize(
    "request_, status",
    [
        ({"PATH_INFO": "/other"}, "404"), ({"REQUEST_METHOD": "GET"}, "405"), ({"CONTENT_LENGTH": "x"}, "400"),
        ({"CONTENT_LENGTH": "1048577"}, "413"), ({"CONTENT_LENGTH": ""}, "411"), ({"CONTENT_LENGTH": "999999"}, "400"),
        ({"CONTENT_LENGTH": "", "wsgi.input_terminated": True, "wsgi.input": io.BytesIO(b"x" * 1_048_577)}, "413"),
        ({"CONTENT_LENGTH": "4", "wsgi.input": io.BytesIO(b"junk")}, "400"),
    ],
)  # fmt: skip
def test_what_is_not_an_event_is_refused(request_: dict[str, Any], status: str) -> None:
    told: list[tuple[str, str]] = []
    assert answered(Counting(7), told, request_)[0].startswith(status)
    assert {what for what, _ in told} <= {"refused"}


def test_a_bad_signature_is_refused() -> None:
    def read(*_: Any) -> Event:
        raise BadSignature("it is not signed")

    assert answered(Counting(7), [], read=read)[0].startswith("403")


def test_the_servers_own_lines_are_not_heard(caplog: pytest.LogCaptureFixture) -> None:
    def app(_environ: Any, _start: Any) -> Any:
        raise AssertionError

    server = Server(app, host="127.0.0.1", port=0, threads=1, grace=0)
    server.stop()
    server.run()
    logging.getLogger("waitress").error("Exception while serving /%s", SEGMENT)
    assert not caplog.records
