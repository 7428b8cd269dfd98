"""Checks of what earlier runs have left: the journal and its doubts, how they ended, and when the last good one was."""

import datetime as dt
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from shlex import quote

from orderctl.backend.vendor import Duplicates, Profile, Vendor
from orderctl.doctor.finding import OVERDUE, Finding, good, problem, warning
from orderctl.doctor.reach import length
from orderctl.errors import (
    ClosedPipe,
    Conflict,
    DeadlinePassed,
    LockHeld,
    MachineRefused,
    NotFound,
    OrderctlError,
    OutcomeUnknown,
    PartlyDone,
    Refused,
    Unsupported,
    UsageError,
)
from orderctl.journal.entry import DOUBTED, Entry, State
from orderctl.journal.sqlite import SqliteStore
from orderctl.journal.store import Wanted
from orderctl.signals import SIGNALS
from orderctl.state.ended import Ended

SHOWN = 3
"""As many writes in doubt are named."""

HARMLESS = frozenset({0, ClosedPipe.exit_code, LockHeld.exit_code, *(128 + number for number in SIGNALS)})
"""Exit codes after which there is nothing to look at: another run was faster, or a person or a pipe ended it."""

OF_THE_COMMAND = frozenset(kind.exit_code for kind in (Conflict, NotFound, Refused, Unsupported, UsageError))
"""Exit codes of what a run was asked to do: no other command finds out what was wrong."""

WRITES = frozenset({"cancel", "push", "update"})
"""The commands whose orders the journal has, and that may do twice what is done."""

OURS = DeadlinePassed.exit_code
"""From this exit code on a run was ended from outside; doctor's own must not look like that."""


def journal(
    path: Path, *, alive: Callable[[str], bool], deadline: float | None = None
) -> tuple[list[Entry], list[Finding]]:
    """Return the writes in doubt, and how the journal is: every page and every row of it is read.

    `alive` says whether a run may still send what it has begun. `deadline` is a moment of `time.monotonic`.
    """
    if not os.path.lexists(path):  # not Path's, which may raise
        return [], [good("journal", "there is none yet")]
    doubted, damaged, count = [], [], 0
    try:
        with closing(SqliteStore(path, deadline=deadline, check=False, read_only=True)) as store:
            store.verify()
            for entry in store.entries(Wanted()):
                count += 1
                if entry.damaged:
                    damaged.append(entry)
                elif entry.state in DOUBTED and not (entry.state is State.SENDING and alive(entry.run)):
                    doubted.append(entry)
    except OrderctlError as error:
        if error.code == "state.damaged":
            error.message += "; it knows what was sent: bring back a copy of it, if there is one"
        return [], [problem("journal", error)]
    if damaged:
        what = f"{len(damaged)} of {count:,} rows are damaged, so that the outcome of their writes is unknown"
        lost = OutcomeUnknown(f"{path}: {what}", code="journal.damaged")
        return doubted, [problem("journal", lost, remedy=f"orderctl journal show {damaged[0].op}")]
    return doubted, [good("journal", f"{path}: {count:,} write{'' if count == 1 else 's'}, all intact")]


def doubts(
    entries: Iterable[Entry], name: str, *, profile: Profile | None, vendor: Vendor | None, target: str
) -> Iterator[Finding]:
    """Yield the writes in doubt of the profile called `name`, with the command that resolves them.

    `profile` and its vendor are None where the config file does not have it any more. `target` is what it points at:
    of what is recorded under another one, only a person can say what became of it.
    """
    own = list(entries)
    in_conflict = [entry for entry in own if entry.state is State.CONFLICT]
    unknown = [entry for entry in own if entry.state is not State.CONFLICT]
    if unknown:
        how, also = _resolving(unknown, name, profile=profile, vendor=vendor, target=target)
        lost = OutcomeUnknown(f"{_named(unknown)} may have been applied or not{also}", code="journal.unresolved")
        yield problem("doubts", lost, profile=name, remedy=how)
    if in_conflict:
        other = Conflict(f"{_named(in_conflict)} in conflict with another order at the vendor", code="journal.conflict")
        see = f"orderctl journal list --outcome conflict -p {quote(in_conflict[0].profile)}"
        yield problem("doubts", other, profile=name, remedy=see)
    if not own and profile is not None:
        yield good("doubts", "no write is in doubt", profile=name)


