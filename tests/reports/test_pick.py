"""Which scenario is best, for all and for each workload; which figures count as estimates."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from cachelens.model.result import Evidence, ScenarioResult, SimulateResult, Status, TokenBasis
from cachelens.reports import pick
from tests.reports.sample import sample, scenario, totals, workload


def result(*scenarios: ScenarioResult) -> SimulateResult:
    return msgspec.structs.replace(sample(), scenarios=scenarios)


def named(found: SimulateResult) -> dict[str, str]:
    return {name: choice.scenario.name for name, choice in pick.best_by_workload(found).items()}


def two(name: str, a: str, b: str, **changes: object) -> ScenarioResult:
    """A scenario with two workloads at these costs; its total is their sum."""
    rows = (workload("a", cost=Decimal(a)), workload("b", cost=Decimal(b)))
    return scenario(name, total=totals(cost=Decimal(a) + Decimal(b)), workloads=rows, **changes)


def test_each_workload_has_its_own_best_whatever_is_best_for_all() -> None:
    found = result(two("as-recorded", "5", "5"), two("x", "1", "99"), two("y", "99", "4"))
    assert named(found) == {"a": "x", "b": "y"}
    winner = pick.best(found)
    assert winner is not None
    assert winner.name == "as-recorded"


def test_a_workload_is_not_sent_to_what_is_known_less_well() -> None:
    rows = (two("p", "1", "1", status=Status.PREVIEW), two("q", "2", "2", status=Status.BOUND))
    assert named(result(two("as-recorded", "5", "5"), *rows)) == {"a": "as-recorded", "b": "as-recorded"}
    assert named(result(two("as-recorded", "5", "5", status=Status.PREVIEW), *rows)) == {"a": "p", "b": "p"}


def test_a_workload_is_compared_over_the_same_requests_only() -> None:
    part = scenario("part", total=totals(requests=3), workloads=(workload("a", cost=Decimal(1), requests=3),))
    assert named(result(two("as-recorded", "5", "5"), part)) == {"a": "as-recorded", "b": "as-recorded"}


def test_a_workload_that_is_covered_in_full_may_gain_in_a_scenario_that_is_not() -> None:
    part = scenario("part", total=totals(requests=3), workloads=(workload("a", cost=Decimal(1)),))
    assert named(result(two("as-recorded", "5", "5"), part)) == {"a": "part", "b": "as-recorded"}


def test_the_cheaper_part_of_a_log_is_never_best() -> None:
    part = scenario("part", total=totals(requests=126, cost=Decimal(1)))
    winner = pick.best(result(scenario("as-recorded", total=totals()), part))
    assert winner is not None
    assert winner.name == "as-recorded"


def test_of_equal_costs_the_one_that_changes_least_is_best() -> None:
    rows = (
        two("both", "1", "5", boundary="system-only", ttl="1h"),
        two("where", "1", "5", boundary="system-only", ttl="default (5m)"),
        two("as-recorded", "5", "5"),
    )
    assert named(result(*rows)) == {"a": "where", "b": "as-recorded"}


def basis(model: str, evidence: Evidence, recorded: int) -> TokenBasis:
    return TokenBasis(model=model, evidence=evidence, tokenizer="o200k_base", ratio=1.0, recorded_requests=recorded)


def test_what_if_models_make_no_estimate_of_a_validation() -> None:
    rows = sample().validation
    own, other = basis("gpt-5.6", Evidence.RECORDED, 9), basis("what-if", Evidence.ESTIMATED, 0)
    found = msgspec.structs.replace(sample(), bases=(own, other))
    assert [pick.is_validation_estimated(row, found) for row in rows] == [False, False]


def test_a_fitted_model_makes_an_estimate_of_its_own_rows_and_of_all() -> None:
    bases = (basis("gpt-5.6", Evidence.RECORDED, 9), basis("claude-opus-5", Evidence.FITTED, 30))
    found = msgspec.structs.replace(sample(), bases=bases)
    assert [pick.is_validation_estimated(row, found) for row in found.validation] == [True, False]
