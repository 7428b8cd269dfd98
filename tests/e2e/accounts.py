"""A vendor's account over HTTP, for the proofs: who uses it, a file of orders, its own table, and the user's journal.

What happened is shown by two witnesses that know nothing of each other: the emulator's table, and the journal as
`orderctl journal list` prints it.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from wsgiref.types import WSGIApplication

from orderctl import sandbox
from orderctl.backend import registry
from orderctl.backend.vendor import Duplicates
from orderctl.entry import GROUPS
from orderctl.sandbox import Emulator
from orderctl.sandbox.serve import running
from orderctl.sandbox.store import Store
from tests.e2e.conftest import Cli, Ran

READY = "journal" in GROUPS
"""Whether orderctl keeps a journal that can be asked; without one, the proofs that need it do not run."""

JOBS = ("--jobs", "8")

PROFILE = "shop"

CREATES = {
    "flyerlink": r"/(orders|jobs)\b",
    "imonggo": r"/api/orders\.xml",
    "omflow": r"/edit/orderdesk\b",
    "onebox": r"/api/orders/add/",
    "qince": r"/orderAdd/",
}
"""What is in the path of a POST that makes an order; a job of Flyerlink's is the second part of its order."""

UNRESOLVED = frozenset({"sending", "unknown"})

VENDORS = tuple(sorted(registry.VENDORS))

REFUSING = tuple(name for name in VENDORS if registry.vendor(name).duplicates is Duplicates.REFUSED)
"""The vendors that refuse a second order of a reference: there a run, repeated, ends in 0 whatever happened."""


def _onebox(store: Store) -> Iterator[tuple[str, int]]:
    for _, order in store.find("orders"):
        yield order["ordercode"], len(order["lines"])


def _imonggo(store: Store) -> Iterator[tuple[str, int]]:
    for _, order in store.find("orders"):
        yield order["reference"], len(order["order_lines"])


def _flyerlink(store: Store) -> Iterator[tuple[str, int]]:
    jobs = Counter(job["order"] for _, job in store.find("jobs"))
    for _, order in store.find("orders", ("id", ">", 3)):  # the first three are the vendor's examples
        yield order["reference"], jobs[order["code"]]


def _qince(store: Store) -> Iterator[tuple[str, int]]:
    rows = Counter(row["order_id"]["id"] for _, row in store.find("details"))
    for number, order in store.find("orders"):
        yield order["field_ab12c__c"], rows[str(number)]


def _omflow(store: Store) -> Iterator[tuple[str, int]]:
    orders = {row["data_no"]: row["formitm_3"] for _, row in store.find("rows-orderdesk")}
    yield from ((reference, 0) for reference in orders.values())


TABLES: Mapping[str, Callable[[Store], Iterable[tuple[str, int]]]] = {
    "flyerlink": _flyerlink,
    "imonggo": _imonggo,
    "omflow": _omflow,
    "onebox": _onebox,
    "qince": _qince,
}
"""How each emulator's own table is read: the reference of every order there, and how many lines it has."""


@dataclass(frozen=True)
class Account:
    """An emulator that is served, and a user who has its profile and secrets, in a home of his own."""

    vendor: str
    user: Cli
    store: Store

    @property
    def refuses(self) -> bool:
        return self.vendor in REFUSING

    @cached_property
    def example(self) -> dict[str, Any]:
        """The vendor's documented order as a draft."""
        shown = self.user("template", "-p", PROFILE)
        assert shown.code == 0, shown.err
        order: dict[str, Any] = json.loads(shown.out)
        return order

    def file(self, references: Iterable[str], name: str = "orders.jsonl") -> Path:
        """Write a file of orders: the vendor's documented one under these references."""
        order, path = self.example, self.user.home / name
        path.write_text("".join(json.dumps({**order, "reference": reference}) + "\n" for reference in references))
        return path

    def line(self, file: Path, *more: str) -> list[str]:
        """Return what is typed to create the orders of a file."""
        return ["create", "--from", str(file), "-p", PROFILE, "-o", "jsonl", *JOBS, *more]

    def create(self, file: Path, *more: str, seconds: float = 600) -> Ran:
        return self.user(*self.line(file, *more), seconds=seconds)

    def orders(self) -> Counter[str]:
        """Return how many orders of each reference the vendor has."""
        return Counter(reference for reference, _ in TABLES[self.vendor](self.store))

    def lines(self) -> dict[str, int]:
        """Return how many lines the order of each reference has at the vendor."""
        return dict(TABLES[self.vendor](self.store))

    def journal(self) -> dict[str, str]:
        """Return the state of every create in the journal, by reference."""
        shown = self.user("journal", "list", "--all", "-p", PROFILE, "-o", "json")
        assert shown.code == 0, shown.err
        rows = [row for row in shown.json["journal"] if row["verb"] == "create"]
        states = {row["reference"]: row["state"] for row in rows}
        assert len(states) == len(rows), "a reference has two rows"
        return states

    def whole(self) -> set[str]:
        """Return the references whose order is at the vendor with all its lines. Fails where a line is there twice."""
        most = len(self.example.get("lines", ()))
        lines = self.lines()
        assert all(number <= most for number in lines.values()), f"a line twice: {lines}"
        return {reference for reference, number in lines.items() if number == most}

    def lost(self, references: Iterable[str]) -> set[str]:
        """Return the references whose order is neither whole at the vendor nor unresolved in the journal."""
        missing = set(references) - self.whole()
        if not missing:
            return missing
        states = self.journal()
        return {reference for reference in missing if states.get(reference) not in UNRESOLVED}

    def twice(self) -> list[str]:
        """Return the references that the vendor has more than once."""
        return [reference for reference, number in self.orders().items() if number > 1]


@contextmanager
def account(
    vendor: str,
    home: Path,
    *,
    wrap: Callable[[Emulator], WSGIApplication] = lambda app: app,
    authenticate: bool = True,
) -> Iterator[Account]:
    """Serve an emulator with an empty store while the block runs; the user's home and state are as new."""
    home.mkdir(parents=True)
    emulator = sandbox.load(vendor, home / "vendor.sqlite", authenticate=authenticate)
    with closing(emulator), running(wrap(emulator)) as url:
        what = registry.vendor(vendor)
        secrets = {f"ORDERCTL_{PROFILE}_{name}".upper(): value for name, value in what.sandbox_secrets.items()}
        user = Cli(home, {**secrets, "ORDERCTL_STATE_DIR": str(home / "state"), "PYTHONDONTWRITEBYTECODE": "1"})
        profile = {"vendor": vendor, "url": url + emulator.path, **what.sandbox_settings}
        settings = "".join(f"{key} = {_toml(value)}\n" for key, value in profile.items())
        user.config(f"[profiles.{PROFILE}]\nrate = 100000\n{settings}")
        yield Account(vendor, user, emulator.store)


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{key} = {_toml(inner)}' for key, inner in value.items())} }}"
    return json.dumps(value)
