"""What every test starts from: properties are seeded, so a failure is the same failure tomorrow."""

import os

import pytest
from hypothesis import HealthCheck, settings

PROOF = "ORDERCTL_TEST_PROOF"

settings.register_profile(
    "orderctl", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("orderctl")


def pytest_configure(config: pytest.Config) -> None:
    if config.option.markexpr == "proof":
        os.environ[PROOF] = "1"


def proof_examples(number: int) -> int:
    """Return how many examples a proof takes: all of them with `-m proof`, else a tenth."""
    return number if os.environ.get(PROOF) else number // 10
