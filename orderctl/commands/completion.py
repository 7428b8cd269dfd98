"""completion: the completion script of a shell, as `tests.generate` wrote it."""

from typing import Annotated

import typer

from orderctl.app import App
from orderctl.backend.fields import nearest
from orderctl.commands.help import HELP
from orderctl.errors import UsageError

SHELLS = ("bash", "fish", "zsh")


def command(app: App, shell: Annotated[str, typer.Argument(metavar="SHELL", help="bash, fish or zsh.")]) -> int:
    """Print the completion script of a shell: bash, zsh or fish.

    It completes commands, options, their values and the names of your profiles.

    For bash, in ~/.bashrc:
        source <(orderctl completion bash)

    For zsh, in ~/.zshrc, below compinit:
        source <(orderctl completion zsh)

    For fish:
        orderctl completion fish > ~/.config/fish/completions/orderctl.fish
    """
    if shell not in SHELLS:
        raise UsageError(f"unknown shell {shell!r}", hint=nearest(shell, SHELLS))
    app.output.text((HELP / f"completion.{shell}").read_text(encoding="utf-8"))
    return 0
