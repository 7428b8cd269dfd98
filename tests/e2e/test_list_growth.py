"""A longer list: no more memory, and no more work than it has orders. The bench has the times, CI has no noise.

The pages are the bench's: an emulator's own, sent again and again under other ids.
"""

import re
import sys
from collections.abc import Callable

import pytest

from tests.bench.lists import Page, imonggo_page, onebox_page, serving
from tests.bench.measure import Command, once
from tests.e2e.conftest import Cli

MAX_MEMORY = 80
"""MB, from the budgets."""

COUNTED = """
import sys
from orderctl.entry import main
calls = 0
def count(frame, event, arg):
    global calls
    calls += event in ("call", "c_call")
sys.setprofile(count)
code = main(sys.argv[1:])
sys.setprofile(None)
sys.stderr.write(f"calls {calls}")
sys.exit(code)
"""

SECRETS = {"ORDERCTL_SHOP_LOGIN": "sandbox", "ORDERCTL_SHOP_PASSWORD": "sandbox", "ORDERCTL_SHOP_TOKEN": "sandbox"}
LIST = ("list", "--all", "-o", "jsonl")


def profile(vendor: str, url: str) -> str:
    return f'[profiles.shop]\nvendor = "{vendor}"\nurl = "{url}"\nrate = 1000000\n'


@pytest.mark.parametrize(
    "vendor, page, pages", [("onebox", onebox_page, (9, 30)), ("imonggo", imonggo_page, (40, 160))], ids=["json", "xml"]
)
def test_memory_does_not_grow_with_the_list(
    cli: Cli, vendor: str, page: Callable[[], Page], pages: tuple[int, int]
) -> None:
    peaks = []
    made = page()
    for count in pages:
        with serving(made, count) as url:
            cli.config(profile(vendor, url))
            command = Command(name=vendor, args=cli.command(LIST), environ=cli.environment(SECRETS))
            peaks.append(once(command).megabytes)
    few, many = peaks
    assert many < MAX_MEMORY
    assert many <= 1.1 * few


@pytest.mark.parametrize(
    "vendor, page, pages", [("onebox", onebox_page, (1, 5)), ("imonggo", imonggo_page, (4, 20))], ids=["json", "xml"]
)
def test_work_grows_with_the_orders_and_no_faster(
    cli: Cli, vendor: str, page: Callable[[], Page], pages: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "command", lambda args: [sys.executable, "-c", COUNTED, *args])
    calls = []
    made = page()
    for count in pages:
        with serving(made, count) as url:
            cli.config(profile(vendor, url))
            ran = cli(*LIST, env=SECRETS)
            assert (ran.code, len(ran.out.splitlines())) == (0, count * (1000 if vendor == "onebox" else 50))
            found = re.search(r"calls (\d+)$", ran.err)
            assert found, ran.err
            calls.append(int(found[1]))
    few, many = calls
    assert many <= 5.25 * few  # as the budget has it: 10.5 times for 10
