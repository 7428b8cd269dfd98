"""The sixth vendor stands beside the five while this folder's tests run."""

from collections.abc import Iterator
from typing import Any, cast

import pytest

from orderctl import registry, sandbox


@pytest.fixture(autouse=True)
def _sixth_vendor() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(registry.VENDORS, "tuckshop", "tests.conformance.sixth")
        patch.setitem(cast("dict[str, Any]", sandbox.EMULATORS), "tuckshop", "tests.conformance.sixth_emulator")
        yield
