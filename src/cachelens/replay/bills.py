"""From token counts to money: which price holds for which request, and Decimal sums per group of requests."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from cachelens.model.usage import WRITE_TTLS
from cachelens.prompts.trace import Trace
from cachelens.providers.facts import ModelFacts, PriceRow
from cachelens.providers.rates import PER_MTOK, Rates
from cachelens.replay.assign import Assignment
from cachelens.replay.grouping import group_by, sum_by

I64 = npt.NDArray[np.int64]
_HOUR = 3600


@dataclasses.dataclass(frozen=True, kw_only=True)
class Tariff:
    """The prices in force for a trace under one assignment."""

    group: I64
    """For each request the number of its rates, -1 where its model has no price."""
    rates: tuple[Rates, ...]
    rows: tuple[PriceRow, ...]
    """Every price row that was used, once each."""
    dropped: tuple[str, ...]
    """Recorded modifiers that a model does not price; they were left out."""


def tariff(trace: Trace, assignment: Assignment, explicit: npt.NDArray[np.bool_], total: I64) -> Tariff:
    """Find each request's rates by model, time, total input, modifiers and hour."""
    return _Tariffs(trace).build(assignment, explicit, total)


class _Tariffs:
    def __init__(self, trace: Trace) -> None:
        self._arrived = trace.column("arrived")
        self._modifiers = trace.column("modifiers")
        self._names = trace.strings["modifiers"]
        self._dated = trace.dated
        self._rates: list[Rates] = []
        self._rows: dict[str, PriceRow] = {}
        self._dropped: dict[str, None] = {}
        self._group = np.full(len(trace), -1, dtype=np.int64)

    def build(self, assignment: Assignment, explicit: npt.NDArray[np.bool_], total: I64) -> Tariff:
        for index, facts in enumerate(assignment.facts):
            mine = assignment.of == index
            for side in (False, True):
                members = np.flatnonzero(mine & (explicit == side))
                profile = facts.explicit_profile if side else facts.profile
                for row, chosen in self._by_time(facts, profile, members):
                    self._by_tier(row, chosen, total)
        return Tariff(
            group=self._group, rates=tuple(self._rates), rows=tuple(self._rows.values()), dropped=tuple(self._dropped)
        )

    def _by_time(self, facts: ModelFacts, profile: str, members: I64) -> list[tuple[PriceRow, I64]]:
        """Split requests by the price row in force at their time."""
        if not len(members):
            return []
        if not self._dated:
            return [(facts.price_at(None, profile=profile), members)]
        arrived = self._arrived[members]
        found: dict[str, tuple[PriceRow, list[int]]] = {}
        edges = sorted({edge for row in facts.prices for edge in (row.start_us, row.end_us) if edge is not None})
        place = np.searchsorted(np.array(edges, dtype=np.int64), arrived, side="right")
        for part in np.unique(place).tolist():
            chosen = members[place == part]
            row = facts.price_at(int(self._arrived[chosen[0]]), profile=profile)
            found.setdefault(row.id, (row, []))[1].extend(chosen.tolist())
        return [(row, np.array(chosen, dtype=np.int64)) for row, chosen in found.values()]

    def _by_tier(self, row: PriceRow, members: I64, total: I64) -> None:
        """Split requests of one row by tier, modifiers and hour, and give each group its rates."""
        self._rows[row.id] = row
        tier = np.searchsorted([start for start, _ in row.tier_starts], total[members], side="right")
        peak = np.ones(len(members), dtype=np.int64)
        if row.time_of_day is not None and self._dated:
            peak = np.array([row.time_of_day.is_peak(at) for at in self._arrived[members].tolist()], dtype=np.int64)
        groups = group_by(tier, self._modifiers[members], peak)
        self._group[members] = groups.of + len(self._rates)
        for tier_index, modifiers, is_peak in groups.rows:
            names = self._accepted(row, modifiers)
            self._rates.append(row.rates_in(tier_index, names, peak=bool(is_peak)))

    def _accepted(self, row: PriceRow, number: int) -> tuple[str, ...]:
        """Return the recorded modifiers that the row prices, and take note of the others."""
        accepted, refused = row.accepts(self._names[number].split(",") if number >= 0 else ())
        self._dropped.update(dict.fromkeys(refused))
        return accepted


