"""`help cron`: its crontab and its systemd service run unchanged, in the environment that they get there."""

import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from orderctl.commands.help import topics
from tests.e2e.conftest import Box

TEXT = re.sub(r"^ {4}", "", topics()["cron"], flags=re.MULTILINE)
SCRIPT = TEXT[TEXT.index("log=$(") : TEXT.index("mkdir -p outbox/sent")]
CRONTAB = TEXT[TEXT.index("PATH=/opt") : TEXT.index("A good run prints nothing")].splitlines()
SERVICE = TEXT[TEXT.index("# /etc/systemd/system/outbox.service") : TEXT.index("# /etc/systemd/system/outbox.timer")]

VARIABLES = dict(line.split("=", 1) for line in CRONTAB if re.match(r"[A-Z_]+=", line))
JOB, WATCH = [line.split(maxsplit=5)[5] for line in CRONTAB if re.match(r"[*0-9]", line)]

ORDERS = "reference,phone,customer_name\nA,1,Ann\n"


@pytest.fixture
def home() -> Iterator[Path]:
    """A home with the script and an outbox; `bin` has orderctl.

    It is on the disk, also where other tests have their folders in memory: doctor would say so, which is a bad run.
    """
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        yield furnished(Path(folder))


def furnished(tmp_path: Path) -> Path:
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "orderctl"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m orderctl "$@"\n')
    program.chmod(0o755)
    (tmp_path / "outbox/sent").mkdir(parents=True)
    (tmp_path / "outbox/orders.csv").write_text(ORDERS)
    (tmp_path / "send-outbox").write_text(SCRIPT)
    return tmp_path


def run(command: list[str], home: Path, environ: dict[str, str]) -> tuple[int, str, str]:
    """Run a command with these variables, its folders below `home`, and nothing else."""
    settings = [f"{name}={value.replace('/opt/orderctl/bin', str(home / 'bin'))}" for name, value in environ.items()]
    done = subprocess.run(
        ["/usr/bin/env", "-i", f"HOME={home}", *settings, *command],
        cwd=home, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def cron(command: str, home: Path, **more: str) -> tuple[int, str, str]:
    """Run a line of the crontab as Debian's cron does."""
    assert "%" not in command
    return run(["/bin/sh", "-c", command], home, {"LOGNAME": "shop", "SHELL": "/bin/sh", **VARIABLES, **more})


def test_a_good_run_sends_no_mail(home: Path) -> None:
    assert cron(JOB, home, ORDERCTL_PROFILE="sandbox-onebox") == (0, "", "")
    assert [path.name.rpartition("-")[2] for path in (home / "outbox/sent").iterdir()] == ["orders.csv"]
    assert cron(WATCH, home, ORDERCTL_PROFILE="sandbox-onebox") == (0, "", "")


def test_a_bad_run_says_in_its_first_line_what_to_do(home: Path) -> None:
    config = home / ".config/orderctl/config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('[profiles.shop]\nvendor = "onebox"\nurl = "http://127.0.0.1:9"\n')
    code, out, err = cron(JOB, home)
    assert (code, err) == (1, "")
    first, *more = out.splitlines()
    assert first.endswith(f"next: install -m 600 /dev/null {home}/.config/orderctl/shop.json")
    assert any("no login and no password for profile 'shop'" in line for line in more), "what the run itself printed"


def test_the_service_reads_its_secrets_from_systemd(home: Path, box: Box) -> None:
    unit = [line.partition("=")[::2] for line in SERVICE.splitlines() if "=" in line]
    settings = dict(pair.split("=", 1) for key, value in unit if key == "Environment" for pair in shlex.split(value))
    assert {"PATH", "ORDERCTL_PROFILE", "ORDERCTL_STATE_DIR", "ORDERCTL_CONFIG"} == settings.keys()
    (home / "config.toml").write_text(box.profile())
    (home / "credentials").mkdir()
    for name in [value.partition(":")[0] for key, value in unit if key == "LoadCredential"]:
        (home / "credentials" / name).write_text("sandbox\n")
        (home / "credentials" / name).chmod(0o400)
    (command,) = (value for key, value in unit if key == "ExecStart")
    places = {"ORDERCTL_STATE_DIR": "state", "ORDERCTL_CONFIG": "config.toml", "CREDENTIALS_DIRECTORY": "credentials"}
    settings |= {name: str(home / where) for name, where in places.items()}
    assert run(shlex.split(command), home, settings) == (0, "", "")
    assert [call.call for call in box.calls()][-1:] == ["add"]
