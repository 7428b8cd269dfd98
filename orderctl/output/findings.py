"""What `doctor` found as a page for a terminal: this machine, then each profile; and what to do."""

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from textwrap import wrap
from typing import Any

from orderctl.output.stream import same
from orderctl.output.table import TerminalStyle
from orderctl.output.text import safe_text

COLOURS = {"ok": "32", "problem": "31", "warning": "33"}

NARROWEST = 30
"""So many columns a message has at least."""


def page(documents: Sequence[Mapping[str, Any]], style: TerminalStyle, *, redact: Callable[[str], str] = same) -> str:
    """Return the page. A message is wrapped; what to do is on a line of its own, as it is pasted.

    `redact` hides the secrets of a message before it is wrapped.
    """
    checks = max((len(document["check"]) for document in documents), default=0)
    blocks = [
        "\n".join([_heading(profile), *_lines(some, checks, style, redact)])
        for profile, some in groupby(documents, key=lambda document: document["profile"])
    ]
    counts = [(state, sum(document["state"] == state for document in documents)) for state in ("problem", "warning")]
    shown = [f"{number} {state}{'' if number == 1 else 's'}" for state, number in counts if number]
    return "\n\n".join([*blocks, ", ".join(shown) or "No problem found"]) + "\n"


def _heading(profile: str | None) -> str:
    return safe_text(f"Profile {profile}") if profile else "This machine"


def _lines(documents: Any, checks: int, style: TerminalStyle, redact: Callable[[str], str]) -> list[str]:
    lines = []
    for document in documents:
        state = document["state"]
        shown = f"{state:7}"
        if style.colour:
            shown = f"\x1b[{COLOURS[state]}m{shown}\x1b[0m"
        margin = " " * (checks + 13)
        room = max(NARROWEST, style.width - len(margin))
        message = redact(safe_text(document["message"]))
        first, *more = wrap(message, room, break_long_words=False, break_on_hyphens=False) or [""]
        lines += [f"  {shown}  {document['check']:{checks}}  {first}", *(margin + text for text in more)]
        if document["remedy"]:
            lines.append(f"{margin}next: {safe_text(document['remedy'])}")
    return lines
