"""Checks of the way to a vendor: proxy, certificate, login and clock, by one harmless read."""

import datetime as dt
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from email.utils import parsedate_to_datetime
from pathlib import Path
from shlex import quote

from orderctl.backend.contract import CLOCKS_DIFFER, Connection
from orderctl.backend.vendor import Profile, Vendor
from orderctl.doctor.finding import Finding, good, problem
from orderctl.errors import (
    DeadlinePassed,
    Interrupted,
    LoginRefused,
    MachineRefused,
    OrderctlError,
    PermissionDenied,
)
from orderctl.http import Client, Reader, Reply, Request, proxy_for

SET_CLOCK = {"darwin": "sudo sntp -sS time.apple.com"}
"""The command that sets the clock, by platform; elsewhere it is systemd's."""

CHECKS = {
    "http.no_answer": "network",
    "http.not_sent": "network",
    "http.proxy_refused": "proxy",
    "http.untrusted": "tls",
}
"""What stopped a failed read, by the error's code; anything else is what the vendor says."""


def proxy(profile: Profile) -> Finding:
    """Return which proxy leads to the vendor, and the variable that names it."""
    try:
        found = proxy_for(profile.url)
    except OrderctlError as error:
        return problem("proxy", error, profile=profile.name)
    return good("proxy", f"through {found}" if found else "none, direct", profile=profile.name)


def vendor(
    vendor: Vendor,
    profile: Profile,
    secrets: Mapping[str, str] | None,
    client: Client,
    *,
    state: Callable[[], Path],
    explain: Callable[[OrderctlError], OrderctlError],
) -> Iterator[Finding]:
    """Yield how the vendor answers: to a login where there are `secrets`, otherwise to a request without one.

    `explain` makes the hint of a rejected login name the source of each secret. Raises DryRunStop in a dry run.
    """
    seen, failure = _read(vendor, profile, secrets, client, state)
    if seen and profile.url.startswith("https:"):
        yield good("tls", f"the certificate of {_host(profile)} is trusted", profile=profile.name)
    if failure is not None:
        yield _failed(explain(failure), profile)
    elif secrets is not None and seen:
        yield good("login", f"{vendor.title} accepts the login", profile=profile.name)
    elif seen:
        yield good("vendor", f"{vendor.title} answers", profile=profile.name)
    for reply, at in seen[:1]:
        yield from clock(reply.headers, at, vendor=vendor, profile=profile)


def clock(headers: Mapping[str, str], at: dt.datetime, *, vendor: Vendor, profile: Profile) -> Iterator[Finding]:
    """Yield how far this machine's clock, at the time `at`, is from the Date header of an answer."""
    with suppress(TypeError, ValueError):  # without a Date that can be read there is nothing to compare with
        theirs = parsedate_to_datetime(headers.get("date", ""))
        theirs = theirs if theirs.tzinfo else theirs.replace(tzinfo=dt.UTC)
        theirs += dt.timedelta(seconds=int(headers.get("age") or 0))
        apart = at - theirs
        if abs(apart) <= CLOCKS_DIFFER:
            yield good("clock", f"agrees with that of {vendor.title}", profile=profile.name)
            return
        way = "ahead of" if apart > dt.timedelta() else "behind"
        yield problem(
            "clock",
            MachineRefused(
                f"the clock of this machine is {length(abs(apart))} {way} that of {vendor.title}: what became of a"
                " write cannot be decided, and signatures may be rejected",
                code="machine.clock",
            ),
            profile=profile.name,
            remedy=SET_CLOCK.get(sys.platform, "sudo timedatectl set-ntp true"),
        )


def _read(
    vendor: Vendor, profile: Profile, secrets: Mapping[str, str] | None, client: Client, state: Callable[[], Path]
) -> tuple[list[tuple[Reply, dt.datetime]], OrderctlError | None]:
    """Return the vendor's answers to one harmless read, each with the time at which it came, and why it failed."""
    seen: list[tuple[Reply, dt.datetime]] = []

    def read(request: Request) -> Reply:
        reply = client.read(request)
        seen.append((reply, client.clock.utc()))
        return reply

    try:
        if secrets is None:
            read(Request(method="GET", url=profile.url, purpose=f"reach {vendor.title}"))
        else:
            reader = Reader(read, client.pause)
            vendor.connect(
                Connection(profile=profile, secrets=secrets, reader=reader, notice=lambda _: None, state=state)
            ).ping()
    except (DeadlinePassed, Interrupted):
        raise
    except MachineRefused:  # the state folder, which has a check of its own
        return seen, None
    except OrderctlError as error:
        return seen, error
    return seen, None


def _failed(error: OrderctlError, profile: Profile) -> Finding:
    if isinstance(error, LoginRefused | PermissionDenied):
        return problem("login", error, profile=profile.name)
    remedy = f"curl -sSI {quote(profile.url)}" if error.code == "http.not_sent" else ""
    return problem(CHECKS.get(error.code, "vendor"), error, profile=profile.name, remedy=remedy)


def _host(profile: Profile) -> str:
    return profile.url.partition("://")[2].partition("/")[0]


def length(span: dt.timedelta) -> str:
    """Return a length of time in words, in its largest unit."""
    seconds = round(span.total_seconds())
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            number = round(seconds / size)
            return f"{number} {unit}{'s' if number != 1 else ''}"
    return f"{seconds} second{'s' if seconds != 1 else ''}"
