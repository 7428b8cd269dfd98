"""list and statuses, in the sandbox: what a person on a terminal and a program in a pipe get of it."""

import io
import json
import os
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orderctl.app import App, Common
from orderctl.cli import lazy as cli
from orderctl.commands import list as list_command
from orderctl.commands.options import moment
from orderctl.errors import Interrupted, MachineRefused
from orderctl.model import Page, Query
from orderctl.output import Output
from orderctl.sandbox.onebox import emulator
from orderctl.signals import Stop
from orderctl.state import ended
from orderctl.vendors.onebox import orders as onebox

BOX = "sandbox-onebox"
Ran = tuple[int, str, str]
Run = Callable[..., Ran]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Hasty(Stop):
    """Waits for nothing, also not before a call is repeated."""

    def sleep(self, seconds: float) -> None:
        """Return at once."""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs orderctl with a state folder of its own, in a pipe or on a terminal."""
    config = tmp_path / "config.toml"
    config.write_text(
        '[profiles.down]\nvendor = "onebox"\nurl = "http://127.0.0.1:1"\n'
        '[profiles.shop]\nvendor = "onebox"\nurl = "sandbox:"\n'
        '[profiles.till]\nvendor = "imonggo"\nurl = "sandbox:"\nbranch_id = 12\n'
    )
    for name, value in (
        ("CONFIG", str(config)), ("STATE_DIR", str(tmp_path / "state")), ("PROFILE", BOX),
        ("DOWN_LOGIN", "x"), ("DOWN_PASSWORD", "y"),
    ):  # fmt: skip
        monkeypatch.setenv(f"ORDERCTL_{name}", value)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(cli, "Stop", Hasty)

    def runs(*args: str, terminal: bool = False) -> Ran:
        out, err = (Terminal(), Terminal()) if terminal else (io.StringIO(), io.StringIO())
        with monkeypatch.context() as streams:
            streams.setattr(sys, "stdout", out)
            streams.setattr(sys, "stderr", err)
            code = cli.run(list(args))
        return code, out.getvalue(), err.getvalue()

    return runs


def add(run: Run, reference: str, *more: str, profile: str = BOX) -> str:
    """Create an order in a sandbox; return its id."""
    who = ("--customer-name", "Inna Leonova", "--email", "inna@example.com") if "till" not in profile else ()
    code, out, err = run("create", "--reference", reference, *who, *more, "-p", profile, "--yes", "-o", "ids")
    assert code == 0, err
    return out.strip()


def ids(text: str) -> list[str]:
    return text.split()


def first_cells(table: str) -> list[str]:
    """Return the first cell of every row of a terminal's table, but for its heading."""
    return [line.split()[0] for line in table.splitlines()[1:]]


def test_a_pipe_has_all_orders_and_a_terminal_the_newest(run: Run) -> None:
    made = [add(run, f"R-{n}") for n in range(5)]
    assert ids(run("list", "-o", "ids")[1]) == made
    code, table, err = run("list", "--limit", "3", terminal=True)
    assert (code, first_cells(table)) == (0, made[:1:-1])
    assert err == "orderctl: the 3 newest orders are shown, there may be more; all: --all\n"
    assert run("list", "--limit", "3", "-q", terminal=True)[2] == err
    assert first_cells(run("list", "--all", terminal=True)[1]) == made
    assert run("list", terminal=True)[2] == ""
    assert (
        ids(run("list", "-o", "ids", "--limit", "3", terminal=True)[1]) == made[:3]
    )  # a program's, though it is shown


def test_an_empty_list_on_a_terminal_says_so(run: Run) -> None:
    assert run("list", terminal=True)[2] == "orderctl: no orders\n"
    assert run("list", "--since", "today", terminal=True)[2] == "orderctl: no orders match\n"
    assert run("list", "-q", terminal=True)[2] == run("list")[2] == ""
    assert run("list", "-p", "shop,till", "--since", "today", terminal=True)[2] == "orderctl: no orders match\n"
    new = ["list", "--checkpoint", "export"]
    assert run(*new, terminal=True)[2] == "orderctl: no orders\n"
    add(run, "R-1")
    assert run(*new, terminal=True)[2] == ""
    assert run(*new, terminal=True)[2] == "orderctl: nothing has changed since the last good run of export\n"


def test_a_date_that_cannot_be_read_names_the_relative_ones(run: Run) -> None:
    code, _, err = run("list", "--since", "3")
    assert code == 2
    assert "hint: also: today, yesterday, 7d, 12h" in err


