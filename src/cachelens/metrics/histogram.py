"""A histogram whose buckets grow by a constant factor: any percentile within 1.1%, in a few hundred integers.

Buckets are those of an OpenTelemetry exponential histogram of scale 5, so that they can be handed on as they are:
bucket `i` holds the values above 2^(i/32) and at most 2^((i+1)/32). That such buckets bound the relative error of every
percentile is shown in Masson, Rim and Lee, "DDSketch", PVLDB 12(12), 2019. Sums of histograms are exact.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping

SCALE = 5
STEPS = 1 << SCALE
"""Buckets between a value and its double."""
ERROR = (2 ** (1 / STEPS) - 1) / (2 ** (1 / STEPS) + 1)
"""Largest relative error of a percentile."""
_EDGES = tuple(2 ** (step / STEPS) for step in range(STEPS))
ZERO = -(1 << 20)
"""Bucket of values that are zero or less."""


def bucket_of(value: float) -> int:
    """Return the number of the bucket that holds a value."""
    if value <= 0:
        return ZERO
    mantissa, exponent = math.frexp(value)
    return (exponent - 1) * STEPS + bisect_left(_EDGES, 2 * mantissa) - 1


class Histogram:
    """Counts by bucket."""

    __slots__ = ("count", "counts")

    def __init__(self) -> None:
        self.count = 0
        self.counts: dict[int, int] = {}

    def add(self, value: float) -> None:
        """Count a value."""
        bucket = bucket_of(value)
        self.count += 1
        self.counts[bucket] = self.counts.get(bucket, 0) + 1

    def absorb(self, other: Histogram) -> None:
        """Add the counts of another histogram."""
        self.count += other.count
        for bucket, count in other.counts.items():
            self.counts[bucket] = self.counts.get(bucket, 0) + count


def percentile(counts: Mapping[int, int], percent: int) -> float:
    """Return the percentile by nearest rank, within `ERROR` of it; there is at least one count."""
    rank = max(1, -(-sum(counts.values()) * percent // 100))
    seen = 0
    bucket = ZERO
    for bucket in sorted(counts):
        seen += counts[bucket]
        if seen >= rank:
            break
    if bucket == ZERO:
        return 0.0
    low, high = 2 ** (bucket / STEPS), 2 ** ((bucket + 1) / STEPS)
    return 2 * low * high / (low + high)
