import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import pytest

from orderctl.backend import Backend, Capability, Duplicates, Profile, Secret, Vendor
from orderctl.credentials import Credentials
from orderctl.model import OrderDraft

Make = Callable[..., Credentials]

FAKE = '''\
"""Keyring backends that behave badly, under the names of trusted ones."""

import json
import os
import time
from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

STORE = Path(__file__).with_name("store.json")


class Good(KeyringBackend):
    priority = 9

    def _all(self):
        return json.loads(STORE.read_text()) if STORE.exists() else {}

    def get_password(self, service, username):
        return self._all().get(f"{service}:{username}")

    def set_password(self, service, username, password):
        STORE.write_text(json.dumps(self._all() | {f"{service}:{username}": password}))

    def delete_password(self, service, username):
        kept = self._all()
        del kept[f"{service}:{username}"]
        STORE.write_text(json.dumps(kept))


class Forgetful(Good):
    def set_password(self, service, username, password):
        pass


class Deaf(Good):
    def get_password(self, service, username, password=None):
        with STORE.with_name("calls").open("a") as calls:
            calls.write("x")
        time.sleep(30)

    set_password = delete_password = get_password


class Locked(Good):
    def get_password(self, service, username):
        raise KeyringLocked("Failed to unlock the collection!")

    def set_password(self, service, username, password):
        raise KeyringLocked("Failed to unlock the collection!")


class Broken(Good):
    def get_password(self, service, username):
        raise RuntimeError("no\\nsense")


class Chain(Good):
    backends = (Good(),)


class UnsafeChain(Good):
    @property
    def backends(self):
        return (Good(), Plain())


class Plain(Good):
    pass


for cls in (Good, Forgetful, Deaf, Locked, Broken):
    cls.__module__, cls.__qualname__ = "keyring.backends.SecretService", "Keyring"
for cls in (Chain, UnsafeChain):
    cls.__module__, cls.__qualname__ = "keyring.backends.chainer", "ChainerBackend"
'''

VENDOR = Vendor(
    name="acme",
    title="Acme",
    summary="two secrets that it needs, one that it may have",
    url="https://acme.example",
    secrets=(
        Secret(name="login", note="of the API user"),
        Secret(name="password", note="as issued"),
        Secret(name="push-key", note="for listen", required=False),
    ),
    capabilities=frozenset({Capability.CREATE, Capability.GET, Capability.PAGE}),
    duplicates=Duplicates.BLIND,
    fields={},
    page_size=10,
    example=OrderDraft(),
    sandbox_secrets={"login": "sandbox", "password": "sandbox"},
    connect=lambda _connection: cast("Backend", None),
)


@pytest.fixture
def vendor() -> Vendor:
    return VENDOR


@pytest.fixture
def profile() -> Profile:
    return Profile(name="my-shop", vendor="acme", url="https://acme.example")


@pytest.fixture
def keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], dict[str, str]]:
    """Return what makes an environment in which keyring uses one of the backends above."""

    def use(name: str) -> dict[str, str]:
        monkeypatch.syspath_prepend(str(tmp_path))
        monkeypatch.delitem(sys.modules, "fake_keyring", raising=False)
        (tmp_path / "fake_keyring.py").write_text(FAKE)
        return {"PYTHON_KEYRING_BACKEND": f"fake_keyring.{name}"}

    return use


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Return what makes a chain in an environment of its own, without a keyring unless one is named."""

    def made(environ: Mapping[str, str] | None = None, **options: Any) -> Credentials:
        surroundings = {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring", "HOME": str(tmp_path)}
        return Credentials(environ=surroundings | dict(environ or {}), state=tmp_path / "state", **options)

    return made


@pytest.fixture
def private(tmp_path: Path) -> Callable[..., Path]:
    """Return what writes a file of mode 0600."""

    def write(name: str, content: str | bytes, mode: int = 0o600) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        path.chmod(mode)
        return path

    return write
