"""Cache marks that are missing, stand still, or stand where nobody reads: each replayed with other marks."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator

import numpy as np
import numpy.typing as npt

from cachelens.model.audit import Fault, FaultFact
from cachelens.model.finding import TrafficPlace
from cachelens.model.prompt import SegmentKind
from cachelens.model.scenario import Scenario
from cachelens.prompts.columns import BLOCK_TRACE, OPAQUE, TTL_LABELS
from cachelens.prompts.marks import PROVIDER_DEFAULT, MarkPlan
from cachelens.prompts.trace import Trace
from cachelens.providers.mechanisms.base import message_positions
from cachelens.providers.profile import CacheProfile
from cachelens.providers.vocabulary import Mechanism
from cachelens.traffic.bench import Bench, members_of
from cachelens.traffic.faults import FEW, fault_of, without_reads
from cachelens.traffic.history import in_session

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
_RECORDED = Scenario()
_LOST = 0.002
"""Share of a workload's reads that may go with a mark and the mark still be called unread."""


def mark_faults(bench: Bench) -> list[FaultFact]:
    """Return what is wrong with marks, where a provider caches at marks only or takes them."""
    needs = needs_marks(bench)
    facts = list(_missing(bench, needs | _takes_marks(bench)))
    if needs.any():
        facts += _frozen(bench, needs)
    return [*facts, *_refused(bench)]


def marked(bench: Bench) -> Mask:
    """Say which requests carry a mark of their own, or ask for one."""
    found: Mask = (np.diff(bench.plan.start) > 0) | (bench.trace.requests["auto_mark"] >= 0)
    return found


def profile_of(bench: Bench, request: int) -> CacheProfile | None:
    """Return the cache profile of a request's model."""
    number = int(bench.recorded.assignment.of[request])
    return None if number < 0 else bench.book.profiles.get(bench.recorded.assignment.facts[number].profile)


def needs_marks(bench: Bench) -> Mask:
    """Say which requests are of a provider that caches at marks only, and show their prompt."""
    return _under(bench, Mechanism.EXPLICIT_BREAKPOINTS)


def _takes_marks(bench: Bench) -> Mask:
    """Say which requests are of a provider that marks whole messages itself and takes marks beside."""
    return _under(bench, Mechanism.AUTOMATIC_BOUNDARY)


def _under(bench: Bench, mechanism: Mechanism) -> Mask:
    facts = bench.recorded.assignment.facts
    chosen = [bench.book.profiles[one.profile].mechanism is mechanism for one in facts]
    found: Mask = np.array([*chosen, False])[bench.recorded.assignment.of]
    found &= (bench.trace.requests["flags"] & (OPAQUE | BLOCK_TRACE)) == 0
    return found


def _missing(bench: Bench, needs: Mask) -> Iterator[FaultFact]:
    """Yield workloads with unmarked requests that marks behind the system prompt, or at the end too, would help."""
    bare = needs & ~marked(bench)
    if not bare.any():
        return
    leaf = bench.trace.requests["leaf"]
    system, end = bench.trace.system_end[leaf], bench.trace.markable[leaf]
    plans = [_with_marks(bench.plan, bare, system), _with_marks(bench.plan, bare, system, end)]
    replays = [bench.scenario(_RECORDED, plan) for plan in plans]
    for workload, members in members_of(bench).items():
        shown = bare & members
        if shown.any():
            savings = [bench.saving(after, workload) for after in replays]
            best = max(savings, key=lambda saving: (saving.cost is not None, saving.cost or 0, saving.tokens))
            yield fault_of(bench, Fault.NO_MARK, workload, shown, best, few=FEW)


def _frozen(bench: Bench, needs: Mask) -> Iterator[FaultFact]:
    """Yield workloads whose deepest mark stays in its place while the history behind it grows."""
    deepest, leaf = bench.plan.deepest, bench.trace.requests["leaf"]
    previous = in_session(bench)
    turns = message_positions(bench.trace)
    grown = (previous >= 0) & (turns[leaf] > turns[leaf[np.maximum(previous, 0)]])
    still = needs & marked(bench) & grown & (deepest == deepest[np.maximum(previous, 0)])
    still &= bench.trace.requests["auto_mark"] < 0
    if not still.any():
        return
    sessions = bench.trace.column("session")
    concerned = needs & np.isin(sessions, np.unique(sessions[still])) & (bench.trace.requests["auto_mark"] < 0)
    after = bench.scenario(_RECORDED, _with_marks(bench.plan, concerned, bench.trace.markable[leaf]))
    for workload, members in members_of(bench).items():
        shown = still & members
        if shown.any():
            at = deepest[shown]
            where = TrafficPlace(
                workload=bench.names[workload],
                place=_name(bench.trace, int(at[0])),
                token=int(bench.trace.nodes.end[at].mean()),
            )
            saving = bench.saving(after, workload)
            yield fault_of(bench, Fault.FROZEN_MARK, workload, shown, saving, at=where, few=FEW)


