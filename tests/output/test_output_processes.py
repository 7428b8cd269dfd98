"""Real processes with real pipes: what a shell sees when the reader goes, the disk is full or the locale is poor."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import sys
from orderctl.errors import OrderctlError
from orderctl.model import Customer, Order
from orderctl.output import Output
from orderctl.output.documents import order_document

format, number = sys.argv[1], int(sys.argv[2])
output = Output(format=format)
try:
    with output.rows("order") as rows:
        for index in range(number):
            order = Order(id=str(index), customer=Customer(name="\\u738b \\u202e\\udc80"))
            rows.add(order_document(order, profile="shop", vendor="onebox"))
    output.close()
except OrderctlError as error:
    output.error(error)
    sys.exit(error.exit_code)
"""

FORMATS = ["table", "json", "jsonl", "csv", "ids"]

needs_sh = pytest.mark.skipif(os.name != "posix", reason="needs a POSIX shell")


def sh(command: str, **environ: str) -> subprocess.CompletedProcess[str]:
    python = {"PYTHON": sys.executable, "PROGRAM": PROGRAM, "PATH": os.environ["PATH"], **environ}
    return subprocess.run(
        ["bash", "-c", command],
        env=python,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


@needs_sh
@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("number", [3, 20_000])
def test_a_reader_that_goes_early_is_exit_141_and_silent(format: str, number: int) -> None:  # noqa: A002
    done = sh(f'exec 3>&1; {{ sleep 0.2; "$PYTHON" -c "$PROGRAM" {format} {number} || echo "exit $?" >&3; }} | true')
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    assert done.stdout == "exit 141\n"


@needs_sh
def test_head_gets_its_line() -> None:
    done = sh('"$PYTHON" -c "$PROGRAM" jsonl 20000 | head -1')
    assert done.stdout.startswith('{"schema":"orderctl.order/1"')
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("number", [0, 20_000])
@pytest.mark.parametrize("format", ["table", "json", "csv"])
def test_a_full_disk_is_reported_in_one_line(format: str, number: int) -> None:  # noqa: A002
    done = sh(f'"$PYTHON" -c "$PROGRAM" {format} {number} >/dev/full; echo $?')
    assert done.stdout == "14\n"
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


@needs_sh
def test_a_closed_standard_output_is_reported_in_one_line() -> None:
    done = sh('"$PYTHON" -c "$PROGRAM" table 1 >&-; echo $?')
    assert done.stdout == "14\n"
    assert done.stderr.startswith("orderctl: cannot write to standard output: it is closed\n")
    done = sh('"$PYTHON" -c "$PROGRAM" ids 0 >&- 2>&-; echo $?')
    assert done.stdout == "0\n"


@needs_sh
@pytest.mark.parametrize(
    "environ",
    [
        {"LANG": "C", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "latin-1:strict"},
        {"LC_ALL": "POSIX"},
    ],
    ids=["C", "ascii", "latin-1", "POSIX"],
)
@pytest.mark.parametrize("format", FORMATS)
def test_any_name_is_printed_under_any_locale(format: str, environ: dict[str, str]) -> None:  # noqa: A002
    done = sh(f'"$PYTHON" -c "$PROGRAM" {format} 2', **environ)
    assert done.returncode == 0
    assert done.stderr == ""
    assert ("王" in done.stdout) == (format != "ids")
