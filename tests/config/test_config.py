import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderctl.backend import registry
from orderctl.backend.vendor import Vendor
from orderctl.config.file import Config, built_in, check_name, heading, load, parse, target, variable
from orderctl.errors import ConfigError, OrderctlError, UsageError

Write = Callable[..., Config]

TWO = """
[profiles.shop]
vendor = "onebox"
url = "https://shop.1b.app"
[profiles.till]
vendor = "acme"
url = "https://till.example"
branch = 12
"""
ONE = TWO.partition("[profiles.till]")[0]


def refusal(act: Callable[[], object]) -> OrderctlError:
    with pytest.raises(OrderctlError) as caught:
        act()
    assert "\n" not in caught.value.message
    return caught.value


def test_without_a_file_the_sandbox_profiles_exist(environ: Mapping[str, str], tmp_path: Path) -> None:
    for path in (None, tmp_path / "none.toml"):
        config = load(path, environ)
        assert config.names() == sorted(f"sandbox-{name}" for name in registry.VENDORS)
        assert config.own_names() == []
        profile = config.profile("sandbox-acme")
        assert (profile.vendor, profile.url, str(profile.zone)) == ("acme", "sandbox:", "Asia/Shanghai")
        assert profile.settings == {"mode": "form", "branch": "main"}
        assert profile.sandbox


def test_every_vendors_sandbox_profile_passes_the_checks(environ: Mapping[str, str]) -> None:
    config = load(None, environ)
    for name in built_in():
        assert config.profile(name).sandbox


def test_a_named_file_that_is_missing_is_an_error(environ: Mapping[str, str], tmp_path: Path) -> None:
    error = refusal(lambda: load(tmp_path / "none.toml", environ, explicit=True))
    assert error.message == f"there is no config file {tmp_path}/none.toml"
    assert "orderctl profile add" in error.hint
    assert error.exit_code == 3


def test_the_only_profile_is_meant(write: Write) -> None:
    config = write(ONE)
    assert config.choose(None, {}, write=False).name == "shop"
    assert config.choose(None, {}, write=True).name == "shop"


def test_the_option_wins_over_the_variable_over_the_default(write: Write) -> None:
    config = write('default_profile = "shop"\n' + TWO)
    environ = {"ORDERCTL_PROFILE": "till"}
    assert config.choose("sandbox-acme", environ, write=True).name == "sandbox-acme"
    assert config.choose(None, environ, write=True).name == "till"
    assert config.choose(None, {"ORDERCTL_PROFILE": ""}, write=False).name == "shop"


def test_a_write_says_which_profile_once_there_are_two(write: Write) -> None:
    config = write('default_profile = "shop"\n' + TWO)
    error = refusal(lambda: config.choose(None, {}, write=True))
    assert isinstance(error, UsageError)
    assert error.message == "a write needs a profile; there are: shop, till"
    assert error.hint == "add -p NAME (-p shop), or set ORDERCTL_PROFILE"


def test_a_read_without_a_default_names_the_profiles(write: Write) -> None:
    error = refusal(lambda: write(TWO).choose(None, {}, write=False))
    assert error.message == "which profile? There are: shop, till"
    assert "orderctl profile use shop" in error.hint
    assert error.exit_code == 3


def test_the_default_may_be_the_sandbox(write: Write) -> None:
    config = write('default_profile = "sandbox-acme"\n' + ONE)
    assert config.choose(None, {}, write=True).name == "sandbox-acme"


def test_a_default_that_does_not_exist_is_reported_with_its_line(write: Write, tmp_path: Path) -> None:
    config = write('default_profile = "shp"\n' + ONE)
    error = refusal(lambda: config.choose(None, {}, write=False))
    assert error.message == f"{tmp_path}/config.toml: default_profile: there is no profile 'shp'; there are: shop"
    assert error.hint == "choose one: orderctl profile use shop"
    assert config.choose("shop", {}, write=False).name == "shop"


