"""Models that a cloud sells under a vendor's list: the vendor's rows, under the cloud's rules."""

from __future__ import annotations

from decimal import Decimal
from fnmatch import fnmatchcase

import msgspec

from cachelens.providers.billing import UNITS, Modifier, TierEntry, UnitPrices
from cachelens.providers.building import Profiles, modifiers_of, profile_minimum
from cachelens.providers.documents import Derivation
from cachelens.providers.facts import ModelFacts, PriceRow
from cachelens.providers.merging import Place
from cachelens.providers.profile import CacheProfile
from cachelens.providers.vocabulary import weakest


def derived_models(
    rule: Derivation, place: Place, provider: str, vendor: list[ModelFacts], profiles: Profiles
) -> list[ModelFacts]:
    """Return the cloud's copy of every model that the rule names."""
    for profile in rule.profiles.values():
        if profile not in profiles:
            raise place.error(f"unknown profile {profile!r}", rule.prefix)
    return [
        _derive(model, rule, provider, profiles)
        for model in vendor
        if model.profile in rule.profiles and any(fnmatchcase(model.id, glob) for glob in rule.models)
    ]


def _derive(model: ModelFacts, rule: Derivation, provider: str, profiles: Profiles) -> ModelFacts:
    profile = profiles[rule.profiles[model.profile]][0]
    names = (model.id, *model.aliases)
    own_minimum = model.min_tokens != profile_minimum(profiles[model.profile][0])
    return msgspec.structs.replace(
        model,
        id=rule.prefix + model.id,
        provider=provider,
        profile=profile.id,
        explicit_profile="",
        aliases=(
            *(rule.name_prefix + name for name in names if rule.name_prefix),
            *(names if rule.plain_names else ()),
        ),
        prices=tuple(_row(row, model, rule, profile) for row in model.prices),
        explicit_prices=(),
        min_tokens=model.min_tokens if own_minimum else profile_minimum(profile),
        platform=rule.platform,
        confidence=weakest(model.confidence, rule.confidence),
        note=" ".join(filter(None, (model.note, rule.note))),
    )


def _row(row: PriceRow, model: ModelFacts, rule: Derivation, profile: CacheProfile) -> PriceRow:
    own = {name: m for name, m in row.modifiers.items() if name in profile.billing.modifiers}
    modifiers, refused = modifiers_of(model.id, profile, {})
    built_in = row.modifiers.get(rule.modifier)
    return msgspec.structs.replace(
        row,
        id=rule.prefix + row.id,
        model=rule.prefix + model.id,
        units=_scaled(row.units, built_in),
        tiers=tuple(_scaled_tier(tier, built_in) for tier in row.tiers),
        modifiers={name: own.get(name, m) if name in own else m for name, m in modifiers.items()},
        refused=refused,
        sources=tuple(dict.fromkeys((*row.sources, *rule.sources))),
        confidence=weakest(row.confidence, rule.confidence),
    )


def _scaled(units: UnitPrices, modifier: Modifier | None) -> UnitPrices:
    multiply = modifier.multiply if modifier else None
    if multiply is None:
        return units
    prices: dict[str, Decimal] = {
        unit: price * multiply.of(unit) for unit in UNITS if (price := getattr(units, unit)) is not None
    }
    return UnitPrices(**prices)


def _scaled_tier(tier: TierEntry, modifier: Modifier | None) -> TierEntry:
    if tier.rates is None:
        return tier
    return msgspec.structs.replace(tier, rates=_scaled(tier.rates, modifier))
