"""A vendor of another package, as the help has it: made from the text, found, used, and held against the suite."""

import os
import re
import subprocess
import sys
import textwrap
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from orderctl.commands.help import topics
from orderctl.words import LINE_WORDS, OPTIONS

TEXT = topics()["adding-a-vendor"]

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the package of the help, installed: with the metadata that pip would write."""
    place = tmp_path_factory.mktemp("package")
    (place / "vendor.txt").write_text(TEXT, encoding="utf-8")
    write_files = re.search(r"^    (awk '[^']+' vendor\.txt)$", TEXT, re.MULTILINE)
    assert write_files
    subprocess.run(["sh", "-c", write_files[1]], cwd=place, check=True)
    folder = place / "orderctl-tuckshop"
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    info = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    groups = (
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in entries.items())
        for group, entries in project["entry-points"].items()
    )
    (info / "entry_points.txt").write_text("\n".join(groups))
    return folder


@pytest.fixture
def run(package: Path, tmp_path: Path) -> Run:
    environ = {"PATH": os.defpath, "HOME": str(tmp_path), "PYTHONPATH": str(package), "TMPDIR": str(tmp_path)}
    environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # pytest alone is enough

    def python(module: str, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", module, *words]
        return subprocess.run(command, env=environ, cwd=tmp_path, capture_output=True, text=True, check=False)

    return python


def test_the_files_of_the_help_are_those_that_it_shows(package: Path) -> None:
    shown = re.findall(r"^File orderctl-tuckshop/(\S+):$", TEXT, re.MULTILINE)
    assert shown == ["pyproject.toml", "orderctl_tuckshop/__init__.py", "orderctl_tuckshop/emulator.py"]
    for path in shown:
        assert textwrap.indent((package / path).read_text(encoding="utf-8").strip(), "    ") in TEXT


def test_every_word_that_a_field_can_have_is_named() -> None:
    named = TEXT.partition("The words that a field can be filled by:")[2].partition("A word without")[0]
    assert set(re.findall(r"[a-z.]+", named)) == {*OPTIONS, *LINE_WORDS, "of", "an", "order", "a", "line"}


def test_the_commands_of_the_help_work(run: Run) -> None:
    shown = TEXT.partition("\nTry it")[2].partition("The last command")[0]
    commands = [line.split()[1:] for line in shown.splitlines() if line.startswith("    orderctl ")]
    assert [words[0] for words in commands] == ["vendors", "create", "get", "list"]
    for words in commands:
        done = run("orderctl", *words)
        assert done.returncode == 0, done.stderr
    assert "T-1" in done.stdout
    assert "tuckshop" in run("orderctl", "vendors", "-o", "ids").stdout.split()


def test_the_package_of_the_help_passes_the_suite(run: Run) -> None:
    done = run("orderctl.conformance", "tuckshop")
    assert done.returncode == 0, done.stdout + done.stderr
    passed, skipped = re.search(r"(\d+) passed, (\d+) skipped", done.stdout).groups()  # type: ignore[union-attr]
    assert int(passed) > 150
    assert int(skipped) < 20


def test_the_suite_says_what_it_needs(run: Run) -> None:
    done = run("orderctl.conformance")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("orderctl.conformance: which vendor?\n  hint: ")
    done = run("orderctl.conformance", "tuckshp")
    assert (done.returncode, done.stdout) == (3, "")
    assert "did you mean 'tuckshop'?" in done.stderr
