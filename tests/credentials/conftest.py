from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from orderctl import redaction
from orderctl.backend.contract import Backend
from orderctl.backend.vendor import Capability, Duplicates, Profile, Secret, Vendor
from orderctl.credentials.chain import Credentials
from orderctl.model import OrderDraft

Make = Callable[..., Credentials]

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
    backend=Backend,
)


@pytest.fixture(autouse=True)
def no_secrets_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one test reads as a secret is not hidden in the next: the redactor is the process's."""
    monkeypatch.setattr(redaction.SECRETS, "_forms", ())
    monkeypatch.setattr(redaction.SECRETS, "_values", set())


@pytest.fixture
def vendor() -> Vendor:
    return VENDOR


@pytest.fixture
def profile() -> Profile:
    return Profile(name="my-shop", vendor="acme", url="https://acme.example")


@pytest.fixture
def keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], dict[str, str]]:
    """Return what makes an environment in which keyring uses one of the backends of fake_keyring.py."""
    monkeypatch.setenv("FAKE_KEYRING", str(tmp_path / "store.json"))
    return lambda name: {"PYTHON_KEYRING_BACKEND": f"fake_keyring.{name}"}


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
