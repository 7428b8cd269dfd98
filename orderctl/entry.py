"""The start: what needs no work is answered before Typer, `re` or `typing` are imported.

`--version`, the generated texts (every command's help, the completion scripts) and the names of profiles come from
here; everything else goes to `orderctl.cli.lazy`. The garbage collector rests while modules load and while the process
ends: a third of a short run.
"""

import gc
import os
import sys

gc.disable()

HELP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "help")  # noqa: PTH100, PTH118, PTH120  (pathlib costs)

GROUPS = frozenset({"auth", "events", "journal", "mapping", "profile", "sandbox"})
"""The commands that have commands of their own."""

SANDBOXES = ("sandbox-flyerlink", "sandbox-imonggo", "sandbox-omflow", "sandbox-onebox", "sandbox-qince")
"""The profiles that exist without any file."""

VALUED = frozenset({
    "--color", "--config", "--deadline", "--fields", "--lock", "--output", "--profile", "--timeout", "--trace",
    "-o", "-p",
})  # fmt: skip
"""Options of every command that take a value."""

FLAGS = frozenset({
    "--dry-run", "--help", "--no-input", "--quiet", "--reveal", "--secrets-stdin", "--verbose", "--yes",
    "-h", "-n", "-q", "-v", "-y",
})  # fmt: skip
"""Options of every command that take none."""


def main(argv: list[str] | None = None) -> int:
    """Run orderctl with these arguments (those of the process without any) and return its exit code."""
    args = sys.argv[1:] if argv is None else argv
    text = _ready_answer(args)
    if text is not None:
        return _write(text)
    try:
        from orderctl.cli.lazy import end_with_threads, run  # noqa: PLC0415  (the whole point of this module)
        from orderctl.signals import Stop  # noqa: PLC0415

        Stop.process_ends = argv is None
        code = run(ordered(args))
    except KeyboardInterrupt:  # before the run took the signals over
        return 130
    gc.freeze()
    if argv is None:
        end_with_threads(code)
    return code


def ordered(args: list[str]) -> list[str]:
    """Return the arguments with the options before the command's name put behind it.

    >>> ordered(["-p", "shop", "-v", "get", "1"])
    ['get', '-p', 'shop', '-v', '1']
    >>> ordered(["-o", "json", "auth", "-p", "shop", "status"])
    ['auth', 'status', '-o', 'json', '-p', 'shop']
    """
    path: list[str] = []
    options: list[str] = []
    rest = list(args)
    while rest:
        head = rest[0]
        if head in VALUED and len(rest) > 1:
            options += rest[:2]
            del rest[:2]
        elif head in FLAGS or _joined(head):
            options.append(rest.pop(0))
        elif not head.startswith("-") and (not path or _is_group(path)):
            path.append(rest.pop(0))
            if not _is_group(path):
                break
        else:
            break
    return path + options + rest


def _joined(word: str) -> bool:
    """Return whether a word is an option of every command with its value: --output=json, -ojson, -qy."""
    if word.startswith("--"):
        return word.partition("=")[0] in VALUED and "=" in word
    if len(word) < 3 or word[0] != "-":
        return False
    return word[:2] in VALUED or all(f"-{c}" in FLAGS for c in word[1:])


def _is_group(path: list[str]) -> bool:
    """Return whether a command's name is to follow."""
    return len(path) == 1 and path[0] in GROUPS


def _ready_answer(args: list[str]) -> str | None:
    """Return the answer to what needs no work, None for everything else."""
    if args[:1] == ["--version"]:
        from orderctl import __version__  # noqa: PLC0415

        return f"orderctl {__version__}\n"
    if args[:1] == ["--complete-profiles"]:
        return "".join(f"{name}\n" for name in profile_names(os.environ))
    if not args or (len(args) == 1 and args[0] in GROUPS):
        return _help(args)
    if args[-1] in {"--help", "-h"} and "--" not in args:
        return _help(args[:-1])
    if len(args) == 2 and args[0] == "completion" and args[1].isalnum():
        return _generated(f"completion.{args[1]}")
    return None


def _help(words: list[str]) -> str | None:
    """Return the generated help of a command, None where there is none; Typer's own is the same."""
    return _generated(f"{'-'.join(words) or 'orderctl'}.txt") if all(word.isalnum() for word in words) else None


def _generated(name: str) -> str | None:
    try:
        with open(os.path.join(HELP, name), encoding="utf-8") as file:  # noqa: PTH118, PTH123
            return file.read()
    except OSError:
        return None


def profile_names(environ: "os._Environ[str] | dict[str, str]") -> list[str]:
    """Return the profiles that the config file names, and the sandbox's, sorted.

    The file is scanned for `[profiles.NAME]` lines: a TOML parser costs two interpreter starts.
    """
    names = set(SANDBOXES)
    try:
        with open(_config_file(environ), encoding="utf-8") as file:  # noqa: PTH123
            for line in file:
                text = line.strip(" \t\r\n\ufeff")
                if text.startswith("[profiles.") and "]" in text:
                    name = text[10 : text.index("]")].strip()
                    quote = name[:1] if name[:1] in ("'", '"') else ""
                    names.add((name[1:].partition(quote)[0] if quote else name.partition(".")[0]).strip())
    except (OSError, UnicodeDecodeError):
        pass
    return sorted(n for n in names if n and not n.strip(NAME))


NAME = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-._"
"""What a profile's name is made of; anything else would be a program to a shell that completes it."""


def _config_file(environ: "os._Environ[str] | dict[str, str]") -> str:
    given = environ.get("ORDERCTL_CONFIG")
    if given:
        return os.path.expanduser(given)  # noqa: PTH111
    home = os.path.expanduser("~")  # noqa: PTH111
    if sys.platform == "darwin":
        folder = os.path.join(home, "Library", "Application Support")  # noqa: PTH118
    else:
        given = environ.get("XDG_CONFIG_HOME", "")
        folder = given if given.startswith("/") else os.path.join(home, ".config")  # noqa: PTH118
    return os.path.join(folder, "orderctl", "config.toml")  # noqa: PTH118


def _write(text: str) -> int:
    """Print and return the exit code: 141 where standard output was closed, 14 where it cannot be written."""
    if sys.stdout is None:
        return _unwritable("it is closed")
    try:
        sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # a terminal of another encoding
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        _discard()
        return 141
    except OSError as error:
        _discard()
        return _unwritable(error.strerror or str(error))
    return 0


def _unwritable(reason: str) -> int:
    if sys.stderr is not None:
        sys.stderr.write(f"orderctl: cannot write to standard output: {reason}\n")
    return 14


def _discard() -> None:
    """Drop what is buffered, so that the interpreter does not complain of it at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
