"""completion: the completion script of a shell."""

from typing import Annotated

import typer

from orderctl import completions
from orderctl.app import App
from orderctl.errors import UsageError
from orderctl.fields import nearest


def command(
    app: App, shell: Annotated[str, typer.Argument(metavar="SHELL", help=f"{', '.join(completions.SHELLS)}.")]
) -> int:
    """Print the completion script of a shell: bash, zsh or fish.

    It completes commands, options, their values and the names of your profiles.

    For bash, in ~/.bashrc:
        source <(orderctl completion bash)

    For zsh, in ~/.zshrc, below compinit:
        source <(orderctl completion zsh)

    For fish:
        orderctl completion fish > ~/.config/fish/completions/orderctl.fish
    """
    if shell not in completions.SHELLS:
        hint = nearest(shell, completions.SHELLS)
        raise UsageError(f"there is no completion for {shell!r}", hint=hint or f"there is: {completions.SHELLS}")
    app.output.text(completions.script(shell))
    return 0
