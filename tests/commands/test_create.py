"""`create`: what it says before it sends, in the sandbox."""

from pathlib import Path

import pytest

from orderctl.cli import lazy as cli


@pytest.fixture(autouse=True)
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERCTL_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.delenv("ORDERCTL_CONFIG", raising=False)
    monkeypatch.setenv("ORDERCTL_PROFILE", "sandbox-onebox")


def test_nothing_is_not_an_order(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["create"]) == 2
    assert capsys.readouterr().err == (
        "orderctl: nothing to create\n  hint: give --email, --line …, or --from FILE; orderctl create --help\n"
    )


def test_columns_that_are_not_read_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("InvoiceNo,emial,Junk\nR-1,ann@example.com,x\n")
    options = ["--columns", "reference=InvoiceNo", "--phone", "380639370442", "--customer-name", "Ann"]
    assert cli.run(["create", "--from", str(path), *options]) == 0
    assert "orderctl: not read: emial (did you mean email?), Junk\n" in capsys.readouterr().err


def test_a_file_without_orders_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("reference,email\n")
    assert cli.run(["create", "--from", str(path), "-q"]) == 0
    assert capsys.readouterr().err == ""
    for name, text in (
        ("empty.csv", ""),
        ("a.csv", "reference,email\n"),
        ("a.json", "[]"),
        ("a.json", ""),
        ("a.jsonl", ""),
    ):
        (tmp_path / name).write_text(text)
        assert cli.run(["create", "--from", str(tmp_path / name)]) == 0
        assert f"no orders in {tmp_path / name}" in capsys.readouterr().err


def test_warnings_about_a_file_s_orders_are_said_and_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("reference,phone\n" + "".join(f"R-{n},380639370442\n" for n in range(23)))
    assert cli.run(["create", "--from", str(path), "--dry-run"]) == 0
    said = capsys.readouterr().err
    assert "row 2, no first name (--customer-name): some boxes refuse such an order\n" in said
    assert said.count("no first name") == 20
    assert "… and 3 more warnings\n" in said
