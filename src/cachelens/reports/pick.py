"""Which scenario is meant: the baseline, the order of the rest, the best; and how its figures are known."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from cachelens.model.result import MissCount, ScenarioResult, SimulateResult, Status, Totals, WorkloadTotals
from cachelens.reports.terms import AS_RECORDED, ESTIMATES


def baseline(result: SimulateResult) -> ScenarioResult | None:
    """Return the scenario that replays the log as sent; `None` if there is none."""
    return next((scenario for scenario in result.scenarios if scenario.name == AS_RECORDED), None)


def ranked(result: SimulateResult) -> list[ScenarioResult]:
    """Return the scenarios that have totals: as recorded first, then by cost, unknown costs last."""
    return sorted((scenario for scenario in result.scenarios if scenario.total is not None), key=_rank)


def _rank(scenario: ScenarioResult) -> tuple[bool, bool, Decimal, str]:
    cost = scenario.total.cost if scenario.total is not None else None
    return (scenario.name != AS_RECORDED, cost is None, cost or Decimal(), scenario.name)


def impossible(result: SimulateResult) -> list[ScenarioResult]:
    """Return the scenarios without totals, by name."""
    return sorted((s for s in result.scenarios if s.total is None), key=lambda scenario: scenario.name)


def by_note(scenarios: Sequence[ScenarioResult]) -> list[tuple[str, list[str]]]:
    """Gather the names of scenarios that share a note, in the order in which the notes appear."""
    notes: dict[str, list[str]] = {}
    for scenario in scenarios:
        notes.setdefault(scenario.note, []).append(scenario.name)
    return list(notes.items())


def best(result: SimulateResult) -> ScenarioResult | None:
    """Return the cheapest scenario that is known as well as the recorded one; `None` if no cost is known.

    A replay in full always is; a preview or a bound only where the recorded scenario is one too.
    """
    return _cheapest(result.scenarios, result)


def best_same_model(result: SimulateResult) -> ScenarioResult | None:
    """Return the cheapest one among those that keep the model and provider of the recorded scenario."""
    recorded = baseline(result)
    if recorded is None:
        return None
    kept = (recorded.model, recorded.provider)
    return _cheapest([s for s in result.scenarios if (s.model, s.provider) == kept], result)


def same_model_alternative(result: SimulateResult) -> ScenarioResult | None:
    """Return the best scenario with the recorded model where the best of all changes it; else `None`."""
    winner, kept = best(result), best_same_model(result)
    return kept if winner is not None and kept is not None and kept.model != winner.model else None


def _cheapest(scenarios: Sequence[ScenarioResult], result: SimulateResult) -> ScenarioResult | None:
    recorded = baseline(result)
    known = {Status.OK, recorded.status if recorded is not None else Status.OK}
    priced = [
        (scenario.total.cost, scenario.name != AS_RECORDED, scenario.name, scenario)
        for scenario in scenarios
        if scenario.status in known and scenario.total is not None and scenario.total.cost is not None
    ]
    return min(priced, key=lambda row: row[:3])[3] if priced else None


def is_estimated(totals: Totals, result: SimulateResult) -> bool:
    """Say whether these figures rest on estimated token counts."""
    if totals.evidence is not None:
        return totals.evidence in ESTIMATES
    return any_estimate(result)


def any_estimate(result: SimulateResult) -> bool:
    """Say whether any model's tokens were estimated."""
    return any(basis.evidence in ESTIMATES for basis in result.bases)


def misses_by_tokens(totals: Totals) -> list[MissCount]:
    """Return the causes that occurred, the one that kept most tokens from being read first."""
    missed = [miss for miss in totals.misses if miss.requests]
    return sorted(missed, key=lambda miss: (-miss.tokens, -miss.requests, miss.cause.value))


def main_miss(totals: Totals) -> MissCount | None:
    """Return the cause that kept most tokens from being read; `None` if nothing was missed."""
    return next(iter(misses_by_tokens(totals)), None)


def costliest_workloads(scenario: ScenarioResult) -> list[WorkloadTotals]:
    """Return the workloads, the most expensive first; unknown costs last, ties by input tokens and name."""
    return sorted(scenario.workloads, key=_workload_rank)


def _workload_rank(row: WorkloadTotals) -> tuple[bool, Decimal, int, str]:
    cost = row.totals.cost
    return (cost is None, -(cost or Decimal()), -row.totals.input_tokens, row.workload)
