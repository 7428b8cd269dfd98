"""What a file needs to be opened is named where it is missing: a sheet, an encoding, a mapping of one's own."""

import tomllib
from pathlib import Path

import pytest
from xlsxwriter import Workbook  # type: ignore[import-untyped]

from orderctl.cli import lazy as cli

ROWS = (("Order No", "SKU", "Qty", "Unit price"), ("A1", "P", 1, 2.5))


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of one's own mappings, which is empty."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.delenv("ORDERCTL_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / ".config" / "orderctl" / "mappings"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def book(own: Path, tmp_path: Path) -> str:
    """Return a workbook whose first sheet explains the second one."""
    del own
    with Workbook(tmp_path / "book.xlsx") as made:
        made.add_worksheet("Read me").write_column(0, 0, ["Export of the shop", "Name: see below"])
        orders = made.add_worksheet("Orders Nov")
        for at, row in enumerate(ROWS):
            orders.write_row(at, 0, row)
    return "book.xlsx"


def test_the_sheet_with_headings_is_suggested(book: str, own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["mapping", "suggest", book]) == 0
    made = capsys.readouterr()
    assert tomllib.loads(made.out)["file"] == {"sheet": "Orders Nov"}
    assert "the sheet 'Orders Nov' was read; there is also 'Read me'" in made.err
    (own / "mine.toml").write_text(made.out, encoding="utf-8")
    assert cli.run(["mapping", "try", book, "--map", "mine", "-o", "jsonl"]) == 0
    assert '"reference":"A1"' in capsys.readouterr().out


def test_another_sheet_is_named_and_a_mapping_that_reads_it(
    book: str, own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["mapping", "try", book]) == 2
    said = capsys.readouterr().err
    assert "hint: the sheet 'Read me' was read; there is also 'Orders Nov': set sheet = 'Orders Nov' in [file]" in said
    assert "or --map" not in said
    (own / "mine.toml").write_text('[file]\nsheet = "Orders Nov"\n[order]\nreference = "Order No"\n', encoding="utf-8")
    assert cli.run(["mapping", "try", book]) == 2
    assert "; or --map mine, which says the sheet (or mapping = 'mine' in the profile)" in capsys.readouterr().err


def test_where_no_sheet_is_understood_nothing_is_advised_that_was_done(
    own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    del own
    with Workbook("book.xlsx") as made:
        for name in ("One", "Two"):
            made.add_worksheet(name).write_column(0, 0, ["x1", "y1"])
    assert cli.run(["mapping", "suggest", "book.xlsx"]) == 2
    said = capsys.readouterr().err
    assert "hint: the sheet 'One' was read; there is also 'Two'" in said
    assert "orderctl mapping suggest" not in said


def test_a_mapping_that_says_the_encoding_is_named(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("export.csv").write_bytes("Order No,SKU,Qty\nA1,Stück,1\n".encode("cp1252"))
    (own / "mine.toml").write_text('[file]\nencoding = "cp1252"\n[order]\nreference = "Order No"\n', encoding="utf-8")
    assert cli.run(["mapping", "try", "export.csv"]) == 2
    assert "; or --map mine, which says the encoding (or mapping = 'mine' in the profile)" in capsys.readouterr().err
    (own / "mine.toml").write_text("[file", encoding="utf-8")
    assert cli.run(["mapping", "try", "export.csv"]) == 2
    assert "is not utf-8" in capsys.readouterr().err


def test_a_command_line_that_is_advised_repeats_how_the_file_is_opened(
    own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    del own
    Path("export.dat").write_bytes("Order No;SKU;Qty\nA1;Stück;1\n".encode("cp1252"))
    how = ["--format", "csv", "--encoding", "cp1252", "--delimiter", ";"]
    assert cli.run(["mapping", "try", "export.dat", *how]) == 2
    said = capsys.readouterr().err
    assert "orderctl mapping suggest export.dat --format csv --encoding cp1252 --delimiter ';'\n" in said
    assert cli.run(["mapping", "suggest", "export.dat", *how]) == 0
    assert "orderctl mapping try export.dat --map FILE.toml --format csv\n" in capsys.readouterr().err
