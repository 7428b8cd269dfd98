"""The suite itself runs anywhere: under nohup, without a home, and writes nowhere but below TMPDIR: `-m proof`."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import PROOF

ROOT = Path(__file__).parent.parent.parent

PART = (
    "tests/commands/test_sandbox.py", "tests/config", "tests/state", "tests/e2e/test_cron.py",
    "tests/e2e/test_scripts.py", "tests/e2e/test_state.py",
)  # fmt: skip
"""The tests of signals, and those that are nearest to folders."""

pytestmark = [
    pytest.mark.proof,
    pytest.mark.skipif(PROOF not in os.environ, reason="takes minutes: pytest -m proof"),
    pytest.mark.skipif(shutil.which("nohup") is None, reason="there is no nohup"),
    pytest.mark.timeout(1800),
]


def test_the_suite_passes_under_nohup_without_a_home(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    own = ("ORDERCTL_", "PYTEST_", "XDG_")
    environ = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    done = subprocess.run(
        ["nohup", sys.executable, "-m", "pytest", "-n", "1", "-p", "no:cacheprovider", "-m", "not keyring", *PART],
        cwd=ROOT,
        env=environ | {"HOME": str(tmp_path / "home"), "TMPDIR": str(tmp_path / "tmp")},
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    sys.stdout.buffer.write(done.stdout)
    assert done.returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["tmp"]
