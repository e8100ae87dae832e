"""Which scenario is meant: the baseline, the order of the rest, the best; and how its figures are known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from cachelens.model.result import (
    MissCount,
    ScenarioResult,
    SimulateResult,
    Status,
    TokenBasis,
    Totals,
    ValidationRow,
    WorkloadTotals,
)
from cachelens.model.scenario import BOUND
from cachelens.reports.terms import AS_RECORDED, ESTIMATES

DEFAULT_TTL = "default"
"""What the TTL of a scenario starts with where none was asked for."""


class WorkloadBest(NamedTuple):
    """The scenario that is best for one workload, and what the workload does there."""

    scenario: ScenarioResult
    row: WorkloadTotals

    @property
    def totals(self) -> Totals:
        """The workload's sums in its best scenario."""
        return self.row.totals


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


def by_reason(scenarios: Sequence[ScenarioResult]) -> list[tuple[str, list[str]]]:
    """Gather the names of scenarios that share an explanation, in the order in which those appear."""
    reasons: dict[str, list[str]] = {}
    for scenario in scenarios:
        for reason in scenario.reasons or (scenario.note,):
            reasons.setdefault(reason, []).append(scenario.name)
    return list(reasons.items())


def best(result: SimulateResult) -> ScenarioResult | None:
    """Return the cheapest scenario that is known as well as the recorded one; `None` if no cost is known.

    A replay in full always is; a preview or a bound only where the recorded scenario is one too. What covers
    other requests than the recorded one is not compared. Without a recorded cost nothing is the best of anything.
    """
    recorded = baseline(result)
    if recorded is not None and recorded.total is not None and recorded.total.cost is None:
        return None
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
    priced = [
        (_preference(scenario, scenario.total.cost), scenario)
        for scenario in _known(scenarios, baseline(result))
        if scenario.total is not None and scenario.total.cost is not None and is_comparable(scenario, result)
    ]
    return min(priced, key=lambda row: row[0])[1] if priced else None


def is_comparable(scenario: ScenarioResult, result: SimulateResult) -> bool:
    """Say whether a scenario covers as many requests as the recorded one, or as the log where there is none."""
    recorded = baseline(result)
    covered = result.requests if recorded is None or recorded.total is None else recorded.total.requests
    return scenario.total is None or scenario.total.requests == covered


def _known(scenarios: Sequence[ScenarioResult], recorded: ScenarioResult | None) -> Iterator[ScenarioResult]:
    """Yield the scenarios whose figures can be trusted as far as those of the recorded one."""
    allowed = {Status.OK, recorded.status if recorded is not None else Status.OK}
    return (scenario for scenario in scenarios if scenario.status in allowed and scenario.boundary != BOUND)


def _preference(scenario: ScenarioResult, cost: Decimal) -> tuple[Decimal, int, str]:
    """Prefer the cheaper, then what changes fewer things, then the first by name."""
    changed = (scenario.layout, scenario.boundary, scenario.model, scenario.provider)
    return cost, sum(part != AS_RECORDED for part in changed) + bool(asked_ttl(scenario)), scenario.name


def asked_ttl(scenario: ScenarioResult) -> str:
    """Return the TTL that the scenario was asked to have; empty where it has the recorded or default one."""
    return "" if scenario.ttl == AS_RECORDED or scenario.ttl.startswith(DEFAULT_TTL) else scenario.ttl


def best_by_workload(result: SimulateResult) -> dict[str, WorkloadBest]:
    """Return each recorded workload's own best scenario, among those that cover the same requests of it."""
    recorded = baseline(result)
    if recorded is None:
        return {}
    requests = {row.workload: row.totals.requests for row in recorded.workloads}
    found: dict[str, tuple[tuple[Decimal, int, str], WorkloadBest]] = {}
    for scenario in _known(result.scenarios, recorded):
        for row in scenario.workloads:
            cost = row.totals.cost
            if cost is None or row.totals.requests != requests.get(row.workload):
                continue
            offer = _preference(scenario, cost)
            if row.workload not in found or offer < found[row.workload][0]:
                found[row.workload] = offer, WorkloadBest(scenario, row)
    return {name: choice for name, (_, choice) in found.items()}


def is_estimated(totals: Totals, result: SimulateResult) -> bool:
    """Say whether these figures rest on estimated token counts."""
    if totals.evidence is not None:
        return totals.evidence in ESTIMATES
    return _any_estimate(result.bases)


def is_validation_estimated(row: ValidationRow, result: SimulateResult) -> bool:
    """Say whether predictions for recorded requests rest on estimates.

    Only the models that the log itself records count: those of other scenarios are not validated.
    """
    own = [basis for basis in result.bases if basis.recorded_requests]
    return _any_estimate([basis for basis in own if basis.model == row.group] or own)


def _any_estimate(bases: Sequence[TokenBasis]) -> bool:
    return any(basis.evidence in ESTIMATES for basis in bases)


def misses_by_tokens(totals: Totals) -> list[MissCount]:
    """Return the causes that occurred, the one that kept most tokens from being read first."""
    missed = [miss for miss in totals.misses if miss.requests]
    return sorted(missed, key=lambda miss: (-miss.tokens, -miss.requests, miss.cause.value))


def main_miss(totals: Totals) -> MissCount | None:
    """Return the cause that kept most tokens from being read; `None` if nothing was missed."""
    return next(iter(misses_by_tokens(totals)), None)


def places(miss: MissCount) -> list[tuple[int, int, str]]:
    """Return (index, requests, kind) of the first differing segments; the kind is empty where not worked out."""
    kinds = (*miss.kinds, *("" for _ in miss.segments))
    return [(index, requests, kind) for (index, requests), kind in zip(miss.segments, kinds, strict=False)]


def costliest_workloads(scenario: ScenarioResult) -> list[WorkloadTotals]:
    """Return the workloads, the most expensive first; unknown costs last, ties by input tokens and name."""
    return sorted(scenario.workloads, key=_workload_rank)


def _workload_rank(row: WorkloadTotals) -> tuple[bool, Decimal, int, str]:
    cost = row.totals.cost
    return (cost is None, -(cost or Decimal()), -row.totals.input_tokens, row.workload)
