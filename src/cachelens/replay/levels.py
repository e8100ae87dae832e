"""Where the level of a rate over time changes: Pettitt's test, applied to the halves that it finds again and again.

A. N. Pettitt, A non-parametric approach to the change-point problem, Applied Statistics 28 (1979) 126-135. The test
asks whether values before some point rank otherwise than those behind it, whatever their distribution:

    U(t) = sum over i <= t < j of sign(x_i - x_j),  K = max |U(t)|,  p = 2 exp(-6 K^2 / (n^3 + n^2))

It assumes that values do not depend on each other, so a daily rhythm can look like a change.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

I64 = npt.NDArray[np.int64]
SIGNIFICANT = 0.01
"""Probability, for each test, that a level that did not change is called changed. Takes 16 values at least."""


class Level(NamedTuple):
    """A change of level."""

    at: int
    """The first value of the new level."""
    before: float
    """The rate from the change before it, or the start, to here."""
    after: float
    """The rate from here to the next change, or the end."""
    p_value: float


def levels(part: I64, whole: I64) -> list[Level]:
    """Return the changes of the rates `part / whole`, whose wholes are positive, in order of time."""
    rate = part / np.maximum(whole, 1)
    found: list[tuple[int, float]] = []
    waiting = [(0, len(rate))]
    while waiting:
        start, stop = waiting.pop()
        at, p_value = pettitt(rate[start:stop])
        if p_value < SIGNIFICANT:
            found.append((start + at, p_value))
            waiting += [(start, start + at), (start + at, stop)]
    found.sort()
    ends = [0, *(at for at, _ in found), len(rate)]

    def mean(start: int, stop: int) -> float:
        return float(part[start:stop].sum() / whole[start:stop].sum())

    return [Level(at, mean(ends[k], at), mean(at, ends[k + 2]), p_value) for k, (at, p_value) in enumerate(found)]


def pettitt(values: npt.NDArray[np.float64]) -> tuple[int, float]:
    """Return the most likely first value of a new level, and the probability of as much without any."""
    size = len(values)
    if size < 2:  # noqa: PLR2004  two sides
        return 0, 1.0
    ranks = np.sign(values[:, None] - values[None, :]).sum(axis=1)
    between = np.abs(np.cumsum(ranks))[:-1]
    at = int(between.argmax())
    p_value = 2.0 * float(np.exp(-6.0 * float(between[at]) ** 2 / (size**3 + size**2)))
    return at + 1, min(1.0, p_value)
