"""What a few numbers make: prompts with exactly the tokens that are stated, changed exactly as often as is stated."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import numpy as np
import pytest

from cachelens.fleet.workloads.spec import Weights
from cachelens.whatif.generating import sample, span_of
from cachelens.whatif.parameters import Parameters
from tests.whatif.scenes import a_session, cell, priced, traffic

DAY = 86_400_000_000
MONDAY = 1_795_392_000_000_000
"""2026-11-23."""


def test_prompts_grow_by_questions_and_answers() -> None:
    """1,000 and 50 for the session, 100 a turn, 30 for each answer before, and one clock."""
    given = traffic(
        "system:1000",
        "profile:50:session:system",
        "question:100:turn",
        "clock:7:request",
        turns=3,
        output=30,
        sessions=1,
    )
    made = sample(given, day_us=MONDAY, requests=6)
    assert made.trace.column("input").tolist()[-3:] == [1157, 1287, 1417]
    assert made.trace.column("output").tolist()[-3:] == [30, 30, 30]


def test_without_a_turn_nothing_is_added() -> None:
    made = sample(traffic("system:1000", turns=3, output=30, sessions=1), day_us=MONDAY, requests=6)
    assert set(made.trace.column("input").tolist()) == {1000}


@pytest.mark.parametrize(
    ("changes", "versions"),
    [("never", 1), ("day", 14), ("user", 3), ("session", 140), ("request", 280)],
)
def test_a_part_has_as_many_versions_as_it_changes(changes: str, versions: int) -> None:
    given = traffic(f"part:1000:{changes}:system", sessions=10, turns=2, users=3, gap_s=0)
    made = sample(given, day_us=MONDAY, requests=280)
    nodes = made.trace.nodes
    assert len(np.unique(made.trace.requests["leaf"])) == versions
    assert int((nodes.parent[1:] == 0).sum()) == versions


def test_each_request_reads_what_stays_of_the_one_before() -> None:
    """Written are 1,100, then 100 a turn; read is all that was written before."""
    given = traffic("system:1000:session", "question:100:turn", turns=3, sessions=1)
    reads, writes = 1100 + 1200, 1100 + 100 + 100
    assert a_session(given, "full-context", "5m") == (reads * Decimal("0.5") + writes * Decimal("6.25")) / 1_000_000


def test_a_clock_in_the_system_prompt_costs_all_that_stands_behind_it() -> None:
    before = traffic("clock:20:request:system", "system:5000", "question:100:turn", turns=4, sessions=20)
    behind = traffic("system:5000", "question:100:turn", "clock:20:request", turns=4, sessions=20)
    assert cell(priced(before), "system-only", "5m").token_hit_rate == 0
    assert (cell(priced(behind), "system-only", "5m").token_hit_rate or 0) > 0.7


def test_small_traffic_is_made_whole_and_large_traffic_by_a_stretch_of_the_same_density() -> None:
    small = span_of(traffic("s:100", sessions=100, turns=2), day_us=MONDAY, requests=20_000, longest_ttl_s=0)
    assert (small.sessions, small.length_us, small.begins_us) == (700, 7 * DAY, MONDAY)
    large = span_of(traffic("s:100", sessions=100_000, turns=2), day_us=MONDAY, requests=20_000, longest_ttl_s=0)
    assert large.sessions == 5_000
    assert large.sessions / large.length_us == pytest.approx(100_000 / DAY)
    assert large.begins_us > MONDAY
    assert large.begins_us + large.length_us < MONDAY + DAY


def test_a_day_costs_what_its_sessions_cost_whatever_part_of_it_is_made() -> None:
    """Sessions that share nothing cost the same each, so here the factor is exact to the last digit."""
    costs = {
        cell(priced(traffic("s:5000:session", sessions=6_000, turns=4), sample=made), "full-context", "5m").cost
        for made in (400, 4_000, 16_000)
    }
    assert costs == {6_000 * 5_000 * (Decimal("6.25") + 3 * Decimal("0.5")) / 1_000_000}


def test_a_larger_sample_changes_shared_traffic_by_little() -> None:
    given = traffic("system:5000", "profile:500:user", "question:100:turn", sessions=10_000, turns=3, users=250)
    small, large = (cell(priced(given, sample=made), "full-context", "5m").cost for made in (2_000, 8_000))
    assert small is not None
    assert large is not None
    assert abs(small / large - 1) < Decimal("0.05")


def test_lifetimes_that_outlast_the_stretch_get_more_warming() -> None:
    def warming(parts: Parameters) -> int:
        return span_of(parts, day_us=MONDAY, requests=2_000, longest_ttl_s=3_600).warming_us

    by_user, shared = traffic("p:1000:user", sessions=100_000, users=9), traffic("p:1000", sessions=100_000)
    assert warming(by_user) == 3_600_000_000
    assert warming(shared) < 1_000_000_000


def test_lengths_that_vary_have_the_mean_that_is_stated_in_what_counts() -> None:
    """One to four turns, evenly: 2.5 requests a session, whatever was drawn for the warming."""
    given = msgspec.structs.replace(
        traffic("system:1000", sessions=400), turns=Weights(values=(1, 2, 3, 4), weights=(1, 1, 1, 1))
    )
    made = sample(given, day_us=MONDAY, requests=2_000)
    assert int(made.measured.sum()) == made.span.sessions * 2.5


def test_the_same_seed_makes_the_same_traffic() -> None:
    given = traffic("system:1000:session", "question:100:turn", turns=3, sessions=50)
    one, other = (sample(given, day_us=MONDAY, requests=600) for _ in range(2))
    assert one.trace.column("arrived").tolist() == other.trace.column("arrived").tolist()
    assert one.trace.requests["leaf"].tolist() == other.trace.requests["leaf"].tolist()
