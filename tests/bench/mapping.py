"""The rows of a mapping: a shop's export of many rows, recognised, read and prepared, before any of it is sent.

It has the 79 columns of Shopify's export, of which a mapping that is built in reads what it needs; totals are checked.
The library that reads spreadsheets holds the whole workbook: its memory is shown, without a gate.
"""

import csv
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook  # type: ignore[import-untyped]

from tests.bench.measure import Command, Ratio, python
from tests.mappings.exports import SHOPIFY

MANY, FEW, SHEET = 100_000, 10_000, 50_000
"""Rows: two an order."""

MAPPED, LESS = f"a mapping, {MANY:,} rows", f"a mapping, {FEW:,} rows"
CSV, XLSX = f"a mapping, CSV of {SHEET:,} rows", f"a mapping, XLSX of {SHEET:,} rows"

RATIOS = (
    Ratio(name=f"{MAPPED}, rows a second", command=MAPPED, less=LESS, done=MANY - FEW, rate=1, gate=8_000, aim=10_000),
    Ratio(name="10 times the rows", command=MAPPED, base=LESS, gate=10.5),
    Ratio(name=f"memory of {MAPPED}, MB", command=MAPPED, of="megabytes", gate=80, aim=60),
    Ratio(name="the same, in rows", command=MAPPED, base=LESS, of="megabytes", gate=1.1),
    Ratio(name=XLSX, command=XLSX, base=CSV, gate=4, aim=2),
    Ratio(name=f"memory of {XLSX}, MB", command=XLSX, of="megabytes"),
)  # fmt: skip

READ = """
import datetime as dt, gc, sys
gc.disable()
from orderctl import drafts
from orderctl.backend import registry
from orderctl.backend.vendor import Profile
from orderctl.mappings.choose import Foreign

vendor = registry.vendor("onebox")
profile = Profile(name="shop", vendor="onebox", url="sandbox:")

def prepare(draft):
    return vendor.prepare("create", draft, profile)

foreign = Foreign(zone=dt.UTC, folder=None)
with drafts.read(sys.argv[1], zone=profile.zone, prepare=prepare, foreign=foreign) as batch:
    assert batch.count == int(sys.argv[2]), batch.count
"""
"""What `create --from` does with an export before its first request."""


@contextmanager
def commands(orderctl: str) -> Iterator[tuple[list[Command], list[str]]]:
    """Write the files; yield the commands, and what could not be measured and why."""
    runs = python(orderctl)
    sheets = subprocess.run([runs, "-c", "import python_calamine"], check=False, capture_output=True).returncode == 0
    with tempfile.TemporaryDirectory() as folder:
        found = []
        for name, rows, ending in (
            (LESS, FEW, "csv"),
            (MAPPED, MANY, "csv"),
            (CSV, SHEET, "csv"),
            (XLSX, SHEET, "xlsx"),
        ):
            if ending == "csv" or sheets:
                file = Path(folder) / f"{rows}.{ending}"
                (write_csv if ending == "csv" else write_sheet)(file, rows // 2)
                args = (runs, "-c", READ, str(file), str(rows // 2))
                found.append(Command(name=name, args=args, environ={"PATH": "/usr/bin:/bin", "HOME": folder}))
        yield found, [] if sheets else [f"{XLSX}: the extra xlsx is not installed"]


def write_csv(file: Path, orders: int) -> None:
    """Write an export of orders of two lines."""
    with file.open("w", encoding="utf-8", newline="") as text:
        rows = csv.writer(text)
        rows.writerow(SHOPIFY.split(","))
        rows.writerows(_rows(orders))


def write_sheet(file: Path, orders: int) -> None:
    """Write the same as a spreadsheet, numbers as numbers."""
    with Workbook(file, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for at, cells in enumerate([SHOPIFY.split(","), *_rows(orders)]):
            sheet.write_row(at, 0, cells)


def _rows(orders: int) -> Iterator[list[Any]]:
    headings = SHOPIFY.split(",")
    for number in range(orders):
        goods, off, post = 2 * (number % 97 + 0.5) + 19.9, number % 5, 4.9
        who = f"Ännchen Lee {number}"
        order = {
            "Financial Status": "paid", "Currency": "EUR", "Subtotal": goods - off, "Shipping": post, "Taxes": 0,
            "Total": round(goods - off + post, 2), "Discount Amount": off, "Shipping Name": who,
            "Shipping Street": f"Weg {number}", "Shipping City": "Bonn", "Shipping Zip": "53111",
            "Shipping Country": "DE",
            "Shipping Phone": f"+49 228 {number:06}", "Notes": "Ring twice" * (number % 3 == 0), "Id": number,
            "Billing Name": who, "Billing Street": f"Weg {number}", "Payment Method": "card", "Source": "web",
        }  # fmt: skip
        for line, quantity, price in ((1, 2, number % 97 + 0.5), (2, 1, 19.9)):
            cells = {
                "Name": f"#{1001 + number}", "Email": f"lee{number}@example.com",
                "Created at": "2026-08-04 05:20:00 +0300",
                "Lineitem quantity": quantity, "Lineitem name": f"Chair, model {line}", "Lineitem price": price,
                "Lineitem sku": f"SKU-{number % 500}-{line}", "Vendor": "Our shop", **(order if line == 1 else {}),
            }  # fmt: skip
            yield [cells.get(heading, "") for heading in headings]
