"""What runs the commands: each one is imported when it is typed.

A command is one file with one function, `command(app, …)`: its signature is its options, its docstring its help (an
example in each), its body is thin: parse, call, hand to output. The function is imported when its command is typed.
Options that every command has are added to its signature here. Every text parameter arrives as text: Typer's own
coercion would load pydantic, four interpreter starts, for a string.
"""

import gc
import inspect
import os
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib import import_module
from keyword import iskeyword
from typing import Any, cast

import typer
from typer.core import TyperCommand, TyperGroup

from orderctl.app import App, Common
from orderctl.backend.fields import nearest
from orderctl.cli import helptext
from orderctl.cli.common import COMMON, SHARED
from orderctl.cli.table import COMMANDS, EXAMPLES, GROUPS, MORE, SUMMARY
from orderctl.errors import ClosedPipe, DryRunStop, OrderctlError, UsageError
from orderctl.output.output import FORMATS
from orderctl.signals import Stop

GARBAGE = 50_000
"""So many more containers than before and the collector looks for cycles; orders have none, and a page has fewer."""


KEPT = frozenset({"cancel", "create", "list", "push", "update"})
"""Commands of which it is kept how the last run ended: lists and writes, which cron runs."""


class _Text:
    """Passes text on as it came, where Typer would build a pydantic adapter for it."""

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """Return the value, an empty tuple for a list that was not given."""
        if value is None and (param.multiple or param.nargs == -1):
            return ()
        return value


TEXT = _Text()


class Command(TyperCommand):
    """A command whose parameters are texts and flags, and whose help is plain."""

    path: tuple[str, ...] = ()

    def get_params(self, ctx: Any) -> Any:
        """Return the parameters, as texts."""
        return _texts(super().get_params(ctx))

    def get_help(self, ctx: Any) -> str:
        """Return the usage, the docstring, the command's own options and those of every command."""
        rows: dict[str, list[tuple[str, str]]] = {"arguments": [], "options": [], "shared": []}
        for param in cast("list[Any]", self.get_params(ctx)):
            kind = "shared" if param.name in SHARED else f"{param.param_type_name}s"
            rows[kind].append((_names(param), param.help or ""))
        pieces = [name for name, _ in rows["arguments"]]
        usage = " ".join(["orderctl", *self.path, *pieces, "[OPTIONS]"])
        return _printable(helptext.command(usage, inspect.cleandoc(self.help or ""), **rows))


def _texts(params: Any) -> Any:
    """Return the parameters, made to take texts as they come; where Typer ignores it, only speed is lost."""
    for param in params:
        param._runtime_param = TEXT  # noqa: SLF001
    return params


def _printable(text: str) -> str:
    """Return a text as Typer prints it: without the last newline, in characters that standard output has."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return text.rstrip("\n").encode(encoding, "replace").decode(encoding)


def _names(param: Any) -> str:
    if param.param_type_name == "argument":
        return str(param.display_name_raw)
    names = ", ".join([*sorted(param.opts, key=len), *param.secondary_opts])
    return names if param.is_flag else f"{names} {param.metavar or 'TEXT'}"


class Group(TyperGroup):
    """Commands that are imported when they are asked for."""

    names: tuple[str, ...] = ()
    path = ""

    def get_params(self, ctx: Any) -> Any:
        """Return the parameters, as texts."""
        return _texts(super().get_params(ctx))

    def get_help(self, ctx: Any) -> str:
        """Return what the commands are, each in a line."""
        if not self.path:
            return _printable(root_help())
        rows = [(n, helptext.first_sentence(inspect.getdoc(function((self.path, n))) or "")) for n in self.names]
        return _printable(helptext.group(f"orderctl {self.path} COMMAND [OPTIONS]", COMMANDS[self.path][1], rows))

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names, in the order of the help."""
        return list(self.names)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command, its module imported now."""
        return find((*self.path.split(), cmd_name)) if cmd_name in self.names else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command of the first word. Raises UsageError with the nearest."""
        name = args[0]
        if name not in self.names:
            where = f"{self.path} " if self.path else ""
            raise UsageError(
                f"unknown command {where}{name!r}",
                hint=nearest(name, self.names) or f"see: orderctl {where}--help",
                code="usage.no_such_command",
            )
        return name, self.get_command(ctx, name), args[1:]


