"""Laws of every simulation, on small random traffic under the real rules and prices of one model of each kind."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cachelens.layouts.boundaries import boundary
from cachelens.model.result import ScenarioResult, Totals
from cachelens.model.scenario import Choices, Scenario
from cachelens.providers.dates import day_us
from cachelens.replay.engine import Replayer
from cachelens.replay.sums import Replayed
from tests.oracles.traffic import OReq
from tests.problems import trace_of
from tests.replays import BOOK, DAY, bills, replayed, simulated
from tests.strategies import heavier, traffic

KINDS = ("claude-opus-5", "gpt-6.1-sol", "gpt-5.2", "gemini-2.5-flash", "kimi-k3", "qwen3.7-max", "deepseek-flash")
"""One model or more of each mechanism."""

MODELS = st.sampled_from(KINDS)
MARKED = traffic(ttls=("default",), most_marks=4).map(lambda requests: heavier(requests, 40))
"""Prompts of some 400 to 32,000 tokens: around every minimum, below every price step."""


def sums(scenario: ScenarioResult) -> list[Totals]:
    return [scenario.total, *(part.totals for part in scenario.workloads)] if scenario.total else []


def premium(model: str, total: Totals) -> Decimal:
    """What writes cost more than plain input, at the higher of the model's two price lists."""
    facts = BOOK.resolve(model)
    rows = [facts.price_at(day_us(DAY), profile=profile) for profile in (facts.profile, facts.explicit_profile)]
    rates = [row.rates_in(0) for row in rows]
    more = (tokens * max(r.write_rate(label) - r.input for r in rates) for label, tokens in total.write_tokens.items())
    return sum(more, Decimal(0)) / 10**6


@given(MARKED, MODELS)
@settings(max_examples=25)
def test_every_token_is_read_written_or_plain_and_costs_stay_within_their_bounds(
    requests: list[OReq], model: str
) -> None:
    """A perfect cache is the floor; the ceiling is no cache, plus what writes cost more, plus rent."""
    for scenario in simulated(requests, model).scenarios:
        for total in sums(scenario):
            assert total.plain_tokens is not None
            assert total.read_tokens is not None
            assert min(total.plain_tokens, total.read_tokens, 0, *total.write_tokens.values()) == 0
            assert total.plain_tokens + total.read_tokens + total.written_tokens == total.input_tokens
            assert total.cost is not None
            assert total.cost_perfect is not None
            assert total.cost_no_cache is not None
            assert 0 <= total.cost_perfect <= total.cost
            if not total.storage_cost:
                assert total.cost <= total.cost_no_cache + premium(model, total)


@given(MARKED, MODELS)
@settings(max_examples=15)
def test_workloads_add_up_to_the_whole(requests: list[OReq], model: str) -> None:
    for scenario in simulated(requests, model).scenarios:
        whole, *parts = sums(scenario)
        assert sum(part.requests for part in parts) == whole.requests == len(requests)
        assert sum(part.read_tokens or 0 for part in parts) == whole.read_tokens
        assert sum((part.cost or Decimal(0) for part in parts), Decimal(0)) == whole.cost


LONGER = [
    ("claude-opus-5", "system-only", "5m", "1h"),
    ("claude-opus-5", "tools-and-system", "5m", "1h"),
    ("claude-opus-5", "full-context", "5m", "1h"),
    ("gpt-5.2", "as-recorded", "in_memory", "24h"),
    ("kimi-k3", "full-context", "5m", "1h"),
]


@pytest.mark.parametrize(("model", "where", "short", "long"), LONGER)
@given(MARKED)
@settings(max_examples=20)
def test_a_longer_lifetime_never_reads_less(
    model: str, where: str, short: str, long: str, requests: list[OReq]
) -> None:
    """Holds for marks that follow from the prompt. For marks at any place it does not: a hit on a long-lived entry
    leaves a shorter one unwritten, which a later request may have read.
    """
    less, more = (replayed(requests, model, Scenario(boundary=where, ttl=ttl)).read for ttl in (short, long))
    assert (more >= less).all()


