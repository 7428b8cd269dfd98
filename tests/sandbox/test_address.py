"""A sandbox has an address: what is meant for one that was emptied or replaced is refused, and nothing is changed."""

import json
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing
from http.client import HTTPConnection, RemoteDisconnected
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from werkzeug.test import Client

from orderctl.backend import registry
from orderctl.backend.vendor import Capability, Duplicates
from orderctl.cli import lazy as cli
from orderctl.config.file import variable
from orderctl.sandbox import EMULATORS, Emulator, load, reset, serve
from orderctl.sandbox.address import WANTED, Guarded

ADD = urlencode({"login": "sandbox", "password": "sandbox", "clientnamefirst": "Ann", "clientphone": "380"})
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
GET = "/api/orders/get/?login=sandbox&password=sandbox&part=1"

WRITES = {
    Capability.CANCEL: "cancel 1 --yes",
    Capability.PUSH: "push 1",
    Capability.UPDATE: "update 1 --set a=b",
}
"""What else changes an order, where a vendor has it."""

REFUSED = 12


class Shop:
    """A served emulator, and the profile `shop` for an address of it."""

    def __init__(self, vendor: str, path: Path, root: str, emulator: Emulator) -> None:
        self.vendor, self.path, self.root, self.emulator = registry.vendor(vendor), path, root, emulator
        self.config = path.with_name("config.toml")
        self.use(root + emulator.path)

    def use(self, url: str) -> None:
        lines = {"vendor": self.vendor.name, "url": url, "rate": 100_000, **self.vendor.sandbox_settings}
        table = "".join(f"{key} = {_toml(value)}\n" for key, value in lines.items())
        self.config.write_text(f"[profiles.shop]\n{table}", encoding="utf-8")

    def run(self, *args: str) -> int:
        return cli.run([*args, "-p", "shop", "--config", str(self.config)])

    def create(self, reference: str = "") -> int:
        """Create the example's order, or one of another reference."""
        path = self.path.with_name("order.json")
        if reference:
            order = {**json.loads(path.read_text(encoding="utf-8")), "reference": reference}
            path = path.with_name("other.json")
            path.write_text(json.dumps(order), encoding="utf-8")
        return self.run("create", "--from", str(path), "--format", "json")

    @property
    def calls(self) -> list[str]:
        return [call.call for call in self.emulator.store.calls()]


def _toml(value: Any) -> str:
    if isinstance(value, str | int):
        return json.dumps(value)
    return f"{{ {', '.join(f'{key} = {json.dumps(entry)}' for key, entry in value.items())} }}"


Serving = Callable[..., Shop]


@pytest.fixture
def serving(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Serving]:
    """Serve the emulator of a vendor, with faults."""
    monkeypatch.setenv("ORDERCTL_STATE_DIR", str(tmp_path / "state"))
    with ExitStack() as stack:

        def start(vendor: str, *faults: str) -> Shop:
            path = tmp_path / f"{vendor}.sqlite"
            emulator = stack.enter_context(closing(load(vendor, path, faults=faults)))
            root = stack.enter_context(serve.running(emulator))
            for name, secret in registry.vendor(vendor).sandbox_secrets.items():
                monkeypatch.setenv(f"ORDERCTL_SHOP_{variable(name)}", secret)
            shop = Shop(vendor, path, root, emulator)
            assert shop.run("template") == 0
            path.with_name("order.json").write_text(capsys.readouterr().out, encoding="utf-8")
            return shop

        yield start


