"""Lifetimes that end too soon or last longer than they pay, and writes that nobody reads."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from cachelens.kernels import entries
from cachelens.model.audit import Fault, FaultFact
from cachelens.model.result import Totals
from cachelens.model.scenario import Scenario
from cachelens.prompts.columns import TTL_LABELS
from cachelens.replay.sums import Replayed
from cachelens.traffic.bench import Bench, Saving, members_of
from cachelens.traffic.faults import FEW, fault_of, without_reads
from cachelens.traffic.history import in_session

I64 = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
MINUTE_US = 60_000_000


def lifetime_faults(bench: Bench) -> list[FaultFact]:
    """Return what lifetimes cost: replayed with each lifetime that a provider of the log offers."""
    return list(_lifetimes(bench)) if bench.trace.meta.get("timed", True) else []


def _lifetimes(bench: Bench) -> Iterator[FaultFact]:
    expired = bench.recorded.cause == entries.EXPIRED
    asked = _seconds(bench)
    if not (expired.any() or asked.any()):
        return
    own = _own(bench, asked)
    replays = _replays(bench)
    idle = bench.if_read(np.where(expired, bench.recorded.missed, 0))
    for workload, members in members_of(bench).items():
        best = _best(bench, workload, members, replays)
        late = expired & members
        if best is not None:
            label, length, saving = best
            if saving.tokens > 0 and late.any() and (own[members] < length).any():
                yield _fact(bench, Fault.SHORT_TTL, workload, late, saving, label)
                continue
            shown = members & (asked > length)
            if shown.any():
                yield _fact(bench, Fault.LONG_TTL, workload, shown, saving, label)
        if late.any():
            yield _fact(bench, Fault.IDLE, workload, late, idle[workload], _gap(bench, late))


def _seconds(bench: Bench) -> I64:
    """Return the longest lifetime that each request asks for, in seconds; 0 where it names none."""
    result = np.zeros(len(bench.trace), dtype=np.int64)
    length = np.array([_length(bench, label) for label in TTL_LABELS], dtype=np.int64)
    owner = np.repeat(np.arange(len(bench.trace)), np.diff(bench.plan.start))
    np.maximum.at(result, owner, length[bench.plan.ttl])
    auto = bench.trace.requests["auto_mark"]
    return np.maximum(result, np.where(auto >= 0, length[np.maximum(auto, 0)], 0))


def _length(bench: Bench, label: str) -> int:
    offered = (profile.ttl.options.get(label, 0) for profile in bench.recorded.profiles)
    return max(offered, default=0)


def _own(bench: Bench, asked: I64) -> I64:
    """Return the lifetime that holds for each request: asked for, or its provider's default."""
    assignment = bench.recorded.assignment
    usual = [bench.book.profiles[one.profile].ttl for one in assignment.facts]
    default = np.array([*(ttl.options.get(ttl.default_at(None), 0) for ttl in usual), 0], dtype=np.int64)
    return np.where(asked > 0, asked, default[assignment.of])


def _replays(bench: Bench) -> dict[str, Replayed]:
    labels = {label for profile in bench.recorded.profiles for label in profile.ttl.options if label in TTL_LABELS}
    return {label: bench.scenario(Scenario(ttl=label)) for label in sorted(labels)} if len(labels) > 1 else {}


def _best(bench: Bench, workload: int, members: Mask, replays: dict[str, Replayed]) -> tuple[str, int, Saving] | None:
    """Return the lifetime under which a workload costs least, if it is less than it cost."""
    found: tuple[str, int, Saving] | None = None
    for label, after in replays.items():
        if after.default_ttl[members].all():
            continue
        saving = bench.saving(after, workload)
        if saving.cost is not None and saving.cost > (found[2].cost or Decimal(0) if found else Decimal(0)):
            found = label, _length(bench, label), saving
    return found


def _gap(bench: Bench, late: Mask) -> str:
    """Say how long the cache had lain idle, at the median: since the request before in its session."""
    arrived, previous = bench.trace.column("arrived"), in_session(bench)
    gaps = (arrived - arrived[previous])[late & (previous >= 0)]
    return f", after {int(np.median(gaps)) // MINUTE_US:,} minutes" if len(gaps) else ""


def unread_writes(bench: Bench, totals: Mapping[str, Totals], troubled: Collection[int]) -> Iterator[FaultFact]:
    """Yield workloads that pay more with their cache than they would without one, and are not `troubled` otherwise."""
    for workload, members in members_of(bench).items():
        if workload in troubled:
            continue
        total = totals.get(bench.names[workload])
        if total is None or total.cost is None or total.cost_no_cache is None:
            continue
        lost = total.cost - total.cost_no_cache
        stored = bool(bench.recorded.stored[members].any())
        if lost > 0 and (stored or total.written_tokens):
            detail = f"{total.unread_write_share or 0:.0%} of {total.written_tokens:,}"
            fault = Fault.IDLE_OBJECT if stored else Fault.UNREAD_WRITES
            yield _fact(bench, fault, workload, members, Saving(0, lost), detail)


def _fact(bench: Bench, fault: Fault, workload: int, shown: Mask, saving: Saving, detail: str) -> FaultFact:
    fact = fault_of(bench, fault, workload, shown, saving, detail=detail, few=FEW)
    return fact if saving.tokens else without_reads(fact)
