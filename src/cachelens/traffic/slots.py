"""Prices what varies: each place, replayed as it would have been had its values, or their forms, stayed the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cachelens.layouts.forms import Form
from cachelens.layouts.neutral import Fixed, same_but_for, with_same
from cachelens.layouts.slots import Place, PlaceReport, Scope, Slot, wire_order
from cachelens.layouts.values import Kind
from cachelens.model.audit import Fault, FaultFact, SlotFact
from cachelens.model.finding import TrafficPlace
from cachelens.model.prompt import SegmentKind
from cachelens.prompts.trace import Trace
from cachelens.traffic.bench import Bench, Saving

I64 = npt.NDArray[np.int64]
MOST_PRICED = 12
"""Changes of one workload that are priced by replay; those with least fixed text behind them are left out first."""
_WORTH = 16
"""Fixed tokens behind a slot below which nothing is gained by moving it."""
_TRIFLE = 0.0025
"""Share of what a workload reads that all its changes together must strand for each to be priced: half of what a
single one must strand to be told."""
_WITHIN_SESSIONS = (Scope.REQUEST, Scope.UNSURE)
_SAME_CONTENT = frozenset({Kind.SHUFFLED, Kind.EXAMPLES, Kind.FORM, Kind.KEYS})
"""Kinds whose values are one content in several forms: had they been one, they would have been read themselves."""
_SAID = frozenset({Kind.TEXT, Kind.NAME, Kind.DOCUMENT})
_FREE = Saving(0, Decimal(0))
_FAULTS = {
    Form.SPACE: Fault.SPACE,
    Form.UNICODE: Fault.UNICODE,
    Form.KEYS: Fault.KEYS,
    Form.ITEMS: Fault.ORDER,
    Form.EXAMPLES: Fault.EXAMPLES,
}


def slots_and_forms(bench: Bench, reports: Sequence[PlaceReport]) -> tuple[list[SlotFact], list[FaultFact]]:
    """Return what varies in the prompts of each workload, priced; `reports` are the places that do.

    What is behind one change is often behind another as well, so each is priced as what is still lost once all
    others of its workload are mended. Workloads share next to nothing: one replay leaves out one change of each.
    Where all of them together strand next to nothing, none strands anything worth a replay.
    """
    by_workload: dict[int, list[_Change]] = {}
    for change in _joined([one for report in reports if _matters(report) for one in _parts(report)]):
        by_workload.setdefault(change.last.report.workload, []).append(change)
    for workload, changes in by_workload.items():
        by_workload[workload] = sorted(sorted(changes, key=_weight)[-MOST_PRICED:], key=_order)
    everything = _savings(bench, by_workload)
    priced = {workload: some for workload, some in by_workload.items() if _tells(bench, workload, everything)}
    slots: list[SlotFact] = []
    forms: list[FaultFact] = []
    for place in range(max(map(len, by_workload.values()), default=0)):
        left = {workload: changes[:place] + changes[place + 1 :] for workload, changes in priced.items()}
        others = _savings(bench, left) if any(place < len(changes) for changes in priced.values()) else {}
        for workload, changes in by_workload.items():
            if place < len(changes):
                change = changes[place]
                lost = _less(everything[workload], others.get(workload, _FREE)) if workload in priced else _FREE
                if (slot := change.last.slot) is not None:
                    among = sum(one.last.report.place == change.last.report.place for one in changes)
                    slots.append(_slot(bench, change, slot, lost, everything[workload], among))
                else:
                    forms.append(_form(bench, change, lost))
    return slots, forms


def _tells(bench: Bench, workload: int, everything: Mapping[int, Saving]) -> bool:
    """Say whether the changes of a workload strand enough, all together, to ask which of them does."""
    read = int(bench.recorded.read[bench.workload == workload].sum())
    tokens = everything[workload].tokens
    return tokens > 0 and tokens >= _TRIFLE * read


class _Part(NamedTuple):
    """One slot of a place, or one of the forms in which it varies, in one version of it."""

    report: PlaceReport
    slot: Slot | None
    form: int


class _Change(NamedTuple):
    """What varies at a place: the same kind of value, or of form, in each version that has it."""

    parts: tuple[_Part, ...]
    """In order of time."""

    @property
    def last(self) -> _Part:
        """Where it is still to be mended, if anywhere: in the last version that has it."""
        return self.parts[-1]


def _parts(report: PlaceReport) -> list[_Part]:
    """Return what varies at a place. The forms of tool definitions are told from their lists."""
    forms = [
        number for number, one in enumerate(report.forms) if report.place.section != "tool" or one.form is Form.UNICODE
    ]
    return [_Part(report, slot, -1) for slot in report.slots] + [_Part(report, None, number) for number in forms]


def _joined(parts: Sequence[_Part]) -> list[_Change]:
    """Take for one what different versions of a place have alike: the first clock of each, say."""
    found: dict[Hashable, list[_Part]] = {}
    before: Counter[Hashable] = Counter()
    for part in parts:
        report, slot, form = part
        what = report.forms[form].form if slot is None else slot.kind
        again = before[id(report), slot is None, what]
        before[id(report), slot is None, what] += 1
        found.setdefault((report.workload, report.place, slot is None, what, again), []).append(part)
    return [_Change(tuple(some)) for some in found.values()]


def _order(change: _Change) -> tuple[Place, int, int, int]:
    report, slot, form = change.last
    return report.place, -1 if slot is None else slot.number, form, report.version


def _matters(report: PlaceReport) -> bool:
    """Say whether anything behind a change could have been read from cache."""
    if report.forms or report.behind:
        return bool(report.forms or report.slots)
    return any(slot.static_behind >= _WORTH or (report.recurs and _voids(report, slot)) for slot in report.slots)


def _voids(report: PlaceReport, slot: Slot) -> bool:
    """Say whether a value changes within a session; what was said there and is changed is told of the history."""
    said = report.place.section == "message" and slot.kind in _SAID
    return slot.evidence.scope in _WITHIN_SESSIONS and not said


def _weight(change: _Change) -> int:
    return sum(
        part.report.requests
        * (
            1
            + (part.slot.static_behind if part.slot is not None else 0)
            + _WORTH * (part.report.behind + (part.slot is None))
        )
        for part in change.parts
    )


def _savings(bench: Bench, by_workload: Mapping[int, Sequence[_Change]]) -> dict[int, Saving]:
    """Return what each workload saves when all of these are mended; reads of the values themselves are no saving."""
    parts = [part for changes in by_workload.values() for change in changes for part in change.parts]
    places: dict[int, Fixed] = {}
    for report, slot, form in parts:
        fixed = places.get(id(report), Fixed(report, frozenset(), frozenset()))
        places[id(report)] = fixed._replace(
            slots=fixed.slots | {slot.number} if slot is not None else fixed.slots,
            forms=fixed.forms | {form} if slot is None else fixed.forms,
        )
    if not places:
        return dict.fromkeys(by_workload, _FREE)
    same_as = same_but_for(bench.trace, places.values())
    read = _in_own_tokens(bench, [one.report for one in places.values()], same_as)
    own = np.zeros(len(bench.trace), dtype=np.int64)
    for report, slot, _ in parts:
        if slot is not None and not _is_same_content(bench.trace, report, slot):
            own += _read_of(bench, report, slot, read)
    savings = bench.gained(read - own)
    return {workload: savings[workload] for workload in by_workload}


def _in_own_tokens(bench: Bench, reports: Sequence[PlaceReport], same_as: npt.NDArray[np.int32]) -> I64:
    """Replay with segments taken for others, and return what each request reads in tokens of what it really sent.

    A value that is held still may be shorter or longer than the request's own; so is what is read behind it.
    """
    trace = bench.trace
    read = bench.changed(with_same(trace, same_as)).read
    result = read.copy()
    moved = np.zeros(len(trace), dtype=np.float64)
    for report in sorted(reports, key=lambda report: (report.workload, wire_order(report.place))):
        segments = trace.nodes.segment[report.nodes]
        scale = _scale(bench, report.members)
        begin = (trace.nodes.end[report.nodes] - trace.segments.tokens[segments]) * scale
        longer = (trace.segments.tokens[same_as[segments]] - trace.segments.tokens[segments]) * scale
        passed = read[report.members] > begin + moved[report.members]
        result[report.members] -= np.where(passed, np.round(longer), 0).astype(np.int64)
        moved[report.members] += longer
    return result


def _scale(bench: Bench, members: I64) -> npt.NDArray[np.float64]:
    """Return tokens of each request's model, as sent, to a token of the reference."""
    trace = bench.trace
    found: npt.NDArray[np.float64] = bench.recorded.total[members] / np.maximum(
        1, trace.nodes.end[trace.requests["leaf"][members]]
    )
    return found


