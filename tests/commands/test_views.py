"""--wide and --bom: what list, get and lines make of them."""

from pathlib import Path

import pytest

from orderctl.cli import lazy as cli

MAKE = [
    "create", "-p", "sandbox-onebox", "--reference", "R-1", "--customer-name", "Ann", "--email", "a@example.com",
    "--title", "A title that has no room beside all the other columns", "--line", "name=Chair,quantity=1,price=1",
]  # fmt: skip
READS = (["list"], ["get", "--reference", "R-1"], ["lines", "--reference", "R-1"])


@pytest.fixture(autouse=True)
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERCTL_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("ORDERCTL_PROFILE", "sandbox-onebox")
    monkeypatch.delenv("ORDERCTL_CONFIG", raising=False)


@pytest.mark.parametrize("args", READS, ids=lambda args: args[0])
def test_a_byte_order_mark_is_for_csv(args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(MAKE) == 0
    capsys.readouterr()
    assert cli.run([*args, "-o", "csv", "--bom"]) == 0
    assert capsys.readouterr().out.startswith("\ufeff")
    assert cli.run([*args, "--bom"]) == 2
    assert "add -o csv" in capsys.readouterr().err


@pytest.mark.parametrize("args", READS, ids=lambda args: args[0])
def test_wide_shows_on_a_terminal_what_is_left_out(
    args: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli.run(MAKE) == 0
    capsys.readouterr()
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    shown = []
    for more in ([], ["--wide"]):
        assert cli.run([*args, *more]) == 0
        shown.append(capsys.readouterr().out)
    narrow, wide = shown
    assert len(wide) > len(narrow)
    left_out = {"list": "all the other columns", "get": "managerid", "lines": "SKU"}[args[0]]
    assert left_out in wide
    assert left_out not in narrow
