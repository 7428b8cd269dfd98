import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderctl.output.text import HIDDEN, JOINERS, fit, safe_text, width

ANY = st.text(st.characters(exclude_categories=[]))


@given(ANY)
def test_safe_text_holds_nothing_that_steers_a_terminal(text: str) -> None:
    safe = safe_text(text)
    assert not [char for char in safe if unicodedata.category(char) in HIDDEN and char not in JOINERS]
    safe.encode()


@given(st.text(st.characters(exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp"])))
def test_safe_text_leaves_other_text_as_it_is(text: str) -> None:
    assert safe_text(text) == text


@pytest.mark.parametrize(
    "text, shown",
    [
        ("\x1b[31mred", r"\x1b[31mred"),
        ("\x1b]52;c;cm0gLXJm\x07", r"\x1b]52;c;cm0gLXJm\x07"),
        ("\x9b2J", r"\x9b2J"),
        ("pay \u202eCBA", r"pay \u202eCBA"),
        ("a\nb\r\tc", r"a\nb\r\tc"),
        ("line\u2028end\x85", r"line\u2028end\x85"),
        ("\udc80", r"\udc80"),
        ("\U000e0041", r"\U000e0041"),
        ("क्\u200cष", "क्\u200cष"),
        ("👩\u200d🚀", "👩\u200d🚀"),
        ("[/x]", "[/x]"),
        ("non\u00a0breaking", "non\u00a0breaking"),
    ],
)
def test_safe_text_shows_what_is_hidden(text: str, shown: str) -> None:
    assert safe_text(text) == shown


@pytest.mark.parametrize(
    "text, columns",
    [
        ("", 0),
        ("order", 5),
        ("王小明", 6),
        ("ﾃｽﾄ", 3),
        ("é", 1),
        ("e\u0301", 1),
        ("👍", 2),
        ("👍🏽", 2),
        ("👩\u200d🚀", 2),
        ("❤\ufe0f", 2),
        ("👍\ufe0f", 2),
        ("\u1112\u1161\u11ab", 2),
        ("क्\u200cष", 2),
        ("한국", 4),
    ],
)
def test_width_is_what_a_terminal_gives_it(text: str, columns: int) -> None:
    assert width(text) == columns


@given(st.text(st.sampled_from("ab王👍e\u0301")), st.integers(1, 12))
def test_fit_always_takes_exactly_its_columns(text: str, columns: int) -> None:
    fitted = fit(text, columns)
    assert width(fitted) == columns
    assert fitted.rstrip() == text or "…" in fitted


def test_fit_puts_numbers_to_the_right() -> None:
    assert fit("12.50", 8, right=True) == "   12.50"
