"""Merged files to typed facts: rows get their span, their tiers and the modifiers of their profile."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import TypeVar

import msgspec
from msgspec import UNSET

from cachelens.providers import checks
from cachelens.providers.billing import UNITS, Modifier, TierEntry, UnitPrices
from cachelens.providers.dates import day_us
from cachelens.providers.documents import PriceEntry
from cachelens.providers.facts import CheckedEntry, ModelFacts, PriceRow, ProviderFacts, _replace
from cachelens.providers.merging import Merged, MergedModel, MergedProvider, Place
from cachelens.providers.profile import CacheProfile, MinimumRow
from cachelens.providers.vocabulary import Confidence, Elsewhere, weakest

Row = TypeVar("Row", PriceEntry, MinimumRow)
Profiles = dict[str, tuple[CacheProfile, Place]]


def build_provider(merged: MergedProvider) -> ProviderFacts:
    """Return the facts about one provider."""
    header = merged.header
    return ProviderFacts(
        id=header.id,
        name=header.name or header.id,
        role=header.role,
        platforms=header.platforms,
        sources=merged.sources,
        file=merged.file.name,
        note=header.note,
    )


def build_model(model: MergedModel, merged: Merged, profiles: Profiles) -> ModelFacts:
    """Return the facts about one model; raises `PricingError` where they break a rule."""
    entry = model.entry
    checks.check_model(model, merged.providers[model.provider], set(profiles))
    profile = profiles[str(entry.profile)][0]
    explicit = profiles[entry.explicit_profile][0] if entry.explicit_profile else None
    return ModelFacts(
        id=entry.id,
        provider=model.provider,
        profile=profile.id,
        explicit_profile=explicit.id if explicit else "",
        aliases=entry.aliases,
        prices=_rows(model, profile, explicit=False),
        explicit_prices=_rows(model, explicit, explicit=True) if explicit else (),
        min_tokens=tuple(row for row, _ in model.minimums) or profile_minimum(profile),
        min_tokens_by_platform=entry.min_tokens_by_platform,
        platform="",
        tokenizer=profile.tokenizer if entry.tokenizer is UNSET else entry.tokenizer,
        confidence=Confidence.HIGH if entry.confidence is UNSET else entry.confidence,
        note="" if entry.note is UNSET else entry.note,
        file=model.place.file.name,
        line=model.place.line,
    )


def checked_entries(merged: Merged, profiles: Profiles) -> Iterator[CheckedEntry]:
    """Yield every entry that can still change, with its place; rows replaced when checked are history."""

    def entry(kind: str, name: str, checked: str, place: Place) -> CheckedEntry:
        return CheckedEntry(kind=kind, id=name, checked=checked, file=place.file.name, line=place.line)

    for profile, place in profiles.values():
        yield entry("profile", profile.id, profile.checked, place)
    for model in merged.models.values():
        for price, place in _open(model.rows):
            yield entry("price", row_id(model.entry.id, price.start), price.checked, place)
        for minimum, place in _open(model.minimums):
            yield entry("minimum", row_id(model.entry.id, minimum.start), minimum.checked, place)
    for provider in merged.providers.values():
        for rule, place in provider.derive:
            yield entry("derivation", rule.prefix, rule.checked, place)


def _open(rows: list[tuple[Row, Place]]) -> Iterator[tuple[Row, Place]]:
    for index, (row, place) in enumerate(rows, 1):
        if index == len(rows) or rows[index][0].start > row.checked:
            yield row, place


def row_id(model: str, start: str) -> str:
    """Return the stable name of a dated row."""
    return f"{model}@{start}" if start else model


def profile_minimum(profile: CacheProfile) -> tuple[MinimumRow, ...]:
    """Return the profile's own minimum as dated rows; empty = nothing published."""
    rules = profile.min_tokens
    if rules.history or rules.default is None:
        return rules.history
    return (
        MinimumRow(
            value=rules.default,
            sources=profile.sources,
            checked=profile.checked,
            confidence=rules.confidence,
            note=rules.note,
        ),
    )


def _rows(model: MergedModel, profile: CacheProfile, *, explicit: bool) -> tuple[PriceRow, ...]:
    starts = [row.start for row, _ in model.rows]
    ends = [row.end or following for (row, _), following in zip(model.rows, [*starts[1:], ""], strict=True)]
    return tuple(
        _row(model, profile, entry, place, end, explicit=explicit)
        for (entry, place), end in zip(model.rows, ends, strict=True)
    )


def _row(
    model: MergedModel, profile: CacheProfile, entry: PriceEntry, place: Place, end: str, *, explicit: bool
) -> PriceRow:
    name = row_id(model.entry.id, entry.start) + ("+explicit" if explicit else "")
    units = UnitPrices(**{unit: getattr(entry, unit) for unit in UNITS})
    modifiers, refused = modifiers_of(model.entry.id, profile, model.entry.modifiers)
    tiers = profile.billing.tiers if entry.tiers is UNSET else entry.tiers
    worst = weakest(entry.confidence, model.entry.confidence or Confidence.HIGH)
    return PriceRow(
        id=name,
        model=model.entry.id,
        start=entry.start,
        end=end,
        start_us=day_us(entry.start) if entry.start else None,
        end_us=day_us(end) if end else None,
        units=_replace(units, entry.explicit) if explicit else units,
        tiers=tiers,
        tier_starts=tier_starts(tiers),
        modifiers=modifiers,
        refused=refused,
        time_of_day=profile.billing.time_of_day,
        sources=entry.sources,
        checked=entry.checked,
        confidence=worst,
        note=entry.note,
        file=place.file.name,
        line=place.line,
    )


def tier_starts(tiers: tuple[TierEntry, ...]) -> tuple[tuple[int, str], ...]:
    """Return (smallest total input, label) of each tier."""
    return tuple((tier.first_token, f"from {tier.first_token:,} input tokens") for tier in tiers)


def modifiers_of(
    model: str, profile: CacheProfile, own: dict[str, Modifier]
) -> tuple[dict[str, Modifier], tuple[str, ...]]:
    """Return the modifiers that a model accepts, and the names of those it refuses."""
    accepted: dict[str, Modifier] = {}
    refused: list[str] = []
    for name, modifier in (profile.billing.modifiers | own).items():
        if not modifier.models or any(fnmatchcase(model, glob) for glob in modifier.models):
            accepted[name] = modifier
        elif modifier.elsewhere is Elsewhere.REFUSED:
            refused.append(name)
        else:
            accepted[name] = msgspec.structs.replace(modifier, multiply=None, rates=None)
    return accepted, tuple(refused)
