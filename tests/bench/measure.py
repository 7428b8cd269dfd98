"""Measures commands against one another: interleaved rounds, the median of what each whole process tree used."""

import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

RUNNER = """
import os, sys, time
quiet = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in (0, 1, 2)]
began = time.monotonic()
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=quiet)
_, status, used = os.wait4(pid, 0)  # as getrusage(RUSAGE_CHILDREN), of this child and its own
print(os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, used.ru_maxrss, time.monotonic() - began)
"""
"""Runs a command in a small process of its own, because the most memory of a child begins with that of its parent."""


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command to be run again and again; it must exit 0. What it prints goes nowhere.

    `connections` tells how many a server has taken so far, and `sending` how many seconds lie between the first request
    that it has got since it was last asked, and its last answer.
    """

    name: str
    args: Sequence[str]
    environ: Mapping[str, str]
    connections: Callable[[], int] = int
    sending: Callable[[], float] = float


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """What is compared: the CPU of a command, less that of another, in units of a base; below gate and aim.

    Of the base the same is taken off where `less_both`. `of` names what is compared in place of CPU; where there is no
    base it is a number of ms, MB or connections. With `done`, how many things the command does more than `less`, it is
    the ms of each; with `rate` too, how many are done a second in units of it, which is to be above gate and aim.
    """

    name: str
    command: str
    base: str = ""
    less: str = ""
    less_both: bool = False
    of: Literal["seconds", "megabytes", "elapsed", "sending", "connections"] = "seconds"
    done: int = 0
    rate: float = 0
    gate: float | None = None
    aim: float | None = None


UNITS = {
    "seconds": ("ms", 1000),
    "elapsed": ("ms", 1000),
    "sending": ("ms", 1000),
    "megabytes": ("MB", 1),
    "connections": ("", 1),
}
"""The unit of what a command used, and how many of it are one of ours."""


class Used(NamedTuple):
    """What a command used: CPU seconds, user and system, with its children; the megabytes of the largest of them.

    Further the seconds that it took, those from its first request to its last answer, and the connections that a server
    took from it.
    """

    seconds: float
    megabytes: float
    elapsed: float
    sending: float
    connections: float


def used(commands: Sequence[Command], *, rounds: int) -> dict[str, Used]:
    """Return the medians of what each command used; the first round warms up and does not count."""
    found: dict[str, list[Used]] = {command.name: [] for command in commands}
    for number in range(rounds + 1):
        for command in commands:
            run = once(command)
            if number:
                found[command.name].append(run)
        _progress(number, rounds)
    return {name: Used(*map(statistics.median, zip(*runs, strict=True))) for name, runs in found.items()}


def once(command: Command) -> Used:
    """Return what one run of a command used. Ends the bench where the command fails."""
    runner = [sys.executable, "-I", "-S", "-c", RUNNER, *command.args]
    before = command.connections()
    command.sending()
    told = subprocess.run(runner, env=dict(command.environ), check=True, capture_output=True, text=True).stdout.split()
    if told[0] != "0":
        raise SystemExit(f"{command.name}: {' '.join(command.args)} ended with {told[0]}")
    megabytes = int(told[2]) / (2**20 if sys.platform == "darwin" else 2**10)
    return Used(float(told[1]), megabytes, float(told[3]), command.sending(), command.connections() - before)


def results(ratios: Sequence[Ratio], used: Mapping[str, Used]) -> list[dict[str, Any]]:
    """Return a row for every ratio whose commands were run."""
    rows = []
    for ratio in ratios:
        if {name for name in (ratio.command, ratio.base, ratio.less) if name} <= used.keys():
            unit, scale = UNITS[ratio.of]
            amounts = {name: getattr(each, ratio.of) * scale for name, each in used.items()}
            less = amounts.get(ratio.less, 0.0)
            amount = amounts[ratio.command] - less
            base = amounts[ratio.base] - less * ratio.less_both if ratio.base else 1
            found = amount / (ratio.done or base)
            if ratio.rate:
                found = scale / found / ratio.rate
            rows.append(
                {
                    "action": ratio.name,
                    "used": round(amount, 2),
                    "unit": unit,
                    "base": ratio.base,
                    "ratio": round(found, 3),
                    "least": bool(ratio.rate),
                    "gate": ratio.gate,
                    "aim": ratio.aim,
                }
            )
    return rows


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the rows as a table for people."""
    heads = ("action", "used", "base", "ratio", "gate", "aim", "")
    cells = [
        (
            row["action"], f"{row['used']:.1f} {row['unit']}", row["base"], f"{row['ratio']:.2f}",
            *("" if row[key] is None else f"{row[key]:g}" for key in ("gate", "aim")), _verdict(row),
        )
        for row in rows
    ]  # fmt: skip
    widths = [max(len(line[n]) for line in (heads, *cells)) for n in range(len(heads))]
    lines = [
        "  ".join(
            f"{c:<{w}}" if n in {0, 2} else f"{c:>{w}}" for n, (c, w) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in (heads, *cells)
    ]
    return "\n".join(lines) + "\n"


def python(script: str) -> str:
    """Return the interpreter that runs an installed script: its first line says."""
    with Path(script).open(encoding="utf-8") as file:
        return file.readline().removeprefix("#!").strip()


def machine() -> dict[str, Any]:
    """Return where this was measured."""
    return {"system": platform.platform(), "processors": os.cpu_count(), "load": round(os.getloadavg()[0], 2)}


def _verdict(row: Mapping[str, Any]) -> str:
    if row["gate"] is None:
        return ""
    sign = -1 if row["least"] else 1
    if sign * row["ratio"] > sign * row["gate"]:
        return "MISSED"
    return "ok" if row["aim"] is None or sign * row["ratio"] > sign * row["aim"] else "ok, aim"


def _progress(number: int, rounds: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\rround {number} of {rounds}" + ("\r\x1b[K" if number == rounds else ""))
