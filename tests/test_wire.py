"""Bytes to values and back: exact numbers, bounded nonsense, forms as PHP reads them."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderctl import redaction
from orderctl.errors import BadAnswer, UsageError
from orderctl.http.wire import MAX_DEPTH, SHOWN, php, read_json, read_xml, write_form, write_json
from orderctl.sandbox.php import json_variables, query_variables

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
keys = st.text("abcXYZ_019", min_size=1, max_size=8).filter(lambda k: not k.isdigit() and k[0] not in "019")


def test_numbers_keep_every_digit() -> None:
    got = read_json(b'\xef\xbb\xbf {"a": 0.10, "b": 1E+2, "c": 12345678901234567890, "d": "x"}', vendor="V")
    assert got == {"a": Decimal("0.10"), "b": Decimal(100), "c": 12345678901234567890, "d": "x"}
    assert str(got["a"]) == "0.10"


@pytest.mark.parametrize(
    "body, why",
    [(b"", "nothing"), (b"  ", "nothing"), (b"<html>", "HTML or XML"), (b"{", "cannot be read"), (b"oops", "not JSON"),
     (b"\xff{", "not UTF-8"), (b"[" * 200_000, "nested too deeply"), (b"[" * 50_000_000, "nested too deeply"),
     (b"[" * 10**6 + b"]" * 10**6, "nested too deeply"), (b"[" + b"[]," * 15_000_000 + b"[]]", "too large"),
     (b'[["' + b"[" * 100 + b'\\"' * 500_000, "cannot be read"), (b"1 2", "not JSON")],
    ids=lambda v: v[:9].decode("latin-1") if isinstance(v, bytes) else "",
)  # fmt: skip
def test_nonsense_is_reported_in_one_line(body: bytes, why: str) -> None:
    with pytest.raises(BadAnswer, match=why) as raised:
        read_json(body, vendor="The vendor")
    assert raised.value.message.startswith("The vendor answered ")
    assert len(raised.value.message) < 2 * SHOWN + 100
    assert "--trace" in raised.value.hint


def test_what_is_shown_of_nonsense_holds_no_half_of_a_secret() -> None:
    redaction.hide("password", "canary-9876543210")
    with pytest.raises(BadAnswer) as raised:
        read_json(b"x" * (SHOWN - 6) + b"canary-9876543210", vendor="V")
    assert "canary" not in raised.value.message


def test_an_answer_may_be_as_deep_as_orders_are() -> None:
    deep = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH
    mixed = b'[{"a":' * (MAX_DEPTH // 2) + b"1" + b"}]" * (MAX_DEPTH // 2)
    for body in (deep, mixed, b'["[[[", {"a": "}]"}]', b'"]"', b"7"):
        assert read_json(body, vendor="V") == json.loads(body)


@pytest.mark.parametrize("levels", [MAX_DEPTH, MAX_DEPTH + 6, 900, 5000])
def test_what_is_nested_too_deeply_is_a_text_and_damages_nothing_around_it(levels: int) -> None:
    deep = "[" * levels + "]" * levels
    first, second = read_json(f'[{{"x": {deep}, "y": "]"}}, {{"x": {{"a": {deep}}}, "y": 2}}]'.encode(), vendor="V")
    assert (first["y"], second["y"]) == ("]", 2)
    for depth, found in ((2, first["x"]), (3, second["x"]["a"])):
        value, above = found, MAX_DEPTH - depth
        for _ in range(above):
            (value,) = value  # down to its bottom
        assert value == deep[above:-above]


ODD = ("NaN", "Infinity", "-Infinity", "1e999", "1E-999", "1e9999999999999999999", "9" * 401, "9" * 4301,
       "-" + "9" * 400, "0." + "1" * 500)  # fmt: skip
"""Numbers that no order can have."""


@pytest.mark.parametrize("number", ODD, ids=lambda n: n[:12])
def test_a_number_that_no_order_can_have_is_a_text(number: str) -> None:
    assert read_json(f'[{{"x": {number}}}, {{"x": -0, "y": -0.0}}]'.encode(), vendor="V") == [
        {"x": number},
        {"x": 0, "y": Decimal("-0.0")},
    ]
    with pytest.raises(BadAnswer, match="cannot be read"):
        read_json(f'{{"x": {number}}}'.encode(), vendor="V", exact=True)


@pytest.mark.parametrize(
    "text, read",
    [
        (b"\xed\xa0\x80", "\ufffd" * 3),
        (b"a\xff", "a\ufffd"),
        (b"a\tb\n", "a\tb\n"),
        (b"\\ud800", "\ud800"),
    ],
)
def test_an_odd_character_damages_its_text_only(text: bytes, read: str) -> None:
    assert read_json(b'[{"x": "' + text + b'"}, 7]', vendor="V") == [{"x": read}, 7]


def test_what_is_passed_on_is_read_exactly() -> None:
    for body in (b'{"a": "\xff"}', b'{"a": "\n"}', b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1)):
        with pytest.raises(BadAnswer):
            read_json(body, vendor="V", exact=True)


@given(
    st.dictionaries(
        keys,
        texts
        | st.lists(texts, min_size=1, max_size=3)
        | st.lists(st.dictionaries(keys, texts, min_size=1), min_size=1, max_size=3),
    )
)
def test_a_form_is_read_by_php_as_it_was_meant(values: dict[str, Any]) -> None:
    def as_arrays(value: Any) -> Any:
        if isinstance(value, list):
            return {n: as_arrays(v) for n, v in enumerate(value)}
        return {k: as_arrays(v) for k, v in value.items()} if isinstance(value, dict) else value

    assert query_variables(write_form(php(values))) == as_arrays(values)
    assert json_variables(write_json(values)) == as_arrays(values)


@pytest.mark.parametrize("write", [lambda t: write_form([("a", t)]), lambda t: write_json({"a": t})])
def test_what_is_not_text_is_not_sent(write: Any) -> None:
    with pytest.raises(UsageError, match=r"near '.*name.*udcff'"):
        write("name\udcff")


@pytest.mark.parametrize(
    "body, value",
    [
        (b"<orders/>", ("orders", None)),
        (b'<a type="array"><b>1</b><b>2</b></a>', ("a", ["1", "2"])),
        (b"<a><b>1</b><b>2</b><b>3</b><c/></a>", ("a", {"b": ["1", "2", "3"], "c": None})),
        (b'<a status="ok">hello</a>', ("a", {"@status": "ok", "@text": "hello"})),
        ("<a>Чай</a>".encode(), ("a", "Чай")),
        ('<?xml version="1.0" encoding="UTF-16"?><a>Чай</a>'.encode("utf-16"), ("a", "Чай")),
        ('<?xml version="1.0" encoding="windows-1251"?><a>Чай</a>'.encode("cp1251"), ("a", "Чай")),
        (b"<a><![CDATA[<!DOCTYPE x>]]></a>", ("a", "<!DOCTYPE x>")),
        (
            b'<a><b type="array"/><c nil="true" type="date"/><d k="v"/></a>',
            ("a", {"b": [], "c": None, "d": {"@k": "v"}}),
        ),
    ],
)
def test_xml_becomes_texts_lists_and_objects(body: bytes, value: Any) -> None:
    assert read_xml(body, vendor="V") == value


@pytest.mark.parametrize(
    "body, why",
    [
        (b"", "nothing"),
        (b'{"a": 1}', "JSON where XML"),
        (b"<a><b></a>", "cannot be read"),
        (b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "a DTD"),
        (b"<a>" * 200_000, "too deep or too large"),
        (b"<a>" * 200_000 + b"</a>" * 200_000, "too deep or too large"),
        (b"<a>" * 9_000_000, "too deep or too large"),
        ('<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'.encode("utf-16"), "a DTD"),
        (b"<a>&x;</a>", "cannot be read"),
        (b"<?xml version='1.0' encoding='no-such'?><a/>", "cannot be read"),
    ],
    ids=[
        "empty",
        "json",
        "broken",
        "dtd",
        "open",
        "deep",
        "endless",
        "hidden dtd",
        "entity",
        "encoding",
    ],
)
def test_xml_that_is_not_to_be_read_is_reported(body: bytes, why: str) -> None:
    with pytest.raises(BadAnswer, match=why):
        read_xml(body, vendor="V")


def test_xml_may_be_as_deep_as_orders_are() -> None:
    root, value = read_xml(b"<a>" * MAX_DEPTH + b"x" + b"</a>" * MAX_DEPTH, vendor="V")
    for _ in range(MAX_DEPTH - 1):
        value = value[root]
    assert value == "x"


@pytest.mark.parametrize("levels", [MAX_DEPTH, MAX_DEPTH + 6, 5000])
def test_xml_that_is_nested_too_deeply_is_the_text_in_it(levels: int) -> None:
    deep = b"<x>" * levels + b"7" + b"</x>" * levels
    _, value = read_xml(b"<a><b>" + deep + b"</b><c>8</c></a>", vendor="V")
    assert value["c"] == "8"
    value = value["b"]
    while isinstance(value, dict):
        value = value["x"]
    assert value == "7"


@pytest.mark.parametrize("odd", [b"\x07", b"&#7;", b"&#x1F;", b"&#xD800;", b"&#1114112;", b"\xff", b"\xef\xbf\xbf"])
@pytest.mark.parametrize("head", [b"", b'<?xml version="1.0" encoding="UTF-8"?>'])
def test_a_character_that_xml_cannot_hold_damages_its_text_only(head: bytes, odd: bytes) -> None:
    assert read_xml(head + b"<a><b>x" + odd + b"</b><c>8</c></a>", vendor="V") == ("a", {"b": "x\ufffd", "c": "8"})


def test_xml_has_no_more_elements_than_somebody_could_walk_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orderctl.http.wire.MAX_NODES", 9)
    assert read_xml(b"<a>" + b"<b/>" * 8 + b"</a>", vendor="V") == ("a", {"b": [None] * 8})
    with pytest.raises(BadAnswer, match="too deep or too large"):
        read_xml(b"<a>" + b"<b/>" * 9 + b"</a>", vendor="V")
