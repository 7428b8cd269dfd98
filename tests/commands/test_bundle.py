"""`doctor --bundle`: one file for a bug report, with nothing in it that must not be sent."""

import datetime as dt
import json
import stat
import tarfile
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from orderctl import __version__
from orderctl.cli import lazy as cli
from orderctl.commands import doctor
from orderctl.doctor.finding import problem
from orderctl.errors import BadAnswer
from orderctl.journal.entry import Entry, State, new_id
from orderctl.journal.sqlite import SqliteStore
from orderctl.journal.store import Wanted
from orderctl.state import ended

NOW = dt.datetime.now(dt.UTC)

SECRETS = (
    "planted-login-8843", "planted-hash-8843", "planted-token-in-config", "planted-argument", "planted-in-url",
    "planted-proxy-word", "planted-query", "planted-variable", "planted-nested",
)  # fmt: skip
PERSONAL = ("Quillfeather", "quill@private.example", "380507654321", "7 Hidden Lane", "1234567 is mine")

CONFIG = """
default_profile = "shop"
[profiles.shop]
vendor = "onebox"
url = "sandbox:"
secrets_file = "shop.json"
[profiles.shop.columns]
email = "Heading of mine"
[profiles.till]
vendor = "imonggo"
url = "https://user:planted-in-url@till.example?key=planted-query"
odd = "planted-nested"
api_token = "planted-token-in-config"
credential_command = ["pass", "planted-argument"]
"""

