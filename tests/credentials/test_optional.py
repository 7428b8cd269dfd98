"""One secret that a profile may have: it is never taken for missing where a source could not be asked."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from orderctl.backend.vendor import Profile, Vendor
from orderctl.credentials.chain import Credentials
from orderctl.errors import CredentialError

Make = Callable[..., Credentials]
Keyring = Callable[[str], dict[str, str]]

NAME = "push-key"
OTHERS = {"ORDERCTL_MY_SHOP_LOGIN": "env-login", "ORDERCTL_MY_SHOP_PASSWORD": "env-password"}
KEY = "the-push-key"


def test_it_needs_no_other_secret(make: Make, profile: Profile, vendor: Vendor) -> None:
    assert make({"ORDERCTL_MY_SHOP_PUSH_KEY": KEY}).optional(profile, vendor, NAME) == KEY
    assert make().optional(profile, vendor, NAME) is None
    assert make(OTHERS).optional(profile, vendor, NAME) is None


def test_the_keyring_is_asked_although_the_others_are_there(
    make: Make, keyring: Keyring, profile: Profile, vendor: Vendor
) -> None:
    environ = keyring("Good") | OTHERS
    make(environ).store(profile, vendor, {NAME: KEY})
    assert make(environ).optional(profile, vendor, NAME) == KEY


@pytest.mark.parametrize("trouble", ["Locked", "Broken"])
def test_a_keyring_that_was_used_and_cannot_be_read_is_an_error(
    trouble: str, make: Make, keyring: Keyring, profile: Profile, vendor: Vendor
) -> None:
    assert make(keyring(trouble)).optional(profile, vendor, NAME) is None, "nobody ever kept anything in it"
    make(keyring("Good")).store(profile, vendor, {"login": "kept-login"})
    with pytest.raises(CredentialError):
        make(keyring(trouble)).optional(profile, vendor, NAME)


def test_a_file_that_cannot_be_read_is_an_error(
    make: Make, private: Callable[..., Path], profile: Profile, vendor: Vendor
) -> None:
    path = private("open.json", '{"push-key": "the-push-key"}', 0o644)
    with pytest.raises(CredentialError):
        make().optional(replace(profile, secrets_file=str(path)), vendor, NAME)


def test_the_sandbox_has_its_own(make: Make, profile: Profile, vendor: Vendor) -> None:
    boxed = replace(profile, url="sandbox:")
    environ = {"ORDERCTL_MY_SHOP_PUSH_KEY": KEY}
    assert make(environ).optional(boxed, vendor, NAME) is None
    assert make(environ).optional(boxed, vendor, "login") == "sandbox"
