"""Joins builders that compiled different parts of a log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from cachelens.prompts.columns import PLACES, UNKNOWN

if TYPE_CHECKING:
    from cachelens.prompts.builder import TraceBuilder
    from cachelens.prompts.store import SegmentStore


def absorb(target: TraceBuilder, other: TraceBuilder, files: Sequence[int]) -> None:
    """Add all of `other` to `target` as if its records had been added there one by one."""
    other.store.flush()
    segments = _join_stores(target.store, other.store)
    nodes = _join_nodes(target, other, segments)
    kept = _join_requests(target, other, nodes, files)
    _join_marks(target, other, nodes, kept)
    target.duplicates += other.duplicates


def _join_stores(target: SegmentStore, other: SegmentStore) -> list[int]:
    """Return for each segment of `other` its number in `target`."""
    target.flush()
    numbers: list[int] = []
    fresh: dict[int, int] = {}
    index = target.index
    for segment, digest in enumerate(other.index):
        known = index.get(digest)
        if known is None:
            known = index[digest] = fresh[segment] = len(index)
        numbers.append(known)
    chosen = np.fromiter(fresh, dtype=np.int64, count=len(fresh))
    for name in ("kinds", "roles", "flags", "tokens", "chain_counts"):
        mine, theirs = getattr(target, name), getattr(other, name)
        mine.frombytes(np.frombuffer(theirs, dtype=theirs.typecode)[chosen].tobytes())
    if target.texts is not None and other.texts is not None:
        target.texts.extend(other.texts[segment] for segment in fresh)
    target.clusters.update((fresh[segment], item) for segment, item in other.clusters.items() if segment in fresh)
    _join_chains(target, other, fresh)
    return numbers


def _join_chains(target: SegmentStore, other: SegmentStore, fresh: dict[int, int]) -> None:
    """Take over the running hashes of the segments that are new to `target`."""
    if not other.chains:
        return
    order = np.frombuffer(other.chain_order, dtype=np.int32)
    counts = np.frombuffer(other.chain_counts, dtype=np.int32)[order]
    keep = np.isin(order, np.fromiter(fresh, dtype=np.int32, count=len(fresh)))
    target.chains.append(np.concatenate(other.chains)[np.repeat(keep, counts)])
    target.chain_order.extend(fresh[segment] for segment in order[keep].tolist())


def _join_nodes(target: TraceBuilder, other: TraceBuilder, segments: list[int]) -> list[int]:
    """Return for each node of `other` its number in `target`; parents stand before children."""
    numbers = [0]
    block_of = {node: key for key, node in other.block_nodes.items()}
    rows = zip(other.parent[1:], other.segment[1:], other.starts[1:], strict=True)
    for node, (parent, segment, start) in enumerate(rows, start=1):
        if segment == UNKNOWN:
            numbers.append(target.block_node(block_of[node], numbers[parent], other.block_end[node]))
        else:
            numbers.append(target.child(numbers[parent], segments[segment], start))
    for node, levels in other.block_levels.items():
        target.block_end.setdefault(numbers[node], other.block_end[node])
        target.block_levels.setdefault(numbers[node], levels)
    return numbers


def _join_requests(target: TraceBuilder, other: TraceBuilder, nodes: list[int], files: Sequence[int]) -> dict[int, int]:
    """Append the requests that are no duplicates; return their new numbers."""
    kept: dict[int, int] = {}
    for number, request_id in enumerate(other.columns.request_ids):
        if target.is_duplicate(request_id):
            continue
        kept[number] = len(target.columns.request_ids)
        target.columns.request_ids.append(request_id)
    rows = other.columns.table()[np.fromiter(kept, dtype=np.int64, count=len(kept))]
    translations = {"leaf": nodes, "file": list(files)}
    for name, strings in other.columns.strings.items():
        # The last entry stands at -1, which is how a row says "empty".
        translations[name] = [*map(target.columns.strings[name].number, strings.values), UNKNOWN]
    for name, table in translations.items():
        place = PLACES[name]
        rows[:, place] = np.array(table, dtype=np.int64)[rows[:, place]]
    target.columns.rows.frombytes(rows.tobytes())
    return kept


def _join_marks(target: TraceBuilder, other: TraceBuilder, nodes: list[int], kept: dict[int, int]) -> None:
    for request, node, ttl in zip(other.mark_request, other.mark_node, other.mark_ttl, strict=True):
        if request in kept:
            target.mark_request.append(kept[request])
            target.mark_node.append(nodes[node])
            target.mark_ttl.append(ttl)
