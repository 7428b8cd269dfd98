"""How a command names orders: an ID is the vendor's id and nothing else; --reference is the caller's own number."""

import io
import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orderctl.backend import registry
from orderctl.backend.vendor import Capability
from orderctl.cli import lazy as cli

VERBS = {
    "flyerlink": ("update NAME --set package.code=P1", "lines NAME"),
    "imonggo": ("lines NAME", "cancel NAME --reason twice --yes"),
    "omflow": ("steps NAME", "update NAME --file note.txt", "push NAME", "cancel NAME --yes"),
    "onebox": (
        "update NAME --note x", "lines NAME", "steps NAME", "comments NAME", "push NAME --to Delivered",
        "cancel NAME --yes",
    ),
    "qince": (
        "update NAME --set order_date=2026-03-09", "lines NAME", "steps NAME", "push NAME --by 7007385368014262146",
    ),
}  # fmt: skip
"""What a user types for each verb that takes an order; NAME is its id, or --reference R."""

TAKES_ORDER = {
    Capability.UPDATE, Capability.CANCEL, Capability.PUSH, Capability.LINES, Capability.STEPS, Capability.COMMENTS,
}  # fmt: skip

TELLS = {"imonggo", "omflow", "onebox"}
"""The vendors where one request tells whose reference a text is; Qince with an operator for `equal`, too."""

EACH = [(vendor, typed) for vendor, verbs in VERBS.items() for typed in verbs]

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run commands in a sandbox of their own: `run("get 5")` returns its exit code, output and messages."""
    config = tmp_path / "config.toml"
    config.write_text(
        '[profiles.bare-qince]\nvendor = "qince"\nurl = "https://openapi.qince.com"\n'
        '[profiles.bare-omflow]\nvendor = "omflow"\nurl = "https://omflow.example.com"\nflow = "orderdesk"\n'
    )
    (tmp_path / "note.txt").write_text("a note")
    monkeypatch.setenv("ORDERCTL_CONFIG", str(config))
    monkeypatch.setenv("ORDERCTL_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)

    def runs(typed: str, *more: str) -> tuple[int, str, str]:
        code = cli.run([*shlex.split(typed), *more])
        out, err = capsys.readouterr()
        return code, out, err

    return runs


def make(run: Run, vendor: str, reference: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Make the vendor's example under a reference, and return its id."""
    monkeypatch.setenv("ORDERCTL_PROFILE", f"sandbox-{vendor}")
    order = json.loads(run("template")[1])
    (tmp_path / "order.json").write_text(json.dumps({**order, "reference": reference}))
    code, out, err = run("create --from order.json -o ids")
    assert code == 0, err
    return out.strip()


def orders(run: Run) -> list[dict[str, Any]]:
    """Return all orders; a server that works through a queue has come to its end by the third list."""
    found: list[dict[str, Any]] = [json.loads(run("list --all -o json")[1])["orders"] for _ in range(3)][-1]
    return found


def test_the_table_has_every_verb() -> None:
    for name, verbs in VERBS.items():
        assert {typed.split(maxsplit=1)[0] for typed in verbs} == {
            c.command for c in registry.vendor(name).capabilities & TAKES_ORDER
        }


