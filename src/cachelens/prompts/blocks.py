"""Trace blocks in the prefix tree: how long they are, which are tools or system prompt, and which need a node."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cachelens.kernels import trees
from cachelens.model.prompt import SegmentKind
from cachelens.prompts.builder import BlockRoot, TraceBuilder

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
_NOWHERE = BlockRoot(block_size=0, tools_end=0, system_end=0)


class Blocks:
    """The blocks of a builder whose nodes were put in another order."""

    def __init__(self, builder: TraceBuilder, parent: I32, place: I32, depth: I32) -> None:
        """Take the reordered parents and their depths; `place` gives each node's new position."""
        self._parent = parent
        self._nodes = place[np.fromiter(builder.block_nodes.values(), dtype=np.int64, count=len(builder.block_nodes))]
        self._roots = place[np.fromiter(builder.block_roots, dtype=np.int64, count=len(builder.block_roots))]
        number = np.zeros(len(parent), dtype=np.int64)
        number[self._roots] = np.arange(1, len(self._roots) + 1)
        self._root = trees.accumulate(parent, number) if len(self._roots) else number
        """For each node: the row in the table of the root above it, 0 for none."""
        self._table = np.array([_NOWHERE, *builder.block_roots.values()], dtype=np.int64)
        self._depth = depth
        self._leaves = place[builder.columns.column("leaf")]
        self._input = builder.columns.column("input")

    def describe(self, end: I64, kind: npt.NDArray[np.uint8]) -> None:
        """Fill in the ends of blocks, and call the leading ones tools or system where the trace says so.

        A block is full when another follows it, else as long as the longest request that ends in it.
        """
        nodes, parent = self._nodes, self._parent
        if not len(nodes):
            return
        root = self._root[nodes]
        end[nodes] = (self._depth[nodes] - 1) * self._table[root, 0]
        open_ended = np.ones(len(parent), dtype=np.bool_)
        open_ended[parent] = False
        last = nodes[open_ended[nodes]]
        end[last] = np.clip(self._longest()[last], end[parent[last]], end[last])
        kind[nodes[end[nodes] <= self._table[root, 2]]] = SegmentKind.SYSTEM
        kind[nodes[end[nodes] <= self._table[root, 1]]] = SegmentKind.TOOL

    def _longest(self) -> I64:
        """Return for each node the most tokens of a request that ends there; an unknown length has no limit."""
        result = np.zeros(len(self._parent), dtype=np.int64)
        tokens = np.where(self._input < 0, np.iinfo(np.int64).max, self._input)
        np.maximum.at(result, self._leaves, tokens)
        return result

    def needed(self, end: I64) -> npt.NDArray[np.bool_]:
        """Say which nodes must stay: all but blocks in the middle of an unbranched run of one level."""
        parent, nodes = self._parent, self._nodes
        kept = np.ones(len(parent), dtype=np.bool_)
        if not len(nodes):
            return kept
        children = np.bincount(parent[1:], minlength=len(parent))
        kept[nodes] = children[nodes] != 1
        kept[self._leaves] = True
        kept[parent[self._leaves]] = True
        for column in (1, 2):
            limit = self._table[self._root[nodes], column]
            beyond = nodes[end[nodes] > limit]
            kept[parent[beyond[end[parent[beyond]] <= limit[end[nodes] > limit]]]] = True
        return kept
