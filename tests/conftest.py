"""What every test starts from: properties are seeded, so a failure is the same failure tomorrow."""

import copy
import gc
import os
import signal
from collections.abc import Iterator
from typing import Protocol, TypeVar

import pytest
from hypothesis import HealthCheck, settings

from orderctl import redaction

PROOF = "ORDERCTL_TEST_PROOF"

settings.register_profile(
    "orderctl", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("orderctl")


def pytest_configure(config: pytest.Config) -> None:
    if config.option.markexpr == "proof":
        os.environ[PROOF] = "1"
    for number in (signal.SIGHUP, signal.SIGINT):
        if signal.getsignal(number) is signal.SIG_IGN:  # nohup, or a shell's &: what the tests start would inherit it
            signal.signal(number, lambda *_: None)


UNMEASURED = {"conformance", "documented", "e2e", "sandbox"}
"""Folders whose tests run without coverage, which takes half as long again.

What has to be covered is covered by tests of its own: that these tests walk through it, too, proves nothing.
"""


def pytest_itemcollected(item: pytest.Item) -> None:
    if item.path.parent.name in UNMEASURED:
        item.add_marker("no_cover")


def proof_examples(number: int, *, sample: int | None = None) -> int:
    """Return how many examples a proof takes: all of them with `-m proof`, else `sample` of them or a tenth."""
    return number if os.environ.get(PROOF) else number // 10 if sample is None else sample


class _Closes(Protocol):
    def close(self) -> object: ...


Closing = TypeVar("Closing", bound=_Closes)

LEFT_OPEN: list[_Closes] = []


def closed_later(opened: Closing) -> Closing:
    """Return what is closed when the test is over."""
    LEFT_OPEN.append(opened)
    return opened


@pytest.fixture(autouse=True)
def _nothing_stays_open() -> Iterator[None]:
    yield
    while LEFT_OPEN:
        LEFT_OPEN.pop().close()


@pytest.fixture(autouse=True)
def _secrets_of_one_test() -> Iterator[None]:
    """Let what a test hides be hidden in that test only: the redactor is one a process."""
    known = vars(redaction.SECRETS)
    before = {name: copy.copy(value) for name, value in known.items()}
    yield
    known.update(before)


@pytest.fixture(autouse=True)
def _the_collector_goes_on() -> Iterator[None]:
    """Let a command that ran in the test's process leave its garbage collector as it was."""
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)
    gc.enable()
