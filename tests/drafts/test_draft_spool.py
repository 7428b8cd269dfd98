import datetime as dt
import io
import os
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderctl import drafts
from orderctl.backend.prepared import Prepared
from orderctl.drafts.objects import JsonReader
from orderctl.drafts.rows import CsvReader
from orderctl.errors import Problem
from orderctl.frozen import replace
from orderctl.model import OrderDraft
from tests.drafts.preparing import Preparing

TWO = {
    "csv": "reference,sku\nA,1\nB,2\n",
    "json": '[{"reference":"A"},{"reference":"B"}]',
    "jsonl": '{"reference":"A"}\n{"reference":"B"}\n',
}


def stdin(text: str) -> io.BytesIO:
    return io.BytesIO(text.encode())


@pytest.mark.parametrize("kind", TWO)
def test_an_order_is_read_once_and_prepared_once(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: Counter[str] = Counter()
    reader: Any = CsvReader if kind == "csv" else JsonReader
    read = reader.draft

    def counted(self: Any, original: list[Any], faults: Any) -> OrderDraft:
        draft: OrderDraft = read(self, original, faults)
        calls[f"draft {draft.reference}"] += 1
        return draft

    def prepare(draft: OrderDraft) -> Prepared:
        calls[f"prepare {draft.reference}"] += 1
        return Prepared(verb="create", reference=draft.reference, row=draft.row)

    monkeypatch.setattr(reader, "draft", counted)
    with drafts.read("-", stdin=stdin(TWO[kind]), format=kind, zone=dt.UTC, prepare=prepare) as batch:
        assert [order.reference for order in batch] == ["A", "B"]
        assert [order.reference for order in batch] == ["A", "B"]
    assert calls == {"draft A": 1, "draft B": 1, "prepare A": 1, "prepare B": 1}


TEXT = st.text(st.characters(codec=None))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(TEXT, JSON, max_size=3), st.lists(TEXT, max_size=2))
def test_what_was_prepared_comes_back_as_it_was_but_for_its_draft(content: dict[str, Any], told: list[str]) -> None:
    made: dict[str, Any] = {"verb": "create", "content": content, "reference": "A", "row": 2, "warnings": tuple(told)}
    with drafts.read(
        "-",
        stdin=stdin("reference\nA\n"),
        format="csv",
        zone=dt.UTC,
        prepare=lambda draft: Prepared(**made, subject=draft),
    ) as batch:
        (found,) = batch
    assert replace(found, text=None) == Prepared(**made)
    assert found.as_text() == Prepared(**made).as_text()


def test_a_mapping_of_any_kind_is_kept_as_an_object() -> None:
    given = MappingProxyType({"line": MappingProxyType({"a": "1"})})
    with drafts.read(
        "-",
        stdin=stdin("reference\nA\n"),
        format="csv",
        zone=dt.UTC,
        prepare=lambda _: Prepared(verb="create", content=given),
    ) as batch:
        assert [order.content for order in batch] == [{"line": {"a": "1"}}]


@pytest.mark.parametrize("value", [Decimal("1.50"), dt.date(2026, 3, 9), b"x"])
def test_what_is_not_json_is_a_bug_that_names_itself(value: Any) -> None:
    with pytest.raises(TypeError, match=f"holds a {type(value).__name__}, which is not JSON"):
        drafts.read(
            "-",
            stdin=stdin("reference\nA\n"),
            format="csv",
            zone=dt.UTC,
            prepare=lambda _: Prepared(verb="create", content={"lines": [{"count": value}]}),
        )


def test_a_reference_that_comes_again_rejects_both_however_they_differ(tmp_path: Path) -> None:
    rejects = tmp_path / "rejects.csv"
    prepare = Preparing(find=lambda draft: (Problem("--title", "bad"),) if draft.title == "bad" else ())
    text = "reference,title\nA,\nB,bad\nC,\nA,bad\nB,\nA,\n"
    how: dict[str, Any] = {"format": "csv", "zone": dt.UTC, "skip_invalid": True, "rejects": rejects}
    with drafts.read("-", stdin=stdin(text), prepare=prepare, **how) as batch:
        assert [order.reference for order in batch] == ["C"]
        assert (batch.count, batch.rejected, batch.problem_count) == (1, 5, 4)
        assert [str(p).partition(";")[0] for p in batch.problems] == [
            "row 3, title: bad",
            "row 5, reference: 'A' is in row 2 and again in row 5",
            "row 6, reference: 'B' is in row 3 and again in row 6",
            "row 7, reference: 'A' is in row 2 and again in row 7",
        ]
    assert [draft.row for draft in prepare.drafts] == [2, 3, 4]
    assert [line.partition(";")[0] for line in rejects.read_text().splitlines()] == [
        "reference,title,reason,code",
        "A,,reference: 'A' is in row 2 and again in row 5",
        "B,bad,title: bad,usage.invalid",
        "A,bad,reference: 'A' is in row 2 and again in row 5",
        "B,,reference: 'B' is in row 3 and again in row 6",
        "A,,reference: 'A' is in row 2 and again in row 7",
    ]


LARGE = "reference,title\n" + "".join(f"R-{n},{'title ' * 200}\n" for n in range(3_000))


PRIVATE = """
import datetime, os
from orderctl import drafts
from orderctl.backend.prepared import Prepared
from orderctl.frozen import replace
def modes():
    paths = (f"/proc/self/fd/{fd}" for fd in os.listdir("/proc/self/fd"))
    return [oct(os.stat(p).st_mode & 0o777) for p in paths if os.path.realpath(p).startswith(os.environ["TMPDIR"])]
def prepare(draft):
    return Prepared(verb="create", content={"title": draft.title})
with drafts.read("-", format="csv", zone=datetime.UTC, prepare=prepare):
    print(modes(), os.listdir(os.environ["TMPDIR"]))
print(modes())
"""


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="the open files are looked up in /proc")
def test_the_spool_is_nobodys_business(tmp_path: Path) -> None:
    assert reading(LARGE, PRIVATE, TMPDIR=str(tmp_path)) == "['0o600'] []\n[]\n"


FULL = """
import datetime, resource
from orderctl import drafts
from orderctl.backend.prepared import Prepared
from orderctl.frozen import replace
from orderctl.errors import OrderctlError
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
def prepare(draft):
    return Prepared(verb="create", content={"title": draft.title})
try:
    drafts.read("-", format="csv", zone=datetime.UTC, prepare=prepare)
except OrderctlError as error:
    print(error.message, "|", error.hint)
"""


def test_a_full_disk_is_reported() -> None:
    told = reading(LARGE, FULL)
    assert told.startswith("the orders cannot be kept in a temporary file: ")
    assert told.endswith("; nothing was sent | set TMPDIR to another folder\n")


def reading(text: str, program: str, **environment: str) -> str:
    """Return what a Python program prints that reads orders from its standard input."""
    command = [sys.executable, "-W", "error", "-c", program]
    env = os.environ | {"PYTHONPATH": "."} | environment
    answer = subprocess.run(command, input=text, capture_output=True, text=True, check=True, env=env)
    assert answer.stderr == ""
    return answer.stdout


def test_a_run_that_is_broken_off_gives_the_file_back() -> None:
    with drafts.read("-", stdin=stdin("reference\nA\nB\n"), format="csv", zone=dt.UTC, prepare=Preparing()) as batch:
        orders = iter(batch)
        assert next(orders).reference == "A"
    del orders
