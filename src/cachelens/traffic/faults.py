"""One fault of a workload as a fact, however it was found."""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt

from cachelens.model.audit import Fault, FaultFact
from cachelens.model.finding import TrafficPlace
from cachelens.traffic.bench import Bench, Saving

FEW = 3
"""Requests below which little speaks for a fault that traffic shows."""


def fault_of(
    bench: Bench,
    fault: Fault,
    workload: int,
    shown: npt.NDArray[np.bool_],
    saving: Saving | None = None,
    *,
    detail: str = "",
    at: TrafficPlace | None = None,
    few: int = 0,
) -> FaultFact:
    """Return the fact of a fault that some requests of a workload show, `at` a place or in all of it.

    `saving` is what mending it brings, `None` where that cannot be told. Fewer requests than `few` are weak evidence.
    """
    return FaultFact(
        fault=fault,
        place=TrafficPlace(workload=bench.names[workload]) if at is None else at,
        requests=int(shown.sum()),
        of=int((bench.workload == workload).sum()),
        detail=detail,
        weak=int(shown.sum()) < few,
        stranded_tokens=None if saving is None else saving.tokens,
        cost=None if saving is None else saving.cost,
    )


def without_reads(fact: FaultFact) -> FaultFact:
    """Return a fact that is no matter of tokens read."""
    return msgspec.structs.replace(fact, stranded_tokens=None)