def test_a_limit_with_all_means_at_most_and_a_cut_list_says_so_with_quiet_too(run: Run) -> None:
    made = [add(run, f"R-{n}") for n in range(4)]
    for quiet in ((), ("-q",)):
        code, out, err = run("list", "--all", "--limit", "3", "-o", "ids", *quiet)
        assert (code, ids(out)) == (0, made[:3])
        assert err == "orderctl: 3 orders shown, there may be more; continue with --after :3\n"
    assert ids(run("list", "--all", "--limit", "9", "-o", "ids")[1]) == made


def test_a_sort_that_the_vendor_lacks_needs_all_only_on_a_terminal(run: Run) -> None:
    made = [add(run, reference) for reference in ("B", "C", "A")]
    by = ["list", "--sort", "reference:desc"]
    assert ids(run(*by, "-o", "ids")[1]) == [made[1], made[0], made[2]]
    code, _, err = run(*by, terminal=True)
    assert code == 2
    assert "add --all" in err
    assert first_cells(run(*by, "--all", terminal=True)[1]) == [made[1], made[0], made[2]]
    code, out, _ = run(*by, "--limit", "2", "-o", "json")
    shown = json.loads(out)
    assert (shown["count"], shown["complete"], shown["next"]) == (2, False, None)


def test_a_cursor_carries_its_order(run: Run) -> None:
    desk = "sandbox-omflow"
    form = [
        w
        for n, field in ((1, "inputbox"), (2, "inputbox"), (4, "h_title"))
        for w in ("--set", f"FORMITM_{n}:{field}=3")
    ]
    for n in range(4):
        assert run("create", *form, "--reference", f"R-{n}", "-p", desk)[0] == 0
    cut = ["list", "-p", desk, "--limit", "2"]
    err = run(*cut, terminal=True)[2]
    cursor = err.partition("--after ")[2].split()[0]
    assert cursor == "number:desc@:2"
    more = ["list", "-p", desk, "--after", cursor, "-o", "ids"]
    assert ids(run(*more)[1]) == ["2", "1"]
    assert ids(run(*more, "--sort", "number:desc")[1]) == ["2", "1"]
    for sort, after in (("number", cursor), ("number:desc", "3:0"), ("title", cursor)):
        code, _, err = run("list", "-p", desk, "--sort", sort, "--after", after, "--all", "-o", "ids")
        assert code == 2
        assert "cursor of a list that was" in err
    assert run("list", "-p", desk, "--after", "@3:0")[0] == 2


@pytest.mark.parametrize(
    "filters, shown",
    [
        (["--customer", "inna"], ["R-1"]),
        (["--customer", "leonova INNA"], ["R-1"]),
        (["--customer", "inna@example.com"], ["R-1"]),
        (["--customer", "+380 63 937-04-42"], ["R-2"]),
        (["--customer", "31333"], ["R-2"]),
        (["--customer", "Nobody Else"], []),
        (["--text", "paper  CUPS"], ["R-2"]),
        (["--text", "leon"], ["R-1"]),
        (["--text", "ledger"], ["R-1"]),
        (["--since", "1d"], ["R-1", "R-2"]),
        (["--since", "today", "--until", "today"], ["R-1", "R-2"]),
        (["--until", "1d"], []),
        (["--until", "yesterday"], []),
    ],
)
def test_filters_that_people_type(run: Run, filters: Sequence[str], shown: list[str]) -> None:
    add(run, "R-1", "--title", "The Ledger")
    line = "sku=1,name=Paper cups,quantity=1,price=2"
    one = run("create", "--reference", "R-2", "--customer", "31333", "--customer-name", "Bo", "--phone", "380639370442",
              "--line", line)  # fmt: skip
    assert one[0] == 0
    code, out, err = run("list", *filters, "-o", "jsonl")
    assert (code, err) == (0, "")
    assert [json.loads(row)["reference"] for row in out.splitlines()] == shown


def test_a_customer_that_a_vendor_does_not_show_is_refused(run: Run) -> None:
    for profile, customer in (("sandbox-flyerlink", "a@b.example"), ("sandbox-qince", "a@b.example")):
        code, _, err = run("list", "-p", profile, "--customer", customer)
        assert code == 10
        assert "e-mail address" in err
    assert run("list", "-p", "till", "--customer", "Ann")[0] == 10


def test_a_dry_run_on_a_terminal_asks_for_what_the_list_would(run: Run) -> None:
    for terminal, way in ((True, "desc"), (False, "asc")):
        code, out, _ = run("list", "-p", "sandbox-qince", "-n", terminal=terminal)
        assert (code, way in out) == (0, True)


