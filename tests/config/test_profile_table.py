from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderctl.backend.vendor import Profile
from orderctl.config.file import Config
from orderctl.config.profile import is_loopback, is_secret_key, normal_url
from orderctl.errors import ConfigError
from orderctl.model import Status

Write = Callable[..., Config]

ALL = """
[profiles.p]
vendor = "acme"
url = "HTTPS://Acme.Example:443/api/"
timezone = "Europe/Kyiv"
currency = "uah"
rate = 0.5
protected = true
secrets_file = "secrets.json"
credential_command = ["pass", "show", "acme"]
branch = 12
desk = 1.50
mode = "json"
[profiles.p.operators]
equal = "EQ"
[profiles.p.columns]
reference = "InvoiceNo"
[profiles.p.statuses]
Delivered = "completed"
"""


@pytest.fixture
def profile(write: Write) -> Callable[..., Profile]:
    def read(lines: str, *, branch: str = "branch = 1", url: str = 'url = "https://acme.example"') -> Profile:
        return write(f'[profiles.p]\nvendor = "acme"\n{url}\n{branch}\n{lines}\n').profile("p")

    return read


def test_every_key_reaches_the_profile(write: Write, tmp_path: Path) -> None:
    profile = write(ALL).profile("p")
    assert profile.url == "https://acme.example/api"
    assert str(profile.zone) == "Europe/Kyiv"
    assert (profile.currency, profile.rate, profile.protected) == ("UAH", 0.5, True)
    assert profile.secrets_file == str(tmp_path / "secrets.json")
    assert profile.credential_command == ("pass", "show", "acme")
    assert profile.settings == {"branch": "12", "desk": "1.50", "mode": "json", "operators": {"equal": "EQ"}}
    assert profile.columns == {"reference": "InvoiceNo"}
    assert profile.statuses == {"Delivered": Status.COMPLETED}


def test_a_short_profile_has_the_vendors_defaults(profile: Callable[..., Profile]) -> None:
    found = profile("")
    assert str(found.zone) == "Asia/Shanghai"
    assert (found.currency, found.rate, found.protected, found.allow_http) == (None, 2.0, False, False)
    assert (found.secrets_file, found.credential_command, found.columns, found.statuses) == (None, (), {}, {})
    assert found.settings == {"branch": "1", "mode": "form"}


def test_a_secrets_file_may_start_at_home(profile: Callable[..., Profile], environ: Mapping[str, str]) -> None:
    assert profile('secrets_file = "~/s.json"').secrets_file == f"{environ['HOME']}/s.json"


def test_a_sandbox_of_ones_own_needs_no_options(profile: Callable[..., Profile]) -> None:
    assert profile("", url='url = "sandbox:"', branch="").settings["branch"] == "main"


