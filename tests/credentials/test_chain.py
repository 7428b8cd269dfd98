import contextlib
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderctl.backend.vendor import Profile, Secret, Vendor
from orderctl.credentials.chain import Credentials, SecretStatus, question
from orderctl.credentials.sources import QUICK, SecretRequest, SecretValue, variable_for
from orderctl.errors import CredentialError
from orderctl.redaction import HIDDEN, is_secret, redact

Make = Callable[..., Credentials]
Private = Callable[..., Path]

ENVIRON = {"ORDERCTL_MY_SHOP_LOGIN": "env-login", "ORDERCTL_MY_SHOP_PASSWORD": "env-password"}


def objects(source: str) -> str:
    return json.dumps({"login": f"{source}-login", "password": f"{source}-password"})


def printing(text: str) -> tuple[str, ...]:
    return (sys.executable, "-c", f"print({text!r})")


def test_the_sources_win_in_their_order(
    make: Make, private: Private, profile: Profile, vendor: Vendor, keyring: Callable[[str], dict[str, str]]
) -> None:
    for name in ("login", "password"):
        private(f"systemd/orderctl.my-shop.{name}", f"systemd-{name}\n")
        private(f"one/{name}", f"file-{name}\n")
    path = str(private("secrets.json", objects("object")))
    fully = replace(profile, secrets_file=path, credential_command=printing(objects("command")))
    folder = private("x", "").parent
    files = {f"ORDERCTL_MY_SHOP_{n.upper()}_FILE": str(folder / "one" / n) for n in ("login", "password")}
    systemd = {"CREDENTIALS_DIRECTORY": str(folder / "systemd")}
    kept = keyring("Good")
    make(kept).store(profile, vendor, {"login": "keyring-login", "password": "keyring-password"})
    every = ENVIRON | files | systemd | kept
    for source, environ, asked, given_ in (
        ("stdin", every, fully, objects("stdin")),
        ("systemd", every, fully, None),
        ("file", ENVIRON | files | kept, fully, None),
        ("object", ENVIRON | kept, fully, None),
        ("env", ENVIRON | kept, replace(fully, secrets_file=None), None),
        ("command", kept, replace(fully, secrets_file=None), None),
        ("keyring", kept, profile, None),
    ):
        found = make(environ, stdin_json=given_).read(asked, vendor)
        assert found == {"login": f"{source}-login", "password": f"{source}-password"}


def test_each_secret_may_come_from_another_source(
    make: Make, private: Private, profile: Profile, vendor: Vendor
) -> None:
    path = private("s.json", '{"password": "file-password", "login": "", "push-key": null}')
    found = make(ENVIRON).read(replace(profile, secrets_file=str(path)), vendor)
    assert found == {"login": "env-login", "password": "file-password"}


def test_an_optional_secret_is_returned_where_it_is_found(make: Make, profile: Profile, vendor: Vendor) -> None:
    found = make(ENVIRON | {"ORDERCTL_MY_SHOP_PUSH_KEY": "abc"}).read(profile, vendor)
    assert found["push-key"] == "abc"


def test_with_secrets_at_hand_no_command_runs_and_no_keyring_opens(
    make: Make, tmp_path: Path, profile: Profile, vendor: Vendor, keyring: Callable[[str], dict[str, str]]
) -> None:
    touching = (sys.executable, "-c", f"open({str(tmp_path / 'ran')!r}, 'w')")
    make(ENVIRON | keyring("Deaf")).read(replace(profile, credential_command=touching), vendor)
    assert not (tmp_path / "ran").exists()
    assert not (tmp_path / "calls").exists()


def test_an_optional_secret_that_a_command_needs_is_looked_for_everywhere(
    make: Make, profile: Profile, vendor: Vendor
) -> None:
    asked = replace(profile, credential_command=printing('{"push-key": "command-key"}'))
    assert "push-key" not in make(ENVIRON).read(asked, vendor)
    assert make(ENVIRON).read(asked, vendor, need=("push-key",))["push-key"] == "command-key"
    with pytest.raises(CredentialError, match="no push-key for profile 'my-shop'"):
        make(ENVIRON).read(profile, vendor, need=("push-key",))


