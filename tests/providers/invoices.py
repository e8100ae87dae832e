"""One request's bill by the simulator's own way: its trace, its tariff, its ledger."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal

import numpy as np

from cachelens.model.record import RequestRecord
from cachelens.model.usage import WRITE_TTLS, Usage
from cachelens.prompts.builder import TraceBuilder
from cachelens.prompts.finish import finish
from cachelens.providers.facts import ModelFacts
from cachelens.providers.rates import Rates
from cachelens.replay.assign import Assignment
from cachelens.replay.bills import Ledger, Tariff, tariff

FIRST = np.zeros(1, dtype=np.int64)


def tariff_of(
    model: ModelFacts,
    total: int,
    *,
    at_us: int | None = None,
    modifiers: Collection[str] = (),
    explicit: bool = False,
) -> Tariff:
    """Return what the simulator finds for one request of so many input tokens; without a time, what holds now."""
    builder = TraceBuilder()
    builder.add(
        RequestRecord(arrived_us=at_us, model=model.id, line=1, modifiers=tuple(modifiers), input_tokens=total), 0
    )
    assignment = Assignment(facts=(model,), of=FIRST, unknown=())
    return tariff(finish(builder, ["one"]), assignment, np.array([explicit]), np.array([total]))


def rates_of(model: ModelFacts, total: int = 0, *, at_us: int | None = None) -> Rates:
    """Return the prices of one request."""
    (rates,) = tariff_of(model, total, at_us=at_us).rates
    return rates


def paid(rates: Rates, usage: Usage) -> Decimal:
    """Return the price in USD of one request."""
    return _money(
        rates,
        {
            "plain": usage.uncached_input,
            "read": usage.cache_read or 0,
            "output": usage.output or 0,
            **{label: tokens for label, tokens in zip(WRITE_TTLS, usage.writes, strict=True) if tokens},
        },
    )


def rent(rates: Rates, *, tokens: int, seconds: int) -> Decimal:
    """Return the price in USD of keeping a stored object."""
    return _money(rates, {"stored_token_seconds": tokens * seconds})


def _money(rates: Rates, counts: dict[str, int]) -> Decimal:
    ledger = Ledger(FIRST, (rates,), FIRST, 1)
    (total,) = ledger.money({unit: np.array([tokens]) for unit, tokens in counts.items()})
    if total is None:
        for unit in counts:
            if unit in WRITE_TTLS:
                rates.write_rate(unit)  # says which price is lacking
    assert total is not None
    return total
