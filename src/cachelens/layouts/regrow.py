"""Grows another prefix tree for the requests of a trace: the same traffic with its content in another order."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import xxhash

from cachelens.kernels import trees
from cachelens.layouts.siblings import Child, add_splits
from cachelens.model.prompt import Role, SegmentKind
from cachelens.prompts.store import MARKABLE
from cachelens.prompts.tokens import encoder
from cachelens.prompts.trace import SPLIT, START, Nodes, Segments, Trace

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
ROOT = 0


class NewTree:
    """A tree that grows node by node from the segments of a trace and new ones.

    Nodes are numbered as they are added, from 1; parents before children.
    """

    def __init__(self, trace: Trace) -> None:
        """Take a trace that holds its text."""
        self._trace = trace
        self._first_new = len(trace.segments.kind)
        self._parent, self._segment, self._like, self._start = [0], [-1], [0], [0]
        self._children: dict[tuple[int, int, int], int] = {}
        self._numbers: dict[tuple[int, int, bool, str], int] = {}
        self._old_start = ((trace.nodes.flags & START) != 0).tolist()
        self._old_segment = trace.nodes.segment.tolist()

    def text(self, text: str, kind: SegmentKind, role: Role, *, markable: bool = True) -> int:
        """Return the segment of a new text, the same for equal texts."""
        key = int(kind), int(role), markable, text
        return self._numbers.setdefault(key, self._first_new + len(self._numbers))

    def child(self, above: int, segment: int, *, start: bool) -> int:
        """Return the node for a segment behind `above`, adding it when it is new; `start`: it begins a message."""
        key = above, segment, int(start)
        node = self._children.get(key)
        if node is None:
            node = self._children[key] = self._add(above, segment, -1, int(start))
        return node

    def copied(self, above: int, old: int) -> int:
        """Return the node for what a node of the trace holds, behind `above`."""
        segment = self._old_segment[old]
        if segment >= 0:
            return self.child(above, segment, start=self._old_start[old])
        key = above, -1 - old, 0
        node = self._children.get(key)
        if node is None:
            node = self._children[key] = self._add(above, -1, old, int(self._old_start[old]))
        return node

    def _add(self, above: int, segment: int, like: int, start: int) -> int:
        self._parent.append(above)
        self._segment.append(segment)
        self._like.append(like)
        self._start.append(start)
        return len(self._parent) - 1

    def trace(self, leaf: Sequence[int] | I32, mark_node: Sequence[int] | I32) -> Trace:
        """Return the trace with new leaves and marked nodes, given as numbers of this tree.

        Recorded input counts are scaled as the content has shrunk or grown.
        """
        segments = self._segments()
        nodes, number = self._nodes(segments)
        leaves = number[np.asarray(leaf, dtype=np.int32)]
        old = self._trace
        sent = old.column("input")
        before = np.maximum(1, old.nodes.end[old.requests["leaf"]])
        scaled = np.where(sent >= 0, np.round(sent * (nodes.end[leaves] / before)).astype(np.int64), sent)
        return dataclasses.replace(
            old,
            requests={**old.requests, "leaf": leaves, "input": scaled},
            nodes=nodes,
            segments=segments,
            mark_node=number[np.asarray(mark_node, dtype=np.int32)].astype(np.int32),
        )

    def _segments(self) -> Segments:
        """Return the segments of the trace and the new ones behind them."""
        old, new = self._trace.segments, list(self._numbers)
        texts = [key[3].encode("utf-8", "replace") for key in new]
        _, bounds = encoder().encode_batch([key[3] for key in new]) if new else (None, np.zeros(1, dtype=np.int64))
        digests = [
            xxhash.xxh3_128_digest(text, seed=key[0] << 16 | key[1] << 8 | key[2] * MARKABLE)
            for key, text in zip(new, texts, strict=True)
        ]
        sizes = np.cumsum([len(text) for text in texts], dtype=np.int64)
        return Segments(
            digest=np.concatenate([old.digest, np.frombuffer(b"".join(digests), dtype=np.uint8).reshape(-1, 16)]),
            kind=np.concatenate([old.kind, np.array([key[0] for key in new], dtype=np.uint8)]),
            role=np.concatenate([old.role, np.array([key[1] for key in new], dtype=np.uint8)]),
            flags=np.concatenate([old.flags, np.array([key[2] * MARKABLE for key in new], dtype=np.uint8)]),
            tokens=np.concatenate([old.tokens, np.diff(bounds).astype(np.int32)]),
            text=np.concatenate([old.text, np.frombuffer(b"".join(texts), dtype=np.uint8)]),
            text_start=np.concatenate([old.text_start, old.text_start[-1] + sizes]),
        )

    def _nodes(self, segments: Segments) -> tuple[Nodes, I32]:
        """Return the tree with split points wherever siblings begin alike, and each node's number in it."""
        old = self._trace.nodes
        parent = np.array(self._parent, dtype=np.int32)
        segment = np.array(self._segment, dtype=np.int32)
        like = np.array(self._like, dtype=np.int32)
        own = np.where(segment >= 0, segments.tokens[segment], 0).astype(np.int64)
        blocks = like > 0
        own[blocks] = old.end[like[blocks]] - old.end[old.parent[like[blocks]]]
        own[0] = 0
        end = trees.accumulate(parent, own)
        kind = np.where(blocks, old.kind[like], segments.kind[segment]).astype(np.uint8)
        role = np.where(blocks, old.role[like], segments.role[segment]).astype(np.uint8)
        flags = np.where(blocks, old.flags[like] & MARKABLE, segments.flags[segment]).astype(np.uint8)
        flags |= np.array(self._start, dtype=np.uint8) * START
        kind[0], role[0], flags[0] = SegmentKind.PARAMS, Role.NONE, 0
        splits = add_splits(segments, [Child(*row) for row in zip(self._parent, self._segment, strict=True)])
        if splits.above:
            above, child = np.array(splits.above, dtype=np.int32), np.array(splits.child, dtype=np.int32)
            parent = np.concatenate([splits.parent, splits.of_split]).astype(np.int32)
            segment = np.concatenate([segment, segment[child]])
            end = np.concatenate([end, end[above] + np.array(splits.tokens, dtype=np.int64)])
            kind, role = np.concatenate([kind, kind[child]]), np.concatenate([role, role[child]])
            flags = np.concatenate([flags, flags[child] & START | SPLIT]).astype(np.uint8)
        order = np.argsort(trees.depths(parent), kind="stable").astype(np.int32)
        number = np.empty(len(order), dtype=np.int32)
        number[order] = np.arange(len(order), dtype=np.int32)
        nodes = Nodes(
            parent=number[parent[order]],
            segment=segment[order],
            end=end[order],
            kind=kind[order],
            role=role[order],
            flags=flags[order],
        )
        return nodes, number
