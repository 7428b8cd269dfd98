"""A run is alive while its process is: its lock dies with it."""

import errno
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

from orderctl.errors import MachineRefused
from orderctl.journal import runs
from orderctl.journal.runs import FOLDER, Run
from orderctl.state.lock import take

HOLDER = """
import sys
from pathlib import Path
from orderctl.journal.runs import Run
run = Run(Path(sys.argv[1]))
print(run.id, flush=True)
sys.stdin.read()
"""


@contextmanager
def elsewhere(state: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A run of another process, and its id."""
    command = [sys.executable, "-c", HOLDER, str(state)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process, process.stdout.readline().strip()
        process.kill()


def files(state: Path) -> list[str]:
    return sorted(path.name for path in (state / FOLDER).iterdir())


def test_a_run_of_another_process_lives_until_that_is_killed(tmp_path: Path) -> None:
    own = Run(tmp_path)
    with elsewhere(tmp_path) as (process, run):
        assert own.alive(run)
        assert runs.alive(tmp_path, run)
        assert own.alive(run), "a look leaves the lock where it is"
        process.kill()
        process.wait()
        assert not own.alive(run)
        assert not runs.alive(tmp_path, run)
    assert run in files(tmp_path), "it may have left something unresolved"


def test_a_run_is_alive_itself_also_after_others_have_looked(tmp_path: Path) -> None:
    one, two = Run(tmp_path), Run(tmp_path)
    assert one.id < two.id or one.id[:13] == two.id[:13]
    for _ in range(3):
        assert one.alive(two.id)
        assert two.alive(one.id)
        assert one.alive(one.id)


@pytest.mark.parametrize("run", ["", ".", "..", "../config.toml", "/etc/passwd", "never-there", "a/b"])
def test_what_is_not_a_run_is_not_alive(tmp_path: Path, run: str) -> None:
    assert not Run(tmp_path).alive(run)
    assert not runs.alive(tmp_path, run)


def test_the_folder_tells_whether_anything_is_in_doubt(tmp_path: Path) -> None:
    assert not runs.in_doubt(tmp_path)
    clean, left = Run(tmp_path), Run(tmp_path)
    assert runs.in_doubt(tmp_path)
    clean.end(resolved=True)
    assert files(tmp_path) == [left.id]
    left.end(resolved=False)
    assert files(tmp_path) == [left.id]
    assert runs.in_doubt(tmp_path)
    assert not runs.alive(tmp_path, left.id)


def test_its_files_are_the_owners_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        run = Run(tmp_path)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / FOLDER).stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / FOLDER / run.id).stat().st_mode) == 0o600


def test_a_file_that_was_tidied_away_before_it_was_locked_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process takes the new file for one of a run that is over; this run then has a file of another name."""
    taken: list[int] = []

    def late(descriptor: int) -> None:
        if not taken:
            (left,) = (tmp_path / FOLDER).iterdir()
            left.unlink()
        taken.append(descriptor)
        take(descriptor)

    monkeypatch.setattr(runs, "take", late)
    run = Run(tmp_path)
    monkeypatch.undo()
    assert len(taken) == 2
    assert files(tmp_path) == [run.id]
    assert runs.alive(tmp_path, run.id)


def test_a_file_that_another_process_holds_is_not_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with elsewhere(tmp_path) as (_process, other):
        names = iter([other, "another"])
        monkeypatch.setattr(runs, "new_id", lambda: next(names))
        assert Run(tmp_path).id == "another"


def test_many_runs_begin_and_look_at_once(tmp_path: Path) -> None:
    ids: list[str] = []

    def begin() -> None:
        for _ in range(20):
            run = Run(tmp_path)
            ids.append(run.id)
            assert runs.alive(tmp_path, run.id)
            run.end(resolved=True)

    threads = [Thread(target=begin) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(ids)) == 160
    assert not runs.in_doubt(tmp_path)


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / FOLDER).write_text("x")
    with pytest.raises(MachineRefused) as raised:
        Run(tmp_path)
    assert raised.value.exit_code == 14
    assert not runs.in_doubt(tmp_path)


def test_what_is_tidied_away_is_over_and_resolved(tmp_path: Path) -> None:
    alive, resolved, left = Run(tmp_path), Run(tmp_path), Run(tmp_path)
    for run in (resolved, left):
        run.end(resolved=False)
    runs.tidy(tmp_path, lambda: frozenset({left.id}))
    assert files(tmp_path) == sorted([alive.id, left.id])
    alive.end(resolved=True)
    runs.tidy(tmp_path, frozenset)
    assert files(tmp_path) == []
    runs.tidy(tmp_path / "nowhere", frozenset)


def test_no_journal_is_asked_where_no_run_is_over(tmp_path: Path) -> None:
    asked: list[bool] = []

    def unresolved() -> frozenset[str]:
        asked.append(True)
        return frozenset()

    run = Run(tmp_path)
    runs.tidy(tmp_path, unresolved)
    assert asked == []
    run.end(resolved=False)
    runs.tidy(tmp_path, unresolved)
    assert (asked, files(tmp_path)) == ([True], [])


def test_what_another_process_tidies_meanwhile_keeps_nothing_else_from_going(tmp_path: Path) -> None:
    left = sorted((Run(tmp_path), Run(tmp_path)), key=lambda run: run.id)
    for run in left:
        run.end(resolved=False)

    def unresolved() -> frozenset[str]:
        (tmp_path / FOLDER / next((tmp_path / FOLDER).iterdir()).name).unlink()
        return frozenset()

    runs.tidy(tmp_path, unresolved)
    assert files(tmp_path) == []
    run = Run(tmp_path)
    (tmp_path / FOLDER / run.id).unlink()
    run.end(resolved=True)
    assert not runs.alive(tmp_path, run.id)


def test_a_run_that_cannot_be_seen_may_be_alive_and_is_not_tidied_away(tmp_path: Path) -> None:
    Run(tmp_path).end(resolved=True)
    (tmp_path / "elsewhere").touch()
    (tmp_path / FOLDER / "a-link").symlink_to(tmp_path / "elsewhere")
    assert runs.alive(tmp_path, "a-link")
    runs.tidy(tmp_path, frozenset)
    assert files(tmp_path) == ["a-link"]


def test_a_file_that_cannot_be_locked_is_refused_and_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def failing(descriptor: int) -> None:
        asked.append(descriptor)
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(runs, "take", failing)
    with pytest.raises(MachineRefused) as raised:
        Run(tmp_path)
    (name,) = files(tmp_path)
    assert str(tmp_path / FOLDER / name) in raised.value.message
    assert "Input/output error" in raised.value.message
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(asked[0])


def test_a_run_whose_lock_cannot_be_asked_for_is_not_taken_for_dead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, left = Run(tmp_path), Run(tmp_path)
    left.end(resolved=False)

    def failing(_descriptor: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(runs, "take", failing)
    assert runs.alive(tmp_path, left.id)
    with pytest.raises(MachineRefused, match=f"{left.id}: No locks available$"):
        own.alive(left.id)
    runs.tidy(tmp_path, frozenset)
    assert files(tmp_path) == sorted([own.id, left.id])
