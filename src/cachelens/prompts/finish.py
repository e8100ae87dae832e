"""Turns a builder into a trace: split points, order of nodes and requests, sessions, workloads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from cachelens.kernels import trees
from cachelens.model.prompt import Role, SegmentKind
from cachelens.prompts.blocks import Blocks
from cachelens.prompts.builder import TraceBuilder
from cachelens.prompts.columns import INTEGER_COLUMNS, NO_TIME
from cachelens.prompts.sessions import infer_sessions
from cachelens.prompts.splits import Tree, add_splits
from cachelens.prompts.store import MARKABLE, SegmentStore
from cachelens.prompts.trace import SPLIT, START, Nodes, Segments, Trace
from cachelens.prompts.workloads import infer_workloads


def finish(builder: TraceBuilder, files: Sequence[str], *, meta: Mapping[str, object] | None = None) -> Trace:
    """Return the trace of all that the builder holds. The builder must not be used afterwards."""
    builder.store.flush()
    tree = Tree(builder.parent.tolist(), builder.segment.tolist(), builder.starts.tolist())
    add_splits(tree, builder.store)
    nodes, renumber = _nodes(builder, tree)
    requests, order, timed = _requests(builder, renumber)
    strings = {name: table.values for name, table in builder.columns.strings.items()}
    recorded = [builder.recorded[i] for i in order.tolist()]
    request_ids = [builder.columns.request_ids[i] for i in order.tolist()]
    segments = _segments(builder)
    marks = _marks(builder, renumber, order)
    infer_sessions(requests, strings, nodes)
    infer_workloads(requests, strings, nodes, segments, builder.heads.sketches)
    return Trace(
        requests=requests,
        strings={name: tuple(values) for name, values in strings.items()},
        request_ids=tuple(request_ids),
        nodes=nodes,
        segments=segments,
        mark_start=marks[0],
        mark_node=marks[1],
        mark_ttl=marks[2],
        recorded=tuple(recorded) if any(call is not None for call in recorded) else (),
        files=tuple(files),
        meta={**(meta or {}), "timed": timed, **_block_sizes(builder)},
    )


def _block_sizes(builder: TraceBuilder) -> dict[str, object]:
    """Return what is to be known of prompts that came as block hashes: the sizes of their blocks, in tokens."""
    sizes = {root.block_size for root in builder.block_roots.values()}
    return {"block_sizes": sorted(sizes)} if sizes else {}


def _nodes(builder: TraceBuilder, tree: Tree) -> tuple[Nodes, npt.NDArray[np.int32]]:
    """Return the tree in order of depth without the blocks that need no node, and each old node's new number."""
    parent = np.array(tree.parent, dtype=np.int32)
    segment = np.array(tree.segment, dtype=np.int32)
    depth = trees.depths(parent)
    order = np.argsort(depth, kind="stable").astype(np.int32)
    parent, place = _reordered(parent, order)
    segment = segment[order]
    end, kind, role, flags = _attributes(builder.store, tree, parent, segment, place)
    blocks = Blocks(builder, parent, place, depth[order])
    blocks.describe(end, kind)
    kept = blocks.needed(end)
    above = trees.nearest_kept(parent, kept)
    number = np.where(kept, np.cumsum(kept) - 1, -1).astype(np.int32)
    nodes = Nodes(
        parent=number[above[kept]],
        segment=segment[kept],
        end=end[kept],
        kind=kind[kept],
        role=role[kept],
        flags=flags[kept],
    )
    return nodes, number[place]


