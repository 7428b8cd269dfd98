"""For which vendors a test of the suite runs: those of its module's VENDORS that it fits."""

import copy
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import pytest

from orderctl import redaction
from orderctl.backend import registry
from orderctl.backend.vendor import Capability, Vendor

F = TypeVar("F", bound=Callable[..., Any])

Fits = Callable[[Vendor], bool]


def each(fits: Fits = lambda _: True, **values: Callable[[Vendor], Iterable[Any]]) -> Callable[[F], F]:
    """Return a decorator: a test runs with the `name` of each vendor that fits, skipped where none does.

    With a keyword it runs also with each of the values that the keyword's function returns for the vendor.
    """

    def mark(test: F) -> F:
        vars(test)["vendors"] = fits, values
        return test

    return mark


def able(*capabilities: Capability) -> Fits:
    """Return whether a vendor declares all of these."""
    return lambda vendor: vendor.capabilities >= set(capabilities)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give each test its vendors, and what it varies of them."""
    if not hasattr(metafunc.function, "vendors"):
        return
    fits, values = metafunc.function.vendors
    found = [vendor for vendor in map(registry.vendor, metafunc.module.VENDORS) if fits(vendor)]
    for word, of in values.items():
        metafunc.parametrize(f"name,{word}", [(vendor.name, value) for vendor in found for value in of(vendor)])
    if not values:
        metafunc.parametrize("name", [vendor.name for vendor in found])


@pytest.fixture(autouse=True)
def secrets_of_its_own() -> Iterator[None]:
    """Let what a test takes for a secret, such as whatever a damaged answer to a log-in has, be hidden in that only."""
    known = vars(redaction.SECRETS)
    before = {name: copy.copy(value) for name, value in known.items()}
    yield
    known.update(before)
