"""demo: every verb in a few seconds, in the sandbox and in a state folder of its own that is removed afterwards.

The commands are run as they are shown, through the same command line, in this process: a start of Python for each
would take longer than all of them together.
"""

import os
import re
import shlex
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from io import StringIO
from pathlib import Path
from typing import Annotated

import typer

from orderctl.app import App
from orderctl.backend import registry
from orderctl.backend.vendor import Duplicates, Vendor
from orderctl.cli import lazy as cli
from orderctl.config.file import SANDBOX
from orderctl.errors import ClosedPipe, ConfigError, OutcomeUnknown, UsageError

FILES = Path(__file__).parent.parent / "demo"
"""The orders of each vendor's demo, VENDOR.csv."""

STEPS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "flyerlink": (
        ("Create orders from a file; each line is a job at the vendor", "orderctl create --from orders.csv"),
        (
            "Create one from options",
            (
                "orderctl create --reference DEMO-1004 --title 'Window posters' --customer HOTEST \\\n"
                "    --line 'sku=POST22E,name=Poster A2,quantity=4'"
            ),
        ),
        ("List them: without --since, those of the last 31 days", "orderctl list"),
        ("Look at one, by your own order number", "orderctl get --reference DEMO-1001"),
        (
            "See what a change would send, without sending it",
            "orderctl update {DEMO-1001} --set reference=DEMO-1001B --dry-run",
        ),
        (
            "Change it: a new reference, one more job, a package",
            (
                "orderctl update {DEMO-1001} --set reference=DEMO-1001B \\\n"
                "    --line 'sku=POST22E,name=Poster A2,quantity=2' --set package.code=BUNDLE"
            ),
        ),
        ("Read its jobs", "orderctl lines {DEMO-1001B}"),
        (
            "Make any other call of the vendor's, such as one for a customer's contacts",
            "orderctl api GET /customers/HOTEST/contacts",
        ),
        ("What is there now, as a script reads it", "orderctl list -o json --fields id,reference,total,lines"),
    ),
    "imonggo": (
        ("Create orders from a file, one after the other", "orderctl create --from orders.csv --jobs 1"),
        (
            "Create one from options",
            (
                "orderctl create --reference DEMO-1004 --note 'Hello mark' \\\n"
                "    --line 'sku=12806,quantity=24,unit_id=10,unit_name=CASE,unit_quantity=2,unit_content_quantity=12'"
            ),
        ),
        ("List them", "orderctl list"),
        ("Look at one, by your own order number", "orderctl get --reference DEMO-1001"),
        ("Read its lines", "orderctl lines {DEMO-1001}"),
        (
            "See what would be sent, without sending it",
            "orderctl create --reference DEMO-1005 --line sku=54018,quantity=20 --dry-run",
        ),
        (
            "Cancel another, with the reason; on a terminal it asks unless --yes is given",
            "orderctl cancel {DEMO-1003} --reason 'wrong order' --yes",
        ),
        ("What is there now, as a script reads it", "orderctl list -o json --fields id,reference,number,status,due_at"),
    ),
    "omflow": (
        ("The form of the flow: its fields, their types, and what it requires", "orderctl fields"),
        ("Create orders from a file", "orderctl create --from orders.csv"),
        (
            "Create one from options",
            (
                "orderctl create --reference DEMO-1004 --set FORMITM_1=Lamp --set FORMITM_2=3 \\\n"
                "    --set FORMITM_4:h_title='Lamps for Dan' --set 'FORMITM_7:=[\"gift\"]' --file orders.csv"
            ),
        ),
        ("List them", "orderctl list"),
        ("Look at one, by your own order number", "orderctl get --reference DEMO-1001"),
        ("See what a push would send, without sending it", "orderctl push {DEMO-1001} --set FORMITM_2=5 --dry-run"),
        ("Push it on to the next step of its flow", "orderctl push {DEMO-1001} --set FORMITM_2=5"),
        ("Now it waits at two steps at once", "orderctl steps {DEMO-1001}"),
        ("Say which of them", "orderctl push {DEMO-1001} --step Packing"),
        ("Attach a file to another", "orderctl update {DEMO-1002} --file orders.csv"),
        ("Cancel another; on a terminal it asks unless --yes is given", "orderctl cancel {DEMO-1003} --yes"),
        ("What is there now, as a script reads it", "orderctl list -o json --fields id,reference,status,steps"),
    ),
    "onebox": (
        ("Create orders from a file, one after the other", "orderctl create --from orders.csv --jobs 1"),
        (
            "Create one from options",
            (
                "orderctl create --reference DEMO-1004 --email dan@example.com --customer-name Dan \\\n"
                "    --currency EUR --line 'sku=LAMP-3,name=Lamp,quantity=1,price=59.90'"
            ),
        ),
        ("List them", "orderctl list"),
        ("Look at one, by your own order number", "orderctl get --reference DEMO-1001"),
        (
            "Change it: a new title, one more line",
            (
                "orderctl update {DEMO-1001} --title 'Office furniture' \\\n"
                "    --line 'sku=LAMP-3,name=Lamp,quantity=2,price=59.90'"
            ),
        ),
        ("See what would be sent, without sending it", "orderctl push {DEMO-1001} --to Delivered --dry-run"),
        ("Push it on to the next step of its workflow", "orderctl push {DEMO-1001} --to Delivered"),
        ("Read its comments and history", "orderctl comments {DEMO-1001}"),
        ("Cancel another; on a terminal it asks unless --yes is given", "orderctl cancel {DEMO-1003} --yes"),
        ("What is there now, as a script reads it", "orderctl list -o json --fields id,reference,vendor_status,total"),
    ),
    "qince": (
        ("Create orders from a file", "orderctl create --from orders.csv"),
        (
            "Create one from options: customer, product and unit by Qince's own ids",
            (
                "orderctl create --reference DEMO-1004 --customer 6928823652322085688 \\\n"
                "    --line 'sku=5279580533528147536,unit_id=5722517964131842984,quantity=6,price=19.50'"
            ),
        ),
        ("List them", "orderctl list"),
        ("Look at one, by your own order number", "orderctl get --reference DEMO-1001"),
        (
            "Change it: a discount on the whole order, one more line",
            (
                "orderctl update {DEMO-1001} --set whole_order_discount=0.8 \\\n"
                "    --line 'sku=5279580533528147536,unit_id=5722517964131842984,quantity=2,price=20'"
            ),
        ),
        ("Read its lines", "orderctl lines {DEMO-1001}"),
        ("See what would be sent, without sending it", "orderctl push {DEMO-1001} --by 7007385368014262146 --dry-run"),
        ("Start its approval", "orderctl push {DEMO-1001} --by 7007385368014262146"),
        ("See where it waits now", "orderctl steps {DEMO-1001}"),
        ("Filter by a field of Qince's own", "orderctl list --where approval_status=APPROVED -o ids"),
        ("What is there now, as a script reads it", "orderctl list -o json --fields id,reference,vendor_status,total"),
    ),
}
"""What each vendor's demo does: a line for people, and the command. `{R}` is the id of the order with reference R."""

