"""The JSON of `cachelens pricing show`: version 1 of its own shape. Money is text and never rounded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal

from cachelens.providers.billing import UNITS, UnitPrices
from cachelens.providers.book import PriceBook
from cachelens.providers.facts import ModelFacts, PriceRow
from cachelens.providers.profile import CacheProfile

VERSION = 1


def model_json(book: PriceBook, model: ModelFacts, at_us: int | None) -> str:
    """Return one model, its rows, and which of them is in force (at the day asked for)."""
    now = model.price_at(at_us)
    shape = {
        "format": "cachelens.pricing.model",
        "version": VERSION,
        "id": model.id,
        "provider": model.provider,
        "aliases": list(model.aliases),
        "confidence": model.confidence,
        "note": model.note,
        "minimum_tokens": model.min_tokens_at(at_us),
        "price_in_force": now.id,
        "extrapolated": now.extrapolated,
        "prices": [_row(row) for row in (*model.prices, *model.explicit_prices)],
        "profile": _profile(book.profiles[model.profile], at_us),
        "explicit_profile": _profile(book.profiles.get(model.explicit_profile), at_us),
    }
    return json.dumps(shape, indent=2, ensure_ascii=False)


def _row(row: PriceRow) -> Mapping[str, object]:
    return {
        "id": row.id,
        "start": row.start or None,
        "end": row.end or None,
        "usd_per_mtok": _units(row.units),
        "tiers": [
            {"from_input_tokens": first, **_units(row.rates_in(index).units())}
            for index, (first, _) in enumerate(row.tier_starts, 1)
        ],
        "modifiers": sorted(row.modifiers),
        "refused_modifiers": sorted(row.refused),
        "sources": list(row.sources),
        "checked": row.checked,
        "confidence": row.confidence,
        "note": row.note,
        "file": row.file,
        "line": row.line,
    }


def _units(prices: UnitPrices) -> dict[str, str]:
    named: list[tuple[str, Decimal | None]] = [(unit, getattr(prices, unit)) for unit in UNITS]
    return {unit: f"{price:f}" for unit, price in named if price is not None}


def _profile(profile: CacheProfile | None, at_us: int | None) -> Mapping[str, object] | None:
    if profile is None:
        return None
    return {
        "id": profile.id,
        "mechanism": profile.mechanism,
        "status": profile.status,
        "leaves_out": profile.leaves_out,
        "ttl_seconds": dict(profile.ttl.options),
        "default_ttl": profile.ttl.default_at(at_us) or None,
        "sources": list(profile.sources),
        "checked": profile.checked,
    }
