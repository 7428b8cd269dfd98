"""A shop's year of invoices, as its own system exports them, goes into a box; the run is killed ten times on the way.

ORDERCTL_TEST_SHOP_YEAR names such a file, with the columns of `HEADINGS`; without it one of that shape is made, with
what such files have: cancellations, negative quantities, prices of zero and below, lines without customer or
description, an invoice whose lines are not adjacent.
"""

import csv
import os
import random
import re
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import pytest

from tests.conftest import proof_examples
from tests.e2e.accounts import READY, Account, account

FILE = "ORDERCTL_TEST_SHOP_YEAR"

README = Path(__file__).parents[2] / "README.md"

HEADINGS = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")

KILLS = proof_examples(10, sample=3)

NAMES = ("WHITE LANTERN", 'CAKE STAND, "LACE"', " TEA TOWEL £ ", "POSTAGE", "", "BOÎTE À THÉ")

CODES = ("85123A", "71053", "POST", "gift_0001_40", "BANK CHARGES")


def made(path: Path, invoices: int) -> Path:
    """Write a file of so many invoices of a shop that never was."""
    chance = random.Random(1)
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(HEADINGS)
        for number in range(536365, 536365 + invoices):
            cancels, customer = chance.random() < 0.15, chance.choice(["17850", "14527", ""])
            invoice = f"C{number}" if cancels else str(number - 40 if number % 97 == 0 else number)
            for _ in range(min(1 + int(chance.expovariate(0.05)), 1_100)):
                quantity = chance.randint(1, 40) * (-1 if cancels or chance.random() < 0.001 else 1)
                price = chance.choice(["0", "0.001", "27.5", "2.55", f"{chance.randint(1, 9999) / 100:.2f}"])
                if chance.random() < 0.0002:
                    price = "-11062.06"
                rows.writerow([
                    invoice, chance.choice(CODES), chance.choice(NAMES), quantity, "2010-12-01 08:26:00", price,
                    customer, "United Kingdom",
                ])  # fmt: skip
    return path


def mapping() -> str:
    """Return the mapping that the README shows for such a file."""
    blocks: list[str] = re.findall(
        r"^```toml\n(.*?)^```$", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    return next(block for block in blocks if "InvoiceNo" in block)


def invoices(path: Path) -> Iterator[tuple[str, bool, Decimal]]:
    """Yield every group of adjacent lines: the invoice, whether its lines can be sold, and what they come to."""
    with path.open(newline="", encoding="utf-8") as file:
        for invoice, lines in groupby(csv.DictReader(file), itemgetter("InvoiceNo")):
            pairs = [(Decimal(line["Quantity"]), Decimal(line["UnitPrice"])) for line in lines]
            good = all(quantity > 0 and price >= 0 for quantity, price in pairs)
            yield invoice, good, sum((quantity * price for quantity, price in pairs), Decimal(0))


def killed(user: Account, line: list[str], orders: int) -> bool:
    """Run a create until the box has so many orders, and kill it; return whether that met a living run."""
    with subprocess.Popen(
        user.user.command(line), env=user.user.environment(), cwd=user.user.home, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as run:  # fmt: skip
        while run.poll() is None and user.store.count("orders") < orders:
            time.sleep(0.005)
        run.kill()
        return run.wait() == -signal.SIGKILL


@pytest.mark.proof
@pytest.mark.timeout(14_400)
@pytest.mark.skipif(not READY, reason="needs the journal")
def test_a_year_of_invoices_arrives_whole_through_ten_kills(tmp_path: Path) -> None:
    given = os.environ.get(FILE)
    file = Path(given) if given else made(tmp_path / "year.csv", proof_examples(25_900, sample=200))
    groups = list(invoices(file))
    parts = Counter(invoice for invoice, _, _ in groups)
    good = {invoice: total for invoice, sold, total in groups if sold and parts[invoice] == 1}
    rejects = tmp_path / "rejects.csv"
    with account("onebox", tmp_path / "home") as user:
        (tmp_path / "year.toml").write_text(mapping(), encoding="utf-8")
        line = user.line(file, "--map", str(tmp_path / "year.toml"), "--skip-invalid")
        last_line = [*line, "--rejects", str(rejects)]
        kills = sum(killed(user, line, len(good) * number // (KILLS + 1)) for number in range(1, KILLS + 1))
        assert kills == KILLS
        last = user.user(*last_line, seconds=7_200)
        assert last.code == 7, last.err  # all but those that were left out
        assert user.orders() == dict.fromkeys(good, 1)
        totals = {
            order["ordercode"]: sum(
                (Decimal(row["count"]) * Decimal(row["price"]) for row in order["lines"]), Decimal(0)
            )
            for _, order in user.store.find("orders")
        }
        assert totals == good
        with rejects.open(newline="", encoding="utf-8") as left_out:
            rows = list(csv.DictReader(left_out))
        assert {row["InvoiceNo"] for row in rows} == parts.keys() - good.keys()
        before = user.store.count("calls")
        again = user.user(*line, seconds=7_200)
        assert again.code == 7, again.err
        assert {result["outcome"] for result in again.lines} == {"replayed"}
        assert user.store.count("calls") == before
    print(f"\n{len(good)} invoices, {sum(good.values())} in all, {len(rows)} lines left out, {kills} kills")  # noqa: T201
