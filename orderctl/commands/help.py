"""help: a manual in topics, one text each in orderctl/help/topics; a command's name shows its help."""

from pathlib import Path
from typing import Annotated

import typer

from orderctl.app import App
from orderctl.backend.fields import nearest
from orderctl.errors import UsageError

HELP = Path(__file__).parent.parent / "help"
"""The generated help of every command, and the topics. A topic's first line is its summary."""


def command(
    app: App,
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[TOPIC]", help="A topic, or a command: profile add.")
    ] = None,
) -> int:
    """Show a help topic; without one, list the topics.

    Examples:
        orderctl help
        orderctl help first-steps
        orderctl help profile add
    """
    texts = topics()
    topic = "-".join(words or ())
    if not topic:
        longest = max(map(len, texts))
        lines = [f"{name:<{longest}}  {text.partition(chr(10))[0]}\n" for name, text in texts.items()]
        app.output.text("".join(lines) + "\nRead one: orderctl help TOPIC. Of a command: orderctl COMMAND --help.\n")
        return 0
    if topic in texts:
        app.output.text(texts[topic])
        return 0
    commands = {path.stem: path for path in sorted(HELP.glob("*.txt")) + sorted(HELP.glob("*.group"))}
    if topic in commands:
        app.output.text(commands[topic].read_text(encoding="utf-8"))
        return 0
    starts = [name for name in (*texts, *commands) if name.startswith(topic)]
    hint = f"did you mean {starts[0]!r}?" if starts else nearest(topic, [*texts, *commands])
    close = hint.startswith("did")
    raise UsageError(f"unknown topic {topic!r}", hint=hint if close else f"there are: {', '.join(texts)}")


def topics() -> dict[str, str]:
    """Return the topics' texts by name, sorted."""
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted((HELP / "topics").glob("*.txt"))}
