"""What to do: for each workload that another scenario would make cheaper, what to change and what that saves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from cachelens.model.result import MarkChoice, ScenarioResult, SimulateResult, Totals
from cachelens.model.scenario import OPTIMAL
from cachelens.reports import pick, terms
from cachelens.reports.figures import approx, change, money
from cachelens.reports.phrases import Phrase

HEADING = "What to do"
_DEFAULT = "default"
SUBTITLE = "each workload's best scenario against as-recorded, as replayed"


class Saving(NamedTuple):
    """What one workload saves in its best scenario."""

    workload: str
    best: pick.WorkloadBest
    amount: Decimal
    a_month: Decimal | None
    """`None` where the log is too short to say."""


def savings(result: SimulateResult) -> list[Saving]:
    """Return the workloads that can save money, the largest amount first."""
    recorded, best = pick.baseline(result), pick.best_by_workload(result)
    found = [
        Saving(row.workload, best[row.workload], -delta, _a_month(row.totals, best[row.workload].totals))
        for row in (recorded.workloads if recorded is not None else ())
        if row.workload in best and (delta := best[row.workload].totals.delta) is not None and delta < 0
    ]
    return sorted(found, key=lambda saving: (-saving.amount, saving.workload))


def _a_month(now: Totals, then: Totals) -> Decimal | None:
    if now.cost_per_month is None or then.cost_per_month is None:
        return None
    return now.cost_per_month - then.cost_per_month


def sentence(saving: Saving, result: SimulateResult) -> Phrase:
    """Write one saving in a line: whose, what to change, how much."""
    totals, scenario = saving.best.totals, saving.best.scenario
    estimated = pick.is_estimated(totals, result)
    share = approx(change(totals.delta_share), estimated=estimated)
    text = f"{change_of(saving.best)}: saves {approx(money(saving.amount), estimated=estimated)} ({share})"
    if saving.a_month is not None:
        text += f", {approx(money(saving.a_month), estimated=estimated)} a month"
    caveats = "; ".join(_caveats(scenario, estimated=estimated))
    return Phrase(name=saving.workload or terms.UNNAMED, after=f": {text}" + (f"; {caveats}" if caveats else ""))


def steps(saving: Saving, result: SimulateResult) -> list[str]:
    """Say what the best scenario of a workload asks for, a line each; none where its name says it all."""
    scenario, name = saving.best.scenario, saving.workload
    moves = [move for move in result.moves if (move.layout, move.workload) == (scenario.layout, name)]
    lines = [
        f"move {move.place} ({move.what}) to {move.to}" if move.to else f"put {move.place} {move.what}"
        for move in moves
    ]
    lines += dict.fromkeys(f"mind: {move.warning}" for move in moves if move.warning)
    if scenario.boundary == OPTIMAL:
        lines.append(_marks([mark for mark in scenario.marks if mark.workload == name]))
    lines += [
        f"checked: chosen on the earlier half of the requests, such marks change the later half's input cost by {share}"
        for share in _checked(scenario, name, result)
    ]
    return lines


def _marks(marks: Sequence[MarkChoice]) -> str:
    if not marks:
        return "no marks: caching costs more than it saves"
    if marks[0].position == terms.AS_RECORDED:
        return "leave the marks where they are"
    if not marks[0].fields:
        return "nothing to mark: the provider looks at the whole prompt by itself"
    places = ", ".join(mark.where + ("" if mark.ttl == _DEFAULT else f" ({mark.ttl})") for mark in marks)
    return f"mark {places}; request fields: {', '.join(marks[0].fields)}"


def _checked(scenario: ScenarioResult, workload: str, result: SimulateResult) -> Iterator[str]:
    for held in result.holdouts:
        if (held.scenario, held.workload) == (scenario.name, workload) and held.recorded:
            yield change(float((held.fitted - held.recorded) / held.recorded))


def change_of(best: pick.WorkloadBest) -> str:
    """Say in plain words what the best scenario changes: layout, marks, lifetime, model, provider."""
    recorded, scenario = terms.AS_RECORDED, best.scenario
    ttl = "" if best.row.ttl_refused else pick.asked_ttl(scenario)
    boundary = terms.CHANGES.get(scenario.boundary, f"boundary {scenario.boundary}")
    parts = (
        f"layout {scenario.layout}" if scenario.layout != recorded else "",
        boundary if scenario.boundary != recorded else "",
        f"keep entries for {ttl}" if ttl else "",
        f"use {scenario.model}" if scenario.model != recorded else "",
        f"at {scenario.provider}" if scenario.provider != recorded else "",
    )
    return ", ".join(part for part in parts if part) or terms.DO_NOTHING


def _caveats(scenario: ScenarioResult, *, estimated: bool) -> Iterator[str]:
    if estimated:
        yield "estimate"
    if terms.PART_KNOWN[scenario.status]:
        yield terms.PART_KNOWN[scenario.status]
    if scenario.model != terms.AS_RECORDED:
        yield "answers are not compared"
