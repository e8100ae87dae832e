"""What caches of every size would find of a log or workload: one pass for each fleet, in place of a replay a size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from cachelens import __version__
from cachelens.fleet import ignored, remarks
from cachelens.fleet.curves import CapacityCurve, lru_curve
from cachelens.fleet.requests import FleetRequests
from cachelens.fleet.routing.base import Policy
from cachelens.fleet.run import Setting, replay
from cachelens.fleet.sizing import sizing_of
from cachelens.fleeting.inputs import FleetPlan, Given
from cachelens.model.fleet_curve import MOST, Curve, CurvePoint, CurveResult

_STEPS: Final = (10, 12, 16, 20, 25, 32, 40, 50, 63, 80)
"""Sizes of a decade, each about a quarter larger (preferred numbers)."""


def run(given: Given, planned: FleetPlan) -> CurveResult:
    """Draw the curves of a single replica, and of every fleet size and policy that is blind to load and caches."""
    requests, choices = given.requests, planned.choices
    blind = tuple(policy for policy in planned.policies if policy.is_load_blind)
    asked = tuple(size for size in sizing_of(choices, requests.block_size).capacities if size is not None)
    sizes = [replicas for replicas in sorted(set(choices.replicas)) if replicas > 1]
    drawn: list[tuple[str | None, int, CapacityCurve]] = [
        (None, 1, lru_curve(requests, with_answers=choices.cache_answers))
    ]
    for replicas in sizes:
        for policy in blind:
            placed = _placed(requests, planned, policy, replicas)
            curve = lru_curve(requests, replica=placed, with_answers=choices.cache_answers)
            drawn.append((policy.id, replicas, curve))
    longest = max(1, drawn[0][2].longest)
    points = _axis(longest, max(int(curve.capacity[-1]) for *_, curve in drawn), asked)
    return CurveResult(
        version=__version__,
        inputs=given.inputs,
        skips=given.skips,
        requests=len(requests),
        input_tokens=int(requests.tokens.sum()),
        block_size=requests.block_size,
        longest_blocks=longest,
        asked=asked,
        curves=tuple(_published(policy, replicas, curve, points) for policy, replicas, curve in drawn),
        policies={policy.id: policy.summary for policy in blind},
        ignored=(
            *ignored.beside_curves(choices, planned.engine.id, longest, asked, [policy.id for policy in blind]),
            *given.in_vain,
        ),
        notes=(*given.notes, *remarks.of_requests(requests, timed=False)),
    )


def _placed(requests: FleetRequests, planned: FleetPlan, policy: Policy, replicas: int) -> npt.NDArray[np.int64]:
    """Return the replica of each request, which does not depend on what the caches hold."""
    setting = Setting(
        policy=policy,
        replicas=replicas,
        engine=planned.engine,
        capacity=None,
        latency=np.array(planned.speed.latency, dtype=np.float64),
        groups=np.zeros(len(requests), dtype=np.int64),
        seed=planned.choices.seed,
    )
    return replay(requests, setting).replica


def _published(policy: str | None, replicas: int, curve: CapacityCurve, points: tuple[int, ...]) -> Curve:
    return Curve(
        policy=policy,
        replicas=replicas,
        points=tuple(CurvePoint(kv_blocks=size, token_hit_rate=curve.token_hit_rate(size)) for size in points),
        token_hit_rate=curve.token_hit_rate(int(curve.capacity[-1])),
        blocks_for_most=max(curve.longest, curve.capacity_for(MOST)),
    )


def _axis(longest: int, last: int, asked: tuple[int, ...]) -> tuple[int, ...]:
    """Return cache sizes from what the longest request needs to what finds all, and those that are asked for."""
    steps = [size for size in _ladder(max(longest, last)) if size >= longest]
    return tuple(sorted({longest, *steps, *(size for size in asked if size >= longest)}))


def _ladder(last: int) -> Iterator[int]:
    """Yield rising sizes, up to the first that is no smaller than `last`."""
    decade, before = 1, 0
    while True:
        for step in _STEPS:
            size = step * decade // 10
            if size > before:
                yield size
                before = size
            if size >= last:
                return
        decade *= 10
