"""When a hit rate changed its level, and where it is heading.

**Cells.** Neighbouring spans are joined until each holds at least `FEWEST` requests, so that no rate stands on two or
three of them. All that follows looks at the token hit rates of these cells, each counting the same.

**Shifts** are found by binary segmentation (Scott and Knott, Biometrics 30, 1974; Vostrikova, Soviet Mathematics
Doklady 24, 1981): the cut with the largest score is taken, then each side is cut again. The score is
|mean before - mean after| / (noise x sqrt(1/n + 1/m)); the noise is the median absolute difference of neighbours, times
1.4826 / sqrt(2), which a few shifts do not inflate. A cut counts if its score is above sqrt(6 ln n), three times the
penalty of the Schwarz criterion (Yao, Statistics and Probability Letters 6, 1988), its means lie five points apart, and
it leaves three cells on either side.

**The trend** is the Theil-Sen slope, the median of the slopes between all pairs of cells, and the Mann-Kendall test
(Kendall, Rank Correlation Methods, 1975) with its correction for ties. Of many cells neighbours are joined first.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, pairwise
from statistics import median
from typing import NamedTuple

from cachelens.model.metrics import Shift, Trend
from cachelens.providers.dates import US_PER_DAY

FEWEST = 10
"""Requests that a cell needs."""
LEAST_CELLS = 8
"""Cells without which nothing is said."""
LEAST_SIDE = 3
LEAST_STEP = 0.05
"""Smallest difference of two levels that is worth a word."""
_QUIETEST = 0.01
"""Noise is never taken to be less than one point."""
_MAD = 1.4826
"""Standard deviation of normal noise / its median absolute deviation."""
_MOST_PAIRED = 48
_CHANCE = 0.05


class Cell(NamedTuple):
    """Requests that say what they read, within a stretch of time."""

    start_us: int
    requests: int
    input_tokens: int
    read_tokens: int

    @property
    def rate(self) -> float:
        """Token hit rate."""
        return self.read_tokens / self.input_tokens


def cells_of(spans: Iterable[Cell]) -> list[Cell]:
    """Join spans, in order of time, into cells; what is left over at the end goes to the last one."""
    cells: list[Cell] = []
    open_cell: Cell | None = None
    for span in spans:
        if not span.input_tokens:
            continue
        open_cell = span if open_cell is None else _joined((open_cell, span))
        if open_cell.requests >= FEWEST:
            cells.append(open_cell)
            open_cell = None
    if open_cell is not None and cells:
        cells[-1] = _joined((cells[-1], open_cell))
    return cells


def _joined(cells: Sequence[Cell]) -> Cell:
    return Cell(
        cells[0].start_us,
        sum(cell.requests for cell in cells),
        sum(cell.input_tokens for cell in cells),
        sum(cell.read_tokens for cell in cells),
    )


def shifts_of(cells: Sequence[Cell]) -> tuple[Shift, ...] | None:
    """Return the shifts by time; `None` where there are too few cells."""
    if len(cells) < LEAST_CELLS:
        return None
    rates = [cell.rate for cell in cells]
    noise = max(_QUIETEST, median(abs(b - a) for a, b in pairwise(rates)) * _MAD / math.sqrt(2))
    cuts = dict(sorted(_cuts(rates, 0, len(rates), noise, math.sqrt(6 * math.log(len(rates))))))
    edges = [0, *cuts, len(cells)]
    levels = [_joined(cells[start:end]).rate for start, end in pairwise(edges)]
    return tuple(
        Shift(at_us=cells[cut].start_us, before=before, after=after, score=score)
        for (cut, score), (before, after) in zip(cuts.items(), pairwise(levels), strict=True)
    )


def _cuts(rates: Sequence[float], start: int, end: int, noise: float, least: float) -> Iterator[tuple[int, float]]:
    """Yield (first cell of the new level, score) of the best cut of a stretch, and of those on either side of it."""
    total = math.fsum(rates[start:end])
    left = math.fsum(rates[start : start + LEAST_SIDE - 1])
    best, where = 0.0, 0
    for cut in range(start + LEAST_SIDE, end - LEAST_SIDE + 1):
        left += rates[cut - 1]
        before, after = cut - start, end - cut
        step = abs(left / before - (total - left) / after)
        score = step / (noise * math.sqrt(1 / before + 1 / after))
        if step >= LEAST_STEP and score > best:
            best, where = score, cut
    if best > least:
        yield from _cuts(rates, start, where, noise, least)
        yield where, best
        yield from _cuts(rates, where, end, noise, least)


def trend_of(cells: Sequence[Cell]) -> Trend | None:
    """Return the trend; `None` where there are too few cells."""
    if len(cells) < LEAST_CELLS:
        return None
    size = -(-len(cells) // _MOST_PAIRED)
    points = [_joined(cells[start : start + size]) for start in range(0, len(cells), size)]
    slopes = [(b.rate - a.rate) / (b.start_us - a.start_us) for a, b in combinations(points, 2)]
    p_value = _mann_kendall([point.rate for point in points])
    return Trend(per_day=median(slopes) * US_PER_DAY, p_value=p_value, significant=p_value < _CHANCE)


def _mann_kendall(values: Sequence[float]) -> float:
    """Return the two-sided p-value of the test for a monotonic trend, in its normal approximation."""
    score = sum((b > a) - (b < a) for a, b in combinations(values, 2))
    count = len(values)
    ties = [values.count(value) for value in set(values)]
    variance = (count * (count - 1) * (2 * count + 5) - sum(t * (t - 1) * (2 * t + 5) for t in ties)) / 18
    if not score or variance <= 0:
        return 1.0
    return math.erfc((abs(score) - 1) / math.sqrt(2 * variance))
