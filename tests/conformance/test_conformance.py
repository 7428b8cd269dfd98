"""The suite that ships, for the built-in vendors; a vendor of another package passes it in test_other_package.py."""

import pytest

from orderctl.backend import registry
from orderctl.conformance.suite import *  # noqa: F403
from orderctl.conformance.suite import test_no_answer_breaks_a_call_or_passes_for_a_success as broken_answers
from tests.conftest import proof_examples

EXAMPLES = proof_examples(10_000, sample=300)
VENDORS = sorted(registry.VENDORS)

test_no_answer_breaks_a_call_or_passes_for_a_success = pytest.mark.proof(broken_answers)
