"""From the price book to what `cachelens pricing` shows."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterable, Iterator, Sequence

from cachelens.errors import UnknownModelError, UsageError
from cachelens.model.pricing import (
    Change,
    DueEntry,
    DueList,
    HoursShown,
    ListedModel,
    ListedProvider,
    ModelSheet,
    ModifierShown,
    PriceList,
    Prices,
    PriceShown,
    RulesShown,
    SourceShown,
    Standing,
    TierShown,
)
from cachelens.providers.billing import UNITS, Multipliers, TimeOfDay, UnitPrices
from cachelens.providers.book import PriceBook
from cachelens.providers.facts import ModelFacts, PriceRow
from cachelens.providers.profile import CacheProfile

_NEAR = 0.6
"""How alike a name must be to be suggested; what `difflib` takes by default."""


def price_list(book: PriceBook, provider: str = "") -> PriceList:
    """Return all models with their price in force, or those of one provider, which then may have none."""
    if provider:
        _known(provider, book.providers)
    found = []
    for facts in sorted(book.providers.values(), key=lambda entry: entry.id):
        models = tuple(
            ListedModel(id=model.id, prices=_prices(model.price_at(None).units))
            for model in book.models.values()
            if model.provider == facts.id
        )
        if provider == facts.id or (models and not provider):
            found.append(ListedProvider(id=facts.id, name=facts.name, models=models))
    return PriceList(providers=tuple(found))


def model_sheet(book: PriceBook, name: str, *, provider: str = "", at_us: int | None = None) -> ModelSheet:
    """Return everything known about a model, named as in a log, at the day asked for.

    Raises `UsageError` for a provider or platform that is not known, `UnknownModelError` for such a model.
    """
    if provider:
        platforms = (platform for facts in book.providers.values() for platform in facts.platforms)
        _known(provider, {*book.providers, *platforms})
    model = book.resolve(name, provider=provider, platform=provider)
    if provider and provider not in (model.provider, *book.providers[model.provider].platforms):
        raise UnknownModelError(
            f"{provider} does not sell {model.id}",
            hint=f"it is sold by {model.provider}; `cachelens pricing list --provider {provider}` names what is",
        )
    profile, now = book.profiles[model.profile], model.price_at(at_us)
    rows = tuple(_row(row, model, now) for row in model.prices)
    return ModelSheet(
        id=model.id,
        provider=model.provider,
        provider_name=book.providers[model.provider].name,
        aliases=model.aliases,
        confidence=model.confidence,
        note=model.note,
        minimum_tokens=model.min_tokens_at(at_us),
        in_force=next(row for row in rows if row.id == now.id),
        extrapolated=now.extrapolated,
        one_day=at_us is not None,
        prices=rows,
        explicit_prices=tuple(_row(row, model, now) for row in model.explicit_prices),
        rules=_rules(profile, at_us),
        explicit_rules=_rules(book.profiles[model.explicit_profile], at_us) if model.explicit_profile else None,
        sources=tuple(_sources(book, model, profile, [now] if at_us is not None else model.prices)),
    )


def due_list(book: PriceBook, day: dt.date, older_than: int) -> DueList:
    """Return the entries that were last checked more than so many days before a day."""
    ages = [(entry, (day - dt.date.fromisoformat(entry.checked)).days) for entry in book.entries]
    due = [
        DueEntry(kind=entry.kind, id=entry.id, file=entry.file, line=entry.line, days=days)
        for entry, days in ages
        if days > older_than
    ]
    due.sort(key=lambda entry: (entry.file, entry.line))
    return DueList(day=day.isoformat(), older_than=older_than, entries=len(book.entries), due=tuple(due))


def _known(name: str, names: Iterable[str]) -> None:
    """Refuse a name that is none of `names`, with those that look like it, or else all."""
    known = sorted(names)
    if name not in known:
        near = difflib.get_close_matches(name.lower(), known, n=3, cutoff=_NEAR)
        hint = f"did you mean {' or '.join(near)}?" if near else f"use one of {', '.join(known)}"
        raise UsageError(f"no provider is called {name!r}", hint=hint)


def _prices(units: UnitPrices) -> Prices:
    return {unit: price for unit in UNITS if (price := getattr(units, unit)) is not None}


def _factors(factors: Multipliers) -> Prices:
    groups = Multipliers.__struct_fields__
    return {group: factor for group in groups if (factor := getattr(factors, group)) is not None}


def _change(rates: UnitPrices | None, multiply: Multipliers | None) -> Change:
    return Change(
        prices=_prices(rates) if rates is not None else {},
        factors=_factors(multiply) if multiply is not None else {},
    )


def _row(row: PriceRow, model: ModelFacts, now: PriceRow) -> PriceShown:
    standing = Standing.IN_FORCE if row.id == now.id else Standing.ANNOUNCED if row.announced else Standing.PAST
    explicit = {other.start: other.units for other in model.explicit_prices}.get(row.start)
    return PriceShown(
        id=row.id,
        start=row.start,
        end=row.end,
        standing=standing,
        prices=_prices(row.units),
        explicit_prices=_prices(explicit) if explicit is not None and explicit != row.units else None,
        tiers=tuple(_tiers(row)),
        modifiers=tuple(
            ModifierShown(
                name=name,
                change=_change(modifier.rates, modifier.multiply),
                not_with=modifier.not_with,
                note=modifier.note,
            )
            for name, modifier in row.modifiers.items()
        ),
        refused=row.refused,
        hours=_hours(row.time_of_day),
        sources=row.sources,
        checked=row.checked,
        confidence=row.confidence,
        note=row.note,
        file=row.file,
        line=row.line,
    )


def _tiers(row: PriceRow) -> Iterator[TierShown]:
    for index, tier in enumerate(row.tiers, 1):
        yield TierShown(
            from_tokens=tier.first_token,
            change=_change(tier.rates, tier.multiply),
            prices=_prices(row.rates_in(index).units()),
        )


def _hours(hours: TimeOfDay | None) -> HoursShown | None:
    if hours is None:
        return None
    return HoursShown(
        weekdays=hours.peak_weekdays,
        windows_utc=hours.peak_utc,
        off_peak_factor=hours.off_peak_multiplier,
        start=hours.start,
    )


def _rules(profile: CacheProfile, at_us: int | None) -> RulesShown:
    return RulesShown(
        id=profile.id,
        mechanism=profile.mechanism,
        status=profile.status,
        leaves_out=profile.leaves_out,
        ttl_seconds=dict(profile.ttl.options),
        default_ttl=profile.ttl.default_at(at_us) or "",
        sources=profile.sources,
        checked=profile.checked,
    )


def _sources(
    book: PriceBook, model: ModelFacts, profile: CacheProfile, rows: Sequence[PriceRow]
) -> Iterator[SourceShown]:
    own = book.providers[model.provider].sources
    for source in dict.fromkeys([*(source for row in rows for source in row.sources), *profile.sources]):
        address = own.get(source) or next(
            (other.sources[source] for other in book.providers.values() if source in other.sources), source
        )
        yield SourceShown(id=source, address=address)
