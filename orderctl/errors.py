"""Every failure that orderctl expects, each with the exit code that a script sees.

OrderctlError            1   unexpected; a bug unless a subclass says otherwise
+-- UsageError           2   wrong usage or invalid input; nothing was sent
+-- ConfigError          3   configuration, profile, proxy or certificate; nothing was sent
+-- CredentialError      4   missing, unreadable
|   +-- LoginRefused     4   the vendor rejected the login
|   +-- PermissionDenied 4   the login lacks permission
+-- NotFound             5
+-- Conflict             6   same reference, other content; not the order that was asked for
+-- PartlyDone           7   some items, or parts of one order, failed
+-- OutcomeUnknown       8   may have been applied, is not repeated
+-- Temporary            9   nothing was applied; later
|   +-- NotSent          9   certainly no byte of the request left
|   +-- RateLimited      9   the vendor asks us to wait
|   +-- BadAnswer        9   an answer to a read that makes no sense
+-- Unsupported         10   this vendor cannot do that
+-- LockHeld            11
+-- Refused             12   the vendor refused it
+-- MachineRefused      14   this machine: disk full, standard output or state folder cannot be used
+-- DeadlinePassed     124
+-- Interrupted        130, 143, 129   Ctrl-C, SIGTERM, SIGHUP
+-- ClosedPipe         141
"""

from collections.abc import Iterable, Sequence

from orderctl.frozen import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with an input: where it is, and what is wrong.

    `path` is a field, option or column; `row` the line of a CSV file or the position in a list, from 1.
    """

    path: str
    problem: str
    row: int | None = None

    def __str__(self) -> str:
        """Say it in one line, the place first."""
        place = f"row {self.row}, {self.path}" if self.row is not None and self.path else self.path
        if self.row is not None and not self.path:
            place = f"row {self.row}"
        return f"{place}: {self.problem}" if place else self.problem


class OrderctlError(Exception):
    """A failure with a message for people, a code for scripts and, where there is one, a way out.

    `order_id` is the order that it is about, where the caller could not know it; `journal` the operation.
    """

    exit_code = 1
    code = "internal.error"

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        code: str = "",
        fields: Iterable[Problem] = (),
        http_status: int | None = None,
        retry_after: float | None = None,
        order_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code or type(self).code
        self.fields = tuple(fields)
        self.http_status = http_status
        self.retry_after = retry_after
        self.order_id = order_id
        self.journal: str | None = None


class UsageError(OrderctlError):
    """Wrong usage or invalid input; nothing was sent."""

    exit_code = 2
    code = "usage.invalid"


def refuse(problems: Sequence[Problem], *, about: str = "") -> None:
    """Raise UsageError, its message the first of what is wrong with `about`; do nothing where nothing is wrong."""
    if problems:
        raise UsageError(f"{about}: {problems[0]}" if about else f"{problems[0]}", fields=problems)


class ConfigError(OrderctlError):
    """The configuration, a profile, the proxy or a certificate is wrong; nothing was sent."""

    exit_code = 3
    code = "config.invalid"


class CredentialError(OrderctlError):
    """A secret is missing, or its store cannot be read; nothing was sent."""

    exit_code = 4
    code = "credentials.missing"


class LoginRefused(CredentialError):
    """The vendor rejected the login."""

    code = "vendor.login_refused"


class PermissionDenied(CredentialError):
    """The vendor knows the login, which lacks permission."""

    code = "vendor.permission_denied"


class NotFound(OrderctlError):
    """The vendor has no such order."""

    exit_code = 5
    code = "vendor.not_found"


class Conflict(OrderctlError):
    """The same reference with other content, a wrong state, or not the order that was asked for."""

    exit_code = 6
    code = "vendor.conflict"


class PartlyDone(OrderctlError):
    """Some items, or some parts of one order, failed; others did not."""

    exit_code = 7
    code = "run.partly_done"


class OutcomeUnknown(OrderctlError):
    """A write that may have been applied; it is not repeated by itself."""

    exit_code = 8
    code = "vendor.outcome_unknown"


class Temporary(OrderctlError):
    """The vendor is down, overloaded or unreachable; nothing was applied."""

    exit_code = 9
    code = "vendor.unavailable"


class NotSent(Temporary):
    """Certainly no byte of the request left this machine."""

    code = "http.not_sent"


class RateLimited(Temporary):
    """The vendor asks us to wait; `retry_after` is how many seconds, where it says so."""

    code = "vendor.rate_limited"


class BadAnswer(Temporary):
    """An answer to a read that makes no sense: cut off, of another format, or too large."""

    code = "vendor.bad_answer"


class Unsupported(OrderctlError):
    """This vendor cannot do that; the message names what it can do."""

    exit_code = 10
    code = "vendor.unsupported"


class LockHeld(OrderctlError):
    """Another run holds the lock."""

    exit_code = 11
    code = "run.locked"


class Refused(OrderctlError):
    """The vendor understood the request and refused it; the message quotes it."""

    exit_code = 12
    code = "vendor.refused"


class MachineRefused(OrderctlError):
    """This machine: a full disk, a standard output or a state folder that cannot be used.

    The message says what was done before.
    """

    exit_code = 14
    code = "machine.refused"


class DeadlinePassed(OrderctlError):
    """The run's `--deadline` passed."""

    exit_code = 124
    code = "run.deadline"


WAIT_OVER = "run.wait_over"
"""The code of a DeadlinePassed that is the end of --wait, not the run's."""


class Interrupted(OrderctlError):
    """A signal asked the run to end; a second one `at_once`, so that what was under way is unknown."""

    code = "run.interrupted"

    def __init__(self, message: str, *, signal: int, at_once: bool = False) -> None:
        super().__init__(message)
        self.at_once = at_once
        self.exit_code = 128 + signal


class ClosedPipe(OrderctlError):
    """Standard output was closed: the program that read it has ended."""

    exit_code = 141
    code = "run.closed_pipe"


class DryRunStop(Exception):
    """Not a failure: a dry run came to a request whose answer it cannot know. The requests before it are recorded."""
