"""Requests are read as PHP reads them."""

from typing import Any

import pytest

from orderctl.sandbox import php


@pytest.mark.parametrize(
    "query, array",
    [
        (b"a=1&b=2", {"a": "1", "b": "2"}),
        (b"a=1&&&b", {"a": "1", "b": ""}),
        (b"a=1&a=2", {"a": "2"}),
        (b"a=x+y%20z%2B", {"a": "x y z+"}),
        (b"a=% 20%zz%", {"a": "% 20%zz%"}),
        (b"a=%D0%B0", {"a": "а"}),  # noqa: RUF001 - the vendor's own example is this Cyrillic letter
        (b"a.b=1&c d=2&+e=3", {"a_b": "1", "c_d": "2", "e": "3"}),
        (b"=1", {}),
        (b"a[]=x&a[]=y", {"a": {0: "x", 1: "y"}}),
        (b"a[5]=x&a[]=y", {"a": {5: "x", 6: "y"}}),
        (b"a[01]=x&a[b.c d]=y", {"a": {"01": "x", "b.c d": "y"}}),
        (b"a%5B0%5D%5Bname%5D=x", {"a": {0: {"name": "x"}}}),
        (b"a[0][name]=x&a[0][n]=y&a[1][name]=z", {"a": {0: {"name": "x", "n": "y"}, 1: {"name": "z"}}}),
        (b"a[0]lost[1]=x", {"a": {0: "x"}}),
        (b"a[b=1", {"a_b": "1"}),
        (b"a=1&a[b]=2", {"a": {"b": "2"}}),
        (b"a[b]=2&a=1", {"a": "1"}),
        (b"a" + b"[b]" * 65 + b"=1", {}),
    ],
)
def test_query_variables(query: bytes, array: php.Array) -> None:
    assert php.query_variables(query) == array


def test_variables_above_the_limit_are_dropped() -> None:
    query = b"&".join(b"a%d=1" % number for number in range(1200))
    array = php.query_variables(query)
    assert list(array) == [f"a{number}" for number in range(1000)]


@pytest.mark.parametrize(
    "value, text",
    [
        (None, ""),
        (False, ""),
        (True, "1"),
        (7, "7"),
        (102.0, "102"),
        (0.1 + 0.2, "0.3"),
        (1e20, "1.0E+20"),
        ("x", "x"),
        ({0: "x"}, ""),
    ],
)
def test_text_of_scalars(value: Any, text: str) -> None:
    assert php.text(value) == text


def test_json_lists_become_arrays_and_back() -> None:
    array = php.json_variables(b'{"a.b": [{"c": 1}, null], "7": true, "d": [], "e": {"1": 2}}')
    assert array == {"a.b": {0: {"c": 1}, 1: None}, 7: True, "d": {}, "e": {1: 2}}
    assert php.plain(array["a.b"]) == [{"c": 1}, None]
    assert php.plain(array["e"]) == {"1": 2}


def test_deep_json_is_none() -> None:
    assert php.json_variables(b'{"a":' + b"[" * 100_000) == {}


def test_files_of_a_multipart_body_are_not_variables() -> None:
    body = (
        b'--B\r\nContent-Disposition: form-data; name="a[]"\r\n\r\n1\r\n'
        b'--B\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n2\r\n'
        b'--B\r\nContent-Disposition: form-data; name="a[]"\r\n\r\n3\r\n--B--\r\n'
    )
    assert php.multipart_variables(body, "multipart/form-data; boundary=B") == {"a": {0: "1", 1: "3"}}


def test_a_broken_multipart_body_is_none() -> None:
    assert php.multipart_variables(b"--B\r\nnonsense", "multipart/form-data; boundary=B") == {}
    assert php.multipart_variables(b"", "multipart/form-data") == {}
