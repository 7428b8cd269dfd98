"""config.example.toml: it loads, every profile of it, and shows every key that there is."""

import re
from pathlib import Path

import pytest

from orderctl.backend import registry
from orderctl.config.file import TOP_LEVEL, load

EXAMPLE = Path(__file__).parents[1] / "config.example.toml"
TEXT = EXAMPLE.read_text(encoding="utf-8")
HEADINGS = re.findall(r"^\[profiles\.([a-z]+)\]", TEXT, re.MULTILINE)


@pytest.mark.parametrize("name", HEADINGS)
def test_every_profile_loads(name: str, tmp_path: Path) -> None:
    config = load(EXAMPLE, {"HOME": str(tmp_path)}, explicit=True)
    assert config.profile(name).name == name


def test_there_is_a_profile_of_every_vendor() -> None:
    assert set(re.findall(r'^vendor = "([a-z]+)"', TEXT, re.MULTILINE)) == set(registry.VENDORS)


def test_every_key_and_every_setting_is_shown() -> None:
    keys = set(re.findall(r"^(?:# )?([a-z_]+) = ", TEXT, re.MULTILINE))
    assert {*TOP_LEVEL} - {"profiles"} <= keys
    for name in registry.VENDORS:
        assert {option.name for option in registry.vendor(name).options} <= keys
    assert {"vendor", "url", "timezone", "currency", "rate", "protected", "secrets_file", "credential_command"} <= keys
    for table in ("statuses", "columns"):
        assert f".{table}]" in TEXT


def test_the_commented_profiles_are_of_vendors_that_are_not_offered_yet() -> None:
    assert not set(re.findall(r'^# vendor = "([a-z]+)"', TEXT, re.MULTILINE)) & set(registry.VENDORS)