def find(path: tuple[str, ...]) -> Any:
    """Return the click command for a path such as ("get",) or ("auth", "login"), its module imported."""
    name = path[0]
    if len(path) == 1 and name in GROUPS:
        return _group(GROUPS[name], name)
    return _command(function(path), path)


def function(path: tuple[str, ...]) -> Callable[..., int]:
    """Return the function of a command, its module imported."""
    module = import_module(f"orderctl.commands.{path[0]}")
    name = path[1] if len(path) > 1 else "command"
    return cast("Callable[..., int]", getattr(module, f"{name}_" if iskeyword(name) else name))


def root() -> Any:
    """Return the whole command line."""
    return _group(tuple(COMMANDS), "")


def root_help() -> str:
    """Return the help of the whole command line."""
    headings = dict.fromkeys(heading for heading, _ in COMMANDS.values())
    tables = [(h, [(name, line) for name, (under, line) in COMMANDS.items() if under == h]) for h in headings]
    return helptext.root(SUMMARY, tables, EXAMPLES, MORE)


def _group(names: tuple[str, ...], path: str) -> Any:
    app = typer.Typer(cls=Group, add_completion=False, rich_markup_mode=None, context_settings=dict(SETTINGS))

    @app.callback()
    def _callback() -> None: ...

    group = typer.main.get_command(app)
    cast("Any", group).names, cast("Any", group).path = names, path
    return group


SETTINGS: Mapping[str, Any] = {"help_option_names": ["-h", "--help"]}


def _command(function: Callable[..., int], path: tuple[str, ...]) -> Any:
    """Return the click command that runs a function with an App and its own options."""
    own = tuple(inspect.signature(function).parameters.values())[1:]

    def run_it(**given: Any) -> None:
        shared = Common(**{p.name: given.pop(p.name) for p in COMMON})
        raise typer.Exit(_run(function, shared, given))

    run_it.__signature__ = inspect.Signature((*own, *COMMON))  # type: ignore[attr-defined]  # what Typer reads
    run_it.__annotations__ = {p.name: p.annotation for p in (*own, *COMMON)}
    run_it.__doc__ = function.__doc__
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command(path[-1], cls=Command, context_settings=dict(SETTINGS))(run_it)
    command = typer.main.get_command(app)
    cast("Any", command).path = path
    return command


def _run(function: Callable[..., int], shared: Common, given: Mapping[str, Any]) -> int:
    """Run a command's function and return its exit code; every failure is printed here, and nowhere else."""
    stop = Stop()
    stop.install()
    app = App(shared, environ=os.environ, stop=stop)
    gc.freeze()
    gc.set_threshold(GARBAGE)
    gc.enable()
    try:
        try:
            code = _guarded(function, app, given)
            app.output.close()
        finally:
            stop.end()  # what is printed and returned from here on is not broken off
    except ClosedPipe as error:
        code = error.exit_code
    except OrderctlError as error:
        code = _tell(app, error)
    except Exception as error:  # noqa: BLE001  (a bug: one line for the user, never a traceback)
        code = _tell(app, _bug(error))
    finally:
        app.close()
    command = function.__module__.rpartition(".")[2]
    if command in KEPT:
        app.note_end(command, code)
    return code


def end_with_threads(code: int) -> None:
    """End the process with this exit code where a thread still waits for a vendor, a keyring or a host's name.

    Python would otherwise shut down around it, which can crash after everything was printed.
    """
    if threading.active_count() == 1:
        return
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):  # closed, or none: what failed was reported before
            stream.flush()
    os._exit(code)


def _bug(error: Exception) -> OrderctlError:
    return OrderctlError(f"unexpected: {type(error).__name__}: {error}", hint=BUG)