LOST: Mapping[str, str] = {
    "flyerlink": "orderctl create --reference DEMO-1009 --customer HOTEST --line sku=LEGA54V,quantity=500",
    "imonggo": "orderctl create --reference DEMO-1009 --line sku=54018,quantity=2",
    "omflow": "orderctl create --reference DEMO-1009 --set FORMITM_1=Chair --set FORMITM_2=2",
    "onebox": "orderctl create --reference DEMO-1009 --email eve@example.com --customer-name Eve",
    "qince": (
        "orderctl create --reference DEMO-1009 --customer 6928823652322085688 \\\n"
        "    --line 'sku=5279580533528147536,unit_id=5722517964131842984,quantity=2,price=20'"
    ),
}
"""The order of each vendor's demo whose answer is lost."""

FAULT = "ORDERCTL_SANDBOX_FAULT=commit-then-drop "

INTRODUCTION = """\
This is orderctl with the emulator of {title} that is built into it: no account, no network, and nothing is kept.
The commands run as they are shown; -p sandbox-{vendor}, or this variable, chooses the account:

$ export ORDERCTL_PROFILE=sandbox-{vendor}

# The orders to create
$ cat orders.csv
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
    """Run a demo of a few seconds: create, change, push and cancel orders in the built-in sandbox.

    Examples:
        orderctl demo
        orderctl demo --vendor onebox

    No account, config or network is needed, and nothing is left behind.
    """
    if vendor not in STEPS:
        if registry.known(vendor):
            raise UsageError(
                f"the demo has no steps for {vendor!r}; it has them for: {', '.join(STEPS)}",
                hint=f"try its sandbox: orderctl list -p {SANDBOX}{vendor}",
            )
        message, hint = registry.unknown(vendor)
        raise UsageError(message, hint=hint)
    if app.common.output not in {None, "table"}:
        raise UsageError("demo does not support -o", hint="its commands do: orderctl list -o json")
    if app.common.dry_run:
        raise UsageError("demo does not support --dry-run", hint="it sends nothing outside this process")
    about = registry.vendor(vendor)
    needed = "".join(f" --set {option.name}=…" for option in about.options if option.required)
    names = {"title": about.title, "url": about.url, "vendor": vendor, "settings": needed}
    orders = FILES.joinpath(f"{vendor}.csv").read_text(encoding="utf-8")
    app.output.text(INTRODUCTION.format_map(names) + orders)
    with _surroundings(vendor, orders):
        for text, line in (*STEPS[vendor][:-1], *_story(about), STEPS[vendor][-1]):
            shown = re.sub(r"\{(.+?)\}", lambda found: _id(found[1]), line)
            app.output.text(f"\n# {text}\n$ {shown}")
            app.output.close()
            staged = shown.startswith(FAULT)
            code = _staged(app, shown) if staged else _run(app, shown)
            if code == OutcomeUnknown.exit_code and staged:
                app.output.text("(exit code 8: it may or may not have been applied)")
            elif code:
                app.output.warning(f"the demo ends here: that command ended with exit code {code}")
                return code
    app.output.text(FAREWELL.format_map(names))
    return 0


def _story(vendor: Vendor) -> tuple[tuple[str, str], ...]:
    """Return how an order is made whose answer is lost, and what follows."""
    lost = LOST[vendor.name]
    refuses = vendor.duplicates is Duplicates.REFUSED
    what = f"{vendor.title} refuses a second order, so it is looked up at once" if refuses else "was it made, or not?"
    return (
        (f"Let the sandbox make an order and lose its answer: {what}", FAULT + lost),
        ("The same command again: it finds out, and makes no second order", lost),
        ("All that this machine wrote", "orderctl journal list"),
    )


def _staged(app: App, line: str) -> int:
    """Run a command whose failure is part of the story: what it says on standard error is shown with the rest."""
    with redirect_stderr(StringIO()) as said:
        code = _run(app, line)
    app.output.text(said.getvalue())
    app.output.close()
    return code


def _run(app: App, line: str) -> int:
    """Run a command as a shell would and return its exit code."""
    words = shlex.split(line.replace("\\\n", "").removeprefix(FAULT))
    name, _, value = FAULT.strip().partition("=")
    if line.startswith(FAULT):
        os.environ[name] = value
    try:
        code = cli.run([*words[1:], *(["--color", app.common.color] if app.common.color else [])])
    finally:
        os.environ.pop(name, None)
    if code == ClosedPipe.exit_code:
        raise ClosedPipe("standard output was closed")
    return code


def _id(reference: str) -> str:
    """Return the id of the order with that reference."""
    with redirect_stdout(StringIO()) as printed:
        cli.run(["get", "--reference", reference, "-o", "ids"])
    return printed.getvalue().strip()


@contextmanager
def _surroundings(vendor: str, orders: str) -> Iterator[None]:
    """Run the block in a folder with orders.csv, state and config of its own, and without the user's variables."""
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
        place.joinpath("orders.csv").write_text(orders, encoding="utf-8")
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
