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
_SLACK = 1 - 1e-4
"""What single precision may get wrong; whoever passes is compared again in full."""


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
    left: list[I64] = []
    right: list[I64] = []
    values: list[F64] = []
    for begin in range(0, len(whole), _ROWS):
        rows, columns, cosine = _block(whole, norms, begin, floor)
        left.append(rows)
        right.append(columns)
        values.append(cosine)
    itself = np.arange(len(whole), dtype=np.int64)
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


def _block(whole: F32, norms: F64, begin: int, floor: float) -> tuple[I64, I64, F64]:
    """Return the pairs of some rows with those before them, at most `MOST` for each."""
    end = min(begin + _ROWS, len(whole))
    dots = whole[begin:end] @ whole[:end].T
    dots[:, begin:][np.triu_indices(end - begin)] = 0
    inverse = np.divide(1.0, norms, out=np.zeros_like(norms), where=norms > 0)
    rough = dots * inverse[:end].astype(dots.dtype)
    near = rough >= np.maximum(floor * _SLACK * norms[begin:end, None], 1e-30).astype(dots.dtype)
    for row in np.flatnonzero(near.sum(axis=1) > MOST).tolist():
        places = np.flatnonzero(near[row])
        cosine = dots[row, places].astype(np.float64) * inverse[places]
        near[row, places[np.lexsort((places, -cosine))[MOST:]]] = False
    rows, columns = np.nonzero(near)
    exact = dots[rows, columns].astype(np.float64) / (norms[rows + begin] * norms[columns])
    cosine = np.minimum(exact, NEARLY_ONE)
    keep = cosine >= min(floor, NEARLY_ONE)
    return (rows + begin)[keep], columns[keep], cosine[keep]
