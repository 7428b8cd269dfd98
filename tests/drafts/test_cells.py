import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from orderctl.cells import neutralise, restore

FORMULAS = (
    "=1+1",
    "+380639370442",
    "@SUM(A1)",
    "-cmd|' /C calc'!A0",
    "\t=1",
    "\r=1",
    "\n=1",
    "  =1",
    "\uff1d1",
    "\ufeff=1",
)


@given(st.text(alphabet=st.sampled_from("'=+-@\t\r\n 19.aÄ\uff1d\ufeff")) | st.text())
@example("'=1")
@example("''-12.50")
@example("'")
def test_what_is_neutralised_is_restored(text: str) -> None:
    assert restore(neutralise(text)) == text


@given(st.text(alphabet=st.sampled_from("'=+-@\t\r\n 19.aÄ\uff1d")))
def test_nothing_dangerous_is_written(text: str) -> None:
    cell = neutralise(text)
    assert not cell.startswith(("\t", "\r", "\n"))
    assert not cell.lstrip().startswith(("=", "+", "@", "\uff1d"))
    assert not cell.lstrip().startswith("-") or float(cell) <= 0


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_gets_an_apostrophe(text: str) -> None:
    assert neutralise(text) == "'" + text


@pytest.mark.parametrize(
    "text", ["-12.50", "-1", "-0.5", "12", "0012", "a=b", "", " ", "'Twas", "rock 'n' roll", "5-6"]
)
def test_numbers_and_harmless_texts_stay(text: str) -> None:
    assert neutralise(text) == text
    assert restore(text) == text


@pytest.mark.parametrize("text", ["-1+1", "-1e5", "-0012", "-12,50", "-1|x", "--1"])
def test_what_only_looks_like_a_number_is_guarded(text: str) -> None:
    assert neutralise(text) == "'" + text


@given(st.lists(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0")), min_size=1, max_size=4))
def test_cells_survive_a_csv_file(texts: list[str]) -> None:
    written = io.StringIO(newline="")
    csv.writer(written).writerow([neutralise(t) for t in texts])
    (row,) = csv.reader(io.StringIO(written.getvalue(), newline=""))
    assert [restore(c) for c in row] == texts
