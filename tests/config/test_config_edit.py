import os
import stat
from collections.abc import ItemsView, Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderctl.config.edit import add_profile, remove_profile, set_default
from orderctl.config.file import load, parse
from orderctl.errors import ConfigError

MINE = """\
# Orders of the whole firm.
default_profile = "shop"   # reads only

# the shop
[profiles.shop]  # OneBox
url    = "https://shop.1b.app"  # live
vendor = "onebox"

[profiles.shop.statuses]
Delivered = "completed"   # ours

# the till
[profiles.till]
vendor = "acme"
url = "https://till.example"
branch = 12
"""

NEW = {"vendor": "acme", "url": "https://new.example", "branch": "7", "rate": 2.5, "operators": {"equal": "EQ"}}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "config.toml"
    file.write_text(MINE)
    return file


def test_a_profile_is_added_below_and_every_line_stays(path: Path, environ: Mapping[str, str]) -> None:
    add_profile(path, "new.one", NEW, environ=environ)
    assert path.read_text() == (
        MINE
        + '\n[profiles."new.one"]\nvendor = "acme"\nurl = "https://new.example"\nbranch = "7"\nrate = 2.5\n'
        + '\n[profiles."new.one".operators]\nequal = "EQ"\n'
    )
    assert load(path, environ).profile("new.one").settings["branch"] == "7"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_first_profile_makes_the_file_and_its_folder(tmp_path: Path, environ: Mapping[str, str]) -> None:
    path = tmp_path / "a" / "b" / "config.toml"
    add_profile(path, "new", NEW, environ=environ, use=True)
    assert path.read_text().startswith('default_profile = "new"\n')
    assert load(path, environ).choose(None, {}, write=False).name == "new"


def test_a_file_of_comments_alone_keeps_them(path: Path, environ: Mapping[str, str]) -> None:
    path.write_text("# nothing yet\n")
    add_profile(path, "new", NEW, environ=environ)
    assert path.read_text().startswith("# nothing yet\n\n[profiles.new]\n")


def test_a_profile_that_would_not_pass_the_checks_is_not_written(path: Path, environ: Mapping[str, str]) -> None:
    with pytest.raises(ConfigError, match=r"\[profiles\.new\] url: is plain http://"):
        add_profile(path, "new", NEW | {"url": "http://new.example"}, environ=environ)
    with pytest.raises(ConfigError, match="invalid profile name '-x'"):
        add_profile(path, "-x", NEW, environ=environ)
    with pytest.raises(ConfigError, match="would share its environment variables"):
        add_profile(path, "SHOP", NEW, environ=environ)
    assert path.read_text() == MINE


def test_a_profile_that_exists_is_not_replaced(path: Path, environ: Mapping[str, str]) -> None:
    with pytest.raises(ConfigError, match="profile 'shop' exists already"):
        add_profile(path, "shop", NEW, environ=environ)
    assert path.read_text() == MINE


def test_a_profile_goes_with_its_tables_and_comments_stay(path: Path) -> None:
    assert remove_profile(path, "shop")
    assert path.read_text() == (
        "# Orders of the whole firm.\n\n# the shop\n# the till\n"
        '[profiles.till]\nvendor = "acme"\nurl = "https://till.example"\nbranch = 12\n'
    )


def test_the_last_profile_goes_and_the_default_stays(path: Path) -> None:
    assert not remove_profile(path, "till")
    text = path.read_text()
    assert text == MINE.partition("[profiles.till]")[0]
    assert remove_profile(path, "shop")
    assert load(path, {}).own_names() == []


def test_a_profile_that_is_not_there_cannot_be_removed(path: Path, tmp_path: Path) -> None:
    for file in (path, tmp_path / "none.toml"):
        with pytest.raises(ConfigError, match="there is no profile 'nobody'") as caught:
            remove_profile(file, "nobody")
        assert caught.value.hint == "see: orderctl profile list"


def test_the_default_changes_in_its_place(path: Path) -> None:
    set_default(path, "till")
    assert path.read_text() == MINE.replace('default_profile = "shop"', 'default_profile = "till"')


def test_a_default_goes_above_the_tables(path: Path) -> None:
    path.write_text("# top\n\n[profiles.shop]\nvendor = 'onebox'\n")
    set_default(path, "shop")
    assert parse(path.read_bytes(), path)["default_profile"] == "shop"
    assert path.read_text().startswith("# top\n")