class Ledger:
    """Integer token sums by (set of requests, rates), turned into money at the end."""

    def __init__(self, group: I64, rates: tuple[Rates, ...], subset: I64, subsets: int) -> None:
        """`subset` numbers the set that each request belongs to, 0 to `subsets` - 1."""
        self._rates = rates
        self._subsets = subsets
        self._code = np.where(group >= 0, subset * max(1, len(rates)) + group, -1)
        self._size = subsets * max(1, len(rates))

    def sums(self, tokens: I64) -> list[list[int]]:
        """Return exact token sums, one row a subset, one column a rate."""
        exact = sum_by(self._code, tokens, self._size)
        rows: list[list[int]] = exact.reshape(self._subsets, -1).tolist()
        return rows

    def unpriced(self, counts: Mapping[str, I64]) -> npt.NDArray[np.bool_]:
        """Say which requests hold written tokens of a class that their rates do not price."""
        result = np.zeros(len(self._code), dtype=np.bool_)
        group = self._code % max(1, len(self._rates))
        for label, tokens in counts.items():
            lacking = np.array([not rates.has_write(label) for rates in self._rates] or [False])
            result |= (self._code >= 0) & (tokens > 0) & lacking[group]
        return result

    def money(self, counts: Mapping[str, I64]) -> list[Decimal | None]:
        """Return the price in USD of every subset; `None` for one with written tokens of a class without a price.

        Keys of `counts`: `plain`, `read`, `output`, a TTL label for writes, `stored` (billed as plain input),
        `stored_token_seconds` (rent).
        """
        totals = [Decimal(0)] * self._subsets
        known = [True] * self._subsets
        for unit, tokens in counts.items():
            for subset, row in enumerate(self.sums(tokens)):
                for tokens_of, rates in zip(row, self._rates, strict=False):
                    price = _price(rates, unit) if tokens_of else Decimal(0)
                    known[subset] &= price is not None
                    totals[subset] += tokens_of * (price or 0)
        return [total.scaleb(PER_MTOK) if sure else None for total, sure in zip(totals, known, strict=True)]


def unpriced_writes(trace: Trace, rates: Tariff) -> npt.NDArray[np.bool_]:
    """Say which requests record writes of a class that their model's prices do not have."""
    ledger = Ledger(rates.group, rates.rates, np.zeros(len(trace), dtype=np.int64), 1)
    return ledger.unpriced({label: trace.column(f"write_{label}") for label in WRITE_TTLS})


def lacking(rates: Tariff, write: Mapping[str, I64]) -> list[str]:
    """Say for which writes of a replay there is no price, and what to do; nothing where all have one."""
    found: dict[str, None] = {}
    for label, tokens in write.items():
        used = np.unique(rates.group[(tokens > 0) & (rates.group >= 0)]).tolist()
        rows = sorted({rates.rates[group].row for group in used if not rates.rates[group].has_write(label)})
        for row in rows:
            found[f"{row}: no price for tokens written with TTL {label} (add write_{label} with --pricing)"] = None
    return list(found)


def _price(rates: Rates, unit: str) -> Decimal | None:
    """Return the price per million tokens of one kind of count; `None` for writes that have none."""
    if unit in WRITE_TTLS:
        return rates.write_rate(unit) if rates.has_write(unit) else None
    if unit == "stored_token_seconds":
        return (rates.storage_hour or Decimal(0)) / _HOUR
    if unit == "cheapest":
        return min(rates.input, *rates.write.values()) if rates.write else rates.input
    table = {"plain": rates.input, "stored": rates.input, "read": rates.read, "output": rates.output}
    return table[unit]
