"""What the shared result says of time: the hit rate over it, and pauses."""

from __future__ import annotations

from cachelens.model.result import LevelChange, PauseBin, Pauses, TimePoint, TimeSeries

_START = 1_763_337_600_000_000  # 2025-11-17T00:00:00Z
_DAY = 86_400_000_000


def _points(*rates: int) -> tuple[TimePoint, ...]:
    """Return a point a day, of a thousand tokens, with so many read."""
    return tuple(
        TimePoint(
            start_us=_START + day * _DAY, requests=10, input_tokens=1000, read_tokens=read, token_hit_rate=read / 1000
        )
        for day, read in enumerate(rates)
    )


OVER_TIME = (
    TimeSeries(
        workload="",
        step_us=_DAY,
        points=_points(700, 712, 0, 333),
        changes=(LevelChange(at_us=_START + 2 * _DAY, before=0.706, after=0.1665, p_value=0.0012345),),
    ),
    TimeSeries(workload="<script>alert(1)</script>", step_us=_DAY, points=_points(1000), changes=()),
)

PAUSES = (
    Pauses(
        what="prefix",
        pauses=3,
        median_us=240_000_000,
        bins=(
            PauseBin(up_to_us=300_000_000, pauses=2, tokens=6000, share_so_far=2 / 3),
            PauseBin(up_to_us=3_600_000_000, pauses=0, tokens=0, share_so_far=2 / 3),
            PauseBin(up_to_us=None, pauses=1, tokens=3000, share_so_far=1.0),
        ),
    ),
)