def test_the_sandbox_needs_nothing(make: Make, profile: Profile, vendor: Vendor) -> None:
    sandbox = replace(profile, url="sandbox:", secrets_file="/nowhere", credential_command=("false",))
    assert make(stdin_json="nonsense").read(sandbox, vendor) == {"login": "sandbox", "password": "sandbox"}
    assert make().status(sandbox, vendor) == [
        SecretStatus(secret, source="built in") for secret in vendor.secrets if secret.required
    ]


def test_what_is_missing_names_what_was_tried_and_a_way_out(make: Make, profile: Profile, vendor: Vendor) -> None:
    asked = replace(profile, secrets_file="/nowhere/s.json", credential_command=printing("{}"))
    with pytest.raises(CredentialError) as caught:
        make({"CREDENTIALS_DIRECTORY": "/nowhere", "ORDERCTL_MY_SHOP_LOGIN": "x"}, stdin_json="{}").read(asked, vendor)
    assert caught.value.message == (
        "no password for profile 'my-shop' (Acme): tried --secrets-stdin, $CREDENTIALS_DIRECTORY, "
        f"secrets_file /nowhere/s.json, ORDERCTL_MY_SHOP_PASSWORD, credential_command {sys.executable!r}; "
        "the keyring backend keyring.backends.null.Keyring is not one that protects secrets"
    )
    assert caught.value.hint == (
        "set ORDERCTL_MY_SHOP_PASSWORD, or a secrets_file or credential_command in the profile "
        "(orderctl help credentials)"
    )
    assert caught.value.exit_code == 4


def test_with_a_good_keyring_the_way_out_is_to_log_in(
    make: Make, profile: Profile, vendor: Vendor, keyring: Callable[[str], dict[str, str]]
) -> None:
    with pytest.raises(CredentialError) as caught:
        make(keyring("Good")).read(profile, vendor)
    assert caught.value.message == (
        "no login and no password for profile 'my-shop' (Acme): "
        "tried ORDERCTL_MY_SHOP_LOGIN, ORDERCTL_MY_SHOP_PASSWORD, the keyring"
    )
    assert caught.value.hint.startswith("log in: orderctl auth login -p my-shop; or set ORDERCTL_MY_SHOP_LOGIN and")
    assert caught.value.code == "credentials.missing"


def test_a_terminal_is_asked_last_and_only_for_what_is_needed(make: Make, profile: Profile, vendor: Vendor) -> None:
    asked: list[str] = []

    def prompt(label: str) -> str:
        asked.append(label)
        return "typed-password"

    found = make({"ORDERCTL_MY_SHOP_LOGIN": "me"}, prompt=prompt).read(profile, vendor)
    assert found == {"login": "me", "password": "typed-password"}
    assert asked == ["Acme password for profile my-shop (as issued):"]
    assert question(profile, vendor, vendor.secrets[0]) == "Acme login for profile my-shop (of the API user):"


def test_a_name_is_asked_for_where_it_shows(make: Make, profile: Profile, vendor: Vendor) -> None:
    login, password, *_ = vendor.secrets
    named = replace(vendor, secrets=(replace(login, visible=True), password))
    found = make(prompt=lambda _label: "hidden-word", ask=lambda _label: "shown-name").read(profile, named)
    assert found == {"login": "shown-name", "password": "hidden-word"}


def test_an_empty_answer_is_not_a_secret(make: Make, profile: Profile, vendor: Vendor) -> None:
    with pytest.raises(CredentialError, match="no login for profile"):
        make(prompt=lambda _label: "").read(profile, vendor)


def test_a_vendor_with_a_choice_of_secrets_takes_any(make: Make, profile: Profile, vendor: Vendor) -> None:
    either = replace(vendor, secrets=tuple(Secret(name=n, note="", required=False) for n in ("password", "code")))
    assert make({"ORDERCTL_MY_SHOP_CODE": "abc"}).read(profile, either) == {"code": "abc"}
    with pytest.raises(CredentialError, match="no password and no code"):
        make(prompt=lambda _label: "never asked").read(profile, either)


def test_every_secret_that_was_read_is_hidden(make: Make, profile: Profile, vendor: Vendor) -> None:
    canary = "canary-5a1f-hidden"
    make({"ORDERCTL_MY_SHOP_LOGIN": "me", "ORDERCTL_MY_SHOP_PASSWORD": canary}).read(profile, vendor)
    assert redact(f"say {canary}") == f"say {HIDDEN}"
    assert is_secret("password")