def _resolving(
    unknown: list[Entry], name: str, *, profile: Profile | None, vendor: Vendor | None, target: str
) -> tuple[str, str]:
    """Return the command that leads on with writes of unknown outcome, and what a person has to know for it."""
    see = f"orderctl journal list --outcome unresolved -p {quote(unknown[0].profile)}"
    if profile is None or vendor is None:
        return "orderctl journal list --outcome unresolved", "; the profile is not in the config file"
    elsewhere = [entry.target for entry in unknown if entry.target != target]
    if elsewhere:
        return see, f"; recorded under {elsewhere[0]}, and the profile points at {target}"
    creates = [entry.reference or entry.op for entry in unknown if entry.verb == "create"]
    if creates and vendor.second_create(profile) is Duplicates.BLIND:
        look = f"look for the order there, then orderctl journal resolve {quote(creates[0])} --exists ID, or --absent"
        return see, f"; {vendor.title} cannot be searched: {look}"
    return f"orderctl journal reconcile --all -p {quote(name)}", ""


def last_runs(
    ended: Mapping[str, Ended], profile: Profile, *, doubts: bool, now: dt.datetime, max_age: dt.timedelta | None
) -> Iterator[Finding]:
    """Yield how the last run of each command ended; with `max_age`, a problem where no good one is so recent.

    An unknown outcome is nothing to look at where no write is in doubt (`doubts`) any more.
    """
    for command, run in sorted(ended.items()):
        ago = f"{length(now - run.at)} ago"
        if run.code in HARMLESS:
            how = "ended well" if run.code == 0 else f"was ended (exit code {run.code})"
            yield good("runs", f"the last {command} {how} {ago}", profile=profile.name)
            continue
        if run.code == OutcomeUnknown.exit_code and not doubts:
            said = f"the last {command} ended {ago} with exit code {run.code}, and no write is in doubt any more"
            yield good("runs", said, profile=profile.name)
            continue
        last = f"the last good one was {length(now - run.good_at)} ago" if run.good_at else "there was no good one yet"
        yield warning(
            "runs",
            f"the last {command} ended {ago} with exit code {run.code}; {last}",
            _after(command, run.code, profile.name),
            profile=profile.name,
        )
    if max_age is not None:
        yield _recent(ended, profile, now=now, max_age=max_age)


def _recent(ended: Mapping[str, Ended], profile: Profile, *, now: dt.datetime, max_age: dt.timedelta) -> Finding:
    """Return whether there was a good run within `max_age`; the code of the last one where there was none."""
    good_ones = [run.good_at for run in ended.values() if run.good_at is not None]
    if good_ones and now - max(good_ones) <= max_age:
        said = f"the last good run was {length(now - max(good_ones))} ago"
        return good("max-age", f"{said}, within {length(max_age)}", profile=profile.name)
    command, last = max(ended.items(), key=lambda item: item[1].at, default=("", None))
    since = f"the last one was {length(now - max(good_ones))} ago" if good_ones else "there was none yet"
    error = MachineRefused(
        f"no list or write of this profile succeeded within {length(max_age)}: {since}", code=OVERDUE
    )
    remedy = "crontab -l; systemctl list-timers"
    if last is not None and last.code not in HARMLESS:
        error.message += f", and the last run ended with exit code {last.code}"
        remedy = _after(command, last.code, profile.name)
        if last.code < OURS:
            error.exit_code = last.code  # the exit code of that run
    return problem("max-age", error, profile=profile.name, remedy=remedy)


def _after(command: str, code: int, profile: str) -> str:
    """Return what to do after a run of a command that ended with this code. Only a create is harmless again."""
    if code == OutcomeUnknown.exit_code:
        return f"orderctl journal list --outcome unresolved -p {quote(profile)}"
    if code == PartlyDone.exit_code and command == "create":
        return "run the same create again: it sends what is left, and names what fails; --rejects FILE keeps that"
    if code == PartlyDone.exit_code and command in WRITES:
        return f"orderctl journal list --verb {command} -p {quote(profile)}"
    if code in OF_THE_COMMAND:
        return "run the same command by hand: its message says what is wrong"
    return f"orderctl list -p {quote(profile)} --limit 1"


def _named(entries: list[Entry]) -> str:
    shown = [f"{entry.verb} {entry.reference or entry.order_id or entry.op}" for entry in entries[:SHOWN]]
    more = f" and {len(entries) - SHOWN:,} more" if len(entries) > SHOWN else ""
    return f"{', '.join(shown)}{more}"
