import json
import stat
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from orderctl.backend.vendor import Profile, Vendor
from orderctl.credentials import chain
from orderctl.credentials.chain import Credentials
from orderctl.errors import CredentialError, MachineRefused

Make = Callable[..., Credentials]
Keyring = Callable[[str], dict[str, str]]

VALUES = {"login": "me", "password": "canary-91ab"}


def test_what_was_stored_is_read_by_the_next_run(
    make: Make, keyring: Keyring, profile: Profile, vendor: Vendor
) -> None:
    environ = keyring("Good")
    assert make(environ).store(profile, vendor, VALUES) == "SecretService"
    assert make(environ).read(profile, vendor) == VALUES
    standings = make(environ).status(profile, vendor)
    assert [s.source for s in standings] == ["keyring (SecretService)", "keyring (SecretService)", None]


def test_what_was_stored_can_be_forgotten(make: Make, keyring: Keyring, profile: Profile, vendor: Vendor) -> None:
    environ = keyring("Good")
    make(environ).store(profile, vendor, VALUES)
    assert make(environ).forget(profile, vendor) == ["login", "password"]
    assert make(environ).forget(profile, vendor) == []


def test_the_keyring_is_asked_by_service_profile_and_field(
    make: Make, keyring: Keyring, profile: Profile, vendor: Vendor, tmp_path: Path
) -> None:
    make(keyring("Good")).store(profile, vendor, {"login": "me"})
    assert json.loads((tmp_path / "store.json").read_text()) == {"orderctl:my-shop/login": "me"}


def test_a_keyring_that_accepts_and_forgets_is_found_out(
    make: Make, keyring: Keyring, profile: Profile, vendor: Vendor
) -> None:
    with pytest.raises(CredentialError, match="SecretService took 'login' and did not give it back") as caught:
        make(keyring("Forgetful")).store(profile, vendor, VALUES)
    assert "ORDERCTL_MY_SHOP_LOGIN and ORDERCTL_MY_SHOP_PASSWORD" in caught.value.hint
    assert "canary" not in caught.value.message + caught.value.hint


@pytest.mark.parametrize(
    "name, code, message, hint",
    [
        ("Locked", "credentials.keyring_locked", "the keyring is locked", "unlock it, or set ORDERCTL_MY_SHOP_LOGIN"),
        ("Deaf", "credentials.keyring_timeout", "the keyring did not answer within 2 seconds", "answer its prompt"),
        (
            "Broken",
            "credentials.keyring_broken",
            "cannot be used: RuntimeError: no sense",
            "set ORDERCTL_MY_SHOP_LOGIN",
        ),
        (
            "Plain",
            "credentials.keyring_unsafe",
            "fake_keyring.Plain is not one that protects secrets",
            "credential_command",
        ),
        ("UnsafeChain", "credentials.keyring_unsafe", "is not one that protects secrets", "secrets_file"),
    ],
)
def test_each_trouble_ends_within_three_seconds_with_a_way_out(
    make: Make, keyring: Keyring, profile: Profile, vendor: Vendor, name: str, code: str, message: str, hint: str
) -> None:
    started = time.monotonic()
    with pytest.raises(CredentialError) as caught:
        make(keyring(name)).read(profile, vendor)
    assert time.monotonic() - started < 3
    assert caught.value.code == code
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert caught.value.exit_code == 4


@pytest.mark.parametrize("name", ["Locked", "Deaf", "Plain", "UnsafeChain"])
def test_a_login_into_a_bad_keyring_ends_within_three_seconds_with_the_ways_around_it(
    make: Make, keyring: Keyring, profile: Profile, vendor: Vendor, name: str
) -> None:
    started = time.monotonic()
    with pytest.raises(CredentialError) as caught:
        make(keyring(name)).store(profile, vendor, VALUES)
    assert time.monotonic() - started < 3
    assert "set ORDERCTL_MY_SHOP_LOGIN and ORDERCTL_MY_SHOP_PASSWORD, or a secrets_file" in caught.value.hint
    assert "canary" not in caught.value.message + caught.value.hint


def test_a_deaf_keyring_is_asked_once_in_a_run(
    make: Make, keyring: Keyring, profile: Profile, vendor: Vendor, tmp_path: Path
) -> None:
    credentials = make(keyring("Deaf"))
    started = time.monotonic()
    for name in "abcd":
        assert "did not answer" in str(credentials.status(replace(profile, name=name), vendor)[0].problem)
    assert time.monotonic() - started < 3
    assert (tmp_path / "calls").read_text() == "x"