def test_no_repr_shows_a_secret(make: Make, profile: Profile, vendor: Vendor) -> None:
    canary = "canary-77-repr"
    credentials = make(ENVIRON | {"X": canary}, stdin_json=json.dumps({"login": canary}))
    shown = repr(
        [
            SecretValue(canary, "somewhere"),
            SecretRequest(profile, ("login",), {"X": canary}, canary),
            credentials,
            credentials.status(profile, vendor),
        ]
    )
    assert canary not in shown
    assert "somewhere" in shown


def test_the_status_says_where_each_secret_comes_from(make: Make, profile: Profile, vendor: Vendor) -> None:
    standings = make({"ORDERCTL_MY_SHOP_LOGIN": "me"}).status(profile, vendor)
    assert [(s.secret.name, s.source) for s in standings] == [
        ("login", "environment variable ORDERCTL_MY_SHOP_LOGIN"),
        ("password", None),
        ("push-key", None),
    ]
    assert standings[1].problem == "the keyring backend keyring.backends.null.Keyring is not one that protects secrets"
    assert (standings[0].problem, standings[2].problem) == (None, None)


def test_the_status_keeps_what_was_found_before_the_trouble(
    make: Make, private: Private, profile: Profile, vendor: Vendor
) -> None:
    asked = replace(profile, secrets_file=str(private("s.json", "{}", 0o644)))
    standings = make(stdin_json='{"login": "me"}').status(asked, vendor)
    assert standings[0].source == "--secrets-stdin"
    assert "can be read or written by others (mode 0644)" in str(standings[1].problem)


def test_a_missing_secret_with_a_good_keyring_is_not_a_problem_of_its_own(
    make: Make, profile: Profile, vendor: Vendor, keyring: Callable[[str], dict[str, str]]
) -> None:
    standings = make(keyring("Good")).status(profile, vendor)
    assert [(s.source, s.problem) for s in standings] == [(None, None)] * 3


def test_a_secret_with_a_line_break_is_refused_before_it_can_break_a_header(
    make: Make, profile: Profile, vendor: Vendor
) -> None:
    with pytest.raises(CredentialError) as caught:
        make(ENVIRON | {"ORDERCTL_MY_SHOP_PASSWORD": "canary\r\nX: y"}).read(profile, vendor)
    assert caught.value.message == "ORDERCTL_MY_SHOP_PASSWORD holds a line break or control character"


def test_a_secret_that_is_not_text_is_refused(make: Make, profile: Profile, vendor: Vendor) -> None:
    with pytest.raises(CredentialError, match="ORDERCTL_MY_SHOP_PASSWORD is not UTF-8 text"):
        make(ENVIRON | {"ORDERCTL_MY_SHOP_PASSWORD": "canary\udce9"}).read(profile, vendor)


@given(
    st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9._-]*\Z"),
    st.from_regex(r"\A[a-z_]+\Z"),
    st.text(st.characters(codec="utf-8"), min_size=1),
)
def test_any_profile_and_field_is_found_in_its_variable(name: str, field: str, value: str) -> None:
    profile = Profile(name=name, vendor="acme", url="https://x.example")
    key = variable_for(profile, field)
    assert key.startswith("ORDERCTL_")
    assert key.isascii()
    good = value.isprintable() or not any(c < " " or c == "\x7f" for c in value)
    with contextlib.nullcontext() if good else pytest.raises(CredentialError):
        assert QUICK[-1](SecretRequest(profile, (field,), {key: value}))[field].value == value


def test_a_secret_in_place_of_others_makes_them_needless(make: Make, profile: Profile, vendor: Vendor) -> None:
    login, password, push_key = vendor.secrets
    either = replace(
        vendor, secrets=(replace(login, unless="push-key"), replace(password, unless="push-key"), push_key)
    )
    assert make({"ORDERCTL_MY_SHOP_PUSH_KEY": "key"}).read(profile, either) == {"push-key": "key"}
    assert make(ENVIRON).read(profile, either) == {"login": "env-login", "password": "env-password"}
    with pytest.raises(CredentialError):
        make({"ORDERCTL_MY_SHOP_LOGIN": "env-login"}).read(profile, either)
    with pytest.raises(CredentialError):
        make({"ORDERCTL_MY_SHOP_PUSH_KEY": "key"}).read(profile, vendor)
