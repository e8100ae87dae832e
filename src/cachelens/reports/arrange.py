"""The rows of the scenario tables: one per distinct set of figures, in groups that share a model and provider."""

from __future__ import annotations

from collections.abc import Hashable
from typing import NamedTuple

from cachelens.model.result import ScenarioResult, SimulateResult
from cachelens.reports import pick
from cachelens.reports.terms import AS_RECORDED


class Fold(NamedTuple):
    """Scenarios whose figures are all equal; the first stands for them."""

    members: tuple[ScenarioResult, ...]

    @property
    def first(self) -> ScenarioResult:
        """The scenario whose figures are shown: as recorded if it is among them."""
        return self.members[0]

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the members, without the model and provider that their group's heading tells."""
        return tuple(map(_label, self.members))


class Group(NamedTuple):
    """Rows with the same model and provider; the heading is empty where those are as recorded."""

    heading: str
    rows: tuple[Fold, ...]


def groups(result: SimulateResult) -> list[Group]:
    """Return the scenarios with totals: as recorded first, groups by their cheapest, rows by cost.

    What covers other requests than the recorded one comes last: its cost compares with nothing.
    """
    found: dict[tuple[str, str], dict[Hashable, list[ScenarioResult]]] = {}
    for scenario in sorted(pick.ranked(result), key=lambda scenario: not pick.is_comparable(scenario, result)):
        rows = found.setdefault((scenario.model, scenario.provider), {})
        rows.setdefault(_figures(scenario), []).append(scenario)
    return [
        Group(_heading(model, provider), tuple(Fold(tuple(members)) for members in rows.values()))
        for (model, provider), rows in found.items()
    ]


def _figures(scenario: ScenarioResult) -> Hashable:
    """Return all that a row shows, the deltas aside, which follow from the cost; what is unknown equals nothing."""
    totals = scenario.total
    if totals is None or totals.cost is None:
        return scenario.name
    return (
        scenario.status,
        totals.requests,
        totals.input_tokens,
        totals.read_tokens,
        totals.plain_tokens,
        tuple(sorted(totals.write_tokens.items())),
        totals.request_hit_rate,
        totals.unread_write_share,
        totals.cost,
        totals.storage_cost,
        totals.cost_per_month,
    )


def _heading(model: str, provider: str) -> str:
    parts = (
        "" if model == AS_RECORDED else f"as {model}",
        "" if provider == AS_RECORDED else f"at {provider}",
    )
    return " ".join(part for part in parts if part)


def _label(scenario: ScenarioResult) -> str:
    model, provider = scenario.model, scenario.provider
    for target in (f"{provider}:{model}", model, provider):
        if target == AS_RECORDED:
            continue
        if scenario.name == target:
            return AS_RECORDED
        if scenario.name.endswith(f"/{target}"):
            return scenario.name.removesuffix(f"/{target}")
    return scenario.name
