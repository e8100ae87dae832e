"""Lists of tools that differ between requests of one workload: in another order, or with other members."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping

import numpy as np
import numpy.typing as npt

from cachelens.layouts.definitions import tool_of
from cachelens.layouts.neutral import with_same
from cachelens.layouts.slots import text_of
from cachelens.layouts.tool_lists import tools_on, with_tools
from cachelens.model.audit import Fault, FaultFact
from cachelens.model.finding import TrafficPlace
from cachelens.traffic.bench import Bench, members_of
from cachelens.traffic.faults import FEW

I64 = npt.NDArray[np.int64]
_List = tuple[str, ...]


def tool_faults(bench: Bench) -> list[FaultFact]:
    """Return how tool lists differ in each workload, priced by replay with one list for all."""
    ends = bench.trace.tools_end[bench.trace.requests["leaf"]].astype(np.int64)
    nodes = {end: tools_on(bench.trace, end) for end in np.unique(ends).tolist() if end}
    names = _names(bench, nodes)
    facts: list[FaultFact] = []
    for workload, members in members_of(bench).items():
        mine = ends[members & np.isin(ends, list(names))]
        if len(np.unique(mine)) > 1:
            facts += _keys(bench, workload, mine, nodes)
            facts += _workload(bench, workload, mine, nodes, names)
    return facts


def _keys(bench: Bench, workload: int, mine: I64, nodes: Mapping[int, tuple[int, ...]]) -> Iterator[FaultFact]:
    """Yield that definitions say the same in other words, priced with each written in one way only."""
    trace = bench.trace
    first: dict[Hashable, int] = {}
    same_as = np.arange(len(trace.segments.kind), dtype=np.int32)
    for end in np.unique(mine).tolist():
        for segment in trace.nodes.segment[list(nodes[end])].tolist():
            tool = tool_of(text_of(trace, segment))
            same_as[segment] = first.setdefault(tool, segment)
    other = [
        end
        for end in nodes
        if (same_as[trace.nodes.segment[list(nodes[end])]] != trace.nodes.segment[list(nodes[end])]).any()
    ]
    shown = np.isin(mine, other)
    if shown.any():
        saving = bench.gained(bench.changed(with_same(trace, same_as)).read)[workload]
        yield FaultFact(
            fault=Fault.TOOL_KEYS,
            place=TrafficPlace(workload=bench.names[workload], place="tool 1", token=0),
            requests=int(shown.sum()),
            of=len(mine),
            stranded_tokens=saving.tokens,
            cost=saving.cost,
        )


def _names(bench: Bench, nodes: Mapping[int, tuple[int, ...]]) -> dict[int, _List]:
    """Return the names of the tools of each list that has tools."""
    known: dict[int, str] = {}
    found: dict[int, _List] = {}
    for end, path in nodes.items():
        segments = bench.trace.nodes.segment[list(path)].tolist()
        for segment in segments:
            if segment not in known:
                known[segment] = tool_of(text_of(bench.trace, segment)).name or f"\0{segment}"
        if segments:
            found[end] = tuple(known[segment] for segment in segments)
    return found


def _workload(
    bench: Bench, workload: int, mine: I64, nodes: Mapping[int, tuple[int, ...]], names: Mapping[int, _List]
) -> Iterator[FaultFact]:
    count = Counter({end: int((mine == end).sum()) for end in np.unique(mine).tolist()})
    by_members: dict[_List, list[int]] = {}
    for end, _ in count.most_common():
        by_members.setdefault(tuple(sorted(names[end])), []).append(end)
    usual = {members: group[0] for members, group in by_members.items()}
    reordered = {
        end: usual[members]
        for members, group in by_members.items()
        for end in group
        if names[end] != names[usual[members]]
    }
    if reordered:
        yield _fact(bench, workload, Fault.TOOLS_REORDERED, reordered, count, nodes, names)
    if len(by_members) > 1:
        first = count.most_common(1)[0][0]
        other = {end: first for end in count if sorted(names[end]) != sorted(names[first])}
        yield _fact(bench, workload, Fault.TOOLS_DIFFER, other, count, nodes, names)


def _fact(
    bench: Bench,
    workload: int,
    fault: Fault,
    becomes: Mapping[int, int],
    count: Counter[int],
    nodes: Mapping[int, tuple[int, ...]],
    names: Mapping[int, _List],
) -> FaultFact:
    """Price one list for all: each list's own definitions in the order of the usual one, or the usual list."""
    lists: dict[int, list[int]] = {}
    segment = bench.trace.nodes.segment
    for end, other in becomes.items():
        own = {name: int(segment[node]) for name, node in zip(names[end], nodes[end], strict=True)}
        usual = {name: int(segment[node]) for name, node in zip(names[other], nodes[other], strict=True)}
        same = fault is Fault.TOOLS_REORDERED and len(own) == len(names[end])
        lists[end] = [own[name] for name in names[other]] if same else list(usual.values())
    after = bench.changed(with_tools(bench.trace, lists))
    added = _added(bench, after.read, {end: (nodes[end], lists[end]) for end in lists})
    saving = bench.gained(after.read - added)[workload]
    place, end = min((_first_change(names[end], names[other]), end) for end, other in becomes.items())
    other = becomes[end]
    before = nodes[end][min(place, len(nodes[end]) - 1)]
    changed = set(names[end]) ^ set(names[other])
    return FaultFact(
        fault=fault,
        place=TrafficPlace(
            workload=bench.names[workload],
            place=f"tool {place + 1}",
            token=int(bench.trace.nodes.end[before] - bench.trace.segments.tokens[segment[before]]),
        ),
        requests=sum(count[one] for one in becomes),
        of=sum(count.values()),
        detail=f"{len({names[one] for one in count}):,} lists",
        weak=sum(count.values()) < FEW,
        samples=tuple(sorted(changed or set(names[end])))[:5],
        stranded_tokens=saving.tokens,
        cost=saving.cost,
    )


def _first_change(one: _List, other: _List) -> int:
    """Return where two lists part."""
    shorter = min(len(one), len(other))
    return next((k for k in range(shorter) if one[k] != other[k]), shorter)


def _added(bench: Bench, read: I64, lists: Mapping[int, tuple[tuple[int, ...], list[int]]]) -> I64:
    """Return the tokens that requests read of definitions that they did not send before: no merit of the list."""
    trace = bench.trace
    leaf = trace.requests["leaf"]
    ends = trace.tools_end[leaf]
    result = np.zeros(len(trace), dtype=np.int64)
    for end, (path, segments) in lists.items():
        more = int(trace.segments.tokens[segments].sum() - trace.segments.tokens[trace.nodes.segment[list(path)]].sum())
        members = (ends == end) & (read > 0)
        scale = bench.recorded.total[members] / np.maximum(1, trace.nodes.end[leaf[members]])
        result[members] = np.round(max(0, more) * scale).astype(np.int64)
    return result