@pytest.mark.parametrize("vendor", sorted(EMULATORS))
def test_an_order_for_a_sandbox_that_was_emptied_is_certainly_not_made(
    vendor: str, serving: Serving, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = serving(vendor)
    assert shop.create() == 0
    assert shop.run("list", "-o", "ids") == 0
    order_id = capsys.readouterr().out.split()[-1]
    reset(shop.path)
    assert shop.create() == 0
    assert "\nreplayed\t" in capsys.readouterr().out
    assert shop.calls == []
    assert shop.create("R-2") == REFUSED
    assert shop.run("get", order_id) == REFUSED  # not 5, "no such order"
    assert shop.run("list") == REFUSED
    for verb, typed in WRITES.items():
        if verb in shop.vendor.capabilities:
            assert shop.run(*typed.replace("1", order_id).split()) in {2, REFUSED}
    assert shop.calls == []
    said = capsys.readouterr().err
    assert "405" in said
    assert "check the profile's url" in said
    shop.use(shop.root + shop.emulator.path)
    assert shop.create() == 0
    assert "\ncreated\t" in capsys.readouterr().out  # another store, so another order
    assert len(shop.calls) >= 1


@pytest.mark.parametrize("vendor", sorted(EMULATORS))
def test_a_store_that_is_replaced_while_a_call_is_answered_is_not_changed(
    vendor: str, serving: Serving, capsys: pytest.CaptureFixture[str]
) -> None:
    """OMFlow's reads count as a use of the code, which is a change: they come before the store is replaced."""
    shop = serving(vendor)
    guarded = Guarded(shop.emulator, shop.emulator.store)

    def begun_before(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        before = vendor == "omflow" and "/omdata/edit/" not in environ["PATH_INFO"]
        return guarded(environ if before else {**environ, WANTED: "the store before"}, start_response)

    with serve.running(begun_before) as url:
        shop.use(url)
        assert shop.create() == REFUSED
    assert "create order" in (said := capsys.readouterr().out)
    assert "405" in said
    assert shop.calls == []
    shop.use(shop.root)
    assert shop.run("list", "-o", "ids") == 0
    assert capsys.readouterr().out == ""


def test_an_order_that_arrives_late_is_not_made_in_the_emptied_sandbox(serving: Serving) -> None:
    shop = serving("onebox", "late-commit=0.4*1@add")
    with pytest.raises(RemoteDisconnected):
        ask(shop.root, "POST", f"{shop.emulator.path}/api/orders/add/", ADD)
    reset(shop.path)
    time.sleep(0.8)
    assert shop.calls == []


@pytest.mark.parametrize("vendor", sorted(EMULATORS))
def test_the_first_order_is_made_and_its_answer_lost(
    vendor: str, serving: Serving, capsys: pytest.CaptureFixture[str]
) -> None:
    """A vendor that refuses a second order is asked at once what became of it; any other stays unknown."""
    shop = serving(vendor, "commit-then-drop")
    refuses = shop.vendor.duplicates is Duplicates.REFUSED
    assert shop.create() == (0 if refuses else 8)
    capsys.readouterr()
    assert shop.run("list", "-o", "ids") == 0
    assert len(capsys.readouterr().out.split()) == 1
    assert len(shop.calls) == 1


def ask(url: str, method: str, target: str, body: str = "") -> tuple[int, Any, dict[str, str]]:
    with closing(HTTPConnection(urlsplit(url).netloc, timeout=10)) as wire:
        wire.request(method, target, body=body or None, headers=FORM if body else {})
        answer = wire.getresponse()
        return answer.status, json.loads(answer.read()), dict(answer.getheaders())


def test_an_address_that_is_not_the_stores_is_refused_and_the_new_one_named(serving: Serving) -> None:
    shop = serving("onebox", "503*1+1")
    assert ask(shop.root, "POST", f"{shop.emulator.path}/api/orders/add/", ADD)[0] == 200
    status, body, headers = ask(shop.root, "POST", "/sandbox-0000/api/orders/add/", ADD)
    assert (status, headers["Allow"]) == (405, "")
    where = shop.root + shop.emulator.path
    assert body == {"error": f"this sandbox was emptied or replaced: its address is now {where}"}
    assert shop.calls == ["add"]
    with pytest.raises(json.JSONDecodeError):  # the fault took no call that never reached the emulator
        ask(shop.root, "GET", shop.emulator.path + GET)


def test_the_root_reaches_whatever_store_there_is(serving: Serving) -> None:
    shop = serving("onebox")
    assert ask(shop.root, "POST", "/api/orders/add/", ADD)[0] == 200
    assert len(ask(shop.root, "GET", GET)[1]["orders"]) == 1
    reset(shop.path)
    assert ask(shop.root, "GET", GET)[1]["orders"] == []


def test_a_store_in_memory_on_the_same_port_is_another_one() -> None:
    with closing(load("onebox", ":memory:")) as first, serve.running(first) as url:
        address = first.path
        port = urlsplit(url).port or 0
    with closing(load("onebox", ":memory:")) as second, serve.running(second, port=port) as url:
        assert ask(url, "POST", f"{address}/api/orders/add/", ADD)[0] == 405
        assert ask(url, "GET", second.path + GET)[1]["orders"] == []


def test_a_fault_matches_the_path_behind_the_address(serving: Serving) -> None:
    shop = serving("onebox", "lost-after*1@/sandbox-", "lost-before*1@/api/orders/get")
    with pytest.raises(RemoteDisconnected):
        ask(shop.root, "GET", shop.emulator.path + GET)
    assert ask(shop.root, "GET", shop.emulator.path + GET)[0] == 200


def test_an_emulator_in_the_process_can_be_tied_to_a_store(tmp_path: Path) -> None:
    path = tmp_path / "onebox.sqlite"
    with (
        closing(load("onebox", path)) as any_store,
        closing(load("onebox", path, identity=any_store.store.identity())) as tied,
    ):
        assert Client(tied).get(GET).status_code == 200
        reset(path)
        refused = Client(tied).get(GET)
        assert (refused.status_code, refused.json) == (405, {"error": "this sandbox was emptied or replaced"})
        assert Client(any_store).get(GET).status_code == 200
