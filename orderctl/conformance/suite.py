"""Every test of the suite, for the vendors in VENDORS: a module that imports all of it names its own.

The parts have no names that pytest looks for, so that each test runs where it was imported to, and nowhere else.
"""

import os
from collections.abc import Sequence

import pytest

from orderctl.conformance import ENVIRON

pytest.register_assert_rewrite(
    *(f"orderctl.conformance.{part}" for part in ("answers", "dry_run", "faults", "lists", "orders"))
)

from orderctl.conformance.answers import *  # noqa: E402, F403
from orderctl.conformance.dry_run import *  # noqa: E402, F403
from orderctl.conformance.faults import *  # noqa: E402, F403
from orderctl.conformance.lists import *  # noqa: E402, F403
from orderctl.conformance.orders import *  # noqa: E402, F403
from orderctl.conformance.vendors import pytest_generate_tests, secrets_of_its_own  # noqa: E402, F401

VENDORS: Sequence[str] = os.environ.get(ENVIRON, "").split()
"""The names of the vendors that are tested."""
