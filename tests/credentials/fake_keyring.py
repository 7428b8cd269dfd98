"""Keyring backends, good and bad, under the names of trusted ones; their secrets are in the file FAKE_KEYRING."""

import json
import os
import time
from pathlib import Path
from typing import Any

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked


def store() -> Path:
    return Path(os.environ["FAKE_KEYRING"])


class Good(KeyringBackend):
    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    priority = 9.0

    def _all(self) -> dict[str, str]:
        found: dict[str, str] = json.loads(store().read_text()) if store().exists() else {}
        return found

    def get_password(self, service: str, username: str) -> str | None:
        return self._all().get(f"{service}:{username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        store().write_text(json.dumps(self._all() | {f"{service}:{username}": password}))

    def delete_password(self, service: str, username: str) -> None:
        kept = self._all()
        del kept[f"{service}:{username}"]
        store().write_text(json.dumps(kept))


class Forgetful(Good):
    def set_password(self, service: str, username: str, password: str) -> None:
        pass


class Deaf(Good):
    def get_password(self, service: str, username: str) -> str | None:
        with store().with_name("calls").open("a") as calls:
            calls.write("x")
        time.sleep(30)
        return None


class Locked(Good):
    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked("Failed to unlock the collection!")


class Broken(Good):
    def get_password(self, service: str, username: str) -> str | None:
        raise RuntimeError("no\nsense")


class Plain(Good):
    pass


class Chain(Good):
    backends: Any = (Good(),)


class UnsafeChain(Good):
    backends: Any = (Good(), Plain())


for trusted in (Good, Forgetful, Deaf, Locked, Broken):
    trusted.__module__, trusted.__qualname__ = "keyring.backends.SecretService", "Keyring"
for chain in (Chain, UnsafeChain):
    chain.__module__, chain.__qualname__ = "keyring.backends.chainer", "ChainerBackend"
