"""Finds where segments behind one parent part ways within themselves.

Automatic caches match token by token, not block of content by block of content: two system prompts that
differ in their last line share all before it. Siblings are sorted by their running hashes; neighbours then
share the longest stretch, and the places where groups part become nodes of the tree.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from cachelens.prompts.store import BASE_BLOCK, SegmentStore


class Tree:
    """Parent, segment, start of a message and shared tokens of nodes while splits are added."""

    def __init__(self, parent: list[int], segment: list[int], starts: list[int]) -> None:
        self.parent = parent
        self.segment = segment
        self.starts = starts
        self.split_tokens: dict[int, tuple[int, int]] = {}
        """For each split node: (node above its group, tokens shared behind that node)."""

    def split(self, above: int, parent: int, child: int, blocks: int) -> int:
        """Add a node `blocks` base blocks behind `above`, on the way to `child`; return it."""
        self.parent.append(parent)
        self.segment.append(self.segment[child])
        self.starts.append(self.starts[child])
        node = len(self.parent) - 1
        self.split_tokens[node] = (above, blocks * BASE_BLOCK)
        return node


def add_splits(tree: Tree, store: SegmentStore) -> None:
    """Insert a node wherever siblings share full base blocks but not all."""
    if not store.chains:
        return
    hashes = np.concatenate(store.chains)
    order = np.frombuffer(store.chain_order, dtype=np.int32)
    counts = np.frombuffer(store.chain_counts, dtype=np.int32).astype(np.int64)
    starts = np.zeros(len(counts), dtype=np.int64)
    ends = np.cumsum(counts[order])
    starts[order] = ends - counts[order]
    for above, children in _families(tree, counts):
        rows = [hashes[starts[s] : starts[s] + counts[s]] for s in (tree.segment[c] for c in children)]
        _split_family(tree, above, children, rows)


def _families(tree: Tree, counts: npt.NDArray[np.int64]) -> Iterator[tuple[int, list[int]]]:
    """Yield each parent with two or more children that have full blocks."""
    segment = np.array(tree.segment, dtype=np.int64)
    able = np.flatnonzero((segment >= 0) & (counts[segment] > 0))
    parents = np.array(tree.parent, dtype=np.int64)[able]
    order = np.argsort(parents, kind="stable")
    able, parents = able[order], parents[order]
    borders = np.flatnonzero(np.diff(parents)) + 1
    first = 0
    for last in [*borders.tolist(), len(able)]:
        if last - first > 1:
            yield int(parents[first]), able[first:last].tolist()
        first = last


def _split_family(tree: Tree, above: int, children: list[int], rows: list[npt.NDArray[np.uint64]]) -> None:
    """Build the tree of shared leading blocks over one parent's children."""
    keys = [row.tobytes() for row in rows]
    ranked = sorted(range(len(children)), key=keys.__getitem__)
    stack: list[tuple[int, int]] = [(0, above)]
    before = -1
    for place in ranked:
        shared = _shared(rows[before], rows[place]) if before >= 0 else 0
        inner = children[before] if before >= 0 else -1
        while stack[-1][0] > shared:
            inner = stack.pop()[1]
        depth, top = stack[-1]
        if depth < shared:
            top = tree.split(above, top, children[place], shared)
            tree.parent[inner] = top
            stack.append((shared, top))
        tree.parent[children[place]] = top
        before = place


def _shared(a: npt.NDArray[np.uint64], b: npt.NDArray[np.uint64]) -> int:
    """Return how many leading running hashes agree."""
    if a[0] != b[0]:
        return 0
    length = min(len(a), len(b))
    different = a[:length] != b[:length]
    return int(different.argmax()) if different.any() else length
