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


def test_warnings_about_a_file_s_orders_are_reported_and_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("reference,phone\n" + "".join(f"R-{n},380639370442\n" for n in range(23)))
    assert cli.run(["create", "--from", str(path), "--dry-run"]) == 0
    said = capsys.readouterr().err
    assert "row 2, no first name (--customer-name): some boxes refuse such an order\n" in said
    assert said.count("no first name") == 20
    assert "… and 3 more warnings\n" in said


def test_columns_reads_what_is_named_and_headings_that_are_exactly_ours(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("InvoiceNo,Status,Email,phone,title\nR-1,Cancelled,ann@example.com,380639370442,Cups\n")
    command = ["create", "--from", str(path), "--columns", "reference=InvoiceNo,title=title", "--customer-name", "Ann"]
    assert cli.run([*command, "--dry-run"]) == 0
    out, err = capsys.readouterr()
    assert "not read: Status (did you mean status?), Email (did you mean email?)\n" in err
    assert "also read, as the heading is ours: phone\n" in err
    assert "Cancelled" not in out
    assert "ann%40example.com" not in out
    assert "380639370442" in out
    assert cli.run([*command, "-q"]) == 0
    assert capsys.readouterr() == ("", "")


def test_a_line_that_a_mapping_divides_is_a_note(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, own = tmp_path / "orders.csv", tmp_path / "own.toml"
    path.write_text("No,Art,Pcs,Sum\nR-1,CUP-1,6,81.80\n")
    own.write_text(
        '[order]\nreference = "No"\ncustomer_name = { value = "Ann" }\nemail = { value = "ann@example.com" }\n'
        '[line]\nsku = "Art"\nquantity = "Pcs"\ntotal = "Sum"\nuneven = "split"\n'
    )
    command = ["create", "--from", str(path), "--map", str(own)]
    assert cli.run([*command, "--dry-run"]) == 0
    assert "order R-1, row 2: CUP-1 is sent as 2 x 13.64 and 4 x 13.63\n" in capsys.readouterr().err
    assert cli.run([*command, "-q"]) == 0
    assert capsys.readouterr() == ("", "")


def test_a_dry_run_writes_no_rejects_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, rejects = tmp_path / "orders.csv", tmp_path / "rejects.csv"
    path.write_text("reference,customer_name,email,sku,quantity\nR-1,Ann,ann@example.com,A,1\nR-2,Bob,b@x.org,A,0\n")
    command = ["create", "--from", str(path), "--skip-invalid", "--rejects", str(rejects)]
    assert cli.run([*command, "--dry-run"]) == 7
    assert f"1 of 2 orders are left out; without --dry-run they are written to {rejects}\n" in capsys.readouterr().err
    assert not rejects.exists()
    assert cli.run(command) == 7
    assert "R-2" in rejects.read_text()
    assert cli.run([*command, "--dry-run"]) == 2, "as without --dry-run: it holds orders of an earlier run"


def test_a_dry_run_names_the_orders_that_exist_with_other_content(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "orders.csv"
    rows = [f"R-{n},Ann,ann@example.com\n" for n in range(3)]
    path.write_text("reference,customer_name,email\n" + "".join(rows))
    assert cli.run(["create", "--from", str(path)]) == 0
    path.write_text(
        "reference,customer_name,email\n" + "".join(rows).replace("R-1,Ann", "R-1,Bob") + "R-4,Ann,a@x.org\n"
    )
    capsys.readouterr()
    assert cli.run(["create", "--from", str(path), "--dry-run"]) == 0
    assert (
        "created before, as far as the journal of this machine knows: 3\n"
        "of these with other content, or cancelled, so that a create is a conflict: 1 (R-1)\n"
    ) in capsys.readouterr().out