def test_several_profiles_are_one_list_and_one_that_is_down_hides_no_other(run: Run, tmp_path: Path) -> None:
    made = {
        add(run, "R-1", profile="shop"): "shop",
        add(run, "T-1", "--line", "sku=54018,quantity=2", profile="till"): "till",
    }
    code, out, _ = run("list", "-p", "shop,till", "-o", "json")
    document = json.loads(out)
    assert code == 0
    assert {order["id"]: order["profile"] for order in document["orders"]} == made
    assert document["complete"]
    code, out, _ = run("list", "-p", "shop,down,till", "-o", "json")
    document = json.loads(out)
    assert code == 7
    assert {order["id"]: order["profile"] for order in document["orders"]} == made
    assert [(error["profile"], error["code"]) for error in document["errors"]] == [("down", "http.not_sent")]
    assert not document["complete"]
    assert [ended.read(tmp_path / "state", name)["list"].code for name in ("shop", "down", "till")] == [0, 9, 0]
    code, table, err = run("list", "-p", "all", terminal=True)
    assert (code, table.split()[0]) == (7, "PROFILE")
    assert sorted(first_cells(table)) == ["shop", "till"]
    assert "orderctl: down: " in err
    assert run("list", "-p", "down,down", "-o", "json")[0] == 9


def test_several_profiles_have_one_sort_and_one_limit(run: Run) -> None:
    for reference, profile in (("A", "shop"), ("C", "shop"), ("B", "till")):
        add(run, reference, *(["--line", "sku=54018,quantity=2"] if profile == "till" else []), profile=profile)
    both = ["list", "-p", "shop,till", "-o", "jsonl"]

    def references(*more: str) -> list[str]:
        return [json.loads(row)["reference"] for row in run(*both, *more)[1].splitlines()]

    assert references() == ["A", "C", "B"]
    assert references("--sort", "reference") == ["A", "B", "C"]
    assert references("--sort", "reference:desc", "--limit", "2") == ["C", "B"]
    assert references("--limit", "1") == ["A"]
    assert "there may be more" in run(*both, "--limit", "1", "-q")[2]


def test_several_profiles_are_for_lists_and_never_for_bare_ids(run: Run) -> None:
    for args, code, said in (
        (["list", "-p", "shop,till", "-o", "ids"], 2, "--fields profile,id"),
        (["list", "-p", "shop,till", "--after", "3:0"], 2, "--after"),
        (["list", "-p", "shop,till", "--checkpoint", "x"], 2, "--checkpoint"),
        (["list", "-p", "shop,nope"], 3, "nope"),
        (["get", "1", "-p", "all"], 2, "orderctl list"),
        (["push", "1", "-p", "shop,till", "--to", "New"], 2, "orderctl list"),
        (["profile", "add", "all", "--vendor", "onebox", "--url", "https://a.example"], 3, "every profile"),
    ):
        got, _, err = run(*args)
        assert got == code, args
        assert said in err


def test_a_checkpoint_prints_what_changed_since_its_last_good_run(run: Run, tmp_path: Path) -> None:
    made = [add(run, f"R-{n}") for n in range(3)]
    new = ["list", "--checkpoint", "export", "-o", "ids"]
    assert ids(run(*new)[1]) == made
    assert run(*new) == (0, "", "")
    assert run("update", made[1], "--note", "x", "--set", "name=Other")[0] == 0
    made.append(add(run, "R-4"))
    before = (tmp_path / "state" / "checkpoints" / "export.json").read_bytes()
    assert run(*new, "-n")[0] == 0  # a dry run moves nothing on
    assert (tmp_path / "state" / "checkpoints" / "export.json").read_bytes() == before
    assert ids(run(*new)[1]) == [made[1], made[3]]
    assert ids(run("list", "--checkpoint", "other", "-o", "ids")[1]) == made


