"""Numbers drawn from a seed: the same on every run.

NumPy promises the raw stream of a bit generator for ever, but not what its distributions make of it; so distributions
are inverted here.
"""

from __future__ import annotations

import enum
import math

import numpy as np
import numpy.typing as npt

from cachelens.fleet.workloads.spec import (
    Exponential,
    Lognormal,
    Normal,
    Number,
    Quantiles,
    Spread,
    Uniform,
    Weights,
)

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]


class Stream(enum.IntEnum):
    """What is drawn; each has a stream of its own, so that a change in one leaves the others as they are."""

    ARRIVALS = 0
    POPULATION = 1
    GROUP = 2
    SYSTEM = 3
    TURNS = 4
    QUESTION = 5
    FIRST = 6
    ANSWER = 7
    THINK = 8


class Draws:
    """One stream of numbers."""

    def __init__(self, seed: int, stream: Stream, population: int = 0) -> None:
        self._raw = np.random.PCG64(np.random.SeedSequence([seed, population, int(stream)]))

    def uniform(self, count: int) -> F64:
        """Return numbers above 0 and below 1."""
        raw = np.asarray(self._raw.random_raw(count), dtype=np.uint64)
        return ((raw >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53

    def order(self, count: int) -> I64:
        """Return the numbers below `count` in a shuffled order."""
        return np.argsort(self.uniform(count), kind="stable")

    def numbers(self, what: Number, count: int) -> F64:
        """Return draws of a plain number, which is always itself, or of one that varies.

        They are spread evenly over the distribution, one from each of `count` slices of equal weight in shuffled order,
        so that a short workload has the lengths that it states, too.
        """
        if isinstance(what, int | float):
            return np.full(count, float(what))
        share = (self.order(count) + self.uniform(count)) / max(1, count)
        return np.clip(_inverted(what, share), what.least, what.most)

    def whole(self, what: Number, count: int, least: int = 0) -> I64:
        """Return the same rounded to whole numbers."""
        return np.maximum(np.rint(self.numbers(what, count)), least).astype(np.int64)


def _inverted(what: Spread, share: F64) -> F64:
    """Return the value below which each share of a distribution lies."""
    found: F64
    match what:
        case Uniform():
            found = what.least + share * (what.most - what.least)
        case Normal():
            found = what.mean + what.deviation * _bell(share)
        case Lognormal():
            spread = math.log1p((what.deviation / what.mean) ** 2)
            found = np.exp(math.log(what.mean) - spread / 2 + math.sqrt(spread) * _bell(share))
        case Exponential():
            found = -what.mean * np.log1p(-share)
        case Quantiles():
            found = np.interp(share, np.linspace(0, 1, len(what.values)), np.array(what.values))
        case Weights():
            edges = np.cumsum(what.weights) / sum(what.weights)
            values = np.array(what.values, dtype=np.float64)
            found = values[np.minimum(np.searchsorted(edges, share), len(edges) - 1)]
    return found


def _bell(share: F64) -> F64:
    """Return the standard normal quantiles (Acklam's rational approximation, relative error below 1.2e-9)."""
    low, rest = np.minimum(share, 1 - share), share - 0.5
    tail = np.sqrt(-2 * np.log(low))
    outer = np.polyval(_TAIL, tail) / np.polyval(_TAIL_BELOW, tail)
    square = rest * rest
    inner = rest * np.polyval(_MIDDLE, square) / np.polyval(_MIDDLE_BELOW, square)
    found: F64 = np.where(low < _BORDER, np.where(share < 0.5, outer, -outer), inner)  # noqa: PLR2004  one half
    return found


_BORDER = 0.02425
_MIDDLE = (
    -3.969683028665376e01,
    2.209460984245205e02,
    -2.759285104469687e02,
    1.383577518672690e02,
    -3.066479806614716e01,
    2.506628277459239e00,
)
_MIDDLE_BELOW = (
    -5.447609879822406e01,
    1.615858368580409e02,
    -1.556989798598866e02,
    6.680131188771972e01,
    -1.328068155288572e01,
    1.0,
)
_TAIL = (
    -7.784894002430293e-03,
    -3.223964580411365e-01,
    -2.400758277161838e00,
    -2.549732539343734e00,
    4.374664141464968e00,
    2.938163982698783e00,
)
_TAIL_BELOW = (7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e00, 3.754408661907416e00, 1.0)
