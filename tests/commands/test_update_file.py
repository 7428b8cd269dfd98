"""`update --from FILE` and `update -`: the changes of many orders, each order named once, in the sandbox."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from orderctl.backend.prepared import Prepared
from orderctl.cli import lazy as cli
from orderctl.commands import bulk
from orderctl.errors import Interrupted
from orderctl.model import OrderKey, Outcome
from orderctl.write.result import Result
from tests.commands.test_naming import Run, make, run
from tests.drafts.test_draft_sheet import book

__all__ = ["run"]

OTHERS = ("A", "B", "C")


@pytest.fixture
def made(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The ids of three orders by their references, and a file of changes for each test to write."""
    monkeypatch.setenv("ORDERCTL_PROFILE", "sandbox-onebox")
    lines = "".join(f"{name},ann@example.com,Ann,100500,2,102\n" for name in OTHERS)
    (tmp_path / "new.csv").write_text(f"reference,email,customer_name,sku,quantity,price\n{lines}")
    code, out, err = run("create --from new.csv -o json")
    assert code == 0, err
    return {one["reference"]: one["id"] for one in json.loads(out)["results"]}


def order(run: Run, reference: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(f"get --reference {reference} -o json --raw")[1])
    return found


def notes(run: Run) -> dict[str, str]:
    listed = json.loads(run("list --all -o json")[1])["orders"]
    return {one["reference"]: one["note"] for one in listed}


def outcomes(out: str) -> dict[str, str]:
    return {one["reference"] or one["id"]: one["outcome"] for one in json.loads(out)["results"]}


