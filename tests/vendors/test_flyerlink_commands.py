"""Flyerlink from the command line, in the sandbox: what a user types, and what comes back."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from orderctl.cli import lazy as cli
from orderctl.sandbox.flyerlink.emulator import TABLES
from orderctl.sandbox.store import Store

CREATE = ["create", "--reference", "#123", "--title", "order", "--customer", "HOTEST"]


class Cli:
    """Runs commands on the sandbox in a state folder of its own."""

    def __init__(self, state: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.state, self._capsys = state, capsys
        self.err = ""

    def run(self, *args: str) -> tuple[int, str]:
        code = cli.run([*args, "-p", "sandbox-flyerlink"])
        out, self.err = self._capsys.readouterr()
        return code, out

    def json(self, *args: str, code: int = 0) -> Any:
        got, out = self.run(*args, "-o", "json")
        assert got == code, self.err
        return json.loads(out)

    def calls(self) -> list[str]:
        store = Store(self.state / "sandbox" / "flyerlink.sqlite", TABLES)
        try:
            return [call.call for call in store.calls()]
        finally:
            store.close()


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    monkeypatch.setenv("ORDERCTL_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("ORDERCTL_CONFIG", str(tmp_path / "config.toml"))
    (tmp_path / "config.toml").touch()
    monkeypatch.chdir(tmp_path)
    return Cli(tmp_path / "state", capsys)


def test_a_package_whose_answer_was_lost_is_not_added_a_second_time(shop: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = shop.json(*CREATE)["id"]
    change = ("update", order_id, "--set", "package.code=P1")
    with monkeypatch.context() as fault:
        fault.setenv("ORDERCTL_SANDBOX_FAULT", "commit-then-drop")
        assert shop.run(*change)[0] == 8
    assert shop.run(*change)[0] == 8
    assert shop.calls() == ["create", "addpackage"]


def test_an_order_from_its_beginning_to_its_end(shop: Cli) -> None:
    made = shop.json(*CREATE, "--line", "sku=LEGA54V,name=Flyers,quantity=5000,reference=J-1")
    assert (made["outcome"], made["id"], made["reference"]) == ("created", "DVQLK", "#123")
    assert [order["id"] for order in shop.json("list")["orders"]] == ["DVQLK"]
    assert "last 31 days" not in shop.err
    assert "no --since: only orders since" in shop.err
    assert shop.json("get", "--reference", "#123")["total"] == "144"
    changed = shop.json(
        "update", "DVQLK", "--set", "reference=R&B", "--line", "sku=BCST54V,quantity=250", "--set", "package.code=P1"
    )
    assert (changed["outcome"], changed["reference"]) == ("updated", "R&B")
    lines = shop.json("lines", "DVQLK")["lines"]
    assert [(line["sku"], line["total"]) for line in lines] == [("LEGA54V", "144"), ("BCST54V", "15")]
    order = shop.json("get", "DVQLK")
    assert (order["reference"], order["extra"]["package"], order["paid"]) == ("R&B", "P1", False)
    assert shop.calls() == ["create", "createjob", "update", "addpackage", "createjob"]


def test_what_is_half_made_says_its_id_and_the_next_command_finishes_it(shop: Cli) -> None:
    lines = [
        "--line",
        "sku=LEGA54V,quantity=1",
        "--line",
        "sku=NOPE,name=It's,quantity=2",
        "--line",
        "sku=BCST54V,quantity=3",
    ]
    result = shop.json(*CREATE, *lines, code=7)
    assert (result["outcome"], result["id"], result["reference"]) == ("unknown", "DVQLK", "#123")
    error = json.loads(shop.err.strip().splitlines()[-1])["error"]
    assert (error["exit"], error["code"]) == (7, "order.half_made")
    command = shlex.split(error["hint"].removeprefix("add what is missing: ").replace("NOPE", "POST22E"))
    assert command[-6:-4] == ["-p", "sandbox-flyerlink"]
    assert shop.run(*command[1:3], *command[-4:])[0] == 0
    shown = shop.json("lines", "DVQLK")["lines"]
    assert [line["sku"] for line in shown] == ["LEGA54V", "POST22E", "BCST54V"]
    assert shop.calls().count("create") == 1


def test_a_file_with_an_order_that_is_half_made(shop: Cli, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(
        "reference,title,customer,sku,name,quantity,line.reference\n"
        "A,Summer,HOTEST,LEGA54V,Flyers,5000,J-1\n"
        "A,,,BCST54V,Cards,250,\n"
        "B,Winter,HOTEST,NOPE,?,1,\n"
        "C,茶叶,HOTEST,LEGA54V,海报,10,\n"
    )
    code, out = shop.run("create", "--from", "orders.csv", "-o", "jsonl")
    results = [json.loads(line) for line in out.splitlines()]
    assert [(r["reference"], r["outcome"], r["id"]) for r in results] == [
        ("A", "created", "DVQLK"),
        ("B", "unknown", "DVQLL"),
        ("C", "created", "DVQLM"),
    ]
    assert code == 7
    assert "orderctl update DVQLL -p sandbox-flyerlink --line" in results[1]["message"]


def test_the_template_is_an_order_that_can_be_created(shop: Cli, tmp_path: Path) -> None:
    for form in ("csv", "json", "jsonl"):
        _, out = shop.run("template", "--format", form)
        (tmp_path / f"t.{form}").write_text(out.replace("#123", form))
        assert shop.run("create", "--from", f"t.{form}")[0] == 0
    assert shop.calls() == ["create", "createjob"] * 3


@pytest.mark.parametrize(
    "args, words",
    [
        (["cancel", "XYYVP", "--yes"], "deallocate"),
        (["push", "XYYVP"], "package.KEY=VALUE"),
        (["steps", "XYYVP"], "orderctl lines"),
        (["comments", "XYYVP"], "api GET /jobs"),
        (["fields"], "orderctl schema flyerlink"),
        (["list", "--changed-since", "2026-01-01"], "--since"),
    ],
)
def test_what_it_cannot_do_is_exit_10(shop: Cli, args: list[str], words: str) -> None:
    assert shop.run(*args)[0] == 10
    assert words in shop.err
    assert not (shop.state / "sandbox").exists()


@pytest.mark.parametrize(
    "args, words",
    [
        (["create", "--reference", "R"], "is required: customer code"),
        ([*CREATE, "--note", "x"], "--note: this vendor does not support it"),
        ([*CREATE, "--line", "sku=A,quantity=1,price=2"], "line 1 price"),
        (["update", "XYYVP", "--title", "x"], "only when the order is created"),
        (["update", "XYYVP", "--replace-lines", "--line", "sku=A,quantity=1", "--yes"], "cannot remove a job"),
        (["list", "--where", "from=2011-01-01"], "use --since"),
        (["api", "GET", "/jobs/1648885/deallocate"], "may change something"),
    ],
)
def test_what_is_wrong_is_exit_2_and_sends_nothing(shop: Cli, args: list[str], words: str) -> None:
    assert shop.run(*args)[0] == 2
    assert words in shop.err
    assert not (shop.state / "sandbox").exists()


def test_raw_calls(shop: Cli) -> None:
    assert json.loads(shop.run("api", "GET", "/jobs/1648885")[1])["job"]["product_code"] == "LEGA54V"
    code, out = shop.run("api", "GET", "/orders/XYTVP", "--set", "format=xml")
    assert (code, out[:5]) == (0, "<?xml")
    assert shop.run("api", "GET", "/jobs/1648885/deallocate", "--yes")[0] == 0
    assert shop.run("api", "PUT", "/jobs/1648885", "--set", "title=New", "--yes")[0] == 0
    assert shop.calls() == ["deallocate", "updatejob"]
    assert shop.run("api", "GET", "/orders/", "--set", "workgroup=W12")[0] == 12
    assert "is required" in shop.run("api", "GET", "/orders/", "--set", "workgroup=W11")[1]


def test_a_dry_run_sends_nothing(shop: Cli) -> None:
    requests = shop.json(*CREATE, "--line", "sku=LEGA54V,quantity=1", "--dry-run")["requests"]
    assert [(r["method"], r["url"], r["body"]) for r in requests] == [
        ("POST", "sandbox:/orders", "format=json&title=order&customer=HOTEST&contact=13057&reference=%23123"),
        ("POST", "sandbox:/jobs", "order=<order>&format=json&product=LEGA54V&quantity=1"),
    ]
    assert not (shop.state / "sandbox").exists()


def test_a_write_to_another_order_than_was_asked_for_is_exit_5(shop: Cli) -> None:
    assert shop.run("update", "NOPE", "--set", "reference=R")[0] == 5
    assert shop.run("get", "NOPE")[0] == 5
    assert shop.run("get", "..")[0] == 2
    assert shop.calls() == []


@pytest.mark.usefixtures("shop")
def test_an_own_profile_must_name_its_workgroup(tmp_path: Path) -> None:
    text = '[profiles.print]\nvendor = "flyerlink"\nurl = "https://dev.flyerlink.com/api.php"\n'
    (tmp_path / "config.toml").write_text(text)
    assert cli.run(["list", "-p", "print"]) == 3
    (tmp_path / "config.toml").write_text(text + 'workgroup = "W11"\n')
    assert cli.run(["list", "-p", "print", "--dry-run", "--since", "2011-04-01", "--until", "2011-04-30"]) == 0


def test_a_job_like_one_that_was_there_before_is_not_taken_for_the_lost_one(
    shop: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The vendor shows no quantities, so that only the number of jobs tells whether one was added."""
    order = shop.json(*CREATE, "--line", "sku=LEGA54V,name=Flyers,quantity=5000,reference=J-1")["id"]
    add = ("update", order, "--line", "sku=LEGA54V,quantity=7000")
    with monkeypatch.context() as fault:
        fault.setenv("ORDERCTL_SANDBOX_FAULT", "lost-before*1@jobs")
        assert shop.run(*add)[0] == 8
    assert shop.run(*add)[0] == 8
    assert "the order does not show it yet; it was not sent again" in shop.err
    (operation,) = [one["op"] for one in shop.json("journal", "list", "--verb", "update")["journal"]]
    assert shop.run("journal", "resolve", operation, "--absent")[0] == 0
    with monkeypatch.context() as fault:
        fault.setenv("ORDERCTL_SANDBOX_FAULT", "commit-then-drop")
        assert shop.run(*add)[0] == 8
    assert "an earlier update was applied" in shop.run(*add)[1]
    assert len(shop.json("lines", order)["lines"]) == 2
