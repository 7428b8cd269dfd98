"""The oldest and newest versions that pyproject.toml allows, on each Python that it names: `pytest -m proof`.

Each case makes an environment of its own, which takes minutes and needs a package index.
"""

import os
import shutil
import subprocess
import sys
import tomllib
from itertools import chain
from pathlib import Path

import pytest

from tests.conftest import PROOF

ROOT = Path(__file__).parent.parent.parent

PYTHONS = ("3.11", "3.12", "3.13")

PART = (
    "tests/test_stand_ins.py", "tests/test_startup.py", "tests/commands", "tests/credentials", "tests/drafts",
    "tests/http", "tests/output",
)  # fmt: skip
"""The tests that are nearest to the libraries."""

pytestmark = [
    pytest.mark.proof,
    pytest.mark.skipif(PROOF not in os.environ, reason="takes minutes: pytest -m proof"),
    pytest.mark.timeout(1800),
]


def interpreter(version: str) -> str:
    """Return a Python of this version, from PATH or pyenv."""
    installed = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = [shutil.which(f"python{version}"), *sorted(map(str, installed.glob(f"{version}.*/bin/python{version}")))]
    for python in filter(None, found):
        if subprocess.run([python, "-c", "import venv"], capture_output=True, check=False).returncode == 0:
            return python
    pytest.skip(f"there is no Python {version}")


def lowest() -> str:
    """Return each direct dependency with the oldest version that is allowed, a line each."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    return "".join(f"{line.partition(',')[0].replace('>=', '==')}\n" for line in wanted if ">=" in line)


@pytest.mark.parametrize("versions", ["lowest", "newest"])
@pytest.mark.parametrize("version", PYTHONS)
def test_the_versions_that_are_allowed_work(version: str, versions: str, tmp_path: Path) -> None:
    (tmp_path / "constraints.txt").write_text(lowest() if versions == "lowest" else "", encoding="utf-8")
    subprocess.run([interpreter(version), "-m", "venv", tmp_path / "venv"], check=True)
    python = tmp_path / "venv" / "bin" / "python"
    own = {"ORDERCTL_", "PYTEST_ADDOPTS", "PYTEST_CURRENT", "PYTEST_XDIST_WORKER"}  # of this run of the tests
    environ = {name: value for name, value in os.environ.items() if not name.startswith(tuple(own))}
    for args in (
        ["-m", "pip", "install", "-q", "-c", tmp_path / "constraints.txt", "-e", f"{ROOT}[test]"],
        ["-m", "pytest", "-p", "no:cacheprovider", *PART],
    ):
        done = subprocess.run(
            [python, *args], cwd=ROOT, env=environ, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        sys.stdout.buffer.write(done.stdout)
        assert done.returncode == 0
