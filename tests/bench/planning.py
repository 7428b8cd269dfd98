"""The rows of planning: a CSV file of many orders, read, checked and prepared, before any of it is sent."""

import csv
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.measure import Command, Ratio, python

MANY, FEW = 100_000, 10_000
"""Rows: two lines an order."""

PLANNED, LESS = f"planning {MANY:,} rows", f"planning {FEW:,} rows"
READ, READ_LESS = f"csv.DictReader, {MANY:,} rows", f"csv.DictReader, {FEW:,} rows"

MORE = MANY - FEW
"""Rows a second are those of CPU, without the start."""

RATIOS = (
    Ratio(name=f"{PLANNED}, rows a second", command=PLANNED, less=LESS, done=MORE, rate=1, gate=8_000, aim=10_000),
    Ratio(name="csv.DictReader, rows a second", command=READ, less=READ_LESS, done=MORE, rate=1),
    Ratio(name="10 times the rows", command=PLANNED, base=LESS, gate=10.5),
    Ratio(name=f"memory of {PLANNED}, MB", command=PLANNED, of="megabytes", gate=80, aim=60),
    Ratio(name="the same, in rows", command=PLANNED, base=LESS, of="megabytes", gate=1.1),
)  # fmt: skip

HEADINGS = (
    "reference", "title", "note", "customer", "customer_name", "email", "phone", "address", "due", "currency", "sku",
    "name", "quantity", "price",
)  # fmt: skip

PLAN = """
import gc, sys
gc.disable()
from orderctl import drafts
from orderctl.backend import registry
from orderctl.backend.vendor import Profile

vendor = registry.vendor("onebox")
profile = Profile(name="shop", vendor="onebox", url="sandbox:")

def prepare(draft):
    return vendor.prepare("create", draft, profile)

with drafts.read(sys.argv[1], zone=profile.zone, prepare=prepare) as batch:
    assert batch.count == int(sys.argv[2]), batch.count
"""
"""What `create --from` does before its first request: the reader, the vendor's `prepare` and the spool."""

DICTIONARIES = """
import csv, gc, sys
gc.disable()
with open(sys.argv[1], encoding="utf-8", newline="") as file:
    assert sum(1 for _ in csv.DictReader(file)) == 2 * int(sys.argv[2])
"""


@contextmanager
def commands(orderctl: str) -> Iterator[tuple[list[Command], list[str]]]:
    """Write the files; yield the commands, and what could not be measured and why."""
    with tempfile.TemporaryDirectory() as folder:
        environ = {"PATH": "/usr/bin:/bin", "HOME": folder}
        found = []
        for rows, planned, read in ((FEW, LESS, READ_LESS), (MANY, PLANNED, READ)):
            file = Path(folder) / f"{rows}.csv"
            write_orders(file, rows // 2)
            for name, script in ((planned, PLAN), (read, DICTIONARIES)):
                args = (python(orderctl), "-c", script, str(file), str(rows // 2))
                found.append(Command(name=name, args=args, environ=environ))
        yield found, []


def write_orders(file: Path, orders: int) -> None:
    """Write a CSV file of orders, each of two lines and another customer."""
    with file.open("w", encoding="utf-8", newline="") as text:
        rows = csv.writer(text)
        rows.writerow(HEADINGS)
        for number in range(orders):
            order = (
                f"R-{number:06}", f"Chairs for room {number}", "Ring twice" if number % 3 == 0 else "", f"C-{number}",
                f"Ännchen Lee {number}", f"lee{number}@example.com", f"+380{number:09}", f"Хрещатик {number}, Київ",
                f"2026-03-{number % 28 + 1:02}", "UAH",
            )  # fmt: skip
            for line in (1, 2):
                model = f"{number % 500}-{line}"
                rows.writerow((*order, f"SKU-{model}", f"Chair, model {model}", line, f"{number % 97}.50"))
