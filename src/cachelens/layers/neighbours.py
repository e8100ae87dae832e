"""The vector index: for each text, the others that are at least so similar.

Vectors are rounded to 8-bit whole numbers, so that their products are exact in any order of summing, and a log
gives the same hits on every machine. A cosine of 1 means the same text: two texts with one vector get just less.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

I64 = npt.NDArray[np.int64]
F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]

MOST = 128
"""Neighbours of a text that are looked at, the nearest first."""
NEARLY_ONE = 0.9999
_FULL = 127
_WIDEST = 1_040
"""Numbers in a vector up to which sums of 8-bit products are exact in single precision."""
_ROWS = 512
_SLACK = 1e-4
"""What single precision may get wrong; whoever passes is compared again in full."""
_MAIN, _SAMPLE = 64, 4_096
"""Directions that are compared first, found in so many rows."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Neighbours:
    """For each text its neighbours, itself first, then by falling similarity, ties by number."""

    start: list[int]
    other: list[int]
    similarity: list[float]


def quantised(vectors: F32) -> F32:
    """Return vectors of whole numbers from -127 to 127; what points nowhere or is not finite becomes zeros."""
    clean = np.where(np.isfinite(vectors), vectors, 0).astype(np.float64)
    largest = np.abs(clean).max(axis=1, keepdims=True, initial=0)
    scaled = np.divide(clean, largest, out=np.zeros_like(clean), where=largest > 0)
    kind = np.float32 if vectors.shape[1] <= _WIDEST else np.float64
    whole: F32 = np.rint(scaled * _FULL).astype(kind)
    return whole


def cosines(one: F32, other: F32) -> F64:
    """Return the cosine of each pair of rows."""
    dots = np.einsum("ij,ij->i", one.astype(np.float64), other.astype(np.float64))
    scale = np.sqrt((one.astype(np.float64) ** 2).sum(axis=1) * (other.astype(np.float64) ** 2).sum(axis=1))
    result: F64 = np.divide(dots, scale, out=np.zeros_like(dots), where=scale > 0)
    return result


def neighbours(vectors: F32, floor: float) -> Neighbours:
    """Return for each row the rows with a cosine of `floor` or more, at most `MOST`."""
    whole = quantised(vectors)
    norms = np.sqrt((whole.astype(np.float64) ** 2).sum(axis=1))
    bounds = _bounds(whole, norms)
    found = [_block(whole, norms, bounds, begin, floor) for begin in range(0, len(whole), _ROWS)]
    itself = np.arange(len(whole), dtype=np.int64)
    left, right, values = ([block[part] for block in found] for part in range(3))
    one = np.concatenate([itself, *left, *right])
    two = np.concatenate([itself, *right, *left])
    cosine = np.concatenate([np.ones(len(whole)), *values, *values])
    order = np.lexsort((two, -cosine, one))
    one, two, cosine = one[order], two[order], cosine[order]
    first = np.searchsorted(one, itself)
    kept = np.arange(len(one)) - first[one] < MOST
    counts = np.bincount(one[kept], minlength=len(whole))
    return Neighbours(
        start=[0, *np.cumsum(counts).tolist()], other=two[kept].tolist(), similarity=cosine[kept].tolist()
    )


def _bounds(whole: F32, norms: F64) -> F32:
    """Return short rows whose products are no less than the cosines: the main directions, and the length of the rest.

    By Cauchy and Schwarz, what two vectors share beside the main directions is at most the product of those lengths.
    """
    unit = np.divide(whole, norms[:, None], out=np.zeros(whole.shape, dtype=np.float64), where=norms[:, None] > 0)
    sample = unit[:: max(1, len(unit) // _SAMPLE)]
    axes = np.linalg.eigh(sample.T @ sample)[1][:, -_MAIN:]
    main = unit @ axes
    rest = np.sqrt(np.maximum((unit**2).sum(axis=1) - (main**2).sum(axis=1), 0))
    result: F32 = np.concatenate([main, rest[:, None]], axis=1).astype(np.float32)
    return result


def _block(whole: F32, norms: F64, bounds: F32, begin: int, floor: float) -> tuple[I64, I64, F64]:
    """Return the pairs of some rows with those before them, at most `MOST` for each."""
    end = min(begin + _ROWS, len(whole))
    rough = bounds[begin:end] @ bounds[:end].T
    rough[:, begin:][np.triu_indices(end - begin)] = 0
    near = rough >= max(floor - _SLACK, _SLACK)
    found = [
        _row(whole, norms, begin + row, np.flatnonzero(near[row]), floor)
        for row in np.flatnonzero(near.any(axis=1)).tolist()
    ]
    if not found:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0)
    rows = np.concatenate([np.full(len(places), row) for row, places, _ in found])
    return rows, np.concatenate([row[1] for row in found]), np.concatenate([row[2] for row in found])


def _row(whole: F32, norms: F64, row: int, places: I64, floor: float) -> tuple[int, I64, F64]:
    """Return the neighbours of one row among some places, by exact products."""
    exact = (whole[places] @ whole[row]).astype(np.float64)
    cosine = np.minimum(exact / np.maximum(norms[row] * norms[places], 1), NEARLY_ONE)
    kept = np.flatnonzero(cosine >= min(floor, NEARLY_ONE))
    if len(kept) > MOST:
        kept = np.sort(kept[np.lexsort((kept, -cosine[kept]))[:MOST]])
    return row, places[kept], cosine[kept]
