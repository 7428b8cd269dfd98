"""The sixth vendor is beside the five while this folder's tests run."""

from collections.abc import Iterator
from typing import Any, cast

import pytest

from orderctl import redaction, sandbox
from orderctl.backend import registry


@pytest.fixture(autouse=True)
def _sixth_vendor() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(registry.VENDORS, "tuckshop", "tests.conformance.sixth")
        patch.setitem(cast("dict[str, Any]", sandbox.EMULATORS), "tuckshop", "tests.conformance.sixth_emulator")
        yield


@pytest.fixture(autouse=True)
def _secrets_of_its_own() -> Iterator[None]:
    """What a test takes for a secret, such as whatever a damaged answer to a login has, is not hidden in the next."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(redaction.SECRETS, "_values", set(redaction.SECRETS._values))  # noqa: SLF001
        patch.setattr(redaction.SECRETS, "_forms", redaction.SECRETS._forms)  # noqa: SLF001
        yield
