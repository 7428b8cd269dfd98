"""What the answer to a read means: a body that cannot be read, and what comes first of status, table and words."""

from typing import Any

import pytest

from orderctl.backend.call import Meaning, Verdict, decoded, read_error
from orderctl.errors import (
    BadAnswer,
    Conflict,
    LoginRefused,
    NotFound,
    OrderctlError,
    OutcomeUnknown,
    PermissionDenied,
    RateLimited,
    Refused,
    Temporary,
)
from orderctl.http import Reply, Request
from orderctl.http.wire import read_json
from orderctl.write.outcome import error_of

ASK = Request(method="GET", url="http://box/", purpose="list orders")
BODY = b"<html>"


def nonsense(status: int) -> tuple[Reply, Verdict]:
    reply = Reply(status, {}, BODY)
    value, verdict = decoded(reply, lambda body: read_json(body, vendor="Box"))
    assert value is None
    assert verdict is not None
    return reply, verdict


def test_a_body_that_can_be_read_has_its_value_and_no_verdict_yet() -> None:
    assert decoded(Reply(200, {}, b"[1]"), lambda body: read_json(body, vendor="Box")) == ([1], None)


@pytest.mark.parametrize(
    "kind, body, value",
    [
        ("application/json; charset=windows-1251", '"Жук"'.encode("cp1251"), "Жук"),
        ('application/json; Charset="ISO-8859-1"; x=y', '"café"'.encode("latin-1"), "café"),
        ("application/json; charset=windows-1251", '"Жук"'.encode(), "Жук"),
        ("application/json; charset=utf-8", b'{"a":"caf\xff"}', {"a": "caf�"}),
        ("application/json; charset=none", b'{"a":"caf\xff"}', {"a": "caf�"}),
        ("application/json; charset=ascii", b'{"a":"caf\xff"}', {"a": "caf�"}),
        ("application/json; charset=rot13", b'{"a":"caf\xff"}', {"a": "caf�"}),
    ],
)
def test_a_body_that_is_not_utf_8_is_read_in_the_charset_that_it_names(kind: str, body: bytes, value: Any) -> None:
    reply = Reply(200, {"content-type": kind}, body)
    assert decoded(reply, lambda body: read_json(body, vendor="Box")) == (value, None)


def test_xml_names_its_own_charset() -> None:
    reply = Reply(200, {"content-type": "text/xml; charset=iso-8859-1"}, "<a>café</a>".encode("latin-1"))
    assert decoded(reply, lambda body: body) == (reply.body, None)


@pytest.mark.parametrize("status, kind", [(200, BadAnswer), (401, LoginRefused), (502, Temporary), (503, RateLimited)])
def test_nonsense_in_answer_to_a_read_means_what_its_status_means(status: int, kind: type[OrderctlError]) -> None:
    reply, verdict = nonsense(status)
    error = read_error(verdict, reply, ASK, title="Box", wait=None)
    assert type(error) is kind
    if kind is BadAnswer:
        assert error.message == verdict.nonsense
        assert error.hint


@pytest.mark.parametrize("status, kind", [(200, OutcomeUnknown), (401, LoginRefused), (502, OutcomeUnknown)])
def test_nonsense_in_answer_to_a_write_means_what_its_status_means(status: int, kind: type[OrderctlError]) -> None:
    reply, verdict = nonsense(status)
    error = error_of(reply, verdict, ASK, title="Box", wait=None)
    assert type(error) is kind
    if status == 200:
        assert verdict.nonsense in error.message


@pytest.mark.parametrize(
    "status, meaning, kind",
    [(200, Meaning.CONFLICT, Conflict), (200, Meaning.EXPIRED, PermissionDenied), (200, Meaning.LOGIN, LoginRefused),
     (200, Meaning.NO, Refused), (200, Meaning.NOTHING, BadAnswer), (200, Meaning.NOT_FOUND, NotFound),
     (404, Meaning.NOT_FOUND, NotFound), (200, Meaning.PERMISSION, PermissionDenied), (200, Meaning.REFUSED, Refused),
     (200, Meaning.UNKNOWN, Refused), (302, Meaning.LOGIN, Temporary), (429, Meaning.REFUSED, RateLimited),
     (500, Meaning.DONE, Temporary), (500, Meaning.NO, Temporary)],
)  # fmt: skip
def test_a_busy_vendor_and_a_redirect_come_first_then_the_table_then_the_status(
    status: int, meaning: Meaning, kind: type[OrderctlError]
) -> None:
    verdict = Verdict(meaning=meaning, message="so says the box")
    error = read_error(verdict, Reply(status, {}, b""), ASK, title="Box", wait=None)
    assert type(error) is kind
    assert error.message.startswith("list orders")
    if meaning is not Meaning.NOTHING:
        assert "so says the box" in error.message


def test_a_good_answer_is_not_an_error() -> None:
    assert read_error(Verdict(meaning=Meaning.DONE), Reply(200, {}, b""), ASK, title="Box", wait=None) is None
