"""Answers about each model: break-even points, price changes, crossings, and how sensitive the best scenario is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from cachelens.model.pricing import Standing
from cachelens.model.result import Status
from cachelens.model.whatif import Answers, Bill, Cell, Crossing, HitRateStep, PriceChange, RateCard
from cachelens.providers.book import PriceBook
from cachelens.providers.dates import US_PER_DAY, day_us, us_day
from cachelens.providers.facts import ModelFacts
from cachelens.providers.vocabulary import Mechanism, TtlRefresh
from cachelens.whatif import breakeven
from cachelens.whatif.books import OUTPUT, RENT
from cachelens.whatif.cards import card
from cachelens.whatif.grid import Grid, Point

_STEPS = (-20, -10, 10, 20)
"""Points of the hit rate that are tried."""
_REFRESHED = (TtlRefresh.ON_READ, TtlRefresh.ON_READ_OR_WRITE)


def answers(book: PriceBook, facts: ModelFacts, at_us: int | None, tokens: int) -> Answers:
    """Return the break-even points of a model for prompts of about so many tokens."""
    default = card(book, facts, at_us, tokens)
    explicit = card(book, facts, at_us, tokens, explicit=True) if facts.explicit_profile else default
    profile, main = book.profiles[facts.profile], default
    marked = book.profiles[facts.explicit_profile] if facts.explicit_profile else profile
    if not default.seconds and marked.mechanism is not Mechanism.STORED_OBJECT:
        profile, main = marked, explicit
    refreshed = profile.ttl.refresh in _REFRESHED
    pings = [breakeven.pings(main, ttl) for ttl in main.seconds] if refreshed else []
    shortest = next(iter(main.seconds), "")
    return Answers(
        card=main,
        bands=tuple(breakeven.bands(main)) if refreshed else (),
        lapses=tuple(breakeven.lapses(main)) if refreshed else (),
        pings=tuple(row for row in pings if row is not None),
        padding=tuple(breakeven.padding(main, shortest)),
        rent=breakeven.rent(explicit),
    )


def crossings(best: Mapping[str, Cell], cards: Mapping[str, RateCard]) -> Iterator[Crossing]:
    """Find pairs of models that change places when caches are counted; both by name."""
    for one, a in best.items():
        for other, b in best.items():
            if a.cost is None or b.cost is None or a.cost_no_cache is None or b.cost_no_cache is None:
                continue
            if a.cost_no_cache < b.cost_no_cache and b.cost < a.cost:
                hit_rate = None
                if one in cards and other in cards:
                    found = breakeven.crossing(cards[one], a.ttl, cards[other], b.ttl)
                    hit_rate = None if found is None else float(found)
                yield Crossing(
                    cheaper_by_list=one,
                    cheaper_cached=other,
                    hit_rate=hit_rate,
                    list_cost=(a.cost_no_cache, b.cost_no_cache),
                    cached_cost=(a.cost, b.cost),
                    sure=a.status is b.status is Status.OK,
                )


def price_changes(
    grid: Grid, point: Point, model: str, facts: Sequence[ModelFacts], at_us: int | None
) -> Iterator[PriceChange]:
    """Price one point of the grid at every dated price of its models; nothing where that makes no difference."""
    starts = sorted({row.start for served in facts for row in served.prices})
    if len(starts) < 2:  # noqa: PLR2004  one price is no change
        return
    later = {row.start for served in facts for row in served.prices if row.announced}
    begun = [
        start for start in starts if (start not in later if at_us is None else not start or day_us(start) <= at_us)
    ]
    days = [day_us(start) if start else day_us(starts[1]) - US_PER_DAY for start in starts]
    costs = [grid.repriced(point, day) for day in days]
    if len(set(costs)) == 1:
        return
    before: Decimal | None = None
    for start, day, cost in zip(starts, days, costs, strict=True):
        rows = dict.fromkeys(row.id for served in facts if (row := served.price_at(day)).start == start)
        yield PriceChange(
            model=model,
            row=", ".join(rows),
            start=start,
            standing=_standing(start, begun),
            cost=cost,
            change=float((cost - before) / before) if cost is not None and before else None,
        )
        before = cost


def _standing(start: str, begun: Sequence[str]) -> Standing:
    """Say where a price stands, given the beginnings of those that have begun, in order."""
    if start not in begun:
        return Standing.ANNOUNCED
    return Standing.IN_FORCE if start == begun[-1] else Standing.PAST


def hit_rates(cell: Cell) -> Iterator[HitRateStep]:
    """Say what a cell would cost with another hit rate.

    What is read more or less is written less or more, at the mean prices of the cell's own tokens; plain where nothing
    is written. Rent and output stay.
    """
    read = next((bill for bill in cell.bills if bill.kind == "read"), None)
    inputs = [bill for bill in cell.bills if bill.kind not in (OUTPUT, RENT, "stored")]
    misses = [bill for bill in inputs if bill.kind not in ("read", "plain")]
    misses = misses or [bill for bill in inputs if bill.kind == "plain"]
    if read is None or not misses or cell.cost is None or cell.token_hit_rate is None:
        return
    total = sum(bill.tokens for bill in inputs)
    dearer = _mean(misses) - _mean([read])
    for points in _STEPS:
        rate = Decimal(read.tokens) / total + Decimal(points) / 100
        if 0 <= rate <= 1:
            yield HitRateStep(
                points=points, hit_rate=float(rate), cost=cell.cost - dearer * total * Decimal(points) / 100
            )


def _mean(bills: Sequence[Bill]) -> Decimal:
    """Return the cost of one token."""
    return sum((bill.cost for bill in bills), Decimal(0)) / sum(bill.tokens for bill in bills)


def iso_day(at_us: int | None) -> str:
    """Return the day of an instant, empty for none."""
    return "" if at_us is None else us_day(at_us)
