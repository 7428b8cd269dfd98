"""`api`: raw calls that are authenticated, asked for when they change something, and sent once."""

import json
import os
from collections.abc import Callable
from contextlib import closing
from io import BytesIO, TextIOWrapper
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from orderctl import sandbox
from orderctl.cli import lazy as cli
from orderctl.sandbox.onebox.emulator import TABLES
from orderctl.sandbox.serve import running
from orderctl.sandbox.store import Store

GET = "/api/orders/get/"
SECRET = "canary-4f8a2c9be1"

Run = Callable[..., int]


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [n for n in os.environ if n.startswith(("ORDERCTL_", "XDG_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("ORDERCTL_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("ORDERCTL_PROFILE", "sandbox-onebox")


@pytest.fixture
def order(capsys: pytest.CaptureFixture[str]) -> str:
    cli.run(["create", "--reference", "A-1", "--email", "a@example.com", "--customer-name", "Ann", "-o", "ids"])
    return capsys.readouterr().out.strip()


def changes(tmp_path: Path) -> int:
    store = Store(tmp_path / "state/sandbox/onebox.sqlite", TABLES)
    try:
        return len(store.calls())
    finally:
        store.close()


@pytest.mark.parametrize("args", [[GET, "--set", "ordercode=A-1"], [f"{GET}?ordercode=A-1"]])
@pytest.mark.parametrize("method", ["GET", "get", "POST"])
def test_a_read_is_authenticated_and_printed_as_it_came(
    method: str, args: list[str], order: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["api", method, *args, "--set", "part=1"]) == 0
    said = capsys.readouterr().out
    assert said.startswith('{"orders":[{"orderid":')
    assert json.loads(said)["orders"][0]["orderid"] == order


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_changes_something_needs_a_yes_whatever_its_method(
    method: str, order: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = changes(tmp_path)
    delete = ["api", method, "/api/orders/delete/", "--set", f"orderid={order}"]
    assert cli.run(delete) == 2
    assert "--yes" in capsys.readouterr().err
    assert changes(tmp_path) == before
    assert cli.run([*delete, "--yes"]) == 0
    assert capsys.readouterr().out == '{"result":"ok"}\n'


def test_a_body_goes_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    body = {"ordercode": "A-2", "clientnamefirst": "Оля", "clientemail": "o@example.com"}
    (tmp_path / "order.json").write_text(json.dumps(body, ensure_ascii=False))
    add = ["api", "POST", "/api/orders/add/", "--set", "dataFromBody=1", "--yes", "--body"]
    assert cli.run([*add, f"@{tmp_path / 'order.json'}"]) == 0
    assert cli.run([*add, json.dumps({**body, "ordercode": "A-3"})]) == 0
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(json.dumps({**body, "ordercode": "A-4"}).encode())))
    assert cli.run([*add, "@-"]) == 0
    capsys.readouterr()
    cli.run(["list", "-o", "jsonl"])
    orders = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [o["reference"] for o in orders] == ["A-2", "A-3", "A-4"]
    assert {o["customer"]["name"] for o in orders} == {"Оля"}


def test_a_dry_run_sends_nothing_and_shows_no_secret(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["api", "POST", "/api/orders/add/", "--set", "ordercode=A-1", "--dry-run", "-o", "json"]) == 0
    (request,) = json.loads(capsys.readouterr().out)["requests"]
    assert request["method"] == "POST"
    assert request["body"] == "login=***&password=***&ordercode=A-1"
    assert not (tmp_path / "state").exists()


ROWS = 'rows:=[{"id": 1.50, "gift": true}, null, "x"]'
IN_A_FORM = [("rows[0][id]", "1.50"), ("rows[0][gift]", "1"), ("rows[1]", ""), ("rows[2]", "x")]


@pytest.mark.parametrize(
    "vendor,method,path,shown",
    [
        ("flyerlink", "GET", "/orders", "url"),
        ("flyerlink", "POST", "/orders", "body"),
        ("imonggo", "GET", "/api/orders.xml", "url"),
        ("onebox", "GET", GET, "url"),
        ("onebox", "POST", GET, "body"),
    ],
)
def test_json_in_a_form_or_a_query_is_written_as_php_reads_it(
    vendor: str, method: str, path: str, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    args = ["--set", ROWS, "--set", 'a:="@x"', "--set", "b:c=d", "-n", "-y", "-o", "json", "-p", f"sandbox-{vendor}"]
    assert cli.run(["api", method, path, *args]) == 0
    (request,) = json.loads(capsys.readouterr().out)["requests"]
    pairs = parse_qsl(request[shown].rpartition("?")[2], keep_blank_values=True)
    assert [pair for pair in pairs if pair[0][:4] == "rows"] == IN_A_FORM
    assert {("a", "@x"), ("b:c", "d")} <= set(pairs)


def test_json_in_a_json_body_is_sent_as_it_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    args = ["--set", ROWS, "--set", "n:=1.50", "--set", "text=1.50", "--set", "rows2:=[]", "-n", "-y", "-o", "json"]
    assert cli.run(["api", "POST", "/api/ig/v1/orderQuery", *args, "-p", "sandbox-qince"]) == 0
    (request,) = json.loads(capsys.readouterr().out)["requests"]
    rows = ROWS.partition("=")[2]
    assert request["body"] == f'{{"rows": {rows}, "n": 1.50, "text": "1.50", "rows2": []}}'


def test_a_parameter_can_be_a_files_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "note.txt").write_text("Оля & co")
    args = ["--set", f"comments=@{tmp_path / 'note.txt'}", "-n", "-y", "-o", "json"]
    assert cli.run(["api", "POST", "/api/orders/update/", *args]) == 0
    (request,) = json.loads(capsys.readouterr().out)["requests"]
    assert parse_qsl(request["body"])[-1] == ("comments", "Оля & co")
    (tmp_path / "note.txt").write_bytes(b"\xff\xfe")
    assert cli.run(["api", "POST", "/api/orders/update/", *args]) == 2
    assert "is not text (UTF-8)" in capsys.readouterr().err


def test_a_write_needs_its_profile_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ORDERCTL_PROFILE")
    config = tmp_path / "config.toml"
    profile = '[profiles.{}]\nvendor = "onebox"\nurl = "sandbox:"\n'
    config.write_text('default_profile = "a"\n' + profile.format("a") + profile.format("b"))
    monkeypatch.setenv("ORDERCTL_CONFIG", str(config))
    assert cli.run(["api", "GET", GET, "--set", "part=1"]) == 0
    assert cli.run(["api", "POST", "/api/orders/delete/", "--set", "orderid=1", "--yes"]) == 2
    config.write_text(profile.format("a") + "protected = true\n")
    assert cli.run(["api", "POST", "/api/orders/delete/", "--set", "orderid=1", "--yes"]) == 2
    assert cli.run(["api", "POST", "/api/orders/delete/", "--set", "orderid=1", "--yes", "-p", "a"]) == 0


@pytest.mark.parametrize(
    "fault,args,code",
    [
        ("401", [GET], 4),
        ("403", [GET], 4),
        ("429=999", [GET], 9),
        ("502", ["/api/orders/add/", "--yes"], 8),
        ("lost-after", ["/api/orders/add/", "--yes"], 8),
        ("422", ["/api/orders/add/", "--yes"], 12),
    ],
)
def test_the_exit_code_goes_by_the_status_and_a_write_is_sent_once(
    fault: str, args: list[str], code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("ORDERCTL_PROFILE", "shop")
    monkeypatch.setenv("ORDERCTL_SHOP_LOGIN", "sandbox")
    monkeypatch.setenv("ORDERCTL_SHOP_PASSWORD", "sandbox")
    order = ["--set", "ordercode=A-1", "--set", "clientphone=380", "--set", "clientnamefirst=Ann"]
    with closing(sandbox.load("onebox", tmp_path / "box.sqlite", faults=[fault])) as app, running(app) as url:
        (tmp_path / "config.toml").write_text(f'[profiles.shop]\nvendor = "onebox"\nurl = "{url}"\n')
        monkeypatch.setenv("ORDERCTL_CONFIG", str(tmp_path / "config.toml"))
        assert cli.run(["api", "POST", *args, *order, "--deadline", "20"]) == code
    store = Store(tmp_path / "box.sqlite", TABLES)
    assert len(store.calls()) <= 1
    store.close()
    assert "Traceback" not in capsys.readouterr().err


def test_a_write_whose_answer_cannot_be_printed_says_that_it_was_sent(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdout", None)
    assert cli.run(["api", "POST", "/api/orders/add/", "--yes", "--set", "ordercode=A-9"]) == 14
    assert "POST /api/orders/add/ was sent, and answered with HTTP 200" in capsys.readouterr().err


def test_secrets_are_hidden_in_what_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ORDERCTL_PROFILE", "shop")
    monkeypatch.setenv("ORDERCTL_SHOP_LOGIN", "sandbox")
    monkeypatch.setenv("ORDERCTL_SHOP_PASSWORD", SECRET)

    def echo(environ: dict[str, str], start: Callable[..., object]) -> list[bytes]:
        start("500 Oh", [("Content-Type", "text/plain")])
        return [environ["QUERY_STRING"].encode()]

    with running(echo) as url:
        (tmp_path / "config.toml").write_text(f'[profiles.shop]\nvendor = "onebox"\nurl = "{url}"\n')
        monkeypatch.setenv("ORDERCTL_CONFIG", str(tmp_path / "config.toml"))
        code = cli.run(["api", "GET", "/api/orders/add/", "--yes", "--trace", str(tmp_path / "trace"), "-v"])
    said = capsys.readouterr()
    assert code == 8
    assert "password=***" in said.out
    assert SECRET not in said.out + said.err + (tmp_path / "trace").read_text()


@pytest.mark.parametrize(
    "args",
    [
        ["GETT", GET],
        ["GET", "api/orders/get/"],
        ["GET", "//elsewhere.example/"],
        ["GET", "https://elsewhere.example/"],
        ["GET", "/api#x"],
        ["POST", "/api/orders/get/../add/"],
        ["POST", "/api/orders/get/%2e%2E/add/"],
        ["GET", "/api/./orders/get/"],
        ["GET", "/api\\x"],
        ["GET", "/api\nHost: x"],
        ["GET", GET, "--set", "part"],
        ["GET", GET, "--set", "=1"],
        ["GET", GET, "--set", ":=1"],
        ["GET", GET, "--set", "a:=1,5"],
        ["GET", GET, "--set", "a:=NaN"],
        ["GET", GET, "--set", 'a:={"b": 1, "b": 2}'],
        ["GET", GET, "--set", "a=@/nowhere/at/all"],
        ["GET", GET, "--set", 'password:="x"'],
        ["GET", GET, "--set", "password=x"],
        ["GET", f"{GET}?login=x"],
        ["GET", GET, "--body", "{}"],
        ["POST", "/api/orders/add/", "--yes", "--body", "@/nowhere/at/all"],
        ["POST", "/api/orders/add/", "--yes", "--body", "@-", "--secrets-stdin"],
    ],
)
def test_bad_input_is_refused_and_nothing_is_sent(args: list[str], tmp_path: Path) -> None:
    assert cli.run(["api", *args]) == 2
    assert not (tmp_path / "state").exists()
