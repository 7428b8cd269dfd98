"""`demo`: it runs anywhere, shows what it runs, and leaves nothing behind."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from orderctl.backend import registry
from orderctl.backend.vendor import Duplicates
from orderctl.cli import lazy as cli
from orderctl.commands import demo


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Surroundings that would break the demo if it looked at them, and a temporary folder to look into."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    (tmp_path / "broken.toml").write_text("[profiles")
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setenv("ORDERCTL_CONFIG", str(tmp_path / "broken.toml"))
    monkeypatch.setenv("ORDERCTL_PROFILE", "nobody")
    monkeypatch.setenv("ORDERCTL_STATE_DIR", str(tmp_path / "state"))
    return folder


def test_it_ends_well_and_leaves_nothing_behind(
    tmp_path: Path, temporary: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDERCTL_OUTPUT", "json")
    before, here = dict(os.environ), Path.cwd()
    assert cli.run(["demo"]) == 0
    assert (dict(os.environ), Path.cwd()) == (before, here)
    assert not list(temporary.iterdir())
    assert not (tmp_path / "state").exists()
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("vendor", sorted(registry.VENDORS))
def test_it_tells_the_story_of_a_file(vendor: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Mistakes, reported at once; the corrected file; a lost answer; the same again; one order of each reference."""
    assert cli.run(["demo", "--vendor", vendor]) == 0
    out, err = capsys.readouterr()
    assert err == "", "the story is in one place, also where it is sent to a file"
    steps = out.split("\n# ")
    wrong, report, fixed, sent, again, there = [step.partition("\n")[2] for step in steps[1 : len(demo.STEPS) + 1]]
    assert wrong.startswith("$ cat orders.csv\nreference,")
    assert re.search(r"^orderctl: [3-9] problems in orders.csv; nothing was sent$", report, re.MULTILINE)
    assert report.count("\n  row ") >= 2
    assert report.endswith("(exit code 2)\n")
    assert fixed.startswith("$ cat fixed.csv\nreference,")
    refuses = registry.vendor(vendor).duplicates is Duplicates.REFUSED
    found = "found at the vendor after its answer was lost"
    assert (found in sent, "(exit code 8)" in sent) == (refuses, not refuses)
    assert found in out
    assert "exit code" not in again
    assert "unknown" not in again.partition("OUTCOME")[2].partition("orderctl:")[0]
    references = re.findall(r"\b(DEMO-\d+)\b", there.partition("The demo is over")[0])
    assert sorted(references) == ["DEMO-1001", "DEMO-1002", "DEMO-1003"]
    assert f"orderctl profile add shop --vendor {vendor}" in out


def test_what_is_shown_is_what_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The printed commands, typed into a shell in another sandbox, do the same."""
    cli.run(["demo", "--vendor", "omflow"])
    body = capsys.readouterr().out.partition("The demo is over")[0]
    for name in ("orders.csv", "fixed.csv"):
        (tmp_path / name).write_text(body.partition(f"$ cat {name}\n")[2].partition("\n\n")[0] + "\n")
    commands = re.findall(r"^\$ ((?:ORDERCTL_SANDBOX_FAULT=\S+ )?orderctl .+)$", body, re.MULTILINE)
    assert len(commands) == 4
    program = f'orderctl() {{ {shlex.quote(sys.executable)} -m orderctl "$@"; }}\n' + "\n".join(commands)
    environ = {k: v for k, v in os.environ.items() if not k.startswith("ORDERCTL_")}
    environ |= {
        "ORDERCTL_STATE_DIR": str(tmp_path / "other"),
        "ORDERCTL_PROFILE": "sandbox-omflow",
        "HOME": str(tmp_path),
    }
    done = subprocess.run(
        ["sh", "-c", f"exec 2>&1\n{program}"], cwd=tmp_path, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    last = "id\treference\n"
    assert done.stdout.partition(last)[2].strip() == body.partition(last)[2].strip()
    for line in re.findall(r"^  row .+$", body, re.MULTILINE):
        assert line in done.stdout


def test_it_runs_where_nothing_is_set(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "orderctl", "demo"],
        cwd="/", env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


def test_a_step_that_fails_ends_it_with_its_code(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, temporary: Path
) -> None:
    monkeypatch.setattr(demo, "STEPS", (("Look", "orderctl get 1", 0), ("Never", "orderctl list", 0)))
    assert cli.run(["demo"]) == 5
    said = capsys.readouterr()
    assert "$ orderctl list" not in said.out
    assert "exit code 5" in said.err
    assert not list(temporary.iterdir())


@pytest.mark.parametrize("args", [["--vendor", "oneboxx"], ["-o", "json"], ["--dry-run"]])
def test_what_it_cannot_do_is_refused(args: list[str]) -> None:
    assert cli.run(["demo", *args]) == 2


def test_no_temporary_folder_is_reported_in_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    assert cli.run(["demo"]) == 3
    assert "TMPDIR" in capsys.readouterr().err


def test_a_reader_that_goes_away_ends_it_silently() -> None:
    done = subprocess.run(
        f"{shlex.quote(sys.executable)} -m orderctl demo 2>&1 >/dev/full | cat; "
        f"{{ {shlex.quote(sys.executable)} -m orderctl demo; echo $? >&2; }} | true",
        shell=True, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert "Traceback" not in done.stdout + done.stderr
    assert done.stderr.split()[-1] == "141"


def test_every_vendor_has_a_demo() -> None:
    assert set(demo.MISTAKES) == set(registry.VENDORS)
    for vendor, mistakes in demo.MISTAKES.items():
        text = (demo.FILES / f"{vendor}.csv").read_text(encoding="utf-8")
        assert [right for right, _ in mistakes if right not in text] == []
