"""`help layout`: its ten steps are the way of an order through the code, and it lists every folder."""

import re
import shlex
import sys
import threading
from functools import reduce
from importlib import import_module
from pathlib import Path
from types import CodeType, FrameType

import pytest

from orderctl import entry

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "orderctl/help/topics/layout.txt").read_text(encoding="utf-8")
STEPS = re.findall(r"^(?: ?\d+\.| {3}) (orderctl/\S+)\.py +([\w.]+)$", TEXT, re.MULTILINE)


def code_of(path: str, name: str) -> CodeType:
    """Return the code of a function that a step names."""
    found = reduce(getattr, name.split("."), import_module(path.replace("/", ".")))
    code = found.__code__
    assert isinstance(code, CodeType)
    return code


def test_an_order_takes_the_ten_steps_in_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert re.findall(r"^ ?(\d+)\. orderctl/", TEXT, re.MULTILINE) == [str(number) for number in range(1, 11)]
    monkeypatch.setenv("ORDERCTL_STATE_DIR", str(tmp_path / "state"))
    steps = {code_of(path, name): (path, name) for path, name in STEPS}
    called: list[tuple[str, str]] = []

    def note(frame: FrameType, event: str, _: object) -> None:
        step = steps.get(frame.f_code)
        if step and event == "call" and step not in called:
            called.append(step)

    shown = re.search(r"^ {4}orderctl (create (?:.*\\\n)*.*)$", TEXT, re.MULTILINE)
    assert shown
    threading.setprofile(note)
    sys.setprofile(note)
    try:
        code = entry.main(shlex.split(shown[1].replace("\\\n", "")))
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    assert (code, capsys.readouterr().err) == (0, "")
    assert called == STEPS


def test_every_folder_is_listed() -> None:
    listed = re.findall(r"^ {4}([a-z]+) {2,}\S", TEXT.partition("The folders below")[2], re.MULTILINE)
    assert listed == sorted(
        path.name for path in (ROOT / "orderctl").iterdir() if path.is_dir() and path.name[0] != "_"
    )
