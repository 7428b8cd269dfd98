"""`demo`: it runs anywhere, shows what it runs, and leaves nothing behind."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from orderctl.backend import registry
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


def test_every_verb_is_shown_with_what_it_did(capsys: pytest.CaptureFixture[str]) -> None:
    cli.run(["demo"])
    said = capsys.readouterr().out
    for verb in ("create", "list", "get", "update", "push", "comments", "cancel"):
        assert re.search(rf"^\$ orderctl {verb} ", said + " ", re.MULTILINE), verb
    assert re.search(r"^order \d+ cancelled \(reference DEMO-1003", said, re.MULTILINE)
    assert '"reference":"DEMO-1001","vendor_status":"Delivered","total":"664.80"' in said
    assert "orderctl auth login -p shop" in said


def test_the_failure_that_is_staged_is_part_of_the_story(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["demo", "--vendor", "omflow"]) == 0
    out, err = capsys.readouterr()
    assert "hint: find out what became of it: orderctl journal reconcile DEMO-1009" in out
    assert err == "orderctl: 3 created\n"


def test_what_is_shown_is_what_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The printed commands, typed into a shell in another sandbox, do the same."""
    cli.run(["demo"])
    said = capsys.readouterr().out
    csv = said.partition("$ cat orders.csv\n")[2].partition("\n\n")[0]
    (tmp_path / "orders.csv").write_text(csv)
    body = said.partition("The demo is over")[0]
    commands = re.findall(r"^\$ ((?:ORDERCTL_SANDBOX_FAULT=\S+ )?orderctl .+?(?:\\\n.+?)?)$", body, re.MULTILINE)
    assert len(commands) == len(demo.STEPS["onebox"]) + 3
    program = f'orderctl() {{ {shlex.quote(sys.executable)} -m orderctl "$@"; }}\nset -e\n' + "\n".join(commands)
    environ = {k: v for k, v in os.environ.items() if not k.startswith("ORDERCTL_")}
    environ |= {
        "ORDERCTL_STATE_DIR": str(tmp_path / "other"),
        "ORDERCTL_PROFILE": "sandbox-onebox",
        "HOME": str(tmp_path),
    }
    done = subprocess.run(["sh", "-c", program], cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    last = '{"schema":"orderctl.list/1"'
    assert done.stdout.partition(last)[2].strip() == body.partition(last)[2].strip()


def test_it_runs_where_nothing_is_set(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "orderctl", "demo"],
        cwd="/", env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == "orderctl: 3 created\n"


def test_a_step_that_fails_ends_it_with_its_code(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, temporary: Path
) -> None:
    monkeypatch.setattr(demo, "STEPS", {"onebox": (("Look", "orderctl get 1"), ("Never", "orderctl list"))})
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
    assert set(demo.STEPS) == set(registry.VENDORS)
    for vendor in registry.VENDORS:
        assert (demo.FILES / f"{vendor}.csv").is_file()
