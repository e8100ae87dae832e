"""Which runs of a fleet report come first, and which one is advised."""

from __future__ import annotations

from collections.abc import Sequence

from cachelens.model.fleet import FleetResult, FleetRun

_NEVER = 1 << 62
BASELINE = "round-robin"
"""What every policy is measured against, where it was replayed."""
AFFINITY = "session-affinity"


def is_saturated(run: FleetRun) -> bool:
    """Say whether a run was offered more than it can do."""
    return run.timing is not None and run.timing.is_saturated


def ranked(runs: Sequence[FleetRun]) -> list[FleetRun]:
    """Order runs of one fleet size, the best first: by TTFT P95 where times are known, else by tokens hit.

    Saturated runs come last; equals stay in the order of the catalogue.
    """
    return sorted(runs, key=_rank)


def _rank(run: FleetRun) -> tuple[bool, int, float]:
    rate = -(run.token_hit_rate or 0.0)
    if run.timing is None:
        return False, 0, rate
    return run.timing.is_saturated, _NEVER if run.timing.ttft is None else run.timing.ttft.p95, rate


def best(runs: Sequence[FleetRun], result: FleetResult) -> FleetRun | None:
    """Return the run to advise, never a ceiling or a saturated one.

    It has the shortest TTFT P95; where no times are known, the least to compute for its busiest replica, which is
    what a fleet waits for: a policy that sends everything to one cache finds most and is no use.
    """
    rows = [run for run in ranked(runs) if run.policy not in result.ceilings and run.served and not is_saturated(run)]
    if rows and rows[0].timing is None:
        rows.sort(key=busiest)
    return rows[0] if rows else None


def busiest(run: FleetRun) -> int:
    """Return the tokens that the replica computes that computes most."""
    return max((row.uncached_tokens for row in run.per_replica), default=0)
