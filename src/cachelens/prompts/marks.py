"""Where requests carry cache marks: what a boundary policy decides and a mechanism realises."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from cachelens.prompts.columns import BLOCK_TRACE
from cachelens.prompts.trace import Trace

I64 = npt.NDArray[np.int64]
I32 = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]

PROVIDER_DEFAULT = 0
"""TTL number of a mark that names none."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class MarkPlan:
    """Marks of all requests of a trace, shallow before deep."""

    recorded: bool | Mask
    """True for what the log holds, where a service that marks by itself goes on doing so; for all requests or each."""
    start: I64
    """Shape (requests + 1,): where each request's marks begin."""
    node: I32
    """Nodes of the prefix tree that end at a mark."""
    ttl: npt.NDArray[np.int8]
    """Number of a label in `prompts.columns.TTL_LABELS`."""
    follows_end: bool | Mask
    """True when the deepest mark moves with the end of the prompt, as automatic caches do by themselves; for all
    requests or for each."""

    @property
    def as_sent(self) -> Mask:
        """Say of each request whether its marks are those that the log holds."""
        result: Mask = np.broadcast_to(self.recorded, len(self.start) - 1)
        return result

    @property
    def follows(self) -> Mask:
        """Say of each request whether its deepest mark moves with the end of the prompt."""
        result: Mask = np.broadcast_to(self.follows_end, len(self.start) - 1)
        return result

    @property
    def deepest_ttl(self) -> npt.NDArray[np.int8]:
        """Return the TTL number of each request's deepest mark, the provider's default where it has none."""
        result = np.full(len(self.start) - 1, PROVIDER_DEFAULT, dtype=np.int8)
        some = np.diff(self.start) > 0
        result[some] = self.ttl[self.start[1:][some] - 1]
        return result

    @property
    def deepest(self) -> I32:
        """Return each request's deepest mark, 0 for none."""
        result = np.zeros(len(self.start) - 1, dtype=np.int32)
        some = np.diff(self.start) > 0
        result[some] = self.node[self.start[1:][some] - 1]
        return result


def marks_assumed(trace: Trace) -> npt.NDArray[np.bool_]:
    """Say of which requests the log's format cannot tell where they were marked."""
    result: npt.NDArray[np.bool_] = ((trace.requests["flags"] & BLOCK_TRACE) != 0) & (np.diff(trace.mark_start) == 0)
    return result


def from_columns(columns: list[I32], size: int, *, follows_end: bool = False) -> MarkPlan:
    """Build a plan from one array of nodes per mark position (0: no such mark), shallow before deep.

    Of equal or out-of-order nodes only the first stays.
    """
    table = np.stack([np.zeros(size, dtype=np.int32), *columns], axis=1)
    before = np.maximum.accumulate(table[:, :-1], axis=1)
    keep = table[:, 1:] > before
    start = np.zeros(size + 1, dtype=np.int64)
    np.cumsum(keep.sum(axis=1), out=start[1:])
    node = table[:, 1:][keep].astype(np.int32)
    return MarkPlan(
        recorded=False, start=start, node=node, ttl=np.zeros(len(node), dtype=np.int8), follows_end=follows_end
    )