@pytest.mark.parametrize(
    "lines, message, hint",
    [
        ("vendr = 'acme'", "vendr: unknown key", "did you mean 'vendor'?"),
        ("brnch = 1", "brnch: unknown key", "did you mean 'branch'?"),
        ("zzzzzz = 1", "zzzzzz: unknown key", "orderctl vendors acme"),
        ("protected = 'yes'", "protected: takes true or false, not a text", ""),
        ("protected = 1", "protected: takes true or false, not a number", ""),
        ("rate = true", "rate: takes a number, not true or false", ""),
        ("rate = -1", "rate: takes a number above 0", ""),
        ("currency = 'euro'", "currency: 'euro' is not a currency; three letters, such as EUR", ""),
        ("currency = ['EUR']", "currency: takes a text in quotes, not a list", ""),
        ("timezone = 'Europe/Kiyv'", "timezone: 'Europe/Kiyv' is not a time zone; did you mean 'Europe/", ""),
        ("timezone = '../etc/passwd'", "timezone: '../etc/passwd' is not a time zone; ", ""),
        ("timezone = 'Europe'", "timezone: 'Europe' is not a time zone; ", ""),
        ("timezone = 'qqqqqqqqqq'", "timezone: 'qqqqqqqqqq' is not a time zone; such as Europe/Kyiv", ""),
        ("mode = 'jsn'", "mode: unknown value 'jsn'; did you mean 'json'?", ""),
        ("mode = 2026-03-09", "mode: takes a text in quotes, not a date or time", ""),
        ("desk = {a = 'b'}", "desk: takes a text in quotes, not a table", ""),
        ("desk = ' '", "desk: is empty", ""),
        ('desk = "a\\nb"', "desk: has a line break or control character", ""),
        ("operators = 'EQ'", "operators: takes a table, not a text", ""),
        ("operators = {equal = 1}", "operators: equal: takes a text in quotes, not a number", ""),
        ("statuses = 'x'", "statuses: takes a table, not a text", ""),
        ("statuses = {Done = 'complete'}", "statuses: Done: unknown value 'complete'; did you mean ", ""),
        ("columns = {sku = 1}", "columns: sku: takes a text in quotes, not a number", ""),
        ("credential_command = 'pass show'", "credential_command: takes a list of texts", ""),
        ("credential_command = []", "credential_command: takes a list of texts", ""),
        ("credential_command = ['', 'x']", "credential_command: takes a list of texts", ""),
        ("secrets_file = 1", "secrets_file: takes a text in quotes, not a number", ""),
    ],
)
def test_a_problem_is_one_line_with_file_place_and_way_out(
    profile: Callable[..., Profile], tmp_path: Path, lines: str, message: str, hint: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        profile(lines)
    assert caught.value.message.startswith(f"{tmp_path}/config.toml: [profiles.p] {message}")
    assert "\n" not in caught.value.message
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    "text, message, hint",
    [
        ("url = 'https://x.example'", "vendor: is missing", "one of: acme"),
        ("vendor = 'acne'", "vendor: unknown vendor 'acne'", "did you mean 'acme'?"),
        ("vendor = 'acme'\nbranch = 1", "url: is missing", 'add the line url = "https://acme.example"'),
        ("vendor = 'acme'\nurl = 'https://x.example'", "branch: is missing (the branch)", 'branch = "…"'),
    ],
)
def test_what_is_missing_is_named(write: Write, text: str, message: str, hint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        write(f"[profiles.p]\n{text}\n").profile("p")
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_a_profile_that_is_not_a_table_is_reported(write: Write) -> None:
    with pytest.raises(ConfigError, match=r"\[profiles\.p\] is not a table"):
        write("[profiles]\np = 'https://x.example'\n").profile("p")


@pytest.mark.parametrize(
    "key", ["password", "api_token", "Secret", "appkey", "OpenID", "hash", "login", "staff_code", "user", "credentials"]
)
def test_a_secret_is_refused_and_never_quoted(profile: Callable[..., Profile], key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        profile(f"{key} = 'canary-{key}-value'")
    assert "a secret does not belong in the config file" in caught.value.message
    assert "orderctl auth login -p p" in caught.value.hint
    assert "canary" not in caught.value.message + caught.value.hint
    assert caught.value.code == "config.secret"


def test_a_slip_in_the_name_of_a_source_of_secrets_is_not_a_secret(profile: Callable[..., Profile]) -> None:
    with pytest.raises(ConfigError, match="secret_file: unknown key") as caught:
        profile("secret_file = 'shop.json'")
    assert caught.value.hint == "did you mean 'secrets_file'?"


def test_our_own_keys_are_not_secrets(write: Write) -> None:
    assert write(ALL).profile("p").secrets_file
    assert not is_secret_key("timezone")


@pytest.mark.parametrize(
    "given_, normal",
    [
        ("sandbox:", "sandbox:"),
        ("https://Shop.Example", "https://shop.example"),
        ("HTTPS://shop.example:443//", "https://shop.example"),
        ("https://shop.example:8443/Api.php/", "https://shop.example:8443/Api.php"),
        ("https://shop.example./", "https://shop.example"),
        ("https://[2001:DB8::1]:443/x", "https://[2001:db8::1]/x"),
        ("http://localhost:8080/", "http://localhost:8080"),
        ("http://127.0.0.1:80", "http://127.0.0.1"),
        ("http://[::1]:80/", "http://[::1]"),
        ("https://shop.example/a@b", "https://shop.example/a@b"),
    ],
)
def test_an_address_has_one_spelling(given_: str, normal: str) -> None:
    assert normal_url(given_) == normal
    assert normal_url(normal) == normal


@pytest.mark.parametrize(
    "given_, problem",
    [
        ("http://shop.example", "is plain http://, which others can read"),
        ("http://127.0.0.1.evil.example", "is plain http://"),
        ("http://localhost.evil.example", "is plain http://"),
        ("shop.example", "did you mean 'https://shop.example'?"),
        ("ftp://shop.example", "did you mean 'https://shop.example'?"),
        ("sandbox", "did you mean 'sandbox:'?"),
        ("https://me:canary-word@shop.example", "holds a user name or password"),
        ("me:canary-word@shop.example", "holds a user name or password"),
        ("https:/me:canary-word@shop.example", "holds a user name or password"),
        ("https://me:canary/word@shop.example", "holds a user name or password"),
        ("ftp://me:canary/word@shop.example", "holds a user name or password"),
        ("shop.example/a?key=canary-word", "'shop.example/a' does not begin with https://"),
        ("https://shop.example?key=canary-word", "has a '?' or '#'"),
        ("https://shop.example#x", "has a '?' or '#'"),
        ("https://", "names no host"),
        ("https://:443", "names no host"),
        ("https://shop.example:0", "names no host"),
        ("https://shop.example:99999", "is not an address: Port"),
        ("https://shop.example:x", "is not an address: Port"),
        ("https://shop .example", "has a space"),
        ("https://shop\t.example", "has a space"),
        ("https://shop.example\\@evil.example", "has a space or another character"),
        ("https://[::1", "is not an address"),
    ],
)
def test_an_address_that_is_invalid_is_reported_without_its_secret(given_: str, problem: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        normal_url(given_)
    assert problem in str(caught.value)
    assert "canary" not in str(caught.value)


def test_plain_http_can_be_allowed(profile: Callable[..., Profile]) -> None:
    found = profile("allow_http = true", url='url = "http://till.local"')
    assert (found.url, found.allow_http) == ("http://till.local", True)


@given(st.text())
def test_any_text_is_normal_or_refused(text: str) -> None:
    try:
        normal = normal_url(text, allow_http=True)
    except ValueError:
        return
    assert normal_url(normal, allow_http=True) == normal


@pytest.mark.parametrize("host, answer", [("localhost", True), ("127.9.9.9", True), ("10.0.0.1", False), ("x", False)])
def test_loopback_is_this_machine_alone(host: str, *, answer: bool) -> None:
    assert is_loopback(host) is answer


def test_a_machine_without_time_zones_names_the_package(
    profile: Callable[..., Profile], monkeypatch: pytest.MonkeyPatch
) -> None:
    import zoneinfo  # noqa: PLC0415

    monkeypatch.setattr(zoneinfo, "available_timezones", set)
    with pytest.raises(ConfigError, match="this machine has no time zones; install the package tzdata"):
        profile("timezone = 'Europe/Nowhere'")
