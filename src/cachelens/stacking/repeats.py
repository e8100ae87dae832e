"""Questions that a log holds more than once, and what they tell of each workload."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from cachelens.layers.advice import Signs, shape_of
from cachelens.layers.gates import Lock, Values
from cachelens.layers.semantic import Space
from cachelens.layers.traffic import Traffic
from cachelens.layers.verdicts import Judge
from cachelens.model.stack import Shape, Verdict
from cachelens.prompts.columns import NO_TIME

Pair = tuple[int, int]
"""A request, and one before it."""
_MOST = 20_000
"""Repeats that are judged to tell how far verdicts can be trusted."""


class Repeats(NamedTuple):
    """Requests that ask the same in the same words."""

    passing: list[Pair]
    """All gates let one be given the answer of the other."""
    stopped: list[Pair]
    """Some gate does not."""


def repeats(space: Space, lock: Lock) -> Repeats:
    """Pair each request with the last one before it that asked the same, as far as verdicts need them."""
    last: dict[object, int] = {}
    latest: dict[int, tuple[object, int]] = {}
    passing: list[Pair] = []
    stopped: list[Pair] = []
    for number, (unit, key) in enumerate(zip(space.unit, lock.key, strict=True)):
        if unit < 0 or key < 0:
            continue
        if (unit, key) in last:
            passing.append((number, last[unit, key]))
        if unit in latest and latest[unit][0] != key:
            stopped.append((number, latest[unit][1]))
        last[unit, key] = number
        latest[unit] = key, number
    return Repeats(passing[:_MOST], stopped[:_MOST])


def shapes_of(traffic: Traffic, judge: Judge, space: Space, lock: Lock, regulated: Sequence[Values]) -> Iterable[Shape]:
    """Return what each workload looks like, by requests; `regulated` are gates whose values ask for caution."""
    found = repeats(space, lock)
    trace = traffic.trace
    column, names = trace.column("workload").tolist(), trace.strings["workload"]
    timed = ((trace.requests["flags"] & NO_TIME) == 0).tolist()
    workloads = {number: _Seen() for number in sorted(set(column))}
    for number, workload in enumerate(column):
        seen = workloads[workload]
        seen.requests += 1
        seen.questions += traffic.questions[number] is not None
        seen.comparable += traffic.questions[number] is not None and lock.key[number] >= 0
        seen.regulated |= any(value.equal[number] is not None for value in regulated)
    for pairs, is_repeat in ((found.passing, True), (found.stopped, False)):
        for pair, judged in zip(pairs, judge.judge(pairs), strict=True):
            gap = traffic.arrived[pair[0]] - traffic.arrived[pair[1]] if timed[pair[0]] and timed[pair[1]] else None
            workloads[column[pair[0]]].take(judged.verdict, gap, is_repeat=is_repeat)
    for workload, seen in sorted(workloads.items(), key=lambda row: (-row[1].requests, row[0])):
        yield shape_of(seen.signs(names[workload] if workload >= 0 else ""))


class _Seen:
    """Counts the signs of one workload."""

    def __init__(self) -> None:
        self.requests = self.questions = self.comparable = self.repeats = self.same = self.different = 0
        self.first_change: int | None = None
        self.regulated = self.personal = False

    def take(self, verdict: Verdict, gap_us: int | None, *, is_repeat: bool) -> None:
        """Count one pair of requests that ask the same."""
        differs = verdict is Verdict.DIFFERENT
        if not is_repeat:
            self.personal |= differs
            return
        self.repeats += 1
        self.same += verdict is Verdict.SAME
        self.different += differs
        if differs and gap_us is not None:
            self.first_change = gap_us if self.first_change is None else min(gap_us, self.first_change)

    def signs(self, workload: str) -> Signs:
        """Return what was counted."""
        return Signs(
            workload=workload,
            requests=self.requests,
            questions=self.questions,
            comparable=self.comparable,
            repeats=self.repeats,
            same=self.same,
            different=self.different,
            first_change_us=self.first_change,
            regulated=self.regulated,
            personal=self.personal,
        )
