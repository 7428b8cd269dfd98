"""demo: the story of a file of orders in the sandbox, in a state folder of its own that is removed afterwards.

The commands are run as they are shown, through the same command line, in this process: a start of Python for each
would take longer than all of them together.
"""

import os
import shlex
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, suppress
from io import StringIO
from pathlib import Path
from typing import Annotated

import typer

from orderctl.app import App
from orderctl.backend import registry
from orderctl.backend.vendor import Duplicates
from orderctl.cli import lazy as cli
from orderctl.config.file import SANDBOX
from orderctl.errors import ClosedPipe, ConfigError, OutcomeUnknown, UsageError

FILES = Path(__file__).parent.parent / "demo"
"""The orders of each vendor's demo, VENDOR.csv, without a mistake."""

MISTAKES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "flyerlink": (("Business cards,250", "Business cards,many"), ("LIANFI22", ""), ("海报 <A2>,12", "海报 <A2>,0")),
    "imonggo": (("2026-12-01", "01.12.26"), ("9001,36", "tea,36"), ("9.5,24", '"9,5",24')),
    "omflow": (("set.FORMITM_2", "set.quantity"), ("DEMO-1003", "1.003E+03")),
    "onebox": (
        ("ann@example.com", "ann.example.com"), (",2,102.50", ",two,102.50"), ("6,89.90", '6,"89,90"'),
        ("DEMO-1003", "1.003E+03"),
    ),
    "qince": ((",2,999.90", ",two,999.90"), ("7311592024418377105", "ACME"), ("1.5,20", "1.5,")),
}  # fmt: skip
"""What each vendor's file says, and what it has by mistake in the first one."""

FAULT = "ORDERCTL_SANDBOX_FAULT=commit-then-drop "

STEPS = (
    ("Orders of today, typed in a hurry", "cat orders.csv", 0),
    ("The file is checked whole: every problem is reported at once, and nothing is sent",
     "orderctl create --from orders.csv", UsageError.exit_code),
    ("The same orders, corrected", "cat fixed.csv", 0),
    ("Send them; the sandbox creates an order and loses its answer: {lost}",
     FAULT + "orderctl create --from fixed.csv", 0),
    ("The same command again creates nothing twice; replayed: created before, nothing was sent now",
     "orderctl create --from fixed.csv", 0),
    ("At {title}: one order of each reference", "orderctl list --fields id,reference", 0),
)  # fmt: skip
"""The story: a line for people, the command, and the exit code that it ends with."""

LOOKED_UP = "{title} refuses a second order, so it is looked up at once"
IN_DOUBT = "was it created, or not?"

INTRODUCTION = """\
This is orderctl with the emulator of {title} that is built into it: no account, no network, and nothing is kept.
The commands run as they are shown; -p sandbox-{vendor}, or this variable, chooses the account:

$ export ORDERCTL_PROFILE=sandbox-{vendor}
"""

FAREWELL = """
The demo is over and its orders are deleted. To go on:

# in the sandbox, which keeps its orders (orderctl sandbox reset --vendor {vendor} empties it)
$ export ORDERCTL_PROFILE=sandbox-{vendor}
$ orderctl template --format csv > orders.csv
$ orderctl create --from orders.csv

# with an account of your own
$ orderctl profile add shop --vendor {vendor} --url {url}{settings}
$ orderctl auth login -p shop
$ orderctl list -p shop --limit 10

# to find out more
$ orderctl --help
$ orderctl vendors {vendor}
$ orderctl help csv
"""


