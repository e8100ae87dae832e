"""`cachelens pricing show` as JSON: `cachelens.pricing.model`, version 1. Money is text."""

from __future__ import annotations

import json
from collections.abc import Mapping

from cachelens.model.pricing import ModelSheet, PriceShown, RulesShown
from cachelens.reports.base import ReportOptions
from cachelens.reports.escaping import json_document, json_text
from cachelens.reports.pricing_words import in_order

VERSION = 1


class PricingShowJson:
    """One model, its rows, and which of them is in force (at the day asked for)."""

    id = "pricing-show-json"

    def render(self, result: ModelSheet, options: ReportOptions) -> str:
        """Return the indented document."""
        shape = {
            "format": "cachelens.pricing.model",
            "version": VERSION,
            "id": result.id,
            "provider": result.provider,
            "aliases": list(result.aliases),
            "confidence": result.confidence,
            "note": result.note,
            "minimum_tokens": result.minimum_tokens,
            "price_in_force": result.in_force.id,
            "extrapolated": result.extrapolated,
            "prices": [_row(row) for row in (*result.prices, *result.explicit_prices)],
            "profile": _rules(result.rules),
            "explicit_profile": _rules(result.explicit_rules),
        }
        return json_document(json_text(json.dumps(shape, indent=2, ensure_ascii=False))) + "\n"


def _row(row: PriceShown) -> Mapping[str, object]:
    return {
        "id": row.id,
        "start": row.start or None,
        "end": row.end or None,
        "usd_per_mtok": in_order(row.prices),
        "tiers": [{"from_input_tokens": tier.from_tokens, **in_order(tier.prices)} for tier in row.tiers],
        "modifiers": sorted(modifier.name for modifier in row.modifiers),
        "refused_modifiers": sorted(row.refused),
        "sources": list(row.sources),
        "checked": row.checked,
        "confidence": row.confidence,
        "note": row.note,
        "file": row.file,
        "line": row.line,
    }


def _rules(rules: RulesShown | None) -> Mapping[str, object] | None:
    if rules is None:
        return None
    return {
        "id": rules.id,
        "mechanism": rules.mechanism,
        "status": rules.status,
        "leaves_out": rules.leaves_out,
        "ttl_seconds": dict(rules.ttl_seconds),
        "default_ttl": rules.default_ttl or None,
        "sources": list(rules.sources),
        "checked": rules.checked,
    }