BUG = (
    "this is a bug in orderctl; please report it with the command that you typed and this file:"
    " orderctl doctor --bundle report.zip"
)


def _guarded(function: Callable[..., int], app: App, given: Mapping[str, Any]) -> int:
    """Run a command under its lock and its deadline; a dry run prints what would have been sent."""
    _check_choices(app.common)
    deadline = app.seconds[1]
    if deadline is not None:
        app.stop.after(deadline)
    with app.locked():
        if not app.common.dry_run:
            return function(app, **given)
        code = 0
        with suppress(DryRunStop):
            code = function(app, **given)
        app.show_requests()
        return code


def _check_choices(shared: Common) -> None:
    for option, value, choices in (
        ("--output", shared.output, FORMATS),
        ("--color", shared.color, ("always", "auto", "never")),
    ):
        if value is not None and value not in choices:
            raise UsageError(f"unknown {option.removeprefix('--')} {value!r}", hint=nearest(value, choices))


def _tell(app: App, error: OrderctlError) -> int:
    """Print an error and return its exit code."""
    profile = app.__dict__.get("profile")
    try:
        app.output.error(
            app.explain(error),
            profile=profile.name if profile else app.common.profile,
            vendor=profile.vendor if profile else None,
        )
        app.output.close()
    except ClosedPipe:
        pass
    return error.exit_code


def run(args: list[str]) -> int:
    """Run orderctl with these arguments, common options behind the command's name, and return its exit code."""
    command = root()
    try:
        _refuse_spreadsheet(args)
        result = command.main(args=args, prog_name="orderctl", standalone_mode=False)
    except OrderctlError as error:
        return _tell(_bare_app(args), error)
    except Exception as error:  # noqa: BLE001  (Typer vendors click, whose exceptions have no public home)
        failure = _usage(error, args) if hasattr(error, "format_message") else _bug(error)
        return _tell(_bare_app(args), failure)
    return result if isinstance(result, int) else 0


def _refuse_spreadsheet(args: list[str]) -> None:
    """Raise UsageError where a spreadsheet would go to a terminal, with the redirect that works."""
    if _output(args) == "xlsx" and sys.stdout is not None and sys.stdout.isatty():
        from shlex import join  # noqa: PLC0415  (needed for the hint only)

        raise UsageError("a spreadsheet is not shown on a terminal", hint=f"orderctl {join(args)} > orders.xlsx")


def _bare_app(args: list[str]) -> App:
    """Return an app that only prints an error, in the format that was asked for as far as that can be seen."""
    output = _output(args)
    return App(Common(output=output if output in {"json", "jsonl"} else "table"), environ=os.environ)


def _output(args: list[str]) -> str | None:
    """Return the format that was asked for, as far as that can be seen before the arguments are read."""
    output = None
    for word, after in zip(args, [*args[1:], ""], strict=True):
        if word in {"-o", "--output"}:
            output = after
        elif word.startswith("--output="):
            output = word.partition("=")[2]
        elif word.startswith("-o") and not word.startswith("--"):
            output = word[2:]
    return output or os.environ.get("ORDERCTL_OUTPUT")


def _usage(error: Any, args: list[str]) -> UsageError:
    """Return Click's message in our words, with a hint."""
    words = [a for a in args if not a.startswith("-")]
    path = words[: 2 if words and words[0] in GROUPS else 1]
    option = getattr(error, "option_name", None)
    if option is not None and hasattr(error, "possibilities"):
        close = error.possibilities or ()
        likely = [name for name in close if name.startswith(option) or sorted(name) == sorted(option)]  # cut, swapped
        message, hint = f"unknown option {option}", nearest(option, likely or close)
    else:
        message, hint = str(error.format_message()).rstrip(".").replace("\n", " "), ""
    if path == ["create"] and "extra argument" in message:
        hint = "did you mean a file? It is read with --from FILE"
    hint = hint if hint.startswith("did") else f"see: {' '.join(['orderctl', *path])} --help"
    return UsageError(message[:1].lower() + message[1:], hint=hint)
