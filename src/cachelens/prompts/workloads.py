"""Infers which workload a request belongs to where the log does not say: requests whose stable head is alike.

The head is the longest system block; without one the tools; without those the first message, where it
recurs. Blocks count as alike when their line sets are (see `prompts.sketches`), so that a clock, a name or
a new paragraph does not make a new workload. Names show a hash, never prompt text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from cachelens.model.prompt import SegmentKind
from cachelens.prompts.columns import BLOCK_TRACE, OPAQUE, UNKNOWN, Interner
from cachelens.prompts.sketches import Clusters, Sketch
from cachelens.prompts.trace import SPLIT, Nodes, Segments

Columns = dict[str, npt.NDArray[Any]]
_OTHER = "other"
_SHOWN = 3
"""Bytes of a digest in a name."""
_INFERRED = re.compile(r"(system|message|tools-\d+)-[0-9a-f]{6}|other|lengths-only|block-trace")
_FLAG_NAMES = {OPAQUE: "lengths-only", BLOCK_TRACE: "block-trace"}


def infer_workloads(
    requests: Columns,
    strings: dict[str, list[str]],
    nodes: Nodes,
    segments: Segments,
    sketches: Mapping[int, Sketch],
) -> None:
    """Fill the unknown entries of the `workload` column in place."""
    workload = requests["workload"]
    missing = np.flatnonzero(workload == UNKNOWN)
    if not len(missing):
        return
    heads = _Heads(nodes, segments, sketches)
    labels = [
        _FLAG_NAMES.get(flag) or heads.label(leaf)
        for flag, leaf in zip(
            (requests["flags"][missing] & (OPAQUE | BLOCK_TRACE)).tolist(),
            requests["leaf"][missing].tolist(),
            strict=True,
        )
    ]
    counts: dict[str, int] = {}
    for label in labels:
        counts[label] = counts.get(label, 0) + 1
    table = Interner()
    for name in strings["workload"]:
        table.number(name)
    for request, label in zip(missing.tolist(), labels, strict=True):
        lone = label.startswith("message-") and counts[label] == 1
        workload[request] = table.number(_OTHER if lone else label)
    strings["workload"] = table.values


def is_inferred(name: str) -> bool:
    """Say whether a workload's name is of those that are given here, and so tells nothing but a hash."""
    return _INFERRED.fullmatch(name) is not None


class _Heads:
    """Labels for prompt heads, each worked out once."""

    def __init__(self, nodes: Nodes, segments: Segments, sketches: Mapping[int, Sketch]) -> None:
        self._nodes = nodes
        self._digest = segments.digest
        self._sketches = sketches
        self._clusters = {"system": Clusters(), "message": Clusters()}
        self._names: dict[tuple[str, int], str] = {}
        self._labels: dict[tuple[int, ...], str] = {}
        self._parent = nodes.parent.tolist()
        self._kind = nodes.kind.tolist()
        self._segment = nodes.segment.tolist()
        self._split = (nodes.flags & SPLIT).tolist()
        self._head_of: dict[int, tuple[int, ...]] = {}

    def label(self, leaf: int) -> str:
        """Return the workload name for a request that ends at `leaf`."""
        key = self._head(leaf)
        known = self._labels.get(key)
        if known is None:
            known = self._labels[key] = self._name(key)
        return known

    def _head(self, leaf: int) -> tuple[int, ...]:
        """Return the segments of the head and the first message, memoised along the way up."""
        path: list[int] = []
        node = leaf
        while node and node not in self._head_of:
            path.append(node)
            node = self._parent[node]
        head = self._head_of.get(node, ())
        closed = bool(head) and self._is_message(head[-1])
        for step in reversed(path):
            if not closed and not self._split[step] and self._kind[step] != SegmentKind.PARAMS:
                head = (*head, step)
                closed = self._is_message(step)
            self._head_of[step] = head
        return head

    def _is_message(self, node: int) -> bool:
        return bool(self._kind[node] >= SegmentKind.TEXT)

    def _name(self, head: tuple[int, ...]) -> str:
        system = [node for node in head if self._kind[node] == SegmentKind.SYSTEM]
        best = max(system, key=self._tokens, default=None)
        if best is not None and self._sketches.get(self._segment[best]):
            return self._cluster("system", self._sketches[self._segment[best]])
        tools = [self._segment[node] for node in head if self._kind[node] == SegmentKind.TOOL]
        if tools:
            return f"tools-{len(tools)}-{self._digest[tools[0], :_SHOWN].tobytes().hex()}"
        first = [node for node in head if self._is_message(node)]
        if first and self._sketches.get(self._segment[first[0]]):
            return self._cluster("message", self._sketches[self._segment[first[0]]])
        return _OTHER

    def _tokens(self, node: int) -> int:
        ends = self._nodes.end
        return int(ends[node] - ends[self._parent[node]])

    def _cluster(self, kind: str, item: Sketch) -> str:
        group = self._clusters[kind].place(item)
        return self._names.setdefault((kind, group), f"{kind}-{item[0] & 0xFFFFFF:06x}")
