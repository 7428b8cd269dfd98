"""What stops a run of many writes: a refused login or proxy, a silent vendor, many doubts, --max-errors."""

from orderctl.errors import (
    ConfigError,
    CredentialError,
    MachineRefused,
    OrderctlError,
    OutcomeUnknown,
    PartlyDone,
    Temporary,
)
from orderctl.write.result import Result

FAILURES_IN_A_ROW = 5
"""Transport failures in a row that stop a run: the vendor is down."""

UNKNOWNS_IN_A_ROW = 3
"""Unknown outcomes in a row that stop a run: each further one is more to look after."""


OLD_DOUBT = "journal.in_doubt"
"""The code of an outcome that was unknown before this run: looking at it again adds no doubt."""


class Brakes:
    """Counts failures in a row, and all of them: `max_errors` end the run, None where any number may fail.

    Where a run only `looks` at what was written before, unknown outcomes do not stop it: it makes no new ones.
    """

    def __init__(self, max_errors: int | None = None, *, looks: bool = False) -> None:
        self._max_errors, self._looks = max_errors, looks
        self._errors = self._without_answer = self._unknowns = 0

    def after(self, result: Result) -> OrderctlError | None:
        """Return what stops the run after this result, None where it goes on."""
        error = result.error
        self._without_answer = self._without_answer + 1 if isinstance(error, Temporary) else 0
        if error is None or error.code != OLD_DOUBT:
            self._unknowns = self._unknowns + 1 if isinstance(error, OutcomeUnknown) else 0
        self._errors += error is not None
        if isinstance(error, ConfigError | CredentialError | MachineRefused):
            return error
        if error is not None and self._without_answer >= FAILURES_IN_A_ROW:
            return Temporary(
                f"stopped: {FAILURES_IN_A_ROW} orders in a row could not be sent; the last one: {error.message}",
                hint="run it again when the vendor answers",
            )
        if error is not None and self._unknowns >= UNKNOWNS_IN_A_ROW and not self._looks:
            return OutcomeUnknown(
                f"stopped: {UNKNOWNS_IN_A_ROW} outcomes in a row are unknown; the last one: {error.message}",
                hint="see: orderctl journal list --outcome unresolved",
            )
        if error is not None and self._max_errors is not None and self._errors >= self._max_errors:
            return self._enough(error)
        return None

    def _enough(self, last: OrderctlError) -> OrderctlError:
        """Return what says that as many failed as may; it has the exit code of the last one."""
        failed = "1 order" if self._max_errors == 1 else f"{self._max_errors} orders"
        stopped = PartlyDone(
            f"stopped: {failed} failed, as many as --max-errors allows; the last one: {last.message}",
            hint="fix what failed, then run it again",
            code="run.max_errors",
        )
        stopped.exit_code = last.exit_code
        return stopped
