"""How prices are written: units in order, numbers without trailing zeros."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from cachelens.model.pricing import Prices
from cachelens.reports.figures import plain

NOT_APART: Final = "-"
"""Stands for what is billed as plain input, or not at all."""

UNIT_NAMES: Final = {
    "input": "input",
    "output": "output",
    "read": "read",
    "write_5m": "write 5m",
    "write_30m": "write 30m",
    "write_1h": "write 1h",
    "write_12h": "write 12h",
    "storage_hour": "rent per hour",
}
"""Every billable unit in words, in the order of the columns."""
WRITES: Final = tuple(unit for unit in UNIT_NAMES if unit.startswith("write_"))
"""The classes of writes, the shortest TTL first."""


def number(price: Decimal | None) -> str:
    """Write a price without trailing zeros; `-` for none."""
    return NOT_APART if price is None else plain(price)


def sentence(prices: Prices) -> str:
    """Write prices in a line: `input 4, output 20, read 0.4`."""
    return ", ".join(f"{name} {plain(prices[unit])}" for unit, name in UNIT_NAMES.items() if unit in prices)


def in_order(prices: Prices) -> dict[str, str]:
    """Return prices as plain text by unit, in the order of the columns."""
    return {unit: plain(prices[unit]) for unit in UNIT_NAMES if unit in prices}
