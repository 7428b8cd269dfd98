import os
import stat
import sys
from pathlib import Path

import pytest

from orderctl.errors import ConfigError, MachineRefused
from orderctl.state.paths import config_file, expand, named, private_file, private_folder, state_folder


def test_the_config_file_is_where_xdg_says() -> None:
    assert config_file({"HOME": "/h", "XDG_CONFIG_HOME": "/x"}) == Path("/x/orderctl/config.toml")
    assert config_file({"HOME": "/h"}) == Path("/h/.config/orderctl/config.toml")


def test_a_relative_xdg_path_is_ignored_as_its_rules_demand() -> None:
    assert state_folder({"HOME": "/h", "XDG_STATE_HOME": "x"}) == Path("/h/.local/state/orderctl")


def test_the_option_wins_over_the_variable() -> None:
    environ = {"HOME": "/h", "ORDERCTL_CONFIG": "/e.toml"}
    assert config_file(environ, "/o.toml") == Path("/o.toml")
    assert config_file(environ) == Path("/e.toml")
    assert named(environ)
    assert named({}, "/o.toml")
    assert not named({"ORDERCTL_CONFIG": ""})


def test_the_state_folder_can_be_named() -> None:
    assert state_folder({"HOME": "/h", "ORDERCTL_STATE_DIR": "~/s"}) == Path("/h/s")
    assert state_folder({"HOME": "/h", "ORDERCTL_STATE_DIR": "", "XDG_STATE_HOME": "/x"}) == Path("/x/orderctl")


def test_a_relative_state_folder_is_refused() -> None:
    with pytest.raises(ConfigError, match="ORDERCTL_STATE_DIR is not an absolute path: state") as caught:
        state_folder({"HOME": "/h", "ORDERCTL_STATE_DIR": "state"})
    assert str(Path.cwd() / "state") in caught.value.hint


def test_a_relative_path_starts_at_its_base_or_here(tmp_path: Path) -> None:
    assert expand("a", {}, base=tmp_path) == tmp_path / "a"
    assert expand("a", {}) == Path.cwd() / "a"
    assert expand("~", {"HOME": "/h"}) == Path("/h")


def test_a_home_that_is_not_an_absolute_path_is_refused() -> None:
    with pytest.raises(ConfigError, match="HOME is not an absolute path"):
        state_folder({"HOME": "here"})


def test_without_a_home_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless(_cls: type[Path]) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", classmethod(homeless))
    with pytest.raises(ConfigError, match="no home folder") as caught:
        state_folder({})
    assert caught.value.hint == "set HOME"


def test_on_other_systems_their_own_rules_hold(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert state_folder({}).name == "orderctl"


def test_a_private_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        made = private_folder(tmp_path / "a" / "b")
    finally:
        os.umask(before)
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    assert stat.S_IMODE(made.parent.stat().st_mode) == 0o700
    assert private_folder(made) == made


def test_a_folder_that_exists_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    private_folder(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


@pytest.mark.parametrize("place", ["file", "file/below", "/proc/none/x"])
def test_what_cannot_be_a_folder_is_reported_with_the_way_out(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(MachineRefused, match="cannot write to the folder") as caught:
        private_folder(tmp_path / place)
    assert "ORDERCTL_STATE_DIR" in caught.value.hint
    assert caught.value.exit_code == 14


def test_a_folder_that_cannot_be_written_is_reported() -> None:
    with pytest.raises(MachineRefused, match="it is not writable"):
        private_folder(Path("/proc/self"))


def test_a_private_file_is_0600_whatever_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.touch(mode=0o644)
    before = os.umask(0)
    try:
        private_file(path, b"new")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["f"]  # noqa: PTH208  (the names are what counts)


def test_a_private_file_behind_a_link_is_replaced_and_the_link_stays(tmp_path: Path) -> None:
    real, link = tmp_path / "dotfiles", tmp_path / "link"
    real.write_text("old")
    link.symlink_to(real)
    private_file(link, b"new")
    assert link.is_symlink()
    assert real.read_text() == "new"


def test_a_full_disk_leaves_the_old_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "f"
    path.write_text("old")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        private_file(path, b"new")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["f"]


def test_a_file_system_whose_folders_cannot_be_synced_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sync = os.fsync

    def only_files(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(22, "Invalid argument")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", only_files)
    private_file(tmp_path / "f", b"new")
    assert (tmp_path / "f").read_bytes() == b"new"
