"""An order to print, and an Output whose two streams can be read back, in a pipe or on a terminal."""

import io
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from orderctl.model import Customer, Order, OrderLine, Status, Step
from orderctl.output import Output
from orderctl.output.documents import order_document


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@dataclass
class Printed:
    """An Output, and what it has printed."""

    output: Output
    stdout: io.StringIO
    stderr: io.StringIO

    @property
    def out(self) -> str:
        return self.stdout.getvalue()

    @property
    def err(self) -> str:
        return self.stderr.getvalue()


@dataclass
class Printer:
    """Makes Outputs: `printer("json")`, or on a terminal of 80 columns `printer(terminal=True)`."""

    environ: dict[str, str] = field(default_factory=dict)

    def __call__(self, format: str = "table", *, terminal: bool = False, **options: Any) -> Printed:  # noqa: A002
        stdout, stderr = (Terminal(), Terminal()) if terminal else (io.StringIO(), io.StringIO())
        environ = {"TERM": "xterm", "COLUMNS": "80", "NO_COLOR": "1", **options.pop("environ", {})}
        output = Output(format=format, stdout=stdout, stderr=stderr, environ=environ, **options)
        return Printed(output, stdout, stderr)


@pytest.fixture
def printer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Printer]:
    """What is printed on a terminal shows times of this machine's zone: here that of Kyiv, two hours before UTC."""
    monkeypatch.setenv("TZ", "Europe/Kyiv")
    time.tzset()
    yield Printer()
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def order() -> Order:
    return Order(
        id="82806",
        reference="OC-1",
        title="Spring order",
        status=Status.IN_PROGRESS,
        vendor_status="Being packed",
        steps=(Step(name="Approve", id="41"),),
        customer=Customer(code="C7", name="王小明", email="wang@example.com"),
        lines=(
            OrderLine(id="1", sku="100500", name="Goods", quantity=Decimal(2), unit_price=Decimal("6.250")),
            OrderLine(id="2", sku="100501", quantity=Decimal("1E+1"), extra={"colour": "red"}),
        ),
        currency="UAH",
        total=Decimal("12.50"),
        paid=True,
        created_at=datetime(2026, 11, 21, 1, 2, 3, tzinfo=UTC),
        due_at=date(2026, 12, 1),
        note="leave at the door\nring twice",
        extra={"weight": Decimal("0.10"), "gift": None},
        raw={"id": 82806, "sum": Decimal("12.50")},
    )


@pytest.fixture
def document(order: Order) -> Mapping[str, Any]:
    return order_document(order, profile="shop", vendor="onebox")


@pytest.fixture
def many(document: Mapping[str, Any]) -> Callable[[int], list[Mapping[str, Any]]]:
    return lambda number: [{**document, "id": str(index)} for index in range(number)]
