"""Groups of requests by several columns, and exact sums over groups, in time linear in the requests."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

I64 = npt.NDArray[np.int64]
_EXACT = 1 << 53
"""Integers below this are exact as floats, which is what `np.bincount` adds up."""


class Groups(NamedTuple):
    """Distinct rows of some columns, in ascending order."""

    rows: list[tuple[int, ...]]
    of: I64
    """For each request the number of its row."""
    sizes: list[int]


def group_by(*columns: npt.NDArray[np.integer]) -> Groups:
    """Find the distinct rows of columns of integers from -1 up."""
    code = np.zeros(len(columns[0]), dtype=np.int64)
    for column in (column.astype(np.int64, copy=False) for column in columns):
        top = int(column.max(initial=-1)) + 2
        if int(code.max(initial=0)) * top > np.iinfo(np.int64).max // 2:
            code = _dense(code)[1]
        code = code * top + (column + 1)
    firsts, of = _dense(code)
    picked = [column[firsts].tolist() for column in columns]
    sizes = np.bincount(of, minlength=len(firsts)).tolist()
    return Groups(list(zip(*picked, strict=True)), of, sizes)


def _dense(code: I64) -> tuple[I64, I64]:
    """Return where each distinct code stands first, in ascending order of codes, and each code's number."""
    span = int(code.max(initial=0)) + 1
    if span > 4 * len(code) + 1024:
        _, firsts, of = np.unique(code, return_index=True, return_inverse=True)
        return firsts, of.reshape(-1)
    first = np.full(span, -1, dtype=np.int64)
    first[code[::-1]] = np.arange(len(code) - 1, -1, -1)
    present = first >= 0
    number = np.cumsum(present) - 1
    return first[present], number[code]


def sum_by(code: I64, values: npt.NDArray[Any], size: int) -> I64:
    """Return the exact sum of `values`, none negative, for each of `size` codes; a code of -1 counts nowhere."""
    if size == 1:
        chosen = values if int(code.min(initial=0)) >= 0 else values[code >= 0]
        return np.array([chosen.sum(dtype=np.int64)], dtype=np.int64)
    shifted = code + 1
    if int(values.max(initial=0)) * max(1, len(values)) < _EXACT:
        return np.bincount(shifted, weights=values, minlength=size + 1)[1:].astype(np.int64)
    total = np.zeros(size + 1, dtype=np.int64)
    np.add.at(total, shifted, values)
    return total[1:]
