"""Prices of one request once its tier, modifiers and hour are known."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from cachelens.errors import PricingError
from cachelens.providers.billing import UnitPrices

PER_MTOK = -6
"""Prices are per million tokens: shift the decimal point of tokens x price by this many places."""


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """USD per million tokens, after everything that changes a price has been applied."""

    input: Decimal
    read: Decimal
    """The price of plain input where reads are not billed apart."""
    write: Mapping[str, Decimal]
    """TTL label to price; only the classes that are billed apart."""
    output: Decimal
    storage_hour: Decimal | None = None
    """Rent in USD per million tokens and hour; `None` = no rent, or none published."""
    row: str = ""
    """Id of the price row."""

    def units(self) -> UnitPrices:
        """Return the same prices by billable unit."""
        writes = {f"write_{ttl}": price for ttl, price in self.write.items()}
        return UnitPrices(
            input=self.input, output=self.output, read=self.read, storage_hour=self.storage_hour, **writes
        )

    def has_write(self, ttl: str) -> bool:
        """Say whether tokens written for a TTL have a price."""
        return not self.write or ttl in self.write

    def write_rate(self, ttl: str) -> Decimal:
        """Return the price of tokens written for a TTL; plain input where no write is billed apart.

        Raises `PricingError` where other TTLs are billed apart and this one has no published price.
        """
        own = self.write.get(ttl)
        if own is not None:
            return own
        if not self.write:
            return self.input
        raise PricingError(
            f"{self.row}: no price for tokens written with TTL {ttl}",
            hint=f"add write_{ttl} to the row in a file of your own and pass it with --pricing",
        )
