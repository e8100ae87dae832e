"""`cachelens pricing show` as text: one model, its prices, its cache rules and where they come from."""

from __future__ import annotations

from collections.abc import Iterator

from cachelens.model.pricing import Change, HoursShown, ModelSheet, ModifierShown, PriceShown, RulesShown, Standing
from cachelens.reports.base import ReportOptions
from cachelens.reports.escaping import visible
from cachelens.reports.figures import count, plain
from cachelens.reports.lines import folded, line_width
from cachelens.reports.pricing_words import sentence

_LABEL = 12
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class PricingShowText:
    """A page about one model, or about one day of it."""

    id = "pricing-show-text"

    def render(self, result: ModelSheet, options: ReportOptions) -> str:
        """Return the page."""
        width = line_width(options)
        shown = [row for row in result.prices if not result.one_day or row.standing is Standing.IN_FORCE]
        lines = folded(f"{result.id}: {result.provider_name}, confidence {result.confidence}", width)
        lines += folded(result.note, width, rest="")
        lines += ["", "Prices, USD per million tokens"]
        for row in shown:
            lines += _price(row, result, width)
        if result.extrapolated:
            outside = "This day is outside the known span: the nearest price stands in for it."
            lines += folded(outside, width, first="  ")
        lines.append("")
        for label, text in _details(result):
            lines += _labelled(label, text, width)
        lines += ["", "Sources", *(visible(f"  {source.id}: {source.address}") for source in result.sources)]
        places = dict.fromkeys(f"{row.file}:{row.line}" for row in shown)
        lines += _labelled("read from", ", ".join(places), width)
        return "\n".join(lines) + "\n"


def _labelled(label: str, text: str, width: int, *, indent: int = 2) -> list[str]:
    first = " " * indent + (label.ljust(_LABEL) if label else "")
    return folded(text, width, first=first, rest=" " * len(first))


def _price(row: PriceShown, sheet: ModelSheet, width: int) -> Iterator[str]:
    span = f"from {row.start or 'the beginning'} {f'to {row.end}' if row.end else 'on'}"
    yield from folded(f"{span} ({row.standing}, checked {row.checked}, {row.confidence})", width, first="  ")
    yield from _labelled("", sentence(row.prices), width, indent=4)
    if row.explicit_prices is not None and sheet.explicit_rules is not None:
        yield from _labelled("", f"with {sheet.explicit_rules.id}: {sentence(row.explicit_prices)}", width, indent=4)
    if row.note:
        yield from _labelled("", row.note, width, indent=4)


def _details(sheet: ModelSheet) -> Iterator[tuple[str, str]]:
    row = sheet.in_force
    for tier in row.tiers:
        yield "tier", f"from {count(tier.from_tokens)} input tokens on, the whole request: {_change(tier.change)}"
    for modifier in row.modifiers:
        if modifier.change != Change():
            yield "modifier", f"{modifier.name}: {_modifier(modifier)}"
    if row.refused:
        yield "refused", ", ".join(row.refused)
    if row.hours:
        yield "hours", _hours(row.hours)
    yield "minimum", "not published" if sheet.minimum_tokens is None else f"{count(sheet.minimum_tokens)} tokens"
    yield "cache", _rules(sheet.rules)
    if sheet.explicit_rules is not None:
        yield "or", _rules(sheet.explicit_rules)
    if sheet.aliases:
        yield "aliases", ", ".join(sheet.aliases)


def _change(change: Change) -> str:
    factors = ", ".join(f"{group} x{plain(factor)}" for group, factor in change.factors.items())
    return "; ".join(part for part in (sentence(change.prices), factors) if part)


def _modifier(modifier: ModifierShown) -> str:
    apart = f"not with {', '.join(modifier.not_with)}" if modifier.not_with else ""
    return "; ".join(part for part in (_change(modifier.change), apart, modifier.note) if part)


def _hours(hours: HoursShown) -> str:
    days = ", ".join(_DAYS[day] for day in hours.weekdays)
    text = f"the prices hold {days} {', '.join(hours.windows_utc)} UTC; x{plain(hours.off_peak_factor)} otherwise"
    return text + (f", from {hours.start}" if hours.start else "")


def _rules(rules: RulesShown) -> str:
    labels = [f"{label} (default)" if label == rules.default_ttl else label for label in rules.ttl_seconds]
    lifetime = f"TTL {', '.join(labels)}" if labels else "TTL not published"
    left_out = f" Left out of a replay: {rules.leaves_out}" if rules.leaves_out else ""
    return f"{rules.id}: {rules.mechanism}, {lifetime}, {rules.status}.{left_out}"
