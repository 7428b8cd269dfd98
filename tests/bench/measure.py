"""Measures commands against one another: interleaved rounds, the median of the CPU time of each whole process."""

import os
import platform
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command to be run again and again; it must exit 0."""

    name: str
    args: Sequence[str]
    environ: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """What is compared: the CPU of a command, less that of another, in units of a third; below gate and aim."""

    name: str
    command: str
    base: str
    less: str | None = None
    gate: float | None = None
    aim: float | None = None


def seconds(commands: Sequence[Command], *, rounds: int) -> dict[str, float]:
    """Return the median CPU seconds, user and system, of each command; the first round warms up and does not count."""
    found: dict[str, list[float]] = {command.name: [] for command in commands}
    for number in range(rounds + 1):
        for command in commands:
            used = _once(command)
            if number:
                found[command.name].append(used)
        _progress(number, rounds)
    return {name: statistics.median(used) for name, used in found.items()}


def results(ratios: Sequence[Ratio], used: Mapping[str, float]) -> list[dict[str, Any]]:
    """Return a row for every ratio whose commands were run."""
    rows = []
    for ratio in ratios:
        if {ratio.command, ratio.base, ratio.less or ratio.base} <= used.keys():
            cpu = used[ratio.command] - (used[ratio.less] if ratio.less else 0.0)
            rows.append(
                {
                    "action": ratio.name,
                    "cpu_ms": round(cpu * 1000, 2),
                    "base": ratio.base,
                    "ratio": round(cpu / used[ratio.base], 3),
                    "gate": ratio.gate,
                    "aim": ratio.aim,
                }
            )
    return rows


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the rows as a table for people."""
    heads = ("action", "cpu ms", "base", "ratio", "gate", "aim", "")
    cells = [
        (
            row["action"], f"{row['cpu_ms']:.1f}", row["base"], f"{row['ratio']:.2f}",
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


def machine() -> dict[str, Any]:
    """Return where this was measured."""
    return {"system": platform.platform(), "processors": os.cpu_count(), "load": round(os.getloadavg()[0], 2)}


def _verdict(row: Mapping[str, Any]) -> str:
    if row["gate"] is None:
        return ""
    if row["ratio"] > row["gate"]:
        return "MISSED"
    return "ok" if row["aim"] is None or row["ratio"] > row["aim"] else "ok, aim"


def _once(command: Command) -> float:
    quiet = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in (0, 1, 2)]
    pid = os.posix_spawn(command.args[0], list(command.args), dict(command.environ), file_actions=quiet)
    _, status, usage = os.wait4(pid, 0)  # as getrusage(RUSAGE_CHILDREN), of this child alone
    if status:
        raise SystemExit(f"{command.name}: {' '.join(command.args)} ended with {os.waitstatus_to_exitcode(status)}")
    return usage.ru_utime + usage.ru_stime


def _progress(number: int, rounds: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\rround {number} of {rounds}" + ("\r\x1b[K" if number == rounds else ""))
