import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType

import pytest

from orderctl.backend import registry
from orderctl.backend.contract import Backend
from orderctl.backend.vendor import Capability, Duplicates, Option, Secret, Vendor
from orderctl.config.file import Config, load
from orderctl.model import OrderDraft

Write = Callable[..., Config]

ACME = Vendor(
    name="acme",
    title="Acme",
    summary="a vendor with every kind of option",
    url="https://acme.example",
    timezone="Asia/Shanghai",
    options=(
        Option(name="branch", note="the branch", required=True, identity=True),
        Option(name="desk", note="a second part of its identity", identity=True),
        Option(name="mode", note="how to ask", default="form", choices=("form", "json")),
        Option(name="operators", note="as in the vendor's appendix"),
    ),
    secrets=(Secret(name="staff-code", note="on the card"),),
    capabilities=frozenset({Capability.CREATE, Capability.GET, Capability.PAGE}),
    duplicates=Duplicates.BLIND,
    fields={},
    page_size=10,
    example=OrderDraft(),
    sandbox_settings={"branch": "main"},
    backend=Backend,
)


@pytest.fixture(autouse=True)
def acme(monkeypatch: pytest.MonkeyPatch) -> Vendor:
    module = ModuleType("acme_vendor")
    module.__dict__["VENDOR"] = ACME
    monkeypatch.setitem(sys.modules, "acme_vendor", module)
    monkeypatch.setitem(registry.VENDORS, "acme", "acme_vendor")
    return ACME


@pytest.fixture
def environ(tmp_path: Path) -> Mapping[str, str]:
    return {"HOME": str(tmp_path)}


@pytest.fixture
def write(tmp_path: Path, environ: Mapping[str, str]) -> Write:
    def write_and_load(text: str | bytes) -> Config:
        path = tmp_path / "config.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load(path, environ, explicit=True)

    return write_and_load
