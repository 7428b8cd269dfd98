"""Vendors of other packages: found by their entry points, and a broken package is one clear line."""

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType

import pytest

from orderctl import plugins
from orderctl.backend import registry
from orderctl.backend.contract import Backend
from orderctl.backend.vendor import Capability, Duplicates, Vendor
from orderctl.cli import lazy as cli
from orderctl.frozen import replace
from orderctl.model import OrderDraft

Install = Callable[..., None]

KIOSK = Vendor(
    name="kiosk",
    title="Kiosk",
    summary="a vendor of another package",
    url="https://kiosk.example",
    capabilities=frozenset({Capability.GET, Capability.PAGE}),
    fields={},
    page_size=10,
    example=OrderDraft(),
    backend=Backend,
)


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Return what installs a package: its name, its entry points, and what its module `NAME_vendor` holds."""
    monkeypatch.setenv("ORDERCTL_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("ORDERCTL_CONFIG", str(tmp_path / "config.toml"))
    (tmp_path / "config.toml").touch()
    monkeypatch.syspath_prepend(str(tmp_path))

    def put(package: str, declared: Mapping[str, str], *, group: str = plugins.VENDORS, **holds: object) -> None:
        folder = tmp_path / f"{package}-0.1.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 0.1\n")
        lines = "".join(f"{name} = {value}\n" for name, value in declared.items())
        (folder / "entry_points.txt").write_text(f"[{group}]\n{lines}")
        if holds:
            module = ModuleType(f"{package}_vendor")
            vars(module).update(holds)
            monkeypatch.setitem(sys.modules, module.__name__, module)

    forget()
    yield put
    forget()


def forget() -> None:
    plugins.declared.cache_clear()
    plugins.load.cache_clear()


def test_a_vendor_of_another_package_is_listed_with_the_others(
    install: Install, capsys: pytest.CaptureFixture[str]
) -> None:
    install("kiosk", {"kiosk": "kiosk_vendor:VENDOR"}, VENDOR=KIOSK)
    assert cli.run(["vendors", "-o", "ids"]) == 0
    assert capsys.readouterr().out.split() == sorted([*registry.VENDORS, "kiosk"])
    assert cli.run(["vendors", "kiosk", "-o", "json"]) == 0
    assert '"title": "Kiosk"' in capsys.readouterr().out
    assert cli.run(["schema", "-o", "ids"]) == 0
    assert "kiosk" in capsys.readouterr().out.split()
    assert cli.run(["profile", "add", "k", "--vendor", "kiosk", "--url", "https://kiosk.example"]) == 0
    assert cli.run(["profile", "show", "k", "-o", "json"]) == 0
    assert '"vendor": "kiosk"' in capsys.readouterr().out


def test_a_built_in_name_reads_no_entry_points(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "entry_points", pytest.fail)
    forget()
    assert {registry.vendor(name).name for name in registry.VENDORS if registry.known(name)} == {*registry.VENDORS}


def test_a_vendor_that_declares_no_class_of_duplicates_is_blind() -> None:
    assert KIOSK.duplicates is Duplicates.BLIND


def test_an_unknown_vendor_is_reported_with_all_vendors(install: Install, capsys: pytest.CaptureFixture[str]) -> None:
    install("kiosk", {"kiosk": "kiosk_vendor:VENDOR"}, VENDOR=KIOSK)
    assert cli.run(["vendors", "kiosc"]) == 2
    said = capsys.readouterr().err
    assert f"unknown vendor 'kiosc'; vendors: {', '.join(sorted([*registry.VENDORS, 'kiosk']))}" in said
    assert "did you mean 'kiosk'?" in said


BROKEN: Mapping[str, tuple[object, str]] = {
    "no module": (None, "vendor 'kiosk' of package kiosk 0.1 cannot be imported: ModuleNotFoundError: "),
    "another value": ({"name": "kiosk"}, "is a dict, not an orderctl.backend.vendor.Vendor (kiosk_vendor:VENDOR)"),
    "another name": (replace(KIOSK, name="stall"), "calls itself 'stall': the entry point must have the same name"),
    "no reads": (replace(KIOSK, capabilities=frozenset({Capability.GET})), "does not declare Capability.PAGE"),
    "duplicates": (replace(KIOSK, duplicates="refused"), "has duplicates that are not one of Duplicates.REFUSED"),  # type: ignore[arg-type]
    "capabilities": (replace(KIOSK, capabilities={"get"}), "capabilities that are not a frozenset of Capability"),  # type: ignore[arg-type]
    "backend": (replace(KIOSK, backend=dict), "has a backend that is not a subclass of"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_package_is_one_line_and_hides_no_other_vendor(
    case: str, install: Install, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    held, said = BROKEN[case]
    install("kiosk", {"kiosk": "kiosk_vendor:VENDOR"}, **({} if held is None else {"VENDOR": held}))
    (tmp_path / "config.toml").write_text('[profiles.k]\nvendor = "kiosk"\nurl = "https://kiosk.example"\n')
    assert cli.run(["list"]) == 3
    out, err = capsys.readouterr()
    assert not out
    assert said in err
    assert err.splitlines()[1:] == ["  hint: update the package or remove it: python -m pip uninstall kiosk"]
    assert cli.run(["vendors", "-o", "ids"]) == 3
    out, err = capsys.readouterr()
    assert out.split() == sorted(registry.VENDORS)
    assert err.count("\n") == 1
    assert said in err


def test_two_packages_with_one_name_are_both_named(install: Install, capsys: pytest.CaptureFixture[str]) -> None:
    for package in ("kiosk", "stall"):
        install(package, {"kiosk": f"{package}_vendor:VENDOR"}, VENDOR=KIOSK)
    assert cli.run(["vendors", "kiosk"]) == 3
    said = capsys.readouterr().err
    assert "package kiosk 0.1" in said
    assert "package stall 0.1" in said
    assert "hint: keep one of them: python -m pip uninstall " in said


def test_a_package_cannot_replace_a_built_in_vendor(install: Install, capsys: pytest.CaptureFixture[str]) -> None:
    install("kiosk", {"onebox": "kiosk_vendor:VENDOR"}, VENDOR=replace(KIOSK, name="onebox"))
    assert registry.vendor("onebox").title == "OneBox"
    assert cli.run(["vendors", "-o", "ids"]) == 3
    out, err = capsys.readouterr()
    assert out.split() == sorted(registry.VENDORS)
    assert "vendor 'onebox' of package kiosk 0.1 is not used: a built-in vendor has that name" in err


def test_a_vendor_without_an_emulator_has_no_sandbox(install: Install, capsys: pytest.CaptureFixture[str]) -> None:
    install("kiosk", {"kiosk": "kiosk_vendor:VENDOR"}, VENDOR=KIOSK)
    assert cli.run(["list", "-p", "sandbox-kiosk"]) == 3
    assert "vendor 'kiosk' has no emulator; there are: flyerlink" in capsys.readouterr().err
    install("stall", {"kiosk": "stall_vendor"}, group=plugins.EMULATORS, app=None)
    forget()
    assert cli.run(["profile", "list", "-o", "ids"]) == 0
    assert "sandbox-kiosk" in capsys.readouterr().out.split()
    assert cli.run(["list", "-p", "sandbox-kiosk"]) == 3
    assert "emulator 'kiosk' of package stall 0.1 has no app(store, *, switches" in capsys.readouterr().err


def test_the_demo_names_what_it_can_show(install: Install, capsys: pytest.CaptureFixture[str]) -> None:
    install("kiosk", {"kiosk": "kiosk_vendor:VENDOR"}, VENDOR=KIOSK)
    assert cli.run(["demo", "--vendor", "kiosk"]) == 2
    assert "the demo has no orders for 'kiosk'" in capsys.readouterr().err
