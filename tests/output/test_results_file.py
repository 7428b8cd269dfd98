"""The file of --results: one document a line, on disk before anything else is done."""

import json
import os
from pathlib import Path

import pytest

from orderctl.errors import MachineRefused, UsageError
from orderctl.output.results_file import ResultsFile


def test_documents_are_appended_one_a_line(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    for documents in ([{"id": "1"}, {"id": "é\n"}], [{"id": "hunter2"}]):
        kept = ResultsFile(str(path), redact=lambda text: text.replace("hunter2", "***"))
        kept.add(documents)
        kept.close()
    assert [json.loads(line)["id"] for line in path.read_text().splitlines()] == ["1", "é\n", "***"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_file_that_was_there_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    path.write_text('{"id":"1"}\n')
    path.chmod(0o640)
    kept = ResultsFile(str(path))
    kept.add([{"id": "2"}])
    assert path.read_text() == '{"id":"1"}\n{"id":"2"}\n'
    assert path.stat().st_mode & 0o777 == 0o640


def test_half_a_line_of_a_run_that_was_killed_stays_alone(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    path.write_text('{"id":"1"}\n{"id":')
    kept = ResultsFile(str(path))
    kept.add([{"id": "2"}])
    kept.add([{"id": "3"}])
    assert path.read_text() == '{"id":"1"}\n{"id":\n{"id":"2"}\n{"id":"3"}\n'


def test_each_call_is_synced_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, synced, sync = tmp_path / "results.jsonl", list[str](), os.fsync

    def seen(descriptor: int) -> None:
        synced.append(path.read_text())
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", seen)
    kept = ResultsFile(str(path))
    kept.add([{"id": "1"}, {"id": "2"}])
    kept.add([{"id": "3"}])
    assert synced == ['{"id":"1"}\n{"id":"2"}\n', '{"id":"1"}\n{"id":"2"}\n{"id":"3"}\n']


@pytest.mark.parametrize("name", ["no/such/folder.jsonl", ".", "a\0b"])
def test_a_file_that_cannot_be_opened_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"cannot write --results .*; nothing was sent"):
        ResultsFile(f"{tmp_path}/{name}")


def test_a_disk_that_is_full_already_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> os.statvfs_result:
        found = list(os.statvfs(descriptor))
        found[4] = 0  # f_bavail
        return os.statvfs_result(found)

    monkeypatch.setattr(os, "fstatvfs", full)
    with pytest.raises(MachineRefused, match="the disk is full; nothing was sent"):
        ResultsFile(str(tmp_path / "results.jsonl"))


def test_a_disk_that_fills_up_is_reported() -> None:
    kept = ResultsFile("/dev/full")
    with pytest.raises(MachineRefused, match="No space left"):
        kept.add([{"id": "1"}])
    kept.close()
