"""The command line as it describes itself: each command's help and parameters, without running it."""

from typing import Any

import typer

from orderctl.cli import lazy


def help_of(path: tuple[str, ...]) -> str:
    """Return the help of a command, of the whole for an empty path."""
    command = lazy.find(path) if path else lazy.root()
    return f"{command.get_help(_context(command))}\n"


def params_of(path: tuple[str, ...]) -> list[Any]:
    """Return the arguments and options of a command, those of every command too."""
    command = lazy.find(path)
    return list(command.get_params(_context(command)))


def _context(command: Any) -> Any:
    return typer.Context(command, **lazy.SETTINGS)
