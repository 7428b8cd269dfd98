"""What stops a run of many writes: a login or proxy that is refused, a vendor that does not answer, many doubts."""

from orderctl.errors import ConfigError, CredentialError, MachineRefused, OrderctlError, OutcomeUnknown, Temporary
from orderctl.write.result import Result

FAILURES_IN_A_ROW = 5
"""Transport failures in a row that stop a run: the vendor is down."""

UNKNOWNS_IN_A_ROW = 3
"""Unknown outcomes in a row that stop a run: each further one is more to look after."""


class Brakes:
    """Counts failures in a row."""

    def __init__(self) -> None:
        self._without_answer = self._unknowns = 0

    def after(self, result: Result) -> OrderctlError | None:
        """Return what stops the run after this result, None where it goes on."""
        error = result.error
        self._without_answer = self._without_answer + 1 if isinstance(error, Temporary) else 0
        self._unknowns = self._unknowns + 1 if isinstance(error, OutcomeUnknown) else 0
        if isinstance(error, ConfigError | CredentialError | MachineRefused):
            return error
        if error is not None and self._without_answer >= FAILURES_IN_A_ROW:
            return Temporary(
                f"stopped: {FAILURES_IN_A_ROW} orders in a row could not be sent; the last one: {error.message}",
                hint="run it again when the vendor answers",
            )
        if error is not None and self._unknowns >= UNKNOWNS_IN_A_ROW:
            return OutcomeUnknown(
                f"stopped: {UNKNOWNS_IN_A_ROW} outcomes in a row are unknown; the last one: {error.message}",
                hint="look at the vendor before you send more",
            )
        return None
