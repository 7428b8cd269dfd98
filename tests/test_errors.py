"""Every failure has its exit code and its place in the drawn tree, and names its place in the input."""

import re

import pytest

from orderctl import errors
from orderctl.errors import Interrupted, OrderctlError, Problem

KINDS = {
    name: kind for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, OrderctlError)
}


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    drawn = re.findall(r"^[+\-| ]*([A-Z]\w+) +(\d+)", str(errors.__doc__), re.MULTILINE)
    assert {name for name, _ in drawn} == set(KINDS)
    for name, code in drawn:
        if KINDS[name] is not Interrupted:
            assert KINDS[name].exit_code == int(code), name


def test_an_error_carries_what_a_script_needs() -> None:
    error = OrderctlError("m", hint="h", code="c", fields=[Problem("--x", "bad")], http_status=503, retry_after=5)
    assert (str(error), error.hint, error.code, error.http_status, error.retry_after) == ("m", "h", "c", 503, 5)
    assert OrderctlError("m").code == "internal.error"
    assert Interrupted("m", signal=15).exit_code == 143


@pytest.mark.parametrize(
    "problem, text",
    [
        (Problem("--x", "bad"), "--x: bad"),
        (Problem("", "bad"), "bad"),
        (Problem("price", "bad", 3), "row 3, price: bad"),
        (Problem("", "bad", 3), "row 3: bad"),
    ],
)
def test_a_problem_says_its_place_first(problem: Problem, text: str) -> None:
    assert str(problem) == text
