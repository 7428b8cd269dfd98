"""`help`: topics that say what is true."""

import re
import shlex
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from orderctl import __version__, entry, errors
from orderctl.cli import lazy as cli
from orderctl.cli import table
from orderctl.commands.help import HELP, topics
from orderctl.config import file as config
from orderctl.errors import OrderctlError
from orderctl.sandbox import EMULATORS, faults
from orderctl.sandbox.flyerlink import emulator as flyerlink
from orderctl.sandbox.imonggo import shop as imonggo
from orderctl.sandbox.omflow import flows as omflow
from orderctl.sandbox.onebox import box
from orderctl.sandbox.qince import account as qince
from orderctl.words import LINE_COLUMNS, ORDER_COLUMNS

TOPICS = topics()


def commands() -> Iterator[tuple[str, str]]:
    """Every command line that a topic shows, `\\` at the end joined."""
    for name, text in TOPICS.items():
        joined = re.sub(r"\\\n\s*", "", text)
        for line in re.findall(r"^ {4}(orderctl .+)$", joined, re.MULTILINE):
            yield name, re.split(r" {3,}| > | *$", line)[0]


def classes(of: type[OrderctlError]) -> Iterator[type[OrderctlError]]:
    yield of
    for below in of.__subclasses__():
        yield from classes(below)


def test_the_list_shows_every_topic(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["help"]) == 0
    said = capsys.readouterr().out
    for name, text in TOPICS.items():
        assert re.search(rf"^{name} +{re.escape(text.partition(chr(10))[0])}$", said, re.MULTILINE)


@pytest.mark.parametrize("name", sorted(TOPICS))
def test_a_topic_is_printed_unchanged(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["help", name]) == 0
    assert capsys.readouterr().out == TOPICS[name]


@pytest.mark.parametrize("name", sorted(TOPICS))
def test_a_topic_is_plain_text_of_80_columns(name: str) -> None:
    text = TOPICS[name]
    assert all(len(line) <= 80 and line == line.rstrip() for line in text.split("\n"))
    assert "\t" not in text
    assert text.endswith("\n")


def test_the_topics_that_a_reader_would_look_for_are_there() -> None:
    assert set(TOPICS) >= {
        "adding-a-vendor", "changes", "configuration", "credentials", "cron", "csv", "exit-codes", "first-steps",
        "layout", "troubleshooting", "vendors",
    }  # fmt: skip


def test_a_commands_name_shows_its_help(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "create.txt").write_text("Usage: orderctl create\n")
    (tmp_path / "profile-add.txt").write_text("Usage: orderctl profile add\n")
    (tmp_path / "topics").mkdir()
    monkeypatch.setattr("orderctl.commands.help.HELP", tmp_path)
    assert cli.run(["help", "create"]) == 0
    assert capsys.readouterr().out == "Usage: orderctl create\n"
    assert cli.run(["help", "profile", "add"]) == 0
    assert capsys.readouterr().out == "Usage: orderctl profile add\n"


@pytest.mark.parametrize(
    "given,near", [("exit", "did you mean 'exit-codes'?"), ("cvs", "did you mean 'csv'"), ("q-q", "there are: ")]
)
def test_an_unknown_topic_names_the_nearest(given: str, near: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["help", given]) == 2
    assert near in capsys.readouterr().err


def test_exit_codes_are_exactly_those_of_the_errors() -> None:
    listed = {int(code) for code in re.findall(r"^ {0,3}(\d{1,3})  ", TOPICS["exit-codes"], re.MULTILINE)}
    drawn = {int(code) for code in re.findall(r"^(?:[|+ -]*)\w+ +(\d+)\b", errors.__doc__ or "", re.MULTILINE)}
    known = {error.exit_code for error in classes(OrderctlError)} | {128 + n for n in (1, 2, 15)}
    assert listed == known | {0}
    assert drawn <= known


def test_csv_names_every_column_that_drafts_read() -> None:
    columns = re.findall(r"^ {4}([a-z_]+)  +\S", TOPICS["csv"], re.MULTILINE)
    assert columns == [*ORDER_COLUMNS, *LINE_COLUMNS]


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ORDERCTL_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("ORDERCTL_PROFILE", "sandbox-onebox")
    return tmp_path