def test_a_checkpoint_loses_no_order_that_moves_to_another_page(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [add(run, f"R-{n}") for n in range(6)]  # a page has two
    monkeypatch.setattr(onebox, "PART", 2)
    monkeypatch.setitem(emulator.SWITCHES, "part-size", ("2", "…"))
    read, gone = onebox.OneBox.page, made[:3]

    def page(box: onebox.OneBox, query: Query, cursor: str | None) -> Page:
        found = read(box, query, cursor)
        if gone and cursor is None:
            assert run("cancel", *gone, "--yes")[0] == 0
            gone.clear()
        return found

    monkeypatch.setattr(onebox.OneBox, "page", page)
    code, out, _ = run("list", "--checkpoint", "export", "-o", "ids")
    assert (code, set(ids(out))) == (0, set(made) - set(made[2:3]))


def test_a_dry_run_of_a_new_checkpoint_writes_nothing(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("list", "--checkpoint", "export", "-n", "-o", "json")
    assert (code, len(json.loads(out)["requests"])) == (0, 1)
    assert run("list", "--checkpoint", "../export", "-n")[0] == 2
    assert not (tmp_path / "state").exists()


def test_a_checkpoint_stays_where_it_is_when_the_output_fails(run: Run) -> None:
    made = add(run, "R-1")

    class Full(io.StringIO):
        def flush(self) -> None:
            raise OSError(28, "No space left on device")

    app = App(Common(output="ids"), environ=dict(os.environ))
    app.__dict__["output"] = app._output(Full())  # noqa: SLF001
    with pytest.raises(MachineRefused, match="No space left"):
        list_command.command(app, checkpoint="export")
    app.close()
    assert ids(run("list", "--checkpoint", "export", "-o", "ids")[1]) == [made]


def test_a_checkpoint_moves_on_only_once_no_signal_can_fail_the_run(run: Run, tmp_path: Path) -> None:
    add(run, "R-1")
    kept = tmp_path / "state" / "checkpoints" / "export.json"
    there = []

    class Ended(Stop):
        def end(self) -> None:
            there.append(kept.exists())
            super().end()

    app = App(Common(output="ids"), environ=dict(os.environ), stop=Ended())
    app.__dict__["output"] = app._output(io.StringIO())  # noqa: SLF001
    assert list_command.command(app, checkpoint="export") == 0
    app.close()
    assert there == [False]
    assert kept.exists()


@pytest.mark.parametrize("more", [["--limit", "1"], ["--after", "3:0"], ["--sort", "id"], ["--changed-since", "1d"]])
def test_what_a_checkpoint_cannot_go_with_is_refused(run: Run, more: list[str]) -> None:
    code, _, err = run("list", "--checkpoint", "x", *more)
    assert code == 2
    assert f"--checkpoint and {more[0]}" in err


def test_a_checkpoint_is_refused_for_other_filters_and_where_no_change_has_a_time(run: Run) -> None:
    assert run("list", "--checkpoint", "x", "--status", "open")[0] == 0
    code, _, err = run("list", "--checkpoint", "x")
    assert (code, "orderctl list --checkpoint x --status open -p sandbox-onebox" in err) == (2, True)
    assert run("list", "--checkpoint", "x", "--status", "open", "-p", "till")[0] == 2  # another account
    assert run("list", "--checkpoint", "y", "-p", "sandbox-flyerlink")[0] == 10
    assert run("list", "--checkpoint", "../y")[0] == 2


def test_watch_shows_the_list_again_until_it_is_interrupted(run: Run) -> None:
    made = add(run, "R-1")
    assert run("list", "--watch", "5")[0] == 2
    assert run("list", "--watch", "5", "-o", "json", terminal=True)[0] == 2
    assert run("list", "--watch", "0", terminal=True)[0] == 2
    assert run("list", "--watch", "5", "--all", terminal=True)[0] == 2
    waits = []

    class Impatient(Stop):
        def sleep(self, seconds: float) -> None:
            waits.append(seconds)
            if len(waits) == 2:
                raise Interrupted("interrupted", signal=2)

    app = App(Common(), environ=dict(os.environ), stop=Impatient())
    shown, said = Terminal(), Terminal()
    app.__dict__["output"] = Output(stdout=shown, stderr=said, environ={"NO_COLOR": "1"})
    with pytest.raises(Interrupted):
        list_command.command(app, watch="5")
    app.close()
    assert waits == [5.0, 5.0]
    assert shown.getvalue().count(made) == shown.getvalue().count("\x1b[2J") == 2


def test_statuses_are_those_that_orders_have_and_the_profile_maps(run: Run, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(config.read_text() + '[profiles.shop.statuses]\nPacked = "in_progress"\nNEW = "open"\n')
    add(run, "R-1", profile="shop")
    code, out, err = run("statuses", "-p", "shop", "-o", "json")
    assert (code, err) == (0, "")
    assert [tuple(row.values()) for row in json.loads(out)["statuses"]] == [
        ("New", "open", 1, "orders"),
        ("Packed", "in_progress", 0, "profile"),
    ]
    code, out, _ = run("statuses", "-p", "till", "-o", "ids")
    assert code == 0
    assert "a" in ids(out)
    assert "no --to" in run("statuses", "-p", "sandbox-omflow")[2]


def test_a_time_is_relative_to_now_in_the_zone_of_the_profile() -> None:
    now = datetime.now(UTC)
    week = moment("7d", "--since", UTC)
    assert week
    assert abs(now - timedelta(days=7) - week) < timedelta(minutes=1)


def test_statuses_of_the_newest_orders_only_are_not_complete(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orderctl.commands.statuses.LOOKED_AT", 1)
    for reference in ("R-1", "R-2"):
        add(run, reference, profile="shop")
    assert json.loads(run("statuses", "-p", "shop", "-o", "json")[1])["complete"] is False
    assert json.loads(run("statuses", "-p", "shop", "--all", "-o", "json")[1])["complete"] is True
