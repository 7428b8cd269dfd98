"""`journal`: what this machine wrote is listed and shown, and what is in doubt is settled."""

import csv
import datetime as dt
import io
import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from pydantic import TypeAdapter

from orderctl.cli import lazy as cli
from orderctl.frozen import replace
from orderctl.journal.entry import Entry, State, new_id
from orderctl.journal.runs import Run
from orderctl.journal.sqlite import SqliteStore
from orderctl.journal.store import Account, Wanted
from orderctl.output.schemas import SCHEMAS

Ran = Callable[..., tuple[int, str, str]]

NOW = dt.datetime.now(dt.UTC)
LONG_AGO = NOW - dt.timedelta(days=100)

ANN = ("--email", "ann@example.com", "--customer-name", "Ann")

CONFIG = """
[profiles.shop]
vendor = "onebox"
url = "https://shop.example.com"
[profiles.print]
vendor = "flyerlink"
url = "https://print.example.com/api.php"
workgroup = "W11"
contact = "13057"
"""

SHOP = Account(target="onebox https://shop.example.com", profile="shop", vendor="onebox")
PRINT = Account(
    target="flyerlink https://print.example.com/api.php workgroup=W11", profile="print", vendor="flyerlink"
)  # fmt: skip


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two profiles, and a state folder that is not there yet."""
    for name in [n for n in os.environ if n.startswith(("ORDERCTL_", "XDG_"))]:
        monkeypatch.delenv(name)
    (tmp_path / "config.toml").write_text(CONFIG)
    for name, value in {"CONFIG": tmp_path / "config.toml", "STATE_DIR": tmp_path / "state"}.items():
        monkeypatch.setenv(f"ORDERCTL_{name}", str(value))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TZ", "UTC")
    return tmp_path / "state"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Ran:
    def ran(*args: str) -> tuple[int, str, str]:
        code = cli.run([*args])
        return code, *capsys.readouterr()

    return ran


@pytest.fixture
def store(state: Path) -> Iterator[SqliteStore]:
    """The journal, to be filled."""
    with closing(SqliteStore(state / "journal.sqlite")) as opened:
        yield opened


def row(account: Account, verb: str, state: State, **more: Any) -> Entry:
    at = more.pop("at", NOW - dt.timedelta(hours=1))
    content = json.dumps({"content": {"name": "Ann"}, "lines": 0, "wanted": {"title": "Tea"}})
    values = {"run": "dead", "kept": content, "planned_at": at, "sent_at": at, "first_sent_at": at, **more}
    entry = Entry(
        op=new_id(), target=account.target, profile=account.profile, vendor=account.vendor, verb=verb, state=state
    )
    return replace(entry, **values)


def kept(store: SqliteStore, *entries: Entry) -> list[str]:
    for entry in entries:
        store.begin(entry)
    return [entry.op for entry in entries]


def now_in(store: SqliteStore, op: str) -> Entry:
    return next(store.entries(Wanted(op=op)))


def valid(name: str, document: Any) -> Any:
    jsonschema.validate(document, TypeAdapter(SCHEMAS[name]).json_schema())
    return document


@pytest.fixture
def filled(store: SqliteStore) -> dict[str, str]:
    """A journal of one row a state; the operations by the state that a list shows."""
    entries = {
        "planned": row(SHOP, "create", State.PLANNED, reference="R-1", at=LONG_AGO),
        "done": row(SHOP, "create", State.DONE, reference="R-2", order_id="82806", settled_at=LONG_AGO, at=LONG_AGO),
        "refused": row(SHOP, "push", State.REFUSED, order_id="82806", evidence="so says the box"),
        "conflict": row(PRINT, "create", State.CONFLICT, reference="R-3"),
        "unknown": row(PRINT, "create", State.UNKNOWN, reference="R-4", http_status=201),
        "dead": row(SHOP, "update", State.SENDING, order_id="82806"),
    }
    kept(store, *entries.values())
    return {name: entry.op for name, entry in entries.items()}


@pytest.mark.parametrize("command", [["list"], ["show", "R-9"]], ids=lambda command: command[0])
def test_a_vendor_s_words_that_quote_a_customer_are_masked(run: Ran, store: SqliteStore, command: list[str]) -> None:
    meant = json.dumps(
        {"content": {"clientphone": "+380 50 1234567"}, "lines": 0, "wanted": {"customer": {"name": "Ann"}}}
    )
    said = "phone 380501234567 belongs to Ann already; Anna is another"
    kept(store, row(SHOP, "create", State.CONFLICT, reference="R-9", kept=meant, evidence=said))
    for output in ("table", "json", "jsonl", "csv"):
        _, out, _ = run("journal", *command, "-o", output)
        assert ("phone [masked] belongs to [masked] already; Anna is another" in out) or output == "table"
        assert "380501234567" not in out
        assert said in run("journal", *command, "-o", output, "--reveal")[1] or output == "table"


# list -----------------------------------------------------------------------------------------------------------------


def test_a_journal_that_is_not_there_is_an_empty_list_and_is_not_made(run: Ran, state: Path) -> None:
    assert run("journal", "list", "-o", "ids") == (0, "", "")
    assert run("journal", "list", "-q") == (0, "", "")
    document = valid("orderctl.journal/1", json.loads(run("journal", "list", "-o", "json")[1]))
    assert (document["journal"], document["count"], document["complete"]) == ([], 0, True)
    assert run("journal", "show", "R-1")[0] == 5
    assert run("journal", "prune", "--older-than", "1d")[0] == 0
    assert run("journal", "resolve", "R-1", "--absent")[0] == 5
    assert not state.exists()


def test_the_newest_is_first_and_a_dead_run_s_row_is_unknown(
    run: Ran, filled: dict[str, str], store: SqliteStore
) -> None:
    code, out, _ = run("journal", "list", "-o", "json")
    document = valid("orderctl.journal/1", json.loads(out))
    assert code == 0
    assert [entry["op"] for entry in document["journal"]] == [*reversed(filled.values())]
    assert [entry["state"] for entry in document["journal"]] == [
        "unknown", "unknown", "conflict", "refused", "done", "planned",
    ]  # fmt: skip
    assert all("content" not in entry for entry in document["journal"])
    assert now_in(store, filled["dead"]).state is State.SENDING, "a list changes nothing"


def test_what_a_living_run_is_sending_is_sending(run: Ran, store: SqliteStore, state: Path) -> None:
    sender = Run(state)
    (op,) = kept(store, row(SHOP, "create", State.SENDING, reference="R-1", run=sender.id))
    assert json.loads(run("journal", "list", "-o", "jsonl")[1])["state"] == "sending"
    assert run("journal", "list", "--outcome", "sending", "-o", "ids")[1].split() == [op]
    assert run("journal", "list", "--outcome", "unknown", "-o", "ids")[1] == ""
    assert run("journal", "list", "--outcome", "unresolved", "-o", "ids")[1].split() == [op]
    code, _, err = run("journal", "resolve", "R-1", "--absent")
    assert code == 6
    assert "being sent" in err
    sender.end(resolved=False)
    assert run("journal", "list", "--outcome", "unknown", "-o", "ids")[1].split() == [op]


@pytest.mark.parametrize(
    "args, found",
    [
        (["--outcome", "unresolved"], ["dead", "unknown", "conflict"]),
        (["--outcome", "unknown"], ["dead", "unknown"]),
        (["--outcome", "sending"], []),
        (["--outcome", "done", "--outcome", "refused"], ["refused", "done"]),
        (["--outcome", "planned"], ["planned"]),
        (["--outcome", "unknown", "--limit", "1"], ["dead"]),
        (["--verb", "create", "--limit", "2"], ["unknown", "conflict"]),
        (["--verb", "cancel"], []),
        (["--reference", "R-2"], ["done"]),
        (["--since", "7d"], ["dead", "unknown", "conflict", "refused"]),
        (["--since", "30m"], []),
        (["--since", "2020-01-01", "-p", "shop"], ["dead", "refused", "done", "planned"]),
        (["-p", "print"], ["unknown", "conflict"]),
        (["--all"], ["dead", "unknown", "conflict", "refused", "done", "planned"]),
    ],
    ids=" ".join,
)
def test_the_filters(args: list[str], found: list[str], run: Ran, filled: dict[str, str]) -> None:
    code, out, _ = run("journal", "list", "-o", "ids", *args)
    assert (code, out.split()) == (0, [filled[name] for name in found])


def test_orderctl_profile_narrows_the_list_and_one_that_is_gone_is_still_shown(
    run: Ran, filled: dict[str, str], store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDERCTL_PROFILE", "print")
    assert run("journal", "list", "-o", "ids")[1].split() == [filled["unknown"], filled["conflict"]]
    gone = Account(target="onebox https://old.example.com", profile="old", vendor="onebox")
    (op,) = kept(store, row(gone, "create", State.DONE, reference="R-9", order_id="1"))
    assert run("journal", "list", "-p", "old", "-o", "ids")[1].split() == [op]
    code, out, err = run("journal", "list", "-p", "pritn", "-o", "ids")
    assert (code, out) == (3, "")
    assert "there is no profile 'pritn'" in err


def test_a_cut_list_says_so(run: Ran, filled: dict[str, str]) -> None:
    code, out, err = run("journal", "list", "--limit", "2", "-q", "-o", "json")
    document = valid("orderctl.journal/1", json.loads(out))
    assert (code, document["count"], document["complete"], document["next"]) == (0, 2, False, None)
    assert err == "orderctl: 2 operations shown, there may be more; continue with --all\n"
    assert json.loads(run("journal", "list", "--limit", str(len(filled)), "-o", "json")[1])["complete"]


def test_a_hundred_are_shown_without_a_limit(run: Ran, store: SqliteStore) -> None:
    kept(store, *(row(SHOP, "create", State.DONE, reference=f"R-{n}", order_id=str(n)) for n in range(101)))
    assert len(run("journal", "list", "-o", "ids")[1].split()) == 100
    assert len(run("journal", "list", "-o", "ids", "--all")[1].split()) == 101


def test_each_output(run: Ran, filled: dict[str, str]) -> None:
    lines = run("journal", "list")[1].splitlines()
    assert lines[0].split("\t") == ["SENT", "STATE", "VERB", "REFERENCE", "ID", "PROFILE", "MESSAGE"]
    assert lines[4].split("\t")[1:] == ["refused", "push", "", "82806", "shop", "so says the box"]
    documents = [json.loads(line) for line in run("journal", "list", "-o", "jsonl")[1].splitlines()]
    assert [valid("orderctl.operation/1", document)["op"] for document in documents] == [*reversed(filled.values())]
    rows = [*csv.DictReader(io.StringIO(run("journal", "list", "--fields", "reference,state,id", "-o", "csv")[1]))]
    assert rows[4] == {"reference": "R-2", "state": "done", "id": "82806"}
    assert run("journal", "list", "--fields", "refrence")[0] == 2


@pytest.mark.parametrize(
    "args",
    [
        ["--outcome", "unkown"], ["--verb", "get"], ["--since", "last week"], ["--limit", "0"], ["--since", "7y"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_a_slip_in_an_option_is_named(args: list[str], run: Ran) -> None:
    code, out, err = run("journal", "list", *args)
    assert (code, out) == (2, "")
    assert args[0] in err


def test_a_damaged_row_is_unknown(run: Ran, filled: dict[str, str], state: Path) -> None:
    with closing(sqlite3.connect(state / "journal.sqlite")) as other:
        other.execute("UPDATE writes SET order_id = '9' WHERE op = ?", (filled["done"],))
        other.commit()
    document = json.loads(run("journal", "show", "R-2", "-o", "json")[1])
    assert (document["state"], document["damaged"]) == ("unknown", True)


def test_a_journal_that_cannot_be_read_is_14(run: Ran, state: Path) -> None:
    state.mkdir()
    (state / "journal.sqlite").write_bytes(b"not a database at all" * 100)
    for args in (["list"], ["show", "R-1"], ["resolve", "R-1", "--absent"]):
        code, _, err = run("journal", *args)
        assert code == 14
        assert "journal.sqlite" in err


def test_a_state_folder_that_cannot_be_written_is_read(
    run: Ran, filled: dict[str, str], store: SqliteStore, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.close()
    before = sorted(path.name for path in state.iterdir())
    able = os.access
    monkeypatch.setattr("os.access", lambda path, mode: mode == os.R_OK or not able(path, mode))
    assert run("journal", "list", "-o", "ids")[1].split() == [*reversed(filled.values())]
    assert json.loads(run("journal", "show", "R-2", "-o", "json")[1])["id"] == "82806"
    assert run("journal", "resolve", "R-4", "--absent")[0] == 14
    assert sorted(path.name for path in state.iterdir()) == before


# show -----------------------------------------------------------------------------------------------------------------


def test_one_write_is_a_document_with_what_was_meant(run: Ran, filled: dict[str, str]) -> None:
    for name in ("R-4", filled["unknown"]):
        code, out, _ = run("journal", "show", name, "-o", "json")
        document = valid("orderctl.operation/1", json.loads(out))
        assert (code, document["op"], document["http_status"]) == (0, filled["unknown"], 201)
        assert document["content"]["content"] == {"name": "Ann"}
    assert run("journal", "show", "R-4", "-o", "ids")[1].split() == [filled["unknown"]]
    assert run("journal", "show", "R-4", "--fields", "state")[1].split() == ["state", "unknown"]


def test_a_person_reads_a_page(run: Ran, filled: dict[str, str]) -> None:
    page = run("journal", "show", filled["refused"])[1]
    assert page.startswith("push 82806: refused\n")
    for line in ("order\t82806", "message\tso says the box", "profile\tshop", f"operation\t{filled['refused']}"):
        assert line in page.splitlines()
    assert '  "name": "Ann"' in page


def test_a_vendor_s_words_cannot_move_the_cursor(run: Ran, store: SqliteStore) -> None:
    kept(store, row(SHOP, "push", State.REFUSED, reference="R-\x1b[2J", order_id="1", evidence="\x1b]52;c;x\x07"))
    assert "\x1b" not in run("journal", "show", "R-\x1b[2J")[1]
    assert "\x1b" not in run("journal", "list")[1]


def test_all_rows_of_a_reference_are_shown(run: Ran, store: SqliteStore) -> None:
    ops = kept(
        store,
        row(SHOP, "create", State.DONE, reference="R-1", order_id="1"),
        row(PRINT, "create", State.UNKNOWN, reference="R-1"),
    )
    document = valid("orderctl.journal/1", json.loads(run("journal", "show", "R-1", "-o", "json")[1]))
    assert [entry["op"] for entry in document["journal"]] == ops
    assert [valid("orderctl.operation/1", entry)["content"]["lines"] for entry in document["journal"]] == [0, 0]
    assert run("journal", "show", "R-1")[1].count("create R-1: ") == 2
    assert json.loads(run("journal", "show", "R-1", "-p", "print", "-o", "json")[1])["op"] == ops[1]


def test_what_is_not_there_is_reported(run: Ran, filled: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    code, out, err = run("journal", "show", "R-99", "-o", "json")
    assert (code, out, json.loads(err)["error"]["code"]) == (5, "", "journal.not_found")
    assert run("journal", "show", "R-98", "R-99")[0] == 5
    monkeypatch.setattr("sys.stdin", io.StringIO(f"R-99\n{filled['done']}\n"))
    code, out, _ = run("journal", "show", "-", "-o", "json")
    document = json.loads(out)
    assert (code, document["errors"][0]["id"], document["journal"][0]["op"]) == (7, "R-99", filled["done"])
    code, out, err = run("journal", "show", "R-99", "R-2")
    assert code == 7
    assert "R-99" in err
    assert out.startswith("create R-2: done")


# resolve --------------------------------------------------------------------------------------------------------------


def test_a_create_that_exists_is_done(run: Ran, filled: dict[str, str], store: SqliteStore) -> None:
    for name, order_id in (("R-4", "W11-7"), (filled["conflict"], "W11-8")):
        code, out, _ = run("journal", "resolve", name, "--exists", order_id, "-o", "json")
        document = valid("orderctl.journal/1", json.loads(out))
        assert (code, document["journal"][0]["state"], document["journal"][0]["id"]) == (0, "done", order_id)
    assert now_in(store, filled["unknown"]).order_id == "W11-7"
    assert run("journal", "resolve", "R-4", "--exists", "W11-7")[0] == 6


def test_a_create_that_is_absent_stays_unknown_and_how_to_send_it_is_shown(
    run: Ran, filled: dict[str, str], store: SqliteStore
) -> None:
    code, _, err = run("journal", "resolve", "R-4", "--absent", "-p", "print")
    assert code == 0
    assert "orderctl journal resend R-4 -p print" in err
    found = now_in(store, filled["unknown"])
    assert (found.state, found.absent) == (State.UNKNOWN, True)
    assert run("journal", "resolve", "R-3", "--absent")[0] == 0
    assert (now_in(store, filled["conflict"]).state, now_in(store, filled["conflict"]).absent) == (
        State.UNKNOWN, True,
    )  # fmt: skip
    kept(store, row(SHOP, "create", State.SENDING, reference="R-5"))
    assert "the same create again" in run("journal", "resolve", "R-5", "--absent")[2]


def test_a_change_was_applied_or_not(run: Ran, filled: dict[str, str], store: SqliteStore) -> None:
    assert run("journal", "resolve", filled["dead"], "--applied", "-q") == (0, "", "")
    assert now_in(store, filled["dead"]).state is State.DONE
    calls = kept(store, row(SHOP, "api", State.UNKNOWN), row(SHOP, "push", State.UNKNOWN, order_id="82806"))
    assert run("journal", "resolve", *calls, "--absent")[0] == 0
    assert {now_in(store, op).state for op in calls} == {State.REFUSED}


def test_a_cancel_that_was_applied_is_noted_with_its_create(
    run: Ran, filled: dict[str, str], store: SqliteStore
) -> None:
    (op,) = kept(store, row(SHOP, "cancel", State.UNKNOWN, order_id="82806"))
    assert run("journal", "resolve", op, "--applied")[0] == 0
    made = now_in(store, filled["done"])
    assert made.state is State.DONE
    assert made.cancelled_at is not None


@pytest.mark.parametrize(
    "args, code, said",
    [
        (["R-4"], 2, "one of --exists ID, --absent, --applied"),
        (["R-4", "--exists", "1", "--absent"], 2, "one of --exists ID, --absent, --applied"),
        (["R-4", "--applied"], 2, "--exists ID or --absent"),
        (["R-4", "R-3", "--exists", "1"], 2, "one order"),
        (["R-4", "--exists", " "], 2, "empty"),
        (["R-2", "--absent"], 6, "it is done, order 82806"),
        (["R-1", "--absent"], 6, "it is planned"),
        (["R-4", "R-2", "--absent"], 6, "R-2 is not in doubt"),
        (["R-4", "R-99", "--absent"], 5, "'R-99'"),
        (["R-4", "--absent", "-p", "shop"], 5, "'R-4'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_does_not_fit_changes_nothing(
    args: list[str], code: int, said: str, run: Ran, filled: dict[str, str], store: SqliteStore
) -> None:
    before = [*store.entries(Wanted())]
    got, _, err = run("journal", "resolve", *args)
    assert got == code
    assert said in err
    assert [*store.entries(Wanted())] == before
    assert set(filled.values()) == {entry.op for entry in before}


def test_exists_does_not_fit_a_change(run: Ran, filled: dict[str, str]) -> None:
    code, _, err = run("journal", "resolve", filled["dead"], "--exists", "1")
    assert code == 2
    assert "--applied or --absent" in err


def test_a_create_that_is_done_names_what_is_in_doubt_of_its_order(run: Ran, filled: dict[str, str]) -> None:
    code, _, err = run("journal", "resolve", "R-2", "--absent")
    assert (code, f"its update is in doubt; name that one: {filled['dead']}" in err) == (6, True)


def test_what_is_not_in_doubt_any_more_is_the_write_that_was_settled_last(run: Ran, store: SqliteStore) -> None:
    at = NOW - dt.timedelta(hours=1)
    other = replace(SHOP, target="onebox https://old.example.com")
    kept(store, *(row(where, "create", State.DONE, reference="R-7", order_id=order_id, settled_at=when)
                  for where, order_id, when in ((other, "1", at), (SHOP, "99", NOW))))  # fmt: skip
    code, _, err = run("journal", "resolve", "R-7", "--absent")
    assert (code, "it is done, order 99" in err) == (6, True)


def test_a_reference_in_doubt_at_two_accounts_needs_the_operation(run: Ran, store: SqliteStore) -> None:
    ops = kept(
        store,
        row(SHOP, "create", State.UNKNOWN, reference="R-1"),
        row(PRINT, "create", State.UNKNOWN, reference="R-1"),
    )
    code, _, err = run("journal", "resolve", "R-1", "--absent")
    assert code == 2
    assert all(op in err for op in ops)
    assert run("journal", "resolve", "R-1", "--absent", "-p", "print")[0] == 0
    assert [now_in(store, op).absent for op in ops] == [False, True]


def test_names_come_from_standard_input(
    run: Ran, filled: dict[str, str], store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(run("journal", "list", "--outcome", "unknown", "-o", "ids")[1]))
    code, out, _ = run("journal", "resolve", "-", "--absent", "-o", "ids")
    assert (code, out.split()) == (0, [filled["dead"], filled["unknown"]])
    assert now_in(store, filled["dead"]).state is State.REFUSED


def test_a_dry_run_resolves_nothing(run: Ran, filled: dict[str, str], store: SqliteStore) -> None:
    assert run("journal", "resolve", "R-4", "--absent", "-n")[0] == 0
    assert not now_in(store, filled["unknown"]).absent


# prune, move, forget --------------------------------------------------------------------------------------------------


def test_prune_empties_old_rows_and_keeps_their_keys(run: Ran, filled: dict[str, str], store: SqliteStore) -> None:
    assert run("journal", "prune", "--older-than", "90d", "-n")[2] == "orderctl: would empty 1 row\n"
    assert now_in(store, filled["done"]).content is not None
    assert run("journal", "prune", "--older-than", "101d")[::2] == (0, "orderctl: 0 rows emptied\n")
    assert run("journal", "prune", "--older-than", "90d")[::2] == (0, "orderctl: 1 row emptied\n")
    pruned = now_in(store, filled["done"])
    assert (pruned.content, pruned.reference, pruned.order_id) == (None, "R-2", "82806")
    assert now_in(store, filled["unknown"]).content is not None
    assert json.loads(run("journal", "show", "R-2", "-o", "json")[1])["content"] is None
    assert "what was meant was pruned" in run("journal", "show", "R-2")[1]


@pytest.mark.parametrize("args", [[], ["--older-than", "soon"], ["--older-than", "90"]])
def test_prune_needs_an_age(args: list[str], run: Ran) -> None:
    code, _, err = run("journal", "prune", *args)
    assert code == 2
    assert "90d" in err


def test_move_asks_and_lets_the_rows_count_for_another_profile(
    run: Ran, filled: dict[str, str], store: SqliteStore
) -> None:
    old = Account(target="onebox https://old.example.com", profile="old", vendor="onebox")
    (op,) = kept(store, row(old, "create", State.DONE, reference="R-9", order_id="9"))
    move = ("journal", "move", "--from", old.target)
    assert run(*move)[0] == 2, "there are two profiles"
    code, _, err = run(*move, "-p", "shop")
    assert code == 2
    assert "--yes" in err
    assert run(*move, "-p", "shop", "-n")[0] == 0
    assert now_in(store, op).target == old.target
    code, _, err = run(*move, "-p", "shop", "--yes")
    assert (code, err) == (0, f"orderctl: 1 row moved to {SHOP.target}\n")
    assert (now_in(store, op).target, now_in(store, op).profile) == (SHOP.target, "shop")
    assert run(*move, "-p", "shop", "--yes")[0] == 5
    assert run("journal", "move", "-p", "shop")[0] == 2
    assert run("journal", "move", "--from", SHOP.target, "-p", "shop", "--yes")[0] == 2
    assert filled["done"] != op


@pytest.mark.parametrize("what", ["move", "forget"])
def test_rows_are_neither_moved_nor_forgotten_while_another_run_writes(
    run: Ran, store: SqliteStore, state: Path, what: str
) -> None:
    old = Account(target="onebox https://old.example.com", profile="old", vendor="onebox")
    (op,) = kept(store, row(old if what == "move" else SHOP, "create", State.DONE, reference="R-9", order_id="9"))
    before = now_in(store, op)
    args = ("journal", what, *(("--from", old.target) if what == "move" else ()), "-p", "shop", "--yes")
    writing = Run(state)
    code, _, err = run(*args)
    assert (code, now_in(store, op)) == (6, before)
    assert "another run of orderctl is writing now; nothing was" in err
    assert "wait until it has ended" in err
    writing.end(resolved=False)
    assert run(*args)[0] == 0


def test_a_reference_that_both_have_moves_nothing(run: Ran, filled: dict[str, str], store: SqliteStore) -> None:
    old = Account(target="onebox https://old.example.com", profile="old", vendor="onebox")
    (op,) = kept(store, row(old, "create", State.DONE, reference="R-2", order_id="9"))
    code, _, err = run("journal", "move", "--from", old.target, "-p", "shop", "--yes")
    assert code == 6
    assert "R-2" in err
    assert now_in(store, op).target == old.target
    assert filled["done"] != op


def test_forget_is_refused_while_something_is_in_doubt_and_asks(
    run: Ran, filled: dict[str, str], store: SqliteStore
) -> None:
    code, _, err = run("journal", "forget", "-p", "shop", "--yes")
    assert code == 6
    assert "1 operation" in err
    assert "orderctl journal list" in err
    assert run("journal", "resolve", filled["dead"], "--applied")[0] == 0
    assert run("journal", "forget")[0] == 2, "there are two profiles"
    assert run("journal", "forget", "-p", "shop")[0] == 2, "nobody said yes"
    assert run("journal", "forget", "-p", "shop", "-n")[0] == 0
    assert len([*store.entries(Wanted(target=SHOP.target))]) == 4
    assert run("journal", "forget", "-p", "shop", "--yes")[::2] == (0, "orderctl: 4 operations forgotten\n")
    assert [entry.profile for entry in store.entries(Wanted())] == ["print", "print"]
    assert run("journal", "forget", "-p", "shop", "--yes")[0] == 0


# with a vendor --------------------------------------------------------------------------------------------------------

BOX = "sandbox-onebox"
DESK = "sandbox-qince"


@pytest.fixture
def lost(run: Ran, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], str]:
    """Create an order at a sandbox whose answer, or whose request, is lost; return its operation."""

    def made(profile: str, fault: str) -> str:
        order = json.loads(run("template", "-p", profile)[1])
        (tmp_path / "order.json").write_text(json.dumps({**order, "reference": "R-1"}))
        with monkeypatch.context() as faulty:
            faulty.setenv("ORDERCTL_SANDBOX_FAULT", fault)
            assert run("create", "--from", str(tmp_path / "order.json"), "-p", profile)[0] == 8
        return run("journal", "list", "-o", "ids")[1].strip()

    return made


Lost = Callable[[str, str], str]


def age(state: Path, op: str, *, searched: bool = False) -> None:
    """Let a write have been sent ten minutes ago, and perhaps searched for five minutes ago."""
    sent = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=10)
    with closing(SqliteStore(state / "journal.sqlite")) as store:
        store.settle(op, State.UNKNOWN, sent_at=sent, first_sent_at=sent)
        if searched:
            store.note(op, searched_at=sent + dt.timedelta(minutes=5))


def orders(run: Ran, profile: str) -> int:
    return len(run("list", "-p", profile, "--all", "-o", "ids")[1].split())


def test_reconcile_finds_what_was_made(run: Ran, lost: Lost) -> None:
    op = lost(DESK, "commit-then-drop")
    code, out, _ = run("journal", "reconcile", "R-1", "-p", DESK, "-o", "json")
    (result,) = valid("orderctl.results/1", json.loads(out))["results"]
    assert (code, result["verb"], result["outcome"], result["journal"]) == (0, "create", "created", op)
    assert run("get", result["id"], "-p", DESK)[0] == 0
    code, out, _ = run("journal", "reconcile", op, "-p", DESK, "-o", "json")
    assert (code, json.loads(out)["counts"]) == (0, {"unchanged": 1})
    assert run("journal", "reconcile", "--all", "-p", DESK)[::2] == (0, "orderctl: nothing is in doubt\n")


@pytest.mark.parametrize("name", ["R-1", "ID"])
def test_reconcile_of_a_reference_or_an_id_settles_all_that_is_in_doubt_of_the_order(
    name: str, run: Ran, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = run("create", "--reference", "R-1", *ANN, "-p", BOX, "-o", "ids")[1].strip()
    with monkeypatch.context() as faulty:
        faulty.setenv("ORDERCTL_SANDBOX_FAULT", "commit-then-drop")
        code, _, err = run("push", "--reference", "R-1", "--to", "Delivered", "-p", BOX)
    assert (code, "find out what became of it: orderctl journal reconcile" in err) == (8, True)
    code, out, _ = run("journal", "reconcile", name.replace("ID", order_id), "-p", BOX, "-o", "json")
    (result,) = json.loads(out)["results"]
    assert (code, result["verb"], result["outcome"], result["id"]) == (0, "push", "pushed", order_id)


def test_a_person_decides_about_a_change_of_an_order_that_is_gone(run: Ran, store: SqliteStore) -> None:
    order_id = run("create", "--reference", "R-1", *ANN, "-p", BOX, "-o", "ids")[1].strip()
    made = next(store.entries(Wanted(reference="R-1")))
    account = Account(target=made.target, profile=BOX, vendor="onebox")
    (op,) = kept(store, row(account, "update", State.UNKNOWN, order_id=order_id))
    assert run("cancel", order_id, "--yes", "-p", BOX)[0] == 0
    code, out, _ = run("journal", "reconcile", "--all", "-p", BOX, "-o", "json")
    (result,) = json.loads(out)["results"]
    assert (code, result["outcome"]) == (8, "unknown")
    assert f"orderctl journal resolve {op} -p {BOX} --applied" in result["message"]
    assert run("journal", "resolve", op, "--absent")[0] == 0
    assert run("journal", "reconcile", "--all", "-p", BOX)[::2] == (0, "orderctl: nothing is in doubt\n")


def test_reconcile_of_what_is_still_unknown_is_8_and_says_what_to_do(run: Ran, lost: Lost) -> None:
    lost(DESK, "lost-before@orderAdd")
    code, out, _ = run("journal", "reconcile", "--all", "-p", DESK, "-o", "json")
    (result,) = json.loads(out)["results"]
    assert (code, result["verb"], result["outcome"]) == (8, "create", "unknown")
    assert "orderctl journal reconcile R-1" in result["message"]


def test_many_unknown_ones_do_not_stop_it(run: Ran, lost: Lost, state: Path) -> None:
    op = lost(DESK, "lost-before@orderAdd")
    with closing(SqliteStore(state / "journal.sqlite")) as store:
        first = now_in(store, op)
        kept(store, *(replace(first, op=new_id(), reference=f"R-{n}") for n in range(2, 8)))
    code, out, _ = run("journal", "reconcile", "--all", "-p", DESK, "-o", "json")
    assert (code, json.loads(out)["counts"]) == (8, {"unknown": 7})


@pytest.mark.parametrize(
    "args, code",
    [([], 2), (["R-1", "--all"], 2), (["R-9"], 5), (["--all", "-n"], 2)],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_reconcile_needs_to_know_which(args: list[str], code: int, run: Ran) -> None:
    assert run("journal", "reconcile", *args, "-p", DESK)[0] == code


def test_a_write_of_another_account_is_not_looked_up_at_this_one(run: Ran, store: SqliteStore) -> None:
    kept(store, row(PRINT, "create", State.UNKNOWN, reference="R-1"))
    store.close()
    for command in ("reconcile", "resend"):
        code, _, err = run("journal", command, "R-1", "-p", DESK)
        assert code in {5, 6}
        assert "R-1" in err


def test_resend_sends_only_what_is_known_to_be_absent(run: Ran, lost: Lost, state: Path) -> None:
    op = lost(DESK, "lost-before@orderAdd")
    code, out, _ = run("journal", "resend", "R-1", "-p", DESK, "-o", "json")
    (result,) = json.loads(out)["results"]
    assert (code, result["outcome"]) == (6, "conflict")
    assert "ask the vendor first: orderctl journal reconcile R-1" in result["message"]
    assert orders(run, DESK) == 0
    assert run("journal", "resolve", "R-1", "--absent", "-p", DESK)[0] == 0
    code, out, _ = run("journal", "resend", "R-1", "-p", DESK, "-n", "-o", "json")
    assert code == 0
    assert [request["method"] for request in valid("orderctl.requests/1", json.loads(out))["requests"]] == ["POST"]
    assert orders(run, DESK) == 0
    code, out, _ = run("journal", "resend", "R-1", "-p", DESK, "-o", "json")
    (result,) = json.loads(out)["results"]
    assert (code, result["outcome"], result["journal"]) == (0, "created", op)
    assert orders(run, DESK) == 1
    assert run("journal", "resend", "R-1", "-p", DESK)[0] == 6
    assert orders(run, DESK) == 1
    assert run("journal", "resend", "R-9", "-p", DESK)[0] == 5
    assert [*(state / "runs").iterdir()] == []


def test_two_searches_show_that_an_order_is_absent(run: Ran, lost: Lost, state: Path, tmp_path: Path) -> None:
    op = lost(DESK, "lost-before@orderAdd")
    order = json.loads((tmp_path / "order.json").read_text())
    (tmp_path / "order.json").write_text(json.dumps({**order, "reference": "R-2"}))
    assert run("create", "--from", str(tmp_path / "order.json"), "-p", DESK)[0] == 0
    age(state, op)
    assert run("journal", "reconcile", "R-1", "-p", DESK)[0] == 8
    age(state, op, searched=True)
    code, out, _ = run("journal", "reconcile", "R-1", "-p", DESK, "-o", "json")
    assert code == 8
    assert "orderctl journal resend R-1" in json.loads(out)["results"][0]["message"]
    assert run("journal", "resend", "R-1", "-p", DESK)[0] == 0
    assert orders(run, DESK) == 2


def test_resend_is_a_write_and_needs_a_profile(run: Ran, filled: dict[str, str]) -> None:
    assert filled
    assert run("journal", "resend", "R-4")[0] == 2


@pytest.mark.parametrize("typed", ["create --from none.csv", "push R-2 --to x", "cancel R-2", "update R-2 --note x"])
def test_a_write_without_a_profile_is_not_checked_against_the_fields_of_any(typed: str, run: Ran) -> None:
    code, _, err = run(*typed.split())
    assert (code, err.splitlines()[0]) == (2, "orderctl: a write needs a profile; there are: print, shop")


def test_an_order_in_doubt_is_marked_also_when_quiet(run: Ran, lost: Lost) -> None:
    op = lost(DESK, "commit-then-drop")
    ids = run("list", "-p", DESK, "-o", "ids", "-q")
    order_id = ids[1].strip()
    mark = f"orderctl: order {order_id} is in doubt: a create of "
    said = ids[2]
    assert said.startswith(mark)
    assert said.endswith(f"has an unknown outcome; orderctl journal show {op}\n")
    assert run("get", order_id, "-p", DESK, "-q", "-o", "json")[2] == said
    for command in ("lines", "steps"):
        assert run(command, "--reference", "R-1", "-p", DESK, "-q")[2] == said
    assert run("journal", "reconcile", "--all", "-p", DESK)[0] == 0
    assert run("get", order_id, "-p", DESK, "-q")[2] == ""


def test_a_journal_that_cannot_be_read_stops_no_read(run: Ran, lost: Lost, state: Path) -> None:
    lost(DESK, "commit-then-drop")
    for beside in state.glob("journal.sqlite*"):
        beside.unlink()
    (state / "journal.sqlite").write_bytes(b"not a database at all" * 100)
    code, out, err = run("list", "-p", DESK, "-o", "ids")
    assert code == 0
    assert len(out.split()) == 1
    assert "orders in doubt are not marked" in err


def test_where_nothing_is_in_doubt_the_journal_is_not_opened(
    run: Ran, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("create", "--reference", "R-1", *ANN, "-p", BOX)[0] == 0
    monkeypatch.setattr("orderctl.journal.sqlite.SqliteStore", None)
    assert run("get", "--reference", "R-1", "-p", BOX, "-q")[::2] == (0, "")
    assert tmp_path.exists()


def test_an_emptied_sandbox_is_forgotten_and_no_other(run: Ran) -> None:
    for profile in (BOX, DESK):
        order = ("--reference", "R-1", *ANN) if profile == BOX else ()
        if order:
            assert run("create", *order, "-p", profile)[0] == 0
    assert run("create", "--reference", "R-2", "--customer", "VISITOR", "-p", "sandbox-imonggo", "-n")[0] in {0, 2}
    assert run("sandbox", "reset", "--vendor", "imonggo", "--yes")[0] == 0
    assert len(run("journal", "list", "-o", "ids")[1].split()) == 1
    assert run("sandbox", "reset", "--vendor", "onebox", "--yes", "-n")[0] == 0
    assert len(run("journal", "list", "-o", "ids")[1].split()) == 1
    assert run("sandbox", "reset", "--vendor", "onebox", "--yes")[0] == 0
    assert run("journal", "list", "-o", "ids")[1] == ""
    assert run("create", "--reference", "R-1", *ANN, "-p", BOX, "-o", "ids")[0] == 0
