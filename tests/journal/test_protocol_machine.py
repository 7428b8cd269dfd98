"""The protocol as a state machine: whatever is lost, late, refused or killed, no order is there twice or lost."""

import pytest
from hypothesis import settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from orderctl.backend.vendor import Duplicates
from orderctl.errors import Conflict, OrderctlError, OutcomeUnknown, PartlyDone
from orderctl.journal.entry import State
from orderctl.write.result import Result
from tests.conftest import proof_examples
from tests.journal.shop import Process, World, order

REFERENCES = ("R-1", "R-2")

FATES = (
    "ok",
    "lost-before",
    "lost-after",
    "late",
    "refused",
    "busy",
    "nobody",
    "500-after",
    "crash-before",
    "crash-after",
)
"""What may become of a request."""

LISTED = (State.UNKNOWN, State.SENDING, State.CONFLICT)

some_fates = strategies.lists(strategies.sampled_from(FATES), max_size=4)


class Protocol(RuleBasedStateMachine):
    """Runs come and go at one vendor; the world is the witness."""

    duplicates = Duplicates.SEARCHABLE
    lines = False

    def __init__(self) -> None:
        super().__init__()
        self.world = World(self.duplicates, lines=self.lines)
        self.world.searchable = self.duplicates is not Duplicates.BLIND
        self.runs = 0
        self.sent: set[str] = set()

    def run(self) -> Process:
        self.runs += 1
        return Process(self.world, f"run-{self.runs}")

    @rule(reference=strategies.sampled_from(REFERENCES), name=strategies.sampled_from(("Ann", "Bob")), fates=some_fates)
    def create(self, reference: str, name: str, fates: list[str]) -> None:
        self.world.fates = list(fates)
        run = self.run()
        before = len(self.world.calls)
        came = run.create(order(reference, name, ("A", "B")))
        self.world.fates = []
        if len(self.world.calls) > before:
            self.sent.add(reference)
        for one in came:
            self.check(reference, one)
        run.die()

    @rule(reference=strategies.sampled_from(REFERENCES), fates=some_fates)
    def resend(self, reference: str, fates: list[str]) -> None:
        run = self.run()
        if self.world.store.find("shop http://shop", reference) is None:
            return
        self.world.fates = list(fates)
        try:
            self.check(reference, run.resend(reference))
        except OrderctlError as error:
            self.check(reference, error)
        self.world.fates = []
        run.die()

    @rule()
    def reconcile(self) -> None:
        run = self.run()
        run.reconcile()
        run.die()

    @rule()
    def settles(self) -> None:
        """Let the vendor do at last what it was asked for: it has done so before a search counts as evidence."""
        self.world.catch_up()
        self.world.seconds += 130

    @rule(seconds=strategies.sampled_from((1, 31)))
    def wait(self, seconds: int) -> None:
        if not self.world.late:
            self.world.seconds += seconds

    def check(self, reference: str, one: Result | OrderctlError) -> None:
        there = self.world.holds()[reference]
        if isinstance(one, Result):
            assert there == 1, f"{one.outcome}, and it is not there"
        elif not isinstance(one, Conflict | OutcomeUnknown | PartlyDone):
            assert not there, f"{type(one).__name__}, and it is there"
            assert not self.comes(reference), f"{type(one).__name__}, and it still comes"

    def comes(self, reference: str) -> bool:
        """Return whether the vendor will still make an order of it."""
        return any(values.get("reference") == reference for _, values in self.world.late)

    @invariant()
    def never_twice(self) -> None:
        assert all(count == 1 for count in self.world.holds().values()), self.world.holds()

    @invariant()
    def never_lost(self) -> None:
        for reference in self.sent:
            row = self.world.store.find("shop http://shop", reference)
            assert row is not None
            there = self.world.holds()[reference]
            if row.state is State.DONE:
                assert there, "done, and not there"
            elif there or self.comes(reference):
                assert row.state in LISTED, f"{row.state}, and it is there or still comes"

    def teardown(self) -> None:
        """Run the same lines again until nothing changes: where the vendor can tell, all is well."""
        self.world.catch_up()
        self.world.seconds += 130
        for reference in REFERENCES:
            for name in ("Ann", "Bob"):
                self.create(reference, name, [])
        self.never_twice()
        self.never_lost()
        self.world.store.close()


@pytest.mark.proof
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("requests", ["one request", "several"])
@pytest.mark.parametrize("duplicates", list(Duplicates))
def test_no_order_is_created_twice_and_none_is_lost(duplicates: Duplicates, requests: str) -> None:
    kind = type("Kind", (Protocol,), {"duplicates": duplicates, "lines": requests == "several"})
    examples = settings(max_examples=proof_examples(1_000, sample=6), stateful_step_count=20, deadline=None)
    run_state_machine_as_test(kind, settings=examples)


def test_a_client_that_sends_again_is_caught() -> None:
    """The machine bites: without the journal's memory a second order is made."""

    class Naive(Protocol):
        duplicates = Duplicates.BLIND

        def run(self) -> Process:
            self.world.store.erase(target="shop http://shop")
            self.sent.clear()
            return super().run()

    once = settings(max_examples=50, stateful_step_count=10, deadline=None, report_multiple_bugs=False)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(Naive, settings=once)