def _is_same_content(trace: Trace, report: PlaceReport, slot: Slot) -> bool:
    """Say whether a value is one content in several forms, such as one picture under addresses signed anew."""
    if slot.kind is not Kind.URL:
        return slot.kind in _SAME_CONTENT
    kinds = trace.segments.kind[report.variants]
    found = {values[slot.number] for values in report.values.values()}
    unsigned = {value.partition("?")[0] for value in found}
    return bool(np.isin(kinds, (SegmentKind.IMAGE, SegmentKind.DOCUMENT)).all()) and 2 * len(unsigned) <= len(found)


def _less(everything: Saving, others: Saving) -> Saving:
    """Return what a change still loses once all others are mended."""
    if everything.cost is None or others.cost is None:
        return Saving(everything.tokens - others.tokens, None)
    return Saving(everything.tokens - others.tokens, everything.cost - others.cost)


def _read_of(bench: Bench, report: PlaceReport, slot: Slot, read: I64) -> I64:
    """Return how many tokens of a slot's value each request reads in another replay, and did not before."""
    trace, replayed = bench.trace, bench.recorded
    result = np.zeros(len(trace), dtype=np.int64)
    at = _extent(trace, report, slot)
    known = at[:, 1] >= 0
    members = report.members[known]
    scale = _scale(bench, members)
    begin, end = at[known, 0] * scale, at[known, 1] * scale
    fresh = np.minimum(read[members], end) - np.maximum(replayed.read[members], begin)
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


