"""What `cachelens pricing` shows: prices and rules picked from the price book, ready to print."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from decimal import Decimal

import msgspec

Prices = Mapping[str, Decimal]
"""USD per million tokens by billable unit, such as `input` or `write_5m`; only what is billed apart."""


class Standing(enum.StrEnum):
    """Where a price row stands in time."""

    IN_FORCE = "in force"
    ANNOUNCED = "announced"
    PAST = "past"


class ListedModel(msgspec.Struct, frozen=True, kw_only=True):
    """One model with its price in force."""

    id: str
    prices: Prices


class ListedProvider(msgspec.Struct, frozen=True, kw_only=True):
    """One provider with the models that it has prices for, in the order of its file."""

    id: str
    name: str
    models: tuple[ListedModel, ...]


class PriceList(msgspec.Struct, frozen=True, kw_only=True):
    """The models that are known, by provider."""

    providers: tuple[ListedProvider, ...]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What makes some requests cheaper or dearer: prices of their own, or factors by group of units."""

    prices: Prices = {}
    factors: Prices = {}


class TierShown(msgspec.Struct, frozen=True, kw_only=True):
    """A price step by total input."""

    from_tokens: int
    """The smallest total input in it."""
    change: Change
    prices: Prices
    """What its tokens cost in the end."""


class ModifierShown(msgspec.Struct, frozen=True, kw_only=True):
    """A circumstance that changes the price of a request."""

    name: str
    change: Change
    not_with: tuple[str, ...] = ()
    note: str = ""


class HoursShown(msgspec.Struct, frozen=True, kw_only=True):
    """When the listed prices hold; other hours are cheaper."""

    weekdays: tuple[int, ...]
    """Monday 0."""
    windows_utc: tuple[str, ...]
    off_peak_factor: Decimal
    start: str
    """First day on which the hours matter; empty = always."""


class PriceShown(msgspec.Struct, frozen=True, kw_only=True):
    """The prices of one model over one span of time."""

    id: str
    start: str
    """First day (UTC); empty = published without a start."""
    end: str
    """First day on which it no longer holds; empty = open."""
    standing: Standing
    prices: Prices
    explicit_prices: Prices | None
    """The same under the model's explicit profile, where they differ."""
    tiers: tuple[TierShown, ...]
    modifiers: tuple[ModifierShown, ...]
    refused: tuple[str, ...]
    """Modifiers that the provider has but rejects for this model."""
    hours: HoursShown | None
    sources: tuple[str, ...]
    checked: str
    confidence: str
    note: str
    file: str
    line: int


class RulesShown(msgspec.Struct, frozen=True, kw_only=True):
    """One cache profile."""

    id: str
    mechanism: str
    status: str
    leaves_out: str
    """What a replay does not do; empty = nothing."""
    ttl_seconds: Mapping[str, int]
    """TTL label to seconds; empty = not published."""
    default_ttl: str
    sources: tuple[str, ...]
    checked: str


class SourceShown(msgspec.Struct, frozen=True, kw_only=True):
    """Where facts come from."""

    id: str
    address: str


class ModelSheet(msgspec.Struct, frozen=True, kw_only=True):
    """Everything known about one model."""

    id: str
    provider: str
    provider_name: str
    aliases: tuple[str, ...]
    confidence: str
    note: str
    minimum_tokens: int | None
    """Smallest cached prefix; `None` = not published."""
    in_force: PriceShown
    extrapolated: bool
    """True when the day asked for is outside the known span and the nearest price stands in."""
    one_day: bool
    """True when a day was asked for: text then shows its price alone."""
    prices: tuple[PriceShown, ...]
    explicit_prices: tuple[PriceShown, ...]
    """The rows under the explicit profile; empty without one."""
    rules: RulesShown
    explicit_rules: RulesShown | None
    sources: tuple[SourceShown, ...]
    """Of the rows and rules that text shows."""


class DueEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the price files that nobody has compared with its source for a while."""

    kind: str
    id: str
    file: str
    line: int
    days: int


class DueList(msgspec.Struct, frozen=True, kw_only=True):
    """Which rows are due for a check."""

    day: str
    older_than: int
    entries: int
    """All rows."""
    due: tuple[DueEntry, ...]
    """By file and line."""
