"""The examples in docstrings are true."""

import doctest
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest

import orderctl.vendors

MODULES = [
    "orderctl.backend.prepared",
    "orderctl.backend.tolerant",
    "orderctl.http.wire",
    "orderctl.journal.entry",
    *(m.name for m in walk_packages(orderctl.vendors.__path__, "orderctl.vendors.") if not m.ispkg),
]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_docstrings_are_true(name: str) -> None:
    failed, tried = doctest.testmod(import_module(name))
    assert failed == 0
    assert tried or ">>>" not in Path(str(import_module(name).__file__)).read_text(encoding="utf-8")
