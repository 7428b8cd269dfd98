"""`create` without anything on a terminal: it asks for what the vendor requires, and sends nothing without a yes."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from orderctl.cli import lazy as cli

Asked = Callable[..., tuple[int, str, str]]

ANSWERS = {
    "flyerlink": ["R-1", "HOTEST", "LEGA54V", "Poster", "500", ""],
    "imonggo": ["R-1", "12806", "24", "", ""],
    "omflow": ["R-1", "Lamp", "3", "", ""],
    "onebox": ["R-1", "Ann", "ann@example.com", "100500", "Mug, large", "2", "10.50", ""],
    "qince": ["R-1", "6928823652322085688", "5279580533528147536", "6", "19.50", "5722517964131842984", ""],
}
"""What a person types for an order of each vendor, up to the question whether to send it."""


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Asked:
    """Run a command on a terminal whose user types some lines."""
    monkeypatch.setenv("ORDERCTL_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NO_COLOR", "1")
    for name in ("ORDERCTL_CONFIG", "ORDERCTL_NO_INPUT", "ORDERCTL_PROFILE", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)

    def ran(vendor: str, *args: str, answers: list[str], terminal: bool = True) -> tuple[int, str, str]:
        stdin = io.StringIO("".join(f"{line}\n" for line in answers))
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdin", stdin)
            patch.setattr(stdin, "isatty", lambda: terminal, raising=False)
            patch.setattr(sys.stderr, "isatty", lambda: terminal, raising=False)
            code = cli.run([*args, "-p", f"sandbox-{vendor}"])
        return code, *capsys.readouterr()

    return ran


def orders(asked: Asked, vendor: str) -> list[str]:
    """Return the references of the orders at the vendor."""
    rows = asked(vendor, "list", "-o", "jsonl", answers=[])[1].splitlines()
    return [json.loads(row)["reference"] for row in rows]


@pytest.mark.parametrize("vendor", sorted(ANSWERS))
def test_an_order_is_asked_for_shown_and_sent_after_a_yes(asked: Asked, vendor: str) -> None:
    code, out, err = asked(vendor, "create", answers=[*ANSWERS[vendor], "maybe", "yes"])
    assert code == 0, err
    assert "created (reference R-1" in out
    shown, question, after = err.partition("Send this order? [y/N] ")
    assert question
    assert "'maybe' is neither yes nor no" in after
    summary = shown.partition("orderctl: the order for ")[2]
    for answer in filter(None, ANSWERS[vendor]):
        assert f" {answer}" in summary
    assert orders(asked, vendor) == ["R-1"]


@pytest.mark.parametrize(
    "vendor, last", [("flyerlink", ""), ("imonggo", "n"), ("omflow", "NO"), ("onebox", None), ("qince", "no")]
)
def test_without_a_yes_nothing_is_sent(asked: Asked, vendor: str, last: str | None) -> None:
    code, out, err = asked(vendor, "create", answers=[*ANSWERS[vendor], *([] if last is None else [last])])
    assert (code, out) == (2, "")
    assert err.endswith("orderctl: no order was created: nothing was sent\n")
    assert orders(asked, vendor) == []
    assert asked(vendor, "journal", "list", "-o", "ids", answers=[])[1] == ""


@pytest.mark.parametrize(
    "vendor, answers",
    [("onebox", [""]), ("onebox", ["R-1", "", "", ""]), ("flyerlink", ["R-1", ""]), ("imonggo", ["R-1", ""]),
     ("imonggo", ["R-1", "12806", ""]), ("qince", ["R-1", "", ""]), ("qince", ["R-1", "", "5", "1", ""])],
)  # fmt: skip
def test_an_empty_answer_to_what_is_required_ends_it(asked: Asked, vendor: str, answers: list[str]) -> None:
    code, out, err = asked(vendor, "create", answers=[*answers, "y", "y", "y"])
    assert (code, out) == (2, "")
    assert err.endswith("orderctl: no order was created: nothing was sent\n")
    assert "Send this order?" not in err
    assert orders(asked, vendor) == []


def test_a_wrong_answer_is_asked_again_with_the_reason(asked: Asked) -> None:
    answers = ["R-1", "Ann", "nonsense", "ann@example.com", "MUG", "Mug", "two", "0", "2", "-1", "1", "", "y"]
    code, _, err = asked("onebox", "create", answers=answers)
    assert code == 0, err
    for reason in ("it has no @", "'two' is not a number", "must be above 0", "must not be below 0"):
        assert reason in err


def test_what_was_given_is_not_asked_for_in_another_way(asked: Asked) -> None:
    """OneBox needs a phone or an email: an email is enough, and without one the phone is required."""
    assert "Phone (" not in asked("onebox", "create", answers=ANSWERS["onebox"])[2]
    err = asked("onebox", "create", answers=["R-1", "Ann", ""])[2]
    assert "Phone (phone, best as 380XXXXXXXXX; a new order needs a phone or an email): " in err


def test_without_a_terminal_it_is_a_usage_error_as_before(asked: Asked) -> None:
    told = "orderctl: nothing to create\n  hint: give --email, --line …, or --from FILE; orderctl create --help\n"
    assert asked("onebox", "create", answers=ANSWERS["onebox"], terminal=False) == (2, "", told)
    assert asked("onebox", "create", "--no-input", answers=ANSWERS["onebox"]) == (2, "", told)


def test_any_option_of_an_order_means_that_nothing_is_asked(asked: Asked) -> None:
    code, _, err = asked("onebox", "create", "--reference", "R-1", answers=ANSWERS["onebox"])
    assert code == 2
    assert "OneBox needs a phone or an email" in err
    assert "Email (" not in err


def test_a_dry_run_asks_and_shows_the_request(asked: Asked) -> None:
    code, out, err = asked("onebox", "create", "--dry-run", answers=ANSWERS["onebox"])
    assert code == 0, err
    assert "ordercode=R-1" in out
    assert "Send this order?" not in err
    assert orders(asked, "onebox") == []