@pytest.mark.parametrize(
    "text",
    [
        'profiles = {shop = {vendor = "acme"}}\n',
        '[profiles]\nshop.vendor = "acme"\n',
        '[profiles.shop]\nvendor = "acme"\ncolumns = [\n["x"]\n]\n',
        '[profiles.till]\nvendor = """\n[profiles.shop]\n"""\n[profiles.shop]\nvendor = "acme"\n',
    ],
)
def test_a_layout_that_cannot_be_changed_safely_is_left_alone(path: Path, text: str) -> None:
    path.write_text(text)
    with pytest.raises(ConfigError, match="its layout is not one that orderctl can change safely") as caught:
        remove_profile(path, "shop")
    assert caught.value.hint == "edit the file by hand"
    assert path.read_text() == text


def test_an_inline_table_of_profiles_cannot_be_added_to(path: Path, environ: Mapping[str, str]) -> None:
    path.write_text('profiles = {shop = {vendor = "acme"}}\n')
    with pytest.raises(ConfigError, match="layout"):
        add_profile(path, "new", NEW, environ=environ)


def test_a_broken_file_is_not_touched(path: Path, environ: Mapping[str, str]) -> None:
    path.write_text("[profiles\n")
    with pytest.raises(ConfigError, match="is not TOML"):
        add_profile(path, "new", NEW, environ=environ)
    with pytest.raises(ConfigError, match="is not TOML"):
        set_default(path, "x")
    path.write_text("profiles = 1\n")
    with pytest.raises(ConfigError, match="profiles: is not a table"):
        set_default(path, "x")
    assert path.read_text() == "profiles = 1\n"


def test_only_a_line_feed_ends_a_line(path: Path, environ: Mapping[str, str]) -> None:
    comment = "# one\u2028[profiles.till] line"
    path.write_text(MINE.replace("# the till", comment))
    remove_profile(path, "shop")
    assert comment + "\n" in path.read_text()
    assert load(path, environ).own_names() == ["till"]


def test_an_array_of_arrays_is_not_a_heading(path: Path, environ: Mapping[str, str]) -> None:
    path.write_text(MINE + 'credential_command = [\n  "pass",\n  # [profiles.shop]\n]\n')
    remove_profile(path, "shop")
    assert load(path, environ).profile("till").credential_command == ("pass",)


def test_windows_line_ends_and_a_byte_order_mark_survive_as_toml(path: Path, environ: Mapping[str, str]) -> None:
    path.write_bytes(b"\xef\xbb\xbf" + MINE.replace("\n", "\r\n").encode())
    add_profile(path, "new", NEW, environ=environ)
    assert b'vendor = "onebox"\r\n' in path.read_bytes()
    remove_profile(path, "shop")
    assert load(path, environ).own_names() == ["new", "till"]


def test_a_link_into_a_folder_of_dotfiles_stays_a_link(path: Path, environ: Mapping[str, str], tmp_path: Path) -> None:
    link = tmp_path / "link.toml"
    link.symlink_to(path)
    add_profile(link, "new", NEW, environ=environ)
    assert link.is_symlink()
    assert "new" in load(path, environ).own_names()


def test_a_full_disk_leaves_the_file_as_it_was(
    path: Path, environ: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(
        ConfigError, match=r"cannot write the config file .*No space left on device; it was not changed"
    ):
        add_profile(path, "new", NEW, environ=environ)
    assert path.read_text() == MINE
    assert [p.name for p in path.parent.iterdir()] == ["config.toml"]


def test_a_file_that_cannot_be_read_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot read the config file .*Is a directory"):
        set_default(tmp_path, "x")


def test_a_change_by_somebody_else_meanwhile_is_not_overwritten(path: Path, environ: Mapping[str, str]) -> None:
    class Meddling(dict[str, object]):
        """A table that is asked for its items while the new file is being made; meanwhile the old one changes."""

        def items(self) -> ItemsView[str, object]:  # type: ignore[override]
            path.write_text(MINE + "# theirs\n")
            return dict(self).items()

    with pytest.raises(ConfigError, match="was changed by another program just now; nothing was written"):
        add_profile(path, "new", Meddling(NEW), environ=environ)
    assert path.read_text() == MINE + "# theirs\n"


@settings(deadline=None, max_examples=40)  # every example syncs files to the disk
@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="\r\n", exclude_categories=("Cc", "Cs"))), max_size=4
    )
)
def test_any_comments_survive_adding_using_and_removing(
    tmp_path_factory: pytest.TempPathFactory, comments: list[str]
) -> None:
    path = tmp_path_factory.mktemp("edit") / "config.toml"
    lines = [f"# {c}" for c in comments]
    path.write_text("\n".join(lines) + "\n" + MINE)
    add_profile(path, "new", NEW, environ={"HOME": "/"}, use=True)
    remove_profile(path, "new")
    remove_profile(path, "till")
    assert [line for line in path.read_text().split("\n") if line in lines or "# ours" in line] == [
        *lines,
        'Delivered = "completed"   # ours',
    ]