def test_a_prompt_makes_good_what_a_locked_keyring_holds_back(
    make: Make, keyring: Keyring, profile: Profile, vendor: Vendor
) -> None:
    found = make(keyring("Locked"), prompt=lambda label: label.split()[1]).read(profile, vendor)
    assert found == {"login": "login", "password": "password"}


def test_a_chain_of_trusted_backends_is_trusted(make: Make, keyring: Keyring, profile: Profile, vendor: Vendor) -> None:
    assert make(keyring("Chain")).store(profile, vendor, VALUES) == "chainer"


def test_an_empty_password_in_the_keyring_counts_as_missing(
    make: Make, keyring: Keyring, profile: Profile, vendor: Vendor
) -> None:
    environ = keyring("Good")
    make(environ).store(profile, vendor, {"login": "me", "password": ""})
    with pytest.raises(CredentialError, match="no password"):
        make(environ).read(profile, vendor)


def test_a_secret_that_cannot_be_sent_is_not_stored(make: Make, profile: Profile, vendor: Vendor) -> None:
    with pytest.raises(CredentialError, match="'password' holds a line break"):
        make().store(profile, vendor, {"password": "canary\n"})


def test_the_backend_of_a_login_is_remembered_without_any_secret(
    make: Make, keyring: Keyring, profile: Profile, vendor: Vendor, tmp_path: Path
) -> None:
    make(keyring("Good")).store(profile, vendor, VALUES)
    path = tmp_path / "state" / "keyring.json"
    assert json.loads(path.read_text()) == {"backend": "keyring.backends.SecretService.Keyring"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_login_works_where_nothing_can_be_remembered(
    keyring: Keyring, profile: Profile, vendor: Vendor, tmp_path: Path
) -> None:
    (tmp_path / "state").touch()
    credentials = Credentials(environ=keyring("Good"), state=lambda: tmp_path / "state")
    assert credentials.store(profile, vendor, VALUES) == "SecretService"


def test_a_link_in_the_place_of_the_note_is_refused_before_anybody_types(
    keyring: Keyring, profile: Profile, vendor: Vendor, tmp_path: Path
) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / "keyring.json").symlink_to(victim)
    credentials = Credentials(environ=keyring("Good"), state=tmp_path)
    with pytest.raises(MachineRefused, match="is a symbolic link"):
        credentials.open(profile, vendor)
    credentials.store(profile, vendor, VALUES)
    assert victim.read_text() == "precious"


NO_BUS = ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/bus")


@pytest.mark.parametrize(
    "remembered",
    [
        None,
        "nonsense",
        "[]",
        '{"backend": "keyring.backends.null.Keyring"}',
        '{"backend": "keyring.backends.libsecret.Nothing"}',
    ],
)
def test_without_a_keyring_the_error_says_so(
    profile: Profile, vendor: Vendor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, remembered: str | None
) -> None:
    monkeypatch.setenv(*NO_BUS)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    if remembered:
        (tmp_path / "keyring.json").write_text(remembered)
    monkeypatch.setattr(chain, "_here", lambda: ("keyring.backends.libsecret.Nothing", *chain.BACKENDS["linux"]))
    with pytest.raises(CredentialError, match="there is no keyring on this machine") as caught:
        Credentials(environ={}, state=tmp_path).read(profile, vendor)
    assert caught.value.code == "credentials.keyring_absent"


def test_the_remembered_backend_is_used_without_looking(
    profile: Profile, vendor: Vendor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(*NO_BUS)
    (tmp_path / "keyring.json").write_text('{"backend": "keyring.backends.SecretService.Keyring"}')
    with pytest.raises(CredentialError) as caught:
        Credentials(environ={}, state=tmp_path).read(profile, vendor)
    assert caught.value.code == "credentials.keyring_broken"  # looking would have found that there is none


def test_a_backend_configured_in_keyrings_own_file_must_be_trusted(
    profile: Profile, vendor: Vendor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    folder = tmp_path / "python_keyring"
    folder.mkdir()
    (folder / "keyringrc.cfg").write_text("[backend]\ndefault-keyring=keyring.backends.fail.Keyring\n")
    with pytest.raises(CredentialError) as caught:
        Credentials(environ={}, state=tmp_path).read(profile, vendor)
    assert "the keyring" in caught.value.message
    assert caught.value.code in {"credentials.keyring_unsafe", "credentials.keyring_broken"}


def test_every_trusted_backend_is_one_that_keyring_has() -> None:
    spec = find_spec("keyring")
    assert spec
    root = Path(str(spec.origin)).parent.parent
    for name in sorted(chain.TRUSTED):
        module, _, attribute = name.rpartition(".")
        path = root / module.replace(".", "/")
        text = (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text()
        assert f"class {attribute}(" in text
