"""What one request cost, from its recorded counts and the prices of its day, in exact integers."""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple

from cachelens.errors import PricingError
from cachelens.metrics.rows import Counted
from cachelens.model.record import CALENDAR_FROM_US
from cachelens.model.usage import WRITE_TTLS, Usage
from cachelens.providers.book import PriceBook
from cachelens.providers.dates import US_PER_DAY
from cachelens.providers.facts import ModelFacts, PriceRow
from cachelens.providers.rates import Rates

USD = -18
"""A cost is a number of units of 10^-18 dollars: prices per million tokens may have twelve decimals."""
_PLACES = 12
_MOST_KEPT = 4_096
"""Prices that are kept for the next request that asks for them."""


class UnitCosts(NamedTuple):
    """Cost of one token of each kind, in units of `USD`; `None` where there is no price."""

    plain: int
    read: int
    writes: tuple[int | None, ...]
    """In the order of `WRITE_TTLS`."""
    output: int


class Prices:
    """Looks up the price of each request: by model, day, total input, modifiers and hour.

    A request that reports a write has the prices for marked content, where a model has such.
    """

    def __init__(self, book: PriceBook) -> None:
        self._book = book
        self._rows: dict[tuple[str, str, str, bool, int], PriceRow | None] = {}
        self._costs: dict[tuple[str, int, tuple[str, ...], bool], UnitCosts | None] = {}
        self.used: dict[str, PriceRow] = {}
        self.unknown: dict[str, int] = {}
        """Models without a price, and their requests."""
        self.dropped: dict[str, None] = {}
        """Recorded modifiers that have no price; they were left out."""

    def cost(self, record: Counted, usage: Usage) -> int | None:
        """Return the cost of a request in units of `USD`; `None` where a price is lacking.

        Reads and output that the log does not report count nothing.
        """
        marked = bool(usage.write_5m or usage.write_1h or usage.write_30m or usage.write_12h)
        row = self._row(record, marked=marked)
        if row is None:
            self._miss(record.model)
            return None
        costs = self._unit_costs(row, record, usage.input_tokens)
        if costs is None:
            self._miss(record.model)
            return None
        total = usage.uncached_input * costs.plain
        if usage.cache_read:
            total += usage.cache_read * costs.read
        if usage.output:
            total += usage.output * costs.output
        if marked:
            for tokens, cost in zip(usage.writes, costs.writes, strict=True):
                if tokens:
                    if cost is None:
                        self._miss(record.model)
                        return None
                    total += tokens * cost
        return total

    def _miss(self, model: str) -> None:
        if model in self.unknown or len(self.unknown) < _MOST_KEPT:
            self.unknown[model] = self.unknown.get(model, 0) + 1

    def _row(self, record: Counted, *, marked: bool) -> PriceRow | None:
        at_us = record.arrived_us
        dated = at_us is not None and at_us >= CALENDAR_FROM_US
        day = at_us // US_PER_DAY if dated and at_us is not None else -1
        key = (record.model, record.provider, record.platform, marked, day)
        if key not in self._rows:
            if len(self._rows) >= _MOST_KEPT:
                self._rows.clear()
            facts = self._book.try_resolve(record.model, provider=record.provider, platform=record.platform)
            self._rows[key] = None if facts is None else _row_of(facts, at_us if dated else None, marked=marked)
        return self._rows[key]

    def _unit_costs(self, row: PriceRow, record: Counted, total: int) -> UnitCosts | None:
        tier = bisect_right(row.tier_starts, total, key=lambda step: step[0]) if row.tier_starts else 0
        at_us = record.arrived_us
        dated = at_us is not None and at_us >= CALENDAR_FROM_US
        peak = row.time_of_day is None or not dated or row.time_of_day.is_peak(at_us or 0)
        key = (row.id, tier, record.modifiers, peak)
        if key not in self._costs:
            if len(self._costs) >= _MOST_KEPT:
                self._costs.clear()
            self.used[row.id] = row
            accepted, refused = row.accepts(record.modifiers)
            self.dropped.update(dict.fromkeys(refused))
            try:
                self._costs[key] = _unit_costs(row.rates_in(tier, accepted, peak=peak))
            except PricingError:
                self._costs[key] = None
        return self._costs[key]


def _row_of(facts: ModelFacts, at_us: int | None, *, marked: bool) -> PriceRow:
    return facts.price_at(at_us, profile=facts.explicit_profile if marked else facts.profile)


def _unit_costs(rates: Rates) -> UnitCosts:
    return UnitCosts(
        plain=int(rates.input.scaleb(_PLACES)),
        read=int(rates.read.scaleb(_PLACES)),
        writes=tuple(
            int(rates.write_rate(ttl).scaleb(_PLACES)) if rates.has_write(ttl) else None for ttl in WRITE_TTLS
        ),
        output=int(rates.output.scaleb(_PLACES)),
    )