def _reordered(
    parent: npt.NDArray[np.int32], order: npt.NDArray[np.int32]
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    place = np.empty(len(order), dtype=np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    return place[parent[order]], place


def _attributes(
    store: SegmentStore,
    tree: Tree,
    parent: npt.NDArray[np.int32],
    segment: npt.NDArray[np.int32],
    place: npt.NDArray[np.int32],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8], npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Return end, kind, role and flags of the reordered nodes."""
    known = segment >= 0
    kind = np.full(len(parent), SegmentKind.BLOCKS, dtype=np.uint8)
    role = np.full(len(parent), Role.NONE, dtype=np.uint8)
    flags = np.full(len(parent), MARKABLE, dtype=np.uint8)
    own = np.zeros(len(parent), dtype=np.int64)
    for target, values in ((kind, store.kinds), (role, store.roles), (flags, store.flags), (own, store.tokens)):
        target[known] = np.array(values, dtype=target.dtype)[segment[known]]
    kind[0], flags[0] = SegmentKind.PARAMS, 0
    end = _ends(tree, parent, own, place)
    flags[place] |= np.array(tree.starts, dtype=np.uint8) * START
    flags[place[list(tree.split_tokens)]] &= START
    flags[place[list(tree.split_tokens)]] |= SPLIT
    return end, kind, role, flags


def _ends(
    tree: Tree, parent: npt.NDArray[np.int32], own: npt.NDArray[np.int64], place: npt.NDArray[np.int32]
) -> npt.NDArray[np.int64]:
    """Return tokens from the root to each node's end; a child of a split still starts where its segment starts."""
    starts = parent
    if tree.split_tokens:
        is_split = np.zeros(len(parent), dtype=np.bool_)
        group_top = np.zeros(len(parent), dtype=np.int32)
        for node, (above, tokens) in tree.split_tokens.items():
            is_split[place[node]] = True
            group_top[place[node]] = place[above]
            own[place[node]] = tokens
        starts = np.where(is_split[parent], group_top[parent], parent).astype(np.int32)
        starts[is_split] = group_top[is_split]
    end: npt.NDArray[np.int64] = trees.accumulate(starts, own)
    return end


def _requests(
    builder: TraceBuilder, renumber: npt.NDArray[np.int32]
) -> tuple[dict[str, npt.NDArray[Any]], npt.NDArray[np.int64], bool]:
    """Return the request columns in order of arrival, that order, and whether any time was known.

    A request without a time stands where it stood in the input, at the time of the one before it.
    """
    columns = {name: builder.columns.column(name) for name in INTEGER_COLUMNS}
    arrived = columns["arrived"]
    known = arrived >= 0
    timed = bool(known.any())
    if not known.all():
        last = np.maximum.accumulate(np.where(known, np.arange(len(arrived)), -1))
        first = int(arrived[known][0]) if timed else 0
        arrived[:] = np.where(last >= 0, arrived[np.maximum(last, 0)], first)
        columns["flags"][~known] |= NO_TIME
    order = np.argsort(arrived, kind="stable")
    columns["leaf"] = renumber[columns["leaf"]]
    requests: dict[str, npt.NDArray[Any]] = {name: values[order] for name, values in columns.items()}
    requests["order"] = order.astype(np.int64)
    return requests, order, timed


def _marks(
    builder: TraceBuilder, renumber: npt.NDArray[np.int32], order: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32], npt.NDArray[np.int8]]:
    """Return the recorded marks by request in order of arrival, shallow before deep."""
    request = np.array(builder.mark_request, dtype=np.int64)
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    request = place[request]
    ranked = np.argsort(request, kind="stable")
    start = np.zeros(len(order) + 1, dtype=np.int64)
    np.cumsum(np.bincount(request, minlength=len(order)), out=start[1:])
    node = renumber[np.array(builder.mark_node, dtype=np.int32)][ranked]
    ttl = np.array(builder.mark_ttl, dtype=np.int8)[ranked]
    return start, node, ttl


def _segments(builder: TraceBuilder) -> Segments:
    store = builder.store
    digest = np.frombuffer(b"".join(store.index), dtype=np.uint8).reshape(-1, 16)
    texts = store.texts
    sizes = np.array([len(text) for text in texts], dtype=np.int64) if texts is not None else None
    start = np.zeros(0 if sizes is None else len(sizes) + 1, dtype=np.int64)
    if sizes is not None:
        np.cumsum(sizes, out=start[1:])
    return Segments(
        digest=digest,
        kind=np.array(store.kinds, dtype=np.uint8),
        role=np.array(store.roles, dtype=np.uint8),
        flags=np.array(store.flags, dtype=np.uint8),
        tokens=np.array(store.tokens, dtype=np.int32),
        text=np.frombuffer(b"".join(texts or ()), dtype=np.uint8),
        text_start=start,
    )
