"""Histories that do not go on where the request before them ended: cut off in front, rewritten, or compacted."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from cachelens.kernels import entries
from cachelens.model.audit import Fault, FaultFact
from cachelens.model.finding import TrafficPlace
from cachelens.prompts.sessions import message_tree
from cachelens.prompts.trace import HEAD_KINDS
from cachelens.replay.assign import predecessors
from cachelens.traffic.bench import Bench, members_of
from cachelens.traffic.faults import FEW, fault_of

I64 = npt.NDArray[np.int64]
_AGREE = 0.5
"""Share of places at which a rewritten history must still be the old one."""
_OVERLAP = 2
"""Blocks that two histories must share behind a cut to be the same conversation."""
_NAMES = (Fault.TRUNCATED, Fault.REWRITTEN, Fault.COMPACTED)


def history_faults(bench: Bench, told: Collection[int]) -> list[FaultFact]:
    """Return in what way histories were not kept; what it cost are the reads that the replay missed there.

    Of workloads of which it is `told` that a value in the first messages changes, rewriting is no news.
    """
    trace, replayed = bench.trace, bench.recorded
    above, place = message_tree(trace.nodes)
    previous = in_session(bench)
    parted = (replayed.cause == entries.DIVERGED) & (previous >= 0)
    parted &= ~np.isin(trace.nodes.kind[replayed.where], HEAD_KINDS)
    leaf = trace.requests["leaf"]
    contents = np.zeros(len(above), dtype=np.int64)
    contents[place] = trace.nodes.segment
    what = np.full(len(trace), -1, dtype=np.int64)
    for request in np.flatnonzero(parted).tolist():
        before = contents[_steps(int(place[leaf[previous[request]]]), above)].tolist()
        now = contents[_steps(int(place[leaf[request]]), above)].tolist()
        what[request] = _change(before, now)
    what[(what == _NAMES.index(Fault.REWRITTEN)) & np.isin(bench.workload, list(told))] = -1
    return list(_facts(bench, what, replayed.where))


def in_session(bench: Bench) -> I64:
    """Return for each request the one before it in the same session and workload, -1 for none."""
    everyone = np.arange(len(bench.trace), dtype=np.int64)
    return predecessors(bench.workload.astype(np.int32), bench.trace.column("session"), everyone)


def _steps(step: int, above: Sequence[int]) -> list[int]:
    """Return the way to a place in the tree of messages."""
    found = []
    while step > 0:
        found.append(step)
        step = above[step]
    return found[::-1]


def _change(before: list[int], now: list[int]) -> int:
    """Return what became of a history, as a place in `_NAMES`; -1 where another answer was tried, or it is new."""
    same = 0
    while same < min(len(before), len(now)) and before[same] == now[same]:
        same += 1
    if same >= len(before) - 1:
        return -1
    for cut in range(same + 1, len(before) - _OVERLAP + 1):
        rest = before[cut:]
        if now[same : same + len(rest)] == rest:
            return 0
    agreed = sum(a == b for a, b in zip(before, now, strict=False))
    if len(now) >= len(before) and agreed >= _AGREE * len(before):
        return 1
    return 2 if len(now) < len(before) and (same or set(before) & set(now)) else -1


def became(before: list[int], now: list[int]) -> Fault | None:
    """Return what became of a history, given the segments of its messages; `None` where nothing is wrong with it."""
    number = _change(before, now)
    return None if number < 0 else _NAMES[number]


def _facts(bench: Bench, what: I64, where: I64) -> Iterator[FaultFact]:
    for number, fault in enumerate(_NAMES):
        shown = what == number
        savings = bench.if_read(np.where(shown, bench.recorded.missed, 0))
        for workload, members in members_of(bench).items():
            mine = shown & members
            if mine.any():
                nodes = where[mine]
                there = TrafficPlace(
                    workload=bench.names[workload],
                    place="history",
                    token=int(bench.trace.nodes.end[bench.trace.nodes.parent[nodes]].mean()),
                )
                yield fault_of(bench, fault, workload, mine, savings[workload], at=there, few=FEW)
