"""A row's hash, checksum, id and content: what means the same is the same, and no secret is kept."""

import datetime as dt
import time
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderctl import redaction
from orderctl.backend.prepared import Prepared
from orderctl.errors import UsageError
from orderctl.frozen import replace
from orderctl.journal.entry import (
    MAX_EVIDENCE,
    SCHEME,
    Entry,
    State,
    canonical,
    checksum,
    evidence,
    hash_of,
    kept,
    new_id,
)
from tests.journal.shop import order

DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9)


def row(prepared: Prepared, **more: Any) -> Entry:
    words: dict[str, Any] = {"state": State.UNKNOWN, "hash": hash_of(prepared.content), **more}
    return Entry(op="op", target="t", profile="shop", vendor="shop", verb="create", reference="R-1", **words)


@given(DECIMALS, st.integers(min_value=0, max_value=5))
def test_zeros_at_the_end_of_a_decimal_number_mean_nothing(value: Decimal, zeros: int) -> None:
    text = f"{value:f}"
    padded = text + "0" * zeros if "." in text else text
    assert hash_of({"price": text}) == hash_of({"price": padded})
    shown = canonical(padded)
    assert Decimal(shown) == value
    assert "." not in shown or not shown.endswith(("0", "."))


@given(st.lists(DECIMALS, min_size=2, max_size=2, unique=True))
def test_two_numbers_are_never_the_same(values: list[Decimal]) -> None:
    one, two = ({"price": f"{value:f}"} for value in values)
    assert hash_of(one) != hash_of(two)


@pytest.mark.parametrize("text", ["007", "1e3", "1.", ".5", "1,50", "+1.0", "1.0 ", "٣.0", "1.2.0", "v1.0", "00.50"])
def test_what_is_not_a_plain_number_stays_as_it_is(text: str) -> None:
    assert canonical(text) == text


@pytest.mark.parametrize(
    "one, two",
    [
        ({"a": "1", "b": "2"}, {"b": "2", "a": "1"}),
        ({"lines": [{"q": "1.0"}]}, {"lines": ({"q": "1"},)}),
        ({"deep": {"x": {"b": "1.50", "a": ""}}}, {"deep": {"x": {"a": "", "b": "1.5"}}}),
    ],
)
def test_the_order_of_names_and_the_kind_of_list_mean_nothing(one: dict[str, Any], two: dict[str, Any]) -> None:
    assert hash_of(one) == hash_of(two)


@pytest.mark.parametrize(
    "one, two",
    [
        ({"a": "1"}, {"a": 1}),
        ({"a": True}, {"a": "true"}),
        ({"a": None}, {}),
        ({"a": ""}, {}),
        ({"lines": ["a", "b"]}, {"lines": ["b", "a"]}),
        ({"a": "é"}, {"a": "e\u0301"}),
        ({"a": "b", "c": ""}, {"a": "", "c": "b"}),
        ({"a": ["b"]}, {"a": "b"}),
        ({"a": "\ud800"}, {"a": "\ud801"}),
    ],
)
def test_anything_else_is_another_content(one: dict[str, Any], two: dict[str, Any]) -> None:
    assert hash_of(one) != hash_of(two)


def test_a_hash_and_a_checksum_stay_what_earlier_versions_wrote() -> None:
    """Were they made in another way, each order that was done would be a conflict, and each row damaged."""
    assert SCHEME == 1
    content = {
        "reference": "R-1",
        "price": "102.00",
        "note": "茶 \ud800",
        "lines": [{"sku": "007", "quantity": "1.50"}],
    }
    digest = hash_of(content | {"gift": True, "tax": None})
    assert digest == "058e5cb87bb9915f103a4df1fd2939e5"
    assert checksum("shop http://x", "create", "R-1", "done", digest, "7") == 3501912541
    assert checksum("t", "cancel", None, "planned", "", None) == 2423339068
    assert checksum("t", "create", "\ud800", "done", "abc", None) == 3716298907


def test_a_file_counts_by_its_bytes(tmp_path: Path) -> None:
    one, two = tmp_path / "a.pdf", tmp_path / "b.pdf"
    one.write_bytes(b"x")
    two.write_bytes(b"x")
    for content in (lambda path: {"files": [str(path)]}, lambda path: {"files_item": {"1": str(path)}}):
        assert hash_of(content(one)) == hash_of(content(two))
        two.write_bytes(b"y")
        assert hash_of(content(one)) != hash_of(content(two))
        two.unlink()
        assert hash_of(content(one)) != hash_of(content(two))
        two.write_bytes(b"x")
    assert hash_of({"note": str(one)}) != hash_of({"note": str(two)})


def test_each_of_key_state_hash_and_id_is_in_the_checksum() -> None:
    whole: tuple[Any, ...] = ("t", "create", "R-1", "done", "abc", "7")
    assert checksum(*whole) == checksum(*whole)
    for number in range(len(whole)):
        other = tuple(f"{word}x" if at == number else word for at, word in enumerate(whole))
        assert checksum(*other) != checksum(*whole)
    assert checksum("t", "cancel", None, "done", "abc", "7") != checksum("t", "cancel", "7", "done", "abc", None)
    assert checksum("t", "create", "\ud800", "done", "abc", None)


