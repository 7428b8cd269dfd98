"""What a run loads: the gates of the start-up budget, which have no noise."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from orderctl.sandbox import load
from orderctl.sandbox.serve import running

PROGRAM = """
import sys
from orderctl.entry import main
code = main(sys.argv[1:])
sys.stdout.flush()
sys.stderr.write("\\n".join(sorted(sys.modules)))
sys.exit(code)
"""

ORDER = {"login": "sandbox", "password": "sandbox", "clientnamefirst": "Ann", "clientphone": "380"}


@pytest.fixture(scope="module")
def shop() -> Iterator[str]:
    with closing(load("onebox", ":memory:")) as app, running(app) as url:
        with urlopen(f"{url}/api/orders/add/", urlencode(ORDER).encode()) as answer:
            assert b"82806" in answer.read()
        yield url


def loaded(args: list[str], *, home: Path, url: str = "http://127.0.0.1:1") -> set[str]:
    """Return the top-level modules that a run of orderctl in an empty environment has loaded at its end."""
    config = home / "config.toml"
    config.write_text(f'[profiles.shop]\nvendor = "onebox"\nurl = "{url}"\n', encoding="utf-8")
    environ = {"PATH": os.defpath, "HOME": str(home), "ORDERCTL_CONFIG": str(config)}
    secrets = {"ORDERCTL_SHOP_LOGIN": "sandbox", "ORDERCTL_SHOP_PASSWORD": "sandbox"}
    done = subprocess.run(
        [sys.executable, "-I", "-c", PROGRAM, *args],
        env=environ | secrets, cwd=home, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout
    return set(done.stderr.split())


@pytest.mark.parametrize(
    "args",
    [
        [],
        ["--version"],
        ["--help"],
        ["get", "--help"],
        ["auth"],
        ["auth", "login", "--help"],
        ["--complete-profiles"],
        ["completion", "bash"],
    ],
    ids=" ".join,
)
def test_what_needs_no_work_loads_nothing(args: list[str], tmp_path: Path) -> None:
    bare = {m for m in loaded(["--version"], home=tmp_path) if not m.startswith("orderctl")}
    modules = loaded(args, home=tmp_path)
    assert not modules & {"typer", "re", "typing", "enum", "pathlib"}
    assert {m for m in modules if m.startswith("orderctl")} == {"orderctl", "orderctl.entry"}
    assert modules - bare <= {"orderctl", "orderctl.entry"}


HEAVY = {
    "asyncio", "click", "h2", "keyring", "platformdirs", "pydantic", "rich", "sqlite3", "werkzeug",
    "email.message", "http.client", "http.cookiejar", "importlib.metadata", "urllib.request",
}  # fmt: skip
"""What a single order does not need: the second line is what httpx would load."""


def test_get_loads_only_what_it_uses(shop: str, tmp_path: Path) -> None:
    modules = loaded(["get", "82806", "-o", "json"], home=tmp_path, url=shop)
    assert {"typer", "httpx"} <= modules
    assert modules & {"csv", "orderctl.drafts", "orderctl.output.rows", "orderctl.output.shapes"} == set()
    assert modules & HEAVY == set()


@pytest.mark.parametrize("output", ["json", "jsonl", "csv", "ids"])
def test_a_list_for_a_script_loads_no_tables(shop: str, output: str, tmp_path: Path) -> None:
    modules = loaded(["list", "-o", output], home=tmp_path, url=shop)
    assert modules & HEAVY == set()


def test_a_dry_run_loads_no_sandbox(tmp_path: Path) -> None:
    args = ["create", "--reference", "R-1", "--email", "a@example.com", "--customer-name", "Ann", "--dry-run"]
    assert loaded(args, home=tmp_path) & HEAVY == set()


@pytest.mark.parametrize("name, content", [
    ("a.csv", "Reference,email,customer_name,sku\nR-1,a@example.com,Ann,MUG\n"),
    ("a.json", '[{"reference":"R-1","customer":{"email":"a@example.com","name":"Ann"},"lines":[{"sku":"MUG"}]}]'),
])  # fmt: skip
def test_a_file_in_our_own_words_reads_no_mapping(name: str, content: str, tmp_path: Path) -> None:
    file = tmp_path / name
    file.write_text(content, encoding="utf-8")
    found = loaded(["create", "--from", str(file), "-p", "sandbox-onebox", "-n", "-o", "json"], home=tmp_path)
    assert "orderctl.drafts.files" in found
    assert not found & {"pydantic", "orderctl.mappings.model"}


def test_a_start_without_a_writable_cache_works(tmp_path: Path) -> None:
    """Where .pyc files cannot be written, every run compiles anew: slower, not wrong."""
    done = subprocess.run(
        [sys.executable, "-B", "-X", f"pycache_prefix={tmp_path / 'none'}", "-m", "orderctl", "--version"],
        capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0
    assert done.stdout.startswith(b"orderctl ")
