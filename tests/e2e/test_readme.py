"""The README: what it tells people to type is run, against the sandbox, in an environment of nothing."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from orderctl import entry
from orderctl.cli import lazy as cli
from orderctl.cli import table
from tests.generate.vendors import vendors_table

README = Path(__file__).parents[2] / "README.md"
TEXT = README.read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
SCRIPTS = [text for kind, text in BLOCKS if kind == "sh" and "pip install" not in text]
INSTALLS = [text.strip() for kind, text in BLOCKS if kind == "sh" and "pip install" in text]
TYPED = [
    line[2:]
    for kind, text in BLOCKS
    if kind == "console"
    for line in text.splitlines()
    if line.startswith("$ orderctl")
]
CRON = [line for kind, text in BLOCKS if kind == "cron" for line in text.splitlines()]


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """An environment with nothing but orderctl and python3 on the path, and a home of its own."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, command in (("orderctl", f"{shlex.quote(sys.executable)} -m orderctl"), ("python3", sys.executable)):
        path = programs / name
        path.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        path.chmod(0o755)
    return {"PATH": f"{programs}:/usr/bin:/bin", "HOME": str(tmp_path)}


def run(script: str, folder: Path, environ: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["sh", "-euc", script], cwd=folder, env=environ, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def test_every_script_runs_unchanged(tmp_path: Path, environ: dict[str, str]) -> None:
    assert len(SCRIPTS) >= 4
    (tmp_path / "export.csv").write_text("Order No,Mail,Buyer,Article,Qty,Unit price\n17,a@b.co,Ann,CUP-1,2,4.90\n")
    scripts = [script for script in SCRIPTS if "commit-then-drop" not in script]
    done = run("\n".join(scripts), tmp_path, environ)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert re.search(r"^created\t82806\t17\t", done.stdout, re.MULTILINE), "the order of the export"
    assert left(tmp_path) == ([], ["monday.csv"]), "the outbox was not sent"
    assert re.search(r"^R-2001 346\.00 UAH$", done.stdout, re.MULTILINE), done.stdout
    assert '"orderId"' not in done.stdout
    assert '"ordercode":"R-2001"' in done.stdout, "what the emulator answered over HTTP"
    assert re.search('^{"return_code":0', done.stdout, re.MULTILINE), "the pushed order was acknowledged"
    assert (tmp_path / "events.jsonl").read_text().count("6066483328179541690") >= 1
    assert len(list(tmp_path.glob("*.server"))) == 5


def left(folder: Path) -> tuple[list[str], ...]:
    """Return the names of the files in the outbox, and of those that were sent, without the time in front."""
    folders = [folder / "outbox" / name for name in ("", "sent")]
    return tuple(sorted(path.name.rpartition("-")[2] for path in f.glob("*.csv")) for f in folders)


def outbox(folder: Path, environ: dict[str, str]) -> Path:
    """Return the outbox of README's script, empty."""
    (made,) = [script.partition("orderctl template")[0] for script in SCRIPTS if "send-outbox" in script]
    assert run(made, folder, environ).returncode == 0
    return folder / "outbox"


def cron_line() -> str:
    """Return what cron runs, with its variables."""
    settings = "; ".join(f"export {line}" for line in CRON if re.match(r"ORDERCTL_\w+=", line))
    line = next(line.split(maxsplit=5)[5] for line in CRON if "=" not in line.split()[0])
    return f"{settings}; {line}"


def test_the_crontab_line_runs_for_long(tmp_path: Path, environ: dict[str, str]) -> None:
    place, line = outbox(tmp_path, environ), cron_line()
    for day in ("monday", "tuesday"):
        (place / f"{day}.csv").write_text(f"reference,phone,customer_name\n{day},1,Ann\n")
        done = run(line, tmp_path, environ)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    again = run(line, tmp_path, environ)
    assert (again.returncode, again.stderr) == (0, ""), "an empty outbox is nothing to speak of"
    (place / "bad.csv").write_text("reference,phone\nA,\n")
    bad = run(line, tmp_path, environ)
    assert (bad.returncode, bad.stderr) == (1, "")
    assert "phone" in bad.stdout
    assert left(tmp_path) == (["bad.csv"], ["monday.csv", "tuesday.csv"])


def test_a_file_that_is_sent_again_makes_no_second_order(tmp_path: Path, environ: dict[str, str]) -> None:
    place = outbox(tmp_path, environ)
    orders = "reference,phone,customer_name\nA,1,Ann\nB,2,Bob\n"
    for name in ("monday", "copy"):
        (place / f"{name}.csv").write_text(orders)
    done = run(cron_line(), tmp_path, environ)
    assert (done.returncode, done.stderr) == (0, "")
    listed = run("orderctl list -o csv --fields reference -p sandbox-onebox", tmp_path, environ)
    assert sorted(listed.stdout.split()) == ["A", "B", "reference"]
    assert left(tmp_path) == ([], ["copy.csv", "monday.csv"])


def test_the_manual_has_the_same_script() -> None:
    script = re.search(r"<< 'END'\n(.*?)^END$", TEXT, re.MULTILINE | re.DOTALL)
    manual = (README.parent / "orderctl/help/topics/cron.txt").read_text(encoding="utf-8")
    assert script
    assert len(script[1].splitlines()) == 4
    assert " ".join(script[1].split()) in " ".join(manual.split())


def test_the_story_of_the_lost_answer_is_what_happens(tmp_path: Path, environ: dict[str, str]) -> None:
    (serve,) = [script for script in SCRIPTS if "commit-then-drop" in script]
    (story,) = [text for kind, text in BLOCKS if kind == "story"]
    commands = [line[2:] for line in story.splitlines() if line.startswith("$ ")]
    typed = "\n".join(f"echo {shlex.quote(f'$ {line}')}; {line} || true" for line in commands)
    done = run(f"trap 'kill $!' EXIT\n{serve}\nexec 2>&1\nset +e\n{typed}", tmp_path, environ)
    assert done.stdout == story
    assert TEXT.index(story) < TEXT.index("## Vendors"), "it is in the first half"


def test_the_csv_is_accepted(tmp_path: Path, environ: dict[str, str]) -> None:
    (example,) = (text for kind, text in BLOCKS if kind == "csv")
    (tmp_path / "orders.csv").write_text(example)
    done = run("orderctl create --from orders.csv -p sandbox-onebox -o ids", tmp_path, environ)
    assert (done.returncode, len(done.stdout.split())) == (0, 2)


@pytest.mark.parametrize("line", TYPED)
def test_what_is_typed_for_a_real_account_parses(line: str) -> None:
    words = shlex.split(line.partition(" > ")[0])
    assert words.pop(0) == "orderctl"
    args = entry.ordered(words)
    path = args[: 2 if args[0] in table.GROUPS else 1]
    command = cli.find(tuple(path))
    command.make_context(path[-1], args[len(path) :])


def test_the_example_run_prints_what_it_shows(tmp_path: Path, environ: dict[str, str]) -> None:
    example = next(text for kind, text in BLOCKS if kind == "console")
    commands = [line[2:] for line in example.splitlines() if line.startswith("$ ")]
    assert len(example.splitlines()) == 8
    assert TEXT.index(example) < 2000, "it is on the first screen"
    script = "\n".join(f"echo {shlex.quote(f'$ {line}')}; {line} || true" for line in commands)
    assert run(f"exec 2>&1\n{script}", tmp_path, environ).stdout == example


def test_the_two_commands_are_those_of_the_project() -> None:
    assert INSTALLS == [
        "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/orderctl demo",
        "python3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin/pytest",
    ]


def test_the_table_of_vendors_is_fresh() -> None:
    table = TEXT.partition("<!-- generated: vendors -->\n")[2].partition("<!-- end -->")[0]
    assert table == vendors_table() + "\n"


def test_the_exit_codes_are_those_of_the_manual() -> None:
    manual = (README.parent / "orderctl/help/topics/exit-codes.txt").read_text(encoding="utf-8")
    codes = {int(code) for code in re.findall(r"^ {0,3}(\d{1,3})  ", manual, re.MULTILINE)}
    cells = re.findall(r"^\| ([0-9, ]+) \|", TEXT, re.MULTILINE)
    assert {int(code) for cell in cells for code in cell.split(",")} == codes


def test_every_topic_and_command_it_names_exists() -> None:
    for topic in re.findall(r"`orderctl help\s+([a-z-]+)`", TEXT):
        assert (README.parent / f"orderctl/help/topics/{topic}.txt").is_file(), topic
    for command in re.findall(r"`orderctl ([a-z]+)", TEXT):
        assert command in table.COMMANDS, command


def test_nothing_in_it_is_of_this_machine() -> None:
    assert not re.search(r"/(?:home|root|tmp)/", TEXT)
