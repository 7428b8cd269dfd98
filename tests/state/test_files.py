"""Files in the state folder: never through a link, never another user's, and the refusal says what to do."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from orderctl.errors import LockHeld, MachineRefused, Temporary
from orderctl.state import files, lock
from orderctl.state.paths import private_folder, subfolder

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


def refusal(work: Callable[[], object]) -> MachineRefused:
    with pytest.raises(MachineRefused) as caught:
        work()
    assert caught.value.exit_code == 14
    return caught.value


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    path = tmp_path / "victim"
    path.write_text("precious")
    path.chmod(0o644)
    return path


def unharmed(victim: Path) -> bool:
    return (victim.read_text(), stat.S_IMODE(victim.stat().st_mode)) == ("precious", 0o644)


def held(state: Path, name: str = "job") -> None:
    with lock.hold(state, name):
        pass


def test_a_file_is_written_private_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "f"
    files.write(path, b"first")
    files.write(path, b"second")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert files.read(path, largest=6, secret=True) == b"second"
    assert [p.name for p in tmp_path.iterdir()] == ["f"]


def test_a_link_is_neither_read_nor_written_nor_locked(tmp_path: Path, victim: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(victim)
    (tmp_path / "locks").mkdir()
    (tmp_path / "locks" / "job").symlink_to(victim)
    for work in (
        lambda: files.read(link, largest=100),
        lambda: files.write(link, b"x"),
        lambda: held(tmp_path),
    ):
        error = refusal(work)
        assert error.code == "state.unsafe"
        assert "is a symbolic link" in error.message
        assert error.hint.startswith("look what it is, then take it away: rm ")
    assert link.is_symlink()
    assert unharmed(victim)


def test_a_link_to_nothing_makes_nothing(tmp_path: Path) -> None:
    (tmp_path / "locks").mkdir()
    (tmp_path / "locks" / "job").symlink_to(tmp_path / "made")
    refusal(lambda: held(tmp_path))
    assert not (tmp_path / "made").exists()


def test_a_pipe_is_not_a_file_and_nobody_waits_for_it(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert "is not a regular file" in refusal(lambda: files.read(pipe, largest=9)).message
    assert "is not a regular file" in refusal(lambda: files.write(pipe, b"x")).message
    assert pipe.is_fifo()


@root_only
def test_another_users_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_text("theirs")
    os.chown(path, 65534, 65534)
    assert "belongs to another user (id 65534)" in refusal(lambda: files.write(path, b"x")).message
    assert path.read_text() == "theirs"


def test_what_others_can_read_or_is_too_large_is_not_a_secret_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "f"
    files.write(path, b"12345")
    assert "has more than 4 bytes" in refusal(lambda: files.read(path, largest=4)).message
    path.chmod(0o640)
    assert files.read(path, largest=5) == b"12345"
    assert "chmod 600" in refusal(lambda: files.read(path, largest=5, secret=True)).hint


def test_a_full_disk_is_reported_with_the_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    error = refusal(lambda: files.write(tmp_path / "f", b"x"))
    assert ("No space left" in error.message, error.hint) == (True, "make room on the disk, then run it again")


def test_a_folder_in_the_state_folder_is_not_a_link(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "locks").symlink_to(elsewhere)
    assert "symbolic link" in refusal(lambda: subfolder(tmp_path, "locks")).message
    refusal(lambda: held(tmp_path))
    assert not list(elsewhere.iterdir())


@root_only
def test_a_folder_of_another_user_in_the_state_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "locks").mkdir()
    os.chown(tmp_path / "locks", 65534, 65534)
    assert "another user" in refusal(lambda: subfolder(tmp_path, "locks")).message


def test_the_state_folder_itself_may_be_a_link_of_the_users_own(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.mkdir()
    link.symlink_to(real)
    assert private_folder(link) == link
    held(link)
    assert (real / "locks" / "job").exists()


@root_only
def test_the_state_folder_may_not_be_another_users_link(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path)
    os.chown(link, 65534, 65534, follow_symlinks=False)
    assert "symbolic link of another user" in refusal(lambda: private_folder(link)).message


def test_a_lock_is_had_once(tmp_path: Path) -> None:
    with lock.hold(tmp_path, "job"), pytest.raises(LockHeld):
        held(tmp_path)
    held(tmp_path)
    assert stat.S_IMODE((tmp_path / "locks" / "job").stat().st_mode) == 0o600


def test_one_at_a_time_changes_a_file_whatever_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "dotfiles"
    folder.mkdir()
    (folder / "config.toml").touch()
    link = tmp_path / "config.toml"
    link.symlink_to(folder / "config.toml")
    with (
        lock.changing(folder / "config.toml"),
        pytest.raises(Temporary, match="is being changed by another run"),
        lock.changing(link, patience=0.05),
    ):
        pass
    with lock.changing(link):
        pass
    assert [p.name for p in folder.iterdir()] == ["config.toml"], "nothing is left behind"


def test_where_a_folder_cannot_be_locked_the_change_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(_descriptor: int, _how: int) -> None:
        raise OSError(9, "Bad file descriptor")

    monkeypatch.setattr("fcntl.flock", never)
    with lock.changing(tmp_path / "config.toml", patience=0):
        pass
