"""How a provider turns token classes into money: multipliers, modifiers, tiers and time of day."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from cachelens.providers.dates import clock_seconds, day_us, second_of_day, us_day, weekday
from cachelens.providers.vocabulary import BatchCaching, Confidence, Elsewhere, Formula, TierOp

ONE = Decimal(1)


class Facts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all types read from YAML: immutable, fields by name, an unknown key is an error."""


class Multipliers(Facts, frozen=True, kw_only=True):
    """Factors by group of units; `all` applies to every group that is not named."""

    all: Decimal | None = None
    input: Decimal | None = None
    read: Decimal | None = None
    write: Decimal | None = None
    """All write classes."""
    output: Decimal | None = None
    storage: Decimal | None = None
    """Rent of stored objects; `all` does not reach it."""

    def of(self, unit: str) -> Decimal:
        """Return the factor for a billable unit such as `write_1h`; 1 where nothing is said."""
        group = "write" if unit.startswith("write") else "storage" if unit == "storage_hour" else unit
        own: Decimal | None = getattr(self, group)
        if own is not None:
            return own
        return ONE if self.all is None or group == "storage" else self.all


class UnitPrices(Facts, frozen=True, kw_only=True):
    """USD per million tokens by billable unit; absent = not billed apart. `units.yaml` explains the keys."""

    input: Decimal | None = None
    output: Decimal | None = None
    read: Decimal | None = None
    write_5m: Decimal | None = None
    write_1h: Decimal | None = None
    write_30m: Decimal | None = None
    write_12h: Decimal | None = None
    storage_hour: Decimal | None = None
    """USD per million tokens and hour."""


UNITS = UnitPrices.__struct_fields__
"""Every billable unit, in the order of `UnitPrices`."""


class Modifier(Facts, frozen=True, kw_only=True):
    """A circumstance that changes the price of a request: batch, flex, priority, a region, a fast mode."""

    multiply: Multipliers | None = None
    rates: UnitPrices | None = None
    """Absolute prices that replace the base before anything is multiplied."""
    models: tuple[str, ...] = ()
    """Globs of the models it applies to; empty = all."""
    elsewhere: Elsewhere = Elsewhere.NO_EFFECT
    not_with: tuple[str, ...] = ()
    """Modifiers that it cannot be combined with."""
    caching: BatchCaching = BatchCaching.FULL
    """Whether requests under it use the cache."""
    caching_models: tuple[str, ...] = ()
    """Globs of the models whose requests under it use the cache; empty = all."""
    confidence: Confidence = Confidence.HIGH
    note: str = ""


class TierEntry(Facts, frozen=True, kw_only=True):
    """A price step by total input (plain, read and written); it reprices every token of the request."""

    threshold: int
    op: TierOp
    multiply: Multipliers | None = None
    rates: UnitPrices | None = None
    """Absolute prices; units not named keep the base price."""

    @property
    def first_token(self) -> int:
        """The smallest total input that falls in the tier."""
        return self.threshold + (self.op is TierOp.GT)


class TimeOfDay(Facts, frozen=True, kw_only=True):
    """Cheaper hours. The prices in the rows are the peak prices."""

    peak_utc: tuple[str, ...]
    """Windows such as `01:00-04:00`; the end is exclusive."""
    peak_weekdays: tuple[int, ...]
    """Days of the week with peak hours, Monday 0."""
    off_peak_multiplier: Decimal
    except_days: tuple[str, ...] = ()
    """ISO days (public holidays) without peak hours."""
    start: str = ""
    """First day on which the hours matter; before it every hour is a peak hour."""
    note: str = ""

    def is_peak(self, at_us: int) -> bool:
        """Tell whether the list price holds at the instant."""
        if self.start and at_us < day_us(self.start):
            return True
        if weekday(at_us) not in self.peak_weekdays or us_day(at_us) in self.except_days:
            return False
        second = second_of_day(at_us)
        return any(lo <= second < hi for lo, hi in self._windows())

    def _windows(self) -> list[tuple[int, int]]:
        edges = (window.partition("-") for window in self.peak_utc)
        return [(clock_seconds(lo), clock_seconds(hi)) for lo, _, hi in edges]


class Billing(Facts, frozen=True, kw_only=True):
    """How the profile's traffic is billed."""

    formula: Formula = Formula.TWO_WAY
    multipliers: dict[str, Decimal] = {}
    """Usual price of a unit relative to plain input; the rows of the models are what counts."""
    modifiers: dict[str, Modifier] = {}
    tiers: tuple[TierEntry, ...] = ()
    """Steps of every model of the profile whose row names none of its own."""
    time_of_day: TimeOfDay | None = None
    confidence: Confidence = Confidence.HIGH
    note: str = ""
