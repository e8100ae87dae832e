"""Typed, dated facts about models and providers, as the simulator uses them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal

import msgspec

from cachelens.errors import PricingError
from cachelens.model.usage import WRITE_TTLS
from cachelens.providers.billing import ONE, UNITS, Modifier, Multipliers, TierEntry, TimeOfDay, UnitPrices
from cachelens.providers.dates import day_us
from cachelens.providers.profile import MinimumRow, Tokenizer
from cachelens.providers.rates import Rates
from cachelens.providers.vocabulary import Confidence, ProviderRole


class ProviderFacts(msgspec.Struct, frozen=True, kw_only=True):
    """One provider."""

    id: str
    name: str
    role: ProviderRole
    platforms: tuple[str, ...]
    sources: Mapping[str, str]
    """Source id to address or package."""
    file: str
    note: str = ""


class PriceRow(msgspec.Struct, frozen=True, kw_only=True):
    """The prices of one model over one span of time."""

    id: str
    """Stable name: `claude-opus-5`, or `claude-sonnet-5-5@2026-10-07` for a row with a start;
    `+explicit` at the end under an explicit cache profile."""
    model: str
    start: str
    """First day (UTC); empty = published without a start."""
    end: str
    """First day on which it no longer holds; empty = open."""
    start_us: int | None
    end_us: int | None
    units: UnitPrices
    """List prices before tiers and modifiers."""
    tiers: tuple[TierEntry, ...]
    """Ascending by threshold."""
    tier_starts: tuple[tuple[int, str], ...]
    """(smallest total input in the tier, label) ascending; tier 0, below the first, is not listed.
    `np.searchsorted([s for s, _ in tier_starts], total_input, side="right")` is the tier index."""
    modifiers: Mapping[str, Modifier]
    """Modifiers that this model accepts."""
    refused: tuple[str, ...]
    """Modifiers that the provider has but rejects for this model."""
    time_of_day: TimeOfDay | None
    sources: tuple[str, ...]
    checked: str
    confidence: Confidence
    note: str
    file: str
    line: int
    extrapolated: bool = False
    """True when the row was used for a time before its start: the price then is not known."""

    @property
    def announced(self) -> bool:
        """True for a price that had not begun when it was last checked."""
        return self.start > self.checked

    def accepts(self, names: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return which recorded modifiers this row prices, and words for those that it does not.

        Of two that exclude each other the first counts.
        """
        accepted: list[str] = []
        refused: list[str] = []
        for name in names:
            modifier = self.modifiers.get(name)
            clash = next((other for other in accepted if modifier and other in modifier.not_with), "")
            if modifier is None or name in self.refused:
                refused.append(f"{name} ({self.model})")
            elif clash:
                refused.append(f"{name} beside {clash} ({self.model})")
            else:
                accepted.append(name)
        return tuple(accepted), tuple(refused)

    def rates_in(self, tier: int, modifiers: Collection[str] = (), *, peak: bool = True) -> Rates:
        """Return the prices of a tier by its index, under modifiers that the row accepts."""
        chosen = [self.modifiers[name] for name in sorted(set(modifiers))]
        steps = [m.multiply for m in chosen if m.multiply is not None]
        if self.time_of_day is not None and not peak:
            steps.append(Multipliers(all=self.time_of_day.off_peak_multiplier))
        base = self.units
        for modifier in chosen:
            base = _replace(base, modifier.rates)
        if tier:
            entry = self.tiers[tier - 1]
            base = _replace(base, entry.rates)
            steps.append(entry.multiply or Multipliers())
        return _rates(self, base, steps)


def _replace(base: UnitPrices, over: UnitPrices | None) -> UnitPrices:
    """Return `base` with the prices that `over` names."""
    if over is None:
        return base
    named = {unit: price for unit in UNITS if (price := getattr(over, unit)) is not None}
    return msgspec.structs.replace(base, **named)


def _rates(row: PriceRow, base: UnitPrices, steps: list[Multipliers]) -> Rates:
    def price(unit: str) -> Decimal | None:
        value: Decimal | None = getattr(base, unit)
        if value is None:
            return None
        factor = ONE
        for step in steps:
            factor *= step.of(unit)
        return value * factor

    plain = price("input")
    output = price("output")
    if plain is None or output is None:
        raise PricingError(f"{row.id}: input or output has no price", hint=f"complete the row at {row.file}:{row.line}")
    read = price("read")
    writes = ((ttl, price(f"write_{ttl}")) for ttl in WRITE_TTLS)
    return Rates(
        input=plain,
        read=plain if read is None else read,
        write={ttl: value for ttl, value in writes if value is not None},
        output=output,
        storage_hour=price("storage_hour"),
        row=row.id,
    )


class CheckedEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the files, and when a person last compared it with its source."""

    kind: str
    """`price`, `minimum`, `profile` or `derivation`."""
    id: str
    checked: str
    file: str
    line: int


class ModelFacts(msgspec.Struct, frozen=True, kw_only=True):
    """One model at one provider."""

    id: str
    provider: str
    profile: str
    """Id of its default cache profile."""
    explicit_profile: str
    """Id of the profile for explicitly marked or stored content; empty = none."""
    aliases: tuple[str, ...]
    prices: tuple[PriceRow, ...]
    """Ascending by start, without gaps or overlaps."""
    explicit_prices: tuple[PriceRow, ...]
    """The same rows under the explicit profile; empty without one."""
    min_tokens: tuple[MinimumRow, ...]
    """Dated cacheable minimum, the profile's where the model has none of its own."""
    min_tokens_by_platform: Mapping[str, int]
    platform: str
    """Platform that a cloud's model is served on; empty elsewhere."""
    tokenizer: Tokenizer | None
    confidence: Confidence
    file: str
    line: int
    note: str = ""

    def price_at(self, at_us: int | None, *, profile: str = "") -> PriceRow:
        """Return the row in force at an instant.

        Without a time: the newest row that had begun when it was checked. Before the first start: the
        first row with `extrapolated` set. `profile` may name the explicit profile.
        """
        rows = self.explicit_prices if profile and profile == self.explicit_profile else self.prices
        if at_us is None:
            started = [row for row in rows if not row.announced]
            return started[-1] if started else rows[0]
        found = None
        for row in rows:
            if row.start_us is None or row.start_us <= at_us:
                found = row
        if found is None:
            return msgspec.structs.replace(rows[0], extrapolated=True)
        if found.end_us is not None and at_us >= found.end_us:
            return msgspec.structs.replace(found, extrapolated=True)
        return found

    def min_row_at(self, at_us: int | None) -> MinimumRow | None:
        """Return the dated minimum in force; before the first start the first; `None` = nothing published."""
        if not self.min_tokens:
            return None
        found = self.min_tokens[0]
        for row in self.min_tokens:
            if at_us is None or not row.start or day_us(row.start) <= at_us:
                found = row
        return found

    def min_tokens_at(self, at_us: int | None, platform: str = "") -> int | None:
        """Return the smallest cached prefix in tokens; `None` = not published. A cloud's model has its own platform."""
        where = self.platform or platform
        if where in self.min_tokens_by_platform:
            return self.min_tokens_by_platform[where]
        row = self.min_row_at(at_us)
        return None if row is None else row.value
