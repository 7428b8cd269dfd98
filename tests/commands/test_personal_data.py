"""Traces and the journal's views go into tickets: they name no customer, unless --reveal is given."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from orderctl.cli import lazy as cli
from orderctl.personal import MASKED

Ran = Callable[..., tuple[int, str, str]]

NAME, EMAIL, PHONE, ADDRESS = "Quillfeather", "quill@private.example", "380507654321", "7 Hidden Lane"
PERSONAL = (NAME, EMAIL, "quill%40private.example", PHONE, ADDRESS, "7+Hidden+Lane")
CREATE = (
    "create", "--reference", "R-1001", "--customer-name", NAME, "--email", EMAIL, "--phone", PHONE, "--address",
    ADDRESS, "--note", f"call {NAME} at {PHONE}", "--line", "sku=MUG-7,name=Mug,quantity=2,price=10.50",
)  # fmt: skip


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ran:
    """Run a command in the sandbox, whose first order is that of the customer above."""
    monkeypatch.setenv("ORDERCTL_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("ORDERCTL_PROFILE", "sandbox-onebox")
    for name in ("ORDERCTL_CONFIG", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)

    def ran(*args: str) -> tuple[int, str, str]:
        code = cli.run([*args])
        return code, *capsys.readouterr()

    return ran


def named(text: str) -> list[str]:
    return [value for value in PERSONAL if value in text]


def test_a_trace_names_no_customer_and_keeps_what_a_report_needs(run: Ran, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    assert run(*CREATE, "--trace", str(trace))[0] == 0
    assert run("list", "--trace", str(trace))[0] == 0
    assert run("get", "--reference", "R-1001", "-o", "json", "--trace", str(trace))[1].count(NAME)
    assert run("api", "GET", "/api/orders/get/", "--set", f"clientemail={EMAIL}", "--trace", str(trace))[0] == 0
    text = trace.read_text()
    assert named(text) == []
    assert text.count(f"clientnamefirst={MASKED}") == 1
    assert [piece for piece in ("R-1001", "MUG-7", "10.50", "82806", "New") if piece not in text] == []


def test_a_trace_shows_customers_with_reveal(run: Ran, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    assert run(*CREATE, "--trace", str(trace), "--reveal")[0] == 0
    assert MASKED not in trace.read_text()
    assert {NAME, PHONE} <= {*named(trace.read_text())}


FORMATS = ("table", "json", "jsonl", "csv")


@pytest.fixture
def journal(run: Ran) -> Ran:
    """A journal of two orders."""
    run(*CREATE)
    other = [*CREATE]
    other[other.index("R-1001")] = "R-1002"
    other[other.index(EMAIL)] = f"other-{EMAIL}"
    run(*other)
    return run


@pytest.mark.parametrize("format", FORMATS)
def test_the_journal_names_no_customer(journal: Ran, format: str) -> None:  # noqa: A002  (the option's name)
    for args in (["journal", "list"], ["journal", "show", "R-1001"], ["journal", "show", "R-1001", "R-1002"]):
        code, out, err = journal(*args, "-o", format)
        assert code == 0
        assert named(out + err) == []
        assert "R-1001" in out
        assert "82806" in out


def test_the_journal_keeps_what_a_report_needs(journal: Ran) -> None:
    content = json.loads(journal("journal", "show", "R-1001", "-o", "json")[1])["content"]
    assert content["content"]["clientemail"] == content["wanted"]["customer"]["email"] == MASKED
    assert content["content"]["comments"] == f"call {MASKED} at {MASKED}"
    assert content["content"]["productArray"] == [{"articul": "MUG-7", "name": "Mug", "count": "2", "price": "10.50"}]
    assert content["content"]["ordercode"] == "R-1001"


@pytest.mark.parametrize("format", FORMATS[:3])
def test_the_journal_shows_customers_with_reveal(journal: Ran, format: str) -> None:  # noqa: A002
    out = journal("journal", "show", "R-1001", "--reveal", "-o", format)[1]
    assert MASKED not in out
    assert {NAME, EMAIL, PHONE, ADDRESS} <= {*named(out)}
