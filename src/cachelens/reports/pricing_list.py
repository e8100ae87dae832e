"""`cachelens pricing list` as text, JSON and CSV: every model with its price in force."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence

from cachelens.model.pricing import ListedModel, PriceList
from cachelens.reports.base import ReportOptions
from cachelens.reports.escaping import csv_cell, json_document, json_text
from cachelens.reports.figures import plural
from cachelens.reports.lines import columns, folded, line_width
from cachelens.reports.pricing_words import NOT_APART, UNIT_NAMES, WRITES, in_order, number

VERSION = 1
_LEGEND = (
    "USD per million tokens: newest price that had begun when it was checked, before tiers, modifiers and hours. "
    "Written tokens by TTL, shortest first; - means billed as plain input. "
    "`cachelens pricing show MODEL` tells the rest."
)
_NOTHING = "No model is priced here yet: add one in a file of your own and pass it with --pricing."


class PricingListText:
    """A table a provider."""

    id = "pricing-list-text"

    def render(self, result: PriceList, options: ReportOptions) -> str:
        """Return the tables and what their columns mean."""
        width = line_width(options)
        lines: list[str] = []
        for provider in result.providers:
            heading = f"{provider.id}: {provider.name}, {plural(len(provider.models), 'model')}"
            lines += [*folded(heading, width), *_table(provider.models)]
            lines += [] if provider.models else folded(_NOTHING, width, first="  ", rest="  ")
            lines.append("")
        if any(provider.models for provider in result.providers):
            lines += folded(_LEGEND, width, rest="")
        return "\n".join(lines).rstrip("\n") + "\n"


def _table(models: Sequence[ListedModel]) -> Iterator[str]:
    rows: list[tuple[str, ...]] = [("model", "input", "output", "read", "write")]
    for model in models:
        prices = model.prices
        written = "/".join(number(prices[unit]) for unit in WRITES if unit in prices) or NOT_APART
        rows.append((model.id, *(number(prices.get(unit)) for unit in ("input", "output", "read")), written))
    return columns(rows, left=1) if models else iter(())


class PricingListJson:
    """`cachelens.pricing.list`, version 1. Money is text."""

    id = "pricing-list-json"

    def render(self, result: PriceList, options: ReportOptions) -> str:
        """Return the indented document."""
        shape = {
            "format": "cachelens.pricing.list",
            "version": VERSION,
            "providers": [
                {
                    "id": json_text(provider.id),
                    "name": json_text(provider.name),
                    "models": [
                        {"id": json_text(model.id), "usd_per_mtok": in_order(model.prices)} for model in provider.models
                    ],
                }
                for provider in result.providers
            ],
        }
        return json_document(json.dumps(shape, indent=2, ensure_ascii=False)) + "\n"


class PricingListCsv:
    """One row a model; an empty cell means not billed apart."""

    id = "pricing-list-csv"

    def render(self, result: PriceList, options: ReportOptions) -> str:
        """Return the table with its heading; rows end in a line feed."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["provider", "model", *(f"{unit}_usd_per_mtok" for unit in UNIT_NAMES)])
        for provider in result.providers:
            for model in provider.models:
                prices = in_order(model.prices)
                names = [csv_cell(provider.id), csv_cell(model.id)]
                writer.writerow([*names, *(prices.get(unit, "") for unit in UNIT_NAMES)])
        return out.getvalue()
