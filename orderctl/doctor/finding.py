"""What a check found: what it looked at, whether that is good, and what to do about it."""

from collections.abc import Iterable
from enum import StrEnum

from orderctl.errors import (
    ConfigError,
    Conflict,
    CredentialError,
    MachineRefused,
    OrderctlError,
    OutcomeUnknown,
    Temporary,
)
from orderctl.frozen import dataclass

WORST = tuple(
    kind.exit_code for kind in (OutcomeUnknown, MachineRefused, ConfigError, CredentialError, Conflict, Temporary)
)
"""The exit codes of problems, the worst first; that of any other problem comes before the last."""


OVERDUE = "runs.overdue"
"""The code of a problem that others explain: it comes after them."""


class State(StrEnum):
    """How the thing is that was looked at. Only a problem changes the exit code."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What one check found. `check` names what it looked at, `profile` whose that is, None for the whole machine.

    `remedy` is what to do, a command wherever one does it. `exit` is the exit code of a problem, `code` its finer one.
    """

    check: str
    state: State
    message: str
    remedy: str = ""
    profile: str | None = None
    exit: int = 0
    code: str = ""


def good(check: str, message: str, *, profile: str | None = None) -> Finding:
    """Return that something is as it should be."""
    return Finding(check=check, state=State.OK, message=message, profile=profile)


def warning(check: str, message: str, remedy: str, *, profile: str | None = None) -> Finding:
    """Return that something works and deserves a look."""
    return Finding(check=check, state=State.WARNING, message=message, remedy=remedy, profile=profile)


def problem(check: str, error: OrderctlError, *, profile: str | None = None, remedy: str = "") -> Finding:
    """Return a finding of a problem, in the words of an error. Without a remedy, the error's hint is the remedy."""
    return Finding(
        check=check,
        state=State.PROBLEM,
        message=error.message,
        remedy=remedy or error.hint,
        profile=profile,
        exit=error.exit_code,
        code=error.code,
    )


def problems(findings: Iterable[Finding]) -> list[Finding]:
    """Return the problems, the worst first."""
    return sorted((found for found in findings if found.state is State.PROBLEM), key=_rank)


def exit_code(findings: Iterable[Finding]) -> int:
    """Return the exit code of the worst problem, 0 where there is none."""
    worst = problems(findings)
    return worst[0].exit if worst else 0


def _rank(found: Finding) -> float:
    if found.code == OVERDUE:
        return len(WORST)
    return WORST.index(found.exit) if found.exit in WORST else len(WORST) - 1.5


def line(found: Finding) -> str:
    """Return a finding in one line, what to do at its end."""
    whose = f"profile {found.profile}: " if found.profile else ""
    return f"{whose}{found.check}: {found.message}{f'; next: {found.remedy}' if found.remedy else ''}"
