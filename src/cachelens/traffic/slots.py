"""Prices what varies: each place, replayed as it would have been had its values, or their forms, stayed the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from cachelens.layouts.forms import Form
from cachelens.layouts.neutral import without_forms, without_slots
from cachelens.layouts.slots import PlaceReport, Scope, Slot, mine
from cachelens.layouts.values import Kind
from cachelens.model.audit import Fault, FaultFact, SlotFact
from cachelens.model.finding import TrafficPlace
from cachelens.prompts.trace import Trace
from cachelens.replay.engine import Replayed
from cachelens.traffic.bench import Bench, Saving

I64 = npt.NDArray[np.int64]
MOST_PRICED = 24
"""Places that are priced by replay; those with least fixed text behind them are left out first."""
_MOST_ALONE = 6
"""Slots of one place that are told apart; those with least fixed text behind them are left out first."""
_WORTH = 16
"""Fixed tokens behind a slot below which nothing is gained by moving it."""
_WITHIN_SESSIONS = (Scope.REQUEST, Scope.UNSURE)
_SAME_CONTENT = frozenset({Kind.SHUFFLED, Kind.EXAMPLES, Kind.FORM, Kind.KEYS})
"""Kinds whose values are one content in several forms: had they been one, they would have been read themselves."""
_FAULTS = {
    Form.SPACE: Fault.SPACE,
    Form.UNICODE: Fault.UNICODE,
    Form.KEYS: Fault.KEYS,
    Form.ITEMS: Fault.ORDER,
    Form.EXAMPLES: Fault.EXAMPLES,
}


def slots_and_forms(bench: Bench) -> tuple[list[SlotFact], list[FaultFact]]:
    """Return what varies in the prompts of each workload, priced."""
    reports = [report for report in mine(bench.trace) if _matters(report)]
    reports = sorted(reports, key=_weight)[-MOST_PRICED:]
    slots: list[SlotFact] = []
    forms: list[FaultFact] = []
    for report in sorted(reports, key=lambda report: (report.workload, report.place)):
        slots += _slots(bench, report)
        forms += _forms(bench, report)
    return slots, forms


def _matters(report: PlaceReport) -> bool:
    """Say whether anything behind a change could have been read from cache."""
    if report.forms or report.behind:
        return bool(report.forms or report.slots)
    return any(
        slot.static_behind >= _WORTH or (report.recurs and slot.evidence.scope in _WITHIN_SESSIONS)
        for slot in report.slots
    )


def _weight(report: PlaceReport) -> int:
    behind = max((slot.static_behind for slot in report.slots), default=0)
    return report.requests * (1 + behind + _WORTH * (report.behind + bool(report.forms)))


def _slots(bench: Bench, report: PlaceReport) -> Iterator[SlotFact]:
    if not report.slots:
        return
    numbers = [slot.number for slot in report.slots]
    everything = _without(bench, report, numbers)
    if everything.tokens <= 0:
        return
    chosen = sorted(report.slots, key=lambda slot: (-slot.static_behind, slot.number))[:_MOST_ALONE]
    for slot in sorted(chosen, key=lambda slot: slot.number):
        others = _without(bench, report, [number for number in numbers if number != slot.number])
        yield _slot(bench, report, slot, _less(everything, others), everything)


def _less(everything: Saving, others: Saving) -> Saving:
    """Return what a slot still loses once all others are fixed."""
    if everything.cost is None or others.cost is None:
        return Saving(everything.tokens - others.tokens, None)
    return Saving(everything.tokens - others.tokens, everything.cost - others.cost)


def _without(bench: Bench, report: PlaceReport, numbers: Sequence[int]) -> Saving:
    """Return what it saves to hold some slots at one value; reads of the values themselves are no saving."""
    if not numbers:
        return Saving(0, Decimal(0))
    after = bench.changed(without_slots(bench.trace, report, numbers))
    own = np.zeros(len(bench.trace), dtype=np.int64)
    for slot in report.slots:
        if slot.number in numbers and slot.kind not in _SAME_CONTENT:
            own += _read_of(bench, report, slot, after)
    return bench.saving(after, report.workload, own)


def _read_of(bench: Bench, report: PlaceReport, slot: Slot, after: Replayed) -> I64:
    """Return how many tokens of a slot's value each request reads in another replay, and did not before."""
    trace, replayed = bench.trace, bench.recorded
    result = np.zeros(len(trace), dtype=np.int64)
    at = _extent(trace, report, slot)
    known = at[:, 1] >= 0
    members = report.members[known]
    scale = replayed.total[members] / np.maximum(1, trace.nodes.end[trace.requests["leaf"][members]])
    begin, end = at[known, 0] * scale, at[known, 1] * scale
    fresh = np.minimum(after.read[members], end) - np.maximum(replayed.read[members], begin)
    result[members] = np.maximum(0, np.round(fresh)).astype(np.int64)
    return result


