"""What several sections look up in a simulation."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from cachelens.reports import terms
from cachelens.reports.document.cells import decimal
from cachelens.reports.simulate_shape import ScenarioV1, SimulateV1, TotalsV1, WorkloadV1

_DEFAULT = "default"


class Saving(NamedTuple):
    """What one workload saves in its own best scenario."""

    workload: str
    scenario: ScenarioV1
    totals: TotalsV1
    """The workload's sums there."""
    amount: Decimal


def recorded(result: SimulateV1) -> ScenarioV1 | None:
    """Return the scenario that replays the log as sent; `None` where it has no totals."""
    return next((row for row in result.scenarios if row.name == terms.AS_RECORDED and row.totals is not None), None)


def best(result: SimulateV1) -> ScenarioV1 | None:
    """Return the scenario that the result calls best."""
    return next((row for row in result.scenarios if row.best and row.totals is not None), None)


def own_best(result: SimulateV1) -> Decimal | None:
    """Add up what each workload costs in its own best scenario; `None` where one is not known."""
    now = recorded(result)
    costs = [decimal(row.best.cost) if row.best is not None else None for row in now.workloads] if now else []
    known = [cost for cost in costs if cost is not None]
    return sum(known, Decimal(0)) if known and len(known) == len(costs) else None


def named(workload: str) -> str:
    """Name a workload, also one without a name."""
    return workload or terms.UNNAMED


def savings(result: SimulateV1) -> list[Saving]:
    """Return the workloads that another scenario makes cheaper, the largest amount first."""
    now = recorded(result)
    scenarios = {row.name: row for row in result.scenarios}
    found: list[Saving] = []
    for row in now.workloads if now is not None else ():
        scenario = scenarios.get(row.best.scenario) if row.best is not None else None
        there = _in(scenario, row.workload) if scenario is not None else None
        if scenario is None or there is None:
            continue
        delta = decimal(there.totals.delta)
        if delta is not None and delta < 0:
            found.append(Saving(row.workload, scenario, there.totals, -delta))
    return sorted(found, key=lambda saving: (-saving.amount, saving.workload))


def _in(scenario: ScenarioV1, workload: str) -> WorkloadV1 | None:
    return next((row for row in scenario.workloads if row.workload == workload), None)


def steps(result: SimulateV1, saving: Saving) -> list[str]:
    """Say what the best scenario of a workload asks for: what moves where, and where marks stand."""
    scenario = saving.scenario
    moves = [row for row in result.moves if (row.layout, row.workload) == (scenario.layout, saving.workload)]
    found = [f"move {row.place} ({row.what}) to {row.to}" if row.to else f"put {row.place} {row.what}" for row in moves]
    marks = [row for row in scenario.marks if row.workload == saving.workload and row.position != terms.AS_RECORDED]
    if marks:
        places = ", ".join(row.position + ("" if row.ttl == _DEFAULT else f" ({row.ttl})") for row in marks)
        found.append(f"marks: {places}")
    return found


def change_of(scenario: ScenarioV1) -> str:
    """Say in plain words what a scenario changes."""
    same = terms.AS_RECORDED
    asked = "" if scenario.ttl == same or scenario.ttl.startswith(_DEFAULT) else scenario.ttl
    boundary = terms.CHANGES.get(scenario.boundary, f"boundary {scenario.boundary}")
    parts = (
        f"layout {scenario.layout}" if scenario.layout != same else "",
        boundary if scenario.boundary != same else "",
        f"keep entries for {asked}" if asked else "",
        f"use {scenario.model}" if scenario.model != same else "",
        f"at {scenario.provider}" if scenario.provider != same else "",
    )
    return ", ".join(part for part in parts if part) or terms.DO_NOTHING
