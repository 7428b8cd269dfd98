"""Bytes to values, safely: JSON with Decimals here; BadAnswer on nonsense, with the first bytes to look at."""

import json
from decimal import Decimal
from typing import Any, NoReturn

from orderctl.errors import BadAnswer

SHOWN = 120
"""How much of a nonsensical answer an error shows, in characters."""

LONGEST = 400
"""How many digits a number may have before or after the point."""


def read_json(body: bytes, *, vendor: str) -> Any:
    """Return a JSON answer, its numbers as int or Decimal. Raises BadAnswer for nonsense, NaN and absurd numbers."""
    try:
        return json.loads(body.decode("utf-8-sig"), parse_float=_decimal, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise nonsense(body, vendor=vendor, why=_why(body, error)) from None


def nonsense(body: bytes, *, vendor: str, why: str) -> BadAnswer:
    """Return the error for an answer that makes no sense, showing its beginning."""
    shown = body[: SHOWN * 4].decode("utf-8", "replace")[:SHOWN].strip()
    begins = f"; it begins: {shown}" if shown else ""
    return BadAnswer(
        f"{vendor} answered {why}{begins}",
        hint="check the profile's url; with --trace FILE the whole exchange is kept",
    )


def _decimal(text: str) -> Decimal:
    """Return a Decimal; one that would be megabytes when written out (1E+999999999) is refused."""
    number = Decimal(text)
    if abs(number.adjusted()) > LONGEST:
        raise ValueError("a number of absurd length")
    return number


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _why(body: bytes, error: Exception) -> str:
    if not body.strip():
        return "nothing where JSON was expected"
    if body.lstrip()[:1] == b"<":
        return "HTML or XML where JSON was expected"
    if isinstance(error, RecursionError):
        return "JSON that is nested too deeply"
    if isinstance(error, UnicodeDecodeError):
        return "text that is not UTF-8"
    return "JSON that cannot be read" if body.lstrip()[:1] in b"{[" else "something that is not JSON"