def _extent(trace: Trace, report: PlaceReport, slot: Slot) -> npt.NDArray[np.float64]:
    """Return where in each request of a place a slot begins and ends, in reference tokens; -1 where unknown."""
    fixed = [len(literal) for literal in report.skeleton.literals]
    share = {}
    for segment, values in report.values.items():
        before = sum(fixed[: slot.number + 1]) + sum(len(value) for value in values[: slot.number])
        whole = max(1, sum(fixed) + sum(map(len, values)))
        share[segment] = before / whole, (before + len(values[slot.number])) / whole
    segments = trace.nodes.segment[report.nodes]
    shares = np.array([share.get(segment, (-1.0, -1.0)) for segment in segments.tolist()])
    tokens = trace.segments.tokens[segments].astype(np.float64)
    start = trace.nodes.end[report.nodes] - tokens
    found: npt.NDArray[np.float64] = np.where(shares >= 0, start[:, None] + shares * tokens[:, None], -1.0)
    return found


def _slot(bench: Bench, report: PlaceReport, slot: Slot, alone: Saving, everything: Saving) -> SlotFact:
    return SlotFact(
        place=_place(bench, report, slot.tokens_before),
        kind=slot.kind.value,
        section=report.place.section,
        length=slot.length,
        scope=slot.evidence.scope.value,
        label=slot.before,
        requests=slot.evidence.requests,
        values=slot.evidence.values,
        groups=slot.evidence.groups,
        weak=slot.evidence.weak,
        samples=slot.samples,
        stranded_tokens=alone.tokens,
        stranded_with_others=everything.tokens,
        cost=alone.cost,
        cost_with_others=everything.cost,
        slots=len(report.slots),
    )


def _forms(bench: Bench, report: PlaceReport) -> Iterator[FaultFact]:
    """Return the forms in which a place varies; a tool's own are told by its list."""
    segments = bench.trace.nodes.segment[report.nodes]
    for number, variation in enumerate(report.forms):
        saving = bench.saving(bench.changed(without_forms(bench.trace, report, number)), report.workload)
        texts = variation.samples
        same = next((i for i, (a, b) in enumerate(zip(*texts, strict=False)) if a != b), min(map(len, texts)))
        start = int((bench.trace.nodes.end[report.nodes] - bench.trace.segments.tokens[segments]).mean())
        share = same / max(1, *map(len, texts))
        size = int(bench.trace.segments.tokens[segments].mean())
        fault = _FAULTS[variation.form]
        if report.place.section == "tool" and fault is not Fault.UNICODE:
            fault = Fault.TOOL_KEYS
        yield FaultFact(
            fault=fault,
            place=_place(bench, report, start + int(share * size)),
            requests=int(np.isin(segments, list(variation.same_as)).sum()),
            of=report.requests,
            detail=f"{1 + len(variation.same_as):,} forms",
            samples=tuple(text[max(0, same - 20) : same + 80] for text in texts),
            stranded_tokens=saving.tokens,
            cost=saving.cost,
        )


def _place(bench: Bench, report: PlaceReport, token: int) -> TrafficPlace:
    return TrafficPlace(workload=bench.names[report.workload], place=str(report.place), token=token)