@pytest.mark.parametrize("vendor,typed", EACH)
def test_a_reference_names_an_order(
    vendor: str, typed: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = make(run, vendor, "R 1", tmp_path, monkeypatch)
    make(run, vendor, "R-2", tmp_path, monkeypatch)
    code, out, err = run(typed.replace("NAME", "--reference 'R 1'"), "-o", "json")
    assert code == 0, err
    if "result" in out[:40]:
        assert (json.loads(out)["id"], json.loads(out)["reference"]) == (order_id, "R 1")


@pytest.mark.parametrize("vendor,typed", EACH)
def test_a_reference_in_a_dry_run(
    vendor: str, typed: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The request itself, with a hole for the id that only the vendor knows; an OMFlow push names a row by its id."""
    make(run, vendor, "R-1", tmp_path, monkeypatch)
    code, out, err = run(typed.replace("NAME", "--reference R-9"), "-n", "-o", "json")
    assert code == 0, err
    requests = json.loads(out)["requests"]
    if typed.split(maxsplit=1)[0] in {"cancel", "push", "update"}:
        holes = ("<id>", "%3Cid%3E", "<data_id>")
        assert any(hole in f"{r['url']} {r['body']}" for r in requests for hole in holes)


@pytest.mark.parametrize("vendor,typed", [*EACH, *((vendor, "get NAME") for vendor in VERBS)])
def test_an_id_is_not_a_reference(
    vendor: str, typed: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A number that no order has as its id, and one as its reference, changes nothing and says whose it is."""
    owner = make(run, vendor, "999999999", tmp_path, monkeypatch)
    before = orders(run)
    code, _, err = run(typed.replace("NAME", "999999999"))
    assert code == 5
    assert orders(run) == before
    if vendor in TELLS and typed.split(maxsplit=1)[0] in {"cancel", "push", "update"}:
        assert f"it is the reference of order {owner}" in err
    assert f"orderctl get --reference 999999999 -p sandbox-{vendor}" in err or (
        f"orderctl get -p sandbox-{vendor} --reference 999999999" in err
    )


def test_the_id_of_an_order_that_is_gone_cancels_no_other(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = make(run, "onebox", "R-1", tmp_path, monkeypatch)
    other = make(run, "onebox", gone, tmp_path, monkeypatch)
    assert run(f"cancel {gone} --yes")[0] == 0
    code, out, _ = run(f"cancel {gone} --yes")
    assert (code, "it was cancelled already" in out) == (0, True), "the journal knows it"
    assert run("list -o ids")[1] == f"{other}\n"
    code, _, err = run(f"update {gone} --note x")
    assert code == 5
    assert f"it is the reference of order {other}" in err
    assert run(f"cancel --reference {gone} --yes")[0] == 0
    assert run("list -o ids")[1] == ""


def test_get_shows_orders_by_their_references(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [make(run, "onebox", reference, tmp_path, monkeypatch) for reference in ("A", "B")]
    assert run("get --reference B --reference A -o ids")[:2] == (0, f"{ids[1]}\n{ids[0]}\n")
    code, out, _ = run("get --reference A --reference X -o json")
    assert code == 7
    assert [order["id"] for order in json.loads(out)["orders"]] == ids[:1]
    assert "no order with the reference 'X'" in json.loads(out)["errors"][0]["message"]


def test_many_are_cancelled_by_their_references(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [make(run, "onebox", reference, tmp_path, monkeypatch) for reference in ("A", "B", "C")]
    code, out, _ = run("cancel --reference A --reference X --reference C --yes -o json")
    assert code == 7
    results = [(r["outcome"], r["id"], r["reference"]) for r in json.loads(out)["results"]]
    assert results == [("cancelled", made[0], "A"), ("failed", None, "X"), ("cancelled", made[2], "C")]
    assert run("list -o ids")[1] == f"{made[1]}\n"


@pytest.mark.parametrize("typed", ["get NAME", "push NAME --to Delivered", "cancel NAME --yes", *VERBS["onebox"][:4]])
@pytest.mark.parametrize(
    "name, told",
    [
        ("", "no order is named"),
        ("5 --reference R", "name orders by ID or by --reference, not by both"),
        ("--reference ''", "a reference is empty"),
        ("--reference ' '", "a reference is empty"),
        ("''", "an id is empty"),
    ],
)
def test_an_order_is_named_in_one_way(
    typed: str, name: str, told: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDERCTL_PROFILE", "sandbox-onebox")
    code, out, err = run(typed.replace("NAME", name))
    assert (code, out) == (2, "")
    assert told in err


@pytest.mark.parametrize("typed", VERBS["onebox"][:4])
def test_what_takes_one_order_takes_one_reference(typed: str, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERCTL_PROFILE", "sandbox-onebox")
    code, _, err = run(typed.replace("NAME", "--reference A --reference B"))
    assert code == 2
    assert "--reference is given 2 times; this command takes one order" in err


@pytest.mark.parametrize(
    "typed",
    [
        *(f"{typed} -p bare-qince" for typed in VERBS["qince"]),
        *(f"{typed} -p bare-omflow" for typed in VERBS["omflow"]),
        "get NAME -p bare-qince",
    ],
)
def test_without_a_reference_field_a_reference_is_refused(typed: str, run: Run) -> None:
    code, _, err = run(typed.replace("NAME", "--reference R-1"))
    assert code in {3, 10}
    assert "reference_field" in err


@pytest.mark.parametrize("vendor, order", [("flyerlink", "lines"), ("qince", "lines")])
def test_update_takes_a_new_reference_by_set(
    vendor: str, order: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make(run, vendor, "OLD", tmp_path, monkeypatch)
    code, out, err = run("update --reference OLD --set reference=NEW -o json")
    assert code == 0, err
    assert (json.loads(out)["id"], json.loads(out)["reference"]) == (made, "NEW")
    assert run("get --reference NEW -o ids")[1] == f"{made}\n"
    assert run(f"{order} --reference OLD")[0] == 5
    (tmp_path / "patch.json").write_text('{"set": {"reference": "THIRD"}}')
    assert run("update --reference NEW --from patch.json")[0] == 0
    assert run("get --reference THIRD -o ids")[1] == f"{made}\n"
    assert run("update --reference THIRD --set reference=")[0] == 2


@pytest.mark.parametrize("vendor", ["omflow", "onebox"])
def test_where_a_reference_cannot_be_changed_that_is_reported(
    vendor: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(run, vendor, "OLD", tmp_path, monkeypatch)
    code, _, err = run("update --reference OLD --set reference=NEW")
    assert code == 2
    assert "--set reference: " in err
    assert run("get --reference OLD -o ids")[0] == 0


def test_several_orders_with_a_reference_are_not_changed(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [make(run, "flyerlink", reference, tmp_path, monkeypatch) for reference in ("A", "B")]
    assert run("update --reference B --set reference=A")[0] == 0
    before = orders(run)
    for typed in ("update --reference A --set reference=C", "lines --reference A", "get --reference A"):
        code, _, err = run(typed)
        assert code == 6
        assert f"2 orders have the reference 'A': {', '.join(sorted(made))}" in err
    assert orders(run) == before


@pytest.mark.parametrize(
    "typed, way",
    [
        *((verb, way) for verb in ("push --to Delivered", "cancel --yes") for way in ("ids", "references", "-")),
        ("update --note x", "-"),
        ("update", "file"),
    ],
)
def test_more_than_a_hundred_orders_need_a_number(
    typed: str, way: str, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ORDERCTL_PROFILE", "sandbox-onebox")

    def many(number: int, *more: str) -> tuple[int, str, str]:
        names = [str(n) for n in range(1, number + 1)]
        listed = tmp_path / "ids"
        listed.write_text("\n".join(names))
        (tmp_path / "changes.csv").write_text("id,note\n" + "".join(f"{name},x\n" for name in names))
        words = {
            "ids": names,
            "references": [word for name in names for word in ("--reference", name)],
            "-": ["-"],
            "file": ["--from", "changes.csv"],
        }
        with listed.open() as given, monkeypatch.context() as patch:
            patch.setattr("sys.stdin", given)
            return run(typed, *words[way], *more, "-n")

    code, out, err = many(101)
    assert (code, out) == (2, "")
    assert "this would change 101 orders; more than 100 need --max-affected; nothing was sent" in err
    assert "add --max-affected 101" in err
    code, out, err = many(101, "--max-affected", "100")
    assert (code, out) == (2, "")
    assert "more than --max-affected 100" in err
    assert many(3, "--max-affected", "2")[0] == 2
    assert many(101, "--max-affected", "101")[0] == 0
    assert many(100)[0] == 0
    assert many(1, "--max-affected", "all")[0] == 2


@pytest.mark.parametrize("vendor", sorted(registry.VENDORS))
def test_what_an_unknown_id_is_advised_to_do_is_not_a_list_of_the_same_number(
    run: Run, vendor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDERCTL_PROFILE", f"sandbox-{vendor}")
    for typed in ("get NAME", *VERBS[vendor]):
        code, _, err = run(typed.replace("NAME", "999"))
        assert code == 5, err
        assert "list --reference" not in err
        assert "hint: " in err


def test_a_dry_run_of_several_references_says_which_they_are(run: Run) -> None:
    _, out, _ = run("cancel --reference A --reference B --dry-run -p sandbox-onebox --yes")
    assert out.startswith("the requests of 2 orders (A, B), in this order; <id> is the id of each\n\n")
    assert "the requests of" not in run("cancel --reference A --dry-run -p sandbox-onebox --yes")[1]


@pytest.mark.parametrize(
    "typed",
    [
        "cancel - --yes", "push - --to Delivered", "update - --note x", "get -", "get 1 -", "events ack -",
        "journal show -", "journal resolve - --absent", "journal reconcile -",
    ],
)  # fmt: skip
def test_secrets_on_standard_input_are_never_taken_for_ids(
    run: Run, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    given = io.StringIO('{"login": "sandbox", "password": "canary-6e1f"}')
    monkeypatch.setattr("sys.stdin", given)
    code, out, err = run(typed, "--secrets-stdin", "-p", "sandbox-onebox")
    assert (code, out) == (2, ""), err
    assert "the ids and --secrets-stdin both need standard input" in err
    assert "canary" not in err
    assert not given.tell(), "nothing was read"


@pytest.mark.parametrize(
    "typed, hint",
    [
        ("create --form a.csv", "did you mean '--format' or '--from'?"),
        ("create --ref R-1", "did you mean '--reference'?"),
        ("create a.csv", "did you mean a file? It is read with --from FILE"),
        ("get --qq 1", "see: orderctl get --help"),
    ],
)
def test_a_slip_in_an_option_gets_the_nearest_one(typed: str, hint: str, run: Run) -> None:
    code, _, err = run(typed)
    assert (code, err.splitlines()[1].strip()) == (2, f"hint: {hint}")