def unread_marks(bench: Bench, troubled: Collection[int]) -> Iterator[FaultFact]:
    """Yield places whose marks write what nobody reads: without them nothing is read less.

    In workloads that are `troubled` by what keeps them from being read, the marks are not to blame.
    """
    plan, trace, needs = bench.plan, bench.trace, needs_marks(bench)
    request = np.repeat(np.arange(len(trace)), np.diff(plan.start))
    places = _places(bench, request)
    for workload, members in members_of(bench).items():
        if workload in troubled or not (needs & members).any():
            continue
        mine = members[request] & needs[request]
        for place in np.unique(places[mine]).tolist():
            chosen = mine & (places == place)
            after = bench.scenario(_RECORDED, _without_marks(plan, chosen))
            saving = bench.saving(after, workload)
            read = int(bench.recorded.read[members].sum())
            if -saving.tokens <= _LOST * read and saving.cost is not None and saving.cost > 0:
                shown = np.zeros(len(trace), dtype=np.bool_)
                shown[request[chosen]] = True
                node = int(plan.node[chosen][0])
                where = TrafficPlace(
                    workload=bench.names[workload],
                    place=_LAST if place == _END else _name(trace, node),
                    token=int(trace.nodes.end[plan.node[chosen]].mean()),
                )
                written = f"{_written(bench, members) - _sum(after.write, members):,}"
                yield without_reads(
                    fault_of(bench, Fault.UNREAD_MARK, workload, shown, saving, detail=written, at=where, few=FEW)
                )


_END = -1
_LAST = "end of the last message"


def _places(bench: Bench, request: I64) -> I64:
    """Number the structural place of each mark: the end of the prompt, a kind of head, a message from the front."""
    trace, plan = bench.trace, bench.plan
    nodes = trace.nodes
    node = plan.node
    turns = message_positions(trace)
    last = trace.markable[trace.requests["leaf"]][request]
    in_head = trace.head[node] == node
    from_end = turns[last] - turns[node]
    place = np.where(in_head, nodes.kind[node].astype(np.int64), 100 + from_end)
    return np.where(node == last, _END, place)


def _name(trace: Trace, node: int) -> str:
    """Name the place of a mark."""
    if trace.head[node] == node:
        return "tools" if trace.nodes.kind[node] == SegmentKind.TOOL else "system"
    return "history"


def _refused(bench: Bench) -> Iterator[FaultFact]:
    """Yield requests with more marks than count, and with a longer lifetime behind a shorter one."""
    plan = bench.plan
    counts = np.diff(plan.start)
    many, disordered = np.zeros(len(counts), dtype=np.bool_), np.zeros(len(counts), dtype=np.bool_)
    for request in np.flatnonzero(counts > 1).tolist():
        profile = profile_of(bench, request)
        if profile is None or profile.marks is None:
            continue
        many[request] = counts[request] > profile.marks.max
        if profile.marks.longer_ttl_first:
            labels = [TTL_LABELS[k] for k in plan.ttl[plan.start[request] : plan.start[request + 1]].tolist()]
            own = [profile.ttl.options.get(profile.ttl.default if label not in profile.ttl.options else label, 0)
                   for label in labels]  # fmt: skip
            disordered[request] = own != sorted(own, reverse=True)
    for fault, shown in ((Fault.MANY_MARKS, many), (Fault.TTL_ORDER, disordered)):
        for workload, members in members_of(bench).items():
            if (shown & members).any():
                yield fault_of(bench, fault, workload, shown & members, few=FEW)


def _with_marks(plan: MarkPlan, members: Mask, *columns: I32) -> MarkPlan:
    """Add marks to some requests, shallow before deep; a place that is marked already stays as it is."""
    owner = [np.repeat(np.arange(len(members)), np.diff(plan.start))]
    node, ttl = [plan.node], [plan.ttl]
    for column in columns:
        chosen = np.flatnonzero(members & (column > 0))
        owner.append(chosen)
        node.append(column[chosen])
        ttl.append(np.full(len(chosen), PROVIDER_DEFAULT, dtype=np.int8))
    rows = np.concatenate(owner), np.concatenate(node), np.concatenate(ttl)
    order = np.lexsort((np.arange(len(rows[0])), rows[1], rows[0]))
    request, places, ttls = (row[order] for row in rows)
    first = np.ones(len(order), dtype=np.bool_)
    first[1:] = (request[1:] != request[:-1]) | (places[1:] != places[:-1])
    start = np.zeros(len(members) + 1, dtype=np.int64)
    np.cumsum(np.bincount(request[first], minlength=len(members)), out=start[1:])
    return dataclasses.replace(plan, start=start, node=places[first].astype(np.int32), ttl=ttls[first].astype(np.int8))


def _without_marks(plan: MarkPlan, dropped: Mask) -> MarkPlan:
    before = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(~dropped)])
    return dataclasses.replace(plan, start=before[plan.start], node=plan.node[~dropped], ttl=plan.ttl[~dropped])


def _written(bench: Bench, members: Mask) -> int:
    return _sum(bench.recorded.write, members)


def _sum(write: dict[str, I64], members: Mask) -> int:
    return sum(int(tokens[members].sum()) for tokens in write.values())