def test_with_no_profile_the_first_step_is_named(environ: Mapping[str, str]) -> None:
    error = refusal(lambda: load(None, environ).choose(None, {}, write=False))
    assert error.message == "no profile is set up yet"
    assert "orderctl profile add" in error.hint
    assert "-p sandbox-" in error.hint


def test_an_empty_name_is_not_the_default(write: Write) -> None:
    error = refusal(lambda: write(ONE).choose("", {}, write=True))
    assert isinstance(error, UsageError)
    assert "-p is empty" in error.message


@pytest.mark.parametrize(
    "name, hint",
    [("shp", "did you mean 'shop'?"), ("zzz", "set it up: orderctl profile add zzz")],
)
def test_a_profile_that_does_not_exist_names_the_nearest(write: Write, name: str, hint: str) -> None:
    error = refusal(lambda: write(TWO).choose(name, {}, write=False))
    assert error.message == f"there is no profile {name!r}; there are: shop, till"
    assert error.hint == hint
    assert error.code == "config.no_such_profile"


def test_a_slip_in_one_profile_does_not_break_another(write: Write) -> None:
    config = write(TWO + '[profiles.bad]\nvendor = "nobody"\n')
    assert config.profile("shop").vendor == "onebox"
    assert "bad" in config.names()
    refusal(lambda: config.profile("bad"))


def test_the_defaults_of_the_file_are_read(write: Write) -> None:
    config = write('output = "json"\ncolor = "never"\ntimeout = 2.5\ndeadline = 60\n')
    assert (config.output, config.color, config.timeout, config.deadline) == ("json", "never", 2.5, 60.0)
    assert load(None, {}).output is None


@pytest.mark.parametrize(
    "text, message, hint",
    [
        ('[profiles.shop]\nvendor = "onebox\n', "is not TOML: ", 'put a text in quotes: key = "value"'),
        ("a = 1\nb = = 2\n", "is not TOML: Invalid value (at line 2, column 5)", "put a text in quotes"),
        (b"# fine\nx = '\xe9'\n", "line 2 is not UTF-8", "save the file as UTF-8"),
        ("x = " + "[" * 100_000, "", ""),
        ("#" * 1_048_577, "has more than 1048576 bytes", ""),
        ("outptu = 'json'\n", "outptu: unknown key", "did you mean 'output'?"),
        ("[profile.shop]\nvendor = 'onebox'\n", "profile: unknown key", "did you mean 'profiles'"),
        ("[shop]\nvendor = 'onebox'\n", "[shop]: unknown table", "a profile is written [profiles.shop]"),
        ("token = 'hunter2hunter2'\n", "token: a secret does not belong", "orderctl auth login -p NAME"),
        ("output = 'jsno'\n", "output: unknown value 'jsno'; did you mean 'json' or 'jsonl'?", ""),
        ("output = 1\n", "output: takes a text in quotes, not a number", ""),
        ("timeout = '5'\n", "timeout: takes a number, not a text", ""),
        ("timeout = 0\n", "timeout: takes a number above 0", ""),
        ("deadline = inf\n", "deadline: takes a number above 0", ""),
        ("deadline = nan\n", "deadline: takes a number above 0", ""),
        ("profiles = 1\n", "profiles: is not a table", ""),
        ("default_profile = ''\n", "default_profile: is empty", ""),
    ],
)
def test_a_broken_file_is_reported_in_one_line(
    write: Write, tmp_path: Path, text: str | bytes, message: str, hint: str
) -> None:
    error = refusal(lambda: write(text))
    assert error.message.startswith(f"{tmp_path}/config.toml: ")
    assert message in error.message
    assert hint in error.hint
    assert error.exit_code == 3
    assert "hunter2" not in error.message + error.hint


def test_a_file_that_cannot_be_read_is_reported(environ: Mapping[str, str], tmp_path: Path) -> None:
    error = refusal(lambda: load(tmp_path, environ))
    assert error.message == f"cannot read the config file {tmp_path}: Is a directory"