def test_an_id_is_a_uuid_of_version_7_and_sorts_as_it_was_made() -> None:
    before = time.time_ns() // 1_000_000
    made = [new_id() for _ in range(2_000)]
    after = time.time_ns() // 1_000_000
    assert len(set(made)) == len(made)
    for text in (made[0], made[-1]):
        found = uuid.UUID(text)
        assert (found.version, found.variant, str(found)) == (7, uuid.RFC_4122, text)
        assert before <= found.int >> 80 <= after
    moments = [text[:13] for text in made]
    assert moments == sorted(moments)


def test_every_bit_of_an_id_that_is_not_its_time_or_version_is_random() -> None:
    numbers = [uuid.UUID(new_id()).int for _ in range(200)]
    free = (0xFFF << 64) | ((1 << 62) - 1)
    ones, zeros = 0, 0
    for number in numbers:
        ones, zeros = ones | number, zeros | ~number
    assert ones & zeros & free == free


def test_no_secret_is_kept_and_what_held_one_cannot_be_sent_again() -> None:
    redaction.hide("password", "correct-horse-battery")
    prepared = order(note="correct-horse-battery")
    assert "correct-horse" not in kept(prepared)
    assert "correct-horse" not in evidence("the vendor says: correct-horse-battery is wrong")
    hidden = order(note="***")
    entry = row(prepared, kept=kept(hidden))
    with pytest.raises(UsageError, match="is not kept whole, because it holds a secret") as raised:
        _ = entry.prepared
    assert raised.value.hint == "give the order again"


def test_evidence_is_not_too_long() -> None:
    assert evidence("x" * MAX_EVIDENCE) == "x" * MAX_EVIDENCE
    assert evidence("x" * 10_000) == "x" * MAX_EVIDENCE + "…"


def test_a_row_gives_back_what_was_prepared() -> None:
    prepared = order(note="a \ud800 b", lines=[])
    found = row(prepared, kept=kept(prepared)).prepared
    assert (found.verb, found.reference, found.content, found.lines, found.wanted) == (
        "create", "R-1", prepared.content, prepared.lines, prepared.wanted
    )  # fmt: skip
    for lost in (None, "", "{", "[]"):
        with pytest.raises(UsageError, match=r"^the content of create 'R-1' was pruned$"):
            _ = row(prepared, kept=lost).prepared
    with pytest.raises(UsageError, match=r"^the content of create 'R-1' is not kept whole, because it holds a secret$"):
        _ = row(prepared, kept="{}").prepared
    with pytest.raises(UsageError, match=r"^the content of create '7' was pruned$"):
        _ = replace(row(prepared), reference=None, order_id="7").prepared


def test_what_an_order_was_before_is_kept_with_the_change() -> None:
    entry = row(order(), kept=kept(order(), {"status": "New"}))
    assert entry.content is not None
    assert entry.content["before"] == {"status": "New"}
    assert entry.prepared.content == order().content
    assert row(order(), kept=kept(order())).content == {
        "content": order().content,
        "lines": 1,
        "wanted": order().wanted,
    }


def test_a_row_begins_with_nothing_known_of_it() -> None:
    entry = Entry(op="op", target="t", profile="shop", vendor="shop", verb="api", state=State.PLANNED)
    assert (entry.reference, entry.order_id, entry.hash, entry.kept, entry.run) == (None, None, "", None, "")
    assert (entry.attempts, entry.http_status, entry.evidence, entry.steps, entry.scheme) == (0, None, "", {}, SCHEME)
    moments = (entry.planned_at, entry.first_sent_at, entry.sent_at, entry.settled_at, entry.cancelled_at)
    assert {*moments, entry.searched_at, entry.content} == {None}
    assert (entry.absent, entry.damaged) == (False, False)


def test_a_row_of_another_scheme_is_compared_by_its_content() -> None:
    prepared = order(price="1.50")
    old = row(prepared, scheme=0, hash="of another kind", kept=kept(order(price="1.5")))
    assert old.same(prepared)
    assert not old.same(order(price="2"))
    assert not replace(old, kept=None).same(prepared), "nothing is left to compare"
    assert not row(prepared, hash="another").same(prepared)


def test_the_differing_fields_are_named() -> None:
    entry = row(order(), kept=kept(order(price="1.0", note="x")))
    assert entry.differing(order(price="1", name="Bob")) == ("name", "note")
    assert replace(entry, kept=None).differing(order()) == ()


def test_a_row_whose_run_died_is_unknown_and_says_how_far_it_came() -> None:
    entry = row(order(), state=State.SENDING)
    assert (entry.lost.state, entry.lost.evidence) == (State.UNKNOWN, "the run ended while it was sent")
    assert replace(entry, http_status=201).lost.evidence.endswith("the vendor answered with HTTP 201")


def test_what_is_not_json_is_a_bug_that_is_named() -> None:
    with pytest.raises(TypeError, match="holds a date, which is not JSON"):
        kept(order(day=dt.date(2026, 5, 1)))
    with pytest.raises(ValueError, match="JSON"):
        kept(order(price=float("nan")))