def command(
    app: App,
    *,
    vendor: Annotated[
        str, typer.Option("--vendor", metavar="NAME", help="The vendor of the emulator (default: onebox).")
    ] = "onebox",
) -> int:
    """Run a demo of a few seconds: a file with mistakes, a lost answer, and one order of each reference.

    Examples:
        orderctl demo
        orderctl demo --vendor omflow

    The file's problems are reported at once, the corrected file is sent, an answer is lost on purpose, and the same
    command again creates nothing twice. No account, config or network is needed, and nothing is left behind.
    """
    if vendor not in MISTAKES:
        if registry.known(vendor):
            raise UsageError(
                f"the demo has no orders for {vendor!r}; it has them for: {', '.join(MISTAKES)}",
                hint=f"try its sandbox: orderctl list -p {SANDBOX}{vendor}",
            )
        raise registry.unknown(vendor)
    if app.common.output not in {None, "table"}:
        raise UsageError("demo does not support -o", hint="its commands do: orderctl list -o json")
    if app.common.dry_run:
        raise UsageError("demo does not support --dry-run", hint="it sends nothing outside this process")
    about = registry.vendor(vendor)
    needed = "".join(f" --set {option.name}=…" for option in about.options if option.required)
    names = {"title": about.title, "url": about.url, "vendor": vendor, "settings": needed}
    refuses = about.duplicates is Duplicates.REFUSED
    names["lost"] = (LOOKED_UP if refuses else IN_DOUBT).format_map(names)
    app.output.text(INTRODUCTION.format_map(names))
    with _surroundings(vendor, _files(vendor)):
        for text, line, ends in STEPS:
            expected = OutcomeUnknown.exit_code if line.startswith(FAULT) and not refuses else ends
            app.output.text(f"\n# {text.format_map(names)}\n$ {line}")
            app.output.close()
            code = _run(app, line)
            if code == expected != 0:
                app.output.text(f"(exit code {code})")
            elif code != expected:
                app.output.warning(f"the demo ends here: that command ended with exit code {code}")
                return code or 1
    app.output.text(FAREWELL.format_map(names))
    return 0


def _files(vendor: str) -> Mapping[str, str]:
    """Return the files of a vendor's demo: the corrected one, and the one before with its mistakes."""
    fixed = before = FILES.joinpath(f"{vendor}.csv").read_text(encoding="utf-8")
    for right, wrong in MISTAKES[vendor]:
        before = before.replace(right, wrong, 1)
    return {"orders.csv": before, "fixed.csv": fixed}


def _run(app: App, line: str) -> int:
    """Run a command as a shell would and return its exit code; its standard error is shown with the rest."""
    words = shlex.split(line.removeprefix(FAULT))
    if words[0] == "cat":
        app.output.text(Path(words[1]).read_text(encoding="utf-8"))
        return 0
    name, _, value = FAULT.strip().partition("=")
    if line.startswith(FAULT):
        os.environ[name] = value
    try:
        with redirect_stderr(StringIO()) as said:
            code = cli.run([*words[1:], *(["--color", app.common.color] if app.common.color else [])])
    finally:
        os.environ.pop(name, None)
    if code == ClosedPipe.exit_code:
        raise ClosedPipe("standard output was closed")
    app.output.text(said.getvalue())
    app.output.close()
    return code


@contextmanager
def _surroundings(vendor: str, files: Mapping[str, str]) -> Iterator[None]:
    """Run the block in a folder with these files, state and config of its own, and without the user's variables."""
    try:
        folder = tempfile.TemporaryDirectory(prefix="orderctl-demo-", ignore_cleanup_errors=True)
    except OSError as error:
        raise ConfigError(
            f"cannot make a temporary folder: {error.strerror or error}", hint="set TMPDIR to a folder you can write to"
        ) from error
    before = dict(os.environ)
    here = Path("/")
    with suppress(OSError):  # a folder that was removed, or that another user may not enter
        here = Path.cwd()
    with folder as name:
        place = Path(name)
        for file, text in files.items():
            place.joinpath(file).write_text(text, encoding="utf-8")
        place.joinpath("config.toml").touch()
        for variable in before:
            if variable.startswith("ORDERCTL_") or variable == "CREDENTIALS_DIRECTORY":
                del os.environ[variable]
        os.environ["ORDERCTL_CONFIG"] = str(place / "config.toml")
        os.environ["ORDERCTL_PROFILE"] = f"sandbox-{vendor}"
        os.environ["ORDERCTL_STATE_DIR"] = str(place / "state")
        os.chdir(place)
        try:
            yield
        finally:
            with suppress(OSError):
                os.chdir(here)
            os.environ.clear()
            os.environ.update(before)