@given(MARKED, st.sampled_from([("claude-opus-5", "claude-sonnet-5"), ("gpt-6.1-sol", "gpt-5.2")]))
@settings(max_examples=30)
def test_models_share_nothing(requests: list[OReq], pair: tuple[str, str]) -> None:
    model_of = {"scope0": pair[0], "scope1": pair[1]}
    together = bills(requests, lambda request: model_of[request.scope])
    for scope, model in model_of.items():
        mine = [request for request in requests if request.scope == scope]
        alone = bills(mine, model) if mine else []
        assert [bill for bill, r in zip(together, requests, strict=True) if r.scope == scope] == alone


@given(MARKED, st.sampled_from(["gpt-6.1-sol", "gpt-5.2", "gpt-5.5"]))
@settings(max_examples=30)
def test_cache_keys_share_nothing(requests: list[OReq], model: str) -> None:
    together = bills(requests, model)
    for scope in ("scope0", "scope1"):
        mine = [request for request in requests if request.scope == scope]
        alone = bills(mine, model) if mine else []
        assert [bill for bill, r in zip(together, requests, strict=True) if r.scope == scope] == alone


COUNTS = ("read", "plain", "unread", "cause", "missed", "where", "stored", "stored_token_seconds")


def same(one: Replayed, two: Replayed) -> bool:
    writes = one.write.keys() == two.write.keys()
    return writes and all(
        np.array_equal(a, b)
        for a, b in [(getattr(one, name), getattr(two, name)) for name in COUNTS]
        + [(one.write[label], two.write[label]) for label in one.write]
    )


@given(MARKED, MODELS)
@settings(max_examples=20)
def test_a_replay_leaves_no_trace_in_the_next(requests: list[OReq], model: str) -> None:
    trace = trace_of(requests, model=model, since_us=day_us(DAY))
    asked = [Scenario(), Scenario(boundary="system-only"), Scenario(boundary="full-context", model="claude-opus-5")]

    def run(replayer: Replayer, scenario: Scenario) -> Replayed:
        return replayer.replay(scenario, boundary(scenario.boundary).place(trace))

    used = Replayer(trace, BOOK)
    for scenario in (*asked, *reversed(asked)):
        assert same(run(used, scenario), run(Replayer(trace, BOOK), scenario))


@given(MARKED, st.sampled_from(KINDS[:-1]), st.integers(1, 3 * 86_400_000_000))
@settings(max_examples=20)
def test_a_shift_of_all_times_changes_nothing(requests: list[OReq], model: str, shift: int) -> None:
    """Within one edition of the rules, and where no hour of the day has a price of its own."""
    asked = Choices(boundaries=("system-only", "full-context"))
    trace = [trace_of(requests, model=model, since_us=day_us(DAY) + by) for by in (0, shift)]
    for scenario in (Scenario(), Scenario(boundary="system-only"), Scenario(boundary="full-context")):
        one, two = (Replayer(t, BOOK).replay(scenario, boundary(scenario.boundary).place(t)) for t in trace)
        assert same(one, two)
    results = [simulated(requests, model, choices=asked, day=day) for day in (DAY, "2026-11-12")]
    assert results[0].scenarios == results[1].scenarios


@given(MARKED, st.sampled_from(["claude-sonnet-5-5", "claude-sonnet-4-6", "gpt-5.2", "o3", "qwen3.7-max"]))
@settings(max_examples=20)
def test_a_trace_that_counts_from_its_own_zero_has_todays_rules_and_prices(requests: list[OReq], model: str) -> None:
    """Such a trace has no day: rules and prices that were replaced since must not come back."""
    today, undated = (simulated(requests, model, day=day) for day in ("2026-11-23", "1970-01-01"))
    assert undated.scenarios == today.scenarios
    assert undated.facts == today.facts
