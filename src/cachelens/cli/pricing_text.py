"""The words and columns of `cachelens pricing`; every line fits 80 columns and reads well in a pipe."""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from cachelens.providers.billing import Modifier, Multipliers, TierEntry, UnitPrices
from cachelens.providers.book import PriceBook
from cachelens.providers.facts import CheckedEntry, ModelFacts, PriceRow
from cachelens.providers.profile import CacheProfile

WIDTH = 80
_LABEL = 12
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_UNIT_NAMES = {
    "input": "input",
    "output": "output",
    "read": "read",
    "write_5m": "write 5m",
    "write_30m": "write 30m",
    "write_1h": "write 1h",
    "write_12h": "write 12h",
    "storage_hour": "rent per hour",
}


def number(value: Decimal | None) -> str:
    """Write a price without trailing zeros; `-` for none."""
    if value is None:
        return "-"
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def columns(rows: Sequence[Sequence[str]], *, left: int) -> Iterator[str]:
    """Align cells: the first `left` columns to the left, the others to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = (
            cell.ljust(width) if i < left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  " + " ".join(cells).rstrip()


def listing(book: PriceBook, provider: str) -> str:
    """Return all models, or those of one provider, with the price in force."""
    lines: list[str] = []
    for facts in sorted(book.providers.values(), key=lambda p: p.id):
        models = [model for model in book.models.values() if model.provider == facts.id]
        if models and provider in ("", facts.id):
            lines += [f"{facts.id}: {facts.name}, {len(models)} models", *_table(models), ""]
    lines += textwrap.wrap(
        "USD per million tokens: newest price that had begun when it was checked, before tiers, modifiers "
        "and hours. Written tokens by TTL, shortest first; - means billed as plain input. "
        "`cachelens pricing show MODEL` tells the rest.",
        WIDTH,
    )
    return "\n".join(lines) + "\n"


def _table(models: Iterable[ModelFacts]) -> Iterator[str]:
    rows = [("model", "input", "output", "read", "write")]
    for model in models:
        units = model.price_at(None).units
        writes = [units.write_5m, units.write_30m, units.write_1h, units.write_12h]
        written = "/".join(number(price) for price in writes if price is not None) or "-"
        rows.append((model.id, number(units.input), number(units.output), number(units.read), written))
    return columns(rows, left=1)


def model_text(book: PriceBook, model: ModelFacts, at_us: int | None) -> str:
    """Return everything known about one model, or about the day asked for."""
    profile = book.profiles[model.profile]
    now = model.price_at(at_us)
    shown = [row for row in model.prices if at_us is None or row.id == now.id]
    lines = [f"{model.id}: {book.providers[model.provider].name}, confidence {model.confidence}"]
    if model.note:
        lines += textwrap.wrap(model.note, WIDTH)
    lines += ["", "Prices, USD per million tokens", *_price_rows(shown, now, model)]
    if now.extrapolated:
        lines.append("  This day is outside the known span: the nearest price stands in for it.")
    lines += ["", *_details(book, model, profile, now, at_us), "", "Sources"]
    lines += list(_sources(book, model, profile, shown))
    return "\n".join(lines) + "\n"


def _price_rows(shown: Sequence[PriceRow], now: PriceRow, model: ModelFacts) -> Iterator[str]:
    explicit = {row.start: row.units for row in model.explicit_prices}
    for row in shown:
        mark = "in force" if row.id == now.id else "announced" if row.announced else "past"
        span = f"from {row.start or 'the beginning'} to {row.end or 'now on'}"
        yield f"  {span} ({mark}, checked {row.checked}, {row.confidence})"
        yield from _wrapped("", _prices(row.units), indent=4)
        if row.start in explicit and explicit[row.start] != row.units:
            yield from _wrapped("", f"with {model.explicit_profile}: {_prices(explicit[row.start])}", indent=4)
        if row.note:
            yield from _wrapped("", row.note, indent=4)


def _prices(units: UnitPrices) -> str:
    named = ((name, getattr(units, unit)) for unit, name in _UNIT_NAMES.items())
    return ", ".join(f"{name} {number(price)}" for name, price in named if price is not None)


def _wrapped(label: str, text: str, *, indent: int = 2) -> list[str]:
    first = " " * indent + (label.ljust(_LABEL) if label else "")
    return _folded(text, first=first, rest=" " * len(first))


def _details(
    book: PriceBook, model: ModelFacts, profile: CacheProfile, row: PriceRow, at_us: int | None
) -> Iterator[str]:
    for tier in row.tiers:
        yield from _wrapped("tier", _tier(tier))
    for name, modifier in row.modifiers.items():
        if modifier.multiply is not None or modifier.rates is not None:
            yield from _wrapped("modifier", f"{name}: {_modifier(modifier)}")
    if row.refused:
        yield from _wrapped("refused", ", ".join(row.refused))
    if hours := row.time_of_day:
        days = ", ".join(_DAYS[day] for day in hours.peak_weekdays)
        text = f"the prices hold {days} {', '.join(hours.peak_utc)} UTC; x{hours.off_peak_multiplier} otherwise"
        yield from _wrapped("hours", text + (f", from {hours.start}" if hours.start else ""))
    minimum = model.min_tokens_at(at_us)
    yield from _wrapped("minimum", "not published" if minimum is None else f"{minimum:,} tokens")
    yield from _wrapped("cache", _rules(profile, at_us))
    if model.explicit_profile:
        yield from _wrapped("or", _rules(book.profiles[model.explicit_profile], at_us))
    if model.aliases:
        yield from _wrapped("aliases", ", ".join(model.aliases))


def _rules(profile: CacheProfile, at_us: int | None) -> str:
    ttl = profile.ttl
    default = ttl.default_at(at_us)
    labels = [f"{label} (default)" if label == default else label for label in ttl.options]
    lifetime = f"TTL {', '.join(labels)}" if labels else "TTL not published"
    left_out = f" Left out of a replay: {profile.leaves_out}" if profile.leaves_out else ""
    return f"{profile.id}: {profile.mechanism}, {lifetime}, {profile.status}.{left_out}"


def _tier(tier: TierEntry) -> str:
    prices = _prices(tier.rates) if tier.rates else _factors(tier.multiply or Multipliers())
    return f"from {tier.first_token:,} input tokens on, the whole request: {prices}"


def _modifier(modifier: Modifier) -> str:
    parts = [
        _prices(modifier.rates) if modifier.rates else "",
        _factors(modifier.multiply) if modifier.multiply else "",
        f"not with {', '.join(modifier.not_with)}" if modifier.not_with else "",
        modifier.note,
    ]
    return "; ".join(part for part in parts if part)


def _factors(factors: Multipliers) -> str:
    named = ((group, getattr(factors, group)) for group in Multipliers.__struct_fields__)
    return ", ".join(f"{group} x{number(factor)}" for group, factor in named if factor is not None)


def _sources(book: PriceBook, model: ModelFacts, profile: CacheProfile, rows: Sequence[PriceRow]) -> Iterator[str]:
    known = book.providers[model.provider].sources
    places = dict.fromkeys(f"{row.file}:{row.line}" for row in rows)
    for source in dict.fromkeys([source for row in rows for source in row.sources] + [*profile.sources]):
        address = known.get(source) or next(
            (p.sources[source] for p in book.providers.values() if source in p.sources), source
        )
        yield f"  {source}: {address}"
    yield from _wrapped("read from", ", ".join(places))


def age(entry: CheckedEntry, day: dt.date) -> int:
    """Return the days since the entry was last checked."""
    return (day - dt.date.fromisoformat(entry.checked)).days


def staleness(book: PriceBook, stale: Sequence[CheckedEntry], day: dt.date, older_than: int) -> str:
    """Return one line an entry that needs checking, and a last line with the count."""
    rows = [
        f"{entry.file}:{entry.line}: {entry.kind} {entry.id}, {age(entry, day)} days"
        for entry in sorted(stale, key=lambda entry: (entry.file, entry.line))
    ]
    total = f"{len(stale)} of {len(book.entries)} entries were last checked over {older_than} days before {day}."
    lines = [line for row in [*rows, total] for line in _folded(row)]
    return "\n".join(lines) + "\n"


def _folded(line: str, *, first: str = "", rest: str = "    ") -> list[str]:
    return textwrap.wrap(
        line,
        WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_on_hyphens=False,
        break_long_words=False,
    )
