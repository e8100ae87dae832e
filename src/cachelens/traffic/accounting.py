"""Recorded usage that cannot be right, or that leaves out what the provider reports."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from cachelens.model.audit import Fault, FaultFact
from cachelens.prompts.columns import BLOCK_TRACE, OPAQUE
from cachelens.traffic.bench import Bench, members_of
from cachelens.traffic.faults import fault_of

Mask = npt.NDArray[np.bool_]
_ENOUGH = 5
_READ = 256
"""Tokens read from which the difference that they make is told from an error of counting."""
_NEAR = 0.1
_MOSTLY = 0.8


def accounting_faults(bench: Bench) -> list[FaultFact]:
    """Return what is wrong with recorded counts."""
    return [*_silent(bench), *_wrong(bench)]


def _silent(bench: Bench) -> Iterator[FaultFact]:
    """Yield workloads with usage but without any cached count, which is not zero.

    Where some requests have one, those without may well have read nothing: some APIs leave out what is zero.
    """
    read = bench.trace.column("read")
    silent = (bench.trace.column("plain") >= 0) & (read < 0) & (bench.recorded.assignment.of >= 0)
    for workload, members in members_of(bench).items():
        if (silent & members).any() and not (read[members] >= 0).any():
            yield fault_of(bench, Fault.NOT_REPORTED, workload, silent & members)


def _wrong(bench: Bench) -> Iterator[FaultFact]:
    """Yield workloads whose recorded input is off by just what was read, once more or once less.

    How many tokens a text has is taken from requests of the same model that read nothing.
    """
    trace = bench.trace
    told = ((trace.requests["flags"] & (OPAQUE | BLOCK_TRACE)) == 0) & (trace.column("read") >= 0)
    recorded, read = trace.column("input"), trace.column("read")
    counted = trace.nodes.end[trace.requests["leaf"]].astype(np.float64)
    ratio = _ratios(bench, told & (read == 0) & (recorded > 0) & (counted > 0), recorded / np.maximum(counted, 1))
    off = (recorded - ratio * counted) / np.maximum(read, 1)
    sure = told & (read >= _READ) & ~np.isnan(ratio)
    for workload, members in members_of(bench).items():
        mine = sure & members
        if mine.sum() < _ENOUGH:
            continue
        for fault, sign in ((Fault.COUNTED_TWICE, 1), (Fault.LEFT_OUT, -1)):
            shown = mine & (np.abs(off - sign) <= _NEAR)
            if shown.sum() >= _MOSTLY * mine.sum():
                yield fault_of(bench, fault, workload, shown)


def _ratios(bench: Bench, plain: Mask, ratio: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return for each request the tokens of its model to a token of the reference; NaN where too few tell."""
    model = bench.recorded.assignment.of
    result = np.full(len(model), np.nan)
    for number in np.unique(model[plain]).tolist():
        mine = plain & (model == number)
        if mine.sum() >= _ENOUGH:
            result[model == number] = float(np.median(ratio[mine]))
    return result
