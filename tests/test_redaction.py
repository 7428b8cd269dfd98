"""A secret shows nowhere, in none of its forms; what is not a secret is left alone."""

import base64
import json
import time
from collections.abc import Callable
from html.entities import codepoint2name
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderctl.redaction import HIDDEN, PASSING, Redactor

FORMS: dict[str, Callable[[str], str]] = {
    "plain": lambda s: s,
    "url": lambda s: quote(s, safe=""),
    "path": quote,
    "form": quote_plus,
    "lower-case url": lambda s: "".join(
        f"%{b:02x}" if f"%{b:02X}" in quote(s, safe="") else chr(b) for b in s.encode()
    ),
    "twice url": lambda s: quote(quote(s, safe=""), safe=""),
    "hex": lambda s: s.encode().hex(),
    "upper-case hex": lambda s: s.encode().hex().upper(),
    "json": lambda s: json.dumps(s)[1:-1],
    "json unescaped": lambda s: json.dumps(s, ensure_ascii=False)[1:-1],
    "php json": lambda s: json.dumps(s)[1:-1].replace("/", "\\/"),
    "repr": lambda s: repr(s)[1:-1],
    "html": lambda s: (
        s.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;").replace("'", "&#x27;")
    ),
    "php html": lambda s: s.replace("&", "&amp;").replace("'", "&#039;").replace('"', "&quot;").replace("<", "&lt;"),
    "old html": lambda s: s.replace("&", "&amp;").replace("'", "&#39;").replace('"', "&#34;").replace("<", "&#60;"),
    "xml": lambda s: s.replace("&", "&amp;").replace("'", "&apos;").replace('"', "&quot;").replace("<", "&lt;"),
    "csv": lambda s: s.replace('"', '""'),
    "upper-case json": lambda s: "".join(c if c.isascii() and c not in "&'+<>" else f"\\u{ord(c):04X}" for c in s),
    "json in json": lambda s: json.dumps(json.dumps(s))[3:-3],
    "browser's url": lambda s: quote(s, safe="!~*'()"),
}
ESCAPES: tuple[Callable[[str], str], ...] = (
    lambda c: c,
    lambda c: f"&#{ord(c)};",
    lambda c: f"&#{ord(c):09d};",
    lambda c: f"&#x{ord(c):x};",
    lambda c: f"&#X{ord(c):06X};",
    lambda c: f"&{codepoint2name.get(ord(c), f'#{ord(c)}')};",
    lambda c: f"&amp;#{ord(c)};",
    lambda c: json.dumps(c)[1:-1] if c in '"\\' else "".join(f"\\u{u:04x}" for u in units(c)),
    lambda c: "".join(f"\\\\\\\\u{u:04X}" for u in units(c)),
    lambda c: "".join(f"%{b:02x}" for b in c.encode()),
    lambda c: "".join(f"%25{b:02X}" for b in c.encode()),
    lambda c: "\\/" if c == "/" else c,
)


def units(character: str) -> list[int]:
    octets = character.encode("utf-16-be")
    return [octets[n] << 8 | octets[n + 1] for n in range(0, len(octets), 2)]


SECRETS = ["0123456789abcdef0123456789abcdef", "pass/word+1&2=%", "пароль-секрет", "a \"quoted\" 'one' <b>"]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("form", FORMS)
def test_a_secret_is_hidden_in_every_form(secret: str, form: str) -> None:
    redactor = Redactor()
    redactor.hide("password", secret)
    assert redactor.redact(f"before {FORMS[form](secret)} after") == f"before {HIDDEN} after"


@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=8, max_size=20),
    st.lists(st.sampled_from(ESCAPES), min_size=20, max_size=20),
)
def test_a_secret_is_hidden_whichever_of_its_characters_are_escaped(
    secret: str, escapes: list[Callable[[str], str]]
) -> None:
    redactor = Redactor()
    redactor.hide("password", secret)
    echo = "".join(escape(character) for escape, character in zip(escapes, secret, strict=False))
    assert redactor.redact(f"<{echo}>") == f"<{HIDDEN}>"


@pytest.mark.parametrize("piece", ["\\", "&amp;", "&#0", "%25", "&", "\\u006", "&#" + "0" * 999])
def test_a_hostile_text_takes_no_longer_than_another(piece: str) -> None:
    redactor = Redactor()
    redactor.hide("password", '0a\\&%/"aaaaaaaaaaaaaaaa')
    text = piece * (500_000 // len(piece))
    began = time.perf_counter()
    assert redactor.redact(text) == text
    assert time.perf_counter() - began < 5


def test_escapes_that_are_not_secret_stay() -> None:
    redactor = Redactor()
    redactor.hide("password", "abcdefgh")
    text = "a &amp; b \\u0061bcdefg 100 % \\n"
    assert redactor.redact(text) == text


@given(
    st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=12, max_size=40),
    st.binary(max_size=9),
    st.binary(max_size=9),
)
def test_base64_hides_a_secret_wherever_it_is(secret: str, before: bytes, after: bytes) -> None:
    redactor = Redactor()
    redactor.hide("password", secret)
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        text = redactor.redact(encode(before + secret.encode() + after).decode())
        assert HIDDEN in text
        whole = base64.b64encode(secret.encode()[2:-3]).decode()[:-3]
        assert whole not in text


@pytest.mark.parametrize("value", ["", "short", "1234567", "sandbox", "Sandbox"])
def test_a_short_value_is_hidden_by_its_field_only(value: str) -> None:
    redactor = Redactor()
    redactor.hide("Login", value)
    assert redactor.redact(f"a {value} b") == f"a {value} b"
    assert redactor.is_secret("LOGIN")
    assert redactor.is_secret("Authorization")
    assert not redactor.is_secret("name")


def test_of_two_secrets_the_longer_one_goes_first() -> None:
    redactor = Redactor()
    redactor.hide("a", "secret-12")
    redactor.hide("b", "secret-123456")
    redactor.hide("b", "secret-123456")
    assert redactor.redact("secret-123456 secret-12") == f"{HIDDEN} {HIDDEN}"


def test_bytes_that_are_not_text_can_be_a_secret() -> None:
    redactor = Redactor()
    redactor.hide("a", "secret\udcff12345")
    assert redactor.redact("secret\udcff12345") == HIDDEN


def test_of_the_values_that_are_made_for_every_call_the_last_ones_are_hidden() -> None:
    redactor = Redactor()
    values = [f"{n:032x}" for n in range(0xABC, 0xABC + 40)]
    for value in values:
        redactor.hide_passing("digest", value)
    assert redactor.is_secret("Digest")
    for value in values[-PASSING:]:
        assert redactor.redact(f"a {value} {value.upper()} b") == f"a {HIDDEN} {HIDDEN} b"
    assert redactor.redact(values[0]) == values[0]