def test_the_csv_that_is_shown_is_accepted(sandbox: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = re.findall(r"^ {4}(\S*,\S.*)$", TOPICS["csv"].partition("Columns of the order")[0], re.MULTILINE)
    (sandbox / "orders.csv").write_text("\n".join(rows))
    assert cli.run(["create", "--from", str(sandbox / "orders.csv"), "-o", "ids"]) == 0
    assert len(capsys.readouterr().out.split()) == 2


def test_the_first_steps_are_taken_in_the_sandbox(
    sandbox: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(sandbox)
    monkeypatch.delenv("ORDERCTL_PROFILE")
    (sandbox / "export.csv").write_text("Order No,Mail,Buyer,Article,Qty,Unit price\n17,a@b.co,Ann,CUP-1,2,4.90\n")
    text = re.sub(r"\\\n\s*", "", TOPICS["first-steps"].partition("5. Use your account")[0])
    lines = re.findall(r"^ {4}orderctl (.+)$", text, re.MULTILINE)
    assert len(lines) == 11
    for line in lines:
        args, _, file = line.partition(" > ")
        foreign = "--from export.csv" in line and "--map" not in line  # this one names what reads the file
        assert cli.run(entry.ordered(shlex.split(args))) == (2 if foreign else 0), line
        shown = capsys.readouterr()
        if file:
            (sandbox / file).write_text(shown.out)
    assert cli.run(["list", "-p", "sandbox-onebox", "--fields", "reference", "-o", "csv"]) == 0
    assert {"17", "1333", "R-1"} <= set(capsys.readouterr().out.split())


def test_troubleshooting_has_every_exit_code_and_quotes_what_is_printed() -> None:
    text = TOPICS["troubleshooting"]
    listed = {int(code) for code in re.findall(r"^ {1,3}(\d{1,3})  \S", text, re.MULTILINE)}
    signals = {128 + number for number in (1, 2, 13, 15)}
    assert listed == {error.exit_code for error in classes(OrderctlError)} - signals
    code = "\n".join(path.read_text(encoding="utf-8") for path in HELP.parent.rglob("*.py"))
    quoted = re.findall(r'^ {4}"(.+)"$', text, re.MULTILINE)
    assert len(quoted) >= 12
    assert [words for words in quoted if words not in code] == []


def test_the_changes_begin_with_this_version() -> None:
    releases = re.findall(r"^(\d+\.\d+\.\d+), (?:\d{4}-\d{2}-\d{2}|not released yet)$", TOPICS["changes"], re.MULTILINE)
    assert releases[0] == __version__
    assert len(releases) == len(set(releases))


@pytest.mark.parametrize("line", [line for _, line in commands() if line.startswith("orderctl create --reference")])
def test_the_orders_that_are_shown_are_accepted(line: str, sandbox: Path) -> None:
    assert sandbox.is_dir()
    assert cli.run(shlex.split(line)[1:]) == 0


def test_sandbox_names_every_fault_and_switch() -> None:
    text = TOPICS["sandbox"]
    shown = set(re.findall(r"^ {4}([a-z0-9-]+(?:, [a-z0-9-]+)?)  +\S", text, re.MULTILINE))
    assert shown == set(faults.KINDS)
    known = {switch for module in EMULATORS.values() for switch in import_module(module).SWITCHES}
    assert set(re.findall(r"^ {4}([a-z-]+)=\S+ +\S", text, re.MULTILINE)) == known


def test_sandbox_names_what_orders_may_name() -> None:
    text = TOPICS["sandbox"]
    known = {
        *flyerlink.PRODUCTS, *flyerlink.CUSTOMERS, *map(str, imonggo.PRODUCTS), *omflow.FLOWS,
        *qince.PRODUCTS, *qince.CUSTOMERS, *qince.EMPLOYEES,
        *(unit for product in qince.PRODUCTS.values() for unit in product["prices"]),
    }  # fmt: skip
    table = text.partition("    Flyerlink  sku")[2].partition("\n\n")[0]
    named = set(re.findall(r"[A-Z]{6}[0-9]{2}|[A-Z0-9]{6,}|[0-9]{4,}|orderdesk", table))
    contacts = {contact for customer in flyerlink.CUSTOMERS.values() for contact in customer["contacts"]}
    assert named <= known | contacts
    assert named >= {*flyerlink.PRODUCTS, *map(str, imonggo.PRODUCTS), *qince.CUSTOMERS, *qince.EMPLOYEES}
    assert all(status in table for status in box.WORKFLOWS[0]["statuses"].values())


def test_the_configuration_that_is_shown_loads(tmp_path: Path) -> None:
    text = TOPICS["configuration"]
    shown = text[text.index('    default_profile = "shop"') : text.index("Never a secret")]
    path = tmp_path / "config.toml"
    path.write_text(re.sub(r"^ {4}", "", shown, flags=re.MULTILINE))
    read = config.load(path, {"HOME": str(tmp_path)}, explicit=True)
    assert read.profile("shop").columns == {"reference": "InvoiceNo"}


def test_adding_a_vendor_names_files_that_exist() -> None:
    for path in re.findall(r"orderctl/[a-z/_]+\.py", TOPICS["adding-a-vendor"]):
        assert (HELP.parent.parent / path).is_file(), path


@pytest.mark.parametrize("name,line", list(commands()))
def test_every_command_shown_parses(name: str, line: str) -> None:
    words = shlex.split(line.replace("VENDOR", "onebox").replace("NAME", "onebox"), comments=True)
    args = entry.ordered(words[1:])
    path = tuple(args[: 2 if args[0] in table.GROUPS else 1])
    assert path[0] in table.COMMANDS, name
    if path[-1] not in table.GROUPS:
        cli.find(path).make_context(path[-1], args[len(path) :])
