"""The examples in docstrings are true."""

import doctest
from importlib import import_module
from pkgutil import iter_modules

import pytest

import orderctl.vendors

MODULES = [
    "orderctl.decode",
    "orderctl.wire",
    *(f"orderctl.vendors.{m.name}" for m in iter_modules(orderctl.vendors.__path__)),
]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_docstrings_are_true(name: str) -> None:
    failed, tried = doctest.testmod(import_module(name))
    assert failed == 0
    assert tried
