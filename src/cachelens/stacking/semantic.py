"""The semantic layer on one log: its hits at every threshold, with and without gates, and how safe they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from functools import cached_property

import numpy as np
import numpy.typing as npt

from cachelens.layers.advice import REGULATED
from cachelens.layers.gates import Kind, Values, gates, lock_of, refuses, values_of
from cachelens.layers.labels import labels_of
from cachelens.layers.semantic import Hits, Space, run_semantic, space_of
from cachelens.layers.traffic import TENANT, Traffic
from cachelens.layers.verdicts import Judge, Judged, safety
from cachelens.model.stack import (
    CurvePoint,
    Example,
    GateRow,
    Recommendation,
    Safety,
    Scope,
    SemanticChoices,
    SemanticResult,
    Shape,
    Verdict,
    WorkloadSafety,
)
from cachelens.stacking.plan import StackPlan
from cachelens.stacking.repeats import repeats, shapes_of

Mask = npt.NDArray[np.bool_]
Pair = tuple[int, int]
_MOST_EXAMPLES = 10
_RECORDED = "vectors of the log"


class Semantics:
    """Everything about the semantic layer of one log."""

    def __init__(self, traffic: Traffic, planned: StackPlan, priced: Callable[[Mask], Decimal | None]) -> None:
        """`priced` returns what some requests cost without any cache."""
        self._priced = priced
        self._traffic = traffic
        self._plan = planned
        self._choices = planned.choices.semantic
        self._embedder = planned.embedder
        self.judge = Judge(traffic.calls, self._embedder, labels_of(self._choices.labels, traffic, planned.normal))
        self.thresholds = tuple(sorted({*self._choices.thresholds, self._choices.threshold}))
        self.values = [values_of(gate, traffic) for gate in gates()]
        self._on = [value for value in self.values if self._is_on(value)]
        self._lock = lock_of(self._on, len(traffic))
        self._open = lock_of((), len(traffic))
        self._runs: dict[tuple[bytes, float, bool], Hits] = {}

    def _is_on(self, value: Values) -> bool:
        """Say whether a gate is on: where it is asked for, or where the log has what it needs."""
        name, choices = value.gate.id, self._choices
        if name == TENANT:
            return self._plan.choices.scope is Scope.TENANT
        return name in choices.gates or (name not in choices.no_gates and value.is_known)

    @cached_property
    def _space(self) -> Space:
        own = bool(self._plan.choices.vectors)
        return space_of(self._traffic, self._plan.normal, None if own else self._embedder, self.thresholds[0])

    def hits(self, passing: Mask, threshold: float | None = None, *, gated: bool = True) -> Hits:
        """Replay the requests that pass the layers before; the chosen threshold unless another is given."""
        at = self._choices.threshold if threshold is None else threshold
        key = np.packbits(passing).tobytes(), at, gated
        if key not in self._runs:
            lock = self._lock if gated else self._open
            limits = self._choices.ttl_us, self._choices.capacity
            self._runs[key] = run_semantic(self._traffic, self._space, lock, passing.tolist(), at, limits)
        return self._runs[key]

    def safety(self, pairs: Sequence[Pair]) -> Safety:
        """Judge some hits."""
        return safety(self.judge.judge(pairs))

    def result(self, passing: Mask) -> SemanticResult:
        """Put together what the report says of the layer behind others."""
        choices = self._choices
        curve = tuple(self._point(passing, threshold) for threshold in self.thresholds)
        gated = self.hits(passing)
        ungated = self.hits(passing, gated=False)
        advised = _advised(curve, choices.most_false_hits)
        return SemanticResult(
            embedder=_RECORDED if self._plan.choices.vectors else self._embedder.id,
            about=_RECORDED if self._plan.choices.vectors else self._embedder.about,
            limits="" if self._plan.choices.vectors else self._embedder.limits,
            threshold=choices.threshold,
            gates=tuple(self._gate_row(value, ungated) for value in self.values),
            curve=curve,
            noise=self.safety(repeats(self._space, self._lock).passing),
            workloads=tuple(self._workloads(gated, passing)),
            examples=tuple(self._examples(ungated)),
            target=choices.most_false_hits,
            advised_threshold=advised,
            recommendation=_recommendation(
                next(p for p in curve if p.threshold == choices.threshold), advised, choices
            ),
            expected_loss=next(point.expected_loss for point in curve if point.threshold == choices.threshold),
            labels_used=len(self.judge.labels_used),
        )

    def _point(self, passing: Mask, threshold: float) -> CurvePoint:
        hits = self.hits(passing, threshold)
        found = self.safety(hits.pairs())
        return CurvePoint(
            threshold=threshold,
            gated=found,
            ungated=self.safety(self.hits(passing, threshold, gated=False).pairs()),
            saved=self._priced(hits.source >= 0),
            expected_loss=_loss(found, self._choices.price_per_wrong),
        )

    def _gate_row(self, value: Values, ungated: Hits) -> GateRow:
        stopped = [pair for pair in ungated.pairs() if self._refuses(value, pair)] if value.is_known else []
        return GateRow(
            gate=value.gate.id,
            about=value.gate.about,
            on=value in self._on,
            field=_field(value),
            missing=value.missing,
            stops=self.safety(stopped),
        )

    def _refuses(self, value: Values, pair: Pair) -> bool:
        request, source = pair
        return refuses(value, request, source, self._traffic.arrived[request] - self._traffic.answered[source])

    def shapes(self) -> Iterable[Shape]:
        """Return what each workload looks like, by requests."""
        known = [value for value in self._on if value.is_known]
        regulated = [value for value in self.values if value.gate.id in REGULATED and value.is_known]
        return shapes_of(self._traffic, self.judge, self._space, lock_of(known, len(self._traffic)), regulated)

    def _workloads(self, gated: Hits, passing: Mask) -> Iterable[WorkloadSafety]:
        trace = self._traffic.trace
        column, names = trace.column("workload"), trace.strings["workload"]
        pairs: dict[int, list[Pair]] = {}
        for pair in gated.pairs():
            pairs.setdefault(int(column[pair[0]]), []).append(pair)
        for number in sorted(pairs, key=lambda number: (-len(pairs[number]), number)):
            name = names[number] if number >= 0 else ""
            seen = int((passing & (column == number)).sum())
            yield WorkloadSafety(workload=name, requests=seen, safety=self.safety(pairs[number]))

    def _examples(self, ungated: Hits) -> Iterable[Example]:
        """Return wrong answers, first those that no gate stops, then by similarity."""
        pairs = ungated.pairs()
        wrong = [
            (pair, judged)
            for pair, judged in zip(pairs, self.judge.judge(pairs), strict=True)
            if judged.verdict is Verdict.DIFFERENT
        ]
        stopping = {pair: tuple(v.gate.id for v in self._on if self._refuses(v, pair)) for pair, _ in wrong}
        wrong.sort(key=lambda row: (bool(stopping[row[0]]), -float(ungated.similarity[row[0][0]]), row[0]))
        for pair, judged in wrong[:_MOST_EXAMPLES]:
            yield self._example(pair, judged, float(ungated.similarity[pair[0]]), stopping[pair])

    def _example(self, pair: Pair, judged: Judged, similarity: float, stopping: tuple[str, ...]) -> Example:
        traffic, trace = self._traffic, self._traffic.trace
        workload = int(trace.column("workload")[pair[0]])
        questions = [traffic.questions[number] for number in pair]
        answers = [traffic.calls[number].answer or "" for number in pair]
        return Example(
            request=_name(traffic, pair[0]),
            source=_name(traffic, pair[1]),
            workload=trace.strings["workload"][workload] if workload >= 0 else "",
            similarity=similarity,
            reason=judged.reason,
            question=questions[0].text if questions[0] else "",
            source_question=questions[1].text if questions[1] else "",
            answer=answers[0],
            source_answer=answers[1],
            gates=stopping,
        )


def _field(value: Values) -> str:
    if value.gate.kind is Kind.DERIVED:
        return "the request itself"
    return "a field of the log" if value.is_known else ""


def _name(traffic: Traffic, number: int) -> str:
    """Return the id of a request, else its file and line."""
    trace = traffic.trace
    own = trace.request_ids[number]
    return own or f"{trace.files[int(trace.column('file')[number])]}:{int(trace.column('line')[number])}"


def _loss(found: Safety, price: Decimal | None) -> Decimal | None:
    """Return what wrong answers would cost: the rate among the judged hits, carried over to all."""
    sure = found.same + found.different
    if price is None or (not sure and found.hits):
        return None
    return price * found.hits * found.different / sure if sure else Decimal(0)


def _recommendation(point: CurvePoint, advised: float | None, choices: SemanticChoices) -> Recommendation:
    found = point.gated
    if not found.hits:
        return Recommendation.NO_HITS
    if advised is not None:
        return Recommendation.BUILD if advised <= point.threshold else Recommendation.RAISE
    proven = found.low is not None and found.low > choices.most_false_hits
    return Recommendation.DO_NOT if proven else Recommendation.UNPROVEN


def _advised(curve: Sequence[CurvePoint], target: float) -> float | None:
    """Return the lowest threshold from which on every interval ends below the target, and which hits at all."""
    best = None
    for point in reversed(curve):
        if point.gated.hits and (point.gated.high is None or point.gated.high > target):
            break
        if point.gated.hits:
            best = point.threshold
    return best
