"""qince, row by row."""

from tests.documented.ledger import Row

SETUP: tuple[str, ...] = ()

TABLES: dict[str, tuple[Row, ...]] = {}
