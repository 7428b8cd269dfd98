"""A long list is written by another encoder than a short one: the text is the same."""

import sys
import unicodedata
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderctl.model import Status
from orderctl.output import jsontext
from orderctl.output.jsontext import LONG, compact, of_a_list
from tests.conftest import proof_examples

CHARACTERS = st.text(
    st.characters(codec=None) | st.sampled_from('\x7f\x85\xad\u200b\u2028\ufeff\U000e0001\ud800"\\/\n')
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | CHARACTERS
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.sampled_from([10**40, -(10**25), Status.OPEN, Decimal("1E+5"), Decimal("-1.5E-9"), "TABLE-4"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(CHARACTERS, inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=proof_examples(10_000, sample=150))
@given(VALUES)
def test_any_document_is_written_alike_in_a_short_and_in_a_long_list(value: Any) -> None:
    assert jsontext._fast()(value) == compact(value)  # noqa: SLF001


def test_no_character_that_steers_a_terminal_is_written_by_either() -> None:
    fast = jsontext._fast()  # noqa: SLF001
    hidden = [c for c in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(c) in {"Cc", "Cf", "Zl", "Zp"}]
    assert len(hidden) > 200
    for char in hidden:
        assert fast({"note": f"a{char}b"}) == compact({"note": f"a{char}b"}), hex(ord(char))


def nested(levels: int) -> Any:
    found: Any = "deep"
    for _ in range(levels):
        found = [found]
    return found


@pytest.mark.parametrize("value", [nested(64), nested(400), "\ud800", {"\udfff": 1}, (1, 2), Decimal("1.50")])
def test_what_the_faster_encoder_does_not_take_is_written_all_the_same(value: Any) -> None:
    assert jsontext._fast()(value) == compact(value)  # noqa: SLF001


def test_a_list_changes_its_encoder_once_it_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsontext, "_fast", lambda: lambda value: f"fast {value}")
    encode = of_a_list()
    assert [encode(n) for n in range(LONG + 1)] == [*map(str, range(LONG - 1)), f"fast {LONG - 1}", f"fast {LONG}"]