def _slot(bench: Bench, change: _Change, slot: Slot, alone: Saving, everything: Saving, among: int) -> SlotFact:
    report = change.last.report
    found = [part.slot for part in change.parts if part.slot is not None]
    most = max(found, key=lambda one: one.evidence.requests)
    return SlotFact(
        place=_place(bench, report, slot.tokens_before),
        kind=slot.kind.value,
        section=report.place.section,
        length=slot.length,
        scope=most.evidence.scope.value,
        label=slot.before,
        requests=sum(one.evidence.requests for one in found),
        values=sum(one.evidence.values for one in found),
        groups=sum(one.evidence.groups for one in found),
        weak=all(one.evidence.weak for one in found),
        samples=slot.samples,
        stranded_tokens=alone.tokens,
        stranded_with_others=everything.tokens,
        cost=alone.cost,
        cost_with_others=everything.cost,
        slots=among,
        versions=report.versions,
        in_versions=tuple(part.report.version for part in change.parts),
        origins=bench.origins(report, slot),
    )


def _form(bench: Bench, change: _Change, lost: Saving) -> FaultFact:
    report = change.last.report
    variation = report.forms[change.last.form]
    segments = bench.trace.nodes.segment[report.nodes]
    texts = variation.samples
    same = next((i for i, (a, b) in enumerate(zip(*texts, strict=False)) if a != b), min(map(len, texts)))
    start = int((bench.trace.nodes.end[report.nodes] - bench.trace.segments.tokens[segments]).mean())
    size = int(bench.trace.segments.tokens[segments].mean())
    return FaultFact(
        fault=_FAULTS[variation.form],
        place=_place(bench, report, start + size * same // max(1, *map(len, texts))),
        requests=sum(_differing(bench, part) for part in change.parts),
        of=sum(part.report.requests for part in change.parts),
        detail=f"{1 + len(variation.same_as):,} forms",
        samples=tuple(text[max(0, same - 20) : same + 80] for text in texts),
        stranded_tokens=lost.tokens,
        cost=lost.cost,
    )


def _differing(bench: Bench, part: _Part) -> int:
    """Return how many requests have another form than the first."""
    segments = bench.trace.nodes.segment[part.report.nodes]
    return int(np.isin(segments, list(part.report.forms[part.form].same_as)).sum())


def _place(bench: Bench, report: PlaceReport, token: int) -> TrafficPlace:
    return TrafficPlace(workload=bench.names[report.workload], place=str(report.place), token=token)