def test_each_order_is_named_by_its_id_or_its_reference(run: Run, made: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text(
        f"ID,reference,note,sku,quantity,price\n{made['A']},,one,,,\n,B,two,100500,1,5\n,B,,100500,3,6\n"
    )
    code, out, err = run("update --from c.csv -o json")
    assert code == 0, err
    assert outcomes(out) == {"A": "updated", "B": "updated"}
    assert "2 lines are added to the lines of 1 order; --replace-lines replaces those instead" in err
    assert "a second time" not in err
    assert [(line["quantity"], line["unit_price"]) for line in order(run, "B")["lines"]] == [
        ("2", "102.00"),
        ("1", "5.00"),
        ("3", "6.00"),
    ]
    assert len(order(run, "A")["lines"]) == 1


def test_a_spreadsheet_names_orders_below_its_titles(run: Run, made: dict[str, str], tmp_path: Path) -> None:
    rows: list[list[object]] = [["ID", "phone"], [int(made["A"]), "1"], [made["B"], "2"]]
    (tmp_path / "c.xlsx").write_bytes(book(rows, before=2))
    code, out, err = run("update --from c.xlsx -o json")
    assert code == 0, err
    assert outcomes(out) == {"A": "updated", "B": "updated"}
    spoilt: list[list[object]] = [["id", "phone"], ["8.28E+18", "1"]]
    (tmp_path / "c.xlsx").write_bytes(book(spoilt))
    assert "row 2, id: '8.28E+18': scientific notation is not accepted" in run("update --from c.xlsx")[2]


@pytest.mark.parametrize("name", ["c.json", "c.jsonl"])
def test_json_names_orders_too_and_replaces_lines_where_it_says_so(
    name: str, run: Run, made: dict[str, str], tmp_path: Path
) -> None:
    given = [
        {"id": int(made["A"]), "lines": [{"sku": "100500", "quantity": 7, "price": 3}], "replace_lines": True},
        {"reference": "B", "customer": {"phone": "380639370442"}},
    ]
    text = json.dumps(given) if name == "c.json" else "".join(json.dumps(one) + "\n" for one in given)
    (tmp_path / name).write_text(text)
    assert run(f"update --from {name}")[0] == 2, "lines are taken away for good, so it asks"
    code, out, err = run(f"update --from {name} --yes -o json")
    assert code == 0, err
    assert outcomes(out) == {"A": "updated", "B": "updated"}
    assert [line["quantity"] for line in order(run, "A")["lines"]] == ["7"]
    assert order(run, "B")["customer"]["phone"] == "380639370442"


def test_an_order_that_is_named_twice_is_a_problem(run: Run, made: dict[str, str], tmp_path: Path) -> None:
    a = made["A"]
    (tmp_path / "c.csv").write_text(f"id,reference,note\n{a},,1\n,B,2\n{a},,3\n,,4\n{a},A,5\n")
    code, out, err = run("update --from c.csv")
    assert (code, out) == (2, "")
    assert f"'{a}' is in row 2 and again in row 4; the rows of one order must be adjacent" in err
    assert "row 5, id: is empty; every row of an order needs its id or reference" in err
    assert "row 4, reference: is given beside the id" in err
    assert notes(run) == dict.fromkeys(OTHERS)


def test_an_order_under_two_names_is_changed_once(run: Run, made: dict[str, str], tmp_path: Path) -> None:
    """Only the vendor can tell that an id and a reference are one order's."""
    (tmp_path / "c.csv").write_text(f"id,reference,phone\n{made['A']},,111\n,B,222\n,A,333\n")
    code, out, _ = run("update --from c.csv --jobs 1 --rejects rejects.csv -o json")
    assert code == 7
    assert sorted(one["outcome"] for one in json.loads(out)["results"]) == ["conflict", "updated", "updated"]
    assert order(run, "A")["customer"]["phone"] == "111"
    said = (tmp_path / "rejects.csv").read_text()
    assert said.startswith("id,reference,phone,reason,code\n,A,333,")
    assert f"order {made['A']} is named twice, as order '{made['A']}' and as reference 'A'" in said


@pytest.mark.usefixtures("made")
def test_what_cannot_be_changed_is_kept_in_the_files_that_are_asked_for(run: Run, tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("reference,note,total\nA,one,\nX,two,\nB,three,many\n")
    code, _, err = run("update --from c.csv --skip-invalid --rejects rejects.csv --results results.jsonl")
    assert code == 7, err
    rejected = (tmp_path / "rejects.csv").read_text().splitlines()
    assert [row.split(",")[0] for row in rejected] == ["reference", "X", "B"]
    assert rejected[1].endswith("vendor.not_found")
    kept = [json.loads(line) for line in (tmp_path / "results.jsonl").read_text().splitlines()]
    assert {one["reference"]: one["outcome"] for one in kept} == {"A": "updated", "X": "failed"}
    assert run("update --from rejects.csv --rejects rejects.csv")[0] == 2


@pytest.mark.usefixtures("made")
def test_a_change_of_nothing_is_a_problem_of_its_row(run: Run, tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("reference,note\nA,one\nB,\n")
    code, _, err = run("update --from c.csv")
    assert code == 2
    assert "row 3: there is nothing to change in this order" in err
    (tmp_path / "c.json").write_text('[{"reference": "A", "replace_lines": true}]')
    assert "needs the new lines" in run("update --from c.json")[2]


@pytest.mark.usefixtures("made")
def test_a_list_with_its_lines_is_not_added_to_itself(run: Run, tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text(run("list -o csv")[1])
    code, _, err = run("update --from c.csv")
    assert code == 2
    assert "which would be added once more" in err
    assert "remove the columns sku, name, quantity, price" in err
    assert len(order(run, "A")["lines"]) == 1


def test_a_shop_s_export_is_read_by_a_mapping_that_is_named(run: Run, made: dict[str, str], tmp_path: Path) -> None:
    """A mapping that only knows the file would add the lines of each order once more."""
    (tmp_path / "c.csv").write_text("Bestellung,Telefon,Preis\nA,+49 1,9\n")
    (tmp_path / "m.toml").write_text('[order]\nreference = "Bestellung"\nphone = "Telefon"\n')
    code, _, err = run("update --from c.csv")
    assert code == 2
    assert "unknown column" in err
    assert run("update --from c.csv --map m.toml --ignore-columns")[0] == 0
    assert order(run, "A")["customer"]["phone"] == "+49 1"
    (tmp_path / "m.toml").write_text('[order]\nid = "Bestellung"\nphone = "Telefon"\n')
    (tmp_path / "c.csv").write_text(f"Bestellung,Telefon,Preis\n{made['B']},+49 2,9\n")
    assert run("update --from c.csv --map m.toml --ignore-columns")[0] == 0
    assert order(run, "B")["customer"]["phone"] == "+49 2"
    code, _, err = run("create --from c.csv --map m.toml --ignore-columns")
    assert code == 2
    assert "id: names an existing order; use orderctl update --from" in err
    assert run("update --from c.csv --columns id=Bestellung,phone=Telefon --ignore-columns")[0] == 0


@pytest.mark.usefixtures("made")
def test_a_dry_run_shows_the_first_change_and_counts_the_others(run: Run, tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("reference,note\nA,one\nB,two\n")
    code, out, _ = run("update --from c.csv -n")
    assert code == 0
    assert out.startswith("2 orders, 0 lines\n")
    assert out.count("POST ") == 1
    assert len(json.loads(run("update --from c.csv -n -o json")[1])["requests"]) == 2
    assert notes(run) == dict.fromkeys(OTHERS)


def test_the_ids_of_a_list_get_the_same_change(
    run: Run, made: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for more in ("--phone 1", "--from patch.json"):
        (tmp_path / "patch.json").write_text('{"customer": {"phone": "2"}}')
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{made['A']}\n{made['C']}\n"))
        code, out, err = run(f"update - {more} -o json")
        assert code == 0, err
        assert outcomes(out) == {"A": "updated", "C": "updated"}
    assert [order(run, name)["customer"]["phone"] for name in OTHERS] == ["2", None, "2"]
    assert run("update - --from -")[0] == 2


@pytest.mark.parametrize("option", ["--map none", "--format csv", "--skip-invalid", "--rejects r.csv", "--columns a=b"])
def test_the_options_of_files_go_with_a_file_of_many(
    option: str, run: Run, made: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "patch.json").write_text('{"note": "x"}')
    code, _, err = run(f"update {made['A']} --from patch.json {option}")
    assert code == 2
    assert "needs --from FILE" in err


@pytest.mark.usefixtures("made")
def test_max_errors_stops_a_run_of_changes(run: Run, tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("reference,sku,quantity,price\nX,1,1,1\nY,1,1,1\nA,1,1,1\n")
    code, out, err = run("update --from c.csv --max-errors 1 --jobs 1 -o json")
    assert code == 5
    assert json.loads(out)["counts"] == {"failed": 1, "skipped": 2}
    assert "2 of 3 were not started; leave out what was done before you run it again" in err


@pytest.mark.usefixtures("made")
def test_what_is_left_of_changes_that_add_lines_is_in_the_rejects(run: Run, tmp_path: Path) -> None:
    """The same file again would add its lines once more to the orders that were changed."""
    (tmp_path / "c.csv").write_text("reference,sku,quantity,price\nA,100500,1,1\nX,1,1,1\nB,100500,1,1\nC,1,1,1\n")
    code, _, err = run("update --from c.csv --max-errors 1 --jobs 1 --rejects left.csv")
    assert code == 7, err
    assert "would be added a second time; left.csv has the others" in err
    left = (tmp_path / "left.csv").read_text().splitlines()
    assert [row.split(",")[0] for row in left[1:]] == ["X", "B", "C"]
    assert [row.rsplit(",", 1)[1] for row in left[1:]] == ["vendor.not_found", "run.not_started", "run.not_started"]
    (tmp_path / "rest.csv").write_text((tmp_path / "left.csv").read_text().replace("X,1", "A,1"))
    assert run("update --from rest.csv --rejects none.csv")[0] == 0
    assert [len(order(run, name)["lines"]) for name in OTHERS] == [3, 2, 2]
    code, _, err = run("update --from c.csv")
    assert code == 7
    assert "would be added a second time; --rejects FILE keeps the others" in err


@pytest.mark.parametrize("fault", ["", "422*1+1@update"])
def test_what_was_done_by_id_is_not_left_in_the_rejects(
    fault: str, run: Run, made: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = "".join(f"{made[name]},100500,1,1\n" for name in OTHERS)
    (tmp_path / "c.csv").write_text(f"id,sku,quantity,price\n{rows}")
    with monkeypatch.context() as faulty:
        faulty.setenv("ORDERCTL_SANDBOX_FAULT", fault)
        code, _, err = run("update --from c.csv --rejects left.csv --jobs 1")
    left = (tmp_path / "left.csv").read_text().splitlines()[1:] if fault else []
    assert (code, len(left)) == ((7, 1) if fault else (0, 0)), err
    assert not fault or left[0].startswith(made["B"])
    assert fault or not (tmp_path / "left.csv").exists() or "left in" not in err


@pytest.mark.usefixtures("made")
def test_a_change_whose_answer_was_lost_is_not_made_a_second_time(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "c.csv").write_text("reference,sku,quantity,price\nA,100500,1,1\nB,100500,1,1\n")
    with monkeypatch.context() as fault:
        fault.setenv("ORDERCTL_SANDBOX_FAULT", "commit-then-drop")
        code, out, err = run("update --from c.csv --jobs 1 --rejects left.csv -o json")
    assert code == 8, err
    assert sorted(outcomes(out).values()) == ["unknown", "updated"]
    assert (tmp_path / "left.csv").read_text().count("\n") == 1, "one in doubt is not left to do"
    unknown = next(name for name, outcome in outcomes(out).items() if outcome == "unknown")
    (tmp_path / "c.csv").write_text(f"reference,sku,quantity,price\n{unknown},100500,1,1\n")
    code, out, _ = run("update --from c.csv -o json")
    assert (code, list(outcomes(out).values())) == (0, ["unchanged"])
    assert [len(order(run, name)["lines"]) for name in OTHERS] == [2, 2, 1]


def test_lines_whose_sku_the_order_does_not_show_are_replaced_again_after_a_lost_request(
    run: Run, made: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    command = f"update {made['A']} --replace-lines --yes --line sku=OTHER,quantity=2,price=102 -o json"
    with monkeypatch.context() as fault:
        fault.setenv("ORDERCTL_SANDBOX_FAULT", "lost-before@update")
        assert run(command)[0] == 8
    code, out, _ = run(command)
    assert (code, json.loads(out)["outcome"]) == (0, "updated"), "nothing shows whether the SKU is another one"


@pytest.mark.parametrize("again", ["update ID --note 'ring twice'", "update --from c.csv"])
def test_a_note_whose_answer_was_lost_is_not_added_a_second_time(
    again: str, run: Run, made: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "c.csv").write_text(f"id,note\n{made['A']},ring twice\n")
    with monkeypatch.context() as fault:
        fault.setenv("ORDERCTL_SANDBOX_FAULT", "commit-then-drop")
        assert run(again.replace("ID", made["A"]))[0] == 8
    code, out, err = run(again.replace("ID", made["A"]))
    assert (code, "it was not sent again" in out + err) == (8, True)
    assert run(f"comments {made['A']} -o json")[1].count("ring twice") == 1


@pytest.mark.parametrize("typed", ["push ID --to Delivered", "cancel ID --yes", "update ID --phone 1"])
def test_one_write_is_kept_in_the_file_of_results_too(
    typed: str, run: Run, made: dict[str, str], tmp_path: Path
) -> None:
    assert run(f"{typed} --results r.jsonl --jobs 2 --max-errors 3".replace("ID", made["A"]))[0] == 0
    assert run(f"{typed} --results r.jsonl".replace("ID", "999"))[0] == 5
    kept = [json.loads(line) for line in (tmp_path / "r.jsonl").read_text().splitlines()]
    assert [(one["id"], one["outcome"] == "failed") for one in kept] == [(made["A"], False), ("999", True)]


def test_without_a_reference_field_a_file_cannot_name_orders_by_it(run: Run, tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("reference,set.order_date\nA,2026-03-09\n")
    code, _, err = run("update --from c.csv -p bare-qince")
    assert code in {2, 3, 10}
    assert "reference_field" in err


def test_other_vendors_take_a_file_of_changes(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = make(run, "flyerlink", "OLD", tmp_path, monkeypatch)
    (tmp_path / "c.csv").write_text(f"id,set.reference\n{old},NEW\n")
    code, out, err = run("update --from c.csv -o json")
    assert code == 0, err
    assert outcomes(out) == {"NEW": "updated"}
    assert run("get --reference NEW -o ids")[1] == f"{old}\n"
    assert cli.run(["update", "--from", "c.csv", "-p", "sandbox-imonggo"]) == 10


def test_what_was_begun_and_has_no_result_is_left_to_do_but_where_the_run_was_broken_off() -> None:
    class Batch:
        refused = 0

        def __init__(self) -> None:
            self.left: list[str] = []

        def __iter__(self) -> Iterator[Prepared]:
            keys = (OrderKey(id="a"), OrderKey(id="b"), OrderKey(reference="R-1"))
            return iter([Prepared(verb="update", key=key) for key in keys])

        def refuse(self, name: str, reason: str, code: str) -> None:
            self.left.append(name)

        def end_rejects(self) -> None:
            pass

    def run(end: str) -> list[str]:
        batch = Batch()
        refused = bulk.RejectedOrders(cast("Any", None), cast("Any", batch), "r.csv", all_left=True)

        def change(prepared: Prepared) -> Result:
            if prepared.key == OrderKey(id="b"):
                raise Interrupted("Ctrl-C", signal=2)
            return Result(verb="update", outcome=Outcome.UPDATED, id="a", reference="R-1")

        do = refused.noting(change)
        orders = list(batch)
        refused.note(do(orders[0]))
        with pytest.raises(Interrupted):
            do(orders[1])
        getattr(refused, end)()
        return batch.left

    assert run("end") == ["order 'b'", "reference 'R-1'"], "b was read, and not sent: Ctrl-C came; a is R-1 now"
    assert run("leave") == ["reference 'R-1'"], "b may be under way"


@pytest.mark.parametrize(
    "typed",
    [
        "create --from c.csv --trace FILE", "update --from c.csv --trace FILE", "update ID --from c.json --trace FILE",
        "update --from c.csv --skip-invalid --rejects r.csv --trace FILE", "cancel ID --yes --results r --trace FILE",
        "push ID --to New --results r --trace FILE", "list --trace FILE", "create --from c.csv --results FILE",
        "update --from c.csv --skip-invalid --rejects FILE",
        "push ID --to New --results FILE", "cancel ID --yes --results FILE", "update ID --note x --results FILE",
    ],
)  # fmt: skip
def test_no_file_of_a_command_is_written_over_by_its_trace_or_results(
    typed: str, run: Run, made: dict[str, str], tmp_path: Path
) -> None:
    journal = tmp_path / "state" / "journal.sqlite"
    (tmp_path / "c.csv").write_text("reference,note\nA,one\n")
    (tmp_path / "c.json").write_text('{"note": "one"}')
    words = typed.split()
    option = words[-2]
    files = [words[words.index(one) + 1] for one in ("--from", "--rejects", "--results") if one in words[:-2]]
    for name in ([f"./{file}" for file in files] if option == "--trace" else []) + [str(journal)]:
        before = {path: path.read_bytes() for path in tmp_path.glob("c.*")}
        code, _, err = run(typed.replace("ID", made["A"]).replace("FILE", name))
        assert code == 2, err
        assert f"{option} {name} is " in err
        assert before == {path: path.read_bytes() for path in tmp_path.glob("c.*")}
    assert run("journal show A -o json")[0] == 0, "the journal is whole"


def test_a_device_may_be_both_the_trace_and_the_results(run: Run, made: dict[str, str], tmp_path: Path) -> None:
    assert run(f"push {made['A']} --to Delivered --results /dev/null --trace /dev/null")[0] == 0
    (tmp_path / "file").touch()
    code, _, err = run(f"push {made['A']} --to New --trace file/trace")
    assert (code, "--trace file/trace: cannot be written" in err) == (2, True)


@pytest.mark.parametrize("command", ["create", "update"])
def test_secrets_on_standard_input_are_not_file_of_orders_by_any_name(command: str, run: Run) -> None:
    for name in ("-", "/dev/stdin"):
        code, out, err = run(f"{command} --from {name} --secrets-stdin -p sandbox-onebox")
        assert (code, out) == (2, "")
        assert f"--from {name} and --secrets-stdin both need standard input" in err
