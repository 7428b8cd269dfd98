"""What is written down of an exchange: all of it but the secrets, for its owner only."""

import json
import os
import stat
from pathlib import Path

import pytest

from orderctl import redaction
from orderctl.errors import BadAnswer, DryRunStop, OutcomeUnknown, UsageError
from orderctl.frozen import replace
from orderctl.http import Client, DryRun, Request
from orderctl.http.trace import SHOWN, Trace, safe_body, safe_headers, safe_url
from tests.http.conftest import Time, connected, reply, serving

SECRET = "canary-0123456789"


@pytest.fixture(autouse=True)
def hidden() -> None:
    redaction.hide("password", SECRET)
    redaction.hide("login", "short")
    redaction.hide("api_token", "")


@pytest.mark.parametrize(
    "url, safe",
    [("https://box/a?login=short&x=1", "https://box/a?login=***&x=1"),
     ("https://box/a?LOGIN=short", "https://box/a?LOGIN=***"),
     ("https://box/a?log%69n=short", "https://box/a?log%69n=***"),
     (f"https://box/{SECRET}/a", "https://box/***/a"),
     ("https://user:pass@box/a@b?x=a@b", "https://***@box/a@b?x=a@b"),
     ("https://box/?login&x", "https://box/?login&x")],
)  # fmt: skip
def test_a_url_hides_by_field_and_by_value(url: str, safe: str) -> None:
    assert safe_url(url) == safe


def test_headers_hide_by_name_and_by_value() -> None:
    given = [
        ("Authorization", "Basic x"),
        ("Cookie", "a"),
        ("X-A", f"see {SECRET}"),
        ("Location", "/?login=short"),
        ("B", "b"),
    ]
    assert [v for _, v in safe_headers(given)] == ["***", "***", "see ***", "/?login=***", "b"]


@pytest.mark.parametrize(
    "body, safe",
    [(b"login=short&name=A", "login=***&name=A"),
     (b'{"name": "A",  "sum": 1.50}', '{"name": "A",  "sum": 1.50}'),
     (b'{"login": "short", "a": [{"LOGIN": 5}]}', '{"login": "***", "a": [{"LOGIN": "***"}]}'),
     (b'{"login": "short", "cut', '{"login": "***", "cut'),
     (b'{"login": 12345, "cut', '{"login": "***", "cut'),
     (b'{"log\\u0069n": "short"}', '{"login": "***"}'),
     (b"<hash><api_token type='x'>abc</api_token><b>c</b></hash>",
      "<hash><api_token type='x'>***</api_token><b>c</b></hash>"),
     (b"\xff\xfe", "\\xff\\xfe"),
     (b'{"a": NaN}', '{"a": NaN}'),
     (SECRET.encode().hex().encode(), "***")],
)  # fmt: skip
def test_a_body_hides_its_secret_fields_and_is_else_as_it_came(body: bytes, safe: str) -> None:
    assert safe_body(body) == safe


def test_a_deeply_nested_body_is_shown_all_the_same() -> None:
    deep = b"[" * 200_000
    assert safe_body(deep).startswith("[[[")
    assert '"***"' in safe_body(b'{"login": "short", "a": ' + b"[" * 900 + b"]" * 900 + b"}")


def test_a_long_body_is_cut_and_no_half_secret_is_left() -> None:
    body = b"x" * (SHOWN - 5) + SECRET.encode() + b"y" * 10_000
    shown = safe_body(body)
    assert shown.endswith(f"({len(body)} bytes)")
    assert "canar" not in shown


def exchange(trace: Trace) -> None:
    first = reply(f'{{"echo": "{SECRET}"}}'.encode(), f"X-Echo: {SECRET}")
    with serving(first, b"") as served, connected(served) as opened:
        client = Client(opened._transport, trace=trace, clock=Time().clock())  # noqa: SLF001
        client.read(
            Request(
                method="GET",
                url=served.url + "/api/",
                purpose="get",
                query=(("login", "short"), ("password", SECRET)),
            )
        )
        with pytest.raises(OutcomeUnknown):
            client.write(Request(method="POST", url=served.url, purpose="add", body=b"login=short&name=%D0%AF"))
        trace.close()


def test_a_trace_keeps_everything_but_the_secrets(tmp_path: Path) -> None:
    path = tmp_path / "trace"
    exchange(Trace(path))
    text = path.read_text()
    assert "> GET http://127.0.0.1:" in text
    assert "/api/?login=***&password=***" in text
    assert "< HTTP 200" in text
    assert '< {"echo": "***"}' in text
    assert "> login=***&name=%D0%AF" in text
    assert "! add: the connection was closed" in text
    assert SECRET not in text
    assert "short" not in text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_secret_that_an_answer_brings_is_learned_before_the_trace_is_written(tmp_path: Path) -> None:
    with serving(reply(b"your code is new-canary-77")) as served, connected(served) as opened:
        client = Client(opened._transport, trace=Trace(tmp_path / "trace"))  # noqa: SLF001
        client.read(replace(served.request(), learn=lambda body: redaction.hide("code", body.decode()[13:])))
        client.close()
    assert "< your code is ***" in (tmp_path / "trace").read_text()


def test_a_trace_of_a_damaged_answer_says_why(tmp_path: Path) -> None:
    with serving(reply(b"{}", "Content-Encoding: br")) as served, connected(served) as opened:
        client = Client(opened._transport, trace=Trace(tmp_path / "trace"))  # noqa: SLF001
        with pytest.raises(BadAnswer):
            client.read(served.request())
        with pytest.raises(OutcomeUnknown):
            client.write(served.request(body=b"x"))
        client.close()
    assert (tmp_path / "trace").read_text().count("! the answer is compressed as 'br'") == 2


def test_an_existing_file_is_taken_from_others_and_appended_to(tmp_path: Path) -> None:
    path = tmp_path / "trace"
    path.write_text("before\n")
    path.chmod(0o644)
    Trace(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text() == "before\n"


def test_a_file_that_stays_open_to_others_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "trace"
    path.touch(0o666)
    path.chmod(0o666)

    def not_mine(_descriptor: int, _mode: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "fchmod", not_mine)
    with pytest.raises(UsageError, match="others can read this file"):
        Trace(path)


def test_a_trace_that_cannot_be_opened_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        Trace(tmp_path / "no" / "trace")


def test_a_full_disk_ends_the_trace_and_not_the_call() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    trace = Trace(Path("/dev/full"))
    exchange(trace)
    trace.failure("after the end")


def test_a_dry_run_shows_what_would_go_over_the_wire() -> None:
    dry = DryRun()
    client = Client(dry)
    request = Request(
        method="POST", url="https://box/a", purpose="add", query=(("login", "short"),),
        headers={"content-type": "text/plain", "authorization": "x"}, body=b"name=A",
    )  # fmt: skip
    client.record(request)
    with pytest.raises(DryRunStop):
        client.read(Request(method="GET", url="https://box/b", purpose="get"))
    assert json.loads(json.dumps(dry.requests)) == [
        {
            "method": "POST",
            "url": "https://box/a?login=***",
            "headers": {"content-type": "text/plain", "authorization": "***"},
            "body": "name=A",
        },
        {"method": "GET", "url": "https://box/b", "headers": {}, "body": None},
    ]