Ran = Callable[..., tuple[int, str, str]]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with secrets and customers wherever they can be."""
    home = tmp_path / "quillhome"
    config, state = home / "config.toml", home / "state"
    home.mkdir()
    state.mkdir(mode=0o700)
    config.write_text(CONFIG)
    (home / "shop.json").write_text(json.dumps({"login": SECRETS[0], "password": SECRETS[1]}))
    (home / "shop.json").chmod(0o600)
    for name in ("ORDERCTL_PROFILE", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {
        "HOME": str(home), "ORDERCTL_CONFIG": str(config), "ORDERCTL_STATE_DIR": str(state),
        "ORDERCTL_TILL_TOKEN": "planted-variable", "HTTPS_PROXY": "http://me:planted-proxy-word@127.0.0.1:1",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    meant = {
        "content": {"clientname": PERSONAL[0], "clientemail": PERSONAL[1], "clientphone": PERSONAL[2],
                    "clientaddress": PERSONAL[3], "comments": PERSONAL[4]},
        "lines": 0, "wanted": {"customer": {"name": PERSONAL[0]}},
    }  # fmt: skip
    with closing(SqliteStore(state / "journal.sqlite")) as store:
        for reference, found in (("R-1", State.UNKNOWN), ("R-2", State.DONE), ("R-3", State.SENDING)):
            store.begin(
                Entry(
                    op=new_id(), target="onebox http://127.0.0.1:1", profile="shop", vendor="onebox", verb="create",
                    reference=reference, state=found, hash="h", run="over", planned_at=NOW, sent_at=NOW,
                    kept=json.dumps(meant), evidence=f"{PERSONAL[0]} has {PERSONAL[2]} already",
                )
            )  # fmt: skip
    ended.note(state, "shop", "create", 8, at=NOW)
    return home


@pytest.fixture
def run(home: Path, capsys: pytest.CaptureFixture[str]) -> Ran:
    assert home.exists()

    def ran(*args: str) -> tuple[int, str, str]:
        code = cli.run([*args])
        return code, *capsys.readouterr()

    return ran


def unpacked(path: Path) -> dict[str, str]:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as file:
            return {name: file.read(name).decode() for name in file.namelist()}
    with tarfile.open(path) as tar:
        members = {name: tar.extractfile(name) for name in tar.getnames()}
        return {name: file.read().decode() for name, file in members.items() if file}


@pytest.mark.parametrize("name", ["report.zip", "report.tar.gz"])
def test_a_bundle_holds_what_a_report_needs_and_nothing_secret_or_personal(
    run: Ran, home: Path, tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    code, out, err = run("doctor", "--bundle", str(path), "--reveal")
    assert (code, out) == (0, "")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    texts = unpacked(path)
    assert [*texts] == [
        "versions.json", "environment.json", "config.json", "doctor.json", "runs.json", "journal.json",
    ]  # fmt: skip
    for text in (*texts.values(), err):
        assert [planted for planted in (*SECRETS, *PERSONAL) if planted in text] == []
    assert [name for name, text in texts.items() if str(home) in text] == []
    found = {name: json.loads(text) for name, text in texts.items()}
    assert found["versions.json"]["orderctl"] == __version__
    assert {"httpx", "typer"} <= {*found["versions.json"]["libraries"]}
    assert {"HTTPS_PROXY", "ORDERCTL_TILL_TOKEN", "ORDERCTL_CONFIG"} <= {*found["environment.json"]}
    assert found["config.json"] == {
        "default_profile": "shop",
        "profiles": {
            "shop": {"vendor": "onebox", "url": "sandbox:", "secrets_file": "shop.json",
                     "columns": {"email": "Heading of mine"}},
            "till": {"vendor": "imonggo", "url": "https://***@till.example?***", "odd": "***", "api_token": "***",
                     "credential_command": ["pass", "***"]},
        },
    }  # fmt: skip
    assert {"config", "journal", "doubts"} <= {finding["check"] for finding in found["doctor.json"]}
    assert found["runs.json"]["shop"]["create"]["code"] == 8
    journal = found["journal.json"]
    assert [row["reference"] for row in journal["in_doubt"]] == ["R-1", "R-3"]
    assert [row["state"] for row in journal["newest"]] == ["sending", "done", "unknown"]
    assert journal["in_doubt"][0]["message"] == "[masked] has [masked] already"
    assert "content" not in journal["in_doubt"][0]


@pytest.mark.parametrize(
    "url, shown",
    [("https://me:planted/word@shop.example/a", "https://***@shop.example/a"),
     ("https://me:pl@nted@shop.example", "https://***@shop.example"),
     ("me:planted@shop.example", "***@shop.example"),
     ("https://me:planted://word@shop.example?a\\nb", "https://***@shop.example?***"),
     ("me:planted@https://shop.example", "***@https://shop.example"),
     ("https://shop.example/a#b", "https://shop.example/a?***")],
)  # fmt: skip
def test_a_bundle_shows_no_login_however_the_url_is_written(
    run: Ran, home: Path, tmp_path: Path, url: str, shown: str
) -> None:
    command = "echo planted"
    (home / "config.toml").write_text(
        f'[profiles.till]\nvendor = "imonggo"\nurl = "{url}"\ncredential_command = "{command}"\n'
        '[profiles.till.columns]\nemail = "https://me:planted/word@shop.example"'
    )
    assert run("doctor", "--bundle", str(tmp_path / "a.zip"))[0] == 0
    texts = unpacked(tmp_path / "a.zip")
    assert [word for word in ("planted", "pl@nted", "nted@", "word") if word in texts["config.json"]] == []
    profile = json.loads(texts["config.json"])["profiles"]["till"]
    assert (profile["url"], profile["credential_command"]) == (shown, "***")
    assert [word for word in ("planted", "pl@nted", "nted@") if word in texts["doctor.json"]] == []


def test_a_bundle_shows_no_customer_of_an_answer_that_a_message_quotes(
    run: Ran, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quoted = (
        f'OneBox answered JSON that cannot be read; it begins: [{{"clientname": "{PERSONAL[0]}", "x": "{PERSONAL[1]}'
    )
    failed = problem("vendor", BadAnswer(quoted), profile="shop")
    monkeypatch.setattr(doctor, "_findings", lambda *_given, **_more: iter([failed]))
    with closing(SqliteStore(home / "state" / "journal.sqlite")) as store:
        row = next(store.entries(Wanted(reference="R-1")))
        store.settle(row.op, State.UNKNOWN, evidence=quoted.replace("Quill", "Other"))
    assert run("doctor", "--bundle", str(tmp_path / "a.zip"))[0] == 0
    texts = unpacked(tmp_path / "a.zip")
    assert json.loads(texts["doctor.json"])[0]["message"].endswith('[{"clientname": "[masked]", "x": "[masked]')
    assert [word for word in (*PERSONAL, "Otherfeather") if any(word in text for text in texts.values())] == []


def test_what_is_in_a_bundle_is_printed_with_the_command_that_shows_it(run: Ran, tmp_path: Path) -> None:
    path = tmp_path / "report.zip"
    said = run("doctor", "--bundle", str(path))[2]
    assert f"orderctl: {path} was written, readable by you only:\n" in said
    assert "orderctl:   config.json: the config file, without secrets\n" in said
    assert said.endswith(f"orderctl: look at it before you send it: unzip -p {path} | less\n")


def test_a_bundle_replaces_no_file(run: Ran, tmp_path: Path) -> None:
    path = tmp_path / "report.zip"
    path.write_text("mine")
    (tmp_path / "link.zip").symlink_to(tmp_path / "elsewhere")
    assert run("doctor", "--bundle", str(path))[::2] == (
        2, f"orderctl: --bundle {path}: the file exists already; nothing was written\n  hint: name another file\n",
    )  # fmt: skip
    assert run("doctor", "--bundle", str(tmp_path / "link.zip"))[0] == 2
    assert path.read_text() == "mine"
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("name", ["report", "report.txt", "none/report.zip"])
def test_a_bundle_is_an_archive_in_a_folder_that_exists(run: Ran, tmp_path: Path, name: str) -> None:
    code, _, err = run("doctor", "--bundle", str(tmp_path / name))
    assert code == 2
    assert f"--bundle {tmp_path / name}: " in err
    assert not (tmp_path / name).exists()


def test_a_dry_run_writes_no_bundle(run: Ran, tmp_path: Path) -> None:
    code, _, err = run("doctor", "--bundle", str(tmp_path / "a.tgz"), "--dry-run")
    assert code == 0
    assert "would write" in err
    assert not (tmp_path / "a.tgz").exists()


def test_a_machine_on_which_nothing_can_be_read_has_a_bundle_too(run: Ran, home: Path, tmp_path: Path) -> None:
    (home / "config.toml").write_text("planted-nested = [")
    (home / "state" / "journal.sqlite").write_text("no database")
    assert run("doctor", "--bundle", str(tmp_path / "a.zip"))[0] == 0
    texts = unpacked(tmp_path / "a.zip")
    assert json.loads(texts["config.json"]) == {"error": "cannot be read: TOMLDecodeError"}
    assert json.loads(texts["journal.json"])["error"]
    assert "planted-nested" not in "".join(texts.values())