def test_a_byte_order_mark_is_fine(write: Write) -> None:
    assert write(b"\xef\xbb\xbf" + ONE.encode()).own_names() == ["shop"]


@pytest.mark.parametrize("name", ["a b", "-p", ".a", "é", "a/b", ""])
def test_a_name_that_is_invalid_says_what_is_valid(write: Write, name: str) -> None:
    error = refusal(lambda: write(f'[profiles."{name}"]\nvendor = "onebox"\n').profile(name))
    assert f"invalid profile name {name!r}: letters, digits" in error.message


def test_the_name_of_a_built_in_profile_is_taken(write: Write) -> None:
    text = '[profiles.sandbox-acme]\nvendor = "acme"\nurl = "https://real.example"\nbranch = 1\n'
    error = refusal(lambda: write(text).choose("sandbox-acme", {}, write=True))
    assert "[profiles.sandbox-acme] the name 'sandbox-acme' belongs to a built-in sandbox profile" in error.message


def test_two_profiles_that_would_share_variables_are_refused(write: Write) -> None:
    entry = 'vendor = "onebox"\nurl = "https://x.example"\n'
    config = write(f'[profiles.a-b]\n{entry}[profiles."a.B"]\n{entry}[profiles.c]\n{entry}')
    assert config.profile("c")
    for name, twin in (("a-b", "a.B"), ("a.B", "a-b")):
        error = refusal(lambda name=name: config.profile(name))  # type: ignore[misc]
        assert f"would share its environment variables ORDERCTL_A_B_… with profile {twin!r}" in error.message


@given(st.text())
def test_a_variables_name_is_made_of_capitals_digits_and_underscores(name: str) -> None:
    made = variable(name)
    assert all(c == "_" or (c.isascii() and (c.isupper() or c.isdigit())) for c in made)
    assert variable(made) == made
    assert variable(name.lower()) == variable(name) or not name.isascii()


@given(st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9._-]*\Z"))
def test_a_good_name_heads_a_table_that_is_read_back(name: str) -> None:
    try:
        check_name(name)
    except ConfigError:
        return
    assert parse(f"{heading(name)}\n".encode(), Path("x")) == {"profiles": {name: {}}}


def test_no_secrets_variable_can_be_taken_for_anothers() -> None:
    names = {variable(s.name) for v in registry.VENDORS for s in registry.vendor(v).secrets}
    for name in names:
        assert not name.endswith("_FILE")
        assert not any(name.endswith(f"_{other}") for other in names)


def test_the_target_is_vendor_url_and_identity(write: Write, acme: Vendor) -> None:
    text = '[profiles.{}]\nvendor = "acme"\nurl = "{}"\nbranch = "12 b"\nmode = "json"\n{}\n'
    config = write(
        text.format("a", "https://Till.example:443/", "") + text.format("b", "https://till.example", "rate = 9")
    )
    assert target(config.profile("a"), acme) == "acme https://till.example branch=12%20b"
    assert target(config.profile("a"), acme) == target(config.profile("b"), acme)


def test_another_branch_is_another_target(write: Write, acme: Vendor) -> None:
    text = '[profiles.{}]\nvendor = "acme"\nurl = "https://x.example"\nbranch = {}\n{}'
    config = write(text.format("a", 1, "") + text.format("b", 2, "") + text.format("c", 1, "desk = 'd'\n"))
    assert len({target(config.profile(name), acme) for name in "abc"}) == 3


def test_a_run_without_a_config_file_does_without_a_toml_parser() -> None:
    code = (
        "import sys; from orderctl.config.file import load; from pathlib import Path;"
        "load(Path('/nowhere/config.toml'), {}); load(None, {});"
        "assert not {'tomllib', 'tomlkit', 'keyring', 'zoneinfo', 'platformdirs'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
