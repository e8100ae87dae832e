"""Joins builders that compiled different parts of a log.

The result is the one that a single builder would have made: everything is numbered in the order in which requests
first use it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from cachelens.prompts.calls import Call, call_of
from cachelens.prompts.columns import PLACES, UNKNOWN

if TYPE_CHECKING:
    from cachelens.prompts.builder import TraceBuilder
    from cachelens.prompts.store import SegmentStore

I64 = npt.NDArray[np.int64]


def absorb(target: TraceBuilder, other: TraceBuilder) -> None:
    """Add all of `other` to `target` as if its records had been added there one by one."""
    target.store.flush()
    other.store.flush()
    for file, row in other.duplicates.items():
        target.note_duplicates(file, row)
    segments = _join_stores(target.store, other.store)
    target.heads.sketches.update((segments[segment], item) for segment, item in other.heads.sketches.items())
    numbers = _join_nodes(target, other, segments)
    kept = _kept(target, other, numbers)
    _join_marks(target, other, numbers, kept)
    _join_requests(target, other, numbers, kept)


def _kept(target: TraceBuilder, other: TraceBuilder, nodes: list[int]) -> I64:
    """Return the requests of `other` that are no duplicates of those in `target`; note the others."""
    table = other.columns.table()
    places = table[:, [PLACES["file"], PLACES["line"]]].tolist()
    kept = []
    for number, request_id in enumerate(other.columns.request_ids):
        before = target.calls.before(request_id, target.columns) if request_id else []
        if before:
            call = _moved(call_of(other.columns, number), nodes)
            target.calls.note(request_id, call, before)
            if any(call.is_same(one) for one in before):
                file, line = places[number]
                target.note_duplicates(file, (1, line))
                continue
        kept.append(number)
    return np.array(kept, dtype=np.int64)


def _moved(call: Call, nodes: list[int]) -> Call:
    return call._replace(leaf=nodes[call.leaf])


def _join_stores(target: SegmentStore, other: SegmentStore) -> list[int]:
    """Return for each segment of `other` its number in `target`."""
    numbers = [UNKNOWN] * len(other.index)
    fresh: dict[int, int] = {}
    index = target.index
    for segment, digest in enumerate(other.index):
        known = index.get(digest)
        if known is None:
            known = index[digest] = fresh[segment] = len(index)
        numbers[segment] = known
    chosen = np.fromiter(fresh, dtype=np.int64, count=len(fresh))
    for name in ("kinds", "roles", "flags", "tokens", "chain_counts"):
        mine, theirs = getattr(target, name), getattr(other, name)
        mine.frombytes(np.frombuffer(theirs, dtype=theirs.typecode)[chosen].tobytes())
    if target.texts is not None and other.texts is not None:
        target.texts.extend(other.texts[segment] for segment in fresh)
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
    """Return for each node of `other` its number in `target`."""
    numbers = [UNKNOWN] * len(other.parent)
    numbers[0] = 0
    block_of = {node: key for key, node in other.block_nodes.items()}
    parents, own, starts = other.parent, other.segment, other.starts
    for node in range(1, len(parents)):
        above = numbers[parents[node]]
        if own[node] == UNKNOWN:
            root, identity = block_of[node]
            numbers[node] = target.block_node(numbers[root], identity, above)
        else:
            numbers[node] = target.child(above, segments[own[node]], starts[node])
    for node, holds in other.block_roots.items():
        target.block_roots.setdefault(numbers[node], holds)
    return numbers


def _join_requests(target: TraceBuilder, other: TraceBuilder, nodes: list[int], kept: I64) -> None:
    """Append the requests that stay."""
    rows = other.columns.table()[kept]
    first = len(target.columns)
    target.recorded.extend(other.recorded[number] for number in kept.tolist())
    target.columns.request_ids.extend(other.columns.request_ids[number] for number in kept.tolist())
    rows[:, PLACES["leaf"]] = np.array(nodes, dtype=np.int64)[rows[:, PLACES["leaf"]]]
    for name, strings in other.columns.strings.items():
        column = rows[:, PLACES[name]]
        whole = len(kept) == len(other.columns)
        # The last entry stands at -1, which is how a row says "empty".
        table = np.full(len(strings.values) + 1, UNKNOWN, dtype=np.int64)
        for value in range(len(strings.values)) if whole else _in_order_of_use(column):
            table[value] = target.columns.strings[name].number(strings.values[value])
        rows[:, PLACES[name]] = table[column]
    target.columns.rows.frombytes(rows.tobytes())
    for number, request_id in enumerate(target.columns.request_ids[first:], start=first):
        if request_id:
            target.calls.note_request(request_id, number, target.columns)
    for request_id, calls in other.calls.more.items():
        for call in calls:
            own = _moved(call, nodes)
            target.calls.note(request_id, own, target.calls.before(request_id, target.columns))


def _in_order_of_use(column: I64) -> list[int]:
    """Return the distinct numbers in a column, but for the empty one, each at its first use."""
    values, first = np.unique(column, return_index=True)
    ordered: list[int] = values[np.argsort(first)].tolist()
    return [value for value in ordered if value != UNKNOWN]


def _join_marks(target: TraceBuilder, other: TraceBuilder, nodes: list[int], kept: I64) -> None:
    """Append the marks of the requests that stay; to be called before these are appended."""
    place = np.full(len(other.columns), UNKNOWN, dtype=np.int64)
    place[kept] = np.arange(len(kept)) + len(target.columns)
    for request, node, ttl in zip(other.mark_request, other.mark_node, other.mark_ttl, strict=True):
        if place[request] != UNKNOWN:
            target.mark_request.append(int(place[request]))
            target.mark_node.append(nodes[node])
            target.mark_ttl.append(ttl)
