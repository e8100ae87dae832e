"""What one request cost, from its recorded counts and the prices of its day, in exact integers."""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple

from cachelens.errors import PricingError
from cachelens.metrics.rows import Counted
from cachelens.model.record import CALENDAR_FROM_US
from cachelens.model.usage import WRITE_TTLS, Usage
from cachelens.providers.book import PriceBook
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


class _Known:
    """The price row of requests that are alike, and what it makes of tiers and hours."""

    __slots__ = ("accepted", "costs", "row", "starts")

    def __init__(self, row: PriceRow, accepted: tuple[str, ...]) -> None:
        self.row = row
        self.accepted = accepted
        self.starts = tuple(start for start, _ in row.tier_starts)
        self.costs: dict[tuple[int, bool], UnitCosts | None] = {}

    def at(self, total: int, at_us: int | None) -> UnitCosts | None:
        """Return the costs of a request of so many input tokens; `None` where the row lacks a price."""
        tier = bisect_right(self.starts, total)
        hours = self.row.time_of_day
        peak = hours is None or at_us is None or at_us < CALENDAR_FROM_US or hours.is_peak(at_us)
        key = (tier, peak)
        if key not in self.costs:
            try:
                self.costs[key] = _unit_costs(self.row.rates_in(tier, self.accepted, peak=peak))
            except PricingError:
                self.costs[key] = None
        return self.costs[key]


class Prices:
    """Looks up the price of each request: by model, day, total input, modifiers and hour.

    A request that reports a write has the prices for marked content, where a model has such.
    """

    def __init__(self, book: PriceBook) -> None:
        self._book = book
        self._known: dict[tuple[str, str, str, tuple[str, ...], bool, int], _Known | None] = {}
        self.used: dict[str, PriceRow] = {}
        self.unknown: dict[str, int] = {}
        """Models without a price, and their requests."""
        self.dropped: dict[str, None] = {}
        """Recorded modifiers that have no price; they were left out."""

    def cost(self, record: Counted, usage: Usage, total: int, day: int) -> int | None:
        """Return the cost of a request in units of `USD`; `None` where a price is lacking.

        `total` is its whole input, `day` that of its start since the epoch, -1 for none. Reads and output that the log
        does not report count nothing.
        """
        marked = bool(usage.write_5m or usage.write_1h or usage.write_30m or usage.write_12h)
        key = (record.model, record.provider, record.platform, record.modifiers, marked, day)
        if key not in self._known:
            self._look_up(key, record.arrived_us)
        known = self._known[key]
        costs = None if known is None else known.at(total, record.arrived_us)
        if costs is None:
            self._miss(record.model)
            return None
        cost = usage.uncached_input * costs.plain
        if usage.cache_read:
            cost += usage.cache_read * costs.read
        if usage.output:
            cost += usage.output * costs.output
        if marked:
            for tokens, each in zip(usage.writes, costs.writes, strict=True):
                if tokens:
                    if each is None:
                        self._miss(record.model)
                        return None
                    cost += tokens * each
        return cost

    def _miss(self, model: str) -> None:
        if model in self.unknown or len(self.unknown) < _MOST_KEPT:
            self.unknown[model] = self.unknown.get(model, 0) + 1

    def _look_up(self, key: tuple[str, str, str, tuple[str, ...], bool, int], at_us: int | None) -> None:
        """Find the row of requests that are alike, and keep it; a day has one row."""
        model, provider, platform, modifiers, marked, day = key
        if len(self._known) >= _MOST_KEPT:
            self._known.clear()
        facts = self._book.try_resolve(model, provider=provider, platform=platform)
        if facts is None:
            self._known[key] = None
            return
        row = _row_of(facts, at_us if day >= 0 else None, marked=marked)
        accepted, refused = row.accepts(modifiers)
        if row.extrapolated or row.id not in self.used:  # one request before its start is enough to say so
            self.used[row.id] = row
        self.dropped.update(dict.fromkeys(refused))
        self._known[key] = _Known(row, accepted)


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
