"""What is generated is up to date, and what the fast start prints is what the whole program would print."""

import io
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from orderctl import entry
from orderctl.cli import common, table
from orderctl.cli import lazy as cli
from orderctl.config import file as config
from tests.generate import completions
from tests.generate.cli import help_of, params_of

ROOT = Path(__file__).parent.parent
HELP = ROOT / "orderctl" / "help"

PATHS = [
    (),
    *((name,) for name in table.COMMANDS),
    *((group, name) for group, names in table.GROUPS.items() for name in names),
]


def test_no_generated_file_is_stale() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.generate", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"renew the generated files with: python -m tests.generate\n{done.stdout}{done.stderr}"


def test_the_start_knows_groups_and_sandboxes() -> None:
    assert entry.GROUPS == table.GROUPS.keys() <= table.COMMANDS.keys()
    assert sorted(entry.SANDBOXES) == config.built_in()


def test_the_start_knows_the_options_of_every_command() -> None:
    shared = [p for p in params_of(("get",)) if p.name in common.SHARED]
    assert {name for p in shared if not p.is_flag for name in p.opts} == entry.VALUED
    assert {name for p in shared if p.is_flag for name in p.opts} == entry.FLAGS


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_help_is_the_same_with_and_without_typer(path: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    words = [*path, "--help"]
    assert entry.main(words) == 0
    ready = capsys.readouterr().out
    assert cli.run(words) == 0
    assert capsys.readouterr().out == ready
    assert entry.main([*words, "-h"]) == 0
    assert capsys.readouterr().out == ready


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_help_fits_80_columns_and_has_an_example(path: tuple[str, ...]) -> None:
    text = help_of(path)
    assert [line for line in text.splitlines() if len(line) > 80] == []
    assert f"orderctl {' '.join(path)}".strip() in text.partition("Usage: ")[2].partition("\n")[2]


@pytest.mark.parametrize("group", [(), *((g,) for g in table.GROUPS)], ids=" ".join)
def test_no_command_at_all_prints_the_help(group: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert entry.main([*group]) == 0
    assert capsys.readouterr().out == help_of(group)


@pytest.mark.parametrize("args", [["get", "--help", "-p", "shop"], ["-p", "shop", "get", "-h"], ["--help", "get"]])
def test_help_among_other_options(args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert entry.main(args) == 0
    assert capsys.readouterr().out == help_of(("get",))


@pytest.mark.parametrize("shell", completions.SHELLS)
def test_completion_is_the_same_with_and_without_typer(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert entry.main(["completion", shell]) == 0
    ready = capsys.readouterr().out
    assert cli.run(["completion", shell]) == 0
    assert capsys.readouterr().out == ready == completions.script(shell)


def test_an_unknown_shell_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert entry.main(["completion", "zhs"]) == 2
    assert "did you mean 'zsh'" in capsys.readouterr().err


def test_help_on_a_terminal_of_another_encoding() -> None:
    stdout = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    with redirect_stdout(stdout):
        assert entry.main(["completion", "--help"]) == 0
        assert cli.run(["completion", "--help"]) == 0
    assert b"Usage: orderctl completion SHELL" in stdout.buffer.getvalue()


@pytest.mark.parametrize(
    "args, expected",
    [
        (["-p", "shop", "-v", "get", "1"], ["get", "-p", "shop", "-v", "1"]),
        (["-o", "json", "auth", "-p", "shop", "status"], ["auth", "status", "-o", "json", "-p", "shop"]),
        (["--output=json", "-ojson", "-qy", "list"], ["list", "--output=json", "-ojson", "-qy"]),
        (["auth", "status", "-p", "x"], ["auth", "status", "-p", "x"]),
        (["get", "-p", "auth", "1"], ["get", "-p", "auth", "1"]),
        (["-p"], ["-p"]),
        (["--wrong", "get"], ["--wrong", "get"]),
        (["get", "--", "-p"], ["get", "--", "-p"]),
    ],
)
def test_options_may_be_before_the_command(args: list[str], expected: list[str]) -> None:
    assert entry.ordered(args) == expected


@pytest.mark.parametrize(
    "text, names",
    [
        ("[profiles.shop]\n[profiles.till]\n", ["shop", "till"]),
        ('\ufeff[profiles."my.shop"]\n', ["my.shop"]),
        ("[profiles.shop.columns]\n  [profiles.'b']  # note\n", ["b", "shop"]),
        ('[profiles."$(touch x)"]\n[profiles.]\n[profiles."a b"]\nprofiles = 1\n', []),
    ],
)
def test_the_names_of_profiles(text: str, names: list[str], tmp_path: Path) -> None:
    file = tmp_path / "orderctl" / "config.toml"
    file.parent.mkdir()
    file.write_text(text, encoding="utf-8")
    for environ in ({"ORDERCTL_CONFIG": str(file)}, {"XDG_CONFIG_HOME": str(tmp_path)}):
        assert entry.profile_names(environ) == sorted([*names, *entry.SANDBOXES])


def test_an_unreadable_config_names_no_profiles(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(b"[profiles.a]\n\xff\n")
    assert set(entry.SANDBOXES) <= set(entry.profile_names({"ORDERCTL_CONFIG": str(file)}))
    assert entry.profile_names({"ORDERCTL_CONFIG": str(tmp_path)}) == sorted(entry.SANDBOXES)
