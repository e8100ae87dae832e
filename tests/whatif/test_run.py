"""What is put together: grids that agree with `simulate`, and answers that agree with other replays."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from cachelens import app
from cachelens.errors import CacheLensError, UsageError
from cachelens.model.pricing import Standing
from cachelens.model.result import Evidence, Status
from cachelens.model.scenario import Choices
from cachelens.model.whatif import WhatIfChoices, WhatIfResult
from cachelens.providers.dates import day_us
from cachelens.providers.loading import load_pricing
from tests.whatif.scenes import OPUS, cell, priced, traffic

SONNET = "claude-sonnet-5-5"
"""Its reads fell from 0.20 to 0.10 USD per million tokens on 2026-10-07."""


@pytest.fixture(scope="module")
def week(fixtures: Path) -> WhatIfResult:
    return app.whatif([str(fixtures / "logs" / "week.jsonl")], WhatIfChoices(models=(OPUS,)))


def test_a_log_costs_what_simulate_says(week: WhatIfResult, fixtures: Path) -> None:
    path = str(fixtures / "logs" / "week.jsonl")
    told = app.simulate([path], Choices(models=(OPUS,)))
    costs = {(row.model, row.boundary): row.total for row in told.scenarios}
    for row in week.cells:
        total = costs[row.model, row.boundary]
        if row.ttl or total is None:
            continue
        assert row.cost == total.cost
        assert row.token_hit_rate == total.token_hit_rate
        assert row.cost_a_month == pytest.approx(total.cost_per_month, rel=Decimal("1e-9"))
    (recorded,) = [row for row in week.cells if row.model == row.boundary == "as-recorded" and not row.ttl]
    assert sum(bill.cost for bill in recorded.bills) == recorded.cost


def test_counts_for_another_model_are_estimates(week: WhatIfResult) -> None:
    assert {row.evidence for row in week.cells if row.model == OPUS} == {Evidence.ESTIMATED}
    assert priced(traffic("s:5000")).cells[0].evidence is None


def test_more_traffic_brings_sessions_closer_and_costs_in_proportion(fixtures: Path) -> None:
    path = str(fixtures / "logs" / "week.jsonl")
    result = app.whatif([path], WhatIfChoices(boundaries=("system-only",), traffic=(1.0, 10.0)))
    one, ten = (row for row in result.cells if row.boundary == "system-only")
    plain_one, plain_ten = (row for row in result.cells if row.boundary == "none")
    assert plain_one.cost is not None
    assert plain_ten.cost == 10 * plain_one.cost
    assert (ten.token_hit_rate or 0) > (one.token_hit_rate or 0)


def test_a_log_can_be_priced_at_another_day(fixtures: Path) -> None:
    path = str(fixtures / "logs" / "week.jsonl")
    asked = {"models": (SONNET,), "boundaries": ("system-only",), "ttls": ("5m",)}
    before, after = (
        cell(app.whatif([path], WhatIfChoices(at=day, **asked)), "system-only", "5m", SONNET)  # type: ignore[arg-type]
        for day in ("2026-09-01", "2026-11-01")
    )
    assert before.token_hit_rate == after.token_hit_rate
    (old,), (new,) = ([bill for bill in row.bills if bill.kind == "read"] for row in (before, after))
    assert old.tokens == new.tokens
    assert old.cost == 2 * new.cost


def test_a_price_change_is_what_the_same_traffic_costs_at_its_day() -> None:
    given = traffic("system:5000", "question:100:turn", turns=4, sessions=50)
    result = priced(given, SONNET, at="2026-11-01")
    before, now = result.changes
    assert (before.standing, now.standing) == (Standing.PAST, Standing.IN_FORCE)
    assert result.best is not None
    assert now.cost == result.best.cost
    older = cell(priced(given, SONNET, at="2026-09-01"), result.best.boundary, result.best.ttl)
    assert before.cost == older.cost
    assert priced(given, SONNET, at="2026-09-01").changes[1].standing is Standing.ANNOUNCED


def test_another_hit_rate_costs_what_a_replay_with_it_costs() -> None:
    """Sessions of two and of five uses have hit rates of 50% and 80% and cost 5,000 (w + n r)."""
    two = priced(traffic("s:5000:session", turns=2, sessions=50), boundaries=("system-only",), ttls=("5m",))
    ten = priced(traffic("s:5000:session", turns=10, sessions=50), boundaries=("system-only",), ttls=("5m",))
    (step,) = [step for step in two.hit_rates if step.points == 20]
    told = step.cost / (50 * 2)
    five = priced(traffic("s:5000:session", turns=5, sessions=50), boundaries=("system-only",), ttls=("5m",)).best
    assert five is not None
    assert five.cost is not None
    assert told - (five.cost / (50 * 5)) == pytest.approx(Decimal(5000) * (Decimal("0.1") * Decimal("5.75")) / 10**6)
    assert ten.best is not None
    assert [step.points for step in ten.hit_rates] == [-20, -10, 10]


def test_a_model_that_is_dearer_by_list_is_cheaper_with_its_cache() -> None:
    """Fable 5.2 lists input at 8 and Opus 4 at 15; reads are 0.20 against 1.50, so here the order stays; Opus 5 lists
    5 and reads at 0.50: with long prompts that are read again and again Fable 5.2 overtakes it."""
    given = traffic("system:50000", "question:50:turn", turns=6, gap_s=30, sessions=2000)
    (found,) = priced(given, OPUS, "claude-fable-5-2").crossings
    assert (found.cheaper_by_list, found.cheaper_cached) == (OPUS, "claude-fable-5-2")
    assert found.list_cost[0] < found.list_cost[1]
    assert found.cached_cost[0] > found.cached_cost[1]
    assert found.hit_rate == pytest.approx(3.75 / (9.8 - 5.75))
    assert found.sure


def test_lengths_on_another_model_are_estimated_from_the_ratio_of_tokenizers() -> None:
    """Opus 5 makes 1.47 tokens of what is one for the reference, GPT-5.4 one: 5,000 of Opus 5 are 3,401."""
    given = msgspec.structs.replace(traffic("system:5000:session", sessions=50), tokens_of=OPUS)
    result = priced(given, OPUS, "gpt-5.4", boundaries=("none",))
    opus, gpt = result.cells
    assert (opus.evidence, gpt.evidence) == (None, Evidence.ESTIMATED)
    assert opus.cost == 50 * 5_000 * Decimal(5) / 1_000_000
    assert gpt.cost == 50 * 3_401 * Decimal("2.5") / 1_000_000
    plain = priced(traffic("system:5000:session", sessions=50), OPUS, "gpt-5.4", boundaries=("none",))
    assert plain.cells[1].cost == 50 * 5_000 * Decimal("2.5") / 1_000_000


def test_growth_is_the_best_scenario_replayed_with_other_traffic() -> None:
    result = priced(traffic("system:5000", sessions=100, turns=2))
    assert [row.traffic for row in result.growth] == [0.1, 2.0, 10.0]
    assert result.growth[2].token_hit_rate == pytest.approx(
        cell(priced(traffic("system:5000", sessions=1000, turns=2)), "system-only", "1h").token_hit_rate, abs=0.05
    )


def test_no_cache_is_best_where_no_cache_pays() -> None:
    best = priced(traffic("system:5000:session", sessions=10)).best
    assert best is not None
    assert best.boundary == "none"


def test_what_is_not_fully_known_is_not_called_the_best() -> None:
    result = priced(traffic("system:5000", sessions=1000), OPUS, "gemini-2.5-flash-lite", boundaries=("full-context",))
    implicit = cell(result, "full-context", "", "gemini-2.5-flash-lite")
    assert implicit.status is Status.PREVIEW
    assert result.best is not None
    assert result.best.status is Status.OK
    assert result.best.cost is not None
    assert implicit.cost is not None
    assert implicit.cost < result.best.cost


def test_prices_by_the_hour_are_billed_over_the_whole_day() -> None:
    """A stretch of an hour at noon stands for a day with peak and other hours."""
    facts = load_pricing(()).resolve("deepseek-v4-pro")
    row = facts.price_at(day_us("2026-11-23"))
    assert row.time_of_day is not None
    peaks = sum(row.time_of_day.is_peak(day_us("2026-11-23") + minute * 60_000_000) for minute in range(1440))
    assert 0 < peaks < 1440
    share = Decimal(peaks) / 1440
    mean = row.rates_in(0).input * (share + (1 - share) * row.time_of_day.off_peak_multiplier)
    given = traffic("system:5000:session", sessions=50_000)
    cost = priced(given, facts.id, at="2026-11-23", sample=2_000, boundaries=("none",)).cells[0].cost
    assert cost is not None
    assert cost / (50_000 * 5_000) * 1_000_000 == pytest.approx(mean, rel=Decimal("0.05"))


@pytest.mark.parametrize(
    ("choices", "named"),
    [
        (WhatIfChoices(), "names no model"),
        (WhatIfChoices(models=("claude-opus-99",)), "claude-opus-99"),
        (WhatIfChoices(models=(OPUS,), boundaries=("everywhere",)), "everywhere"),
        (WhatIfChoices(models=(OPUS,), boundaries=("as-recorded",)), "no recorded marks"),
        (WhatIfChoices(models=(OPUS,), boundaries=("optimal",)), "optimal"),
        (WhatIfChoices(models=(OPUS,), ttls=("soon",)), "soon"),
        (WhatIfChoices(models=(OPUS,), at="tomorrow"), "tomorrow"),
        (WhatIfChoices(models=(OPUS,), at="2026-13-01"), "2026-13-01"),
        (WhatIfChoices(models=(OPUS,), traffic=(0.0,)), "--traffic 0"),
        (WhatIfChoices(models=(OPUS,), prompt_tokens=(0,)), "--prompt-tokens 0"),
    ],
)
def test_what_cannot_be_asked_is_named_with_a_next_step(choices: WhatIfChoices, named: str) -> None:
    with pytest.raises(CacheLensError) as caught:
        app.whatif([], choices, described=traffic("system:5000"))
    assert named in caught.value.message
    assert caught.value.hint


def test_the_prompts_of_a_log_keep_their_size(fixtures: Path) -> None:
    with pytest.raises(UsageError, match="size that they have"):
        app.whatif([str(fixtures / "logs" / "week.jsonl")], WhatIfChoices(prompt_tokens=(500,)))


def test_a_log_without_times_has_no_other_traffic(tmp_path: Path) -> None:
    row = {"model": OPUS, "messages": [{"role": "user", "content": "Good morning"}]}
    path = tmp_path / "log.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for _ in range(3)))
    result = app.whatif([str(path)], WhatIfChoices())
    assert result.growth == ()
    assert result.traffic.days is None
    with pytest.raises(UsageError, match="no times"):
        app.whatif([str(path)], WhatIfChoices(traffic=(2.0,)))
