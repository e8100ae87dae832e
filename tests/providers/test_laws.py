"""Laws of prices: one rate at any instant, history that stays put, bills that add up."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cachelens.model.usage import Usage
from cachelens.providers.billing import UNITS
from cachelens.providers.dates import US_PER_DAY, day_us, us_day
from cachelens.providers.facts import ModelFacts
from cachelens.providers.loading import load_pricing
from tests.providers.invoices import paid, rates_of

BOOK = load_pricing()
MODELS = st.sampled_from(sorted(BOOK.models)).map(BOOK.models.__getitem__)
INSTANTS = st.integers(day_us("2024-01-01"), day_us("2028-01-01"))
TOKENS = st.integers(0, 400_000)
USAGES = st.builds(Usage, uncached_input=TOKENS, cache_read=TOKENS, output=TOKENS)


def edges(model: ModelFacts) -> list[int]:
    """Every instant at which a row begins, and the microsecond before."""
    return [row.start_us + off for row in model.prices if row.start_us is not None for off in (-1, 0)]


@given(MODELS, st.data())
def test_any_instant_has_exactly_one_row(model: ModelFacts, data: st.DataObject) -> None:
    at = data.draw(INSTANTS if not edges(model) else INSTANTS | st.sampled_from(edges(model)))
    holding = [
        row
        for row in model.prices
        if (row.start_us is None or row.start_us <= at) and (row.end_us is None or at < row.end_us)
    ]
    found = model.price_at(at)
    assert len(holding) <= 1
    assert found.extrapolated == (holding == [])
    if holding:
        assert found is holding[0]


@given(MODELS, INSTANTS, USAGES)
def test_a_bill_is_the_sum_of_its_parts(model: ModelFacts, at: int, usage: Usage) -> None:
    rates = rates_of(model, usage.input_tokens, at_us=at)
    parts = (
        Usage(uncached_input=usage.uncached_input),
        Usage(uncached_input=0, cache_read=usage.cache_read),
        Usage(uncached_input=0, output=usage.output),
    )
    assert paid(rates, usage) == sum(paid(rates, part) for part in parts)
    assert paid(rates, usage) >= 0


@given(MODELS, INSTANTS, TOKENS)
def test_reading_never_costs_more_than_plain_input_and_writing_never_less(
    model: ModelFacts, at: int, total: int
) -> None:
    rates = rates_of(model, total, at_us=at)
    assert rates.read <= rates.input
    assert all(price >= rates.input for price in rates.write.values())


@given(MODELS, INSTANTS, st.data())
def test_the_order_of_modifiers_does_not_matter(model: ModelFacts, at: int, data: st.DataObject) -> None:
    row = model.price_at(at)
    names = data.draw(st.lists(st.sampled_from(sorted(row.modifiers)), unique=True)) if row.modifiers else []
    assert row.rates_in(0, names) == row.rates_in(0, tuple(reversed(names)))


@given(MODELS, INSTANTS, TOKENS)
def test_the_tier_billed_is_the_last_whose_threshold_is_passed(model: ModelFacts, at: int, total: int) -> None:
    row = model.price_at(at)
    peak = row.time_of_day is None or row.time_of_day.is_peak(at)
    passed = [t for t in row.tiers if total > t.threshold or (t.op == "ge" and total == t.threshold)]
    assert rates_of(model, total, at_us=at) == row.rates_in(len(passed), peak=peak)


PRICED = st.decimals(Decimal("0.001"), Decimal(100), places=3)


@settings(max_examples=25)  # each example reads every price file again
@given(
    model=st.sampled_from(["gpt-5.5", "claude-sonnet-5-5", "gemini-3.8-flash", "mistral-large-4"]),
    days=st.integers(1, 4000),
    back=st.integers(1, 3000 * US_PER_DAY),
    prices=st.tuples(PRICED, PRICED),
    usage=USAGES,
)
def test_a_later_row_never_changes_an_earlier_bill(
    tmp_path_factory: pytest.TempPathFactory,
    model: str,
    days: int,
    back: int,
    prices: tuple[Decimal, Decimal],
    usage: Usage,
) -> None:
    last = BOOK.models[model].prices[-1].start_us or day_us("2026-01-01")
    start = last + days * US_PER_DAY
    path: Path = tmp_path_factory.mktemp("prices") / "ours.yaml"
    path.write_text(
        f"provider: {{id: {BOOK.models[model].provider}}}\nsources: {{ours: ours}}\nmodels:\n"
        f"  - id: {model}\n    prices:\n"
        f"      - {{start: {us_day(start)}, input: {prices[0]}, output: {prices[1]}, "
        f"sources: [ours], checked: 2026-11-23}}\n",
        encoding="utf-8",
    )
    changed = load_pricing([path]).models[model]

    def cost(facts: ModelFacts, at: int) -> Decimal:
        return paid(rates_of(facts, usage.input_tokens, at_us=at), usage)

    assert cost(changed, start - back) == cost(BOOK.models[model], start - back)
    assert changed.price_at(start).units.input == prices[0]
    assert [getattr(changed.price_at(start).units, unit) for unit in UNITS[2:]] == [None] * len(UNITS[2:])
