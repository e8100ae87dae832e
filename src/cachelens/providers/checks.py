"""What the types cannot say about the files: order of dates, known sources, complete rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import pairwise

from msgspec import UNSET

from cachelens.providers.billing import UNITS, TierEntry, UnitPrices
from cachelens.providers.documents import PriceEntry
from cachelens.providers.fitting import misfits
from cachelens.providers.merging import MergedModel, MergedProvider, Place
from cachelens.providers.profile import CacheProfile, MinimumRow

NO_START = "one without a start"


def check_model(model: MergedModel, provider: MergedProvider, profiles: set[str]) -> None:
    """Refuse unknown profiles or sources, and rows that are out of order, incomplete or overlapping."""
    entry = model.entry
    for field in ("profile", "explicit_profile"):
        value = getattr(entry, field)
        if (value is UNSET and field == "profile") or (value and value not in profiles):
            problem = "no profile" if value is UNSET else f"unknown profile {value!r}"
            raise model.place.error(problem, entry.id, hint=f"use one of {', '.join(sorted(profiles))}")
    if not model.rows:
        raise model.place.error("no prices", entry.id, hint="add at least one row under prices")
    _check_spans(entry.id, model.rows)
    for row, place in model.rows:
        _check_price(entry.id, row, place, provider)
    _check_spans(entry.id, model.minimums)
    for minimum, place in model.minimums:
        check_sources(minimum.sources, minimum.checked, place, entry.id, provider)


def check_profile(profile: CacheProfile, place: Place, provider: MergedProvider, units: Sequence[str] = UNITS) -> None:
    """Refuse a profile with unknown sources, units or labels, false dates, or rules that its mechanism lacks."""
    check_sources(profile.sources, profile.checked, place, profile.id, provider)
    ttl = profile.ttl
    for label in (ttl.default, *(row.label for row in ttl.default_history)):
        if label and label not in ttl.options:
            raise place.error(f"the default TTL {label!r} is not among the options", profile.id)
    for label in ttl.models:
        if label not in ttl.options:
            raise place.error(f"ttl.models names {label!r}, which is not among the options", profile.id)
    for unit in profile.billing.multipliers:
        if unit not in units:
            raise place.error(f"unknown unit {unit!r} in billing.multipliers", profile.id)
    starts = (*(row.start for row in profile.min_tokens.history), *(row.start for row in ttl.default_history))
    for day in filter(None, starts):
        _check_day(day, place, profile.id)
    _check_tiers(profile.billing.tiers, place, profile.id)
    for problem, hint in misfits(profile):
        raise place.error(problem, profile.id, hint=hint)


def check_sources(sources: tuple[str, ...], checked: str, place: Place, entry: str, provider: MergedProvider) -> None:
    """Refuse an entry without a listed source or without a valid `checked` day."""
    if not sources:
        raise place.error("no source", entry, hint="name at least one id from the sources table")
    for source in sources:
        if source not in provider.sources:
            raise place.error(
                f"unknown source {source!r}", entry, hint=f"add {source!r} to the sources table of the file"
            )
    _check_day(checked, place, entry)


def _check_day(day: str, place: Place, entry: str) -> None:
    try:
        dt.date.fromisoformat(day)
        valid = len(day) == len("2026-10-07")
    except ValueError:
        valid = False
    if not valid:
        raise place.error(f"not a day: {day!r}", entry, hint="write it as YYYY-MM-DD")


def _check_spans(entry: str, rows: Sequence[tuple[PriceEntry | MinimumRow, Place]]) -> None:
    for row, place in rows:
        end = _end(row)
        for day in filter(None, (row.start, end)):
            _check_day(day, place, entry)
        if end and end <= row.start:
            raise place.error(f"the row ends on {end}, not after its start {row.start}", entry)
    for (before, _), (after, place) in pairwise(rows):
        if after.start <= before.start:
            raise place.error(
                f"rows overlap or are out of order: {after.start or NO_START} after {before.start or NO_START}",
                entry,
                hint="sort the rows by start; only the first may go without one",
            )
        end = _end(before)
        if end and end != after.start:
            what = "overlaps" if end > after.start else "leaves a gap before"
            raise place.error(f"the earlier row ends on {end} and so {what} the row from {after.start}", entry)


def _end(row: PriceEntry | MinimumRow) -> str:
    return row.end if isinstance(row, PriceEntry) else ""


def _check_price(entry: str, row: PriceEntry, place: Place, provider: MergedProvider) -> None:
    check_sources(row.sources, row.checked, place, entry, provider)
    if row.input is None or row.output is None:
        raise place.error("a price row needs input and output", entry)
    tiers = () if row.tiers is UNSET else row.tiers
    for prices in (row, row.explicit, *(tier.rates for tier in tiers)):
        _check_amounts(prices, place, entry)
    _check_tiers(tiers, place, entry)


def _check_amounts(prices: UnitPrices | None, place: Place, entry: str) -> None:
    for unit in UNITS if prices is not None else ():
        amount = getattr(prices, unit)
        if amount is not None and not (amount.is_finite() and amount >= 0):
            raise place.error(f"the price of {unit} must be a number from 0 up", entry)


def _check_tiers(tiers: tuple[TierEntry, ...], place: Place, entry: str) -> None:
    if any(after.first_token <= before.first_token for before, after in pairwise(tiers)):
        raise place.error("tiers must ascend by threshold", entry)
    if any((tier.multiply is None) == (tier.rates is None) for tier in tiers):
        raise place.error("a tier needs either multiply or rates", entry)
